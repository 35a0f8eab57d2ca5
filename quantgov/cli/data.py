"""`quantgov manifest draft`: the data manifest, read from the data."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence

import typer

from quantgov import datasets, manifest
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.datapaths import name_of
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.manifest_lines import DATASET, READERS, Unreadable, disorder
from quantgov.profiling import Expectation, Profile, profile
from quantgov.profiling.columns import roles
from quantgov.profiling.moments import step_of
from quantgov.wording import printable
from quantgov.workspace import read_file

LIST = "write one symbol a line, or name a CSV file that has a column of them"


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
    period: str = typer.Option("", "--period", metavar="START..END", help="The days that there should be bars for."),
    as_of: str = typer.Option("", "--as-of", metavar="DAY", help="When it was fetched, where the data do not say."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Write the data manifest of a backtest commit from the data themselves, and say what is wrong with them.

    Reads CSV, Parquet, Feather and JSON; Parquet and Feather need Polars. The manifest goes to standard
    output, what is incomplete, repeated or null to standard error. What only you know stays in angle brackets.

    [bold]Examples[/bold]

      quantgov manifest draft data/spx_1h.parquet --source "TickDB /v1/market/kline" --symbol-set "SPX constituents"

      quantgov manifest draft data/kline --symbols config/spx.txt --period 2024-01-01..2024-12-31

      quantgov manifest draft data/btc.csv --calendar 24/7 --format json
    """
    _check(source, dataset, symbols, expect, interval)
    listed = _listed(symbols) if symbols else ()
    wanted = Expectation(listed, expect, calendar, interval, *_period(period))
    top = _top()
    names = [name_of(path, top) for path in paths]
    _check_moment(as_of)
    with console.meter("reading", console.MEBIBYTE) as tick:
        found = profile(paths, names=names, expect=wanted, progress=tick)
    facts = found.manifest(
        symbol_set=symbol_set,
        source=source,
        cache=cache or _folder(names, paths),
        dataset=dataset,
        as_of=as_of or _recorded(top, dataset, found.digest),
    )
    _, fault = disorder(facts)
    if fault:
        raise UsageError(fault, "give the day on which it was fetched: --as-of DAY")
    if form is Form.JSON:
        console.write(_as_json(found, facts))
        return
    block = manifest.rendered(_filled(facts, found, symbol_set))
    console.write("".join(f"{printable(line)}\n" for line in block.split("\n")))
    sys.stdout.flush()
    for note in filter(None, (*found.notes, found.outside)):
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


def _period(text: str) -> list[str]:
    """The first and the last day; one of them may be left out."""
    found = text.split("..") if text else ["", ""]
    if len(found) != 2 or text == "..":
        raise UsageError(f"--period {text!r} is not START..END", "as in 2024-01-01..2024-12-31")
    return found


def _check_moment(as_of: str) -> None:
    try:
        if as_of:
            READERS["as_of"](as_of)
    except Unreadable as error:
        raise UsageError(f"--as-of {error}", "as in 2025-01-15, or 2025-01-15T09:30:00Z") from None


def _listed(path: str) -> tuple[str, ...]:
    """The symbols of a list: one a line, or the column of that name in a CSV file."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            rows = [line.split(",") for line in file.read().splitlines() if line.strip() and line[0] != "#"]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", LIST) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text", LIST) from None
    at = max(0, roles(rows[0]).symbol) if rows else 0
    cells = [row[at].strip() for row in rows if len(row) > at]
    found = dict.fromkeys(cell for cell in cells[bool(cells) and roles([cells[0]]).symbol == 0 :] if cell)
    if not found:
        raise UsageError(f"{path} lists no symbols", LIST)
    return tuple(found)


def _top() -> str:
    """The repository's root, from which files are named, so that their digest is the same on every machine."""
    try:
        return Repository.discover().top or ""
    except UsageError:
        return ""


def _recorded(top: str, dataset: str, digest: str) -> str:
    """When these very data were fetched, as the entry says that is named; empty where it does not."""
    registry = read_file(os.path.join(top, datasets.PATH)) if dataset else None
    found = datasets.named(datasets.of_data(registry or b""), dataset)
    return str(found.value["as_of"]) if found and found.digest == digest else ""


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
        "notes": [*filter(None, (*found.notes, found.outside))],
    }
    return json.dumps(report, indent=2) + "\n"
