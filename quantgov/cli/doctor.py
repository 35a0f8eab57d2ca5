"""`quantgov doctor`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import typer

from quantgov import doctor as examination
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.doctor import Check
from quantgov.errors import EXIT_BLOCKED
from quantgov.git import Repository
from quantgov.wording import printable
from quantgov.workspace import Step, Workspace


def doctor(
    fix: bool = typer.Option(False, "--fix", help="Do what is safe: hooks, signing, attribute lines."),
    yes: bool = typer.Option(
        False, "--yes", "-y", help="With --fix: a new key gets no passphrase, and nobody is asked."
    ),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Look at what quantgov needs here: git, hooks, trunk, Git LFS, signing, your place in the team.

    [bold]Example[/bold]

      quantgov doctor --fix
    """
    space = Workspace(Repository.discover())
    is_alone = fix and not yes and not sys.stdin.isatty()
    checks = examination.examine(space, asks=not yes, is_alone=is_alone)
    done: list[Step] = []
    if fix:
        done = examination.mend(checks)
        checks = examination.examine(space, asks=not yes, is_alone=is_alone)
    console.write(_as_json(checks, done) if form is Form.JSON else _as_text(checks, done))
    raise typer.Exit(0 if all(check.is_ok for check in checks) else EXIT_BLOCKED)


def _as_text(checks: Sequence[Check], done: Sequence[Step]) -> str:
    lines = [f"done: {step.verb} {step.target}" for step in done]
    for check in checks:
        lines.append(f"{'ok     ' if check.is_ok else 'problem'} {check.name:<10} {printable(check.found)}")
        lines += [] if check.is_ok else [f"  fix: {printable(check.fix)}"]
    return "".join(f"{line}\n" for line in lines)


def _as_json(checks: Sequence[Check], done: Sequence[Step]) -> str:
    report = {
        "schema": 1,
        "done": [f"{step.verb} {step.target}" for step in done],
        "checks": [{"name": each.name, "ok": each.is_ok, "found": each.found, "fix": each.fix} for each in checks],
    }
    return json.dumps(report, indent=2) + "\n"
