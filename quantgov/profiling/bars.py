"""Which bars are there, and which should be: counted exactly, from the runs of every symbol.

Symbols with the same bars are judged once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple

from quantgov.errors import UsageError
from quantgov.manifest_lines import is_date
from quantgov.profiling import calendars, expected, moments
from quantgov.profiling.expected import Span, count_of
from quantgov.profiling.moments import DAY, EPOCH, SECOND
from quantgov.profiling.series import Runs, common, joined, runs_of, stamps_of, steps_of
from quantgov.wording import counted, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from quantgov.profiling.facts import Expectation
    from quantgov.profiling.series import Run, Table

    Days = tuple[int | None, int | None]
    """The first and the last day that bars are asked for, from 1970; None for the data's own."""

SURE = 10
"""Distances between bars of a file, half of which have to be the same for its interval to count as known."""
HALF = 0.5
"""Rows without open and close are bars where so many of them are as far apart as most."""
RARE = 0.1
"""A distance that so few bars have is not their interval."""
SHOWN = 3
"""Gaps that are named."""
IRREGULAR = "bars at so many different distances that none is expected, and duplicates are not counted"


class Bars(NamedTuple):
    """Counts are None where they cannot be told; `outside` is what there is beyond the period asked for, in words."""

    interval: str = ""
    calendar: str = ""
    present: int | None = None
    expected: int | None = None
    duplicates: int | None = None
    notes: tuple[str, ...] = ()
    outside: str = ""


class Series:
    """The bars of all symbols, each once: `bars` by symbol, with `step` nanoseconds from one to the next."""

    __slots__ = ("bars", "distinct", "rows", "step", "steps")

    def __init__(self, runs: Mapping[str, Runs], step: int) -> None:
        known: dict[tuple[bytes, bytes], list[Run]] = {}
        self.bars: dict[str, list[Run]] = {}
        self.rows = 0
        self.step = step
        for symbol, each in runs.items():
            pattern = each.starts.tobytes(), each.counts.tobytes()
            if pattern not in known:
                known[pattern] = joined(each.pairs(), step)
            self.bars[symbol] = known[pattern]
            self.rows += sum(each.counts)
        self.steps: Counter[int] = Counter()
        self.distinct = 0
        for bars, symbols in self.patterns():
            self.distinct += len(symbols) * sum(count for _, count in bars)
            for distance, times in steps_of(bars, step).items():
                self.steps[distance] += times * len(symbols)

    def patterns(self, symbols: Iterable[str] | None = None) -> list[tuple[list[Run], list[str]]]:
        """Each different series of bars, with the symbols that have it."""
        found: dict[int, tuple[list[Run], list[str]]] = {}
        for symbol in self.bars if symbols is None else symbols:
            bars = self.bars[symbol]
            found.setdefault(id(bars), (bars, []))[1].append(symbol)
        return list(found.values())

    def with_step(self, step: int) -> None:
        """Have the same bars as runs of another length."""
        for bars, symbols in self.patterns():
            changed = runs_of(stamps_of(bars, self.step), step)
            for symbol in symbols:
                self.bars[symbol] = changed
        self.step = step


def judge(tables: Sequence[tuple[str, Table]], expect: Expectation) -> Bars:
    """The bars of these files, by name, held against what is expected.

    Raises UsageError for an unknown calendar, and for a period that is none.
    """
    days = _days(expect)
    with_rows = [(name, table) for name, table in tables if table.first is not None]
    if not with_rows:
        return Bars(expect.interval)
    found = _found(with_rows, expect, days)
    if found.present is not None:
        return found
    span = _span([table for _, table in with_rows], days)
    local = any(is_local(table) for _, table in with_rows)
    return found._replace(notes=(*found.notes, *_ends(span, span.lacks(), moments.step_of(found.interval), local)))


def _days(expect: Expectation) -> Days:
    """The period that is asked for."""
    for text in (expect.start, expect.end):
        if text and not is_date(text):
            raise UsageError(f"{text!r} is no day", "write it as YYYY-MM-DD")
    if expect.start and expect.end and expect.end < expect.start:
        raise UsageError(f"the period ends ({expect.end}) before it starts ({expect.start})", "turn the two around")
    start, end = (date.fromisoformat(text).toordinal() - EPOCH if text else None for text in (expect.start, expect.end))
    return start, end


