"""Detached SSH signatures, made and verified by ssh-keygen. Nothing of a verification touches the disk.

What says whose signature it is (its key, its purpose) is read here, so that reasons do not depend on the words of a
release of OpenSSH, and what is hostile never reaches it. Whether the signature is good is for ssh-keygen alone to say.
"""

from __future__ import annotations

import binascii
import os
import re
import time

from quantgov.change import SSH_KEYGEN
from quantgov.errors import CannotJudge, UsageError
from quantgov.people import fields, public_key
from quantgov.process import run, start, workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quantgov.process import Completed, Process

INSTALL = "install OpenSSH 8.2 or later: apt install openssh-client (Debian, Ubuntu), brew install openssh (macOS)"
SIGNER = "signer"
"""Stands for whoever should have signed: an address, which a policy chooses, could be read as a pattern."""
LITERAL = re.compile("key::|ssh-|ecdsa-|sk-")
"""What git's user.signingkey begins with where it is a public key and no path."""
ARMOR = rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n*"
MAGIC = b"SSHSIG\0\0\0\1"
LARGEST = 1 << 14
"""Bytes; an RSA signature of 16,384 bits with its key takes a third."""
EARLIEST, LATEST = 1, 253_402_300_799
"""Seconds since 1970 that ssh-keygen takes as a time: to the end of the year 9999."""
REFUSED = b"Could not verify signature"


class Check:
    """A signature over `data` that the holder of one of `keys` should have made, for a purpose, by a time.

    `signature` is None where there is none. `email` names the signer in reasons; `at` is in seconds since 1970.
    """

    __slots__ = ("at", "data", "email", "keys", "namespace", "signature")

    def __init__(
        self, data: bytes, signature: bytes | None, email: str, keys: Sequence[str], namespace: str, at: float
    ) -> None:
        self.data = data
        self.signature = signature
        self.email = email
        self.keys = keys
        self.namespace = namespace
        self.at = at


class _Claim:
    """What a signature says of itself: the key that made it, as stored, and what it was made for."""

    __slots__ = ("key", "namespace")

    def __init__(self, key: bytes, namespace: str) -> None:
        self.key = key
        self.namespace = namespace


def verify(checks: Sequence[Check], program: str = SSH_KEYGEN) -> list[str]:
    """Why each signature is not good, in a researcher's words; empty where it is.

    Raises CannotJudge where ssh-keygen is missing, or too old to verify signatures.
    """
    reasons = [_flaw(check) for check in checks]
    env = {**os.environ, "TZ": "UTC"}  # OpenSSH before 9.1 reads times as local ones
    running: list[tuple[int, Process]] = []
    done: dict[int, Completed] = {}
    for at, check in enumerate(checks):
        if reasons[at]:
            continue
        if len(running) >= workers():
            first, process = running.pop(0)
            done[first] = process.wait()
        running.append((at, _start(check, program, env)))
    done.update((at, process.wait()) for at, process in running)
    for at, completed in done.items():
        reasons[at] = _outcome(completed, program)
    return reasons


def _flaw(check: Check) -> str:
    """Why a signature need not be tried; empty where it has to be."""
    signature = check.signature or b""
    if not signature.strip():
        return "no signature at all"
    if not check.keys:
        return f"{check.email} has no key in the team"
    claim = _claim(signature)
    if claim is None:
        return _oddity(signature)
    if not _line_of(claim.key, check.keys):
        return f"made by a key that is not {check.email}'s"
    if claim.namespace != check.namespace:
        return f"the signature was made for something else, not for {check.namespace}"
    return ""


def _oddity(signature: bytes) -> str:
    if len(signature) > LARGEST:
        return "what stands there is too large for a signature"
    if b"BEGIN PGP" in signature:
        return "the signature was made with PGP, not with an SSH key"
    if b"\r" in signature and _claim(signature.replace(b"\r\n", b"\n")):
        return "the signature's line ends were changed (CRLF)"
    return "what stands there is no SSH signature"


def _claim(signature: bytes) -> _Claim | None:
    """None where the bytes are no SSH signature (PROTOCOL.sshsig in OpenSSH)."""
    found = re.fullmatch(ARMOR, signature) if len(signature) <= LARGEST else None
    try:
        data = binascii.a2b_base64(found[1]) if found else b""
    except binascii.Error:
        return None
    parts = fields(data[len(MAGIC) :]) if data.startswith(MAGIC) else []
    return _Claim(parts[0], parts[1].decode("utf-8", "replace")) if len(parts) == 5 else None


def _line_of(key: bytes, keys: Sequence[str]) -> str:
    """The public key line that stands for a key; empty where it is none of these."""
    lines = (public_key(each) for each in keys)
    return next((line for line in lines if line and binascii.a2b_base64(line.split()[1]) == key), "")


def _start(check: Check, program: str, env: Mapping[str, str]) -> Process:
    signature = check.signature or b""
    claim = _claim(signature)
    assert claim
    allowed = f"{SIGNER} {_line_of(claim.key, check.keys)}\n".encode()
    at = min(max(check.at, EARLIEST), LATEST)  # a commit may bear any date at all
    when = time.strftime("-Overify-time=%Y%m%d%H%M%S", time.gmtime(at))
    argv = (program, "-Y", "verify", when, "-n", check.namespace, "-I", SIGNER, "-f", "/dev/fd/3", "-s", "/dev/fd/4")
    try:
        return start(argv, stdin=check.data, env=env, files=(allowed, signature))
    except CannotJudge as error:
        raise CannotJudge(error.message, INSTALL) from None


def _outcome(done: Completed, program: str) -> str:
    if done.code == 0:
        return ""
    if REFUSED in done.out:
        return "the signature does not fit these bytes"
    raise CannotJudge(f"{program} verifies no signatures: {_said(done)}", INSTALL)


def _said(done: Completed) -> str:
    """The last line of what a program complained of; OpenSSH begins with what it merely does."""
    lines = (done.err or done.out).decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), f"it ended with {done.code}")


def sign(data: bytes, key: str, namespace: str, program: str = SSH_KEYGEN) -> bytes:
    """A detached signature by a key: the path of a private one, or of a public one whose private half lies beside it
    or in ssh-agent; or a public key itself, as git's user.signingkey may hold it.

    Raises UsageError where the key cannot be used, CannotJudge where ssh-keygen is missing.
    """
    literal = (f"{key.removeprefix('key::')}\n".encode(),) if LITERAL.match(key) else ()
    where = ("-U", "-f", "/dev/fd/3") if literal else ("-f", os.path.expanduser(key))
    try:
        done = run((program, "-Y", "sign", "-n", namespace, *where), stdin=data, files=literal)
    except CannotJudge as error:
        raise CannotJudge(error.message, INSTALL) from None
    if done.code or not _claim(done.out):
        raise UsageError(f"{key} signs nothing: {_said(done)}", "quantgov doctor")
    return done.out
