"""Says which files a run opened and which modules it loaded; Python imports this by its name when it starts.

It stands first on PYTHONPATH under `quantgov backtest` and `quantgov reproduce`, and hands on to the sitecustomize
that would have been imported without it. Whatever goes wrong here must not touch the run; and what it imports, every
Python of the run imports, so that it is next to nothing.
"""

from __future__ import annotations

import atexit
import os
import sys

NAME = "sitecustomize"
FOLDER = os.environ.get("QUANTGOV_RUN", "")
HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)
PYTHONS_OWN = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
SKIPPED = (PYTHONS_OWN, PACKAGE + os.sep, FOLDER + os.sep)
INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
CACHED = f"{os.sep}__pycache__{os.sep}"
PYTHON, READ, MADE, CHANGED, MODULE, READER, PACKAGED = "prwcmni"
"""What an entry tells of: the interpreter, a file that was read, made, or written over, a loaded module, one that reads
files itself, and what is installed of which a module was loaded."""
READERS = frozenset(
    (
        "adbc_driver_manager", "chdb", "datafusion", "datatable", "deltalake", "duckdb", "fastparquet", "h5py", "lance",
        "netCDF4", "polars", "pyarrow._csv", "pyarrow._dataset", "pyarrow._feather", "pyarrow._fs", "pyarrow._json",
        "pyarrow._orc", "pyarrow._parquet", "pyreadr", "pyreadstat", "tables", "vaex",
    )
)  # fmt: skip
"""Compiled modules that open files without Python. pandas loads Arrow itself for its texts, and reads nothing by it."""
STARTED_WITH = frozenset(sys.modules)


class Finder:
    """Finds quantgov where the environment of the backtest has none: to log a result takes the standard library."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> object:
        if name != "quantgov":
            return None
        from importlib.util import spec_from_file_location

        start = os.path.join(PACKAGE, "__init__.py")
        return spec_from_file_location(name, start, submodule_search_locations=[PACKAGE])


def follow() -> None:
    """Write down each file that is opened or replaced, once for reading and once for writing."""
    seen: set[tuple[str, str]] = set()

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event not in ("open", "os.rename"):
            return
        try:
            for entry in opened(*arguments) if event == "open" else moved(arguments[1]):
                if entry not in seen:
                    seen.add(entry)
                    write(*entry)
        except Exception:  # noqa: S110  # an error here would be one of the call that the run made
            pass

    write(PYTHON, ".".join(map(str, sys.version_info[:3])))
    sys.addaudithook(note)
    atexit.register(list_modules)


def opened(given: object, mode: object, flags: object) -> list[tuple[str, str]]:
    """What an `open` event tells of. C's own calls have a mode and no flags, os.open has flags and no mode."""
    path = full(given)
    bits = flags if isinstance(flags, int) else 0
    letters = mode if isinstance(mode, str) else ""
    is_written = bool(bits & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) or not set("wax+").isdisjoint(letters)
    is_read = not is_written or (bool(bits & os.O_RDWR) and not bits & os.O_TRUNC)
    if not path:
        return []
    if CACHED in path:  # what is compiled stands for its source
        folder, _, name = path.partition(CACHED)
        return [] if is_written else [(READ, os.path.join(folder, f"{name.partition('.')[0]}.py"))]
    stands = os.path.lexists(path)  # what was looked for in vain is not read
    return [(READ, path)] * (is_read and stands) + [(CHANGED if stands else MADE, path)] * is_written


def moved(target: object) -> list[tuple[str, str]]:
    """What a rename tells of: files are written beside their place, and then put there whole."""
    path = full(target)
    return [(put(path), path)] if path and CACHED not in path else []


def put(path: str) -> str:
    return CHANGED if os.path.lexists(path) else MADE


def full(given: object) -> str:
    """The whole path of what is opened; empty for a descriptor, and for what is nobody's own."""
    if not isinstance(given, (str, bytes, os.PathLike)):
        return ""
    path = os.path.abspath(os.fsdecode(given))
    is_skipped = path.startswith(SKIPPED) or any(part in path for part in INSTALLED)
    return "" if is_skipped else path


def write(kind: str, path: str) -> None:
    """Add an entry. The file is opened each time: a program may close descriptors, and put others in their place."""
    target = os.path.join(FOLDER, "trace")
    descriptor = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        os.write(descriptor, os.fsencode(f"{kind}\t{path}\0"))
    finally:
        os.close(descriptor)


def list_modules() -> None:
    """Write down where the loaded modules stand, and which of them read files themselves."""
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    try:
        for path in sorted({full(file) for file in files.values() if isinstance(file, str)} - {""}):
            write(MODULE, path)
        for name in sorted({name.partition(".")[0] for name in READERS.intersection(files)}):
            write(READER, name)
        for path in sorted({"", *installed(files)}):  # one that is empty says that these are all
            write(PACKAGED, path)
    except OSError:  # who asked is gone
        return


def installed(files: dict[str, str | None]) -> set[str]:
    """What stands in a folder of installed packages and was loaded by the run, from the files of modules by name."""
    found = set()
    for name, file in files.items():
        if isinstance(file, str) and name not in STARTED_WITH and not file.startswith(PACKAGE + os.sep):
            mark = next((each for each in INSTALLED if each in file), "")
            folder, _, below = file.rpartition(mark) if mark else ("", "", "")
            parts = below.split(os.sep)
            is_shared = len(parts) > 2 and not files.get(parts[0])  # a namespace, as google is, is no package's own
            found.add(folder and os.path.join(folder + mark, *parts[: 1 + is_shared]))
    return found


def hand_on() -> None:
    """Import the sitecustomize that this one stands before, if there is one."""
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or os.curdir) != HERE]
    ours = sys.modules.pop(NAME, None)
    try:
        __import__(NAME)
    except ImportError as error:
        if error.name != NAME:
            raise
    finally:
        if ours is not None:  # the import that is under way looks for it here
            sys.modules.setdefault(NAME, ours)


if FOLDER and os.path.isdir(FOLDER):
    try:
        follow()
    except OSError:  # nothing can be written there: the run goes on unseen
        FOLDER = ""
    sys.meta_path.append(Finder)  # type: ignore[arg-type]  # typeshed asks for an instance
hand_on()
