"""The policy: what a team may write, what holds where it writes nothing, and which tree's policy judges a change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import key
from hypothesis import given
from hypothesis import strategies as st
from made_up_secrets import body

from quantgov import engine, examples, policy, rules
from quantgov.cache import Cache
from quantgov.change import Change
from quantgov.cli import console
from quantgov.errors import PolicyError, UsageError
from quantgov.policy import Policy, glob_matches, load, parse_size, problems_in
from quantgov.rule import Example, Failed, Level, Stage
from quantgov.secrets import team
from quantgov.tree import EMPTY, MemoryTree
from quantgov.verdict import Judgement, Verdict
from quantgov.wording import shown_size

if TYPE_CHECKING:
    from repository import Repo

HEADER = "version: 1\n"
KEY = key()


def of(text: str) -> Policy:
    return load(f"{HEADER}{text}\n".encode())


def refusal(text: str, source: str = "") -> str:
    with pytest.raises(PolicyError) as caught:
        load(text.encode(), source=source)
    return caught.value.message


def test_defaults_need_no_file() -> None:
    found = Policy({})
    assert (found.mode, found.data) == ("guard", "hybrid")
    assert (found.strategies, found.results) == ("strategies/", "results/")
    assert (found.large_file, found.scan_limit) == (1 << 20, 16 << 20)
    assert (found.protected, found.knows_phases) == (("main", "master"), False)
    assert "QG001" in found.unwaivable
    assert {"backtest", "feat", "revert"} < set(found.types)


def test_an_empty_policy_is_the_default_one() -> None:
    assert all(
        getattr(of(""), name) == getattr(Policy({}), name)
        for name in Policy.__slots__
        if name not in ("digest", "source")
    )


def test_everything_that_a_team_may_write() -> None:
    found = of(
        "mode: govern\ntrunk: stable\nmerge: rebase\ndata: no-data\nbots: [Mergify]\nunwaivable: [QG301]\n"
        "paths: {strategies: ./research//alpha, results: out}\nmessages: {types: [model]}\n"
        "lfs: {max_size: 2 MiB, suffixes: [.bin], exempt: [samples/]}\nsecrets: {max_size: 512}\n"
    )
    assert (found.mode, found.data) == ("govern", "no-data")
    assert (found.strategies, found.results, found.types) == ("research/alpha/", "out/", ("model",))
    assert (found.large_file, found.suffixes, found.scan_limit) == (2 << 20, (".bin",), 512)
    assert (found.bots, found.unwaivable, found.protected) == (("mergify",), ("QG301",), ("stable", "main", "master"))
    assert found.is_lfs_exempt("samples/a/b.bin")
    assert not found.is_lfs_exempt("tests/b.bin")


# --- branches


@pytest.mark.parametrize(
    ("text", "fine", "wrong", "protected"),
    [
        ("branches: trunk", "backtest/mean-reversion_v3.1/us", "feature/alice/gap", ("main", "master")),
        ("branches: develop", "feature/alice/gap", "feature/gap", ("main", "master", "develop")),
        ("branches: {pattern: 'QR-[0-9]+'}", "QR-7", "strategy/gap", ("main", "master")),
        ("branches: develop\nprotected: [live]", "hotfix/bob/fees", "strategy/gap", ("live",)),
    ],
)
def test_branches(text: str, fine: str, wrong: str, protected: tuple[str, ...]) -> None:
    found = of(text)
    assert re.fullmatch(found.pattern, fine)
    assert not re.fullmatch(found.pattern, wrong)
    assert found.protected == protected


@pytest.mark.parametrize(
    "branch", ["strategy/", "strategy", "strategy/-x", "strategy/a//b", "strategy/a b", "Strategy/a"]
)
def test_branches_that_the_trunk_preset_refuses(branch: str) -> None:
    assert not re.fullmatch(Policy({}).pattern, branch)


@pytest.mark.parametrize("branch", ["patch-1", "alice-patch-12", "revert-12-strategy/gap"])
def test_branches_that_the_platform_names(branch: str) -> None:
    assert re.fullmatch(policy.PLATFORM_BRANCHES, branch)


# --- levels


@pytest.mark.parametrize(
    ("levels", "code", "path", "phase", "level"),
    [
        ("{}", "QG101", "", "", Level.WARN),
        ("{QG101: block}", "QG101", "", "", Level.BLOCK),
        ("{QG101: block}", "QG102", "", "", Level.WARN),
        ("{QG101: block, QG1: advise, QG: block}", "QG101", "", "", Level.BLOCK),
        ("{QG: block, QG1: advise}", "QG101", "", "", Level.ADVISE),
        ("{QG7: {'notebooks/**': advise, 'live/**': block}}", "QG701", "notebooks/a/b.ipynb", "", Level.ADVISE),
        ("{QG7: {'notebooks/**': advise, 'live/**': block}}", "QG701", "live/a.py", "", Level.BLOCK),
        ("{QG7: {'notebooks/**': advise, 'live/**': block}}", "QG701", "src/a.py", "", Level.WARN),
        ("{QG7: {'*.py': advise, 'live/': block}}", "QG701", "live/a.py", "", Level.BLOCK),
        ("{QG7: {'*.py': advise, 'phase:production': block}}", "QG701", "a.py", "production", Level.BLOCK),
        ("{QG7: {'*.py': advise, 'phase:production': block}}", "QG701", "a.py", "research", Level.ADVISE),
        ("{QG7: {'phase:production': block}}", "QG701", "phase:production", "", Level.WARN),
        ("{QG7: block, QG701: {'*.md': advise}}", "QG701", "a.py", "", Level.BLOCK),
    ],
)
def test_levels(levels: str, code: str, path: str, phase: str, level: Level) -> None:
    assert of(f"levels: {levels}").level(code, Level.WARN, path, phase) is level


@pytest.mark.parametrize("code", ["QG301", "QG302", "QG303"])
@pytest.mark.parametrize("text", ["mode: observe", "levels: {QG3: advise}", "levels: {QG: {'*': warn}}"])
def test_a_leaked_key_always_blocks(code: str, text: str) -> None:
    assert of(text).level(code, Level.BLOCK, "a.py") is Level.BLOCK


def test_observe_only_advises() -> None:
    found = of("mode: observe\nlevels: {QG101: block}")
    assert [found.level(code, Level.BLOCK) for code in ("QG101", "QG501")] == [Level.ADVISE] * 2


@pytest.mark.parametrize(
    ("levels", "knows"),
    [("{QG1: warn}", False), ("{QG1: {'live/': block}}", False), ("{QG1: {'phase:research': warn}}", True)],
)
def test_whether_phases_matter(levels: str, knows: bool) -> None:
    assert of(f"levels: {levels}").knows_phases is knows


# --- paths, bots, sizes


@pytest.mark.parametrize(
    ("path", "is_result"),
    [
        ("results/gap.csv", True),
        ("results/gap/2024.yaml", True),
        ("results/README.md", False),
        ("results/.gitkeep", False),
        ("results.csv", False),
        ("src/results/gap.csv", False),
    ],
)
def test_results(path: str, is_result: bool) -> None:
    assert Policy({}).is_result(path) is is_result


@pytest.mark.parametrize("folder", ["results", "results/", "./results", "/results//", "results/."])
def test_a_folder_however_it_is_written(folder: str) -> None:
    assert of(f"paths: {{results: {folder}}}").results == "results/"


def test_the_root_may_hold_the_strategies() -> None:
    found = of("paths: {strategies: .}")
    assert found.strategies == ""
    assert found.is_strategy("gap/signals.py")
    assert not Policy({}).is_strategy("gap/signals.py")


@pytest.mark.parametrize("name", ["dependabot", "dependabot[bot]", "Dependabot[bot]", "Copilot", "claude"])
def test_bots(name: str) -> None:
    assert Policy({}).is_bot(name)


@pytest.mark.parametrize("name", ["", "alice", "dependabot-fan", "[bot]"])
def test_no_bots(name: str) -> None:
    assert not Policy({}).is_bot(name)


@pytest.mark.parametrize(
    ("path", "exempt"),
    [("tests/a.csv", True), ("lib/tests/x/a.csv", True), ("a/fixtures/b.csv", True), ("data/tests.csv", False)],
)
def test_where_a_small_data_file_may_be_plain(path: str, exempt: bool) -> None:
    assert Policy({}).is_lfs_exempt(path) is exempt


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("*.csv", "a/b.csv", True),
        ("data/", "data/a/b.csv", True),
        ("data/", "src/data/a.csv", False),
        ("data/*.csv", "data/a/b.csv", False),
        ("**/b.csv", "a/b.csv", True),
        ("a?.csv", "a\udce9.csv", True),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    assert glob_matches(glob, path) is matches


@pytest.mark.parametrize(
    ("value", "size"), [(0, 0), (1024, 1024), ("12", 12), ("1 KiB", 1024), ("3MiB", 3 << 20), ("2 GiB", 2 << 30)]
)
def test_sizes(value: object, size: int) -> None:
    assert parse_size(value) == size


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (5 << 30, "5 GiB")]
)
def test_shown_sizes(size: int, shown: str) -> None:
    assert shown_size(size) == shown


@given(number=st.integers(1, 1023), unit=st.sampled_from(["KiB", "MiB", "GiB"]))
def test_a_size_is_shown_as_it_is_written(number: int, unit: str) -> None:
    assert shown_size(parse_size(f"{number} {unit}")) == f"{number} {unit}"


# --- what cannot be used


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\nmood: guard\n", "quantgov.yaml:2:1: 'mood' is not a known key; did you mean 'mode'?"),
        ("version: 1\n\tmode: guard\n", "quantgov.yaml:2:1: a tab indents this line"),
        (
            "version: 1\nbranches: {pattern: '('}\n",
            "quantgov.yaml:2:21: branches.pattern is not a regular expression: ",
        ),
        ("- version: 1\n", "quantgov.yaml:1:1: "),
        ("", "quantgov.yaml:1:1: "),
        ("version: 1\nlfs: {max_size: 1 MB}\n", "quantgov.yaml:2:17: "),
    ],
)
def test_a_policy_that_cannot_be_used_says_where(text: str, message: str) -> None:
    assert refusal(text).startswith(message)
    assert problems_in(text.encode())


def test_the_refusal_says_which_tree_the_policy_is_from() -> None:
    assert refusal("mood: 1\n", "origin/main").startswith("quantgov.yaml:1:1 (origin/main): ")


def test_a_policy_that_can_be_used_has_no_problems() -> None:
    assert problems_in(b"version: 1\nbranches: {pattern: 'QR-[0-9]+'}\n") == []
    assert problems_in(b"version: 1\nbranches: trunk\n") == []


# --- whose policy


def change(trunk: dict[str, str], head: dict[str, str | bytes | None]) -> Change:
    made = examples.change(Example("whose", before=trunk, files=head), Stage.COMMIT)
    made.authority_name = "origin/main"
    return made


def test_the_trunk_s_policy_judges_not_the_change_s() -> None:
    found = policy.of_change(
        change({"quantgov.yaml": f"{HEADER}mode: govern\n"}, {"quantgov.yaml": f"{HEADER}mode: observe\n"})
    )
    assert (found.mode, found.source, found.bootstrap) == ("govern", "origin/main", False)


def test_the_trunk_s_policy_judges_its_own_deletion() -> None:
    found = policy.of_change(change({"quantgov.yaml": f"{HEADER}mode: govern\n"}, {"quantgov.yaml": None}))
    assert found.mode == "govern"


def test_the_change_s_policy_counts_where_the_trunk_has_none() -> None:
    found = policy.of_change(change({}, {"quantgov.yaml": f"{HEADER}mode: observe\n"}))
    assert (found.mode, found.source, found.bootstrap) == ("observe", "the change itself", True)


def test_the_defaults_count_where_nobody_has_one() -> None:
    found = policy.of_change(change({}, {"a.md": "x"}))
    assert (found.mode, found.source, found.bootstrap, found.digest) == ("guard", "defaults", False, "")


BROKEN = "version: 1\nmoode: guard\n"
WHOLE = "version: 1\nmode: govern\n"


def test_the_change_that_mends_a_broken_policy_is_judged_by_the_defaults_not_by_its_own() -> None:
    mend = change({"quantgov.yaml": BROKEN}, {"quantgov.yaml": WHOLE})
    found = policy.of_change(mend)
    assert (found.mode, found.source, found.bootstrap, found.digest) == ("guard", "defaults", True, "")
    assert Verdict([Judgement(mend, found, ())]).notes() == [
        "bootstrap: origin/main has no usable quantgov.yaml; the defaults were used"
    ]


@pytest.mark.parametrize("head", [BROKEN, BROKEN + "merge: squash\n", None])
def test_a_broken_policy_stops_whatever_does_not_mend_it(head: str | None) -> None:
    with pytest.raises(PolicyError, match="'moode' is not a known key"):
        policy.of_change(change({"quantgov.yaml": BROKEN}, {"quantgov.yaml": head}))


@pytest.mark.parametrize("mode", [0o120000, 0o160000, 0o040000])
def test_what_stands_in_the_policys_place_on_the_trunk_is_no_bootstrap(mode: int) -> None:
    trunk = MemoryTree({"quantgov.yaml": "elsewhere"}, {"quantgov.yaml": mode})
    sly = change({}, {"quantgov.yaml": f"{HEADER}mode: observe\nprotected: [x]\n"})
    sly.authority = trunk
    assert (policy.of_change(sly).mode, policy.of_change(sly).protected) == ("guard", ("main", "master"))
    sly.head = trunk
    with pytest.raises(PolicyError, match="no regular file"):
        policy.of_change(sly)


@pytest.mark.parametrize("mode", [0o120000, 0o160000, 0o040000])
def test_a_link_a_submodule_or_a_folder_is_not_put_in_the_policys_place(mode: int) -> None:
    sly = change({"quantgov.yaml": WHOLE}, {})
    sly.head = MemoryTree({"quantgov.yaml": "elsewhere"}, {"quantgov.yaml": mode})
    assert said_of(sly) == [("is no regular file", True)]


@pytest.mark.parametrize(("branch", "taken"), [("main", ["is removed"]), ("live", ["is removed"]), ("strategy/x", [])])
def test_a_protected_branch_is_not_taken_back_to_before_the_policy(branch: str, taken: list[str]) -> None:
    """The merge base is the tip itself then, and nothing differs from it."""
    back = change({}, {})
    back.authority, back.authority_name, back.branch = MemoryTree({"quantgov.yaml": WHOLE}), "live", branch
    assert said_of(back) == []
    back.rewound = True
    assert said_of(back) == [(message, True) for message in taken]


def said_of(made: Change) -> list[tuple[str, bool]]:
    """What QG001 finds, and whether it blocks."""
    rule, _ = rules.find("QG001")
    (outcome,) = engine.judge(made, [rule], policy.of_change(made))
    rulings = outcome.rulings if isinstance(outcome, Failed) else ()
    return [(each.finding.message, each.blocks) for each in rulings]


@pytest.mark.parametrize("sly", ["removed", "moved into a folder", "a folder", "a link"])
def test_no_commit_takes_the_policy_away(repo: Repo, sly: str) -> None:
    repo.commit({"quantgov.yaml": WHOLE}, "chore: set the policy")
    repo.branch("strategy/sly")
    repo.git("mv", "quantgov.yaml", "old.yaml")
    if sly == "moved into a folder":
        (repo.path / "quantgov.yaml").mkdir()
        repo.git("mv", "old.yaml", "quantgov.yaml/old.yaml")
    elif sly == "a folder":
        repo.stage({"quantgov.yaml/a.yaml": "version: 1\nmode: observe\n"})
    elif sly == "a link":
        (repo.path / "quantgov.yaml").symlink_to("old.yaml")
        repo.git("add", "quantgov.yaml")
    committed = repo.quantgov("hook", "pre-commit")
    repo.commit()
    proposed = repo.quantgov("check", "--range", "main..HEAD")
    what = "is removed" if sly == "removed" else "is no regular file"
    assert (committed.returncode, proposed.returncode) == (1, 1)
    assert f"QG001 quantgov.yaml: {what}" in committed.stderr
    assert what in proposed.stdout


def test_whoever_pushes_after_the_policy_was_taken_away_does_not_bring_his_own(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": WHOLE}, "chore: set the policy")
    (repo.path / "quantgov.yaml").unlink()
    repo.stage({"quantgov.yaml/a.yaml": WHOLE})
    repo.commit({}, "chore: tidy up")
    repo.branch("strategy/sly")
    repo.git("rm", "-q", "-r", "quantgov.yaml")
    repo.stage({"quantgov.yaml": f"{HEADER}mode: observe\nprotected: [x]\n"})
    repo.git("switch", "-q", "-C", "main")
    done = repo.quantgov("hook", "pre-commit")
    assert done.returncode == 1
    assert "QG103" in done.stderr
    assert "main has no usable quantgov.yaml; the defaults were used" in done.stderr


# --- the team's own detectors

DETECTORS = """\
secrets:
  detectors:
    - name: fund-gateway-key
      title: Fund gateway key
      pattern: 'fgw_[0-9a-zA-Z]{24}'
      examples: ['fgw_MadeUp4TheseTestsOnly999']
      not: [fgw_example]
      advice: Tell the desk, and rotate it in the vault.
