"""`quantgov check`, `explain`, `rules` and `hook`."""

from __future__ import annotations

import os
import sys
import textwrap

import typer
from rich.markup import escape
from rich.table import Table

from quantgov import checking, explaining, reviews, rules
from quantgov.cli import console
from quantgov.cli.forms import Form, ReportForm
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.hook import HOOKS, run


def check(
    staged: bool = typer.Option(False, "--staged", help="What is staged (the default)."),
    commits: str | None = typer.Option(
        None, "--range", metavar="A..B", help="What B brings that A has not, as a pull request."
    ),
    rev: str = typer.Option("", "--rev", metavar="REV", help="Everything that stands in a revision."),
    everything: bool = typer.Option(False, "--all", help="Everything that stands in HEAD."),
    policy_from: str = typer.Option(
        "", "--policy-from", metavar="REV", help="Judge by the policy of REV (':' is the index), to try an edit out."
    ),
    branch: str = typer.Option("", "--branch", help="The branch's name, where the checkout is detached."),
    approvals: str = typer.Option(
        "", "--approvals", metavar="FILE", help="With --range: the pull request's reviews, as GitHub's API lists them."
    ),
    select: list[str] = typer.Option([], "--select", metavar="CODE", help="Only these codes or prefixes; repeatable."),
    ignore: list[str] = typer.Option([], "--ignore", metavar="CODE", help="Not these codes or prefixes; repeatable."),
    form: ReportForm = typer.Option(
        ReportForm.TEXT, "--format", help="github: annotations for GitHub Actions. sarif: for code scanning."
    ),
    output: str = typer.Option("", "--output", metavar="FILE", help="Write the report to a file; - prints it."),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of a rule that crashed."),
) -> None:
    """Judge a change as the hooks would, and show everything: advice, old and waived findings too.

    [bold]Examples[/bold]

      quantgov check

      quantgov check --range main..HEAD --format json --output report.json

      quantgov check --all --select QG3,QG5
    """
    if sum((staged, commits is not None, bool(rev), everything)) > 1:
        raise UsageError("--staged, --range, --rev and --all exclude each other", "name one of them")
    if approvals and commits is None:
        raise UsageError("--approvals are about a pull request", "name its commits: --range main..HEAD")
    repo = Repository.discover()
    named, given = branch or checking.branch_of(os.environ), reviews.read(approvals) if approvals else []
    change = checking.choose(repo, commits, "HEAD" if everything else rev, named, given)
    verdict = checking.judge(repo, change, select=_split(select), ignore=_split(ignore), policy_from=policy_from)
    to_file = output not in ("", "-")
    report = checking.render(verdict, form, colour=sys.stdout.isatty() and not to_file, debug=debug)
    if to_file:
        checking.write(output, report)
    else:
        console.write(report)
    raise typer.Exit(verdict.exit_code)


def explain(code: str = typer.Argument(help="A rule's code or name.", metavar="CODE")) -> None:
    """Say what a rule finds, why it matters, how to mend it, with an example of each.

    [bold]Example[/bold]

      quantgov explain QG201
    """
    rule, stages = rules.find(code)
    console.OUT.print(f"[bold]{rule.code} {rule.name}[/bold]")
    console.OUT.print(f"[dim]{explaining.level_text(rule)}, judged at: {explaining.stages_text(stages)}[/dim]\n")
    console.say(rules.documentation(rule))
    console.say(f"\n{explaining.BESIDE_THE_FIRST}\n")
    for title, example, text in explaining.examples(rule):
        console.OUT.print(f"[bold]{title}[/bold]: {escape(example.title)}")
        console.say(textwrap.indent(text, "    "))


def list_rules(form: Form = typer.Option(Form.TEXT, "--format", help="How to list them.")) -> None:
    """List every rule with its default level and where it is judged.

    [bold]Example[/bold]

      quantgov rules --format json
    """
    if form is Form.JSON:
        console.write(explaining.rules_as_json())
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("code", "name", "level", "the fault"):
        table.add_column(column, no_wrap=column != "the fault")
    for rule, _ in rules.every():
        fault = rules.documentation(rule).partition("\n")[0]
        level = rule.level.name.lower() + (f", live: {rule.live.name.lower()}" if rule.live else "")
        table.add_row(rule.code, rule.name, level, escape(fault))
    console.OUT.print(table)


def hook(
    name: str = typer.Argument(help=f"One of: {', '.join(HOOKS)}.", metavar="NAME"),
    arguments: list[str] = typer.Argument(None, help="What git passes to that hook.", metavar="[ARGUMENTS]..."),
    select: str = typer.Option("", "--select", metavar="CODES", help="Only these codes or prefixes, by commas."),
    ignore: str = typer.Option("", "--ignore", metavar="CODES", help="Not these codes or prefixes, by commas."),
    debug: bool = typer.Option(False, "--debug", help="Show the traceback where something crashed."),
) -> None:
    """What git calls. The entry point runs it without this command line, which would take ten times as long to load.

    [bold]Example[/bold]

      quantgov hook pre-commit --select QG3
    """
    options = [f"--{key}={value}" for key, value in (("select", select), ("ignore", ignore)) if value]
    raise typer.Exit(run([name, *(arguments or []), *options, *(["--debug"] if debug else [])]))


def _split(codes: list[str]) -> list[str]:
    return [code for given in codes for code in given.split(",") if code]
