"""A waiver is new in this change: the trunk does not have it yet.

Why: whoever meets a false positive may waive it at once, but not alone; its owner has to agree before it lands.
Fix: ask the owner for a review. In `mode: govern` a waiver counts only once it stands on the trunk.
"""

from __future__ import annotations

from quantgov import waivers
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for waiver in waivers.touched(change):
        if not waiver.approved:
            yield Finding(
                f"new waiver of {waiver.rule} for {waiver.target}: {waiver.reason}",
                waivers.WAIVERS_FILE,
                waiver.line,
                1,
                help=f"ask {waiver.owner} to review it",
                key=" ".join(waiver.identity),
            )


RULE = Rule("QG004", "waiver-unapproved", Scope.CHANGE, check, level=Level.WARN)
