"""Writes quantgov/secrets/index.py and anchors.py: what the prefilter looks for, and what makes a place of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from quantgov.secrets import families, naming  # nothing that reads what is written here

SHORTEST = 3
ISSUED_SIZE = 16  # bytes of a value, from which the prefilter looks for any before it looks for a name's own
PLAIN = re.compile(rb"(?:[A-Za-z0-9_:/= -]|\\[.+(])+")
APART = re.compile(rb"\\s| (?!\])|(?<!\?):")
LOOKING = re.compile(rb"\(\?[=!<]")
QUANTIFIED = (b"{", b"*", b"+", b"?")
LOOSE = re.compile(rb"\(\?i:(?P<word>[^()|\[\]\\{}?*+]+)\)(?P<rest>.*)", re.DOTALL)
PRECEDED = re.compile(rb"(?P<start>[^\\(\[]+)\(\?<=(?P<before>.*?)(?P=start)\)(?P<rest>.*)", re.DOTALL)
HEAD = '''"""Made by tools/generate.py from the tables in families/: {}."""

# fmt: off
{}
from __future__ import annotations
'''
UNWRAPPED = "# ruff: noqa: E501\n"
SOUGHT, ANCHORED = "what the prefilter looks for", "what makes a place of a literal, and whose it is"
MIDDLES = (naming.KEYED, naming.KEYED_ONLY, naming.NAMED, naming.WITH_PASSWORD)
"""What stands in anchors between a name and its value. Before passwords, which may be short, the last one."""


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


Row = tuple[str, int]


def anchors() -> dict[bytes, list[tuple[bytes, Row]]]:
    """For each literal: the anchors that it begins, with their rows."""
    found: dict[bytes, list[tuple[bytes, Row]]] = {}
    for family, at, anchor in _anchors():
        literal = literal_of(anchor)
        if len(literal) >= SHORTEST:
            found.setdefault(literal, []).append((anchor, (family, at)))
    return dict(sorted(found.items()))


def written(found: Iterable[tuple[bytes, Row]]) -> bytes:
    """What prefilter.Anchors reads: how far those of names look, then a line for each anchor, its fields by tabs.

    Of a name the middle, what may stand between it and its value, is given by its number: nearly all of the file would
    be that. Raises ValueError for an anchor that holds a tab or a line's end itself.
    """
    rows = list(found)
    lines = [b"%d" % max((extent(anchor) for anchor, _ in rows if _is_of_a_name(anchor)), default=0)]
    for anchor, (family, at) in rows:
        if b"\t" in anchor or b"\n" in anchor:
            raise ValueError(f"{family}[{at}]: {anchor!r} has to write tabs and line ends with a backslash")
        parts = _parted(anchor) if _is_of_a_name(anchor) else (anchor,)
        lines.append(b"\t".join((family.encode(), b"%d" % at, *parts)))
    return b"\n".join(lines)


def _parted(anchor: bytes) -> tuple[bytes, bytes, bytes]:
    middle = next(at for at, between in enumerate(MIDDLES) if between in anchor)
    before, _, behind = anchor.partition(MIDDLES[middle])
    return before, b"%d" % middle, behind


def _is_of_a_name(anchor: bytes) -> bool:
    """Whether this is a vendor's name with a password behind it, or a value no shorter than the prefilter sees."""
    between = next((between for between in MIDDLES if between in anchor), None)
    if not between or between == naming.WITH_PASSWORD:
        return between is not None
    value = anchor.partition(between)[2]
    return _width(value)[0] >= ISSUED_SIZE and not APART.search(value)


def shapes() -> list[tuple[bytes, bytes, int, tuple[tuple[str, int], ...]]]:
    """Of each anchor without a literal: as `re` takes it, without lookbehind, its width, and its rows.

    Raises ValueError for one that is not of a fixed length: where such a match begins cannot be told from its end.
    """
    found: dict[bytes, list[tuple[str, int]]] = {}
    for family, at, anchor in _anchors():
        if len(literal_of(anchor)) < SHORTEST:
            found.setdefault(anchor, []).append((family, at))
    return [(anchor, *_plain_shape(anchor), tuple(rows)) for anchor, rows in sorted(found.items())]


