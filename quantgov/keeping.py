"""Records of a backtest written and staged, and the commands that make a commit of them."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from quantgov import manifest, record, scaffold
from quantgov.cache import CACHE_FOLDER
from quantgov.desk import Refused
from quantgov.errors import UsageError
from quantgov.git import decode, encode
from quantgov.workspace import uninterrupted, write_file
from quantgov.yamltext import written

if TYPE_CHECKING:
    from quantgov.backtesting import Bench, Described, Made, Prepared

HOOK = "prepare-commit-msg"
PATIENCE = 10.0
"""Seconds for which another git may hold the index."""


def keep(prepared: Prepared, described: Described, *, stage: bool = True) -> tuple[str, ...]:
    """Write the records, and stage them with their artefacts; where they stand. All of it or nothing is done.

    Raises Refused where git does not take them.
    """
    bench, top = prepared.bench, prepared.bench.top
    with _alone(bench.repo.common_dir), uninterrupted(), ExitStack() as undo:
        paths = tuple(_free_paths(prepared, described.made))
        for path, each in zip(paths, described.made, strict=True):
            undo.callback(_remove, os.path.join(top, path))
            os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
            write_file(os.path.join(top, path), written(each.value))
        if stage:
            _stage(bench, [*paths, *storable(bench, described.captured.artefacts)], undo)
        undo.pop_all()
    return paths


def _remove(place: str) -> None:
    with suppress(OSError):
        os.unlink(place)
        os.rmdir(os.path.dirname(place))


@contextmanager
def _alone(common_dir: str) -> Iterator[None]:
    """Backtests that end at the same moment take their numbers one after the other."""
    folder = os.path.join(common_dir, CACHE_FOLDER)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "backtest.lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _free_paths(prepared: Prepared, made: Iterable[Made]) -> Iterator[str]:
    """Where the records will stand: numbers that neither the disk, the index nor HEAD has."""
    bench, taken = prepared.bench, set[str]()
    for each in made:
        names = (
            record.path_of(bench.policy.results, prepared.of.slug, str(each.value["date"]), each.symbols, number)
            for number in range(1, 1_000_000)
        )
        free = next(name for name in names if name not in taken and not _stands(bench, name))
        taken.add(free)
        yield free


def _stands(bench: Bench, path: str) -> bool:
    trees = bench.change.base, bench.change.head
    return os.path.lexists(os.path.join(bench.top, path)) or any(tree.entry(path) for tree in trees)


def _stage(bench: Bench, paths: Sequence[str], undo: ExitStack) -> None:
    """Of what git refuses to add, it adds the rest all the same."""
    undo.callback(_unstage, bench, paths)
    specs = [f":(top,literal){path}" for path in paths]
    until = time.monotonic() + PATIENCE
    while (done := bench.repo.start("add", "--", *specs).wait()).code:
        said = done.err.decode("utf-8", "replace").strip()
        if "index.lock" not in said or time.monotonic() > until:
            raise Refused(f"git does not stage the record, and nothing was written:\n{said}", "git status")
        time.sleep(0.05)


def _unstage(bench: Bench, paths: Sequence[str]) -> None:
    entries = {path: bench.change.head.entry(path) for path in paths}
    lines = (f"{entry.mode:o} {entry.oid}\t{path}\0" for path, entry in entries.items() if entry)
    bench.repo.start("update-index", "-z", "--index-info", stdin=encode("".join(lines))).wait()
    new = "".join(f"{path}\0" for path, entry in entries.items() if not entry)
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
    left = [path for path in artefacts if path not in storable(bench, artefacts)]
    added = [*_code(prepared, described), *([] if staged else (*paths, *artefacts))]
    branch = _branch(prepared, str(described.made[0].value["version"]))
    return [
        *([f"git switch -c {shlex.quote(branch)}"] if branch else ()),
        *([f"git lfs install && {_add(prepared, left)}"] if left else ()),
        *([_add(prepared, [path for path in added if path not in left])] if added else ()),
        _commit(prepared, described.made[0]),
    ]


def _code(prepared: Prepared, described: Described) -> list[str]:
    """What it ran on and is not staged; of a strategy that nothing is staged of yet, its folder."""
    folder, unstaged = prepared.of.folder, described.captured.unstaged
    if folder and not prepared.bench.change.head.entry(prepared.of.path):
        return [folder.rstrip("/"), *(path for path in unstaged if not path.startswith(folder))]
    return list(unstaged)


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
    return f"{made.value['strategy']} {made.value['version']} on {named['name']} {years} {source['interval']} data"


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
