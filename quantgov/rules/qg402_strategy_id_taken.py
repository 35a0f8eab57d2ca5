"""Two strategies carry the same id.

Why: results, sign-offs and deployments are filed under the id; two strategies under one id lose their history.
Fix: take the next free id, which `quantgov new-strategy` hands out.
"""

from __future__ import annotations

from quantgov import passport
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    touched = [each.path for each in change.touched if each.after and passport.is_passport(each.path)]
    if not touched:
        return
    owners = passport.owners(change.head, policy.strategies, touched)
    for path in touched:
        for strategy_id, paths in owners.items():
            others = [other for other in paths if other != path]
            if path in paths and others and _is_newcomer(path, others, change):
                line, column = passport.position(change.head, path, "strategy_id")
                yield Finding(
                    f"{strategy_id} is already the id of {others[0]}",
                    path,
                    line,
                    column,
                    help=f"strategy_id: {passport.next_free_id(strategy_id, owners)}",
                )


def _is_newcomer(path: str, others: list[str], change: Change) -> bool:
    """Of two that clash, the one to change: what base did not have, or the later path where both are new."""
    known = [other for other in others if change.base.entry(other)]
    return not change.base.entry(path) if known else path > min(others)


RULE = Rule("QG402", "strategy-id-taken", Scope.CHANGE, check)
