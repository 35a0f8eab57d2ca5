"""Where a secret may be: one search for literals that, in nearly all contents, ends there.

The literals of all anchors are looked for at once, whatever their case, by one of three engines that find the same
places: `bytes.find` where there is little, since that needs nothing compiled, for the few literals whose first bytes
are there; `re`; and Hyperscan where there is much.
What makes a place out of a literal, its anchor, is then tried at that place only.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from sys import byteorder

from quantgov.secrets.assigned import ASSIGNMENT, COMPARED_REACH, KEYWORDS, NAME_BYTES, NESTED, SHORTEST
from quantgov.secrets.index import LITERALS, SHAPES, TRACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ref = tuple[str, int]
    Place = tuple[int, tuple[Ref, ...]]
    """A position, and what may stand there: rows by family and number, or one of the two below."""

ASSIGNED: Ref = ("assigned", 0)
COMPARED: Ref = ("compared", 0)
SPACED = rb"\0{1,3}"
WORD = 4
FEW = 1 << 17
"""Bytes up to which compiling anything costs more than looking for every literal by itself."""
MANY = 1 << 19
"""Bytes from which loading Hyperscan pays."""


@cache
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


def places(content: bytes) -> list[Place]:
    """Return, in order, the positions at which a detector, a plugin or an assignment may match."""
    engine = engine_for(len(content))
    lowered = content.lower()
    values = Values(content)
    found = {
        at: refs for at in sorted(engine.literals(content, lowered)) if (refs := refs_at(content, lowered, at, values))
    }
    for at, ref in engine.shapes(content):
        found[at] = (*found.get(at, ()), ref)
    return sorted(found.items())


def refs_at(content: bytes, lowered: bytes, position: int, values: Values) -> tuple[Ref, ...]:
    """What may stand where a literal does."""
    refs: list[Ref] = []
    for literal in by_start()[lowered[position : position + 3]]:
        if not lowered.startswith(literal, position):
            continue
        refs += (
            (family, row)
            for anchor, family, row in LITERALS.get(literal, ())
            if compiled(anchor).match(content, position)
        )
        if literal in KEYWORDS:
            refs += values.named(position)
    return tuple(dict.fromkeys(refs))


class Values:
    """The values that names call secret, asked for in order of position.

    Past the first few, keywords inside a value are left: a hostile one has nothing else.
    """

    __slots__ = ("content", "nested", "until")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.until = 0
        self.nested = 0

    def named(self, position: int) -> Iterator[Ref]:
        self.nested = self.nested + 1 if position < self.until else 0
        if self.nested > NESTED:
            return
        match = compiled(ASSIGNMENT).match(self.content, position)
        if match is not None:
            self.until = max(self.until, match.end("value"))
            if match["letters"] is None or is_random(match["letters"]):
                yield ASSIGNED
        if compared_with(self.content, position):
            yield COMPARED


@lru_cache(maxsize=1 << 12)
def is_random(letters: bytes) -> bool:
    from quantgov.secrets.words import is_gibberish

    return is_gibberish(letters)


def compared_with(content: bytes, position: int) -> tuple[int, int] | None:
    """Return where the literal stands that the name with its keyword here is compared with: `"..." == name`."""
    before = content[max(0, position - COMPARED_REACH) : position].rstrip(NAME_BYTES).rstrip(b" ")
    if not before.endswith((b"==", b"!=")):
        return None
    before = before.rstrip(b"=!").rstrip(b" ")
    end = len(before) - 1
    start = before.rfind(before[-1:], 0, max(0, end)) + 1 if before.endswith((b'"', b"'", b"`")) else 0
    if not start or end - start < SHORTEST:
        return None
    first = max(0, position - COMPARED_REACH)
    return first + start, first + end


@cache
def all_literals() -> tuple[bytes, ...]:
    return tuple(dict.fromkeys((*KEYWORDS, *LITERALS)))


@cache
def by_start() -> dict[bytes, list[bytes]]:
    """The literals by their first three bytes, those of two under each byte that may follow."""
    found: dict[bytes, list[bytes]] = {}
    for literal in all_literals():
        longer = (literal + bytes((byte,)) for byte in range(256))
        for start in (literal[:3],) if len(literal) > 2 else (literal, *longer):
            found.setdefault(start, []).append(literal)
    return found


class Engine:
    """A way to find literals: each in any case, at every position; and shapes, with whose they are."""

    __slots__ = ("literals", "shapes")

    def __init__(
        self,
        literals: Callable[[bytes, bytes], set[int]],
        shapes: Callable[[bytes], list[tuple[int, Ref]]],
    ) -> None:
        self.literals = literals
        self.shapes = shapes


def one_by_one(_: bytes, lowered: bytes) -> set[int]:
    found: set[int] = set()
    for literal in likely(lowered):
        at = lowered.find(literal)
        while at >= 0:
            found.add(at)
            at = lowered.find(literal, at + 1)
    return found


def likely(lowered: bytes) -> list[bytes]:
    """The literals whose first bytes are there, four at a time as one number: nearly all are not."""
    numbers: set[int] = set()
    for offset in range(min(WORD, len(lowered))):
        numbers.update(memoryview(lowered)[offset : len(lowered) - (len(lowered) - offset) % WORD].cast("I"))
    by_number = by_first_word()
    numbers.add(0)  # those that are shorter
    return [literal for number in numbers & by_number.keys() for literal in by_number[number]]


@cache
def by_first_word() -> dict[int, list[bytes]]:
    """The literals by their first four bytes as a number; under 0 those that are shorter."""
    found: dict[int, list[bytes]] = {0: []}
    for literal in all_literals():
        number = int.from_bytes(literal[:WORD], byteorder) if len(literal) >= WORD else 0
        found.setdefault(number, []).append(literal)
    return found


def at_once(_: bytes, lowered: bytes) -> set[int]:
    return {match.start() for match in first_pass().finditer(lowered)}


@cache
def first_pass() -> re.Pattern[bytes]:
    """Every alternative begins with a literal byte: `re` skips to those by a table, and tries the rest only there."""
    by_first: dict[bytes, list[bytes]] = {}
    for literal in all_literals():
        by_first.setdefault(re.escape(literal[:1]), []).append(re.escape(literal[1:]))
    return re.compile(b"|".join(first + b"(?=" + b"|".join(rests) + b")" for first, rests in by_first.items()))


def shapes_at_once(content: bytes) -> list[tuple[int, Ref]]:
    found = []
    by_first = shapes_by_first()
    for match in shape_pass().finditer(content):
        at = match.start()
        for anchor, ref in by_first[content[at : at + 1]]:
            if compiled(anchor).match(content, at):
                found.append((at, ref))
    return found


@cache
def shapes_by_first() -> dict[bytes, list[tuple[bytes, Ref]]]:
    found: dict[bytes, list[tuple[bytes, Ref]]] = {}
    for anchor, _, _, family, row in SHAPES:
        found.setdefault(anchor[:1], []).append((anchor, (family, row)))
    return found


@cache
def shape_pass() -> re.Pattern[bytes]:
    starts = shapes_by_first().items()
    return re.compile(b"|".join(first + b"(?=" + b"|".join(a[1:] for a, _ in those) + b")" for first, those in starts))


SMALL = Engine(one_by_one, shapes_at_once)
MEDIUM = Engine(at_once, shapes_at_once)


def engine_for(size: int) -> Engine:
    if size >= MANY or large.cache_info().currsize:
        return large() or MEDIUM
    return SMALL if size <= FEW else MEDIUM


@cache
def large() -> Engine | None:
    """Hyperscan's engine, used from the first call on for all but the smallest; None where it is not installed."""
    try:
        from quantgov.secrets import multi
    except ImportError:
        return None
    return Engine(*multi.searches(all_literals(), SHAPES))


@cache
def trace_pass() -> re.Pattern[bytes]:
    """Return the search for traces, as they are or with NULs between their bytes, as UTF-16 and UTF-32 have them."""
    by_first_byte: dict[bytes, list[bytes]] = {}
    for trace in TRACES:
        rest = [re.escape(trace[at : at + 1]) for at in range(1, len(trace))]
        by_first_byte.setdefault(re.escape(trace[:1]), []).extend((b"".join(rest), SPACED + SPACED.join(rest)))
    return re.compile(b"|".join(first + b"(?=" + b"|".join(rests) + b")" for first, rests in by_first_byte.items()))


def traces(data: bytes) -> Iterator[int]:
    """Yield the positions in binary content around which a key with an unmistakable format may be."""
    return (match.start() for match in trace_pass().finditer(data))
