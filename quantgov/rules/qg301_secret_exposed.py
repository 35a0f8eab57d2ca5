"""A credential stands in a file.

Why: what is pushed once is copied for ever; a leaked exchange key is emptied within minutes.
Fix: read it from the environment (`os.environ["TICKDB_API_KEY"]`) and keep the value in .env. A key that was already
pushed is burnt: revoke it first. Every commit of a push is looked at, since deleting a key later still uploads it.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope, Unjudged
from quantgov.secrets import exposure, scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SCAN_LIMIT = 16 << 20
"""Bytes: content beyond it is reported as not scanned."""


def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
    if blob.size > SCAN_LIMIT:
        yield Unjudged(f"{blob.size >> 20} MiB, more than is scanned for secrets ({SCAN_LIMIT >> 20} MiB)", blob.path)
        return
    reason = scanner.skip_reason(blob.data)
    if reason:
        yield Unjudged(reason, blob.path)
        return
    for hit in scanner.scan(blob.data, blob.path):
        yield exposure.finding(hit, blob.path)


RULE = Rule("QG301", "secret-exposed", Scope.HISTORY, check)
