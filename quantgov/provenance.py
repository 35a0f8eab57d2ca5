"""The data behind the results of a commit: what the records that it writes say of it."""

from __future__ import annotations

from quantgov import lfs, manifest, record
from quantgov.change import WHOLE_LIMIT
from quantgov.datapaths import ELSEWHERE
from quantgov.digests import of_text, short
from quantgov.manifest_lines import REQUIRED, SCHEMA, written
from quantgov.rule import Unjudged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quantgov.change import Change, Commit
    from quantgov.datasets import Dataset
    from quantgov.git import Entry
    from quantgov.policy import Policy
    from quantgov.record import Record
    from quantgov.tree import Tree

    Facts = Mapping[str, object]


def records(commit: Commit, policy: Policy) -> list[Record]:
    """The records that a commit writes, oldest first."""
    entries = {each.path: each.after for each in commit.touched if each.after and each.after.is_file}
    paths = [path for path in entries if record.may_be_record(path, policy)]
    commit.tree.prefetch([entries[path].oid for path in paths])
    found = [each for path in paths if (each := record.of(path, commit.tree.content(entries[path].oid)))]
    return sorted(found, key=lambda each: (each.time, each.path))


def of_runs(commit: Commit, policy: Policy) -> list[Record]:
    """The records that a commit brings. One that only moved, or to which somebody added a conclusion, is not new."""
    before = {each.path: each.before for each in commit.touched if each.before and each.before.is_file}
    left = [entry.oid for path, entry in before.items() if record.may_be_record(path, policy)]
    known = {each.id for oid in left if (each := record.of("", commit.tree.content(oid)))}
    return [each for each in records(commit, policy) if each.id not in known]


def is_complete(data: Facts) -> bool:
    """Whether it says all that a manifest has to."""
    from quantgov import documents

    return all(key in data for key in REQUIRED) and documents.is_valid(dict(data), SCHEMA)  # type: ignore[arg-type]  # a part of one


def speaks_for(commit: Commit, policy: Policy) -> bool:
    """Whether each result that a commit writes is a record that says which data it ran on, or what such a one names."""
    found = [each for each in records(commit, policy) if is_complete(each.data)]
    named = {str(file.get("path")) for each in found for _, file in each.items("run", "artefacts")}
    named.update(each.path for each in found)
    return bool(found) and all(each.path in named for each in manifest.results(commit, policy))


def denied(said: Facts, by: Facts) -> list[tuple[str, str, str]]:
    """The fields of a manifest that a record's own contradicts: each with both values, as people write them."""
    found = [key for key in (*REQUIRED, "as_of", "rows", "digest", "dataset") if key in said and key in by]
    return [(key, shown(key, said[key]), shown(key, by[key])) for key in found if _differs(key, said[key], by[key])]


def _differs(key: str, said: object, by: object) -> bool:
    """Names are free: a set of symbols, a source and a cache may each be called by several."""
    if key == "symbol_set":
        return _counts_differ(_mapping(said), _mapping(by))
    if key == "source":
        return _mapping(said).get("interval") != _mapping(by).get("interval")
    if key == "as_of":
        return str(said)[:10] != str(by)[:10]
    return key != "cache" and said != by


def _counts_differ(said: Facts, by: Facts) -> bool:
    """A part of the symbols must not be called all of them."""
    if said.get("count") != by.get("count"):
        return True
    is_part = by.get("expected") != by.get("count")
    return "expected" in by and said.get("expected") != by["expected"] and (is_part or "expected" in said)


def _mapping(value: object) -> Facts:
    return value if isinstance(value, dict) else {}


def shown(key: str, value: object) -> str:
    """A value as its line has it, a digest by its beginning."""
    text = written(key, value)
    return short(text) if key == "digest" else text


def nearest(said: Facts, found: Sequence[Record]) -> Record:
    """Of several records the one that a message was written of; the newest of those that fit it alike."""
    return min(reversed(found), key=lambda each: len(denied(said, each.data)))


class Strayed:
    """A file that a record says that it read, and what is wrong with that: `place` is its own in the list."""

    __slots__ = ("fault", "place")

    def __init__(self, place: int, fault: str) -> None:
        self.place = place
        self.fault = fault


def strayed(of: Record, change: Change, at: int) -> Iterator[Strayed | Unjudged]:
    """The inputs that are not what the commit holds that brought the record; `at` is its place in the change.

    A file that a later merge brought too may be another one by now.
    """
    for place, given in of.items("data", "inputs"):
        path, sha256 = str(given.get("path")), str(given.get("sha256"))
        held = None if path.startswith(ELSEWHERE) else _held(path, change, at)
        found = digests(change.head, held) if held and held.is_file else [sha256]
        if not found:
            yield Unjudged(f"{path} is too large to be hashed here", of.path)
        elif sha256 not in found and _is_merged_over(path, change, at):
            yield Unjudged(f"a merge may have changed {path} since the run", of.path)
        elif sha256 not in found:
            yield Strayed(place, f"{path} is {short(found[0])} in this commit, and the run read {short(sha256)}")


def _held(path: str, change: Change, at: int) -> Entry | None:
    """What stood at a path in a commit: what it put there, what the next one to touch it found there, or head's."""
    for number, commit in enumerate(change.commits[at:]):
        for each in commit.touched:
            if each.path == path:
                return each.before if number else each.after
    return change.head.entry(path)


def _is_merged_over(path: str, change: Change, at: int) -> bool:
    own = any(each.path == path for each in change.commits[at].touched)
    return not own and any(commit.is_merge for commit in change.commits[at + 1 :])


def digests(tree: Tree, entry: Entry) -> list[str]:
    """The SHA-256 digests that a file of a tree may have in a working tree; none where it is too large to be read.

    Of an LFS pointer what it points at; of a text also with the line ends of Windows.
    """
    if tree.size_of(entry.oid) > WHOLE_LIMIT:
        return []
    data = tree.content(entry.oid)
    pointed = lfs.pointed_at(data)
    return [pointed] if pointed else list(of_text(data))


def is_part(of: Record, dataset: Dataset) -> bool:
    """Whether a run read some files of a dataset, and not all of them: their digest is not the dataset's."""
    inputs = [each for _, each in of.items("data", "inputs")]
    sizes = [size for each in inputs if isinstance(size := each.get("size"), int)]
    inside = bool(inputs) and all(dataset.holds(str(each.get("path"))) for each in inputs)
    return inside and len(sizes) == len(inputs) and dataset.size is not None and sum(sizes) < dataset.size
