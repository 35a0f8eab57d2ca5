"""The YAML loader: what it accepts, what it refuses and with which words, and where it says things stand."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from written_yaml import written

from quantgov import documents
from quantgov.documents import Document, DocumentError, is_valid, load
from quantgov.errors import QuantgovError

if TYPE_CHECKING:
    from quantgov.documents import Plain, Pointer

REFERENCE = Path(__file__).parent / "fixtures" / "reference"
PASSPORT = (REFERENCE / "s2-passport.yaml").read_bytes().replace(b'"production"', b'"research"')
LAUGHS = b"a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 9)) for name in range(ord("b"), ord("j"))
)
BOOLEAN = "is a boolean to some readers and text to others"
NUMBER = "is a number to some readers and text to others"
TOO_LONG = "is too long for a number that every reader holds exactly"
NEIGHBOURS = "quote the value if the ':' is part of it, or line the key up with its neighbours"


def refusal(data: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        load(data)
    return caught.value


def said(data: bytes) -> tuple[str, int, int, str]:
    error = refusal(data)
    return error.message, error.line, error.column, error.help


# --- what is accepted


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", None),
        (b"# only a comment\n", None),
        (b"---\n...\n", None),
        (b"---\na: 1\n...\n", {"a": 1}),
        (b"%YAML 1.1\n---\na: 1\n", {"a": 1}),
        (b"\xef\xbb\xbfa: 1\n", {"a": 1}),
        (b"a: 1\r\nb:\r\n  - 2\r\n", {"a": 1, "b": [2]}),
        (b"a:\t1\n", {"a": 1}),
        (b"a:\nb: ~\nc: null\n", {"a": None, "b": None, "c": None}),
        (b"[true, True, TRUE, false, False, FALSE]", [True, True, True, False, False, False]),
        (b"[tRUE, truely, nullable, y, n, Y, N]", ["tRUE", "truely", "nullable", "y", "n", "Y", "N"]),
        (b"""['yes', "no", 'on', "off", '017', "1_000", '.nan', '<<', "", 'true']""",
         ["yes", "no", "on", "off", "017", "1_000", ".nan", "<<", "", "true"]),
        (b"[0, -0, 7, +7, -12, 999999999999999999]", [0, 0, 7, 7, -12, 999999999999999999]),
        (b"[1.5, -0.25, 00.5, .5, 5., 1.0e+3, 2.5e-4]", [1.5, -0.25, 0.5, 0.5, 5.0, 1000.0, 0.00025]),
        (b"[2026-01-15, '2026-01-15', 2026-01-15T10:00:00Z]", ["2026-01-15", "2026-01-15", "2026-01-15T10:00:00Z"]),
        (b"[1:30, v1.3.2, 1.3.2, 1-2, -, ., '+']", ["1:30", "v1.3.2", "1.3.2", "1-2", "-", ".", "+"]),
        (b"a: >\n  folded\n  text\nb: |\n  kept\n", {"a": "folded text\n", "b": "kept\n"}),
        (b"a: plain over\n  two lines\n", {"a": "plain over two lines"}),
        (b'{a: {b: [c, {d: e}]}, "1": f}', {"a": {"b": ["c", {"d": "e"}]}, "1": "f"}),
        ("é: ü\U0001f680\n".encode(), {"é": "ü\U0001f680"}),
    ],
)  # fmt: skip
def test_accepted(data: bytes, value: Plain) -> None:
    loaded = load(data).value
    assert loaded == value
    assert repr(loaded) == repr(value), "1 and True, 1 and 1.0 are equal, but not the same"


def test_a_date_reads_the_same_bare_and_quoted() -> None:
    bare, quoted = load(b"hypothesis_date: 2026-01-15"), load(b'hypothesis_date: "2026-01-15"')
    assert bare.value == quoted.value == {"hypothesis_date": "2026-01-15"}


@pytest.mark.parametrize("name", ["s1-result.yaml", "s2-passport.yaml"])
def test_reference_documents_read_as_pyyaml_reads_them_but_for_dates(name: str) -> None:
    data = (REFERENCE / name).read_bytes()
    assert load(data).value == _PyYAMLWithoutDates(data).get_single_data()


class _PyYAMLWithoutDates(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way to say it
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@given(st.text("0123456789+-._eExXobyYnNoOfFtTrRuUlLaAiIsS", min_size=1, max_size=8))
def test_a_bare_scalar_is_refused_or_read_as_pyyaml_reads_it(text: str) -> None:
    """PyYAML, since a strategy's own code reads the same file with it. Its times of day (1:30) cannot be spelt here."""
    try:
        theirs = _PyYAMLWithoutDates(f"a: {text}").get_single_data()
    except (yaml.YAMLError, ValueError):
        return
    try:
        ours = load(f"a: {text}".encode()).value
    except DocumentError:
        return
    assert repr(ours) == repr(theirs)


