"""Says which files a run opened and which modules it loaded; Python imports this by its name when it starts.

It stands first on PYTHONPATH under `quantgov backtest` and `quantgov reproduce`, and hands on to the sitecustomize
that would have been imported without it. Whatever goes wrong here must not touch the run.
"""

import atexit
import contextlib
import importlib
import os
import sys

NAME = "sitecustomize"
FOLDER = os.environ.get("QUANTGOV_RUN", "")
HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = (os.sep + "site-packages" + os.sep, os.sep + "__pycache__" + os.sep, sys.base_prefix + os.sep, HERE)


def follow(folder: str) -> None:
    """Write down each path that is opened, once for reading and once for writing."""
    seen: set[tuple[str, str]] = set()
    descriptor = os.open(os.path.join(folder, "opened"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes):
            return
        path = os.path.abspath(os.fsdecode(arguments[0]))
        flags = arguments[2]
        is_written = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        line = ("w" if is_written else "r", path)
        if line in seen or path.startswith(folder) or any(part in path for part in SKIPPED) or "\n" in path:
            return
        seen.add(line)
        with contextlib.suppress(OSError):
            os.write(descriptor, os.fsencode("\t".join(line) + "\n"))

    sys.addaudithook(note)
    atexit.register(list_modules, folder)


def list_modules(folder: str) -> None:
    """Write down where the loaded modules stand."""
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    paths = sorted(os.path.abspath(file) for file in files if isinstance(file, str))
    kept = [path for path in paths if not any(part in path for part in SKIPPED) and "\n" not in path]
    with contextlib.suppress(OSError), open(os.path.join(folder, "modules"), "ab") as file:
        file.write(b"".join(os.fsencode(path) + b"\n" for path in kept))


def hand_on() -> None:
    """Import the sitecustomize that this one stands before, if there is one."""
    ours = sys.modules.pop(NAME, None)
    before = sys.path[:]
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or os.curdir) != HERE]
    try:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(NAME)
    finally:
        sys.path[:] = before
        if ours is not None:  # the import that is under way looks for it here
            sys.modules.setdefault(NAME, ours)


if FOLDER and os.path.isdir(FOLDER):
    with contextlib.suppress(OSError):
        follow(FOLDER)
hand_on()
