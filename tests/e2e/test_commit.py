"""`git commit` itself refuses bad work and lets good work through."""

from __future__ import annotations

import re

import pytest
from team import BACKTEST, KEY, MANIFEST, PASSPORT, SIGNAL, Team, assert_accepted, assert_refused, verdict_line

GOOD = {"strategies/gap_fade/signals.py": SIGNAL, "strategies/gap_fade/passport.yaml": PASSPORT}


def test_good_work_passes_in_silence(team: Team) -> None:
    team.repo.stage(dict(GOOD))
    done = team.try_commit("strategy: add gap fade")
    assert_accepted(done)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("code", "files", "message"),
    [
        ("QG102", GOOD, "Added stuff"),
        ("QG202", GOOD, BACKTEST.replace("2024-12-31", "2023-12-31")),
        ("QG301", {"load.py": f'KEY = "{KEY}"\n'}, "feat: load data"),
        ("QG302", {".env": "TICKDB_CACHE_TTL=3600\n"}, "chore: settings"),
        ("QG303", GOOD, f"feat: use {KEY}"),
        ("QG401", {"strategies/gap_fade/passport.yaml": PASSPORT.replace("ideation", "prodution")}, "feat: passport"),
        ("QG501", {"curve.dat": b"\0" * (2 << 20)}, "feat: add curve"),
    ],
)
def test_bad_work_is_refused(team: Team, code: str, files: dict[str, str | bytes], message: str) -> None:
    team.repo.stage(files)
    before = team.repo.out("rev-parse", "HEAD")
    done = team.try_commit(message)
    assert_refused(done, code)
    assert KEY not in done.stderr
    assert team.repo.out("rev-parse", "HEAD") == before


def test_a_second_strategy_with_the_same_id(team: Team) -> None:
    team.repo.commit(dict(GOOD))
    team.repo.stage({"strategies/other/passport.yaml": PASSPORT})
    done = team.try_commit("strategy: add other")
    assert_refused(done, "QG402")
    assert "quantgov passport renumber strategies/other/passport.yaml" in done.stderr


def test_straight_to_main(team: Team) -> None:
    team.repo.git("switch", "-q", "main")
    team.repo.stage(dict(GOOD))
    assert_refused(team.try_commit("strategy: add gap fade"), "QG103")


def test_wrong_branch_name_and_the_command_that_mends_it(team: Team) -> None:
    team.repo.branch("my-stuff")
    team.repo.stage(dict(GOOD))
    done = team.try_commit("strategy: add gap fade")
    assert_refused(done, "QG101")
    fix = re.search(r"git branch -m \S+", verdict_line(done))
    assert fix
    team.repo.git(*fix[0].split()[1:])
    assert_accepted(team.try_commit("strategy: add gap fade"))


def test_a_data_file_goes_through_lfs(team: Team) -> None:
    team.repo.stage({"results/gap_fade/equity.csv": "t,v\n1,2\n"})
    stored = team.repo.out("show", ":results/gap_fade/equity.csv")
    assert stored.startswith("version https://git-lfs.github.com/spec/v1")
    assert_accepted(team.try_commit(BACKTEST))


def test_a_data_file_that_slips_past_lfs(team: Team) -> None:
    team.repo.write("results/gap_fade/equity.csv", "t,v\n1,2\n")
    off = ("required=false", "clean=", "process=")
    team.repo.git(*(word for each in off for word in ("-c", f"filter.lfs.{each}")), "add", "results")
    assert_refused(team.try_commit(BACKTEST), "QG502")


def test_the_index_is_judged_not_the_working_tree(team: Team) -> None:
    team.repo.stage({"load.py": f'KEY = "{KEY}"\n'})
    team.repo.write("load.py", "import os\n")
    assert_refused(team.try_commit("feat: load data"), "QG301")
    team.repo.stage({"load.py": "import os\n"})
    team.repo.write("load.py", f'KEY = "{KEY}"\n')
    assert_accepted(team.try_commit("feat: load data"))
    assert KEY in (team.repo.path / "load.py").read_text()


def test_commit_all_and_commit_path(team: Team) -> None:
    team.repo.commit({"load.py": "import os\n", "other.py": "import os\n"})
    team.repo.write("load.py", f'KEY = "{KEY}"\n')
    assert_refused(team.try_commit("feat: load data", "-a"), "QG301")
    assert_refused(team.try_commit("feat: load data", "load.py"), "QG301")
    team.repo.write("other.py", "import sys\n")
    assert_accepted(team.try_commit("feat: other", "other.py"))


