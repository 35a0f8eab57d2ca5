"""`quantgov status`, `passport show` and `passport list`: what runs, what is due, and what a gate lacks."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
import ready_strategy as ready
from fund import FOLDER, ID, PASSPORT, ROLES, strategy_files

from quantgov import lifecycle, overrides

if TYPE_CHECKING:
    from collections.abc import Callable

    from fund import Fund
    from repository import Repo

IDEA = """\
strategy_id: STR-2026-{number:04d}
name: {name}
version: v0.1.0
status: {status}
researcher: {researcher}
hypothesis_date: 2026-01-15
alpha_thesis: Prices move
"""
SHOWN = 1_000


def idea(number: int, name: str, status: str = "ideation", researcher: str = "bob@fund.com") -> dict[str, str | bytes]:
    text = IDEA.format(number=number, name=name, status=status, researcher=researcher)
    return {f"strategies/{name.lower().replace(' ', '-')}/passport.yaml": text}


def epoch(day: str) -> float:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp()


@pytest.fixture
def house(fund: Fund) -> Fund:
    """One that runs, one suspended, and two ideas."""
    fund.run_version()
    suspended = idea(4, "Old pair", "suspended")
    (path,) = suspended
    stopped = "deployment: {suspension: {date: 2026-11-01, by: bob@fund.com, reason: the feed}}\n"
    fund.land(
        {
            path: f"{suspended[path]!s}{stopped}",
            **idea(2, "Trend"),
            **idea(3, "Carry", researcher="zoe@elsewhere.org"),
        }
    )
    return fund


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time of this process, in seconds since 1970."""
    return lambda now: monkeypatch.setattr("time.time", lambda: now)


class TestList:
    def test_every_strategy_has_a_line(self, house: Fund) -> None:
        lines = house.ok("passport", "list").splitlines()

        assert lines[0].split() == ["id", "name", "version", "phase", "researcher", "due"]
        assert [line.split()[0] for line in lines[1:]] == ["STR-2026-0003", ID, "STR-2026-0004", "STR-2026-0002"]
        assert lines[2] == f"{ID}  Overnight gap  v1.0.0   production  alice"
        assert lines[1].endswith("ideation    zoe@elsewhere.org")
        assert lines[3].endswith("suspended   bob                2026-11-01 suspended: the feed")

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            (("--phase", "production"), [ID]),
            (("--phase", "ideation"), ["STR-2026-0003", "STR-2026-0002"]),
            (("--owner", "Bob"), ["STR-2026-0004", "STR-2026-0002"]),
            (("--owner", "BOB@fund.com", "--phase", "ideation"), ["STR-2026-0002"]),
            (("--owner", "zoe@elsewhere.org"), ["STR-2026-0003"]),
            (("--due",), ["STR-2026-0004"]),
            (("--phase", "retired"), []),
        ],
    )
    def test_filters(self, house: Fund, options: tuple[str, ...], found: list[str]) -> None:
        report = json.loads(house.ok("passport", "list", *options, "--format", "json"))

        assert report["schema"] == 1
        assert [each["strategy_id"] for each in report["strategies"]] == found

    def test_none_of_a_kind_is_said(self, house: Fund) -> None:
        assert house.ok("passport", "list", "--phase", "retired").startswith("no strategy of that kind")

    def test_a_phase_that_there_is_not(self, house: Fund) -> None:
        error = house.refusal("passport", "list", "--phase", "validaton")

        assert error.message == "'validaton' is no phase; did you mean 'validation'?"

    def test_what_is_staged_counts(self, house: Fund) -> None:
        house.repo.stage(idea(5, "Fresh"))

        assert "STR-2026-0005" in house.ok("passport", "list")

    def test_long_names_are_cut(self, house: Fund) -> None:
        house.repo.stage(idea(5, "A name that is far too long for any table of strategies"))

        assert "A name that is far too long for a…" in house.ok("passport", "list")

    @pytest.mark.timeout(60)
    def test_a_thousand_take_no_second_on_an_idle_machine(self, repo: Repo) -> None:
        """A generous bound here, as the suite runs in parallel; the benchmark holds it to the second."""
        text = str(strategy_files("production")[PASSPORT])
        files: dict[str, str | bytes] = {
            f"strategies/s{number}/passport.yaml": text.replace(ID, f"STR-2026-{number:04d}") for number in range(SHOWN)
        }
        repo.commit(files)
        start = time.perf_counter()
        done = repo.quantgov("passport", "list")

        assert time.perf_counter() - start < 5
        assert len(done.stdout.splitlines()) == SHOWN + 1


