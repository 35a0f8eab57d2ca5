"""The engine: what becomes of each rule, what is new, what it weighs, what is waived and what is passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pytest
from core_builders import (
    BAD_PASSPORT,
    BRANCH,
    GOOD_PASSPORT,
    change_of,
    codes,
    discover,
    key,
    leak,
    rule,
    verdict_of,
)

from quantgov import blobs, engine, entrance, judging, rules, skips
from quantgov.change import Blob, Change, Commit, Person
from quantgov.errors import CannotJudge, UsageError
from quantgov.policy import Policy
from quantgov.rule import Broke, Failed, Finding, Level, Outcome, Passed, Rule, Ruling, Scope, Skipped, Stage, Unjudged
from quantgov.tree import EMPTY, Overlay

if TYPE_CHECKING:
    from repository import Repo

    from quantgov.rule import Judged

DEFAULTS = Policy({})
Files = dict[str, str | bytes]


def finds(word: str = "BAD") -> Rule:
    """Finds each line with this word; the line's text is the fault."""

    def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
        for number, line in enumerate(blob.data.split(b"\n"), 1):
            if word.encode() in line:
                yield Finding(line.decode().strip(), blob.path, number, 1)

    return rule(check)


def outcome(change: Change, *given: Rule, policy: Policy = DEFAULTS, today: str = "2026-01-01") -> Outcome:
    (found,) = engine.judge(change, given, policy, today=today)
    return found


def rulings(change: Change, given: Rule, policy: Policy = DEFAULTS, today: str = "2026-01-01") -> tuple[Ruling, ...]:
    found = outcome(change, given, policy=policy, today=today)
    assert isinstance(found, Failed)
    return found.rulings


def standing(change: Change, given: Rule) -> list[tuple[str, bool]]:
    return [(each.finding.path, each.old) for each in rulings(change, given)]


# What becomes of a rule


def test_a_rule_without_a_finding_passed_and_says_how_much_it_saw() -> None:
    found = outcome(change_of({"a": "1", "b": "2"}), finds())
    assert isinstance(found, Passed)
    assert (found.status, found.judged) == ("passed", 2)


def test_a_rule_with_findings_failed() -> None:
    found = outcome(change_of({"a": "BAD", "b": "2"}), finds())
    assert isinstance(found, Failed)
    assert (found.status, found.judged, len(found.rulings)) == ("failed", 2, 1)


def test_what_was_not_looked_at_is_a_skip_and_no_pass() -> None:
    def check(blob: Blob, policy: Policy) -> Iterator[Unjudged]:
        if blob.path == "a":
            yield Unjudged("binary", "a")

    found = outcome(change_of({"a": "1", "b": "2"}), rule(check))
    assert isinstance(found, Skipped)
    assert [(each.path, each.reason) for each in found.unjudged] == [("a", "binary")]


def test_what_was_not_looked_at_stands_beside_findings_too() -> None:
    def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
        yield Unjudged("too large", blob.path) if blob.path == "a" else Finding("bad", blob.path)

    found = outcome(change_of({"a": "1", "b": "2"}), rule(check))
    assert isinstance(found, Failed)
    assert [each.path for each in found.unjudged] == ["a"]


def crashes(subject: object, policy: Policy) -> Judged:
    raise ValueError(f"unexpected {key()}")


@pytest.mark.parametrize("scope", [Scope.BLOB, Scope.HISTORY, Scope.CHANGE])
def test_a_rule_that_crashes_broke_and_the_others_go_on(scope: Scope) -> None:
    given = [rule(crashes, scope, code="QG997"), finds()]
    broke, failed = engine.judge(change_of({"a": "BAD", "b": "2"}), given, DEFAULTS)
    assert isinstance(broke, Broke)
    assert broke.error.startswith("ValueError: unexpected tk_")
    assert "in crashes" in broke.trace
    assert key() not in broke.error + broke.trace
    assert isinstance(failed, Failed)


