"""A commit was made straight on a protected branch, or a protected branch is being deleted or rewound.

Why: what stands on `main` was reviewed; a commit made there was not.
Fix: move the commit to a branch of its own. What only suspends a strategy, or brings back what ran before, may be
committed there, as an incident cannot wait; so may what an override lets through. The first commit of a repository,
the branch's own first push, merges of what was pushed before, and commits that already stand on another branch of the
remote are fine. `protected: [...]` names the branches.
"""

from __future__ import annotations

import re

from quantgov.change import Change, Commit
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    branch = change.branch or ""
    if branch not in policy.protected or change.created:
        return
    found = list(_straight(branch, change, policy))
    if found and (change.deleted or change.rewound or not _is_safer(change, policy)):
        yield from found


def _is_safer(change: Change, policy: Policy) -> bool:
    from quantgov import overrides

    return overrides.is_safer(change, policy)


def _straight(branch: str, change: Change, policy: Policy) -> Iterator[Finding]:
    if change.deleted or change.rewound:
        what = "deleted" if change.deleted else "rewound: commits that stand on it would be lost"
        yield Finding(f"{branch!r} is protected and would be {what}", help=f"leave {branch} where it is", key=branch)
    elif change.stage is Stage.COMMIT:
        if not change.merging:
            help = f"git switch -c {_example(policy)}"
            yield Finding(f"{branch!r} is protected: commit on a branch", help=help, key=branch)
    else:
        for commit in straight_commits(change):
            yield Finding(
                f"{commit.subject!r} was committed straight to {branch!r}",
                help=f"git switch -c {_example(policy)}, push that, and open a pull request",
                commit=commit.oid,
            )


def straight_commits(change: Change) -> Iterator[Commit]:
    """New commits along the branch, first parents from the tip down, but for merges of what was pushed before."""
    listed = {commit.oid: commit for commit in change.commits}
    commit = listed.get(change.tip)
    while commit:
        merged = [listed[parent] for parent in commit.parents[1:] if parent in listed]
        if commit.is_new and (not commit.is_merge or any(other.is_new for other in merged)):
            yield commit
        commit = listed.get(commit.parents[0]) if commit.parents else None


def _example(policy: Policy) -> str:
    return next((name for name in EXAMPLES if re.fullmatch(policy.pattern, name)), "NAME")


PASSPORT = "strategies/gap/passport.yaml"
RUNS = "strategy_id: STR-2026-0001\nstatus: production\ndeployment: {deployment_date: 2026-03-02}\n"
STOPPED = (
    "strategy_id: STR-2026-0001\nstatus: suspended\n"
    "deployment: {deployment_date: 2026-03-02, suspension: {date: 2026-05-04, by: bob@fund.com, reason: feed}}\n"
)
EXAMPLES = ("strategy/my-topic", "feature/me/my-topic")
PUSHED = Stage.PUSH | Stage.RECEIVE

RULE = Rule(
    "QG103",
    "commit-to-protected-branch",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a commit on a branch", branch="strategy/momentum"),
        Example("the repository's first commit", branch="main", created=True),
        Example("a merge", branch="main", merge=True, message="Merge branch 'strategy/momentum'"),
        Example("a branch that is not protected any more", branch="main", policy="protected: [stable]"),
        Example("a branch goes", branch="strategy/momentum", deleted=True, stages=PUSHED),
        Example("a detached HEAD, or a tag", branch=""),
        Example(
            "a strategy is suspended at night",
            branch="main",
            before={PASSPORT: RUNS},
            files={PASSPORT: STOPPED},
        ),
    ),
    rejects=(
        Example(
            "about to commit on the trunk",
            branch="main",
            stages=Stage.COMMIT,
            finds=(("'main' is protected: commit on a branch", "", 0, 0),),
        ),
        Example(
            "commits made on the trunk",
            branch="main",
            earlier=({"README.md": "momentum\n"},),
            stages=PUSHED,
            finds=(
                ("'chore: prepare' was committed straight to 'main'", "", 0, 0),
                ("'feat: add momentum filter' was committed straight to 'main'", "", 0, 0),
            ),
        ),
        Example(
            "a commit under a merge",
            branch="main",
            earlier=({"README.md": "momentum\n"},),
            merge=True,
            stages=PUSHED,
            finds=(("'chore: prepare' was committed straight to 'main'", "", 0, 0),),
        ),
        Example(
            "preset develop",
            branch="develop",
            policy="branches: develop",
            stages=Stage.COMMIT,
            finds=(("'develop' is protected: commit on a branch", "", 0, 0),),
        ),
        Example(
            "a strategy is suspended, and more",
            branch="main",
            before={PASSPORT: RUNS},
            files={PASSPORT: STOPPED, "README.md": "night\n"},
            stages=Stage.COMMIT,
            finds=(("'main' is protected: commit on a branch", "", 0, 0),),
        ),
        Example(
            "the trunk goes",
            branch="main",
            deleted=True,
            stages=PUSHED,
            finds=(("'main' is protected and would be deleted", "", 0, 0),),
        ),
    ),
)
