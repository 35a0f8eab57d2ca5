"""A tracked file is also ignored.

Why: git goes on tracking it, but a colleague's `git add` of its neighbours fails without a word.
Fix: `git rm --cached` it if it should not be in Git, or take it out of .gitignore if it should.
"""

from __future__ import annotations

from quantgov import lfs
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for path in lfs.affected(change, ".gitignore"):
        match = change.ignores.match(path) if change.head.entry(path) else None
        if match:
            yield Finding(
                f"tracked, yet ignored by {match.pattern!r} ({match.source}:{match.line})",
                path,
                help=f"git rm --cached -- {quoted(path)}, or take it out of {match.source}",
                key="tracked-but-ignored",
            )


IGNORES = {".gitignore": "# built\nresults/\n"}
GAP = "results/gap.csv"

RULE = Rule(
    "QG503",
    "tracked-but-ignored",
    Scope.CHANGE,
    check,
    level=Level.WARN,
    accepts=(
        Example("a file that no line ignores", files={**IGNORES, "gap.csv": "day,pnl\n"}),
        Example("the file goes", before={**IGNORES, GAP: "day,pnl\n"}, files={GAP: None}),
        Example("the line goes", before={**IGNORES, GAP: "day,pnl\n"}, files={".gitignore": "# built\n"}),
    ),
    rejects=(
        Example(
            "a file added by force",
            files={**IGNORES, GAP: "day,pnl\n"},
            finds=(("tracked, yet ignored by 'results/' (.gitignore:2)", GAP, 0, 0),),
        ),
        Example(
            "a line added over a file that is there",
            before={GAP: "day,pnl\n", "gap.csv": "day,pnl\n"},
            files=IGNORES,
            finds=(("tracked, yet ignored by 'results/' (.gitignore:2)", GAP, 0, 0),),
        ),
    ),
)
