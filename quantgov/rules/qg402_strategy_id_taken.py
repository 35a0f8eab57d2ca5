"""Two strategies carry the same id.

Why: results, sign-offs and deployments are filed under the id; two strategies under one id lose their history.
Fix: `quantgov passport renumber FILE` gives the newcomer the next free id. In a pull request the ids count that its
target has by now: two branches may have taken the same one.
"""

from __future__ import annotations

from quantgov import moves, passport
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.tree import Tree


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    touched = {each.path for each in change.touched if passport.is_passport(each.path)}
    if not touched:
        return
    before, after = moves.sides(change)
    owners = passport.owners(after, policy.strategies, touched)
    shared = [(strategy_id, paths) for strategy_id, paths in owners.items() if len(paths) > 1]
    for strategy_id, paths in shared:
        for path in touched.intersection(paths):
            others = [other for other in paths if other != path]
            if _is_newcomer(strategy_id, path, others, before):
                line, column = passport.position(after, path, "strategy_id")
                yield Finding(
                    f"{strategy_id} is already the id of {others[0]}",
                    path,
                    line,
                    column,
                    help=f"quantgov passport renumber {quoted(path)}, which gives it a free one",
                )


def _is_newcomer(strategy_id: str, path: str, others: list[str], base: Tree) -> bool:
    """Of two that clash, the one to change: what did not have the id in base, or the later path where neither had."""
    had = passport.owners_of(base, [path, *others]).get(strategy_id, [])
    return path not in had if had else path > min(others)


GAP = "strategies/gap/passport.yaml"
FADE = "strategies/fade/passport.yaml"
ID = "strategy_id: STR-2026-0001\n"

RULE = Rule(
    "QG402",
    "strategy-id-taken",
    Scope.CHANGE,
    check,
    accepts=(
        Example("an id each", files={GAP: ID, FADE: "strategy_id: STR-2026-0002\n"}),
        Example("the next id", before={GAP: ID}, files={FADE: "strategy_id: STR-2026-0002\n"}),
        Example("the same strategy, edited", before={GAP: ID}, files={GAP: ID + "status: research\n"}),
        Example("a strategy is moved", before={GAP: ID}, files={GAP: None, FADE: ID}),
        Example("one of two that had it before, edited", before={GAP: ID, FADE: ID}, files={GAP: ID + "name: Gap\n"}),
        Example("no passport", before={GAP: ID}, files={"strategies/gap/params.yaml": ID}),
        Example("a passport goes", before={GAP: ID, FADE: ID}, files={FADE: None}),
    ),
    rejects=(
        Example(
            "an id that another strategy has",
            before={GAP: ID},
            files={FADE: "# fades\n" + ID},
            finds=(("STR-2026-0001 is already the id of " + GAP, FADE, 2, 14),),
        ),
        Example(
            "an id changed to one that another strategy has",
            before={GAP: ID, FADE: "strategy_id: STR-2026-0002\n"},
            files={FADE: ID},
            finds=(("STR-2026-0001 is already the id of " + GAP, FADE, 1, 14),),
        ),
        Example(
            "two new strategies with one id",
            files={GAP: ID, FADE: ID},
            finds=(("STR-2026-0001 is already the id of " + FADE, GAP, 1, 14),),
        ),
        Example(
            "a copy outside the strategies",
            before={GAP: ID},
            files={"attic/passport.yml": ID},
            finds=(("STR-2026-0001 is already the id of " + GAP, "attic/passport.yml", 1, 14),),
        ),
    ),
)
