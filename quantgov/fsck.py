"""Whether every pointer is whole and its object here, to the byte: staged, and in commits that were not pushed yet.

git-lfs is not needed: pointers are read from git, objects from where Git LFS keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from quantgov import lfs
from quantgov.attributes import Attributes
from quantgov.errors import UsageError
from quantgov.git import Repository, finish
from quantgov.lfs_status import LEFT, SHOULD_BE_POINTER, Listing
from quantgov.lfs_store import Store
from quantgov.rule import quoted

BROKEN, NOT_CANONICAL, MISSING, CORRUPT, OTHER_SIZE = (
    "broken-pointer",
    "not-canonical",
    "missing-object",
    "corrupt-object",
    "edited-pointer",
)
PULL = "git lfs pull"
AGAIN = "git lfs fsck --objects, which puts it aside; then git lfs pull"
NOWHERE = "no remote has it: git add the file again, from where the data came"
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


def examine(repo: Repository, tick: Callable[[int, int], None]) -> Report:
    """Raises UsageError in a bare repository. `tick` is told how many of how many objects have been read."""
    if repo.top is None:
        raise UsageError("nothing is checked out in a bare repository", "run it in a clone")
    contents = [*_staged(repo), *_unpushed(repo)]
    attributes = _attributes(repo, contents)
    pointers = _pointer_like(repo, contents)
    faults = [fault for each in contents if not each.commit for fault in _plain(repo, each, attributes, pointers)]
    faults += [fault for each, data in pointers.items() for fault in _form(each, data, attributes)]
    whole = {each: lfs.parse(data) for each, data in pointers.items() if lfs.is_pointer(data)}
    store = Store.of(repo)
    faults += _objects(store, whole, {each.oid for each in contents if each.commit}, tick)
    read = {digest for digest, size in whole.values() if store.size(digest) >= 0}
    return Report(sorted(faults), len(whole), sum(map(store.size, read)))


def _staged(repo: Repository) -> list[_Content]:
    listing = Listing(finish(repo.start("ls-files", "-s", "-z")))
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
        message = "given to Git LFS by .gitattributes, but stored as a plain blob"
        yield Fault(each.path, SHOULD_BE_POINTER, message, f"quantgov lfs fix -- {quoted(each.path)}")


def _form(each: _Content, data: bytes, attributes: Attributes) -> Iterator[Fault]:
    path = quoted(each.path)
    if not lfs.is_pointer(data):
        message = "begins as a pointer does, but is none: it was edited by hand"
        yield Fault(each.path, BROKEN, message, EARLIER.format(path=path), each.commit)
    elif not lfs.is_canonical(data) and not each.commit:
        message = "a pointer that git-lfs would write otherwise: it was edited by hand"
        yield Fault(each.path, NOT_CANONICAL, message, f"quantgov lfs fix -- {path}")
    if lfs.is_pointer(data) and not each.commit and not attributes.is_lfs(each.path):
        message = "a pointer, but no line of .gitattributes gives it to Git LFS: it is checked out as text"
        yield Fault(each.path, LEFT, message, f"quantgov lfs fix -- {path}")


def _objects(
    store: Store,
    whole: dict[_Content, tuple[str, int]],
    unpushed: set[str],
    tick: Callable[[int, int], None],
) -> Iterator[Fault]:
    intact: dict[str, bool] = {}
    for number, (each, (digest, size)) in enumerate(whole.items()):
        tick(number, len(whole))
        found = store.size(digest)
        if found < 0:
            help = NOWHERE if each.oid in unpushed else PULL
            yield Fault(each.path, MISSING, f"its object is not here: {digest[:12]}…", help, each.commit)
            continue
        if digest not in intact:
            intact[digest] = store.is_intact(digest)
        if not intact[digest]:
            help = NOWHERE if each.oid in unpushed else AGAIN
            yield Fault(each.path, CORRUPT, f"its object is damaged: {store.path(digest)}", help, each.commit)
        elif found != size:
            message = f"the pointer says {size:,} bytes, and its object has {found:,}: it was edited by hand"
            yield Fault(each.path, OTHER_SIZE, message, EARLIER.format(path=quoted(each.path)), each.commit)
    tick(len(whole), len(whole))
