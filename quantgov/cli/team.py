"""`quantgov team …`."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer
from rich.markup import escape
from rich.table import Table

from quantgov import teaming
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.errors import EXIT_BLOCKED
from quantgov.git import Repository
from quantgov.people import Person, Team, fingerprint
from quantgov.policy import POLICY_FILE
from quantgov.teaming import Entry, Leaving
from quantgov.wording import printable

LANDING = f"It counts once it stands on the trunk: commit {POLICY_FILE} and have it merged."
COLUMNS = ("name", "addresses", "github", "roles", "deputy for", "keys")
NAME = typer.Argument(help="The key under `team:`.", metavar="NAME")


def team_add(
    name: str = NAME,
    email: str = typer.Option("", "--email", metavar="EMAIL", help="The address that the person commits with."),
    github: str = typer.Option("", "--github", metavar="LOGIN", help="The person's GitHub account."),
    roles: list[str] = typer.Option([], "--role", metavar="ROLE", help="What the person may sign as; repeatable."),
    keys: list[str] = typer.Option(
        [], "--key", metavar="KEY", help="An SSH public key, or the file of one; repeatable."
    ),
) -> None:
    """Put a person into the team, or add an address, a role or a key to one who is there.

    [bold]Example[/bold]

      quantgov team add bob --email bob@fund.com --role researcher --key ~/.ssh/id_ed25519.pub
    """
    lines = tuple(line for key in keys for line in teaming.keys_in(key))
    changed = teaming.add(Repository.discover().working_tree(), Entry(name, email, github, tuple(roles), lines))
    console.say(f"{name}: written to {POLICY_FILE}. {LANDING}" if changed else f"{name}: nothing to do")


def team_remove(
    name: str = NAME,
    force: bool = typer.Option(False, "--force", help="Even where nobody is left to sign in a role."),
) -> None:
    """Take a person out of the team. Says what that person still holds; what was signed before stays good.

    [bold]Example[/bold]

      quantgov team remove bob
    """
    repo = Repository.discover()
    top = repo.working_tree()
    policy = teaming.current(top)
    left = teaming.leaving(repo, policy, teaming.require(policy.people, name))
    _show_leaving(name, left)
    if left.vacant and not force:
        console.say("Nothing was written.")
        console.say(f"  fix: quantgov team add SOMEBODY --role {left.vacant[0]}, or the same again with --force")
        raise typer.Exit(EXIT_BLOCKED)
    teaming.remove(top, name)
    console.say(f"{name}: taken out of {POLICY_FILE}. {LANDING}")


def _show_leaving(name: str, left: Leaving) -> None:
    for role in left.vacant:
        console.say(f"{name} is the only {role}")
    for holding in left.holdings:
        console.say(printable(f"{name} {holding}"))


def team_show(form: Form = typer.Option(Form.TEXT, "--format", help="How to report.")) -> None:
    """Show the team of quantgov.yaml: people, addresses, roles, keys by their fingerprints, deputies.

    [bold]Example[/bold]

      quantgov team show
    """
    repo = Repository.discover()
    top = repo.working_tree()
    team = teaming.current(top).people
    landed = teaming.is_on_trunk(repo, top)
    if form is Form.JSON:
        console.write(_as_json(team, landed))
        return
    console.OUT.print(_table(team))
    if not landed:
        console.say(f"\nnote: the trunk does not have this {POLICY_FILE} yet, and only the trunk's counts")


def _table(team: Team) -> Table:
    """One line for each address, role and key; columns in which nobody has anything are left out."""
    rows = [_row(team, person) for person in team.people]
    used = [at for at in range(len(COLUMNS)) if any(row[at] for row in rows)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for at in used:
        table.add_column(COLUMNS[at], overflow="fold")
    for row in rows:
        table.add_row(*("\n".join(escape(printable(each)) for each in row[at]) for at in used))
    return table


def _row(team: Team, person: Person) -> tuple[Sequence[str], ...]:
    """The cells of COLUMNS."""
    github = [person.github] if person.github else []
    keys = [fingerprint(key) for key in person.keys]
    return [person.name], person.emails, github, sorted(person.roles), teaming.deputy_of(team, person), keys


def _as_json(team: Team, landed: bool) -> str:
    people = [
        {
            "name": person.name,
            "emails": list(person.emails),
            "github": person.github,
            "roles": sorted(person.roles),
            "deputy_for": teaming.deputy_of(team, person),
            "keys": [{"fingerprint": fingerprint(key), "public": key} for key in person.keys],
        }
        for person in team.people
    ]
    return json.dumps({"schema": 1, "on_trunk": landed, "people": people}, indent=2) + "\n"
