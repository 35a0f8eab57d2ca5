"""What a backtest's own code says of its result: `from quantgov import log_result`.

Under `quantgov backtest` and `quantgov reproduce` it is written down for them; outside of them nothing happens. Only
the standard library is imported: this runs in the environment of the backtest.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

FOLDER = "QUANTGOV_RUN"
"""The environment variable that names where a run says what it does."""
RESULT, FETCH = "result", "fetch"
ALONE = "quantgov: this result is not on record; run it by: quantgov backtest STRATEGY -- python ...\n"


def log_result(
    metrics: Mapping[str, float | int | None],
    *,
    parameters: Mapping[str, object] | None = None,
    config: Mapping[str, object] | None = None,
    data: Iterable[str | os.PathLike[str]] = (),
    seed: int | None = None,
    convention: Mapping[str, object] | None = None,
) -> None:
    """Put what came out of a backtest on record. Called more than once, it makes as many records.

    `metrics` are numbers by name, returns, drawdowns and rates as fractions: `sharpe_ratio`, `total_return`,
    `max_drawdown`, `win_rate`, `profit_factor`, `num_trades` (round trips), `order_count`.
    `parameters` are those of the strategy; `config` is `start_date`, `end_date`, `symbols`, `initial_capital` and the
    costs, with their unit in the name (`slippage_bps`, `commission_per_share`). `data` are files that were read by
    what Python does not see, as Polars, DuckDB and Arrow read them. `convention` says how the metrics were computed:
    `sharpe` (geometric or arithmetic), `periods_per_year`, `risk_free_rate`, `ddof`.
    Raises TypeError for a value that is neither number, text, truth value, list nor mapping.
    """
    said = {
        "results": {name: _number(value) for name, value in metrics.items()},
        "parameters": _plain(parameters or {}),
        "backtest_config": _plain(config or {}),
        "data": [os.path.abspath(path) for path in data],
        "seed": seed,
        "metric_convention": _plain(convention or {}),
    }
    if not _write(RESULT, said):
        sys.stderr.write(ALONE)


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

    `content` are the bytes as they came, of which only size and digest are kept; `source` is vendor and endpoint, as
    `TickDB /v1/market/kline`; `start` and `end` are days.
    """
    _write(
        FETCH,
        {
            "source": source,
            "as_of": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "rows": rows,
            "sha256": sha256(content).hexdigest(),
            "symbols": list(symbols),
            "interval": interval,
            "start": start,
            "end": end,
        },
    )


def _write(kind: str, said: Mapping[str, object]) -> bool:
    """Whether there is a run that takes it; each call makes a file of its own, whatever processes call it."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return False
    text = json.dumps(said, allow_nan=False, sort_keys=True)
    for number in range(1, 1_000_000):
        try:
            handle = os.open(os.path.join(folder, f"{kind}-{number:06}.json"), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return True
    raise OverflowError(f"more than a million calls of log_{kind}")


def _number(value: object) -> float | int | None:
    """A metric as JSON has numbers; NumPy's too. What is not finite is not known: None."""
    if value is None:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a metric is a number, not {value!r}")
    return value if isinstance(value, int) or -1e308 <= value <= 1e308 else None


def _plain(value: object) -> object:
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"{value!r} cannot be put on record: give a number, a text, a list or a mapping")
