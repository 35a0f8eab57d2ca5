"""A credential stands in a commit message or a branch name.

Why: messages and branch names are pushed, mailed and shown in every tool; no file has to be opened to read them.
Fix: reword the commit (`git commit --amend`, or `git rebase -i`) or rename the branch, and revoke the key.
"""

from __future__ import annotations

from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope
from quantgov.secrets import exposure, scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for hit in scanner.scan((change.branch or "").encode("utf-8", "surrogateescape")):
        yield exposure.finding(hit, "", where="the branch name", help="git branch -m <another name>")
    for commit in change.commits:
        for hit in scanner.scan(commit.message.encode("utf-8", "surrogateescape")):
            found = exposure.finding(hit, "", where="the commit message", help="git commit --amend, and take it out")
            found.commit = commit.oid
            yield found


RULE = Rule("QG303", "secret-in-message", Scope.CHANGE, check)
