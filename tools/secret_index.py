"""Writes quantgov/secrets/index.py: for every literal that the prefilter looks for, the rows whose anchor it begins."""

from __future__ import annotations

import re
from collections.abc import Iterable

from quantgov.secrets import families, naming

SHORTEST = 3
PLAIN = re.compile(rb"(?:[A-Za-z0-9_:/= -]|\\[.+(])+")
QUANTIFIED = (b"{", b"*", b"+", b"?")
LOOSE = re.compile(rb"\(\?i:(?P<word>[^()|\[\]\\{}?*+]+)\)(?P<rest>.*)", re.DOTALL)
PRECEDED = re.compile(rb"(?P<start>[^\\(\[]+)\(\?<=(?P<before>.*?)(?P=start)\)(?P<rest>.*)", re.DOTALL)
HEAD = '''"""Made by tools/generate.py from the tables in families/: what the prefilter looks for, and whose it is."""

# fmt: off
# ruff: noqa: E501

from __future__ import annotations
'''


def literal_of(anchor: bytes) -> bytes:
    """The bytes, in lower case, that every match of an anchor begins with."""
    loose = LOOSE.fullmatch(anchor)
    if loose:
        return loose["word"].lower()
    found = PLAIN.match(anchor)
    if not found:
        return b""
    literal = found.group()
    if anchor[len(literal) : len(literal) + 1] in QUANTIFIED:
        literal = literal[:-2] if literal[-2:-1] == b"\\" else literal[:-1]
    return literal.replace(b"\\", b"").lower()


def literals() -> dict[bytes, list[tuple[bytes, str, int]]]:
    """For each literal: the anchors that it begins, with their rows."""
    found: dict[bytes, list[tuple[bytes, str, int]]] = {}
    for family, at, anchor in _anchors():
        literal = literal_of(anchor)
        if len(literal) >= SHORTEST:
            found.setdefault(literal, []).append((anchor, family, at))
    return dict(sorted(found.items()))


def shapes() -> list[tuple[bytes, bytes, int, str, int]]:
    """Of each anchor without a literal: as `re` takes it, without lookbehind, its width, and its row.

    Raises ValueError for one that is not of a fixed length: where such a match begins cannot be told from its end.
    """
    found = []
    for family, at, anchor in _anchors():
        if len(literal_of(anchor)) < SHORTEST:
            parts = PRECEDED.fullmatch(anchor)
            behind = parts["start"] + parts["rest"] if parts else anchor
            least, most = _width(behind)
            if least != most or b"(?" in behind or not PLAIN.match(anchor):
                raise ValueError(f"{family}[{at}]: {anchor!r} has neither a literal of {SHORTEST} bytes nor one length")
            found.append((anchor, (parts["before"] if parts else b"") + behind, least, family, at))
    return sorted(found)


def _anchors() -> Iterable[tuple[str, int, bytes]]:
    for family in families.FAMILIES:
        for at, row in enumerate(families.rows(family)):
            for anchor in row.anchors:
                yield family, at, anchor


def _width(pattern: bytes) -> tuple[int, int]:
    from re import _parser  # type: ignore[attr-defined]  # the only place that knows a pattern's width

    least, most = _parser.parse(pattern).getwidth()
    return int(least), int(most)


def traces() -> list[bytes]:
    rows = (row for family in families.FAMILIES for row in families.rows(family))
    return sorted({trace for row in rows for trace in row.traces})


def _shared(written: str) -> str:
    """What anchors have in common, written once: nearly all of the index would be that, and read at every commit."""
    for at, part in enumerate(naming.SHARED):
        written = written.replace(repr(part)[2:-1], f"' + SHARED_{at} + b'")
    return written


def render() -> str:
    lines = [HEAD, *(f"SHARED_{at} = {part!r}" for at, part in enumerate(naming.SHARED))]
    lines += ["LITERALS: dict[bytes, tuple[tuple[bytes, str, int], ...]] = {"]
    for literal, anchors in literals().items():
        lines.append(f"    {literal!r}: {_shared(repr(tuple(anchors)))},")
    lines += ["}", "SHAPES: tuple[tuple[bytes, bytes, int, str, int], ...] = ("]
    lines += [f"    {each!r}," for each in shapes()]
    lines += [")", "TRACES = (", *(f"    {each!r}," for each in traces()), ")"]
    return "\n".join(lines) + "\n"
