"""The branch does not have the form that the team agreed on.

Why: a branch's name says what it is for, and the checks that follow depend on it.
Fix: `git branch -m` to a name of the team's form; `branches:` in quantgov.yaml sets that form.
"""

from __future__ import annotations

import re

from quantgov.change import Change
from quantgov.policy import FORMS, PLATFORM_BRANCHES, Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, Unjudged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


YOU = "<you>"
"""Stands for a researcher's name that nobody has told."""


def check(change: Change, policy: Policy) -> Iterator[Finding | Unjudged]:
    branch = change.branch
    if branch is None:
        yield Unjudged("no branch is known here")
    elif not change.deleted and not _is_fine(branch, policy):
        suggestion = suggest(branch, change, policy)
        yield Finding(
            f"branch {branch!r} is not {policy.form}",
            help=f"git branch -m {suggestion}" if suggestion else "git branch -m <name>",
            key=branch,
        )


def _is_fine(branch: str, policy: Policy) -> bool:
    if branch in policy.protected or policy.is_bot(branch.partition("/")[0]):
        return True
    return re.fullmatch(f"{policy.pattern}|{PLATFORM_BRANCHES}", branch) is not None


def suggest(branch: str, change: Change, policy: Policy) -> str:
    """A name of the team's form for this branch, or empty where the team's own pattern gives no hint."""
    topic = re.sub(r"[^A-Za-z0-9._-]+", "-", branch.rpartition("/")[2]).strip("-._").lower() or "topic"
    guesses = (f"{_kind(change, policy)}/{topic}", f"feature/{_who(branch)}/{topic}")
    return next((guess for guess in guesses if re.fullmatch(policy.pattern, guess.replace(YOU, "you"))), "")


def _kind(change: Change, policy: Policy) -> str:
    paths = [each.path for each in change.touched]
    if any(policy.is_result(path) for path in paths):
        return "backtest"
    if any(path.startswith(("data/", "src/data/", "data-pipeline/")) for path in paths):
        return "data-pipeline"
    return "strategy" if not paths or any(policy.is_strategy(path) for path in paths) else "infrastructure"


def _who(branch: str) -> str:
    parts = branch.split("/")
    return parts[-2] if len(parts) > 2 else YOU


RULE = Rule(
    "QG101",
    "branch-misnamed",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a type and a description", branch="strategy/momentum"),
        Example("a description of several parts", branch="data-pipeline/us-equity/adjustments"),
        Example("the trunk", branch="main", stages=Stage.COMMIT),
        Example("a bot's branch", branch="dependabot/pip/numpy-2.3"),
        Example("the platform's revert button", branch="revert-12-strategy/momentum"),
        Example("an edit in the browser", branch="alice-patch-1"),
        Example("preset develop", branch="feature/alice/momentum", policy="branches: develop"),
        Example("a form of the team's own", branch="QR-7", policy="branches: {pattern: 'QR-[0-9]+'}"),
        Example("a misnamed branch goes", branch="momentum", deleted=True, stages=Stage.PUSH | Stage.RECEIVE),
        Example("a detached HEAD, or a tag", branch="", skips="no branch is known here"),
    ),
    rejects=(
        Example("no type", branch="momentum", finds=(("branch 'momentum' is not " + FORMS["trunk"], "", 0, 0),)),
        Example(
            "another type",
            branch="feature/momentum",
            finds=(("branch 'feature/momentum' is not " + FORMS["trunk"], "", 0, 0),),
        ),
        Example(
            "preset develop, no researcher",
            branch="feature/momentum",
            policy="branches: develop",
            finds=(("branch 'feature/momentum' is not " + FORMS["develop"], "", 0, 0),),
        ),
        Example(
            "not the team's own form",
            branch="strategy/momentum",
            policy="branches: {pattern: 'QR-[0-9]+'}",
            finds=(("branch 'strategy/momentum' is not QR-[0-9]+", "", 0, 0),),
        ),
    ),
)
