"""How the files of a repository stand to Git LFS: as staged, as committed and not pushed, and as its objects are here.

What the index alone decides is kept until the index changes, and nothing heavy is imported to read it again: on
twenty thousand files this is to take little longer than `git ls-files`. git-lfs is not needed.
"""

from __future__ import annotations

import os

from quantgov import lfs
from quantgov.attributes import Attributes
from quantgov.cache import Cache
from quantgov.git import Entry, Repository, decode, encode, finish, parse_raw
from quantgov.ignores import Ignores
from quantgov.lfs_store import CORRUPT, MISSING, PRESENT, Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from quantgov.git import Touched
    from quantgov.policy import Policy
    from quantgov.process import Process

POINTER, MISSING_OBJECT, CORRUPT_OBJECT = "pointer", "missing-object", "corrupt-object"
SHOULD_BE_POINTER, LEFT, OUTSIDE, ALLOWED = (
    "should-be-pointer",
    "pointer-without-line",
    "outside-lfs",
    "plain-by-policy",
)
STATES = {
    POINTER: "a pointer, its object here",
    MISSING_OBJECT: "a pointer, its object not here",
    CORRUPT_OBJECT: "a pointer, its object damaged",
    LEFT: "a pointer that no line gives to Git LFS",
    SHOULD_BE_POINTER: "given to Git LFS, but plain",
    OUTSIDE: "data, or large, and outside Git LFS",
    ALLOWED: "a data file, plain by policy",
}
"""What a file may be, in the order in which it is told, each in words."""
POINTERS = (POINTER, MISSING_OBJECT, CORRUPT_OBJECT)
OBJECT_STATES = {PRESENT: POINTER, MISSING: MISSING_OBJECT, CORRUPT: CORRUPT_OBJECT}
QUOTA = 10 << 30
"""Bytes of storage, and of bandwidth in a month, that GitHub gives an account on its Free plan (REQUIREMENTS C37)."""
TABLE = "lfs"
LISTED = ("ls-files", "-s", "-z", "--full-name", "--", ":/")
"""All of the index, from whatever folder."""
CHECKSUM = 20
WILD = "*?["
SPECIAL = (".gitattributes", ".gitignore", "quantgov.yaml")
"""What decides on the files of a repository; of the last, the one at the root."""


class File:
    """A tracked file: its state, and the object that it points to (of a plain file: no digest, its own size)."""

    __slots__ = ("digest", "ignored", "oid", "path", "size", "state")

    def __init__(self, path: str, oid: str, state: str, digest: str, size: int, ignored: str = "") -> None:
        self.path = path
        self.oid = oid
        self.state = state
        self.digest = digest
        self.size = size
        self.ignored = ignored
        """The line that ignores it all the same, with its place."""


class Pending:
    """What commits or an index bring that no remote has: objects by digest, and plain files that should be none."""

    __slots__ = ("objects", "plain")

    def __init__(self) -> None:
        self.objects: dict[str, int] = {}
        self.plain: dict[str, int] = {}


class Status:
    """`patterns` have their places; `hidden` are sentences on ignore lines; `unpushed` is None without a remote."""

    __slots__ = ("data", "files", "hidden", "patterns", "staged", "stale", "unpushed")

    def __init__(
        self,
        data: str,
        files: Sequence[File],
        patterns: Sequence[tuple[str, str]],
        hidden: Sequence[str],
        staged: Pending,
        unpushed: Pending | None,
        stale: Sequence[str],
    ) -> None:
        self.data = data
        self.files = files
        self.patterns = patterns
        self.hidden = hidden
        self.staged = staged
        self.unpushed = unpushed
        self.stale = stale

    def of(self, *states: str) -> list[File]:
        return [file for file in self.files if file.state in states]

    @property
    def clone_size(self) -> int:
        """Bytes that a clone downloads from Git LFS: each object once."""
        return sum({file.digest: file.size for file in self.of(*POINTERS)}.values())


def survey(repo: Repository) -> Status:
    """Raises UsageError in a bare repository, CannotJudge where git cannot read this one."""
    repo.working_tree()
    repo.start_config()
    unpushed = repo.start("rev-list", "--branches", "HEAD", "--not", "--remotes", "--")
    staged = repo.diff_index("HEAD")
    tracked = Tracked(repo, Cache.of(repo.common_dir))
    store = Store.of(repo)
    files = [_seen(file, store) for file in tracked.files]
    waiting = tracked.pending(staged_changes(repo, staged))
    commits = unpushed.wait().out.decode().split() if repo.remotes() else None
    return Status(
        tracked.data,
        files,
        tracked.patterns,
        tracked.hidden,
        waiting,
        _unpushed(repo, tracked, commits),
        tracked.stale(),
    )


