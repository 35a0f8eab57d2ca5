"""A large file or a data file is committed as a plain blob.

Why: Git keeps every version of it for ever, and everybody clones them all, one that a later commit deletes too.
Fix: `quantgov lfs fix` gives it to Git LFS, in commits that were not pushed yet too; or keep it out of the repository.
`lfs: {max_size, suffixes, exempt}` in quantgov.yaml sets what counts. What goes through Git LFS is read from
.gitattributes as the last commit has it, for every commit of the change.
"""

from __future__ import annotations

from quantgov import lfs
from quantgov.change import Blob, Change
from quantgov.git import MODE_SYMLINK, Entry
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    blobs = list(change.history())
    change.head.measure([blob.oid for blob in blobs])
    for blob in blobs:
        if blob.mode == MODE_SYMLINK or change.attributes.is_lfs(blob.path):
            continue
        key, message = lfs.misplaced(blob.path, blob.size, policy)
        if not key or (blob.path, key) in told or (blob.commit and _adds_nothing(blob, key, change, policy)):
            continue
        told.add((blob.path, key))
        yield Finding(message, blob.path, help=_help(blob, change, policy), key=key, commit=blob.commit)


def _adds_nothing(blob: Blob, key: str, change: Change, policy: Policy) -> bool:
    """Whether what a commit brought, and a later one took back, is a pointer, base's own bytes, or base's own fault."""
    if lfs.is_stored_by_lfs(change.head, Entry(blob.mode, blob.oid)):
        return True
    if any(each.before and each.before.oid == blob.oid for each in change.touched):
        return True
    before = change.base.entry(blob.path)
    if not before or not before.is_file or lfs.is_stored_by_lfs(change.base, before):
        return False
    return lfs.misplaced(blob.path, change.base.size_of(before.oid), policy)[0] == key


def _help(blob: Blob, change: Change, policy: Policy) -> str:
    """What is staged, or in a commit that was not pushed yet, can still be moved; what was pushed is taken out."""
    if change.stage is Stage.RANGE and blob.commit:
        return f"git rebase -i {blob.commit}^, to take it out of there"
    if blob.path.endswith(".ipynb") and change.stage is Stage.COMMIT:
        return f"quantgov notebook strip -- {quoted(blob.path)}, which takes its outputs out"
    if policy.data == "no-data":
        commit = blob.commit or _brought_by(blob.path, change)
        return (
            f"git rebase -i {commit}^, to take it out of there" if commit else f"git rm --cached -- {quoted(blob.path)}"
        )
    return f"quantgov lfs fix -- {quoted(blob.path)}"


def _brought_by(path: str, change: Change) -> str:
    """The first commit of the change that has the file; none where it is only staged."""
    return next((each.oid for each in change.commits for touched in each.touched if touched.path == path), "")


LIMIT = "lfs: {max_size: 1 KiB}"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 10\n"
COMMITTED = Stage.PUSH | Stage.RANGE | Stage.RECEIVE

RULE = Rule(
    "QG501",
    "large-file-outside-lfs",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a data file in Git LFS", files={".gitattributes": "*.csv filter=lfs\n", "prices.csv": "day,close\n"}),
        Example(
            "a large file in Git LFS", policy=LIMIT, files={".gitattributes": "*.bin filter=lfs\n", "a.bin": "x" * 1025}
        ),
        Example("a file of the size allowed", policy=LIMIT, files={"a.bin": "x" * 1024}),
        Example("a sample that tests read", files={"tests/prices.csv": "day,close\n"}),
        Example("an empty data file", files={"prices.csv": ""}),
        Example("a data file goes", before={"prices.csv": "day,close\n"}, files={"prices.csv": None}),
        Example("a link to data", files={"prices.csv": "/shared/prices.csv"}, modes={"prices.csv": 0o120000}),
        Example(
            "a data file in Git LFS, deleted with the line",
            earlier=({".gitattributes": "*.csv filter=lfs\n", "prices.csv": POINTER},),
            files={".gitattributes": None, "prices.csv": None},
        ),
        Example("suffixes of the team's own", policy="lfs: {suffixes: [.bin]}", files={"prices.csv": "day,close\n"}),
    ),
    rejects=(
        Example(
            "a data file",
            files={"data/PRICES.CSV": "day,close\n"},
            finds=(("a .csv data file outside Git LFS", "data/PRICES.CSV", 0, 0),),
        ),
        Example(
            "a data file of a team that keeps data out",
            policy="data: no-data",
            files={"prices.csv": "day,close\n"},
            finds=(("a .csv data file, which the policy keeps out (data: no-data)", "prices.csv", 0, 0),),
        ),
        Example(
            "a large file of such a team",
            policy=f"data: no-data\n{LIMIT}",
            files={"Makefile": "x" * 1536},
            finds=(("1.5 KiB, over the limit of 1 KiB", "Makefile", 0, 0),),
        ),
        Example(
            "a large file",
            policy=LIMIT,
            files={"Makefile": "x" * 1536},
            finds=(("1.5 KiB outside Git LFS (limit 1 KiB)", "Makefile", 0, 0),),
        ),
        Example(
            "a large sample that tests read",
            policy=LIMIT,
            files={"tests/prices.csv": "x" * 2048},
            finds=(("2 KiB outside Git LFS (limit 1 KiB)", "tests/prices.csv", 0, 0),),
        ),
        Example(
            "a large data file",
            policy=LIMIT,
            files={"prices.csv": "x" * 2048},
            finds=(("2 KiB outside Git LFS (limit 1 KiB)", "prices.csv", 0, 0),),
        ),
        Example(
            "added and deleted again",
            earlier=({"prices.csv": "day,close\n"},),
            files={"prices.csv": None},
            stages=COMMITTED,
            finds=(("a .csv data file outside Git LFS", "prices.csv", 0, 0),),
        ),
        Example(
            "large in an earlier commit, and shrunk",
            policy=LIMIT,
            earlier=({"Makefile": "x" * 1536}, {"Makefile": "x" * 2048}),
            files={"Makefile": "x"},
            stages=COMMITTED,
            finds=(("1.5 KiB outside Git LFS (limit 1 KiB)", "Makefile", 0, 0),),
        ),
    ),
)
