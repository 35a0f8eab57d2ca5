"""The data profile: figures from real files, and a clear word where a file does not tell them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import sys
import warnings
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantgov import documents
from quantgov.errors import CannotJudge, QuantgovError, UsageError
from quantgov.profiling import Expectation, Profile, calendars, delimited, engine, profile
from quantgov.profiling.bars import judge
from quantgov.profiling.instants import NotPlain
from quantgov.profiling.moments import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HEADER = "symbol,timestamp,open,high,low,close,volume"
START = datetime(2024, 1, 2, tzinfo=UTC)
WEEK = ("2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12", "2024-01-16")
"""The 15th was a holiday."""


def bars(symbol: str, times: Iterable[str], price: str = "1.5") -> list[str]:
    return [f"{symbol},{time},{price},{price},{price},{price},100" for time in times]


def hours(count: int, start: datetime = START, form: str = "%Y-%m-%dT%H:%M:%SZ", step: int = 1) -> list[str]:
    return [(start + timedelta(hours=at * step)).strftime(form) for at in range(count)]


def write(path: Path, rows: Iterable[str], header: str = HEADER) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def notes(found: Profile) -> str:
    return "\n".join(found.notes)


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., str]:
    return lambda *rows, name="bars.csv", header=HEADER: write(tmp_path / name, rows, header)


def test_a_complete_universe_is_counted(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("BTC.USDT", hours(48)), *bars("ETH.USDT", hours(48)))
    found = profile([path], names=["data/bars.csv"], expect=Expectation(symbols=("BTC.USDT", "ETH.USDT")))
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert found.files == (("data/bars.csv", digest, os.path.getsize(path), 96, "csv"),)
    assert (found.digest, found.rows, found.symbols) == (f"sha256:{digest}", 96, ("BTC.USDT", "ETH.USDT"))
    assert (found.start, found.end, found.interval) == ("2024-01-02T00:00:00Z", "2024-01-03T23:00:00Z", "1h")
    assert (found.timestamp_convention, found.calendar) == ("utc-iso", "24/7")
    assert (found.bars_present, found.bars_expected, found.duplicates, found.nulls) == (96, 96, 0, 0)
    assert found.columns[:3] == (("symbol", "text"), ("timestamp", "timestamp"), ("open", "number"))
    assert found.notes == ()


def test_a_missing_symbol_makes_the_universe_partial(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("BTC.USDT", hours(48)))
    found = profile([path], expect=Expectation(symbols=("BTC.USDT", "ETH.USDT", "SOL.USDT")))
    assert (found.symbols_present, found.symbols_expected) == (1, 3)
    assert (found.bars_present, found.bars_expected) == (48, 144)
    assert "1 of 3 symbols are there; missing: ETH.USDT, SOL.USDT" in found.notes
    by_number = profile([path], expect=Expectation(size=3))
    assert (by_number.symbols_expected, by_number.bars_expected) == (3, 144)
    assert "1 of 3 symbols are there" in by_number.notes
    fewer = profile([csv_file(*bars("BTC.USDT", hours(4)), *bars("ETH.USDT", hours(4)))], expect=Expectation(size=1))
    assert (fewer.symbols_present, fewer.symbols_expected, fewer.bars_expected) == (2, 1, 8)
    assert "2 symbols are there, more than the 1 that are expected" in fewer.notes
    assert fewer.manifest(symbol_set="coins")["symbol_set"] == {"name": "coins", "count": 2}


def test_symbols_that_nobody_expects_are_named_and_not_counted(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("BTC.USDT", hours(4)), *bars("DOGE.USDT", hours(4)))
    found = profile([path], expect=Expectation(symbols=("BTC.USDT", "ETH.USDT")))
    assert (found.symbols_present, found.bars_present, found.bars_expected) == (1, 4, 8)
    assert "symbols that are not expected: DOGE.USDT" in found.notes


def test_the_first_gaps_are_named(csv_file: Callable[..., str]) -> None:
    times = hours(48)
    del times[40], times[30:32], times[20], times[10]
    found = profile([csv_file(*bars("BTC.USDT", times), *bars("ETH.USDT", hours(48)))])
    assert (found.bars_present, found.bars_expected) == (91, 96)
    assert found.notes[0] == (
        "91 of 96 bars are there; missing: BTC.USDT 2024-01-02T10:00:00Z, BTC.USDT 2024-01-02T20:00:00Z, "
        "BTC.USDT 2024-01-03T06:00:00Z (2 bars), …"
    )


def test_a_silent_truncation_shows_in_the_bars_of_the_whole_profile(csv_file: Callable[..., str]) -> None:
    """REQUIREMENTS C22: 90 days of hours are 2,160 bars, and a limit of 1,000 cuts them off."""
    found = profile([csv_file(*bars("BTC.USDT", hours(2160)), *bars("ETH.USDT", hours(2160)[-1000:]))])
    assert (found.bars_present, found.bars_expected) == (3160, 4320)


def test_a_repeated_bar_is_counted_once(csv_file: Callable[..., str]) -> None:
    times = hours(20)
    found = profile([csv_file(*bars("BTC.USDT", [*times, times[3], times[3], times[19]]))])
    assert (found.rows, found.duplicates, found.bars_present) == (23, 3, 20)
    assert "3 rows repeat the symbol and the timestamp of another" in found.notes
    once = profile([csv_file(*bars("BTC.USDT", [*times, times[3]]))])
    assert "1 row repeats the symbol and the timestamp of another" in once.notes


BUSINESS_DAYS = [day for at in range(364) if (day := (START + timedelta(days=at)).date()).weekday() < 5]


@pytest.mark.parametrize("prices", [("close",), ("open", "close")])
@pytest.mark.parametrize("files", [("a.parquet", "b.feather"), ("a.feather", "b.parquet"), ("a.csv", "b.parquet")])
def test_two_files_with_the_same_bars_repeat_them(
    files: tuple[str, ...], prices: tuple[str, ...], tmp_path: Path
) -> None:
    days, symbols = BUSINESS_DAYS * 3, sorted(("SPX", "NDX", "DJI") * len(BUSINESS_DAYS))
    table = pl.DataFrame({"symbol": symbols, "date": days, **dict.fromkeys(prices, [1.5] * len(days))})
    for file in files:
        if file.endswith("csv"):
            table.write_csv(tmp_path / file)
        elif file.endswith("parquet"):
            table.write_parquet(tmp_path / file)
        else:
            table.write_ipc(tmp_path / file)
    found = profile([str(tmp_path)])
    assert (found.rows, found.interval, found.duplicates) == (1560, "1d", 780)
    assert (found.bars_present, found.bars_expected) == (780, 780)
    assert "780 rows repeat the symbol and the timestamp of another" in found.notes


def test_bars_of_several_files_without_a_symbol_are_not_counted(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        write(tmp_path / name, [f"{day},1,1" for day in BUSINESS_DAYS], "date,open,close")
    found = profile([str(tmp_path)], names=["data"])
    assert (found.rows, found.interval) == (520, "1d")
    assert (found.bars_present, found.bars_expected, found.duplicates) == (None, None, None)
    told = "neither a column nor the name tells the symbol of data/one.csv, data/two.csv, so that no bars are counted"
    assert told in found.notes


def test_bars_that_are_yet_to_come_are_told(csv_file: Callable[..., str], tmp_path: Path) -> None:
    path = csv_file(*bars("BTC.USDT", [f"2099-01-0{day}T00:00:00Z" for day in range(1, 6)]))
    assert profile([path]).notes == ("the data end on 2099-01-05, which is yet to come",)
    soon = (datetime.now(UTC) + timedelta(hours=20)).replace(microsecond=0)
    times = [(soon - timedelta(days=at)).isoformat() for at in range(5)]
    assert profile([csv_file(*bars("BTC.USDT", times))]).notes == ()
    rows = [{"t": f"2024-01-0{day}T00:00:00Z", "o": 1, "c": 1} for day in range(1, 6)]
    fetched = tmp_path / "btc.json"
    fetched.write_text(
        json.dumps({"metadata": {"symbol": "BTC.USDT", "fetched_at": "2024-01-02T00:00:00Z"}, "data": rows})
    )
    found = profile([str(fetched)])
    assert found.notes == ("the data end on 2024-01-05, and say that they were fetched at 2024-01-02T00:00:00Z",)
    assert "as_of" not in found.manifest()


@pytest.mark.parametrize(
    "order", [lambda times: times[::-1], lambda times: times[1::2] + times[::2], lambda times: sorted(times, key=hash)]
)
def test_the_order_of_rows_changes_nothing(
    order: Callable[[list[str]], list[str]], csv_file: Callable[..., str]
) -> None:
    times = hours(500)
    found = profile([csv_file(*bars("BTC.USDT", order(times)), *bars("ETH.USDT", order(times[:300] + times[299:])))])
    assert (found.bars_present, found.bars_expected, found.duplicates, found.interval) == (1000, 1000, 1, "1h")


# --- the period that was asked for


QUARTER = Expectation(start="2024-01-02", end="2024-03-31")
"""90 days of hours, from START."""


@pytest.mark.parametrize("symbol", ["BTC.USDT", "BTC"])
@pytest.mark.parametrize(
    ("kept", "note"),
    [
        (slice(1000), "the data end at 2024-02-12T15:00:00Z, and 2024-03-31 was asked for"),
        (slice(-1000, None), "the data begin at 2024-02-19T08:00:00Z, and 2024-01-02 was asked for"),
    ],
)
def test_a_silent_truncation_shows_where_the_period_is_asked_for(
    symbol: str, kept: slice, note: str, csv_file: Callable[..., str]
) -> None:
    """REQUIREMENTS C22, C36: 1,000 bars are all that the source gives at once."""
    found = profile([csv_file(*bars(symbol, hours(2160)[kept]))], expect=QUARTER)
    assert (found.bars_present, found.bars_expected) == (1000, 2160)
    assert found.notes[0].startswith("1,000 of 2,160 bars are there; missing: ")
    assert found.notes[1] == note
    assert found.start == f"{hours(2160)[kept][0]}"
    assert found.manifest()["bars"] == {"present": 1000, "expected": 2160}


def test_a_symbol_that_is_not_there_lacks_the_whole_period(csv_file: Callable[..., str]) -> None:
    expect = QUARTER._replace(symbols=("BTC.USDT", "ETH.USDT"))
    found = profile([csv_file(*bars("BTC.USDT", hours(1000)))], expect=expect)
    assert (found.bars_present, found.bars_expected) == (1000, 4320)


def test_what_lies_outside_of_the_period_is_told_and_not_counted(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("BTC.USDT", hours(96)))
    found = profile([path], expect=Expectation(start="2024-01-03", end="2024-01-04"))
    assert (found.bars_present, found.bars_expected, found.rows) == (48, 48, 96)
    assert (found.notes, found.outside) == ((), "48 bars outside of 2024-01-03 to 2024-01-04, which was asked for")
    assert (found.start, found.end) == ("2024-01-02T00:00:00Z", "2024-01-05T23:00:00Z")
    since = profile([path], expect=Expectation(start="2024-01-05"))
    assert (since.notes, since.outside) == ((), "72 bars before 2024-01-05, which was asked for")
    until = profile([path], expect=Expectation(end="2024-01-06"))
    assert (until.bars_present, until.bars_expected) == (96, 120)
    none = profile([path], expect=Expectation(start="2023-01-01", end="2023-01-01"))
    assert (none.bars_present, none.bars_expected) == (0, 24)


@pytest.mark.parametrize(
    "times",
    [
        [time for day in WEEK for time in [f"{day}T{14 + at}:30:00Z" for at in range(7)]],
        [f"{day}T21:00:00Z" for day in WEEK],
        [f"{day} 16:00:00" for day in WEEK],
        list(WEEK),
    ],
    ids=["hours", "closes", "local", "days"],
)
def test_a_period_of_an_exchange_begins_with_its_first_session(times: list[str], csv_file: Callable[..., str]) -> None:
    each = len(times) // len(WEEK)
    path = csv_file(*bars("AAPL.US", times))
    whole = profile([path], expect=Expectation(start="2024-01-06", end="2024-01-16"))
    assert (whole.bars_present, whole.bars_expected) == (6 * each, 6 * each)
    assert not [note for note in whole.notes if "asked for" in note]
    longer = profile([path], expect=Expectation(start="2023-12-30", end="2024-01-18"))
    assert (longer.bars_present, longer.bars_expected) == (6 * each, 12 * each)
    assert [note.split(",")[1] for note in longer.notes if "asked for" in note] == [
        " and 2023-12-30 was asked for",
        " and 2024-01-18 was asked for",
    ]
    shorter = profile([path], expect=Expectation(start="2024-01-09", end="2024-01-12"))
    assert (shorter.bars_present, shorter.bars_expected) == (4 * each, 4 * each)
    assert shorter.outside == f"{2 * each} bars outside of 2024-01-09 to 2024-01-12, which was asked for"
    assert not [note for note in shorter.notes if "closed" in note or "sessions" in note]


def test_midnight_in_hong_kong_belongs_to_the_day_that_is_asked_for(csv_file: Callable[..., str]) -> None:
    times = [f"2024-01-{day:02}T16:00:00Z" for day in (1, 2, 3, 4)]
    found = profile([csv_file(*bars("700.HK", times))], expect=Expectation(start="2024-01-02", end="2024-01-05"))
    assert (found.bars_present, found.bars_expected, found.notes) == (4, 4, ())


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [("2024-01-01", "2024-01-28", 4), ("2024-01-10", "2024-01-24", 3), ("2024-01-01", "2024-02-06", 5)],
)
def test_a_week_is_asked_for_where_all_of_it_is(
    start: str, end: str, expected: int, csv_file: Callable[..., str]
) -> None:
    path = csv_file(*bars("AAPL.US", ("2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22")))
    assert profile([path], expect=Expectation(start=start, end=end)).bars_expected == expected


def test_nobody_can_tell_what_an_unknown_market_lacks(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("SPX", WEEK))
    whole = profile([path], expect=Expectation(start="2024-01-06", end="2024-01-17"))
    assert (whole.bars_present, whole.bars_expected) == (6, 6)
    part = profile([path], expect=Expectation(start="2023-10-01", end="2024-01-16"))
    assert (part.bars_present, part.bars_expected) == (6, None)
    assert "the data begin on 2024-01-08, and 2023-10-01 was asked for" in part.notes
    assert "bars" not in part.manifest()


def test_ticks_that_end_too_early_are_told(csv_file: Callable[..., str]) -> None:
    rows = [f"BTC.USDT,{1704067200000 + at * at},1" for at in range(200)]
    path = csv_file(*rows, header="symbol,timestamp,price")
    found = profile([path], expect=Expectation(interval="tick", start="2024-01-01", end="2024-01-31"))
    assert found.notes == ("the data end at 2024-01-01T00:00:39.601Z, and 2024-01-31 was asked for",)
    assert profile([path], expect=Expectation(interval="tick", end="2024-01-01")).notes == ()


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("01/02/2024", "", "'01/02/2024' is no day"),
        ("", "2024-02-30", "'2024-02-30' is no day"),
        ("2024-02-01", "2024-01-01", "the period ends (2024-01-01) before it starts (2024-02-01)"),
    ],
)
def test_a_period_that_is_none(start: str, end: str, message: str, csv_file: Callable[..., str]) -> None:
    with pytest.raises(UsageError) as error:
        profile([csv_file(*bars("BTC.USDT", hours(4)))], expect=Expectation(start=start, end=end))
    assert error.value.message == message
    assert error.value.help


# --- calendars


def session_bars(day: str, count: int = 7, first: int = 14) -> list[str]:
    """Winter in New York: the session of 2024 is 14:30 to 21:00 in UTC."""
    return [f"{day}T{first + at:02}:30:00Z" for at in range(count)]


def test_an_exchange_is_closed_at_night_on_weekends_and_holidays(csv_file: Callable[..., str]) -> None:
    found = profile([csv_file(*bars("AAPL.US", [time for day in WEEK for time in session_bars(day)]))])
    assert (found.calendar, found.interval, found.bars_present, found.bars_expected) == ("XNYS", "1h", 42, 42)


@pytest.mark.parametrize(
    ("minute", "first", "count"), [("30", 14, 7), ("00", 14, 7), ("00", 15, 7)], ids=["opening", "clock", "end"]
)
def test_vendors_stamp_bars_by_the_opening_or_the_clock_at_begin_or_end(
    minute: str, first: int, count: int, csv_file: Callable[..., str]
) -> None:
    times = [f"{day}T{first + at:02}:{minute}:00Z" for day in WEEK for at in range(count)]
    found = profile([csv_file(*bars("AAPL.US", times))])
    assert (found.bars_present, found.bars_expected) == (42, 42)


def test_bars_on_a_weekend_of_a_closed_exchange_are_told(csv_file: Callable[..., str]) -> None:
    times = [time for day in (*WEEK[:5], "2024-01-13", "2024-01-14", WEEK[5]) for time in session_bars(day)]
    found = profile(
        [csv_file(*bars("AAPL.US", times), *bars("MSFT.US", [f"{WEEK[0]}T12:30:00Z", *times[:35], *times[49:]]))]
    )
    assert (found.bars_present, found.bars_expected) == (84, 84)
    assert "14 bars on days when XNYS is closed, of AAPL.US among others" in found.notes
    assert "1 bar outside of XNYS's sessions" in found.notes


@pytest.mark.parametrize(
    ("stamp", "convention"),
    [
        ("{}", "exchange-local-iso"),
        ("{}T00:00:00Z", "utc-iso"),
        ("{}T05:00:00Z", "utc-iso"),
        ("{}T21:00:00Z", "utc-iso"),
        ("{} 16:00:00", "exchange-local-iso"),
        ("{}T16:00:00-05:00", "utc-iso"),
    ],
)
def test_daily_bars_belong_to_the_exchanges_day(stamp: str, convention: str, csv_file: Callable[..., str]) -> None:
    found = profile(
        [csv_file(*bars("AAPL.US", map(stamp.format, WEEK)), *bars("MSFT.US", map(stamp.format, WEEK[::5])))]
    )
    assert (found.interval, found.timestamp_convention) == ("1d", convention)
    assert (found.bars_present, found.bars_expected) == (8, 12)
    assert "8 of 12 bars are there; missing: MSFT.US 2024-01-09 (4 bars)" in found.notes


def test_midnight_in_hong_kong_is_the_day_that_begins_there(csv_file: Callable[..., str]) -> None:
    days = [datetime(2024, 1, day, tzinfo=UTC) - timedelta(hours=8) for day in range(1, 20)]
    times = [day.strftime("%Y-%m-%dT%H:%M:%SZ") for day in days if (day + timedelta(hours=8)).weekday() < 5]
    found = profile([csv_file(*bars("700.HK", times))])
    assert (found.calendar, found.bars_present, found.bars_expected) == ("XHKG", 14, 14)
    assert "1 bar on days when XHKG is closed, of 700.HK among others" in found.notes


def test_hong_kong_pauses_at_noon(csv_file: Callable[..., str]) -> None:
    times = [
        f"2024-01-{day:02} {hour}"
        for day in (8, 9, 10)
        for hour in ("09:30", "10:00", "10:30", "11:00", "11:30", "13:00", "13:30", "14:00", "14:30", "15:00", "15:30")
    ]
    found = profile([csv_file(*bars("700.HK", times))])
    assert (found.interval, found.timestamp_convention) == ("30m", "exchange-local-iso")
    assert (found.bars_present, found.bars_expected) == (33, 33)


def test_midnight_in_new_york_is_the_same_day_in_summer_and_winter(csv_file: Callable[..., str]) -> None:
    days = calendars.sessions("XNYS", 1672617600 * SECOND, 1735603200 * SECOND).sessions
    begins = [datetime.fromtimestamp(each.parts[0][0] / SECOND, ZoneInfo("America/New_York")) for each in days]
    midnights = [begin.replace(hour=0, minute=0).astimezone(UTC) for begin in begins]
    found = profile([csv_file(*bars("AAPL.US", [day.strftime("%Y-%m-%dT%H:%M:%SZ") for day in midnights]))])
    assert (found.bars_present, found.bars_expected) == (len(midnights), len(midnights))


@pytest.mark.parametrize(
    ("days", "interval"),
    [
        (("2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29"), "1w"),
        (("2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"), "1M"),
    ],
)
@pytest.mark.parametrize("symbol", ["AAPL.US", "BTC.USDT", "SPX"])
def test_weeks_and_months(days: tuple[str, ...], interval: str, symbol: str, csv_file: Callable[..., str]) -> None:
    other = f"X{symbol}"
    found = profile([csv_file(*bars(symbol, days), *bars(other, (*days[:1], *days[2:])))])
    assert (found.interval, found.bars_present, found.bars_expected) == (interval, 2 * len(days) - 1, 2 * len(days))


def test_without_a_known_market_what_any_symbol_has_is_expected(csv_file: Callable[..., str]) -> None:
    found = profile([csv_file(*bars("AAA", hours(10)[:6]), *bars("BBB", hours(10)[2:]))])
    assert (found.calendar, found.bars_present, found.bars_expected) == ("observed", 14, 20)


def test_a_calendar_can_be_named(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("AAA", (*hours(24), *hours(24, START + timedelta(days=2)))))
    assert profile([path]).bars_expected == 48
    found = profile([path], expect=Expectation(calendar="24/7"))
    assert (found.calendar, found.bars_present, found.bars_expected) == ("24/7", 48, 72)
    with pytest.raises(UsageError, match="XXXX is no calendar"):
        profile([path], expect=Expectation(calendar="XXXX"))


def test_several_calendars_are_judged_each_by_its_own(csv_file: Callable[..., str]) -> None:
    times = [time for day in WEEK for time in session_bars(day)]
    crypto = hours(9 * 24, datetime(2024, 1, 8, 0, 30, tzinfo=UTC))
    found = profile([csv_file(*bars("AAPL.US", times), *bars("BTC.USDT", crypto))])
    assert (found.calendar, found.bars_present, found.bars_expected) == ("24/7, XNYS", 42 + 216, 42 + 216)
    assert (
        profile(
            [csv_file(*bars("AAPL.US", times), *bars("BTC.USDT", crypto))], expect=Expectation(size=3)
        ).bars_expected
        is None
    )


def test_what_the_calendars_library_calls_of_pandas_is_nobodys_else(csv_file: Callable[..., str]) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        profile([csv_file(*bars("AAPL.US", WEEK), *bars("700.HK", WEEK))])
    assert told == []


def test_without_its_library_an_exchange_is_taken_to_be_open_on_weekdays(
    csv_file: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    path = csv_file(*bars("AAPL.US", [time for day in WEEK for time in session_bars(day)]))
    found = profile([path])
    assert (found.bars_present, found.bars_expected) == (42, 49)
    assert "the holidays of XNYS are not known here, so that too many bars are expected" in found.notes
    with pytest.raises(UsageError, match="the calendar XLON is not known here") as error:
        profile([path], expect=Expectation(calendar="XLON"))
    assert error.value.help == "python -m pip install exchange_calendars"


@pytest.mark.parametrize(
    ("symbol", "calendar"),
    [
        ("BTC.USDT", "24/7"), ("BTC.BITSTAMP", "24/7"), ("BTC/USDT", "24/7"), ("BTC-USD", "24/7"),
        ("ETHUSDT", "24/7"), ("BTC/USDT:USDT", "24/7"), ("AAPL.US", "XNYS"), ("0700.HK", "XHKG"),
        ("AAPL", "observed"), ("EUR/USD", "observed"), ("LTC.N", "observed"), ("BRK.B", "observed"),
    ],
)  # fmt: skip
def test_a_symbol_names_its_market(symbol: str, calendar: str) -> None:
    assert calendars.of_symbol(symbol) == calendar


# --- timestamps


@pytest.mark.parametrize(
    ("form", "convention"),
    [
        (lambda at: str(int(at)), "utc-s"),
        (lambda at: str(int(at * 1000)), "utc-ms"),
        (lambda at: str(int(at * 10**6)), "utc-us"),
        (lambda at: str(int(at) * 10**9), "utc-ns"),
        (lambda at: f"{at:.1f}", "utc-s"),
        (lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S+00:00"), "utc-iso"),
        (lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "utc-iso"),
        (lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC"), "utc-iso"),
        (lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y/%m/%d %H:%M:%S"), "exchange-local-iso"),
        (lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y%m%d%H%M%S"), "exchange-local-iso"),
        (lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y%m%d%H%M"), "exchange-local-iso"),
        (lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f"), "exchange-local-iso"),
    ],
)
def test_timestamps_tell_their_convention(
    form: Callable[[float], str], convention: str, csv_file: Callable[..., str]
) -> None:
    path = csv_file(*bars("BTC.USDT", [form(START.timestamp() + at * 3600) for at in range(30)]))
    found = profile([path])
    assert found.timestamp_convention == convention
    assert (found.start[:19], found.end[:19], found.interval) == ("2024-01-02T00:00:00", "2024-01-03T05:00:00", "1h")
    assert found.start.endswith("Z") == convention.startswith("utc")
    assert (found.bars_present, found.bars_expected) == (30, 30)
    assert ("taken as the exchange's own time" in notes(found)) == convention.startswith("exchange")


def test_timestamps_with_and_without_a_zone_are_never_held_against_each_other(csv_file: Callable[..., str]) -> None:
    times = hours(10)
    path = csv_file(*bars("BTC.USDT", [*times[:5], *(time[:-1] for time in times[5:])]))
    found = profile([path], names=["a.csv"])
    assert (found.timestamp_convention, found.bars_present, found.duplicates) == ("mixed", None, None)
    assert "in a.csv, exchange-local-iso in line 7, utc-iso in line 2" in notes(found)


def test_files_of_one_symbol_with_and_without_a_zone(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "a.csv", bars("AAA", hours(12))),
        write(tmp_path / "b.csv", bars("AAA", hours(12, form="%Y-%m-%d %H:%M:%S"))),
    ]
    found = profile(paths, names=["a.csv", "b.csv"])
    assert (found.timestamp_convention, found.bars_expected) == ("mixed", None)
    assert "for AAA, in a.csv and in b.csv" in notes(found)
    assert "timestamps of several conventions: exchange-local-iso, utc-iso" in found.notes


def test_files_of_different_symbols_are_judged_by_their_own_clocks(tmp_path: Path) -> None:
    local = [f"{day} {9 + at:02}:30:00" for day in WEEK for at in range(7)]
    utc = [time for day in WEEK for time in session_bars(day)]
    paths = [write(tmp_path / "a.csv", bars("AAPL.US", utc)), write(tmp_path / "b.csv", bars("MSFT.US", local))]
    found = profile(paths)
    assert (found.timestamp_convention, found.bars_present, found.bars_expected) == ("mixed", 84, 84)


def test_different_offsets_tell_moments_and_are_said(csv_file: Callable[..., str]) -> None:
    times = [f"2024-03-0{day}T16:00:00-05:00" for day in (7, 8)] + [f"2024-03-1{day}T16:00:00-04:00" for day in (1, 2)]
    found = profile([csv_file(*bars("AAPL.US", times))])
    assert (found.bars_present, found.bars_expected) == (4, 4)
    assert "different offsets from UTC, read as the moments they tell: -04:00, -05:00" in notes(found)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["01/02/2024", "01/03/2024"], "line 2: '01/02/2024' does not tell day from month: write it as YYYY-MM-DD"),
        (["2024-01-02", "2024-02-30"], "line 3: '2024-02-30' is no moment of the calendar"),
        (["2024-01-02", "soon"], "line 3: 'soon' is no timestamp"),
        (["1704153600", "1704157200000"], "line 3: a timestamp in ms, where that in line 2 is in s"),
        (["1704153600", "2024-01-02"], "line 3: a timestamp in another form than in line 2"),
        (["1.7041536e+12"], "line 2: '1.7041536e+12' has lost its last digits: write the whole number"),
        (["2024-01-02", "9999-12-31"], "line 3: the year of 253402214400 s is out of range"),
        (["2024-01-02T25:00:00Z"], "line 2: '2024-01-02T25:00:00Z' is no moment of the calendar"),
        (["1" * 25], "is too large for a timestamp"),
    ],
)
def test_a_timestamp_that_cannot_be_read_is_named_with_its_line(
    times: list[str], message: str, csv_file: Callable[..., str]
) -> None:
    with pytest.raises(UsageError) as error:
        profile([csv_file(*bars("AAA", times))], names=["data/a.csv"])
    assert error.value.message.startswith("data/a.csv, ")
    assert message in error.value.message
    assert error.value.help


def test_dates_and_times_in_two_columns_are_one_timestamp(csv_file: Callable[..., str]) -> None:
    rows = [f"AAA,{time[:10]},{time[11:19]},1,1" for time in hours(30)]
    found = profile([csv_file(*rows, header="Ticker,Date,Time,Open,Close")])
    assert (found.interval, found.duplicates, found.start) == ("1h", 0, "2024-01-02T00:00:00")


# --- what is in the cells


def test_prices_that_a_source_left_out_are_counted(csv_file: Callable[..., str]) -> None:
    rows = [
        f"AAA,{time},1,2,1,{close},5"
        for time, close in zip(hours(6), ("1", "None", "", "NaN", "null", "2"), strict=True)
    ]
    found = profile([csv_file(*rows)])
    assert found.nulls == 4
    assert "prices that are null: close 4" in found.notes


def test_a_price_that_is_no_number_is_named(csv_file: Callable[..., str]) -> None:
    found = profile([csv_file("AAA,2024-01-02,1,1,1,oops,1", "AAA,2024-01-03,1,1,1,2,1")], names=["a.csv"])
    assert "close: 1 value that are no numbers, the first 'oops' in line 2 of a.csv" in found.notes


def test_a_column_without_a_value_is_named(csv_file: Callable[..., str]) -> None:
    found = profile([csv_file(*(f"AAA,{time},1,1,1,," for time in hours(3)))])
    assert "columns without a value: close, volume" in found.notes
    assert found.columns[-1] == ("volume", "")


def test_rows_without_a_timestamp_or_a_symbol_are_told(csv_file: Callable[..., str]) -> None:
    path = csv_file("AAA,,1,1,1,1,1", *bars("", hours(2)), *bars("BBB", hours(3)))
    found = profile([path], names=["a.csv"])
    assert (found.rows, found.symbols, found.bars_present) == (6, ("AAA", "BBB"), 3)
    assert "1 row without a timestamp, in a.csv" in found.notes
    assert "2 rows without a symbol, in a.csv" in found.notes


@pytest.mark.parametrize(("symbol", "expected"), [("SPX", 3), ("BTC.USDT", 6), ("700.HK", 6)])
def test_a_symbol_without_a_timestamp_has_no_bars(symbol: str, expected: int, csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("AAPL.US", WEEK[:3]), *bars(symbol, [""]))
    assert (profile([path]).bars_present, profile([path]).bars_expected) == (3, expected)
    assert profile([path], expect=Expectation(start="2024-01-08", end="2024-01-10")).bars_expected == expected


def test_a_file_without_timestamps_has_no_period(csv_file: Callable[..., str]) -> None:
    found = profile([csv_file("AAA,,1,1,1,1,1", "BBB,,1,1,1,1,1")], names=["a.csv"])
    assert (found.start, found.end, found.interval, found.bars_expected, found.rows) == ("", "", "", None, 2)
    assert "no timestamps in a.csv" in found.notes
    assert "period" not in found.manifest()


def test_ticks_are_no_bars(csv_file: Callable[..., str]) -> None:
    times = [(START + timedelta(milliseconds=at * at * 7)).isoformat(timespec="milliseconds") for at in range(200)]
    found = profile([csv_file(*(f"AAA,{time},1,1" for time in times), header="symbol,ts,price,size")])
    assert (found.interval, found.bars_expected, found.duplicates) == ("tick", None, None)
    seconds = [str(1704153600 + at * at // 50) for at in range(300)]
    found = profile([csv_file(*(f"AAA,{time},1,1" for time in seconds), header="symbol,ts,price,size")])
    assert (found.interval, found.bars_expected) == ("tick", None)


def test_scattered_rows_that_are_no_bars_are_given_up(
    csv_file: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quantgov.profiling.series.SOME_RUNS", 100)
    monkeypatch.setattr("quantgov.profiling.series.MANY_RUNS", 150)
    seconds = [str(1704153600 + at * at) for at in range(400)]
    ticks = profile([csv_file(*(f"AAA,{time},1,1" for time in seconds), header="symbol,ts,price,size")])
    assert (ticks.interval, ticks.rows, ticks.symbols, ticks.end) == ("tick", 400, ("AAA",), "2024-01-03T20:13:21Z")
    odd = profile([csv_file(*bars("AAA", seconds))])
    assert (odd.interval, odd.bars_expected, odd.duplicates) == ("", None, None)
    assert "bars at so many different distances" in notes(odd)
    few = profile([csv_file(*bars("AAA", seconds[:50]))])
    assert (few.interval, few.bars_expected, few.notes[0]) == ("", None, odd.notes[0])
    shuffled = sorted(hours(400), key=lambda time: hashlib.md5(time.encode(), usedforsecurity=False).hexdigest())
    whole = profile([csv_file(*bars("BTC.USDT", shuffled))])
    assert (whole.bars_present, whole.bars_expected, whole.duplicates) == (400, 400, 0)


@pytest.mark.parametrize("fast", [False, True])
def test_a_length_of_bars_that_was_guessed_wrong_is_mended(
    fast: bool, csv_file: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first rows are a Friday and a Monday."""
    monkeypatch.setattr("quantgov.profiling.series.SOME_RUNS", 100)
    monkeypatch.setattr("quantgov.profiling.rows.GUESSED", 4)
    monkeypatch.setattr("quantgov.profiling.engine.GUESSED", 4)
    monkeypatch.setattr("quantgov.profiling.engine.BATCH", 4)
    monkeypatch.setattr("quantgov.profiling.SMALL", 0 if fast else 1 << 30)
    days = [START.date() + timedelta(days=at) for at in range(3, 200)]
    rows = [f"{symbol},{day},1,1" for day in days if day.weekday() < 5 for symbol in ("AAPL.US", "MSFT.US")]
    found = profile([csv_file(*rows, header="symbol,date,open,close")])
    assert (found.interval, found.calendar, found.duplicates) == ("1d", "XNYS", 0)
    assert found.bars_present == found.bars_expected == len(rows) - 2 * 6


