"""Git LFS with a remote in the file system and one behind HTTP: what is pushed arrives, what is lost is told."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from data_files import DataFiles, digest, pointer
from lfs_server import LfsServer, serving
from repository import Repo

from quantgov import doctor
from quantgov.doctor import Check
from quantgov.git import Repository
from quantgov.lfs_store import Store
from quantgov.onboarding import plan
from quantgov.workspace import Workspace, take

CSV = b"day,close\n2026-01-05,1.5\n"
OTHER = b"day,close\n2026-01-06,1.6\n"


@pytest.fixture
def data(repo: Repo) -> DataFiles:
    return DataFiles(repo)


@pytest.fixture
def server() -> Iterator[LfsServer]:
    with serving() as made:
        yield made


def guarded(data: DataFiles) -> None:
    """With quantgov's hooks, of which pre-push uploads."""
    take(plan(Repository.discover()).steps)
    data.repo.commit({"quantgov.yaml": (data.repo.path / "quantgov.yaml").read_text(), "x.csv": CSV})
    data.repo.branch("backtest/x")


def uploads() -> Check:
    checks = doctor.examine(Workspace(Repository.discover()), asks=False)
    return next(check for check in checks if check.name == "uploads")


def clone(data: DataFiles, path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    filters = ("-c", "filter.lfs.process=git-lfs filter-process", "-c", "filter.lfs.required=true")
    url = data.repo.out("config", "remote.origin.url")
    return data.repo.git(*filters, "clone", "-q", "-b", "backtest/x", url, str(path), check=False, **env)


class TestFileRemote:
    def test_a_push_brings_the_objects(self, data: DataFiles, tmp_path: Path) -> None:
        remote = data.remote(tmp_path / "origin")
        guarded(data)
        data.repo.git("push", "-q", "origin", "backtest/x")
        assert Store(str(remote.path / "lfs")).is_intact(digest(CSV))
        assert uploads() == Check("uploads", "origin has every object that was pushed")

    def test_a_push_past_the_hook_is_mended(self, data: DataFiles, tmp_path: Path) -> None:
        remote = data.remote(tmp_path / "origin")
        guarded(data)
        data.repo.git("push", "-q", "--no-verify", "origin", "backtest/x")
        data.repo.commit({"y.csv": OTHER})
        data.repo.git("push", "-q", "origin", "backtest/x")
        store = Store(str(remote.path / "lfs"))
        assert (store.size(digest(CSV)), store.size(digest(OTHER))) == (-1, 25), "later pushes bring nothing of before"
        found = uploads()
        assert found.found == "origin lacks 1 of 2 objects, and later pushes bring none of them"
        assert found.fix == "git lfs push --all origin"
        data.repo.quantgov("doctor", "--fix", "--yes")
        assert store.is_intact(digest(CSV))
        assert uploads().is_ok

    def test_it_is_mended_where_nobody_can_choose_a_passphrase(self, data: DataFiles, tmp_path: Path) -> None:
        remote = data.remote(tmp_path / "origin")
        guarded(data)
        data.repo.git("push", "-q", "--no-verify", "origin", "backtest/x")
        done = data.repo.quantgov("doctor", "--fix")
        assert "problem signing" in done.stdout
        assert Store(str(remote.path / "lfs")).is_intact(digest(CSV))

    def test_what_is_nowhere_has_to_be_pushed_by_who_has_it(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        guarded(data)
        data.repo.commit({"y.csv": OTHER})
        data.repo.git("push", "-q", "--no-verify", "origin", "backtest/x")
        clone(data, tmp_path / "clone", GIT_LFS_SKIP_SMUDGE="1")
        cloned = Repo(tmp_path / "clone")
        said = cloned.quantgov("doctor").stdout
        assert "problem uploads    neither here nor on origin: 2 of 2 objects" in said
        assert "fix: who has them runs: git lfs push --all origin" in said
        assert "its object is not here, nor on origin" in cloned.quantgov("lfs", "fsck").stdout

        data.object(OTHER).unlink()
        assert uploads().found == (
            "origin lacks 2 of 2 objects, and later pushes bring none of them; "
            "neither here nor on origin: 1 of 2 objects"
        )
        data.repo.quantgov("doctor", "--fix", "--yes")
        assert uploads().found == "neither here nor on origin: 1 of 2 objects"

    def test_what_was_fixed_is_uploaded_by_the_next_push(self, data: DataFiles, tmp_path: Path) -> None:
        remote = data.remote(tmp_path / "origin")
        guarded(data)
        data.commit_plain({"research/large.csv": OTHER})
        assert data.repo.git("push", "-q", "origin", "backtest/x", check=False).returncode == 1
        assert data.repo.quantgov("lfs", "fix", "--yes").returncode == 0
        data.repo.git("push", "-q", "origin", "backtest/x")
        assert Store(str(remote.path / "lfs")).is_intact(digest(OTHER))
        assert remote.out("show", "backtest/x:research/large.csv").encode() + b"\n" == pointer(OTHER)

    @pytest.mark.parametrize("pushed", [False, True])
    def test_where_there_is_nothing_to_upload(self, data: DataFiles, tmp_path: Path, pushed: bool) -> None:
        assert uploads().found == "not needed: there is no remote"
        data.remote(tmp_path / "origin")
        data.repo.commit({"x.csv": CSV} if not pushed else {"a.md": "x"})
        assert uploads().found == "not needed: nothing in Git LFS was pushed"

    def test_a_remote_that_is_no_bare_repository(self, data: DataFiles, tmp_path: Path) -> None:
        data.repo.commit({"x.csv": CSV})
        other = Repo(tmp_path / "other")
        data.repo.git("clone", "-q", str(data.repo.path), str(other.path), GIT_LFS_SKIP_SMUDGE="1")
        other.git("fetch", "-q")
        assert Store(str(data.repo.path / ".git" / "lfs")).is_intact(digest(CSV))


class TestHttpRemote:
    @pytest.fixture
    def pushed(self, data: DataFiles, server: LfsServer, tmp_path: Path) -> DataFiles:
        data.repo.commit({".lfsconfig": f"[lfs]\n\turl = {server.url}\n"})
        data.repo.git("config", "lfs.locksverify", "false")
        data.remote(tmp_path / "origin")
        guarded(data)
        data.repo.git("push", "-q", "origin", "backtest/x")
        return data

    def test_a_push_uploads_and_a_clone_downloads(self, pushed: DataFiles, server: LfsServer, tmp_path: Path) -> None:
        assert server.objects[digest(CSV)] == CSV
        assert clone(pushed, tmp_path / "clone").returncode == 0
        assert (tmp_path / "clone" / "x.csv").read_bytes() == CSV

    def test_a_clone_without_objects_costs_nothing_and_is_told(
        self, pushed: DataFiles, server: LfsServer, tmp_path: Path
    ) -> None:
        server.asked.clear()
        assert clone(pushed, tmp_path / "clone", GIT_LFS_SKIP_SMUDGE="1").returncode == 0
        assert server.asked == []
        cloned = Repo(tmp_path / "clone")
        assert "a pointer, its object not here: x.csv" in cloned.quantgov("lfs", "status").stdout
        done = cloned.quantgov("lfs", "fsck")
        assert (done.returncode, "fix: git lfs pull" in done.stdout) == (1, True)
        cloned.git("lfs", "install", "--local", "--skip-repo")
        cloned.git("lfs", "pull")
        assert cloned.quantgov("lfs", "fsck").returncode == 0

    def test_an_object_that_the_server_lost(self, pushed: DataFiles, server: LfsServer, tmp_path: Path) -> None:
        server.lost.add(digest(CSV))
        assert clone(pushed, tmp_path / "clone").returncode != 0
        clone(pushed, tmp_path / "bare", GIT_LFS_SKIP_SMUDGE="1")
        cloned = Repo(tmp_path / "bare")
        assert cloned.git("lfs", "pull", check=False).returncode != 0
        said = cloned.quantgov("lfs", "fsck").stdout
        assert "fix: git lfs pull; where that finds nothing, who has it runs: git lfs push --all origin\n" in said
        server.lost.clear()
        del server.objects[digest(CSV)]
        done = pushed.repo.quantgov("doctor", "--fix", "--yes")
        assert "done: upload git lfs push --all origin" in done.stdout
        assert server.objects[digest(CSV)] == CSV

    def test_an_object_that_arrives_damaged_is_never_taken(
        self, pushed: DataFiles, server: LfsServer, tmp_path: Path
    ) -> None:
        server.damaged.add(digest(CSV))
        clone(pushed, tmp_path / "clone", GIT_LFS_SKIP_SMUDGE="1")
        cloned = Repo(tmp_path / "clone")
        assert cloned.git("lfs", "pull", check=False).returncode != 0
        assert "missing-object" in cloned.quantgov("lfs", "fsck", "--format", "json").stdout

    def test_a_damaged_object_here_is_fetched_anew_as_fsck_says(self, pushed: DataFiles) -> None:
        pushed.object(CSV).write_bytes(OTHER)
        pushed.repo.write("x.csv", pointer(CSV))
        said = pushed.repo.quantgov("lfs", "fsck").stdout
        assert "fix: git lfs fsck --objects, which puts it aside; then git lfs pull" in said
        pushed.repo.git("lfs", "fsck", "--objects", check=False)
        pushed.repo.git("lfs", "pull")
        assert pushed.object(CSV).read_bytes() == CSV

    def test_a_push_of_a_pointer_whose_object_is_gone_fails(self, pushed: DataFiles, server: LfsServer) -> None:
        pushed.repo.commit({"y.csv": OTHER})
        pushed.object(OTHER).unlink()
        (pushed.repo.path / "y.csv").unlink()
        assert pushed.repo.git("push", "-q", "origin", "backtest/x", check=False).returncode != 0
        assert "y.csv: its object is not here" in pushed.repo.quantgov("lfs", "fsck").stdout

    def test_without_fix_doctor_asks_no_network(self, pushed: DataFiles, server: LfsServer) -> None:
        server.asked.clear()
        found = uploads()
        assert (found.is_ok, server.asked) == (True, [])
        assert "only the network tells" in found.found
