"""SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure DevOps, and editors, read.

Source of the form: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0". What is not there comes
from GitHub's "SARIF support for code scanning": it takes no report that has a result without a file.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from quantgov import __version__, rules, waivers
from quantgov.policy import POLICY_FILE
from quantgov.rule import Level
from quantgov.wording import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.rule import Broke, Finding, Outcome, Rule, Ruling, Unjudged
    from quantgov.verdict import Verdict

    Json = dict[str, object]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/quantgov/quantgov"
LEVELS = {Level.BLOCK: "error", Level.WARN: "warning", Level.ADVISE: "note"}
ROOT = "%SRCROOT%"
"""What paths are relative to: by convention the repository's root."""
FINGERPRINT = "quantgov/v1"


def render(verdict: Verdict) -> str:
    descriptors = [_descriptor(rule) for rule, _ in rules.every()]
    numbers = {str(each["id"]): at for at, each in enumerate(descriptors)}
    driver = {
        "name": "quantgov",
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": descriptors,
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(verdict, numbers)],
        "results": [_result(ruling, numbers) for ruling in verdict.rulings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _descriptor(rule: Rule) -> Json:
    documentation = rules.documentation(rule)
    fault, _, reasons = documentation.partition("\n")
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": fault},
        "fullDescription": {"text": " ".join(documentation.split())},
        "help": {"text": reasons.strip()},
        "helpUri": f"{HOME}/blob/main/docs/rules/{rule.code}.md",
        "defaultConfiguration": {"level": LEVELS[rule.level]},
    }


def _result(ruling: Ruling, numbers: dict[str, int]) -> Json:
    finding = ruling.finding
    told = f"{finding.message}\nfix: {finding.help}" if finding.help else finding.message
    origin = {"origin": printable(str(finding.origin))} if finding.origin else {}
    commit = {"commit": finding.commit} if finding.commit else {}
    return {
        **_rule(ruling.code, numbers),
        "level": LEVELS[ruling.level],
        "message": _message(told),
        "locations": [_location(finding)],
        "partialFingerprints": {FINGERPRINT: ruling.fingerprint},
        "baselineState": "unchanged" if ruling.old else "new",
        "suppressions": [_suppression(ruling)] if ruling.waived else [],
        "properties": {"blocks": ruling.blocks, **commit, **origin},
    }


def _rule(code: str, numbers: dict[str, int]) -> Json:
    return {"ruleId": code, "ruleIndex": numbers[code]} if code in numbers else {"ruleId": code}


def _message(told: str) -> Json:
    """`[...](...)` would be read as a link."""
    return {"text": "\n".join(printable(line) for line in told.replace("](", "] (").split("\n"))}


def _location(finding: Finding) -> Json:
    """What is found in a name or a message is put at the policy, and says in words where it was."""
    if not finding.path:
        where = f"commit {finding.commit}" if finding.commit else "change"
        return {**_file(POLICY_FILE), "logicalLocations": [{"fullyQualifiedName": where}]}
    region = {"startLine": finding.line, "startColumn": finding.column}
    return _file(finding.path, {key: value for key, value in region.items() if value} if finding.line else {})


def _file(path: str, region: dict[str, int] | None = None) -> Json:
    uri = quote(path.encode("utf-8", "surrogateescape"))
    place: Json = {"artifactLocation": {"uri": uri, "uriBaseId": ROOT}}
    return {"physicalLocation": {**place, "region": region} if region else place}


def _suppression(ruling: Ruling) -> Json:
    inline = any(each.reason == ruling.waived for each in waivers.inline(ruling.finding.text))
    return {"kind": "inSource" if inline else "external", "justification": printable(ruling.waived)}


def _invocation(verdict: Verdict, numbers: dict[str, int]) -> Json:
    skipped = [_skipped(outcome, each, numbers) for outcome, each in verdict.unjudged()]
    return {
        "executionSuccessful": not verdict.broken,
        "exitCode": verdict.exit_code,
        "toolExecutionNotifications": [*(_broken(each, numbers) for each in verdict.broken), *skipped],
        "toolConfigurationNotifications": [{"level": "note", "message": _message(note)} for note in verdict.notes()],
    }


def _broken(outcome: Broke, numbers: dict[str, int]) -> Json:
    return {"level": "error", "message": _message(f"could not judge: {outcome.error}"), **_about(outcome, numbers)}


def _skipped(outcome: Outcome, unjudged: Unjudged, numbers: dict[str, int]) -> Json:
    level = "warning" if unjudged.loud else "note"
    places = {"locations": [_file(unjudged.path)]} if unjudged.path else {}
    told = _message(f"not judged: {unjudged.reason}")
    return {"level": level, "message": told, **_about(outcome, numbers), **places}


def _about(outcome: Outcome, numbers: dict[str, int]) -> Json:
    at = {"index": numbers[outcome.code]} if outcome.code in numbers else {}
    return {"associatedRule": {"id": outcome.code, **at}}
