"""Files that a program opens on its own are seen, and what it writes itself is not taken for data."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from quantgov import watching
from quantgov.watching import Watch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who opens files")


def is_data(path: str) -> bool:
    return path.endswith((".csv", ".parquet"))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/bars.csv").write_text("close\n1\n")
    return tmp_path


def watched(here: Path, script: str) -> Watch:
    """What was seen while a program ran in a folder that is watched."""
    with watching.over([str(here)], is_data) as watch:
        subprocess.run([sys.executable, "-I", "-c", script], cwd=here, check=True)
    return watch


def seen(here: Path, script: str) -> list[str]:
    return sorted(os.path.relpath(path, here) for path in watched(here, script).opened)


class TestWhatIsSeen:
    def test_a_file_that_a_program_opens_is_opened(self, here: Path) -> None:
        assert seen(here, "open('data/bars.csv')") == ["data/bars.csv"]

    def test_parquet_is_seen_where_polars_reads_it(self, here: Path) -> None:
        polars = pytest.importorskip("polars")
        polars.DataFrame({"close": [1]}).write_parquet(here / "data/bars.parquet")
        script = "import polars; polars.scan_parquet('data/bars.parquet').collect(); polars.read_csv('data/bars.csv')"
        assert seen(here, script) == ["data/bars.csv", "data/bars.parquet"]

    def test_what_is_looked_at_and_not_opened_is_not(self, here: Path) -> None:
        assert seen(here, "import os; os.stat('data/bars.csv'); os.listdir('data')") == []

    def test_neither_is_what_is_no_data_or_a_folder(self, here: Path) -> None:
        (here / "data/part.parquet").mkdir()
        (here / "data/notes.md").write_text("")
        assert seen(here, "import os; open('data/notes.md'); os.listdir('data/part.parquet')") == []

    def test_more_than_fits_one_look_is_seen(self, here: Path) -> None:
        for number in range(3000):
            (here / f"data/{number:0100}.csv").write_text("")
        assert len(seen(here, "import os; [open(f'data/{name}') for name in os.listdir('data')]")) == 3001

    @pytest.mark.parametrize(
        "script",
        [
            "open('data/new.csv', 'w').write('1'); open('data/new.csv').read()",
            "open('data/bars.csv', 'w').write('1'); open('data/bars.csv').read()",
            "import os; open('draft', 'w').close(); os.replace('draft', 'data/new.csv'); open('data/new.csv')",
        ],
    )
    def test_what_the_program_made_itself_is_no_data(self, here: Path, script: str) -> None:
        assert seen(here, script) == []

    def test_what_it_read_and_then_changed_is(self, here: Path) -> None:
        assert seen(here, "open('data/bars.csv').read(); open('data/bars.csv', 'w').write('1')") == ["data/bars.csv"]


class TestWhichFoldersAreWatched:
    def test_those_that_hold_data_however_deep_and_not_those_of_programs(self, here: Path) -> None:
        for folder in ("a/b", ".venv/c", ".git/d"):
            (here / folder).mkdir(parents=True)
            (here / folder / "x.csv").write_text("")
        script = "[open(f'{folder}/x.csv') for folder in ('a/b', '.venv/c', '.git/d')]"
        assert seen(here, script) == ["a/b/x.csv"]

    def test_a_folder_that_is_linked_to_has_the_name_of_the_link(self, here: Path, tmp_path: Path) -> None:
        work = tmp_path / "work"
        work.mkdir()
        (work / "bars").symlink_to(here / "data")
        assert seen(work, "open('bars/bars.csv')") == ["bars/bars.csv"]

    def test_a_file_that_is_linked_to_is_seen_where_it_stands(self, here: Path, tmp_path: Path) -> None:
        work = tmp_path / "work"
        work.mkdir()
        (work / "bars.csv").symlink_to(here / "data/bars.csv")
        assert seen(work, "open('bars.csv')") == ["../data/bars.csv"]

    def test_links_that_go_round_end(self, here: Path) -> None:
        (here / "data/again").symlink_to(here)
        watch = watched(here, "open('data/bars.csv')")
        assert watch.is_whole
        assert len(watch.opened) == 1

    def test_nothing_can_be_missing_where_all_are_watched(self, here: Path) -> None:
        assert watched(here, "").is_whole


class TestWhereSomethingCanBeMissing:
    def test_of_too_many_folders_the_first_are_watched(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (here / "more").mkdir()
        (here / "more/x.csv").write_text("")
        monkeypatch.setattr(watching, "MOST_FOLDERS", 1)
        watch = watched(here, "open('data/bars.csv'); open('more/x.csv')")
        assert not watch.is_whole
        assert len(watch.opened) == 1

    def test_a_share_that_takes_too_long_to_look_through(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watching, "PATIENCE", -1)
        assert not watched(here, "open('data/bars.csv')").is_whole

    def test_a_system_that_does_not_tell(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ctypes, "CDLL", lambda *_args, **_options: object())
        watch = watched(here, "open('data/bars.csv')")
        assert (watch.is_whole, watch.opened) == (False, set())

    def test_a_folder_that_is_gone_meanwhile(self, here: Path) -> None:
        with Watch([str(here / "data"), str(here / "gone")], is_data) as watch:
            (here / "data/bars.csv").read_text()
        assert not watch.is_whole
        assert watch.opened == {str(here / "data/bars.csv")}

    def test_more_at_once_than_the_kernel_keeps(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (here / "data/more.csv").write_text("")
        monkeypatch.setattr(watching, "TICK", 60)
        script = (
            "import os\nfor _ in range(9000):\n  for name in ('bars', 'more'): os.close(os.open(f'data/{name}.csv', 0))"
        )
        watch = watched(here, script)
        assert not watch.is_whole
        assert len(watch.opened) == 2
