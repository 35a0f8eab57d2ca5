"""A `quantgov: ignore[...]` comment gives no reason, or names no rule.

Why: whoever reads the line next year must know why the check does not count there.
Fix: write the code and, behind the bracket, the reason: `# quantgov: ignore[QG501] golden file of the parser`.
A comment without a reason waives nothing.
"""

from __future__ import annotations

from quantgov import waivers
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Unjudged
from quantgov.rules import codes
from quantgov.wording import shown_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
    limit = waivers.inline_limit(policy)
    if blob.size > limit:
        yield Unjudged(f"{shown_size(blob.size)}, more than is searched ({shown_size(limit)})", blob.path)
    elif waivers.MARK in blob.data:
        for each in waivers.inline(blob.data):
            fault = _fault(each, policy)
            if fault:
                before = blob.data[: each.start]
                column = each.start - before.rfind(b"\n")
                yield Finding(fault, blob.path, before.count(b"\n") + 1, column, "quantgov: ignore[<code>] <reason>")


def _fault(ignore: waivers.Ignore, policy: Policy) -> str:
    for code in ignore.codes:
        if code not in codes():
            return f"{code!r} is no rule's code" if code else "it names no rule"
        if code in policy.unwaivable:
            return f"the policy does not let {code} be waived"
    return "" if ignore.reason else f"ignore[{', '.join(ignore.codes)}] without a reason"


RULE = Rule(
    "QG005",
    "ignore-unexplained",
    Scope.BLOB,
    check,
    accepts=(
        Example("a reason behind the code", files={"load.py": "key = 1  # quantgov: " + "ignore[QG301] sample key\n"}),
        Example("talk of such comments", files={"guide.md": "Write `quantgov: " + "ignore[<code>]` and why.\n"}),
        Example(
            "more than the policy has searched",
            policy="secrets: {max_size: 40}",
            files={"load.py": "trading_days = 252  # quantgov: " + "ignore[]\n"},
            skips="load.py: 41 bytes, more than is searched (40 bytes)",
        ),
        Example("other talk of quantgov", files={"guide.md": "what we use quantgov: for\n"}),
    ),
    rejects=(
        Example(
            "no reason",
            files={"load.py": "import os\nkey = 1  # quantgov: " + "ignore[QG301]\n"},
            finds=(("ignore[QG301] without a reason", "load.py", 2, 12),),
        ),
        Example(
            "the end of a comment is no reason",
            files={"guide.md": "<!-- quantgov: " + "ignore[QG301] -->\n"},
            finds=(("ignore[QG301] without a reason", "guide.md", 1, 6),),
        ),
        Example(
            "no code",
            files={"load.py": "key = 1  # quantgov: " + "ignore[] sample key\n"},
            finds=(("it names no rule", "load.py", 1, 12),),
        ),
        Example(
            "a rule that there is not",
            files={"load.py": "key = 1  # quantgov: " + "ignore[QG301, QG999] sample key\n"},
            finds=(("'QG999' is no rule's code", "load.py", 1, 12),),
        ),
        Example(
            "a rule that is not to be waived",
            policy="unwaivable: [QG301]",
            files={"load.py": "key = 1  # quantgov: " + "ignore[QG301] sample key\n"},
            finds=(("the policy does not let QG301 be waived", "load.py", 1, 12),),
        ),
    ),
)
