"""What a run touched, as a repository has it: its code, its data, the files it read and wrote besides.

The code is what stood on disk when the run began, under the object names that git would give it if it were staged.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import shlex
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from quantgov import digests, strategy
from quantgov.datapaths import DATA_DIR, name_of
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import MODE_FILE, MODE_SYMLINK, Entry, decode, encode
from quantgov.tree import Overlay

if TYPE_CHECKING:
    from quantgov.change import Change
    from quantgov.git import Repository
    from quantgov.policy import Policy
    from quantgov.running import Ran
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
MODE_PROGRAM = 0o100755
LINES_OF_JSON = (".jsonl", ".ndjson")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
CODE = (*strategy.CODE_SUFFIXES, *strategy.COMPILED)
TEXTS = (".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".txt", ".sh", ".sql")
LARGEST = 16 << 20
"""Bytes up to which an unstaged file is hashed: code and configuration, not data."""
NOBODYS = re.compile(r"(^|/)(\.git|[^/]+\.(egg-info|dist-info))/|(^|/)pyvenv\.cfg$")
"""What Python and its installers read of their own in a repository."""
PRIVATE = re.compile(r"(^|/)\.env[^/]*$")
"""Keys: they belong in no record, not even as a digest."""


class OnDisk(Overlay):
    """What is staged, and over it what stood on disk of code and texts when this was made.

    `edited` are the paths that stood there otherwise than they are staged, of whatever kind; those that git ignores
    are not among them. Contents are read when they are asked for, and are those of then or none. Of results, which no
    code is, none is hashed.
    """

    def __init__(self, repo: Repository, top: str, staged: Tree, results: str = "results/") -> None:
        self._repo = repo
        self._top = top
        self._places: dict[str, str] = {}
        self._stood: dict[str, str] = {}
        gone, stands = _listed(repo, top)
        entries: dict[str, Entry | None] = dict.fromkeys(gone)
        entries.update(self._hashed(repo, sorted(path for path in stands if not path.startswith(results or "/"))))
        same = {path for path, entry in entries.items() if entry == staged.entry(path)}  # touched, and no more
        self.edited = frozenset((gone | stands) - same)
        super().__init__(staged, entries)

    def content(self, oid: str) -> bytes:
        if oid not in self._places:
            return super().content(oid)
        path = self._places[oid]
        with open(os.path.join(self._top, path), "rb") as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != self._stood[path]:
            raise CannotJudge(f"{path} was changed while the backtest ran", "run it again")
        return data

    def digest(self, path: str) -> str:
        """SHA-256 of a file as it stood on disk when this was made."""
        if path in self._stood:
            return self._stood[path]
        data = self._repo.read("cat-file", "--filters", f"--path={path}", self.oid(path) or "")
        return hashlib.sha256(data).hexdigest()

    def size_of(self, oid: str) -> int:
        return len(self.content(oid)) if oid in self._places else super().size_of(oid)

    def prefetch(self, oids: list[str]) -> None:
        super().prefetch([oid for oid in oids if oid not in self._places])

    def _hashed(self, repo: Repository, paths: Iterable[str]) -> Iterator[tuple[str, Entry]]:
        """Each as `git add` would have it, its filters run; no object is written."""
        places = ((path, os.path.join(self._top, path)) for path in paths)
        found = [(path, os.lstat(place)) for path, place in places if os.path.lexists(place)]
        links = [path for path, each in found if stat.S_ISLNK(each.st_mode)]
        files = [(path, each.st_mode) for path, each in found if stat.S_ISREG(each.st_mode) and _is_hashed(path, each)]
        for path in links:
            target = os.readlink(encode(os.path.join(self._top, path)))
            yield path, Entry(MODE_SYMLINK, repo.read("hash-object", "--stdin", stdin=target).decode().strip())
        oids = _oids(repo, self._top, [path for path, _ in files]) if files else ()
        for (path, mode), oid in zip(files, oids, strict=True):
            self._places[oid] = path
            self._stood[path] = digests.of_file(os.path.join(self._top, path))
            yield path, Entry(MODE_PROGRAM if mode & stat.S_IXUSR else MODE_FILE, oid)


def _oids(repo: Repository, top: str, paths: Iterable[str]) -> list[str]:
    given = "".join(f"{_quoted(path)}\n" for path in paths)
    return _read(repo, top, "hash-object", "--stdin-paths", stdin=encode(given)).decode().split()


def _read(repo: Repository, top: str, *args: str, stdin: bytes | None = None) -> bytes:
    """What a git command prints that takes files in. Raises CannotJudge where a filter does not let it."""
    done = repo.start("-C", top, *args, stdin=stdin).wait()
    if done.code:
        said = done.err.decode("utf-8", "replace").strip()
        named = re.search(r"^fatal: (.+): clean filter", said, re.MULTILINE)
        step = f"git add {shlex.quote(named[1])}" if named else "git status"
        raise CannotJudge(f"git does not take in what stands on disk:\n{said}", f"{step}, and mend what it says")
    return done.out


def _quoted(path: str) -> str:
    """As git reads paths line by line: within quotes where it would take one for another (C's escapes)."""
    if not re.search(r'^"|[\n\r]', path):
        return path
    escaped = path.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n").replace("\r", r"\r")
    return f'"{escaped}"'


def _listed(repo: Repository, top: str) -> tuple[frozenset[str], frozenset[str]]:
    """The paths that are gone from the disk, and those that stand there otherwise than they are staged."""
    asked = ("ls-files", "-z", "-t", "--modified", "--others", "--deleted", "--exclude-standard")
    lines = decode(_read(repo, top, *asked)).split("\0")[:-1]
    gone = frozenset(line[2:] for line in lines if line.startswith("R "))
    return gone, frozenset(line[2:] for line in lines if not line.endswith("/")) - gone


def _is_hashed(path: str, found: os.stat_result) -> bool:
    is_text = path.endswith(TEXTS) and not is_among_data(path)  # what LFS stores it would store here, too
    return (is_text or path.endswith(CODE)) and found.st_size <= LARGEST


def is_among_data(name: str) -> bool:
    """Whether a path from the root lies where teams keep data: in a folder `data`, or in one that is a cache."""
    return any(folder == "data" or "cache" in folder for folder in name.lower().split("/")[:-1])


class Captured(NamedTuple):
    """What a run touched. Paths in the repository are from its root; `inputs` are absolute, by their name in a record.

    `library_paths` is code from elsewhere in the repository. `differing` is what it ran on and HEAD has not so,
    `unstaged` what the index has not so. `ignored` was read and is not in this repository. `changed` is after it what
    it was not when it was read; `gone` is data of which nobody can say any more what it was. `made` is data that it
    made and that nobody has after it; `outside` it wrote outside the results folder. `tampered` git had already, and it
    wrote to it all the same. `local` are the inputs that no commit can bring to others.
    """

    inputs: Mapping[str, str]
    library_paths: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    artefacts: tuple[str, ...]
    differing: tuple[str, ...]
    unstaged: tuple[str, ...]
    ignored: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    made: tuple[str, ...]
    outside: tuple[str, ...]
    tampered: tuple[str, ...]
    local: tuple[str, ...]


def capture(
    ran: Ran,
    of: Strategy,
    here: OnDisk,
    change: Change,
    policy: Policy,
    top: str,
    *,
    words: Iterable[str] = (),
    data: Iterable[str] = (),
    artefacts: Iterable[str] = (),
) -> Captured:
    """What a run of a strategy touched. `words` are paths that its command names; `data` and `artefacts` are paths
    that were named as such, since nobody saw them read or written.

    Raises UsageError for one that is not there.
    """
    named = expanded(data, policy)
    places = Places(top, policy, of)
    touched = {path for path in (*ran.read, *ran.modules, *words) if places.is_own(path, here)} - set(named)
    within = {name: path for path in touched if (name := places.within(path)) and not NOBODYS.search(name)}
    inputs = {places.name(path): path for path in (*named, *(each for each in ran.read if places.is_data(each)))}
    others = {name: path for name, path in within.items() if name not in inputs and not PRIVATE.search(name)}
    library = sorted({*(name for name in others if places.is_library(name)), *of.library_paths()})
    known = {name for name in others if here.entry(name)}
    plain = sorted(name for name in known if name not in library and not places.is_signal(name))
    used = {*library, *plain, *inputs}
    staged = {each.path for each in change.touched}
    changed = set(_changed({**others, **inputs}, ran))
    own = {places.within(path) for path in set(ran.written) - set(ran.read)}
    written = set(map(places.within, ran.written)) - {""}

    def matters(name: str) -> bool:
        return name in used or places.is_signal(name)

    return Captured(
        inputs=dict(sorted(inputs.items())),
        library_paths=tuple(name for name in library if here.entry(name)),
        files=tuple((name, _digest(name, here, top, changed)) for name in plain),
        artefacts=tuple(sorted(_artefacts(ran, artefacts, places))),
        differing=tuple(sorted(filter(matters, here.edited | staged))),
        unstaged=tuple(sorted(filter(matters, here.edited))),
        ignored=tuple(sorted(set(others) - known - own)),
        changed=tuple(sorted(changed)),
        gone=tuple(sorted(places.name(path) for path in ran.read if places.is_gone(path))),
        made=tuple(path for path in ran.written if path not in ran.read and places.has_data_suffix(path)),
        outside=tuple(path for path in ran.written if places.is_notable(path)),
        tampered=tuple(sorted(name for name in written if change.head.entry(name) and not policy.is_result(name))),
        local=tuple(name for name in inputs if not (name in here.edited or here.entry(name) or is_shared(name))),
    )


def is_shared(name: str) -> bool:
    """Whether an input lies where the team keeps its data."""
    return name.startswith(f"${{{DATA_DIR}}}/")


class Places:
    """Where things stand: in the repository, in the strategy's folder, below the team's data."""

    def __init__(self, top: str, policy: Policy, of: Strategy) -> None:
        self._top = os.path.realpath(top) + os.sep
        self._policy = policy
        self._folder = of.folder
        self._lists = {path for _, each in of.items("data_sources") if (path := _listed_at(of, each))}
        given = os.environ.get(DATA_DIR, "")
        self._data = os.path.realpath(given) + os.sep if given else ""
        self._passing = tuple(os.path.realpath(each) + os.sep for each in (tempfile.gettempdir(), "/dev", "/proc"))

    def within(self, path: str) -> str:
        """From the repository's root; empty for what lies elsewhere."""
        real = os.path.realpath(path)
        return real[len(self._top) :].replace(os.sep, "/") if real.startswith(self._top) else ""

    def name(self, path: str) -> str:
        """As a record names it: from the root, below ${TEAM_DATA_DIR}, or where it lies on this machine."""
        return name_of(path, self._top)

    def is_own(self, path: str, here: OnDisk) -> bool:
        stood = os.path.isfile(path) or here.entry(self.within(path)) is not None
        return stood and not path.startswith(PACKAGE)

    def is_data(self, path: str) -> bool:
        """Whether a file that was read is data: by its ending, and by its place where many things end so."""
        return os.path.isfile(path) and self._is_data(path)

    def may_be_data(self, path: str) -> bool:
        """The same before it is read, by its name."""
        return self.has_data_suffix(path) and not self._policy.is_result(self.within(path))

    def is_gone(self, path: str) -> bool:
        """Whether it was data that was read, and stands there no more."""
        passes = path.startswith(self._passing) and not self.within(path)
        return not os.path.lexists(path) and self._is_data(path) and not passes

    def _is_data(self, path: str) -> bool:
        name = self.within(path)
        if name in self._lists or (name and self._policy.is_result(name)):
            return False
        return self.has_data_suffix(path)

    def has_data_suffix(self, path: str) -> bool:
        lower = path.lower()
        bare = lower[: lower.rfind(".")] if lower.endswith(PACKED) else lower
        if bare.endswith((*self._policy.suffixes, *LINES_OF_JSON)):
            return True
        return bare.endswith(".json") and (bare != lower or self._is_among_data(path))

    def _is_among_data(self, path: str) -> bool:
        below = bool(self._data) and os.path.realpath(path).startswith(self._data)
        return below or is_among_data(self.within(path))

    def is_signal(self, name: str) -> bool:
        return name.startswith(self._folder) and strategy.is_code(name[len(self._folder) :])

    def is_library(self, name: str) -> bool:
        """Whether it is code from outside the strategy's folder, as its tests are not."""
        last = name.rpartition("/")[2]
        is_test = re.fullmatch(strategy.TEST_NAMES, last) is not None
        return name.endswith(CODE) and not name.startswith(self._folder or "/") and not is_test

    def is_artefact(self, path: str) -> bool:
        return os.path.isfile(path) and not os.path.islink(path) and self._policy.is_result(self.within(path))

    def is_notable(self, path: str) -> bool:
        """Whether a file that was written stays, and stays elsewhere than results do."""
        is_hidden = any(part.startswith(".") for part in path.split(os.sep))
        if not os.path.isfile(path) or is_hidden or self.is_artefact(path):
            return False
        return self.has_data_suffix(path) if self.within(path) else not path.startswith(self._passing)


def _listed_at(of: Strategy, source: Mapping[str, object]) -> str | None:
    """Where a data source's list of symbols stands: it says what was asked for, and is no data itself."""
    named = source.get("symbol_list")
    return of.locate(named) if isinstance(named, str) else None


def expanded(paths: Iterable[str], policy: Policy) -> list[str]:
    """The files that were named, folders as the data files below them. Raises UsageError for what is not there."""
    found: list[str] = []
    for path in map(os.path.abspath, paths):
        below = sorted(_below(path, policy)) if os.path.isdir(path) else [path] * os.path.isfile(path)
        if not below:
            raise UsageError(f"{path} was named as data, and no data is there", "name a file, or a folder of files")
        found += below
    return found


def _below(folder: str, policy: Policy) -> Iterator[str]:
    endings = (*policy.suffixes, *LINES_OF_JSON, ".json", *PACKED)
    for here, _, names in os.walk(folder):
        yield from (
            os.path.join(here, name) for name in names if name.lower().endswith(endings) and name[0] not in "._"
        )


def _artefacts(ran: Ran, named: Iterable[str], places: Places) -> set[str]:
    for path in named:
        if not places.is_artefact(path):
            raise UsageError(f"{path} was named as an artefact, and is no file among the results", "write it there")
    return {places.within(path) for path in (*ran.written, *named) if places.is_artefact(path)}


def _changed(used: Mapping[str, str], ran: Ran) -> Iterator[str]:
    """What was written to while it ran, or replaced: whether it read the one or the other, nobody knows.

    Of what it wrote itself, only what it had read before. The time is that of the inode, which nobody can set: files
    are put in the place of others with the time of writing that they came with.
    """
    own = set(ran.written) - set(ran.overwritten)
    folders = {parent for path in used.values() for parent in parents(path)}
    turned = tuple(f"{each}{os.sep}" for each in folders if os.path.islink(each) and _time(each) > ran.began)
    for name, path in used.items():
        if path not in own and (_time(path) > ran.began or path.startswith(turned)):
            yield name


def parents(path: str) -> Iterator[str]:
    """The folders above, the nearest first."""
    while (above := os.path.dirname(path)) != path:
        yield above
        path = above


def _time(path: str) -> float:
    """When a file, or the link to it, was last changed; of one that is gone, later than all."""
    try:
        return max(os.stat(path).st_ctime, os.lstat(path).st_ctime)
    except FileNotFoundError:
        return math.inf


def _digest(name: str, here: OnDisk, top: str, changed: Iterable[str]) -> str:
    return here.digest(name) if name in changed else digests.of_file(os.path.join(top, name))
