"""The life of a strategy as tables: its phases, what each delivers, who owns it, and how it may go on.

Phases, deliverables, exit criteria and owners are S2's section 2.1, the smallest samples its section 3.2, the
checklist its section 5; `suspended` and `retired` are added to them (REQUIREMENTS C20). Nothing here reads a file.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

IDEATION, RESEARCH, VALIDATION, PRODUCTION = "ideation", "research", "validation", "production"
SUSPENDED, RETIRED = "suspended", "retired"
NOTHING = ""
"""The status of a strategy that is not there: before its first commit, and once its passport is deleted."""

RESEARCHER, PEER, ENGINEER, LEAD = "researcher", "peer-reviewer", "engineer", "lead"
ROLES = (RESEARCHER, PEER, ENGINEER, LEAD)
SIGNING = (RESEARCHER, PEER, ENGINEER)
"""Whose sign-offs a gate asks for."""


class Duty:
    """A sign-off that a gate asks for: by whom, given at which gate, and the names of what it speaks for."""

    __slots__ = ("gate", "role", "subjects")

    def __init__(self, role: str, gate: str, subjects: tuple[str, ...]) -> None:
        self.role = role
        self.gate = gate
        self.subjects = subjects


class Phase:
    """A phase: what it delivers, who owns it, and the criteria and sign-offs that let a strategy leave it upwards."""

    __slots__ = ("criteria", "deliverable", "duties", "name", "owner")

    def __init__(
        self, name: str, deliverable: str, owner: str, criteria: tuple[str, ...] = (), duties: tuple[Duty, ...] = ()
    ) -> None:
        self.name = name
        self.deliverable = deliverable
        self.owner = owner
        self.criteria = criteria
        self.duties = duties


BRIEF, REPORT, VALIDATION_REPORT, CHECKLIST = "brief", "report", "validation-report", "checklist"
RUNBOOK, ROLLBACK, ON_CALL = "runbook", "rollback", "on-call"
PARAMETERS, CODE, PASSPORT, SIGNAL_PIN = "parameters", "code", "passport", "signal-pin"
"""What a sign-off speaks for: deliverables, the parameters file, the signal code's tree, the passport's terms, and the
version of the signal library that is deployed."""
GOVERNED = (PARAMETERS, CODE, PASSPORT)

OF_BRIEF = Duty(RESEARCHER, RESEARCH, (BRIEF, PASSPORT))
OF_REPORT = Duty(RESEARCHER, VALIDATION, (REPORT, *GOVERNED))
OF_VALIDATION = Duty(PEER, PRODUCTION, (VALIDATION_REPORT, REPORT, *GOVERNED))
OF_CHECKLIST = Duty(ENGINEER, PRODUCTION, (CHECKLIST, RUNBOOK, ROLLBACK, ON_CALL, REPORT, *GOVERNED, SIGNAL_PIN))
DUTIES = (OF_BRIEF, OF_REPORT, OF_VALIDATION, OF_CHECKLIST)

PHASES = {
    phase.name: phase
    for phase in (
        Phase(IDEATION, "a one-page research brief", RESEARCHER, (BRIEF,), (OF_BRIEF,)),
        Phase(RESEARCH, "a backtest report with full metadata", RESEARCHER, (REPORT,), (OF_REPORT,)),
        Phase(
            VALIDATION,
            "a validation report without critical findings, and the deployment checklist",
            PEER,
            (
                REPORT, "validation-report", "out-of-sample", "robustness", "sample", "pins", "alerts",
                CHECKLIST, RUNBOOK, ROLLBACK, ON_CALL, "coverage", "integration-tests", "safe-state",
            ),
            (OF_REPORT, OF_VALIDATION, OF_CHECKLIST),
        ),
        Phase(PRODUCTION, "a monitored strategy that can be stopped and rolled back", ENGINEER),
        Phase(SUSPENDED, "nothing runs; what ran is on record", ENGINEER),
        Phase(RETIRED, "the record", RESEARCHER),
    )
}  # fmt: skip
GATES = {RESEARCH: PHASES[IDEATION], VALIDATION: PHASES[RESEARCH], PRODUCTION: PHASES[VALIDATION]}
"""By the status that a strategy goes up to: the phase whose exit criteria it has to meet."""

NEXT_GATE = {
    IDEATION: RESEARCH,
    RESEARCH: VALIDATION,
    VALIDATION: PRODUCTION,
    PRODUCTION: PRODUCTION,
    SUSPENDED: PRODUCTION,
}
"""The gate that a strategy of each status is signed for, unless somebody says otherwise."""
LEGAL: dict[str, tuple[str, ...]] = {
    NOTHING: (IDEATION, RESEARCH),
    IDEATION: (RESEARCH, RETIRED, NOTHING),
    RESEARCH: (VALIDATION, IDEATION, RETIRED, NOTHING),
    VALIDATION: (PRODUCTION, RESEARCH, RETIRED),
    PRODUCTION: (SUSPENDED, RETIRED),
    SUSPENDED: (PRODUCTION, VALIDATION, RESEARCH, RETIRED),
    RETIRED: (NOTHING,),
}
"""Where a strategy may go from each status. Down is free; up leads through a gate; production ends by suspension."""
UNDER_REVIEW = (VALIDATION, PRODUCTION, SUSPENDED)
"""From here on a change of the signal or of the parameters' structure is a new version."""
FREE = (IDEATION, RESEARCH, RETIRED)
"""Where code, notes and data may change as they like."""
REVIEW_MONTHS = 12
"""How long a strategy may run without a full code review (S2, the one-year rule)."""
LARGE_TEAM = 4


class Sample:
    """The smallest backtest sample of a frequency: round trips, and years they should come from."""

    __slots__ = ("trades", "years")

    def __init__(self, trades: int, years: int) -> None:
        self.trades = trades
        self.years = years


