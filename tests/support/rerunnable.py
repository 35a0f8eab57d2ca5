"""A small backtest in a real repository, run for real and put on record, so that it can be run again."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import yaml
from repository import Repo

from quantgov import __main__, record, running, strategy
from quantgov.desk import Desk
from quantgov.git import Repository

ID, FOLDER = "STR-2026-0007", "strategies/gap/"
DATA, PARAMETERS, LIBRARY, SCRIPT = "data/prices.csv", f"{FOLDER}params/v0.1.0.yaml", "lib/sizes.py", f"{FOLDER}run.py"
PASSPORT = f"""\
strategy_id: {ID}
name: Overnight gap
version: v0.1.0
status: research
researcher: alice@fund.com
deployment: {{parameters_file: params/v0.1.0.yaml}}
"""
PRICES = "day,close\n" + "".join(f"2026-01-{day:02},{100 + day * day % 7}\n" for day in range(1, 29))
CODE = """\
import csv
import sys

sys.path.insert(0, ".")

from lib.sizes import size

from quantgov import log_result

with open("strategies/gap/params/v0.1.0.yaml") as file:
    lookback = int(file.read().split(":")[1])
with open("data/prices.csv") as file:
    closes = [float(row["close"]) for row in csv.DictReader(file)]
moves = [after / before - 1 for before, after in zip(closes, closes[lookback:])]
taken = [size(move) * move for move in moves if abs(move) > 0.01]
log_result(
    {"total_return": sum(taken), "num_trades": len(taken)}, parameters={"lookback_bars": lookback}, seed=7
)
"""
SIZES = "def size(move):\n    return -0.5 if move > 0 else 0.5\n"
COMMAND = ("python", SCRIPT)
FILES: dict[str, str | bytes] = {
    f"{FOLDER}passport.yaml": PASSPORT,
    SCRIPT: CODE,
    PARAMETERS: "lookback_bars: 3\n",
    LIBRARY: SIZES,
    DATA: PRICES,
    "quantgov.yaml": "version: 1\n",
    ".gitignore": "__pycache__/\n",
}
WORKTREES = "quantgov-reproduce-"


def environment(**more: str) -> dict[str, str]:
    """With the Python of the tests as `python`."""
    return {"PATH": os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"])), **more}


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def reproduce(repo: Repo, *args: str, **env: str) -> Done:
    """The command line in this process, from its entry point on, in the repository's folder."""
    out, err, code = StringIO(), StringIO(), 0
    with (
        chdir(repo.path),
        patch.dict(os.environ, environment(**env)),
        patch.object(sys, "argv", ["quantgov", "reproduce", *args]),
        patch.object(tempfile, "tempdir", None),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            __main__.main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
    return Done(code, out.getvalue(), err.getvalue())


def ok(repo: Repo, *args: str, **env: str) -> str:
    """What it prints where the result is reproduced."""
    done = reproduce(repo, *args, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def diverged(repo: Repo, *args: str, **env: str) -> str:
    done = reproduce(repo, *args, **env)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def failed(repo: Repo, *args: str, **env: str) -> str:
    """What it says where it could not be run: nothing is left of it."""
    done = reproduce(repo, *args, **env)
    assert done.returncode == 3, done.stdout + done.stderr
    assert not (repo.path / "reproductions").exists()
    return done.stderr


def worktrees(repo: Repo) -> list[str]:
    """What git knows of worktrees beside the checkout itself."""
    listed = [line for line in repo.out("worktree", "list", "--porcelain").splitlines() if line.startswith("worktree")]
    return listed[1:] + [str(path) for path in repo.path.glob(".git/worktrees/*")]


def built(repo: Repo, files: Mapping[str, str | bytes] | None = None, without: Sequence[str] = ()) -> Repo:
    """The strategy, committed on the trunk."""
    given = {**FILES, **(files or {})}
    repo.commit({path: text for path, text in given.items() if path not in without}, "feat: a gap")
    return repo


def put_on_record(
    repo: Repo,
    *,
    command: Sequence[str] = COMMAND,
    inputs: Sequence[str] = (DATA,),
    library: Sequence[str] = (LIBRARY,),
    time: str = "2026-02-02T09:30:00Z",
    places: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
    **changed: object,
) -> list[str]:
    """Run what is staged and write what it logs below results/.

    `more` are other terms of the record's `run`, `changed` of the record itself.
    """
    ran = running.run(command, cwd=str(repo.path), env={**os.environ, **environment()})
    assert ran.code == 0
    paths = []
    for at, said in enumerate(ran.results):
        terms = {**_terms(repo, command, inputs, library, time, places or {}, more or {}), **_of(said), **changed}
        value = {"apiVersion": record.API_VERSION, "kind": record.KIND, "experiment_id": record.new_id(terms, time)}
        value["experiment_id"] = record.new_id({**value, **terms}, time)
        path = record.path_of("results/", "gap", time[:10], ["AAPL.US"], at + 1)
        repo.write(path, yaml.safe_dump({**value, **terms}, sort_keys=False))
        paths.append(path)
    return paths


def _of(said: Mapping[str, object]) -> dict[str, object]:
    return {"parameters": said["parameters"], "results": said["results"]}


def _terms(
    repo: Repo,
    command: Sequence[str],
    inputs: Sequence[str],
    library: Sequence[str],
    time: str,
    places: Mapping[str, str],
    more: Mapping[str, object],
) -> dict[str, object]:
    subprocess.run(["git", "add", "-A"], cwd=repo.path, check=True)
    tree = Desk(Repository.discover()).tree
    of = strategy.at(tree, f"{FOLDER}passport.yaml")
    assert of
    data = [{"path": path, "sha256": digest(Path(places.get(path, repo.path / path)))} for path in inputs]
    lock = repo.path / "uv.lock"
    return {
        "strategy": "gap",
        "strategy_id": ID,
        "version": "v0.1.0",
        "date": time[:10],
        "analyst": "alice@fund.com",
        "data": {"inputs": data},
        "run": {
            "command": list(command),
            "folder": "",
            "time": time,
            "seed": 7,
            "code": {
                "strategy": of.own_tree(),
                "library": strategy.tree_of(tree, library),
                "library_paths": list(library),
            },
            "files": [{"path": PARAMETERS, "sha256": digest(repo.path / PARAMETERS)}],
            "environment": {
                "python": ".".join(map(str, sys.version_info[:3])),
                **({"lock_file": "uv.lock", "lock_sha256": digest(lock)} if lock.exists() else {}),
            },
            **more,
        },
    }


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def recorded(repo: Repo, **how: object) -> str:
    """The strategy with one result, committed; the record's path."""
    built(repo)
    (path,) = put_on_record(repo, **how)  # type: ignore[arg-type]
    repo.git("add", "-A")
    repo.commit(message="backtest: gap v0.1.0")
    return path
