"""Keys that are arguments of calls to vendors' SDKs: which call is meant, by which name, and what is its key."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_secrets import body, made_up

from quantgov.secrets.families import rows
from quantgov.secrets.families.sdk import Sdk
from quantgov.secrets.scanner import scan

KEY, SECRET, TOKEN, HEX = (made_up(each) for each in ("<alnum:64>", "<base64:40>", "<hex:40>", "<hex:32>"))
SECONDS_PER_MIB = 9  # of processor time, coverage included


def found(text: str, path: str = "bot.py") -> list[tuple[str, str]]:
    return [(hit.detector, hit.secret.decode()) for hit in scan(text.encode(), path)]


@pytest.mark.parametrize(
    "text",
    [
        "from binance.client import Client\nClient({!r}, s)",
        "from binance.client import Client as C\nc = C({!r}, s)",
        "from binance import *\nc = Client({!r}, s)",
        "import binance\nc = binance.Client({!r}, s)",
        "import binance.client\nc = binance.client.Client({!r}, s)",
        "import binance.client as bc\nc = bc.Client({!r}, s)",
        "from binance import (  # the one\n    AsyncClient,\n    Client,\n)\nc = Client({!r}, s)",
        "from binance import AsyncClient as AC\nasync def f():\n    c = await AC.create({!r}, s)",
        "import binance\nc = await binance.AsyncClient.create({!r}, s)",
        "from binance.spot import Spot\nc = Spot(\n    {!r},  # ours (\n    s,\n)",
        "def f():\n    from binance.um_futures import UMFutures\n    return UMFutures(key={!r}, secret=s)",
        "try:\n\tfrom binance.client import Client\nexcept ImportError:\n\tpass\nc = Client({!r}, s)",
        "%matplotlib inline\n!pip install binance\nfrom binance.client import Client\nc = Client({!r}, s)",
        "from binance.client import Client\nprint 'python 2'\nc = Client({!r}, s)",
        "```python\nfrom binance.client import Client\nc = Client({!r}, s)\n```",
        ">>> from binance.client import Client\n>>> c = Client({!r}, s)",
        "c = Client({!r}, s)",
        "    self.client = Client(\n        {!r}, s)",
        "from ours import Client\nc = Client({!r}, s)",
        "from binance.client import Client\nname = 'Grüße'; c = Client({!r}, s)",
        "from binance.client import Client\nc = Client({!r}, s, {{'note': 'é'}})",
        "from binance.client import Client\r\nc = Client({!r}, s)\r\n",
    ],
)
def test_a_call_is_known_by_what_its_name_is_imported_from(text: str) -> None:
    assert found(text.format(KEY)) == [("binance-key", KEY)]


def test_both_halves_of_a_pair_are_found_where_they_stand() -> None:
    first, second = body(64, seed=1), body(64, seed=2)
    text = f"from binance.client import Client\n\nclient = Client({first!r},\n                {second!r})\n"
    hits = scan(text.encode(), "bot.py")
    assert [(hit.secret.decode(), hit.line, hit.column) for hit in hits] == [(first, 3, 18), (second, 4, 18)]


@pytest.mark.parametrize(
    "text",
    [
        "from ours import Client\nc = Client({hex!r}, s)",
        "c = Client({token!r}, s)",
        "from kucoin.client import Client\nc = Client('api_key', 'api_secret', 'passphrase')",
        "from binance.client import Client\nc = Client('your_api_key_here_12345', 'your_api_secret_here')",
        "from binance.client import Client\nc = Client(config['binance_api_key_2'], os.environ['BINANCE_SECRET'])",
        "from binance.client import Client\nc = Client('" + "x" * 64 + "', '" + "1234567890" * 6 + "1234')",
        "from binance.client import Client\nc = Client(tld='us', base='https://testnet.binance.vision')",
        "from django.test import Client\nc = Client('/accounts/login/?next=1')",
        "import sqlite3\nc = sqlite3.connect('ticks.sqlite3', 5, 'quant-Db7')",
        "import psycopg2\nc = psycopg2.connect('dbname=ticks user=quant host=db1.internal')",
        "import redis\nr = redis.Redis('cache.internal', 6379, 0, 'localhost')",
        "button.clicked.connect('handler_7_clicked_now')",
    ],
)
def test_what_only_looks_like_one_gives_nothing_away(text: str) -> None:
    assert found(text.format(hex=HEX, token=TOKEN)) == []


def test_a_name_of_another_package_counts_by_an_unmistakable_shape_only() -> None:
    assert found(f"from ours import Client\nc = Client({KEY!r})") == [("binance-key", KEY)]
    assert found(f"from ours import KiteConnect\nc = KiteConnect({HEX!r})") == [("zerodha-key", HEX)]
    assert found(f"from ours import login\nlogin({TOKEN!r})") == []


def test_a_dictionary_gives_its_secret_entries_only() -> None:
    text = "import ccxt\nx = ccxt.kraken2({{'uid': {hex!r}, 'headers': {{'id': {hex!r}}}, 'secret': {token!r}}})"
    assert found(text.format(hex=HEX, token=TOKEN)) == [("ccxt-key", TOKEN)]


def test_a_value_that_is_written_otherwise_than_it_reads_is_left() -> None:
    written = "from binance.client import Client\nc = Client('{}', s)"
    assert [value for _, value in found(written.format(KEY))] == [KEY]
    assert found(written.format(KEY[:10] + "' '" + KEY[10:])) == []


def test_every_row_says_where_its_key_stands() -> None:
    table = [row for row in rows("sdk") if isinstance(row, Sdk)]
    assert len(table) == len(rows("sdk"))
    assert all(row.modules and row.calls and (row.keywords or any(row.calls.values())) for row in table)


CALLS = [call.replace("*", "x") for row in rows("sdk") if isinstance(row, Sdk) for call in row.calls]
TOKENS = st.sampled_from(
    ["(", ")", "[", "]", "{", "}", "'", '"', '"""', "\\", "\n", "#", ",", "=", " as ", "import ", "from ", ".", "f'",
     "lambda:", "\0", "é", KEY, HEX, *CALLS]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(TOKENS, st.text(max_size=8)), max_size=60).map("".join), st.sampled_from(CALLS))