def test_a_rule_that_crashes_on_one_file_broke_whatever_it_said_of_others() -> None:
    def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
        yield Finding("bad", blob.path)
        if blob.path == "b":
            raise RuntimeError("first")
        if blob.path == "c":
            raise RuntimeError("second")

    found = outcome(change_of({"a": "1", "b": "2", "c": "3"}), rule(check))
    assert isinstance(found, Broke)
    assert found.error == "RuntimeError: first"


@pytest.mark.parametrize("scope", [Scope.BLOB, Scope.CHANGE])
def test_an_object_that_is_missing_ends_the_whole_judgement(scope: Scope) -> None:
    def check(subject: object, policy: Policy) -> Judged:
        raise CannotJudge("object is missing")

    with pytest.raises(CannotJudge):
        outcome(change_of({"a": "1"}), rule(check, scope))


def test_without_rules_there_is_no_outcome() -> None:
    assert engine.judge(change_of({"a": "1"}), [], DEFAULTS) == []


def test_outcomes_come_in_the_order_of_the_rules() -> None:
    def quiet(subject: object, policy: Policy) -> Judged:
        return ()

    given = [rule(quiet, scope, code=f"QG99{n}") for n, scope in enumerate((Scope.CHANGE, Scope.BLOB, Scope.COMMIT))]
    assert [each.code for each in engine.judge(change_of({"a": "1"}), given, DEFAULTS)] == ["QG990", "QG991", "QG992"]


# Only new faults


def test_a_fault_that_base_has_is_old() -> None:
    assert standing(change_of({"a": "BAD\nmore\n"}, {"a": "BAD\n"}), finds()) == [("a", True)]


def test_a_fault_that_moved_to_another_line_is_old() -> None:
    before, after = "x\nBAD\n", "new\nnew\nx\nBAD\n"
    change = change_of({"a": after}, {"a": before})
    (ruling,) = rulings(change, finds())
    assert (ruling.old, ruling.finding.line) == (True, 4)
    (first,) = rulings(change_of({"a": before}), finds())
    assert first.fingerprint == ruling.fingerprint


def test_a_second_fault_of_the_same_kind_is_new() -> None:
    change = change_of({"a": "BAD\nBAD\n"}, {"a": "BAD\n"})
    found = rulings(change, finds())
    assert [each.old for each in found] == [True, False]
    assert len({each.fingerprint for each in found}) == 2


def test_another_fault_on_the_same_path_is_new() -> None:
    change = change_of({"a": "BAD one\nBAD two\n"}, {"a": "BAD one\n"})
    assert [(each.finding.message, each.old) for each in rulings(change, finds())] == [
        ("BAD one", True),
        ("BAD two", False),
    ]


def test_the_same_fault_on_another_path_is_new() -> None:
    assert standing(change_of({"a": "BAD", "b": "BAD"}, {"a": "BAD"}), finds()) == [("b", False)]


def test_a_file_that_was_only_moved_keeps_its_faults_old() -> None:
    assert standing(change_of({"new/a": "BAD"}, {"a": "BAD"}), finds()) == [("new/a", True)]


def test_a_file_that_was_moved_over_another_does_not_inherit_the_removed_ones_faults() -> None:
    assert standing(change_of({"b": "BAD"}, {"a": "BAD", "b": "fine"}), finds()) == [("b", False)]


def test_a_copy_is_new() -> None:
    assert standing(change_of({"a": "BAD", "b": "BAD"}, {"a": "BAD"}), finds()) == [("b", False)]


def test_a_rule_of_the_whole_change_is_asked_of_base_too() -> None:
    def check(change: Change, policy: Policy) -> Iterator[Finding]:
        for each in change.touched:
            if each.after and change.head.read(each.path) == b"BAD":
                yield Finding("bad", each.path)

    whole = rule(check, Scope.CHANGE)
    change = change_of({"new/a": "BAD", "b": "BAD", "c": "x"}, {"a": "BAD", "b": "fine", "c": "y"})
    assert standing(change, whole) == [("b", False), ("new/a", True)]


