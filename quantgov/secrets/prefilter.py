"""Where a secret may be: one search for literals that, in nearly all contents, ends there.

The literals of all anchors are looked for at once, whatever their case, by one of three engines that find the same
places: `bytes.find` where there is little, since that needs nothing compiled, for the few literals whose first bytes
are there; `re`; and Hyperscan where there is much.
What makes a place out of a literal, its anchor, is then tried at that place only.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from sys import byteorder, maxsize

from quantgov.secrets.assigned import ASSIGNMENT, COMPARED_REACH, KEYWORDS, NAME_BYTES, NESTED, SHORTEST
from quantgov.secrets.index import ISSUED_SIZE, LITERALS, PASSWORDS, SHAPES, TRACES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Ref = tuple[str, int]
    Place = tuple[int, tuple[Ref, ...]]
    """A position, and what may stand there: rows by family and number, or one of the two below."""
    Literals = Iterable[tuple[int, bytes]]
    Shapes = Iterable[tuple[int, tuple[Ref, ...]]]

ASSIGNED: Ref = ("assigned", 0)
COMPARED: Ref = ("compared", 0)
WORD = 4
FEW = 1 << 17
"""Bytes up to which compiling anything costs more than looking for every literal by itself."""
MANY = 1 << 19
"""Bytes from which loading Hyperscan pays."""
BEHIND = 64
"""Bytes before a literal that a lookbehind of its anchors may see."""
REMEMBERED = 1 << 10
"""Places whose verdict is remembered for each literal: some megabytes, were all 500 names there."""
# In it some bytes without a separator and with a digit, or upper and lower case mixed as no name mixes them.
ISSUED = (
    rb"(?=[\w+/.-]{%d})(?=[\w+/.-]{0,48}?(?:(?=[A-Za-z]{0,6}[0-9])[0-9A-Za-z]{7}|[a-z][A-Z][a-z][A-Z]|[a-z][A-Z]{2,4}[a-z]))"
    % ISSUED_SIZE
)
LONG = rb"[0-9A-Za-z]{16}|[0-9]{8}:A|\"d\":|AP[0-9A-F][0-9A-Za-z]{8}|\.[\w-]{6}\.[\w-]{27}"
"""Without one of these there is no shape."""
SOME_PASSWORD = rb"[^\s\"'`\\]{6}"
"""A person may have chosen anything."""
ISSUED_EXTENT = 128
"""Bytes that this may look at."""


@cache
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


def places(content: bytes) -> list[Place]:
    """Return, in order, the positions at which a detector, a plugin or an assignment may match."""
    literals, shapes = engine_for(len(content)).search(content)
    values, issued = Values(content), Issued(content)
    found: dict[int, tuple[Ref, ...]] = {}
    for at, literal in literals:
        refs = tuple(anchored(content, at, literal, issued))
        if literal in KEYWORDS:
            refs += tuple(values.named(at))
        if refs:
            found[at] = found.get(at, ()) + refs
    for at, refs in shapes:
        found[at] = found.get(at, ()) + refs
    return sorted((at, tuple(dict.fromkeys(refs))) for at, refs in found.items())


def anchored(content: bytes, position: int, literal: bytes, issued: Issued) -> Iterator[Ref]:
    """Yield the rows of which an anchor matches where a literal stands."""
    known = anchors(literal)
    if known is None:
        return
    for match, refs in known.of_formats:
        if match(content, position):
            yield from refs
    if known.of_names:
        yield from known.beside(content, position, issued)


class Anchors:
    """The anchors that a literal begins. Those of names are long, and compiled only where a value follows.

    What they say depends on `extent` bytes at most, and is remembered by a keyed hash of those: in a history, or in a
    long table, the same lines come over and over.
    """

    __slots__ = ("_extent", "_length", "_said", "of_formats", "of_names")

    def __init__(self, literal: bytes) -> None:
        from quantgov.secrets.anchors import ANCHORS

        formats: dict[bytes, list[Ref]] = {}
        self.of_names: list[tuple[bytes, int, bytes, Ref]] = []
        extent, *lines = ANCHORS[literal].split(b"\n")
        for line in lines:
            family, row, *parts = line.split(b"\t")
            ref = (family.decode(), int(row))
            if len(parts) == 1:
                formats.setdefault(parts[0], []).append(ref)
            else:
                self.of_names.append((parts[0], int(parts[1]), parts[2], ref))
        self.of_formats = [(compiled(anchor).match, tuple(refs)) for anchor, refs in formats.items()]
        self._extent = int(extent)
        self._length = len(literal)
        self._said: dict[int, tuple[Ref, ...]] = {}

    def beside(self, content: bytes, position: int, issued: Issued) -> tuple[Ref, ...]:
        before = min(position, BEHIND)
        seen = hash((before, content[position - before : position + self._extent + ISSUED_EXTENT]))
        said = self._said.get(seen)
        if said is None:
            said = tuple(self._beside(content, position, issued.follows(position, self._extent)))
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            self._said[seen] = said
        return said

    def _beside(self, content: bytes, position: int, is_issued: bool) -> Iterator[Ref]:
        """Yield rows. Before a row's own anchor is compiled, some value has to follow as that has it."""
        from quantgov.secrets.anchors import MIDDLES

        followed = {
            middle: (is_issued or middle == PASSWORDS)
            and compiled(MIDDLES[middle] + (SOME_PASSWORD if middle == PASSWORDS else ISSUED)).match(
                content, position + self._length
            )
            for middle in {middle for _, middle, _, _ in self.of_names}
        }
        for name, middle, value, ref in self.of_names:
            if followed[middle] and compiled(name + MIDDLES[middle] + value).match(content, position):
                yield ref


