"""The README and the guide tell the truth: every command in them is run, every path and link in them exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from quantgov import __version__, keys
from quantgov.cache import CACHE_FOLDER
from quantgov.checking import BRANCH_VARIABLES
from quantgov.hook import REFUSED_MESSAGE
from quantgov.policy import MAX_SIZE, SCAN_LIMIT, TIMEOUT, problems_in
from quantgov.waivers import problems as waiver_problems
from quantgov.wording import shown_size

pytestmark = pytest.mark.source

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/quantgov/quantgov"
FROM_NOTHING = ("README.md", "docs/start.md")
"""Pages that begin in an empty folder. The others begin in a repository that `quantgov init --yes` has set up."""
ALREADY_DONE = {
    f"git clone {REPOSITORY}": "the checkout that the suite belongs to stands for the clone",
    "pip install ./quantgov": "the client that the suite runs stands for the installed one",
}
"""Commands that are not run here, and what stands for them; the wheel test installs the package for real."""
MAKE = re.compile(r"make ([a-z-]+)")
FAILS = re.compile(r"^ {2}fix: |^ +\"exit_code\": [1-9]|does not go to \w+ yet", re.MULTILINE)
"""What else a command says that ends with another exit code than 0."""
REFUSED = re.compile(r"^(?:remote: )?quantgov: .*(?:refused|blocked|found secrets)", re.MULTILINE)


class Command(NamedTuple):
    """A line behind `$ `, with those behind `> ` that go on with it, and the output that is shown of it."""

    text: str
    shown: str
    number: int


class Shell:
    """One `sh` for each command, in the folder where the last one ended."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._cwd = folder
        self._environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C"}

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and both streams, as a terminal shows them."""
        place = self.folder / ".cwd"
        script = f"cd {shlex.quote(str(self._cwd))}\n{command}\nended=$?\npwd > {shlex.quote(str(place))}\nexit $ended"
        done = subprocess.run(
            ["sh", "-c", script],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._cwd = Path(place.read_text().strip())
        return done.returncode, done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty folder, with the client that is under test on the PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "quantgov").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -I -m quantgov "$@"\n')
    (programs / "quantgov").chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    return Shell(work, programs)


def pages() -> list[str]:
    """README first; nothing where the suite runs without the source."""
    found = [*ROOT.glob("README.md"), *sorted((ROOT / "docs").rglob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(text: str, language: str) -> Iterator[tuple[int, str]]:
    """The fenced blocks of a language, each with the number of its first line."""
    for found in re.finditer(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield text.count("\n", 0, found.start(1)) + 1, found[1]


def commands(text: str) -> list[Command]:
    return [command for start, block in blocks(text, "console") for command in _commands(block, start)]


def _commands(block: str, start: int) -> Iterator[Command]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not parts[0], f"line {start}: a block begins with its command"
    number = start
    for part in parts[1:]:
        first, *rest = part.rstrip("\n").split("\n")
        more = [line[2:] for line in rest if line == ">" or line.startswith("> ")]
        yield Command("\n".join((first, *more)), "\n".join(rest[len(more) :]), number)
        number += part.count("\n")


def pattern(shown: str) -> re.Pattern[str]:
    """What output may look like: a line of `...` stands for any lines, `...` within a line for anything there."""
    lines = [r"(?:.*\n)*?" if line == "..." else _line_pattern(line) for line in shown.split("\n")]
    return re.compile("".join(lines))


def _line_pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("...")) + r"[ \t]*\n"


def with_commands() -> list[str]:
    return [page for page in pages() if commands(text_of(page))]


@pytest.mark.parametrize("page", with_commands())
def test_every_command_does_what_is_shown(page: str, shell: Shell) -> None:
    if page not in FROM_NOTHING:
        set_up(shell)
    for command in commands(text_of(page)):
        check(command, page, shell)


def set_up(shell: Shell) -> None:
    for line in (
        "git init -q research",
        "cd research",
        "quantgov init --yes",
        "git add -A",
        "git commit -q -m 'chore: guard'",
    ):
        code, output = shell.run(line)
        assert code == 0, f"{line}\n{output}"


def check(command: Command, page: str, shell: Shell) -> None:
    target = MAKE.fullmatch(command.text)
    if target:
        assert f"\n{target[1]}:" in (ROOT / "Makefile").read_text(), f"{page}:{command.number}: no target {target[1]}"
    elif command.text not in ALREADY_DONE:
        code, output = shell.run(command.text)
        place = f"{page}:{command.number}: {command.text}\nexit code {code}\n{output}"
        fails = REFUSED.search(command.shown) or FAILS.search(command.shown)
        assert (code != 0) == bool(fails), place
        assert not command.shown or pattern(command.shown).fullmatch(f"{output.rstrip()}\n"), place


@pytest.mark.parametrize(
    ("shown", "output", "fits"),
    [
        ("a\n...\nd", "a\nb\nc\nd\n", True),
        ("a\n...\nd", "a\nd\n", True),
        ("a\n...", "b\n", False),
        ("a ... c", "a b c\n", True),
        ("a", "a\nb\n", False),
        ("a.c", "abc\n", False),
    ],
)
def test_the_comparison_can_fail(shown: str, output: str, fits: bool) -> None:
    assert bool(pattern(shown).fullmatch(output)) is fits


def test_commands_are_found_with_what_goes_on_with_them() -> None:
    text = "```console\n$ cat <<E\n> x\n> E\nx\n$ true\n```\n"
    assert commands(text) == [Command("cat <<E\nx\nE", "x", 2), Command("true", "", 6)]


def test_the_readme_shows_a_refused_commit_and_both_make_commands() -> None:
    found = commands(text_of("README.md"))
    assert [command.text for command in found if MAKE.fullmatch(command.text)] == ["make demo", "make test"]
    assert any(REFUSED.search(command.shown) for command in found)


def test_the_picture_of_a_refused_commit_is_one_that_is_run() -> None:
    text = text_of("README.md")
    _, picture = next(blocks(text, "text"))
    (pictured,) = _commands(picture, 0)
    assert REFUSED.search(pictured.shown)
    assert pictured[:2] in [command[:2] for command in commands(text)]


@pytest.mark.parametrize("page", pages())
def test_every_relative_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(text_of(page))):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        linked = (ROOT / page).parent / parts.path if parts.path else ROOT / page
        assert linked.exists(), f"{page}: {target}"
        assert not parts.fragment or parts.fragment in anchors(linked), f"{page}: {target}"


def _prose(text: str) -> str:
    """Without blocks and spans of code: what stands there is no link."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    titles = re.findall(
        r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


