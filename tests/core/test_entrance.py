"""Entrances: the same bad commit gives the same finding at each, judged by an authority that it cannot choose."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import (
    ADVISES_PASSPORTS,
    BAD_PASSPORT,
    BRANCH,
    GOOD_PASSPORT,
    Seen,
    bare_of,
    codes,
    commit_tree,
    discover,
    key,
    leak,
    paths,
    seen,
    verdict_of,
)

from quantgov import entrance
from quantgov.change import Change
from quantgov.errors import CannotJudge, UsageError
from quantgov.rule import Level, Stage

if TYPE_CHECKING:
    from repository import Repo

ZERO = "0" * 40
PASSPORT = "strategies/momentum/passport.yaml"
STRICT = "version: 1\n"
LENIENT = ADVISES_PASSPORTS

Files = dict[str, str | bytes]

BAD_COMMITS: dict[str, tuple[Files, str]] = {
    "a key": ({"src/keys.py": leak()}, "feat: add keys"),
    "a key in é.bin": ({"é.bin": leak()}, "feat: add keys"),
    "a key under a path with spaces": ({"my notes/keys and more.txt": "\n\n" + leak()}, "feat: add keys"),
    "a key twice": ({"keys.py": leak() + leak(), "again.py": leak()}, "feat: add keys"),
    "an environment file": ({".env": "PORT=1\n"}, "feat: add settings"),
    "a passport": ({PASSPORT: BAD_PASSPORT}, "strategy: add momentum"),
    "an id that is taken": ({PASSPORT: GOOD_PASSPORT, "strategies/b/passport.yaml": GOOD_PASSPORT}, "strategy: copy"),
    "data outside LFS": ({"data/prices é.csv": "a,b\n1,2\n"}, "data: add prices"),
    "a pattern stored as a blob": ({".gitattributes": "*.csv filter=lfs\n", "x.csv": "1\n"}, "data: add x"),
    "ignored, yet tracked": ({".gitignore": "*.log\n", "run.log": "x\n"}, "chore: add log"),
    "a policy that is none": ({"quantgov.yaml": "version: 1\nmoode: guard\n"}, "chore: set policy"),
}


def pushed(repo: Repo, *lines: str, remote: str = "origin") -> list[Change]:
    return entrance.pushed(discover(repo.path), remote, lines)


def received(bare: Path, *lines: str) -> list[Change]:
    return entrance.received(discover(bare), lines)


def rulings(changes: Sequence[Change]) -> set[Seen]:
    return seen(verdict_of(changes).blocking) | seen(verdict_of(changes).live(Level.WARN))


@pytest.fixture
def shared(repo: Repo, tmp_path: Path) -> Repo:
    """A clone on its own branch, whose remote has `main`."""
    repo.commit({"README.md": "# research\n"})
    bare_of(repo, tmp_path / "server.git", "main")
    repo.branch(BRANCH)
    return repo


@pytest.mark.parametrize("title", BAD_COMMITS)
def test_every_entrance_finds_the_same(shared: Repo, tmp_path: Path, title: str) -> None:
    files, message = BAD_COMMITS[title]
    shared.git("switch", "-q", "main")
    shared.commit({"quantgov.yaml": STRICT}, "chore: set the policy")
    shared.git("push", "-q", "--no-verify", "origin", "main")
    shared.git("switch", "-q", "-C", BRANCH)
    shared.stage(files)
    at_commit = rulings([entrance.staged(discover(shared.path))])
    assert at_commit
    base, oid = shared.out("rev-parse", "main"), shared.commit({}, message)
    line = f"refs/heads/{BRANCH} {oid} refs/heads/{BRANCH} {ZERO}"
    url = str(tmp_path / "server.git")
    elsewhere = tmp_path / "elsewhere.git"
    bare = tmp_path / "server.git"
    entrances = {
        "range": [entrance.ranged(discover(shared.path), "main", "HEAD", BRANCH)],
        "new branch pushed": pushed(shared, line),
        "pushed by URL": pushed(shared, line, remote=url),
        "pushed to an unknown URL": pushed(shared, line, remote=str(elsewhere)),
        "branch pushed on": pushed(shared, line.replace(ZERO, base)),
    }
    shared.git("push", "-q", "--no-verify", "origin", f"{oid}:refs/hidden/one")
    shared.git("push", "-q", "--no-verify", "origin", ":refs/hidden/one")
    subprocess.run(["git", "fetch", "-q", str(shared.path), oid], cwd=bare, check=True)
    entrances["received"] = received(bare, f"{ZERO} {oid} refs/heads/{BRANCH}")
    for name, changes in entrances.items():
        assert rulings(changes) == at_commit, name


@pytest.mark.parametrize("where", ["origin", "its URL", "another URL", "another URL, and no trunk here"])
def test_what_the_trunk_has_wrong_already_does_not_block_a_push_anywhere(
    shared: Repo, tmp_path: Path, where: str
) -> None:
    shared.git("switch", "-q", "main")
    shared.commit({"prices.csv": "1\n", "keys.py": leak()})
    shared.git("push", "-q", "--no-verify", "origin", "main")
    shared.git("switch", "-q", "-C", BRANCH)
    if where.endswith("here"):
        shared.git("branch", "-D", "main")
    tip = shared.commit({"ok.py": "x = 1\n"})
    remote = {"origin": "origin", "its URL": str(tmp_path / "server.git")}.get(where, "https://example.com/fork.git")
    (change,) = pushed(shared, f"refs/heads/{BRANCH} {tip} refs/heads/{BRANCH} {ZERO}", remote=remote)
    assert (change.authority_name, paths(change.touched)) == ("origin/main", {"ok.py"})
    assert verdict_of([change]).exit_code == 0
    assert [commit.oid for commit in change.commits][-1] == tip
    assert (len(change.commits) == 1) is not where.startswith("another")


def test_the_message_is_judged_alike_before_and_after_it_is_committed(shared: Repo) -> None:
    shared.stage({"results/run/metrics.json": "{}\n"})
    message = f"Backtets done {key()}"
    drafted = entrance.drafted(discover(shared.path), message)
    at_commit = rulings([drafted])
    assert {code for code, *_ in at_commit} == {"QG102", "QG201", "QG303"}
    oid = shared.commit({}, message)
    line = f"refs/heads/{BRANCH} {oid} refs/heads/{BRANCH} {ZERO}"
    for changes in (pushed(shared, line), [entrance.ranged(discover(shared.path), "main", "HEAD", BRANCH)]):
        assert rulings(changes) == at_commit
        assert {ruling.finding.commit for ruling in verdict_of(changes).blocking} == {oid}


def test_every_ref_of_a_push_is_judged(shared: Repo) -> None:
    good = shared.commit({"ok.py": "x = 1\n"})
    shared.git("switch", "-q", "-c", "strategy/second", "main")
    bad = shared.commit({"é keys.py": leak()})
    changes = pushed(
        shared,
        f"refs/heads/{BRANCH} {good} refs/heads/{BRANCH} {ZERO}",
        f"refs/heads/strategy/second {bad} refs/heads/strategy/second {ZERO}",
        f"(delete) {ZERO} refs/heads/strategy/third {good}",
    )
    assert [change.branch for change in changes] == [BRANCH, "strategy/second", "strategy/third"]
    assert [change.deleted for change in changes] == [False, False, True]
    assert [verdict_of([change]).exit_code for change in changes] == [0, 1, 0]
    assert verdict_of(changes).exit_code == 1


def test_a_protected_branch_is_not_deleted(shared: Repo, tmp_path: Path) -> None:
    tip = shared.out("rev-parse", "main")
    for changes in (
        pushed(shared, f"(delete) {ZERO} refs/heads/main {tip}"),
        received(tmp_path / "server.git", f"{tip} {ZERO} refs/heads/main"),
    ):
        assert codes(verdict_of(changes).blocking) == ["QG103"]


def test_the_branch_is_the_one_on_the_remote(shared: Repo) -> None:
    tip = shared.commit({"ok.py": "x = 1\n"})
    (change,) = pushed(shared, f"HEAD {tip} refs/heads/misnamed {ZERO}")
    assert change.branch == "misnamed"
    assert codes(verdict_of([change]).blocking) == ["QG101"]


@pytest.mark.parametrize("annotated", [True, False])
def test_a_tag_uploads_the_commits_it_reaches(shared: Repo, annotated: bool) -> None:
    shared.git("switch", "-q", "--detach")
    oid = shared.commit({"keys.py": leak()})
    shared.git("tag", *(("-a", "-m", "release") if annotated else ()), "v1")
    (change,) = pushed(shared, f"refs/tags/v1 {shared.out('rev-parse', 'v1')} refs/tags/v1 {ZERO}")
    assert (change.branch, change.tip) == (None, oid)
    (ruling,) = verdict_of([change]).blocking
    assert (ruling.code, ruling.finding.path) == ("QG301", "keys.py")


def test_a_tag_of_a_tree_or_of_a_file_uploads_contents_too(shared: Repo) -> None:
    shared.stage({"deep/keys.py": leak()})
    tree, blob = shared.out("write-tree"), shared.out("rev-parse", ":deep/keys.py")
    shared.git("tag", "-a", "-m", "a tree", "tree", tree)
    lines = [f"refs/tags/x {oid} refs/tags/x {ZERO}" for oid in (tree, shared.out("rev-parse", "tree"), blob)]
    places = [[ruling.finding.path for ruling in verdict_of([each]).blocking] for each in pushed(shared, *lines)]
    assert places == [["deep/keys.py"], ["deep/keys.py"], ["(tagged file)"]]


@pytest.mark.parametrize("target", ["HEAD", "HEAD^{tree}", "HEAD:README.md"])
def test_a_tag_uploads_its_message_too(shared: Repo, tmp_path: Path, target: str) -> None:
    shared.git("tag", "-a", "-m", f"release\n\nwith {leak()}", "v1", target)
    tag = shared.out("rev-parse", "v1")
    subprocess.run(["git", "fetch", "-q", str(shared.path), "v1"], cwd=tmp_path / "server.git", check=True)
    for changes in (
        pushed(shared, f"refs/tags/v1 {tag} refs/tags/v1 {ZERO}"),
        received(tmp_path / "server.git", f"{ZERO} {tag} refs/tags/v1"),
    ):
        (ruling,) = verdict_of(changes).blocking
        assert (ruling.code, ruling.finding.path) == ("QG301", "(tag message)")


def test_a_tag_of_nothing_that_is_here_cannot_be_judged(shared: Repo) -> None:
    with pytest.raises(CannotJudge, match="is missing or unreadable"):
        pushed(shared, f"refs/tags/x {'1' * 40} refs/tags/x {ZERO}")


def test_what_the_remote_has_already_is_not_judged_again(shared: Repo) -> None:
    shared.git("switch", "-q", "main")
    old = shared.commit({"keys.py": leak()})
    shared.git("push", "-q", "--no-verify", "origin", "main")
    shared.git("switch", "-q", "-c", "strategy/next")
    tip = shared.commit({"ok.py": "x = 1\n"})
    (change,) = pushed(shared, f"refs/heads/strategy/next {tip} refs/heads/strategy/next {ZERO}")
    assert [commit.oid for commit in change.commits] == [tip]
    assert paths(change.touched) == {"ok.py"}
    (again,) = pushed(shared, f"refs/heads/strategy/next {tip} refs/heads/strategy/next {old}")
    assert [commit.oid for commit in again.commits] == [tip]


def test_a_remote_that_is_ahead_of_what_was_fetched(shared: Repo) -> None:
    """A forced push over commits that are not here: their oid says nothing to this repository."""
    tip = shared.commit({"keys.py": leak()})
    (change,) = pushed(shared, f"refs/heads/{BRANCH} {tip} refs/heads/{BRANCH} {'9' * 40}")
    assert codes(verdict_of([change]).blocking) == ["QG301"]


def test_the_first_push_of_all_is_judged_whole(repo: Repo, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "empty.git")], check=True)
    repo.git("remote", "add", "origin", str(tmp_path / "empty.git"))
    tip = repo.commit({"keys.py": leak(), "a/b.txt": "b\n"})
    (change,) = pushed(repo, f"refs/heads/main {tip} refs/heads/main {ZERO}")
    assert (paths(change.touched), change.created) == ({"keys.py", "a/b.txt"}, True)
    assert codes(verdict_of([change]).blocking) == ["QG301"]


@pytest.mark.parametrize("line", ["", "refs/heads/a"])
def test_a_line_that_git_would_not_write_is_refused(shared: Repo, line: str) -> None:
    with pytest.raises(UsageError, match="not a ref line"):
        pushed(shared, line)


# Authority


def policy_of(change: Change) -> tuple[str, bool, str]:
    judging = verdict_of([change]).judgements[0].policy
    return judging.source, judging.bootstrap, judging.mode


def level_of_passports(change: Change) -> Level:
    return verdict_of([change]).judgements[0].policy.level("QG401", Level.BLOCK)


def server(repo: Repo, tmp_path: Path, policy: str = STRICT) -> Path:
    repo.commit({"quantgov.yaml": policy}, "chore: set the policy")
    return bare_of(repo, tmp_path / "server.git", "main")


def send(repo: Repo, bare: Path, branch: str) -> str:
    """The objects of HEAD reach the server, without any ref of it being moved; the line git would give."""
    tip = repo.out("rev-parse", "HEAD")
    subprocess.run(["git", "fetch", "-q", str(repo.path), tip], cwd=bare, check=True)
    known = subprocess.run(
        ["git", "rev-parse", "-q", "--verify", f"refs/heads/{branch}"], cwd=bare, capture_output=True, text=True
    )
    return f"{known.stdout.strip() or ZERO} {tip} refs/heads/{branch}"


def accept(bare: Path, line: str) -> None:
    old, new, ref = line.split()
    subprocess.run(["git", "update-ref", ref, new, old], cwd=bare, check=True)


def test_a_push_cannot_edit_the_policy_that_judges_it(repo: Repo, tmp_path: Path) -> None:
    bare = server(repo, tmp_path)
    repo.branch(BRANCH)
    repo.commit({"quantgov.yaml": LENIENT, PASSPORT: BAD_PASSPORT}, "chore: set the policy")
    (change,) = received(bare, send(repo, bare, BRANCH))
    assert policy_of(change) == ("main", False, "guard")
    assert codes(verdict_of([change]).blocking) == ["QG401"]


def test_nor_can_a_first_push_edit_it_for_the_next_one(repo: Repo, tmp_path: Path) -> None:
    bare = server(repo, tmp_path)
    repo.branch(BRANCH)
    repo.commit({"quantgov.yaml": LENIENT}, "chore: set the policy")
    line = send(repo, bare, BRANCH)
    assert verdict_of(received(bare, line)).exit_code == 0
    accept(bare, line)
    repo.commit({PASSPORT: BAD_PASSPORT}, "strategy: add momentum")
    (change,) = received(bare, send(repo, bare, BRANCH))
    assert codes(verdict_of([change]).blocking) == ["QG401"]
    assert level_of_passports(change) is Level.BLOCK


def test_a_policy_that_has_landed_judges(repo: Repo, tmp_path: Path) -> None:
    bare = server(repo, tmp_path, LENIENT)
    repo.branch(BRANCH)
    repo.commit({PASSPORT: BAD_PASSPORT}, "strategy: add momentum")
    assert verdict_of(received(bare, send(repo, bare, BRANCH))).exit_code == 0


def configure(bare: Path, key: str, value: str) -> None:
    subprocess.run(["git", "config", key, value], cwd=bare, check=True)


def test_a_tag_named_like_the_trunk_does_not_take_its_place(repo: Repo, tmp_path: Path) -> None:
    bare = server(repo, tmp_path)
    configure(bare, "quantgov.trunk", "main")
    repo.branch(BRANCH)
    evil = repo.commit({"quantgov.yaml": LENIENT, PASSPORT: BAD_PASSPORT}, "chore: set the policy")
    line = send(repo, bare, BRANCH)
    subprocess.run(["git", "update-ref", "refs/tags/main", evil], cwd=bare, check=True)
    (change,) = received(bare, line)
    assert codes(verdict_of([change]).blocking) == ["QG401"]


@pytest.mark.parametrize("name", ["trunk", "refs/heads/trunk"])
def test_a_server_may_name_another_trunk(repo: Repo, tmp_path: Path, name: str) -> None:
    bare = server(repo, tmp_path)
    repo.git("switch", "-q", "-c", "trunk")
    repo.commit({"quantgov.yaml": LENIENT}, "chore: set the policy")
    repo.git("push", "-q", "--no-verify", "origin", "trunk")
    configure(bare, "quantgov.trunk", name)
    repo.commit({PASSPORT: BAD_PASSPORT}, "wip: momentum")
    (change,) = received(bare, send(repo, bare, BRANCH))
    assert (policy_of(change)[0], verdict_of([change]).exit_code) == ("trunk", 0)
    (landing,) = received(bare, send(repo, bare, "trunk"))
    assert [commit.lands for commit in landing.commits] == [True]
    assert "QG102" in codes(verdict_of([landing]).blocking)


def test_a_server_whose_head_was_never_pushed_has_a_trunk_all_the_same(repo: Repo, tmp_path: Path) -> None:
    bare = server(repo, tmp_path)
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/master"], cwd=bare, check=True)
    repo.branch(BRANCH)
    repo.commit({"quantgov.yaml": LENIENT, PASSPORT: BAD_PASSPORT}, "chore: set the policy")
    (change,) = received(bare, send(repo, bare, BRANCH))
    assert (policy_of(change)[0], codes(verdict_of([change]).blocking)) == ("main", ["QG401"])


def test_an_empty_server_takes_the_first_policy_and_says_so(repo: Repo, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "server.git")], check=True)
    bare = tmp_path / "server.git"
    repo.commit({"quantgov.yaml": LENIENT, PASSPORT: BAD_PASSPORT}, "chore: set the policy")
    (change,) = received(bare, send(repo, bare, "main"))
    found = verdict_of([change])
    assert (policy_of(change), found.exit_code) == (("the change itself", True, "guard"), 0)
    assert found.notes() == ["bootstrap: the trunk has no usable quantgov.yaml; the change's own was used"]


def test_a_range_is_judged_by_the_tip_of_its_target_and_compared_from_the_merge_base(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": LENIENT, "a.txt": "a\n"}, "chore: set the policy")
    repo.branch(BRANCH)
    repo.commit({"quantgov.yaml": "version: 1\nmode: observe\n", PASSPORT: BAD_PASSPORT}, "chore: set the policy")
    repo.git("switch", "-q", "main")
    repo.commit({"quantgov.yaml": STRICT, "only-on-main.txt": "x\n"}, "chore: be strict")
    change = entrance.ranged(discover(repo.path), "main", BRANCH, BRANCH)
    assert paths(change.touched) == {"quantgov.yaml", PASSPORT}
    assert policy_of(change) == ("main", False, "guard")
    assert codes(verdict_of([change]).blocking) == ["QG401"]


def refs(repo: Repo, *names: str) -> str:
    """Commits that differ by their policy's mode, each under one of these refs; the order is newest first."""
    for name in names:
        tree = f"version: 1\ntrunk: {name.replace('/', '-')}\n"
        blob = subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],
            cwd=repo.path,
            input=tree,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        entry = f"100644 blob {blob}\tquantgov.yaml\n"
        made = subprocess.run(
            ["git", "mktree"], cwd=repo.path, input=entry, capture_output=True, text=True, check=True
        ).stdout.strip()
        repo.git("update-ref", f"refs/{name}", commit_tree(repo, made))
    return repo.out("for-each-ref")