def _seen(file: File, store: Store) -> File:
    if file.state == POINTER:
        file.state = OBJECT_STATES[store.state(file.digest, file.size)]
    return file


def staged_changes(repo: Repository, asked: Process) -> list[Touched]:
    """What differs from HEAD; before the first commit, from nothing."""
    done = asked.wait()
    if done.code:
        nothing = repo.read("hash-object", "-t", "tree", os.devnull).decode().strip()
        done = repo.diff_index(nothing).wait()
    return list(parse_raw(done.out))


def _unpushed(repo: Repository, tracked: Tracked, commits: list[str] | None) -> Pending | None:
    if commits is None:
        return None
    found = repo.diff_commits(commits) if commits else {}
    return tracked.pending([each for touched in found.values() for each in touched])


class Tracked:
    """What the index says of the files that have to do with Git LFS: those given to it, and data files."""

    def __init__(self, repo: Repository, cache: Cache) -> None:
        self._repo = repo
        self._cache = cache
        self._policy: Policy | None = None
        self._attributes: Attributes | None = None
        index, setting = _index_checksum(repo), repo.config("core.ignorecase") or ""
        known = cache.table(TABLE, setting)
        if not index or known.get("index") != index:
            known = self._read(index, known)
            if index:
                cache.keep_table(TABLE, setting, known)
        self._special: dict[str, str] = known["special"]
        self._at_root: dict[str, bytes] = known["at_root"]
        self.data: str = known["data"]
        self.patterns: list[tuple[str, str]] = known["patterns"]
        self.hidden: list[str] = known["hidden"]
        self.files = [File(*row) for row in known["files"]]

    def _read(self, index: str, last: dict[str, Any]) -> dict[str, Any]:
        """Where nothing changed of what decides on files, only those are looked at that are new since last time."""
        listing = Listing(finish(self._repo.start(*LISTED)))
        special = listing.ending(tuple(SPECIAL))
        self._special = {path: oid for path, oid in special if path.rpartition("/")[2] in SPECIAL}
        known = last if last.get("special") == self._special else self._rulings()
        listed = listing.ending(tuple(known["tails"]))
        rows = {row[:2]: row for row in known["files"]}
        rows |= {row[:2]: row for row in self._classified([each for each in listed if each not in rows])}
        return {**known, "index": index, "files": [rows[each] for each in listed if each in rows]}

    def _rulings(self) -> dict[str, Any]:
        """What decides on files, with those of none so far; `tails` are what every path ends with that matters."""
        policy, attributes = self.policy, self.attributes
        patterns = [
            line for path in self._special if path.endswith(".gitattributes") for line in _lines(attributes, path)
        ]
        hidden = [
            f"{each.source}:{each.line} {each.ignored!r} hides {each.hidden()}"
            for each in lfs.conflicts(attributes, Ignores(self._read_special, self._ignorecase), policy.results)
        ]
        return {
            "special": self._special, "at_root": {name: self._read_special(name) or b"" for name in SPECIAL[:2]},
            "data": policy.data, "patterns": patterns, "hidden": hidden,
            "tails": [*policy.suffixes, *(_tail(pattern) for pattern, _ in patterns)], "files": [],
        }  # fmt: skip

    def _classified(self, listed: list[tuple[str, str]]) -> list[tuple[str, str, str, str, int, str]]:
        """The rows of these files, but for those that have nothing to do with Git LFS."""
        if not listed:
            return []
        ignores = Ignores(self._read_special, self._ignorecase)
        self._repo.objects.load_sizes(oid for _, oid in listed)
        pointers = self._pointers([oid for _, oid in listed])
        rows = []
        for path, oid in listed:
            digest, size = pointers.get(oid, ("", self._repo.objects.size(oid)))
            state = _state(path, bool(digest), size, self.attributes, self.policy)
            match = ignores.match(path) if state else None
            ignored = f"{match.source}:{match.line} {match.pattern!r}" if match else ""
            rows += [(path, oid, state, digest, size, ignored)] if state else []
        return rows

    def _pointers(self, oids: Iterable[str]) -> dict[str, tuple[str, int]]:
        """What each blob that is a pointer points to."""
        objects = self._repo.objects
        small = [oid for oid in dict.fromkeys(oids) if objects.size(oid) < lfs.POINTER_MAX]
        parsed = zip(small, map(lfs.parse, objects.contents(small)), strict=True)
        return {oid: found for oid, found in parsed if found[0]}

    def pending(self, touched: Iterable[Touched]) -> Pending:
        """What these changes bring to Git LFS, and what they bring past it."""
        found = Pending()
        known = {file.oid: file for file in self.files}
        after = [(each.path, each.after) for each in touched if each.after and each.after.is_file]
        strange = [(path, entry) for path, entry in after if entry.oid not in known]
        self._repo.objects.load_sizes(entry.oid for _, entry in strange)
        pointers = self._pointers(entry.oid for _, entry in strange)
        for path, entry in after:
            self._sort(found, path, entry, known.get(entry.oid), pointers)
        return found

    def _sort(
        self, found: Pending, path: str, entry: Entry, file: File | None, pointers: dict[str, tuple[str, int]]
    ) -> None:
        digest, size = (file.digest, file.size) if file else pointers.get(entry.oid, ("", 0))
        if digest:
            found.objects[digest] = size
        elif _state(path, False, self._size(entry), self.attributes, self.policy) in (SHOULD_BE_POINTER, OUTSIDE):
            found.plain[path] = self._size(entry)

    def _size(self, entry: Entry) -> int:
        return self._repo.objects.size(entry.oid)

    @property
    def policy(self) -> Policy:
        """The staged one; the defaults where there is none, or none that can be used."""
        if self._policy is None:
            from quantgov import policy as policies
            from quantgov.errors import PolicyError

            self._policy = policies.Policy({})
            data = self._read_special(policies.POLICY_FILE)
            try:
                oid = self._special.get(policies.POLICY_FILE, "")
                self._policy = policies.load(data, oid, cache=self._cache) if data else self._policy
            except PolicyError:
                return self._policy
        return self._policy

    @property
    def attributes(self) -> Attributes:
        if self._attributes is None:
            self._attributes = Attributes(self._read_special, self._ignorecase)
        return self._attributes

    @property
    def _ignorecase(self) -> bool:
        return self._repo.config("core.ignorecase") == "true"

    def _read_special(self, path: str) -> bytes | None:
        oid = self._special.get(path)
        return self._repo.objects.content(oid) if oid else None

    def stale(self) -> list[str]:
        """The two files at the root where they stand otherwise on disk than they are staged; line ends may differ."""
        return [name for name, staged in self._at_root.items() if self._on_disk(name).replace(b"\r\n", b"\n") != staged]

    def _on_disk(self, name: str) -> bytes:
        try:
            with open(os.path.join(self._repo.top or "", name), "rb") as file:
                return file.read()
        except OSError:
            return b""


