"""A `quantgov: ignore[...]` comment gives no reason, or names no rule.

Why: whoever reads the line next year must know why the check does not count there.
Fix: write the code and, behind the bracket, the reason: `# quantgov: ignore[QG501] golden file of the parser`.
A comment without a reason waives nothing.
"""

from __future__ import annotations

import re

from quantgov import waivers
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_LIMIT = 16 << 20


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    if blob.size > SIZE_LIMIT or b"quantgov:" not in blob.data:
        return
    for found in re.finditer(waivers.INLINE, blob.data):
        fault = _fault(found[1].decode("utf-8", "replace"), found[2].strip(b" \t-*/>").decode("utf-8", "replace"), policy)
        if fault:
            start = blob.data.rfind(b"\n", 0, found.start()) + 1
            line = blob.data.count(b"\n", 0, found.start()) + 1
            yield Finding(fault, blob.path, line, found.start() - start + 1, "quantgov: ignore[<code>] <reason>")


def _fault(codes: str, reason: str, policy: Policy) -> str:
    wrong = [code for code in re.split(r"[,\s]+", codes.strip()) if not re.fullmatch(waivers.CODE, code)]
    if wrong:
        return f"{wrong[0]!r} is no rule's code"
    unwaivable = [code for code in policy.unwaivable if code in codes]
    if unwaivable:
        return f"the policy does not let {unwaivable[0]} be waived"
    return "" if reason else f"ignore[{codes}] without a reason"


RULE = Rule("QG005", "ignore-unexplained", Scope.BLOB, check)
