"""What holds for every rule: its code, its name, its documentation, its examples, and what it costs to import."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from quantgov import examples, rules
from quantgov.change import Blob
from quantgov.errors import UsageError
from quantgov.git import Entry
from quantgov.policy import Policy
from quantgov.rule import Rule, Stage
from quantgov.tree import MemoryTree

EVERY = rules.every()
EVERY_RULE = pytest.mark.parametrize(("rule", "stages"), EVERY, ids=[rule.code for rule, _ in EVERY])
DOCUMENTATION = r"[A-Z`.a-z].+\.\n\nWhy: \S[\s\S]+?\.\nFix: \S[\s\S]+"


def test_there_are_rules_and_each_code_and_name_is_given_once() -> None:
    codes = rules.codes()
    assert len(codes) > 15
    assert all(one < other for one, other in pairwise(codes))
    assert len({rule.name for rule, _ in EVERY}) == len(EVERY)


@pytest.mark.parametrize(
    ("module", "stages"), [entry[:2] for entry in rules.REGISTRY], ids=[module for module, *_ in rules.REGISTRY]
)
def test_code_and_name_are_those_of_the_file(module: str, stages: Stage) -> None:
    rule = rules.load(module)
    assert stages
    assert rule.code == rules.code_of(module)
    assert f"{rule.code.lower()}_{rule.name.replace('-', '_')}" == module
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)


@EVERY_RULE
def test_the_documentation_says_the_fault_the_reason_and_the_fix(rule: Rule, stages: Stage) -> None:
    assert re.fullmatch(DOCUMENTATION, rules.documentation(rule))


@EVERY_RULE
def test_examples_are_accepted_and_rejected_at_every_stage(rule: Rule, stages: Stage) -> None:
    for chosen in (rule.accepts, rule.rejects):
        judged = {stage for example in chosen for stage in examples.stages(example, stages)}
        assert judged == set(stages)
    assert all(example.finds for example in rule.rejects)
    assert not any(example.finds for example in rule.accepts)
    titles = [example.title for example in (*rule.accepts, *rule.rejects)]
    assert len(set(titles)) == len(titles)


def test_rules_are_chosen_by_stage_code_and_prefix() -> None:
    chosen = [rule.code for rule in rules.at(Stage.MESSAGE, select=["qg1", "QG201"], ignore=["QG104"])]
    assert chosen == ["QG102", "QG201"]
    assert [rule.code for rule in rules.at(Stage.SNAPSHOT, select=["QG3"])] == ["QG301", "QG302"]
    assert "QG101" in [rule.code for rule in rules.at(Stage.COMMIT)]


ABOUT_FILES = [(module, endings) for module, _, *endings in rules.REGISTRY if endings]


@pytest.mark.parametrize(("module", "endings"), ABOUT_FILES, ids=[module for module, _ in ABOUT_FILES])
def test_a_rule_about_some_files_speaks_of_no_others(module: str, endings: list[str]) -> None:
    for example in rules.load(module).rejects:
        touched = {**example.files, **{path: "" for files in example.earlier for path in files}}
        assert any(path.endswith(tuple(endings)) for path in touched), example.title


def test_a_commit_waits_for_no_rule_about_files_that_it_lacks() -> None:
    blob = Blob("a.py", Entry(0o100644, "0" * 40), MemoryTree({}))
    idle, asked = (rules.at(Stage.COMMIT, ["QG401"], touched=[path])[0] for path in ("a.py", "gap/passport.yaml"))
    assert asked is rules.load("qg401_passport_invalid")
    assert idle is not asked
    assert (idle.code, idle.name) == (asked.code, asked.name)
    assert list(idle.judge(blob, Policy({}))) == []


@pytest.mark.parametrize("options", [{"select": ["QG9"]}, {"ignore": ["QG31O"]}])
def test_a_selection_that_names_no_rule_is_refused(options: dict[str, list[str]]) -> None:
    with pytest.raises(UsageError, match="names no rule"):
        rules.at(Stage.COMMIT, **options)


@pytest.mark.parametrize("name", ["QG101", "qg101", "branch-misnamed"])
def test_a_rule_is_found_by_code_and_by_name(name: str) -> None:
    rule, stages = rules.find(name)
    assert (rule.code, Stage.COMMIT in stages, Stage.SNAPSHOT in stages) == ("QG101", True, False)


def test_a_rule_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no rule 'QG999'"):
        rules.find("QG999")