@pytest.mark.parametrize("scope", [Scope.BLOB, Scope.CHANGE])
def test_one_file_that_was_taken_away_excuses_one_that_came(scope: Scope) -> None:
    def check(subject: Blob | Change, policy: Policy) -> Iterator[Finding]:
        for blob in [subject] if isinstance(subject, Blob) else subject.blobs():
            yield Finding("bad", blob.path)

    change = change_of({"new/a": "BAD", "new/b": "BAD"}, {"a": "BAD"})
    assert sorted(old for _, old in standing(change, rule(check, scope))) == [False, True]


@pytest.mark.parametrize("code", ["QG501", "QG302", "QG301"])
def test_moving_a_file_does_not_block(repo: Repo, code: str) -> None:
    repo.commit({"a/prices.csv": "1\n", "a/.env": "A=1\n", "a/keys.py": leak()})
    repo.branch(BRANCH)
    repo.git("mv", "a", "b")
    staged = verdict_of([entrance.staged(discover(repo.path))], select=[code])
    repo.commit()
    ranged = verdict_of([entrance.ranged(discover(repo.path), "main", "HEAD", BRANCH)], select=[code])
    for found in (staged, ranged):
        assert [each.old for each in found.rulings] == [True]


def test_base_is_not_judged_while_head_is_clean() -> None:
    asked: list[bytes] = []

    def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
        asked.append(blob.data)
        return iter(())

    outcome(change_of({"a": "after"}, {"a": "before"}), rule(check))
    assert asked == [b"after"]


def commits_of(*messages: str) -> Change:
    change = change_of({})
    author = Person("Alice", "alice@fund.com")
    oids = [f"{number:040x}" for number in range(1, len(messages) + 1)]
    change.commits = tuple(
        Commit(oid, message, (), lambda: author, list, tree=EMPTY, lands=True)
        for oid, message in zip(oids, messages, strict=True)
    )
    return change


def no_commit(commit: Commit, policy: Policy) -> Iterator[Finding]:
    if "bad" in commit.message:
        yield Finding("bad message", line=1)


def test_a_commit_is_judged_by_itself_and_never_old() -> None:
    found = rulings(commits_of("bad one", "good", "bad two", "bad one"), rule(no_commit, Scope.COMMIT))
    assert {each.finding.commit[-1] for each in found} == {"1", "3", "4"}
    assert len({each.fingerprint for each in found}) == 3
    assert not any(each.old for each in found)


def test_a_commits_fault_keeps_its_name_when_it_is_made_again() -> None:
    one, other = commits_of("bad one"), commits_of("good", "bad one")
    given = rule(no_commit, Scope.COMMIT)
    assert rulings(one, given)[0].fingerprint == rulings(other, given)[0].fingerprint


def test_a_fault_has_one_name_at_every_stage_and_another_under_another_rule() -> None:
    check = finds().check
    marks = [
        rulings(change_of({"a": "BAD"}, stage=stage), Rule(code, "made-for-a-test", Scope.BLOB, check))[0].fingerprint
        for stage, code in ((Stage.COMMIT, "QG998"), (Stage.RECEIVE, "QG998"), (Stage.COMMIT, "QG997"))
    ]
    assert marks[0] == marks[1] != marks[2]


# History


def test_an_old_secret_in_a_file_that_is_edited_twice_is_one_old_secret(repo: Repo) -> None:
    repo.commit({"keys.py": leak()})
    repo.branch(BRANCH)
    for edit in ("x = 1\n", "x = 1\ny = 2\n"):
        repo.commit({"keys.py": edit + leak()})
    found = verdict_of([entrance.ranged(discover(repo.path), "main", "HEAD", BRANCH)], select=["QG301"])
    assert [(each.finding.commit, each.finding.line, each.old) for each in found.rulings] == [("", 3, True)]
    assert found.exit_code == 0


def test_a_secret_in_many_versions_of_a_file_is_told_once_where_it_first_was(repo: Repo) -> None:
    repo.commit({"a.txt": "a\n"})
    repo.branch(BRANCH)
    first = repo.commit({"keys.py": leak()})
    repo.commit({"keys.py": "x = 1\n" + leak()})
    repo.git("rm", "-q", "keys.py")
    repo.commit()
    found = verdict_of([entrance.ranged(discover(repo.path), "main", "HEAD", BRANCH)], select=["QG301"])
    assert [(each.finding.commit, each.finding.line, each.blocks) for each in found.rulings] == [(first, 1, True)]