def test_any_text_is_read_without_a_crash_and_within_its_time(text: str, call: str) -> None:
    content = f"from binance import {call.partition('.')[0]} as c\n{call}('{text}\nc({text}\n{call}({KEY!r}, {text}"
    before = time.process_time()
    for hit in scan(content.encode("utf-8", "surrogatepass"), "bot.py"):
        assert hit.secret in content.encode("utf-8", "surrogatepass")
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "unit",
    [
        "Client('aaaaaaaa",
        "Client('aaaaaaaa')(",
        "Client('aaaaaaaa', (((((((((((((((((((((((((((((((",
        "Client('aaaaaaaa', " + "-" * 900 + "1)",
        "from binance import Client as a1\n",
        "Client as a\n a(",
        "from binance import Client as a\na('aaaaaaaa')\n",
        "import " + "a." * 40 + "Client('aaaaaaaa\n",
        'Client("""aaaaaaaa',
        "ccxt.a({'aaaaaaaa':",
    ],
)
def test_the_time_grows_no_faster_than_the_content(unit: str) -> None:
    for start in ("", "from binance import Client as a\n"):
        content = (start + unit * (2**18 // len(unit))).encode()
        before = time.process_time()
        scan(content, "bot.py")
        assert (time.process_time() - before) * 4 < SECONDS_PER_MIB


def test_what_is_nested_too_deep_for_python_is_left() -> None:
    deep = f"c = Client({KEY!r}, {'(' * 900}1{')' * 900})\n"
    assert found(f"{deep}Client({KEY!r})") == [("binance-key", KEY)]
