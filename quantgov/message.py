"""Commit messages: cleaned as git cleans them, and read by the team's form."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SCISSORS = " ------------------------ >8 ------------------------"
BLANK = " \t\r"
"""What ends a line unseen, to git: no other of Unicode's spaces."""
COMMENT_CHARS = "#;@!$%^&|:"
"""What git tries, in this order, where core.commentChar is `auto`."""
SUBJECT = r"(?P<type>[A-Za-z][\w-]*)(?:\([^()\n]+\))?!?:(?P<space> ?)(?P<description>.*)"
DRAFT = r"(?i:wip\b)|(?:fixup|squash|amend)! "
TRAILER = r"[A-Za-z0-9-]+: \S.*"


def clean(text: str, comment: str = "#", mode: str = "strip", *, edited: bool = True) -> str:
    """What git would commit of a message file.

    `mode` is git's --cleanup: strip (comments and surplus blank lines go), whitespace and scissors (comments stay),
    verbatim. What follows the scissors line goes in each of them where an editor was open, since git puts the line
    there for `commit --verbose` too; a message that came whole keeps it. Source: git-commit(1), --cleanup.
    """
    lines = _before_scissors(text.split("\n"), comment) if edited else text.split("\n")
    if mode == "verbatim":
        return "\n".join(lines)
    if mode == "strip":
        lines = [line for line in lines if not line.startswith(comment)]
    stripped = "\n".join(line.rstrip(BLANK) for line in lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", stripped)


def _before_scissors(lines: list[str], comment: str) -> list[str]:
    mark = comment + SCISSORS
    return lines[: lines.index(mark)] if mark in lines else lines


def comment_char(configured: str | None, text: str) -> str:
    """The comment character or string in force. With `auto` git chose one that no line of the message began with:
    the one its own notes, the last lines of the file, begin with."""
    if configured != "auto":
        return configured or "#"
    last = text.rstrip().rpartition("\n")[2][:1]
    return last if last and last in COMMENT_CHARS else "#"


def cleanup_mode(configured: str | None, edited: bool) -> str:
    """git's own default: strip where an editor was open, whitespace where the message came whole."""
    if configured in (None, "default"):
        return "strip" if edited else "whitespace"
    assert configured is not None
    return "whitespace" if configured == "scissors" and not edited else configured


class Subject:
    """The first line of a message, taken apart; `type` is empty where it has no such form."""

    __slots__ = ("description", "text", "type")

    def __init__(self, text: str) -> None:
        self.text = text
        found = re.fullmatch(SUBJECT, text)
        self.type = found["type"] if found and found["space"] and found["description"].strip() else ""
        self.description = found["description"].strip() if found else text


def is_draft(subject: str) -> bool:
    """Work in progress: `wip:`, and what `git rebase --autosquash` folds away."""
    return re.match(DRAFT, subject) is not None


def is_automatic(subject: str) -> bool:
    """What `git revert` writes itself. (Merges are told by their parents.)"""
    return subject.startswith(('Revert "', 'Reapply "'))


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the nearest known word; empty where none is near."""
    from difflib import get_close_matches

    close = get_close_matches(given, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def read(path: str) -> str:
    """A message file as git wrote it, line ends and bytes that are no UTF-8 included."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
