"""What one person may always do at night: suspend a strategy, roll it back to what ran before, or break the glass.

Each of the three plans first and writes nothing; what they commit goes through git's hooks like everything else.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from quantgov import attesting, entrance, lifecycle, overrides, passport, signoffs, strategy
from quantgov.amend import amend
from quantgov.desk import Edited
from quantgov.errors import UsageError
from quantgov.overrides import Override
from quantgov.scaffold import one_line
from quantgov.tree import GitTree
from quantgov.workspace import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ruamel.yaml.comments import CommentedMap

    from quantgov.amend import Edit
    from quantgov.desk import Desk
    from quantgov.strategy import Strategy

RUNS = (lifecycle.PRODUCTION, lifecycle.SUSPENDED)
BACKUP = "refs/quantgov/before-rollback/"


def suspend(desk: Desk, of: Strategy, reason: str) -> str:
    """Commit that a strategy stands still, where HEAD is; returns what the hooks said."""
    reason = _said(reason, "--reason")
    if of.status == lifecycle.SUSPENDED:
        raise UsageError(f"{of.id} is suspended already: {_why(of)}", f"quantgov passport show {of.id}")
    if of.status != lifecycle.PRODUCTION:
        raise UsageError(f"{of.id} is in {of.status}: nothing of it runs", f"quantgov passport show {of.id}")
    desk.refuse_edited((of.path,), "it would be committed with the suspension", staged=True)
    stop = _suspension(desk.landing.today, desk.email, reason)
    files = {of.path: amend(of.tree.read_file(of.path) or b"", stop)}
    return desk.commit(files, desk.subject(f"suspend {of.title}"))


def _suspension(today: str, email: str, reason: str) -> Edit:
    def put(document: CommentedMap) -> None:
        document["status"] = lifecycle.SUSPENDED
        given = {"date": today, "by": email, "reason": reason}
        document.setdefault("deployment", {})["suspension"] = given

    return put


def _why(of: Strategy) -> str:
    return of.text("deployment", "suspension", "reason")


class Version(NamedTuple):
    """A version as it last ran on the trunk: the commit that had it, the day it came, and why it may not run again."""

    strategy: Strategy
    commit: str
    since: str
    flaw: str

    @property
    def version(self) -> str:
        return self.strategy.version


class Rollback(NamedTuple):
    """A way back: from what stands now to a version that ran. `backup` is the ref that keeps what stands now."""

    of: Strategy
    to: Version
    backup: str
    branch: str


def rollback(desk: Desk, of: Strategy, to: str = "") -> Rollback:
    """The way back to a version, or to the last other one that ran. Raises UsageError where there is none.

    Only what was approved runs again: a version whose sign-offs never stood on the trunk is refused.
    """
    if of.status not in RUNS:
        raise UsageError(f"{of.id} is in {of.status}: nothing of it runs", f"git log -- {of.folder or of.path}")
    if not of.folder:
        raise UsageError(f"{of.id} has no folder of its own to restore", f"git log -- {of.path}, then git revert")
    desk.refuse_edited((of.folder,), "rolling back would lose it", staged=True)
    found = _chosen(desk, of, versions(desk, of), to)
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(desk.landing.now))
    _refuse_untracked(desk, of, found.strategy)
    _refuse_other_library(of, found)
    branch = "" if of.status == lifecycle.PRODUCTION else desk.branch_for(f"{of.slug}-{found.version}")
    return Rollback(of, found, f"{BACKUP}{now}", branch)


def versions(desk: Desk, of: Strategy) -> list[Version]:
    """What ran on the trunk's first parents, the latest first: each version once, as it last stood there approved."""
    now = _fingerprint(of)
    found: dict[str, Version] = {}
    for commit, path, since in _states(desk, of):
        ran = strategy.at(GitTree(desk.repo.objects, desk.repo.tree_of(commit)), path)
        if ran is None or ran.id != of.id or ran.status != lifecycle.PRODUCTION or _fingerprint(ran) == now:
            continue
        known = found.get(ran.version)
        if known is None or known.flaw:
            flaw = _flaw(desk, ran, commit)
            if known is None or not flaw:
                found[ran.version] = Version(ran, commit, time.strftime("%Y-%m-%d", time.gmtime(since)), flaw)
    return list(found.values())


