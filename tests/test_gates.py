"""What each gate asks for: a strategy that has everything, and one thing after another taken from it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import ready_strategy as ready
from ready_strategy import FOLDER, ID, Edit

from quantgov import deliverables, examples, gates, lifecycle, policy, rules, scaffold, strategy
from quantgov.engine import judge
from quantgov.missing import Missing
from quantgov.page import Page
from quantgov.policy import Policy
from quantgov.rule import Example, Failed, Stage
from quantgov.strategy import Strategy
from quantgov.tree import MemoryTree

TEAM = policy.load(f"version: 1\n{ready.TEAM}".encode())
ALONE = policy.load(b"version: 1\nteam: {alice: {email: alice@fund.com, roles: [lead]}}\n")
NOBODY = Policy({})
Files = dict[str, str | bytes]


def of(files: Files, modes: dict[str, int] | None = None) -> Strategy:
    found = strategy.at(MemoryTree(files, modes), ready.PASSPORT)
    assert found
    return found


def missing(files: Files, criterion: str, team: Policy = TEAM) -> list[Missing]:
    return list(gates.CRITERIA[criterion](of(files), team))


def said(files: Files, criterion: str, team: Policy = TEAM) -> list[str]:
    return [each.message for each in missing(files, criterion, team)]


def put(*pointer: str | int, value: object) -> Edit:
    """An edit of a document: a value at a place, which need not be there yet."""

    def edit(document: Any) -> None:
        for key in pointer[:-1]:
            document = document[key]
        document[pointer[-1]] = value

    return edit


def drop(*pointer: str | int) -> Edit:
    def edit(document: Any) -> None:
        for key in pointer[:-1]:
            document = document[key]
        del document[pointer[-1]]

    return edit


def without(name: str) -> Files:
    found = ready.files()
    del found[FOLDER + name]
    return found


def with_file(name: str, content: str | bytes) -> Files:
    return {**ready.files(), FOLDER + name: content}


def item(name: str, **values: object) -> Edit:
    """An edit of one of the checklist's items; None takes a value away."""

    def edit(document: Any) -> None:
        found = next(each for each in document["items"] if each["id"] == name)
        found.update(values)
        for key in [key for key, value in values.items() if value is None]:
            del found[key]

    return edit


class TestTheGates:
    @pytest.mark.parametrize("gate", lifecycle.GATES)
    def test_a_ready_strategy_lacks_nothing(self, gate: str) -> None:
        assert [each.message for each in gates.unmet(of(ready.files()), gate, TEAM)] == []

    def test_every_criterion_of_the_lifecycle_is_judged_and_no_other(self) -> None:
        named = {name for phase in lifecycle.PHASES.values() for name in phase.criteria}
        assert sorted(named) == sorted(gates.CRITERIA)

    def test_a_passport_alone_lacks_something_of_every_criterion(self) -> None:
        alone = of({ready.PASSPORT: f"strategy_id: {ID}\nversion: v1.0.0\n"})
        for gate, phase in lifecycle.GATES.items():
            assert {each.criterion for each in gates.unmet(alone, gate, TEAM)} == set(phase.criteria)

    def test_each_piece_has_a_name_of_its_own_and_says_how_it_is_brought(self) -> None:
        found = list(gates.unmet(of({ready.PASSPORT: f"strategy_id: {ID}\n"}), lifecycle.PRODUCTION, TEAM))
        assert len({(each.criterion, each.piece) for each in found}) == len(found) > 15
        assert all(each.help and each.path.startswith(FOLDER) for each in found)

    @pytest.mark.parametrize("kind", ["validation.yaml", "checklist.yaml", "RUNBOOK.md", "ROLLBACK.md", "oncall.yaml"])
    def test_promote_writes_what_is_missing_for_production(self, kind: str) -> None:
        found = gates.unmet(of(without(kind)), lifecycle.PRODUCTION, TEAM)
        first = next(each for each in found if each.piece == "file")
        assert (first.message, first.path, first.line) == (f"{kind} is missing", FOLDER + kind, 0)
        assert first.help == f"quantgov promote {ID} production"

    @pytest.mark.parametrize("name", ["validation.yaml", "checklist.yaml", "oncall.yaml"])
    def test_what_does_not_fit_its_schema_is_told_at_its_place(self, name: str) -> None:
        found = list(gates.unmet(of(with_file(name, "version: 2\n")), lifecycle.PRODUCTION, TEAM))
        assert (f"{name}: version is 2; it must be 1", 1, 10) in [
            (each.message, each.line, each.column) for each in found
        ]

    @pytest.mark.parametrize("name", ["validation.yaml", "checklist.yaml", "oncall.yaml"])
    @pytest.mark.parametrize("content", [b"[", b"\xff", b"- 1\n", b"items: 1\nchecks: x\ncontacts: {}\n"])
    def test_what_cannot_be_read_is_missing_and_breaks_nothing(self, name: str, content: bytes) -> None:
        assert list(gates.unmet(of(with_file(name, content)), lifecycle.PRODUCTION, TEAM))