def _plain_shape(anchor: bytes) -> tuple[bytes, int]:
    parts = PRECEDED.fullmatch(anchor)
    behind = parts["start"] + parts["rest"] if parts else anchor
    least, most = _width(behind)
    if least != most or LOOKING.search(behind) or not PLAIN.match(anchor):
        raise ValueError(f"{anchor!r} has neither a literal of {SHORTEST} bytes nor one length")
    return (parts["before"] if parts else b"") + behind, least


def _anchors() -> Iterable[tuple[str, int, bytes]]:
    for family in families.FAMILIES:
        for at, row in enumerate(families.rows(family)):
            for anchor in row.anchors:
                yield family, at, anchor


def _width(pattern: bytes) -> tuple[int, int]:
    from re import _parser  # type: ignore[attr-defined]  # the only place that knows a pattern's width

    least, most = _parser.parse(pattern).getwidth()
    return int(least), int(most)


def extent(pattern: bytes) -> int:
    """How many bytes from its beginning on a pattern may look at, what its lookaheads see included."""
    from re import _parser  # type: ignore[attr-defined]

    return _extent(_parser.parse(pattern))


def _extent(tree: Any) -> int:
    from re import _constants as ops  # type: ignore[attr-defined]

    at = furthest = 0
    for operation, value in tree:
        inner: list[Any] = []
        times = 1
        if operation in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            times, inner = value[1], [value[2]]
        elif operation is ops.SUBPATTERN:
            inner = [value[-1]]
        elif operation is ops.BRANCH:
            inner = value[1]
        elif operation is ops.ATOMIC_GROUP:
            inner = [value]
        elif operation in (ops.ASSERT, ops.ASSERT_NOT):
            direction, looked = value
            furthest = max(furthest, at + _extent(looked)) if direction > 0 else furthest
        elif operation in (ops.GROUPREF, ops.GROUPREF_EXISTS):
            raise ValueError("how far a reference to a group reaches cannot be told")
        elif operation is not ops.AT:
            at += 1
        width = max((each.getwidth()[1] for each in inner), default=0)
        seen = max((_extent(each) for each in inner), default=0)
        furthest = max(furthest, at + width * (times - 1) + seen)
        at += width * times
    return max(furthest, at) + 1


def traces() -> list[bytes]:
    rows = (row for family in families.FAMILIES for row in families.rows(family))
    return sorted({trace for row in rows for trace in row.traces})


def files() -> dict[str, str]:
    """Both files, by their paths."""
    return {"quantgov/secrets/index.py": index(), "quantgov/secrets/anchors.py": places()}


def index() -> str:
    lines = [HEAD.format(SOUGHT, ""), "LITERALS = ("]
    lines += [f"    {each!r}," for each in anchors()]
    lines += [")", "SHAPES: tuple[tuple[bytes, bytes, int, tuple[tuple[str, int], ...]], ...] = ("]
    lines += [f"    {each!r}," for each in shapes()]
    lines += [")", "TRACES = (", *(f"    {each!r}," for each in traces()), ")"]
    lines += [f"ISSUED_SIZE = {ISSUED_SIZE}", f"PASSWORDS = {MIDDLES.index(naming.WITH_PASSWORD)}"]
    return "\n".join(lines) + "\n"


def places() -> str:
    lines = [HEAD.format(ANCHORED, UNWRAPPED), "MIDDLES = (", *(f"    {each!r}," for each in MIDDLES)]
    lines += [")", "ANCHORS = {"]
    lines += [f"    {literal!r}: {written(found)!r}," for literal, found in anchors().items()]
    return "\n".join([*lines, "}"]) + "\n"
