"""The environment that a backtest runs in: the file that pins it, and making it again from that file."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from quantgov import digests
from quantgov.errors import CannotJudge
from quantgov.process import TimedOut, attend, run

LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "conda-lock.yml", "Pipfile.lock", "requirements.lock")
REQUIREMENTS = "requirements.txt"
PYTHON = re.compile(r"python(\d(\.\d+)?)?")
INSTALLED = ("/site-packages/", "/dist-packages/")
UV_LOCK, OWN = "uv.lock", ".venv"
SYNC = ("sync", "--frozen", "--no-progress")
ASK = "import platform; print(platform.python_version())"
METADATA = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(-py[\d.]+)?\.(dist|egg)-info")
SHOWN = 3
"""Last lines of what uv says that an error shows."""


class Environment(NamedTuple):
    """What a command is run in. `lock` is the lock file and its digest, `note` says where it does not pin this."""

    variables: Mapping[str, str]
    python: str
    lock: tuple[str, str] | None
    note: str

    @property
    def is_pinned(self) -> bool:
        return not self.note


def platform() -> str:
    """System and machine, as linux-x86_64."""
    machine = os.uname()
    return f"{machine.sysname.lower()}-{machine.machine}"


def lock_file(top: str) -> tuple[str, str] | None:
    """Name and SHA-256 digest of the file at the root of a checkout that pins its environment; None without one.

    Of requirements files one with hashes comes first; `requirements.txt` counts without them too, as what there is.
    """
    names = [name for name in os.listdir(top) if os.path.isfile(os.path.join(top, name))]
    found = [name for name in LOCK_FILES if name in names]
    asked = sorted(name for name in names if re.fullmatch(r"requirements[^/]*\.txt", name))
    found += [name for name in asked if b"--hash=" in _read(top, name)]
    found += [name for name in asked if name == REQUIREMENTS]
    return (found[0], digests.of_file(os.path.join(top, found[0]))) if found else None


def _read(top: str, name: str) -> bytes:
    with open(os.path.join(top, name), "rb") as file:
        return file.read()


def packages(loaded: Iterable[str]) -> dict[str, str]:
    """The versions of the packages that own these paths, each the uppermost below a folder of installed ones."""
    places: dict[str, set[str]] = {}
    for path in loaded:
        folder, mark, below = path.rpartition(next(each for each in INSTALLED if each in path))
        places.setdefault(folder + mark, set()).add(below)
    found = {name: version for folder, paths in places.items() for name, version in _owners(folder, paths)}
    return dict(sorted(found.items()))


def _owners(folder: str, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Most packages are called as what they install; of the others the list of their files is looked through."""
    try:
        matched = {name: each for name in os.listdir(folder) if (each := METADATA.fullmatch(name))}
    except OSError:
        return
    named = {_normal(each["name"]): name for name, each in matched.items()}
    own = {path: named.get(_normal(path.partition(".")[0])) for path in paths}
    others = [path for path, owner in own.items() if owner is None]
    for name in sorted(set(matched) - set(own.values())) if others else ():
        files = _files(os.path.join(folder, name))
        own |= {path: name for path in others if own[path] is None and _holds(files, path)}
    for owner in own.values():
        if owner:
            yield _normal(matched[owner]["name"]), matched[owner]["version"]


def _files(metadata: str) -> bytes:
    """One file a line, behind a line's end."""
    for name in ("RECORD", "installed-files.txt"):
        try:
            with open(os.path.join(metadata, name), "rb") as file:
                return b"\n" + file.read()
        except OSError:
            continue
    return b""


def _holds(files: bytes, path: str) -> bool:
    place = os.fsencode(path)
    return any(start + place + end in files for start in (b"\n", b"\n../") for end in (b",", b"/", b"\n"))


def _normal(name: str) -> str:
    """Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def of_checkout(top: str, given: Mapping[str, str], *, synced: bool, timeout: float) -> Environment:
    """The environment that the lock file of a checkout pins, made there; the current one where none does.

    Raises CannotJudge where it cannot be made.
    """
    lock = lock_file(top)
    if synced and lock and lock[0] == UV_LOCK:
        return _synced(top, given, lock, timeout)
    if not synced:
        note = "the current environment was used, as asked for"
    elif lock is None:
        note = "environment not pinned: there is no lock file; the current one was used"
    else:
        note = f"environment not pinned: one is made from {UV_LOCK}, not from {lock[0]}; the current one was used"
    current = _current(given)
    return Environment(current, _version(current), lock, note)


def _synced(top: str, given: Mapping[str, str], lock: tuple[str, str], timeout: float) -> Environment:
    own = os.path.join(top, OWN)
    kept = {name: value for name, value in given.items() if name not in ("PYTHONHOME", "VIRTUAL_ENV")}
    wanted = {**kept, "UV_PROJECT_ENVIRONMENT": own}
    said: list[bytes] = []
    try:
        code = attend((_uv(given), *SYNC), cwd=top, env=wanted, timeout=timeout, tell=said.append, alone=True)
    except TimedOut:
        raise _not_made(f"uv took longer than {timeout:g} s", said) from None
    if code:
        raise _not_made("uv does not make the environment", said)
    path = os.pathsep.join((os.path.join(own, "bin"), given.get("PATH", os.defpath)))
    made = {**kept, "PATH": path, "VIRTUAL_ENV": own, "UV_FROZEN": "1", "UV_OFFLINE": "1"}
    return Environment(made, _version(made), lock, "")


def _uv(given: Mapping[str, str]) -> str:
    """The uv on PATH, or the one that was installed with quantgov."""
    path = os.pathsep.join((given.get("PATH", os.defpath), os.path.dirname(sys.executable)))
    found = shutil.which("uv", path=path)
    if not found:
        help = "pip install uv; or: quantgov reproduce … --no-env"
        raise CannotJudge(f"the environment is pinned by {UV_LOCK}, and there is no uv to make it", help)
    return found


def _not_made(message: str, said: list[bytes]) -> CannotJudge:
    lines = b"".join(said).decode("utf-8", "replace").strip().splitlines()
    shown = "".join(f"\n    {line.strip()}" for line in lines[-SHOWN:])
    return CannotJudge(f"{message}:{shown}", "uv sync --frozen, with a network; or: quantgov reproduce … --no-env")


def _current(given: Mapping[str, str]) -> dict[str, str]:
    """As it is; where no python is on PATH, with the one that runs this."""
    path = given.get("PATH", os.defpath)
    if shutil.which("python", path=path):
        return dict(given)
    return {**given, "PATH": os.pathsep.join((os.path.dirname(sys.executable), path))}


def _version(variables: Mapping[str, str]) -> str:
    """The version of its Python; empty where it has none."""
    python = shutil.which("python", path=variables.get("PATH", os.defpath))
    done = run((python, "-I", "-c", ASK), env=variables) if python else None
    return done.out.decode().strip() if done and done.code == 0 else ""
