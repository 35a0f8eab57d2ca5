"""The validator that decides and the one that explains read every document alike, made up or spoilt."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from valid_documents import FIXTURES, VALID, changed, places

from quantgov.documents import Document, is_valid, load, schema, violations
from quantgov.explanations import explain

if TYPE_CHECKING:
    from quantgov.documents import Plain, Pointer

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


def agree(name: str, value: Plain) -> bool:
    """What both say. Whatever is refused is explained, each place once."""
    found = explain(Document(value), schema(name))
    accepted = is_valid(value, name)
    assert (not found) == accepted, json.dumps(value)
    assert all(each.message and each.help for each in found)
    assert len({each.pointer for each in found}) == len(found)
    return accepted


@given(mutated())
def test_a_spoilt_document(case: tuple[str, Plain]) -> None:
    agree(*case)


LIVE = load((FIXTURES / "passports" / "valid" / "at-production.yaml").read_bytes()).value
STATUSES = ("ideation", "research", "validation", "production", "suspended", "retired", "live", 5, None)


@given(st.sets(st.sampled_from(list(places(LIVE))[1:]), max_size=6), st.sampled_from(STATUSES))
def test_a_passport_with_parts_missing_at_every_status(gone: set[Pointer], status: Plain) -> None:
    value = changed(LIVE, ("status",), status)
    for pointer in sorted(gone, key=len, reverse=True):
        _remove(value, pointer)
    agree("strategy-passport", value)


def _remove(value: Plain, pointer: Pointer) -> None:
    for part in pointer[:-1]:
        value = value[part]  # type: ignore[index] # longer pointers went first
    if not isinstance(value, list) or int(pointer[-1]) < len(value):
        del value[pointer[-1]]  # type: ignore[union-attr,arg-type] # and these are its own


SCALARS: dict[str, Plain] = {
    "string": "some text", "integer": 1, "number": 0.5, "boolean": True, "null": None, "object": {}, "array": [],
}  # fmt: skip


@st.composite
def made(draw: st.DrawFn) -> tuple[str, Plain]:
    """A document made up from its schema alone, mostly as that asks."""
    name = draw(st.sampled_from(sorted({name for name, _ in VALID})))
    whole = schema(name)
    return name, _made(draw, whole, whole)


def _made(draw: st.DrawFn, node: dict[str, Any], root: dict[str, Any]) -> Plain:
    if draw(st.integers(0, 200)) == 0:
        return copy.deepcopy(draw(st.sampled_from(ODD)))
    if "$ref" in node:
        return _made(draw, root["$defs"][node["$ref"].rpartition("/")[2]], root)
    if "properties" in node or isinstance(node.get("additionalProperties"), dict):
        return _made_mapping(draw, node, root)
    if "anyOf" in node:
        return _made(draw, draw(st.sampled_from(node["anyOf"])), root)
    if "items" in node:
        return [_made(draw, node["items"], root) for _ in range(draw(st.integers(0, 3)))]
    return _made_scalar(draw, node)


def _made_mapping(draw: st.DrawFn, node: dict[str, Any], root: dict[str, Any]) -> Plain:
    wanted = {
        key: child
        for key, child in node.get("properties", {}).items()
        if draw(st.integers(0, 200)) > (0 if key in node.get("required", ()) else 80)
    }
    more = node.get("additionalProperties")
    if isinstance(more, dict):
        names = st.sampled_from(("alice", "QG101", "QG7", "a/**", "a b"))
        wanted |= dict.fromkeys(draw(st.sets(names, max_size=2)), more)
    return {key: _made(draw, child, root) for key, child in wanted.items()}


def _made_scalar(draw: st.DrawFn, node: dict[str, Any]) -> Plain:
    if "const" in node or "enum" in node:
        found: Plain = draw(st.sampled_from(node.get("enum", [node.get("const")])))
        return found
    if node.get("examples"):
        example: Plain = draw(st.sampled_from(node["examples"]))
        return example
    kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return draw(st.sampled_from([SCALARS[kind] for kind in kinds]))


def test_a_document_made_up_from_its_schema() -> None:
    judged = {True: 0, False: 0}

    @settings(max_examples=400)
    @given(made())
    def judge(case: tuple[str, Plain]) -> None:
        judged[agree(*case)] += 1

    judge()
    assert min(judged.values()) > 20


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
