"""What is made from the code for people to read: pages, and the marked blocks of those that are written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import command_reference
import detector_table
import precommit_hooks
import rule_pages
import schema_reference
from writing import code, fence, table

from quantgov import errors, hook, manifest, policy

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
    "data-code": lambda _: _codes(policy.DATA_CODE),
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
    """Every file that is made from the code or has a made part, by its path."""
    made = {f"docs/{path}": text for path, text in _pages(root)}
    made[".pre-commit-hooks.yaml"] = precommit_hooks.render()
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


def left_over(root: Path, made: dict[str, str]) -> list[str]:
    """Pages of what no longer exists."""
    present = [path for folder in GENERATED_FOLDERS for path in sorted((root / folder).glob("*.md"))]
    return [name for path in present if (name := path.relative_to(root).as_posix()) not in made]
