"""A strategy passport does not fit its schema.

Why: the passport says what a strategy is, who answers for it and what it depends on; gates and reports read it.
Fix: `quantgov passport validate FILE` names each place; schemas/strategy-passport.schema.json describes each field.
"""

from __future__ import annotations

from quantgov import passport
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if passport.is_passport(blob.path):
        for problem in passport.problems(blob.data):
            yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)


RULE = Rule("QG401", "passport-invalid", Scope.BLOB, check)
