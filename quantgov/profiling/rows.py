"""Rows put into a table one by one, as the standard library reads them."""

from __future__ import annotations

from collections import defaultdict

from quantgov.profiling import columns, moments
from quantgov.profiling.series import GUESSED, guess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from quantgov.profiling.columns import Roles
    from quantgov.profiling.moments import Moment
    from quantgov.profiling.series import Table

REMEMBERED = 100_000
"""Timestamps whose reading is kept: in most files each of them stands once for every symbol."""


class Filler:
    """Fills a table from rows of text. `symbol` is the one of rows that name none themselves."""

    __slots__ = ("_enough", "_held", "_known", "_names", "_roles", "_sample", "_symbol", "table")

    def __init__(self, table: Table, names: Sequence[str], found: Roles, symbol: str) -> None:
        self.table = table
        table.has_bars = found.has_bars
        self._names = names
        self._roles = found
        self._symbol = symbol
        self._sample: list[Sequence[str]] = []
        self._held: list[tuple[str, int]] | None = []
        self._enough = GUESSED
        self._known: dict[str, Moment] = {}

    def row(self, cells: Sequence[str], place: str) -> None:
        """One row; `place` is where it stands. Raises NoTimestamp."""
        table, found = self.table, self._roles
        table.rows += 1
        if table.rows <= columns.SAMPLE:
            self._sample.append(cells)
        for at in found.prices:
            self._price(at, cells[at].strip(), place)
        symbol = cells[found.symbol].strip() if found.symbol >= 0 else self._symbol
        table.unnamed += found.symbol >= 0 and not symbol
        text = cells[found.time].strip() if found.time >= 0 else ""
        if text in columns.NULLS:
            table.undated += 1
            table.add(symbol, (), ())
            return
        written = f"{text} {cells[found.clock].strip()}" if found.clock >= 0 else text
        self._stamp(symbol, self._moment(written, place))

    def _price(self, at: int, text: str, place: str) -> None:
        if text in columns.NULLS:
            self.table.nulls[self._names[at]] += 1
        elif not columns.is_number(text) and not columns.is_number(text.replace(",", ".", 1)):
            self.table.odd[self._names[at]] += 1
            self.table.odd_at.setdefault(self._names[at], f"{text[:40]!r} {place}")

    def _moment(self, text: str, place: str) -> Moment:
        known = self._known.get(text)
        if known is None:
            known = moments.parse(text)
            self.table.tells_time(known.convention, place)
            if known.offset:
                self.table.offsets.add(known.offset)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[text] = known
        return known

    def _stamp(self, symbol: str, moment: Moment) -> None:
        self.table.see(moment.at, moment.at)
        if self._held is None:
            self._bar(symbol, moment.at)
            return
        self._held.append((symbol, moment.at))
        if len(self._held) == self._enough:
            self._enough *= 2
            if guess(_by_symbol(self._held)):
                self._let_go(self._held)

    def _bar(self, symbol: str, at: int) -> None:
        table = self.table
        runs = table.runs.get(symbol)
        if runs and runs.counts and table.step and runs.starts[-1] + runs.counts[-1] * table.step == at:
            runs.counts[-1] += 1
            return
        table.add(symbol, (at,), (1,))
        table.settle()

    def _let_go(self, held: list[tuple[str, int]]) -> None:
        """Guess the length of a bar from what was held back for it."""
        self.table.step = guess(_by_symbol(held))
        self._held = None
        for symbol, at in held:
            self._bar(symbol, at)

    def done(self) -> Table:
        """The table, with all that was put in."""
        if self._held is not None:
            self._let_go(self._held)
        types = map(columns.type_of, zip(*self._sample, strict=True)) if self._sample else ("" for _ in self._names)
        self.table.columns = tuple(zip(self._names, types, strict=True))
        return self.table


def _by_symbol(held: Iterable[tuple[str, int]]) -> Iterable[Sequence[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for symbol, at in held:
        found[symbol].append(at)
    return found.values()
