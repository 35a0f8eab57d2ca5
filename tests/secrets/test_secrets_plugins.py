"""detect-secrets' plugins: each is reached through the prefilter, and none where our own rows have decided."""

from __future__ import annotations

import subprocess
import sys

import pytest
from made_up_secrets import body, letters, plugin_examples, tickdb

from quantgov.secrets.families import rows
from quantgov.secrets.families.plugins import Plugin, analyzer
from quantgov.secrets.prefilter import places
from quantgov.secrets.scanner import scan

PLUGINS = [row for row in rows("plugins") if isinstance(row, Plugin)]
EXAMPLES = [(name, line) for name, lines in plugin_examples().items() for line in lines]


def test_every_plugin_has_an_example() -> None:
    assert {plugin.name for plugin in PLUGINS} == set(plugin_examples())


@pytest.mark.parametrize(("name", "line"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_the_plugin_itself_sees_its_example_and_the_prefilter_lets_it_through(name: str, line: str) -> None:
    plugin = next(plugin for plugin in PLUGINS if plugin.name == name)
    assert any(True for _ in analyzer(plugin)(line))
    assert list(places(f"first line\n{line}\nlast line".encode()))


@pytest.mark.parametrize(("name", "line"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_each_plugins_format_is_found_by_its_name(name: str, line: str) -> None:
    hits = scan(f"first line\n{line}\nlast line".encode())
    assert [(hit.detector, hit.line) for hit in hits] == [(name, 2)]
    assert hits[0].secret.decode() in line
    assert len(hits[0].secret) >= 20
    assert hits[0].advice


def run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


HARMLESS = (
    'api_key = os.environ["TICKDB_API_KEY"]',
    "def connect(token: str, secret_key=None, password: str | None = None) -> None:",
    "TICKDB_API_KEY=your_dev_key_here",
    "TICKDB_API_KEY=tk_" + "live_your_key_here",
    "TICKDB_API_KEY=tk_" + "live_" + "x" * 24,
    "AWS_ACCESS_KEY_ID=AKIA" + "IOSFODNN7" + "EXAMPLE",
    "oid sha256:" + body(64, "0123456789abcdef"),
    "key: " + letters(30),
)


def test_harmless_lines_and_own_detectors_do_not_import_detect_secrets() -> None:
    content = "\n".join([*HARMLESS, tickdb()]).encode()
    program = f"""
import sys
from quantgov.secrets.scanner import scan
assert [hit.detector for hit in scan({content!r})] == ["tickdb-api-key"]
print("detect_secrets" in sys.modules)
"""
    assert run(program).strip() == "False"


def test_passing_content_imports_only_the_prefilter() -> None:
    program = """
import sys
before = set(sys.modules)
from quantgov.secrets.scanner import scan
assert scan(b"api_key = os.environ['TICKDB_API_KEY']\\n" * 200) == []
print(" ".join(set(sys.modules) - before))
"""
    loaded = set(run(program).split())
    assert "quantgov.secrets.prefilter" in loaded
    heavy = {"typing", "dataclasses", "pathlib", "subprocess", "argparse", "json", "tomllib", "inspect", "logging"}
    assert not loaded & (heavy | {"detect_secrets", "quantgov.secrets.confirm", "quantgov.secrets.judgement"})


def test_plugins_are_run_without_settings_and_network() -> None:
    program = f"""
import socket
def refuse(*_):
    raise AssertionError("network")
socket.socket.connect = refuse
from quantgov.secrets.scanner import scan
assert scan({plugin_examples()["stripe-key"][0].encode()!r})
from detect_secrets.settings import get_settings
print(get_settings.cache_info().currsize)
"""
    assert run(program).strip() == "0"
