"""When a market is open, so that bars can be expected of it."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from quantgov.errors import UsageError
from quantgov.profiling.moments import DAY, EPOCH, SECOND

ALWAYS, OBSERVED = "24/7", "observed"
MARKETS = {"US": "XNYS", "HK": "XHKG"}
QUOTES = ("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI")
VENUES = (*QUOTES, "BITSTAMP", "BINANCE", "COINBASE", "KRAKEN", "BYBIT", "OKX", "BITFINEX", "CRYPTO", "PERP")
COINS = ("BTC", "ETH", "XBT", "SOL", "XRP", "DOGE", "ADA", "LTC", "BNB")
MONEY = ("USD", "EUR", "GBP", "JPY", "KRW", "BTC", "ETH")


class Hours(NamedTuple):
    """What is known of an exchange without its calendar: minutes of the day, and its zone."""

    zone: str
    parts: tuple[tuple[int, int], ...]


COLUMNS = ("open", "break_start", "break_end", "close")
WEEKDAYS = {
    "XNYS": Hours("America/New_York", ((570, 960),)),
    "XHKG": Hours("Asia/Hong_Kong", ((570, 720), (780, 960))),
}


class Session(NamedTuple):
    """A trading day, counted from 1970, and the parts of it in nanoseconds of UTC: opening and close."""

    day: int
    parts: tuple[tuple[int, int], ...]


class Sessions(NamedTuple):
    """The trading days of a period; `known` is False where they are weekdays, since nobody could say more."""

    sessions: tuple[Session, ...]
    zone: ZoneInfo
    known: bool


def of_symbol(symbol: str) -> str:
    """24/7 for what looks like crypto, the exchange's MIC for .US and .HK, else what is observed."""
    name = symbol.upper()
    base, _, market = name.rpartition(".")
    if base and market in MARKETS:
        return MARKETS[market]
    parts = re.split(r"[./_:-]", name)
    joined = len(parts) == 1 and len(name) > 5 and name.endswith(QUOTES[:4])
    paired = len(parts) > 1 and parts[0] in COINS and parts[1] in MONEY
    traded = len(parts) > 1 and bool({*parts[1:]} & {*VENUES})
    return ALWAYS if paired or traded or joined else OBSERVED


def sessions(name: str, first: int, last: int) -> Sessions:
    """The sessions that touch a period, in nanoseconds. Raises UsageError for an exchange that nobody knows."""
    start, end = (date.fromordinal(EPOCH + at // DAY) for at in (first - DAY, last + 2 * DAY))
    return _recorded(name, start, end) or _weekdays(name, start, end)


def _recorded(name: str, start: date, end: date) -> Sessions | None:
    """What exchange_calendars has; None without it, and for years that it has no holidays of."""
    try:
        import exchange_calendars  # type: ignore[import-untyped]  # it says nothing of its types
        from exchange_calendars.errors import InvalidCalendarName, NoSessionsError  # type: ignore[import-untyped]
    except ImportError:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # the library calls what pandas deprecates: not ours to mend, nor the user's
            calendar = exchange_calendars.get_calendar(name, start=start.isoformat(), end=end.isoformat())
    except InvalidCalendarName:
        known = f"{ALWAYS}, {OBSERVED}, or the MIC of an exchange, such as XNYS"
        raise UsageError(f"{name} is no calendar", known) from None
    except NoSessionsError:
        return Sessions((), ZoneInfo("UTC"), True)
    except ValueError:
        return None
    table = calendar.schedule
    columns = [table[column].dt.as_unit("ns").astype("int64").tolist() for column in COLUMNS]
    days = [moment.toordinal() - EPOCH for moment in table.index]
    found = [Session(day, _parts(*times)) for day, *times in zip(days, *columns, strict=True)]
    return Sessions(tuple(found), ZoneInfo(str(calendar.tz)), True)


def _parts(begin: int, stop: int, resume: int, end: int) -> tuple[tuple[int, int], ...]:
    """The parts of a session; without a break its moments are below all others."""
    return ((begin, stop), (resume, end)) if begin < stop < end else ((begin, end),)


def _weekdays(name: str, start: date, end: date) -> Sessions:
    """Monday to Friday, holidays among them."""
    hours = WEEKDAYS.get(name)
    if not hours:
        raise UsageError(f"the calendar {name} is not known here", "python -m pip install exchange_calendars")
    zone = ZoneInfo(hours.zone)
    days = (start + timedelta(days=at) for at in range((end - start).days + 1))
    found = [_weekday(day, hours, zone) for day in days if day.weekday() < 5]
    return Sessions(tuple(found), zone, False)


def _weekday(day: date, hours: Hours, zone: ZoneInfo) -> Session:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    parts = tuple((_instant(midnight, begin), _instant(midnight, end)) for begin, end in hours.parts)
    return Session(day.toordinal() - EPOCH, parts)


def _instant(midnight: datetime, minutes: int) -> int:
    at = midnight.replace(hour=minutes // 60, minute=minutes % 60)
    return int(at.astimezone(UTC).timestamp()) * SECOND


class Clock:
    """What the clock of a zone shows. It remembers what it was asked: symbols of one exchange ask for the same days."""

    __slots__ = ("_known", "_zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[int, int] = {}

    def offset(self, at: int) -> int:
        """Nanoseconds east of Greenwich at a moment of UTC."""
        known = self._known.get(at)
        if known is None:
            offset = datetime.fromtimestamp(at // SECOND, self._zone).utcoffset() or timedelta()
            known = self._known[at] = int(offset.total_seconds()) * SECOND
        return known
