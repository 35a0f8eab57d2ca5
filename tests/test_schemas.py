"""The schemas: well made, true to the reference documents, and read alike by the validator that decides and the one
that explains. A passport example is a file: adding one to fixtures/passports/{valid,invalid} needs no Python.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quantgov.documents import Document, faults, is_valid, load, schema, violations
from quantgov.explanations import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.documents import Plain, Pointer

FIXTURES = Path(__file__).parent / "fixtures"
S2 = (FIXTURES / "reference" / "s2-passport.yaml").read_bytes()
NAMES = ("data-manifest", "keys", "policy", "report", "strategy-passport", "waivers")
STATUSES = ("ideation", "research", "validation", "production", "suspended", "retired")
KEYWORDS = {
    "$schema", "$ref", "$defs", "title", "description", "examples", "type", "properties", "required", "items", "enum",
    "const", "pattern", "format", "anyOf", "additionalProperties", "propertyNames", "minimum", "exclusiveMinimum",
    "minLength", "minItems", "minProperties", "uniqueItems",
}  # fmt: skip
"""What the validators are known to read alike; the differential test below covers each."""

MANIFEST: dict[str, Plain] = {
    "symbol_set": {"name": "SPX constituents", "count": 505},
    "period": {"start": "2024-01-01", "end": "2024-12-31"},
    "source": {"vendor": "TickDB", "endpoint": "/v1/market/kline", "interval": "1h"},
    "cache": ".tickdb_cache/v3.2",
}
POLICY: dict[str, Plain] = {
    "version": 1,
    "mode": "guard",
    "trunk": "main",
    "branches": "trunk",
    "protected": ["main", "release/1.0"],
    "merge": "squash",
    "data": "hybrid",
    "paths": {"strategies": "strategies/", "results": "results/"},
    "team": {
        "alice": {"email": "alice@fund.com", "github": "alice-q", "roles": ["lead", "reviewer"]},
        "bob": {"email": "bob@fund.com", "github": "bobq", "roles": ["researcher", "engineer"]},
    },
    "levels": {
        "QG101": "warn",
        "QG": "advise",
        "QG7": {"notebooks/**": "advise", "live/**": "block", "phase:production": "block"},
    },
    "bots": ["dependabot", "renovate"],
    "lfs": {"max_size": "1 MiB", "suffixes": [".parquet", ".csv"]},
    "messages": {"types": ["backtest", "feat"]},
    "unwaivable": ["QG301"],
    "secrets": {
        "max_size": 1048576,
        "detectors": [{"name": "fund-key", "pattern": "fgw_[a-z]{24}", "examples": ["fgw_x"], "not": ["x"]}],
    },
}
WAIVERS: dict[str, Plain] = {
    "version": 1,
    "waivers": [
        {"rule": "QG501", "path": "data/*.csv", "reason": "moves in March", "owner": "alice", "expires": "2026-04-01"},
        {"rule": "QG301", "fingerprint": "3f9a", "reason": "a placeholder", "owner": "bob", "expires": "2026-04-01"},
    ],
}
KEYS: dict[str, Plain] = {
    "version": 1,
    "keys": [
        {
            "name": "TICKDB_API_KEY",
            "vendor": "tickdb",
            "layer": "ci",
            "owner": "alice",
            "shared": True,
            "scope": "read-only: kline, depth",
            "storage": "GitHub Actions secrets",
            "rotated_on": "2026-01-15",
            "expires": "2026-07-15",
        },
    ],
}
REPORT: dict[str, Plain] = {
    "schema": 1,
    "outcomes": [
        {"code": "QG301", "name": "secret-exposed", "status": "failed", "judged": 3, "reason": None},
        {"code": "QG501", "name": "large-file-outside-lfs", "status": "skipped", "judged": 0, "reason": "no blobs"},
    ],
    "findings": [
        {
            "code": "QG301",
            "name": "secret-exposed",
            "level": "block",
            "message": "an API key",
            "help": "",
            "path": "a.py",
            "line": 1,
            "column": 1,
            "commit": None,
            "origin": None,
            "fingerprint": "3f9a",
            "waived": None,
            "old": False,
        }
    ],
    "summary": {
        "verdict": "blocked",
        "exit_code": 1,
        "blocking": 1,
        "warnings": 0,
        "advice": 0,
        "old": 0,
        "waived": 0,
        "skipped": 1,
        "policy": {"source": "origin/main", "bootstrap": False, "mode": "guard"},
    },
}
VALID: list[tuple[str, Plain]] = [
    ("strategy-passport", load(S2).value),
    ("data-manifest", MANIFEST),
    ("data-manifest", {**MANIFEST, "as_of": "2026-01-15", "rows": 9, "digest": f"sha256:{'0' * 64}", "dataset": "x"}),
    ("policy", {"version": 1}),
    ("policy", POLICY),
    ("policy", {**POLICY, "branches": {"pattern": "(feature|fix)/.+"}}),
    ("keys", KEYS),
    ("keys", {"version": 1, "keys": []}),
    ("waivers", WAIVERS),
    ("waivers", {"version": 1, "waivers": []}),
    ("report", REPORT),
    ("report", {**REPORT, "outcomes": [], "findings": []}),
]


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
    for child in node.get("anyOf", []):
        yield from subschemas(child, (*path, "anyOf"))


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_itself_valid(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    jsonschema_rs.meta.validate(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_property_is_described_for_the_generated_pages(name: str) -> None:
    properties = [child for _, node in subschemas(schema(name)) for child in _mapping(node, "properties").values()]
    assert properties
    assert all(_mapping(child, "")["description"] for child in properties)


def _mapping(node: object, key: str) -> dict[str, object]:
    """A part that is a mapping, or the node itself for no key."""
    assert isinstance(node, dict)
    found = node.get(key, {}) if key else node
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_unknown_keys_are_refused(name: str) -> None:
    objects = [(path, node) for path, node in subschemas(schema(name)) if "properties" in node]
    assert objects
    for path, node in objects:
        assert node.get("additionalProperties") is False, path


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
    return [f"{each.line}:{each.column} {each.message}" for each in faults(data, "strategy-passport")]


@pytest.mark.parametrize("status", STATUSES)
def test_the_reference_passport_is_valid_at_every_status(status: str) -> None:
    assert S2.count(b'"production"') == 1
    assert findings(S2.replace(b'"production"', status.encode())) == []


@pytest.mark.parametrize(
    "key", ["strategy_id", "name", "version", "status", "researcher", "hypothesis_date", "alpha_thesis"]
)
def test_keys_required_from_day_one(key: str) -> None:
    lines = S2.decode().splitlines(keepends=True)
    rest = "".join(line for line in lines if not line.startswith(f"{key}:"))
    assert findings(rest.encode()) == [f"1:1 {key} is missing"]


# --- the other documents


@pytest.mark.parametrize(("name", "value"), VALID)
def test_valid_document(name: str, value: Plain) -> None:
    assert [each.message for each in violations(Document(value), name)] == []


def changed(value: Plain, pointer: Pointer, to: Plain) -> Plain:
    """A copy with one part replaced, or with its key removed."""
    copied = copy.deepcopy(value)
    parent = copied
    for part in pointer[:-1]:
        parent = parent[part]  # type: ignore[index] # a wrong pointer fails the test
    parent[pointer[-1]] = to  # type: ignore[index]
    return copied


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


# --- the two validators agree


def places(value: Plain, pointer: Pointer = ()) -> Iterator[Pointer]:
    yield pointer
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places(part, (*pointer, name))


ODD: list[Plain] = [
    None, True, False, 0, 1, 1.0, -1, 2.5, 10**18, "", " ", "x", "\u00a0", "\ufeff", "x\n", "main", "warn", "block",
    "2026-01-15", "2026-02-30", "20260115", "2026-01-15\n", "a@b.co", "a@b", "a@@b.co", "é@b.co", "٣", "QG101", "QG٣٣٣",
    "v1.0.0", "STR-2026-0042", "STR-2026-0042\n", "1 MiB", [], {}, [None], ["a", "a"], [1, True], [1, 1.0],
    {"x": 1}, {"pattern": "x"}, {"path": "x"}, {"": "warn"}, {"phase:production": "warn"}, {"a\n": "warn"},
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Plain]:
    """A valid document with one to three parts replaced, removed, renamed or taken from elsewhere."""
    name, valid = draw(st.sampled_from(VALID))
    root: dict[str, Plain] = {"": copy.deepcopy(valid)}
    for _ in range(draw(st.integers(1, 3))):
        pointer = draw(st.sampled_from(list(places(root))[1:]))
        parent: Plain = root
        for part in pointer[:-1]:
            parent = parent[part]  # type: ignore[index] # `places` gives real ones only
        _mutate(draw, parent, pointer[-1])
        root.setdefault("", None)
    return name, root[""]


def _mutate(draw: st.DrawFn, parent: Plain, part: str | int) -> None:
    action = draw(st.sampled_from(("replace", "text", "remove", "add")))
    text = draw(st.text("aA1 .:/-é\u00a0\n", max_size=5))
    new = text if action == "text" else copy.deepcopy(draw(st.sampled_from(ODD)))
    if isinstance(parent, dict) and isinstance(part, str):
        if action == "remove":
            del parent[part]
        else:
            parent[draw(st.sampled_from((f"{part}s", "x", "QG12", "path"))) if action == "add" else part] = new
    elif isinstance(parent, list) and isinstance(part, int):
        parent[part : part + (action != "add")] = [] if action == "remove" else [new]


@given(mutated())
def test_the_explaining_validator_agrees_with_the_deciding_one(case: tuple[str, Plain]) -> None:
    name, value = case
    found = explain(Document(value), schema(name))
    assert (not found) == is_valid(value, name), json.dumps(value)
    assert all(each.message and each.help for each in found)


def test_every_single_replacement_is_read_alike() -> None:
    judged = {True: 0, False: 0}
    for name, valid in VALID:
        for pointer in list(places(valid))[1:]:
            for odd in ODD[::8]:
                value = changed(valid, pointer, odd)
                accepted = is_valid(value, name)
                assert accepted or violations(Document(value), name)
                judged[accepted] += 1
    assert min(judged.values()) > 100