@given(written())
def test_a_document_means_what_pyyaml_takes_it_for(text: str) -> None:
    ours, theirs = load(text.encode()).value, _PyYAMLWithoutDates(text).get_single_data()
    assert repr(ours) == repr(theirs)


# --- what is refused


@pytest.mark.parametrize(
    ("data", "message", "line", "column", "help"),
    [
        (b"a: 1\nb: yes\n", f"'yes' {BOOLEAN}", 2, 4, 'write true, or quote it: "yes"'),
        (b"a: OFF\n", f"'OFF' {BOOLEAN}", 1, 4, 'write false, or quote it: "OFF"'),
        (b"a: No\n", f"'No' {BOOLEAN}", 1, 4, 'write false, or quote it: "No"'),
        (b"on: push\n", f"'on' {BOOLEAN}", 1, 1, 'write true, or quote it: "on"'),
        (b"a: 1\nb: 2\na: 3\n", "'a' is here twice, first on line 1", 3, 1, "keep one of them"),
        (b"x:\n- {}\n- y:\n    k: [1]\n    z: 2\n    k: 3\n", "'k' is here twice, first on line 4", 6, 5,
         "keep one of them"),
        (b"{a: 1, 'a': 2}", "'a' is here twice, first on line 1", 1, 8, "keep one of them"),
        (b"a: &x 1\n", "an anchor (&x)", 1, 4, "write the value out wherever it is needed"),
        (b"a: &x [1]\n", "an anchor (&x)", 1, 4, "write the value out wherever it is needed"),
        (b"a: *x\n", "an alias", 1, 4, "write the value out"),
        (b"a: !!python/object/apply:os.system [ls]\n", "a tag (!)", 1, 4,
         "delete it, or quote the value if the '!' is part of it"),
        (b"a: !!str 5\n", "a tag (!)", 1, 4, "delete it, or quote the value if the '!' is part of it"),
        (b"a: ! 5\n", "a tag (!)", 1, 4, "delete it, or quote the value if the '!' is part of it"),
        (b"a: !important\n", "a tag (!)", 1, 4, "delete it, or quote the value if the '!' is part of it"),
        (b"a: {<<: {b: 1}}\n", "a merge key (<<)", 1, 5, "write the keys out"),
        (b"2026: a\n", "a key that is a number", 1, 1, "keys are text: quote it"),
        (b"true: a\n", "a key that is true or false", 1, 1, "keys are text: quote it"),
        (b"~: a\n", "a key that is empty", 1, 1, "keys are text: quote it"),
        (b"? [a]\n: b\n", "a key that is a list", 1, 3, "keys are text: quote it"),
        (b"? {a: b}\n: b\n", "a key that is a mapping", 1, 3, "keys are text: quote it"),
        (b"a: 1\n---\nb: 2\n", "a second document in one file", 2, 1, "give it its own file"),
        (b"a: .nan\n", ".nan is not a finite number", 1, 4, "quote it if it is text, or write a number"),
        (b"a: -.inf\n", "-.inf is not a finite number", 1, 4, "quote it if it is text, or write a number"),
        (b"a: 1.0e+999\n", "1.0e+999 is not a finite number", 1, 4, "quote it if it is text, or write a number"),
        (b"a: 12e45678\n", "12e45678 is not a finite number", 1, 4, "quote it if it is text, or write a number"),
        (b"a: 017\n", "017 is octal, decimal or hexadecimal by reader", 1, 4, "write it in decimal, or quote it"),
        (b"a: 0o17\n", "0o17 is octal, decimal or hexadecimal by reader", 1, 4, "write it in decimal, or quote it"),
        (b"a: 0x1F\n", "0x1F is octal, decimal or hexadecimal by reader", 1, 4, "write it in decimal, or quote it"),
        (b"a: 1_000_000\n", f"1_000_000 {NUMBER}", 1, 4, "write 1000000, or quote it"),
        (b"a: 1e-4\n", f"1e-4 {NUMBER}", 1, 4, "write 0.0001, or quote it"),
        (b"a: 1e-9\n", f"1e-9 {NUMBER}", 1, 4, "write 1.0e-09, or quote it"),
        (b"a: .5_\n", f".5_ {NUMBER}", 1, 4, "write 0.5, or quote it"),
        (b"a: -.5\n", f"-.5 {NUMBER}", 1, 4, "write -0.5, or quote it"),
        (b"a: 1234567890123456789\n", f"1234567890123456789 {TOO_LONG}", 1, 4, "quote it"),
        (b"a: " + b"9" * 5000, f"{'9' * 37}... {TOO_LONG}", 1, 4, "quote it"),
        (b"a:\n\tb: 1\n", "a tab indents this line", 2, 1, "indent with spaces"),
        (b"a:\n  b: 1\n\tc: 2\n", "a tab indents this line", 3, 1, "indent with spaces"),
        (b"a: |\r\n\tb\r\n", "a tab indents this line", 2, 1, "indent with spaces"),
        (b"a: 'open\nb: 1\n", "this quote is never closed", 1, 4, "close the quote"),
        (b"a: [1, 2\nb: 3\n", "this list is not closed or misses a comma", 1, 4, "write it as [a, b]"),
        (b"a: {b: 1\n", "this mapping is not closed or misses a comma", 1, 4, "write it as {a: 1, b: 2}"),
        (b"a: *.py\n", "a value cannot begin with '*'", 1, 4, "quote it"),
        (b"a: & b\n", "a value cannot begin with '&'", 1, 4, "quote it"),
        (b"\xef\xbb\xbfa: @b\n", "a value cannot begin with '@'", 1, 4, "quote it"),
        (b"a: `b`\n", "a value cannot begin with '`'", 1, 4, "quote it"),
        (b"a: %b\n", "a value cannot begin with '%'", 1, 4, "quote it"),
        (b"a: b: c\n", "a ':' where no key can stand", 1, 5, NEIGHBOURS),
        (b"a: 1\n b: 2\n", "a ':' where no key can stand", 2, 3, NEIGHBOURS),
        (b"{a: 1}}\n", "text after the end of the document", 1, 7, "delete it, or close what is open before it"),
        (b'a: "\\q"\n', "this is not YAML: found unknown escape character", 1, 5, "correct this line"),
        (b"%YAML 2.0\n---\na: 1\n", "this is not YAML: found incompatible YAML document", 1, 1, "correct this line"),
        (b"a: 1\nb: \xff\n", "this is not UTF-8", 2, 4, "save it as UTF-8"),
        ("é: 1\nné: ".encode() + b"\xe9\n", "this is not UTF-8", 2, 5, "save it as UTF-8"),
        ("a: 1".encode("utf-16"), "this is UTF-16", 1, 1, "save it as UTF-8"),
        ("a: 1".encode("utf-16-be"), "a NUL byte: this is binary or UTF-16", 1, 1, "save it as UTF-8 text"),
        (b"a: 1\nb: 'x\x07'\n", "a character that YAML does not allow (#x07)", 2, 6,
         "delete it; editors often hide it"),
        ("\ufeffé: \uffff".encode(), "a character that YAML does not allow (#xFFFF)", 1, 5,
         "delete it; editors often hide it"),
        (b"#" * (1 << 20) + b"\n", "1,048,577 bytes; a document has at most 1,048,576", 1, 1,
         "split it, or store it as data"),
        (b"[" * 65, "more than 64 levels deep", 1, 65, "flatten it"),
        (b"[" + b"1," * 100_000 + b"]", "more than 100,000 values", 1, 200_000,
         "split the document, or store it as data"),
    ],
)  # fmt: skip
def test_refused(data: bytes, message: str, line: int, column: int, help: str) -> None:
    assert said(data) == (message, line, column, help)


