"""The one YAML loader, strict and with line marks, and the validation of what it loaded.

Imported only when a YAML document is judged: `yaml` alone costs more than a bare interpreter start.
"""

from __future__ import annotations

import functools
import os
import re

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from quantgov.errors import QuantgovError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from jsonschema_rs import Draft202012Validator, EmailOptions
    from yaml import _yaml, error
    from yaml.events import CollectionStartEvent, NodeEvent

    Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"
    Pointer: TypeAlias = tuple[str | int, ...]
    Place: TypeAlias = _yaml.Mark | error.Mark | None

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_NODES = 100_000
MAX_DIGITS = 18  # what every reader holds exactly in 64 bits

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_AMBIGUOUS = {
    spelled: meaning
    for word, meaning in (("yes", "true"), ("on", "true"), ("no", "false"), ("off", "false"))
    for spelled in (word, word.capitalize(), word.upper())
}
# Refused is what YAML 1.1 (PyYAML, which a strategy's own code reads with) and YAML 1.2 take differently.
_NUMBER = (
    r"(?P<integer>[-+]?(?:0|[1-9][0-9]*))"
    r"|(?P<octal>[-+]?0(?:[0-9_]+|x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+))"
    r"|(?P<float>[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?|\.[0-9]+(?:[eE][-+][0-9]+)?)"
    r"|(?P<unclear>[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<infinite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_NUMBER_STARTS = frozenset("+-.0123456789")


class Mark:
    """A place in a document; line and column count from 1, columns in characters."""

    __slots__ = ("column", "line")

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


class DocumentError(QuantgovError):
    """The bytes are no document: not YAML, or YAML that two readers would read differently."""

    def __init__(self, message: str, line: int = 1, column: int = 1, help: str = "") -> None:
        super().__init__(message, help)
        self.line = line
        self.column = column


class Document:
    """Plain data, and where each part of it stands. Without places every mark is line 1, column 1."""

    __slots__ = ("_marks", "_places", "value")

    def __init__(self, value: Plain, places: Sequence[Place] = ()) -> None:
        self.value = value
        self._places = places
        self._marks: dict[Pointer, tuple[Mark, Mark]] = {}

    def mark(self, pointer: Pointer) -> Mark:
        """Where the value at `pointer` starts, or its nearest parent that exists."""
        return self._find(pointer)[1]

    def key_mark(self, pointer: Pointer) -> Mark:
        """Where the key of the value at `pointer` starts; the value itself for the root and in a list."""
        return self._find(pointer)[0]

    def _find(self, pointer: Pointer) -> tuple[Mark, Mark]:
        if not self._marks:
            start = Mark(1, 1)
            self._marks = {(): (start, start), **dict(_located(self.value, iter(self._places)))}
        while pointer not in self._marks:
            pointer = pointer[:-1]
        return self._marks[pointer]


def mark_of(place: Place) -> Mark:
    return Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)


def _located(
    value: Plain, places: Iterator[Place], pointer: Pointer = (), key: Mark | None = None
) -> Iterator[tuple[Pointer, tuple[Mark, Mark]]]:
    """Pairs parts with places noted in document order: each value before its parts, each key before its value."""
    mark = mark_of(next(places, None))
    yield pointer, (key or mark, mark)
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _located(child, places, (*pointer, name), mark_of(next(places, None)))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _located(child, places, (*pointer, index))


def load(data: bytes) -> Document:
    """The one document in `data`; DocumentError with line and column if it is none, or could be read in two ways.

    Booleans are true and false, dates are text, and what YAML 1.1 and 1.2 read differently is refused. Anchors,
    aliases, tags and merge keys are refused as they are met, so nothing can expand.
    """
    _check_bytes(data)
    builder = _Builder()
    try:
        builder.run(CParser(data))
    except ReaderError as error:
        from quantgov import refusals

        raise refusals.unreadable(data, error) from None
    except MarkedYAMLError as error:
        from quantgov import refusals

        raise refusals.not_yaml(data, error) from None
    return Document(builder.root[0] if builder.root else None, builder.places)


