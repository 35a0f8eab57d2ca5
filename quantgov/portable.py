"""A command as a record names it, so that others can run it: their own Python, and their own checkout."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from quantgov import environments

if TYPE_CHECKING:
    from quantgov.preparing import Prepared


def command_of(prepared: Prepared) -> list[str]:
    """The command as others can run it: their own Python, and their own checkout."""
    first, *rest = prepared.request.command
    return ["python" if _is_of_an_environment(prepared, first) else _shortened(prepared, first)] + [
        _shortened(prepared, word) for word in rest
    ]


def _is_of_an_environment(prepared: Prepared, word: str) -> bool:
    """Whether a word is the Python of a virtual environment, by whatever path."""
    path = os.path.join(prepared.place, word)
    if "/" not in word or not environments.PYTHON.fullmatch(os.path.basename(word)):
        return False
    home = os.path.dirname(os.path.dirname(path))
    marks = (os.path.join(home, name) for name in ("pyvenv.cfg", "conda-meta"))
    return any(map(os.path.exists, marks)) or bool(_within(prepared, os.path.abspath(path)))


def _shortened(prepared: Prepared, word: str) -> str:
    """A path below the repository from the folder that it runs in, also behind an option's `=`."""
    option, sign, path = word.rpartition("=")
    below = _within(prepared, path)
    whole = os.path.join(os.path.realpath(prepared.bench.top), below)
    return option + sign + os.path.relpath(whole, prepared.place) if below else word


def _within(prepared: Prepared, path: str) -> str:
    """A whole path from the repository's root, no link of it followed; empty for one that lies elsewhere."""
    path = os.path.normpath(path)
    tops = (prepared.bench.top, os.path.realpath(prepared.bench.top))
    return next((path[len(top) + 1 :] for top in tops if path.startswith(f"{top}{os.sep}")), "")


def elsewhere(prepared: Prepared) -> list[str]:
    """Paths of the command that only this machine has."""
    return [word for word in command_of(prepared) if os.path.isabs(word.rpartition("=")[2])]
