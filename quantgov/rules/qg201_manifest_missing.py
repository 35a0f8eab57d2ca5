"""A backtest commit does not say which data it ran on.

Why: nobody can rerun a result whose inputs are unknown.
Fix: add the `Data manifest:` block with Symbol set, Period, Source and Cache; prepare-commit-msg puts a template in.
A commit is a backtest commit if its type is `backtest:` or if it writes under the results folder.
"""

from __future__ import annotations

from quantgov import manifest
from quantgov.change import Commit
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    reason = manifest.reason(commit, policy)
    if reason and not manifest.find(commit.message):
        yield Finding(
            f"a backtest commit without a data manifest ({reason})",
            help=f"add this block to the message:\n{manifest.TEMPLATE}",
            key="manifest-missing",
        )


RULE = Rule("QG201", "manifest-missing", Scope.COMMIT, check)
