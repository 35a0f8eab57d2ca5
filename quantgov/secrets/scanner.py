"""Secrets in one content: bytes in, hits out. While nothing is found only the prefilter runs."""

from __future__ import annotations

from quantgov.secrets.hit import Hit
from quantgov.secrets.prefilter import places

BINARY_PROBE = 8000  # bytes: what git looks at, too
BOMS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def as_text(data: bytes) -> bytes | None:
    """Return the content as UTF-8 or whatever 8-bit encoding it has; None if it is binary."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            data = data.decode(encoding, "replace").encode()
            break
    if b"\0" in data[:BINARY_PROBE]:
        return None
    return data.removeprefix(b"\xef\xbb\xbf")


def skip_reason(data: bytes) -> str | None:
    """Return why `scan` would not look into this content, or None if it would."""
    return "binary" if as_text(data) is None else None


def scan(data: bytes, path: str = "") -> list[Hit]:
    """Return what this content gives away, in order of position, one hit for each secret.

    The path is context only (a file named after a broker). Binary content gives no hit: ask `skip_reason`.
    """
    text = as_text(data)
    if text is None:
        return []
    positions = list(places(text))
    if not positions:
        return []
    from quantgov.secrets.confirm import confirm

    return confirm(text, path, positions)


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
