"""What came out of a rerun, held against what is on record: metric by metric, and with what else is not as it was."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from quantgov import digests, environments, inputs
from quantgov.inputs import PARAMETERS, Cause
from quantgov.page import as_number
from quantgov.signoffs import moment

if TYPE_CHECKING:
    from quantgov.environments import Environment
    from quantgov.isolation import Isolation
    from quantgov.record import Record
    from quantgov.running import Ran
    from quantgov.targets import Target

SAME, DIFFERS, MISSING, NEW = "same", "differs", "missing", "new"
REPRODUCED, DIVERGED = "reproduced", "diverged"
RECORD, ENVIRONMENT, RUN = "record", "environment", "run"
MOST_PACKAGES = 5
ZERO = 1e-12
"""Absolute: what is no further from nought than this is nought."""


class Metric(NamedTuple):
    """A metric then and now; None is a value that is not known. `verdict` is SAME, DIFFERS, MISSING or NEW."""

    name: str
    recorded: float | None
    now: float | None
    tolerance: float
    verdict: str


class Rerun(NamedTuple):
    """How the records were run again: `began` in seconds since 1970, `duration` in seconds."""

    command: tuple[str, ...]
    folder: str
    commit: str
    python: str
    began: float
    duration: float
    environment: Environment
    isolation: Isolation
    packages: Mapping[str, str] | None = None


class Outcome(NamedTuple):
    """What became of a record. `notes` decide nothing; `path` is where its attestation was written, or is empty."""

    record: Record
    content: bytes
    strategy_id: str
    causes: tuple[Cause, ...]
    metrics: tuple[Metric, ...]
    notes: tuple[str, ...]
    rerun: Rerun
    path: str = ""

    @property
    def verdict(self) -> str:
        differs = any(each.verdict in (DIFFERS, MISSING) for each in self.metrics)
        return DIVERGED if self.causes or differs else REPRODUCED


def judged(
    target: Target,
    at: int,
    ran: Ran,
    rerun: Rerun,
    top: str,
    tolerances: Mapping[str, float],
    *,
    causes: Sequence[Cause],
    notes: Sequence[str],
) -> Outcome:
    """What became of one of a target's records in a run at `top`, with the causes and notes that all of them share."""
    of = target.records[at]
    said = _answer(target.records, at, ran.results)
    metrics = tuple(compared(of, _values(said), tolerances))
    differs = any(each.verdict in (DIFFERS, MISSING) for each in metrics)
    around = list(_environment_causes(of, rerun))
    found = [*_record_causes(of), *causes, *_parameter_causes(of, said), *_fetch_causes(of, ran)]
    told = [*notes, *_artefact_notes(of, top, target.moved)]
    if differs:
        told += [] if found or around else [_undetermined(of)]
        found += around
    else:
        told += [each.message for each in around]
    return Outcome(of, target.contents[at], target.of.id, tuple(found), metrics, tuple(told), rerun)


def predicate(found: Outcome) -> dict[str, object]:
    """What an attestation says of a rerun, but for whose it is."""
    rerun = found.rerun
    lock = rerun.environment.lock
    return {
        "verdict": found.verdict,
        "causes": [each._asdict() for each in found.causes],
        "notes": list(found.notes),
        "metrics": {
            name: {"recorded": recorded, "now": now, "tolerance": tolerance, "verdict": verdict}
            for name, recorded, now, tolerance, verdict in found.metrics
        },
        "experiment_id": found.record.id,
        "strategy_id": found.strategy_id,
        "strategy_version": found.record.text("version"),
        "command": list(rerun.command),
        "folder": rerun.folder,
        "commit": rerun.commit,
        "time": moment(rerun.began),
        "duration_s": round(rerun.duration, 3),
        "environment": {
            "python": rerun.python,
            "platform": environments.platform(),
            "pinned": rerun.environment.is_pinned,
            **({"lock_file": lock[0], "lock_sha256": lock[1]} if lock else {}),
            **({} if rerun.packages is None else {"packages": dict(rerun.packages)}),
            "network_isolated": rerun.isolation.network,
        },
    }


def compared(of: Record, now: Mapping[str, float | None], tolerances: Mapping[str, float]) -> Iterator[Metric]:
    """Each metric of a record beside what came out now, in the record's order; then those that are new."""
    then = {name: as_number(of.get("results", name)) for name in of.names("results")}
    for name, was in then.items():
        tolerance = tolerances.get(name, tolerances["default"])
        verdict = MISSING
        if name in now:
            verdict = SAME if _is_close(was, now[name], tolerance) else DIFFERS
        yield Metric(name, was, now.get(name), tolerance, verdict)
    for name, value in now.items():
        if name not in then:
            yield Metric(name, None, value, tolerances.get(name, tolerances["default"]), NEW)