@given(
    st.binary(max_size=40)
    | st.text("a1 -:?,[]{}&*!|>'\"%@`#\t\n\r\0\x07\x85\ufeff\uffff\u2028é\U0001f680", max_size=40).map(str.encode)
)
def test_whatever_comes_is_loaded_or_refused_at_a_place(data: bytes) -> None:
    line, column, help = outcome(data)
    assert line >= 1
    assert column >= 1
    assert help


def outcome(data: bytes) -> tuple[int, int, str]:
    """Where the document starts, or where and with which help it is refused."""
    try:
        mark = load(data).mark(())
    except DocumentError as error:
        return error.line, error.column, error.help
    return mark.line, mark.column, "loaded"


def test_lone_surrogates_are_refused() -> None:
    assert "escape" in refusal(b'a: "\\ud800"').message
    assert refusal(b"a: \xed\xa0\x80").message == "this is not UTF-8"


def test_depth_and_size_are_allowed_up_to_the_limit() -> None:
    assert load(b"[" * 64 + b"]" * 64).value is not None
    assert len(str(load(b"#" * (1 << 20)).value)) == len("None")
    assert load(b"[" + b"1," * 99_999 + b"]").value == [1] * 99_999


HOSTILE = {
    "one line of numbers": b"[" + b"1," * 500_000 + b"]",
    "one line of brackets": b"[" * 1_000_000,
    "one line of mappings": b"{a: " * 250_000,
    "one line of dashes": b"- " * 500_000,
    "one line of keys": b"? " * 500_000,
    "one line of text": b"a: " + b"x y " * 250_000,
    "one quoted line": b'a: "' + b"x " * 500_000 + b'"',
    "one line of digits": b"a: " + b"1" * 1_000_000,
    "one line of digits and a point": b"a: " + b"1" * 1_000_000 + b".0",
    "one line of nines and a letter": b"a: " + b"9_" * 500_000 + b"x",
    "one line of colons": b"a: " + b":" * 1_000_000,
    "keys without end": b"".join(b"k%d: 1\n" % number for number in range(90_000)),
    "the same key again": b"a: 1\n" * 200_000,
    "aliases of aliases": LAUGHS,
    "a deep alias bomb": b"a: &a [" + b"*a, " * 200_000 + b"]",
    "tags": b"- !!binary x\n" * 70_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_cost_little(name: str) -> None:
    data = HOSTILE[name]
    started = time.process_time()
    with suppress(DocumentError):
        load(data)
    assert time.process_time() - started < 1, "half of that is usual; what grows with the square takes minutes"


def test_an_alias_bomb_expands_nowhere() -> None:
    tracemalloc.start()
    try:
        assert refusal(LAUGHS).message == "an anchor (&a)"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


# --- marks


def pointers(value: Plain, pointer: Pointer = ()) -> list[tuple[Pointer, Plain]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(pointer, value), *(found for name, part in parts for found in pointers(part, (*pointer, name)))]


@pytest.mark.parametrize("name", ["s1-result.yaml", "s2-passport.yaml"])
def test_every_value_and_key_is_found_where_it_stands(name: str) -> None:
    text = (REFERENCE / name).read_text()
    document = load(text.encode())
    lines = text.splitlines()
    for pointer, value in pointers(document.value):
        mark, key_mark = document.mark(pointer), document.key_mark(pointer)
        if pointer and isinstance(pointer[-1], str):
            assert lines[key_mark.line - 1][key_mark.column - 1 :].startswith(f"{pointer[-1]}:")
        if not isinstance(value, dict | list):
            assert lines[mark.line - 1][mark.column - 1 :].lstrip('"').lower().startswith(str(value).lower())


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"# \xc3\xa9\r\n"])
def test_columns_count_characters(before: bytes) -> None:
    document = load(before + "é: [ü, x]".encode())
    mark = document.mark(("é", 1))
    assert (mark.line, mark.column) == (2 if b"\n" in before else 1, 8)