# --- CSV as it comes


def test_a_ragged_row_is_named_with_its_line(csv_file: Callable[..., str]) -> None:
    rows = bars("AAA", hours(5))
    for wrong, cells in ((rows[3] + ",9", "8 cells"), (rows[3][:27], "3 cells"), ("AAA", "1 cell")):
        with pytest.raises(UsageError, match=f"^a.csv, line 5: {cells}, where the header has 7$"):
            profile([csv_file(*rows[:3], wrong, rows[4])], names=["a.csv"])


def test_what_excel_saves_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    rows = [f"AAA;{time};1,5;1,5;1,5;1,5;100" for time in hours(4)]
    path.write_bytes("\r\n".join(["\ufeffsep=;", HEADER.replace(",", ";"), *rows, "", ""]).encode())
    found = profile([str(path)])
    assert (found.rows, found.symbols, found.nulls, found.interval) == (4, ("AAA",), 0, "1h")
    path.write_bytes(
        "\ufeff".encode() + "\n".join([HEADER.replace(",", "\t"), *(row.replace(";", "\t") for row in rows)]).encode()
    )
    assert profile([str(path)]).symbols == ("AAA",)


def test_a_dump_without_a_header_is_read_as_exchanges_write_it(tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT-1h-2024-01.csv"
    path.write_text("".join(f"{1704153600000 + at * 3600000},1,2,1,1.5,10,0,0\n" for at in range(24)))
    found = profile([str(path)])
    assert (found.rows, found.symbols, found.timestamp_convention, found.bars_present) == (
        24,
        ("BTCUSDT",),
        "utc-ms",
        24,
    )
    assert [name for name, _ in found.columns] == [
        "open_time",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "column_7",
        "column_8",
    ]


def test_compressed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv.gz"
    data = "\n".join([HEADER, *bars("AAA", hours(4))]).encode()
    path.write_bytes(gzip.compress(data))
    found = profile([str(path)])
    assert (found.rows, found.files[0].format) == (4, "csv.gz")
    assert found.files[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(gzip.compress(data)[:-9])
    with pytest.raises(CannotJudge, match=r"a\.csv\.gz is no whole gzip file"):
        profile([str(path)], names=["a.csv.gz"])
    path.write_bytes(data)
    with pytest.raises(CannotJudge, match=r"a\.csv\.gz is no whole gzip file"):
        profile([str(path)], names=["a.csv.gz"])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.csv is empty"),
        (b"\n \n\n", "a.csv holds nothing but blank lines"),
        ("symbol,time\n".encode("utf-16"), "a.csv is UTF-16 text"),
        (b"symbol,time\n\xe9,2024-01-02\n", "a.csv is not UTF-8 text"),
        (b"symbol,\xe9\n", "a.csv is not UTF-8 text"),
        (b'symbol,time\n"AAA,2024-01-02\n' + b"x" * 200_000, "a.csv, line 3: field larger than field limit"),
    ],
)
def test_what_is_no_csv_is_said_so(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(UsageError) as error:
        profile([str(path)], names=["a.csv"])
    assert error.value.message.startswith(message)
    assert error.value.help


def test_a_header_alone_has_no_rows_and_is_told(csv_file: Callable[..., str]) -> None:
    found = profile([csv_file()], names=["bars.csv"])
    assert (found.rows, found.symbols, found.start, found.bars_expected) == (0, (), "", None)
    assert found.notes == ("no rows in bars.csv",)
    beside = profile([csv_file(), csv_file(*bars("BTC.USDT", hours(3)), name="b.csv")], names=["bars.csv", "b.csv"])
    assert (beside.rows, beside.notes) == (3, ("no rows in bars.csv",))
    assert set(found.manifest(cache="data")) == {"cache", "digest", "inputs"}


# --- symbols by name, folders


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("AAPL.US.csv", "AAPL.US"), ("AAPL_1h.csv", "AAPL"), ("BTC_USDT-1h.csv", "BTC_USDT"),
        ("aapl.us.csv", "aapl.us"),
        ("kline/AAPL.US/1h_20260101_000000.csv", "AAPL.US"), ("prices.csv", ""), ("DATA.csv", ""), ("data/1h.csv", ""),
        ("BTC-USD.csv", "BTC-USD"), ("20240101.csv", ""), ("OHLCV_2024.csv", ""),
    ],
)  # fmt: skip
def test_a_file_or_its_folder_is_named_after_the_symbol(name: str, symbol: str, tmp_path: Path) -> None:
    path = write(
        tmp_path / name, [f"{time},1,1,1,1" for time in hours(3, START.replace(hour=15))], "time,open,high,low,close"
    )
    found = profile([path])
    assert found.symbols == ((symbol,) if symbol else ())
    assert ("neither a column nor the name tells the symbol" in notes(found)) == (not symbol)
    assert (found.bars_present, found.duplicates) == (3, 0)
    if not symbol:
        assert profile([path], expect=Expectation(symbols=("SPX",))).symbols == ("SPX",)
        assert "symbol_set" not in found.manifest(symbol_set="SPX")


