"""The data manifest of a backtest commit: the block of its message that says which data it ran on.

    Data manifest:
    - Symbol set: SPX constituents (505 tickers)
    - Period: 2024-01-01 to 2024-12-31
    - Source: TickDB /v1/market/kline, 1h interval
    - Cache: .tickdb_cache/v3.2

Source of the form: S0 L310-318. Its parsed form is described by schemas/data-manifest.schema.json.
"""

from __future__ import annotations

import re

from quantgov import lfs, manifest_lines
from quantgov.manifest_lines import READERS, REQUIRED, SCHEMA, Unreadable, disorder, form, label
from quantgov.message import TRAILER, Subject, did_you_mean, is_draft

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from quantgov.change import Commit
    from quantgov.documents import Plain
    from quantgov.git import Touched
    from quantgov.policy import Policy

HEADER = "Data manifest:"
TEMPLATE = """\
Data manifest:
- Symbol set: <name> (<count> tickers)
- Period: <YYYY-MM-DD> to <YYYY-MM-DD>
- Source: <vendor> <endpoint>, <1h> interval
- Cache: <path>/<version>"""
FILLED_IN = "\n".join(("fill its lines in, as in:", *map(form, REQUIRED)))
LABEL = r"[A-Za-z][A-Za-z _-]*"
LINE_LIMIT = 500
"""Characters: nobody reads a longer line, and patterns need not be safe from one."""


class Line:
    """One `- Key: value` line; `number` counts from 1 in the message, `column` is where the value starts."""

    __slots__ = ("column", "key", "number", "value")

    def __init__(self, key: str, value: str, number: int, column: int) -> None:
        self.key = key
        self.value = value
        self.number = number
        self.column = column


class Block:
    """The manifest's lines as written, and the number of its header's line."""

    __slots__ = ("lines", "number")

    def __init__(self, number: int, lines: list[Line]) -> None:
        self.number = number
        self.lines = lines


class Problem:
    __slots__ = ("column", "help", "line", "message")

    def __init__(self, message: str, line: int, column: int, help: str) -> None:
        self.message = message
        self.line = line
        self.column = column
        self.help = help


def reason(commit: Commit, policy: Policy) -> str:
    """Why a commit needs a manifest; empty where it needs none.

    Local drafts, and results that only move into LFS, need none; a merge only for what it brings itself.
    """
    if not is_judged(commit, policy):
        return ""
    if Subject(commit.subject).type == "backtest" and not commit.is_merge:
        return "its type is backtest:"
    first = next(results(commit, policy), None)
    return f"it writes {first.path}" if first else ""


def results(commit: Commit, policy: Policy) -> Iterator[Touched]:
    """The results that a commit writes, without those that only move into LFS."""
    written = (each for each in commit.touched if each.after and policy.is_result(each.path))
    return (each for each in written if not lfs.only_became_pointer(each, commit.tree))


def is_judged(commit: Commit, policy: Policy) -> bool:
    """Whether what a commit says counts: a local draft's does not."""
    return not is_draft(commit.subject) or policy.lands(commit)


def find(message: str) -> Block | None:
    """The block in a message; None where there is none."""
    lines = message.split("\n")
    header = HEADER.lower()
    start = next((at for at, line in enumerate(lines) if line.strip().lower().rstrip(":") + ":" == header), None)
    return None if start is None else Block(start + 1, _entries(lines, start + 1))


def _entries(lines: list[str], start: int) -> list[Line]:
    """The lines up to the first blank one; those between the header and its first entry do not count.

    An indented line that is no entry goes on with the one above it, as a list's wrapped text does.
    """
    while start < len(lines) and not lines[start].strip():
        start += 1
    found: list[Line] = []
    for number, line in enumerate(lines[start:], start + 1):
        entry = _entry(line, number)
        if not line.strip():
            break
        if found and found[-1].key and not entry.key and line[0] in " \t":
            above = found.pop()
            entry = Line(above.key, f"{above.value} {entry.value}".strip(), above.number, above.column)
        found.append(entry)
    return found


def _entry(line: str, number: int) -> Line:
    label, colon, rest = re.sub(r"^\s*[-*+]\s", "", line).partition(":")
    if not colon or not re.fullmatch(LABEL, label.strip()):
        return Line("", line.strip(), number, len(line) - len(line.lstrip()) + 1)
    value = rest.strip()
    column = len(line) - len(rest.lstrip()) + 1 if value else len(line.rstrip()) + 1
    return Line(re.sub(r"[ _-]+", "_", label.strip().lower()), value, number, column)


