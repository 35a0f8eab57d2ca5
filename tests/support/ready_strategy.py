"""A strategy that lacks nothing for production but its sign-offs: each test takes one thing away from it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from copy import deepcopy

import yaml

from quantgov import lifecycle

FOLDER = "strategies/gap/"
PASSPORT = f"{FOLDER}passport.yaml"
ID = "STR-2026-0001"
TEAM = """\
evidence: recorded
team:
  alice: {email: alice@fund.com, emails: [alice@home.org], roles: [researcher]}
  bob: {email: bob@fund.com, roles: [reviewer]}
  carol: {email: carol@fund.com, roles: [engineer]}
"""

Value = dict[str, object]
Edit = Callable[[Value], object]

CHECKS = ["parameter_sensitivity", "survivorship_bias", "look_ahead_bias"]
IN_SAMPLE = {"start_date": "2021-01-04", "end_date": "2024-12-20"}
OUT_OF_SAMPLE = {"start_date": "2025-01-02", "end_date": "2025-12-30"}
TERMS: Value = {
    "strategy_id": ID,
    "name": "Overnight gap",
    "version": "v1.0.0",
    "researcher": "alice@fund.com",
    "hypothesis_date": "2026-01-15",
    "frequency": "daily",
    "alpha_thesis": "Gaps fill within three days",
    "summary": "Sells large gaps and closes within three days",
    "materiality": "medium",
    "intended_use": "US large caps, up to 2 million",
    "limitations": ["Untested in a bear market"],
    "data_sources": [
        {
            "source": "TickDB",
            "endpoints": ["kline/1d"],
            "markets": ["US.EQUITY"],
            "api_version": "v1",
            "symbol_list": "universe/nasdaq-100.csv",
            "timestamp_convention": "utc-ms",
        }
    ],
    "validation": {
        "out_of_sample_test": "2025-01-02_to_2025-12-30",
        "robustness_checks": CHECKS,
        "report_file": "validation.yaml",
    },
    "deployment": {
        "deployment_date": "2026-03-02",
        "parameters_file": "params/v1.yaml",
        "signal_version": "lib/signals.py",
        "monitoring_alerts": ["drawdown_threshold", "winrate_streak", "data_feed_heartbeat"],
    },
    "risk": {"max_position_pct": 10, "max_daily_loss_pct": 2, "max_drawdown_pct": 12},
}
BACKTEST: Value = {"start_date": "2021-01-04", "end_date": "2025-12-30", "universe": "NASDAQ-100", "slippage_bps": 8}
REPORT: Value = {
    "version": 1,
    "strategy_id": ID,
    "strategy_version": "v1.0.0",
    "provenance": {
        "vendor": "TickDB",
        "endpoints": ["kline/1d"],
        "markets": ["US.EQUITY"],
        "start_date": "2021-01-04",
        "end_date": "2025-12-30",
        "adjustment": "split",
        "survivorship": {"includes_delisted": True, "note": "point-in-time constituents"},
        "timestamp_convention": "utc-ms",
    },
    "universe": {
        "initial": "NASDAQ-100",
        "as_of": "2021-01-04",
        "size": 100,
        "filters": [],
        "rebalancing": "monthly",
        "composition_date": "2025-12-01",
    },
    "signal": {
        "entry": "a gap of more than 4 %",
        "exit": "after three days",
        "parameters": [{"name": "lookback_bars", "value": 3, "tested": [2, 3, 4]}],
        "look_ahead_check": {"method": "recomputed on every prefix", "passed": True},
        "code_tree": "0" * 40,
        "signal_lag_bars": 1,
    },
    "costs": {
        "slippage_bps": 8,
        "commission_bps": 1,
        "regime": "post-earnings",
        "stressed": [{"multiple": 2, "sharpe_ratio": 0.9}],
    },
    "metrics": {
        "convention": {"sharpe": "geometric", "periods_per_year": 252, "risk_free_rate": 0.0, "ddof": 1},
        "total_return": 0.6,
        "annualized_return": 0.1,
        "sharpe_ratio": 1.2,
        "sortino_ratio": 1.6,
        "max_drawdown": 0.11,
        "max_drawdown_start": "2022-01-03",
        "max_drawdown_end": "2022-06-16",
        "win_rate": 0.54,
        "average_win": 0.012,
        "average_loss": -0.01,
        "trade_count": 640,
        "order_count": 1280,
    },
    "robustness": {
        "parameter_sensitivity": {"note": "the Sharpe ratio stays above 0.8"},
        "out_of_sample": {**OUT_OF_SAMPLE, "sharpe_ratio": 0.9},
        "in_sample": IN_SAMPLE,
        "monte_carlo": {"runs": 1000, "note": "5 % of the runs lose money"},
    },
}
VALIDATION: Value = {
    "version": 1,
    "strategy_id": ID,
    "strategy_version": "v1.0.0",
    "reviewer": "bob@fund.com",
    "date": "2026-02-20",
    "in_sample": IN_SAMPLE,
    "out_of_sample": OUT_OF_SAMPLE,
    "embargo_days": 5,
    "checks": [{"name": name, "passed": True, "evidence": "rerun by the reviewer"} for name in CHECKS],
    "findings": [
        {"id": "F1", "severity": "major", "text": "few bear days", "status": "accepted"},
        {"id": "F2", "severity": "critical", "text": "fills at the close", "status": "resolved", "resolution": "moved"},
    ],
}
DONE: Value = {"done": True, "evidence": "seen in the rehearsal", "date": "2026-02-25", "by": "carol@fund.com"}
FILES_OF_EVIDENCE = {"unit-tests": "evidence/coverage.xml", "integration-tests": "evidence/junit.xml"}
CHECKLIST: Value = {
    "version": 1,
    "checklist": lifecycle.CHECKLIST_VERSION,
    "items": [
        {
            "id": item.id,
            "done": False,
            **({"evidence": FILES_OF_EVIDENCE[item.id]} if item.id in FILES_OF_EVIDENCE else {}),
        }
        if item.decided_by
        else {"id": item.id, **DONE}
        for item in lifecycle.ITEMS
    ],
}
ON_CALL: Value = {
    "version": 1,
    "contacts": [
        {"name": "Carol", "email": "carol@fund.com", "order": 1},
        {"name": "Alice", "email": "alice@fund.com", "order": 2},
    ],
}
BRIEF = """\
# Overnight gap
## Thesis
Gaps fill within three days.
## Expected signal characteristics
Twice a month, held for three days.
## Data requirements
TickDB, kline/1d, five years.
"""
SIGNALS = """\
LOOKBACK = 3


