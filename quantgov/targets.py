"""What there is to run again: which records, on the trees of which commit."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from quantgov import documents, lifecycle, record, strategy
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import DEEPEN
from quantgov.record import Record
from quantgov.tree import GitTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quantgov.git import Repository
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

PLAIN = ("--no-renames", "--no-textconv", "--no-ext-diff")
LOGGED_BY = "quantgov backtest {} -- COMMAND, then commit what it stages"


class Target(NamedTuple):
    """Records of one run, with their bytes, to be run again on the tree of `commit`.

    `of` is the strategy there, `before` as the records came with it; None where the history does not tell.
    """

    records: tuple[Record, ...]
    contents: tuple[bytes, ...]
    commit: str
    of: Strategy
    before: Strategy | None

    @property
    def first(self) -> Record:
        return self.records[0]

    @property
    def moved(self) -> dict[str, str]:
        """The folder that the strategy was in when it ran, and the one that it is in."""
        is_same = self.before is None or self.before.folder == self.of.folder
        return {} if is_same or not self.before else {self.before.folder: self.of.folder}


class Targets:
    """Finds in a repository what somebody names, as HEAD has it."""

    __slots__ = ("_head", "_policy", "_repo", "_tip", "_top", "_tree")

    def __init__(self, repo: Repository, policy: Policy) -> None:
        """Raises UsageError where there is no commit yet."""
        self._repo = repo
        self._policy = policy
        self._top = repo.top or ""
        self._head = repo.commit("HEAD")
        self._tip = self._head
        self._tree = self._tree_of(self._head)

    def named(self, name: str) -> list[Target]:
        """By a record's path or id, a strategy's id, folder or name, or a revision.

        Raises UsageError where it is none of them, CannotJudge where nothing on record can be run again.
        """
        found = self._record(name)
        if found:
            return [self._as_it_came(found)]
        of = self._strategy(name)
        if of:
            return [self.newest(of)]
        if os.path.isfile(name):
            raise UsageError(f"{name} is no result record of HEAD", "git add it and commit, or: quantgov results list")
        return self._brought(self._revision(name))

    def in_production(self) -> list[Strategy]:
        """Every strategy that runs."""
        found = strategy.every(self._tree, self._policy)
        return [each for each in found if each.status == lifecycle.PRODUCTION]

    def newest(self, of: Strategy) -> Target:
        """The newest record of a strategy of HEAD, to be run on what HEAD has."""
        found = [each for each in record.every(self._tree, self._policy) if each.is_of(of)]
        if not found:
            raise CannotJudge(f"{of.id} has no result on record", LOGGED_BY.format(of.id))
        whole = [each for each in found if each.is_ours]
        last = (whole or found)[-1]
        _check(last, self._tree)
        return self._target(self._tree, _of_one_run(last, whole), self._head, of)

    def _target(self, tree: Tree, records: Iterable[Record], commit: str, of: Strategy) -> Target:
        listed = tuple(records)
        came = self._came(listed[0])
        before = _strategy_in(self._tree_of(came), listed[0], self._policy) if came else None
        return Target(listed, tuple(tree.read_file(each.path) or b"" for each in listed), commit, of, before)

    def _record(self, name: str) -> Record | None:
        if re.fullmatch(rf"{record.OWN_ID}|{record.LOGGED_ID}", name):
            listed = (each for each in record.every(self._tree, self._policy) if each.id == name)
            found = next(listed, None)
            if found is None:
                raise UsageError(f"there is no record {name} at HEAD", "quantgov results list")
            return found
        for place in (os.path.relpath(os.path.abspath(name), self._top), os.path.normpath(name)):
            data = self._tree.read_file(place.replace(os.sep, "/")) if not place.startswith("..") else None
            if data is not None and (found := record.of(place, data)):
                return found
        return None

    def _strategy(self, name: str) -> Strategy | None:
        folder = os.path.relpath(os.path.abspath(name), self._top).replace(os.sep, "/") + "/"
        every = strategy.every(self._tree, self._policy)
        found = [each for each in every if each.id.casefold() == name.casefold() or each.folder == folder]
        found = found or [each for each in every if each.slug.casefold() == name.casefold()]
        if len(found) > 1:
            raise UsageError(f"{name} means {len(found)} strategies", "name one by its folder")
        return found[0] if found else None

    def _revision(self, name: str) -> str:
        try:
            return self._repo.commit(name)
        except UsageError:
            message = f"{name!r} is no record, no strategy and no revision here"
            raise UsageError(message, "quantgov results list, or quantgov passport list") from None

    def _as_it_came(self, found: Record) -> Target:
        """A record on the trees that it came with."""
        _check(found, self._tree)
        commit = self._came(found) or self._head
        return self._target(self._tree, [found], commit, self._strategy_of(self._tree_of(commit), found))

    def _brought(self, commit: str) -> list[Target]:
        """The records that a commit brought; else the newest that it has."""
        self._tip = commit
        tree = self._tree_of(commit)
        every = [each for each in record.every(tree, self._policy) if each.is_ours]
        if not every:
            raise CannotJudge(f"{commit[:10]} holds no result that can be run again", LOGGED_BY.format("STRATEGY"))
        known = self._before(commit)
        new = [each for each in every if each.id not in known] or every[-1:]
        runs = {_run_of(each): each for each in reversed(new)}
        for each in runs.values():
            _check(each, tree)
        listed = [tuple(_of_one_run(each, new)) for each in reversed(runs.values())]
        return [self._target(tree, each, commit, self._strategy_of(tree, each[0])) for each in listed]

    def _before(self, commit: str) -> set[str]:
        """The ids of records that were there before; of all, where the history ends with this commit."""
        if commit in self._repo.boundary():
            return {each.id for each in record.every(self._tree_of(commit), self._policy)}
        (parent,) = self._repo.commits([f"{commit}^"])
        return {each.id for each in record.every(self._tree_of(parent), self._policy)} if parent else set()

    def _came(self, of: Record) -> str:
        """The commit with which a record came, however it was moved or written on since; empty where nothing tells.

        A squash leaves one commit, which has the trees.
        """
        told = ("-c", "log.showSignature=false", "log", "--reverse", "--topo-order", "-m", "--format=%H", *PLAIN)
        specs = [f":(top,glob){self._policy.results}**/*{suffix}" for suffix in record.SUFFIXES]
        found = self._repo.read(*told, f"-S{of.id}", "HEAD", self._tip, "--", *specs).decode().split()
        return found[0] if found and found[0] not in self._repo.boundary() else ""

    def _strategy_of(self, tree: Tree, of: Record) -> Strategy:
        found = _strategy_in(tree, of, self._policy)
        if found is None:
            raise CannotJudge(f"the strategy of {of.path} is not in its tree", "quantgov passport list")
        return found

    def _tree_of(self, commit: str | None) -> Tree:
        return GitTree(self._repo.objects, self._repo.tree_of(commit) if commit else None)


def is_cut_short(repo: Repository, target: Target) -> bool:
    """Whether the history ends before the commit with which the records came."""
    return target.before is None and bool(repo.boundary())


def cut_short(target: Target) -> CannotJudge:
    message = f"this is a shallow clone, which does not tell with which code {target.first.path} came"
    return CannotJudge(message, DEEPEN)


def _strategy_in(tree: Tree, of: Record, policy: Policy) -> Strategy | None:
    return next((each for each in strategy.every(tree, policy) if of.is_of(each)), None)


def _check(of: Record, tree: Tree) -> None:
    """Raises CannotJudge for a record that does not say how it was run, or is damaged."""
    again = LOGGED_BY.format(of.text("strategy_id") or of.text("strategy") or "STRATEGY")
    if not of.is_ours or not of.get("run"):
        raise CannotJudge(f"{of.path} does not say how it was run: it has no command, no code and no data", again)
    found = documents.faults(tree.read_file(of.path) or b"", record.SCHEMA)
    if found:
        raise CannotJudge(f"{of.path}:{found[0].line}: {found[0].message}", found[0].help or again)
    if any(not each.get("path") or not each.get("sha256") for _, each in of.items("data", "inputs")):
        raise CannotJudge(f"{of.path} names data without its sha256", again)


def _of_one_run(one: Record, records: Iterable[Record]) -> Iterator[Record]:
    """The records that one run has logged, in their order."""
    return (each for each in records if _run_of(each) == _run_of(one))


def _run_of(of: Record) -> str:
    return json.dumps([of.get("run"), of.data], sort_keys=True)
