"""Giving a sign-off: who may, over what, and the files that record it.

`offer` decides everything and writes nothing; `give` writes and commits all of it, or leaves nothing behind.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from quantgov import lifecycle, overrides, signoffs, strategy
from quantgov.amend import amend
from quantgov.attributes import Attributes
from quantgov.errors import UsageError
from quantgov.message import did_you_mean
from quantgov.moves import Move
from quantgov.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ruamel.yaml.comments import CommentedMap

    from quantgov.amend import Edit
    from quantgov.desk import Desk
    from quantgov.lifecycle import Duty
    from quantgov.overrides import Override
    from quantgov.people import Person
    from quantgov.strategy import Strategy

ATTRIBUTES = ".gitattributes"
TITLE = "# What is signed keeps its bytes"
TO_BE_REVIEWED = (
    "it counts once you approve the pull request that holds it; who opened it cannot, and signs: quantgov doctor --fix"
)


class Subject(NamedTuple):
    """What is signed: its name and digest in the statement, and where it stands in the repository."""

    name: str
    digest: str
    place: str


class Offer(NamedTuple):
    """A sign-off that can be given: `files` are what it writes, `places` what is committed along with it."""

    of: Strategy
    role: str
    gate: str
    person: Person
    subjects: tuple[Subject, ...]
    files: Mapping[str, bytes]
    places: tuple[str, ...]
    message: str
    is_signed: bool
    notes: tuple[str, ...]

    @property
    def step(self) -> str:
        """The status that the strategy goes to with this sign-off."""
        return lifecycle.NEXT_GATE.get(self.of.status, self.gate)


def offer(desk: Desk, of: Strategy, role: str, *, key: str = "", gate: str = "") -> Offer:
    """The sign-off that whoever runs this can give in a role. Raises UsageError, with the reason, where they cannot."""
    role = canonical(desk, of, role)
    person = signer(desk, of, role)
    duty = duty_for(of, role, gate)
    self_reviewed = _reviews_own_work(desk, of, role, person)
    along = tuple(_along(desk, of, duty))
    desk.refuse_edited(along, "what is staged is signed, and you are looking at something else")
    _refuse_missing(desk, of, duty)
    data = signoffs.statement(of, duty, person.email, desk.landing.now, self_reviewed=self_reviewed)
    path = signoffs.path_of(of, role)
    signature, note = signed(desk, of, person, data, key, signoffs.NAMESPACE)
    _refuse_leftover(desk, path + signoffs.SIGNATURE, is_signed=bool(signature))
    files = with_signature(path, data, signature)
    passport = amend(of.tree.read_file(of.path) or b"", _recording(of, duty, person, desk.landing.today))
    return Offer(
        of=of,
        role=role,
        gate=duty.gate,
        person=person,
        subjects=tuple(_subjects(of, duty)),
        files={**attributed(desk, files), **files, of.path: passport},
        places=along,
        message=f"sign off {of.title} for {duty.gate} as {role}",
        is_signed=bool(signature),
        notes=tuple(each for each in (note, _untracked(desk, of), _waiting(self_reviewed)) if each),
    )


def review(desk: Desk, of: Strategy, role: str, override: str, *, key: str = "") -> Offer:
    """The review of an override, by somebody other than who made it. Raises UsageError where it cannot be given."""
    role = canonical(desk, of, role)
    found = _override(desk, of, override)
    again = f"{_again(of, lifecycle.PEER)} --override {found.id}"
    person = signer(desk, of, role, again)
    if role != lifecycle.PEER:
        raise UsageError(f"an override is reviewed as {lifecycle.PEER}", again)
    if found.by.casefold() in person.emails:
        others = _names(each for each in desk.policy.people.holders(role) if each is not person)
        message = f"{person.name} made this override; somebody else reviews it"
        raise UsageError(message, f"{others}: {again}" if others else _add(role))
    desk.refuse_edited((found.path,), "what is staged is signed")
    digest = {"sha256": strategy.sha256(found.data)}
    data = signoffs.rendered(
        [(found.path, digest)],
        {
            "strategy_id": of.id,
            "strategy_version": of.version,
            "gate": "override",
            "role": role,
            "signer": person.email,
            "time": signoffs.moment(desk.landing.now),
            "self_reviewed": False,
        },
    )
    signature, note = signed(desk, of, person, data, key, signoffs.NAMESPACE)
    path = found.review_path
    files = with_signature(path, data, signature)
    home = overrides.FOLDER + ATTRIBUTES
    return Offer(
        of=of,
        role=role,
        gate="override",
        person=person,
        subjects=(Subject(found.path, digest["sha256"], found.path),),
        files={**attributed(desk, files, home), **files},
        places=(found.path,),
        message=f"review the override {found.id} of {of.title}",
        is_signed=bool(signature),
        notes=(note,) if note else (),
    )


def give(desk: Desk, given: Offer, *, branch: str = "") -> str:
    """Write and commit a sign-off; returns what the hooks said."""
    return desk.commit(given.files, desk.subject(given.message), along=given.places, branch=branch)


def canonical(desk: Desk, of: Strategy, role: str) -> str:
    """The role that a word means. Raises UsageError where it means none, or one that signs nothing."""
    team = desk.policy.people
    known = team.canonical(role)
    signs = _again(of, "|".join(lifecycle.SIGNING))
    if known is None:
        raise UsageError(f"{role!r} is no role{did_you_mean(role, team.words)}", signs)
    if known not in lifecycle.SIGNING:
        raise UsageError(f"no gate asks for a sign-off as {known}", signs)
    return known


def duty_for(of: Strategy, role: str, gate: str) -> Duty:
    """What a role signs at a gate, by default the strategy's next. Raises UsageError where that is nothing."""
    wanted = gate or lifecycle.NEXT_GATE.get(of.status, "")
    if not wanted:
        raise UsageError(
            f"{of.id} is {of.status}: nothing is signed for it any more", f"quantgov passport show {of.id}"
        )
    if wanted not in lifecycle.GATES:
        raise UsageError(f"{wanted!r} is no gate{did_you_mean(wanted, lifecycle.GATES)}", f"one of: {_gates()}")
    found = lifecycle.duty_of(role, wanted)
    if found is None:
        asked = ", ".join(duty.role for duty in lifecycle.GATES[wanted].duties)
        later = next((name for name in lifecycle.GATES if lifecycle.duty_of(role, name)), lifecycle.PRODUCTION)
        message = f"the gate to {wanted} asks for a sign-off as {asked}, not as {role}"
        raise UsageError(message, f"{_again(of, role)} --gate {later}, to give yours early")
    return found


