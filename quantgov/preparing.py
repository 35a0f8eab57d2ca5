"""A backtest that is about to be run: what was asked for, and what is refused before hours are spent on it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from quantgov import inputs, lfs, record, running
from quantgov.capture import OnDisk
from quantgov.desk import Desk, Refused
from quantgov.errors import UsageError
from quantgov.git import decode, encode
from quantgov.page import Page
from quantgov.wording import NAMED, few

if TYPE_CHECKING:
    from quantgov.git import Repository
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree


class Request(NamedTuple):
    """What was asked for. `without_data` is the reason why there is none; `dry` is to write nothing."""

    name: str
    command: tuple[str, ...]
    data: tuple[str, ...] = ()
    results: str = ""
    timeout: float | None = None
    seed: int | None = None
    note: str = ""
    without_data: str = ""
    dry: bool = False


class Bench(Desk):
    """A desk that has what stands on disk for staged, as it was when it was opened."""

    __slots__ = ("here",)

    def __init__(self, repo: Repository) -> None:
        super().__init__(repo)
        self.here = OnDisk(repo, self.top, self.change.head, self.policy.results)

    @property
    def tree(self) -> Tree:
        return self.here


class Prepared(NamedTuple):
    """A backtest that can begin. `folder` is where it runs, from the root; `place` is the current folder.

    `parameters` and `commit` are those of now: the run may write to the one and move the other. `stood` is the stamp of
    what stands where it writes its results.
    """

    bench: Bench
    of: Strategy
    request: Request
    analyst: str
    place: str
    folder: str
    parameters: Mapping[str, object]
    commit: str
    stood: tuple[int, ...] | None


def prepare(repo: Repository, request: Request) -> Prepared:
    """Raises UsageError or Refused for what would keep the result of the run from being recorded."""
    bench = Bench(repo)
    of = bench.find(request.name)
    if not request.command:
        raise UsageError("there is no command to run", f"quantgov backtest {request.name} -- python run.py")
    place = os.path.realpath(os.getcwd())
    folder = os.path.relpath(place, os.path.realpath(bench.top)).replace(os.sep, "/").removeprefix(".")
    probe = record.path_of(bench.policy.results, of.slug, bench.landing.today, (), 1)
    refuse_ignored(bench, [probe])
    if not request.dry:
        _refuse_unwritable(bench, os.path.dirname(probe))
    refuse_no_utf8((*request.command, *request.data, folder))
    named = tuple(map(os.path.abspath, request.data))
    refuse_pointers((*named, *(os.path.join(place, word) for word in request.command)), place)
    results = request.results and os.path.abspath(request.results)
    request = request._replace(data=named, results=results)
    commit = bench.repo.commits(["HEAD"])[0] or ""
    stood = running.stamp(results)
    return Prepared(bench, of, request, bench.email, place, folder, _in_its_file(of), commit, stood)


def _refuse_unwritable(bench: Bench, folder: str) -> None:
    """Raise UsageError where no record could be written to this folder, or none staged."""
    parts = folder.split("/")
    places = [os.path.join(bench.top, *parts[:end]) for end in range(1, len(parts) + 1)]
    taken = next((each for each in places if os.path.lexists(each) and not _is_folder(each)), "")
    if taken:
        help = "move it away; or keep results elsewhere: paths: results: in quantgov.yaml"
        raise UsageError(f"{taken} is a link or a file, and records stand in a folder", help)
    nearest = [bench.top, *filter(os.path.isdir, places)][-1]
    for place in (nearest, bench.repo.git_dir):
        if not os.access(place, os.W_OK | os.X_OK):
            raise UsageError(f"{place} cannot be written to", "make it writable; or write nothing: --dry-run")


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def refuse_no_utf8(names: Iterable[str]) -> None:
    """Raise UsageError for a name that no text can hold."""
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            shown = encode(name).decode("utf-8", "backslashreplace")
            raise UsageError(f"the name {shown} is no UTF-8, and a record is", "rename it") from None


def refuse_pointers(paths: Iterable[str], place: str) -> None:
    """Raise Refused where what stands at one of these is a pointer into Git LFS, and not what it points to."""
    lacking = [os.path.relpath(path, place) for path in paths if _is_small(path) and inputs.pointed_at(path)]
    if lacking:
        listed = shlex.quote(",".join(lacking))
        message = f"{few(lacking)} is a pointer: its contents lie in Git LFS and are not here; nothing is recorded"
        raise Refused(message, f"git lfs pull --include={listed}" if len(lacking) <= NAMED else "git lfs pull")


def _is_small(path: str) -> bool:
    return os.path.isfile(path) and os.stat(path).st_size < lfs.POINTER_MAX


def refuse_ignored(bench: Bench, paths: Sequence[str]) -> None:
    """Raise UsageError where git passes over one of these: what is not committed nobody can rerun."""
    given = "".join(f"{path}\0" for path in paths)
    asked = ("-C", bench.top, "check-ignore", "-v", "-z", "--no-index", "--stdin")
    fields = decode(bench.repo.start(*asked, stdin=encode(given)).wait().out).split("\0")
    for source, line, pattern, path in zip(*(iter(fields),) * 4, strict=False):
        if not pattern.startswith("!"):
            message = f"{path} would be ignored by {pattern!r} ({source}:{line})"
            raise UsageError(message, f"take {pattern!r} out of {source}, or put '!/{bench.policy.results}' below it")


def _in_its_file(of: Strategy) -> dict[str, object]:
    data = of.read(of.parameters_file)
    return Page.of(data).value if data is not None else {}