class TestTheBrief:
    @pytest.mark.parametrize("heading", ["Thesis", "Expected signal characteristics", "Data requirements"])
    def test_each_section_is_asked_for(self, heading: str) -> None:
        (found,) = missing(with_file("brief.md", ready.BRIEF.replace(f"## {heading}\n", "")), "brief")
        assert found.message == f"brief.md has no section '{heading}'"
        assert f"'## {heading}'" in found.help

    def test_guidance_is_no_content(self) -> None:
        (found,) = missing(with_file("brief.md", ready.BRIEF.replace("Gaps fill", "> Gaps fill")), "brief")
        assert (found.message, found.line) == ("'Thesis' in brief.md is empty", 2)

    def test_it_has_a_page(self) -> None:
        page = ready.BRIEF + "word " * (gates.PAGE - deliverables.words(ready.BRIEF))
        assert said(with_file("brief.md", page), "brief") == []
        assert said(with_file("brief.md", page + "more"), "brief") == ["brief.md has 701 words; a page has 700"]

    def test_the_template_s_thesis_is_none(self) -> None:
        (found,) = missing(with_file("brief.md", ready.BRIEF.replace("Gaps fill", deliverables.THESIS)), "brief")
        assert (found.message, found.line) == ("the thesis of brief.md is the template's", 2)

    def test_nor_is_it_in_the_passport(self) -> None:
        (found,) = missing(ready.files(passport=put("alpha_thesis", value=deliverables.THESIS)), "brief")
        assert (found.message, found.path) == ("alpha_thesis is the template's", ready.PASSPORT)
        assert found.line > 1

    def test_a_missing_one_is_written_by_promote(self) -> None:
        (found,) = missing(without("brief.md"), "brief")
        assert (found.message, found.help) == ("brief.md is missing", f"quantgov promote {ID} research")


class TestRunbookAndRollback:
    @pytest.mark.parametrize(
        ("name", "heading"),
        [(f"{kind}.md", heading) for kind in ("RUNBOOK", "ROLLBACK") for heading in gates.SECTIONS[kind.lower()]],
    )
    def test_each_section_says_something(self, name: str, heading: str) -> None:
        text = str(ready.files()[FOLDER + name])
        kept = "".join(f"## {part}" for part in text.split("## ")[1:] if not part.startswith(heading))
        empty = f"{kept}## {heading}\n<!-- later -->\n---\n"
        criterion = name.removesuffix(".md").lower()
        assert said(with_file(name, kept), criterion) == [f"{name} has no section '{heading}'"]
        assert said(with_file(name, empty), criterion) == [f"'{heading}' in {name} is empty"]


class TestTheReport:
    def test_a_missing_one_is_drafted(self) -> None:
        (found,) = missing(without("report.yaml"), "report")
        assert (found.path, found.help) == (f"{FOLDER}report.yaml", f"quantgov report draft {ID}")

    def test_another_one_than_the_passport_means_is_missing(self) -> None:
        (found,) = missing(with_file("report.yaml", str(ready.files()[FOLDER + "report.yaml"]) + "\n"), "report")
        assert "SHA-256" in found.message

    def test_too_few_trades_do_not_go_to_production(self) -> None:
        (found,) = missing(ready.files(report=put("metrics", "trade_count", value=127)), "sample")
        assert found.message.startswith("127 round trips")
        assert found.line > 1

    def test_without_a_report_there_is_no_sample(self) -> None:
        (found,) = missing(without("report.yaml"), "sample")
        assert found.line == 0


