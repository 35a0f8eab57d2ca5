"""Running a command line: every failure ends with one line that says what to do, and with its exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence

import typer

from quantgov.cli import console
from quantgov.errors import DEBUG, EXIT_CANNOT_JUDGE, QuantgovError


def run(app: typer.Typer, name: str, arguments: Sequence[str]) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without UTF-8 gets a question mark, not a crash
    try:
        app(list(arguments), prog_name=name)
    except QuantgovError as error:
        console.fail(error)
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        console.fail(QuantgovError(f"{type(error).__name__}: {error}", f"run it again with {DEBUG}=1, and report it"))
        sys.exit(EXIT_CANNOT_JUDGE)


def alone(command: Callable[..., None], name: str, arguments: Sequence[str]) -> None:
    """Run one command without the modules of all others, whose loading takes as long as its own."""
    app = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False)
    app.command()(command)
    run(app, name, arguments)
