"""`quantgov results list` and `results compare`: what there is, what is best, and what was different."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from quantgov import comparing, made_up, record
from quantgov.cli.results import results_compare, results_list
from quantgov.comparing import Metric
from quantgov.documents import load
from quantgov.errors import UsageError

if TYPE_CHECKING:
    from repository import Repo
    from typer.testing import Result

S1 = (Path(__file__).parent / "fixtures" / "reference" / "s1-result.yaml").read_text()
S1_PATH = "results/earnings_gap/2024-03-10_aapl_gap_reversion_v2.yaml"
S1_ID = "exp_2024_03_10_aapl_v2"
STRATEGY = made_up.files("research")
OURS = str(made_up.result(STRATEGY)[made_up.RESULT]).split("\n", 1)[1]
DIGEST = "  digest: sha256:" + "3f" * 32 + "\n"
INPUTS = f"  inputs: [{{path: data/prices.csv, sha256: {'3f' * 32}}}]\n"
SEVERAL = 1_000
WORTH = "gap has 3 runs on record: by luck alone the best of them stands 0.9 standard deviations above their mean"


def logged(day: str, *edits: tuple[str, str], number: int = 1) -> dict[str, str | bytes]:
    """A record of that day, with a right id, by its path."""
    moment = f"{day}T09:40:00Z"
    text = OURS.replace("date: 2026-03-02", f"date: {day}").replace(made_up.RAN, moment)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    value = load(text.encode()).value
    assert isinstance(value, dict)
    path = f"results/gap/{day}_spy_gap_v{number}.yaml"
    return {path: f"experiment_id: {record.new_id(value, moment)}\n{text}"}


def id_of(files: dict[str, str | bytes]) -> str:
    (text,) = files.values()
    return str(text).splitlines()[0].partition(": ")[2]


FIRST = logged("2026-01-05")
SECOND = logged("2026-01-06", ("1.2\n", "1.4\n"), ("bars: 3", "bars: 5"), ("-0.08", "-0.12"))
THIRD = logged("2026-01-07", ("1.2\n", "0.9\n"), ("bars: 3", "bars: 8"), ("false", "true"))


@pytest.fixture
def house(repo: Repo) -> Repo:
    """A strategy with three results, and one that somebody wrote by hand."""
    repo.commit({**STRATEGY, **FIRST, **SECOND, S1_PATH: S1})
    repo.stage(THIRD)
    return repo


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command("list")(results_list)
    app.command("compare")(results_compare)
    return CliRunner().invoke(app, args)


def ok(*args: str) -> str:
    done = run(*args)
    assert done.exit_code == 0, done.exception
    return done.output


def told(*args: str) -> dict[str, object]:
    report: dict[str, object] = json.loads(ok(*args, "--format", "json"))
    assert report["schema"] == 1
    return report


def ids(*args: str) -> list[str]:
    listed = told("list", *args)["records"]
    assert isinstance(listed, list)
    return [each["id"] for each in listed]


def refusal(*args: str) -> UsageError:
    error = run(*args).exception
    assert isinstance(error, UsageError), error
    assert error.help
    return error


class TestList:
    def test_each_has_a_line_the_newest_first(self, house: Repo) -> None:
        lines = ok("list").splitlines()
        gap = [f"2026-01-0{day}  gap               v1.0.0   SPY.US    " for day in (7, 6, 5)]
        ends = [id_of(each)[-8:] for each in (THIRD, SECOND, FIRST)]
        assert lines[:5] == [
            "date        strategy          version  symbols     sharpe  drawdown  trades  code   id",
            f"{gap[0]}    0.90     -8.0%     640  dirty  {ends[0]}",
            f"{gap[1]}    1.40    -12.0%     640         {ends[1]}",
            f"{gap[2]}    1.20     -8.0%     640         {ends[2]}",
            f"2024-03-10  earnings_gap_re…  v2       AAPL.US +2    1.45     -8.2%     127         {S1_ID}",
        ]
        assert lines[-1] == "runs on record: gap 3, earnings_gap_reversion 1"

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            (("gap",), [THIRD, SECOND, FIRST]),
            (("STR-2026-0001",), [THIRD, SECOND, FIRST]),
            (("strategies/gap",), [THIRD, SECOND, FIRST]),
            (("--family", "gap", "--limit", "1"), [THIRD]),
            (("--since", "2026-01-06"), [THIRD, SECOND]),
            (("gap", "--sort", "sharpe_ratio"), [SECOND, FIRST, THIRD]),
            (("gap", "--sort", "drawdown", "--limit", "2"), [THIRD, FIRST]),
            (("gap", "--sort", "num_trades", "--limit", "1"), [THIRD]),
            (("--since", "2027-01-01"), []),
        ],
    )
    def test_filters_and_orders(
        self, house: Repo, options: tuple[str, ...], found: list[dict[str, str | bytes]]
    ) -> None:
        assert ids(*options) == [id_of(each) for each in found]

    @pytest.mark.parametrize("name", ["earnings_gap_reversion", "Earnings Gap Reversion", "earnings-gap-reversion"])
    def test_a_record_by_hand_is_found_by_the_name_that_it_has(self, house: Repo, name: str) -> None:
        assert ids(name) == [S1_ID]

    def test_what_the_best_of_many_is_worth_is_said_where_they_are_ordered(self, house: Repo) -> None:
        said = ok("list", "--sort", "sharpe_ratio", "--limit", "2").splitlines()
        assert said[-2] == "2 more: --limit 0; runs on record: gap 3, earnings_gap_reversion 1"
        assert said[-1] == f"note: {WORTH}"

    def test_many_strategies_are_counted(self, repo: Repo) -> None:
        repo.commit(
            {f"results/{n}.yaml": f"experiment_id: {n}\nstrategy: s{n}\nresults: {{pnl: {n}}}\n" for n in range(8)}
        )
        assert ok("list").splitlines()[-1] == "runs on record: s0 1, s1 1, s2 1, s3 1, s4 1, s5 1 and 2 more"

    def test_one_that_says_little(self, repo: Repo) -> None:
        repo.commit({"results/a.yaml": "experiment_id: a\n", "results/b.yaml": "experiment_id: b\nresults: {x: 1}\n"})
        assert ok("list").splitlines()[1].split() == ["-", "b"]

    def test_of_the_team_s_own_logger_the_day_is_read_from_its_stamp(self, repo: Repo) -> None:
        repo.commit({"results/a.yaml": "experiment_id: exp_20240310_174044_cbe95c3d\ntimestamp: '20240310_174044'\n"})
        assert ok("list").splitlines()[1].split() == ["2024-03-10", "-", "cbe95c3d"]

    def test_none_is_said(self, repo: Repo) -> None:
        repo.commit({"README.md": "# gap\n"})
        assert ok("list").startswith("no result of that kind")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--since", "January"), "'January' is no day"),
            (("--sort", "sharp_ratio"), "'sharp_ratio' is no metric of these results; did you mean 'sharpe_ratio'?"),
            (("--since", "2027-01-01", "--sort", "x"), "'x' is no metric of these results"),
            (("--sort", "r"), "'r' is no metric of these results"),
            (("gapp",), "there is no strategy 'gapp' here; did you mean 'gap'?"),
        ],
    )
    def test_what_there_is_not_is_refused(self, house: Repo, options: tuple[str, ...], message: str) -> None:
        assert refusal("list", *options).message == message

    @pytest.mark.timeout(60)
    def test_a_thousand_take_no_second_on_an_idle_machine(self, repo: Repo) -> None:
        """A generous bound here, as the suite runs in parallel."""
        files: dict[str, str | bytes] = {}
        for at in range(SEVERAL):
            files |= logged(f"2025-{at // 28 % 12 + 1:02}-{at % 28 + 1:02}", number=at // 336 + 1)
        repo.commit({**STRATEGY, **files})
        start = time.perf_counter()
        assert len(ids("--limit", "0")) == SEVERAL
        assert time.perf_counter() - start < 4


class TestCompare:
    def test_the_last_of_a_strategy(self, house: Repo) -> None:
        first, second, third = (id_of(each)[-8:] for each in (FIRST, SECOND, THIRD))
        assert ok("compare", "gap") == (
            f"A  2026-01-05  gap v1.0.0  {first}  results/gap/2026-01-05_spy_gap_v1.yaml\n"
            f"B  2026-01-06  gap v1.0.0  {second}  results/gap/2026-01-06_spy_gap_v1.yaml\n"
            f"C  2026-01-07  gap v1.0.0  {third}  results/gap/2026-01-07_spy_gap_v1.yaml\n"
            "\n"
            "results          A        B       C\n"
            "  sharpe_ratio   1.20     1.40 *  0.90\n"
            "  max_drawdown   -8.0% *  -12.0%  -8.0% *\n"
            "  num_trades     640      640     640\n"
            "parameters\n"
            "  lookback_bars  3        5       8\n"
            "run\n"
            "  dirty          false    false   true\n"
            "note: A, B and C do not say on which data\n"
            f"note: {WORTH}\n"
        )

    def test_records_by_path_id_and_end_of_an_id(self, house: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        (path,) = FIRST
        wanted = [id_of(FIRST), id_of(SECOND), S1_ID]
        monkeypatch.chdir(house.path / "results")
        named = told("compare", path.removeprefix("results/"), id_of(SECOND)[-6:], S1_ID)["records"]
        assert isinstance(named, list)
        assert [each["id"] for each in named] == wanted
        monkeypatch.chdir(house.path)
        named = told("compare", path, id_of(SECOND), "earnings_gap_reversion", path)["records"]
        assert isinstance(named, list)
        assert [each["id"] for each in named] == wanted

    def test_of_several_strategies_the_newest_of_each(self, house: Repo) -> None:
        named = told("compare", "gap", "earnings_gap_reversion")["records"]
        assert isinstance(named, list)
        assert [each["id"] for each in named] == [id_of(THIRD), S1_ID]

    def test_what_was_not_computed_alike_has_no_best(self, house: Repo) -> None:
        said = told("compare", "gap", S1_ID)
        best = {each["name"]: each["best"] for each in said["metrics"]}  # type: ignore[attr-defined]  # as JSON has it
        assert best["sharpe_ratio"] == []
        assert best["max_drawdown"] == [id_of(THIRD)]
        notes = said["notes"]
        assert isinstance(notes, list)
        assert notes[0] == (
            "sharpe_ratio was not computed alike, so none is marked as best "
            "(A: ddof 1, periods_per_year 252, risk_free_rate 0, sharpe geometric; B: not stated)"
        )

    def test_other_data_is_pointed_out(self, house: Repo) -> None:
        pinned = logged("2026-02-01", ("  cache: data/v3.2\n", f"  cache: data/v3.2\n{DIGEST}{INPUTS}"))
        other = logged("2026-02-02", ("  cache: data/v3.2\n", f"  cache: data/v3.3\n{DIGEST.replace('3f', '4a')}"))
        house.commit({**pinned, **other})
        assert "does not say" not in ok("compare", *pinned, *other)
        said = ok("compare", "gap", "--last", "3")
        assert "note: these ran on different data (B; C): what differs may be the data's doing\n" in said
        assert "note: A does not say on which data\n" in said
        cells = [line.split() for line in said.splitlines()]
        assert "inputs" not in said
        assert ["digest", "-", "3f3f3f3f3f", "4a4a4a4a4a"] in cells
        assert ["cache", "data/v3.2", "data/v3.2", "data/v3.3"] in cells

    def test_lists_and_long_values_are_cut(self, house: Repo) -> None:
        many = ", ".join(f"S{number}.US" for number in range(500))
        house.commit(logged("2026-02-01", ("[SPY.US]", f"[{many}]"), ("bars: 3", "mode: a mode with a very long name")))
        said = ok("compare", "gap", "--last", "2")
        assert "500 listed" in said
        assert "a mode with a v…" in said

    def test_the_same_twice_has_no_best(self, house: Repo) -> None:
        house.commit(logged("2026-01-05", number=2))
        assert "*" not in ok("compare", *FIRST, "results/gap/2026-01-05_spy_gap_v2.yaml")

    @pytest.mark.parametrize(
        ("names", "message"),
        [
            ((S1_ID,), f"{S1_ID} alone: there is nothing to compare it with"),
            (("gap", "exp_2024"), "there is no result 'exp_2024' here"),
            (("gap", "results/gap.yaml"), "there is no result 'results/gap.yaml' here"),
            (("gap", "momentum"), "there is no strategy 'momentum' here, and no such record"),
            (("gap", S1_ID[-3:]), f"there is no strategy '{S1_ID[-3:]}' here, and no such record"),
        ],
    )
    def test_what_there_is_not_is_refused(self, house: Repo, names: tuple[str, ...], message: str) -> None:
        assert refusal("compare", *names).message.partition("; did")[0] == message

    def test_an_id_that_two_have_is_refused(self, house: Repo) -> None:
        house.commit({"results/copy.yaml": S1})
        error = refusal("compare", "gap", S1_ID)
        assert error.message == f"{S1_ID} names 2 records"
        assert error.help == "name one by its path: results/copy.yaml"

    def test_a_strategy_without_results(self, repo: Repo) -> None:
        repo.commit(dict(STRATEGY))
        assert refusal("compare", "gap").help == "quantgov backtest gap -- python ..."


class TestFigures:
    @pytest.mark.parametrize(
        ("name", "value", "text"),
        [
            ("sharpe_ratio", 1.456, "1.46"),
            ("sharpe_ratio", 2, "2.00"),
            ("total_return", 0.2345, "23.4%"),
            ("win_loss_ratio", 1.5, "1.50"),
            ("return_ratio", 0.5, "0.50"),
            ("max_drawdown", -0.0825, "-8.2%"),
            ("num_trades", 12700, "12,700"),
            ("num_trades", 12.5, "12.50"),
            ("final_equity", 1234567.891, "1,234,567.89"),
            ("daily_alpha", 0.0001234, "0.00012"),
            ("beta", 0, "0.00"),
            ("beta", None, "-"),
        ],
    )
    def test_a_metric_reads_as_people_write_it(self, name: str, value: float | None, text: str) -> None:
        assert comparing.number(name, value) == text

    def test_values_that_differ_look_different(self) -> None:
        assert comparing.texts(Metric("sharpe_ratio", (1.4501, 1.4502, None), ())) == ["1.4501", "1.4502", "-"]
        assert len(set(comparing.texts(Metric("x", (1.0, 1.0 + 1e-12), ())))) == 1

    @pytest.mark.parametrize(
        ("name", "way"),
        [
            ("sharpe_ratio", "high"),
            ("annualized_return", "high"),
            ("profit_factor", "high"),
            ("win_loss_ratio", "high"),
            ("max_drawdown", "near zero"),
            ("average_loss", "near zero"),
            ("turnover", "near zero"),
            ("num_trades", ""),
            ("beta", ""),
        ],
    )
    def test_which_value_is_better(self, name: str, way: str) -> None:
        assert comparing.direction(name) == way

    @pytest.mark.parametrize(("trials", "expected"), [(10, 1.5388), (100, 2.5076), (1000, 3.2414)])
    def test_the_best_of_many_stands_above_their_mean_by_luck(self, trials: int, expected: float) -> None:
        """Against the expected maxima of normal samples (Harter, 1961), to which the formula comes near."""
        assert comparing.luck(trials) == pytest.approx(expected, rel=0.03)

    def test_letters_go_on_after_z(self) -> None:
        assert [comparing.label(at) for at in (0, 25, 26, 52)] == ["A", "Z", "A1", "A2"]


class TestThePicture:
    @pytest.fixture(autouse=True)
    def drawn_with(self) -> None:
        pytest.importorskip("matplotlib")

    def test_is_drawn_the_same_each_time(self, house: Repo) -> None:
        assert ok("compare", "gap", "--plot", "a.svg").endswith("drawn: a.svg\n")
        ok("compare", "gap", "--plot", "b.svg", "--format", "json")
        first, second = ((house.path / name).read_bytes() for name in ("a.svg", "b.svg"))
        assert first == second
        assert first.startswith(b"<?xml")
        assert b"sharpe_ratio" in first
        assert b"lookback_bars 8" in first
        assert b"num_trades" not in first

    def test_takes_names_as_they_are(self, house: Repo) -> None:
        house.commit(logged("2026-02-01", ("strategy: gap", "strategy: $x^"), ("bars: 3", "mode: $y")))
        ok("compare", *FIRST, "results/gap/2026-02-01_spy_gap_v1.yaml", "--plot", "a.svg")
        assert b"$x^" in (house.path / "a.svg").read_bytes()

    def test_of_results_that_are_the_same(self, house: Repo) -> None:
        house.commit(logged("2026-01-05", number=2))
        ok("compare", *FIRST, "results/gap/2026-01-05_spy_gap_v2.yaml", "--plot", "a.svg")
        assert b"num_trades" in (house.path / "a.svg").read_bytes()

    def test_one_that_cannot_be_drawn_is_refused(self, house: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        assert refusal("compare", "gap", "--plot", "a.png").help == "--plot a.svg"
        assert refusal("compare", "gap", "--plot", "nowhere/a.svg").message.startswith("cannot write nowhere/a.svg: ")
        house.commit({"results/x.yaml": "experiment_id: exp_x\nresults: {beta: 1}\n"})
        assert refusal("compare", "gap", "exp_x", "--plot", "a.svg").message.startswith("no metric is in more than one")
        monkeypatch.setitem(sys.modules, "matplotlib", None)
        assert refusal("compare", "gap", "--plot", "a.svg").help == "python -m pip install matplotlib"
        assert not (house.path / "a.svg").exists()
