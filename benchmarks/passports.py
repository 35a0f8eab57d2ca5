"""Passports of every phase, no two alike: with every optional block or few, in several styles, and some of them bad."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

PHASES = ("ideation", "research", "validation", "production", "suspended", "retired")
REVIEWED = ("validation", "production", "suspended")
DEPLOYED = ("production", "suspended")
BAD_EVERY = 100
"""One passport in so many has a fault, the first one too."""
FAULTS = (
    ("status: ", "status: resting"),
    ("researcher: ", "researcher: nobody"),
    ("version: ", "# version: to be decided"),
    ("hypothesis_date: ", "hypothesis_date: 2026-02-30"),
    ("alpha_thesis: ", "alpha_thesis: ''"),
    ("strategy_id: ", "strategy_id: STR-26-1"),
    ("name: ", "name: [Overnight gap"),
    ("version: ", "version: v1.0.0\nowner: alice@fund.com"),
)
"""The line that is replaced, and by what: documents that do not fit the schema, and one that is no YAML."""


def is_bad(number: int) -> bool:
    return number % BAD_EVERY == 1


def varied(number: int) -> str:
    """The passport of this number: of the phase that is its turn, bad if its number is."""
    text = good(number, PHASES[number % len(PHASES)])
    if not is_bad(number):
        return text
    start, wrong = FAULTS[number // BAD_EVERY % len(FAULTS)]
    return "".join(f"{wrong}\n" if line.startswith(start) else line for line in text.splitlines(keepends=True))


def good(number: int, status: str) -> str:
    """A passport with the blocks that its phase asks for; it may have those of later phases too."""
    return "".join(f"{line}\n" for line in _lines(number, status))


def _lines(number: int, status: str) -> Iterator[str]:
    quote = ("", '"', "'")[number % 3]
    if number % 2:
        yield from ("apiVersion: quantgov/v1", "kind: StrategyPassport")
    yield f"strategy_id: STR-{2000 + number // 10_000}-{number % 10_000:04d}"
    yield f"name: {quote}Overnight gap {number}{quote}"
    yield f"version: {'v' * (number % 5 > 0)}{number % 4}.{number % 7}.0"
    yield f"status: {status}"
    yield f"researcher: {('alice', 'bob', 'carol')[number % 3]}@fund.com"
    yield f"hypothesis_date: 2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    if status in REVIEWED or number % 5:
        yield f"frequency: {('intraday', 'daily', 'weekly')[number % 3]}"
    yield f"alpha_thesis: Gaps of more than {number % 40 / 10} % revert within {number % 9 + 1} hours"
    if status in REVIEWED or number % 7 == 0:
        yield from _purpose(number)
    if status in REVIEWED or number % 4:
        yield from (*_sources(number), *_backtest(number))
    if status in DEPLOYED or number % 11 == 0:
        yield from (*_validation(number), *_deployment(number, status), *_risk(number), *_sign_offs(number))
    if number % 3 == 1:
        yield from ("reviews:", *(line for year in (2027, 2028) for line in _review(number, year)))


def _purpose(number: int) -> Iterator[str]:
    yield "# what it is for"
    yield "summary: >"
    yield f"  Sells gaps after earnings in {number % 90 + 10} names and closes within three days;"
    yield "  it trades nothing on the days of central banks."
    yield f"materiality: {('low', 'medium', 'high')[number % 3]}"
    yield f"intended_use: US large caps, up to {number % 9 + 1} million, run by the desk"
    yield "limitations: [untested in a bear market, crowded since 2024]"


def _sources(number: int) -> Iterator[str]:
    pins = f"api_version: v{number % 3 + 1}, symbol_list: universe/{number % 20}.csv, timestamp_convention: utc-ms"
    yield "data_sources:"
    if number % 2:
        yield f"  - {{source: TickDB, endpoints: [kline/1d, depth/1], markets: [US.EQUITY], lookback_years: 5, {pins}}}"
    else:
        yield from ("  - source: TickDB", "    endpoints:", "      - kline/1d", "      - depth/1")
        yield from ("    markets: [US.EQUITY, HK.EQUITY]", f"    lookback_years: {number % 9 + 1}")
        yield from (f"    {pin}" for pin in pins.split(", "))
    if number % 3:
        yield f"  - {{source: Alternative, type: earnings_dates, provider: internal, {pins}}}"


def _backtest(number: int) -> Iterator[str]:
    yield "backtest:"
    yield f"  start_date: {2010 + number % 11}-01-01"
    yield "  end_date: 2025-12-31"
    yield "  universe: NASDAQ-100"
    yield f"  initial_capital: {(number % 50 + 1) * 100_000}"
    yield f"  slippage_bps: {number % 20 / 2}"
    yield f"  commission_per_share: 0.00{number % 9 + 1}"
    yield "  report_file: report.yaml"
    yield f"  report_sha256: '{hashlib.sha256(str(number).encode()).hexdigest()}'"


def _validation(number: int) -> Iterator[str]:
    yield "validation:"
    yield f"  is_winrate_reported: {'true' if number % 2 else 'false'}"
    yield "  is_sharpe_reported: true"
    yield f"  out_of_sample_test: 202{number % 5}-01-01_to_2025-12-31"
    yield "  robustness_checks:"
    yield from ("    - parameter_sensitivity", "    - survivorship_bias", "    - look_ahead_bias")
    yield "  report_file: validation.yaml"


def _deployment(number: int, status: str) -> Iterator[str]:
    yield "deployment:"
    yield f"  deployment_date: 2026-03-{number % 28 + 1:02d}"
    yield "  parameters_file: params/v1.yaml"
    yield f"  signal_version: fund-signals==2.{number % 6}.0"
    yield "  monitoring_alerts: [drawdown_threshold, winrate_streak, data_feed_heartbeat]"
    yield "  last_review_date: 2026-05-15"
    if status == "suspended":
        yield "  suspension: {date: 2026-06-02, by: carol@fund.com, reason: the feed changed its timestamps}"


def _risk(number: int) -> Iterator[str]:
    yield "risk:"
    yield f"  max_daily_loss_pct: {number % 4 + 1}"
    yield f"  max_drawdown_pct: {number % 30 + 0.5}"
    yield (f"  max_position_pct: {number % 10 + 1}", "  max_leverage: 1.5", "  max_order_value: 250000")[number % 3]
    if number % 2:
        yield "  max_orders_per_minute: 60"


def _sign_offs(number: int) -> Iterator[str]:
    yield "sign_offs:"
    given = (("researcher", "alice", "validation"), ("peer-reviewer", "bob", "production"))
    for role, who, gate in (*given, ("engineer", "carol", "production")):
        day = f"2026-02-{number % 28 + 1:02d}"
        statement = f"signoffs/{role}.intoto.json"
        yield f"  - {{role: {role}, by: {who}@fund.com, date: {day}, gate: {gate}, statement: {statement}}}"


def _review(number: int, year: int) -> Iterator[str]:
    yield f"  - date: {year}-{number % 12 + 1:02d}-01"
    yield "    by: bob@fund.com"
    yield f"    kind: {('code', 'periodic', 'incident')[number % 3]}"
    yield "    outcome: every line explained"
