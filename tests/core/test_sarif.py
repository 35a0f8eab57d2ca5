"""The SARIF report: valid by the standard's own schema, and true to the verdict.

fixtures/sarif/sarif-2.1.0-rtm.4.json is OASIS's schema of SARIF 2.1.0 as PyPI's sarif-om 1.0.4 ships it (MIT licence).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import pytest
from core_builders import change_of, key, leak, rule, verdict_of
from jsonschema import Draft4Validator

from quantgov import engine, rules
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.reports import sarif
from quantgov.rule import Finding, Level, Origin, Rule, Stage, Unjudged
from quantgov.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from repository import Repo

SCHEMA = Path(__file__).parent.parent / "fixtures" / "sarif" / "sarif-2.1.0-rtm.4.json"
DEFAULTS = Policy({}, source="defaults")
Files = dict[str, str | bytes]
Json = dict[str, Any]
BAD = Finding("it is bad", line=3, column=7, help="mend it")


def says(*words: Finding | Unjudged, code: str = "QG501", level: Level = Level.BLOCK) -> Rule:
    """Says this of every file; a finding without a path is of that file, one with `-` of none."""

    def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
        for each in words:
            if isinstance(each, Unjudged):
                yield each
            else:
                path = each.path.removeprefix("-") if each.path else blob.path
                said = Finding(each.message, path, each.line, each.column, each.help, commit=each.commit)
                said.origin = each.origin
                yield said

    return rule(check, code=code, level=level)


def crash(blob: Blob, policy: Policy) -> Iterator[Finding]:
    raise ValueError("un\033foreseen\nline")


def verdict(*judging: Rule, files: Files | None = None, before: Files | None = None) -> Verdict:
    change = change_of(files or {"a.py": "x"}, before)
    return Verdict([Judgement(change, DEFAULTS, engine.judge(change, judging, DEFAULTS))])


@cache
def validator() -> Draft4Validator:
    return Draft4Validator(json.loads(SCHEMA.read_text()), format_checker=Draft4Validator.FORMAT_CHECKER)


def run_of(found: Verdict) -> Json:
    """The one run of a report, which the standard's schema accepts."""
    report = json.loads(sarif.render(found))
    assert [f"{error.json_path} {error.message}" for error in validator().iter_errors(report)] == []
    (run,) = report["runs"]
    assert isinstance(run, dict)
    return run


def result_of(found: Verdict) -> Json:
    (result,) = run_of(found)["results"]
    assert isinstance(result, dict)
    return result


def place_of(result: Json) -> Json:
    found = result["locations"][0]["physicalLocation"]
    assert isinstance(found, dict)
    return found


def test_the_schema_refuses_what_is_no_report() -> None:
    report = json.loads(sarif.render(verdict(says(BAD))))
    report["runs"][0]["results"][0]["level"] = "fatal"
    assert len(list(validator().iter_errors(report))) == 1


def test_everything_of_a_finding() -> None:
    result = result_of(verdict(says(BAD)))
    assert result.pop("partialFingerprints")["quantgov/v1"]
    assert result == {
        "ruleId": "QG501",
        "ruleIndex": rules.codes().index("QG501"),
        "level": "error",
        "message": {"text": "it is bad\nfix: mend it"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 3, "startColumn": 7},
                }
            }
        ],
        "baselineState": "new",
        "suppressions": [],
        "properties": {"blocks": True},
    }


def test_every_rule_is_described() -> None:
    run = run_of(verdict(says(BAD)))
    described = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in described] == rules.codes()
    for each in described:
        assert each["helpUri"].endswith(f"/docs/rules/{each['id']}.md")
        assert "\n" not in each["shortDescription"]["text"]
        assert each["help"]["text"].startswith("Why: ")
    leaked = described[rules.codes().index("QG301")]
    assert (leaked["name"], leaked["shortDescription"]["text"]) == (
        "secret-exposed",
        "A credential stands in a file.",
    )
    assert {each["id"]: each["defaultConfiguration"]["level"] for each in described} == {
        each.code: {Level.BLOCK: "error", Level.WARN: "warning", Level.ADVISE: "note"}[each.level]
        for each, _ in rules.every()
    }


