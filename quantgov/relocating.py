"""Whole branches whose data files move into Git LFS: what `quantgov lfs migrate` does, with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from quantgov import entrance, lfs, lfs_program, rewriting
from quantgov import policy as policies
from quantgov.attributes import AttributeLine
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import Repository, decode
from quantgov.policy import Policy
from quantgov.rewriting import Landed
from quantgov.workspace import Workspace

DIRTY = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all")
UNFILTERED = tuple(
    word for each in ("process=", "clean=", "smudge=", "required=false") for word in ("-c", f"filter.lfs.{each}")
)
AFTER_PUSHED = (
    "git push --force-with-lease --all {remote}; then everybody else, before anything new:",
    "git fetch {remote}",
    "git rebase --onto {remote}/{branch} <the commit that the own work began on>, for work that was not pushed",
    "git reset --hard {remote}/{branch}, where there is none",
)


class Plan(NamedTuple):
    """The refs and their commits, what is moved out of them, and how much that is in git-lfs's own words."""

    refs: dict[str, str]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    info: str
    is_pushed: bool
    remote: str


def plan(repo: Repository, space: Workspace, include: Sequence[str], *, everything: bool, rewrite_pushed: bool) -> Plan:
    """Raises UsageError on a dirty tree, on no branch, and where pushed commits hold such files, unless told to."""
    lfs_program.require(space, "rewriting history")
    _require_clean(space)
    refs = _every_ref(space) if everything else _this_branch(repo)
    change = entrance.snapshot(repo)
    patterns = tuple(include) or _patterns(change.attributes.lfs_patterns(), policies.of_change(change))
    pushed = _pushed(repo, refs)
    holds = _holds_plain(repo, pushed, patterns)
    remote = next(iter(sorted(repo.remotes())), "origin")
    if holds and not rewrite_pushed:
        message = f"{holds} is plain in commits that were pushed: everybody would have to follow"
        raise UsageError(message, "agree with the team, then: quantgov lfs migrate --rewrite-pushed")
    options = [f"--include={','.join(patterns)}", *(f"--include-ref={ref}" for ref in refs)]
    info = space.run("lfs", "migrate", "info", "--skip-fetch", "--pointers=ignore", *options)
    if info.code:
        raise CannotJudge(f"git lfs migrate info failed: {info.err.decode('utf-8', 'replace').strip()}")
    exclude = () if rewrite_pushed else tuple(pushed)
    return Plan(refs, patterns, exclude, info.out.decode("utf-8", "replace"), bool(holds), remote)


def _require_clean(space: Workspace) -> None:
    """A plain file that belongs in Git LFS looks edited to its filter; one that is edited does without it, too."""
    dirty = _dirty(space).intersection(_dirty(space, *UNFILTERED))
    if dirty:
        message = f"{min(dirty)} is not committed, and history is about to be rewritten"
        raise UsageError(message, "git commit, or git stash")


def _dirty(space: Workspace, *options: str) -> set[str]:
    done = space.run("--no-optional-locks", *options, *DIRTY)
    if done.code:
        raise CannotJudge(f"git status failed: {done.err.decode('utf-8', 'replace').strip()}")
    return {line[3:] for line in decode(done.out).split("\0") if line}


def _this_branch(repo: Repository) -> dict[str, str]:
    branch = repo.branch()
    if branch is None:
        raise UsageError("HEAD is on no branch", "git switch BRANCH, or: quantgov lfs migrate --everything")
    return {f"refs/heads/{branch}": repo.commit("HEAD")}


def _every_ref(space: Workspace) -> dict[str, str]:
    listed = space.read("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags") or ""
    return {ref: oid for oid, _, ref in (line.partition(" ") for line in listed.splitlines())}


def _patterns(lines: Sequence[AttributeLine], policy: Policy) -> tuple[str, ...]:
    given = tuple(line.pattern for line in lines)
    if not given and policy.data == "no-data":
        raise UsageError("the policy keeps data out of here (data: no-data)", "name patterns: --include '*.csv'")
    return given or tuple(f"*{suffix}" for suffix in policy.suffixes)


def _pushed(repo: Repository, refs: dict[str, str]) -> list[str]:
    """Where the commits that a remote has begin: those of the refs that come right before what no remote has."""
    listed = repo.read("rev-list", "--boundary", *refs.values(), "--not", "--remotes", "--").decode().split()
    new = {oid for oid in listed if not oid.startswith("-")}
    tips = [oid for oid in repo.commits(list(refs.values())) if oid and oid not in new]
    return list(dict.fromkeys([*(oid[1:] for oid in listed if oid.startswith("-")), *tips]))


def _holds_plain(repo: Repository, commits: Sequence[str], patterns: Sequence[str]) -> str:
    """A file that these patterns match and that is plain somewhere in the history of these commits; empty if none."""
    if not commits:
        return ""
    specs = [f":(top,glob){pattern if '/' in pattern.rstrip('/') else f'**/{pattern}'}" for pattern in patterns]
    specs = [spec.replace("(top,glob)/", "(top,glob)") for spec in specs]
    listed = decode(repo.read("rev-list", "--objects", *commits, "--", *specs)).splitlines()
    named = {oid: path for oid, _, path in (line.partition(" ") for line in listed) if path}
    return next((named[oid] for oid in named if _is_plain(repo, oid)), "")


def _is_plain(repo: Repository, oid: str) -> bool:
    (info,) = repo.objects.info([oid])
    if info is None or info.kind != "blob" or not info.size:
        return False
    return info.size >= lfs.POINTER_MAX or not lfs.is_pointer(repo.objects.content(oid))


def migrate(space: Workspace, planned: Plan, again: str) -> Landed | None:
    """Rewrite, keep a way back, and move the refs; None where there is nothing to rewrite.

    `again` is the command to advise where it fails: nothing is changed then.
    """
    with rewriting.or_nothing(again):
        moved = rewriting.rewrite(space, planned.refs, planned.exclude, planned.include)
        return rewriting.land(space, moved, "quantgov lfs migrate") if moved else None


def for_the_others(planned: Plan, branch: str) -> list[str]:
    """What everybody who has these commits has to do afterwards."""
    if not planned.is_pushed:
        return []
    return [line.format(remote=planned.remote, branch=branch) for line in AFTER_PUSHED]