class TestTheValidationReport:
    @pytest.mark.parametrize(("key", "value"), [("strategy_id", "STR-2026-0002"), ("strategy_version", "v0.9.0")])
    def test_it_is_about_this_strategy_in_this_version(self, key: str, value: str) -> None:
        (message,) = said(ready.files(validation=put(key, value=value)), "validation-report")
        assert message.startswith(f"validation.yaml is about {value}, the passport about ")

    def test_a_version_without_its_v_is_the_same(self) -> None:
        assert said(ready.files(validation=put("strategy_version", value="1.0.0")), "validation-report") == []

    @pytest.mark.parametrize("status", ["open", "accepted"])
    def test_a_critical_finding_is_resolved(self, status: str) -> None:
        (message,) = said(ready.files(validation=put("findings", 1, "status", value=status)), "validation-report")
        assert message == f"critical finding F2 is {status}: fills at the close"

    def test_the_reviewer_is_named(self) -> None:
        (message,) = said(ready.files(validation=drop("reviewer")), "validation-report")
        assert message == "validation.yaml: reviewer is missing"

    @pytest.mark.parametrize("address", ["alice@fund.com", "Alice@home.org"])
    def test_the_reviewer_is_not_the_researcher(self, address: str) -> None:
        files = ready.files(validation=put("reviewer", value=address))
        assert said(files, "validation-report") == [f"validation.yaml was reviewed by {address}, who is its researcher"]

    def test_who_works_alone_reviews_alone(self) -> None:
        files = ready.files(validation=put("reviewer", value="alice@fund.com"))
        assert said(files, "validation-report", ALONE) == []
        assert len(said(files, "validation-report", NOBODY)) == 1


class TestOutOfSample:
    def test_the_passport_names_the_period(self) -> None:
        (found,) = missing(ready.files(passport=drop("validation", "out_of_sample_test")), "out-of-sample")
        assert (found.message, found.path) == ("the passport names no out-of-sample period", ready.PASSPORT)

    @pytest.mark.parametrize(
        "edit",
        [
            drop("in_sample"),
            drop("out_of_sample", "end_date"),
            put("out_of_sample", "end_date", value="2025-02-30"),
            put("in_sample", "start_date", value="2024-12-20"),
        ],
    )
    def test_the_validation_report_names_both_periods(self, edit: Edit) -> None:
        assert said(ready.files(validation=edit), "out-of-sample") == [
            "validation.yaml does not say on which period parameters were chosen and which one was kept out"
        ]

    def test_both_name_the_same(self) -> None:
        files = ready.files(validation=put("out_of_sample", "end_date", value="2025-06-30"))
        assert said(files, "out-of-sample") == [
            "out of sample is 2025-01-02_to_2025-06-30 in validation.yaml, and 2025-01-02_to_2025-12-30 in the passport"
        ]

    @pytest.mark.parametrize(
        ("last", "embargo", "is_apart"),
        [
            ("2025-01-01", 0, True),
            ("2025-01-02", 0, False),
            ("2024-12-27", 5, True),
            ("2024-12-28", 5, False),
            ("2025-01-02", -9, False),
            ("2025-01-02", "x", False),
        ],
    )
    def test_it_begins_after_the_choice_and_the_embargo(self, last: str, embargo: object, is_apart: bool) -> None:
        def edit(document: Any) -> None:
            document["in_sample"] = {"start_date": "2021-01-04", "end_date": last}
            document["embargo_days"] = embargo

        found = missing(ready.files(validation=edit), "out-of-sample")
        assert [each.piece for each in found] == ([] if is_apart else ["overlap"])

    @pytest.mark.parametrize(
        ("first", "last", "is_fit"),
        [
            ("2021-01-04", "2025-12-30", True),
            ("2025-01-02", "2025-12-29", False),
            ("2025-01-03", "2025-12-30", False),
            ("2021-01-04", "2025-01-01", True),
            ("2021-01-04", "2025-01-02", False),
        ],
        ids=["within", "beyond the end", "before the start", "after all of it", "from its last day on"],
    )
    def test_it_lies_in_the_data_or_after_it(self, first: str, last: str, is_fit: bool) -> None:
        def edit(document: Any) -> None:
            document["provenance"] |= {"start_date": first, "end_date": last}

        found = missing(ready.files(report=edit), "out-of-sample")
        assert [each.piece for each in found] == ([] if is_fit else ["data"])

    def test_without_a_report_the_report_is_what_is_missing(self) -> None:
        assert said(without("report.yaml"), "out-of-sample") == []