def test_a_second_key_that_history_brought_and_took_away_is_new(repo: Repo) -> None:
    repo.commit({"keys.py": leak()})
    repo.branch(BRANCH)
    bad = repo.commit({"keys.py": leak() + leak(2)})
    repo.commit({"keys.py": leak()})
    found = verdict_of([entrance.ranged(discover(repo.path), "main", "HEAD", BRANCH)], select=["QG301"])
    assert [(each.finding.commit, each.finding.line) for each in found.blocking] == [(bad, 2)]


def test_other_rules_do_not_judge_history(repo: Repo) -> None:
    repo.commit({"a.txt": "a\n"})
    repo.branch(BRANCH)
    repo.commit({"strategies/a/passport.yaml": BAD_PASSPORT})
    repo.commit({"strategies/a/passport.yaml": GOOD_PASSPORT})
    assert (
        verdict_of([entrance.ranged(discover(repo.path), "main", "HEAD", BRANCH)], select=["QG401", "QG301"]).exit_code
        == 0
    )


# Levels

PHASED = {"version": 1, "levels": {"QG99": {"phase:research": "advise", "phase:production": "block"}}}


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({}, Level.BLOCK),
        ({"QG998": "advise"}, Level.ADVISE),
        ({"QG9": "warn"}, Level.WARN),
        ({"QG9": "warn", "QG998": "block"}, Level.BLOCK),
        ({"QG998": "advise", "QG9": "block"}, Level.ADVISE),
        ({"QG997": "advise"}, Level.BLOCK),
        ({"QG998": {"live/**": "advise"}}, Level.ADVISE),
        ({"QG998": {"notebooks/**": "advise"}}, Level.BLOCK),
        ({"QG998": {"**": "advise", "live/**": "warn"}}, Level.WARN),
        ({"QG9": "advise", "QG998": {"live/**": "warn"}}, Level.WARN),
        ({"QG9": "advise", "QG998": {"notebooks/**": "warn"}}, Level.ADVISE),
    ],
)
def test_levels_follow_code_prefix_and_path(levels: dict[str, object], expected: Level) -> None:
    (ruling,) = rulings(change_of({"live/a": "BAD"}), finds(), Policy({"levels": levels}))
    assert (ruling.level, ruling.blocks) == (expected, expected is Level.BLOCK)


@pytest.mark.parametrize(
    ("mode", "expected"), [("observe", Level.ADVISE), ("guard", Level.BLOCK), ("govern", Level.BLOCK)]
)
def test_only_observing_takes_the_weight_off(mode: str, expected: Level) -> None:
    (ruling,) = rulings(change_of({"a": "BAD"}), finds(), Policy({"mode": mode}))
    assert ruling.level is expected


@pytest.mark.parametrize("code", ["QG301", "QG302", "QG303"])
@pytest.mark.parametrize(
    "value", [{"mode": "observe"}, {"levels": {"QG3": "advise"}}, {"levels": {"QG": {"**": "warn"}}}]
)
def test_a_leaked_key_always_blocks(code: str, value: dict[str, object]) -> None:
    leaked: Files = {"keys.py": leak(), ".env": "A=1\n"}
    change = change_of(leaked, branch=f"strategy/{key()}")
    found = verdict_of([change], select=[code], judging=Policy(value))
    assert codes(found.blocking) == [code]


def passport(status: str) -> bytes:
    return f"status: {status}\n".encode()


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ("research", "research", Level.ADVISE),
        ("research", "production", Level.BLOCK),
        ("production", "research", Level.BLOCK),
        ("", "research", Level.WARN),
        ("", "", Level.WARN),
        ("production", "", Level.BLOCK),
    ],
)
def test_the_stricter_phase_of_base_and_head_weighs(base: str, head: str, expected: Level) -> None:
    def files(status: str, more: Files) -> Files:
        return {**more, **({"strategies/a/passport.yaml": passport(status)} if status else {})}

    change = change_of(files(head, {"strategies/a/code/x.py": "BAD"}), files(base, {"other": "x"}))
    given = Rule("QG998", "made-for-a-test", Scope.BLOB, finds().check, level=Level.WARN)
    (ruling,) = rulings(change, given, Policy(PHASED))
    assert ruling.level is expected


