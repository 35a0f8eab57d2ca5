"""`log_result` and `log_fetch`: what a backtest's own code says of its result, in plain values or refused by name."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import SimpleNamespace

import pytest

import quantgov
from quantgov import log_fetch, log_result, recording


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which a run says what it does."""
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setenv(recording.FOLDER, str(folder))
    return folder


def logged(run: Path, number: int = 1, kind: str = "result") -> dict[str, object]:
    found: dict[str, object] = json.loads(sorted(run.glob(f"{kind}-*.json"))[number - 1].read_text())
    return found


class Scalar:
    """What NumPy puts around a number."""

    def __init__(self, value: object) -> None:
        self._value = value

    def tolist(self) -> object:
        return self._value


class Side(Enum):
    LONG = "long"


@dataclass(frozen=True)
class Params:
    lookback_bars: int
    side: Side


class TestMetrics:
    def test_numbers_are_kept_in_their_order(self, run: Path) -> None:
        log_result({"sharpe_ratio": 1.25, "num_trades": 12, "alpha": None})
        assert list(logged(run)["results"].items()) == [  # type: ignore[attr-defined]
            ("sharpe_ratio", 1.25),
            ("num_trades", 12),
            ("alpha", None),
        ]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), Scalar(float("nan"))])
    def test_what_is_not_finite_is_not_known(self, run: Path, value: float) -> None:
        log_result({"sharpe_ratio": value})
        assert logged(run)["results"] == {"sharpe_ratio": None}

    @pytest.mark.parametrize(
        ("value", "kept"),
        [(Scalar(2), 2), (Scalar(1.5), 1.5), (Decimal("0.5"), 0.5), (10**18, 1e18), (-(10**16), -(10**16))],
    )
    def test_a_number_of_any_type_is_one_of_json(self, run: Path, value: float, kept: float) -> None:
        log_result({"x": value})
        assert logged(run)["results"] == {"x": kept}

    @pytest.mark.parametrize("value", [True, "1.2", [1.2], Scalar([1.0, 2.0]), Scalar(True), date(2024, 1, 2)])
    def test_what_is_no_number_is_refused_by_its_name(self, run: Path, value: float) -> None:
        with pytest.raises(TypeError, match="the metric win_rate is"):
            log_result({"win_rate": value})
        assert not list(run.iterdir())

    @pytest.mark.parametrize(
        ("written", "name"),
        [
            ("sharpe_ratio", "sharpe_ratio"),
            ("Sharpe Ratio", "sharpe_ratio"),
            ("Max. Drawdown [%]", "max_drawdown_pct"),
            ("# Trades", "num_trades"),
            ("95% VaR", "metric_95_pct_var"),
            ("总回报", "metric_"),
        ],
    )
    def test_a_name_keeps_its_unit(self, written: str, name: str) -> None:
        assert recording.name_of(written) == name

    def test_two_names_that_become_one_are_refused(self, run: Path) -> None:
        with pytest.raises(TypeError, match="two metrics are called win_rate"):
            log_result({"Win Rate": 0.5, "win_rate": 0.6})


class TestParameters:
    def test_any_spelling_of_a_value_is_plain(self, run: Path) -> None:
        given = {
            "days": (1, Scalar(2)),
            "set": {"b", "a"},
            "nested": {1: Scalar([1.5])},
            "side": Side.LONG,
            "from": date(2024, 1, 2),
            "at": datetime(2024, 1, 2, 9, 30),
            "path": Path("params.yaml"),
            "exact": Decimal("0.10"),
            "stop": float("inf"),
            "gap": float("nan"),
            "entropy": 10**30,
            "on": True,
            "none": None,
        }
        log_result({"x": 1}, parameters=given)
        assert logged(run)["parameters"] == {
            "days": [1, 2],
            "set": ["a", "b"],
            "nested": {"1": [1.5]},
            "side": "long",
            "from": "2024-01-02",
            "at": "2024-01-02T09:30:00",
            "path": "params.yaml",
            "exact": "0.10",
            "stop": "inf",
            "gap": None,
            "entropy": str(10**30),
            "on": True,
            "none": None,
        }

    def test_an_object_gives_its_attributes(self, run: Path) -> None:
        log_result({"x": 1}, parameters=Params(3, Side.LONG), config=SimpleNamespace(slippage_bps=8))
        assert logged(run)["parameters"] == {"lookback_bars": 3, "side": "long"}
        assert logged(run)["backtest_config"] == {"slippage_bps": 8}

    def test_what_has_no_spelling_is_refused(self, run: Path) -> None:
        with pytest.raises(TypeError, match="cannot be put on record"):
            log_result({"x": 1}, parameters={"model": object()})

    def test_numpy_and_pandas_values_are_plain(self, run: Path) -> None:
        numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
        metrics = {"a": numpy.float32(0.5), "b": numpy.int64(3), "c": numpy.float64("nan")}
        log_result(metrics, parameters={"w": numpy.array([1, 2]), "d": pandas.Timestamp("2024-01-02")})
        assert logged(run)["results"] == {"a": 0.5, "b": 3, "c": None}
        assert logged(run)["parameters"] == {"w": [1, 2], "d": "2024-01-02T00:00:00"}


