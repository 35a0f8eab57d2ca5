"""`quantgov passport …`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

import typer

from quantgov import entrance, passport
from quantgov import policy as policies
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.documents import Violation
from quantgov.errors import EXIT_BLOCKED, UsageError
from quantgov.git import Repository
from quantgov.reports.text import printable

STDIN = "-"


def passport_validate(
    files: list[str] = typer.Argument(
        None, help="Passports or their folders, - for standard input; none: all that Git tracks.", metavar="FILE..."
    ),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Check passports as they stand on disk, line by line, while you edit them.

    [bold]Example[/bold]

      quantgov passport validate strategies/earnings-gap/passport.yaml
    """
    paths = [_passport_at(file) for file in files] if files else _tracked()
    found = {path: passport.problems(_read(path)) for path in paths}
    console.write(_as_json(found) if form is Form.JSON else "".join(_lines(found)))
    raise typer.Exit(EXIT_BLOCKED if any(found.values()) else 0)


def _passport_at(file: str) -> str:
    """The file itself, or the passport in it where it is a folder. Raises UsageError where there is none."""
    if file != STDIN and not os.path.exists(file):
        raise UsageError(f"{printable(file)} does not exist", "git ls-files '*passport.yaml' lists those in Git")
    if not os.path.isdir(file):
        return file
    within = [os.path.join(file, name) for name in passport.PASSPORT_NAMES]
    found = [path for path in within if os.path.isfile(path)]
    if not found:
        raise UsageError(f"{printable(file)} holds no {passport.PASSPORT}", "name one strategy's folder, or a file")
    return found[0]


def _tracked() -> list[str]:
    """The passports below the strategies' folder that git tracks and the working tree holds."""
    repo = Repository.discover()
    change = entrance.staged(repo)
    folder = policies.of_change(change).strategies
    tracked = [path for path in change.head.paths(folder) if passport.is_passport(path)]
    found = [os.path.relpath(os.path.join(repo.top or "", path)) for path in tracked]
    found = [path for path in found if os.path.isfile(path)]
    if not found:
        raise UsageError(f"Git tracks no passport below {folder}", "name a file, or: quantgov new-strategy NAME")
    return found


def _read(path: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read()
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{printable(path)} cannot be read: {error.strerror}", f"ls -l '{printable(path)}'") from None


def _lines(found: Mapping[str, Sequence[Violation]]) -> Iterator[str]:
    for path, problems in found.items():
        shown = printable(path)
        for problem in problems:
            yield f"{shown}:{problem.line}:{problem.column}: {printable(problem.message)}\n"
            yield f"  fix: {printable(problem.help)}\n"
        if not problems:
            yield f"{shown}: ok\n"


def _as_json(found: Mapping[str, Sequence[Violation]]) -> str:
    files = [{"path": path, "valid": not problems, "problems": _problems(problems)} for path, problems in found.items()]
    return json.dumps({"schema": 1, "files": files}, indent=2) + "\n"


def _problems(problems: Sequence[Violation]) -> list[dict[str, object]]:
    return [{"message": each.message, "help": each.help, "line": each.line, "column": each.column} for each in problems]