@cache
def anchors(literal: bytes) -> Anchors | None:
    """What stands in the index under a literal; None for a keyword that begins no anchor."""
    return Anchors(literal) if literal in literals_of_anchors() else None


@cache
def literals_of_anchors() -> frozenset[bytes]:
    return frozenset(LITERALS)


class Issued:
    """Where the next value is that a vendor may have issued: of some length, with a digit. Asked for in order."""

    __slots__ = ("content", "next")

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.next = -1

    def follows(self, position: int, within: int) -> bool:
        """Whether one begins within so many bytes from here."""
        if self.next < position:
            found = compiled(rb"(?<![\w+/.-])" + ISSUED).search(self.content, position)
            self.next = found.start() if found else maxsize
        return self.next <= position + within


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
    """A way to find literals, in any case, each at every position, in order; and shapes, with whose they are.

    `rules_out_traces` may say of binary content that it holds none, where that is cheap to know.
    """

    __slots__ = ("rules_out_traces", "search")

    def __init__(
        self,
        search: Callable[[bytes], tuple[Literals, Shapes]],
        rules_out_traces: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self.search = search
        self.rules_out_traces = rules_out_traces


def one_by_one(content: bytes) -> Literals:
    lowered = content.lower()
    found = []
    for literal in likely(lowered):
        at = lowered.find(literal)
        while at >= 0:
            found.append((at, literal))
            at = lowered.find(literal, at + 1)
    return sorted(found)


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


def at_once(content: bytes) -> Literals:
    lowered, by_beginning = content.lower(), by_start()
    for match in first_pass().finditer(lowered):
        at = match.start()
        for literal in by_beginning[lowered[at : at + 3]]:
            if lowered.startswith(literal, at):
                yield at, literal


@cache
def first_pass() -> re.Pattern[bytes]:
    """Every alternative begins with a literal byte: `re` skips to those by a table, and tries the rest only there."""
    by_first: dict[bytes, list[bytes]] = {}
    for literal in all_literals():
        by_first.setdefault(re.escape(literal[:1]), []).append(re.escape(literal[1:]))
    return re.compile(b"|".join(first + b"(?=" + b"|".join(rests) + b")" for first, rests in by_first.items()))


def shapes_at_once(content: bytes) -> Shapes:
    if not compiled(LONG).search(content):
        return
    by_first = shapes_by_first()
    for match in shape_pass().finditer(content):
        at = match.start()
        for anchor, refs in by_first[content[at : at + 1]]:
            if compiled(anchor).match(content, at):
                yield at, refs


@cache
def shapes_by_first() -> dict[bytes, list[tuple[bytes, tuple[Ref, ...]]]]:
    found: dict[bytes, list[tuple[bytes, tuple[Ref, ...]]]] = {}
    for anchor, _, _, refs in SHAPES:
        found.setdefault(anchor[:1], []).append((anchor, refs))
    return found


@cache
def shape_pass() -> re.Pattern[bytes]:
    starts = shapes_by_first().items()
    return re.compile(b"|".join(first + b"(?=" + b"|".join(a[1:] for a, _ in those) + b")" for first, those in starts))


SMALL = Engine(lambda content: (one_by_one(content), shapes_at_once(content)))
MEDIUM = Engine(lambda content: (at_once(content), shapes_at_once(content)))


def engine_for(size: int) -> Engine:
    if size >= MANY or large.cache_info().currsize:
        return large() or MEDIUM
    return SMALL if size <= FEW else MEDIUM


@cache
def large() -> Engine | None:
    """Hyperscan's engine, used from the first call on for everything; None where it is not installed."""
    try:
        from quantgov.secrets import multi
    except ImportError:
        return None
    return Engine(*multi.searches(all_literals(), SHAPES, TRACES))
