"""`quantgov lfs …`. Its `status` is in a module of its own, which the quick way to it loads without Typer."""

from __future__ import annotations

import json
from enum import StrEnum
from shlex import quote

import typer

from quantgov import converting, fsck, lfs_program, relocating, tracking
from quantgov.cli import console, quick_lfs
from quantgov.cli.forms import Form
from quantgov.errors import EXIT_BLOCKED, EXIT_CLEAN
from quantgov.git import Repository
from quantgov.rewriting import Landed, or_nothing
from quantgov.wording import counted, printable, shown_size
from quantgov.workspace import Workspace, pending, take

SHOWN = 10
QUESTION = "Do this?"
NOTHING_TO_MOVE = "Nothing to move: no such file is plain in these commits."


class Preset(StrEnum):
    lfs_results = "lfs-results"
    no_data = "no-data"
    hybrid = "hybrid"


def lfs_status(form: Form = typer.Option(Form.TEXT, "--format", help="How to report.")) -> None:
    """Show how the files here stand to Git LFS: what goes through it, what should, what is not here, what it costs.

    Works without git-lfs.

    [bold]Examples[/bold]

      quantgov lfs status

      quantgov lfs status --format json
    """
    quick_lfs.run(form.value)


def lfs_track(
    patterns: list[str] = typer.Argument(None, help="Patterns of the team's own, as .gitattributes has them."),
    preset: Preset | None = typer.Option(None, "--preset", help="What Git holds: `data` in quantgov.yaml is set too."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would change, and write nothing."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Write without asking."),
) -> None:
    """Write .gitattributes and .gitignore together, so that they cannot contradict.

    An ignore line that hides what goes to Git LFS is taken out, and every change is shown before it is made.

    [bold]Examples[/bold]

      quantgov lfs track --preset hybrid

      quantgov lfs track '*.bin' 'models/**'
    """
    planned = tracking.plan(Repository.discover(), preset.value if preset else None, patterns or [])
    for edit in planned.edits:
        console.write("".join(f"{printable(line)}\n" for line in edit.diff()))
    for note in planned.notes:
        console.say(f"note: {printable(note)}")
    if not pending(planned.steps):
        console.say("Nothing to do: both files say so already.")
        return
    if dry_run:
        return
    options = [f"--preset {preset.value}"] if preset else []
    if not yes:
        console.ask(QUESTION, " ".join(("quantgov lfs track", *options, *map(quote, patterns or []), "--yes")))
    take(planned.steps)
    console.say("Done. What is left for you:" if planned.afterwards else "Done.")
    for command in planned.afterwards:
        console.say(f"  {command}")


def lfs_fix(
    paths: list[str] = typer.Argument(None, help="Files or folders; all that is staged or not pushed, unless given."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would be done, and do nothing."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Rewrite commits without asking."),
) -> None:
    """Make pointers of staged files that belong in Git LFS, and rewrite commits that nobody else has yet.

    Working files stay as they are. Rewritten commits are kept under refs/quantgov/backup.

    [bold]Examples[/bold]

      quantgov lfs fix

      quantgov lfs fix results/equity.csv
    """
    repo = Repository.discover()
    planned = converting.plan(repo, paths or [])
    _show_fix(planned)
    again = " ".join(("quantgov lfs fix --yes", *(("--", *map(quote, paths)) if paths else ())))
    if planned.committed and not dry_run:
        if not yes:
            console.ask(QUESTION, again)
        landed = converting.rewrite(Workspace(repo), planned.committed, again)
        _show_landed(landed, len(planned.committed.commits))
        repo = Repository.discover()
        planned = converting.plan(repo, paths or [])
    if not planned.staged.is_empty and not dry_run:
        count = len(planned.staged.files)
        with console.meter("moving into Git LFS") as tick:
            converting.stage(repo, planned.staged, again, tick)
        console.say(f"staged: {counted(count, 'pointer')}, the content in Git LFS")
        if not lfs_program.version(Workspace(repo)):
            console.say(f"note: a push uploads it by git-lfs, which is not installed: {lfs_program.how_to_install()}")
    raise typer.Exit(EXIT_BLOCKED if planned.kept_out else EXIT_CLEAN)


