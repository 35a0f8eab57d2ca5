"""From one status to the next: what a step still lacks, and the one commit that takes it.

`plan` asks the engine what the hook would say of that commit, and writes nothing.
"""

from __future__ import annotations

import os
import shlex
from difflib import unified_diff
from typing import TYPE_CHECKING, NamedTuple

from quantgov import attesting, lifecycle, scaffold, signoffs, strategy
from quantgov.amend import amend
from quantgov.change import Change
from quantgov.errors import UsageError
from quantgov.git import Touched
from quantgov.judging import judgement
from quantgov.message import did_you_mean
from quantgov.moves import Move
from quantgov.rule import Stage
from quantgov.verdict import Judgement, Verdict
from quantgov.workspace import uninterrupted, write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ruamel.yaml.comments import CommentedMap

    from quantgov.amend import Edit
    from quantgov.attesting import Offer
    from quantgov.desk import Desk
    from quantgov.rule import Ruling
    from quantgov.signoffs import Flaw
    from quantgov.strategy import Strategy

OF_SIGN_OFFS = ("QG603", "QG604")
"""The rules whose findings somebody's sign-off answers."""
OF_WHOLE_BRANCHES = ("QG606",)
"""The rules that judge pushes and pull requests only."""
OF_STRATEGIES = ("QG4", "QG6")
"""The rules about strategies, by their prefixes."""
DRAFTED = {
    lifecycle.RESEARCH: (lifecycle.BRIEF,),
    lifecycle.PRODUCTION: (
        lifecycle.VALIDATION_REPORT,
        lifecycle.CHECKLIST,
        lifecycle.RUNBOOK,
        lifecycle.ROLLBACK,
        lifecycle.ON_CALL,
    ),
}
"""By gate, the deliverables that are written for somebody to fill in when they are first missed."""


class Piece(NamedTuple):
    """What a step lacks: the code of the rule that asks for it, where, and the command or edit that brings it."""

    code: str
    message: str
    place: str
    help: str


class Asked(NamedTuple):
    """A sign-off that cannot be given now: the role, the names of who may, why it does not stand, and what helps.

    `is_own` says that it is whoever runs this who has something to do first.
    """

    role: str
    names: tuple[str, ...]
    reason: str
    help: str
    is_own: bool


class Promotion(NamedTuple):
    """A step: `pieces` are what it lacks but for sign-offs; `offers` whoever runs this can give, `asked` others.

    `stale` says by role why a sign-off that is there does not stand.
    `drafts` are texts by path, of deliverables to fill in. `branch` is made first unless it is empty.
    """

    of: Strategy
    status: str
    gate: str
    files: Mapping[str, bytes]
    pieces: tuple[Piece, ...]
    offers: tuple[Offer, ...]
    stale: Mapping[str, str]
    asked: tuple[Asked, ...]
    drafts: Mapping[str, str]
    branch: str
    tag: str
    places: tuple[str, ...]

    @property
    def diff(self) -> str:
        """The edit of the passport, as a patch."""
        path = self.of.path
        before, after = ((data or b"").decode().splitlines(True) for data in (self._before, self.files[path]))
        return "".join(unified_diff(before, after, path, path, n=1))

    @property
    def _before(self) -> bytes | None:
        return self.of.tree.read_file(self.of.path)


def plan(desk: Desk, of: Strategy, status: str) -> Promotion:
    """What the step to a status would be. Raises UsageError where there is no such step from where it stands."""
    _refuse_step(of, status)
    along = places(of)
    desk.refuse_edited(along, "what is staged is judged and committed")
    branch = desk.branch_for(f"{of.slug}-{status}")
    files = edited(desk, of, status)
    change = desk.as_if(files, along, branch)
    blocking = Verdict([judgement(change, None), *_over_all(desk, of, change)]).blocking
    gate = Move(of, strategy.at(change.head, of.path)).goes_up_to
    lacks_sign_offs = any(each.code in OF_SIGN_OFFS for each in blocking)
    flaws = _flaws(desk, of, change) if lacks_sign_offs else {}
    own, asked = _signing(desk, of, flaws, gate)
    is_signing = bool(own or asked)
    return Promotion(
        of=of,
        status=status,
        gate=gate,
        files=files,
        pieces=(
            *_ahead(desk, of, status),
            *(_piece(desk, status, each) for each in blocking if not (is_signing and _is_signed_for(each))),
        ),
        offers=own,
        stale={role: _reason(flaw) for role, flaw in flaws.items() if not flaw.is_missing},
        asked=asked,
        drafts=dict(_drafts(desk, of, gate)),
        branch=branch,
        tag=lifecycle.tag_of(of.id) if status == lifecycle.PRODUCTION else "",
        places=along,
    )


