"""What the tests of the core build their repositories and changes from."""

from __future__ import annotations

import os
import random
import string
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantgov.change import Change
from quantgov.git import Repository, Touched
from quantgov.judging import judgement
from quantgov.policy import Policy
from quantgov.rule import Level, Rule, Ruling, Scope, Stage
from quantgov.tree import EMPTY, MemoryTree
from quantgov.verdict import Judgement, Verdict

if TYPE_CHECKING:
    from repository import Repo

    from quantgov.rule import Judged

PASSPORTS = Path(__file__).parent.parent / "fixtures" / "passports"
GOOD_PASSPORT = (PASSPORTS / "valid" / "eight-lines.yaml").read_bytes()
BAD_PASSPORT = (PASSPORTS / "invalid" / "status-misspelt.yaml").read_bytes()
ADVISES_PASSPORTS = "version: 1\nlevels: {QG401: advise}\n"
BRANCH = "strategy/momentum"


def key(seed: int = 0) -> str:
    """A made-up TickDB key, put together at run time."""
    drawn = random.Random(seed).choices(string.ascii_letters + string.digits, k=20)  # noqa: S311  # protects nothing
    return "tk_" + "live_" + "a1B2" + "".join(drawn)


def leak(seed: int = 0) -> str:
    return f'API_KEY = "{key(seed)}"\n'


def rule(
    check: Callable[..., Judged], scope: Scope = Scope.BLOB, *, code: str = "QG998", level: Level = Level.BLOCK
) -> Rule:
    return Rule(code, "made-for-a-test", scope, check, level=level)


def change_of(
    files: dict[str, str | bytes],
    before: dict[str, str | bytes] | None = None,
    *,
    authority: dict[str, str | bytes] | None = None,
    stage: Stage = Stage.COMMIT,
    branch: str | None = BRANCH,
) -> Change:
    """From memory: `before` becomes `files`."""
    from quantgov.change import compare

    base, head = MemoryTree(before or {}), MemoryTree(files)
    trunk = MemoryTree(authority) if authority is not None else EMPTY
    return Change(stage, base=base, head=head, authority=trunk, touched=compare(base, head), branch=branch)


def verdict_of(changes: Iterable[Change], *, select: Sequence[str] = (), judging: Policy | None = None) -> Verdict:
    return Verdict([judged(change, select=select, judging=judging) for change in changes])


def judged(change: Change, *, select: Sequence[str] = (), judging: Policy | None = None) -> Judgement:
    return judgement(change, None, select=select, judging=judging)


Seen = tuple[str, str, str, int, int, str]


def seen(rulings: Iterable[Ruling]) -> set[Seen]:
    """Everything of a finding that must not depend on the entrance."""
    return {
        (each.code, each.finding.message, each.finding.path, each.finding.line, each.finding.column, each.fingerprint)
        for each in rulings
    }


def codes(rulings: Iterable[Ruling]) -> list[str]:
    return sorted(each.code for each in rulings)


def paths(touched: Iterable[Touched]) -> set[str]:
    return {each.path for each in touched}


def discover(path: Path) -> Repository:
    """The repository as a process in `path` finds it."""
    os.chdir(path)
    return Repository.discover()


def zero(repo: Repo) -> str:
    return "0" * len(repo.out("hash-object", "-t", "tree", "--stdin"))


def bare_of(repo: Repo, target: Path, *branches: str) -> Path:
    """A bare repository that has these branches, known here as `origin`."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", "--template=", str(target)], check=True)
    repo.git("remote", "add", "origin", str(target))
    if branches:
        repo.git("push", "-q", "--no-verify", "origin", *branches)
    return target


def objects_of(path: Path) -> set[str]:
    """Every loose object and pack."""
    return {str(each) for each in (path / ".git" / "objects").rglob("*") if each.is_file()}


def commit_tree(repo: Repo, tree: str, *parents: str, message: str = "feat: add a thing") -> str:
    given = [word for parent in parents for word in ("-p", parent)]
    return repo.out("commit-tree", tree, *given, "-m", message)
