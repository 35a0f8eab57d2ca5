"""Running somebody's backtest and learning from it what it read, what it loaded and what it logged.

`quantgov backtest` and `quantgov reproduce` run it in the same way, so that the one can be held against the other.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from quantgov.errors import CannotJudge
from quantgov.process import attend
from quantgov.recording import FETCH, FOLDER, RESULT

TRACING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tracing")
LOCAL_TO_GIT = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
HASHING = "PYTHONHASHSEED"
"""Python walks through sets of texts in another order each time, and sums of floating-point numbers follow it."""


class Ran(NamedTuple):
    """What a run did. Paths are absolute, each once, in the order of their names.

    `results` and `fetched` are what its calls of log_result and log_fetch said, in their order. `read` stood there
    before it, `written` it made or changed: a file that it changed may be in both. `python` is the version of the
    first interpreter that told of itself; where it is empty none did, and what was read and loaded is not known.
    """

    code: int
    began: float
    duration: float
    results: tuple[Mapping[str, object], ...]
    fetched: tuple[Mapping[str, object], ...]
    read: tuple[str, ...]
    written: tuple[str, ...]
    modules: tuple[str, ...]
    python: str = ""


@contextmanager
def notebook() -> Iterator[str]:
    """A folder in which one run says what it does; nothing of it stays."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="quantgov-run-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    tell: Callable[[bytes], None] | None = None,
    alone: bool = False,
    wrap: Sequence[str] = (),
) -> Ran:
    """Run a command in a folder. `wrap` is put before it: what isolates it. For the rest see process.attend."""
    with notebook() as folder:
        began, started = time.time(), time.monotonic()
        given = environment(os.environ if env is None else env, folder)
        code = attend((*wrap, *argv), cwd=cwd, env=given, timeout=timeout, tell=tell, alone=alone)
        return _told(folder, code, began, time.monotonic() - started)


def environment(given: Mapping[str, str], folder: str) -> dict[str, str]:
    """What the run gets: what we have, without what git says of one repository, and where to say what it does."""
    kept = {name: value for name, value in given.items() if name not in LOCAL_TO_GIT}
    path = os.pathsep.join(each for each in (TRACING, given.get("PYTHONPATH", "")) if each)
    return {**kept, FOLDER: folder, "PYTHONPATH": path, HASHING: "0"}


def _told(folder: str, code: int, began: float, duration: float) -> Ran:
    entries = [line.partition("\t")[::2] for line in _trace(folder)]
    put: dict[str, str] = {}
    for kind, path in entries:
        if kind in "wc":
            put.setdefault(path, kind)
    made = {path for path, kind in put.items() if kind == "w"}
    return Ran(
        code=code,
        began=began,
        duration=duration,
        results=_logged(folder, RESULT),
        fetched=_logged(folder, FETCH),
        read=tuple(sorted({path for kind, path in entries if kind == "r"} - made)),
        written=tuple(sorted(put)),
        modules=tuple(sorted({path for kind, path in entries if kind == "m"})),
        python=next((version for kind, version in entries if kind == "p"), ""),
    )


def _trace(folder: str) -> list[str]:
    """What every interpreter of the run said, in its order; a line that was cut short is none."""
    path = os.path.join(folder, "trace")
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        return [os.fsdecode(line) for line in file.read().split(b"\0")[:-1]]


def _logged(folder: str, kind: str) -> tuple[Mapping[str, object], ...]:
    names = sorted(name for name in os.listdir(folder) if name.startswith(f"{kind}-") and name.endswith(".json"))
    return tuple(_loaded(os.path.join(folder, name)) for name in names)


def _loaded(path: str) -> Mapping[str, object]:
    """Raises CannotJudge for a file that a run which was cut short left half written."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except ValueError:
        raise CannotJudge("the run ended while it logged a result", "run it again") from None
    assert isinstance(found, dict)
    return found