def _check_bytes(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise DocumentError(
            f"{len(data):,} bytes; a document has at most {MAX_BYTES:,}", help="split it, or store it as data"
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError("this is UTF-16", help="save it as UTF-8")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        from quantgov import refusals

        raise refusals.not_utf8(data, error.start) from None


class _Builder:
    """Builds plain data from parse events, in one pass and without recursion, and stops at the first thing refused."""

    __slots__ = ("_into", "_key", "_open", "places", "root")

    def __init__(self) -> None:
        self.root: list[Plain] = []
        self.places: list[Place] = []
        self._into: list[Plain] | dict[str, Plain] = self.root
        self._open: list[list[Plain] | dict[str, Plain]] = []
        self._key: str | None = None

    def run(self, parser: CParser) -> None:
        """Feeds every event to its method. The commonest kind is asked for first: this loop is the loader's cost."""
        while (event := parser.get_event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)  # type: ignore[arg-type] # mypy does not narrow by `type() is`, isinstance is slower
            elif kind is MappingStartEvent:
                self._start(event, {})  # type: ignore[arg-type]
            elif kind is SequenceStartEvent:
                self._start(event, [])  # type: ignore[arg-type]
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._into = self._open.pop()
            elif kind is AliasEvent:
                raise refused(event.start_mark, "an alias", "write the value out")
            elif kind is DocumentStartEvent and self.root:
                raise refused(event.start_mark, "a second document in one file", "give it its own file")

    def _scalar(self, event: ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            raise _decorated(event)
        text = event.value
        if event.style:
            self._put(text, event.start_mark)
        elif text in _WORDS:
            self._put(_WORDS[text], event.start_mark)
        elif text[0] in _NUMBER_STARTS and not _is_like_a_date(text):
            self._put(_number(text, event.start_mark), event.start_mark)
        elif text in _AMBIGUOUS or text == "<<":
            raise _ambiguous(text, event.start_mark)
        else:
            self._put(text, event.start_mark)

    def _start(self, event: CollectionStartEvent, container: list[Plain] | dict[str, Plain]) -> None:
        if event.anchor is not None or event.tag is not None:
            raise _decorated(event)
        if len(self._open) >= MAX_DEPTH:
            raise refused(event.start_mark, f"more than {MAX_DEPTH} levels deep", "flatten it")
        self._put(container, event.start_mark)
        self._open.append(self._into)
        self._into = container

    def _put(self, value: Plain, place: Place) -> None:
        if len(self.places) >= MAX_NODES:
            raise refused(place, f"more than {MAX_NODES:,} values", "split the document, or store it as data")
        into = self._into
        if isinstance(into, list):
            into.append(value)
        elif self._key is None:
            self._key = self._checked_key(value, into, place)
        else:
            into[self._key] = value
            self._key = None
        self.places.append(place)

    def _checked_key(self, value: Plain, into: dict[str, Plain], place: Place) -> str:
        if not isinstance(value, str):
            raise refused(place, f"a key that is {kind_of(value)}", "keys are text: quote it")
        if value in into:
            first = Document(self.root[0], self.places).key_mark((*self._path(), value))
            raise refused(place, f"'{value}' is here twice, first on line {first.line}", "keep one of them")
        return value

    def _path(self) -> Pointer:
        """Where the mapping being filled hangs: at the last entry of everything that is open."""
        return tuple(len(into) - 1 if isinstance(into, list) else next(reversed(into)) for into in self._open[1:])


def refused(place: Place, message: str, help: str) -> DocumentError:
    mark = mark_of(place)
    return DocumentError(message, mark.line, mark.column, help)


def _decorated(event: NodeEvent) -> DocumentError:
    if event.anchor is not None:
        return refused(event.start_mark, f"an anchor (&{event.anchor})", "write the value out wherever it is needed")
    return refused(event.start_mark, "a tag (!)", "delete it, or quote the value if the '!' is part of it")


def _ambiguous(text: str, place: Place) -> DocumentError:
    if text == "<<":
        return refused(place, "a merge key (<<)", "write the keys out")
    help = f'write {_AMBIGUOUS[text]}, or quote it: "{text}"'
    return refused(place, f"'{text}' is a boolean to some readers and text to others", help)


@functools.cache
def _numbers() -> re.Pattern[str]:
    return re.compile(_NUMBER)


def _number(text: str, place: Place) -> int | float | str:
    match = _numbers().fullmatch(text)
    kind = match.lastgroup if match else None
    if kind == "integer" and len(text) <= MAX_DIGITS:
        return int(text)
    if kind == "float" and abs(number := float(text)) != float("inf"):
        return number
    if kind is None:
        return text
    from quantgov import refusals

    raise refusals.odd_number(kind, text, place)


def _is_like_a_date(text: str) -> bool:
    """Digits as in 2026-01-15: text, and the one thing in most passports that begins like a number."""
    return len(text) == 10 and text[4] == text[7] == "-" and (text[:4] + text[5:7] + text[8:]).isdecimal()


def kind_of(value: object) -> str:
    """What a value is, in a researcher's words."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping"


class Violation:
    """One faulty place: what is wrong there, where it stands, and one step that mends it."""

    __slots__ = ("column", "help", "line", "message", "pointer")

    def __init__(self, message: str, pointer: Pointer, line: int, column: int, help: str) -> None:
        self.message = message
        self.pointer = pointer
        self.line = line
        self.column = column
        self.help = help


def schema_text(name: str) -> bytes:
    """The file of a schema: packed inside the package in a wheel, beside it in a source checkout."""
    package = os.path.dirname(os.path.abspath(__file__))
    for folder in (package, os.path.dirname(package)):
        path = os.path.join(folder, "schemas", f"{name}.schema.json")
        if os.path.exists(path):
            with open(path, "rb") as file:
                return file.read()
    raise QuantgovError(f"no schema named {name}", "install quantgov again: its schemas are missing")


def schema(name: str) -> dict[str, object]:
    """A schema as data."""
    import json

    loaded: dict[str, object] = json.loads(schema_text(name))
    return loaded


def is_valid(value: Plain, name: str) -> bool:
    """Whether `value` fits the schema, formats (date, email) included."""
    return _decider(name).is_valid(value)


@functools.cache
def _decider(name: str) -> Draft202012Validator:
    load_decider()
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(schema_text(name).decode(), validate_formats=True, email_options=email_options())


def load_decider() -> None:
    """Import jsonschema_rs without `email.utils`, which it asks for the date of its own build and for nothing else.

    That module brings sockets and calendars along, and costs half as much as an interpreter's start.
    """
    import sys

    if "email.utils" in sys.modules or "jsonschema_rs" in sys.modules:
        return
    stand_in = type(sys)("email.utils")
    stand_in.parsedate_to_datetime = str  # type: ignore[attr-defined]  # all that is asked of it
    sys.modules["email.utils"] = stand_in
    try:
        import jsonschema_rs  # noqa: F401  # for whoever imports it next
    except (AttributeError, ImportError):  # a release that asks for more gets the real one
        sys.modules.pop("jsonschema_rs", None)
    finally:
        del sys.modules["email.utils"]


def email_options() -> EmailOptions:
    """An address that mail reaches and a commit can carry: a domain with a dot, no display name."""
    from jsonschema_rs import EmailOptions

    return EmailOptions(require_tld=True, allow_domain_literal=False, allow_display_text=False)


def violations(document: Document, name: str) -> list[Violation]:
    """Every place where `document` does not fit the schema, in the document's order. Empty exactly if it is valid."""
    if is_valid(document.value, name):
        return []
    from quantgov.explanations import explain

    return in_order(explain(document, schema(name))) or [_unexplained(document, name)]


def in_order(found: Iterable[Violation]) -> list[Violation]:
    return sorted(found, key=lambda violation: (violation.line, violation.column))


def _unexplained(document: Document, name: str) -> Violation:
    """The deciding validator's own words, for what the explaining one accepts: never a refusal without a reason."""
    error = next(_decider(name).iter_errors(document.value))
    pointer = tuple(error.instance_path)
    mark = document.mark(pointer)
    return Violation(error.message, pointer, mark.line, mark.column, f"compare it with the schema {name}")


def faults(
    data: bytes, name: str, more: Callable[[Document], Iterable[Violation]] = lambda document: ()
) -> list[Violation]:
    """Every reason why these bytes are no document of that schema, unreadable ones included. Empty if they are.

    `more` finds what no schema can say.
    """
    try:
        document = load(data)
    except DocumentError as error:
        return [Violation(error.message, (), error.line, error.column, error.help)]
    return in_order([*violations(document, name), *more(document)])
