""".pre-commit-hooks.yaml, for pre-commit and prek, from one table."""

from __future__ import annotations

from typing import NamedTuple

MESSAGE_STAGES = ("prepare-commit-msg", "commit-msg")
"""There the framework passes the message's file, so that its names have to be passed on."""


class Hook(NamedTuple):
    id: str
    name: str
    description: str
    hook: str
    stages: tuple[str, ...]
    select: str = ""


WHOLE = tuple(
    Hook(f"quantgov-{stage}", f"quantgov {stage}", description, stage, (stage,))
    for stage, description in (
        ("pre-commit", "Judge what is staged: branch, secrets, results, passports, data files."),
        ("pre-merge-commit", "Judge a merge without conflicts, which never runs pre-commit."),
        ("prepare-commit-msg", "Put the data manifest of what is staged, or its template, into the message."),
        ("commit-msg", "Judge the commit message and its data manifest."),
        ("pre-push", "Judge every commit that a push brings."),
    )
)
SINGLE = (
    Hook("quantgov-branch-name", "quantgov branch name", "The branch has the team's form.", "pre-commit",
         ("pre-commit", "pre-merge-commit"), "QG101,QG103"),
    Hook("quantgov-manifest", "quantgov data manifest", "A backtest commit states its data.", "commit-msg",
         ("commit-msg",), "QG2"),
    Hook("quantgov-results", "quantgov results", "Result records are whole, as logged, and of committed code.",
         "pre-commit", ("pre-commit", "pre-merge-commit"), "QG2"),
    Hook("quantgov-secrets", "quantgov secrets", "No credential and no .env file is staged.", "pre-commit",
         ("pre-commit", "pre-merge-commit"), "QG3"),
    Hook("quantgov-passport", "quantgov passports", "Strategy passports fit their schema.", "pre-commit",
         ("pre-commit", "pre-merge-commit"), "QG4"),
    Hook("quantgov-lfs", "quantgov Git LFS", "Data files go through Git LFS.", "pre-commit",
         ("pre-commit", "pre-merge-commit"), "QG501,QG502,QG503,QG507"),
    Hook("quantgov-notebooks", "quantgov notebooks", "What trades ran in order and has no path of its own.",
         "pre-commit", ("pre-commit", "pre-merge-commit"), "QG504,QG505,QG506"),
)  # fmt: skip
HOOKS = (*WHOLE, *SINGLE)


def render() -> str:
    header = "# Made by `python tools/generate.py` from tools/precommit_hooks.py.\n"
    return header + "\n".join(_entry(hook) for hook in HOOKS)


def _entry(hook: Hook) -> str:
    select = f" --select={hook.select}" if hook.select else ""
    takes_names = all(stage in MESSAGE_STAGES for stage in hook.stages)
    lines = [
        f"- id: {hook.id}",
        f"  name: {hook.name}",
        f"  description: {hook.description!r}",
        f"  entry: quantgov hook {hook.hook}{select}",
        "  language: python",
        f"  stages: [{', '.join(hook.stages)}]",
        "  always_run: true",
        *([] if takes_names else ["  pass_filenames: false"]),
        "  minimum_pre_commit_version: 3.2.0",
    ]
    return "".join(f"{line}\n" for line in lines)
