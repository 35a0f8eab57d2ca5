"""A page for each rule and their index, from the registry, the rule's docstring and its examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from writing import fence, page, prose, table

from quantgov import rules
from quantgov.explaining import BESIDE_THE_FIRST, examples, level_text
from quantgov.policy import ALWAYS_BLOCK
from quantgov.rule import Example, Level, Rule, Scope, Stage
from quantgov.secrets import scanner

LEVELS = {
    Level.BLOCK: "blocks: the commit, push or check is refused, with exit code 1.",
    Level.WARN: "warns: shown at the hook, exit code 0.",
    Level.ADVISE: "advises: shown by `quantgov check` only, exit code 0.",
}
TRADES = "Where code trades, below `paths.live` (`live/` unless the policy says otherwise) or in production"
SCOPES = {
    Scope.BLOB: "One file at a time: its path, its mode and its content.",
    Scope.HISTORY: "One file at a time, in every commit that is new: deleting it in a later commit does not help.",
    Scope.COMMIT: "One commit at a time: its message and the paths that it touches.",
    Scope.CHANGE: "The change as a whole, against what was there before.",
}
ENTRANCES = {
    Stage.COMMIT: ("commit", "the hooks `pre-commit` and `pre-merge-commit`; `quantgov check`"),
    Stage.MESSAGE: ("message", "the hook `commit-msg`"),
    Stage.PUSH: ("push", "the hook `pre-push`"),
    Stage.RANGE: ("pull request", "`quantgov check --range`"),
    Stage.RECEIVE: ("server", "the hook `pre-receive`"),
    Stage.SNAPSHOT: ("whole tree", "`quantgov check --rev` and `--all`"),
}
FAMILIES = {
    "QG0": "Policy and waivers",
    "QG1": "Branches and messages",
    "QG2": "Data manifests and results",
    "QG3": "Secrets and environment files",
    "QG4": "Strategy passports",
    "QG5": "Git LFS, data files and notebooks",
    "QG6": "Lifecycle and sign-offs",
}
NO_BREAK_SPACE = "\u00a0"
"""Looks like a space and is none to QG005: an example of a bad comment must not be one."""


class Documentation(NamedTuple):
    fault: str
    why: str
    fix: str


def documentation(rule: Rule) -> Documentation:
    """The three parts of a rule's docstring. Raises ValueError where one is missing."""
    found = re.fullmatch(r"(.+?)\n+Why: (.+?)\n+Fix: (.+)", rules.documentation(rule), re.DOTALL)
    if not found:
        raise ValueError(f"the docstring of {rule.code} has no 'Why:' or no 'Fix:'")
    return Documentation(*(_sentence(part.strip()) for part in found.groups()))


def _sentence(text: str) -> str:
    """Begun with a capital, unless it begins with a path or with code."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+[ ,]", text) else text


def fault_line(rule: Rule) -> str:
    """The fault in one line of Markdown."""
    return prose(documentation(rule).fault.partition("\n")[0])


def pages() -> dict[str, str]:
    """Each page's text by its path below docs/."""
    listed = rules.every()
    made = {f"rules/{rule.code}.md": _page(rule, stages) for rule, stages in listed}
    return {**made, "rules/index.md": _index()}


def _page(rule: Rule, stages: Stage) -> str:
    said = documentation(rule)
    return page(
        f"# {rule.code} {rule.name}",
        f"## What it finds\n\n{prose(said.fault)}",
        f"## Why it matters\n\n{prose(said.why)}",
        f"## How to fix\n\n{prose(said.fix)}",
        f"## Default level\n\n{_level(rule)}",
        f"## Where it is judged\n\n{_where(stages)}",
        f"## Scope\n\n{SCOPES[rule.scope]}",
        *_examples(rule),
    )


def _level(rule: Rule) -> str:
    sentence = f"It {LEVELS[rule.level]}"
    if rule.live:
        sentence += f" {TRADES}, it {LEVELS[rule.live]}"
    if rule.code in ALWAYS_BLOCK:
        return f"{sentence} Neither `levels:` nor `mode: observe` lowers it, and `QUANTGOV_SKIP` does not skip it."
    return f"{sentence} `levels:` in quantgov.yaml changes it: see [the policy](../policy.md#levels)."


def _where(stages: Stage) -> str:
    return "\n".join(f"- {word}: {places}" for stage, (word, places) in ENTRANCES.items() if stage in stages)


def _examples(rule: Rule) -> Iterator[str]:
    """With a heading before the first of a kind."""
    headed = ""
    for kind, example, text in examples(rule):
        if kind != headed:
            yield f"## {kind} examples" + ("" if headed else f"\n\n{BESIDE_THE_FIRST}")
        headed = kind
        yield f"### {kind}: {prose(example.title)}\n\n{fence(redacted(example, text))}"


def redacted(example: Example, text: str) -> str:
    """The example's text, with every credential in its redacted form: a made-up key is none to a scanner."""
    for path, content in (*example.before.items(), *example.files.items()):
        if content is not None:
            data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
            text = scanner.redact(text, scanner.scan(data, path))
    text = scanner.redact(text, scanner.scan(text.encode("utf-8", "surrogateescape")))
    return text.replace("quantgov: ignore[", f"quantgov:{NO_BREAK_SPACE}ignore[")


def _index() -> str:
    return page(
        "# Rules",
        "A code is never used again for another fault. `quantgov explain CODE` shows a rule's page in a terminal.",
        *(f"## {title}\n\n{rule_table('', family)}" for family, title in FAMILIES.items()),
        _toctree(),
    )


def rule_table(folder: str, family: str = "QG") -> str:
    """The rules whose code begins so, each with a link to its page in that folder."""
    rows = [
        (_link(rule, folder), rule.name, level_text(rule), fault_line(rule))
        for rule, _ in rules.every()
        if rule.code.startswith(family)
    ]
    return table(("Code", "Name", "Level", "The fault"), rows)


def entrance_table(folder: str) -> str:
    """Where changes are judged, and which rules are asked there."""
    places = table(("Column", "Where"), ENTRANCES.values())
    rows = [
        (_link(rule, folder), *("x" if stage in stages else "" for stage in ENTRANCES))
        for rule, stages in rules.every()
    ]
    return f"{places}\n\n{table(('Rule', *(word for word, _ in ENTRANCES.values())), rows)}"


def _link(rule: Rule, folder: str) -> str:
    return f"[{rule.code}]({folder}{rule.code}.md)"


def _toctree() -> str:
    names = "\n".join(rules.codes())
    return fence(f":hidden:\n\n{names}", "{toctree}")