def position(gap):
    return -1 if gap > 0 else 1


class Feed:
    def cancel_all_orders(self):
        for order in self.orders:
            self.broker.cancel(order)
"""
TESTS = """\
<testsuites><testsuite name="feed">
<testcase classname="test_feed" name="test_connects"/>
<testcase classname="test_feed" name="test_heartbeat_is_sent"/>
<testcase classname="test_feed" name="test_reconnects_with_backoff"/>
</testsuite></testsuites>
"""


def covered(lines: Mapping[int, int], name: str = "strategies/gap/gap_signals.py", source: str = "/ci/fund") -> str:
    """A report of coverage with the hits of each line."""
    hits = "".join(f'<line number="{number}" hits="{count}"/>' for number, count in lines.items())
    found = f'<class name="s" filename="{name}"><methods/><lines>{hits}</lines></class>'
    packages = f"<packages><package><classes>{found}</classes></package></packages>"
    return f'<?xml version="1.0" ?><coverage><sources><source>{source}</source></sources>{packages}</coverage>'


def files(
    status: str = "validation",
    *,
    passport: Edit | None = None,
    report: Edit | None = None,
    validation: Edit | None = None,
    checklist: Edit | None = None,
    on_call: Edit | None = None,
) -> dict[str, str | bytes]:
    """The strategy's files by their path; an edit changes one document in place before it is written."""
    reported = _written(REPORT, report)
    linked = {"report_file": "report.yaml", "report_sha256": hashlib.sha256(reported.encode()).hexdigest()}
    terms = {**TERMS, "status": status, "backtest": {**BACKTEST, **linked}}
    found = {
        "passport.yaml": _written(terms, passport),
        "brief.md": BRIEF,
        "gap_signals.py": SIGNALS,
        "test_gap_signals.py": "def test_cancel_all_orders(): pass\n",
        "params/v1.yaml": "lookback_bars: 3\n",
        "report.yaml": reported,
        "validation.yaml": _written(VALIDATION, validation),
        "checklist.yaml": _written(CHECKLIST, checklist),
        "RUNBOOK.md": "## Start\nmake start\n## Monitor\nGrafana\n## Stop\nmake stop\n",
        "ROLLBACK.md": "## When\nA loss of 2 %\n## Steps\nmake rollback\n## Verify\nmake version\n",
        "oncall.yaml": _written(ON_CALL, on_call),
        "evidence/coverage.xml": covered(dict.fromkeys((1, 4, 5, 8, 9, 10, 11), 1)),
        "evidence/junit.xml": TESTS,
    }
    shared = {"lib/signals.py": "def gap(a, b):\n    return b / a - 1\n", "universe/nasdaq-100.csv": "symbol\nAAPL\n"}
    return {**{f"{FOLDER}{name}": text for name, text in found.items()}, **shared}


def _written(value: Value, edit: Edit | None) -> str:
    changed = deepcopy(value)
    if edit:
        edit(changed)
    return str(yaml.safe_dump(changed, sort_keys=False, allow_unicode=True))
