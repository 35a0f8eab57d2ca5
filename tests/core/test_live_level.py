"""Rules that weigh more where code trades: below `paths.live`, and in the folder of a strategy in production."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest
from core_builders import change_of

from quantgov import engine, explaining, rules
from quantgov.change import Blob
from quantgov.errors import PolicyError
from quantgov.policy import Policy, load
from quantgov.rule import Example, Failed, Finding, Level, Rule, Scope

Files = dict[str, str | bytes]
PASSPORT = "strategies/a/passport.yaml"
CODE = "strategies/a/code/x.py"


def says_bad(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if blob.data == b"BAD":
        yield Finding("it is bad", blob.path)


RULE = Rule("QG998", "made-for-a-test", Scope.BLOB, says_bad, level=Level.ADVISE, live=Level.BLOCK)


def levels(
    files: Files, before: Files | None = None, given: Rule = RULE, policy: Mapping[str, object] | None = None
) -> dict[str, Level]:
    (outcome,) = engine.judge(change_of(files, before), [given], Policy(policy or {}))
    assert isinstance(outcome, Failed)
    return {each.finding.path: each.level for each in outcome.rulings}


def test_it_blocks_below_the_live_folder_and_only_there() -> None:
    files: Files = dict.fromkeys(("live/x.py", "live.py", "research/live/x.py", "alive/x.py"), "BAD")
    assert {path for path, level in levels(files).items() if level is Level.BLOCK} == {"live/x.py"}


@pytest.mark.parametrize(
    ("folder", "path", "expected"),
    [
        ("src/trading", "src/trading/x.py", Level.BLOCK),
        ("./src/trading/", "src/trading/x.py", Level.BLOCK),
        ("src/trading", "live/x.py", Level.ADVISE),
        ("src/trading", "src/trading.py", Level.ADVISE),
        ("./", "x.py", Level.ADVISE),
    ],
)
def test_the_live_folder_is_the_policy_s(folder: str, path: str, expected: Level) -> None:
    assert levels({path: "BAD"}, policy={"paths": {"live": folder}}) == {path: expected}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "research", Level.ADVISE),
        ("validation", "validation", Level.ADVISE),
        ("validation", "production", Level.BLOCK),
        ("production", "suspended", Level.BLOCK),
        ("suspended", "suspended", Level.ADVISE),
        ("", "", Level.ADVISE),
    ],
)
def test_it_blocks_in_the_folder_of_a_strategy_that_trades_before_or_after(
    before: str, after: str, expected: Level
) -> None:
    def files(status: str, more: Files) -> Files:
        return {**more, **({PASSPORT: f"status: {status}\n"} if status else {})}

    change = files(after, {CODE: "BAD", "notebooks/x.py": "BAD"}), files(before, {"other": "x"})
    assert levels(*change) == {CODE: expected, "notebooks/x.py": Level.ADVISE}


def test_a_rule_without_such_a_level_weighs_the_same_everywhere() -> None:
    plain = Rule("QG998", "made-for-a-test", Scope.BLOB, says_bad, level=Level.ADVISE)
    files: Files = {"live/x.py": "BAD", PASSPORT: "status: production\n", CODE: "BAD"}
    assert set(levels(files, given=plain).values()) == {Level.ADVISE}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"levels": {"QG998": "warn"}}, Level.WARN),
        ({"levels": {"QG9": {"live/**": "advise"}}}, Level.ADVISE),
        ({"levels": {"QG9": {"research/**": "warn"}}}, Level.BLOCK),
        ({"levels": {"QG9": {"phase:production": "warn"}}}, Level.BLOCK),
        ({"mode": "observe"}, Level.ADVISE),
    ],
)
def test_the_team_s_levels_decide_there_too(policy: dict[str, object], expected: Level) -> None:
    assert levels({"live/x.py": "BAD"}, policy=policy) == {"live/x.py": expected}


def test_what_stood_there_before_is_old_and_blocks_nothing() -> None:
    (outcome,) = engine.judge(change_of({"live/x.py": "BAD", "a": "1"}, {"live/x.py": "BAD"}), [RULE], Policy({}))
    assert not isinstance(outcome, Failed)


def test_the_three_rules_of_hygiene_have_it() -> None:
    assert {rule.code for rule, _ in rules.every() if rule.live} == {"QG504", "QG505", "QG506"}


@pytest.mark.parametrize("code", ["QG504", "QG505", "QG506"])
def test_hygiene_blocks_where_code_trades(code: str) -> None:
    rule, _ = rules.find(code)
    for example in rule.rejects:
        assert set(found(rule, example, "").values()) == {Level.ADVISE}
        assert set(found(rule, example, "live/").values()) == {Level.BLOCK}


def found(rule: Rule, example: Example, folder: str) -> dict[str, Level]:
    files: Files = {folder + path: content for path, content in example.files.items() if content is not None}
    policy = load(f"version: 1\n{example.policy}\n".encode())
    (outcome,) = engine.judge(change_of(files), [rule], policy)
    assert isinstance(outcome, Failed)
    return {each.finding.path: each.level for each in outcome.rulings}


# The policy's keys


def test_what_a_policy_says_of_notebooks_is_read() -> None:
    given = load(b"version: 1\nnotebooks: {outputs: strip, max_outputs: 64 KiB}\npaths: {live: trading}\n")
    assert (given.strips_outputs, given.max_outputs, given.live) == (True, 64 << 10, "trading/")
    unsaid = load(b"version: 1\n")
    assert (unsaid.strips_outputs, unsaid.max_outputs, unsaid.live) == (False, 1 << 20, "live/")
    assert not load(b"version: 1\nnotebooks: {outputs: allow}\n").strips_outputs


@pytest.mark.parametrize(
    "text",
    [
        "notebooks: strip", "notebooks: {outputs: none}", "notebooks: {max_outputs: 1 TB}",
        "notebooks: {output: strip}", "paths: {live: ''}",
    ],
)  # fmt: skip
def test_what_a_policy_cannot_say_of_them_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        load(f"version: 1\n{text}\n".encode())


# How it is shown


def test_people_and_programs_are_told_of_it() -> None:
    plain = Rule("QG998", "made-for-a-test", Scope.BLOB, says_bad)
    assert explaining.level_text(plain) == "blocks"
    assert explaining.level_text(RULE) == "advises; blocks where code trades"
    listed = json.loads(explaining.rules_as_json())
    told = {each["code"]: (each["level"], each["live"]) for each in listed}
    assert (told["QG301"], told["QG503"], told["QG506"]) == (("block", "block"), ("warn", "warn"), ("advise", "block"))
