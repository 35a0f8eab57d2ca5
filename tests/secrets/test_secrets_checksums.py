"""A checksum that holds is believed, whatever the rest looks like; one that does not is no reason to pass a key by."""

from __future__ import annotations

from base64 import b32encode
from binascii import crc32, crc_hqx

import pytest
from made_up_secrets import body

from quantgov.secrets.checksums import github, grafana, nkey
from quantgov.secrets.scanner import scan

STAND_IN = "example" * 4 + "0123"  # a placeholder where nothing vouches for it


def glsa(secret: str) -> str:
    return f"glsa_{secret}_{crc32(b'glsa_' + secret.encode()).to_bytes(4, 'little').hex()}"


def seed(kind: int, raw: bytes) -> str:
    """Return the nkey seed that an encoder makes of 32 bytes; `kind` is the byte of the public half's letter."""
    data = bytes([18 << 3 | kind >> 5, (kind & 31) << 3]) + raw
    return b32encode(data + crc_hqx(data, 0).to_bytes(2, "little")).decode().rstrip("=")


def one_off(token: str) -> str:
    """Return the token with its last character replaced by another."""
    return token[:-1] + ("a" if token[-1] != "a" else "b")


def test_grafanas_checksum_is_of_all_before_it() -> None:
    token = glsa(body(32))
    assert grafana(token.encode())
    assert not grafana(one_off(token).encode())


def test_a_nats_seed_ends_with_its_checksum() -> None:
    user = seed(20 << 3, body(32).encode())
    assert user.startswith("SUA")
    assert len(user) == 58
    assert nkey(user.encode())
    assert not nkey(user[:20].encode() + b"A" + user[21:].encode())
    assert not nkey(b"SU1")


def test_githubs_checksum_is_of_the_30_characters_before_it() -> None:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    drawn = body(30)
    number, checksum = crc32(drawn.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        checksum = digits[digit] + checksum
    assert github(f"ghp_{drawn}{checksum}".encode())
    assert not github(one_off(f"ghp_{drawn}{checksum}").encode())
    assert not github(f"ghp_{drawn}".encode())


@pytest.mark.parametrize(("token", "found"), [(glsa(STAND_IN), ["grafana-token"]), (one_off(glsa(STAND_IN)), [])])
def test_what_looks_like_a_placeholder_is_found_if_its_checksum_holds(token: str, found: list[str]) -> None:
    assert [hit.detector for hit in scan(f"api = Api('{token}')\n".encode())] == found


def test_a_seed_that_looks_like_a_placeholder_is_found_if_its_checksum_holds() -> None:
    user = seed(20 << 3, b"\xff" * 32)
    assert [hit.secret.decode() for hit in scan(f"nkey: {user}\n".encode())] == [user]
    assert scan(f"nkey: {user[:20]}A{user[21:]}\n".encode()) == []


def test_a_checksum_that_does_not_hold_hides_nothing() -> None:
    token = one_off(glsa(body(32)))
    assert [hit.detector for hit in scan(f"api = Api('{token}')\n".encode())] == ["grafana-token"]