ORDER = ("remotes/origin/HEAD", "remotes/origin/main", "remotes/origin/master", "heads/main", "heads/master")


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_authority_is_the_remotes_trunk_then_the_local_one(repo: Repo, first: int) -> None:
    repo.git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    refs(repo, f"heads/{BRANCH}", *ORDER[first:])
    authority = entrance.local_authority(discover(repo.path))
    assert authority.name == ORDER[first].partition("/")[2]
    assert authority.remote is ORDER[first].startswith("remotes/")
    source = authority.tree.read("quantgov.yaml")
    assert source == f"version: 1\ntrunk: {ORDER[first].replace('/', '-')}\n".encode()


def test_without_any_trunk_head_is_authority_and_without_a_commit_nobody(repo: Repo) -> None:
    assert entrance.local_authority(discover(repo.path)) is entrance.NOBODY
    repo.git("symbolic-ref", "HEAD", f"refs/heads/{BRANCH}")
    refs(repo, f"heads/{BRANCH}")
    assert entrance.local_authority(discover(repo.path)).name == "HEAD"


def test_the_only_remote_is_the_one_whatever_its_name(repo: Repo) -> None:
    refs(repo, "heads/main", "remotes/upstream/main", "remotes/origin/main")
    repo.git("config", "remote.upstream.url", "/nowhere")
    assert entrance.local_authority(discover(repo.path)).name == "upstream/main"
    repo.git("config", "remote.fork.url", "/nowhere/else")
    assert entrance.local_authority(discover(repo.path)).name == "origin/main"
    assert entrance.local_authority(discover(repo.path), "upstream").name == "upstream/main"


