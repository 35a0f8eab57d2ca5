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


PASSPORT = "strategies/gap/passport.yaml"
NAMED = {"strategies/gap/params/v1.3.2.yaml": "gap_hours: 72\n", "lib/signals/v2.1/gap.py": "LAG = 1\n"}
"""The files that S2's passport names."""


def passport_of_s2(status: str) -> dict[str, str | bytes | None]:
    return {PASSPORT: reference("s2-passport.yaml").replace('"production"', f'"{status}"')}


def test_the_passport_of_s2_is_valid_at_research() -> None:
    files = {**passport_of_s2("research"), **NAMED}
    assert findings(Example("s2", files=files), Stage.COMMIT, "QG401", "QG402", "QG403", "QG404") == []


def test_the_passport_of_s2_alone_names_files_that_are_not_there() -> None:
    found = findings(Example("s2", files=passport_of_s2("research")), Stage.COMMIT, "QG404")
    assert found == [("QG404", PASSPORT, 40), ("QG404", PASSPORT, 41)]


def test_the_passport_of_s2_in_production_pins_no_data() -> None:
    files = {**passport_of_s2("production"), **NAMED}
    found = findings(Example("s2", files=files), Stage.COMMIT, "QG401", "QG403", "QG404")
    assert {("QG401", PASSPORT, 13), ("QG401", PASSPORT, 17)} <= set(found)
    assert not [each for each in found if each[0] != "QG401"]


def test_the_passport_of_s2_with_a_broken_id_is_found_at_its_place() -> None:
    passport = str(passport_of_s2("research")[PASSPORT]).replace("STR-2026-0042", "STR-42")
    assert findings(Example("s2", files={PASSPORT: passport}), Stage.COMMIT, "QG401") == [("QG401", PASSPORT, 1)]


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
