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
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    block = manifest.find(commit.message)
    if block is None or (is_draft(commit.subject) and not policy.lands(commit)):
        return
    for problem in manifest.problems(block):
        yield Finding(problem.message, line=problem.line, column=problem.column, help=problem.help)


BLOCK = """\
backtest: mean-reversion v3 on 2024 US equity data

Data manifest:
- Symbol set: SPX constituents (505 tickers)
- Period: 2024-01-01 to 2024-12-31
- Source: TickDB /v1/market/kline, 1h interval
"""
CACHE = "- Cache: .tickdb_cache/v3.2\n"

RULE = Rule(
    "QG202",
    "manifest-malformed",
    Scope.COMMIT,
    check,
    accepts=(
        Example("all four lines", message=BLOCK + CACHE),
        Example("a line more that it knows", message=BLOCK + CACHE + "- Rows: 1,234,567\n"),
        Example("no manifest", message="feat: add momentum filter"),
        Example("work in progress", message="wip: gap\n\nData manifest:\n", stages=Stage.MESSAGE | Stage.PUSH),
    ),
    rejects=(
        Example("a line is missing", message=BLOCK, finds=(("the data manifest has no 'Cache'", "", 3, 1),)),
        Example(
            "the template as it was put in",
            message=BLOCK + "- Cache: <path>/<version>\n",
            finds=(("Cache is not filled in", "", 7, 10),),
        ),
        Example(
            "a misspelt line",
            message=BLOCK + CACHE + "- Digets: sha256\n",
            finds=(("'Digets' is no line of a data manifest; did you mean 'Digest'?", "", 8, 11),),
        ),
        Example(
            "a line that its schema refuses",
            message=BLOCK + CACHE + "- Rows: 0\n",
            finds=(("Rows: rows is 0; it must be at least 1", "", 8, 9),),
        ),
        Example(
            "work in progress that would land",
            policy="merge: merge",
            message="wip: gap\n\nData manifest:\n- Cache: x\n",
            stages=Stage.RANGE,
            finds=(
                ("the data manifest has no 'Period'", "", 3, 1),
                ("the data manifest has no 'Source'", "", 3, 1),
                ("the data manifest has no 'Symbol set'", "", 3, 1),
            ),
        ),
    ),
)
