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
from quantgov.profiling.moments import DAY, EPOCH, MONTHS, shown
from quantgov.profiling.series import joined, runs_of, stamps_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


class Asked(NamedTuple):
    """The slots that every symbol of a calendar should have, in runs; `open_days` are the exchange's, None for none."""

    scale: Scale
    slots: list[Run]
    open_days: frozenset[int] | None = None
    clock: Clock | None = None
    guessed: bool = False

    @property
    def total(self) -> int:
        return sum(count for _, count in self.slots)

    def closed(self, bars: Sequence[Run], bar: int) -> int:
        """How many of these bars fall on days when the exchange is closed."""
        if self.open_days is None:
            return 0
        days, daily = self.open_days, Scale(bar, DAY, local=self.scale.local, clock=self.clock)
        if self.scale.unit:
            return sum(day not in days for day in stamps_of(daily.slots(bars), 1))
        return sum((at + daily.shift(at)) // DAY not in days for at in stamps_of(bars, bar))


def of(calendar: str, bar: int, first: int, last: int, patterns: Sequence[Sequence[Run]], *, local: bool) -> Asked:
    """What a calendar asks for from the first bar to the last. `patterns` are the different series of its symbols.

    Raises UsageError for a calendar that is not known.
    """
    if calendar not in (ALWAYS, OBSERVED):
        found = calendars.sessions(calendar, first, last)
        if 0 < bar < DAY or bar in (DAY, WEEK, *MONTHS):
            return _of_exchange(found, bar, first, last, patterns, local)
    scale = Scale(bar, MONTH if bar in MONTHS else 0, local=local)
    if calendar == ALWAYS and bar:
        return Asked(scale, _always(scale, bar, first, last, patterns))
    return Asked(scale, joined((run for bars in patterns for run in scale.slots(bars)), scale.step))


def _always(scale: Scale, bar: int, first: int, last: int, patterns: Sequence[Sequence[Run]]) -> list[Run]:
    if scale.unit:
        begin, end = (scale.slot_of(at // DAY) for at in (first, last))
        return [(begin, end - begin + 1)]
    phases: Counter[int] = Counter()
    for bars in patterns:
        for start, count in bars:
            phases[start % bar] += count
    phase = min(phases, key=lambda phase: (-phases[phase], (phase - first) % bar))
    begin = first + (phase - first) % bar
    return [(begin, (last - begin) // bar + 1)] if begin <= last else []


def _of_exchange(
    found: Sessions, bar: int, first: int, last: int, patterns: Sequence[Sequence[Run]], local: bool
) -> Asked:
    clock = None if local else Clock(found.zone)
    days = frozenset(session.day for session in found.sessions)
    if bar >= DAY:
        scale = Scale(bar, MONTH if bar in MONTHS else bar, local=local, clock=clock)
        begin, end = (scale.slots([(at, 1)])[0][0] for at in (first, last))
        slots = {scale.slot_of(day) for day in days}
        asked = runs_of(sorted(slot for slot in slots if begin <= slot <= end), 1)
        return Asked(scale, asked, days, clock, not found.known)
    scale = Scale(bar, 0, local=local)
    seen = joined((run for bars in patterns for run in bars), bar)
    parts = [part for session in found.sessions for part in session.parts]
    if local:
        told = Clock(found.zone)
        parts = [(begin + told.offset(begin), end + told.offset(end)) for begin, end in parts]
    choices = [_clipped(_stamps(parts, bar, way), first, last, bar) for way in WAYS]
    asked = min(choices, key=lambda slots: (_absent(slots, seen, bar) - _count(slots), _count(slots)))
    return Asked(scale, asked, days, clock, not found.known)


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
        skipped = max(0, -((start - first) // step))
        left = min(count, (last - start) // step + 1) - skipped
        if left > 0:
            found.append((start + skipped * step, left))
    return found


def _count(slots: Sequence[Run]) -> int:
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
