"""A backtest report rests on little: few symbols, no bear market, costs too low or never stressed.

Why: each of these has made a strategy look better than it was.
Fix: run the backtest on more symbols, through a whole cycle, at credible costs and at twice those. Nothing forbids
a report without: it is advice.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.after:
            from quantgov import report

            for message, line, column, help in report.advice(move.after):
                yield Finding(message, report.path_of(move.after), line, column, help)


PASSPORT = "strategies/gap/passport.yaml"
PATH = "strategies/gap/report.yaml"
BACKTEST = "backtest: {start_date: 2021-01-01, end_date: 2025-12-31, slippage_bps: 8}\n"
TERMS = f"strategy_id: STR-2026-0001\nstatus: research\n{BACKTEST}"
REPORT = """\
universe: {size: 20}
signal: {signal_lag_bars: 1}
costs:
  slippage_bps: 8
  regime: post-earnings
  stressed: [{multiple: 2, sharpe_ratio: 0.9}]
metrics:
  convention: {sharpe: geometric}
"""
SINCE_2023 = TERMS.replace("2021-01-01", "2023-01-01")

RULE = Rule(
    "QG407",
    "evidence-thin",
    Scope.CHANGE,
    check,
    level=Level.ADVISE,
    accepts=(
        Example("a broad report", files={PASSPORT: TERMS, PATH: REPORT}),
        Example("a period that nothing is known of", files={PASSPORT: TERMS.replace(BACKTEST, ""), PATH: REPORT}),
        Example("no report", files={PASSPORT: TERMS}),
        Example("a strategy goes", before={PASSPORT: TERMS, PATH: ""}, files={PASSPORT: None, PATH: None}),
    ),
    rejects=(
        Example(
            "few symbols",
            files={PASSPORT: TERMS, PATH: REPORT.replace("20", "1", 1)},
            finds=(("1 symbol: below 20 a result may be one name's own", PATH, 1, 18),),
        ),
        Example(
            "no bear market",
            files={PASSPORT: SINCE_2023, PATH: REPORT},
            finds=(("2023-01-01 to 2025-12-31 holds no bear market (2008, early 2020, 2022)", PATH, 1, 1),),
        ),
        Example(
            "slippage that nobody gets after earnings",
            files={PASSPORT: TERMS, PATH: REPORT.replace("bps: 8", "bps: 5")},
            finds=(
                ("slippage of 5 bps; 8 is the least that is credible in a post-earnings market", PATH, 4, 17),
                ("slippage_bps is 5 here, and 8 in the passport", PATH, 4, 17),
            ),
        ),
        Example(
            "costs that were not stressed",
            files={PASSPORT: TERMS, PATH: REPORT.replace("{multiple: 2,", "{multiple: 1.5,")},
            finds=(("no result at 2 times the costs", PATH, 6, 13),),
        ),
        Example(
            "metrics without a convention, fills on the bar of the signal",
            files={PASSPORT: TERMS, PATH: REPORT.replace("{sharpe: geometric}", "{}").replace("bars: 1", "bars: 0")},
            finds=(
                ("orders fill on the very bar of their signal", PATH, 2, 27),
                ("no convention for the metrics: one result has several Sharpe ratios", PATH, 8, 3),
            ),
        ),
    ),
)
