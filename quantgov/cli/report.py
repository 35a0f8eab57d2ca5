"""`quantgov report …`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import typer

from quantgov import reporting
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.desk import Desk
from quantgov.git import Repository
from quantgov.reporting import Draft
from quantgov.scaffold import yaml_text
from quantgov.wording import printable


def draft(
    name: str = typer.Argument(help="The strategy's id or its folder.", metavar="STRATEGY"),
    link: bool = typer.Option(False, "--link", help="Name the report and its digest in the passport."),
    force: bool = typer.Option(False, "--force", help="Draft anew over a report that somebody edited."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show the report, and write nothing."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Draft a backtest report from passport, parameters, signal code and the newest result record of a strategy.

    What is on record is filled in; what is not stays a comment that says what belongs there. A report that somebody
    edited is left alone.

    [bold]Examples[/bold]

      quantgov report draft STR-2026-0042

      quantgov report draft strategies/earnings-gap --link
    """
    desk = Desk(Repository.discover())
    planned = reporting.plan(desk, name, force=force, link=link)
    if not dry_run:
        reporting.write(desk, planned)
    console.write(_as_json(planned, dry_run) if form is Form.JSON else "".join(_lines(planned, dry_run)))


def _lines(planned: Draft, dry_run: bool) -> Iterator[str]:
    yield f"{printable(planned.path)}: {_done(planned, dry_run)}\n"
    if dry_run and not planned.is_kept:
        yield "".join(f"  {printable(line)}\n" for line in planned.text.splitlines())
    if planned.sources:
        yield f"from: {printable(', '.join(planned.sources))}\n"
    yield from (f"note: {printable(note)}\n" for note in planned.notes)
    places = [(line, message) for message, line, _, _ in planned.problems if line]
    yield "still to be done:\n" if places else ""
    yield from (f"  line {line}: {printable(message)}\n" for line, message in places)
    yield from _linking(planned, dry_run)


def _done(planned: Draft, dry_run: bool) -> str:
    if planned.is_kept:
        return "kept as it is"
    return "would be drafted" if dry_run else "drafted"


def _linking(planned: Draft, dry_run: bool) -> Iterator[str]:
    passport = printable(planned.strategy.path)
    if not planned.link:
        return
    if planned.is_linked:
        yield f"{passport}: {'would name' if dry_run else 'names'} it now\n"
        return
    yield f"once it is complete, in {passport}:\n  backtest:\n"
    yield from (f"    {key}: {printable(yaml_text(value))}\n" for key, value in planned.link.items())
    yield f"or: quantgov report draft {planned.strategy.id} --link\n"


def _as_json(planned: Draft, dry_run: bool) -> str:
    report = {
        "schema": 1,
        "strategy_id": planned.strategy.id,
        "path": planned.path,
        "written": [] if dry_run else list(planned.files),
        "kept": planned.is_kept,
        "sources": list(planned.sources),
        "notes": list(planned.notes),
        "problems": [dict(zip(("message", "line", "column", "help"), each, strict=True)) for each in planned.problems],
        "link": dict(planned.link),
        "linked": planned.is_linked,
        "text": planned.text,
    }
    return json.dumps(report, indent=2) + "\n"
