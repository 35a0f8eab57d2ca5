"""A strategy in production pins something to whatever is newest.

Why: a library or a list of symbols that changes by itself changes what runs, and nobody has tested or signed that.
Fix: name one version: of the signal library, and for each data source api_version, symbol_list and
timestamp_convention. Judged while a strategy is in production or suspended; its gate is QG602's, and a pin that is
missing altogether is QG401's.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNING = ("production", "suspended")


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.after and move.reached in RUNNING and not move.is_judged_at_gate(change):
            from quantgov import pins

            for each in pins.floating(move.after):
                yield Finding(each.message, move.after.path, each.line, each.column, each.help, each.key)


PATH = "strategies/gap/passport.yaml"
PASSPORT = """\
strategy_id: STR-2026-0001
version: v1.0.0
status: production
data_sources:
  - source: TickDB
    api_version: v1
    symbol_list: universe/2026-01.csv
    timestamp_convention: utc-ms
deployment:
  signal_version: lib/signals/v2.1
"""
FLOATS = PASSPORT.replace("signals/v2.1", "signals/latest")
NEWEST = (
    "signal_version of the signal library is lib/signals/latest, which stands for whatever is newest", PATH, 10, 19,
)  # fmt: skip

RULE = Rule(
    "QG403",
    "version-unpinned",
    Scope.CHANGE,
    check,
    accepts=(
        Example("all pinned", files={PATH: PASSPORT}),
        Example("not yet in production", files={PATH: FLOATS.replace("production", "validation")}),
        Example("a passport goes", before={PATH: FLOATS}, files={PATH: None}),
        Example("no passport", files={"strategies/gap/params.yaml": "version: latest\n"}),
        Example(
            "a pin that is missing is QG401's",
            before={PATH: PASSPORT},
            files={PATH: PASSPORT.replace("    api_version: v1\n", "")},
        ),
        Example(
            "at the gate it is QG602's", before={PATH: FLOATS.replace("production", "validation")}, files={PATH: FLOATS}
        ),
    ),
    rejects=(
        Example("what runs, with the newest library", files={PATH: FLOATS}, stages=Stage.SNAPSHOT, finds=(NEWEST,)),
        Example("to the newest library", before={PATH: PASSPORT}, files={PATH: FLOATS}, finds=(NEWEST,)),
        Example(
            "suspended, with any version of an API",
            before={PATH: PASSPORT},
            files={PATH: PASSPORT.replace("production", "suspended").replace("v1\n", "'>=1'\n")},
            finds=(("api_version of TickDB is >=1, which stands for whatever is newest", PATH, 6, 18),),
        ),
    ),
)
