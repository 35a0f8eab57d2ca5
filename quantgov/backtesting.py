"""A backtest put on record: what is run, and what is said of it.

`prepare` refuses what would be refused afterwards, before hours are spent on it. `perform` runs the command, `describe`
makes the records; keeping.py writes them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from quantgov import capture, documents, environments, record, recording, running, sourcing, strategy
from quantgov.capture import OnDisk
from quantgov.desk import Desk, Refused
from quantgov.errors import EXIT_INTERRUPTED, UsageError
from quantgov.git import decode, encode
from quantgov.page import Page
from quantgov.process import TimedOut
from quantgov.record import Record
from quantgov.yamltext import written

if TYPE_CHECKING:
    from quantgov.capture import Captured
    from quantgov.git import Repository
    from quantgov.running import Ran
    from quantgov.sourcing import Profile, Progress
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

LOGGED = """\
from quantgov import log_result
...
log_result({"sharpe_ratio": sharpe, "total_return": total}, parameters=parameters)"""
IN_FILES = ("results", "parameters", "backtest_config", "data", "artefacts", "seed", "metric_convention")
"""What a file of --results may say, under the names of a record."""
UNCONFIGURED = ("report_file", "report_sha256")
"""What a passport says of its backtest that is no part of one."""
SHOWN = 3


class Request(NamedTuple):
    """What was asked for. `without_data` is the reason why there is none."""

    name: str
    command: tuple[str, ...]
    data: tuple[str, ...] = ()
    results: str = ""
    timeout: float | None = None
    seed: int | None = None
    note: str = ""
    without_data: str = ""


class Bench(Desk):
    """A desk that has what stands on disk for staged, as it was when it was opened."""

    __slots__ = ("here",)

    def __init__(self, repo: Repository) -> None:
        super().__init__(repo)
        self.here = OnDisk(repo, self.top, self.change.head, self.policy.results)

    @property
    def tree(self) -> Tree:
        return self.here


class Prepared(NamedTuple):
    """A backtest that can begin. `folder` is where it runs, from the root; `place` is the current folder."""

    bench: Bench
    of: Strategy
    request: Request
    analyst: str
    place: str
    folder: str


class Made(NamedTuple):
    """A record, and the latest one before it."""

    value: Mapping[str, object]
    previous: Record | None

    @property
    def symbols(self) -> list[str]:
        config = self.value["backtest_config"]
        listed = config.get("symbols") if isinstance(config, dict) else None
        return [str(each) for each in listed] if isinstance(listed, list) else []

    @property
    def data(self) -> Mapping[str, object]:
        found = self.value["data"]
        assert isinstance(found, dict)
        return found


class Described(NamedTuple):
    """What came of a run; `notes` is what is to be known of it, in words."""

    made: tuple[Made, ...]
    captured: Captured
    notes: tuple[str, ...]


def prepare(repo: Repository, request: Request) -> Prepared:
    """Raises UsageError for what would keep the result of the run from being recorded."""
    bench = Bench(repo)
    of = bench.find(request.name)
    if not request.command:
        raise UsageError("there is no command to run", f"quantgov backtest {request.name} -- python run.py")
    place = os.path.realpath(os.getcwd())
    folder = os.path.relpath(place, os.path.realpath(bench.top)).replace(os.sep, "/").removeprefix(".")
    refuse_ignored(bench, [record.path_of(bench.policy.results, of.slug, bench.landing.today, (), 1)])
    return Prepared(bench, of, request, bench.email, place, folder)


def refuse_ignored(bench: Bench, paths: Sequence[str]) -> None:
    """Raise UsageError where git passes over one of these: what is not committed nobody can rerun."""
    given = "".join(f"{path}\0" for path in paths)
    asked = ("-C", bench.top, "check-ignore", "-v", "-z", "--no-index", "--stdin")
    fields = decode(bench.repo.start(*asked, stdin=encode(given)).wait().out).split("\0")
    for source, line, pattern, path in zip(*(iter(fields),) * 4, strict=False):
        if not pattern.startswith("!"):
            message = f"{path} would be ignored by {pattern!r} ({source}:{line})"
            raise UsageError(message, f"take {pattern!r} out of {source}, or put '!/{bench.policy.results}' below it")


def perform(prepared: Prepared, tell: Callable[[bytes], None] | None) -> Ran:
    """Run the command. Raises Refused where it fails or takes too long, KeyboardInterrupt where that ended it."""
    request = prepared.request
    try:
        ran = running.run(request.command, cwd=prepared.place, timeout=request.timeout, tell=tell)
    except TimedOut:
        said = f"the backtest took longer than {request.timeout:g} seconds; it was ended, and nothing is recorded"
        raise Refused(said, "give it more: --timeout SECONDS") from None
    if ran.code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if ran.code:
        raise Refused(f"the backtest ended with exit code {ran.code}; nothing is recorded", "mend it, and run it again")
    return ran


def describe(prepared: Prepared, ran: Ran, progress: Progress) -> Described:
    """The records of a run, not written yet.

    Raises Refused where it logged nothing, or nobody can say which data it read; UsageError for what fits no record.
    """
    bench, of, request = prepared.bench, prepared.of, prepared.request
    said = [*ran.results, *_in_file(request.results, ran)]
    if not said:
        raise Refused("the backtest logged no result; nothing is recorded", f"add three lines:\n{LOGGED}")
    captured = capture.capture(
        ran,
        of,
        bench.here,
        bench.change,
        bench.policy,
        bench.top,
        words=[os.path.join(prepared.place, word) for word in request.command],
        data=[*request.data, *_paths(said, "data")],
        artefacts=_paths(said, "artefacts"),
    )
    _refuse_unknown_data(prepared, ran, captured)
    if captured.artefacts:
        refuse_ignored(bench, captured.artefacts)
    profile = sourcing.profiled(captured.inputs, bench.repo.common_dir, progress) if captured.inputs else None
    previous = _previous(prepared)
    made = []
    for each in said:
        config = _config(each, of)
        if profile and profile.symbol and not config.get("universe"):
            config.setdefault("symbols", [profile.symbol])
        value = _recorded(prepared, ran, captured, each, config, _data(prepared, ran, captured, config, profile))
        _refuse_invalid(value)
        _refuse_secrets(prepared, value)
        made.append(Made(value, previous))
    notes = (*_notes(ran, captured), *_partial(made), *(profile.notes if profile else ()))
    return Described(tuple(made), captured, notes)


def _in_file(path: str, ran: Ran) -> list[Mapping[str, object]]:
    """What the file of --results says: one result, or a list of them."""
    if not path:
        return []
    help = 'write it in the run, as {"results": {"sharpe_ratio": 1.2}, "parameters": {}}'
    try:
        written_at = os.stat(path).st_mtime
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", help) from None
    if written_at < ran.began - 1:
        raise UsageError(f"{path} is older than this run", help)
    return [_of_file(path, each, help) for each in (found if isinstance(found, list) else [found])]


def _of_file(path: str, value: object, help: str) -> Mapping[str, object]:
    metrics = value.get("results") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(metrics, dict) or set(value) - set(IN_FILES):
        raise UsageError(f"{path} is no result: it holds {', '.join(IN_FILES)}, of which results is needed", help)
    _, parameters, config, data, artefacts, seed, convention = map(value.get, IN_FILES)
    try:
        return recording.said(metrics, parameters, config, data or (), artefacts or (), seed, convention)
    except TypeError as error:
        raise UsageError(f"{path}: {error}", help) from None


def _paths(said: Sequence[Mapping[str, object]], key: str) -> list[str]:
    """The files that any of the results named."""
    listed = (each.get(key) for each in said)
    return list(dict.fromkeys(str(path) for paths in listed if isinstance(paths, list) for path in paths))


def _refuse_unknown_data(prepared: Prepared, ran: Ran, captured: Captured) -> None:
    """A result whose data nobody can name is what a record is there to prevent."""
    overwritten = [name for name in captured.changed if name in captured.inputs]
    if overwritten:
        raise Refused(f"{overwritten[0]} was changed while the backtest read it; nothing is recorded", "run it again")
    if captured.inputs or ran.fetched or prepared.request.without_data:
        return
    name_it = "name it: --data PATH, or log_result(..., data=[PATH])"
    if captured.made:
        message = f"the backtest read no data but {_relative(prepared, captured.made[0])}, which it made itself"
        raise Refused(message, "run it again, and it reads what it made; or log what comes from a vendor by log_fetch")
    if not ran.python:
        raise Refused("no Python was seen that could tell which data it read (-I, -E and -S hide it)", name_it)
    said = "the backtest read no data that Python sees: Polars, DuckDB and Arrow open files unseen"
    raise Refused(said, f"{name_it}; what needs none: --no-data REASON")


def _relative(prepared: Prepared, path: str) -> str:
    return os.path.relpath(path, prepared.place)


def _notes(ran: Ran, captured: Captured) -> Iterator[str]:
    if not ran.python:
        yield "no Python told what it loaded: of its code only the strategy's folder is on record"
    if captured.changed:
        yield f"{few(captured.changed)} changed while it ran: the record is of what stood there when it began"
    if captured.ignored:
        yield f"{few(captured.ignored)} was used and is ignored by git: nobody else has it"
    if captured.outside:
        yield f"not on record, since it is not among the results: {few(captured.outside)}"
    own = [name for name in captured.inputs if os.path.isabs(name)]
    if own:
        yield f"{few(own)} lies on this machine alone: keep data in the repository or below ${capture.DATA_DIR}"


def _partial(made: Iterable[Made]) -> list[str]:
    """A part of a universe is never called all of it."""
    sets = [dict(found) for each in made if isinstance(found := each.data["symbol_set"], dict)]
    notes = (
        f"{found['count']} of {found['expected']} symbols of {found['name']} are in the data"
        for found in sets
        if found.get("expected", 0) > found["count"]
    )
    return list(dict.fromkeys(notes))


def few(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _config(said: Mapping[str, object], of: Strategy) -> dict[str, object]:
    """What was run on which days and symbols: as it was logged, completed by what the passport says."""
    passport, logged = of.get("backtest"), said["backtest_config"]
    known = passport if isinstance(passport, dict) else {}
    found = dict(logged) if isinstance(logged, dict) else {}
    unsaid = {*UNCONFIGURED, *found} | ({"universe"} if found.get("symbols") else set())  # it ran on these, not on all
    found |= {key: value for key, value in known.items() if key not in unsaid}
    for key in ("start_date", "end_date"):
        if key in found:
            found[key] = str(found[key]).removesuffix("T00:00:00")
    symbols = found.get("symbols")
    if symbols is not None:
        found["symbols"] = list(dict.fromkeys(symbols if isinstance(symbols, list) else [symbols]))
    return {key: value for key, value in found.items() if value is not None and value != []}


def _data(
    prepared: Prepared, ran: Ran, captured: Captured, config: Mapping[str, object], profile: Profile | None
) -> dict[str, object]:
    if profile:
        facts = sourcing.of_files(profile, captured.inputs, prepared.of, config)
        return facts | ({"fetched": sourcing.fetches(ran.fetched)} if ran.fetched else {})
    if ran.fetched:
        return sourcing.of_fetches(ran.fetched, config)
    return sourcing.of_nothing(prepared.request.without_data, config)


def _recorded(
    prepared: Prepared,
    ran: Ran,
    captured: Captured,
    said: Mapping[str, object],
    config: Mapping[str, object],
    data: Mapping[str, object],
) -> dict[str, object]:
    """The record, in the order in which people read it."""
    of, moment = prepared.of, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ran.began))
    convention, note = said["metric_convention"], prepared.request.note
    value: dict[str, object] = {
        "apiVersion": record.API_VERSION,
        "kind": record.KIND,
        "experiment_id": "",
        "strategy": of.slug,
        "strategy_id": of.id,
        "version": of.version,
        "date": moment[:10],
        "analyst": prepared.analyst,
        "parameters": said["parameters"] or _parameters(of),
        "backtest_config": dict(config),
        "results": said["results"],
        **({"metric_convention": convention} if convention else {}),
        "data": dict(data),
        "run": _run(prepared, ran, captured, said, moment),
        **({"conclusion": note} if note else {}),
    }
    return value | {"experiment_id": record.new_id(value, moment)}


def _parameters(of: Strategy) -> dict[str, object]:
    """Those of the strategy's file, where the run named none."""
    data = of.read(of.parameters_file)
    return Page.of(data).value if data is not None else {}


