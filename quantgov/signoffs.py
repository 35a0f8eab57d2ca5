"""Sign-offs: in-toto statements that name what somebody agreed to, and who it was.

A statement stands beside what it is about, `signoffs/<role>.intoto.json`, with a detached signature where the team
asks for one: a commit's own signature does not survive a squash or a rebase. A sign-off is judged when it lands, by
the team that the trunk has then, at that time and never at the one it claims; one that landed earlier, by the team of
that day.

Source: in-toto Statement v1, https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.
"""

from __future__ import annotations

import time

from quantgov import lifecycle, moves, strategy
from quantgov import policy as policies
from quantgov.errors import PolicyError, UsageError
from quantgov.rule import Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from quantgov.change import Change
    from quantgov.git import Entry
    from quantgov.lifecycle import Duty
    from quantgov.moves import Move
    from quantgov.people import Person, Team
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:quantgov:sign-off:v1"
NAMESPACE = "quantgov-signoff"
RECORDED, REVIEWED, SIGNED = "recorded", "reviewed", "signed"
SUFFIX, SIGNATURE = ".intoto.json", ".sig"
MAX_BYTES = 1 << 16
SHOWN = {
    lifecycle.CODE: "the signal code",
    lifecycle.PASSPORT: "the passport",
    lifecycle.SIGNAL_PIN: "signal_version",
}
"""Subjects that are no files."""
LOCAL = Stage.COMMIT | Stage.PUSH | Stage.SNAPSHOT
"""Where nobody's review of a pull request is known yet, or any more."""


class SignOff:
    """What a statement says. `digests` are by the name of their subject."""

    __slots__ = ("digests", "gate", "role", "self_reviewed", "signer", "strategy_id", "time", "version")

    def __init__(self, value: dict[str, object]) -> None:
        predicate = value["predicate"]
        subjects = value["subject"]
        assert isinstance(predicate, dict)
        assert isinstance(subjects, list)
        self.strategy_id = _text(predicate, "strategy_id")
        self.version = _text(predicate, "strategy_version")
        self.gate = _text(predicate, "gate")
        self.role = _text(predicate, "role")
        self.signer = _text(predicate, "signer")
        self.time = _text(predicate, "time")
        self.self_reviewed = predicate["self_reviewed"] is True
        self.digests = _once([(_text(each, "name"), each["digest"]) for each in subjects])


def _text(value: Mapping[str, object], key: str) -> str:
    """Raises ValueError for what would be shown as something else than it is."""
    text = value[key]
    if not isinstance(text, str) or not text.isprintable():
        raise ValueError(key)
    return text


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Raises ValueError where a name stands twice: two readers could take one each."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


class Flaw:
    """Why a sign-off that is asked for does not count. `stale` are the subjects that changed since."""

    __slots__ = ("help", "is_missing", "key", "message", "path", "role", "stale")

    def __init__(
        self, message: str, path: str, help: str, *, role: str, key: str, is_missing: bool = False, stale: str = ""
    ) -> None:
        self.message = message
        self.path = path
        self.help = help
        self.role = role
        self.key = key
        self.is_missing = is_missing
        self.stale = stale


class Judged:
    """What became of the sign-offs that a move asks for: the flaws, and who gave those that count, by role.

    `gate` is empty where none was asked for, and some were given early. `is_under_way` says that the approval of a
    change to what runs is being gathered on a branch, where those who sign come one after the other.
    """

    __slots__ = ("flaws", "gate", "given", "is_under_way", "move")

    def __init__(self, move: Move, gate: str) -> None:
        self.move = move
        self.gate = gate
        self.flaws: list[Flaw] = []
        self.given: dict[str, SignOff] = {}
        self.is_under_way = False

    def is_left_out(self, flaw: Flaw) -> bool:
        """Whether the flaw only says that an approval is not whole: that is QG607's, or will be told where it lands."""
        is_open = flaw.is_missing or bool(flaw.stale)
        return is_open and (self.is_under_way or bool(changed_pins(self.move)))


