"""quantgov.yaml cannot be used as it stands.

Why: a policy that nobody can read protects nobody; once it lands, every check would stop with exit code 2.
Fix: mend the place that is named. The change itself is judged by the policy of the trunk.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import POLICY_FILE, Policy, problems_in
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if blob.path == POLICY_FILE:
        for problem in problems_in(blob.data):
            yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)


RULE = Rule(
    "QG001",
    "policy-invalid",
    Scope.BLOB,
    check,
    accepts=(
        Example(
            "a policy that can be read", policy="mode: guard", files={"quantgov.yaml": "version: 1\nmode: govern\n"}
        ),
        Example("a file of the same name elsewhere", files={"docs/quantgov.yaml": "version: 1\nmood: guard\n"}),
    ),
    rejects=(
        Example(
            "a misspelt key",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\nmood: guard\n"},
            finds=(("'mood' is not a known key; did you mean 'mode'?", "quantgov.yaml", 2, 1),),
        ),
        Example(
            "a pattern that is no regular expression",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\nbranches: {pattern: feature/(.*}\n"},
            finds=(
                (
                    "branches.pattern is not a regular expression: missing ), unterminated subpattern at position 8",
                    "quantgov.yaml",
                    2,
                    21,
                ),
            ),
        ),
        Example(
            "a file that is not YAML",
            policy="mode: guard",
            files={"quantgov.yaml": "version: 1\n\tmode: guard\n"},
            finds=(("a tab indents this line", "quantgov.yaml", 2, 1),),
        ),
    ),
)
