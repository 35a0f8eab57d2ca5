"""Putting a dataset snapshot on record: an entry in data/datasets.yaml that never changes."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from quantgov import datasets, entrance, profiling
from quantgov.amend import amend
from quantgov.datapaths import name_of
from quantgov.digests import short
from quantgov.errors import UsageError
from quantgov.manifest_lines import DATASET
from quantgov.workspace import read_file, write_file

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap

    from quantgov.documents import Plain
    from quantgov.git import Repository
    from quantgov.ignores import IgnoreMatch
    from quantgov.profiling import Profile

HEAD = b"""\
# The team's dataset snapshots. What stands here of a name and a version never changes: new data is a new version.
# Written by: quantgov manifest snapshot NAME PATH --version V
version: 1
datasets: []
"""
NEVER = "an entry never changes: choose another --version"
HERE = "file"
"""The source type of data whose files are all that is known of their source."""


class Wish(NamedTuple):
    """What somebody says of a snapshot; the rest is read from the data."""

    name: str
    version: str
    namespace: str = ""
    source: str = ""
    source_type: str = ""
    interval: str = ""
    as_of: str = ""
    code: tuple[str, ...] = ()


class Snapshot(NamedTuple):
    """An entry to be written: the registry as it will be, or as it is where the entry is there already.

    `notes` are what the data left open; `hidden_by` is the ignore line that keeps the registry out of Git.
    """

    entry: Mapping[str, Plain]
    place: str
    data: bytes
    is_new: bool
    notes: tuple[str, ...]
    hidden_by: IgnoreMatch | None

    @property
    def id(self) -> str:
        return f"{self.entry['name']}@{self.entry['version']}"


def plan(
    repo: Repository, wish: Wish, paths: Sequence[str], tell: Callable[[int, int], None] = lambda done, total: None
) -> Snapshot:
    """What will be put on record. Raises UsageError for a name that cannot be one, for files that are not there, and
    for a version that is on record with other data."""
    top = repo.working_tree()
    for word in (wish.name, wish.version):
        if not re.fullmatch(DATASET, word):
            raise UsageError(f"{word!r} cannot name a dataset or a version", "letters, digits, '.', '_' and '-'")
    place = os.path.join(top, datasets.PATH)
    names = [name_of(path, top) for path in paths]
    found = profiling.profile(paths, names=names, progress=tell)
    entry = _entry(wish, found, _common(names, paths))
    data = read_file(place) or HEAD
    hidden_by = entrance.staged(repo).ignores.match(datasets.PATH)
    known = _known(data, entry, wish)
    if known:
        return Snapshot(known.value, place, data, False, (), hidden_by)
    amended = amend(data, lambda document: _append(document, entry))
    for problem in datasets.problems(amended):
        raise UsageError(problem.message, problem.help)
    return Snapshot(entry, place, amended, True, found.notes, hidden_by)


def write(of: Snapshot) -> None:
    if of.is_new:
        os.makedirs(os.path.dirname(of.place), exist_ok=True)
        write_file(of.place, of.data)


def next_steps(of: Snapshot) -> list[str]:
    steps = [f"git add {datasets.PATH}", f"git commit -m {shlex.quote(f'data: {of.id} is on record')}"]
    match = of.hidden_by
    if match:
        edit = (
            f"in {match.source}, line {match.line}: /data/* in place of {match.pattern}, and !/{datasets.PATH} below it"
        )
        return [edit, *steps]
    return steps


def _common(names: Sequence[str], paths: Sequence[str]) -> str:
    """The file, or the folder of all of them, with its slash."""
    if len(names) == 1:
        return names[0] + ("/" if os.path.isdir(paths[0]) else "")
    folder = os.path.commonpath(names) if len({name.startswith("/") for name in names}) == 1 else ""
    if not folder:
        raise UsageError("these files lie in no folder of their own", "put them into one, or make a snapshot of each")
    return f"{folder.rstrip('/')}/"


def _entry(wish: Wish, found: Profile, path: str) -> dict[str, Plain]:
    columns: list[Plain] = [{"name": name, "type": kind} for name, kind in found.columns]
    entry: dict[str, Plain] = {
        "name": wish.name,
        "version": wish.version,
        "namespace": wish.namespace,
        "source": wish.source or path,
        "source_type": wish.source_type or (HERE if not wish.source else "other"),
        "path": path,
        "sha256": found.digest.removeprefix("sha256:"),
        "size": sum(each.size for each in found.files),
        "rows": found.rows,
        "symbols": len(found.symbols),
        "interval": wish.interval or found.interval,
        "timestamp_convention": found.timestamp_convention,
        "as_of": wish.as_of or found.as_of or datetime.now(UTC).date().isoformat(),
        "schema": {"columns": columns} if columns else None,
        "code": list(wish.code),
    }
    return {key: value for key, value in entry.items() if value}


def _append(document: CommentedMap, entry: Mapping[str, Plain]) -> None:
    if document.get("datasets"):
        document["datasets"].append(dict(entry))
    else:
        document["datasets"] = [dict(entry)]


def _known(data: bytes, entry: Mapping[str, Plain], wish: Wish) -> datasets.Dataset | None:
    """The entry of that name and version, where it is of these very data and says what is wished."""
    for problem in datasets.problems(data):
        raise UsageError(f"{datasets.PATH}:{problem.line}: {problem.message}", problem.help)
    known = datasets.of_data(data)
    wanted = datasets.Dataset(entry)
    found = datasets.named(known, wanted.id)
    if found and found.sha256 != wanted.sha256:
        message = f"{wanted.id} is on record with other data: {short(found.digest)}, not {short(wanted.digest)}"
        raise UsageError(message, NEVER)
    wished = {key: entry[key] for key, value in wish._asdict().items() if value}
    other = [key for key, value in wished.items() if found and found.value.get(key) != value]
    if found and other:
        raise UsageError(f"{wanted.id} is on record with another {' and '.join(other)}", NEVER)
    return found
