"""A file that .gitattributes gives to Git LFS is stored as a plain blob.

Why: every clone then says "should have been pointers, but weren't", and the file weighs on Git for ever.
Fix: `git lfs install --skip-repo`, then `git add --renormalize` the file.
"""

from __future__ import annotations

from quantgov import lfs
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for path in lfs.affected(change):
        entry = change.head.entry(path)
        if entry and entry.is_file and change.attributes.is_lfs(path) and not lfs.is_stored_by_lfs(change.head, entry):
            yield Finding(
                "given to Git LFS by .gitattributes, but stored as a plain blob",
                path,
                help=f"git lfs install --skip-repo && git add --renormalize -- {quoted(path)}",
                key="plain-blob",
            )


LFS = {".gitattributes": "*.csv filter=lfs diff=lfs merge=lfs -text\n"}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\n"
PLAIN = "given to Git LFS by .gitattributes, but stored as a plain blob"

RULE = Rule(
    "QG502",
    "lfs-pattern-stored-as-blob",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a pointer", files={**LFS, "prices.csv": POINTER + "size 10\n"}),
        Example("an empty file", before=LFS, files={"prices.csv": ""}),
        Example("a file that no line gives to Git LFS", before=LFS, files={"prices.txt": "day,close\n"}),
        Example("a link", before=LFS, files={"prices.csv": "/shared/prices.csv"}, modes={"prices.csv": 0o120000}),
        Example("the file goes", before={**LFS, "prices.csv": "day,close\n"}, files={"prices.csv": None}),
        Example("the lines go", before={**LFS, "prices.csv": POINTER + "size 10\n"}, files={".gitattributes": None}),
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
    ),
)
