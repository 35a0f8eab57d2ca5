"""Annotations for GitHub Actions: workflow commands that put each finding on its line of the pull request.

Source of the form: GitHub's "Workflow commands for GitHub Actions", setting a notice, warning or error message.
"""

from __future__ import annotations

from quantgov.reports import text
from quantgov.rule import Level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.rule import Ruling
    from quantgov.verdict import Verdict

COMMANDS = {Level.BLOCK: "error", Level.WARN: "warning", Level.ADVISE: "notice"}


def render(verdict: Verdict) -> str:
    """The gravest first, since GitHub shows only the first few of a step; then the same in words, for the log."""
    live = [ruling for ruling in verdict.rulings if not ruling.old and not ruling.waived]
    annotations = [_annotation(ruling) for ruling in live]
    annotations += [
        f"::error title={each.code} {each.name}::{_data(f'could not judge: {each.error}')}\n" for each in verdict.broken
    ]
    return "".join(annotations) + text.render(verdict, subject="change", full=True)


def _annotation(ruling: Ruling) -> str:
    finding = ruling.finding
    properties = {"file": text.printable(finding.path), "line": finding.line, "col": finding.column}
    given = [f"{key}={_property(str(value))}" for key, value in properties.items() if value]
    title = f"title={_property(f'{ruling.code} {ruling.name}')}"
    told = f"{finding.message}\nfix: {finding.help}" if finding.help else finding.message
    return f"::{COMMANDS[ruling.level]} {','.join([*given, title])}::{_data(told)}\n"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
