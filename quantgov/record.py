"""A result record: one backtest, what it ran on and what came out, as a document below the results folder.

Source of the form: S1 section 6.2. What quantgov adds to it lets the run be done again.
"""

from __future__ import annotations

import re

from quantgov.page import Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from quantgov.change import Blob
    from quantgov.documents import Document
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

SCHEMA = "result-record"
API_VERSION, KIND = "quantgov/v1", "ResultRecord"
SUFFIXES = (".yaml", ".yml")
LIMIT = 1 << 20
"""Bytes that a document may have: what is larger is some other result, and is not read."""
OWN_ID = r"exp_\d{8}_\d{6}_[0-9a-f]{12}"
"""UTC, and the beginning of a SHA-256 digest of the record."""
LOGGED_ID = r"exp_\d{8}_\d{6}_[0-9a-f]{8}"
"""S1 section 6.3: local time, and the beginning of an MD5 digest of the parameters."""
WRITTEN_LATER = ("experiment_id", "conclusion", "next_steps")
"""What an id does not speak for: itself, and what people write about the result."""


class Record(Page):
    """A record at a path of a tree."""

    __slots__ = ("path",)

    def __init__(self, path: str, document: Document | None) -> None:
        super().__init__(document)
        self.path = path

    @property
    def id(self) -> str:
        return self.text("experiment_id")

    @property
    def is_ours(self) -> bool:
        """Whether quantgov wrote it, so that it holds all that a rerun needs."""
        return self.text("kind") == KIND

    @property
    def is_hashed(self) -> bool:
        """Whether its id speaks for all that it says, and not just for its parameters."""
        return self.is_ours or bool(re.fullmatch(OWN_ID, self.id))

    @property
    def expected_id(self) -> str:
        """The id that its contents give; its own where a person gave it one, which only another's record may have."""
        if self.is_hashed:
            return new_id(self.value, self.text("run", "time") or self.id)
        if re.fullmatch(LOGGED_ID, self.id):
            return self.id[:-8] + _digest_of_parameters(self.get("parameters"))
        return self.id

    @property
    def data(self) -> dict[str, object]:
        """Its data manifest, in the form of schemas/data-manifest.schema.json; empty where it has none."""
        found = self.get("data")
        return found if isinstance(found, dict) else {}

    @property
    def is_dirty(self) -> bool:
        return self.get("run", "dirty") is True

    @property
    def code(self) -> str:
        """Git's name of the tree of the strategy's own code that ran; empty where it does not say."""
        return self.text("run", "code", "strategy")

    @property
    def code_is_named(self) -> bool:
        return isinstance(self.get("run", "code"), dict)

    @property
    def strategy(self) -> str:
        """The strategy by its id, else by the name that the record has for it."""
        return self.text("strategy_id") or self.text("strategy")

    def is_of(self, of: Strategy) -> bool:
        """Whether it is a strategy's: of its id, or where it names none, of its folder's name or of its own."""
        named = self.text("strategy_id")
        return named == of.id if named else bare(self.text("strategy")) in set(map(bare, (of.id, of.slug, of.title)))

    @property
    def symbols(self) -> list[str]:
        listed = self.get("backtest_config", "symbols")
        return [str(each) for each in listed] if isinstance(listed, list) else []

    @property
    def command(self) -> list[str]:
        """What was run, word by word; empty where it does not say."""
        listed = self.get("run", "command")
        return [str(each) for each in listed] if isinstance(listed, list) else []

    @property
    def time(self) -> str:
        """When it ran, or the day of it; orders records. The team's own logger writes 20240310_174044."""
        logged = re.fullmatch(r"(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)", self.text("timestamp"))
        own = "{}-{}-{}T{}:{}:{}".format(*logged.groups()) if logged else ""
        return self.text("run", "time") or self.text("date") or own

    def metrics(self) -> dict[str, float]:
        """What came out, by the metric's name; those that are not known are left out."""
        return {name: value for name in self.names("results") if (value := self.number("results", name)) is not None}

    def names(self, *pointer: str) -> list[str]:
        """The keys of a mapping in it."""
        found = self.get(*pointer)
        return list(found) if isinstance(found, dict) else []