"""
GATEWAY_KEY = "fgw_" + body(24)


def test_the_teams_detectors_guard_its_commits(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": f"{HEADER}{DETECTORS}"}, "chore: set the policy")
    repo.branch("strategy/gap")
    repo.stage({"fetch.py": f"connect('{GATEWAY_KEY}')\n"})
    refused = repo.quantgov("hook", "pre-commit")
    repo.stage({"fetch.py": "connect(fgw_client)\n"})
    assert (refused.returncode, repo.quantgov("hook", "pre-commit").returncode) == (1, 0)
    assert f"QG301 fetch.py:1:10: Fund gateway key {GATEWAY_KEY[:7]}… (28 characters)" in refused.stderr
    assert "Tell the desk, and rotate it in the vault." in refused.stderr
    assert GATEWAY_KEY not in refused.stderr


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("[0-9a-zA-Z]{24}", "(?=[0-9a-zA-Z]{24})", "6:16", "cannot be searched for in linear time"),
        ("fgw_example", GATEWAY_KEY, "8:13", "is matched by the pattern, and must not be: fgw_"),
        ("[0-9a-zA-Z]{24}", "[0-9a-zA-Z]{25}", "7:18", "is not matched by the pattern: fgw_"),
        ("fund-gateway-key", "tickdb-api-key", "4:13", "is 'tickdb-api-key', as is a built-in detector"),
        ("fund-gateway-key", "Fund", "4:13", "has not the form of 'fund-gateway-key'"),
        ("      examples: ['fgw_MadeUp4TheseTestsOnly999']\n", "", "4:7", "examples is missing"),
        ("title:", "titel:", "5:7", "'titel' is not a known key of secrets.detectors[0]; did you mean 'title'?"),
    ],
)
def test_detectors_that_cannot_be_used(repo: Repo, old: str, new: str, place: str, said: str) -> None:
    assert old in DETECTORS
    repo.stage({"quantgov.yaml": f"{HEADER}{DETECTORS.replace(old, new)}"})
    done = repo.quantgov("hook", "pre-commit")
    assert done.returncode == 2
    assert f"quantgov.yaml:{place} (the change itself): " in done.stderr
    assert said in done.stderr
    assert GATEWAY_KEY not in done.stderr


# --- what is quoted may hold a key


def test_what_stops_a_hook_is_told_without_keys(repo: Repo) -> None:
    repo.stage({"quantgov.yaml": f"{HEADER}mode: {KEY}\n"})
    for done in (repo.quantgov("hook", "pre-commit"), repo.quantgov("hook", "pre-commit", QUANTGOV_DEBUG="1")):
        assert done.returncode == 2
        assert done.stderr.startswith("quantgov: blocked: quantgov.yaml:2:7 (the change itself): mode is 'tk_live_")
        assert KEY not in done.stdout + done.stderr
    assert "Traceback" in done.stderr


def test_what_stops_a_command_is_told_without_keys(repo: Repo) -> None:
    repo.commit({"a.md": "x\n"})
    repo.stage({"quantgov.yaml": f"version: {KEY}\n"})
    done = repo.quantgov("check", "--policy-from", ":")
    assert done.returncode == 2
    assert "quantgov.yaml:1:10 (the index): " in done.stderr
    assert KEY not in done.stdout + done.stderr


def test_the_advice_of_a_failure_is_told_without_keys(capsys: pytest.CaptureFixture[str]) -> None:
    console.fail(UsageError("there is no such revision", f"git fetch https://alice:{KEY}@fund.com"))
    told = capsys.readouterr().err
    assert "fix: git fetch" in told
    assert KEY not in told


def test_a_link_is_no_policy() -> None:
    link = MemoryTree({"quantgov.yaml": "elsewhere.yaml"}, {"quantgov.yaml": 0o120000})
    with pytest.raises(PolicyError, match="no regular file"):
        policy.of_tree(link, "main")
    assert policy.of_tree(EMPTY, "main") is None


def test_a_policy_is_parsed_once_for_each_content(tmp_path: Path) -> None:
    tree = MemoryTree({"quantgov.yaml": f"{HEADER}mode: govern\n"})
    first = policy.of_tree(tree, "main", cache=Cache(str(tmp_path)))
    again = Cache(str(tmp_path))
    assert again.document(tree.oid("quantgov.yaml") or "") == {"version": 1, "mode": "govern"}
    second = policy.of_tree(tree, "main", bootstrap=True, cache=again)
    assert first
    assert second
    assert (first.mode, first.digest, second.mode, second.digest) == (
        "govern",
        tree.oid("quantgov.yaml"),
        "govern",
        first.digest,
    )
    assert second.bootstrap


def test_the_teams_detectors_are_tried_once_for_each_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = MemoryTree({"quantgov.yaml": f"{HEADER}{DETECTORS}"})
    assert policy.of_tree(tree, "main", cache=Cache(str(tmp_path)))
    monkeypatch.setattr(team, "faults", None)  # calling it would fail
    again = policy.of_tree(tree, "main", cache=Cache(str(tmp_path)))
    assert again
    assert again.team
    assert [row.name for row in again.team.rows] == ["fund-gateway-key"]


def test_a_policy_without_a_digest_is_not_kept(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    assert load(HEADER.encode(), cache=cache).mode == "guard"
    assert list(tmp_path.iterdir()) == []


def test_a_policy_that_cannot_be_used_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        load(b"mood: guard\n", "0" * 40, cache=Cache(str(tmp_path)))
    assert list(tmp_path.iterdir()) == []
