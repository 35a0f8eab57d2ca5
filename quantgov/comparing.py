"""Result records side by side: which there are, what came out, which is best, and what was different.

Source of what the best of many runs is worth: Bailey and Lopez de Prado, "The Deflated Sharpe Ratio" (2014).
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import e
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from quantgov import record
from quantgov.desk import STRATEGY_ID
from quantgov.errors import UsageError
from quantgov.manifest_lines import is_date
from quantgov.message import did_you_mean

if TYPE_CHECKING:
    from quantgov.desk import Desk
    from quantgov.record import Record

TRADES = ("num_trades", "trade_count", "round_trips")
"""What round trips are called (REQUIREMENTS C16)."""
FIRST = ("sharpe_ratio", "total_return", "max_drawdown", "win_rate")
"""Metrics that are listed before others."""
COLUMNS = 3
"""Metrics of a list, at most."""
HIGH, NEAR_ZERO = "high", "near zero"
DIRECTIONS = (
    (HIGH, "sharpe sortino calmar omega information profit return returns cagr win wins hit alpha expectancy pnl"),
    (NEAR_ZERO, "drawdown volatility loss losses turnover cost costs slippage commission fees var cvar error"),
)
"""The words of a metric's name by which it is known which of two values is the better one; of others it is not."""
CONVENTIONAL = ("sharpe", "sortino", "information")
"""Ratios that are computed in more than one way (REQUIREMENTS C15)."""
FEWEST_ID = 4
"""Characters of an id's end that may stand for it."""
GAMMA = 0.5772156649015329
"""Euler's constant."""
RUN_FACTS = {
    "strategy code": ("run", "code", "strategy"),
    "library": ("run", "code", "library"),
    "version": ("version",),
    "command": ("run", "command"),
    "seed": ("run", "seed"),
    "dirty": ("run", "dirty"),
    "python": ("run", "environment", "python"),
    "platform": ("run", "environment", "platform"),
    "lock file": ("run", "environment", "lock_sha256"),
}
SHARES = ("return", "returns", "drawdown", "rate", "volatility", "cagr")
"""Words of a metric's name by which it is a fraction, which people read as a percentage."""
PLAIN = ("ratio", "factor", "days", "bars", "count")
COUNTS = ("num", "count", "trades", "trips", "orders", "days", "bars")
SMALL, DIGITS, LISTED = 0.01, 10, 4
"""Below the first a number is shown with its first digits; so many are shown of a digest; a longer list is counted."""
FINEST = 8
"""Digits more than usual that are tried to tell two values apart."""
LISTS = ("inputs", "fetched")
"""Parts of a data manifest that its digest stands for."""


class Row(NamedTuple):
    """A record in a list."""

    id: str
    path: str
    date: str
    time: str
    strategy: str
    strategy_id: str
    version: str
    symbols: tuple[str, ...]
    trades: float | None
    dirty: bool
    results: Mapping[str, float]
    metric_convention: Mapping[str, object]
    data_digest: str


class Listing(NamedTuple):
    """Some of the records that there are: `fitting` ones there are, `trials` says how many each strategy has in all.

    `metrics` are those that most of them have.
    """

    rows: tuple[Row, ...]
    metrics: tuple[str, ...]
    fitting: int
    trials: Mapping[str, int]


class Metric(NamedTuple):
    """One metric of each record; None where it has none. `best` are the places of the best value, none if unknown."""

    name: str
    values: tuple[float | None, ...]
    best: tuple[int, ...]


class Fact(NamedTuple):
    """Something that is not the same in all records, by the part of the record that says it."""

    part: str
    name: str
    values: tuple[object, ...]


class Comparison(NamedTuple):
    rows: tuple[Row, ...]
    metrics: tuple[Metric, ...]
    facts: tuple[Fact, ...]
    notes: tuple[str, ...]


