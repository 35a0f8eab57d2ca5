"""Ways through at night: overrides, which let one strategy past its gates for hours, and what needs no leave at all.

An override is a file in governance/overrides/ that `quantgov break-glass` writes. It counts at every entrance while it
is in force, is called out wherever it counts, and has to be reviewed by somebody else within two working days.
"""

from __future__ import annotations

import re

from quantgov import lifecycle, moves, signoffs, strategy
from quantgov.policy import OVERRIDABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quantgov.change import Change
    from quantgov.git import Touched
    from quantgov.moves import Move
    from quantgov.people import Person
    from quantgov.policy import Policy
    from quantgov.rule import Ruling
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

FOLDER = "governance/overrides/"
FILE = re.compile(re.escape(FOLDER) + r"(\d{8}T\d{6}Z)\.yaml")
REVIEW = ".review.intoto.json"
NAMESPACE = "quantgov-override"
PROTECTED = "QG103"
HOURS, SKEW = 4, 300
"""The longest that an override holds; and by how many seconds two clocks may differ."""
RECENT = 86_400
"""For how many seconds after its end it is still said that an override does not count any more."""
WORKING_DAYS = 2
BREAK_GLASS = "break-glass"
SATURDAY = 5


class Override:
    """An override as its file has it; times are in seconds since 1970, `review_due` is YYYY-MM-DD."""

    __slots__ = ("by", "data", "expires", "id", "incident", "path", "reason", "review_due", "strategy_id", "time")

    def __init__(self, id: str, path: str, data: bytes, value: Mapping[str, object]) -> None:
        self.id = id
        self.path = path
        self.data = data
        self.strategy_id = str(value["strategy_id"])
        self.incident = str(value["incident"])
        self.reason = str(value["reason"])
        self.by = str(value["by"])
        self.time = seconds(str(value["time"]))
        self.expires = min(seconds(str(value["expires"])), self.time + HOURS * 3600)
        self.review_due = min(str(value["review_due"]), review_due(self.time))

    @property
    def review_path(self) -> str:
        return f"{FOLDER}{self.id}{REVIEW}"

    def concerns(self, ruling: Ruling, moves: Sequence[Move], touched: Sequence[Touched]) -> bool:
        """Whether a finding is about this strategy; one about the branch only where nothing else is touched.

        Where it stands does not tell: a strategy's folder may lie in another one's. So each key begins with the id.
        """
        if ruling.code != PROTECTED:
            return ruling.finding.key.partition(" ")[0] == self.strategy_id
        own = _folders(move for move in moves if move.id == self.strategy_id)
        others = _folders(move for move in moves if move.id != self.strategy_id)
        within = tuple(folder for folder in others if folder.startswith(own))
        paths = [each.path for each in touched]
        return all(path.startswith((FOLDER, *own)) and not path.startswith(within) for path in paths)


def _folders(moves: Iterable[Move]) -> tuple[str, ...]:
    return tuple(side.folder for move in moves for side in (move.before, move.after) if side)


def seconds(moment: str) -> float:
    """Since 1970, of a moment as `YYYY-MM-DDTHH:MM:SSZ`. Raises ValueError where there is no such day or hour."""
    from datetime import datetime

    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


def path_of(now: float) -> str:
    """Where the override of this second stands."""
    return f"{FOLDER}{re.sub('[-:]', '', signoffs.moment(now))}.yaml"


def review_due(now: float) -> str:
    """The second working day after this moment, as YYYY-MM-DD."""
    from datetime import UTC, datetime, timedelta

    day, left = datetime.fromtimestamp(now, UTC).date(), WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day.isoformat()


def rendered(strategy_id: str, incident: str, reason: str, by: str, now: float) -> bytes:
    """The file of an override that begins now."""
    import json

    lines = (
        "version: 1",
        f"strategy_id: {strategy_id}",
        f"incident: {json.dumps(incident, ensure_ascii=False)}",
        f"reason: {json.dumps(reason, ensure_ascii=False)}",
        f"by: {json.dumps(by)}",
        f'time: "{signoffs.moment(now)}"',
        f'expires: "{signoffs.moment(now + HOURS * 3600)}"',
        f'review_due: "{review_due(now)}"',
    )
    return "".join(f"{line}\n" for line in lines).encode()


