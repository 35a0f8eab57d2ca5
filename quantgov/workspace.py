"""What writes to a repository, its files and its configuration. Every step can be shown before it is done."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from quantgov.errors import CannotJudge, UsageError
from quantgov.git import Repository
from quantgov.process import Completed, run

if TYPE_CHECKING:
    from types import FrameType

    from quantgov.process import Answer

KEEP = "keep"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a process to end."""


def nothing() -> None:
    """What a step does that only says how things stand."""


class Step(NamedTuple):
    """One thing that a command will do: a verb, what it is done to, how, and the doing itself."""

    verb: str
    target: str
    note: str = ""
    do: Callable[[], None] = nothing


def pending(steps: Iterable[Step]) -> list[Step]:
    return [step for step in steps if step.verb != KEEP]


def take(steps: Iterable[Step]) -> None:
    """Do what is pending of the steps. Raises CannotJudge where the file system refuses."""
    for step in pending(steps):
        try:
            step.do()
        except OSError as error:
            help = "make the place writable and run the command again"
            raise CannotJudge(f"{error.filename or step.target}: {error.strerror}", help) from None


class Workspace:
    """A repository to write to. What the caller's environment says of another repository does not reach it."""

    __slots__ = ("_git", "_local", "repo")

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self._local = run(("git", "rev-parse", "--local-env-vars")).out.decode().split()
        import git  # for this alone: every command loads this module; where git is missing it would crash

        self._git = git.Git(repo.top or repo.git_dir)

    def run(self, *args: str) -> Completed:
        """Run git here, in the working tree where there is one."""
        where = [f"--git-dir={self.repo.git_dir}"]
        if self.repo.top:
            where.append(f"--work-tree={self.repo.top}")
        with _without(self._local):
            code, out, err = self._git.execute(
                ["git", *where, *args],
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
        return Completed(code, out, err.encode("utf-8", "surrogateescape"))

    def read(self, *args: str) -> str | None:
        """What a git command prints, without the last line's end; None where it fails or finds nothing."""
        done = self.run(*args)
        return done.out.decode("utf-8", "surrogateescape").rstrip("\n") if done.code == 0 else None

    def do(self, *args: str) -> None:
        """Run a git command that writes. Raises CannotJudge with git's own words where it fails."""
        done = self.run(*args)
        if done.code:
            said = done.err.decode("utf-8", "replace").strip() or f"git {' '.join(args)} failed"
            raise CannotJudge(said, f"git {' '.join(args)}")

    def config(self, key: str, *options: str) -> str | None:
        return self.read("config", *options, "--get", key)

    def set_config(self, key: str, value: str) -> None:
        self.do("config", "--local", "--replace-all", key, value)

    def unset_config(self, key: str) -> None:
        if self.config(key, "--local") is not None:
            self.do("config", "--local", "--unset-all", key)


@contextmanager
def _without(names: Iterable[str]) -> Iterator[None]:
    """Hide environment variables from what is started inside."""
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


def read_file(path: str) -> bytes | None:
    """A file's bytes; None where nothing stands.

    Raises UsageError for what cannot be added to safely: a link, a folder, a file with conflict markers.
    """
    if not os.path.lexists(path):
        return None
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise UsageError(f"{path} is no regular file", "put a file there: a link is not written through")
    with open(path, "rb") as file:
        data = file.read()
    if data.startswith(b"<<<<<<< ") or b"\n<<<<<<< " in data:
        raise UsageError(f"{path} holds an unresolved conflict", "resolve it first")
    return data


def write_file(path: str, data: bytes, mode: int | None = None) -> None:
    """Write a file whole or not at all. Without a mode, one that exists keeps its own."""
    if mode is None:
        mode = stat.S_IMODE(os.lstat(path).st_mode) if os.path.lexists(path) else 0o644
    handle, temporary = tempfile.mkstemp(prefix=".quantgov-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fchmod(handle, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and what else asks us to end wait for the end of this block.

    It is masked for git, which inherits that and is neither cut short nor left running. Another thread of ours, as the
    one that shows progress, takes it all the same, and Python answers in the first one: there it is put down.
    """
    waiting: list[int] = []
    is_first = threading.current_thread() is threading.main_thread()
    answers = {each: answer for each in ENDING if is_first and (answer := signal.getsignal(each)) is not None}
    for each in answers:
        signal.signal(each, lambda number, frame: waiting.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for each, answer in answers.items():
            signal.signal(each, answer)
        for number in dict.fromkeys(waiting):
            signal.raise_signal(number)


class Ending:
    """Ends us by a signal as by Ctrl-C: once, so that nothing cuts short what takes things down, to the very end."""

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: dict[signal.Signals, Answer] = {}

    def __enter__(self) -> Ending:
        found = {each: signal.getsignal(each) for each in ENDING}
        self._answers = {each: answer for each, answer in found.items() if answer not in (None, signal.SIG_IGN)}
        for each in self._answers:
            signal.signal(each, self._end)
        return self

    def __exit__(self, *raised: object) -> None:
        for each, answer in self._answers.items():
            if signal.getsignal(each) == self._end:
                signal.signal(each, answer)

    def _end(self, number: int, frame: FrameType | None) -> None:
        for each in self._answers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


def start_branch(space: Workspace, name: str) -> None:
    """Make a branch where HEAD stands and put HEAD on it. No file changes, so no hook has a reason to run.

    Raises UsageError with git's own words where it refuses: amid a merge or a rebase, or for the name.
    """
    with uninterrupted():
        done = space.run("-c", "core.hooksPath=/dev/null", "switch", "--quiet", "--no-track", "-c", name)
    if done.code:
        said = done.err.decode("utf-8", "replace").partition("\n")[0].removeprefix("fatal: ")
        raise UsageError(f"git does not make the branch {name!r}: {said}", "git status")


def abandon_branch(space: Workspace, name: str, back: str) -> None:
    """Undo `start_branch`, however far it came: HEAD returns to `back`, a branch or (detached) a commit."""
    with uninterrupted():
        if space.read("rev-parse", "--quiet", "--verify", f"refs/heads/{back}"):
            space.run("symbolic-ref", "HEAD", f"refs/heads/{back}")
        else:
            space.run("update-ref", "--no-deref", "HEAD", back)
        space.run("branch", "--quiet", "-D", name)
