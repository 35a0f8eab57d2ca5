"""`quantgov secrets scan` without Typer, whenever its command line is well-formed.

A second search of a history that has not moved takes less time than loading Typer does.
"""

from __future__ import annotations

import os
import sys
import time

from quantgov import scanning
from quantgov.errors import DEBUG, EXIT_INTERRUPTED, CannotJudge, QuantgovError
from quantgov.scanning import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quantgov.scanning import Tick

FLAGS = ("staged", "history", "reflog", "unreachable", "lfs", "no-cache")
VALUES = ("range", "format", "output")
FORMS = ("text", "json", "github", "sarif")
SLOW = 1.0
"""Seconds after which a search shows how far it has come."""


def parse(argv: Sequence[str]) -> Request | None:
    """The request in a command line's words; None for anything that Typer has to explain, help included."""
    words, paths = list(argv), list[str]()
    flags, values = set[str](), dict[str, str]()
    while words:
        word = words.pop(0)
        option, equals, value = word.partition("=")
        name = option.removeprefix("--")
        if word == "--":
            paths, words = [*paths, *words], []
        elif not word.startswith("-"):
            paths.append(word)
        elif word in {f"--{flag}" for flag in FLAGS}:
            flags.add(name)
        elif option in {f"--{each}" for each in VALUES} and (equals or words):
            values[name] = value if equals else words.pop(0)
        else:
            return None
    if "" in paths or values.get("format", "text") not in FORMS:
        return None
    return Request(
        paths,
        staged="staged" in flags,
        commits=values.get("range"),
        history="history" in flags,
        reflog="reflog" in flags,
        unreachable="unreachable" in flags,
        lfs="lfs" in flags,
        cached="no-cache" not in flags,
        form=values.get("format", "text"),
        output=values.get("output", ""),
    )


def main(request: Request) -> None:
    """Search, report, and leave at once: a tidy interpreter shutdown takes longer than a search that knows it all."""
    try:
        code = scanning.run(request, meter())
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except QuantgovError as error:
        code = _failed(error)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        code = _failed(CannotJudge(f"{type(error).__name__}: {error}", f"run it again with {DEBUG}=1, and report it"))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _failed(error: QuantgovError) -> int:
    from quantgov.cli import console

    console.fail(error)
    return error.exit_code


def meter() -> Tick:
    """Shows, where a person looks on, how far a search has come that takes longer than a moment."""
    if not sys.stderr.isatty():
        return lambda done, total: None
    started = time.monotonic()
    shown: list[Callable[[int, int], None]] = []

    def tick(done: int, total: int) -> None:
        if not shown and time.monotonic() - started > SLOW:
            from quantgov.cli import console

            shown.append(console.progress("searching for secrets"))
        for show in shown:
            show(done, total)

    return tick
