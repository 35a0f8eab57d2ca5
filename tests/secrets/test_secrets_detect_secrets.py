"""The plugin file for teams that stay with detect-secrets, run by detect-secrets itself."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_up_secrets import alpaca_id, plugin_examples, tickdb

from quantgov.secrets import detect_secrets_plugin as plugin

if TYPE_CHECKING:
    from repository import Repo

FILE = str(plugin.__file__)
PASSWORD = "Kettle" + "#427xy"
CLIENT = "detect_secrets"
HOOK = "detect_secrets.pre_commit_hook"
CALLS = ("--disable-filter", "detect_secrets.filters.heuristic.is_indirect_reference")
OURS = "quantgov.secrets.detect_secrets_plugin"
Done = subprocess.CompletedProcess[str]


def run(folder: Path, module: str, *argv: str) -> Done:
    return subprocess.run([sys.executable, "-m", module, *argv], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.stage({"feed.py": f"import os\n\nKEY = '{tickdb()}'\nfeed.login(password='{PASSWORD}')\n"})
    return repo


def scanned(work: Repo, *argv: str) -> dict[str, Any]:
    done = run(work.path, CLIENT, "scan", "-p", FILE, *argv, "feed.py")
    assert (done.returncode, done.stderr) == (0, "")
    baseline: dict[str, Any] = json.loads(done.stdout)
    return baseline


def ours(baseline: dict[str, Any]) -> list[tuple[str, int]]:
    found = [each for secrets in baseline["results"].values() for each in secrets if each["type"] in plugin.TYPES]
    return [(each["type"], each["line_number"]) for each in found]


def test_a_scan_names_our_detectors_and_one_plugin(work: Repo) -> None:
    baseline = scanned(work)
    assert ours(baseline) == [("tickdb-api-key", 3), ("assigned-password", 4)]
    used = [each for each in baseline["plugins_used"] if "path" in each]
    assert used == [{"name": "QuantgovDetectors", "path": f"file://{FILE}"}]
    assert tickdb() not in json.dumps(baseline)


def test_the_hook_refuses_what_the_baseline_has_not(work: Repo) -> None:
    work.stage({".secrets.baseline": json.dumps(scanned(work))})
    known = run(work.path, HOOK, "--baseline", ".secrets.baseline", "feed.py")
    assert (known.returncode, known.stdout) == (0, "")
    work.stage({"other.py": f"KEY = '{tickdb(1)}'\n"})
    new = run(work.path, HOOK, "--baseline", ".secrets.baseline", "feed.py", "other.py")
    assert new.returncode == 1
    assert "Secret Type: tickdb-api-key\nLocation:    other.py:1\n" in new.stdout
    assert tickdb(1) not in new.stdout
    plain = run(work.path, HOOK, "-p", FILE, "other.py")
    assert (plain.returncode, "tickdb-api-key" in plain.stdout) == (1, True)


def test_its_own_allowlist_counts_and_ours_does_not(work: Repo) -> None:
    lines = [
        f"A = '{tickdb(1)}'  # pragma: allowlist secret",
        f"B = '{tickdb(2)}'  # quantgov: ignore[QG301] known",
    ]
    work.stage({"feed.py": "\n".join(lines) + "\n"})
    assert ours(scanned(work, *CALLS)) == [("tickdb-api-key", 2)]


def test_a_filter_of_theirs_takes_calls_for_references(work: Repo) -> None:
    work.stage({"feed.py": f"feed = Feed('{tickdb()}')\n"})
    assert ours(scanned(work)) == []
    assert ours(scanned(work, *CALLS)) == [("tickdb-api-key", 1)]


def test_an_audit_finds_the_secrets_again(work: Repo) -> None:
    (work.path / ".secrets.baseline").write_text(json.dumps(scanned(work)))
    done = run(work.path, OURS, "audit", "--report", "--json", ".secrets.baseline")
    assert (done.returncode, done.stderr) == (0, "")
    found = {each["secrets"]: each["types"] for each in json.loads(done.stdout)["results"]}
    assert "tickdb-api-key" in found[tickdb()]
    assert "assigned-password" in found[PASSWORD]


def test_a_text_of_the_command_line(work: Repo) -> None:
    for text, answer in ((f"Feed('{tickdb()}')", "True  (unverified)"), ("feed = Feed()", "False")):
        done = run(work.path, CLIENT, "scan", "-p", FILE, "--string", text)
        (told,) = [line for line in done.stdout.splitlines() if line.startswith("QuantgovDetectors")]
        assert told.partition(":")[2].strip() == answer


def test_several_processes(work: Repo) -> None:
    work.stage({f"feed{at}.py": f"KEY = '{tickdb(at)}'\n" for at in range(4)})
    done = run(work.path, CLIENT, "-c", "2", "scan", "-p", FILE)
    assert len(ours(json.loads(done.stdout))) == 6


def test_each_detector_is_known_by_its_name() -> None:
    assert {"tickdb-api-key", "alpaca-secret-key", "private-key", "assigned-secret"} < set(plugin.TYPES)
    for name in plugin.TYPES:
        known = getattr(plugin, f"QuantgovDetectors_{name}")
        assert (known.secret_type, known.__name__) == (name, "QuantgovDetectors")


def test_what_their_own_plugins_find_is_left_to_them() -> None:
    detectors = plugin.QuantgovDetectors()
    for line in plugin_examples()["stripe-key"]:
        assert {each.type for each in detectors.analyze_line("a.py", line)} <= set(plugin.TYPES)
    assert list(detectors.analyze_string(f"Feed('{tickdb()}')")) == [tickdb()]


@pytest.mark.parametrize("line", ["", "é" * 3, "caf\udce9 " + tickdb(), "{" + f'"source": ["{tickdb()}"]' + "}"])
def test_any_line_is_taken(line: str) -> None:
    for path in ("a.py", "a.ipynb"):
        found = plugin.QuantgovDetectors().analyze_line(path, line, 7)
        assert {each.secret_value for each in found} == ({tickdb()} if tickdb() in line else set())
        assert {each.line_number for each in found} <= {7}


def test_the_path_is_context() -> None:
    line = f"x = ['{alpaca_id()}']"
    assert plugin.QuantgovDetectors().analyze_line("brokers/any.py", line) == set()
    found = plugin.QuantgovDetectors().analyze_line("brokers/alpaca.py", line)
    assert {each.type for each in found} == {"alpaca-key-id"}


def test_run_as_a_module_it_is_detect_secrets_which_knows_this_file(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(file: str) -> Iterator[None]:
        loaded.append(file)
        yield None

    monkeypatch.setattr("detect_secrets.core.plugins.initialize.from_file", load)
    monkeypatch.setattr("detect_secrets.main.main", lambda: 7)
    monkeypatch.delitem(sys.modules, OURS)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(OURS, run_name="__main__")
    assert ended.value.code == 7
    assert loaded == [FILE]
