"""The scenes of `quantgov demo`, as plain data."""

from __future__ import annotations

import os

from quantgov.demo import Sandbox, Scene, Step
from quantgov.lfs import is_pointer
from quantgov.lfs_store import Store
from quantgov.strategy import sha256

RESULTS = "results/backtest-2024-returns.csv"
RETURNS = "date,return\n2024-01-02,0.0031\n2024-01-03,-0.0012\n2024-01-04,0.0008\n"
QUOTES = "universe/quotes.jsonl"
MEMBERS = "universe/members.csv"
PASSPORT = "strategies/mean-reversion/passport.yaml"
PARAMETERS = "strategies/mean-reversion/params/v0.1.0.yaml"
RUN = "strategies/mean-reversion/run.py"
ENGINE = f'''\
"""Backtest of Mean Reversion: buys some days before the end, and holds."""

import csv
import re
from pathlib import Path

from quantgov import log_result

days = int(re.findall(r"lookback_bars: (\\d+)", Path("{PARAMETERS}").read_text())[0])
with open("data/btc.csv") as file:
    closes = [float(bar["close"]) for bar in csv.DictReader(file)]
total = closes[-1] / closes[-days] - 1
log_result({{"total_return": total, "num_trades": 1}}, parameters={{"lookback_bars": days}})
'''
BARS = """\
symbol,timestamp,close
BTC.USDT,2024-01-02T00:00:00Z,40000
BTC.USDT,2024-01-03T00:00:00Z,42000
BTC.USDT,2024-01-04T00:00:00Z,41500
BTC.USDT,2024-01-05T00:00:00Z,44100
"""
SPREAD = '''\
"""How far a spread is from where it usually stands."""


def z_score(spread: float, mean: float, deviation: float) -> float:
    return (spread - mean) / deviation
'''
CLIENT = '''\
"""Where the prices come from."""

import os

API_KEY = {}
'''
HARD_CODED = CLIENT.replace("import os\n\n", "").format('"{key}"')
FROM_ENVIRONMENT = CLIENT.format('os.environ["TICKDB_API_KEY"]')


def results_are_in_lfs(stage: Sandbox) -> str:
    return _no_pointer(RESULTS, stage)


def quotes_are_in_lfs(stage: Sandbox) -> str:
    return _no_pointer(QUOTES, stage)


def members_are_in_lfs(stage: Sandbox) -> str:
    return _no_pointer(MEMBERS, stage)


def results_have_arrived(stage: Sandbox) -> str:
    """git-lfs keeps the objects of a file:// remote as those of a clone."""
    there = Store(os.path.join(stage.server, "lfs"))
    return "" if there.size(sha256(RETURNS.encode())) >= 0 else "the LFS object is not on the server"


def _no_pointer(path: str, stage: Sandbox) -> str:
    return "" if is_pointer(stage.read(f"HEAD:{path}")) else f"{path} is no LFS pointer"


