"""What was measured, against what, and whether the budget holds."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from benchmarks.timing import Measure


class Table(StrEnum):
    """Where a result is printed. The value is the table's title."""

    BUDGETS = "Budgets"
    PEERS = "Side by side with peers"
    SCALE = "Many commits, many passports, many signatures"
    SECRETS = "Secrets in all of history"
    DATA = "Data files of a gigabyte"


def allowed(seconds: float) -> Measure:
    """A reference that nothing has to be run for: so many seconds."""
    return Measure(seconds, seconds, seconds, seconds, 1)


class Result(NamedTuple):
    """One job of quantgov against a reference: the bare interpreter, a peer, or itself with a cold cache.

    `budget` is the largest ratio allowed. Where `limit` is given, so many seconds are good enough too.
    """

    table: Table
    job: str
    measured: Measure
    against: str
    reference: Measure
    budget: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the reference's median; NaN where noise has swallowed the reference."""
        return self.measured.median / self.reference.median if self.reference.median > 0 else math.nan

    @property
    def cpu_ratio(self) -> float:
        """The same of the computing time, which other work on the machine disturbs least."""
        return self.measured.cpu / self.reference.cpu if self.reference.cpu > 0 else math.nan

    @property
    def met(self) -> bool | None:
        """None where there is no budget."""
        if self.budget is None:
            return None
        return self.ratio <= self.budget or (self.limit is not None and self.measured.median <= self.limit)

    @property
    def verdict(self) -> str:
        if self.budget is None:
            return ""
        doubt = ", noisy" if self.measured.noisy or self.reference.noisy else ""
        if self.met:
            return f"met{doubt}"
        return f"missed by {self.ratio - self.budget:.2f} x ({self.ratio / self.budget - 1:.0%}){doubt}"

    @property
    def comparison(self) -> str:
        """Who is faster and by how much, a loss as plainly as a win."""
        ratio = self.ratio
        if not ratio > 0:
            return "not measurable"
        return f"{1 / ratio:.1f} x faster" if ratio <= 1 else f"{ratio:.1f} x slower"
