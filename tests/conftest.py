"""Every test runs with a HOME, a git configuration and an environment of its own, and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from repository import GIT_CONFIG, Repo

if TYPE_CHECKING:
    from fund import Fund

__all__ = ["GIT_CONFIG", "Repo"]

SCRUBBED = ("GIT_", "GITHUB_", "CI_", "PRE_COMMIT", "QUANTGOV_", "XDG_", "GITLAB_", "PREK_")
KEPT = ("PRE_COMMIT_HOME",)

if not (Path(__file__).parents[1] / "benchmarks").is_dir():
    collect_ignore = ["test_benchmarks.py"]  # an installed wheel has no benchmarks to import

settings.register_profile("suite", derandomize=True, deadline=None, database=None)
settings.register_profile("fuzz", parent=settings.get_profile("suite"), derandomize=False, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(scope="session")
def user_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all tests, as by all repositories of a user: compiled databases, and nothing of any one repository."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def isolated(user_cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
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
    monkeypatch.setenv("XDG_CACHE_HOME", str(user_cache))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")
    return home


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
def repo(make_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch) -> Repo:
    """An empty repository on `main`, which is also the current folder."""
    made = make_repo("repo")
    monkeypatch.chdir(made.path)
    return made


@pytest.fixture(scope="session")
def fund_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import fund

    return fund.build(tmp_path_factory.mktemp("fund"))


@pytest.fixture
def fund(fund_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fund:
    """Alice in a repository with quantgov's hooks, whose trunk names her, Bob and Carol with their keys."""
    from fund import Fund

    shutil.copytree(fund_template / "repo", tmp_path / "repo", symlinks=True)
    repo = Repo(tmp_path / "repo")
    monkeypatch.chdir(repo.path)
    made = Fund(repo, fund_template, monkeypatch)
    repo.git("add", "-A")
    repo.commit({"quantgov.yaml": made.policy()}, "chore: set up quantgov")
    return made