def test_what_does_not_exist_is_marked_at_its_nearest_parent() -> None:
    document = load(b"a: 1\nb:\n  - c: 2\n")
    for pointer in [("b", 0, "x"), ("b", 0, "c", "y", 3), ("b", 0)]:
        assert (document.mark(pointer).line, document.mark(pointer).column) == (3, 5 if len(pointer) < 4 else 8)
    assert document.key_mark(("b", 7)).line == 2
    assert (document.mark(("z",)).line, document.mark(("z",)).column) == (1, 1)


@pytest.mark.parametrize("document", [Document({"a": {"b": [1]}}), load(b"")])
def test_without_places_everything_is_at_the_start(document: Document) -> None:
    mark, key_mark = document.mark(("a", "b", 0)), document.key_mark(("a", "b"))
    assert (mark.line, mark.column, key_mark.line, key_mark.column) == (1, 1, 1, 1)


# --- where schemas are found, and what is imported


def test_schemas_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "quantgov"
    for folder, text in ((tmp_path, "{}"), (package, "[]")):
        monkeypatch.setattr(documents, "__file__", str(package / "documents.py"))
        (folder / "schemas").mkdir(parents=True)
        (folder / "schemas" / "x.schema.json").write_text(text)
        assert documents.schema_text("x") == text.encode()


