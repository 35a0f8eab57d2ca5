"""A backtest commit does not say which data it ran on.

Why: nobody can rerun a result whose inputs are unknown.
Fix: add the `Data manifest:` block with Symbol set, Period, Source and Cache; prepare-commit-msg copies it from the
result record, or puts a template in. A commit is a backtest commit if its type is `backtest:` or if it writes under
the results folder. One whose every result is a record that says which data it ran on needs no block: a squash merge
loses nothing.
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
    if reason and not manifest.find(commit.message) and not _is_on_record(commit, policy):
        yield Finding(
            f"a backtest commit without a data manifest ({reason})",
            help=f"add this block to the message:\n{manifest.TEMPLATE}",
            key="manifest-missing",
        )


def _is_on_record(commit: Commit, policy: Policy) -> bool:
    from quantgov import provenance

    return provenance.speaks_for(commit, policy)


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
RECORD = """\
experiment_id: exp_001
strategy: gap
data:
  symbol_set: {name: SPX constituents, count: 505}
  period: {start: 2024-01-01, end: 2024-12-31}
  source: {vendor: TickDB, endpoint: /v1/market/kline, interval: 1h}
  cache: .tickdb_cache/v3.2
run:
  artefacts: [{path: results/gap.csv}]
"""
ON_RECORD = {"results/gap/2026-11-20_multi_gap_v1.yaml": RECORD}

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
        Example("records that say it", message="backtest: squashed", files=ON_RECORD),
        Example("a record, and a file that it names", message="feat: gap (#12)", files={**ON_RECORD, **RESULT}),
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
            "a record that does not say all of it",
            files={path: text.replace("  cache: .tickdb_cache/v3.2\n", "") for path, text in ON_RECORD.items()},
            finds=(
                (
                    "a backtest commit without a data manifest (it writes results/gap/2026-11-20_multi_gap_v1.yaml)",
                    "",
                    0,
                    0,
                ),
            ),
        ),
        Example(
            "a record, and a file that it does not name",
            files={**ON_RECORD, "results/fade.csv": "day,pnl\n"},
            finds=(("a backtest commit without a data manifest (it writes results/fade.csv)", "", 0, 0),),
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
