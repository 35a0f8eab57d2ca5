"""What is said of bytes that are no document. Reached only once something is refused."""

from __future__ import annotations

import re

from quantgov.documents import DocumentError, Mark, mark_of, refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from yaml.error import MarkedYAMLError
    from yaml.reader import ReaderError

    from quantgov.documents import Place


def not_utf8(data: bytes, offset: int) -> DocumentError:
    """For bytes that do not decode, the first of them at `offset`."""
    mark = _offset_mark(data, offset)
    return DocumentError("this is not UTF-8", mark.line, mark.column, "save it as UTF-8")


def _offset_mark(data: bytes, offset: int) -> Mark:
    before = data[:offset].decode(errors="replace")
    return Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))


def unreadable(data: bytes, error: ReaderError) -> DocumentError:
    """For a character that no YAML may hold."""
    mark = _offset_mark(data, error.position)
    if data[error.position] == 0:
        return DocumentError("a NUL byte: this is binary or UTF-16", mark.line, mark.column, "save it as UTF-8 text")
    message = f"a character that YAML does not allow (#x{int(error.character):02X})"
    return DocumentError(message, mark.line, mark.column, "delete it; editors often hide it")


# What libyaml says, what it means, and whether the mistake stands where the construct began.
_SYNTAX = (
    ("while scanning a quoted scalar: found unexpected end", "this quote is never closed", "close the quote", True),
    ("while parsing a flow sequence", "this list is not closed or misses a comma", "write it as [a, b]", True),
    ("while parsing a flow mapping", "this mapping is not closed or misses a comma", "write it as {a: 1, b: 2}", True),
    ("while scanning an alias", "a value cannot begin with '*'", "quote it", True),
    ("while scanning an anchor", "a value cannot begin with '&'", "quote it", True),
    ("cannot start any token", "a value cannot begin with '{0}'", "quote it", False),
    (
        "mapping values are not allowed",
        "a ':' where no key can stand",
        "quote the value if the ':' is part of it, or line the key up with its neighbours",
        False,
    ),
    (
        "expected <document start>",
        "text after the end of the document",
        "delete it, or close what is open before it",
        False,
    ),
)


def not_yaml(data: bytes, error: MarkedYAMLError) -> DocumentError:
    """For what libyaml cannot parse: its finding, reworded where its own words would not help."""
    mark = mark_of(error.problem_mark)
    line = (re.split(r"\r\n|\r|\n", data.decode("utf-8-sig")) + [""] * mark.line)[mark.line - 1]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return DocumentError("a tab indents this line", mark.line, 1, "indent with spaces")
    said = f"{error.context}: {error.problem}"
    for symptom, message, help, at_start in _SYNTAX:
        if symptom in said:
            mark = mark_of(error.context_mark) if at_start else mark
            return DocumentError(message.format(line[mark.column - 1 :][:1]), mark.line, mark.column, help)
    return DocumentError(f"this is not YAML: {error.problem}", mark.line, mark.column, "correct this line")


def odd_number(kind: str, text: str, place: Place) -> DocumentError:
    """For a number that two readers would take differently; `kind` is the part of the pattern that matched it."""
    shown = text if len(text) <= 40 else text[:37] + "..."
    clear = _clear_number(text) if kind == "unclear" else ""
    if kind == "integer":
        return refused(place, f"{shown} is too long for a number that every reader holds exactly", "quote it")
    if kind == "octal":
        return refused(place, f"{shown} is octal, decimal or hexadecimal by reader", "write it in decimal, or quote it")
    if clear:
        return refused(place, f"{shown} is a number to some readers and text to others", f"write {clear}, or quote it")
    return refused(place, f"{shown} is not a finite number", "quote it if it is text, or write a number")


def _clear_number(text: str) -> str:
    """The same number as every reader takes it; empty if it is not finite."""
    digits = text.replace("_", "")
    if digits.lstrip("-+").isdigit():
        return digits
    number = repr(float(digits))
    return "" if "inf" in number else number if "." in number else number.replace("e", ".0e")
