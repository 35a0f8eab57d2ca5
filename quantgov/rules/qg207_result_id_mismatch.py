"""A result record was changed after it was logged: its id is not the one that its contents give.

Why: a metric or a parameter that was edited by hand is no result of any run.
Fix: bring the record back as it was, or run the backtest again, which logs another. The conclusion and the next steps
may be written at any time: the id does not speak for them. It is the time of the run, in UTC, and the beginning of a
SHA-256 digest of the record, or, as `log_backtest_result` of the team's own runner gives it, of an MD5 digest of the
parameters. An id that somebody gave by hand says nothing, and is left alone.
"""

from __future__ import annotations

from quantgov import record
from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    found = record.of_blob(blob, policy)
    if found is None or found.id == found.expected_id:
        return
    from quantgov import results

    what = "it was" if found.is_hashed else "its parameters were"
    yield Finding(
        f"{what} changed after it was logged as {found.id}: its contents give {found.expected_id}",
        blob.path,
        *found.place("experiment_id"),
        help=f"bring it back, or log another: {results.rerun(found)}",
        key=found.id,
    )


PATH = "results/earnings_gap/20240310_174044_cbe95c3d.yaml"
LOGGED = """\
experiment_id: exp_20240310_174044_cbe95c3d
strategy: earnings_gap
timestamp: '20240310_174044'
parameters: {entry_window_minutes: 30, max_position_size: 0.05}
backtest_config: {start_date: 2021-01-01, end_date: 2024-02-28}
results: {sharpe_ratio: 1.45, num_trades: 127}
"""
"""What the code of S1 section 6.3 logs."""


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    ours = made_up.result(made_up.files("research"))
    return (
        Example("as it was logged", files=ours),
        Example(
            "with a conclusion",
            before=ours,
            files={made_up.RESULT: f"conclusion: it works\n{ours[made_up.RESULT]!s}next_steps: more symbols\n"},
        ),
        Example(
            "spelled otherwise",
            files={made_up.RESULT: str(ours[made_up.RESULT]).replace("max_drawdown: -0.08", '"max_drawdown": -0.080')},
        ),
        Example("as the team's own code logs it", files={PATH: LOGGED}),
        Example("an id that somebody gave", files={PATH: LOGGED.replace("exp_20240310_174044_cbe95c3d", "exp_7")}),
        Example("some other result", files={PATH: "sharpe: 1.45\n"}),
        Example("no result", files={"strategies/gap/best.yaml": LOGGED.replace("30", "45")}),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    path, record = made_up.RESULT, str(made_up.result(made_up.files("research"))[made_up.RESULT])
    logged = record.splitlines()[0].partition(": ")[2]
    changed = f"it was changed after it was logged as {logged}: its contents give exp_20260302_"
    return (
        Example(
            "a better ratio",
            files={path: record.replace("sharpe_ratio: 1.2", "sharpe_ratio: 2.1")},
            finds=((f"{changed}094000_e0e3159a5352", path, 1, 16),),
        ),
        Example(
            "another time",
            files={path: record.replace("T09:40:00Z", "T10:40:00Z")},
            finds=((f"{changed}104000_1c9e59f402de", path, 1, 16),),
        ),
        Example(
            "an id that somebody gave, for a record of `quantgov backtest`",
            files={path: record.replace(logged, "exp_best")},
            finds=((f"it was changed after it was logged as exp_best: its contents give {logged}", path, 1, 16),),
        ),
        Example(
            "other parameters, in what the team's own code logged",
            files={PATH: LOGGED.replace("30", "45")},
            finds=(
                (
                    "its parameters were changed after it was logged as exp_20240310_174044_cbe95c3d: its contents "
                    "give exp_20240310_174044_d11c2cb1",
                    PATH,
                    1,
                    16,
                ),
            ),
        ),
    )


RULE = Rule("QG207", "result-id-mismatch", Scope.BLOB, check, accepts=accepts, rejects=rejects)
