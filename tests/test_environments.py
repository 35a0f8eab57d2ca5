"""Which file pins an environment, and what happens where it cannot be made."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import rerunnable as runs
from repository import Repo
from rerunnable import ID, recorded

from quantgov.environments import lock_file

HASHED = "pandas==2.2.0 --hash=sha256:00\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, None),
        ({"pyproject.toml": "", "requirements-dev.txt": "pytest\n"}, None),
        ({"requirements.txt": "pandas\n"}, "requirements.txt"),
        ({"requirements.txt": "pandas\n", "requirements-prod.txt": HASHED}, "requirements-prod.txt"),
        ({"requirements.txt": HASHED, "poetry.lock": "x"}, "poetry.lock"),
        ({"poetry.lock": "x", "uv.lock": "y", "conda-lock.yml": "z"}, "uv.lock"),
    ],
)
def test_the_strictest_lock_file_is_the_one(tmp_path: Path, files: dict[str, str], found: str | None) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    expected = (found, hashlib.sha256(files[found].encode()).hexdigest()) if found else None
    assert lock_file(str(tmp_path)) == expected


def test_a_folder_is_no_lock_file(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").mkdir()

    assert lock_file(str(tmp_path)) is None


@pytest.fixture
def without_uv(tmp_path: Path) -> str:
    """A Python in which quantgov is installed, and uv is not."""
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    paths = "\n".join(path for path in (*sys.path, sysconfig.get_path("purelib")) if os.path.isdir(path))
    site = next((folder / "lib").iterdir()) / "site-packages"
    (site / "more.pth").write_text(f"{Path(__file__).parents[1]}\n{paths}\n")
    for name in ("git", "unshare"):
        found = next(p for p in os.environ["PATH"].split(":") if os.path.exists(f"{p}/{name}"))
        (folder / "bin" / name).symlink_to(f"{found}/{name}")
    return str(folder / "bin")


def test_without_uv_nothing_is_run_and_the_report_says_what_helps(repo: Repo, without_uv: str) -> None:
    repo.write("uv.lock", "version = 1\n")
    recorded(repo)
    command = [f"{without_uv}/python", "-I", "-m", "quantgov", "reproduce", ID]
    done = subprocess.run(
        command, cwd=repo.path, env={**os.environ, "PATH": without_uv}, capture_output=True, text=True
    )

    assert done.returncode == 3, done.stderr
    assert "pinned by uv.lock, and there is no uv to make it" in done.stderr
    assert "pip install uv; or: quantgov reproduce … --no-env" in done.stderr


def test_a_lock_file_that_uv_cannot_read_is_told_in_its_words(repo: Repo) -> None:
    repo.write("uv.lock", "nonsense\n")
    recorded(repo)

    assert "uv does not make the environment:\n    " in runs.failed(repo, ID, UV_OFFLINE="1")


def test_where_no_python_is_on_the_path_it_is_the_one_that_asks(repo: Repo, tmp_path: Path) -> None:
    recorded(repo)
    (tmp_path / "bin").mkdir()
    for name in ("git", "unshare"):
        found = next(p for p in os.environ["PATH"].split(":") if os.path.exists(f"{p}/{name}"))
        (tmp_path / "bin" / name).symlink_to(f"{found}/{name}")
    done = runs.reproduce(repo, ID, PATH=str(tmp_path / "bin"))

    assert done.returncode == 0, done.stderr
