"""Findings of secrets with what is around them: what each is, where it stands, and its lines as they may be shown."""

from __future__ import annotations

from typing import NamedTuple

from quantgov.rule import Failed
from quantgov.secrets import exposure, scanner
from quantgov.tree import GitTree
from quantgov.wording import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quantgov.git import Repository
    from quantgov.policy import Policy
    from quantgov.rule import Finding, Origin, Ruling
    from quantgov.secrets.hit import Hit
    from quantgov.tree import Tree
    from quantgov.verdict import Verdict

AROUND = 2  # lines shown before and behind
WIDEST = 160  # characters of a line that are shown
LARGEST = 16 << 20  # bytes of a content whose lines are shown


class Line(NamedTuple):
    """A line as it may be shown, and its number."""

    number: int
    text: str


class Leak(NamedTuple):
    """One secret in one place. `code` and `fingerprint` name its finding, `what` tells it redacted.

    `detector` is empty where only the finding's words tell what was found; `origin` is known of history only.
    `secret` is for comparing and for redacting, never for display.
    """

    code: str
    fingerprint: str
    what: str
    detector: str
    path: str
    line: int
    origin: Origin | None
    waived: str
    lines: tuple[Line, ...]
    hit: Hit | None

    @property
    def place(self) -> str:
        """Where it stands, as a person types it, and the cell of a notebook; what stands in no file has no place."""
        cell = f", {self.hit.where}" if self.hit and self.hit.where else ""
        return printable((f"{self.path}:{self.line}" if self.line and self.path else self.path) + cell)

    @property
    def own_line(self) -> str:
        return next((each.text for each in self.lines if each.number == self.line), "")


def of_verdict(repo: Repository | None, verdict: Verdict) -> list[Leak]:
    """Every finding of the rules on secrets, waived ones too, in the order of the report."""
    seen = Seen(repo)
    return [
        seen.leak(ruling, judgement.change.head, judgement.policy)
        for judgement in verdict.judgements
        for outcome in judgement.outcomes
        if isinstance(outcome, Failed)
        for ruling in outcome.rulings
    ]


class Seen:
    """Reads the contents that findings stand in, each once."""

    __slots__ = ("_hits", "_repo")

    def __init__(self, repo: Repository | None) -> None:
        self._repo = repo
        self._hits: dict[tuple[str, str], tuple[bytes, list[Hit]]] = {}

    def leak(self, ruling: Ruling, head: Tree, policy: Policy) -> Leak:
        finding = ruling.finding
        data, hits = self._contents(finding, head, policy) if finding.path else (b"", [])
        named = (each for each in hits if exposure.fingerprint(each, policy.salt) == ruling.fingerprint)
        same = sorted(named, key=lambda each: each.line != finding.line)
        hit = same[0] if same else None
        return Leak(
            ruling.code,
            ruling.fingerprint,
            finding.message,
            hit.detector if hit else detector_of(finding.message),
            finding.path,
            finding.line,
            finding.origin,
            ruling.waived,
            tuple(lines_around(data, finding.line, hits)) if hit else (),
            hit,
        )

    def _contents(self, finding: Finding, head: Tree, policy: Policy) -> tuple[bytes, list[Hit]]:
        commit = finding.origin.commit if finding.origin else ""
        key = (commit, finding.path)
        if key not in self._hits:
            tree = GitTree(self._repo.objects, self._repo.tree_of(commit)) if commit and self._repo else head
            size = tree.size(finding.path) or 0
            data = (tree.read(finding.path) or b"") if size <= LARGEST else b""
            self._hits[key] = data, scanner.scan(data, finding.path, policy.team) if data else []
        return self._hits[key]


def detector_of(message: str) -> str:
    """The detector whose title a finding's message begins with."""
    from quantgov.secrets.families import FAMILIES, rows

    titled = [row for family in FAMILIES for row in rows(family) if message.startswith(f"{row.title} ")]
    return max(titled, key=lambda row: len(row.title)).name if titled else ""


def lines_around(data: bytes, line: int, hits: Sequence[Hit]) -> Iterator[Line]:
    """The line and a few on either side, with every secret in them redacted; none of a binary content."""
    lines = text_of(data).decode("utf-8", "replace").removesuffix("\n").split("\n") if line else []
    first = max(1, line - AROUND)
    for number, text in enumerate(lines[first - 1 : line + AROUND], first):
        here = [each for each in hits if each.line == number]
        redacted = scanner.redact(text, list(hits))
        if not all(each.redacted in redacted for each in here):  # a notebook writes it otherwise than it reads
            redacted = " … ".join(each.redacted for each in here)
        yield Line(number, shown(redacted, [each.redacted for each in hits]))


def text_of(data: bytes) -> bytes:
    """A content as the UTF-8 text that it is, in whatever encoding; empty where it is none."""
    if scanner.is_plain(data):
        return data
    from quantgov.secrets import contents

    readings = contents.readings(data[: contents.PROBE])
    return readings[0](data, True) if readings else b""


def shown(text: str, marks: Sequence[str]) -> str:
    """As much of a redacted line as fits, around the first secret in it."""
    text = printable(text.rstrip("\r").expandtabs(4))
    if len(text) <= WIDEST:
        return text
    at = max(0, min((text.find(mark) for mark in marks if mark in text), default=0) - WIDEST // 3)
    return ("…" if at else "") + text[at : at + WIDEST] + ("…" if at + WIDEST < len(text) else "")
