"""A file that .gitattributes gives to Git LFS is stored as a plain blob.

Why: every clone then says "should have been pointers, but weren't", and the file weighs on Git for ever.
Fix: `git lfs install`, then `git add --renormalize` the file.
"""

from __future__ import annotations

from quantgov import lfs
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for path in lfs.affected(change):
        entry = change.head.entry(path)
        if entry and entry.is_file and change.attributes.is_lfs(path) and not lfs.is_stored_by_lfs(change.head, entry):
            yield Finding(
                "given to Git LFS by .gitattributes, but stored as a plain blob",
                path,
                help=f"git lfs install && git add --renormalize -- '{path}'",
                key="plain-blob",
            )


RULE = Rule("QG502", "lfs-pattern-stored-as-blob", Scope.CHANGE, check)
