"""`quantgov check` and the command line around it."""

from __future__ import annotations

import io
import json
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import ADVISES_PASSPORTS, BAD_PASSPORT, BRANCH, GOOD_PASSPORT, discover, leak

from quantgov import __main__, __version__, checking, hook, rules
from quantgov.cli import app, console, entry, quick_lfs
from quantgov.errors import DEBUG, CannotJudge, UsageError
from quantgov.rule import Stage

if TYPE_CHECKING:
    from repository import Repo

PASSPORT = "strategies/momentum/passport.yaml"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.commit({"README.md": "# research\n"})
    repo.branch(BRANCH)
    return repo


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Call = Callable[..., Done]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Call:
    """The command line in this process, from its entry point on."""

    def run(*argv: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["quantgov", *argv])
        with pytest.raises(SystemExit) as left:
            __main__.main()
        captured = capsys.readouterr()
        code = left.value.code
        return Done(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


def report(done: Done) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(done.out)
    return found


# What is judged


def test_staged_is_the_default(work: Repo, call: Call) -> None:
    work.stage({PASSPORT: BAD_PASSPORT})
    for argv in ((), ("--staged",)):
        done = call("check", *argv)
        assert done.code == 1
        assert done.out.startswith("quantgov: change refused: QG401 ")
    work.git("reset", "-q", "--hard")
    done = call("check")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("quantgov: change is clean (")


@pytest.mark.parametrize("given", ["main..HEAD", "main...HEAD", "main..", f"main..{BRANCH}"])
def test_a_range(work: Repo, call: Call, given: str) -> None:
    work.commit({"keys.py": leak()})
    work.git("rm", "-q", "keys.py")
    work.commit()
    done = call("check", "--range", given)
    assert done.code == 1
    assert "QG301 keys.py:1:" in done.out.splitlines()[0]


def test_a_revision_or_everything(work: Repo, call: Call) -> None:
    first = work.commit({PASSPORT: BAD_PASSPORT})
    work.commit({PASSPORT: GOOD_PASSPORT})
    assert call("check", "--rev", first).code == 1
    assert call("check", "--all").code == 0
    assert call("check", "--rev", "HEAD~1", "--select", "QG3").code == 0


def test_choices_exclude_each_other(work: Repo, call: Call) -> None:
    done = call("check", "--staged", "--all")
    assert done.code == 2
    assert done.err == "quantgov: --staged, --range, --rev and --all exclude each other\n  fix: name one of them\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--range", "main"), "'main' is no range of commits"),
        (("--range", ".."), "'..' is no range of commits"),
        (("--range", "main..nowhere"), "'nowhere' is not a commit here"),
        (("--range", "nowhere..HEAD"), "'nowhere' is not a commit here"),
        (("--rev", "no\nwhere"), "is not a commit here"),
        (("--format", "xml"), "'xml' is not one of"),
        (("--select", "QG9"), "'QG9' names no rule"),
        (("--ignore", "x"), "'x' names no rule"),
        (("--policy-from", "nowhere"), "'nowhere' is no revision here"),
        (("--policy-from", "HEAD"), "HEAD has no quantgov.yaml"),
        (("--policy-from", ":"), ": has no quantgov.yaml"),
        (("--output", "no/such/folder.json"), "cannot write no/such/folder.json: No such file"),
        (("--no-such-option",), "No such option"),
    ],
)
def test_a_mistaken_call_exits_with_2(work: Repo, call: Call, argv: Sequence[str], said: str) -> None:
    done = call("check", *argv)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


