"""`quantgov doctor`: what is missing, the one command that mends it, and what --fix does."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from signers import Signer
from typer.testing import CliRunner

from quantgov import doctor
from quantgov.cli.doctor import doctor as command
from quantgov.doctor import Check
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.workspace import Workspace

if TYPE_CHECKING:
    from repository import Repo
    from typer.testing import Result

POLICY = "version: 1\ndata: no-data\nteam:\n  alice: {email: alice@fund.com, roles: [lead]}\n"
PASSPORT = "strategy_id: STR-2026-0001\nname: Gap\nversion: v0.1.0\nstatus: ideation\n"


@pytest.fixture(autouse=True)
def nobody_lends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def examined() -> dict[str, Check]:
    return {check.name: check for check in doctor.examine(Workspace(Repository.discover()), asks=False)}


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, args)


def problem(name: str) -> tuple[str, str]:
    """What is wrong by one check, and its fix."""
    found = examined()[name]
    assert not found.is_ok
    return found.found, found.fix


def fine(name: str) -> str:
    found = examined()[name]
    assert found.is_ok, found
    return found.found


@pytest.fixture
def healthy(repo: Repo) -> Repo:
    """A repository in which nothing is missing."""
    repo.quantgov("init", "--yes", "--signing")
    repo.git("add", "-A")
    repo.commit()
    return repo


class TestTheCommand:
    def test_of_a_healthy_repository(self, healthy: Repo) -> None:
        done = healthy.quantgov("doctor")
        assert done.returncode == 0, done.stdout
        lines = done.stdout.splitlines()
        assert [line.split()[1] for line in lines] == list(doctor.CHECKS)
        assert all(line.startswith("ok ") for line in lines)

    def test_of_an_empty_one_names_each_fix(self, repo: Repo) -> None:
        done = run()
        assert done.exit_code == 1
        assert "problem policy     there is no quantgov.yaml here\n  fix: quantgov init\n" in done.stdout
        assert done.stdout.count("problem ") == done.stdout.count("  fix: ")

    def test_as_json(self, repo: Repo) -> None:
        done = run("--format", "json")
        report = json.loads(done.stdout)
        assert (done.exit_code, report["schema"], report["done"]) == (1, 1, [])
        assert {"name": "policy", "ok": False, "found": "there is no quantgov.yaml here", "fix": "quantgov init"} in (
            report["checks"]
        )

    def test_fix_does_what_is_safe_and_says_what_is_left(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": POLICY, "strategies/gap/passport.yaml": PASSPORT})
        done = run("--fix", "--yes")
        assert done.exit_code == 1
        assert "done: add quantgov.yaml\n" in done.stdout
        assert "problem team       the trunk's team does not have your key, alice\n" in done.stdout
        assert done.stdout.count("problem ") == 1
        assert "*.sig -text" in (repo.path / ".gitattributes").read_text()

        repo.commit({"quantgov.yaml": (repo.path / "quantgov.yaml").read_text()})
        again = run("--fix")
        assert again.exit_code == 0, again.stdout
        assert "done:" not in again.stdout

    def test_nobody_is_given_a_key_without_a_passphrase_unasked(self, repo: Repo, isolated: Path) -> None:
        repo.commit({"quantgov.yaml": POLICY})
        done = run("--fix")
        assert (done.exit_code, "/hooks/pre-commit\n" in done.stdout) == (1, True)
        assert "; nobody is there to choose a passphrase for the new key\n" in done.stdout
        assert (
            "  fix: quantgov doctor --fix in a terminal, or quantgov doctor --fix --yes for one without" in done.stdout
        )
        assert not (isolated / ".ssh").exists()
        assert not repo.git("config", "gpg.format", check=False).stdout

    def test_a_bare_repository_is_no_patient(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        repo.git("init", "-q", "--bare", "bare.git")
        monkeypatch.chdir(repo.path / "bare.git")
        assert isinstance(run().exception, UsageError)


class TestPolicyAndTrunk:
    def test_a_policy_that_cannot_be_used(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\nmood: guard\n")
        assert problem("policy") == (
            "quantgov.yaml:2:1 (quantgov.yaml): 'mood' is not a known key; did you mean 'mode'?",
            "rename it to 'mode'",
        )

    def test_a_repository_without_a_commit(self, repo: Repo) -> None:
        assert problem("trunk") == ("there is no commit yet", "git commit")

    def test_a_trunk_without_a_policy(self, repo: Repo) -> None:
        repo.commit({"a.md": "x"})
        assert problem("trunk")[0] == "main has no quantgov.yaml, so each change brings its own"

    def test_a_remote_that_was_never_fetched(self, repo: Repo, make_repo: Callable[[str], Repo]) -> None:
        repo.commit({"quantgov.yaml": POLICY})
        there = make_repo("there")
        there.commit({"quantgov.yaml": POLICY})
        repo.git("remote", "add", "origin", str(there.path))
        assert problem("trunk") == ("what is on the trunk of origin is not known here", "git fetch origin")
        repo.git("fetch", "-q", "origin")
        assert fine("trunk") == "origin/main judges, by its quantgov.yaml"

    def test_a_trunk_that_git_is_told_of(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": POLICY})
        repo.git("remote", "add", "origin", "nowhere")
        repo.git("config", "quantgov.trunk", "refs/heads/main")
        assert "judges" in fine("trunk")
        repo.git("config", "quantgov.trunk", "refs/heads/gone")
        assert not examined()["trunk"].is_ok


class TestHooks:
    def test_a_hook_that_was_changed(self, healthy: Repo) -> None:
        (healthy.path / ".git/hooks/pre-push").write_text("#!/bin/sh\n# quantgov hook\n")
        assert problem("hooks") == ("not in place or not current: pre-push", "quantgov doctor --fix")

    def test_hooks_by_pre_commit(self, repo: Repo) -> None:
        repo.quantgov("init", "--yes", "--hooks", "pre-commit")
        assert problem("hooks") == ("pre-commit has not installed pre-commit, commit-msg", "pre-commit install")
        for name in ("pre-commit", "commit-msg"):
            repo.write(f".git/hooks/{name}", "#!/bin/sh\n# File generated by pre-commit: https://pre-commit.com\n")
        assert fine("hooks") == "in place and current"

    def test_hooks_that_have_no_place(self, repo: Repo) -> None:
        repo.git("config", "extensions.worktreeConfig", "true")
        repo.git("config", "--worktree", "core.hooksPath", "elsewhere")
        assert problem("hooks")[1] == "git config --worktree --unset core.hooksPath"


class TestLfs:
    def test_where_git_does_not_know_of_it(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\n")
        assert problem("git-lfs") == ("git does not give it data files yet", "quantgov doctor --fix")

    def test_where_it_is_not_installed(self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        only(tmp_path / "bin", monkeypatch, "git")
        found, fix = problem("git-lfs")
        assert found == "not installed, and data files need it"
        assert "apt install git-lfs" in fix

    def test_where_no_data_is_committed(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", POLICY)
        assert fine("git-lfs").startswith("not needed")


class TestSigning:
    def test_a_team_that_records_sign_offs_needs_none(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": POLICY + "evidence: recorded\n"})
        assert fine("signing") == fine("ssh-keygen") == "not needed: no sign-off has to be signed"
        assert fine("team") == "you are alice: lead"

    def test_what_is_left_to_do(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", POLICY)
        found, fix = problem("signing")
        assert found.startswith("left to do: make ")
        assert fix == "quantgov doctor --fix"

    def test_the_policy_comes_first(self, repo: Repo) -> None:
        assert problem("signing") == (
            "there is no quantgov.yaml yet to put your key in", "quantgov init --signing",
        )  # fmt: skip

    def test_a_key_whose_private_half_is_gone(self, healthy: Repo, isolated: Path) -> None:
        (isolated / ".ssh" / "id_ed25519").unlink()
        assert problem("signing")[1] == "ssh-add"

    def test_without_ssh_keygen(self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        only(tmp_path / "bin", monkeypatch, "git", "sh")
        found, fix = problem("ssh-keygen")
        assert found == "ssh-keygen was not found"
        assert "OpenSSH" in fix

    def test_an_ssh_keygen_that_is_too_old(self, repo: Repo) -> None:
        program = repo.write("old", "#!/bin/sh\necho 'unknown option -- Y\nusage: ssh-keygen [-q]' >&2\nexit 1\n")
        program.chmod(0o755)
        repo.git("config", "gpg.ssh.program", str(program))
        found, fix = problem("ssh-keygen")
        assert found == f"{program} is too old to verify signatures"
        repo.git(*fix.split()[1:])
        assert fine("ssh-keygen").startswith("ssh-keygen ")

    def test_a_program_of_gits_that_is_not_there(self, repo: Repo) -> None:
        repo.git("config", "gpg.ssh.program", "no-such-keygen")
        assert problem("ssh-keygen") == ("no-such-keygen was not found", "git config gpg.ssh.program ssh-keygen")

    def test_the_program_that_git_is_given(self, repo: Repo) -> None:
        repo.git("config", "gpg.ssh.program", shutil.which("ssh-keygen") or "")
        assert fine("ssh-keygen").startswith("/")


class TestTeam:
    def test_somebody_whom_nobody_knows(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": POLICY})
        repo.git("config", "user.email", "eve@fund.com")
        assert problem("team") == (
            "the trunk's team has nobody with the address eve@fund.com",
            "the lead runs: quantgov team add NAME --email eve@fund.com --role ROLE",
        )

    def test_with_a_key_the_lead_is_told_of_it(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": POLICY})
        eve = Signer("eve", "eve@fund.com")
        for key, value in (("user.email", eve.email), ("gpg.format", "ssh"), ("user.signingkey", str(eve.key_path))):
            repo.git("config", key, value)
        assert problem("team")[1].endswith(f"--role ROLE --key '{eve.public_key}'")

    def test_an_entry_that_is_not_on_the_trunk_yet(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": "version: 1\n"})
        repo.write("quantgov.yaml", POLICY)
        assert problem("team")[1] == "commit quantgov.yaml and have it merged"

    def test_without_a_policy(self, repo: Repo) -> None:
        assert problem("team")[1] == "quantgov init"

    def test_somebody_without_an_address(self, repo: Repo, isolated: Path) -> None:
        repo.commit({"quantgov.yaml": POLICY})
        (isolated / ".gitconfig").write_text("")
        assert problem("team") == (
            "the trunk's team has nobody with the address (none)",
            "the lead runs: quantgov team add NAME --email you@example.com --role ROLE",
        )

    def test_a_key_that_the_trunk_does_not_have(self, healthy: Repo) -> None:
        alice = Signer("alice", "alice@fund.com")
        healthy.git("config", "user.signingkey", str(alice.key_path))
        assert problem("team")[0] == "the trunk's team does not have your key, alice"


class TestAttributes:
    def test_signed_files_whose_line_ends_git_may_change(self, repo: Repo) -> None:
        repo.stage({"quantgov.yaml": POLICY, "strategies/gap/passport.yaml": PASSPORT})
        assert problem("attributes")[1] == "quantgov doctor --fix"
        repo.write(".gitattributes", "* text=auto\n*.intoto.json -text\n*.sig binary\n")
        assert fine("attributes") == "signed files keep their bytes"

    def test_a_repository_without_strategies(self, repo: Repo) -> None:
        assert fine("attributes") == "not needed: no strategy is tracked"


def only(folder: Path, monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """Leave nothing but these programs on PATH."""
    folder.mkdir()
    for name in programs:
        (folder / name).symlink_to(shutil.which(name) or os.devnull)
    monkeypatch.setenv("PATH", str(folder))
