"""Where a secret may be: one pass over contents that, for nearly all of them, ends the search.

Every pattern begins with a literal byte, grouped by it, because `re` then skips to such bytes by a table instead
of trying each alternative at each place. The rest stands in a lookahead, so that overlapping places are all found.
"""

from __future__ import annotations

import re
from functools import cache

from quantgov.secrets.detectors import DETECTORS, KEYWORDS
from quantgov.secrets.plugins import PLUGINS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SPACED = rb"\0{1,3}"
SELECTIVE = 3  # bytes: a literal at least this long is looked for first, and its pattern compiled only when it is met
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
PLAIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:/=-"
REPEATS = (b"{", b"*", b"+", b"?")
NAME_REACH = 60  # bytes of a name before its keyword
NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"


def anchors() -> tuple[bytes, ...]:
    rows = (*DETECTORS, *PLUGINS)
    return tuple(dict.fromkeys(anchor for row in rows for anchor in row.anchors))


def literal_prefix(anchor: bytes) -> bytes:
    """Return the bytes that every match of the anchor begins with; a dash line is too common to be worth it."""
    size = next((at for at, byte in enumerate(anchor) if byte not in PLAIN), len(anchor))
    prefix = anchor[: size - 1 if anchor[size : size + 1] in REPEATS else size]
    return prefix if len(prefix) >= SELECTIVE and prefix.strip(b"-") else b""


def keyword_forms() -> list[bytes]:
    return [cased for word in KEYWORDS for cased in (word, word.upper(), word.title())]


@cache
def loose_anchors() -> dict[bytes, tuple[bytes, ...]]:
    """Return, for each literal that the first pass looks for, the anchors that may match where it stands."""
    pairs = [(literal_prefix(anchor), anchor) for anchor in anchors() if literal_prefix(anchor)]
    literals = sorted({literal for literal, _ in pairs} | set(keyword_forms()), key=len, reverse=True)
    return {literal: tuple(anchor for prefix, anchor in pairs if literal.startswith(prefix)) for literal in literals}


@cache
def keyword_literals() -> frozenset[bytes]:
    return frozenset(literal for literal in loose_anchors() if literal.lower().startswith(KEYWORDS))


def combined() -> bytes:
    """Return the first pass. Its groups capture the literals, whose places need a second look."""
    strict = [anchor for anchor in anchors() if not literal_prefix(anchor)]
    by_first_byte: dict[bytes, list[bytes]] = {}
    for anchor in strict:
        by_first_byte.setdefault(anchor[:1], []).append(anchor[1:])
    literals: dict[bytes, list[bytes]] = {}
    for literal in loose_anchors():
        literals.setdefault(literal[:1], []).append(literal[1:])
    for first, rests in literals.items():
        by_first_byte.setdefault(first, []).append(b"(" + b"|".join(rests) + b")")
    return b"|".join(first + b"(?=" + b"|".join(rests) + b")" for first, rests in by_first_byte.items())


@cache
def compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


@cache
def first_pass() -> re.Pattern[bytes]:
    return re.compile(combined())


def is_compared(content: bytes, position: int) -> bool:
    """Whether the name whose keyword stands here is what a literal before it is compared with."""
    before = content[max(0, position - NAME_REACH) : position]
    return b"=" in before and before.rstrip(NAME_BYTES).replace(b" ", b"").endswith(COMPARISONS)


def is_place(content: bytes, position: int, literal: bytes) -> bool:
    """Whether this literal, found here by the first pass, has around it what makes it a possible secret."""
    if literal in keyword_literals() and (
        compiled(ASSIGNMENT).match(content, position) is not None or is_compared(content, position)
    ):
        return True
    anchored = loose_anchors()[literal]
    return bool(anchored) and any(compiled(anchor).match(content, position) for anchor in anchored)


@cache
def trace_pass() -> re.Pattern[bytes]:
    """Return the search for traces, as they are or with NULs between their bytes, as UTF-16 and UTF-32 have them."""
    by_first_byte: dict[bytes, list[bytes]] = {}
    for trace in dict.fromkeys(trace for row in (*DETECTORS, *PLUGINS) for trace in row.traces):
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


def places(content: bytes) -> Iterator[int]:
    """Yield, in order, the positions at which a detector, a plugin or an assignment may match."""
    for match in first_pass().finditer(content):
        literal = match.group() + match.group(match.lastindex) if match.lastindex else b""
        if not literal or is_place(content, match.start(), literal):
            yield match.start()