def _found(with_rows: Sequence[tuple[str, Table]], expect: Expectation, days: Days) -> Bars:
    if any(table.irregular for _, table in with_rows):
        is_bars = any(table.has_bars for _, table in with_rows)
        return Bars(expect.interval or ("" if is_bars else "tick"), notes=(IRREGULAR,) if is_bars else ())
    steps = _intervals(with_rows)
    if len(steps) > 1 and not expect.interval:
        told = [f"{moments.interval_of(step)} in {few(names, 1)}" for step, names in sorted(steps.items())]
        return Bars(notes=(f"bars of different intervals, so that none is expected: {'; '.join(told)}",))
    if len(with_rows) > 1 and any("" in table.runs and not table.unnamed for _, table in with_rows):
        return Bars(expect.interval or moments.interval_of(next(iter(steps), 0)))
    series = _series([table for _, table in with_rows], next(iter(steps), with_rows[0][1].step))
    step = moments.step_of(expect.interval) or common(series.steps)
    if step != series.step:
        series.with_step(step)
    if expect.interval == "tick" or (not expect.interval and _is_ticks(series, with_rows)):
        return Bars("tick")
    if not expect.interval and series.steps.total() >= SURE and _share(series, with_rows) < RARE:
        return Bars(notes=(IRREGULAR,))
    interval = expect.interval or moments.interval_of(series.step)
    duplicates = series.rows - series.distinct
    both = _of_both_kinds(with_rows)
    if both:
        note = f"timestamps with and without a zone, so that no bars are expected: {both}"
        return Bars(interval, duplicates=None, notes=(note,))
    return _judged(series, with_rows, expect, days, interval, duplicates)


def _is_ticks(series: Series, tables: Sequence[tuple[str, Table]]) -> bool:
    if series.step % SECOND:
        return True
    return bool(series.step) and not any(table.has_bars for _, table in tables) and _share(series, tables) < HALF


def _share(series: Series, tables: Sequence[tuple[str, Table]]) -> float:
    """How many of the distances from one row to the next of its symbol are `step`.

    Rows that a file repeats speak for ticks, those of another file do not.
    """
    times, symbols = series.steps[series.step], len(series.bars)
    share = times / max(1, series.rows - symbols)
    if share >= HALF or len(tables) == 1:
        return share
    files = [
        Series({name: table.runs[name] for name in table.runs.keys() & series.bars.keys()}, table.step)
        for _, table in tables
    ]
    rows = series.distinct + sum(each.rows - each.distinct for each in files)
    return times / max(1, rows - symbols)


def _intervals(tables: Sequence[tuple[str, Table]]) -> dict[int, list[str]]:
    """The intervals of those files that have enough bars to tell, with their names."""
    found: dict[int, list[str]] = {}
    for name, table in tables if len(tables) > 1 else ():
        series = Series(table.runs, table.step)
        step = common(series.steps)
        if series.steps.total() >= SURE and series.steps[step] * 2 >= series.steps.total():
            found.setdefault(step, []).append(name)
    return found


def _series(tables: Sequence[Table], step: int) -> Series:
    """The bars of several files as one series; a symbol that has no name is one of its own only in a single file."""
    runs: dict[str, Runs] = defaultdict(Runs)
    for table in tables:
        for symbol, each in table.runs.items():
            if symbol or (len(tables) == 1 and not table.unnamed):
                pairs = each.pairs()
                if table.step != step:
                    pairs = runs_of(stamps_of(pairs, table.step), step)
                runs[symbol].extend([start for start, _ in pairs], [count for _, count in pairs], step)
    return Series(runs, step)


def _of_both_kinds(tables: Sequence[tuple[str, Table]]) -> str:
    """Where symbols have timestamps with and without a zone; empty if none has."""
    for name, table in tables:
        if len({convention.startswith("exchange-local") for convention in table.conventions}) > 1:
            told = (f"{convention} {first}" for convention, first in sorted(table.conventions.items()))
            return f"in {name}, {', '.join(told)}"
    kinds: dict[str, tuple[bool, str]] = {}
    for name, table in tables:
        for symbol in table.runs:
            kind, first = kinds.setdefault(symbol, (is_local(table), name))
            if kind != is_local(table):
                return f"for {symbol or 'one symbol'}, in {first} and in {name}"
    return ""


def is_local(table: Table) -> bool:
    return any(convention.startswith("exchange-local") for convention in table.conventions)


class Group(NamedTuple):
    """Symbols of one calendar whose timestamps tell the same clock."""

    calendar: str
    local: bool


class Told(NamedTuple):
    """What became of one group: the slots of each symbol, those that are there of all, and what is to be said.

    It `is_open` where nobody can tell how many slots there should be, and `outside` are bars that nobody asked for.
    """

    each: int
    present: int
    outside: int
    is_open: bool
    gaps: tuple[str, ...]
    notes: tuple[str, ...]


def _judged(
    series: Series,
    tables: Sequence[tuple[str, Table]],
    expect: Expectation,
    days: Days,
    interval: str,
    duplicates: int,
) -> Bars:
    local = {symbol: is_local(table) for _, table in tables for symbol in table.runs}
    wanted = {*expect.symbols} or series.bars.keys()
    groups: dict[Group, list[str]] = defaultdict(list)
    for symbol in sorted(wanted & series.bars.keys()):
        groups[Group(expect.calendar or calendars.of_symbol(symbol), local[symbol])].append(symbol)
    told = {}
    for group, symbols in groups.items():
        span = _span([table for _, table in tables if is_local(table) == group.local], days)
        told[group] = _told(series, group, symbols, span)
    present = sum(each.present for each in told.values())
    due = _due(groups, told, wanted - series.bars.keys(), expect)
    notes = [*dict.fromkeys(note for each in told.values() for note in each.notes)]
    gaps = [gap for each in told.values() for gap in each.gaps]
    there = sum(told[group].each * len(symbols) for group, symbols in groups.items())
    if there > present:
        notes.insert(0, f"{present:,} of {there if due is None else due:,} bars are there; missing: {_named(gaps)}")
    beyond = sum(each.outside for each in told.values())
    outside = f"{counted(beyond, 'bar')} {_beyond(expect)}, which was asked for" if beyond else ""
    calendar = ", ".join(sorted({group.calendar for group in groups}))
    return Bars(interval, calendar, present, due, duplicates, tuple(notes), outside)


