"""`quantgov demo`: the whole of it by the real client, then what it does when something goes otherwise."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.console import Console

from quantgov import demo, scenes
from quantgov.cli import demo as command
from quantgov.cli.forms import Form
from quantgov.demo import Sandbox, Scene, Step
from quantgov.errors import CannotJudge, UsageError

CLIENT = (sys.executable, "-I", "-m", "quantgov", "demo")
NOTHING = Scene("Nothing happens", "Nothing comes of nothing.", (Step("true"),))


def play(*scenes_played: Scene, keep: Path) -> list[demo.Result]:
    sandbox = demo.open_sandbox(str(keep))
    sandbox.prepare()
    return [result for scene in scenes_played for result in demo.play(scene, sandbox)]


def of_steps(*steps: Step) -> Scene:
    return Scene("A scene", "It is a test.", steps)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, in this process and in those that it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenes, "SCENES", (NOTHING,))


class TestTheWholeDemo:
    def test_every_scene_goes_as_expected_and_nothing_is_left(self, temporary: Path, isolated: Path) -> None:
        before = sorted(isolated.rglob("*"))
        done = subprocess.run([*CLIENT, "--format", "json"], capture_output=True, text=True)
        report = json.loads(done.stdout)
        assert [(each["scene"], each["got"]) for each in report["scenes"]] == [
            (scene.title, step.expected) for scene in scenes.SCENES for step in scene.steps
        ], report["scenes"][-1]["output"]
        assert (done.returncode, done.stderr, report["ok"]) == (0, "", True)
        assert all(each["expected"] == each["got"] and each["ms"] > 0 for each in report["scenes"])
        assert report["hooks"]["commits"] >= 5
        assert not re.search("tk_" + "live_" + r"\w{5}", done.stdout)
        assert not list(temporary.iterdir())
        assert sorted(isolated.rglob("*")) == before

    def test_every_guard_that_the_issue_names_refuses_in_it(self) -> None:
        refusals = {step.expected for scene in scenes.SCENES for step in scene.steps}
        codes = ("QG101", "QG102", "QG103", "QG202", "QG301", "QG302", "QG401", "QG501", "QG502", "QG602")
        assert refusals == {"accepted", "diverged", *(f"refused {code}" for code in codes)}


class TestOneStep:
    def test_an_expected_refusal_is_ok(self, tmp_path: Path) -> None:
        step = Step("echo 'quantgov: commit refused: QG101 branch' >&2; exit 1", "refused QG101")
        (result,) = play(of_steps(step), keep=tmp_path)
        assert (result.got, result.ok, result.plain_ms) == ("refused QG101", True, 0)

    @pytest.mark.parametrize(
        ("step", "got"),
        [
            (Step("exit 0", "refused QG101"), "accepted"),
            (Step("echo refused: QG102; exit 1", "refused QG101"), "refused QG102"),
            (Step("echo STR-2026-0001: diverged; exit 1"), "diverged"),
            (Step("exit 3"), "exit code 3"),
            (Step("echo good", says="bad"), "accepted, but nothing says 'bad'"),
            (Step("true", check=lambda _: "the file is not there"), "accepted, but the file is not there"),
            (Step("true", before=("true", "exit 4")), "`exit 4` failed"),
            (Step("cat a", files={"a": "{key}"}), "accepted, but the key is printed in clear"),
        ],
    )
    def test_what_goes_otherwise_is_told(self, step: Step, got: str, tmp_path: Path) -> None:
        results = play(of_steps(step, Step("true")), keep=tmp_path)
        assert [(each.got, each.ok) for each in results] == [(got, False)]

    def test_the_key_is_never_shown(self, tmp_path: Path) -> None:
        (result,) = play(of_steps(Step("cat a", files={"a": "{key}"})), keep=tmp_path)
        assert result.output == "(the key)"

    def test_a_hooks_suggestion_is_what_the_next_step_runs(self, tmp_path: Path) -> None:
        first = Step("echo 'refused: QG101 x - fix: touch y'; exit 1", "refused QG101")
        results = play(of_steps(first, Step("ls", before=("{fix}",))), keep=tmp_path)
        assert (results[1].commands, results[1].output) == (("touch y", "ls"), "y")

    def test_the_commit_that_a_backtest_printed_is_what_the_next_step_makes(self, tmp_path: Path) -> None:
        said = ("next:", "  git add -- 'a b.py'", "  git commit -m 'backtest: gap'")
        printed = Step(f"printf '%s\\n' {shlex.join(said)}")
        results = play(of_steps(printed, Step("echo {commit}", before=("echo {add}",))), keep=tmp_path)
        assert results[1].commands == ("echo git add -- 'a b.py'", "echo git commit -m 'backtest: gap'")

    def test_files_are_written_and_edited_before_it(self, tmp_path: Path) -> None:
        step = Step("cat a/b", files={"a/b": "old news"}, edits=(("a/b", "old", "good"),), says="^good news$")
        assert [each.got for each in play(of_steps(step), keep=tmp_path)] == ["accepted"]

    def test_a_servers_prefix_is_left_out(self, tmp_path: Path) -> None:
        (result,) = play(of_steps(Step("echo 'remote: quantgov: push refused   '")), keep=tmp_path)
        assert result.output == "quantgov: push refused"

    def test_an_accepted_commit_is_timed_without_hooks_too_and_leaves_no_trace_of_that(self, tmp_path: Path) -> None:
        hook = "printf '#!/bin/sh\\necho hooked\\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit"
        begin = Step("git init")
        commit = Step("git commit --allow-empty -m x", before=(hook,), says="^hooked")
        results = play(of_steps(begin, commit, Step("git reflog", says=r"\A\w+ HEAD@\{0\}: .*\Z")), keep=tmp_path)
        assert [each.got for each in results] == ["accepted"] * 3
        assert [each.plain_ms > 0 for each in results] == [False, True, False]
        assert demo.added_ms(results) == [results[1].ms - results[1].plain_ms]
        assert sorted(os.listdir(tmp_path)) == [".gitconfig", "bin", "research"]


class TestTheStage:
    def test_nothing_of_the_users_configuration_is_seen(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Mallory")
        monkeypatch.setenv("QUANTGOV_SKIP", "QG101: why not")
        show = Step("git var GIT_AUTHOR_IDENT; env", before=("git init",))
        (result,) = play(of_steps(show), keep=tmp_path)
        assert result.output.startswith("Alice <alice@fund.example>")
        assert "Mallory" not in result.output
        assert "QUANTGOV_SKIP" not in result.output

    def test_without_git_lfs_it_says_how_to_install_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in ("sh", "git"):
            (programs / name).symlink_to(str(shutil.which(name)))
        monkeypatch.setenv("PATH", str(programs))
        monkeypatch.setenv("GIT_EXEC_PATH", str(programs))
        with pytest.raises(CannotJudge, match="git-lfs is missing") as caught:
            demo.open_sandbox(str(tmp_path / "sandbox")).prepare()
        assert caught.value.exit_code == 3
        assert "apt install git-lfs" in caught.value.help

    def test_a_folder_that_holds_something_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "mine.txt").write_text("mine")
        with pytest.raises(UsageError, match="is not empty"):
            demo.open_sandbox(str(tmp_path))
        assert os.listdir(tmp_path) == ["mine.txt"]

    def test_a_file_in_place_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        with pytest.raises(UsageError, match="cannot use"):
            demo.open_sandbox(str(tmp_path / "file"))

    def test_a_temporary_folder_goes_and_a_kept_one_stays(self, temporary: Path, tmp_path: Path) -> None:
        for sandbox in (demo.open_sandbox(), demo.open_sandbox(str(tmp_path / "kept"))):
            sandbox.prepare()
            sandbox.remove()
        assert not list(temporary.iterdir())
        assert (tmp_path / "kept" / "research").is_dir()

    def test_it_is_removed_even_while_something_is_still_writing_there(
        self, temporary: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sandbox = demo.open_sandbox()
        remove, tries = shutil.rmtree, []

        def busy(folder: str, *, ignore_errors: bool) -> None:
            tries.append(folder)
            if len(tries) == 3:
                remove(folder, ignore_errors=ignore_errors)

        monkeypatch.setattr(demo, "PAUSE", 0)
        monkeypatch.setattr("shutil.rmtree", busy)
        sandbox.remove()
        assert len(tries) == 3
        assert not list(temporary.iterdir())


class TestTheChecks:
    def test_what_is_no_pointer_and_what_never_arrived_is_told(self, tmp_path: Path) -> None:
        sandbox = demo.open_sandbox(str(tmp_path))
        sandbox.prepare()
        assert scenes.results_are_in_lfs(sandbox) == f"{scenes.RESULTS} is no LFS pointer"
        assert scenes.quotes_are_in_lfs(sandbox) == f"{scenes.QUOTES} is no LFS pointer"
        assert scenes.members_are_in_lfs(sandbox) == f"{scenes.MEMBERS} is no LFS pointer"
        assert scenes.results_have_arrived(sandbox) == "the LFS object is not on the server"


class TestTheCommand:
    def run(self, form: Form = Form.TEXT, keep: str = "") -> int:
        try:
            command.demo(keep=keep, form=form)
        except typer.Exit as done:
            return done.exit_code
        return 0

    @pytest.mark.usefixtures("played")
    def test_it_ends_with_a_table_of_what_was_expected_and_got(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run() == 0
        *_, row, _, conclusion = capsys.readouterr().out.splitlines()
        assert row.split()[:5] == ["✔", "Nothing", "happens", "accepted", "accepted"]
        assert conclusion.startswith("Every scene went as expected: 1 in ")

    def test_a_refusal_shows_the_hooks_verdict_and_the_retry_and_leaves_the_rest_out(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        said = ("chatter", "quantgov: refused: QG101 no - fix: mend it", "one", "  try again with: git x", "two")
        step = Step(f"printf '%s\\n' {shlex.join(said)}; exit 1", "refused QG101", shown="a.py: x = 1")
        monkeypatch.setattr(scenes, "SCENES", (Scene("A scene", "It is a test.", (step,)),))
        assert self.run() == 0
        shown = capsys.readouterr().out
        expected = f"    {said[1]}\n    {said[3].strip()}\n    (2 more lines)\n    ✔ refused QG101"
        assert "\n    a.py: x = 1\n    $ printf" in shown
        assert expected in shown
        assert "\n    chatter" not in shown

    def test_what_went_otherwise_is_shown_whole(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(scenes, "SCENES", (of_steps(Step("printf 'one\\ntwo\\nthree\\n'; exit 5")),))
        assert self.run() == 1
        assert "    one\n    two\n    three\n    ✘ expected: accepted; got: exit code 5\n" in capsys.readouterr().out

    @pytest.mark.usefixtures("played")
    def test_a_terminal_that_knows_ascii_only_gets_that(self, monkeypatch: pytest.MonkeyPatch) -> None:
        written = io.BytesIO()
        terminal = Console(file=io.TextIOWrapper(written, encoding="ascii", write_through=True), width=80)
        monkeypatch.setattr("quantgov.cli.console.OUT", terminal)
        monkeypatch.setattr(scenes, "SCENES", (of_steps(Step("cat a", files={"a": "a tree: ├──"})),))
        assert self.run() == 0
        assert "    a tree: ???\n    ok accepted" in written.getvalue().decode()

    def test_it_says_what_the_hooks_added(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        commit = Step("git commit --allow-empty -m x", before=("git init",))
        monkeypatch.setattr(scenes, "SCENES", (of_steps(commit),))
        assert self.run() == 0
        assert re.search(
            r"The hooks added -?\d+ ms to an accepted commit here: the median of 1,", capsys.readouterr().out
        )

    def test_a_scene_that_goes_otherwise_is_named_and_ends_it(
        self, temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(scenes, "SCENES", (of_steps(Step("true", "refused QG101")), NOTHING))
        assert self.run() == 1
        shown = capsys.readouterr()
        assert "'A scene' was to be refused QG101, and was: accepted" in shown.err
        assert NOTHING.title not in shown.out
        assert not list(temporary.iterdir())

    def test_json_says_so_too(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setattr(scenes, "SCENES", (of_steps(Step("true", "refused QG101")),))
        assert self.run(Form.JSON) == 1
        report = json.loads(capsys.readouterr().out)
        assert (report["ok"], report["scenes"][0]["got"]) == (False, "accepted")
        assert report["hooks"] == {"commits": 0, "median_added_ms": None}

    @pytest.mark.usefixtures("played")
    def test_keep_leaves_the_repository_and_says_what_to_look_at(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(keep=str(tmp_path / "kept")) == 0
        assert f"cd {tmp_path / 'kept' / 'research'}" in capsys.readouterr().out
        assert (tmp_path / "kept" / "research").is_dir()

    def test_an_interrupt_removes_the_folder(self, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(sandbox: Sandbox) -> str:
            raise KeyboardInterrupt

        monkeypatch.setattr(scenes, "SCENES", (of_steps(Step("true", check=interrupt)),))
        assert self.run() == 130
        assert not list(temporary.iterdir())

    def test_ctrl_c_in_the_middle_of_the_real_one(self, temporary: Path) -> None:
        with subprocess.Popen(CLIENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            assert any(b"git commit" in line for line in running.stdout), running.stderr.read()
            running.send_signal(signal.SIGINT)
            _, said = running.communicate()
        assert (running.returncode, said) == (130, b"")
        assert not list(temporary.iterdir())
