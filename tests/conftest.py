"""Every test runs with a HOME, a git configuration and an environment of its own, and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

SCRUBBED = ("GIT_", "GITHUB_", "CI_", "PRE_COMMIT", "QUANTGOV_", "XDG_", "GITLAB_", "PREK_")
KEPT = ("PRE_COMMIT_HOME",)

settings.register_profile("suite", derandomize=True, deadline=None, database=None)
settings.register_profile("fuzz", parent=settings.get_profile("suite"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
GIT_CONFIG = """\
[user]
    name = Alice
    email = alice@fund.com
[init]
    defaultBranch = main
[protocol "file"]
    allow = always
[advice]
    detachedHead = false
"""


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HOME with one git identity; nothing of the machine's own configuration is seen."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name == "CI" or (name.startswith(SCRUBBED) and name not in KEPT):
            monkeypatch.delenv(name)
    (home / ".gitconfig").write_text(GIT_CONFIG)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_EDITOR", "true")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")
    return home


class Repo:
    """A real repository in a folder, driven with the real git."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *args: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            stdin=subprocess.DEVNULL,
        )
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done

    def out(self, *args: str) -> str:
        return self.git(*args).stdout.strip()

    def write(self, path: str, content: str | bytes = "x\n") -> Path:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def stage(self, files: dict[str, str | bytes]) -> None:
        for path, content in files.items():
            self.write(path, content)
        self.git("add", "-f", "--", *files)

    def commit(
        self, files: dict[str, str | bytes] | None = None, message: str = "feat: add a thing", *args: str
    ) -> str:
        """Commit without any hook; the commit's oid."""
        self.stage(files or {})
        self.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", message, *args)
        return self.out("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        self.git("switch", "-q", "-c", name)

    def quantgov(self, *args: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """The real client, in a process of its own, as git starts it: isolated from this process' import path."""
        return subprocess.run(
            [sys.executable, "-I", "-m", "quantgov", *args],
            cwd=self.path,
            env={**os.environ, **env},
            input=stdin,
            capture_output=True,
            text=True,
            errors="surrogateescape",
        )


@pytest.fixture(scope="session")
def empty_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: copying it takes a millisecond where `git init` takes twenty."""
    path = tmp_path_factory.mktemp("template") / "repo"
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", "-b", "main", "--template=", str(path)], check=True, env=env)
    return path


@pytest.fixture
def make_repo(tmp_path: Path, empty_repository: Path) -> Callable[[str], Repo]:
    def make(name: str) -> Repo:
        shutil.copytree(empty_repository, tmp_path / name)
        return Repo(tmp_path / name)

    return make


@pytest.fixture
def repo(make_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch) -> Iterator[Repo]:
    """An empty repository on `main`, which is also the current folder."""
    made = make_repo("repo")
    monkeypatch.chdir(made.path)
    return made
