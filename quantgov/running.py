"""Running somebody's backtest and learning from it what it read, what it loaded and what it logged.

`quantgov backtest` and `quantgov reproduce` run it in the same way, so that the one can be held against the other.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from quantgov import environments
from quantgov.errors import CannotJudge
from quantgov.process import attend
from quantgov.recording import FETCH, FOLDER, RESULT
from quantgov.watching import Watch
from quantgov.workspace import uninterrupted

TRACING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tracing")
LOCAL_TO_GIT = (
    "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
)  # fmt: skip
HASHING = "PYTHONHASHSEED"
"""Python walks through sets of texts in another order each time, and sums of floating-point numbers follow it."""


class Ran(NamedTuple):
    """What a run did. Paths are absolute, each once, in the order of their names.

    `results` and `fetched` are what its calls of log_result and log_fetch said, in their order. `read` stood there
    before it, `written` it made or changed: a file that it changed may be in both, and where it was read first it is
    among the `overwritten`. `python` is the version of the first interpreter that told of itself; where it is empty
    none did, and what was read and loaded is not known.

    `readers` are the loaded packages that open files without Python. Where there are some, or no Python told anything,
    `opened` was opened under the watch and is read, too; `is_watched` says that no file of its folders can be missing.
    `packages` are the versions of what was loaded of installed ones, by their names; None where nobody told.
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
    overwritten: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    is_watched: bool = False
    packages: Mapping[str, str] | None = None


@contextmanager
def notebook() -> Iterator[str]:
    """A folder in which one run says what it does; nothing of it stays."""
    with ExitStack() as undo:
        with uninterrupted():
            folder = os.path.realpath(tempfile.mkdtemp(prefix="quantgov-run-"))
            undo.callback(_remove, folder)
        yield folder


def _remove(folder: str) -> None:
    with uninterrupted():
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
    watch: Watch | None = None,
) -> Ran:
    """Run a command in a folder. `wrap` is put before it: what isolates it. For the rest see process.attend."""
    watch = watch or Watch((), bool, is_whole=False)
    with notebook() as folder:
        began, started = time.time(), time.monotonic()
        given = environment(os.environ if env is None else env, folder)
        with watch:
            code = attend((*wrap, *argv), cwd=cwd, env=given, timeout=timeout, tell=tell, alone=alone)
        return _told(folder, code, began, time.monotonic() - started, watch)


def environment(given: Mapping[str, str], folder: str) -> dict[str, str]:
    """What the run gets: what we have, without what git says of one repository, and where to say what it does."""
    kept = {name: value for name, value in given.items() if name not in LOCAL_TO_GIT}
    path = os.pathsep.join(each for each in (TRACING, given.get("PYTHONPATH", "")) if each)
    return {**kept, FOLDER: folder, "PYTHONPATH": path, HASHING: "0"}


def stamp(path: str) -> tuple[int, int, int, int] | None:
    """What is another one once a file was written; None where none stands. No clock is asked."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _told(folder: str, code: int, began: float, duration: float, watch: Watch) -> Ran:
    """Raises CannotJudge where the run took away the folder in which it says what it does."""
    if not os.path.isdir(folder):
        raise CannotJudge(f"the run deleted {folder}, where it says what it does", f"let it leave ${FOLDER} alone")
    first: dict[tuple[str, str], int] = {}
    for at, entry in enumerate(_trace(folder)):
        first.setdefault(entry, at)
    put = {path: kind for kind, path in reversed(first) if kind in "wc"}
    made = {path for path, kind in put.items() if kind == "w"}
    read = {path: at for (kind, path), at in first.items() if kind == "r" and path not in made}
    readers = tuple(sorted(path for kind, path in first if kind == "n"))
    python = next((version for kind, version in first if kind == "p"), "")
    loaded = [path for kind, path in first if kind == "i"]
    opened = _untold(watch.opened, (*read, *put)) if readers or not python else ()
    return Ran(
        code=code,
        began=began,
        duration=duration,
        results=_logged(folder, RESULT),
        fetched=_logged(folder, FETCH),
        read=tuple(sorted({*read, *opened})),
        written=tuple(sorted(put)),
        modules=tuple(sorted(path for kind, path in first if kind == "m")),
        python=python,
        overwritten=tuple(sorted(path for path, at in read.items() if at < first.get(("c", path), at))),
        readers=readers,
        opened=opened,
        is_watched=watch.is_whole,
        packages=environments.packages(filter(None, loaded)) if loaded else None,
    )


def _untold(opened: Iterable[str], told: Iterable[str]) -> tuple[str, ...]:
    """What was opened and no Python told of: by the run, or by another program, which nobody can tell apart."""
    known = set(map(os.path.realpath, told))
    return tuple(sorted(path for path in opened if os.path.realpath(path) not in known))


def _trace(folder: str) -> list[tuple[str, str]]:
    """What every interpreter of the run said, in its order: kind and path. A line that was cut short is none."""
    path = os.path.join(folder, "trace")
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        lines = [os.fsdecode(line).partition("\t") for line in file.read().split(b"\0")[:-1]]
    return [(kind, path) for kind, _, path in lines]


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
