"""A backtest put on record: what is run, and what is said of it.

preparing.py refuses what would be refused afterwards. `perform` runs the command, `describe` makes the records;
keeping.py writes them.
"""

from __future__ import annotations

import itertools
import json
import os
import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from quantgov import (
    capture,
    digests,
    documents,
    environments,
    manifest_lines,
    portable,
    preparing,
    record,
    recording,
    running,
    sourcing,
    strategy,
    watching,
)
from quantgov.capture import Places
from quantgov.datapaths import DATA_DIR
from quantgov.desk import Refused
from quantgov.errors import EXIT_INTERRUPTED, UsageError
from quantgov.process import TimedOut
from quantgov.record import Record
from quantgov.wording import few
from quantgov.yamltext import written

if TYPE_CHECKING:
    from quantgov.capture import Captured
    from quantgov.preparing import Prepared, Request
    from quantgov.running import Ran
    from quantgov.sourcing import Profile, Progress
    from quantgov.strategy import Strategy

LOGGED = """\
    from quantgov import log_result
    ...
    log_result({"sharpe_ratio": sharpe, "total_return": total}, parameters=parameters)"""
IN_FILES = ("results", "parameters", "backtest_config", "data", "artefacts", "seed", "metric_convention")
"""What a file of --results may say, under the names of a record."""
UNCONFIGURED = ("report_file", "report_sha256")
"""What a passport says of its backtest that is no part of one."""
CHANGED = "changed while the backtest read it"
NAME_IT = "name it: --data PATH"
LOOKED_THROUGH = 50
"""Records among which one of the same command is looked for: a parse each."""


class Made(NamedTuple):
    """A record, and the latest one before it: of the same command, where there is one."""

    value: Mapping[str, object]
    previous: Record | None

    @property
    def is_of_another_command(self) -> bool:
        """Whether the one before it was run otherwise."""
        run = self.value["run"]
        assert isinstance(run, dict)
        return self.previous is not None and not is_same_command(self.previous, run["command"], run["folder"])

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


def perform(prepared: Prepared, tell: Callable[[bytes], None] | None) -> Ran:
    """Run the command. Raises Refused where it fails or takes too long, KeyboardInterrupt where that ended it."""
    request = prepared.request
    try:
        watch = _watch(prepared)
        ran = running.run(request.command, cwd=prepared.place, timeout=request.timeout, tell=tell, watch=watch)
    except TimedOut:
        said = f"the backtest took longer than {request.timeout:g} seconds; it was ended, and nothing is recorded"
        raise Refused(said, "give it more: --timeout SECONDS") from None
    if ran.code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    preparing.refuse_pointers(ran.read, prepared.place)
    if ran.code:
        raise Refused(f"the backtest ended with exit code {ran.code}; nothing is recorded", "mend it, and run it again")
    if not os.path.isdir(prepared.place):  # git starts in no folder that is gone
        os.chdir(prepared.bench.top)
    return ran


def _watch(prepared: Prepared) -> watching.Watch:
    """Over the data of the repository and of the team: compiled programs open it without a word."""
    bench = prepared.bench
    roots = [each for each in (bench.top, os.environ.get(DATA_DIR, "")) if each]
    return watching.over(roots, Places(bench.top, bench.policy, prepared.of).may_be_data)


def describe(prepared: Prepared, ran: Ran, progress: Progress) -> Described:
    """The records of a run, not written yet.

    Raises Refused where it logged nothing, or nobody can say which data it read; UsageError for what fits no record.
    """
    bench, of, request = prepared.bench, prepared.of, prepared.request
    said = [*ran.results, *_in_file(request.results, prepared.stood)]
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
    preparing.refuse_no_utf8((*captured.inputs, *captured.library_paths, *dict(captured.files), *captured.artefacts))
    if captured.artefacts:
        preparing.refuse_ignored(bench, captured.artefacts)
    previous = _previous(prepared)
    made, profiles = [], []
    for each in said:
        config = _config(each, of)
        profile = None
        if captured.inputs:
            profile = sourcing.profiled(captured.inputs, bench.repo.common_dir, progress, config)
            profiles.append(profile)
        only = _only_symbol(ran, profile)
        if only and not config.get("universe"):
            config.setdefault("symbols", [only])
        value = _recorded(prepared, ran, captured, each, config, _data(prepared, ran, captured, config, profile))
        _refuse_invalid(value)
        _refuse_secrets(prepared, value)
        made.append(Made(value, previous))
    told = [note for profile in profiles for note in profile.notes]
    notes = (*_notes(prepared, ran, captured, said), *_partial(made, told), *told)
    return Described(tuple(made), captured, tuple(dict.fromkeys(notes)))