def signer(desk: Desk, of: Strategy, role: str, again: str = "") -> Person:
    """Whoever runs this, if they may sign as that role. Raises UsageError, with what others run, where they may not."""
    person = desk.member(role)
    team = desk.policy.people
    if not team.may_sign(person, role):
        has = ", ".join(each for each in lifecycle.ROLES if each in person.roles) or "nothing that signs"
        holders = _names(team.holders(role))
        message = f"{person.name} is {has}, not {role}" + (f"; that is {holders}" if holders else "")
        raise UsageError(message, f"{holders}: {again or _again(of, role)}" if holders else _add(role))
    return person


def _reviews_own_work(desk: Desk, of: Strategy, role: str, person: Person) -> bool:
    """Whether a team of one reviews what it researched. Raises UsageError where there is somebody else to do it."""
    team = desk.policy.people
    if role != lifecycle.PEER or team.by_email(of.researcher) is not person:
        return False
    if team.size == 1:
        return True
    others = _names(each for each in team.people if each is not person and team.may_sign(each, role))
    message = f"{person.name} is the researcher of {of.id}, and nobody reviews their own work"
    raise UsageError(message, f"{others}: {_again(of, role)}" if others else _add(role))


def _refuse_missing(desk: Desk, of: Strategy, duty: Duty) -> None:
    for kind in duty.subjects:
        if of.subject(kind) is None:
            where = "signal code" if kind == lifecycle.CODE else of.folder + of.file_of(kind)
            there = kind != lifecycle.CODE and desk.on_disk(where) is not None
            help = f"git add {shlex.quote(where)}" if there else f"quantgov promote {of.id} {duty.gate} --dry-run"
            raise UsageError(f"{where} is not {'staged' if there else 'there'}: nothing to sign for", help)


def _refuse_leftover(desk: Desk, path: str, *, is_signed: bool) -> None:
    """An earlier signature beside a statement without one fits nothing, and no sign-off would stand."""
    if not is_signed and desk.tree.entry(path):
        help = f"quantgov doctor --fix; or, for a mere record: git rm {shlex.quote(path)}, then again"
        raise UsageError(f"{path} is from an earlier sign-off, and there is no signature to replace it", help)


def _along(desk: Desk, of: Strategy, duty: Duty) -> Iterator[str]:
    """What is signed, and what else of the folder is staged: the passport may name it, and would name nothing."""
    yield from _places(of, duty)
    if of.folder:
        yield from (each.path for each in desk.change.touched if each.path.startswith(of.folder))


def _places(of: Strategy, duty: Duty) -> Iterator[str]:
    yield of.path
    for kind in duty.subjects:
        if kind == lifecycle.CODE:
            yield from (*of.code_paths(), *of.hidden_code(), *of.library_paths())
        elif kind != lifecycle.PASSPORT:
            path = of.resolve(of.file_of(kind))
            if path:
                yield path


def _subjects(of: Strategy, duty: Duty) -> Iterator[Subject]:
    for kind in duty.subjects:
        found = of.subject(kind)
        assert found
        name, digest = found
        yield Subject(name, next(iter(digest.values())), _place(of, kind))


def _place(of: Strategy, kind: str) -> str:
    if kind == lifecycle.CODE:
        own, shared = len(of.code_paths()), of.library
        files = f"{counted(own, 'file')} in {of.folder or 'the root'}"
        return f"{files}, and {shared}" if shared else files
    if kind == lifecycle.PASSPORT:
        return f"{of.path} without {', '.join(strategy.UNSIGNED)}"
    return of.resolve(of.file_of(kind)) or ""


