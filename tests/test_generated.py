"""Everything that can be made from the code is made from it: nothing of it is stale, and staleness is found."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from repository import Repo

from quantgov import errors, hook, rules
from quantgov.explaining import level_text
from quantgov.secrets import scanner

pytestmark = pytest.mark.source

ROOT = Path(__file__).resolve().parent.parent
INDEX = ("quantgov/secrets/index.py", "quantgov/secrets/anchors.py")
SUBJECTS = ("branch-name", "manifest", "results", "secrets", "passport", "lfs", "notebooks")
MADE_FROM = ("docs", "schemas", "README.md", ".pre-commit-hooks.yaml", *INDEX)


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What is generated, and what it is generated into."""
    for name in MADE_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name)
        else:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_nothing_is_stale() -> None:
    done = generate("--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("docs/rules/QG301.md", "secret-exposed", "secret-seen"),
        ("docs/rules/index.md", "secret-exposed", "secret-seen"),
        ("docs/schemas/policy.md", "guard", "gard"),
        ("docs/cli.md", "--range", "--rnage"),
        ("README.md", "| secret-exposed |", "| secret-seen |"),
        ("docs/how-it-judges.md", "| 130 |", "| 131 |"),
        (".pre-commit-hooks.yaml", "quantgov-lfs", "quantgov-fls"),
    ],
)
def test_an_edited_page_is_found_and_made_anew(copy: Path, path: str, before: str, after: str) -> None:
    text = (copy / path).read_text()
    assert before in text
    (copy / path).write_text(text.replace(before, after))

    done = generate("--check", "--root", str(copy))
    assert done.returncode == 1
    assert f"+++ {path} (made anew)" in done.stdout
    assert (copy / path).read_text() != text, "--check writes nothing"

    assert generate("--root", str(copy)).returncode == 0
    assert (copy / path).read_text() == text


