"""A clean checkout of a commit, for as long as it is needed: nothing of it is left behind, however that ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from quantgov.errors import CannotJudge, QuantgovError, UsageError
from quantgov.git import GIT, decode
from quantgov.process import run
from quantgov.workspace import uninterrupted

if TYPE_CHECKING:
    from quantgov.git import Repository

PREFIX = "quantgov-reproduce-"
HELD, KEPT = "held", "kept"
AS_IT_IS = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.sparseCheckout=false",
    "-c", "filter.lfs.process=", "-c", "filter.lfs.smudge=", "-c", "filter.lfs.required=false",
)  # fmt: skip
"""No hook runs, and what lies in LFS stays a pointer: a rerun needs little of it, and says what it misses."""


class Checkout(NamedTuple):
    """A worktree at `top`, in a folder of its own that also has a place for temporary files."""

    folder: str
    top: str
    temporary: str


@contextmanager
def checkout(repo: Repository, commit: str, *, keep: bool = False) -> Iterator[Checkout]:
    """A commit in a clean worktree. What a killed run left is taken away first; `keep` leaves this one,
    also where the rerun fails.

    Raises UsageError where temporary files would lie in the checkout, CannotJudge where git makes none.
    """
    place = os.path.realpath(tempfile.gettempdir())
    if any(is_below(place, each) for each in homes(repo)):
        raise UsageError(
            "TMPDIR lies in this checkout, which a rerun must not touch", "TMPDIR=/tmp quantgov reproduce …"
        )
    sweep(repo)
    with ExitStack() as undo:
        with uninterrupted():
            made = _made(place, os.path.basename(repo.top or "") or "repository")
            undo.callback(_remove, repo, made.folder)
            undo.enter_context(_holding(made))
            _add(repo, made, commit)
        failure = None
        try:
            yield made
        except QuantgovError as error:
            failure = error
        if keep:
            _mark(made)
            undo.pop_all()
        if failure:
            raise failure


def _mark(made: Checkout) -> None:
    with open(os.path.join(made.folder, KEPT), "wb"):
        return


def _made(place: str, name: str) -> Checkout:
    folder = tempfile.mkdtemp(prefix=PREFIX, dir=place)
    temporary = os.path.join(folder, "tmp")
    os.mkdir(temporary)
    return Checkout(folder, os.path.join(folder, name), temporary)


@contextmanager
def _holding(made: Checkout) -> Iterator[None]:
    """Say that somebody works in it, for as long as this process lives."""
    with open(os.path.join(made.folder, HELD), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _add(repo: Repository, made: Checkout, commit: str) -> None:
    add = ("worktree", "add", "--quiet", "--detach", made.top, commit)
    done = run((*GIT, "-C", repo.top or repo.git_dir, *AS_IT_IS, *add), env=environment())
    if done.code:
        said = done.err.decode("utf-8", "replace").strip()
        raise CannotJudge(f"git makes no worktree of {commit[:10]}: {said}", "git fsck, and look for room on the disk")


def environment() -> Mapping[str, str]:
    """Without what git says of another repository to those it starts."""
    local = run(("git", "rev-parse", "--local-env-vars")).out.decode().split()
    return {name: value for name, value in os.environ.items() if name not in local}


def homes(repo: Repository) -> tuple[str, ...]:
    """The folders that are the user's own: the checkout, and where git keeps it."""
    places = [os.path.realpath(each) for each in (repo.top, repo.common_dir) if each]
    return tuple(each for each in places if not any(is_below(each, other) for other in places if other != each))


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def sweep(repo: Repository) -> None:
    """Take away what runs that were killed have left of themselves in this repository."""
    for _, folder in list(_ours(repo)):
        if not _is_in_use(folder):
            _remove(repo, folder)


def _ours(repo: Repository) -> Iterator[tuple[str, str]]:
    """Where git keeps each worktree that a rerun has made, and the folder of that rerun."""
    records = os.path.join(repo.common_dir, "worktrees")
    for name in sorted(os.listdir(records)) if os.path.isdir(records) else ():
        record = os.path.join(records, name)
        with suppress(OSError), open(os.path.join(record, "gitdir"), "rb") as file:
            git_file = os.path.join(record, decode(file.read()).rstrip("\n"))
            folder = os.path.dirname(os.path.dirname(os.path.normpath(git_file)))
            if os.path.basename(folder).startswith(PREFIX):
                yield record, folder


def _is_in_use(folder: str) -> bool:
    if os.path.exists(os.path.join(folder, KEPT)):
        return True
    try:
        with open(os.path.join(folder, HELD), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _remove(repo: Repository, folder: str) -> None:
    with uninterrupted():
        for record in [record for record, of in _ours(repo) if of == folder]:
            shutil.rmtree(record, ignore_errors=True)
        with suppress(OSError):  # others may have one
            os.rmdir(os.path.join(repo.common_dir, "worktrees"))
        _open_up(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _open_up(folder: str) -> None:
    """Let folders be emptied that a run has closed."""
    for here, below, _ in os.walk(folder):
        for name in below:
            path = os.path.join(here, name)
            if not os.path.islink(path):
                with suppress(OSError):
                    os.chmod(path, stat.S_IRWXU)
