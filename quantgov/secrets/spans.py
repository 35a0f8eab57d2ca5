"""What is found in a content before it is told: a secret's span and whose it is, the most specific for each place."""

from __future__ import annotations

from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.secrets.detector import Detector
    from quantgov.secrets.families.plugins import Plugin

OWN, PLUGIN, TEAM, ASSIGNED = range(4)  # the most specific first


class Found:
    """A secret's span, and the row that knows what it is. A lower rank is more specific."""

    __slots__ = ("end", "rank", "row", "start")

    def __init__(self, start: int, end: int, rank: int, row: Detector | Plugin) -> None:
        self.start = start
        self.end = end
        self.rank = rank
        self.row = row


class Spans:
    """Disjoint stretches of a content, kept in order so that a file full of keys costs no more than its length."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def meet(self, start: int, end: int) -> bool:
        after = bisect_right(self.ends, start)
        return after < len(self.starts) and self.starts[after] < end

    def add(self, start: int, end: int) -> None:
        """Add a stretch that meets none of those here."""
        at = bisect_right(self.starts, start)
        self.starts.insert(at, start)
        self.ends.insert(at, end)


def line_breaks(text: bytes) -> int:
    return text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")


def spans_of(known: list[Found]) -> Spans:
    spans = Spans()
    for one in known:
        spans.add(one.start, one.end)
    return spans


def most_specific(found: list[Found]) -> list[Found]:
    """Return one finding for each stretch of overlapping ones, in order of position. A password goes last."""
    kept: list[Found] = []
    spans = Spans()
    for one in sorted(found, key=lambda one: (one.rank, one.row.chosen, one.start - one.end, one.start)):
        if not spans.meet(one.start, one.end):
            spans.add(one.start, one.end)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
