"""The team that quantgov.yaml names: who is in it, what each may sign as, and with which keys."""

from __future__ import annotations

import binascii
import re

from quantgov.lifecycle import ROLES
from quantgov.message import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from quantgov.documents import Document, Pointer, Violation

    Fault = tuple[Pointer, str, str]
    """Where in the policy, what is wrong there, and how it is mended."""

ALIASES = {
    "reviewer": "peer-reviewer",
    "quant-engineer": "engineer",
    "infrastructure": "engineer",
    "data-engineer": "engineer",
    "strategy-lead": "lead",
    "senior-researcher": "lead",
}
"""What S0, S1 and S2 call the same four roles (REQUIREMENTS C7)."""
KEY_KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
KEY = rf"({'|'.join(map(re.escape, KEY_KINDS))})[ \t]+([A-Za-z0-9+/]+={{0,2}})(?:[ \t][^\r\n]*)?"
PRIVATE = "PRIVATE KEY"
"""Stands in the first line of a private key, whatever program wrote it."""
PUBLIC_ONLY = "put the line of the .pub file here; where the private key has left this machine, make another one"
SIZE_BYTES = 4


class Person:
    """A member: `emails` in lower case, the one that is committed with first; `keys` as `TYPE BASE64`."""

    __slots__ = ("emails", "github", "keys", "name", "roles")

    def __init__(
        self, name: str, emails: tuple[str, ...], github: str, roles: frozenset[str], keys: tuple[str, ...]
    ) -> None:
        self.name = name
        self.emails = emails
        self.github = github
        self.roles = roles
        self.keys = keys

    @property
    def email(self) -> str:
        """The address that the person commits with; empty where the policy has none."""
        return self.emails[0] if self.emails else ""


class Team:
    """Everybody whom a policy names. `deputies` has for a role who may stand in for whoever holds it."""

    __slots__ = ("_words", "deputies", "people")

    def __init__(self, people: tuple[Person, ...], deputies: Mapping[str, str], words: Mapping[str, str]) -> None:
        self.people = people
        self.deputies = deputies
        self._words = words

    @classmethod
    def of(cls, policy: Mapping[str, object]) -> Team:
        """The team of a policy in which `problems` finds nothing."""
        words = _words(policy)
        members = _mapping(policy, "team")
        people = tuple(_person(name, _mapping(members, name), words) for name in members)
        given = _mapping(policy, "roles")
        deputies = {role: str(_mapping(given, role).get("deputy", "")) for role in given}
        return cls(people, {role: name for role, name in deputies.items() if name}, words)

    @property
    def size(self) -> int:
        return len(self.people)

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that a role is called here."""
        return tuple(self._words)

    def canonical(self, role: str) -> str | None:
        """The one of ROLES that a word means; None where it means none."""
        return self._words.get(role)

    def named(self, name: str) -> Person | None:
        return next((each for each in self.people if each.name == name), None)

    def by_email(self, address: str) -> Person | None:
        """Whoever has this address, in whatever case it is written."""
        wanted = address.casefold()
        return next((each for each in self.people if wanted in each.emails), None)

    def holders(self, role: str) -> tuple[Person, ...]:
        """Who has the role; a deputy, who only stands in, is not among them."""
        known = self.canonical(role)
        return tuple(each for each in self.people if known in each.roles)

    def may_sign(self, person: Person, role: str) -> bool:
        """Whether a member has the role or stands in for it."""
        known = self.canonical(role)
        return known is not None and (known in person.roles or self.deputies.get(known) == person.name)


def _words(policy: Mapping[str, object]) -> dict[str, str]:
    """Each word for a role with the one of ROLES that it means. The team's own never replace one of ours."""
    given = _mapping(policy, "roles")
    found = {**{role: role for role in ROLES}, **ALIASES}
    for role in given:
        for word in _strings(_mapping(given, role), "aliases"):
            found.setdefault(word, role)
    return found


def _person(name: str, given: Mapping[str, object], words: Mapping[str, str]) -> Person:
    addresses = (*([str(given["email"])] if "email" in given else []), *_strings(given, "emails"))
    roles = frozenset(words[word] for word in _strings(given, "roles") if word in words)
    keys = tuple(key for text in _strings(given, "keys") if (key := public_key(text)))
    emails = tuple(dict.fromkeys(address.casefold() for address in addresses))
    return Person(name, emails, str(given.get("github", "")), roles, keys)


def public_key(text: str) -> str | None:
    """`TYPE BASE64` of a public key line, without its comment; None where it is none, or only part of one."""
    found = re.fullmatch(KEY, text.strip())
    try:
        data = binascii.a2b_base64(found[2], strict_mode=True) if found else b""
    except binascii.Error:
        return None
    parts = fields(data)
    if not found or len(parts) < 2 or parts[0] != found[1].encode():
        return None
    return f"{found[1]} {binascii.b2a_base64(data, newline=False).decode()}"  # one key has one spelling


