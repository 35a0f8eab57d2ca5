"""`quantgov report draft`: what is on record goes into the report, and nothing else does."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from quantgov import documents, report, strategy
from quantgov.cli.report import draft
from quantgov.errors import UsageError
from quantgov.rules import qg405_report_invalid as sample
from quantgov.tree import MemoryTree

if TYPE_CHECKING:
    from repository import Repo
    from typer.testing import Result

RECORD = (Path(__file__).parent / "fixtures" / "reference" / "s1-result.yaml").read_text()
FOLDER = "strategies/earnings-gap"
PASSPORT = f"{FOLDER}/passport.yaml"
REPORT = f"{FOLDER}/report.yaml"
CODE = f"{FOLDER}/earnings_gap_signals.py"
PARAMETERS = f"{FOLDER}/params/v1.0.0.yaml"
TERMS = """\
strategy_id: STR-2026-0001
name: Earnings gap reversion
version: v1.0.0
status: research  # since January
frequency: daily
"""
DATA = """\
data_sources:
  - {source: TickDB, endpoints: [kline/1d, depth/1], markets: [US.EQUITY], timestamp_convention: utc-ms}
  - {source: Alternative, type: earnings_dates, provider: internal}
"""
BACKTEST = """\
backtest:
  start_date: 2021-01-01
  end_date: 2024-02-28
  universe: NASDAQ-100, large caps
  slippage_bps: 8
  commission_per_share: 0.004
"""
HELD_OUT = "validation: {out_of_sample_test: 2023-01-01_to_2024-02-28}\n"
RAN = f"""\
kind: ResultRecord
experiment_id: exp_20260302_094000_0123456789ab
strategy: anything
strategy_id: STR-2026-0001
date: 2026-03-02
backtest_config: {{start_date: 2022-01-01, slippage_bps: 5, commission_per_share: 0.004}}
results: {{sharpe_ratio: 1.2, num_trades: 640}}
metric_convention: {{sharpe: geometric, periods_per_year: 252, risk_free_rate: 0, ddof: 1}}
data:
  symbol_set: {{name: SPX, count: 503}}
  period: {{start: 2021-01-01, end: 2025-12-31}}
  source: {{vendor: TickDB, endpoint: kline, interval: 1d}}
  timestamp_convention: utc-ms
