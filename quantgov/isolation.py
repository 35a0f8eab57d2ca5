"""What a rerun is kept from: the network, and files that are not its own. The system is asked, not believed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from quantgov.confined import NO_NETWORK
from quantgov.errors import CannotJudge
from quantgov.process import run

CONFINED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "confined.py")
USER = ("unshare", "--user", "--map-root-user")
NETWORK, FILES = ("--net",), ("--mount",)
PROCESSES, LISTED = ("--pid", "--fork", "--kill-child"), ("--mount-proc",)
"""Whatever a command leaves behind, in a session of its own too, ends with it."""


class Isolation(NamedTuple):
    """The words to put before a command, and what they keep it from."""

    wrap: tuple[str, ...]
    network: bool
    files: bool

    @property
    def as_text(self) -> str:
        network = "network isolated" if self.network else "network not isolated"
        return network if self.files else f"{network}, files outside of it not protected"


NONE = Isolation((), network=False, files=False)


def strongest(read_only: Sequence[str], *, network: bool = False) -> Isolation:
    """The most that this system allows, each step tried out. `network` leaves the network on."""
    away = () if network else NETWORK
    full = (*away, *FILES, *PROCESSES)
    steps = ((*full, *LISTED), full, (*away, *FILES), away)
    tried = (_isolation(step, read_only) for step in steps if step)
    return next((each for each in tried if _works(each)), NONE)


def _isolation(flags: Sequence[str], read_only: Sequence[str]) -> Isolation:
    cuts, guards = "--net" in flags, "--mount" in flags
    asked = (*((NO_NETWORK,) if cuts else ()), *(read_only if guards else ()))
    wrap = (*USER, *flags, "--", sys.executable, "-I", CONFINED, *asked, "--")
    return Isolation(wrap, network=cuts, files=guards)


def _works(isolation: Isolation) -> bool:
    try:
        return run((*isolation.wrap, sys.executable, "-I", "-c", "")).code == 0
    except CannotJudge:  # there is no such program
        return False