def _index_checksum(repo: Repository) -> str:
    """What ends the index; empty where there is none, or git was told to write none."""
    try:
        with open(repo.index_file, "rb") as file:
            file.seek(-CHECKSUM, os.SEEK_END)
            checksum = file.read()
    except OSError:
        return ""
    return checksum.hex() if any(checksum) else ""


class Listing:
    """What `LISTED` prints. Of twenty thousand lines only those are taken apart that are asked for."""

    __slots__ = ("_lines", "_lowered")

    def __init__(self, out: bytes) -> None:
        self._lines = out.split(b"\0")
        self._lowered = out.lower().split(b"\0")

    def ending(self, tails: tuple[str, ...]) -> list[tuple[str, str]]:
        """Path and object of each regular file that ends so, in any case; of an unmerged one there is no single one."""
        ends = tuple(encode(tail).lower() for tail in dict.fromkeys(tails))
        pairs = zip(self._lines, self._lowered, strict=True)
        lines = (line.partition(b"\t") for line, lowered in pairs if lowered.endswith(ends))
        fields = ((head.split(b" "), path) for head, _, path in lines if head.startswith(b"100"))
        return [(decode(path), oid.decode()) for (_, oid, stage), path in fields if stage == b"0"]


def _lines(attributes: Attributes, path: str) -> list[tuple[str, str]]:
    lines = attributes.lfs_patterns(path.rpartition("/")[0])
    return [(line.pattern, f"{line.source}:{line.line}") for line in lines if not line.folder_only]


def _tail(pattern: str) -> str:
    """What every path ends with that a pattern matches; empty, as every path ends, where that cannot be told."""
    if "\\" in pattern or "]" in pattern:
        return ""
    return pattern[max(map(pattern.rfind, WILD)) + 1 :].lstrip("/")


def _state(path: str, is_pointer: bool, size: int, attributes: Attributes, policy: Policy) -> str:
    """What a file is; empty for one that has nothing to do with Git LFS, and for one that holds nothing."""
    if not size:
        return ""
    if attributes.is_lfs(path):
        return POINTER if is_pointer else SHOULD_BE_POINTER
    if is_pointer:
        return LEFT
    if lfs.misplaced(path, size, policy)[0]:
        return OUTSIDE
    return ALLOWED if path.lower().endswith(policy.suffixes) else ""
