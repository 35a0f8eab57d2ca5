"""`quantgov passport migrate` and `renumber`: nothing is made up, nothing is staged, and what is left is said."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from quantgov import documents, passport, signoffs
from quantgov.cli.passport import passport_migrate, passport_renumber
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.migrating import Edit, migrate, renumber, write

if TYPE_CHECKING:
    from repository import Repo
    from typer.testing import Result

    from quantgov.documents import Plain

FIXTURES = Path(__file__).parent / "fixtures"
S2 = (FIXTURES / "reference" / "s2-passport.yaml").read_text()
LIVE = (FIXTURES / "passports" / "valid" / "at-production.yaml").read_text()
SCHEMA = f"# yaml-language-server: $schema={passport.SCHEMA_URL}\n"
HEAD = f"{SCHEMA}apiVersion: quantgov/v1\nkind: StrategyPassport\n"
OLD = """\
# Fades the gap
strategy_id: STR-2026-0001
name: Gap  # ours
version: 1.3.2
status: Research
owner: alice@fund.com  # until May
hypothesis_date: 2026-01-15
alpha_thesis: Gaps fill
"""
PATH = "strategies/gap/passport.yaml"
TODAYS = """\
# Fades the gap
apiVersion: quantgov/v1
kind: StrategyPassport
strategy_id: STR-2026-0001
name: Gap  # ours
version: v1.3.2
status: research
researcher: alice@fund.com # until May
hypothesis_date: 2026-01-15
alpha_thesis: Gaps fill
"""


def value_of(path: Path) -> Plain:
    return documents.load(path.read_bytes()).value


def statement(strategy_id: str, role: str) -> bytes:
    fields = {"strategy_version": "v1.3.2", "gate": "research", "signer": "alice@fund.com"}
    time = {"time": "2026-01-15T09:30:00Z", "self_reviewed": False}
    return signoffs.rendered([], {"strategy_id": strategy_id, "role": role, **fields, **time})


def run(*args: str) -> Result:
    """The command in this process, in the repository of the test."""
    app = typer.Typer()
    app.command("migrate")(passport_migrate)
    app.command("renumber")(passport_renumber)
    return CliRunner().invoke(app, args)


class TestMigrate:
    def test_brings_an_older_passport_up_and_changes_nothing_else(self, repo: Repo) -> None:
        repo.write(PATH, OLD)

        done = repo.quantgov("passport", "migrate", PATH)

        assert (repo.path / PATH).read_text() == SCHEMA + TODAYS
        assert done.stdout.splitlines() == [
            f"{PATH}: named its schema, for editors",
            f"{PATH}: added apiVersion: quantgov/v1",
            f"{PATH}: added kind: StrategyPassport",
            f"{PATH}: owner is called researcher",
            f"{PATH}: status Research is spelled research",
            f"{PATH}: version 1.3.2 is spelled v1.3.2",
            f"{PATH}: ok",
            f"edited in the working tree, not staged: git diff {PATH}",
        ]
        assert (done.returncode, done.stderr) == (0, "")

    def test_a_second_time_there_is_nothing_to_do(self, repo: Repo) -> None:
        repo.write(PATH, SCHEMA + TODAYS)

        done = run("migrate", PATH)

        assert (done.exit_code, done.stdout) == (0, f"{PATH}: ok\nnothing to change\n")
        assert (repo.path / PATH).read_text() == SCHEMA + TODAYS

    def test_the_reference_passport_keeps_its_facts_and_is_told_what_it_lacks(self, repo: Repo) -> None:
        repo.commit({PATH: S2.replace('"production"', '"Production"')})

        done = run("migrate")

        assert (repo.path / PATH).read_text() == HEAD + S2
        assert done.exit_code == 1
        assert f"{PATH}:1:1: risk is missing: production asks for it" not in done.stdout
        assert f"{PATH}:2:1: risk is missing: production asks for it\n  fix: add 'risk:' and below it" in done.stdout
        assert done.stdout.count(" is missing: ") == 16
        assert repo.out("diff", "--cached", "--name-only") == ""

    def test_a_dry_run_shows_the_patch_and_writes_nothing(self, repo: Repo) -> None:
        repo.write(PATH, OLD)

        done = run("migrate", "strategies/gap", "--dry-run")

        assert (repo.path / PATH).read_text() == OLD
        assert "-status: Research\n" in done.stdout
        assert "+status: research\n" in done.stdout
        assert done.stdout.endswith("nothing was written\n")

    def test_json(self, repo: Repo) -> None:
        repo.write(PATH, OLD.replace("alpha_thesis: Gaps fill\n", ""))

        report = json.loads(run("migrate", PATH, "--format", "json").stdout)

        assert (report["schema"], report["written"]) == (1, True)
        (file,) = report["files"]
        assert file["path"] == PATH
        assert file["changes"][1] == "added apiVersion: quantgov/v1"
        assert (file["valid"], file["problems"][0]["message"]) == (False, "alpha_thesis is missing")

    def test_none_is_written_where_one_cannot_be_read(self, repo: Repo) -> None:
        repo.write(PATH, OLD)
        repo.write("strategies/fade/passport.yaml", "name: yes\n")

        done = repo.quantgov("passport", "migrate", PATH, "strategies/fade")

        assert done.returncode == 2
        assert "strategies/fade/passport.yaml:1: 'yes' is a boolean to some readers" in done.stderr
        assert (repo.path / PATH).read_text() == OLD


BACKTEST = "backtest:\n  universe: NASDAQ-100\n"


class TestWhatIsWritten:
    @pytest.mark.parametrize("named", ["", "  report_file: report.yaml\n"])
    def test_the_digest_of_a_report_that_is_there(self, tmp_path: Path, named: str) -> None:
        (tmp_path / "report.yaml").write_text("version: 1\n")
        path = tmp_path / "passport.yaml"
        path.write_text(f"{OLD}{BACKTEST}{named}")

        after = migrate(str(path)).edit.after.decode()

        digest = hashlib.sha256(b"version: 1\n").hexdigest()
        assert after.endswith(f"{BACKTEST}  report_file: report.yaml\n  report_sha256: {digest}\n")

    @pytest.mark.parametrize(
        "backtest",
        [
            BACKTEST,
            f"{BACKTEST}  report_file: ../report.yaml\n",
            f"{BACKTEST}  report_file: 5\n",
            f"{BACKTEST}  report_sha256: none\n",
            "backtest: soon\n",
            "",
        ],
        ids=["no report", "elsewhere", "no name", "a digest is there", "no mapping", "no backtest"],
    )
    def test_no_digest_without_a_report_in_the_folder(self, tmp_path: Path, backtest: str) -> None:
        (tmp_path / "report.yaml").write_text("version: 1\n")
        path = tmp_path / "gap" / "passport.yaml"
        path.parent.mkdir()
        path.write_text(OLD + backtest)

        assert migrate(str(path)).edit.after.decode() == SCHEMA + TODAYS + backtest

    def test_the_parameters_that_the_bare_version_stood_for(self, tmp_path: Path) -> None:
        (tmp_path / "params").mkdir()
        (tmp_path / "params" / "1.3.2.yaml").write_text("a: 1\n")
        path = tmp_path / "passport.yaml"
        path.write_text(OLD)

        assert migrate(str(path)).edit.after.decode().endswith("deployment:\n  parameters_file: params/1.3.2.yaml\n")

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("status: Research\n", "status: live\n"),
            ("status: Research\n", "status: 5\n"),
            ("status: Research\n", ""),
            ("version: 1.3.2\n", "version: 1.3\n"),
            ("version: 1.3.2\n", "version: latest\n"),
            ("owner:", "researcher: bob@fund.com\nowner:"),
        ],
    )
    def test_what_is_no_other_spelling_stays_for_a_person_to_decide(
        self, tmp_path: Path, before: str, after: str
    ) -> None:
        path = tmp_path / "passport.yaml"
        path.write_text(OLD.replace(before, after))

        done = migrate(str(path))

        assert after in done.edit.after.decode()
        assert done.problems

    def test_an_owner_without_a_comment(self, tmp_path: Path) -> None:
        path = tmp_path / "passport.yaml"
        path.write_text(OLD.replace("  # until May", ""))

        assert migrate(str(path)).edit.after.decode() == SCHEMA + TODAYS.replace(" # until May", "")

    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_line_ends_and_byte_order_mark_stay(self, tmp_path: Path, mark: str) -> None:
        path = tmp_path / "passport.yaml"
        path.write_bytes((mark + OLD.replace("\n", "\r\n")).encode())

        assert migrate(str(path)).edit.after.decode() == mark + (SCHEMA + TODAYS).replace("\n", "\r\n")

    @pytest.mark.parametrize("date", ["2026-01-15", '"2026-01-15"', "'2026-01-15'"])
    def test_dates_stay_as_they_are_written(self, tmp_path: Path, date: str) -> None:
        path = tmp_path / "passport.yaml"
        path.write_text(OLD.replace("2026-01-15", date))

        assert f"hypothesis_date: {date}\n" in migrate(str(path)).edit.after.decode()

    def test_sign_offs_over_other_terms_are_named(self, tmp_path: Path) -> None:
        path, sign_off = tmp_path / "passport.yaml", tmp_path / "signoffs" / "researcher.intoto.json"
        sign_off.parent.mkdir()
        sign_off.write_bytes(statement("STR-2026-0001", "researcher"))
        (tmp_path / "signoffs" / "notes.txt").write_text("x")
        (tmp_path / "signoffs" / "odd.intoto.json").write_text("{}")
        path.write_text(OLD)
        assert migrate(str(path)).voided == (str(sign_off),)

        path.write_text(TODAYS.replace("research\n", "Research\n"))
        assert migrate(str(path)).voided == ()

    def test_for_labels_alone_nobody_has_to_sign_again(self, tmp_path: Path) -> None:
        path, sign_off = tmp_path / "passport.yaml", tmp_path / "signoffs" / "researcher.intoto.json"
        sign_off.parent.mkdir()
        sign_off.write_bytes(statement("STR-2026-0001", "researcher"))
        unlabelled = "".join(line for line in TODAYS.splitlines(True) if not line.startswith(("apiVersion", "kind")))
        path.write_text(unlabelled)
        found = migrate(str(path))

        assert found.voided == ()
        assert "kind" not in found.edit.after.decode()

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(path: str, data: bytes) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("quantgov.migrating.write_file", refuse)
        with pytest.raises(UsageError, match=r"gap\.yaml cannot be written: Permission denied"):
            write([Edit("gap.yaml", b"a", b"b")])
        write([Edit("gap.yaml", b"a", b"a")])

    def test_a_file_that_cannot_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(path: str) -> bytes:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("quantgov.migrating.read_file", refuse)
        with pytest.raises(UsageError, match=r"gap\.yaml cannot be read: Permission denied"):
            migrate("gap.yaml")

    def test_refusals(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="does not exist"):
            migrate(str(tmp_path / "passport.yaml"))
        (tmp_path / "list.yaml").write_text("- a\n")
        with pytest.raises(UsageError, match="the document is a list; it must be a mapping"):
            migrate(str(tmp_path / "list.yaml"))
        (tmp_path / "link.yaml").symlink_to(tmp_path / "list.yaml")
        with pytest.raises(UsageError, match="is no regular file"):
            migrate(str(tmp_path / "link.yaml"))


FADE = "strategies/fade/passport.yaml"


class TestRenumber:
    def test_the_later_of_two_gets_the_next_free_id(self, repo: Repo) -> None:
        repo.commit({PATH: OLD, "strategies/other/passport.yaml": OLD.replace("0001", "0004")})
        repo.branch("strategy/fade")
        report = b"version: 1\nstrategy_id: STR-2026-0001\n"
        digest = hashlib.sha256(report).hexdigest()
        repo.commit(
            {
                FADE: f"{OLD}{BACKTEST}  report_file: results.yaml\n  report_sha256: {digest}\n",
                "strategies/fade/results.yaml": report,
                "strategies/fade/brief.md": "# Fade\n\nSTR-2026-0001, not STR-2026-00010.\n",
                "strategies/fade/checklist.yaml": "# of STR-2026-0001\nversion: 1\n",
                "strategies/fade/RUNBOOK.md": "nothing of the kind\n",
                "strategies/fade/signoffs/researcher.intoto.json": statement("STR-2026-0001", "researcher"),
            }
        )

        done = run("renumber", "STR-2026-0001")

        folder = repo.path / "strategies/fade"
        assert (repo.path / PATH).read_text() == OLD
        assert value_of(folder / "passport.yaml") == {
            **_mapping(OLD),
            "strategy_id": "STR-2026-0005",
            "backtest": {
                "universe": "NASDAQ-100",
                "report_file": "results.yaml",
                "report_sha256": hashlib.sha256((folder / "results.yaml").read_bytes()).hexdigest(),
            },
        }
        assert (folder / "results.yaml").read_bytes() == report.replace(b"0001", b"0005")
        assert (folder / "brief.md").read_text() == "# Fade\n\nSTR-2026-0005, not STR-2026-00010.\n"
        assert (folder / "checklist.yaml").read_text() == "# of STR-2026-0005\nversion: 1\n"
        edited = [f"strategies/fade/{name}" for name in ("results.yaml", "brief.md", "checklist.yaml", "passport.yaml")]
        assert done.stdout.splitlines() == [
            f"STR-2026-0001 is STR-2026-0005 in {', '.join(edited)}",
            "this voids strategies/fade/signoffs/researcher.intoto.json: sign again as STR-2026-0005",
            f"edited in the working tree, not staged: git diff {' '.join(edited)}",
        ]
        assert done.exit_code == 0
        assert repo.out("diff", "--cached", "--name-only") == ""

    def test_a_named_file_is_taken_whether_or_not_its_id_is_shared(self, repo: Repo) -> None:
        repo.commit({PATH: OLD})

        done = run("renumber", "strategies/gap", "--format", "json")

        assert json.loads(done.stdout) == {
            "schema": 1, "written": True, "old": "STR-2026-0001", "new": "STR-2026-0002", "files": [PATH], "voided": [],
        }  # fmt: skip

    def test_a_dry_run_writes_nothing(self, repo: Repo) -> None:
        repo.commit({PATH: OLD})

        done = run("renumber", PATH, "--dry-run")

        assert "+strategy_id: STR-2026-0002\n" in done.stdout
        assert (repo.path / PATH).read_text() == OLD

    def test_of_two_that_the_trunk_has_not_the_later_path_is_taken(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repo.commit({"README.md": "x"})
        repo.write(FADE, OLD)
        repo.write(PATH, OLD)
        monkeypatch.chdir(repo.path / "strategies")

        done = renumber(Repository.discover(), "STR-2026-0001")

        assert [edit.path for edit in done.edits] == [os.path.join("gap", "passport.yaml")]

    @pytest.mark.parametrize(
        ("files", "named", "message"),
        [
            ({PATH: OLD}, "STR-2026-0001", f"{PATH} alone has STR-2026-0001"),
            ({PATH: OLD}, "STR-2026-0009", "no passport has STR-2026-0009"),
            ({PATH: OLD, FADE: OLD}, "STR-2026-0001", f"STR-2026-0001 is the id of {FADE}, {PATH}"),
            ({PATH: "name: Gap\n"}, PATH, f"{PATH} has no strategy_id to replace"),
            ({PATH: "strategy_id: STR-2026-0001\na: &b 1\n"}, PATH, f"{PATH}:2: an anchor (&b)"),
            ({PATH: OLD.replace("0001", "9999")}, PATH, "STR-2026-9999 is taken, and no number comes after it"),
        ],
        ids=["not shared", "unknown", "both on the trunk", "no id", "not YAML", "none is free"],
    )
    def test_refusals(self, repo: Repo, files: dict[str, str | bytes], named: str, message: str) -> None:
        repo.commit(files)

        with pytest.raises(UsageError) as refused:
            renumber(Repository.discover(), named)

        assert refused.value.message == message
        assert refused.value.help


def _mapping(text: str) -> dict[str, Plain]:
    value = documents.load(text.encode()).value
    assert isinstance(value, dict)
    return value
