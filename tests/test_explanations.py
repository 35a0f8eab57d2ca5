"""What is said of a document that does not fit its schema: one fault a place, its line, its fix."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from quantgov import documents, explanations
from quantgov.documents import Violation, load, violations
from quantgov.explanations import explain

FIXTURES = Path(__file__).parent / "fixtures"
PASSPORT = (FIXTURES / "reference" / "s2-passport.yaml").read_bytes().replace(b'"production"', b'"research"')
LIVE = (FIXTURES / "passports" / "valid" / "at-production.yaml").read_text()


def explained(data: bytes, name: str = "strategy-passport") -> list[str]:
    return [f"{each.line}:{each.column} {each.message} | {each.help}" for each in violations(load(data), name)]


def edited(before: str, after: str) -> bytes:
    assert before in PASSPORT.decode()
    return PASSPORT.replace(before.encode(), after.encode(), 1)


def test_a_valid_document_has_no_violations() -> None:
    assert violations(load(PASSPORT), "strategy-passport") == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('"research"', "prodution",
         "4:9 status is 'prodution'; one of: ideation, research, validation, production, suspended, retired"
         " | write 'production'"),
        ('"research"', "live",
         "4:9 status is 'live'; one of: ideation, research, validation, production, suspended, retired"
         " | pick one of these"),
        ("status:", "statsu:", "4:1 'statsu' is not a known key; did you mean 'status'? | rename it to 'status'"),
        ('status: "research"\n', "", "1:1 status is missing"
         " | add a line 'status: ...', one of: ideation, research, validation, production, suspended, retired"),
        ('name: "Earnings Gap Mean-Reversion"\n', "",
         "1:1 name is missing | add a line 'name: ...', the strategy's name"),
        ('"v1.3.2"', "1.10", "3:10 version is 1.1 (a number); it must be text | put it in quotes"),
        ('"v1.3.2"', "{major: 1}", "3:10 version is a mapping; it must be text | write text"),
        ('"v1.3.2"', "v1", "3:10 version is 'v1', which has not the form of 'v1.3.2' | write it like 'v1.3.2'"),
        ("slippage_bps: 5", "slippage_bps: -5",
         "27:17 backtest.slippage_bps is -5; it must be at least 0 | write a number that is at least 0"),
        ("slippage_bps: 5", "slippage_bps: 5\n  foo: 5",
         "28:3 'foo' is not a known key of backtest | delete it; known keys: "
         "start_date, end_date, universe, initial_capital, slippage_bps, commission_per_share, "
         "report_file, report_sha256"),
        ("1000000", "0",
         "26:20 backtest.initial_capital is 0; it must be more than 0 | write a number that is more than 0"),
        ("1000000", "lots", "26:20 backtest.initial_capital is 'lots' (text); it must be a number | write a number"),
        ("1000000", "true", "26:20 backtest.initial_capital is true; it must be a number | write a number"),
        ("j.chen@quantfund.com", "J. Chen <j@fund.com>",
         "7:13 researcher is 'J. Chen <j@fund.com>', which is not an e-mail address | write it as name@example.com"),
        ("2026-01-15", "2026-02-30",
         "8:18 hypothesis_date is '2026-02-30', which is not a real date | write it as YYYY-MM-DD"),
        ('    type: "earnings_dates"\n', "", "17:5 data_sources[1] needs endpoints, or type | add endpoints"),
        ('["US.EQUITY"]', "[]", "15:14 data_sources[0].markets is empty | fill it in, or delete the key"),
        ('"Earnings Gap Mean-Reversion"', '" "', "2:7 name is blank | fill it in, or delete the key"),
        (' "Earnings Gap Mean-Reversion"', "", "2:6 name is empty; it must be text | write text"),
        ("STR-2026-0042", "STR-2026-0042\\n",
         "1:14 strategy_id is 'STR-2026-0042\\n', which has not the form of 'STR-2026-0042'"
         " | write it like 'STR-2026-0042'"),
        ("true", "'yes'", "32:24 validation.is_winrate_reported is 'yes' (text); it must be true or false"
         " | write true or false"),
        ('"survivorship_bias"', '"look_ahead_bias"',
         "35:22 validation.robustness_checks lists the same thing twice | keep one of them"),
        ("strategy_id:", "apiVersion: quantgov/v2\nstrategy_id:",
         "1:13 apiVersion is 'quantgov/v2'; it must be 'quantgov/v1' | write 'quantgov/v1'"),
    ],
)  # fmt: skip
def test_explained(before: str, after: str, expected: str) -> None:
    assert explained(edited(before, after)) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version: 2", ["1:10 version is 2; it must be 1 | write 1"]),
        ("version: 1\nbranches: trnk", ["2:11 branches is 'trnk'; one of: trunk, develop | write 'trunk'"]),
        ("version: 1\nbranches: 5",
         ["2:11 branches is 5 (a number); it must be text or a mapping | write text or a mapping"]),
        ("version: 1\nbranches: {patern: x}",
         ["2:12 'patern' is not a known key of branches; did you mean 'pattern'? | rename it to 'pattern'"]),
        ("version: 1\nlevels: {QX: warn}",
         ["2:10 'QX' cannot be a key of levels | use a rule code such as QG101, or a prefix such as QG5"]),
        ("version: 1\nlevels: {QG7: {'a/**': blok}}",
         ["2:24 levels.QG7.a/** is 'blok'; one of: block, warn, advise | write 'block'"]),
        ("version: 1\nlevels: {QG7: {}}", ["2:15 levels.QG7 is empty | fill it in, or delete the key"]),
        ("version: 1\nlfs: {max_size: 1 MX}",
         ["2:17 lfs.max_size is '1 MX', which has not the form of '1 MiB' | write it like '1 MiB'"]),
        ("version: 1\nlfs: {max_size: [1]}",
         ["2:17 lfs.max_size is a list; it must be a whole number or text | write a whole number or text"]),
        ("version: 1\nevidence: {low: spoken}\nmod: guard",
         ["2:17 evidence.low is 'spoken'; one of: recorded, reviewed, signed | pick one of these",
          "3:1 'mod' is not a known key; did you mean 'mode'? | rename it to 'mode'"]),
        ("", ["1:1 the document is empty; it must be a mapping | write a mapping"]),
        ("[version]", ["1:1 the document is a list; it must be a mapping | write a mapping"]),
    ],
)  # fmt: skip
def test_explained_policy(text: str, expected: list[str]) -> None:
    assert explained(text.encode(), "policy") == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("materiality: medium\n", "", ["1:1 materiality is missing: validation asks for it"
         " | add a line 'materiality: ...', one of: high, medium, low"]),
        ("summary:", "sumary:", ["13:1 'sumary' is not a known key; did you mean 'summary'? | rename it to 'summary'"]),
        ("  report_file: report.yaml\n", "", ["31:3 backtest.report_file is missing: validation asks for it"
         " | add a line 'report_file: ...', path of the backtest report, from the strategy's folder"]),
        ("  report_sha256: 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\n", "",
         ["31:3 backtest.report_sha256 is missing: validation asks for it"
          " | add a line 'report_sha256: ...', SHA-256 of the backtest report's bytes, 64 hexadecimal digits"]),
        ("    api_version: v1\n", "", ["17:5 data_sources[0].api_version is missing: production asks for it"
         " | add a line 'api_version: ...', "
         "the version of the vendor's API or of the feed that the data came through"]),
        ("[drawdown_threshold, winrate_streak, data_feed_heartbeat]", "[winrate_streak]",
         ["53:22 deployment.monitoring_alerts is without 'drawdown_threshold': production asks for it"
          " | add 'drawdown_threshold' to the list",
          "53:22 deployment.monitoring_alerts is without 'data_feed_heartbeat': production asks for it"
          " | add 'data_feed_heartbeat' to the list"]),
        ("  max_position_pct: 10\n", "",
         ["56:3 risk needs max_position_pct, or max_leverage, or max_order_value: production asks for it"
          " | add max_position_pct"]),
        ("risk:\n  max_position_pct: 10\n  max_daily_loss_pct: 2\n  max_drawdown_pct: 12.5\n", "",
         ["1:1 risk is missing: production asks for it"
          " | add 'risk:' and below it max_daily_loss_pct, max_drawdown_pct"]),
        ("limitations:\n  - Untested in a bear market\n", "limitations: []\n",
         ["39:14 limitations is empty | fill it in, or delete the key"]),
    ],
)  # fmt: skip
def test_what_a_phase_asks_for_is_explained(before: str, after: str, expected: list[str]) -> None:
    assert LIVE.count(before) == 1
    assert explained(LIVE.replace(before, after).encode()) == expected


def test_a_list_that_needs_several_entries_of_a_kind() -> None:
    two = {"contains": {"type": "string", "description": "a name"}, "minContains": 2}
    schema: dict[str, object] = {"properties": {"a": two}}
    found = [(each.message, each.help) for each in explain(load(b"a: [x, 1]"), schema)]
    assert found == [("a has too few entries of the kind asked for", "add up to 2: a name")]
    assert explain(load(b"a: [x, y, 1]"), schema) == []


def test_a_long_value_is_cut() -> None:
    (violation,) = violations(load(edited("STR-2026-0042", "x" * 500)), "strategy-passport")
    assert violation.message == f"strategy_id is '{'x' * 196}..., which has not the form of 'STR-2026-0042'"


@pytest.mark.parametrize(
    "more",
    [
        b"".join(b"k%d: 1\n" % number for number in range(45_000)),
        b"data_sources: [" + b"1, " * 90_000 + b"]",
        b"bots: [" + b", ".join(b"%d, a%d, [%d]" % (number, number, number) for number in range(20_000)) + b"]",
    ],
    ids=["unknown keys", "wrong items", "mixed items"],
)
def test_a_document_full_of_faults_is_explained_in_part(more: bytes) -> None:
    document = load(b"version: 2\n" + more)
    started = time.process_time()
    assert 1 < len(violations(document, "policy")) <= explanations.MAX_FAULTS
    assert time.process_time() - started < 2


def test_of_too_many_faults_the_first_are_explained() -> None:
    levels = b"".join(b"  QG%03d: loud\n" % number for number in range(200))
    found = violations(load(b"version: 1\nlevels:\n" + levels), "policy")
    assert [each.pointer for each in found] == [("levels", f"QG{number:03}") for number in range(50)]


def test_keys_beside_the_known_ones_are_explained() -> None:
    schema: dict[str, object] = {"properties": {"a": {}}, "additionalProperties": {"type": "string"}}
    assert [each.message for each in explain(load(b"{a: 1, b: 2}"), schema)] == ["b is 2 (a number); it must be text"]


def test_a_missing_key_is_said_where_unknown_ones_are_allowed() -> None:
    schema: dict[str, object] = {"properties": {"status": {}}, "required": ["status"]}
    assert [each.message for each in explain(load(b"statsu: 1"), schema)] == ["status is missing"]


def test_a_keyword_without_words_of_its_own_is_still_explained() -> None:
    document = load(b"a: 7")
    (violation,) = explain(document, {"properties": {"a": {"multipleOf": 2}}})
    assert (violation.message, violation.pointer, violation.line) == ("a: 7 is not a multiple of 2", ("a",), 1)


def test_alternatives_of_which_one_fits_in_type_only() -> None:
    schema: dict[str, object] = {"anyOf": [{"type": "array"}, {"required": ["b"]}]}
    assert [each.message for each in explain(load(b"a: 7"), schema)] == ["b is missing"]


def test_a_refusal_that_cannot_be_explained_keeps_the_deciders_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanations, "explain", lambda document, schema: [])
    (violation,) = violations(load(edited('"research"', "live")), "strategy-passport")
    assert isinstance(violation, Violation)
    assert violation.message.startswith('"live" is not one of ')
    assert (violation.pointer, violation.line, violation.column) == (("status",), 4, 9)
    assert violation.help == "compare it with the schema strategy-passport"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PASSPORT, []),
        (b"a: &b 1", [("an anchor (&b)", (), 1, 4)]),
        (b"", [("the document is empty; it must be a mapping", (), 1, 1)]),
    ],
)
def test_faults_are_those_of_the_bytes_or_of_the_document(data: bytes, expected: list[tuple[object, ...]]) -> None:
    found = documents.faults(data, "strategy-passport")
    assert [(each.message, each.pointer, each.line, each.column) for each in found] == expected
    assert all(each.help for each in found)
