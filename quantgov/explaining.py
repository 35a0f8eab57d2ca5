"""Rules as people and programs read them: for `explain`, `rules`, the rule pages and the README's list."""

from __future__ import annotations

import json

from quantgov import rules
from quantgov.reports.text import printable
from quantgov.rule import DEFAULT_AUTHOR, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantgov.rule import Example, Rule

STAGE_WORDS = {
    Stage.COMMIT: "commit",
    Stage.MESSAGE: "message",
    Stage.PUSH: "push",
    Stage.RANGE: "pull request",
    Stage.RECEIVE: "server",
    Stage.SNAPSHOT: "whole tree",
}
SHOWN, MANY = 20, 3
"""Lines of a file, and files, that are shown of an example."""
SIGN_OFF = ".intoto.json"


def stages_text(stages: Stage) -> str:
    return ", ".join(word for stage, word in STAGE_WORDS.items() if stage in stages)


def level_text(rule: Rule) -> str:
    """What a finding does by default: `blocks`, or `advises; blocks where code trades`."""
    elsewhere = f"{rule.level.name.lower()}s"
    return f"{elsewhere}; {rule.live.name.lower()}s where code trades" if rule.live else elsewhere


def example_text(example: Example) -> str:
    """The example as plain text: its setting, branch, message and files, and the findings it gives."""
    parts = [*_setting(example), *_labelled("branch", example.branch or "(none)")]
    parts += _labelled("message", example.message)
    parts += _files("file", _differing(example))
    parts += [f"finds    {_place(path, line, column)}{message}" for message, path, line, column in example.finds]
    return "\n".join(parts + _labelled("skips", example.skips))


def _setting(example: Example) -> list[str]:
    """The policy, what was there before, and what kind of change it is, where that matters."""
    kinds = {"a merge": example.merge, "the first push": example.created, "the deletion of a branch": example.deleted}
    facts = {
        "policy": example.policy,
        "author": example.author if example.author != DEFAULT_AUTHOR else "",
        "change": ", ".join(kind for kind, is_so in kinds.items() if is_so),
        "at": stages_text(example.stages) if example.stages else "",
    }
    lines = [line for label, fact in facts.items() for line in _labelled(label, fact)]
    lines += [f"mode     {printable(path)} {mode:o}" for path, mode in example.modes.items()]
    return lines + [line for files in (example.before, *example.earlier) for line in _files("before", files)]


def _differing(example: Example) -> dict[str, str | bytes | None]:
    """The files that the example changes: one that it repeats as it stood says nothing."""
    stood: dict[str, str | bytes | None] = {}
    for files in (example.before, *example.earlier):
        stood.update(files)
    return {path: content for path, content in example.files.items() if path not in stood or stood[path] != content}


def _files(label: str, files: Mapping[str, str | bytes | None]) -> list[str]:
    """Of many files, those of a whole strategy, only the first ones are shown as they are."""
    shown = {path: _file(path, content) for path, content in list(files.items())[:MANY]}
    lines = [line for text in shown.values() for line in _labelled(label, text)]
    left = len(files) - len(shown)
    return [*lines, *_labelled(label, f"and {left} more file{'s' if left > 1 else ''} of it" if left else "")]


def _labelled(label: str, text: str) -> list[str]:
    first, *rest = text.split("\n")
    return [f"{label:<8} {first}", *(f"{'':<8} {line}" for line in rest)] if text else []


def _file(path: str, content: str | bytes | None) -> str:
    if content is None:
        return f"{printable(path)} is deleted"
    if path.endswith(SIGN_OFF):
        return f"{printable(path)}, a sign-off of what stands there"
    shown = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    lines = [line[:100] for line in shown.rstrip("\n").split("\n")]
    more = ["…"] if len(lines) > SHOWN else []
    return "\n".join([printable(path), *(f"| {printable(line)}" for line in lines[:SHOWN]), *more])


def _place(path: str, line: int, column: int) -> str:
    where = f"{printable(path)}:{line}:{column}" if path and line else printable(path)
    return f"{where}  " if where else ""


def rules_as_json() -> str:
    listed = [
        {
            "code": rule.code,
            "name": rule.name,
            "level": rule.level.name.lower(),
            "live": (rule.live or rule.level).name.lower(),
            "scope": rule.scope.value,
            "stages": [word for stage, word in STAGE_WORDS.items() if stage in stages],
            "documentation": rules.documentation(rule),
        }
        for rule, stages in rules.every()
    ]
    return json.dumps(listed, indent=2) + "\n"
