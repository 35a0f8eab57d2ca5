"""The data manifest: what a block says, every way in which it can be wrong, and the template that is put in."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantgov import manifest
from quantgov.message import clean

EMPTY = f"sha256:{hashlib.sha256().hexdigest()}"
S0 = (Path(__file__).parent / "fixtures" / "reference" / "s0-commit-message.txt").read_text()
WORD = st.text(alphabet="abcXYZ019/._-&é", min_size=1, max_size=12)
WORDS = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
DAYS = st.dates(date(1970, 1, 1), date(2099, 12, 31)).map(str)
PERIODS = st.tuples(DAYS, DAYS).map(lambda days: {"start": min(days), "end": max(days)})
COUNTS = st.integers(1, 10**9)
WHOLE = st.fixed_dictionaries({"name": WORDS, "count": COUNTS})
PART = st.tuples(WORDS, COUNTS, COUNTS).map(
    lambda given: {"name": given[0], "count": min(given[1:]), "expected": max(given[1:])}
)
NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}", fullmatch=True)
VALUES = st.fixed_dictionaries(
    {
        "symbol_set": WHOLE | PART,
        "period": PERIODS,
        "source": st.fixed_dictionaries(
            {
                "vendor": WORDS,
                "endpoint": WORD,
                "interval": st.sampled_from(("1s", "15m", "1h", "4h", "1d", "1w", "3M", "tick")),
            }
        ),
        "cache": WORDS,
    },
    optional={
        "as_of": st.sampled_from(("2100-01-01", "2100-01-01T09:30Z", "2100-01-01T23:59:59Z")),
        "rows": st.integers(1, 10**12),
        "digest": st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
        "dataset": st.tuples(NAME, NAME).map("@".join),
    },
)
Values = dict[str, dict[str, object] | str | int]


def block(text: str) -> manifest.Block:
    found = manifest.find(text)
    assert found is not None
    return found


def problems(text: str) -> list[tuple[str, int, int]]:
    return [(each.message, each.line, each.column) for each in manifest.problems(block(text))]


@given(values=VALUES)
def test_what_is_written_is_read_back(values: Values) -> None:
    parsed, faults = manifest.parse(block(f"backtest: gap v2 on data\n\n{manifest.rendered(values)}\n\nmore text"))
    assert [each.message for each in faults] == []
    assert parsed == values


def test_the_reference_document_s_message() -> None:
    parsed, faults = manifest.parse(block(S0))
    assert not faults
    assert parsed == {
        "symbol_set": {"name": "SPX constituents", "count": 505},
        "period": {"start": "2024-01-01", "end": "2024-12-31"},
        "source": {"vendor": "TickDB", "endpoint": "/v1/market/kline", "interval": "1h"},
        "cache": ".tickdb_cache/v3.2",
    }


def test_what_a_block_has_no_line_for_is_left_out() -> None:
    facts, _ = manifest.parse(block(S0))
    more: dict[str, object] = {**facts, "calendar": "XNYS", "bars": {"present": 3}, "inputs": []}
    assert manifest.rendered(more) == block_of(S0)


def test_a_long_name_is_cut_where_a_line_would_be_too_long() -> None:
    facts: dict[str, object] = {
        **manifest.facts(S0),
        "cache": "data/\n " + "x" * 600,
        "symbol_set": {"name": "y" * 600, "count": 1},
    }
    parsed, faults = manifest.parse(block(manifest.rendered(facts)))
    assert not faults
    assert parsed["cache"] == "data/ " + "x" * 193 + "…"
    assert parsed["symbol_set"] == {"name": "y" * 199 + "…", "count": 1}


def test_one_symbol_is_a_ticker() -> None:
    facts: dict[str, object] = {**manifest.facts(S0), "symbol_set": {"name": "AAPL.US", "count": 1}}
    assert "- Symbol set: AAPL.US (1 ticker)\n" in manifest.rendered(facts)


@pytest.mark.parametrize("message", ["", "backtest: gap", "Data manifest:\n- Cache: x"])
def test_a_message_without_a_block_that_can_be_used_says_nothing(message: str) -> None:
    assert manifest.facts(message) == {}


def block_of(message: str) -> str:
    return message[message.index(manifest.HEADER) :].strip()


@pytest.mark.parametrize("message", ["", "backtest: gap", "the data manifest: below", "Data manifests:\n- Cache: x"])
def test_no_block(message: str) -> None:
    assert manifest.find(message) is None


@pytest.mark.parametrize("header", ["Data manifest:", "data manifest", "  DATA MANIFEST:  ", "Data manifest:\r"])
@pytest.mark.parametrize("between", ["", "\n", " \n\n"])
def test_the_header_in_any_case_and_blank_lines_behind_it(header: str, between: str) -> None:
    text = S0.replace("Data manifest:\n", f"{header}\n{between}")
    assert problems(text) == []


@pytest.mark.parametrize("bullet", ["- ", "* ", "+ ", "", "  - ", "\t"])
def test_any_bullet(bullet: str) -> None:
    assert problems(S0.replace("\n- ", f"\n{bullet}")) == []


@pytest.mark.parametrize("indent", ["  ", "\t"])
def test_a_wrapped_line_goes_on_below(indent: str) -> None:
    wrapped = S0.replace(" (505", f"\n{indent}(505").replace("Source: TickDB /v1", f"Source:\n{indent}TickDB /v1")
    assert wrapped.count("\n") == S0.count("\n") + 2
    assert manifest.parse(block(wrapped))[0] == manifest.parse(block(S0))[0]
    assert problems(wrapped.replace("(505 ", "(many ")) == [
        ("Symbol set: 'SPX constituents (many tickers)' has no count in parentheses", 4, 15)
    ]


def test_carriage_returns() -> None:
    assert problems(S0.replace("\n", "\r\n")) == []


def test_the_block_ends_at_a_blank_line() -> None:
    assert problems(f"{S0.rstrip()}\n\nCo-authored-by: Bob <bob@fund.com>\n- Nonsense: x") == []


def test_an_empty_block_misses_all_four() -> None:
    assert problems("wip\n\nData manifest:\n\n\n") == [
        ("the data manifest has no 'Symbol set'", 3, 1),
        ("the data manifest has no 'Period'", 3, 1),
        ("the data manifest has no 'Source'", 3, 1),
        ("the data manifest has no 'Cache'", 3, 1),
    ]


@pytest.mark.parametrize(
    ("line", "fault", "column"),
    [
        ("- Symbol set: SPX", "Symbol set: 'SPX' has no count in parentheses", 15),
        ("- Symbol set: SPX (many)", "Symbol set: 'SPX (many)' has no count in parentheses", 15),
        ("- Symbol set: SPX (,)", "Symbol set: 'SPX (,)' has no count in parentheses", 15),
        ("- Symbol set: SPX (5.5)", "Symbol set: 'SPX (5.5)' has no count in parentheses", 15),
        ("- Symbol set: SPX (5 of 5.5)", "Symbol set: 'SPX (5 of 5.5)' has no count in parentheses", 15),
        ("- Symbol set: SPX (510 of 505)", "Symbol set: 510 of 505 is more than there should be", 15),
        ("- Symbol set: SPX (0)", "Symbol set: symbol_set.count is 0; it must be at least 1", 15),
        ("- Symbol set: (505 tickers)", "Symbol set: '(505 tickers)' has no count in parentheses", 15),
        ("- Symbol set: <name> (<count> tickers)", "Symbol set is not filled in", 15),
        ("- Symbol set:", "Symbol set is not filled in", 14),
        ("-   Symbol set :  SPX", "Symbol set: 'SPX' has no count in parentheses", 19),
        ("- Period: 2024", "Period: '2024' is not <date> to <date>", 11),
        ("- Period: 2024-13-01 to 2024-12-31", "Period: '2024-13-01' is not a date (YYYY-MM-DD)", 11),
        ("- Period: 2024-01-01 to 2023-02-29", "Period: '2023-02-29' is not a date (YYYY-MM-DD)", 11),
        ("- Period: 1/1/2024 to 2024-12-31", "Period: '1/1/2024' is not a date (YYYY-MM-DD)", 11),
        ("- Period: 2024-12-31 to 2024-01-01", "Period: it ends (2024-01-01) before it starts (2024-12-31)", 11),
        ("- Source: TickDB /v1/kline", "Source: 'TickDB /v1/kline' names no interval after a comma", 11),
        ("- Source: TickDB, 1h", "Source: 'TickDB' does not name both vendor and endpoint", 11),
        ("- Source: TickDB /v1/kline, hour", "Source: 'hour' is no interval (1m, 1h, 1d)", 11),
        ("- Source: TickDB /v1/kline, 1ms", "Source: '1ms' is no interval (1m, 1h, 1d)", 11),
        ("- Source: TickDB /v1/kline, 1h each", "Source: '1h each' is no interval (1m, 1h, 1d)", 11),
        ("- Source: TickDB /v1/kline,", "Source: '' is no interval (1m, 1h, 1d)", 11),
        ("- Cache: " + "x" * 501, "a line of more than 500 characters", 10),
    ],
)
def test_a_line_that_cannot_be_used(line: str, fault: str, column: int) -> None:
    label = line.lstrip("- ").partition(":")[0].strip()
    lines = [line if each.startswith(f"- {label}:") else each for each in S0.split("\n")]
    number = lines.index(line) + 1
    assert problems("\n".join(lines)) == [(fault, number, column)]


@pytest.mark.parametrize(
    ("line", "fault", "column"),
    [
        ("- Cache: x", "Cache is here twice", 10),
        ("- Period: never", "Period is here twice", 11),
        ("- Rows: many", "Rows: 'many' is not a number", 9),
        (f"- Digest: {EMPTY}", "Digest: this is the digest of an empty file: nothing was read", 11),
        ("- As of: yesterday", "As of: 'yesterday' is neither a day (YYYY-MM-DD) nor a moment in UTC", 10),
        ("- As of: 2025-02-29", "As of: '2025-02-29' is neither", 10),
        ("- As of: 2025-01-02T24:00Z", "As of: '2025-01-02T24:00Z' is neither", 10),
        ("- As of: 2025-01-02 09:30", "As of: '2025-01-02 09:30' is neither", 10),
        ("- As of: 2024-12-29T23:00Z", "As of: 2024-12-29T23:00Z is before the period's end, 2024-12-31", 10),
        ("- Dataset: us-equity", "Dataset: 'us-equity' is not <name>@<version>", 12),
        ("- Dataset: us equity@v1", "Dataset: 'us equity@v1' is not <name>@<version>", 12),
        ("- Digest: sha256:0", "Digest: digest is 'sha256:0', which has not the form of 'sha256:000", 11),
        ("- Caches: x", "'Caches' is no line of a data manifest; did you mean 'Cache'?", 11),
        ("- Zebra: x", "'Zebra' is no line of a data manifest", 10),
        ("and text", "'and text' is no line of a data manifest", 1),
        ("- 7 days: x", "'- 7 days: x' is no line of a data manifest", 1),
    ],
)
def test_a_line_too_many(line: str, fault: str, column: int) -> None:
    ((message, number, at),) = problems(f"{S0.rstrip()}\n{line}")
    assert message.startswith(fault)
    assert (number, at) == (8, column)


def test_what_is_fetched_where_the_day_is_over_earlier() -> None:
    assert problems(f"{S0.rstrip()}\n- As of: 2024-12-30T13:00:00Z") == []


@pytest.mark.parametrize(
    ("count", "held"),
    [
        ("498 of 505 tickers", {"count": 498, "expected": 505}),
        ("1,498 of the 1,505", {"count": 1498, "expected": 1505}),
        ("505 of 505 tickers", {"count": 505, "expected": 505}),
        ("505 of the largest", {"count": 505}),
        ("505 tickers of SPX", {"count": 505}),
        ("505", {"count": 505}),
    ],
)
def test_how_many_symbols_there_are_of_how_many(count: str, held: dict[str, int]) -> None:
    parsed, faults = manifest.parse(block(S0.replace("505 tickers", count)))
    assert not faults
    assert parsed["symbol_set"] == {"name": "SPX constituents", **held}


@pytest.mark.parametrize(
    ("written_as", "interval"),
    [
        ("1h", "1h"),
        ("1 hour", "1h"),
        ("4 hours bars", "4h"),
        ("15min candles", "15m"),
        ("1 Minute bar", "1m"),
        ("30s", "30s"),
        ("1M", "1M"),
        ("1m", "1m"),
        ("3 months", "3M"),
        ("daily", "1d"),
        ("Hourly bars", "1h"),
        ("ticks", "tick"),
    ],
)
def test_intervals_in_people_s_words(written_as: str, interval: str) -> None:
    parsed, faults = manifest.parse(block(S0.replace("1h interval", written_as)))
    assert not faults
    assert parsed["source"] == {"vendor": "TickDB", "endpoint": "/v1/market/kline", "interval": interval}


@pytest.mark.parametrize(
    "period", ["2024-01-01 until 2024-12-31", "2024-01-01 – 2024-12-31", "2024-01-01 - 2024-12-31"]
)
def test_periods_in_people_s_words(period: str) -> None:
    assert problems(S0.replace("2024-01-01 to 2024-12-31", period)) == []


def test_the_help_shows_the_form_of_the_line() -> None:
    helps = [each.help for each in manifest.problems(block("Data manifest:\n- Period: x\n- Rows: x"))]
    assert helps == [
        "- Period: 2024-01-01 to 2024-12-31",
        "- Rows: 1,234,567",
        "- Symbol set: SPX constituents (505 tickers)",
        "- Source: TickDB /v1/market/kline, 1h interval",
        "- Cache: .tickdb_cache/v3.2",
    ]


@given(line=st.text(alphabet="-*: ()<>,0aA\t_é/", max_size=40))
@settings(max_examples=300)
def test_no_line_breaks_the_reader(line: str) -> None:
    found = manifest.find(f"Data manifest:\n{line}")
    assert found is not None
    assert manifest.problems(found)


# --- the template


COMMENTS = "# Please enter the commit message for your changes.\n#\n# On branch backtest/gap\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"\n\n{manifest.TEMPLATE}\n"),
        (f"\n{COMMENTS}", f"\n\n{manifest.TEMPLATE}\n\n{COMMENTS}"),
        ("backtest: gap\n", f"backtest: gap\n\n{manifest.TEMPLATE}\n"),
        (f"backtest: gap\n\n{COMMENTS}", f"backtest: gap\n\n{manifest.TEMPLATE}\n\n{COMMENTS}"),
        ("backtest: gap\n\nWhy.\n", f"backtest: gap\n\nWhy.\n\n{manifest.TEMPLATE}\n"),
        (
            "backtest: gap\n\nSigned-off-by: A <a@b.c>\nRefs: #7\n",
            f"backtest: gap\n\n{manifest.TEMPLATE}\n\nSigned-off-by: A <a@b.c>\nRefs: #7\n",
        ),
        ("backtest: gap\nRefs: 7\n", f"backtest: gap\nRefs: 7\n\n{manifest.TEMPLATE}\n"),
        ("Fix: it\n", f"Fix: it\n\n{manifest.TEMPLATE}\n"),
    ],
)
def test_where_the_template_goes(before: str, after: str) -> None:
    assert manifest.with_template(before) == after


def test_the_template_goes_before_comments_of_another_sign() -> None:
    assert manifest.with_template("#1 gap\n\n; note\n", ";") == f"#1 gap\n\n{manifest.TEMPLATE}\n\n; note\n"


MESSAGES = st.lists(
    st.sampled_from(("", "backtest: gap", "Why.", "Refs: 7", "# note", "  ", "Data manifest")), max_size=8
)


@given(lines=MESSAGES)
def test_preparing_twice_is_preparing_once(lines: list[str]) -> None:
    once = prepared("\n".join(lines))
    assert prepared(once) == once
    assert manifest.find(clean(once)) is not None


@given(lines=MESSAGES.filter(lambda lines: "Data manifest" not in lines))
def test_the_template_takes_nothing_away(lines: list[str]) -> None:
    text = "\n".join(lines)
    put_in = manifest.with_template(text).replace(manifest.TEMPLATE, "", 1)
    assert [line for line in put_in.split("\n") if line.strip()] == [line for line in lines if line.strip()]


def prepared(message: str) -> str:
    return message if manifest.find(message) else manifest.with_template(message)


def test_an_untouched_template_is_not_filled_in() -> None:
    message = manifest.with_template("backtest: gap")
    assert problems(message) == [("the data manifest's template is not filled in", 3, 1)]
    assert [fault for fault, _, _ in problems(message.replace("<path>/<version>", "cache/v1"))] == [
        f"{label} is not filled in" for label in ("Symbol set", "Period", "Source")
    ]


def test_a_manifest_takes_the_place_of_its_template() -> None:
    text = manifest.rendered(manifest.facts(S0))
    message = f"backtest: gap\n\nWhy.\n\nRefs: 7\n\n{COMMENTS}"
    put_in = manifest.with_block(message, text)
    assert put_in == f"backtest: gap\n\nWhy.\n\n{text}\n\nRefs: 7\n\n{COMMENTS}"
    assert manifest.with_block(manifest.with_template(message), text) == put_in


def test_a_manifest_goes_before_comments_of_another_sign() -> None:
    assert manifest.with_block("#1 gap\n\n; note\n", "Data manifest:", ";") == "#1 gap\n\nData manifest:\n\n; note\n"
