"""Every command, in the panels that `quantgov --help` shows."""

from __future__ import annotations

import sys

import typer

from quantgov import __version__
from quantgov.cli import (
    backtest,
    check,
    console,
    data,
    demo,
    doctor,
    entry,
    init,
    lfs,
    lifecycle,
    manifest,
    notebook,
    passport,
    portfolio,
    report,
    reproduce,
    results,
    secrets,
    strategy,
    team,
)

EVERY_DAY, STRATEGY, EVIDENCE = "Every day", "Strategy", "Evidence"
REPOSITORY, BY_GIT = "Repository", "By git"

app = typer.Typer(
    help="Git-native governance for quantitative research teams.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=True,
)


def group(what: str, *examples: str) -> typer.Typer:
    """Commands behind one word; in the list of all of them `what` stands alone."""
    help = "\n\n  ".join((f"{what}\n\n[bold]Examples[/bold]", *examples))
    return typer.Typer(help=help, short_help=what, no_args_is_help=True, rich_markup_mode="rich")


passports = group(
    "Read and check strategy passports.",
    "quantgov passport list --owner alice --due",
    "quantgov passport show STR-2026-0042",
    "quantgov passport validate strategies/earnings-gap/passport.yaml",
)
passports.command("show")(portfolio.show)
passports.command("list")(portfolio.listed)
passports.command("validate")(passport.passport_validate)
passports.command("migrate")(passport.passport_migrate)
passports.command("renumber")(passport.passport_renumber)


searches = group(
    "Find secrets, and live with what was found.",
    "quantgov secrets scan --history",
    "quantgov secrets audit",
    "quantgov secrets respond src/feed.py:12",
)
searches.command("scan")(secrets.scan)
searches.command("audit")(secrets.audit)
searches.command("respond")(secrets.respond)


reports = group("Write backtest reports.", "quantgov report draft STR-2026-0042")
reports.command("draft")(report.draft)


teams = group(
    "Keep the team: who is in it, who may sign as what, and with which keys.",
    "quantgov team show",
    "quantgov team add bob --email bob@fund.com --role researcher --key ~/.ssh/id_ed25519.pub",
)
teams.command("add")(team.team_add)
teams.command("remove")(team.team_remove)
teams.command("show")(team.team_show)


manifests = group(
    "Say which data a result ran on, and hold it against the data.",
    "quantgov manifest draft data/btc.csv --calendar 24/7",
    "quantgov manifest show --staged",
    "quantgov manifest verify HEAD~3",
)
manifests.command("draft")(data.manifest_draft)
manifests.command("show")(manifest.manifest_show)
manifests.command("verify")(manifest.manifest_verify)
manifests.command("diff")(manifest.manifest_diff)
manifests.command("snapshot")(manifest.manifest_snapshot)


large_files = group(
    "Keep data files in Git LFS: see how they stand, track, fix, move and check them.",
    "quantgov lfs status",
    "quantgov lfs track --preset hybrid",
    "quantgov lfs fix",
)
large_files.command("status")(lfs.lfs_status)
large_files.command("track")(lfs.lfs_track)
large_files.command("fix")(lfs.lfs_fix)
large_files.command("migrate")(lfs.lfs_migrate)
large_files.command("fsck")(lfs.lfs_fsck)


records = group(
    "List and compare results on record.",
    "quantgov results list --since 2026-01-01",
    "quantgov results compare STR-2026-0042",
)
records.command("list")(results.results_list)
records.command("compare")(results.results_compare)


notebooks = group(
    "Keep notebooks fit to be committed.",
    "quantgov notebook strip",
    "quantgov notebook strip --check notebooks/",
)
notebooks.command("strip")(notebook.notebook_strip)


def show_version(wanted: bool) -> None:
    if wanted:
        console.say(f"quantgov {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=show_version, is_eager=True, help="Show the version."),
) -> None:
    pass


app.command("check", rich_help_panel=EVERY_DAY)(check.check)
app.command("status", rich_help_panel=EVERY_DAY)(portfolio.status)
app.command("backtest", rich_help_panel=EVERY_DAY)(backtest.backtest)
app.command("explain", rich_help_panel=EVERY_DAY)(check.explain)
app.command("new-strategy", rich_help_panel=STRATEGY)(strategy.new_strategy)
app.command("promote", rich_help_panel=STRATEGY)(lifecycle.promote)
app.command("sign", rich_help_panel=STRATEGY)(lifecycle.sign)
app.command("suspend", rich_help_panel=STRATEGY)(lifecycle.suspend)
app.command("rollback", rich_help_panel=STRATEGY)(lifecycle.rollback)
app.command("break-glass", rich_help_panel=STRATEGY)(lifecycle.break_glass)
app.add_typer(passports, name="passport", rich_help_panel=STRATEGY)
app.add_typer(reports, name="report", rich_help_panel=STRATEGY)
app.add_typer(manifests, name="manifest", rich_help_panel=EVIDENCE)
app.add_typer(records, name="results", rich_help_panel=EVIDENCE)
app.command("reproduce", rich_help_panel=EVIDENCE)(reproduce.reproduce)
app.command("init", rich_help_panel=REPOSITORY)(init.init)
app.add_typer(teams, name="team", rich_help_panel=REPOSITORY)
app.command("doctor", rich_help_panel=REPOSITORY)(doctor.doctor)
app.command("demo", rich_help_panel=REPOSITORY)(demo.demo)
app.command("rules", rich_help_panel=REPOSITORY)(check.list_rules)
app.add_typer(searches, name="secrets", rich_help_panel=REPOSITORY)
app.add_typer(large_files, name="lfs", rich_help_panel=REPOSITORY)
app.add_typer(notebooks, name="notebook", rich_help_panel=REPOSITORY)
app.command("hook", rich_help_panel=BY_GIT)(check.hook)


def main() -> None:
    entry.run(app, "quantgov", sys.argv[1:])