@pytest.mark.parametrize("name", ready.CHECKS)
class TestRobustness:
    def test_each_check_is_listed(self, name: str) -> None:
        others = [each for each in ready.CHECKS if each != name]
        files = ready.files(passport=put("validation", "robustness_checks", value=others))
        assert said(files, "robustness") == [f"the passport does not list the check {name}"]

    def test_each_was_made(self, name: str) -> None:
        files = ready.files(validation=drop("checks", ready.CHECKS.index(name)))
        assert said(files, "robustness") == [f"validation.yaml has no check {name}"]

    def test_each_passed(self, name: str) -> None:
        files = ready.files(validation=put("checks", ready.CHECKS.index(name), "passed", value=False))
        (found,) = missing(files, "robustness")
        assert found.message == f"{name} did not pass in validation.yaml"
        assert found.line > 1

    def test_one_that_failed_is_not_hidden_by_one_that_passed(self, name: str) -> None:
        def edit(document: Any) -> None:
            document["checks"].insert(0, {"name": name, "passed": False, "evidence": "the first run"})

        assert len(said(ready.files(validation=edit), "robustness")) == 1


class TestPinsAndAlerts:
    @pytest.mark.parametrize(
        "edit",
        [
            drop("deployment", "signal_version"),
            put("deployment", "signal_version", value="lib/signals/latest"),
            drop("data_sources", 0, "api_version"),
            put("data_sources", 0, "api_version", value=">=1"),
            drop("data_sources", 0, "symbol_list"),
            drop("data_sources", 0, "timestamp_convention"),
            drop("data_sources"),
        ],
    )
    def test_what_is_not_pinned_is_missing(self, edit: Edit) -> None:
        (found,) = missing(ready.files(passport=edit), "pins")
        assert found.path == ready.PASSPORT
        assert found.help.startswith(f"edit {ready.PASSPORT}: ")

    @pytest.mark.parametrize("name", lifecycle.ALERTS)
    def test_each_alert_is_watched(self, name: str) -> None:
        others = [each for each in lifecycle.ALERTS if each != name]
        files = ready.files(passport=put("deployment", "monitoring_alerts", value=others))
        assert said(files, "alerts") == [f"nothing watches {name}"]


ATTESTED = [each.id for each in lifecycle.ITEMS if not each.decided_by]
JUDGED = [each.id for each in lifecycle.ITEMS if each.decided_by]


class TestTheChecklist:
    def test_it_is_the_list_that_counts(self) -> None:
        assert said(ready.files(checklist=put("checklist", value="2025.1")), "checklist") == [
            f"checklist.yaml is list 2025.1; {lifecycle.CHECKLIST_VERSION} is the one that counts"
        ]

    @pytest.mark.parametrize("at", range(len(lifecycle.ITEMS)), ids=[each.id for each in lifecycle.ITEMS])
    def test_no_item_is_left_out(self, at: int) -> None:
        (message,) = said(ready.files(checklist=drop("items", at)), "checklist")
        assert message == f"checklist.yaml has no item {lifecycle.ITEMS[at].id}: {lifecycle.ITEMS[at].title}"

    def test_no_item_is_added(self) -> None:
        def edit(document: Any) -> None:
            document["items"] += [{"id": "dashbord", "done": True}, {"id": "heartbeat", "done": True}]

        assert said(ready.files(checklist=edit), "checklist")[:2] == [
            "checklist.yaml: there is no item 'dashbord'; did you mean 'dashboard'?",
            "checklist.yaml: item heartbeat is there twice",
        ]

    @pytest.mark.parametrize("name", ATTESTED)
    def test_what_a_person_answers_for_is_done(self, name: str) -> None:
        (found,) = missing(ready.files(checklist=item(name, done=False)), "checklist")
        assert found.message.startswith(f"checklist item {name} is not done (")
        assert found.line > 1

    @pytest.mark.parametrize("key", ["evidence", "date", "by"])
    def test_a_tick_alone_is_not_enough(self, key: str) -> None:
        files = ready.files(checklist=item("dashboard", **{key: None}))
        assert said(files, "checklist") == [f"checklist item dashboard is ticked without {key}"]

    def test_all_that_a_tick_lacks_is_told_at_once(self) -> None:
        files = ready.files(checklist=item("dashboard", evidence=None, date=None, by=None))
        assert said(files, "checklist") == ["checklist item dashboard is ticked without evidence and date and by"]

    def test_somebody_of_the_team_did_it(self) -> None:
        files = ready.files(checklist=item("dashboard", by="mallory@fund.com"))
        assert said(files, "checklist") == [
            "checklist item dashboard was done by mallory@fund.com, who is not in the team"
        ]
        assert said(files, "checklist", NOBODY) == []

    @pytest.mark.parametrize(
        ("evidence", "is_there"),
        [
            ("RUNBOOK.md", True),
            ("evidence/", True),
            ("evidence/junit.xml#L3", True),
            ("test_gap_signals.py::test_cancel_all_orders", True),
            ("universe/nasdaq-100.csv", True),
            ("https://grafana.fund.com/d/gap", True),
            ("fund/strategies#12", True),
            ("Grafana, panel 3", True),
            ("evidence/dashboard.png", False),
            ("n/a", False),
            ("../../../etc/passwd", False),
            ("notes.md", False),
        ],
    )
    def test_evidence_that_is_a_path_is_there(self, evidence: str, is_there: bool) -> None:
        found = missing(ready.files(checklist=item("dashboard", evidence=evidence)), "checklist")
        assert [each.piece for each in found] == ([] if is_there else ["dashboard evidence"])

    def test_a_symbolic_link_is_no_evidence(self) -> None:
        files = ready.files(checklist=item("dashboard", evidence="evidence/d.png"))
        linked = of({**files, f"{FOLDER}evidence/d.png": "/etc/passwd"}, {f"{FOLDER}evidence/d.png": 0o120000})
        assert len(list(gates.CRITERIA["checklist"](linked, TEAM))) == 1

    @pytest.mark.parametrize("name", JUDGED)
    @pytest.mark.parametrize("done", [True, False])
    def test_what_is_judged_is_not_decided_by_its_box(self, name: str, done: bool) -> None:
        assert said(ready.files(checklist=item(name, done=done)), "checklist") == []

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"date": "soon"}, "checklist.yaml: items[17].date is 'soon'"),
            ({"evidence": ""}, "checklist.yaml: items[17].evidence is blank"),
            ({"id": 5}, "checklist.yaml: items[17].id is 5"),
        ],
    )
    def test_what_the_schema_finds_in_an_item_is_told_once(self, values: Any, message: str) -> None:
        first, *others = said(ready.files(checklist=item("dashboard", **values)), "checklist")
        assert first.startswith(message)
        assert [each for each in others if "no item" not in each] == []


