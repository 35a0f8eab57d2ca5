"""Git LFS as the tree shows it: pointers told as git-lfs tells them, and patterns that an ignore line hides."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from quantgov import examples, lfs
from quantgov.change import Change
from quantgov.git import Entry, Touched
from quantgov.policy import Policy
from quantgov.rule import Example, Stage
from quantgov.tree import MemoryTree

OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize 12345\n".encode()
EXTENDED = POINTER.replace(b"\noid", f"\next-0-clean sha256:{OID}\noid".encode())
NO_POINTERS = {
    "empty": b"",
    "text": b"day,close\n",
    "version alone": POINTER[:43],
    "no oid": POINTER.replace(b"oid ", b"aid "),
    "short oid": POINTER.replace(OID.encode(), OID[:-1].encode()),
    "oid of letters": POINTER.replace(OID.encode(), b"z" * 64),
    "other digest": POINTER.replace(b"sha256:", b"sha512:"),
    "no size": POINTER.replace(b"size", b"mass"),
    "size no number": POINTER.replace(b"12345", b"12e45"),
    "negative size": POINTER.replace(b"12345", b"-1"),
    "something before it": b"\n" + POINTER,
    "as large as no pointer is": POINTER + b"x" * (1024 - len(POINTER)),
    "other version": POINTER.replace(b"git-lfs.github.com", b"example.com"),
}


@pytest.mark.parametrize("data", [POINTER, EXTENDED, POINTER.replace(b"git-lfs.github.com", b"hawser.github.com")])
def test_pointers(data: bytes) -> None:
    assert lfs.is_pointer(data)


@pytest.mark.parametrize("data", NO_POINTERS.values(), ids=NO_POINTERS)
def test_no_pointers(data: bytes) -> None:
    assert not lfs.is_pointer(data)


@pytest.mark.parametrize("data", [POINTER, EXTENDED, *NO_POINTERS.values()], ids=["plain", "extended", *NO_POINTERS])
def test_git_lfs_says_the_same(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "pointer"
    file.write_bytes(data)
    done = subprocess.run(["git", "lfs", "pointer", "--check", "--strict", "--file", str(file)], capture_output=True)
    assert (done.returncode == 0) == (lfs.is_pointer(data) or not data)


@pytest.mark.parametrize("data", [POINTER, EXTENDED], ids=["plain", "extended"])
def test_what_git_lfs_writes_is_canonical(data: bytes) -> None:
    assert lfs.is_canonical(data)
    assert lfs.parse(data) == (OID, 12345)
    assert lfs.pointer(OID, 12345) == POINTER


@pytest.mark.parametrize(
    "data",
    [
        POINTER[:-1],
        POINTER.replace(b"\n", b"\r\n"),
        POINTER.replace(b"12345", b"012345"),
        POINTER + b"x y\n",
        POINTER.replace(b"git-lfs.github.com", b"hawser.github.com"),
        *NO_POINTERS.values(),
    ],
)
def test_what_a_hand_wrote_is_not(data: bytes) -> None:
    assert not lfs.is_canonical(data)


def test_what_lfs_stores_is_a_pointer_or_empty() -> None:
    tree = MemoryTree({"pointer": POINTER, "empty": b"", "plain": b"x", "large": POINTER + b"x" * 2000})

    def stored(path: str) -> bool:
        entry = tree.entry(path)
        assert isinstance(entry, Entry)
        return lfs.is_stored_by_lfs(tree, entry)

    assert [path for path in tree.paths() if stored(path)] == ["empty", "pointer"]


def change(**given: dict[str, str | bytes | None]) -> Change:
    before = {path: content for path, content in given.get("before", {}).items() if content is not None}
    return examples.change(Example("lfs", before=before, files=given["files"]), Stage.COMMIT)


def test_affected_are_the_touched_paths_that_are_still_there() -> None:
    made = change(before={"a": "1", "b": "1", "c": "1"}, files={"a": "2", "b": None, "d": "1"})
    assert list(lfs.affected(made)) == ["a", "d"]


def test_affected_is_all_below_a_touched_file_of_attributes() -> None:
    made = change(before={"x/a": "1", "x/y/b": "1", "xz": "1", "c": "1"}, files={"x/.gitattributes": "*", "d": "1"})
    assert list(lfs.affected(made)) == ["d", "x/.gitattributes", "x/a", "x/y/b"]


def test_affected_is_everything_below_the_root_s_file_even_where_it_goes() -> None:
    made = change(before={".gitignore": "x", "x/a": "1", "b": "1"}, files={".gitignore": None})
    assert list(lfs.affected(made, ".gitignore")) == ["b", "x/a"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.csv", ["x.csv", "results/x.csv"]),
        ("data.bin", ["data.bin", "results/data.bin"]),
        ("/data/*.csv", ["data/x.csv"]),
        ("data/**/*.json", ["data/x/x.json"]),
        ("data/**", ["data/x"]),
        ("**/raw?.csv", ["x/rawx.csv"]),
    ],
)
def test_samples_of_a_pattern(pattern: str, expected: list[str]) -> None:
    assert lfs.samples(pattern, "results/") == expected


def hidden(attributes: str, ignores: str) -> list[tuple[str, str, str, str, int]]:
    made = change(files={".gitattributes": attributes, ".gitignore": ignores})
    conflicts = lfs.hidden_patterns(made, Policy({}))
    return [
        (pattern, attributes, each.sample, each.source, each.line)
        for each in conflicts
        for pattern, attributes in each.patterns
    ]


@pytest.mark.parametrize(
    ("attributes", "ignores", "sample"),
    [
        ("*.csv filter=lfs\n", "\n*.csv\n", "x.csv"),
        ("*.csv filter=lfs\n", "\nresults\n", "results/x.csv"),
        ("data/**/*.json filter=lfs\n", "\n/data/\n", "data/x/x.json"),
        ("[attr]big filter=lfs\n*.h5 big\n", "#\n*.h5\n", "x.h5"),
    ],
)
def test_a_pattern_that_an_ignore_line_hides(attributes: str, ignores: str, sample: str) -> None:
    pattern = attributes.rstrip("\n").rpartition("\n")[2].split()[0]
    number = attributes.count("\n")
    assert hidden(attributes, ignores) == [(pattern, f".gitattributes:{number}", sample, ".gitignore", 2)]


@pytest.mark.parametrize(
    ("attributes", "ignores"),
    [
        ("*.csv filter=lfs\n", "/data/\n*.pyc\n"),
        ("*.csv filter=lfs\n", "*.csv\n!*.csv\n"),
        ("*.csv text\n", "*.csv\n"),
        ("*.csv filter=lfs\n*.csv -filter\n", "*.csv\n"),
        ("*.[ch]sv filter=lfs\n", "x.chsv\n"),
        ("data/ filter=lfs\n", "data/\n"),
    ],
)
def test_a_pattern_that_no_ignore_line_hides(attributes: str, ignores: str) -> None:
    assert hidden(attributes, ignores) == []


def test_nothing_is_looked_for_where_neither_file_is_touched() -> None:
    made = change(before={".gitattributes": "*.csv filter=lfs\n", ".gitignore": "*.csv\n"}, files={"a.md": "x"})
    assert list(lfs.hidden_patterns(made, Policy({}))) == []


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (1, "'*.0' (.gitattributes:1)"),
        (2, "'*.0' (.gitattributes:1) and '*.1' (.gitattributes:2)"),
        (3, "'*.0' (.gitattributes:1), '*.1' (.gitattributes:2) and '*.2' (.gitattributes:3)"),
        (5, "'*.0' (.gitattributes:1), '*.1' (.gitattributes:2), '*.2' (.gitattributes:3) and 2 more"),
    ],
)
def test_one_ignore_line_is_one_conflict(count: int, named: str) -> None:
    attributes = "".join(f"*.{number} filter=lfs\n" for number in range(count))
    made = change(files={".gitattributes": attributes, ".gitignore": "/results/\n"})
    (conflict,) = lfs.hidden_patterns(made, Policy({}))
    assert (conflict.hidden(), conflict.sample) == (named, "results/x.0")


def test_each_pattern_is_told_once() -> None:
    assert [pattern for pattern, *_ in hidden("*.csv filter=lfs\n*.h5 filter=lfs\n", "*.csv\nresults/\n")] == [
        "*.csv",
        "*.h5",
    ]


CSV = b"day,close\n1,2\n"
ITS_POINTER = POINTER.replace(OID.encode(), hashlib.sha256(CSV).hexdigest().encode())


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (CSV, ITS_POINTER, True),
        (CSV, POINTER, False),
        (CSV, b"day,close\n1,3\n", False),
        (CSV, b"day,close\n" * 200, False),
        (None, ITS_POINTER, False),
        (CSV, None, False),
    ],
)
def test_what_only_moves_into_lfs(before: bytes | None, after: bytes | None, moved: bool) -> None:
    tree = MemoryTree({name: data for name, data in (("before", before), ("after", after)) if data is not None})
    touched = Touched("results/x.csv", tree.entry("before"), tree.entry("after"))
    assert lfs.only_became_pointer(touched, tree) is moved