def _states(desk: Desk, of: Strategy) -> Iterator[tuple[str, str, float]]:
    """The last commit of each state of a strategy's folder, the passport's path there, and when that state came."""
    authority = entrance.local_authority(desk.repo)
    last, path = authority.commit, of.path
    while last and path:
        commit = ""
        folder = f":(top,literal){path.rpartition('/')[0]}"
        for commit, since in dict.fromkeys(landing[:2] for landing in desk.repo.landings(last, folder)):
            yield last, path, since
            (parent,) = desk.repo.commits([f"{commit}^"])
            last = parent or ""
        path = _path_in(desk, of, last) if commit and last else ""


def _path_in(desk: Desk, of: Strategy, commit: str) -> str:
    """Where a strategy's passport stood in a commit, in whatever folder; empty where it did not."""
    tree = GitTree(desk.repo.objects, desk.repo.tree_of(commit))
    return next(iter(passport.owners(tree, desk.policy.strategies).get(of.id, ())), "")


def _fingerprint(of: Strategy) -> str:
    """The same for the same files and passport, whatever its status, sign-offs and reviews."""
    files = {path[len(of.folder) :]: of.tree.entry(path) for path in of.tree.paths(of.folder) if path != of.path}
    return strategy.tree_oid({path: entry for path, entry in files.items() if entry}) + of.terms_digest()


def _flaw(desk: Desk, of: Strategy, commit: str) -> str:
    """Why a version that ran was never approved; empty if it was."""
    change = entrance.standing(desk.repo, of.tree, [of.path], tip=commit)
    return next((flaw.message for each in signoffs.judged(change, desk.policy) for flaw in each.flaws), "")


def _chosen(desk: Desk, of: Strategy, ran: Sequence[Version], to: str) -> Version:
    """The version that is asked for, else the latest; never one that was not approved."""
    wanted = to.removeprefix("v")
    approved = [each for each in ran if not each.flaw]
    found = next((each for each in ran if each.version.removeprefix("v") == wanted), None) if to else None
    if found and not found.flaw:
        return found
    if not to and approved:
        other = (each for each in approved if each.version != of.version)
        return next(other, approved[0])
    again = f"quantgov rollback {of.id} --to {approved[0].version}" if approved else ""
    help = again or f'quantgov suspend {of.id} --reason "…"'
    known = f"; approved: {_listed(approved)}" if approved else ""
    if found:
        raise UsageError(f"{to} ran, and was never approved: {found.flaw}{known}", help)
    if to and wanted == of.version.removeprefix("v"):
        raise UsageError(f"{to} is what stands there already{known}", help)
    said = f"{to} of {of.id} never ran on {desk.trunk}" if to else f"nothing else of {of.id} ever ran there, approved"
    raise UsageError(f"{said}{known}", help)


def _listed(ran: Sequence[Version]) -> str:
    return ", ".join(f"{each.version} ({each.since})" for each in ran)


def _refuse_untracked(desk: Desk, of: Strategy, old: Strategy) -> None:
    """What stands on disk and is not in Git would be overwritten, and nothing would bring it back."""
    for path in _restored(of, old):
        if of.tree.entry(path) is None and os.path.lexists(os.path.join(desk.top, path)):
            raise UsageError(f"{path} is not in Git, and would be overwritten", f"mv {path} {path}.mine")


def _restored(of: Strategy, old: Strategy) -> Mapping[str, str]:
    """Each path that the folder will have, with the one that it is restored from."""
    return {of.folder + path[len(old.folder) :]: path for path in old.tree.paths(old.folder)}


