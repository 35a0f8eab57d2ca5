"""Jupyter notebooks as JSON text: where outputs, counts and sources stand in it, so that all else keeps its bytes.

Read from nbformat 4 and, where cells stand in worksheets, 2 and 3. The decoder of the standard library reads every
value; only the way to a cell's fields is walked here, for the places that it does not tell.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from quantgov import lfs
from quantgov.change import WHOLE_LIMIT
from quantgov.git import Entry
from quantgov.rule import Unjudged
from quantgov.wording import shown_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quantgov.change import Blob

BLANK = r"[ \t\r\n]*"
CHARACTER = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]"
"""One character inside a string, however it is escaped."""


class NotebookError(ValueError):
    """Why bytes are no notebook, in words."""


class Value:
    """A JSON value, and where it stands in the text."""

    __slots__ = ("end", "plain", "start")

    def __init__(self, plain: object, start: int, end: int) -> None:
        self.plain = plain
        self.start = start
        self.end = end


class Cell:
    """A cell by its number from 1. What it has not is None: a cell of prose has neither outputs nor a count."""

    __slots__ = ("count", "is_code", "number", "outputs", "source")

    def __init__(self, number: int, fields: dict[str, Value]) -> None:
        kind = fields.get("cell_type")
        self.number = number
        self.is_code = kind is not None and kind.plain == "code"
        self.source = fields.get("source") or fields.get("input")
        self.outputs = fields.get("outputs") if self.is_code else None
        self.count = fields.get("execution_count") or fields.get("prompt_number") if self.is_code else None

    @property
    def text(self) -> str:
        """Its source as a person reads it; what is no text is none."""
        plain = self.source.plain if self.source else ""
        return "".join(map(_words, plain)) if isinstance(plain, list) else _words(plain)

    @property
    def ran_as(self) -> int | None:
        """The number in its brackets; None where it was not run, or is empty, so that running it does nothing."""
        plain = self.count.plain if self.count else None
        return plain if type(plain) is int and self.text.strip() else None


class Notebook:
    """The text of a notebook, its cells, and the state of its widgets, which is output that stands in no cell."""

    __slots__ = ("_json", "_lines", "cells", "text", "widgets")

    def __init__(self, text: str) -> None:
        self.text = text
        self._json = Json(text)
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        whole = self._json.whole()
        fields = self._json.fields(whole)
        metadata = fields.get("metadata")
        self.widgets = self._json.fields(metadata).get("widgets") if metadata else None
        found = [*self._cells_of(fields)]
        self.cells = tuple(Cell(number, self._json.fields(each)) for number, each in enumerate(found, 1))

    def _cells_of(self, fields: dict[str, Value]) -> Iterator[Value]:
        sheets = fields.get("worksheets")
        folders = [self._json.fields(each) for each in self._json.items(sheets)] if sheets else [fields]
        for folder in folders:
            if "cells" not in folder:
                raise NotebookError("it has no cells")
            yield from self._json.items(folder["cells"])

    def outputs(self) -> Iterator[tuple[int, Value]]:
        """Each output that is not empty with the number of its cell; 0 is the state of widgets."""
        given = [(cell.number, cell.outputs) for cell in self.cells] + [(0, self.widgets)]
        return ((number, value) for number, value in given if value and value.plain)

    def size(self, value: Value) -> int:
        """Bytes of a value as it stands."""
        return len(self.text[value.start : value.end].encode())

    def place(self, index: int) -> tuple[int, int]:
        """Line and column, in characters, of an index into the text."""
        line = bisect_right(self._lines, index)
        return line, index - self._lines[line - 1] + 1

    def places_in(self, cell: Cell, offsets: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Lines and columns in the file of characters of a cell's source, given in order."""
        assert cell.source
        parts = self._json.items(cell.source) if isinstance(cell.source.plain, list) else iter((cell.source,))
        part = next(parts)
        start, at = 0, part.start + 1  # of the part in the source, and of the next character in the file
        passed = 0
        for offset in offsets:
            while offset - start >= len(_words(part.plain)):
                start += len(_words(part.plain))
                part = next(parts)
                at, passed = part.start + 1, start
            at = self._json.behind(at, offset - max(start, passed))
            passed = offset
            yield self.place(at)

    def out_of_order(self) -> tuple[Cell, Cell] | None:
        """The first cell that did not run after all that stand above it, and the last of those to run."""
        above: Cell | None = None
        highest = 0
        for cell in self.cells:
            if (number := cell.ran_as) is not None:
                if above and number <= highest:
                    return cell, above
                above, highest = cell, number
        return None

    def stripped(self) -> str:
        """The text without outputs, counts and the state of widgets; nothing else of it differs."""
        edits = [(value, "[]" if number else "{}") for number, value in self.outputs()]
        edits += [(cell.count, "null") for cell in self.cells if cell.count and cell.count.plain is not None]
        kept: list[str] = []
        at = 0
        for value, instead in sorted(edits, key=lambda edit: edit[0].start):
            kept += (self.text[at : value.start], instead)
            at = value.end
        return "".join((*kept, self.text[at:]))


