"""The signal code of a strategy in production is not the code that its backtest report is of.

Why: what runs was then never tested; a signal library of another version is the commonest way there.
Fix: rerun the backtest on this code and report that, or restore the code. The report names the code that it ran by
git's name of its tree (`signal.code_tree`): every source file of the folder but tests, and the signal library
where `deployment.signal_version` is a path of the repository.
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


PRODUCTION = "production"


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.after and move.reached == PRODUCTION:
            yield from _judged(move.after)


def _judged(of: Strategy) -> Iterator[Finding]:
    from quantgov import report

    found = report.of(of)
    tested = found.text("signal", "code_tree") if found else ""
    here = of.code_tree()
    if found and tested and tested != here:
        standing = f"the signal code here is {here[:10]}" if here else "there is no signal code here"
        yield Finding(
            f"{standing}, and the report is of {tested[:10]}",
            report.path_of(of),
            *found.place("signal", "code_tree"),
            help=f"bring the tested code back, or rerun the backtest: quantgov report draft {of.id} --link",
            key=f"{of.id} {tested} {here}",
        )


PASSPORT = "strategies/gap/passport.yaml"
PATH = "strategies/gap/report.yaml"
CODE = "strategies/gap/gap_signals.py"
RUNNING = "strategy_id: STR-2026-0001\nstatus: production\n"
REPORT = "signal:\n  code_tree: 6f6679aec57971dc9a512a78ad1f802fd8e5d286\n"
FILES = {PASSPORT: RUNNING, PATH: REPORT, CODE: "LAG = 1\n"}
OTHER = {CODE: "LAG = 2\n"}
VALIDATED = {PASSPORT: RUNNING.replace("production", "validation")}
DIFFERS = ("the signal code here is e78a4f573a, and the report is of 6f6679aec5", PATH, 2, 14)

RULE = Rule(
    "QG610",
    "signal-differs-from-report",
    Scope.CHANGE,
    check,
    accepts=(
        Example("the code that was tested", files=FILES),
        Example(
            "a test of it is added", before=FILES, files={"strategies/gap/test_gap_signals.py": "import gap_signals\n"}
        ),
        Example(
            "the folder is renamed",
            before=FILES,
            files=dict.fromkeys(FILES) | {path.replace("gap/", "fade/"): text for path, text in FILES.items()},
        ),
        Example("not in production", files=FILES | VALIDATED | OTHER),
        Example("a report that names no code", files=FILES | {PATH: "version: 1\n"}),
        Example("no report", files={PASSPORT: RUNNING, CODE: "LAG = 1\n"}),
        Example("a strategy goes", before=FILES, files=dict.fromkeys(FILES)),
    ),
    rejects=(
        Example("other code", files=FILES | OTHER, finds=(DIFFERS,)),
        Example("the code of a running strategy is changed", before=FILES, files=OTHER, finds=(DIFFERS,)),
        Example("into production", before=FILES | VALIDATED | OTHER, files={PASSPORT: RUNNING}, finds=(DIFFERS,)),
        Example("changed once more", before=FILES | {CODE: "LAG = 3\n"}, files=OTHER, finds=(DIFFERS,)),
        Example(
            "the code is deleted",
            before=FILES,
            files={CODE: None},
            finds=(("there is no signal code here, and the report is of 6f6679aec5", PATH, 2, 14),),
        ),
    ),
)