@pytest.mark.parametrize(("name", "remote"), [("upstream/trunk", True), ("refs/heads/stable", False)])
def test_a_repository_may_name_another_trunk(repo: Repo, name: str, remote: bool) -> None:
    refs(repo, "heads/main", "remotes/origin/main", "remotes/upstream/trunk", "heads/stable")
    repo.git("config", "quantgov.trunk", name)
    authority = entrance.local_authority(discover(repo.path))
    assert (authority.name, authority.remote) == (name.removeprefix("refs/heads/"), remote)


def test_a_trunk_that_does_not_exist_is_a_mistake_and_no_way_round(repo: Repo) -> None:
    refs(repo, "heads/main")
    repo.git("config", "quantgov.trunk", "origin/nowhere")
    with pytest.raises(UsageError, match="names 'origin/nowhere', which does not exist"):
        entrance.local_authority(discover(repo.path))


def test_an_edited_policy_does_not_judge_its_own_commit(shared: Repo) -> None:
    shared.git("switch", "-q", "main")
    shared.commit({"quantgov.yaml": STRICT}, "chore: set the policy")
    shared.git("push", "-q", "--no-verify", "origin", "main")
    shared.git("switch", "-q", "-c", "strategy/sly")
    shared.stage({"quantgov.yaml": LENIENT, PASSPORT: BAD_PASSPORT})
    found = verdict_of([entrance.staged(discover(shared.path))])
    assert codes(found.blocking) == ["QG401"]
    assert found.notes() == [
        "quantgov.yaml changed; this is judged by origin/main's (try yours: quantgov check --policy-from :)"
    ]
    shared.commit({}, "chore: set the policy")
    shared.stage({PASSPORT: BAD_PASSPORT + b"# edited\n", "strategies/b/passport.yaml": b"[]\n"})
    assert codes(verdict_of([entrance.staged(discover(shared.path))]).blocking) == ["QG401"]


