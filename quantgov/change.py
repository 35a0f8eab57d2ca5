"""A change to a team's repository: what every entrance builds, and all that a rule ever sees."""

from __future__ import annotations

import time

from quantgov.attributes import Attributes
from quantgov.git import MODE_SUBMODULE, Entry, Touched
from quantgov.ignores import Ignores
from quantgov.rule import Stage
from quantgov.tree import EMPTY, Overlay, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from quantgov.policy import Policy

    T = TypeVar("T")

POLICY_FILE = "quantgov.yaml"
SSH_KEYGEN = "ssh-keygen"

WHOLE_LIMIT = 16 << 20
"""Bytes up to which a file is read at once. Of a larger one only pieces are held, by the rules that need its bytes."""


class Approval:
    """An approving review of a pull request: by which account of its platform, and of which commit."""

    __slots__ = ("commit", "login")

    def __init__(self, login: str, commit: str) -> None:
        self.login = login
        self.commit = commit


class Landed:
    """When a content came to the trunk, in seconds since 1970, and the tree whose team judged it there."""

    __slots__ = ("team", "time")

    def __init__(self, team: Tree, time: float) -> None:
        self.team = team
        self.time = time


class Landing:
    """How a change lands: when (seconds since 1970), with whose approval, and what the trunk knows of earlier landings.

    `history` tells of a path and the object that stands there when it came to the trunk; None where it never did.
    `ssh_keygen` names the program that verifies signatures.
    """

    __slots__ = ("approvals", "history", "now", "ssh_keygen")

    def __init__(
        self,
        now: float | None = None,
        approvals: Sequence[Approval] = (),
        history: Callable[[str, str], Landed | None] = lambda path, oid: None,
        ssh_keygen: Callable[[], str] = lambda: SSH_KEYGEN,
    ) -> None:
        self.now = time.time() if now is None else now
        self.approvals = tuple(approvals)
        self.history = history
        self.ssh_keygen = ssh_keygen

    @property
    def today(self) -> str:
        """The date in UTC, as YYYY-MM-DD."""
        return time.strftime("%Y-%m-%d", time.gmtime(self.now))


class Person:
    __slots__ = ("email", "name")

    def __init__(self, name: str, email: str) -> None:
        self.name = name
        self.email = email


class Blob:
    """A file as a blob rule sees it. Its bytes are read when first asked for."""

    __slots__ = ("_data", "_tree", "commit", "mode", "oid", "path")

    def __init__(self, path: str, entry: Entry, tree: Tree, commit: str = "") -> None:
        self.path = path
        self.mode = entry.mode
        self.oid = entry.oid
        self.commit = commit
        self._tree = tree
        self._data: bytes | None = None

    @property
    def size(self) -> int:
        return self._tree.size_of(self.oid)

    @property
    def data(self) -> bytes:
        if self._data is None:
            self._data = self._tree.content(self.oid)
        return self._data

    def chunks(self) -> Iterator[bytes]:
        """The bytes piece by piece, for a file that is too large to be held."""
        return self._tree.chunks(self.oid)

    def forget(self) -> None:
        """Let the bytes go: of ten thousand files only a few are held at a time."""
        self._data = None


class Commit:
    """One commit, or the one about to be made (its oid is empty).

    `lands` says whether it is judged as what reaches the trunk; work in progress passes only where it is not.
    `proposed` says that a pull request brings it, and a team that squashes lands none of its commits.
    `is_new` is false where the server has it already, on another branch.
    Through `tree` the contents of what it touched are read, by object name.
    """

    __slots__ = ("_author", "_touched", "is_new", "lands", "message", "oid", "parents", "proposed", "tree")

    def __init__(
        self,
        oid: str,
        message: str,
        parents: tuple[str, ...],
        author: Callable[[], Person],
        touched: Callable[[], list[Touched]],
        *,
        tree: Tree,
        lands: bool,
        is_new: bool = True,
        proposed: bool = False,
    ) -> None:
        self.oid = oid
        self.tree = tree
        self.message = message
        self.parents = parents
        self.lands = lands
        self.is_new = is_new
        self.proposed = proposed
        self._author = author
        self._touched = touched

    @property
    def author(self) -> Person:
        return self._author()

    @property
    def touched(self) -> list[Touched]:
        """What it changed; of a merge, only what differs from every parent."""
        return self._touched()

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]

    @property
    def is_merge(self) -> bool:
        return len(self.parents) > 1


