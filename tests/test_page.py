"""Documents that somebody wrote, read by their keys."""

from __future__ import annotations

import pytest

from quantgov.page import Page

PAGE = Page.of(b"version: 1\nname: Gap\nis_live: true\ncontacts:\n  - name: Alice\n  - 5\n")


def test_values_are_found_with_their_places() -> None:
    assert PAGE.items("contacts") == [(0, {"name": "Alice"})]
    assert PAGE.place("contacts", 0, "name") == (5, 11)
    assert PAGE.place("contacts", 0, "email") == (5, 5)
    assert [PAGE.get("version"), PAGE.get("contacts", "name")] == [1, None]


def test_text_is_what_stands_on_one_line() -> None:
    assert [PAGE.text(key) for key in ("version", "name", "contacts", "owner")] == ["1", "Gap", "", ""]


def test_true_is_no_number() -> None:
    assert [PAGE.number(key) for key in ("version", "name", "is_live", "owner")] == [1, None, None, None]


@pytest.mark.parametrize("data", [b"", b"a: [", b"- 1\n", b"\xff"])
def test_what_is_no_mapping_holds_nothing(data: bytes) -> None:
    page = Page.of(data)
    assert (page.value, page.text("version"), page.items("contacts")) == ({}, "", [])
    assert page.place("contacts", 0) == (1, 1)
