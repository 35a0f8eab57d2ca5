"""Whether the data that manifests speak of are there, and still are what the manifests say."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from quantgov import datasets, digests, lfs, manifests, profiling, provenance, record, results
from quantgov.datapaths import ELSEWHERE, located
from quantgov.errors import EXIT_BLOCKED, EXIT_CANNOT_JUDGE, EXIT_CLEAN, QuantgovError
from quantgov.lfs_store import Store
from quantgov.manifest_lines import is_date, label
from quantgov.manifests import MESSAGE
from quantgov.profiling import folders
from quantgov.rule import quoted

if TYPE_CHECKING:
    from quantgov.git import Entry, Repository
    from quantgov.manifests import Carried, Statement
    from quantgov.profiling import Profile
    from quantgov.tree import Tree

    Facts = Mapping[str, object]
    Progress = Callable[[int, int], None]

OK, DIFFERS, ABSENT, UNKNOWN = "ok", "differs", "absent", "unknown"
AGAIN = "bring back the data that was read, or run it on these: {}"
NO_DATA = "no data: "
"""How the cache of a run begins that read none; the reason follows."""
GAP = 10
"""Days without a bar that any exchange may have in a row."""


class Check(NamedTuple):
    """What a manifest says of one thing, what was found, and the command that mends it."""

    state: str
    subject: str
    said: str
    found: str = ""
    help: str = ""


class Verification(NamedTuple):
    """What became of a manifest; `origins` are the places that say it."""

    origins: tuple[str, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()


def verify(repo: Repository, of: Carried, progress: Progress = lambda done, total: None) -> list[Verification]:
    """Hold each manifest against the data: of records the files that they name, of a message alone its cache."""
    said = next((each.facts for each in of.statements if not each.record), None)
    data = Data(repo, of.commit.tree)
    found = [_verified(same, data, progress) for same in manifests.alike(of.records or of.statements)]
    if said and of.records:
        found.insert(0, Verification((MESSAGE,), tuple(_against_records(said, of))))
    return found


def exit_code(found: Sequence[Verification]) -> int:
    states = {check.state for each in found for check in each.checks}
    return EXIT_BLOCKED if DIFFERS in states else EXIT_CANNOT_JUDGE if ABSENT in states else EXIT_CLEAN


def _against_records(said: Facts, of: Carried) -> Iterator[Check]:
    nearest = provenance.nearest(said, [each.record for each in of.records if each.record])
    denied = provenance.denied(said, nearest.data)
    yield from (Check(DIFFERS, label(key), ours, f"{theirs} in {nearest.path}") for key, ours, theirs in denied)
    if not denied:
        yield Check(OK, "every line", "as the record has it", nearest.path)


class Held(NamedTuple):
    """A file as it is found: its SHA-256 digest, where its bytes lie on disk, and what keeps it from being read."""

    sha256: str = ""
    place: str = ""
    absent: str = ""
    help: str = ""


class Data:
    """The files that manifests name: as a commit has them, else as they lie on disk."""

    def __init__(self, repo: Repository, tree: Tree) -> None:
        self._repo = repo
        self._tree = tree
        self._store = Store.of(repo)
        self._known = datasets.of(tree)

    def find(self, path: str, stack: ExitStack) -> Held:
        """What stands there. Bytes that lie nowhere on disk are written to a folder that the stack takes away."""
        entry = None if path.startswith(ELSEWHERE) else self._tree.entry(path)
        return self._in_tree(path, entry, stack) if entry and entry.is_file else self._on_disk(path)

    def _in_tree(self, path: str, entry: Entry, stack: ExitStack) -> Held:
        pointer = self._tree.content(entry.oid) if self._tree.size_of(entry.oid) < lfs.POINTER_MAX else b""
        pointed = lfs.pointed_at(pointer)
        if pointed:
            return self._in_store(path, pointed)
        here = os.path.join(self._repo.top or "", path)
        digest = digests.of_pieces(self._tree.chunks(entry.oid))
        if self._repo.top and os.path.isfile(here) and digests.of_file(here) == digest:
            return Held(digest, here)
        copy = os.path.join(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="quantgov-")), os.path.basename(path)
        )
        with open(copy, "wb") as file:
            file.writelines(self._tree.chunks(entry.oid))
        return Held(digest, copy)

    def _in_store(self, path: str, digest: str) -> Held:
        here = os.path.join(self._repo.top or "", path)
        stored = self._store.path(digest)
        place = next((each for each in (stored, here) if os.path.isfile(each) and digests.of_file(each) == digest), "")
        if place:
            return Held(digest, place)
        gone = "is damaged in the LFS store" if os.path.isfile(stored) else "is in Git LFS, and not fetched"
        return Held(digest, "", gone, f"git lfs pull --include={quoted(path)}")

    def _on_disk(self, path: str) -> Held:
        place, lacking = located(path, self._repo.top or os.getcwd())
        if lacking:
            return Held(absent=f"{lacking} is not set", help=f"export {lacking}=FOLDER")
        if not os.path.isfile(place):
            return Held(absent="is not there", help=f"bring it back to {shlex.quote(place)}")
        with open(place, "rb") as file:
            pointed = lfs.pointed_at(file.read(lfs.POINTER_MAX))
        return self._in_store(path, pointed) if pointed else Held(digests.of_file(place), place)

    def files_of(self, facts: Facts) -> list[str]:
        """The files that a message's block can mean: those of its dataset, else of its cache."""
        named = datasets.named(self._known, str(facts.get("dataset")))
        path = named.path if named else str(facts.get("cache"))
        folder = path.rstrip("/")
        place, lacking = located(path, self._repo.top or os.getcwd())
        tracked = [each[len(folder) + 1 :] for each in self._tree.paths(f"{folder}/")]
        if not tracked and (self._tree.entry(folder) or os.path.isfile(place)):
            return [folder]
        inside = tracked or ([] if lacking else folders.below(place))
        return [f"{folder}/{each}" for each in list(filter(folders.is_data, inside)) or inside]