def _only_symbol(ran: Ran, profile: Profile | None) -> str:
    symbols = list(profile.symbols if profile else sourcing.symbols_fetched(ran.fetched))
    return symbols[0] if len(symbols) == 1 else ""


def _in_file(path: str, stood: tuple[int, ...] | None) -> list[Mapping[str, object]]:
    """What the file of --results says: one result, or a list of them."""
    if not path:
        return []
    help = 'write it in the run, as {"results": {"sharpe_ratio": 1.2}, "parameters": {}}'
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", help) from None
    if running.stamp(path) == stood:
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
    changed = [name for name in captured.changed if name in captured.inputs]
    if changed:
        itself = captured.inputs[changed[0]] in ran.overwritten
        message = f"{changed[0]} was {'read and then written over by the backtest' if itself else CHANGED}"
        raise Refused(f"{message}; nothing is recorded", "write data in a run before it" if itself else "run it again")
    if captured.gone:
        message = f"{captured.gone[0]} was read by the backtest and is gone; nothing is recorded"
        raise Refused(message, "leave it there; or have it read elsewhere than data stands")
    if captured.inputs or ran.fetched or prepared.request.without_data:
        return
    name_it = f"{NAME_IT}, or log_result(..., data=[PATH])"
    if captured.made:
        message = f"the backtest read no data but {_relative(prepared, captured.made[0])}, which it made itself"
        raise Refused(message, "run it again, and it reads what it made; or log what comes from a vendor by log_fetch")
    if not ran.python:
        raise Refused("no Python was seen that could tell which data it read (-I, -E and -S hide it)", name_it)
    seen = "it" if ran.is_watched else "it, and what compiled programs open is not seen here"
    said = f"the backtest read no data in the repository, below ${DATA_DIR}, or where Python tells of {seen}"
    raise Refused(said, f"{name_it}; what needs none: {_without_data(prepared.request)}")


def _without_data(request: Request) -> str:
    """The whole command of a backtest that needs no data."""
    return f"quantgov backtest {shlex.quote(request.name)} --no-data REASON -- {shlex.join(request.command)}"


def _relative(prepared: Prepared, path: str) -> str:
    return os.path.relpath(path, prepared.place)


def _notes(prepared: Prepared, ran: Ran, captured: Captured, said: Iterable[Mapping[str, object]]) -> Iterator[str]:
    if not ran.python:
        yield "no Python told what it loaded: of its code only the strategy's folder is on record"
    if captured.changed:
        yield f"{few(captured.changed)} changed while it ran: the record is of what stood there when it began"
    if captured.ignored:
        yield f"{few(captured.ignored)} was used and is ignored by git, or of a submodule: a rerun lacks it"
    if captured.outside:
        yield f"not on record, since it is not among the results: {few(captured.outside)}"
    if captured.tampered:
        yield f"it wrote to {few(captured.tampered)}, which is no result: git diff shows what"
    if captured.local:
        are = "is" if len(captured.local) == 1 else "are"
        yield f"{few(captured.local)} {are} on this machine only: others need it below ${DATA_DIR}"
    is_named = prepared.request.data or any(each.get("data") for each in said)
    if not ran.is_watched and (ran.readers or not ran.python) and not is_named:
        loaded = f"{few(ran.readers)} was loaded" if ran.readers else "no Python told what it read"
        yield f"{loaded}: what else was read is not known; {NAME_IT}"
    if ran.is_watched and ran.readers and not ran.opened and not is_named:
        where = f"outside of the repository and of ${DATA_DIR}"
        yield f"{few(ran.readers)} was loaded, and is not seen to read anything: what it reads {where}, {NAME_IT}"
    if any(not _parameters(prepared, captured, each) for each in said):
        yield "no parameters on record: log_result(..., parameters=...)"
    if elsewhere := portable.elsewhere(prepared):
        yield f"the command names {few(elsewhere)}, which others have not"


def _partial(made: Iterable[Made], told: Sequence[str]) -> list[str]:
    """A part of a universe is never called all of it."""
    sets = [dict(found) for each in made if isinstance(found := each.data["symbol_set"], dict)]
    notes = (
        f"{found['count']} of {found['expected']} symbols of {found['name']} are in the data"
        for found in sets
        if found.get("expected", 0) > found["count"]
        and not any(note.startswith(f"{found['count']:,} of {found['expected']:,} symbols ") for note in told)
    )
    return list(dict.fromkeys(notes))


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
        listed = symbols if isinstance(symbols, list) else [symbols]
        found["symbols"] = list({str(each): each for each in listed}.values())
    return {key: value for key, value in found.items() if value is not None and value != []}


