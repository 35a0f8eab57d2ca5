"""Files as they lie on disk, seen as a Tree: for the one command that searches them. Rules and hooks never see this."""

from __future__ import annotations

import os
import stat

from quantgov.errors import CannotJudge, UsageError
from quantgov.git import MODE_FILE, MODE_SYMLINK, Entry, decode
from quantgov.tree import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from quantgov.git import Repository

PIECE = 1 << 20


class DiskTree(Tree):
    """Files below a folder by their paths there. An object's name is the path itself: nothing is hashed."""

    def __init__(self, top: str, paths: Iterable[str]) -> None:
        self._top = top
        self._paths = sorted(paths)

    def entry(self, path: str) -> Entry | None:
        try:
            mode = os.lstat(self._file(path)).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            return Entry(MODE_SYMLINK, path)
        return Entry(MODE_FILE, path) if stat.S_ISREG(mode) else None

    def apart(self) -> list[str]:
        """Folders among the paths: submodules and repositories inside of this one, which git does not look into."""
        return [path.rstrip("/") for path in self._paths if os.path.isdir(self._file(path)) and not self.entry(path)]

    def paths(self, folder: str = "") -> list[str]:
        return [path for path in self._paths if path.startswith(folder)]

    def content(self, oid: str) -> bytes:
        return b"".join(self.chunks(oid))

    def chunks(self, oid: str) -> Iterator[bytes]:
        file = self._file(oid)
        try:
            if os.path.islink(file):
                yield os.readlink(os.fsencode(file))
                return
            yield from pieces(file)
        except OSError as error:
            raise CannotJudge(f"{oid} cannot be read: {error.strerror}", "make it readable, or leave it out") from None

    def size_of(self, oid: str) -> int:
        return os.lstat(self._file(oid)).st_size

    def _file(self, path: str) -> str:
        return os.path.join(self._top, path)


def pieces(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            yield piece


def worktree(repo: Repository, given: Sequence[str]) -> DiskTree:
    """What git would take from these paths (none is all below here), and every file that is named itself.

    Paths are those from the top of the working tree. Raises UsageError for a path that is not there.
    """
    top = repo.top or os.getcwd()
    _must_be_there(given)
    spec = [f":(top,literal){_from_top(path, top)}" for path in given or ["."]]
    out = repo.read("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", "--", *spec)
    listed = {decode(name) for name in out.split(b"\0") if name}
    named = {_from_top(path, top) for path in given if not os.path.isdir(path)}
    return DiskTree(top, listed | named)


def folders(given: Sequence[str]) -> DiskTree:
    """Every file below these paths, where there is no repository; `.git` folders are passed over."""
    _must_be_there(given)
    found: set[str] = set()
    for path in given or ["."]:
        if os.path.isdir(path):
            found.update(_walk(path))
        else:
            found.add(os.path.normpath(path))
    return DiskTree(os.getcwd(), found)


def _must_be_there(given: Sequence[str]) -> None:
    for path in given:
        if not os.path.lexists(path):
            raise UsageError(f"there is no {path} here", "quantgov secrets scan: it searches all below this folder")


def _walk(folder: str) -> Iterator[str]:
    for parent, below, names in os.walk(folder):
        below[:] = [name for name in below if name != ".git"]
        for name in names:
            yield os.path.normpath(os.path.join(parent, name))


def _from_top(path: str, top: str) -> str:
    """A path of the working tree from its top, links in its last part not followed."""
    folder, name = os.path.split(os.path.abspath(path))
    found = os.path.relpath(os.path.join(os.path.realpath(folder), name), os.path.realpath(top))
    if found.startswith(".."):
        raise UsageError(f"{path} is outside of this repository", "cd there, or name a path in here")
    return "" if found == "." else found
