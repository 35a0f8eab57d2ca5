"""Putting subjects to a rule, and keeping what it says: redacted, with its crashes caught."""

from __future__ import annotations

from quantgov import waivers
from quantgov.errors import CannotJudge
from quantgov.rule import Broke, Finding, Rule, Unjudged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.change import Blob, Change, Commit
    from quantgov.policy import Policy
    from quantgov.secrets.team import Team

    Words = tuple[int, list[Finding], list[Unjudged], Broke | None]


class Tally:
    """What one rule has said so far."""

    __slots__ = ("broke", "findings", "judged", "rule", "unjudged")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.judged = 0
        self.findings: list[Finding] = []
        self.unjudged: list[Unjudged] = []
        self.broke: Broke | None = None

    def judge(self, subject: Blob | Commit | Change, policy: Policy, commit: str = "") -> bool:
        """Put one subject to the rule; True if it had nothing to say. A missing object ends the whole judgement."""
        self.judged += 1
        clean = True
        known = len(self.findings)
        try:
            for said in self.rule.judge(subject, policy):
                clean = False
                self._add(said, commit)
            waivers.note_lines(self.findings[known:], subject, policy)
        except CannotJudge:
            raise
        except Exception as error:
            told = without_secrets(f"{type(error).__name__}: {error}", policy.team)
            self.broke = self.broke or Broke(self.rule, told, without_secrets(_trace(error), policy.team))
            return False
        return clean

    def sift(self, change: Change, policy: Policy) -> None:
        """Drop what is no fault in the light of the whole change."""
        if self.rule.sift and self.findings:
            self.findings = self.rule.sift(self.findings, change, policy)

    def words(self) -> Words:
        return self.judged, self.findings, self.unjudged, self.broke

    def add(self, words: Words) -> None:
        """Count what another tally of the same rule has said."""
        judged, findings, unjudged, broke = words
        self.judged += judged
        self.findings += findings
        self.unjudged += unjudged
        self.broke = self.broke or broke

    def clear(self) -> None:
        self.judged, self.findings, self.unjudged, self.broke = 0, [], [], None

    def _add(self, said: Finding | Unjudged, commit: str) -> None:
        if isinstance(said, Finding):
            said.commit = said.commit or commit
            self.findings.append(said)
        else:
            self.unjudged.append(said)


def without_secrets(text: str, team: Team | None = None) -> str:
    """What a rule says may quote a message or a branch name, and that may hold a key."""
    from quantgov.secrets import scanner

    return scanner.redact(text, scanner.scan(text.encode("utf-8", "surrogateescape"), team=team))


def _trace(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))
