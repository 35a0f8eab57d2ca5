"""A read-only snapshot of file contents. Nothing here, and no rule, ever reads the working tree."""

from __future__ import annotations

from quantgov.errors import CannotJudge
from quantgov.git import MODE_FILE, MODE_SUBMODULE, MODE_TREE, Entry, Objects, decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Tree:
    """What both kinds of snapshot share. A subclass says what stands at a path, and reads objects."""

    def entry(self, path: str) -> Entry | None:
        raise NotImplementedError

    def paths(self, folder: str = "") -> list[str]:
        """Every path below a folder (given with its slash) that is not a folder itself, sorted."""
        raise NotImplementedError

    def content(self, oid: str) -> bytes:
        raise NotImplementedError

    def chunks(self, oid: str) -> Iterator[bytes]:
        """The same piece by piece, where it does not lie in memory as a whole anyway."""
        yield self.content(oid)

    def size_of(self, oid: str) -> int:
        raise NotImplementedError

    def prefetch(self, oids: list[str]) -> None:
        """Announce blobs that will be read next."""

    def measure(self, oids: list[str]) -> None:
        """Announce blobs whose sizes will be asked for: one round trip in place of a thousand."""

    def reopen(self) -> None:
        """In a forked copy: read on through a git of its own."""

    def of_commit(self, oid: str) -> Tree | None:
        """The tree of a commit of the same repository; None where it is not there."""
        return None

    def oid(self, path: str) -> str | None:
        entry = self.entry(path)
        return entry.oid if entry else None

    def mode(self, path: str) -> int | None:
        entry = self.entry(path)
        return entry.mode if entry else None

    def size(self, path: str) -> int | None:
        entry = self._blob(path)
        return self.size_of(entry.oid) if entry else None

    def read(self, path: str) -> bytes | None:
        """The bytes at a path (of a symlink: its target); None where there is no blob."""
        entry = self._blob(path)
        return self.content(entry.oid) if entry else None

    def read_file(self, path: str) -> bytes | None:
        """The bytes of a regular file; None for a symlink too, as git follows none when it reads its own files."""
        entry = self.entry(path)
        return self.content(entry.oid) if entry and entry.is_file else None

    def _blob(self, path: str) -> Entry | None:
        entry = self.entry(path)
        return entry if entry and entry.mode not in (MODE_SUBMODULE, MODE_TREE) else None


