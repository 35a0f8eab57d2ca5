"""Judges files one by one: from the cache where the verdict is known, in several processes where there are many."""

from __future__ import annotations

from functools import partial

from quantgov.process import fan_out, workers
from quantgov.rule import Scope
from quantgov.tally import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quantgov.cache import Cache
    from quantgov.change import Blob, Change
    from quantgov.policy import Policy
    from quantgov.tally import Words
    from quantgov.tree import Tree

    Pending = tuple[Blob, list[Tally]]

BATCH = 64
"""Blobs announced to git at a time: few round trips, and never more than these in memory."""
PARALLEL_FROM = 2_000
"""Unknown blobs from which forking pays: below, starting git anew in each process costs more than it saves."""


def judge(tallies: Sequence[Tally], change: Change, policy: Policy, cache: Cache | None) -> None:
    """Every blob once, by all rules: its bytes are read once, and not at all where every verdict is known."""
    if not tallies:
        return
    whole = any(tally.rule.scope is Scope.HISTORY for tally in tallies)
    found = ((blob, _unknown(blob, tallies, policy, cache)) for blob in (change.history() if whole else change.blobs()))
    pending = [(blob, unknown) for blob, unknown in found if unknown]
    if len(pending) >= PARALLEL_FROM and (count := workers()) > 1:
        clean = _side_by_side(pending, change.head, policy, count)
    else:
        clean = list(_each(pending, change.head, policy))
    if cache:
        for (blob, _), codes in zip(pending, clean, strict=True):
            cache.add_clean((blob.path, blob.mode, blob.oid), policy.digest, codes)
        cache.save()


def _unknown(blob: Blob, tallies: Sequence[Tally], policy: Policy, cache: Cache | None) -> list[Tally]:
    key = (blob.path, blob.mode, blob.oid)
    unknown = []
    for tally in tallies:
        if blob.commit and tally.rule.scope is not Scope.HISTORY:
            continue
        if cache and cache.is_clean(key, policy.digest, tally.rule.code):
            tally.judged += 1
        else:
            unknown.append(tally)
    return unknown


def _each(pending: Sequence[Pending], tree: Tree, policy: Policy) -> Iterator[list[str]]:
    """Judge each blob; gives the codes that had nothing to say of it."""
    for start in range(0, len(pending), BATCH):
        batch = pending[start : start + BATCH]
        tree.prefetch([blob.oid for blob, _ in batch])
        for blob, unknown in batch:
            yield [tally.rule.code for tally in unknown if tally.judge(blob, policy, blob.commit)]
            blob.forget()


def _side_by_side(pending: Sequence[Pending], tree: Tree, policy: Policy, count: int) -> list[list[str]]:
    """The same in forked copies of this process, each with a git of its own; what they say is put together here."""
    shares = [pending[at::count] for at in range(count)]
    clean: list[list[str]] = [[]] * len(pending)
    answers = fan_out([partial(_work, share, tree, policy) for share in shares])
    for at, (codes, said) in enumerate(answers):
        clean[at::count] = codes
        for tally in {tally.rule.code: tally for _, tallies in shares[at] for tally in tallies}.values():
            tally.add(said[tally.rule.code])
    return clean


def _work(share: Sequence[Pending], tree: Tree, policy: Policy) -> tuple[list[list[str]], dict[str, Words]]:
    """In the copy: judge a share, and give back verdicts and words."""
    tree.reopen()
    tallies = {tally.rule.code: tally for _, unknown in share for tally in unknown}
    for tally in tallies.values():
        tally.clear()
    clean = list(_each(share, tree, policy))
    return clean, {code: tally.words() for code, tally in tallies.items()}
