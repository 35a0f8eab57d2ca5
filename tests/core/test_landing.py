"""When a content came to the trunk, and whose policy judged it there: asked of real histories."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from core_builders import bare_of, zero
from repository import Repo

from quantgov import entrance, policy
from quantgov.change import SSH_KEYGEN, Approval, Change, Landed, Landing
from quantgov.errors import CannotJudge
from quantgov.git import Repository
from quantgov.tree import EMPTY

SIGN_OFF = "strategies/gap/signoffs/researcher.intoto.json"
ALICE, BOB, CAROL = (
    f"version: 1\nteam: {{{name}: {{email: {name}@fund.com, roles: [researcher]}}}}\n"
    for name in ("alice", "bob", "carol")
)
DAY = 86_400
START = 1_700_000_000


def commit_at(repo: Repo, day: int, files: dict[str, str | bytes] | None = None, *args: str) -> str:
    """A commit on that day, whatever its author claims."""
    repo.stage(files or {})
    when = {"GIT_COMMITTER_DATE": f"{START + day * DAY} +0000", "GIT_AUTHOR_DATE": "1000000000 +0000"}
    unhooked = ("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty")
    repo.git(*unhooked, "-m", f"chore: day {day}", *args, check=True, **when)
    return repo.out("rev-parse", "HEAD")


def merge_at(repo: Repo, day: int, branch: str, *args: str) -> None:
    when = {"GIT_COMMITTER_DATE": f"{START + day * DAY} +0000"}
    repo.git("merge", "-q", "--no-verify", "-m", f"Merge {branch}", *args, branch, check=True, **when)


def landed(repo: Repo, path: str = SIGN_OFF, content: str = "{}\n") -> tuple[int, str] | None:
    """On which day a content came to the trunk at a path, and who was in the team that judged it."""
    oid = repo.out("hash-object", str(repo.write("../content", content)))
    found = entrance.snapshot(Repository.discover()).landing.history(path, oid)
    return (int(found.time - START) // DAY, team_of(found)) if found else None


def team_of(found: Landed) -> str:
    then = policy.of_tree(found.team, "the trunk of that day")
    return ", ".join(each.name for each in then.people.people) if then else ""


def test_a_root_commit_judges_itself(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE, SIGN_OFF: "{}\n"})
    commit_at(repo, 1, {"quantgov.yaml": BOB})
    assert landed(repo) == (0, "alice")


def test_a_root_commit_without_a_policy_has_no_team(repo: Repo) -> None:
    commit_at(repo, 0, {SIGN_OFF: "{}\n"})
    commit_at(repo, 1, {"quantgov.yaml": BOB})
    assert landed(repo) == (0, "")


def test_the_first_policy_judges_what_comes_with_it(repo: Repo) -> None:
    commit_at(repo, 0, {"README.md": "x\n"})
    commit_at(repo, 1, {"quantgov.yaml": ALICE, SIGN_OFF: "{}\n"})
    assert landed(repo) == (1, "alice")


def test_afterwards_the_policy_before_judges(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    commit_at(repo, 1, {"quantgov.yaml": BOB, SIGN_OFF: "{}\n"})
    commit_at(repo, 2, {"quantgov.yaml": CAROL})
    assert landed(repo) == (1, "alice")


def test_a_shallow_clone_says_that_it_does_not_know(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE, SIGN_OFF: "{}\n"})
    commit_at(repo, 1, {"quantgov.yaml": BOB})
    commit_at(repo, 2, {"README.md": "x\n"})
    clone = Repo(tmp_path / "shallow")
    repo.git("clone", "-q", "--depth=2", repo.path.as_uri(), str(clone.path))
    monkeypatch.chdir(clone.path)
    with pytest.raises(CannotJudge, match="a shallow clone, which does not tell when") as refused:
        landed(clone)
    assert "--unshallow" in refused.value.help
    clone.git("fetch", "-q", "--unshallow")
    assert landed(clone) == (0, "alice")


def test_another_content_or_path_never_landed(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE, SIGN_OFF: "{}\n"})
    assert landed(repo, content="{ }\n") is None
    assert landed(repo, "strategies/gap/signoffs/engineer.intoto.json") is None
    assert entrance.snapshot(Repository.discover()).landing.history(SIGN_OFF, "") is None


def test_a_merge_brings_what_its_branch_made_when_it_is_merged(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    repo.branch("strategy/gap")
    commit_at(repo, 1, {"quantgov.yaml": CAROL})
    commit_at(repo, 2, {"quantgov.yaml": ALICE, SIGN_OFF: "{}\n"})
    repo.git("switch", "-q", "main")
    commit_at(repo, 3, {"README.md": "x\n"})
    commit_at(repo, 4, {"quantgov.yaml": BOB})
    merge_at(repo, 5, "strategy/gap", "--no-ff")
    assert landed(repo) == (5, "bob")


def test_what_a_branch_took_back_before_its_merge_never_landed(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    repo.branch("strategy/gap")
    commit_at(repo, 1, {SIGN_OFF: "{}\n"})
    commit_at(repo, 2, {SIGN_OFF: "other\n"})
    repo.git("switch", "-q", "main")
    merge_at(repo, 3, "strategy/gap", "--no-ff")
    assert landed(repo) is None
    assert landed(repo, content="other\n") == (3, "alice")


def test_a_merge_into_the_branch_lands_nothing(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    repo.branch("strategy/gap")
    commit_at(repo, 1, {SIGN_OFF: "{}\n"})
    assert landed(repo) is None


def test_a_squash_lands_at_its_own_time(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    repo.branch("strategy/gap")
    commit_at(repo, 1, {SIGN_OFF: "{}\n"})
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--squash", "strategy/gap")
    commit_at(repo, 4)
    assert landed(repo) == (4, "alice")


def test_a_rebased_trunk_knows_only_its_own_commits(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    base = repo.out("rev-parse", "HEAD")
    commit_at(repo, 1, {SIGN_OFF: "{}\n"})
    commit_at(repo, 2, {"README.md": "x\n"})
    repo.git("reset", "-q", "--hard", base)
    commit_at(repo, 5, {"quantgov.yaml": BOB})
    assert landed(repo) is None
    commit_at(repo, 6, {SIGN_OFF: "{}\n"})
    assert landed(repo) == (6, "bob")


def test_under_another_name_it_lands_anew(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE, SIGN_OFF: "{}\n"})
    commit_at(repo, 1, {"quantgov.yaml": BOB})
    repo.git("mv", "strategies/gap", "strategies/overnight")
    commit_at(repo, 2)
    assert landed(repo, SIGN_OFF.replace("gap", "overnight")) == (2, "bob")
    assert landed(repo) == (0, "alice")


def test_what_a_rollback_brings_back_landed_the_first_time(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    commit_at(repo, 1, {SIGN_OFF: "{}\n"})
    commit_at(repo, 2, {"quantgov.yaml": BOB, SIGN_OFF: "other\n"})
    repo.git("rm", "-q", SIGN_OFF)
    commit_at(repo, 3)
    commit_at(repo, 4, {SIGN_OFF: "{}\n"})
    assert landed(repo) == (1, "alice")


@pytest.mark.parametrize(
    "path",
    [
        "strategies/a b/ü.json",
        "strategies/new\nline/s.json",
        "strategies/*/s.json",
        ":(top)s.json",
        "-s.json",
        'a"b\\c',
    ],
)
def test_any_path_is_taken_as_it_is(path: str, repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    repo.write(path, "{}\n")
    repo.write("strategies/decoy/s.json", "decoy\n")
    repo.git("add", "-f", "-A")
    commit_at(repo, 1)
    assert landed(repo, path) == (1, "alice")
    assert landed(repo, path, "decoy\n") is None


def test_a_path_that_is_no_text(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    path = b"strategies/\xff.json".decode("utf-8", "surrogateescape")
    repo.write(path, "{}\n")
    repo.git("add", "-f", "-A")
    commit_at(repo, 1)
    assert landed(repo, path) == (1, "alice")


@pytest.mark.parametrize("setting", ["color.ui=always", "log.follow=true", "log.diffMerges=off", "diff.renames=copies"])
def test_no_setting_of_the_users_git_changes_the_answer(setting: str, repo: Repo) -> None:
    key, _, value = setting.partition("=")
    repo.git("config", key, value)
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    repo.branch("strategy/gap")
    commit_at(repo, 1, {SIGN_OFF: "{}\n"})
    repo.git("switch", "-q", "main")
    merge_at(repo, 3, "strategy/gap", "--no-ff")
    assert landed(repo) == (3, "alice")


def test_without_a_trunk_nothing_landed(repo: Repo) -> None:
    repo.stage({SIGN_OFF: "{}\n"})
    assert entrance.staged(Repository.discover()).landing.history(SIGN_OFF, "0" * 40) is None
    standing = entrance.standing(None, EMPTY, [])
    assert standing.landing.history(SIGN_OFF, "0" * 40) is None


def test_every_entrance_asks_the_trunk_that_judges(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_repo: Callable[[str], Repo]
) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE, SIGN_OFF: "{}\n"})
    trunk = repo.out("rev-parse", "HEAD")
    bare = bare_of(repo, tmp_path / "bare", "main")
    repo.branch("strategy/gap")
    commit_at(repo, 1, {"quantgov.yaml": BOB, SIGN_OFF: "other\n"})
    tip = repo.out("rev-parse", "HEAD")
    repo.git("push", "-q", "--no-verify", "origin", "HEAD:refs/heads/side")
    first, other = (repo.out("rev-parse", f"{commit}:{SIGN_OFF}") for commit in (trunk, tip))
    ref = "refs/heads/strategy/gap"
    changes = [
        entrance.staged(Repository.discover()),
        entrance.pushed(Repository.discover(), "origin", [f"{ref} {tip} {ref} {zero(repo)}"])[0],
        entrance.ranged(Repository.discover(), trunk, tip),
        entrance.snapshot(Repository.discover(), tip),
    ]
    monkeypatch.chdir(bare)
    changes += entrance.received(Repository.discover(), [f"{zero(repo)} {tip} {ref}"])
    for change in changes:
        assert abs(change.landing.now - time.time()) < 60
        assert change.landing.approvals == ()
        assert [days(change, oid) for oid in (first, other)] == [0, None]


def days(change: Change, oid: str) -> int | None:
    found = change.landing.history(SIGN_OFF, oid)
    return int(found.time - START) // DAY if found else None


def test_a_pull_request_brings_its_reviews(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    repo.branch("strategy/gap")
    tip = commit_at(repo, 1, {SIGN_OFF: "{}\n"})
    change = entrance.ranged(Repository.discover(), "main", tip, approvals=[Approval("alice-q", tip)])
    assert [(each.login, each.commit) for each in change.landing.approvals] == [("alice-q", tip)]
    assert change.landing.history(SIGN_OFF, repo.out("rev-parse", f"{tip}:{SIGN_OFF}")) is None


def test_the_program_that_verifies_is_gits_own_choice(repo: Repo) -> None:
    commit_at(repo, 0, {"quantgov.yaml": ALICE})
    assert entrance.snapshot(Repository.discover()).landing.ssh_keygen() == SSH_KEYGEN
    repo.git("config", "gpg.ssh.program", "/opt/openssh/bin/ssh-keygen")
    assert entrance.snapshot(Repository.discover()).landing.ssh_keygen() == "/opt/openssh/bin/ssh-keygen"


def test_a_landing_by_itself() -> None:
    assert Landing(now=0).today == "1970-01-01"
    assert Landing(now=START + 0.5).today == "2023-11-14"
    assert abs(Landing().now - time.time()) < 60
    assert Landing().history(SIGN_OFF, "0" * 40) is None
    assert Landing().ssh_keygen() == SSH_KEYGEN
