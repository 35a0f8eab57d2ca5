"""Strategy passports: where they stand, and what is read from them outside their own rules."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quantgov.documents import Document, Plain, Pointer, Violation
    from quantgov.tree import Tree

PASSPORT = "passport.yaml"
ID = r"STR-[0-9]{4}-[0-9]{4}"
STRATEGY_ID = rb"^strategy_id:[ \t]*[\"']?(%b)[\"']?[ \t\r]*(?:#.*)?$" % ID.encode()
PASSPORT_NAMES = (PASSPORT, "passport.yml")
SCHEMA_URL = "https://raw.githubusercontent.com/quantgov/quantgov/main/schemas/strategy-passport.schema.json"
"""What an editor reads to complete and to check a passport while it is written."""
DEPLOYED = ("deployment", "deployment_date")
OUT_OF_SAMPLE = ("validation", "out_of_sample_test")
DATES_IN_ORDER = (
    (("backtest", "start_date"), ("backtest", "end_date"), False),
    (("hypothesis_date",), DEPLOYED, True),
    (DEPLOYED, ("deployment", "last_review_date"), True),
    (DEPLOYED, ("deployment", "suspension", "date"), True),
)
"""An earlier date, a later one, and whether the two may be the same."""


def is_passport(path: str) -> bool:
    return path.rpartition("/")[2] in PASSPORT_NAMES


def nearest_status(tree: Tree, path: str) -> str:
    """The status of the passport in the folder of `path` or the nearest one above; empty where there is none."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        for name in PASSPORT_NAMES:
            data = tree.read_file(f"{folder}/{name}" if folder else name)
            if data is not None:
                return field(data, "status")
    return ""


def field(data: bytes, name: str) -> str:
    """A top-level field of a passport as text; empty where the document or the field cannot be read."""
    from quantgov import documents

    try:
        value = documents.load(data).value
    except documents.DocumentError:
        return ""
    return str(value.get(name, "")) if isinstance(value, dict) else ""


def problems(data: bytes) -> list[Violation]:
    """Why these bytes are no passport; empty if they are one."""
    from quantgov import documents

    return documents.faults(data, "strategy-passport", _disorder)


def _disorder(document: Document) -> Iterator[Violation]:
    """Dates in an order in which nothing happens. What is no date is the schema's to say."""
    for first, last, may_be_equal in DATES_IN_ORDER:
        start, end = _day(_at(document, first)), _day(_at(document, last))
        if start and end and (end < start or (end == start and not may_be_equal)):
            order = "must not be before" if may_be_equal else "must be after"
            message = f"{'.'.join(last)} is {end}; it {order} {'.'.join(first)}, {start}"
            yield _wrong(document, last, message, "correct the one of the two that is wrong")
    message = _wrong_period(_at(document, OUT_OF_SAMPLE))
    if message:
        yield _wrong(document, OUT_OF_SAMPLE, f"{'.'.join(OUT_OF_SAMPLE)} {message}", "write it as START_to_END")


def _wrong_period(text: Plain) -> str:
    """What is wrong with a period that is written as one; empty if nothing is."""
    days = text.split("_to_") if isinstance(text, str) else []
    if len(days) != 2 or not all(map(_day, days)):
        return ""
    unreal = next((day for day in days if not _is_real(day)), "")
    if unreal:
        return f"names {unreal}, which is not a real date"
    return f"ends on {days[1]}, which is not after {days[0]}" if days[1] <= days[0] else ""


def _at(document: Document, pointer: Pointer) -> Plain:
    value = document.value
    for key in pointer:
        value = value.get(str(key)) if isinstance(value, dict) else None
    return value


def _day(value: Plain) -> str:
    """The value if it is written as a date; as such it sorts like one. Else empty."""
    return value if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) else ""


def _is_real(day: str) -> bool:
    from datetime import date

    try:
        return bool(date.fromisoformat(day))
    except ValueError:
        return False


def _wrong(document: Document, pointer: Pointer, message: str, help: str) -> Violation:
    from quantgov import documents

    mark = document.mark(pointer)
    return documents.Violation(message, pointer, mark.line, mark.column, help)


def owners(tree: Tree, folder: str, more: Iterable[str] = ()) -> dict[str, list[str]]:
    """Each strategy id in the tree with the paths of the passports that carry it."""
    return owners_of(tree, sorted({path for path in tree.paths(folder) if is_passport(path)}.union(more)))


def owners_of(tree: Tree, paths: Iterable[str]) -> dict[str, list[str]]:
    """Each strategy id that these paths carry in the tree, with those that do."""
    tree.prefetch([entry.oid for path in paths if (entry := tree.entry(path)) and entry.is_file])
    found: dict[str, list[str]] = {}
    for path in paths:
        strategy_id = id_in(tree.read_file(path) or b"")
        if strategy_id:
            found.setdefault(strategy_id, []).append(path)
    return found


def id_in(data: bytes) -> str:
    """The id in a passport's bytes; empty where there is none. Hardly any has to be parsed for it."""
    match = re.search(STRATEGY_ID, data, re.MULTILINE)
    if match:
        return match[1].decode()
    named = field(data, "strategy_id") if b"strategy_id" in data else ""
    return named if re.fullmatch(ID, named) else ""


def position(tree: Tree, path: str, key: str) -> tuple[int, int]:
    """Line and column of a top-level value of the passport at `path`."""
    from quantgov import documents

    try:
        mark = documents.load(tree.read_file(path) or b"").mark((key,))
    except documents.DocumentError:
        return 1, 1
    return mark.line, mark.column


def next_free_id(like: str, taken: Iterable[str]) -> str:
    """The lowest id of the same year above all that are taken: ids are never given twice, not even after a gap."""
    year = like[4:8]
    numbers = [int(each[9:]) for each in taken if each[4:8] == year]
    return f"STR-{year}-{max(numbers, default=0) + 1:04d}"
