"""`quantgov team`: quantgov.yaml changed where it stands, and what a leaving member still holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from signers import Signer
from typer.testing import CliRunner

from quantgov.cli.app import teams
from quantgov.errors import PolicyError, QuantgovError, UsageError
from quantgov.people import Team, fingerprint
from quantgov.policy import load

if TYPE_CHECKING:
    from repository import Repo
    from typer.testing import Result

POLICY = """\
# Ours since 2026.
version: 1
team:            # everybody
  alice: {email: alice@fund.com, roles: [lead, researcher]}  # founder

  bob:
    email: "bob@fund.com"  # quoted by hand
    roles: [reviewer, engineer]
levels: {QG101: warn}  # for now
"""
ROLES = "roles: {lead: {deputy: bob}}\n"
PASSPORT = """\
strategy_id: STR-2026-0001
name: Gap fade
version: v0.1.0
status: {status}
researcher: Bob@fund.com
hypothesis_date: 2026-01-15
frequency: daily
alpha_thesis: Overnight gaps of liquid stocks close within three days
sign_offs:
- {{role: engineer, by: bob@fund.com, date: 2026-02-01, gate: production, statement: signoffs/engineer.intoto.json}}
- {{role: peer-reviewer, by: alice@fund.com, date: 2026-02-01, gate: production, statement: signoffs/peer.intoto.json}}
"""
ON_CALL = """\
version: 1
contacts:
- {name: Bob, email: bob@fund.com, order: 1}
- {name: Alice, email: alice@fund.com, order: 2}
"""


@pytest.fixture
def ours(repo: Repo) -> Repo:
    repo.write("quantgov.yaml", POLICY)
    return repo


def run(*args: str) -> Result:
    return CliRunner().invoke(teams, args)


def refusal(*args: str) -> QuantgovError:
    error = run(*args).exception
    assert isinstance(error, UsageError)
    assert error.help
    return error


def text(repo: Repo) -> str:
    return (repo.path / "quantgov.yaml").read_text()


def team(repo: Repo) -> Team:
    return load(text(repo).encode()).people


class TestAdd:
    def test_a_new_member_is_put_in_and_every_other_line_stays(self, ours: Repo) -> None:
        carol = Signer("carol", "carol@fund.com")
        done = run(
            "add", "carol", "--email", carol.email, "--github", "carol-q", "--role", "researcher",
            "--role", "reviewer", "--key", f"{carol.key_path}.pub",
        )  # fmt: skip
        assert done.exit_code == 0
        assert "counts once it stands on the trunk" in done.stdout
        assert [line for line in POLICY.splitlines() if line not in text(ours).splitlines()] == []
        person = team(ours).named("carol")
        assert person is not None
        assert (person.email, person.github, sorted(person.roles)) == (
            "carol@fund.com", "carol-q", ["peer-reviewer", "researcher"],
        )  # fmt: skip
        assert [fingerprint(key) for key in person.keys] == [fingerprint(carol.public_key)]

    def test_a_key_is_taken_as_text_too(self, ours: Repo) -> None:
        key = Signer("bob", "bob@fund.com").public_key
        assert run("add", "bob", "--key", key).exit_code == 0
        assert key in text(ours)
        assert '"bob@fund.com"  # quoted by hand' in text(ours)

    def test_what_a_member_has_is_not_added_again(self, ours: Repo) -> None:
        bob = Signer("bob", "bob@fund.com")
        run("add", "bob", "--key", bob.public_key, "--email", "bob@home.example")
        before = text(ours)
        done = run(
            "add", "bob", "--key", f"{bob.public_key} again", "--role", "peer-reviewer", "--email", "BOB@fund.com"
        )
        assert (done.exit_code, done.stdout) == (0, "bob: nothing to do\n")
        assert text(ours) == before
        person = team(ours).named("bob")
        assert person is not None
        assert person.emails == ("bob@fund.com", "bob@home.example")

    def test_the_first_member_of_all(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\n")
        assert run("add", "alice", "--email", "alice@fund.com", "--role", "lead").exit_code == 0
        assert [each.name for each in team(repo).holders("lead")] == ["alice"]

    def test_a_member_without_an_address_gets_one_first_of_all(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\nteam:\n  alice:\n    roles: [lead]\n")
        run("add", "alice", "--email", "alice@fund.com")
        assert text(repo) == "version: 1\nteam:\n  alice:\n    email: alice@fund.com\n    roles: [lead]\n"

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (("dave",), "dave is new to the team"),
            (("dave", "--email", "d@fund.com", "--role", "reviwer"), "team.dave.roles[0] is 'reviwer'; one of: "),
            (("dave", "--email", "d at fund"), "team.dave.email is 'd at fund', which is not an e-mail address"),
            (("dave", "--email", "BOB@fund.com"), "team.dave.email is bob's address already"),
            (("da ve", "--email", "d@fund.com"), "'da ve' cannot be a key of team"),
            (("bob", "--key", "no key"), "--key is neither a public key nor a file with one"),
            (("bob", "--key", ""), "--key is neither a public key nor a file with one"),
        ],
    )
    def test_what_could_not_be_used_is_not_written(self, ours: Repo, args: tuple[str, ...], message: str) -> None:
        assert refusal("add", *args).message.startswith(message)
        assert text(ours) == POLICY

    def test_a_key_that_another_has_is_not_written(self, ours: Repo) -> None:
        key = Signer("bob", "bob@fund.com").public_key
        run("add", "bob", "--key", key)
        assert refusal("add", "alice", "--key", key).message == "team.bob.keys[0] is alice's key already"

    def test_a_private_key_is_refused_unseen(self, ours: Repo) -> None:
        path = Signer("bob", "bob@fund.com").key_path
        for given in (str(path), path.read_text()):
            error = refusal("add", "bob", "--key", given)
            assert "private key" in error.message
            assert path.read_text().splitlines()[2] not in error.message + error.help
        assert refusal("add", "bob", "--key", str(path)).help == f"--key {path}.pub"
        assert text(ours) == POLICY

    def test_a_key_file_that_cannot_be_read(self, ours: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("os.path.isfile", lambda path: True)
        assert "cannot be read: No such file" in refusal("add", "bob", "--key", "gone.pub").message

    def test_without_a_policy_there_is_nothing_to_add_to(self, repo: Repo) -> None:
        assert refusal("add", "bob", "--email", "bob@fund.com").help == "quantgov init"

    def test_a_policy_that_cannot_be_used_is_mended_first(self, repo: Repo) -> None:
        repo.write("quantgov.yaml", "version: 1\nmood: guard\n")
        assert isinstance(refusal("add", "bob", "--email", "bob@fund.com"), PolicyError)

    def test_a_bare_repository_has_nothing_to_edit(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        repo.git("init", "-q", "--bare", "bare.git")
        monkeypatch.chdir(repo.path / "bare.git")
        assert "bare repository" in refusal("show").message


class TestRemove:
    def test_a_member_goes_and_every_other_line_stays(self, ours: Repo) -> None:
        run("add", "carol", "--email", "carol@fund.com")
        done = run("remove", "carol")
        assert (done.exit_code, text(ours)) == (0, POLICY)
        assert "counts once it stands on the trunk" in done.stdout

    def test_a_required_role_is_not_left_empty_without_force(self, ours: Repo) -> None:
        done = run("remove", "bob")
        assert done.exit_code == 1
        assert "bob is the only peer-reviewer\nbob is the only engineer\n" in done.stdout
        assert "  fix: quantgov team add SOMEBODY --role peer-reviewer, or " in done.stdout
        assert text(ours) == POLICY

        assert run("remove", "bob", "--force").exit_code == 0
        assert [each.name for each in team(ours).people] == ["alice"]

    def test_the_lead_is_no_role_that_a_gate_waits_for(self, ours: Repo) -> None:
        run("add", "bob", "--role", "researcher")
        assert run("remove", "alice").exit_code == 0

    def test_a_deputy_who_goes_is_deputy_no_more(self, ours: Repo) -> None:
        ours.write("quantgov.yaml", POLICY + ROLES)
        done = run("remove", "bob", "--force")
        assert "bob is deputy for the lead" in done.stdout
        assert team(ours).deputies == {}

    def test_says_what_the_member_still_holds(self, ours: Repo) -> None:
        folder = "strategies/gap-fade"
        ours.stage(
            {
                f"{folder}/passport.yaml": PASSPORT.format(status="production"),
                f"{folder}/oncall.yaml": ON_CALL,
                "strategies/old/passport.yaml": PASSPORT.format(status="retired").replace("0001", "0002"),
            }
        )
        lines = run("remove", "bob").stdout.splitlines()
        assert [line for line in lines if "STR-" in line] == [
            f"bob is the researcher of STR-2026-0001 (production): {folder}/passport.yaml",
            f"bob signed STR-2026-0001 off as engineer at production: {folder}/passport.yaml",
            f"bob is on call for STR-2026-0001: {folder}/oncall.yaml",
        ]

    def test_nobody_of_that_name(self, ours: Repo) -> None:
        assert refusal("remove", "bbo").message == "nobody in the team is called 'bbo'; did you mean 'bob'?"


class TestShow:
    def test_a_table_of_what_people_have(self, ours: Repo) -> None:
        bob = Signer("bob", "bob@fund.com")
        ours.write("quantgov.yaml", POLICY + ROLES)
        run("add", "bob", "--key", bob.public_key)
        done = ours.quantgov("team", "show", COLUMNS="150")
        assert done.returncode == 0
        header, *rows = done.stdout.splitlines()
        assert header.split() == ["name", "addresses", "roles", "deputy", "for", "keys"]  # nobody has a GitHub account
        assert rows[2].split() == ["bob", "bob@fund.com", "engineer", "lead", fingerprint(bob.public_key)]
        assert rows[3].split() == ["peer-reviewer"]

    def test_says_whether_the_trunk_has_it(self, ours: Repo) -> None:
        assert "only the trunk's counts" in run("show").stdout
        ours.commit({"quantgov.yaml": POLICY})
        assert "trunk" not in run("show").stdout

    def test_as_json(self, ours: Repo) -> None:
        bob = Signer("bob", "bob@fund.com")
        run("add", "bob", "--key", bob.public_key, "--github", "bob-q")
        shown = json.loads(run("show", "--format", "json").stdout)
        assert (shown["schema"], shown["on_trunk"]) == (1, False)
        assert shown["people"][1] == {
            "name": "bob",
            "emails": ["bob@fund.com"],
            "github": "bob-q",
            "roles": ["engineer", "peer-reviewer"],
            "deputy_for": [],
            "keys": [{"fingerprint": fingerprint(bob.public_key), "public": " ".join(bob.public_key.split()[:2])}],
        }

    def test_the_whole_command_line(self, ours: Repo, tmp_path: Path) -> None:
        for args in (("team", "--help"), ("team", "add", "--help"), ("team", "remove", "--help")):
            assert ours.quantgov(*args).returncode == 0
