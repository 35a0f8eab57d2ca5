"""How files are named in records and manifests, and found again by those names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quantgov.datapaths import DATA_DIR, located, name_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout, and beside it the team's data."""
    (tmp_path / "fund" / "data").mkdir(parents=True)
    (tmp_path / "shared" / "us").mkdir(parents=True)
    monkeypatch.setenv(DATA_DIR, str(tmp_path / "shared"))
    return tmp_path / "fund"


def test_a_file_of_the_repository_is_named_from_its_root(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name_of(str(top / "data" / "a.csv"), str(top)) == "data/a.csv"
    assert name_of(str(top), str(top)) == "."
    monkeypatch.setenv(DATA_DIR, str(top / "data"))
    assert name_of(str(top / "data" / "a.csv"), str(top)) == "data/a.csv"


def test_a_file_of_the_team_is_named_below_the_variable(top: Path) -> None:
    shared = top.parent / "shared"
    assert name_of(str(shared / "us" / "a.csv"), str(top)) == "${TEAM_DATA_DIR}/us/a.csv"
    assert name_of(str(shared / "us" / "a.csv"), "") == "${TEAM_DATA_DIR}/us/a.csv"
    assert name_of(str(shared), str(top)) == "${TEAM_DATA_DIR}"


def test_a_link_keeps_its_place_unless_it_leads_to_the_team_s_data(top: Path) -> None:
    (top.parent / "elsewhere").mkdir()
    (top / "data" / "own").symlink_to(top.parent / "elsewhere")
    (top / "data" / "team").symlink_to(top.parent / "shared")
    assert name_of(str(top / "data" / "own" / "a.csv"), str(top)) == "data/own/a.csv"
    assert name_of(str(top / "data" / "team" / "a.csv"), str(top)) == "${TEAM_DATA_DIR}/a.csv"


def test_what_lies_elsewhere_is_named_in_full(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_DIR)
    file = top.parent / "..own.csv"
    assert name_of(str(file), str(top)) == str(file.resolve())
    assert name_of(str(file), str(top.parent)) == "..own.csv"


def test_a_name_is_found_again(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (top / "data" / "a.csv", top.parent / "shared" / "us" / "a.csv", top.parent / "b.csv"):
        assert located(name_of(str(path), str(top)), str(top)) == (str(path), "")
    monkeypatch.delenv(DATA_DIR)
    assert located("${TEAM_DATA_DIR}/us/a.csv", str(top)) == ("", DATA_DIR)
