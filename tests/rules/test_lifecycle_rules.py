"""Gates under attack: what somebody tries who may commit but not sign, at every entrance, in memory and in real git."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from core_builders import discover
from governed import (
    CODE,
    PARAMETERS,
    REPORT,
    SIGNING,
    SUBMITTED,
    Desk,
    Edits,
    Files,
    blocking,
    change_of,
    rulings,
    said,
    said_everywhere,
    signature_of,
    statement_path,
    strategy_of,
)
from real_repository import RealRepository
from repository import Repo

from quantgov import entrance, examples, made_up
from quantgov.change import Change, Landed
from quantgov.git import MODE_SUBMODULE, MODE_SYMLINK
from quantgov.lifecycle import OF_BRIEF, OF_CHECKLIST, OF_REPORT, OF_VALIDATION
from quantgov.rule import Example, Stage
from quantgov.tree import MemoryTree

PASSPORT, FOLDER = made_up.PASSPORT, made_up.FOLDER
RUNS = "STR-2026-0001"
OWN = "strategy_id: STR-2026-0009\nname: Mine\nversion: v0.1.0\nstatus: ideation\nresearcher: mallory@fund.com\n"
MALLORY = "  mallory: {email: mallory@fund.com, roles: [researcher, reviewer, engineer]}\n"
OTHER_PARAMETERS = {PARAMETERS: "lookback_bars: 9\n"}
PINNED = "  signal_version: lib/signals\n"
HANDED_IN = Stage.PUSH | Stage.RANGE | Stage.RECEIVE
REVIEW = statement_path("peer-reviewer")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


def running(**more: str | bytes) -> Files:
    return {**made_up.running(), **more}


def moved_to(folder: str, files: Mapping[str, str | bytes]) -> Edits:
    return {**dict.fromkeys(files), **{path.replace(FOLDER, folder): data for path, data in files.items()}}


def library(at: str) -> Files:
    files = {**made_up.files("production", more=f"  signal_version: {at}\n"), f"{at}/fast.py": "x = 1\n"}
    return made_up.signed(files, *SIGNING)


def elsewhere(path: str, reference: str) -> Files:
    """A strategy that runs with parameters outside of its folder."""
    files = {name: data for name, data in made_up.files("production").items() if name != PARAMETERS}
    files[PASSPORT] = str(files[PASSPORT]).replace("params/v1.yaml", reference)
    return made_up.signed({**files, path: "lookback_bars: 3\n"}, *SIGNING)


class Attack:
    """What stands on the trunk, what is pushed, and the codes that refuse it."""

    def __init__(
        self,
        before: Mapping[str, str | bytes],
        files: Edits,
        *codes: str,
        modes: Mapping[str, int] | None = None,
        earlier: tuple[Edits, ...] = (),
    ) -> None:
        self.example = Example(
            "attack", policy=made_up.TEAM, before=before, files=files, modes=modes, earlier=earlier, now="2026-05-04"
        )
        self.codes = set(codes)


ATTACKS: Mapping[str, Callable[[], Attack]] = {
    "other parameters": lambda: Attack(running(), OTHER_PARAMETERS, "QG607"),
    "a newline at their end": lambda: Attack(running(), {PARAMETERS: "lookback_bars: 3\n\n"}, "QG607"),
    "a folder of parameters that is a link": lambda: Attack(
        running(),
        {PARAMETERS: None, f"{FOLDER}params": "../mine", "strategies/mine/v1.yaml": "lookback_bars: 3\n"},
        "QG606",
        "QG607",
        modes={f"{FOLDER}params": MODE_SYMLINK},
    ),
    "a folder of parameters that is a submodule": lambda: Attack(
        running(),
        {PARAMETERS: None, f"{FOLDER}params": "x"},
        "QG606",
        "QG607",
        modes={f"{FOLDER}params": MODE_SUBMODULE},
    ),
    "parameters at a path that looks alike": lambda: Attack(
        running(),
        {
            PASSPORT: str(made_up.files("production")[PASSPORT]).replace("params/v1.yaml", "params/vl.yaml"),
            f"{FOLDER}params/vl.yaml": "lookback_bars: 3\n",
        },
        "QG607",
    ),
    "parameters out of the repository": lambda: Attack(
        running(),
        {PASSPORT: str(made_up.files("production")[PASSPORT]).replace("params/v1.yaml", "../../../../v1.yaml")},
        "QG606",
        "QG607",
    ),
    "parameters that lie in another folder": lambda: Attack(
        elsewhere("strategies/common/gap.yaml", "../common/gap.yaml"),
        {"strategies/common/gap.yaml": "x: 9\n"},
        "QG606",
        "QG607",
    ),
    "parameters that lie at the root": lambda: Attack(
        elsewhere("gap.yaml", "../../gap.yaml"), {"gap.yaml": "lookback_bars: 9\n"}, "QG607"
    ),
    "a passport in the folder of the parameters": lambda: Attack(
        running(**{f"{FOLDER}params/passport.yaml": OWN}), OTHER_PARAMETERS, "QG607"
    ),
    "a passport.yml beside the passport.yaml": lambda: Attack(
        running(**{f"{FOLDER}passport.yml": OWN}), OTHER_PARAMETERS, "QG607"
    ),
    "a passport.yaml beside the passport.yml": lambda: Attack(
        {PASSPORT.replace(".yaml", ".yml") if path == PASSPORT else path: data for path, data in running().items()}
        | {PASSPORT: OWN},
        OTHER_PARAMETERS,
        "QG607",
    ),
    "an idea with the id of what runs": lambda: Attack(
        running(**{"strategies/a/passport.yaml": OWN.replace("0009", "0001")}),
        {**OTHER_PARAMETERS, "strategies/a/passport.yaml": OWN.replace("0009", "0001") + "frequency: daily\n"},
        "QG607",
    ),
    "a passport that is no YAML in between": lambda: Attack(
        running(), OTHER_PARAMETERS, "QG607", earlier=({PASSPORT: "a: [\n"}, {PASSPORT: running()[PASSPORT]})
    ),
    "a passport that is no YAML": lambda: Attack(running(), {**OTHER_PARAMETERS, PASSPORT: "a: [\n"}, "QG601"),
    "a passport with a NUL": lambda: Attack(
        running(), {PASSPORT: bytes(f"{running()[PASSPORT]!s}\0", "ascii")}, "QG601"
    ),
    "a passport without its id": lambda: Attack(
        running(), {PASSPORT: str(running()[PASSPORT]).replace("strategy_id: STR-2026-0001\n", "")}, "QG601"
    ),
    "a passport that is deleted": lambda: Attack(running(), {PASSPORT: None}, "QG601"),
    "a strategy that is deleted whole": lambda: Attack(running(), dict.fromkeys(running()), "QG601"),
    "another id": lambda: Attack(
        running(),
        {PASSPORT: str(running()[PASSPORT]).replace("0001", "0009"), **OTHER_PARAMETERS},
        "QG601",
        "QG602",
        "QG604",
    ),
    "another strategy in the place of one that moves": lambda: Attack(
        running(),
        {
            **{path: data for path, data in moved_to("strategies/new/", running()).items() if data},
            **made_up.files("production"),
            PASSPORT: str(running()[PASSPORT]).replace("0001", "0009"),
            **OTHER_PARAMETERS,
        },
        "QG601",
        "QG602",
        "QG604",
    ),
    "moved out of the strategies": lambda: Attack(running(), moved_to("attic/gap/", running()), "QG601"),
    "moved out of the strategies before": lambda: Attack(
        {path.replace(FOLDER, "attic/gap/"): data for path, data in running().items()},
        {PARAMETERS.replace(FOLDER, "attic/gap/"): "lookback_bars: 9\n"},
        "QG607",
    ),
    "moved and changed": lambda: Attack(
        running(),
        {**moved_to("strategies/new/", running()), "strategies/new/params/v1.yaml": "lookback_bars: 9\n"},
        "QG607",
    ),
    "the policy looks elsewhere for strategies": lambda: Attack(
        running(), {**OTHER_PARAMETERS, "quantgov.yaml": f"version: 1\nstrategies: elsewhere\n{made_up.TEAM}"}, "QG607"
    ),
    "the policy takes on who signs": lambda: Attack(
        running(),
        {
            **made_up.signed(
                {**running(), **OTHER_PARAMETERS}, *SIGNING, by=dict.fromkeys(made_up.SIGNERS, "mallory@fund.com")
            ),
            "quantgov.yaml": f"version: 1\n{made_up.TEAM}{MALLORY}",
        },
        "QG604",
        "QG607",
    ),
    "other signal code under a new version": lambda: Attack(
        running(), {CODE: "x = 1\n", PASSPORT: str(running()[PASSPORT]).replace("v1.0.0", "v2.0.0")}, "QG604"
    ),
    "a submodule in the place of code": lambda: Attack(
        running(),
        {CODE: None, f"{FOLDER}gap_signals": "x"},
        "QG604",
        "QG606",
        modes={f"{FOLDER}gap_signals": MODE_SUBMODULE},
    ),
    "a link beside the code": lambda: Attack(
        running(), {f"{FOLDER}numpy": "../../evil"}, "QG604", "QG606", modes={f"{FOLDER}numpy": MODE_SYMLINK}
    ),
    "a compiled module beside the code": lambda: Attack(
        running(), {f"{FOLDER}gap_signals.so": b"\x7fELF"}, "QG604", "QG606"
    ),
    "another library": lambda: Attack(library("lib/signals"), {"lib/signals/fast.py": "x = 2\n"}, "QG604", "QG606"),
    "another library among the strategies": lambda: Attack(
        library("strategies/common"), {"strategies/common/fast.py": "x = 2\n"}, "QG604", "QG606"
    ),
    "a signal pin that points outside": lambda: Attack(
        library("lib/signals"),
        {PASSPORT: str(library("lib/signals")[PASSPORT]).replace("lib/signals", "../../../../evil")},
        "QG606",
        "QG607",
    ),
    "another signal pin that is no path": lambda: Attack(
        made_up.running("  signal_version: v2.1\n"),
        {PASSPORT: str(made_up.running("  signal_version: v6.6\n")[PASSPORT])},
        "QG607",
    ),
    "another pin while it is suspended": lambda: Attack(
        {
            **made_up.running("  signal_version: v2.1\n"),
            PASSPORT: made_up.files("suspended", more="  signal_version: v2.1\n")[PASSPORT],
        },
        {PASSPORT: made_up.files("production", more="  signal_version: v6.6\n")[PASSPORT]},
        "QG602",
        "QG604",
    ),
    "a huge sign-off": lambda: Attack(running(), {REVIEW: b" " * 70_000}, "QG604"),
    "a status by hand": lambda: Attack(
        made_up.files("research"), {PASSPORT: made_up.files("production")[PASSPORT]}, "QG601", "QG602", "QG603"
    ),
    "a new strategy that runs": lambda: Attack({}, dict(made_up.files("production")), "QG601", "QG602", "QG603"),
    "risk limits": lambda: Attack(
        running(), {PASSPORT: f"{running()[PASSPORT]!s}risk: {{max_leverage: 99}}\n"}, "QG604"
    ),
    "the researcher's name": lambda: Attack(
        running(), {PASSPORT: str(running()[PASSPORT]).replace("alice@", "mallory@")}, "QG604"
    ),
    "the on-call list": lambda: Attack(running(), {f"{FOLDER}oncall.yaml": "version: 1\ncontacts: []\n"}, "QG604"),
}


@pytest.mark.parametrize("name", list(ATTACKS))
def test_an_attack_is_refused_wherever_it_is_handed_in(
    name: str, tmp_path: Path, empty_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = ATTACKS[name]()
    from_memory = [said(examples.change(attack.example, stage), "QG6") for stage in HANDED_IN]
    assert {code for code, *_ in from_memory[0]} == attack.codes
    assert all(each == from_memory[0] for each in from_memory)
    real = RealRepository(tmp_path, empty_repository, attack.example)
    for stage in HANDED_IN:
        change = real.change(discover(real.prepare(stage)), stage)
        assert said(change, "QG6") == from_memory[0]


LINKS = {
    "other parameters": (PARAMETERS, "../../../mine.yaml", {"QG606", "QG607"}),
    "the same parameters": (PARAMETERS, "../copy.yaml", {"QG606", "QG607"}),
    "a passport": (PASSPORT, "copy.yaml", {"QG601"}),
    "a sign-off": (REVIEW, "../copy.yaml", {"QG603"}),
    "code": (CODE, "copy.yaml", {"QG604", "QG606"}),
}


@pytest.mark.parametrize("name", list(LINKS))
def test_a_link_in_the_place_of_a_file_is_not_that_file(name: str, repo: Repo, tmp_path: Path) -> None:
    path, target, codes = LINKS[name]
    before = {"quantgov.yaml": f"version: 1\n{made_up.TEAM}", "mine.yaml": "x: 1\n", **made_up.running()}
    base = repo.commit({**before, f"{FOLDER}copy.yaml": before[path]})
    bare = tmp_path / "bare"
    repo.git("clone", "-q", "--bare", ".", str(bare))
    (repo.path / path).unlink()
    (repo.path / path).symlink_to(target)
    repo.git("add", "-A")
    staged = said(entrance.staged(discover(repo.path)), "QG6")
    tip = repo.commit()
    found = said(entrance.ranged(discover(repo.path), base, tip), "QG6")
    repo.git("push", "-q", "--no-verify", str(bare), f"{tip}:refs/heads/scratch")
    (received,) = entrance.received(discover(bare), [f"{base} {tip} refs/heads/main"])
    assert {code for code, *_ in found} == codes
    assert said(received, "QG6") == found
    assert staged == [each for each in found if each[0] != "QG606"]


ALSO_AT_COMMIT = [
    "other parameters", "a passport in the folder of the parameters",
    "a passport.yml beside the passport.yaml", "an idea with the id of what runs", "a passport that is no YAML",
    "a passport that is deleted", "another id", "moved out of the strategies",
    "another signal pin that is no path", "a status by hand", "risk limits", "other signal code under a new version",
]  # fmt: skip


@pytest.mark.parametrize("name", ALSO_AT_COMMIT)
def test_what_a_commit_tells_is_said_there_alike(name: str) -> None:
    attack = ATTACKS[name]()
    local, later = (said(examples.change(attack.example, stage), "QG6") for stage in (Stage.COMMIT, Stage.RECEIVE))
    assert local
    assert local == [each for each in later if each[0] != "QG606"]


# --- exact words


def test_the_words_for_parameters_that_nobody_approved() -> None:
    found = said_everywhere(lambda stage: change_of(made_up.running(), OTHER_PARAMETERS, stage))
    assert found == [
        (
            "QG607",
            "the parameters of STR-2026-0001 changed in production without the sign-off of "
            "researcher, peer-reviewer, engineer",
            PARAMETERS,
            "quantgov sign STR-2026-0001 --as researcher; emergency? "
            "quantgov suspend | rollback | break-glass STR-2026-0001",
        )
    ]


def test_the_words_for_another_id_under_what_runs() -> None:
    files = {PASSPORT: str(made_up.running()[PASSPORT]).replace("0001", "0009")}
    found = said_everywhere(lambda stage: change_of(made_up.running(), files, stage), "QG601")
    assert found == [
        (
            "QG601",
            "STR-2026-0001 is in production, and its passport is deleted",
            PASSPORT,
            f"git restore --source=main --staged --worktree {PASSPORT}; "
            "to end it: quantgov promote STR-2026-0001 retired",
        ),
        (
            "QG601",
            "STR-2026-0009 cannot begin in production; it may go to ideation or research",
            PASSPORT,
            "status: ideation; what runs already comes to the trunk under mode: observe",
        ),
    ]


def test_the_words_for_a_status_by_hand() -> None:
    before, files = made_up.files("research"), {PASSPORT: made_up.files("production")[PASSPORT]}
    (found,) = said_everywhere(lambda stage: change_of(before, files, stage), "QG601")
    assert found == (
        "QG601",
        "STR-2026-0001 cannot go from research to production; it may go to validation or ideation or retired",
        PASSPORT,
        "quantgov promote STR-2026-0001 validation",
    )


def test_the_words_for_a_strategy_that_leaves_the_strategies() -> None:
    files = moved_to("attic/gap/", made_up.running())
    (found,) = said_everywhere(lambda stage: change_of(made_up.running(), files, stage), "QG601")
    assert found == (
        "QG601",
        "STR-2026-0001 is in production, and its folder leaves strategies/",
        "attic/gap/passport.yaml",
        "git mv attic/gap strategies/gap",
    )
    for status in ("ideation", "research", "retired"):
        before = made_up.files(status)
        assert said(change_of(before, moved_to("attic/gap/", before)), "QG601") == []
    back = {path.replace(FOLDER, "attic/gap/"): data for path, data in made_up.running().items()}
    assert said(change_of(back, {**dict.fromkeys(back), **made_up.running()}), "QG601") == []


def test_a_status_that_there_is_not_hides_no_gate() -> None:
    unknown = {**made_up.running(), PASSPORT: str(made_up.running()[PASSPORT]).replace("production", "live")}
    back = {PASSPORT: made_up.running()[PASSPORT], **OTHER_PARAMETERS}
    assert {code for code, *_ in said(change_of(unknown, back), "QG601", "QG604")} == {"QG601", "QG604"}


@pytest.mark.parametrize("stage", list(SUBMITTED))
def test_dates_out_of_order(stage: Stage) -> None:
    passport = (
        "strategy_id: STR-2026-0001\nname: Gap\nversion: v1.0.0\nstatus: research\nresearcher: alice@fund.com\n"
        "hypothesis_date: 2026-01-15\nalpha_thesis: Overnight gaps of liquid stocks close within three days\n"
    )
    wrong = f"{passport}deployment: {{deployment_date: 2025-12-31}}\n"
    found = said(change_of({PASSPORT: passport}, {PASSPORT: wrong}, stage), "QG401")
    assert found == [
        (
            "QG401",
            "deployment.deployment_date is 2025-12-31; it must not be before hypothesis_date, 2026-01-15",
            PASSPORT,
            "correct the one of the two that is wrong",
        )
    ]


def test_two_strategies_with_one_id_on_two_branches_that_merge(repo: Repo, tmp_path: Path) -> None:
    base = repo.commit({"README.md": "x\n"})
    for name in ("gap", "fade"):
        repo.git("switch", "-q", "-c", f"strategy/{name}", "main")
        repo.commit({f"strategies/{name}/passport.yaml": "strategy_id: STR-2026-0001\nstatus: ideation\n"})
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge fade", "strategy/fade")
    landed = repo.out("rev-parse", "HEAD")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge gap", "strategy/gap")
    merged = repo.out("rev-parse", "HEAD")
    bare = tmp_path / "bare"
    repo.git("clone", "-q", "--bare", ".", str(bare))
    Repo(bare).git("update-ref", "refs/heads/main", landed)
    found = [
        (
            "QG402",
            "STR-2026-0001 is already the id of strategies/fade/passport.yaml",
            "strategies/gap/passport.yaml",
            "quantgov passport renumber strategies/gap/passport.yaml, which gives it a free one",
        )
    ]
    assert said(entrance.ranged(discover(repo.path), landed, merged), "QG402") == found
    received = entrance.received(discover(bare), [f"{landed} {merged} refs/heads/main"])
    assert [said(each, "QG402") for each in received] == [found]
    assert base


def test_a_fault_that_stands_is_not_an_excuse_for_another_strategy_in_its_place() -> None:
    """The running strategy moves, and what takes its place begins in production."""
    files = {**moved_to("strategies/new/", made_up.running()), PASSPORT: OWN.replace("ideation", "production")}
    found = blocking(change_of(made_up.running(), files), "QG601")
    assert [each.finding.message for each in found] == [
        "STR-2026-0009 cannot begin in production; it may go to ideation or research"
    ]


# --- who signs for what runs


def promoted(
    files: Edits,
    team: str,
    *,
    landed_ago: float | None = None,
    stage: Stage = Stage.RECEIVE,
    before: str = "validation",
) -> list[tuple[str, str, str, str]]:
    change = change_of(made_up.files(before), files, stage, team=team)
    tree = MemoryTree({"quantgov.yaml": f"version: 1\n{team}\n"})
    if landed_ago is not None:
        own = statement_path("researcher")
        then = Landed(tree, change.landing.now - landed_ago)
        change.landing.history = lambda path, oid: then if path == own else None
    return said(change, "QG603", "QG604", "QG605")


ALONE = "evidence: recorded\nteam:\n  alice: {email: alice@fund.com, roles: [researcher, reviewer, engineer]}\n"
MYSELF = dict.fromkeys(made_up.SIGNERS, "alice@fund.com")
DAY_LATER = "merge that sign-off, and promote a day later"
SIGN_AGAIN = "quantgov sign STR-2026-0001 --as peer-reviewer"


def test_who_works_alone_sleeps_over_it_and_says_so() -> None:
    marked = made_up.signed(made_up.files("production"), *SIGNING, by=MYSELF, self_reviewed=True)
    unmarked = made_up.signed(made_up.files("production"), *SIGNING, by=MYSELF)
    early = (
        "QG605",
        "STR-2026-0001: the researcher's sign-off came to the trunk less than 24 hours ago; sleep over it",
    )
    absent = ("QG605", "STR-2026-0001: the researcher's sign-off is not on the trunk yet; sleep over it")
    mark = ("QG605", "STR-2026-0001: this review of one's own work is not marked so")
    assert promoted(marked, ALONE, landed_ago=86_400) == []
    assert promoted(marked, ALONE, landed_ago=86_399) == [(*early, REVIEW, DAY_LATER)]
    assert promoted(marked, ALONE) == [(*absent, REVIEW, DAY_LATER)]
    assert promoted(unmarked, ALONE, landed_ago=86_400) == [(*mark, REVIEW, SIGN_AGAIN)]
    assert promoted(unmarked, ALONE) == [(*absent, REVIEW, DAY_LATER), (*mark, REVIEW, SIGN_AGAIN)]


def test_in_a_team_nobody_reviews_their_own_work_however_marked() -> None:
    both = made_up.TEAM.replace("roles: [researcher]", "roles: [researcher, reviewer]")
    by = {**made_up.SIGNERS, "peer-reviewer": "alice@fund.com"}
    files = made_up.signed(made_up.files("production"), *SIGNING, by=by, self_reviewed=True)
    found = ("QG605", "STR-2026-0001 is reviewed by alice@fund.com, its own researcher", REVIEW)
    assert promoted(files, both) == [(*found, "bob signs: quantgov sign STR-2026-0001 --as peer-reviewer")]
    nobody = both.replace("roles: [reviewer]", "roles: [researcher]")
    assert promoted(files, nobody) == [(*found, "somebody else signs: quantgov sign STR-2026-0001 --as peer-reviewer")]


@pytest.mark.parametrize("researcher", ["Alice Liddell", "Mallory", "alice@home.example"])
def test_whoever_signed_as_researcher_does_not_review_it_whatever_the_passport_calls_them(researcher: str) -> None:
    both = made_up.TEAM.replace("roles: [researcher]", "roles: [researcher, reviewer]")
    files = made_up.files("production")
    files[PASSPORT] = str(files[PASSPORT]).replace("alice@fund.com", researcher)
    signed = made_up.signed(files, *SIGNING, by={**made_up.SIGNERS, "peer-reviewer": "alice@fund.com"})
    found = promoted(signed, both)
    assert [message for _, message, *_ in found] == ["STR-2026-0001 is reviewed by alice@fund.com, its own researcher"]
    assert promoted(made_up.signed(files, *SIGNING), both) == []


def test_the_researcher_of_the_passport_does_not_review_it_whoever_signed_in_their_place() -> None:
    both = made_up.TEAM.replace("[researcher]", "[researcher, reviewer]").replace(
        "[reviewer]", "[reviewer, researcher]"
    )
    by = {"researcher": "bob@fund.com", "peer-reviewer": "alice@fund.com", "engineer": "carol@fund.com"}
    files = made_up.signed(made_up.files("production"), *SIGNING, by=by)
    assert [message for _, message, *_ in promoted(files, both)] == [
        "STR-2026-0001 is reviewed by alice@fund.com, its own researcher"
    ]


TWO = made_up.TEAM.replace("carol: {email: carol@fund.com, roles: [engineer]}", "").replace(
    "[reviewer]", "[reviewer, engineer]"
)
THREE = made_up.TEAM.replace("[reviewer]", "[reviewer, engineer]")
FOUR = f"{THREE}  dave: {{email: dave@fund.com, roles: [researcher]}}\n"
TWO_SIGN = {**made_up.SIGNERS, "engineer": "bob@fund.com"}


def test_two_people_are_enough_in_a_small_team_and_three_are_asked_of_four() -> None:
    files = made_up.signed(made_up.files("production"), *SIGNING, by=TWO_SIGN)
    assert promoted(files, THREE) == []
    found = ("QG605", "STR-2026-0001 needs 3 people before it runs; alice and bob signed", REVIEW)
    assert promoted(files, FOUR) == [(*found, "another person signs: quantgov sign STR-2026-0001 --as ROLE")]
    assert promoted(made_up.signed(made_up.files("production"), *SIGNING), FOUR) == []


def test_one_person_is_not_two() -> None:
    everything = made_up.TEAM.replace("[reviewer]", "[researcher, reviewer, engineer]")
    files = made_up.files("production")
    files[PASSPORT] = str(files[PASSPORT]).replace("alice@fund.com", "carol@fund.com")
    signed = made_up.signed(files, *SIGNING, by=dict.fromkeys(made_up.SIGNERS, "bob@fund.com"))
    assert [message for _, message, *_ in promoted(signed, everything)] == [
        "STR-2026-0001 is reviewed by bob@fund.com, its own researcher"
    ]


def test_people_are_not_counted_while_a_sign_off_is_missing() -> None:
    files = made_up.signed(made_up.files("production"), OF_REPORT, OF_CHECKLIST, by=TWO_SIGN)
    assert [code for code, *_ in promoted(files, FOUR)] == ["QG603"]


def test_no_review_is_asked_for_before_production() -> None:
    both = made_up.TEAM.replace("roles: [researcher]", "roles: [researcher, reviewer]")
    files = made_up.signed(made_up.files("validation"), OF_VALIDATION, by={"peer-reviewer": "alice@fund.com"})
    assert said(change_of(made_up.files("validation"), files, team=both), "QG605") == []


def test_a_review_of_ones_own_that_stands_is_no_excuse_for_the_next() -> None:
    both = made_up.TEAM.replace("roles: [researcher]", "roles: [researcher, reviewer]")
    by = {**made_up.SIGNERS, "peer-reviewer": "alice@fund.com"}
    before = made_up.signed(made_up.files("production"), *SIGNING, by=by)
    again = made_up.signed({**before, CODE: "LOOKBACK = 9\n"}, *SIGNING, by=by)
    assert [code for code, *_ in said(change_of(before, again, team=both), "QG603", "QG604", "QG605")] == ["QG605"]
    few = made_up.signed(made_up.files("production"), *SIGNING, by=TWO_SIGN)
    more = made_up.signed({**few, CODE: "LOOKBACK = 9\n"}, *SIGNING, by=TWO_SIGN)
    assert [code for code, *_ in said(change_of(few, more, team=FOUR), "QG603", "QG604", "QG605")] == ["QG605"]


# --- going back


class Trunk:
    """A real trunk on which a strategy ran with two sets of parameters, both signed for, and whose engineer left."""

    def __init__(self, repo: Repo, desk: Desk) -> None:
        self.repo = repo
        first = desk.running()
        repo.commit({"quantgov.yaml": f"version: 1\n{desk.policy()}\n", **first})
        second = desk.signed({**first, PARAMETERS: "lookback_bars: 5\n"}, *SIGNING)
        repo.commit(second)
        repo.commit({"quantgov.yaml": f"version: 1\n{desk.policy(leave_out=['carol'])}\n"})
        self.first, self.second = first, second
        self.tip = repo.out("rev-parse", "HEAD")

    def submitted(self, files: Mapping[str, str | bytes], tmp_path: Path) -> Iterator[Change]:
        """The change as it is committed, as a pull request, and as a push that a server gets; each judged there."""
        bare = tmp_path / "bare"
        self.repo.git("clone", "-q", "--bare", ".", str(bare))
        self.repo.stage(dict(files))
        yield entrance.staged(discover(self.repo.path))
        tip = self.repo.commit()
        yield entrance.ranged(discover(self.repo.path), self.tip, tip)
        self.repo.git("push", "-q", "--no-verify", str(bare), f"{tip}:refs/heads/scratch")
        Repo(bare).git("update-ref", "-d", "refs/heads/scratch")
        yield from entrance.received(discover(bare), [f"{self.tip} {tip} refs/heads/main"])


def test_back_to_what_was_signed_for_though_a_signer_left(repo: Repo, desk: Desk, tmp_path: Path) -> None:
    trunk = Trunk(repo, desk)
    assert [said(change) for change in trunk.submitted(trunk.first, tmp_path)] == [[], [], []]


def test_back_to_a_mixture_that_never_ran(repo: Repo, desk: Desk, tmp_path: Path) -> None:
    trunk = Trunk(repo, desk)
    for change in trunk.submitted({PARAMETERS: trunk.first[PARAMETERS]}, tmp_path):
        assert [(code, message) for code, message, *_ in said(change, "QG6")] == [
            (
                "QG607",
                "the parameters of STR-2026-0001 changed in production without the sign-off of "
                "researcher, peer-reviewer, engineer",
            )
        ]


def test_forward_to_what_the_one_who_left_signs(repo: Repo, desk: Desk, tmp_path: Path) -> None:
    trunk = Trunk(repo, desk)
    files = desk.signed({**trunk.second, PARAMETERS: "lookback_bars: 7\n"}, *SIGNING)
    for change in trunk.submitted(files, tmp_path):
        assert [code for code, *_ in said(change, "QG6")] == ["QG604", "QG607"]


# --- what only warns, and what is reviewed


@pytest.mark.parametrize(("day", "is_due"), [("2027-03-02", False), ("2027-03-03", True)])
def test_a_review_is_overdue_from_the_day_after(day: str, is_due: bool) -> None:
    for stage in Stage.COMMIT | Stage.PUSH | Stage.RANGE | Stage.RECEIVE | Stage.SNAPSHOT:
        before = {} if stage is Stage.SNAPSHOT else made_up.running()
        change = change_of(before, {**made_up.running(), f"{FOLDER}notes.yaml": "a: 1\n"}, stage, now=day)
        found = rulings(change, "QG608")
        assert bool(found) is is_due
        assert not [each for each in found if each.blocks]


def test_what_counts_as_a_new_version(desk: Desk) -> None:
    before = made_up.files("validation")
    for files in ({CODE: "x = 1\n"}, {PARAMETERS: "lookback_bars: 3\nmore: 1\n"}, {PARAMETERS: "lookback_bars: '3'\n"}):
        for stage in HANDED_IN:
            assert [code for code, *_ in said(change_of(before, files, stage), "QG606")] == ["QG606"]
    for free in ({PARAMETERS: "lookback_bars: 4\n"}, {REPORT: "x: 1\n"}, {f"{FOLDER}tests/a.py": "x\n"}):
        assert said(change_of(before, free), "QG606") == []
    suspended = made_up.files("suspended")
    assert [code for code, *_ in said(change_of(suspended, {CODE: "x = 1\n"}), "QG606")] == ["QG606"]
    into = {**made_up.files("validation"), CODE: "x = 1\n"}
    assert said(change_of(made_up.files("research"), into), "QG606") == []
    listed = {**before, PARAMETERS: "steps: []\nmore: [{a: 1}]\n"}
    assert [code for code, *_ in said(change_of(listed, {PARAMETERS: "steps: []\nmore: [{b: 1}]\n"}), "QG606")] == [
        "QG606"
    ]
    assert said(change_of(listed, {PARAMETERS: "steps: []\nmore: [{a: 2}, {a: 3}]\n"}), "QG606") == []


def test_the_next_version_is_proposed() -> None:
    ((_, message, path, help),) = said(change_of(made_up.files("validation"), {CODE: "x = 1\n"}), "QG606")
    assert (message, path) == ("signal code of STR-2026-0001 changed, and it still is v1.0.0", PASSPORT)
    assert help == "version: v1.1.0, and sign again what changed"


RECORD_PATH = "governance/overrides/20260504T021500Z.yaml"


def broken_glass(strategy_id: str = RUNS) -> str:
    return (
        f"version: 1\nstrategy_id: {strategy_id}\nincident: INC-7\nreason: feed is down\nby: carol@fund.com\n"
        'time: "2026-05-04T02:15:00Z"\nexpires: "2026-05-04T06:15:00Z"\nreview_due: "2099-01-01"\n'
    )


def test_an_override_that_nobody_reviewed_holds_up_the_next_step() -> None:
    before = {**made_up.running(), RECORD_PATH: broken_glass()}
    message = "carol@fund.com broke the glass for STR-2026-0001 (INC-7); its review was due on 2026-05-06"
    help = "somebody else: quantgov sign STR-2026-0001 --as peer-reviewer --override 20260504T021500Z"
    signed = made_up.signed({**before, **OTHER_PARAMETERS}, *SIGNING)
    found = said_everywhere(lambda stage: change_of(before, signed, stage, now="2026-05-07"))
    assert found == [("QG609", message, RECORD_PATH, help)]
    assert said(change_of(before, signed, now="2026-05-06")) == []
    other = {**made_up.running(), RECORD_PATH: broken_glass("STR-2026-0002")}
    assert said(change_of(other, made_up.signed({**other, **OTHER_PARAMETERS}, *SIGNING), now="2026-05-07")) == []
    up = {**made_up.running(), PASSPORT: made_up.files("suspended")[PASSPORT], RECORD_PATH: broken_glass()}
    again = {PASSPORT: made_up.files("production")[PASSPORT]}
    assert said(change_of(up, again, now="2026-05-07"), "QG609") == [("QG609", message, RECORD_PATH, help)]


def test_suspending_and_going_back_wait_for_no_review() -> None:
    before = {**made_up.running(), RECORD_PATH: broken_glass()}
    stopped = {PASSPORT: made_up.files("suspended")[PASSPORT]}
    assert said(change_of(before, stopped, now="2026-05-07"), "QG609") == []
    then = Landed(MemoryTree({}), 0)
    for more, held_up in (({}, []), ({"README.md": "x\n"}, []), ({CODE: "x = 1\n"}, ["QG609"])):
        files = {**OTHER_PARAMETERS, **more}
        back = change_of(before, files, now="2026-05-07", history=lambda path, _: then if path == PARAMETERS else None)
        assert [code for code, *_ in said(back, "QG609")] == held_up


@pytest.mark.parametrize("path", [RECORD_PATH, RECORD_PATH + ".sig"])
def test_a_record_stays_as_it_was_written(path: str) -> None:
    before = {**made_up.running(), RECORD_PATH: broken_glass(), RECORD_PATH + ".sig": "x\n"}
    for files in ({path: None}, {path: broken_glass() + "# mended\n"}):
        for stage in SUBMITTED:
            assert said(change_of(before, files, stage, now="2026-05-05"), "QG609") == [
                (
                    "QG609",
                    f"{path} is a record, and was changed",
                    path,
                    f"git restore --source=main --staged --worktree {path}",
                )
            ]
    assert said(change_of(made_up.running(), {path: broken_glass()}, now="2026-05-05"), "QG609") == []


# --- the trunk


def test_what_only_stops_a_strategy_may_be_committed_on_the_trunk_but_not_by_rewinding_it() -> None:
    stopped = {PASSPORT: made_up.files("suspended")[PASSPORT]}
    for stage in Stage.COMMIT | Stage.PUSH | Stage.RECEIVE:
        assert said(change_of(made_up.running(), stopped, stage, branch="main"), "QG103") == []
        assert said(change_of(made_up.running(), OTHER_PARAMETERS, stage, branch="main"), "QG103")
        assert said(change_of(made_up.running(), {}, stage, branch="main"), "QG103")
    rewound = change_of(made_up.running(), stopped, branch="main")
    rewound.rewound = True
    assert [code for code, *_ in said(rewound, "QG103")] == ["QG103"]


def test_forged_signatures_under_what_runs(desk: Desk) -> None:
    changed = {**made_up.running(), **OTHER_PARAMETERS}
    files = desk.signed(changed, *SIGNING)
    for role in ("researcher", "peer-reviewer", "engineer"):
        files |= signature_of(files, role, desk.mallory)
    found = said_everywhere(lambda stage: change_of(desk.running(), files, stage, team=desk.policy()))
    assert [code for code, *_ in found] == ["QG604", "QG604", "QG604", "QG607"]
    assert strategy_of(files).subject("parameters")


def test_a_branch_from_before_a_strategy_ran_is_judged_as_it_would_land(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": f"version: 1\n{made_up.TEAM}", **made_up.files("research")})
    repo.branch("strategy/late")
    tip = repo.commit(dict(OTHER_PARAMETERS))
    repo.git("switch", "-q", "main")
    repo.commit(dict(made_up.running()))
    trunk = repo.out("rev-parse", "HEAD")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge it", "strategy/late")
    as_merged = said(entrance.ranged(discover(repo.path), trunk, "HEAD"), "QG6")
    assert [code for code, *_ in as_merged] == ["QG607"]
    assert said(entrance.ranged(discover(repo.path), trunk, tip), "QG6") == as_merged


def test_a_branch_from_before_a_strategy_was_stopped_does_not_start_it(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": f"version: 1\n{made_up.TEAM}", **made_up.running()})
    repo.branch("strategy/note")
    tip = repo.commit({f"{FOLDER}NOTES.md": "calm\n"})
    repo.git("switch", "-q", "main")
    repo.commit({PASSPORT: made_up.files("suspended")[PASSPORT]})
    assert said(entrance.ranged(discover(repo.path), "main", tip), "QG6") == []


def test_what_the_remote_has_on_another_branch_was_not_committed_straight_to_the_trunk() -> None:
    for stage in Stage.PUSH | Stage.RECEIVE:
        change = change_of({}, {"README.md": "x\n"}, stage, branch="main")
        assert [code for code, *_ in said(change, "QG103")] == ["QG103"]
        for commit in change.commits:
            commit.is_new = False
        assert said(change, "QG103") == []


def signed_by_one_of_three() -> Files:
    return made_up.signed({**made_up.running(), **OTHER_PARAMETERS}, SIGNING[0])


def test_a_branch_that_one_has_signed_on_is_under_way_and_lands_nowhere() -> None:
    files = signed_by_one_of_three()
    for stage in Stage.PUSH | Stage.RECEIVE:
        assert said(change_of(made_up.running(), files, stage), "QG607") == []
        assert [code for code, *_ in said(change_of(made_up.running(), OTHER_PARAMETERS, stage), "QG607")] == ["QG607"]
        for branch in ("main", ""):
            change = change_of(made_up.running(), files, stage, branch=branch)
            assert [code for code, *_ in said(change, "QG607")] == ["QG607"]
    assert [code for code, *_ in said(change_of(made_up.running(), files, Stage.RANGE), "QG607")] == ["QG607"]


def test_a_trunk_that_is_not_protected_is_the_trunk_all_the_same() -> None:
    team = f"protected: [stable]\n{made_up.TEAM}"
    change = change_of(made_up.running(), signed_by_one_of_three(), Stage.RECEIVE, branch="main", team=team)
    assert [code for code, *_ in said(change, "QG603", "QG604", "QG607")] == ["QG607"]


def test_an_idea_that_comes_with_its_sign_off() -> None:
    files = made_up.signed(made_up.files("ideation"), OF_BRIEF)
    assert said_everywhere(lambda stage: change_of({}, files, stage)) == []
