"""For each detector, text that holds what its vendor issues: templates from which the tests make keys up.

A family has a file here as it has one in quantgov/secrets/families. `<alnum:24>` stands for 24 made-up characters.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import NamedTuple

from made_up_secrets import made_up

from quantgov.secrets.families import FAMILIES


class Sample(NamedTuple):
    """Text that holds one secret, between `[[` and `]]`, and the path of the file that it stands in."""

    detector: str
    text: str
    path: str = "src/feed.py"

    def made_up(self, seed: int = 0) -> tuple[str, str]:
        """The text with a secret made up, and that secret."""
        before, _, rest = made_up(self.text, seed).partition("[[")
        secret, _, after = rest.partition("]]")
        return f"{before}{secret}{after}", secret


@cache
def samples() -> tuple[Sample, ...]:
    return tuple(sample for family in FAMILIES if family != "plugins" for sample in of_family(family))


def of_family(family: str) -> tuple[Sample, ...]:
    found: tuple[Sample, ...] = import_module(f"samples.{family}").SAMPLES
    return found
