"""A strategy passport does not fit its schema.

Why: the passport says what a strategy is, who answers for it and what it depends on; gates and reports read it.
Fix: `quantgov passport validate FILE` names each place; schemas/strategy-passport.schema.json describes each field.
"""

from __future__ import annotations

from quantgov import passport
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if passport.is_passport(blob.path):
        for problem in passport.problems(blob.data):
            yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)


HEAD = """\
strategy_id: STR-2026-0001
name: Overnight gap
version: 0.1.0
"""
TAIL = """\
researcher: alice@fund.com
hypothesis_date: 2026-01-15
frequency: daily
alpha_thesis: Overnight gaps in liquid index futures revert within the first hour
"""
PATH = "strategies/gap/passport.yaml"

RULE = Rule(
    "QG401",
    "passport-invalid",
    Scope.BLOB,
    check,
    accepts=(
        Example("eight lines", files={PATH: HEAD + "status: ideation\n" + TAIL}),
        Example("another file beside it", files={"strategies/gap/params.yaml": "status: ideal\n"}),
    ),
    rejects=(
        Example(
            "a status that there is not",
            files={PATH: HEAD + "status: ideal\n" + TAIL},
            finds=(
                (
                    "status is 'ideal'; one of: ideation, research, validation, production, suspended, retired",
                    PATH,
                    4,
                    9,
                ),
            ),
        ),
        Example("no status", files={PATH: HEAD + TAIL}, finds=(("status is missing", PATH, 1, 1),)),
        Example(
            "a file that is not YAML",
            files={"strategies/gap/passport.yml": HEAD + "status: [ideation\n" + TAIL},
            finds=(("this list is not closed or misses a comma", "strategies/gap/passport.yml", 4, 9),),
        ),
    ),
)