def test_folders_are_walked_in_order_and_hidden_files_passed_by(tmp_path: Path) -> None:
    for symbol in ("MSFT.US", "AAPL.US"):
        write(tmp_path / "kline" / symbol / "1d.csv", [f"{day},1,1" for day in WEEK], "date,open,close")
    (tmp_path / "kline" / ".hidden").mkdir()
    write(tmp_path / "kline" / ".hidden" / "x.csv", [])
    (tmp_path / "kline" / ".DS_Store").write_bytes(b"x")
    (tmp_path / "kline" / "README.md").write_text("what this is")
    found = profile(
        [str(tmp_path / "kline"), str(tmp_path / "kline" / "AAPL.US" / "1d.csv")],
        names=["kline/", "kline/AAPL.US/1d.csv"],
    )
    assert [file.path for file in found.files] == ["kline/AAPL.US/1d.csv", "kline/MSFT.US/1d.csv"]
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in found.files)
    assert found.digest == f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"
    assert (found.rows, found.symbols, found.bars_present, found.bars_expected) == (12, ("AAPL.US", "MSFT.US"), 12, 12)
    assert "passed over, since these are other kinds of files: kline/README.md" in found.notes


def test_a_folder_without_data_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no data files in"):
        profile([str(tmp_path)])
    gone = str(tmp_path / "in here" / "gone.csv")
    with pytest.raises(UsageError, match=r"gone\.csv cannot be read: No such file or directory") as error:
        profile([gone], names=["gone.csv"])
    assert error.value.help == f"ls -l '{tmp_path}/in here'"


