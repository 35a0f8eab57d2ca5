"""The program git-lfs: whether it is here, and how it comes here. Reading does not need it; uploading does."""

from __future__ import annotations

import shutil
import sys

from quantgov.errors import CannotJudge
from quantgov.workspace import Workspace

INSTALLERS = {
    "apt-get": "sudo apt-get install git-lfs",
    "dnf": "sudo dnf install git-lfs",
    "zypper": "sudo zypper install git-lfs",
    "pacman": "sudo pacman -S git-lfs",
    "apk": "sudo apk add git-lfs",
    "brew": "brew install git-lfs",
    "port": "sudo port install git-lfs",
    "conda": "conda install -c conda-forge git-lfs",
    "winget": "winget install GitHub.GitLFS",
}
ANY = "apt install git-lfs (Debian, Ubuntu), dnf install git-lfs (Fedora), brew install git-lfs (macOS)"
DOWNLOAD = "or the download at https://git-lfs.com"


def version(space: Workspace) -> str:
    """Empty where git-lfs is not installed."""
    return space.read("lfs", "version") or ""


def how_to_install() -> str:
    """By the package manager that is here; by any, where none of those known is."""
    first = ("brew", "port") if sys.platform == "darwin" else ()
    found = next((INSTALLERS[name] for name in (*first, *INSTALLERS) if shutil.which(name)), ANY)
    return f"{found}, {DOWNLOAD}"


def require(space: Workspace, what: str) -> None:
    """Raises CannotJudge where git-lfs is missing, which `what` needs."""
    if not version(space):
        raise CannotJudge(f"{what} needs git-lfs, which is not installed", how_to_install())
