"""A file that .gitattributes gives to Git LFS is stored as a plain blob, or a pointer is left without its line.

Why: every clone then says "should have been pointers, but weren't", and the file weighs on Git for ever; a pointer
that no line gives to Git LFS is checked out as three lines of text in place of the data.
Fix: `quantgov lfs fix` makes the staged file a pointer, or puts the missing line into .gitattributes; where that file
went as a whole, `git restore --source=HEAD --staged --worktree .gitattributes` brings it back.
"""

from __future__ import annotations

from quantgov import lfs
from quantgov.attributes import Attributes
from quantgov.change import Blob, Change
from quantgov.git import Entry
from quantgov.lfs import LEFT, PLAIN
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, quoted, restoring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    yield from _plain(change)
    yield from _plain_before(change)
    yield from _left_behind(change, policy)


def _plain(change: Change) -> Iterator[Finding]:
    for path in lfs.affected(change):
        entry = change.head.entry(path)
        if entry and entry.is_file and _is_plain(change, path, entry):
            yield Finding(PLAIN, path, help=f"quantgov lfs fix -- {quoted(path)}", key="plain-blob")


def _plain_before(change: Change) -> Iterator[Finding]:
    """What a later commit put right is in the history all the same."""
    brought = [blob for blob in change.history() if blob.commit] if change.commits else []
    given = {path for path in {blob.path for blob in brought} if change.attributes.is_lfs(path)}
    told: set[str] = set()
    for blob in brought:
        entry = Entry(blob.mode, blob.oid)
        if blob.path not in given or blob.path in told or not entry.is_file or not _is_plain(change, blob.path, entry):
            continue
        now = change.head.entry(blob.path)
        if (now and _is_plain(change, blob.path, now)) or _is_old(change, blob):
            continue
        told.add(blob.path)
        yield Finding(
            PLAIN, blob.path, help=_help(change, blob.path, blob.commit), key="plain-blob", commit=blob.commit
        )


def _is_old(change: Change, blob: Blob) -> bool:
    """Whether base holds these bytes, or a plain file in this place: then the commit brought no new kind of weight."""
    if any(each.before and each.before.oid == blob.oid for each in change.touched):
        return True
    before = change.base.entry(blob.path)
    return bool(before and before.is_file and not lfs.is_stored_by_lfs(change.base, before))


def _help(change: Change, path: str, commit: str) -> str:
    if change.stage is Stage.RANGE:
        return f"git rebase -i {commit}^, to take it out of there"
    return f"quantgov lfs fix -- {quoted(path)}"


def _is_plain(change: Change, path: str, entry: Entry) -> bool:
    return change.attributes.is_lfs(path) and not lfs.is_stored_by_lfs(change.head, entry)


def _left_behind(change: Change, policy: Policy) -> Iterator[Finding]:
    """Pointers that this change brought without a line for them, or took the line away from."""
    before = Attributes(change.base.read_file, change.ignorecase)
    entries = {
        path: entry for path in _without_line(change, before) if (entry := change.head.entry(path)) and entry.is_file
    }
    change.head.measure([entry.oid for entry in entries.values()])
    for path, entry in entries.items():
        if change.head.size_of(entry.oid) in lfs.SIZES and lfs.is_pointer(change.head.content(entry.oid)):
            help = (before.is_lfs(path) and _restoring(path, change, policy)) or f"quantgov lfs fix -- {quoted(path)}"
            yield Finding(LEFT, path, help=help, key="pointer-without-line")


def _without_line(change: Change, before: Attributes) -> list[str]:
    touched = {each.path for each in change.touched if each.after}
    if any(path.rpartition("/")[2] == ".gitattributes" for path in (each.path for each in change.touched)):
        touched.update(path for path in lfs.affected(change) if before.is_lfs(path))
    return sorted(path for path in touched if not change.attributes.is_lfs(path))


def _restoring(path: str, change: Change, policy: Policy) -> str:
    """The command that brings the file of a line back; empty where it is there, or no revision to name has it."""
    is_staged = change.stage is Stage.COMMIT
    source, tree = ("HEAD", change.base) if is_staged else (policy.protected[0], change.authority)
    names = (each.path for each in change.touched if not each.after and tree.entry(each.path))
    files = (name for name in names if name.rpartition("/")[2] == ".gitattributes")
    return next((restoring(name, source) for name in files if path.startswith(name.removesuffix(".gitattributes"))), "")


LFS = {".gitattributes": "*.csv filter=lfs diff=lfs merge=lfs -text\n"}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\n"
WHOLE = POINTER + "size 10\n"
COMMITTED = Stage.PUSH | Stage.RANGE | Stage.RECEIVE

RULE = Rule(
    "QG502",
    "lfs-pattern-stored-as-blob",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a pointer", files={**LFS, "prices.csv": WHOLE}),
        Example("an empty file", before=LFS, files={"prices.csv": ""}),
        Example("a file that no line gives to Git LFS", before=LFS, files={"prices.txt": "day,close\n"}),
        Example("a link", before=LFS, files={"prices.csv": "/shared/prices.csv"}, modes={"prices.csv": 0o120000}),
        Example("the file goes", before={**LFS, "prices.csv": "day,close\n"}, files={"prices.csv": None}),
        Example(
            "line and pointer go together",
            before={**LFS, "prices.csv": WHOLE},
            files={".gitattributes": None, "prices.csv": None},
        ),
        Example(
            "the line goes, and the data comes back",
            before={**LFS, "prices.csv": WHOLE},
            files={".gitattributes": None, "prices.csv": "day,close\n"},
        ),
        Example("text about as long as a pointer", files={"notes.md": "x" * len(WHOLE)}),
        Example(
            "plain in an earlier commit, as the trunk has it",
            before={"prices.csv": "day,close\n"},
            earlier=({"prices.csv": "day,close\n1,2\n"},),
            files={**LFS, "prices.csv": WHOLE},
            stages=COMMITTED,
        ),
        Example(
            "moved in an earlier commit, as the trunk has it elsewhere",
            before={"prices.csv": "day,close\n"},
            earlier=({"prices.csv": None, "data.csv": "day,close\n"},),
            files={**LFS, "data.csv": WHOLE},
            stages=COMMITTED,
        ),
    ),
    rejects=(
        Example("a plain file", files={**LFS, "prices.csv": "day,close\n"}, finds=((PLAIN, "prices.csv", 0, 0),)),
        Example("a broken pointer", before=LFS, files={"prices.csv": POINTER}, finds=((PLAIN, "prices.csv", 0, 0),)),
        Example(
            "a line added over files that are there",
            before={"data/prices.csv": "day,close\n", "prices.csv": "day,close\n"},
            files={"data/.gitattributes": "*.csv filter=lfs\n"},
            finds=((PLAIN, "data/prices.csv", 0, 0),),
        ),
        Example(
            "plain in an earlier commit",
            earlier=({"notes.md": "x\n", "prices.csv": "day,close\n"},),
            files={**LFS, "notes.md": None, "prices.csv": WHOLE},
            stages=COMMITTED,
            finds=((PLAIN, "prices.csv", 0, 0),),
        ),
        Example(
            "the line goes, the pointer stays",
            before={**LFS, "a.md": "x\n", "prices.csv": WHOLE},
            files={".gitattributes": None},
            finds=((LEFT, "prices.csv", 0, 0),),
        ),
        Example("a pointer whose line was forgotten", files={"model.bin": WHOLE}, finds=((LEFT, "model.bin", 0, 0),)),
    ),
)
