"""Waivers: findings that the team has decided to live with, each with a reason, an owner and an end.

They stand in governance/waivers.yaml, or in the line they are about: `# quantgov: ignore[QG301] reason`. They are
read from the change itself, so that a false positive can be waived by the very change that meets it; QG004 calls each
one out that the trunk does not have, and where it matters most such a one does not count.
"""

from __future__ import annotations

import re
import time

from quantgov.change import WHOLE_LIMIT, Blob, Change
from quantgov.git import Entry
from quantgov.policy import ALWAYS_BLOCK, glob_matches
from quantgov.rule import Stage
from quantgov.tree import EMPTY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quantgov.change import Commit
    from quantgov.documents import Violation
    from quantgov.policy import Policy
    from quantgov.rule import Finding, Ruling
    from quantgov.tree import Tree

WAIVERS_FILE = "governance/waivers.yaml"
CALL_OUT = "QG004"
"""The rule that calls new waivers out: none of them may silence it."""
GLOB = frozenset("*?[\\")
MARK = b"quantgov:"
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
    def is_broad(self) -> bool:
        """Whether it waives a leaked key wherever one may turn up. Such a waiver covers nothing."""
        names_many = not GLOB.isdisjoint(self.path) or self.path.endswith("/")
        return self.rule in ALWAYS_BLOCK and not self.fingerprint and names_many

    @property
    def identity(self) -> tuple[str, ...]:
        return (self.rule, self.path, self.fingerprint, self.reason, self.owner, self.expires)

    def covers(self, ruling: Ruling) -> bool:
        if ruling.code != self.rule or (self.fingerprint and self.fingerprint != ruling.fingerprint):
            return False
        return not self.path or self._covers_path(ruling.finding.path)

    def _covers_path(self, path: str) -> bool:
        if self.rule in ALWAYS_BLOCK and not self.fingerprint:
            return bool(path) and path == self.path.removeprefix("/")
        return bool(path) and glob_matches(self.path, path)

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

    try:
        document = documents.load(data)
    except documents.DocumentError:
        return []
    if not documents.is_valid(document.value, "waivers"):
        return []
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


def inline_limit(policy: Policy) -> int:
    """Bytes up to which comments in a file count: those of what is not read could not be called out either."""
    return min(policy.scan_limit, WHOLE_LIMIT)


def may_hold_inline(blob: Blob, policy: Policy) -> bool:
    return Entry(blob.mode, blob.oid).is_file and blob.size <= inline_limit(policy) and MARK in blob.data


def note_lines(findings: Sequence[Finding], subject: Blob | Commit | Change, policy: Policy) -> None:
    """Give each finding the line it is about, while the version of the file that was judged is at hand."""
    for path in {each.path for each in findings if each.path and each.line > 0}:
        blob = _judged(path, subject)
        if blob and may_hold_inline(blob, policy):
            lines = blob.data.split(b"\n")
            for each in findings:
                if each.path == path and 0 < each.line <= len(lines) and MARK in lines[each.line - 1]:
                    each.text = lines[each.line - 1]


def _judged(path: str, subject: Blob | Commit | Change) -> Blob | None:
    if isinstance(subject, Blob):
        return subject if subject.path == path else None
    if isinstance(subject, Change) and (entry := subject.head.entry(path)):
        return Blob(path, entry, subject.head)
    return None


class TrunkLines:
    """The lines of authority's files that may hold a waiver; each file is read once."""

    __slots__ = ("_lines", "_tree")

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lines: dict[str, frozenset[bytes]] = {}

    def has(self, path: str, line: bytes) -> bool:
        if path not in self._lines:
            is_read = (self._tree.size(path) or 0) <= WHOLE_LIMIT
            data = self._tree.read_file(path) if is_read else None
            lines = (data or b"").split(b"\n")
            self._lines[path] = frozenset(each for each in lines if MARK in each)
        return line in self._lines[path]


def apply(rulings: list[Ruling], change: Change, policy: Policy, on: str) -> None:
    """Give each ruling the reason of the waiver in force that covers it."""
    waivers = of_change(change) if rulings else []
    trunk = TrunkLines(change.authority)
    for ruling in rulings:
        if ruling.code not in policy.unwaivable:
            strict = needs_approval(ruling.code, change, policy)
            ruling.waived = _inline_reason(ruling, trunk, strict) or _reason(ruling, waivers, strict, on)


def needs_approval(code: str, change: Change, policy: Policy) -> bool:
    """Whether only a waiver that the trunk has may cover a finding of this rule.

    What reaches a protected branch of the server has landed: nobody reviews it any more. A server without a trunk has
    nobody yet who could have agreed.
    """
    lands = change.stage is Stage.RECEIVE and change.branch in policy.protected and change.authority is not EMPTY
    return policy.mode == "govern" or code == CALL_OUT or (lands and code in ALWAYS_BLOCK)


def _reason(ruling: Ruling, waivers: list[Waiver], strict: bool, on: str) -> str:
    for waiver in waivers:
        in_force = not waiver.is_expired(on) and (waiver.approved or not strict)
        if in_force and waiver.covers(ruling):
            return f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
    return ""


def _inline_reason(ruling: Ruling, trunk: TrunkLines, strict: bool) -> str:
    finding = ruling.finding
    reason = next((each.reason for each in inline(finding.text) if ruling.code in each.codes), "")
    return reason if reason and (not strict or trunk.has(finding.path, finding.text)) else ""
