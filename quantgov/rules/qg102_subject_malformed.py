"""The first line of the commit message does not say what kind of change this is.

Why: history is read by kind, and `backtest:` is what asks for a data manifest.
Fix: write `<type>: <short description>`; `messages: {types: [...]}` in quantgov.yaml names the types.
Merges and reverts keep the line that git gives them. `wip:`, `fixup!` and `squash!` pass until they would land.
"""

from __future__ import annotations

from quantgov.change import Commit
from quantgov.message import Subject, did_you_mean, is_automatic, is_draft
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    text = commit.subject
    if commit.is_merge or is_automatic(text) or (not commit.oid and _is_left_to_push(text)):
        return
    fault = _fault(text, policy, policy.lands(commit))
    if fault and not policy.is_bot(commit.author.name):
        yield Finding(fault, line=1, column=1, help=f"start it with one of: {', '.join(policy.types)}")


def _is_left_to_push(text: str) -> bool:
    """Git makes no commit of an empty message; and whether an amended commit is a merge only its parents tell."""
    return not text or text.startswith("Merge ")


def _fault(text: str, policy: Policy, lands: bool) -> str:
    if is_draft(text):
        return f"{text!r} is work in progress" if lands else ""
    subject = Subject(text)
    if not subject.type:
        return f"{text!r} is not <type>: <description>"
    if subject.type in policy.types:
        return ""
    return f"{subject.type!r} is no commit type{did_you_mean(subject.type.lower(), policy.types)}"


LOCAL = Stage.MESSAGE | Stage.PUSH

RULE = Rule(
    "QG102",
    "subject-malformed",
    Scope.COMMIT,
    check,
    accepts=(
        Example("a type and a description", message="feat: add momentum filter"),
        Example("a scope and a breaking change", message="refactor(signals)!: rename the window"),
        Example("a merge", message="Merge branch 'main' into strategy/momentum", merge=True),
        Example("a revert", message='Revert "feat: add momentum filter"'),
        Example("work in progress, not landing", message="wip: momentum", stages=LOCAL),
        Example("to be folded in, not landing", message="fixup! feat: add momentum filter", stages=LOCAL),
        Example("a message given up", message="", stages=Stage.MESSAGE),
        Example("a bot", message="Bump numpy from 2.2 to 2.3", author="dependabot[bot] <bot@github.com>"),
        Example("a type of the team's own", message="model: fit again", policy="messages: {types: [model]}"),
    ),
    rejects=(
        Example(
            "no type",
            message="add momentum filter",
            finds=(("'add momentum filter' is not <type>: <description>", "", 1, 1),),
        ),
        Example(
            "no space behind the type",
            message="feat:add it",
            finds=(("'feat:add it' is not <type>: <description>", "", 1, 1),),
        ),
        Example("no description", message="feat: ", finds=(("'feat: ' is not <type>: <description>", "", 1, 1),)),
        Example("an unknown type", message="alpha: add momentum", finds=(("'alpha' is no commit type", "", 1, 1),)),
        Example(
            "a misspelt type",
            message="backtset: momentum v2 on 2024 US equity data",
            finds=(("'backtset' is no commit type; did you mean 'backtest'?", "", 1, 1),),
        ),
        Example(
            "no message",
            message="",
            stages=Stage.PUSH | Stage.RANGE,
            finds=(("'' is not <type>: <description>", "", 1, 1),),
        ),
        Example(
            "work in progress that would land",
            policy="merge: merge",
            message="wip: momentum",
            stages=Stage.RANGE,
            finds=(("'wip: momentum' is work in progress", "", 1, 1),),
        ),
    ),
)
