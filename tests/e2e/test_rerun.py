"""A small real backtest, from its first run to a colleague's rerun: real pandas, real Git LFS, a squash, two clones.

Then whatever it stood on changes by a little, and the rerun says what it was.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from repository import Repo
from signers import Signer

FOLDER = "strategies/gap/"
PRICES = "data/prices.csv"
LIBRARY = "lib/signals/gaps.py"
PARAMETERS = f"{FOLDER}params/v0.1.0.yaml"
HOLIDAYS = ("01-01", "01-15", "02-19", "03-29", "05-27", "06-19", "07-04", "09-02", "11-28", "12-25")
"""On which New York did not trade in 2024."""
GAPS = '''\
"""Gaps between days."""

import pandas as pd


def gap(prices: pd.DataFrame) -> pd.Series:
    """By how much a day opens away from the close before, as a fraction of that."""
    before = prices["close"].shift(1)
    return (prices["open"] - before) / before
'''
RUN = '''\
"""Fade overnight gaps: short what opened high, long what opened low, out at the close."""

import pathlib
import sys

import pandas as pd
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "lib"))

from quantgov import log_result
from signals.gaps import gap

parameters = yaml.safe_load((ROOT / "strategies/gap/params/v0.1.0.yaml").read_text())
prices = pd.read_csv(ROOT / "data/prices.csv", parse_dates=["date"])
returns = []
for _, symbol in prices.groupby("symbol"):
    gaps = gap(symbol)
    traded = gaps.abs() >= parameters["entry_return"]
    day = symbol["close"] / symbol["open"] - 1
    returns.append((-gaps.apply(lambda each: (each > 0) - (each < 0)) * day)[traded])
pnl = pd.concat(returns)
log_result(
    {
        "total_return": (1 + pnl).prod() - 1,
        "sharpe_ratio": pnl.mean() / pnl.std(ddof=0) * 252**0.5,
        "win_rate": (pnl > 0).mean(),
        "num_trades": len(pnl),
    },
    parameters=parameters,
    config={"start_date": "2024-01-02", "end_date": "2024-12-31", "symbols": ["AAPL.US", "MSFT.US"], "slippage_bps": 0},
    convention={"sharpe": "arithmetic", "periods_per_year": 252, "risk_free_rate": 0, "ddof": 0},
)
'''


def made_up_prices() -> str:
    """Two symbols over the trading days of 2024, by a linear congruential walk."""
    days = [
        day
        for at in range(366)
        if (day := date(2024, 1, 1) + timedelta(at)).weekday() < 5 and f"{day:%m-%d}" not in HOLIDAYS
    ]
    lines, state = ["date,symbol,open,close"], 7
    for symbol in ("AAPL.US", "MSFT.US"):
        price = 100.0
        for day in days:
            state = (1103515245 * state + 12345) % 2**31
            opened = price * (1 + (state / 2**31 - 0.5) / 20)
            state = (1103515245 * state + 12345) % 2**31
            price = opened * (1 + (state / 2**31 - 0.5) / 25)
            lines.append(f"{day:%Y-%m-%d},{symbol},{opened:.2f},{price:.2f}")
    return "\n".join(lines) + "\n"


class Colleague:
    """Somebody with a clone, whose `python` is the one that has pandas."""

    def __init__(self, name: str, folder: Path) -> None:
        (folder / name).mkdir()
        self.signer = Signer(name, f"{name}@fund.com", folder / name)
        self.repo = Repo(folder / name / "research")
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**self.signer.environment, "PATH": programs}

    def git(self, *args: str) -> str:
        return self.repo.git(*args, check=True, **self._environment).stdout.strip()

    def quantgov(self, *args: str, code: int = 0) -> str:
        done = self.repo.quantgov(*args, **self._environment)
        assert done.returncode == code, f"{args}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def sh(self, line: str) -> str:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.repo.path,
            env={**os.environ, **self._environment},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def rerun(tmp_path: Path) -> tuple[Colleague, Colleague]:
    """Alice's backtest has landed by a squash; Bob has a clone."""
    alice, bob = Colleague("alice", tmp_path), Colleague("bob", tmp_path)
    server = tmp_path / "server.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(server)], check=True)
    subprocess.run(["git", "clone", "-q", server.as_uri(), str(alice.repo.path)], check=True)
    alice.quantgov("init", "--yes")
    alice.quantgov("lfs", "track", "--preset", "lfs-results", "--yes")
    alice.git("add", "-A")
    alice.git("commit", "-q", "-m", "chore: set up quantgov")
    alice.git("push", "-q", "origin", "main")
    alice.quantgov("new-strategy", "Gap", "--thesis", "Overnight gaps revert within the day")
    for path, text in {PRICES: made_up_prices(), LIBRARY: GAPS, f"{FOLDER}run.py": RUN}.items():
        alice.repo.write(path, text)
    alice.git("add", "-A")
    alice.git("commit", "-q", "-m", "strategy: add Gap, its prices and its run")
    said = alice.quantgov("backtest", "gap", "--", "python", "strategies/gap/run.py")
    commands = [line.strip() for line in said.splitlines() if re.match(r"\s*git (add|commit)", line)]
    assert commands[-1].lstrip().startswith("git commit"), said
    for line in commands:
        alice.sh(line)
    alice.git("push", "-q", "-u", "origin", "HEAD")
    branch = alice.git("branch", "--show-current")
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--squash", branch)
    # As a platform lands it: by its own message, and past the hooks of any laptop.
    alice.git(
        "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "backtest: gap v0.1.0 on 2024 US equity data (#1)"
    )
    alice.git("lfs", "push", "origin", "main")
    alice.git("-c", "core.hooksPath=/dev/null", "push", "-q", "origin", "main")
    alice.git("branch", "-q", "-D", branch)
    alice.git("reflog", "expire", "--expire=now", "--all")
    alice.git("gc", "-q", "--prune=now")
    subprocess.run(["git", "clone", "-q", server.as_uri(), str(bob.repo.path)], check=True)
    bob.git("lfs", "install", "--local")
    bob.git("lfs", "pull")
    return alice, bob


def record_of(member: Colleague) -> str:
    return next(path for path in member.git("ls-files", "results").splitlines() if path.endswith(".yaml"))


def test_a_colleague_gets_the_same_metrics(rerun: tuple[Colleague, Colleague]) -> None:
    _, bob = rerun
    record = record_of(bob)
    for target in ("HEAD", "gap", record):
        (outcome,) = json.loads(bob.quantgov("reproduce", target, "--format", "json").partition("\n}\n")[0] + "}")[
            "reproductions"
        ]
        assert outcome["verdict"] == "reproduced", outcome
    assert len(bob.git("worktree", "list").splitlines()) == 1
    assert "AAPL" not in bob.git("show", f"HEAD:{PRICES}")  # the prices went through Git LFS
    shown = bob.quantgov("manifest", "show", "HEAD")
    assert "Period: 2024-01-02 to 2024-12-31" in shown, shown
    bob.quantgov("manifest", "verify", "HEAD")


def test_the_squash_lost_nothing(rerun: tuple[Colleague, Colleague]) -> None:
    _, bob = rerun
    assert "Data manifest" not in bob.git("log", "-1", "--format=%B")
    assert "sha256:" in bob.quantgov("manifest", "show", "HEAD")


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param(PRICES, "AAPL.US,10", "AAPL.US,11", id="a byte of the data"),
        pytest.param(PARAMETERS, "entry_return: 0.02", "entry_return: 0.01", id="a parameter"),
        pytest.param(LIBRARY, ".shift(1)", ".shift(2)", id="the library"),
    ],
)
def test_whatever_changed_is_named(path: str, before: str, after: str, rerun: tuple[Colleague, Colleague]) -> None:
    _, bob = rerun
    text = (bob.repo.path / path).read_text()
    assert before in text
    bob.repo.write(path, text.replace(before, after, 1))
    bob.git("add", "--", path)
    bob.git("commit", "-q", "-m", "feat: change a little")
    said = bob.quantgov("reproduce", "gap", code=1)
    assert path in said, said
    assert re.search(r"sharpe_ratio\b", said), said
    # The record itself, in the commit that brought it, can still be rerun.
    bob.quantgov("reproduce", record_of(bob))


def test_data_that_is_nowhere_is_no_divergence(rerun: tuple[Colleague, Colleague]) -> None:
    _, bob = rerun
    shutil.rmtree(bob.repo.path / ".git/lfs/objects")
    bob.repo.write(PRICES, bob.git("show", f"HEAD:{PRICES}") + "\n")
    bob.git("remote", "set-url", "origin", (bob.repo.path.parent / "gone").as_uri())
    said = bob.quantgov("reproduce", "gap", code=3)
    assert PRICES in said
    assert "git lfs pull" in said
