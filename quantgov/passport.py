"""Strategy passports: where they stand, and what is read from them outside their own rules."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantgov.documents import Violation
    from quantgov.tree import Tree

PASSPORT = "passport.yaml"
STRATEGY_ID = rb"^strategy_id:[ \t]*[\"']?(STR-\d{4}-\d{4})[\"']?[ \t\r]*(?:#.*)?$"
PASSPORT_NAMES = (PASSPORT, "passport.yml")


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

    return documents.faults(data, "strategy-passport")


def owners(tree: Tree, folder: str, more: Iterable[str] = ()) -> dict[str, list[str]]:
    """Each strategy id in the tree with the paths of the passports that carry it."""
    return owners_of(tree, sorted({path for path in tree.paths(folder) if is_passport(path)}.union(more)))


def owners_of(tree: Tree, paths: Iterable[str]) -> dict[str, list[str]]:
    """Each strategy id that these paths carry in the tree, with those that do."""
    tree.prefetch([entry.oid for path in paths if (entry := tree.entry(path)) and entry.is_file])
    found: dict[str, list[str]] = {}
    for path in paths:
        match = re.search(STRATEGY_ID, tree.read_file(path) or b"", re.MULTILINE)
        if match:
            found.setdefault(match[1].decode(), []).append(path)
    return found


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
