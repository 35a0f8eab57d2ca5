"""A document of every schema that fits it, and changes to one."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

from quantgov import made_up
from quantgov.documents import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.documents import Plain, Pointer

FIXTURES = Path(__file__).parents[1] / "fixtures"
S2 = (FIXTURES / "reference" / "s2-passport.yaml").read_bytes()
S2_AT_RESEARCH = S2.replace(b'"production"', b'"research"')


def changed(value: Plain, pointer: Pointer, to: Plain) -> Plain:
    """A copy with one part replaced."""
    copied = copy.deepcopy(value)
    _part(copied, pointer[:-1])[pointer[-1]] = to
    return copied


def without(value: Plain, pointer: Pointer) -> Plain:
    """A copy with one key removed."""
    copied = copy.deepcopy(value)
    del _part(copied, pointer[:-1])[pointer[-1]]
    return copied


def _part(value: Plain, pointer: Pointer) -> dict[str | int, Plain]:
    for part in pointer:
        value = value[part]  # type: ignore[index] # a wrong pointer fails the test
    return value  # type: ignore[return-value] # a list is written to in the same way


def places(value: Plain, pointer: Pointer = ()) -> Iterator[Pointer]:
    """The way to each part of a value, the value itself first."""
    yield pointer
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places(part, (*pointer, name))


MANIFEST: dict[str, Plain] = {
    "symbol_set": {"name": "SPX constituents", "count": 505},
    "period": {"start": "2024-01-01", "end": "2024-12-31"},
    "source": {"vendor": "TickDB", "endpoint": "/v1/market/kline", "interval": "1h"},
    "cache": ".tickdb_cache/v3.2",
}
POLICY: dict[str, Plain] = {
    "version": 1,
    "mode": "guard",
    "trunk": "main",
    "branches": "trunk",
    "protected": ["main", "release/1.0"],
    "merge": "squash",
    "data": "hybrid",
    "paths": {"strategies": "strategies/", "results": "results/"},
    "team": {
        "alice": {
            "email": "alice@fund.com",
            "emails": ["alice@home.org"],
            "github": "alice-q",
            "roles": ["lead", "reviewer"],
        },
        "bob": {
            "email": "bob@fund.com",
            "emails": ["b@fund.com"],
            "roles": ["quant-dev"],
            "keys": ["ssh-ed25519 AAAA"],
        },
    },
    "roles": {"engineer": {"deputy": "alice", "aliases": ["quant-dev"]}},
    "evidence": {"low": "recorded", "medium": "reviewed", "high": "signed"},
    "levels": {
        "QG101": "warn",
        "QG": "advise",
        "QG7": {"notebooks/**": "advise", "live/**": "block", "phase:production": "block"},
    },
    "bots": ["dependabot", "renovate"],
    "lfs": {"max_size": "1 MiB", "suffixes": [".parquet", ".csv"]},
    "messages": {"types": ["backtest", "feat"]},
    "unwaivable": ["QG301"],
    "secrets": {
        "max_size": 1048576,
        "detectors": [{"name": "fund-key", "pattern": "fgw_[a-z]{24}", "examples": ["fgw_x"], "not": ["x"]}],
    },
}
WAIVERS: dict[str, Plain] = {
    "version": 1,
    "waivers": [
        {"rule": "QG501", "path": "data/*.csv", "reason": "moves in March", "owner": "alice", "expires": "2026-04-01"},
        {"rule": "QG301", "fingerprint": "3f9a", "reason": "a placeholder", "owner": "bob", "expires": "2026-04-01"},
    ],
}
PERIODS: dict[str, Plain] = {
    "in_sample": {"start_date": "2021-01-01", "end_date": "2024-12-31"},
    "out_of_sample": {"start_date": "2025-01-01", "end_date": "2025-12-31"},
}
OF_A_STRATEGY: dict[str, Plain] = {"version": 1, "strategy_id": "STR-2026-0042", "strategy_version": "v1.3.2"}
BACKTEST: dict[str, Plain] = {
    **OF_A_STRATEGY,
    "warning": "The sample is insufficient for statistical significance.",
    "provenance": {
        "vendor": "TickDB",
        "endpoints": ["kline/1d"],
        "markets": ["US.EQUITY"],
        "start_date": "2021-01-01",
        "end_date": "2025-12-31",
        "adjustment": "split-and-dividend",
        "survivorship": {"includes_delisted": True, "note": "point-in-time constituents"},
        "timestamp_convention": "utc-ms",
    },
    "universe": {
        "initial": "NASDAQ-100",
        "as_of": "2021-01-01",
        "size": 100,
        "filters": ["market cap above 10 billion"],
        "rebalancing": "monthly",
        "composition_date": "2025-12-01",
    },
    "signal": {
        "entry": "sell at the open after a gap up of more than 3 %",
        "exit": "after 72 hours",
        "parameters": [
            {"name": "entry_return", "value": 0.03, "tested": {"from": 0.01, "to": 0.05, "step": 0.01}},
            {"name": "session", "value": "regular", "tested": ["regular", "extended"]},
        ],
        "look_ahead_check": {"method": "signals of every prefix", "passed": True},
        "code_tree": "ab" * 20,
        "signal_lag_bars": 1,
    },
    "costs": {
        "slippage_bps": 8,
        "commission_per_share": 0.004,
        "regime": "post-earnings",
        "stressed": [{"multiple": 2, "sharpe_ratio": 0.9}],
    },
    "metrics": {
        "convention": {"sharpe": "geometric", "periods_per_year": 252, "risk_free_rate": 0, "ddof": 1},
        "total_return": 0.61,
        "annualized_return": 0.1,
        "sharpe_ratio": 1.2,
        "sortino_ratio": 1.7,
        "max_drawdown": -0.082,
        "max_drawdown_start": "2022-01-03",
        "max_drawdown_end": "2022-06-16",
        "win_rate": 0.56,
        "average_win": 410.5,
        "average_loss": -380,
        "trade_count": 212,
        "order_count": 424,
    },
    "robustness": {
        "parameter_sensitivity": {"file": "evidence/sensitivity.csv"},
        **PERIODS,
        "out_of_sample": {"start_date": "2025-01-01", "end_date": "2025-12-31", "sharpe_ratio": 0.8},
        "monte_carlo": {"runs": 1000, "note": "the 5 % quantile of the Sharpe ratio is 0.3"},
    },
}
VALIDATION: dict[str, Plain] = {
    **OF_A_STRATEGY,
    "reviewer": "bob@fund.com",
    "date": "2026-02-20",
    **PERIODS,
    "embargo_days": 5,
    "checks": [{"name": "look_ahead_bias", "passed": True, "evidence": "evidence/prefixes.md"}],
    "findings": [
        {
            "id": "F1",
            "severity": "major",
            "text": "fills at the close",
            "status": "resolved",
            "resolution": "next open",
        },
        {"id": "F2", "severity": "minor", "text": "no chart of turnover", "status": "open"},
    ],
}
CHECKLIST: dict[str, Plain] = {
    "version": 1,
    "checklist": "2026.1",
    "items": [
        {
            "id": "unit-tests",
            "done": True,
            "evidence": "evidence/coverage.xml",
            "date": "2026-02-24",
            "by": "c@fund.com",
        },
        {"id": "runbook", "done": False},
    ],
}
ON_CALL: dict[str, Plain] = {
    "version": 1,
    "contacts": [
        {"name": "Carol", "email": "carol@fund.com", "phone": "+1 212 555 0100", "order": 1},
        {"name": "Alice", "email": "alice@fund.com", "order": 2},
    ],
}
OVERRIDE: dict[str, Plain] = {
    "version": 1,
    "strategy_id": "STR-2026-0042",
    "incident": "INC-17",
    "reason": "positions stay open while the feed is down",
    "by": "carol@fund.com",
    "time": "2026-01-15T09:30:00Z",
    "expires": "2026-01-15T13:30:00Z",
    "review_due": "2026-01-19",
}
KEYS: dict[str, Plain] = {
    "version": 1,
    "keys": [
        {
            "name": "TICKDB_API_KEY",
            "vendor": "tickdb",
            "layer": "ci",
            "owner": "alice",
            "shared": True,
            "scope": "read-only: kline, depth",
            "storage": "GitHub Actions secrets",
            "rotated_on": "2026-01-15",
            "expires": "2026-07-15",
        },
    ],
}
REPORT: dict[str, Plain] = {
    "schema": 1,
    "outcomes": [
        {"code": "QG301", "name": "secret-exposed", "status": "failed", "judged": 3, "reason": None},
        {"code": "QG501", "name": "large-file-outside-lfs", "status": "skipped", "judged": 0, "reason": "no blobs"},
    ],
    "findings": [
        {
            "code": "QG301",
            "name": "secret-exposed",
            "level": "block",
            "message": "an API key",
            "help": "",
            "path": "a.py",
            "line": 1,
            "column": 1,
            "commit": None,
            "origin": None,
            "fingerprint": "3f9a",
            "waived": None,
            "old": False,
        }
    ],
    "summary": {
        "verdict": "blocked",
        "exit_code": 1,
        "blocking": 1,
        "warnings": 0,
        "advice": 0,
        "old": 0,
        "waived": 0,
        "skipped": 1,
        "policy": {"source": "origin/main", "bootstrap": False, "mode": "guard"},
    },
}
VALID: list[tuple[str, Plain]] = [
    ("strategy-passport", load(S2_AT_RESEARCH).value),
    *(
        ("strategy-passport", load(path.read_bytes()).value)
        for path in sorted(FIXTURES.glob("passports/valid/at-*.yaml"))
    ),
    ("backtest-report", BACKTEST),
    ("backtest-report", without(BACKTEST, ("warning",))),
    ("validation-report", VALIDATION),
    ("validation-report", changed(VALIDATION, ("findings",), [])),
    ("deployment-checklist", CHECKLIST),
    ("on-call", ON_CALL),
    ("override", OVERRIDE),
    ("result-record", load((FIXTURES / "reference" / "s1-result.yaml").read_bytes()).value),
    ("result-record", load(str(made_up.result(made_up.files("research"))[made_up.RESULT]).encode()).value),
    ("data-manifest", MANIFEST),
    ("data-manifest", {**MANIFEST, "as_of": "2026-01-15", "rows": 9, "digest": f"sha256:{'0' * 64}", "dataset": "x@1"}),
    ("policy", {"version": 1}),
    ("policy", POLICY),
    ("policy", {**POLICY, "evidence": "signed"}),
    ("policy", {**POLICY, "branches": {"pattern": "(feature|fix)/.+"}}),
    ("keys", KEYS),
    ("keys", {"version": 1, "keys": []}),
    ("waivers", WAIVERS),
    ("waivers", {"version": 1, "waivers": []}),
    ("report", REPORT),
    ("report", {**REPORT, "outcomes": [], "findings": []}),
]
