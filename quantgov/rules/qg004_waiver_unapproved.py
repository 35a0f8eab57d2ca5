"""A waiver is new in this change: the trunk does not have it yet.

Why: whoever meets a false positive may waive it at once, but not alone; its owner has to agree before it lands.
Fix: ask the owner for a review. In `mode: govern` a waiver counts only once it stands on the trunk. A comment in a
line is called out like an entry of governance/waivers.yaml. No new waiver silences this rule.
"""

from __future__ import annotations

from quantgov import waivers
from quantgov.change import Blob, Change
from quantgov.git import Entry
from quantgov.policy import ALWAYS_BLOCK, Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INLINE_KEY = "ignore["


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    """Every waiver in the file; what is new among them, only the whole change tells."""
    if blob.path == waivers.WAIVERS_FILE and Entry(blob.mode, blob.oid).is_file:
        for waiver in waivers.of_data(blob.data):
            message = f"new waiver of {waiver.rule} for {waiver.target}: {waiver.reason}"
            help = f"ask {waiver.owner} to review it{_when((waiver.rule,), policy)}"
            yield Finding(message, blob.path, waiver.line, 1, help, key=" ".join(waiver.identity))
    if waivers.may_hold_inline(blob, policy):
        for ignore in waivers.inline(blob.data):
            if ignore.reason:
                yield _inline(ignore, blob, policy)


def _inline(ignore: waivers.Ignore, blob: Blob, policy: Policy) -> Finding:
    """Its key has 16 bits of the line: the same words behind another key are another waiver, and tell nothing of it."""
    import hashlib

    before = blob.data[: ignore.start]
    line = before[before.rfind(b"\n") + 1 :]
    digest = hashlib.sha256(line).hexdigest()[:4]
    named = ", ".join(ignore.codes)
    return Finding(
        f"new waiver of {named} in this line: {ignore.reason}",
        blob.path,
        before.count(b"\n") + 1,
        len(line) + 1,
        f"have it reviewed{_when(ignore.codes, policy)}",
        key=f"{INLINE_KEY}{named}] {ignore.reason} {digest}",
    )


def _when(codes: Iterable[str], policy: Policy) -> str:
    if policy.mode == "govern":
        return "; in mode govern it counts only once it stands on the trunk"
    about_key = not frozenset(ALWAYS_BLOCK).isdisjoint(codes)
    return "; on a server's protected branch it counts only once it stands on the trunk" if about_key else ""


def sift(findings: list[Finding], change: Change, policy: Policy) -> list[Finding]:
    """Those that authority does not have. Of earlier commits only what waives a key: the rest is judged at head."""
    trunk = waivers.TrunkLines(change.authority)
    approved = {" ".join(waiver.identity) for waiver in waivers.of_tree(change.authority)}
    return [each for each in findings if _counts(each) and each.key not in approved and not _stands(each, trunk)]


def _counts(finding: Finding) -> bool:
    codes = finding.key.partition("]")[0] if finding.key.startswith(INLINE_KEY) else ""
    return not finding.commit or any(code in codes for code in ALWAYS_BLOCK)


def _stands(finding: Finding, trunk: waivers.TrunkLines) -> bool:
    return finding.key.startswith(INLINE_KEY) and trunk.has(finding.path, finding.text)


WAIVERS = """\
version: 1
waivers:
  - rule: QG501
    path: tests/sample.csv
    reason: small sample for the parser
    owner: alice
    expires: "2999-12-31"
"""
LISTED = ("new waiver of QG501 for tests/sample.csv: small sample for the parser", waivers.WAIVERS_FILE, 3, 1)
LINE = "key = 1  # quantgov: " + "ignore[QG301] sample key\n"
IN_LINE = "new waiver of QG301 in this line: sample key"

RULE = Rule(
    "QG004",
    "waiver-unapproved",
    Scope.HISTORY,
    check,
    level=Level.WARN,
    sift=sift,
    accepts=(
        Example("no waiver", files={waivers.WAIVERS_FILE: "version: 1\nwaivers: []\n"}),
        Example(
            "a waiver that the trunk has",
            before={waivers.WAIVERS_FILE: WAIVERS},
            files={waivers.WAIVERS_FILE: "# agreed in May\n" + WAIVERS},
        ),
        Example("the waivers are deleted", before={waivers.WAIVERS_FILE: WAIVERS}, files={waivers.WAIVERS_FILE: None}),
        Example(
            "a waiver that was taken back",
            earlier=({waivers.WAIVERS_FILE: WAIVERS},),
            files={waivers.WAIVERS_FILE: None},
        ),
        Example("a line that the trunk has", before={"load.py": LINE}, files={"load.py": "import os\n" + LINE}),
        Example("a comment without a reason waives nothing", files={"load.py": LINE.replace(" sample key", "")}),
        Example("neither does a symbolic link", files={"load.py": LINE}, modes={"load.py": 0o120000}),
        Example("nor what is not searched", policy="secrets: {max_size: 40}", files={"load.py": LINE}),
    ),
    rejects=(
        Example("a waiver that the trunk does not have", files={waivers.WAIVERS_FILE: WAIVERS}, finds=(LISTED,)),
        Example(
            "a line that the trunk does not have",
            files={"load.py": "import os\n" + LINE},
            finds=((IN_LINE, "load.py", 2, 12),),
        ),
        Example(
            "the same words behind another key",
            before={"load.py": LINE},
            files={"load.py": LINE.replace("= 1", "= 2")},
            finds=((IN_LINE, "load.py", 1, 12),),
        ),
        Example(
            "a key waived in one commit, and moved in the next",
            earlier=({"load.py": LINE},),
            files={"load.py": None},
            stages=Stage.PUSH | Stage.RANGE | Stage.RECEIVE,
            finds=((IN_LINE, "load.py", 1, 12),),
        ),
    ),
)
