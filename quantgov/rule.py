"""What a rule is, what it finds, and what became of it."""

from __future__ import annotations

import enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from quantgov.change import Blob, Change, Commit
    from quantgov.policy import Policy

    Judged = Iterable["Finding | Unjudged"]
    Check = Callable[[Blob, Policy], Judged] | Callable[[Commit, Policy], Judged] | Callable[[Change, Policy], Judged]
    Examples = tuple["Example", ...] | Callable[[], tuple["Example", ...]]
    Sift = Callable[[list["Finding"], Change, Policy], list["Finding"]]


DEFAULT_AUTHOR = "Alice <alice@fund.com>"
"""Who makes the commits of examples."""


class Stage(enum.Flag):
    """When a change is judged. Each entrance has one; the registry says at which of them a rule runs."""

    COMMIT = enum.auto()
    MESSAGE = enum.auto()
    PUSH = enum.auto()
    RANGE = enum.auto()
    RECEIVE = enum.auto()
    SNAPSHOT = enum.auto()


class Level(enum.IntEnum):
    """How much a finding weighs: it blocks (exit 1), warns (shown at the hook) or advises (shown by `check`)."""

    ADVISE = 1
    WARN = 2
    BLOCK = 3


class Scope(enum.Enum):
    """What a rule judges at a time."""

    BLOB = "blob"
    """One file's path, mode and bytes: a pure function, so its verdict is cached and runs in parallel."""
    HISTORY = "history"
    """A blob rule that also judges every blob a range's commits brought: adding and deleting it still uploads it."""
    COMMIT = "commit"
    """One commit: its message and the paths it touched."""
    CHANGE = "change"
    """The change as a whole: base against head."""


class Origin:
    """The first commit that brought a content, by whom, and whether a remote branch still reaches that content."""

    __slots__ = ("author", "commit", "date", "path", "pushed")

    def __init__(self, commit: str, author: str, date: str, path: str, *, pushed: bool) -> None:
        self.commit = commit
        self.author = author
        self.date = date
        self.path = path
        self.pushed = pushed

    def __str__(self) -> str:
        return f"since commit {self.commit[:10]} by {self.author}, {self.date}; {self._where()}"

    def _where(self) -> str:
        return "a remote branch still reaches it" if self.pushed else "no remote branch known here reaches it"


class Finding:
    """One fault. The engine adds code, level and fingerprint.

    `line` and `column` count from 1, 0 where they make no sense. `key` takes the message's place in the
    fingerprint where the message changes though the fault is the same, or is the same though the fault changes.
    `identity` is the fingerprint itself, for a fault that is the same wherever it stands: a secret is.
    `origin` says where what a whole history holds came from: its first commit, by whom, and whether it was pushed.
    `text` is the line itself, from the very version of the file that was judged, where it may hold a waiver.
    """

    __slots__ = ("column", "commit", "help", "identity", "key", "line", "message", "origin", "path", "text")

    def __init__(
        self,
        message: str,
        path: str = "",
        line: int = 0,
        column: int = 0,
        help: str = "",
        key: str = "",
        commit: str = "",
        identity: str = "",
    ) -> None:
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.help = help
        self.key = key
        self.commit = commit
        self.identity = identity
        self.origin: Origin | None = None
        self.text = b""


class Unjudged:
    """Something a rule could not look at, and why: it is reported as skipped, never as clean.

    A hook mentions it only where it is `loud`: a picture is not scanned for keys every day, a huge text is news.
    """

    __slots__ = ("loud", "path", "reason")

    def __init__(self, reason: str, path: str = "", *, loud: bool = False) -> None:
        self.reason = reason
        self.path = path
        self.loud = loud


class Example:
    """A change that a rule accepts or rejects; judged from memory and from a real repository.

    `before` is the trunk's tree. `earlier` and then `files` are laid over it, a commit each; None deletes a path.
    `policy` is the trunk's quantgov.yaml without its version line. No `branch` means a detached HEAD, or a tag.
    `created`: there is no trunk yet. `deleted`: the branch is being deleted. `stages` narrows those of the rule.
    `finds` are the exact findings, (message, path, line, column) of each; `skips` is what is left unjudged, and why.
    `now` is when it lands, as YYYY-MM-DD, for what depends on the day.
    """

    __slots__ = (
        "author", "before", "branch", "created", "deleted", "earlier", "files", "finds", "merge", "message", "modes",
        "now", "policy", "skips", "stages", "title",
    )  # fmt: skip

    def __init__(
        self,
        title: str,
        *,
        files: Mapping[str, str | bytes | None] | None = None,
        before: Mapping[str, str | bytes] | None = None,
        earlier: tuple[Mapping[str, str | bytes | None], ...] = (),
        modes: Mapping[str, int] | None = None,
        message: str = "feat: add momentum filter",
        branch: str = "strategy/momentum",
        author: str = DEFAULT_AUTHOR,
        merge: bool = False,
        created: bool = False,
        deleted: bool = False,
        policy: str = "",
        now: str = "",
        stages: Stage | None = None,
        finds: tuple[tuple[str, str, int, int], ...] = (),
        skips: str = "",
    ) -> None:
        self.title = title
        self.files = files or {}
        self.before = before or {}
        self.earlier = earlier
        self.modes = modes or {}
        self.message = message
        self.branch = branch
        self.author = author
        self.merge = merge
        self.created = created
        self.deleted = deleted
        self.policy = policy
        self.now = now
        self.stages = stages
        self.finds = finds
        self.skips = skips


