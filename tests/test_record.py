"""Result records as documents: their ids, their place, and the form of S1's own example."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from quantgov import documents, made_up, policy, record, results
from quantgov.change import Blob
from quantgov.git import MODE_FILE, MODE_SYMLINK, Entry
from quantgov.rules import qg206_result_record_invalid
from quantgov.rules.qg207_result_id_mismatch import LOGGED, PATH
from quantgov.tree import MemoryTree

S1 = (Path(__file__).parent / "fixtures" / "reference" / "s1-result.yaml").read_bytes()
S1_PATH = "results/earnings_gap/2024-03-10_aapl_gap_reversion_v2.yaml"
POLICY = policy.Policy({})
OURS = str(made_up.result(made_up.files("research"))[made_up.RESULT])
SHA256 = "3f" * 32


def read(text: str | bytes, path: str = made_up.RESULT) -> record.Record:
    found = record.of(path, text if isinstance(text, bytes) else text.encode())
    assert found
    return found


def said(text: str | bytes, path: str = made_up.RESULT) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [each.message for each in results.problems(path, data, POLICY)]


class TestTheExampleOfS1:
    def test_is_valid_as_it_stands(self) -> None:
        assert said(S1, S1_PATH) == []

    def test_says_what_came_out(self) -> None:
        found = read(S1, S1_PATH)
        assert found.metrics()["num_trades"] == 127
        assert (found.strategy, found.symbols[0], found.time) == ("earnings_gap_reversion", "AAPL.US", "2024-03-10")
        assert (found.is_ours, found.is_dirty, found.code, found.command, found.data) == (False, False, "", [], {})

    def test_has_an_id_that_was_given_by_hand(self) -> None:
        found = read(S1, S1_PATH)
        assert found.expected_id == found.id == "exp_2024_03_10_aapl_v2"

    def test_is_advised_to_name_units_and_convention(self) -> None:
        assert [pointer for _, pointer, _ in results.unstated(read(S1, S1_PATH))] == [
            ("backtest_config", "commission"),
            ("backtest_config", "slippage"),
            ("results", "sharpe_ratio"),
        ]


class TestTheId:
    def test_is_a_digest_of_what_the_record_says(self) -> None:
        value = {key: each for key, each in yaml.safe_load(OURS).items() if key != "experiment_id"}
        value["date"] = str(value["date"])
        for name in ("start_date", "end_date"):
            value["backtest_config"][name] = str(value["backtest_config"][name])
        value["data"]["period"] = {name: str(day) for name, day in value["data"]["period"].items()}
        value["run"]["time"] = made_up.RAN
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert read(OURS).id == f"exp_20260302_094000_{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def test_is_the_same_for_whole_numbers_however_they_are_spelled(self) -> None:
        other = OURS.replace("lookback_bars: 3", "lookback_bars: 3.0").replace("num_trades: 640", "num_trades: 640.")
        assert read(other).expected_id == read(OURS).id

    def test_does_not_speak_for_what_people_write_later(self) -> None:
        other = read(f"{OURS}conclusion: it works\nnext_steps: more symbols\n")
        assert other.expected_id == other.id

    @pytest.mark.parametrize("change", [("1.2", "1.3"), ("bars: 3", "bars: 4"), ("false", "true"), ("T09", "T10")])
    def test_speaks_for_all_else(self, change: tuple[str, str]) -> None:
        other = read(OURS.replace(*change))
        assert other.expected_id != other.id

    def test_of_a_record_without_a_time_keeps_its_own(self) -> None:
        other = read(OURS.replace(f"  time: {made_up.RAN}\n", ""))
        assert other.expected_id.startswith("exp_20260302_094000_")

    def test_of_the_team_s_own_logger_speaks_for_the_parameters(self) -> None:
        parameters = {"max_position_size": 0.05, "entry_window_minutes": 30}
        digest = hashlib.md5(json.dumps(parameters, sort_keys=True).encode(), usedforsecurity=False).hexdigest()[:8]
        found = read(LOGGED, PATH)
        assert found.id == found.expected_id == f"exp_20240310_174044_{digest}"
        assert found.time == "2024-03-10T17:40:44"


class TestTheDigestOfData:
    def test_of_one_file_is_its_own(self) -> None:
        assert record.digest_of([("data/a.csv", SHA256)]) == f"sha256:{SHA256}"

    def test_of_several_is_that_of_the_lines_that_sha256sum_prints(self, tmp_path: Path) -> None:
        for name, text in (("b.csv", "2\n"), ("a.csv", "1\n")):
            (tmp_path / name).write_text(text)
        printed = subprocess.run(["sha256sum", "a.csv", "b.csv"], cwd=tmp_path, capture_output=True, check=True).stdout
        files = [(line.split()[1].decode(), line.split()[0].decode()) for line in printed.splitlines()]
        assert record.digest_of(reversed(files)) == f"sha256:{hashlib.sha256(printed).hexdigest()}"

    def test_of_none_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no files"):
            record.digest_of([])


class TestThePlace:
    @pytest.mark.parametrize(
        ("slug", "symbols", "path"),
        [
            ("gap", ["BTC.USDT"], "results/gap/2026-03-02_btc_gap_v1.yaml"),
            ("Earnings-Gap", ["AAPL.US"], "results/earnings_gap/2026-03-02_aapl_earnings_gap_v1.yaml"),
            ("gap", ["A", "B"], "results/gap/2026-03-02_multi_gap_v1.yaml"),
            ("gap", [], "results/gap/2026-03-02_multi_gap_v1.yaml"),
            ("gap", ["..."], "results/gap/2026-03-02_multi_gap_v1.yaml"),
        ],
    )
    def test_names_strategy_day_and_symbol(self, slug: str, symbols: list[str], path: str) -> None:
        assert record.path_of("results/", slug, "2026-03-02", symbols, 1) == path

    @pytest.mark.parametrize("number", ["1", "12"])
    def test_any_number_will_do(self, number: str) -> None:
        assert said(OURS, made_up.RESULT.replace("_v1", f"_v{number}")) == []

    @pytest.mark.parametrize(
        ("name", "is_right"),
        [
            ("2026-03-02_multi_gap_v1", True),
            ("2026-03-02_spx_500_gap_v1", True),
            ("2026-03-03_spx_gap_v1", False),
            ("2026-03-02_spx_fade_v1", False),
            ("2026-03-02_spx_gap_v0", False),
            ("2026-03-02_spx_gap", False),
        ],
    )
    def test_a_universe_may_go_by_any_name(self, name: str, is_right: bool) -> None:
        universe = OURS.replace("symbols: [SPY.US]", "universe: SPX")
        assert bool(said(universe, f"results/gap/{name}.yaml")) is not is_right

    def test_one_that_does_not_say_of_what_it_is_may_stand_anywhere(self) -> None:
        nameless = OURS.replace("strategy: gap\n", "", 1)
        assert said(nameless, "results/gap/best.yaml") == ["strategy is missing"]


class TestWhatIsARecord:
    @pytest.mark.parametrize(
        "data",
        [b"sharpe: 1\n", b"experiment_id\n", b"- experiment_id: 1\n", b"experiment_id: [\n", b"experiment_id:\n"],
    )
    def test_something_else_is_none(self, data: bytes) -> None:
        assert record.of("results/a.yaml", data) is None

    def test_what_says_that_it_is_one_and_has_no_id_is_invalid(self) -> None:
        assert "experiment_id is missing" in said(OURS.split("\n", 1)[1])

    def test_every_one_of_a_tree_the_oldest_first(self) -> None:
        tree = MemoryTree(
            {
                "results/b.yaml": OURS,
                "results/a.yaml": S1,
                "results/c.txt": OURS,
                "results/d.yaml": "x: 1\n",
                "results/notes.md": OURS,
                "elsewhere/e.yaml": OURS,
            }
        )
        assert [each.path for each in record.every(tree, POLICY)] == ["results/a.yaml", "results/b.yaml"]

    def test_what_is_larger_than_a_document_is_none(self) -> None:
        padded = OURS + "# \n" * (record.LIMIT // 3)
        assert len(padded) > record.LIMIT
        tree = MemoryTree({made_up.RESULT: padded})
        assert record.every(tree, POLICY) == []
        blob = Blob(made_up.RESULT, Entry(MODE_FILE, str(tree.oid(made_up.RESULT))), tree)
        assert record.of_blob(blob, POLICY) is None
        assert list(qg206_result_record_invalid.check(blob, POLICY)) == []

    def test_a_link_is_none(self) -> None:
        assert record.every(MemoryTree({made_up.RESULT: OURS}, {made_up.RESULT: MODE_SYMLINK}), POLICY) == []

    def test_of_a_data_manifest_the_place_is_named(self) -> None:
        data = OURS.replace("count: 1}", "count: one}").encode()
        (problem,) = results.problems(made_up.RESULT, data, POLICY)
        assert problem.message == "data: symbol_set.count is 'one' (text); it must be a whole number"
        assert data.splitlines()[problem.line - 1][problem.column - 1 :] == b"one}"

    @pytest.mark.parametrize("data", ["period: {start: 2021-01-02, end: 2021-01-01}", "period: {start: x, end: y}"])
    def test_the_data_may_not_end_before_it_starts(self, data: str) -> None:
        assert len(said(OURS.replace("period: {start: 2021-01-01, end: 2025-12-31}", data))) in (1, 2)

    def test_a_backtest_of_one_day_is_in_order(self) -> None:
        assert said(OURS.replace("end_date: 2025-12-31", "end_date: 2021-01-01")) == []


class TestTheCommandThatRunsItAgain:
    @pytest.mark.parametrize(
        ("edit", "command"),
        [
            ((), "quantgov backtest STR-2026-0001 -- python strategies/gap/run.py"),
            (
                ("run:\n", "run:\n  folder: a b\n"),
                "cd 'a b' && quantgov backtest STR-2026-0001 -- python strategies/gap/run.py",
            ),
            (
                ("gap/run.py]", "gap/run.py, x y]"),
                "quantgov backtest STR-2026-0001 -- python strategies/gap/run.py 'x y'",
            ),
            (("[python, strategies/gap/run.py]", "gone"), "quantgov backtest STR-2026-0001 -- python ..."),
        ],
    )
    def test_is_the_one_that_was_run(self, edit: tuple[str, str] | tuple[()], command: str) -> None:
        assert results.rerun(read(OURS.replace(*edit) if edit else OURS)) == command


def test_a_record_is_of_a_strategy_by_its_id_else_by_a_name() -> None:
    files = made_up.files("research")
    of = results.find(MemoryTree(files), POLICY, read(OURS))
    assert of
    assert read(OURS).is_of(of)
    assert not read(OURS.replace("STR-2026-0001", "STR-2026-0002")).is_of(of)
    by_hand = "experiment_id: x\nstrategy: {}\n"
    assert all(read(by_hand.format(name)).is_of(of) for name in ("gap", "Overnight_gap", "STR-2026-0001"))
    assert not read(by_hand.format("momentum")).is_of(of)


@pytest.mark.parametrize(
    ("cost", "help"),
    [
        ("slippage: 0.0005", "slippage_bps: 5 if it is a fraction of the traded value"),
        ("commission: 5", "commission_bps, or commission_per_share"),
        ("fees: none", "fees_bps, or fees_per_share"),
        ("spread: -1", "spread_bps, or spread_per_share"),
    ],
)
def test_a_cost_without_unit_is_told_with_one(cost: str, help: str) -> None:
    by_hand = read(f"experiment_id: x\nbacktest_config: {{{cost}}}\n")
    ours = read(f"experiment_id: x\nkind: ResultRecord\nbacktest_config: {{{cost}}}\n")
    assert [each[2] for each in results.unstated(by_hand)] == [help]
    assert [each[2] for each in results.unstated(ours)] == [f"log it so, and run it again: {help}"]


def test_the_schema_takes_what_the_examples_are_made_of() -> None:
    assert documents.is_valid(documents.load(OURS.encode()).value, record.SCHEMA)
