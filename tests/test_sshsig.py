"""Detached signatures, made and verified by the real ssh-keygen."""

from __future__ import annotations

import binascii
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signers import Signer, ssh_agent

from quantgov.errors import CannotJudge, UsageError
from quantgov.sshsig import Check, sign, verify

NAMESPACE = "quantgov-signoff"
DATA = b'{"role": "engineer"}\n'


@pytest.fixture
def bob() -> Signer:
    return Signer("bob", "bob@fund.com")


def signed(signer: Signer, data: bytes = DATA, namespace: str = NAMESPACE) -> bytes:
    return sign(data, str(signer.key_path), namespace)


def said_of(
    signature: bytes | None,
    *keys: str,
    data: bytes = DATA,
    email: str = "bob@fund.com",
    at: float = 1_700_000_000,
) -> str:
    (reason,) = verify([Check(data, signature, email, keys, NAMESPACE, at)])
    return reason


# --- verifying


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_signature_is_good_by_any_of_the_persons_keys(kind: str) -> None:
    signer, other = Signer("bob", "bob@fund.com", kind=kind), Signer("old", "bob@fund.com")
    assert said_of(signed(signer), other.public_key, signer.public_key) == ""


def test_any_other_byte_voids_it(bob: Signer) -> None:
    signature = signed(bob)
    for data in (DATA + b"\n", DATA[:-1], DATA.replace(b"\n", b"\r\n"), DATA.replace(b"engineer", b"Engineer"), b""):
        assert said_of(signature, bob.public_key, data=data) == "the signature does not fit these bytes"


def test_a_key_that_is_not_the_persons(bob: Signer) -> None:
    mallory = Signer("mallory", "mallory@fund.com")
    assert said_of(signed(mallory), bob.public_key) == "made by a key that is not bob@fund.com's"
    assert said_of(signed(mallory)) == "bob@fund.com has no key in the team"


def test_a_signature_made_for_something_else(bob: Signer) -> None:
    reason = "the signature was made for something else, not for quantgov-signoff"
    assert said_of(signed(bob, namespace="git"), bob.public_key) == reason


@pytest.mark.parametrize("nothing", [None, b"", b"\n \n"])
def test_no_signature(bob: Signer, nothing: bytes | None) -> None:
    assert said_of(nothing, bob.public_key) == "no signature at all"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"x" * (64 << 20), "what stands there is too large for a signature"),
        (b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n", "the signature was made with PGP, not with an SSH key"),
        (bytes(range(256)), "what stands there is no SSH signature"),
        (b"-----BEGIN SSH SIGNATURE-----\n", "what stands there is no SSH signature"),
        (
            b"-----BEGIN SSH SIGNATURE-----\n=A=\n-----END SSH SIGNATURE-----\n",
            "what stands there is no SSH signature",
        ),
        (
            b"-----BEGIN SSH SIGNATURE-----\n" + b"U1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n",
            "what stands there is no SSH signature",
        ),
    ],
)  # fmt: skip
def test_hostile_bytes_give_a_reason(bob: Signer, given: bytes, reason: str) -> None:
    assert said_of(given, bob.public_key) == reason


def test_changed_line_ends_are_named(bob: Signer) -> None:
    signature = signed(bob).replace(b"\n", b"\r\n")
    assert said_of(signature, bob.public_key) == "the signature's line ends were changed (CRLF)"
    assert said_of(b"x\r\n", bob.public_key) == "what stands there is no SSH signature"


def test_every_cut_of_a_signature_gives_a_reason(bob: Signer) -> None:
    signature = signed(bob).rstrip(b"\n")
    reasons = verify(
        [Check(DATA, signature[:end], bob.email, [bob.public_key], NAMESPACE, 0) for end in range(len(signature))]
    )
    assert all(reasons)


@given(
    flips=st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(1, 255)), min_size=1, max_size=3),
    tail=st.binary(max_size=9),
)
def test_a_damaged_signature_gives_a_reason_and_never_a_crash(
    one_signature: tuple[str, bytes], flips: list[tuple[int, int]], tail: bytes
) -> None:
    key, blob = one_signature
    damaged = bytearray(blob)
    for at, change in flips:
        damaged[at % len(blob)] ^= change
    if bytes(damaged) + tail == blob:
        return
    armored = (
        b"-----BEGIN SSH SIGNATURE-----\n" + binascii.b2a_base64(damaged + tail) + b"-----END SSH SIGNATURE-----\n"
    )
    assert said_of(armored, key)


