"""What tells a secret from a placeholder, from words and from a digest."""

from __future__ import annotations

import random
import string
from base64 import b64encode

import pytest
from made_up_secrets import body, jwt

from quantgov.secrets.judgement import (
    entropy,
    is_lasting,
    is_local_password,
    is_login,
    is_placeholder,
    is_sequence,
    looks_random,
    restlessness,
)
from quantgov.secrets.naming import is_issued
from quantgov.secrets.words import PAIRS, is_gibberish, is_wordy

WORDS = (
    "password smtp_password yourPassword passwordInput correcthorse timescale clickhouse backtrader rebalance"
    " volatility momentum covariance authentication kubernetes postgresql configuration transaction_id user_agent"
    " salasana wachtwoord"
)


def drawn(length: int, seed: int) -> bytes:
    return "".join(random.Random(seed).choices(string.ascii_lowercase, k=length)).encode()  # noqa: S311


@pytest.mark.parametrize(("length", "share"), [(8, 0.8), (12, 0.9), (20, 0.97)])
def test_random_letters_are_gibberish(length: int, share: float) -> None:
    assert sum(is_gibberish(drawn(length, seed)) for seed in range(500)) >= share * 500


@pytest.mark.parametrize("word", WORDS.split())
def test_words_and_identifiers_are_no_gibberish(word: str) -> None:
    assert not is_gibberish(word.encode())
    assert not is_gibberish(word.upper().encode())


def test_what_has_no_letters_is_neither_words_nor_gibberish() -> None:
    assert not is_gibberish(b"1234-5678")
    assert not is_wordy(b"a1b2c3d4")
    assert is_wordy(b"PBEWithHmacSHA256AndAES_256")
    assert len(PAIRS) == 26 * 26


@pytest.mark.parametrize(
    "value",
    [
        "your-key",
        "<token>",
        "${TOKEN}",
        "{{ token }}",
        "%TOKEN%",
        "$TOKEN",
        "xxxxxxxx",
        "changeme",
        "abcdef1234",
        "a...",
    ],
)
def test_placeholders(value: str) -> None:
    assert is_placeholder(value.encode())


def test_keys_are_no_placeholders() -> None:
    assert not any(is_placeholder(body(24, seed=seed).encode()) for seed in range(200))
    assert all(looks_random(body(24, seed=seed).encode()) for seed in range(200))
    assert not is_sequence(b"a1c7x2")


def test_measures() -> None:
    assert entropy(b"abcd") == 2
    assert restlessness(b"a1a1") == 0.75
    assert restlessness(b"momentum_12_1") == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [("N1" + "rzz0jq", True), ("s3cret99", False), ("P4ssw0rd1", False), ("xqvbz" + "kjw", True), ("timescale", False)],
)
def test_a_password_for_this_machine_is_one_only_if_it_is_random(value: str, expected: bool) -> None:
    assert is_local_password(value.encode()) is expected


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        (f"quant:{body(9)}", True),
        ("user:pass", False),
        ("user:password1", False),
        ("no colon here", False),
        (":x1y2z3", False),
    ],
)
def test_logins_in_base64(login: str, expected: bool) -> None:
    assert is_login(b64encode(login.encode())) is expected


def test_what_is_no_base64_is_no_login() -> None:
    assert not is_login(b"abcde")


def test_a_web_token_that_counts_or_repeats_itself_is_none() -> None:
    assert is_lasting(jwt().encode())
    assert not is_lasting(b"eyJ" + b"x" * 40 + b"." + b"x" * 40)


@pytest.mark.parametrize("value", [b"example" * 3, b"0" * 16, b"1234567890123456", b"a1b2c3" * 4, b"abcdefghijklmnop1"])
def test_what_no_vendor_issues(value: bytes) -> None:
    assert not is_issued(value)
    assert is_issued(body(len(value)).encode())
