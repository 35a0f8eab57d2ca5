"""Trees: the same questions put to a commit, to the index, to a dict, and to one laid over another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import discover

from quantgov import entrance
from quantgov.errors import CannotJudge
from quantgov.git import MODE_FILE, MODE_SUBMODULE, MODE_SYMLINK, MODE_TREE, Entry
from quantgov.tree import EMPTY, MemoryTree, Overlay, Tree, blob_oid, parse_tree

if TYPE_CHECKING:
    from repository import Repo

FILES: dict[str, str | bytes] = {
    "a.txt": "a\n",
    "b/c.txt": "c\n",
    "b/d/e.txt": b"\xff\x00",
    "b-side.txt": "sorts between\n",
    "-dash": "dash\n",
    "with space.txt": "space\n",
    "new\nline": "newline\n",
    "é.bin": "accent\n",
}


def trees(repo: Repo) -> dict[str, Tree]:
    """The same files by every kind of tree."""
    repo.commit({"gone.txt": "gone\n", "a.txt": "before\n"})
    repo.git("rm", "-q", "gone.txt")
    repo.stage(FILES)
    index = entrance.staged(discover(repo.path)).head
    commit = repo.commit()
    found = discover(repo.path)
    laid = Overlay(
        MemoryTree({**FILES, "gone.txt": "gone\n", "a.txt": "before\n"}),
        {"gone.txt": None, "a.txt": Entry(MODE_FILE, blob_oid(b"a\n"))},
    )
    return {"memory": MemoryTree(FILES), "index": index, "commit": entrance.snapshot(found, commit).head, "laid": laid}


def test_every_kind_of_tree_gives_the_same_answers(repo: Repo) -> None:
    expected = sorted(FILES)
    for name, tree in trees(repo).items():
        assert tree.paths() == expected, name
        assert tree.paths("b/") == ["b/c.txt", "b/d/e.txt"], name
        assert tree.paths("b/d/") == ["b/d/e.txt"], name
        assert tree.paths("none/") == [], name
        for path in expected:
            data = FILES[path]
            raw = data.encode() if isinstance(data, str) else data
            assert (tree.oid(path), tree.mode(path)) == (blob_oid(raw), MODE_FILE), (name, path)
        assert tree.entry("gone.txt") is None, name
        assert tree.read("b/d/e.txt") == tree.read_file("b/d/e.txt") == b"\xff\x00", name
        assert tree.size("b/d/e.txt") == 2, name


def test_a_tree_in_memory_knows_no_commits() -> None:
    assert MemoryTree({}).of_commit("0" * 40) is None


@pytest.mark.parametrize("path", ["b", "none", "a.txt/below", "", "b/", "B/c.txt"])
def test_what_is_no_file_has_no_contents(repo: Repo, path: str) -> None:
    repo.commit(FILES)
    tree = entrance.snapshot(discover(repo.path)).head
    assert (tree.read(path), tree.size(path), tree.read_file(path)) == (None, None, None)
    assert MemoryTree(FILES).oid(path) is None
    assert MemoryTree(FILES).mode(path) is None


def test_a_symlink_is_its_target_and_never_followed(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    (repo.path / "link").symlink_to(tmp_path / "secret")
    repo.git("add", "link")
    repo.commit()
    tree = entrance.snapshot(discover(repo.path)).head
    assert tree.mode("link") == MODE_SYMLINK
    assert tree.read("link") == str(tmp_path / "secret").encode()
    assert tree.read_file("link") is None


def test_a_submodule_is_a_path_without_contents(repo: Repo) -> None:
    commit = repo.commit(FILES)
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{commit},vendor")
    tree = entrance.staged(discover(repo.path)).head
    assert tree.mode("vendor") == MODE_SUBMODULE
    assert "vendor" in tree.paths()
    assert (tree.read("vendor"), tree.size("vendor")) == (None, None)


def test_names_that_are_no_utf8_are_kept_byte_for_byte(repo: Repo) -> None:
    (Path(repo.path) / "caf\udce9.txt").write_text("latin")
    repo.git("add", ".")
    repo.commit()
    tree = entrance.snapshot(discover(repo.path)).head
    assert tree.paths() == ["caf\udce9.txt"]
    assert tree.read("caf\udce9.txt") == b"latin"


def test_modes_of_a_dict_are_the_ones_given() -> None:
    assert MemoryTree({"link": "target"}, {"link": MODE_SYMLINK}).mode("link") == MODE_SYMLINK
    assert EMPTY.paths() == []


def test_an_overlay_reads_what_it_takes_from_below() -> None:
    below = MemoryTree({"old": "moved\n"})
    laid = Overlay(below, {"old": None, "new/place": below.entry("old")})
    assert laid.paths() == ["new/place"]
    assert laid.paths("new/") == ["new/place"]
    assert (laid.read("new/place"), laid.size("new/place"), laid.read("old")) == (b"moved\n", 6, None)


def test_a_tree_says_nothing_that_its_kind_does_not() -> None:
    tree = Tree()
    tree.prefetch(["announced"])
    tree.reopen()
    for ask in (lambda: tree.entry("x"), tree.paths, lambda: tree.content("x"), lambda: tree.size_of("x")):
        with pytest.raises(NotImplementedError):
            ask()


def test_an_index_without_a_commit_is_a_tree_too(repo: Repo) -> None:
    repo.stage({"a/b": "x\n"})
    tree = entrance.staged(discover(repo.path)).head
    assert isinstance(tree, Overlay)
    assert tree.paths() == ["a/b"]


def test_entries_are_values() -> None:
    assert Entry(MODE_FILE, "a") == Entry(MODE_FILE, "a") != Entry(MODE_SYMLINK, "a")
    assert len({Entry(MODE_FILE, "a"), Entry(MODE_FILE, "a"), Entry(MODE_FILE, "b")}) == 2
    assert Entry(0o100664, "a").is_file
    assert Entry(MODE_FILE, "a") != "a"


def entry_of(mode: str, name: str) -> bytes:
    return f"{mode} {name}".encode() + b"\0" + bytes(20)


def test_a_folder_is_one_whatever_bits_its_mode_has() -> None:
    assert parse_tree(entry_of("40755", "strategies"), 20)["strategies"].mode == MODE_TREE


def test_a_name_that_a_folder_holds_twice_stops_the_judgement() -> None:
    with pytest.raises(CannotJudge, match=r"holds 'z\.parquet' twice"):
        parse_tree(entry_of("100644", "z.parquet") + entry_of("120000", "z.parquet"), 20)
