"""What a recorded run read, held against what a rerun would read, and put where the rerun looks for it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from quantgov import digests, lfs, strategy
from quantgov.errors import CannotJudge
from quantgov.lfs_store import Store
from quantgov.page import Page
from quantgov.wording import few
from quantgov.worktrees import is_below

if TYPE_CHECKING:
    from quantgov.git import Repository
    from quantgov.record import Record
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

DATA, PARAMETERS, FILE, CODE, LIBRARY = "data", "parameters", "file", "code", "library"
VARIABLE = re.compile(r"\$\{(\w+)\}/")
COPIED = 64 << 20
"""Bytes of a file that is copied without a thought where the file system cannot share it."""
CLONE = 0x40049409
"""Linux: FICLONE (linux/fs.h): two files share their blocks until one of them is written to."""


class Cause(NamedTuple):
    """Something that is not as it was: its kind, the path, and what there is to say of it."""

    kind: str
    path: str
    message: str


class Input(NamedTuple):
    """A file that the run read: as recorded, where the rerun finds it, and the SHA-256 of what it was."""

    path: str
    place: str
    sha256: str
    is_data: bool


class Supply:
    """The files that a rerun reads, brought to where it reads them. Paths of the record move with the strategy."""

    __slots__ = ("_before", "_copies", "_moved", "_parameters", "_repo", "_top")

    def __init__(
        self,
        repo: Repository,
        top: str,
        moved: Mapping[str, str],
        of: Strategy,
        before: Strategy | None = None,
        *,
        copies: bool,
    ) -> None:
        self._repo = repo
        self._before = before
        self._top = top
        self._moved = moved
        self._parameters = of.resolve(of.parameters_file)
        self._copies = copies

    def bring(self, record: Record, fetch: Callable[[list[str]], None]) -> list[Cause]:
        """Put each file where it is read, and say which are not what was read then.

        `fetch` brings contents from Git LFS into the store. Raises CannotJudge where data is nowhere to be found.
        """
        wanted = list(self._wanted(record))
        lacking = [each.place for each in wanted if self._lacks_content(each)]
        if lacking:
            fetch([os.path.relpath(each, self._top) for each in lacking])
        return [cause for each in wanted if (cause := self._cause(each))]

    def _wanted(self, record: Record) -> Iterator[Input]:
        for _, each in record.items("data", "inputs"):
            path = str(each["path"])
            yield Input(path, self._place(path), str(each["sha256"]), is_data=True)
        for _, each in record.items("run", "files"):
            path = str(each["path"])
            yield Input(path, self._place(path), str(each["sha256"]), is_data=False)

    def _place(self, path: str) -> str:
        """Raises CannotJudge where a variable is not set, or a path leaves the worktree."""
        named = VARIABLE.match(path)
        if named:
            folder = os.environ.get(named[1])
            if not folder:
                raise CannotJudge(f"{path} was read, and {named[1]} is not set", f"export {named[1]}=FOLDER")
            return os.path.join(folder, path[named.end() :])
        if os.path.isabs(path):
            return path
        place = os.path.normpath(os.path.join(self._top, moved(path, self._moved)))
        if not is_below(place, self._top) or ".git" in place[len(self._top) :].split(os.sep):
            raise CannotJudge(f"{path} lies outside of the repository", "quantgov backtest, to record it anew")
        return place

    def _is_ours(self, each: Input) -> bool:
        """Whether it may be put there: what a link leads out to is not the rerun's own."""
        return is_below(os.path.realpath(os.path.dirname(each.place)), os.path.realpath(self._top))

    def _lacks_content(self, each: Input) -> bool:
        digest = self._is_ours(each) and pointed_at(each.place)
        return bool(digest) and Store.of(self._repo).size(str(digest)) < 0

    def _cause(self, each: Input) -> Cause | None:
        if self._is_ours(each):
            self._supply(each)
        if not os.path.isfile(each.place):
            if each.is_data:
                raise CannotJudge(f"{each.path} is not here, and the run read it", _how_to_bring(each))
            return Cause(self._kind(each), each.path, f"{self._title(each)} is gone")
        now = digests.of_file(each.place)
        if now == each.sha256:
            return None
        said = f"sha256 {digests.short(each.sha256)} then, {digests.short(now)} now"
        if self._kind(each) == PARAMETERS:
            said = self._values(each) or said
        return Cause(self._kind(each), each.path, f"{self._title(each)} is not what was read ({said})")

    def _values(self, each: Input) -> str:
        """Which parameters are others, where what was read then is known; empty where it is not."""
        then = self._before.tree.read_file(each.path) if self._before else None
        if then is None or strategy.sha256(then) != each.sha256:
            return ""
        with open(each.place, "rb") as file:
            old, new = Page.of(then).value, Page.of(file.read()).value
        changed = [name for name in {**old, **new} if old.get(name) != new.get(name)] if old and new else []
        told = (f"{name} was {old.get(name, 'not there')}, is {new.get(name, 'not there')}" for name in changed)
        return "; ".join(told)

    def _kind(self, each: Input) -> str:
        if each.is_data:
            return DATA
        path = moved(each.path, self._moved)
        return PARAMETERS if path == self._parameters or "params" in path.split("/")[:-1] else FILE

    def _title(self, each: Input) -> str:
        return f"the parameter file {each.path}" if self._kind(each) == PARAMETERS else each.path

    def _supply(self, each: Input) -> None:
        """From the LFS store where a pointer stands; from the checkout where git has nothing."""
        digest = pointed_at(each.place)
        own = os.path.join(self._repo.top or "", os.path.relpath(each.place, self._top))
        if digest:
            stored = Store.of(self._repo).path(digest)
            if os.path.isfile(stored) and digests.of_file(stored) == digest:
                self._put(stored, each.place)
            elif os.path.isfile(own) and digests.of_file(own) == digest:
                self._put(own, each.place)
            else:
                message = f"{each.path} lies in Git LFS, and its contents are not here"
                install = "" if shutil.which("git-lfs") else "install git-lfs, then: "
                raise CannotJudge(message, f"{install}git lfs pull --include={shlex.quote(each.path)}")
        elif not os.path.lexists(each.place) and os.path.isfile(own):
            os.makedirs(os.path.dirname(each.place), exist_ok=True)
            self._put(own, each.place)

    def _put(self, source: str, target: str) -> None:
        """A large file is linked to where it cannot be written through the link, and its blocks cannot be shared."""
        if os.path.lexists(target):
            os.unlink(target)
        if _cloned(source, target):
            return
        if self._copies or os.path.getsize(source) <= COPIED:
            shutil.copyfile(source, target)
        else:
            os.unlink(target)
            os.symlink(os.path.realpath(source), target)


