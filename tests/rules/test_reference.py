"""The reference documents' own files, as they stand, through the rules that speak of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from quantgov import examples, policy, rules
from quantgov.engine import judge
from quantgov.rule import Example, Failed, Stage
from quantgov.rules import qg201_manifest_missing, qg507_ignore_hides_lfs_pattern

REFERENCE = Path(__file__).parents[1] / "fixtures" / "reference"


def reference(name: str) -> str:
    return (REFERENCE / name).read_text()


def findings(example: Example, stage: Stage, *codes: str) -> list[tuple[str, str, int]]:
    change = examples.change(example, stage)
    outcomes = judge(change, rules.at(stage, codes), policy.of_change(change))
    assert len(outcomes) == len(codes)
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    return [(each.code, each.finding.path, each.finding.line) for outcome in failed for each in outcome.rulings]


def test_the_passport_of_s2_is_valid_as_it_stands_and_at_research() -> None:
    text = reference("s2-passport.yaml")
    for status in ("production", "research"):
        passport = {"strategies/gap/passport.yaml": text.replace('"production"', f'"{status}"')}
        assert findings(Example("s2", files=passport), Stage.COMMIT, "QG401", "QG402") == []


def test_the_passport_of_s2_with_a_broken_id_is_found_at_its_place() -> None:
    passport = {"strategies/gap/passport.yaml": reference("s2-passport.yaml").replace("STR-2026-0042", "STR-42")}
    found = findings(Example("s2", files=passport), Stage.COMMIT, "QG401")
    assert found == [("QG401", "strategies/gap/passport.yaml", 1)]


@pytest.mark.parametrize("stage", [Stage.MESSAGE, Stage.PUSH, Stage.RANGE])
def test_the_commit_message_of_s0_is_accepted(stage: Stage) -> None:
    backtest = Example("s0", message=reference("s0-commit-message.txt"), files={"results/gap.csv": "day,pnl\n"})
    assert findings(backtest, stage, "QG102", "QG104", "QG201", "QG202") == []


def test_the_example_is_the_message_of_s0() -> None:
    assert (qg201_manifest_missing.SUBJECT + qg201_manifest_missing.BLOCK).strip() == (
        reference("s0-commit-message.txt").strip()
    )


def test_the_example_is_the_pair_of_files_of_s0() -> None:
    assert reference("s0-gitignore") == qg507_ignore_hides_lfs_pattern.S0_IGNORES
    assert reference("s0-gitattributes") == qg507_ignore_hides_lfs_pattern.S0_ATTRIBUTES


def test_the_ignore_file_of_s0_hides_the_results_that_its_lfs_lines_keep() -> None:
    files = {".gitignore": reference("s0-gitignore"), ".gitattributes": reference("s0-gitattributes")}
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 10\n"
    pair = Example("s0", files={**files, "results/mean_reversion.csv": pointer})
    found = findings(pair, Stage.COMMIT, "QG501", "QG502", "QG503", "QG507")
    assert found == [
        ("QG503", "results/mean_reversion.csv", 0),
        ("QG507", ".gitignore", 6),
        ("QG507", ".gitignore", 7),
    ]


def test_the_ignore_file_of_s1_hides_every_lfs_line_of_s0() -> None:
    files = {".gitignore": reference("s1-gitignore"), ".gitattributes": reference("s0-gitattributes")}
    found = findings(Example("s1", files=files), Stage.COMMIT, "QG507")
    assert [code for code, _, _ in found] == ["QG507"] * 3


@pytest.mark.parametrize("name", ["s0-env.example", "s1-env.example"])
def test_the_env_examples_hold_no_secret(name: str) -> None:
    assert findings(Example(name, files={".env.example": reference(name)}), Stage.COMMIT, "QG301", "QG302") == []