def test_a_policy_of_ones_own_counts_only_where_the_trunk_has_none(shared: Repo) -> None:
    shared.stage({"quantgov.yaml": LENIENT, PASSPORT: BAD_PASSPORT})
    found = verdict_of([entrance.staged(discover(shared.path))])
    assert found.exit_code == 0
    assert found.notes() == ["bootstrap: origin/main has no usable quantgov.yaml; the change's own was used"]


# Merges, history, who wrote what


def test_a_secret_that_was_taken_out_again_is_found_in_its_commit(shared: Repo) -> None:
    bad = shared.commit({"keys.py": leak()})
    shared.git("rm", "-q", "keys.py")
    tip = shared.commit()
    line = f"refs/heads/{BRANCH} {tip} refs/heads/{BRANCH} {ZERO}"
    for changes in (pushed(shared, line), [entrance.ranged(discover(shared.path), "main", "HEAD", BRANCH)]):
        (ruling,) = verdict_of(changes).blocking
        assert (ruling.code, ruling.finding.path, ruling.finding.commit) == ("QG301", "keys.py", bad)


def test_a_secret_that_only_the_merge_commit_brought_is_found(shared: Repo) -> None:
    shared.commit({"ours.txt": "x\n"})
    shared.git("switch", "-q", "main")
    shared.commit({"theirs.txt": "x\n"})
    shared.git("switch", "-q", BRANCH)
    shared.git("merge", "-q", "--no-commit", "main")
    merge = shared.commit({"keys.py": leak()}, "Merge branch 'main'")
    assert len(shared.out("log", "-1", "--format=%p").split()) == 2
    shared.git("rm", "-q", "keys.py")
    shared.commit()
    (ruling,) = verdict_of([entrance.ranged(discover(shared.path), "main", "HEAD", BRANCH)]).blocking
    assert (ruling.code, ruling.finding.commit) == ("QG301", merge)


