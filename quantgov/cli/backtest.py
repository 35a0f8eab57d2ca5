"""`quantgov backtest`."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer

from quantgov import backtesting, keeping, preparing
from quantgov.backtesting import Described, Made
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.errors import EXIT_INTERRUPTED, QuantgovError
from quantgov.git import Repository
from quantgov.preparing import Prepared, Request
from quantgov.tally import without_secrets
from quantgov.wording import few, printable
from quantgov.workspace import Ending
from quantgov.yamltext import written

KEY = re.compile(r"(BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File)(?!.*(-----?END |Private-MAC:))", re.DOTALL)
"""A private key that goes on: its lines are no secret one by one."""
LONGEST_KEY = 1 << 14


def backtest(
    name: str = typer.Argument(help="The strategy's id, its folder or its folder's name.", metavar="STRATEGY"),
    command: list[str] = typer.Argument(help="What runs the backtest, behind --.", metavar="-- COMMAND..."),
    data: list[str] = typer.Option(
        [], "--data", metavar="PATH", help="Data that is read unseen: by compiled programs, elsewhere."
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
    request = Request(name, tuple(command), tuple(data), results, timeout, seed, note, no_data, dry_run)
    with Ending():
        try:
            prepared = preparing.prepare(Repository.discover(), request)
            with _relay(form) as tell:
                ran = backtesting.perform(prepared, tell)
            with console.meter("reading the data", console.MEBIBYTE) as progress:
                described = backtesting.describe(prepared, ran, progress)
            paths, commands = _kept(prepared, described, form, stage=not no_stage)
        except KeyboardInterrupt:
            raise typer.Exit(EXIT_INTERRUPTED) from None
    _report(described, form, paths, commands)


def _kept(prepared: Prepared, described: Described, form: Form, *, stage: bool) -> tuple[tuple[str, ...], list[str]]:
    """Where the records were written, and what is left to type. What hours have brought is shown where neither is."""
    if prepared.request.dry:
        return (), []
    try:
        with keeping.keep(prepared, described, stage=stage) as paths:
            return paths, keeping.commands(prepared, described, paths, staged=stage)
    except QuantgovError:
        _report(described, form, (), ())
        raise


def _report(described: Described, form: Form, paths: Sequence[str], commands: Sequence[str]) -> None:
    if form is Form.JSON:
        console.write(_as_json(described, paths, commands))
    else:
        console.write("".join(_lines(described, paths, commands)))


@contextmanager
def _relay(form: Form) -> Iterator[Callable[[bytes], None] | None]:
    """Where the output of the run goes: to the terminal as it is, else line by line and without secrets."""
    if form is Form.TEXT and sys.stdout.isatty():
        yield None
        return
    stream = sys.stderr if form is Form.JSON else sys.stdout
    held = ""

    def tell(line: bytes) -> None:
        nonlocal held
        held += line.decode("utf-8", "replace")
        if not (KEY.search(held) and len(held) < LONGEST_KEY):
            flush()

    def flush() -> None:
        nonlocal held
        said, held = held, ""
        stream.write(without_secrets(said))
        stream.flush()

    try:
        yield tell
    finally:
        flush()


def _lines(described: Described, paths: Sequence[str], commands: Sequence[str]) -> Iterator[str]:
    for at, made in enumerate(described.made):
        yield f"\n{printable(paths[at]) if paths else 'not written'}: {made.value['experiment_id']}\n"
        yield from _metrics(made)
        if not paths:
            yield from (f"  {printable(line)}\n" for line in written(made.value).decode().splitlines())
    if described.captured.differing:
        yield f"not committed yet, so dirty: {printable(few(described.captured.differing))}\n"
    yield from (f"note: {printable(note)}\n" for note in described.notes)
    if commands:
        yield "next:\n"
        yield from (f"  {command}\n" for command in commands)


def _metrics(made: Made) -> Iterator[str]:
    """What came out, and what of it was otherwise the last time."""
    results, previous = made.value["results"], made.previous
    assert isinstance(results, dict)
    before = previous.metrics() if previous else {}
    width = max(map(len, results))
    if previous:
        other = f", of another command: {shlex.join(previous.command)}" if made.is_of_another_command else ""
        shown = printable(without_secrets(f"{os.path.basename(previous.path)}{other}"))
        yield f"  {'':{width}}  {'':>12}  {'before':>12}   ({shown})\n"
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
