"""Records of a backtest written and staged, and the commands that make a commit of them."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from quantgov import manifest, record, scaffold
from quantgov.cache import CACHE_FOLDER
from quantgov.capture import parents
from quantgov.desk import Refused
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import decode, encode
from quantgov.workspace import uninterrupted, write_file
from quantgov.yamltext import written

if TYPE_CHECKING:
    from quantgov.backtesting import Described, Made
    from quantgov.capture import Captured
    from quantgov.preparing import Bench, Prepared

HOOK = "prepare-commit-msg"
LOCK = "index.lock"
MOST_BY_NAME = 5
LONGEST_NAME = 40
"""Of a set of symbols in a subject; of a longer one their number is told."""
PATIENCE = 10.0
"""Seconds for which another git may hold the index."""


@contextmanager
def keep(prepared: Prepared, described: Described, *, stage: bool = True) -> Iterator[tuple[str, ...]]:
    """Write the records, and stage them with their artefacts; where they stand. All of it or nothing is done: where
    the block is left by an error or by Ctrl-C, nothing.

    Raises Refused where git does not take them, CannotJudge where the file system does not.
    """
    bench = prepared.bench
    try:
        with _alone(bench.repo.common_dir), ExitStack() as undo:
            with uninterrupted():
                paths = _write(prepared, described.made, undo)
                if stage:
                    _stage(bench, [*paths, *storable(bench, described.captured.artefacts)], undo)
            yield paths
            undo.pop_all()
    except OSError as error:
        said = f"{error.filename or bench.top}: {error.strerror}; nothing was written"
        raise CannotJudge(said, "make room there, or make it writable") from None


def _write(prepared: Prepared, made: Sequence[Made], undo: ExitStack) -> tuple[str, ...]:
    paths = tuple(_free_paths(prepared, made))
    for path, each in zip(paths, made, strict=True):
        place = os.path.join(prepared.bench.top, path)
        undo.callback(_remove, place, [each for each in parents(place) if not os.path.exists(each)])
        os.makedirs(os.path.dirname(place), exist_ok=True)
        write_file(place, written(each.value))
    return paths


def _remove(place: str, folders: Iterable[str]) -> None:
    for remove, path in ((os.unlink, place), *((os.rmdir, each) for each in folders)):
        with suppress(OSError):
            remove(path)


@contextmanager
def _alone(common_dir: str) -> Iterator[None]:
    """Backtests that end at the same moment take their numbers one after the other."""
    folder = os.path.join(common_dir, CACHE_FOLDER)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "backtest.lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _free_paths(prepared: Prepared, made: Iterable[Made]) -> Iterator[str]:
    """Where the records will stand: numbers above those that the disk, the index and HEAD have."""
    bench, used = prepared.bench, dict[str, int]()
    for each in made:
        first = record.path_of(bench.policy.results, prepared.of.slug, str(each.value["date"]), each.symbols, 1)
        stem = first.removesuffix("1.yaml")
        used[stem] = max(used.get(stem, 0), *_numbers(bench, stem)) + 1
        yield f"{stem}{used[stem]}.yaml"


def _numbers(bench: Bench, stem: str) -> Iterator[int]:
    """Those that the disk, the index and HEAD have, and 0."""
    folder, _, start = stem.rpartition("/")
    place = os.path.join(bench.top, folder)
    names = set(os.listdir(place)) if os.path.isdir(place) else set()
    for tree in (bench.change.base, bench.change.head):
        names |= {path.rpartition("/")[2] for path in tree.paths(f"{folder}/")}
    numbers = (re.fullmatch(r"([0-9]{1,9})\.ya?ml", name[len(start) :]) for name in names if name.startswith(start))
    yield 0
    yield from (int(found[1]) for found in numbers if found)


def _stage(bench: Bench, paths: Sequence[str], undo: ExitStack) -> None:
    """Of what git refuses to add, it adds the rest all the same."""
    specs = [f":(top,literal){path}" for path in paths]
    undo.callback(_unstage, bench, paths, bench.repo.read("-C", bench.top, "ls-files", "-z", "--stage", "--", *specs))
    until = time.monotonic() + PATIENCE
    while (done := bench.repo.start("-c", "core.safecrlf=false", "add", "--", *specs).wait()).code:
        said = done.err.decode("utf-8", "replace").strip()
        if LOCK not in said or time.monotonic() > until:
            lock = os.path.join(bench.repo.git_dir, LOCK)
            help = f"let the other git end; where none runs: rm {shlex.quote(lock)}"
            help = help if os.path.exists(lock) else "git status"
            raise Refused(f"git does not stage the record, and nothing was written:\n{said}", help)
        time.sleep(0.05)


def _unstage(bench: Bench, paths: Sequence[str], staged: bytes) -> None:
    """Put back what was staged at these paths, in the words of `git ls-files --stage`."""
    bench.repo.start("-C", bench.top, "update-index", "-z", "--index-info", stdin=staged).wait()
    known = {decode(line).partition("\t")[2] for line in staged.split(b"\0")}
    new = "".join(f"{path}\0" for path in paths if path not in known)
    bench.repo.start("-C", bench.top, "update-index", "--force-remove", "-z", "--stdin", stdin=encode(new)).wait()


def storable(bench: Bench, paths: Sequence[str]) -> list[str]:
    """Those that can be staged here: without git-lfs a file that belongs into LFS would be staged as it is."""
    into_lfs = [path for path in paths if bench.change.attributes.is_lfs(path)]
    if not into_lfs or (shutil.which("git-lfs") and bench.repo.start("config", "filter.lfs.clean").wait().out):
        return list(paths)
    return [path for path in paths if path not in into_lfs]


def commands(prepared: Prepared, described: Described, paths: Sequence[str], *, staged: bool = True) -> list[str]:
    """What is left to be typed: a branch where HEAD takes no commits, what is not staged yet, and the commit."""
    bench, artefacts = prepared.bench, described.captured.artefacts
    code = _code(prepared, described)
    left = [path for path in (*artefacts, *code) if path not in storable(bench, (*artefacts, *code))]
    added = [*code, *([] if staged else (*paths, *artefacts))]
    branch = _branch(prepared, str(described.made[0].value["version"]))
    return [
        *([f"git switch -c {shlex.quote(branch)}"] if branch else ()),
        *([f"git lfs install && {_add(prepared, left)}"] if left else ()),
        *([_add(prepared, [path for path in added if path not in left])] if added else ()),
        _commit(prepared, described.made[0]),
    ]


def _code(prepared: Prepared, described: Described) -> list[str]:
    """What it ran on and is not staged: code, files and data; of a strategy that nothing is staged of, its folder."""
    folder, unstaged = prepared.of.folder, _folded(described.captured)
    if folder and not prepared.bench.change.head.entry(prepared.of.path):
        return [folder.rstrip("/"), *(path for path in unstaged if not path.startswith(folder))]
    return list(unstaged)


def _folded(captured: Captured) -> list[str]:
    """What is not staged; many files of data in one folder as that folder."""
    data = Counter(os.path.dirname(path) for path in captured.unstaged if path in captured.inputs)
    many = {folder for folder, count in data.items() if folder and count > MOST_BY_NAME}
    named = ((path, os.path.dirname(path)) for path in captured.unstaged)
    return list(dict.fromkeys(folder if path in captured.inputs and folder in many else path for path, folder in named))


def _add(prepared: Prepared, paths: Iterable[str]) -> str:
    top, place = os.path.realpath(prepared.bench.top), prepared.place
    return shlex.join(("git", "add", "--", *(os.path.relpath(os.path.join(top, path), place) for path in paths)))


def _branch(prepared: Prepared, version: str) -> str:
    """The branch to make before the commit, under the team's names; empty where HEAD may stay."""
    bench = prepared.bench
    wanted = f"backtest/{prepared.of.slug}-{version}"
    try:
        return bench.branch_for(prepared.of.slug, wanted if re.fullmatch(bench.policy.pattern, wanted) else "")
    except UsageError:  # no guess fits the team's names
        return "NAME"


