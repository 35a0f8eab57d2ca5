"""What is wrong with data files, or not known of them, in words."""

from __future__ import annotations

from collections import Counter

from quantgov.profiling.facts import OTHER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from quantgov.profiling.bars import Bars
    from quantgov.profiling.facts import Expectation, File
    from quantgov.profiling.series import Table

    Tables = Sequence[tuple[str, Table]]

POINTER = "lfs-pointer"
INSTALL = "python -m pip install polars exchange_calendars"
NAMED = 3


def of(
    files: Sequence[File],
    tables: Tables,
    judged: Bars,
    symbols: Sequence[str],
    expect: Expectation,
    passed_over: Sequence[str],
) -> Iterator[str]:
    """The gravest first."""
    yield from _unread(files, passed_over)
    yield from _symbols(tables, symbols, expect)
    yield from judged.notes
    if judged.duplicates:
        yield f"{judged.duplicates:,} rows repeat the symbol and the timestamp of another"
    yield from _cells(tables)
    yield from _times(tables, judged)


def _unread(files: Sequence[File], passed_over: Sequence[str]) -> Iterator[str]:
    pointers = [file.path for file in files if file.format == POINTER]
    lacking = [file.path for file in files if file.rows is None and file.format not in (POINTER, OTHER)]
    others = [file.path for file in files if file.format == OTHER]
    if pointers:
        yield f"only digest and size are known of LFS pointers, {_some(pointers)}: git lfs pull"
    if lacking:
        yield f"only digest and size are known of {_some(lacking)}: {INSTALL}"
    if others:
        yield f"only digest and size are known of other kinds of files: {_some(others)}"
    if passed_over:
        yield f"passed over, since these are other kinds of files: {_some(passed_over)}"


def _symbols(tables: Tables, symbols: Sequence[str], expect: Expectation) -> Iterator[str]:
    wanted = set(expect.symbols)
    lacking, beyond = sorted(wanted - set(symbols)), sorted(set(symbols) - wanted) if wanted else []
    if lacking:
        yield f"{len(wanted) - len(lacking):,} of {len(wanted):,} symbols are there; missing: {_some(lacking)}"
    if not wanted and expect.size is not None and expect.size > len(symbols):
        yield f"{len(symbols):,} of {expect.size:,} symbols are there"
    if not wanted and expect.size is not None and expect.size < len(symbols):
        yield f"{len(symbols):,} symbols are there, more than the {expect.size:,} that are expected"
    if beyond:
        yield f"symbols that are not expected: {_some(beyond)}"
    nameless = [name for name, table in tables if table.rows and "" in table.runs and not table.unnamed]
    if nameless:
        yield f"neither a column nor the name tells the symbol of {_some(nameless)}"
    yield from _counted(tables, "unnamed", "without a symbol")


def _counted(tables: Tables, slot: str, what: str) -> Iterator[str]:
    found = [(name, getattr(table, slot)) for name, table in tables if getattr(table, slot)]
    if found:
        count = sum(number for _, number in found)
        yield f"{count:,} row{'s' if count > 1 else ''} {what}, in {_some([name for name, _ in found])}"


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
        yield f"{column}: {count:,} value{'s' if count > 1 else ''} that are no numbers, the first {where[column]}"
    empty = sorted({column for _, table in tables for column, kind in table.columns if table.rows and not kind})
    if empty:
        yield f"columns without a value: {_some(empty)}"


def _times(tables: Tables, judged: Bars) -> Iterator[str]:
    without = [name for name, table in tables if table.rows and table.undated == table.rows]
    some = [(name, table) for name, table in tables if table.undated and table.undated < table.rows]
    if without:
        yield f"no timestamps in {_some(without)}"
    yield from _counted(some, "undated", "without a timestamp")
    conventions = {convention for _, table in tables for convention in table.conventions}
    local = [name for name, table in tables if any(each.startswith("exchange-local") for each in table.conventions)]
    if len(conventions) > 1:
        yield f"timestamps of several conventions: {', '.join(sorted(conventions))}"
    if local:
        yield f"timestamps without a zone are taken as the exchange's own time: {_some(local)}"
    offsets = sorted(set().union(*(table.offsets for _, table in tables)))
    if len(offsets) > 1:
        yield f"timestamps with different offsets from UTC, read as the moments they tell: {', '.join(offsets)}"
    said = sorted({table.said for _, table in tables if table.said})
    if judged.interval and said and said != [judged.interval]:
        yield f"files say that their interval is {', '.join(said)}; bars are {judged.interval} apart"


def _some(names: Iterable[str]) -> str:
    """The names as a sentence has them: three, and how many more there are."""
    given = [*names]
    rest = len(given) - NAMED
    return ", ".join(given[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
