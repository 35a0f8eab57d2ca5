"""Timestamps as data files write them, read to nanoseconds, with what they say about their zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
EPOCH = date(1970, 1, 1).toordinal()
EARLIEST, LATEST = -9_200_000_000 * SECOND, 9_200_000_000 * SECOND
"""1678 and 2261: what nanoseconds in 64 bits can tell."""
UNITS = (("s", SECOND, 10**11), ("ms", 1_000_000, 10**14), ("us", 1_000, 10**17), ("ns", 1, 10**20))
"""A number's unit by its magnitude: name, nanoseconds, and the size below which a number is in it."""
UTC_TEXT, LOCAL_TEXT, LOCAL_MS = "utc-iso", "exchange-local-iso", "exchange-local-ms"
NUMBER = re.compile(r"(-?)(\d+)(?:\.(\d*))?", re.ASCII)
DATED = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})"
    r"(?:([T ])(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?: ?(Z|UTC|[+-]\d{2}(?::?\d{2})?))?)?",
    re.ASCII,
)
COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?", re.ASCII)


ANEW = "write it anew, or fetch the file again"
"""How data are mended that hold what is none."""


class NoTimestamp(ValueError):
    """What cannot be read as a timestamp, in words."""


class Moment(NamedTuple):
    """Nanoseconds since 1970, by the convention's own clock; `offset` is as it was written, empty where none was."""

    at: int
    convention: str
    offset: str = ""

    @property
    def is_local(self) -> bool:
        return self.convention.startswith("exchange-local")


def parse(text: str) -> Moment:
    """One timestamp. Raises NoTimestamp where it is none, or where a day cannot be told from a month."""
    compact = COMPACT.fullmatch(text)
    if compact and (found := _compact(compact)):
        return found
    if number := NUMBER.fullmatch(text):
        return of_number(int(number[1] + number[2]), number[3] or "", text)
    dated = DATED.fullmatch(text)
    if not dated:
        raise NoTimestamp(_why_not(text))
    try:
        return _dated(dated)
    except NoTimestamp:
        raise
    except ValueError:
        raise NoTimestamp(f"{text!r} is no moment of the calendar") from None


def _why_not(text: str) -> str:
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}.*", text, re.ASCII):
        return f"{text[:40]!r} does not tell day from month: write it as YYYY-MM-DD"
    if re.fullmatch(r"-?\d+(\.\d*)?[eE]\+?\d+", text, re.ASCII):
        return f"{text[:40]!r} has lost its last digits: write the whole number"
    return f"{text[:40]!r} is no timestamp"


def _compact(found: re.Match[str]) -> Moment | None:
    """20240131, and with a time behind it; None for a number that is no date."""
    try:
        return Moment(_clock(*(int(group or 0) for group in found.groups())), LOCAL_TEXT)
    except ValueError:
        return None


def _dated(found: re.Match[str]) -> Moment:
    at = _clock(int(found[1]), int(found[3]), int(found[4]), *(int(found[key] or 0) for key in (6, 7, 8)))
    at += int((found[9] or "").ljust(9, "0")[:9])
    offset = found[10]
    return bounded(Moment(at - offset_of(offset), UTC_TEXT, offset) if offset else Moment(at, LOCAL_TEXT))


def of_number(whole: int, fraction: str = "", written: str = "") -> Moment:
    """A number since 1970, whose magnitude tells the unit. Raises NoTimestamp where it tells none."""
    for unit, size, limit in UNITS:
        if abs(whole) < limit:
            part = int(fraction.ljust(9, "0")[:9] or 0) * size // SECOND
            at = whole * size + (-part if written.startswith("-") else part)
            return bounded(Moment(at, f"utc-{unit}"))
    raise NoTimestamp(f"{written or whole} is too large for a timestamp")


def bounded(moment: Moment) -> Moment:
    if not EARLIEST <= moment.at <= LATEST:
        raise NoTimestamp(f"the year of {moment.at // SECOND} s is out of range")
    return moment


def _clock(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no time of the day")
    return (date(year, month, day).toordinal() - EPOCH) * DAY + (hour * 3600 + minute * 60 + second) * SECOND


def offset_of(text: str) -> int:
    """Nanoseconds east of Greenwich of `Z`, `+08:00`, `-0500` or `+08`."""
    digits = re.sub(r"\D", "", text).ljust(4, "0")
    size = (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * SECOND
    return -size if text.startswith("-") else size


def shown(at: int, *, local: bool = False, day: bool = False) -> str:
    """ISO text: a day, or a moment with a Z behind it unless it is local."""
    second, rest = divmod(at, SECOND)
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return text[:10] if day else f"{text}{fraction}{'' if local else 'Z'}"


def interval_of(step: int) -> str:
    """The length of a bar as a manifest writes it; `tick` below a second, empty for no step."""
    if step <= 0:
        return ""
    if step % SECOND:
        return "tick"
    if step in MONTHS:
        return "1M"
    for letter, size in (("w", 7 * DAY), ("d", DAY), ("h", 3600 * SECOND), ("m", 60 * SECOND)):
        if step % size == 0:
            return f"{step // size}{letter}"
    return f"{step // SECOND}s"


MONTHS = tuple(days * DAY for days in (28, 29, 30, 31))


def step_of(interval: str) -> int:
    """Nanoseconds of a bar; 0 for `tick` and what is no interval."""
    found = re.fullmatch(r"([1-9]\d*)([smhdwM])", interval)
    sizes = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY, "w": 7 * DAY, "M": 31 * DAY}
    return int(found[1]) * sizes[found[2]] if found else 0
