"""`quantgov explain`: every example of a rule, and of its files what matters."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from quantgov import rules
from quantgov.cli.check import explain
from quantgov.explaining import example_text, examples
from quantgov.rule import Example, Rule, Scope, Stage

LONG = "".join(f"line {number}\n" for number in range(1, 61))
FIRST = Example(
    "a long record",
    files={"a.md": "one\ntwo\n", "notes.md": "x\n", "results/a.yaml": LONG},
    policy="mode: observe",
    stages=Stage.PUSH,
    finds=(("what is wrong", "results/a.yaml", 33, 1),),
)


def beside(title: str = "another", **more: object) -> list[str]:
    return example_text(Example(title, **more), FIRST).split("\n")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", rules.codes())
def test_no_explanation_is_too_long_and_no_example_is_left_out(code: str) -> None:
    app = typer.Typer()
    app.command()(explain)
    shown = CliRunner().invoke(app, [code]).stdout
    rule, _ = rules.find(code)
    assert shown.count("\nRejected: ") == len(rule.rejects)
    assert shown.count("\nAccepted: ") == len(rule.accepts)
    assert shown.count("\n") <= 130


@pytest.mark.parametrize("code", rules.codes())
def test_every_example_says_what_it_has_otherwise(code: str) -> None:
    rule, _ = rules.find(code)
    assert [example.title for _, example, text in examples(rule) if not text] == []


def test_the_first_example_is_shown_with_the_lines_of_its_finding() -> None:
    assert example_text(FIRST).split("\n") == [
        "policy   mode: observe",
        "at       push",
        "branch   strategy/momentum",
        "message  feat: add momentum filter",
        "file     results/a.yaml",
        "         … 28 lines above",
        *(f"         | line {number}" for number in range(29, 37)),
        "         … 24 more lines",
        "file     a.md",
        "         | one",
        "         | two",
        "file     notes.md | x",
        "finds    results/a.yaml:33:1  what is wrong",
    ]


def test_another_example_is_shown_by_what_it_has_otherwise() -> None:
    files = {**FIRST.files, "results/a.yaml": LONG.replace("line 33\n", "line 34 of 60\n"), "more.md": "y\n"}
    assert beside(files=files, policy="mode: observe", stages=Stage.PUSH, branch="main") == [
        "branch   main",
        "file     results/a.yaml (and 1 more file) + line 34 of 60",
    ]
    assert beside(files={**FIRST.files, "results/a.yaml": LONG.replace("line 33\n", "")})[:3] == [
        "policy   (none)",
        "at       anywhere",
        "file     results/a.yaml - line 33",
    ]
    grown = beside(files={**FIRST.files, "results/a.yaml": f"{LONG}a\nb\nc\nd\n"})
    assert grown[2:] == ["file     results/a.yaml", "         + a", "         + b", "         … 2 more lines"]


def test_what_stood_elsewhere_is_only_named() -> None:
    before = {path: str(content) for path, content in FIRST.files.items() if path != "notes.md"}
    shown = beside(before=before, files={"results/a.yaml": None}, policy="mode: observe", stages=Stage.PUSH)
    assert shown == [
        "without  notes.md",
        "before   a.md and 1 more, as above",
        "file     results/a.yaml is deleted",
    ]
    first = Example("", before={"a.md": "1\n", "b.md": "1\n"}, files={"a.md": "2\n"})
    other = Example("", before=first.before)
    assert example_text(other, first) == "without  the change of a.md"
    assert not [line for line in beside(files={"b.md": "x"}) if line.startswith("without")]


def test_a_record_s_id_is_another_wherever_anything_else_is() -> None:
    first, other, same = (
        Example("", files={"a.yaml": f"experiment_id: exp_{number}\n{more}"})
        for number, more in ((1, "a: 1\nb: 1\n"), (2, "a: 1\nb: 2\n"), (3, "a: 1\nb: 1\n"))
    )
    assert example_text(other, first) == "file     a.yaml + b: 2"
    assert example_text(same, first) == "file     a.yaml + experiment_id: exp_3"


def test_examples_are_told_beside_the_first_rejected_one() -> None:
    def check(change: object, policy: object) -> list[object]:
        return []

    other = Example("good", files={**FIRST.files, "a.md": "one\n2\n"})
    rule = Rule("QG999", "x", Scope.CHANGE, check, rejects=(FIRST,), accepts=(other,))  # type: ignore[arg-type]
    assert [(kind, example.title, text) for kind, example, text in examples(rule)] == [
        ("Rejected", "a long record", example_text(FIRST)),
        ("Accepted", "good", example_text(other, FIRST)),
    ]
