"""A pattern in .gitignore hides files that .gitattributes gives to Git LFS.

Why: one file says "keep it", the other "never look at it": `git add results/x.csv` fails, and results are lost.
Fix: take one of the two lines out, or anchor the ignored folder (`/data/`).
"""

from __future__ import annotations

from quantgov import lfs
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for conflict in lfs.hidden_patterns(change, policy):
        yield Finding(
            f"hides {conflict.hidden()} from Git LFS: {conflict.ignored!r} ignores {conflict.sample}",
            conflict.source,
            conflict.line,
            1,
            help=f"take {conflict.ignored!r} out of {conflict.source}, or what it hides out of .gitattributes",
            key=conflict.ignored,
        )


ATTRIBUTES = "*.csv filter=lfs diff=lfs merge=lfs -text\n"
S0_ATTRIBUTES = """\
*.csv filter=lfs diff=lfs merge=lfs -text
*.parquet filter=lfs diff=lfs merge=lfs -text
data/**/*.json filter=lfs diff=lfs merge=lfs -text
"""
SUFFIXES = ("csv", "h5", "npy", "npz", "parquet")
S0_IGNORES = """\
# .gitignore
.env
.tickdb_cache/
__pycache__/
*.pyc
results/
*.parquet
"""

RULE = Rule(
    "QG507",
    "ignore-hides-lfs-pattern",
    Scope.CHANGE,
    check,
    level=Level.WARN,
    accepts=(
        Example(
            "nothing ignored that Git LFS keeps", files={".gitattributes": ATTRIBUTES, ".gitignore": "*.pyc\n/data/\n"}
        ),
        Example(
            "neither file touched",
            before={".gitattributes": ATTRIBUTES, ".gitignore": "*.csv\n"},
            files={"a.md": "x\n"},
        ),
        Example("ignored and let in again", files={".gitattributes": ATTRIBUTES, ".gitignore": "*.csv\n!*.csv\n"}),
        Example(
            "ignored where Git LFS does not keep it",
            files={".gitattributes": ATTRIBUTES + "results/*.csv -filter\n", ".gitignore": "results/\n"},
        ),
    ),
    rejects=(
        Example(
            "the two files of a guide (S0)",
            files={".gitattributes": S0_ATTRIBUTES, ".gitignore": S0_IGNORES},
            finds=(
                (
                    "hides '*.csv' (.gitattributes:1) from Git LFS: 'results/' ignores results/x.csv",
                    ".gitignore",
                    6,
                    1,
                ),
                (
                    "hides '*.parquet' (.gitattributes:2) from Git LFS: '*.parquet' ignores x.parquet",
                    ".gitignore",
                    7,
                    1,
                ),
            ),
        ),
        Example(
            "a pattern of one folder",
            before={".gitattributes": "data/**/*.json filter=lfs\n"},
            files={".gitignore": "data/\n"},
            finds=(
                (
                    "hides 'data/**/*.json' (.gitattributes:1) from Git LFS: 'data/' ignores data/x/x.json",
                    ".gitignore",
                    1,
                    1,
                ),
            ),
        ),
        Example(
            "one line that hides five patterns",
            before={".gitattributes": "".join(f"*.{suffix} filter=lfs\n" for suffix in SUFFIXES)},
            files={".gitignore": "/results/\n"},
            finds=(
                (
                    "hides '*.csv' (.gitattributes:1), '*.h5' (.gitattributes:2), '*.npy' (.gitattributes:3) "
                    "and 2 more from Git LFS: '/results/' ignores results/x.csv",
                    ".gitignore",
                    1,
                    1,
                ),
            ),
        ),
    ),
)