SCENES = (
    Scene(
        "Set the repository up",
        "One command writes the policy, the hooks and the ignore lines, and shows what it writes.",
        (
            Step("quantgov init --yes", before=("git init",), lines=11),
            Step(
                'git commit -m "chore: guard this repository with quantgov"',
                before=("git add quantgov.yaml .gitignore .gitattributes .env.example",),
            ),
        ),
    ),
    Scene(
        "The team's server",
        "A hook on a laptop can be bypassed; the one on the server cannot.",
        (
            Step("cd ~/server.git && quantgov init --yes", before=("git init --bare ~/server.git",), lines=3),
            Step("git push -u origin main", before=("git remote add origin file://$HOME/server.git",), lines=2),
        ),
    ),
    Scene(
        "A commit straight to main",
        "What stands on main was reviewed; this was not.",
        (
            Step(
                'git commit -m "feat: measure how far a spread is from its mean"',
                "refused QG103",
                files={"lib/spread.py": SPREAD},
                before=("git add lib/spread.py",),
            ),
        ),
    ),
    Scene(
        "A branch whose name says nothing",
        "The name says what a branch is for, and which checks it needs.",
        (
            Step(
                'git commit -m "feat: measure how far a spread is from its mean"',
                "refused QG101",
                before=("git switch -c spread-ideas",),
            ),
            Step('git commit -m "feat: measure how far a spread is from its mean"', before=("{fix}",)),
        ),
    ),
    Scene(
        "An API key in the code",
        "Once pushed it is leaked for good: deleting it later leaves it in the history.",
        (
            Step(
                'git commit -m "data: read prices from TickDB"',
                "refused QG301",
                files={"lib/prices.py": HARD_CODED},
                shown='lib/prices.py: API_KEY = "(a key, made up just now)"',
                before=("git add lib/prices.py",),
            ),
            Step(
                'git commit -m "data: read prices from TickDB"',
                files={"lib/prices.py": FROM_ENVIRONMENT},
                shown='lib/prices.py: API_KEY = os.environ["TICKDB_API_KEY"]',
                before=("git add lib/prices.py",),
            ),
        ),
    ),
    Scene(
        "The .env file itself",
        "It is where everybody's keys are; .gitignore stops a slip, not a `git add -f`.",
        (
            Step(
                'git commit -m "chore: share the settings"',
                "refused QG302",
                files={".env": "TICKDB_CACHE_TTL=3600\n"},
                before=("git add -f .env",),
            ),
        ),
    ),
    Scene(
        "A new strategy",
        "Each strategy has a number, a branch, a brief and a passport from its first day.",
        (
            Step('quantgov new-strategy "Mean Reversion"', before=("{fix}",), lines=8),
            Step('git commit -m "strategy: add Mean Reversion"', before=("git add strategies/mean-reversion",)),
        ),
    ),
    Scene(
        "A passport that says what cannot be",
        "People and programs act on it: a value that nobody understands is found when it is written.",
        (
            Step(
                'git commit -m "strategy: trade Mean Reversion intraday"',
                "refused QG401",
                edits=((PASSPORT, "frequency: daily", "frequency: sometimes"),),
                shown="passport.yaml: frequency: sometimes",
                before=(f"git add {PASSPORT}",),
                says=r"passport\.yaml:\d+:\d+",
            ),
            Step(
                'git commit -m "strategy: trade Mean Reversion intraday"',
                edits=((PASSPORT, "frequency: sometimes", "frequency: intraday"),),
                shown="passport.yaml: frequency: intraday",
                before=(f"git add {PASSPORT}",),
            ),
        ),
    ),
    Scene(
        "A status that nobody earned",
        "A phase ends with its evidence in the repository and the sign-offs of those who must agree.",
        (
            Step(
                'git commit -m "strategy: begin the research"',
                "refused QG602",
                edits=((PASSPORT, "status: ideation", "status: research"),),
                shown="passport.yaml: status: research",
                before=(f"git add {PASSPORT}",),
            ),
            Step("git restore --staged --worktree strategies", lines=0),
        ),
    ),
    Scene(
        "A backtest that nobody can rerun",
        "Without symbols, period, source and cache a result is a number without a meaning.",
        (
            Step(
                'git commit -m "backtest: mean-reversion v3 on 2024 US equity data"',
                "refused QG202",
                files={RESULTS: RETURNS},
                before=(f"git add {RESULTS}",),
                says="your message is kept",
            ),
            Step(
                "{retry}",
                shown="The kept message opens with the manifest's template in it; four lines are filled in.",
                check=results_are_in_lfs,
                lines=3,
            ),
        ),
    ),
    Scene(
        "A backtest that anyone can rerun",
        "One call in the engine's code puts result, code, data and command on record; the commit is printed.",
        (
            Step(
                f"quantgov backtest mean-reversion -- python {RUN}",
                files={RUN: ENGINE, "data/btc.csv": BARS},
                shown=f'{RUN}: log_result({{"total_return": total, ...}}, parameters={{"lookback_bars": days}})',
                says="total_return +0.05",
                lines=3,
            ),
            Step("{commit}", before=("{add}",), says="the data manifest of .* was put into the message"),
            Step("quantgov reproduce mean-reversion", says=": reproduced", lines=6),
        ),
    ),
    Scene(
        "A parameter that changed since",
        "The numbers on record are not those of the code today; the rerun says why.",
        (
            Step(
                'git commit -m "strategy: look further back"',
                edits=((PARAMETERS, "lookback_bars: 3", "lookback_bars: 4"),),
                shown="params/v0.1.0.yaml: lookback_bars: 4",
                before=(f"git add {PARAMETERS}",),
            ),
            Step(
                "quantgov reproduce mean-reversion",
                "diverged",
                says="the parameter lookback_bars was 3, and is 4",
                lines=7,
            ),
        ),
    ),
    Scene(
        "A large file outside Git LFS",
        "Git keeps every version of it for ever, and every clone downloads them all.",
        (
            Step(
                'git commit -m "data: add a day of quotes"',
                "refused QG501",
                files={QUOTES: '{"bid": 100.02, "ask": 100.04}\n' * 40_000},
                shown=f"{QUOTES}: 1.2 MiB",
                before=(f"git add {QUOTES}",),
            ),
            Step('git commit -m "data: add a day of quotes"', before=("{fix}",), check=quotes_are_in_lfs),
        ),
    ),
    Scene(
        "A CSV from a machine without Git LFS",
        "The file looks right there; everybody else's clone is broken by it.",
        (
            Step(
                'git commit -m "data: add the members of the universe"',
                "refused QG502",
                files={MEMBERS: "symbol\nAAPL.US\nMSFT.US\n"},
                before=("git lfs uninstall --local --skip-repo", f"git add {MEMBERS}"),
            ),
            Step(
                'git commit -m "data: add the members of the universe"',
                before=("{fix}",),
                check=members_are_in_lfs,
            ),
        ),
    ),
    Scene(
        "A subject that says nothing",
        "Release notes, audits and `git log --grep` live on it.",
        (
            Step(
                'git commit -m "updated stuff"',
                "refused QG102",
                files={"lib/spread.py": SPREAD.replace("usually", "normally")},
                before=("git add lib/spread.py",),
            ),
            Step('git commit -m "docs: say what a z-score stands for"'),
        ),
    ),
    Scene(
        "--no-verify at the commit",
        "It switches the commit's hooks off; the push looks at every new commit again.",
        (
            Step(
                'git commit --no-verify -m "fix: use my own key for now"',
                files={"lib/prices.py": HARD_CODED},
                shown='lib/prices.py: API_KEY = "(the key again)"',
                before=("git add lib/prices.py",),
            ),
            Step("git push -u origin strategy/mean-reversion", "refused QG301"),
        ),
    ),
    Scene(
        "--no-verify at the push",
        "That switches the last hook on the laptop off; the server's is out of reach.",
        (Step("git push --no-verify -u origin strategy/mean-reversion", "refused QG301"),),
    ),
    Scene(
        "Good work arrives",
        "The bad commit is undone, and everything else goes through, data included.",
        (
            Step(
                "git push -u origin strategy/mean-reversion",
                before=("git reset --hard HEAD~1",),
                check=results_have_arrived,
                lines=3,
            ),
        ),
    ),
)
