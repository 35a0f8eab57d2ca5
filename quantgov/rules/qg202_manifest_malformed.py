"""The data manifest of a commit is there but cannot be used to rerun anything.

Why: a period that ends before it starts, or a source without its endpoint, leads nobody back to the data.
Fix: the block's form is
    Data manifest:
    - Symbol set: SPX constituents (505 tickers)
    - Period: 2024-01-01 to 2024-12-31
    - Source: TickDB /v1/market/kline, 1h interval
    - Cache: .tickdb_cache/v3.2
"""

from __future__ import annotations

from quantgov import manifest
from quantgov.change import Commit
from quantgov.message import is_draft
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    block = manifest.find(commit.message)
    if block is None or (is_draft(commit.subject) and not commit.lands):
        return
    for problem in manifest.problems(block):
        yield Finding(problem.message, line=problem.line, column=problem.column, help=problem.help)


RULE = Rule("QG202", "manifest-malformed", Scope.COMMIT, check)
