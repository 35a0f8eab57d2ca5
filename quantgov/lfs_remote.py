"""The remote that Git LFS uploads to, and where it keeps objects, as far as that shows without a network."""

from __future__ import annotations

import os

from quantgov.git import Repository
from quantgov.lfs_store import Store
from quantgov.workspace import Workspace


def name(repo: Repository) -> str:
    """`origin`, or else the first; empty where there is none."""
    return "origin" if "origin" in repo.remotes() else next(iter(sorted(repo.remotes())), "")


def store(space: Workspace, remote: str) -> Store | None:
    """Where a remote in the file system keeps objects; None where they are behind a network."""
    top = space.repo.top or ""
    shared = space.config("lfs.url", "--file", os.path.join(top, ".lfsconfig"))
    if shared or any(space.config(key) for key in ("lfs.url", f"remote.{remote}.lfsurl")):
        return None
    path = os.path.join(top, space.repo.remotes()[remote].removeprefix("file://"))
    folders = (os.path.join(path, ".git"), path)
    return next((Store(os.path.join(each, "lfs")) for each in folders if _has_objects(each)), None)


def _has_objects(folder: str) -> bool:
    return os.path.isdir(os.path.join(folder, "objects"))
