"""What a backtest report says of its strategy: whether it is the one that is meant, and of enough round trips."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from quantgov import lifecycle, pins, report, strategy
from quantgov.policy import Policy
from quantgov.rule import Example, Failed, Stage
from quantgov.rules import qg405_report_invalid as sample
from quantgov.strategy import Strategy
from quantgov.tree import MemoryTree

FOLDER = "strategies/gap"
REPORT = sample.REPORT
TERMS = sample.TERMS


def strategy_with(passport: str = TERMS, **files: str) -> Strategy:
    """The strategy of a tree that holds these files in its folder; `report` and `parameters` are its usual ones."""
    names = {"report": "report.yaml", "parameters": "params/v1.0.0.yaml"}
    held = {f"{FOLDER}/{names[name]}": text for name, text in files.items()}
    found = strategy.at(MemoryTree({f"{FOLDER}/passport.yaml": passport, **held}), f"{FOLDER}/passport.yaml")
    assert found
    return found


def linked(text: str = REPORT) -> str:
    return f"{TERMS}  report_sha256: '{hashlib.sha256(text.encode()).hexdigest()}'\n"


def problems(passport: str | None = None, text: str = REPORT, parameters: str = "") -> list[tuple[str, int]]:
    found = strategy_with(linked(text) if passport is None else passport, report=text, parameters=parameters)
    return [(message, line) for message, line, _, _ in report.problems_of(found)]


class TestTheReport:
    def test_a_full_one_has_no_problems(self) -> None:
        assert problems() == []

    def test_none_at_all(self) -> None:
        ((message, line, column, help),) = report.problems_of(strategy_with())
        assert (message, line, column) == ("there is no report.yaml", 0, 0)
        assert help == "quantgov report draft STR-2026-0001"

    def test_one_outside_the_repository_is_none(self) -> None:
        found = strategy_with(TERMS.replace("report.yaml", "../../../report.yaml"))
        assert [message for message, *_ in report.problems_of(found)] == ["there is no ../../../report.yaml"]
        assert report.path_of(found) == "../../../report.yaml"

    def test_one_that_the_passport_has_no_digest_of(self) -> None:
        ((message, _, _, help),) = report.problems_of(strategy_with(report=REPORT))
        assert message == "the passport does not say which report.yaml it means"
        assert help == "quantgov report draft STR-2026-0001 --link"

    def test_one_that_was_edited_after_it_was_linked(self) -> None:
        ((message, line),) = problems(linked(), REPORT + "# better\n")
        assert message.startswith("its SHA-256 begins with ")
        assert line == 0

    def test_every_field_that_is_missing_is_named(self) -> None:
        text = REPORT.replace("  adjustment: split\n", "").replace("  win_rate: 0.56\n", "")
        assert problems(None, text) == [("provenance.adjustment is missing", 5), ("metrics.win_rate is missing", 32)]

    @pytest.mark.parametrize("text", ["- 1\n", "version: [1\n"])
    def test_what_is_no_report_at_all(self, text: str) -> None:
        found = strategy_with(linked(text), report=text)
        assert report.of(found) is None
        assert len(list(report.problems_of(found))) == 1
        assert list(report.advice(found)) == []

    def test_one_of_another_strategy(self) -> None:
        message = "this is the report of STR-2026-0009, and the passport is of STR-2026-0001"
        assert problems(None, REPORT.replace("STR-2026-0001", "STR-2026-0009")) == [(message, 2)]

    def test_a_version_is_the_same_with_and_without_its_v(self) -> None:
        assert problems(None, REPORT.replace("version: v1.0.0", "version: 1.0.0")) == []


class TestThePeriods:
    def test_one_that_ends_before_it_starts(self) -> None:
        text = REPORT.replace(
            "{start_date: 2021-01-01, end_date: 2024-12-31}", "{start_date: 2021-01-01, end_date: 2020-12-31}"
        )
        assert problems(None, text) == [("robustness.in_sample ends (2020-12-31) before it starts (2021-01-01)", 48)]

    def test_what_was_held_out_begins_after_what_was_chosen_on(self) -> None:
        text = REPORT.replace("out_of_sample: {start_date: 2025-01-01", "out_of_sample: {start_date: 2024-12-31")
        message = "out of sample begins on 2024-12-31, and in sample lasts until 2024-12-31"
        assert problems(None, text) == [(message, 49)]

    def test_the_data_covers_the_backtest(self) -> None:
        text = REPORT.replace("  start_date: 2021-01-01", "  start_date: 2021-01-02").replace(
            "  end_date: 2025-12-31", "  end_date: 2025-12-30"
        )
        assert problems(None, text) == [
            ("the data begins on 2021-01-02, and the passport's backtest begins on 2021-01-01", 8),
            ("the data ends on 2025-12-30, and the passport's backtest ends on 2025-12-31", 9),
        ]

    def test_data_from_before_the_backtest_warms_it_up(self) -> None:
        assert problems(None, REPORT.replace("  start_date: 2021-01-01", "  start_date: 2020-01-01")) == []

    def test_what_is_no_date_is_only_the_schema_s_fault(self) -> None:
        assert [line for _, line in problems(None, REPORT.replace("end_date: 2024-12-31", "end_date: soon"))] == [48]


class TestTheParameters:
    def test_those_of_the_file_are_those_that_were_run(self) -> None:
        assert problems(parameters="entry_return: 0.03\nother: 1\n") == []

    def test_another_value(self) -> None:
        message = "entry_return is 0.03 here, and 0.02 in params/v1.0.0.yaml"
        assert problems(parameters="entry_return: 0.02\n") == [(message, 23)]

    def test_one_is_not_true(self) -> None:
        text = REPORT.replace("value: 0.03", "value: 1")
        assert problems(text=text, parameters="entry_return: true\n")
        assert not problems(text=text, parameters="entry_return: 1.0\n")

    def test_nested_ones_go_by_their_path(self) -> None:
        text = REPORT.replace("name: entry_return", "name: entry.return")
        assert problems(text=text, parameters="entry: {return: 0.04}\n")

    @pytest.mark.parametrize("parameters", ["- 1\n", "entry_return: [\n"])
    def test_a_file_that_says_nothing(self, parameters: str) -> None:
        assert problems(parameters=parameters) == []


def sample_of(frequency: str, trades: object, start: str = "2021-01-01", end: str = "2025-12-31") -> str:
    terms = f"strategy_id: STR-2026-0001\nfrequency: {frequency}\nbacktest: {{start_date: {start}, end_date: {end}}}\n"
    return report.sample_problem(strategy_with(terms, report=f"metrics: {{trade_count: {trades}}}\n"))


class TestTheSample:
    @pytest.mark.parametrize(
        ("frequency", "trades", "start", "enough", "short"),
        [
            ("intraday", 500, "2025-01-01", "2025-12-31", "2025-12-30"),
            ("daily", 200, "2021-01-01", "2023-12-31", "2023-12-30"),
            ("daily", 200, "2020-02-29", "2023-02-28", "2023-02-27"),
            ("weekly", 100, "2021-03-01", "2026-02-28", "2026-02-27"),
        ],
    )
    def test_so_many_round_trips_over_so_many_years(
        self, frequency: str, trades: int, start: str, enough: str, short: str
    ) -> None:
        assert sample_of(frequency, trades, start, enough) == ""
        assert sample_of(frequency, trades, start, short).startswith(f"{trades} round trips over ")
        assert sample_of(frequency, trades - 1, start, enough).startswith(f"{trades - 1} round trips over ")

    def test_it_says_how_little_is_known(self) -> None:
        assert sample_of("daily", 127, "2021-01-01", "2024-02-28") == (
            "127 round trips over 3.2 years; daily needs 200 over 3 years "
            "(a win rate of 50 % is known to within 8.7 points)"
        )

    @pytest.mark.parametrize(
        ("frequency", "start", "end", "shown"),
        [
            ("intraday", "2024-01-01", "2024-12-30", "0.99"),
            ("daily", "2022-01-02", "2024-12-31", "2.99"),
            ("weekly", "2020-01-02", "2024-12-31", "4.99"),
        ],
    )
    def test_a_day_too_short_is_not_rounded_up_to_what_is_asked_for(
        self, frequency: str, start: str, end: str, shown: str
    ) -> None:
        assert sample_of(frequency, 900, start, end).startswith(f"900 round trips over {shown} years; ")

    def test_one_and_none(self) -> None:
        assert sample_of("intraday", 1).startswith("1 round trip over 5.0 years; intraday needs 500 over 1 year (")
        assert sample_of("daily", 0).endswith("(nothing is known of a win rate)")

    def test_without_a_period_the_years_are_not_there(self) -> None:
        assert sample_of("daily", 900, "''", "''").startswith("900 round trips; daily needs 200 over 3 years")

    def test_a_period_that_runs_backwards_and_one_without_end(self) -> None:
        assert sample_of("daily", 900, "2021-01-01", "2020-01-01").startswith("900 round trips; ")
        assert sample_of("daily", 900, "2021-01-01", "9999-12-31") == ""

    def test_only_what_passport_and_data_both_hold_counts(self) -> None:
        terms = "frequency: daily\nbacktest: {start_date: 2020-01-01, end_date: 2025-12-31}\n"
        held = "provenance: {start_date: 2019-01-01, end_date: 2022-06-30}\nmetrics: {trade_count: 900}\n"
        assert report.sample_problem(strategy_with(terms, report=held)).startswith("900 round trips over 2.5 years;")

    @pytest.mark.parametrize(
        ("passport", "text", "problem"),
        [
            ("frequency: daily\n", None, "there is no report.yaml that counts round trips"),
            ("name: Gap\n", "metrics: {trade_count: 900}\n", "the passport has no frequency"),
            ("frequency: daily\n", "metrics: {trade_count: many}\n", "report.yaml does not say how many round trips"),
            ("frequency: daily\n", "metrics: {trade_count: true}\n", "report.yaml does not say how many round trips"),
        ],
    )
    def test_what_it_is_judged_by_is_missing(self, passport: str, text: str | None, problem: str) -> None:
        found = strategy_with(passport, **({} if text is None else {"report": text}))
        assert report.sample_problem(found).startswith(problem)

    def test_the_warning_has_the_word_that_is_looked_for(self) -> None:
        assert report.INSUFFICIENT in report.warning(sample_of("daily", 127))


def advice(text: str, passport: str = TERMS) -> list[str]:
    return [message for message, *_ in report.advice(strategy_with(passport, report=text))]


class TestTheAdvice:
    def test_a_broad_report_gets_none(self) -> None:
        assert advice(REPORT) == []

    def test_an_empty_draft_gets_none(self) -> None:
        assert advice("version: 1\n", "name: Gap\n") == []

    @pytest.mark.parametrize(("regime", "least"), report.FLOORS.items())
    def test_slippage_has_a_floor_in_each_regime(self, regime: str, least: float) -> None:
        costs = "costs: {{slippage_bps: {}, regime: {}, stressed: [{{multiple: 3}}]}}\n"
        assert advice(costs.format(least, regime)) == []
        assert len(advice(costs.format(least - 0.1, regime))) == 1

    def test_a_commission_that_is_not_the_passport_s(self) -> None:
        passport = TERMS + "  commission_per_share: 0.004\n"
        text = REPORT.replace("commission_bps: 10", "commission_per_share: 0.002")
        assert advice(text, passport) == ["commission_per_share is 0.002 here, and 0.004 in the passport"]

    @pytest.mark.parametrize(
        ("start", "end", "is_whole"),
        [
            ("2008-01-02", "2008-12-31", True),
            ("2020-02-19", "2020-03-23", True),
            ("2022-01-03", "2022-10-12", True),
            ("2020-03-01", "2021-12-31", False),
            ("2022-01-04", "2025-12-31", False),
        ],
    )
    def test_a_whole_bear_market(self, start: str, end: str, is_whole: bool) -> None:
        passport = f"backtest: {{start_date: {start}, end_date: {end}}}\n"
        assert (advice("version: 1\n", passport) == []) is is_whole

    def test_fills_are_said_to_come_later(self) -> None:
        assert advice("signal: {entry: now}\n") == ["nothing on when orders fill"]


class TestPins:
    @pytest.mark.parametrize(
        "version",
        ["lib/signals/latest", "signals@main", "signals:HEAD", "universe/current.csv", "v1.*", "~=2.1", "2.x"],
    )
    def test_what_floats(self, version: str) -> None:
        assert pins.is_floating(version)

    @pytest.mark.parametrize(
        "version", ["lib/signals/v2.1", "signals==2.1.0", "v1", "2026-01", "universe/mainland.csv", "stable-coins/v1"]
    )
    def test_what_is_held_fast(self, version: str) -> None:
        assert not pins.is_floating(version)


def found_by(code: str, example: Example, stage: Stage = Stage.COMMIT) -> list[tuple[str, str, bool]]:
    from quantgov import examples, rules
    from quantgov.engine import judge

    (outcome,) = judge(examples.change(example, stage), [rules.find(code)[0]], Policy({}))
    rulings = outcome.rulings if isinstance(outcome, Failed) else ()
    return [(each.finding.message, each.finding.help, each.old) for each in rulings]


class TestReferences:
    PATH = f"{FOLDER}/passport.yaml"
    PARAMETERS = "strategy_id: STR-2026-0001\ndeployment: {parameters_file: params/a b.yaml}\n"

    def test_a_file_that_was_missing_before_is_an_old_fault(self) -> None:
        example = Example(
            "old", before={self.PATH: self.PARAMETERS}, files={self.PATH: f"{self.PARAMETERS}name: Gap\n"}
        )
        ((message, help, old),) = found_by("QG404", example)
        assert message == "params/a b.yaml is not in the repository (deployment.parameters_file)"
        assert help == "git add 'strategies/gap/params/a b.yaml', or name the file that is meant"
        assert old

    def test_what_another_passport_lacked_before_is_not_told_when_something_else_goes(self) -> None:
        symbols = "data_sources: [{source: TickDB, symbol_list: us.csv}, {source: A, symbol_list: eu.csv}]\n"
        before = {self.PATH: f"strategy_id: STR-2026-0001\n{symbols}", "us.csv": "AAPL.US\n"}
        found = found_by("QG404", Example("gone", before=before, files={"us.csv": None}))
        assert [message for message, _, _ in found] == ["us.csv is not in the repository (data_sources.0.symbol_list)"]

    def test_a_passport_that_cannot_be_read_is_passed_over(self) -> None:
        before = {self.PATH: "us.csv: [\n", "us.csv": "AAPL.US\n"}
        assert found_by("QG404", Example("gone", before=before, files={"us.csv": None})) == []

    @pytest.mark.parametrize("reference", ["lib/signals", "./signals", "../shared/signals"])
    def test_the_root_itself_and_what_is_below_it(self, reference: str) -> None:
        passport = f"strategy_id: STR-2026-0001\ndeployment: {{signal_version: {reference}}}\n"
        places = ["lib/signals", f"{FOLDER}/signals", "strategies/shared/signals"]
        files = {self.PATH: passport, **{f"{place}/a.py": "x = 1\n" for place in places}}
        assert found_by("QG404", Example("there", files=files)) == []

    def test_the_whole_repository_is_no_library(self) -> None:
        passport = "strategy_id: STR-2026-0001\ndeployment: {signal_version: ../..}\n"
        ((message, _, _),) = found_by("QG404", Example("root", files={self.PATH: passport}))
        assert message == "../.. points outside the repository (deployment.signal_version)"

    @pytest.mark.parametrize(("mode", "count"), [(0o160000, 0), (0o120000, 1)])
    def test_a_library_may_be_a_submodule_and_no_link(self, mode: int, count: int) -> None:
        passport = "strategy_id: STR-2026-0001\ndeployment: {signal_version: lib/signals}\n"
        example = Example("lib", files={self.PATH: passport, "lib/signals": "x"}, modes={"lib/signals": mode})
        assert len(found_by("QG404", example)) == count

    def test_a_missing_report_is_drafted(self) -> None:
        passport = "strategy_id: STR-2026-0001\nbacktest: {report_file: report.yaml}\n"
        ((_, help, _),) = found_by("QG404", Example("no report", files={self.PATH: passport}))
        assert help == "quantgov report draft STR-2026-0001, then git add"


def test_a_report_below_its_sample_is_given_the_line_that_warns() -> None:
    passport = "strategy_id: STR-2026-0001\nstatus: validation\nfrequency: daily\n"
    files = {f"{FOLDER}/passport.yaml": passport, f"{FOLDER}/report.yaml": "metrics: {trade_count: 20}\n"}
    ((_, help, _),) = found_by("QG406", Example("few", files=files))
    assert help.startswith('warning: "The sample is insufficient')


@pytest.mark.source
def test_the_guide_has_the_numbers_that_are_judged_by() -> None:
    text = (Path(__file__).parents[1] / "docs" / "backtest-reports.md").read_text()
    for frequency, least in lifecycle.SAMPLES.items():
        assert f"| `{frequency}` | {least.trades} | {least.years} |" in text
    assert f"fewer than {report.FEWEST_SYMBOLS} symbols" in text
    assert f"below {report.FLOORS['normal']} basis points, or below {report.FLOORS['post-earnings']} after" in text
    assert all(name in text for name, _, _ in report.BEAR_MARKETS)
    assert f"`{report.INSUFFICIENT}`" in text
