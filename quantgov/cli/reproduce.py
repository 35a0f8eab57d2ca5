"""`quantgov reproduce`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import typer

from quantgov import outcomes, reproductions
from quantgov.cli import console
from quantgov.cli.forms import Form
from quantgov.desk import Desk
from quantgov.errors import EXIT_BLOCKED, CannotJudge, UsageError
from quantgov.git import Repository
from quantgov.outcomes import DIVERGED, Metric, Outcome
from quantgov.reproducing import Asked, Reproducer
from quantgov.tally import without_secrets
from quantgov.targets import Target, Targets
from quantgov.wording import printable
from quantgov.workspace import Ending

HEADINGS = ("metric", "recorded", "now", "difference", "tolerance", "")


class Attempt(NamedTuple):
    """What became of a target: its outcomes, or why it could not be run."""

    strategy_id: str
    outcomes: tuple[Outcome, ...]
    failure: CannotJudge | None


def reproduce(
    name: str = typer.Argument("", help="A record or its id, a strategy, or a revision.", metavar="[WHAT]"),
    no_env: bool = typer.Option(False, "--no-env", help="Run in the current environment, not in the lock file's."),
    timeout: float | None = typer.Option(None, "--timeout", metavar="SECONDS", min=1, help="Instead of the policy's."),
    all_production: bool = typer.Option(False, "--all-production", help="Every strategy in production."),
    no_attest: bool = typer.Option(False, "--no-attest", help="Write no attestation."),
    keep: bool = typer.Option(False, "--keep", help="Leave the clean checkout there, to look into."),
    form: Form = typer.Option(Form.TEXT, "--format", help="How to report."),
) -> None:
    """Run a result again, from a clean checkout, and hold what comes out against what is on record.

    A record or a revision is run on the code that it came with; a strategy's newest record on the code of today. Code,
    data, parameters and environment are compared first, and what differs is named. The network is cut off where the
    system allows it. Exit 0: reproduced; 1: something diverged; 3: it could not be run.

    [bold]Examples[/bold]

      quantgov reproduce STR-2026-0042

      quantgov reproduce results/earnings_gap/2026-11-20_aapl_earnings_gap_v1.yaml

      quantgov reproduce HEAD --timeout 600

      quantgov reproduce --all-production
    """
    if bool(name) == all_production:
        raise UsageError("name what to run again: a record, a strategy or a revision", "quantgov reproduce STR-…")
    desk = Desk(Repository.discover())
    by = "" if no_attest else desk.email
    with Ending(), console.ERR.status("looking for what is on record") as status:
        runs = list(_runs(Targets(desk.repo, desk.policy), name))
        attempts = []
        for at, (strategy_id, target) in enumerate(runs):
            place = f"{at + 1} of {len(runs)}, {strategy_id}: " if len(runs) > 1 else ""
            asked = Asked(not no_env, timeout or desk.policy.timeout, keep, _teller(status.update, place))
            reproducer = Reproducer(desk.repo, desk.policy, asked)
            attempts.append(_attempt(reproducer, strategy_id, target, by, alone=bool(name) and len(runs) == 1))
    _report(attempts, form, production=all_production)
    raise typer.Exit(_code(attempts))


def _teller(update: Callable[[str], None], place: str) -> Callable[[str], None]:
    from rich.markup import escape

    return lambda text: update(escape(place + printable(without_secrets(text))))


def _runs(found: Targets, name: str) -> Iterator[tuple[str, Callable[[], Target]]]:
    """What to run again, each with its strategy's id; in production also what may turn out not to be on record."""
    if name:
        yield from ((each.of.id, partial(_itself, each)) for each in found.named(name))
    else:
        yield from ((each.id, partial(found.newest, each)) for each in found.in_production())


def _itself(target: Target) -> Target:
    return target


