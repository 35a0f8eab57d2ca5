"""A made-up strategy with the sign-offs that its gates ask for: what the examples of rules are made from."""

from __future__ import annotations

from quantgov import documents, lifecycle, overrides, record, signoffs, strategy
from quantgov.tree import MemoryTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantgov.lifecycle import Duty

    Files = dict[str, str | bytes]

FOLDER = "strategies/gap/"
PASSPORT = f"{FOLDER}passport.yaml"
ID = "STR-2026-0001"
TEAM = """\
evidence: recorded
team:
  alice: {email: alice@fund.com, github: alice-q, roles: [researcher]}
  bob: {email: bob@fund.com, github: bob-q, roles: [reviewer]}
  carol: {email: carol@fund.com, roles: [engineer]}
"""
SIGNERS = {lifecycle.RESEARCHER: "alice@fund.com", lifecycle.PEER: "bob@fund.com", lifecycle.ENGINEER: "carol@fund.com"}
DUTIES = lifecycle.GATES[lifecycle.PRODUCTION].duties
RESULT = "results/gap/2026-03-02_spy_gap_v1.yaml"
DEPLOYED = "2026-03-02"
NOW = 1_772_444_400.0
"""2 March 2026, 09:40 UTC."""


def files(status: str, version: str = "v1.0.0", more: str = "") -> Files:
    """The files of a strategy in a phase; `more` are further lines of its passport."""
    passport = (
        f"strategy_id: {ID}\nname: Overnight gap\nversion: {version}\nstatus: {status}\nresearcher: alice@fund.com\n"
        f"deployment:\n  deployment_date: {DEPLOYED}\n  parameters_file: params/v1.yaml\n{more}"
    )
    return {
        PASSPORT: passport,
        f"{FOLDER}brief.md": "# Overnight gap\n",
        f"{FOLDER}gap_signals.py": "LOOKBACK = 3\n",
        f"{FOLDER}params/v1.yaml": "lookback_bars: 3\n",
        f"{FOLDER}report.yaml": "version: 1\n",
        f"{FOLDER}validation.yaml": "version: 1\n",
        f"{FOLDER}checklist.yaml": "version: 1\n",
        f"{FOLDER}RUNBOOK.md": "# Runbook\n",
        f"{FOLDER}ROLLBACK.md": "# Rollback\n",
        f"{FOLDER}oncall.yaml": "version: 1\n",
    }


def signed(
    given: Mapping[str, str | bytes], *duties: Duty, by: Mapping[str, str] = SIGNERS, self_reviewed: bool = False
) -> Files:
    """These files with a statement for each duty, over what they are; `by` says who gives it, by role."""
    found = strategy.at(MemoryTree(given), PASSPORT)
    assert found
    made = {
        signoffs.path_of(found, duty.role): _statement(found, duty, by[duty.role], self_reviewed) for duty in duties
    }
    return {**given, **made}


def _statement(of: strategy.Strategy, duty: Duty, signer: str, self_reviewed: bool) -> bytes:
    return signoffs.statement(of, duty, signer, NOW, self_reviewed=self_reviewed and duty is lifecycle.OF_VALIDATION)


def running(more: str = "") -> Files:
    """A strategy in production, signed off."""
    return signed(files(lifecycle.PRODUCTION, more=more), *DUTIES)


def review(path: str, record: str, signer: str) -> Files:
    """What somebody signs who has reviewed the override at this path, and found this record there."""
    predicate: dict[str, object] = {
        "strategy_id": ID, "strategy_version": "", "gate": "override", "role": lifecycle.PEER,
        "signer": signer, "time": "2026-05-05T09:00:00Z", "self_reviewed": False,
    }  # fmt: skip
    subject = (path, {"sha256": strategy.sha256(record.encode())})
    return {path.replace(".yaml", overrides.REVIEW): signoffs.rendered([subject], predicate)}


def result(of: Mapping[str, str | bytes], *, dirty: bool = False, more: str = "", path: str = RESULT) -> Files:
    """The record of a backtest of these files; `more` are further lines of what it says of the code."""
    found = strategy.at(MemoryTree(of), PASSPORT)
    assert found
    body = f"{RECORD}  dirty: {str(dirty).lower()}\n  code:\n    strategy: '{found.own_tree()}'\n{more}"
    value = documents.load(body.encode()).value
    assert isinstance(value, dict)
    return {path: f"experiment_id: {record.new_id(value, RAN)}\n{body}"}


RAN = "2026-03-02T09:40:00Z"
RECORD = f"""\
apiVersion: quantgov/v1
kind: ResultRecord
strategy: gap
strategy_id: {ID}
version: v1.0.0
date: 2026-03-02
analyst: alice@fund.com
parameters:
  lookback_bars: 3
backtest_config:
  start_date: 2021-01-01
  end_date: 2025-12-31
  symbols: [SPY.US]
  slippage_bps: 5
results:
  sharpe_ratio: 1.2
  max_drawdown: -0.08
  num_trades: 640
metric_convention:
  sharpe: geometric
  periods_per_year: 252
  risk_free_rate: 0
  ddof: 1
data:
  symbol_set: {{name: SPY, count: 1}}
  period: {{start: 2021-01-01, end: 2025-12-31}}
  source: {{vendor: TickDB, endpoint: kline, interval: 1d}}
  cache: data/v3.2
run:
  command: [python, strategies/gap/run.py]
  time: {RAN}
"""
