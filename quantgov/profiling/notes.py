"""What is wrong with data files, or not known of them, in words."""

from __future__ import annotations

import time
from collections import Counter

from quantgov.profiling import moments
from quantgov.profiling.facts import OTHER
from quantgov.wording import counted, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quantgov.profiling.bars import Bars
    from quantgov.profiling.facts import Expectation, File
    from quantgov.profiling.series import Table

    Tables = Sequence[tuple[str, Table]]

POINTER = "lfs-pointer"
INSTALL = "python -m pip install polars exchange_calendars"


def of(
    files: Sequence[File],
    tables: Tables,
    judged: Bars,
    symbols: Sequence[str],
    expect: Expectation,
    passed_over: Sequence[str],
    as_of: str,
) -> Iterator[str]:
    """The gravest first."""
    yield from _unread(files, passed_over)
    yield from _symbols(tables, symbols, expect)
    yield from judged.notes
    if judged.duplicates:
        repeat = "repeats" if judged.duplicates == 1 else "repeat"
        yield f"{counted(judged.duplicates, 'row')} {repeat} the symbol and the timestamp of another"
    yield from _cells(tables)
    yield from _times(tables, judged)
    yield from _to_come([table for _, table in tables], judged, as_of)


def _to_come(tables: Sequence[Table], judged: Bars, as_of: str) -> Iterator[str]:
    """Bars may be stamped at their end, and a day begins in the east before it does in Greenwich."""
    last = max((table.last for table in tables if table.last is not None), default=None)
    known = moments.parse(as_of).at if as_of else time.time_ns()
    if last is not None and last > known + moments.DAY + moments.step_of(judged.interval):
        end = moments.shown(last, day=not last % moments.DAY)
        found = f"and say that they were fetched at {as_of}" if as_of else "which is yet to come"
        yield f"the data end {'at' if last % moments.DAY else 'on'} {end}, {found}"


def _unread(files: Sequence[File], passed_over: Sequence[str]) -> Iterator[str]:
    pointers = [file.path for file in files if file.format == POINTER]
    lacking = [file.path for file in files if file.rows is None and file.format not in (POINTER, OTHER)]
    others = [file.path for file in files if file.format == OTHER]
    if pointers:
        yield f"only digest and size are known of LFS pointers, {few(pointers)}: git lfs pull"
    if lacking:
        yield f"only digest and size are known of {few(lacking)}: {INSTALL}"
    if others:
        yield f"only digest and size are known of other kinds of files: {few(others)}"
    if empty := [file.path for file in files if file.rows == 0]:
        yield f"no rows in {few(empty)}"
    if passed_over:
        yield f"passed over, since these are other kinds of files: {few(passed_over)}"


def _symbols(tables: Tables, symbols: Sequence[str], expect: Expectation) -> Iterator[str]:
    wanted = set(expect.symbols)
    lacking, beyond = sorted(wanted - set(symbols)), sorted(set(symbols) - wanted) if wanted else []
    if lacking:
        yield f"{len(wanted) - len(lacking):,} of {len(wanted):,} symbols are there; missing: {few(lacking)}"
    if not wanted and expect.size is not None and expect.size > len(symbols):
        yield f"{len(symbols):,} of {expect.size:,} symbols are there"
    if not wanted and expect.size is not None and expect.size < len(symbols):
        yield f"{len(symbols):,} symbols are there, more than the {expect.size:,} that are expected"
    if beyond:
        yield f"symbols that are not expected: {few(beyond)}"
    nameless = [name for name, table in tables if table.rows and "" in table.runs and not table.unnamed]
    if nameless:
        uncounted = ", so that no bars are counted" if len(tables) > 1 else ""
        yield f"neither a column nor the name tells the symbol of {few(nameless)}{uncounted}"
    yield from _counted(tables, "unnamed", "without a symbol")


def _counted(tables: Tables, slot: str, what: str) -> Iterator[str]:
    found = [(name, getattr(table, slot)) for name, table in tables if getattr(table, slot)]
    if found:
        count = sum(number for _, number in found)
        yield f"{counted(count, 'row')} {what}, in {few([name for name, _ in found])}"


def _cells(tables: Tables) -> Iterator[str]:
    nulls: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    where: dict[str, str] = {}
    for name, table in tables:
        nulls.update(table.nulls)
        odd.update(table.odd)
        for column, place in table.odd_at.items():
            where.setdefault(column, f"{place} of {name}")
    if missing := ", ".join(f"{column} {count:,}" for column, count in sorted(nulls.items()) if count):
        yield f"prices that are null: {missing}"
    for column, count in sorted(odd.items()):
        yield f"{column}: {counted(count, 'value')} that are no numbers, the first {where[column]}"
    empty = sorted({column for _, table in tables for column, kind in table.columns if table.rows and not kind})
    if empty:
        yield f"columns without a value: {few(empty)}"


def _times(tables: Tables, judged: Bars) -> Iterator[str]:
    without = [name for name, table in tables if table.rows and table.undated == table.rows]
    some = [(name, table) for name, table in tables if table.undated and table.undated < table.rows]
    if without:
        yield f"no timestamps in {few(without)}"
    yield from _counted(some, "undated", "without a timestamp")
    conventions = {convention for _, table in tables for convention in table.conventions}
    local = [name for name, table in tables if any(each.startswith("exchange-local") for each in table.conventions)]
    if len(conventions) > 1:
        yield f"timestamps of several conventions: {', '.join(sorted(conventions))}"
    if local:
        yield f"timestamps without a zone are taken as the exchange's own time: {few(local)}"
    offsets = sorted(set().union(*(table.offsets for _, table in tables)))
    if len(offsets) > 1:
        yield f"timestamps with different offsets from UTC, read as the moments they tell: {', '.join(offsets)}"
    said = sorted({table.said for _, table in tables if table.said})
    if judged.interval and said and said != [judged.interval]:
        yield f"files say that their interval is {', '.join(said)}; bars are {judged.interval} apart"