class TestOnCall:
    @pytest.mark.parametrize(
        "second",
        [
            {"name": "Carol C.", "email": "carol@fund.com", "order": 2},
            {"name": "Carol", "email": "carol@home.org", "order": 2},
        ],
    )
    def test_two_different_people_are_named(self, second: object) -> None:
        files = ready.files(on_call=put("contacts", 1, value=second))
        assert said(files, "on-call") == ["oncall.yaml names one person only"]

    def test_one_person_has_one_name_whichever_address_is_written(self) -> None:
        def edit(document: Any) -> None:
            document["contacts"] = [
                {"name": "Alice", "email": "alice@fund.com", "order": 1},
                {"name": "Alice (home)", "email": "ALICE@home.org", "order": 2},
            ]

        assert len(said(ready.files(on_call=edit), "on-call")) == 1

    def test_one_contact_is_told_once(self) -> None:
        assert said(ready.files(on_call=drop("contacts", 1)), "on-call") == [
            "oncall.yaml: contacts has 1 of at least 2"
        ]


LINES = (1, 4, 5, 8, 9, 10, 11)


def coverage(report: str | bytes, more: Files | None = None) -> list[str]:
    return said({**with_file("evidence/coverage.xml", report), **(more or {})}, "coverage")


class TestCoverage:
    @pytest.mark.parametrize("run", range(8))
    def test_four_fifths_of_the_lines_are_run(self, run: int) -> None:
        found = coverage(ready.covered({line: int(at < run) for at, line in enumerate(LINES)}))
        share = f"unit tests run {100 * run // 7} % of 7 lines of signal code, and 80 % is asked for"
        assert found == ([] if run >= 6 else [share])

    def test_exactly_four_fifths_are_enough(self) -> None:
        assert coverage(ready.covered({1: 1, 4: 1, 5: 1, 8: 1, 9: 0})) == []

    def test_a_file_that_is_not_in_the_report_counts_as_not_run(self) -> None:
        more: Files = {f"{FOLDER}sizing.py": "A = 1\nB = 2\nC = 3\n"}
        assert coverage(ready.covered(dict.fromkeys(LINES, 1)), more) == [
            "unit tests run 70 % of 10 lines of signal code, and 80 % is asked for; not in the report: sizing.py"
        ]

    @pytest.mark.parametrize("name", ["run.py", "backtest.py", "run_2024.py", "research/backtest_all.jl"])
    def test_what_runs_the_backtest_is_not_for_unit_tests(self, name: str) -> None:
        more: Files = {f"{FOLDER}{name}": "A = 1\nB = 2\nC = 3\n"}
        assert coverage(ready.covered(dict.fromkeys(LINES, 1)), more) == []

    def test_what_is_only_called_alike_is(self) -> None:
        more: Files = {f"{FOLDER}runner.py": "A = 1\nB = 2\nC = 3\n"}
        assert len(coverage(ready.covered(dict.fromkeys(LINES, 1)), more)) == 1

    @pytest.mark.parametrize("content", ["", '"""What this is."""\n'])
    def test_one_without_statements_has_none_to_run(self, content: str) -> None:
        assert coverage(ready.covered(dict.fromkeys(LINES, 1)), {f"{FOLDER}__init__.py": content}) == []

    def test_code_that_is_not_python_counts_by_its_lines(self) -> None:
        more: Files = {f"{FOLDER}kernel.c": "int f(void)\n\n{ return 1; }\n"}
        (found,) = coverage(ready.covered(dict.fromkeys(LINES, 1)), more)
        assert "77 % of 9 lines" in found

    def test_another_strategy_s_report_does_not_count(self) -> None:
        report = ready.covered(dict.fromkeys(LINES, 1), "gap_signals.py", "/ci/fund/strategies/fade")
        assert coverage(report)[0].endswith("not in the report: gap_signals.py")

    @pytest.mark.parametrize(
        "source", ["/ci/fund/strategies/gap", r"C:\ci\strategies\gap", "/app/gap/", "strategies/gap"]
    )
    def test_the_report_may_be_written_in_the_strategy_s_folder(self, source: str) -> None:
        assert coverage(ready.covered(dict.fromkeys(LINES, 1), "gap_signals.py", source)) == []

    def test_where_all_code_is_a_library_that_is_what_counts(self) -> None:
        files = without("gap_signals.py")
        report = ready.covered({1: 1, 2: 1}, "lib/signals.py")
        assert said({**files, f"{FOLDER}evidence/coverage.xml": report}, "coverage") == []
        assert len(said(files, "coverage")) == 1

    def test_without_code_nothing_is_covered(self) -> None:
        files = {**without("gap_signals.py"), "lib/signals.py": ""}
        assert said(files, "coverage") == ["there are no lines of signal code, and 80 % is asked for"]

    @pytest.mark.parametrize(
        ("report", "reason"),
        [
            ("<!DOCTYPE coverage><coverage/>", "declares a document type, which is not read"),
            ("<coverage", "is no XML in UTF-8"),
            ("<testsuites/>", "begins with <testsuites>, not with <coverage>"),
        ],
    )
    def test_a_report_that_cannot_be_read_is_named(self, report: str, reason: str) -> None:
        assert coverage(report) == [f"evidence/coverage.xml {reason}"]

    @pytest.mark.parametrize(
        "reference", ["evidence/lost.xml", "seen by Carol", "../../../coverage.xml", "evidence", "."]
    )
    def test_evidence_that_is_no_file_is_named(self, reference: str) -> None:
        (found,) = missing(ready.files(checklist=item("unit-tests", evidence=reference)), "coverage")
        assert found.message == f"{reference}, the evidence of unit-tests, is no file of this repository"
        assert found.path == f"{FOLDER}checklist.yaml"
        assert found.line > 1

    def test_what_is_named_in_the_file_is_left_out_of_its_path(self) -> None:
        files = ready.files(checklist=item("unit-tests", evidence="evidence/coverage.xml#gap"))
        assert said(files, "coverage") == []

    def test_the_command_writes_what_is_named(self) -> None:
        (found,) = missing(ready.files(checklist=item("unit-tests", evidence=None)), "coverage")
        assert found.message == "checklist.yaml names no file as evidence of unit-tests"
        folder = "strategies/gap/"
        command = f"pytest {folder} --cov={folder} --cov-report=xml:{folder}evidence/coverage.xml"
        assert found.help == f"{command}, at the repository's root"


