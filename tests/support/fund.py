"""A small fund: three people with real keys, a repository with quantgov's hooks, and a strategy in any phase."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import ready_strategy as ready
from repository import GIT_CONFIG, Repo
from signers import Signer
from typer.testing import CliRunner

from quantgov import lifecycle, strategy
from quantgov.cli.app import app
from quantgov.desk import Desk
from quantgov.errors import QuantgovError
from quantgov.git import Repository
from quantgov.tree import MemoryTree

if TYPE_CHECKING:
    from typer.testing import Result

    from quantgov.strategy import Strategy

ID, FOLDER, PASSPORT = ready.ID, ready.FOLDER, ready.PASSPORT
ROLES = {"alice": lifecycle.RESEARCHER, "bob": lifecycle.PEER, "carol": lifecycle.ENGINEER}
COMMENT = "# The passport of the gap\n"
Files = Mapping[str, str | bytes]


def build(base: Path) -> Path:
    """The repository as the client sets it up, and everybody's keys: made once, copied for each test."""
    home = base / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(GIT_CONFIG)
    env = {**os.environ, "HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}
    repo = base / "repo"
    subprocess.run(["git", "init", "-q", "-b", "main", str(repo)], check=True, env=env)
    subprocess.run(
        [sys.executable, "-I", "-m", "quantgov", "init", "--yes"], check=True, env=env, cwd=repo, capture_output=True
    )
    for name in ROLES:
        Signer(name, f"{name}@fund.com", base)
    return base


def strategy_files(
    status: str = lifecycle.VALIDATION,
    *,
    version: str = "v1.0.0",
    edit: Callable[[ready.Value], object] | None = None,
    more: Files | None = None,
) -> dict[str, str | bytes]:
    """A strategy that lacks nothing but sign-offs, with a comment in its passport, and `more` files."""

    def report(value: ready.Value, oid: str = "0" * 40) -> None:
        signal = value["signal"]
        assert isinstance(signal, dict)
        signal["code_tree"] = oid
        value["strategy_version"] = version

    def terms(value: ready.Value) -> None:
        deployment = value["deployment"]
        assert isinstance(deployment, dict)
        if status not in (lifecycle.PRODUCTION, lifecycle.SUSPENDED):
            del deployment["deployment_date"]
        value["version"] = version
        if edit:
            edit(value)

    first = {**ready.files(status), **(more or {})}
    found = strategy.at(MemoryTree(first), PASSPORT)
    assert found
    oid = found.code_tree()
    made = ready.files(
        status,
        report=lambda value: report(value, oid),
        validation=lambda value: value.update(strategy_version=version),
        passport=terms,
    )
    return {**made, **(more or {}), PASSPORT: f"{COMMENT}{made[PASSPORT]!s}"}


class Fund:
    """`repo` is where somebody works; `at` says who."""

    def __init__(self, repo: Repo, homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.repo = repo
        self._homes = homes
        self._patch = monkeypatch
        self.at("alice")

    def at(self, name: str) -> Fund:
        """From here on this person is at the keyboard."""
        home = self._homes / "signers" / name
        self._patch.setenv("HOME", str(home))
        self._patch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
        return self

    def key_of(self, name: str) -> str:
        return (self._homes / "signers" / name / ".ssh" / "id_ed25519.pub").read_text().strip()

    def policy(self, roles: Mapping[str, str] = ROLES, more: str = "evidence: recorded\n") -> str:
        people = "".join(
            f"  {name}: {{email: {name}@fund.com, roles: [{role}], keys: [{self.key_of(name)}]}}\n"
            for name, role in roles.items()
        )
        return f"version: 1\n{more}team:\n{people}"

    def land(self, files: Files, message: str = "feat: land it") -> str:
        """What reaches the trunk, whatever the hooks would say; HEAD stays where it is."""
        here = self.repo.out("branch", "--show-current")
        if here != "main":
            self.repo.git("switch", "-q", "main")
        oid = self.repo.commit(dict(files), message)
        if here != "main":
            self.repo.git("switch", "-q", here)
        return oid

    def run(self, *args: str) -> Result:
        return CliRunner().invoke(app, args)

    def ok(self, *args: str) -> str:
        """What a command prints that has to succeed."""
        done = self.run(*args)
        assert done.exit_code == 0, f"{done.output}{done.exception!r}: {getattr(done.exception, 'help', '')}"
        return done.output

    def refusal(self, *args: str) -> QuantgovError:
        """The error that a command ends with, and nothing of what it was to do is left."""
        before = self.state()
        error = self.run(*args).exception
        assert isinstance(error, QuantgovError), error
        assert self.state() == before
        assert error.help
        return error

    def state(self) -> tuple[str, ...]:
        repo = self.repo
        return (
            repo.out("for-each-ref"),
            repo.out("symbolic-ref", "-q", "HEAD"),
            repo.out("status", "--porcelain", "-uall"),
            repo.out("diff"),
            repo.out("diff", "--cached"),
        )

    def find(self, name: str = ID) -> Strategy:
        return Desk(Repository.discover()).find(name)

    def give_all(self) -> None:
        """Everybody signs what is staged, and one commit holds all of it."""
        for name, role in ROLES.items():
            self.at(name).ok("sign", ID, "--as", role, "--no-commit")
        self.at("alice")

    def run_version(self, version: str = "v1.0.0") -> str:
        """A version that runs on the trunk, signed by everybody; the commit's oid."""
        self.repo.stage(strategy_files(lifecycle.PRODUCTION, version=version))
        self.give_all()
        return self.land({}, f"strategy: {version} runs")
