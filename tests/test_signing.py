"""Setting signing up: the key that is there or a new one, git's configuration, the entry in the team."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from repository import Repo
from signers import Signer, ssh_agent

from quantgov import signing
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import Repository
from quantgov.people import public_key
from quantgov.policy import load
from quantgov.sshsig import Check, sign, verify
from quantgov.workspace import KEEP, Workspace, pending, take

POLICY = "version: 1\nteam:\n  alice: {email: alice@fund.com, roles: [lead]}\n"


@pytest.fixture(autouse=True)
def nobody_lends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
def ours(repo: Repo) -> Repo:
    repo.write("quantgov.yaml", POLICY)
    return repo


def space() -> Workspace:
    return Workspace(Repository.discover())


def set_up() -> list[str]:
    """What was done, each thing by its verb and target."""
    steps = pending(signing.set_up(space(), asks=False))
    take(steps)
    return [f"{step.verb} {step.target}" for step in steps]


def keys(repo: Repo) -> tuple[str, ...]:
    return load((repo.path / "quantgov.yaml").read_bytes()).people.people[0].keys


def put_in_home(signer: Signer, name: str, *, private: bool = True) -> Path:
    folder = Path(os.environ["HOME"]) / ".ssh"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.pub").write_text(f"{signer.public_key}\n")
    if private:
        (folder / name).write_bytes(signer.key_path.read_bytes())
        (folder / name).chmod(0o600)
    return folder / f"{name}.pub"


def assert_signs(repo: Repo) -> None:
    """What git is configured with makes a signature that the team's entry verifies."""
    made = sign(b"data", repo.out("config", "user.signingkey"), "test")
    assert verify([Check(b"data", made, "alice@fund.com", keys(repo), "test", 0)]) == [""]


def test_where_there_is_no_key_one_is_made(ours: Repo, isolated: Path) -> None:
    path = isolated / ".ssh" / "id_ed25519"
    assert set_up() == [
        f"make {path}", "set git config gpg.format ssh", f"set git config user.signingkey {path}.pub",
        "add quantgov.yaml",
    ]  # fmt: skip
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    assert_signs(ours)


def test_twice_is_once(ours: Repo) -> None:
    set_up()
    before = (ours.path / "quantgov.yaml").read_text()
    assert {step.verb for step in signing.set_up(space(), asks=False)} == {KEEP}
    assert set_up() == []
    assert (ours.path / "quantgov.yaml").read_text() == before


def test_it_is_set_for_this_repository_alone(ours: Repo) -> None:
    set_up()
    assert ours.git("config", "--global", "--get", "gpg.format", check=False).stdout == ""


@pytest.mark.parametrize("name", ["id_ed25519", "id_ecdsa", "id_rsa"])
def test_a_key_of_a_usual_name_is_taken(ours: Repo, name: str) -> None:
    path = put_in_home(Signer("alice", "alice@fund.com", kind=name[3:]), name)
    assert f"set git config user.signingkey {path}" in set_up()
    assert_signs(ours)


def test_the_key_that_git_signs_with_already_comes_before_the_usual_ones(ours: Repo) -> None:
    put_in_home(Signer("other", "alice@fund.com"), "id_ed25519")
    alice = Signer("alice", "alice@fund.com")
    ours.git("config", "gpg.format", "ssh")
    ours.git("config", "user.signingkey", str(alice.key_path))
    assert set_up() == ["add quantgov.yaml"]
    assert keys(ours) == (public_key(alice.public_key),)
    assert_signs(ours)


def test_a_signing_key_below_the_home(ours: Repo) -> None:
    alice = Signer("alice", "alice@fund.com")
    put_in_home(alice, "work")
    ours.git("config", "--global", "gpg.format", "ssh")
    ours.git("config", "--global", "user.signingkey", "~/.ssh/work.pub")
    assert set_up() == ["add quantgov.yaml"]
    assert_signs(ours)


def test_a_signing_key_of_another_kind_is_replaced_and_said_so(ours: Repo) -> None:
    ours.git("config", "gpg.format", "openpgp")
    ours.git("config", "user.signingkey", "0xDEADBEEF")
    notes = [step.note for step in signing.set_up(space(), asks=False)]
    assert notes[1:3] == ["instead of openpgp", "instead of 0xDEADBEEF"]


@pytest.mark.parametrize("value", ["key::ssh-ed25519 AAAA", "/no/such/key"])
def test_a_signing_key_that_is_none_is_replaced(ours: Repo, value: str) -> None:
    ours.git("config", "gpg.format", "ssh")
    ours.git("config", "user.signingkey", value)
    assert set_up()[0].startswith("make ")
    assert_signs(ours)


