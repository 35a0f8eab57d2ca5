"""`quantgov init`."""

from __future__ import annotations

import os
from enum import StrEnum

import typer

from quantgov import onboarding
from quantgov.cli import console
from quantgov.git import Repository
from quantgov.onboarding import Plan, Signing
from quantgov.workspace import Step, pending, take


class Preset(StrEnum):
    trunk = "trunk"
    develop = "develop"


class Hooks(StrEnum):
    native = onboarding.NATIVE
    pre_commit = onboarding.PRE_COMMIT
    none = onboarding.NONE


def init(
    preset: Preset | None = typer.Option(None, "--preset", help="How branches are named; trunk unless given."),
    hooks: Hooks | None = typer.Option(
        None, "--hooks", help="Native hooks, the pre-commit framework's, or none: that takes ours away again."
    ),
    signing: bool = typer.Option(False, "--signing", help="Set signing up too: a key, git's configuration, the team."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Write without asking; a new key has no passphrase then."),
) -> None:
    """Set a repository up: policy, ignore and LFS lines, .env.example, hooks. Shows all of it before it writes.

    [bold]Example[/bold]

      quantgov init --preset develop
    """
    repo = Repository.discover()
    plan = onboarding.plan(repo, preset, hooks, Signing(asks=not yes) if signing else None)
    _show(repo.top or repo.git_dir, plan)
    if not pending(plan.steps):
        console.say("Nothing to do: everything is in place.")
        return
    if not yes:
        console.ask("Write this?", "quantgov init --yes")
    take(plan.steps)
    _finish(plan)


def _show(top: str, plan: Plan) -> None:
    for step in plan.steps:
        console.say(_line(top, step))
    for note in plan.notes:
        console.say(f"\nnote: {note}")


def _line(top: str, step: Step) -> str:
    target = os.path.relpath(step.target, top) if step.target.startswith(top + os.sep) else step.target
    return f"  {step.verb:<8} {target:<32} {step.note}".rstrip()


def _finish(plan: Plan) -> None:
    console.say("\nDone." + (" What is left for you:\n" if plan.afterwards else ""))
    for command in plan.afterwards:
        console.say(f"  {command}")
