"""The versions that a running strategy depends on: of its signal library, and of each source of its data.

Its own version is the third that S2 section 2.3 asks for; the passport's schema lets no other than a number through.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.strategy import Strategy

FLOATING = frozenset(
    ("current", "dev", "develop", "edge", "head", "latest", "main", "master", "newest", "nightly", "stable", "trunk")
)
"""Names that stand for whatever is newest."""
RANGE = re.compile(r"[*<>^~]|\.x\b")
OF_DATA = ("api_version", "symbol_list", "timestamp_convention")


class Unpinned:
    """A version that is not held fast: what, where in the passport, how to hold it, and a name for the fault."""

    __slots__ = ("column", "help", "is_missing", "key", "line", "message")

    def __init__(self, message: str, place: tuple[int, int], help: str, key: str, *, is_missing: bool) -> None:
        self.message = message
        self.is_missing = is_missing
        self.line, self.column = place
        self.help = help
        self.key = key


def unpinned(strategy: Strategy) -> Iterator[Unpinned]:
    """Every pin that is missing or floats, in the order of the passport's fields."""
    for at, source in strategy.items("data_sources"):
        for key in OF_DATA:
            yield from _judged(strategy, source.get(key), str(source.get("source", "")), "data_sources", at, key)
    library = strategy.get("deployment", "signal_version")
    yield from _judged(strategy, library, "the signal library", "deployment", "signal_version")


def floating(strategy: Strategy) -> Iterator[Unpinned]:
    """Every pin that is there, and stands for whatever is newest."""
    return (each for each in unpinned(strategy) if not each.is_missing)


def _judged(strategy: Strategy, value: object, what: str, *pointer: str | int) -> Iterator[Unpinned]:
    field = pointer[-1]
    where = ".".join(map(str, pointer))
    if value is None:
        message, help = f"{what} has no {field}: its version is not pinned", f"{where}: the one that was backtested"
    elif is_floating(str(value)):
        message, help = f"{field} of {what} is {value}, which stands for whatever is newest", f"{where}: one version"
    else:
        return
    yield Unpinned(
        message, strategy.place(*pointer), help, f"{strategy.id} {what} {field} {value}", is_missing=value is None
    )


def is_floating(version: str) -> bool:
    """Whether a version, a tag or a path means one thing today and another tomorrow."""
    last = re.split(r"[/@:=]", version.casefold().rstrip("/"))[-1].strip()
    return last in FLOATING or last.partition(".")[0] in FLOATING or RANGE.search(version) is not None
