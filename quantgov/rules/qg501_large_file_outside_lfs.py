"""A large file or a data file is committed as a plain blob.

Why: Git keeps every version of it for ever, and everybody clones them all.
Fix: track it with Git LFS, or keep it out of the repository. `lfs: {max_size, suffixes, exempt}` in quantgov.yaml
sets what counts.
"""

from __future__ import annotations

from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for each in change.touched:
        if not each.after or not each.after.is_file or change.attributes.is_lfs(each.path):
            continue
        reason = _reason(each.path, change.head.size_of(each.after.oid), policy)
        if reason:
            yield Finding(reason, each.path, help=_track(each.path), key="outside-lfs")


def _reason(path: str, size: int, policy: Policy) -> str:
    if size > policy.large_file:
        return f"{size / (1 << 20):.1f} MiB outside Git LFS (limit {policy.large_file / (1 << 20):g} MiB)"
    suffix = next((suffix for suffix in policy.suffixes if path.lower().endswith(suffix)), "")
    return f"a {suffix} data file outside Git LFS" if suffix and size and not policy.is_lfs_exempt(path) else ""


def _track(path: str) -> str:
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    pattern = f"*{name[dot:]}" if dot > 0 else path
    return f"git lfs track '{pattern}' && git add .gitattributes && git add --renormalize -- '{path}'"


RULE = Rule("QG501", "large-file-outside-lfs", Scope.CHANGE, check)
