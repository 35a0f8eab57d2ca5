"""What data files hold, read from the files themselves: symbols, period, rows, which bars are missing, the digest.

Bars are counted exactly. With the extra `quantgov[data]` Parquet and Feather are read too, and large CSV files fast;
CSV and JSON give the same figures without it.
"""

from __future__ import annotations

import os
import posixpath
from functools import partial
from typing import NamedTuple

from quantgov import lfs
from quantgov.errors import CannotJudge, UsageError
from quantgov.profiling import bars, columns, delimited, engine, folders, klines, moments, notes
from quantgov.profiling.facts import OTHER, Expectation, File, Profile
from quantgov.profiling.hashing import Hashing, stamp, where
from quantgov.profiling.instants import NotPlain
from quantgov.record import digest_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quantgov.profiling.series import Table

    Progress = Callable[[int, int], None]

__all__ = ["Expectation", "File", "Profile", "profile"]

SMALL = 4 << 20
"""Bytes of a CSV file that is read sooner than Polars has started."""
WAIT = 0.1


class Found(NamedTuple):
    """A file to be profiled. `oid` is what it points at where it is a pointer of Git LFS, `size` the size of that."""

    path: str
    name: str
    kind: str
    size: int
    oid: str = ""


class Read(NamedTuple):
    """A file and what is in it; None where that was not read."""

    file: File
    table: Table | None


def profile(
    paths: Sequence[str],
    *,
    names: Sequence[str] | None = None,
    expect: Expectation | None = None,
    progress: Progress = lambda _done, _of: None,
) -> Profile:
    """What these files, and those below these folders, hold.

    `names` are what the paths are called, in their order. `progress` is told how many of how many bytes are done.
    Raises UsageError for what is wrong in a file, CannotJudge for one that cannot be read; both name it.
    """
    expected = expect or Expectation()
    found, passed_over = _found(paths, paths if names is None else names)
    if not found:
        raise UsageError(f"no data files in {', '.join(paths)}", f"name files that end in {', '.join(folders.KINDS)}")
    total = sum(each.size for each in found if not each.oid)
    read: list[Read] = []
    for each in found:
        done = sum(one.file.size for one in read if one.file.format != notes.POINTER)
        read.append(_read(each, expected, partial(_tell, progress, done, total)))
    progress(total, total)
    return _profile(read, expected, passed_over)


def _tell(progress: Progress, before: int, total: int, now: int) -> None:
    """The end is told only once everything is known."""
    progress(min(before + now, total - 1), total)


def _found(paths: Sequence[str], names: Sequence[str]) -> tuple[list[Found], list[str]]:
    """The files, each once, in the order of their names; and those below folders that are of no known kind."""
    found: dict[str, Found] = {}
    passed_over: list[str] = []
    for path, name in zip(paths, names, strict=True):
        if not os.path.isdir(path):
            found[os.path.realpath(path)] = _file(path, name)
            continue
        for inside in folders.below(path):
            inner, inner_name = os.path.join(path, inside), posixpath.normpath(posixpath.join(name, inside))
            if folders.is_data(inside):
                found.setdefault(os.path.realpath(inner), _file(inner, inner_name))
            else:
                passed_over.append(inner_name)
    return sorted(found.values(), key=lambda each: each.name), passed_over


def _file(path: str, name: str) -> Found:
    try:
        size = os.path.getsize(path)
        data = b""
        if 0 < size < lfs.POINTER_MAX:
            with open(path, "rb") as file:
                data = file.read()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}", where(path)) from None
    if not size:
        raise UsageError(f"{name} is empty", "fetch it again, or take it away")
    oid, pointed = lfs.parse(data)
    return Found(path, name, folders.kind_of(name), pointed if oid else size, oid)


def _read(found: Found, expect: Expectation, tell: Callable[[int], None]) -> Read:
    if found.oid:
        return Read(File(found.name, found.oid, found.size, None, notes.POINTER), None)
    before = stamp(found.path)
    with Hashing(found.path, found.name) as hashing:
        symbol = columns.symbol_in(found.name) or (expect.symbols[0] if len(expect.symbols) == 1 else "")
        table = _table(found, symbol, lambda: tell(hashing.done))
        while not hashing.wait(WAIT):
            tell(hashing.done)
    if stamp(found.path) != before:
        raise CannotJudge(f"{found.name} was changed while it was read", "run it again once nothing writes to it")
    rows = None if table is None else table.rows
    return Read(File(found.name, hashing.hexdigest(), found.size, rows, found.kind), table)


