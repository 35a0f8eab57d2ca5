"""What commands print, and how: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

from quantgov.errors import EXIT_INTERRUPTED, QuantgovError, UsageError

SLOW = 1.0
"""Seconds without a word that a person bears."""
MEBIBYTE = 1 << 20
OUT = Console(highlight=False, soft_wrap=True, emoji=False)
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(text: str) -> None:
    """Print plain text as it is: no markup is read from it, since it may hold names from a repository."""
    OUT.print(text, markup=False)


def tell(text: str, indent: str) -> None:
    """Print prose, in a terminal broken between words; what begins with a blank is to be typed as it is."""
    from textwrap import wrap

    if text.startswith(" ") or not OUT.is_terminal:
        say(indent + text)
        return
    for line in wrap(text, OUT.width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False):
        say(line)


def hang(text: str, label: str) -> None:
    """Print prose behind a label, in a terminal with its further lines below the first."""
    from textwrap import wrap

    indent = " " * len(label)
    width = OUT.width if OUT.is_terminal else len(label) + len(text) + 1
    for line in wrap(text, width, initial_indent=label, subsequent_indent=indent, break_on_hyphens=False) or [label]:
        say(line.rstrip())


def write(text: str) -> None:
    """Print a finished report as it is."""
    sys.stdout.write(text)


def progress(title: str) -> Callable[[int, int], None]:
    """A bar on standard error, told how many of how many are done; it goes away with the last of them."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=ERR, transient=True,
    )  # fmt: skip
    task = bar.add_task(title)
    bar.start()

    def show(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if done >= total:
            bar.stop()

    return show


@contextmanager
def meter(title: str, unit: int = 1) -> Iterator[Callable[[int, int], None]]:
    """A bar that counts in `unit`s, where a person looks on and it takes longer than a moment."""
    started = time.monotonic()
    shown: list[Callable[[int, int], None]] = []

    def tick(done: int, total: int) -> None:
        if not shown and sys.stderr.isatty() and time.monotonic() - started > SLOW:
            shown.append(progress(title))
        for show in shown:
            show(done // unit, -(-total // unit))

    try:
        yield tick
    finally:
        for show in shown:
            show(1, 1)


def ask(question: str, again: str) -> None:
    """Leave where somebody does not agree. Raises UsageError where nobody is there to be asked; `again` does without.

    Ctrl-C and Ctrl-D leave the cursor behind the question.
    """
    import typer

    if not sys.stdin.isatty():
        raise UsageError("nothing was written, since nobody is there to be asked", again)
    try:
        agreed = typer.confirm(question, default=True)
    except typer.Abort:
        say("")
        agreed = False
    if not agreed:
        say("Nothing was written.")
        raise typer.Exit(EXIT_INTERRUPTED)


def fail(error: QuantgovError) -> None:
    from quantgov.tally import without_secrets

    ERR.print(f"quantgov: {without_secrets(error.message)}", markup=False, style="red")
    if error.help:
        ERR.print(f"  fix: {without_secrets(error.help)}", markup=False)
