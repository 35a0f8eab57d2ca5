"""Which column of a data file is what, and which symbol a path names."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from quantgov.profiling import moments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TIMES = (
    "timestamp", "datetime", "date_time", "time", "open_time", "opentime", "date", "trade_date", "t", "ts",
    "bar_time", "start", "start_time", "time_utc", "epoch", "unix", "unix_timestamp", "__index_level_0__", "index",
    "unnamed:_0", "",
)  # fmt: skip
"""Names of the column of timestamps, the surest first; the last three are what an index without a name becomes."""
SYMBOLS = ("symbol", "ticker", "instrument", "sym", "asset", "pair", "ric", "secid", "security", "code")
PRICES = frozenset((
    "open", "high", "low", "close", "o", "h", "l", "c", "price", "bid", "ask", "last", "mid", "vwap", "settle",
    "adj_close", "adjclose", "adjusted_close", "bid_price", "ask_price", "last_price", "close_price",
))  # fmt: skip
BARS = (("open", "close"), ("o", "c"))
KLINE = ("open_time", "open", "high", "low", "close", "volume")
"""What the numbers of a row mean where none has a name, as exchanges send them."""
NULLS = ("", "nan", "NaN", "NAN", "-nan", "-NaN", "null", "NULL", "None", "NA", "N/A", "n/a", "#N/A", "<NA>", "-")
SAMPLE = 1_000
"""Rows that a column's type is read from."""
TICKER = r"[A-Z0-9]{1,12}"
NAMED = re.compile(
    rf"((?=[^a-z]*[A-Z])(?:{TICKER}[._-](?:USDT|USDC|USD|BTC|ETH|EUR|PERP)|{TICKER}(?:\.[A-Z]{{1,10}})?)"
    r"|[a-z0-9]{1,12}\.(?:us|hk))(?:[_-].*)?"
)
NO_SYMBOL = re.compile(r"README|DATA|OHLCV?|PRICES?|BARS?|KLINES?|TRADES?|TICKS?|ALL|DAILY|HOURLY|RAW|[0-9]+[SMHDW]")


class Roles(NamedTuple):
    """Places of columns, counted from 0; -1 for none. `clock` is the time of the day beside a date."""

    time: int
    clock: int
    symbol: int
    prices: tuple[int, ...]
    has_bars: bool


def plain(name: str) -> str:
    return re.sub(r"\s+", "_", name.strip().lower())


def roles(names: Sequence[str]) -> Roles:
    """What the columns with these names are."""
    known = [plain(name) for name in names]
    time, clock = _first(known, TIMES), -1
    if "date" in known and "time" in known and not {"timestamp", "datetime"} & set(known):
        time, clock = known.index("date"), known.index("time")
    prices = tuple(at for at, name in enumerate(known) if name in PRICES)
    return Roles(time, clock, _first(known, SYMBOLS), prices, any(set(pair) <= set(known) for pair in BARS))


def _first(known: Sequence[str], wanted: Iterable[str]) -> int:
    return next((known.index(name) for name in wanted if name in known), -1)


def is_clock(text: str) -> bool:
    """A time of the day by itself."""
    return bool(re.fullmatch(r"\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*", text))


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names columns: one of only numbers and times is data."""
    return not all(is_number(cell) or is_moment(cell) for cell in cells)


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", text, re.ASCII)) or is_infinite(text)


def is_infinite(text: str) -> bool:
    return text.strip().lower().lstrip("+-") in ("inf", "infinity")


def is_moment(text: str) -> bool:
    try:
        moments.parse(text)
    except ValueError:
        return False
    return True


def type_of(cells: Iterable[str]) -> str:
    """integer, number, boolean, timestamp or text, as these cells of a column show it; empty where all are null."""
    given = [cell.strip() for cell in cells if cell.strip() not in NULLS]
    if not given:
        return ""
    if all(re.fullmatch(r"[+-]?\d+", cell, re.ASCII) for cell in given):
        return "integer"
    if all(map(is_number, given)):
        return "number"
    if all(cell.lower() in ("true", "false") for cell in given):
        return "boolean"
    return "timestamp" if all(map(is_moment, given)) else "text"


def symbol_in(path: str) -> str:
    """The symbol that a file's name begins with, or that its folder is named after; empty where neither names one.

    As in AAPL.US_1h.csv and, S0-058, kline/AAPL.US/1h_20260101_000000.json.
    """
    folder, name = os.path.split(path)
    stem = re.sub(r"(?i)\.(csv|tsv|parquet|pq|feather|arrow|ipc|jsonl?|ndjson)(\.gz)?$", "", name)
    return _symbol(stem) or _symbol(os.path.basename(folder), whole=True)


def _symbol(text: str, *, whole: bool = False) -> str:
    found = NAMED.fullmatch(text)
    if not found or (whole and found[1] != text) or NO_SYMBOL.fullmatch(found[1]):
        return ""
    return found[1]


def kline(count: int) -> list[str]:
    """Names for the columns of rows that have none: those of an exchange where there are enough, else by number."""
    known = KLINE if count >= len(KLINE) else ("timestamp",)[:count]
    return [*known, *(f"column_{at}" for at in range(len(known) + 1, count + 1))]
