"""Large files by Polars, in batches. Whatever is not plain is left to the standard library, which names the place."""

from __future__ import annotations

import gzip
import os
import re
from itertools import pairwise

from quantgov.errors import CannotJudge
from quantgov.profiling import columns, delimited, instants
from quantgov.profiling.instants import NotPlain
from quantgov.profiling.series import GUESSED, Table, guess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

    from quantgov.profiling.columns import Roles
    from quantgov.profiling.delimited import Head

THREADS = "POLARS_MAX_THREADS"
BLOCK = 1 << 20
BATCH = 100_000
"""Rows that are looked at together."""
OFFSET = re.compile(instants.OFFSET)
FORMATS = {"parquet": "Parquet", "feather": "Feather"}


def start() -> bool:
    """Load Polars if it is installed, with two threads: more of them take more memory than they save time."""
    given = os.environ.get(THREADS)
    os.environ.setdefault(THREADS, "2")
    try:
        import polars  # noqa: F401  # for whoever imports it next
    except ImportError:
        return False
    finally:
        if given is None:
            del os.environ[THREADS]
    return True


def read_csv(path: str, name: str, begun: Head, symbol: str, tell: Callable[[], None]) -> Table:
    """The table of a CSV file. Raises NotPlain, and UsageError for what is wrong with its first rows."""
    import polars as pl

    sample = delimited.read(path, name, begun, symbol, lambda: None, limit=columns.SAMPLE)
    if len(sample.conventions) != 1 or sample.undated:
        raise NotPlain
    picked = _picked(begun)
    for words in ((), columns.NULLS[1:]):  # to look for words in every cell takes a third of the time
        filler = _Filler(begun.names, begun.roles, symbol)
        table = filler.table
        table.columns, table.conventions, table.offsets = sample.columns, sample.conventions, {*sample.offsets}
        try:
            for batch in _batches(_scan(path, begun, words).select(picked)):
                _must_be_plain(batch)
                filler.put(batch)
                tell()
        except (pl.exceptions.PolarsError, OSError):
            continue
        filler.done()
        if table.rows < sample.rows or (filler.open_ends and not _is_even(path, name, begun, table.rows)):
            raise NotPlain
        return table
    raise NotPlain


def _picked(begun: Head) -> list[pl.Expr]:
    """What a batch has to have of the columns, which are c0, c1 and so on."""
    import polars as pl

    found, last = begun.roles, len(begun.names) - 1
    time, written = pl.col(f"c{found.time}"), begun.row[found.time].strip()
    if found.clock >= 0:
        time = pl.concat_str(time, pl.lit(" "), pl.col(f"c{found.clock}"))
        written += f" {begun.row[found.clock].strip()}"
    picked = [instants.of_text(time, written).alias("t"), pl.col(f"c{last}").is_null().alias("end")]
    picked += [_is_null(pl.col(f"c{at}"), pl.Float64()).alias(f"n{at}") for at in found.prices]
    picked += [pl.col(f"c{found.symbol}").alias("s")] if found.symbol >= 0 else []
    offset = instants.offset_length(written)
    return picked + ([time.str.tail(offset).alias("offset")] if offset else [])


def _scan(path: str, begun: Head, words: Sequence[str]) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_csv(
        path,
        separator=begun.delimiter,
        has_header=False,
        skip_lines=begun.skip + begun.header,
        schema={f"c{at}": pl.Float64 if at in begun.roles.prices else pl.String for at in range(len(begun.names))},
        null_values=list(words) or None,
        glob=False,
    )


def _must_be_plain(batch: pl.DataFrame) -> None:
    """Every row has a timestamp in the form of the first, and the name of a symbol."""
    if batch["t"].has_nulls() or ("s" in batch.columns and batch["s"].has_nulls()):
        raise NotPlain
    if "offset" in batch.columns and not all(map(OFFSET.fullmatch, batch["offset"].unique())):
        raise NotPlain


def _is_even(path: str, name: str, begun: Head, rows: int) -> bool:
    """Whether there are as many delimiters as full rows have: a short row is filled up with nulls otherwise."""
    delimiter, count = begun.delimiter.encode(), 0
    with gzip.open(path) if name.lower().endswith(".gz") else open(path, "rb") as file:
        for _ in range(begun.skip + begun.header):
            file.readline()
        while block := file.read(BLOCK):
            count += block.count(delimiter)
    return count == rows * (len(begun.names) - 1)


def read_columnar(path: str, name: str, kind: str, symbol: str, tell: Callable[[], None]) -> Table:
    """The table of a Parquet, Feather or Arrow file. Raises CannotJudge for what is cut off or damaged."""
    import polars as pl

    failed = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
    try:
        scan = pl.scan_parquet(path, glob=False) if kind == "parquet" else _arrow(path)
        return _columnar(scan, name, symbol, tell)
    except failed as error:
        said = str(error).partition("\n")[0]
        raise CannotJudge(f"{name} is no whole {FORMATS[kind]} file: {said}", "fetch it again") from None


def _arrow(path: str) -> pl.LazyFrame:
    import polars as pl

    with open(path, "rb") as file:
        is_file = file.read(6) == b"ARROW1"
    return pl.scan_ipc(path, glob=False) if is_file else pl.read_ipc_stream(path).lazy()