def test_what_the_trunk_brought_is_not_the_mergers(shared: Repo) -> None:
    shared.commit({"ours.txt": "x\n"})
    shared.git("switch", "-q", "main")
    shared.commit({PASSPORT: BAD_PASSPORT})
    shared.git("push", "-q", "--no-verify", "origin", "main")
    shared.git("switch", "-q", BRANCH)
    shared.git("merge", "-q", "--no-commit", "main")
    assert paths(entrance.staged(discover(shared.path)).touched) == set()
    tip = shared.commit({}, "Merge branch 'main'")
    (change,) = pushed(shared, f"refs/heads/{BRANCH} {tip} refs/heads/{BRANCH} {ZERO}")
    assert paths(change.touched) == {"ours.txt"}
    assert verdict_of([change]).exit_code == 0


def test_a_draft_knows_its_parents_and_its_author(shared: Repo) -> None:
    shared.git("config", "user.name", "Bób Bee")
    (commit,) = entrance.drafted(discover(shared.path), "feat: x").commits
    assert (commit.oid, commit.parents, commit.lands, commit.is_merge) == ("", ("HEAD",), False, False)
    assert (commit.author.name, commit.author.email) == ("Bób Bee", "alice@fund.com")
    (shared.path / ".git" / "MERGE_HEAD").write_text(shared.out("rev-parse", "main") + "\n")
    assert entrance.drafted(discover(shared.path), "feat: x").commits[0].is_merge


