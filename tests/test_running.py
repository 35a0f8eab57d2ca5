"""Running a backtest: what it read, wrote, loaded and logged is known afterwards, and nothing of it is left behind."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent

import pytest

from quantgov import environments, process, running, watching, workspace
from quantgov.errors import CannotJudge
from quantgov.running import Ran

PLAIN = getattr(sys, "_base_executable", sys.executable)
"""The Python that the environment was made from: quantgov is not installed in it."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs are; and the only place in which they may leave temporary files."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def ran(
    here: Path,
    script: str,
    *options: str,
    python: str = sys.executable,
    files: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """What a script did, run as run.py of a folder with these files."""
    for name, text in {**(files or {}), "run.py": script}.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(dedent(text))
    found = running.run((python, *options, "run.py"), cwd=str(here), alone=True, env={**os.environ, **(env or {})})
    assert not os.listdir(tempfile.gettempdir())
    return found


def names(paths: tuple[str, ...], here: Path) -> list[str]:
    return [os.path.relpath(path, here) for path in paths if path.startswith(f"{here}{os.sep}")]


class TestWhatItReads:
    def test_a_file_that_was_there_is_read(self, here: Path) -> None:
        found = ran(here, "open('bars.csv').read()", files={"bars.csv": "x"})
        assert names(found.read, here) == ["bars.csv", "run.py"]
        assert found.written == ()
        assert found.code == 0
        assert found.duration > 0

    def test_a_file_that_it_made_is_only_written(self, here: Path) -> None:
        found = ran(here, "open('new.csv', 'w').close(); open('new.csv').read()")
        assert names(found.read, here) == ["run.py"]
        assert names(found.written, here) == ["new.csv"]

    def test_a_cache_that_it_looked_for_in_vain_and_made_is_only_written(self, here: Path) -> None:
        script = """\
            try:
                open("cache.csv").read()
            except FileNotFoundError:
                open("cache.csv", "w").close()
            """
        found = ran(here, script)
        assert (names(found.read, here), names(found.written, here)) == (["run.py"], ["cache.csv"])

    @pytest.mark.parametrize("mode", ["r+", "a+"])
    def test_a_file_that_it_read_and_changed_is_both(self, here: Path, mode: str) -> None:
        found = ran(here, f"open('bars.csv', {mode!r}).write('y')", files={"bars.csv": "x"})
        assert "bars.csv" in names(found.read, here)
        assert names(found.written, here) == ["bars.csv"]

    def test_a_file_that_it_wrote_over_was_not_read(self, here: Path) -> None:
        found = ran(here, "open('bars.csv', 'w+').write('y')", files={"bars.csv": "x"})
        assert (names(found.read, here), names(found.written, here)) == (["run.py"], ["bars.csv"])

    def test_what_it_looked_for_in_vain_is_not_read(self, here: Path) -> None:
        script = "import os\ntry: open('bars.csv')\nexcept OSError: os.system('touch bars.csv')"
        found = ran(here, script)
        assert (names(found.read, here), (here / "bars.csv").exists()) == (["run.py"], True)

    @pytest.mark.parametrize(
        ("script", "overwritten"),
        [
            ("open('bars.csv').read(); open('bars.csv', 'w').write('y')", True),
            ("open('bars.csv', 'r+').write('y')", True),
            ("import os; open('bars.csv'); open('new', 'w'); os.replace('new', 'bars.csv')", True),
            ("open('bars.csv', 'w').write('y'); open('bars.csv').read()", False),
            ("open('bars.csv', 'a').write('y'); open('bars.csv').read()", False),
        ],
    )
    def test_it_is_known_whether_it_was_read_before_it_was_written_over(
        self, here: Path, script: str, overwritten: bool
    ) -> None:
        found = ran(here, script, files={"bars.csv": "x"})
        assert names(found.overwritten, here) == ["bars.csv"] * overwritten

    def test_a_file_that_is_put_in_its_place_whole_is_written(self, here: Path) -> None:
        script = "import os; open('draft', 'w').close(); os.replace('draft', 'trades.csv')"
        assert names(ran(here, script).written, here) == ["draft", "trades.csv"]

    def test_calls_below_open_are_seen(self, here: Path) -> None:
        script = """\
            import os, pathlib
            os.close(os.open(b"bars.csv", os.O_RDONLY))
            os.close(os.open(pathlib.Path("trades.csv"), os.O_WRONLY | os.O_CREAT))
            open(os.open("more.csv", os.O_RDONLY)).read()
            """
        found = ran(here, script, files={"bars.csv": "x", "more.csv": "x"})
        assert names(found.read, here) == ["bars.csv", "more.csv", "run.py"]
        assert names(found.written, here) == ["trades.csv"]

    def test_names_of_any_kind_are_kept(self, here: Path) -> None:
        name = "Kurse é\nneu\t.csv"
        found = ran(here, f"open({name!r}).read()", files={name: "x"})
        assert names(found.read, here) == [name, "run.py"]

    def test_a_folder_that_is_gone_does_not_disturb_it(self, here: Path) -> None:
        script = "import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); open('/dev/null').read()"
        assert ran(here, script).code == 0

    def test_what_other_processes_read_is_seen(self, here: Path) -> None:
        script = """\
            import multiprocessing, subprocess, sys

            def work(name):
                import late
                open(name).read()

            if __name__ == "__main__":
                for way in ("fork", "spawn"):
                    worker = multiprocessing.get_context(way).Process(target=work, args=(f"{way}.csv",))
                    worker.start()
                    worker.join()
                subprocess.run([sys.executable, "-c", "open('started.csv').read()"], check=True)
            """
        files = {"fork.csv": "x", "spawn.csv": "x", "started.csv": "x", "late.py": ""}
        found = ran(here, script, files=files)
        assert {*files} <= {*names(found.read, here), *names(found.modules, here)}

    def test_what_closes_every_descriptor_writes_into_its_own_files(self, here: Path) -> None:
        script = """\
            import os
            os.closerange(3, 100)
            with open("trades.csv", "w") as file:
                open("bars.csv").read()
                file.write("whole")
            """
        found = ran(here, script, files={"bars.csv": "x"})
        assert (here / "trades.csv").read_text() == "whole"
        assert "bars.csv" in names(found.read, here)


class TestWhatItLoads:
    def test_modules_are_named_by_their_source_compiled_or_not(self, here: Path) -> None:
        files = {"lib/__init__.py": "", "lib/signals.py": "x = 1\n"}
        for _ in range(2):
            found = ran(here, "from lib import signals", files=files)
            assert names(found.modules, here) == ["lib/__init__.py", "lib/signals.py"]
            assert not [name for name in names((*found.read, *found.modules), here) if "__pycache__" in name]

    def test_what_a_worker_loads_that_ends_at_once_is_seen(self, here: Path) -> None:
        script = "import os\nif not os.fork():\n    import late\n    os._exit(0)\nos.wait()\n"
        for _ in range(2):
            assert "late.py" in names(ran(here, script, files={"late.py": ""}).read, here)

    def test_neither_python_nor_what_is_installed_is_listed(self, here: Path) -> None:
        found = ran(here, "import json, csv, yaml; from quantgov import log_result")
        assert names(found.modules, here) == []
        assert not [path for path in (*found.read, *found.modules) if "python3" in path or "quantgov/rec" in path]


class TestWhatItLogs:
    def test_results_come_in_their_order(self, here: Path) -> None:
        found = ran(here, "from quantgov import log_result\nfor x in range(3): log_result({'x': x})\n")
        assert [each["results"] for each in found.results] == [{"x": 0}, {"x": 1}, {"x": 2}]

    def test_fetches_are_told_apart(self, here: Path) -> None:
        found = ran(here, "from quantgov import log_fetch\nlog_fetch(b'x', source='A b', rows=1)\n")
        assert (len(found.results), len(found.fetched)) == (0, 1)

    def test_an_environment_without_quantgov_can_log(self, here: Path) -> None:
        script = "from quantgov import log_result\nlog_result({'x': 1})\n"
        assert subprocess.run([PLAIN, "-I", "-c", "import quantgov"], capture_output=True).returncode
        found = ran(here, script, python=PLAIN)
        assert (found.code, len(found.results)) == (0, 1)

    def test_a_result_that_was_cut_short_is_none(self, here: Path) -> None:
        script = "import os; open(os.environ['QUANTGOV_RUN'] + '/result-000001.json', 'w').write('{\"resu')"
        with pytest.raises(CannotJudge, match="ended while it logged"):
            ran(here, script)

    @pytest.mark.parametrize("at", ["first", "last"])
    def test_a_run_that_takes_the_notes_away_is_told_so(self, here: Path, at: str) -> None:
        away, log = "shutil.rmtree(os.environ['QUANTGOV_RUN'])", "quantgov.log_result({'x': 1})"
        script = "; ".join(("import os, shutil, quantgov", *((away, log) if at == "first" else (log, away))))
        with pytest.raises(CannotJudge, match="the run deleted"):
            ran(here, script)

    def test_what_is_cut_short_of_the_trace_is_left_out(self, here: Path) -> None:
        script = "import os; open(os.environ['QUANTGOV_RUN'] + '/trace', 'a').write('r\\t/half')"
        assert "/half" not in ran(here, script).read


class TestItsEnvironment:
    def test_a_sitecustomize_of_its_own_still_runs(self, here: Path) -> None:
        files = {"own/sitecustomize.py": "import sys; sys.mine = __file__\n"}
        script = "import sys, sitecustomize; print(sys.mine); assert sitecustomize.__file__ == sys.mine"
        found = ran(here, script, files=files, env={"PYTHONPATH": str(here / "own")})
        assert found.code == 0

    def test_one_that_fails_fails_as_it_does_without_us(self, here: Path) -> None:
        for text in ("import nowhere_at_all\n", "raise ValueError('mine')\n"):
            told: list[bytes] = []
            (here / "sitecustomize.py").write_text(text)
            env = {**os.environ, "PYTHONPATH": str(here)}
            code = running.run(
                (sys.executable, "-c", "pass"), cwd=str(here), alone=True, env=env, tell=told.append
            ).code
            assert code == 0
            assert b"Error in sitecustomize" in b"".join(told)

    def test_its_import_path_is_what_it_is_without_us(self, here: Path) -> None:
        script = "import sys; open('path', 'w').write(repr(sys.path))"
        ran(here, script)
        seen = (here / "path").read_text()
        subprocess.run([sys.executable, "run.py"], cwd=here, check=True)
        assert seen == (here / "path").read_text()

    def test_sets_are_walked_through_in_the_same_order_each_time(self, here: Path) -> None:
        script = "open('order', 'a').write(repr(list({'AAPL', 'MSFT', 'NVDA', 'AMZN', 'META'})) + '\\n')"
        for _ in range(3):
            ran(here, script)
        assert len({*(here / "order").read_text().splitlines()}) == 1

    def test_what_git_says_of_a_repository_does_not_reach_it(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIT_DIR", "/elsewhere")
        ran(here, "import os; assert 'GIT_DIR' not in os.environ; open('seen', 'w')")
        assert (here / "seen").exists()

    @pytest.mark.parametrize("option", ["-I", "-E", "-S"])
    def test_options_that_leave_us_out_are_known_by_it(self, here: Path, option: str) -> None:
        found = ran(here, "open('bars.csv').read()", option, files={"bars.csv": "x"})
        assert (found.code, found.python, found.read, found.modules) == (0, "", (), ())

    def test_the_interpreter_is_known(self, here: Path) -> None:
        assert ran(here, "pass").python == ".".join(map(str, sys.version_info[:3]))

    def test_a_place_that_takes_no_notes_does_not_disturb_it(self, here: Path) -> None:
        folder = here / "full"
        (folder / "trace").mkdir(parents=True)
        env = running.environment(os.environ, str(folder))
        assert process.attend((sys.executable, "-c", "open('x', 'w')"), cwd=str(here), env=env, alone=True) == 0

    def test_what_wraps_the_command_is_put_before_it(self, here: Path) -> None:
        found = running.run((sys.executable, "-c", "pass"), cwd=str(here), alone=True, wrap=("env", "-u", "HOME"))
        assert found.code == 0


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    """Whether a process ends within a few seconds."""
    return _within(lambda: not alive(pid))


def _within(holds: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


STARTS_ANOTHER = """\
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pid.draft", "w").write(str(child.pid))
os.rename("pid.draft", "pid")
"""
FOREVER = STARTS_ANOTHER + "time.sleep(600)\n"
ATTENDS = """\
import os, sys
from quantgov import process
try:
    code = process.attend(sys.argv[2:], cwd=os.getcwd(), env=os.environ, timeout=float(sys.argv[1]) or None)
    print("code", code)
except KeyboardInterrupt:
    print("interrupted")
except process.TimedOut:
    print("timed out")
"""


class TestItsEnd:
    def attend(self, here: Path, script: str, **options: object) -> int:
        argv = (sys.executable, "-c", script)
        return process.attend(argv, cwd=str(here), env=os.environ, **options)  # type: ignore[arg-type]

    def test_an_exit_code_is_passed_on(self, here: Path) -> None:
        assert self.attend(here, "raise SystemExit(7)") == 7

    def test_a_death_is_told_as_a_shell_does(self, here: Path) -> None:
        assert self.attend(here, "import os; os.kill(os.getpid(), 9)") == 128 + 9

    def test_a_program_that_is_not_there_is_named(self, here: Path) -> None:
        with pytest.raises(CannotJudge, match="nowhere-at-all cannot be started"):
            process.attend(("nowhere-at-all",), cwd=str(here), env=os.environ)

    @pytest.mark.parametrize("alone", [True, False])
    def test_what_takes_too_long_is_ended_with_all_that_it_started(self, here: Path, alone: bool) -> None:
        with pytest.raises(process.TimedOut):
            self.attend(here, FOREVER, timeout=2, alone=alone)
        assert gone(int((here / "pid").read_text()))

    def test_what_is_left_running_does_not_outlive_it(self, here: Path) -> None:
        assert self.attend(here, STARTS_ANOTHER, tell=lambda line: None) == 0
        assert gone(int((here / "pid").read_text()))

    def test_its_lines_come_as_they_are_printed(self, here: Path) -> None:
        told: list[bytes] = []
        self.attend(
            here, "import sys; print('a'); print('b', file=sys.stderr); sys.stdout.write('c')", tell=told.append
        )
        assert sorted(told) == [b"a\n", b"b\n", b"c"]

    def test_a_listener_that_went_away_does_not_hold_it_up(self, here: Path) -> None:
        def tell(line: bytes) -> None:
            raise BrokenPipeError

        assert self.attend(here, "for _ in range(100_000): print('x' * 50)", tell=tell) == 0

    def test_one_that_breaks_does_not_hold_it_up(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        broken: list[object] = []
        monkeypatch.setattr("threading.excepthook", broken.append)

        def tell(line: bytes) -> None:
            raise RuntimeError

        assert self.attend(here, "for _ in range(100_000): print('x' * 50)", tell=tell) == 0
        assert len(broken) == 1

    def test_a_line_without_an_end_comes_in_pieces(self, here: Path) -> None:
        told: list[bytes] = []
        self.attend(here, "import sys; sys.stdout.write('x' * 3_000_000)", tell=told.append)
        assert (sum(map(len, told)), max(map(len, told))) == (3_000_000, process.BLOCK_SIZE)

    def test_what_got_away_is_not_listened_to_for_ever(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process, "LAST_WORDS", 0.2)
        script = """\
import os, time
if not os.fork():
    os.setsid()
    while not os.path.exists("end"):
        print("still here", flush=True)
        time.sleep(0.01)
time.sleep(0.3)
"""
        told: list[bytes] = []
        assert self.attend(here, script, tell=told.append) == 0
        time.sleep(0.1)
        heard = len(told)
        time.sleep(0.3)
        (here / "end").touch()
        assert 0 < heard == len(told)

    def test_it_reads_no_terminal_when_it_is_alone(self, here: Path) -> None:
        assert self.attend(here, "import sys; sys.exit(len(sys.stdin.read()))", alone=True) == 0

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_that_ends_us_ends_it(self, here: Path, number: int) -> None:
        argv = [sys.executable, "-c", ATTENDS, "0", sys.executable, "-c", FOREVER]
        with subprocess.Popen(argv, cwd=here, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as us:
            assert _within((here / "pid").exists)
            us.send_signal(number)
            assert us.wait(10) == (0 if number == signal.SIGINT else 128 + number)
        assert gone(int((here / "pid").read_text()))

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
    def test_a_signal_that_is_ignored_stays_so_for_both(self, here: Path, number: int) -> None:
        script = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(1)"
        us = "import signal, sys; signal.signal(int(sys.argv.pop(1)), signal.SIG_IGN)\n" + ATTENDS
        argv = [sys.executable, "-c", us, str(int(number)), "0", sys.executable, "-c", script]
        with subprocess.Popen(argv, cwd=here, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as running:
            assert _within(lambda: (here / "pid").exists() and (here / "pid").read_text() != "")
            running.send_signal(number)
            os.kill(int((here / "pid").read_text()), number)
            assert running.communicate(timeout=10)[0] == "code 0\n"

    def test_whoever_answers_signals_already_does_so_while_it_runs(self, here: Path) -> None:
        taken: list[int] = []
        before = signal.signal(signal.SIGTERM, lambda number, frame: taken.append(number))
        try:
            assert self.attend(here, f"import os, time; os.kill({os.getpid()}, 15); time.sleep(0.2)", alone=True) == 0
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.signal(signal.SIGTERM, before)
        assert taken == [signal.SIGTERM, signal.SIGTERM]

    @pytest.mark.parametrize("moment", ["_started", "_end"])
    def test_a_signal_while_it_is_started_or_ended_waits(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, moment: str
    ) -> None:
        """Between the start of a process and knowing of it nobody could end it."""
        done: list[str] = []
        whole = getattr(process, moment)

        def interrupted(*args: object, **options: object) -> object:
            signal.raise_signal(signal.SIGINT)
            found = whole(*args, **options)
            done.append(moment)
            return found

        monkeypatch.setattr(process, moment, interrupted)
        with pytest.raises(KeyboardInterrupt):
            self.attend(here, "import time; time.sleep(0.1)", alone=True)
        assert done == [moment]

    def test_it_may_be_attended_from_another_thread(self, here: Path) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(self.attend, here, "pass").result() == 0


class TestInATerminal:
    """What shares a terminal with us is asked what Ctrl-C means."""

    def talk(self, here: Path, timeout: float, script: str, typed: bytes, first: bytes) -> bytes:
        """What stands on a terminal in which we attend a script, and something is typed once it said a first thing."""
        pid, terminal = pty.fork()
        if not pid:  # pragma: no cover  # becomes another program
            os.chdir(here)
            os.execv(sys.executable, [sys.executable, "-c", ATTENDS, str(timeout), sys.executable, "-c", script])  # noqa: S606
        shown = b""
        until = time.monotonic() + 20
        try:
            while time.monotonic() < until:
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        shown += os.read(terminal, 1000)
                    except OSError:  # everybody has left it
                        break
                if typed and first in shown:
                    os.write(terminal, typed)
                    typed = b""
        finally:
            os.close(terminal)
            os.waitpid(pid, 0)
        return shown

    def test_ctrl_c_ends_it_and_we_say_so(self, here: Path) -> None:
        shown = self.talk(here, 0, "import time; print('ready', flush=True); time.sleep(60)", b"\x03", b"ready")
        assert b"KeyboardInterrupt" in shown
        assert b"code 130" in shown

    def test_one_that_goes_on_after_ctrl_c_is_not_ended(self, here: Path) -> None:
        script = """\
import time
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("went on", flush=True)
"""
        shown = self.talk(here, 0, script, b"\x03", b"ready")
        assert b"went on" in shown
        assert b"code 0" in shown

    def test_it_reads_what_is_typed(self, here: Path) -> None:
        assert b"heard yes" in self.talk(here, 0, "print('heard', input('ready?'))", b"yes\n", b"ready?")

    def test_what_takes_too_long_is_ended_with_all_that_it_started(self, here: Path) -> None:
        assert b"timed out" in self.talk(here, 2, FOREVER, b"", b"")
        assert gone(int((here / "pid").read_text()))


class TestWithoutInterruption:
    """What must not be cut short, whatever thread of ours a signal comes to."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_waits_for_the_end_of_a_block(self, number: int) -> None:
        done: list[str] = []
        seen: list[int] = []
        before = signal.signal(number, lambda given, frame: seen.append(given))
        other = threading.Thread(target=time.sleep, args=(0.5,))
        other.start()
        try:
            with workspace.uninterrupted(), workspace.uninterrupted():
                os.kill(os.getpid(), number)
                time.sleep(0.05)
                done += ["waited"] if not seen else ["cut short"]
            assert (done, seen) == (["waited"], [number])
        finally:
            signal.signal(number, before)
            other.join()

    def test_what_is_started_in_it_is_not_cut_short(self, here: Path) -> None:
        script = "import time; open('begun', 'w'); time.sleep(0.3); open('done', 'w')"

        def work() -> None:
            with workspace.uninterrupted():
                child = subprocess.Popen([sys.executable, "-c", script], cwd=here)
                assert _within((here / "begun").exists)
                child.send_signal(signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)
                child.wait()

        with pytest.raises(KeyboardInterrupt):
            work()
        assert (here / "done").exists()

    def test_the_notes_of_a_run_go_wherever_a_signal_comes(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make = tempfile.mkdtemp

        def made(prefix: str) -> str:
            folder = make(prefix=prefix)
            signal.raise_signal(signal.SIGINT)
            return folder

        monkeypatch.setattr(tempfile, "mkdtemp", made)
        with pytest.raises(KeyboardInterrupt), running.notebook():
            raise AssertionError
        assert os.listdir(tempfile.gettempdir()) == []

    def test_it_may_be_in_another_thread(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        def work() -> str:
            with workspace.uninterrupted():
                return "done"

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(work).result() == "done"


class TestWhatCompiledProgramsRead:
    def _ran(self, here: Path, script: str, *options: str) -> Ran:
        (here / "run.py").write_text(dedent(script))
        watch = watching.over([str(here)], lambda path: path.endswith((".csv", ".parquet")))
        return running.run((sys.executable, *options, "run.py"), cwd=str(here), alone=True, env=os.environ, watch=watch)

    @pytest.fixture
    def bars(self, here: Path) -> Path:
        import polars

        polars.DataFrame({"close": [1]}).write_parquet(here / "bars.parquet")
        (here / "bars.csv").write_text("close\n1\n")
        return here

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who opens files")
    def test_is_read_where_one_was_loaded(self, bars: Path) -> None:
        found = self._ran(bars, "import polars; polars.read_parquet('bars.parquet'); open('bars.csv').read()")
        assert names(found.read, bars) == ["bars.csv", "bars.parquet", "run.py"]
        assert names(found.opened, bars) == ["bars.parquet"]
        assert (found.readers, found.is_watched) == (("polars",), True)

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who opens files")
    def test_is_read_where_no_python_told(self, bars: Path) -> None:
        found = self._ran(bars, "open('bars.csv').read()", "-I")
        assert names(found.read, bars) == names(found.opened, bars) == ["bars.csv"]
        assert (found.python, found.packages) == ("", None)

    def test_is_that_of_another_program_where_none_was_loaded(self, bars: Path) -> None:
        found = self._ran(bars, "import subprocess; subprocess.run(['cat', 'bars.csv'])")
        assert (names(found.read, bars), found.opened, found.readers) == (["run.py"], (), ())

    def test_texts_of_pandas_are_no_reading_by_arrow(self, bars: Path) -> None:
        assert self._ran(bars, "import pandas; pandas.read_csv('bars.csv')").readers == ()
        assert self._ran(bars, "import pandas; pandas.read_parquet('bars.parquet')").readers == ("pyarrow",)


class TestPackages:
    def test_what_a_run_loaded_is_known_by_its_version(self, here: Path) -> None:
        assert ran(here, "import yaml, json").packages == {"pyyaml": version("pyyaml")}

    def test_what_it_did_not_load_is_none_of_it(self, here: Path) -> None:
        assert ran(here, "import json").packages == {}

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Installed packages whose names and modules differ as they do."""
        files = {
            "Some_Name-1.2.dist-info/RECORD": "",
            "old_way-3.0-py3.11.egg-info/installed-files.txt": "../oldway/__init__.py\n../oldway/more.py\n",
            "google_cloud-2.0.dist-info/RECORD": "google/cloud/__init__.py,,\n",
            "google_auth-2.5.dist-info/RECORD": "google/auth/__init__.py,,\n",
            "silent-9.dist-info/METADATA": "",
            "single-0.1.dist-info/RECORD": "_single.so,,\n",
        }
        place = tmp_path / "lib/site-packages"
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True)
            (place / name).write_text(text)
        return place

    @pytest.mark.parametrize(
        ("loaded", "found"),
        [
            ("some_name", {"some-name": "1.2"}),
            ("oldway", {"old-way": "3.0"}),
            ("google/cloud", {"google-cloud": "2.0"}),
            ("_single.so", {"single": "0.1"}),
            ("nobodys", {}),
        ],
    )
    def test_its_owner_is_found_by_name_or_by_its_files(
        self, folder: Path, loaded: str, found: Mapping[str, str]
    ) -> None:
        assert environments.packages([str(folder / loaded)]) == found

    def test_a_folder_that_is_gone_has_none(self, tmp_path: Path) -> None:
        assert environments.packages([str(tmp_path / "site-packages/numpy")]) == {}

    def test_parts_of_a_shared_name_are_told_apart(self, here: Path, folder: Path) -> None:
        for name in ("auth", "cloud"):
            (folder / f"google/{name}").mkdir(parents=True)
            (folder / f"google/{name}/__init__.py").write_text("")
        found = ran(here, "import google.cloud", env={"PYTHONPATH": str(folder)})
        assert found.packages == {"google-cloud": "2.0"}
