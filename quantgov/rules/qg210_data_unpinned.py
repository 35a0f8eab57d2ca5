"""A backtest names where its data lay, and nothing that tells whether they still are the same.

Why: a cache such as .tickdb_cache/v3.2 is ignored by Git, has no version and is fetched anew after an hour.
Fix: `quantgov manifest draft PATH` prints the block with `Digest:`; `quantgov manifest snapshot NAME PATH` gives the
data a name and a version for `Dataset:`. A result record with a digest beside the message will do too.
"""

from __future__ import annotations

from quantgov import manifest
from quantgov.change import Commit
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "data-unpinned"
FAULT = "has no version: nothing tells whether it still holds what was run on"
HELP = "quantgov manifest draft PATH, which prints the block with the digest of the data"


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    block = manifest.find(commit.message)
    if not manifest.is_judged(commit, policy) or (not block and not any(manifest.results(commit, policy))):
        return
    from quantgov import provenance

    said = manifest.facts(commit.message)
    found = [each for each in provenance.of_runs(commit, policy) if provenance.is_complete(each.data)]
    if any(_is_pinned(each.data) for each in found) or _is_pinned(said):
        return
    if block and said:
        line = manifest.line_of(block, "cache")
        yield Finding(f"{said['cache']} {FAULT}", line=line.number, column=line.column, help=HELP, key=NAME)
    elif not block:
        for each in found:
            yield Finding(f"{each.data['cache']} {FAULT}", each.path, *each.place("data", "cache"), help=HELP, key=NAME)


def _is_pinned(facts: Mapping[str, object]) -> bool:
    """Whether it names a state of the data, or a run that had none."""
    source = facts.get("source")
    has_none = isinstance(source, dict) and source.get("vendor") == source.get("endpoint") == "none"
    return has_none or "digest" in facts or "dataset" in facts


SUBJECT = "backtest: gap v1 on SPX"
BLOCK = """

Data manifest:
- Symbol set: SPX (505 tickers)
- Period: 2024-01-01 to 2024-12-31
- Source: TickDB /v1/market/kline, 1h interval
- Cache: .tickdb_cache/v3.2
"""
DIGEST = "sha256:" + "3f" * 32
PATH = "results/gap/2026-11-20_multi_gap_v1.yaml"
RECORD = """\
experiment_id: exp_001
strategy: gap
data:
  symbol_set: {name: SPX, count: 505}
  period: {start: 2024-01-01, end: 2024-12-31}
  source: {vendor: TickDB, endpoint: /v1/market/kline, interval: 1h}
  cache: .tickdb_cache/v3.2
"""
PINNED = {PATH: f"{RECORD}  digest: {DIGEST}\n"}
MESSAGE = ".tickdb_cache/v3.2 has no version: nothing tells whether it still holds what was run on"

RULE = Rule(
    "QG210",
    NAME,
    Scope.COMMIT,
    check,
    level=Level.WARN,
    accepts=(
        Example("a digest", message=f"{SUBJECT}{BLOCK}- Digest: {DIGEST}\n"),
        Example("a dataset", message=f"{SUBJECT}{BLOCK}- Dataset: us-equity-1h@v3.2\n"),
        Example("no data at all", message=SUBJECT + BLOCK.replace("TickDB /v1/market/kline", "none none")),
        Example("a digest in the record", message=SUBJECT + BLOCK, files=PINNED),
        Example("no message, and a record with a digest", files=PINNED),
        Example("results without a manifest", files={"results/gap.csv": "day,pnl\n"}),
        Example("a manifest that cannot be read", message=SUBJECT + BLOCK + "- Rows: many\n"),
        Example("no backtest", files={"src/gap.py": "x = 1\n"}),
        Example("work in progress", message=f"wip: gap{BLOCK}", stages=Stage.MESSAGE | Stage.PUSH),
    ),
    rejects=(
        Example("a cache", message=SUBJECT + BLOCK, finds=((MESSAGE, "", 7, 10),)),
        Example("a cache in a record", files={PATH: RECORD}, finds=((MESSAGE, PATH, 7, 10),)),
    ),
)
