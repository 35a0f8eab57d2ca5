"""Why a document does not fit its schema, in words a researcher understands.

Reached only once jsonschema_rs has said no. jsonschema walks the schema and finds the places; patterns, formats and
uniqueness are asked of jsonschema_rs here too: Python's `$`, `\\d` and e-mail check accept more than it does, and
jsonschema compares every item of a mixed list with every other.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import jsonschema_rs
from jsonschema import Draft202012Validator, ValidationError, validators

from quantgov.documents import Violation, email_options, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from quantgov.documents import Document, Pointer

    Check: TypeAlias = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]
    Explained: TypeAlias = tuple[str, Pointer, str, bool]  # message, pointer, help, whether the key is at fault

TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
FORMATS = {
    "date": ("a real date", "write it as YYYY-MM-DD"),
    "email": ("an e-mail address", "write it as name@example.com"),
}
LIMITS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "exclusiveMaximum": "less than"}
SIZES = ("minItems", "minProperties", "minLength")
MAX_FAULTS = 50
"""A document with more is not mended from a list, and explaining all of a hostile one would take seconds."""
GRAVEST_FIRST = ("type", "const", "enum", "format", "pattern")
SHOWN = 200


class _Fault:
    """jsonschema's error without the states of one that is still being made."""

    __slots__ = (
        "asked_by",
        "branch",
        "causes",
        "home",
        "in_key_name",
        "keyword",
        "message",
        "name",
        "pointer",
        "schema",
        "value",
        "wanted",
    )

    def __init__(self, error: ValidationError, root: Mapping[str, Any]) -> None:
        self.keyword = str(error.validator)
        self.wanted: Any = error.validator_value
        self.value: Any = error.instance
        self.schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
        self.message = error.message
        self.pointer: Pointer = tuple(error.absolute_path)
        self.name = named(self.pointer)
        condition = _condition(error, root)
        self.asked_by = f": {condition['title']} asks for it" if condition else ""
        self.home = _definition(root, self.pointer) if condition else self.schema
        self.in_key_name = "propertyNames" in error.absolute_schema_path
        self.branch = next(iter(error.schema_path), "")
        self.causes = [_Fault(cause, root) for cause in error.context[:MAX_FAULTS]]


