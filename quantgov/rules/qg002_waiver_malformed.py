"""governance/waivers.yaml cannot be read, or a waiver in it names no rule, no reason, no owner or no end.

Why: a waiver without a reason is a hole that nobody remembers cutting.
Fix: give each waiver `rule`, `path` or `fingerprint`, `reason`, `owner` and `expires`. A file that cannot be read
waives nothing. A leaked key (QG301 to QG303) is waived by its fingerprint or in one file, never by a pattern.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope
from quantgov.waivers import WAIVERS_FILE, Waiver, of_data, problems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if blob.path != WAIVERS_FILE:
        return
    for problem in problems(blob.data):
        yield Finding(problem.message, blob.path, problem.line, problem.column, problem.help)
    for waiver in of_data(blob.data):
        for message, help in _faults(waiver, policy):
            yield Finding(message, blob.path, waiver.line, 1, help)


def _faults(waiver: Waiver, policy: Policy) -> Iterator[tuple[str, str]]:
    code = waiver.rule
    if code in policy.unwaivable:
        yield f"the policy does not let {code} be waived", f"take the waiver out, or {code} out of `unwaivable`"
    elif waiver.is_broad:
        yield (
            f"{code} is waived for one file or one finding, not for {waiver.path!r}",
            "write that file's whole path, or the `fingerprint` that `quantgov check --format json` shows",
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
KEYS = (HEAD + REASON).replace("QG501", "QG301")
FOLDER, GLOB = KEYS.replace("sample.csv", ""), KEYS.replace("tests/sample.csv", '"**"')

RULE = Rule(
    "QG002",
    "waiver-malformed",
    Scope.BLOB,
    check,
    accepts=(
        Example("a waiver with everything that it needs", files={WAIVERS_FILE: HEAD + REASON}),
        Example("a file of the same name elsewhere", files={"docs/waivers.yaml": "waivers: none"}),
        Example("another rule is not to be waived", policy="unwaivable: [QG301]", files={WAIVERS_FILE: HEAD + REASON}),
        Example("a key in one file", files={WAIVERS_FILE: KEYS}),
        Example("one key, wherever", files={WAIVERS_FILE: GLOB + "    fingerprint: 3f9a0c21d4e5b678\n"}),
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
        Example(
            "whatever key a pattern may meet",
            files={WAIVERS_FILE: GLOB},
            finds=(("QG301 is waived for one file or one finding, not for '**'", WAIVERS_FILE, 3, 1),),
        ),
        Example(
            "whatever key a folder may hold",
            files={WAIVERS_FILE: FOLDER},
            finds=(("QG301 is waived for one file or one finding, not for 'tests/'", WAIVERS_FILE, 3, 1),),
        ),
    ),
)
