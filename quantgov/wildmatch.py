"""The path patterns that .gitignore and .gitattributes share, matched as git 2.39 matches them.

Git compares bytes: `?` is one byte of a UTF-8 name, and only ASCII letters fold. So text, paths and patterns are
`bytes` here. No pattern becomes a regular expression: compiling one costs more than a commit's worth of matching,
and stars that never backtrack leave a hostile pattern nothing to explode.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Segments = tuple["tuple[Chunk, ...] | None", ...]

_SPECIAL = b"*?[\\"
_ANY = bytes(byte for byte in range(256) if byte != 0x2F)
_NOTHING = b""
_SLASH, _STAR, _FOLDERS = "/", "*", "**/"


class Pattern:
    """One pattern line, without its trailing blanks: `!` and a trailing slash are read off it."""

    __slots__ = ("_fold", "_glob", "_literal", "_rest", "_suffix", "_whole", "folder_only", "negated")

    def __init__(self, text: bytes, ignorecase: bool = False) -> None:
        self.negated = text[:1] == b"!"
        self.folder_only = text[-1:] == b"/"
        body = text[self.negated : len(text) - self.folder_only]
        self._whole = b"/" in body
        self._literal = body[1:] if body[:1] == b"/" else body
        self._suffix = False
        self._rest = b""
        self._fold = ignorecase
        self._glob: Segments | None = None
        if body.translate(None, _SPECIAL) != body:
            self._split(self._literal)
        if ignorecase:
            self._literal = self._literal.lower()

    def _split(self, text: bytes) -> None:
        tail = text[1:]
        self._suffix = text[:1] == b"*" and not self._whole and tail.translate(None, _SPECIAL) == tail
        if self._suffix:
            self._literal = tail
        else:
            start = next(index for index, byte in enumerate(text) if byte in _SPECIAL)
            self._literal, self._rest = text[:start], text[start:]

    def matches(self, path: bytes, name: bytes) -> bool:
        """Whether it matches `path` (relative to the pattern's folder) or its last part `name`.

        Both are already lower case where the pattern ignores case. `negated` and `folder_only` are left to the caller.
        """
        subject = path if self._whole else name
        if self._suffix:
            return subject.endswith(self._literal)
        if not self._rest:
            return subject == self._literal
        return subject.startswith(self._literal) and self._matches_rest(subject[len(self._literal) :])

    def _matches_rest(self, text: bytes) -> bool:
        """What follows the literal start is a pattern of its own to git: `a**/b` matches as `**/b` behind `a`."""
        if self._glob is None:
            self._glob = _parse(self._rest, self._fold)
        return _match_segments(self._glob, text.split(b"/"))


class Chunk:
    """What stands between two stars: for each byte of the text, the bytes that it may be."""

    __slots__ = ("_literal", "_options", "size")

    def __init__(self, options: list[bytes]) -> None:
        self.size = len(options)
        self._options = options
        self._literal = b"".join(options) if all(len(option) == 1 for option in options) else None

    def at(self, text: bytes, start: int) -> bool:
        if self._literal is not None:
            return text.startswith(self._literal, start)
        return all(text[start + index] in option for index, option in enumerate(self._options))

    def find(self, text: bytes, start: int, stop: int) -> int:
        if self._literal is not None:
            return text.find(self._literal, start, stop)
        return next((index for index in range(start, stop - self.size + 1) if self.at(text, index)), -1)


def _match_segments(pattern: Segments, names: list[bytes]) -> bool:
    """Match folder by folder; None in `pattern` stands for any number of folders and is never last."""
    at = name = mark = 0
    retry = -1
    while name < len(names):
        segment = pattern[at] if at < len(pattern) else ()
        if segment is None:
            retry, mark = at, name
            at += 1
        elif segment and _match_segment(segment, names[name]):
            at += 1
            name += 1
        elif retry >= 0:
            mark += 1
            at, name = retry + 1, mark
        else:
            return False
    return at == len(pattern)


def _match_segment(chunks: tuple[Chunk, ...], text: bytes) -> bool:
    first, last = chunks[0], chunks[-1]
    if len(chunks) == 1:
        return len(text) == first.size and first.at(text, 0)
    start, stop = first.size, len(text) - last.size
    if stop < start or not first.at(text, 0) or not last.at(text, stop):
        return False
    for chunk in chunks[1:-1]:
        found = chunk.find(text, start, stop)
        if found < 0:
            return False
        start = found + chunk.size
    return True


def _parse(pattern: bytes, fold: bool) -> Segments:
    segments: list[tuple[Chunk, ...] | None] = []
    chunks: list[list[bytes]] = [[]]
    for token in _tokens(pattern, fold):
        if isinstance(token, bytes):
            chunks[-1].append(token)
        elif token == _STAR:
            chunks.append([])
        elif token == _SLASH:
            segments.append(tuple(map(Chunk, chunks)))
            chunks = [[]]
        else:
            segments.append(None)
    return (*segments, tuple(map(Chunk, chunks)))


def _tokens(pattern: bytes, fold: bool) -> Iterator[str | bytes]:
    """The bytes that may stand at one place, or the sign of a slash, of a star, or of any number of folders."""
    at = 0
    while at < len(pattern):
        byte = pattern[at : at + 1]
        if byte == b"*":
            stop = len(pattern) - len(pattern[at:].lstrip(b"*"))
            tokens, at = _stars(pattern, at, stop)
            yield from tokens
        elif byte == b"[":
            option, at = _Bracket(pattern, at + 1, fold).read()
            yield option
        elif byte == b"\\":
            escaped = pattern[at + 1 : at + 2]
            yield _SLASH if escaped == b"/" else escaped
            at += 2
        else:
            yield _SLASH if byte == b"/" else _ANY if byte == b"?" else byte.lower() if fold else byte
            at += 1


def _stars(pattern: bytes, start: int, stop: int) -> tuple[tuple[str, ...], int]:
    """Two stars cross folders only where they fill a folder's place; `**` before an escaped slash needs one folder."""
    opens = start == 0 or pattern[start - 1 : start] == b"/"
    if stop - start > 1 and opens:
        if pattern[stop : stop + 1] == b"/":
            return (_FOLDERS,), stop + 1
        if stop == len(pattern) or pattern[stop : stop + 2] == b"\\/":
            return (_FOLDERS, _STAR), stop
    return (_STAR,), stop


class _Bracket:
    """A `[...]` expression: reads its members. One that is broken matches nothing, and neither does its pattern."""

    __slots__ = ("_at", "_fold", "_members", "_pattern", "_previous")

    def __init__(self, pattern: bytes, at: int, fold: bool) -> None:
        self._pattern, self._at, self._fold = pattern, at, fold
        self._members: set[int] = set()
        self._previous = 0

    def read(self) -> tuple[bytes, int]:
        """The bytes it matches, and where the pattern goes on."""
        negated = self._peek() in (b"!", b"^")
        self._at += negated
        whole = self._read_member()
        while whole and self._peek() != b"]":
            whole = self._read_member()
        if not whole:
            return _NOTHING, len(self._pattern)
        return bytes(byte for byte in _ANY if (byte in self._members) != negated), self._at + 1

    def _peek(self, ahead: int = 0) -> bytes:
        return self._pattern[self._at + ahead : self._at + ahead + 1]

    def _read_member(self) -> bool:
        byte = self._peek()
        if byte == b"-" and self._previous and self._peek(1) not in (b"", b"]"):
            return self._read_range()
        if byte == b"[" and self._peek(1) == b":":
            return self._read_class()
        self._at += byte == b"\\"
        return self._add_literal()

    def _add_literal(self) -> bool:
        byte = self._peek()
        if not byte:
            return False
        self._previous = byte[0]
        self._members.add(byte[0])
        self._at += 1
        return True

    def _read_range(self) -> bool:
        self._at += 1
        self._at += self._peek() == b"\\"
        if not self._peek():
            return False
        members = bytes(range(self._previous, self._peek()[0] + 1))
        self._members.update(members.lower() + members if self._fold else members)
        self._previous = 0
        self._at += 1
        return True

    def _read_class(self) -> bool:
        stop = self._pattern.find(b"]", self._at + 2)
        if stop < 0:
            return False
        name = self._pattern[self._at + 2 : stop]
        if not name.endswith(b":"):
            return self._add_literal()
        members = _class_members(name[:-1], self._fold)
        self._members.update(members)
        self._previous = 0
        self._at = stop + 1
        return bool(members)


_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_DIGIT = b"0123456789"
_PUNCT = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def _class_members(name: bytes, fold: bool) -> bytes:
    """The bytes of `[:name:]` by git's own ASCII tables, in which vertical tab and form feed are no spaces."""
    alpha = _LOWER + _LOWER.upper()
    graph = alpha + _DIGIT + _PUNCT
    return {
        b"alnum": alpha + _DIGIT,
        b"alpha": alpha,
        b"blank": b" \t",
        b"cntrl": bytes(range(32)) + b"\x7f",
        b"digit": _DIGIT,
        b"graph": graph,
        b"lower": _LOWER,
        b"print": graph + b" ",
        b"punct": _PUNCT,
        b"space": b" \t\n\r",
        b"upper": alpha if fold else _LOWER.upper(),
        b"xdigit": _DIGIT + b"abcdefABCDEF",
    }.get(name, b"")
