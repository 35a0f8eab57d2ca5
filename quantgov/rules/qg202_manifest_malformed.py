"""The data manifest of a commit is there but cannot be used to rerun anything.

Why: a period that ends before it starts, a source without its endpoint, or a day of fetching before the data's own
days leads nobody back to the data.
Fix: the block's form is
    Data manifest:
    - Symbol set: SPX constituents (505 tickers)
    - Period: 2024-01-01 to 2024-12-31
    - Source: TickDB /v1/market/kline, 1h interval
    - Cache: .tickdb_cache/v3.2
and, where they are known, `As of`, `Rows`, `Digest` and `Dataset`. Where symbols are missing: (498 of 505 tickers).
"""

from __future__ import annotations

from quantgov import manifest
from quantgov.change import Commit
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    block = manifest.find(commit.message)
    if block is None or not manifest.is_judged(commit, policy):
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
DIGEST = f"- Digest: sha256:{'3f' * 32}\n"
OPTIONAL = f"- As of: 2025-01-02T09:30:00Z\n- Rows: 1,234,567\n{DIGEST}- Dataset: us-equity-1h@v3.2\n"

RULE = Rule(
    "QG202",
    "manifest-malformed",
    Scope.COMMIT,
    check,
    accepts=(
        Example("all four lines", message=BLOCK + CACHE),
        Example("a line more that it knows", message=BLOCK + CACHE + "- Rows: 1,234,567\n"),
        Example("all that it may say", message=BLOCK + CACHE + OPTIONAL),
        Example("a part of the symbols", message=BLOCK.replace("505", "498 of 505") + CACHE),
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
            "more symbols than there should be",
            message=BLOCK.replace("505", "510 of 505") + CACHE,
            finds=(("Symbol set: 510 of 505 is more than there should be", "", 4, 15),),
        ),
        Example(
            "fetched before its own end",
            message=BLOCK + CACHE + "- As of: 2024-06-30\n",
            finds=(("As of: 2024-06-30 is before the period's end, 2024-12-31", "", 8, 10),),
        ),
        Example(
            "a dataset without its version",
            message=BLOCK + CACHE + "- Dataset: us-equity-1h\n",
            finds=(("Dataset: 'us-equity-1h' is not <name>@<version>", "", 8, 12),),
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
