"""Counts, sizes and lists as sentences have them."""

from __future__ import annotations

import pytest

from quantgov.wording import counted, few


@pytest.mark.parametrize(("number", "said"), [(0, "0 files"), (1, "1 file"), (2000, "2,000 files")])
def test_a_count(number: int, said: str) -> None:
    assert counted(number, "file") == said


@pytest.mark.parametrize(("names", "said"), [("", ""), ("a", "a"), ("abc", "a, b, c"), ("abcd", "a, b, c and 1 more")])
def test_of_a_long_list_the_first_are_named(names: str, said: str) -> None:
    assert few(list(names)) == said


def test_of_a_list_as_many_are_named_as_are_asked_for() -> None:
    assert few(["a", "b"], 1) == "a and 1 more"
