"""The bars that a calendar asks for, and which of them are missing.

Bars are counted in slots: their moments, or the days, weeks or months they stand for, since an exchange's daily bar may
be stamped at midnight, at the opening or at the close.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import NamedTuple

from quantgov.profiling import calendars
from quantgov.profiling.calendars import ALWAYS, OBSERVED, Clock
from quantgov.profiling.moments import DAY, EARLIEST, EPOCH, LATEST, MONTHS, shown
from quantgov.profiling.series import joined, runs_of, stamps_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from quantgov.profiling.calendars import Sessions
    from quantgov.profiling.series import Run

WEEK, MONTH = 7 * DAY, MONTHS[-1]
SEASON = 100 * DAY
"""How long the offset of a zone is certainly the same if it is at both ends."""


class Scale:
    """How bars become slots: of which `unit` (0 for moments), `step` apart.

    `bar` is the time from one bar to the next. With a `clock` bars belong to the day that it shows.
    """

    __slots__ = ("_bar", "_clock", "_known", "local", "step", "unit")

    def __init__(self, bar: int, unit: int, *, local: bool, clock: Clock | None = None) -> None:
        self._bar = bar
        self._clock = clock
        self._known: dict[Run, tuple[Run, ...]] = {}
        self.local = local
        self.unit = unit
        self.step = 1 if unit else bar

    def slots(self, bars: Sequence[Run]) -> list[Run]:
        if not self.unit:
            return list(bars)
        days = joined([day for run in bars for day in self._known.get(run) or self._learn(run)], 1)
        if self.unit == DAY:
            return days
        return runs_of(sorted({self.slot_of(day) for day in stamps_of(days, 1)}), 1)

    def _learn(self, run: Run) -> tuple[Run, ...]:
        """Symbols of one exchange have the same runs: from Monday to Friday, but for holidays."""
        self._known[run] = tuple(self._days(*run))
        return self._known[run]

    def _days(self, start: int, count: int) -> Iterator[Run]:
        """The days of a run: as they are written, but on an exchange for moments of UTC that are no midnight."""
        last = start + (count - 1) * self._bar
        shift = self.shift(start)
        if self._bar == DAY and (not shift or (last - start < SEASON and self.shift(last) == shift)):
            yield (start + shift) // DAY, count
            return
        for at in range(start, last + 1, self._bar or 1):
            yield (at + self.shift(at)) // DAY, 1

    def shift(self, at: int) -> int:
        return self._clock.offset(at) if self._clock and at % DAY else 0

    def slot_of(self, day: int) -> int:
        """The slot that a day, counted from 1970, belongs to."""
        if self.unit == DAY:
            return day
        if self.unit == WEEK:
            return (day + 3) // 7
        found = date.fromordinal(day + EPOCH)
        return found.year * 12 + found.month - 1

    def shown(self, slot: int) -> str:
        """A slot as notes name it."""
        if not self.unit:
            return shown(slot, local=self.local)
        if self.unit == MONTH:
            return f"{slot // 12}-{slot % 12 + 1:02d}"
        day = slot if self.unit == DAY else slot * 7 - 3
        return ("" if self.unit == DAY else "the week of ") + shown(day * DAY, day=True)


class Span(NamedTuple):
    """From the first bar to the last, in nanoseconds; `start` and `end` are the days, from 1970, that are asked for."""

    first: int
    last: int
    start: int | None = None
    end: int | None = None

    @property
    def is_asked(self) -> bool:
        return self.start is not None or self.end is not None

    @property
    def whole(self) -> tuple[int, int]:
        """From when to when there are bars, or are asked for."""
        first, last = self.moments(None)
        return min(self.first, first), max(self.last, last)

    def moments(self, clock: Clock | None) -> tuple[int, int]:
        """From when to when bars are asked for. Days are those of the clock."""
        first = self.first if self.start is None else _midnight(self.start, clock)
        return first, self.last if self.end is None else _midnight(self.end + 1, clock) - 1

    def holds(self, day: int) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def lacks(self) -> tuple[bool, bool]:
        """Whether weekdays before the first bar, and behind the last, are asked for: more than one, a holiday."""
        first, last = self.first // DAY, self.last // DAY
        before = range(first if self.start is None else self.start, first)
        behind = range(last + 1, (last if self.end is None else self.end) + 1)
        return _weekdays(before) > 1, _weekdays(behind) > 1


def _midnight(day: int, clock: Clock | None) -> int:
    return day * DAY - (clock.offset(day * DAY) if clock else 0)


def _weekdays(days: Iterable[int]) -> int:
    return sum((day + 3) % 7 < 5 for day in days)


class Asked(NamedTuple):
    """The slots that every symbol of a calendar should have, in runs; `open_days` are the exchange's, None for none.

    `within` are the first and the last slot of the period, `lacks` whether bars are missing at its begin and its end.
    It `is_open` where nobody can tell how many.
    """

    scale: Scale
    slots: list[Run]
    span: Span
    within: tuple[int, int]
    lacks: tuple[bool, bool]
    open_days: frozenset[int] | None = None
    clock: Clock | None = None
    guessed: bool = False
    is_open: bool = False

    @property
    def total(self) -> int:
        return count_of(self.slots)

    def inside(self, slots: list[Run]) -> list[Run]:
        """Those of the period."""
        return _clipped(slots, *self.within, self.scale.step) if self.span.is_asked else slots

    def closed(self, bars: Sequence[Run], bar: int) -> int:
        """How many of these bars fall on days of the period when the exchange is closed."""
        if self.open_days is None:
            return 0
        daily = Scale(bar, DAY, local=self.scale.local, clock=self.clock)
        if self.scale.unit:
            days = stamps_of(daily.slots(bars), 1)
        else:
            days = ((at + daily.shift(at)) // DAY for at in stamps_of(bars, bar))
        return sum(day not in self.open_days and self.span.holds(day) for day in days)


def of(calendar: str, bar: int, span: Span, patterns: Sequence[Sequence[Run]], *, local: bool) -> Asked:
    """What a calendar asks for. `patterns` are the different series of its symbols.

    Raises UsageError for a calendar that is not known.
    """
    if calendar not in (ALWAYS, OBSERVED):
        found = calendars.sessions(calendar, *span.whole)
        if 0 < bar < DAY or bar in (DAY, WEEK, *MONTHS):
            return _of_exchange(found, bar, span, patterns, local)
    scale = Scale(bar, MONTH if bar in MONTHS else 0, local=local)
    within = _within(scale, span)
    seen = [] if bar and calendar == ALWAYS and not span.is_asked else _seen(scale, patterns)
    if bar and (calendar == ALWAYS or (span.is_asked and _never_closes(scale, bar, seen))):
        slots = _always(scale, bar, span, patterns, seen)
        return Asked(scale, slots, span, within, _lacks(slots, seen, scale.step))
    lacks = span.lacks()
    found_slots = _clipped(seen, *within, scale.step) if span.is_asked else seen
    return Asked(scale, found_slots, span, within, lacks, is_open=any(lacks))


def _seen(scale: Scale, patterns: Iterable[Sequence[Run]]) -> list[Run]:
    """The slots that any symbol has."""
    return joined((run for bars in patterns for run in scale.slots(bars)), scale.step)


def _within(scale: Scale, span: Span, clock: Clock | None = None) -> tuple[int, int]:
    """The first and the last slot of a period."""
    if not scale.unit:
        return span.moments(clock)
    first, last = (scale.slots([(at, 1)])[0][0] for at in (span.first, span.last))
    start = first if span.start is None else scale.slot_of(span.start)
    return start, last if span.end is None else scale.slot_of(span.end)


def _of_all(scale: Scale, span: Span, seen: Sequence[Run]) -> tuple[int, int]:
    """The same without a week or month of which only a part is in the period, unless some symbol has it."""
    begin, end = _within(scale, span)
    slots = {*stamps_of(seen, 1)}
    cut = span.start is not None and scale.slot_of(span.start - 1) == begin and begin not in slots
    cut_off = span.end is not None and scale.slot_of(span.end + 1) == end and end not in slots
    return begin + cut, end - cut_off


def _never_closes(scale: Scale, bar: int, seen: Sequence[Run]) -> bool:
    """Whether bars of an unknown market go on through nights and weekends; a source may have lost some."""
    if not seen:
        return False
    first, last = seen[0][0], seen[-1][0] + (seen[-1][1] - 1) * scale.step
    slots = (last - first) // scale.step + 1
    return slots * bar >= WEEK and count_of(seen) * 10 >= slots * 9


def _lacks(asked: Sequence[Run], seen: Sequence[Run], step: int) -> tuple[bool, bool]:
    """Whether what is asked for begins before all that is there, and ends behind it."""
    if not asked or not seen:
        return False, False
    ends = [slots[-1][0] + (slots[-1][1] - 1) * step for slots in (asked, seen)]
    return asked[0][0] < seen[0][0], ends[0] > ends[1]


def _always(scale: Scale, bar: int, span: Span, patterns: Sequence[Sequence[Run]], seen: Sequence[Run]) -> list[Run]:
    if scale.unit:
        begin, end = _of_all(scale, span, seen)
        return [(begin, end - begin + 1)] if begin <= end else []
    first, last = span.moments(None)
    phases: Counter[int] = Counter()
    for bars in patterns:
        for start, count in bars:
            phases[start % bar] += count
    phase = min(phases, key=lambda phase: (-phases[phase], (phase - first) % bar), default=0)
    begin = first + (phase - first) % bar
    return [(begin, (last - begin) // bar + 1)] if begin <= last else []


def _of_exchange(found: Sessions, bar: int, span: Span, patterns: Sequence[Sequence[Run]], local: bool) -> Asked:
    clock = None if local else Clock(found.zone)
    days = frozenset(session.day for session in found.sessions)
    if bar >= DAY:
        scale = Scale(bar, MONTH if bar in MONTHS else bar, local=local, clock=clock)
        seen = _seen(scale, patterns) if span.is_asked else []
        begin, end = _of_all(scale, span, seen)
        slots = {scale.slot_of(day) for day in days}
        asked = runs_of(sorted(slot for slot in slots if begin <= slot <= end), 1)
        within = _within(scale, span)
    else:
        scale = Scale(bar, 0, local=local)
        seen = _seen(scale, patterns)
        asked = _of_sessions(found, bar, span, seen, local)
        first, last = _within(scale, span, clock)
        within = (
            min([first, *(start for start, _ in asked)]),
            max([last, *(at + (many - 1) * bar for at, many in asked)]),
        )
    return Asked(scale, asked, span, within, _lacks(asked, seen, scale.step), days, clock, not found.known)


def _of_sessions(found: Sessions, bar: int, span: Span, seen: Sequence[Run], local: bool) -> list[Run]:
    """Bars within the sessions of the days that are asked for, stamped in the way that fits best what is there."""
    parts = [part for session in found.sessions if span.holds(session.day) for part in session.parts]
    if local:
        told = Clock(found.zone)
        parts = [(begin + told.offset(begin), end + told.offset(end)) for begin, end in parts]
    first, last = EARLIEST if span.start is not None else span.first, LATEST if span.end is not None else span.last
    choices = [_clipped(_stamps(parts, bar, way), first, last, bar) for way in WAYS]
    return min(choices, key=lambda slots: (_absent(slots, seen, bar) - count_of(slots), count_of(slots)))


WAYS = tuple((by_clock, at_end) for by_clock in (False, True) for at_end in (False, True))
"""How vendors stamp bars: from the opening or by the clock's full hours, and at a bar's begin or at its end."""


def _stamps(parts: Sequence[tuple[int, int]], bar: int, way: tuple[bool, bool]) -> list[Run]:
    by_clock, at_end = way
    found: list[Run] = []
    for opening, close in parts:
        begin = opening // bar * bar if by_clock else opening
        count = -((begin - close) // bar)
        if not at_end:
            found.append((begin, count))
        elif begin + count * bar == close:
            found.append((begin + bar, count))
        else:
            found += [(begin + bar, count - 1), (close, 1)] if count > 1 else [(close, 1)]
    return joined(found, bar)


def _clipped(slots: Sequence[Run], first: int, last: int, step: int) -> list[Run]:
    """What of the runs lies between two moments, both included."""
    found: list[Run] = []
    for start, count in slots:
        skipped = max(0, -((start - first) // (step or 1)))
        left = min(count, (last - start) // (step or 1) + 1) - skipped
        if left > 0:
            found.append((start + skipped * step, left))
    return found


def count_of(slots: Sequence[Run]) -> int:
    return sum(count for _, count in slots)


def _absent(asked: Sequence[Run], there: Sequence[Run], step: int) -> int:
    return sum(count for _, count in missing(asked, there, step))


def missing(asked: Sequence[Run], there: Sequence[Run], step: int) -> Iterator[Run]:
    """The runs of slots that are asked for and not there; both are in order, and no slot is in two runs of one."""
    equal = {*asked} & {*there}
    if equal:
        asked, there = ([run for run in runs if run not in equal] for runs in (asked, there))
    at = 0
    for start, count in asked:
        last, next_one = start + (count - 1) * step, start
        while at < len(there) and there[at][0] + (there[at][1] - 1) * step < start:
            at += 1
        for position in range(at, len(there)):
            begin, many = there[position]
            if begin > last:
                break
            if step and (begin - start) % step:
                continue
            if begin > next_one:
                yield next_one, (begin - next_one) // step
            next_one = max(next_one, begin + many * (step or 1))
        if next_one <= last:
            yield next_one, (last - next_one) // step + 1 if step else 1
