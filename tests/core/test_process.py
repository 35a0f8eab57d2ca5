"""Processes: long lists, long answers, programs that are missing or die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from quantgov import process
from quantgov.errors import CannotJudge


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", code)


def test_both_streams_and_the_exit_code_are_kept_whole() -> None:
    done = process.run(
        python("import sys; sys.stdout.write('o' * 300000); sys.stderr.write('e' * 300000); sys.exit(7)")
    )
    assert (done.code, done.out, done.err) == (7, b"o" * 300_000, b"e" * 300_000)


def test_a_list_longer_than_any_pipe_reaches_a_program_that_answers_before_it_has_read_all() -> None:
    given = b"".join(b"%040d\n" % number for number in range(60_000))
    done = process.run(python("import sys\nfor line in sys.stdin: sys.stdout.write(line)"), stdin=given)
    assert done.out == given


def test_without_input_a_program_reads_an_empty_one() -> None:
    assert process.run(python("import sys; print(len(sys.stdin.read()))")).out == b"0\n"


def test_the_environment_is_the_one_given() -> None:
    done = process.run(python("import os; print(os.environ.get('ONLY'))"), env={"ONLY": "this"})
    assert done.out == b"this\n"


def test_several_run_side_by_side() -> None:
    running = [process.start(python(f"print({number})")) for number in range(3)]
    assert [each.wait().out for each in running] == [b"0\n", b"1\n", b"2\n"]


@pytest.mark.parametrize("begin", [process.run, process.converse])
def test_a_missing_program_cannot_judge_and_leaks_no_descriptor(begin: Callable[[tuple[str]], object]) -> None:
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(CannotJudge, match="no-such-program was not found") as caught:
        begin(("no-such-program",))
    assert "PATH" in caught.value.help
    assert len(os.listdir("/dev/fd")) == before


def test_a_program_that_may_not_be_run_cannot_judge(tmp_path: Path) -> None:
    (tmp_path / "git").write_text("not a program")
    with pytest.raises(CannotJudge, match="cannot be started: Permission denied"):
        process.run((str(tmp_path / "git"),))


def test_a_conversation_takes_lines_and_exact_sizes() -> None:
    echo = python("import sys\nfor line in sys.stdin: print(line * 3, end='', flush=True)")
    conversation = process.converse(echo)
    conversation.say(b"abc\n")
    assert conversation.line() == b"abc"
    assert conversation.exactly(6) == b"abc\nab"
    assert conversation.exactly(2) == b"c\n"
    conversation.say(b"x" * 100_000 + b"\n")
    assert conversation.exactly(300_003) == (b"x" * 100_000 + b"\n") * 3
    conversation.close()


def test_a_conversation_that_ends_early_cannot_judge() -> None:
    conversation = process.converse(python("print('half', end='')"))
    with pytest.raises(CannotJudge, match="ended early"):
        conversation.line()
    conversation.close()


def test_nobody_listens_any_more() -> None:
    conversation = process.converse(
        python("import os; os.close(0); print('gone', flush=True); import time; time.sleep(9)")
    )
    assert conversation.line() == b"gone"
    with pytest.raises(CannotJudge, match="ended early"):
        conversation.say(b"x" * 200_000)
    os.kill(conversation.pid, 9)
    conversation.close()


def test_input_reaches_a_program_where_there_are_no_memory_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    assert process.run(python("print(input())"), stdin=b"as on macOS\n").out == b"as on macOS\n"


def test_jobs_run_in_processes_of_their_own_and_answer_in_order() -> None:
    mine = os.getpid()

    def told(number: int) -> bytes:
        return b"%d %d" % (number, os.getpid() == mine)

    answers = process.fan_out([partial(told, number) for number in range(3)])
    assert answers == [b"0 0", b"1 0", b"2 0"]


def test_large_answers_of_several_jobs_do_not_wait_for_each_other() -> None:
    assert process.fan_out([lambda: b"a" * 500_000, lambda: b"b" * 500_000]) == [b"a" * 500_000, b"b" * 500_000]


def test_a_job_that_dies_takes_the_whole_verdict_with_it(capfd: pytest.CaptureFixture[str]) -> None:
    def dies() -> bytes:
        raise MemoryError

    with pytest.raises(CannotJudge, match="a worker process died"):
        process.fan_out([lambda: b"fine", dies])


def fails() -> bytes:
    raise MemoryError


@pytest.mark.parametrize(("job", "code"), [(lambda: b"done", 0), (fails, 1)])
def test_a_copy_leaves_with_a_code_and_never_returns(
    monkeypatch: pytest.MonkeyPatch, job: Callable[[], bytes], code: int
) -> None:
    """The copy's side, seen from this process."""

    def leave(with_code: int) -> None:
        raise SystemExit(with_code)

    held: set[int] = set()
    with monkeypatch.context() as copied:
        copied.setattr(os, "fork", lambda: 0)
        copied.setattr(os, "_exit", leave)
        copied.setattr(os, "close", held.add)  # both sides are this process here
        with pytest.raises(SystemExit) as left:
            process.fan_out([job])
    for fd in held:
        os.close(fd)
    assert left.value.code == code


