"""Contenders timed side by side: one run of each per round, so that whatever slows the machine slows all of them."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

WARM_UP = 2
"""Rounds that are run and not counted: they fill the page cache and write the bytecode."""

NOISE = 0.25
"""Quartiles further apart than this part of the median come from other work on the machine."""

Progress = Callable[[int, int], None]


def nothing() -> None:
    pass


class Contender(NamedTuple):
    """Something to time. `before` puts its input back in place, outside the timed section."""

    name: str
    run: Callable[[], None]
    before: Callable[[], None] = nothing


class Run(NamedTuple):
    """Seconds of one run by the clock, and those that its processes spent computing."""

    clock: float
    cpu: float


Samples = Mapping[str, Sequence[Run]]


class Measure(NamedTuple):
    """Seconds: the median of the runs with the quartiles around it, and the median of the computing time."""

    median: float
    low: float
    high: float
    cpu: float
    runs: int

    @property
    def noisy(self) -> bool:
        """Whether half of the runs lie so far apart that the median may be another one the next time."""
        return self.high - self.low > NOISE * self.median


def interleave(
    contenders: Sequence[Contender],
    rounds: int,
    *,
    warm_up: int = WARM_UP,
    progress: Progress = lambda _done, _of: None,
) -> Samples:
    """Every run by the contender's name, in the order of the rounds."""
    samples: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for at in range(warm_up + rounds):
        for contender in contenders:
            run = timed(contender)
            if at >= warm_up:
                samples[contender.name].append(run)
        progress(max(0, at + 1 - warm_up), rounds)
    return samples


def timed(contender: Contender) -> Run:
    contender.before()
    computed, start = children_cpu(), time.perf_counter()
    contender.run()
    clock = time.perf_counter() - start
    return Run(clock, children_cpu() - computed)


def children_cpu() -> float:
    """Seconds that all processes started and ended so far have computed, those that they started included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(runs: Sequence[Run]) -> Measure:
    clock, cpu = [run.clock for run in runs], statistics.median(run.cpu for run in runs)
    if len(clock) == 1:
        return Measure(clock[0], clock[0], clock[0], cpu, 1)
    low, median, high = statistics.quantiles(clock, n=4, method="inclusive")
    return Measure(median, low, high, cpu, len(clock))


def added(samples: Samples, name: str, without: str) -> Measure:
    """What one contender takes more than another, round by round."""
    pairs = zip(samples[name], samples[without], strict=True)
    return measure([Run(more.clock - less.clock, more.cpu - less.cpu) for more, less in pairs])
