"""All strategies at a glance, and one of them in full: what there is, what runs, who signed, and what is due."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from quantgov import entrance, lifecycle, overrides, promoting, signoffs, strategy
from quantgov.errors import UsageError
from quantgov.message import did_you_mean
from quantgov.promoting import Piece
from quantgov.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from quantgov.change import Change
    from quantgov.desk import Desk
    from quantgov.people import Team
    from quantgov.strategy import Strategy

SOON = timedelta(days=30)
"""How long before its day a review is called due."""
STANDS = "stands"


class Due(NamedTuple):
    """Something that somebody has to do by a day, YYYY-MM-DD, and how; `is_late` once that day is over."""

    strategy_id: str
    day: str
    what: str
    help: str
    is_late: bool


class Row(NamedTuple):
    """A strategy in a list. `since` is the day on which its version went live; empty where it never did."""

    strategy_id: str
    name: str
    version: str
    status: str
    owner: str
    since: str
    due: str
    folder: str


class Overview(NamedTuple):
    """What stands on the trunk: what runs and what stands still, what is due, and how many are in each phase."""

    trunk: str
    running: tuple[Row, ...]
    suspended: tuple[Row, ...]
    due: tuple[Due, ...]
    counts: Mapping[str, int]


class Given(NamedTuple):
    """A sign-off as it stands: the role, who gave it and when (empty where nobody did), and what is wrong with it."""

    role: str
    by: str
    day: str
    state: str


class Sheet(NamedTuple):
    """One strategy in full: `facts` are labels with what there is to say, `lacks` is what its next gate misses."""

    row: Row
    text: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    sign_offs: tuple[Given, ...]
    due: tuple[Due, ...]
    gate: str
    lacks: tuple[Piece, ...]


def rows(desk: Desk, *, phase: str = "", owner: str = "", due: bool = False) -> list[Row]:
    """Every strategy that is staged or committed here; of one phase, of one researcher, or with something due.

    Raises UsageError where the phase is none.
    """
    if phase and phase not in lifecycle.PHASES:
        help = f"one of: {', '.join(lifecycle.PHASES)}"
        raise UsageError(f"{phase!r} is no phase{did_you_mean(phase, lifecycle.PHASES)}", help)
    team, today = desk.policy.people, desk.landing.today
    found = strategy.every(desk.tree, desk.policy)
    waiting = _of_overrides(desk.change, desk, today) if found else []
    listed = [
        _row(each, team, _due_of(each, team, today) + [item for item in waiting if item.strategy_id == each.id])
        for each in found
        if (not phase or each.status == phase) and (not owner or _is_owner(each, owner, team))
    ]
    return [row for row in listed if row.due or not due]


def overview(desk: Desk) -> Overview:
    """What the trunk says; what is staged, where there is no trunk yet."""
    change = _on_trunk(desk)
    team, today = desk.policy.people, desk.landing.today
    found = strategy.every(change.head, desk.policy)
    due = [
        *(item for each in found for item in _due_of(each, team, today)),
        *_of_overrides(change, desk, today),
        *_unapproved(desk, found, today),
    ]
    listed = {status: [_row(each, team, []) for each in found if each.status == status] for status in lifecycle.PHASES}
    return Overview(
        trunk=change.authority_name or "what is staged",
        running=tuple(listed[lifecycle.PRODUCTION]),
        suspended=tuple(listed[lifecycle.SUSPENDED]),
        due=tuple(sorted(due, key=lambda item: (item.day, item.strategy_id))),
        counts={status: len(listed[status]) for status in lifecycle.PHASES},
    )


def sheet(desk: Desk, of: Strategy) -> Sheet:
    """A strategy as it is staged, and what the gate before it asks for that is not there."""
    today = desk.landing.today
    due = [
        *_due_of(of, desk.policy.people, today),
        *(item for item in _of_overrides(desk.change, desk, today) if item.strategy_id == of.id),
    ]
    gate = lifecycle.NEXT_GATE.get(of.status, "")
    up = gate if gate != of.status else ""
    return Sheet(
        row=_row(of, desk.policy.people, due),
        text=of.text("summary") or of.text("alpha_thesis"),
        facts=tuple((label, lines) for label, lines in _facts(of, desk) if any(lines)),
        sign_offs=tuple(_sign_offs(desk, of, gate)),
        due=tuple(due),
        gate=up,
        lacks=tuple(promoting.lacking(desk, of, up)) if up else (),
    )


def _on_trunk(desk: Desk) -> Change:
    authority = entrance.local_authority(desk.repo)
    return entrance.standing(desk.repo, authority.tree, ()) if authority.commit else desk.change


def _row(of: Strategy, team: Team, due: Sequence[Due]) -> Row:
    first = min(due, key=lambda item: item.day, default=None)
    return Row(
        strategy_id=of.id,
        name=of.text("name"),
        version=of.version,
        status=of.status,
        owner=signoffs.name_of(of.researcher, team),
        since=of.text("deployment", "deployment_date"),
        due=f"{first.day} {first.what}" if first else "",
        folder=of.folder.rstrip("/"),
    )


def _is_owner(of: Strategy, owner: str, team: Team) -> bool:
    """Whether a word is the researcher's name in the team, or any of their addresses."""
    person = team.by_email(of.researcher)
    known = (person.name.casefold(), *person.emails) if person else ()
    return owner.casefold() in (of.researcher.casefold(), *known)


