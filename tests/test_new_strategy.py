"""`quantgov new-strategy`: its ids, branches and files, and that what it writes passes every rule and every tool."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from quantgov import documents, engine, entrance, passport, policy, rules, scaffold
from quantgov.cli.strategy import new_strategy
from quantgov.errors import QuantgovError, UsageError
from quantgov.git import Objects, Repository
from quantgov.passport import SCHEMA_URL
from quantgov.rule import Passed, Skipped
from quantgov.scaffold import Frequency, NewStrategy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from repository import Repo
    from typer.testing import Result

    from quantgov.change import Change

FIELDS = ["strategy_id", "name", "version", "status", "researcher", "hypothesis_date", "frequency", "alpha_thesis"]
TODAY = "2026-11-20"
PASSPORT = """\
strategy_id: {}
name: Some strategy
version: v1.0.0
status: research
researcher: bob@fund.com
hypothesis_date: 2026-01-15
alpha_thesis: Prices move
"""


def plan(
    name: str = "Earnings gap",
    *,
    researcher: str = "",
    frequency: Frequency = Frequency.DAILY,
    thesis: str = "",
    branching: bool = True,
    today: str = TODAY,
) -> NewStrategy:
    repository = Repository.discover()
    return scaffold.plan(
        repository, name, today=today, researcher=researcher, frequency=frequency, thesis=thesis, branching=branching
    )


def make(name: str = "Earnings gap", *, branching: bool = True) -> NewStrategy:
    strategy = plan(name, branching=branching)
    scaffold.write(Repository.discover(), strategy)
    return strategy


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command()(new_strategy)
    return CliRunner().invoke(app, args)


def passport_of(number: str) -> dict[str, str | bytes]:
    return {f"strategies/s{number}/passport.yaml": PASSPORT.format(f"STR-2026-{number}")}


def all_refs(repo: Repo) -> str:
    return repo.out("for-each-ref") + repo.out("symbolic-ref", "-q", "HEAD")


@pytest.fixture
def started(repo: Repo) -> Repo:
    repo.commit({"README.md": "# Team\n"})
    return repo


class TestTheCommand:
    def test_writes_the_folder_and_makes_the_branch(self, started: Repo) -> None:
        done = started.quantgov("new-strategy", "Earnings gap", "--thesis", "Gaps fill", "--frequency", "weekly")

        assert done.returncode == 0, done.stderr
        assert started.out("branch", "--show-current") == "strategy/earnings-gap"
        folder = started.path / "strategies/earnings-gap"
        assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
            "brief.md",
            "earnings_gap_signals.py",
            "params/v0.1.0.yaml",
            "passport.yaml",
            "test_earnings_gap_signals.py",
        ]
        schema, *lines = (folder / "passport.yaml").read_text().splitlines()
        assert schema == f"# yaml-language-server: $schema={SCHEMA_URL}"
        assert [line.partition(":")[0] for line in lines] == FIELDS
        assert lines[1] == "name: Earnings gap"
        assert lines[2:5] == ["version: v0.1.0", "status: ideation", "researcher: alice@fund.com"]
        assert lines[6:] == ["frequency: weekly", "alpha_thesis: Gaps fill"]
        assert started.out("status", "--short") == "?? strategies/"

    @pytest.mark.parametrize("materiality", ["high", "medium", "low"])
    def test_materiality_is_a_line_of_its_own_where_it_is_given(self, started: Repo, materiality: str) -> None:
        assert run("Earnings gap", "--materiality", materiality).exit_code == 0

        text = (started.path / "strategies/earnings-gap/passport.yaml").read_text()
        assert text.endswith(f"\nmateriality: {materiality}\n")
        assert passport.problems(text.encode()) == []

    def test_says_what_was_written_and_what_comes_next(self, started: Repo) -> None:
        result = run("Earnings gap")

        first, *lines = result.output.splitlines()
        year = first[4:8]
        assert first == f"STR-{year}-0001 Earnings gap"
        assert [line.lstrip("├─└` +-") for line in lines] == [
            "strategies/earnings-gap/",
            "passport.yaml",
            "brief.md",
            "params/v0.1.0.yaml",
            "earnings_gap_signals.py",
            "test_earnings_gap_signals.py",
            "on branch strategy/earnings-gap, made where you were",
            "next:",
            "edit strategies/earnings-gap/brief.md",
            "git add strategies/earnings-gap",
            "git commit -m 'strategy: add Earnings gap'",
        ]

    def test_reports_as_json(self, started: Repo) -> None:
        started.write("strategies/old/passport.yaml", PASSPORT.format("STR-2020-0007"))

        report = json.loads(run("Earnings gap", "--format", "json").output)

        assert report["strategy_id"].endswith("-0001")
        assert (report["schema"], report["name"], report["folder"]) == (1, "Earnings gap", "strategies/earnings-gap")
        assert report["files"][0] == "strategies/earnings-gap/passport.yaml"
        assert (report["branch"], report["branch_made"]) == ("strategy/earnings-gap", True)
        assert report["notes"] == []
        assert report["next_steps"][1] == "git add strategies/earnings-gap"

    @pytest.mark.parametrize("detached", [False, True])
    def test_says_where_it_stayed(self, started: Repo, detached: bool) -> None:
        if detached:
            started.git("switch", "-q", "--detach")

        output = run("Earnings gap", "--no-branch").output

        assert ("on no branch: HEAD is detached\n" if detached else "on branch main\n") in output
        assert ("note: main is protected; before you commit: git switch -c strategy/earnings-gap" in output) != detached

    def test_the_commands_it_names_work_from_a_folder_below(
        self, started: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started.write("docs/notes.md")
        monkeypatch.chdir(started.path / "docs")

        steps = make("It's a gap; rm -rf").next_steps
        for step in steps[1:]:
            subprocess.run(step, shell=True, check=True, capture_output=True)  # noqa: S602 - a user would paste it

        assert started.out("log", "-1", "--format=%s") == "strategy: add It's a gap; rm -rf"
        assert "strategies/its-a-gap-rm-rf/passport.yaml" in started.out("ls-files")

    def test_a_refusal_ends_with_the_fix_and_exit_code_2(self, started: Repo) -> None:
        started.quantgov("new-strategy", "Earnings gap")

        done = started.quantgov("new-strategy", "Earnings gap")

        assert done.returncode == 2
        assert done.stderr.splitlines()[0] == "quantgov: strategies/earnings-gap exists already"
        assert "fix: quantgov new-strategy <another name>" in done.stderr


def judged(change: Change, judging: policy.Policy) -> None:
    every = [rule for rule, _ in rules.every()]
    outcomes = engine.judge(change, every, judging)
    assert [(each.code, each.status) for each in outcomes if not isinstance(each, Passed | Skipped)] == []
    looked_at = {each.code: each.judged for each in outcomes if isinstance(each, Passed)}
    assert looked_at["QG401"] >= 5
    assert looked_at["QG101"] == 1


POLICIES = {
    "none": "",
    "trunk": "version: 1\nbranches: trunk\n",
    "develop": "version: 1\nmode: govern\nbranches: develop\npaths: {strategies: research/alpha}\n",
}


class TestEveryRule:
    @pytest.mark.parametrize("preset", POLICIES)
    @pytest.mark.parametrize("name", ["Earnings gap", "3x: \"quoted\" {{ name }} 'é' #1"])
    def test_finds_nothing_in_what_is_written(self, repo: Repo, preset: str, name: str) -> None:
        files: dict[str, str | bytes] = {
            ".gitattributes": "results/** filter=lfs diff=lfs merge=lfs -text\n",
            ".gitignore": ".env\n__pycache__/\n/data/\n",
        }
        main = repo.commit(files | ({"quantgov.yaml": POLICIES[preset]} if POLICIES[preset] else {}))

        strategy = make(name)
        repo.git("add", strategy.folder)
        staged = entrance.drafted(Repository.discover(), f"strategy: add {strategy.name}\n")
        judging = policy.of_change(staged)
        assert judging.source == ("main" if POLICIES[preset] else "defaults")
        judged(staged, judging)

        repo.git("commit", "-q", "-m", f"strategy: add {strategy.name}")
        ranged = entrance.ranged(Repository.discover(), main, "HEAD", repo.out("branch", "--show-current"))
        assert len(ranged.commits) == 1
        judged(ranged, judging)

    def test_the_guard_itself_would_see_a_fault(self, started: Repo) -> None:
        strategy = make()
        started.write(f"{strategy.folder}/passport.yaml", "status: ideaton\n")
        started.git("add", strategy.folder)

        with pytest.raises(AssertionError, match="QG401"):
            judged(entrance.drafted(Repository.discover(), "strategy: add it\n"), policy.Policy({}))


class TestTheGeneratedCode:
    @pytest.fixture
    def folders(self, started: Repo) -> list[Path]:
        """Two strategies side by side, one with a name that no module could have."""
        return [started.path / make(name).folder for name in ("Signal", "3 day random")]

    def test_its_tests_pass_together_and_alone(self, started: Repo, folders: Sequence[Path]) -> None:
        assert self.passed(started.path) == 6
        assert [self.passed(folder) for folder in folders] == [3, 3]

    @staticmethod
    def passed(folder: Path) -> int:
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return int(done.stdout.splitlines()[-1].split()[0])

    def test_it_needs_nothing_but_python(self, folders: Sequence[Path]) -> None:
        code = "from signal_signals import *; print(compute_signals([2, 1], Params(lookback_bars=1, entry_return=0.1)))"
        done = subprocess.run([sys.executable, "-S", "-c", code], cwd=folders[0], capture_output=True, text=True)
        assert done.stdout == "[0, 1]\n", done.stderr

    def test_its_parameters_fit_its_code(self, folders: Sequence[Path]) -> None:
        values = yaml.safe_load((folders[0] / "params/v0.1.0.yaml").read_text())
        code = f"import signal_signals as s; s.Params(**{values!r})"
        subprocess.run([sys.executable, "-c", code], cwd=folders[0], check=True)

    def test_linter_and_type_checker_are_content(self, started: Repo, folders: Sequence[Path]) -> None:
        pytest.importorskip("mypy")
        cache = f"--cache-dir={started.path / '.mypy'}"
        for argv in (
            ("ruff", "check", "--isolated", "--no-cache"),
            ("ruff", "format", "--check", "--isolated", "--no-cache"),
            ("mypy", "--strict", "--config-file=", cache),
        ):
            done = subprocess.run([sys.executable, "-m", *argv, "strategies"], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr


class TestTheId:
    def test_is_the_years_first(self, started: Repo) -> None:
        started.commit({"strategies/old/passport.yaml": PASSPORT.format("STR-2025-0017")})

        assert plan().strategy_id == "STR-2026-0001"
        assert plan(today="2025-12-31").strategy_id == "STR-2025-0018"

    def test_follows_the_highest_and_fills_no_gap(self, started: Repo) -> None:
        started.commit(passport_of("0002") | passport_of("0041"))

        assert plan().strategy_id == "STR-2026-0042"

    def test_is_above_those_on_other_local_branches(self, started: Repo) -> None:
        started.branch("strategy/other")
        started.commit(passport_of("0008"))
        started.git("switch", "-q", "main")

        assert plan().strategy_id == "STR-2026-0009"

    def test_is_above_those_on_every_branch_of_a_remote(self, started: Repo, make_repo: Callable[[str], Repo]) -> None:
        assert plan().notes == ()
        other = make_repo("other")
        other.commit({"README.md": "# Team\n"})
        other.branch("strategy/theirs")
        other.commit(passport_of("0011"))
        started.git("remote", "add", "origin", str(other.path))
        assert plan().strategy_id == "STR-2026-0001"  # nothing is ever fetched
        started.git("fetch", "-q", "origin")

        strategy = plan()

        assert strategy.strategy_id == "STR-2026-0012"
        assert strategy.notes == ("the id is free as of your last fetch; `git fetch` first to be sure of it",)

    def test_is_above_those_in_the_index(self, started: Repo) -> None:
        started.stage(passport_of("0003"))
        (started.path / "strategies/s0003/passport.yaml").unlink()

        assert plan().strategy_id == "STR-2026-0004"

    def test_is_above_those_not_added_yet(self, started: Repo) -> None:
        first, second = make("First"), make("Second")

        assert (first.strategy_id[8:], second.strategy_id[8:]) == ("-0001", "-0002")

    def test_counts_every_place_and_form_of_a_passport(self, started: Repo) -> None:
        started.commit({
            "strategies/deep/down/passport.yml": "name: x\r\nstrategy_id: 'STR-2026-0005'  # ours\r\n",
            "strategies/notes.yaml": PASSPORT.format("STR-2026-0900"),
            "archive/passport.yaml": PASSPORT.format("STR-2026-0901"),
        })  # fmt: skip

        assert plan().strategy_id == "STR-2026-0006"

    def test_needs_no_strategies_and_no_regular_file(self, started: Repo) -> None:
        started.commit({"strategies": "a file, once\n"})
        started.branch("strategy/later")
        started.git("rm", "-q", "strategies")
        os.makedirs(started.path / "strategies/odd")
        os.mkfifo(started.path / "strategies/odd/passport.yaml")

        assert plan().strategy_id == "STR-2026-0001"

    def test_runs_out_after_9999(self, started: Repo) -> None:
        started.commit(passport_of("9999"))

        with pytest.raises(UsageError, match="STR-2026-9999 is taken") as refusal:
            plan()
        assert "STR-2026-9999" in refusal.value.help

    def test_reads_what_branches_share_once(self, started: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        started.commit({path: text for number in range(10) for path, text in passport_of(f"{number:04d}").items()})
        for number in range(20):
            started.git("branch", f"strategy/b{number}")
        read: list[str] = []
        contents = Objects.contents

        def counted(self: Objects, oids: Sequence[str]) -> Iterator[bytes]:
            read.extend(oids)
            return contents(self, oids)

        monkeypatch.setattr(Objects, "contents", counted)

        assert plan().strategy_id == "STR-2026-0010"
        assert read
        assert max(read.count(oid) for oid in read) <= 2  # once here, once for the index


class TestTheBranch:
    def test_carries_the_researcher_under_develop(self, started: Repo) -> None:
        started.commit({"quantgov.yaml": "version: 1\nbranches: develop\n"})

        assert plan(researcher="J.Chen+quant@fund.com").new_branch == "feature/j-chen-quant/earnings-gap"

    @pytest.mark.parametrize(
        ("pattern", "branch"),
        [
            ("feat/.+", "feat/earnings-gap"),
            ("alice/[a-z-]+", "alice/earnings-gap"),
            ("[a-z-]+", "earnings-gap"),
            ("(feature|fix)/[a-z0-9-]+", "feature/earnings-gap"),
        ],
    )
    def test_is_guessed_under_a_pattern_of_the_teams_own(self, started: Repo, pattern: str, branch: str) -> None:
        started.commit({"quantgov.yaml": f"version: 1\nbranches: {{pattern: '{pattern}'}}\n"})

        assert plan().new_branch == branch

    def test_is_left_to_the_user_where_no_guess_fits(self, started: Repo) -> None:
        started.commit({"quantgov.yaml": "version: 1\nbranches: {pattern: 'JIRA-[0-9]+'}\n"})

        strategy = make()

        assert (strategy.new_branch, strategy.branch) == ("", "main")
        assert strategy.notes == (
            "no branch was made: no guess fits JIRA-[0-9]+; before you commit: git switch -c <name>",
        )
        assert started.out("branch", "--format=%(refname:short)") == "main"
        assert plan("Other", branching=False).notes == ("main is protected; before you commit: git switch -c <name>",)

    def test_starts_at_head_and_moves_nothing(self, started: Repo) -> None:
        started.commit({"kept.txt": "committed\n"})
        started.write("kept.txt", "edited\n")
        started.stage({"staged.txt": "staged\n"})
        started.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch ran\n").chmod(0o755)
        before = started.out("status", "--short")
        started.git("config", "branch.autoSetupMerge", "always")

        make()

        assert started.out("rev-parse", "HEAD") == started.out("rev-parse", "main")
        assert started.out("status", "--short") == f"{before}\n?? strategies/".strip()
        assert not (started.path / "ran").exists()
        assert started.git("config", "branch.strategy/earnings-gap.merge", check=False).stdout == ""

    def test_is_made_from_another_branch_and_from_a_detached_head(self, started: Repo) -> None:
        started.branch("strategy/else")
        assert make("One").new_branch == "strategy/one"
        started.git("switch", "-q", "--detach")
        assert make("Two").new_branch == "strategy/two"
        assert started.out("branch", "--show-current") == "strategy/two"

    def test_is_kept_where_it_is_the_current_one(self, started: Repo) -> None:
        started.branch("strategy/earnings-gap")

        strategy = make()

        assert (strategy.new_branch, strategy.branch, strategy.notes) == ("", "strategy/earnings-gap", ())

    def test_is_not_made_before_the_first_commit(self, repo: Repo) -> None:
        strategy = make()

        assert (strategy.new_branch, strategy.branch) == ("", "main")
        assert strategy.notes == ("no branch was made: the first commit of a repository belongs to its trunk",)
        repo.git("add", ".")
        judged(entrance.drafted(Repository.discover(), "strategy: add it\n"), policy.Policy({}))

    def test_stays_without_a_word_on_a_branch_of_ones_own(self, started: Repo) -> None:
        started.branch("strategy/else")

        assert plan(branching=False).notes == ()

    @pytest.mark.parametrize("where", ["here", "on the remote"])
    def test_is_refused_where_it_exists(self, started: Repo, where: str) -> None:
        if where == "here":
            started.git("branch", "strategy/earnings-gap")
        else:
            started.git("remote", "add", "team/hub", "https://example.invalid/x.git")
            started.git("update-ref", "refs/remotes/team/hub/strategy/earnings-gap", "HEAD")

        with pytest.raises(UsageError, match="'strategy/earnings-gap' exists already") as refusal:
            plan()
        assert refusal.value.help == (
            "git switch strategy/earnings-gap && quantgov new-strategy 'Earnings gap' --no-branch"
        )

    @pytest.mark.parametrize("other", ["strategy", "strategy/earnings-gap/old"])
    def test_is_refused_beside_a_branch_that_git_cannot_hold_with_it(self, started: Repo, other: str) -> None:
        started.git("branch", other)

        with pytest.raises(UsageError, match=f"beside '{other}'") as refusal:
            plan()
        assert refusal.value.help == f"git branch -m {other} <another name>"

    def test_is_refused_amid_a_merge_and_leaves_nothing(self, started: Repo) -> None:
        started.branch("strategy/else")
        started.commit({"else.txt": "x\n"})
        started.git("switch", "-q", "main")
        started.git("merge", "-q", "--no-ff", "--no-commit", "strategy/else")
        before = all_refs(started)

        with pytest.raises(UsageError, match="cannot switch branch while merging"):
            make()
        assert all_refs(started) == before
        assert not (started.path / "strategies").exists()


class TestTheName:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Earnings gap", "earnings-gap"),
            ("  Déjà vu (3x) ", "deja-vu-3x"),
            ("Straße & Łódź, Ørsted's Æther", "strasse-lodz-orsteds-aether"),
            ("İstanbul \ufb01x ½", "istanbul-fix-12"),
            ("../../etc/passwd", "etc-passwd"),
            ("α momentum", "momentum"),
            ("x" * 60, "x" * 60),
        ],
    )
    def test_gives_a_folder_of_plain_letters(self, name: str, slug: str) -> None:
        assert scaffold.slug_of(name) == slug

    @pytest.mark.parametrize("name", ["", " ", "动量", "--", "\n"])
    def test_is_refused_where_nothing_is_left(self, started: Repo, name: str) -> None:
        with pytest.raises(UsageError, match="gives no folder name"):
            plan(name)

    @pytest.mark.parametrize(("name", "shorter"), [("x" * 61, "x" * 60), ("momentum " * 7, "-".join(["momentum"] * 6))])
    def test_is_refused_where_it_is_too_long(self, name: str, shorter: str) -> None:
        with pytest.raises(UsageError, match=f"{len(name.strip())} characters; 60 is the most") as refusal:
            scaffold.slug_of(name)
        assert f"quantgov new-strategy {shorter}," in refusal.value.help

    @pytest.mark.parametrize(
        "name",
        ['a "b" c', "a: b", "a\nb: c", "{{ 7*7 }} {% raw %}", "yes", "null x", "null", "x\u2028\x00\udcffy", "# a"],
    )
    def test_survives_in_the_passport_whatever_it_is(self, started: Repo, name: str) -> None:
        strategy = plan(name, thesis=name)

        passport = strategy.files["passport.yaml"]
        assert [line.partition(":")[0] for line in passport.splitlines()[1:]] == FIELDS
        value = yaml.safe_load(passport)
        shown = " ".join(name.replace("\x00", " ").replace("\udcff", " ").split())
        assert (value["name"], value["alpha_thesis"]) == (shown, shown)
        assert f"# {value['name']}\n" in strategy.files["brief.md"]

    @given(st.text())
    def test_is_one_text_to_every_reader_of_yaml(self, text: str) -> None:
        line = scaffold.one_line(text)
        written = f"name: {scaffold.yaml_text(line)}\n"
        assert yaml.safe_load(written) == {"name": line}
        assert documents.load(written.encode()).value == {"name": line}

    def test_is_quoted_only_where_it_must_be(self) -> None:
        assert scaffold.yaml_text("J. O'Neil's gap (v2), 3-day") == "J. O'Neil's gap (v2), 3-day"
        assert [scaffold.yaml_text(text) for text in ("yes", "2026-01-15", "a: b")] == [
            '"yes"', '"2026-01-15"', '"a: b"',
        ]  # fmt: skip


class TestRefusals:
    def test_a_folder_that_exists(self, started: Repo) -> None:
        (started.path / "strategies/earnings-gap").mkdir(parents=True)

        with pytest.raises(UsageError, match=r"^strategies/earnings-gap exists already$"):
            plan()

    def test_a_folder_that_only_git_has(self, started: Repo) -> None:
        started.commit({"strategies/earnings-gap/brief.md": "x\n"})
        (started.path / "strategies/earnings-gap/brief.md").unlink()
        (started.path / "strategies/earnings-gap").rmdir()

        with pytest.raises(UsageError, match="not in the working tree") as refusal:
            plan()
        assert refusal.value.help == "git restore strategies/earnings-gap"

    @pytest.mark.parametrize("folder", ["../elsewhere", "link/inside"])
    def test_a_policy_that_points_out_of_the_repository(self, started: Repo, tmp_path: Path, folder: str) -> None:
        (started.path / "link").symlink_to(tmp_path)
        started.commit({"quantgov.yaml": f"version: 1\npaths: {{strategies: {folder}}}\n"})

        with pytest.raises(UsageError, match="is outside the repository"):
            plan()

    def test_a_bare_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "bare.git")], check=True)
        monkeypatch.chdir(tmp_path / "bare.git")

        with pytest.raises(UsageError, match="bare repository"):
            plan()

    def test_no_address(self, started: Repo) -> None:
        started.git("config", "user.email", "")

        with pytest.raises(UsageError, match="no e-mail address") as refusal:
            plan()
        assert "--researcher" in refusal.value.help
        assert "researcher: bob@fund.com\n" in plan(researcher="bob@fund.com").files["passport.yaml"]

    @pytest.mark.parametrize("address", ["alice", "alice@localhost", "a@fund.com\nstatus: production"])
    def test_an_address_that_no_passport_takes(self, started: Repo, address: str) -> None:
        with pytest.raises(UsageError) as refusal:
            plan(researcher=address)
        assert refusal.value.help.startswith("--researcher: ")

    def test_an_ignored_folder_is_called_out(self, started: Repo) -> None:
        started.commit({".gitignore": "*.yaml\n"})

        assert plan().notes == ("passport.yaml is ignored by '*.yaml' (.gitignore:1): `git add` passes over it",)

    def test_the_commit_is_of_a_type_the_team_has(self, started: Repo) -> None:
        started.commit({"quantgov.yaml": "version: 1\nmessages: {types: [change, feat]}\n"})
        assert plan().next_steps[-1] == "git commit -m 'feat: add Earnings gap'"
        started.commit({"quantgov.yaml": "version: 1\nmessages: {types: [change]}\n"})
        assert plan().next_steps[-1] == "git commit -m 'change: add Earnings gap'"


class TestAFailureHalfWay:
    @pytest.mark.parametrize("where", ["main", "detached"])
    @pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
    def test_leaves_no_folder_and_no_branch(
        self, started: Repo, monkeypatch: pytest.MonkeyPatch, where: str, failure: BaseException
    ) -> None:
        if where == "detached":
            started.git("switch", "-q", "--detach")
        before = started.out("for-each-ref"), (started.path / ".git/HEAD").read_text(), started.out("status", "--short")

        def rename(source: str, target: str) -> None:
            assert os.path.exists(os.path.join(source, "brief.md"))
            assert started.out("branch", "--show-current") == "strategy/earnings-gap"
            raise failure

        monkeypatch.setattr(os, "rename", rename)
        with pytest.raises((KeyboardInterrupt, QuantgovError)) as raised:
            make()

        assert isinstance(raised.value, KeyboardInterrupt) or "No space left on device" in str(raised.value)
        after = started.out("for-each-ref"), (started.path / ".git/HEAD").read_text(), started.out("status", "--short")
        assert after == before
        assert not (started.path / "strategies").exists()

    def test_an_interrupt_of_the_real_client_leaves_nothing(self, started: Repo, tmp_path: Path) -> None:
        git = shutil.which("git")
        script = tmp_path / "bin" / "git"
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\ncase " $* " in *" switch "*) kill -INT $PPID ;; esac\nexec {git} "$@"\n')
        script.chmod(0o755)
        before = all_refs(started)

        done = started.quantgov("new-strategy", "Earnings gap", PATH=f"{script.parent}:{os.environ['PATH']}")

        assert done.returncode == 130, done.stderr
        assert all_refs(started) == before
        assert not (started.path / "strategies").exists()

    def test_leaves_what_others_put_there_meanwhile(self, started: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        def rename(source: str, target: str) -> None:
            started.write("strategies/theirs/brief.md")
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "rename", rename)
        with pytest.raises(KeyboardInterrupt):
            make(branching=False)

        assert [path.name for path in (started.path / "strategies").iterdir()] == ["theirs"]

    def test_a_file_where_the_folder_should_be_is_refused(self, started: Repo) -> None:
        started.commit({"strategies": "a file\n"})
        before = all_refs(started)

        with pytest.raises(UsageError, match="cannot write strategies/earnings-gap"):
            make()
        assert all_refs(started) == before
        assert (started.path / "strategies").read_text() == "a file\n"
