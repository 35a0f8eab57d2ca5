"""Plain blobs that belong in Git LFS made into pointers: in the index, and in commits that nobody else has yet.

The content comes from git, not from the working tree, whose files stay as they are. Objects are written first, then
the index in one go: where there is no room for one of them, index, files and refs are as they were.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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
from quantgov.tree import EMPTY, GitTree, Tree
from quantgov.workspace import Workspace, read_file, uninterrupted

UNCHANGED = "index and files are as they were"
TITLE = "Data files go through Git LFS"


class Restored(NamedTuple):
    """A .gitattributes file that is gone, and the revision that has it."""

    source: str
    data: bytes


class Staged(NamedTuple):
    """What becomes a pointer in the index, by path the patterns that .gitattributes lacks, and what comes back."""

    files: dict[str, Entry]
    sizes: dict[str, int]
    lines: dict[str, str]
    restored: dict[str, Restored]

    @property
    def is_empty(self) -> bool:
        return not (self.files or self.lines or self.restored)


class Committed(NamedTuple):
    """Commits that no remote has, those right before them, and what in them belongs in Git LFS."""

    ref: str
    tip: str
    commits: tuple[str, ...]
    before: tuple[str, ...]
    sizes: dict[str, int]
    patterns: tuple[str, ...]


class Plan(NamedTuple):
    """What will be done. `kept_out` is what only its author can do: by path, the command that takes a file out."""

    staged: Staged
    committed: Committed | None
    kept_out: dict[str, str]
    notes: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return self.staged.is_empty and not self.committed


class Past(NamedTuple):
    """The commits of HEAD that no remote has, and every file that they brought, with the first that did."""

    commits: tuple[str, ...]
    before: tuple[str, ...]
    files: dict[tuple[str, Entry], str]

    def base(self, repo: Repository) -> Tree:
        """What stood before them."""
        return GitTree(repo.objects, repo.tree_of(self.before[0])) if self.before else EMPTY


class _Before(NamedTuple):
    """A revision from before, and what it gives to Git LFS."""

    name: str
    tree: Tree
    attributes: Attributes


class _Brought(NamedTuple):
    """A plain file that belongs in Git LFS, or that the policy keeps out, as a commit brought it."""

    path: str
    size: int
    commit: str


def plan(repo: Repository, given: Sequence[str] = ()) -> Plan:
    """What is to be done about these paths, or else about all that is staged and not pushed.

    Raises UsageError for a path that git does not know, and in a bare repository.
    """
    change = entrance.staged(repo)
    policy = policies.of_change(change)
    past = _past(repo)
    asked = _named(repo, change, past, given)
    paths = asked or sorted({*lfs.affected(change), *(each.path for each in change.touched if each.after)})
    staged = _staged(change, policy, _before(repo, change, past), paths, asked)
    brought = list(_brought(repo, change, policy, past, asked))
    committed, notes = _committed(change, policy, past, brought), list[str]()
    if committed and change.branch is None:
        notes.append("HEAD is on no branch, so its commits are left alone: git switch -c NAME, and again")
        committed = None
    return Plan(staged, committed, _kept_out(repo, change, policy, paths, brought), tuple(notes))


def _past(repo: Repository) -> Past:
    if repo.commits(["HEAD"]) == [None]:
        return Past((), (), {})
    listed = repo.read("rev-list", "--boundary", "HEAD", "--not", "--remotes", "--").decode().split()
    commits = [oid for oid in listed if not oid.startswith("-")]
    found = repo.diff_commits(commits) if commits else {}
    touched = [(commit, each) for commit, brought in found.items() for each in brought]
    files = {(each.path, each.after): commit for commit, each in touched if each.after and each.after.is_file}
    return Past(tuple(commits), tuple(oid[1:] for oid in listed if oid.startswith("-")), files)


def _before(repo: Repository, change: Change, past: Past) -> list[_Before]:
    trees = {"HEAD": change.base, **{oid[:10]: past.base(repo) for oid in past.before[:1]}}
    return [_Before(name, tree, Attributes(tree.read_file, change.ignorecase)) for name, tree in trees.items()]


def _named(repo: Repository, change: Change, past: Past, given: Sequence[str]) -> list[str]:
    """The files at or below the paths that were given, staged or in a commit that was not pushed."""
    known = {*change.head.paths(), *(path for path, _ in past.files)} if given else set()
    found: list[str] = []
    for name in given:
        below = next((paths for place in repo.places(name) if (paths := _below(place, known))), [])
        if not below:
            raise UsageError(f"git knows no {name} here", f"git add -- {quoted(name)}, and again")
        found += below
    return sorted(set(found))


def _below(place: str, known: Iterable[str]) -> list[str]:
    return [path for path in known if place in (".", path) or path.startswith(f"{place}/")]


def _staged(
    change: Change, policy: Policy, before: Sequence[_Before], paths: Iterable[str], asked: Collection[str]
) -> Staged:
    tree = change.head
    entries = {path: entry for path in paths if (entry := tree.entry(path)) and entry.is_file}
    tree.measure([entry.oid for entry in entries.values()])
    restored = _restored(tree, before, _without_line(tree, entries, change.attributes, policy, asked))
    attributes = _attributes(change, {path: each.data for path, each in restored.items()})
    without = _without_line(tree, entries, attributes, policy, asked)
    wanted = [path for path, entry in entries.items() if path in without or attributes.is_lfs(path)]
    files = {path: entries[path] for path in wanted if not _is_stored(tree, entries[path])}
    lines = {path: _line_of(path, before) or _pattern(path, tree, without) for path in without}
    return Staged(files, {path: tree.size_of(entry.oid) for path, entry in files.items()}, lines, restored)


def _without_line(
    tree: Tree, entries: dict[str, Entry], attributes: Attributes, policy: Policy, asked: Collection[str]
) -> list[str]:
    """Pointers, and files that belong in Git LFS, that nothing gives to it; none where the policy keeps all out."""
    found = [path for path in entries if policy.data != "no-data" and not attributes.is_lfs(path)]
    sizes = {path: tree.size_of(entries[path].oid) for path in found}
    return [path for path in found if _belongs(path, sizes[path], policy, asked) or _is_pointer(tree, entries[path])]


def _restored(tree: Tree, before: Sequence[_Before], paths: Iterable[str]) -> dict[str, Restored]:
    """The .gitattributes files that are gone, and by which these paths went to Git LFS."""
    found: dict[str, Restored] = {}
    for path in paths:
        last = next((each for each in before if each.attributes.is_lfs(path)), None)
        for name in _attribute_files(path):
            data = last.tree.read_file(name) if last and not tree.entry(name) else None
            if last and data is not None:
                found.setdefault(name, Restored(last.name, data))
    return found


def _attribute_files(path: str) -> list[str]:
    folders = path.split("/")[:-1]
    return ["/".join((*folders[:depth], ATTRIBUTES)) for depth in range(len(folders) + 1)]


def _attributes(change: Change, files: dict[str, bytes]) -> Attributes:
    """Those of the index, with these files in it."""
    return Attributes(lambda path: files[path] if path in files else change.head.read_file(path), change.ignorecase)


def _kept_out(
    repo: Repository, change: Change, policy: Policy, paths: Iterable[str], brought: Iterable[_Brought]
) -> dict[str, str]:
    """Data files that the policy keeps out, and the command that takes each out of the index, or of its commit."""
    if policy.data != "no-data":
        return {}
    kept = (each for each in brought if not change.attributes.is_lfs(each.path))
    found = {each.path: f"git rebase -i {each.commit[:10]}^, to take it out of there" for each in kept}
    named = set(paths)
    for each in change.touched:
        if each.path in named and each.after and _is_kept_out(change, policy, each.path, each.after):
            found[each.path] = f"git rm --cached -- {quoted(repo.from_here(each.path))}"
    return found


def _is_kept_out(change: Change, policy: Policy, path: str, entry: Entry) -> bool:
    if not entry.is_file or change.attributes.is_lfs(path):
        return False
    size = change.head.size_of(entry.oid)
    return bool(lfs.misplaced(path, size, policy)[0]) or _is_pointer(change.head, entry)


def _is_pointer(tree: Tree, entry: Entry) -> bool:
    return tree.size_of(entry.oid) < lfs.POINTER_MAX and lfs.is_pointer(tree.content(entry.oid))


def _is_stored(tree: Tree, entry: Entry) -> bool:
    """Whether that is what git-lfs would have written; an empty file is stored as it is by it too."""
    return not tree.size_of(entry.oid) or (_is_pointer(tree, entry) and lfs.is_canonical(tree.content(entry.oid)))


def _belongs(path: str, size: int, policy: Policy, asked: Collection[str]) -> bool:
    """Whether a plain file that nothing gives to Git LFS should be, or should not be here at all."""
    is_asked = path in asked and policy.data != "no-data"
    return bool(size) and (is_asked or bool(lfs.misplaced(path, size, policy)[0]))


def _pattern(path: str, tree: Tree, given: Collection[str]) -> str:
    """The pattern of its ending, where that gives no other plain file to Git LFS; else the path itself."""
    name = path.rpartition("/")[2]
    ending = name[name.rfind(".") :] if name.rfind(".") > 0 else ""
    others = [each for each in tree.paths() if each.endswith(ending) and each not in given] if ending else [""]
    return pattern_of(path) if others or ending != pattern_of(ending)[1:] else f"*{ending}"


def _brought(
    repo: Repository, change: Change, policy: Policy, past: Past, asked: Collection[str]
) -> Iterator[_Brought]:
    """What a remote has in the same place as a plain file too is left alone, unless it is asked for."""
    objects, base = GitTree(repo.objects, None), past.base(repo)
    objects.measure([entry.oid for _, entry in past.files])
    for (path, entry), commit in past.files.items():
        size = objects.size_of(entry.oid)
        wanted = size and (change.attributes.is_lfs(path) or _belongs(path, size, policy, asked))
        if wanted and (path in asked or not asked) and not _is_pointer(objects, entry):
            there = base.entry(path)
            if path in asked or not there or _is_pointer(base, there):
                yield _Brought(path, size, commit)


def _committed(change: Change, policy: Policy, past: Past, brought: Iterable[_Brought]) -> Committed | None:
    sizes: dict[str, int] = {}
    for each in brought:
        if policy.data != "no-data" or change.attributes.is_lfs(each.path):
            sizes[each.path] = max(each.size, sizes.get(each.path, 0))
    if not sizes:
        return None
    patterns = dict.fromkeys(_line_for(path, change.attributes) or _pattern(path, change.head, sizes) for path in sizes)
    return Committed(f"refs/heads/{change.branch}", past.commits[0], past.commits, past.before, sizes, tuple(patterns))


def _line_of(path: str, before: Iterable[_Before]) -> str:
    return next((line for each in before if (line := _line_for(path, each.attributes))), "")


def _line_for(path: str, attributes: Attributes) -> str:
    """The pattern at the root that gives a path to Git LFS."""
    lines = attributes.lfs_patterns() if attributes.is_lfs(path) else []
    return next((line.pattern for line in lines if glob_matches(line.pattern, path) and "," not in line.pattern), "")


def rewrite(space: Workspace, committed: Committed, again: str) -> Landed:
    """Rewrite the commits; the branch moves when all is done.

    Raises CannotJudge without git-lfs, or where it fails: then `again` is the command to advise.
    """
    lfs_program.require(space, "rewriting commits")
    with rewriting.or_nothing(again):
        moved = rewriting.rewrite(space, {committed.ref: committed.tip}, committed.before, committed.patterns)
        if not moved:
            raise CannotJudge("git-lfs found nothing in these commits", "quantgov lfs status")
        return rewriting.land(space, moved, "quantgov lfs fix")


def stage(repo: Repository, staged: Staged, again: str, tick: Callable[[int, int], None]) -> None:
    """Make pointers of what is staged, and stage the lines for them.

    Raises CannotJudge where there is no room: then `again` is the command to advise.
    """
    store = Store.of(repo)
    added: list[str] = []
    with rewriting.or_nothing(again, UNCHANGED):
        try:
            pointers = _stored(repo, store, staged, added, tick)
            in_index, on_disk = _attribute_contents(repo, staged)
            entries = _hashed(repo, {**pointers, **in_index})
            modes = {path: entry.mode for path, entry in staged.files.items()}
            changed = {path: Entry(modes.get(path, MODE_FILE), oid) for path, oid in entries.items()}
            with uninterrupted():
                with rewriting.drafted(on_disk):
                    rewriting.update_index(changed, repo.index_file)
                added.clear()  # the index names them now
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


def _attribute_contents(repo: Repository, staged: Staged) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The .gitattributes files that come into the index, and by their places those that are written to disk."""
    change, top = entrance.staged(repo), repo.working_tree()
    in_index = {path: each.data for path, each in staged.restored.items()}
    there = {path: read_file(os.path.join(top, path)) for path in (*in_index, ATTRIBUTES)}
    on_disk = {path: in_index.get(path, b"") if data is None else data for path, data in there.items()}
    if staged.lines:
        so_far = in_index.get(ATTRIBUTES) or change.head.read_file(ATTRIBUTES) or b""
        in_index[ATTRIBUTES] = _with_lines(so_far, staged.lines)
        on_disk[ATTRIBUTES] = _with_lines(on_disk[ATTRIBUTES], staged.lines)
        _require_effect(_attributes(change, in_index), staged.lines)
    new = {path: data for path, data in on_disk.items() if data != (there[path] or b"")}
    return in_index, {os.path.join(top, path): data for path, data in new.items()}


def _with_lines(data: bytes, lines: dict[str, str]) -> bytes:
    """With a line for each pattern, where the file does not give its path to Git LFS yet."""
    wanted = tuple(dotfiles.lfs_line(pattern, path) for path, pattern in lines.items())
    return dotfiles.completed(data, (dotfiles.Section(TITLE, wanted),), dotfiles.is_attributed)


def _require_effect(attributes: Attributes, lines: dict[str, str]) -> None:
    for path in lines:
        if not attributes.is_lfs(path):
            message = f"another line of .gitattributes takes {path} out of Git LFS"
            raise UsageError(message, f"git check-attr -a -- {quoted(path)}")


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
        raise CannotJudge(f"git could not write: {done.err.decode('utf-8', 'replace').strip()}")
    return dict(zip(contents, done.out.decode().split(), strict=True))


def _discard(store: Store, digests: Iterable[str]) -> None:
    for digest in digests:
        os.unlink(store.path(digest))
