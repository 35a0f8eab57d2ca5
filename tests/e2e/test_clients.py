"""The pre-commit framework and prek, each cloning this repository as a hook repository, as a team's config asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import GIT_CONFIG
from team import BACKTEST, KEY, PASSPORT, Team, assert_refused

SOURCE = Path(__file__).parents[2]
STAGES = ("pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "pre-push")
FINE_GRAINED = tuple(
    f"quantgov-{subject}"
    for subject in ("branch-name", "manifest", "results", "secrets", "passport", "lfs", "notebooks")
)
RECORD = "experiment_id: exp_1\nstrategy: gap\nparameters: {}\nresults: {sharpe_ratio: high}\n"

# One worker builds the environment, which takes pip half a minute; no other needs it.
pytestmark = [pytest.mark.source, pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]


def git(folder: Path, *args: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": str(folder.parent / "gitconfig")}
    done = subprocess.run(("git", *args), cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="session")
def hook_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as it stands, committed: what `repo:` in a team's config would be."""
    base = tmp_path_factory.mktemp("hooks")
    (base / "gitconfig").write_text(GIT_CONFIG)
    folder = base / "quantgov"
    folder.mkdir()
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=SOURCE,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (SOURCE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, folder / name)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "feat: as it stands")
    git(folder, "tag", "v0")
    return folder


@pytest.fixture(scope="session")
def client_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both clients keep what they build, so that it is built once."""
    return tmp_path_factory.mktemp("clients")


def config(hook_repository: Path, ids: tuple[str, ...]) -> str:
    hooks = "".join(f"      - id: {each}\n" for each in ids)
    stages = ", ".join(STAGES)
    return (
        f"default_install_hook_types: [{stages}]\n"
        f"repos:\n  - repo: {hook_repository.as_uri()}\n    rev: v0\n    hooks:\n{hooks}"
    )


@pytest.fixture(params=["pre-commit", "prek"])
def client(request: pytest.FixtureRequest, team: Team, client_home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The client's program; the team's native hooks are taken away, so that only the client judges."""
    name: str = request.param
    monkeypatch.setenv("PRE_COMMIT_HOME", str(client_home / "pre-commit"))
    monkeypatch.setenv("PREK_HOME", str(client_home / "prek"))
    team.repo.quantgov("init", "--yes", "--hooks", "none")
    program = Path(sys.executable).parent / name
    assert program.exists(), f"{name} is part of the development environment"
    return str(program)


def install(team: Team, client: str, hook_repository: Path, ids: tuple[str, ...]) -> None:
    team.repo.commit({".pre-commit-config.yaml": config(hook_repository, ids)}, "chore: hooks")
    done = subprocess.run((client, "install"), cwd=team.repo.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def assert_client_refused(done: subprocess.CompletedProcess[str], code: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode != 0, said
    assert f"refused: {code}" in said


def test_one_id_for_each_stage(team: Team, client: str, hook_repository: Path) -> None:
    install(team, client, hook_repository, tuple(f"quantgov-{stage}" for stage in STAGES))
    team.repo.stage({"load.py": f'KEY = "{KEY}"\n'})
    assert_client_refused(team.try_commit("feat: load data"), "QG301")
    team.repo.stage({"load.py": "import os\n"})
    assert_client_refused(team.try_commit("Load data"), "QG102")
    assert_client_refused(team.try_commit("backtest: gap-fade v1 on 2024 data"), "QG202")
    done = team.try_commit("feat: load data")
    assert done.returncode == 0, done.stdout + done.stderr
    team.bypass("feat: leak", {"leak.py": f'KEY = "{KEY}"\n'})
    assert_client_refused(team.push("strategy/gap-fade"), "QG301")


def test_fine_grained_ids(team: Team, client: str, hook_repository: Path) -> None:
    install(team, client, hook_repository, FINE_GRAINED)
    bad: dict[str, tuple[dict[str, str | bytes], str]] = {
        "QG301": ({"load.py": f'KEY = "{KEY}"\n'}, "feat: load data"),
        "QG401": ({"strategies/a/passport.yaml": PASSPORT.replace("ideation", "prodution")}, "feat: passport"),
        "QG501": ({"curve.dat": b"\0" * (2 << 20)}, "feat: add curve"),
        "QG206": ({"results/gap/best.yaml": RECORD}, "feat: keep the best"),
        "QG506": ({"live/load.py": 'PRICES = "/home/alice/prices.csv"\n'}, "feat: load data"),
        "QG201": ({"load.py": "import os\n"}, "backtest: gap-fade v1 on 2024 data"),
    }
    for code, (files, message) in bad.items():
        team.repo.stage(files)
        assert_client_refused(team.try_commit(message), code)
        team.repo.git("reset", "-q", "--hard")
    team.repo.stage({"load.py": "import os\n"})
    done = team.try_commit(BACKTEST)
    assert done.returncode == 0, done.stdout + done.stderr
    team.repo.branch("my-stuff")
    team.repo.stage({"b.py": "import os\n"})
    assert_client_refused(team.try_commit("feat: b"), "QG101")


def test_from_ref_to_ref_judges_that_range(team: Team, client: str, hook_repository: Path) -> None:
    install(team, client, hook_repository, ("quantgov-pre-commit",))
    team.bypass("feat: leak", {"leak.py": f'KEY = "{KEY}"\n'})
    done = subprocess.run(
        (client, "run", "--from-ref", "main", "--to-ref", "HEAD"), cwd=team.repo.path, capture_output=True, text=True
    )
    assert_client_refused(done, "QG301")


def test_init_for_the_framework_still_pushes_every_ref(team: Team, client: str, hook_repository: Path) -> None:
    """The framework hands on the first ref only; `init --hooks pre-commit` adds the native hook for the others."""
    done = team.repo.quantgov("init", "--yes", "--hooks", "pre-commit")
    assert done.returncode == 0, done.stderr
    team.repo.git("switch", "-q", "-c", "strategy/fine", "main")
    team.repo.commit({"a.py": "import os\n"})
    team.repo.git("switch", "-q", "-c", "strategy/leaky", "main")
    team.bypass("feat: leak", {"leak.py": f'KEY = "{KEY}"\n'})
    assert_refused(team.push("strategy/fine", "strategy/leaky"), "QG301")
