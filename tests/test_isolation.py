"""What a rerun is kept from: tried out on this system, whatever it allows."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from quantgov import confined, isolation
from quantgov.isolation import Isolation
from quantgov.process import Completed, run

READ_ONLY = "open({!r}, 'w').write('x')"
LISTENERS = "import socket; print(*(name for _, name in socket.if_nameindex()))"


def within(found: Isolation, code: str) -> Completed:
    return run((*found.wrap, sys.executable, "-I", "-c", code))


class TestTheStrongest:
    def test_keeps_what_it_says(self, tmp_path: Path) -> None:
        found = isolation.strongest([str(tmp_path)])
        written = within(found, READ_ONLY.format(str(tmp_path / "file")))

        assert (tmp_path / "file").exists() is not found.files
        assert (b"Read-only file system" in written.err) is found.files
        assert (b"eth" not in within(found, LISTENERS).out) or not found.network

    def test_gives_back_the_exit_code(self, tmp_path: Path) -> None:
        found = isolation.strongest([str(tmp_path)])

        assert within(found, "raise SystemExit(7)").code == 7
        dead = within(found, "import os; os.kill(os.getpid(), 9)").code
        assert dead in (137, -9)

    def test_leaves_the_network_where_it_is_needed(self, tmp_path: Path) -> None:
        found = isolation.strongest([str(tmp_path)], network=True)
        names = " ".join(name for _, name in socket.if_nameindex())

        assert found.network is False
        assert within(found, LISTENERS).out.decode().split() == names.split()

    def test_a_file_can_be_kept_too(self, tmp_path: Path) -> None:
        (tmp_path / "prices.csv").write_text("1\n")
        found = isolation.strongest([str(tmp_path / "prices.csv")])
        within(found, READ_ONLY.format(str(tmp_path / "prices.csv")))

        assert (tmp_path / "prices.csv").read_text() == ("1\n" if found.files else "x")

    def test_what_cannot_be_kept_is_said(self, tmp_path: Path) -> None:
        found = isolation.strongest([str(tmp_path / "gone")])

        assert found.files is False
        assert found.as_text.endswith("files outside of it not protected")

    def test_without_the_program_nothing_is_kept(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        assert isolation.strongest([]) is isolation.NONE
        assert isolation.NONE.as_text == "network not isolated, files outside of it not protected"


class TestInside:
    def test_a_folder_that_is_not_there_is_no_protection(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert confined.main(["/no/such/folder", "--", "true"]) == confined.NOT_CONFINED
        assert "No such file" in capsys.readouterr().err

    def test_a_network_that_is_somebody_elses_is_not_isolated(self) -> None:
        """Outside of a namespace there is the machine's own, or no right to bring up anything."""
        done = run((sys.executable, "-I", isolation.CONFINED, confined.NO_NETWORK, "--", sys.executable, "-c", ""))
        others = [name for _, name in socket.if_nameindex() if name != "lo"]

        assert done.code == (confined.NOT_CONFINED if others else done.code)

    def test_a_program_that_is_not_there_gives_the_shells_code(self) -> None:
        done = run((sys.executable, "-I", isolation.CONFINED, "--", "no-such-program"))

        assert done.code == 127

    def test_what_it_leaves_behind_is_waited_for(self) -> None:
        code = "import os; os.fork() or os._exit(0); raise SystemExit(3)"

        assert run((sys.executable, "-I", isolation.CONFINED, "--", sys.executable, "-c", code)).code == 3
