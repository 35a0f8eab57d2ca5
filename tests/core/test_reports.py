"""Reports: the same verdict as text, as JSON by its schema, and as GitHub's annotations."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from core_builders import change_of, key, leak, rule, verdict_of
from jsonschema import Draft202012Validator

from quantgov import documents, engine
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.reports import github, text
from quantgov.reports import json as json_report
from quantgov.rule import Finding, Level, Rule, Unjudged
from quantgov.verdict import Judgement, Verdict
from quantgov.wording import printable

SCHEMA = documents.schema("report")
Files = dict[str, str | bytes]
DEFAULTS = Policy({}, source="defaults")


def says(*findings: Finding | Unjudged, code: str = "QG998", level: Level = Level.BLOCK) -> Rule:
    """Says this of every file but those whose content is `quiet`; a finding without a path is of that file."""

    def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
        if blob.data == b"quiet":
            return
        for each in findings:
            if isinstance(each, Finding):
                yield Finding(
                    each.message, each.path or blob.path, each.line, each.column, each.help, commit=each.commit
                )
            else:
                yield each

    return rule(check, code=code, level=level)


def crash(blob: Blob, policy: Policy) -> Iterator[Finding]:
    raise ValueError("un\033foreseen\nline")


def verdict(
    *rules: Rule, files: Files | None = None, before: Files | None = None, policy: Policy = DEFAULTS
) -> Verdict:
    change = change_of(files or {"a.py": "x"}, before)
    return Verdict([Judgement(change, policy, engine.judge(change, rules, policy))])


def lines(found: Verdict, *, full: bool = False, colour: bool = False, debug: bool = False) -> list[str]:
    return text.render(found, full=full, colour=colour, debug=debug).splitlines()


BAD = Finding("it is bad", line=3, column=7, help="mend it")


@pytest.fixture
def kinds() -> dict[str, Verdict]:
    """Every kind of outcome, alone and beside others."""
    waivable: Files = {"a.py": "x  # quantgov: ignore[QG998] known\n"}
    skipped = change_of({"a.py": "x"})
    return {
        "passed": verdict(says()),
        "blocked": verdict(says(BAD)),
        "warned": verdict(says(BAD, level=Level.WARN)),
        "advised": verdict(says(BAD, level=Level.ADVISE)),
        "old": verdict(says(BAD), files={"a.py": "x2"}, before={"a.py": "x"}),
        "waived": verdict(says(Finding("bad", line=1)), files=waivable),
        "skipped": verdict(says(Unjudged("binary", "a.py"), Unjudged("no branch"))),
        "partly": verdict(says(BAD, Unjudged("too large", "big.bin", loud=True))),
        "broke": verdict(rule(crash), says(BAD, code="QG997")),
        "no place": verdict(says(Finding("bad message", path="", commit="c" * 40), code="QG102")),
        "empty": Verdict([]),
        "bootstrap": verdict(says(), policy=Policy({}, source="the change itself", bootstrap=True)),
        "passed over": Verdict(
            [Judgement(skipped, DEFAULTS, engine.judge(skipped, [says()], DEFAULTS, skips={"QG998": "w"}))]
        ),
        "odd names": verdict(says(BAD), files={"caf\udce9\n\033.py": "x"}),
    }


def test_json_keeps_its_contract_for_every_kind_of_outcome(kinds: dict[str, Verdict]) -> None:
    validator = Draft202012Validator(SCHEMA)
    assert {outcome.status for each in kinds.values() for outcome in each.outcomes} == {
        "passed", "failed", "skipped", "broke",
    }  # fmt: skip
    for name, found in kinds.items():
        report = json.loads(json_report.render(found))
        assert [error.message for error in validator.iter_errors(report)] == [], name
        assert len(report["findings"]) == len(found.rulings)
        assert len(report["outcomes"]) == len(found.outcomes)
        assert report["summary"]["exit_code"] == found.exit_code


def test_json_tells_everything_of_a_finding() -> None:
    (finding,) = json.loads(json_report.render(verdict(says(BAD))))["findings"]
    assert finding.pop("fingerprint")
    assert finding == {
        "code": "QG998", "name": "made-for-a-test", "level": "block", "message": "it is bad", "help": "mend it",
        "path": "a.py", "line": 3, "column": 7, "commit": None, "origin": None, "waived": None, "old": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("passed", {"verdict": "passed"}),
        ("blocked", {"verdict": "blocked", "exit_code": 1, "blocking": 1}),
        ("warned", {"verdict": "passed", "warnings": 1}),
        ("advised", {"verdict": "passed", "advice": 1}),
        ("old", {"verdict": "passed", "old": 1}),
        ("waived", {"verdict": "passed", "waived": 1}),
        ("skipped", {"verdict": "passed", "skipped": 1}),
        ("broke", {"verdict": "broke", "exit_code": 3, "blocking": 1}),
        ("empty", {"policy": {"source": None, "bootstrap": False, "mode": None}}),
        ("bootstrap", {"policy": {"source": "the change itself", "bootstrap": True, "mode": "guard"}}),
    ],
)
def test_json_counts(kinds: dict[str, Verdict], kind: str, expected: dict[str, object]) -> None:
    nothing = {
        "verdict": "passed", "exit_code": 0, "blocking": 0, "warnings": 0, "advice": 0, "old": 0, "waived": 0,
        "skipped": 0, "policy": {"source": "defaults", "bootstrap": False, "mode": "guard"},
    }  # fmt: skip
    assert json.loads(json_report.render(kinds[kind]))["summary"] == {**nothing, **expected}


def test_json_holds_no_name_that_a_strict_reader_would_refuse(kinds: dict[str, Verdict]) -> None:
    (finding,) = json.loads(json_report.render(kinds["odd names"]))["findings"]
    assert finding["path"] == "caf\\xe9\\n\\x1b.py"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("passed", None),
        ("blocked", None),
        ("skipped", "a.py: binary; no branch"),
        ("partly", "big.bin: too large"),
        ("broke", "ValueError: un\033foreseen\nline"),
    ],
)
def test_json_gives_the_reason_why_something_was_not_judged(
    kinds: dict[str, Verdict], kind: str, reason: str | None
) -> None:
    assert json.loads(json_report.render(kinds[kind]))["outcomes"][0]["reason"] == reason


# Text


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("blocked", "quantgov: commit refused: QG998 a.py:3:7: it is bad - fix: mend it"),
        ("warned", "quantgov: commit accepted with 1 warning"),
        ("broke", "quantgov: commit blocked: QG998 made-for-a-test could not judge it - report it, with the output of "
         "the same command under QUANTGOV_DEBUG=1"),
        ("partly", "quantgov: commit refused: QG998 a.py:3:7: it is bad - fix: mend it"),
        ("no place", "quantgov: commit refused: QG102 a.py in commit cccccccccc: bad message"),
        ("passed over", "  note  QG998 not judged: QUANTGOV_SKIP: w"),
    ],
)  # fmt: skip
def test_the_first_line_is_the_verdict_and_the_fix(kinds: dict[str, Verdict], kind: str, first: str) -> None:
    assert lines(kinds[kind])[0] == first


@pytest.mark.parametrize("kind", ["passed", "advised", "old", "skipped", "empty", "bootstrap"])
def test_a_hook_is_silent_where_there_is_nothing_to_do(kinds: dict[str, Verdict], kind: str) -> None:
    assert lines(kinds[kind]) == []
    assert lines(kinds[kind], full=True)[0].startswith("quantgov: commit is clean (")


def test_a_command_shows_everything(kinds: dict[str, Verdict]) -> None:
    assert lines(kinds["advised"], full=True) == [
        "quantgov: commit is clean (0 rules passed, 1 advised)",
        "  advises  QG998 made-for-a-test  a.py:3:7",
        "      it is bad",
        "      fix: mend it",
    ]
    assert "  old  QG998 made-for-a-test  a.py:3:7" in lines(kinds["old"], full=True)
    assert lines(kinds["waived"], full=True)[1:] == [
        "  waived  QG998 made-for-a-test  a.py:1:0",
        "      bad",
        "      waived: known",
    ]
    assert lines(kinds["skipped"], full=True) == [
        "quantgov: commit is clean (0 rules passed, 1 not judged)",
        "  note  QG998 not judged for a.py: binary",
        "  note  QG998 not judged: no branch",
    ]
    assert lines(kinds["bootstrap"], full=True)[-1].startswith("  note  bootstrap: ")


def test_what_is_too_large_to_judge_is_said_even_beside_findings(kinds: dict[str, Verdict]) -> None:
    assert "  note  QG998 not judged for big.bin: too large" in lines(kinds["partly"])


def test_several_findings_and_warnings_are_counted() -> None:
    found = verdict(says(BAD), files={"a.py": "x", "b.py": "x", "c.py": "x"})
    assert "it is bad (and 2 more) - fix: mend it" in lines(found)[0]
    warned = verdict(says(BAD, level=Level.WARN), files={"a.py": "x", "b.py": "x"})
    assert lines(warned)[0] == "quantgov: commit accepted with 2 warnings"


def test_a_fix_of_several_lines_is_shortened_above_and_whole_below() -> None:
    found = lines(verdict(says(Finding("bad", help="add this:\nfirst\nsecond"))))
    assert found[0].endswith(" - fix: add this: …")
    assert found[-3:] == ["      fix: add this:", "           first", "           second"]


def test_a_traceback_is_shown_on_request_only(kinds: dict[str, Verdict]) -> None:
    assert not any("Traceback" in line for line in lines(kinds["broke"]))
    assert any("Traceback" in line for line in lines(kinds["broke"], debug=True))


def test_colours_are_put_round_the_words_and_change_none(kinds: dict[str, Verdict]) -> None:
    import re

    for name, found in kinds.items():
        painted = text.render(found, colour=True, full=True)
        assert "\033[" in painted, name
        assert re.sub(r"\033\[[0-9;]*m", "", painted) == text.render(found, full=True), name


def test_no_report_holds_a_control_character(kinds: dict[str, Verdict]) -> None:
    evil = "x\033]0;title\007\r\u202e\udce9\x9b"
    finding = Finding(f"say {evil}", path=f"{evil}.py", line=1, help=f"do {evil}\nthen {evil}")
    waiver: Files = {"w.py": f"x  # quantgov: ignore[QG998] {evil[:-2]}".encode()}
    found = {
        **kinds,
        "evil": verdict(says(finding, Unjudged(f"since {evil}", evil, loud=True)), policy=Policy({}, source=evil)),
        "evil waiver": verdict(says(Finding("bad", line=1)), files=waiver),
        "evil policy": verdict(says(), files={"quantgov.yaml": "x"}, policy=Policy({}, "d" * 40, f"main{evil}")),
    }
    for name, each in found.items():
        for report in (
            text.render(each, full=True, debug=True),
            text.render(each),
            github.render(each),
            json_report.render(each),
        ):
            assert {char for char in report if not char.isprintable()} <= {"\n"}, name
            report.encode()


def test_no_report_holds_a_secret() -> None:
    found = verdict_of([change_of({"keys.py": leak(), "again.py": leak(7)}, branch=f"strategy/{key(8)}")])
    assert len(found.blocking) >= 3
    for report in (text.render(found, full=True), github.render(found), json_report.render(found)):
        assert "QG301" in report
        assert not [seed for seed in (0, 7, 8) if key(seed)[12:] in report]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain é 日本", "plain é 日本"),
        ("a\nb", "a\\nb"),
        ("\033[31m", "\\x1b[31m"),
        ("caf\udce9", "caf\\xe9"),
        ("\u202e", "\\u202e"),
    ],
)
def test_names_are_printable(given: str, shown: str) -> None:
    assert printable(given) == shown


# GitHub


def test_annotations_by_level(kinds: dict[str, Verdict]) -> None:
    for kind, command in (("blocked", "error"), ("warned", "warning"), ("advised", "notice")):
        first = github.render(kinds[kind]).splitlines()[0]
        assert first == f"::{command} file=a.py,line=3,col=7,title=QG998 made-for-a-test::it is bad%0Afix: mend it"


def test_what_is_old_or_waived_is_not_annotated(kinds: dict[str, Verdict]) -> None:
    for kind in ("old", "waived", "passed", "empty"):
        assert not github.render(kinds[kind]).startswith("::")


def test_a_crash_is_annotated(kinds: dict[str, Verdict]) -> None:
    report = github.render(kinds["broke"])
    assert "::error title=QG998 made-for-a-test::could not judge: ValueError: un\\x1bforeseen%0Aline\n" in report


def test_values_are_escaped_as_github_reads_them() -> None:
    finding = Finding("100% of a,b:c\r", path="a,b:c%.py", line=1, help="x\ny")
    assert github.render(verdict(says(finding))).splitlines()[0] == (
        "::error file=a%2Cb%3Ac%25.py,line=1,title=QG998 made-for-a-test::100%25 of a,b:c\\r%0Afix: x%0Ay"
    )


def test_a_report_cannot_hold_a_command_of_its_own() -> None:
    found = verdict(says(Finding("bad", help="first\n::stop-commands::x\n##[error]y\n  ::z::")))
    body = github.render(found).splitlines()[1:]
    assert [line for line in body if line.lstrip().startswith(("::", "##["))] == []
    assert sum(line.startswith("|") for line in body) == 3
