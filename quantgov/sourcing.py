"""The data manifest of a run: from the files that it read, from what it fetched, or from why there is neither."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from quantgov import datasets, documents, record
from quantgov.cache import Cache
from quantgov.errors import UsageError
from quantgov.manifest_lines import SCHEMA, is_date
from quantgov.strategy import sha256
from quantgov.yamltext import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from quantgov.profiling import Expectation
    from quantgov.strategy import Strategy

    Progress = Callable[[int, int], None]

SLOTS = 64
"""Profiles that are remembered: one for each strategy that somebody works on at a time."""
SETTLED = 2.0
"""Seconds after which a file that is written to again has another time, whatever the file system."""
ON_DEMAND = "none, fetched on demand"
UNNAMED = "unnamed"
TITLES = ("symbol", "ticker")
LISTED = 5
"""Symbols that name a set by themselves; more are called by their number."""
CONFIG = "config={'start_date': ..., 'end_date': ..., 'symbols': [...], 'interval': '1d'})"


class Profile(NamedTuple):
    """What files hold, in the form of schemas/data-manifest.schema.json but for what only people know of them.

    `symbols` are the first of them, one more than are listed by name; `notes` is what is wrong, in words.
    """

    facts: Mapping[str, object]
    symbols: tuple[str, ...]
    notes: tuple[str, ...]


def profiled(
    inputs: Mapping[str, str], common_dir: str, progress: Progress, config: Mapping[str, object] | None = None
) -> Profile:
    """What the files hold, held against what was to be run: paths by their name in the record.

    A profile of files that nobody touched is kept. Bars that are shorter than those that were to be run are none that
    are missing: a run may make longer ones of them. Raises UsageError or CannotJudge with the file named where one
    cannot be read.
    """
    from quantgov.profiling import moments

    expect = _expectation(config or {})
    wanted, interval = expect.symbols, expect.interval
    found = _profiled(inputs, common_dir, progress, expect := expect._replace(interval=""))
    if wanted and not found.symbols:
        found = _profiled(inputs, common_dir, progress, expect := expect._replace(symbols=()))
        told = f"none of the symbols that were to be run is in the data: {', '.join(wanted[:LISTED])}"
        found = found._replace(notes=(*((told,) if found.symbols else ()), *found.notes))
    source = found.facts.get("source")
    own = str(source["interval"]) if isinstance(source, dict) else ""
    if 0 < moments.step_of(interval) < moments.step_of(own):
        found = _profiled(inputs, common_dir, progress, expect._replace(interval=interval))
        found = found._replace(notes=(f"bars are {own} apart, and {interval} was to be run", *found.notes))
    return found


def _expectation(config: Mapping[str, object]) -> Expectation:
    """What the configuration of a run asks for; what is no day, no interval, or no period, asks for nothing."""
    from quantgov.profiling import Expectation

    start, end = (day if is_date(day := str(config.get(key) or "")) else "" for key in ("start_date", "end_date"))
    if start and end and end < start:
        start = end = ""
    symbols = dict.fromkeys(str(each) for each in _listed(config.get("symbols")))
    return Expectation(tuple(symbols), interval=str(config.get("interval") or ""), start=start, end=end)


def _profiled(inputs: Mapping[str, str], common_dir: str, progress: Progress, expect: Expectation) -> Profile:
    key = repr([tuple(expect), *((name, *_stamp(path)) for name, path in inputs.items())])
    cache, slot = Cache.of(common_dir), f"profiles/{int(sha256(key.encode())[:8], 16) % SLOTS:02}"
    known = cache.table(slot, key)
    if not known:
        from quantgov import profiling

        found = profiling.profile(list(inputs.values()), names=list(inputs), expect=expect, progress=progress)
        facts = found.manifest(symbol_set=UNNAMED, source=f"{UNNAMED} {UNNAMED}", cache=UNNAMED)
        symbols = [each for each in found.symbols if each in expect.symbols or not expect.symbols]
        known = {"facts": facts, "symbols": symbols[: LISTED + 1], "notes": list(found.notes)}
        if all(time.time() - os.stat(path).st_mtime > SETTLED for path in inputs.values()):
            cache.keep_table(slot, key, known)
    return Profile(known["facts"], tuple(known["symbols"]), tuple(known["notes"]))


def _stamp(path: str) -> tuple[int, int, int, int]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def of_files(profile: Profile, inputs: Iterable[str], of: Strategy, config: Mapping[str, object]) -> dict[str, object]:
    """The manifest of these files, with what only people know: how symbols are called, who supplied them.

    What the files do not tell, as a pickle tells no period, is taken from the configuration of the run. Raises
    UsageError where that has not got it either.
    """
    facts = dict(profile.facts)
    registered = datasets.matching(datasets.of(of.tree), str(facts.get("digest", "")))
    place = os.path.commonpath(list(inputs)) or "."
    vendor, endpoint = _supplier(of, registered) or ("local", place)
    read = facts.get("source")
    interval = (read.get("interval") if isinstance(read, dict) else "") or config.get("interval") or ""
    facts["symbol_set"] = _symbols_of_files(profile, of, config)
    facts.setdefault("period", _period(config))
    facts["source"] = {"vendor": vendor, "endpoint": "_".join(endpoint.split()), "interval": interval}
    facts["cache"] = f"{registered.path}@{registered.version}" if registered else _line(place)
    _refuse_gaps(facts, "log_result(..., " + CONFIG)
    return facts | ({"dataset": registered.id} if registered else {})


def _symbols_of_files(profile: Profile, of: Strategy, config: Mapping[str, object]) -> dict[str, object]:
    found, universe = profile.facts.get("symbol_set"), str(config.get("universe") or "")
    if not isinstance(found, dict):
        return _symbol_set({str(each) for each in _listed(config.get("symbols"))}, config)
    listed = symbols_listed(of) if universe and universe == of.text("backtest", "universe") else None
    name = universe or _called(profile.symbols, int(str(found["count"])))
    expected = {"expected": listed} if listed and listed > int(str(found["count"])) else {}
    return {**found, "name": _line(name), **expected}


def _called(symbols: Sequence[str], count: int) -> str:
    return ", ".join(symbols) if 0 < len(symbols) <= LISTED else f"{count} symbols"


def symbols_listed(of: Strategy) -> int | None:
    """How many symbols the passport's only list of them names; None where there is no such list, in text."""
    named = [str(each["symbol_list"]) for _, each in of.items("data_sources") if each.get("symbol_list")]
    place = of.locate(named[0]) if len(named) == 1 else None
    data = of.tree.read_file(place) if place and place.endswith((".csv", ".txt")) else None
    if data is None:
        return None
    rows = [line.split(",") for line in data.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    titles = [cell.strip().casefold() for cell in rows[0]] if rows else []
    at = next((titles.index(title) for title in TITLES if title in titles), None)
    cells = {row[at or 0].strip() for row in rows[at is not None :] if len(row) > (at or 0)}
    return len(cells - {""})


def _supplier(of: Strategy, registered: datasets.Dataset | None) -> tuple[str, str] | None:
    """Vendor and endpoint: as the registry has them, else as the passport does where it names just one."""
    if registered and registered.value.get("namespace"):
        return str(registered.value["namespace"]), str(registered.value["source"])
    pairs = [
        (str(each.get("source")), str(endpoint))
        for _, each in of.items("data_sources")
        for endpoint in _listed(each.get("endpoints"))
        if each.get("source")
    ]
    return pairs[0] if len(pairs) == 1 else None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def symbols_fetched(fetched: Iterable[Mapping[str, object]]) -> set[str]:
    return {str(each) for told in fetched for each in _listed(told.get("symbols"))}


def of_fetches(fetched: Sequence[Mapping[str, object]], config: Mapping[str, object]) -> dict[str, object]:
    """Of what came from a vendor while it ran. Raises UsageError where log_fetch was not told enough."""
    symbols = symbols_fetched(fetched)
    symbols = symbols or {str(each) for each in _listed(config.get("symbols"))}
    vendor, _, endpoint = str(fetched[0]["source"]).rpartition(" ")
    days = [str(told[key]) for told in fetched for key in ("start", "end") if is_date(str(told[key]))]
    facts = {
        "symbol_set": _symbol_set(symbols, config),
        "period": {"start": min(days), "end": max(days)} if days else _period(config),
        "source": {"vendor": _line(vendor), "endpoint": endpoint, "interval": _interval(fetched, config)},
        "cache": ON_DEMAND,
        "as_of": max(str(told["as_of"]) for told in fetched),
        "rows": sum(int(str(told["rows"])) for told in fetched),
        "digest": record.digest_of((str(told["source"]), str(told["sha256"])) for told in fetched),
    }
    _refuse_gaps(facts, "log_fetch(content, source=..., rows=..., symbols=..., interval='1h', start=..., end=...)")
    return {**facts, "fetched": fetches(fetched)}


def fetches(fetched: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Each answer of a vendor, as a manifest lists it."""
    return [{key: told[key] for key in ("source", "as_of", "rows", "sha256")} for told in fetched]


def of_nothing(reason: str, config: Mapping[str, object], of: Strategy, day: str) -> dict[str, object]:
    """Of a run that needs no market data, as one on made-up prices does: on its own symbol, and on the day of the run,
    where nothing else is said."""
    symbols = sorted({str(each) for each in _listed(config.get("symbols"))} or {of.slug})
    period = {key: text if is_date(text) else day for key, text in _period(config).items()}
    facts = {
        "symbol_set": {"name": _line(_called(symbols, len(symbols))), "count": len(symbols)},
        "period": period,
        "source": {"vendor": "simulated", "endpoint": "no-data", "interval": _interval((), config) or "1d"},
        "cache": _line(f"no data: {reason}"),
    }
    _refuse_gaps(facts, "log_result(..., " + CONFIG)
    return facts


def _period(config: Mapping[str, object]) -> dict[str, str]:
    """The days that were run, where the data does not say its own."""
    return {"start": str(config.get("start_date") or ""), "end": str(config.get("end_date") or "")}


def _symbol_set(symbols: set[str], config: Mapping[str, object]) -> dict[str, object]:
    name = str(config.get("universe") or _called(sorted(symbols), len(symbols)))
    return {"name": _line(name), "count": len(symbols)}


def _line(text: str) -> str:
    """In one: it becomes one of a commit's message."""
    return " ".join(text.split())


def _interval(fetched: Iterable[Mapping[str, object]], config: Mapping[str, object]) -> str:
    told = [str(each["interval"]) for each in fetched if each["interval"]]
    return next(iter((*told, str(config.get("interval") or ""))), "")


def _refuse_gaps(facts: Mapping[str, object], help: str) -> None:
    for problem in documents.violations(documents.load(written(facts)), SCHEMA):
        raise UsageError(f"the data is not described: {'.'.join(map(str, problem.pointer))}: {problem.message}", help)
