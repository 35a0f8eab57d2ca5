"""The team in quantgov.yaml, read and changed where it stands: what `quantgov team` does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from quantgov import entrance, lifecycle, overrides, strategy
from quantgov.amend import amend
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.message import did_you_mean
from quantgov.people import PRIVATE, Person, Team, public_key
from quantgov.policy import POLICY_FILE, Policy, load, problems_in
from quantgov.workspace import read_file, write_file

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap

    from quantgov.strategy import Strategy

IN_FLOW = ("emails", "roles")
"""Lists short enough to stand on one line."""
KEY_OPTION = "--key ~/.ssh/id_ed25519.pub"


class Entry(NamedTuple):
    """What is to be said of a member: of a new one all of it, of another what comes to it."""

    name: str
    email: str = ""
    github: str = ""
    roles: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Leaving(NamedTuple):
    """What a member who goes still holds, each in a sentence, and which roles nobody holds then."""

    holdings: tuple[str, ...]
    vacant: tuple[str, ...]


def current(top: str) -> Policy:
    """The policy as it stands on disk. Raises UsageError where there is none, PolicyError where it cannot be used."""
    return load(_read(top), source=POLICY_FILE)


def is_on_trunk(repo: Repository, top: str) -> bool:
    """Whether the trunk has the policy that stands here, to the byte."""
    return entrance.local_authority(repo).tree.read_file(POLICY_FILE) == read_file(os.path.join(top, POLICY_FILE))


def _read(top: str) -> bytes:
    data = read_file(os.path.join(top, POLICY_FILE))
    if data is None:
        raise UsageError(f"there is no {POLICY_FILE} here", "quantgov init")
    return data


def add(top: str, entry: Entry) -> bool:
    """Put a member into the policy, or add to one who is there; whether that changed anything.

    Raises UsageError where the outcome could not be used: an unknown role, a key or an address that another has.
    """
    if not entry.email and current(top).people.named(entry.name) is None:
        raise UsageError(f"{entry.name} is new to the team, and nobody knows the address", _example(entry.name))
    return _rewrite(top, lambda policy: _add(policy, entry))


def _example(name: str) -> str:
    return f"quantgov team add {name} --email {name}@example.com --role researcher"


def remove(top: str, name: str) -> None:
    """Take a member out of the policy, as a deputy too. Raises UsageError where there is none of that name."""
    require(current(top).people, name)
    _rewrite(top, lambda policy: _remove(policy, name))


def require(team: Team, name: str) -> Person:
    person = team.named(name)
    if person is None:
        guess = did_you_mean(name, (each.name for each in team.people))
        raise UsageError(f"nobody in the team is called {name!r}{guess}", "quantgov team show")
    return person


def _rewrite(top: str, edit: Callable[[CommentedMap], None]) -> bool:
    there = _read(top)
    load(there, source=POLICY_FILE)
    after = amend(there, edit)
    for problem in problems_in(after):
        raise UsageError(problem.message, problem.help)
    if after == there:
        return False
    write_file(os.path.join(top, POLICY_FILE), after)
    return True


def _add(policy: CommentedMap, entry: Entry) -> None:
    from ruamel.yaml.comments import CommentedMap

    member = policy.setdefault("team", CommentedMap()).setdefault(entry.name, CommentedMap())
    if entry.email and "email" not in member:
        member.insert(0, "email", entry.email)
    if entry.email.casefold() not in ("", str(member.get("email", "")).casefold()):
        _extend(member, "emails", [entry.email], str.casefold)
    if entry.github:
        member["github"] = entry.github
    team = Team.of(policy)
    _extend(member, "roles", entry.roles, lambda word: team.canonical(word) or word)
    _extend(member, "keys", entry.keys, lambda line: public_key(line) or line)


def _extend(member: CommentedMap, key: str, values: Sequence[str], identity: Callable[[str], str]) -> None:
    """Append to a list of a member what it does not have yet, in whatever spelling."""
    from ruamel.yaml.comments import CommentedSeq

    there = member.get(key, CommentedSeq())
    if key not in member and key in IN_FLOW:
        there.fa.set_flow_style()
    for value in values:
        if identity(value) not in map(identity, there):
            there.append(value)
            member[key] = there


def _remove(policy: CommentedMap, name: str) -> None:
    del policy["team"][name]
    for given in policy.get("roles", {}).values():
        if given.get("deputy") == name:
            del given["deputy"]


def leaving(repo: Repository, policy: Policy, person: Person) -> Leaving:
    """What becomes of the work of a member who goes, by the strategies that git tracks."""
    tracked = strategy.every(entrance.staged(repo).head, policy)
    held = [line for each in tracked if each.status != lifecycle.RETIRED for line in _holdings(each, person)]
    alone = (role for role in lifecycle.SIGNING if policy.people.holders(role) == (person,))
    return Leaving((*held, *_deputies(policy.people, person)), tuple(alone))


def _holdings(each: Strategy, person: Person) -> Iterator[str]:
    if each.researcher.casefold() in person.emails:
        yield f"is the researcher of {each.id} ({each.status}): {each.path}"
    for _, given in each.items("sign_offs"):
        if str(given.get("by", "")).casefold() in person.emails:
            yield f"signed {each.id} off as {given.get('role')} at {given.get('gate')}: {each.path}"
    if set(overrides.on_call(each)) & set(person.emails):
        yield f"is on call for {each.id}: {each.folder}{strategy.DELIVERABLES[lifecycle.ON_CALL]}"


def _deputies(team: Team, person: Person) -> Iterator[str]:
    for role in deputy_of(team, person):
        yield f"is deputy for the {role}"


def deputy_of(team: Team, person: Person) -> list[str]:
    return [role for role, name in team.deputies.items() if name == person.name]


def keys_in(given: str) -> tuple[str, ...]:
    """The public keys in a file, or the one that is the text itself. Raises UsageError for anything else."""
    path = os.path.expanduser(given)
    is_file = os.path.isfile(path)
    text = _text_of(path) if is_file else given
    if PRIVATE in text:
        raise UsageError(
            "that is a private key, which stays where it is", f"--key {given}.pub" if is_file else KEY_OPTION
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or not all(map(public_key, lines)):
        raise UsageError("--key is neither a public key nor a file with one", KEY_OPTION)
    return tuple(lines)


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", f"ls -l {path}") from None
