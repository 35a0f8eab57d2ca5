"""The glass was broken for a strategy, and nobody has reviewed it in time; or the record of it was touched.

Why: an emergency exit that is never looked at becomes the way in.
Fix: somebody other than who broke it, with the role peer-reviewer, reads what was done and signs for the record:
`quantgov sign STR-… --as peer-reviewer --override UTC`. Until then the strategy goes through no gate and keeps its
parameters; suspending it and rolling it back stay free. An override stays in governance/overrides/ as it was written;
a review that does not count may be replaced.
"""

from __future__ import annotations

from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, restoring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.overrides import Override

FOLDER = "governance/overrides/"


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    touched = [each.path for each in change.touched if each.path.startswith(FOLDER) and each.before]
    for path in filter(_is_record, touched):
        help = restoring(path, policy.protected[0])
        yield Finding(f"{path} is a record, and was changed", path, help=help, key=path)
    if change.head.paths(FOLDER) or change.authority.paths(FOLDER):
        yield from _unreviewed(change, policy)


def _is_record(path: str) -> bool:
    from quantgov import overrides

    return overrides.is_record(path)


def _unreviewed(change: Change, policy: Policy) -> Iterator[Finding]:
    from quantgov import overrides

    for each in overrides.known(change):
        step = _held_up(each, change, policy) if each.review_due < change.landing.today else ""
        if step and not overrides.is_reviewed(each, change, policy):
            whose = f"{each.by} broke the glass for {each.strategy_id} ({each.incident})"
            yield Finding(
                f"{whose}; its review was due on {each.review_due}",
                each.path,
                help=f"somebody else: quantgov sign {each.strategy_id} --as peer-reviewer --override {each.id}",
                key=f"{each.id} {step}",
            )


def _held_up(override: Override, change: Change, policy: Policy) -> str:
    """The step that the change takes with the strategy, up a gate or to other parameters; empty for any other."""
    if change.stage is Stage.SNAPSHOT:
        return "stands"
    from quantgov import moves, overrides, signoffs

    for move in moves.of(change, policy):
        if override.strategy_id == move.id:
            if move.goes_up_to:
                return move.goes_up_to
            if signoffs.changed_pins(move) and not overrides.only_returns(move, change):
                return signoffs.pins_digest(move)
    return ""


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    broken = {**made_up.running(), PATH: RECORD}
    reviewed = {**broken, **made_up.review(PATH, RECORD, "bob@fund.com")}
    return (
        Example("no override", files=made_up.files("ideation")),
        Example(
            "a review that did not count is replaced",
            policy=made_up.TEAM,
            before={**broken, **made_up.review(PATH, RECORD, "carol@fund.com")},
            files=made_up.review(PATH, RECORD, "bob@fund.com"),
            now="2026-06-01",
        ),
        Example("its review is not due yet", policy=made_up.TEAM, files=broken, now="2026-05-06"),
        Example("reviewed", policy=made_up.TEAM, files=reviewed, now="2026-06-01"),
        Example(
            "suspended again",
            policy=made_up.TEAM,
            before=broken,
            files={made_up.PASSPORT: made_up.files("suspended")[made_up.PASSPORT]},
            now="2026-06-01",
        ),
        Example("notes", policy=made_up.TEAM, before=broken, files={"strategies/gap/N.md": "x\n"}, now="2026-06-01"),
        Example(
            "another strategy's gate",
            policy=made_up.TEAM,
            before={**made_up.files("ideation"), PATH: RECORD.replace("0001", "0002")},
            files=made_up.files("research"),
            now="2026-06-01",
        ),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    broken = {**made_up.running(), PATH: RECORD}
    parameters: dict[str, str | bytes | None] = {"strategies/gap/params/v1.yaml": "lookback_bars: 9\n"}
    late = (
        "carol@fund.com broke the glass for STR-2026-0001 (INC-7); its review was due on 2026-05-06", PATH, 0, 0,
    )  # fmt: skip
    now = "2026-05-07"
    own = {**broken, **made_up.review(PATH, RECORD, "carol@fund.com")}
    return (
        Example("nobody reviewed it", policy=made_up.TEAM, files=broken, now=now, finds=(late,)),
        Example("other parameters", policy=made_up.TEAM, before=broken, files=parameters, now=now, finds=(late,)),
        Example("reviewed by who broke it", policy=made_up.TEAM, files=own, now=now, finds=(late,)),
        Example(
            "reviewed as something else",
            policy=made_up.TEAM,
            files={**broken, **made_up.review(PATH, "version: 2\n", "bob@fund.com")},
            now=now,
            finds=(late,),
        ),
        Example(
            "the record is deleted",
            policy=made_up.TEAM,
            before=broken,
            files={PATH: None},
            now="2026-05-04",
            finds=((f"{PATH} is a record, and was changed", PATH, 0, 0),),
        ),
        Example(
            "the record is deleted with the parameters that it held up",
            policy=made_up.TEAM,
            before=broken,
            files={PATH: None, **parameters},
            now=now,
            finds=(late, (f"{PATH} is a record, and was changed", PATH, 0, 0)),
        ),
    )


PATH = f"{FOLDER}20260504T021500Z.yaml"
RECORD = """\
version: 1
strategy_id: STR-2026-0001
incident: INC-7
reason: feed is down
by: carol@fund.com
time: "2026-05-04T02:15:00Z"
expires: "2026-05-04T06:15:00Z"
review_due: "2026-05-06"
"""

RULE = Rule("QG609", "override-unreviewed", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