def _condition(error: ValidationError, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The titled part of the schema whose `if` holds and whose `then` is at odds with the value; empty without one."""
    path = list(error.absolute_schema_path)
    return _within(root, path[: path.index("then")]) if "then" in path else {}


def _definition(root: Mapping[str, Any], pointer: Pointer) -> Mapping[str, Any]:
    """What the schema says of a place without conditions."""
    steps: list[tuple[str | int, ...]] = [
        ("items",) if isinstance(part, int) else ("properties", part) for part in pointer
    ]
    return _within(root, chain.from_iterable(steps))


def _within(root: Mapping[str, Any], path: Iterable[str | int]) -> Mapping[str, Any]:
    node: Any = root
    for part in path:
        node = node[part]
    found: Mapping[str, Any] = node
    return found


def explain(document: Document, schema: dict[str, object]) -> list[Violation]:
    """One explanation for each faulty place, the gravest of it; at most MAX_FAULTS of them."""
    places: dict[Pointer, Violation] = {}
    errors = islice(_validator_class()(schema).iter_errors(document.value), MAX_FAULTS)
    for fault in sorted((_Fault(error, schema) for error in errors), key=_gravity):
        for message, pointer, help, at_key in _explained(fault):
            mark = document.key_mark(pointer) if at_key else document.mark(pointer)
            places.setdefault(pointer, Violation(message, pointer, mark.line, mark.column, help))
    return list(places.values())[:MAX_FAULTS]


def _gravity(fault: _Fault) -> int:
    return GRAVEST_FIRST.index(fault.keyword) if fault.keyword in GRAVEST_FIRST else len(GRAVEST_FIRST)


@functools.cache
def _validator_class() -> type[Draft202012Validator]:
    checks: dict[str, Check] = {key: _asked_of_the_decider(key) for key in ("pattern", "format", "uniqueItems")}
    checks["additionalProperties"] = _in_order
    made: type[Draft202012Validator] = validators.extend(Draft202012Validator, checks)  # type: ignore[no-untyped-call]
    return made


def _in_order(validator: Any, allowed: object, value: object, subschema: Any) -> Iterator[ValidationError]:
    """jsonschema walks additional keys as a set: which faults are among the first would change from run to run."""
    if isinstance(allowed, dict) and isinstance(value, dict):
        for key in value:
            if key not in subschema.get("properties", ()):
                yield from validator.descend(value[key], allowed, path=key)
    else:
        yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, allowed, value, subschema)


def _asked_of_the_decider(keyword: str) -> Check:
    @functools.cache
    def decider(expected: object) -> jsonschema_rs.Draft202012Validator:
        options = email_options()
        return jsonschema_rs.Draft202012Validator({keyword: expected}, validate_formats=True, email_options=options)

    def check(validator: object, expected: object, value: object, subschema: object) -> Iterator[ValidationError]:
        if not decider(expected).is_valid(value):
            yield ValidationError(f"not as {keyword} asks")

    return check


def named(pointer: Pointer) -> str:
    """A place as it is written in messages: data_sources[0].endpoints."""
    name = ""
    for part in pointer:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name or "the document"


def shown(value: object) -> str:
    """A value as it is quoted in messages; cut only where no key is that long, since a part of one is not redacted."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "empty"}[value]
    if isinstance(value, list | dict):
        return kind_of(value)
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _explained(fault: _Fault) -> Iterator[Explained]:
    if fault.keyword == "anyOf":
        yield from _alternatives(fault)
    elif fault.in_key_name:
        key = str(fault.value)
        yield f"{key!r} cannot be a key of {fault.name}", (*fault.pointer, key), str(fault.schema["description"]), True
    elif fault.keyword == "required":
        yield from _missing(fault)
    elif fault.keyword == "additionalProperties":
        yield from _unknown(fault)
    elif fault.keyword in ("contains", "minContains"):
        yield _lacking(fault)
    else:
        message, help = _wrong_value(fault)
        yield message, fault.pointer, help, False


def _missing(fault: _Fault) -> Iterator[Explained]:
    """jsonschema says each missing key in an error of its own but names it in prose only: all are said, once each."""
    misspelt = _unknown_keys(fault).values()
    for key in fault.wanted:
        if key not in fault.value and key not in misspelt:
            pointer = (*fault.pointer, key)
            yield f"{named(pointer)} is missing{fault.asked_by}", pointer, _to_add(key, fault), False


def _to_add(key: str, fault: _Fault) -> str:
    """What to write for a key that is missing: the keys below it, else what its schema says of it."""
    meant, asked = (each.get("properties", {}).get(key, {}) for each in (fault.home, fault.schema))
    below = dict.fromkeys((*meant.get("required", ()), *asked.get("required", ())))
    if below:
        return f"add '{key}:' and below it {', '.join(below)}"
    if meant.get("type") == "array":
        return f"add '{key}:' and below it a list, each entry behind '- '"
    if "enum" in meant:
        return f"add a line '{key}: ...', one of: {', '.join(map(str, meant['enum']))}"
    what = re.split(r"[.;]( |$)", str(meant.get("description", "")))[0]
    meaning = what if what[1:2].isupper() else what[:1].lower() + what[1:]
    return f"add a line '{key}: ...', {meaning}" if meaning else f"add a line '{key}: ...'"


def _unknown(fault: _Fault) -> Iterator[Explained]:
    place = f" of {fault.name}" if fault.pointer else ""
    for key, meant in _unknown_keys(fault).items():
        guess = f"; did you mean '{meant}'?" if meant else ""
        help = f"rename it to '{meant}'" if meant else f"delete it; known keys: {', '.join(fault.schema['properties'])}"
        yield f"'{key}' is not a known key{place}{guess}", (*fault.pointer, key), help, True


def _unknown_keys(fault: _Fault) -> dict[str, str]:
    """Keys that the schema refuses, each with the absent key that was probably meant, or nothing."""
    if fault.home.get("additionalProperties") is not False:
        return {}
    known = fault.home["properties"]
    absent = [name for name in known if name not in fault.value]
    unknown = islice((key for key in fault.value if key not in known), MAX_FAULTS)
    return {key: "".join(difflib.get_close_matches(key, absent, 1)) for key in unknown}


def _alternatives(fault: _Fault) -> Iterator[Explained]:
    """Explains the alternative that was probably meant: of the value's own type, with the fewest faults."""
    branches: dict[object, list[_Fault]] = {}
    for cause in fault.causes:
        branches.setdefault(cause.branch, []).append(cause)
    fitting = [causes for causes in branches.values() if not any(_wrong_type(cause, fault) for cause in causes)]
    if not fitting:
        yield _wrong_in_all(fault)
    elif all(cause.keyword == "required" for causes in fitting for cause in causes) and len(fitting) > 1:
        yield _needs_one_of(fault)
    else:
        for cause in min(fitting, key=len):
            yield from _explained(cause)


def _wrong_type(cause: _Fault, fault: _Fault) -> bool:
    return cause.keyword == "type" and cause.pointer == fault.pointer


def _wrong_in_all(fault: _Fault) -> Explained:
    wanted = " or ".join(TYPES[cause.wanted] for cause in fault.causes if _wrong_type(cause, fault))
    return f"{fault.name} is {_kind_and_value(fault)}; it must be {wanted}", fault.pointer, f"write {wanted}", False


def _needs_one_of(fault: _Fault) -> Explained:
    choices = [" and ".join(key for key in branch["required"] if key not in fault.value) for branch in fault.wanted]
    return f"{fault.name} needs {', or '.join(choices)}{fault.asked_by}", fault.pointer, f"add {choices[0]}", False


def _lacking(fault: _Fault) -> Explained:
    """A list without an entry that is asked for; each such entry is a place of its own, as a missing key is."""
    entry, least = fault.schema["contains"], fault.schema.get("minContains", 1)
    if "const" not in entry:
        message = f"{fault.name} has too few entries of the kind asked for{fault.asked_by}"
        return message, fault.pointer, f"add up to {least}: {entry['description']}", False
    wanted = shown(entry["const"])
    message = f"{fault.name} is without {wanted}{fault.asked_by}"
    return message, (*fault.pointer, str(entry["const"])), f"add {wanted} to the list", False


def _wrong_value(fault: _Fault) -> tuple[str, str]:
    """Message and help for a value that is wrong in itself."""
    if fault.keyword in LIMITS:
        limit = f"{LIMITS[fault.keyword]} {fault.wanted}"
        return f"{fault.name} is {shown(fault.value)}; it must be {limit}", f"write a number that is {limit}"
    if fault.keyword in SIZES and fault.value:
        return f"{fault.name} has {len(fault.value)} of at least {fault.wanted}", "add what is missing"
    if fault.keyword in SIZES:
        return f"{fault.name} is empty", "fill it in, or delete the key"
    if fault.keyword == "uniqueItems":
        return f"{fault.name} lists the same thing twice", "keep one of them"
    wording = _WORDINGS.get(fault.keyword)
    return wording(fault) if wording else (f"{fault.name}: {fault.message}", "correct it")


def _type(fault: _Fault) -> tuple[str, str]:
    accepted = [fault.wanted] if isinstance(fault.wanted, str) else fault.wanted
    wanted = " or ".join(TYPES[kind] for kind in accepted)
    unquoted = wanted == "text" and isinstance(fault.value, int | float)
    help = "put it in quotes" if unquoted else f"write {wanted}"
    return f"{fault.name} is {_kind_and_value(fault)}; it must be {wanted}", help


def _kind_and_value(fault: _Fault) -> str:
    """The value and, where it does not show, its kind."""
    evident = fault.value is None or isinstance(fault.value, bool | list | dict)
    return shown(fault.value) if evident else f"{shown(fault.value)} ({kind_of(fault.value)})"


def _enum(fault: _Fault) -> tuple[str, str]:
    choices = [str(choice) for choice in fault.wanted]
    close = difflib.get_close_matches(str(fault.value), choices, 1)
    help = f"write '{close[0]}'" if close else "pick one of these"
    return f"{fault.name} is {shown(fault.value)}; one of: {', '.join(choices)}", help


def _const(fault: _Fault) -> tuple[str, str]:
    wanted = shown(fault.wanted)
    return f"{fault.name} is {shown(fault.value)}; it must be {wanted}", f"write {wanted}"


def _format(fault: _Fault) -> tuple[str, str]:
    wanted, help = FORMATS[fault.wanted]
    return f"{fault.name} is {shown(fault.value)}, which is not {wanted}", help


def _pattern(fault: _Fault) -> tuple[str, str]:
    if fault.wanted == r"\S" or not fault.value:
        return f"{fault.name} is blank", "fill it in, or delete the key"
    example = shown(fault.schema["examples"][0])
    return f"{fault.name} is {shown(fault.value)}, which has not the form of {example}", f"write it like {example}"


_WORDINGS: dict[str, Callable[[_Fault], tuple[str, str]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "format": _format,
    "pattern": _pattern,
}
