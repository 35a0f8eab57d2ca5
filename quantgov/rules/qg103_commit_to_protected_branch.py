"""A commit was made straight on a protected branch, or a protected branch is being deleted.

Why: what stands on `main` was reviewed; a commit made there was not.
Fix: move the commit to a branch of its own. The first commit of a repository, the branch's own first push, merges,
and commits that already stand on another branch of the remote are fine. `protected: [...]` names the branches.
"""

from __future__ import annotations

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
    if change.deleted:
        yield Finding(f"{branch!r} is protected and would be deleted", help=f"leave {branch} where it is", key=branch)
    elif change.stage is Stage.COMMIT:
        if not change.merging:
            yield Finding(
                f"{branch!r} is protected: commit on a branch", help="git switch -c strategy/<topic>", key=branch
            )
    else:
        for commit in straight_commits(change):
            yield Finding(
                f"{commit.subject!r} was committed straight to {branch!r}",
                help="git switch -c strategy/<topic>, push that, and open a pull request",
                commit=commit.oid,
            )


def straight_commits(change: Change) -> Iterator[Commit]:
    """New commits along the branch itself that merge nothing: first parents from the tip down."""
    new = {commit.oid: commit for commit in change.commits}
    commit = new.get(change.tip)
    while commit:
        if commit.is_new and not commit.is_merge:
            yield commit
        commit = new.get(commit.parents[0]) if commit.parents else None


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
            "the trunk goes",
            branch="main",
            deleted=True,
            stages=PUSHED,
            finds=(("'main' is protected and would be deleted", "", 0, 0),),
        ),
    ),
)
