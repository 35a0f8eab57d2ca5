"""A file of environment variables is being committed.

Why: .env is where the keys are; one commit shares them with everybody who can read the repository.
Fix: `git rm --cached .env`, and list the names without values in .env.example.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    name = blob.path.rpartition("/")[2].lower()
    if name == ".env" or (name.startswith(".env.") and name != ".env.example"):
        yield Finding(
            f"{name} holds the keys of whoever wrote it",
            path=blob.path,
            help=f"git rm --cached -- '{blob.path}'",
            key="env-file",
        )


RULE = Rule("QG302", "env-file-committed", Scope.HISTORY, check)
