"""The attributes of a snapshot's paths: what `git check-attr --cached --all` says (git 2.39).

Only the snapshot's own .gitattributes files count: not .git/info/attributes, and no configured file. As git does
when it reads the index (on a checkout), a byte order mark is taken as part of the first pattern.
"""

from __future__ import annotations

from quantgov.wildmatch import Pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Line = tuple[Pattern, bytes, int, bytes]
    State = tuple[str, str | bool | None]
    States = tuple[State, ...]

_NAME = ".gitattributes"
_LINE_LIMIT = 2048
_BLANK = b" \t\r"
_SPACED = bytes.maketrans(b"\t\r", b"  ")
_MACRO = b"[attr]"
_BINARY: States = (("diff", False), ("merge", False), ("text", False))
_NAME_BYTES = b"-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class AttributeLine:
    """A line of a .gitattributes file: `source` is the file, `line` counts from 1, `pattern` is unquoted text.

    A `folder_only` pattern ends in a slash; it gives no file any attribute.
    """

    __slots__ = ("folder_only", "line", "pattern", "source")

    def __init__(self, source: str, line: int, pattern: str, folder_only: bool) -> None:
        self.source = source
        self.line = line
        self.pattern = pattern
        self.folder_only = folder_only


class Attributes:
    """The attributes of one snapshot; `read` gives the bytes of a path in it, or None."""

    __slots__ = ("_files", "_ignorecase", "_macros", "_read", "_states")

    def __init__(self, read: Callable[[str], bytes | None], ignorecase: bool = False) -> None:
        self._read = read
        self._ignorecase = ignorecase
        self._files: dict[str, tuple[Line, ...]] = {}
        self._macros: dict[str, States] = {"binary": _BINARY}
        self._states: dict[bytes, States | None] = {}

    def get(self, path: str) -> dict[str, str]:
        """Each attribute of a file at `path`: "set", "unset" or its value. One that is unspecified is absent."""
        found: dict[str, str | bool | None] = {}
        for states in self._matches(path):
            self._apply(states, found)
        return {name: _spell(value) for name, value in found.items() if value is not None}

    def is_lfs(self, path: str) -> bool:
        """Whether Git LFS stores the content of a file at `path`."""
        return self.get(path).get("filter") == "lfs"

    def lfs_patterns(self, folder: str = "") -> list[AttributeLine]:
        """The lines of `<folder>/.gitattributes` that set filter=lfs, by a macro or themselves, in file order."""
        source = f"{folder}/{_NAME}" if folder else _NAME
        self._lines("")
        return [
            AttributeLine(source, number, text.decode("utf-8", "surrogateescape"), pattern.folder_only)
            for pattern, tail, number, text in reversed(self._lines(folder))
            if self._sets_lfs(tail)
        ]

    def _sets_lfs(self, tail: bytes) -> bool:
        found: dict[str, str | bool | None] = {}
        self._apply(self._states_of(tail) or (), found)
        return found.get("filter") == "lfs"

    def _matches(self, path: str) -> Iterator[States]:
        """What the matching lines say, the one that overrules the others first."""
        subject = path.encode("utf-8", "surrogateescape")
        subject = subject.lower() if self._ignorecase else subject
        base = subject.rfind(b"/") + 1
        name = subject[base:]
        self._lines("")
        while path:
            path = path.rpartition("/")[0]
            relative = subject[base:]
            for pattern, tail, _, _ in self._lines(path):
                if pattern.matches(relative, name) and not pattern.folder_only:
                    yield self._states_of(tail) or ()
            base = subject.rfind(b"/", 0, max(base - 1, 0)) + 1

    def _apply(self, states: States, found: dict[str, str | bool | None]) -> None:
        """Keep what `found` knows; a set macro expands where it stands. No recursion: macros may chain for long."""
        pending = list(states)
        while pending:
            name, value = pending.pop()
            if name not in found:
                found[name] = value
                if value is True:
                    pending.extend(self._macros.get(name, ()))

    def _states_of(self, tail: bytes) -> States | None:
        if tail not in self._states:
            self._states[tail] = _parse_states(tail)
        return self._states[tail]

    def _lines(self, folder: str) -> tuple[Line, ...]:
        """The pattern lines of a folder's file, last first."""
        known = self._files.get(folder)
        if known is None:
            data = self._read(f"{folder}/{_NAME}" if folder else _NAME)
            known = self._files[folder] = tuple(self._parse(data, not folder))[::-1] if data else ()
        return known

    def _parse(self, data: bytes, is_root: bool) -> Iterator[Line]:
        for number, raw in enumerate(data.partition(b"\0")[0].split(b"\n"), 1):
            words = raw.translate(_SPACED).strip(b" ")
            if words and words[0] != 0x23 and len(raw) < _LINE_LIMIT:
                text, tail = _split(raw, words)
                if text.startswith(_MACRO) and text != _MACRO:
                    if is_root:
                        self._define(text.partition(b"\0")[0], tail)
                else:
                    text = text.partition(b"\0")[0]
                    pattern = Pattern(text, self._ignorecase)
                    if not pattern.negated:
                        yield pattern, tail, number, text

    def _define(self, text: bytes, tail: bytes) -> None:
        name = text[len(_MACRO) :].translate(_SPACED).lstrip(b" ").partition(b" ")[0]
        states = self._states_of(tail)
        if states is not None and _is_attribute_name(name):
            self._macros[name.decode()] = states


def _split(raw: bytes, words: bytes) -> tuple[bytes, bytes]:
    """A line's pattern and its attributes; a quote that is never closed is part of the pattern."""
    if words[0] == 0x22:
        unquoted = _unquote(raw.lstrip(_BLANK))
        if unquoted:
            return unquoted[0], unquoted[1].translate(_SPACED).strip(b" ")
    text, _, tail = words.partition(b" ")
    return text, tail


def _unquote(quoted: bytes) -> tuple[bytes, bytes] | None:
    """The text of a C string that begins with a quote, and what follows it; None if it is not well formed."""
    text = bytearray()
    at = 1
    while at < len(quoted) and quoted[at] != 0x22:
        if quoted[at] == 0x5C:
            byte, size = _unescape(quoted[at + 1 : at + 4])
            if not size:
                return None
            text += byte
            at += size
        else:
            text.append(quoted[at])
        at += 1
    return (bytes(text), quoted[at + 1 :]) if at < len(quoted) else None


def _unescape(code: bytes) -> tuple[bytes, int]:
    """The byte that an escape stands for, and the length of its code behind the backslash: 0 if git knows none."""
    if len(code) == 3 and code[0] in b"0123" and not code.translate(None, b"01234567"):
        return bytes((int(code, 8),)), 3
    letter = code[:1]
    if letter in (b"\\", b'"'):
        return letter, 1
    return _ESCAPES.get(letter, b""), int(letter in _ESCAPES)


def _parse_states(tail: bytes) -> States | None:
    """The states in the order of the line; None if one name is invalid: git then drops the whole line."""
    states: list[State] = []
    for word in filter(None, tail.split(b" ")):
        name, equals, value = word.partition(b"=")
        sign = name[:1]
        if sign in (b"-", b"!"):
            name = name[1:]
        if not _is_attribute_name(name):
            return None
        text = value.decode("utf-8", "surrogateescape")
        states.append((name.decode(), False if sign == b"-" else None if sign == b"!" else text if equals else True))
    return tuple(states)


def _is_attribute_name(name: bytes) -> bool:
    return bool(name) and name[0] != 0x2D and not name.translate(None, _NAME_BYTES)


def _spell(value: str | bool) -> str:
    return value if isinstance(value, str) else "set" if value else "unset"
