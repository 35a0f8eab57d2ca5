"""Plain blobs that belong in Git LFS made into pointers: in the index, and in commits that nobody else has yet.

The content comes from git, not from the working tree, whose files stay as they are. Objects are written first, then
the index in one go: where there is no room for one of them, index, files and refs are as they were.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from quantgov import dotfiles, entrance, lfs, lfs_program, rewriting
from quantgov import policy as policies
from quantgov.attributes import Attributes
from quantgov.change import Change
from quantgov.dotfiles import ATTRIBUTES
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import MODE_FILE, Entry, Repository, encode
from quantgov.lfs_store import Store
from quantgov.policy import Policy, glob_matches
from quantgov.rewriting import Landed, pattern_of
from quantgov.rule import quoted
from quantgov.rules.qg501_large_file_outside_lfs import fault
from quantgov.tree import EMPTY, GitTree, Tree
from quantgov.workspace import Workspace, read_file, uninterrupted

NO_ROOM = "make room and run it again: index, files and commits are as they were"
TITLE = "Data files go through Git LFS"


class Staged(NamedTuple):
    """What becomes a pointer in the index, and by path the patterns that .gitattributes lacks."""

    files: dict[str, Entry]
    sizes: dict[str, int]
    lines: dict[str, str]


class Committed(NamedTuple):
    """Commits that no remote has, those right before them, and what in them belongs in Git LFS."""

    ref: str
    tip: str
    commits: tuple[str, ...]
    before: tuple[str, ...]
    sizes: dict[str, int]
    patterns: tuple[str, ...]


class Plan(NamedTuple):
    staged: Staged
    committed: Committed | None
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.staged.files or self.staged.lines or self.committed)


class Past(NamedTuple):
    """The commits of HEAD that no remote has, and every file that they brought."""

    commits: tuple[str, ...]
    before: tuple[str, ...]
    files: tuple[tuple[str, Entry], ...]


def plan(repo: Repository, given: Sequence[str] = ()) -> Plan:
    """What is to be done about these paths, or else about all that is staged and not pushed.

    Raises UsageError for a path that git does not know, and in a bare repository.
    """
    change = entrance.staged(repo)
    policy = policies.of_change(change)
    past = _past(repo)
    asked = _named(repo, change, past, given)
    paths = asked or sorted({*lfs.affected(change), *(each.path for each in change.touched if each.after)})
    staged, notes = _staged(change, policy, paths, asked)
    committed = _committed(repo, change, policy, past, asked)
    if committed and change.branch is None:
        notes.append("HEAD is on no branch, so its commits are left alone: git switch -c NAME, and again")
        committed = None
    return Plan(staged, committed, tuple(notes))


def _past(repo: Repository) -> Past:
    if repo.commits(["HEAD"]) == [None]:
        return Past((), (), ())
    listed = repo.read("rev-list", "--boundary", "HEAD", "--not", "--remotes", "--").decode().split()
    commits = [oid for oid in listed if not oid.startswith("-")]
    touched = [each for found in repo.diff_commits(commits).values() for each in found] if commits else []
    files = {(each.path, each.after): None for each in touched if each.after and each.after.is_file}
    before = tuple(oid[1:] for oid in listed if oid.startswith("-"))
    return Past(tuple(commits), before, tuple((path, entry) for path, entry in files if entry))


def _named(repo: Repository, change: Change, past: Past, given: Sequence[str]) -> list[str]:
    """The files at or below the paths that were given, staged or in a commit that was not pushed."""
    known = {*change.head.paths(), *(path for path, _ in past.files)} if given else set()
    found: list[str] = []
    for name in given:
        path = os.path.relpath(os.path.abspath(name), repo.top).replace(os.sep, "/")
        below = [each for each in known if path in (".", each) or each.startswith(f"{path}/")]
        if not below:
            raise UsageError(f"git knows no {name} here", f"git add -- {quoted(name)}, and again")
        found += below
    return sorted(set(found))


def _staged(change: Change, policy: Policy, paths: Iterable[str], asked: Collection[str]) -> tuple[Staged, list[str]]:
    tree, notes = change.head, list[str]()
    entries = {path: entry for path in paths if (entry := tree.entry(path)) and entry.is_file}
    tree.measure([entry.oid for entry in entries.values()])
    found, without = dict[str, Entry](), list[str]()
    for path, entry in entries.items():
        is_given, is_pointer = change.attributes.is_lfs(path), _is_pointer(tree, entry)
        if is_pointer or _belongs(path, tree.size_of(entry.oid), is_given, policy, asked):
            if policy.data == "no-data" and not is_given:
                notes.append(f"the policy keeps data out of here (data: no-data): git rm --cached -- {quoted(path)}")
                continue
            without += [] if is_given else [path]
            if not is_pointer or not lfs.is_canonical(tree.content(entry.oid)):
                found[path] = entry
    lines = {path: _pattern(path, tree, without) for path in without}
    return Staged(found, {path: tree.size_of(entry.oid) for path, entry in found.items()}, lines), notes


def _is_pointer(tree: Tree, entry: Entry) -> bool:
    return tree.size_of(entry.oid) < lfs.POINTER_MAX and lfs.is_pointer(tree.content(entry.oid))


def _belongs(path: str, size: int, is_given: bool, policy: Policy, asked: Collection[str]) -> bool:
    """Whether a plain file should be in Git LFS; an empty one is stored as it is by git-lfs too."""
    return bool(size) and (is_given or path in asked or bool(fault(path, size, policy)[0]))


def _pattern(path: str, tree: Tree, given: Collection[str]) -> str:
    """The pattern of its ending, where that gives no other plain file to Git LFS; else the path itself."""
    name = path.rpartition("/")[2]
    ending = name[name.rfind(".") :] if name.rfind(".") > 0 else ""
    others = [each for each in tree.paths() if each.endswith(ending) and each not in given] if ending else [""]
    return pattern_of(path) if others or ending != pattern_of(ending)[1:] else f"*{ending}"


def _committed(
    repo: Repository, change: Change, policy: Policy, past: Past, asked: Collection[str]
) -> Committed | None:
    """What a remote has in the same place as a plain file too is left alone, unless it is asked for."""
    objects = GitTree(repo.objects, None)
    base = GitTree(repo.objects, repo.tree_of(past.before[0])) if past.before else EMPTY
    objects.measure([entry.oid for _, entry in past.files])
    sizes: dict[str, int] = {}
    for path, entry in past.files:
        size, is_given = objects.size_of(entry.oid), change.attributes.is_lfs(path)
        wanted = _belongs(path, size, is_given, policy, asked) and (is_given or policy.data != "no-data")
        if wanted and (path in asked or not asked) and not _is_pointer(objects, entry):
            there = base.entry(path)
            if path in asked or not there or _is_pointer(base, there):
                sizes[path] = max(size, sizes.get(path, 0))
    if not sizes:
        return None
    patterns = dict.fromkeys(_line_for(path, change.attributes) or _pattern(path, change.head, sizes) for path in sizes)
    return Committed(f"refs/heads/{change.branch}", past.commits[0], past.commits, past.before, sizes, tuple(patterns))


def _line_for(path: str, attributes: Attributes) -> str:
    """The pattern at the root that gives a path to Git LFS."""
    lines = attributes.lfs_patterns() if attributes.is_lfs(path) else []
    return next((line.pattern for line in lines if glob_matches(line.pattern, path) and "," not in line.pattern), "")


def rewrite(space: Workspace, committed: Committed) -> Landed:
    """Rewrite the commits; the branch moves when all is done. Raises CannotJudge without git-lfs, or where it fails."""
    lfs_program.require(space, "rewriting commits")
    moved = rewriting.rewrite(space, {committed.ref: committed.tip}, committed.before, committed.patterns)
    if not moved:
        raise CannotJudge("git-lfs found nothing in these commits", "quantgov lfs status")
    return rewriting.land(space, moved, "quantgov lfs fix")


def stage(repo: Repository, staged: Staged, tick: Callable[[int, int], None]) -> None:
    """Make pointers of what is staged, and stage the lines for them. Raises CannotJudge where there is no room."""
    store = Store.of(repo)
    added: list[str] = []
    try:
        pointers = _stored(repo, store, staged, added, tick)
        on_disk = _with_lines(read_file(os.path.join(repo.top or "", ATTRIBUTES)) or b"", staged.lines)
        change = entrance.staged(repo)
        in_index = _with_lines(change.head.read_file(ATTRIBUTES) or b"", staged.lines)
        _require_effect(change, in_index, staged.lines)
        entries = _hashed(repo, {**pointers, **({ATTRIBUTES: in_index} if staged.lines else {})})
        modes = {path: entry.mode for path, entry in staged.files.items()}
        _land(repo, {path: Entry(modes.get(path, MODE_FILE), oid) for path, oid in entries.items()}, on_disk, staged)
    except OSError as error:
        _discard(store, added)
        raise CannotJudge(f"{error.filename or store.folder}: {error.strerror}", NO_ROOM) from None
    except BaseException:
        _discard(store, added)
        raise


def _stored(
    repo: Repository, store: Store, staged: Staged, added: list[str], tick: Callable[[int, int], None]
) -> dict[str, bytes]:
    """Each file's pointer, its content kept as an object; `added` are those that were not here before."""
    pointers: dict[str, bytes] = {}
    for number, (path, entry) in enumerate(staged.files.items()):
        tick(number, len(staged.files))
        content = repo.objects.content(entry.oid) if staged.sizes[path] < lfs.POINTER_MAX else b""
        digest, size = lfs.parse(content)
        if not digest:
            digest, size, is_new = store.add(repo.objects.chunks(entry.oid))
            added += [digest] if is_new else []
        pointers[path] = lfs.pointer(digest, size)
    tick(len(staged.files), len(staged.files))
    return pointers


