"""`quantgov promote`: what a gate lacks, each piece with its command, and the commit that goes through it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import ready_strategy as ready
from fund import FOLDER, ID, PASSPORT, ROLES, strategy_files

from quantgov import lifecycle
from quantgov.git import Repository

if TYPE_CHECKING:
    from fund import Fund

TAG = f"refs/tags/strategy/{ID}/production"
DRAFTS = ("RUNBOOK.md", "ROLLBACK.md", "oncall.yaml", "checklist.yaml", "validation.yaml")


def prepared(fund: Fund, status: str, *, without: tuple[str, ...] = ()) -> Fund:
    """A strategy on the trunk that only waits for its sign-offs, and Alice on a branch."""
    files = strategy_files(status)
    fund.land({path: text for path, text in files.items() if not path.endswith(without)} if without else files)
    fund.repo.branch("strategy/gap")
    return fund


def signed(fund: Fund, *names: str) -> None:
    for name in names:
        fund.at(name).ok("sign", ID, "--as", ROLES[name])


class TestGoingThroughAGate:
    def test_the_callers_own_sign_off_is_given_and_the_status_edited(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH)
        before = (fund.repo.path / PASSPORT).read_text()
        output = fund.ok("promote", ID, "validation")

        assert fund.repo.out("log", "--format=%s", "main..").splitlines() == [
            "strategy: promote Overnight gap to validation",
            "strategy: sign off Overnight gap for validation as researcher",
        ]
        after = (fund.repo.path / PASSPORT).read_text()
        assert after.startswith(before.replace("status: research", "status: validation"))
        assert "alice signs as researcher, for validation" in output
        assert f"{ID} Overnight gap is in validation, once this is merged." in output
        assert fund.repo.out("status", "--porcelain") == ""

    def test_to_production_it_is_dated_and_tagged(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        signed(fund, "alice", "bob")
        output = fund.at("carol").ok("promote", ID, "production")

        of = fund.find()
        assert (of.status, len(of.text("deployment", "deployment_date"))) == (lifecycle.PRODUCTION, 10)
        assert fund.repo.out("rev-parse", TAG) == fund.repo.out("rev-parse", "HEAD")
        assert f"git push --force origin {TAG}" in output

    def test_a_date_that_is_there_stays(self, fund: Fund) -> None:
        def deployed(value: ready.Value) -> None:
            value["deployment"]["deployment_date"] = "2026-11-01"  # type: ignore[index]

        fund.land(strategy_files(edit=deployed))
        fund.repo.branch("strategy/gap")
        signed(fund, "alice", "bob", "carol")
        fund.ok("promote", ID, "production")

        assert fund.find().text("deployment", "deployment_date") == "2026-11-01"

    def test_the_tag_moves_with_the_next_version(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        fund.repo.git("tag", TAG.removeprefix("refs/tags/"), "main")
        signed(fund, "alice", "bob", "carol")
        fund.ok("promote", ID, "production")

        assert fund.repo.out("rev-parse", TAG) == fund.repo.out("rev-parse", "HEAD")

    def test_on_the_trunk_a_branch_is_made(self, fund: Fund) -> None:
        fund.land(strategy_files(lifecycle.RESEARCH))
        fund.ok("promote", ID, "validation")

        assert fund.repo.out("branch", "--show-current") == "strategy/gap-validation"
        assert fund.repo.out("rev-list", "--count", "main..") == "2"

    def test_where_no_branch_name_can_be_guessed_it_says_so(self, fund: Fund) -> None:
        pattern = "evidence: recorded\nbranches: {pattern: 'team-\\d+'}\n"
        fund.land({**strategy_files(lifecycle.RESEARCH), "quantgov.yaml": fund.policy(more=pattern)})

        error = fund.refusal("promote", ID, "validation")
        assert (error.message, error.help) == (
            "main takes no commits of its own",
            "git switch -c <name>, then again",
        )

    def test_the_next_step_is_told_where_there_is_a_remote(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH)
        fund.repo.git("remote", "add", "origin", "nowhere")

        assert "next: git push -u origin strategy/gap\n" in fund.ok("promote", ID, "validation")

    def test_what_is_staged_of_it_goes_along(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH)
        fund.repo.stage({f"{FOLDER}notes.md": "x\n", "lib/signals.py": (fund.repo.path / "lib/signals.py").read_text()})
        signed(fund, "alice")
        fund.ok("promote", ID, "validation")

        assert fund.repo.out("status", "--porcelain") == ""

    def test_an_idea_goes_to_research_with_its_brief(self, fund: Fund) -> None:
        fund.repo.branch("strategy/gap")
        files = strategy_files(lifecycle.IDEATION)
        fund.repo.commit({path: files[path] for path in (PASSPORT, f"{FOLDER}brief.md")}, "strategy: an idea")
        fund.ok("promote", ID, "research")

        assert fund.find().status == lifecycle.RESEARCH


class TestWhatIsMissing:
    def test_is_numbered_with_the_command_for_each(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH, without=("report.yaml", "params/v1.yaml"))
        done = fund.run("promote", ID, "validation")

        assert done.exit_code == 1
        assert done.output.startswith(f"{ID} Overnight gap does not go to validation yet: ")
        lines = done.output.splitlines()
        numbers = [line for line in lines if line[:5].strip().rstrip(".").isdigit()]
        assert len(numbers) == int(lines[0].split(": ")[1].split()[0])
        assert lines.count("") == 1
        assert f"     fix: quantgov report draft {ID}" in lines
        assert fund.find().status == lifecycle.RESEARCH

    def test_others_are_asked_by_name(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        done = fund.run("promote", ID, "production")

        assert done.exit_code == 1
        assert done.output.splitlines()[-5:] == [
            "",
            "  1. peer-reviewer's sign-off: missing",
            f"     fix: bob runs: quantgov sign {ID} --as peer-reviewer",
            "  2. engineer's sign-off: missing",
            f"     fix: carol runs: quantgov sign {ID} --as engineer",
        ]
        assert fund.repo.out("log", "--format=%an %s", "main..") == (
            "alice strategy: sign off Overnight gap for validation as researcher"
        )

    def test_a_researcher_stands_in_for_nobody_who_is_there(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        everything = "researcher, peer-reviewer, engineer, lead"
        fund.land({"quantgov.yaml": fund.policy({**ROLES, "alice": everything})})
        output = fund.run("promote", ID, "production").output

        assert f"fix: bob runs: quantgov sign {ID} --as peer-reviewer" in output
        assert f"fix: carol runs: quantgov sign {ID} --as engineer" in output
        assert fund.repo.out("rev-list", "--count", "main..") == "1"

    def test_where_nobody_else_may_the_researcher_signs_as_engineer_too(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        roles = {"alice": "researcher, engineer", "bob": ROLES["bob"], "carol": "lead"}
        fund.land({"quantgov.yaml": fund.policy(roles)})
        output = fund.run("promote", ID, "production").output

        assert "alice signs as engineer, for production" in output

    def test_a_version_that_has_to_be_raised_is_told_before_anybody_signs(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        fund.repo.stage({"lib/signals.py": "def more():\n    return 1\n"})
        output = fund.run("promote", ID, "production").output

        assert f"signal code of {ID} changed, and it still is v1.0.0" in output
        assert "fix: version: v1.1.0" in output
        assert fund.repo.out("rev-list", "--count", "main..") == "0"

    def test_where_nobody_may_sign_somebody_is_to_be_added(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        fund.land({"quantgov.yaml": fund.policy({"alice": "researcher", "bob": "peer-reviewer"})})
        output = fund.run("promote", ID, "production").output

        assert "engineer's sign-off; nobody in the team may give it" in output
        assert "fix: quantgov team add NAME --role engineer" in output

    def test_a_sign_off_that_went_stale_is_given_anew(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        signed(fund, "alice", "bob", "carol")
        runbook = (fund.repo.path / FOLDER / "RUNBOOK.md").read_text()
        fund.repo.commit({f"{FOLDER}RUNBOOK.md": runbook + "\nCall the desk.\n"}, "strategy: a line more")
        output = fund.at("bob").run("promote", ID, "production").output
        assert "engineer's sign-off: RUNBOOK.md changed since carol@fund.com signed" in output

        fund.at("carol").ok("promote", ID, "production")

    def test_your_own_that_went_stale_says_why(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        signed(fund, "alice", "carol")
        oncall = (fund.repo.path / FOLDER / "oncall.yaml").read_text()
        fund.repo.commit({f"{FOLDER}oncall.yaml": oncall + "# by day\n"}, "strategy: a line more")
        output = fund.at("carol").run("promote", ID, "production", "--dry-run").output

        assert "your sign-off as engineer: oncall.yaml changed since carol@fund.com signed" in output

    def test_files_to_fill_in_are_written_once(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION, without=DRAFTS)
        done = fund.run("promote", ID, "production")
        assert done.exit_code == 1
        assert "Written for you to fill in, then git add:" in done.output
        assert f"fill in what is written now, then: git add {FOLDER}RUNBOOK.md" in done.output
        assert "fix: pytest tests/integration --junit-xml=" in done.output
        assert fund.repo.out("status", "--porcelain", "-uall").splitlines() == sorted(
            f"?? {FOLDER}{name}" for name in DRAFTS
        )

        fund.repo.write(f"{FOLDER}RUNBOOK.md", "mine\n")
        again = fund.run("promote", ID, "production")
        assert "Written for you" not in again.output
        assert f"fix: git add {FOLDER}RUNBOOK.md" in again.output
        assert (fund.repo.path / FOLDER / "RUNBOOK.md").read_text() == "mine\n"

    def test_a_brief_is_written_where_even_that_is_missing(self, fund: Fund) -> None:
        fund.land({PASSPORT: strategy_files(lifecycle.IDEATION)[PASSPORT]})
        fund.repo.branch("strategy/gap")
        fund.run("promote", ID, "research")

        assert "## Thesis" in (fund.repo.path / FOLDER / "brief.md").read_text()

    def test_nobody_is_asked_to_sign_before_all_the_rest_is_there(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH, without=("report.yaml",))
        output = fund.run("promote", ID, "validation").output

        assert fund.repo.out("rev-list", "--count", "main..") == "0"
        assert f"your sign-off as researcher\n     fix: quantgov promote {ID} validation signs it" in output

    def test_your_own_that_you_cannot_give_says_what_you_lack(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH)
        fund.land({"quantgov.yaml": fund.policy(more="evidence: signed\n")})
        fund.repo.git("config", "gpg.format", "openpgp")
        done = fund.run("promote", ID, "validation")

        assert done.exit_code == 1
        assert f"1. your sign-off as researcher: {ID} asks for signatures, and you have no key set up" in done.output
        assert "   fix: quantgov doctor --fix" in done.output

    def test_a_step_that_the_trunk_does_not_have_yet(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH)
        fund.ok("promote", ID, "validation")
        signed(fund, "bob", "carol")
        done = fund.run("promote", ID, "production")

        assert done.exit_code == 1
        assert "  1. main has it in research, and takes one step at a time\n" in done.output
        assert "fix: have validation merged first; git fetch" in done.output

    def test_nor_the_strategy_itself(self, fund: Fund) -> None:
        fund.repo.branch("strategy/gap")
        fund.repo.commit(strategy_files(lifecycle.RESEARCH), "strategy: all at once")

        assert "main does not have it yet" in fund.run("promote", ID, "validation").output


class TestDryRun:
    def test_shows_the_edit_and_does_nothing(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        signed(fund, "alice", "bob", "carol")
        before = fund.state()
        output = fund.ok("promote", ID, "production", "--dry-run")

        assert output.startswith(f"Nothing is missing: {ID} Overnight gap would go to production.\n  --- ")
        assert "  -status: validation\n  +status: production\n" in output
        assert "deployment_date" in output
        assert fund.state() == before

    def test_your_own_sign_off_is_nothing_that_is_missing(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH)
        before = fund.state()
        output = fund.ok("promote", ID, "validation", "--dry-run")

        assert output.startswith("Nothing is missing but your sign-off as researcher, given first: ")
        assert "  -status: research\n  +status: validation\n" in output
        assert fund.state() == before

    def test_shows_what_is_missing_and_writes_nothing(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION, without=DRAFTS)
        before = fund.state()
        done = fund.run("promote", ID, "production", "--dry-run")

        assert done.exit_code == 1
        assert "Would be written for you to fill in, then git add:" in done.output
        assert f"your sign-off as {lifecycle.RESEARCHER}" in done.output
        assert fund.state() == before


class TestOtherSteps:
    def test_down_is_free(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        fund.ok("promote", ID, "research")

        assert fund.repo.out("log", "-1", "--format=%s") == "strategy: move Overnight gap to research"

    def test_back_from_suspension_nothing_says_suspended_any_more(self, fund: Fund) -> None:
        fund.run_version()
        fund.ok("suspend", ID, "--reason", "the feed")
        before = fund.find().text("deployment", "deployment_date")
        fund.ok("promote", ID, "production")

        of = fund.find()
        assert of.get("deployment", "suspension") is None
        assert of.text("deployment", "deployment_date") == before

    @pytest.mark.parametrize(
        ("status", "to", "message", "help"),
        [
            ("research", "prodution", "'prodution' is no status; did you mean 'production'?", "one of: ideation"),
            ("research", "research", f"{ID} is in research already", f"quantgov passport show {ID}"),
            (
                "research",
                "production",
                f"{ID} cannot go from research to production; it may go to validation or ideation or retired",
                f"quantgov promote {ID} validation",
            ),
            ("production", "suspended", "what runs is stopped with a reason", f"quantgov suspend {ID} --reason"),
            (
                "retired",
                "research",
                f"{ID} cannot go from retired to research; a retired strategy stays retired",
                "quantgov new-strategy NAME",
            ),
        ],
    )
    def test_steps_that_there_are_not(self, fund: Fund, status: str, to: str, message: str, help: str) -> None:
        fund.land(strategy_files(status))
        error = fund.refusal("promote", ID, to)

        assert error.message == message
        assert error.help.startswith(help)

    def test_edits_that_are_not_staged(self, fund: Fund) -> None:
        prepared(fund, lifecycle.RESEARCH)
        fund.repo.write(f"{FOLDER}brief.md", "edited\n")

        assert fund.refusal("promote", ID, "validation").help.startswith(f"git add {FOLDER}brief.md")


class TestNothingHalfDone:
    def test_where_the_hooks_refuse(self, fund: Fund) -> None:
        fund.land(strategy_files(lifecycle.VALIDATION))
        hook = fund.repo.path / ".git/hooks/commit-msg"
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)

        assert fund.refusal("promote", ID, "research").exit_code == 1

    def test_a_tag_is_not_moved_either(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        signed(fund, "alice", "bob", "carol")
        fund.repo.git("config", "user.name", "")
        before = fund.state()
        fund.run("promote", ID, "production")

        assert fund.state() == before

    def test_where_it_is_interrupted(self, fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        prepared(fund, lifecycle.RESEARCH)
        signed(fund, "alice")
        fund.repo.git("switch", "-q", "main")
        fund.repo.git("merge", "-q", "strategy/gap")
        before = fund.state()
        monkeypatch.setattr("quantgov.desk.Desk._commit", interrupt)
        fund.run("promote", ID, "validation")

        assert fund.state() == before

    def test_an_interrupt_amid_the_commit_waits_for_its_end(self, fund: Fund) -> None:
        prepared(fund, lifecycle.VALIDATION)
        signed(fund, "alice", "bob", "carol")
        hook = fund.repo.path / ".git/hooks/post-commit"
        hook.write_text("#!/bin/sh\nkill -INT $(ps -o ppid= -p $PPID)\nsleep 1\n")
        hook.chmod(0o755)
        done = fund.repo.quantgov("promote", ID, "production")

        assert done.returncode == 130, done.stderr
        assert fund.repo.out("rev-parse", TAG) == fund.repo.out("rev-parse", "HEAD")
        assert fund.find().status == lifecycle.PRODUCTION
        assert fund.repo.out("status", "--porcelain") == ""

    def test_a_bare_repository_has_nothing_to_edit(self, fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(fund.repo.path / ".git")
        monkeypatch.setenv("GIT_DIR", os.getcwd())
        fund.repo.git("config", "core.bare", "true")
        assert Repository.discover().top is None

        assert "bare repository" in str(fund.run("promote", ID, "validation").exception)
