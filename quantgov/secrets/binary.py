"""Keys in binary content: only what neither chance nor a placeholder looks like."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from quantgov.secrets.index import TRACES
from quantgov.secrets.prefilter import engine_for, places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.secrets.hit import Hit

BEFORE_TRACE = 1000  # bytes that are searched before a trace, and
AFTER_TRACE = 20000  # bytes after it: a private key is long
APART = rb"\0{1,3}"
SPACED = re.compile(rb"(?:[^\0]\0){8,}[^\0]?|(?:[^\0]\0{3}){8,}[^\0]?")


def in_binary(data: bytes) -> list[Hit]:
    """Return keys with an unmistakable format, in order: as they stand, or as they do in UTF-16 and UTF-32."""
    hits: list[Hit] = []
    for start, end in stretches(data):
        hits += in_stretch(data[start:end], start)
    return sorted(hits, key=lambda hit: hit.start)


def stretches(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where keys may stand, in order and disjoint: from before a trace to well behind it."""
    if engine_for(len(data)).rules_out_traces(data):
        return
    start = end = 0
    for position in traces(data):
        if end and position - BEFORE_TRACE > end:
            yield start, end
            end = 0
        if not end:
            start = max(0, position - BEFORE_TRACE)
        end = position + AFTER_TRACE
    if end:
        yield start, end


def in_stretch(data: bytes, offset: int) -> Iterator[Hit]:
    """Yield what stands in these bytes, which have that offset in the content."""
    from quantgov.secrets.confirm import confirm_in_binary

    for hit in confirm_in_binary(data, places(data)):
        hit.start += offset
        yield hit
    text, origins = without_nuls(data)
    for hit in confirm_in_binary(text, places(text)):
        begin, origin, step = origins[bisect_right(origins, (hit.start, len(data), 0)) - 1]
        hit.start = offset + origin + (hit.start - begin) * step
        yield hit


def without_nuls(data: bytes) -> tuple[bytes, list[tuple[int, int, int]]]:
    """Return what stands here with a NUL, or three, between any two bytes, a line for each stretch of it.

    With it, for each line: where it begins, where the stretch does, and how many bytes there are to one of the line.
    """
    lines: list[bytes] = []
    origins: list[tuple[int, int, int]] = []
    begin = 0
    for match in SPACED.finditer(data):
        lines.append(match.group().replace(b"\0", b""))
        origins.append((begin, match.start(), 4 if match.group()[2] == 0 else 2))
        begin += len(lines[-1]) + 1
    return b"\n".join(lines), origins


@cache
def trace_pass() -> re.Pattern[bytes]:
    """Return the search for traces, as they are or with NULs between their bytes, as UTF-16 and UTF-32 have them."""
    by_first_byte: dict[bytes, list[bytes]] = {}
    for trace in TRACES:
        rest = [re.escape(trace[at : at + 1]) for at in range(1, len(trace))]
        by_first_byte.setdefault(re.escape(trace[:1]), []).extend((b"".join(rest), APART + APART.join(rest)))
    return re.compile(b"|".join(first + b"(?=" + b"|".join(rests) + b")" for first, rests in by_first_byte.items()))


def traces(data: bytes) -> Iterator[int]:
    """Yield the positions in binary content around which a key with an unmistakable format may be."""
    return (match.start() for match in trace_pass().finditer(data))
