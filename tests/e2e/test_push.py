"""`git push`, and the server's own hook behind it."""

from __future__ import annotations

from team import BACKTEST, KEY, PASSPORT, SIGNAL, Team, assert_accepted, assert_refused

LEAK = {"load.py": f'KEY = "{KEY}"\n'}


def test_a_new_branch_then_more_of_it_then_its_deletion(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL})
    assert_accepted(team.push("strategy/gap-fade"))
    team.repo.commit({"b.py": SIGNAL})
    assert_accepted(team.push("strategy/gap-fade"))
    assert team.on_server("strategy/gap-fade") == team.repo.out("rev-parse", "HEAD")
    assert_accepted(team.push("--delete", "strategy/gap-fade"))
    assert not team.on_server("strategy/gap-fade")


def test_several_refs_of_which_one_is_bad(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL})
    team.repo.git("switch", "-q", "-c", "strategy/leaky", "main")
    team.bypass("feat: load data", dict(LEAK))
    done = team.push("strategy/gap-fade", "strategy/leaky")
    assert_refused(done, "QG301")
    assert not team.on_server("strategy/gap-fade")


def test_a_tag_uploads_what_it_names(team: Team) -> None:
    team.bypass("feat: load data", dict(LEAK))
    team.repo.git("tag", "-a", "-m", "first", "v1")
    team.repo.git("switch", "-q", "main")
    assert_refused(team.push("v1"), "QG301")


def test_the_server_judges_what_the_local_hooks_were_told_to_skip(team: Team) -> None:
    team.bypass("feat: load data", dict(LEAK))
    done = team.push("--no-verify", "strategy/gap-fade")
    assert_refused(done, "QG301")
    assert "pre-receive hook declined" in done.stderr
    assert not team.on_server("strategy/gap-fade")
    assert KEY not in done.stderr


def test_the_server_takes_good_work(team: Team) -> None:
    team.repo.commit({"strategies/gap_fade/passport.yaml": PASSPORT, "results/a.yaml": "sharpe: 1\n"}, BACKTEST)
    assert_accepted(team.push("--no-verify", "strategy/gap-fade"))
    assert team.on_server("strategy/gap-fade")


def test_nobody_edits_the_policy_that_judges_the_same_push(team: Team) -> None:
    policy = (team.repo.path / "quantgov.yaml").read_text()
    lax = policy.replace("mode: guard", "mode: observe")
    assert lax != policy
    team.bypass("chore: relax", {"quantgov.yaml": lax, "curve.dat": b"\0" * (2 << 20)})
    assert_refused(team.push("--no-verify", "strategy/gap-fade"), "QG501")


def test_nor_the_one_that_judges_the_next_push_to_the_branch(team: Team) -> None:
    lax = (team.repo.path / "quantgov.yaml").read_text().replace("mode: guard", "mode: observe")
    team.bypass("chore: relax", {"quantgov.yaml": lax})
    assert_accepted(team.push("--no-verify", "strategy/gap-fade"))
    team.bypass("feat: add curve", {"curve.dat": b"\0" * (2 << 20)})
    assert_refused(team.push("--no-verify", "strategy/gap-fade"), "QG501")


def test_the_trunk_is_not_deleted_nor_committed_to(team: Team) -> None:
    assert_refused(team.push("--no-verify", "--delete", "main"), "QG103")
    team.repo.git("switch", "-q", "main")
    team.bypass("feat: add a", {"a.py": SIGNAL})
    assert_refused(team.push("--no-verify", "main"), "QG103")


def test_a_merge_of_a_pushed_branch_lands(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL})
    assert_accepted(team.push("strategy/gap-fade"))
    team.repo.git("switch", "-q", "main")
    team.repo.git("merge", "-q", "--no-ff", "--no-edit", "strategy/gap-fade")
    assert_accepted(team.push("main"))


def test_work_in_progress_does_not_land(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL}, "wip: half of it")
    assert_accepted(team.push("strategy/gap-fade"))
    team.repo.git("switch", "-q", "main")
    team.repo.commit({"b.py": SIGNAL}, "wip: on the trunk")
    done = team.push("--no-verify", "main")
    assert_refused(done, "QG102")


def test_work_in_progress_does_not_land_by_way_of_a_branch_that_the_server_has(team: Team) -> None:
    team.repo.commit({"a.py": SIGNAL}, "wip: half of it")
    assert_accepted(team.push("strategy/gap-fade"))
    done = team.push("--no-verify", "strategy/gap-fade:main")
    assert_refused(done, "QG102")
    assert "QG103" not in done.stderr
    team.repo.git("commit", "-q", "--no-verify", "--amend", "-m", "feat: all of it")
    assert_accepted(team.push("--force", "strategy/gap-fade"))
    assert_accepted(team.push("--no-verify", "strategy/gap-fade:main"))


def test_a_key_in_a_tags_name(team: Team) -> None:
    team.repo.git("tag", f"release-{KEY}")
    done = team.push(f"release-{KEY}")
    assert_refused(done, "QG303")
    assert "the tag's name" in done.stderr
    assert KEY not in done.stderr.split("\nerror: ")[0]


def test_lfs_objects_arrive_with_the_push(team: Team) -> None:
    team.repo.stage({"results/gap_fade/equity.csv": "t,v\n1,2\n"})
    assert_accepted(team.try_commit(BACKTEST))
    assert_accepted(team.push("strategy/gap-fade"))
    pointer = team.repo.out("show", "HEAD:results/gap_fade/equity.csv")
    oid = pointer.split("sha256:")[1].split()[0]
    assert (team.remote.path / "lfs/objects" / oid[:2] / oid[2:4] / oid).exists()
