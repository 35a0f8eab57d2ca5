"""Which paths the .gitignore files of a snapshot exclude: what `git check-ignore -v --no-index` says (git 2.39).

Only the snapshot's own files count: not .git/info/exclude, and not a user's global ignore file.
"""

from __future__ import annotations

from quantgov.wildmatch import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Line = tuple[Pattern, int, bytes]

_NAME = ".gitignore"
_BOM = b"\xef\xbb\xbf"


class IgnoreMatch:
    """The line that excludes a path: `source` is its .gitignore, `line` counts from 1, `pattern` is its text."""

    __slots__ = ("line", "pattern", "source")

    def __init__(self, source: str, line: int, pattern: str) -> None:
        self.source = source
        self.line = line
        self.pattern = pattern


class Ignores:
    """The ignore rules of one snapshot; `read` gives the bytes of a path in it, or None."""

    __slots__ = ("_folders", "_ignorecase", "_read")

    def __init__(self, read: Callable[[str], bytes | None], ignorecase: bool = False) -> None:
        self._read = read
        self._ignorecase = ignorecase
        self._folders: dict[str, _Folder] = {}

    def match(self, path: str) -> IgnoreMatch | None:
        """The line by which a file at `path` is ignored, or None. A folder on the way that is excluded decides."""
        folder = self._folder_of(path)
        return folder.excluded or folder.match(self._encode(path), is_folder=False)

    def _folder_of(self, path: str) -> _Folder:
        known = self._folders.get(path[: max(path.rfind("/"), 0)])
        return known or self._walk_to(path)

    def _walk_to(self, path: str) -> _Folder:
        folder = self._folders.get("") or self._enter("", None)
        slash = path.find("/")
        while slash >= 0:
            name = path[:slash]
            folder = self._folders.get(name) or self._enter(name, folder)
            slash = path.find("/", slash + 1)
        return folder

    def _enter(self, name: str, parent: _Folder | None) -> _Folder:
        folder = self._folders[name] = self._load(name, parent)
        return folder

    def _load(self, name: str, parent: _Folder | None) -> _Folder:
        if parent and parent.excluded:
            return parent
        base = self._encode(name + "/") if name else b""
        excluded = parent.match(base[:-1], is_folder=True) if parent else None
        source = f"{name}/{_NAME}" if name else _NAME
        lines = () if excluded else _parse(self._read(source) or b"", self._ignorecase)
        return _Folder(parent, len(base), source, tuple(lines)[::-1], excluded)

    def _encode(self, path: str) -> bytes:
        encoded = path.encode("utf-8", "surrogateescape")
        return encoded.lower() if self._ignorecase else encoded


class _Folder:
    """The lines of one folder, last first, and the way to those of its parents, which they overrule."""

    __slots__ = ("_base", "_lines", "_parent", "_source", "excluded")

    def __init__(
        self, parent: _Folder | None, base: int, source: str, lines: tuple[Line, ...], excluded: IgnoreMatch | None
    ) -> None:
        self._parent: _Folder | None = parent if parent is None or parent._lines else parent._parent
        self._base = base
        self._source = source
        self._lines: tuple[Line, ...] = lines
        self.excluded = excluded

    def match(self, path: bytes, is_folder: bool) -> IgnoreMatch | None:
        name = path[path.rfind(b"/") + 1 :]
        folder: _Folder | None = self
        while folder:
            relative = path[folder._base :]
            for pattern, number, text in folder._lines:
                if pattern.matches(relative, name) and (is_folder or not pattern.folder_only):
                    return None if pattern.negated else folder._report(number, text)
            folder = folder._parent
        return None

    def _report(self, number: int, text: bytes) -> IgnoreMatch:
        return IgnoreMatch(self._source, number, text.decode("utf-8", "surrogateescape"))


def _parse(data: bytes, ignorecase: bool) -> Iterator[Line]:
    for number, raw in enumerate(data.removeprefix(_BOM).split(b"\n"), 1):
        if raw and raw[0] != 0x23:
            text = _trim(raw.removesuffix(b"\r").partition(b"\0")[0])
            yield Pattern(text, ignorecase), number, text


def _trim(line: bytes) -> bytes:
    """Without its trailing spaces, as far as no backslash keeps one. Tabs stay."""
    if line[-1:] != b" ":
        return line
    text = line.rstrip(b" ")
    escapes = len(text) - len(text.rstrip(b"\\"))
    return text + b" " * (escapes % 2)
