"""A strategy goes through a gate without a sign-off that the gate asks for.

Why: a phase ends when the people who must agree did, not when a file says so.
Fix: `quantgov sign STR-… --as ROLE`, by somebody who has the role, over what stands in the strategy's folder.
Ideation ends with the researcher's sign-off of the brief, research with that of the report; production needs the peer
reviewer's of the validation report and the engineer's of the deployment checklist as well. What proves one, a record,
a review or a signature, follows from the strategy's materiality: `evidence:` in quantgov.yaml.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    if not moves.of(change, policy):
        return
    from quantgov import signoffs

    for judged in signoffs.judged(change, policy):
        for flaw in judged.flaws:
            if flaw.is_missing and not judged.is_left_out(flaw):
                yield Finding(flaw.message, flaw.path, help=flaw.help, key=flaw.key)


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up
    from quantgov.lifecycle import OF_BRIEF, OF_CHECKLIST, OF_REPORT, OF_VALIDATION

    idea, research = made_up.files("ideation"), made_up.files("research")
    return (
        Example("a brief signed off", policy=made_up.TEAM, before=idea, files=made_up.signed(research, OF_BRIEF)),
        Example(
            "what may run",
            policy=made_up.TEAM,
            before=made_up.files("validation"),
            files=made_up.signed(made_up.files("production"), OF_REPORT, OF_VALIDATION, OF_CHECKLIST),
        ),
        Example("down is free", policy=made_up.TEAM, before=research, files=idea),
        Example("a day of research", policy=made_up.TEAM, before=idea, files={"strategies/gap/note.md": "gaps\n"}),
        Example("nothing runs", files=idea),
        Example(
            "parameters of what runs, which is QG607's",
            policy=made_up.TEAM,
            before=made_up.files("production"),
            files={"strategies/gap/params/v1.yaml": "lookback_bars: 4\n"},
        ),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up
    from quantgov.lifecycle import OF_BRIEF, OF_CHECKLIST, OF_REPORT

    return (
        Example(
            "a brief that nobody signed",
            policy=made_up.TEAM,
            before=made_up.files("ideation"),
            files=made_up.files("research"),
            finds=(
                (f"researcher's sign-off {OF}missing; alice may give it", SIGN_OFFS + "researcher.intoto.json", 0, 0),
            ),
        ),
        Example(
            "the brief's sign-off is none of the report",
            policy=made_up.TEAM,
            before=made_up.files("research"),
            files=made_up.signed(made_up.files("validation"), OF_BRIEF),
            finds=(
                (f"researcher's sign-off {OF}missing; alice may give it", SIGN_OFFS + "researcher.intoto.json", 0, 0),
            ),
        ),
        Example(
            "a review is missing",
            policy=made_up.TEAM,
            before=made_up.files("validation"),
            files=made_up.signed(made_up.files("production"), OF_REPORT, OF_CHECKLIST),
            finds=(
                (
                    f"peer-reviewer's sign-off {OF}missing; bob may give it",
                    SIGN_OFFS + "peer-reviewer.intoto.json",
                    0,
                    0,
                ),
            ),
        ),
        Example(
            "nobody has the role",
            policy="team: {}",
            before=made_up.files("ideation"),
            files=made_up.files("research"),
            finds=(
                (
                    f"researcher's sign-off {OF}missing; nobody in the team may give it",
                    SIGN_OFFS + "researcher.intoto.json",
                    0,
                    0,
                ),
            ),
        ),
        Example(
            "it runs, and nobody signed",
            files=made_up.files("production"),
            policy="team: {}",
            finds=tuple(
                (
                    f"{role}'s sign-off {OF}missing; nobody in the team may give it",
                    f"{SIGN_OFFS}{role}.intoto.json",
                    0,
                    0,
                )
                for role in ("engineer", "peer-reviewer", "researcher")
            ),
        ),
    )


OF = "of STR-2026-0001: "
SIGN_OFFS = "strategies/gap/signoffs/"

RULE = Rule("QG603", "sign-off-missing", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
