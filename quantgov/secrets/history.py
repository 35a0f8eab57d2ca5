"""Everything that a repository's history holds: which objects there are, their bytes, and where each came from."""

from __future__ import annotations

import os

from quantgov.errors import CannotJudge
from quantgov.git import MISSING, decode, finish
from quantgov.rule import Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from quantgov.git import Repository
    from quantgov.process import Pour

BLOB, COMMIT, TAG = "blob", "commit", "tag"
PIECES_FROM = 4 << 20
"""Bytes of an object from which it is not read at once."""
CONTENTS_ONLY = ("--filter=object:type=blob", "--filter-provided-objects")
UNIT, RECORD = "\x1f", "\x1e"
FORMAT = "%x1e" + "%x1f".join(("%H", "%an", "%ae", "%as"))


class Extent:
    """How much of history is meant: what refs and stashes reach, the reflogs too, or every object there is."""

    __slots__ = ("reflog", "unreachable")

    def __init__(self, *, reflog: bool = False, unreachable: bool = False) -> None:
        self.reflog = reflog
        self.unreachable = unreachable

    @property
    def name(self) -> str:
        return f"history{'-reflog' if self.reflog else ''}{'-unreachable' if self.unreachable else ''}"


class Tips:
    """What history is reached from: object names, and the names of refs, which are searched as well."""

    __slots__ = ("oids", "refs")

    def __init__(self, oids: tuple[str, ...], refs: tuple[str, ...]) -> None:
        self.oids = oids
        self.refs = refs

    @property
    def identity(self) -> str:
        """Changes whenever anything could be reached that was not before."""
        import hashlib

        return hashlib.sha256("\0".join((*self.oids, *self.refs)).encode("utf-8", "surrogateescape")).hexdigest()


def tips(repo: Repository, extent: Extent) -> Tips:
    """Every ref, HEAD, and all stashes; with reflogs whatever they name; with unreachable objects all of those."""
    shown = decode(repo.start("show-ref", "--head", "--dereference").wait().out)  # fails where there is no ref yet
    pairs = [line.partition(" ") for line in shown.split("\n") if line]
    oids = [oid for oid, _, name in pairs if not name.endswith("^{}")]
    refs = tuple(name for _, _, name in pairs if name != "HEAD" and not name.endswith("^{}"))
    if "refs/stash" in refs:
        oids += decode(repo.read("rev-list", "--walk-reflogs", "refs/stash", "--")).split()
    if extent.reflog:
        oids += decode(repo.read("rev-list", "--no-walk=unsorted", "--reflog")).split()
    return Tips(tuple(dict.fromkeys(oids)), refs)


def reached(repo: Repository, start: Sequence[str]) -> dict[str, str]:
    """Every content, commit and tag that these reach; contents with their path. No folder is listed: none holds a key.

    Raises CannotJudge where one is missing.
    """
    if not start:
        return {}
    listed = "".join(f"{oid}\n" for oid in start).encode()
    commits = repo.start("rev-list", "--stdin", stdin=listed)
    contents = repo.start("rev-list", "--objects", *CONTENTS_ONLY, "--stdin", stdin=listed)
    found = dict.fromkeys(finish(commits).decode().split(), "")
    found.update(dict.fromkeys(_tags(repo, start), ""))
    for line in decode(finish(contents)).split("\n"):
        oid, _, path = line.partition(" ")
        found[oid] = path
    del found[""]
    return found


def _tags(repo: Repository, start: Sequence[str]) -> Iterator[str]:
    """The tag objects among these, and those that they are tags of."""
    while start:
        tags = [info.oid for info in repo.objects.info(start) if info and info.kind == TAG]
        yield from tags
        start = [content[len("object ") :].split(b"\n")[0].decode() for content in repo.objects.contents(tags)]


def every_object(repo: Repository) -> list[str]:
    """All objects of the repository, whether anything reaches them or not, but for folders."""
    out = repo.read("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype)")
    pairs = (line.split(" ") for line in out.decode().split("\n") if line)
    return [oid for oid, kind in pairs if kind != "tree"]


class Streamed:
    """One object as it comes: its bytes are here if they are few, and else taken piece by piece, once."""

    __slots__ = ("_pour", "data", "kind", "oid", "size")

    def __init__(self, oid: str, kind: str, size: int, pour: Pour) -> None:
        self.oid = oid
        self.kind = kind
        self.size = size
        self._pour: Pour | None = None if size < PIECES_FROM else pour
        self.data = b"" if self._pour else pour.exactly(size)

    def pieces(self) -> Iterator[bytes]:
        if self._pour:
            pour, self._pour = self._pour, None
            yield from pour.pieces(self.size)
        else:
            yield self.data


def stream(repo: Repository, oids: Sequence[str]) -> Iterator[Streamed]:
    """Each of these objects, in order. Raises CannotJudge where one is missing or cannot be read."""
    if not oids:
        return
    pour = repo.pour("cat-file", "--batch", "--buffer", stdin="".join(f"{oid}\n" for oid in oids).encode())
    try:
        for oid in oids:
            header = (pour.line() or b"").decode("ascii", "replace").split(" ")
            if len(header) != 3:
                raise CannotJudge(f"object {oid} is missing or unreadable", MISSING)
            held = Streamed(oid, header[1], int(header[2]), pour)
            yield held
            for _ in held.pieces():  # what nobody has taken stands before the next
                pass
            pour.exactly(1)
    finally:
        pour.close()


def origins(repo: Repository, oids: Collection[str], start: Sequence[str]) -> dict[str, Origin]:
    """Where each of these contents came from first, the oldest first: one walk, made only where something was found.

    What no commit brought (a tag of a single file, an unreachable one) has no origin.
    """
    if not oids:
        return {}
    reachable = pushed(repo)
    wanted = [f"--find-object={oid}" for oid in oids]
    listed = "".join(f"{oid}\n" for oid in _commits(repo, start)).encode()
    out = decode(
        repo.read(
            "log", "--stdin", "--topo-order", "--reverse", "--raw", "--no-abbrev", "--no-renames", "--root", "-m", "-z",
            f"--format={FORMAT}", *wanted, stdin=listed,
        )
    )  # fmt: skip
    found: dict[str, Origin] = {}
    for commit in out.split(RECORD)[1:]:
        head, _, changes = commit.partition("\0")
        oid, name, email, date = head.split(UNIT)
        fields = changes.replace("\n", "").split("\0")
        for raw, path in zip(fields[::2], fields[1::2], strict=False):
            blob = raw.split(" ")[3] if raw.startswith(":") else ""
            if blob in oids and blob not in found:
                found[blob] = Origin(oid, f"{name} <{email}>", date, path, pushed=blob in reachable)
    return found


def pushed(repo: Repository) -> Collection[str]:
    """Every object that a remote branch reaches, as far as this clone knows."""
    remotes = decode(repo.read("for-each-ref", "--format=%(objectname)", "refs/remotes")).split()
    return reached(repo, list(dict.fromkeys(remotes)))


def _commits(repo: Repository, start: Sequence[str]) -> list[str]:
    """Those of the tips that are commits, or tags of one."""
    return [oid for oid in repo.commits(list(start)) if oid]


def is_shallow(repo: Repository) -> bool:
    return os.path.exists(os.path.join(repo.common_dir, "shallow"))