def test_the_nearest_passport_counts() -> None:
    files: Files = {
        "passport.yaml": passport("production"),
        "strategies/a/passport.yaml": passport("research"),
        "strategies/a/x.py": "BAD",
        "strategies/b/x.py": "BAD",
        "strategies/c/passport.yaml": "status: [\n",
        "strategies/c/x.py": "BAD",
    }
    change = change_of(files, files)
    change.touched = change_of(files).touched
    given = Rule("QG998", "made-for-a-test", Scope.BLOB, finds().check, level=Level.WARN)
    assert [each.level for each in rulings(change, given, Policy(PHASED))] == [Level.ADVISE, Level.BLOCK, Level.WARN]


# Waivers

WAIVER = """\
version: 1
waivers:
  - rule: {rule}
    {target}
    reason: golden file
    owner: bob
    expires: {expires}
"""


def waived(
    target: str, *, rule: str = "QG998", expires: str = "2026-06-30", approved: bool = False, policy: Policy = DEFAULTS
) -> Ruling:
    waivers = WAIVER.format(rule=rule, target=target, expires=expires)
    files: Files = {"data/a.csv": "x\nBAD\n", "governance/waivers.yaml": waivers}
    authority: Files = {"governance/waivers.yaml": waivers} if approved else {}
    (ruling,) = rulings(change_of(files, authority=authority), finds(), policy, today="2026-06-30")
    return ruling


def mark() -> str:
    return rulings(change_of({"data/a.csv": "BAD"}), finds())[0].fingerprint


@pytest.mark.parametrize("target", ["path: data/**", "path: data/a.csv", "path: data/", "fingerprint: {mark}"])
def test_a_waiver_takes_the_block_away_and_is_shown(target: str) -> None:
    found = waived(target.format(mark=mark()))
    assert (found.waived, found.blocks, found.level) == ("golden file (bob, until 2026-06-30)", False, Level.BLOCK)


@pytest.mark.parametrize("target", ["path: other/**", "fingerprint: 0123456789abcdef"])
def test_a_waiver_of_something_else_waives_nothing(target: str) -> None:
    assert waived(target).blocks


def test_an_old_fault_needs_no_waiver_and_is_told_as_old() -> None:
    line = "BAD  # quantgov: ignore[QG998] golden file\n"
    (ruling,) = rulings(change_of({"a.py": line + "more\n"}, {"a.py": line}), finds())
    assert (ruling.old, ruling.waived) == (True, "")


def test_a_waiver_of_another_rule_waives_nothing() -> None:
    assert waived("path: data/**", rule="QG501").blocks


def test_a_waiver_that_has_run_out_waives_nothing() -> None:
    assert waived("path: data/**", expires="2026-06-29").blocks


@pytest.mark.parametrize("approved", [True, False])
def test_where_a_team_governs_a_waiver_counts_once_it_stands_on_the_trunk(approved: bool) -> None:
    assert waived("path: data/**", approved=approved, policy=Policy({"mode": "govern"})).blocks is not approved


def test_what_the_policy_names_cannot_be_waived() -> None:
    assert waived("path: data/**", policy=Policy({"unwaivable": ["QG998"]})).blocks


@pytest.mark.parametrize("waivers", ["[", "version: 1\n", "version: 1\nwaivers: [{rule: QG998}]\n"])
def test_a_file_of_waivers_that_cannot_be_read_waives_nothing(waivers: str) -> None:
    (ruling,) = rulings(change_of({"a": "BAD", "governance/waivers.yaml": waivers}), finds())
    assert ruling.blocks


def inline(comment: str, policy: Policy = DEFAULTS, authority: Files | None = None) -> Ruling:
    change = change_of({"a.py": f"x\nBAD  {comment}\n"}, authority=authority or {})
    return rulings(change, finds(), policy)[0]


