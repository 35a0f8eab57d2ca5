"""Searching a change for secrets: the rules on secrets over every content that it brought, one after the other."""

from __future__ import annotations

from quantgov import engine, lfs, policy, rules, waivers
from quantgov.cache import Cache
from quantgov.change import Blob, Change
from quantgov.disk import DiskTree
from quantgov.git import MODE_FILE, Entry
from quantgov.judging import judgement
from quantgov.lfs_store import Store
from quantgov.rule import Outcome, Unjudged
from quantgov.secrets import prefilter
from quantgov.tally import Tally
from quantgov.tree import Tree
from quantgov.verdict import Judgement, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from quantgov.git import Repository
    from quantgov.policy import Policy

CONTENT, TEXT = "QG301", "QG303"
MANY = 50
"""Contents from which loading Hyperscan pays, however small each may be."""
APART = "a repository of its own: search it from inside"
NOT_HERE = "its contents are in Git LFS and were never fetched: git lfs fetch --all"


class LfsTree(Tree):
    """The contents that Git LFS has fetched, by the digests that pointers name."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def has(self, digest: str) -> bool:
        return self._store.size(digest) >= 0

    def content(self, oid: str) -> bytes:
        return b"".join(self.chunks(oid))

    def chunks(self, oid: str) -> Iterator[bytes]:
        return self._store.pieces(oid)

    def size_of(self, oid: str) -> int:
        return self._store.size(oid)


class Search:
    """A change, and all that its search needs. `lfs` asks for the contents behind pointers as well."""

    __slots__ = ("_cache", "_change", "_lfs", "_policy", "_repo", "_tick")

    def __init__(
        self,
        repo: Repository | None,
        change: Change,
        *,
        tick: Callable[[int, int], None],
        lfs: bool = False,
        cached: bool = True,
    ) -> None:
        self._repo = repo
        self._change = change
        self._cache = Cache.of(repo.common_dir) if repo and cached else None
        self._policy = policy.of_change(change, self._cache)
        self._lfs = lfs
        self._tick = tick

    def verdict(self) -> Verdict:
        if isinstance(self._change.head, DiskTree):
            found = [Judgement(self._change, self._policy, [self._contents(self._change.head)])]
        else:
            found = [judgement(self._change, self._cache, select=(CONTENT, TEXT), judging=self._policy)]
        if self._lfs and self._repo:
            found.append(behind(self._repo, pointers(self._change.history()), self._change, self._policy))
        return Verdict(found)

    def _contents(self, files: DiskTree) -> Outcome:
        """They are searched one by one and shown as they go: there is nothing to look up in a cache."""
        tally = Tally(rules.find(CONTENT)[0])
        blobs = list(self._change.blobs())
        if len(blobs) >= MANY:
            prefilter.large()
        for number, blob in enumerate(blobs):
            self._tick(number, len(blobs))
            tally.judge(blob, self._policy)
            blob.forget()
        self._tick(len(blobs), len(blobs))
        tally.unjudged += [Unjudged(APART, path, loud=True) for path in files.apart()]
        return engine.conclude(tally, self._change, self._policy, waivers.today())


def pointers(blobs: Iterable[Blob]) -> Iterator[tuple[str, str]]:
    """The path of each LFS pointer among these, with the digest that it names."""
    for blob in blobs:
        if blob.size < lfs.POINTER_MAX and (digest := lfs.pointed_at(blob.data)):
            yield blob.path, digest


def behind(repo: Repository, named: Iterable[tuple[str, str]], change: Change, used: Policy) -> Judgement:
    """What stands behind LFS pointers, as far as it was fetched; what was not is said to be unsearched."""
    tree = LfsTree(Store.of(repo))
    tally = Tally(rules.find(CONTENT)[0])
    for path, digest in dict.fromkeys(named):
        if tree.has(digest):
            tally.judge(Blob(path, Entry(MODE_FILE, digest), tree), used)
        else:
            tally.unjudged.append(Unjudged(NOT_HERE, path, loud=True))
    return Judgement(change, used, [engine.conclude(tally, change, used, waivers.today())])