def _commit(prepared: Prepared, made: Made) -> str:
    policy = prepared.bench.policy
    kind = "backtest" if "backtest" in policy.types else scaffold.commit_type(policy)
    words = ["git", "commit", "-m", f"{kind}: {subject(made)}"]
    return shlex.join(words if _has_hook(prepared.bench) else [*words, "-m", manifest.rendered(made.data)])


def subject(made: Made) -> str:
    """What ran on what data (S0 L312): `gap v0.1.0 on SPX constituents 2024 1d data`."""
    named, period, source = (_part(made.data, key) for key in ("symbol_set", "period", "source"))
    first, last = str(period["start"])[:4], str(period["end"])[:4]
    years = first if first == last else f"{first}-{last}"
    name = str(named["name"])
    name = f"{named['count']} symbols" if ", " in name and len(name) > LONGEST_NAME else name
    return f"{made.value['strategy']} {made.value['version']} on {name} {years} {source['interval']} data"


def _part(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = data[key]
    assert isinstance(found, dict)
    return found


def _has_hook(bench: Bench) -> bool:
    """Whether quantgov puts the manifest into the message here; where it is not sure to, the command does."""
    path = decode(bench.repo.read("rev-parse", "--git-path", f"hooks/{HOOK}")).rstrip("\n")
    try:
        with open(path, "rb") as file:
            return b"quantgov" in file.read() and os.access(path, os.X_OK)
    except OSError:
        return False
