"""Bars in JSON as exchanges and pipelines store them: one document, or one object a line.

Known forms: {"metadata": {"symbol", "interval", "fetched_at"}, "data": [...]} (S0 L467), {"data": {"klines": [...]}}
(S3 L163), the rows by themselves. A row is an object, or a list in an exchange's order.
"""

from __future__ import annotations

import json
import math

from quantgov.errors import CannotJudge, UsageError
from quantgov.profiling import columns, moments
from quantgov.profiling.moments import NoTimestamp
from quantgov.profiling.rows import Filler
from quantgov.profiling.series import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROWS = ("data", "klines", "candles", "bars", "rows", "results", "values")
DOCUMENT_MAX = 256 << 20
"""Bytes of a document that is read whole."""
TELL = 10_000


def read(path: str, name: str, symbol: str, size: int) -> Table:
    """The table of a document; without rows where it holds no bars. Raises UsageError, and CannotJudge for a part."""
    if size > DOCUMENT_MAX:
        raise CannotJudge(f"{name} is a JSON document of {size >> 20:,} MiB", "store it as Parquet, or as JSON lines")
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text", "save it as UTF-8") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise CannotJudge(f"{name} is no whole JSON document: {error}", "fetch it again") from None
    about, rows = _found(document)
    if rows is None:
        return Table()
    named = about.get("symbol") or about.get("ticker")
    table = _table(((row, f"in row {at}") for at, row in enumerate(rows, 1)), name, str(named or symbol))
    table.said = str(about.get("interval") or "")
    table.fetched_at = fetched(about.get("fetched_at"))
    return table


def _found(document: object) -> tuple[Mapping[str, object], Sequence[object] | None]:
    """What a document says about its rows, and the rows; None where there are none."""
    if isinstance(document, list):
        return {}, document if all(isinstance(row, dict | list) for row in document) else None
    if not isinstance(document, dict):
        return {}, None
    metadata = document.get("metadata")
    about = {**document, **(metadata if isinstance(metadata, dict) else {})}
    for key in ROWS:
        inner = document.get(key)
        if isinstance(inner, dict | list):
            deeper, rows = _found(inner)
            return {**deeper, **about}, rows
    return about, None


def lines(path: str, name: str, symbol: str, tell: Callable[[], None]) -> Table:
    """The table of a file with an object, or a list, in each line. Raises UsageError for a line that is none."""

    def rows() -> Iterator[tuple[object, str]]:
        with open(path, "rb") as file:
            for at, line in enumerate(file, 1):
                if not at % TELL:
                    tell()
                if line.strip():
                    yield _line(line, f"{name}, line {at}"), f"in line {at}"

    return _table(rows(), name, symbol)


def _line(line: bytes, place: str) -> object:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except ValueError:
        raise UsageError(f"{place} is no JSON", moments.ANEW) from None


def _table(rows: Iterator[tuple[object, str]], name: str, symbol: str) -> Table:
    """Rows that have the columns of the first of them; what one of them lacks is null."""
    filler, names = None, []
    for row, place in rows:
        if filler is None:
            names = _names(row)
            filler = Filler(Table(), names, columns.roles(names), symbol)
        try:
            filler.row(_cells(row, names), place)
        except NoTimestamp as error:
            raise UsageError(f"{name}, {place.removeprefix('in ')}: {error}", moments.ANEW) from None
    return filler.done() if filler else Table()


def _names(row: object) -> list[str]:
    return list(row) if isinstance(row, dict) else columns.kline(len(row) if isinstance(row, list) else 0)


def _cells(row: object, names: Sequence[str]) -> list[str]:
    if isinstance(row, dict):
        return [_cell(row.get(key)) for key in names]
    given = [_cell(cell) for cell in row] if isinstance(row, list) else []
    if len(given) != len(names):
        raise NoTimestamp(f"{len(given)} values, where the first row has {len(names)}")
    return given


def _cell(value: object) -> str:
    """A value as a CSV file would write it; whole numbers as such, since a timestamp may be one."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value.is_integer() else repr(value)
    return value if isinstance(value, str) else json.dumps(value)


def fetched(value: object) -> str:
    """When data were fetched, as a manifest writes it; empty where that cannot be read, or names no zone."""
    try:
        moment = moments.parse(_cell(value))
    except ValueError:
        return ""
    return "" if moment.is_local else moments.shown(moment.at // moments.SECOND * moments.SECOND)
