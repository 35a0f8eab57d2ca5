"""governance/waivers.yaml cannot be read, or a waiver in it names no rule, no reason, no owner or no end.

Why: a waiver without a reason is a hole that nobody remembers cutting.
Fix: give each waiver `rule`, `path` or `fingerprint`, `reason`, `owner` and `expires`. A file that cannot be read
waives nothing.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope
from quantgov.waivers import WAIVERS_FILE, of_data, problems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if blob.path != WAIVERS_FILE:
        return
    for problem in problems(blob.data):
        yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)
    for waiver in of_data(blob.data):
        if waiver.rule in policy.unwaivable:
            yield Finding(
                f"the policy does not let {waiver.rule} be waived",
                blob.path,
                waiver.line,
                1,
                help=f"take the waiver out, or {waiver.rule} out of `unwaivable`",
            )


RULE = Rule("QG002", "waiver-malformed", Scope.BLOB, check)
