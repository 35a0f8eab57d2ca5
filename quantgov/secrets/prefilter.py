"""Where a secret may be: one search for literals that, in nearly all contents, ends there.

The literals of all anchors are looked for at once, whatever their case, by one of three engines that find the same
places: `bytes.find` where there is little, since that needs nothing compiled; `re`; and Hyperscan where there is much.
What makes a place out of a literal, its anchor, is then tried at that place only.
"""

from __future__ import annotations

import re
from functools import cache

from quantgov.secrets.assigned import KEYWORDS
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
FEW = 1 << 14
"""Bytes up to which compiling anything costs more than looking for every literal by itself."""
MANY = 1 << 19
"""Bytes from which loading Hyperscan pays."""
# A name's end, an operator (an annotation between included), a value of 8 or more bytes that is no plain words.
ASSIGNMENT = (
    rb"(?P<word>(?i:key|secret|token|passw(?:or)?d|passphrase|passcode|pass(?![a-z])|pwd|pw(?![a-z])|auth(?!or[^i])"
    rb"|cred|contrase(?:n|\xc3\xb1)a))(?P<tail>[\w.-]{0,30}+)(?:\[\d{0,4}\])?[\\\"'`\])]{0,4}"
    rb"[ \t]{0,8}(?::[ \t]?[\w.|\[\] ]{1,30}=(?!=)|:=|={1,3}>?|!==?|[:,(>]|[ \t])[ \t]{0,8}"
    rb"(?P<quote>@?[bruf]{0,2}\\?[\"'`])?(?i:(?:bearer|basic|token)[ ])?"
    rb"(?=[A-Za-z_./:+=$%~-]{0,64}+[0-9!@#^&*])"
    rb"(?P<value>(?(quote)[^\"'`\r\n\\]|[^\s\"'`,;<>()\[\]{}\\&]){8,512})(?P<next>[\"'`(\[]?)"
)
# Left to detect-secrets' keyword plugin: a literal compared with a name.
COMPARISONS = (b'"==', b"'==", b"`==", b'"!=', b"'!=", b"`!=", b'"===', b"'===", b'"!==', b"'!==")
NAME_REACH = 60  # bytes of a name before its keyword
NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"


@cache
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


def places(content: bytes) -> list[Place]:
    """Return, in order, the positions at which a detector, a plugin or an assignment may match."""
    engine = engine_for(len(content))
    lowered = content.lower()
    found = {at: refs for at in engine.literals(content, lowered) if (refs := refs_at(content, lowered, at))}
    for at, ref in engine.shapes(content):
        found[at] = (*found.get(at, ()), ref)
    return sorted(found.items())


def refs_at(content: bytes, lowered: bytes, position: int) -> tuple[Ref, ...]:
    """What may stand where a literal does."""
    refs: list[Ref] = []
    for literal in by_first_two()[lowered[position : position + 2]]:
        if not lowered.startswith(literal, position):
            continue
        refs += (
            (family, row)
            for anchor, family, row in LITERALS.get(literal, ())
            if compiled(anchor).match(content, position)
        )
        if literal in KEYWORDS:
            refs += named(content, position)
    return tuple(dict.fromkeys(refs))


def named(content: bytes, position: int) -> Iterator[Ref]:
    if compiled(ASSIGNMENT).match(content, position):
        yield ASSIGNED
    if is_compared(content, position):
        yield COMPARED


def is_compared(content: bytes, position: int) -> bool:
    """Whether the name whose keyword stands here is what a literal before it is compared with."""
    before = content[max(0, position - NAME_REACH) : position]
    return b"=" in before and before.rstrip(NAME_BYTES).replace(b" ", b"").endswith(COMPARISONS)


@cache
def all_literals() -> tuple[bytes, ...]:
    return tuple(dict.fromkeys((*KEYWORDS, *LITERALS)))


@cache
def by_first_two() -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for literal in all_literals():
        found.setdefault(literal[:2], []).append(literal)
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
    for literal in all_literals():
        at = lowered.find(literal)
        while at >= 0:
            found.add(at)
            at = lowered.find(literal, at + 1)
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
    for match in shape_pass().finditer(content):
        for anchor, _, _, family, row in SHAPES:
            if compiled(anchor).match(content, match.start()):
                found.append((match.start(), (family, row)))
    return found


@cache
def shape_pass() -> re.Pattern[bytes]:
    by_first: dict[bytes, list[bytes]] = {}
    for anchor, *_ in SHAPES:
        by_first.setdefault(anchor[:1], []).append(anchor[1:])
    return re.compile(b"|".join(first + b"(?=" + b"|".join(rests) + b")" for first, rests in by_first.items()))


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


def without_nuls(data: bytes) -> bytes:
    """Return what stands here with a NUL, or three, between any two bytes, a line for each stretch of it."""
    spaced = compiled(rb"(?:[^\0]\0){8,}[^\0]?|(?:[^\0]\0{3}){8,}[^\0]?")
    return b"\n".join(match.group().replace(b"\0", b"") for match in spaced.finditer(data))
