"""Judges a change by rules under a policy. It knows neither the entrance nor the report."""

from __future__ import annotations

from quantgov import blobs, passport, waivers
from quantgov.change import Blob
from quantgov.policy import OVERRIDABLE
from quantgov.rule import Failed, Finding, Level, Outcome, Passed, Rule, Ruling, Scope, Skipped, Unjudged
from quantgov.tally import Tally, without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from quantgov.cache import Cache
    from quantgov.change import Change
    from quantgov.policy import Policy


def judge(
    change: Change,
    rules: Sequence[Rule],
    policy: Policy,
    *,
    skips: Mapping[str, str] | None = None,
    cache: Cache | None = None,
    today: str = "",
) -> list[Outcome]:
    """One outcome for each rule, in the order given. `skips` maps a code to the reason it is passed over.

    Raises CannotJudge where the repository cannot be read.
    """
    skips = skips or {}
    tallies = [Tally(rule) for rule in rules if rule.code not in skips]
    blobs.judge([tally for tally in tallies if tally.rule.scope in (Scope.BLOB, Scope.HISTORY)], change, policy, cache)
    for tally in tallies:
        if tally.rule.scope is Scope.COMMIT:
            for commit in change.commits:
                if commit.is_new or policy.lands(commit):
                    tally.judge(commit, policy, commit.oid)
        elif tally.rule.scope is Scope.CHANGE:
            tally.judge(change, policy)
    judged = {tally.rule.code: conclude(tally, change, policy, today or waivers.today()) for tally in tallies}
    return [judged.get(rule.code) or _passed_over(rule, skips[rule.code]) for rule in rules]


def _passed_over(rule: Rule, reason: str) -> Skipped:
    return Skipped(rule, (Unjudged(f"QUANTGOV_SKIP: {reason}", loud=True),))


def conclude(tally: Tally, change: Change, policy: Policy, today: str) -> Outcome:
    """What became of a rule, from what it said of a change: each finding with its level, and waived if it is."""
    if tally.broke:
        return tally.broke
    tally.sift(change, policy)
    _redact_paths(tally.unjudged, policy)
    if tally.findings:
        return Failed(tally.rule, tally.judged, _rulings(tally, change, policy, today), tuple(tally.unjudged))
    if tally.unjudged:
        return Skipped(tally.rule, tuple(tally.unjudged), tally.judged)
    return Passed(tally.rule, tally.judged)


def _rulings(tally: Tally, change: Change, policy: Policy, today: str) -> tuple[Ruling, ...]:
    found = _distinct(tally, change)
    old = _old_fingerprints(tally.rule, tally.findings, change, policy)
    rulings = [
        Ruling(tally.rule, finding, _level(tally.rule, finding, change, policy), mark, old=mark in old)
        for mark, finding in sorted(found, key=lambda pair: _place(pair[1]))
    ]
    new = [ruling for ruling in rulings if not ruling.old]
    waivers.apply(new, change, policy, today)
    if tally.rule.code in OVERRIDABLE:
        from quantgov import overrides

        overrides.apply(new, change, policy)
    for _, finding in found:
        finding.message = without_secrets(finding.message, policy.team)
        finding.help = without_secrets(finding.help, policy.team)
        finding.path = without_secrets(finding.path, policy.team)
        if finding.origin:
            finding.origin.author = without_secrets(finding.origin.author, policy.team)
            finding.origin.path = without_secrets(finding.origin.path, policy.team)
    for ruling in rulings:
        ruling.waived = without_secrets(ruling.waived, policy.team) if ruling.waived else ""
    return tuple(rulings)


def _redact_paths(unjudged: Iterable[Unjudged], policy: Policy) -> None:
    """A picture may be named after a key. Of thousands of names one look tells that none is."""
    named = "\n".join(each.path for each in unjudged)
    if named and without_secrets(named, policy.team) != named:
        for each in unjudged:
            each.path = without_secrets(each.path, policy.team)


def _place(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.line, finding.column, finding.message


def _distinct(tally: Tally, change: Change) -> list[tuple[str, Finding]]:
    """Each fault with its fingerprint. Of one that several versions of a file show: head's, else the first commit's."""
    ages = {commit.oid: age for age, commit in enumerate(change.commits, 1)}
    findings = sorted(tally.findings, key=lambda each: (ages.get(each.commit, 0), *_place(each)))
    found: dict[tuple[str, str, int], tuple[str, Finding]] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for finding, mark in zip(findings, fingerprints(tally.rule, findings, change), strict=True):
        version = (mark, finding.path, finding.commit)
        counts[version] = counts.get(version, 0) + 1
        found.setdefault((mark, finding.path, counts[version]), (mark, finding))
    return list(found.values())


def fingerprints(rule: Rule, findings: Sequence[Finding], change: Change) -> list[str]:
    """One name for each fault, the same wherever and whenever it is met: no line number, no commit oid in it.

    A fault that stands there twice is numbered, so that a second one does not hide behind the first; the versions
    of a file in a range's history are numbered each for itself. One with an identity of its own needs neither.
    """
    import hashlib

    subjects = {commit.oid: commit.subject for commit in change.commits} if rule.scope is Scope.COMMIT else {}
    counts: dict[tuple[str, str], int] = {}
    prints = []
    for finding in findings:
        if finding.identity:
            prints.append(finding.identity)
            continue
        identity = "\0".join(
            (rule.code, finding.path, finding.key or finding.message, subjects.get(finding.commit, ""))
        )
        mark = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        version = (mark, finding.commit if rule.scope is Scope.HISTORY else "")
        counts[version] = counts.get(version, 0) + 1
        prints.append(mark if counts[version] == 1 else f"{mark}-{counts[version]}")
    return prints


def _old_fingerprints(rule: Rule, findings: Sequence[Finding], change: Change, policy: Policy) -> set[str]:
    """The faults that base has already. It is judged only here, once head has findings: clean commits pay nothing."""
    if rule.scope is Scope.COMMIT:
        return set()
    tally = Tally(rule)
    if rule.scope is Scope.CHANGE:
        tally.judge(change.reversed_onto([each.path for each in change.touched]), policy)
    else:
        paths = {finding.path for finding in findings}
        if any(finding.identity for finding in findings):  # it may have stood in any file that was touched
            paths |= {each.path for each in change.touched if each.before}
        for blob in _base_blobs(paths, change):
            tally.judge(blob, policy)
    return set(fingerprints(rule, tally.findings, change))


def _base_blobs(paths: Iterable[str], change: Change) -> Iterator[Blob]:
    """What stood at these paths, or at the path that a file was moved from."""
    moved = change.moved()
    for path in sorted(paths):
        entry = moved[path].before if path in moved else change.base.entry(path)
        if entry:
            yield Blob(path, entry, change.base)


def _level(rule: Rule, finding: Finding, change: Change, policy: Policy) -> Level:
    if not policy.knows_phases and rule.live is None:
        return policy.level(rule.code, rule.level, finding.path)
    phases = {passport.nearest_status(tree, finding.path) for tree in (change.base, change.head)}
    trades = policy.is_live(finding.path) or "production" in phases
    default = rule.live if rule.live is not None and trades else rule.level
    return max(policy.level(rule.code, default, finding.path, phase) for phase in phases)
