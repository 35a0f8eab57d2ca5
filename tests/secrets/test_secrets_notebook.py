"""Notebooks: every cell searched as the text that it is, every hit told by its cell and by its place in the file."""

from __future__ import annotations

import base64
import json
import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_up_secrets import ALNUM, HEX, UPPER_DIGITS, alpaca_id, body, letters, pem, tickdb

from quantgov.secrets import exposure
from quantgov.secrets.hit import Hit
from quantgov.secrets.scanner import scan

PASSWORD = "Kettle" + "#" + "427"
AWS = "AKIA" + body(16, UPPER_DIGITS)
IMAGE = base64.b64encode(random.Random(1).randbytes(3000)).decode()  # noqa: S311  # pixels
Cell = dict[str, object]
SECONDS = 9  # of processor time for one of the hostile ones, coverage included


def code(*source: str, outputs: tuple[Cell, ...] = ()) -> Cell:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "id": body(8, HEX),
        "metadata": {},
        "outputs": list(outputs),
        "source": list(source),
    }


def text(*source: str, kind: str = "markdown") -> Cell:
    return {"cell_type": kind, "id": body(8, HEX), "metadata": {}, "source": list(source)}


def shown(mime: str, value: object) -> Cell:
    return {"output_type": "display_data", "data": {mime: value}, "metadata": {}}


def printed(*lines: str) -> Cell:
    return {"output_type": "stream", "name": "stdout", "text": list(lines)}


def file(*cells: Cell, **metadata: object) -> bytes:
    """As Jupyter writes it."""
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def at(data: bytes, hit: Hit) -> str:
    """What stands in the file where the hit says."""
    return data.decode().split("\n")[hit.line - 1][hit.column - 1 :]


def told(data: bytes, path: str = "research/a.ipynb") -> list[tuple[str, str]]:
    return [(hit.secret.decode(), hit.where) for hit in scan(data, path)]


def test_a_key_in_a_cell_is_told_by_cell_and_line_and_by_its_place_in_the_file() -> None:
    data = file(text("# Momentum\n", "Daily bars."), code("import os\n", f"key = '{tickdb()}'  # é\n", "key"))
    (hit,) = scan(data, "research/a.ipynb")
    assert (hit.cell, hit.where, hit.secret.decode()) == (2, "cell 2, line 2", tickdb())
    assert at(data, hit).startswith(tickdb())
    assert data[hit.start :].startswith(tickdb().encode())
    assert exposure.finding(hit).message.endswith("(32 characters) in cell 2, line 2")


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (printed("connected\n", f"with {tickdb()}\n"), 2),
        (shown("text/plain", [f"Client('{tickdb()}')"]), 1),
        (shown("text/html", f"<td>{tickdb()}</td>"), 1),
        (shown("text/markdown", ["a\n", "b\n", tickdb()]), 3),
        (shown("application/javascript", f"init('{tickdb()}')"), 1),
        (shown("image/svg+xml", ["<svg>\n", f"<text>{tickdb()}</text></svg>"]), 2),
        ({"output_type": "error", "ename": "E", "evalue": f"bad {tickdb()}", "traceback": []}, 1),
        ({"output_type": "error", "ename": "E", "evalue": "bad", "traceback": ["\x1b[31mE\x1b[0m\n", tickdb()]}, 2),
    ],
)
def test_text_outputs_are_searched(output: Cell, line: int) -> None:
    data = file(code("run()"), code("run()", outputs=(output,)))
    (hit,) = scan(data, "a.ipynb")
    assert (hit.cell, hit.where) == (2, f"the output of cell 2, line {line}")
    assert at(data, hit).startswith(tickdb())