def _show_fix(planned: converting.Plan) -> None:
    for path, size in list(planned.staged.sizes.items())[:SHOWN]:
        console.say(f"  staged    {printable(path)}, {shown_size(size)}: becomes a pointer")
    if len(planned.staged.sizes) > SHOWN:
        console.say(f"  staged    and {len(planned.staged.sizes) - SHOWN} more")
    for path, (source, data) in planned.staged.restored.items():
        console.say(f"  restore   {printable(path)}, as {source} has it:")
        _show_lines(data)
    for pattern in dict.fromkeys(planned.staged.lines.values()):
        console.say(f"  add       {printable(pattern)} to .gitattributes")
    if planned.staged.sizes:
        console.say("  (what should not be committed at all: git restore --staged -- PATH)")
    if planned.committed:
        sizes = planned.committed.sizes
        named = ", ".join(f"{printable(path)} ({shown_size(size)})" for path, size in list(sizes.items())[:SHOWN])
        branch = planned.committed.ref.removeprefix("refs/heads/")
        commits = counted(len(planned.committed.commits), "commit")
        console.say(f"  rewrite   {commits} of {printable(branch)} that no remote has: {named}")
    for path, command in planned.kept_out.items():
        console.say(f"  keep out  {printable(path)}, by the policy (data: no-data): {printable(command)}")
    for note in planned.notes:
        console.say(f"note: {printable(note)}")
    if planned.is_empty and not planned.kept_out:
        console.say("Nothing to fix: what is staged and not pushed is as it should be.")


def _show_lines(data: bytes) -> None:
    lines = data.decode("utf-8", "replace").splitlines()
    for line in lines[:SHOWN]:
        console.say(f"            {printable(line)}")
    if len(lines) > SHOWN:
        console.say(f"            and {counted(len(lines) - SHOWN, 'more line')}")


def _show_landed(landed: Landed, commits: int) -> None:
    for each in landed.moved:
        console.say(f"{printable(each.ref)}: {each.old[:10]} -> {each.new[:10]}")
    rewritten = f"{counted(commits, 'commit')} rewritten, " if commits else ""
    console.say(f"{rewritten}the old ones are kept below {landed.backup}; the way back: {landed.back}")


def lfs_migrate(
    include: str = typer.Option("", "--include", help="Patterns, with commas between; else those of .gitattributes."),
    everything: bool = typer.Option(False, "--everything", help="Every branch and tag, not this branch alone."),
    rewrite_pushed: bool = typer.Option(False, "--rewrite-pushed", help="Rewrite commits that others have, too."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would move, and rewrite nothing."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Rewrite without asking."),
) -> None:
    """Move the data files of a whole history into Git LFS, with a way back to what it was.

    Refuses while something is not committed, and where others have the commits, unless told.

    [bold]Examples[/bold]

      quantgov lfs migrate --dry-run

      quantgov lfs migrate --include '*.csv,*.parquet' --everything
    """
    repo = Repository.discover()
    space = Workspace(repo)
    patterns = [each for each in include.split(",") if each]
    options = [f"--include {quote(include)}"] if include else []
    options += ["--everything"] * everything + ["--rewrite-pushed"] * rewrite_pushed
    again = " ".join(("quantgov lfs migrate", *options, "--yes"))
    with or_nothing(again):
        planned = relocating.plan(repo, space, patterns, everything=everything, rewrite_pushed=rewrite_pushed)
    if not planned.info.strip():
        console.say(NOTHING_TO_MOVE)
        return
    console.write(planned.info)
    if dry_run:
        return
    if not yes:
        console.ask(QUESTION, again)
    landed = relocating.migrate(space, planned, again)
    if landed is None:
        console.say(NOTHING_TO_MOVE)
        return
    _show_landed(landed, 0)
    for line in relocating.for_the_others(planned, repo.branch() or "BRANCH"):
        console.say(f"  {line}")


def lfs_fsck(form: Form = typer.Option(Form.TEXT, "--format", help="How to report.")) -> None:
    """Check that every pointer is whole, and its object here to the byte: staged, and in commits not pushed yet.

    Works without git-lfs. Exit code 1 where something is wrong, each fault named with what mends it.

    [bold]Example[/bold]

      quantgov lfs fsck
    """
    with console.meter("reading objects") as tick:
        report = fsck.examine(Repository.discover(), tick)
    console.write(_as_json(report) if form is Form.JSON else _as_text(report))
    raise typer.Exit(EXIT_BLOCKED if report.faults else 0)


def _as_text(report: fsck.Report) -> str:
    lines: list[str] = []
    for each in report.faults:
        where = f" in {each.commit[:10]}" if each.commit else ""
        lines += [f"{printable(each.path)}{where}: {printable(each.message)}", f"  fix: {printable(each.help)}"]
    pointers = counted(report.pointers, "pointer")
    said = counted(len(report.faults), "fault") if report.faults else "all whole"
    lines.append(f"{pointers}, {shown_size(report.size)} of objects read: {said}")
    return "".join(f"{line}\n" for line in lines)


def _as_json(report: fsck.Report) -> str:
    faults = [each._asdict() for each in report.faults]
    found = {"schema": 1, "pointers": report.pointers, "bytes": report.size, "faults": faults}
    return json.dumps(found, indent=2) + "\n"
