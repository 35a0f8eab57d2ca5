"""A result record does not fit its schema, or does not stand where its fields say.

Why: a record is what lists, comparisons and reruns read; one that they cannot read is a result that nobody finds.
Fix: mend the place that is named; schemas/result-record.schema.json describes each field. What `quantgov backtest`
writes fits. A record is a YAML file below the results folder that has an `experiment_id`; other files there are left
alone.
"""

from __future__ import annotations

from quantgov import record
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if record.may_be_record(blob.path, policy) and blob.size <= record.LIMIT:
        from quantgov import results

        for problem in results.problems(blob.path, blob.data, policy):
            yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)


PATH = "results/earnings_gap/2024-03-10_aapl_gap_reversion_v2.yaml"
S1 = """\
experiment_id: exp_2024_03_10_aapl_v2
strategy: earnings_gap_reversion
version: v2
date: 2024-03-10
analyst: alice
parameters:
  entry_window_minutes: 30
  max_position_size: 0.05
backtest_config:
  start_date: 2021-01-01
  end_date: 2024-02-28
  symbols: [AAPL.US, MSFT.US, GOOGL.US]
  commission: 0.001
  slippage: 0.0005
results:
  total_return: 0.234
  sharpe_ratio: 1.45
  num_trades: 127
conclusion: Improved entry timing
"""


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    record = str(made_up.result(made_up.files("research"))[made_up.RESULT])
    return (
        Example("a record as a team writes it by hand", files={PATH: S1}),
        Example("a record of `quantgov backtest`", files={made_up.RESULT: record}),
        Example(
            "of a universe",
            files={made_up.RESULT.replace("spy", "spx_500"): record.replace("symbols: [SPY.US]", "universe: SPX 500")},
        ),
        Example("some other result", files={PATH: "sharpe: 1.45\n"}),
        Example("some other result that cannot be read", files={"results/summary.yaml": "- [1\n"}),
        Example("an LFS pointer", files={PATH: POINTER}),
        Example("no result", files={"strategies/gap/notes.yaml": S1.replace("total_return", "Total")}),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    ours = str(made_up.result(made_up.files("research"))[made_up.RESULT])
    return (
        Example(
            "a metric that is no number",
            files={PATH: S1.replace("1.45", "high")},
            finds=(("results.sharpe_ratio is 'high' (text); it must be a number or nothing", PATH, 17, 17),),
        ),
        Example(
            "without its parameters",
            files={PATH: S1.replace("parameters:\n  entry_window_minutes: 30\n  max_position_size: 0.05\n", "")},
            finds=(("parameters is missing", PATH, 1, 1),),
        ),
        Example(
            "a backtest that ends before it starts",
            files={PATH: S1.replace("2024-02-28", "2020-02-28")},
            finds=(
                (
                    "backtest_config.end_date is 2020-02-28; it must not be before backtest_config.start_date, "
                    "2021-01-01",
                    PATH,
                    11,
                    13,
                ),
            ),
        ),
        Example(
            "a data manifest without a period",
            files={made_up.RESULT: ours.replace("  period: {start: 2021-01-01, end: 2025-12-31}\n", "")},
            finds=(("data: period is missing", made_up.RESULT, 26, 3),),
        ),
        Example(
            "in the folder of another strategy",
            files={made_up.RESULT.replace("results/gap", "results/momentum"): ours},
            finds=(
                (
                    f"a record of this strategy, day and symbol stands at {made_up.RESULT}",
                    made_up.RESULT.replace("results/gap", "results/momentum"),
                    1,
                    1,
                ),
            ),
        ),
        Example(
            "under a name of its own",
            files={"results/gap/best.yaml": ours},
            finds=(
                (
                    f"a record of this strategy, day and symbol stands at {made_up.RESULT}",
                    "results/gap/best.yaml",
                    1,
                    1,
                ),
            ),
        ),
        Example(
            "of `quantgov backtest`, without a strategy's id",
            files={made_up.RESULT: ours.replace("strategy_id: STR-2026-0001\n", "")},
            finds=(("strategy_id is missing: kind ResultRecord asks for it", made_up.RESULT, 1, 1),),
        ),
        Example(
            "no YAML",
            files={PATH: S1.replace("GOOGL.US]", "GOOGL.US")},
            finds=(("this list is not closed or misses a comma", PATH, 12, 12),),
        ),
    )


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'3f' * 32}\nsize 1000\n"

RULE = Rule("QG206", "result-record-invalid", Scope.BLOB, check, accepts=accepts, rejects=rejects)
