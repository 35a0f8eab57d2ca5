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

from quantgov.dotfiles import ATTRIBUTES
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import Entry, Repository, encode, finish, parse_raw
from quantgov.lfs_store import Store
from quantgov.process import run
from quantgov.workspace import Workspace, read_file, uninterrupted, write_file

BACKUP = "refs/quantgov/backup"
SHADOWS = "refs/shadow/"
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


@contextmanager
def or_nothing(again: str, kept: str = "nothing was changed") -> Iterator[None]:
    """What fails in here says what was kept, and, where it has no better advice, what to run once there is room."""
    help = f"where the disk is full, free some space; then: {again}"
    try:
        yield
    except OSError as error:
        raise CannotJudge(f"{error.filename}: {error.strerror}; {kept}", help) from None
    except CannotJudge as error:
        raise CannotJudge(f"{error.message}; {kept}", error.help or help) from None


def rewrite(space: Workspace, refs: Mapping[str, str], exclude: Iterable[str], include: Sequence[str]) -> list[Moved]:
    """What the refs would point to if their commits, without those that `exclude` reaches, held pointers.

    Raises CannotJudge with git-lfs's own words, or OSError, where it fails; nothing is changed then.
    """
    store = Store.of(space.repo)
    with _sandbox(space, refs, exclude) as sandbox:
        options = [f"--include-ref={ref}" for ref in refs] + [f"--exclude-ref={ref}" for ref in sandbox.shadows]
        command = ("lfs", "migrate", "import", "--yes", "--skip-fetch", f"--include={','.join(include)}", *options)
        done = sandbox.space.run("-c", f"lfs.storage={os.path.abspath(sandbox.store.folder)}", *command)
        if done.code:
            raise CannotJudge(_said(done.err) or "git-lfs was cut short")
        listed = (sandbox.space.read("for-each-ref", "--format=%(objectname) %(refname)") or "").splitlines()
        store.adopt(sandbox.store)
    now = {ref: oid for oid, _, ref in (line.partition(" ") for line in listed)}
    return [Moved(ref, old, now[ref]) for ref, old in refs.items() if now[ref] != old]


def _said(err: bytes) -> str:
    """What git-lfs says, without how far it came."""
    lines = err.decode("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if line and not line.startswith("migrate: "))


class _Sandbox(NamedTuple):
    """The bare copy, where git-lfs puts objects meanwhile, and the refs that stand for what is excluded."""

    space: Workspace
    store: Store
    shadows: tuple[str, ...]


@contextmanager
def _sandbox(space: Workspace, refs: Mapping[str, str], exclude: Iterable[str]) -> Iterator[_Sandbox]:
    repo = space.repo
    with _folder(os.path.join(repo.common_dir, "quantgov")) as folder, _folder(Store.of(repo).folder) as objects:
        form = space.read("rev-parse", "--show-object-format") or "sha1"
        _git("init", "--quiet", "--bare", f"--object-format={form}", "--template=", folder)
        shutil.rmtree(os.path.join(folder, "objects"))
        os.symlink(os.path.join(repo.common_dir, "objects"), os.path.join(folder, "objects"))
        if repo.boundary():
            shutil.copy(os.path.join(repo.common_dir, "shallow"), folder)
        shadows = {f"{SHADOWS}{number}": oid for number, oid in enumerate(exclude)}
        lines = (f"{oid} {ref}\n" for ref, oid in {**refs, **shadows}.items())
        write_file(os.path.join(folder, "packed-refs"), encode("".join(lines)))
        yield _Sandbox(Workspace(Repository(folder, folder, None)), Store(objects), tuple(shadows))


def _folder(parent: str) -> tempfile.TemporaryDirectory[str]:
    os.makedirs(parent, exist_ok=True)
    return tempfile.TemporaryDirectory(prefix="rewrite-", dir=parent, ignore_cleanup_errors=True)


def _git(*args: str) -> None:
    """Git for another repository than that which the environment may name. Raises CannotJudge where it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or "CONFIG" in name}
    done = run(("git", *args), env=kept)
    if done.code:
        raise CannotJudge(done.err.decode("utf-8", "replace").strip())


def land(space: Workspace, moved: Sequence[Moved], reason: str) -> Landed:
    """Move the refs, all or none, keep what they pointed at, and let the index follow where it stood as committed.

    Raises CannotJudge or OSError where that fails, UsageError while another git is at work; nothing is changed then.
    """
    backup = _free_backup(space)
    ref = f"refs/heads/{space.repo.branch()}"
    here = next((each for each in moved if each.ref == ref), None)
    entries, files = (_followed(space, here), _followed_on_disk(space, here)) if here else ({}, {})
    with uninterrupted(), drafted(files), _index(space.repo, entries):
        lines = [f"create {backup}{each.ref.removeprefix('refs')} {each.old}\n" for each in moved]
        lines += [f"update {each.ref} {each.new} {each.old}\n" for each in moved]
        done = space.repo.start("update-ref", "-m", reason, "--stdin", stdin=encode("".join(lines))).wait()
        if done.code:
            raise CannotJudge(done.err.decode("utf-8", "replace").strip())
    return Landed(tuple(moved), backup, _way_back(moved, backup, here))


@contextmanager
def drafted(files: Mapping[str, bytes]) -> Iterator[None]:
    """Files written beforehand, which take their names where the block succeeds: nothing can fail any more then."""
    drafts = {path: f"{path}.quantgov" for path in files}
    try:
        for path, draft in drafts.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(draft, "wb") as file:
                file.write(files[path])
        yield
        for path, draft in drafts.items():
            os.replace(draft, path)
    except BaseException:
        for draft in filter(os.path.exists, drafts.values()):
            os.unlink(draft)
        raise


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
    path = repo.index_file
    lock = f"{path}.lock"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    except FileExistsError:
        raise UsageError("another git is at work here", f"wait for it; if none is: rm {lock}") from None
    try:
        if entries:
            shutil.copy2(path, lock)  # by its time git knows which entries were too young to be trusted
            update_index(entries, lock)
        yield
        if entries:
            os.replace(lock, path)
        else:
            os.unlink(lock)
    except BaseException:
        os.unlink(lock)
        raise


def update_index(entries: Mapping[str, Entry], index: str) -> None:
    """Put entries into an index, all or none. Raises CannotJudge with git's own words where it cannot."""
    listed = [b"%o %s\t%s\0" % (each.mode, each.oid.encode(), encode(path)) for path, each in entries.items()]
    env = {**os.environ, "GIT_INDEX_FILE": os.path.abspath(index)}
    done = run(("git", "update-index", "--add", "-z", "--index-info"), stdin=b"".join(listed), env=env)
    if done.code:
        said = done.err.decode("utf-8", "replace").strip()
        raise CannotJudge(f"git could not write the index: {said or 'it was cut short'}")


def _followed_on_disk(space: Workspace, here: Moved) -> dict[str, bytes]:
    """.gitattributes with git-lfs's lines, where the file on disk is the one that they were put into."""
    repo = space.repo
    old, new = (_blob(repo, f"{commit}:{ATTRIBUTES}") for commit in (here.old, here.new))
    path = os.path.join(repo.top or "", ATTRIBUTES)
    is_same = new is not None and new != old and (read_file(path) or b"") == (old or b"")
    return {path: new} if new is not None and is_same else {}


def _blob(repo: Repository, name: str) -> bytes | None:
    (info,) = repo.objects.info([name])
    return repo.objects.content(info.oid) if info and info.kind == "blob" else None
