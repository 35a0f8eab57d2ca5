"""The lines of a data manifest: what each says, and how it is written. Parsed: schemas/data-manifest.schema.json."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from quantgov.documents import Plain

SCHEMA = "data-manifest"
REQUIRED = ("symbol_set", "period", "source", "cache")
LABELS = {"symbol_set": "Symbol set", "as_of": "As of"}
FORMS = {
    "symbol_set": "SPX constituents (505 tickers)",
    "period": "2024-01-01 to 2024-12-31",
    "source": "TickDB /v1/market/kline, 1h interval",
    "cache": ".tickdb_cache/v3.2",
    "as_of": "2025-01-15, or 2025-01-15T09:30:00Z",
    "rows": "1,234,567",
    "digest": "sha256: and the 64 digits that sha256sum prints",
    "dataset": "us-equity-1h@v3.2",
}
NUMBER = r"([0-9][0-9,_]*)(?![\w.])"
OF_HOW_MANY = r"\s+of\s+(?:the\s+)?"
MOMENT = r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?Z)?"
DATASET = r"[A-Za-z0-9][A-Za-z0-9._-]*"
NOTHING_READ = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SHOWN = 200
"""Characters of a name that are written: a record has it whole."""
WORDS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "M": ("mo", "month", "months"),
}
ADVERBS = {"hourly": "1h", "daily": "1d", "weekly": "1w", "monthly": "1M", "tick": "tick", "ticks": "tick"}


class Unreadable(Exception):
    """A value that does not have its field's form."""


def label(key: str) -> str:
    """How people call a field."""
    return LABELS.get(key, key.replace("_", " ").capitalize())


def form(key: str) -> str:
    """A line as an example; empty for what is no field."""
    return line(key, FORMS[key]) if key in FORMS else ""


def line(key: str, value: object) -> str:
    """A field as the block has it."""
    return f"- {label(key)}: {written(key, value)}"


def _symbol_set(text: str) -> Plain:
    found = re.fullmatch(r"(\S.*?)\s*\(([^()]*)\)", text)
    counted = rf"\s*{NUMBER}(?:{OF_HOW_MANY}{NUMBER}|(?!{OF_HOW_MANY}[0-9]))"
    count = re.match(counted, found[2]) if found else None
    if not found or not count:
        raise Unreadable(f"{text!r} has no count in parentheses")
    held: dict[str, Plain] = {"name": found[1], "count": _number(count[1])}
    if count[2] is None:
        return held
    if _number(count[1]) > _number(count[2]):
        raise Unreadable(f"{count[1]} of {count[2]} is more than there should be")
    return {**held, "expected": _number(count[2])}


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


def _as_of(text: str) -> Plain:
    if not is_date(text[:10]) or not re.fullmatch(MOMENT, text[10:]):
        raise Unreadable(f"{text!r} is neither a day (YYYY-MM-DD) nor a moment in UTC (YYYY-MM-DDTHH:MM:SSZ)")
    return text


def _rows(text: str) -> Plain:
    if not re.fullmatch(r"[0-9][0-9,_]*", text):
        raise Unreadable(f"{text!r} is not a number")
    return _number(text)


def _digest(text: str) -> Plain:
    if text == NOTHING_READ:
        raise Unreadable("this is the digest of an empty file: nothing was read")
    return text


def _dataset(text: str) -> Plain:
    if not re.fullmatch(f"{DATASET}@{DATASET}", text):
        raise Unreadable(f"{text!r} is not <name>@<version>")
    return text


def _number(text: str) -> int:
    return int(text.replace(",", "").replace("_", ""))


READERS: dict[str, Callable[[str], Plain]] = {
    "symbol_set": _symbol_set,
    "period": _period,
    "source": _source,
    "cache": _text,
    "as_of": _as_of,
    "rows": _rows,
    "digest": _digest,
    "dataset": _dataset,
}
"""Each raises Unreadable. Their order is that of the lines."""


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


def disorder(facts: Mapping[str, object]) -> tuple[str, str]:
    """A field that another one makes impossible, and why; empty where each can be true.

    East of Greenwich a day is over on the evening before.
    """
    as_of, period = facts.get("as_of"), facts.get("period")
    if not isinstance(as_of, str) or not isinstance(period, dict):
        return "", ""
    from datetime import date, timedelta

    end = str(period["end"])
    if date.fromisoformat(as_of[:10]) >= date.fromisoformat(end) - timedelta(days=1):
        return "", ""
    return "as_of", f"{as_of} is before the period's end, {end}"


def _written_symbol_set(value: Mapping[str, object]) -> str:
    count, expected = value.get("count"), value.get("expected")
    whole = f" of {expected:,}" if isinstance(expected, int) else ""
    tickers = "ticker" if count == 1 and not whole else "tickers"
    return f"{_inline(value.get('name'))} ({count:,}{whole} {tickers})"


def _written_period(value: Mapping[str, object]) -> str:
    return f"{value.get('start')} to {value.get('end')}"


def _written_source(value: Mapping[str, object]) -> str:
    return f"{_inline(value.get('vendor'))} {value.get('endpoint')}, {value.get('interval')} interval"


def _inline(value: object) -> str:
    """A text in one line that people read, with one blank where there were several."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


WRITERS: dict[str, Callable[[Mapping[str, object]], str]] = {
    "symbol_set": _written_symbol_set,
    "period": _written_period,
    "source": _written_source,
}


def written(key: str, value: object) -> str:
    """A field's value as its line has it."""
    if isinstance(value, dict):
        return WRITERS[key](value)
    return f"{value:,}" if isinstance(value, int) else _inline(value)
