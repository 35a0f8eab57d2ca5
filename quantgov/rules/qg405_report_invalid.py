"""A backtest report has no full metadata, or is not the one that its passport means.

Why: a result that nobody can reproduce, or of another version, other parameters or other data, proves nothing here.
Fix: complete the report: schemas/backtest-report.schema.json describes each field, `quantgov report draft STR-...`
fills in what is known. After the last edit `quantgov report draft STR-... --link` puts its digest into the passport.
Judged from validation on; at the gate itself a report that does not do is QG602's.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.after and move.is_under_review and not move.is_judged_at_gate(change):
            from quantgov import report

            data = move.after.read(move.after.report_file)
            for message, line, column, help in report.faults(move.after, data) if data is not None else ():
                key = f"{move.id} {message}"  # what an override lets through is found by the id
                yield Finding(message, report.path_of(move.after), line, column, help, key)


PASSPORT = "strategies/gap/passport.yaml"
PATH = "strategies/gap/report.yaml"
DIGEST = "56a40464ae4ca4d2dc9c0024ecea0f6b649dcb5cd35408d02704ccb55a6a1357"
"""Of the report below."""
TERMS = """\
strategy_id: STR-2026-0001
version: v1.0.0
status: validation
backtest:
  start_date: 2021-01-01
  end_date: 2025-12-31
  report_file: report.yaml
"""
LINKED = TERMS + f"  report_sha256: {DIGEST}\n"
REPORT = """\
version: 1
strategy_id: STR-2026-0001
strategy_version: v1.0.0
provenance:
  vendor: TickDB
  endpoints: [kline/1d]
  markets: [US.EQUITY]
  start_date: 2021-01-01
  end_date: 2025-12-31
  adjustment: split
  survivorship: {includes_delisted: true, note: point-in-time constituents}
  timestamp_convention: utc-ms
universe:
  initial: NASDAQ-100
  as_of: 2021-01-01
  size: 100
  filters: []
  rebalancing: monthly
  composition_date: 2025-12-01
signal:
  entry: sell at the open after a gap up of more than 3 %
  exit: close after 72 hours
  parameters: [{name: entry_return, value: 0.03, tested: [0.02, 0.03]}]
  look_ahead_check: {method: signals recomputed on every prefix, passed: true}
  code_tree: 9d3a4ac72f0aa0a7b3ab6b7ff15a0a4ec1a5b1c2
  signal_lag_bars: 1
costs:
  slippage_bps: 8
  commission_bps: 10
  regime: post-earnings
  stressed: [{multiple: 2, sharpe_ratio: 0.9}]
metrics:
  convention: {sharpe: geometric, periods_per_year: 252, risk_free_rate: 0, ddof: 1}
  total_return: 0.8
  annualized_return: 0.12
  sharpe_ratio: 1.2
  sortino_ratio: 1.6
  max_drawdown: -0.08
  max_drawdown_start: 2022-01-03
  max_drawdown_end: 2022-06-16
  win_rate: 0.56
  average_win: 0.011
  average_loss: -0.009
  trade_count: 640
  order_count: 1280
robustness:
  parameter_sensitivity: {note: the Sharpe ratio stays above 0.8 over the grid}
  in_sample: {start_date: 2021-01-01, end_date: 2024-12-31}
  out_of_sample: {start_date: 2025-01-01, end_date: 2025-12-31, sharpe_ratio: 1.0}
  monte_carlo: {runs: 1000, note: 5 % of resamplings end below zero}
"""

RULE = Rule(
    "QG405",
    "report-invalid",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a full report, the one that the passport means", files={PASSPORT: LINKED, PATH: REPORT}),
        Example(
            "still in research",
            files={PASSPORT: LINKED.replace("validation", "research"), PATH: "version: 1\n"},
        ),
        Example(
            "at the gate it is QG602's",
            before={PASSPORT: TERMS.replace("validation", "research")},
            files={PASSPORT: TERMS, PATH: "version: 1\n"},
        ),
        Example("no report: the passport names what is missing", files={PASSPORT: LINKED}),
        Example("a strategy goes", before={PASSPORT: LINKED, PATH: ""}, files={PASSPORT: None, PATH: None}),
    ),
    rejects=(
        Example(
            "under review with a field missing",
            files={PASSPORT: TERMS, PATH: REPORT.replace("  adjustment: split\n", "")},
            stages=Stage.SNAPSHOT,
            finds=(("provenance.adjustment is missing", PATH, 5, 3),),
        ),
        Example(
            "edited after it was linked",
            before={PASSPORT: LINKED, PATH: REPORT},
            files={PATH: REPORT.replace("sharpe_ratio: 1.2", "sharpe_ratio: 2.1")},
            finds=(
                (
                    "its SHA-256 begins with 356ceaf9c95a, and the passport means the one with 56a40464ae4c",
                    PATH,
                    0,
                    0,
                ),
            ),
        ),
        Example(
            "of another version",
            before={PASSPORT: TERMS, PATH: REPORT},
            files={PATH: REPORT.replace("v1.0.0", "v0.9.0")},
            finds=(("this is the report of v0.9.0, and the passport is of v1.0.0", PATH, 3, 19),),
        ),
        Example(
            "no YAML",
            before={PASSPORT: TERMS, PATH: REPORT},
            files={PATH: "version: [1\n"},
            finds=(("this list is not closed or misses a comma", PATH, 1, 10),),
        ),
    ),
)
