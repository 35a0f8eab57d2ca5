"""What `quantgov secrets scan` does: choose what to search, search it by the rules on secrets, and report."""

from __future__ import annotations

import os
import sys

from quantgov import checking, disk, entrance
from quantgov.change import Change
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.searching import Search
from quantgov.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Tick = Callable[[int, int], None]
    """Told how many of how many contents have been searched."""


class Request:
    """What is asked for: where to look, and how to report."""

    __slots__ = ("cached", "commits", "form", "history", "lfs", "output", "paths", "reflog", "staged", "unreachable")

    def __init__(
        self,
        paths: Sequence[str] = (),
        *,
        staged: bool = False,
        commits: str | None = None,
        history: bool = False,
        reflog: bool = False,
        unreachable: bool = False,
        lfs: bool = False,
        cached: bool = True,
        form: str = "text",
        output: str = "",
    ) -> None:
        self.paths = tuple(paths)
        self.staged = staged
        self.commits = commits
        self.history = history or reflog or unreachable
        self.reflog = reflog
        self.unreachable = unreachable
        self.lfs = lfs
        self.cached = cached
        self.form = form
        self.output = output


def run(request: Request, tick: Tick) -> int:
    """Search, write the report, and return the exit code. Raises QuantgovError where nothing could be judged."""
    verdict = search(request, tick)
    to_file = request.output not in ("", "-")
    colour = sys.stdout.isatty() and not to_file and "NO_COLOR" not in os.environ
    report = checking.render(verdict, request.form, subject="search", colour=colour)
    if to_file:
        checking.write(request.output, report)
    else:
        sys.stdout.write(report)
    return verdict.exit_code


def search(request: Request, tick: Tick) -> Verdict:
    """Raises UsageError for a request that contradicts itself, or has nothing to search."""
    if sum((request.staged, request.commits is not None, request.history, bool(request.paths))) > 1:
        raise UsageError("paths, --staged, --range and --history exclude each other", "name one of them")
    repo = _repository(request)
    if repo is None:
        return Search(None, _files(None, disk.folders(request.paths)), tick=tick).verdict()
    if request.history:
        from quantgov.history_search import Past
        from quantgov.secrets.history import Extent

        extent = Extent(reflog=request.reflog, unreachable=request.unreachable)
        return Past(repo, extent, cached=request.cached).verdict(tick, behind_pointers=request.lfs)
    return Search(repo, _change(repo, request), lfs=request.lfs, cached=request.cached, tick=tick).verdict()


def _repository(request: Request) -> Repository | None:
    """Files can be searched anywhere, but what git holds only in a repository."""
    try:
        return Repository.discover()
    except UsageError:
        if request.staged or request.commits is not None or request.history:
            raise
        return None


def _change(repo: Repository, request: Request) -> Change:
    if request.commits is not None:
        return entrance.ranged(repo, *checking.parse_range(request.commits))
    if request.staged:
        return entrance.staged(repo)
    if repo.top is None:
        raise UsageError("there are no files in a bare repository", "quantgov secrets scan --history")
    return _files(repo, disk.worktree(repo, request.paths))


def _files(repo: Repository | None, tree: disk.DiskTree) -> Change:
    """What lies on disk, under the policy that a commit of it would be judged by."""
    change = entrance.standing(repo, tree, tree.paths())
    if not change.touched:
        raise UsageError("there is no file to search here", "quantgov secrets scan --history searches all commits")
    return change
