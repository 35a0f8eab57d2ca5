"""Checksums that some formats carry in themselves: one that holds says that the credential was really issued."""

from __future__ import annotations

from binascii import Error, crc32, crc_hqx


def grafana(token: bytes) -> bool:
    """`glsa_SECRET_CHECKSUM`: the CRC-32 of all before the last `_`, lowest byte first, in hex."""
    signed, _, checksum = token.rpartition(b"_")
    return crc32(signed).to_bytes(4, "little").hex().encode() == checksum.lower()


def nkey(seed: bytes) -> bool:
    """A NATS seed is base32 without padding, and ends with the CRC-16 of all before it, lowest byte first."""
    from base64 import b32decode

    try:
        raw = b32decode(seed + b"=" * (-len(seed) % 8))
    except Error:
        return False
    return crc_hqx(raw[:-2], 0).to_bytes(2, "little") == raw[-2:]


BASE_62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def github(token: bytes) -> bool:
    """`ghp_` or `npm_`, 30 characters and 6 more: the CRC-32 of the 30 in base 62."""
    body = token.rpartition(b"_")[2]
    return len(body) == 36 and base_62(crc32(body[:30])) == body[30:]


def base_62(number: int) -> bytes:
    digits = bytearray()
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits.insert(0, BASE_62[digit])
    return bytes(digits)
