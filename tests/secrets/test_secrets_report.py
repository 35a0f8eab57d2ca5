"""What a search says at its end, in one process: the verdict's line, and what was not looked into."""

from __future__ import annotations

import os
import sys

import pytest
from core_builders import key, leak
from repository import Repo

from quantgov import __main__, scanning
from quantgov.cli import quick
from quantgov.git import Repository
from quantgov.history_search import Past
from quantgov.rule import Failed
from quantgov.scanning import Request
from quantgov.secrets.history import Extent


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    request = quick.parse(words)
    assert request
    code = scanning.run(request, lambda _done, _of: None)
    return code, capsys.readouterr().out.splitlines()


def test_files_and_a_history_without_a_secret(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": "1\n"})
    assert said(capsys) == (0, ["quantgov: no secret found in 1 file"])
    repo.write("b.py", "2\n")
    assert said(capsys) == (0, ["quantgov: no secret found in 2 files"])
    assert said(capsys, "--history")[1] == ["quantgov: no secret found in 3 contents, messages and names"]


def test_an_empty_history_was_not_searched(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--history") == (0, ["quantgov: there was nothing to search"])


def test_what_is_waived_is_counted(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"a.py": leak().rstrip() + "  # quantgov: ignore[QG301] made up\n"})
    assert said(capsys)[1][0] == "quantgov: no new secret found in 1 file (1 waived)"


def test_many_files_that_are_not_searched_for_one_reason_are_one_line(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({f"{number}.png": b"\x89PNG\0" + bytes([number]) for number in range(5)})
    assert said(capsys)[1][1:] == ["  note  QG301 not judged for 5 files: binary"]


def test_a_file_that_is_named_after_a_key_is_not_shown_by_its_name(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit({f"{key()}.png": b"\x89PNG\0"})
    shown = "\n".join(said(capsys)[1])
    assert key() not in shown
    assert key()[:11] in shown


def test_a_policy_on_disk_that_is_not_the_trunks_is_told(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit({"quantgov.yaml": "version: 1\n", "a.py": leak()})
    assert not any("quantgov.yaml here is another" in line for line in said(capsys)[1])
    repo.write("quantgov.yaml", "version: 1\nmode: govern\n")
    assert any("quantgov.yaml here is another than main's" in line for line in said(capsys)[1])


def test_a_finding_of_history_shows_its_origin(repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    first = repo.commit({"a.py": leak()})
    code, lines = said(capsys, "--history")
    assert code == 1
    assert lines[0].startswith("quantgov: search found secrets: QG301 a.py:1:12 in commit ")
    assert any(f"since commit {first[:10]} by Alice <alice@fund.com>" in line for line in lines)
    verdict = Past(Repository.discover(), Extent()).verdict(lambda _done, _of: None)
    assert isinstance(verdict.outcomes[0], Failed)


@pytest.mark.parametrize(
    ("argv", "quickly"), [(["secrets", "scan"], True), (["secrets", "scan", "--help"], False), (["rules"], False)]
)
def test_the_entry_point_takes_the_quick_way_where_it_can(
    argv: list[str], quickly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Request] = []

    def leave(request: Request) -> None:
        taken.append(request)
        raise SystemExit(0)

    monkeypatch.setattr(quick, "main", leave)
    monkeypatch.setattr(sys, "argv", ["quantgov", *argv])
    with pytest.raises(SystemExit):
        __main__.main()
    assert bool(taken) is quickly


def test_the_entry_point_goes_straight_to_a_hook(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        raise SystemExit(code)

    repo.stage({"a.py": leak()})
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(sys, "argv", ["quantgov", "hook", "pre-commit", "--select", "QG301"])
    with pytest.raises(SystemExit):
        __main__.main()
    assert codes == [1]
