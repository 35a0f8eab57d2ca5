"""Results as Markdown tables that read as well in a terminal, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from benchmarks.results import Result, Table
from benchmarks.timing import Measure

NOTES = {
    Table.BUDGETS: (
        "Milliseconds, median (quartiles). A ratio is of medians from the same rounds; noisy means that the quartiles "
        "lie more than a quarter of the median apart, so that the ratio of CPU times is the better witness."
    ),
    Table.PEERS: (
        "The same input for both, each at its best settings; quantgov by its installed hook, cold. Milliseconds, "
        "median (quartiles); for a whole commit, those added to it."
    ),
    Table.SECRETS: (
        "The same history for both, with a key that one commit added and the next took away: who does not find it is "
        "not timed. Milliseconds, median (quartiles), the start of the program included."
    ),
    Table.DATA: (
        "Every figure of a data manifest, the start of the program included, beside the digest alone: a ratio of 2 is "
        "half of its throughput. Milliseconds, median (quartiles)."
    ),
    Table.SCALE: "Fewer rounds, since each takes long. Milliseconds, median (quartiles).",
}
HEADERS = ("job", "quantgov", "against", "reference", "ratio", "by CPU time", "budget", "verdict")
PEER_HEADERS = ("job", "quantgov", "peer", "its time", "quantgov is")


def markdown(results: Sequence[Result], environment: Mapping[str, str]) -> str:
    parts = ["; ".join(f"{name} {value}" for name, value in environment.items())]
    for table in Table:
        chosen = [result for result in results if result.table is table]
        if chosen:
            parts += [f"## {table}", NOTES[table], grid(rows(table, chosen))]
    return "\n\n".join(parts) + "\n"


def rows(table: Table, results: Sequence[Result]) -> list[Sequence[str]]:
    """The header, then a line for each result."""
    if table is Table.PEERS:
        return [PEER_HEADERS, *(peer_row(result) for result in results)]
    return [HEADERS, *(budget_row(result) for result in results)]


def budget_row(result: Result) -> Sequence[str]:
    budget = "" if result.budget is None else f"{round(result.budget, 2):g} x"
    if result.limit is not None:
        budget += f" or {result.limit:g} s"
    ratios = (f"{result.ratio:.2f} x", f"{result.cpu_ratio:.2f} x")
    return (*measured_cells(result), *ratios, budget, result.verdict)


def peer_row(result: Result) -> Sequence[str]:
    return (*measured_cells(result), result.comparison)


def measured_cells(result: Result) -> Sequence[str]:
    return (result.job, shown(result.measured), result.against, shown(result.reference))


def shown(measure: Measure) -> str:
    """Median and quartiles in milliseconds: `31.2 (30.1 to 33.0)`."""
    median, low, high = (f"{1000 * value:,.1f}" for value in measure[:3])
    return f"{median} ({low} to {high})"


def grid(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    header, *body = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    ruler = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([header, ruler, *body])


def as_json(results: Sequence[Result], environment: Mapping[str, str]) -> str:
    document = {"schema": 1, "environment": dict(environment), "results": [plain(result) for result in results]}
    return json.dumps(document, indent=2) + "\n"


def plain(result: Result) -> dict[str, object]:
    """Times are in milliseconds; a ratio that cannot be told is null."""
    return {
        "table": result.table.name.lower(),
        "job": result.job,
        "measured": plain_measure(result.measured),
        "against": result.against,
        "reference": plain_measure(result.reference),
        "ratio": None if math.isnan(result.ratio) else result.ratio,
        "cpu_ratio": None if math.isnan(result.cpu_ratio) else result.cpu_ratio,
        "budget": result.budget,
        "met": result.met,
    }


def plain_measure(measure: Measure) -> dict[str, float]:
    milliseconds = {name: 1000 * getattr(measure, name) for name in ("median", "low", "high", "cpu")}
    return {**milliseconds, "runs": measure.runs}
