"""What commands print, and how: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys

from rich.console import Console

from quantgov.errors import QuantgovError

OUT = Console(highlight=False, soft_wrap=True, emoji=False)
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def say(text: str) -> None:
    """Print plain text as it is: no markup is read from it, since it may hold names from a repository."""
    OUT.print(text, markup=False)


def write(text: str) -> None:
    """Print a finished report as it is."""
    sys.stdout.write(text)


def fail(error: QuantgovError) -> None:
    from quantgov.tally import without_secrets

    ERR.print(f"quantgov: {without_secrets(error.message)}", markup=False, style="red")
    if error.help:
        ERR.print(f"  fix: {without_secrets(error.help)}", markup=False)
