"""From a change to its judgement: the one path that hooks and commands share."""

from __future__ import annotations

from quantgov import engine, policy, rules
from quantgov.rule import Stage
from quantgov.verdict import Judgement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quantgov.cache import Cache
    from quantgov.change import Change
    from quantgov.policy import Policy

LOCAL = Stage.COMMIT | Stage.MESSAGE
"""Where QUANTGOV_SKIP holds; push and merge judge everything all the same."""


def judgement(
    change: Change,
    cache: Cache | None,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    skips: Mapping[str, str] | None = None,
    judging: Policy | None = None,
) -> Judgement:
    """Judge one change by the rules of its stage, under `judging` or the policy of its authority.

    Raises PolicyError where the policy cannot be used, CannotJudge where the repository cannot be read.
    """
    used = judging or policy.of_change(change, cache)
    touched = [each.path for each in change.touched] if change.stage is Stage.COMMIT else None
    chosen = rules.at(change.stage, select, ignore, touched)
    passed_over = (skips or {}) if change.stage in LOCAL else {}
    return Judgement(change, used, engine.judge(change, chosen, used, skips=passed_over, cache=cache))
