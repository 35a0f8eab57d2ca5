"""`quantgov lfs migrate`: whole histories move into Git LFS, with a way back, and never behind anybody's back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from data_files import ATTRIBUTES, DataFiles, pointer, quantgov
from repository import Repo

CSV = b"day,close\n2026-01-05,1.5\n" * 40
OTHER = b"day,close\n2026-01-06,1.6\n" * 40


@pytest.fixture
def data(repo: Repo) -> DataFiles:
    """Two branches and a tag, each with plain data files of old."""
    made = DataFiles(repo, attributes="# nothing yet\n")
    made.commit_plain({"prices.csv": CSV, "notes.md": b"x"})
    made.repo.git("tag", "-a", "v1", "-m", "first")
    made.repo.branch("other")
    made.commit_plain({"other.csv": OTHER})
    made.repo.git("switch", "-q", "main")
    made.repo.commit({".gitattributes": ATTRIBUTES})
    return made


def migrate(*args: str) -> str:
    done = quantgov("lfs", "migrate", "--yes", *args)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def refused(*args: str) -> str:
    done = quantgov("lfs", "migrate", "--yes", *args)
    assert done.returncode == 2, done.stderr + done.stdout
    return done.stderr


class TestThisBranch:
    def test_its_history_holds_pointers_and_the_way_back_leads_to_what_it_was(self, data: DataFiles) -> None:
        tip = data.repo.out("rev-parse", "HEAD")
        said = migrate()
        assert said.startswith("*.csv"), "git lfs migrate info comes first"
        assert data.show("HEAD:prices.csv") == data.show("HEAD~1:prices.csv") == pointer(CSV)
        assert data.object(CSV).read_bytes() == CSV
        assert (data.repo.path / "prices.csv").read_bytes() == CSV
        assert data.repo.out("status", "--porcelain") == ""
        assert data.show("other:prices.csv") == data.show("v1:prices.csv") == CSV
        back = said.rpartition("the way back: git ")[2].split()
        data.repo.git(*back)
        assert data.repo.out("rev-parse", "HEAD") == tip

    def test_a_folder_below_is_no_narrower(self, data: DataFiles) -> None:
        data.repo.commit({"src/a.py": "a = 1\n"})
        done = Repo(data.repo.path / "src").quantgov("lfs", "migrate", "--yes")
        assert done.returncode == 0, done.stderr
        assert data.show("HEAD~2:prices.csv") == pointer(CSV)
        assert data.repo.out("status", "--porcelain") == ""

    def test_patterns_may_be_named(self, data: DataFiles) -> None:
        data.repo.commit({"a.py": "a = 1\n"})
        migrate("--include", "*.md,*.py")
        assert data.show("HEAD:notes.md") == pointer(b"x")
        assert data.show("HEAD:a.py") == pointer(b"a = 1\n")
        assert data.show("HEAD:prices.csv") == CSV
        assert "*.md filter=lfs" in (data.repo.path / ".gitattributes").read_text()

    def test_a_dry_run_shows_how_much_it_is(self, data: DataFiles) -> None:
        before = data.state()
        done = quantgov("lfs", "migrate", "--dry-run")
        assert (done.returncode, "*.csv" in done.stdout) == (0, True)
        assert data.state() == before

    def test_nothing_to_rewrite(self, data: DataFiles) -> None:
        migrate()
        assert "Nothing to move" in migrate()

    def test_without_lines_the_policy_s_endings_move(self, data: DataFiles) -> None:
        data.repo.commit({".gitattributes": "# none\n"})
        migrate()
        assert data.show("HEAD:prices.csv") == pointer(CSV)

    def test_a_team_without_data_has_to_name_them(self, data: DataFiles) -> None:
        data.repo.commit({".gitattributes": "# none\n", "quantgov.yaml": "version: 1\ndata: no-data\n"})
        assert "data: no-data" in refused()


class TestEverything:
    def test_every_branch_and_tag(self, data: DataFiles) -> None:
        tips = data.repo.out("for-each-ref", "refs/heads", "refs/tags")
        said = migrate("--everything")
        for name in ("HEAD", "other", "v1"):
            assert data.show(f"{name}:prices.csv") == pointer(CSV)
        assert data.show("other:other.csv") == pointer(OTHER)
        assert data.repo.out("cat-file", "-t", "v1") == "tag"
        backup = said.partition("kept below ")[2].partition(";")[0]
        assert len(data.repo.out("for-each-ref", backup).splitlines()) == 3
        back = said.rpartition("the way back: ")[2].strip()
        for command in back.split(" && "):
            data.repo.git(*command.replace("'", "").split()[1:])
        assert data.repo.out("for-each-ref", "refs/heads", "refs/tags") == tips

    def test_from_no_branch_at_all(self, data: DataFiles) -> None:
        data.repo.git("switch", "-q", "--detach")
        assert "--everything" in refused()
        tip = data.repo.out("rev-parse", "HEAD")
        migrate("--everything")
        assert data.show("main:prices.csv") == pointer(CSV)
        assert data.repo.out("rev-parse", "HEAD") == tip


class TestRefusals:
    def test_while_something_is_not_committed(self, data: DataFiles) -> None:
        data.repo.write("notes.md", "y")
        before = data.state()
        assert "notes.md is not committed" in refused()
        assert data.state() == before

    def test_while_a_data_file_is_not_committed(self, data: DataFiles) -> None:
        data.repo.write("prices.csv", OTHER + b"2\n")
        assert "prices.csv is not committed" in refused()

    def test_where_others_have_the_commits(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        before = data.state()
        said = refused()
        assert "prices.csv is plain in commits that were pushed" in said
        assert "--rewrite-pushed" in said
        assert data.state() == before

    def test_unless_told_and_then_everybody_learns_what_to_do(self, data: DataFiles, tmp_path: Path) -> None:
        data.remote(tmp_path / "origin")
        said = migrate("--rewrite-pushed")
        assert data.show("HEAD~1:prices.csv") == pointer(CSV)
        assert "git push --force-with-lease --all origin" in said
        assert "git rebase --onto origin/main" in said

    def test_what_was_pushed_as_pointers_is_no_reason(self, data: DataFiles, tmp_path: Path) -> None:
        migrate("--everything")
        data.remote(tmp_path / "origin")
        pushed = data.repo.out("rev-parse", "HEAD")
        data.commit_plain({"new.csv": OTHER})
        assert "everybody" not in migrate()
        assert data.repo.out("rev-parse", "HEAD~1") == pushed
        assert data.show("HEAD:new.csv") == pointer(OTHER)

    def test_without_git_lfs(self, data: DataFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        done = quantgov("lfs", "migrate", "--yes")
        assert (done.returncode, "needs git-lfs" in done.stderr) == (3, True)

    def test_nobody_to_ask_rewrites_nothing(self, data: DataFiles) -> None:
        before = data.state()
        done = quantgov("lfs", "migrate")
        assert (done.returncode, "quantgov lfs migrate --yes" in done.stderr) == (2, True)
        assert data.state() == before