def _refuse_other_library(of: Strategy, ran: Version) -> None:
    """A library stands outside of the folder, and others use it: who brings it back has to know that."""
    library = ran.strategy.library
    if library and ran.strategy.tree.oid(library) != of.tree.oid(library):
        message = f"{ran.version} was approved with another {library} than stands there now"
        first = f"git restore --source={ran.commit[:10]} {library}, and have that merged first"
        raise UsageError(message, f'{first}; or: quantgov suspend {of.id} --reason "…"')


def roll_back(desk: Desk, step: Rollback) -> str:
    """Restore and commit; whatever stops it, the folder is as it was. Returns what the hooks said."""
    of, old = step.of, step.to.strategy
    entries = {path: old.tree.entry(source) for path, source in _restored(of, old).items()}
    here = {path: entry for path, entry in entries.items() if entry}
    files: dict[str, bytes] = {}
    if of.status == lifecycle.SUSPENDED:
        files[of.path] = amend(old.tree.read_file(old.path) or b"", _still_suspended(of))
    subject = desk.subject(f"roll {of.title} back to {old.version}")
    with uninterrupted():
        desk.space.do("update-ref", step.backup, "HEAD")
        try:
            said = desk.commit_folder(of.folder, here, files, subject, step.branch)
        except BaseException:
            desk.space.run("update-ref", "-d", step.backup)
            raise
        if of.status == lifecycle.PRODUCTION:
            desk.space.do("update-ref", f"refs/tags/{lifecycle.tag_of(of.id)}", "HEAD")
        return said


def restored(step: Rollback) -> list[str]:
    """What a rollback brings back or takes away, from the strategy's folder, but for sign-offs."""
    of, old = step.of, step.to.strategy
    before = {path[len(of.folder) :]: of.tree.entry(path) for path in of.tree.paths(of.folder)}
    after = {path[len(old.folder) :]: old.tree.entry(path) for path in old.tree.paths(old.folder)}
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [name for name in names if not name.startswith(f"{strategy.SIGN_OFFS}/")]


def _still_suspended(of: Strategy) -> Edit:
    """What was decided since stays decided: rolling back does not start what somebody stopped."""
    stopped = of.get("deployment", "suspension")

    def put(document: CommentedMap) -> None:
        document["status"] = lifecycle.SUSPENDED
        if stopped:
            document.setdefault("deployment", {})["suspension"] = stopped

    return put


class BrokenGlass(NamedTuple):
    """An override about to be committed, and what there is to say of it."""

    override: Override
    files: Mapping[str, bytes]
    message: str
    is_signed: bool


def break_glass(desk: Desk, of: Strategy, incident: str, reason: str) -> BrokenGlass:
    """The override that whoever runs this may make now. Raises UsageError where it would let nothing through."""
    incident, reason = _said(incident, "--incident"), _said(reason, "--reason")
    now = desk.landing.now
    while desk.tree.entry(overrides.path_of(now)):  # somebody broke it this very second
        now += 1
    path = overrides.path_of(now)
    data = overrides.rendered(of.id, incident, reason, desk.email, now)
    person = desk.member(lifecycle.ENGINEER)
    signature, _ = attesting.signed(desk, of, person, data, "", overrides.NAMESPACE)
    files = attesting.with_signature(path, data, signature)
    files = {**attesting.attributed(desk, files, overrides.FOLDER + attesting.ATTRIBUTES), **files}
    (found,) = (each for each in overrides.of_tree(Edited(desk.tree, files)) if each.path == path)
    why_not = overrides.why_not(found, desk.as_if(files), desk.policy)
    if why_not:
        team = desk.policy.people
        names = ", ".join(each.name for each in team.people if team.may_sign(each, lifecycle.ENGINEER))
        again = f"quantgov break-glass {of.id} --incident ID --reason TEXT"
        raise UsageError(why_not, f"{names}: {again}" if names else "quantgov team show")
    message = f"break glass for {of.title}: {incident}"
    return BrokenGlass(found, files, message, bool(signature))


def _said(text: str, option: str) -> str:
    """A text on one line. Raises UsageError where nothing is in it."""
    said = one_line(text)
    if not said:
        raise UsageError(f"{option} is empty, and it is what others will read", f'{option} "what happened"')
    return said
