"""Columns of timestamps as Polars reads them: nanoseconds, null where a timestamp is not in the plain form."""

from __future__ import annotations

import re

from quantgov.errors import UsageError
from quantgov.profiling import moments
from quantgov.profiling.columns import NULLS
from quantgov.profiling.moments import DAY, EARLIEST, LATEST, LOCAL_MS, LOCAL_TEXT, UNITS, UTC_TEXT, NoTimestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    import polars as pl

    from quantgov.profiling.series import Table

COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
"""Dates that are written as one number, by its digits."""
OFFSET = r"[+-]\d{2}:?\d{2}"
NUMBERS = {f"utc-{unit}": size for unit, size, _ in UNITS}
SIZES = {"ns": 1, "us": 1_000, "ms": 1_000_000}


class NotPlain(Exception):
    """A file that the fast way cannot be sure of."""


def of_text(column: pl.Expr, first: str) -> pl.Expr:
    """Text in the form of the first timestamp of its column. Raises NotPlain for a form that is not known here."""
    import polars as pl

    convention = moments.parse(first).convention
    if convention not in (LOCAL_TEXT, UTC_TEXT):
        return of_number(column.cast(pl.Int64, strict=False), convention)
    form = form_of(first)
    if "%H" not in form:
        return column.str.to_date(form, strict=False, cache=False).to_physical().cast(pl.Int64) * DAY
    coarse = column.str.to_datetime(form, strict=False, cache=False, time_unit="us").to_physical()
    near = coarse.is_between(EARLIEST // 1_000, LATEST // 1_000)
    fine = (
        column.str.to_datetime(form, strict=False, cache=False, time_unit="ns").to_physical()
        if "%.f" in form
        else coarse * 1_000
    )
    return pl.when(near).then(fine)


def of_number(column: pl.Expr, convention: str) -> pl.Expr:
    """Whole numbers of one unit; null for those that could be a date, or are of another unit."""
    import polars as pl

    at = list(NUMBERS).index(convention)
    _, size, limit = UNITS[at]
    below = UNITS[at - 1][2] if at else 0
    absolute = column.abs()
    dates = [absolute.is_between(19 * 10 ** (digits - 2), 21 * 10 ** (digits - 2)) for digits in COMPACT]
    known = (absolute >= below) & (absolute < min(limit, LATEST // size)) & ~pl.any_horizontal(dates)
    return pl.when(known).then(column * size)


def form_of(text: str) -> str:
    """What strptime calls the form of a timestamp. Raises NotPlain where it has no word for it."""
    if text.isdigit():
        return COMPACT[len(text)]
    found = moments.DATED.fullmatch(text)
    if not found or (found[10] and not re.fullmatch(rf"Z|UTC|{OFFSET}", found[10])):
        raise NotPlain
    mark, between, minutes = found[2], found[5], found[7]
    form = f"%Y{mark}%m{mark}%d"
    if minutes:
        form += f"{between}%H:%M" + (":%S" if found[8] else "") + ("%.f" if found[9] else "")
    if found[10]:
        blank = " " if text[: -len(found[10])].endswith(" ") else ""
        form += blank + (found[10] if found[10] in ("Z", "UTC") else "%z")
    return form


def offset_length(text: str) -> int:
    """How many characters of a timestamp tell its offset; 0 where it has none, or a fixed one."""
    found = moments.DATED.fullmatch(text)
    return len(found[10]) if found and found[10] and found[10] not in ("Z", "UTC") else 0


class Reader:
    """Reads a column of timestamps of any type, batch by batch, and tells the table what they say of their zone.

    `column` is its name, empty where a file has none.
    """

    __slots__ = ("_column", "_name", "_rows", "_table")

    def __init__(self, table: Table, name: str, column: str) -> None:
        self._table = table
        self._name = name
        self._column = column
        self._rows = 0

    def read(self, raw: pl.Series) -> pl.Series:
        """Nanoseconds; null where there is no timestamp. Raises UsageError for what is none."""
        import polars as pl

        if not self._column or raw.null_count() == raw.len():
            return pl.repeat(None, raw.len(), dtype=pl.Int64, eager=True)
        try:
            return self._read(raw)
        except NoTimestamp as error:
            raise UsageError(f"{self._name}, column {self._column}: {error}", moments.ANEW) from None
        finally:
            self._rows += raw.len()

    def _read(self, raw: pl.Series) -> pl.Series:
        import polars as pl

        dtype = raw.dtype
        if isinstance(dtype, pl.Datetime):
            return self._typed(raw, SIZES[dtype.time_unit], _convention(dtype))
        if dtype == pl.Date:
            return self._typed(raw, DAY, LOCAL_TEXT)
        if dtype.is_integer():
            return self._number(raw.cast(pl.Int64))
        if dtype.is_float():
            return self._float(raw)
        if dtype in (pl.String, pl.Categorical, pl.Enum):
            text = raw.cast(pl.String).str.strip_chars()
            text = text.set(text.is_in(NULLS), None)
            first = text.drop_nulls().first()
            return self._text(text, str(first)) if first is not None else text.cast(pl.Int64)
        raise NoTimestamp(f"of the type {dtype}, which is no timestamp")

    def _typed(self, raw: pl.Series, size: int, convention: str) -> pl.Series:
        import polars as pl

        count = raw.to_physical().cast(pl.Int64)
        if not count.drop_nulls().is_between(EARLIEST // size, LATEST // size).all():
            raise NoTimestamp("a year that is out of range")
        self._tell(convention)
        return count * size

    def _number(self, raw: pl.Series) -> pl.Series:
        import polars as pl

        first = str(raw.drop_nulls().first())
        convention = moments.parse(first).convention
        if convention in NUMBERS:
            at = pl.select(of_number(pl.lit(raw), convention)).to_series()
            if at.null_count() == raw.null_count():
                self._tell(convention)
                return at
        return self._text(raw.cast(pl.String), first)

    def _float(self, raw: pl.Series) -> pl.Series:
        """To the microsecond: a larger number of a smaller unit has no digits left."""
        import polars as pl

        given = raw.cast(pl.Float64).fill_nan(None)
        whole = given.cast(pl.Int64, strict=False)
        if whole.null_count() == raw.len():
            return whole
        at = self._number(whole)
        millionth = NUMBERS.get(next(iter(self._table.conventions)), 0) // 1_000_000
        return at + ((given - whole) * 1e6).round().cast(pl.Int64) * millionth

    def _text(self, text: pl.Series, first: str) -> pl.Series:
        """In the form of the first where all are, else one by one."""
        import polars as pl

        plain = self._plain(text, first)
        if plain is not None and plain.null_count() == text.null_count():
            self._moment(first)
            return plain
        known = {each: self._moment(each) for each in text.drop_nulls().unique(maintain_order=True)}
        return text.replace_strict(known, return_dtype=pl.Int64)

    def _plain(self, text: pl.Series, first: str) -> pl.Series | None:
        import polars as pl

        if offset_length(first):
            return None
        try:
            return pl.select(of_text(pl.lit(text), first)).to_series()
        except NotPlain:
            return None

    def _moment(self, text: str) -> int:
        moment = moments.parse(text)
        self._tell(moment.convention)
        if moment.offset:
            self._table.offsets.add(moment.offset)
        return moment.at

    def _tell(self, convention: str) -> None:
        self._table.tells_time(convention, f"from row {self._rows + 1} on")


def _convention(dtype: pl.Datetime) -> str:
    if dtype.time_zone:
        return f"utc-{dtype.time_unit}"
    return LOCAL_MS if dtype.time_unit == "ms" else LOCAL_TEXT
