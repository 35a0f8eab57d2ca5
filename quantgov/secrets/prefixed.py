"""Formats that begin with a prefix: of their vendor's own, or one that means something beside the vendor's name."""

from __future__ import annotations

import re

from quantgov.secrets.detector import Detector
from quantgov.secrets.judgement import entropy as entropy_of
from quantgov.secrets.naming import is_issued

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# A letter may stand before a token only as the end of an escape, in a string or in an address.
START = rb"(?:(?<![0-9A-Za-z])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
END = rb"(?![0-9A-Za-z])"


def token(
    name: str,
    title: str,
    prefixes: tuple[bytes, ...],
    body: bytes,
    *,
    vendor: str,
    advice: str = "",
    context: bytes = b"",
    entropy: float = 0.0,
    checksum: Callable[[bytes], bool] | None = None,
    end: bytes = END,
    traced: bool = True,
) -> Detector:
    """Return the row for what one of the prefixes begins. traced: whether it is unmistakable in binary content, too."""
    written = b"(?:" + b"|".join(prefixes) + b")"
    body = b"(?:" + body + b")"
    return Detector(
        name,
        title,
        tuple(prefix + body for prefix in prefixes),
        START + b"(?P<secret>" + written + body + b")" + end,
        vendor=vendor,
        advice=advice,
        context=context,
        public=written,
        entropy=entropy,
        checksum=checksum,
        judge=judged(written, entropy, checksum),
        traces=tuple(prefix.replace(b"\\", b"") for prefix in prefixes) if traced else (),
    )


def judged(prefix: bytes, entropy: float, checksum: Callable[[bytes], bool] | None = None) -> Callable[[bytes], bool]:
    """Return the judgement of what a prefix begins: less random bodies are believed than where only a name speaks."""

    def is_one(secret: bytes) -> bool:
        body = re.sub(rb"\A" + prefix, b"", secret)
        return bool(checksum and checksum(secret)) or (entropy_of(body) >= entropy and is_issued(body))

    return is_one


def near(words: bytes | tuple[bytes, ...], value: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Return the anchors and the pattern for a value whose prefix is too short to stand alone.

    It stands in the same line as one of the vendor's names, after it.
    """
    words = (words,) if isinstance(words, bytes) else words
    between = rb"[^\n]{0,100}?(?<![\w-])"
    anchors = tuple(rb"(?i:" + word + b")" + between + b"(?:" + value + b")" for word in words)
    return anchors, rb"(?i:" + b"|".join(words) + b")" + between + b"(?P<secret>" + value + rb")(?![\w-])"