def lacking(desk: Desk, of: Strategy, status: str) -> list[Piece]:
    """What a strategy lacks for a status, sign-offs included, whatever else its folder and branch are like."""
    change = desk.as_if(edited(desk, of, status), places(of))
    verdict = Verdict([judgement(change, None, select=OF_STRATEGIES)])
    return [_piece(desk, status, each) for each in verdict.blocking]


def places(of: Strategy) -> tuple[str, ...]:
    """What a step is judged on and commits, as far as it is staged: the strategy's folder and its library."""
    return (of.folder or of.path, *([of.library] if of.library else []))


def edited(desk: Desk, of: Strategy, status: str) -> dict[str, bytes]:
    """The passport with another status."""
    return {of.path: amend(of.tree.read_file(of.path) or b"", _to(of, status, desk.landing.today))}


def draft(desk: Desk, step: Promotion) -> None:
    """Write the deliverables that are not there, for somebody to fill in and add."""
    for path, text in step.drafts.items():
        target = os.path.join(desk.top, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        write_file(target, text.encode())


def take(desk: Desk, step: Promotion) -> str:
    """Commit the step, and tag what goes to production; returns what the hooks said."""
    with uninterrupted():  # no commit without its tag
        said = desk.commit(step.files, subject_of(desk, step), along=step.places, branch=step.branch)
        if step.tag:
            desk.space.do("update-ref", f"refs/tags/{step.tag}", "HEAD")
    return said


def subject_of(desk: Desk, step: Promotion) -> str:
    """The first line of the step's commit message."""
    return desk.subject(f"{'promote' if step.gate else 'move'} {step.of.title} to {step.status}")


def _refuse_step(of: Strategy, status: str) -> None:
    if status not in lifecycle.PHASES:
        raise UsageError(f"{status!r} is no status{did_you_mean(status, lifecycle.PHASES)}", _one_of(lifecycle.PHASES))
    if status == of.status:
        raise UsageError(f"{of.id} is in {status} already", f"quantgov passport show {of.id}")
    if status == lifecycle.SUSPENDED and of.status == lifecycle.PRODUCTION:
        raise UsageError("what runs is stopped with a reason", f'quantgov suspend {of.id} --reason "…"')
    if not lifecycle.is_legal(of.status, status):
        ways = [way for way in lifecycle.LEGAL.get(of.status, ()) if way and way != lifecycle.SUSPENDED]
        may = f"it may go to {' or '.join(ways)}" if ways else f"a {of.status} strategy stays {of.status}"
        help = f"quantgov promote {of.id} {ways[0]}" if ways else "quantgov new-strategy NAME"
        raise UsageError(f"{of.id} cannot go from {of.status} to {status}; {may}", help)


def _one_of(words: Iterable[str]) -> str:
    return f"one of: {', '.join(words)}"


def _to(of: Strategy, status: str, today: str) -> Edit:
    """The edit that puts a status; what runs is dated, and what runs again is not suspended any more."""

    def put(passport: CommentedMap) -> None:
        passport["status"] = status
        deployment = passport.get("deployment")
        if isinstance(deployment, dict) and of.status == lifecycle.SUSPENDED:
            deployment.pop("suspension", None)
        if status == lifecycle.PRODUCTION and not of.text("deployment", "deployment_date"):
            passport.setdefault("deployment", {})["deployment_date"] = today

    return put


def _is_signed_for(ruling: Ruling) -> bool:
    """Whether a sign-off mends a finding; signing also writes the record that the passport lacks."""
    return ruling.code in OF_SIGN_OFFS or ruling.finding.message.startswith("sign_offs is missing")


def _ahead(desk: Desk, of: Strategy, status: str) -> Iterator[Piece]:
    """Where the trunk is a step behind: there the two would be one, which skips a phase."""
    found = strategy.every(desk.change.authority, desk.policy) if desk.change.authority_name else []
    there = next((each.status for each in found if each.id == of.id), lifecycle.NOTHING)
    if not lifecycle.is_legal(there, status):
        where = f"has it in {there}" if there else "does not have it yet"
        message = f"{desk.trunk} {where}, and takes one step at a time"
        yield Piece("QG601", message, "", f"have {of.status} merged first; git fetch")


def _over_all(desk: Desk, of: Strategy, change: Change) -> Iterator[Judgement]:
    """What is said only once the whole branch is pushed: signed before that, it would all have to be signed again."""
    trunk = change.authority
    there = next((each for each in strategy.every(trunk, desk.policy) if each.id == of.id), None)
    if there is None:
        return
    paths = {path for each in (there, of) for path in (*each.tree.paths(each.folder), *each.library_paths())}
    touched = [Touched(path, trunk.entry(path), change.head.entry(path)) for path in sorted(paths)]
    whole = Change(
        Stage.PUSH,
        base=trunk,
        head=change.head,
        authority=trunk,
        authority_name=change.authority_name,
        touched=[each for each in touched if each.before != each.after],
        branch=change.branch,
        ignorecase=change.ignorecase,
        landing=change.landing,
    )
    yield judgement(whole, None, select=OF_WHOLE_BRANCHES)


def _piece(desk: Desk, status: str, ruling: Ruling) -> Piece:
    """A finding as somebody reads it. What only has to be staged is told so, whatever its rule says."""
    found = ruling.finding
    place = f"{found.path}:{found.line}" if found.line else found.path
    waits = found.path and desk.tree.entry(found.path) is None and os.path.isfile(os.path.join(desk.top, found.path))
    help = f"git add {shlex.quote(found.path)}" if waits else found.help
    return Piece(ruling.code, found.message.removeprefix(f"{status}: "), place, help)


def _flaws(desk: Desk, of: Strategy, change: Change) -> dict[str, Flaw]:
    """By role, the first reason why its sign-off does not stand."""
    judged = [each for each in signoffs.judged(change, desk.policy) if each.move.after and each.move.after.id == of.id]
    found: dict[str, Flaw] = {}
    for flaw in (flaw for each in judged for flaw in each.flaws):
        found.setdefault(flaw.role, flaw)
    return found


def _reason(flaw: Flaw) -> str:
    return "missing" if flaw.is_missing else flaw.message.partition(": ")[2]


def _signing(
    desk: Desk, of: Strategy, flaws: Mapping[str, Flaw], gate: str
) -> tuple[tuple[Offer, ...], tuple[Asked, ...]]:
    """Of the sign-offs that do not stand: those that whoever runs this can give now, and those of others."""
    own = desk.policy.people.by_email(desk.email) if flaws else None
    offers: list[Offer] = []
    asked: list[Asked] = []
    for role, flaw in flaws.items():
        names = _others(desk, of, role)
        is_own = own is not None and own.name in names
        told = _reason(flaw), f"quantgov sign {of.id} --as {role}"
        try:
            if is_own or not names:
                offers.append(attesting.offer(desk, of, role, gate=gate))
                continue
        except UsageError as error:
            told = (error.message, error.help) if is_own else told
        asked.append(Asked(role, names, *told, is_own=is_own))
    return tuple(offers), tuple(asked)


def _others(desk: Desk, of: Strategy, role: str) -> tuple[str, ...]:
    """Who may sign as this role: its researcher only as that, or where nobody else may and nothing forbids it."""
    team = desk.policy.people
    may = [each for each in team.people if team.may_sign(each, role)]
    researcher = team.by_email(of.researcher) if role != lifecycle.RESEARCHER else None
    others = [each for each in may if each is not researcher]
    return tuple(each.name for each in (others if others or role == lifecycle.PEER else may))


def _drafts(desk: Desk, of: Strategy, gate: str) -> Iterator[tuple[str, str]]:
    for kind in DRAFTED.get(gate, ()):
        path = of.resolve(of.file_of(kind))
        if path and desk.tree.entry(path) is None and not os.path.lexists(os.path.join(desk.top, path)):
            yield path, scaffold.render_deliverable(kind, of)
