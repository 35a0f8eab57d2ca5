"""What was read of one file: how often each symbol has which bar, as runs of bars that follow each other.

A year of hourly bars without a gap is one run of two numbers, so that bars are counted exactly, whatever their order,
in little memory.
"""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import pairwise
from math import gcd

from quantgov.profiling.moments import NoTimestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Run = tuple[int, int]
    """The first bar, in nanoseconds, and how many bars follow each other from there, itself counted."""

SOME_RUNS, MANY_RUNS = 500_000, 6_000_000
"""Runs of a file that are kept as they come, and those of bars that are kept at all, at 16 bytes each."""
GUESSED = 10_000
"""Rows that the length of a bar is guessed from, at least; a wrong guess costs time and changes no figure."""


class Runs:
    """The bars of one symbol in the file's order: from each of `starts` so many, as `counts` has it."""

    __slots__ = ("counts", "starts")

    def __init__(self) -> None:
        self.starts = array("q")
        self.counts = array("q")

    def extend(self, starts: Sequence[int], counts: Sequence[int], step: int) -> int:
        """Put runs behind those that are there; how many more there are now."""
        before, skipped = len(self.starts), 0
        if step and before and starts and self.starts[-1] + self.counts[-1] * step == starts[0]:
            self.counts[-1] += counts[0]
            skipped = 1
        self.starts.extend(starts[skipped:])
        self.counts.extend(counts[skipped:])
        return len(self.starts) - before

    def pairs(self) -> list[Run]:
        return list(zip(self.starts, self.counts, strict=True))

    def put(self, pairs: Iterable[Run]) -> None:
        """Have these runs in place of those that are there."""
        kept = list(pairs)
        self.starts = array("q", [start for start, _ in kept])
        self.counts = array("q", [count for _, count in kept])


class Table:
    """One file, read through. `step` is the length of a bar in its runs, in nanoseconds; 0 while it is not known.

    `conventions` has, for each that was seen, the place of the first. `nulls` and `odd` count by the column's name
    the prices that are empty and those that are no numbers, `odd_at` has the first of the latter. `undated` and
    `unnamed` count rows without timestamp and without symbol. Of an `irregular` table no runs are kept.
    """

    __slots__ = (
        "_bearable", "columns", "conventions", "fetched_at", "first", "has_bars", "irregular", "kept", "last", "nulls",
        "odd", "odd_at", "offsets", "rows", "runs", "said", "step", "undated", "unnamed",
    )  # fmt: skip

    def __init__(self) -> None:
        self.rows = 0
        self.runs: dict[str, Runs] = {}
        self.step = 0
        self.kept = 0
        self._bearable = SOME_RUNS
        self.first: int | None = None
        self.last: int | None = None
        self.conventions: dict[str, str] = {}
        self.offsets: set[str] = set()
        self.columns: tuple[tuple[str, str], ...] = ()
        self.nulls: Counter[str] = Counter()
        self.odd: Counter[str] = Counter()
        self.odd_at: dict[str, str] = {}
        self.has_bars = False
        self.irregular = False
        self.undated = 0
        self.unnamed = 0
        self.said = ""
        self.fetched_at = ""

    def add(self, symbol: str, starts: Sequence[int], counts: Sequence[int]) -> None:
        """Bars of a symbol in the file's order, as runs of `step`; `rows` counts them already."""
        runs = self.runs.get(symbol)
        if runs is None:
            runs = self.runs[symbol] = Runs()
        if not self.irregular:
            self.kept += runs.extend(starts, counts, self.step)

    def settle(self) -> None:
        """Where runs have become many: join those that follow each other, by the length of a bar that is known now.

        Where that does not help, these are no bars.
        """
        if self.kept <= self._bearable or (self.kept * 2 <= self.rows and self.kept <= MANY_RUNS):
            return
        steps: Counter[int] = Counter()
        for runs in self.runs.values():
            pairs = joined(runs.pairs(), self.step)
            steps += steps_of(pairs, self.step)
            runs.put(pairs)
        step = common(steps)
        if step != self.step:
            for runs in self.runs.values():
                runs.put(runs_of(stamps_of(runs.pairs(), self.step), step))
            self.step = step
        self.kept = sum(len(runs.starts) for runs in self.runs.values())
        self._bearable = max(self._bearable, 2 * self.kept)
        self.irregular = self.kept * 2 > self.rows and (self.kept > MANY_RUNS or not self.has_bars)
        if self.irregular:
            self.runs = {symbol: Runs() for symbol in self.runs}

    def tells_time(self, convention: str, place: str) -> None:
        """What a timestamp says of its zone or unit. Raises NoTimestamp where it cannot be held against those before.

        With and without a zone is no fault here: it is said, and no bars are counted.
        """
        if convention in self.conventions:
            return
        for other, first in self.conventions.items():
            if convention.endswith("iso") != other.endswith("iso"):
                raise NoTimestamp(f"a timestamp in another form than {first}")
            if not convention.endswith("iso"):
                raise NoTimestamp(f"a timestamp in {convention[4:]}, where that {first} is in {other[4:]}")
        self.conventions[convention] = place

    def see(self, first: int, last: int) -> None:
        """Widen the period."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)


def joined(pairs: Iterable[Run], step: int) -> list[Run]:
    """The runs in order, each bar once: those that overlap or follow each other are one."""
    ordered = sorted(pairs)
    if all(start + count * step < after for (start, count), (after, _) in pairwise(ordered)):
        return ordered
    found: list[Run] = []
    begin, end = 0, -1
    for start, count in ordered:
        if found and start <= end + step:
            if step and (start - begin) % step:
                if start > end:
                    begin, end = start, start + (count - 1) * step
                    found.append((start, count))
                    continue
                return _one_by_one(ordered, step)
            end = max(end, start + (count - 1) * step)
            found[-1] = (begin, (end - begin) // step + 1 if step else 1)
        else:
            begin, end = start, start + (count - 1) * step
            found.append((start, count))
    return found


def _one_by_one(pairs: Iterable[Run], step: int) -> list[Run]:
    """The same where bars of one run lie between those of another."""
    return runs_of(sorted({start + at * step for start, count in pairs for at in range(count)}), step)


def runs_of(stamps: Iterable[int], step: int) -> list[Run]:
    """Bars in their order as runs; each of them alone where the step is not known."""
    found: list[Run] = []
    for stamp in stamps:
        if found and step and found[-1][0] + found[-1][1] * step == stamp:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((stamp, 1))
    return found


def stamps_of(pairs: Iterable[Run], step: int) -> Iterable[int]:
    return (start + at * step for start, count in pairs for at in range(count))


def steps_of(bars: Sequence[Run], step: int) -> Counter[int]:
    """How often one bar follows the other at which distance; the runs are joined."""
    found = Counter({step: sum(count - 1 for _, count in bars)})
    found.update(after - (start + (count - 1) * step) for (start, count), (after, _) in pairwise(bars))
    return +found


def guess(bars: Iterable[Sequence[int]]) -> int:
    """The length of a bar, from the first bars of every symbol; 0 where none has two.

    It is the most frequent distance; of bars that are in no order, the length of which all distances are multiples.
    """
    steps: Counter[int] = Counter()
    ordered = True
    for each in bars:
        ordered = ordered and all(before <= after for before, after in pairwise(each))
        steps.update(after - before for before, after in pairwise(sorted(each)) if after > before)
    return common(steps) if ordered else gcd(*steps)


def common(steps: Counter[int]) -> int:
    """The most frequent distance, the shorter of two; 0 for none."""
    return min(steps, key=lambda step: (-steps[step], step)) if steps else 0