class TestStatus:
    def test_what_runs_and_what_stands_still_and_how_many_there_are(self, house: Fund) -> None:
        lines = house.ok("status").splitlines()

        assert lines[0] == "1 strategy runs, 1 stands still, as main has it"
        assert lines[2].startswith(f"  {ID}  Overnight gap  v1.0.0  since 20")
        assert lines[2].endswith("  alice")
        assert lines[4:7] == [
            "due",
            "  2026-11-01  STR-2026-0004  suspended: the feed",
            "              fix: quantgov promote STR-2026-0004 production",
        ]
        assert lines[-1] == "2 in ideation, 1 in production, 1 in suspended"

    def test_it_is_the_trunk_that_tells(self, house: Fund) -> None:
        house.repo.branch("strategy/other")
        house.repo.commit(idea(9, "On a branch"))

        assert json.loads(house.ok("status", "--format", "json"))["counts"]["ideation"] == 2

    def test_a_review_is_due_a_month_ahead_and_late_afterwards(
        self, fund: Fund, clock: Callable[[float], None]
    ) -> None:
        fund.run_version()
        clock(epoch("2026-06-01"))
        assert "due" not in fund.ok("status")
        clock(epoch("2027-02-10"))
        assert f"  2027-03-02  {ID}  full code review\n" in fund.ok("status")
        clock(epoch("2027-03-03"))
        assert f"  2027-03-02  {ID}  late: full code review\n" in fund.ok("status")

    def test_an_override_is_due_until_somebody_reviewed_it(self, fund: Fund, clock: Callable[[float], None]) -> None:
        fund.run_version()
        fund.at("carol").ok("break-glass", ID, "--incident", "INC-7", "--reason", "exits are rejected")
        (path,) = (fund.repo.path / overrides.FOLDER).glob("*.yaml")
        output = fund.ok("status")
        assert f"{ID}  review of the override for INC-7" in output
        assert f"fix: quantgov sign {ID} --as peer-reviewer --override {path.stem}" in output

        clock(time.time() + 10 * 86_400)
        (due,) = json.loads(fund.ok("status", "--format", "json"))["due"]
        assert due["is_late"]
        assert "review of the override" in fund.ok("passport", "list", "--due")

    def test_what_runs_unapproved_is_due_until_all_have_signed(self, fund: Fund) -> None:
        fund.run_version()
        assert "due" not in fund.ok("status")
        runbook = (fund.repo.path / FOLDER / "RUNBOOK.md").read_text()
        fund.land({f"{FOLDER}RUNBOOK.md": runbook + "\nCall the desk.\n"})
        output = fund.ok("status")

        assert f"{ID}  runs without the sign-off of engineer\n" in output
        assert f"fix: quantgov sign {ID} --as engineer\n" in output

    def test_nothing_yet(self, fund: Fund) -> None:
        assert fund.ok("status") == "no strategy on main yet; next: quantgov new-strategy NAME\n"

    def test_before_the_first_commit_what_is_staged_tells(self, repo: Repo) -> None:
        repo.stage(idea(1, "First"))

        done = repo.quantgov("status")
        assert done.stdout.splitlines() == ["0 strategies run, as what is staged has it", "", "1 in ideation"]


