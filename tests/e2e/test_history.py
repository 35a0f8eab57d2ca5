"""Merges, rebases and cherry-picks: what git commits without asking pre-commit is still judged."""

from __future__ import annotations

import pytest
from team import KEY, SIGNAL, Team, assert_accepted, assert_refused

LEAK = {"load.py": f'KEY = "{KEY}"\n'}


def test_a_merge_without_conflicts_is_judged(team: Team) -> None:
    team.repo.branch("strategy/leaky")
    team.bypass("feat: load data", dict(LEAK))
    team.repo.git("switch", "-q", "strategy/gap-fade")
    team.repo.commit({"a.py": SIGNAL})
    done = team.repo.git("merge", "-q", "--no-ff", "--no-edit", "strategy/leaky", check=False)
    # Both parents are judged on their own; what this merge itself brings is nothing new.
    assert_accepted(done)
    assert_refused(team.push("strategy/gap-fade"), "QG301")


def test_a_secret_that_only_the_merge_brings(team: Team) -> None:
    team.repo.branch("strategy/other")
    team.repo.commit({"load.py": "a = 1\n"})
    team.repo.git("switch", "-q", "strategy/gap-fade")
    team.repo.commit({"load.py": "b = 1\n"})
    team.repo.git("merge", "-q", "strategy/other", check=False)
    team.repo.stage(dict(LEAK))
    assert_refused(team.repo.git("commit", "-q", "--no-edit", check=False), "QG301")
    team.repo.stage({"load.py": "a = b = 1\n"})
    assert_accepted(team.repo.git("commit", "-q", "--no-edit", check=False))


def test_trunks_changes_are_not_blamed_on_the_merger(team: Team) -> None:
    team.repo.git("switch", "-q", "main")
    team.bypass("feat: old sin", {"big.csv": "t,v\n" * 10, "notes.pem": "x\n"})
    team.repo.git("push", "-q", "--no-verify", "origin", "main", check=False)
    team.repo.git("switch", "-q", "strategy/gap-fade")
    team.repo.commit({"a.py": SIGNAL})
    assert_accepted(team.repo.git("merge", "-q", "--no-edit", "main", check=False))


@pytest.mark.parametrize("how", ["cherry-pick", "rebase"])
def test_what_runs_no_hook_is_judged_at_push(team: Team, how: str) -> None:
    team.repo.git("switch", "-q", "-c", "strategy/leaky", "main")
    leak = team.bypass("feat: load data", dict(LEAK))
    if how == "cherry-pick":
        team.repo.git("switch", "-q", "strategy/gap-fade")
        team.repo.git("cherry-pick", leak)
        branch = "strategy/gap-fade"
    else:
        team.repo.git("switch", "-q", "strategy/gap-fade")
        team.repo.commit({"a.py": SIGNAL})
        team.repo.git("switch", "-q", "strategy/leaky")
        team.repo.git("rebase", "-q", "strategy/gap-fade")
        branch = "strategy/leaky"
    assert_refused(team.push(branch), "QG301")
    assert not team.on_server(branch)


def test_an_amend_does_not_hide_what_the_commit_had(team: Team) -> None:
    team.bypass("feat: load data", dict(LEAK))
    team.repo.stage({"b.py": SIGNAL})
    assert_accepted(team.repo.git("commit", "-q", "--amend", "--no-edit", check=False))
    assert_refused(team.push("strategy/gap-fade"), "QG301")


def test_adding_and_deleting_a_key_still_uploads_it(team: Team) -> None:
    team.bypass("feat: load data", dict(LEAK))
    team.repo.git("rm", "-q", "load.py")
    assert_accepted(team.try_commit("fix: take the key out"))
    done = team.push("strategy/gap-fade")
    assert_refused(done, "QG301")
    assert KEY not in done.stderr


def test_a_revert_keeps_the_line_that_git_gives_it(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL}, "feat: add a")
    assert_accepted(team.repo.git("revert", "--no-edit", "HEAD", check=False))
    assert_accepted(team.push("strategy/gap-fade"))