def _run(
    prepared: Prepared, ran: Ran, captured: Captured, said: Mapping[str, object], moment: str
) -> dict[str, object]:
    request = prepared.request
    seed = said["seed"] if said["seed"] is not None else request.seed
    return {
        "command": list(prepared.request.command),
        "folder": prepared.folder,
        "time": moment,
        "duration_s": round(ran.duration, 6),
        **({"seed": seed} if seed is not None else {}),
        **({"results_file": os.path.relpath(request.results, prepared.place)} if request.results else {}),
        "dirty": bool(captured.differing or captured.ignored),
        "code": {
            "strategy": prepared.of.own_tree(),
            "library": strategy.tree_of(prepared.bench.here, captured.library_paths),
            "library_paths": list(captured.library_paths),
            "commit": prepared.bench.repo.commits(["HEAD"])[0] or "",
        },
        "files": [{"path": path, "sha256": digest} for path, digest in captured.files],
        "environment": _environment(prepared, str(said.get("python") or ran.python)),
        "artefacts": [
            {"path": path, "sha256": capture.sha256_of(os.path.join(prepared.bench.top, path))}
            for path in captured.artefacts
        ],
    }


def _environment(prepared: Prepared, python: str) -> dict[str, object]:
    machine, locked = os.uname(), environments.lock_file(prepared.bench.top)
    return {
        **({"python": python} if python else {}),
        "platform": f"{machine.sysname.lower()}-{machine.machine}",
        **({"lock_file": locked[0], "lock_sha256": locked[1]} if locked else {}),
    }


