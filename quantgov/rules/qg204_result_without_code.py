"""A result record comes without the code that gave it: no commit holds that code, so nobody can run it again.

Why: a result whose code is gone is a rumour.
Fix: commit the code with its result, or run the backtest again on what is committed. The record names the code by git's
names of its trees: the strategy's own code, and what it used of the repository beside it. While a strategy is in
ideation or research, a result of code that was not committed is accepted, as long as it says so (`dirty: true`); from
validation on all that it ran on has to come with it. Judged is the newest result that a change brings of a strategy:
that the code went on since is no fault of an old one.
"""

from __future__ import annotations

from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.record import may_be_record
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    if not any(each.after and may_be_record(each.path, policy) for each in change.touched):
        return
    from quantgov import results

    history = results.History(change, policy)
    newest = {each.strategy: each for each in sorted(results.written(change, policy), key=lambda each: each.time)}
    for found in newest.values():
        fault = results.uncommitted(found, history) if found.code_is_named else None
        if fault:
            message, pointer, help = fault
            yield Finding(message, found.path, *found.place(*pointer), help=help, key=f"{found.id} {pointer[-1]}")


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    research, validation = made_up.files("research"), made_up.files("validation")
    other = {CODE: "LOOKBACK = 4\n"}
    library = {LIBRARY: "FEE = 1\n"}
    logged = made_up.result(research)
    return (
        Example("a result with its code", files={**research, **made_up.result(research)}),
        Example("a result of code that is there", before=validation, files=made_up.result(validation)),
        Example("a result of the code before it", before=research, files={**other, **made_up.result(research)}),
        Example(
            "the code went on before the result was committed",
            before=research,
            earlier=(other, {CODE: "LOOKBACK = 5\n"}),
            files=made_up.result({**research, **other}),
            stages=Stage.PUSH | Stage.RANGE | Stage.RECEIVE,
        ),
        Example(
            "the code goes on after the result",
            before=research,
            earlier=({**other, **made_up.result({**research, **other})},),
            files={CODE: "LOOKBACK = 5\n"},
        ),
        Example(
            "code that is not committed, in research",
            before=research,
            files=made_up.result({**research, **other}, dirty=True),
        ),
        Example(
            "code that was not committed while it was in research",
            before=research,
            earlier=(made_up.result({**research, **other}, dirty=True),),
            files=validation,
        ),
        Example(
            "code that was not committed before, in validation, and comes with its result",
            before=validation,
            files={**other, **made_up.result({**validation, **other}, dirty=True, more=_read("lookback_bars: 3\n"))},
        ),
        Example(
            "an earlier try beside the newest result",
            before=research,
            files={**logged, **_earlier(made_up.result({**research, **other}))},
        ),
        Example("with its library", files={**research, **library, **made_up.result(research, more=LIBRARY_LINES)}),
        Example(
            "a conclusion of an old result",
            before={**research, **other, **logged},
            files={made_up.RESULT: f"{logged[made_up.RESULT]!s}conclusion: it works\n"},
        ),
        Example(
            "an old result is moved",
            before={**research, **other, **logged},
            files={made_up.RESULT: None, made_up.RESULT.replace("_v1", "_v2"): logged[made_up.RESULT]},
        ),
        Example("an old result goes", before={**research, **logged}, files={made_up.RESULT: None}),
        Example(
            "a folder of another name",
            files={
                **{path.replace("/gap/", "/fade/"): data for path, data in research.items()},
                **logged,
            },
        ),
        Example("a record that names no code", files={made_up.RESULT: BY_HAND}),
        Example("some other result", files={made_up.RESULT: "sharpe: 1.45\n"}),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    research, validation = made_up.files("research"), made_up.files("validation")
    other = {CODE: "LOOKBACK = 4\n"}
    lost = "no commit holds the code that gave this result; what is here differs in {}"
    return (
        Example(
            "code that is nowhere",
            files={**research, **made_up.result({**research, **other})},
            finds=((lost.format("the strategy's code"), made_up.RESULT, 35, 5),),
        ),
        Example(
            "a library that is nowhere",
            files={**research, LIBRARY: "FEE = 2\n", **made_up.result(research, more=LIBRARY_LINES)},
            finds=((lost.format(f"the library ({LIBRARY})"), made_up.RESULT, 35, 5),),
        ),
        Example(
            "neither",
            files={**research, **made_up.result({**research, **other}, more=LIBRARY_LINES)},
            finds=((lost.format(f"the strategy's code and the library ({LIBRARY})"), made_up.RESULT, 35, 5),),
        ),
        Example(
            "code that was not committed, in validation",
            before=validation,
            files=made_up.result({**validation, **other}, dirty=True),
            finds=(
                (
                    "it ran on code that was not committed, and STR-2026-0001 is in validation",
                    made_up.RESULT,
                    33,
                    10,
                ),
            ),
        ),
        Example(
            "parameters that were not committed, in validation",
            before=validation,
            files=made_up.result(validation, dirty=True, more=_read("lookback_bars: 4\n")),
            finds=(
                ("it ran on code that was not committed, and STR-2026-0001 is in validation", made_up.RESULT, 33, 10),
            ),
        ),
        Example(
            "of a strategy that there is not",
            files=made_up.result(research),
            finds=(("STR-2026-0001 names no strategy here", made_up.RESULT, 5, 14),),
        ),
    )


def _earlier(result: Mapping[str, str | bytes]) -> Mapping[str, str]:
    """The same an hour before, under another number."""
    return {path.replace("_v1", "_v2"): str(data).replace("T09:", "T08:") for path, data in result.items()}


def _read(parameters: str) -> str:
    """Further lines of a record: the parameters that the run read."""
    from quantgov import strategy

    return f"  files: [{{path: strategies/gap/params/v1.yaml, sha256: '{strategy.sha256(parameters.encode())}'}}]\n"


CODE, LIBRARY = "strategies/gap/gap_signals.py", "lib/costs.py"
LIBRARY_LINES = f"    library: 'f6ad3b85d88a0311ad74fc389d86bfb7478fb9ee'\n    library_paths: [{LIBRARY}]\n"
BY_HAND = "experiment_id: exp_7\nstrategy: momentum\nparameters: {}\nresults: {sharpe_ratio: 1.45}\n"

RULE = Rule("QG204", "result-without-code", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