def judged_tests(*cases: str) -> list[str]:
    report = f"<testsuite>{''.join(cases)}</testsuite>"
    return said(with_file("evidence/junit.xml", report), "integration-tests")


def case(name: str, outcome: str = "") -> str:
    return f'<testcase classname="test_feed" name="{name}">{outcome}</testcase>'


ALL = (case("connects"), case("heartbeat"), case("reconnects"))


class TestIntegrationTests:
    @pytest.mark.parametrize("outcome", ["<failure/>", "<error/>"])
    def test_none_failed(self, outcome: str) -> None:
        assert judged_tests(*ALL, case("orders", outcome)) == ["1 failed in evidence/junit.xml: test_feed orders"]

    def test_there_are_some(self) -> None:
        assert judged_tests() == ["no test passed in evidence/junit.xml: there are none"]

    def test_not_all_were_skipped(self) -> None:
        skipped = [case(name, "<skipped/>") for name in ("connects", "heartbeat", "reconnects")]
        assert judged_tests(*skipped) == ["no test passed in evidence/junit.xml: all 3 were skipped"]

    @pytest.mark.parametrize("at", range(3))
    def test_each_of_the_three_was_tested(self, at: int) -> None:
        what = ("connection", "heartbeat", "reconnection")[at]
        expected = [f"no test that passed in evidence/junit.xml is named after {what}"]
        assert judged_tests(*ALL[:at], *ALL[at + 1 :]) == expected
        assert judged_tests(*ALL[:at], case(what, "<skipped/>"), *ALL[at + 1 :]) == expected

    def test_a_report_that_cannot_be_read_is_named(self) -> None:
        assert said(with_file("evidence/junit.xml", "all passed"), "integration-tests") == [
            "evidence/junit.xml is no XML in UTF-8"
        ]