def _how_to_bring(each: Input) -> str:
    if VARIABLE.match(each.path):
        return f"put it there, as {each.place}"
    return f"bring it back: {each.path} with sha256 {each.sha256}"


def _cloned(source: str, target: str) -> bool:
    import fcntl

    with open(source, "rb") as given, open(target, "wb") as made:
        try:
            fcntl.ioctl(made, CLONE, given.fileno())
        except OSError:
            return False
    return True


def moved(path: str, places: Mapping[str, str]) -> str:
    """The path after folders, given with their slashes, went elsewhere."""
    return next((new + path[len(old) :] for old, new in places.items() if path.startswith(old)), path)


def pointed_at(path: str) -> str:
    """The digest that a file's LFS pointer names; empty for any other file, and for none."""
    try:
        with open(path, "rb") as file:
            return lfs.pointed_at(file.read(lfs.POINTER_MAX))
    except OSError:
        return ""


def code_causes(record: Record, of: Strategy, before: Strategy | None) -> list[Cause]:
    """What of the code is not what ran; by name where it is known how it stood when the record came."""
    return [*_strategy_causes(record, of, before), *_library_causes(record, of.tree, before.tree if before else None)]


def _strategy_causes(record: Record, of: Strategy, before: Strategy | None) -> Iterator[Cause]:
    if record.text("run", "code", "strategy") == of.own_tree():
        return
    then = _own(before) if before and before.own_tree() == record.text("run", "code", "strategy") else None
    paths = _changed(then, _own(of)) if then is not None else []
    for path in paths or [of.folder]:
        shown = f"{of.folder}{path}" if paths else path
        yield Cause(CODE, shown, f"the strategy's code changed: {shown}")


def _own(of: Strategy) -> dict[str, str | None]:
    return {path[len(of.folder) :]: of.tree.oid(path) for path in (*of.code_paths(), *of.hidden_code())}


def _changed(then: Mapping[str, str | None], now: Mapping[str, str | None]) -> list[str]:
    return sorted(path for path in {*then, *now} if then.get(path) != now.get(path))


def _library_causes(record: Record, tree: Tree, before: Tree | None) -> Iterator[Cause]:
    listed = record.get("run", "code", "library_paths")
    paths = [str(each) for each in listed] if isinstance(listed, list) else []
    recorded = record.text("run", "code", "library")
    if recorded == strategy.tree_of(tree, paths):
        return
    is_known = before is not None and strategy.tree_of(before, paths) == recorded
    changed = [path for path in paths if not (is_known and before) or before.oid(path) != tree.oid(path)]
    for path in changed:
        gone = "is gone" if tree.entry(path) is None else "changed"
        yield Cause(LIBRARY, path, f"the library {path} {gone}" if is_known else f"the library {few(paths)} changed")
        if not is_known:
            return
