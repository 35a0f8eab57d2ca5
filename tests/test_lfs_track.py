"""`quantgov lfs track`: .gitattributes and .gitignore from one table, which no preset makes contradict each other."""

from __future__ import annotations

import itertools
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from data_files import DataFiles, pointer, quantgov
from repository import Repo

from quantgov import entrance, onboarding, policy, rules, tracking
from quantgov.cli.app import app
from quantgov.engine import judge
from quantgov.git import Repository
from quantgov.rule import Failed
from quantgov.workspace import pending, take

FIXTURES = Path(__file__).parent / "fixtures" / "reference"
POLICY = "version: 1\n# how we keep data\ndata: hybrid   # for now\nmode: guard\n"
CSV = b"day,close\n2026-01-05,1.5\n"


@pytest.fixture
def begun(repo: Repo) -> Repo:
    repo.commit({"quantgov.yaml": POLICY}, "chore: begin")
    return repo


def track(*args: str) -> str:
    done = quantgov("lfs", "track", "--yes", *args)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def text(repo: Repo, name: str) -> str:
    return (repo.path / name).read_text()


def ignored(repo: Repo, path: str) -> bool:
    return repo.git("check-ignore", "-q", "--no-index", path, check=False).returncode == 0


def conflicts(repo: Repo) -> list[str]:
    """What QG507 finds once the two files are staged."""
    repo.git("add", "-A")
    change = entrance.staged(Repository.discover())
    found = judge(change, [rules.find("QG507")[0]], policy.of_change(change))
    return [each.finding.message for outcome in found if isinstance(outcome, Failed) for each in outcome.rulings]


class TestPresets:
    @pytest.mark.parametrize("preset", tracking.PRESETS)
    @pytest.mark.parametrize("ignores", ["s0-gitignore", "s1-gitignore", ""])
    def test_no_preset_contradicts_itself_whatever_was_there(self, begun: Repo, preset: str, ignores: str) -> None:
        if ignores:
            begun.write(".gitignore", (FIXTURES / ignores).read_bytes())
        begun.write(".gitattributes", (FIXTURES / "s0-gitattributes").read_bytes())
        track("--preset", preset)
        assert conflicts(begun) == []
        assert "Nothing to do" in track("--preset", preset)

    @pytest.mark.parametrize(("first", "then"), list(itertools.permutations(tracking.PRESETS, 2)))
    def test_one_preset_leaves_nothing_of_another(self, begun: Repo, first: str, then: str) -> None:
        track("--preset", then)
        straight = {name: {*text(begun, name).split("\n")} for name in (".gitignore", ".gitattributes")}
        for name in straight:
            (begun.path / name).unlink()
        track("--preset", first)
        track("--preset", then)
        assert {name: {*text(begun, name).split("\n")} for name in straight} == straight
        assert not any(text(begun, name).startswith("\n") for name in straight)
        assert conflicts(begun) == []

    @pytest.mark.parametrize("preset", tracking.PRESETS)
    def test_no_comment_speaks_of_another_preset(self, repo: Repo, preset: str) -> None:
        take(onboarding.plan(Repository.discover()).steps)
        written = text(repo, "quantgov.yaml").replace("data: hybrid     ", f"data: {preset}")
        track("--preset", preset)
        assert text(repo, "quantgov.yaml").replace(" ", "") == written.replace(" ", "")
        said = text(repo, ".gitignore") + text(repo, ".gitattributes")
        assert ("# Market data is fetched, not committed" in said) == (preset != "lfs-results")
        assert ("# Data files go through Git LFS" in said) == (preset != "no-data")
        assert "\n\n\n" not in said

    def test_what_stood_below_such_a_comment_stays(self, begun: Repo) -> None:
        begun.write(".gitignore", "*.log\n\n# Market data is fetched, not committed\n/data/*\n.tickdb_cache/\n")
        track("--preset", "lfs-results")
        assert text(begun, ".gitignore").startswith("*.log\n\n.tickdb_cache/\n")

    def test_the_policy_is_edited_in_place(self, begun: Repo) -> None:
        track("--preset", "no-data")
        assert text(begun, "quantgov.yaml") == POLICY.replace("data: hybrid ", "data: no-data ").replace("   #", "  #")

    @pytest.mark.parametrize(
        ("preset", "expected"),
        [
            ("hybrid", {"data/x.csv": True, "data/x/x.json": True, "results/x.csv": False, "tests/x.csv": False}),
            ("lfs-results", {"data/x.csv": False, "data/x/x.json": False, "results/x.csv": False}),
            ("no-data", {"data/x.csv": True, "data/x/x.json": True, "results/x.csv": True, "tests/x.csv": False}),
        ],
    )
    def test_git_ignores_what_the_preset_says(self, begun: Repo, preset: str, expected: dict[str, bool]) -> None:
        track("--preset", preset)
        assert {path: ignored(begun, path) for path in expected} == expected
        assert not ignored(begun, "data/datasets.yaml")
        assert not ignored(begun, "src/data/load.py")

    @pytest.mark.parametrize("line", ["/data/", "/data", "data/", "data"])
    def test_the_registry_of_datasets_comes_out_from_under_an_old_line(self, begun: Repo, line: str) -> None:
        begun.write(".gitignore", f"*.pyc\n{line}\n*.log\n")
        track("--preset", "hybrid")
        assert text(begun, ".gitignore").startswith("*.pyc\n/data/*\n!/data/datasets.yaml\n*.log\n")
        assert (ignored(begun, "data/x/y.bin"), ignored(begun, "data/datasets.yaml")) == (True, False)

    def test_a_preset_needs_a_policy_to_be_kept_in(self, repo: Repo) -> None:
        done = quantgov("lfs", "track", "--yes", "--preset", "hybrid")
        assert (done.returncode, "quantgov init" in done.stderr) == (2, True)

    def test_pointers_are_not_left_without_their_line(self, repo: Repo) -> None:
        data = DataFiles(repo)
        data.repo.commit({"x.csv": CSV, "y.csv": CSV})
        done = quantgov("lfs", "track", "--yes", "--preset", "no-data")
        assert (done.returncode, "x.csv and 1 more would be a pointer that nothing" in done.stderr) == (2, True)
        assert text(repo, ".gitattributes").count("\n") == 1

    def test_what_will_be_ignored_and_stays_tracked_is_told(self, begun: Repo) -> None:
        begun.commit({".gitattributes": "", "tests/x.csv": CSV, "data/a.h5": CSV, "data/b.h5": CSV})
        said = track("--preset", "no-data")
        assert "note: data/a.h5 and 1 more will be ignored, but stays tracked" in said


