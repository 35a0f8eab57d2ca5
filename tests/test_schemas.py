"""The schemas: well made, and true to the reference documents.

A passport example is a file: adding one to fixtures/passports/{valid,invalid} needs no Python.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from valid_documents import (
    BACKTEST,
    CHECKLIST,
    FIXTURES,
    KEYS,
    MANIFEST,
    ON_CALL,
    OVERRIDE,
    POLICY,
    REPORT,
    S2,
    S2_AT_RESEARCH,
    VALID,
    VALIDATION,
    WAIVERS,
    changed,
)  # fmt: skip

from quantgov import passport
from quantgov.cli.lfs import Preset
from quantgov.cli.manifest import SourceType
from quantgov.documents import Document, schema, violations
from quantgov.dotfiles import TREATMENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from enum import StrEnum

    from quantgov.documents import Plain, Pointer

NAMES = (
    "backtest-report", "data-manifest", "datasets", "deployment-checklist", "keys", "on-call", "override", "policy",
    "report", "result-record", "strategy-passport", "validation-report", "waivers",
)  # fmt: skip
KEYWORDS = {
    "$schema", "$ref", "$defs", "title", "description", "examples", "type", "properties", "required", "items", "enum",
    "const", "pattern", "format", "anyOf", "allOf", "if", "then", "contains", "additionalProperties", "propertyNames",
    "minimum", "maximum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "uniqueItems",
}  # fmt: skip
"""What the validators are known to read alike; test_validators_agree covers each."""
OPEN = (("result-record", "backtest_config"),)
"""Where an engine's own keys stand beside ours."""
CONDITIONAL = ("allOf", "if", "then", "contains")


# --- well made


def subschemas(node: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, object]]]:
    """Every schema inside a schema, each with the property names that lead to it."""
    assert isinstance(node, dict)
    yield path, node
    for keyword in ("properties", "$defs"):
        for name, child in node.get(keyword, {}).items():
            yield from subschemas(child, (*path, name))
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(node.get(keyword), dict):
            yield from subschemas(node[keyword], (*path, keyword))
    for keyword in ("anyOf", *CONDITIONAL):
        for child in _several(node.get(keyword, [])):
            yield from subschemas(child, (*path, keyword))


def _several(node: object) -> list[object]:
    return node if isinstance(node, list) else [node]


