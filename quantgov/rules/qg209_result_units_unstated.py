"""A result record does not say in which unit its costs are, or by which convention its Sharpe ratio was computed.

Why: slippage of 5 is five basis points to one reader and five percent to another, and of one series of returns the
geometric, the arithmetic and the 365-day Sharpe ratio differ by a factor of two: such results cannot be compared.
Fix: name the unit (`slippage_bps`, `commission_per_share`), and log `convention=` with sharpe, periods_per_year,
risk_free_rate and ddof.
"""

from __future__ import annotations

from quantgov import record
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    found = record.of_blob(blob, policy)
    if found is None:
        return
    from quantgov import results

    for message, pointer, help in results.unstated(found):
        yield Finding(message, blob.path, *found.place(*pointer), help=help)


PATH = "results/gap/2024-03-10_aapl_gap_v2.yaml"
RECORD = """\
experiment_id: exp_2024_03_10_aapl_v2
strategy: gap
parameters: {}
backtest_config:
  slippage_bps: 5
results:
  sharpe_ratio: 1.45
metric_convention: {sharpe: geometric, periods_per_year: 252, risk_free_rate: 0, ddof: 1}
"""
UNIT = "does not say its unit: a fraction, basis points, or money a share"

RULE = Rule(
    "QG209",
    "result-units-unstated",
    Scope.BLOB,
    check,
    level=Level.ADVISE,
    accepts=(
        Example("units and convention", files={PATH: RECORD}),
        Example(
            "no Sharpe ratio, no convention",
            files={PATH: RECORD.replace("sharpe_ratio", "total_return").partition("metric_convention")[0]},
        ),
        Example("no record", files={PATH: "slippage: 0.0005\n", "docs/costs.yaml": "slippage: 5\n"}),
    ),
    rejects=(
        Example(
            "a fraction, it seems",
            files={PATH: RECORD.replace("slippage_bps: 5", "slippage: 0.0005")},
            finds=((f"slippage {UNIT}", PATH, 5, 13),),
        ),
        Example(
            "dollars or basis points",
            files={PATH: RECORD.replace("slippage_bps", "commission")},
            finds=((f"commission {UNIT}", PATH, 5, 15),),
        ),
        Example(
            "a Sharpe ratio of any kind",
            files={PATH: RECORD.partition("metric_convention")[0]},
            finds=(("sharpe_ratio without its convention: one result has several Sharpe ratios", PATH, 7, 17),),
        ),
        Example(
            "a Sharpe ratio over unknown periods",
            files={PATH: RECORD.replace("periods_per_year: 252, ", "")},
            finds=(
                (
                    "sharpe_ratio without periods_per_year of its convention: one result has several Sharpe ratios",
                    PATH,
                    7,
                    17,
                ),
            ),
        ),
    ),
)