def of_tree(tree: Tree) -> list[Override]:
    """The overrides that a tree holds, the oldest first. One that cannot be read lets nothing through."""
    return [found for path in tree.paths(FOLDER) if (found := _read(tree, path))]


def _read(tree: Tree, path: str) -> Override | None:
    named = FILE.fullmatch(path)
    data = tree.read_file(path) if named else None
    if named is None or data is None:
        return None
    from quantgov import documents

    if documents.faults(data, "override"):
        return None
    value = documents.load(data).value
    assert isinstance(value, dict)
    try:
        return Override(named[1], path, data, value)
    except ValueError:  # 31 February fits the pattern
        return None


def is_record(path: str) -> bool:
    """Whether a path is an override's own, or its signature's."""
    return FILE.fullmatch(path.removesuffix(signoffs.SIGNATURE)) is not None


def known(change: Change) -> list[Override]:
    """Head's overrides, and authority's that head does not have any more: deleting the record ends nothing."""
    here = of_tree(change.head)
    kept = {each.id for each in here}
    return here + [each for each in of_tree(change.authority) if each.id not in kept]


def apply(rulings: Iterable[Ruling], change: Change, policy: Policy) -> None:
    """Waive what an override in force lets through, each with its reason."""
    open_to = [each for each in rulings if each.code in OVERRIDABLE and not each.waived]
    if not open_to:
        return
    found = moves.of(change, policy)
    for override in of_tree(change.head):
        concerned = [each for each in open_to if override.concerns(each, found, change.touched)]
        if concerned and change.landing.now <= override.expires + RECENT:
            reason = why_not(override, change, policy)
            for ruling in concerned:
                _let_through(ruling, override, reason)


def _let_through(ruling: Ruling, override: Override, reason: str) -> None:
    """Or say why not: at night nobody guesses."""
    if reason:
        ruling.finding.help += f"; the override {override.id} does not count: {reason}"
    else:
        until = signoffs.moment(override.expires)
        ruling.waived = f"{BREAK_GLASS} {override.incident}: {override.reason} ({override.by}, until {until})"


def _why_not_now(override: Override, now: float) -> str:
    if now > override.expires:
        return f"it ended at {signoffs.moment(override.expires)}"
    return f"it begins at {signoffs.moment(override.time)}" if now < override.time - SKEW else ""


def why_not(override: Override, change: Change, policy: Policy) -> str:
    """Why an override lets nothing through now; empty if it does."""
    untimely = _why_not_now(override, change.landing.now)
    if untimely:
        return untimely
    person = policy.people.by_email(override.by)
    if person is None:
        return f"{override.by} is not in the team that judges it"
    if not policy.people.may_sign(person, lifecycle.ENGINEER) and not _is_on_call(person, override, change, policy):
        return f"{person.name} is neither engineer nor on call for {override.strategy_id}"
    return _unproven(override, person, change, policy)


def _is_on_call(person: Person, override: Override, change: Change, policy: Policy) -> bool:
    """By each list, should two strategies have this id: one of them would be somebody's own."""
    lists = [on_call(each) for each in _of_id(override.strategy_id, change.authority, policy)]
    return bool(lists) and all(not set(person.emails).isdisjoint(each) for each in lists)


def _of_id(strategy_id: str, tree: Tree, policy: Policy) -> list[Strategy]:
    return [each for each in strategy.every(tree, policy) if each.id == strategy_id]


def _evidence(override: Override, change: Change, policy: Policy) -> str:
    """The stricter of what the trunk and the change ask for: an emergency makes nothing less material."""
    trees = (change.authority, change.head)
    return signoffs.strictest([each for tree in trees for each in _of_id(override.strategy_id, tree, policy)], policy)


