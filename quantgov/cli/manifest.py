"""`quantgov manifest show`, `verify`, `diff` and `snapshot`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum

import typer
from rich.table import Table
from rich.text import Text

from quantgov import manifest, manifests, snapshots, verifying
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.git import Repository
from quantgov.manifests import Carried, Difference
from quantgov.snapshots import Snapshot, Wish
from quantgov.verifying import ABSENT, DIFFERS, OK, UNKNOWN, Verification
from quantgov.wording import few, printable

REV = typer.Argument("HEAD", help="A commit.", metavar="REV")
FORM = typer.Option(Form.TEXT, "--format", help="How to report.")
MARKS = {OK: "ok", DIFFERS: "differs", ABSENT: "not here", UNKNOWN: "not known"}
STYLES = {OK: "green", DIFFERS: "red", ABSENT: "red", UNKNOWN: "yellow"}


class SourceType(StrEnum):
    API = "api"
    FILE = "file"
    HTTP = "http"
    S3 = "s3"
    GCS = "gcs"
    SQL = "sql"
    OTHER = "other"


def manifest_show(
    rev: str = REV,
    staged: bool = typer.Option(False, "--staged", help="What is staged, instead of a commit."),
    form: Form = FORM,
) -> None:
    """Show which data a commit's results ran on, as its message or its result records say.

    [bold]Examples[/bold]

      quantgov manifest show

      quantgov manifest show --staged
    """
    found = manifests.carried(Repository.discover(), rev, staged=staged)
    console.write(_carried_as_json(found) if form is Form.JSON else "".join(_shown(found)))


def _shown(found: Carried) -> Iterator[str]:
    for same in manifests.alike(found.statements):
        origins = [each.origin if each.record else f"{each.origin} of {found.name}" for each in same]
        yield f"{printable(few(origins))}\n"
        yield "".join(f"  {printable(line)}\n" for line in manifest.rendered(same[0].facts).split("\n")[1:])


def _carried_as_json(found: Carried) -> str:
    listed = [
        {"origin": "record" if each.record else "message", "path": each.record and each.record.path, "data": each.facts}
        for each in found.statements
    ]
    return json.dumps({"schema": 1, "commit": found.commit.oid, "manifests": listed}, indent=2) + "\n"


def manifest_verify(
    rev: str = REV,
    staged: bool = typer.Option(False, "--staged", help="What is staged, instead of a commit."),
    form: Form = FORM,
) -> None:
    """Hold a commit's manifests against the data: is it there, are the bytes the same, are days and symbols as said?

    Exit 1 where something is not as it was, 3 where data is not here. Git LFS is told by its pointers.

    [bold]Examples[/bold]

      quantgov manifest verify

      quantgov manifest verify HEAD~3
    """
    repo = Repository.discover()
    with console.meter("hashing") as tick:
        found = verifying.verify(repo, manifests.carried(repo, rev, staged=staged), tick)
    if form is Form.JSON:
        console.write(_verified_as_json(found))
    else:
        for each in found:
            _show_checks(each)
    raise typer.Exit(verifying.exit_code(found))


def _show_checks(of: Verification) -> None:
    console.say(printable(few(of.origins)))
    table = Table("", "", "said", "found", box=None, pad_edge=True)
    for each in of.checks:
        cells = (Text(printable(cell)) for cell in (each.subject, each.said, each.found))
        table.add_row(Text(MARKS[each.state], style=STYLES[each.state]), *cells)
    if of.checks:
        console.OUT.print(table)
    for check in of.checks:
        if check.help and check.state != OK:
            console.say(f"  fix: {printable(check.help)}")
    for note in of.notes:
        console.say(f"  note: {printable(note)}")


def _verified_as_json(found: Sequence[Verification]) -> str:
    listed = [
        {"origin": origin, "checks": [check._asdict() for check in each.checks], "notes": list(each.notes)}
        for each in found
        for origin in each.origins
    ]
    report = {"schema": 1, "exit_code": verifying.exit_code(found), "manifests": listed}
    return json.dumps(report, indent=2) + "\n"


def manifest_diff(
    before: str = typer.Argument(help="A commit.", metavar="REV1"),
    after: str = typer.Argument("HEAD", help="Another.", metavar="REV2"),
    form: Form = FORM,
) -> None:
    """Show in what the data behind two commits differ: line by line, then file by file.

    [bold]Example[/bold]

      quantgov manifest diff HEAD~1 HEAD
    """
    repo = Repository.discover()
    one, other = (manifests.carried(repo, rev) for rev in (before, after))
    changes = manifests.differences(one.fullest.facts, other.fullest.facts)
    if form is Form.JSON:
        listed = [each._asdict() for each in changes]
        console.write(
            json.dumps({"schema": 1, "before": one.name, "after": other.name, "changes": listed}, indent=2) + "\n"
        )
    elif changes:
        _show_changes(changes, one, other)
    else:
        console.write(f"{one.name} and {other.name} ran on the same data\n")


def _show_changes(changes: Sequence[Difference], one: Carried, other: Carried) -> None:
    table = Table("", *(f"{each.name} ({printable(each.fullest.origin)})" for each in (one, other)), box=None)
    for each in changes:
        table.add_row(*(Text(printable(cell) or "-") for cell in each))
    console.OUT.print(table)


def manifest_snapshot(
    name: str = typer.Argument(help="The dataset's name.", metavar="NAME"),
    paths: list[str] = typer.Argument(help="Its files or folders.", metavar="PATH..."),
    version: str = typer.Option(..., "--version", metavar="V", help="The snapshot's version, as v3.2."),
    source: str = typer.Option("", "--source", metavar="TEXT", help="Where it came from: an endpoint, a query."),
    source_type: SourceType | None = typer.Option(None, "--source-type", help="What kind of place that is."),
    namespace: str = typer.Option("", "--namespace", metavar="TEXT", help="Whose data it is: the vendor, or the team."),
    interval: str = typer.Option("", "--interval", metavar="1h", help="The length of a bar, where it cannot be read."),
    as_of: str = typer.Option(
        "", "--as-of", metavar="DAY", help="When it was fetched; else as the data say, or the day of the snapshot."
    ),
    code: list[str] = typer.Option([], "--code", metavar="GLOB", help="Code that makes it; give it once for each."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show the entry, and write nothing."),
    form: Form = FORM,
) -> None:
    """Put a dataset on record in data/datasets.yaml: its digest, rows and columns, under a name and a version.

    An entry never changes: other data under the same version are refused. Nothing is staged.

    [bold]Example[/bold]

      quantgov manifest snapshot us-equity-1h data/us-equity-1h/v3.2 --version v3.2 --source /v1/market/kline
    """
    wish = Wish(
        name, version, namespace, source, source_type.value if source_type else "", interval, as_of, tuple(code)
    )
    with console.meter("reading", console.MEBIBYTE) as tick:
        planned = snapshots.plan(Repository.discover(), wish, paths, tick)
    if not dry_run:
        snapshots.write(planned)
    console.write(_snapshot_as_json(planned, dry_run) if form is Form.JSON else "".join(_recorded(planned, dry_run)))


def _recorded(planned: Snapshot, dry_run: bool) -> Iterator[str]:
    done = "would be on record" if dry_run else "on record"
    yield f"{planned.id}: {done if planned.is_new else 'on record already'}\n"
    told = {key: value for key, value in planned.entry.items() if isinstance(value, str | int)}
    yield from (f"  {key}: {printable(str(value))}\n" for key, value in told.items())
    yield from (f"note: {printable(note)}\n" for note in planned.notes)
    if planned.is_new and not dry_run:
        yield "next:\n" + "".join(f"  {printable(step)}\n" for step in snapshots.next_steps(planned))


def _snapshot_as_json(planned: Snapshot, dry_run: bool) -> str:
    report = {
        "schema": 1,
        "written": planned.is_new and not dry_run,
        "dataset": planned.id,
        "entry": planned.entry,
        "notes": list(planned.notes),
        "next_steps": snapshots.next_steps(planned),
    }
    return json.dumps(report, indent=2) + "\n"