def test_a_line_may_waive_itself() -> None:
    found = inline("# quantgov: ignore[QG998] golden file")
    assert (found.waived, found.blocks) == ("golden file", False)


@pytest.mark.parametrize(
    "comment",
    ["# quantgov: ignore[QG998]", "# quantgov: ignore[QG99] short", "# quantgov: ignore[QG501] other", "# ignore"],
)
def test_a_comment_without_this_code_or_without_a_reason_waives_nothing(comment: str) -> None:
    assert inline(comment).blocks


def test_a_comment_on_another_line_waives_nothing() -> None:
    change = change_of({"a.py": "# quantgov: ignore[QG998] other line\nBAD\n"})
    assert rulings(change, finds())[0].blocks


def test_an_inline_waiver_that_the_trunk_has_not_is_no_waiver_where_a_team_governs() -> None:
    governing, comment = Policy({"mode": "govern"}), "# quantgov: ignore[QG998] golden file"
    assert inline(comment, governing).blocks
    assert not inline(comment, governing, {"a.py": f"BAD  {comment}\n"}).blocks
    assert inline(comment, Policy({"unwaivable": ["QG998"]})).blocks


# QUANTGOV_SKIP


def test_a_skip_is_an_outcome_with_its_reason() -> None:
    change = change_of({"a": "BAD"})
    skipped, passed = engine.judge(
        change, [finds(), rule(lambda s, p: (), code="QG997")], DEFAULTS, skips={"QG998": "why"}
    )
    assert isinstance(skipped, Skipped)
    assert [(each.reason, each.loud) for each in skipped.unjudged] == [("QUANTGOV_SKIP: why", True)]
    assert isinstance(passed, Passed)


