"""A strategy goes up a phase, and something that its gate asks for is missing.

Why: a phase is worth what had to be shown to get there: a brief, a report, a review, a checklist with its evidence.
Fix: bring the piece that each finding names; `quantgov passport show STR-…` lists what is still missing, and
`quantgov promote STR-… STATUS` goes through the gate once nothing is. Judged only where a change moves a strategy up.
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
    for move in moves.of(change, policy):
        gate, after = move.goes_up_to, move.after
        if gate and after:
            from quantgov import gates

            for each in gates.unmet(after, gate, policy):
                key = f"{after.id} {gate} {each.criterion} {each.piece}"
                message = f"{gate}: {each.message}"
                yield Finding(message, each.path, each.line, each.column, each.help, key)


PASSPORT = "strategies/gap/passport.yaml"
BRIEF = "strategies/gap/brief.md"
IDEA = "strategy_id: STR-2026-0001\nversion: v0.1.0\nstatus: ideation\nalpha_thesis: Gaps fill\n"
RESEARCHED = IDEA.replace("ideation", "research")
SUBMITTED = IDEA.replace("ideation", "validation")
ALL = """\
## Thesis
Gaps fill.
## Expected signal characteristics
Twice a month, held for three days.
## Data requirements
TickDB, kline/1d, five years.
"""

RULE = Rule(
    "QG602",
    "gate-unmet",
    Scope.CHANGE,
    check,
    accepts=(
        Example(
            "an idea with a whole brief becomes research",
            before={PASSPORT: IDEA, BRIEF: ALL},
            files={PASSPORT: RESEARCHED},
        ),
        Example("an idea needs no brief", files={PASSPORT: IDEA}),
        Example("no gate on the way down", before={PASSPORT: SUBMITTED}, files={PASSPORT: RESEARCHED}),
        Example("nor where it stays", before={PASSPORT: RESEARCHED}, files={BRIEF: "# Gap\n"}),
        Example("nor where it ends", before={PASSPORT: IDEA}, files={PASSPORT: None}),
    ),
    rejects=(
        Example(
            "an idea without a brief becomes research",
            before={PASSPORT: IDEA},
            files={PASSPORT: RESEARCHED},
            finds=(("research: brief.md is missing", BRIEF, 0, 0),),
        ),
        Example(
            "a new strategy begins as research, and its brief says nothing of data",
            files={PASSPORT: RESEARCHED, BRIEF: ALL.replace("TickDB", "> TickDB")},
            finds=(("research: 'Data requirements' in brief.md is empty", BRIEF, 5, 1),),
        ),
        Example(
            "research without a report goes to validation",
            before={PASSPORT: RESEARCHED},
            files={PASSPORT: SUBMITTED},
            finds=(("validation: there is no report.yaml", "strategies/gap/report.yaml", 0, 0),),
        ),
    ),
)