def _beyond(expect: Expectation) -> str:
    if expect.start and expect.end:
        return f"outside of {expect.start} to {expect.end}"
    return f"before {expect.start}" if expect.start else f"after {expect.end}"


def _span(tables: Iterable[Table], days: Days) -> Span:
    """The first and the last moment, and the days that are asked for."""
    ends = [(table.first, table.last) for table in tables if table.first is not None and table.last is not None]
    return Span(min(first for first, _ in ends), max(last for _, last in ends), *days)


def _ends(span: Span, lacks: tuple[bool, bool], step: int, local: bool) -> Iterator[str]:
    """What is missing at the ends of the period that is asked for."""
    for does, at, day, is_short in zip(("begin", "end"), span[:2], span[2:], lacks, strict=True):
        if is_short and day is not None:
            is_day = step >= DAY and not at % DAY
            found = f"{'on' if is_day else 'at'} {moments.shown(at, local=local, day=is_day)}"
            yield f"the data {does} {found}, and {moments.shown(day * DAY, day=True)} was asked for"


def _named(gaps: Sequence[str]) -> str:
    return ", ".join(gaps[:SHOWN]) + (", …" if len(gaps) > SHOWN else "")


def _due(
    groups: Mapping[Group, Sequence[str]], told: Mapping[Group, Told], lacking: Iterable[str], expect: Expectation
) -> int | None:
    """The slots of all symbols that are expected; None where nobody can tell, as of one that is not there."""
    if any(each.is_open for each in told.values()):
        return None
    due = sum(told[group].each * len(symbols) for group, symbols in groups.items())
    each = {group.calendar: told[group].each for group in groups}
    only = next(iter(each.values())) if len(each) == 1 else None
    for symbol in lacking:
        asked = each.get(expect.calendar or calendars.of_symbol(symbol), only)
        if asked is None:
            return None
        due += asked
    more = max(0, (expect.size or 0) - sum(map(len, groups.values()))) if not expect.symbols else 0
    if more and only is None:
        return None
    return due + more * (only or 0)


def _told(series: Series, group: Group, symbols: Sequence[str], span: Span) -> Told:
    patterns = series.patterns(symbols)
    asked = expected.of(group.calendar, series.step, span, [bars for bars, _ in patterns], local=group.local)
    lacks: dict[str, list[Run]] = {}
    present, beside, outside, closed, closed_at = 0, 0, 0, 0, ""
    for bars, same in patterns:
        every = asked.scale.slots(bars)
        slots = asked.inside(every)
        outside += (count_of(every) - count_of(slots)) * len(same)
        lacking = list(expected.missing(asked.slots, slots, asked.scale.step))
        there = asked.total - count_of(lacking)
        present += there * len(same)
        lacks.update((symbol, lacking) for symbol in same if lacking)
        over = count_of(slots) - there
        if over:
            shut = asked.closed(bars, series.step)
            closed += shut * len(same)
            closed_at = closed_at or (same[0] if shut else "")
            beside += over * len(same)
    gaps = [
        f"{symbol or 'the only symbol'} {asked.scale.shown(start)}{f' ({count:,} bars)' if count > 1 else ''}"
        for symbol in sorted(lacks)
        for start, count in lacks[symbol][: SHOWN + 1]
    ]
    stamps = [at for bars, _ in patterns for start, count in bars for at in (start, start + (count - 1) * series.step)]
    own = span._replace(first=min(stamps, default=span.first), last=max(stamps, default=span.last))
    ends = _ends(own, asked.lacks, series.step, group.local)
    notes = (*_notes(group.calendar, asked, beside, closed, closed_at), *ends)
    return Told(asked.total, present, outside, asked.is_open, tuple(gaps[: SHOWN + 1]), notes)


def _notes(calendar: str, asked: expected.Asked, beside: int, closed: int, closed_at: str) -> Iterator[str]:
    if asked.guessed:
        yield f"the holidays of {calendar} are not known here, so that too many bars are expected"
    if closed:
        yield f"{counted(closed, 'bar')} on days when {calendar} is closed, of {closed_at} among others"
    if beside > closed:
        where = f"outside of {calendar}'s sessions" if asked.open_days is not None else "between the expected ones"
        yield f"{counted(beside - closed, 'bar')} {where}"
