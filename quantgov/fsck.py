"""Whether every pointer is whole and its object here, to the byte: staged, and in commits that were not pushed yet.

git-lfs is not needed: pointers are read from git, objects from where Git LFS keeps them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from quantgov import digests, lfs, lfs_remote
from quantgov.attributes import Attributes
from quantgov.digests import short
from quantgov.git import Repository, finish
from quantgov.lfs_status import LEFT, LISTED, SHOULD_BE_POINTER, Listing, staged_changes
from quantgov.lfs_store import Store
from quantgov.rule import quoted
from quantgov.workspace import Workspace

BROKEN, NOT_CANONICAL, MISSING, CORRUPT, OTHER_SIZE = (
    "broken-pointer",
    "not-canonical",
    "missing-object",
    "corrupt-object",
    "edited-pointer",
)
ASIDE = "git lfs fsck --objects{commit}, which puts it aside; then {way}"
ANEW = "git lfs clean < FILE, which holds the data as it was"
AGAIN = "put the data back in its place, as it was, then: git add --renormalize -- {path}"
EARLIER = "git log -- {path} names the commits; git restore --source=COMMIT --staged --worktree -- {path}"


class Fault(NamedTuple):
    path: str
    kind: str
    message: str
    help: str
    commit: str = ""
    """The commit that brought it, where it is no longer what is staged."""


class Report(NamedTuple):
    faults: list[Fault]
    pointers: int
    size: int
    """Bytes of the objects that were read."""


class _Content(NamedTuple):
    path: str
    oid: str
    commit: str


class _Sources(NamedTuple):
    """Where an object may come from: the remote, its objects where it is a folder, and the blobs that are new."""

    repo: Repository
    remote: str
    there: Store | None
    staged: frozenset[str]
    """In no commit yet."""
    unpushed: frozenset[str]

    def lack(self, digest: str) -> bool:
        return self.there is not None and self.there.size(digest) < 0

    def way(self, each: _Content, digest: str) -> str:
        """What brings the object here, or may."""
        path = quoted(self.repo.from_here(each.path))
        again = ANEW if each.commit else AGAIN.format(path=path)
        if not each.commit and _is_file(os.path.join(self.repo.top or "", each.path), digest):
            return f"git add --renormalize -- {path}"
        if not self.remote or each.oid in self.staged:
            return again
        fetch = f"git lfs fetch {self.remote} {each.commit[:10]}" if each.commit else "git lfs pull"
        rest = again if each.oid in self.unpushed else f"who has it runs: git lfs push --all {self.remote}"
        if self.there is None:
            return f"{fetch}; where that finds nothing, {rest}"
        return rest if self.lack(digest) else fetch


def _is_file(path: str, digest: str) -> bool:
    try:
        return digests.of_file(path) == digest
    except OSError:
        return False


def examine(repo: Repository, tick: Callable[[int, int], None]) -> Report:
    """Raises UsageError in a bare repository. `tick` is told how many of how many objects have been read."""
    repo.working_tree()
    contents = [*_staged(repo), *_unpushed(repo)]
    attributes = _attributes(repo, contents)
    pointers = _pointer_like(repo, contents)
    faults = [fault for each in contents if not each.commit for fault in _plain(repo, each, attributes, pointers)]
    faults += [fault for each, data in pointers.items() for fault in _form(repo, each, data, attributes)]
    whole = {each: lfs.parse(data) for each, data in pointers.items() if lfs.is_pointer(data)}
    store = Store.of(repo)
    states = _states(store, whole, tick)
    if states:
        sources = _sources(repo, {each.oid for each in contents if each.commit})
        faults += [_fault(each, state, whole[each], store, sources) for each, state in states.items()]
    read = {digest for digest, size in whole.values() if store.size(digest) >= 0}
    return Report(sorted(faults), len(whole), sum(map(store.size, read)))


def _sources(repo: Repository, unpushed: Iterable[str]) -> _Sources:
    staged = (each.after.oid for each in staged_changes(repo, repo.diff_index("HEAD")) if each.after)
    remote = lfs_remote.name(repo)
    there = lfs_remote.store(Workspace(repo), remote) if remote else None
    return _Sources(repo, remote, there, frozenset(staged), frozenset(unpushed))


def _staged(repo: Repository) -> list[_Content]:
    listing = Listing(finish(repo.start(*LISTED)))
    return [_Content(path, oid, "") for path, oid in listing.ending(("",))]


def _unpushed(repo: Repository) -> Iterator[_Content]:
    """What commits brought that no remote has; where there is no remote, nothing is ever pushed."""
    commits = repo.new_commits(["HEAD"], ["--remotes"]) if repo.remotes() and repo.commits(["HEAD"])[0] else []
    for commit, touched in repo.diff_commits(commits).items() if commits else ():
        yield from (
            _Content(each.path, each.after.oid, commit) for each in touched if each.after and each.after.is_file
        )


def _attributes(repo: Repository, contents: list[_Content]) -> Attributes:
    files = {each.path: each.oid for each in contents if not each.commit and each.path.endswith(".gitattributes")}
    ignorecase = repo.config("core.ignorecase") == "true"
    return Attributes(lambda path: repo.objects.content(files[path]) if path in files else None, ignorecase)


def _pointer_like(repo: Repository, contents: list[_Content]) -> dict[_Content, bytes]:
    """What begins as a pointer does; each object once, and as it is staged where it is."""
    repo.objects.load_sizes(each.oid for each in contents)
    staged = {each.oid for each in contents if not each.commit}
    wanted = [each for each in contents if not each.commit or each.oid not in staged]
    small = [each for each in dict.fromkeys(wanted) if repo.objects.size(each.oid) < lfs.POINTER_MAX]
    read = zip(small, repo.objects.contents([each.oid for each in small]), strict=True)
    return {each: data for each, data in read if data.startswith(lfs.POINTER_VERSIONS)}


def _plain(
    repo: Repository, each: _Content, attributes: Attributes, pointers: dict[_Content, bytes]
) -> Iterator[Fault]:
    if each not in pointers and repo.objects.size(each.oid) and attributes.is_lfs(each.path):
        yield Fault(each.path, SHOULD_BE_POINTER, lfs.PLAIN, f"quantgov lfs fix -- {quoted(repo.from_here(each.path))}")


def _form(repo: Repository, each: _Content, data: bytes, attributes: Attributes) -> Iterator[Fault]:
    path = quoted(repo.from_here(each.path))
    if not lfs.is_pointer(data):
        message = "begins as a pointer does, but is none: it was edited by hand"
        yield Fault(each.path, BROKEN, message, EARLIER.format(path=path), each.commit)
    elif not lfs.is_canonical(data) and not each.commit:
        message = "a pointer that git-lfs would write otherwise: it was edited by hand"
        yield Fault(each.path, NOT_CANONICAL, message, f"quantgov lfs fix -- {path}")
    if lfs.is_pointer(data) and not each.commit and not attributes.is_lfs(each.path):
        yield Fault(each.path, LEFT, lfs.LEFT, f"quantgov lfs fix -- {path}")


def _states(
    store: Store, whole: dict[_Content, tuple[str, int]], tick: Callable[[int, int], None]
) -> dict[_Content, str]:
    """What is wrong with the object of each pointer, where anything is."""
    intact: dict[str, bool] = {}
    states: dict[_Content, str] = {}
    for number, (each, (digest, size)) in enumerate(whole.items()):
        tick(number, len(whole))
        found = store.size(digest)
        if found >= 0 and digest not in intact:
            intact[digest] = store.is_intact(digest)
        if found < 0:
            states[each] = MISSING
        elif not intact[digest]:
            states[each] = CORRUPT
        elif found != size:
            states[each] = OTHER_SIZE
    tick(len(whole), len(whole))
    return states


def _fault(each: _Content, state: str, named: tuple[str, int], store: Store, sources: _Sources) -> Fault:
    digest, size = named
    if state == OTHER_SIZE:
        message = f"the pointer says {size:,} bytes, and its object has {store.size(digest):,}: it was edited by hand"
        path = quoted(sources.repo.from_here(each.path))
        return Fault(each.path, state, message, EARLIER.format(path=path), each.commit)
    way = sources.way(each, digest)
    if state == CORRUPT:
        commit = f" {each.commit[:10]}" if each.commit else ""
        help = ASIDE.format(commit=commit, way=way)
        return Fault(each.path, state, f"its object is damaged: {store.path(digest)}", help, each.commit)
    nor = f", nor on {sources.remote}" if sources.lack(digest) else ""
    return Fault(each.path, state, f"its object is not here{nor}: {short(digest)}", way, each.commit)
