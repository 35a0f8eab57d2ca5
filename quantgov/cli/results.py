"""`quantgov results …`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import typer

from quantgov import comparing, record
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.comparing import Comparison, Listing, Metric, Row
from quantgov.desk import Desk
from quantgov.git import Repository
from quantgov.reports.text import Paint
from quantgov.wording import few, printable

FORM = typer.Option(Form.TEXT, "--format", help="How to report.")
SHORT = {"sharpe_ratio": "sharpe", "total_return": "return", "max_drawdown": "drawdown", "win_rate": "win"}
"""Headings of the metrics that most lists show."""
LONGEST, ID_END, MANY = 16, 8, 6
"""Characters of a name and of an id's end that a table shows, and strategies that are counted below it."""
MARK = " *"
"""What stands behind the best value."""


def results_list(
    strategy: str = typer.Argument("", metavar="[STRATEGY]", help="Only its results: id, folder or name."),
    family: str = typer.Option("", "--family", metavar="NAME", help="Only those in this folder of the results."),
    since: str = typer.Option("", "--since", metavar="DATE", help="Only those from this day on."),
    sort: str = typer.Option("", "--sort", metavar="METRIC", help="The best by this metric first, not the newest."),
    limit: int = typer.Option(20, "--limit", min=0, metavar="N", help="At most so many; 0 for all."),
    form: Form = FORM,
) -> None:
    """List results that are staged or committed, the newest first, with what came out of each.

    [bold]Examples[/bold]

      quantgov results list

      quantgov results list STR-2026-0042 --sort sharpe_ratio --limit 5

      quantgov results list --since 2026-01-01 --format json
    """
    desk = Desk(Repository.discover())
    found = comparing.listed(desk, strategy, family=family, since=since, sort=sort, limit=limit)
    if form is Form.JSON:
        console.write(comparing.listing_as_json(found))
    elif found.rows:
        console.write("".join(_listing(found, bool(sort))))
    else:
        console.say("no result of that kind; a new one: quantgov backtest STRATEGY -- python ...")


def _listing(found: Listing, is_sorted: bool) -> Iterator[str]:
    metrics = [SHORT.get(name, name) for name in found.metrics]
    heads = ("date", "strategy", "version", "symbols", *metrics, "trades", "code", "id")
    numbers = range(4, 5 + len(metrics))
    for row in _aligned([heads, *(_cells(row, found.metrics) for row in found.rows)], numbers):
        yield _line(row)
    left = found.fitting - len(found.rows)
    counts = [f"{printable(name)} {count}" for name, count in found.trials.items()]
    yield f"\n{f'{left} more: --limit 0; ' if left else ''}runs on record: {few(counts, MANY)}\n"
    for name in dict.fromkeys(row.strategy for row in found.rows) if is_sorted else ():
        note = comparing.warning(name, found.trials[name])
        yield f"note: {printable(note)}\n" if note else ""


def _cells(row: Row, metrics: Sequence[str]) -> tuple[str, ...]:
    return (
        row.date,
        _cut(row.strategy),
        _cut(row.version),
        _symbols(row.symbols),
        *(comparing.number(name, row.results.get(name)) for name in metrics),
        comparing.number("num_trades", row.trades),
        "dirty" if row.dirty else "",
        _short_id(row.id),
    )


def _aligned(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> Iterator[list[str]]:
    """Each cell as wide as its column; numbers stand at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    ends = set(right)
    for row in rows:
        pairs = enumerate(zip(row, widths, strict=True))
        yield [cell.rjust(width) if at in ends else cell.ljust(width) for at, (cell, width) in pairs]


def _symbols(symbols: Sequence[str]) -> str:
    return _cut(symbols[0]) + (f" +{len(symbols) - 1}" if len(symbols) > 1 else "") if symbols else ""


def _short_id(id: str) -> str:
    """Of an id that was computed its end, which is enough to name it; of another all of it."""
    return id[-ID_END:] if re.fullmatch(f"{record.OWN_ID}|{record.LOGGED_ID}", id) else printable(id)


def _cut(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def results_compare(
    names: list[str] = typer.Argument(metavar="RECORD...", help="Paths, ids, ends of ids, or strategies."),
    last: int = typer.Option(5, "--last", min=2, metavar="N", help="Of one strategy, its last N results."),
    plot: str = typer.Option("", "--plot", metavar="FILE.svg", help="Draw it, too; takes matplotlib."),
    form: Form = FORM,
) -> None:
    """Compare results: what came out of each, which is best, and only what was different before.

    [bold]Examples[/bold]

      quantgov results compare STR-2026-0042

      quantgov results compare 0c1d2e3f 9a8b7c6d --plot gap.svg
    """
    desk = Desk(Repository.discover())
    found = comparing.compared(desk, names, last)
    if plot:
        from quantgov import plotting

        plotting.draw(found, plot)
    if form is Form.JSON:
        console.write(comparing.comparison_as_json(found))
        return
    console.write("".join(_comparison(found)))
    for note in found.notes:
        console.hang(printable(note), "note: ")
    if plot:
        console.say(f"drawn: {printable(plot)}")


def _comparison(found: Comparison) -> Iterator[str]:
    letters = [comparing.label(at) for at in range(len(found.rows))]
    legend = [
        (letter, row.date, f"{_cut(row.strategy)} {_cut(row.version)}", _short_id(row.id), printable(row.path))
        for letter, row in zip(letters, found.rows, strict=True)
    ]
    yield from (_line(cells) for cells in _aligned(legend))
    yield "\n"
    rows = [("results", *letters), *((f"  {printable(each.name)}", *_values(each)) for each in found.metrics)]
    for part, facts in groupby(found.facts, key=attrgetter("part")):
        rows += [(str(part), *("" for _ in letters))]
        rows += [
            (f"  {printable(each.name)}", *(_cut(comparing.shown(value)) for value in each.values)) for each in facts
        ]
    paint = Paint(console.OUT.is_terminal)
    for cells in _aligned(rows):
        yield _line([paint("good", cell) if cell.rstrip().endswith(MARK) else cell for cell in cells])


def _line(cells: Sequence[str]) -> str:
    return "  ".join(cells).rstrip() + "\n"


def _values(metric: Metric) -> Iterator[str]:
    for at, text in enumerate(comparing.texts(metric)):
        yield f"{text}{MARK}" if at in metric.best else text
