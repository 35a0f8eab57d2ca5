"""Writes everything that is made from the code: `python tools/generate.py`, or `--check` to see what is stale."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import command_reference
import detector_table
import precommit_hooks
import rule_pages
import schema_reference
import secret_index
from writing import code, fence, table

from quantgov import errors, hook, manifest, policy

ROOT = Path(__file__).resolve().parent.parent
EXIT_CODES = {
    "EXIT_CLEAN": "Nothing blocks. There may be warnings.",
    "EXIT_BLOCKED": "At least one finding blocks.",
    "EXIT_USAGE": "The command was called wrongly, or the policy cannot be used. Nothing was judged.",
    "EXIT_CANNOT_JUDGE": "Not judged: a rule crashed, git is missing, or an object cannot be read. It blocks.",
    "EXIT_INTERRUPTED": "Interrupted from the keyboard.",
}
GENERATED_FOLDERS = ("docs/rules", "docs/schemas")


def exit_code_table(_: str) -> str:
    """Raises ValueError where errors.py has a code that nothing is said of here, or the other way round."""
    codes = {name: value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    unmatched = codes.keys() ^ EXIT_CODES.keys()
    if unmatched:
        raise ValueError(f"exit codes without a meaning, or meanings without a code: {unmatched}")
    return table(("Exit code", "Meaning"), [(str(value), EXIT_CODES[name]) for name, value in codes.items()])


def hook_table(_: str) -> str:
    return table(("Hook", "What it judges"), [(code(name), _sentence(run)) for name, run in hook.HOOKS.items()])


def preset_table(_: str) -> str:
    rows = [
        (code(name), code(policy.FORMS[name]), ", ".join(code(branch) for branch in protected))
        for name, (_, protected) in policy.PRESETS.items()
    ]
    return table(("Preset", "Branch name", "Protected"), rows)


def _sentence(called: Callable[..., object]) -> str:
    return " ".join((called.__doc__ or "").split())


def _codes(values: Sequence[str]) -> str:
    return ", ".join(code(value) for value in values)


BLOCKS: dict[str, Callable[[str], str]] = {
    "rules": lambda docs: rule_pages.rule_table(f"{docs}rules/"),
    "entrances": lambda docs: rule_pages.entrance_table(f"{docs}rules/"),
    "commands": lambda docs: command_reference.command_table(f"{docs}cli.md"),
    "exit-codes": exit_code_table,
    "hooks": hook_table,
    "presets": preset_table,
    "commit-types": lambda _: _codes(policy.COMMIT_TYPES),
    "bots": lambda _: _codes(policy.BOTS),
    "data-suffixes": lambda _: _codes(policy.DATA_SUFFIXES),
    "lfs-exempt": lambda _: _codes(policy.EXEMPT),
    "manifest-template": lambda _: fence(manifest.TEMPLATE),
    "hook-ids": lambda _: table(
        ("Id", "Stages", "What it does"),
        [(code(each.id), ", ".join(each.stages), each.description) for each in precommit_hooks.HOOKS],
    ),
}
"""What stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`; each is given the way from there to docs/."""
MARKED = re.compile(r"(<!-- (?P<name>[a-z-]+):begin -->\n).*?(<!-- (?P=name):end -->)", re.DOTALL)


def filled(text: str, docs: str) -> str:
    """The text with every marked block made anew. Raises KeyError for a block that nothing makes."""
    return MARKED.sub(lambda found: f"{found[1]}{BLOCKS[found['name']](docs)}\n{found[3]}", text)


def everything(root: Path) -> dict[str, str]:
    """Every file that is made or has a made part, by its path."""
    made = {f"docs/{path}": text for path, text in _pages(root)}
    made[".pre-commit-hooks.yaml"] = precommit_hooks.render()
    made["quantgov/secrets/index.py"] = secret_index.index()
    made["quantgov/secrets/anchors.py"] = secret_index.places()
    for path in _written_by_hand(root, made):
        made[path] = filled((root / path).read_text(), "docs/" if "/" not in path else "../" * (path.count("/") - 1))
    return made


def _pages(root: Path) -> Iterator[tuple[str, str]]:
    yield from rule_pages.pages().items()
    yield from schema_reference.pages(root / "schemas").items()
    yield "cli.md", command_reference.reference()
    yield "detectors.md", detector_table.page()


def _written_by_hand(root: Path, made: dict[str, str]) -> list[str]:
    docs = [path.relative_to(root).as_posix() for path in sorted((root / "docs").rglob("*.md"))]
    return [path for path in ("README.md", *docs) if path not in made and not path.startswith(GENERATED_FOLDERS)]


def stale(root: Path, made: dict[str, str]) -> dict[str, str]:
    """What is on disk and not as it should be: a diff by path. Pages of what no longer exists are among it."""
    found = {}
    for path, text in made.items():
        old = _read(root / path)
        if old != text:
            found[path] = "".join(
                difflib.unified_diff(old.splitlines(True), text.splitlines(True), path, f"{path} (made anew)")
            )
    for path in _left_over(root, made):
        found[path] = f"{path} is made from nothing any more\n"
    return found


def _left_over(root: Path, made: dict[str, str]) -> list[str]:
    present = [path for folder in GENERATED_FOLDERS for path in sorted((root / folder).glob("*.md"))]
    return [name for path in present if (name := path.relative_to(root).as_posix()) not in made]


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def write(root: Path, made: dict[str, str]) -> None:
    for path in _left_over(root, made):
        (root / path).unlink()
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff if something is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the folder that holds docs/ and README.md")
    options = parser.parse_args()
    made = everything(options.root)
    differences = stale(options.root, made)
    if not options.check:
        write(options.root, made)
    for path, difference in differences.items():
        sys.stdout.write(difference if options.check else f"{path}\n")
    return int(options.check and bool(differences))


if __name__ == "__main__":
    sys.exit(main())
