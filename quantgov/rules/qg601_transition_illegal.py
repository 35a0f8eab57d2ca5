"""A strategy's status skips a phase, or goes where its life cannot go.

Why: each phase has an exit criterion; a strategy that jumps over one reaches the market untested.
Fix: take the next phase, `quantgov promote STR-… <status>`. Down is always free: back to research, suspended, retired.
A strategy is its id: moving its folder changes nothing, as long as it stays among the strategies. One that runs cannot
be deleted; it is retired first.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, restoring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.moves import Move


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.left != move.reached:
            yield from _judge(move, policy.protected[0])
        if _is_lost(move, policy):
            assert move.before
            assert move.after
            message = f"{move.id} is in {move.reached}, and its folder leaves {policy.strategies}"
            help = f"git mv {move.after.folder.rstrip('/')} {move.before.folder.rstrip('/')}"
            yield Finding(message, move.after.path, help=help, key=f"{move.id} leaves {move.before.path}")


def _is_lost(move: Move, policy: Policy) -> bool:
    """Whether it goes to where changes of its library are not looked for."""
    from quantgov import lifecycle

    if not (move.before and move.after and move.reached in lifecycle.UNDER_REVIEW):
        return False
    return policy.is_strategy(move.before.path) and not policy.is_strategy(move.after.path)


def _judge(move: Move, trunk: str) -> Iterator[Finding]:
    from quantgov import lifecycle

    if lifecycle.is_legal(move.left, move.reached) or move.reached not in lifecycle.LEGAL:
        return
    ways = [way for way in lifecycle.LEGAL.get(move.left, ()) if way]
    key = f"{move.id} {move.left} -> {move.reached}"
    if move.after is None:
        assert move.before
        message = f"{move.before.id} is in {move.left}, and its passport is deleted"
        help = f"{restoring(move.before.path, trunk)}; to end it: quantgov promote {move.id} retired"
        yield Finding(message, move.before.path, help=help, key=key)
        return
    start = f"cannot go from {move.left} to {move.reached}" if move.before else f"cannot begin in {move.reached}"
    open_to = f"it may go to {' or '.join(ways)}" if ways else "a retired strategy stays retired"
    help = f"quantgov promote {move.after.id} {ways[0]}" if ways else "quantgov new-strategy NAME"
    if move.before is None:
        help = f"status: {ways[0]}; what runs already comes to the trunk under mode: observe"
    yield Finding(f"{move.after.id} {start}; {open_to}", move.after.path, *move.after.place("status"), help, key)


GAP = "strategies/gap/passport.yaml"
MOVED = "strategies/overnight-gap/passport.yaml"
LEFT = "attic/gap/passport.yaml"
ID = "strategy_id: STR-2026-0001\nstatus: "
SKIPPED = "STR-2026-0001 cannot go from ideation to validation; it may go to research or retired"

RULE = Rule(
    "QG601",
    "transition-illegal",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a new strategy", files={GAP: ID + "ideation\n"}),
        Example("the next phase", before={GAP: ID + "ideation\n"}, files={GAP: ID + "research\n"}),
        Example("back to research", before={GAP: ID + "validation\n"}, files={GAP: ID + "research\n"}),
        Example("suspended at night", before={GAP: ID + "production\n"}, files={GAP: ID + "suspended\n"}),
        Example("the same status", before={GAP: ID + "production\n"}, files={GAP: ID + "production\nname: Gap\n"}),
        Example("a folder is moved", before={GAP: ID + "production\n"}, files={GAP: None, MOVED: ID + "production\n"}),
        Example("an idea is laid aside", before={GAP: ID + "ideation\n"}, files={GAP: None, LEFT: ID + "ideation\n"}),
        Example("an idea is dropped", before={GAP: ID + "ideation\n"}, files={GAP: None}),
        Example("a status that there is not is QG401's", before={GAP: ID + "ideation\n"}, files={GAP: ID + "live\n"}),
    ),
    rejects=(
        Example(
            "a phase is skipped",
            before={GAP: ID + "ideation\n"},
            files={GAP: ID + "validation\n"},
            finds=((SKIPPED, GAP, 2, 9),),
        ),
        Example(
            "a phase is skipped while the folder is moved",
            before={GAP: ID + "ideation\n"},
            files={GAP: None, MOVED: ID + "validation\n"},
            finds=((SKIPPED, MOVED, 2, 9),),
        ),
        Example(
            "a new strategy in production",
            files={GAP: ID + "production\n"},
            finds=(("STR-2026-0001 cannot begin in production; it may go to ideation or research", GAP, 2, 9),),
        ),
        Example(
            "what runs is deleted",
            before={GAP: ID + "production\n"},
            files={GAP: None},
            finds=(("STR-2026-0001 is in production, and its passport is deleted", GAP, 0, 0),),
        ),
        Example(
            "what runs leaves the strategies",
            before={GAP: ID + "production\n"},
            files={GAP: None, LEFT: ID + "production\n"},
            finds=(("STR-2026-0001 is in production, and its folder leaves strategies/", LEFT, 0, 0),),
        ),
        Example(
            "a retired one comes back",
            before={GAP: ID + "retired\n"},
            files={GAP: ID + "research\n"},
            finds=(("STR-2026-0001 cannot go from retired to research; a retired strategy stays retired", GAP, 2, 9),),
        ),
    ),
)
