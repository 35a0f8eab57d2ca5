"""Jupyter notebooks: sources and text outputs are searched as the text that they are, all else as it stands there.

Nothing is left out but images and ids, so a notebook need not even be whole to be searched: whatever is not recognised
as a source or an output is part of the rest.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import groupby

from quantgov.secrets import scanner
from quantgov.secrets.spans import line_breaks
from quantgov.secrets.windows import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quantgov.secrets.hit import Hit
    from quantgov.secrets.team import Team

# A string, the last one with or without its end, and the colon that makes a key of it; or what opens or closes.
TOKEN = re.compile(rb'"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)(?:"(?P<colon>\s{0,20}:)?|\\?\Z)|[{}]', re.DOTALL)
ESCAPE = re.compile(rb"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u([0-9a-f]{4})|.)", re.DOTALL | re.IGNORECASE)
SHORT = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"\\b": b"\b", b"\\f": b"\f"}
CODE, PROSE, OUTPUT, IMAGE, LEFT_OUT, REST = range(6)
SHOWN = {CODE: "cell", PROSE: "cell", OUTPUT: "the output of cell"}
# Keys of nbformat 4 and, where cells stand in worksheets, 3.
CELLS = b"cells"
SHEETS = b"worksheets"
TEXTS = (b"text", b"html", b"svg", b"latex", b"javascript", b"traceback", b"evalue")
TEXT_TYPES = (b"text/", b"image/svg", b"application/javascript")
IMAGES = (b"image/", b"application/pdf", b"png", b"jpeg", b"pdf")
WIDGETS = b"application/vnd.jupyter.widget-state+json"
DEEPEST = 8  # keys around a string of any of these
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=]++|\\n)*+")
LEAST = 100  # bytes of an image
ID = re.compile(rb"[0-9a-f-]{8,36}")


def search(text: bytes, path: str, team: Team | None) -> list[Hit]:
    """Return what a notebook gives away, each hit with its place in the file and, if it is in one, the cell."""
    pieces = list(Pieces(text).all())
    hits = scanner.in_plain_text(without(text, pieces), path, team)
    for kind, shown in SHOWN.items():
        document = Document(text, [piece for piece in pieces if piece.kind == kind], shown)
        hits += document.placed(scanner.in_plain_text(document.text, path, team))
    return in_file(hits, text)


def without(text: bytes, pieces: Iterable[Piece]) -> bytes:
    """The file with spaces in place of these strings."""
    rest = bytearray(text)
    for piece in pieces:
        rest[piece.begin : piece.end] = b" " * (piece.end - piece.begin)
    return bytes(rest)


def in_file(hits: list[Hit], text: bytes) -> list[Hit]:
    """Give hits their lines and columns in the file, by the bytes at which they start there."""
    place, last = Place(), 0
    hits.sort(key=lambda hit: hit.start)
    for hit in hits:
        place.advance(text[last : hit.start])
        hit.line, hit.column, last = place.line, place.column + 1, hit.start
    return hits


class Piece:
    """A string of the file: where its inside begins and ends, its cell's number, and the field that it is a part of."""

    __slots__ = ("begin", "cell", "end", "field", "kind")

    def __init__(self, begin: int, end: int, cell: int, field: int, kind: int) -> None:
        self.begin = begin
        self.end = end
        self.cell = cell
        self.field = field
        self.kind = kind


