"""Writes everything that is made from the code: `python tools/generate.py`, or `--check` to see what is stale."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Mapping
from pathlib import Path

import secret_index

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff if something is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds quantgov/, docs/ and README.md")
    options = parser.parse_args()
    differences = settled(options.root, secret_index.files(), options.check)
    if not (options.check and differences):
        differences |= the_rest(options.root, options.check)
    for path, difference in differences.items():
        sys.stdout.write(difference if options.check else f"{path}\n")
    return int(options.check and bool(differences))


def settled(root: Path, made: Mapping[str, str], check: bool) -> dict[str, str]:
    """What was stale: a diff by path. It is written, unless it is only to be checked."""
    found = stale(root, made)
    for path in () if check else found:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(made[path])
    return found


def the_rest(root: Path, check: bool) -> dict[str, str]:
    """What is made by code that imports the index, which may have been missing until now."""
    import pages

    made = pages.everything(root)
    found = settled(root, made, check)
    for path in pages.left_over(root, made):
        found[path] = f"{path} is made from nothing any more\n"
        if not check:
            (root / path).unlink()
    return found


def stale(root: Path, made: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for path, text in made.items():
        old = _read(root / path)
        if old != text:
            found[path] = "".join(
                difflib.unified_diff(old.splitlines(True), text.splitlines(True), path, f"{path} (made anew)")
            )
    return found


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
