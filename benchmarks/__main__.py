"""`python -m benchmarks`: run them, print the tables."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from benchmarks import budgets, history, lfs, peers, profiling, scale, signatures, tables
from benchmarks.environment import describe
from benchmarks.lab import BenchmarkError, Lab
from benchmarks.results import Result

ROUNDS = 25
QUICK_ROUNDS = 5
INTERRUPTED = 130
BENCHMARKS: dict[str, Callable[[Lab], list[Result]]] = {
    "hooks": budgets.hooks,
    "commit": budgets.commit,
    "passport": peers.passport,
    "secrets": peers.secrets,
    "message": peers.message,
    "whole": peers.whole,
    "push": scale.push,
    "audit": scale.audit,
    "list": scale.listing,
    "signatures": signatures.signatures,
    "history": history.history,
    "manifests": profiling.manifests,
    "lfs": lfs.lfs,
}


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 also where a budget is missed, since a busy machine is no fault; 1 where one cannot run."""
    options = parse(argv)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    signal.signal(signal.SIGTERM, stop)
    try:
        print(run(options.only or BENCHMARKS, rounds, options.json, options.markdown, options.history), end="")
    except BenchmarkError as error:
        say(f"benchmarks: {error}\n")
        return 1
    except KeyboardInterrupt:
        say("\nbenchmarks: interrupted\n")
        return INTERRUPTED
    return 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure quantgov beside its peers.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds in place of {ROUNDS}")
    parser.add_argument("--rounds", type=int, metavar="N", help="so many rounds")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--history", type=Path, metavar="REPO", help="whose history is searched; else a made one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON too")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables to a file too")
    return parser.parse_args(argv)


def run(
    names: Iterable[str],
    rounds: int,
    json: Path | None = None,
    markdown: Path | None = None,
    searched: Path | None = None,
) -> str:
    """The tables of the named benchmarks. Raises BenchmarkError where one cannot run."""
    results: list[Result] = []
    environment: dict[str, str] = {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix="quantgov-bench-", ignore_cleanup_errors=True) as folder:
            lab = Lab(Path(folder), rounds, progress=partial(progress, name), history=searched)
            environment = environment or describe(lab)
            results += BENCHMARKS[name](lab)
    report = tables.markdown(results, environment)
    for path, text in ((json, tables.as_json(results, environment)), (markdown, report)):
        if path:
            path.write_text(text)
    return report


def progress(name: str, done: int, of: int) -> None:
    """One line that counts up in a terminal; elsewhere one line when it is done."""
    if sys.stderr.isatty():
        say(f"\r{name}: {done} of {of} rounds" + ("\n" if done == of else ""))
    elif done == of:
        say(f"{name}: {of} rounds\n")


def say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def stop(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