def _untracked(desk: Desk, of: Strategy) -> str:
    folder = f":(top,literal){of.folder.rstrip('/') or '.'}"
    out = desk.repo.read("ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", folder)
    names = [name for name in out.decode("utf-8", "surrogateescape").split("\0") if name]
    code = [name for name in names if strategy.is_code(name[len(of.folder) :])]
    return f"not in Git, and so not signed for: {', '.join(code)}" if code else ""


def _waiting(self_reviewed: bool) -> str:
    return (
        "it counts 24 hours after your sign-off as researcher landed, and says self-reviewed" if self_reviewed else ""
    )


def signed(desk: Desk, of: Strategy, person: Person, data: bytes, key: str, namespace: str) -> tuple[bytes | None, str]:
    """A detached signature, and what there is to say of it. None where no key is set up and none is asked for.

    Raises UsageError where the strategy's evidence asks for a signature that cannot be made, or would not count.
    """
    before = strategy.at(desk.change.base, of.path)
    level = signoffs.evidence(Move(before, of), desk.policy)
    used = key or configured_key(desk)
    if not used:
        if level == signoffs.SIGNED:
            raise UsageError(f"{of.id} asks for signatures, and you have no key set up", "quantgov doctor --fix")
        return None, TO_BE_REVIEWED if level == signoffs.REVIEWED else ""
    from quantgov import sshsig

    program = desk.landing.ssh_keygen()
    made = sshsig.sign(data, used, namespace, program)
    check = sshsig.Check(data, made, person.email, person.keys, namespace, desk.landing.now)
    (reason,) = sshsig.verify([check], program)
    if reason and (key or level == signoffs.SIGNED):
        add = f"quantgov team add {shlex.quote(person.name)} --key FILE"
        help = f"sign with one of those: --key FILE; or have this one merged: {add}" if person.keys else add
        raise UsageError(f"the signature would not count: {reason}, as {desk.trunk} has them", help)
    return (None, f"not signed, as it would not count: {reason}") if reason else (made, "")


def with_signature(path: str, data: bytes, signature: bytes | None) -> dict[str, bytes]:
    """What is signed, and its signature beside it where there is one."""
    return {path: data, **({path + signoffs.SIGNATURE: signature} if signature else {})}


def configured_key(desk: Desk) -> str:
    """The SSH key that git signs with; empty where none is set up."""
    is_ssh = desk.space.config("gpg.format") == "ssh"
    return desk.space.config("user.signingkey") or "" if is_ssh else ""


def _recording(of: Strategy, duty: Duty, person: Person, today: str) -> Edit:
    entry = {
        "role": duty.role,
        "by": person.email,
        "date": today,
        "gate": duty.gate,
        "statement": f"{strategy.SIGN_OFFS}/{duty.role}{signoffs.SUFFIX}",
    }

    def record(passport: CommentedMap) -> None:
        listed = passport.get("sign_offs")
        if not isinstance(listed, list):
            passport["sign_offs"] = listed = []
        same = (at for at, each in enumerate(listed) if (each.get("role"), each.get("gate")) == (duty.role, duty.gate))
        at = next(same, None)
        if at is None:
            listed.append(entry)
        else:
            listed[at].update(entry)

    return record


def attributed(desk: Desk, files: Iterable[str], home: str = ATTRIBUTES) -> dict[str, bytes]:
    """`home` with the lines it lacks for these files to keep their bytes; nothing where it lacks none.

    Raises UsageError where it has edits of its own that are not staged.
    """
    there = desk.on_disk(home)
    attributes = Attributes(lambda path: there if path == home else desk.tree.read_file(path))
    changed = [path for path in files if attributes.get(path).get("text") != "unset"]
    if not changed:
        return {}
    desk.refuse_edited((home,), "a line has to be added there")
    patterns = dict.fromkeys(_pattern(path) if home == ATTRIBUTES else "*" for path in changed)
    end = b"\r\n" if there and b"\r\n" in there else b"\n"
    gap = b"" if not there else end if there.endswith(b"\n") else end + end
    return {home: (there or b"") + gap + b"".join(line.encode() + end for line in (TITLE, *_unset(patterns)))}


def _unset(patterns: Iterable[str]) -> Iterator[str]:
    return (f"{pattern} -text" for pattern in patterns)


def _pattern(path: str) -> str:
    return f"*{signoffs.SUFFIX}{signoffs.SIGNATURE if path.endswith(signoffs.SIGNATURE) else ''}"


def _override(desk: Desk, of: Strategy, id: str) -> Override:
    listed = [each for each in overrides.of_tree(desk.tree) if each.strategy_id == of.id]
    found = next((each for each in listed if each.id == id), None)
    if found is None:
        known = ", ".join(each.id for each in listed)
        raise UsageError(f"{of.id} has no override {id}", f"one of: {known}" if known else "quantgov status")
    return found


def _again(of: Strategy, role: str) -> str:
    return f"quantgov sign {of.id} --as {role}"


def _add(role: str) -> str:
    return f"quantgov team add NAME --email ADDRESS --role {role}"


def _gates() -> str:
    return ", ".join(lifecycle.GATES)


def _names(people: Iterable[Person]) -> str:
    return ", ".join(person.name for person in people)
