"""The team in quantgov.yaml: who may sign as what, with which keys, and what makes it unusable."""

from __future__ import annotations

import subprocess

import pytest
from signers import Signer

from quantgov.errors import PolicyError
from quantgov.lifecycle import ROLES
from quantgov.people import ALIASES, Team, fingerprint, public_key
from quantgov.policy import Policy, load, problems_in

TEAM = """\
team:
  alice: {email: Alice@fund.com, emails: [alice@home.example], github: Alice-Q, roles: [lead, reviewer]}
  bob: {email: bob@fund.com, roles: [quant-dev, researcher]}
  carol: {roles: [researcher]}
roles: {engineer: {aliases: [quant-dev]}, researcher: {deputy: alice}}
"""


def of(text: str = TEAM) -> Team:
    return load(f"version: 1\n{text}".encode()).people


def said_of(text: str) -> list[str]:
    found = problems_in(f"version: 1\n{text}\n".encode())
    assert all(each.help for each in found)
    return [f"{each.line}:{each.column} {each.message}" for each in found]


# --- who may sign


def test_a_policy_without_a_team_has_nobody_who_may_sign() -> None:
    assert (Policy({}).people.size, Policy({}).people.by_email(""), Policy({}).people.holders("lead")) == (0, None, ())


@pytest.mark.parametrize("address", ["alice@fund.com", "ALICE@FUND.COM", "Alice@Home.example"])
def test_a_person_is_known_by_any_address_in_any_case(address: str) -> None:
    found = of().by_email(address)
    assert found is not None
    assert (found.name, found.email, found.emails) == (
        "alice", "alice@fund.com", ("alice@fund.com", "alice@home.example"),
    )  # fmt: skip


@pytest.mark.parametrize("address", ["", "alice", "mallory@fund.com"])
def test_nobody_has_an_address_that_the_team_does_not_have(address: str) -> None:
    assert of().by_email(address) is None


def test_a_person_has_a_github_account_or_none() -> None:
    alice, carol = of().named("alice"), of().named("carol")
    assert alice is not None
    assert carol is not None
    assert (alice.github, carol.github) == ("Alice-Q", "")


def test_a_person_without_an_address_has_an_empty_one() -> None:
    carol = of().named("carol")
    assert carol is not None
    assert carol.email == ""
    assert of().named("dave") is None


@pytest.mark.parametrize(
    ("word", "role"), [*((role, role) for role in ROLES), *ALIASES.items(), ("quant-dev", "engineer")]
)
def test_every_word_for_a_role(word: str, role: str) -> None:
    assert of().canonical(word) == role
    assert word in of().words


def test_another_word_is_no_role() -> None:
    assert of().canonical("cook") is None
    assert of().holders("cook") == ()


def test_who_holds_a_role_by_whatever_word() -> None:
    assert [each.name for each in of().holders("infrastructure")] == ["bob"]
    assert [each.name for each in of().holders("researcher")] == ["bob", "carol"]


@pytest.mark.parametrize(
    ("name", "role", "may"),
    [
        ("alice", "peer-reviewer", True),
        ("alice", "researcher", True),
        ("alice", "engineer", False),
        ("bob", "reviewer", False),
        ("bob", "quant-engineer", True),
        ("bob", "cook", False),
    ],
)
def test_a_holder_and_a_deputy_may_sign(name: str, role: str, may: bool) -> None:
    person = of().named(name)
    assert person is not None
    assert of().may_sign(person, role) is may


# --- evidence


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", ("recorded", "reviewed", "signed", "reviewed")),
        ("evidence: {medium: signed}", ("recorded", "signed", "signed", "signed")),
        ("evidence: recorded", ("recorded", "recorded", "recorded", "recorded")),
        ("mode: govern\nevidence: recorded", ("signed", "signed", "signed", "signed")),
    ],
)
def test_evidence_by_materiality(text: str, kinds: tuple[str, ...]) -> None:
    found = load(f"version: 1\n{text}\n".encode())
    assert tuple(found.evidence_for(each) for each in ("low", "medium", "high", "")) == kinds


# --- keys


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_key_is_taken_as_ssh_keygen_writes_it(kind: str) -> None:
    made = Signer("alice", "alice@fund.com", kind=kind)
    assert public_key(f"  {made.public_key}\n") == " ".join(made.public_key.split()[:2])
    assert public_key(made.public_key.replace(" ", "\t")) == " ".join(made.public_key.split()[:2])
    (person,) = of(f"team:\n  alice: {made.member('lead')}\n").people
    assert person.keys == (public_key(made.public_key),)


