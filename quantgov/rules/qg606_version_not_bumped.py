"""Signal code or the parameters' structure changed under review, and the strategy's version did not.

Why: a result, a sign-off and a deployment all name a version; two strategies under one version cannot be told apart.
Fix: raise `version:` in the passport, and give the parameters a file of that name. New values of the same parameters
need no new version. Judged from validation on, over a whole push or pull request: what happens in between is free.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.strategy import Strategy


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.before and move.after and move.was_under_review and move.is_under_review:
            what = _differs(move.before, move.after) if move.before.version == move.after.version else ""
            if what:
                from quantgov import strategy

                yield Finding(
                    f"{what} of {move.after.id} changed, and it still is {move.after.version}",
                    move.after.path,
                    *move.after.place("version"),
                    help=f"version: {strategy.next_version(move.after.version)}, and sign again what changed",
                    key=f"{move.after.id} {what}",
                )


def _differs(before: Strategy, after: Strategy) -> str:
    if before.code_tree() != after.code_tree():
        return "signal code"
    return "the structure of the parameters" if _structure(before) != _structure(after) else ""


def _structure(of: Strategy) -> object:
    """The keys of the parameters and the kinds of their values; None where they cannot be read."""
    data = of.read(of.parameters_file)
    if data is None:
        return None
    from quantgov import documents

    try:
        return _shape(documents.load(data).value)
    except documents.DocumentError:
        return None


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shape(each) for each in value[:1]]
    from quantgov import documents

    return documents.kind_of(value)


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    research, validation, raised = (
        made_up.files("research"), made_up.files("validation"), made_up.files("validation", "v1.1.0"),
    )  # fmt: skip
    return (
        Example("a new version", before=validation, files={**raised, CODE: "LOOKBACK = 4\n"}),
        Example("new values", before=validation, files={PARAMETERS: "lookback_bars: 5\n"}),
        Example("research is free", before=research, files={CODE: "LOOKBACK = 4\n"}),
        Example("back in research", before=validation, files={**research, CODE: "LOOKBACK = 4\n"}),
        Example("a test", before=validation, files={"strategies/gap/test_gap_signals.py": "import gap_signals\n"}),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    validation = made_up.files("validation")
    steps = {**validation, PARAMETERS: "steps: [1, 2]\nlookback_bars: 3\n"}
    structure = (
        "the structure of the parameters of STR-2026-0001 changed, and it still is v1.0.0",
        made_up.PASSPORT,
        3,
        10,
    )
    return (
        Example(
            "other code under the same version",
            before=validation,
            files={CODE: "LOOKBACK = 4\n"},
            finds=(("signal code of STR-2026-0001 changed, and it still is v1.0.0", made_up.PASSPORT, 3, 10),),
        ),
        Example("a new parameter", before=validation, files={PARAMETERS: steps[PARAMETERS]}, finds=(structure,)),
        Example(
            "a parameter of another kind",
            before=steps,
            files={PARAMETERS: "steps: [1, 2]\nlookback_bars: three\n"},
            finds=(structure,),
        ),
        Example("parameters that cannot be read", before=validation, files={PARAMETERS: "a: [\n"}, finds=(structure,)),
        Example("parameters that are gone", before=validation, files={PARAMETERS: None}, finds=(structure,)),
    )


CODE, PARAMETERS = "strategies/gap/gap_signals.py", "strategies/gap/params/v1.yaml"

RULE = Rule("QG606", "version-not-bumped", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
