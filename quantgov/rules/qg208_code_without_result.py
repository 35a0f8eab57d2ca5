"""The signal code of a strategy changed, and no result record is of the code that lands.

Why: a strategy whose code was changed and not run again is one that nobody has seen work.
Fix: `quantgov backtest STR-… -- COMMAND` on the code as it is now, and commit the record that it writes along. Judged
where work lands, over a whole push or pull request, for strategies in research, validation and production: what lies in
between is free, and so are ideas, and research that just begins. A renamed folder changes no code, and tests are none.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from quantgov.moves import Move
    from quantgov.strategy import Strategy

ASKED = ("research", "validation", "production")


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        begins = move.reached == ASKED[0] and move.left not in ASKED
        if move.after and move.reached in ASKED and not begins:
            yield from _judged(move, move.after, change, policy)


def _judged(move: Move, of: Strategy, change: Change, policy: Policy) -> Iterator[Finding]:
    from quantgov import results, signoffs

    code = of.own_tree()
    if not code or code == _before(move, of, change) or not signoffs.lands(change, policy):
        return
    if not results.of_code(of.tree, policy, of, code):
        yield Finding(
            f"the signal code of {of.id} changed, and no result record is of it as it is now",
            _place(of, change),
            help=results.again(of.tree, policy, of),
            key=f"{of.id} {code}",
        )


def _before(move: Move, of: Strategy, change: Change) -> str:
    """The tree of the code that stood there; of a strategy that is new, of what its folder held without a passport."""
    if move.before:
        return move.before.own_tree()
    from quantgov import documents, strategy

    return strategy.Strategy(moves.sides(change)[0], of.path, documents.Document({})).own_tree()


def _place(of: Strategy, change: Change) -> str:
    """The first code file that was touched; the passport where code only went away."""
    touched = {each.path for each in change.touched}
    return next((path for path in (*of.code_paths(), *of.hidden_code()) if path in touched), of.path)


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    research, ideation, production = (made_up.files(status) for status in ("research", "ideation", "production"))
    changed = {**research, **OTHER}
    return (
        Example("with its result", before=research, files={**OTHER, **made_up.result(changed)}, branch="main"),
        Example(
            "a result that was there before",
            before={**research, **made_up.result(changed)},
            files=OTHER,
            branch="main",
        ),
        Example("an idea", before=ideation, files=OTHER, branch="main"),
        Example("research that begins", before=ideation, files={**research, **OTHER}, branch="main"),
        Example("new, and at research from the start", files=research, branch="main"),
        Example("one that is retired", before=made_up.files("retired"), files=OTHER, branch="main"),
        Example("a test", before=research, files={"strategies/gap/test_gap.py": "import gap_signals\n"}, branch="main"),
        Example(
            "other parameters", before=research, files={"strategies/gap/params/v1.yaml": "bars: 4\n"}, branch="main"
        ),
        Example(
            "a folder of another name",
            before=research,
            files={
                **dict.fromkeys(research),
                **{path.replace("/gap/", "/fade/"): data for path, data in research.items()},
            },
            branch="main",
        ),
        Example("on its way", before=research, files=OTHER, stages=Stage.PUSH | Stage.RECEIVE),
        Example(
            "code that was there before its passport", before={CODE: research[CODE]}, files=production, branch="main"
        ),
        Example("the code goes", before=research, files={CODE: None}, branch="main"),
        Example("a strategy goes", before=research, files=dict.fromkeys(research), branch="main"),
        Example("no strategy", files={"src/gap.py": "LOOKBACK = 4\n"}, branch="main"),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    research, validation = made_up.files("research"), made_up.files("validation")
    stale = ("the signal code of STR-2026-0001 changed, and no result record is of it as it is now", CODE, 0, 0)
    return (
        Example(
            "the result of the code before it",
            before={**research, **made_up.result(research)},
            files=OTHER,
            branch="main",
            finds=(stale,),
        ),
        Example(
            "a result of the same code of another strategy",
            before=research,
            files={**OTHER, made_up.RESULT: _of_another(made_up.result({**research, **OTHER}))},
            branch="main",
            finds=(stale,),
        ),
        Example("in a pull request", before=research, files=OTHER, stages=Stage.RANGE, finds=(stale,)),
        Example("in validation, without any result", before=validation, files=OTHER, branch="main", finds=(stale,)),
        Example("new, and long past an idea", files=validation, branch="main", finds=(stale,)),
        Example(
            "a module goes",
            before={
                **research,
                "strategies/gap/costs.py": "FEE = 1\n",
                **made_up.result({**research, "strategies/gap/costs.py": "FEE = 1\n"}),
            },
            files={"strategies/gap/costs.py": None},
            branch="main",
            finds=((stale[0], made_up.PASSPORT, 0, 0),),
        ),
    )


def _of_another(result: Mapping[str, str | bytes]) -> str:
    return "".join(str(data).replace("STR-2026-0001", "STR-2026-0002") for data in result.values())


CODE = "strategies/gap/gap_signals.py"
OTHER = {CODE: "LOOKBACK = 4\n"}

RULE = Rule("QG208", "code-without-result", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
