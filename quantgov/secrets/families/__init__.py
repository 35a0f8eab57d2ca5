"""The detectors' tables, a file for each family. A new detector is a new row; a new family a new file and a line here.

`python tools/generate.py` then writes index.py, which says of every literal whose anchor it begins.
"""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.secrets.detector import Detector
    from quantgov.secrets.families.plugins import Plugin

FAMILIES = (
    "exchanges",
    "brokers",
    "market_data",
    "sdk",
    "keys",
    "logins",
    "cloud",
    "infrastructure",
    "hosting",
    "messaging",
    "commerce",
    "models",
    "plugins",
)


@cache
def rows(family: str) -> tuple[Detector | Plugin, ...]:
    """The rows of a family's table, in the order in which its file has them."""
    from importlib import import_module

    found: tuple[Detector | Plugin, ...] = import_module(f"quantgov.secrets.families.{family}").ROWS
    return found