@pytest.mark.parametrize("name", ["GITHUB_HEAD_REF", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "--branch"])
def test_the_branch_of_a_detached_checkout(work: Repo, call: Call, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    work.commit({"a.py": "x = 1\n"})
    work.git("checkout", "-q", "--detach")
    assert call("check", "--range", "main..HEAD", "--select", "QG101").code == 0
    if not name.startswith("--"):
        monkeypatch.setenv(name, "misnamed")
    done = call("check", "--range", "main..HEAD", *((name, "misnamed") if name.startswith("--") else ()))
    assert done.code == 1
    assert "branch 'misnamed' is not " in done.out


# Policies


def test_an_edit_of_the_policy_is_tried_out(work: Repo, call: Call) -> None:
    work.git("switch", "-q", "main")
    work.commit({"quantgov.yaml": "version: 1\n"}, "chore: set the policy")
    work.git("switch", "-q", "-C", BRANCH)
    work.stage({"quantgov.yaml": ADVISES_PASSPORTS, PASSPORT: BAD_PASSPORT})
    done = call("check")
    assert done.code == 1
    assert "note  quantgov.yaml changed; this is judged by main's" in done.out
    tried = call("check", "--policy-from", ":", "--format", "json")
    assert tried.code == 0
    assert report(tried)["summary"]["policy"]["source"] == "the index"  # type: ignore[call-overload]  # a mapping
    work.commit({}, "chore: set the policy")
    assert call("check", "--range", "main..HEAD", "--policy-from", "HEAD").code == 0
    assert call("check", "--range", "main..HEAD", "--policy-from", "main").code == 1
    assert call("check", "--range", "main..HEAD", "--policy-from", "HEAD^{tree}").code == 0


# Reports


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_report_goes_to_a_file_whole(work: Repo, call: Call, form: str) -> None:
    work.stage({PASSPORT: BAD_PASSPORT})
    printed = call("check", "--format", form)
    done = call("check", "--format", form, "--output", "report é.txt")
    assert (done.code, done.out) == (1, "")
    assert Path("report é.txt").read_text("utf-8") == printed.out
    assert [each for each in os.listdir() if each.startswith("report")] == ["report é.txt"]


def test_a_dash_is_standard_output(work: Repo, call: Call) -> None:
    work.stage({PASSPORT: BAD_PASSPORT})
    assert call("check", "--output", "-").out == call("check").out != ""
    assert not Path("-").exists()


def test_a_report_that_cannot_be_written_leaves_nothing_behind(work: Repo, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot write"):
        checking.write(str(tmp_path / "folder"), "report")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("folder")] == ["folder"]
    with pytest.raises(UsageError, match="cannot write"):
        checking.write(str(tmp_path / "none" / "report"), "report")


def test_codes_are_chosen_by_comma_or_repetition(work: Repo, call: Call) -> None:
    work.stage({PASSPORT: BAD_PASSPORT, "prices.csv": "1\n", "keys.py": leak()})

    def found(*argv: str) -> list[str]:
        return sorted(str(each["code"]) for each in report(call("check", "--format", "json", *argv))["findings"])

    assert found() == ["QG301", "QG401", "QG501"]
    assert found("--select", "QG3,QG4") == found("--select", "qg3", "--select", "QG4") == ["QG301", "QG401"]
    assert found("--ignore", "QG3,", "--ignore", "QG501") == ["QG401"]
    assert found("--select", "QG3,QG4", "--ignore", "QG401") == ["QG301"]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", ""])
def test_a_report_is_printed_whatever_characters_the_output_has(
    work: Repo, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    work.stage({"é.csv": "1\n"})
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding) if encoding else io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "argv", ["quantgov", "check"])
    with pytest.raises(SystemExit, match="1"):
        __main__.main()
    out.flush()
    shown = raw.getvalue().decode() if isinstance(out, io.TextIOWrapper) else out.getvalue()
    assert shown.startswith("quantgov: change refused: QG501 ")
    assert ("é.csv" in shown) is (encoding != "ascii")


