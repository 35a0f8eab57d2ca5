"""The register of keys, governance/keys.yaml: who owns which key, in which layer. It never holds a value."""

from __future__ import annotations

from quantgov import documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quantgov.documents import Document, Violation

KEYS_FILE = "governance/keys.yaml"
DEVELOPMENT, CI, PRODUCTION = LAYERS = ("development", "ci", "production")


class Key:
    """One registered key. `line` is where its entry stands in the register."""

    __slots__ = ("expires", "layer", "line", "name", "owner", "rotated_on", "scope", "shared", "storage", "vendor")

    def __init__(self, value: Mapping[str, object], line: int = 0) -> None:
        self.name = str(value["name"])
        self.vendor = str(value["vendor"])
        self.layer = str(value["layer"])
        self.owner = str(value["owner"])
        self.shared = value.get("shared") is True
        self.scope = str(value["scope"])
        self.storage = str(value["storage"])
        self.rotated_on = str(value["rotated_on"])
        self.expires = str(value["expires"])
        self.line = line

    def is_overdue(self, today: str) -> bool:
        """Whether it should have been rotated before `today` (YYYY-MM-DD)."""
        return self.expires < today


def of_data(data: bytes) -> list[Key]:
    """The keys in a register's bytes; none where they cannot be used, as `problems` says."""
    if problems(data):
        return []
    document = documents.load(data)
    return [Key(value, document.mark(("keys", at)).line) for at, value in _entries(document)]


def problems(data: bytes) -> list[Violation]:
    """Why these bytes are no register: unreadable, against the schema, or shared where that is not allowed."""
    return documents.faults(data, "keys") or list(_shared(documents.load(data)))


def _entries(document: Document) -> Iterator[tuple[int, Mapping[str, object]]]:
    values = document.value["keys"] if isinstance(document.value, dict) else None
    assert isinstance(values, list)
    yield from ((at, value) for at, value in enumerate(values) if isinstance(value, dict))


def _shared(document: Document) -> Iterator[Violation]:
    for at, value in _entries(document):
        if value.get("shared") is True and value["layer"] != CI:
            pointer = ("keys", at, "shared")
            mark = document.mark(pointer)
            message = f"keys[{at}] is shared in the layer {value['layer']}; only a key of the layer ci may be"
            yield documents.Violation(message, pointer, mark.line, mark.column, "issue a key for each of its users")


def matching(keys: Sequence[Key], vendor: str, line: str = "") -> list[Key]:
    """The registered keys that a leaked one may be, the likeliest first.

    Those of its vendor count, and those whose name stands in its line; where the line names any of its vendor's, only
    these. `vendor` is empty for a secret that does not tell who issued it.
    """
    named = [key for key in keys if key.name.casefold() in line.casefold()]
    issued = [key for key in keys if vendor and key.vendor == vendor]
    both = [key for key in named if key in issued]
    return both or issued or named