class Pieces:
    """Finds the strings of a file that are sources, outputs, images or ids, by the keys around them."""

    __slots__ = ("_cell", "_fields", "_found", "_keys", "_prose", "_text")

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._found: list[Piece] = []
        self._cell = 0
        self._prose: set[int] = set()  # cells that are no code
        self._keys: list[bytes] = []  # the last key of each object around, the innermost last
        self._fields: list[int] = []  # and where it stands
        for token in TOKEN.finditer(text):
            self._take(token)

    def all(self) -> Iterator[Piece]:
        """Yield them in order. What else stands where an image should is none of them: it is searched."""
        for _, group in groupby(self._found, key=lambda piece: piece.field):
            field = list(group)
            if field[0].kind == IMAGE and not self._is_image(field):
                continue
            for piece in field:
                if piece.kind == CODE and piece.cell in self._prose:
                    piece.kind = PROSE
                yield piece

    def _take(self, token: re.Match[bytes]) -> None:
        if token[0] == b"{":
            self._cell += self._keys in ([CELLS], [SHEETS, CELLS])
            self._keys.append(b"")
            self._fields.append(0)
        elif token[0] == b"}":
            del self._keys[-1:], self._fields[-1:]
        elif token["colon"] and self._keys:
            self._keys[-1] = token["text"]
            self._fields[-1] = token.start()
        elif 0 < len(self._keys) <= DEEPEST:
            begin, end = token.span("text")
            kind = self._kind(begin, end)
            if kind != REST:
                self._found.append(Piece(begin, end, self._cell, self._fields[-1], kind))

    def _kind(self, begin: int, end: int) -> int:
        """What the string is that stands there, by the keys around it."""
        match self._keys[1:] if self._keys[0] == SHEETS else self._keys:
            case [b"cells", b"source" | b"input"]:
                return CODE
            case [b"cells", b"cell_type"]:
                if self._text[begin:end] != b"code":
                    self._prose.add(self._cell)
            case [b"cells", b"id"]:
                return LEFT_OUT if ID.fullmatch(self._text, begin, end) else REST
            case [b"cells", b"outputs", name] | [b"cells", b"outputs", b"data", name]:
                if name in TEXTS or name.startswith(TEXT_TYPES):
                    return OUTPUT
                return IMAGE if name.startswith(IMAGES) else REST
            case [b"cells", b"attachments", _, name]:
                return IMAGE if name.startswith(IMAGES) else REST
            case [*keys, b"buffers", b"data"]:
                return IMAGE if WIDGETS in keys else REST
        return REST

    def _is_image(self, field: list[Piece]) -> bool:
        """Whether it is long, and base64 to its end."""
        length = sum(piece.end - piece.begin for piece in field)
        return length >= LEAST and all(BASE64.fullmatch(self._text, piece.begin, piece.end) for piece in field)


class Document:
    """The text of strings of one kind, each field's strings put together, with the way back to where they stand."""

    __slots__ = ("_file", "_lines", "_pieces", "_shown", "_starts", "text")

    def __init__(self, file: bytes, pieces: list[Piece], shown: str) -> None:
        self._file = file
        self._pieces = pieces
        self._shown = shown
        self._starts: list[int] = []  # of each string: its first byte in `text`
        self._lines: list[int] = []  # and the first line there of its field
        texts: list[bytes] = []
        at, line = 0, 1
        for _, group in groupby(pieces, key=lambda piece: piece.field):
            field = []
            for piece in group:
                self._starts.append(at)
                self._lines.append(line)
                field.append(unescaped(file[piece.begin : piece.end]))
                at += len(field[-1])
            texts.append(b"".join(field) + b"\n")
            at += 1
            line += line_breaks(texts[-1])
        self.text = b"".join(texts)

    def placed(self, hits: list[Hit]) -> Iterator[Hit]:
        """Give hits in `text`, in order, their cells, and the bytes of the file at which they start."""
        for at, group in groupby(hits, key=lambda hit: bisect_right(self._starts, hit.start) - 1):
            piece = self._pieces[at]
            origins = Origins(self._file[piece.begin : piece.end])
            for hit in group:
                hit.cell = piece.cell
                hit.where = f"{self._shown} {piece.cell}, line {hit.line - self._lines[at] + 1}"
                hit.start = piece.begin + origins.of(hit.start - self._starts[at])
                yield hit


class Origins:
    """The way back from the text of a string to the string as it is escaped."""

    __slots__ = ("_raw", "_text")

    def __init__(self, raw: bytes) -> None:
        self._raw = [0]  # behind each escape
        self._text = [0]  # and the same in the text
        for escape in ESCAPE.finditer(raw):
            plain = escape.start() - self._raw[-1]
            self._text.append(self._text[-1] + plain + len(character(escape)))
            self._raw.append(escape.end())

    def of(self, offset: int) -> int:
        at = bisect_right(self._text, offset) - 1
        return self._raw[at] + offset - self._text[at]


def unescaped(raw: bytes) -> bytes:
    return ESCAPE.sub(character, raw) if b"\\" in raw else raw


def character(escape: re.Match[bytes]) -> bytes:
    """What an escape stands for. A half of a pair alone is no character."""
    if escape[1]:
        return bytes.fromhex((escape[1] + escape[2]).decode()).decode("utf-16-be").encode()
    if escape[3]:
        return chr(int(escape[3], 16)).encode("utf-8", "replace")
    return SHORT.get(escape[0], escape[0][1:])
