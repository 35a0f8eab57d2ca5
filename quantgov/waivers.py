"""Waivers: findings that the team has decided to live with, each with a reason, an owner and an end.

They stand in governance/waivers.yaml, or in the line they are about: `# quantgov: ignore[QG501] reason`. They are
read from head, so that a false positive can be waived by the very change that meets it.
"""

from __future__ import annotations

import re
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantgov.change import Change
    from quantgov.documents import Violation
    from quantgov.policy import Policy
    from quantgov.rule import Ruling
    from quantgov.tree import Tree

WAIVERS_FILE = "governance/waivers.yaml"
INLINE = rb"quantgov:[ \t]*ignore\[([\w,; \t-]*)\]([^\r\n]*)"
"""What stands for a code in a sentence about these comments, `...` or `<code>`, makes none."""
COMMENT_ENDS = b" \t-*/>:"
CODE = r"QG\d{3}"


class Ignore:
    """An inline waiver: its codes as written, its reason, and the offset in the file where it starts."""

    __slots__ = ("codes", "reason", "start")

    def __init__(self, found: re.Match[bytes]) -> None:
        self.codes = re.split(r"[,;\s]+", found[1].decode().strip())
        self.reason = found[2].strip(COMMENT_ENDS).decode("utf-8", "replace")
        self.start = found.start()


class Waiver:
    """Waives findings of one rule at paths that match a glob, or the one with that fingerprint, until a date."""

    __slots__ = ("approved", "expires", "fingerprint", "line", "owner", "path", "reason", "rule")

    def __init__(self, value: Mapping[str, object], line: int) -> None:
        self.rule = str(value["rule"])
        self.path = str(value.get("path", ""))
        self.fingerprint = str(value.get("fingerprint", ""))
        self.reason = str(value["reason"])
        self.owner = str(value["owner"])
        self.expires = str(value["expires"])
        self.line = line
        self.approved = False

    @property
    def target(self) -> str:
        return self.path or f"finding {self.fingerprint}"

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.rule, self.path, self.fingerprint, self.reason, self.owner, self.expires)

    def covers(self, ruling: Ruling) -> bool:
        from quantgov.policy import glob_matches

        if ruling.code != self.rule or (self.fingerprint and self.fingerprint != ruling.fingerprint):
            return False
        return not self.path or glob_matches(self.path, ruling.finding.path)

    def is_expired(self, today: str) -> bool:
        return self.expires < today


def today() -> str:
    """The date in UTC, as YYYY-MM-DD."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def of_change(change: Change) -> list[Waiver]:
    """Head's waivers, each marked by whether authority has it too. One that cannot be read waives nothing."""
    approved = {waiver.identity for waiver in of_tree(change.authority)}
    waivers = of_tree(change.head)
    for waiver in waivers:
        waiver.approved = waiver.identity in approved
    return waivers


def of_tree(tree: Tree) -> list[Waiver]:
    data = tree.read_file(WAIVERS_FILE)
    return of_data(data) if data is not None else []


def of_data(data: bytes) -> list[Waiver]:
    """The waivers in a file's bytes; none where the file does not fit its schema."""
    from quantgov import documents

    if problems(data):
        return []
    document = documents.load(data)
    values = document.value["waivers"] if isinstance(document.value, dict) else None
    assert isinstance(values, list)
    marks = (document.mark(("waivers", at)).line for at in range(len(values)))
    return [Waiver(value, line) for value, line in zip(values, marks, strict=True) if isinstance(value, dict)]


def problems(data: bytes) -> list[Violation]:
    """Why these bytes are no list of waivers; empty if they are one."""
    from quantgov import documents

    return documents.faults(data, "waivers")


def touched(change: Change) -> list[Waiver]:
    """Head's waivers, where the change touches their file."""
    return of_change(change) if any(each.path == WAIVERS_FILE and each.after for each in change.touched) else []


def inline(data: bytes) -> list[Ignore]:
    return [Ignore(found) for found in re.finditer(INLINE, data)]


def apply(rulings: list[Ruling], change: Change, policy: Policy, on: str) -> None:
    """Give each ruling the reason of the waiver in force that covers it."""
    waivers = of_change(change) if rulings else []
    for ruling in rulings:
        if ruling.code not in policy.unwaivable:
            ruling.waived = _inline_reason(ruling, change, policy) or _reason(ruling, waivers, policy, on)


def _reason(ruling: Ruling, waivers: list[Waiver], policy: Policy, on: str) -> str:
    for waiver in waivers:
        in_force = not waiver.is_expired(on) and (waiver.approved or policy.mode != "govern")
        if in_force and waiver.covers(ruling):
            return f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
    return ""


def _inline_reason(ruling: Ruling, change: Change, policy: Policy) -> str:
    finding = ruling.finding
    line = _line(change.head, finding.path, finding.line)
    reason = next((each.reason for each in inline(line) if ruling.code in each.codes), "")
    return reason if policy.mode != "govern" or line in _lines(change.authority, finding.path) else ""


def _line(tree: Tree, path: str, number: int) -> bytes:
    """A line of a file, counted from 1; empty where there is none."""
    lines = _lines(tree, path) if path and number else []
    return lines[number - 1] if 0 < number <= len(lines) else b""


def _lines(tree: Tree, path: str) -> list[bytes]:
    return (tree.read_file(path) or b"").split(b"\n")
