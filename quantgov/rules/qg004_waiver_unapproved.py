"""A waiver is new in this change: the trunk does not have it yet.

Why: whoever meets a false positive may waive it at once, but not alone; its owner has to agree before it lands.
Fix: ask the owner for a review. In `mode: govern` a waiver counts only once it stands on the trunk.
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


WAIVERS = """\
version: 1
waivers:
  - rule: QG501
    path: tests/sample.csv
    reason: small sample for the parser
    owner: alice
    expires: "2999-12-31"
"""

RULE = Rule(
    "QG004",
    "waiver-unapproved",
    Scope.CHANGE,
    check,
    level=Level.WARN,
    accepts=(
        Example("no waiver", files={waivers.WAIVERS_FILE: "version: 1\nwaivers: []\n"}),
        Example(
            "a waiver that the trunk has",
            before={waivers.WAIVERS_FILE: WAIVERS},
            files={waivers.WAIVERS_FILE: "# agreed in May\n" + WAIVERS},
        ),
        Example("the waivers are deleted", before={waivers.WAIVERS_FILE: WAIVERS}, files={waivers.WAIVERS_FILE: None}),
    ),
    rejects=(
        Example(
            "a waiver that the trunk does not have",
            files={waivers.WAIVERS_FILE: WAIVERS},
            finds=(
                (
                    "new waiver of QG501 for tests/sample.csv: small sample for the parser",
                    waivers.WAIVERS_FILE,
                    3,
                    1,
                ),
            ),
        ),
    ),
)
