"""A backtest report with too few round trips does not say so.

Why: below the smallest sample a Sharpe ratio or a win rate is mostly luck, and whoever reads it has to know.
Fix: write a `warning:` at the top of the report that says the sample is insufficient. Such a strategy may be
validated, but not go into production. The smallest samples: 500 round trips over 1 year intraday, 200 over 3 daily,
100 over 5 weekly.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.strategy import Strategy


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.after and move.is_under_review:
            yield from _judged(move.after)


def _judged(of: Strategy) -> Iterator[Finding]:
    from quantgov import report

    found = report.of(of)
    if found is None or not report.is_counted(of, found) or report.INSUFFICIENT in found.text("warning").casefold():
        return
    problem = report.sample_problem(of, found)
    if problem:
        yield Finding(
            f"{problem}, and the report does not warn of it",
            report.path_of(of),
            *found.place("warning"),
            help=f'warning: "{report.warning(problem)}"',
            key="sample-warning",
        )


PASSPORT = "strategies/gap/passport.yaml"
PATH = "strategies/gap/report.yaml"
DAILY = """\
strategy_id: STR-2026-0001
status: validation
frequency: daily
backtest: {start_date: 2021-01-01, end_date: 2024-02-28}
"""
FEW = "version: 1\nmetrics:\n  trade_count: 127\n"
SHORT = DAILY.replace("2024-02-28", "2023-12-30")
LEAST = (
    "daily needs 200 over 3 years (a win rate of 50 % is known to within {} points), and the report does not warn of it"
)

RULE = Rule(
    "QG406",
    "sample-warning-missing",
    Scope.CHANGE,
    check,
    accepts=(
        Example("enough round trips", files={PASSPORT: DAILY, PATH: FEW.replace("127", "200")}),
        Example(
            "three years to the day",
            files={PASSPORT: SHORT.replace("12-30", "12-31"), PATH: FEW.replace("127", "200")},
        ),
        Example("too few, and it says so", files={PASSPORT: DAILY, PATH: f"warning: Insufficient sample\n{FEW}"}),
        Example("still in research", files={PASSPORT: DAILY.replace("validation", "research"), PATH: FEW}),
        Example("no frequency", files={PASSPORT: DAILY.replace("frequency: daily\n", ""), PATH: FEW}),
        Example("no count", files={PASSPORT: DAILY, PATH: "version: 1\n"}),
        Example("no report", files={PASSPORT: DAILY}),
        Example("a strategy goes", before={PASSPORT: DAILY, PATH: FEW}, files={PASSPORT: None, PATH: None}),
    ),
    rejects=(
        Example(
            "too few",
            files={PASSPORT: DAILY, PATH: FEW},
            finds=(("127 round trips over 3.2 years; " + LEAST.format(8.7), PATH, 1, 1),),
        ),
        Example(
            "a day short of three years, with a warning of something else",
            files={PASSPORT: SHORT, PATH: "warning: The feed had gaps\n" + FEW.replace("127", "200")},
            finds=(("200 round trips over 2.99 years; " + LEAST.format(6.9), PATH, 1, 10),),
        ),
    ),
)
