"""A page for each JSON Schema, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from writing import code, page, prose, table

Schema = Mapping[str, object]
TYPES = {"object": "mapping", "array": "list", "string": "text", "integer": "whole number", "boolean": "true or false"}
LIMITS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than"}
WORDS = {"null": "nothing"}
PHASES = " From a phase on means: in it and in what comes after it, but not in `retired`."


class Field(NamedTuple):
    name: str
    schema: Schema
    required: str


def pages(folder: Path) -> dict[str, str]:
    """Each page's text by its path below docs/."""
    schemas = {path.name.removesuffix(".schema.json"): json.loads(path.read_text()) for path in _files(folder)}
    made = {f"schemas/{name}.md": _page(name, schema) for name, schema in schemas.items()}
    return {**made, "schemas/index.md": _index(schemas)}


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.schema.json"))


def _page(name: str, schema: Schema) -> str:
    phases = {field: f"from {title}" for field, title in _asked_by_phase(schema)}
    rows = [
        (
            code(field.name),
            _type(field.schema),
            field.required or phases.get(field.name, ""),
            _meaning(field.schema),
            "; ".join(_allowed(field.schema)),
            ", ".join(code(_written(each)) for each in _list(field.schema, "examples")),
        )
        for field in _fields(schema, schema, "")
    ]
    return page(
        f"# {schema['title']}",
        prose(str(schema["description"])),
        f"The schema is `schemas/{name}.schema.json` in the repository (JSON Schema 2020-12). "
        "Any other key is an error. `[]` is each entry of a list, `<name>` a key of your own. "
        "Required means: where what holds it is there." + (PHASES if phases else ""),
        table(("Field", "Type", "Required", "Meaning", "Allowed", "Example"), rows),
    )


def _fields(schema: Schema, root: Schema, prefix: str) -> Iterator[Field]:
    required = _list(schema, "required")
    for name, given in _mapping(schema, "properties").items():
        yield from _field(f"{prefix}{name}", _resolved(given, root), root, "yes" if name in required else "")
    more = schema.get("additionalProperties")
    if isinstance(more, dict):
        yield from _field(f"{prefix}<name>", {**_resolved(more, root), "key": schema["propertyNames"]}, root, "")


def _field(name: str, schema: Schema, root: Schema, required: str) -> Iterator[Field]:
    yield Field(name, schema, required)
    yield from _fields(schema, root, f"{name}.")
    for branch in _list(schema, "anyOf"):
        if isinstance(branch, dict) and "type" in branch:
            yield from _fields(_resolved(branch, root), root, f"{name}.")
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _field(f"{name}[]", _resolved(items, root), root, "")


def _asked_by_phase(schema: Schema) -> Iterator[tuple[str, str]]:
    """Each field that is required under a condition only, with the title of the condition."""
    for condition in _list(schema, "allOf"):
        assert isinstance(condition, dict)
        yield from ((field, str(condition["title"])) for field in _asked(condition["then"], ""))


def _asked(schema: Schema, prefix: str) -> Iterator[str]:
    yield from (f"{prefix}{name}" for name in _list(schema, "required"))
    for name, given in _mapping(schema, "properties").items():
        assert isinstance(given, dict)
        yield from _asked(given, f"{prefix}{name}.")
        yield from _asked(_mapping(given, "items"), f"{prefix}{name}[].")


def _resolved(given: object, root: Schema) -> Schema:
    assert isinstance(given, dict)
    target = str(given.get("$ref", "")).rpartition("/")[2]
    return {**_mapping(_mapping(root, "$defs"), target), **given} if target else given


def _type(schema: Schema) -> str:
    kinds = schema.get("type") or [
        branch["type"] for branch in _list(schema, "anyOf") if isinstance(branch, dict) and "type" in branch
    ]
    named = [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])]
    return " or ".join(dict.fromkeys(WORDS.get(kind) or TYPES.get(kind, kind) for kind in named))


def _meaning(schema: Schema) -> str:
    branches = [each for each in _list(schema, "anyOf") if isinstance(each, dict) and "description" in each]
    sentences = [schema.get("description", ""), *(branch["description"] for branch in branches)]
    return " ".join(prose(str(sentence)) for sentence in sentences if sentence)


def _allowed(schema: Schema) -> Iterator[str]:
    for each in (schema, *(branch for branch in _list(schema, "anyOf") if isinstance(branch, dict))):
        if "const" in each:
            yield f"only {code(_written(each['const']))}"
        if "enum" in each:
            yield ", ".join(code(_written(value)) for value in _list(each, "enum"))
        if "format" in each:
            yield {"date": "a real date, YYYY-MM-DD", "email": "an e-mail address"}[str(each["format"])]
        if "pattern" in each:
            yield "not blank" if each["pattern"] == r"\S" else f"the form {code(each['pattern'])}"
        yield from (f"{words} {each[key]}" for key, words in LIMITS.items() if key in each)
        if any(key in each for key in ("minItems", "minLength", "minProperties")):
            yield f"at least {each['minItems']}" if each.get("minItems", 1) != 1 else "not empty"
        if each.get("uniqueItems"):
            yield "no entry twice"
    key = schema.get("key")
    if isinstance(key, dict):
        yield prose(f"key: {key['description']}")
    alternatives = [each for each in _list(schema, "anyOf") if isinstance(each, dict) and set(each) == {"required"}]
    if alternatives:
        yield "needs " + " or ".join(code(name) for each in alternatives for name in _list(each, "required"))


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _list(schema: Schema, key: str) -> list[object]:
    found = schema.get(key, [])
    assert isinstance(found, list)
    return found


def _mapping(schema: Schema, key: str) -> Schema:
    found = schema.get(key, {})
    assert isinstance(found, dict)
    return found


def _index(schemas: Mapping[str, Schema]) -> str:
    rows = [(f"[{schema['title']}]({name}.md)", prose(str(schema["description"]))) for name, schema in schemas.items()]
    toctree = "```{toctree}\n:hidden:\n\n" + "\n".join(schemas) + "\n```"
    return page("# Schemas", table(("Schema", "What it describes"), rows), toctree)
