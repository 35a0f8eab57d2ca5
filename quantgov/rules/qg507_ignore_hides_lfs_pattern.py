"""A pattern in .gitignore hides files that .gitattributes gives to Git LFS.

Why: one file says "keep it", the other "never look at it": `git add results/x.csv` fails, and results are lost.
Fix: take one of the two lines out, or anchor the ignored folder (`/data/`).
"""

from __future__ import annotations

from quantgov import lfs
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for conflict in lfs.hidden_patterns(change, policy):
        yield Finding(
            f"{conflict.pattern!r} goes to Git LFS ({conflict.attributes}), but {conflict.ignored!r} here ignores {conflict.sample}",
            conflict.source,
            conflict.line,
            1,
            help=f"take {conflict.ignored!r} out of {conflict.source}, or add the line !{conflict.pattern}",
            key=f"{conflict.pattern} {conflict.ignored}",
        )


RULE = Rule("QG507", "ignore-hides-lfs-pattern", Scope.CHANGE, check, level=Level.WARN)
