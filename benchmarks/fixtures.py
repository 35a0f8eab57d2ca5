"""What the benchmarks work on: a quant team's repository of 240 files, and histories built by `git fast-import`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.lab import Lab

FILES = 240
STRATEGIES = 20
BRANCH = "strategy/overnight-gap"
MESSAGE = "feat: weigh overnight gaps by turnover"
BAD_MESSAGE = "changed some things"
SIGNALS = "strategies/overnight-gap/signals.py"
DATA = "data/universe.csv"
PASSPORT = "strategies/overnight-gap/passport.yaml"

POLICY = """\
version: 1
mode: guard
branches: trunk
merge: squash
data: hybrid
paths: {strategies: strategies/, results: results/}
team:
  alice: {email: alice@fund.com, roles: [lead, reviewer]}
  bob: {email: bob@fund.com, roles: [researcher, engineer]}
"""
ATTRIBUTES = """\
*.csv filter=lfs diff=lfs merge=lfs -text
*.parquet filter=lfs diff=lfs merge=lfs -text
*.py text eol=lf
"""
IGNORES = ".env\n.venv/\n__pycache__/\n/data/raw/\n.ipynb_checkpoints/\n"
FUNCTION = '''\
def score_{at}(closes: list[float], opens: list[float], window: int = {window}) -> float:
    """The mean overnight return of the last `window` days, in basis points."""
    pairs = list(zip(closes[-window - 1 : -1], opens[-window:], strict=True))
    returns = [opened / closed - 1.0 for closed, opened in pairs if closed > 0]
    return 10_000 * sum(returns) / len(returns) if returns else 0.0


'''


class Commit(NamedTuple):
    """A commit to import: it writes these files over those of the commit before it."""

    message: str
    files: Mapping[str, str]


def repository_files() -> dict[str, str]:
    """Twenty strategies of six files each, data as LFS pointers, and a library that fills the 240."""
    files = {"quantgov.yaml": POLICY, ".gitattributes": ATTRIBUTES, ".gitignore": IGNORES, "README.md": "# Research\n"}
    for at in range(1, STRATEGIES + 1):
        name = "overnight-gap" if at == 1 else f"signal-{at:02d}"
        files |= strategy_files(f"strategies/{name}", at)
    files[DATA] = pointer("universe")
    files |= {f"data/prices-{at:02d}.csv": pointer(f"prices {at}") for at in range(15)}
    missing = FILES - len(files)
    return files | {f"lib/module_{at:03d}.py": code(at) for at in range(missing)}


def strategy_files(folder: str, at: int) -> dict[str, str]:
    return {
        f"{folder}/passport.yaml": passport(at),
        f"{folder}/brief.md": f"# Signal {at}\n\nGaps revert within the first hour.\n",
        f"{folder}/params/v0.1.0.yaml": f"window: {at + 10}\nthreshold_bps: 25\n",
        f"{folder}/signals.py": code(at),
        f"{folder}/risk.py": code(at + 100),
        f"{folder}/test_signals.py": code(at + 200),
    }


def passport(number: int, version: str = "0.1.0", status: str = "research") -> str:
    """A passport at research, 31 lines long."""
    return f"""\
strategy_id: STR-{2000 + number // 10_000}-{number % 10_000:04d}
name: Overnight gap {number}
version: {version}
status: {status}
researcher: alice@fund.com
hypothesis_date: 2026-01-15
frequency: daily
alpha_thesis: Overnight gaps in liquid index futures revert within the first hour
data_sources:
  - source: TickDB
    endpoints: [kline/1d, depth/1]
    markets: [US.EQUITY]
    lookback_years: 5
  - source: Alternative
    type: earnings_dates
    provider: internal
backtest:
  start_date: 2021-01-01
  end_date: 2025-12-31
  universe: NASDAQ-100
  initial_capital: 1000000
  slippage_bps: 5
  commission_per_share: 0.004
validation:
  is_winrate_reported: true
  is_sharpe_reported: true
  out_of_sample_test: 2025-01-01_to_2025-12-31
  robustness_checks:
    - parameter_sensitivity
    - survivorship_bias
    - look_ahead_bias
"""


def code(seed: int, functions: int = 6) -> str:
    """A Python file of 2 kB."""
    return "".join(FUNCTION.format(at=at, window=seed + at) for at in range(functions))


def pointer(name: str) -> str:
    """What Git LFS puts in place of a data file."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {10_000 + len(name)}\n"


def staged_files(*, with_passport: bool) -> dict[str, str]:
    """The commit of DESIGN section 5: one Python file and one CSV, and one passport or none."""
    files = {SIGNALS: code(1, functions=7), DATA: pointer("universe, one month on")}
    return files | {PASSPORT: passport(1, version="0.2.0")} if with_passport else files


def messages(count: int) -> Iterator[Commit]:
    """Commits that each touch one library file, under a good message."""
    kinds = ("feat", "fix", "data", "test", "refactor", "docs")
    for at in range(count):
        files = {f"lib/module_{at % 100:03d}.py": code(1000 + at)}
        yield Commit(f"{kinds[at % len(kinds)]}: adjust the score of module {at}\n\nSee ticket {at}.\n", files)


def book(passports: Iterable[str]) -> Commit:
    """One commit that writes a strategy for each of these passports."""
    files = {f"strategies/s{at:05d}/passport.yaml": text for at, text in enumerate(passports, 1)}
    return Commit("strategy: import the old book", files)


def import_history(lab: Lab, path: Path, history: Iterable[tuple[str, Commit]]) -> None:
    """Build a repository at `path` from commits by branch; another branch's first one forks from main's last."""
    lab.git(lab.root, "init", "-q", "--template=", str(path))
    stream = path.with_suffix(".import")
    with open(stream, "wb") as file:
        seen: set[str] = set()
        for at, (branch, commit) in enumerate(history):
            fork = branch != "main" and branch not in seen
            file.writelines(import_lines(branch, commit, 1_700_000_000 + 60 * at, fork=fork))
            seen.add(branch)
    lab.expect(("git", "fast-import", "--quiet"), path, stream)


def import_lines(branch: str, commit: Commit, seconds: int, *, fork: bool) -> Iterator[bytes]:
    yield f"commit refs/heads/{branch}\ncommitter Alice <alice@fund.com> {seconds} +0000\n".encode()
    yield data_lines(commit.message)
    if fork:
        yield b"from refs/heads/main\n"
    for path, content in commit.files.items():
        yield f"M 100644 inline {path}\n".encode()
        yield data_lines(content)


def data_lines(text: str) -> bytes:
    data = text.encode()
    return b"data %d\n%s\n" % (len(data), data)