def _attempt(
    reproducer: Reproducer, strategy_id: str, target: Callable[[], Target], by: str, *, alone: bool
) -> Attempt:
    """Of several, one that cannot be run is no reason not to run the others."""
    try:
        made = reproducer.run(target())
        return Attempt(strategy_id, tuple(reproducer.attested(each, by) if by else each for each in made), None)
    except CannotJudge as failure:
        if alone:
            raise
        return Attempt(strategy_id, (), failure)
    finally:
        if reproducer.kept:
            where = shlex.quote(reproducer.kept)
            console.ERR.print(f"kept: {where}; to remove it: git worktree remove --force {where}", markup=False)


def _code(attempts: Sequence[Attempt]) -> int:
    """What could not be run weighs more than what diverged: nothing is known of it."""
    failed = [each.failure.exit_code for each in attempts if each.failure]
    diverged = any(each.verdict == DIVERGED for attempt in attempts for each in attempt.outcomes)
    return max([*failed, EXIT_BLOCKED if diverged else 0])


def _report(attempts: Sequence[Attempt], form: Form, *, production: bool) -> None:
    if form is Form.JSON:
        console.write(_as_json(attempts))
    elif production and not attempts:
        console.say("no strategy is in production")
    else:
        for attempt in attempts:
            console.write("".join(_lines(attempt, production)))


def _lines(attempt: Attempt, production: bool) -> Iterator[str]:
    if attempt.failure:
        yield f"{attempt.strategy_id}: could not be run\n"
        yield from (f"  {printable(without_secrets(line))}\n" for line in attempt.failure.message.split("\n"))
        yield f"  fix: {printable(without_secrets(attempt.failure.help))}\n"
    for found in attempt.outcomes:
        yield from _outcome(found, production)


def _outcome(found: Outcome, production: bool) -> Iterator[str]:
    rerun = found.rerun
    due = ", due for re-validation" if production and found.verdict == DIVERGED else ""
    yield f"{found.strategy_id}: {found.verdict}{due}\n"
    yield f"  {printable(found.record.path)}, of {printable(found.record.time)}\n"
    shown = printable(without_secrets(shlex.join(rerun.command)))
    python = f", Python {rerun.python}" if rerun.python else ""
    yield f"  {shown}, on {rerun.commit[:10]}: {rerun.duration:.1f} s, {rerun.isolation.as_text}{python}\n"
    yield from (f"  cause: {printable(without_secrets(each.message))}\n" for each in found.causes)
    yield from (f"    {line}\n" for line in _table([HEADINGS, *map(_row, found.metrics)]))
    yield from (f"  note: {printable(without_secrets(each))}\n" for each in found.notes)
    if found.verdict == DIVERGED:
        yield f"  fix: {printable(without_secrets(_fix(found, production)))}\n"
    if found.path:
        yield f"  attested in {printable(found.path)}; to keep it: git add {printable(shlex.quote(found.path))}\n"


def _fix(found: Outcome, production: bool) -> str:
    if production:
        return f'quantgov suspend {found.strategy_id} --reason "its backtest is not reproduced", or promote it again'
    return f"bring back what changed; or put on record what it gives now: quantgov backtest {found.strategy_id} -- " + (
        shlex.join(found.rerun.command)
    )


def _row(of: Metric) -> tuple[str, ...]:
    numbers = of.recorded is not None and of.now is not None
    apart = _number(of.now - of.recorded) if of.now is not None and of.recorded is not None and numbers else "-"
    return of.name, _number(of.recorded), _number(of.now), apart, f"{of.tolerance:g}", of.verdict


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.10g}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADINGS))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(map(printable, row), widths, strict=True))
        yield "  ".join(cells).rstrip()


def _as_json(attempts: Sequence[Attempt]) -> str:
    reports = [_reported(found) for attempt in attempts for found in attempt.outcomes]
    reports += [_failed(each.strategy_id, each.failure) for each in attempts if each.failure]
    return json.dumps({"schema": 1, "reproductions": reproductions.without_keys(reports)}, indent=2) + "\n"


def _reported(found: Outcome) -> dict[str, object]:
    return {"record": found.record.path, "attestation": found.path or None, **outcomes.predicate(found)}


def _failed(strategy_id: str, failure: CannotJudge) -> dict[str, object]:
    return {"strategy_id": strategy_id, "verdict": None, "message": failure.message, "help": failure.help}
