"""A commit to a strategy that no rule judges yet starts no YAML parser, and no passport can pass for such a one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantgov import documents, examples, lifecycle, moves, policy
from quantgov.rule import Example, Stage

PASSPORT = "strategies/gap/passport.yaml"
ID = "strategy_id: STR-2026-0001\n"
LINES = (
    "status: research", "status: production", "'status': production", '"status": production', "? status",
    ": production", "name: Gap", "name: 'Gap", 'name: "Gap', "fade'", 'fade"', r'name: "Gap\"', "name: 'it''s'",
    "x: [", "]", "x: {", "}", "  more", "# it's", "", "---", "...", "name: |", "name: >", "  status: research",
    "name: &a b", "name: !x y", "name: a\rstatus: production", "name: a\u2028status: production",
    "name: a\x85status: production", "\ufeffname: a", "- a", "{status: production}",
)  # fmt: skip


def moved(passport: str, path: str, stage: Stage = Stage.COMMIT) -> list[str]:
    """The statuses of the strategies that a change of one file beside this passport is judged as moving."""
    before = {PASSPORT: passport, path: "1\n"}
    change = examples.change(Example("a day's work", before=before, files={path: "2\n"}), stage)
    return [move.reached for move in moves.of(change, policy.of_change(change))]


@pytest.mark.parametrize("status", lifecycle.FREE)
@pytest.mark.parametrize("name", ["signals.py", "brief.md", "notes/today.ipynb"])
def test_a_commit_to_what_no_rule_judges_yet_moves_nothing(status: str, name: str) -> None:
    passport = f"# Gap\n\n{ID}name: \"it's\"\nversion: '1.0.0'\nstatus: {status}\n"
    assert moved(passport, f"strategies/gap/{name}") == []
    assert moved(passport, f"strategies/gap/{name}", Stage.PUSH) == [status]


@pytest.mark.parametrize("status", [each for each in lifecycle.PHASES if each not in lifecycle.FREE])
def test_a_commit_to_what_is_under_review_is_judged(status: str) -> None:
    assert moved(f"{ID}status: {status}\n", "strategies/gap/signals.py") == [status]


@pytest.mark.parametrize("name", ["report.yaml", "signoffs/researcher.intoto.json", "params/v1.yml"])
def test_a_commit_of_a_document_is_judged_in_every_phase(name: str) -> None:
    assert moved(f"{ID}status: research\n", f"strategies/gap/{name}") == ["research"]


@pytest.mark.parametrize(
    "passport",
    [
        f"{ID}name: 'Gap\nstatus: research\n'\nstatus: production\n",
        f'{ID}name: "Gap\\"\nstatus: research\n"\nstatus: production\n',
        f"{ID}x: [\nstatus: research\n]\nstatus: production\n",
        f"{ID}name: a\rx: [\nstatus: research\n]\nstatus: production\n",
        f"{ID}'status': production\n",
        "{strategy_id: STR-2026-0001,\nstatus: production}\n",
        f"{ID}data_sources:\n  - source: TickDB\nstatus: production\n",
        f"{ID}? status\n: production\n",
    ],
)
def test_a_passport_that_only_looks_like_research_is_judged(passport: str) -> None:
    assert moved(passport, "strategies/gap/signals.py") == ["production"]


def test_a_passport_without_a_status_is_left_to_the_parser() -> None:
    assert moved(ID, "strategies/gap/signals.py") == [""]


@given(st.lists(st.sampled_from(LINES), max_size=6))
def test_what_passes_for_a_free_strategy_is_none_that_a_parser_finds_under_review(lines: list[str]) -> None:
    passport = ID + "\n".join(lines) + "\n"
    try:
        value = documents.load(passport.encode()).value
    except documents.DocumentError:
        return
    status = value.get("status") if isinstance(value, dict) else None
    if status in lifecycle.UNDER_REVIEW:
        assert moved(passport, "strategies/gap/signals.py") == [status]
