"""Secrets in one content: bytes in, hits out. While nothing is found only the prefilter runs."""

from __future__ import annotations

from quantgov.secrets.hit import Hit
from quantgov.secrets.prefilter import places, traces, without_nuls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BINARY_PROBE = 8000  # bytes: what git looks at, too
BEFORE_TRACE = 1000  # bytes of binary content that are searched before a trace, and
AFTER_TRACE = 20000  # bytes after it: a private key is long
BOMS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(data: bytes) -> bytes:
    """Return the content as UTF-8 if a byte order mark says what it is, or else as it is."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").encode()
    return data


def is_text(data: bytes) -> bool:
    return b"\0" not in data[:BINARY_PROBE]


def skip_reason(data: bytes) -> str | None:
    """Return "binary" for content that `scan` searches for unmistakable formats only, or None if for all."""
    return None if is_text(data) or is_text(decoded(data)) else "binary"


def scan(data: bytes, path: str = "") -> list[Hit]:
    """Return what this content gives away, in order of position, one hit for each secret.

    The path is context only (a file named after a broker). A byte order mark may lie, so the bytes themselves are
    searched, too. Of binary content only unmistakable formats are told, after whatever has a line.
    """
    text = decoded(data)
    hits = in_text(text, path) if is_text(text) else []
    if text is data and is_text(data):
        return hits
    below = in_text(data, path) if is_text(data) else in_binary(data)
    known = {hit.secret for hit in hits}
    return hits + [hit for hit in below if hit.secret not in known]


def in_text(text: bytes, path: str) -> list[Hit]:
    text = text.removeprefix(b"\xef\xbb\xbf")
    found = places(text)
    if not found:
        return []
    from quantgov.secrets.confirm import confirm

    return confirm(text, path, found)


def in_binary(data: bytes) -> list[Hit]:
    """Return keys with an unmistakable format: as they stand, or as they do in UTF-16 and UTF-32 without a mark."""
    hits: list[Hit] = []
    for start, end in stretches(data):
        from quantgov.secrets.confirm import confirm_in_binary

        for content in (data[start:end], without_nuls(data[start:end])):
            hits += confirm_in_binary(content, places(content))
    return hits


def stretches(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where keys may stand, in order and disjoint: from before a trace to well behind it."""
    start = end = 0
    for position in traces(data):
        if end and position - BEFORE_TRACE > end:
            yield start, end
            end = 0
        if not end:
            start = max(0, position - BEFORE_TRACE)
        end = position + AFTER_TRACE
    if end:
        yield start, end


def redact(text: str, hits: list[Hit]) -> str:
    """Return the text with each hit's secret, and each line of one that has several, in its redacted form."""
    shown: dict[str, str] = {}
    for hit in hits:
        secret = hit.secret.decode("utf-8", "replace")
        pieces = [piece.strip() for piece in secret.replace("\\n", "\n").splitlines()]
        shown.update((piece, hit.redacted) for piece in [secret, *pieces] if len(piece) >= min(8, len(secret)))
    for piece in sorted(shown, key=len, reverse=True):
        text = text.replace(piece, shown[piece])
    return text
