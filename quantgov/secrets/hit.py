"""What the search for secrets gives: where one stands, what it is, and how it may be shown."""

from __future__ import annotations


class Hit:
    """A secret in a content. `secret` is never for display; `redacted` is. `line` and `column` count from 1, and
    are 0 in binary content, which has no lines.
    """

    __slots__ = ("advice", "column", "detector", "line", "redacted", "secret", "title")

    def __init__(
        self, detector: str, title: str, line: int, column: int, secret: bytes, redacted: str, advice: str
    ) -> None:
        self.detector = detector
        self.title = title
        self.line = line
        self.column = column
        self.secret = secret
        self.redacted = redacted
        self.advice = advice

    def __repr__(self) -> str:
        return f"Hit({self.detector!r}, line={self.line}, column={self.column}, redacted={self.redacted!r})"