def _is_close(then: float | None, now: float | None, tolerance: float) -> bool:
    if then is None or now is None:
        return then is now
    return math.isclose(then, now, rel_tol=tolerance, abs_tol=min(tolerance, ZERO))


def _values(said: Mapping[str, object] | None) -> dict[str, float | None]:
    found = said.get("results") if said else None
    return {name: as_number(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _answer(records: Sequence[Record], at: int, results: Sequence[Mapping[str, object]]) -> Mapping[str, object] | None:
    """What the run logged in the place of a record: with its parameters, else the only one, else in that order."""
    wanted = _spelled(records[at].get("parameters"))
    same = [each for each in results if _spelled(each.get("parameters")) == wanted]
    if len(same) == 1 or len(results) == 1:
        return (same or results)[0]
    if len(records) != len(results):
        return same[0] if same else None
    order = sorted(records, key=lambda each: _natural(each.path))
    return results[order.index(records[at])]


def _natural(path: str) -> list[tuple[int, str]]:
    """Sorts _v10 behind _v9."""
    return [(int(digits or 0), text) for text, digits in re.findall(r"(\D*)(\d*)", path)]


def _spelled(value: object) -> str:
    return json.dumps(value or {}, sort_keys=True)


def _record_causes(of: Record) -> Iterator[Cause]:
    if of.expected_id != of.id:
        yield Cause(RECORD, of.path, f"{of.path} was edited by hand: its id does not follow from what it says")


def _parameter_causes(of: Record, said: Mapping[str, object] | None) -> Iterator[Cause]:
    if said is None:
        yield Cause(RUN, "", "the run logged several results, and none with the record's parameters")
        return
    then, now = of.get("parameters"), said.get("parameters")
    if not isinstance(then, dict) or not isinstance(now, dict) or not now:
        return
    for name in sorted(now):
        if _spelled(then.get(name)) != _spelled(now.get(name)):
            yield Cause(PARAMETERS, "", f"the parameter {name} was {then.get(name)}, and is {now.get(name)}")


def _environment_causes(of: Record, rerun: Rerun) -> Iterator[Cause]:
    now = rerun.environment.lock or ("", "")
    name, digest = of.text("run", "environment", "lock_file"), of.text("run", "environment", "lock_sha256")
    if (name, digest) != now:
        shown = name or now[0]
        yield Cause(ENVIRONMENT, shown, f"the lock file {shown} is not what it was")
    then = of.text("run", "environment", "python")
    if then and rerun.python and then != rerun.python:
        yield Cause(ENVIRONMENT, "", f"Python was {then}, and is {rerun.python}")
    if packages := list(_package_changes(of, rerun.packages)) if rerun.packages is not None else []:
        more = f"; and {len(packages) - MOST_PACKAGES} more packages" if len(packages) > MOST_PACKAGES else ""
        yield Cause(ENVIRONMENT, "", "; ".join(packages[:MOST_PACKAGES]) + more)


def _package_changes(of: Record, now: Mapping[str, str]) -> Iterator[str]:
    for name in of.names("run", "environment", "packages"):
        then = of.text("run", "environment", "packages", name)
        if then != now.get(name):
            yield f"{name} was {then}, is {now[name]}" if name in now else f"{name} {then} was loaded, and is not"


def _fetch_causes(of: Record, ran: Ran) -> Iterator[Cause]:
    """Data that is fetched on demand has to be the same bytes, too."""
    now = [(str(each.get("source")), str(each.get("sha256"))) for each in ran.fetched]
    for _, each in of.items("data", "fetched"):
        source, digest = str(each.get("source")), str(each.get("sha256"))
        if (source, digest) not in now:
            said = "sent other bytes" if any(source == other for other, _ in now) else "was not asked"
            yield Cause(inputs.DATA, "", f"{source} {said}: then it was sha256 {digests.short(digest)}")


def _artefact_notes(of: Record, top: str, moved: Mapping[str, str]) -> Iterator[str]:
    for _, each in of.items("run", "artefacts"):
        path = str(each["path"])
        place = os.path.join(top, inputs.moved(path, moved))
        if not os.path.isfile(place) or inputs.pointed_at(place):
            yield f"it did not write {path}"
        elif digests.of_file(place) != each["sha256"]:
            yield f"{path} came out with other bytes"


def _undetermined(of: Record) -> str:
    seed = "" if of.number("run", "seed") is not None else ", and no seed is on record"
    if isinstance(of.get("run", "environment", "packages"), dict):
        return f"all that is on record is as it was: the command gives another result each time{seed}"
    return f"all that is on record is as it was, and it says nothing of the packages: they may be others{seed}"
