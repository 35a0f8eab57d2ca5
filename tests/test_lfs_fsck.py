"""`quantgov lfs fsck`: pointers and objects to the byte, read without git-lfs; each fault named with what mends it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from data_files import DataFiles, digest, pointer, quantgov
from repository import Repo

from quantgov import fsck
from quantgov.errors import UsageError
from quantgov.git import Repository

CSV = b"day,close\n2026-01-05,1.5\n"
OTHER = b"day,close\n2026-01-06,1.6\n"


@pytest.fixture
def data(repo: Repo) -> DataFiles:
    made = DataFiles(repo)
    made.repo.commit({"x.csv": CSV})
    return made


def faults() -> list[tuple[str, str]]:
    report = fsck.examine(Repository.discover(), lambda done, total: None)
    return [(fault.path, fault.kind) for fault in report.faults]


def test_all_is_whole(data: DataFiles) -> None:
    done = quantgov("lfs", "fsck")
    assert (done.returncode, done.stdout) == (0, "1 pointer, 25 bytes of objects read: all whole\n")


def test_an_object_that_is_gone(data: DataFiles) -> None:
    data.object(CSV).unlink()
    done = quantgov("lfs", "fsck")
    assert (done.returncode, faults()) == (1, [("x.csv", "missing-object")])
    assert "x.csv: its object is not here" in done.stdout
    assert "fix: git lfs pull" in done.stdout


def test_an_object_whose_bytes_changed_and_whose_size_did_not(data: DataFiles) -> None:
    data.object(CSV).write_bytes(OTHER)
    assert faults() == [("x.csv", "corrupt-object")]


def test_an_object_that_was_cut_short(data: DataFiles) -> None:
    os.truncate(data.object(CSV), 3)
    assert faults() == [("x.csv", "corrupt-object")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (pointer(CSV).replace(b"\n", b"\r\n"), "not-canonical"),
        (pointer(CSV)[:-1], "not-canonical"),
        (pointer(CSV) + b"note mine\n", "not-canonical"),
        (pointer(CSV).replace(b"size 25", b"size 26"), "edited-pointer"),
        (pointer(CSV).replace(b"size 25", b"size x"), "broken-pointer"),
        (pointer(CSV).replace(digest(CSV).encode(), digest(CSV).encode()[:-1]), "broken-pointer"),
        (pointer(CSV).replace(digest(CSV).encode(), digest(OTHER).encode()), "missing-object"),
        (b"day,close\n", "should-be-pointer"),
    ],
)
def test_a_pointer_edited_by_hand(data: DataFiles, text: bytes, kind: str) -> None:
    data.stage_pointer("x.csv", text)
    assert faults() == [("x.csv", kind)]


def test_a_pointer_whose_line_went_with_the_attributes(data: DataFiles) -> None:
    data.repo.git("rm", "-q", ".gitattributes")
    assert faults() == [("x.csv", "pointer-without-line")]


def test_a_pointer_with_extensions_is_whole(data: DataFiles) -> None:
    text = pointer(CSV).replace(b"\noid", b"\next-0-clean sha256:" + digest(OTHER).encode() + b"\noid")
    data.stage_pointer("x.csv", text)
    assert faults() == []


def test_what_a_commit_brought_that_was_not_pushed_has_to_be_there_for_the_push(
    data: DataFiles, tmp_path: Path
) -> None:
    data.remote(tmp_path / "origin")
    commit = data.repo.commit({"x.csv": OTHER})
    data.repo.commit({"x.csv": b"3\n"})
    data.object(OTHER).unlink()
    done = quantgov("lfs", "fsck")
    assert f"x.csv in {commit[:10]}: its object is not here" in done.stdout
    assert "no remote has it" in done.stdout


def test_a_broken_pointer_in_such_a_commit(data: DataFiles, tmp_path: Path) -> None:
    data.remote(tmp_path / "origin")
    data.commit_plain({"x.csv": pointer(CSV).replace(b"size 25", b"size x")})
    data.repo.commit({"x.csv": CSV})
    assert faults() == [("x.csv", "broken-pointer")]


def test_it_needs_no_git_lfs_and_speaks_json(data: DataFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data.object(CSV).unlink()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    done = quantgov("lfs", "fsck", "--format", "json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["schema"], found["pointers"], found["bytes"]) == (1, 1, 1, 0)
    assert [(each["path"], each["kind"]) for each in found["faults"]] == [("x.csv", "missing-object")]


def test_before_the_first_commit(repo: Repo) -> None:
    repo.stage({"x.csv": CSV})
    assert faults() == []


def test_a_bare_repository_has_no_index(data: DataFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data.remote(tmp_path / "origin").path)
    with pytest.raises(UsageError, match="bare"):
        faults()