SOURCE_PATHS = re.compile(
    r"`((?:quantgov|tools|docs|hooks|schemas|tests|benchmarks)/[\w./-]*|Makefile|LICENSE|CHANGELOG\.md)`"
)


@pytest.mark.parametrize("page", [page for page in pages() if page.count("/") < 2])
def test_every_path_of_the_source_that_is_named_exists(page: str) -> None:
    text = text_of(page)
    assert not [path for path in SOURCE_PATHS.findall(text) if not (ROOT / path).exists()]


def test_paths_of_the_source_are_named_at_all() -> None:
    assert SOURCE_PATHS.findall(text_of("docs/contributing.md"))


@pytest.mark.parametrize("page", pages())
def test_every_command_that_is_named_exists(page: str) -> None:
    spoken = re.findall(r"`quantgov ([a-z][a-z-]+)[^`\n]*`", text_of(page))
    spoken += [
        word
        for _, block in blocks(text_of(page), "sh")
        for word in re.findall(r"^quantgov ([a-z-]+)", block, re.MULTILINE)
    ]
    assert set(spoken) <= known_commands()


def known_commands() -> set[str]:
    from typer.core import TyperGroup
    from typer.main import get_command

    from quantgov.cli.app import app

    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return set(group.commands)


def yaml_blocks(mark: str) -> list[str]:
    return [block for page in pages() for _, block in blocks(text_of(page), "yaml") if mark in block]


def test_every_policy_that_is_shown_is_one() -> None:
    shown = [block for block in yaml_blocks("version: 1") if "waivers:" not in block and "keys:" not in block]
    assert len(shown) > 3
    assert not [problem.message for block in shown for problem in problems_in(block.encode())]


def test_every_list_of_waivers_that_is_shown_is_one() -> None:
    shown = yaml_blocks("waivers:")
    assert shown
    assert not [problem.message for block in shown for problem in waiver_problems(block.encode())]


def test_every_register_of_keys_that_is_shown_is_one() -> None:
    shown = yaml_blocks("keys:")
    assert shown
    assert not [problem.message for block in shown for problem in keys.problems(block.encode())]


def test_every_hook_configuration_that_is_shown_names_hooks_that_exist_at_this_version() -> None:
    ids = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    shown = yaml_blocks("repos:")
    assert shown
    for block in shown:
        for repo in yaml.safe_load(block)["repos"]:
            assert repo["repo"] == REPOSITORY
            assert repo["rev"] == f"v{__version__}"
            assert {hook["id"] for hook in repo["hooks"]} <= ids


def test_the_defaults_that_are_told_in_prose_are_those_of_the_code() -> None:
    assert f"`secrets.max_size`, {shown_size(SCAN_LIMIT)} unless" in text_of("docs/secrets.md")
    assert f"limit {shown_size(MAX_SIZE)})" in text_of("docs/git-lfs.md")
    assert f"one run; {TIMEOUT} unless" in text_of("docs/policy.md")
    assert f"one notebook; {shown_size(MAX_SIZE)} unless" in text_of("docs/policy.md")
    assert f"`.git/{CACHE_FOLDER}`" in text_of("docs/speed.md")
    assert f"`.git/{REFUSED_MESSAGE}`" in text_of("docs/troubleshooting.md")
    assert all(f"`{name}`" in text_of("docs/ci.md") for name in BRANCH_VARIABLES)


@pytest.mark.parametrize("page", pages())
def test_no_page_gives_a_credential_away(page: str) -> None:
    from quantgov.secrets import scanner

    assert not scanner.scan(text_of(page).encode(), page)
