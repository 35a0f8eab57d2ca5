"""The manifest of a gigabyte of bars, digest and all figures, against the digest alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import polars as pl

from benchmarks.lab import BenchmarkError, Lab
from benchmarks.results import Result, Table
from benchmarks.scale import few
from benchmarks.timing import Contender, measure
from quantgov.profiling import calendars
from quantgov.profiling.moments import SECOND

BUDGET = 2.0
"""The throughput is at least half of `sha256sum`'s."""
MEMORY = 500e6
"""Bytes that it may take at its peak."""
SYMBOLS = 500
PARQUET_BARS, CSV_BARS = 63_000, 28_500
"""Minutes of each symbol, so that either file is about a gigabyte."""
BEGIN = int(datetime(2024, 1, 2, tzinfo=UTC).timestamp()) * SECOND
SEASON = 250 * 86_400 * SECOND
PRICES = {"open": 48_271, "high": 69_621, "low": 16_807, "close": 39_373}
PRIME = 2_147_483_647
"""The multiples of a number, as remainders of a prime, are spread evenly: prices that no one compresses."""
PEAK = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""
DRAFT = ("manifest", "draft", "--symbol-set", "universe", "--source", "TickDB /v1/market/kline", "--format", "json")


def manifests(lab: Lab, symbols: int = SYMBOLS) -> list[Result]:
    """Parquet in the order of time, CSV in the order of symbols. Wrong figures are not timed."""
    sha256sum = which("sha256sum")
    if not sha256sum:
        raise BenchmarkError("sha256sum is not installed here")
    parquet, csv = lab.root / "bars.parquet", lab.root / "bars.csv"
    row = pl.int_range(symbols * PARQUET_BARS, dtype=pl.Int64)
    bars(row % symbols, row // symbols).sink_parquet(parquet)
    row = pl.int_range(symbols * CSV_BARS, dtype=pl.Int64)
    bars(row // CSV_BARS, row % CSV_BARS).sink_csv(csv, datetime_format="%Y-%m-%dT%H:%M:%SZ", float_precision=4)
    counted = ((parquet, symbols * PARQUET_BARS), (csv, symbols * CSV_BARS))
    return [against_digest(lab, path, rows, sha256sum) for path, rows in counted]


def bars(symbol: pl.Expr, minute: pl.Expr) -> pl.LazyFrame:
    """Bars of the sessions of New York: which symbol and which minute each row has, as numbers."""
    sessions = calendars.sessions("XNYS", BEGIN, BEGIN + SEASON).sessions
    minutes = [at for each in sessions for begin, end in each.parts for at in range(begin, end, 60 * SECOND)]
    times = pl.Series(minutes, dtype=pl.Int64).cast(pl.Datetime("ns", "UTC")).dt.cast_time_unit("ms")
    prices = {name: pl.col("row") * factor % PRIME / PRIME * 100 + 50 for name, factor in PRICES.items()}
    return (
        pl.select(symbol=symbol, minute=minute)
        .lazy()
        .with_row_index("row")
        .select(
            symbol=pl.format("S{}.US", pl.col("symbol").cast(pl.String).str.zfill(4)),
            timestamp=pl.lit(times).gather(pl.col("minute")),
            **prices,
            volume=pl.col("row") * 7919 % 1_000_003,
        )
    )


def against_digest(lab: Lab, path: Path, rows: int, sha256sum: str) -> Result:
    """Our run is told with the memory that it took."""
    draft = (lab.tool("quantgov"), *DRAFT, str(path))
    memory = peak(lab, draft)
    told = json.loads(lab.said())["data"]
    if (told["rows"], told["bars"]) != (rows, {"present": rows, "expected": rows}):
        raise BenchmarkError(
            f"manifest draft counts {told['rows']:,} rows and {told['bars']}, where {rows:,} are there"
        )
    taken = f"{memory / 1e6:.0f} MB at its peak" + (f", more than {MEMORY / 1e6:.0f} MB" if memory > MEMORY else "")
    job = f"manifest draft, {path.suffix[1:]} of {path.stat().st_size / 1e9:.2f} GB, {rows / 1e6:.0f} M rows, {taken}"
    digest = f"sha256sum, {path.suffix[1:]}"
    samples = lab.time(
        Contender(job, lambda: lab.expect(draft, lab.root)),
        Contender(digest, lambda: lab.expect((sha256sum, str(path)), lab.root)),
        rounds=few(lab),
    )
    return Result(Table.DATA, job, measure(samples[job]), digest, measure(samples[digest]), BUDGET)


def peak(lab: Lab, argv: Sequence[str]) -> int:
    """The most memory that a command has at a time, in bytes; what it prints is what the lab says then."""
    told = lab.root / "peak"
    lab.expect((sys.executable, "-c", PEAK, str(told), *argv), lab.root)
    return int(told.read_text()) * (1 if sys.platform == "darwin" else 1024)
