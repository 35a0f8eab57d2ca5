"""Counts anew how usual pairs of letters are in code: prints the table `PAIRS` of quantgov/secrets/words.py.

`python3.11 tools/letter_pairs.py` counts the standard library of the interpreter that runs it, its tests included. It
is not part of tools/generate.py: another release of CPython has other words. The table was counted with CPython 3.11.7.
"""

from __future__ import annotations

import ast
import re
import sys
import sysconfig
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import log2, sqrt
from pathlib import Path
from string import ascii_lowercase as LETTERS

MOST = 8  # that a word counts, however often it stands there
BY_CHANCE, HIGHEST = 5, 8
FOREIGN = {"site-packages", "dist-packages"}
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
NAMED = {
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.alias: "name",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
}
DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def sources(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if not FOREIGN & set(path.parts)]


def texts(source: bytes) -> Iterator[str]:
    """Every name and docstring in a source; none of one that is no Python of this release."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if type(node) in NAMED:
            yield getattr(node, NAMED[type(node)])
        if isinstance(node, DOCUMENTED):
            yield ast.get_docstring(node) or ""


def words(paths: Iterable[Path]) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in paths:
        for text in texts(path.read_bytes()):
            found.update(word.lower() for word in WORD.findall(text))
    return found


def table(counted: Counter[str]) -> list[str]:
    """The digit of every pair: how much likelier than by chance it is, as a power of two."""
    pairs: defaultdict[str, float] = defaultdict(float)
    for word, times in sorted(counted.items()):
        for pair in map("".join, pairwise(word)):
            pairs[pair] += min(MOST, sqrt(times))
    chance = sum(pairs.values()) / len(LETTERS) ** 2
    return ["".join(digit(pairs[first + second] / chance) for second in LETTERS) for first in LETTERS]


def digit(likelier: float) -> str:
    return str(max(0, min(HIGHEST, round(BY_CHANCE + log2(likelier))))) if likelier else "0"


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else sysconfig.get_path("stdlib"))
    print(*(f'    b"{row}"' for row in table(words(sources(folder)))), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
