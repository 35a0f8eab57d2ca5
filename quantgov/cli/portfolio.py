"""`quantgov status`, `passport show` and `passport list`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import typer

from quantgov import portfolio
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.cli.lifecycle import STRATEGY, show_pieces
from quantgov.desk import Desk
from quantgov.git import Repository
from quantgov.portfolio import Due, Given, Overview, Row, Sheet
from quantgov.wording import printable

FORM = typer.Option(Form.TEXT, "--format", help="How to report.")
LONGEST = 34
"""Characters of a name, or of what is due, that a table shows."""


def status(form: Form = FORM) -> None:
    """What runs, in which version and since when, what is due, and how many strategies are in each phase.

    It is told as the trunk has it, as of your last fetch.

    [bold]Example[/bold]

      quantgov status
    """
    found = portfolio.overview(Desk(Repository.discover()))
    console.write(portfolio.overview_as_json(found) if form is Form.JSON else "".join(_overview(found)))


def _overview(found: Overview) -> Iterator[str]:
    if not any(found.counts.values()):
        yield f"no strategy on {printable(found.trunk)} yet; next: quantgov new-strategy NAME\n"
        return
    running, stopped = len(found.running), len(found.suspended)
    still = f", {stopped} stand{'s' if stopped == 1 else ''} still" if stopped else ""
    yield f"{running} strateg{'y runs' if running == 1 else 'ies run'}{still}, as {printable(found.trunk)} has it\n"
    if found.running:
        yield "\n"
        yield from _table([_of_running(row) for row in found.running], "  ")
    if found.due:
        yield "\ndue\n"
        yield from _due(found.due)
    yield "\n" + ", ".join(f"{count} in {phase}" for phase, count in found.counts.items() if count) + "\n"


def _of_running(row: Row) -> tuple[str, ...]:
    return row.strategy_id, _cut(row.name), row.version, f"since {row.since}" if row.since else "", row.owner


def _due(items: Sequence[Due]) -> Iterator[str]:
    for item in items:
        late = "late: " if item.is_late else ""
        yield f"  {item.day}  {item.strategy_id}  {late}{printable(item.what)}\n"
        yield f"              fix: {printable(item.help)}\n"


def show(name: str = STRATEGY, form: Form = FORM) -> None:
    """Show one strategy: what it is, who built it, what it depends on, who signed, and what its next gate lacks.

    [bold]Example[/bold]

      quantgov passport show STR-2026-0042
    """
    desk = Desk(Repository.discover())
    found = portfolio.sheet(desk, desk.find(name))
    if form is Form.JSON:
        console.write(portfolio.sheet_as_json(found))
    else:
        _show(found)


def _show(found: Sheet) -> None:
    row = found.row
    since = f" since {row.since}" if row.since and row.status == "production" else ""
    console.OUT.print(f"{row.strategy_id} {printable(row.name)}", markup=False, style="bold")
    console.tell(f"{row.version}, {row.status}{since}, in {printable(row.folder) or 'the root'}", "")
    console.say("")
    console.tell(printable(found.text), "  ")
    console.say("")
    for label, lines in found.facts:
        for at, line in enumerate(lines):
            console.hang(printable(line), f"  {label if at == 0 else '':<13}")
    if found.sign_offs:
        console.say("\nsign-offs")
        for line in _table([_of_given(each) for each in found.sign_offs], "  "):
            console.say(line.rstrip("\n"))
    if found.due:
        console.say("\ndue")
        console.write("".join(_due(found.due)))
    _show_gate(found)


def _of_given(given: Given) -> tuple[str, ...]:
    return given.role, given.by or "-", given.day, printable(given.state)


def _show_gate(found: Sheet) -> None:
    if not found.gate:
        return
    command = f"quantgov promote {found.row.strategy_id} {found.gate}"
    if not found.lacks:
        console.say(f"\nnext: {command}")
        return
    console.say(f"\nmissing for {found.gate}")
    show_pieces(found.lacks)
    console.say(f"then: {command}")


def listed(
    phase: str = typer.Option("", "--phase", metavar="STATUS", help="Only those in this phase."),
    owner: str = typer.Option("", "--owner", metavar="NAME", help="Only those of this researcher: name or address."),
    due: bool = typer.Option(False, "--due", help="Only those for which something is due within 30 days."),
    form: Form = FORM,
) -> None:
    """List the strategies that are staged or committed here.

    [bold]Examples[/bold]

      quantgov passport list --phase production

      quantgov passport list --owner alice --due
    """
    rows = portfolio.rows(Desk(Repository.discover()), phase=phase, owner=owner, due=due)
    if form is Form.JSON:
        console.write(portfolio.rows_as_json(rows))
    elif rows:
        console.write("".join(_table([HEADINGS, *(_of_row(row) for row in rows)])))
    else:
        console.say("no strategy of that kind; all of them: quantgov passport list")


HEADINGS = ("id", "name", "version", "phase", "researcher", "due")


def _of_row(row: Row) -> tuple[str, ...]:
    return row.strategy_id, _cut(row.name), row.version, row.status, _cut(row.owner), _cut(row.due)


def _cut(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def _table(rows: Sequence[tuple[str, ...]], indent: str = "") -> Iterator[str]:
    """Columns as wide as what is in them: a table drawn by rich takes longer than reading a thousand passports."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield indent + "  ".join(cells).rstrip() + "\n"
