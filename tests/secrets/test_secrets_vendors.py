"""The table of vendors: whole, in order, and with something to say for whatever a detector may find."""

from __future__ import annotations

import re

import pytest

from quantgov.secrets import scanner, vendors
from quantgov.secrets.detector import Detector
from quantgov.secrets.families import FAMILIES, rows
from quantgov.secrets.families.plugins import Plugin
from quantgov.secrets.vendors import brokers, clouds, data, services, tools
from quantgov.secrets.vendors.entry import Vendor

ROWS = [row for family in FAMILIES for row in rows(family)]
NAMED = {row.vendor for row in ROWS if isinstance(row, Detector)} - {""}
TABLES = (brokers.TABLE, clouds.TABLE, data.TABLE, services.TABLE, tools.TABLE)
EVERY = [*vendors.VENDORS.items(), *vendors.GENERIC.items(), ("", vendors.UNKNOWN)]


def test_every_vendor_that_a_row_names_has_an_entry() -> None:
    assert sorted(NAMED - vendors.VENDORS.keys()) == []


def test_no_entry_is_without_a_row() -> None:
    assert sorted(vendors.VENDORS.keys() - NAMED - set(vendors.PLUGINS.values())) == []


def test_every_plugin_that_tells_its_vendor_has_one() -> None:
    names = {row.name for row in ROWS if isinstance(row, Plugin)}
    assert vendors.PLUGINS.keys() <= names
    assert set(vendors.PLUGINS.values()) <= vendors.VENDORS.keys()
    assert names - vendors.PLUGINS.keys() <= {"json-web-token", "secret-keyword"}


def test_no_slug_stands_in_two_tables_and_each_table_is_in_order() -> None:
    assert sum(len(table) for table in TABLES) == len(vendors.VENDORS)
    for table in TABLES:
        assert list(table) == sorted(table)


def words(vendor: Vendor) -> tuple[str, ...]:
    return vendor.revoke, vendor.rotate, vendor.misuse, vendor.owner


def test_each_says_where_to_revoke_how_to_rotate_what_to_look_at_and_what_was_possible() -> None:
    for slug, vendor in EVERY:
        assert re.fullmatch(r"[a-z0-9-]*", slug)
        assert vendor.name.strip()
        assert all(len(text.strip()) > 10 and not text.endswith(".") for text in words(vendor)), slug
        assert vendor.attack.endswith("."), slug


def test_nothing_in_it_looks_like_a_secret() -> None:
    for slug, vendor in EVERY:
        for text in (*words(vendor), vendor.name, vendor.attack):
            assert scanner.scan(text.encode()) == [], slug


@pytest.mark.parametrize(
    ("detector", "vendor"),
    [
        ("aws-access-key", vendors.VENDORS["aws"]),
        ("tickdb-api-key", vendors.VENDORS["tickdb"]),
        ("github-token", vendors.VENDORS["github"]),
        ("private-key", vendors.PRIVATE_KEY),
        ("age-secret-key", vendors.ENCRYPTION),
        ("url-password", vendors.PASSWORD),
        ("basic-login", vendors.PASSWORD),
        ("json-web-token", vendors.SESSION),
        ("a-team-s-own", vendors.UNKNOWN),
        ("", vendors.UNKNOWN),
    ],
)
def test_a_detector_leads_to_its_vendor_or_to_the_general_advice(detector: str, vendor: Vendor) -> None:
    assert vendors.of_detector(detector) is vendor


def test_every_detector_leads_somewhere() -> None:
    for detector in {row.name for row in ROWS}:
        slug = vendors.slug_of(detector)
        assert not slug or vendors.of_detector(detector) is vendors.VENDORS[slug]


def test_a_trading_key_and_a_data_key_are_told_apart() -> None:
    assert "place and cancel orders" in vendors.VENDORS["binance"].attack
    assert "moves no money" in vendors.VENDORS["tickdb"].attack
