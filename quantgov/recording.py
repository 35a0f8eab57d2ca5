"""What a backtest's own code says of its result: `from quantgov import log_result`.

Under `quantgov backtest` and `quantgov reproduce` it is written down for them; outside of them nothing happens. Only
the standard library is imported: this runs in the environment of the backtest.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from hashlib import sha256

FOLDER = "QUANTGOV_RUN"
"""The environment variable that names where a run says what it does."""
RESULT, FETCH = "result", "fetch"
ALONE = "quantgov: this result is not on record; run it by: quantgov backtest STRATEGY -- python ...\n"
UNITS = {"%": " pct ", "#": " num "}
"""What a metric's name may hold that says its unit, and how a name of letters says it."""
MOST_DIGITS = 18
"""A whole number of more does not fit into the 64 bits that a reader of YAML may have for it."""

Files = Iterable["str | os.PathLike[str]"]


def log_result(
    metrics: Mapping[str, float | int | None],
    *,
    parameters: object = None,
    config: object = None,
    data: Files = (),
    artefacts: Files = (),
    seed: int | None = None,
    convention: Mapping[str, object] | None = None,
) -> None:
    """Put what came out of a backtest on record. Called more than once, it makes as many records.

    `metrics` are numbers by name, returns, drawdowns and rates as fractions: `sharpe_ratio`, `total_return`,
    `max_drawdown`, `win_rate`, `profit_factor`, `num_trades` (round trips), `order_count`. One that is not finite is
    not known.
    `parameters` are those of the strategy; `config` is `start_date`, `end_date`, `symbols`, `initial_capital` and the
    costs, with their unit in the name (`slippage_bps`, `commission_per_share`): mappings both, or objects that hold
    their values as attributes. `data` are files or folders that were read and that nobody could see: outside of the
    repository and the team's data, by Polars, DuckDB or Arrow; `artefacts` are files below the results folder that
    were written so.
    `convention` says how the metrics were computed: `sharpe` (geometric or arithmetic), `periods_per_year`,
    `risk_free_rate`, `ddof`.
    Raises TypeError for a value that is neither number, text, truth value, list nor mapping.
    """
    told = said(metrics, parameters, config, data, artefacts, seed, convention)
    if not _write(RESULT, {**told, "python": ".".join(map(str, sys.version_info[:3]))}):
        sys.stderr.write(ALONE)


def said(
    metrics: Mapping[str, object],
    parameters: object = None,
    config: object = None,
    data: Files = (),
    artefacts: Files = (),
    seed: object = None,
    convention: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """What a result says, in plain values under the names of a record. Raises TypeError as log_result does."""
    return {
        "results": _metrics(metrics),
        "parameters": _mapping(parameters),
        "backtest_config": _mapping(config),
        "data": _paths(data),
        "artefacts": _paths(artefacts),
        "seed": _seed(seed),
        "metric_convention": _mapping(convention),
    }


def log_fetch(
    content: bytes,
    *,
    source: str,
    rows: int,
    symbols: Iterable[str] = (),
    interval: str = "",
    start: str = "",
    end: str = "",
) -> None:
    """Put on record what a vendor sent, for data that is fetched on demand and kept nowhere (S1 L14).

    `content` are the bytes as they came, of which only the digest is kept; `source` is vendor and endpoint, as
    `TickDB /v1/market/kline`; `interval` is the length of a bar, as `1h`; `start` and `end` are days.
    """
    _write(
        FETCH,
        {
            "source": source,
            "as_of": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),  # noqa: UP017  # not in Python 3.10
            "rows": int(rows),
            "sha256": sha256(content).hexdigest(),
            "symbols": list(symbols),
            "interval": interval,
            "start": str(start),
            "end": str(end),
        },
    )


def _write(kind: str, told: Mapping[str, object]) -> bool:
    """Whether there is a run that takes it. Each call makes a file of its own, whatever processes call it: its name has
    the time of a clock that they share and that is never set back."""
    folder = os.environ.get(FOLDER, "")
    if not os.path.isdir(folder):
        return False
    text = json.dumps(told, allow_nan=False)
    with os.fdopen(_created(os.path.join(folder, kind)), "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _created(start: str) -> int:
    while True:
        path = f"{start}-{time.monotonic_ns():020}-{os.getpid()}.json"
        with suppress(FileExistsError):  # of another thread, in the same moment
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def _metrics(given: Mapping[str, object]) -> dict[str, float | int | None]:
    found: dict[str, float | int | None] = {}
    for written, value in given.items():
        name = name_of(str(written))
        if name in found:
            raise TypeError(f"two metrics are called {name}")
        found[name] = _number(written, value)
    return found


def name_of(written: str) -> str:
    """A metric's name as a record has it: `Max. Drawdown [%]` is max_drawdown_pct."""
    spelled = "".join(UNITS.get(char, char if char.isascii() and char.isalnum() else " ") for char in written)
    name = "_".join(spelled.lower().split())
    return name if name[:1].isalpha() else f"metric_{name}"


def _number(name: object, value: object) -> float | int | None:
    """A metric as JSON has numbers, whoever's type it is: NumPy's, Decimal. What is not finite is not known: None."""
    value = _unwrapped(value)
    if value is None:
        return None
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(f"the metric {name} is {value!r}, and a metric is a number")
    if isinstance(value, int) and len(str(value)) <= MOST_DIGITS:
        return value
    number = float(value)
    return number if math.isfinite(number) else None


def _seed(given: object) -> int | None:
    seed = _unwrapped(given)
    if seed is None or (isinstance(seed, int) and not isinstance(seed, bool) and len(str(seed)) <= MOST_DIGITS):
        return seed
    raise TypeError(f"the seed is {seed!r}, and one is a whole number of at most {MOST_DIGITS} digits")


def _mapping(given: object) -> dict[str, object]:
    if given is None:
        return {}
    if not isinstance(given, Mapping) and not hasattr(given, "__dict__"):
        raise TypeError(f"{given!r} is no mapping, and no object that holds values as attributes")
    plain = _plain(given if isinstance(given, Mapping) else vars(given))
    return plain if isinstance(plain, dict) else {}


def _plain(value: object) -> object:
    value = _unwrapped(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return [_plain(each) for each in sorted(value, key=str)]
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    if isinstance(value, int) and len(str(value)) > MOST_DIGITS:
        return str(value)
    if value is None or isinstance(value, (str, int)):
        return value
    return _text(value)


def _text(value: object) -> str:
    """Of a day, a moment, a path, a decimal number: what has one spelling."""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if hasattr(value, "as_integer_ratio"):
        return str(value)
    raise TypeError(f"{value!r} cannot be put on record: give a number, a text, a list or a mapping")


def _unwrapped(value: object) -> object:
    """Without what NumPy and Polars put around numbers and lists, and enumerations around their values."""
    if isinstance(value, (str, bytes)):
        return str(value) if isinstance(value, str) else value
    for name in ("tolist", "to_list"):
        if hasattr(value, name):
            return getattr(value, name)()
    return getattr(value, "value", value) if hasattr(type(value), "__members__") else value


def _paths(given: Files) -> list[str]:
    listed = [given] if isinstance(given, (str, os.PathLike)) else given
    return [os.path.abspath(path) for path in listed]