@pytest.mark.source
def test_the_pages_that_rules_name_exist() -> None:
    docs = Path(__file__).parent.parent.parent / "docs"
    described = run_of(Verdict([]))["tool"]["driver"]["rules"]
    assert described
    assert [each["id"] for each in described if not (docs / each["helpUri"].partition("/docs/")[2]).exists()] == []


@pytest.mark.parametrize(("level", "told"), [(Level.BLOCK, "error"), (Level.WARN, "warning"), (Level.ADVISE, "note")])
def test_levels(level: Level, told: str) -> None:
    assert result_of(verdict(says(BAD, level=level)))["level"] == told


def test_what_was_there_before_is_unchanged() -> None:
    found = verdict(says(BAD), files={"a.py": "x2"}, before={"a.py": "x"})
    result = result_of(found)
    assert (result["baselineState"], result["properties"]["blocks"], result["suppressions"]) == ("unchanged", False, [])


WAIVERS = """\
version: 1
waivers:
  - {rule: QG501, path: a.py, reason: goes in March, owner: alice, expires: 2999-01-01}
"""


@pytest.mark.parametrize(
    ("files", "kind", "reason"),
    [
        ({"a.py": "x  # quantgov: ignore[QG501] known\n"}, "inSource", "known"),
        ({"a.py": "x\n", "governance/waivers.yaml": WAIVERS}, "external", "goes in March (alice, until 2999-01-01)"),
    ],
)
def test_what_is_waived_is_suppressed_with_the_reason(files: Files, kind: str, reason: str) -> None:
    results = run_of(verdict(says(Finding("bad", line=1)), files=files))["results"]
    (waived,) = [each["suppressions"] for each in results if place_of(each)["artifactLocation"]["uri"] == "a.py"]
    assert waived == [{"kind": kind, "justification": reason}]


def test_a_rule_that_broke_is_a_failed_execution_beside_the_findings_of_the_others() -> None:
    run = run_of(verdict(rule(crash, code="QG502"), says(BAD)))
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    assert invocation["toolExecutionNotifications"] == [
        {
            "level": "error",
            "message": {"text": "could not judge: ValueError: un\\x1bforeseen\nline"},
            "associatedRule": {"id": "QG502", "index": rules.codes().index("QG502")},
        }
    ]
    assert len(run["results"]) == 1


def test_what_was_not_judged_is_notified() -> None:
    run = run_of(verdict(says(Unjudged("binary", "a b.py"), Unjudged("too large", loud=True))))
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"], run["results"]) == (True, 0, [])
    rule_is = {"associatedRule": {"id": "QG501", "index": rules.codes().index("QG501")}}
    place = {"physicalLocation": {"artifactLocation": {"uri": "a%20b.py", "uriBaseId": "%SRCROOT%"}}}
    assert invocation["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "not judged: binary"}, **rule_is, "locations": [place]},
        {"level": "warning", "message": {"text": "not judged: too large"}, **rule_is},
    ]


def test_what_one_must_know_of_the_policy_is_notified() -> None:
    change = change_of({"a.py": "x"})
    policy = Policy({}, source="the change itself", bootstrap=True)
    (invocation,) = run_of(Verdict([Judgement(change, policy, engine.judge(change, [says()], policy))]))["invocations"]
    assert invocation["toolConfigurationNotifications"] == [
        {
            "level": "note",
            "message": {"text": "bootstrap: the trunk has no usable quantgov.yaml; the change's own was used"},
        }
    ]