class Rule:
    """A code, the name of the fault, and a check. The module's docstring is its documentation.

    `check` takes a Blob, a Commit or a Change, as `scope` says, and the policy. `sift` keeps those of its findings
    that still are faults where the whole change is known: a blob alone does not tell what the trunk has.
    `live` is the level where code trades: below `paths.live`, and in the folder of a strategy that is live.
    Examples that cost something to make are given as a function: a hook never asks for them.
    """

    __slots__ = ("_accepts", "_rejects", "check", "code", "level", "live", "name", "scope", "sift")

    def __init__(
        self,
        code: str,
        name: str,
        scope: Scope,
        check: Check,
        *,
        level: Level = Level.BLOCK,
        live: Level | None = None,
        sift: Sift | None = None,
        accepts: Examples = (),
        rejects: Examples = (),
    ) -> None:
        self.code = code
        self.name = name
        self.scope = scope
        self.check = check
        self.level = level
        self.live = live
        self.sift = sift
        self._accepts = accepts
        self._rejects = rejects

    @property
    def accepts(self) -> tuple[Example, ...]:
        if not isinstance(self._accepts, tuple):
            self._accepts = self._accepts()
        return self._accepts

    @property
    def rejects(self) -> tuple[Example, ...]:
        if not isinstance(self._rejects, tuple):
            self._rejects = self._rejects()
        return self._rejects

    def judge(self, subject: Blob | Commit | Change, policy: Policy) -> Judged:
        return self.check(subject, policy)  # type: ignore[arg-type]  # `scope` says which of the three it takes


class Ruling:
    """A finding with all that the engine knows of it."""

    __slots__ = ("code", "finding", "fingerprint", "level", "name", "old", "waived")

    def __init__(
        self, rule: Rule, finding: Finding, level: Level, fingerprint: str, *, old: bool = False, waived: str = ""
    ) -> None:
        self.code = rule.code
        self.name = rule.name
        self.finding = finding
        self.level = level
        self.fingerprint = fingerprint
        self.old = old
        self.waived = waived

    @property
    def blocks(self) -> bool:
        return self.level is Level.BLOCK and not self.old and not self.waived


class Outcome:
    """What became of one rule: Passed, Failed, Skipped or Broke. Never a bool: a skip must not read as a pass."""

    __slots__ = ("code", "name")
    status = ""

    def __init__(self, rule: Rule) -> None:
        self.code = rule.code
        self.name = rule.name


class Passed(Outcome):
    """Nothing found in `judged` blobs, commits or changes."""

    __slots__ = ("judged",)
    status = "passed"

    def __init__(self, rule: Rule, judged: int) -> None:
        super().__init__(rule)
        self.judged = judged


class Failed(Outcome):
    __slots__ = ("judged", "rulings", "unjudged")
    status = "failed"

    def __init__(self, rule: Rule, judged: int, rulings: tuple[Ruling, ...], unjudged: tuple[Unjudged, ...]) -> None:
        super().__init__(rule)
        self.judged = judged
        self.rulings = rulings
        self.unjudged = unjudged


class Skipped(Outcome):
    """Nothing found, but some of what there was to judge was passed over."""

    __slots__ = ("judged", "unjudged")
    status = "skipped"

    def __init__(self, rule: Rule, unjudged: tuple[Unjudged, ...], judged: int = 0) -> None:
        super().__init__(rule)
        self.judged = judged
        self.unjudged = unjudged


class Broke(Outcome):
    """The rule itself crashed: the change is blocked, since nothing is known of it."""

    __slots__ = ("error", "trace")
    status = "broke"

    def __init__(self, rule: Rule, error: str, trace: str) -> None:
        super().__init__(rule)
        self.error = error
        self.trace = trace


def quoted(path: str) -> str:
    """A path as a shell takes it, for the commands that findings advise."""
    from shlex import quote

    return quote(path)


def restoring(path: str, trunk: str) -> str:
    """The command that brings a file back as the trunk has it, staged or committed away alike."""
    return f"git restore --source={trunk} --staged --worktree {quoted(path)}"
