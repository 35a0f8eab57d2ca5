"""Rules as people and programs read them: for `explain`, `rules`, the rule pages and the README's list."""

from __future__ import annotations

import json

from quantgov import rules
from quantgov.reports.text import printable
from quantgov.rule import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.rule import Example

STAGE_WORDS = {
    Stage.COMMIT: "commit",
    Stage.MESSAGE: "message",
    Stage.PUSH: "push",
    Stage.RANGE: "pull request",
    Stage.RECEIVE: "server",
    Stage.SNAPSHOT: "whole tree",
}
SHOWN = 20
"""Lines of a file that are shown of an example."""


def stages_text(stages: Stage) -> str:
    return ", ".join(word for stage, word in STAGE_WORDS.items() if stage in stages)


def example_text(example: Example) -> str:
    """The example as plain text: branch, message, files, and the findings it gives."""
    parts = [f"branch   {example.branch}", *_labelled("message", example.message)]
    parts += [line for path, content in example.files.items() for line in _labelled("file", _file(path, content))]
    parts += [f"finds    {_place(path, line, column)}{message}" for message, path, line, column in example.finds]
    return "\n".join(parts)


def _labelled(label: str, text: str) -> list[str]:
    first, *rest = text.split("\n")
    return [f"{label:<8} {first}", *(f"{'':<8} {line}" for line in rest)]


def _file(path: str, content: str | bytes | None) -> str:
    if content is None:
        return f"{printable(path)} is deleted"
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
            "scope": rule.scope.value,
            "stages": [word for stage, word in STAGE_WORDS.items() if stage in stages],
            "documentation": rules.documentation(rule),
        }
        for rule, stages in rules.every()
    ]
    return json.dumps(listed, indent=2) + "\n"