class TestShow:
    def test_what_it_is_who_built_it_and_what_it_depends_on(self, fund: Fund) -> None:
        fund.run_version()
        output = fund.ok("passport", "show", ID)

        lines = output.splitlines()
        assert lines[:5] == [
            f"{ID} Overnight gap",
            "v1.0.0, production since 2026-03-02, in strategies/gap",
            "",
            "  Sells large gaps and closes within three days",
            "",
        ]
        for line in (
            "  researcher   alice <alice@fund.com>",
            "  thesis       Gaps fill within three days",
            "  materiality  medium: sign-offs are recorded",
            "  limitations  Untested in a bear market",
            "  data         TickDB: kline/1d in US.EQUITY (v1, universe/nasdaq-100.csv, utc-ms)",
            "  parameters   params/v1.yaml",
            "  report       report.yaml",
            "  risk         max_position_pct 10, max_daily_loss_pct 2, max_drawdown_pct 12",
        ):
            assert line in lines
        assert [line.split()[:2] for line in lines if line.endswith("stands")] == [
            [role, name] for name, role in ROLES.items()
        ]
        assert "missing for" not in output
        assert "next:" not in output

    def test_what_the_next_gate_lacks(self, fund: Fund) -> None:
        fund.land(idea(1, "Gap"))
        output = fund.ok("passport", "show", "gap")

        assert "  materiality  not stated, so medium: sign-offs are recorded" in output
        assert "  report       report.yaml, which is not there" in output
        assert "\nmissing for research\n  1. " in output
        assert output.endswith("then: quantgov promote STR-2026-0001 research\n")

    def test_where_nothing_lacks_the_next_step_is_told(self, fund: Fund) -> None:
        fund.land(strategy_files())
        fund.repo.branch("strategy/gap")
        for name, role in ROLES.items():
            fund.at(name).ok("sign", ID, "--as", role)

        assert fund.ok("passport", "show", ID).endswith(f"\nnext: quantgov promote {ID} production\n")

    def test_a_sign_off_that_does_not_stand_says_why(self, fund: Fund) -> None:
        fund.land(strategy_files())
        fund.repo.branch("strategy/gap")
        fund.at("bob").ok("sign", ID, "--as", "peer-reviewer")
        fund.repo.commit({f"{FOLDER}gap_signals.py": f"{ready.SIGNALS}\n# better\n"})

        report = json.loads(fund.ok("passport", "show", ID, "--format", "json"))
        states = {each["role"]: (each["by"], each["state"]) for each in report["sign_offs"]}
        assert states == {
            "researcher": ("", "missing; alice may give it"),
            "peer-reviewer": ("bob", "the signal code changed since bob@fund.com signed"),
            "engineer": ("", "missing; carol may give it"),
        }
        assert report["next_gate"] == "production"
        assert {each["code"] for each in report["lacks"]} >= {"QG603"}

    def test_sign_offs_of_earlier_gates_are_on_record(self, fund: Fund) -> None:
        fund.land(strategy_files(lifecycle.IDEATION))
        fund.ok("promote", ID, "research")

        assert "researcher  alice" in fund.ok("passport", "show", ID)
        assert "for research, before" in fund.ok("passport", "show", ID)

    def test_what_is_suspended_says_why_and_what_may_be_done(self, fund: Fund) -> None:
        fund.run_version()
        fund.ok("suspend", ID, "--reason", "the feed")
        output = fund.ok("passport", "show", ID)

        assert "by alice@fund.com: the feed" in output
        assert f"fix: quantgov promote {ID} production" in output

    def test_a_retired_one_has_no_next_gate(self, fund: Fund) -> None:
        fund.land(idea(1, "Gap", lifecycle.RETIRED))
        report = json.loads(fund.ok("passport", "show", "gap", "--format", "json"))

        assert (report["next_gate"], report["lacks"], report["sign_offs"]) == (None, [], [])

    def test_a_source_without_pins_and_a_stranger_are_called_out(self, fund: Fund) -> None:
        files = idea(1, "Gap", researcher="zoe@elsewhere.org")
        (path,) = files
        fund.land({path: f"{files[path]!s}data_sources: [{{source: Alternative, type: dates, provider: internal}}]\n"})
        output = fund.ok("passport", "show", "gap")

        assert "zoe@elsewhere.org, who is not in the team" in output
        assert "Alternative: dates from internal, not pinned" in output

    def test_who_reviewed_their_own_work(self, fund: Fund) -> None:
        fund.land({**strategy_files(), "quantgov.yaml": fund.policy({"alice": "peer-reviewer"})})
        fund.repo.branch("strategy/gap")
        fund.ok("sign", ID, "--as", "peer-reviewer")

        assert "stands, self-reviewed" in fund.ok("passport", "show", ID)

    def test_at_the_root_of_a_repository(self, repo: Repo) -> None:
        repo.commit({"passport.yaml": IDEA.format(number=1, name="Gap", status="ideation", researcher="a@b.org")})

        assert "v0.1.0, ideation, in the root" in repo.quantgov("passport", "show", ".").stdout

    def test_prose_is_broken_for_a_terminal(self, fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
        from rich.console import Console

        from quantgov.cli import console

        monkeypatch.setattr(console, "OUT", Console(highlight=False, soft_wrap=True, force_terminal=True, width=60))
        fund.land(idea(1, "Gap"))

        shown = [line for line in fund.ok("passport", "show", "gap").splitlines() if "fix: " in line or "     " in line]
        assert max(map(len, shown)) <= 60