def _columnar(scan: pl.LazyFrame, name: str, symbol: str, tell: Callable[[], None]) -> Table:
    import polars as pl

    schema = scan.collect_schema()
    names = list(schema)
    found = columns.roles(names)._replace(clock=-1)
    filler = _Filler(names, found, symbol)
    filler.table.columns = tuple((column, _type(dtype)) for column, dtype in schema.items())
    picked = [_is_null(pl.col(names[at]), schema[names[at]]).alias(f"n{at}") for at in found.prices]
    picked += [pl.col(names[found.symbol]).cast(pl.String).alias("s")] if found.symbol >= 0 else []
    reader = instants.Reader(filler.table, name, names[found.time] if found.time >= 0 else "")
    picked.append(pl.col(names[found.time] if found.time >= 0 else names[0]).alias("raw"))
    for batch in _batches(scan.select(picked)):
        filler.put(batch.with_columns(reader.read(batch["raw"]).alias("t")))
        tell()
    return filler.done()


def _batches(frame: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    return iter(frame.collect_batches(chunk_size=BATCH, maintain_order=True))


def _is_null(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whether a price is missing: pandas writes a missing float as NaN, and some write it as a word."""
    import polars as pl

    if dtype.is_float():
        return column.is_null() | column.is_nan()
    if dtype == pl.String:
        return column.is_null() | column.str.strip_chars().is_in(columns.NULLS)
    return column.is_null()


def _type(dtype: pl.DataType) -> str:
    import polars as pl

    if dtype.is_temporal():
        return "timestamp"
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "number"
    named = {pl.Boolean: "boolean", pl.Null: ""}
    return next((name for known, name in named.items() if dtype == known), "text")


class _Filler:
    """Fills a table from batches: `t` in nanoseconds, `s` the symbols, `n…` whether a price is missing."""

    __slots__ = ("_enough", "_held", "_prices", "_symbol", "open_ends", "table")

    def __init__(self, names: Sequence[str], found: Roles, symbol: str) -> None:
        self.table = Table()
        self.table.has_bars = found.has_bars
        self.open_ends = 0
        self._prices = [(names[at], f"n{at}") for at in found.prices]
        self._symbol = symbol
        self._held: list[pl.DataFrame] | None = []
        self._enough = GUESSED

    def put(self, batch: pl.DataFrame) -> None:
        import polars as pl

        table = self.table
        table.rows += batch.height
        for column, flag in self._prices:
            table.nulls[column] += int(batch[flag].sum())
        if "end" in batch.columns:
            self.open_ends += int(batch["end"].sum())
        if "offset" in batch.columns:
            table.offsets.update(batch["offset"].unique())
        table.undated += batch["t"].null_count()
        for first, last in batch.select(pl.col("t").min().alias("first"), pl.col("t").max().alias("last")).rows():
            if first is not None:
                table.see(first, last)
        if "s" not in batch.columns:
            batch = batch.with_columns(pl.lit(self._symbol).alias("s"))
        else:
            table.unnamed += int((batch["s"].fill_null("").str.strip_chars() == "").sum())
        self._keep(batch.select("s", "t"))

    def _keep(self, batch: pl.DataFrame) -> None:
        """Hold the first rows back until the length of a bar can be guessed from them."""
        import polars as pl

        if self._held is None:
            self._put(batch)
            return
        self._held.append(batch)
        count = sum(each.height for each in self._held)
        if count >= self._enough:
            self._enough = 2 * count
            self._let_go(pl.concat(self._held), last=False)

    def _let_go(self, held: pl.DataFrame, *, last: bool) -> None:
        """Guess the length of a bar from what was held back for it."""
        self.table.step = _guess(held.head(GUESSED)) or _guess(held)
        if self.table.step or last:
            self._held = None
            self._put(held)

    def _put(self, batch: pl.DataFrame) -> None:
        bars, firsts, symbols = _grouped(batch)
        breaks = (bars.diff() != self.table.step).fill_null(True) | (self.table.step == 0)
        begins = breaks.scatter(firsts.filter(firsts < bars.len()), True).arg_true()
        starts, ends = bars.gather(begins).to_list(), [*begins.to_list(), bars.len()]
        counts = [end - begin for begin, end in pairwise(ends)]
        places = [*begins.search_sorted(firsts).to_list(), len(starts)]
        for at, symbol in enumerate(symbols):
            self.table.add(symbol, starts[places[at] : places[at + 1]], counts[places[at] : places[at + 1]])
        self.table.settle()

    def done(self) -> Table:
        import polars as pl

        if self._held:
            self._let_go(pl.concat(self._held), last=True)
        return self.table


def _guess(held: pl.DataFrame) -> int:
    import polars as pl

    return guess(held.group_by("s").agg(pl.col("t").drop_nulls())["t"].to_list())


def _grouped(batch: pl.DataFrame) -> tuple[pl.Series, pl.Series, list[str]]:
    """The bars of one symbol after the other in the file's order, where each symbol's begin, and the symbols."""
    import polars as pl

    groups = batch.group_by("s", maintain_order=True).agg(pl.col("t").drop_nulls())
    counts = groups["t"].list.len().cast(pl.Int64)
    symbols = [(symbol or "").strip() for symbol in groups["s"].to_list()]
    return groups["t"].explode().drop_nulls(), counts.cum_sum() - counts, symbols