def path_of(of: Strategy, role: str) -> str:
    return f"{of.folder}{strategy.SIGN_OFFS}/{role}{SUFFIX}"


def statement(of: Strategy, duty: Duty, signer: str, now: float, *, self_reviewed: bool = False) -> bytes:
    """The exact bytes to sign: a statement over what the duty is about, as it stands in the strategy's tree.

    `now` is in seconds since 1970. Raises UsageError where something that is signed for is not there.
    """
    subjects = []
    for kind in duty.subjects:
        found = of.subject(kind)
        if found is None:
            where = "signal code" if kind == lifecycle.CODE else of.file_of(kind)
            raise UsageError(f"{of.id} has no {where} to sign for", f"quantgov passport show {of.id}")
        subjects.append(found)
    return rendered(
        subjects,
        {
            "strategy_id": of.id,
            "strategy_version": of.version,
            "gate": duty.gate,
            "role": duty.role,
            "signer": signer,
            "time": moment(now),
            "self_reviewed": self_reviewed,
        },
    )


def moment(now: float) -> str:
    """Seconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


def rendered(subjects: Iterable[tuple[str, dict[str, str]]], predicate: dict[str, object]) -> bytes:
    """A statement as it is written and signed: UTF-8, two blanks of indentation, sorted keys, a newline at its end."""
    import json

    value = {
        "_type": STATEMENT,
        "predicateType": PREDICATE,
        "subject": [{"name": name, "digest": digest} for name, digest in subjects],
        "predicate": predicate,
    }
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def parse(data: bytes) -> SignOff | None:
    """What a statement's bytes say; None where they are no statement of this kind."""
    import json

    try:
        value = json.loads(data, object_pairs_hook=_once) if len(data) <= MAX_BYTES else None
        if not isinstance(value, dict) or (value["_type"], value["predicateType"]) != (STATEMENT, PREDICATE):
            return None
        return SignOff(value)
    except (ValueError, KeyError, TypeError, AssertionError, RecursionError):
        return None


def judged(change: Change, policy: Policy) -> list[Judged]:
    """Every move of a change that asks for sign-offs, and what became of them."""
    return change.once(_judged, policy)


def _judged(change: Change, policy: Policy) -> list[Judged]:
    asked = ((move, *_asked(move, change)) for move in moves.of(change, policy))
    reads = [(Judged(move, gate), _read(move, gate, duties, change, policy)) for move, gate, duties in asked if duties]
    for found, given in reads:
        found.flaws += [flaw for read in given for flaw in read.flaws]
    pending = [(found, read) for found, given in reads for read in given if not read.flaws]
    for (found, read), reason in zip(pending, _unproven([read for _, read in pending], change, policy), strict=True):
        if reason:
            found.flaws.append(read.flaw(*reason, key="signature"))
        else:
            assert read.sign_off
            found.given[read.duty.role] = read.sign_off
    for found, _ in reads:
        found.is_under_way = _is_under_way(found, change, policy)
    return [found for found, _ in reads]


def _is_under_way(found: Judged, change: Change, policy: Policy) -> bool:
    """Whether somebody has signed, in this very change, for what runs as it stands now, on a branch of its own."""
    before, after = found.move.before, found.move.after
    if lands(change, policy) or found.move.goes_up_to or not (before and after):
        return False
    paths = [(path_of(before, role), path_of(after, role)) for role in found.given]
    return any(before.tree.oid(old) != after.tree.oid(new) for old, new in paths)


def lands(change: Change, policy: Policy) -> bool:
    """Whether it reaches the trunk, which need not be among the protected branches, or may be on its way there."""
    if change.stage in Stage.RANGE | Stage.SNAPSHOT or change.branch is None or change.branch in policy.protected:
        return True
    return any(commit.lands for commit in change.commits)


def _read(move: Move, gate: str, duties: Iterable[Duty], change: Change, policy: Policy) -> list[_Read]:
    assert move.after
    level = evidence(move, policy)
    return [_Read(move.after, duty, gate, level, change, policy) for duty in duties]


