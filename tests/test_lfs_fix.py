"""`quantgov lfs fix`: plain blobs become pointers, staged or committed, and nothing is lost where that fails."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from data_files import ATTRIBUTES, DataFiles, digest, pointer, quantgov
from repository import Repo

from quantgov.lfs_store import Store
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

    @pytest.mark.parametrize("name", ["results/a.csv", "./results/", "../results/a.csv"])
    def test_a_path_that_a_hook_named_from_the_root_is_found(self, data: DataFiles, name: str) -> None:
        data.stage_plain({"results/a.csv": CSV, "strategies/b.py": b""})
        done = Repo(data.repo.path / "strategies").quantgov("lfs", "fix", "--", name)
        assert (done.returncode, data.staged("results/a.csv")) == (0, pointer(CSV))

    def test_what_is_there_from_here_comes_before_what_is_there_from_the_root(self, data: DataFiles) -> None:
        data.stage_plain({"a.csv": CSV, "results/a.csv": CSV})
        Repo(data.repo.path / "results").quantgov("lfs", "fix", "a.csv")
        assert (data.staged("a.csv"), data.staged("results/a.csv")) == (CSV, pointer(CSV))

    def test_from_a_folder_below_all_of_the_repository_is_fixed(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"old.csv": CSV, "results/b.py": b""})
        data.stage_plain({"matrix.dat": LARGE})
        done = Repo(data.repo.path / "results").quantgov("lfs", "fix", "--yes")
        assert done.returncode == 0, done.stderr
        assert (data.show("HEAD:old.csv"), data.staged("matrix.dat")) == (pointer(CSV), pointer(LARGE))
        assert data.repo.out("status", "--porcelain") == "M  .gitattributes\nA  matrix.dat"

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

    @pytest.mark.parametrize("removal", [("rm", "-q"), ("rm", "-q", "--cached")])
    def test_lines_that_went_with_their_file_come_back_with_it(self, data: DataFiles, removal: tuple[str, ...]) -> None:
        lines = ATTRIBUTES + "*.parquet filter=lfs -text\n*.intoto.json -text\nquantgov-waivers.yaml merge=union\n"
        data.repo.commit({".gitattributes": lines, "x.csv": CSV, "deep/y.bin": "x"})
        data.repo.git(*removal, ".gitattributes")
        data.stage_plain({"plain.csv": OTHER, "model.h5": LARGE})
        said = fix()
        assert "  restore   .gitattributes, as HEAD has it:\n            *.csv filter=lfs diff=lfs" in said
        assert "merge=union\n" in said
        assert (data.staged("plain.csv"), data.staged("model.h5")) == (pointer(OTHER), pointer(LARGE))
        on_disk = (data.repo.path / ".gitattributes").read_text()
        assert on_disk == data.staged(".gitattributes").decode()
        assert on_disk.startswith(lines)
        assert "*.h5 filter=lfs" in on_disk

    def test_a_long_file_that_comes_back_is_shown_in_part(self, data: DataFiles) -> None:
        data.repo.commit({".gitattributes": ATTRIBUTES + "# a\n" * 11, "x.csv": CSV})
        data.repo.git("rm", "-q", ".gitattributes")
        assert "            and 2 more lines\n" in fix("--dry-run")
        fix()
        assert data.repo.out("status", "--porcelain") == ""

    def test_a_file_in_a_folder_comes_back_there(self, data: DataFiles) -> None:
        data.repo.commit({"deep/.gitattributes": "*.bin filter=lfs -text\n"})
        data.stage_pointer("deep/x/y.bin", pointer(CSV))
        data.repo.commit(None)
        shutil.rmtree(data.repo.path / "deep")
        data.repo.git("rm", "-q", "--cached", "deep/.gitattributes")
        fix()
        assert data.staged("deep/.gitattributes") == b"*.bin filter=lfs -text\n"
        assert (data.repo.path / "deep/.gitattributes").exists()
        assert data.staged(".gitattributes").decode() == ATTRIBUTES

    def test_a_file_that_an_earlier_commit_took_away(self, data: DataFiles, tmp_path: Path) -> None:
        data.repo.commit({".gitattributes": ATTRIBUTES + "*.md text\n", "x.csv": CSV})
        data.remote(tmp_path / "origin")
        pushed = data.repo.out("rev-parse", "HEAD")
        data.repo.git("rm", "-q", ".gitattributes")
        data.repo.commit(None)
        assert f"restore   .gitattributes, as {pushed[:10]} has it" in fix("x.csv")
        assert data.staged(".gitattributes").decode() == ATTRIBUTES + "*.md text\n"

    def test_of_a_file_that_was_only_edited_the_line_comes_back_as_it_was(self, data: DataFiles) -> None:
        data.repo.commit({".gitattributes": "results/** filter=lfs -text\n"})
        data.stage_pointer("results/y.bin", pointer(CSV))
        data.repo.commit(None)
        data.repo.stage({".gitattributes": "*.md text\n"})
        assert "add       results/** to .gitattributes" in fix()
        assert data.staged(".gitattributes").startswith(b"*.md text\n")

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
        done = quantgov("lfs", "fix")
        said = "  keep out  x.csv, by the policy (data: no-data): git rm --cached -- x.csv\n"
        assert (done.returncode, done.stdout) == (1, said)
        assert data.staged("x.csv") == CSV
        data.repo.write("notes/a.md", "x")
        data.repo.git("add", "notes/a.md")
        assert "git rm --cached -- ../x.csv" in Repo(data.repo.path / "notes").quantgov("lfs", "fix").stdout
        assert "Nothing to fix" in fix("notes/a.md")
        data.repo.git("rm", "-q", "--cached", "--", "x.csv")
        assert "Nothing to fix" in fix()

    def test_such_a_team_is_told_of_its_commits_too(self, data: DataFiles, tmp_path: Path) -> None:
        data.commit_plain({"old.csv": CSV})
        data.repo.commit({".gitattributes": "", "quantgov.yaml": "version: 1\ndata: no-data\n"})
        data.remote(tmp_path / "origin")
        commit = data.commit_plain({"x.csv": CSV, "old.csv": OTHER})
        data.repo.commit({"a.py": "a = 1\n"})
        done = quantgov("lfs", "fix")
        said = (
            f"  keep out  x.csv, by the policy (data: no-data): git rebase -i {commit[:10]}^, to take it out of there\n"
        )
        assert (done.returncode, done.stdout) == (1, said)

    def test_what_a_line_gives_to_git_lfs_all_the_same_goes_there(self, data: DataFiles) -> None:
        data.repo.commit({"quantgov.yaml": "version: 1\ndata: no-data\n"})
        data.stage_plain({"x.csv": CSV})
        assert "becomes a pointer" in fix()

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

    def run_full(self, repo: Repo, *args: str, command: str = "fix", limit: int = FULL) -> Completed:
        done = subprocess.run(
            [sys.executable, "-IB", "-m", "quantgov", "lfs", command, *args],
            cwd=repo.path, capture_output=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
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
        names = (f"{'deep/' * 45}{number:05d}.csv" for number in range(4_000))
        listed = "".join(f"100644 {blob.strip()}\t{name}\n" for name in names)
        subprocess.run(
            ["git", "update-index", "--add", "--index-info"], cwd=data.repo.path, input=listed.encode(), check=True
        )
        before = data.state()
        done = self.run_full(data.repo)
        assert done.code == 3
        assert data.state() == before
        assert not (data.repo.path / ".git" / "index.lock").exists()

    def test_a_content_that_breaks_off_leaves_nothing(self, tmp_path: Path) -> None:
        def pieces() -> Iterator[bytes]:
            yield b"x"
            raise OSError("gone")

        with pytest.raises(OSError, match="gone"):
            Store(str(tmp_path)).add(pieces())
        assert not [each for each in tmp_path.rglob("*") if each.is_file()]

    def test_what_ctrl_c_comes_too_late_for_is_kept(self, data: DataFiles) -> None:
        """Git runs this hook when it has written the index."""
        data.stage_plain({"a.csv": CSV})
        hook = data.repo.write(".git/hooks/post-index-change", "#!/bin/sh\nkill -INT $FIX\n")
        hook.chmod(0o755)
        command = f"FIX=$$ exec {sys.executable} -I -m quantgov lfs fix"
        done = subprocess.run(command, shell=True, cwd=data.repo.path, env={**os.environ, "FIX": ""})  # noqa: S602
        hook.unlink()
        assert done.returncode == 130
        assert data.staged("a.csv") == pointer(CSV)
        assert data.object(CSV).read_bytes() == CSV

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
        for command in ("fix", "migrate"):
            done = self.run_full(data.repo, "--yes", command=command)
            said = done.err.decode()
            assert done.code == 3
            assert "file too large" in said
            assert "; nothing was changed\n" in said
            assert f"fix: where the disk is full, free some space; then: quantgov lfs {command} --yes\n" in said
            assert "refs/shadow" not in said + done.out.decode()
            assert (data.state()[:2], data.state()[3]) == (before[:2], before[3])
            assert "objects" not in data.state()[2]
            assert not list((data.repo.path / ".git").rglob("rewrite-*"))

    def test_before_commits_are_rewritten(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV})
        before = data.state()
        done = self.run_full(data.repo, "--yes", limit=60)
        said = done.err.decode()
        assert (done.code, "nothing was changed\n" in said, "then: quantgov lfs fix --yes\n" in said) == (3, True, True)
        assert "git init" not in said
        assert data.state() == before

    def test_when_the_branch_is_to_move(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.dat": LARGE})
        (data.repo.path / ".git" / "refs" / "quantgov").write_text("in the way")
        before = data.state()
        done = quantgov("lfs", "fix", "--yes")
        assert (done.returncode, "; nothing was changed" in done.stderr) == (3, True)
        assert (data.state()[:2], data.state()[3]) == (before[:2], before[3])

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

    def test_an_edit_as_young_as_the_index_is_still_one(self, data: DataFiles, tmp_path: Path) -> None:
        """Git knows such an edit only by the time of the index, which is rewritten much later."""
        data.remote(tmp_path / "origin")
        data.commit_plain({"x.csv": CSV, "b.py": b"b = 1\n"})
        for key, value in (("core.trustctime", "false"), ("core.checkStat", "minimal")):
            data.repo.git("config", key, value)
        files = [data.repo.path / name for name in ("b.py", ".git/index")]
        os.utime(files[0], (1e9, 1e9))
        data.repo.git("update-index", "--refresh", check=False)
        files[0].write_text("b = 2\n")
        for file in files:
            os.utime(file, (1e9, 1e9))
        fix("--yes")
        assert data.repo.git("status", "--porcelain").stdout == " M b.py\n"

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