def test_a_finding_without_a_file_has_one_all_the_same() -> None:
    """GitHub refuses a whole report for a single result without; the line of a message is none of the policy's."""
    result = result_of(verdict(says(Finding("bad message", path="-", line=3, column=7, commit="c" * 40))))
    assert result["locations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "quantgov.yaml", "uriBaseId": "%SRCROOT%"}},
            "logicalLocations": [{"fullyQualifiedName": f"commit {'c' * 40}"}],
        }
    ]
    branch = verdict_of([change_of({"a.md": "x"}, branch="momentum")], select=["QG101"])
    assert result_of(branch)["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "change"}]


def test_where_a_secret_of_the_history_came_from() -> None:
    bad = Finding("bad", line=1, commit="c" * 40)
    bad.origin = Origin("c" * 40, "Alice", "2024-01-15", "a.py", pushed=True)
    assert result_of(verdict(says(bad)))["properties"] == {
        "blocks": True,
        "commit": "c" * 40,
        "origin": str(bad.origin),
    }


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("src/a.py", "src/a.py"),
        ("a b#c?d%e.py", "a%20b%23c%3Fd%25e.py"),
        ("c:d.py", "c%3Ad.py"),
        ("é.py", "%C3%A9.py"),
        ("caf\udce9\n\033.py", "caf%E9%0A%1B.py"),
        ("\\a[1].py", "%5Ca%5B1%5D.py"),
    ],
)
def test_paths_are_uris(path: str, uri: str) -> None:
    place = place_of(result_of(verdict(says(BAD), files={path: "x"})))
    assert place["artifactLocation"]["uri"] == uri
    assert unquote_to_bytes(uri) == path.encode("utf-8", "surrogateescape")


def test_columns_count_characters_and_say_so() -> None:
    """The first letter is one of them, and two code units of UTF-16, which readers take them for otherwise."""
    run = run_of(verdict_of([change_of({"keys.py": f'𝕏é = "{key()}"\n'})], select=["QG301"]))
    assert run["columnKind"] == "unicodeCodePoints"
    assert place_of(run["results"][0])["region"] == {"startLine": 1, "startColumn": 7}


@pytest.mark.parametrize(("line", "column", "region"), [(0, 0, None), (0, 4, None), (2, 0, {"startLine": 2})])
def test_no_region_that_counts_from_nothing(line: int, column: int, region: Json | None) -> None:
    assert place_of(result_of(verdict(says(Finding("bad", line=line, column=column))))).get("region") == region


def test_the_fingerprint_stays_where_the_line_moves() -> None:
    first, moved = (
        result_of(verdict_of([change_of({path: above + leak()})], select=["QG301"]))
        for path, above in (("keys.py", ""), ("keys.py", "import os\n\n"))
    )
    assert first["partialFingerprints"] == moved["partialFingerprints"]
    assert place_of(first) != place_of(moved)


def test_a_message_makes_no_link_and_holds_no_control_character() -> None:
    evil = Finding("see [this](https://evil.example)\033]0;x\007", help="a\n\u202eb")
    told = result_of(verdict(says(evil)))["message"]["text"]
    assert told == "see [this] (https://evil.example)\\x1b]0;x\\x07\nfix: a\n\\u202eb"


def test_no_secret_is_in_it() -> None:
    found = verdict_of([change_of({"keys.py": leak(), "again.py": leak(7)}, branch=f"strategy/{key(8)}")])
    report = sarif.render(found)
    assert len(run_of(found)["results"]) >= 3
    assert not [seed for seed in (0, 7, 8) if key(seed)[12:] in report]


def test_several_judgements_are_one_run() -> None:
    changes = [change_of({"keys.py": leak(seed)}, stage=Stage.PUSH) for seed in (0, 1)]
    assert len(run_of(verdict_of(changes, select=["QG301"]))["results"]) == 2
    assert run_of(Verdict([]))["results"] == []


def test_the_command_writes_it(repo: Repo) -> None:
    repo.stage({"keys.py": leak()})
    done = repo.quantgov("check", "--format", "sarif", "--output", "report.sarif")
    report = json.loads((repo.path / "report.sarif").read_text())
    assert (done.returncode, done.stdout) == (1, "")
    assert list(validator().iter_errors(report)) == []
    assert "QG301" in [each["ruleId"] for each in report["runs"][0]["results"]]
