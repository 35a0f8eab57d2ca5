"""Ways around the hooks and the server that were tried once, and clean work that was once refused."""

from __future__ import annotations

import pytest
from repository import Repo
from team import BACKTEST, KEY, MANIFEST, SIGNAL, Team, assert_accepted, assert_refused

LEAK: dict[str, str | bytes] = {"load.py": f'KEY = "{KEY}"\n'}


def test_the_trunk_is_not_rewound(team: Team) -> None:
    old = team.repo.out("rev-parse", "main")
    team.repo.commit({"a.py": SIGNAL})
    assert_accepted(team.push("strategy/gap-fade"))
    assert_accepted(team.push("strategy/gap-fade:main"))
    done = team.push("--no-verify", "--force", f"{old}:main")
    assert_refused(done, "QG103")
    assert "would be rewound" in done.stderr
    assert_refused(team.push("--force", f"{old}:main"), "QG103")


def test_the_trunk_is_not_replaced_by_an_orphan_with_a_policy_of_its_own(team: Team) -> None:
    team.repo.git("switch", "-q", "--orphan", "strategy/orphan")
    team.bypass("chore: begin anew", {"quantgov.yaml": "version: 1\nmode: observe\n"})
    assert_accepted(team.push("--no-verify", "strategy/orphan"))
    assert_refused(team.push("--no-verify", "--force", "strategy/orphan:main"), "QG103")


def test_a_merge_of_what_never_was_on_a_branch_is_a_straight_commit(team: Team) -> None:
    tree = team.repo.out("rev-parse", "main^{tree}")
    side = team.repo.out("commit-tree", tree, "-p", "main", "-m", "feat: side")
    merge = team.repo.out("commit-tree", tree, "-p", "main", "-p", side, "-m", "anything")
    assert_refused(team.push("--no-verify", f"{merge}:refs/heads/main"), "QG103")


def test_what_a_merge_itself_writes_among_the_results_needs_a_manifest(team: Team) -> None:
    team.repo.git("switch", "-q", "-c", "strategy/side", "main")
    side = team.repo.commit({"a.py": SIGNAL})
    team.repo.git("switch", "-q", "strategy/gap-fade")
    team.repo.commit({"b.py": SIGNAL})
    team.repo.git("merge", "-q", "--no-commit", "--no-ff", side)
    team.repo.stage({"results/x.yaml": "sharpe: 9\n"})
    team.repo.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--no-edit")
    assert_refused(team.push("strategy/gap-fade"), "QG201")


def test_results_do_not_come_in_under_the_name_of_a_revert(team: Team) -> None:
    team.bypass('Revert "ok"', {"results/y.yaml": "sharpe: 9\n"})
    assert_refused(team.push("strategy/gap-fade"), "QG201")


def test_a_ref_that_is_no_branch_makes_nothing_known(team: Team) -> None:
    team.bypass("feat: add a", {"a.py": SIGNAL})
    assert_accepted(team.push("--no-verify", "HEAD:refs/x/z"))
    assert_refused(team.push("--no-verify", "HEAD:main"), "QG103")


def test_work_in_progress_does_not_land_where_only_the_laptop_judges(team: Team) -> None:
    (team.remote.path / "hooks/pre-receive").unlink()
    team.repo.commit({"a.py": SIGNAL}, "wip: half of it")
    assert_accepted(team.push("strategy/gap-fade"))
    assert_refused(team.push("strategy/gap-fade:main"), "QG102")


def test_a_tag_of_a_tag(team: Team) -> None:
    team.repo.git("tag", "-a", "-m", f"the key is {KEY}", "inner")
    team.repo.git("tag", "-a", "-m", "nothing to see", "outer", "inner")
    assert_refused(team.push("outer"), "QG301")


def test_a_key_in_a_files_name(team: Team) -> None:
    team.repo.stage({f"notes/{KEY}.md": "x\n"})
    assert_refused(team.try_commit("docs: notes"), "QG303")


@pytest.mark.parametrize(
    "environment", [{"PRE_COMMIT_FROM_REF": "HEAD", "PRE_COMMIT_TO_REF": "HEAD"}, {"GITHEAD_" + "0" * 40: "x"}]
)
def test_the_environment_does_not_choose_what_is_judged(team: Team, environment: dict[str, str]) -> None:
    team.repo.stage(LEAK)
    assert_refused(team.try_commit("feat: load data", **environment), "QG301")