def _with_lines(data: bytes, lines: dict[str, str]) -> bytes:
    """With a line for each pattern, where the file does not give its path to Git LFS yet."""
    wanted = tuple(dotfiles.lfs_line(pattern, path) for path, pattern in lines.items())
    return dotfiles.completed(data, (dotfiles.Section(TITLE, wanted),), dotfiles.is_attributed)


def _require_effect(change: Change, data: bytes, lines: dict[str, str]) -> None:
    attributes = Attributes(lambda path: data if path == ATTRIBUTES else change.head.read_file(path), change.ignorecase)
    for path in lines:
        if not attributes.is_lfs(path):
            raise UsageError(f"another line of .gitattributes takes {path} out of Git LFS", "git check-attr -a -- PATH")


def _hashed(repo: Repository, contents: dict[str, bytes]) -> dict[str, str]:
    """The object name of each of these contents, which git has from then on."""
    with tempfile.TemporaryDirectory(prefix="pointers-", dir=repo.git_dir) as folder:
        files = [os.path.join(folder, str(number)) for number in range(len(contents))]
        for file, data in zip(files, contents.values(), strict=True):
            with open(file, "wb") as draft:
                draft.write(data)
        listed = b"".join(encode(file) + b"\n" for file in files)
        done = repo.start("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed).wait()
    if done.code:
        raise CannotJudge(f"git could not write: {done.err.decode('utf-8', 'replace').strip()}", NO_ROOM)
    return dict(zip(contents, done.out.decode().split(), strict=True))


def _land(repo: Repository, entries: dict[str, Entry], attributes: bytes, staged: Staged) -> None:
    """The index and the file on disk, which is written beforehand and takes its name when nothing can fail any more."""
    target = os.path.join(repo.top or "", ATTRIBUTES)
    draft = f"{target}.quantgov" if staged.lines and attributes != (read_file(target) or b"") else ""
    try:
        if draft:
            with open(draft, "wb") as file:
                file.write(attributes)
        with uninterrupted():
            rewriting.update_index(entries, rewriting.index_file(repo))
            if draft:
                os.replace(draft, target)
    except BaseException:
        if draft and os.path.exists(draft):
            os.unlink(draft)
        raise


def _discard(store: Store, digests: Iterable[str]) -> None:
    for digest in digests:
        os.unlink(store.path(digest))