@pytest.mark.parametrize(
    "cell",
    [
        code("run()", outputs=(shown("application/vnd.plotly.v1+json", {"layout": {"title": tickdb()}}),)),
        code("run()", outputs=(shown("image/png", tickdb()),)),
        code("run()", outputs=(shown("image/png", f"not an image: {tickdb()} " + "A" * 200),)),
        {**code("run()"), "metadata": {"api": tickdb()}},
        {**code("run()"), "id": tickdb()},
        {**code("run()"), tickdb(): 1},
        {**text("a"), "attachments": {"a.png": {"image/png": tickdb()}}},
        {"cell_type": "code", "source": {"nested": [tickdb()]}},
        {"cell_type": "code", "outputs": [{"data": {"a": {"b": {"c": {"d": {"e": {"f": [tickdb()]}}}}}}}]},
    ],
)
def test_nothing_hides_in_the_rest(cell: Cell) -> None:
    data = file(cell)
    (hit,) = scan(data, "a.ipynb")
    assert (hit.cell, hit.where, hit.secret.decode()) == (0, "", tickdb())
    assert at(data, hit).startswith(tickdb())
    assert told(file(code("x"), kernelspec={"env": {"KEY": tickdb()}})) == [(tickdb(), "")]


def test_images_and_ids_give_nothing_away() -> None:
    image = IMAGE[:500] + AWS + IMAGE[500:]
    lines = [image[start : start + 76] + "\n" for start in range(0, len(image), 76)]
    state = {"buffers": [{"data": image, "encoding": "base64", "path": ["value"]}], "state": {"value": 1}}
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {body(32, HEX): state}}}
    data = file(
        code("plot()", outputs=(shown("image/png", image), shown("application/pdf", lines))),
        {**text("![a](attachment:a.png)"), "attachments": {"a.png": {"image/png": image}}},
        {**code("x"), "id": "-".join(body(length, HEX) for length in (8, 4, 4, 4, 12))},
        widgets=widgets,
    )
    assert scan(data, "a.ipynb") == []
    assert told(file(code("plot()", outputs=(shown("image/png", AWS),)))) == [(AWS, "")]


def test_what_a_widget_was_given_is_searched() -> None:
    state = {"state": {"description": "token", "value": tickdb()}}
    assert told(file(code("x"), widgets={"application/vnd.jupyter.widget-state+json": {"state": {"1": state}}})) == [
        (tickdb(), "")
    ]


def test_the_old_format_has_its_cells_in_worksheets() -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Momentum"]},
        {
            "cell_type": "code",
            "input": ["import x\n", f"key = '{tickdb(1)}'"],
            "outputs": [
                {"output_type": "pyout", "text": [f"'{tickdb(2)}'"], "html": f"<b>{tickdb(3)}</b>", "png": IMAGE + AWS},
                {"output_type": "stream", "text": "ok"},
            ],
        },
    ]
    sheets = [{"cells": [cells[0]]}, {"cells": [cells[1]]}]
    data = json.dumps({"metadata": {"name": ""}, "nbformat": 3, "worksheets": sheets}, indent=1).encode()
    assert told(data) == [
        (tickdb(1), "cell 2, line 2"),
        (tickdb(2), "the output of cell 2, line 1"),
        (tickdb(3), "the output of cell 2, line 1"),
    ]


def test_a_notebook_is_known_by_its_form_as_well() -> None:
    data = file(code("a\n", tickdb()))
    assert told(data, "notes.json") == told(b"\xef\xbb\xbf \n" + data, "") == [(tickdb(), "cell 1, line 2")]
    assert told(data.replace(b'"nbformat"', b'"format"'), "notes.json") == [(tickdb(), "")]
    assert told(file(code(), code("a\n", "b\n", tickdb())).decode().encode("utf-16"), "") == [
        (tickdb(), "cell 2, line 3")
    ]


def test_cells_stand_beside_each_other_for_what_needs_a_context() -> None:
    data = file(code("import alpaca_trade_api"), text("Here we go."), code(f"api = REST('{alpaca_id()}')"))
    assert told(data) == [(alpaca_id(), "cell 3, line 1")]