STUB = "def cancel_all_orders(self):\n    raise NotImplementedError\n"
REAL = "def enter_safe_state(self):\n    self.broker.cancel_all()\n"


def safe_state(**code: str) -> list[tuple[str, str, int]]:
    """Of a strategy with this code, by the name of each file; two underscores stand for a slash."""
    files = without("gap_signals.py")
    files |= {FOLDER + name.replace("__", "/") + ".py": text for name, text in code.items()}
    return [(each.message, each.path, each.line) for each in missing(files, "safe-state")]


class TestSafeState:
    def test_a_stub_is_found_at_its_place(self) -> None:
        assert safe_state(feed=f"import os\n{STUB}") == [
            (
                "cancel_all_orders() in feed.py does nothing: open orders would stay in the market",
                f"{FOLDER}feed.py",
                2,
            )
        ]

    def test_a_real_one_does_not_make_up_for_it(self) -> None:
        assert len(safe_state(feed=STUB, broker__orders=REAL)) == 1
        assert safe_state(broker__orders=REAL) == []

    def test_the_library_is_judged_with_it(self) -> None:
        files = {**without("gap_signals.py"), "lib/signals.py": REAL}
        assert said(files, "safe-state") == []
        (found,) = missing({**files, "lib/signals.py": STUB}, "safe-state")
        assert found.path == "lib/signals.py"

    def test_there_is_one(self) -> None:
        ((message, path, line),) = safe_state(feed="X = 1\n")
        assert message == f"no function of {ID} or its library cancels all orders or enters a safe state"
        assert (path, line > 1) == (f"{FOLDER}checklist.yaml", True)

    def test_what_cannot_be_parsed_is_not_judged_as_fine(self) -> None:
        assert [message for message, _, _ in safe_state(feed="def f(:\n", orders=REAL)] == [
            "feed.py was not parsed: it is no Python"
        ]

    @pytest.mark.parametrize(
        ("reference", "path", "content", "expected"),
        [
            ("execution/orders.py", "execution/orders.py", REAL, []),
            ("../../execution/orders.py", "execution/orders.py", REAL, []),
            ("../../execution", "execution/orders.py", REAL, []),
            ("execution/orders.py", "execution/orders.py", STUB, ["cancel_all_orders() in execution/orders.py does"]),
            ("execution/orders.py", "execution/orders.py", "X = 1\n", ["no function of"]),
            ("execution/test_orders.py", "execution/test_orders.py", REAL, ["no function of"]),
            ("execution/orders.cpp", "execution/orders.cpp", "void cancel_all_orders() {}", ["no function of"]),
            ("the broker does it", "execution/orders.py", REAL, ["no function of"]),
        ],
    )
    def test_it_may_be_written_elsewhere(self, reference: str, path: str, content: str, expected: list[str]) -> None:
        files = ready.files(checklist=item("cancel-all-orders", evidence=reference))
        del files[f"{FOLDER}gap_signals.py"]
        found = said({**files, path: content}, "safe-state")
        assert len(found) == len(expected)
        assert all(one.startswith(other) for one, other in zip(found, expected, strict=True))

    @pytest.mark.parametrize("name", ["_cancel_all_orders", "cancel_open_orders", "safe_state", "_enter_safe_state"])
    def test_the_names_that_people_use_are_known(self, name: str) -> None:
        ((message, _, _),) = safe_state(feed=f"def {name}(): pass\n")
        assert message.startswith(f"{name}() in feed.py does nothing")