def _asked(move: Move, change: Change) -> tuple[str, tuple[Duty, ...]]:
    """The gate whose sign-offs must stand: the one gone through; production's where what runs was changed.

    Short of one, a sign-off that lands early is judged all the same, as it will not be new later. Of what just stands
    there, only what runs has to be signed for still.
    """
    gate = move.goes_up_to
    if change.stage is Stage.SNAPSHOT:
        gate = gate if gate == lifecycle.PRODUCTION else ""
    elif move.reached == move.left == lifecycle.PRODUCTION and is_changed(move):
        gate = lifecycle.PRODUCTION
    if gate:
        return gate, lifecycle.GATES[gate].duties
    return "", () if change.stage is Stage.SNAPSHOT else tuple(_early(move, change))


def _early(move: Move, change: Change) -> Iterator[Duty]:
    """What the sign-offs are for that the change brings, though no gate asks for them yet."""
    if move.after is None or move.reached == lifecycle.PRODUCTION:
        return
    brought = {each.path for each in change.touched if each.after}
    for role in lifecycle.SIGNING:
        path = path_of(move.after, role)
        if path in brought or path + SIGNATURE in brought:
            data = move.after.tree.read_file(path)
            said = parse(data) if data is not None else None
            gate = said.gate if said else lifecycle.NEXT_GATE.get(move.reached, "")
            yield lifecycle.duty_of(role, gate) or lifecycle.latest_duty(role)


def is_changed(move: Move) -> bool:
    """Whether something that production's sign-offs speak for, or one of them, differs from what it was."""
    assert move.before
    assert move.after
    return _signed_state(move.before) != _signed_state(move.after)


def changed_pins(move: Move) -> list[str]:
    """What was changed under a strategy that runs and goes on running: parameters, signal pin, data pin."""
    before, after = move.before, move.after
    if not (before and after and move.left == move.reached == lifecycle.PRODUCTION):
        return []
    differs = {
        "parameters": before.subject(lifecycle.PARAMETERS) != after.subject(lifecycle.PARAMETERS),
        "signal pin": before.text("deployment", "signal_version") != after.text("deployment", "signal_version"),
        "data pin": before.get("data_sources") != after.get("data_sources"),
    }
    return [name for name, is_changed in differs.items() if is_changed]


def pins_digest(move: Move) -> str:
    """Names the parameters and pins that a strategy runs with after a move."""
    assert move.after
    subject = move.after.subject(lifecycle.PARAMETERS)
    return f"{subject} {move.after.text('deployment', 'signal_version')} {move.after.get('data_sources')}"


def _signed_state(of: Strategy) -> list[object]:
    duties = lifecycle.GATES[lifecycle.PRODUCTION].duties
    kinds = dict.fromkeys(kind for duty in duties for kind in duty.subjects)
    files = (path_of(of, duty.role) + end for duty in duties for end in ("", SIGNATURE))
    return [*(of.subject(kind) for kind in kinds), *(of.tree.oid(path) for path in files)]


def evidence(move: Move, policy: Policy) -> str:
    """What proves a sign-off of this strategy: the stricter of what it was and what it is."""
    sides = [each for each in (move.before, move.after) if each]
    return strictest(sides, policy)


def strictest(strategies: Iterable[Strategy], policy: Policy) -> str:
    """The most that any of these asks for as evidence; without one, what is asked where nothing is stated."""
    asked = {policy.evidence_for(each.text("materiality")) for each in strategies}
    return max(asked or {policy.evidence_for("")}, key=(RECORDED, REVIEWED, SIGNED).index)