def test_a_narrow_locale_does_not_break_a_report(work: Repo) -> None:
    work.stage({"é.csv": "1\n"})
    done = work.quantgov("check", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert done.returncode == 1
    assert "QG501" in done.stdout


def test_forms_are_named() -> None:
    from quantgov.verdict import Verdict

    assert checking.render(Verdict([]), "json").startswith("{")
    assert checking.render(Verdict([]), "text", subject="push").startswith("quantgov: push is clean")
    assert checking.parse_range("a..b..c") == ("a", "b..c")
    assert checking.branch_of({"GITHUB_HEAD_REF": "", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "x"}) == "x"
    assert checking.branch_of({}) == ""


def test_choosing_needs_no_command_line(work: Repo) -> None:
    work.stage({"a.py": "x = 1\n"})
    change = checking.choose(discover(work.path), None, "", "")
    assert [each.path for each in change.touched] == ["a.py"]


# The rest of the command line


def test_the_version(call: Call) -> None:
    assert call("--version").out == f"quantgov {__version__}\n"


def test_without_a_command_there_is_help(call: Call) -> None:
    done = call()
    assert "Usage: quantgov" in done.out + done.err
    for panel in ("Every day", "Repository", "By git"):
        assert panel in done.out + done.err


@pytest.mark.parametrize("name", ["QG201", "qg201", "manifest-missing"])
def test_a_rule_is_explained(call: Call, name: str) -> None:
    done = call("explain", name)
    assert done.code == 0
    assert done.out.startswith("QG201 manifest-missing")
    assert "blocks, " in done.out
    assert "Rejected" in done.out
    assert "Accepted" in done.out


def test_a_rule_that_does_not_exist_is_not_explained(call: Call) -> None:
    done = call("explain", "QG000")
    assert (done.code, done.out) == (2, "")
    assert "there is no rule 'QG000'" in done.err


def test_rules_are_listed(call: Call) -> None:
    from quantgov import rules

    listed = json.loads(call("rules", "--format", "json").out)
    assert [each["code"] for each in listed] == rules.codes()
    table = call("rules").out
    assert all(code in table for code in rules.codes())


@pytest.mark.parametrize("argv", [("hook", "--help"), ("hook", "pre-commit", "-h")])
def test_help_about_hooks_is_the_command_lines(call: Call, argv: Sequence[str]) -> None:
    done = call(*argv)
    if "--help" in argv:
        assert "What git calls" in done.out


def test_a_hook_goes_past_the_command_line(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def leave(argv: list[str]) -> None:
        ran.append(argv)
        raise SystemExit(7)

    monkeypatch.setattr(hook, "main", leave)
    monkeypatch.setattr(sys, "argv", ["quantgov", "hook", "pre-commit", "--select", "QG3"])
    with pytest.raises(SystemExit, match="7"):
        runpy.run_path(str(__main__.__file__), run_name="__main__")
    assert ran == [["pre-commit", "--select", "QG3"]]


@pytest.mark.parametrize(
    ("argv", "quickly"), [(["lfs", "status"], True), (["lfs", "status", "--help"], False), (["lfs", "fsck"], False)]
)
def test_where_files_stand_is_told_without_the_whole_command_line(
    argv: list[str], quickly: bool, work: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def leave(form: str) -> None:
        taken.append(form)
        raise SystemExit(0)

    monkeypatch.setattr(quick_lfs, "main", leave)
    monkeypatch.setattr(sys, "argv", ["quantgov", *argv])
    with pytest.raises(SystemExit):
        __main__.main()
    assert taken == (["text"] if quickly else [])


def test_a_backtest_is_run_without_the_whole_command_line(call: Call) -> None:
    done = call("backtest", "--help")
    assert done.code == 0
    assert "quantgov backtest" in done.out


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_crash_says_how_to_see_more_of_it(
    debug: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(DEBUG, debug)

    def crash() -> None:
        raise ZeroDivisionError("by nothing")

    with pytest.raises(ZeroDivisionError if debug else SystemExit):
        entry.alone(crash, "quantgov crash", [])
    assert ("ZeroDivisionError: by nothing" in capsys.readouterr().err) is not bool(debug)


def test_a_hook_through_the_command_line_is_the_same_hook(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    work.stage({"prices.csv": "1\n"})
    codes = []
    for argv in (["pre-commit"], ["pre-commit", "--select", "QG3"], ["pre-commit", "--ignore", "QG5", "--debug"]):
        monkeypatch.setattr(sys, "argv", ["quantgov", "hook", *argv])
        with pytest.raises(SystemExit) as left:
            app.main()
        codes.append(left.value.code)
    assert codes == [1, 0, 0]


def test_a_repository_that_cannot_be_judged_exits_with_3(
    work: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = call("check")
    assert (done.code, done.out) == (3, "")
    assert done.err == "quantgov: git was not found\n  fix: install git, or put it on PATH\n"


def test_an_error_without_advice_is_one_line(capsys: Capture) -> None:
    console.fail(CannotJudge("[bold]no markup[/bold] is read"))
    assert capsys.readouterr().err == "quantgov: [bold]no markup[/bold] is read\n"


@pytest.mark.parametrize("debug", ["", "1"])
def test_an_unforeseen_error_exits_with_3_and_no_traceback(
    work: Repo, call: Call, monkeypatch: pytest.MonkeyPatch, debug: str
) -> None:
    def breaks(*given: object, **named: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(checking, "choose", breaks)
    monkeypatch.setenv("QUANTGOV_DEBUG", debug)
    if debug:
        with pytest.raises(RuntimeError, match="unforeseen"):
            call("check")
        return
    done = call("check")
    assert done.code == 3
    assert done.err.startswith("quantgov: RuntimeError: unforeseen\n")


def test_an_interrupted_command_exits_with_130(work: Repo, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checking, "choose", interrupted)
    assert call("check").code == 130


def test_a_crashing_rule_exits_with_3(work: Repo, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from quantgov import rules
    from quantgov.rule import Rule

    def crash(subject: object, policy: object) -> tuple[()]:
        raise ValueError("unforeseen")

    broken = rules.load("qg302_env_file_committed")
    monkeypatch.setattr(rules, "load", lambda module: Rule(broken.code, broken.name, broken.scope, crash))
    work.stage({"a.py": "x = 1\n"})
    plain, debugged = call("check", "--select", "QG302"), call("check", "--select", "QG302", "--debug")
    assert (plain.code, debugged.code) == (3, 3)
    assert "Traceback" not in plain.out
    assert "Traceback" in debugged.out


@pytest.mark.parametrize("options", [("--select", "QG102"), ("--ignore", "QG")])
def test_a_selection_that_judges_nothing_here_is_no_clean_verdict(repo: Repo, options: tuple[str, str]) -> None:
    repo.stage({"a.py": "x\n"})
    done = repo.quantgov("check", *options)
    assert done.returncode == 2
    assert "no rule of that selection is judged here" in done.stderr


def test_a_report_goes_through_a_link(repo: Repo) -> None:
    repo.stage({"a.py": "x\n"})
    (repo.path / "real.json").write_text("old")
    (repo.path / "link.json").symlink_to("real.json")
    repo.quantgov("check", "--format", "json", "--output", "link.json")
    assert (repo.path / "link.json").is_symlink()
    assert json.loads((repo.path / "real.json").read_text())["schema"] == 1


def test_a_report_goes_into_what_is_no_file(repo: Repo) -> None:
    repo.stage({"a.py": "x\n"})
    os.mkfifo(repo.path / "pipe")
    reader = os.open(repo.path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    repo.quantgov("check", "--format", "json", "--select", "QG301", "--output", "pipe")
    report = os.read(reader, 1 << 16)
    os.close(reader)
    assert json.loads(report)["schema"] == 1
    assert (repo.path / "pipe").is_fifo()


def test_a_repository_without_a_commit_says_what_can_be_judged(repo: Repo) -> None:
    with pytest.raises(UsageError, match="there is no commit here yet"):
        checking.choose(discover(repo.path), None, "HEAD", "")


def test_a_selection_without_a_rule_at_that_stage() -> None:
    with pytest.raises(UsageError, match="no rule of that selection is judged here"):
        rules.at(Stage.COMMIT, ["QG102"])
