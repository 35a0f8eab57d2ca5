"""A backtest commit does not say which data it ran on.

Why: nobody can rerun a result whose inputs are unknown.
Fix: add the `Data manifest:` block with Symbol set, Period, Source and Cache; prepare-commit-msg puts a template in.
A commit is a backtest commit if its type is `backtest:` or if it writes under the results folder.
"""

from __future__ import annotations

from quantgov import manifest
from quantgov.change import Commit
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    reason = manifest.reason(commit, policy)
    if reason and not manifest.find(commit.message):
        yield Finding(
            f"a backtest commit without a data manifest ({reason})",
            help=f"add this block to the message:\n{manifest.TEMPLATE}",
            key="manifest-missing",
        )


SUBJECT = "backtest: mean-reversion v3 on 2024 US equity data"
BLOCK = """

Data manifest:
- Symbol set: SPX constituents (505 tickers)
- Period: 2024-01-01 to 2024-12-31
- Source: TickDB /v1/market/kline, 1h interval
- Cache: .tickdb_cache/v3.2
"""
RESULT = {"results/gap.csv": "day,pnl\n"}
GONE = dict.fromkeys(RESULT)

RULE = Rule(
    "QG201",
    "manifest-missing",
    Scope.COMMIT,
    check,
    accepts=(
        Example("a backtest with its manifest", message=SUBJECT + BLOCK),
        Example("results with their manifest", message="feat: gap" + BLOCK, files=RESULT),
        Example("no backtest", files={"src/gap.py": "x = 1\n"}),
        Example("notes beside the results", files={"results/README.md": "momentum\n"}),
        Example("results go", before=RESULT, files={"results/gap.csv": None}),
        Example("a merge", message="backtest: merge", merge=True),
        Example("a revert that takes results away", message='Revert "feat: gap"', before=RESULT, files=GONE),
        Example("work in progress, not landing", message="wip: gap", files=RESULT, stages=Stage.MESSAGE | Stage.PUSH),
    ),
    rejects=(
        Example(
            "a revert that brings results",
            message='Revert "feat: gap"',
            files=RESULT,
            finds=(("a backtest commit without a data manifest (it writes results/gap.csv)", "", 0, 0),),
        ),
        Example(
            "a backtest without a manifest",
            message=SUBJECT,
            finds=(("a backtest commit without a data manifest (its type is backtest:)", "", 0, 0),),
        ),
        Example(
            "results without a manifest",
            files=RESULT,
            finds=(("a backtest commit without a data manifest (it writes results/gap.csv)", "", 0, 0),),
        ),
        Example(
            "results in the team's own folder",
            policy="paths: {results: out/backtests}",
            files={"out/backtests/gap.csv": "day,pnl\n"},
            finds=(("a backtest commit without a data manifest (it writes out/backtests/gap.csv)", "", 0, 0),),
        ),
        Example(
            "work in progress that would land",
            policy="merge: merge",
            message="wip: gap",
            files=RESULT,
            stages=Stage.RANGE,
            finds=(("a backtest commit without a data manifest (it writes results/gap.csv)", "", 0, 0),),
        ),
    ),
)
