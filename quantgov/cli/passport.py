"""`quantgov passport …`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

import typer

from quantgov import entrance, migrating, passport
from quantgov import policy as policies
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.documents import Violation
from quantgov.errors import EXIT_BLOCKED, UsageError
from quantgov.git import Repository
from quantgov.migrating import Edit, Migration, Renumbering
from quantgov.wording import printable

STDIN = "-"
DRY_RUN = typer.Option(False, "--dry-run", help="Show the change as a patch, and write nothing.")


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


def passport_migrate(
    files: list[str] = typer.Argument(
        None, help="Passports or their folders; none: all that Git tracks.", metavar="FILE..."
    ),
    dry_run: bool = DRY_RUN,
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Bring older passports up to today's form, then say what each still lacks. No fact is made up.

    Files are edited where they are, comments and order kept; nothing is staged.

    [bold]Example[/bold]

      quantgov passport migrate --dry-run
    """
    paths = [_passport_at(file) for file in files] if files else _tracked()
    done = [migrating.migrate(path) for path in paths]
    if not dry_run:
        migrating.write(each.edit for each in done)
    if form is Form.JSON:
        console.write(_migrations_as_json(done, dry_run))
    else:
        console.write("".join(line for each in done for line in _migrated(each, dry_run)))
        console.write(_ending([each.edit for each in done], dry_run))
    raise typer.Exit(EXIT_BLOCKED if any(each.problems for each in done) else 0)


def _migrated(done: Migration, dry_run: bool) -> Iterator[str]:
    shown = printable(done.edit.path)
    if dry_run:
        yield done.edit.diff
    yield from (f"{shown}: {printable(change)}\n" for change in done.changes)
    yield from (f"{shown}: this voids {printable(path)}: sign again\n" for path in done.voided)
    yield from _lines({done.edit.path: done.problems})


def _ending(edits: Sequence[Edit], dry_run: bool) -> str:
    edited = [each.path for each in edits if each.after != each.before]
    if not edited:
        return "nothing to change\n"
    if dry_run:
        return "nothing was written\n"
    return f"edited in the working tree, not staged: git diff {' '.join(printable(path) for path in edited)}\n"


def _migrations_as_json(done: Sequence[Migration], dry_run: bool) -> str:
    files = [
        {
            "path": each.edit.path,
            "changes": list(each.changes),
            "voided": list(each.voided),
            "diff": each.edit.diff,
            "valid": not each.problems,
            "problems": _problems(each.problems),
        }
        for each in done
    ]
    return json.dumps({"schema": 1, "written": not dry_run, "files": files}, indent=2) + "\n"


def passport_renumber(
    strategy: str = typer.Argument(
        help="A passport, its folder, or an id that two strategies share: the later one is meant.", metavar="FILE|STR-…"
    ),
    dry_run: bool = DRY_RUN,
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Give a strategy the next free id, in its passport and in every deliverable of its folder.

    Files are edited where they are; nothing is staged. Sign-offs for the old id count no more.

    [bold]Examples[/bold]

      quantgov passport renumber STR-2026-0007

      quantgov passport renumber strategies/earnings-gap --dry-run
    """
    named = strategy if migrating.STRATEGY_ID.fullmatch(strategy) else _passport_at(strategy)
    done = migrating.renumber(Repository.discover(), named)
    if not dry_run:
        migrating.write(done.edits)
    console.write(_renumbering_as_json(done, dry_run) if form is Form.JSON else "".join(_renumbered(done, dry_run)))


def _renumbered(done: Renumbering, dry_run: bool) -> Iterator[str]:
    if dry_run:
        yield from (each.diff for each in done.edits)
    yield f"{done.old} is {done.new} in {', '.join(printable(each.path) for each in done.edits)}\n"
    yield from (f"this voids {printable(path)}: sign again as {done.new}\n" for path in done.voided)
    yield _ending(done.edits, dry_run)


def _renumbering_as_json(done: Renumbering, dry_run: bool) -> str:
    report = {
        "schema": 1,
        "written": not dry_run,
        "old": done.old,
        "new": done.new,
        "files": [each.path for each in done.edits],
        "voided": list(done.voided),
    }
    return json.dumps(report, indent=2) + "\n"


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
