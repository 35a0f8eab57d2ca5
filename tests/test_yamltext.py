"""Plain data as YAML that every reader takes for the same."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quantgov import documents
from quantgov.yamltext import WIDTH, written

NUMBERS = st.integers(-(10**16), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_is_written_is_read_back(value: dict[str, object]) -> None:
    text = written(value)
    assert documents.load(text).value == (value or {}) or not value
    assert (yaml.safe_load(text) or {}) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("gap", "gap"),
        ("results/gap/x.yaml", "results/gap/x.yaml"),
        ("2024-01-02", "2024-01-02"),
        ("2024-01-02T09:30:00Z", "2024-01-02T09:30:00Z"),
        ("yes", '"yes"'),
        ("1e5", '"1e5"'),
        ("a: b", '"a: b"'),
        ("\x85\u2028", '"\\u0085\\u2028"'),
        ("\U000e0001", '"\\U000e0001"'),
        (1e-09, "1.0e-09"),
        (1e22, "1.0e+22"),
        (2.0, "2.0"),
        ({}, "{}"),
        ([], "[]"),
        ([1, "a, b"], '[1, "a, b"]'),
    ],
)
def test_a_value_has_one_spelling(value: object, text: str) -> None:
    assert written({"x": value}) == f"x: {text}\n".encode()


def test_long_lists_are_broken_between_their_items() -> None:
    value = {"symbols": [f"S{number}.US" for number in range(200)]}
    lines = written(value).decode().splitlines()
    assert max(map(len, lines)) <= WIDTH + 1
    assert documents.load(written(value)).value == value


def test_an_item_that_is_longer_than_a_line_stands_alone() -> None:
    value = {"words": ["x" * 200, "y" * 200]}
    assert documents.load(written(value)).value == value


def test_a_name_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(ValueError, match="no UTF-8"):
        written({"path": "\udcff.csv"})
