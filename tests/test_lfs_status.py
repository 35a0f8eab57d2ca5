"""`quantgov lfs status`: how files stand to Git LFS, read without git-lfs, quickly and again after every change."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from data_files import ATTRIBUTES, DataFiles, digest, pointer
from repository import Repo
from typer.testing import CliRunner

from quantgov.cli import quick_lfs
from quantgov.cli.app import app
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.lfs_status import QUOTA, STATES, survey

CSV = b"day,close\n2026-01-05,1.5\n"
GONE = b"day,close\n2026-01-06,1.6\n"


@pytest.fixture
def data(repo: Repo) -> DataFiles:
    return DataFiles(repo)


def states() -> dict[str, list[str]]:
    """The paths of each state that has any."""
    status = survey(Repository.discover())
    return {state: [file.path for file in status.of(state)] for state in STATES if status.of(state)}


def text() -> str:
    repo = Repository.discover()
    return "\n".join(quick_lfs.as_text(repo, survey(repo)))


def report() -> Any:
    return json.loads(quick_lfs.as_json(survey(Repository.discover())))


class TestStates:
    def test_every_state_has_its_files(self, data: DataFiles) -> None:
        data.repo.commit({"tests/sample.feather": "x", "empty.csv": "", "src/a.py": "a = 1\n"})
        data.repo.commit({"here.csv": CSV, "gone.csv": GONE, "damaged.csv": b"1,2\n"})
        data.object(GONE).unlink()
        os.truncate(data.object(b"1,2\n"), 2)
        data.commit_plain({"plain.csv": CSV, "prices.parquet": CSV, "model.npy": pointer(CSV)})
        assert states() == {
            "pointer": ["here.csv"],
            "missing-object": ["gone.csv"],
            "corrupt-object": ["damaged.csv"],
            "pointer-without-line": ["model.npy"],
            "should-be-pointer": ["plain.csv"],
            "outside-lfs": ["prices.parquet"],
            "plain-by-policy": ["tests/sample.feather"],
        }

    @pytest.mark.parametrize(
        "pattern", ["*.bin", "/deep/a.bin", "deep/**", "d?ep/*.bin", "**/a.bin", "*.[b]in", "a.bin", '"deep/a.bin"']
    )
    def test_whatever_the_pattern_is(self, data: DataFiles, pattern: str) -> None:
        data.repo.commit({".gitattributes": f"{pattern} filter=lfs -text\n"})
        data.commit_plain({"deep/a.bin": b"x", "other.txt": b"x"})
        assert states() == {"should-be-pointer": ["deep/a.bin"]}

    def test_lines_of_a_folder_count_there(self, data: DataFiles) -> None:
        data.repo.commit({"deep/.gitattributes": "*.bin filter=lfs -text\n"})
        data.commit_plain({"deep/a.bin": b"x", "a.bin": b"x"})
        assert states() == {"should-be-pointer": ["deep/a.bin"]}
        assert ("*.bin", "deep/.gitattributes:1") in survey(Repository.discover()).patterns

    def test_a_folder_below_hides_nothing(self, data: DataFiles) -> None:
        data.commit_plain({"plain.csv": CSV, "deep/other.csv": CSV})
        data.repo.write(".gitattributes", ATTRIBUTES + "*.bin filter=lfs\n")
        below = Repo(data.repo.path / "deep").quantgov("lfs", "status").stdout
        assert "plain.csv (25 bytes)" in below
        assert "on disk, .gitattributes say otherwise: git add ../.gitattributes" in below
        assert below.replace("../", "") == text() + "\n", "and it is not what is kept for next time"

    def test_endings_are_known_in_any_case(self, data: DataFiles) -> None:
        data.commit_plain({"PRICES.Parquet": CSV})
        assert states() == {"outside-lfs": ["PRICES.Parquet"]}

    def test_the_staged_policy_decides(self, data: DataFiles) -> None:
        data.commit_plain({"a.npy": CSV, "a.bin": CSV})
        data.repo.stage({"quantgov.yaml": "version: 1\nlfs: {suffixes: [.bin]}\n"})
        assert states() == {"outside-lfs": ["a.bin"]}

    def test_a_policy_that_cannot_be_used_is_not_in_the_way(self, data: DataFiles) -> None:
        data.repo.stage({"quantgov.yaml": "version: [\n"})
        data.commit_plain({"a.npy": CSV})
        assert states() == {"outside-lfs": ["a.npy"]}

    def test_an_unmerged_file_is_no_file_yet(self, data: DataFiles) -> None:
        data.repo.commit({"x.csv": CSV})
        data.repo.branch("other")
        data.repo.commit({"x.csv": GONE})
        data.repo.git("switch", "-q", "main")
        data.repo.commit({"x.csv": b"3\n"})
        data.repo.git("merge", "-q", "other", check=False)
        done = data.repo.quantgov("lfs", "status")
        assert (done.returncode, "x.csv" in done.stderr) == (3, True)

    def test_an_empty_repository(self, repo: Repo) -> None:
        assert states() == {}
        assert "no data file is tracked" in text()

    def test_before_the_first_commit_all_is_staged(self, repo: Repo) -> None:
        repo.stage({"a.csv": CSV})
        assert survey(Repository.discover()).staged.plain == {"a.csv": len(CSV)}

    def test_a_bare_repository_has_no_index(self, data: DataFiles, tmp_path: Path) -> None:
        remote = data.remote(tmp_path / "origin")
        os.chdir(remote.path)
        with pytest.raises(UsageError, match="bare"):
            survey(Repository.discover())


class TestAgain:
    def test_what_is_known_is_read_anew_when_the_index_changes(self, data: DataFiles) -> None:
        data.repo.commit({"x.csv": CSV})
        assert states() == {"pointer": ["x.csv"]}
        assert states() == {"pointer": ["x.csv"]}
        data.repo.commit({"y.csv": CSV})
        assert states() == {"pointer": ["x.csv", "y.csv"]}

    def test_objects_are_looked_for_every_time(self, data: DataFiles) -> None:
        data.repo.commit({"x.csv": CSV})
        assert states() == {"pointer": ["x.csv"]}
        data.object(CSV).unlink()
        assert states() == {"missing-object": ["x.csv"]}

    def test_of_what_is_known_all_is_looked_at_again_that_a_change_decides_on(self, data: DataFiles) -> None:
        data.repo.commit({"a.csv": CSV, "b.csv": CSV, "deep/c.csv": CSV, "empty.csv": ""})
        assert states() == {"pointer": ["a.csv", "b.csv", "deep/c.csv"]}
        data.repo.git("rm", "-q", "--cached", "a.csv")
        data.stage_plain({"b.csv": CSV, "empty.csv": b"1"})
        assert states() == {"pointer": ["deep/c.csv"], "should-be-pointer": ["b.csv", "empty.csv"]}
        data.repo.stage({"deep/.gitattributes": "*.csv -filter\n"})
        assert states()["pointer-without-line"] == ["deep/c.csv"]
        data.repo.stage({".gitignore": "/b.csv\n"})
        assert [file["path"] for file in report()["ignored"]] == ["b.csv"]
        data.repo.stage({"quantgov.yaml": "version: 1\nlfs: {suffixes: [.py]}\n", "src/x.py": "x"})
        assert states()["outside-lfs"] == ["src/x.py"]

    def test_an_index_without_a_checksum_is_never_known(self, data: DataFiles) -> None:
        data.repo.git("config", "index.skipHash", "true")
        data.repo.commit({"x.csv": CSV})
        index = data.repo.path / ".git" / "index"
        index.write_bytes(index.read_bytes()[:-20] + bytes(20))
        assert survey(Repository.discover()).of("pointer")
        assert not (data.repo.path / ".git" / "quantgov" / "lfs").exists()

    def test_objects_may_be_kept_elsewhere(self, data: DataFiles) -> None:
        data.repo.commit({"x.csv": CSV})
        shutil.move(data.repo.path / ".git" / "lfs", data.repo.path / ".git" / "store")
        assert states() == {"missing-object": ["x.csv"]}
        data.repo.git("config", "lfs.storage", "store")
        assert states() == {"pointer": ["x.csv"]}


class TestIgnored:
    def test_tracked_files_that_are_ignored_are_told_with_the_line(self, data: DataFiles) -> None:
        data.repo.commit({".gitignore": "results/\n", "results/x.csv": CSV})
        (file,) = survey(Repository.discover()).files
        assert (file.path, file.ignored) == ("results/x.csv", ".gitignore:1 'results/'")
        assert "tracked, but ignored by .gitignore:1 'results/'" in text()

    def test_lines_that_hide_what_git_lfs_keeps(self, data: DataFiles) -> None:
        data.repo.commit({".gitignore": "results/\n"})
        assert survey(Repository.discover()).hidden == [".gitignore:1 'results/' hides '*.csv' (.gitattributes:1)"]
        assert "quantgov lfs track" in text()

    def test_files_on_disk_that_say_otherwise(self, data: DataFiles) -> None:
        data.repo.write(".gitattributes", ATTRIBUTES.replace("\n", "\r\n"))
        assert survey(Repository.discover()).stale == []
        data.repo.write(".gitattributes", ATTRIBUTES + "*.h5 filter=lfs\n")
        data.repo.write(".gitignore", "x\n")
        assert survey(Repository.discover()).stale == [".gitattributes", ".gitignore"]
        assert "git add .gitattributes .gitignore" in text()


class TestWaiting:
    def test_staged_and_not_pushed(self, data: DataFiles, tmp_path: Path) -> None:
        data.repo.commit({"old.csv": b"0"})
        data.remote(tmp_path / "origin")
        data.repo.commit({"x.csv": CSV})
        data.repo.commit({"x.csv": GONE})
        data.stage_plain({"matrix.dat": b"x" * (2 << 20), "y.csv": CSV})
        data.repo.stage({"z.csv": b"123"})
        status = survey(Repository.discover())
        assert status.staged.objects == {digest(b"123"): 3}
        assert status.staged.plain == {"matrix.dat": 2 << 20, "y.csv": len(CSV)}
        assert status.unpushed is not None
        assert status.unpushed.objects == {digest(CSV): 25, digest(GONE): 25}
        shown = text()
        assert "staged: 1 object, 3 bytes, in the next commit" in shown
        assert "past Git LFS: matrix.dat, 2 MiB" in shown
        assert "not pushed: 2 objects, 50 bytes, uploaded by the next push" in shown

    def test_many_that_get_past_are_counted(self, data: DataFiles) -> None:
        data.stage_plain({f"{number}.csv": b"x" * number for number in range(1, 6)})
        assert "past Git LFS: 5.csv, 5 bytes" in text()
        assert "and 2 more" in text()

    def test_without_a_remote_nothing_is_pushed(self, data: DataFiles) -> None:
        assert survey(Repository.discover()).unpushed is None
        assert "there is no remote" in text()


class TestBandwidth:
    def test_what_clones_cost_in_a_month(self, data: DataFiles) -> None:
        size = QUOTA // 50
        big = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n"
        data.stage_pointer("a.csv", big % (b"1" * 64, size))
        data.stage_pointer("again.csv", big % (b"1" * 64, size))
        shown = text()
        assert "a clone downloads 204.8 MiB; GitHub Free gives 10 GiB of bandwidth a month: 50 clones" in shown
        assert "GIT_LFS_SKIP_SMUDGE=1" in shown
        assert report()["clone"] == {"bytes": size, "quota_bytes_a_month": QUOTA, "clones_a_month": 50}

    def test_one_object_beyond_it(self, data: DataFiles) -> None:
        big = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (b"1" * 64, QUOTA)
        data.stage_pointer("a.csv", big)
        assert "a month: 1 clone\n" in text() + "\n"

    def test_nothing_costs_nothing(self, data: DataFiles) -> None:
        assert "a clone downloads" not in text()
        assert report()["clone"]["clones_a_month"] is None


class TestTheCommand:
    def test_it_needs_no_git_lfs(self, data: DataFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        data.repo.commit({"x.csv": CSV})
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        done = data.repo.quantgov("lfs", "status")
        assert (done.returncode, done.stderr) == (0, "")
        assert "      1    25 bytes  a pointer, its object here: x.csv (25 bytes)\n" in done.stdout

    def test_as_json(self, data: DataFiles) -> None:
        data.repo.commit({".gitignore": "/results/\n", "x.csv": CSV, "results/y.csv": CSV})
        found = json.loads(data.repo.quantgov("lfs", "status", "--format", "json").stdout)
        assert (found["schema"], found["data"]) == (1, "hybrid")
        assert found["patterns"] == [{"pattern": "*.csv", "at": ".gitattributes:1"}]
        assert found["files"]["pointer"] == {
            "count": 2, "bytes": 50,
            "files": [
                {"path": "results/y.csv", "size": 25, "oid": digest(CSV)},
                {"path": "x.csv", "size": 25, "oid": digest(CSV)},
            ],
        }  # fmt: skip
        assert found["ignored"] == [{"path": "results/y.csv", "by": ".gitignore:1 '/results/'"}]
        assert (found["staged"], found["unpushed"]) == ({"objects": 0, "bytes": 0, "plain": []}, None)
        assert found["clone"]["bytes"] == 25

    def test_typer_says_the_same(self, data: DataFiles) -> None:
        data.repo.commit({"x.csv": CSV})
        shown = CliRunner().invoke(app, ["lfs", "status"])
        assert (shown.exit_code, shown.output) == (0, text() + "\n")

    def test_names_cannot_write_on_the_terminal(self, data: DataFiles) -> None:
        data.commit_plain({"a\x1b[31m.csv": CSV})
        assert "\x1b" not in data.repo.quantgov("lfs", "status").stdout

    def test_many_files_are_named_by_the_largest(self, data: DataFiles) -> None:
        data.repo.commit({f"{number}.csv": "x" * number for number in range(1, 7)})
        assert "6.csv (6 bytes), 5.csv (5 bytes), 4.csv (4 bytes) and 3 more" in text()

    @pytest.mark.parametrize(
        ("argv", "form"),
        [
            ([], "text"), (["--format", "json"], "json"), (["--format=text"], "text"), (["--help"], ""),
            (["--format"], ""), (["--format", "xml"], ""), (["x"], ""), (["--format", "json", "x"], ""),
            (["--format=json", "x"], ""),
        ],
    )  # fmt: skip
    def test_what_is_answered_without_typer(self, argv: list[str], form: str) -> None:
        assert quick_lfs.parse(argv) == form

    @pytest.mark.parametrize(
        ("failure", "code", "said"),
        [(KeyboardInterrupt(), 130, ""), (UsageError("no", "so"), 2, "no"), (ValueError("x"), 3, "ValueError: x")],
    )
    def test_every_failure_has_its_exit_code(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        failure: BaseException,
        code: int,
        said: str,
    ) -> None:
        def fail(form: str) -> None:
            raise failure

        monkeypatch.setattr(quick_lfs, "run", fail)
        assert quick_lfs.answer("text") == code
        assert said in capsys.readouterr().err

    def test_a_crash_is_shown_to_who_looks_for_it(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QUANTGOV_DEBUG", "1")
        monkeypatch.setattr(quick_lfs, "survey", lambda repo: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            quick_lfs.answer("text")

    def test_outside_a_repository(self, tmp_path: Path) -> None:
        done = Repo(tmp_path).quantgov("lfs", "status")
        assert (done.returncode, "not in a Git repository" in done.stderr) == (2, True)

    def test_a_mistake_is_explained(self, data: DataFiles) -> None:
        done = data.repo.quantgov("lfs", "status", "--format", "xml")
        assert (done.returncode, "xml" in done.stderr) == (2, True)
