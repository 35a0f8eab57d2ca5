"""The data manifests that a commit carries, in its message and in its result records, and how two differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from quantgov import entrance, manifest, provenance
from quantgov import policy as policies
from quantgov.digests import short
from quantgov.errors import UsageError
from quantgov.manifest_lines import READERS, label

if TYPE_CHECKING:
    from quantgov.change import Commit
    from quantgov.git import Repository
    from quantgov.record import Record

    Facts = Mapping[str, object]

MESSAGE = "the message"
STAGED = "staged"
HELP = "quantgov results list, or: git log --grep='^Data manifest:'"
MORE = ("timestamp_convention", "calendar", "bars", "duplicates", "nulls")
"""What only a record says."""


class Statement(NamedTuple):
    """A data manifest that a commit carries; `record` is where it stands, None where it is the message's block."""

    facts: Facts
    record: Record | None = None

    @property
    def origin(self) -> str:
        return self.record.path if self.record else MESSAGE


class Carried(NamedTuple):
    """A commit, or what is staged, and its manifests: the message's first, then those of records, oldest first."""

    name: str
    commit: Commit
    statements: tuple[Statement, ...]

    @property
    def records(self) -> list[Statement]:
        return [each for each in self.statements if each.record]

    @property
    def fullest(self) -> Statement:
        """The newest record's, which says the most; else the message's."""
        return self.statements[-1]


class Difference(NamedTuple):
    """A line in which two manifests differ; empty where one of them does not say it."""

    field: str
    before: str
    after: str


def carried(repo: Repository, rev: str, *, staged: bool = False) -> Carried:
    """What a revision says of its data. Raises UsageError where it says nothing."""
    if staged:
        change = entrance.drafted(repo, "")
        commit, name = change.commits[0], STAGED
    else:
        commit = entrance.committed(repo, rev)
        change, name = entrance.standing(repo, commit.tree, (), commit.oid), commit.oid[:10]
    policy = policies.of_change(change)
    said = manifest.facts(commit.message)
    found = [Statement(each.data, each) for each in provenance.records(commit, policy) if each.data]
    statements = ((Statement(said),) if said else ()) + tuple(found)
    if not statements:
        raise UsageError(f"{name} says nothing of its data: no manifest, no result record", HELP)
    return Carried(name, commit, statements)


def alike(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Those that say the same, together."""
    found: list[list[Statement]] = []
    for each in statements:
        same = next((those for those in found if those[0].facts == each.facts), None)
        if same:
            same.append(each)
        else:
            found.append([each])
    return found


def differences(before: Facts, after: Facts) -> list[Difference]:
    """Field by field, then file by file, what one manifest says otherwise than the other."""
    fields = [key for key in (*READERS, *MORE) if before.get(key) != after.get(key)]
    found = [Difference(label(key), _shown(key, before), _shown(key, after)) for key in fields]
    files = _files(before), _files(after)
    changed = [path for path in sorted({*files[0], *files[1]}) if files[0].get(path) != files[1].get(path)]
    return found + [Difference(path, *(_short(each.get(path, "")) for each in files)) for path in changed]


def _shown(key: str, facts: Facts) -> str:
    if key not in facts:
        return ""
    value = facts[key]
    if key in READERS:
        return provenance.shown(key, value)
    return ", ".join(f"{each} {name}" for name, each in value.items()) if isinstance(value, dict) else str(value)


def _files(facts: Facts) -> dict[str, str]:
    listed = facts.get("inputs")
    return {str(each.get("path")): str(each.get("sha256")) for each in (listed if isinstance(listed, list) else ())}


def _short(sha256: str) -> str:
    return short(sha256) if sha256 else ""