@pytest.mark.parametrize("broken", [None, "LITERALS = ()\n"], ids=["missing", "of another form"])
def test_an_index_that_cannot_be_imported_is_made_anew_in_one_run(tmp_path: Path, broken: str | None) -> None:
    """Nearly everything else that is made imports it."""
    for name in ("docs", "quantgov", "schemas", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "docs/cli.md").unlink()
    for path in INDEX:
        (tmp_path / path).unlink()
        if broken is not None:
            (tmp_path / path).write_text(broken)

    def made(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "tools/generate.py", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert made("--check").returncode == 1
    done = made()
    assert (done.returncode, done.stdout.split()) == (0, [*INDEX, "docs/cli.md"]), done.stderr
    assert [(tmp_path / path).read_text() for path in INDEX] == [(ROOT / path).read_text() for path in INDEX]
    assert made("--check").returncode == 0


def test_pairs_of_letters_are_counted_in_names_and_docstrings(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('"""Ab ab."""\nabAb_ab = 1  # zz\n')
    (tmp_path / "two.py").write_text("ab cd")
    command = [sys.executable, str(ROOT / "tools" / "letter_pairs.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = re.findall(r'"(\d{26})"', done.stdout)
    assert len(rows) == 26
    assert rows[0] == "08" + "0" * 24
    assert set("".join(rows[1:])) == {"0"}


def test_the_page_of_a_rule_that_is_no_more_goes(copy: Path) -> None:
    (copy / "docs/rules/QG999.md").write_text("# QG999 gone\n")
    done = generate("--check", "--root", str(copy))
    assert done.returncode == 1
    assert "docs/rules/QG999.md is made from nothing any more" in done.stdout
    generate("--root", str(copy))
    assert not (copy / "docs/rules/QG999.md").exists()


def test_a_missing_page_is_written(copy: Path) -> None:
    (copy / "docs/rules/QG101.md").unlink()
    assert generate("--check", "--root", str(copy)).returncode == 1
    generate("--root", str(copy))
    assert (copy / "docs/rules/QG101.md").read_text() == (ROOT / "docs/rules/QG101.md").read_text()


def test_a_marked_block_that_nothing_makes_is_an_error(copy: Path) -> None:
    with (copy / "README.md").open("a") as file:
        file.write("<!-- prices:begin -->\n<!-- prices:end -->\n")
    assert "KeyError: 'prices'" in generate("--check", "--root", str(copy)).stderr


@pytest.mark.parametrize("code", rules.codes())
def test_every_rule_has_a_page_with_every_heading(code: str) -> None:
    rule, _ = rules.find(code)
    text = (ROOT / "docs" / "rules" / f"{code}.md").read_text()
    headings = re.findall(r"^##? (.+)$", text, re.MULTILINE)
    examples = [f"{kind} examples" for kind, given in (("Rejected", rule.rejects), ("Accepted", rule.accepts)) if given]
    assert headings == [
        f"{code} {rule.name}",
        "What it finds",
        "Why it matters",
        "How to fix",
        "Default level",
        "Where it is judged",
        "Scope",
        *examples,
    ]
    assert text.count("\n### Rejected: ") == len(rule.rejects)
    assert text.count("\n### Accepted: ") == len(rule.accepts)


def test_a_page_shows_the_exact_findings_of_an_example() -> None:
    rule, _ = rules.find("QG401")
    message, path, line, column = rule.rejects[0].finds[0]
    assert f"finds    {path}:{line}:{column}  {message}" in (ROOT / "docs/rules/QG401.md").read_text()


def test_the_readme_lists_every_rule_with_its_level() -> None:
    text = (ROOT / "README.md").read_text()
    for rule, _ in rules.every():
        assert f"| [{rule.code}](docs/rules/{rule.code}.md) | {rule.name} | {level_text(rule)} |" in text


def test_the_reference_has_every_command_and_option() -> None:
    from typer.core import TyperGroup
    from typer.main import get_command

    from quantgov.cli.app import app

    text = (ROOT / "docs/cli.md").read_text()
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    for name, command in group.commands.items():
        section = text.partition(f"### quantgov {name}")[2]
        assert section, name
        for option in (each.opts[0] for each in command.params if each.opts[0].startswith("--")):
            assert f"`{option}" in section, f"{name} {option}"


def test_every_group_shows_examples_and_is_listed_without_them() -> None:
    from typer.core import TyperGroup
    from typer.main import get_command

    from quantgov.cli.app import app

    root = get_command(app)
    assert isinstance(root, TyperGroup)
    groups = [command for command in root.commands.values() if isinstance(command, TyperGroup)]
    assert groups
    for group in groups:
        shown = re.findall(rf"^ *quantgov {group.name} ([a-z]+)", group.help or "", re.M)
        assert shown
        assert set(shown) <= set(group.commands)
        assert "quantgov" not in group.get_short_help_str()


def test_every_exit_code_is_explained() -> None:
    text = (ROOT / "README.md").read_text()
    codes = [value for name, value in vars(errors).items() if name.startswith("EXIT_")]
    assert all(f"| {code} | " in text for code in codes)


def test_the_schema_pages_name_every_required_key() -> None:
    for path in (ROOT / "schemas").glob("*.schema.json"):
        text = (ROOT / "docs" / "schemas" / f"{path.name.removesuffix('.schema.json')}.md").read_text()
        schema = json.loads(path.read_text())
        for key in schema["required"]:
            assert re.search(rf"^\| `{key}` \| [a-z ]+ \| yes \| \S", text, re.MULTILINE), f"{path.name}: {key}"


class TestPreCommitHooks:
    @pytest.fixture
    def entries(self) -> list[dict[str, object]]:
        loaded: list[dict[str, object]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        return loaded

    def test_there_is_one_for_each_stage_and_the_fine_grained_ones(self, entries: list[dict[str, object]]) -> None:
        stages = [f"quantgov-{name}" for name in hook.HOOKS if name != "pre-receive"]
        single = [f"quantgov-{name}" for name in SUBJECTS]
        assert [entry["id"] for entry in entries] == stages + single

    def test_each_calls_a_hook_that_exists_and_selects_rules_that_exist(self, entries: list[dict[str, object]]) -> None:
        for entry in entries:
            found = re.fullmatch(r"quantgov hook ([a-z-]+)(?: --select=([A-Z0-9,]+))?", str(entry["entry"]))
            assert found, entry
            assert found[1] in hook.HOOKS
            prefixes = found[2].split(",") if found[2] else []
            assert all(any(code.startswith(prefix) for code in rules.codes()) for prefix in prefixes)

    def test_each_always_runs_and_only_message_hooks_are_given_names(self, entries: list[dict[str, object]]) -> None:
        for entry in entries:
            assert entry["always_run"] is True
            takes_a_message = str(entry["entry"]).split()[2] in ("commit-msg", "prepare-commit-msg")
            assert entry.get("pass_filenames", True) is takes_a_message


def test_the_generated_pages_pass_the_rules_themselves(repo: Repo) -> None:
    """A page about secrets that holds one, or about bad comments that has one, could not be committed."""
    for path in sorted(ROOT.glob("docs/**/*.md")):
        repo.write(path.relative_to(ROOT).as_posix(), path.read_bytes())
    repo.write("README.md", (ROOT / "README.md").read_bytes())
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "docs: add the guide")
    done = repo.quantgov("check", "--all")
    assert done.returncode == 0, done.stdout
    assert "not judged" not in done.stdout


def test_keys_of_examples_are_shown_redacted() -> None:
    rule, _ = rules.find("QG301")
    keys = {hit.secret for each in rule.rejects for data in _contents(each.files) for hit in scanner.scan(data)}
    page = (ROOT / "docs/rules/QG301.md").read_bytes()
    assert keys
    assert not [key for key in keys if key in page]
    assert "tk_live_9f…" in page.decode()


def _contents(files: object) -> list[bytes]:
    assert isinstance(files, dict)
    return [each if isinstance(each, bytes) else str(each).encode() for each in files.values() if each]
