"""The life of a strategy as tables."""

from __future__ import annotations

from itertools import product

import pytest

from quantgov import lifecycle
from quantgov.lifecycle import (
    CHECKLIST_VERSION,
    CODE,
    DUTIES,
    GATES,
    ITEMS,
    LEGAL,
    OF_BRIEF,
    OF_CHECKLIST,
    OF_REPORT,
    OF_VALIDATION,
    PHASES,
    ROLES,
    SAMPLES,
    SIGNING,
)

ALLOWED = {
    ("", "ideation"), ("", "research"),
    ("ideation", "research"), ("ideation", "retired"), ("ideation", ""),
    ("research", "validation"), ("research", "ideation"), ("research", "retired"), ("research", ""),
    ("validation", "production"), ("validation", "research"), ("validation", "retired"),
    ("production", "suspended"), ("production", "retired"),
    ("suspended", "production"), ("suspended", "validation"), ("suspended", "research"), ("suspended", "retired"),
    ("retired", ""),
}  # fmt: skip
STATUSES = ("", *PHASES)


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_where_a_strategy_may_go_from_each_status(before: str, after: str) -> None:
    assert lifecycle.is_legal(before, after) == (before == after or (before, after) in ALLOWED)


def test_a_status_that_there_is_not_leads_nowhere() -> None:
    assert not lifecycle.is_legal("live", "production")
    assert not lifecycle.is_legal("production", "live")
    assert set(LEGAL) == set(STATUSES)


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_only_suspending_what_runs_needs_nobody_elses_leave(before: str, after: str) -> None:
    assert lifecycle.is_safer(before, after) == ((before, after) == ("production", "suspended"))


def test_how_many_people_sign_before_a_strategy_runs() -> None:
    assert [lifecycle.people_needed(size) for size in (0, 1, 2, 3, 4, 5, 12)] == [2, 1, 2, 2, 3, 3, 3]


def test_what_each_signs_at_each_gate() -> None:
    assert lifecycle.duty_of("researcher", "research") is OF_BRIEF
    assert lifecycle.duty_of("researcher", "validation") is OF_REPORT
    assert lifecycle.duty_of("researcher", "production") is OF_REPORT
    assert lifecycle.duty_of("peer-reviewer", "production") is OF_VALIDATION
    assert lifecycle.duty_of("engineer", "production") is OF_CHECKLIST
    assert lifecycle.duty_of("peer-reviewer", "validation") is None
    assert lifecycle.duty_of("researcher", "suspended") is None
    assert [lifecycle.latest_duty(role) for role in SIGNING] == [OF_REPORT, OF_VALIDATION, OF_CHECKLIST]


def test_what_runs_is_signed_for_to_the_last_part() -> None:
    signed = {subject for duty in GATES["production"].duties for subject in duty.subjects}
    assert signed == {
        "report", "validation-report", "checklist", "runbook", "rollback", "on-call", "parameters", "code", "passport",
        "signal-pin",
    }  # fmt: skip
    assert all(CODE in duty.subjects for duty in DUTIES if duty is not OF_BRIEF)


def test_the_way_up() -> None:
    assert list(lifecycle.way_to("ideation")) == ["ideation"]
    assert list(lifecycle.way_to("validation")) == ["ideation", "research", "validation"]
    assert list(lifecycle.way_to("production")) == ["ideation", "research", "validation", "production"]
    assert list(lifecycle.way_to("suspended")) == ["ideation", "research", "validation", "production"]


def test_a_gate_asks_for_what_the_phase_before_ends_with() -> None:
    assert {status: gate.name for status, gate in GATES.items()} == {
        "research": "ideation", "validation": "research", "production": "validation",
    }  # fmt: skip
    assert all(gate.criteria and gate.duties for gate in GATES.values())
    assert {phase.owner for phase in PHASES.values()} <= set(ROLES)
    assert all(phase.deliverable for phase in PHASES.values())


def test_the_checklist_is_the_printed_one_and_the_item_of_section_four() -> None:
    assert (len(ITEMS), CHECKLIST_VERSION) == (27, "2026.1")
    assert len({item.id for item in ITEMS}) == len({item.title for item in ITEMS}) == 27
    criteria = {name for phase in PHASES.values() for name in phase.criteria}
    assert {item.decided_by for item in ITEMS} - criteria == {"", "signal", "sign-off"}
    sections = [item.section for item in ITEMS]
    assert [sections.count(name) for name in dict.fromkeys(sections)] == [8, 6, 4, 5, 4]


def test_the_smallest_samples() -> None:
    assert {name: (each.trades, each.years) for name, each in SAMPLES.items()} == {
        "intraday": (500, 1), "daily": (200, 3), "weekly": (100, 5),
    }  # fmt: skip