def _due_of(of: Strategy, team: Team, today: str) -> list[Due]:
    if of.status == lifecycle.SUSPENDED:
        day = of.text("deployment", "suspension", "date")
        reason = of.text("deployment", "suspension", "reason") or "no reason given"
        help = f"quantgov promote {of.id} production"
        return [Due(of.id, day, f"suspended: {reason}", help, is_late=False)]
    last = strategy.last_reviewed(of, team, today) if of.status == lifecycle.PRODUCTION else ""
    day = strategy.review_due(last)
    if not day or day > _later(today):
        return []
    help = f"somebody else reviews every line, and adds it to reviews: in {of.path} with kind: code"
    return [Due(of.id, day, "full code review", help, is_late=day < today)]


def _unapproved(desk: Desk, found: Iterable[Strategy], today: str) -> Iterator[Due]:
    """What runs and is not approved as it stands: the glass was broken, or it went past the hooks."""
    running = [each for each in found if each.status == lifecycle.PRODUCTION]
    change = entrance.standing(desk.repo, running[0].tree, [each.path for each in running]) if running else None
    for judged in signoffs.judged(change, desk.policy) if change else ():
        roles = list(dict.fromkeys(flaw.role for flaw in judged.flaws))
        if roles:
            what = f"runs without the sign-off of {', '.join(roles)}"
            yield Due(judged.move.id, today, what, f"quantgov sign {judged.move.id} --as {roles[0]}", is_late=False)


def _later(today: str) -> str:
    return (date.fromisoformat(today) + SOON).isoformat()


def _of_overrides(change: Change, desk: Desk, today: str) -> list[Due]:
    """The overrides that nobody else has reviewed yet."""
    open_ones = [
        each for each in overrides.of_tree(change.head) if not overrides.is_reviewed(each, change, desk.policy)
    ]
    return [
        Due(
            each.strategy_id,
            each.review_due,
            f"review of the override for {each.incident}",
            f"quantgov sign {each.strategy_id} --as {lifecycle.PEER} --override {each.id}",
            is_late=each.review_due < today,
        )
        for each in open_ones
    ]


def _facts(of: Strategy, desk: Desk) -> Iterator[tuple[str, tuple[str, ...]]]:
    materiality = of.text("materiality")
    level = desk.policy.evidence_for(materiality)
    yield "researcher", (_known(of.researcher, desk.policy.people),)
    yield "hypothesis", (of.text("hypothesis_date"),)
    yield "thesis", (of.text("alpha_thesis") if of.text("summary") else "",)
    yield "frequency", (of.text("frequency"),)
    yield "materiality", (f"{materiality or 'not stated, so medium'}: sign-offs are {level}",)
    yield "use", (of.text("intended_use"),)
    yield "limitations", _texts(of.get("limitations"))
    yield "data", tuple(_source(each) for _, each in of.items("data_sources"))
    yield "code", (_code(of),)
    yield "parameters", (_file(of, of.parameters_file),)
    yield "report", (_file(of, of.report_file),)
    yield "risk", (_pairs(of.get("risk")),)
    yield "alerts", (", ".join(_texts(of.get("deployment", "monitoring_alerts"))),)
    yield "suspended", (_suspension(of),)