@pytest.mark.parametrize("stage", [Stage.COMMIT, Stage.PUSH, Stage.RANGE, Stage.RECEIVE, Stage.SNAPSHOT])
def test_a_skip_holds_at_the_local_hooks_only(stage: Stage) -> None:
    change = change_of({"strategies/a/passport.yaml": BAD_PASSPORT}, stage=stage)
    found = judging.judgement(change, None, select=["QG401"], skips={"QG401": "in a hurry"})
    assert [each.status for each in found.outcomes] == ["skipped" if stage is Stage.COMMIT else "failed"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("QG401: broken upstream", {"QG401": "broken upstream"}),
        ("qg401, QG402: both: really", {"QG401": "both: really", "QG402": "both: really"}),
        ("QG401: one; QG501: other", {"QG401": "one", "QG501": "other"}),
        ("QG401 QG402: both", {"QG401": "both", "QG402": "both"}),
        ("  ", {}),
        ("", {}),
    ],
)
def test_a_skip_names_codes_and_a_reason(value: str, expected: dict[str, str]) -> None:
    assert skips.of_environment({skips.VARIABLE: value}) == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("QG401", "no reason is given for QG401"),
        ("QG401: ", "no reason is given for QG401"),
        ("QG401: fine; QG402", "no reason is given for QG402"),
        ("QG301: false alarm", "QG301 is never skipped"),
        ("qg302: local", "QG302 is never skipped"),
        ("QG303: x", "QG303 is never skipped"),
        ("QG4: all of them", "'QG4' names no rule"),
        ("QG999: x", "'QG999' names no rule"),
        ("all", "'all' names no rule"),
        (": x", "'' names no rule"),
        ("QG401: one;", "'' names no rule"),
    ],
)
def test_a_skip_without_a_reason_or_of_what_is_never_skipped_is_refused(value: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        skips.of_environment({skips.VARIABLE: value})
    assert said in caught.value.message
    assert caught.value.exit_code == 2


def test_every_stage_has_rules_and_a_selection_that_names_none_is_refused() -> None:
    for stage in Stage:
        assert rules.at(stage)
    assert [each.code for each in rules.at(Stage.COMMIT, ["qg30"], ["QG303"])] == ["QG301", "QG302"]
    for select, ignore in ((["QG9"], []), ([], ["nonsense"])):
        with pytest.raises(UsageError, match="names no rule"):
            rules.at(Stage.COMMIT, select, ignore)


# What a rule quotes


@pytest.mark.parametrize("code", ["QG101", "QG102", "QG303"])
def test_a_finding_never_quotes_a_key(code: str) -> None:
    change = commits_of(f"add {key()}")
    change.branch, change.stage = f"add/{key()}", Stage.RANGE
    found = verdict_of([change], select=[code])
    assert codes(set(found.blocking)) == [code] * len(found.blocking)
    assert found.blocking
    for ruling in found.rulings:
        assert key()[8:] not in ruling.finding.message + ruling.finding.help
        assert key()[8:].lower() not in ruling.finding.help


# Many files


@pytest.mark.parametrize("count", [40, 200])
def test_many_files_are_judged_alike_in_one_process_and_in_several(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
        number = int(blob.data)
        if number % 7 == 0:
            yield Finding("seventh", blob.path, number + 1)
        if number % 50 == 1:
            yield Unjudged("one of fifty", blob.path)

    repo.commit({"a.txt": "0\n"})
    repo.stage({f"d/{number}": f"{number}\n" for number in range(count)})
    change = entrance.staged(discover(repo.path))

    def judged_with(parallel_from: int) -> list[tuple[str, int]]:
        monkeypatch.setattr(blobs, "PARALLEL_FROM", parallel_from)
        monkeypatch.setattr(os, "cpu_count", lambda: 3)
        found = outcome(change, rule(check))
        assert isinstance(found, Failed)
        assert found.judged == count
        assert sorted(each.path for each in found.unjudged) == sorted(f"d/{n}" for n in range(1, count, 50))
        return [(each.finding.path, each.finding.line) for each in found.rulings]

    one, several = judged_with(count + 1), judged_with(1)
    assert one == several
    assert len(one) == len(range(0, count, 7))


def in_this_process(jobs: Sequence[partial[bytes]]) -> list[bytes]:
    """What the copies do, one after the other: each begins and ends without a trace in this one."""
    answers = []
    for job in jobs:
        answers.append(job())
        for tally in {tally for _, tallies in job.args[0] for tally in tallies}:
            tally.clear()
    return answers


@pytest.mark.parametrize("where", ["in copies", "in this process"])
def test_a_crash_or_a_missing_object_in_one_of_several_processes_is_not_lost(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "in this process":
        monkeypatch.setattr(blobs, "fan_out", in_this_process)
    monkeypatch.setattr(blobs, "PARALLEL_FROM", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    repo.commit({"a.txt": "a\n"})
    repo.stage({f"{number}.txt": f"{number}\n" for number in range(6)})

    def crash(blob: Blob, policy: Policy) -> Iterator[Finding]:
        if blob.path == "3.txt":
            raise ValueError("three")
        return iter(())

    def missing(blob: Blob, policy: Policy) -> Iterator[Finding]:
        if blob.path == "3.txt":
            raise CannotJudge("three is missing", "git fsck")
        return iter(())

    found = outcome(entrance.staged(discover(repo.path)), rule(crash))
    assert isinstance(found, Broke)
    assert found.error == "ValueError: three"
    with pytest.raises(CannotJudge, match="three is missing") as caught:
        outcome(entrance.staged(discover(repo.path)), rule(missing))
    assert caught.value.help == "git fsck"
    every = outcome(entrance.staged(discover(repo.path)), rule(lambda blob, policy: [Finding("bad", blob.path)]))
    assert isinstance(every, Failed)
    assert (every.judged, [each.finding.path for each in every.rulings]) == (
        6,
        [f"{number}.txt" for number in range(6)],
    )


def test_contents_of_a_batch_are_let_go(repo: Repo) -> None:
    repo.stage({"a.txt": "a\n"})
    change = entrance.staged(discover(repo.path))
    (blob,) = change.blobs()
    assert (blob.data, blob.size) == (b"a\n", 2)
    blob.forget()
    assert blob.data == b"a\n"
    assert isinstance(change.head, Overlay)
