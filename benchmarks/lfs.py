"""Git LFS: how the files of a large repository stand, beside `git ls-files`; and what its rules add to a commit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from benchmarks import fixtures
from benchmarks.checkout import Checkout, Guarded
from benchmarks.fixtures import Commit
from benchmarks.lab import FLOOR, BenchmarkError, Lab
from benchmarks.results import Result, Table
from benchmarks.timing import Contender, added, measure

STATUS_BUDGET = 6.0
HOOK_BUDGET = 0.5
LISTING = "git ls-files"
RULES = "QG501,QG502,QG503,QG507"
SHARE = 20
"""Of so many files one is in Git LFS."""
ADDED = "results/added.csv"
RESULTS = 20
"""Data files in the commit."""


def lfs(lab: Lab, count: int = 20_000) -> list[Result]:
    return [*status(lab, count), *commit(lab)]


def status(lab: Lab, count: int) -> list[Result]:
    """The whole command, the start of the interpreter included; git-lfs is not asked."""
    book, quantgov = large(lab, count), lab.tool("quantgov")

    def run() -> None:
        lab.expect((quantgov, "lfs", "status"), book.path)

    run()
    if f"{count // SHARE:,}" not in lab.said():
        raise BenchmarkError(f"lfs status does not count {count // SHARE} pointers:\n{lab.said()}")
    told = ("the index read before", "a file added since", "never read before")
    again, moved, first = (f"lfs status, {count:,} files, {state}" for state in told)
    samples = lab.time(
        Contender(LISTING, lambda: lab.expect(("git", "ls-files"), book.path)),
        Contender(again, run),
        Contender(moved, run, lambda: move_index(book)),
        Contender(first, run, book.forget_all),
    )
    listing = measure(samples[LISTING])
    return [
        Result(Table.SCALE, again, measure(samples[again]), LISTING, listing, STATUS_BUDGET),
        Result(Table.SCALE, moved, measure(samples[moved]), LISTING, listing),
        Result(Table.SCALE, first, measure(samples[first]), LISTING, listing),
    ]


def move_index(book: Guarded) -> None:
    """A pointer comes into the index that was read, or goes out of it."""
    entry = book.git("ls-files", ADDED)
    oid = book.git("rev-parse", ":results/family_00/run_00000.csv").strip()
    change = ("--force-remove", ADDED) if entry else ("--add", "--cacheinfo", f"100644,{oid},{ADDED}")
    book.git("update-index", *change)


def large(lab: Lab, count: int) -> Guarded:
    """A repository of so many files, the objects of its pointers in place, and a remote that has all of it."""
    book = Guarded(lab, lab.root / "large")
    fixtures.import_history(lab, book.path, [("main", Commit("feat: begin", dict(files(count))))])
    for number in range(0, count, SHARE):
        target = book.git_dir / "lfs" / "objects" / digest(number)[:2] / digest(number)[2:4] / digest(number)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(str(number))
    book.git("reset", "-q", "--mixed")
    book.git("remote", "add", "origin", "https://example.com/research.git")
    book.git("update-ref", "refs/remotes/origin/main", "main")
    return book


def files(count: int) -> Iterator[tuple[str, str]]:
    yield ".gitattributes", "*.csv filter=lfs diff=lfs merge=lfs -text\n*.parquet filter=lfs diff=lfs merge=lfs -text\n"
    yield ".gitignore", ".env\n__pycache__/\n/data/*\n!/data/datasets.yaml\n"
    for number in range(count):
        if number % SHARE:
            yield f"src/part_{number % 100:02d}/module_{number:05d}.py", f"x = {number}\n"
        else:
            yield f"results/family_{number % 50:02d}/run_{number:05d}.csv", pointer(number)


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def pointer(number: int) -> str:
    size = len(str(number))
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest(number)}\nsize {size}\n"


def commit(lab: Lab) -> list[Result]:
    """The pre-commit hook on a commit of data files, with the rules on Git LFS and without them."""
    staged = {f"run_{number:02d}.csv": pointer(number) for number in range(RESULTS)}
    checkout = Checkout(lab, "lfs", {**fixtures.staged_files(with_passport=False), **staged})
    checkout.install_native()
    with checkout.replaced({"run_00.csv": "day,close\n"}):
        checkout.hook_must_refuse("pre-commit")
    every, without = (
        checkout.hooking("with", "pre-commit"),
        checkout.hooking("without", "pre-commit", "--ignore", RULES),
    )
    samples = lab.time(lab.floor(), every, without)
    job = f"the rules on Git LFS add to a commit of {RESULTS} pointers"
    return [Result(Table.BUDGETS, job, added(samples, "with", "without"), FLOOR, measure(samples[FLOOR]), HOOK_BUDGET)]