class GitTree(Tree):
    """A commit's tree; an empty one where there is no `root`."""

    def __init__(self, objects: Objects, root: str | None) -> None:
        self._objects = objects
        self._root = root
        self._folders: dict[str, dict[str, Entry]] = {}

    def entry(self, path: str) -> Entry | None:
        folder, _, name = path.rpartition("/")
        return self._folder(folder).get(name)

    def paths(self, folder: str = "") -> list[str]:
        return sorted(self._walk(folder.rstrip("/")))

    def content(self, oid: str) -> bytes:
        return self._objects.content(oid)

    def chunks(self, oid: str) -> Iterator[bytes]:
        return self._objects.chunks(oid)

    def size_of(self, oid: str) -> int:
        return self._objects.size(oid)

    def prefetch(self, oids: list[str]) -> None:
        self._objects.prefetch(oids)

    def measure(self, oids: list[str]) -> None:
        self._objects.load_sizes(oids)

    def reopen(self) -> None:
        self._objects.reopen()

    def of_commit(self, oid: str) -> Tree | None:
        (info,) = self._objects.info([f"{oid}^{{tree}}"])
        return GitTree(self._objects, info.oid) if info else None

    def _folder(self, folder: str) -> dict[str, Entry]:
        """What stands in a folder; empty where there is no such folder."""
        if folder not in self._folders:
            oid = self._folder_oid(folder)
            self._folders[folder] = parse_tree(self.content(oid), len(oid) // 2) if oid else {}
        return self._folders[folder]

    def _folder_oid(self, folder: str) -> str | None:
        if not folder:
            return self._root
        parent, _, name = folder.rpartition("/")
        entry = self._folder(parent).get(name)
        return entry.oid if entry and entry.mode == MODE_TREE else None

    def _walk(self, folder: str) -> Iterator[str]:
        """Every file below a folder, read level by level: ten thousand folders are not ten thousand round trips."""
        level = [folder]
        while level:
            self._load(level)
            below = [(name, path, entry) for path in level for name, entry in self._folder(path).items()]
            level = []
            for name, path, entry in below:
                full = f"{path}/{name}" if path else name
                if entry.mode == MODE_TREE:
                    level.append(full)
                else:
                    yield full

    def _load(self, folders: list[str]) -> None:
        unread = {
            folder: oid for folder in folders if folder not in self._folders and (oid := self._folder_oid(folder))
        }
        contents = self._objects.contents(list(unread.values()))
        for (folder, oid), data in zip(unread.items(), contents, strict=True):
            self._folders[folder] = parse_tree(data, len(oid) // 2)


def parse_tree(data: bytes, oid_size: int) -> dict[str, Entry]:
    """A raw tree object: `mode SP name NUL oid`, the oid as 20 (SHA-1) or 32 (SHA-256) bytes."""
    entries: dict[str, Entry] = {}
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        oid = data[end + 1 : end + 1 + oid_size].hex()
        name, mode = decode(data[space + 1 : end]), int(data[at:space], 8)
        if name in entries:
            raise CannotJudge(f"a folder holds {name!r} twice: no git writes that", "git fsck")
        entries[name] = Entry(MODE_TREE if mode & 0o170000 == MODE_TREE else mode, oid)
        at = end + 1 + oid_size
    return entries


class Overlay(Tree):
    """Another tree with some of its paths replaced, or taken away (None): the index is HEAD's tree so changed."""

    def __init__(self, tree: Tree, entries: Mapping[str, Entry | None]) -> None:
        self._tree = tree
        self._entries = entries

    def entry(self, path: str) -> Entry | None:
        return self._entries[path] if path in self._entries else self._tree.entry(path)

    def paths(self, folder: str = "") -> list[str]:
        kept = {path for path in self._tree.paths(folder) if path not in self._entries}
        return sorted(kept | {path for path, entry in self._entries.items() if entry and path.startswith(folder)})

    def content(self, oid: str) -> bytes:
        return self._tree.content(oid)

    def chunks(self, oid: str) -> Iterator[bytes]:
        return self._tree.chunks(oid)

    def size_of(self, oid: str) -> int:
        return self._tree.size_of(oid)

    def prefetch(self, oids: list[str]) -> None:
        self._tree.prefetch(oids)

    def measure(self, oids: list[str]) -> None:
        self._tree.measure(oids)

    def reopen(self) -> None:
        self._tree.reopen()

    def of_commit(self, oid: str) -> Tree | None:
        return self._tree.of_commit(oid)


class MemoryTree(Tree):
    """A dict of contents: what examples and tests judge. Text is stored as UTF-8."""

    def __init__(self, files: Mapping[str, str | bytes], modes: Mapping[str, int] | None = None) -> None:
        self._blobs: dict[str, bytes] = {}
        self._entries: dict[str, Entry] = {}
        for path, given in files.items():
            data = given.encode() if isinstance(given, str) else given
            oid = blob_oid(data)
            self._blobs[oid] = data
            self._entries[path] = Entry((modes or {}).get(path, MODE_FILE), oid)

    def entry(self, path: str) -> Entry | None:
        return self._entries.get(path)

    def paths(self, folder: str = "") -> list[str]:
        return sorted(path for path in self._entries if path.startswith(folder))

    def content(self, oid: str) -> bytes:
        return self._blobs[oid]

    def size_of(self, oid: str) -> int:
        return len(self._blobs[oid])


def blob_oid(data: bytes) -> str:
    """The object name git gives to a blob with these bytes (SHA-1)."""
    import hashlib

    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


EMPTY = MemoryTree({})
