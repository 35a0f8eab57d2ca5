"""A temporary folder with a HOME, a git configuration and an environment of its own, and processes run in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.timing import WARM_UP, Contender, Progress, Samples, interleave

GIT_CONFIG = """\
[user]
    name = Alice
    email = alice@fund.com
[init]
    defaultBranch = main
[gc]
    auto = 0
[maintenance]
    auto = false
"""
KEPT = ("LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR")
NO_INPUT = Path(os.devnull)
FLOOR = "python -I -c pass"


class BenchmarkError(Exception):
    """Something that cannot be measured: a tool is missing, or a command did not end as it should."""


class Lab:
    """Where benchmarks run. `rounds` is how often each contender does, `warm_up` how often it does before.

    `history` is a repository whose history is to be searched, in place of a made one.
    """

    def __init__(
        self,
        root: Path,
        rounds: int,
        *,
        warm_up: int = WARM_UP,
        progress: Progress = lambda _done, _of: None,
        history: Path | None = None,
    ) -> None:
        self.history = history
        self.root = root
        self.rounds = rounds
        self.warm_up = warm_up
        self.progress = progress
        self.scripts = Path(sysconfig.get_path("scripts"))
        self._output = root / "output"
        home = root / "home"
        home.mkdir()
        (home / "gitconfig").write_text(GIT_CONFIG)
        self.env = self._environment(home)

    def _environment(self, home: Path) -> dict[str, str]:
        folders = {name: str(home / name.lower()) for name in ("PRE_COMMIT_HOME", "PREK_HOME", "XDG_CACHE_HOME")}
        return {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            **folders,
            "PATH": os.pathsep.join((str(self.scripts), os.environ.get("PATH", os.defpath))),
            "HOME": str(home),
            "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "TERM": "dumb",
        }

    def tool(self, name: str) -> str:
        """The console script of an installed package, beside this interpreter. Raises BenchmarkError without it."""
        path = self.scripts / name
        if not path.exists():
            raise BenchmarkError(f"{name} is not installed here: pip install -e '.[bench]'")
        return str(path)

    def run(self, argv: Sequence[str], cwd: Path, stdin: Path = NO_INPUT, env: Mapping[str, str] | None = None) -> int:
        """The exit code. What it started goes down with an interrupted run."""
        with open(stdin, "rb") as source, open(self._output, "wb") as output:
            process = subprocess.Popen(
                argv, cwd=cwd, env={**self.env, **(env or {})}, stdin=source, stdout=output, stderr=output,
                process_group=0,
            )  # fmt: skip
            try:
                return process.wait()
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise

    def expect(
        self, argv: Sequence[str], cwd: Path, stdin: Path = NO_INPUT, env: Mapping[str, str] | None = None
    ) -> None:
        """Run a command that must succeed: a failing one is quick for the wrong reason. Raises BenchmarkError."""
        self.end_with(0, argv, cwd, stdin, env)

    def end_with(
        self, code: int, argv: Sequence[str], cwd: Path, stdin: Path = NO_INPUT, env: Mapping[str, str] | None = None
    ) -> None:
        """Run a command that must end with this exit code. Raises BenchmarkError."""
        ended = self.run(argv, cwd, stdin, env)
        if ended != code:
            raise BenchmarkError(f"`{' '.join(argv)}` ended with {ended}:\n{self.said()}")

    def refuse(
        self, argv: Sequence[str], cwd: Path, stdin: Path = NO_INPUT, env: Mapping[str, str] | None = None
    ) -> None:
        """Run a command that must find fault. Raises BenchmarkError where it ends with 0."""
        if self.run(argv, cwd, stdin, env) == 0:
            raise BenchmarkError(f"`{' '.join(argv)}` in {cwd.name} let bad input through\n{self.said()}")

    def said(self) -> str:
        """What the last process wrote to both its streams."""
        return self._output.read_text(errors="replace").strip()

    def git(self, cwd: Path, *args: str) -> str:
        self.expect(("git", *args), cwd)
        return self.said()

    def floor(self) -> Contender:
        """The least that any hook in this interpreter can take."""
        return Contender(FLOOR, lambda: self.expect((sys.executable, "-I", "-c", "pass"), self.root))

    def time(self, *contenders: Contender, rounds: int = 0) -> Samples:
        return interleave(contenders, rounds or self.rounds, warm_up=self.warm_up, progress=self.progress)