def fields(data: bytes) -> list[bytes]:
    """What an SSH structure holds, each field behind its size; nothing where they do not fill it to the end."""
    found = []
    while len(data) >= SIZE_BYTES:
        end = SIZE_BYTES + int.from_bytes(data[:SIZE_BYTES], "big")
        if end > len(data):
            return []
        found.append(data[SIZE_BYTES:end])
        data = data[end:]
    return [] if data else found


def fingerprint(key: str) -> str:
    """A public key as `ssh-keygen -l` and GitHub show it: SHA256 and base64 without its padding."""
    import hashlib

    digest = hashlib.sha256(binascii.a2b_base64(key.split()[1])).digest()
    return f"SHA256:{binascii.b2a_base64(digest, newline=False).decode().rstrip('=')}"


def _mapping(value: Mapping[str, object], key: str) -> dict[str, object]:
    found = value.get(key, {})
    assert isinstance(found, dict)
    return found


def _strings(value: Mapping[str, object], key: str) -> list[str]:
    found = value.get(key, [])
    assert isinstance(found, list)
    return [str(each) for each in found]


# What no schema can say of a team. Reached only when a policy is read for the first time.


def problems(document: Document) -> list[Violation]:
    """Why the team of a policy that fits its schema cannot be used; empty if it can."""
    policy = document.value
    assert isinstance(policy, dict)
    faults = (*_role_faults(policy), *_member_faults(policy))
    found = [_violation(document, *fault) for fault in faults]
    return sorted(found, key=lambda each: (each.line, each.column))


def _violation(document: Document, pointer: Pointer, message: str, help: str) -> Violation:
    from quantgov.documents import Violation
    from quantgov.explanations import named

    mark = document.mark(pointer)
    return Violation(f"{named(pointer)} {message}", pointer, mark.line, mark.column, help)


def discreet(violation: Violation) -> Violation:
    """What a schema says of a faulty place without what stands there, where that is a private key."""
    from quantgov.documents import Violation

    if PRIVATE not in violation.message or violation.pointer[:1] != ("team",):
        return violation
    message = f"{'.'.join(map(str, violation.pointer))} holds a private key"
    return Violation(message, violation.pointer, violation.line, violation.column, PUBLIC_ONLY)


def _role_faults(policy: Mapping[str, object]) -> Iterator[Fault]:
    members, roles = _mapping(policy, "team"), _mapping(policy, "roles")
    meanings = {**{role: role for role in ROLES}, **ALIASES}
    for role in roles:
        given = _mapping(roles, role)
        deputy = str(given.get("deputy", ""))
        if deputy and deputy not in members:
            message = f"is {deputy!r}, who is not in the team{did_you_mean(deputy, members)}"
            yield ("roles", role, "deputy"), message, "name a member by the key under `team:`"
        for at, word in enumerate(_strings(given, "aliases")):
            if (meant := meanings.setdefault(word, role)) != role:
                yield ("roles", role, "aliases", at), f"is {word!r}, which means {meant} already", "choose another word"


def _member_faults(policy: Mapping[str, object]) -> Iterator[Fault]:
    members, words = _mapping(policy, "team"), _words(policy)
    owners: dict[tuple[str, str], str] = {}
    for name in members:
        given = _mapping(members, name)
        for at, word in enumerate(_strings(given, "roles")):
            if word not in words:
                yield ("team", name, "roles", at), *_unknown_role(word, words)
        for at, text in enumerate(_strings(given, "keys")):
            if not public_key(text):
                yield ("team", name, "keys", at), *_unusable_key(text)
        for pointer, kind, identity in _identities(name, given):
            if (owner := owners.setdefault((kind, identity), name)) != name:
                help = f"one {kind} stands for one person: take it from one of the two"
                yield pointer, f"is {owner}'s {kind} already", help


def _unknown_role(word: str, words: Iterable[str]) -> tuple[str, str]:
    from difflib import get_close_matches

    from quantgov.explanations import shown

    close = get_close_matches(word, list(words), 1)
    return f"is {shown(word)}; one of: {', '.join(words)}", f"write {close[0]!r}" if close else "pick one of these"


def _unusable_key(text: str) -> tuple[str, str]:
    """Why a text is no public key; nothing of it is shown."""
    if PRIVATE in text:
        return "is a private key", PUBLIC_ONLY
    kind = text.split()[0] if text.strip() else ""
    if kind in KEY_KINDS:
        return f"is only part of an {kind} key, or more than one", "copy the .pub file's line whole, and nothing else"
    return "is no SSH public key", f"copy the line of a .pub file; it begins with one of: {', '.join(KEY_KINDS)}"


def _identities(name: str, given: Mapping[str, object]) -> Iterator[tuple[Pointer, str, str]]:
    """Where a member's addresses, account and keys stand, and what tells each from everybody else's."""
    for key, kind in (("email", "address"), ("github", "GitHub account")):
        if key in given:
            yield ("team", name, key), kind, str(given[key]).casefold()
    for at, address in enumerate(_strings(given, "emails")):
        yield ("team", name, "emails", at), "address", address.casefold()
    for at, text in enumerate(_strings(given, "keys")):
        yield ("team", name, "keys", at), "key", public_key(text) or f"{name} {at}"
