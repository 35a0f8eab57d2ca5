"""A team as it works: a repository with quantgov's hooks, and a bare remote with the server's."""

from __future__ import annotations

import subprocess
from pathlib import Path

from repository import Repo

KEY = "tk_" + "live_" + "aZ3kQ9xL7mR2vT8pW4nY6bCd"
SIGNAL = (
    '"""Signals."""\n\n\ndef gap(open_price: float, close: float) -> float:\n'
    '    """The overnight gap."""\n    return open_price - close\n'
)
PASSPORT = """\
strategy_id: STR-2026-0001
name: Gap fade
version: v0.1.0
status: ideation
researcher: alice@fund.com
hypothesis_date: 2026-01-15
frequency: daily
alpha_thesis: Overnight gaps of liquid stocks close within three days
"""
MANIFEST = """\
Data manifest:
- Symbol set: SPX constituents (505 tickers)
- Period: 2024-01-01 to 2024-12-31
- Source: TickDB /v1/market/kline, 1h interval
- Cache: .tickdb_cache/v3.2
"""
BACKTEST = f"backtest: mean-reversion v3 on 2024 US equity data\n\n{MANIFEST}"


class Team:
    """`repo` is Alice's clone, `remote` the team's server."""

    def __init__(self, repo: Repo, remote: Repo) -> None:
        self.repo = repo
        self.remote = remote

    def try_commit(self, message: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        """`git commit` with its hooks."""
        return self.repo.git("commit", "-q", "-m", message, *args, check=False, **env)

    def bypass(self, message: str, files: dict[str, str | bytes]) -> str:
        """Commit what the hooks would refuse."""
        return self.repo.commit(files, message)

    def push(self, *args: str) -> subprocess.CompletedProcess[str]:
        return self.repo.git("push", "-q", "origin", *args, check=False)

    def on_server(self, ref: str) -> str:
        return self.remote.git("rev-parse", "-q", "--verify", ref, check=False).stdout.strip()


def verdict_line(done: subprocess.CompletedProcess[str]) -> str:
    """The first line that quantgov printed; on a push it comes behind the server's `remote: `."""
    lines = [line.removeprefix("remote: ").strip() for line in done.stderr.splitlines()]
    return next((line for line in lines if line.startswith("quantgov: ")), "")


def assert_refused(done: subprocess.CompletedProcess[str], code: str) -> None:
    assert done.returncode != 0, done.stderr
    assert f"refused: {code}" in verdict_line(done), done.stderr


def assert_accepted(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr
    assert "refused" not in done.stderr


def write_executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
