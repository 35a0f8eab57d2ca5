"""Which data files are opened while a run goes on, by whatever program: Linux says so (inotify).

Python tells of the files that it opens itself. Arrow, Polars, DuckDB and HDF5 open theirs on their own, as R and
Julia do.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator

MODIFIED, LEFT_AS_IT_WAS, OPENED, MOVED_HERE, CREATED = 0x2, 0x10, 0x20, 0x80, 0x100
OVERFLOWED, IS_FOLDER = 0x4000, 0x40000000
WRITTEN = MODIFIED | MOVED_HERE | CREATED
ASKED = OPENED | LEFT_AS_IT_WAS | WRITTEN
FLAGS = os.O_CLOEXEC | os.O_NONBLOCK
EVENT = struct.Struct("iIII")
"""Watch, mask, cookie and the length of the name behind it. Source: inotify(7)."""
MOST_FOLDERS = 4_000
PATIENCE = 3.0
"""Seconds for which folders are looked for: a run does not wait for a share with a million of them."""
BUFFER = 1 << 16
TICK = 0.05
"""Seconds between two looks: the kernel keeps 16,384 events by default."""
PASSED_OVER = frozenset((".git", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"))


class Watch:
    """Listens from `with` on to the files that are wanted in these folders; `is_whole`: these are all that matter.

    Afterwards `opened` are the paths that were read, and `is_whole` says that none can be missing. What was made
    meanwhile, or opened only to write it anew, is not among them.
    """

    def __init__(self, folders: Iterable[str], wanted: Callable[[str], bool], *, is_whole: bool = True) -> None:
        self.opened: set[str] = set()
        self.is_whole = is_whole
        self._left: set[str] = set()
        self._written: set[str] = set()
        self._wanted = wanted
        self._folders = list(folders)
        self._watched: dict[int, str] = {}
        self._fd = -1
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Watch:
        libc = _libc()
        self._fd = libc.inotify_init1(FLAGS) if libc else -1
        if libc and self._fd >= 0:
            for folder in self._folders:
                found = libc.inotify_add_watch(self._fd, os.fsencode(folder), ASKED)
                if found >= 0:
                    self._watched[found] = folder
            self._thread.start()
        self.is_whole = self.is_whole and len(self._watched) == len(self._folders)
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._done.set()
            self._thread.join()
        if self._fd >= 0:
            os.close(self._fd)

    def _listen(self) -> None:
        while not self._done.wait(TICK):
            self._take()
        self._take()

    def _take(self) -> None:
        """All that has happened by now."""
        while True:
            try:
                data = os.read(self._fd, BUFFER)
            except BlockingIOError:
                return
            for watch, mask, name in _events(data):
                if mask & OVERFLOWED:
                    self.is_whole = False
                elif name and not mask & IS_FOLDER:
                    self._note(os.path.join(self._watched[watch], os.fsdecode(name)), mask)

    def _note(self, path: str, mask: int) -> None:
        """What was written to had been read where somebody closed it before as it was."""
        if mask & WRITTEN:
            self._written.add(path)
            self.opened -= {path} - self._left
        elif path not in self._written and self._wanted(path):
            (self.opened if mask & OPENED else self._left).add(path)


def _libc() -> ctypes.CDLL | None:
    """None where the system has no inotify, as macOS has not."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc if hasattr(libc, "inotify_init1") else None


def _events(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at < len(data):
        watch, mask, _, length = EVENT.unpack_from(data, at)
        at += EVENT.size
        yield watch, mask, data[at : at + length].rstrip(b"\0")
        at += length


def over(roots: Iterable[str], wanted: Callable[[str], bool]) -> Watch:
    """A watch over the folders below these that hold a file that is wanted: as many as can be watched.

    Links are followed, since data is linked to; `wanted` is asked with whole paths.
    """
    found: dict[str, str] = {}
    until = time.monotonic() + PATIENCE
    for folder, names in _walked(roots):
        if len(found) >= MOST_FOLDERS or time.monotonic() > until:
            return Watch(found.values(), wanted, is_whole=False)
        for name in names:
            path = os.path.join(folder, name)
            if wanted(path):
                found.setdefault(os.path.realpath(folder), folder)
                if not os.path.islink(path):
                    break
                place = os.path.dirname(os.path.realpath(path))  # it is opened there
                found.setdefault(place, place)
    return Watch(found.values(), wanted)


def _walked(roots: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each folder once, however it is reached, and the names of its files."""
    seen: set[str] = set()
    for root in roots:
        for folder, below, names in os.walk(root, followlinks=True):
            real = os.path.realpath(folder)
            below[:] = [name for name in below if name not in PASSED_OVER] if real not in seen else []
            if real not in seen:
                seen.add(real)
                yield folder, names
