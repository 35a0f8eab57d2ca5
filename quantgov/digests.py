"""SHA-256 digests, in hexadecimal, of what is read piece by piece; and the beginning by which people tell two apart."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "sha256:"
SHORT = 12


def of_pieces(pieces: Iterable[bytes]) -> str:
    import hashlib

    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def of_file(path: str) -> str:
    """Raises OSError where it cannot be read."""
    import hashlib

    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_text(data: bytes) -> tuple[str, str]:
    """Of a text as git has it, and as a working tree with the line ends of Windows has it."""
    first, second = (of_pieces((form,)) for form in (data, data.replace(b"\n", b"\r\n")))
    return first, second


def short(digest: str) -> str:
    """`3f2a9c0d1e2b…`, with its `sha256:` where it has one."""
    prefix = PREFIX if digest.startswith(PREFIX) else ""
    return f"{digest[: len(prefix) + SHORT]}…"