def test_the_first_commit_may_stand_on_main(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.repo.git("switch", "-q", "--orphan", "fresh")
    team.repo.git("branch", "-D", "main")
    team.repo.git("remote", "remove", "origin")
    team.repo.git("branch", "-m", "main")
    team.repo.stage({"README.md": "# Team\n"})
    assert_accepted(team.try_commit("docs: start"))


def test_in_a_linked_worktree_and_with_a_detached_head(team: Team) -> None:
    team.repo.git("worktree", "add", "-q", "-b", "strategy/other", "../linked")
    linked = Team(type(team.repo)(team.repo.path.parent / "linked"), team.remote)
    linked.repo.stage({"load.py": f'KEY = "{KEY}"\n'})
    assert_refused(linked.try_commit("feat: load data"), "QG301")
    linked.repo.stage({"load.py": "import os\n"})
    assert_accepted(linked.try_commit("feat: load data"))
    team.repo.git("switch", "-q", "--detach")
    team.repo.stage({"load.py": f'KEY = "{KEY}"\n'})
    assert_refused(team.try_commit("feat: load data"), "QG301")


def test_a_refused_message_comes_back_with_the_retry_command(team: Team) -> None:
    team.repo.stage(dict(GOOD))
    message = "Added the gap fade\n\nA paragraph that took long to write."
    done = team.try_commit(message)
    assert_refused(done, "QG102")
    retry = re.search(r"git (commit -e -F \S+)", done.stderr)
    assert retry
    editor = "sed -i.bak -e '1s/.*/strategy: add the gap fade/'"
    again = team.repo.git(*retry[1].split(), check=False, GIT_EDITOR=editor)
    assert_accepted(again)
    assert "took long to write" in team.repo.out("log", "-1", "--format=%B")


def test_the_manifest_template_is_put_in_once_and_can_be_filled_in(team: Team) -> None:
    team.repo.stage({"results/gap_fade/summary.yaml": "sharpe: 1.2\n"})
    done = team.try_commit("backtest: gap-fade v1 on 2024 data")
    assert_refused(done, "QG202")
    kept = (team.repo.path / ".git/REFUSED_MESSAGE").read_text()
    assert kept.count("Data manifest:") == 1
    (team.repo.path / "filled").write_text(re.sub(r"Data manifest:.*", MANIFEST, kept, flags=re.DOTALL))
    assert_accepted(team.repo.git("commit", "-q", "-F", "filled", check=False))
    assert team.repo.out("log", "-1", "--format=%B").count("Data manifest:") == 1


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"strategies/gap_fade/signals.py": SIGNAL}, "backtest: gap-fade v1 on 2024 data"),
        ({"results/gap_fade/summary.yaml": "sharpe: 1.2\n"}, "feat: add results"),
    ],
)
def test_a_manifest_that_was_taken_out_again(team: Team, files: dict[str, str | bytes], message: str) -> None:
    team.repo.stage(files)
    cut = "sed -i.bak '/^Data manifest/,/^- Cache/d'"
    done = team.repo.git("commit", "-q", "-e", "-m", message, check=False, GIT_EDITOR=cut)
    assert_refused(done, "QG201")


def test_a_skip_is_printed_recorded_and_judged_at_push_all_the_same(team: Team) -> None:
    team.repo.stage({"strategies/gap_fade/passport.yaml": PASSPORT.replace("ideation", "prodution")})
    done = team.try_commit("feat: passport", QUANTGOV_SKIP="QG401: schema question is open")
    assert done.returncode == 0
    assert "QG401 not judged: QUANTGOV_SKIP: schema question is open" in done.stderr
    assert team.repo.out("log", "-1", "--format=%(trailers)") == "Quantgov-Skip: QG401: schema question is open"
    assert_refused(team.push("strategy/gap-fade"), "QG401")


@pytest.mark.parametrize("skip", ["QG401", "QG301: it is a test key", "QG999: why not"])
def test_a_skip_that_is_not_allowed(team: Team, skip: str) -> None:
    team.repo.stage(dict(GOOD))
    done = team.try_commit("feat: passport", QUANTGOV_SKIP=skip)
    assert done.returncode == 1  # git's own word for a hook that failed
    assert done.stderr.startswith("quantgov: blocked: QUANTGOV_SKIP")


def test_work_in_progress_passes_locally(team: Team) -> None:
    team.repo.stage(dict(GOOD))
    assert_accepted(team.try_commit("wip: half of it"))


def test_a_missing_interpreter_blocks_with_the_repair_command_first(team: Team) -> None:
    shim = team.repo.path / ".git/hooks/quantgov.sh"
    text = shim.read_text()
    found = re.search(r"^python='?([^'\n]+)'?$", text, re.MULTILINE)
    assert found
    shim.write_text(text.replace(found[1], "/nowhere/venv/bin/python"))
    team.repo.stage(dict(GOOD))
    done = team.try_commit("strategy: add gap fade", PATH="/usr/bin:/bin")
    assert done.returncode != 0
    assert done.stderr.startswith("quantgov: blocked: ")
    assert "repair: " in done.stderr.splitlines()[0]


def test_a_broken_policy_on_the_trunk_can_be_mended(team: Team) -> None:
    team.repo.git("switch", "-q", "main")
    whole = (team.repo.path / "quantgov.yaml").read_text()
    team.bypass("chore: break the policy", {"quantgov.yaml": "version: 1\nmoode: guard\n"})
    team.repo.git("push", "-q", "--no-verify", "origin", "main", check=False)
    team.repo.git("update-ref", "refs/remotes/origin/main", "main")
    team.repo.branch("infrastructure/mend")
    team.repo.stage({"a.py": SIGNAL})
    stopped = team.try_commit("feat: add a")
    assert stopped.returncode != 0
    assert "quantgov.yaml:2:1 (origin/main): 'moode' is not a known key" in stopped.stderr
    team.repo.stage({"quantgov.yaml": whole})
    assert_accepted(team.try_commit("chore: mend the policy"))


def test_results_that_only_move_into_lfs_need_no_manifest(team: Team) -> None:
    attributes = (team.repo.path / ".gitattributes").read_text()
    team.bypass("chore: before LFS", {".gitattributes": "", "results/gap/equity.csv": "t,v\n1,2\n"})
    team.repo.git("push", "-q", "--no-verify", "origin", "strategy/gap-fade:refs/heads/old", check=False)
    team.repo.stage({".gitattributes": attributes})
    team.repo.git("add", "--renormalize", "results")
    assert team.repo.out("show", ":results/gap/equity.csv").startswith("version https://git-lfs")
    assert_accepted(team.try_commit("chore: move results into LFS"))
