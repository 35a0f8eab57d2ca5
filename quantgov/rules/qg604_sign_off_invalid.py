"""A sign-off does not count: the wrong person or role, bytes that changed since, or a bad signature.

Why: a sign-off is worth what it is bound to, the bytes somebody saw and the person who saw them.
Fix: sign again what stands there now, `quantgov sign STR-… --as ROLE`. It is judged when it lands, by the team that
the trunk has then: a key or a role that comes with the same change counts from the next one on.
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
            if not flaw.is_missing and not judged.is_left_out(flaw):
                yield Finding(flaw.message, flaw.path, help=flaw.help, key=flaw.key)


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up
    from quantgov.lifecycle import OF_BRIEF, OF_REPORT

    research, validation = made_up.files("research"), made_up.files("validation")
    return (
        Example("as it was signed", policy=made_up.TEAM, before=research, files=made_up.signed(validation, OF_REPORT)),
        Example("given early", policy=made_up.TEAM, before=research, files=made_up.signed(research, OF_REPORT)),
        Example(
            "research goes on after the brief was signed",
            policy=made_up.TEAM,
            before=made_up.signed(research, OF_BRIEF),
            files={BRIEF: "# Overnight gap, again\n"},
        ),
        Example("notes beside what runs", policy=made_up.TEAM, before=made_up.running(), files={NOTES: "calm\n"}),
        Example(
            "parameters of what runs, which is QG607's",
            policy=made_up.TEAM,
            before=made_up.running(),
            files={PARAMETERS: "lookback_bars: 4\n"},
        ),
        Example("what runs as signed", policy=made_up.TEAM, files=made_up.running()),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up
    from quantgov.lifecycle import OF_BRIEF, OF_REPORT

    idea, research = made_up.files("ideation"), made_up.files("research")
    validation = made_up.files("validation")
    signed = made_up.signed(validation, OF_REPORT)

    def found(why: str) -> tuple[tuple[str, str, int, int], ...]:
        return ((f"researcher's sign-off of STR-2026-0001: {why}", SIGN_OFF, 0, 0),)

    return (
        Example(
            "the report was edited since",
            policy=made_up.TEAM,
            before=research,
            files={**signed, REPORT: "version: 1 # better\n"},
            finds=found("report.yaml changed since alice@fund.com signed"),
        ),
        Example(
            "the signal code was edited since",
            policy=made_up.TEAM,
            before=research,
            files={**signed, CODE: "LOOKBACK = 4\n"},
            finds=found("the signal code changed since alice@fund.com signed"),
        ),
        Example(
            "the parameters are gone since",
            policy=made_up.TEAM,
            before=research,
            files={**signed, PARAMETERS: None},
            finds=found("params/v1.yaml went since alice@fund.com signed"),
        ),
        Example(
            "given by somebody without the role",
            policy=made_up.TEAM,
            before=research,
            files=made_up.signed(validation, OF_REPORT, by={"researcher": "bob@fund.com"}),
            finds=found("bob is not researcher in the team that judges it"),
        ),
        Example(
            "given by a stranger",
            policy=made_up.TEAM,
            before=research,
            files=made_up.signed(validation, OF_REPORT, by={"researcher": "mallory@fund.com"}),
            finds=found("mallory@fund.com is not in the team that judges it"),
        ),
        Example(
            "recorded where a signature is asked for",
            policy=made_up.TEAM.replace("recorded", "signed"),
            before=idea,
            files=made_up.signed(research, OF_BRIEF),
            finds=found("it has no signature"),
        ),
        Example(
            "no statement at all",
            policy=made_up.TEAM,
            before=idea,
            files={**research, SIGN_OFF: "{}\n"},
            finds=found("this is no sign-off that quantgov wrote"),
        ),
        Example(
            "what runs was edited since",
            policy=made_up.TEAM,
            files={**made_up.running(), "strategies/gap/RUNBOOK.md": "# Run\n"},
            finds=(
                (
                    "engineer's sign-off of STR-2026-0001: RUNBOOK.md changed since carol@fund.com signed",
                    "strategies/gap/signoffs/engineer.intoto.json",
                    0,
                    0,
                ),
            ),
        ),
    )


SIGN_OFF = "strategies/gap/signoffs/researcher.intoto.json"
BRIEF, NOTES, REPORT, CODE, PARAMETERS = (
    f"strategies/gap/{name}" for name in ("brief.md", "NOTES.md", "report.yaml", "gap_signals.py", "params/v1.yaml")
)

RULE = Rule("QG604", "sign-off-invalid", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
