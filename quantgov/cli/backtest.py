"""`quantgov backtest`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

import typer

from quantgov import backtesting, keeping
from quantgov.backtesting import Described, Request
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.errors import EXIT_INTERRUPTED
from quantgov.git import Repository
from quantgov.record import Record
from quantgov.reports.text import printable
from quantgov.tally import without_secrets
from quantgov.yamltext import written


def backtest(
    name: str = typer.Argument(help="The strategy's id, its folder or its folder's name.", metavar="STRATEGY"),
    command: list[str] = typer.Argument(help="What runs the backtest, behind --.", metavar="-- COMMAND..."),
    data: list[str] = typer.Option(
        [], "--data", metavar="PATH", help="Data that Python does not see being read, as Polars and DuckDB read it."
    ),
    results: str = typer.Option(
        "", "--results", metavar="FILE", help="The JSON file into which the run writes its result."
    ),
    timeout: float | None = typer.Option(None, "--timeout", metavar="SECONDS", min=0, help="End it after so long."),
    seed: int | None = typer.Option(None, "--seed", help="Put on record which seed was used, where the run does not."),
    note: str = typer.Option("", "--note", metavar="TEXT", help="What was learned, as the record's conclusion."),
    no_data: str = typer.Option("", "--no-data", metavar="REASON", help="Why it needs no data at all."),
    no_stage: bool = typer.Option(False, "--no-stage", help="Write the record, and stage nothing."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Run it and show the record, and write nothing."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Run a backtest and put it on record: what came out, of which code, on which data.

    The run says what came out by `from quantgov import log_result`. Its record is written below results/ and staged,
    and the commit that is left to be made is printed.

    [bold]Examples[/bold]

      quantgov backtest STR-2026-0042 -- python strategies/earnings-gap/run.py

      quantgov backtest earnings-gap --data data/bars --timeout 600 -- python -m engine --fast
    """
    request = Request(name, tuple(command), tuple(data), results, timeout, seed, note, no_data)
    try:
        prepared = backtesting.prepare(Repository.discover(), request)
        described = backtesting.describe(prepared, backtesting.perform(prepared, _relay(form)), _progress())
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None
    paths = () if dry_run else keeping.keep(prepared, described, stage=not no_stage)
    commands = [] if dry_run else keeping.commands(prepared, described, paths, staged=not no_stage)
    if form is Form.JSON:
        console.write(_as_json(described, paths, commands))
    else:
        console.write("".join(_lines(described, paths, commands)))


def _relay(form: Form) -> Callable[[bytes], None] | None:
    """Where the output of the run goes: to the terminal as it is, else line by line and without secrets."""
    if form is Form.TEXT and sys.stdout.isatty():
        return None
    stream = sys.stderr if form is Form.JSON else sys.stdout

    def tell(line: bytes) -> None:
        stream.write(without_secrets(line.decode("utf-8", "replace")))
        stream.flush()

    return tell


def _progress() -> Callable[[int, int], None]:
    """Shown only where it takes a moment: most data is read in less."""
    return console.progress("reading the data") if sys.stderr.isatty() else lambda done, total: None


def _lines(described: Described, paths: Sequence[str], commands: Sequence[str]) -> Iterator[str]:
    for at, made in enumerate(described.made):
        yield f"\n{printable(paths[at]) if paths else 'not written'}: {made.value['experiment_id']}\n"
        yield from _metrics(made.value, made.previous)
        if not paths:
            yield from (f"  {printable(line)}\n" for line in written(made.value).decode().splitlines())
    if described.captured.differing:
        yield f"not committed yet, so dirty: {printable(backtesting.few(described.captured.differing))}\n"
    yield from (f"note: {printable(note)}\n" for note in described.notes)
    if commands:
        yield "next:\n"
        yield from (f"  {command}\n" for command in commands)


def _metrics(value: Mapping[str, object], previous: Record | None) -> Iterator[str]:
    """What came out, and what of it was otherwise the last time."""
    results = value["results"]
    assert isinstance(results, dict)
    before = previous.metrics() if previous else {}
    width = max(map(len, results))
    if previous:
        yield f"  {'':{width}}  {'':>12}  {'before':>12}   ({printable(os.path.basename(previous.path))})\n"
    for name, number in results.items():
        was = _shown(before.get(name)) if name in before else ""
        yield f"  {name:{width}}  {_shown(number):>12}  {was:>12}".rstrip() + "\n"


def _shown(number: object) -> str:
    if number is None:
        return "not known"
    return f"{number:,}" if isinstance(number, int) else f"{number:.6g}"


def _as_json(described: Described, paths: Sequence[str], commands: Sequence[str]) -> str:
    captured = described.captured
    report = {
        "schema": 1,
        "records": [
            {
                "path": paths[at] if paths else None,
                "record": made.value,
                "previous": made.previous.id if made.previous else None,
            }
            for at, made in enumerate(described.made)
        ],
        "dirty": list(captured.differing),
        "artefacts": list(captured.artefacts),
        "notes": list(described.notes),
        "commands": list(commands),
    }
    return json.dumps(report, indent=2) + "\n"
