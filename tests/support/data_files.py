"""A repository with data files in Git LFS, and the ways in which they get past it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from repository import Repo
from typer.testing import CliRunner

ATTRIBUTES = "*.csv filter=lfs diff=lfs merge=lfs -text\n"
WITHOUT_FILTER = (
    "-c", "filter.lfs.process=", "-c", "filter.lfs.clean=", "-c", "filter.lfs.smudge=",
    "-c", "filter.lfs.required=false",
)  # fmt: skip


def pointer(data: bytes) -> bytes:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest(data)}\nsize {len(data)}\n".encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class DataFiles:
    """`repo`, in which git-lfs is set up without its hooks; `.csv` files go through it."""

    def __init__(self, repo: Repo, attributes: str = ATTRIBUTES) -> None:
        self.repo = repo
        repo.git("lfs", "install", "--local", "--skip-repo")
        repo.commit({".gitattributes": attributes, "quantgov.yaml": "version: 1\n"}, "chore: begin")

    def stage_plain(self, files: Mapping[str, bytes]) -> None:
        """As somebody does without git-lfs: the blobs are the data itself."""
        for path, data in files.items():
            self.repo.write(path, data)
        self.repo.git(*WITHOUT_FILTER, "add", "-f", "--", *files)

    def commit_plain(self, files: Mapping[str, bytes], message: str = "data: add it") -> str:
        self.stage_plain(files)
        self.repo.git(*WITHOUT_FILTER, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message)
        return self.repo.out("rev-parse", "HEAD")

    def stage_pointer(self, path: str, text: bytes) -> None:
        """These very bytes in the index, and on disk."""
        self.stage_plain({path: text})

    def object(self, data: bytes) -> Path:
        """Where Git LFS keeps a content."""
        name = digest(data)
        return self.repo.path / ".git" / "lfs" / "objects" / name[:2] / name[2:4] / name

    def staged(self, path: str) -> bytes:
        return self.show(f":{path}")

    def show(self, name: str) -> bytes:
        return self.repo.git("cat-file", "blob", name).stdout.encode("utf-8", "surrogateescape")

    def state(self) -> tuple[str, str, str, dict[str, bytes]]:
        """Index, refs, objects of Git LFS, and working files: what a failed command must leave as it was."""
        lfs = self.repo.path / ".git" / "lfs"
        objects = sorted(str(each) for each in lfs.rglob("*") if each.is_file())
        files = {str(each): each.read_bytes() for each in self.repo.path.rglob("*") if self._is_work(each)}
        return self.repo.out("ls-files", "-s"), self.repo.out("for-each-ref"), "\n".join(objects), files

    def _is_work(self, path: Path) -> bool:
        return path.is_file() and ".git" not in path.relative_to(self.repo.path).parts

    def remote(self, path: Path) -> Repo:
        """A bare repository that is `origin`, with what is on this branch."""
        made = Repo(path)
        os.makedirs(path)
        made.git("init", "-q", "--bare", "-b", "main")
        self.repo.git("remote", "add", "origin", path.as_uri())
        self.repo.git("push", "-q", "origin", "HEAD:refs/heads/main")
        self.repo.git("fetch", "-q", "origin")
        return made


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def quantgov(*args: str) -> Done:
    """The command in this process and this folder, errors turned into exit codes as the application does."""
    from quantgov.cli.app import app
    from quantgov.errors import QuantgovError

    result = CliRunner().invoke(app, args)
    error = result.exception
    if isinstance(error, QuantgovError):
        return Done(error.exit_code, result.stdout, f"{error.message}\n  fix: {error.help}\n")
    if error and not isinstance(error, SystemExit):
        raise error
    return Done(result.exit_code, result.stdout, result.stderr)
