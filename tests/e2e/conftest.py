"""The team that the end-to-end tests work in, set up once by the real client and copied for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import GIT_CONFIG, Repo
from team import Team


@pytest.fixture(scope="session")
def team_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("team")
    (base / "gitconfig").write_text(GIT_CONFIG)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(base),
        "GIT_CONFIG_GLOBAL": str(base / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }

    def run(*args: str, cwd: Path = base) -> None:
        done = subprocess.run(args, cwd=cwd, env=env, capture_output=True, text=True)
        assert done.returncode == 0, f"{args}: {done.stdout}{done.stderr}"

    run("git", "init", "-q", "--bare", "-b", "main", "remote")
    run("git", "init", "-q", "-b", "main", "alice")
    client = (sys.executable, "-I", "-m", "quantgov")
    run(*client, "init", "--yes", cwd=base / "alice")
    run("git", "add", "-A", cwd=base / "alice")
    run("git", "commit", "-q", "-m", "chore: set up quantgov", cwd=base / "alice")
    return base


@pytest.fixture
def team(team_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Alice on `strategy/gap-fade`, with `main` on the server, whose hook is installed."""
    for name in ("alice", "remote"):
        shutil.copytree(team_template / name, tmp_path / name, symlinks=True)
    repo, remote = Repo(tmp_path / "alice"), Repo(tmp_path / "remote")
    repo.git("remote", "add", "origin", remote.path.as_uri())
    repo.git("push", "-q", "origin", "main")
    remote.quantgov("init", "--yes")
    monkeypatch.chdir(repo.path)
    repo.branch("strategy/gap-fade")
    return Team(repo, remote)