def test_a_fingerprint_is_the_one_that_ssh_keygen_shows() -> None:
    made = Signer("alice", "alice@fund.com")
    listed = subprocess.run(["ssh-keygen", "-l", "-f", made.key_path], check=True, capture_output=True, text=True)
    assert fingerprint(made.public_key) == listed.stdout.split()[1]


def test_what_is_no_whole_public_key_is_refused_and_not_shown() -> None:
    whole = Signer("alice", "alice@fund.com").public_key
    kind, data, _ = whole.split()
    for text in (
        f"{kind} {data[:40]}", f"{kind} {data[:64]}", f"{kind} {data[:-1]}", f"{kind} AAAA", f"ssh-rsa {data}",
        f"{kind} {data}\\n{kind} {data}", kind, f"cert-authority {whole}", f"* {whole}", "ssh-dss AAAA", data, "x",
    ):  # fmt: skip
        assert public_key(text.replace("\\n", "\n")) is None
        (found,) = said_of(f'team: {{alice: {{keys: ["{text}"]}}}}')
        assert found.startswith("2:23 team.alice.keys[0] is ")
        assert data not in found


@pytest.mark.parametrize("below", ["keys: |", "keys:\n      - |", "email: |"])
def test_a_private_key_in_the_policy_is_named_as_such_and_not_shown(below: str) -> None:
    lines = Signer("alice", "alice@fund.com").key_path.read_text().splitlines()
    text = f"team:\n  alice:\n    {below}\n" + "".join(f"        {line}\n" for line in lines)
    (found,) = problems_in(f"version: 1\n{text}".encode())
    assert found.message.endswith("a private key")
    assert ".pub" in found.help
    assert not any(line in found.message + found.help for line in lines)


# --- a team that cannot be used


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("team: {a: {roles: [revewer]}}", ["2:20 team.a.roles[0] is 'revewer'; one of: researcher, peer-reviewer, "]),
        ("team: {a: {roles: [quant-dev]}}", ["2:20 team.a.roles[0] is 'quant-dev'; one of: "]),
        ("roles: {revewer: {}}", ["2:9 'revewer' is not a known key of roles; did you mean 'peer-reviewer'?"]),
        (
            "team: {alice: {}}\nroles: {lead: {deputy: alcie}}",
            ["3:24 roles.lead.deputy is 'alcie', who is not in the team; did you mean 'alice'?"],
        ),
        ("roles: {lead: {deputy: alice}}", ["2:24 roles.lead.deputy is 'alice', who is not in the team"]),
        (
            "roles: {lead: {aliases: [engineer]}}",
            ["2:26 roles.lead.aliases[0] is 'engineer', which means engineer already"],
        ),
        (
            "roles: {lead: {aliases: [boss]}, engineer: {aliases: [boss]}}",
            ["2:55 roles.engineer.aliases[0] is 'boss', which means lead already"],
        ),
        ("evidence: sgned", ["2:11 evidence is 'sgned'; one of: recorded, reviewed, signed"]),
        ("evidence: {hgh: signed}", ["2:12 'hgh' is not a known key of evidence; did you mean 'high'?"]),
        (
            "team: {a: {email: x@f.com}, b: {emails: [X@f.com]}}",
            ["2:42 team.b.emails[0] is a's address already"],
        ),
        ("team: {a: {github: x}, b: {github: X}}", ["2:36 team.b.github is a's GitHub account already"]),
        ("team: {a: {email: x@f.com, emails: [x@f.com]}, b: {}}", []),
    ],
)  # fmt: skip
def test_a_team_that_cannot_be_used_says_where(text: str, said: list[str]) -> None:
    found = said_of(text)
    assert len(found) == len(said)
    assert all(each.startswith(wanted) for each, wanted in zip(found, said, strict=True))


def test_an_unknown_role_is_corrected_where_one_is_near() -> None:
    helps = [
        problems_in(f"version: 1\nteam: {{a: {{roles: [{word}]}}}}".encode())[0].help for word in ("revewer", "cook")
    ]
    assert helps == ["write 'reviewer'", "pick one of these"]


def test_two_people_with_one_key_are_a_problem_whatever_its_comment() -> None:
    key = Signer("alice", "alice@fund.com").public_key
    (found,) = said_of(f"team:\n  alice: {{keys: [{key}]}}\n  bob: {{keys: [{key} of bob]}}")
    assert found == "4:16 team.bob.keys[0] is alice's key already"


def test_a_policy_with_such_a_team_does_not_load() -> None:
    with pytest.raises(PolicyError, match=r"quantgov.yaml:2:20: team.a.roles\[0\] is 'cook'"):
        of("team: {a: {roles: [cook]}}")
