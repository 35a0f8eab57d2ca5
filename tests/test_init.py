"""`quantgov init`: what it shows, what it writes, what it leaves alone, and that the rules accept all of it."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
import yaml
from repository import Repo
from typer.testing import CliRunner

from quantgov import documents, hook, install, onboarding, rules
from quantgov.cli.init import init
from quantgov.errors import EXIT_INTERRUPTED, CannotJudge, PolicyError, QuantgovError, UsageError
from quantgov.git import Repository
from quantgov.lifecycle import ROLES
from quantgov.workspace import KEEP, Step, Workspace, pending, take

MakeRepo = Callable[[str], Repo]
ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "fixtures" / "reference"
END_OF_INPUT = "\x04"
WRITTEN = ("quantgov.yaml", ".gitignore", ".gitattributes", ".env.example")


class InterruptedTerminal:
    """Somebody who presses Ctrl-C when asked."""

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        raise KeyboardInterrupt


def plan(preset: str | None = None, hooks: str | None = None) -> onboarding.Plan:
    return onboarding.plan(Repository.discover(), preset, hooks)


def set_up(preset: str | None = None, hooks: str | None = None) -> onboarding.Plan:
    made = plan(preset, hooks)
    take(made.steps)
    return made


def verbs(made: onboarding.Plan) -> dict[str, str]:
    return {step.target: step.verb for step in made.steps}


def call(*args: str) -> tuple[int, str]:
    """Exit code and output of the command, as the application turns errors into codes."""
    app = typer.Typer()
    app.command()(init)
    result = CliRunner().invoke(app, args)
    code = result.exception.exit_code if isinstance(result.exception, QuantgovError) else result.exit_code
    return code, result.output


def text(repo: Repo, name: str) -> str:
    return (repo.path / name).read_text()


def without_lfs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    for name in ("git", "sh", "cat", "grep"):
        (folder / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(folder))


class TestFiles:
    def test_a_new_repository_gets_these_and_nothing_more(self, repo: Repo) -> None:
        set_up()
        assert {path.name for path in repo.path.iterdir()} == {*WRITTEN, ".git"}

    @pytest.mark.parametrize("preset", ["trunk", "develop"])
    def test_the_policy_fits_its_schema_and_is_short(self, repo: Repo, preset: str) -> None:
        set_up(preset)
        lines = text(repo, "quantgov.yaml").splitlines()[1:]
        assert len({line.index(" # ") for line in lines if " # " in line}) == 1
        document = documents.load((repo.path / "quantgov.yaml").read_bytes())
        assert documents.violations(document, "policy") == []
        assert isinstance(document.value, dict)
        assert document.value["branches"] == preset
        assert document.value["team"] == {"alice": {"email": "alice@fund.com", "roles": list(ROLES)}}
        assert 10 <= text(repo, "quantgov.yaml").count("\n") <= 20

    @pytest.mark.parametrize("preset", ["trunk", "develop"])
    def test_the_rules_accept_all_of_it_and_the_printed_commands_work(self, repo: Repo, preset: str) -> None:
        made = set_up(preset)
        for command in made.afterwards:
            done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
            assert "blocks" not in done.stderr
            assert "warns" not in done.stderr
        assert repo.out("status", "--porcelain") == ""
        assert repo.out("log", "--format=%s") == "chore: guard this repository with quantgov"

    @pytest.mark.parametrize("preset", ["trunk", "develop"])
    def test_in_a_repository_with_history_they_work_too(self, repo: Repo, preset: str) -> None:
        repo.commit({"a.py": "a = 1\n"})
        made = set_up(preset)
        assert made.afterwards[0].startswith("git switch -c ")
        for command in made.afterwards:
            subprocess.run(command, shell=True, capture_output=True, check=True)  # noqa: S602
        assert repo.out("status", "--porcelain") == ""

    def test_a_branch_of_ones_own_is_stayed_on(self, repo: Repo) -> None:
        repo.commit()
        repo.branch("strategy/a")
        assert not [command for command in set_up().afterwards if "switch" in command]

    def test_a_policy_with_a_pattern_of_its_own_decides_on_the_branch(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": "version: 1\nbranches: {pattern: 'quant[a-z]+'}\n"})
        assert "git switch -c quantgov" in set_up().afterwards
        repo.write("quantgov.yaml", "version: 1\nbranches: {pattern: 'x/[0-9]+'}\n")
        (repo.path / ".gitignore").unlink()
        assert "git switch -c <a branch that fits the policy>" in plan().afterwards

    def test_results_become_pointers(self, repo: Repo) -> None:
        set_up()
        repo.write("results/x.csv", "a,b\n")
        repo.git("add", "results/x.csv")
        assert repo.out("show", ":results/x.csv").startswith("version https://git-lfs.github.com/spec/v1")

    @pytest.mark.parametrize(
        ("path", "ignored"),
        [
            (".env", True), (".env.production", True), ("app/.env", True), (".env.example", False),
            ("data/x.csv", True), ("src/data/load.py", False), ("results/x.csv", False), ("results/x.yaml", False),
            ("tests/x.csv", False),
            ("a/__pycache__/x.pyc", True), (".tickdb_cache/x", True),
        ],
    )  # fmt: skip
    def test_git_ignores_what_it_should(self, repo: Repo, path: str, ignored: bool) -> None:
        set_up()
        assert (repo.git("check-ignore", "-q", path, check=False).returncode == 0) == ignored

    def test_a_second_time_there_is_nothing_to_do(self, repo: Repo) -> None:
        set_up()
        made = plan()
        assert pending(made.steps) == []
        assert (made.notes, made.afterwards) == ([], [])

    def test_below_the_top_it_writes_at_the_top(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        (repo.path / "src").mkdir()
        monkeypatch.chdir(repo.path / "src")
        set_up()
        assert list((repo.path / "src").iterdir()) == []
        assert (repo.path / "quantgov.yaml").exists()
        assert (repo.path / ".git" / "hooks" / "pre-commit").exists()


class TestExisting:
    def test_what_is_wanted_whole_is_kept(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1  # ours\n")
        repo.write(".env.example", "MINE=\n")
        made = set_up("develop")
        assert text(repo, "quantgov.yaml") == "version: 1  # ours\n"
        assert text(repo, ".env.example") == "MINE=\n"
        assert made.notes == ["quantgov.yaml is kept as it is: --preset develop changes nothing in it"]

    def test_missing_lines_are_appended_and_nothing_else_changes(self, repo: Repo) -> None:
        mine = "# mine\n*.log\n.env\n"
        repo.write(".gitignore", mine).chmod(0o664)
        set_up()
        after = text(repo, ".gitignore")
        assert after.startswith(mine)
        assert after.splitlines().count(".env") == 1
        assert (repo.path / ".gitignore").stat().st_mode & 0o777 == 0o664
        assert not list(repo.path.glob(".quantgov-*"))

    def test_a_wider_pattern_counts_and_its_exception_comes_after_it(self, repo: Repo) -> None:
        repo.write(".gitignore", "!.env.example\n.env*\n__pycache__\n*.pyc\n")
        set_up()
        added = text(repo, ".gitignore").splitlines()[4:]
        assert "!.env.example" in added
        assert not {".env", ".env.*", "__pycache__/", "*.py[cod]"}.intersection(added)
        assert repo.git("check-ignore", "-q", ".env.example", check=False).returncode == 1

    def test_somebody_s_decision_stands(self, repo: Repo) -> None:
        repo.write(".gitignore", "!*.pem\n!server.key\n")
        repo.write(".gitattributes", "*.csv text eol=lf\n")
        set_up()
        assert "\n*.pem" not in text(repo, ".gitignore")
        assert "\n*.key" not in text(repo, ".gitignore")
        assert "*.csv filter" not in text(repo, ".gitattributes")
        assert "*.parquet filter" in text(repo, ".gitattributes")

    def test_line_ends_are_those_of_the_file(self, repo: Repo) -> None:
        repo.write(".gitignore", b"*.log\r\n")
        set_up()
        data = (repo.path / ".gitignore").read_bytes()
        assert data.count(b"\r\n") == data.count(b"\n") > 5
        assert pending(plan().steps) == []

    def test_a_last_line_without_its_end_is_ended(self, repo: Repo) -> None:
        repo.write(".gitignore", "*.log")
        set_up()
        assert text(repo, ".gitignore").startswith("*.log\n\n# ")

    @pytest.mark.parametrize("name", WRITTEN)
    def test_a_link_is_not_written_through(self, repo: Repo, tmp_path: Path, name: str) -> None:
        (tmp_path / "elsewhere").write_text("mine\n")
        (repo.path / name).symlink_to(tmp_path / "elsewhere")
        with pytest.raises(UsageError, match="no regular file"):
            plan()
        assert (tmp_path / "elsewhere").read_text() == "mine\n"

    @pytest.mark.parametrize("content", ["<<<<<<< HEAD\na\n", "x\n<<<<<<< HEAD\na\n"])
    def test_an_unresolved_conflict_is_left_alone(self, repo: Repo, content: str) -> None:
        repo.write(".gitignore", content)
        with pytest.raises(UsageError, match="conflict"):
            plan()
        assert {path.name for path in repo.path.iterdir()} == {".git", ".gitignore"}

    def test_a_policy_that_cannot_be_used_is_named(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 2\n")
        with pytest.raises(PolicyError, match=r"quantgov\.yaml:1"):
            plan()

    def test_an_uncommitted_edit_survives(self, repo: Repo) -> None:
        repo.commit({".gitignore": "a\n"})
        repo.write(".gitignore", "a\nedited\n")
        set_up()
        assert text(repo, ".gitignore").startswith("a\nedited\n")

    def test_a_write_that_fails_leaves_the_file_as_it_was(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        repo.write(".gitignore", "mine\n")
        made = plan()

        def refuse(source: str, target: str) -> None:
            raise OSError(28, "No space left on device", target)

        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(CannotJudge, match="No space left"):
            take(made.steps)
        assert text(repo, ".gitignore") == "mine\n"
        assert not list(repo.path.glob(".quantgov-*"))

    def test_the_reference_documents_own_conflict_is_pointed_out(self, repo: Repo) -> None:
        shutil.copy(FIXTURES / "s0-gitignore", repo.path / ".gitignore")
        notes = plan().notes
        assert len(notes) == 2
        assert ".gitignore:6 'results/' hides" in notes[0]
        assert "'*.parquet' hides" in notes[1]


class TestData:
    def test_no_data_ignores_data_files_but_those_of_tests(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\ndata: no-data\n")
        made = set_up()
        assert "filter=lfs" not in text(repo, ".gitattributes")
        assert "git config filter.lfs" not in verbs(made)
        assert repo.git("check-ignore", "-q", "results/x.csv", check=False).returncode == 0
        assert repo.git("check-ignore", "-q", "tests/a/x.csv", check=False).returncode == 1
        assert pending(plan().steps) == []

    def test_lfs_results_takes_market_data_through_lfs(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\ndata: lfs-results\n")
        made = set_up()
        assert made.notes == []
        assert repo.git("check-ignore", "-q", "data/x.csv", check=False).returncode == 1
        assert "lfs" in repo.out("check-attr", "filter", "data/a/x.json")

    def test_data_that_is_tracked_already_is_moved_by_the_printed_commands(self, repo: Repo) -> None:
        repo.commit({"research/old.csv": "a,b\n"})
        made = set_up()
        assert "git add --renormalize ." in made.afterwards
        for command in made.afterwards:
            subprocess.run(command, shell=True, capture_output=True, check=True)  # noqa: S602
        assert repo.out("show", "HEAD:research/old.csv").startswith("version https://git-lfs")

    def test_without_git_lfs_it_says_how_and_succeeds(
        self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        without_lfs(tmp_path / "bin", monkeypatch)
        made = set_up()
        assert len(made.notes) == 1
        assert "apt install git-lfs" in made.notes[0]
        assert (repo.path / ".gitattributes").exists()

    def test_filters_that_are_configured_for_the_user_are_kept(self, repo: Repo) -> None:
        repo.git("lfs", "install", "--skip-repo")
        assert verbs(set_up())["git config filter.lfs"] == KEEP
        assert repo.git("config", "--local", "filter.lfs.process", check=False).returncode == 1

    def test_git_lfs_own_slow_hooks_are_not_installed(self, repo: Repo) -> None:
        set_up()
        assert not (repo.path / ".git" / "hooks" / "post-commit").exists()


class TestTeam:
    @pytest.mark.parametrize(
        ("name", "email", "member"),
        [
            ("Bob Smith", "bob@fund.com", "bob: {email: bob@fund.com, ROLES}"),
            ("Élodie", "e.d@fund.com", "lodie: {email: e.d@fund.com, ROLES}"),
            ("王", "wang@fund.com", "wang: {email: wang@fund.com, ROLES}"),
            ("No", "no@fund.com", '"no": {email: no@fund.com, ROLES}'),
            ("007", "b@fund.com", '"007": {email: b@fund.com, ROLES}'),
            ("Bob", "root@localhost", "bob: {ROLES}"),
            ("Bob", "1@fund.com", 'bob: {email: "1@fund.com", ROLES}'),
            ("王", "", "lead: {ROLES}"),
        ],
    )
    def test_whoever_sets_up_has_every_role(self, repo: Repo, name: str, email: str, member: str) -> None:
        repo.git("config", "user.name", name)
        repo.git("config", "user.email", email)
        set_up()
        expected = member.replace("ROLES", f"roles: [{', '.join(ROLES)}]")
        assert f"  {expected}\n" in text(repo, "quantgov.yaml")
        assert documents.faults((repo.path / "quantgov.yaml").read_bytes(), "policy") == []


class TestTrunk:
    def trunk(self) -> str:
        set_up()
        return next(line for line in Path("quantgov.yaml").read_text().splitlines() if line.startswith("trunk:"))

    def test_a_new_repository_s_first_branch(self, repo: Repo) -> None:
        repo.git("symbolic-ref", "HEAD", "refs/heads/production")
        assert self.trunk() == "trunk: production"

    def test_master_where_there_is_no_main(self, repo: Repo) -> None:
        repo.commit()
        repo.git("branch", "-m", "master")
        repo.branch("strategy/main")
        assert self.trunk() == "trunk: master"

    def test_the_remote_s(self, repo: Repo, make_repo: MakeRepo) -> None:
        other = make_repo("other")
        other.commit()
        other.git("branch", "-m", "master")
        repo.git("fetch", "-q", str(other.path), "master:refs/remotes/origin/master")
        assert self.trunk() == "trunk: master"

    def test_main_where_nothing_tells(self, repo: Repo) -> None:
        repo.commit()
        repo.git("branch", "-m", "strategy/a")
        assert self.trunk() == "trunk: main"


class TestHooks:
    def test_none_takes_ours_away_and_writes_nothing(self, repo: Repo) -> None:
        set_up()
        (repo.path / ".env.example").unlink()
        set_up(hooks="none")
        assert list((repo.path / ".git" / "hooks").iterdir()) == []
        assert not (repo.path / ".env.example").exists()

    def test_none_in_a_new_repository_writes_the_files_alone(self, repo: Repo) -> None:
        made = set_up(hooks="none")
        assert (repo.path / "quantgov.yaml").exists()
        assert not (repo.path / ".git" / "hooks" / "pre-commit").exists()
        assert (repo.path / ".git" / "hooks" / "pre-push").read_text().count("git lfs pre-push") == 1
        assert verbs(made)["git config filter.lfs"] == "set"

    def test_after_none_git_lfs_uploads_by_itself(self, repo: Repo, tmp_path: Path) -> None:
        remote = tmp_path / "remote.git"
        repo.git("init", "-q", "--bare", "--template=", str(remote))
        repo.git("remote", "add", "origin", remote.as_uri())
        set_up()
        repo.stage({".gitattributes": text(repo, ".gitattributes"), "x.csv": "a\n"})
        set_up(hooks="none")
        repo.git("commit", "-q", "-m", "x")
        repo.git("push", "-q", "origin", "main")
        assert [path for path in (remote / "lfs").rglob("*") if path.is_file()]

    def test_after_none_a_chained_push_hook_is_not_replaced(self, repo: Repo) -> None:
        mine = repo.write(".git/hooks/pre-push", "#!/bin/sh\n")
        set_up()
        (repo.path / ".git" / "lfs" / "objects").mkdir(parents=True)
        set_up(hooks="none")
        assert mine.read_text() == "#!/bin/sh\n"

    def test_a_bare_repository_gets_pre_receive_alone(
        self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bare = tmp_path / "bare.git"
        repo.git("init", "-q", "--bare", "--template=", str(bare))
        monkeypatch.chdir(bare)
        before = {path.name for path in bare.iterdir()}
        made = set_up()
        assert {path.name for path in (bare / "hooks").iterdir()} == {"pre-receive", install.SHARED}
        assert {path.name for path in bare.iterdir()} == before | {"hooks"}
        assert "pre-receive judges every push" in made.notes[0]
        set_up(hooks="none")
        assert list((bare / "hooks").iterdir()) == []
        with pytest.raises(UsageError, match="no hook for a server"):
            plan(hooks="pre-commit")

    def test_inside_the_git_folder_it_refuses(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(repo.path / ".git")
        with pytest.raises(UsageError, match=r"inside \.git"):
            plan()


CONFIG = """\
# ours
repos:
-   repo: https://github.com/psf/black   # formats
    rev: '24.1.0'
    hooks:
    -   id: black
        args: [--line-length, "100"]

