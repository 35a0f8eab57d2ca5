"""governance/waivers.yaml cannot be read, or a waiver in it names no rule, no reason, no owner or no end.

Why: a waiver without a reason is a hole that nobody remembers cutting.
Fix: give each waiver `rule`, `path` or `fingerprint`, `reason`, `owner` and `expires`. A file that cannot be read
waives nothing.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope
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


HEAD = """\
version: 1
waivers:
  - rule: QG501
    path: tests/sample.csv
    owner: alice
    expires: "2999-12-31"
"""
REASON = "    reason: small sample for the parser\n"

RULE = Rule(
    "QG002",
    "waiver-malformed",
    Scope.BLOB,
    check,
    accepts=(
        Example("a waiver with everything that it needs", files={WAIVERS_FILE: HEAD + REASON}),
        Example("a file of the same name elsewhere", files={"docs/waivers.yaml": "waivers: none"}),
        Example("another rule is not to be waived", policy="unwaivable: [QG301]", files={WAIVERS_FILE: HEAD + REASON}),
    ),
    rejects=(
        Example(
            "a waiver without a reason",
            files={WAIVERS_FILE: HEAD},
            finds=(("waivers[0].reason is missing", WAIVERS_FILE, 3, 5),),
        ),
        Example(
            "a waiver of a rule that is not to be waived",
            policy="unwaivable: [QG501]",
            files={WAIVERS_FILE: HEAD + REASON},
            finds=(("the policy does not let QG501 be waived", WAIVERS_FILE, 3, 1),),
        ),
    ),
)
