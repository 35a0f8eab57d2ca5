"""quantgov.yaml cannot be used as it stands.

Why: a policy that nobody can read protects nobody; once it lands, every check would stop with exit code 2.
Fix: mend the place that is named. The change itself is judged by the policy of the trunk.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import POLICY_FILE, Policy, problems_in
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if blob.path == POLICY_FILE:
        for problem in problems_in(blob.data):
            yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)


RULE = Rule("QG001", "policy-invalid", Scope.BLOB, check)
