"""`quantgov passport validate`: files as they stand on disk, while they are being edited."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from quantgov.cli.passport import passport_validate
from quantgov.errors import UsageError

if TYPE_CHECKING:
    from repository import Repo
    from typer.testing import Result

FIXTURES = Path(__file__).parent / "fixtures" / "passports"
GOOD = (FIXTURES / "valid" / "eight-lines.yaml").read_text()
BAD = GOOD.replace("ideation", "ideaton")
MESSAGE_AT = ":4:9: "


def run(*args: str, stdin: str = "") -> Result:
    app = typer.Typer()
    app.command()(passport_validate)
    return CliRunner().invoke(app, args, input=stdin)


def refusal(*args: str) -> UsageError:
    error = run(*args).exception
    assert isinstance(error, UsageError)
    return error


class TestTheCommand:
    def test_names_place_fault_and_fix(self, repo: Repo) -> None:
        repo.write("good.yaml", GOOD)
        repo.write("bad.yaml", BAD)

        done = repo.quantgov("passport", "validate", "good.yaml", "bad.yaml")

        first, second, third = done.stdout.splitlines()
        assert first == "good.yaml: ok"
        assert second.startswith(f"bad.yaml{MESSAGE_AT}")
        assert "'ideaton'" in second
        assert third.startswith("  fix: ")
        assert "ideation" in third
        assert (done.returncode, done.stderr) == (1, "")

    def test_accepts_a_good_one(self, repo: Repo) -> None:
        repo.write("good.yaml", GOOD)

        done = repo.quantgov("passport", "validate", "good.yaml")

        assert (done.returncode, done.stdout, done.stderr) == (0, "good.yaml: ok\n", "")

    def test_reads_standard_input(self, repo: Repo) -> None:
        done = repo.quantgov("passport", "validate", "-", stdin=BAD)

        assert done.returncode == 1
        assert done.stdout.startswith(f"-{MESSAGE_AT}")

    def test_a_missing_file_is_a_usage_error(self, repo: Repo) -> None:
        repo.write("good.yaml", GOOD)

        done = repo.quantgov("passport", "validate", "good.yaml", "nope.yaml")

        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("quantgov: nope.yaml does not exist\n  fix: ")


def test_a_position_is_no_emoji(repo: Repo) -> None:
    repo.write("long.yaml", "#\n" * 99 + "status: ideaton\n")

    assert "long.yaml:100:" in run("long.yaml").output


def test_json_carries_every_place(repo: Repo) -> None:
    repo.write("good.yaml", GOOD)
    repo.write("bad.yaml", BAD)

    result = run("good.yaml", "bad.yaml", "--format", "json")

    report = json.loads(result.output)
    assert result.exit_code == 1
    assert report["schema"] == 1
    good, bad = report["files"]
    assert good == {"path": "good.yaml", "valid": True, "problems": []}
    assert (bad["path"], bad["valid"]) == ("bad.yaml", False)
    (problem,) = bad["problems"]
    assert (problem["line"], problem["column"]) == (4, 9)
    assert problem["message"]
    assert problem["help"]


@pytest.mark.parametrize("name", ["passport.yaml", "passport.yml"])
def test_a_folder_stands_for_its_passport(repo: Repo, name: str) -> None:
    repo.write(f"strategies/gap/{name}", GOOD)

    assert run("strategies/gap").output == f"strategies/gap/{name}: ok\n"


def test_standard_input_and_pipes(repo: Repo) -> None:
    assert run("-", stdin=GOOD).output == "-: ok\n"
    read, write = os.pipe()
    os.write(write, GOOD.encode())
    os.close(write)
    assert run(f"/dev/fd/{read}").output == f"/dev/fd/{read}: ok\n"
    os.close(read)


def test_a_path_that_no_terminal_can_show(repo: Repo) -> None:
    (repo.path / os.fsdecode(b"a\nb\xff.yaml")).write_text(GOOD)

    assert run(os.fsdecode(b"a\nb\xff.yaml")).output == "a\\nb\\xff.yaml: ok\n"


def test_a_folder_without_a_passport(repo: Repo) -> None:
    repo.write("strategies/gap/brief.md")

    assert refusal("strategies/nope").message == "strategies/nope does not exist"
    assert "holds no passport.yaml" in refusal("strategies/gap").message


def test_a_file_that_cannot_be_read(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    repo.write("good.yaml", GOOD)
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(UsageError, match=r"good\.yaml cannot be read: Permission denied"):
        passport_validate(["good.yaml"])


class TestWithoutArguments:
    def test_every_tracked_passport_is_read_as_it_stands_on_disk(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repo.commit(
            {"strategies/a/passport.yaml": GOOD, "strategies/gone/passport.yaml": GOOD, "strategies/a/b.yaml": "x"}
        )
        repo.stage({"strategies/b/passport.yaml": GOOD})
        repo.write("strategies/a/passport.yaml", BAD)
        (repo.path / "strategies/gone/passport.yaml").unlink()
        monkeypatch.chdir(repo.path / "strategies/a")

        result = run()

        assert result.exit_code == 1
        lines = result.output.splitlines()
        assert lines[0].startswith(f"passport.yaml{MESSAGE_AT}")
        assert lines[2:] == ["../b/passport.yaml: ok"]

    def test_the_policy_says_where_strategies_are(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": "version: 1\npaths: {strategies: alpha}\n", "alpha/x/passport.yaml": GOOD})

        assert run().output == "alpha/x/passport.yaml: ok\n"

    def test_none_at_all_is_no_pass(self, repo: Repo) -> None:
        repo.commit({"README.md": "x"})

        assert refusal().message == "Git tracks no passport below strategies/"
