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

from quantgov import lfs
from quantgov.message import TRAILER, Subject, did_you_mean, is_draft

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from quantgov.change import Commit
    from quantgov.documents import Plain
    from quantgov.policy import Policy

HEADER = "Data manifest:"
TEMPLATE = """\
Data manifest:
- Symbol set: <name> (<count> tickers)
- Period: <YYYY-MM-DD> to <YYYY-MM-DD>
- Source: <vendor> <endpoint>, <1h> interval
- Cache: <path>/<version>"""
FIELDS = ("symbol_set", "period", "source", "cache")
LABELS = {"symbol_set": "Symbol set", "as_of": "As of"}
FORMS = {
    "symbol_set": "SPX constituents (505 tickers)",
    "period": "2024-01-01 to 2024-12-31",
    "source": "TickDB /v1/market/kline, 1h interval",
    "cache": ".tickdb_cache/v3.2",
}
FILLED_IN = "\n".join(
    ("fill its lines in, as in:", *(f"- {LABELS.get(key, key.capitalize())}: {form}" for key, form in FORMS.items()))
)
LABEL = r"[A-Za-z][A-Za-z _-]*"
LINE_LIMIT = 500
"""Characters: nobody reads a longer line, and patterns need not be safe from one."""
WORDS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "M": ("mo", "month", "months"),
}
ADVERBS = {"hourly": "1h", "daily": "1d", "weekly": "1w", "monthly": "1M", "tick": "tick", "ticks": "tick"}


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


class Unreadable(Exception):
    """A value that does not have its field's form."""


def reason(commit: Commit, policy: Policy) -> str:
    """Why a commit needs a manifest; empty where it needs none.

    Local drafts, and results that only move into LFS, need none; a merge only for what it brings itself.
    """
    if is_draft(commit.subject) and not policy.lands(commit):
        return ""
    if Subject(commit.subject).type == "backtest" and not commit.is_merge:
        return "its type is backtest:"
    results = (each for each in commit.touched if each.after and policy.is_result(each.path))
    written = next((each.path for each in results if not lfs.only_became_pointer(each, commit.tree)), "")
    return f"it writes {written}" if written else ""


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
    if [f"- {_label(line.key)}: {line.value}" for line in block.lines] == TEMPLATE.split("\n")[1:]:
        return {}, [Problem("the data manifest's template is not filled in", block.number, 1, FILLED_IN)]
    found: list[Problem] = []
    parsed: dict[str, Plain] = {}
    for line in block.lines:
        fault = _fault(line, parsed)
        if fault:
            found.append(Problem(fault, line.number, line.column, _form(line.key)))
    known = {line.key for line in block.lines}
    missing = [key for key in FIELDS if key not in known]
    found += [Problem(f"the data manifest has no {_label(key)!r}", block.number, 1, _form(key)) for key in missing]
    return parsed, found or _schema_problems(parsed, block)


def _fault(line: Line, parsed: dict[str, Plain]) -> str:
    """Reads one line into `parsed`; what is wrong with it otherwise."""
    label = _label(line.key)
    if line.key in parsed:
        return f"{label} is here twice"
    if len(line.value) > LINE_LIMIT:
        return f"a line of more than {LINE_LIMIT} characters"
    if line.key not in PARSERS:
        near = did_you_mean(label, map(_label, PARSERS))
        return f"{label or line.value!r} is no line of a data manifest{near}"
    if not line.value or "<" in line.value:
        return f"{label} is not filled in"
    try:
        parsed[line.key] = PARSERS[line.key](line.value)
    except Unreadable as error:
        parsed[line.key] = line.value
        return f"{label}: {error}"
    return ""


def _symbol_set(text: str) -> Plain:
    found = re.fullmatch(r"(\S.*?)\s*\(([^()]*)\)", text)
    count = re.match(r"\s*([0-9][0-9,_]*)(?![\w.])", found[2]) if found else None
    if not found or not count:
        raise Unreadable(f"{text!r} has no count in parentheses")
    return {"name": found[1], "count": int(count[1].replace(",", "").replace("_", ""))}


