"""`quantgov sign`: who may sign off what, what is written for it, and that it counts for the rules that judge it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from fund import FOLDER, ID, PASSPORT, strategy_files

from quantgov import lifecycle, overrides, signoffs

if TYPE_CHECKING:
    from fund import Fund

STATEMENT = f"{FOLDER}signoffs/peer-reviewer.intoto.json"
SIGNED = "evidence: signed\n"
MERGE_HEAD = "MERGE_HEAD"


@pytest.fixture
def validated(fund: Fund) -> Fund:
    """A strategy in validation on the trunk, and everybody on a branch."""
    fund.land(strategy_files())
    fund.repo.branch("strategy/gap")
    return fund


class TestWhatIsWritten:
    def test_a_statement_with_its_signature_and_the_record_in_the_passport_in_one_commit(self, validated: Fund) -> None:
        output = validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        repo = validated.repo
        said = signoffs.parse((repo.path / STATEMENT).read_bytes())
        assert said
        assert (said.strategy_id, said.version, said.gate, said.role) == (ID, "v1.0.0", "production", "peer-reviewer")
        assert said.signer == "bob@fund.com"
        assert sorted(said.digests) == ["code", "params/v1.yaml", "passport", "report.yaml", "validation.yaml"]
        assert "BEGIN SSH SIGNATURE" in (repo.path / f"{STATEMENT}.sig").read_text()
        changed = repo.out("show", "--name-only", "--format=%an %s", "HEAD").splitlines()
        assert changed == [
            "bob strategy: sign off Overnight gap for production as peer-reviewer",
            "",
            PASSPORT,
            STATEMENT,
            f"{STATEMENT}.sig",
        ]
        assert repo.out("status", "--porcelain") == ""
        assert "next: quantgov promote STR-2026-0001 production" in output

    def test_what_is_signed_is_shown_with_its_digests(self, validated: Fund) -> None:
        output = validated.at("bob").ok("sign", "gap", "--as", "peer-reviewer")

        said = signoffs.parse((validated.repo.path / STATEMENT).read_bytes())
        assert said
        assert output.startswith("bob signs as peer-reviewer, for production: STR-2026-0001 Overnight gap v1.0.0\n")
        for name, digest in said.digests.items():
            assert isinstance(digest, dict)
            assert f"  {next(iter(digest.values()))[:12]}  {name}" in output
        assert "1 file in strategies/gap/, and lib/signals.py" in output

    def test_the_passport_keeps_its_comments_and_gets_one_entry(self, validated: Fund) -> None:
        before = (validated.repo.path / PASSPORT).read_text()
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")
        after = (validated.repo.path / PASSPORT).read_text()

        assert after.startswith(before.rstrip("\n"))
        ((_, entry),) = validated.find().items("sign_offs")
        assert entry == {
            "role": "peer-reviewer",
            "by": "bob@fund.com",
            "date": entry["date"],
            "gate": "production",
            "statement": "signoffs/peer-reviewer.intoto.json",
        }

    def test_signing_again_replaces_the_entry_of_that_role_and_gate(
        self, validated: Fund, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")
        validated.at("carol").ok("sign", ID, "--as", "engineer")
        later = time.time() + 60
        monkeypatch.setattr("time.time", lambda: later)
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert [each["role"] for _, each in validated.find().items("sign_offs")] == ["peer-reviewer", "engineer"]

    def test_it_counts(self, validated: Fund) -> None:
        for name, role in (("alice", "researcher"), ("bob", "peer-reviewer"), ("carol", "engineer")):
            validated.at(name).ok("sign", ID, "--as", role)

        sheet = json.loads(validated.ok("passport", "show", ID, "--format", "json"))
        assert [each["state"] for each in sheet["sign_offs"]] == ["stands"] * 3
        assert sheet["lacks"] == []

    def test_line_ends_of_statements_are_kept(self, validated: Fund) -> None:
        validated.repo.commit({".gitattributes": "*.csv -text"}, "chore: forget the attributes")
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        text = (validated.repo.path / ".gitattributes").read_text()
        assert text.startswith("*.csv -text\n\n# ")
        assert text.endswith("\n*.intoto.json -text\n*.intoto.json.sig -text\n")
        checked = validated.repo.out("check-attr", "text", STATEMENT, f"{STATEMENT}.sig")
        assert checked.count("text: unset") == 2

    def test_no_commit_stages_the_files_and_leaves_the_rest(self, validated: Fund) -> None:
        head = validated.repo.out("rev-parse", "HEAD")
        output = validated.at("bob").ok("sign", ID, "--as", "peer-reviewer", "--no-commit")

        assert validated.repo.out("rev-parse", "HEAD") == head
        staged = validated.repo.out("diff", "--cached", "--name-only").splitlines()
        assert staged == [PASSPORT, STATEMENT, f"{STATEMENT}.sig"]
        assert "Staged, not committed: " in output

    def test_what_is_staged_of_it_goes_along_and_nothing_else(self, validated: Fund) -> None:
        report = f"{FOLDER}validation.yaml"
        text = (validated.repo.path / report).read_text()
        named = f"{FOLDER}evidence/redone.txt"
        validated.repo.stage({report: text.replace("few bear days", "no bear days"), named: "x\n", "notes.md": "x\n"})
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert {report, named} <= set(validated.repo.out("show", "--name-only", "--format=", "HEAD").splitlines())
        assert validated.repo.out("status", "--porcelain") == "A  notes.md"

    def test_on_the_trunk_a_branch_is_made(self, validated: Fund) -> None:
        validated.repo.git("switch", "-q", "main")
        output = validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert validated.repo.out("branch", "--show-current") == "strategy/gap-sign-off"
        assert "on the new branch strategy/gap-sign-off" in output

    def test_a_branch_of_that_name_is_passed_over(self, validated: Fund) -> None:
        validated.repo.git("branch", "strategy/gap-sign-off", "main")
        validated.repo.git("switch", "-q", "--detach", "main")
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert validated.repo.out("branch", "--show-current") == "strategy/gap-sign-off-2"

    def test_code_that_git_does_not_know_is_called_out(self, validated: Fund) -> None:
        validated.repo.write(f"{FOLDER}more.py")
        output = validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert f"note: not in Git, and so not signed for: {FOLDER}more.py" in output

    def test_a_hook_that_refuses_leaves_nothing_behind(self, validated: Fund) -> None:
        hook = validated.repo.path / ".git/hooks/commit-msg"
        hook.write_text("#!/bin/sh\necho 'quantgov: no - fix: wait' >&2\nexit 1\n")
        hook.chmod(0o755)
        validated.repo.git("switch", "-q", "main")

        error = validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer")
        assert (error.exit_code, error.help) == (1, "wait")
        assert error.message.startswith("git did not take the commit, and nothing was changed:\nquantgov: no")
        assert not (validated.repo.path / FOLDER / "signoffs").exists()


class TestWhoMaySign:
    def test_somebody_whom_the_trunk_does_not_know(self, validated: Fund) -> None:
        validated.repo.git("config", "user.email", "eve@evil.com")
        error = validated.refusal("sign", ID, "--as", "engineer")

        assert error.message == "eve@evil.com is not in the team of main"
        assert error.help.startswith("quantgov team add NAME --email eve@evil.com --role engineer")

    def test_a_member_whom_only_the_branch_has_is_not_known_yet(self, validated: Fund) -> None:
        grown = validated.policy().replace("team:\n", "team:\n  dora: {email: dora@fund.com, roles: [engineer]}\n")
        validated.repo.commit({"quantgov.yaml": grown}, "chore: a newcomer")
        validated.repo.git("config", "user.email", "dora@fund.com")

        assert "not in the team of main" in validated.refusal("sign", ID, "--as", "engineer").message

    def test_nobody_without_an_address(self, validated: Fund) -> None:
        validated.repo.git("config", "user.email", "")

        assert validated.refusal("sign", ID, "--as", "engineer").help == "git config user.email you@fund.com"

    def test_a_role_that_is_somebody_elses(self, validated: Fund) -> None:
        error = validated.at("bob").refusal("sign", ID, "--as", "engineer")

        assert error.message == "bob is peer-reviewer, not engineer; that is carol"
        assert error.help == f"carol: quantgov sign {ID} --as engineer"

    def test_a_role_that_nobody_has(self, validated: Fund) -> None:
        validated.land({"quantgov.yaml": validated.policy({"alice": "researcher", "bob": "lead"})})
        error = validated.at("bob").refusal("sign", ID, "--as", "engineer")

        assert error.message == "bob is lead, not engineer"
        assert error.help == "quantgov team add NAME --email ADDRESS --role engineer"

    def test_a_deputy_stands_in(self, validated: Fund) -> None:
        more = "evidence: recorded\nroles: {engineer: {deputy: bob}}\n"
        validated.land({"quantgov.yaml": validated.policy(more=more)})

        validated.at("bob").ok("sign", ID, "--as", "engineer")

    def test_a_role_by_one_of_its_other_names(self, validated: Fund) -> None:
        validated.at("bob").ok("sign", ID, "--as", "reviewer")

        assert (validated.repo.path / STATEMENT).exists()

    @pytest.mark.parametrize(
        ("role", "message"),
        [
            ("enginer", "'enginer' is no role; did you mean 'engineer'?"),
            ("lead", "no gate asks for a sign-off as lead"),
        ],
    )
    def test_what_signs_nothing(self, validated: Fund, role: str, message: str) -> None:
        assert validated.refusal("sign", ID, "--as", role).message == message

    def test_the_researcher_does_not_review_their_own_work(self, validated: Fund) -> None:
        roles = {"alice": "peer-reviewer", "bob": "peer-reviewer", "carol": "engineer"}
        validated.land({"quantgov.yaml": validated.policy(roles)})
        error = validated.refusal("sign", ID, "--as", "peer-reviewer")

        assert error.message == f"alice is the researcher of {ID}, and nobody reviews their own work"
        assert error.help == f"bob: quantgov sign {ID} --as peer-reviewer"

    def test_nor_where_nobody_else_could(self, validated: Fund) -> None:
        validated.land({"quantgov.yaml": validated.policy({"alice": "peer-reviewer", "carol": "engineer"})})

        error = validated.refusal("sign", ID, "--as", "peer-reviewer")
        assert error.help == "quantgov team add NAME --email ADDRESS --role peer-reviewer"

    def test_who_works_alone_may_and_it_says_so(self, validated: Fund) -> None:
        validated.land({"quantgov.yaml": validated.policy({"alice": "peer-reviewer"})})
        output = validated.ok("sign", ID, "--as", "peer-reviewer")

        said = signoffs.parse((validated.repo.path / STATEMENT).read_bytes())
        assert said
        assert said.self_reviewed
        assert "24 hours after your sign-off as researcher landed" in output


class TestForWhichGate:
    @pytest.mark.parametrize(
        ("status", "gate", "subjects"),
        [
            (lifecycle.IDEATION, lifecycle.RESEARCH, ["brief.md", "passport"]),
            (lifecycle.RESEARCH, lifecycle.VALIDATION, ["code", "params/v1.yaml", "passport", "report.yaml"]),
            (lifecycle.VALIDATION, lifecycle.VALIDATION, ["code", "params/v1.yaml", "passport", "report.yaml"]),
        ],
    )
    def test_the_next_one_of_its_status(self, fund: Fund, status: str, gate: str, subjects: list[str]) -> None:
        fund.land(strategy_files(status))
        fund.repo.branch("strategy/gap")
        fund.ok("sign", ID, "--as", "researcher")

        said = signoffs.parse((fund.repo.path / FOLDER / "signoffs/researcher.intoto.json").read_bytes())
        assert said
        assert (said.gate, sorted(said.digests)) == (gate, subjects)

    def test_another_that_is_named(self, fund: Fund) -> None:
        fund.land(strategy_files(lifecycle.RESEARCH))
        fund.repo.branch("strategy/gap")
        error = fund.at("bob").refusal("sign", ID, "--as", "peer-reviewer")
        assert error.message == "the gate to validation asks for a sign-off as researcher, not as peer-reviewer"
        assert error.help == f"quantgov sign {ID} --as peer-reviewer --gate production, to give yours early"

        fund.ok("sign", ID, "--as", "peer-reviewer", "--gate", "production")

    def test_a_gate_that_there_is_not(self, validated: Fund) -> None:
        error = validated.refusal("sign", ID, "--as", "researcher", "--gate", "prodution")

        assert error.message == "'prodution' is no gate; did you mean 'production'?"

    def test_nothing_is_signed_for_a_retired_strategy(self, fund: Fund) -> None:
        fund.land(strategy_files(lifecycle.RETIRED))

        assert "is retired: nothing is signed" in fund.refusal("sign", ID, "--as", "researcher").message


class TestOverWhat:
    @pytest.mark.parametrize("path", [PASSPORT, f"{FOLDER}report.yaml", f"{FOLDER}gap_signals.py", "lib/signals.py"])
    def test_files_that_differ_on_disk_are_named(self, validated: Fund, path: str) -> None:
        (validated.repo.path / path).write_text("edited\n")
        error = validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer")

        assert error.message.startswith(f"{path} on disk is not what is staged")
        assert error.help == f"git add {path}, or git restore {path}"

    def test_several_are_told_in_one_line(self, validated: Fund) -> None:
        for name in ("report.yaml", "validation.yaml", "gap_signals.py", "params/v1.yaml"):
            (validated.repo.path / FOLDER / name).write_text("edited\n")

        message = validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer").message
        assert " and 1 more on disk are not what is staged" in message

    def test_a_file_that_was_only_touched_does_not_differ(self, validated: Fund) -> None:
        path = validated.repo.path / FOLDER / "report.yaml"
        path.write_text(path.read_text())

        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

    def test_an_edit_of_what_is_not_signed_is_nobodys_business(self, validated: Fund) -> None:
        (validated.repo.path / FOLDER / "RUNBOOK.md").write_text("edited\n")
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert validated.repo.out("status", "--porcelain") == f"M {FOLDER}RUNBOOK.md"

    def test_what_is_missing_is_named(self, validated: Fund) -> None:
        validated.repo.git("rm", "-q", f"{FOLDER}validation.yaml")
        error = validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer")
        assert error.message == f"{FOLDER}validation.yaml is not there: nothing to sign for"

        validated.repo.git("restore", "--source=HEAD", f"{FOLDER}validation.yaml")
        error = validated.refusal("sign", ID, "--as", "peer-reviewer")
        assert error.help == f"git add {FOLDER}validation.yaml"

    def test_so_is_the_code(self, validated: Fund) -> None:
        validated.repo.git("rm", "-q", f"{FOLDER}gap_signals.py", "lib/signals.py")

        assert validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer").message.startswith("signal code is not")

    def test_attributes_that_are_being_edited_are_left_alone(self, validated: Fund) -> None:
        validated.repo.commit({".gitattributes": "*.csv -text\n"}, "chore: forget the attributes")
        validated.repo.write(".gitattributes", "*.txt -text\n")

        assert ".gitattributes on disk" in validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer").message

    def test_a_merge_is_finished_first(self, validated: Fund) -> None:
        (validated.repo.path / ".git" / MERGE_HEAD).write_text(validated.repo.out("rev-parse", "main") + "\n")

        assert validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer").message == "a merge is under way"


class TestTheKey:
    def test_none_is_needed_where_a_record_is_enough(self, validated: Fund) -> None:
        validated.repo.git("config", "gpg.format", "openpgp")
        output = validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert "Signed off as a record, without a signature." in output
        assert not (validated.repo.path / f"{STATEMENT}.sig").exists()

    def test_a_signature_from_before_does_not_stay_beside_a_record(self, validated: Fund) -> None:
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")
        validated.repo.git("config", "gpg.format", "openpgp")
        error = validated.refusal("sign", ID, "--as", "peer-reviewer")
        assert error.help.endswith(f"git rm {STATEMENT}.sig, then again")

        validated.repo.git("rm", "-q", f"{STATEMENT}.sig")
        validated.ok("sign", ID, "--as", "peer-reviewer")
        assert validated.repo.out("status", "--porcelain") == ""

    def test_none_where_a_review_will_prove_it_which_is_told(self, validated: Fund) -> None:
        validated.land({"quantgov.yaml": validated.policy(more="evidence: reviewed\n")})
        validated.repo.git("config", "gpg.format", "openpgp")
        output = validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert "note: it counts once you approve the pull request that holds it" in output

    def test_none_where_one_is_asked_for(self, validated: Fund) -> None:
        validated.land({"quantgov.yaml": validated.policy(more=SIGNED)})
        validated.repo.git("config", "gpg.format", "openpgp")
        error = validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer")

        assert error.message == f"{ID} asks for signatures, and you have no key set up"
        assert error.help == "quantgov doctor --fix"

    def test_a_key_that_is_named(self, validated: Fund, fund_template: object) -> None:
        validated.repo.git("config", "gpg.format", "openpgp")
        key = f"{fund_template}/signers/bob/.ssh/id_ed25519"
        validated.at("bob").ok("sign", ID, "--as", "peer-reviewer", "--key", key)

        assert (validated.repo.path / f"{STATEMENT}.sig").exists()

    def test_a_key_that_is_not_the_teams_is_refused_where_it_is_named(
        self, validated: Fund, fund_template: object
    ) -> None:
        key = f"{fund_template}/signers/carol/.ssh/id_ed25519"
        error = validated.at("bob").refusal("sign", ID, "--as", "peer-reviewer", "--key", key)

        assert "made by a key that is not bob@fund.com's, as main has them" in error.message
        assert error.help.endswith("or have this one merged: quantgov team add bob --key FILE")

    def test_one_that_git_has_is_left_aside(self, validated: Fund, fund_template: object) -> None:
        validated.repo.git("config", "user.signingkey", f"{fund_template}/signers/carol/.ssh/id_ed25519.pub")
        output = validated.at("bob").ok("sign", ID, "--as", "peer-reviewer")

        assert "note: not signed, as it would not count: made by a key that is not bob@fund.com's" in output


class TestWhichStrategy:
    @pytest.mark.parametrize(
        "name", [ID, ID.lower(), "gap", "strategies/gap", "strategies/gap/", PASSPORT, "./strategies/gap"]
    )
    def test_by_id_folder_or_its_name(self, validated: Fund, name: str) -> None:
        assert validated.find(name).id == ID

    def test_from_within_its_folder(self, validated: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(validated.repo.path / FOLDER)

        assert validated.find(".").id == ID

    @pytest.mark.parametrize("name", ["Gäp Fill", "gäp fill"])
    def test_by_a_folder_with_capitals_accents_and_spaces(self, validated: Fund, name: str) -> None:
        validated.repo.git("mv", FOLDER, "strategies/Gäp Fill")

        assert validated.find(name).folder == "strategies/Gäp Fill/"

    def test_one_that_there_is_not(self, validated: Fund) -> None:
        assert (
            "there is no strategy 'gop' here; did you mean 'gap'?"
            in validated.refusal("sign", "gop", "--as", "x").message
        )

    def test_one_that_is_not_staged(self, validated: Fund) -> None:
        validated.repo.write("strategies/new/passport.yaml", "strategy_id: STR-2026-0002\n")
        error = validated.refusal("sign", "strategies/new", "--as", "researcher")

        assert (error.message, error.help) == (
            "strategies/new/passport.yaml is not staged yet",
            "git add strategies/new",
        )

    def test_one_id_of_two(self, validated: Fund) -> None:
        validated.repo.stage({"strategies/other/passport.yaml": f"strategy_id: {ID}\n"})
        error = validated.refusal("sign", ID, "--as", "researcher")

        assert error.message == f"{ID} means 2 strategies: {PASSPORT}, strategies/other/passport.yaml"
        assert error.help == "quantgov passport renumber FOLDER"

    def test_one_name_of_two_folders(self, validated: Fund) -> None:
        validated.repo.stage({"strategies/old/gap/passport.yaml": "strategy_id: STR-2026-0002\n"})

        assert validated.refusal("sign", "gap", "--as", "researcher").help == "name one by its folder"

    def test_one_that_cannot_be_read(self, validated: Fund) -> None:
        validated.repo.stage({"strategies/odd/passport.yaml": "- 1\n"})

        assert "is no passport that can be read" in validated.refusal("sign", "odd", "--as", "researcher").message


class TestTheReviewOfAnOverride:
    @pytest.fixture
    def broken(self, fund: Fund) -> str:
        """An override by Carol on the trunk; its id."""
        fund.run_version()
        fund.at("carol").ok("break-glass", ID, "--incident", "INC-7", "--reason", "exits are rejected")
        return next((fund.repo.path / overrides.FOLDER).glob("*.yaml")).stem

    def test_somebody_else_gives_it(self, fund: Fund, broken: str) -> None:
        fund.at("bob").ok("sign", ID, "--as", "peer-reviewer", "--override", broken)

        assert fund.repo.out("show", "--name-only", "--format=%s", "HEAD").splitlines() == [
            f"strategy: review the override {broken} of Overnight gap",
            "",
            f"{overrides.FOLDER}{broken}.review.intoto.json",
            f"{overrides.FOLDER}{broken}.review.intoto.json.sig",
        ]
        assert json.loads(fund.ok("passport", "show", ID, "--format", "json"))["due_items"] == []

    def test_never_who_made_it(self, fund: Fund, broken: str) -> None:
        roles = {"alice": "researcher", "bob": "peer-reviewer", "carol": "peer-reviewer"}
        fund.land({"quantgov.yaml": fund.policy(roles)})
        error = fund.at("carol").refusal("sign", ID, "--as", "peer-reviewer", "--override", broken)

        assert error.message == "carol made this override; somebody else reviews it"
        assert error.help == f"bob: quantgov sign {ID} --as peer-reviewer --override {broken}"

    def test_who_may_not_is_told_what_others_run(self, fund: Fund, broken: str) -> None:
        error = fund.at("alice").refusal("sign", ID, "--as", "peer-reviewer", "--override", broken)

        assert error.help == f"bob: quantgov sign {ID} --as peer-reviewer --override {broken}"

    def test_only_as_a_peer_reviewer(self, fund: Fund, broken: str) -> None:
        error = fund.at("carol").refusal("sign", ID, "--as", "engineer", "--override", broken)

        assert error.message == "an override is reviewed as peer-reviewer"

    def test_one_that_there_is_not(self, fund: Fund, broken: str) -> None:
        error = fund.at("bob").refusal("sign", ID, "--as", "peer-reviewer", "--override", "20260101T000000Z")

        assert (error.message, error.help) == (f"{ID} has no override 20260101T000000Z", f"one of: {broken}")
