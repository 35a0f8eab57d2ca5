"""`quantgov manifest draft`: the block of the commit message, from the data."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from quantgov import manifest
from quantgov.cli import console
from quantgov.cli.data import manifest_draft
from quantgov.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

HEADER = "symbol,date,open,close"
DAYS = ("2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TEAM_DATA_DIR", raising=False)
    subprocess.run(("git", "init", "-q", "."), check=True)
    return tmp_path


@pytest.fixture
def draft(here: Path) -> Callable[..., Result]:
    app = typer.Typer()
    app.command()(manifest_draft)
    return lambda *args: CliRunner().invoke(app, args)


def write(path: str, symbols: tuple[str, ...], days: tuple[str, ...] = DAYS) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{symbol},{day},1,1" for symbol in symbols for day in days]
    Path(path).write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def test_the_block_can_be_committed(draft: Callable[..., Result]) -> None:
    path = write("data/spx/v1/bars.csv", ("AAPL.US", "MSFT.US"))
    told = draft(path, "--source", "TickDB /v1/market/kline", "--symbol-set", "SPX constituents")
    digest = subprocess.run(("sha256sum", path), capture_output=True, text=True, check=True).stdout[:64]
    assert told.stdout.splitlines() == [
        "Data manifest:",
        "- Symbol set: SPX constituents (2 tickers)",
        "- Period: 2024-01-08 to 2024-01-12",
        "- Source: TickDB /v1/market/kline, 1d interval",
        "- Cache: data/spx/v1",
        "- Rows: 10",
        f"- Digest: sha256:{digest}",
    ]
    assert told.exit_code == 0
    block = manifest.find(f"backtest: spx v1\n\n{told.stdout}")
    assert block is not None
    assert manifest.problems(block) == []


def test_the_same_bytes_give_the_same_manifest_however_old_the_file_is(draft: Callable[..., Result]) -> None:
    path = write("bars.csv", ("AAPL.US",))
    told = draft(path).output
    os.utime(path, (1, 1))
    assert draft(path).output == told
    assert "As of" not in told


def test_when_the_data_were_fetched_is_said_by_them_or_by_somebody(draft: Callable[..., Result], here: Path) -> None:
    assert "- As of: 2026-01-02\n" in draft(write("bars.csv", ("AAPL.US",)), "--as-of", "2026-01-02").stdout
    rows = [{"t": f"{day}T00:00:00Z", "o": 1, "c": 1} for day in DAYS]
    document = {"metadata": {"symbol": "BTC.USDT", "fetched_at": "2026-01-01T09:30:00Z"}, "data": rows}
    (here / "btc.json").write_text(json.dumps(document))
    assert "- As of: 2026-01-01T09:30:00Z\n" in draft("btc.json").stdout
    assert "- As of: 2026-01-02\n" in draft("btc.json", "--as-of", "2026-01-02").stdout
    assert "As of" not in draft("btc.json", "bars.csv").stdout


def test_when_a_dataset_was_fetched_stands_in_its_entry(draft: Callable[..., Result], here: Path) -> None:
    path = write("data/aapl.csv", ("AAPL.US",))
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    entry = "{name: aapl, version: v1, source: x, source_type: file, path: data/aapl.csv, as_of: 2026-01-03, sha256: "
    (here / "data/datasets.yaml").write_text(f"version: 1\ndatasets:\n  - {entry}{digest}}}\n")
    assert "- As of: 2026-01-03\n" in draft(path, "--dataset", "aapl@v1").stdout
    assert "As of" not in draft(path, "--dataset", "aapl@v2").stdout
    assert "As of" not in draft(path).stdout
    write(path, ("MSFT.US",))
    assert "As of" not in draft(path, "--dataset", "aapl@v1").stdout


def test_a_period_that_was_asked_for_is_held_against_the_data(draft: Callable[..., Result]) -> None:
    path = write("bars.csv", ("AAPL.US",))
    told = draft(path, "--period", "2024-01-01..2024-01-31")
    assert "- Period: 2024-01-08 to 2024-01-12\n" in told.stdout
    assert "note: 5 of 21 bars are there; missing: AAPL.US 2024-01-02" in told.stderr
    assert "note: the data begin on 2024-01-08, and 2024-01-01 was asked for\n" in told.stderr
    assert "5 of 14 bars are there" in draft(path, "--period", "..2024-01-26").stderr


def test_what_only_people_know_stays_to_be_filled_in(draft: Callable[..., Result]) -> None:
    told = draft(write("bars.csv", ("AAPL.US", "MSFT.US"), DAYS[:1]))
    lines = told.stdout.splitlines()
    assert lines[1] == "- Symbol set: <name> (2 tickers)"
    assert lines[3] == "- Source: <vendor> <endpoint>, <1h> interval"
    assert lines[4] == "- Cache: <path>/<version>"
    block = manifest.find(told.stdout)
    assert block is not None
    assert [problem.message for problem in manifest.problems(block)] == [
        "Symbol set is not filled in",
        "Source is not filled in",
        "Cache is not filled in",
    ]


def test_a_file_without_bars_leaves_all_of_it_to_be_filled_in(draft: Callable[..., Result], here: Path) -> None:
    (here / "model.pkl").write_bytes(b"weights")
    lines = draft("model.pkl", "--cache", "models/v1", "--dataset", "models@v1").stdout.splitlines()
    assert lines[1:3] == ["- Symbol set: <name> (<count> tickers)", "- Period: <YYYY-MM-DD> to <YYYY-MM-DD>"]
    assert (lines[4], lines[-1]) == ("- Cache: models/v1", "- Dataset: models@v1")


def test_a_partial_universe_says_so_in_its_line(draft: Callable[..., Result], here: Path) -> None:
    path = write("data/bars.csv", ("AAPL.US",), DAYS[:2] + DAYS[3:])
    (here / "spx.txt").write_text("# the index\nAAPL.US\nMSFT.US\nNVDA.US\n")
    told = draft(path, "--symbols", "spx.txt", "--symbol-set", "SPX constituents")
    assert "- Symbol set: SPX constituents (1 of 3 tickers)\n" in told.stdout
    assert "note: 1 of 3 symbols are there; missing: MSFT.US, NVDA.US\n" in told.stderr
    assert "note: 4 of 15 bars are there; missing: AAPL.US 2024-01-10\n" in told.stderr
    by_number = draft(path, "--expect", "505", "--symbol-set", "SPX constituents")
    assert "- Symbol set: SPX constituents (1 of 505 tickers)\n" in by_number.stdout


@pytest.mark.parametrize(
    "text",
    ["AAPL.US\nMSFT.US\n", "name,symbol\nApple,AAPL.US\nMicrosoft,MSFT.US\n", "\ufeffsymbol\r\nAAPL.US\r\nMSFT.US"],
)
def test_symbols_are_listed_one_a_line_or_in_a_column(text: str, draft: Callable[..., Result], here: Path) -> None:
    (here / "list.csv").write_bytes(text.encode())
    told = draft(write("bars.csv", ("AAPL.US",)), "--symbols", "list.csv", "--symbol-set", "two")
    assert "(1 of 2 tickers)" in told.stdout


def test_one_symbol_is_a_set_by_its_own_name(draft: Callable[..., Result]) -> None:
    assert "- Symbol set: AAPL.US (1 ticker)\n" in draft(write("bars.csv", ("AAPL.US",))).stdout


def test_files_are_named_from_the_root_so_that_the_digest_is_the_same_everywhere(
    draft: Callable[..., Result], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("data/a.csv", ("AAPL.US",))
    write("data/b.csv", ("MSFT.US",))
    whole = draft("data", "--format", "json")
    monkeypatch.chdir(here / "data")
    parts = draft("a.csv", str(here / "data" / "b.csv"), "--format", "json")
    reports = [json.loads(told.stdout) for told in (whole, parts)]
    assert reports[0]["data"]["digest"] == reports[1]["data"]["digest"]
    assert [each["path"] for each in reports[1]["data"]["inputs"]] == ["data/a.csv", "data/b.csv"]
    assert reports[0]["data"]["cache"] == reports[1]["data"]["cache"] == "data"
    monkeypatch.setenv("TEAM_DATA_DIR", str(here / "data"))
    assert json.loads(draft("a.csv", "--format", "json").stdout)["formats"] == {"data/a.csv": "csv"}
    assert json.loads(draft(".", "--format", "json").stdout)["data"]["digest"] == reports[0]["data"]["digest"]


def test_json_holds_what_a_tool_needs(draft: Callable[..., Result]) -> None:
    report = json.loads(draft(write("data/bars.csv", ("AAPL.US", "MSFT.US")), "--format", "json").stdout)
    assert (report["schema"], report["symbols"], report["interval"]) == (1, ["AAPL.US", "MSFT.US"], "1d")
    assert report["data"]["bars"] == {"present": 10, "expected": 10}
    assert report["columns"][0] == {"name": "symbol", "type": "text"}
    assert any(note.startswith("timestamps without a zone") for note in report["notes"])


def test_outside_of_a_repository_files_are_named_by_their_place(
    draft: Callable[..., Result], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("alone")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    report = json.loads(draft(write("bars.csv", ("AAPL.US",)), "--format", "json").stdout)
    assert [each["path"] for each in report["data"]["inputs"]] == [os.path.realpath(folder / "bars.csv")]
    (folder / "in").mkdir()
    subprocess.run(("git", "init", "-q", "in"), check=True)
    monkeypatch.chdir(folder / "in")
    write("b.csv", ("MSFT.US",))
    report = json.loads(draft("../bars.csv", "b.csv", "--format", "json").stdout)
    assert len(report["data"]["inputs"]) == 2
    assert report["data"]["cache"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--source", "TickDB"), "--source 'TickDB' does not name both vendor and endpoint"),
        (("--dataset", "spx"), "--dataset 'spx' is not NAME@VERSION"),
        (("--symbols", "x", "--expect", "3"), "--symbols says how many symbols there should be already"),
        (("--interval", "hourly"), "--interval 'hourly' is no interval"),
        (("--symbols", "gone.txt"), "gone.txt cannot be read: No such file or directory"),
        (("--symbols", "latin.txt"), "latin.txt is not UTF-8 text"),
        (("--symbols", "empty.txt"), "empty.txt lists no symbols"),
        (("--calendar", "NOWHERE"), "NOWHERE is no calendar"),
        (("--period", "2024"), "--period '2024' is not START..END"),
        (("--period", ".."), "--period '..' is not START..END"),
        (("--period", "2024-01-01..2024-02-30"), "'2024-02-30' is no day"),
        (("--as-of", "yesterday"), "--as-of 'yesterday' is neither a day"),
        (("--as-of", "2024-01-03"), "2024-01-03 is before the period's end, 2024-01-12"),
    ],
)
def test_a_call_that_makes_no_sense_says_why(
    args: tuple[str, ...], message: str, draft: Callable[..., Result], here: Path
) -> None:
    (here / "empty.txt").write_text("# nothing yet\n")
    (here / "latin.txt").write_bytes("Zürich\n".encode("latin-1"))
    told = draft(write("bars.csv", ("AAPL.US",)), *args)
    assert isinstance(told.exception, UsageError)
    assert told.exception.message.startswith(message)
    assert told.exception.help
    assert "Errno" not in told.exception.message


def test_a_terminal_sees_how_far_it_is(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int]] = []
    monkeypatch.setattr("quantgov.cli.console.progress", lambda title: lambda done, of: shown.append((done, of)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with console.meter("reading") as tick:
        tick(1, 2)
    assert shown == []
    monkeypatch.setattr(console, "SLOW", -1.0)
    with console.meter("reading", console.MEBIBYTE) as tick:
        tick(3 << 20, (8 << 20) - 5)
    assert shown == [(3, 8), (1, 1)]


def test_an_interrupted_draft_says_nothing_and_leaves_nothing(here: Path) -> None:
    """A row without a timestamp leaves the file to the standard library: some seconds of work."""
    rows = "".join(f"S{at % 40}.USDT,{1704067200 + at // 40},1,1\n" for at in range(1_500_000))
    (here / "bars.csv").write_text("symbol,t,open,close\nS1.USDT,,1,1\n" + rows)
    before = sorted(here.iterdir())
    argv = (sys.executable, "-m", "quantgov", "manifest", "draft", "bars.csv")
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (out, process.returncode) == ("", 130)
    assert "Traceback" not in err
    assert sorted(here.iterdir()) == before