def test_files_of_a_day_each_are_one_series(tmp_path: Path) -> None:
    for day in WEEK:
        write(
            tmp_path / f"{day}.csv",
            [f"{symbol},{day},1,1" for symbol in ("AAPL.US", "MSFT.US")],
            "symbol,date,open,close",
        )
    found = profile([str(tmp_path)])
    assert (found.interval, found.bars_present, found.bars_expected) == ("1d", 12, 12)


def test_overlapping_downloads_repeat_bars(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", bars("BTC.USDT", hours(20)))
    write(tmp_path / "b.csv", bars("BTC.USDT", hours(30)[10:]))
    found = profile([str(tmp_path)])
    assert (found.rows, found.duplicates, found.bars_present, found.bars_expected) == (40, 10, 30, 30)


def test_bars_of_different_intervals_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", bars("BTC.USDT", hours(30)))
    write(tmp_path / "b.csv", bars("BTC.USDT", hours(30, step=24)))
    found = profile([str(tmp_path)], names=["d"])
    assert (found.interval, found.bars_expected, found.duplicates) == ("", None, None)
    assert "bars of different intervals, so that none is expected: 1h in d/a.csv; 1d in d/b.csv" in found.notes
    assert profile([str(tmp_path)], expect=Expectation(interval="1h")).interval == "1h"


def test_an_interval_can_be_named(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("BTC.USDT", hours(10, step=2)))
    assert (profile([path]).interval, profile([path]).bars_expected) == ("2h", 10)
    found = profile([path], expect=Expectation(interval="1h"))
    assert (found.interval, found.bars_present, found.bars_expected) == ("1h", 10, 19)
    assert profile([path], expect=Expectation(interval="tick")).bars_expected is None


# --- JSON


KLINE = {"t": 1704153600000, "o": 1.0, "h": 2, "l": 0.5, "c": 1.5, "v": 10}


def kline(at: int) -> dict[str, object]:
    return {**KLINE, "t": 1704153600000 + at * 3600000}


DAY_OF_KLINES = [kline(at) for at in range(24)]
BY_NAME = [{"time": each["t"], "open": 1, "close": 1} for each in DAY_OF_KLINES]
AS_LISTS = [list(each.values()) for each in DAY_OF_KLINES]


def metadata(fetched_at: str | float) -> dict[str, object]:
    return {"symbol": "BTC.USDT", "interval": "1h", "fetched_at": fetched_at}


@pytest.mark.parametrize(
    "document",
    [
        {"metadata": metadata("2026-01-01T00:00:00.5+00:00"), "data": DAY_OF_KLINES},
        {"metadata": metadata(1767225600.25), "data": BY_NAME},
        {**metadata("2026-01-01T00:00:00Z"), "code": 0, "data": {"klines": DAY_OF_KLINES}},
        {"metadata": metadata("2026-01-01 00:00:00Z"), "data": AS_LISTS},
    ],
)
def test_klines_of_a_pipeline(document: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "BTC.USDT" / "1h_20260101_000000.json"
    path.parent.mkdir()
    path.write_text(json.dumps(document))
    found = profile([str(path)])
    assert (found.rows, found.symbols, found.interval, found.timestamp_convention) == (
        24,
        ("BTC.USDT",),
        "1h",
        "utc-ms",
    )
    assert (found.bars_present, found.bars_expected, found.as_of) == (24, 24, "2026-01-01T00:00:00Z")
    assert found.notes == ()


def test_klines_by_themselves_and_line_by_line(tmp_path: Path) -> None:
    whole, lines = tmp_path / "BTC.USDT.json", tmp_path / "klines.jsonl"
    whole.write_text(json.dumps([list(kline(at).values()) for at in range(24)]))
    lines.write_text("".join(json.dumps({"symbol": "ETH.USDT", **kline(at)}) + "\n" for at in range(24)) + "\n")
    found = profile([str(tmp_path)])
    assert (found.rows, found.symbols, found.bars_present) == (48, ("BTC.USDT", "ETH.USDT"), 48)
    assert [file.format for file in found.files] == ["json", "jsonl"]


def test_weekends_that_a_source_answered_with_none(tmp_path: Path) -> None:
    path = tmp_path / "AAPL.US.json"
    rows = [{**kline(at * 24), "c": None if at in (4, 5) else 1.5} for at in range(7)]
    path.write_text(json.dumps({"data": [{**row, "note": [1, {"a": True}]} for row in rows]}))
    found = profile([str(path)])
    assert found.nulls == 2
    assert "2 bars on days when XNYS is closed" in notes(found)


def test_an_interval_that_the_file_says_is_held_against_its_bars(tmp_path: Path) -> None:
    path = tmp_path / "BTC.USDT.json"
    path.write_text(json.dumps({"metadata": {"interval": "4h"}, "data": [kline(at) for at in range(24)]}))
    assert "files say that their interval is 4h; bars are 1h apart" in profile([str(path)]).notes


@pytest.mark.parametrize("document", [{"version": 1}, [1, 2], "text", {"data": {"a": 1}}, {"data": []}])
def test_json_without_bars(document: object, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(document))
    assert (profile([str(path)]).rows, profile([str(path)]).symbols) == (0, ())


@pytest.mark.parametrize(
    ("name", "data", "kind", "message"),
    [
        ("a.json", b'{"data": [{"t": 1', CannotJudge, "a.json is no whole JSON document"),
        ("a.json", b"\xff\xfe{", UsageError, "a.json is not UTF-8 text"),
        (
            "a.json",
            json.dumps([kline(0), {**kline(1), "t": "x"}]).encode(),
            UsageError,
            "a.json, row 2: 'x' is no timestamp",
        ),
        (
            "a.json",
            b"[[1704153600000, 1, 2], [1704157200000, 1]]",
            UsageError,
            "a.json, row 2: 2 values, where the first row has 3",
        ),
        ("a.jsonl", b'{"t": 1704153600000}\n{"t": ', UsageError, "a.jsonl, line 2 is no JSON"),
        ("a.jsonl", b"5\n", UsageError, ""),
    ],
)
def test_json_that_cannot_be_read(
    name: str, data: bytes, kind: type[QuantgovError], message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    if not message:
        assert profile([str(path)], names=[name]).symbols == ()
        return
    with pytest.raises(kind) as error:
        profile([str(path)], names=[name])
    assert error.value.message.startswith(message)
    assert error.value.help


def test_a_json_document_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quantgov.profiling.klines.DOCUMENT_MAX", 10)
    path = tmp_path / "a.json"
    path.write_text(json.dumps([kline(0)]))
    with pytest.raises(CannotJudge, match="a JSON document of 0 MiB"):
        profile([str(path)])


# --- LFS, other kinds


def test_a_pointer_is_read_by_its_oid(tmp_path: Path) -> None:
    oid = hashlib.sha256(b"the data").hexdigest()
    pointer = tmp_path / "a.parquet"
    pointer.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 123456\n")
    write(tmp_path / "b.csv", bars("AAA", hours(3)))
    found = profile([str(tmp_path)], names=["data"])
    assert found.files[0] == ("data/a.parquet", oid, 123456, None, "lfs-pointer")
    assert (found.rows, found.symbols, found.start) == (0, (), "")
    assert "only digest and size are known of LFS pointers, data/a.parquet: git lfs pull" in found.notes
    assert set(found.manifest(cache="x")) == {"cache", "digest", "inputs"}
    assert profile([str(pointer)]).digest == f"sha256:{oid}"
    assert profile([str(pointer)]).as_of == ""


def test_other_kinds_of_files_give_digest_and_size(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"weights")
    found = profile([str(path), write(tmp_path / "b.csv", bars("AAA", hours(3)))], names=["model.pkl", "b.csv"])
    assert (found.rows, found.files[1]) == (3, ("model.pkl", hashlib.sha256(b"weights").hexdigest(), 7, None, "other"))
    assert "only digest and size are known of other kinds of files: model.pkl" in found.notes


def test_without_the_extra_parquet_gives_digest_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame(hours(3)).write_parquet(tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "polars", None)
    found = profile([str(tmp_path / "a.parquet")], names=["a.parquet"])
    assert (found.rows, found.files[0].rows, found.files[0].format) == (0, None, "parquet")
    assert "only digest and size are known of a.parquet: python -m pip install polars exchange_calendars" in found.notes
    monkeypatch.setattr("quantgov.profiling.SMALL", 0)
    assert profile([write(tmp_path / "a.csv", bars("AAA", hours(3)))]).rows == 3


def test_a_file_that_is_written_while_it_is_read_is_not_judged(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", bars("AAA", hours(3)))

    def append(_done: int, _of: int) -> None:
        with open(path, "a") as file:
            file.write(bars("AAA", hours(1))[0] + "\n")

    with pytest.raises(CannotJudge, match="was changed while it was read"):
        profile([path], progress=append)


def test_an_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"x")
    monkeypatch.setattr("quantgov.profiling.hashing.open", refuse, raising=False)
    with pytest.raises(CannotJudge, match=r"model\.pkl cannot be read: Input/output error") as error:
        profile([str(path)], names=["model.pkl"])
    assert error.value.help == f"ls -l {tmp_path}"


def refuse(*_: object, **__: object) -> None:
    raise OSError(5, "Input/output error")


def test_progress_ends_with_all_bytes(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.csv", bars("AAA", hours(300))) for name in "ab"]
    told: list[tuple[int, int]] = []
    profile(paths, progress=lambda done, of: told.append((done, of)))
    total = sum(map(os.path.getsize, paths))
    assert told[-1] == (total, total)
    assert all(done < of == total for done, of in told[:-1])


def test_how_old_a_file_is_does_not_tell_when_it_was_fetched(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("BTC.USDT", hours(3)))
    found = profile([path])
    os.utime(path, (1767225600, 1767225600))
    assert profile([path]) == found
    assert (found.as_of, found.notes) == ("", ())
    assert "as_of" not in found.manifest()
    assert found.manifest(as_of="2026-01-01")["as_of"] == "2026-01-01"


def test_the_manifest_fits_its_schema(csv_file: Callable[..., str]) -> None:
    path = csv_file(*bars("BTC.USDT", hours(30)), *bars("ETH.USDT", hours(30)[1:]))
    found = profile([path], names=["data/bars.csv"], expect=Expectation(size=3))
    facts = found.manifest(symbol_set="coins", source="TickDB /v1/market/kline", cache="data", dataset="coins@v1")
    assert documents.violations(documents.Document(facts), "data-manifest") == []  # type: ignore[arg-type]
    assert facts["symbol_set"] == {"name": "coins", "count": 2, "expected": 3}
    assert facts["period"] == {"start": "2024-01-02", "end": "2024-01-03"}
    assert facts["source"] == {"vendor": "TickDB", "endpoint": "/v1/market/kline", "interval": "1h"}
    assert facts["bars"] == {"present": 59, "expected": 90}
    assert "source" not in found.manifest()
    alone = profile([csv_file(*bars("BTC.USDT", hours(30)))]).manifest()
    assert alone["symbol_set"] == {"name": "BTC.USDT", "count": 1}


# --- Polars


def frame(times: Sequence[str], symbol: str = "BTC.USDT") -> pl.DataFrame:
    stamps = pl.Series(times).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us")
    return pl.DataFrame({"symbol": [symbol] * len(times), "timestamp": stamps, "open": 1.0, "close": 1.5})


def test_parquet_and_feather_give_the_same_figures(tmp_path: Path) -> None:
    data = pl.concat([frame(hours(48)), frame([*hours(40), hours(1)[0]], "ETH.USDT")])
    data.write_parquet(tmp_path / "a.parquet")
    data.write_ipc(tmp_path / "b.feather")
    data.write_ipc_stream(tmp_path / "c.arrow")
    for name in ("a.parquet", "b.feather", "c.arrow"):
        found = profile([str(tmp_path / name)])
        assert (found.rows, found.symbols, found.interval) == (89, ("BTC.USDT", "ETH.USDT"), "1h")
        assert (found.bars_present, found.bars_expected, found.duplicates) == (88, 96, 1)
        assert found.columns == (
            ("symbol", "text"),
            ("timestamp", "timestamp"),
            ("open", "number"),
            ("close", "number"),
        )


@pytest.mark.parametrize(
    ("cast", "convention"),
    [
        (lambda time: time, "exchange-local-iso"),
        (lambda time: time.dt.cast_time_unit("ms"), "exchange-local-ms"),
        (lambda time: time.dt.replace_time_zone("UTC"), "utc-us"),
        (
            lambda time: (
                time.dt.cast_time_unit("ns").dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York")
            ),
            "utc-ns",
        ),
        (lambda time: time.dt.epoch("s"), "utc-s"),
        (lambda time: time.dt.epoch("s").cast(pl.Int32), "utc-s"),
        (lambda time: time.dt.epoch("ms"), "utc-ms"),
        (lambda time: time.dt.epoch("us"), "utc-us"),
        (lambda time: time.dt.epoch("ns"), "utc-ns"),
        (lambda time: time.dt.epoch("ms") / 1000, "utc-s"),
        (lambda time: time.dt.epoch("ms").cast(pl.Float64), "utc-ms"),
        (lambda time: time.dt.strftime("%Y-%m-%dT%H:%M:%SZ"), "utc-iso"),
        (lambda time: time.dt.strftime("%Y-%m-%d %H:%M:%S+00:00"), "utc-iso"),
        (lambda time: time.dt.strftime("%Y%m%d%H%M%S").cast(pl.Int64), "exchange-local-iso"),
        (lambda time: time.dt.strftime("%Y-%m-%d %H:%M:%S").cast(pl.Categorical), "exchange-local-iso"),
    ],
)
def test_columns_of_any_type_tell_their_convention(
    cast: Callable[[pl.Series], pl.Series], convention: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    frame(hours(30)).with_columns(pl.col("timestamp").map_batches(cast)).write_parquet(path)
    found = profile([str(path)])
    assert (found.timestamp_convention, found.interval, found.bars_present) == (convention, "1h", 30)
    assert found.start[:19] == "2024-01-02T00:00:00"


def test_days_and_half_seconds(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame(hours(5, step=24)).with_columns(pl.col("timestamp").cast(pl.Date)).write_parquet(path)
    assert (profile([str(path)]).start, profile([str(path)]).interval) == ("2024-01-02", "1d")
    frame(hours(5)).with_columns(pl.col("timestamp").dt.epoch("s") + 0.5).write_parquet(path)
    assert profile([str(path)]).end == "2024-01-02T04:00:00.5Z"


def test_nulls_of_a_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    data = pl.DataFrame({
        "ticker": ["AAA", None, "BBB", "BBB", " BBB "],
        "date": ["2024-01-02", "2024-01-03", None, "2024-01-04", "2024-01-05"],
        "open": [1.0, float("nan"), None, 1.0, 1.0],
        "close": ["1", "NaN", None, "2", "3"],
        "low": [None] * 5,
    })  # fmt: skip
    data.write_parquet(path)
    found = profile([str(path)], names=["a.parquet"])
    assert (found.rows, found.symbols, found.nulls) == (5, ("AAA", "BBB"), 2 + 2 + 5)
    assert "1 row without a symbol, in a.parquet" in found.notes
    assert "1 row without a timestamp, in a.parquet" in found.notes
    assert "prices that are null: close 2, low 5, open 2" in found.notes
    data.with_columns(date=pl.lit(None, dtype=pl.Datetime)).write_parquet(path)
    assert "no timestamps in a.parquet" in profile([str(path)], names=["a.parquet"]).notes
    data.with_columns(date=pl.lit(float("nan"))).write_parquet(path)
    assert "no timestamps in a.parquet" in profile([str(path)], names=["a.parquet"]).notes
    data.with_columns(date=pl.lit("")).write_parquet(path)
    assert "no timestamps in a.parquet" in profile([str(path)], names=["a.parquet"]).notes
    data.drop("date").write_parquet(path)
    assert "no timestamps in a.parquet" in profile([str(path)], names=["a.parquet"]).notes


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (pl.Series([1704153600, 1704157200000]), "a.parquet, column timestamp: a timestamp in ms"),
        (pl.Series(["2024-01-02", "soon"]), "a.parquet, column timestamp: 'soon' is no timestamp"),
        (pl.Series([True, False]), "a.parquet, column timestamp: of the type Boolean"),
        (
            pl.Series([2932896, 1]).cast(pl.Int32).cast(pl.Date),
            "a.parquet, column timestamp: a year that is out of range",
        ),
    ],
)
def test_a_column_that_holds_no_timestamps_is_named(times: pl.Series, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"symbol": ["A", "B"], "timestamp": times}).write_parquet(path)
    with pytest.raises(UsageError) as error:
        profile([str(path)], names=["a.parquet"])
    assert error.value.message.startswith(message)
    assert error.value.help


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "a.arrow"])
@pytest.mark.parametrize("kept", [0.5, 0.98, 20])
def test_a_truncated_file_is_said_to_be_one(name: str, kept: float, tmp_path: Path) -> None:
    path = tmp_path / name
    data = frame(hours(2000))
    (data.write_parquet if name == "a.parquet" else data.write_ipc)(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with pytest.raises(CannotJudge, match=rf"{name} is no whole (Parquet|Feather) file"):
        profile([str(path)], names=[name])


def test_a_large_csv_file_is_read_by_polars(csv_file: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quantgov.profiling.SMALL", 0)
    read: list[str] = []
    original = engine.read_csv

    def noted(path: str, *args: object) -> object:
        read.append(path)
        return original(path, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "read_csv", noted)
    path = csv_file(*bars("BTC.USDT", hours(3000)))
    assert (profile([path]).bars_present, read) == (3000, [path])


# --- one truth, two readers

PLAIN_CELL = st.sampled_from(["1.5", "2", "3", "", "NaN", "None", "-", "inf"])
CELL = st.sampled_from([" 3", "x", "1,5", '"4"', "1_0", "-nan"])
PLAIN_SYMBOL = st.sampled_from(["AAA", "BBB", "BTC.USDT", " AAA"])
SYMBOL = st.sampled_from(["NA", "", '"Q,Q"', '"Q"'])
FORMS = (
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S+0000",
    "%Y-%m-%d %H:%M:%S+00:00", "%Y/%m/%d %H:%M", "%s", "%s000", "%s000000000", "%Y%m%d%H%M",
)  # fmt: skip
ODD = st.sampled_from(
    ["", "soon", "1704153600", "2024-01-02T00:00:00Z", "2024-01-02 00:00:00.5", "20240102", "NaN", "0"]
)
LINE = st.sampled_from(["", "AAA", "AAA,,,,,,,,,", " ", "a,b,c,d,e,f,g"])


def stamp(form: str, hour: int) -> str:
    seconds = int(START.timestamp()) + 3600 * hour
    return (START + timedelta(hours=hour)).strftime(form.replace("%s", str(seconds)))


@st.composite
def files(draw: st.DrawFn) -> str:
    """A CSV file of 40 rows at most; one in three has cells and lines that are not plain."""
    form = draw(st.sampled_from(FORMS))
    is_plain = draw(st.integers(0, 2)) > 0
    named = draw(st.sampled_from([HEADER, "timestamp,open,close", "Date,Ticker,Close,note", "ts,price,symbol"])).split(
        ","
    )
    lines = [",".join(named)]
    for _ in range(draw(st.integers(0, 40))):
        is_odd = not is_plain and draw(st.integers(0, 15)) == 0
        cells = ",".join(draw(cell(column.lower(), form, is_odd=is_odd)) for column in named)
        lines.append(draw(LINE) if is_odd and draw(st.booleans()) else cells)
    return draw(st.sampled_from(["", "\ufeff"])) + draw(st.sampled_from(["\n", "\r\n"])).join(lines)


def cell(column: str, form: str, *, is_odd: bool) -> st.SearchStrategy[str]:
    if column in ("timestamp", "date", "ts"):
        return ODD if is_odd else st.integers(0, 60).map(partial(stamp, form))
    if column in ("symbol", "ticker"):
        return st.one_of(SYMBOL, PLAIN_SYMBOL) if is_odd else PLAIN_SYMBOL
    return st.one_of(CELL, PLAIN_CELL) if is_odd else PLAIN_CELL


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=files())
def test_polars_and_the_standard_library_tell_the_same(text: str, tmp_path: Path) -> None:
    """Where Polars is not sure it says so, and the standard library is asked."""
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    begun = delimited.head(str(path), "a.csv")
    assert begun is not None
    try:
        fast = engine.read_csv(str(path), "a.csv", begun, "ZZZ", lambda: None)
    except (NotPlain, UsageError):
        return
    slow = delimited.read(str(path), "a.csv", begun, "ZZZ", lambda: None)
    assert (fast.rows, fast.columns, set(fast.conventions)) == (slow.rows, slow.columns, set(slow.conventions))
    assert (+fast.nulls, slow.odd, fast.undated, fast.unnamed) == (+slow.nulls, +slow.odd, slow.undated, slow.unnamed)
    assert (fast.first, fast.last, fast.offsets, set(fast.runs)) == (
        slow.first,
        slow.last,
        slow.offsets,
        set(slow.runs),
    )
    assert judge([("a", fast)], Expectation()) == judge([("a", slow)], Expectation())


def naive(rows: Sequence[tuple[str, int]], step: int, always: bool) -> tuple[int, int, int]:
    """Bars that are there and expected, and duplicates, by sets of hours."""
    there = {symbol: {at for each, at in rows if each == symbol} for symbol, _ in rows}
    hours_of_all = sorted(set().union(*there.values()))
    asked = set(hours_of_all)
    if always and step:
        phases = Counter(at % step for bars in there.values() for at in bars)
        phase = min(phases, key=lambda at: (-phases[at], (at - hours_of_all[0]) % step))
        asked = {at for at in range(hours_of_all[0], hours_of_all[-1] + 1) if at % step == phase}
    present = sum(len(bars & asked) for bars in there.values())
    return present, len(asked) * len(there), len(rows) - sum(map(len, there.values()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), st.integers(0, 40)), min_size=1, max_size=80),
    always=st.booleans(),
    in_order=st.booleans(),
    split=st.integers(0, 80),
)
def test_figures_are_those_of_sets(
    rows: list[tuple[str, int]], always: bool, in_order: bool, split: int, tmp_path: Path
) -> None:
    given_rows = sorted(rows, key=lambda row: row[::-1]) if in_order else rows
    texts = [bars(symbol, [stamp(FORMS[0], at)])[0] for symbol, at in given_rows]
    for file in tmp_path.iterdir():
        file.unlink()
    write(tmp_path / "a.csv", texts[:split])
    if texts[split:]:
        write(tmp_path / "b.csv", texts[split:])
    found = profile([str(tmp_path)], expect=Expectation(calendar="24/7" if always else "observed"))
    if any(note.startswith(("bars of different intervals", "bars at so many")) for note in found.notes):
        return
    there = {symbol: sorted({at for each, at in rows if each == symbol}) for symbol, _ in rows}
    steps = Counter(after - before for each in there.values() for before, after in pairwise(each))
    step = min(steps, key=lambda each: (-steps[each], each)) if steps else 0
    assert found.interval == ({24: "1d"}.get(step, f"{step}h") if step else "")
    assert (found.bars_present, found.bars_expected, found.duplicates) == naive(rows, step, always)