def listed(
    desk: Desk, strategy: str = "", *, family: str = "", since: str = "", sort: str = "", limit: int = 0
) -> Listing:
    """The staged or committed records, the newest first, or by a metric the best first; at most `limit`, 0 for all.

    Raises UsageError for a strategy, a day or a metric that there is not.
    """
    if since and not is_date(since):
        raise UsageError(f"{since!r} is no day", "--since 2026-01-31")
    every = record.every(desk.tree, desk.policy)
    found = _of_strategy(desk, every, strategy) if strategy else every
    folder = f"{desk.policy.results}{family.strip('/')}/"
    found = [each for each in found if (not family or each.path.startswith(folder)) and each.time >= since]
    rows = [_row(each) for each in reversed(found)]
    metric = _metric(sort, rows) if sort else ""
    if metric:
        rows = sorted(
            (row for row in rows if metric in row.results), key=lambda row: _rank(metric, row.results[metric])
        )
    shown = rows[:limit] if limit else rows
    return Listing(tuple(shown), _columns(shown, metric), len(rows), _trials(every))


def _of_strategy(desk: Desk, every: Iterable[Record], name: str) -> list[Record]:
    """By the name that the records have for it, or as a strategy that stands here is named."""
    by_name = [
        each for each in every if record.bare(name) in (record.bare(each.text("strategy")), each.strategy.lower())
    ]
    if by_name and not STRATEGY_ID.fullmatch(name):
        return by_name
    of = desk.find(name)
    return [each for each in every if each.is_of(of)]


def _row(found: Record) -> Row:
    metrics = found.metrics()
    convention = found.get("metric_convention")
    universe = found.text("backtest_config", "universe") or found.text("data", "symbol_set", "name")
    return Row(
        id=found.id,
        path=found.path,
        date=found.text("date") or found.time[:10],
        time=found.time,
        strategy=found.text("strategy"),
        strategy_id=found.text("strategy_id"),
        version=found.text("version"),
        symbols=tuple(found.symbols or filter(None, [universe])),
        trades=next((metrics[name] for name in TRADES if name in metrics), None),
        dirty=found.is_dirty,
        results=metrics,
        metric_convention=convention if isinstance(convention, dict) else {},
        data_digest=str(found.data.get("digest") or ""),
    )


def _metric(name: str, rows: Sequence[Row]) -> str:
    """A metric by its name, or by a part of it that only one has."""
    known = Counter(metric for row in rows for metric in row.results)
    near = [metric for metric in known if name in metric]
    if name in known or len(near) == 1:
        return name if name in known else near[0]
    names = ", ".join(each for each, _ in known.most_common(8))
    message = f"{name!r} is no metric of these results{did_you_mean(name, known)}"
    raise UsageError(message, f"--sort with one of: {names}" if names else "quantgov results list")


def _columns(rows: Sequence[Row], sort: str) -> tuple[str, ...]:
    """The metric that was asked for, and those that most of the rows have."""
    counts = Counter(name for row in rows for name in row.results if name not in TRADES)
    common = [name for name, count in counts.most_common() if 2 * count > len(rows)]
    ordered = [*([sort] if sort and sort not in TRADES else []), *(name for name in FIRST if name in common), *common]
    return tuple(dict.fromkeys(ordered))[:COLUMNS]


def _trials(every: Iterable[Record]) -> dict[str, int]:
    return dict(Counter(each.text("strategy") for each in every).most_common())


def _rank(metric: str, value: float) -> float:
    """Lower for the better one; of a metric that is neither good nor bad, for the larger one."""
    return abs(value) if direction(metric) == NEAR_ZERO else -value


def direction(metric: str) -> str:
    """Whether a high value is the better one, or one near zero; empty where neither is known."""
    words = metric.split("_")
    return next((way for way, known in DIRECTIONS if not set(known.split()).isdisjoint(words)), "")


def luck(trials: int) -> float:
    """Standard deviations by which the best of so many runs exceeds their mean where none has any skill."""
    normal = NormalDist()
    return (1 - GAMMA) * normal.inv_cdf(1 - 1 / trials) + GAMMA * normal.inv_cdf(1 - 1 / (trials * e))


def warning(strategy: str, trials: int) -> str:
    """What the best of a strategy's runs is worth; empty for a single run."""
    if trials < 2:
        return ""
    above = f"{luck(trials):.1f} standard deviations above their mean"
    return f"{strategy} has {trials} runs on record: by luck alone the best of them stands {above}"


