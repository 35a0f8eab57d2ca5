"""`quantgov lfs fsck`: pointers and objects to the byte, read without git-lfs; each fault named with what mends it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
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


def advice(data: DataFiles) -> tuple[str, str]:
    """What is wrong, by the first fault, and what mends it."""
    said = data.repo.quantgov("lfs", "fsck").stdout.splitlines()
    return said[0], said[1].removeprefix("  fix: ")


def run(data: DataFiles, command: str) -> None:
    data.repo.git(*command.removeprefix("git ").split())


def test_all_is_whole(data: DataFiles) -> None:
    done = quantgov("lfs", "fsck")
    assert (done.returncode, done.stdout) == (0, "1 pointer, 25 bytes of objects read: all whole\n")


def test_an_object_that_is_gone(data: DataFiles) -> None:
    data.object(CSV).unlink()
    assert faults() == [("x.csv", "missing-object")]
    assert advice(data) == ("x.csv: its object is not here: aebda545acd1…", "git add --renormalize -- x.csv")
    data.repo.git("add", "--renormalize", "--", "x.csv")
    assert faults() == []


def test_an_object_that_is_gone_with_the_data(data: DataFiles) -> None:
    data.object(CSV).unlink()
    data.repo.write("x.csv", pointer(CSV))
    assert advice(data)[1] == "put the data back in its place, as it was, then: git add --renormalize -- x.csv"
    data.repo.write("x.csv", CSV)
    data.repo.git("add", "--renormalize", "--", "x.csv")
    assert faults() == []


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
    remote = data.remote(tmp_path / "origin")
    commit = data.repo.commit({"x.csv": OTHER})
    data.repo.commit({"x.csv": b"3\n"})
    data.repo.git("lfs", "push", "--object-id", "origin", digest(OTHER))
    data.object(OTHER).unlink()
    said, fix = advice(data)
    assert said == f"x.csv in {commit[:10]}: its object is not here: {digest(OTHER)[:12]}…"
    run(data, fix)
    assert faults() == []

    data.object(OTHER).unlink()
    shutil.rmtree(remote.path / "lfs")
    said, fix = advice(data)
    assert said == f"x.csv in {commit[:10]}: its object is not here, nor on origin: {digest(OTHER)[:12]}…"
    assert fix == "git lfs clean < FILE, which holds the data as it was"
    data.repo.write("FILE", OTHER)
    data.repo.git("add", "FILE")
    subprocess.run(fix.partition(",")[0], shell=True, check=True, capture_output=True)  # noqa: S602
    assert faults() == []


def test_what_is_neither_here_nor_on_the_remote_has_to_come_from_somebody_else(data: DataFiles, tmp_path: Path) -> None:
    shutil.rmtree(data.remote(tmp_path / "origin").path / "lfs", ignore_errors=True)
    data.object(CSV).unlink()
    data.repo.write("x.csv", pointer(CSV))
    said, fix = advice(data)
    assert said == "x.csv: its object is not here, nor on origin: aebda545acd1…"
    assert fix == "who has it runs: git lfs push --all origin"


def test_what_is_staged_and_in_no_commit_was_never_pushed(data: DataFiles, tmp_path: Path) -> None:
    data.remote(tmp_path / "origin")
    data.stage_pointer("y.csv", pointer(OTHER))
    assert advice(data)[1] == "put the data back in its place, as it was, then: git add --renormalize -- y.csv"


def test_what_another_clone_pushed_is_fetched(data: DataFiles, tmp_path: Path) -> None:
    data.remote(tmp_path / "origin")
    data.repo.git("lfs", "push", "--all", "origin")
    data.object(CSV).unlink()
    data.repo.write("x.csv", pointer(CSV))
    assert advice(data)[1] == "git lfs pull"
    run(data, "git lfs pull")
    assert faults() == []


def test_behind_a_network_nobody_knows(data: DataFiles, tmp_path: Path) -> None:
    data.remote(tmp_path / "origin")
    data.repo.git("config", "lfs.url", "https://lfs.example.com")
    commit = data.repo.commit({"x.csv": OTHER})
    data.repo.commit({"x.csv": b"3\n"})
    data.object(OTHER).unlink()
    assert advice(data)[1] == (
        f"git lfs fetch origin {commit[:10]}; "
        "where that finds nothing, git lfs clean < FILE, which holds the data as it was"
    )


def test_a_damaged_object_of_such_a_commit_is_put_aside(data: DataFiles, tmp_path: Path) -> None:
    data.remote(tmp_path / "origin")
    commit = data.repo.commit({"x.csv": OTHER})
    data.repo.commit({"x.csv": b"3\n"})
    data.object(OTHER).write_bytes(CSV)
    aside, _, rest = advice(data)[1].partition(", which puts it aside; then ")
    assert aside == f"git lfs fsck --objects {commit[:10]}"
    assert rest == "git lfs clean < FILE, which holds the data as it was"
    data.repo.git(*aside.split()[1:], check=False)
    assert faults() == [("x.csv", "missing-object")]


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


def test_a_folder_below_hides_nothing(data: DataFiles) -> None:
    data.stage_pointer("x.csv", pointer(CSV).replace(b"size 25", b"size 26"))
    data.repo.stage({"strategies/a.py": "a = 1\n"})
    done = Repo(data.repo.path / "strategies").quantgov("lfs", "fsck")
    assert (done.returncode, "x.csv: the pointer says 26 bytes" in done.stdout) == (1, True)
    assert "fix: git log -- ../x.csv names the commits" in done.stdout


def test_before_the_first_commit(repo: Repo) -> None:
    repo.stage({"x.csv": CSV})
    assert faults() == []


def test_a_bare_repository_has_no_index(data: DataFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data.remote(tmp_path / "origin").path)
    with pytest.raises(UsageError, match="bare"):
        faults()
