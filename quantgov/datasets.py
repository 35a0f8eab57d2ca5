"""The team's dataset snapshots, data/datasets.yaml: what stands there of a name and a version never changes."""

from __future__ import annotations

from quantgov.digests import PREFIX, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from quantgov.documents import Document, Plain, Violation
    from quantgov.tree import Tree

PATH = "data/datasets.yaml"
SCHEMA = "datasets"
HELP = "name the snapshot that the run read, or put it on record: quantgov manifest snapshot NAME PATH --version V"


class Dataset:
    """One snapshot, as its entry says. `line` and `column` are where the entry starts."""

    __slots__ = ("column", "line", "value")

    def __init__(self, value: Mapping[str, Plain], line: int = 1, column: int = 1) -> None:
        self.value = dict(value)
        self.line = line
        self.column = column

    @property
    def name(self) -> str:
        return str(self.value["name"])

    @property
    def version(self) -> str:
        return str(self.value["version"])

    @property
    def id(self) -> str:
        """How a manifest names it."""
        return f"{self.name}@{self.version}"

    @property
    def path(self) -> str:
        """Where it lies; a folder ends with its slash."""
        return str(self.value["path"])

    @property
    def sha256(self) -> str:
        return str(self.value["sha256"])

    @property
    def digest(self) -> str:
        """As a manifest has it."""
        return f"{PREFIX}{self.sha256}"

    @property
    def size(self) -> int | None:
        size = self.value.get("size")
        return size if isinstance(size, int) else None

    @property
    def code(self) -> tuple[str, ...]:
        """Patterns of the code that makes it."""
        found = self.value.get("code")
        return tuple(map(str, found)) if isinstance(found, list) else ()

    def holds(self, path: str) -> bool:
        """Whether a file is its own, or one of its folder's."""
        return path == self.path or path.startswith(f"{self.path.rstrip('/')}/")


def of(tree: Tree) -> list[Dataset]:
    """The snapshots that a tree names, in the order of their entries; none where it has no registry to be read."""
    data = tree.read_file(PATH)
    return of_data(data) if data is not None else []


def of_data(data: bytes) -> list[Dataset]:
    """The snapshots in a registry's bytes; none where they do not fit the schema."""
    from quantgov import documents

    try:
        document = documents.load(data)
    except documents.DocumentError:
        return []
    return list(_entries(document)) if documents.is_valid(document.value, SCHEMA) else []


def _entries(document: Document) -> Iterator[Dataset]:
    value = document.value
    listed = value.get("datasets") if isinstance(value, dict) else None
    for at, each in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(each, dict):
            mark = document.mark(("datasets", at))
            yield Dataset(each, mark.line, mark.column)


def named(known: Iterable[Dataset], id: str) -> Dataset | None:
    """The snapshot that a manifest names as name@version."""
    return next((each for each in known if each.id == id), None)


def matching(known: Iterable[Dataset], digest: str) -> Dataset | None:
    """The newest snapshot of these very bytes, by their digest as a manifest has it."""
    return next((each for each in reversed(list(known)) if each.digest == digest), None)


def fault(known: Sequence[Dataset], facts: Mapping[str, object]) -> str:
    """What is wrong with the dataset that a manifest names, beside those that there are; empty if nothing is."""
    from quantgov.message import did_you_mean

    id, digest = str(facts["dataset"]), str(facts.get("digest", ""))
    found = named(known, id)
    if not found:
        return f"{id} is not in {PATH}{did_you_mean(id, [each.id for each in known])}"
    if digest in ("", found.digest):
        return ""
    return f"{id} is {short(found.digest)} in {PATH}, and this is {short(digest)}"


def problems(data: bytes) -> list[Violation]:
    """Why these bytes are no registry; empty if they are one."""
    from quantgov import documents

    return documents.faults(data, SCHEMA, _repeated)


def _repeated(document: Document) -> Iterator[Violation]:
    """Entries that say again what a name and a version are."""
    from quantgov import documents

    first: dict[str, int] = {}
    for each in _entries(document):
        if not {"name", "version"} <= each.value.keys():
            continue
        if each.id in first:
            message = f"{each.id} is here twice, first on line {first[each.id]}"
            yield documents.Violation(message, (), each.line, each.column, "give the new data a version of its own")
        first.setdefault(each.id, each.line)
