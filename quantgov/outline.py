"""A document to be filled in: what is known of it as values, every other field of its schema as a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from quantgov import documents, scaffold
from quantgov.manifest_lines import is_date
from quantgov.passport import SCHEMA_URL

Schema = Mapping[str, object]

EDITORS = f"# yaml-language-server: $schema={SCHEMA_URL.rpartition('/')[0]}/"


def of_schema(name: str, known: Mapping[str, object]) -> str:
    """The document in YAML, in the order of the schema. What is None or empty in `known` is not known.

    Its first line names the schema, for editors.
    """
    lines = (f"{EDITORS}{name}.schema.json", *_fields(documents.schema(name), known, ""))
    return "".join(f"{line}\n" for line in lines)


def _fields(schema: Schema, known: Mapping[str, object], indent: str) -> Iterator[str]:
    for name, child in _properties(schema).items():
        value = known.get(name)
        if isinstance(value, dict):
            value = {key: each for key, each in value.items() if each not in (None, {})}
        if value is None or value == {}:
            yield from (f"{indent}# {line}" for line in _unknown(name, child))
        elif isinstance(value, dict):
            yield f"{indent}{name}:"
            yield from _fields(child, value, f"{indent}  ")
        elif isinstance(value, list):
            yield f"{indent}{name}:"
            for each in value:
                yield from _item(_mapping(child, "items"), each, f"{indent}  ")
        else:
            yield f"{indent}{name}: {_scalar(value)}"


def _item(schema: Schema, value: object, indent: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{indent}- {_scalar(value)}"
        return
    first, *rest = _fields(schema, value, f"{indent}  ")
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _unknown(name: str, schema: Schema) -> Iterator[str]:
    """The lines of a field that is to be filled in: its keys, each with what belongs there."""
    inner = _properties(schema) or _properties(_mapping(schema, "items"))
    yield f"{name}:{'' if inner else '  # ' + _meaning(schema)}"
    dash = "" if _properties(schema) else "- "
    for at, (key, child) in enumerate(inner.items()):
        before = "  " + (dash if at == 0 else " " * len(dash))
        after = "  " + " " * len(dash)
        first, *rest = _unknown(key, child)
        yield before + first
        yield from (after + line for line in rest)


def _meaning(schema: Schema) -> str:
    choices = schema.get("enum")
    said = str(schema.get("description", ""))
    return f"{said} One of: {', '.join(map(str, choices))}." if isinstance(choices, list) else said


def _properties(schema: Schema) -> dict[str, Schema]:
    found = _mapping(schema, "properties")
    return {name: child for name, child in found.items() if isinstance(child, dict)}


def _mapping(schema: Schema, key: str) -> Schema:
    found = schema.get(key)
    return found if isinstance(found, dict) else {}


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = repr(value)
        return f"{value:.12f}".rstrip("0") if "e" in text else text
    text = str(value)
    return text if isinstance(value, int) or is_date(text) else scaffold.yaml_text(text)
