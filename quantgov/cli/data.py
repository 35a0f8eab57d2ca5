"""`quantgov manifest draft`: the data manifest, read from the data."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence

import typer

from quantgov import manifest
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.manifest_lines import DATASET
from quantgov.profiling import Expectation, Profile, profile
from quantgov.profiling.columns import roles
from quantgov.profiling.moments import step_of
from quantgov.reports.text import printable
from quantgov.snapshots import named


def manifest_draft(
    paths: list[str] = typer.Argument(help="Data files, and folders of them.", metavar="PATH..."),
    source: str = typer.Option("", "--source", metavar="TEXT", help="Who supplied it, and the endpoint."),
    symbol_set: str = typer.Option("", "--symbol-set", metavar="NAME", help="What the symbols are, as a name."),
    cache: str = typer.Option("", "--cache", metavar="TEXT", help="The local copy; else the folder of the files."),
    dataset: str = typer.Option("", "--dataset", metavar="NAME@V", help="Its name and version on record."),
    symbols: str = typer.Option("", "--symbols", metavar="FILE", help="A file with the symbols there should be."),
    expect: int | None = typer.Option(None, "--expect", min=1, metavar="N", help="How many symbols there should be."),
    calendar: str = typer.Option("", "--calendar", metavar="C", help="24/7, observed, or an exchange's MIC."),
    interval: str = typer.Option("", "--interval", metavar="1h", help="The length of a bar, or tick."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Write the data manifest of a backtest commit from the data themselves, and say what is wrong with them.

    Reads CSV, Parquet, Feather and JSON; Parquet and Feather need Polars. The manifest goes to standard
    output, what is incomplete, repeated or null to standard error. What only you know stays in angle brackets.

    [bold]Examples[/bold]

      quantgov manifest draft data/spx_1h.parquet --source "TickDB /v1/market/kline" --symbol-set "SPX constituents"

      quantgov manifest draft data/kline --symbols config/spx.txt

      quantgov manifest draft data/btc.csv --calendar 24/7 --format json
    """
    _check(source, dataset, symbols, expect, interval)
    wanted = Expectation(_listed(symbols) if symbols else (), expect, calendar, interval)
    names = _names(paths)
    with console.meter("reading", console.MEBIBYTE) as tick:
        found = profile(paths, names=names, expect=wanted, progress=tick)
    facts = found.manifest(symbol_set=symbol_set, source=source, cache=cache or _folder(names, paths), dataset=dataset)
    if form is Form.JSON:
        console.write(_as_json(found, facts))
        return
    block = manifest.rendered(_filled(facts, found, symbol_set))
    console.write("".join(f"{printable(line)}\n" for line in block.split("\n")))
    sys.stdout.flush()
    for note in found.all_notes:
        console.ERR.print(f"note: {printable(note)}", markup=False)


def _check(source: str, dataset: str, symbols: str, expect: int | None, interval: str) -> None:
    if source and len(source.split()) < 2:
        raise UsageError(
            f"--source {source!r} does not name both vendor and endpoint", 'as in "TickDB /v1/market/kline"'
        )
    if dataset and not re.fullmatch(f"{DATASET}@{DATASET}", dataset):
        raise UsageError(f"--dataset {dataset!r} is not NAME@VERSION", "as in us-equity-1h@v3.2")
    if symbols and expect:
        raise UsageError("--symbols says how many symbols there should be already", "leave --expect out")
    if interval and interval != "tick" and not step_of(interval):
        raise UsageError(f"--interval {interval!r} is no interval", "as in 1m, 1h, 1d, or tick")


def _listed(path: str) -> tuple[str, ...]:
    """The symbols of a list: one a line, or the column of that name in a CSV file."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            rows = [line.split(",") for line in file.read().splitlines() if line.strip() and line[0] != "#"]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    at = max(0, roles(rows[0]).symbol) if rows else 0
    cells = [row[at].strip() for row in rows if len(row) > at]
    found = dict.fromkeys(cell for cell in cells[bool(cells) and roles([cells[0]]).symbol == 0 :] if cell)
    if not found:
        raise UsageError(f"{path} lists no symbols", "write one a line")
    return tuple(found)


def _names(paths: Sequence[str]) -> list[str]:
    """What the files are called in a manifest, so that their digest is the same on every machine."""
    try:
        top = Repository.discover().top or ""
    except UsageError:
        top = ""
    return [named(path, top) for path in paths]


def _folder(names: Sequence[str], paths: Sequence[str]) -> str:
    """The file, or the folder that all of them lie in."""
    if len(names) == 1 or len({name.startswith("/") for name in names}) > 1:
        return names[0] if len(names) == 1 and os.path.isdir(paths[0]) else os.path.dirname(names[0])
    return os.path.commonpath(names)


def _filled(facts: Mapping[str, object], found: Profile, symbol_set: str) -> dict[str, object]:
    """With angle brackets for what a manifest has to say and nobody said."""
    count = f"{found.symbols_present:,}" if found.symbols else "<count>"
    whole = f" of {found.symbols_expected:,}" if (found.symbols_expected or 0) >= max(1, found.symbols_present) else ""
    source = facts.get("source")
    place = f"{source['vendor']} {source['endpoint']}" if isinstance(source, dict) else "<vendor> <endpoint>"
    said = {
        "symbol_set": f"{symbol_set or '<name>'} ({count}{whole} tickers)",
        "period": "<YYYY-MM-DD> to <YYYY-MM-DD>",
        "source": f"{place}, {found.interval or '<1h>'} interval",
        "cache": "<path>/<version>",
    }
    return {**said, **facts, "source": said["source"]}


def _as_json(found: Profile, facts: Mapping[str, object]) -> str:
    columns = [{"name": name, "type": kind} for name, kind in found.columns]
    report = {
        "schema": 1,
        "data": facts,
        "start": found.start,
        "end": found.end,
        "interval": found.interval,
        "symbols": list(found.symbols),
        "columns": columns,
        "formats": {file.path: file.format for file in found.files},
        "notes": list(found.all_notes),
    }
    return json.dumps(report, indent=2) + "\n"
