"""Strategies as trees hold them: files, digests, and what became of them in a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from governed import CODE, PARAMETERS, change_of, strategy_of
from repository import Repo

from quantgov import lifecycle, made_up, policy, strategy
from quantgov.git import MODE_FILE, MODE_SUBMODULE, MODE_SYMLINK, Entry, Repository
from quantgov.moves import Move
from quantgov.moves import of as moves
from quantgov.people import Team
from quantgov.rule import Stage
from quantgov.tree import GitTree, MemoryTree

ID = "strategy_id: STR-2026-0001\n"
OTHER = "strategy_id: STR-2026-0002\n"
GAP, FADE = "strategies/gap/passport.yaml", "strategies/fade/passport.yaml"
FOLDER = "strategies/gap/"
LIBRARY = "lib/signals"
PINNED = "deployment: {signal_version: lib/signals}\n"
PUSHED = Stage.PUSH | Stage.RANGE | Stage.RECEIVE


def gap(text: str = "", files: Mapping[str, str | bytes] | None = None) -> strategy.Strategy:
    return strategy_of({GAP: ID + text, **(files or {})}, GAP)


def moved(
    before: Mapping[str, str | bytes], files: Mapping[str, str | bytes | None], stage: Stage = Stage.RECEIVE
) -> list[tuple[str, str, str]]:
    """Of each move the id, and where the passport was and is."""
    change = change_of(before, files, stage, team="")
    found = moves(change, policy.of_change(change))
    assert moves(change, policy.of_change(change)) is found
    return [(each.id, each.before.path if each.before else "", each.after.path if each.after else "") for each in found]


# --- a passport and its files


def test_values_of_a_passport_as_text() -> None:
    of = gap("name: Gap\nversion: v1\nstatus: research\nresearcher: alice\nrisk: {max: 3}\nlist: [1]\nnothing: null\n")
    assert (of.id, of.status, of.version, of.researcher) == ("STR-2026-0001", "research", "v1", "alice")
    assert of.text("risk", "max") == "3"
    assert [of.text(*pointer) for pointer in (("risk",), ("list",), ("nothing",), ("none",), ("name", "x"))] == [""] * 5
    assert of.get("risk", "max") == 3
    assert of.get("name", "x", "y") is None


def test_mappings_in_a_list_of_a_passport() -> None:
    of = gap("reviews: [{kind: code}, text, {kind: incident}]\nname: Gap\n")
    assert [each for _, each in of.items("reviews")] == [{"kind": "code"}, {"kind": "incident"}]
    assert of.items("name") == of.items("none") == []


def test_places_in_a_passport() -> None:
    of = gap("risk:\n  max: 3\n")
    assert of.place("risk", "max") == (3, 8)
    assert of.place("risk", "min") == (3, 3)
    assert of.place("none") == (1, 1)


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("params/v1.yaml", "strategies/gap/params/v1.yaml"),
        ("./params//v1.yaml", "strategies/gap/params/v1.yaml"),
        ("../fade/report.yaml", "strategies/fade/report.yaml"),
        ("../../params.yaml", "params.yaml"),
        ("../../../params.yaml", None),
        ("../../../desk/params.yaml", None),
        ("/etc/passwd", None),
        ("params\\v1.yaml", None),
        ("../..", ""),
    ],
)
def test_a_reference_from_a_strategys_folder(reference: str, path: str | None) -> None:
    assert gap().resolve(reference) == path


def test_a_file_is_read_only_in_the_repository_and_through_no_link() -> None:
    files: dict[str, str | bytes] = {GAP: ID, f"{FOLDER}a.yaml": "a\n", f"{FOLDER}link.yaml": "a.yaml"}
    of = strategy.at(MemoryTree(files, {f"{FOLDER}link.yaml": MODE_SYMLINK}), GAP)
    assert of
    assert of.read("a.yaml") == b"a\n"
    assert [of.read(name) for name in ("link.yaml", "b.yaml", "../..", "/a.yaml", "../../../a.yaml")] == [None] * 5


@pytest.mark.parametrize(
    ("pin", "path"),
    [
        ("lib/signals", "lib/signals/fast.py"),
        ("lib/signals/", "lib/signals/fast.py"),
        ("signals", "strategies/gap/signals/fast.py"),
        ("../common", "strategies/common/fast.py"),
    ],
)
def test_a_library_is_looked_for_from_the_root_and_then_from_the_folder(pin: str, path: str, repo: Repo) -> None:
    repo.commit({GAP: f"{ID}deployment: {{signal_version: {pin}}}\n", path: "x = 1\n"})
    of = strategy.at(tree_of(repo), GAP)
    assert of
    assert of.library == path.removesuffix("/fast.py")
    assert of.library_paths() == [path]
    assert of.locate("none") is None


def test_a_library_may_be_one_file_or_none() -> None:
    of = gap("deployment: {signal_version: lib/signals.py}\n", {"lib/signals.py": "x = 1\n"})
    assert of.library_paths() == ["lib/signals.py"]
    for pin in ("v2.1", "../../../lib", "/", ""):
        assert gap(f"deployment: {{signal_version: '{pin}'}}\n").library_paths() == []
    assert gap().library is None


def test_where_files_are_unless_the_passport_says_so() -> None:
    of = gap("version: v1.2.0\n")
    assert (of.parameters_file, of.report_file, of.validation_file) == (
        "params/v1.2.0.yaml", "report.yaml", "validation.yaml",
    )  # fmt: skip
    named = (
        "deployment: {parameters_file: p.yaml}\nbacktest: {report_file: r.yaml}\nvalidation: {report_file: v.yaml}\n"
    )
    of = gap(named)
    assert (of.parameters_file, of.report_file, of.validation_file) == ("p.yaml", "r.yaml", "v.yaml")
    files = ["brief.md", "r.yaml", "v.yaml", "checklist.yaml", "RUNBOOK.md", "ROLLBACK.md", "oncall.yaml", "p.yaml"]
    kinds = (
        lifecycle.BRIEF, lifecycle.REPORT, lifecycle.VALIDATION_REPORT, lifecycle.CHECKLIST, lifecycle.RUNBOOK,
        lifecycle.ROLLBACK, lifecycle.ON_CALL, lifecycle.PARAMETERS,
    )  # fmt: skip
    assert [of.file_of(kind) for kind in kinds] == files
    assert of.file_of(lifecycle.PASSPORT) == of.file_of(lifecycle.SIGNAL_PIN) == "passport.yaml"


def test_a_strategy_at_the_root_of_its_repository() -> None:
    of = strategy_of({"passport.yaml": ID, "signals.py": "x = 1\n", "brief.md": "# Gap\n"}, "passport.yaml")
    assert (of.folder, of.resolve("brief.md"), of.code_paths()) == ("", "brief.md", ["signals.py"])
    assert of.elsewhere() == []


@pytest.mark.parametrize("data", [b"a: [", b"- a\n", b"text\n", b"\0", b"a: 1\na: 2\n"])
def test_where_no_passport_can_be_read_there_is_no_strategy(data: bytes) -> None:
    assert strategy.at(MemoryTree({GAP: data}), GAP) is None
    assert strategy.at(MemoryTree({}), GAP) is None
    assert strategy.at(MemoryTree({GAP: FADE, FADE: ID}, {GAP: MODE_SYMLINK}), GAP) is None


def test_every_strategy_below_the_teams_folder() -> None:
    files = {GAP: ID, FADE: "a: [", "strategies/roc/passport.yml": OTHER, "attic/passport.yaml": OTHER}
    modes = {"strategies/link/passport.yaml": MODE_SYMLINK}
    tree = MemoryTree({**files, "strategies/link/passport.yaml": GAP}, modes)
    found = strategy.every(tree, policy.Policy({}))
    assert [each.path for each in found] == [GAP, "strategies/roc/passport.yml"]


# --- digests


def test_what_a_sign_off_speaks_for_is_named_from_the_folder() -> None:
    files = made_up.files("production")
    here = strategy_of(files)
    there = strategy_of({path.replace("gap/", "fade/"): data for path, data in files.items()}, FADE)
    for kind in {kind for duty in lifecycle.DUTIES for kind in duty.subjects}:
        assert here.subject(kind)
        assert here.subject(kind) == there.subject(kind)
    assert here.subject(lifecycle.REPORT) == ("report.yaml", {"sha256": strategy.sha256(b"version: 1\n")})


def test_what_is_not_there_has_no_digest() -> None:
    assert [gap().subject(kind) for kind in (lifecycle.REPORT, lifecycle.CODE)] == [None, None]


def test_the_terms_are_the_passport_but_for_what_signing_and_promoting_change() -> None:
    digest = gap("name: Gap\nstatus: research\n").terms_digest()
    alike = (
        "name: 'Gap'   # ours\n",
        "name: Gap\nstatus: production\ndeployment: {a: 1}\nreviews: []\nsign_offs: []\n",
    )
    assert [gap(text).terms_digest() for text in alike] == [digest, digest]
    others = ("name: gap\n", "name: Gap\nrisk: {}\n", "name: Gap\nmateriality: low\n")
    assert digest not in [gap(text).terms_digest() for text in others]


def test_terms_are_read_whatever_the_order_and_the_alphabet() -> None:
    assert gap("name: Lücke\nversion: v1\n").terms_digest() == gap('version: v1\nname: "L\\u00fccke"\n').terms_digest()


@pytest.mark.parametrize(
    ("name", "is_code"),
    [
        ("gap_signals.py", True), ("lib/fast.pyx", True), ("lib/fast.c", True), ("model.R", True), ("a.ipynb", True),
        ("test_signals.py", False), ("signals_test.py", False), ("conftest.py", False), ("tests/helper.py", False),
        ("lib/tests/helper.py", False), ("signoffs/a.py", False), ("evidence/a.py", False), ("brief.md", False),
        ("params/v1.yaml", False), ("contest.py", True), ("latest.py", True), ("tests.py", True),
        ("my_tests/a.py", True),
    ],
)  # fmt: skip
def test_what_is_signal_code(name: str, is_code: bool) -> None:
    assert strategy.is_code(name) is is_code


def test_the_code_tree_is_the_one_that_git_would_write(repo: Repo) -> None:
    code = {"gap_signals.py": "x = 1\n", "lib/a.py": "a\n", "lib.py": "b\n", "lib-c/d.py": "d\n", "ü.py": "e\n"}
    shared = {"fast.py": "f\n", "deep/er.txt": "g\n"}
    files: dict[str, str | bytes] = {f"{FOLDER}{name}": data for name, data in code.items()}
    files |= {f"{LIBRARY}/{name}": data for name, data in shared.items()}
    repo.commit({**files, GAP: ID + PINNED, f"{FOLDER}test_a.py": "t\n", f"{FOLDER}brief.md": "# Gap\n"})
    of = strategy.at(tree_of(repo), GAP)
    assert of
    assert of.code_tree() == written(repo, code, {f"{LIBRARY}/{name}": data for name, data in shared.items()})


def test_the_code_tree_in_a_repository_of_sha_256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "-q", "--object-format=sha256", "-b", "main")
    monkeypatch.chdir(tmp_path)
    repo.commit({GAP: ID, CODE: "x = 1\n", f"{FOLDER}lib/a.py": "a\n"})
    of = strategy.at(tree_of(repo), GAP)
    assert of
    assert len(of.code_tree()) == 64
    assert of.code_tree() == written(repo, {"gap_signals.py": "x = 1\n", "lib/a.py": "a\n"}, {})


def test_without_code_there_is_no_code_tree() -> None:
    assert gap().code_tree() == strategy.tree_oid({}) == ""
    assert strategy.tree_oid({"a.py": Entry(MODE_FILE, "0" * 40)}) != ""


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        (f"{FOLDER}gap_signals.so", MODE_FILE),
        (f"{FOLDER}numpy.cpython-311-x86_64-linux-gnu.so", MODE_FILE),
        (f"{FOLDER}numpy.pyc", MODE_FILE),
        (f"{FOLDER}numpy", MODE_SYMLINK),
        (f"{FOLDER}numpy", MODE_SUBMODULE),
        (f"{FOLDER}lib/numpy", MODE_SUBMODULE),
    ],
)
def test_what_may_be_imported_in_its_place_is_code_too(path: str, mode: int) -> None:
    files = made_up.files("production")
    of = strategy.at(MemoryTree({**files, path: "../../evil"}, {path: mode}), GAP)
    assert of
    assert of.hidden_code() == [path]
    assert of.code_tree() != strategy_of(files).code_tree()


@pytest.mark.parametrize("name", ["tests/numpy", "evidence/latest", "signoffs/a.so"])
def test_links_where_no_code_is_kept_are_none(name: str) -> None:
    files = made_up.files("production")
    of = strategy.at(MemoryTree({**files, f"{FOLDER}{name}": "x"}, {f"{FOLDER}{name}": MODE_SYMLINK}), GAP)
    assert of
    assert of.code_tree() == strategy_of(files).code_tree()


def tree_of(repo: Repo) -> GitTree:
    return GitTree(Repository.discover().objects, repo.out("rev-parse", "HEAD^{tree}"))


def written(repo: Repo, own: Mapping[str, str], shared: Mapping[str, str]) -> str:
    """The tree that git makes of these files."""
    index = {"GIT_INDEX_FILE": str(repo.path / "scratch")}
    for folder, files in (("strategy", own), ("library", shared)):
        for name, data in files.items():
            path = repo.write("scratch.txt", data)
            oid = repo.out("hash-object", "-w", str(path))
            repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{folder}/{name}", check=True, **index)
    return repo.git("write-tree", check=True, **index).stdout.strip()


# --- moves


def test_a_strategy_is_followed_by_its_id() -> None:
    assert moved({GAP: ID}, {GAP: ID + "name: x\n"}) == [("STR-2026-0001", GAP, GAP)]
    assert moved({GAP: ID}, {GAP: None, FADE: ID}) == [("STR-2026-0001", GAP, FADE)]
    assert moved({}, {GAP: ID}) == [("STR-2026-0001", "", GAP)]
    assert moved({GAP: ID}, {GAP: None}) == [("STR-2026-0001", GAP, "")]
    assert moved({GAP: ID}, {GAP: OTHER}) == [("STR-2026-0001", GAP, ""), ("STR-2026-0002", "", GAP)]
    assert moved({GAP: ID, FADE: OTHER}, {GAP: OTHER, FADE: ID}) == [
        ("STR-2026-0001", GAP, FADE), ("STR-2026-0002", FADE, GAP),
    ]  # fmt: skip
    assert moved({GAP: ID}, {GAP: None, GAP.replace("yaml", "yml"): ID})[0][0] == "STR-2026-0001"


def test_a_passport_that_cannot_be_read_or_has_no_id_is_gone() -> None:
    for broken in ("a: [", "name: Gap\n", "strategy_id: [STR-2026-0001]\n"):
        assert moved({GAP: ID}, {GAP: broken}) == [("STR-2026-0001", GAP, "")]
        assert moved({GAP: broken}, {GAP: ID}) == [("STR-2026-0001", "", GAP)]


def test_of_two_with_one_id_neither_hides_the_other() -> None:
    both = {FADE: f"{ID}status: ideation\n", GAP: f"{ID}status: production\n", PARAMETERS: "x: 1\n"}
    touched = {FADE: f"{ID}status: ideation\nname: x\n", PARAMETERS: "x: 2\n"}
    assert moved(both, touched) == [("STR-2026-0001", FADE, FADE), ("STR-2026-0001", GAP, GAP)]
    assert moved(both, {FADE: None, GAP: None}) == [("STR-2026-0001", FADE, ""), ("STR-2026-0001", GAP, "")]


@pytest.mark.parametrize(
    "other", ["strategies/gap/passport.yml", "strategies/gap/params/passport.yaml", "strategies/passport.yaml"]
)
def test_another_passport_in_or_around_the_folder_hides_no_strategy(other: str) -> None:
    for stage in (Stage.COMMIT, *PUSHED):
        found = moved({GAP: ID, other: OTHER, PARAMETERS: "x: 1\n"}, {PARAMETERS: "x: 2\n"}, stage)
        assert ("STR-2026-0001", GAP, GAP) in found
        assert len(found) == 2


def test_a_strategy_outside_of_the_teams_folder_is_followed_from_the_push_on() -> None:
    before = {"attic/gap/passport.yaml": ID, "attic/gap/params/v1.yaml": "x: 1\n"}
    for stage in PUSHED:
        assert len(moved(before, {"attic/gap/params/v1.yaml": "x: 2\n"}, stage)) == 1
    assert moved(before, {"attic/gap/params/v1.yaml": "x: 2\n"}, Stage.COMMIT) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (PINNED, "lib/signals/fast.py"),
        ("deployment: {signal_version: lib/signals.py}\n", "lib/signals.py"),
        ("deployment: {signal_version: strategies/common}\n", "strategies/common/fast.py"),
        ("deployment: {parameters_file: ../common/gap.yaml}\n", "strategies/common/gap.yaml"),
        ("deployment: {parameters_file: ../../gap.yaml}\n", "gap.yaml"),
        ("backtest: {report_file: ../../reports/gap.yaml}\n", "reports/gap.yaml"),
        ("validation: {report_file: ../../reports/gap.yaml}\n", "reports/gap.yaml"),
    ],
)
def test_what_a_strategy_refers_to_elsewhere_is_its_own_from_the_push_on(
    text: str, path: str, make_repo: Callable[[str], Repo], monkeypatch: pytest.MonkeyPatch
) -> None:
    from quantgov import entrance

    repo = make_repo("elsewhere")
    monkeypatch.chdir(repo.path)
    repo.commit({GAP: ID + text, path: "x: 1\n", "README.md": "x\n"})
    base = repo.out("rev-parse", "HEAD")
    repo.branch("strategy/x")
    for touched, expected in ((path, [GAP]), (f"x{path}", []), ("README.md", [])):
        repo.git("reset", "-q", "--hard", base)
        repo.commit({touched: "x: 2\n", "a-note.txt": "x\n"})
        change = entrance.ranged(Repository.discover(), base, "HEAD")
        assert [each.after.path for each in moves(change, policy.Policy({})) if each.after] == expected


def test_a_file_beside_everything_concerns_no_strategy() -> None:
    for stage in (Stage.COMMIT, *PUSHED):
        assert moved({GAP: ID + PINNED}, {"lib/other/a.py": "x = 1\n", "strategies/README.md": "x\n"}, stage) == []


def test_the_passport_of_a_folder_that_goes_or_comes_concerns_its_files() -> None:
    assert moved({GAP: ID, CODE: "x = 1\n"}, {GAP: None, CODE: None}) == [("STR-2026-0001", GAP, "")]
    assert moved({CODE: "x = 1\n"}, {GAP: ID, CODE: "x = 2\n"}) == [("STR-2026-0001", "", GAP)]


@pytest.mark.parametrize(
    ("passport", "is_judged"),
    [
        (f"{ID}status: research\n", False),
        (f"# ours\n\n{ID}name: 'Gap fade'\nstatus: ideation\n", False),
        (f"{ID}status: retired\n", False),
        (f"{ID}status: validation\n", True),
        (f"{ID}status: production\n", True),
        (f"{ID}name: 'it''s \nstatus: research\n'\nstatus: production\n", True),
        (f'{ID}name: "a\\" \nstatus: research\n"\nstatus: production\n', True),
        (f"{ID}name: |\n  x\nstatus: production\n", True),
        (f"{ID}risk: {{a: 1}}\nstatus: research\n", True),
        (f"{ID}name: Gap\n", True),
    ],
)
def test_a_commit_of_research_is_judged_by_no_parser(passport: str, is_judged: bool) -> None:
    before: dict[str, str | bytes] = {GAP: passport, CODE: "x = 1\n"}
    expected = [("STR-2026-0001", GAP, GAP)] if is_judged else []
    assert moved(before, {CODE: "x = 2\n"}, Stage.COMMIT) == expected
    assert moved(before, {CODE: "x = 2\n"}) == [("STR-2026-0001", GAP, GAP)]
    assert moved(before, {f"{FOLDER}report.yaml": "x: 1\n"}, Stage.COMMIT) == [("STR-2026-0001", GAP, GAP)]


def test_a_commit_that_changes_the_passport_is_judged_whatever_the_phase() -> None:
    files = {GAP: f"{ID}status: research\nname: x\n", CODE: "x = 2\n"}
    assert moved({GAP: f"{ID}status: research\n", CODE: "x = 1\n"}, files, Stage.COMMIT)


def step(before: str | None, after: str | None) -> Move:
    return Move(*(gap(f"status: {status}\n") if status is not None else None for status in (before, after)))


@pytest.mark.parametrize(
    ("before", "after", "gate"),
    [
        (None, "ideation", ""),
        (None, "research", "research"),
        (None, "production", "production"),
        ("ideation", "research", "research"),
        ("research", "validation", "validation"),
        ("validation", "production", "production"),
        ("ideation", "production", "production"),
        ("suspended", "production", "production"),
        ("suspended", "validation", ""),
        ("suspended", "research", ""),
        ("validation", "research", ""),
        ("production", "validation", ""),
        ("production", "suspended", ""),
        ("production", "production", ""),
        ("research", "retired", ""),
        ("retired", "research", "research"),
        ("live", "production", "production"),
        ("production", None, ""),
    ],
)
def test_the_gate_that_a_move_goes_through(before: str | None, after: str | None, gate: str) -> None:
    move = step(before, after)
    assert (move.left, move.reached, move.goes_up_to) == (before or "", after or "", gate)
    assert move.id == "STR-2026-0001"


def test_where_a_gate_says_what_is_missing() -> None:
    up, stays = change_of({}, {}, Stage.RECEIVE), change_of({}, {}, Stage.SNAPSHOT)
    assert step("validation", "production").is_judged_at_gate(up)
    assert not step("validation", "production").is_judged_at_gate(stays)
    assert not step("production", "suspended").is_judged_at_gate(up)


# --- reviews and versions


def due(passport: str) -> str:
    return strategy.review_due(strategy.last_reviewed(gap(passport), Team.of({}), "2029-01-01"))


def test_a_full_review_is_due_a_year_after_the_last_one_or_the_deployment() -> None:
    deployed = "deployment: {deployment_date: 2026-03-02"
    assert due("") == ""
    assert due(f"{deployed}}}\n") == "2027-03-02"
    assert due(f"{deployed}, last_review_date: 2026-04-15}}\n") == "2027-04-15"
    full = "{kind: code, date: 2026-06-01, by: bob@fund.com}"
    reviews = f"reviews: [{full}, {{kind: incident, date: 2026-09-09}}, {{kind: code}}]\n"
    assert due(f"{deployed}}}\n{reviews}") == "2027-06-01"
    assert due("deployment: {deployment_date: 2028-02-29}\n") == "2029-03-01"
    assert due("deployment: {deployment_date: soon}\n") == ""


def test_no_review_counts_before_its_day() -> None:
    deployed = "deployment: {deployment_date: 2026-03-02, last_review_date: 2999-04-15}\n"
    assert due(f"{deployed}reviews: [{{kind: code, date: 2999-01-01}}]\n") == "2027-03-02"


@pytest.mark.parametrize(
    ("version", "following"),
    [("v1.3.2", "v1.4.0"), ("0.9.0", "0.10.0"), ("v1.3", "v0.1.0"), ("", "v0.1.0"), ("v1.3.2-rc1", "v0.1.0")],
)
def test_the_next_minor_version(version: str, following: str) -> None:
    assert strategy.next_version(version) == following
