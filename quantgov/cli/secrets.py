"""`quantgov secrets`: scan, audit, respond."""

from __future__ import annotations

import typer
from rich.markup import escape

from quantgov import auditing, responding, scanning
from quantgov.auditing import Audit
from quantgov.cli import console, interview, quick
from quantgov.cli.forms import Form, ReportForm
from quantgov.cli.interview import Interview
from quantgov.errors import EXIT_BLOCKED, EXIT_CLEAN, UsageError
from quantgov.git import Repository
from quantgov.responding import Incident
from quantgov.wording import printable


def scan(
    paths: list[str] = typer.Argument(None, help="Files and folders as they lie on disk; all below here if none."),
    staged: bool = typer.Option(False, "--staged", help="What is staged."),
    commits: str | None = typer.Option(None, "--range", metavar="A..B", help="Every commit that B has and A has not."),
    history: bool = typer.Option(False, "--history", help="Every commit of every ref, all stashes, messages, names."),
    reflog: bool = typer.Option(False, "--reflog", help="History, and what only the reflogs still reach."),
    unreachable: bool = typer.Option(False, "--unreachable", help="History, and what nothing reaches any more."),
    lfs: bool = typer.Option(False, "--lfs", help="Also what stands behind Git LFS pointers, where it was fetched."),
    no_cache: bool = typer.Option(False, "--no-cache", help="Search everything again; keep nothing."),
    form: ReportForm = typer.Option(ReportForm.TEXT, "--format", help="How to report. sarif: for code scanning."),
    output: str = typer.Option("", "--output", metavar="FILE", help="Write the report to a file; - prints it."),
) -> None:
    """Search files, a change or all of history for secrets. Only redacted ones are ever shown.

    [bold]Examples[/bold]

      quantgov secrets scan

      quantgov secrets scan notebooks/ --format sarif --output secrets.sarif

      quantgov secrets scan --history --unreachable
    """
    request = scanning.Request(
        paths or (),
        staged=staged,
        commits=commits,
        history=history,
        reflog=reflog,
        unreachable=unreachable,
        lfs=lfs,
        cached=not no_cache,
        form=form.value,
        output=output,
    )
    raise typer.Exit(scanning.run(request, quick.meter()))


def respond(
    wanted: str = typer.Argument(
        help="A fingerprint or the beginning of one, path:line, or a path with one finding.", metavar="FINDING"
    ),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Say what to do about a leaked secret, step by step: revoke, rotate, owner, misuse, purge. Does none of it.

    [bold]Examples[/bold]

      quantgov secrets respond 3f9a0c21

      quantgov secrets respond src/feed.py:12 --format json
    """
    incident = responding.find(Repository.discover(), wanted, quick.meter())
    if form is Form.JSON:
        console.write(responding.as_json(incident))
    else:
        _show_incident(incident)


def _show_incident(incident: Incident) -> None:
    leak = incident.leak
    console.OUT.print(f"[bold red]{escape(printable(leak.what))}[/bold red]")
    for place in incident.places:
        console.say(f"  {place}")
    console.tell(incident.since or "in no commit", indent="  ")
    if leak.own_line:
        console.say(f"  {leak.line} | {leak.own_line}")
    console.say(f"  fingerprint {leak.fingerprint}" + (f"; waived: {printable(leak.waived)}" if leak.waived else ""))
    for number, step in enumerate(responding.steps(incident), 1):
        console.OUT.print(f"\n[bold]{number}. {escape(step.title)}[/bold]")
        for text in step.text:
            console.tell(text, indent="   ")
        for command in step.commands:
            console.OUT.print(f"     [cyan]{escape(command)}[/cyan]")


def audit(
    paths: list[str] = typer.Argument(None, help="Files and folders as they lie on disk; all below here if none."),
    history: bool = typer.Option(False, "--history", help="What history holds instead."),
    listed: bool = typer.Option(False, "--list", help="Only list what is not decided; exit 1 if there is any."),
    accept_all: bool = typer.Option(False, "--accept-all", help="Waive all that is not decided, for one --reason."),
    source: str = typer.Option(
        "", "--import", metavar="FILE", help=".secrets.baseline, .gitleaksignore, or files with allowlist comments."
    ),
    reason: str = typer.Option("", "--reason", help="The reason to write, instead of asking for one."),
    expires: str = typer.Option("", "--expires", metavar="DAY", help="The last day, or how many; 180 unless given."),
    owner: str = typer.Option("", "--owner", metavar="NAME", help="Who answers for it; you, unless given."),
) -> None:
    """Step through findings nobody has decided on: real, false or test. Writes waivers as it goes.

    [bold]Examples[/bold]

      quantgov secrets audit

      quantgov secrets audit --import .secrets.baseline

      quantgov secrets audit --accept-all --reason "before quantgov, under review"
    """
    if sum((listed, accept_all, bool(source))) > 1:
        raise UsageError("--list, --accept-all and --import exclude each other", "name one of them")
    if accept_all and not reason.strip():
        raise UsageError("--accept-all needs a reason", 'quantgov secrets audit --accept-all --reason "..."')
    made = Audit(Repository.discover(), scanning.Request(paths or (), history=history), quick.meter())
    last = auditing.end(expires, made.today) if expires else auditing.default_end(made.today)
    if not made.cases and not made.unwaivable and not source:
        console.say("Nothing to decide on: no finding is open here.")
        return
    if listed:
        raise typer.Exit(_list(made))
    person = owner or made.owner()
    if source:
        _import(made, source, reason, person, last)
    elif accept_all:
        _say_written(made, made.waive(auditing.entries(made.cases, reason, person, last)))
        _say_unwaivable(made)
        raise typer.Exit(EXIT_BLOCKED if made.unwaivable else EXIT_CLEAN)
    else:
        raise typer.Exit(Interview(made, person, reason, expires).run())


def _list(made: Audit) -> int:
    for case in made.cases:
        interview.show(case)
        console.say("")
    _say_unwaivable(made)
    console.say(f"{len(made.cases) + len(made.unwaivable)} not decided.")
    return EXIT_BLOCKED if made.cases or made.unwaivable else EXIT_CLEAN


def _say_unwaivable(made: Audit) -> None:
    for leak in made.unwaivable:
        console.say(
            f"{printable(leak.what)}\n  {leak.code} cannot be waived: quantgov secrets respond {leak.fingerprint}\n"
        )


def _import(made: Audit, source: str, reason: str, owner: str, last: str) -> None:
    matched = made.matched(source)
    lines: dict[tuple[str, str], dict[str, None]] = {}
    for known in matched.unmatched:
        lines.setdefault((known.file, known.source), {})[str(known.line)] = None
    for (file, listed), numbers in lines.items():
        place = f"{file}:{','.join(numbers)}" if numbers.keys() != {"0"} else file
        console.say(f"not imported, quantgov finds no such secret: {printable(f'{place} ({listed})')}")
    for mark, known in matched.real.items():
        console.say(f"not imported, audited as a secret in {printable(known.source)}: quantgov secrets respond {mark}")
    _say_written(made, made.waive(auditing.imported(matched, reason, owner, last)))


def _say_written(made: Audit, count: int) -> None:
    console.say(f"{count} waived.")
    if count:
        console.say(f"Next: {made.commit_command()}")
