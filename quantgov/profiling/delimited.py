"""CSV by the standard library: what anything faster has to agree with, and who names the line that is wrong."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from contextlib import contextmanager
from typing import IO, NamedTuple

from quantgov.errors import CannotJudge, UsageError
from quantgov.profiling import columns
from quantgov.profiling.moments import ANEW, NoTimestamp
from quantgov.profiling.rows import Filler
from quantgov.profiling.series import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quantgov.profiling.columns import Roles

DELIMITERS = ",;\t|"
CELL_MAX = 1 << 20
TELL = 10_000
"""Rows between two words on the progress."""
PREFIX = "sep="
"""Excel's own first line, which names the delimiter."""


class Ragged(Exception):
    """A row that has not as many cells as there are columns."""


class Head(NamedTuple):
    """How a file begins: `skip` lines stand before its first row, which is data where it has no `header`.

    `row` is its first row of data.
    """

    delimiter: str
    skip: int
    header: bool
    names: tuple[str, ...]
    roles: Roles
    row: tuple[str, ...]


@contextmanager
def opened(path: str, name: str) -> Iterator[IO[str]]:
    """The file as text, unpacked. Raises UsageError for what is no text, CannotJudge for what is cut off."""
    with open(path, "rb") as raw:
        start = raw.read(4)
        raw.seek(0)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UsageError(f"{name} is UTF-16 text", "save it as UTF-8")
        try:
            plain = gzip.GzipFile(fileobj=raw) if name.lower().endswith(".gz") else raw
            yield io.TextIOWrapper(plain, encoding="utf-8-sig", newline="")
        except UnicodeDecodeError as error:
            raise UsageError(f"{name} is not UTF-8 text: {error.reason}", "save it as UTF-8") from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CannotJudge(f"{name} is no whole gzip file: {error}", "fetch it again") from None


def head(path: str, name: str) -> Head | None:
    """How the file begins; None where it holds nothing but blank lines."""
    with opened(path, name) as text:
        line, skip = text.readline(CELL_MAX), 0
        delimiter = ""
        if line.lower().startswith(PREFIX):
            delimiter, line, skip = line[len(PREFIX) : len(PREFIX) + 1], text.readline(CELL_MAX), 1
        while line and not line.strip():
            line, skip = text.readline(CELL_MAX), skip + 1
        if not line:
            return None
        delimiter = delimiter or max(DELIMITERS, key=line.count)
        first = next(csv.reader([line], delimiter=delimiter))
        following = text.readline(CELL_MAX)
        while following and not following.strip():
            following = text.readline(CELL_MAX)
        second = next(csv.reader([following], delimiter=delimiter), [])
    return _head(first, second, delimiter, skip)


def _head(first: list[str], second: list[str], delimiter: str, skip: int) -> Head:
    header = columns.is_header(first)
    names = [cell.strip() for cell in first] if header else list(columns.kline(len(first)))
    found = columns.roles(names)
    row = second if header else first
    if found.clock >= 0 and not (len(row) > found.clock and columns.is_clock(row[found.clock])):
        found = found._replace(clock=-1)
    return Head(delimiter, skip, header, tuple(names), found, tuple(row))


def read(path: str, name: str, begun: Head, symbol: str, tell: Callable[[], None], limit: int = 0) -> Table:
    """The table of a file, row by row, of its first `limit` rows where that is given.

    `symbol` is the one of rows that name none. Raises UsageError for ragged rows and for timestamps that are none.
    """
    filler = Filler(Table(), begun.names, begun.roles, symbol)
    with opened(path, name) as text:
        for _ in range(begun.skip):
            text.readline()
        lines = csv.reader(text, delimiter=begun.delimiter)
        try:
            for at, cells in enumerate(lines):
                if at >= begun.header:
                    _row(filler, cells, begun.skip + lines.line_num, begun)
                if not at % TELL:
                    tell()
                if limit and filler.table.rows == limit:
                    break
        except (NoTimestamp, csv.Error) as error:
            raise UsageError(f"{name}, line {begun.skip + lines.line_num}: {error}", ANEW) from None
        except Ragged as error:
            at, message = begun.skip + lines.line_num, f"{error}, where the header has {len(begun.names)}"
            raise UsageError(f"{name}, line {at}: {message}", ANEW) from None
    return filler.done()


def _row(filler: Filler, cells: list[str], line: int, begun: Head) -> None:
    if len(cells) == len(begun.names):
        filler.row(cells, f"in line {line}")
    elif any(cell.strip() for cell in cells):
        raise Ragged(f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}")