class _Read:
    """A sign-off as it was read for a duty, with all that is wrong with it but for its signature."""

    __slots__ = (
        "data",
        "duty",
        "flaws",
        "gate",
        "has_landed",
        "level",
        "of",
        "person",
        "sign_off",
        "signature",
        "time",
    )

    def __init__(self, of: Strategy, duty: Duty, gate: str, level: str, change: Change, policy: Policy) -> None:
        self.of = of
        self.level = level
        self.duty = duty
        self.gate = gate
        self.data = of.tree.read_file(path_of(of, duty.role))
        self.signature = of.tree.read_file(path_of(of, duty.role) + SIGNATURE)
        self.sign_off = parse(self.data) if self.data is not None else None
        self.person: Person | None = None
        self.time = change.landing.now
        self.has_landed = False
        self.flaws: list[Flaw] = []
        if self.data is None or (self.sign_off and self._is_of_earlier_gate(self.sign_off)):
            self.flaws.append(self._missing(policy.people))
        elif self.sign_off is None:
            self.flaws.append(self.flaw("this is no sign-off that quantgov wrote", self.again(), key="form"))
        else:
            team, self.time, self.has_landed = judging_team(of.tree, self._files(), change, policy)
            self.person = team.by_email(self.sign_off.signer)
            self.flaws += self._wrong_in(self.sign_off, team)

    def flaw(self, message: str, help: str, *, key: str, is_missing: bool = False, stale: str = "") -> Flaw:
        """A flaw of this very statement: that an earlier one had it too is no excuse for the next."""
        path = path_of(self.of, self.duty.role)
        return Flaw(
            f"{self.duty.role}'s sign-off of {self.of.id}: {message}",
            path,
            help,
            role=self.duty.role,
            key=f"{self.of.id} {self.gate} {self.duty.role} {key} {self.of.tree.oid(path) or ''}",
            is_missing=is_missing,
            stale=stale,
        )

    def _files(self) -> list[str]:
        path = path_of(self.of, self.duty.role)
        return [path, path + SIGNATURE] if self.signature is not None else [path]

    def _is_of_earlier_gate(self, sign_off: SignOff) -> bool:
        """The researcher signs for the brief first, and then in the same place for the report."""
        order = list(lifecycle.way_to(lifecycle.PRODUCTION))
        known = sign_off.gate in order and sign_off.strategy_id == self.of.id
        return known and order.index(sign_off.gate) < order.index(self.duty.gate)

    def again(self) -> str:
        """The command that gives it: the gate is named where another one comes next."""
        usual = lifecycle.duty_of(self.duty.role, lifecycle.NEXT_GATE.get(self.of.status, ""))
        gate = "" if usual is self.duty else f" --gate {self.duty.gate}"
        return f"quantgov sign {self.of.id} --as {self.duty.role}{gate}"

    def _missing(self, team: Team) -> Flaw:
        author = team.by_email(self.of.researcher) if self.duty.role == lifecycle.PEER and team.size > 1 else None
        holders = ", ".join(person.name for person in team.holders(self.duty.role) if person is not author)
        message = f"missing; {holders or 'nobody in the team'} may give it"
        help = self.again() if holders else f"quantgov team add NAME --role {self.duty.role}"
        asked = strategy.sha256(str([self.of.subject(kind) for kind in self.duty.subjects]).encode())
        return self.flaw(message, help, key=f"missing {asked[:16]}", is_missing=True)

    def _wrong_in(self, sign_off: SignOff, team: Team) -> Iterator[Flaw]:
        if sign_off.strategy_id != self.of.id:
            yield self.flaw(f"it is about {sign_off.strategy_id}, not about this strategy", self.again(), key="replay")
            return
        if sign_off.role != self.duty.role or sign_off.gate != self.duty.gate:
            said = f"it was given as {sign_off.role} for {sign_off.gate}"
            yield self.flaw(f"{said}, not for {self.duty.gate}", self.again(), key="role")
            return
        if self.person is None:
            message = f"{sign_off.signer} is not in the team that judges it"
            yield self.flaw(message, "a member signs, or quantgov team add on the trunk first", key="person")
        elif not team.may_sign(self.person, self.duty.role):
            message = f"{self.person.name} is not {self.duty.role} in the team that judges it"
            yield self.flaw(message, f"quantgov team show, then: {self.again()}", key="person")
        yield from self._stale(sign_off)

    def _stale(self, sign_off: SignOff) -> Iterator[Flaw]:
        """A later change of a byte that was signed for; the finding says of which file."""
        for kind in self.duty.subjects:
            found = self.of.subject(kind)
            name, digest = found or (self.of.file_of(kind) if kind != lifecycle.CODE else kind, {})
            if not found or sign_off.digests.get(name) != digest:
                shown = SHOWN.get(kind, name)
                message = f"{shown} {'changed' if found else 'went'} since {sign_off.signer} signed"
                digests = " ".join(digest.values())
                yield self.flaw(message, self.again(), key=f"stale {kind} {digests[:16]}", stale=kind)


