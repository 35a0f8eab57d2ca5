"""How records and manifests name files: from the repository's root, below the team's data folder, or where they lie.

A digest of several files is of their names too, so that these have to be the same on every machine.
"""

from __future__ import annotations

import os
import posixpath
import re

DATA_DIR = "TEAM_DATA_DIR"
"""The environment variable that says where the team keeps its data (S0 L361)."""
ELSEWHERE = ("/", "${")
"""How names begin that are not the repository's."""
VARIABLE = r"\$\{(\w+)\}/?(.*)"


def name_of(path: str, top: str) -> str:
    """What a file or a folder is called in a repository, which may be none: a link in it by where the link stands."""
    real, shared = os.path.realpath(path), (os.environ.get(DATA_DIR, ""), f"${{{DATA_DIR}}}")
    for place, (folder, prefix) in ((real, (top, "")), (real, shared), (os.path.abspath(path), (top, ""))):
        below = _below(place, folder)
        if below:
            return posixpath.normpath(posixpath.join(prefix, below))
    return real


def _below(path: str, folder: str) -> str:
    """The path from a folder; empty where it lies elsewhere, or there is no folder."""
    found = os.path.relpath(path, os.path.realpath(folder)).replace(os.sep, "/") if folder else ".."
    return "" if found.partition("/")[0] == ".." else found


def located(name: str, top: str) -> tuple[str, str]:
    """Where on disk lies what is called so; or else the variable that it needs and that is not set."""
    found = re.fullmatch(VARIABLE, name)
    if not found:
        return os.path.join(top, name), ""
    folder = os.environ.get(found[1], "")
    return (os.path.join(folder, found[2]), "") if folder else ("", found[1])
