"""A repository with its hooks, and a checkout with one commit staged, which can be made again and again."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import fixtures
from benchmarks.lab import NO_INPUT, Lab
from benchmarks.timing import Contender, nothing
from quantgov.cache import CACHE_FOLDER

PAST = 1_700_000_000
"""Git reads a file again as long as it is no older than the index: no checkout at rest is like that."""
COMMIT = ("git", "commit", "-q", "-m", fixtures.MESSAGE)
INSTALL = """
from quantgov import install
from quantgov.git import Repository
from quantgov.workspace import Workspace, take
take(install.install(Workspace(Repository.discover()), install.CLIENT, install.Interpreter.current()))
"""


class Guarded:
    """A repository with its hooks, its verdict cache, and a clean folder for both."""

    def __init__(self, lab: Lab, path: Path) -> None:
        self.lab = lab
        self.path = path
        self.git_dir = path / ".git"

    def git(self, *args: str) -> str:
        return self.lab.git(self.path, *args)

    def install_native(self) -> None:
        """What `quantgov init` does for the hooks."""
        self.lab.expect((sys.executable, "-I", "-c", INSTALL), self.path)

    def forget_verdicts(self) -> None:
        shutil.rmtree(self.git_dir / CACHE_FOLDER / "verdicts", ignore_errors=True)

    def forget_all(self) -> None:
        shutil.rmtree(self.git_dir / CACHE_FOLDER, ignore_errors=True)

    def hooking(self, name: str, hook: str, *args: str, stdin: Path = NO_INPUT, forget: str = "verdicts") -> Contender:
        """One installed hook by itself; `forget` says what of its cache: verdicts, all or nothing."""
        before = {"verdicts": self.forget_verdicts, "all": self.forget_all, "nothing": nothing}[forget]
        argv, env = self._hook(hook, *args)
        return Contender(name, lambda: self.lab.expect(argv, self.path, stdin, env), before)

    def hook_must_refuse(self, hook: str, *args: str, stdin: Path = NO_INPUT) -> None:
        """A guard that lets bad input through is quick for the wrong reason. Raises BenchmarkError."""
        argv, env = self._hook(hook, *args)
        self.lab.refuse(argv, self.path, stdin, env)

    def _hook(self, name: str, *args: str) -> tuple[Sequence[str], Mapping[str, str]]:
        """The command and the environment with which git runs it."""
        env = {"GIT_INDEX_FILE": str(self.git_dir / "index"), "GIT_EDITOR": ":", "GIT_PREFIX": ""}
        return (f".git/hooks/{name}", *args), env


class Checkout(Guarded):
    """A working tree on a strategy's branch, its trunk beside it, and the staged files that every run finds anew."""

    def __init__(self, lab: Lab, name: str, staged: Mapping[str, str]) -> None:
        super().__init__(lab, lab.root / name)
        shutil.copytree(template(lab), self.path)
        self.head = self.git("rev-parse", "HEAD")
        self.git("update-index", "-q", "--refresh")
        self._index = self.git_dir / "index.staged"
        self.stage(staged)
        self.message = self.git_dir / "MESSAGE"
        self.message.write_text(f"{fixtures.MESSAGE}\n")

    def stage(self, files: Mapping[str, str]) -> None:
        """Git forgets the files first: one of the same size, forged time and second would pass as unchanged."""
        for name, content in files.items():
            (self.path / name).write_text(content)
            os.utime(self.path / name, (PAST, PAST))
        self.git("update-index", "--force-remove", "--", *files)
        self.git("update-index", "--add", "--", *files)
        shutil.copyfile(self.git_dir / "index", self._index)

    @contextmanager
    def replaced(self, files: Mapping[str, str]) -> Iterator[None]:
        """Other contents staged for a while."""
        kept = {name: (self.path / name).read_text() for name in files}
        self.stage(files)
        yield
        self.stage(kept)
        self.reset()

    def reset(self) -> None:
        """The branch and the index as they were before the commit."""
        self.git("update-ref", f"refs/heads/{fixtures.BRANCH}", self.head)
        shutil.copyfile(self._index, self.git_dir / "index")

    def committing(self, name: str, *, warm: bool = False) -> Contender:
        """`git commit` of what is staged, by default with no verdict left over from the run before."""

        def before() -> None:
            self.reset()
            if not warm:
                self.forget_verdicts()

        return Contender(name, lambda: self.lab.expect(COMMIT, self.path), before)

    def commit_must_be_refused(self, files: Mapping[str, str], message: str = fixtures.MESSAGE) -> None:
        with self.replaced(files):
            self.lab.refuse(("git", "commit", "-q", "-m", message), self.path)


def template(lab: Lab) -> Path:
    """The repository that every checkout is copied from; made when it is first asked for."""
    path = lab.root / "template"
    if not path.exists():
        fixtures.import_history(lab, path, [("main", fixtures.Commit("feat: begin", fixtures.repository_files()))])
        lab.git(path, "symbolic-ref", "HEAD", f"refs/heads/{fixtures.BRANCH}")
        lab.git(path, "update-ref", f"refs/heads/{fixtures.BRANCH}", "main")
        lab.git(path, "reset", "-q", "--hard")
        for file in path.rglob("[!.]*"):
            os.utime(file, (PAST, PAST))
    return path