SAMPLES = {"intraday": Sample(500, 1), "daily": Sample(200, 3), "weekly": Sample(100, 5)}
ALERTS = ("drawdown_threshold", "winrate_streak", "data_feed_heartbeat")
"""What has to be watched in production (S2 section 5.3)."""
COVERAGE = 0.8
"""The share of the signal code's lines that unit tests must run (S2 section 5.1)."""


class Item:
    """An item of the deployment checklist. `decided_by` names the criterion that decides it; else a person attests."""

    __slots__ = ("decided_by", "id", "section", "title")

    def __init__(self, id: str, section: str, title: str, decided_by: str = "") -> None:
        self.id = id
        self.section = section
        self.title = title
        self.decided_by = decided_by


CHECKLIST_VERSION = "2026.1"
CODE_REVIEW, DATA, MONITORING = "Strategy code review", "Data and infrastructure", "Monitoring and alerting"
HANDOFF, SIGN_OFF = "Documentation and handoff", "Sign-off"
ITEMS = (
    Item("signal-matches-backtest", CODE_REVIEW, "Signal logic matches the backtest exactly", "signal"),
    Item("parameters-externalized", CODE_REVIEW, "All parameters are externalized in the configuration file"),
    Item("nothing-hardcoded", CODE_REVIEW, "No hardcoded data, symbols or API keys in the strategy logic"),
    Item("state-persisted", CODE_REVIEW, "State is persisted for all critical state variables"),
    Item("safe-state-on-disconnect", CODE_REVIEW, "Safe state is triggered on disconnection"),
    Item("cancel-all-orders", CODE_REVIEW, "Cancelling all working orders is implemented (section 4.2)", "safe-state"),
    Item("unit-tests", CODE_REVIEW, "Unit tests cover at least 80 % of the signal logic", "coverage"),
    Item(
        "integration-tests",
        CODE_REVIEW,
        "Integration tests verify connection, heartbeat and reconnection",
        "integration-tests",
    ),
    Item("endpoints-verified", DATA, "Data source endpoints are verified and accessible"),
    Item("lookback-without-gaps", DATA, "Historical lookback covers the backtest period without gaps"),
    Item("key-permissions", DATA, "The API key has permissions for all required endpoints"),
    Item("websocket-authenticated", DATA, "The WebSocket connection is established and authenticated"),
    Item("rate-limits-tested", DATA, "Rate-limit handling is tested under simulated load"),
    Item("state-recovery", DATA, "State recovery from the persisted file is verified end to end"),
    Item("heartbeat", MONITORING, "The heartbeat reaches the monitoring system"),
    Item("alert-thresholds", MONITORING, "Thresholds: drawdown, winrate streak, heartbeat miss", "alerts"),
    Item("alerts-tested", MONITORING, "Slack or e-mail alerts are tested and work"),
    Item("dashboard", MONITORING, "The dashboard shows positions, daily PnL, open orders, signal cursor"),
    Item("passport-complete", HANDOFF, "The metadata passport is complete and in the repository", "pins"),
    Item("report-linked", HANDOFF, "The backtest report is in the repository and linked from the passport", REPORT),
    Item("runbook", HANDOFF, "Runbook: starting, monitoring and stopping the strategy", RUNBOOK),
    Item("rollback", HANDOFF, "Rollback procedure: restoring the previous version", ROLLBACK),
    Item("on-call", HANDOFF, "The on-call contact list is posted in the operations channel", ON_CALL),
    Item("researcher-signed", SIGN_OFF, "The researcher signs off on the backtest report", "sign-off"),
    Item("peer-signed", SIGN_OFF, "The peer reviewer signs off on the validation report", "sign-off"),
    Item("engineer-signed", SIGN_OFF, "The engineer signs off on this checklist", "sign-off"),
    Item("sign-offs-recorded", SIGN_OFF, "All sign-offs are recorded in the passport with timestamps", "sign-off"),
)
"""S2 section 5 as printed, 26 items, and what its section 4.2 asks to be done before production."""


def is_legal(before: str, after: str) -> bool:
    """Whether a strategy may go from one status to another at once; to stay is always legal."""
    return before == after or after in LEGAL.get(before, ())


def is_up(before: str, after: str) -> bool:
    """Whether a step leads upwards. From validation to research it does not; from suspension only to production."""
    order = (IDEATION, RESEARCH, VALIDATION, PRODUCTION)
    if before == SUSPENDED:
        return after == PRODUCTION
    return before not in order or order.index(before) < order.index(after)


def is_safer(before: str, after: str) -> bool:
    """Whether the step only stops what runs: one person may always take it."""
    return before == PRODUCTION and after == SUSPENDED


def people_needed(team_size: int) -> int:
    """How many different people have to sign before a strategy runs (REQUIREMENTS C7)."""
    return 1 if team_size == 1 else 3 if team_size >= LARGE_TEAM else 2


def duty_of(role: str, gate: str) -> Duty | None:
    """What somebody of this role signs at a gate, or before it."""
    asked = GATES[gate].duties if gate in GATES else ()
    return next((duty for duty in asked if duty.role == role), None)


def latest_duty(role: str) -> Duty:
    """What one of SIGNING signs last."""
    return next(duty for duty in reversed(DUTIES) if duty.role == role)


def tag_of(strategy_id: str) -> str:
    """The tag at which the version that runs stands."""
    return f"strategy/{strategy_id}/{PRODUCTION}"


def way_to(status: str) -> Iterator[str]:
    """The phases that a strategy goes through on its way up to a status, that one included."""
    for phase in (IDEATION, RESEARCH, VALIDATION, PRODUCTION):
        yield phase
        if phase == status:
            return