def _verified(same: Sequence[Statement], data: Data, progress: Progress) -> Verification:
    """What becomes of one manifest that all of these say."""
    of = same[0]
    wanted = _inputs(of, data)
    with ExitStack() as stack:
        held = []
        for number, path in enumerate(wanted, 1):
            held.append(data.find(path, stack))
            progress(number, len(wanted) + 1)
        rerun = results.rerun(of.record) if of.record else ""
        again = AGAIN.format(rerun)
        pairs = zip(wanted.items(), held, strict=True)
        checks = [_file_check(path, sha256, each, again) for (path, sha256), each in pairs]
        checks += _digest_checks(of, wanted, held)
        is_whole = bool(held) and all(check.state in (OK, UNKNOWN) for check in checks)
        more, notes = _claims(of.facts, list(wanted), held) if is_whole else ([], ())
    progress(len(wanted) + 1, len(wanted) + 1)
    origins = tuple(each.origin for each in same)
    checks += [*more, *_fetched(of.facts)]
    return Verification(origins, tuple(checks), notes) if checks else _unread(origins, of.facts, rerun)


def _unread(origins: tuple[str, ...], facts: Facts, rerun: str) -> Verification:
    """Of a record that lists no files: because none was needed, or it does not say."""
    cache = str(facts.get("cache"))
    if cache.startswith(NO_DATA):
        return Verification(origins, (), (f"it read no data: {cache.removeprefix(NO_DATA)}",))
    return Verification(origins, (Check(UNKNOWN, "Inputs", "not stated", "", rerun),))


def _inputs(of: Statement, data: Data) -> dict[str, str]:
    """Each file with the digest that is on record; empty where the manifest does not say one."""
    if of.record:
        listed = of.record.items("data", "inputs")
        return {str(each.get("path")): str(each.get("sha256")) for _, each in listed}
    return dict.fromkeys(data.files_of(of.facts), "")