@pytest.fixture(scope="module")
def one_signature(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    signer = Signer("bob", "bob@fund.com", tmp_path_factory.mktemp("one"))
    lines = signed(signer).splitlines()
    return signer.public_key, binascii.a2b_base64(b"".join(lines[1:-1]))


@pytest.mark.parametrize("email", ["*", "*@fund.com,!bob", 'bob" namespaces="git', "x\n* ", "# x", "-f/etc/passwd", ""])
def test_no_address_lets_another_key_in_or_keeps_the_right_one_out(bob: Signer, email: str) -> None:
    mallory = Signer("mallory", "mallory@fund.com")
    assert said_of(signed(bob), bob.public_key, email=email) == ""
    assert said_of(signed(mallory), bob.public_key, email=email) == f"made by a key that is not {email}'s"


@pytest.mark.parametrize(
    "form",
    ["{bob}\nsigner {mallory}", "cert-authority {mallory}", "* {mallory}", '{bob}"\n* {mallory}', "{bob}\r* {mallory}"],
)
def test_no_key_of_a_policy_brings_another_line_in(bob: Signer, form: str) -> None:
    mallory = Signer("mallory", "mallory@fund.com")
    sly = form.format(bob=bob.public_key, mallory=mallory.public_key)
    assert said_of(signed(mallory), sly, bob.public_key) == "made by a key that is not bob@fund.com's"


def test_many_are_verified_side_by_side_each_with_its_own_reason(bob: Signer) -> None:
    good = Check(DATA, signed(bob), bob.email, [bob.public_key], NAMESPACE, time.time())
    bad = Check(b"else", good.signature, bob.email, [bob.public_key], NAMESPACE, time.time())
    assert verify([]) == []
    assert [bool(reason) for reason in verify([good, bad, good] * 20)] == [False, True, False] * 20


@pytest.mark.parametrize("at", [-1e18, -1, 0, 1, 0.5, 1_700_000_000.9, 1e18])
def test_a_commit_of_any_date_is_judged(bob: Signer, at: float) -> None:
    signature = signed(bob)
    assert said_of(signature, bob.public_key, at=at) == ""
    assert said_of(signature, bob.public_key, data=b"else", at=at) == "the signature does not fit these bytes"


def test_nothing_is_left_open_and_nothing_on_disk(bob: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    signature, before = signed(bob), len(os.listdir("/dev/fd"))
    assert said_of(signature, bob.public_key) == ""
    assert len(os.listdir("/dev/fd")) == before
    assert not list(tmp_path.iterdir())


def test_the_program_that_git_is_given_is_used(bob: Signer, tmp_path: Path) -> None:
    program = tmp_path / "keygen"
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nexec ssh-keygen "$@"\n')
    program.chmod(0o755)
    signature = sign(DATA, str(bob.key_path), NAMESPACE, str(program))
    assert verify([Check(DATA, signature, bob.email, [bob.public_key], NAMESPACE, 1_700_000_000)], str(program)) == [""]
    asked = (tmp_path / "asked").read_text()
    assert "-Y sign -n quantgov-signoff" in asked
    assert "-Overify-time=20231114221320 " in asked


@pytest.mark.parametrize("program", ["no-such-keygen", "/bin/false", "/bin/cat"])
def test_without_an_ssh_keygen_that_verifies_nothing_can_be_judged(bob: Signer, program: str) -> None:
    check = Check(DATA, signed(bob), bob.email, [bob.public_key], NAMESPACE, 0)
    with pytest.raises(CannotJudge) as caught:
        verify([check] * 9, program)
    assert "apt install openssh-client" in caught.value.help


# --- signing


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with ssh_agent(tmp_path) as found:
        monkeypatch.setenv("SSH_AUTH_SOCK", found["SSH_AUTH_SOCK"])
        yield


def test_a_key_is_named_by_either_of_its_files(bob: Signer) -> None:
    for path in (bob.key_path, bob.key_path.with_suffix(".pub")):
        assert said_of(sign(DATA, str(path), NAMESPACE), bob.public_key) == ""


def test_a_path_may_begin_with_the_home(bob: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(bob.home))
    assert said_of(sign(DATA, "~/.ssh/id_ed25519", NAMESPACE), bob.public_key) == ""


@pytest.mark.usefixtures("agent")
def test_a_key_that_only_the_agent_holds_signs_by_its_public_half(bob: Signer) -> None:
    subprocess.run(["ssh-add", "-q", bob.key_path], check=True)
    bob.key_path.unlink()
    for key in (f"key::{bob.public_key}", bob.public_key, f"{bob.key_path}.pub"):
        assert said_of(sign(DATA, key, NAMESPACE), bob.public_key) == ""


def test_a_key_that_is_not_there_signs_nothing(bob: Signer) -> None:
    for key in ("/no/such/key", f"key::{bob.public_key}"):
        with pytest.raises(UsageError, match="signs nothing") as caught:
            sign(DATA, key, NAMESPACE)
        assert caught.value.help == "quantgov doctor"


def test_without_ssh_keygen_nothing_can_be_signed(bob: Signer) -> None:
    with pytest.raises(CannotJudge) as caught:
        sign(DATA, str(bob.key_path), NAMESPACE, "no-such-keygen")
    assert "OpenSSH" in caught.value.help
