"""Everything that a repository's history holds: which objects there are, their bytes, and where each came from."""

from __future__ import annotations

import os
import time

from quantgov.entrance import parse_person
from quantgov.errors import CannotJudge
from quantgov.git import MISSING, RAW, STREAMED_FROM, decode, failed, finish
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
SOUGHT = 5_000
"""Contents that one walk looks for: each is a word of git's command line, and that has an end."""


class Extent:
    """How much of history is meant: what refs and stashes reach, the reflogs too, or every object there is."""

    __slots__ = ("reflog", "unreachable")

    def __init__(self, *, reflog: bool = False, unreachable: bool = False) -> None:
        self.reflog = reflog
        self.unreachable = unreachable

    @property
    def name(self) -> str:
        """Under which an answer is kept. One about what nothing reaches is not: no tip would tell that it is old."""
        return f"history{'-reflog' if self.reflog else ''}"


class Tips:
    """What history is reached from: object names, and the names of refs, which are searched as well.

    `cut` are the commits of a shallow clone behind which there is nothing, as long as nobody fetches more.
    """

    __slots__ = ("cut", "oids", "refs")

    def __init__(self, oids: tuple[str, ...], refs: tuple[str, ...], cut: bytes) -> None:
        self.oids = oids
        self.refs = refs
        self.cut = cut

    @property
    def identity(self) -> str:
        """Changes whenever anything could be reached that was not before."""
        import hashlib

        named = "\0".join((*self.oids, *self.refs)).encode("utf-8", "surrogateescape")
        return hashlib.sha256(named + b"\0" + self.cut).hexdigest()


def tips(repo: Repository, extent: Extent) -> Tips:
    """Every ref, HEAD, those of other worktrees, and all stashes; with reflogs whatever they name.

    Raises CannotJudge where a ref is broken: nobody knows what it has reached.
    """
    asked = repo.start("show-ref", "--head", "--dereference")
    shown = asked.wait()
    if shown.code not in (0, 1):  # 1: there is no ref yet
        raise failed(asked.argv, shown.err)
    pairs = [line.partition(" ") for line in decode(shown.out).split("\n") if line]
    oids = [oid for oid, _, name in pairs if not name.endswith("^{}")]
    refs = tuple(name for _, _, name in pairs if name != "HEAD" and not name.endswith("^{}"))
    if "refs/stash" in refs:
        oids += decode(repo.read("rev-list", "--walk-reflogs", "refs/stash", "--")).split()
    if os.path.isdir(os.path.join(repo.common_dir, "worktrees")):  # a HEAD there may be on no branch
        oids += decode(repo.read("rev-list", "--no-walk=unsorted", "--all")).split()
    if extent.reflog:
        oids += decode(repo.read("rev-list", "--no-walk=unsorted", "--reflog")).split()
    return Tips(tuple(dict.fromkeys(oids)), refs, _cut(repo))


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
    found.update(dict.fromkeys(repo.objects.tags(start), ""))
    for line in decode(finish(contents)).split("\n"):
        oid, _, path = line.partition(" ")
        found[oid] = path
    del found[""]
    return found


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
    pour = repo.pour(
        "-c", STREAMED_FROM, "cat-file", "--batch", "--buffer", stdin="".join(f"{oid}\n" for oid in oids).encode()
    )
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
    tips = _commits(repo, start) if oids else []
    if not tips:
        return {}
    listed = "".join(f"{oid}\n" for oid in tips).encode()
    commits = repo.read("rev-list", "--topo-order", "--reverse", "--stdin", stdin=listed)
    first = _first_places(repo, sorted(oids), commits)
    headers = repo.objects.contents([commit for _, commit, _ in first])
    reachable = pushed(repo)
    return {
        oid: Origin(commit, *parse_author(header), path, pushed=oid in reachable)
        for (oid, commit, path), header in zip(first, headers, strict=True)
    }


def _first_places(repo: Repository, oids: Sequence[str], commits: bytes) -> list[tuple[str, str, str]]:
    """Each of these contents that a commit brought, with the first that did and its path there; in their order."""
    found: dict[str, tuple[str, str]] = {}
    for at in range(0, len(oids), SOUGHT):
        sought = [f"--find-object={oid}" for oid in oids[at : at + SOUGHT]]
        out = repo.read("diff-tree", "--stdin", "-r", "-m", "--root", *RAW, *sought, stdin=commits)
        for commit, oid, path in _brought(out):
            found.setdefault(oid, (commit, path))
    ages = {commit: age for age, commit in enumerate(commits.decode().split())}
    wanted = set(oids).intersection(found)
    return sorted(((oid, *found[oid]) for oid in wanted), key=lambda each: (ages[each[1]], each[2]))


def _brought(out: bytes) -> Iterator[tuple[str, str, str]]:
    """Each commit that `diff-tree --stdin --raw -z` tells of, with a content that it has there, and its path."""
    commit = ""
    fields = iter(out.split(b"\0"))
    for field in fields:
        if field.startswith(b":"):
            yield commit, field.split(b" ")[3].decode(), decode(next(fields))
        else:
            commit = field.decode()


def parse_author(header: bytes) -> tuple[str, str]:
    """Who wrote a commit or a tag, and on which day (UTC), from the header above its message."""
    line = next((line for line in header.split(b"\n") if line.startswith((b"author ", b"tagger "))), b"author ? <> 0")
    person = parse_person(line.partition(b" ")[2])
    seconds = line.rpartition(b"> ")[2].partition(b" ")[0]
    day = time.strftime("%Y-%m-%d", time.gmtime(int(seconds))) if seconds.isdigit() else ""
    return f"{person.name} <{person.email}>", day


def pushed(repo: Repository) -> Collection[str]:
    """Every object that a remote branch reaches, as far as this clone knows."""
    remotes = decode(repo.read("for-each-ref", "--format=%(objectname)", "refs/remotes")).split()
    return reached(repo, list(dict.fromkeys(remotes)))


def _commits(repo: Repository, start: Sequence[str]) -> list[str]:
    """Those of the tips that are commits, or tags of one."""
    return [oid for oid in repo.commits(list(start)) if oid]


def _cut(repo: Repository) -> bytes:
    try:
        with open(os.path.join(repo.common_dir, "shallow"), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