def test_lines_are_counted_in_each_field_whatever_ends_them() -> None:
    source = code("a\r\n", "b\r\n", f"c {tickdb(1)}\r\n", "d\r", f"e {tickdb(2)}")
    assert told(file(source, code(tickdb(3)), code("", "", "\n", tickdb(4)))) == [
        (tickdb(1), "cell 1, line 3"),
        (tickdb(2), "cell 1, line 5"),
        (tickdb(3), "cell 2, line 1"),
        (tickdb(4), "cell 3, line 2"),
    ]


def test_a_private_key_over_lines_is_one_hit() -> None:
    lines = [line + "\n" for line in pem().split("\n")]
    for source in (lines, ["".join(lines)], ["".join(lines).replace("\n", "\r\n")]):
        data = file(code("key = '''\n", *source, "'''"))
        (hit,) = scan(data, "a.ipynb")
        assert (hit.detector, hit.where) == ("private-key", "cell 1, line 2")
        assert at(data, hit).startswith("-----BEGIN RSA")
        assert hit.secret.decode().split() == pem().split()


def test_quotes_and_escapes_around_a_value_are_read() -> None:
    aws = body(40, ALNUM + "+/")
    source = f'''{{"k": "v\\\\"}}\naws_key("{aws}")\nurl = "postgres://quant:{PASSWORD}@db.internal/t"\n'''
    written = file(code(source)).replace(b"/", b"\\/")
    assert [hit.secret.decode() for hit in scan(written, "a.ipynb")] == [aws, PASSWORD]


def test_halves_of_pairs_and_other_escapes_are_characters() -> None:
    for written in ("\\ud83d\\ude00", "\\ud83d", "\\ude00 \\ud83d", "\\b\\f\\t\\/\\x", "\\u00e9\\u4e2d", "\\u12"):
        data = file(code("SOURCE\n", tickdb())).replace(b"SOURCE", f"{written} {tickdb(1)} {written}".encode())
        first, second = scan(data, "a.ipynb")
        assert (at(data, first)[:32], first.where) == (tickdb(1), "cell 1, line 1")
        assert (at(data, second)[:32], second.where) == (tickdb(), "cell 1, line 2")


def test_a_file_that_a_merge_has_left_in_conflict_is_searched_all_the_same() -> None:
    data = file(code("a\n", f"{tickdb(1)}\n"), code(tickdb(2)))
    broken = data.replace(b'   "a\\n"', b'<<<<<<< HEAD\n   "a\\n"\n=======\n   "b\\n"\n>>>>>>> theirs')
    assert broken != data
    assert [secret for secret, _ in told(broken)] == [tickdb(1), tickdb(2)]


@given(st.data())
def test_a_file_cut_short_anywhere_is_searched_to_its_end(data: st.DataObject) -> None:
    whole = file(text("a"), code(f"key = '{tickdb()}'", outputs=(printed("x\n"),)), code('"\\"'))
    until = data.draw(st.integers(whole.index(tickdb().encode()) + len(tickdb()), len(whole)))
    assert [hit.secret.decode() for hit in scan(whole[:until], "a.ipynb")] == [tickdb()]


lines = st.lists(st.text(st.sampled_from("ab é™😀{}[]\"'\\,:\t"), max_size=20), max_size=6)
leaks = st.sampled_from(
    [
        f"KEY = '{tickdb()}'",
        AWS,
        f'broker_secret = "{body(40)}"',
        f"password: '{PASSWORD}'",
        f"postgres://quant:{body(12)}@db.internal/ticks",
        f"aws_key = '{body(40, ALNUM + '+/', 3)}'",
    ]
)


def split(source: str, how: str, chooser: random.Random) -> object:
    """As nbformat keeps a text: in lines, in one string, or in any pieces."""
    if how == "lines":
        return source.splitlines(keepends=True)
    if how == "pieces":
        cuts = sorted(chooser.sample(range(len(source) + 1), min(3, len(source))))
        return [source[start:end] for start, end in zip([0, *cuts], [*cuts, len(source)], strict=True)]
    return source