def problems(block: Block) -> list[Problem]:
    """Everything that keeps the block from being used, each at its line; empty if it can be."""
    return parse(block)[1]


def parse(block: Block) -> tuple[dict[str, Plain], list[Problem]]:
    """What the block says, in the form of schemas/data-manifest.schema.json, and what keeps it from being used."""
    if is_template(block):
        return {}, [Problem("the data manifest's template is not filled in", block.number, 1, FILLED_IN)]
    found: list[Problem] = []
    parsed: dict[str, Plain] = {}
    for line in block.lines:
        fault = _fault(line, parsed)
        if fault:
            found.append(Problem(fault, line.number, line.column, form(line.key)))
    known = {line.key for line in block.lines}
    missing = [key for key in REQUIRED if key not in known]
    found += [Problem(f"the data manifest has no {label(key)!r}", block.number, 1, form(key)) for key in missing]
    return parsed, found or _schema_problems(parsed, block) or _disorder(parsed, block)


def is_template(block: Block) -> bool:
    """Whether it is the template as it was put in."""
    return [f"- {label(line.key)}: {line.value}" for line in block.lines] == TEMPLATE.split("\n")[1:]


def _fault(line: Line, parsed: dict[str, Plain]) -> str:
    """Reads one line into `parsed`; what is wrong with it otherwise."""
    name = label(line.key)
    if line.key in parsed:
        return f"{name} is here twice"
    if len(line.value) > LINE_LIMIT:
        return f"a line of more than {LINE_LIMIT} characters"
    if line.key not in READERS:
        near = did_you_mean(name, map(label, READERS))
        return f"{name or line.value!r} is no line of a data manifest{near}"
    if not line.value or "<" in line.value:
        return f"{name} is not filled in"
    try:
        parsed[line.key] = READERS[line.key](line.value)
    except Unreadable as error:
        parsed[line.key] = line.value
        return f"{name}: {error}"
    return ""


def _schema_problems(parsed: dict[str, Plain], block: Block) -> list[Problem]:
    """The schema's word on what every line said by itself."""
    from quantgov import documents

    found = documents.violations(documents.Document(parsed), SCHEMA)
    return [_problem(block, str(each.pointer[0]), each.message) for each in found]


def _disorder(parsed: dict[str, Plain], block: Block) -> list[Problem]:
    key, fault = disorder(parsed)
    return [_problem(block, key, fault)] if fault else []


def facts(message: str) -> dict[str, Plain]:
    """What the block of a message says; empty where it has none that can be used."""
    block = find(message)
    parsed, faults = parse(block) if block else ({}, [])
    return {} if faults else parsed


def line_of(block: Block, key: str) -> Line:
    """The line of a field that the block has."""
    return next(line for line in block.lines if line.key == key)


def _problem(block: Block, key: str, message: str) -> Problem:
    line = line_of(block, key)
    return Problem(f"{label(key)}: {message}", line.number, line.column, form(key))


def rendered(facts: Mapping[str, object]) -> str:
    """The block that says these facts, which are in the form of schemas/data-manifest.schema.json.

    What a block has no line for is left out. `parse` reads it back.
    """
    return "\n".join((HEADER, *(manifest_lines.line(key, facts[key]) for key in READERS if key in facts)))


def with_block(message: str, text: str, comment: str = "#") -> str:
    """The message with that manifest in it: where its template stood, else as `with_template` puts it in."""
    block = find(message)
    if not block:
        return _put_in(message, text, comment)
    lines = message.split("\n")
    return "\n".join((*lines[: block.number - 1], *text.split("\n"), *lines[block.lines[-1].number :]))


def with_template(message: str, comment: str = "#") -> str:
    """The message with an empty manifest put in: after its text, before trailers and git's own comments."""
    return _put_in(message, TEMPLATE, comment)


def _put_in(message: str, text: str, comment: str) -> str:
    lines = message.split("\n")
    end = next((at for at, line in enumerate(lines) if line.startswith(comment)), len(lines))
    body, rest = lines[:end], lines[end:]
    while body and not body[-1].strip():
        body.pop()
    at = _trailers_start(body)
    head, trailers = body[:at], body[at:]
    while head and not head[-1].strip():
        head.pop()
    block = [*(head or [""]), "", *text.split("\n"), ""]
    return "\n".join([*block, *trailers, *([""] if trailers else []), *rest])


def _trailers_start(body: list[str]) -> int:
    at = len(body)
    while at > 1 and re.fullmatch(TRAILER, body[at - 1]):
        at -= 1
    return at if at > 1 and not body[at - 1].strip() else len(body)