ci: {autofix_prs: false}   # no
"""
HOOK_TYPES = ["pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-push"]
IDS = [f"quantgov-{name}" for name in install.CLIENT]


class TestFramework:
    def config(self, repo: Repo) -> dict[str, list[str]]:
        loaded: dict[str, list[str]] = yaml.safe_load(text(repo, ".pre-commit-config.yaml"))
        return loaded

    def ids(self, repo: Repo) -> list[str]:
        entries = yaml.safe_load(text(repo, ".pre-commit-config.yaml"))["repos"]
        return [hook["id"] for entry in entries for hook in entry["hooks"]]

    def test_a_new_file(self, repo: Repo) -> None:
        made = set_up(hooks="pre-commit")
        assert self.config(repo)["default_install_hook_types"] == HOOK_TYPES
        assert sorted(self.ids(repo)) == sorted(IDS)
        assert made.afterwards[0] == "pre-commit install"
        assert {path.name for path in (repo.path / ".git" / "hooks").iterdir()} == {"pre-push", install.SHARED}
        checked = [sys.executable, "-m", "pre_commit", "validate-config"]
        subprocess.run(checked, check=True, capture_output=True)

    def test_the_user_s_own_keeps_its_comments_and_every_line(self, repo: Repo) -> None:
        repo.write(".pre-commit-config.yaml", CONFIG)
        set_up(hooks="pre-commit")
        after = text(repo, ".pre-commit-config.yaml").splitlines()
        assert [line for line in CONFIG.splitlines() if line not in after] == []
        assert self.ids(repo)[0] == "black"
        assert sorted(self.ids(repo)[1:]) == sorted(IDS)
        assert self.config(repo)["default_install_hook_types"] == HOOK_TYPES

    def test_a_second_time_there_is_nothing_to_do_and_it_is_remembered(self, repo: Repo) -> None:
        repo.write(".pre-commit-config.yaml", CONFIG)
        set_up(hooks="pre-commit")
        before = (repo.path / ".pre-commit-config.yaml").read_bytes()
        assert pending(plan(hooks="pre-commit").steps) == []
        assert pending(plan().steps) == []
        assert (repo.path / ".pre-commit-config.yaml").read_bytes() == before

    def test_types_that_are_there_stay_first(self, repo: Repo) -> None:
        repo.write(".pre-commit-config.yaml", "default_install_hook_types: [post-merge, commit-msg]\nrepos: []\n")
        set_up(hooks="pre-commit")
        assert self.config(repo)["default_install_hook_types"][:2] == ["post-merge", "commit-msg"]
        assert set(self.config(repo)["default_install_hook_types"]) == {"post-merge", *HOOK_TYPES}
        assert sorted(self.ids(repo)) == sorted(IDS)

    def test_an_entry_that_is_there_is_the_user_s(self, repo: Repo) -> None:
        entry = "- repo: https://github.com/quantgov/quantgov\n  rev: v0.0.1\n  hooks: [{id: quantgov-secrets}]\n"
        repo.write(".pre-commit-config.yaml", f"repos:\n{entry}")
        set_up(hooks="pre-commit")
        assert self.ids(repo) == ["quantgov-secrets"]
        assert "rev: v0.0.1" in text(repo, ".pre-commit-config.yaml")

    @pytest.mark.parametrize("content", ["repos: [\n", "a: 1\n", "- a\n", b"repos: \xff\n"])
    def test_a_file_that_cannot_be_read_is_refused(self, repo: Repo, content: str | bytes) -> None:
        before = repo.write(".pre-commit-config.yaml", content).read_bytes()
        with pytest.raises(UsageError, match="pre-commit-config"):
            plan(hooks="pre-commit")
        assert (repo.path / ".pre-commit-config.yaml").read_bytes() == before

    @pytest.mark.parametrize(
        "content",
        [
            "repos: [{repo: local, hooks: []}]\n",
            "{repos: []}\n",
            "default_install_hook_types: [commit-msg,]\nrepos: [{repo: meta, hooks: []},]\n",
        ],
    )
    def test_a_form_that_text_cannot_be_put_into_is_refused(self, repo: Repo, content: str) -> None:
        repo.write(".pre-commit-config.yaml", content)
        with pytest.raises(UsageError, match="nothing can be put into"):
            plan(hooks="pre-commit")
        assert text(repo, ".pre-commit-config.yaml") == content

    @pytest.mark.parametrize(
        "content",
        [
            "repos: []\n",
            "repos: []   # none yet\n",
            "# x\nrepos:\n- repo: local\n  hooks: []",
            "repos:\n    -   repo: local\n        hooks:   # a\n        -   {id: x,  name: y}   # b\n    # c\nci: {}\n",
            "repos:\n  - repo: local\n    hooks:\n      - id: x\n        entry: |\n          a\n\nfail_fast: true\n",
            "---\ndefault_install_hook_types:\n- commit-msg  # first\n# then\nrepos:\n- {repo: local, hooks: []}\n",
            "default_install_hook_types: []\nrepos:\n- repo: local\n  hooks:\n",
            "default_install_hook_types: [ pre-push, commit-msg ]  # two\nrepos:\n- repo: local\n  hooks: []\n",
        ],
    )
    def test_every_form_keeps_what_it_says_and_gains_ours(self, repo: Repo, content: str) -> None:
        repo.write(".pre-commit-config.yaml", content)
        before = yaml.safe_load(content)
        set_up(hooks="pre-commit")
        after = yaml.safe_load(text(repo, ".pre-commit-config.yaml"))
        types = before.get("default_install_hook_types", [])
        assert after["default_install_hook_types"][: len(types)] == types
        assert set(after["default_install_hook_types"]) == set(HOOK_TYPES)
        assert after["repos"][:-1] == before["repos"]
        assert sorted(hook["id"] for hook in after["repos"][-1]["hooks"]) == sorted(IDS)
        assert {key: after[key] for key in before if key not in ("repos", "default_install_hook_types")} == {
            key: before[key] for key in before if key not in ("repos", "default_install_hook_types")
        }
        lines = iter(text(repo, ".pre-commit-config.yaml").splitlines())
        added_to = ("repos: []", "default_install_hook_types: [")
        assert all(line in lines for line in content.splitlines() if not line.startswith(added_to))
        assert pending(plan(hooks="pre-commit").steps) == []

    def test_its_line_ends_stay(self, repo: Repo) -> None:
        repo.write(".pre-commit-config.yaml", CONFIG.replace("\n", "\r\n"))
        set_up(hooks="pre-commit")
        data = (repo.path / ".pre-commit-config.yaml").read_bytes()
        assert data.count(b"\r\n") == data.count(b"\n")
        assert sorted(self.ids(repo)[1:]) == sorted(IDS)

    def test_native_beside_an_entry_is_called_double(self, repo: Repo) -> None:
        set_up(hooks="pre-commit")
        assert any("judged twice" in note for note in plan(hooks="native").notes)

    def test_it_is_refused_where_pre_commit_refuses(self, repo: Repo) -> None:
        repo.git("config", "core.hooksPath", "mine")
        with pytest.raises(UsageError, match="pre-commit installs none there"):
            plan(hooks="pre-commit")

    def test_both_push_hooks_work_after_pre_commit_install(self, repo: Repo, tmp_path: Path) -> None:
        """The framework passes on one ref of a push; our own hook behind it reads them all."""
        log = tmp_path / "log"
        hook = f"{{id: x, name: x, entry: sh -c 'echo framework >> {log}', language: system, always_run: true}}"
        config = f"default_install_hook_types: [pre-push]\nrepos: [{{repo: local, hooks: [{hook}]}}]\n"
        remote = tmp_path / "remote.git"
        repo.git("init", "-q", "--bare", "--template=", str(remote))
        repo.git("remote", "add", "origin", remote.as_uri())
        repo.commit({".pre-commit-config.yaml": config})
        take(install.install(Workspace(Repository.discover()), ("pre-push",), install.Interpreter.current()))
        subprocess.run([sys.executable, "-m", "pre_commit", "install"], check=True, capture_output=True)
        repo.branch("strategy/good")
        repo.git("branch", "badly named", check=False)
        repo.git("branch", "bad")
        pushed = repo.git("push", "origin", "strategy/good", "bad", check=False)
        assert pushed.returncode == 1
        assert "QG101" in pushed.stderr
        repo.git("push", "-q", "origin", "strategy/good")
        assert log.read_text().split()[-1] == "framework"


class TestCommand:
    def test_it_shows_everything_and_writes_when_told(self, repo: Repo) -> None:
        code, output = call("--yes")
        assert code == 0
        assert {name for name in WRITTEN if f"create   {name}" in output} == set(WRITTEN)
        assert ".git/hooks/pre-push" in output
        assert 'git commit -m "chore: guard this repository with quantgov"' in output

    def test_nobody_to_ask_writes_nothing(self, repo: Repo) -> None:
        code, output = call()
        assert code == 2
        assert "create   quantgov.yaml" in output
        assert [path.name for path in repo.path.iterdir()] == [".git"]

    def test_in_place_it_asks_nothing(self, repo: Repo) -> None:
        call("--yes")
        code, output = call()
        assert code == 0
        assert "Nothing to do" in output

    def test_a_note_is_shown(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\n")
        assert "note: quantgov.yaml is kept as it is" in call("--preset", "develop", "--yes")[1]

    def test_taking_away_ends_without_commands(self, repo: Repo) -> None:
        call("--yes")
        assert call("--hooks", "none", "--yes")[1].endswith("\nDone.\n")

    @pytest.mark.parametrize(
        ("answer", "code"),
        [("y\n", 0), ("n\n", EXIT_INTERRUPTED), (END_OF_INPUT, EXIT_INTERRUPTED)],
        ids=["yes", "no", "end of input"],
    )
    def test_a_person_is_asked(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int
    ) -> None:
        terminal, end = pty.openpty()
        os.write(terminal, answer.encode())
        app = typer.Typer()
        app.command()(init)
        with os.fdopen(terminal, "wb"), os.fdopen(end, encoding="utf-8") as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            assert (app([], standalone_mode=False) or 0) == code
        assert (repo.path / "quantgov.yaml").exists() == (code == 0)
        assert ("Nothing was written" in capsys.readouterr().out) == (code != 0)

    def test_an_interrupt_at_the_question_writes_nothing(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        app = typer.Typer()
        app.command()(init)
        monkeypatch.setattr(sys, "stdin", InterruptedTerminal())
        assert app([], standalone_mode=False) == EXIT_INTERRUPTED
        assert not (repo.path / "quantgov.yaml").exists()
        assert "\nNothing was written" in capsys.readouterr().out


class TestWorkspace:
    def test_git_s_own_words_are_passed_on(self, repo: Repo) -> None:
        with pytest.raises(CannotJudge, match="no-such-command"):
            Workspace(Repository.discover()).do("no-such-command")

    def test_a_command_that_fails_without_a_word_is_named(self, repo: Repo) -> None:
        with pytest.raises(CannotJudge, match=r"git config --get quantgov\.x failed"):
            Workspace(Repository.discover()).do("config", "--get", "quantgov.x")

    def test_a_step_names_its_target_where_the_system_names_nothing(self) -> None:
        def refuse() -> None:
            raise OSError(13, "Permission denied")

        with pytest.raises(CannotJudge, match="there: Permission denied"):
            take([Step("create", "there", "", refuse)])


@pytest.mark.source
def test_every_framework_hook_names_a_hook_and_rules_that_exist() -> None:
    entries = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert set(IDS) < {entry["id"] for entry in entries}
    for entry in entries:
        program, command, name, *options = entry["entry"].split()
        assert (program, command) == ("quantgov", "hook")
        assert name in hook.HOOKS
        selected = [code for option in options for code in option.removeprefix("--select=").split(",")]
        assert all(any(code.startswith(prefix) for code in rules.codes()) for prefix in selected)
        assert entry["always_run"]
        assert entry.get("pass_filenames", True) == (name in ("prepare-commit-msg", "commit-msg"))
