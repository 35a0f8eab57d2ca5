"""The three engines find the same places, and what the memory of anchors relies on holds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from re import _parser  # type: ignore[attr-defined]  # the only place that knows a pattern's width
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_secrets import pem, plugin_examples, tickdb

from quantgov.secrets import families, prefilter
from quantgov.secrets.index import SHAPES

KEYS = [*(line.encode() for lines in plugin_examples().values() for line in lines), tickdb().encode(), pem().encode()]
WORDS = (b'="', b"': '", b" ", b"\n", b"\r\n", b"_", b"-", b"/", b"==", b"\0", b"\xe9", b"a1B2c3D4e5F6g7H8i9")


def large() -> prefilter.Engine:
    engine = prefilter.large()
    assert engine
    return engine


def found(engine: prefilter.Engine, content: bytes) -> tuple[list[Any], list[Any]]:
    literals, shapes = engine.search(content)
    return sorted(literals), sorted(shapes)


def made(seed: int) -> bytes:
    """Literals in any case, keys that are whole, cut or changed, and what may stand between them."""
    drawn = random.Random(seed)  # noqa: S311  # nothing is protected by it
    parts = []
    for _ in range(drawn.randint(1, 14)):
        literal = drawn.choice(prefilter.all_literals())
        key = bytearray(drawn.choice(KEYS))
        key[drawn.randrange(len(key))] = drawn.randrange(256)
        cut = drawn.choice(KEYS)[: drawn.randint(1, 80)]
        parts.append(drawn.choice((literal, literal.upper(), bytes(key), cut, drawn.choice(KEYS), *WORDS)))
    return b"".join(parts)


@given(st.integers(0, 2**32))
def test_all_engines_find_the_same(seed: int) -> None:
    content = made(seed)
    assert found(prefilter.SMALL, content) == found(prefilter.MEDIUM, content) == found(large(), content)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape[0].decode())
@given(data=st.data())
def test_whatever_has_a_shape_is_found_by_each_engine(
    shape: tuple[bytes, bytes, int, tuple[prefilter.Ref, ...]], data: st.DataObject
) -> None:
    """Also where it is all there is: with every byte that its classes allow, dashes and underscores among them."""
    _, whole, width, refs = shape
    content = data.draw(st.from_regex(whole, fullmatch=True))
    expected = (len(content) - width, refs)
    assert expected in found(large(), content)[1]
    assert found(prefilter.SMALL, content) == found(large(), content)


def looks_behind(pattern: Any) -> Iterator[int]:
    for operation, value in pattern:
        if str(operation) in ("ASSERT", "ASSERT_NOT") and value[0] < 0:
            yield value[1].getwidth()[1]
        yield from (width for inner in parts_of(value) for width in looks_behind(inner))


def parts_of(value: Any) -> Iterator[Any]:
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from parts_of(each)


def test_no_anchor_looks_further_behind_than_is_remembered() -> None:
    anchors = [anchor for family in families.FAMILIES for row in families.rows(family) for anchor in row.anchors]
    widths = [width for anchor in anchors for width in looks_behind(_parser.parse(anchor))]
    assert widths
    assert max(widths) <= prefilter.BEHIND
