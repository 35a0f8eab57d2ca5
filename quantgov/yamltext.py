"""Plain data as YAML: block style, keys in their order, and every scalar so that all readers take it for the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

WIDTH = 116
BARE = re.compile(r"[A-Za-z_/][\w./@+-]*", re.ASCII)
"""Text that needs no quotes wherever it stands, unless it is a word with a meaning of its own."""
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?")
"""Dates and moments are text to every loader here, and people write them bare."""


def written(value: Mapping[str, object]) -> bytes:
    """The document. Raises ValueError for a text that is no UTF-8."""
    return "".join(f"{line}\n" for line in _mapping(value, "")).encode()


def _mapping(value: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, each in value.items():
        yield from _entry(f"{indent}{scalar(key)}:", each, indent)


def _entry(head: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, f"{indent}  ")
    elif isinstance(value, list | tuple) and value:
        yield from _sequence(head, value, f"{indent}  ")
    else:
        yield f"{head} {scalar(value)}"


def _sequence(head: str, values: list[object] | tuple[object, ...], indent: str) -> Iterator[str]:
    if any(isinstance(each, Mapping | list | tuple) and each for each in values):
        yield head
        for each in values:
            yield from _item(each, indent)
    else:
        yield from _flow(head, [scalar(each) for each in values], indent)


def _item(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        first, *rest = _mapping(value, f"{indent}  ")
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    else:
        yield from _entry(f"{indent}-", value, indent)


def _flow(head: str, words: list[str], indent: str) -> Iterator[str]:
    """In one line where that holds it, else in as few as do."""
    line = f"{head} ["
    for at, word in enumerate(words):
        word += "," if at < len(words) - 1 else "]"
        if len(line) + len(word) > WIDTH and line.strip() and not line.endswith("["):
            yield line.rstrip()
            line = indent
        line += f"{word} "
    yield line.rstrip()


def scalar(value: object) -> str:
    """A scalar, or an empty list or mapping, on one line."""
    if isinstance(value, Mapping | list | tuple):
        return "{}" if isinstance(value, Mapping) else "[]"
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    return _number(value) if isinstance(value, float) else _text(str(value))


def _number(value: float) -> str:
    """With a point, and a sign in the exponent: without them YAML 1.1 takes it for text."""
    mantissa, e, exponent = repr(value).partition("e")
    point = "" if "." in mantissa else ".0"
    sign = "" if not e or exponent.startswith("-") else "+"
    return f"{mantissa}{point}{e}{sign}{exponent.lstrip('+')}"


def _text(text: str) -> str:
    is_bare = BARE.fullmatch(text) and text.casefold() not in WORDS
    if is_bare or DATE.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escaped(char) for char in quoted)


def _escaped(char: str) -> str:
    number = ord(char)
    if 0xD800 <= number < 0xE000:
        raise ValueError("a name that is no UTF-8")
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
