"""`quantgov lfs fix`: plain blobs become pointers, staged or committed, and nothing is lost where that fails."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from data_files import ATTRIBUTES, DataFiles, digest, pointer, quantgov
from repository import Repo

from quantgov.process import Completed

CSV = b"day,close\n2026-01-05,1.5\n"
OTHER = b"day,close\n2026-01-06,1.6\n"
LARGE = bytes(range(256)) * 8192
FULL = 1 << 20
"""Bytes beyond which no file can be written: less than LARGE has."""


@pytest.fixture
def data(repo: Repo) -> DataFiles:
    return DataFiles(repo)


def fix(*args: str) -> str:
    done = quantgov("lfs", "fix", *args)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


class TestStaged:
    def test_a_plain_file_becomes_a_pointer_and_the_working_file_stays(self, data: DataFiles) -> None:
        data.stage_plain({"results/x.csv": CSV})
        said = fix()
        assert "results/x.csv, 25 bytes: becomes a pointer" in said
        assert data.staged("results/x.csv") == pointer(CSV)
        assert data.object(CSV).read_bytes() == CSV
        assert (data.repo.path / "results/x.csv").read_bytes() == CSV
        assert data.repo.out("status", "--porcelain") == "A  results/x.csv"
        assert data.repo.git("lfs", "fsck").returncode == 0

    def test_what_is_staged_counts_and_not_what_is_on_disk(self, data: DataFiles) -> None:
        data.stage_plain({"x.csv": CSV})
        data.repo.write("x.csv", OTHER)
        fix()
        assert data.staged("x.csv") == pointer(CSV)
        assert (data.repo.path / "x.csv").read_bytes() == OTHER

    def test_200_mb_staged_by_mistake(self, data: DataFiles) -> None:
        data.stage_plain({"matrix.dat": LARGE})
        said = fix()
        assert "add       *.dat to .gitattributes" in said
        assert "git restore --staged -- PATH" in said
        assert data.staged("matrix.dat") == pointer(LARGE)
        assert b"*.dat filter=lfs" in data.staged(".gitattributes")
        assert (data.repo.path / ".gitattributes").read_bytes() == data.staged(".gitattributes")

    def test_a_pattern_that_would_take_others_along_is_not_written(self, data: DataFiles) -> None:
        data.repo.commit({"small.dat": "x"})
        data.stage_plain({"a b/matrix.dat": LARGE})
        assert "add       /a?b/matrix.dat to .gitattributes" in fix()
        assert data.staged("a b/matrix.dat") == pointer(LARGE)
        assert data.staged("small.dat") == b"x"

    def test_a_file_that_is_named_goes_whatever_its_size(self, data: DataFiles) -> None:
        data.stage_plain({"model.bin": b"abc", "notes.txt": b"abc"})
        fix("model.bin")
        assert (data.staged("model.bin"), data.staged("notes.txt")) == (pointer(b"abc"), b"abc")

    def test_a_folder_stands_for_what_is_in_it(self, data: DataFiles) -> None:
        data.stage_plain({"results/a.csv": CSV, "results/b/c.csv": OTHER, "x.csv": CSV})
        fix("results/")
        staged = [data.staged(path) for path in ("results/a.csv", "results/b/c.csv", "x.csv")]
        assert staged == [pointer(CSV), pointer(OTHER), CSV]

    def test_from_a_folder_below_paths_count_from_there(self, data: DataFiles, monkeypatch: pytest.MonkeyPatch) -> None:
        data.stage_plain({"results/a.csv": CSV})
        done = Repo(data.repo.path / "results").quantgov("lfs", "fix", "a.csv")
        assert (done.returncode, data.staged("results/a.csv")) == (0, pointer(CSV))

    def test_a_line_added_over_files_that_are_there(self, data: DataFiles) -> None:
        data.commit_plain({"old.h5": LARGE})
        data.remote(data.repo.path.parent / "origin")
        data.repo.stage({".gitattributes": ATTRIBUTES + "*.h5 filter=lfs diff=lfs merge=lfs -text\n"})
        fix()
        assert data.staged("old.h5") == pointer(LARGE)

    def test_a_forgotten_line_is_put_where_it_belongs(self, data: DataFiles) -> None:
        data.stage_pointer("model.bin", pointer(CSV))
        fix()
        assert b"*.bin filter=lfs" in data.staged(".gitattributes")
        assert data.staged("model.bin") == pointer(CSV)

    def test_a_pointer_edited_by_hand_is_written_as_git_lfs_would(self, data: DataFiles) -> None:
        data.stage_pointer("x.csv", pointer(CSV).replace(b"\n", b"\r\n"))
        fix()
        assert data.staged("x.csv") == pointer(CSV)

    def test_its_mode_and_odd_names_stay(self, data: DataFiles) -> None:
        data.stage_plain({"é ü,[1].csv": CSV})
        data.repo.git("update-index", "--chmod=+x", "é ü,[1].csv")
        fix()
        assert data.repo.out("ls-files", "-s", "-z").count("100755") == 1

    def test_before_the_first_commit(self, repo: Repo) -> None:
        repo.write("x.csv", CSV)
        repo.git("add", "x.csv")
        fix()
        assert repo.out("show", ":x.csv").encode() + b"\n" == pointer(CSV)

    def test_it_does_not_need_git_lfs(self, data: DataFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        data.stage_plain({"x.csv": CSV})
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        assert "note: a push uploads it by git-lfs, which is not installed" in fix()
        assert data.object(CSV).read_bytes() == CSV

    def test_a_dry_run_does_nothing(self, data: DataFiles) -> None:
        data.stage_plain({"x.csv": CSV})
        before = data.state()
        assert "becomes a pointer" in fix("--dry-run")
        assert data.state() == before

    def test_where_all_is_well_it_says_so(self, data: DataFiles) -> None:
        assert "Nothing to fix" in fix()

    def test_a_team_without_data_is_told_to_take_it_out(self, data: DataFiles) -> None:
        data.repo.commit({".gitattributes": "", "quantgov.yaml": "version: 1\ndata: no-data\n"})
        data.stage_plain({"x.csv": CSV})
        assert "data: no-data): git rm --cached -- x.csv" in fix()
        assert data.staged("x.csv") == CSV

    def test_a_path_that_git_does_not_know(self, data: DataFiles) -> None:
        done = quantgov("lfs", "fix", "nowhere.csv")
        assert (done.returncode, "git knows no nowhere.csv here" in done.stderr) == (2, True)

    def test_a_line_that_says_otherwise_is_named(self, data: DataFiles) -> None:
        data.repo.commit({"results/.gitattributes": "*.csv -filter\n"})
        data.stage_plain({"results/x.csv": CSV})
        before = data.state()
        done = quantgov("lfs", "fix")
        assert (done.returncode, "another line of .gitattributes" in done.stderr) == (2, True)
        assert data.state() == before

    def test_a_bare_repository_has_nothing_staged(self, data: DataFiles, tmp_path: Path) -> None:
        done = data.remote(tmp_path / "origin").quantgov("lfs", "fix")
        assert (done.returncode, "bare" in done.stderr) == (2, True)


class TestNoRoom:
    """Real failures: a limit on the size of any file that is written, and a folder that takes no file."""

    def run_full(self, repo: Repo, *args: str) -> Completed:
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, FULL))

        done = subprocess.run(
            [sys.executable, "-I", "-m", "quantgov", "lfs", "fix", *args],
            cwd=repo.path, capture_output=True, preexec_fn=limit,
        )  # fmt: skip
        return Completed(done.returncode, done.stdout, done.stderr)

    def test_while_an_object_is_written(self, data: DataFiles) -> None:
        data.stage_plain({"a.csv": CSV, "large.csv": LARGE})
        before = data.state()
        done = self.run_full(data.repo)
        assert (done.code, b"File too large" in done.err, b"are as they were" in done.err) == (3, True, True)
        assert data.state() == before

    def test_while_the_index_is_written(self, data: DataFiles) -> None:
        blob = subprocess.run(
            ["git", "hash-object", "-w", "--stdin"], cwd=data.repo.path, input=b"1", capture_output=True
        ).stdout.decode()
        names = (f"{'deep/' * 20}{number:05d}.csv" for number in range(9_000))
        listed = "".join(f"100644 {blob.strip()}\t{name}\n" for name in names)
        subprocess.run(
            ["git", "update-index", "--add", "--index-info"], cwd=data.repo.path, input=listed.encode(), check=True
        )
        before = data.state()
        done = self.run_full(data.repo)
        assert done.code == 3
        assert data.state() == before
        assert not (data.repo.path / ".git" / "index.lock").exists()

    def test_where_a_file_stands_in_the_way(self, data: DataFiles) -> None:
        data.stage_plain({"a.csv": CSV})
        shutil.rmtree(data.repo.path / ".git" / "lfs", ignore_errors=True)
        (data.repo.path / ".git" / "lfs").write_text("in the way")
        before = data.state()
        done = quantgov("lfs", "fix")
        assert (done.returncode, "are as they were" in done.stderr) == (3, True)
        assert data.state() == before

    def test_while_commits_are_rewritten(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"large.csv": LARGE})
        before = data.state()
        done = self.run_full(data.repo, "--yes")
        assert done.code == 3
        assert data.state()[0:2] == before[0:2]
        assert data.state()[3] == before[3]
        assert not list((data.repo.path / ".git" / "quantgov").glob("rewrite-*"))

    def test_while_another_git_is_at_work(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        (data.repo.path / ".git" / "index.lock").touch()
        before = data.state()
        done = quantgov("lfs", "fix", "--yes")
        assert (done.returncode, "another git is at work" in done.stderr) == (2, True)
        assert data.state()[1] == before[1]


class TestCommitted:
    def test_commits_that_nobody_has_are_rewritten_and_the_way_back_is_told(
        self, data: DataFiles, tmp_path: Path
    ) -> None:
        data.remote(tmp_path / "origin")
        data.repo.commit({"a.py": "a = 1\n"}, "feat: a")
        old = data.commit_plain({"results/x.csv": CSV})
        data.repo.commit({"b.py": "b = 1\n"}, "feat: b")
        tip = data.repo.out("rev-parse", "HEAD")
        data.repo.write("b.py", "b = 2\n")
        said = fix("--yes")
        assert "3 commits of main that no remote has: results/x.csv (25 bytes)" in said
        assert data.show("HEAD:results/x.csv") == data.show("HEAD~1:results/x.csv") == pointer(CSV)
        assert data.repo.out("log", "--format=%s", "-3") == "feat: b\ndata: add it\nfeat: a"
        assert (data.repo.path / "results/x.csv").read_bytes() == CSV
        assert data.repo.git("status", "--porcelain").stdout == " M b.py\n"
        back = said.rpartition("the way back: ")[2].strip()
        data.repo.git(*back.split()[1:])
        assert data.repo.out("rev-parse", "HEAD") == tip
        assert data.show(f"{old}:results/x.csv") == CSV

    def test_pushed_commits_are_left_alone(self, data: DataFiles, tmp_path: Path) -> None:
        data.commit_plain({"old.csv": CSV})
        data.remote(tmp_path / "origin")
        pushed = data.repo.out("rev-parse", "HEAD")
        data.commit_plain({"new.csv": OTHER})
        fix("--yes")
        assert data.repo.out("rev-parse", "HEAD~1") == pushed
        assert (data.show("HEAD~1:old.csv"), data.show("HEAD:new.csv")) == (CSV, pointer(OTHER))
        assert data.show("HEAD:old.csv") == pointer(CSV), "in a commit that is rewritten all is as its lines say"

    def test_added_and_deleted_again(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.dat": LARGE})
        data.repo.git("rm", "-q", "x.dat")
        data.repo.commit(None, "feat: without it")
        fix("--yes", "x.dat")
        assert data.show("HEAD~1:x.dat") == pointer(LARGE)
        assert data.repo.out("ls-files") == ".gitattributes\nquantgov.yaml"

    def test_what_a_later_commit_put_right(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        data.repo.git("add", "--renormalize", "x.csv")
        data.repo.commit(None, "fix: x is a pointer")
        fix("--yes")
        assert data.show("HEAD~1:x.csv") == pointer(CSV)

    def test_staged_and_committed_at_once(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        data.stage_plain({"y.csv": OTHER, "x.csv": OTHER})
        fix("--yes")
        assert data.show("HEAD:x.csv") == pointer(CSV)
        assert data.staged("x.csv") == data.staged("y.csv") == pointer(OTHER)
        assert data.repo.out("diff", "--cached", "--name-only") == "x.csv\ny.csv"

    def test_edited_attributes_on_disk_are_kept(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.dat": LARGE})
        data.repo.write(".gitattributes", ATTRIBUTES + "# mine\n")
        fix("--yes")
        assert "# mine" in (data.repo.path / ".gitattributes").read_text()

    def test_nobody_to_ask_rewrites_nothing(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        before = data.state()
        done = quantgov("lfs", "fix")
        assert (done.returncode, "quantgov lfs fix --yes" in done.stderr) == (2, True)
        assert data.state() == before

    def test_on_no_branch_commits_are_left_alone(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        data.repo.git("switch", "-q", "--detach")
        assert "HEAD is on no branch" in fix("--yes")

    def test_without_git_lfs_commits_are_left_as_they_are(
        self, data: DataFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        before = data.state()
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
        with monkeypatch.context() as patch:
            patch.setenv("PATH", str(tmp_path / "bin"))
            done = quantgov("lfs", "fix", "--yes")
        assert (done.returncode, "needs git-lfs" in done.stderr) == (3, True)
        assert data.state() == before

    def test_other_branches_tags_and_backups_stay(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        data.repo.git("branch", "other")
        data.repo.git("tag", "v1")
        tip = data.repo.out("rev-parse", "HEAD")
        fix("--yes")
        assert data.repo.out("rev-parse", "other") == data.repo.out("rev-parse", "v1") == tip
        assert data.object(CSV).name == digest(CSV)