def test_amending_a_merge(team: Team) -> None:
    team.repo.git("switch", "-q", "-c", "strategy/side", "main")
    team.repo.commit({"a.py": SIGNAL})
    team.repo.git("switch", "-q", "strategy/gap-fade")
    team.repo.commit({"b.py": SIGNAL})
    team.repo.git("merge", "-q", "--no-edit", "strategy/side")
    assert_accepted(team.repo.git("commit", "-q", "--amend", "--no-edit", check=False))


def test_a_second_remote_does_not_ask_for_old_messages_again(team: Team) -> None:
    team.repo.git("switch", "-q", "main")
    team.bypass("an old subject", {"a.py": SIGNAL})
    team.repo.git("push", "-q", "--no-verify", team.remote.path.as_uri(), "main:refs/heads/x", check=False)
    team.repo.git("update-ref", "refs/remotes/origin/main", "main")
    team.repo.git("init", "-q", "--bare", "../fork")
    team.repo.git("remote", "add", "fork", "../fork")
    team.repo.git("switch", "-q", "-c", "strategy/new")
    team.repo.commit({"b.py": SIGNAL})
    assert_accepted(team.repo.git("push", "-q", "fork", "strategy/new", check=False))


def test_what_is_pushed_may_be_named_by_an_expression(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL}, "feat: add a thing")
    assert_accepted(team.push("HEAD^{/add a thing}:refs/heads/strategy/expression"))


def test_notes_have_no_messages_to_judge_but_may_hold_keys(team: Team) -> None:
    team.repo.git("notes", "add", "-m", "read it again")
    assert_accepted(team.push("refs/notes/commits"))
    team.repo.git("notes", "add", "-f", "-m", f"the key is {KEY}")
    assert_refused(team.push("refs/notes/commits"), "QG301")


def test_a_fault_of_develop_is_not_blamed_on_who_starts_from_there(team: Team) -> None:
    team.repo.git("switch", "-q", "-c", "develop", "main")
    team.bypass("feat: old sin", {"curve.dat": b"\0" * (2 << 20)})
    team.repo.git("push", "-q", "--no-verify", team.remote.path.as_uri(), "develop", check=False)
    team.repo.git("update-ref", "refs/remotes/origin/develop", "develop")
    team.repo.git("switch", "-q", "-c", "strategy/on-develop")
    team.repo.commit({"a.py": SIGNAL})
    done = team.repo.quantgov("hook", "pre-push", "origin", "url", stdin=ref_line(team.repo, "strategy/on-develop"))
    assert done.returncode == 0, done.stderr


def ref_line(repo: Repo, branch: str) -> str:
    return f"refs/heads/{branch} {repo.out('rev-parse', branch)} refs/heads/{branch} {'0' * 40}\n"


def test_a_squashed_pull_request_may_hold_work_in_progress(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL}, "wip: half of it")
    assert team.repo.quantgov("check", "--range", "main..HEAD").returncode == 0
    policy = (team.repo.path / "quantgov.yaml").read_text()
    team.repo.commit({"quantgov.yaml": policy + "merge: rebase\n"}, "chore: rebase pull requests")
    done = team.repo.quantgov("check", "--range", "main..HEAD", "--policy-from", "HEAD")
    assert done.returncode == 1
    assert "QG102" in done.stdout


def test_the_retry_command_works_from_a_folder_below(team: Team) -> None:
    team.repo.stage({"lib/results.py": SIGNAL})
    done = team.repo.git("-C", "lib", "commit", "-m", "bad message", check=False)
    retry = done.stderr.split("try again with: git ")[1].strip()
    again = team.repo.git("-C", "lib", *retry.split(), check=False, GIT_EDITOR="sed -i.bak '1s/.*/feat: good/'")
    assert_accepted(again)


def test_a_backtest_with_its_manifest_still_lands(team: Team) -> None:
    team.repo.commit({"results/a.yaml": "sharpe: 1\n"}, BACKTEST)
    assert MANIFEST.strip() in team.repo.out("log", "-1", "--format=%B")
    assert_accepted(team.push("strategy/gap-fade"))
    assert_accepted(team.push("--no-verify", "strategy/gap-fade:main"))
