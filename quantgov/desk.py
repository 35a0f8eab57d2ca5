"""What a command about one strategy works with: the index, the trunk's policy and team, who asks, and one commit.

Whoever names a strategy may use its id, its folder or the folder's name. What is judged and signed is what is staged;
what a command writes is committed whole, with the hooks, or nothing of it is left behind.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from quantgov import entrance, passport, scaffold, strategy
from quantgov import policy as policies
from quantgov.change import Change
from quantgov.errors import EXIT_BLOCKED, QuantgovError, UsageError
from quantgov.git import Entry, Touched, decode
from quantgov.message import did_you_mean
from quantgov.tree import MemoryTree, Overlay, Tree
from quantgov.wording import few
from quantgov.workspace import Workspace, abandon_branch, read_file, start_branch, uninterrupted, write_file

if TYPE_CHECKING:
    from quantgov.change import Landing
    from quantgov.git import Repository
    from quantgov.people import Person
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy

STRATEGY_ID = re.compile(passport.ID, re.IGNORECASE)
LIST = "quantgov passport list"
UNSTAGED = (
    "-c", "diff.relative=false", "diff", "--name-only", "-z", "--no-ext-diff", "--no-renames",
    "--ignore-submodules=all",
)  # fmt: skip


class Refused(QuantgovError):
    """What was asked for is not allowed yet, or git's hooks refuse it: nothing was done."""

    exit_code = EXIT_BLOCKED


class Edited(Overlay):
    """A tree with other bytes in some of its files. They are held in memory, where git knows nothing of them."""

    def __init__(self, tree: Tree, files: Mapping[str, bytes]) -> None:
        self._made = MemoryTree(files)
        entries = {path: self._made.entry(path) for path in files}
        self._oids = {entry.oid for entry in entries.values() if entry}
        super().__init__(tree, entries)

    def content(self, oid: str) -> bytes:
        return self._made.content(oid) if oid in self._oids else super().content(oid)

    def chunks(self, oid: str) -> Iterator[bytes]:
        return iter((self._made.content(oid),)) if oid in self._oids else super().chunks(oid)

    def size_of(self, oid: str) -> int:
        return self._made.size_of(oid) if oid in self._oids else super().size_of(oid)

    def prefetch(self, oids: list[str]) -> None:
        super().prefetch(self._known_to_git(oids))

    def measure(self, oids: list[str]) -> None:
        super().measure(self._known_to_git(oids))

    def _known_to_git(self, oids: list[str]) -> list[str]:
        return [oid for oid in oids if oid not in self._oids]


