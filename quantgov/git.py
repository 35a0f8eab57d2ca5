"""Reading git: where the repository is, its objects, and what differs between index, trees and commits.

Plumbing only, names NUL-separated and kept as bytes until they are decoded with `surrogateescape`. Every call says
`--no-replace-objects` (a replaced blob would be judged in place of the one that is pushed) and switches off
`core.fsmonitor` (it names a program of the repository's choice).
"""

from __future__ import annotations

import os

from quantgov.errors import CannotJudge, UsageError
from quantgov.process import Conversation, Pour, Process, converse, pour, start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GIT = ("git", "--no-replace-objects", "-c", "core.fsmonitor=false", "-c", "advice.graftFileDeprecated=false")
RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
REQUEST_SIZE = 4096
"""Bytes of requests written before their answers are read: any pipe holds them, so the two never wait on each other."""
MISSING = "git fetch --refetch brings what a partial clone left out; git fsck shows other damage"
DEEPEN = "git fetch --unshallow (in GitHub Actions: actions/checkout with fetch-depth: 0)"
PREFETCH_LIMIT = 1 << 18
PIECE_SIZE = 1 << 20
STREAMED_FROM = "core.bigFileThreshold=1m"
"""Git, too, then holds only a piece of a packed object that is larger, where its default is 512 MiB."""

MODE_TREE = 0o040000
MODE_FILE = 0o100644
MODE_SYMLINK = 0o120000
MODE_SUBMODULE = 0o160000


