"""Edits in place: what an edit is about changes, and not a byte of anything else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_yaml import written

from quantgov import documents
from quantgov.amend import amend
from quantgov.errors import UsageError

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap

FIXTURES = Path(__file__).parent / "fixtures"
S2 = (FIXTURES / "reference" / "s2-passport.yaml").read_bytes()


def suspend(document: CommentedMap) -> None:
    document["status"] = "suspended"


def nothing(document: CommentedMap) -> None:
    pass


def changed_lines(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """Lines that are only in the one, and only in the other."""
    old, new = before.split(b"\n"), after.split(b"\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_one_value_is_one_line() -> None:
    assert changed_lines(S2, amend(S2, suspend)) == ([b'status: "production"'], [b'status: "suspended"'])


def test_a_new_key_stands_above_the_comment_of_what_follows() -> None:
    def report(document: CommentedMap) -> None:
        document["backtest"]["report_file"] = "report.yaml"

    after = amend(S2, report)
    assert b"  commission_per_share: 0.004\n  report_file: report.yaml\n\n# Validation results\n" in after
    assert changed_lines(S2, after) == ([], [b"  report_file: report.yaml"])


def test_a_key_inserted_between_others_leaves_their_comments_where_they_are() -> None:
    def summary(document: CommentedMap) -> None:
        document.insert(list(document).index("alpha_thesis") + 1, "summary", "Sells gaps")

    assert b'volatility"\nsummary: Sells gaps\n\n# Data requirements\ndata_sources:' in amend(S2, summary)


def test_a_new_entry_of_a_list_has_the_indentation_of_the_others() -> None:
    def source(document: CommentedMap) -> None:
        document["data_sources"].append({"source": "Other", "endpoints": ["a"]})

    added = b'    provider: "internal"\n  - source: Other\n    endpoints:\n      - a\n\n# Backtest parameters\n'
    assert added in amend(S2, source)


def test_a_deleted_key_takes_its_line_along() -> None:
    def shorten(document: CommentedMap) -> None:
        del document["backtest"]["universe"]

    assert changed_lines(S2, amend(S2, shorten)) == ([b'  universe: "NASDAQ-100"'], [])


ODD = b"""\
# top
---
a: 1   # one
b:
    - x
    -   y: 1
        z:   2

# next
c: plain over
  two lines
long: %s
d: {a: 1,   b: [1,2]}
'e': >-
   folded
   text
f: "\\u00e9"
# end
""" % (b"word " * 60 + b"end")


@pytest.mark.parametrize(
    "data",
    [
        ODD,
        ODD.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + ODD,
        ODD.rstrip(b"\n"),
        ODD + b"...\n",
        ODD.replace(b"# end\n", b""),
    ],
    ids=["as it is", "CRLF", "byte order mark", "no last line end", "an end", "no comment at the end"],
)
def test_every_line_that_an_edit_is_not_about_stays_as_it_was_written(data: bytes) -> None:
    def edit(document: CommentedMap) -> None:
        document["a"] = 2
        document["b"].append("new")
        document["g"] = "2026-01-15"

    after = amend(data, edit)
    old, new = changed_lines(data, after)
    assert [line.strip() for line in old if line.strip() not in (b"# end", b"...")] == [b"a: 1   # one"]
    assert [line.strip() for line in new] == [b"a: 2   # one", b"- new", b"g: 2026-01-15"]
    assert (b"\r\n" in after) == (b"\r\n" in data)
    assert after.count(b"\r\n") in (0, after.count(b"\n"))
    assert after.startswith(data[:6])


@pytest.mark.parametrize(
    "text", ["yes", "017", "1e3", "", "a: b", "# x", "2 lines\nof text", "null", "<<", "1_000", "é", " x"]
)
def test_new_text_is_quoted_where_a_reader_would_take_it_for_something_else(text: str) -> None:
    def edit(document: CommentedMap) -> None:
        document["name"] = text

    loaded = documents.load(amend(b"name: Gap\n", edit)).value
    assert loaded == {"name": text}


def test_dates_are_text_to_an_edit_and_stay_bare() -> None:
    seen: list[object] = []

    def edit(document: CommentedMap) -> None:
        seen.append(document["date"])
        document["next"] = "2026-01-16"

    assert amend(b"date: 2026-01-15\n", edit) == b"date: 2026-01-15\nnext: 2026-01-16\n"
    assert seen == ["2026-01-15"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: &x 1\n", "line 1: an anchor (&x)"),
        (b"a: 1\nb: yes\n", "line 2: 'yes' is a boolean to some readers and text to others"),
        (b"a: 1\na: 2\n", "line 2: 'a' is here twice, first on line 1"),
        (b"", "the document is empty; it must be a mapping"),
        (b"- a\n", "the document is a list; it must be a mapping"),
        (b"a: \xff\n", "line 1: this is not UTF-8"),
        (b"a:\t1\n", "line 1: found character '\\t' that cannot start any token"),
        (b"%YAML 1.1\n---\na: 1:30\n", "this cannot be edited in place without changing what else it says"),
    ],
)
def test_what_cannot_be_loaded_is_not_edited(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        amend(data, suspend)
    assert refused.value.message == message
    assert refused.value.help


# --- for every document


@given(written())
def test_without_an_edit_nothing_changes(text: str) -> None:
    assert amend(text.encode(), nothing) == text.encode()


@given(written(), st.booleans())
def test_an_edit_adds_just_what_it_adds(text: str, crlf: bool) -> None:
    def edit(document: CommentedMap) -> None:
        document["new"] = "value"

    data = (text.replace("\n", "\r\n") if crlf else text).encode()
    before = documents.load(data).value
    assert isinstance(before, dict)
    after = amend(data, edit)
    assert documents.load(after).value == {**before, "new": "value"}
    assert sorted(after.split()) == sorted([*data.split(), b"new:", b"value"])


@given(written(), st.data())
def test_a_replaced_value_leaves_every_comment(text: str, data: st.DataObject) -> None:
    before = documents.load(text.encode()).value
    assert isinstance(before, dict)
    key = data.draw(st.sampled_from(sorted(before)))

    def edit(document: CommentedMap) -> None:
        document[key] = 42

    after = amend(text.encode(), edit)
    assert documents.load(after).value == {**before, key: 42}