def described(name: str) -> list[tuple[tuple[str, ...], dict[str, object]]]:
    """The subschemas that say what a thing is; a condition only says more of things that are described elsewhere."""
    found = [(path, node) for path, node in subschemas(schema(name)) if not set(path) & set(CONDITIONAL)]
    assert found
    return found


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_itself_valid(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    jsonschema_rs.meta.validate(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described_for_the_generated_pages(name: str) -> None:
    properties = [child for _, node in described(name) for child in _mapping(node, "properties").values()]
    assert properties
    assert all(_mapping(child, "")["description"] for child in properties)


def _mapping(node: object, key: str) -> dict[str, object]:
    """A part that is a mapping, or the node itself for no key."""
    assert isinstance(node, dict)
    found = node.get(key, {}) if key else node
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("name", "where", "offered"),
    [("datasets", ("datasets", "items", "source_type"), SourceType), ("policy", ("data",), Preset)],
)
def test_an_option_offers_what_its_schema_takes(name: str, where: tuple[str, ...], offered: type[StrEnum]) -> None:
    taken = {path: node["enum"] for path, node in subschemas(schema(name)) if "enum" in node}
    assert taken[where] == list(offered)
    assert set(Preset) == set(TREATMENT)


@pytest.mark.parametrize("name", NAMES)
def test_unknown_keys_are_refused(name: str) -> None:
    objects = [(path, node) for path, node in described(name) if "properties" in node]
    assert objects
    for path, node in objects:
        assert node.get("additionalProperties") is ((name, *path) in OPEN), path


@pytest.mark.parametrize("name", NAMES)
def test_keywords_are_those_that_both_validators_read_alike(name: str) -> None:
    for path, node in subschemas(schema(name)):
        assert set(node) <= KEYWORDS, path
        assert node.get("format") in (None, "date", "email"), path


@pytest.mark.parametrize("name", NAMES)
def test_a_form_has_an_example_and_examples_fit(name: str) -> None:
    whole = schema(name)
    for path, node in subschemas(whole):
        if node.get("pattern", r"\S") != r"\S" and path[-1] != "propertyNames":
            assert node.get("examples"), path
        examples = node.get("examples", [])
        assert isinstance(examples, list)
        rooted = {**node, "$defs": whole.get("$defs", {})}
        assert all(jsonschema_rs.is_valid(rooted, each, validate_formats=True) for each in examples), path


# --- passports, by example


def cases(kind: str) -> list[Path]:
    found = sorted((FIXTURES / "passports" / kind).glob("*.yaml"))
    assert found, f"no {kind} passports"
    return found


@pytest.mark.parametrize("path", cases("valid"), ids=lambda path: path.stem)
def test_valid_passport(path: Path) -> None:
    assert findings(path.read_bytes()) == []


@pytest.mark.parametrize("path", cases("invalid"), ids=lambda path: path.stem)
def test_invalid_passport(path: Path) -> None:
    """The first line says what is found: `# finds: line:column message`. Nothing else may be."""
    data = path.read_bytes()
    expected = data.decode().splitlines()[0].removeprefix("# finds: ")
    assert findings(data) == [expected]


def findings(data: bytes) -> list[str]:
    return [f"{each.line}:{each.column} {each.message}" for each in passport.problems(data)]


@pytest.mark.parametrize("status", ["ideation", "research", "retired"])
def test_the_reference_passport_is_valid_where_no_gate_has_been_passed(status: str) -> None:
    assert S2.count(b'"production"') == 1
    assert findings(S2.replace(b'"production"', status.encode())) == []


FROM_VALIDATION = [
    "1:1 frequency", "1:1 summary", "1:1 materiality", "1:1 intended_use",
    "23:3 backtest.report_file", "23:3 backtest.report_sha256",
]  # fmt: skip
FROM_PRODUCTION = [
    "1:1 limitations", "1:1 risk", "1:1 sign_offs",
    *(f"{place}.{pin}" for place in ("13:5 data_sources[0]", "17:5 data_sources[1]")
      for pin in ("api_version", "symbol_list", "timestamp_convention")),
    "32:3 validation.report_file",
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "from_production"),
    [("validation", []), ("production", FROM_PRODUCTION)],
)
def test_each_thing_that_the_reference_passport_lacks_is_named(status: str, from_production: list[str]) -> None:
    expected = [
        *(f"{each} is missing: validation asks for it" for each in FROM_VALIDATION),
        *(f"{each} is missing: production asks for it" for each in from_production),
    ]
    found = findings(S2.replace(b'"production"', status.encode()))
    assert sorted(found) == sorted(expected)
    assert found == sorted(found, key=lambda each: [int(part) for part in each.split(" ")[0].split(":")])


@pytest.mark.parametrize("status", ["suspended", "retired"])
def test_stopping_asks_for_nothing_more(status: str) -> None:
    assert findings(S2.replace(b'"production"', status.encode())) == []


@pytest.mark.parametrize(
    "key", ["strategy_id", "name", "version", "status", "researcher", "hypothesis_date", "alpha_thesis"]
)
def test_keys_required_from_day_one(key: str) -> None:
    lines = S2_AT_RESEARCH.decode().splitlines(keepends=True)
    rest = "".join(line for line in lines if not line.startswith(f"{key}:"))
    assert findings(rest.encode()) == [f"1:1 {key} is missing"]


# --- the other documents


@pytest.mark.parametrize(("name", "value"), VALID)
def test_valid_document(name: str, value: Plain) -> None:
    assert [each.message for each in violations(Document(value), name)] == []


