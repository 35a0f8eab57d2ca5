"""What `quantgov lfs track` writes: .gitattributes and .gitignore from one table, so that they cannot contradict.

Planned first, shown as a diff, then written: a line of either file that contradicts the other is taken out, never
without being shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from difflib import unified_diff
from typing import NamedTuple

from quantgov import dotfiles, lfs, onboarding
from quantgov import policy as policies
from quantgov.amend import amend
from quantgov.attributes import Attributes
from quantgov.dotfiles import ATTRIBUTES, IGNORE, Line, Section
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.ignores import Ignores
from quantgov.lfs_status import POINTERS, SHOULD_BE_POINTER, Status, survey
from quantgov.policy import POLICY_FILE, Policy
from quantgov.rule import quoted
from quantgov.wording import few
from quantgov.workspace import Step, Workspace, read_file, write_file

PRESETS = tuple(dotfiles.TREATMENT)
OWN = "Given to Git LFS by the team"
ROUNDS = 50
"""Contradicting lines that are taken out at most; each round takes one."""
NEEDS_QUOTES = " \t\"'"


class Edit(NamedTuple):
    """A file at the root, as it is and as it will be."""

    name: str
    before: bytes
    after: bytes

    def diff(self) -> list[str]:
        old, new = (data.decode("utf-8", "replace").splitlines() for data in (self.before, self.after))
        return list(unified_diff(old, new, self.name, self.name, n=1, lineterm=""))


class Plan(NamedTuple):
    edits: tuple[Edit, ...]
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    afterwards: tuple[str, ...]


class _Files(NamedTuple):
    """The two files while they are worked on, and how the others of their kind are read."""

    ignore: bytes
    attributes: bytes
    top: str

    def reading(self, name: str) -> Callable[[str], bytes | None]:
        root = {IGNORE: self.ignore, ATTRIBUTES: self.attributes}[name]
        return lambda path: root if path == name else _nested(os.path.join(self.top, path))

    @property
    def patterns(self) -> Attributes:
        return Attributes(self.reading(ATTRIBUTES))

    @property
    def ignores(self) -> Ignores:
        return Ignores(self.reading(IGNORE))


def plan(repo: Repository, preset: str | None, given: Sequence[str]) -> Plan:
    """Raises UsageError for a pattern that cannot be one, and where the outcome would contradict itself."""
    top = repo.working_tree()
    before = _read(top, POLICY_FILE)
    if preset and not before:
        raise UsageError(f"there is no {POLICY_FILE} to keep the preset in", "quantgov init, and again")
    after = amend(before, lambda document: document.update({"data": preset})) if preset else before
    policy = policies.load(after or b"version: 1\n", source=POLICY_FILE)
    there = _Files(_read(top, IGNORE), _read(top, ATTRIBUTES), top)
    own = _lines_of(given, policy)
    wanted = _without_contradictions(_written(there, policy, own, anew=bool(preset)), policy, own)
    status = survey(repo)
    _refuse_left_behind(repo, status, wanted)
    edits = (
        Edit(POLICY_FILE, before, after),
        Edit(ATTRIBUTES, there.attributes, wanted.attributes),
        Edit(IGNORE, there.ignore, wanted.ignore),
    )
    changed = tuple(edit for edit in edits if edit.before != edit.after)
    filters, notes = onboarding.lfs_steps(Workspace(repo), policy)
    steps = [_step(top, edit) for edit in changed] + filters
    told = (*notes, *_notes(status, there, wanted))
    return Plan(changed, tuple(steps), told, _afterwards(repo, changed, status, wanted))


def _read(top: str, name: str) -> bytes:
    return read_file(os.path.join(top, name)) or b""


def _nested(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _step(top: str, edit: Edit) -> Step:
    return Step("write", edit.name, "", lambda: write_file(os.path.join(top, edit.name), edit.after))


def _lines_of(given: Iterable[str], policy: Policy) -> list[Line]:
    """A line for each of the team's own patterns; a folder stands for all that is in it."""
    found: list[Line] = []
    for pattern in given:
        if not pattern.strip() or "\n" in pattern or pattern[0] in "!#" or pattern.startswith("[attr]"):
            raise UsageError(f"{pattern!r} cannot be a pattern of {ATTRIBUTES}", "name files: '*.bin', 'models/**'")
        whole = f"{pattern}**" if pattern.endswith("/") else pattern
        text = f'"{_escaped(whole)}"' if any(char in whole for char in NEEDS_QUOTES) else whole
        found.append(dotfiles.lfs_line(text, lfs.samples(whole, policy.results)[0]))
    return found


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")