def name_of(address: str, team: Team) -> str:
    """Who has this address; the address itself where nobody has."""
    person = team.by_email(address)
    return person.name if person else address


def same_person(one: str, other: str, team: Team) -> bool:
    """Whether two addresses are one person's."""
    return name_of(one.casefold(), team) == name_of(other.casefold(), team)


def judging_team(tree: Tree, files: Sequence[str], change: Change, policy: Policy) -> tuple[Team, float, bool]:
    """The team that judges a sign-off, when, and whether it is on the trunk: then by the team of the day it came."""
    landed = [change.landing.history(path, tree.oid(path) or "") for path in files]
    if not all(landed):
        return policy.people, change.landing.now, False
    last = max((each for each in landed if each), key=lambda each: each.time)
    teams, entry = change.once(_teams, policy), last.team.entry(policies.POLICY_FILE)
    if entry not in teams:
        teams[entry] = _team_of(last.team, policy)
    return teams[entry], last.time, True


def _teams(change: Change, policy: Policy) -> dict[Entry | None, Team]:
    """The teams of earlier days by the policy that names them: many sign-offs came under one, which is read once."""
    return {}


def _team_of(tree: Tree, policy: Policy) -> Team:
    try:
        then = policies.of_tree(tree, "the trunk of that day")
    except PolicyError:
        then = None
    return then.people if then else policy.people


def _unproven(reads: Sequence[_Read], change: Change, policy: Policy) -> list[tuple[str, str] | None]:
    """Of each sign-off why it is not proven, and what to do; None where it is. Signatures are verified side by side."""
    reasons = iter(_verified([read for read in reads if read.signature is not None], change))
    return [
        _bad_signature(read, next(reasons)) if read.signature is not None else _unsigned(read, change, policy)
        for read in reads
    ]


def _bad_signature(read: _Read, reason: str) -> tuple[str, str] | None:
    return (reason, read.again()) if reason else None


def _unsigned(read: _Read, change: Change, policy: Policy) -> tuple[str, str] | None:
    assert read.person
    reason = unsigned(read.person, read.level, change, policy, has_landed=read.has_landed)
    if not reason:
        return None
    again = f"quantgov doctor --fix, then: {read.again()}"
    can_be_reviewed = read.level == REVIEWED and change.stage is Stage.RANGE
    return reason, f"approve the pull request, or: {again}" if can_be_reviewed else again


def unsigned(person: Person, level: str, change: Change, policy: Policy, *, has_landed: bool) -> str:
    """Why a statement without a signature does not prove that this person gave it; empty if it does.

    What has landed was reviewed then: nobody approves of the same again in the next pull request.
    """
    if level == SIGNED:
        return "it has no signature"
    if level == RECORDED or has_landed or change.stage in LOCAL or not lands(change, policy):
        return ""
    login = person.github.casefold()
    if any(each.login.casefold() == login and each.commit == change.tip for each in change.landing.approvals if login):
        return ""
    who = f"{person.name} ({person.github})" if login else f"{person.name}, whose `github:` is not known"
    return f"neither signed nor approved in a review of {change.tip[:10]} by {who}"


def _verified(reads: Sequence[_Read], change: Change) -> list[str]:
    if not reads:
        return []
    from quantgov import sshsig

    checks = []
    for read in reads:
        assert read.person
        assert read.data is not None
        assert read.signature is not None
        checks.append(
            sshsig.Check(read.data, read.signature, read.person.email, read.person.keys, NAMESPACE, read.time)
        )
    return sshsig.verify(checks, change.landing.ssh_keygen())