def bare(name: str) -> str:
    """A name as it is compared: earnings_gap, Earnings Gap and earnings-gap are one."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-")


def new_id(value: Mapping[str, object], time: str) -> str:
    """The id of a record that ran at a time, YYYY-MM-DDTHH:MM:SSZ; or at the time that another id begins with."""
    digits = re.sub(r"\D", "", time)
    return f"exp_{digits[:8]}_{digits[8:14]}_{digest_of_terms(value)[:12]}"


def digest_of_terms(value: Mapping[str, object]) -> str:
    """SHA-256 of all that a record says but for its id and what people write about it, however YAML spells it."""
    import hashlib
    import json

    terms = {key: each for key, each in value.items() if key not in WRITTEN_LATER}
    text = json.dumps(_plain(terms), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _plain(value: object) -> object:
    """With every whole number as one: YAML and its editors write 3 and 3.0 for each other."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _digest_of_parameters(parameters: object) -> str:
    import hashlib
    import json

    text = json.dumps(parameters, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8]


def digest_of(files: Iterable[tuple[str, str]]) -> str:
    """The digest of data in one file, which is its own, or in several: of the lines that `sha256sum` prints of them.

    `files` are paths and their SHA-256 digests, in hexadecimal. Raises ValueError for none.
    """
    import hashlib

    listed = sorted(files)
    if not listed:
        raise ValueError("no files to digest")
    if len(listed) == 1:
        return f"sha256:{listed[0][1]}"
    lines = "".join(f"{sha256}  {path}\n" for path, sha256 in listed)
    return f"sha256:{hashlib.sha256(lines.encode('utf-8', 'surrogateescape')).hexdigest()}"


def path_of(folder: str, slug: str, date: str, symbols: Iterable[str], number: int) -> str:
    """Where a record stands: `<folder><family>/<date>_<symbol>_<strategy>_v<number>.yaml` (S1 L363-373)."""
    family = _in_path(slug)
    named = list(symbols)
    symbol = _in_path(named[0].partition(".")[0]) if len(named) == 1 else ""
    return f"{folder}{family}/{date}_{symbol or 'multi'}_{family}_v{number}.yaml"


def _in_path(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def may_be_record(path: str, policy: Policy) -> bool:
    """Whether a path is one at which a record may stand."""
    return policy.is_result(path) and path.endswith(SUFFIXES)


def of_blob(blob: Blob, policy: Policy) -> Record | None:
    """The record that a file is; None where it is some other one."""
    return of(blob.path, blob.data) if may_be_record(blob.path, policy) and blob.size <= LIMIT else None


def of(path: str, data: bytes) -> Record | None:
    """The record in these bytes; None where they are some other result, or no document."""
    if b"experiment_id" not in data:
        return None
    from quantgov import documents

    try:
        document = documents.load(data)
    except documents.DocumentError:
        return None
    found = Record(path, document)
    return found if found.id else None


def at(tree: Tree, path: str, mention: bytes = b"experiment_id") -> Record | None:
    """The record at a path of a tree, if it mentions something; None where none stands there."""
    entry = tree.entry(path)
    if entry is None or not entry.is_file or tree.size_of(entry.oid) > LIMIT:
        return None
    data = tree.content(entry.oid)
    return of(path, data) if mention in data else None


def every(tree: Tree, policy: Policy) -> list[Record]:
    """The records of a tree, oldest first; of one moment in the order of their paths."""
    return sorted(mentioning(tree, policy, b"experiment_id"), key=lambda each: (each.time, each.path))


def mentioning(tree: Tree, policy: Policy, mention: bytes) -> Iterator[Record]:
    """The records of a tree whose bytes mention something. Only those are parsed."""
    paths = [path for path in tree.paths(policy.results) if may_be_record(path, policy)]
    tree.prefetch([entry.oid for path in paths if (entry := tree.entry(path)) and entry.is_file])
    return (each for path in paths if (each := at(tree, path, mention)))