def _data(
    prepared: Prepared, ran: Ran, captured: Captured, config: Mapping[str, object], profile: Profile | None
) -> dict[str, object]:
    if profile:
        facts = sourcing.of_files(profile, captured.inputs, prepared.of, config)
        return facts | ({"fetched": sourcing.fetches(ran.fetched)} if ran.fetched else {})
    if ran.fetched:
        return sourcing.of_fetches(ran.fetched, config)
    day = time.strftime("%Y-%m-%d", time.gmtime(ran.began))
    return sourcing.of_nothing(prepared.request.without_data, config, prepared.of, day)


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
        "parameters": _parameters(prepared, captured, said),
        "backtest_config": dict(config),
        "results": said["results"],
        **({"metric_convention": convention} if convention else {}),
        "data": dict(data),
        "run": _run(prepared, ran, captured, said, moment),
        **({"conclusion": note} if note else {}),
    }
    return value | {"experiment_id": record.new_id(value, moment)}


def _parameters(prepared: Prepared, captured: Captured, said: Mapping[str, object]) -> dict[str, object]:
    """Those that were logged; else those of the strategy's file, if the run read it."""
    logged, of = said["parameters"], prepared.of
    if isinstance(logged, dict) and logged:
        return logged
    is_read = of.resolve(of.parameters_file) in dict(captured.files)
    return dict(prepared.parameters) if is_read else {}


def _run(
    prepared: Prepared, ran: Ran, captured: Captured, said: Mapping[str, object], moment: str
) -> dict[str, object]:
    request = prepared.request
    seed = said["seed"] if said["seed"] is not None else request.seed
    return {
        "command": portable.command_of(prepared),
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
            "commit": prepared.commit,
        },
        "files": [{"path": path, "sha256": digest} for path, digest in captured.files],
        "environment": _environment(prepared, str(said.get("python") or ran.python), ran.packages),
        "artefacts": [
            {"path": path, "sha256": digests.of_file(os.path.join(prepared.bench.top, path))}
            for path in captured.artefacts
        ],
    }


def _environment(prepared: Prepared, python: str, packages: Mapping[str, str] | None) -> dict[str, object]:
    locked = environments.lock_file(prepared.bench.top)
    return {
        **({"python": python} if python else {}),
        "platform": environments.platform(),
        **({"lock_file": locked[0], "lock_sha256": locked[1]} if locked else {}),
        **({} if packages is None else {"packages": dict(packages)}),
    }


def _refuse_invalid(value: Mapping[str, object]) -> None:
    try:
        document = documents.load(written(value))
    except (documents.DocumentError, ValueError) as error:
        raise UsageError(
            f"the result fits no record: {error}", "log less, or write it to a file below results/"
        ) from None
    found = documents.violations(document, record.SCHEMA)
    found = found or documents.violations(documents.load(written(Made(value, None).data)), manifest_lines.SCHEMA)
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
    """The latest record of the same command, else of the strategy, that lies in its folder, staged or not."""
    bench, of = prepared.bench, prepared.of
    probe = record.path_of(bench.policy.results, of.slug, bench.landing.today, (), 1)
    folder = os.path.join(bench.top, os.path.dirname(probe))
    names = sorted((name for name in _names(folder) if name.endswith(record.SUFFIXES)), reverse=True)
    latest: Record | None = None
    for _, group in itertools.groupby(names[:LOOKED_THROUGH], key=lambda name: name[:10]):
        found = [_read_record(os.path.join(folder, name)) for name in group]
        own = [each for each in found if each and each.text("strategy_id") in ("", of.id)]
        same = [each for each in own if is_same_command(each, portable.command_of(prepared), prepared.folder)]
        if same:
            return _latest(same)
        latest = latest or _latest(own)
    return latest


def _latest(records: Iterable[Record]) -> Record | None:
    return max(records, key=lambda each: (each.time, each.path), default=None)


def is_same_command(of: Record, command: Sequence[str], folder: str) -> bool:
    return (list(of.command), of.text("run", "folder")) == (list(command), folder)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read_record(path: str) -> Record | None:
    with open(path, "rb") as file:
        return record.of(path, file.read(documents.MAX_BYTES))
