"""A file's SHA-256 digest, taken by a thread while somebody else reads the file."""

from __future__ import annotations

import hashlib
import os
import shlex
from threading import Event, Thread

from quantgov.errors import CannotJudge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

BLOCK = 1 << 20


class Hashing:
    """Hashes from when it is entered; leaving it waits for the end, after an exception for no more than a block."""

    __slots__ = ("_digest", "_error", "_name", "_path", "_stop", "_thread", "done")

    def __init__(self, path: str, name: str) -> None:
        self._path = path
        self._name = name
        self._digest = hashlib.sha256()
        self._error: OSError | None = None
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self.done = 0

    def __enter__(self) -> Hashing:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if kind:
            self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with open(self._path, "rb", buffering=0) as file:
                buffer = bytearray(BLOCK)
                view = memoryview(buffer)
                while not self._stop.is_set() and (count := file.readinto(buffer)):
                    self._digest.update(view[:count])
                    self.done += count
        except OSError as error:
            self._error = error

    def wait(self, seconds: float) -> bool:
        """Whether it is done, after at most so long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def hexdigest(self) -> str:
        """Raises CannotJudge where the file could not be read."""
        if self._error:
            raise CannotJudge(f"{self._name} cannot be read: {self._error.strerror}", where(self._path))
        return self._digest.hexdigest()


def stamp(path: str) -> tuple[int, int]:
    """Size and time of the last change: what tells that a file is another one than before."""
    state = os.stat(path)
    return state.st_size, state.st_mtime_ns


def where(path: str) -> str:
    """The command that shows why a file cannot be read."""
    return f"ls -l {shlex.quote(os.path.dirname(path) or '.')}"
