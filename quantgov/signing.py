"""Sets signing up for whoever runs it: an SSH key, git's configuration, and the key in the team's policy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from quantgov import teaming
from quantgov.errors import CannotJudge, UsageError
from quantgov.install import read
from quantgov.people import public_key
from quantgov.policy import POLICY_FILE
from quantgov.process import run
from quantgov.sshsig import INSTALL, LITERAL
from quantgov.teaming import Entry
from quantgov.workspace import KEEP, Step, Workspace

FORMAT, SIGNING_KEY = "gpg.format", "user.signingkey"
MAKE = "make"
"""The verb of the one step at which somebody may be asked."""
USUAL = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa")
ON_TERMINAL = ("sh", "-c", 'exec "$@" </dev/tty >/dev/tty 2>&1', "sh")
"""Has ssh-keygen ask for a passphrase: from what is no terminal it would silently take none."""


class Key(NamedTuple):
    """A key to sign with: what git's user.signingkey says of it, and its public line."""

    setting: str
    public: str

    @property
    def is_literal(self) -> bool:
        return bool(LITERAL.match(self.setting))


def find(space: Workspace) -> Key | None:
    """The key that git signs with; else the first of the usual ones that can sign; else one that ssh-agent holds."""
    return _configured(space) or _usual() or _lent()


def _configured(space: Workspace) -> Key | None:
    setting = space.config(SIGNING_KEY) if space.config(FORMAT) == "ssh" else None
    if not setting:
        return None
    if LITERAL.match(setting):
        line = setting.removeprefix("key::")
        return Key(setting, line) if public_key(line) else None
    path = space.config(SIGNING_KEY, "--type=path") or setting
    line = _line_at(os.path.join(space.repo.top or "", path))
    return Key(setting, line) if line else None


def _line_at(path: str) -> str:
    """The public key in a file or in the .pub beside it; empty where there is none."""
    for place in (path, f"{path}.pub"):
        line = (read(place) or b"").decode("utf-8", "replace").strip()
        if public_key(line):
            return line
    return ""


def _usual() -> Key | None:
    paths = (os.path.join(_folder(), f"{name}.pub") for name in USUAL)
    found = (Key(path, line) for path in paths if (line := _line_at(path)))
    return next((key for key in found if can_sign(key)), None)


def _lent() -> Key | None:
    return next((Key(f"key::{line}", line) for line in _held()), None)


def _held() -> list[str]:
    """The keys that ssh-agent holds."""
    try:
        done = run(("ssh-add", "-L"))
    except CannotJudge:
        return []
    lines = done.out.decode("utf-8", "replace").splitlines()
    return [line for line in lines if public_key(line)]


def can_sign(key: Key) -> bool:
    """Whether the private half is at hand: in the file beside the public one, or in ssh-agent."""
    path = os.path.expanduser(key.setting)
    beside = not key.is_literal and os.path.isfile(path.removesuffix(".pub"))
    return beside or public_key(key.public) in map(public_key, _held())


def _folder() -> str:
    return os.path.expanduser("~/.ssh")


def set_up(space: Workspace, *, asks: bool) -> list[Step]:
    """What there is to do so that the caller signs and the team knows the key. A new key gets a passphrase if `asks`.

    Whoever is not in the team yet has a key afterwards, to be added with. Raises UsageError where git does not know
    the caller's address.
    """
    email = space.config("user.email")
    if not email:
        raise UsageError("git does not know who you are", "git config --global user.email you@example.com")
    key = find(space)
    setting = key.setting if key else f"{_free()}.pub"
    steps = [] if key else [_making(setting.removesuffix(".pub"), email, asks)]
    steps += [_configuring(space, FORMAT, "ssh"), _configuring(space, SIGNING_KEY, setting)]
    return [*steps, *_enrolling(space.repo.working_tree(), email, key, setting)]


def _free() -> str:
    """Where a new key goes: no file of that name, private or public, is there yet."""
    names = ("id_ed25519", "id_quantgov", *(f"id_quantgov_{number}" for number in range(2, 100)))
    paths = (os.path.join(_folder(), name) for name in names)
    return next(path for path in paths if not os.path.lexists(path) and not os.path.lexists(f"{path}.pub"))


def _making(path: str, email: str, asks: bool) -> Step:
    note = "an SSH key; you are asked for its passphrase" if asks else "an SSH key without a passphrase"
    return Step(MAKE, path, note, lambda: _make(path, email, asks))


def _make(path: str, email: str, asks: bool) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    command = ("ssh-keygen", "-q", "-t", "ed25519", "-C", email, "-f", path)
    try:
        done = run((*ON_TERMINAL, *command) if asks else (*command, "-N", ""))
    except CannotJudge as error:
        raise CannotJudge(error.message, INSTALL) from None
    if done.code:
        said = done.err.decode("utf-8", "replace").strip() or "ssh-keygen was not let"
        raise CannotJudge(f"no key was made: {said}", " ".join(command))


def _configuring(space: Workspace, key: str, value: str) -> Step:
    before = space.config(key)
    note = f"instead of {before}" if before and before != value else ""
    verb = KEEP if before == value else "set"
    return Step(verb, f"git config {key} {value}", note, lambda: space.set_config(key, value))


def _enrolling(top: str, email: str, key: Key | None, setting: str) -> Iterator[Step]:
    """The key comes to the entry of whoever has that address: of a policy that is yet to be written, when it is."""
    is_written = read(os.path.join(top, POLICY_FILE)) is not None
    person = teaming.current(top).people.by_email(email) if is_written else None
    if person or not is_written:
        known = key is not None and person is not None and public_key(key.public) in person.keys
        note = "your public key, in your entry of the team"
        yield Step(KEEP if known else "add", POLICY_FILE, note, lambda: _enrol(top, email, key, setting))


def _enrol(top: str, email: str, key: Key | None, setting: str) -> None:
    person = teaming.current(top).people.by_email(email)
    assert person
    line = key.public if key else _line_at(setting)
    teaming.add(top, Entry(person.name, keys=(line,)))