def _file_check(path: str, sha256: str, held: Held, again: str) -> Check:
    said = digests.short(sha256) if sha256 else "there"
    if sha256 and held.sha256 and sha256 != held.sha256:
        return Check(DIFFERS, path, said, digests.short(held.sha256), again)
    if held.absent:
        return Check(ABSENT, path, said, held.absent, held.help)
    return Check(OK, path, said, said)


def _digest_checks(of: Statement, wanted: Mapping[str, str], held: Sequence[Held]) -> Iterator[Check]:
    """Of a message its digest; of a record the files have said it already."""
    said = str(of.facts.get("digest", ""))
    if of.record:
        return
    if not held:
        yield Check(
            ABSENT, "Cache", str(of.facts.get("cache")), "is not there", "bring the data back, or fetch it anew"
        )
    elif not said:
        yield Check(UNKNOWN, "Digest", "not stated", "", f"quantgov manifest draft {quoted(next(iter(wanted)))}")
    elif all(each.sha256 for each in held):
        found = record.digest_of(zip(wanted, (each.sha256 for each in held), strict=True))
        shown = [provenance.shown("digest", each) for each in (said, found)]
        yield Check(OK if said == found else DIFFERS, "Digest", *shown)


def _fetched(facts: Facts) -> Iterator[Check]:
    """What was fetched on demand is kept nowhere: only its digest is."""
    listed = facts.get("fetched")
    for each in listed if isinstance(listed, list) else ():
        found = "fetched on demand, and kept nowhere"
        yield Check(UNKNOWN, str(each.get("source")), digests.short(str(each.get("sha256"))), found)


def _claims(facts: Facts, names: Sequence[str], held: Sequence[Held]) -> tuple[list[Check], tuple[str, ...]]:
    """Rows, days and symbols, read from the data themselves; where they cannot be read, the reason."""
    try:
        found = profiling.profile([each.place for each in held], names=names)
    except QuantgovError as error:
        return [], (error.message,)
    checks = [*_rows(facts, found), *_period(facts, found), *_symbols(facts, found)]
    return checks, found.notes if any(check.state == UNKNOWN for check in checks) else ()


def _rows(facts: Facts, found: Profile) -> Iterator[Check]:
    said = facts.get("rows")
    if isinstance(said, int):
        yield _compared("Rows", f"{said:,}", f"{found.rows:,}" if found.rows else "")


def _compared(subject: str, said: str, found: str) -> Check:
    return Check(UNKNOWN if not found else OK if said == found else DIFFERS, subject, said, found or "cannot be read")


def _period(facts: Facts, found: Profile) -> Iterator[Check]:
    """The data may be more than was run on, and begin and end with days without trading."""
    period = facts.get("period")
    start, end = (str(period.get(key)) for key in ("start", "end")) if isinstance(period, dict) else ("", "")
    if not is_date(start) or not is_date(end):
        return
    there = f"{found.start[:10]} to {found.end[:10]}"
    if not found.start:
        yield Check(UNKNOWN, "Period", f"{start} to {end}", "cannot be read")
        return
    short = _days(start, found.start) > GAP or _days(found.end, end) > GAP
    yield Check(DIFFERS if short else OK, "Period", f"{start} to {end}", there)


def _days(first: str, last: str) -> int:
    from datetime import date

    return (date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days


def _symbols(facts: Facts, found: Profile) -> Iterator[Check]:
    """More than was run on may lie in a file; fewer may not."""
    said = facts.get("symbol_set")
    count = said.get("count") if isinstance(said, dict) else None
    if isinstance(count, int):
        there = len(found.symbols)
        state = UNKNOWN if not there else DIFFERS if there < count else OK
        yield Check(state, "Symbol set", f"{count:,}", f"{there:,}" if there else "cannot be read")