def test_the_draft_of_a_first_commit_has_no_parents(repo: Repo) -> None:
    repo.stage({"a.txt": "a\n"})
    assert entrance.drafted(discover(repo.path), "feat: x").commits[0].parents == ()


def test_an_author_that_git_does_not_know_cannot_be_judged(shared: Repo) -> None:
    (commit,) = entrance.drafted(discover(shared.path), "feat: x").commits
    for name in ("user.name", "user.email"):
        shared.git("config", name, "")
    with pytest.raises(CannotJudge):
        _ = commit.author


def raw_commit(repo: Repo, body: bytes, headers: bytes = b"") -> str:
    tree, parent = repo.out("rev-parse", "HEAD^{tree}", "HEAD").split()
    data = f"tree {tree}\nparent {parent}\nauthor B <b@x> 1 +0000\ncommitter B <b@x> 1 +0000\n".encode() + headers
    done = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=repo.path, input=data + b"\n" + body, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (b"encoding ISO-8859-1\n", "fix: münchen\n".encode("latin-1"), "fix: münchen\n"),
        (b"", "fix: münchen\n".encode("latin-1"), "fix: m\ufffdnchen\n"),
        (b"encoding no-such\n", "fix: münchen\n".encode(), "fix: münchen\n"),
        (b"encoding utf-16\n", b"fix: plain\n", "fix: plain\n"),
        (b"encoding cp037\n", b"fix: plain\n", "fix: plain\n"),
        (b"encoding utf-7\n", b"fix: a+AF8-b\n", "fix: a+AF8-b\n"),
        (b"encoding idna\n", b"fix: " + b"x" * 70 + b"\n", "fix: " + "x" * 70 + "\n"),
        (b"encoding hex\n", b"fix: plain\n", "fix: plain\n"),
        (b"encoding unicode_escape\n", b"fix: \\tk\n", "fix: \\tk\n"),
        (b"encoding iso-8859-99\n", b"fix: plain\n", "fix: plain\n"),
        (b"encoding ascii\n", b"fix: \xff\n", "fix: \ufffd\n"),
        (b"gpgsig a\n b\n  encoding utf-16\n", b"fix: signed\n", "fix: signed\n"),
    ],
)
def test_messages_are_read_in_the_encoding_that_they_name(
    shared: Repo, headers: bytes, body: bytes, expected: str
) -> None:
    tip = raw_commit(shared, body, headers)
    (commit,) = entrance.ranged(discover(shared.path), "main", tip).commits
    assert commit.message == expected
    assert (commit.author.name, commit.author.email, commit.is_merge) == ("B", "b@x", False)