@pytest.mark.parametrize("form", ["key::{}", "{}"])
def test_a_key_that_git_has_as_text_and_the_agent_holds(
    ours: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    alice = Signer("alice", "alice@fund.com")
    ours.git("config", "gpg.format", "ssh")
    ours.git("config", "user.signingkey", form.format(alice.public_key))
    with ssh_agent(tmp_path) as found:
        monkeypatch.setenv("SSH_AUTH_SOCK", found["SSH_AUTH_SOCK"])
        subprocess.run(["ssh-add", "-q", alice.key_path], check=True)
        assert set_up() == ["add quantgov.yaml"]
        assert_signs(ours)


def test_a_key_whose_private_half_only_the_agent_has(
    ours: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Signer("alice", "alice@fund.com")
    path = put_in_home(alice, "id_ecdsa", private=False)
    key = signing.Key(str(path), alice.public_key)
    with ssh_agent(tmp_path) as found:
        monkeypatch.setenv("SSH_AUTH_SOCK", found["SSH_AUTH_SOCK"])
        assert not signing.can_sign(key)
        subprocess.run(["ssh-add", "-q", alice.key_path], check=True)
        assert signing.can_sign(key)
        assert signing.find(space()) == key
        path.unlink()
        assert signing.find(space()) == signing.Key(f"key::{alice.public_key}", alice.public_key)
        set_up()
        assert_signs(ours)


def test_a_public_key_that_nobody_has_the_private_half_of_is_not_taken_and_not_overwritten(ours: Repo) -> None:
    path = put_in_home(Signer("alice", "alice@fund.com"), "id_ed25519", private=False)
    before = path.read_text()
    assert set_up()[0] == f"make {path.parent}/id_quantgov"
    assert path.read_text() == before


def test_git_has_to_know_who_signs(repo: Repo, isolated: Path) -> None:
    (isolated / ".gitconfig").write_text("")
    with pytest.raises(UsageError, match="git does not know who you are"):
        set_up()


def test_whoever_is_not_in_the_team_yet_gets_a_key_to_be_added_with(repo: Repo, isolated: Path) -> None:
    repo.write("quantgov.yaml", "version: 1\nteam: {bob: {email: bob@fund.com}}\n")
    set_up()
    assert (isolated / ".ssh" / "id_ed25519.pub").exists()
    assert repo.out("config", "gpg.format") == "ssh"
    assert (repo.path / "quantgov.yaml").read_text() == "version: 1\nteam: {bob: {email: bob@fund.com}}\n"


def test_a_place_that_cannot_be_written_to_is_named(ours: Repo, isolated: Path) -> None:
    steps = signing.set_up(space(), asks=False)
    (isolated / ".ssh" / "id_ed25519").mkdir(parents=True)
    with pytest.raises(CannotJudge, match="no key was made"):
        take(steps)


def test_without_openssh_nothing_is_found_and_nothing_made(
    ours: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = signing.set_up(space(), asks=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not signing.can_sign(signing.Key("key::x", "x"))
    with pytest.raises(CannotJudge) as caught:
        take(steps)
    assert "OpenSSH" in caught.value.help


def test_on_a_terminal_ssh_keygen_asks_for_the_passphrase(ours: Repo, isolated: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ours.path)
        os.execv(sys.executable, [sys.executable, "-I", "-m", "quantgov", "doctor", "--fix"])  # noqa: S606  # the client
    said = b""
    while piece := _read(terminal):
        said += piece
        if piece.rstrip().endswith((b":", b"again:")):
            os.write(terminal, b"correct horse\n")
    os.waitpid(pid, 0)
    os.close(terminal)
    assert b"done: make" in said
    for phrase, code in (("", 255), ("correct horse", 0)):
        command = ["ssh-keygen", "-y", "-P", phrase, "-f", str(isolated / ".ssh" / "id_ed25519")]
        assert subprocess.run(command, capture_output=True).returncode == code


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so where the other end is closed
        return b""


class TestInit:
    def test_sets_signing_up_with_everything_else(self, repo: Repo) -> None:
        done = repo.quantgov("init", "--yes", "--signing")
        assert done.returncode == 0, done.stderr
        assert "user.signingkey" in done.stdout
        assert_signs(repo)

    def test_leaves_signing_alone_unless_asked(self, repo: Repo, isolated: Path) -> None:
        assert repo.quantgov("init", "--yes").returncode == 0
        assert not (isolated / ".ssh").exists()

    def test_names_the_policy_among_what_is_to_be_committed(self, repo: Repo) -> None:
        repo.quantgov("init", "--yes")
        repo.commit({"quantgov.yaml": (repo.path / "quantgov.yaml").read_text()})
        done = repo.quantgov("init", "--yes", "--signing")
        assert "git add quantgov.yaml\n" in done.stdout