class Json:
    """A JSON text, and where in it the parts of its objects and arrays stand."""

    __slots__ = ("_decode", "_text")

    def __init__(self, text: str) -> None:
        import json

        self._text = text
        self._decode = json.JSONDecoder().raw_decode

    def whole(self) -> Value:
        """Raises ValueError or RecursionError where the text is no JSON: what is asked for later is then sound."""
        value = self._value(1 if self._text.startswith("\ufeff") else 0)
        rest = self._skip(value.end)
        if rest < len(self._text):
            line = self._text.count("\n", 0, rest) + 1
            raise NotebookError(f"line {line}: something stands behind its end")
        return value

    def fields(self, of: Value) -> dict[str, Value]:
        """The values of an object by their keys, of one written twice the last; none of what is no object."""
        found: dict[str, Value] = {}
        if not isinstance(of.plain, dict):
            return found
        at = self._skip(of.start + 1)
        while self._text[at] != "}":
            key = self._value(at)
            value = self._value(self._skip(key.end) + 1)
            found[str(key.plain)] = value
            at = self._next(value)
        return found

    def items(self, of: Value) -> Iterator[Value]:
        """The values of an array; none of what is no array."""
        if not isinstance(of.plain, list):
            return
        at = self._skip(of.start + 1)
        while self._text[at] != "]":
            value = self._value(at)
            yield value
            at = self._next(value)

    def behind(self, at: int, count: int) -> int:
        """The index behind so many characters of a string."""
        for _ in range(count):
            match = re.compile(CHARACTER, re.DOTALL).match(self._text, at)
            assert match
            at = match.end()
        return at

    def _value(self, at: int) -> Value:
        start = self._skip(at)
        plain, end = self._decode(self._text, start)
        return Value(plain, start, end)

    def _next(self, value: Value) -> int:
        """Where the next part begins, or its whole ends."""
        at = self._skip(value.end)
        return self._skip(at + 1) if self._text[at] == "," else at

    def _skip(self, at: int) -> int:
        match = re.compile(BLANK).match(self._text, at)
        assert match
        return match.end()


def _words(plain: object) -> str:
    return plain if isinstance(plain, str) else ""


def parse(data: bytes) -> Notebook:
    """Raises NotebookError where the bytes are no notebook."""
    from json import JSONDecodeError

    try:
        return Notebook(data.decode())
    except NotebookError:
        raise
    except JSONDecodeError as error:
        raise NotebookError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise NotebookError(f"line {data.count(10, 0, error.start) + 1}: it is not in UTF-8") from None
    except ValueError as error:  # a number of more digits than Python reads
        raise NotebookError(str(error)) from None
    except RecursionError:
        raise NotebookError("it is nested too deep") from None


def read(blob: Blob) -> Notebook | Unjudged:
    """The notebook that a file is, or why it cannot be judged."""
    if not Entry(blob.mode, blob.oid).is_file:
        return Unjudged("a symbolic link", blob.path)
    if blob.size > WHOLE_LIMIT:
        return Unjudged(f"{shown_size(blob.size)}, more than is read of a notebook", blob.path)
    if lfs.is_pointer(blob.data):
        return Unjudged("a notebook in Git LFS, not read", blob.path)
    try:
        return parse(blob.data)
    except NotebookError as error:
        return Unjudged(f"not a notebook that can be read: {error}", blob.path)