run: {{command: [python, run.py], time: 2026-03-02T09:40:00Z, code: {{strategy: {"ab" * 20}}}}}
"""
FULL = TERMS + DATA + BACKTEST + HELD_OUT


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.stage({PASSPORT: FULL, PARAMETERS: "entry_return: 0.03\nlookback: {bars: 3}\n", CODE: "LAG = 1\n"})
    return repo


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command()(draft)
    return CliRunner().invoke(app, args)


def drafted(*args: str, name: str = "STR-2026-0001") -> dict[str, object]:
    """The draft, as JSON tells of it."""
    result = run(name, "--format", "json", *args)
    assert result.exit_code == 0, result.exception
    told: dict[str, object] = json.loads(result.output)
    return told


def content(*args: str) -> dict[str, object]:
    """What the draft says as YAML."""
    value = documents.load(str(drafted("--dry-run", *args)["text"]).encode()).value
    assert isinstance(value, dict)
    return dict(value)


def part(pointer: str) -> object:
    """A part of the draft by its dotted name; None where it is not in it."""
    value: object = content()
    for key in pointer.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def notes() -> list[object]:
    found = drafted("--dry-run")["notes"]
    assert isinstance(found, list)
    return found


def tree_of(work: Repo) -> str:
    """The tree that git itself makes of the signal code as it is staged."""
    index = str(work.path / ".git" / "apart")
    oid = work.out("rev-parse", f":{CODE}")
    place = f"100644,{oid},strategy/{CODE.rpartition('/')[2]}"
    work.git("update-index", "--add", "--cacheinfo", place, GIT_INDEX_FILE=index)
    return work.git("write-tree", GIT_INDEX_FILE=index).stdout.strip()


def refusal(*args: str) -> UsageError:
    error = run(*args).exception
    assert isinstance(error, UsageError)
    return error


class TestWhatIsKnown:
    def test_the_passport_says_where_data_came_from_and_what_was_run(self, work: Repo) -> None:
        assert content() == {
            "version": 1,
            "strategy_id": "STR-2026-0001",
            "strategy_version": "v1.0.0",
            "provenance": {
                "vendor": "TickDB",
                "endpoints": ["kline/1d", "depth/1"],
                "markets": ["US.EQUITY"],
                "start_date": "2021-01-01",
                "end_date": "2024-02-28",
                "timestamp_convention": "utc-ms",
            },
            "universe": {"initial": "NASDAQ-100, large caps"},
            "signal": {
                "parameters": [{"name": "entry_return", "value": 0.03}, {"name": "lookback.bars", "value": 3}],
                "code_tree": tree_of(work),
            },
            "costs": {"slippage_bps": 8, "commission_per_share": 0.004},
            "robustness": {"out_of_sample": {"start_date": "2023-01-01", "end_date": "2024-02-28"}},
        }

    def test_the_code_is_the_one_that_is_staged(self, work: Repo) -> None:
        before = tree_of(work)
        work.write(CODE, "LAG = 2\n")
        assert part("signal.code_tree") == before
        work.git("add", CODE)
        assert part("signal.code_tree") == tree_of(work) != before

    def test_a_result_record_says_what_came_out(self, work: Repo) -> None:
        work.write("results/gap/run.yaml", RECORD)
        assert part("metrics") == {
            "total_return": 0.234,
            "sharpe_ratio": 1.45,
            "max_drawdown": -0.082,
            "win_rate": 0.62,
            "trade_count": 127,
        }
        assert part("universe.size") == 3
        assert part("costs") == {"slippage_bps": 5, "commission_bps": 10}
        assert str(part("warning")).startswith("The sample is insufficient for statistical significance: 127 round")
        told = drafted("--dry-run")
        assert told["sources"] == [PASSPORT, PARAMETERS, "results/gap/run.yaml"]
        assert told["notes"] == ["backtest.slippage_bps is 8 in the passport; the record ran 5"]

    def test_a_record_of_a_run_says_costs_convention_and_data_too(self, work: Repo) -> None:
        work.stage({PASSPORT: TERMS})
        work.write("results/older.yaml", RECORD.replace("date: 2024-03-10", "date: 2026-03-01"))
        work.write("results/run.yaml", RAN)
        assert part("costs") == {"slippage_bps": 5, "commission_per_share": 0.004}
        assert part("metrics.convention") == {
            "sharpe": "geometric",
            "periods_per_year": 252,
            "risk_free_rate": 0,
            "ddof": 1,
        }
        assert part("provenance") == {
            "vendor": "TickDB",
            "endpoints": ["kline"],
            "start_date": "2021-01-01",
            "end_date": "2025-12-31",
            "timestamp_convention": "utc-ms",
        }
        assert part("universe") == {"initial": "SPX", "size": 503}

    @pytest.mark.parametrize("convention", ["utc-iso", "mixed"])
    def test_a_timestamp_convention_that_a_report_has_not_stays_the_passport_s(
        self, work: Repo, convention: str
    ) -> None:
        work.write("results/run.yaml", RAN.replace("utc-ms", convention))
        assert part("provenance.timestamp_convention") == "utc-ms"
        assert f"timestamp_convention is utc-ms in the passport; the record ran {convention}" in notes()

    def test_a_count_that_is_none(self, work: Repo) -> None:
        work.write("results/run.yaml", RAN.replace("503", "many"))
        assert part("universe.size") is None

    def test_a_run_of_other_code_is_pointed_out(self, work: Repo) -> None:
        work.write("results/run.yaml", RAN)
        again = "results/run.yaml is of other code than is staged: quantgov backtest STR-2026-0001 -- python run.py"
        assert again in notes()
        found = strategy.at(MemoryTree({PASSPORT: FULL, CODE: "LAG = 1\n"}), PASSPORT)
        assert found
        work.write("results/run.yaml", RAN.replace("ab" * 20, found.own_tree()))
        assert again not in notes()

    def test_a_sample_that_is_large_enough_needs_no_warning(self, work: Repo) -> None:
        work.write("results/run.yml", RECORD.replace("num_trades: 127", "num_trades: 640"))
        assert part("metrics.trade_count") == 640
        assert part("warning") is None

    def test_of_several_records_the_newest_of_this_strategy(self, work: Repo) -> None:
        older = RECORD.replace("date: 2024-03-10", "date: 2024-03-09").replace("127", "100")
        other = RECORD.replace("earnings_gap_reversion", "momentum").replace("date: 2024", "date: 2025")
        work.write("results/a.yaml", RECORD)
        work.write("results/b.yaml", older)
        work.write("results/c.yaml", other)
        work.write("results/d.yaml", "- no record\n")
        work.write("results/e.yaml", "not: [yaml\n")
        work.write("results/f.txt", RECORD.replace("127", "1"))
        work.write("results/.hidden/g.yaml", RECORD.replace("date: 2024", "date: 2026"))
        assert part("metrics.trade_count") == 127

    @pytest.mark.parametrize("known_as", ["STR-2026-0001", "earnings-gap", "earnings_gap", "Earnings Gap Reversion"])
    def test_a_record_names_its_strategy_by_id_folder_or_name(self, work: Repo, known_as: str) -> None:
        work.write("results/run.yaml", RECORD.replace("earnings_gap_reversion", known_as))
        assert part("metrics.trade_count") == 127

    def test_without_a_parameters_file_those_of_the_record(self, work: Repo) -> None:
        work.git("rm", "-q", "--cached", PARAMETERS)
        assert part("signal.parameters") is None
        work.write("results/run.yaml", RECORD)
        assert "params/v1.0.0.yaml is not staged: the parameters are those of the record" in notes()
        values = part("signal.parameters")
        assert isinstance(values, list)
        assert values[0] == {"name": "entry_window_minutes", "value": 30}

    def test_two_vendors_are_both_named(self, work: Repo) -> None:
        more = DATA + "  - {source: Polygon, endpoints: [kline/1d], timestamp_convention: utc-s}\n"
        work.stage({PASSPORT: TERMS + more})
        assert part("provenance") == {
            "vendor": "TickDB, Polygon",
            "endpoints": ["kline/1d", "depth/1"],
            "markets": ["US.EQUITY"],
        }


class TestWhatIsNotKnown:
    def test_it_stays_a_comment_that_says_what_belongs_there(self, work: Repo) -> None:
        text = str(drafted("--dry-run")["text"])
        assert "  # adjustment:  # What prices are adjusted for. One of: split, dividend," in text
        assert "# metrics:\n#   convention:\n#     sharpe:  # Which mean return" in text
        assert "  # stressed:\n  #   - multiple:  # By how much" in text
        assert "      value: 3\n      # tested:  # What was tried" in text

    def test_every_field_is_in_it_and_filling_them_in_makes_a_report(self, work: Repo) -> None:
        text = str(drafted("--dry-run")["text"])
        named = {line.lstrip("# -").partition(":")[0] for line in text.splitlines()[1:]}
        value = documents.load(sample.REPORT.encode()).value
        assert isinstance(value, dict)
        assert set(value) <= named
        assert all(set(each) <= named for each in value.values() if isinstance(each, dict))

    def test_of_a_strategy_that_says_little_little_is_drafted(self, repo: Repo) -> None:
        repo.stage({PASSPORT: TERMS})
        assert content() == {"version": 1, "strategy_id": "STR-2026-0001", "strategy_version": "v1.0.0"}
        assert drafted("--dry-run")["notes"] == [
            "params/v1.0.0.yaml is not staged: git add it, and draft again",
            f"no signal code is staged in {FOLDER}/: git add it, and draft again",
        ]

    def test_a_parameter_with_several_values_is_left_to_the_author(self, work: Repo) -> None:
        work.stage({PARAMETERS: "symbols: [AAPL.US]\nlag: 1\nis_long: true\ntiny: 0.00001\nnote: 'a: b'\n"})
        assert part("signal.parameters") == [
            {"name": "lag", "value": 1},
            {"name": "is_long", "value": True},
            {"name": "tiny", "value": 0.00001},
            {"name": "note", "value": "a: b"},
        ]
        assert drafted("--dry-run")["notes"] == ["the parameter symbols is no single value; write it in by hand"]

    @pytest.mark.parametrize("cost", ["5", "-0.001", "yes please", "true"])
    def test_a_cost_in_another_unit_is_not_guessed(self, work: Repo, cost: str) -> None:
        work.write("results/run.yaml", RECORD.replace("commission: 0.001", f"commission: {cost}"))
        assert part("costs") == {"slippage_bps": 5, "commission_per_share": 0.004}

    def test_a_period_that_is_none(self, work: Repo) -> None:
        work.stage({PASSPORT: FULL.replace("2023-01-01_to_", "2023-13-01_to_")})
        assert part("robustness") is None


class TestTheFile:
    def test_it_is_written_and_says_what_is_left(self, work: Repo) -> None:
        result = run("earnings-gap")
        assert result.exit_code == 0
        assert result.output.startswith(
            f"{REPORT}: drafted\nfrom: {PASSPORT}, {PARAMETERS}\nstill to be done:\n  line "
        )
        assert ": provenance.adjustment is missing\n" in result.output
        digest = hashlib.sha256((work.path / REPORT).read_bytes()).hexdigest()
        assert "    report_file: report.yaml\n    report_sha256: " in result.output
        assert digest in result.output
        assert result.output.endswith("or: quantgov report draft STR-2026-0001 --link\n")

    def test_a_dry_run_shows_it_and_writes_nothing(self, work: Repo) -> None:
        result = run("STR-2026-0001", "--dry-run", "--link")
        assert f"{REPORT}: would be drafted\n  # Draft " in result.output
        assert result.output.endswith(f"{PASSPORT}: would name it now\n")
        assert not (work.path / REPORT).exists()
        assert (work.path / PASSPORT).read_text() == FULL

    def test_a_draft_is_drafted_anew_while_nobody_edits_it(self, work: Repo) -> None:
        assert drafted()["written"] == [REPORT]
        again = drafted()
        assert (again["kept"], again["written"]) == (True, [])
        work.write("results/run.yaml", RECORD)
        assert drafted()["written"] == [REPORT]

    def test_what_somebody_wrote_is_left_alone(self, work: Repo) -> None:
        run("STR-2026-0001")
        edited = (work.path / REPORT).read_text().replace("# adjustment:", "adjustment: split")
        work.write(REPORT, edited)
        error = refusal("STR-2026-0001")
        assert error.message == f"{REPORT} is there already, and somebody wrote it"
        assert error.help == (
            "quantgov report draft STR-2026-0001 --link names it in the passport; --force drafts it anew"
        )
        assert (work.path / REPORT).read_text() == edited
        assert drafted("--force")["written"] == [REPORT]
        assert "adjustment: split" not in (work.path / REPORT).read_text()

    def test_it_goes_where_the_passport_says(self, work: Repo) -> None:
        work.stage({PASSPORT: FULL.replace("backtest:\n", "backtest:\n  report_file: reports/v1.yaml\n")})
        assert drafted()["written"] == [f"{FOLDER}/reports/v1.yaml"]

    def test_never_outside_the_repository(self, work: Repo) -> None:
        work.stage({PASSPORT: FULL.replace("backtest:\n", "backtest:\n  report_file: ../../../r.yaml\n")})
        assert "points outside the repository" in refusal("STR-2026-0001").message

    def test_a_place_that_takes_no_file(self, work: Repo) -> None:
        work.stage({PASSPORT: FULL.replace("backtest:\n", "backtest:\n  report_file: passport.yaml/r.yaml\n")})
        assert refusal("STR-2026-0001").message.startswith(f"cannot write {FOLDER}/passport.yaml/r.yaml: ")

    def test_a_strategy_that_there_is_not(self, work: Repo) -> None:
        assert refusal("STR-2026-0009").help


class TestTheLink:
    def test_the_passport_is_told_of_the_report_and_keeps_its_comments(self, work: Repo) -> None:
        assert drafted("--link")["written"] == [REPORT, PASSPORT]
        digest = hashlib.sha256((work.path / REPORT).read_bytes()).hexdigest()
        text = (work.path / PASSPORT).read_text()
        assert "status: research  # since January\n" in text
        value = documents.load(text.encode()).value
        assert isinstance(value, dict)
        block = value["backtest"]
        assert isinstance(block, dict)
        assert (block["report_file"], block["report_sha256"]) == ("report.yaml", digest)

    def test_a_passport_without_a_backtest_gets_one(self, repo: Repo) -> None:
        repo.stage({PASSPORT: TERMS})
        run("STR-2026-0001", "--link")
        assert "backtest:\n  report_file: report.yaml\n  report_sha256: " in (repo.path / PASSPORT).read_text()

    def test_an_edited_report_is_kept_and_linked(self, work: Repo) -> None:
        text = sample.REPORT.replace("2025-12-31", "2024-02-28").replace("2025-01-01", "2024-01-01")
        work.write(REPORT, text.replace("end_date: 2024-12-31", "end_date: 2023-12-31"))
        result = run("STR-2026-0001", "--link")
        assert result.output == f"{REPORT}: kept as it is\n{PASSPORT}: names it now\n"
        work.git("add", ".")
        assert problems_staged(work) == []

    def test_once_linked_there_is_nothing_to_add(self, work: Repo) -> None:
        run("STR-2026-0001", "--link")
        work.git("add", ".")
        told = drafted("--link")
        assert (told["link"], told["written"]) == ({}, [])
        assert "--link" not in run("STR-2026-0001").output


def problems_staged(work: Repo) -> list[str]:
    paths = work.out("ls-files").splitlines()
    found = strategy.at(MemoryTree({path: (work.path / path).read_bytes() for path in paths}), PASSPORT)
    assert found
    return [message for message, *_ in report.problems_of(found)]


def test_the_command_line_has_it(work: Repo) -> None:
    done = work.quantgov("report", "draft", FOLDER)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{REPORT}: drafted\n")
    assert (work.path / REPORT).exists()