@pytest.mark.parametrize(
    ("name", "base", "pointer", "to", "message"),
    [
        ("data-manifest", MANIFEST, ("symbol_set", "count"), 0, "symbol_set.count is 0; it must be at least 1"),
        ("data-manifest", MANIFEST, ("symbol_set", "count"), 1.5,
         "symbol_set.count is 1.5 (a number); it must be a whole number"),
        ("data-manifest", MANIFEST, ("period", "start"), "2024-02-30",
         "period.start is '2024-02-30', which is not a real date"),
        ("data-manifest", MANIFEST, ("source", "interval"), "1 day",
         "source.interval is '1 day', which has not the form of '1h'"),
        ("data-manifest", MANIFEST, ("source", "interval"), "0h",
         "source.interval is '0h', which has not the form of '1h'"),
        ("data-manifest", MANIFEST, ("source", "endpoint"), "k line",
         "source.endpoint is 'k line', which has not the form of '/v1/market/kline'"),
        ("data-manifest", MANIFEST, ("digest",), "sha256:AB",
         f"digest is 'sha256:AB', which has not the form of 'sha256:{'0' * 64}'"),
        ("data-manifest", MANIFEST, ("cache",), " ", "cache is blank"),
        ("backtest-report", BACKTEST, ("signal", "code_tree"), "ab" * 19 + "a",
         f"signal.code_tree is '{'ab' * 19}a', which has not the form of '{'0' * 40}'"),
        ("backtest-report", BACKTEST, ("costs",), {"slippage_bps": 5, "regime": "normal", "stressed": []},
         "costs needs commission_per_share, or commission_bps"),
        ("backtest-report", BACKTEST, ("metrics", "win_rate"), 56, "metrics.win_rate is 56; it must be at most 1"),
        ("backtest-report", BACKTEST, ("metrics", "convention", "ddof"), 2,
         "metrics.convention.ddof is 2; one of: 0, 1"),
        ("backtest-report", BACKTEST, ("robustness", "monte_carlo"), {"runs": 9},
         "robustness.monte_carlo needs file, or note"),
        ("backtest-report", BACKTEST, ("signal", "parameters", 0, "tested"), 3,
         "signal.parameters[0].tested is 3 (a number); it must be a list or a mapping"),
        ("validation-report", VALIDATION, ("checks", 0, "name"), "Look-ahead",
         "checks[0].name is 'Look-ahead', which has not the form of 'look_ahead_bias'"),
        ("validation-report", VALIDATION, ("findings", 0, "severity"), "high",
         "findings[0].severity is 'high'; one of: critical, major, minor"),
        ("deployment-checklist", CHECKLIST, ("checklist",), 2026.1, "checklist is 2026.1 (a number); it must be text"),
        ("deployment-checklist", CHECKLIST, ("items", 1), {"id": "runbook"}, "items[1].done is missing"),
        ("on-call", ON_CALL, ("contacts",), [{"name": "Carol", "email": "c@fund.com", "order": 1}],
         "contacts has 1 of at least 2"),
        ("on-call", ON_CALL, ("contacts",), [], "contacts is empty"),
        ("override", OVERRIDE, ("expires",), "2026-01-15 13:30",
         "expires is '2026-01-15 13:30', which has not the form of '2026-01-15T13:30:00Z'"),
        ("policy", POLICY, ("branches",), {}, "branches.pattern is missing"),
        ("policy", POLICY, ("team", "alice", "email"), "alice",
         "team.alice.email is 'alice', which is not an e-mail address"),
        ("policy", POLICY, ("levels", "QG1234"), "warn", "'QG1234' cannot be a key of levels"),
        ("policy", POLICY, ("levels", "QG7", "phase:prod"), "warn", "'phase:prod' cannot be a key of levels.QG7"),
        ("policy", POLICY, ("lfs", "max_size"), -1, "lfs.max_size is -1; it must be at least 0"),
        ("policy", POLICY, ("lfs", "max_size"), "1.5 MiB",
         "lfs.max_size is '1.5 MiB', which has not the form of '1 MiB'"),
        ("policy", POLICY, ("trunk",), "a b", "trunk is 'a b', which has not the form of 'main'"),
        ("policy", POLICY, ("bots",), [], "bots is empty"),
        ("policy", POLICY, ("bots",), ["a", "a"], "bots lists the same thing twice"),
        ("keys", KEYS, ("keys", 0, "layer"), "staging",
         "keys[0].layer is 'staging'; one of: development, ci, production"),
        ("keys", KEYS, ("keys", 0, "rotated_on"), "2026-02-30",
         "keys[0].rotated_on is '2026-02-30', which is not a real date"),
        ("keys", KEYS, ("keys", 0, "value"), "x", "'value' is not a known key of keys[0]"),
        ("waivers", WAIVERS, ("waivers", 0, "reason"), " ", "waivers[0].reason is blank"),
        ("waivers", WAIVERS, ("waivers", 0, "expires"), "never",
         "waivers[0].expires is 'never', which is not a real date"),
        ("waivers", WAIVERS, ("waivers", 1), {"rule": "QG501", "reason": "x", "owner": "a", "expires": "2026-01-01"},
         "waivers[1] needs path, or fingerprint"),
        ("report", REPORT, ("findings", 0, "line"), 0, "findings[0].line is 0; it must be at least 1"),
        ("report", REPORT, ("outcomes", 0, "status"), "fine",
         "outcomes[0].status is 'fine'; one of: passed, failed, skipped, broke"),
        ("report", REPORT, ("findings", 0, "path"), 1, "findings[0].path is 1 (a number); it must be text or nothing"),
        ("report", REPORT, ("summary", "policy"), {"source": None, "mode": None},
         "summary.policy.bootstrap is missing"),
    ],
)  # fmt: skip
def test_invalid_document(name: str, base: Plain, pointer: Pointer, to: Plain, message: str) -> None:
    assert [each.message for each in violations(Document(changed(base, pointer, to)), name)] == [message]