class TestWithoutPreset:
    def test_an_ignore_line_that_hides_results_is_shown_and_taken_out(self, begun: Repo) -> None:
        begun.write(".gitignore", "# built\nresults/\n*.parquet\n")
        said = track()
        assert "-results/\n" in said
        assert "-*.parquet\n" in said
        assert not ignored(begun, "results/x.parquet")
        assert "# built" in text(begun, ".gitignore")

    def test_the_printed_commands_bring_it_in(self, repo: Repo) -> None:
        data = DataFiles(repo, attributes="")
        data.commit_plain({"old.csv": CSV})
        said = track()
        for command in said.partition("What is left for you:\n")[2].splitlines():
            subprocess.run(command, shell=True, check=True, capture_output=True)  # noqa: S602
        assert data.show("HEAD:old.csv") == pointer(CSV)

    def test_without_a_policy_the_defaults_hold(self, repo: Repo) -> None:
        track()
        assert "*.csv filter=lfs diff=lfs merge=lfs -text\n" in text(repo, ".gitattributes")

    def test_it_also_sees_to_it_that_git_knows_git_lfs(self, begun: Repo) -> None:
        track()
        assert begun.out("config", "filter.lfs.clean")


class TestOwnPatterns:
    @pytest.mark.parametrize(
        ("given", "line", "path"),
        [
            ("*.bin", "*.bin", "deep/x.bin"),
            ("models/", "models/**", "models/a/b"),
            ("my models/*.pt", '"my models/*.pt"', "my models/x.pt"),
            ('say "hi"', '"say \\"hi\\""', 'say "hi"'),
        ],
    )
    def test_git_understands_them(self, begun: Repo, given: str, line: str, path: str) -> None:
        said = track(given)
        assert f"+{line} filter=lfs diff=lfs merge=lfs -text\n" in said
        assert begun.out("check-attr", "filter", path).endswith(": lfs")

    def test_one_that_is_there_is_not_written_again(self, begun: Repo) -> None:
        track("*.bin")
        assert "Nothing to do" in track("*.bin", "*.csv")

    def test_an_ignore_line_that_hides_one_is_taken_out(self, begun: Repo) -> None:
        begun.write(".gitignore", "models/\n")
        assert "-models/\n" in track("models/*.pt")
        assert conflicts(begun) == []

    def test_market_data_stays_out_where_the_policy_says_so(self, begun: Repo) -> None:
        track()
        done = quantgov("lfs", "track", "--yes", "data/ref/*.bin")
        assert done.returncode == 2
        assert "data/ref/*.bin would be hidden by '/data/*', which keeps market data out (data: hybrid)" in done.stderr
        assert "ref" not in text(begun, ".gitattributes")

    def test_a_line_in_a_folder_s_own_file_is_pointed_at(self, begun: Repo) -> None:
        begun.commit({"models/.gitignore": "*.pt\n"})
        done = quantgov("lfs", "track", "--yes", "models/*.pt")
        assert (done.returncode, "models/.gitignore:1 '*.pt' hides models/*.pt" in done.stderr) == (2, True)

    @pytest.mark.parametrize("pattern", ["", " ", "!*.bin", "#x", "a\nb", "[attr]x"])
    def test_what_can_be_none(self, begun: Repo, pattern: str) -> None:
        done = quantgov("lfs", "track", "--yes", "--", pattern)
        assert (done.returncode, "cannot be a pattern" in done.stderr) == (2, True)


