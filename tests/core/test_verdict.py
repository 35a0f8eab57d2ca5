"""Verdicts: the gravest first, one exit code for all judgements, and what must be said of the policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from core_builders import change_of, rule

from quantgov import engine
from quantgov.change import Blob, Change
from quantgov.policy import Policy
from quantgov.reports import text
from quantgov.rule import Finding, Level, Rule, Scope, Unjudged
from quantgov.verdict import Judgement, Verdict

Files = dict[str, str | bytes]


def says(word: str, code: str, level: Level = Level.BLOCK) -> Rule:
    def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
        if word.encode() in blob.data:
            yield Finding(word, blob.path, 1, 1)
        if b"unknown" in blob.data:
            yield Unjudged("unknown", blob.path)

    return rule(check, code=code, level=level)


def crash(blob: Blob, policy: Policy) -> Iterator[Finding]:
    raise ValueError("unforeseen")


RULES = [
    says("advised", "QG997", Level.ADVISE),
    says("warned", "QG996", Level.WARN),
    says("blocked", "QG999"),
    says("blocked", "QG998"),
]
DEFAULTS = Policy({}, source="defaults")


def judgement(change: Change, policy: Policy = DEFAULTS, *more: Rule) -> Judgement:
    return Judgement(change, policy, engine.judge(change, [*RULES, *more], policy))


def verdict(files: Files, before: Files | None = None, *more: Rule) -> Verdict:
    return Verdict([judgement(change_of(files, before), DEFAULTS, *more)])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("fine", 0),
        ("advised", 0),
        ("warned", 0),
        ("unknown", 0),
        ("advised warned", 0),
        ("blocked", 1),
        ("warned blocked", 1),
    ],
)
def test_only_what_blocks_decides(content: str, code: int) -> None:
    assert verdict({"a": content}).exit_code == code


@pytest.mark.parametrize("content", ["fine", "blocked"])
def test_a_crash_outweighs_everything(content: str) -> None:
    found = verdict({"a": content}, None, rule(crash, code="QG990"))
    assert found.exit_code == 3
    assert [(each.code, each.error) for each in found.broken] == [("QG990", "ValueError: unforeseen")]


def test_what_is_old_does_not_block() -> None:
    assert verdict({"a": "blocked, more"}, {"a": "blocked"}).exit_code == 0


def test_one_bad_judgement_of_several_blocks() -> None:
    good, bad = judgement(change_of({"a": "fine"})), judgement(change_of({"a": "blocked"}))
    assert Verdict([good, good]).exit_code == 0
    assert Verdict([good, bad]).exit_code == Verdict([bad, good]).exit_code == 1
    assert len(Verdict([good, bad]).outcomes) == 2 * len(RULES)


def test_an_empty_verdict_is_clean() -> None:
    assert Verdict([]).exit_code == 0


def test_findings_come_by_gravity_then_by_code() -> None:
    found = verdict({"a": "advised warned blocked"})
    assert [each.code for each in found.rulings] == ["QG998", "QG999", "QG996", "QG997"]
    assert [each.code for each in found.blocking] == ["QG998", "QG999"]
    old = verdict({"a": "advised warned blocked", "b": "warned blocked"}, {"b": "warned blocked"})
    assert [each.code for each in old.rulings] == ["QG998", "QG999", "QG996", "QG997"]


def test_live_is_what_is_neither_old_nor_waived() -> None:
    files: Files = {"a": "warned  # quantgov: ignore[QG996] known", "b": "warned", "c": "warned and more"}
    found = verdict(files, {"c": "warned"})
    assert [each.finding.path for each in found.live(Level.WARN)] == ["b"]
    assert found.live(Level.ADVISE) == []


def test_what_was_not_looked_at_is_never_lost() -> None:
    found = verdict({"a": "unknown", "b": "blocked"})
    assert [(outcome.code, outcome.status, each.path) for outcome, each in found.unjudged()] == [
        ("QG997", "skipped", "a"),
        ("QG996", "skipped", "a"),
        ("QG999", "failed", "a"),
        ("QG998", "failed", "a"),
    ]
    assert [each.code for each in found.skipped] == ["QG997", "QG996"]


NOTES: dict[str, tuple[Policy, Files, list[str]]] = {
    "bootstrap": (Policy({}, source="the change itself", bootstrap=True), {"a": "x"}, ["bootstrap: the trunk has no"]),
    "edited": (
        Policy({}, "d" * 40, "main"),
        {"quantgov.yaml": "x"},
        ["quantgov.yaml changed; this is judged by main's"],
    ),
    "edited, and nobody has one": (DEFAULTS, {"quantgov.yaml": "x"}, []),
    "deleted": (Policy({}, "d" * 40, "main"), {}, ["quantgov.yaml changed; this is judged by main's"]),
    "untouched": (Policy({}, "d" * 40, "main"), {"a": "x"}, []),
}


@pytest.mark.parametrize("case", NOTES)
def test_a_reader_is_told_which_policy_judged(case: str) -> None:
    policy, files, expected = NOTES[case]
    change = change_of(files, {"quantgov.yaml": "gone"} if case == "deleted" else None)
    notes = Verdict([judgement(change, policy), judgement(change, policy)]).notes()
    assert len(notes) == len(expected)
    assert all(note.startswith(start) for note, start in zip(notes, expected, strict=True))


def test_a_branch_that_is_behind_is_told_so_only_where_something_else_is_told() -> None:
    older: Files = {"quantgov.yaml": "older"}
    behind = change_of({**older, "a": "x"}, older)
    trunks = Policy({}, "d" * 40, "main")
    found = Verdict([judgement(behind, trunks)])
    assert found.notes() == ["quantgov.yaml here is another than main's, which judges this"]
    assert text.render(found) == ""
    assert "another than main's" in text.render(found, full=True)
    own = behind.head.oid("quantgov.yaml")
    assert Verdict([judgement(behind, Policy({}, own or "", "main"))]).notes() == []


def test_scopes_are_told_apart() -> None:
    assert {each.value for each in Scope} == {"blob", "history", "commit", "change"}