def _refuse_invalid(value: Mapping[str, object]) -> None:
    try:
        document = documents.load(written(value))
    except (documents.DocumentError, ValueError) as error:
        raise UsageError(
            f"the result fits no record: {error}", "log less, or write it to a file below results/"
        ) from None
    found = documents.violations(document, record.SCHEMA)
    found = found or documents.violations(documents.load(written(Made(value, None).data)), "data-manifest")
    for problem in found:
        where = ".".join(map(str, problem.pointer))
        raise UsageError(f"the result fits no record: {where}: {problem.message}", problem.help)


def _refuse_secrets(prepared: Prepared, value: Mapping[str, object]) -> None:
    """What a record holds everybody reads, for ever."""
    from quantgov.secrets import scanner

    team = prepared.bench.policy.team
    for hit in scanner.scan(written(value), "", team):
        words = " ".join(prepared.request.command).encode("utf-8", "surrogateescape")
        if hit.secret in words:
            help = "pass it by the environment: NAME=... quantgov backtest ..."
            raise Refused(f"the command holds a secret ({hit.title}); nothing is recorded", help)
        raise Refused(f"the result holds a secret ({hit.title}: {hit.redacted}); nothing is recorded", "log it without")


def _previous(prepared: Prepared) -> Record | None:
    """The latest record of the strategy that lies in its folder, staged or not."""
    bench, of = prepared.bench, prepared.of
    probe = record.path_of(bench.policy.results, of.slug, bench.landing.today, (), 1)
    folder = os.path.join(bench.top, os.path.dirname(probe))
    names = sorted((name for name in _names(folder) if name.endswith(record.SUFFIXES)), reverse=True)
    latest = [name for name in names if name[:10] == names[0][:10]]
    found = [_read_record(os.path.join(folder, name)) for name in latest]
    own = [each for each in found if each and each.text("strategy_id") in ("", of.id)]
    return max(own, key=lambda each: (each.time, each.path), default=None)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read_record(path: str) -> Record | None:
    with open(path, "rb") as file:
        return record.of(path, file.read(documents.MAX_BYTES))