def compared(desk: Desk, names: Sequence[str], last: int) -> Comparison:
    """What these paths, ids or strategies name: of one strategy its last records, of several each one's newest.

    Raises UsageError for what names none, and where there are not two.
    """
    every = record.every(desk.tree, desk.policy)
    found = _chosen(desk, every, names, last)
    if len(found) < 2:
        raise UsageError(f"{found[0].id} alone: there is nothing to compare it with", "quantgov results list")
    rows = tuple(map(_row, found))
    notes = tuple(_notes(rows, _trials(every)))
    return Comparison(rows, _metrics(rows), tuple(_facts(found)), notes)


def _chosen(desk: Desk, every: Sequence[Record], names: Sequence[str], last: int) -> list[Record]:
    chosen = []
    for name in names:
        one = _named(desk, every, name)
        of = [one] if one else _of_name(desk, every, name)
        if not of:
            raise UsageError(f"{name} has no results yet", f"quantgov backtest {name} -- python ...")
        chosen += of[-last:] if len(names) == 1 else of[-1:]
    return list({each.path: each for each in chosen}.values())


def _of_name(desk: Desk, every: Sequence[Record], name: str) -> list[Record]:
    try:
        return _of_strategy(desk, every, name)
    except UsageError as error:
        raise UsageError(f"{error.message}, and no such record", "quantgov results list") from None


def _named(desk: Desk, every: Sequence[Record], name: str) -> Record | None:
    """The record at a path, or with this id or this end of one; None where a strategy must be meant."""
    here = os.path.relpath(os.path.abspath(name), desk.top).replace(os.sep, "/")
    exact = [each for each in every if name in (each.path, each.id) or each.path == here]
    ends = [each for each in every if len(name) >= FEWEST_ID and each.id.endswith(name)]
    found = exact or ends
    if len(found) > 1:
        raise UsageError(f"{name} names {len(found)} records", f"name one by its path: {found[0].path}")
    if not found and (name.endswith(record.SUFFIXES) or name.startswith("exp_")):
        known = [each.path if name.endswith(record.SUFFIXES) else each.id for each in every]
        raise UsageError(f"there is no result {name!r} here{did_you_mean(name, known)}", "quantgov results list")
    return found[0] if found else None


def _metrics(rows: Sequence[Row]) -> tuple[Metric, ...]:
    names = dict.fromkeys([*FIRST, *(name for row in rows for name in row.results)])
    found = []
    for name in names:
        values = tuple(row.results.get(name) for row in rows)
        if any(value is not None for value in values):
            found.append(Metric(name, values, _best(name, values, rows)))
    return tuple(found)


def _best(name: str, values: Sequence[float | None], rows: Sequence[Row]) -> tuple[int, ...]:
    """Where the best values stand: nowhere where all are the same, or were computed in different ways."""
    known = [value for value in values if value is not None]
    if not direction(name) or len(set(known)) < 2 or (_is_conventional(name) and len(_conventions(name, rows)) > 1):
        return ()
    best = min(_rank(name, value) for value in known)
    return tuple(at for at, value in enumerate(values) if value is not None and _rank(name, value) == best)


def _is_conventional(name: str) -> bool:
    return name.startswith(CONVENTIONAL)


def _conventions(name: str, rows: Sequence[Row]) -> dict[str, list[int]]:
    """The ways in which a ratio was computed, with the places of those that were."""
    found: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        if name in row.results:
            found.setdefault(_convention(row), []).append(at)
    return found


def _convention(row: Row) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(row.metric_convention.items()))


def label(at: int) -> str:
    """A record's letter in a comparison: A to Z, then A1, B1 and so on."""
    round, letter = divmod(at, 26)
    return chr(ord("A") + letter) + (str(round) if round else "")


def labels(places: Iterable[int]) -> str:
    """Letters as people list them: A, B and C."""
    *most, last = [label(at) for at in places]
    return f"{', '.join(most)} and {last}" if most else last