def _table(found: Found, symbol: str, tell: Callable[[], None]) -> Table | None:
    """What is in the file; None where it is of no known kind, or Polars is needed and not here."""
    path, name, kind = found.path, found.name, found.kind
    if kind in ("csv", "csv.gz"):
        return _csv(found, symbol, tell)
    if kind == "jsonl":
        return klines.lines(path, name, symbol, tell)
    if kind == "json":
        return klines.read(path, name, symbol, found.size)
    return engine.read_columnar(path, name, kind, symbol, tell) if kind != OTHER and engine.start() else None


def _csv(found: Found, symbol: str, tell: Callable[[], None]) -> Table:
    begun = delimited.head(found.path, found.name)
    if begun is None:
        raise UsageError(f"{found.name} holds nothing but blank lines", "fetch it again, or take it away")
    if found.size > SMALL and engine.start():
        try:
            return engine.read_csv(found.path, found.name, begun, symbol, tell)
        except NotPlain:
            pass
    return delimited.read(found.path, found.name, begun, symbol, tell)


def _profile(read: Sequence[Read], expect: Expectation, passed_over: Sequence[str]) -> Profile:
    tables = [(each.file.path, each.table) for each in read if each.table is not None]
    if any(each.table is None and each.file.format != OTHER for each in read):
        tables = []
    symbols = tuple(sorted({symbol for _, table in tables for symbol in table.runs if symbol}))
    judged = bars.judge(tables, expect)
    conventions = {convention for _, table in tables for convention in table.conventions}
    start, end = _period([table for _, table in tables], judged.interval)
    as_of = _as_of(read)
    files = tuple(each.file for each in read)
    return Profile(
        files=files,
        digest=digest_of((file.path, file.sha256) for file in files),
        rows=sum(table.rows for _, table in tables),
        symbols=symbols,
        start=start,
        end=end,
        interval=judged.interval,
        timestamp_convention=conventions.pop() if len(conventions) == 1 else "mixed" if conventions else "",
        calendar=judged.calendar,
        bars_present=judged.present,
        bars_expected=judged.expected,
        symbols_expected=len(set(expect.symbols)) or expect.size,
        symbols_present=len(set(symbols) & set(expect.symbols)) if expect.symbols else len(symbols),
        duplicates=judged.duplicates,
        nulls=sum(table.nulls.total() for _, table in tables),
        columns=_columns([table for _, table in tables]),
        notes=tuple(notes.of(files, tables, judged, symbols, expect, passed_over, as_of)),
        outside=judged.outside,
        as_of=as_of,
    )


def _columns(tables: Sequence[Table]) -> tuple[tuple[str, str], ...]:
    """The columns of all files in the order of the first; text is what two types have in common."""
    found: dict[str, str] = {}
    for table in tables:
        for name, kind in table.columns:
            before = found.get(name) or kind
            numbers = {before, kind} == {"integer", "number"}
            found[name] = before if not kind or before == kind else "number" if numbers else "text"
    return tuple(found.items())


def _period(tables: Sequence[Table], interval: str) -> tuple[str, str]:
    """The first and the last bar: days where bars are as long and stamped at midnight, else moments."""
    first = [table.first for table in tables if table.first is not None]
    last = [table.last for table in tables if table.last is not None]
    if not first or not last:
        return "", ""
    ends = min(first), max(last)
    local = any(map(bars.is_local, tables))
    is_daily = (not interval or interval[-1] in "dwM") and all(at % moments.DAY == 0 for at in ends)
    begin, end = (moments.shown(at, local=local, day=is_daily) for at in ends)
    return begin, end


def _as_of(read: Sequence[Read]) -> str:
    """When the newest of the files was fetched, where all of them say it: how old a file is on disk tells nothing."""
    said = [each.table.fetched_at if each.table else "" for each in read]
    return max(said) if all(said) else ""
