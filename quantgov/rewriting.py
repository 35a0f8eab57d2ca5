"""Commits rewritten by `git lfs migrate import`, in a repository made for that: nothing moves here until all is done.

git-lfs moves every ref that it finds, and checks files out. So it works on a bare copy of the refs that shares this
repository's objects; then one transaction moves the branches, the old ones are kept below refs/quantgov/backup, and
the index follows. Working files stay as they are.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from quantgov.errors import CannotJudge, UsageError
from quantgov.git import Entry, Repository, encode, finish, parse_raw
from quantgov.lfs_store import Store
from quantgov.process import run
from quantgov.workspace import Workspace, read_file, uninterrupted, write_file

BACKUP = "refs/quantgov/backup"
SHADOWS = "refs/shadow/"
ATTRIBUTES = ".gitattributes"
MATCHED_BY_ANY = " ,*?[]\\\"'#!\t\n"
"""Characters that mean something in a pattern or a list of them; `?` stands for any."""


class Moved(NamedTuple):
    """A ref that points elsewhere now, and where it pointed."""

    ref: str
    old: str
    new: str


class Landed(NamedTuple):
    """What was rewritten, the ref below which the old is kept, and the one command that goes back."""

    moved: tuple[Moved, ...]
    backup: str
    back: str


def pattern_of(path: str) -> str:
    """A pattern for `git lfs migrate --include` that matches this path at the root."""
    return "/" + "".join("?" if char in MATCHED_BY_ANY else char for char in path)


def rewrite(space: Workspace, refs: Mapping[str, str], exclude: Iterable[str], include: Sequence[str]) -> list[Moved]:
    """What the refs would point to if their commits, without those that `exclude` reaches, held pointers.

    Raises CannotJudge with git-lfs's own words where it fails; nothing is changed then.
    """
    with _sandbox(space, refs, exclude) as (sandbox, shadows):
        options = [f"--include-ref={ref}" for ref in refs] + [f"--exclude-ref={ref}" for ref in shadows]
        sandbox.do("lfs", "migrate", "import", "--yes", "--skip-fetch", f"--include={','.join(include)}", *options)
        listed = (sandbox.read("for-each-ref", "--format=%(objectname) %(refname)") or "").splitlines()
    now = {ref: oid for oid, _, ref in (line.partition(" ") for line in listed)}
    return [Moved(ref, old, now[ref]) for ref, old in refs.items() if now[ref] != old]


@contextmanager
def _sandbox(
    space: Workspace, refs: Mapping[str, str], exclude: Iterable[str]
) -> Iterator[tuple[Workspace, tuple[str, ...]]]:
    repo = space.repo
    parent = os.path.join(repo.common_dir, "quantgov")
    os.makedirs(parent, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="rewrite-", dir=parent)
    try:
        form = space.read("rev-parse", "--show-object-format") or "sha1"
        _git("init", "--quiet", "--bare", f"--object-format={form}", "--template=", folder)
        shutil.rmtree(os.path.join(folder, "objects"))
        os.symlink(os.path.join(repo.common_dir, "objects"), os.path.join(folder, "objects"))
        if repo.boundary():
            shutil.copy(os.path.join(repo.common_dir, "shallow"), folder)
        shadows = {f"{SHADOWS}{number}": oid for number, oid in enumerate(exclude)}
        lines = (f"{oid} {ref}\n" for ref, oid in {**refs, **shadows}.items())
        write_file(os.path.join(folder, "packed-refs"), encode("".join(lines)))
        sandbox = Workspace(Repository(folder, folder, None))
        sandbox.set_config("lfs.storage", os.path.abspath(Store.of(repo).folder))
        yield sandbox, tuple(shadows)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _git(*args: str) -> None:
    """Git for another repository than that which the environment may name. Raises CannotJudge where it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
    done = run(("git", *args), env=kept)
    if done.code:
        raise CannotJudge(done.err.decode("utf-8", "replace").strip(), f"git {' '.join(args)}")


