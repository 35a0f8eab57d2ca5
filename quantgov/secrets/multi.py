"""Many literals and shapes in one pass by Hyperscan. Importing this fails where its wheel is not installed.

Compiling the literals takes a few milliseconds, less than a cached database would take to be told whether it is fit
for this processor, so none is kept.
"""

from __future__ import annotations

import re

import hyperscan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quantgov.secrets.prefilter import Ref

    Shape = tuple[bytes, bytes, int, str, int]
    Searches = tuple[Callable[[bytes, bytes], set[int]], Callable[[bytes], list[tuple[int, Ref]]]]


def searches(literals: Sequence[bytes], shapes: Sequence[Shape]) -> Searches:
    """The two searches of an Engine. Matches are told by their ends, and all here have one length."""
    lengths = [len(literal) for literal in literals]
    of_literals = database([re.escape(literal) for literal in literals], hyperscan.HS_FLAG_CASELESS)
    of_shapes = database([whole for _, whole, *_ in shapes], 0)
    widths = [(width, (family, row)) for _, _, width, family, row in shapes]

    def find_literals(content: bytes, _: bytes) -> set[int]:
        found: set[int] = set()
        of_literals.scan(content, match_event_handler=lambda at, _, end, *__: found.add(end - lengths[at]))
        return found

    def find_shapes(content: bytes) -> list[tuple[int, Ref]]:
        ends: set[tuple[int, int]] = set()
        of_shapes.scan(content, match_event_handler=lambda at, _, end, *__: ends.add((end, at)))
        return sorted((end - widths[at][0], widths[at][1]) for end, at in ends)

    return find_literals, find_shapes


def database(expressions: Sequence[bytes], flags: int) -> hyperscan.Database:
    made = hyperscan.Database()
    numbers = range(len(expressions))
    made.compile(
        expressions=list(expressions), ids=list(numbers), elements=len(expressions), flags=[flags for _ in numbers]
    )
    return made