def decode(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def encode(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


class Entry:
    """A path's mode and object, in a tree or the index."""

    __slots__ = ("mode", "oid")

    def __init__(self, mode: int, oid: str) -> None:
        self.mode = mode
        self.oid = oid

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and (self.mode, self.oid) == (other.mode, other.oid)

    def __hash__(self) -> int:
        return hash((self.mode, self.oid))

    @property
    def is_file(self) -> bool:
        return self.mode & 0o170000 == 0o100000  # 100664 stands in trees of old repositories


class Touched:
    """A path that differs: what stood there before and what stands there now; None where there is nothing."""

    __slots__ = ("after", "before", "path")

    def __init__(self, path: str, before: Entry | None, after: Entry | None) -> None:
        self.path = path
        self.before = before
        self.after = after


class ObjectInfo:
    __slots__ = ("kind", "oid", "size")

    def __init__(self, oid: str, kind: str, size: int) -> None:
        self.oid = oid
        self.kind = kind
        self.size = size


class Objects:
    """The repository's objects through one `git cat-file --batch-command`, started when first needed."""

    def __init__(self) -> None:
        self._info: Conversation | None = None
        self._contents: Conversation | None = None
        self._verbs = (b"info ", b"contents ")
        self._sizes: dict[str, int] = {}
        self._fetched: dict[str, bytes] = {}

    def reopen(self) -> None:
        """Leave the git process to whoever else holds it, and start another when one is needed."""
        self._info = self._contents = None

    def info(self, names: Sequence[str]) -> list[ObjectInfo | None]:
        """What each name (oid, `REV^{commit}`, …) stands for; None where there is no such object."""
        answers: list[ObjectInfo | None] = []
        for chunk in _chunks(names):
            conversation = self._ask(0, chunk)
            answers += [_parse_info(conversation.line()) for _ in chunk]
        return answers

    def tags(self, start: Sequence[str]) -> Iterator[str]:
        """The tag objects among these, and those that they are tags of."""
        while start:
            tags = [info.oid for info in self.info(start) if info and info.kind == "tag"]
            yield from tags
            start = [content[len("object ") :].split(b"\n")[0].decode() for content in self.contents(tags)]

    def size(self, oid: str) -> int:
        """Bytes of a blob. Raises CannotJudge where the object is missing."""
        if oid not in self._sizes:
            self.load_sizes([oid])
        return self._sizes[oid]

    def load_sizes(self, oids: Iterable[str]) -> None:
        unknown = [oid for oid in dict.fromkeys(oids) if oid not in self._sizes]
        for oid, info in zip(unknown, self.info(unknown), strict=True):
            self._sizes[oid] = _present(info, oid).size

    def content(self, oid: str) -> bytes:
        """An object's bytes. Raises CannotJudge where it is missing."""
        if oid in self._fetched:
            return self._fetched.pop(oid)
        return next(self.contents([oid]))

    def prefetch(self, oids: Iterable[str]) -> None:
        """Read small blobs ahead in few round trips; each is handed out once."""
        wanted = dict.fromkeys(oids)
        self.load_sizes(wanted)
        small = [oid for oid in wanted if self._sizes[oid] <= PREFETCH_LIMIT]
        self._fetched = dict(zip(small, self.contents(small), strict=True))

    def contents(self, oids: Sequence[str]) -> Iterator[bytes]:
        """The bytes of each object, in few round trips. Raises CannotJudge where one is missing."""
        for chunk in _chunks(oids):
            conversation = self._ask(1, chunk)
            for oid in chunk:
                info = _present(_parse_info(conversation.line()), oid)
                content = conversation.exactly(info.size + 1)
                yield content[:-1]

    def chunks(self, oid: str) -> Iterator[bytes]:
        """An object's bytes piece by piece. Raises CannotJudge where it is missing, or ends early.

        They come from a git of their own, so that others may be asked for in between.
        """
        conversation = self._converse("-c", STREAMED_FROM, "cat-file", "--batch")
        try:
            conversation.say(encode(oid) + b"\n")
            left = _present(_parse_info(conversation.line()), oid).size
            while left:
                piece = conversation.exactly(min(left, PIECE_SIZE))
                left -= len(piece)
                yield piece
        finally:
            conversation.close()

    def _ask(self, verb: int, names: Sequence[str]) -> Conversation:
        conversation = self._started(verb)
        prefix = self._verbs[verb]
        conversation.say(b"".join(prefix + encode(name) + b"\n" for name in names))
        return conversation

    def _started(self, verb: int) -> Conversation:
        if self._info is None or self._contents is None:
            self._start()
        conversation = (self._info, self._contents)[verb]
        assert conversation is not None
        return conversation

    def _converse(self, *args: str) -> Conversation:
        return converse((*GIT, *args), env=_environment())

    def _start(self) -> None:
        """Git before 2.36 has no `--batch-command`: there it takes one process for each of the two questions."""
        both = self._converse("cat-file", "--batch-command")
        try:
            both.say(b"info HEAD\n")
            both.line()
        except CannotJudge:
            both.close()
            self._verbs = (b"", b"")
            self._info = self._converse("cat-file", "--batch-check")
            self._contents = self._converse("cat-file", "--batch")
        else:
            self._info = self._contents = both


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    chunk: list[str] = []
    size = 0
    for name in names:
        cost = len(encode(name)) + len(b"contents \n")
        if chunk and size + cost > REQUEST_SIZE:
            yield chunk
            chunk, size = [], 0
        chunk.append(name)
        size += cost
    if chunk:
        yield chunk


def _parse_info(line: bytes) -> ObjectInfo | None:
    oid, _, rest = line.partition(b" ")
    kind, _, size = rest.partition(b" ")
    return ObjectInfo(oid.decode(), kind.decode(), int(size)) if size.isdigit() else None


def _present(info: ObjectInfo | None, oid: str) -> ObjectInfo:
    if info is None:
        raise CannotJudge(f"object {oid} is missing or unreadable", MISSING)
    return info


class Repository:
    """Where a repository is, and every question put to it."""

    __slots__ = ("_config", "common_dir", "git_dir", "objects", "top")

    def __init__(self, git_dir: str, common_dir: str, top: str | None) -> None:
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.top = top
        self.objects = Objects()
        self._config: Process | dict[str, str] | None = None

    @classmethod
    def discover(cls) -> Repository:
        """The repository around the current folder, or the one that git's environment names.

        Raises UsageError outside a repository, CannotJudge where git is missing or refuses it.
        """
        here = os.getcwd()
        git_dir = os.path.join(here, ".git")
        if os.environ.get("GIT_DIR", ".git") in (".git", git_dir) and os.path.isfile(os.path.join(git_dir, "HEAD")):
            return cls(git_dir, git_dir, here)
        return cls._ask_git(here)

    @classmethod
    def _ask_git(cls, here: str) -> Repository:
        asked = start(
            (*GIT, "rev-parse", "--absolute-git-dir", "--git-common-dir", "--show-toplevel"), env=_environment()
        )
        done = asked.wait()
        lines = decode(done.out).split("\n")[:-1]
        if len(lines) < 2:
            said = done.err.decode("utf-8", "replace").strip().removeprefix("fatal: ")
            if "not a git repository" in said:
                raise UsageError("not in a Git repository", "cd into one, or start one with `git init`")
            raise CannotJudge(f"git refuses this repository: {said}")
        top = lines[2] if len(lines) > 2 else None
        return cls(lines[0], os.path.normpath(os.path.join(here, lines[1])), top)

    def working_tree(self) -> str:
        """The folder of the checkout. Raises UsageError in a bare repository."""
        if self.top is None:
            raise UsageError("a bare repository has no files to work on", "run this in a clone of it")
        return self.top

    def from_here(self, path: str) -> str:
        """A path of the repository as a command takes it that is run in the current folder."""
        return os.path.relpath(os.path.join(self.top or "", path))

    def places(self, name: str) -> tuple[str, str]:
        """What a name may mean: counted from the current folder, and from the root, as the hooks count."""
        found = os.path.relpath(os.path.abspath(name), self.top), os.path.normpath(name)
        return found[0].replace(os.sep, "/"), found[1].replace(os.sep, "/")

    @property
    def index_file(self) -> str:
        return os.environ.get("GIT_INDEX_FILE") or os.path.join(self.git_dir, "index")

    def start(self, *args: str, stdin: bytes | None = None) -> Process:
        return start((*GIT, *args), stdin=stdin, env=_environment())

    def read(self, *args: str, stdin: bytes | None = None) -> bytes:
        """What a git command prints. Raises CannotJudge with git's own words where it fails."""
        return finish(self.start(*args, stdin=stdin))

    def pour(self, *args: str, stdin: bytes | None = None) -> Pour:
        """Start a git command to read what it prints while it runs."""
        return pour((*GIT, *args), stdin=stdin, env=_environment())

    def start_config(self) -> None:
        """Ask for the configuration that verdicts depend on, while other work goes on."""
        if self._config is None:
            self._config = self.start("config", "-z", "--get-regexp", CONFIG_KEYS)

    def config(self, key: str) -> str | None:
        self.start_config()
        if isinstance(self._config, Process):
            self._config = _parse_config(self._config.wait().out)
        assert self._config is not None
        return self._config.get(key)

    def comment_setting(self) -> str | None:
        """What begins a comment in a message, as configured; newer gits take a string."""
        return self.config("core.commentstring") or self.config("core.commentchar")

    def remotes(self) -> dict[str, str]:
        """The URL of each remote."""
        self.config("")
        assert isinstance(self._config, dict)
        found = self._config.items()
        return {key[len("remote.") : -len(".url")]: url for key, url in found if key.startswith("remote.")}

    def branch(self) -> str | None:
        """The branch that HEAD is on, born or not; None where it is detached."""
        with open(os.path.join(self.git_dir, "HEAD"), "rb") as file:
            head = file.read().strip()
        if head == b"ref: refs/heads/.invalid":  # a reftable repository keeps its HEAD elsewhere
            head = b"ref: " + self.read("symbolic-ref", "-q", "HEAD").strip()
        ref = decode(head).removeprefix("ref: ")
        return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None

    def commits(self, names: Sequence[str]) -> list[str | None]:
        """The commit that each revision stands for, None where it stands for none."""
        found = self.objects.info([f"{name}^{{commit}}" for name in names])
        return [info.oid if info else None for info in found]

    def commit(self, name: str) -> str:
        """The commit that a revision stands for. Raises UsageError where there is none."""
        (oid,) = self.commits([name]) if "\n" not in name else (None,)
        if oid is None and name == "HEAD":
            raise UsageError("there is no commit here yet", "quantgov check: it judges what is staged")
        if oid is None:
            raise UsageError(f"{name!r} is not a commit here", "`git log --oneline --all` lists what there is")
        return oid

    def tree_of(self, name: str) -> str:
        """The tree that a revision stands for. Raises UsageError where there is none."""
        (info,) = self.objects.info([f"{name}^{{tree}}"]) if "\n" not in name else (None,)
        if info is None:
            raise UsageError(f"{name!r} is no revision here", "`git log --oneline --all` lists what there is")
        return info.oid

    def merge_base(self, tip: str, *others: str) -> str | None:
        """The best common ancestor of a commit and any of the others; None where they share no history.

        Raises CannotJudge in a shallow clone that does not hold it.
        """
        done = self.start("merge-base", tip, *others).wait()
        if done.code == 0:
            return done.out.split()[0].decode()
        if done.code == 1:
            self.require_depth()
            return None
        raise failed(("merge-base", tip, *others), done.err)

    def require_depth(self) -> None:
        if self.boundary():
            raise CannotJudge("this is a shallow clone without the merge base of the change", DEEPEN)

    def boundary(self) -> frozenset[str]:
        """The commits of a shallow clone whose parents it left out; none where it is whole."""
        try:
            with open(os.path.join(self.common_dir, "shallow"), encoding="ascii") as file:
                return frozenset(file.read().split())
        except FileNotFoundError:
            return frozenset()

    def new_commits(self, include: Sequence[str], exclude: Sequence[str]) -> list[str]:
        """Commits reachable from `include` and not from `exclude`, parents first."""
        out = self.read("rev-list", "--reverse", "--topo-order", *include, "--not", *exclude, "--")
        return out.decode().split()

    def diff_index(self, against: str) -> Process:
        """Start comparing the index with a commit or tree: exact oids, nothing written, unmerged entries included."""
        return self.start("diff-index", "--cached", *RAW, "--ita-invisible-in-index", against, "--")

    def diff_trees(self, before: str, after: str) -> list[Touched]:
        return list(parse_raw(self.read("diff-tree", "-r", *RAW, before, after)))

    def landings(self, commit: str, *pathspecs: str) -> Iterator[tuple[str, float, str, str]]:
        """Every change of some paths along a trunk, the latest first: commit, time, path, and the object it brought.

        Only first parents count: what a merge brought came with the merge, whatever its branch did before.
        """
        form = ("--first-parent", "--diff-merges=first-parent", "--raw", "-z", "--no-renames", "--no-abbrev")
        asked = ("-c", "log.showRoot=true", "-c", "log.showSignature=false", "log", *form, "--format=%H %ct", commit)
        fields = iter(decode(self.read(*asked, "--", *pathspecs)).split("\0"))
        oid, when = "", "0"
        for field in fields:
            head = field.lstrip("\n")
            if head.startswith(":"):
                yield oid, float(when), next(fields), head.split(" ")[3]
            elif head:
                oid, _, when = head.partition(" ")

    def diff_commits(self, oids: Sequence[str]) -> dict[str, list[Touched]]:
        """What each commit touched: against its parent; for a merge, what differs from every parent."""
        listed = "".join(f"{oid}\n" for oid in oids).encode()
        out = self.read("diff-tree", "--stdin", "-r", "-c", "--root", "--always", *RAW, stdin=listed)
        return dict(_parse_commit_diffs(out, oids))


CONFIG_KEYS = (
    r"^(quantgov\..*|core\.(ignorecase|commentchar|commentstring)|commit\.cleanup"
    r"|gpg\.ssh\.program|lfs\.storage|remote\..*\.url)$"
)


def _environment() -> dict[str, str]:
    """Git before 2.45 knows no GIT_NO_LAZY_FETCH; without a protocol that is allowed it fetches nothing either.

    A graft (.git/info/grafts) hides commits as `git replace` does, and has its own switch.
    """
    return {
        **os.environ,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_GRAFT_FILE": os.devnull,
    }


def finish(process: Process) -> bytes:
    done = process.wait()
    if done.code:
        raise failed(process.argv, done.err)
    return done.out


def failed(argv: Sequence[str], err: bytes) -> CannotJudge:
    said = err.decode("utf-8", "replace").strip()
    help = MISSING if "missing" in said else ""
    return CannotJudge(f"git could not answer: {said or ' '.join(argv)}", help)


def _parse_config(out: bytes) -> dict[str, str]:
    pairs = (item.partition("\n") for item in decode(out).split("\0") if item)
    return {key: value for key, _, value in pairs}


def parse_raw(out: bytes) -> Iterator[Touched]:
    """The entries of `--raw -z` output. Raises CannotJudge on an unmerged path: there is nothing yet to judge."""
    fields = iter(out.split(b"\0"))
    for head in fields:
        if not head:
            continue
        path = decode(next(fields))
        parents = len(head) - len(head.lstrip(b":"))
        yield _touched(head.lstrip(b":").decode().split(" "), parents, path)


def _touched(fields: Sequence[str], parents: int, path: str) -> Touched:
    modes, oids, status = fields[: parents + 1], fields[parents + 1 : -1], fields[-1]
    if "U" in status:
        raise CannotJudge(f"{path!r} is unmerged", "resolve the conflict and `git add` it")
    return Touched(path, _entry(modes[0], oids[0]), _entry(modes[-1], oids[-1]))


def _entry(mode: str, oid: str) -> Entry | None:
    number = int(mode, 8)
    return Entry(number, oid) if number else None


def _parse_commit_diffs(out: bytes, oids: Sequence[str]) -> Iterator[tuple[str, list[Touched]]]:
    """`diff-tree --stdin -z` prints each commit's oid, NUL, then its entries."""
    known = frozenset(oids)
    current: list[Touched] = []
    fields = iter(out.split(b"\0"))
    for field in fields:
        if field.startswith(b":"):
            current += parse_raw(field + b"\0" + next(fields))
        elif field.decode("ascii", "replace").strip() in known:
            current = []
            yield field.decode().strip(), current
