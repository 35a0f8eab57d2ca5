"""What the search for secrets gives: where one stands, what it is, and how it may be shown."""

from __future__ import annotations


class Hit:
    """A secret in a content. `secret` is never for display; `redacted` is.

    `line` and `column` count from 1, columns in characters; both are 0 in binary content, which has no lines.
    `start` is the byte at which the secret begins in the text that was searched: the content as UTF-8, if it is text.
    `cell` counts the cells of a notebook from 1, and `where` says in words where in which cell it stands; 0 and empty
    elsewhere.
    """

    __slots__ = ("advice", "cell", "column", "detector", "line", "redacted", "secret", "start", "title", "where")

    def __init__(
        self,
        detector: str,
        title: str,
        line: int,
        column: int,
        secret: bytes,
        redacted: str,
        advice: str,
        start: int = 0,
    ) -> None:
        self.detector = detector
        self.title = title
        self.line = line
        self.column = column
        self.secret = secret
        self.redacted = redacted
        self.advice = advice
        self.start = start
        self.cell = 0
        self.where = ""

    def __repr__(self) -> str:
        return f"Hit({self.detector!r}, line={self.line}, column={self.column}, redacted={self.redacted!r})"