@pytest.mark.parametrize("error", [CannotJudge("an object is missing"), KeyboardInterrupt()])
def test_who_gives_up_first_takes_the_copies_along(error: BaseException) -> None:
    """What they have to say is more than a pipe holds, and one of them would go on for an hour."""

    def gives_up() -> None:
        raise error

    def for_long() -> bytes:
        time.sleep(3600)
        return b""

    before = children()
    with pytest.raises(type(error)):
        process.fan_out([lambda: b"a" * 500_000, lambda: b"b" * 500_000, for_long], gives_up)
    assert children() <= before


def children() -> set[str]:
    """The processes that this one has started and not yet waited for, those of other tests included."""
    done = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return {line for line in done.stdout.splitlines() if not line.endswith(" ps")}


def test_a_copy_does_not_outlive_whom_it_would_tell(tmp_path: Path) -> None:
    """Whoever would have read its answer was killed; its own end of the pipe must not keep that open."""
    told = tmp_path / "pid"
    code = f"""
import os, time
from quantgov import process

def job():
    with open({str(told)!r}, "w") as file:
        file.write(str(os.getpid()) + ".")
    time.sleep(0.2)
    return b"a" * 500_000

def leave():
    while not (os.path.exists({str(told)!r}) and open({str(told)!r}).read().endswith(".")):
        time.sleep(0.01)
    os.kill(os.getpid(), 9)

process.fan_out([job], leave)
"""
    assert process.run((sys.executable, "-c", code)).code == -signal.SIGKILL
    pid = int(told.read_text().rstrip("."))
    for _ in range(100):
        if not _lives(pid):
            return
        time.sleep(0.05)
    pytest.fail("it waits for ever")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z" if Path("/proc").exists() else True


def test_a_conversation_is_closed_once_even_where_its_process_is_gone() -> None:
    conversation = process.converse(python("print('hello', flush=True); input()"))
    assert conversation.line() == b"hello"
    before = len(os.listdir("/dev/fd"))
    os.kill(conversation.pid, signal.SIGKILL)
    os.waitpid(conversation.pid, 0)
    conversation.close()
    conversation.close()
    assert len(os.listdir("/dev/fd")) == before - 2


def test_files_are_open_in_the_program_and_nowhere_else() -> None:
    before = len(os.listdir("/dev/fd"))
    given = tuple(b"%d" % number * 100_000 for number in range(9))
    code = "import sys\nfor fd in range(3, 12): sys.stdout.write(open(f'/dev/fd/{fd}').read())"
    assert process.run(python(code), files=given).out == b"".join(given)
    assert len(os.listdir("/dev/fd")) == before


def test_files_stand_beside_the_standard_input_and_no_other_descriptor_does() -> None:
    code = "import os, sys; print(sys.stdin.read(), os.read(3, 9), sorted(map(int, os.listdir('/dev/fd')))[:5])"
    done = process.run(python(code), stdin=b"in", files=(b"three",))
    assert done.out.startswith(b"in b'three' [0, 1, 2, 3, 4]")  # 4 is the folder that is being listed


def test_a_missing_program_with_files_leaks_no_descriptor() -> None:
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(CannotJudge, match="was not found"):
        process.run(("no-such-program",), files=(b"x", b"y"))
    assert len(os.listdir("/dev/fd")) == before