class TestTheRest:
    def test_files_are_named_by_their_whole_path(
        self, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        log_result({"x": 1}, data="bars.parquet", artefacts=[Path("results/equity.parquet")])
        assert logged(run)["data"] == [str(tmp_path / "bars.parquet")]
        assert logged(run)["artefacts"] == [str(tmp_path / "results/equity.parquet")]

    def test_a_seed_that_no_reader_of_yaml_holds_is_refused(self, run: Path) -> None:
        log_result({"x": 1}, seed=7)
        assert logged(run)["seed"] == 7
        with pytest.raises(TypeError, match="at most 18 digits"):
            log_result({"x": 1}, seed=2**128)

    @pytest.mark.parametrize("seed", ["seven", 1.5, True])
    def test_a_seed_that_is_no_whole_number_is_refused(self, run: Path, seed: object) -> None:
        with pytest.raises(TypeError, match="the seed is"):
            log_result({"x": 1}, seed=seed)  # type: ignore[arg-type]

    @pytest.mark.parametrize("parameters", ["fast", [1], 3])
    def test_parameters_without_names_are_refused(self, run: Path, parameters: object) -> None:
        with pytest.raises(TypeError, match="is no mapping"):
            log_result({"x": 1}, parameters=parameters)

    def test_the_interpreter_is_named(self, run: Path) -> None:
        log_result({"x": 1})
        assert logged(run)["python"] == ".".join(map(str, sys.version_info[:3]))

    def test_each_call_is_a_result_of_its_own(self, run: Path) -> None:
        log_result({"x": 1})
        log_result({"x": 2})
        assert [logged(run, number)["results"] for number in (1, 2)] == [{"x": 1}, {"x": 2}]

    def test_thousands_of_calls_by_several_at_once_keep_their_order(self, run: Path) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: log_result({"x": number}), range(2000)))
        log_result({"x": 2000})
        found = [json.loads(path.read_text())["results"]["x"] for path in sorted(run.iterdir())]
        assert (sorted(found), found[-1]) == (list(range(2001)), 2000)

    @pytest.mark.parametrize("folder", ["", "/nowhere/at/all"])
    def test_outside_of_a_run_nothing_happens(
        self, folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv(recording.FOLDER, folder)
        log_result({"x": 1})
        assert capsys.readouterr().err == recording.ALONE

    def test_of_what_was_fetched_only_the_digest_is_kept(self, run: Path) -> None:
        log_fetch(
            b"[1, 2]", source="TickDB /v1/market/kline", rows=2, symbols=("AAPL.US",), interval="1h", start="2024-01-02"
        )
        told = logged(run, kind="fetch")
        assert told["sha256"] == hashlib.sha256(b"[1, 2]").hexdigest()
        assert (told["source"], told["rows"], told["symbols"]) == ("TickDB /v1/market/kline", 2, ["AAPL.US"])
        assert "[1, 2]" not in next(run.glob("fetch-*.json")).read_text()

    def test_the_package_gives_them_and_nothing_else_by_name(self) -> None:
        with pytest.raises(AttributeError, match="no attribute 'log_results'"):
            quantgov.log_results  # noqa: B018

    def test_only_the_standard_library_is_loaded(self) -> None:
        code = (
            "import sys; from quantgov import log_result; print([n for n in sys.modules if n.startswith('quantgov')])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
        assert done.stdout.strip() == "['quantgov', 'quantgov.recording']"
