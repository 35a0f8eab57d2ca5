"""`quantgov notebook …`."""

from __future__ import annotations

import json
from collections.abc import Iterator

import typer

from quantgov import stripping
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.errors import EXIT_BLOCKED, EXIT_CLEAN, EXIT_USAGE
from quantgov.git import Repository
from quantgov.stripping import Plan, Stripping
from quantgov.wording import counted, printable, shown_size

EXPLAINED = """\
Only what is staged was changed. On disk the outputs are still there, so `git status` calls these notebooks modified.
Commit with `git commit`: `git commit -a`, or another `git add`, would stage the outputs again.
"""


def notebook_strip(
    paths: list[str] = typer.Argument(
        None, help="Notebooks, or folders of them; every staged notebook if none.", metavar="PATH"
    ),
    check: bool = typer.Option(False, "--check", help="Write nothing; exit 1 if there is something to take out."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Take outputs and execution counts out of what is staged. The notebook on disk stays as it is, open or not.

    Not a byte but theirs changes. Nothing is written where one of the notebooks cannot be read.

    [bold]Examples[/bold]

      quantgov notebook strip

      quantgov notebook strip --check notebooks/
    """
    repo = Repository.discover()
    planned = stripping.plan(repo, paths or ())
    if not check:
        stripping.write(repo, planned)
    console.write(_as_json(planned, check) if form is Form.JSON else "".join(_lines(planned, check)))
    raise typer.Exit(_exit_code(planned, check))


def _exit_code(planned: Plan, check: bool) -> int:
    if planned.refused:
        return EXIT_USAGE
    return EXIT_BLOCKED if check and planned.changed else EXIT_CLEAN


def _lines(planned: Plan, check: bool) -> Iterator[str]:
    done = not check and not planned.refused
    for each in planned.notebooks:
        yield f"{printable(each.path)}: {_told(each, done)}\n"
    if not planned.notebooks:
        yield "no notebook is staged\n"
    elif planned.refused:
        yield "nothing was changed\n"
    elif planned.changed and not check:
        yield EXPLAINED


def _told(each: Stripping, done: bool) -> str:
    if each.refused or each.data is None:
        return printable(each.refused) or each.note or "nothing to take out"
    outputs = f"{shown_size(each.outputs)} of outputs" if each.outputs else ""
    counts = counted(each.counts, "execution count") if each.counts else ""
    return f"{' and '.join(filter(None, (outputs, counts)))} {'taken out' if done else 'to take out'}"


def _as_json(planned: Plan, check: bool) -> str:
    report = {
        "schema": 1,
        "written": bool(planned.changed) and not check and not planned.refused,
        "notebooks": [
            {
                "path": each.path,
                "strips": each.data is not None,
                "output_bytes": each.outputs,
                "outputs": each.cells,
                "execution_counts": each.counts,
                "note": each.note,
                "refused": each.refused,
            }
            for each in planned.notebooks
        ],
    }
    return json.dumps(report, indent=2) + "\n"