def test_a_missing_schema_is_said() -> None:
    with pytest.raises(QuantgovError) as caught:
        documents.schema("nothing")
    assert caught.value.message == "no schema named nothing"


def imported(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after running `code`."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(documents.__file__)))
    script = f"import sys\nsys.path.insert(0, {package!r})\n{code}\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_nothing_heavy_is_imported_to_load_and_to_decide() -> None:
    heavy = {"json", "jsonschema", "dataclasses", "pathlib", "inspect", "subprocess", "quantgov.explanations"}
    loading = imported("from quantgov.documents import load; load(b'a: 1')")
    assert "yaml" in loading
    assert not loading & {*heavy, "typing", "jsonschema_rs", "quantgov.refusals"}
    deciding = imported("from quantgov.documents import violations, load; violations(load(b'version: 1'), 'policy')")
    assert "jsonschema_rs" in deciding
    assert not deciding & heavy


def test_is_valid_asserts_formats() -> None:
    passport = load(PASSPORT).value
    assert isinstance(passport, dict)
    assert is_valid(passport, "strategy-passport")
    assert not is_valid({**passport, "hypothesis_date": "20260115"}, "strategy-passport")
    assert not is_valid({**passport, "researcher": "j.chen@localhost"}, "strategy-passport")


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_deciding_validator_is_loaded_without_what_only_dates_its_build() -> None:
    after = "import jsonschema_rs, email.utils; print('socket' in sys.modules, email.utils.parsedate_to_datetime)"
    load = "import sys; from quantgov import documents; documents.load_decider(); "
    assert printed(load + "print('socket' in sys.modules)") == "False"
    assert printed(load + after).startswith("True <function parsedate_to_datetime")


def test_a_validator_that_asks_for_more_of_email_gets_the_real_one(tmp_path: Path) -> None:
    (tmp_path / "jsonschema_rs.py").write_text("from email.utils import parseaddr\n")
    load = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from quantgov import documents; documents.load_decider(); "
    )
    assert printed(load + "import jsonschema_rs; print(jsonschema_rs.parseaddr.__module__)") == "email.utils"
