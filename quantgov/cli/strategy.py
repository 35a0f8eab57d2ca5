"""`quantgov new-strategy`."""

from __future__ import annotations

import json

import typer
from rich.text import Text
from rich.tree import Tree

from quantgov import scaffold, waivers
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.git import Repository
from quantgov.scaffold import Frequency, Materiality, NewStrategy


def new_strategy(
    name: str = typer.Argument(help="What the strategy is called; its folder's name is made from it.", metavar="NAME"),
    no_branch: bool = typer.Option(False, "--no-branch", help="Stay on the branch you are on."),
    researcher: str = typer.Option("", "--researcher", metavar="EMAIL", help="Instead of git's user.email."),
    frequency: Frequency = typer.Option(Frequency.DAILY, "--frequency", help="How often it trades."),
    materiality: Materiality | None = typer.Option(
        None, "--materiality", help="How much depends on it; high asks for signatures."
    ),
    thesis: str = typer.Option("", "--thesis", metavar="TEXT", help="Why it should earn money, in a sentence."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Start a strategy: the next free id, a branch, and a folder with passport, brief, parameters, code and a test.

    [bold]Example[/bold]

      quantgov new-strategy "Earnings gap" --thesis "Gaps after earnings fill within 72 hours"
    """
    repo = Repository.discover()
    strategy = scaffold.plan(
        repo,
        name,
        today=waivers.today(),
        researcher=researcher,
        frequency=frequency,
        thesis=thesis,
        materiality=materiality,
        branching=not no_branch,
    )
    scaffold.write(repo, strategy)
    if form is Form.JSON:
        console.write(_as_json(strategy))
    else:
        _show(strategy)


def _show(strategy: NewStrategy) -> None:
    console.write(f"{strategy.strategy_id} {strategy.name}\n")
    files = Tree(Text(f"{strategy.folder}/"))
    for path in strategy.files:
        files.add(Text(path))
    console.OUT.print(files)
    console.write(f"on {_branch(strategy)}\n")
    for note in strategy.notes:
        console.write(f"note: {note}\n")
    console.write("next:\n" + "".join(f"  {step}\n" for step in strategy.next_steps))


def _branch(strategy: NewStrategy) -> str:
    if strategy.new_branch:
        return f"branch {strategy.new_branch}, made where you were"
    return f"branch {strategy.branch}" if strategy.branch else "no branch: HEAD is detached"


def _as_json(strategy: NewStrategy) -> str:
    report = {
        "schema": 1,
        "strategy_id": strategy.strategy_id,
        "name": strategy.name,
        "folder": strategy.folder,
        "files": [f"{strategy.folder}/{path}" for path in strategy.files],
        "branch": strategy.branch,
        "branch_made": bool(strategy.new_branch),
        "notes": list(strategy.notes),
        "next_steps": list(strategy.next_steps),
    }
    return json.dumps(report, indent=2) + "\n"
