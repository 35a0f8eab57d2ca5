"""Attributes, held to git's documented rules and to git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantgov.attributes import Attributes

USUAL = [b"*.csv", b"a", b"/a", b"a/", b"*", b"a/*", b"a/**", b"**/b", b"a/**/b", b"ab*", b"a*b", b"[a-b]", b"?", b"B"]
ODD = [
    b"!a",
    b"\\!a",
    b"#a",
    b"\\#a",
    b"a\\ ",
    b"[",
    b"a\\",
    b"**\\/b",
    b"a/b**",
    b"a**/b",
    b"[[:space:]]",
    b"\xc3\xa9",
    b"\xff",
]
QUOTED = [
    b'"a b"',
    b'"a\\tb"',
    b'"\\303\\251"',
    b'"\\\\\\"\\n"',
    b'"a',
    b'"\\q"',
    b'"\\400"',
    b'"!a"',
    b'"a b"foo',
    b'"c\\000d"',
]
MACROS = [
    b"[attr]mac",
    b"[attr]nac",
    b"[attr]binary",
    b"[attr]no/name",
    b"[attr]",
    b'"[attr] mac"',
    b'"[attr]\\000x"',
    b'"[attr]nac x"',
]
HEADS = st.sampled_from(USUAL) | st.sampled_from(ODD) | st.sampled_from(QUOTED) | st.sampled_from(MACROS)
STATES = [
    b"foo",
    b"-foo",
    b"!foo",
    b"foo=bar",
    b"filter=lfs",
    b"-filter",
    b"!filter",
    b"binary",
    b"-binary",
    b"!diff",
    b"text=auto",
]
STATES += [b"mac", b"mac=set", b"nac", b"-mac", b"foo=", b"-foo=x", b"a.b-c_D9=x=y", b"foo=\xff"]
BAD_STATES = [b"b@d", b"-", b"--x", b"=x", b"a\x0bb", b"\xc3\xa9"]
WORDS = st.integers(0, 9).flatmap(lambda dice: st.sampled_from(STATES if dice else BAD_STATES))
LINES = st.builds(
    lambda lead, head, blank, words, end: lead + blank.join([head, *words]) + end,
    st.sampled_from([b"", b"", b" ", b"\t"]),
    HEADS,
    st.sampled_from([b" ", b" ", b"\t", b"  "]),
    st.lists(WORDS, max_size=4),
    st.sampled_from([b"", b"", b"\r", b" ", b"\0foo"]),
)
FILES = st.builds(
    lambda mark, lines: mark + b"\n".join(lines),
    st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"]),
    st.lists(LINES, max_size=6),
)
FOLDERS = ["", "a/", "a/b/", "ab/", "A/", "é/"]
NAMES = [
    "a",
    "b",
    "B",
    "abc",
    "a.csv",
    "a b",
    "a ",
    " ",
    "#a",
    "!a",
    "é",
    "\udcff",
    "a\tb",
    '\\"\n',
    '"a',
    "[attr]",
    "c",
    "\ufeffa",
]
PATHS = [folder + name for folder in [*FOLDERS, "a/c/", "b/a/b/"] for name in NAMES]
LFS = "filter=lfs diff=lfs merge=lfs -text"


def attributes(*lines: str, **others: str) -> Attributes:
    files = {
        ".gitattributes": "\n".join(lines),
        **{f"{folder}/.gitattributes": text for folder, text in others.items()},
    }
    return Attributes({name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}.get)


def attributes_by_git(repository: Path, ignorecase: bool) -> dict[str, dict[str, str]]:
    command = ["git", "-c", f"core.ignorecase={ignorecase}".lower(), "check-attr", "--cached", "--all", "-z", "--stdin"]
    asked = "".join(f"{path}\0" for path in PATHS).encode("utf-8", "surrogateescape")
    answer = subprocess.run(command, cwd=repository, input=asked, capture_output=True, check=True)
    cells = iter(os.fsdecode(answer.stdout).split("\0")[:-1])
    found: dict[str, dict[str, str]] = {path: {} for path in PATHS}
    for path, name, value in zip(cells, cells, cells, strict=True):
        found[path][name] = value
    return found


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attributes")
    subprocess.run(["git", "init", "-q", folder], check=True)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@settings(suppress_health_check=list(HealthCheck))
@given(st.tuples(*[FILES for _ in FOLDERS]), st.booleans())
def test_agrees_with_git(repository: Path, contents: tuple[bytes, ...], ignorecase: bool) -> None:
    files = dict(zip([f"{folder}.gitattributes" for folder in FOLDERS], contents, strict=True))
    for name, data in files.items():
        (repository / name).write_bytes(data)
    subprocess.run(["git", "-c", "core.ignorecase=false", "update-index", "--add", *files], cwd=repository, check=True)
    expected = attributes_by_git(repository, ignorecase)
    found = Attributes(files.get, ignorecase)
    assert {path: found.get(path) for path in PATHS} == expected


def test_every_byte_class_agrees_with_git(repository: Path) -> None:
    names = [
        "alnum",
        "alpha",
        "blank",
        "cntrl",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "space",
        "upper",
        "xdigit",
    ]
    lines = [f"[[:{name}:]]x is-{name}\n[![:{name}:]]x not-{name}\n" for name in names] + [
        "[!-.]x r1\n[0-Z]x r2\n[A-~]x r3\n"
    ]
    data = "".join(lines).encode() + b"[\x80-\xff]x r4\n"
    (repository / ".gitattributes").write_bytes(data)
    subprocess.run(["git", "update-index", "--add", ".gitattributes"], cwd=repository, check=True)
    paths = [os.fsdecode(bytes((byte,)) + b"x") for byte in range(1, 256) if byte != 0x2F]
    found = Attributes({".gitattributes": data}.get)
    asked = os.fsencode("".join(f"{path}\0" for path in paths))
    command = ["git", "-c", "core.ignorecase=false", "check-attr", "--cached", "--all", "-z", "--stdin"]
    answer = subprocess.run(command, cwd=repository, input=asked, stdout=subprocess.PIPE, check=True)
    expected = os.fsdecode(answer.stdout).split("\0")[:-1]
    assert len(expected) > 3 * len(names) * len(paths)
    assert sorted((path, name) for path in paths for name in found.get(path)) == sorted(
        zip(expected[::3], expected[1::3], strict=True)
    )


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        (["*.csv foo"], "a/x.csv", {"foo": "set"}),
        (["*.csv -foo"], "x.csv", {"foo": "unset"}),
        (["*.csv foo=bar"], "x.csv", {"foo": "bar"}),
        (["*.csv foo="], "x.csv", {"foo": ""}),
        (["* foo", "*.csv !foo"], "x.csv", {}),
        (["*.csv foo=1", "*.csv foo=2"], "x.csv", {"foo": "2"}),
        (["*.csv foo=1 foo=2"], "x.csv", {"foo": "2"}),
        (["*.csv", "# *.csv foo", "  \t*.csv\tbar\r"], "x.csv", {"bar": "set"}),
        (["data/ foo"], "data/x", {}),
        (["data/** foo"], "data/x/y", {"foo": "set"}),
        (["/x foo"], "a/x", {}),
        (["!x foo"], "!x", {}),
        (["\\!x foo"], "!x", {"foo": "set"}),
        (['"!x" foo'], "!x", {}),
        (['"a b" foo'], "a b", {"foo": "set"}),
        (['"a\\tb\\\\\\"\\303\\251" foo'], 'a\tb"é', {"foo": "set"}),
        (['"a"foo\tbar'], "a", {"foo": "set", "bar": "set"}),
        (['"a foo'], '"a', {"foo": "set"}),
        (['"\\q" foo'], '"q"', {"foo": "set"}),
        (["a[[:space:]]b foo"], "a b", {"foo": "set"}),
        (["x foo b@d"], "x", {}),
        (["x foo --bar"], "x", {}),
        (["x foo =bar"], "x", {}),
        (["x foo=" + "y" * 2041], "x", {"foo": "y" * 2041}),
        (["x foo=" + "y" * 2042], "x", {}),
        (["x binary"], "x", {"binary": "set", "diff": "unset", "merge": "unset", "text": "unset"}),
        (["x binary=set"], "x", {"binary": "set"}),
        (["x diff=1 binary diff=2"], "x", {"binary": "set", "diff": "2", "merge": "unset", "text": "unset"}),
        (["[attr]binary bar", "x binary"], "x", {"binary": "set", "bar": "set"}),
        (["x mac", "[attr]mac nac -a", "[attr]nac mac b=1"], "x", {"mac": "set", "nac": "set", "a": "unset", "b": "1"}),
        (["[attr]mac a", "[attr]mac b@d", "x mac"], "x", {"mac": "set", "a": "set"}),
        (["[attr]no/name a", "x a"], "x", {"a": "set"}),
        (["x foo\0", "x bar"], "x", {"foo": "set"}),
        (["\ufeffx foo", "x bar"], "x", {"bar": "set"}),
        (["\udcff foo=\udcff"], "\udcff", {"foo": "\udcff"}),
    ],
)
def test_one_file(lines: list[str], path: str, expected: dict[str, str]) -> None:
    assert attributes(*lines).get(path) == expected


def test_a_deeper_file_overrules_its_parents() -> None:
    found = attributes("*.csv foo=1 bar", data="/x.csv foo=2")
    assert found.get("data/x.csv") == {"foo": "2", "bar": "set"}
    assert found.get("data/raw/x.csv") == {"foo": "1", "bar": "set"}


def test_a_macro_is_defined_in_the_root_only() -> None:
    found = attributes("[attr]mac a", data="[attr]mac b\n[attr]nac b\n* mac nac")
    assert found.get("data/x") == {"mac": "set", "a": "set", "nac": "set"}


def test_macros_may_chain_for_long() -> None:
    found = attributes(*[f"[attr]m{step} m{step + 1}" for step in range(3000)], "x m0")
    assert len(found.get("x")) == 3001


def test_each_file_is_read_once() -> None:
    asked: list[str] = []
    found = Attributes(lambda path: asked.append(path))
    assert [found.get(path) for path in ("a/x", "a/y", "z")] == [{}, {}, {}]
    assert sorted(asked) == [".gitattributes", "a/.gitattributes"]


def test_case_is_ignored_on_request_only() -> None:
    files = {".gitattributes": b"*.CSV foo"}
    assert Attributes(files.get, ignorecase=True).get("x.csv") == {"foo": "set"}
    assert Attributes(files.get).get("x.csv") == {}


def test_is_lfs() -> None:
    found = attributes(f"*.csv {LFS}", "small.csv !filter", "text.csv -filter", "odd.csv filter")
    paths = ["x.csv", "small.csv", "text.csv", "odd.csv", "x.py"]
    assert [path for path in paths if found.is_lfs(path)] == ["x.csv"]


def test_lfs_patterns_in_file_order() -> None:
    found = attributes(
        "[attr]big filter=lfs", f"*.csv {LFS}", "*.py text", '"a b" big', f"raw/ {LFS}", "x b@d filter=lfs"
    )
    lines = [(line.source, line.line, line.pattern, line.folder_only) for line in found.lfs_patterns()]
    assert lines == [
        (".gitattributes", 2, "*.csv", False),
        (".gitattributes", 4, "a b", False),
        (".gitattributes", 5, "raw/", True),
    ]


def test_lfs_patterns_of_a_folder_know_the_macros_of_the_root() -> None:
    found = attributes("[attr]big filter=lfs", data="*.h5 big")
    assert [(line.source, line.pattern) for line in found.lfs_patterns("data")] == [("data/.gitattributes", "*.h5")]
    assert found.lfs_patterns("other") == []
