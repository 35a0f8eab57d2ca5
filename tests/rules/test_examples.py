"""Every rule's examples, from memory and from a real repository, at every stage at which the rule runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from real_repository import RealRepository

from quantgov import examples, policy, rules
from quantgov.change import Change
from quantgov.engine import judge
from quantgov.git import Repository
from quantgov.rule import Broke, Example, Failed, Rule, Skipped, Stage

Case = tuple[Rule, Example, Stage]
Said = tuple[list[tuple[str, str, int, int]], str]
LAST = Stage.COMMIT | Stage.MESSAGE
"""These move HEAD and the index of the one repository that all stages of an example share."""


def name(case: Case) -> str:
    rule, example, _ = case
    return f"{rule.code}-{'rejects' if example in rule.rejects else 'accepts'}-{example.title}"


CASES = [(rule, example, of_rule) for rule, of_rule in rules.every() for example in (*rule.accepts, *rule.rejects)]
EVERY_EXAMPLE = pytest.mark.parametrize("case", CASES, ids=name)


@EVERY_EXAMPLE
def test_from_memory(case: Case) -> None:
    rule, example, of_rule = case
    stages = examples.stages(example, of_rule)
    assert stages
    for stage in stages:
        assert said(examples.change(example, stage), rule) == expected(example), stage


@EVERY_EXAMPLE
def test_from_a_real_repository(
    case: Case, tmp_path: Path, empty_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, example, of_rule = case
    real = RealRepository(tmp_path, empty_repository, example)
    for variable, value in real.author.items():
        monkeypatch.setenv(variable, value)
    for stage in sorted(examples.stages(example, of_rule), key=LAST.__contains__):
        monkeypatch.chdir(real.prepare(stage))
        with opened() as repo:
            assert said(real.change(repo, stage), rule) == expected(example), stage


@contextmanager
def opened() -> Iterator[Repository]:
    """The repository around the current folder; its processes end with the block."""
    repo = Repository.discover()
    try:
        yield repo
    finally:
        repo.config("")
        for conversation in {repo.objects._info, repo.objects._contents} - {None}:
            assert conversation is not None
            conversation.close()


def expected(example: Example) -> Said:
    return list(example.finds), example.skips


def said(change: Change, rule: Rule) -> Said:
    """The new findings, none of them waived, and what was left unjudged."""
    (outcome,) = judge(change, [rule], policy.of_change(change))
    assert not isinstance(outcome, Broke), outcome.trace
    rulings = outcome.rulings if isinstance(outcome, Failed) else ()
    assert not [each for each in rulings if each.old or each.waived]
    found = [(each.finding.message, each.finding.path, each.finding.line, each.finding.column) for each in rulings]
    skipped = outcome.unjudged if isinstance(outcome, Failed | Skipped) else ()
    return found, "; ".join(f"{each.path}: {each.reason}" if each.path else each.reason for each in skipped)
