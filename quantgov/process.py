"""The only file that starts a process.

`os.posix_spawn` and `select.poll` instead of `subprocess`: its import alone costs a hook as much as a whole
interpreter start.
"""

from __future__ import annotations

import os
import select

from quantgov.errors import CannotJudge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from signal import Handlers
    from subprocess import Popen
    from threading import Event
    from types import FrameType
    from typing import IO, Any, TypeAlias, TypeVar

    Answer: TypeAlias = Callable[[int, FrameType | None], object] | int | Handlers | None

    T = TypeVar("T")

READ_SIZE = 1 << 16
BLOCK_SIZE = 1 << 20
MAX_WORKERS = 8
KILL = 9
"""SIGKILL; the `signal` module is not in a hook's way."""
LAST_WORDS = 5
"""Seconds that something which outlives its command may go on printing."""


class Completed:
    """What a finished process left: its exit code and both streams, whole."""

    __slots__ = ("code", "err", "out")

    def __init__(self, code: int, out: bytes, err: bytes) -> None:
        self.code = code
        self.out = out
        self.err = err


class Process:
    """A running process whose output is collected by `wait`, so that several can run side by side."""

    __slots__ = ("_err", "_out", "argv", "pid")

    def __init__(self, argv: Sequence[str], pid: int, out: int, err: int) -> None:
        self.argv = argv
        self.pid = pid
        self._out = out
        self._err = err

    def wait(self) -> Completed:
        chunks: dict[int, list[bytes]] = {self._out: [], self._err: []}
        try:
            _drain(chunks)
        finally:
            os.close(self._out)
            os.close(self._err)
            _, status = os.waitpid(self.pid, 0)
        out, err = (b"".join(chunks[fd]) for fd in (self._out, self._err))
        return Completed(os.waitstatus_to_exitcode(status), out, err)


def _drain(chunks: dict[int, list[bytes]]) -> None:
    poll = select.poll()
    for fd in chunks:
        poll.register(fd, select.POLLIN | select.POLLHUP)
    open_fds = len(chunks)
    while open_fds:
        for fd, _ in poll.poll():
            data = os.read(fd, READ_SIZE)
            if data:
                chunks[fd].append(data)
            else:
                poll.unregister(fd)
                open_fds -= 1


class Conversation:
    """A process that answers on its standard output what is written to its standard input."""

    __slots__ = ("_buffer", "_in", "_out", "argv", "pid")

    def __init__(self, argv: Sequence[str], pid: int, stdin: int, stdout: int) -> None:
        self.argv = argv
        self.pid = pid
        self._in = stdin
        self._out = stdout
        self._buffer = b""

    def say(self, request: bytes) -> None:
        """Write a request; at most what a pipe holds (4 KiB is safe everywhere), or the two wait for each other."""
        try:
            while request:
                request = request[os.write(self._in, request) :]
        except BrokenPipeError:
            raise self._ended() from None

    def line(self) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            self._buffer += self._more(READ_SIZE)
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line

    def exactly(self, size: int) -> bytes:
        chunks = [self._buffer[:size]]
        self._buffer = self._buffer[size:]
        missing = size - len(chunks[0])
        while missing:
            chunks.append(self._more(min(missing, READ_SIZE)))
            missing -= len(chunks[-1])
        return b"".join(chunks)

    def _more(self, size: int) -> bytes:
        data = os.read(self._out, size)
        if not data:
            raise self._ended()
        return data

    def _ended(self) -> CannotJudge:
        return CannotJudge(f"`{' '.join(self.argv)}` ended early")

    def close(self) -> None:
        """End it; once is enough. In a forked copy it is not this process' child: only the pipes are let go."""
        if self._in < 0:
            return
        for fd in (self._in, self._out):
            os.close(fd)
        self._in = self._out = -1
        _reap(self.pid)

    __del__ = close


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return


def start(
    argv: Sequence[str],
    *,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    files: Sequence[bytes] = (),
) -> Process:
    """Start `argv`; its standard input is a file, so that no list of any length can block it.

    Each of `files` is open there too, as /dev/fd/3 and so on, and nowhere on disk. Raises CannotJudge where the
    program does not exist.
    """
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    given = (_stdin_file(stdin), out_write, err_write, *map(_stdin_file, files))
    pid = _spawn(argv, env, _above(given) if files else given, kept=(out_read, err_read))
    return Process(argv, pid, out_read, err_read)


def run(
    argv: Sequence[str],
    *,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    files: Sequence[bytes] = (),
) -> Completed:
    """Run `argv` to its end. Raises CannotJudge where the program does not exist."""
    return start(argv, stdin=stdin, env=env, files=files).wait()


