"""Changes of strategies under sign-off, and what the rules say of them at each entrance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from signers import Signer

from quantgov import examples, made_up, policy, rules, signoffs, strategy
from quantgov.change import Approval, Change, Landed, Landing
from quantgov.engine import judge
from quantgov.lifecycle import Duty
from quantgov.rule import Example, Failed, Ruling, Stage
from quantgov.sshsig import sign
from quantgov.tree import MemoryTree

Files = dict[str, str | bytes]
Edits = Mapping[str, str | bytes | None]
Said = tuple[str, str, str, str]
History = Callable[[str, str], Landed | None]

SUBMITTED = Stage.COMMIT | Stage.PUSH | Stage.RANGE | Stage.RECEIVE
SIGNING = (made_up.DUTIES[0], made_up.DUTIES[1], made_up.DUTIES[2])
REPORT, CODE, PARAMETERS = (f"{made_up.FOLDER}{name}" for name in ("report.yaml", "gap_signals.py", "params/v1.yaml"))


def statement_path(role: str) -> str:
    return f"{made_up.FOLDER}signoffs/{role}.intoto.json"


class Desk:
    """Three people with a key each, the policy that has them as its team, and what they sign."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.alice = Signer("alice", "alice@fund.com", home)
        self.bob = Signer("bob", "bob@fund.com", home)
        self.carol = Signer("carol", "carol@fund.com", home)
        self.mallory = Signer("mallory", "mallory@fund.com", home)
        self.by_role = {"researcher": self.alice, "peer-reviewer": self.bob, "engineer": self.carol}

    def policy(self, *more: str, evidence: str = "signed", leave_out: Sequence[str] = ()) -> str:
        members = {
            "alice": self.alice.member("researcher", github="alice-q"),
            "bob": self.bob.member("reviewer", github="bob-q"),
            "carol": self.carol.member("engineer", github="carol-q"),
        }
        lines = [f"  {name}: {member}" for name, member in members.items() if name not in leave_out]
        return "\n".join((f"evidence: {evidence}", "team:", *lines, *more))

    def signed(self, files: Mapping[str, str | bytes], *duties: Duty, **by: Signer) -> Files:
        """These files with a statement and a signature for each duty; `by` replaces who signs, by role."""
        who = {**self.by_role, **{role.replace("_", "-"): signer for role, signer in by.items()}}
        found = made_up.signed(files, *duties, by={role: signer.email for role, signer in who.items()})
        for duty in duties:
            found.update(signature_of(found, duty.role, who[duty.role]))
        return found

    def running(self, more: str = "") -> Files:
        return self.signed(made_up.files("production", more=more), *SIGNING)


def signature_of(files: Mapping[str, str | bytes], role: str, signer: Signer) -> Files:
    """A signature over the statement as it stands."""
    given = files[statement_path(role)]
    data = given.encode() if isinstance(given, str) else given
    return {statement_path(role) + ".sig": sign(data, str(signer.key_path), signoffs.NAMESPACE)}


def change_of(
    before: Mapping[str, str | bytes],
    files: Edits,
    stage: Stage = Stage.RECEIVE,
    *,
    team: str = made_up.TEAM,
    now: str = "",
    history: History | None = None,
    approvals: Iterable[Approval] = (),
    branch: str = "strategy/momentum",
    modes: Mapping[str, int] | None = None,
) -> Change:
    """From memory; what the trunk has came to it at once, unless a history is given."""
    example = Example("made", policy=team, before=before, files=files, now=now, branch=branch, modes=modes)
    change = examples.change(example, stage)
    known = change.landing
    change.landing = Landing(known.now, tuple(approvals), history or known.history)
    return change


def said(change: Change, *select: str) -> list[Said]:
    """Code, message, path and help of what stops a change, under the policy of its trunk."""
    return [
        (each.code, each.finding.message, each.finding.path, each.finding.help) for each in blocking(change, *select)
    ]


def blocking(change: Change, *select: str) -> list[Ruling]:
    return [each for each in rulings(change, *select) if each.blocks]


def rulings(change: Change, *select: str) -> list[Ruling]:
    outcomes = judge(change, rules.at(change.stage, select or ("QG103", "QG6")), policy.of_change(change))
    broken = [outcome for outcome in outcomes if outcome.status == "broke"]
    assert not broken
    return [ruling for outcome in outcomes if isinstance(outcome, Failed) for ruling in outcome.rulings]


def said_everywhere(build: Callable[[Stage], Change], *select: str, stages: Stage = SUBMITTED) -> list[Said]:
    """What every entrance says alike."""
    first, *others = [said(build(stage), *select) for stage in stages]
    assert all(other == first for other in others)
    return first


def strategy_of(files: Mapping[str, str | bytes], path: str = made_up.PASSPORT) -> strategy.Strategy:
    found = strategy.at(MemoryTree(files), path)
    assert found
    return found