def test_many_symbols_a_day_are_read_until_a_second_day_is_seen(tmp_path: Path) -> None:
    """More symbols than the rows from which the length of a bar is guessed, in the order of time."""
    rows = [f"S{at}.US,{day},1,1" for day in WEEK[:3] for at in range(11_000)]
    path = write(tmp_path / "a.csv", rows, "symbol,date,open,close")
    begun = delimited.head(path, "a.csv")
    assert begun is not None
    tables = [
        delimited.read(path, "a.csv", begun, "", lambda: None),
        engine.read_csv(path, "a.csv", begun, "", lambda: None),
    ]
    assert [table.step // SECOND for table in tables] == [86_400, 86_400]
    assert [judge([("a", table)], Expectation())[2:5] for table in tables] == [(33_000, 33_000, 0)] * 2


def test_more_timestamps_than_are_remembered(csv_file: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quantgov.profiling.rows.REMEMBERED", 10)
    assert profile([csv_file(*bars("BTC.USDT", hours(100)))]).bars_present == 100


@pytest.mark.parametrize("row", ["AAA,2024-01-02T00:00:00+08,1,1", "AAA,soon,1,1"])
def test_forms_that_only_the_standard_library_knows(row: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [row], "symbol,date,open,close")
    begun = delimited.head(path, "a.csv")
    assert begun is not None
    with pytest.raises((NotPlain, UsageError)):
        engine.read_csv(path, "a.csv", begun, "", lambda: None)


def test_text_in_parquet_that_is_not_all_of_one_form(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    times = ["2024-01-02T00:00:00+08", "2024-01-02T01:00:00+08:00", "2024-01-02T02:00:00.5+0800"]
    pl.DataFrame({"symbol": ["AAA"] * 3, "timestamp": times, "note": [[1], [2], [3]]}).write_parquet(path)
    found = profile([str(path)])
    assert (found.start, found.end) == ("2024-01-01T16:00:00Z", "2024-01-01T18:00:00.5Z")
    assert found.columns[-1] == ("note", "text")


def test_years_that_no_calendar_has_are_taken_as_weekdays(csv_file: Callable[..., str]) -> None:
    days = [f"1955-01-{day:02}" for day in range(3, 15)]
    found = profile([csv_file(*bars("700.HK", days))])
    assert (found.calendar, found.bars_expected) == ("XHKG", 10)
    assert "the holidays of XHKG are not known here, so that too many bars are expected" in found.notes
    weekend = profile([csv_file(*bars("AAPL.US", [f"2024-01-0{day} 12:00" for day in (6, 7)]))])
    assert (weekend.bars_present, weekend.bars_expected) == (0, 0)


@pytest.mark.parametrize("form", FORMS)
def test_the_fast_way_is_taken_for_plain_files(form: str, tmp_path: Path) -> None:
    """What the comparison above compares is not nothing."""
    times = [stamp(form, at * 24) for at in range(9)]
    path = write(tmp_path / "a.csv", [f"{symbol},{time},1,1,1,," for time in times for symbol in ("AAA", "QQ")])
    begun = delimited.head(path, "a.csv")
    assert begun is not None
    table = engine.read_csv(path, "a.csv", begun, "", lambda: None)
    assert (table.rows, table.nulls["close"]) == (18, 18)


@pytest.mark.parametrize(
    "row",
    [
        "AAA,2024-01-09",
        "AAA",
        "AAA,2024-01-09,1,1,1,1,1,1",
        "",
        "AAA,soon,1,1,1,1,1",
        ",2024-01-09,1,1,1,1,1",
        "AAA,2024-01-09,1,1,1,x,1",
    ],
)
def test_the_fast_way_is_left_for_a_row_that_is_not_plain(row: str, tmp_path: Path) -> None:
    rows = [f"AAA,{(START + timedelta(days=at)).date()},1,1,1,1,1" for at in range(3000)]
    path = write(tmp_path / "a.csv", [*rows[:2500], row, *rows[2501:]])
    begun = delimited.head(path, "a.csv")
    assert begun is not None
    with pytest.raises(NotPlain):
        engine.read_csv(path, "a.csv", begun, "", lambda: None)


def test_a_written_table_is_read_back(tmp_path: Path) -> None:
    """A cell that holds the delimiter, quotes and a line break."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [["symbol", "date", "close", "note"], ["AAA", "2024-01-02", "1", 'a "b",\nc'], ["AAA", "2024-01-03", "2", ""]]
    )
    path = tmp_path / "a.csv"
    path.write_text(text.getvalue())
    assert (profile([str(path)]).rows, profile([str(path)]).interval) == (2, "1d")