def test_an_encoding_does_not_hide_a_key_in_a_message(shared: Repo) -> None:
    tip = raw_commit(shared, f"fix: {key()}\n".encode(), b"encoding utf-16\n")
    found = verdict_of([entrance.ranged(discover(shared.path), "main", tip)], select=["QG303"])
    assert codes(found.blocking) == ["QG303"]


def test_a_snapshot_is_everything_as_if_just_written(shared: Repo) -> None:
    shared.commit({"keys.py": leak(), "a/b.txt": "b\n"})
    shared.git("rm", "-q", "keys.py")
    shared.commit()
    now = entrance.snapshot(discover(shared.path))
    assert (now.stage, paths(now.touched)) == (Stage.SNAPSHOT, {"README.md", "a/b.txt"})
    then = entrance.snapshot(discover(shared.path), "HEAD~1")
    assert codes(verdict_of([then]).blocking) == ["QG301"]


def test_each_commit_of_a_range_lands_and_a_pushed_one_does_not(shared: Repo) -> None:
    tip = shared.commit({"a.txt": "a\n"}, "wip: a")
    (change,) = pushed(shared, f"refs/heads/{BRANCH} {tip} refs/heads/{BRANCH} {ZERO}")
    assert verdict_of([change]).exit_code == 0
    (commit,) = entrance.ranged(discover(shared.path), "main", "HEAD", BRANCH).commits
    assert commit.lands
    assert commit.proposed


def test_blobs_and_history_leave_submodules_out(repo: Repo, make_repo: Callable[[str], Repo]) -> None:
    oid = repo.commit({"a.txt": "a\n"})
    repo.branch(BRANCH)
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{oid},vendor")
    repo.commit({"b.txt": "b\n"})
    change = entrance.ranged(discover(repo.path), "main", "HEAD")
    assert paths(change.touched) == {"vendor", "b.txt"}
    assert [blob.path for blob in change.blobs()] == [blob.path for blob in change.history()] == ["b.txt"]


def test_a_draft_has_no_history_but_what_is_staged(shared: Repo) -> None:
    shared.stage({"a.txt": "a\n"})
    assert [blob.path for blob in entrance.drafted(discover(shared.path), "feat: x").history()] == ["a.txt"]


def test_nothing_is_staged_in_a_bare_repository(shared: Repo, tmp_path: Path) -> None:
    shared.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    with pytest.raises(UsageError, match="nothing is staged in a bare repository"):
        entrance.staged(discover(tmp_path / "bare.git"))
