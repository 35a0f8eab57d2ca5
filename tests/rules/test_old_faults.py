"""Which faults of files are old: what base has already is, what grows, changes or passes through a commit is not."""

from __future__ import annotations

import pytest

from quantgov import examples, policy, rules
from quantgov.engine import judge
from quantgov.rule import Example, Failed, Ruling, Stage

CSV = "day,close\n1,2\n"
LIMIT = "lfs: {max_size: 1 KiB}"
LARGE = "x" * 2048


def rulings(code: str, example: Example, stage: Stage = Stage.PUSH) -> tuple[Ruling, ...]:
    change = examples.change(example, stage)
    (outcome,) = judge(change, [rules.find(code)[0]], policy.of_change(change))
    return outcome.rulings if isinstance(outcome, Failed) else ()


def olds(code: str, example: Example, stage: Stage = Stage.PUSH) -> list[bool]:
    return [ruling.old for ruling in rulings(code, example, stage)]


@pytest.mark.parametrize("stage", [Stage.COMMIT, Stage.PUSH])
def test_an_edited_data_file_is_old(stage: Stage) -> None:
    assert olds("QG501", Example("edited", before={"px.csv": CSV}, files={"px.csv": CSV * 2}), stage) == [True]


@pytest.mark.parametrize("stage", [Stage.COMMIT, Stage.PUSH])
def test_a_moved_data_file_is_old(stage: Stage) -> None:
    moved = Example("moved", before={"px.csv": CSV}, files={"px.csv": None, "a/px.csv": CSV})
    assert olds("QG501", moved, stage) == [True]


@pytest.mark.parametrize("stage", [Stage.COMMIT, Stage.PUSH])
def test_a_data_file_that_grows_too_large_is_new(stage: Stage) -> None:
    grown = Example("grown", before={"px.csv": CSV}, files={"px.csv": LARGE}, policy=LIMIT)
    assert olds("QG501", grown, stage) == [False]


def test_a_large_file_that_grows_on_is_old() -> None:
    assert olds("QG501", Example("on", before={"a": LARGE}, files={"a": LARGE * 2}, policy=LIMIT)) == [True]


def test_a_large_file_that_a_commit_brought_is_found_there() -> None:
    gone = Example("gone", earlier=({"px.csv": CSV}, {"a.md": "x"}), files={"px.csv": None})
    (found,) = rulings("QG501", gone)
    assert (found.finding.commit, found.blocks) == (f"{1:040x}", True)
    assert found.finding.help == "quantgov lfs fix -- px.csv"


def test_a_file_is_told_once_by_what_head_has() -> None:
    twice = Example("twice", earlier=({"px.csv": CSV}, {"px.csv": CSV * 2}), files={"px.csv": CSV * 3})
    (found,) = rulings("QG501", twice)
    assert found.finding.commit == ""


def test_both_faults_of_a_file_are_told() -> None:
    both = Example("both", earlier=({"px.csv": LARGE},), files={"px.csv": CSV}, policy=LIMIT)
    assert {(each.finding.key, each.finding.commit) for each in rulings("QG501", both)} == {
        ("data-file", ""),
        ("too-large", f"{1:040x}"),
    }


@pytest.mark.parametrize(
    ("earlier", "files"),
    [
        (({"px.csv": CSV * 2},), {"px.csv": CSV}),
        (({"px.csv": CSV * 2},), {"px.csv": None}),
        (({"px.csv": None, "a.csv": CSV},), {"a.csv": None}),
    ],
    ids=["edited and put back", "edited and deleted", "moved and deleted"],
)
def test_what_base_has_already_is_no_fault_of_a_commit(
    earlier: tuple[dict[str, str | None], ...], files: dict[str, str | None]
) -> None:
    assert rulings("QG501", Example("legacy", before={"px.csv": CSV}, earlier=earlier, files=files)) == ()


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 10\n"
TRACKED = {".gitattributes": "*.csv filter=lfs\n"}


def test_a_file_taken_out_of_lfs_and_deleted_is_found() -> None:
    out = Example(
        "out",
        before={**TRACKED, "px.csv": POINTER},
        earlier=({".gitattributes": None, "px.csv": CSV},),
        files={"px.csv": None},
    )
    assert olds("QG501", out) == [False]


def test_attributes_are_those_of_the_last_commit() -> None:
    moved = Example("moved", earlier=({"px.csv": CSV},), files={**TRACKED, "px.csv": POINTER})
    assert rulings("QG501", moved) == ()


@pytest.mark.parametrize(
    ("path", "content", "old"),
    [(".env", "MODE=live\n", False), ("live/.env", "MODE=dev\n", True)],
    ids=["changed", "moved"],
)
def test_an_env_file_is_old_while_its_content_is(path: str, content: str, old: bool) -> None:
    change = Example("env", before={".env": "MODE=dev\n"}, files={".env": None, path: content})
    assert olds("QG302", change) == [old]


def test_an_ignore_line_over_patterns_is_one_fault_however_many_it_hides() -> None:
    before = {".gitattributes": "*.csv filter=lfs\n", ".gitignore": "/results/\n"}
    more = {".gitattributes": "*.csv filter=lfs\n*.h5 filter=lfs\n"}
    assert olds("QG507", Example("more", before=before, files=more)) == [True]
    assert olds("QG507", Example("another", before=before, files={".gitignore": "*.csv\n"})) == [False]