def on_call(of: Strategy) -> list[str]:
    """The addresses of a strategy's on-call list, in lower case."""
    data = of.read(strategy.DELIVERABLES[lifecycle.ON_CALL])
    if data is None:
        return []
    from quantgov import documents

    if documents.faults(data, "on-call"):
        return []
    value = documents.load(data).value
    contacts = value.get("contacts") if isinstance(value, dict) else None
    assert isinstance(contacts, list)
    return [str(each["email"]).casefold() for each in contacts if isinstance(each, dict)]


def _unproven(override: Override, person: Person, change: Change, policy: Policy) -> str:
    signature = change.head.read_file(override.path + signoffs.SIGNATURE)
    if signature is None:
        return "it has no signature" if _evidence(override, change, policy) == signoffs.SIGNED else ""
    return _forged(override.data, signature, person, NAMESPACE, change.landing.now, change)


def _forged(data: bytes, signature: bytes, person: Person, namespace: str, when: float, change: Change) -> str:
    """Why a signature is not this person's over these bytes; empty if it is."""
    from quantgov import sshsig

    check = sshsig.Check(data, signature, person.email, person.keys, namespace, when)
    return sshsig.verify([check], change.landing.ssh_keygen())[0]


def is_reviewed(override: Override, change: Change, policy: Policy) -> bool:
    """Whether somebody else, who may review, has said of these very bytes what came of them."""
    data = change.head.read_file(override.review_path)
    said = signoffs.parse(data) if data is not None else None
    if said is None or data is None or said.strategy_id != override.strategy_id:
        return False
    files = [override.review_path, override.review_path + signoffs.SIGNATURE]
    signature = change.head.read_file(files[1])
    given = files if signature is not None else files[:1]
    team, when, has_landed = signoffs.judging_team(change.head, given, change, policy)
    person = team.by_email(said.signer)
    bytes_agree = said.digests.get(override.path) == {"sha256": strategy.sha256(override.data)}
    if person is None or not bytes_agree or override.by.casefold() in person.emails:
        return False
    if not team.may_sign(person, lifecycle.PEER):
        return False
    if signature is None:
        return not signoffs.unsigned(person, _evidence(override, change, policy), change, policy, has_landed=has_landed)
    return not _forged(data, signature, person, signoffs.NAMESPACE, when, change)


def is_safer(change: Change, policy: Policy) -> bool:
    """Whether a change only stops a strategy, or brings back what ran before: that is free, even at night."""
    found = [move for move in moves.of(change, policy) if not _only_surrounds(move)]
    folders = tuple(move.after.folder for move in found if move.after and move.after.folder)
    if not all(each.path.startswith(folders) for each in change.touched):
        return False
    return bool(found) and all(_only_suspends(move, change) or only_returns(move, change) for move in found)


def _only_surrounds(move: Move) -> bool:
    """Whether the change is in its folder, but it neither runs nor has its own passport changed."""
    runs = lifecycle.PRODUCTION in (move.left, move.reached)
    sides = [(side.path, side.tree.oid(side.path)) for side in (move.before, move.after) if side]
    return not runs and len(sides) == 2 and sides[0] == sides[1]


def _only_suspends(move: Move, change: Change) -> bool:
    if not (move.before and move.after and lifecycle.is_safer(move.left, move.reached)):
        return False
    is_alone = [each.path for each in change.touched if each.path.startswith(move.after.folder)] == [move.after.path]
    return is_alone and _without_stop(move.before) == _without_stop(move.after)


def _without_stop(of: Strategy) -> dict[str, object]:
    """A passport but for what suspending writes into it."""
    deployment = of.get("deployment")
    kept = (
        {key: value for key, value in deployment.items() if key != "suspension"} if isinstance(deployment, dict) else {}
    )
    return {**of.value, "status": "", "deployment": kept}


def only_returns(move: Move, change: Change) -> bool:
    """Whether it runs before and after, and every file of its folder is as it once stood on the trunk, or is gone."""
    if not (move.before and move.after and move.left == move.reached == lifecycle.PRODUCTION):
        return False
    touched = [each for each in change.touched if each.path.startswith(move.after.folder)]
    return all(not each.after or change.landing.history(each.path, each.after.oid) for each in touched)
