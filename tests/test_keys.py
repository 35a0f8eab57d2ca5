"""The register of keys: what is in it, what it refuses, and which of its keys a leaked one may be."""

from __future__ import annotations

import pytest

from quantgov import keys
from quantgov.documents import load, violations


def entry(**values: str) -> str:
    given = {
        "name": "TICKDB_API_KEY",
        "vendor": "tickdb",
        "layer": "ci",
        "owner": "alice",
        "scope": "read-only kline",
        "storage": "GitHub Actions secrets",
        "rotated_on": "2026-01-15",
        "expires": "2026-07-15",
        **values,
    }
    return "  - {" + ", ".join(f"{name}: {value}" for name, value in given.items() if value) + "}\n"


def register(*entries: str) -> bytes:
    return ("version: 1\nkeys:\n" + "".join(entries)).encode()


def said(data: bytes) -> list[str]:
    return [f"{each.line}:{each.column} {each.message}" for each in keys.problems(data)]


def test_a_register_gives_its_keys() -> None:
    data = register(entry(), entry(name="ALPACA_KEY", vendor="alpaca", layer="production", owner="bob@fund.com"))
    assert keys.problems(data) == []
    first, second = keys.of_data(data)
    assert (first.name, first.vendor, first.layer, first.owner) == ("TICKDB_API_KEY", "tickdb", "ci", "alice")
    assert (first.scope, first.storage) == ("read-only kline", "GitHub Actions secrets")
    assert (first.rotated_on, first.expires, first.shared, first.line) == ("2026-01-15", "2026-07-15", False, 3)
    assert (second.name, second.owner, second.line) == ("ALPACA_KEY", "bob@fund.com", 4)


def test_an_empty_register_has_none() -> None:
    assert keys.of_data(b"version: 1\nkeys: []\n") == []


@pytest.mark.parametrize(("today", "overdue"), [("2026-07-15", False), ("2026-07-16", True)])
def test_a_key_is_overdue_after_its_last_day(today: str, overdue: bool) -> None:
    (key,) = keys.of_data(register(entry()))
    assert key.is_overdue(today) is overdue


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layer": "staging"}, "3:51 keys[0].layer is 'staging'; one of: development, ci, production"),
        ({"owner": ""}, "3:5 keys[0].owner is missing"),
        ({"expires": "never"}, "keys[0].expires is 'never', which is not a real date"),
        ({"value": "abc"}, "'value' is not a known key of keys[0]"),
        ({"vendor": "Tick DB"}, "keys[0].vendor is 'Tick DB', which has not the form of 'tickdb'"),
        ({"name": "my key"}, "keys[0].name is 'my key', which has not the form of 'TICKDB_API_KEY'"),
    ],
)
def test_what_is_no_register(given: dict[str, str], message: str) -> None:
    data = register(entry(**given))
    (problem,) = said(data)
    assert message in problem
    assert keys.of_data(data) == []


@pytest.mark.parametrize("data", [b"", b"keys: [\n", b"version: 1\n", b"version: 1\nkeys:\n"])
def test_what_cannot_be_read_registers_nothing(data: bytes) -> None:
    assert keys.problems(data)
    assert keys.of_data(data) == []


@pytest.mark.parametrize(("layer", "allowed"), [("ci", True), ("development", False), ("production", False)])
def test_only_a_key_of_the_ci_is_shared(layer: str, allowed: bool) -> None:
    data = register(entry(), entry(layer=layer, shared="true"))
    assert violations(load(data), "keys") == []
    assert [each.shared for each in keys.of_data(data)] == ([False, True] if allowed else [])
    if not allowed:
        assert [each.line for each in keys.problems(data)] == [4]
        assert f"keys[1] is shared in the layer {layer}; only a key of the layer ci may be" in said(data)[0]


TWO_LAYERS = register(
    entry(),
    entry(name="TICKDB_LIVE_KEY", layer="production", owner="bob"),
    entry(name="DB_PASSWORD", vendor="postgresql", owner="carol"),
)


@pytest.mark.parametrize(
    ("vendor", "line", "names"),
    [
        ("tickdb", "", ["TICKDB_API_KEY", "TICKDB_LIVE_KEY"]),
        ("tickdb", "tickdb_live_key = '...'", ["TICKDB_LIVE_KEY"]),
        ("tickdb", "db_password = '...'", ["TICKDB_API_KEY", "TICKDB_LIVE_KEY"]),
        ("", "export DB_PASSWORD=...", ["DB_PASSWORD"]),
        ("", "export PASSWORD=...", []),
        ("kraken", "KRAKEN_KEY=...", []),
        ("kraken", "DB_PASSWORD=...", ["DB_PASSWORD"]),
    ],
)
def test_which_keys_a_leaked_one_may_be(vendor: str, line: str, names: list[str]) -> None:
    assert [key.name for key in keys.matching(keys.of_data(TWO_LAYERS), vendor, line)] == names
