"""Notebooks as text: where their parts stand, in which order they ran, and what is left of them without outputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantgov import notebooks
from quantgov.change import Blob
from quantgov.git import Entry
from quantgov.notebooks import NotebookError, parse
from quantgov.rule import Unjudged
from quantgov.tree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping

    Fields = Mapping[str, object]

STREAM = {"name": "stdout", "output_type": "stream", "text": ["Sharpe 1.45 é\n"]}


def code(source: object = "x = 1", count: object = None, outputs: object = (), **more: object) -> Fields:
    given = {"cell_type": "code", "execution_count": count, "metadata": {}, "outputs": outputs, "source": source}
    return {**given, **more}


def written(*cells: Fields, indent: int | None = 1, ascii: bool = False, **more: object) -> bytes:
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return (json.dumps(whole, indent=indent, ensure_ascii=ascii) + "\n").encode()


def stripped(data: bytes) -> bytes:
    return parse(data).stripped().encode()


# Reading


def test_cells_are_numbered_from_one_whatever_they_are() -> None:
    found = parse(
        written({"cell_type": "markdown", "source": "# Gap", "outputs": [1]}, code(["a\n", "b"], 3, [STREAM]))
    )
    assert [(cell.number, cell.is_code, cell.text, cell.ran_as) for cell in found.cells] == [
        (1, False, "# Gap", None),
        (2, True, "a\nb", 3),
    ]
    assert found.cells[0].outputs is None


def test_an_old_notebook_has_its_cells_in_worksheets() -> None:
    sheet = {"cells": [{"cell_type": "code", "input": ["x"], "outputs": [STREAM], "prompt_number": 7}]}
    found = parse(json.dumps({"worksheets": [sheet, sheet], "metadata": {}, "nbformat": 3}).encode())
    assert [(cell.number, cell.text, cell.ran_as) for cell in found.cells] == [(1, "x", 7), (2, "x", 7)]
    assert [number for number, _ in found.outputs()] == [1, 2]


def test_a_value_is_measured_as_it_stands() -> None:
    found = parse(written(code(outputs=[STREAM]), indent=None))
    ((number, value),) = found.outputs()
    as_it_stands = json.dumps([STREAM], ensure_ascii=False)
    assert (number, found.size(value), found.text[value.start : value.end]) == (
        1,
        len(as_it_stands.encode()),
        as_it_stands,
    )
    assert found.place(value.start) == (1, found.text.index('[{"name"') + 1)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "line 1, column 1: Expecting value"),
        (b'{"cells": [\n<<<<<<< ours\n', "line 2, column 1: Expecting value"),
        (b'{"cells": []}\n\n{}', "line 3: something stands behind its end"),
        (b"[]", "it has no cells"),
        (b'"cells"', "it has no cells"),
        (b'{"metadata": {}}', "it has no cells"),
        (b'{"worksheets": [{}]}', "it has no cells"),
        (b'{\n"cells": "\xff"}', "line 2: it is not in UTF-8"),
        (b'{"cells": ' + b"[" * 100_000, "it is nested too deep"),
        (b'{"cells": [' + b"1" * 5_000 + b"]}", "Exceeds the limit (4300 digits) for integer string conversion: "
         "value has 5000 digits; use sys.set_int_max_str_digits() to increase the limit"),
    ],
    ids=["empty", "conflict", "two", "list", "text", "no cells", "empty sheet", "latin-1", "deep", "number"],
)  # fmt: skip
def test_what_is_no_notebook_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(NotebookError) as raised:
        parse(data)
    assert str(raised.value) == reason


@pytest.mark.parametrize(
    "data",
    [
        b'{"cells": {}}',
        b'{"cells": [1, null, [], {}], "metadata": []}',
        b'{"cells": [{"cell_type": "code", "source": {"a": 1}, "execution_count": "1"}]}',
        b'{"cells": [{"cell_type": "code"}]}',
        b'{"cells": [{"cell_type": "code", "source": [1, "x"], "execution_count": true}]}',
    ],
)
def test_what_no_notebook_program_writes_is_read_as_nothing(data: bytes) -> None:
    found = parse(data)
    assert (found.out_of_order(), list(found.outputs())) == (None, [])


@pytest.mark.parametrize("source", [["a = 'é\\n'\n", "", 1, '"😀" + "\t/home/x"'], "a = '\\u00e9'\n\"😀/home/x"])
@pytest.mark.parametrize("ascii", [True, False])
def test_a_character_of_a_source_is_found_in_the_file(source: object, ascii: bool) -> None:
    found = parse(b"\xef\xbb\xbf" + written({"cell_type": "raw", "source": "x"}, code(source), ascii=ascii))
    cell = found.cells[1]
    at = [cell.text.index(part) for part in ("a =", '"', "/home", "x")]
    shown = [found.text.split("\n")[line - 1][column - 1 :] for line, column in found.places_in(cell, at)]
    assert [each[: len(part)] for each, part in zip(shown, ("a =", '\\"', "/home/x", "x"), strict=True)] == [
        "a =", '\\"', "/home/x", "x",
    ]  # fmt: skip


# Order


@pytest.mark.parametrize(
    ("counts", "fault"),
    [
        ((1, 2, 3), None),
        ((8, 9, 20), None),
        ((1, None, 2), None),
        ((None, None), None),
        ((), None),
        ((1, 7, 2, 1), (3, 2)),
        ((2, None, 1), (3, 1)),
        ((1, 1), (2, 1)),
    ],
)
def test_order_is_that_of_the_counts(counts: tuple[int | None, ...], fault: tuple[int, int] | None) -> None:
    found = parse(written(*(code(count=count) for count in counts))).out_of_order()
    assert (found and (found[0].number, found[1].number)) == fault


def test_cells_that_are_empty_or_no_code_have_no_order() -> None:
    empty, prose = code(" \n", 9), {"cell_type": "raw", "source": "x", "execution_count": 9}
    assert parse(written(empty, prose, code(count=1), empty)).out_of_order() is None


# Without outputs


@pytest.mark.parametrize("indent", [None, 1, 2, 4])
@pytest.mark.parametrize("ascii", [True, False])
def test_only_outputs_and_counts_go(indent: int | None, ascii: bool) -> None:
    kept = {"metadata": {"tags": ["é"]}, "id": "a"}
    data = written(code("é", 3, [STREAM], **kept), code(count=4), indent=indent, ascii=ascii)
    assert stripped(data) == written(code("é", None, [], **kept), code(), indent=indent, ascii=ascii)


def test_what_is_written_unlike_anybody_else_stays_so() -> None:
    data = (
        b'\xef\xbb\xbf{ "nbformat":4 ,\r\n"cells":[{"outputs" : [ {"a":"\\u00e9\\/]"} ],"cell_type":"code",\r\n'
        b'"source":"\\u00e9 \\"outputs\\": [1]", "execution_count" :12 , "x":1e5}],'
        b'"metadata":{"widgets":{"a":1}, "n":-0.0}}'
    )
    assert stripped(data) == (
        b'\xef\xbb\xbf{ "nbformat":4 ,\r\n"cells":[{"outputs" : [],"cell_type":"code",\r\n'
        b'"source":"\\u00e9 \\"outputs\\": [1]", "execution_count" :null , "x":1e5}],'
        b'"metadata":{"widgets":{}, "n":-0.0}}'
    )


def test_what_has_no_outputs_stays_as_it_is() -> None:
    data = b'{"cells": [{"cell_type": "code", "outputs": [\n ], "execution_count": null}, {"outputs": [1]}]}'
    assert stripped(data) == data


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CELL = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown"]), "source": st.text() | st.lists(st.text())},
    optional={"outputs": st.lists(JSON), "execution_count": JSON, "metadata": JSON, "id": st.text()},
)


@given(st.lists(CELL), JSON, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_whatever_the_notebook_only_outputs_and_counts_go(
    cells: list[dict[str, object]], metadata: object, indent: int | str | None, ascii: bool
) -> None:
    def text(given: list[dict[str, object]], about: object) -> bytes:
        return json.dumps({"cells": given, "metadata": about}, indent=indent, ensure_ascii=ascii).encode()

    bare = [dict(cell) for cell in cells]
    for cell in bare:
        if cell["cell_type"] == "code":
            cell.update({"outputs": []} if cell.get("outputs") else {})
            cell.update({"execution_count": None} if "execution_count" in cell else {})
    about = {**metadata, "widgets": {}} if isinstance(metadata, dict) and metadata.get("widgets") else metadata
    after = stripped(text(cells, metadata))
    assert after == text(bare, about)
    assert stripped(after) == after


# Files


def said(data: bytes, mode: int = 0o100644) -> str:
    tree = MemoryTree({"a.ipynb": data})
    entry = tree.entry("a.ipynb")
    assert entry
    found = notebooks.read(Blob("a.ipynb", Entry(mode, entry.oid), tree))
    return found.reason if isinstance(found, Unjudged) else "read"


def test_what_cannot_be_read_of_a_file_is_left_unjudged() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 10\n"
    assert said(written(code())) == said(written(code()), 0o100755) == "read"
    assert said(b"../a.ipynb", 0o120000) == "a symbolic link"
    assert said(pointer) == "a notebook in Git LFS, not read"
    assert said(b"{") == (
        "not a notebook that can be read: line 1, column 2: Expecting property name enclosed in double quotes"
    )
    assert said(b" " * (17 << 20)) == "17 MiB, more than is read of a notebook"
