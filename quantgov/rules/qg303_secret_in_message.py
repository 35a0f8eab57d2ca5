"""A credential stands in a commit's message or author, or in the name of a branch, a tag or a file.

Why: messages and names are pushed, mailed and shown in every tool; no file has to be opened to read them.
Fix: reword the commit (`git commit --amend`, or `git rebase -i`) or rename the branch, tag or file, and revoke the key.
"""

from __future__ import annotations

from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage
from quantgov.secrets import exposure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    name, what, help = change.branch or "", "the branch name", "git branch -m <another name>"
    if change.branch is None:
        name, what, help = (
            change.ref.removeprefix("refs/tags/"),
            "the tag's name",
            "git tag -d it, and name it otherwise",
        )
    yield from _found("" if change.deleted else name, policy, what, help)
    arrived = "\n".join(each.path for each in change.touched if each.after and not each.before)
    yield from _found(arrived, policy, "a file's name", "git mv it to another name")
    for commit in change.commits:
        help = "git commit --amend (or git rebase -i), and take it out" if commit.oid else "take it out of the message"
        yield from _found(commit.message, policy, "the commit message", help, commit.oid)
        if commit.oid:
            author = f"{commit.author.name} <{commit.author.email}>"
            yield from _found(author, policy, "the commit's author", "git commit --amend --reset-author", commit.oid)


def _found(text: str, policy: Policy, where: str, help: str, commit: str = "") -> Iterator[Finding]:
    data = text.encode("utf-8", "surrogateescape")
    return exposure.findings(data, policy.salt, where, help=help, commit=commit, team=policy.team)


KEY = "tk_" + "live_" + "9fK2" + "xW7q" + "Lm3R" + "t8Vz"
FOUND = "TickDB API key tk_" + "live_9f… (24 characters) in the "
SPENT = Stage.PUSH | Stage.RECEIVE
SENT = Stage.MESSAGE | Stage.PUSH | Stage.RANGE | Stage.RECEIVE

RULE = Rule(
    "QG303",
    "secret-in-message",
    Scope.CHANGE,
    check,
    accepts=(
        Example("the name of a key", message="fix: read the key from TICKDB_API_KEY"),
        Example("a branch named after a key goes", branch="strategy/" + KEY, deleted=True, stages=SPENT),
        Example("a detached HEAD, or a tag", branch=""),
    ),
    rejects=(
        Example(
            "a key in the message",
            message="fix: use the new key\n\nIt is " + KEY + " now.",
            stages=SENT,
            finds=((FOUND + "commit message", "", 3, 7),),
        ),
        Example(
            "a key in a file's name", files={KEY + ".md": "x\n"}, finds=((FOUND[:-4] + "a file's name", "", 1, 1),)
        ),
        Example(
            "a key in the author's name",
            author=f"{KEY} <alice@fund.com>",
            stages=SPENT | Stage.RANGE,
            finds=((FOUND + "commit's author", "", 1, 1),),
        ),
        Example("a key in the branch's name", branch="strategy/" + KEY, finds=((FOUND + "branch name", "", 1, 10),)),
    ),
)
