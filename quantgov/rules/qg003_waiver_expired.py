"""A waiver has run out.

Why: a waiver is a loan; what it covered is a fault again.
Fix: mend the fault and delete the waiver, or agree on a new end with its owner.
"""

from __future__ import annotations

from quantgov import waivers
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    today = waivers.today()
    for waiver in waivers.touched(change):
        if waiver.is_expired(today):
            yield Finding(
                f"the waiver of {waiver.rule} for {waiver.target} ran out on {waiver.expires}",
                waivers.WAIVERS_FILE,
                waiver.line,
                1,
                help=f"delete it, or agree on a new end with {waiver.owner}",
                key=" ".join(waiver.identity),
            )


WAIVER = """\
version: 1
waivers:
  - rule: QG501
    path: tests/sample.csv
    reason: small sample for the parser
    owner: alice
    expires: """

RULE = Rule(
    "QG003",
    "waiver-expired",
    Scope.CHANGE,
    check,
    level=Level.WARN,
    accepts=(
        Example("a waiver that still holds", files={waivers.WAIVERS_FILE: WAIVER + "2999-12-31"}),
        Example("one that ran out before, in a file not touched", before={waivers.WAIVERS_FILE: WAIVER + "2026-01-15"}),
    ),
    rejects=(
        Example(
            "a waiver that has run out",
            files={waivers.WAIVERS_FILE: WAIVER + "2026-01-15"},
            finds=(("the waiver of QG501 for tests/sample.csv ran out on 2026-01-15", waivers.WAIVERS_FILE, 3, 1),),
        ),
    ),
)
