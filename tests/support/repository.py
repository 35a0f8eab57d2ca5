"""A real repository that tests drive with the real git and the real client."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

GIT_CONFIG = """\
[user]
    name = Alice
    email = alice@fund.com
[init]
    defaultBranch = main
[protocol "file"]
    allow = always
[advice]
    detachedHead = false
"""


class Repo:
    """A real repository in a folder, driven with the real git."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *args: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            stdin=subprocess.DEVNULL,
        )
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done

    def out(self, *args: str) -> str:
        return self.git(*args).stdout.strip()

    def write(self, path: str, content: str | bytes = "x\n") -> Path:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def stage(self, files: dict[str, str | bytes]) -> None:
        for path, content in files.items():
            self.write(path, content)
        self.git("add", "-f", "--", *files)

    def commit(
        self, files: dict[str, str | bytes] | None = None, message: str = "feat: add a thing", *args: str
    ) -> str:
        """Commit without any hook; the commit's oid."""
        self.stage(files or {})
        self.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", message, *args)
        return self.out("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        self.git("switch", "-q", "-c", name)

    def quantgov(self, *args: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """The real client, in a process of its own, as git starts it: isolated from this process' import path."""
        return subprocess.run(
            [sys.executable, "-I", "-m", "quantgov", *args],
            cwd=self.path,
            env={**os.environ, **env},
            input=stdin,
            capture_output=True,
            text=True,
            errors="surrogateescape",
        )