def _notes(rows: Sequence[Row], trials: Mapping[str, int]) -> Iterator[str]:
    """What keeps these results from being compared as they stand."""
    ratio = next((name for row in rows for name in row.results if _is_conventional(name)), "")
    ways = _conventions(ratio, rows)
    if len(ways) > 1:
        told = "; ".join(f"{labels(places)}: {way or 'not stated'}" for way, places in ways.items())
        yield f"{ratio} was not computed alike, so none is marked as best ({told})"
    yield from _data_notes(rows)
    for strategy in dict.fromkeys(row.strategy for row in rows):
        yield from filter(None, [warning(strategy, trials[strategy])])


def _data_notes(rows: Sequence[Row]) -> Iterator[str]:
    by_digest: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        by_digest.setdefault(row.data_digest, []).append(at)
    unknown = by_digest.pop("", [])
    if len(by_digest) > 1:
        groups = "; ".join(labels(places) for places in by_digest.values())
        yield f"these ran on different data ({groups}): what differs may be the data's doing"
    if unknown:
        yield f"{labels(unknown)} {'does' if len(unknown) == 1 else 'do'} not say on which data"


def _facts(found: Sequence[Record]) -> Iterator[Fact]:
    """Whatever is not the same in all of them, but for what came out; of what only one has nothing can be told."""
    for part in ("parameters", "backtest_config", "metric_convention", "data"):
        sides = [dict(_flat(each.get(part))) for each in found]
        for name in dict.fromkeys(name for side in sides for name in side):
            values = tuple(side.get(name) for side in sides)
            if _differ(values) and sum(map(bool, sides)) > 1:
                yield Fact(part, name, values)
    for name, pointer in RUN_FACTS.items():
        values = tuple(each.get(*pointer) for each in found)
        if _differ(values) and sum(value is not None for value in values) > 1:
            yield Fact("run", name, values)


def _flat(value: object, before: str = "") -> Iterator[tuple[str, object]]:
    """Values by their names, nested ones with dots."""
    for key, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, dict):
            yield from _flat(each, f"{before}{key}.")
        elif key not in LISTS:
            yield f"{before}{key}", each


def _differ(values: Sequence[object]) -> bool:
    return any(value != values[0] or isinstance(value, bool) != isinstance(values[0], bool) for value in values[1:])


def number(name: str, value: float | None, more: int = 0) -> str:
    """A metric as people read it, with so many digits more than usual."""
    words = set(name.split("_"))
    if value is None:
        return "-"
    if not words.isdisjoint(SHARES) and words.isdisjoint(PLAIN):
        return f"{value:.{more + 1}%}"
    if value == int(value) and not words.isdisjoint(COUNTS):
        return f"{value:,.0f}"
    return f"{value:,.{more + 2}f}" if value == 0 or abs(value) >= SMALL else f"{value:.{more + 2}g}"


def texts(metric: Metric) -> list[str]:
    """A metric's values with as many digits as it takes to tell them apart."""
    found: list[str] = []
    for more in range(FINEST):
        found = [number(metric.name, value, more) for value in metric.values]
        if len(set(found)) == len(set(metric.values)):
            break
    return found


def shown(value: object) -> str:
    """A value of a record in a table: of a digest its beginning, of a long list how long it is."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value)) if len(value) <= LISTED else f"{len(value)} listed"
    digest = re.fullmatch(r"(?:sha256:)?([0-9a-f]{40,64})", str(value))
    return digest[1][:DIGITS] if digest else str(value)


def listing_as_json(found: Listing) -> str:
    rows = [row._asdict() for row in found.rows]
    return _dumped({"count": found.fitting, "trials": found.trials, "records": rows})


def comparison_as_json(found: Comparison) -> str:
    return _dumped(
        {
            "records": [row._asdict() for row in found.rows],
            "metrics": [{**each._asdict(), "best": [found.rows[at].id for at in each.best]} for each in found.metrics],
            "differing": [each._asdict() for each in found.facts],
            "notes": found.notes,
        }
    )


def _dumped(report: Mapping[str, object]) -> str:
    return json.dumps({"schema": 1, **report}, indent=2) + "\n"