def land(space: Workspace, moved: Sequence[Moved], reason: str) -> Landed:
    """Move the refs, all or none, keep what they pointed at, and let the index follow where it stood as committed."""
    backup = _free_backup(space)
    ref = f"refs/heads/{space.repo.branch()}"
    here = next((each for each in moved if each.ref == ref), None)
    with uninterrupted(), _index(space.repo, _followed(space, here) if here else {}):
        lines = [f"create {backup}{each.ref.removeprefix('refs')} {each.old}\n" for each in moved]
        lines += [f"update {each.ref} {each.new} {each.old}\n" for each in moved]
        done = space.repo.start("update-ref", "-m", reason, "--stdin", stdin=encode("".join(lines))).wait()
        if done.code:
            raise CannotJudge(done.err.decode("utf-8", "replace").strip(), "git status; nothing was changed")
    if here:
        _follow_on_disk(space, here)
    return Landed(tuple(moved), backup, _way_back(moved, backup, here))


def _free_backup(space: Workspace) -> str:
    """By the time, in UTC; with a number where there is one of this second."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (f"{BACKUP}/{stamp}{suffix}" for suffix in ("", *(f"-{number}" for number in range(2, 100))))
    return next(name for name in names if not space.read("for-each-ref", name))


def _way_back(moved: Sequence[Moved], backup: str, here: Moved | None) -> str:
    if len(moved) == 1 and here:
        return f"git reset {backup}{here.ref.removeprefix('refs')}"
    back = f"git fetch --update-head-ok . '+{backup}/*:refs/*'"
    return f"{back} && git reset" if here else back


def _followed(space: Workspace, here: Moved) -> dict[str, Entry]:
    """The entries of the index that stood as the old commit has them, as the new one has them."""
    repo = space.repo
    changed = {each.path: each for each in repo.diff_trees(f"{here.old}^{{tree}}", f"{here.new}^{{tree}}")}
    staged = {each.path for each in parse_raw(finish(repo.diff_index(here.old)))}
    return {path: each.after for path, each in changed.items() if each.after and path not in staged}


@contextmanager
def _index(repo: Repository, entries: Mapping[str, Entry]) -> Iterator[None]:
    """Hold git's lock on the index, with these entries in what comes after; it does only where the block succeeds."""
    path = index_file(repo)
    lock = f"{path}.lock"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        raise UsageError("another git is at work here", f"wait for it; if none is: rm {lock}") from None
    try:
        if entries:
            shutil.copyfile(path, lock)
            update_index(entries, lock)
        yield
        if entries:
            os.replace(lock, path)
        else:
            os.unlink(lock)
    except BaseException:
        os.unlink(lock)
        raise


def index_file(repo: Repository) -> str:
    return os.environ.get("GIT_INDEX_FILE") or os.path.join(repo.git_dir, "index")


def update_index(entries: Mapping[str, Entry], index: str) -> None:
    """Put entries into an index, all or none. Raises CannotJudge with git's own words where it cannot."""
    listed = [b"%o %s\t%s\0" % (each.mode, each.oid.encode(), encode(path)) for path, each in entries.items()]
    env = {**os.environ, "GIT_INDEX_FILE": os.path.abspath(index)}
    done = run(("git", "update-index", "--add", "-z", "--index-info"), stdin=b"".join(listed), env=env)
    if done.code:
        said = done.err.decode("utf-8", "replace").strip()
        raise CannotJudge(
            f"git could not write the index: {said or 'it was cut short'}", "make room; nothing was changed"
        )


def _follow_on_disk(space: Workspace, here: Moved) -> None:
    """The lines that git-lfs put into .gitattributes, where the file on disk is the one that they were put into."""
    repo = space.repo
    old, new = (_blob(repo, f"{commit}:{ATTRIBUTES}") for commit in (here.old, here.new))
    path = os.path.join(repo.top or "", ATTRIBUTES)
    if new is not None and new != old and (read_file(path) or b"") == (old or b""):
        write_file(path, new)


def _blob(repo: Repository, name: str) -> bytes | None:
    (info,) = repo.objects.info([name])
    return repo.objects.content(info.oid) if info and info.kind == "blob" else None
