"""At night: `quantgov suspend`, `rollback` and `break-glass`, each by one person, on the trunk, with its hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fund import FOLDER, ID, PASSPORT, strategy_files

from quantgov import documents, lifecycle, overrides

if TYPE_CHECKING:
    from fund import Fund

GONE = f"{FOLDER}gone.txt"
INCIDENT = ("--incident", "INC-7", "--reason", "exits are rejected")


@pytest.fixture
def running(fund: Fund) -> Fund:
    """v1.0.0 runs on the trunk, where HEAD is."""
    fund.run_version()
    return fund


@pytest.fixture
def renewed(running: Fund) -> Fund:
    """v1.1.0 runs, where v1.0.0 ran before it with other files."""
    running.repo.write(GONE, "x\n").chmod(0o755)
    running.repo.git("add", GONE)
    running.give_all()
    running.land({}, "strategy: a file more")
    running.repo.git("rm", "-q", GONE)
    running.repo.stage({f"{FOLDER}new.txt": "y\n"})
    running.run_version("v1.1.0")
    return running


class TestSuspend:
    def test_one_person_says_on_the_trunk_that_it_stands_still(self, running: Fund) -> None:
        output = running.at("carol").ok("suspend", ID, "--reason", " the feed\nsends stale prices ")

        of = running.find()
        assert of.status == lifecycle.SUSPENDED
        stopped = of.get("deployment", "suspension")
        assert isinstance(stopped, dict)
        assert (stopped["by"], stopped["reason"]) == ("carol@fund.com", "the feed sends stale prices")
        assert running.repo.out("branch", "--show-current") == "main"
        assert running.repo.out("show", "--name-only", "--format=%an %s", "HEAD").splitlines() == [
            "carol strategy: suspend Overnight gap",
            "",
            PASSPORT,
        ]
        assert "Stop what runs: strategies/gap/RUNBOOK.md" in output
        assert output.endswith(f"back: quantgov promote {ID} production\n")

    def test_the_rest_of_the_passport_stays_as_it_was(self, running: Fund) -> None:
        before = (running.repo.path / PASSPORT).read_text().splitlines()
        running.ok("suspend", ID, "--reason", "x")
        after = (running.repo.path / PASSPORT).read_text().splitlines()

        assert [line for line in before if line not in after] == ["status: production"]

    def test_nobody_needs_to_be_in_the_team(self, running: Fund) -> None:
        running.repo.git("config", "user.email", "night@fund.com")

        running.ok("suspend", ID, "--reason", "x")

    def test_other_work_that_is_staged_stays_staged(self, running: Fund) -> None:
        running.repo.stage({"notes.md": "x\n"})
        running.ok("suspend", ID, "--reason", "x")

        assert running.repo.out("status", "--porcelain") == "A  notes.md"

    def test_it_is_suspended_once(self, running: Fund) -> None:
        running.ok("suspend", ID, "--reason", "the feed")

        assert running.refusal("suspend", ID, "--reason", "x").message == f"{ID} is suspended already: the feed"

    def test_what_does_not_run_is_not_stopped(self, fund: Fund) -> None:
        fund.land(strategy_files())

        assert fund.refusal("suspend", ID, "--reason", "x").message == f"{ID} is in validation: nothing of it runs"

    def test_a_reason_is_needed(self, running: Fund) -> None:
        assert running.refusal("suspend", ID, "--reason", " \n ").help == '--reason "what happened"'

    def test_edits_of_the_passport_would_go_along(self, running: Fund) -> None:
        path = running.repo.path / PASSPORT
        path.write_text(path.read_text() + "# note\n")
        error = running.refusal("suspend", ID, "--reason", "x")
        assert error.help == f"commit it, or git restore {PASSPORT}"

        running.repo.git("add", PASSPORT)
        error = running.refusal("suspend", ID, "--reason", "x")
        assert error.message == f"{PASSPORT} is staged, not committed: it would be committed with the suspension"


class TestRollback:
    def test_the_folder_is_what_it_was_on_the_trunk(self, renewed: Fund) -> None:
        repo = renewed.repo
        before = repo.out("rev-parse", f"HEAD~1:{FOLDER}")
        head = repo.out("rev-parse", "HEAD")
        output = renewed.at("carol").ok("rollback", ID)

        assert repo.out("rev-parse", f"HEAD:{FOLDER}") == before
        assert repo.out("status", "--porcelain") == ""
        assert (repo.path / GONE).read_text() == "x\n"
        assert (repo.path / GONE).stat().st_mode & 0o100
        assert not (repo.path / FOLDER / "new.txt").exists()
        assert repo.out("log", "-1", "--format=%s") == "strategy: roll Overnight gap back to v1.0.0"
        assert repo.out("branch", "--show-current") == "main"
        (backup,) = repo.out("for-each-ref", "--format=%(objectname) %(refname)", "refs/quantgov").splitlines()
        assert backup.startswith(f"{head} refs/quantgov/before-rollback/")
        assert "is v1.0.0 again" in output
        assert backup.split()[1] in output

    @pytest.mark.parametrize("named", ["v1.0.0", "1.0.0"])
    def test_to_a_version_by_its_name(self, renewed: Fund, named: str) -> None:
        renewed.ok("rollback", ID, "--to", named)

        assert renewed.find().version == "v1.0.0"

    def test_after_a_parameter_that_was_changed_at_night(self, running: Fund) -> None:
        """Only the parameters differ, and the version is the same: what was approved comes back."""
        parameters = f"{FOLDER}params/v1.yaml"
        approved = running.repo.out("rev-parse", f"HEAD:{parameters}")
        running.land({parameters: "lookback_bars: 2\n"}, "fix: fewer bars")
        running.at("carol").ok("rollback", ID)

        assert running.repo.out("rev-parse", f"HEAD:{parameters}") == approved

    def test_from_within_its_folder(self, renewed: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(renewed.repo.path / FOLDER)
        renewed.ok("rollback", ".")

        assert renewed.find().version == "v1.0.0"

    def test_says_what_it_brings_back_and_takes_away(self, renewed: Fund) -> None:
        output = renewed.ok("rollback", ID)

        (told,) = (line for line in output.splitlines() if line.startswith("Restored: "))
        assert {"new.txt", "passport.yaml"} <= set(told.removeprefix("Restored: ").split(", "))

    def test_on_a_branch_it_says_that_it_counts_once_merged(self, renewed: Fund) -> None:
        renewed.repo.branch("strategy/gap")

        assert "It stands on strategy/gap, and counts once that is merged." in renewed.ok("rollback", ID)

    def test_and_forward_again(self, renewed: Fund) -> None:
        renewed.ok("rollback", ID)
        renewed.ok("rollback", ID, "--to", "v1.1.0")

        assert (renewed.repo.path / FOLDER / "new.txt").exists()

    def test_a_version_that_never_ran_is_refused_with_those_that_did(self, renewed: Fund) -> None:
        error = renewed.refusal("rollback", ID, "--to", "v0.9.0")

        assert error.message.startswith(f"v0.9.0 of {ID} never ran on main; approved: v1.0.0 (20")
        assert error.help == f"quantgov rollback {ID} --to v1.0.0"

    def test_so_is_one_that_ran_unapproved(self, running: Fund) -> None:
        rogue = strategy_files(lifecycle.PRODUCTION, version="v1.0.1")
        running.land(rogue, "strategy: around the hooks")
        running.repo.stage(strategy_files(lifecycle.PRODUCTION, version="v1.1.0"))
        running.give_all()
        running.land({}, "strategy: v1.1.0 runs")

        error = running.refusal("rollback", ID, "--to", "v1.0.1")
        assert error.message.startswith("v1.0.1 ran, and was never approved: researcher's sign-off")
        assert "; approved: v1.0.0 (20" in error.message
        running.ok("rollback", ID)
        assert running.find().version == "v1.0.0"

    def test_and_what_stands_there_already(self, renewed: Fund) -> None:
        message = renewed.refusal("rollback", ID, "--to", "v1.1.0").message
        assert message.startswith("v1.1.0 is what stands there already; approved: v1.0.0")

    def test_where_nothing_else_ever_ran_it_can_be_suspended(self, running: Fund) -> None:
        error = running.refusal("rollback", ID)

        assert error.message == f"nothing else of {ID} ever ran there, approved"
        assert error.help == f'quantgov suspend {ID} --reason "…"'

    def test_one_that_never_came_to_the_trunk(self, fund: Fund) -> None:
        fund.repo.branch("strategy/gap")
        fund.repo.commit(strategy_files(lifecycle.PRODUCTION))

        assert "ever ran there" in fund.refusal("rollback", ID).message

    def test_what_was_suspended_stays_suspended(self, renewed: Fund) -> None:
        renewed.ok("suspend", ID, "--reason", "the feed")
        renewed.ok("rollback", ID)

        of = renewed.find()
        assert (of.version, of.status) == ("v1.0.0", lifecycle.SUSPENDED)
        assert of.text("deployment", "suspension", "reason") == "the feed"
        assert renewed.repo.out("branch", "--show-current") == "strategy/gap-v1.0.0"

    def test_what_does_not_run_is_not_rolled_back(self, fund: Fund) -> None:
        fund.land(strategy_files())

        assert "nothing of it runs" in fund.refusal("rollback", ID).message

    def test_nothing_that_git_does_not_have_is_lost(self, renewed: Fund) -> None:
        path = renewed.repo.write(GONE, "mine\n")
        assert renewed.refusal("rollback", ID).help == f"mv {GONE} {GONE}.mine"
        path.unlink()

        renewed.repo.write(f"{FOLDER}new.txt", "edited\n")
        assert "new.txt on disk is not what is staged" in renewed.refusal("rollback", ID).message
        renewed.repo.git("add", FOLDER)
        assert "staged, not committed" in renewed.refusal("rollback", ID).message

    def test_a_hook_that_refuses_leaves_nothing_behind(self, renewed: Fund) -> None:
        hook = renewed.repo.path / ".git/hooks/commit-msg"
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)

        assert renewed.refusal("rollback", ID).exit_code == 1
        assert not renewed.repo.out("for-each-ref", "refs/quantgov")

    def test_a_folder_that_was_moved_since(self, renewed: Fund) -> None:
        renewed.repo.git("mv", "strategies/gap", "strategies/overnight")
        renewed.land({}, "strategy: move it")
        renewed.repo.branch("strategy/back")
        renewed.ok("rollback", "overnight")

        assert renewed.find().path == "strategies/overnight/passport.yaml"
        assert renewed.find().version == "v1.0.0"
        assert (renewed.repo.path / "strategies/overnight/gone.txt").exists()

    def test_a_library_that_changed_has_to_be_brought_back_first(self, renewed: Fund) -> None:
        renewed.land({"lib/signals.py": "def gap(a, b):\n    return 0\n"})
        error = renewed.refusal("rollback", ID)

        assert error.message == "v1.0.0 was approved with another lib/signals.py than stands there now"
        assert error.help.startswith("git restore --source=")

    def test_a_strategy_without_a_folder_of_its_own(self, fund: Fund) -> None:
        fund.land({"passport.yaml": f"strategy_id: {ID}\nversion: v1.0.0\nstatus: production\n"})

        assert "has no folder of its own" in fund.refusal("rollback", "passport.yaml").message


class TestBreakGlass:
    def test_writes_the_record_and_says_in_red_what_it_does(self, running: Fund) -> None:
        output = running.at("carol").ok("break-glass", ID, *INCIDENT)

        (path,) = (running.repo.path / overrides.FOLDER).glob("*.yaml")
        assert documents.faults(path.read_bytes(), "override") == []
        assert f"{path.name}.sig" in running.repo.out("show", "--name-only", "--format=", "HEAD")
        assert running.repo.out("log", "-1", "--format=%s") == "strategy: break glass for Overnight gap: INC-7"
        assert running.repo.out("check-attr", "text", f"{overrides.FOLDER}{path.name}").endswith("text: unset")
        assert f"GLASS BROKEN for {ID} Overnight gap" in output
        assert "QG103, QG405, QG601" in output
        assert f"review: quantgov sign {ID} --as peer-reviewer --override {path.stem}" in output
        assert max(map(len, output.partition("quantgov: ")[0].splitlines())) <= 80

    def test_it_is_made_on_the_trunk(self, running: Fund) -> None:
        running.at("carol").ok("break-glass", ID, *INCIDENT)

        assert running.repo.out("branch", "--show-current") == "main"

    def test_whoever_is_on_call_may(self, running: Fund) -> None:
        running.at("alice").ok("break-glass", ID, *INCIDENT)

    def test_nobody_else(self, running: Fund) -> None:
        error = running.at("bob").refusal("break-glass", ID, *INCIDENT)

        assert error.message == f"bob is neither engineer nor on call for {ID}"
        assert error.help.startswith("carol: quantgov break-glass")

    def test_not_a_stranger(self, running: Fund) -> None:
        running.repo.git("config", "user.email", "eve@evil.com")

        assert "not in the team" in running.refusal("break-glass", ID, *INCIDENT).message

    def test_signatures_where_the_strategy_asks_for_them(self, running: Fund) -> None:
        running.land({"quantgov.yaml": running.policy(more="evidence: signed\n")})
        running.repo.git("config", "gpg.format", "openpgp")

        assert running.at("carol").refusal("break-glass", ID, *INCIDENT).help == "quantgov doctor --fix"

    @pytest.mark.parametrize("option", ["--incident", "--reason"])
    def test_both_have_to_be_said(self, running: Fund, option: str) -> None:
        given = list(INCIDENT)
        given[given.index(option) + 1] = " "

        assert running.at("carol").refusal("break-glass", ID, *given).message.startswith(f"{option} is empty")

    def test_two_of_one_second_are_two(self, running: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
        import time

        now = time.time()
        monkeypatch.setattr("time.time", lambda: now)
        running.at("carol").ok("break-glass", ID, *INCIDENT)
        running.at("carol").ok("break-glass", ID, *INCIDENT)

        assert len(list((running.repo.path / overrides.FOLDER).glob("*.yaml"))) == 2

    def test_what_it_is_for_passes_the_hooks(self, running: Fund) -> None:
        parameters = f"{FOLDER}params/v1.yaml"
        running.repo.stage({parameters: "lookback_bars: 3  # checked at night\n"})
        assert running.repo.git("commit", "-q", "-m", "strategy: check a parameter", check=False).returncode == 1
        running.repo.git("stash", "-q")
        running.at("carol").ok("break-glass", ID, *INCIDENT)
        running.repo.git("stash", "pop", "-q", "--index")

        done = running.repo.git("commit", "-q", "-m", "strategy: check a parameter", check=False)
        assert (done.returncode, "GLASS BROKEN" in done.stderr) == (0, True), done.stderr
