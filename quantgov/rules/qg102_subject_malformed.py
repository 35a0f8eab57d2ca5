"""The first line of the commit message does not say what kind of change this is.

Why: history is read by kind, and `backtest:` is what asks for a data manifest.
Fix: write `<type>: <short description>`; `messages: {types: [...]}` in quantgov.yaml names the types.
Merges and reverts keep the line that git gives them. `wip:`, `fixup!` and `squash!` pass until they would land.
"""

from __future__ import annotations

from quantgov.change import Commit
from quantgov.message import Subject, is_automatic, is_draft
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    text = commit.subject
    if commit.is_merge or not text or is_automatic(text):
        return
    if is_draft(text):
        fault = f"{text!r} is work in progress" if commit.lands else ""
    else:
        fault = _fault(text, policy)
    if fault and not policy.is_bot(commit.author.name):
        yield Finding(fault, line=1, column=1, help=f"start it with one of: {', '.join(policy.types)}")


def _fault(text: str, policy: Policy) -> str:
    subject = Subject(text)
    if not subject.type:
        return f"{text!r} is not <type>: <description>"
    if subject.type in policy.types:
        return ""
    return f"{subject.type!r} is no commit type{_did_you_mean(subject.type, policy.types)}"


def _did_you_mean(given: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(given.lower(), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


RULE = Rule("QG102", "subject-malformed", Scope.COMMIT, check)