def test_every_template_is_seen_as_not_filled_in() -> None:
    drawn = ready.files()
    for kind in scaffold.DELIVERABLES:
        found = of(drawn)
        drawn[FOLDER + found.file_of(kind)] = scaffold.render_deliverable(kind, found)
    lacking = [each for gate in lifecycle.GATES for each in gates.unmet(of(drawn), gate, TEAM)]
    assert {each.criterion for each in lacking} == {
        "brief", "validation-report", "out-of-sample", "robustness", "checklist", "runbook", "rollback", "on-call",
    }  # fmt: skip
    assert "no item" not in " ".join(each.message for each in lacking)
    assert [each.piece for each in lacking if each.criterion == "checklist"] == [f"{name} done" for name in ATTESTED]


def test_a_thesis_stays_text_and_the_default_one_is_guidance() -> None:
    told = scaffold.render_deliverable(lifecycle.BRIEF, of(ready.files()))
    untold = scaffold.render_deliverable(
        lifecycle.BRIEF, of(ready.files(passport=put("alpha_thesis", value=deliverables.THESIS)))
    )
    assert not deliverables.sections(told)["thesis"].is_empty
    assert deliverables.sections(untold)["thesis"].is_empty


def test_a_template_holds_what_the_passport_says_on_one_line_each() -> None:
    of_two_lines = of(ready.files(passport=put("name", value="Gap\nversion: 2")))
    for kind in scaffold.DELIVERABLES:
        assert "\nversion: 2" not in scaffold.render_deliverable(kind, of_two_lines)


def test_without_a_period_in_the_passport_the_validation_report_leaves_it_open() -> None:
    found = of(ready.files(passport=drop("validation")))
    page = Page.of(scaffold.render_deliverable(lifecycle.VALIDATION_REPORT, found).encode())
    assert page.get("out_of_sample") is None


def rulings(example: Example, stage: Stage = Stage.PUSH) -> list[tuple[str, bool]]:
    change = examples.change(example, stage)
    (outcome,) = judge(change, [rules.find("QG602")[0]], policy.of_change(change))
    return [(each.finding.message, each.old) for each in outcome.rulings] if isinstance(outcome, Failed) else []


@pytest.mark.parametrize("stage", [Stage.COMMIT, Stage.PUSH, Stage.RANGE, Stage.RECEIVE])
class TestTheRule:
    def test_a_ready_strategy_passes_every_gate(self, stage: Stage) -> None:
        for before, after in (("ideation", "research"), ("research", "validation"), ("validation", "production")):
            step = Example("up", before=ready.files(before), files=ready.files(after), policy=ready.TEAM)
            assert rulings(step, stage) == []

    def test_a_suspended_one_goes_through_the_gate_of_production_again(self, stage: Stage) -> None:
        less = {**ready.files("suspended"), f"{FOLDER}RUNBOOK.md": "# Runbook\n"}
        step = Example("up", before=less, files={ready.PASSPORT: ready.files("production")[ready.PASSPORT]})
        assert [message for message, _ in rulings(step, stage)] == [
            f"production: RUNBOOK.md has no section '{name}'" for name in ("Monitor", "Start", "Stop")
        ]

    def test_what_base_lacked_for_another_gate_is_not_old(self, stage: Stage) -> None:
        before = ready.files("research")
        del before[f"{FOLDER}report.yaml"]
        step = Example("up", before=before, files={ready.PASSPORT: ready.files("validation")[ready.PASSPORT]})
        assert rulings(step, stage) == [("validation: there is no report.yaml", False)]

    def test_a_moved_strategy_goes_through_no_gate(self, stage: Stage) -> None:
        before = {ready.PASSPORT: ready.files("research")[ready.PASSPORT]}
        moved = Example(
            "moved", before=before, files={ready.PASSPORT: None, "strategies/b/passport.yaml": before[ready.PASSPORT]}
        )
        assert rulings(moved, stage) == []


def test_the_rule_costs_a_hook_nothing_where_no_strategy_goes_up() -> None:
    source = Path(rules.__file__).with_name("qg602_gate_unmet.py").read_text()
    imported = [
        node for node in ast.parse(source).body if isinstance(node, ast.ImportFrom) and node.module == "quantgov"
    ]
    assert [name.name for node in imported for name in node.names] == ["moves"]