def converse(argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Conversation:
    """Start `argv` with both its ends open; its standard error is dropped."""
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    null = os.open(os.devnull, os.O_WRONLY)
    pid = _spawn(argv, env, (in_read, out_write, null), kept=(in_write, out_read))
    return Conversation(argv, pid, in_write, out_read)


class TimedOut(Exception):
    """A command took longer than it was given, and was ended with all that it had started."""


def attend(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    timeout: float | None = None,
    tell: Callable[[bytes], None] | None = None,
    alone: bool = False,
) -> int:
    """Run somebody's command to its end, and return its exit code; 128 and the signal's number for a death.

    What it prints goes where ours does, or line by line to `tell`; a line of more than a mebibyte comes in pieces.
    Where it is not `alone` and there is a terminal to read from, it shares it, and Ctrl-C is for it to answer, as it
    is at a debugger's prompt. Elsewhere it is ended with all that it had started, whatever ends us.
    Raises CannotJudge where the program does not exist, TimedOut after `timeout` seconds.
    """
    import subprocess
    import threading

    pipe = subprocess.PIPE if tell else None
    apart = alone or not os.isatty(0)
    over = threading.Event()
    with _Answers(apart) as answers:
        child = _started(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL if alone else None,
            stdout=pipe,
            stderr=subprocess.STDOUT if tell else None,
            process_group=0 if apart else None,
        )
        reader = threading.Thread(target=_relay, args=(child.stdout, tell, over), daemon=True)
        try:
            answers.give()
            if tell:
                reader.start()
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimedOut from None
        finally:
            answers.hold()
            _end(child.pid, apart, child.returncode is None)
            child.wait()
    if tell:
        reader.join(LAST_WORDS)
        over.set()
    return code if code >= 0 else 128 - code


class _Answers:
    """Ends us by what asks us to, but not before a command can be ended with us, nor amid that.

    What was ignored stays ignored, here and in the command: so it is under nohup. Where the command shares the
    terminal, Ctrl-C is for it to answer.
    """

    __slots__ = ("_apart", "_before", "_holds", "_waiting")

    def __init__(self, apart: bool) -> None:
        self._apart = apart
        self._before: dict[int, Answer] = {}
        self._holds = True
        self._waiting = 0

    def __enter__(self) -> _Answers:
        import signal
        import threading

        if threading.current_thread() is threading.main_thread():
            found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
            self._before = {number: answer for number, answer in found.items() if answer not in (None, signal.SIG_IGN)}
        for number in self._before:
            signal.signal(number, self._take)
        return self

    def __exit__(self, *raised: object) -> None:
        import signal

        for number, answer in self._before.items():
            if signal.getsignal(number) == self._take:  # whoever ends us may have seen to it that nothing else does
                signal.signal(number, answer)
        if self._waiting:
            self._leave()

    def give(self) -> None:
        self._holds = False
        if self._waiting:
            self._leave()

    def hold(self) -> None:
        self._holds = True

    def _take(self, number: int, frame: object) -> None:
        from signal import SIGINT

        if self._apart or number != SIGINT:
            self._waiting = number
            if not self._holds:
                self._leave()

    def _leave(self) -> None:
        number, self._waiting = self._waiting, 0
        answer = self._before[number]
        if not callable(answer):
            raise SystemExit(128 + number)
        answer(number, None)


def _started(argv: Sequence[str], **how: Any) -> Popen[bytes]:
    import subprocess

    try:
        return subprocess.Popen(argv, **how)  # noqa: S603  # the command is the user's own
    except OSError as error:
        raise CannotJudge(f"{argv[0]} cannot be started: {error.strerror}", "check the command, and PATH") from None


def _relay(stream: IO[bytes], tell: Callable[[bytes], None], over: Event) -> None:
    """Once nobody listens the rest is read all the same: the command would wait for it for ever."""
    with stream:
        try:
            while not over.is_set() and (line := stream.readline(BLOCK_SIZE)):
                tell(line)
        except (OSError, ValueError):
            pass
        finally:
            while stream.read(READ_SIZE):
                continue


def _end(pid: int, apart: bool, runs: bool) -> None:
    """Kill what is left of a command: of one that stands apart its whole group, else what descends from it."""
    if apart:
        _kill(os.killpg, pid)
    for each in _family(pid) if runs and not apart else ():
        _kill(os.kill, each)


def _kill(by: Callable[[int, int], None], pid: int) -> None:
    try:
        by(pid, KILL)
    except (ProcessLookupError, PermissionError):  # gone; or a group of the dead, on macOS
        return


def _family(pid: int) -> list[int]:
    """A process and all that descends from it, as `ps` tells; itself alone where there is none."""
    try:
        listed = run(("ps", "-A", "-o", "pid=,ppid=")).out
    except CannotJudge:
        return [pid]
    below: dict[int, list[int]] = {}
    for line in listed.splitlines():
        child, parent = map(int, line.split())
        below.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:
        found += below.get(each, [])
    return found


class Pour:
    """What a process prints, taken piece by piece while it still runs, in blocks as large as the pipe allows."""

    __slots__ = ("_at", "_block", "_out", "argv", "pid")

    def __init__(self, argv: Sequence[str], pid: int, stdout: int) -> None:
        self.argv = argv
        self.pid = pid
        self._out = stdout
        self._block = b""
        self._at = 0

    def line(self) -> bytes | None:
        """The next line without its end; None where there is no more."""
        while (end := self._block.find(b"\n", self._at)) < 0:
            more = os.read(self._out, BLOCK_SIZE)
            if not more:
                return None
            self._block, self._at = self._block[self._at :] + more, 0
        line, self._at = self._block[self._at : end], end + 1
        return line

    def exactly(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._block):
            return b"".join(self.pieces(size))
        piece, self._at = self._block[self._at : end], end
        return piece

    def pieces(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes as they come. Raises CannotJudge where there are fewer."""
        while size:
            if self._at == len(self._block):
                self._block, self._at = os.read(self._out, BLOCK_SIZE), 0
            piece = self._block[self._at : self._at + size]
            if not piece:
                raise CannotJudge(f"`{' '.join(self.argv)}` ended early")
            self._at += len(piece)
            size -= len(piece)
            yield piece

    def close(self) -> int:
        """Stop listening, and return the exit code of the process."""
        os.close(self._out)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def pour(argv: Sequence[str], *, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> Pour:
    """Start `argv` with a file as its standard input, to read what it prints while it runs."""
    import fcntl  # not in a hook's way

    out_read, out_write = os.pipe()
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux: fewer turns between the two processes
        fcntl.fcntl(out_read, fcntl.F_SETPIPE_SZ, BLOCK_SIZE)
    null = os.open(os.devnull, os.O_WRONLY)
    pid = _spawn(argv, env, (_stdin_file(stdin), out_write, null), kept=(out_read,))
    return Pour(argv, pid, out_read)


def workers() -> int:
    """How many processes are worth having side by side here."""
    return min(os.cpu_count() or 1, MAX_WORKERS)


def fan_out(jobs: Sequence[Callable[[], T]], meanwhile: Callable[[], None] = lambda: None) -> list[T]:
    """What each job gives, each run in a forked copy of this process, side by side; `meanwhile` is run in this one.

    Raises CannotJudge where a job does, and where a copy died: its share is not known, so nothing is. Where this
    process gives up first (an error, Ctrl-C), the copies do not outlive it.
    """
    import pickle

    chunks: dict[int, list[bytes]] = {}
    pids: list[int] = []
    done = False
    try:
        for job in jobs:
            read, write = os.pipe()
            chunks[read] = []
            pids.append(_fork(job, write, tuple(chunks)))
            os.close(write)
        meanwhile()
        _drain(chunks)
        done = True
    finally:
        for pid in () if done else pids:
            os.kill(pid, KILL)
        for read in chunks:
            os.close(read)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    if any(codes):
        raise CannotJudge(f"a worker process died ({max(codes, key=abs)})", "try again; with less memory in use")
    answers = [pickle.loads(b"".join(found)) for found in chunks.values()]  # noqa: S301  # written by our own forks
    for failure, _ in answers:
        if failure:
            raise failure
    return [given for _, given in answers]


def _answer(job: Callable[[], T]) -> bytes:
    """In a copy: what the job gives, or why it gives nothing."""
    import pickle

    try:
        return pickle.dumps((None, job()))
    except CannotJudge as failure:
        return pickle.dumps((failure, None))


def _fork(job: Callable[[], object], write: int, foreign: Sequence[int]) -> int:
    """A copy that keeps none of the `foreign` ends: as long as it held one, nobody's writing there would ever fail."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for read in foreign:
            os.close(read)
        with os.fdopen(write, "wb") as file:
            file.write(_answer(job))
        code = 0
    finally:
        os._exit(code)


def _spawn(argv: Sequence[str], env: Mapping[str, str] | None, given: Sequence[int], *, kept: Sequence[int]) -> int:
    """Start `argv` with the `given` descriptors as its 0, 1 and 2. They are closed here; the `kept` if it fails."""
    actions = [(os.POSIX_SPAWN_DUP2, fd, target) for target, fd in enumerate(given)]
    started = False
    try:
        pid = os.posix_spawnp(argv[0], tuple(argv), os.environ if env is None else env, file_actions=actions)
        started = True
    except FileNotFoundError:
        raise CannotJudge(f"{argv[0]} was not found", f"install {argv[0]}, or put it on PATH") from None
    except OSError as error:
        raise CannotJudge(f"{argv[0]} cannot be started: {error.strerror}", f"reinstall {argv[0]}") from None
    finally:
        for fd in given if started else (*given, *kept):
            os.close(fd)
    return pid


def _above(given: Sequence[int]) -> tuple[int, ...]:
    """The same descriptors by numbers behind those wanted: what is put there could close one that is still needed."""
    import fcntl

    raised = tuple(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, len(given)) for fd in given)
    for fd in given:
        os.close(fd)
    return raised


def _stdin_file(data: bytes | None) -> int:
    if data is None:
        return os.open(os.devnull, os.O_RDONLY)
    fd = _anonymous_file()
    with os.fdopen(fd, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _anonymous_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("quantgov")
    import tempfile  # macOS has no memfd

    fd, path = tempfile.mkstemp(prefix="quantgov-")
    os.unlink(path)
    return fd
