"""Ignores, held to git's documented rules and to git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantgov.ignores import Ignores

USUAL = [b"*.csv", b"a", b"/a", b"a/", b"b/", b"*", b"/*", b"!*/", b"!a.csv", b"!a", b"a/*", b"!a/b", b"a/**", b"**/b"]
USUAL += [b"a/**/b", b"!b/", b"*/", b"!/a/", b"ab*", b"a*b", b"[a-b]", b"[!A]*", b"?", b"??"]
ODD = [b"#a", b"\\#a", b"\\!a", b"a ", b"a\\ ", b"a\r", b"a\t", b"", b"/", b"!", b"a\\", b"[", b"a\0b", b"[[:space:]]"]
ODD += [b"a**/b", b"/**/", b"**/\\a", b"**\\/b", b"a/b**", b"*/**/b*"]
ATOMS = [
    b"a",
    b"b",
    b"B",
    b"*",
    b"**",
    b"?",
    b"/",
    b"**/",
    b"/**",
    b"\\",
    b" ",
    b"\xc3\xa9",
    b"\xff",
    b"[a-c]",
    b"[!a]",
]
ATOMS += [b"[]a]", b"[a", b"]", b"[a-]", b"[--b]", b"[\\]]", b"[a\\-c]", b"[/b]", b"[[:alpha:]b]", b"[[:x:]]", b"[[:]"]
PATTERNS = st.sampled_from(USUAL) | st.sampled_from(ODD) | st.lists(st.sampled_from(ATOMS), max_size=5).map(b"".join)
FILES = st.builds(
    lambda mark, lines, end: mark + b"\n".join(lines) + end,
    st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
    st.lists(PATTERNS, max_size=5),
    st.sampled_from([b"", b"\n"]),
)
FOLDERS = ["", "a/", "a/b/", "ab/", "A/", "é/"]
NAMES = [
    "c",
    "B",
    "abc",
    "a.csv",
    "a b",
    " ",
    "a ",
    "#a",
    "!a",
    "\udcff",
    "a]",
    "aab",
    "\\",
    "*",
    "a\t",
    "a\r",
    "a\n",
    "\u00e9e",
]
PATHS = [folder + name for folder in [*FOLDERS, "a/c/", "b/a/b/", "é/a/", "x.csv/"] for name in NAMES]


def ignored_by(files: dict[str, bytes], path: str, ignorecase: bool = False) -> tuple[str, int, str] | None:
    match = Ignores(files.get, ignorecase).match(path)
    return (match.source, match.line, match.pattern) if match else None


def ignored_by_git(repository: Path, ignorecase: bool) -> dict[str, tuple[str, int, str]]:
    command = [
        "git",
        "-c",
        f"core.ignorecase={ignorecase}".lower(),
        "check-ignore",
        "-v",
        "--no-index",
        "-z",
        "--stdin",
    ]
    asked = "".join(f"{path}\0" for path in PATHS).encode("utf-8", "surrogateescape")
    answer = subprocess.run(command, cwd=repository, input=asked, stdout=subprocess.PIPE, check=False)
    assert answer.returncode in (0, 1)
    cells = iter(os.fsdecode(answer.stdout).split("\0")[:-1])
    matches = zip(cells, cells, cells, cells, strict=True)
    return {path: (source, int(line), text) for source, line, text, path in matches if not text.startswith("!")}


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ignores")
    subprocess.run(["git", "init", "-q", folder], check=True)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@settings(suppress_health_check=list(HealthCheck))
@given(st.tuples(*[FILES for _ in FOLDERS]), st.booleans())
def test_agrees_with_git(repository: Path, contents: tuple[bytes, ...], ignorecase: bool) -> None:
    files = dict(zip([f"{folder}.gitignore" for folder in FOLDERS], contents, strict=True))
    for name, data in files.items():
        (repository / name).write_bytes(data)
    expected = ignored_by_git(repository, ignorecase)
    ignores = Ignores(files.get, ignorecase)
    found = {path: match for path in PATHS if (match := ignores.match(path))}
    assert {path: (match.source, match.line, match.pattern) for path, match in found.items()} == expected


@pytest.mark.parametrize(
    ("lines", "path", "pattern"),
    [
        (b"", "a", None),
        (b"# note\n\n*.csv\n", "data/x.csv", "*.csv"),
        (b"*.csv\n", "x.csv.gz", None),
        (b"*.csv\n!keep.csv\n", "keep.csv", None),
        (b"!keep.csv\n*.csv\n", "keep.csv", "*.csv"),
        (b"data/\n!data/keep.csv\n", "data/keep.csv", "data/"),
        (b"data/*\n!data/keep.csv\n", "data/keep.csv", None),
        (b"data/*\n!data/keep.csv\n", "data/x.csv", "data/*"),
        (b"data/\n", "data", None),
        (b"data/\n", "src/data/x.py", "data/"),
        (b"/data/\n", "src/data/x.py", None),
        (b"a/b\n", "x/a/b", None),
        (b"**/b\n", "x/a/b", "**/b"),
        (b"a/**/b\n", "a/b", "a/**/b"),
        (b"a/**/b\n", "a/x/y/b", "a/**/b"),
        (b"a/**\n", "a/x/y", "a/**"),
        (b"a/*/b\n", "a/x/y/b", None),
        (b"a**/b\n", "ax/y/b", "a**/b"),
        (b"x?**/b\n", "xa/y/b", None),
        (b"a/**\\/b\n", "a/b", None),
        (b"a/**\\/b\n", "a/x/b", "a/**\\/b"),
        (b"a*b*c*d\n", "a-b-c-d", "a*b*c*d"),
        (b"a*bb*c\n", "a-b-c", None),
        (b"a*[bc]?d*e\n", "a-b-c-de", "a*[bc]?d*e"),
        (b"a*[bc]d*e\n", "abee", None),
        (b"abc*bcd\n", "abcd", None),
        (b"?\n", "é", None),
        (b"??\n", "é", "??"),
        (b"\\#a\n", "#a", "\\#a"),
        (b"\\!a\n", "!a", "\\!a"),
        (b"a  \n", "a", "a"),
        (b"a\\  \n", "a ", "a\\ "),
        (b"a\\\\ \n", "a\\", "a\\\\"),
        (b"a\t\n", "a", None),
        (b"a\r\n", "a", "a"),
        (b"a\rb\n", "a", None),
        (b"a\r", "a", "a"),
        (b"\xef\xbb\xbfa\n", "a", "a"),
        (b"\xff\n", "\udcff", "\udcff"),
        (b"a\\\n", "a\\", None),
        (b"[\n", "[", None),
        (b"[a\\\n", "a", None),
        (b"[a-\\\n", "a", None),
        (b"[a[:alpha:\n", "a", None),
        (b"[[:fund:]a]\n", "a", None),
        (b"[[:]\n", ":", "[[:]"),
        (b"[]a]\n", "]", "[]a]"),
        (b"[a-]\n", "-", "[a-]"),
        (b"[\\]]\n", "]", "[\\]]"),
        (b"[a-\\c]\n", "b", "[a-\\c]"),
        (b"a[/]b\n", "a/b", None),
        (b"[^a-c]\n", "b", None),
        (b"[!a-c]\n", "d", "[!a-c]"),
    ],
)
def test_one_file(lines: bytes, path: str, pattern: str | None) -> None:
    found = ignored_by({".gitignore": lines}, path)
    assert (found and found[2]) == pattern


def test_the_last_line_that_matches_is_named() -> None:
    assert ignored_by({".gitignore": b"*.csv\n\nx.*\n"}, "x.csv") == (".gitignore", 3, "x.*")


def test_a_deeper_file_overrules_its_parents() -> None:
    files = {".gitignore": b"*.csv\n", "data/.gitignore": b"!x.csv\n", "data/raw/.gitignore": b"/x.csv\n"}
    assert ignored_by(files, "data/x.csv") is None
    assert ignored_by(files, "data/raw/x.csv") == ("data/raw/.gitignore", 1, "/x.csv")
    assert ignored_by(files, "data/raw/a/x.csv") is None


def test_nothing_inside_an_excluded_folder_is_read() -> None:
    files = {".gitignore": b"out/\n"}
    asked: list[str] = []

    def read(path: str) -> bytes | None:
        asked.append(path)
        return files.get(path)

    ignores = Ignores(read)
    assert ignores.match("out/a/b") is not None
    assert ignores.match("out/a/c") is not None
    assert asked == [".gitignore"]


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        (b"*.CSV", "x.csv"),
        (b"DATA/x", "data/X"),
        (b"[A-B]", "b"),
        (b"[[:upper:]]x", "aX"),
        (b"X?", "xy"),
        (b"?X", "yx"),
    ],
)
def test_case_is_ignored_on_request_only(lines: bytes, path: str) -> None:
    assert ignored_by({".gitignore": lines}, path, ignorecase=True) is not None
    assert ignored_by({".gitignore": lines}, path) is None


def test_an_escaped_capital_matches_nothing_where_case_is_ignored() -> None:
    assert ignored_by({".gitignore": b"\\Ax"}, "Ax", ignorecase=True) is None


def test_a_hostile_pattern_takes_no_time() -> None:
    assert ignored_by({".gitignore": b"*a" * 500 + b"*b"}, "a" * 4000) is None
