"""The help of findings: what it says can be typed, and mends the fault."""

from __future__ import annotations

import pytest

from quantgov import examples, policy, rules
from quantgov.engine import judge
from quantgov.rule import Example, Failed, Stage

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 10\n"


def advice(code: str, example: Example, stage: Stage = Stage.COMMIT) -> list[str]:
    change = examples.change(example, stage)
    (outcome,) = judge(change, [rules.find(code)[0]], policy.of_change(change))
    assert isinstance(outcome, Failed)
    return [each.finding.help for each in outcome.rulings]


@pytest.mark.parametrize(
    ("branch", "files", "team_policy", "suggested"),
    [
        ("momentum", {}, "", "strategy/momentum"),
        ("feature/Été_2 x", {"docs/a.md": "x"}, "", "infrastructure/t-_2-x"),
        ("feature/...", {"strategies/gap/signals.py": "x"}, "", "strategy/topic"),
        ("alice/gap", {"results/gap.csv": "x", "strategies/gap/signals.py": "x"}, "", "backtest/gap"),
        ("alice/prices", {"src/data/prices.py": "x"}, "", "data-pipeline/prices"),
        ("gap", {}, "branches: develop", "feature/<you>/gap"),
        ("strategy/alice/gap", {}, "branches: develop", "feature/alice/gap"),
        ("gap", {}, "branches: {pattern: 'QR-[0-9]+'}", "<name>"),
    ],
)
def test_qg101_suggests_a_branch_of_the_team_s_form(
    branch: str, files: dict[str, str | bytes | None], team_policy: str, suggested: str
) -> None:
    example = Example("misnamed", branch=branch, files=files, policy=team_policy)
    assert advice("QG101", example) == [f"git branch -m {suggested}"]


def test_qg102_names_the_team_s_types() -> None:
    example = Example("no type", message="momentum", policy="messages: {types: [model, data]}")
    assert advice("QG102", example, Stage.MESSAGE) == ["start it with one of: model, data"]


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("QG501", {"a b/prices.csv": "x"}),
        ("QG502", {".gitattributes": "*.csv filter=lfs\n", "a b/prices.csv": "x"}),
    ],
)
def test_a_plain_data_file_is_mended_by_one_command(code: str, files: dict[str, str | bytes | None]) -> None:
    assert advice(code, Example("data", files=files)) == ["quantgov lfs fix -- 'a b/prices.csv'"]


def test_qg501_takes_a_data_file_out_where_the_team_commits_none() -> None:
    example = Example("no data", files={"prices.csv": "x"}, policy="data: no-data")
    assert advice("QG501", example) == ["git rm --cached -- prices.csv"]
    assert advice("QG501", example, Stage.SNAPSHOT) == ["git rm --cached -- prices.csv"]
    later = Example("later", earlier=({"prices.csv": "x"},), files={"prices.csv": "y"}, policy="data: no-data")
    assert advice("QG501", later, Stage.PUSH) == [f"git rebase -i {1:040x}^, to take it out of there"]


@pytest.mark.parametrize(
    ("stage", "folder", "said"),
    [
        (Stage.COMMIT, "", "git restore --source=HEAD --staged --worktree .gitattributes"),
        (Stage.COMMIT, "a b/", "git restore --source=HEAD --staged --worktree 'a b/.gitattributes'"),
        (Stage.PUSH, "", "git restore --source=main --staged --worktree .gitattributes"),
    ],
)
def test_qg502_brings_back_the_file_of_the_lines(stage: Stage, folder: str, said: str) -> None:
    before = {f"{folder}.gitattributes": "*.csv filter=lfs\n", f"{folder}x.csv": POINTER, "b/.gitattributes": "#\n"}
    gone = {f"{folder}.gitattributes": None, "b/.gitattributes": None}
    assert advice("QG502", Example("gone", before=before, files=gone), stage) == [said]


def test_qg502_has_a_line_written_where_the_file_is_still_there_or_gave_nothing() -> None:
    before = {".gitattributes": "*.csv filter=lfs\n", "x.csv": POINTER, "y.bin": "x"}
    edited = Example("edited", before=before, files={".gitattributes": "# none\n"})
    assert advice("QG502", edited) == ["quantgov lfs fix -- x.csv"]
    gone = Example("gone", before={**before, "x.csv": "x"}, files={".gitattributes": None, "y.bin": POINTER})
    assert advice("QG502", gone) == ["quantgov lfs fix -- y.bin"]


def test_qg501_empties_a_notebook_rather_than_to_move_it_into_lfs() -> None:
    example = Example("outputs", policy="lfs: {max_size: 1 KiB}", files={"gap.ipynb": "x" * 2048})
    assert advice("QG501", example) == ["quantgov notebook strip -- gap.ipynb, which takes its outputs out"]
    assert advice("QG501", example, Stage.PUSH) == ["quantgov lfs fix -- gap.ipynb"]


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.PUSH, "quantgov lfs fix -- px.csv"),
        (Stage.RANGE, f"git rebase -i {1:040x}^, to take it out of there"),
    ],
)
def test_what_a_commit_brought_is_moved_until_it_is_pushed(stage: Stage, said: str) -> None:
    gone = Example("gone", earlier=({"px.csv": "x"},), files={"px.csv": None})
    right = Example(
        "right", earlier=({"px.csv": "x"},), files={".gitattributes": "*.csv filter=lfs\n", "px.csv": POINTER}
    )
    assert (advice("QG501", gone, stage), advice("QG502", right, stage)) == ([said], [said])


@pytest.mark.parametrize("code", ["QG302", "QG501", "QG502", "QG503"])
def test_paths_are_quoted_for_the_shell(code: str) -> None:
    files = {".gitattributes": "*.env filter=lfs\n", ".gitignore": "live's/\n", "live's/.env": "x", "live's/a.csv": "x"}
    said = "\n".join(advice(code, Example("quotes", files={**files, "live's/b.env": "x"})))
    assert "'live'\"'\"'s/" in said


def test_qg402_names_the_command_that_gives_another_id() -> None:
    ids = {"strategies/gap/passport.yaml": "strategy_id: STR-2026-0007\n"}
    taken = Example("taken", before=ids, files={"strategies/new/passport.yaml": "strategy_id: STR-2026-0007\n"})
    assert advice("QG402", taken) == [
        "quantgov passport renumber strategies/new/passport.yaml, which gives it a free one"
    ]


def test_qg201_gives_the_block_to_fill_in() -> None:
    (said,) = advice("QG201", Example("backtest", message="backtest: gap v2 on 2024 data"), Stage.MESSAGE)
    assert "Data manifest:\n- Symbol set:" in said