class Change:
    """Base, head and everything between, judged under the policy of the `authority` tree.

    `ref` is the full name of what is pushed; `branch` the short one, None where it is no branch or not known.
    `created` says that the branch has no earlier commit, `merging` that a merge is about to be concluded,
    `rewound` that the ref leaves what it pointed at,
    `tip` is the commit that head belongs to (empty while it is only staged).
    """

    __slots__ = (
        "_attributes", "_found", "_ignores", "authority", "authority_name", "base", "branch", "commits", "created",
        "deleted", "head", "ignorecase", "landing", "merging", "ref", "rewound", "stage", "tip", "touched",
    )  # fmt: skip

    def __init__(
        self,
        stage: Stage,
        *,
        base: Tree,
        head: Tree,
        authority: Tree,
        touched: Sequence[Touched],
        authority_name: str = "",
        ref: str = "",
        branch: str | None = None,
        commits: Sequence[Commit] = (),
        tip: str = "",
        merging: bool = False,
        created: bool = False,
        rewound: bool = False,
        deleted: bool = False,
        ignorecase: bool = False,
        landing: Landing | None = None,
    ) -> None:
        self.stage = stage
        self.base = base
        self.head = head
        self.authority = authority
        self.authority_name = authority_name
        self.touched = tuple(touched)
        self.ref = ref
        self.branch = branch
        self.commits = tuple(commits)
        self.tip = tip
        self.merging = merging
        self.created = created
        self.rewound = rewound
        self.deleted = deleted
        self.ignorecase = ignorecase
        self.landing = landing or Landing()
        self._found: dict[object, object] = {}
        self._attributes: Attributes | None = None
        self._ignores: Ignores | None = None

    @property
    def attributes(self) -> Attributes:
        """Head's .gitattributes."""
        if self._attributes is None:
            self._attributes = Attributes(self.head.read_file, self.ignorecase)
        return self._attributes

    @property
    def ignores(self) -> Ignores:
        """Head's .gitignore files."""
        if self._ignores is None:
            self._ignores = Ignores(self.head.read_file, self.ignorecase)
        return self._ignores

    def once(self, find: Callable[[Change, Policy], T], policy: Policy) -> T:
        """What several rules ask of the change, found when the first of them does."""
        if find not in self._found:
            self._found[find] = find(self, policy)
        return self._found[find]  # type: ignore[return-value]  # what `find` gave

    def blobs(self) -> Iterator[Blob]:
        """Every file that head has and base has not, or has otherwise."""
        return _blobs(self.touched, self.head, "")

    def history(self) -> Iterator[Blob]:
        """Every file that the change or any of its commits brought, whatever became of it."""
        seen: set[tuple[str, str]] = set()
        for blob in self._all_blobs():
            if (blob.path, blob.oid) not in seen:
                seen.add((blob.path, blob.oid))
                yield blob

    def _all_blobs(self) -> Iterator[Blob]:
        yield from self.blobs()
        for commit in self.commits:
            if commit.oid:
                yield from _blobs(commit.touched, self.head, commit.oid)

    def moved(self) -> dict[str, Touched]:
        """Each new path that holds what was taken away elsewhere, with that removal; one removal makes one move."""
        removed: dict[str, list[Touched]] = {}
        for each in self.touched:
            if each.before and not each.after:
                removed.setdefault(each.before.oid, []).append(each)
        arrived = ((each.path, each.after.oid) for each in self.touched if each.after and not each.before)
        return {path: removed[oid].pop() for path, oid in arrived if removed.get(oid)}

    def reversed_onto(self, paths: Sequence[str]) -> Change:
        """The base alone, as if those paths had just been written: what was already wrong is found in it.

        A file that was only moved stands in it where it stands now.
        """
        moved = self.moved()
        left = dict.fromkeys(removal.path for removal in moved.values())
        head = Overlay(self.base, {**left, **{path: removal.before for path, removal in moved.items()}})
        touched = [Touched(path, None, head.entry(path)) for path in paths]
        return Change(
            self.stage,
            base=EMPTY,
            head=head,
            authority=self.authority,
            touched=[each for each in touched if each.after],
            ignorecase=self.ignorecase,
            landing=self.landing,
        )


def _blobs(touched: Sequence[Touched], tree: Tree, commit: str) -> Iterator[Blob]:
    for each in touched:
        if each.after and each.after.mode != MODE_SUBMODULE:
            yield Blob(each.path, each.after, tree, commit)


def compare(base: Tree, head: Tree) -> list[Touched]:
    """What differs between two snapshots that are not both git's."""
    paths = sorted({*base.paths(), *head.paths()})
    both = ((path, base.entry(path), head.entry(path)) for path in paths)
    return [Touched(path, before, after) for path, before, after in both if before != after]