class TestTheCommand:
    def test_a_dry_run_shows_and_writes_nothing(self, begun: Repo) -> None:
        done = quantgov("lfs", "track", "--dry-run")
        assert (done.returncode, "+*.csv filter=lfs" in done.stdout) == (0, True)
        assert not (begun.path / ".gitattributes").exists()

    def test_nobody_to_ask_writes_nothing(self, begun: Repo) -> None:
        done = quantgov("lfs", "track")
        assert (done.returncode, "quantgov lfs track --yes" in done.stderr) == (2, True)
        assert not (begun.path / ".gitattributes").exists()

    @pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 130), ("\x04", 130)], ids=["yes", "no", "end"])
    def test_a_person_is_asked(self, begun: Repo, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
        terminal, end = pty.openpty()
        os.write(terminal, answer.encode())
        with os.fdopen(terminal, "wb"), os.fdopen(end, encoding="utf-8") as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            assert (app(["lfs", "track"], standalone_mode=False) or 0) == code
        assert (begun.path / ".gitattributes").exists() == (code == 0)

    def test_from_a_folder_below_its_commands_work_there(self, repo: Repo) -> None:
        data = DataFiles(repo, attributes="")
        data.commit_plain({"old.csv": CSV, "src/a.py": b"a = 1\n"})
        below = Repo(repo.path / "src")
        said = below.quantgov("lfs", "track", "--yes").stdout
        for command in said.partition("What is left for you:\n")[2].splitlines():
            subprocess.run(command, shell=True, check=True, capture_output=True, cwd=below.path)  # noqa: S602
        assert data.show("HEAD:old.csv") == pointer(CSV)

    def test_a_bare_repository_has_no_such_files(self, tmp_path: Path) -> None:
        remote = Repo(tmp_path)
        remote.git("init", "-q", "--bare")
        done = remote.quantgov("lfs", "track", "--yes")
        assert (done.returncode, "bare" in done.stderr) == (2, True)


class TestInit:
    def test_the_registry_can_be_committed_and_market_data_cannot(self, repo: Repo) -> None:
        take(onboarding.plan(Repository.discover()).steps)
        assert "/data/*\n!/data/datasets.yaml\n" in text(repo, ".gitignore")
        assert (ignored(repo, "data/x/y.bin"), ignored(repo, "data/datasets.yaml")) == (True, False)

    @pytest.mark.parametrize("line", ["/data/", "/data"])
    def test_an_older_line_is_replaced_after_it_was_shown(self, repo: Repo, line: str) -> None:
        repo.write(".gitignore", f"mine\r\n{line}\r\n")
        made = onboarding.plan(Repository.discover())
        (note,) = [step.note for step in made.steps if step.target == ".gitignore"]
        assert "'/data/' becomes '/data/*'" in note
        take(made.steps)
        assert (repo.path / ".gitignore").read_bytes().startswith(b"mine\r\n/data/*\r\n!/data/datasets.yaml\r\n")
        assert pending(onboarding.plan(Repository.discover()).steps) == []

    def test_a_wider_line_is_somebody_s_own_and_pointed_out(self, repo: Repo) -> None:
        repo.write(".gitignore", "data/\n")
        made = onboarding.plan(Repository.discover())
        assert ".gitignore:1 'data/' hides data/datasets.yaml too: quantgov lfs track mends it" in made.notes
        take(made.steps)
        assert pending(onboarding.plan(Repository.discover()).steps) == []
