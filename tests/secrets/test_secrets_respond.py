"""`quantgov secrets respond`: which finding is meant, what is said of it, and that it never says the secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from made_up_secrets import body, pem, tickdb
from rich.console import Console
from typer.testing import CliRunner

from quantgov import keys, responding
from quantgov.cli import console
from quantgov.cli.secrets import respond
from quantgov.errors import QuantgovError, UsageError
from quantgov.git import Repository
from quantgov.responding import Incident, Step, steps
from quantgov.secrets import vendors

if TYPE_CHECKING:
    from collections.abc import Callable

    from repository import Repo

KEY = tickdb()
POLICY = 'version: 1\nsecrets: {salt: "5a17c0ffee5a17c0"}\n'
FEED = f'import os\n\nTICKDB_KEY = "{KEY}"\n'
REGISTER = """\
version: 1
keys:
  - {name: TICKDB_KEY, vendor: tickdb, layer: production, owner: bob, scope: kline only, storage: the vault,
     rotated_on: 2026-01-15, expires: 2026-07-15}
"""


def find(wanted: str) -> Incident:
    return responding.find(Repository.discover(), wanted, lambda done, total: None)


def step(incident: Incident, name: str) -> Step:
    return next(each for each in steps(incident) if each.name == name)


def call(*args: str) -> tuple[int, str]:
    """Exit code and output of the command, as the application turns errors into codes."""
    app = typer.Typer()
    app.command()(respond)
    result = CliRunner().invoke(app, args)
    if isinstance(result.exception, QuantgovError):
        return result.exception.exit_code, result.exception.message + result.exception.help
    return result.exit_code, result.output


@pytest.fixture
def leaked(repo: Repo) -> Repo:
    """A key in the second of three commits, on disk and nowhere else."""
    repo.commit({"quantgov.yaml": POLICY})
    repo.commit({"src/feed.py": FEED})
    repo.commit({"src/feed.py": f"# prices\n{FEED}"})
    return repo


@pytest.fixture
def pushed(leaked: Repo, make_repo: Callable[[str], Repo]) -> Repo:
    """The same, on a server as well."""
    server = make_repo("server")
    leaked.git("remote", "add", "origin", f"file://alice:pw@{server.path}")
    leaked.git("push", "-q", str(server.path), "main:refs/heads/other")
    leaked.git("fetch", "-q", str(server.path), "other:refs/remotes/origin/main")
    return leaked


# --- which one is meant


@pytest.mark.parametrize("wanted", ["src/feed.py:4", "src/feed.py:4:15", "./src/feed.py:4", "feed.py:4", "src/feed.py"])
def test_a_finding_is_named_by_its_place(leaked: Repo, wanted: str) -> None:
    incident = find(wanted)
    assert incident.leak.what.startswith("TickDB API key ")
    assert incident.places == [
        "src/feed.py:4",
        f"src/feed.py:3, in commit {leaked.out('rev-parse', 'HEAD~1')[:10]}",
    ]


def test_a_finding_is_named_by_its_fingerprint_or_the_beginning_of_it(leaked: Repo) -> None:
    mark = find("src/feed.py:4").leak.fingerprint
    assert find(mark).leak.fingerprint == mark
    assert find(mark[:4]).leak.fingerprint == mark


def test_a_place_of_an_earlier_version_is_one_too(leaked: Repo) -> None:
    assert find("src/feed.py:3").leak.fingerprint == find("src/feed.py:4").leak.fingerprint


@pytest.mark.parametrize("wanted", ["src/feed.py:1", "other.py:4", "abc", "", "xyz123", "src", "quantgov.yaml"])
def test_what_names_none_is_refused_with_the_command_that_lists_them(leaked: Repo, wanted: str) -> None:
    with pytest.raises(UsageError, match="no finding here") as refused:
        find(wanted)
    assert "quantgov secrets scan --history" in refused.value.help


def test_three_characters_are_too_few(leaked: Repo) -> None:
    with pytest.raises(UsageError):
        find(find("src/feed.py:4").leak.fingerprint[:3])


def test_what_may_be_several_is_refused_with_their_names(leaked: Repo) -> None:
    leaked.write("src/feed.py", f"a, b = '{KEY}', '{tickdb(1)}'\n")
    with pytest.raises(UsageError, match="may be 2 findings") as refused:
        find("src/feed.py:1")
    assert refused.value.help.count(" (TickDB API key tk_live_") == 2


def test_in_a_bare_repository_history_is_asked(leaked: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = find("src/feed.py:4").leak.fingerprint
    leaked.git("clone", "-q", "--bare", ".", "../bare.git")
    monkeypatch.chdir(leaked.path.parent / "bare.git")
    assert find(mark).leak.own_line.startswith('TICKDB_KEY = "')


def test_where_there_is_no_file_and_no_commit_there_is_no_finding(repo: Repo) -> None:
    with pytest.raises(UsageError, match="no finding here"):
        find("abcd")


# --- what is said


def test_the_steps_are_in_order(leaked: Repo) -> None:
    assert [each.name for each in steps(find("src/feed.py:4"))] == [
        "revoke", "rotate", "owner", "misuse", "purge", "attack",
    ]  # fmt: skip


def test_it_tells_since_when_and_by_whom(leaked: Repo) -> None:
    incident = find("src/feed.py:4")
    assert incident.first
    assert incident.first.commit == leaked.out("rev-parse", "HEAD~1")
    assert incident.first.author == "Alice <alice@fund.com>"
    assert not incident.is_pushed


def test_of_several_files_the_first_commit_counts(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY, "z.py": FEED})
    first = repo.out("rev-parse", "HEAD")
    repo.commit({"a.py": f"x = 1\n{FEED}"})
    incident = find("a.py:4")
    assert incident.first
    assert incident.first.commit == first


def test_the_line_is_shown_redacted(leaked: Repo) -> None:
    leak = find("src/feed.py:4").leak
    assert leak.own_line.startswith('TICKDB_KEY = "tk_live_')
    assert [each.number for each in leak.lines] == [2, 3, 4]


def test_what_is_not_pushed_is_mended_here(leaked: Repo) -> None:
    incident = find("src/feed.py:4")
    assert "No remote branch known here" in " ".join(step(incident, "revoke").text)
    oid = leaked.out("rev-parse", "HEAD~1")[:10]
    assert step(incident, "purge").commands[:2] == (f"git rebase -i {oid}^", "git commit --amend --all")
    assert not any("force" in each for each in step(incident, "purge").commands)


def test_in_the_last_commit_it_is_amended(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY, "src/feed.py": FEED})
    assert step(find("src/feed.py:3"), "purge").commands[0] == "git commit --amend --all"


def test_what_is_in_no_commit_is_taken_out(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY})
    repo.write("src/my feed.py", FEED)
    incident = find("src/my feed.py:3")
    assert "It is in no commit" in " ".join(step(incident, "revoke").text)
    assert step(incident, "purge").commands == ("git add -- 'src/my feed.py'",)


def test_what_is_pushed_is_purged_by_commands_that_are_shown_only(pushed: Repo) -> None:
    before = pushed.out("for-each-ref")
    incident = find("src/feed.py:4")
    assert incident.is_pushed
    assert "Revoke it now" in " ".join(step(incident, "revoke").text)
    commands = step(incident, "purge").commands
    url = pushed.out("config", "remote.origin.url").replace("alice:pw@", "")
    assert commands[1] == f"git clone --mirror {url} purge.git"
    assert commands[4] == "git filter-repo --replace-text ../replacements.txt"
    assert commands[-2:] == ("quantgov secrets scan --history", f"git push --force --mirror {url}")
    said = " ".join(step(incident, "purge").text)
    assert "First take it out of src/feed.py" in said
    assert "clones anew" in said
    assert "Forks keep theirs" in said
    assert pushed.out("for-each-ref") == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("git@github.com:fund/alpha.git", "https://support.github.com"),
        ("https://gitlab.com/fund/alpha.git", "Repository maintenance"),
        ("ssh://git.fund.com/alpha", "collects its garbage"),
    ],
)
def test_each_host_keeps_old_objects_in_its_own_way(pushed: Repo, url: str, said: str) -> None:
    pushed.git("remote", "set-url", "origin", url)
    purge = step(find("src/feed.py:4"), "purge")
    assert said in " ".join(purge.text)
    assert f"git clone --mirror {url} purge.git" in purge.commands


def push(repo: Repo) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")


def test_a_private_key_is_replaced_by_an_expression_that_holds_no_secret(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY, "server.pem": pem()})
    push(repo)
    incident = find("server.pem:1")
    assert any("regex:-----BEGIN" in each for each in step(incident, "purge").text)
    assert incident.vendor is vendors.PRIVATE_KEY


def test_a_file_that_is_not_text_goes_whole(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY, "a b.bin": b"\0\1\2 " + KEY.encode() + b" \0\1"})
    push(repo)
    mark = next(each.fingerprint for each in responding._everything(Repository.discover(), lambda done, total: None))
    assert "git filter-repo --invert-paths --path 'a b.bin'" in step(find(mark), "purge").commands


def test_a_key_in_a_message_is_replaced_there(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY}, f"feat: use {KEY}")
    push(repo)
    found = responding._everything(Repository.discover(), lambda done, total: None)
    incident = find(found[0].fingerprint)
    assert incident.leak.code == "QG303"
    assert incident.slug == "tickdb"
    assert incident.places == [f"the commit message, in commit {repo.out('rev-parse', 'HEAD')[:10]}"]
    assert "git filter-repo --replace-message ../replacements.txt" in step(incident, "purge").commands


def test_a_key_in_a_branch_name_is_renamed(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY})
    repo.git("branch", f"strategy/{KEY}")
    found = responding._everything(Repository.discover(), lambda done, total: None)
    assert step(find(found[0].fingerprint), "purge").commands[0].startswith("git branch -m")


# --- whose it is


def test_a_registered_key_has_an_owner_a_storage_and_a_layer(leaked: Repo) -> None:
    leaked.write(keys.KEYS_FILE, REGISTER)
    incident = find("src/feed.py:4")
    assert (
        "bob owns TICKDB_KEY: layer production, scope kline only, kept in the vault" in step(incident, "owner").text[0]
    )
    assert "kept in: the vault" in " ".join(step(incident, "rotate").text)
    attack = step(incident, "attack").text
    assert attack[0] == vendors.VENDORS["tickdb"].attack
    assert attack[1:] == (f"Layer production: {responding.LAYERS['production']}",)


def test_the_register_of_head_counts_where_there_is_none_on_disk(leaked: Repo) -> None:
    leaked.commit({keys.KEYS_FILE: REGISTER})
    (leaked.path / keys.KEYS_FILE).unlink()
    assert [each.owner for each in find("src/feed.py:4").registered] == ["bob"]


def test_an_unregistered_key_is_to_be_added_and_the_line_fits_once_it_is_filled_in(leaked: Repo) -> None:
    owner = step(find("src/feed.py:4"), "owner")
    assert "Alice <alice@fund.com> committed it" in " ".join(owner.text)
    filled = "\n".join(owner.commands)
    for blank, value in (
        ("<development|ci|production>", "ci"), ("<person>", "alice"), ("<what it may do>", "kline"),
        ("<where it is kept>", "vault"), ("<YYYY-MM-DD>", "2026-01-15"),
    ):  # fmt: skip
        filled = filled.replace(blank, value)
    assert keys.problems(filled.encode()) == []
    assert [(each.name, each.vendor) for each in keys.of_data(filled.encode())] == [("TICKDB_KEY", "tickdb")]


def test_a_key_of_unknown_layer_is_told_for_each(leaked: Repo) -> None:
    attack = step(find("src/feed.py:4"), "attack").text
    assert len(attack) == 1 + len(keys.LAYERS)


def test_a_secret_of_unknown_vendor_gets_the_general_advice(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY, "a.py": f'SESSION_SECRET = "{body(40)}"\n'})
    incident = find("a.py:1")
    assert incident.vendor is vendors.UNKNOWN
    assert "vendor: <vendor>" in step(incident, "owner").commands[-1]


def test_a_team_s_own_detector_brings_its_own_advice(repo: Repo) -> None:
    example = f"examples: [fgw_{body(24, seed=1)}]"
    own = f"{{name: fund-key, title: Fund key, pattern: 'fgw_[0-9a-zA-Z]{{24}}', {example}, advice: Call the desk.}}"
    repo.commit({"quantgov.yaml": f"version: 1\nsecrets:\n  detectors:\n    - {own}\n"})
    repo.write("a.py", f"x = 'fgw_{body(24)}'\n")
    assert "Call the desk." in step(find("a.py:1"), "revoke").text


def test_one_secret_in_a_message_and_in_a_name_is_one_incident(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": POLICY}, f"feat: use {KEY}")
    repo.git("branch", f"strategy/{KEY}")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    report = json.loads(repo.quantgov("secrets", "scan", "--history", "--format", "json").stdout)
    mark = report["findings"][0]["fingerprint"]
    named = find(f"{mark}-2")
    assert named.places == [
        f"the commit message, in commit {repo.out('rev-parse', 'HEAD')[:10]}",
        f"the name of refs/heads/strategy/tk_live_{KEY[8:11]}… ({len(KEY)} characters)",
    ]
    assert named.is_pushed
    purge = " ".join(step(named, "purge").text)
    assert "First take it out" not in purge
    assert "Rename that" in purge


# --- the command


def test_the_command_says_it_all_in_order(pushed: Repo) -> None:
    code, output = call("src/feed.py:4")
    assert code == 0
    headings = [line for line in output.splitlines() if line[:1].isdigit()]
    assert headings == [
        "1. Revoke it at TickDB",
        "2. Rotate it",
        "3. Tell its owner",
        "4. Look for misuse",
        "5. Purge it from history",
        "6. What an attacker could have done",
    ]


def test_prose_is_broken_between_words_in_a_terminal_and_commands_are_not(
    pushed: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = {"TERM": "xterm"}
    terminal = Console(
        width=60, force_terminal=True, color_system=None, highlight=False, soft_wrap=True, _environ=usual
    )
    piped = call("src/feed.py:4")[1].splitlines()
    monkeypatch.setattr(console, "OUT", terminal)
    shown = call("src/feed.py:4")[1].splitlines()
    assert "".join(piped).replace(" ", "") == "".join(shown).replace(" ", "")
    prose = [line for line in shown if line.startswith("   ") and line[3] != " "]
    assert len(prose) > len([line for line in piped if line.startswith("   ") and line[3] != " "])
    assert max(map(len, prose)) <= 60
    assert [line for line in shown if "git clone" in line] == [line for line in piped if "git clone" in line]


def test_as_json(pushed: Repo) -> None:
    code, output = call("src/feed.py:4", "--format", "json")
    told = json.loads(output)
    assert code == 0
    assert told["schema"] == 1
    assert told["finding"]["vendor"] == "tickdb"
    assert told["finding"]["pushed"] is True
    assert told["finding"]["first"]["author"] == "Alice <alice@fund.com>"
    assert [each["name"] for each in told["steps"]] == ["revoke", "rotate", "owner", "misuse", "purge", "attack"]


def test_a_finding_that_is_not_there_exits_with_2(leaked: Repo) -> None:
    assert call("nothing")[0] == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_secret_is_said_nowhere(pushed: Repo, form: str) -> None:
    pushed.commit({"src/feed.py": FEED}, f"feat: {KEY}", "--author", f"{KEY} <a@fund.com>")
    push(pushed)
    found = responding._everything(Repository.discover(), lambda done, total: None)
    assert {each.code for each in found} == {"QG301", "QG303"}
    for mark in {each.fingerprint for each in found}:
        code, output = call(mark, "--format", form)
        assert code == 0
        assert KEY[:15] not in output.replace("\n", "")