def _written(there: _Files, policy: Policy, own: Sequence[Line], *, anew: bool) -> _Files:
    """With the table's lines; `anew` also without those of another preset, which would contradict them."""
    renewed = dotfiles.replaced(there.ignore, dotfiles.FORMERLY)
    attributes = there.attributes
    if anew:
        if dotfiles.TREATMENT[policy.data][1] == dotfiles.IGNORED:
            renewed = dotfiles.replaced(renewed, dotfiles.ANYWHERE)
        others = [Policy({"data": preset, "lfs": {"suffixes": list(policy.suffixes)}}) for preset in PRESETS]
        renewed = _without_others(renewed, policy, others, dotfiles.ignore_data)
        attributes = _without_others(attributes, policy, others, dotfiles.lfs_data)
    ignore = dotfiles.completed(renewed, dotfiles.ignore_sections(policy), dotfiles.is_ignored)
    sections = (*dotfiles.attribute_sections(policy), Section(OWN, tuple(own)))
    return _Files(ignore, dotfiles.completed(attributes, sections, dotfiles.is_attributed), there.top)


def _without_others(
    data: bytes, policy: Policy, others: Iterable[Policy], section: Callable[[Policy], Section]
) -> bytes:
    """Without what only another preset writes: its patterns, however their attributes are spelled, and their title."""
    title, lines = section(policy)
    foreign = {line.pattern for other in others for line in section(other).lines} - {line.pattern for line in lines}
    left = dotfiles.without(data, lambda _, text: bool(text) and text.split()[0] in foreign)
    return left if lines else dotfiles.without_title(left, title)


def _without_contradictions(files: _Files, policy: Policy, own: Sequence[Line]) -> _Files:
    """Without the ignore lines that hide what goes to Git LFS.

    Raises UsageError for one that the policy itself asks for: then the pattern is the mistake.
    """
    asked_for = {line.pattern for line in (*dotfiles.ignore_data(policy).lines, *dotfiles.CACHED.lines)}
    for _ in range(ROUNDS):
        hiding = _hiding(files, policy, own)
        if hiding is None:
            return files
        source, number, ignored, hidden = hiding
        if ignored in asked_for:
            message = f"{hidden} would be hidden by {ignored!r}, which keeps market data out (data: {policy.data})"
            raise UsageError(message, "keep it in another folder, or: quantgov lfs track --preset lfs-results")
        if source != IGNORE:
            raise UsageError(f"{source}:{number} {ignored!r} hides {hidden}", f"take the line out of {source}")
        files = files._replace(ignore=_without_line(files.ignore, number))
    raise UsageError(
        f"the lines of {IGNORE} hide more than can be sorted out", f"edit {IGNORE}: quantgov explain QG507"
    )


def _without_line(data: bytes, number: int) -> bytes:
    return dotfiles.without(data, lambda at, _: at == number)


def _hiding(files: _Files, policy: Policy, own: Sequence[Line]) -> tuple[str, int, str, str] | None:
    """The first ignore line that hides a pattern of Git LFS, or what stands for one of the team's own."""
    for conflict in lfs.conflicts(files.patterns, files.ignores, policy.results):
        return conflict.source, conflict.line, conflict.ignored, conflict.patterns[0][0]
    for line in own:
        match = files.ignores.match(line.sample)
        if match:
            return match.source, match.line, match.pattern, line.pattern
    return None


def _refuse_left_behind(repo: Repository, status: Status, wanted: _Files) -> None:
    """A pointer that no line gives to Git LFS any more is checked out as text by everybody."""
    attributes = wanted.patterns
    left = [file.path for file in status.of(*POINTERS) if not attributes.is_lfs(file.path)]
    if left:
        message = f"{few(left, 1)} would be a pointer that nothing gives to Git LFS"
        named = quoted(repo.from_here(left[0])) + (" …" if left[1:] else "")
        raise UsageError(message, f"git rm --cached -- {named}, commit, and again")


def _notes(status: Status, there: _Files, wanted: _Files) -> list[str]:
    before, after = there.ignores, wanted.ignores
    newly = [each.path for each in status.files if after.match(each.path) and not before.match(each.path)]
    return [f"{few(newly, 1)} will be ignored, but stays tracked: git rm --cached takes it out"] if newly else []


def _afterwards(repo: Repository, changed: Sequence[Edit], status: Status, wanted: _Files) -> tuple[str, ...]:
    if not changed:
        return ()
    attributes = wanted.patterns
    plain = [file for file in status.files if file.state not in POINTERS and attributes.is_lfs(file.path)]
    mend = [f"git add --renormalize {quoted(repo.from_here(''))}"] if plain or status.of(SHOULD_BE_POINTER) else []
    names = " ".join(quoted(repo.from_here(edit.name)) for edit in changed)
    return f"git add {names}", *mend, 'git commit -m "chore: sort out data files"'
