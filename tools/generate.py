"""Writes everything that is made from the code: `python tools/generate.py`, or `--check` to see what is stale."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Mapping
from pathlib import Path

import secret_index

ROOT = Path(__file__).resolve().parent.parent


def stale(root: Path, made: Mapping[str, str]) -> dict[str, str]:
    """What is on disk and not as it should be: a diff by path."""
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


def write(root: Path, made: Mapping[str, str]) -> None:
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff if something is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds quantgov/, docs/ and README.md")
    options = parser.parse_args()
    differences = settle(options.root, options.check)
    for path, difference in differences.items():
        sys.stdout.write(difference if options.check else f"{path}\n")
    return int(options.check and bool(differences))


def settle(root: Path, check: bool) -> dict[str, str]:
    """Write what is stale, or with `check` nothing, and return it. The index comes first: whatever else there is to be
    made imports it, so with a stale one nothing else is looked at.
    """
    index = secret_index.files()
    differences = stale(root, index)
    if check and differences:
        return differences
    if not check:
        write(root, index)
    import pages

    made = pages.everything(root)
    differences |= stale(root, made)
    for path in pages.left_over(root, made):
        differences[path] = f"{path} is made from nothing any more\n"
        if not check:
            (root / path).unlink()
    if not check:
        write(root, made)
    return differences


if __name__ == "__main__":
    sys.exit(main())
