"""The report that programs read: a contract, described by schemas/report.schema.json."""

from __future__ import annotations

import json

from quantgov.rule import Broke, Failed, Level, Passed, Skipped
from quantgov.wording import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.rule import Origin, Outcome, Ruling
    from quantgov.verdict import Verdict

SCHEMA = 1


def render(verdict: Verdict) -> str:
    report = {
        "schema": SCHEMA,
        "outcomes": [_outcome(outcome) for outcome in verdict.outcomes],
        "findings": [_finding(ruling) for ruling in verdict.rulings],
        "summary": _summary(verdict),
    }
    return json.dumps(report, indent=2) + "\n"


def _outcome(outcome: Outcome) -> dict[str, object]:
    judged = outcome.judged if isinstance(outcome, Passed | Failed) else 0
    return {
        "code": outcome.code,
        "name": outcome.name,
        "status": outcome.status,
        "judged": judged,
        "reason": _reason(outcome),
    }


def _reason(outcome: Outcome) -> str | None:
    if isinstance(outcome, Skipped | Failed) and outcome.unjudged:
        return "; ".join(
            f"{printable(each.path)}: {each.reason}" if each.path else each.reason for each in outcome.unjudged
        )
    return outcome.error if isinstance(outcome, Broke) else None


def _finding(ruling: Ruling) -> dict[str, object]:
    finding = ruling.finding
    return {
        "code": ruling.code,
        "name": ruling.name,
        "level": ruling.level.name.lower(),
        "message": finding.message,
        "help": finding.help,
        "path": printable(finding.path) or None,
        "line": finding.line or None,
        "column": finding.column or None,
        "commit": finding.commit or None,
        "origin": _origin(finding.origin),
        "fingerprint": ruling.fingerprint,
        "waived": ruling.waived or None,
        "old": ruling.old,
    }


def _origin(origin: Origin | None) -> dict[str, object] | None:
    if origin is None:
        return None
    return {
        "commit": origin.commit,
        "author": printable(origin.author),
        "date": origin.date,
        "path": printable(origin.path) or None,
        "pushed": origin.pushed,
    }


def _summary(verdict: Verdict) -> dict[str, object]:
    policies = {judgement.policy.source: judgement.policy for judgement in verdict.judgements}
    return {
        "verdict": "broke" if verdict.broken else "blocked" if verdict.blocking else "passed",
        "exit_code": verdict.exit_code,
        "blocking": len(verdict.blocking),
        "warnings": len(verdict.live(Level.WARN)),
        "advice": len(verdict.live(Level.ADVISE)),
        "old": sum(ruling.old for ruling in verdict.rulings),
        "waived": sum(bool(ruling.waived) for ruling in verdict.rulings),
        "skipped": len(verdict.skipped),
        "policy": {
            "source": ", ".join(policies) or None,
            "bootstrap": any(policy.bootstrap for policy in policies.values()),
            "mode": next((policy.mode for policy in policies.values()), None),
        },
    }