@given(
    before=lines,
    leak=leaks,
    after=lines,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    how=st.sampled_from(["lines", "string", "pieces"]),
    indent=st.sampled_from([None, 1, 4]),
    plain=st.booleans(),
    version=st.sampled_from([3, 4]),
    place=st.integers(0, 3),
    chooser=st.randoms(use_true_random=False),
)
def test_a_secret_in_a_code_cell_is_always_found_however_the_file_is_written(
    before: list[str],
    leak: str,
    after: list[str],
    end: str,
    how: str,
    indent: int | None,
    plain: bool,
    version: int,
    place: int,
    chooser: random.Random,
) -> None:
    source = end.join([*before, f"x = {leak}", *after])
    cells: list[Cell] = [text("# heading", "é\n"), code("x = 1"), code("y = 2\n", outputs=(printed("z\n"),))]
    cells.insert(place, {**code(), "source" if version == 4 else "input": split(source, how, chooser)})
    sheets = {"cells": cells} if version == 4 else {"worksheets": [{"cells": cells}]}
    data = json.dumps({**sheets, "metadata": {}, "nbformat": version}, indent=indent, ensure_ascii=plain).encode()
    wanted = {hit.secret: (hit.line, hit.secret) for hit in scan(f"x = {leak}".encode())}
    assert wanted
    hits = {hit.secret: hit for hit in scan(data, "a.ipynb")}
    assert wanted.keys() <= hits.keys()
    for secret in wanted:
        hit = hits[secret]
        assert (hit.cell, hit.where) == (place + 1, f"cell {place + 1}, line {len(before) + 1}")
        if how != "pieces":
            assert at(data, hit).startswith(json.dumps(secret.decode())[1:-1])


@given(st.binary(max_size=400))
@example(b'{"cells": [{"source": ["')
@example(b'{"cells": [{"source": ["\\')
@example(b'}}}]]"a":{"b"')
@example(b'"a": {"cells": 1}')
def test_no_content_breaks_the_search_of_notebooks(noise: bytes) -> None:
    for data in (noise, b'{"cells": [{"source": ["' + noise, noise + file(code(tickdb()))):
        scan(data, "a.ipynb")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20) | st.just("source"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["cells", "source", "outputs", "data", "text", "a"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values, json_values)
def test_a_secret_in_any_json_is_found(first: object, last: object) -> None:
    data = json.dumps({"cells": [first, {"source": [f"'{tickdb()}'"]}, last], "metadata": last}).encode()
    assert tickdb() in [hit.secret.decode() for hit in scan(data, "a.ipynb")]


@pytest.mark.parametrize(
    "data",
    [
        b'{"cells":[' * 100_000,
        b"[" * 1_000_000,
        b'"' + b'\\"' * 500_000,
        b'"a\\' * 300_000,
        b'{"a":' * 200_000 + b'"x"' + b"}" * 200_000,
        b'{"cells":[{"source":["' + b"\\u00e9" * 150_000 + b'"',
        b'{"cells":[{"outputs":[{"data":{"image/png":"' + (b"A\\n" * 300_000) + b"?",
        b'{"cells":[{"id":"' + b"a-" * 500_000,
        b'{"cells":[{"source":["' + b"\\n".join(tickdb(n).encode() for n in range(3_000)) + b'"]}]}',
        b'{"cells":[{"source":[' + b'"a",' * 200_000,
    ],
    ids=lambda data: data[:24].decode(),
)
def test_hostile_files_take_no_longer_than_others(data: bytes) -> None:
    before = time.process_time()
    scan(data, "a.ipynb")
    assert time.process_time() - before < SECONDS


def test_letters_alone_are_no_secret_in_a_cell_either() -> None:
    assert told(file(code(f"secret = '{letters(12)}'\n", "api_key = os.environ['KEY']\n"))) == []