class Desk:
    """A checkout to work in. Everything is read once, when it is opened; after `commit` another one is needed."""

    __slots__ = ("_space", "change", "policy", "repo", "top")

    def __init__(self, repo: Repository) -> None:
        """Raises UsageError in a bare repository, PolicyError where the policy cannot be used."""
        self.top = repo.working_tree()
        self.repo = repo
        self.change = entrance.staged(repo)
        self.policy: Policy = policies.of_change(self.change)
        self._space: Workspace | None = None

    @property
    def space(self) -> Workspace:
        if self._space is None:
            self._space = Workspace(self.repo)
        return self._space

    @property
    def tree(self) -> Tree:
        """What is staged, and what HEAD has of the rest."""
        return self.change.head

    @property
    def landing(self) -> Landing:
        return self.change.landing

    @property
    def trunk(self) -> str:
        return self.change.authority_name or "the trunk"

    @property
    def email(self) -> str:
        """The address of whoever runs this. Raises UsageError where git knows none."""
        return scaffold.configured_email(self.repo)

    def member(self, role: str) -> Person:
        """Whoever runs this, as the trunk's team has them. Raises UsageError where it does not."""
        person = self.policy.people.by_email(self.email)
        if person is None:
            message = f"{self.email} is not in the team of {self.trunk}"
            add = f"quantgov team add NAME --email {self.email} --role {role}"
            raise UsageError(message, f"{add}, on the trunk first; or use an address that is: git config user.email")
        return person

    def find(self, name: str) -> Strategy:
        """The strategy with this id, in this folder, or in a folder of this name, as it is staged.

        Raises UsageError where there is none, more than one, or one that cannot be read.
        """
        paths = self._meant(name)
        if not paths:
            raise self._unknown(name)
        if len(paths) > 1:
            help = "name one by its folder" if not STRATEGY_ID.fullmatch(name) else "quantgov passport renumber FOLDER"
            raise UsageError(f"{name} means {len(paths)} strategies: {', '.join(paths)}", help)
        found = strategy.at(self.tree, paths[0])
        if found is None or not STRATEGY_ID.fullmatch(found.id):
            raise UsageError(f"{paths[0]} is no passport that can be read", f"quantgov passport validate {paths[0]}")
        return found

    def passports(self) -> list[str]:
        return [path for path in self.tree.paths(self.policy.strategies) if passport.is_passport(path)]

    def _meant(self, name: str) -> list[str]:
        if STRATEGY_ID.fullmatch(name):
            return passport.owners_of(self.tree, self.passports()).get(name.upper(), [])
        for place in (os.path.relpath(os.path.abspath(name), self.top), os.path.normpath(name)):
            stands = [path for path in _passports_at(place.replace(os.sep, "/")) if self.tree.entry(path)]
            if stands:
                return stands[:1]
        return [path for path in self.passports() if f"/{path}".split("/")[-2].casefold() == name.casefold()]

    def _unknown(self, name: str) -> UsageError:
        on_disk = next((path for path in _passports_at(name) if os.path.isfile(path)), "")
        if on_disk:
            return UsageError(f"{on_disk} is not staged yet", f"git add {os.path.dirname(on_disk) or on_disk}")
        slugs = [path.split("/")[-2] for path in self.passports() if "/" in path]
        known = [*slugs, *passport.owners_of(self.tree, self.passports())]
        said = f"there is no strategy {name!r} here{did_you_mean(name, known)}"
        return UsageError(said, f"{LIST}; a new one is known once it is staged: git add FOLDER")

    def edited(self, places: Iterable[str]) -> list[str]:
        """The files at or below these paths that stand otherwise on disk than they are staged."""
        specs = [f":(top,literal){place.rstrip('/')}" for place in places if place.rstrip("/")]
        return [each for each in decode(self.repo.read(*UNSTAGED, "--", *specs)).split("\0") if each] if specs else []

    def refuse_edited(self, places: Iterable[str], why: str, *, staged: bool = False) -> None:
        """Raise UsageError where a file differs on disk from what is staged or, if asked, from HEAD."""
        places = list(places)
        edited = self.edited(places)
        if edited:
            what = f"{few(edited)} on disk {'is' if len(edited) == 1 else 'are'} not what is staged"
            names = " ".join(map(shlex.quote, edited))
            first = "commit it" if staged else f"git add {names}"
            raise UsageError(f"{what}: {why}", f"{first}, or git restore {names}")
        waiting = [each.path for each in self.change.touched if _is_at(each.path, places)] if staged else []
        if waiting:
            verb = "is" if len(waiting) == 1 else "are"
            raise UsageError(f"{few(waiting)} {verb} staged, not committed: {why}", "git commit, or git stash")

    def as_if(self, files: Mapping[str, bytes], along: Iterable[str] = (), branch: str = "") -> Change:
        """What `commit` would commit of these files, and of what is staged along these places."""
        change, places = self.change, list(along)
        staged = {each.path: each.after for each in change.touched if _is_at(each.path, places)}
        head = Edited(Overlay(change.base, staged), files)
        touched = [Touched(path, change.base.entry(path), head.entry(path)) for path in sorted({*staged, *files})]
        return Change(
            change.stage,
            base=change.base,
            head=head,
            authority=change.authority,
            authority_name=change.authority_name,
            touched=[each for each in touched if each.before != each.after],
            branch=branch or change.branch,
            merging=change.merging,
            created=change.created,
            ignorecase=change.ignorecase,
            landing=change.landing,
        )

    def subject(self, text: str) -> str:
        """The first line of a commit message, with the type that the team has for strategies."""
        return f"{scaffold.commit_type(self.policy)}: {text}"

    def branch_for(self, slug: str, wanted: str = "") -> str:
        """The branch to make before a commit, by the name that is wanted if one is; empty where HEAD may stay.

        Raises UsageError where HEAD may not, and no guess fits the team's names.
        """
        here = self.change.branch
        if self.change.created or (here is not None and here not in self.policy.protected):
            return ""
        branches = scaffold.Branches(self.repo)
        wanted = wanted or scaffold.branch_name(slug, self.email, self.policy)
        names = [wanted, *(f"{wanted}-{number}" for number in range(2, 100))] if wanted else []
        free = (name for name in names if not branches.has(name) and not branches.in_the_way_of(name))
        found = next(free, "")
        if not found:
            raise UsageError(f"{here or 'HEAD'} takes no commits of its own", "git switch -c <name>, then again")
        return found

    def commit(self, files: Mapping[str, bytes], subject: str, *, along: Iterable[str] = (), branch: str = "") -> str:
        """Write these files and commit them, with what is staged `along` these places, as git commits: with its hooks.

        The commit is made on a new branch if one is named. Returns what the hooks said; raises Refused, and leaves
        everything as it was, where they refuse.
        """
        places = list(along)
        staged = [each.path for each in self.change.touched if _is_at(each.path, places)]
        with self._undoing(branch) as undo:
            self._stage(files, undo)
            said = self._commit((*files, *staged), subject)
            undo.pop_all()
        return said

    def commit_folder(
        self, folder: str, entries: Mapping[str, Entry], files: Mapping[str, bytes], subject: str, branch: str = ""
    ) -> str:
        """Commit a folder in which nothing is left but these objects, some of them overwritten by `files`.

        Nothing in it may differ from HEAD; for the rest, as `commit`.
        """
        there = self.tree.paths(folder)
        with self._undoing(branch) as undo:
            undo.callback(self._reset, folder, [path for path in entries if path not in there])
            listed = (("--cacheinfo", f"{entry.mode:o},{entry.oid},{path}") for path, entry in entries.items())
            self.space.do("update-index", "--add", *(word for pair in listed for word in pair))
            self.space.do("checkout-index", "--force", "--quiet", "--", *entries)
            self._remove([path for path in there if path not in entries])
            self._stage(files, undo)
            said = self._commit(dict.fromkeys((*there, *entries)), subject)
            undo.pop_all()
        return said

    def stage(self, files: Mapping[str, bytes]) -> None:
        """Write these files and stage them: all of them or none."""
        with uninterrupted(), ExitStack() as undo:
            self._stage(files, undo)
            undo.pop_all()

    @contextmanager
    def _undoing(self, branch: str) -> Iterator[ExitStack]:
        if self.change.merging:
            raise UsageError("a merge is under way", "git commit, then again")
        with uninterrupted(), ExitStack() as undo:
            if branch:
                undo.callback(abandon_branch, self.space, branch, self.change.branch or self.repo.commit("HEAD"))
                start_branch(self.space, branch)
            yield undo

    def _commit(self, paths: Iterable[str], subject: str) -> str:
        specs = [f":(top,literal){path}" for path in dict.fromkeys(paths)]
        done = self.space.run("commit", "--quiet", "--only", "-m", subject, "--", *specs)
        said = (done.err or (done.out if done.code else b"")).decode("utf-8", "replace").strip()
        if done.code:
            raise Refused(f"git did not take the commit, and nothing was changed:\n{said}", _first_fix(said))
        return said

    def _remove(self, paths: Sequence[str]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self.top, path))
        if paths:
            self.space.do("update-index", "--force-remove", "--", *paths)

    def _reset(self, folder: str, new: Iterable[str]) -> None:
        for path in new:
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self.top, path))
        self.space.run("restore", "--source=HEAD", "--staged", "--worktree", "--", f":(top,literal){folder}")

    def _stage(self, files: Mapping[str, bytes], undo: ExitStack) -> None:
        for path, data in files.items():
            target = os.path.join(self.top, path)
            undo.callback(self._put_back, path, read_file(target), self.tree.entry(path))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            write_file(target, data)
        self.space.do("add", "--force", "--", *(f":(top,literal){path}" for path in files))

    def _put_back(self, path: str, data: bytes | None, entry: Entry | None) -> None:
        target = os.path.join(self.top, path)
        if data is not None:
            write_file(target, data)
        else:
            with suppress(OSError):
                os.unlink(target)
                os.rmdir(os.path.dirname(target))
        if entry:
            self.space.run("update-index", "--add", "--cacheinfo", f"{entry.mode:o},{entry.oid},{path}")
        else:
            self.space.run("update-index", "--force-remove", "--", path)

    def on_disk(self, path: str) -> bytes | None:
        """A file of the working tree; None where nothing stands."""
        return read_file(os.path.join(self.top, path))


def _passports_at(place: str) -> Iterator[str]:
    """Where a folder's passport may stand; a passport itself, where one is named."""
    place = place.rstrip("/")
    if passport.is_passport(place):
        yield place
    else:
        yield from (f"{place}/{name}" if place not in ("", ".") else name for name in passport.PASSPORT_NAMES)


def _is_at(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place.rstrip('/')}/") for place in places)


def _first_fix(said: str) -> str:
    """The step that the hooks' first line ends with; it is the one that mends what blocks."""
    return said.partition("\n")[0].partition(" - fix: ")[2] or "git status"
