"""What a passing hook must not import: each of these costs as much as the whole check."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import BRANCH, GOOD_PASSPORT, bare_of

if TYPE_CHECKING:
    from repository import Repo

HEAVY = {
    "typer", "click", "rich", "git", "jsonschema", "jsonschema_rs", "detect_secrets", "pydantic", "hyperscan", "jinja2",
    "dataclasses", "inspect", "subprocess", "typing", "pathlib", "argparse", "json", "logging", "tomllib", "hashlib",
    "datetime", "tempfile", "importlib.metadata", "traceback", "ast", "pickle", "shlex", "difflib", "contextlib",
}  # fmt: skip
PYYAML_BRINGS = {"datetime"}
DOCUMENTS_BRING = {"jsonschema_rs", *PYYAML_BRINGS, "contextlib", "json", "typing"}
"""What PyYAML and the validator that decides bring along, where a document is read for the first time."""
PROBE = """
import sys
before = set(sys.modules)
from quantgov import engine, hook
judged = []
original = engine.judge
def counting(*given, **named):
    outcomes = original(*given, **named)
    judged.extend(outcome.judged for outcome in outcomes if outcome.status == "passed")
    return outcomes
engine.judge = counting
code = hook.run(sys.argv[1:])
print(code, len(judged), sum(judged), *sorted(set(sys.modules) - before))
"""
EXTRAS = ("data", "plot")
"""What people install beside quantgov itself; the other extras are for its developers."""
ROOT = Path(__file__).parents[2]


class Probed:
    def __init__(self, line: str) -> None:
        code, rules, judged, *modules = line.split()
        self.code, self.rules, self.judged, self.modules = int(code), int(rules), int(judged), set(modules)


def probe(folder: Path, *argv: str, stdin: str = "") -> Probed:
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, *argv], cwd=folder, input=stdin, capture_output=True, text=True
    )
    assert done.stderr == ""
    return Probed(done.stdout)


def assert_light(found: Probed, *, yaml: bool = False) -> None:
    assert found.code == 0
    assert found.rules > 0
    assert found.judged > 0
    assert "quantgov.engine" in found.modules
    assert found.modules & (HEAVY if yaml else HEAVY | {"yaml", "quantgov.documents"}) == set()


@pytest.fixture
def work(repo: Repo, tmp_path: Path) -> Repo:
    repo.commit({"README.md": "# research\n", "quantgov.yaml": "version: 1\n"})
    bare_of(repo, tmp_path / "server.git", "main")
    repo.branch(BRANCH)
    repo.stage({"src/a.py": "x = 1\n", "data.txt": "1\n"})
    assert repo.quantgov("hook", "pre-commit").returncode == 0  # the policy is parsed once, and cached
    return repo


@pytest.mark.parametrize("name", ["pre-commit", "pre-merge-commit"])
@pytest.mark.parametrize("state", ["warm", "nothing cached of the files"])
def test_a_commit_without_a_document(work: Repo, name: str, state: str) -> None:
    if state != "warm":
        work.stage({"src/a.py": "x = 2\n"})
    found = probe(work.path, name)
    assert_light(found)
    assert "quantgov.rules.qg301_secret_exposed" in found.modules


def test_a_commit_with_a_passport(work: Repo) -> None:
    work.stage({"strategies/momentum/passport.yaml": GOOD_PASSPORT})
    cold = probe(work.path, "pre-commit")
    assert cold.code == 0
    assert cold.modules & HEAVY <= DOCUMENTS_BRING
    assert {"quantgov.documents", "yaml"} <= cold.modules
    assert "socket" not in cold.modules  # which email.utils brings, for which jsonschema_rs has no use
    again = probe(work.path, "pre-commit")  # its verdict is cached: it is only read, for the rules of the lifecycle
    assert again.code == 0
    assert again.modules & HEAVY <= PYYAML_BRINGS


@pytest.mark.parametrize("text", ["feat: add a\n", "# a note\nfeat: add a\n\nSigned-off-by: A <a@b>\n"])
def test_a_message(work: Repo, text: str) -> None:
    (work.path / ".git" / "COMMIT_EDITMSG").write_text(text)
    found = probe(work.path, "commit-msg", ".git/COMMIT_EDITMSG")
    assert_light(found)
    assert "quantgov.rules.qg102_subject_malformed" in found.modules
    assert "quantgov.rules.qg301_secret_exposed" not in found.modules


def test_a_message_about_to_be_written(work: Repo) -> None:
    (work.path / ".git" / "COMMIT_EDITMSG").write_text("\n")
    found = probe(work.path, "prepare-commit-msg", ".git/COMMIT_EDITMSG")
    assert found.code == 0
    assert "quantgov.drafting" in found.modules
    assert found.modules & (HEAVY | {"yaml"}) == set()


def test_a_push(work: Repo) -> None:
    tip = work.commit({})
    line = f"refs/heads/{BRANCH} {tip} refs/heads/{BRANCH} {'0' * 40}\n"
    assert_light(probe(work.path, "pre-push", "origin", "url", stdin=line))


def test_a_received_push(work: Repo, tmp_path: Path) -> None:
    tip, bare = work.commit({}), tmp_path / "server.git"
    subprocess.run(["git", "fetch", "-q", str(work.path), tip], cwd=bare, check=True)
    line = f"{'0' * 40} {tip} refs/heads/{BRANCH}\n"
    probe(bare, "pre-receive", stdin=line)  # the server parses the policy once, too
    assert_light(probe(bare, "pre-receive", stdin=line))


def test_the_list_is_of_what_a_failing_hook_may_import(work: Repo) -> None:
    """The probe sees: a refusal imports some of them."""
    work.stage({"strategies/momentum/passport.yaml": "name: [\n"})
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, "pre-commit"], cwd=work.path, capture_output=True, text=True
    )
    found = Probed(done.stdout)
    assert found.code == 1
    assert {"hashlib", "yaml"} <= found.modules


@pytest.mark.source
def test_what_is_imported_is_declared() -> None:
    """A package that only a developer's tools bring along is missing where quantgov alone is installed.

    What an extra brings is imported where it is needed, and its absence is told.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [each for name, listed in project["optional-dependencies"].items() if name in EXTRAS for each in listed]
    declared = {normal(re.split(r"[^\w.-]", each)[0]) for each in (*project["dependencies"], *extras)}
    bring = metadata.packages_distributions()
    imported = {
        name.partition(".")[0]
        for path in (ROOT / "quantgov").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in imported_by(node)
    }
    foreign = imported - sys.stdlib_module_names - {"quantgov"}
    assert {"typer", "yaml"} <= foreign
    assert {name for name in foreign if declared.isdisjoint(map(normal, bring.get(name, [name])))} == set()


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