def _known(email: str, team: Team) -> str:
    person = team.by_email(email)
    return f"{person.name} <{email}>" if person else f"{email}, who is not in the team"


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _source(given: Mapping[str, object]) -> str:
    what = ", ".join(_texts(given.get("endpoints"))) or f"{given.get('type', '')} from {given.get('provider', '')}"
    pins = [str(given[key]) for key in ("api_version", "symbol_list", "timestamp_convention") if key in given]
    where = f" in {', '.join(_texts(given.get('markets')))}" if given.get("markets") else ""
    return f"{given.get('source', '')}: {what}{where}" + (f" ({', '.join(pins)})" if pins else ", not pinned")


def _code(of: Strategy) -> str:
    count = len(of.code_paths())
    oid = of.code_tree()
    pin = of.text("deployment", "signal_version")
    own = counted(count, "file") + (f", tree {oid}" if oid else "")
    return f"{own}, with {pin}" if pin else own


def _file(of: Strategy, name: str) -> str:
    return name if of.read(name) is not None else f"{name}, which is not there"


def _pairs(value: object) -> str:
    return ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else ""


def _suspension(of: Strategy) -> str:
    stopped = of.get("deployment", "suspension")
    if not isinstance(stopped, dict):
        return ""
    return f"on {stopped.get('date')} by {stopped.get('by')}: {stopped.get('reason')}"


def _sign_offs(desk: Desk, of: Strategy, gate: str) -> Iterator[Given]:
    """The sign-offs that the strategy's next gate asks for, or what runs rests on, each with its state; then others."""
    duties = lifecycle.GATES[gate].duties if gate else ()
    flaws = {flaw.role: flaw for each in _judged(desk, of, gate) for flaw in reversed(each.flaws)} if gate else {}
    for duty in duties:
        data = of.tree.read_file(signoffs.path_of(of, duty.role))
        said = signoffs.parse(data) if data is not None else None
        flaw = flaws.get(duty.role)
        if said is None or (flaw and flaw.is_missing):
            yield Given(duty.role, "", "", flaw.message.partition(": ")[2] if flaw else "missing")
        else:
            mark = ", self-reviewed" if said.self_reviewed else ""
            state = flaw.message.partition(": ")[2] if flaw else STANDS
            yield Given(duty.role, signoffs.name_of(said.signer, desk.policy.people), said.time[:10], state + mark)
    asked = {(duty.role, duty.gate) for duty in duties}
    for _, each in of.items("sign_offs"):
        role, at = str(each.get("role", "")), str(each.get("gate", ""))
        if (role, at) not in asked:
            by = signoffs.name_of(str(each.get("by", "")), desk.policy.people)
            yield Given(role, by, str(each.get("date", "")), f"for {at}, before")


def _judged(desk: Desk, of: Strategy, gate: str) -> list[signoffs.Judged]:
    """As for the step to a gate; of what runs, as it stands."""
    if of.status == gate:
        change = entrance.standing(desk.repo, of.tree, [of.path])
    else:
        change = desk.as_if(promoting.edited(desk, of, gate), promoting.places(of))
    return [each for each in signoffs.judged(change, desk.policy) if each.move.id == of.id]


def rows_as_json(listed: Iterable[Row]) -> str:
    return _dumped({"strategies": [row._asdict() for row in listed]})


def overview_as_json(found: Overview) -> str:
    return _dumped(
        {
            "trunk": found.trunk,
            "running": [row._asdict() for row in found.running],
            "suspended": [row._asdict() for row in found.suspended],
            "due": [item._asdict() for item in found.due],
            "counts": dict(found.counts),
        }
    )


def sheet_as_json(found: Sheet) -> str:
    return _dumped(
        {
            **found.row._asdict(),
            "summary": found.text,
            "facts": {label: list(lines) for label, lines in found.facts},
            "sign_offs": [each._asdict() for each in found.sign_offs],
            "due_items": [item._asdict() for item in found.due],
            "next_gate": found.gate or None,
            "lacks": [piece._asdict() for piece in found.lacks],
        }
    )


def _dumped(report: Mapping[str, object]) -> str:
    return json.dumps({"schema": 1, **report}, indent=2) + "\n"
