"""A large file or a data file is committed as a plain blob.

Why: Git keeps every version of it for ever, and everybody clones them all.
Fix: track it with Git LFS, or keep it out of the repository. `lfs: {max_size, suffixes, exempt}` in quantgov.yaml
sets what counts.
"""

from __future__ import annotations

from quantgov.change import Change
from quantgov.policy import Policy, shown_size
from quantgov.rule import Example, Finding, Rule, Scope, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for each in change.touched:
        if not each.after or not each.after.is_file or change.attributes.is_lfs(each.path):
            continue
        reason = _reason(each.path, change.head.size_of(each.after.oid), policy)
        if reason:
            yield Finding(reason, each.path, help=_track(each.path), key="outside-lfs")


def _reason(path: str, size: int, policy: Policy) -> str:
    if size > policy.large_file:
        return f"{shown_size(size)} outside Git LFS (limit {shown_size(policy.large_file)})"
    suffix = next((suffix for suffix in policy.suffixes if path.lower().endswith(suffix)), "")
    return f"a {suffix} data file outside Git LFS" if suffix and size and not policy.is_lfs_exempt(path) else ""


def _track(path: str) -> str:
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    pattern = f"*{name[dot:]}" if dot > 0 else path
    return f"git lfs track {quoted(pattern)} && git add .gitattributes && git add --renormalize -- {quoted(path)}"


LIMIT = "lfs: {max_size: 1 KiB}"

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
        Example("suffixes of the team's own", policy="lfs: {suffixes: [.bin]}", files={"prices.csv": "day,close\n"}),
    ),
    rejects=(
        Example(
            "a data file",
            files={"data/PRICES.CSV": "day,close\n"},
            finds=(("a .csv data file outside Git LFS", "data/PRICES.CSV", 0, 0),),
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
    ),
)
