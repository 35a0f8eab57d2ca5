"""What was judged, whole: every report is made from it, and so is the exit code."""

from __future__ import annotations

from quantgov.errors import EXIT_BLOCKED, EXIT_CANNOT_JUDGE, EXIT_CLEAN
from quantgov.policy import DEFAULTS, POLICY_FILE
from quantgov.rule import Broke, Failed, Level, Skipped, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantgov.change import Change
    from quantgov.policy import Policy
    from quantgov.rule import Outcome, Ruling, Unjudged

TRY = "try yours: quantgov check --policy-from :"


class Judgement:
    """One change, the policy that judged it, and the outcome of each rule."""

    __slots__ = ("change", "outcomes", "policy")

    def __init__(self, change: Change, policy: Policy, outcomes: Sequence[Outcome]) -> None:
        self.change = change
        self.policy = policy
        self.outcomes = tuple(outcomes)


class Verdict:
    """All judgements of one call: a push of three branches has three."""

    __slots__ = ("judgements",)

    def __init__(self, judgements: Sequence[Judgement]) -> None:
        self.judgements = tuple(judgements)

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for judgement in self.judgements for outcome in judgement.outcomes]

    @property
    def rulings(self) -> list[Ruling]:
        """Every finding, the gravest first, then in the order of codes and places."""
        found = [ruling for outcome in self.outcomes if isinstance(outcome, Failed) for ruling in outcome.rulings]
        return sorted(found, key=lambda ruling: (not ruling.blocks, -ruling.level, ruling.code))

    @property
    def blocking(self) -> list[Ruling]:
        return [ruling for ruling in self.rulings if ruling.blocks]

    @property
    def broken(self) -> list[Broke]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, Broke)]

    @property
    def skipped(self) -> list[Skipped]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, Skipped)]

    def unjudged(self) -> list[tuple[Outcome, Unjudged]]:
        """Everything that a rule did not look at, whatever became of the rest."""
        partly = [outcome for outcome in self.outcomes if isinstance(outcome, Skipped | Failed)]
        return [(outcome, each) for outcome in partly for each in outcome.unjudged]

    @property
    def exit_code(self) -> int:
        if self.broken:
            return EXIT_CANNOT_JUDGE
        return EXIT_BLOCKED if self.blocking else EXIT_CLEAN

    def live(self, level: Level) -> list[Ruling]:
        """Findings of this level that are neither old nor waived."""
        return [each for each in self.rulings if each.level is level and not each.old and not each.waived]

    def notes(self) -> list[str]:
        """What a reader must know of the policy to understand the verdict."""
        return list(dict.fromkeys(note for judgement in self.judgements for note in _notes(judgement)))


def _notes(judgement: Judgement) -> list[str]:
    policy, change = judgement.policy, judgement.change
    if policy.bootstrap:
        used = "the defaults were used" if policy.source == DEFAULTS else "the change's own was used"
        return [f"bootstrap: {change.authority_name or 'the trunk'} has no usable {POLICY_FILE}; {used}"]
    own = change.head.oid(POLICY_FILE)
    if not policy.digest or own == policy.digest:
        return []
    another = f"{POLICY_FILE} here is another than {policy.source}'s, which judges this"
    if change.stage is Stage.SNAPSHOT:  # all is touched, and the names of what lies on disk tell nothing of it
        same = not own or change.head.read(POLICY_FILE) == change.authority.read(POLICY_FILE)
        return [] if same else [f"{another} ({TRY})"]
    if any(each.path == POLICY_FILE for each in change.touched):
        return [f"{POLICY_FILE} changed; this is judged by {policy.source}'s ({TRY})"]
    return [another] if own else []