def _period(text: str) -> Plain:
    found = re.fullmatch(r"(\S+)\s+(?:to|until|\u2013|-)\s+(\S+)", text)
    if not found:
        raise Unreadable(f"{text!r} is not <date> to <date>")
    start, end = found[1], found[2]
    for date in (start, end):
        if not is_date(date):
            raise Unreadable(f"{date!r} is not a date (YYYY-MM-DD)")
    if start > end:
        raise Unreadable(f"it ends ({end}) before it starts ({start})")
    return {"start": start, "end": end}


def _source(text: str) -> Plain:
    place, comma, interval = text.rpartition(",")
    words = place.split()
    if not comma:
        raise Unreadable(f"{text!r} names no interval after a comma")
    if len(words) < 2:
        raise Unreadable(f"{place.strip()!r} does not name both vendor and endpoint")
    return {"vendor": " ".join(words[:-1]), "endpoint": words[-1], "interval": _interval(interval.strip())}


def _interval(text: str) -> str:
    found = re.fullmatch(r"([0-9]*)\s*([A-Za-z]+)(?:\s+(?i:interval|bars?|candles?))?", text)
    interval = _short(found[1], found[2]) if found else ""
    if not interval:
        raise Unreadable(f"{text!r} is no interval (1m, 1h, 1d)")
    return interval


def _short(number: str, unit: str) -> str:
    if not number:
        return ADVERBS.get(unit.lower(), "")
    letter = "M" if unit == "M" else next((letter for letter, words in WORDS.items() if unit.lower() in words), "")
    return letter and number + letter


def _text(text: str) -> Plain:
    return text


def _rows(text: str) -> Plain:
    if not re.fullmatch(r"[0-9][0-9,_]*", text):
        raise Unreadable(f"{text!r} is not a number")
    return int(text.replace(",", "").replace("_", ""))


PARSERS: dict[str, Callable[[str], Plain]] = {
    "symbol_set": _symbol_set,
    "period": _period,
    "source": _source,
    "cache": _text,
    "as_of": _text,
    "rows": _rows,
    "digest": _text,
    "dataset": _text,
}


def is_date(text: str) -> bool:
    """A day of the calendar, as YYYY-MM-DD."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _schema_problems(parsed: dict[str, Plain], block: Block) -> list[Problem]:
    """The schema's word on what every line said by itself."""
    from quantgov import documents

    places = {line.key: line for line in block.lines}
    found = []
    for violation in documents.violations(documents.Document(parsed), "data-manifest"):
        line = places[str(violation.pointer[0])]
        message = f"{_label(line.key)}: {violation.message}"
        found.append(Problem(message, line.number, line.column, _form(line.key) or violation.help))
    return found


def _label(key: str) -> str:
    return LABELS.get(key, key.replace("_", " ").capitalize())


def _form(key: str) -> str:
    return f"- {_label(key)}: {FORMS[key]}" if key in FORMS else ""


def with_template(message: str, comment: str = "#") -> str:
    """The message with an empty manifest put in: after its text, before trailers and git's own comments."""
    lines = message.split("\n")
    end = next((at for at, line in enumerate(lines) if line.startswith(comment)), len(lines))
    body, rest = lines[:end], lines[end:]
    while body and not body[-1].strip():
        body.pop()
    at = _trailers_start(body)
    head, trailers = body[:at], body[at:]
    while head and not head[-1].strip():
        head.pop()
    block = [*(head or [""]), "", *TEMPLATE.split("\n"), ""]
    return "\n".join([*block, *trailers, *([""] if trailers else []), *rest])


def _trailers_start(body: list[str]) -> int:
    at = len(body)
    while at > 1 and re.fullmatch(TRAILER, body[at - 1]):
        at -= 1
    return at if at > 1 and not body[at - 1].strip() else len(body)
