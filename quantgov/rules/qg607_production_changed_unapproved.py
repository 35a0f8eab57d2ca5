"""Parameters, signal pin or data pin of a strategy in production changed without the sign-offs that approve it.

Why: a live parameter changed by one person outside of review is how firms lost money and paid fines; any byte counts.
Fix: `quantgov sign STR-… --as ROLE` by each who signed for what runs now. On a branch the first of them may commit and
push it, for the others to sign there; it lands only with all of them. At night: suspending needs nobody's leave,
rolling back to what ran before needs no new sign-off, and breaking the glass is on record and reviewed afterwards.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.signoffs import Judged
    from quantgov.strategy import Strategy


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    if not moves.of(change, policy):
        return
    from quantgov import signoffs

    for judged in signoffs.judged(change, policy):
        if judged.flaws and not judged.is_under_way:
            for pin in signoffs.changed_pins(judged.move):
                yield _finding(pin, judged)


def _finding(pin: str, judged: Judged) -> Finding:
    from quantgov import signoffs

    of = judged.move.after
    assert of
    lacking = ", ".join(dict.fromkeys(flaw.role for flaw in judged.flaws))
    path, line, column = _place(pin, of)
    return Finding(
        f"the {pin} of {of.id} changed in production without the sign-off of {lacking}",
        path,
        line,
        column,
        f"quantgov sign {of.id} --as {lacking.partition(',')[0]}; "
        f"emergency? quantgov suspend | rollback | break-glass {of.id}",
        f"{of.id} {pin} {signoffs.pins_digest(judged.move)}",
    )


def _place(pin: str, of: Strategy) -> tuple[str, int, int]:
    if pin == "parameters":
        path = of.resolve(of.parameters_file) or ""
        if of.tree.read_file(path) is not None:
            return path, 1, 1
        return of.path, *of.place("deployment", "parameters_file")
    pointer = ("deployment", "signal_version") if pin == "signal pin" else ("data_sources",)
    return of.path, *of.place(*pointer)


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    after = {**made_up.running(), PARAMETERS: "lookback_bars: 5\n"}
    return (
        Example(
            "signed for again",
            policy=made_up.TEAM,
            before=made_up.running(),
            files=made_up.signed(after, *made_up.DUTIES),
        ),
        Example(
            "the first of three signs on a branch",
            policy=made_up.TEAM,
            before=made_up.running(),
            files=made_up.signed(after, made_up.DUTIES[0]),
            stages=Stage.COMMIT | Stage.PUSH | Stage.RECEIVE,
        ),
        Example("research", policy=made_up.TEAM, before=made_up.files("research"), files={PARAMETERS: "x: 1\n"}),
        Example(
            "suspended with other parameters",
            policy=made_up.TEAM,
            before=made_up.running(),
            files={**made_up.files("suspended"), PARAMETERS: "x: 1\n"},
        ),
        Example("another file", policy=made_up.TEAM, before=made_up.running(), files={"strategies/gap/N.md": "x\n"}),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    before = made_up.running()
    pinned = made_up.files("production", more="  signal_version: v2\ndata_sources:\n  - source: TickDB\n")
    without = f"{WITHOUT} researcher, peer-reviewer, engineer"
    return (
        Example(
            "one byte",
            policy=made_up.TEAM,
            before=before,
            files={PARAMETERS: "lookback_bars: 4\n"},
            finds=((f"the parameters {without}", PARAMETERS, 1, 1),),
        ),
        Example(
            "the parameters file is gone",
            policy=made_up.TEAM,
            before=before,
            files={PARAMETERS: None},
            finds=((f"the parameters {without}", made_up.PASSPORT, 8, 20),),
        ),
        Example(
            "signed for by one of three",
            policy=made_up.TEAM,
            before=before,
            stages=Stage.RANGE,
            files=made_up.signed({**before, PARAMETERS: "lookback_bars: 4\n"}, made_up.DUTIES[0]),
            finds=(
                (
                    f"the parameters {WITHOUT} peer-reviewer, engineer",
                    PARAMETERS,
                    1,
                    1,
                ),
            ),
        ),
        Example(
            "the signal pin alone",
            policy=made_up.TEAM,
            before=before,
            stages=Stage.RANGE,
            files={made_up.PASSPORT: made_up.files("production", more="  signal_version: v2\n")[made_up.PASSPORT]},
            finds=((f"the signal pin {WITHOUT} engineer", made_up.PASSPORT, 9, 19),),
        ),
        Example(
            "another strategy in the same folder",
            policy=made_up.TEAM,
            before={**before, OTHER: "strategy_id: STR-2026-0002\nstatus: ideation\n"},
            files={PARAMETERS: "lookback_bars: 4\n"},
            finds=((f"the parameters {without}", PARAMETERS, 1, 1),),
        ),
        Example(
            "signed for by one of three, on the trunk",
            policy=made_up.TEAM,
            before=before,
            branch="main",
            files=made_up.signed({**before, PARAMETERS: "lookback_bars: 4\n"}, made_up.DUTIES[0]),
            finds=(
                (
                    f"the parameters {WITHOUT} peer-reviewer, engineer",
                    PARAMETERS,
                    1,
                    1,
                ),
            ),
        ),
        Example(
            "signal and data pins",
            policy=made_up.TEAM,
            before=before,
            files={made_up.PASSPORT: pinned[made_up.PASSPORT]},
            finds=(
                (f"the signal pin {without}", made_up.PASSPORT, 9, 19),
                (f"the data pin {without}", made_up.PASSPORT, 11, 3),
            ),
        ),
    )


PARAMETERS = "strategies/gap/params/v1.yaml"
OTHER = "strategies/gap/params/passport.yaml"
WITHOUT = "of STR-2026-0001 changed in production without the sign-off of"

RULE = Rule("QG607", "production-changed-unapproved", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
