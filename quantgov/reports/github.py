"""Annotations for GitHub Actions: workflow commands that put each finding on its line of the pull request.

Source of the form: GitHub's "Workflow commands for GitHub Actions", setting a notice, warning or error message.
"""

from __future__ import annotations

from quantgov.reports import text
from quantgov.rule import Level
from quantgov.wording import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.rule import Ruling
    from quantgov.verdict import Verdict

COMMAND = ("::", "##[")
COMMANDS = {Level.BLOCK: "error", Level.WARN: "warning", Level.ADVISE: "notice"}


def render(verdict: Verdict, *, subject: str = "change") -> str:
    """The gravest first, since GitHub shows only the first few of a step; then the same in words, for the log."""
    live = [ruling for ruling in verdict.rulings if not ruling.old and not ruling.waived]
    annotations = [_annotation(ruling) for ruling in live]
    annotations += [
        f"::error title={each.code} {each.name}::{_data(_shown(f'could not judge: {each.error}'))}\n"
        for each in verdict.broken
    ]
    return "".join(annotations) + _defused(text.render(verdict, subject=subject, full=True))


def _annotation(ruling: Ruling) -> str:
    finding = ruling.finding
    properties = {"file": printable(finding.path), "line": finding.line, "col": finding.column}
    given = [f"{key}={_property(str(value))}" for key, value in properties.items() if value and finding.path]
    title = f"title={_property(f'{ruling.code} {ruling.name}')}"
    told = f"{finding.message}\nfix: {finding.help}" if finding.help else finding.message
    return f"::{COMMANDS[ruling.level]} {','.join([*given, title])}::{_data(_shown(told))}\n"


def _shown(told: str) -> str:
    return "\n".join(printable(line) for line in told.split("\n"))


def _defused(report: str) -> str:
    """The log is read for commands too, indented ones included: a file's name must not give one."""
    lines = report.splitlines(keepends=True)
    return "".join(f"|{line}" if line.lstrip().startswith(COMMAND) else line for line in lines)


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
