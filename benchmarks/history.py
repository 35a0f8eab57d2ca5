"""All of a history searched for secrets, beside the fastest scanner there is; then again, and its tree alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator

from benchmarks import fixtures
from benchmarks.checkout import Guarded
from benchmarks.fixtures import Commit
from benchmarks.lab import BenchmarkError, Lab
from benchmarks.results import Result, Table, allowed
from benchmarks.scale import few
from benchmarks.timing import Contender, measure

HISTORY_BUDGET = 0.7
TREE_BUDGET = 1.0
AGAIN_BUDGET = 0.2
SPEED = 20e6
"""Bytes of a tree that are to be searched in a second, the start of the program included."""
COMMITS = 2_400
FILES = 300
FUNCTIONS = 40
SEARCH = ("secrets", "scan")
FAST = ("scan", "--no-validate", "--turbo", "--no-update-check", "--quiet", "--format", "json", "--output")
KINGFISHER, DETECT_SECRETS = "kingfisher --no-validate --turbo, all of history", "detect-secrets scan, the tree alone"
STATES = ("nothing known", "nothing new", "one commit new")
FOUND = 200
"""The exit code with which kingfisher says that it found something."""


def history(lab: Lab, count: int = COMMITS) -> list[Result]:
    """Every contender must find the key that one commit brought and the next took away, but for those of the tree."""
    searched = with_a_leak(lab, count)
    quantgov, kingfisher, detect = (lab.tool(name) for name in ("quantgov", "kingfisher", "detect-secrets"))
    report = lab.root / "kingfisher.json"

    def ours(name: str, *args: str, forget: bool = False, code: int = 1) -> Contender:
        before = searched.forget_all if forget else lambda: None
        return Contender(name, lambda: lab.end_with(code, (quantgov, *SEARCH, *args), searched.path), before)

    def theirs() -> None:
        report.unlink(missing_ok=True)
        lab.end_with(FOUND, (kingfisher, *FAST, str(report), str(searched.path)), lab.root)

    theirs()
    if made_up_key() not in report.read_text():
        raise BenchmarkError("kingfisher did not find the key that stands in the history")
    commits = f"{int(searched.git('rev-list', '--count', '--all')):,} commits"
    first, again, moved = (f"secrets scan --history, {commits}, {state}" for state in STATES)
    tree = f"secrets scan, a tree of {size_of(searched) / 1e6:.1f} MB"
    samples = lab.time(
        ours(first, "--history", forget=True),
        ours(again, "--history"),
        Contender(moved, ours(moved, "--history").run, searched_then_committed(lab, searched, quantgov)),
        ours(tree, code=0),
        Contender(KINGFISHER, theirs),
        rounds=few(lab),
    )
    alone = lab.time(
        Contender(DETECT_SECRETS, lambda: lab.end_with(0, (detect, "scan", "-n"), searched.path)),
        rounds=few(lab),
    )
    measured = {name: measure(runs) for name, runs in {**samples, **alone}.items()}
    in_time = allowed(size_of(searched) / SPEED)
    return [
        Result(Table.SECRETS, first, measured[first], KINGFISHER, measured[KINGFISHER], HISTORY_BUDGET),
        Result(Table.SECRETS, first, measured[first], DETECT_SECRETS, measured[DETECT_SECRETS], TREE_BUDGET),
        Result(Table.SECRETS, again, measured[again], "the first search", measured[first], AGAIN_BUDGET),
        Result(Table.SECRETS, moved, measured[moved], "the first search", measured[first]),
        Result(Table.SECRETS, tree, measured[tree], "20 MB/s", in_time, 1.0),
        Result(Table.SECRETS, tree, measured[tree], DETECT_SECRETS, measured[DETECT_SECRETS]),
    ]


def made_up_key() -> str:
    """The form of a Stripe key, which all of them know, made when it is asked for."""
    drawn = base64.b64encode(hashlib.sha256(b"benchmark").digest()).decode()
    return "sk_" + "live_" + "".join(char for char in drawn if char.isalnum())[:24]


def with_a_leak(lab: Lab, count: int) -> Guarded:
    """The history that was named, or else a made one, with a key added and taken away again on top."""
    searched = Guarded(lab, lab.root / "history")
    if lab.history:
        lab.git(lab.root, "clone", "-q", "--no-hardlinks", str(lab.history.resolve()), str(searched.path))
    else:
        fixtures.import_history(lab, searched.path, made_up_history(count))
        searched.git("reset", "-q", "--hard")
        searched.git("repack", "-a", "-d", "-q")
    leak = searched.path / "leak.py"
    leak.write_text(f'KEY = "{made_up_key()}"\n')
    searched.git("add", "leak.py")
    searched.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "feat: add a key")
    searched.git("rm", "-q", "leak.py")
    searched.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "fix: take it away")
    return searched


def made_up_history(count: int) -> Iterator[tuple[str, Commit]]:
    """Commits that each rewrite part of one Python file of 13 kB, as those of a public package do."""
    for at in range(count):
        text = fixtures.code(at // FILES, FUNCTIONS - 1) + fixtures.code(at, 1)
        yield "main", Commit(f"feat: adjust module {at}", {f"lib/module_{at % FILES:03d}.py": text})


def searched_then_committed(lab: Lab, searched: Guarded, quantgov: str) -> Callable[[], None]:
    """Before each run: all is known, and then one commit more."""
    count = iter(range(1_000_000))

    def before() -> None:
        lab.end_with(1, (quantgov, *SEARCH, "--history"), searched.path)
        (searched.path / "note.py").write_text(f"n = {next(count)}\n")
        searched.git("add", "note.py")
        searched.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "feat: count on")

    return before


def size_of(searched: Guarded) -> int:
    names = searched.git("ls-files", "-z").split("\0")
    return sum((searched.path / name).stat().st_size for name in names if (searched.path / name).is_file())
