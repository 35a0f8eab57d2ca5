"""Overrides: who may break the glass, for what, how long, and what needs nobody's leave at all."""

from __future__ import annotations

import calendar
import time
from collections.abc import Mapping

import pytest
from governed import CODE, PARAMETERS, Desk, Edits, Files, change_of, rulings, said, strategy_of

from quantgov import lifecycle, made_up, overrides, signoffs
from quantgov.change import Change, Landed
from quantgov.overrides import FOLDER, HOURS, Override
from quantgov.policy import ALWAYS_BLOCK, OVERRIDABLE, of_change
from quantgov.rule import Stage
from quantgov.sshsig import sign
from quantgov.tree import EMPTY, MemoryTree

MONDAY = calendar.timegm((2026, 5, 4, 2, 15, 0))
PATH = f"{FOLDER}20260504T021500Z.yaml"
RECORD = overrides.rendered("STR-2026-0001", "INC-7", "feed is down", "carol@fund.com", MONDAY).decode()
REVIEW = f"{FOLDER}20260504T021500Z.review.intoto.json"
OTHER_PARAMETERS = {PARAMETERS: "lookback_bars: 9\n"}
ON_CALL = """\
version: 1
contacts:
  - {name: Dave, email: Dave@fund.com, order: 1}
  - {name: Eve, email: eve@fund.com, order: 2}
"""
BOTH = "QG103", "QG601", "QG603", "QG604", "QG605", "QG606", "QG607"
WITH_DAVE = f"{made_up.TEAM}  dave: {{email: dave@fund.com, emails: [d@fund.com], roles: [researcher]}}\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


def at_night(
    files: Edits,
    *,
    record: str = RECORD,
    path: str = PATH,
    after: float = 60,
    before: Mapping[str, str | bytes] | None = None,
    stage: Stage = Stage.RECEIVE,
    team: str = made_up.TEAM,
    branch: str = "strategy/momentum",
) -> Change:
    """A change of what runs, with an override, so many seconds after it was made."""
    given = {path: record, **files} if record else files
    change = change_of(made_up.running() if before is None else before, given, stage, team=team, branch=branch)
    change.landing.now = MONDAY + after
    return change


def is_open(change: Change) -> bool:
    return any(not overrides.why_not(each, change, of_change(change)) for each in overrides.of_tree(change.head))


def why_not(change: Change) -> str:
    (override,) = overrides.of_tree(change.head)
    return overrides.why_not(override, change, of_change(change))


# --- the file


def test_an_override_is_written_and_read_back() -> None:
    assert RECORD == (
        'version: 1\nstrategy_id: STR-2026-0001\nincident: "INC-7"\nreason: "feed is down"\nby: "carol@fund.com"\n'
        'time: "2026-05-04T02:15:00Z"\nexpires: "2026-05-04T06:15:00Z"\nreview_due: "2026-05-06"\n'
    )
    assert overrides.path_of(MONDAY) == PATH
    (read,) = overrides.of_tree(MemoryTree({PATH: RECORD}))
    assert (read.id, read.path, read.strategy_id, read.incident, read.reason, read.by) == (
        "20260504T021500Z", PATH, "STR-2026-0001", "INC-7", "feed is down", "carol@fund.com",
    )  # fmt: skip
    assert (read.time, read.expires, read.review_due) == (MONDAY, MONDAY + HOURS * 3600, "2026-05-06")
    assert (read.review_path, read.data) == (REVIEW, RECORD.encode())


def test_quotes_and_other_alphabets_survive() -> None:
    data = overrides.rendered("STR-2026-0001", 'the "gap"', "Börse: zu # früh", "carol@fund.com", MONDAY)
    (read,) = overrides.of_tree(MemoryTree({PATH: data}))
    assert (read.incident, read.reason) == ('the "gap"', "Börse: zu # früh")


def test_moments_are_of_utc() -> None:
    assert overrides.seconds("2026-05-04T02:15:00Z") == MONDAY
    assert signoffs.moment(MONDAY) == "2026-05-04T02:15:00Z"
    with pytest.raises(ValueError, match="day is out of range"):
        overrides.seconds("2026-02-31T00:00:00Z")


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-05-04", "2026-05-06"), ("2026-05-06", "2026-05-08"), ("2026-05-07", "2026-05-11"),
        ("2026-05-08", "2026-05-12"), ("2026-05-09", "2026-05-12"), ("2026-05-10", "2026-05-12"),
    ],
)  # fmt: skip
def test_a_review_is_due_on_the_second_working_day(day: str, due: str) -> None:
    assert overrides.review_due(calendar.timegm(time.strptime(day, "%Y-%m-%d")) + 3600) == due


@pytest.mark.parametrize(
    ("path", "record"),
    [
        (PATH, "a: ["),
        (PATH, RECORD.replace("version: 1", "version: 2")),
        (PATH, RECORD.replace("STR-2026-0001", "gap")),
        (PATH, RECORD.replace("2026-05-04T02:15:00Z", "2026-02-31T02:15:00Z")),
        (PATH, RECORD + "more: 1\n"),
        (PATH.replace(".yaml", ".yml"), RECORD),
        (f"{FOLDER}tonight.yaml", RECORD),
        (f"{FOLDER}deep/20260504T021500Z.yaml", RECORD),
        ("overrides/20260504T021500Z.yaml", RECORD),
    ],
)
def test_what_is_no_override_lets_nothing_through(path: str, record: str) -> None:
    assert overrides.of_tree(MemoryTree({path: record})) == []
    assert not is_open(at_night(OTHER_PARAMETERS, record=record, path=path))


def test_a_link_is_no_override() -> None:
    assert overrides.of_tree(MemoryTree({PATH: "x", "x": RECORD}, {PATH: 0o120000})) == []


def test_what_is_a_record() -> None:
    assert all(overrides.is_record(path) for path in (PATH, PATH + ".sig"))
    assert not any(overrides.is_record(path) for path in (REVIEW, REVIEW + ".sig", f"{FOLDER}.gitattributes"))


def test_deleting_the_record_ends_nothing() -> None:
    change = change_of({**made_up.running(), PATH: RECORD}, {PATH: None})
    assert [each.path for each in overrides.known(change)] == [PATH]
    again = change_of({**made_up.running(), PATH: RECORD}, {PATH: RECORD.replace("feed", "vendor")})
    assert [each.reason for each in overrides.known(again)] == ["vendor is down"]


# --- when it is in force, and by whom


@pytest.mark.parametrize(
    ("after", "open_then"),
    [(-301, False), (-300, True), (0, True), (4 * 3600, True), (4 * 3600 + 1, False), (-86_400, False), (1e7, False)],
)
def test_it_holds_for_four_hours_and_forgives_five_minutes(after: float, open_then: bool) -> None:
    assert is_open(at_night(OTHER_PARAMETERS, after=after)) is open_then


def test_one_that_claims_forty_hours_holds_for_four() -> None:
    long = RECORD.replace('expires: "2026-05-04T06:15:00Z"', 'expires: "2026-05-05T18:15:00Z"')
    assert is_open(at_night({}, record=long, after=4 * 3600))
    assert not is_open(at_night({}, record=long, after=4 * 3600 + 1))


def test_one_that_claims_less_holds_for_less() -> None:
    short = RECORD.replace('expires: "2026-05-04T06:15:00Z"', 'expires: "2026-05-04T03:15:00Z"')
    assert is_open(at_night({}, record=short, after=3600))
    assert not is_open(at_night({}, record=short, after=3601))


def test_nobody_puts_off_the_review_of_their_own_override() -> None:
    late = RECORD.replace('review_due: "2026-05-06"', 'review_due: "2099-01-01"')
    soon = RECORD.replace('review_due: "2026-05-06"', 'review_due: "2026-05-05"')
    assert [overrides.of_tree(MemoryTree({PATH: each}))[0].review_due for each in (late, soon)] == [
        "2026-05-06", "2026-05-05",
    ]  # fmt: skip


def test_a_stranger_or_somebody_who_may_not() -> None:
    assert why_not(at_night({}, record=RECORD.replace("carol@", "mallory@"))) == (
        "mallory@fund.com is not in the team that judges it"
    )
    assert why_not(at_night({}, record=RECORD.replace("carol@", "bob@"))) == (
        "bob is neither engineer nor on call for STR-2026-0001"
    )
    assert why_not(at_night({})) == ""


def test_the_engineers_deputy_may() -> None:
    team = f"{made_up.TEAM}roles: {{engineer: {{deputy: bob}}}}\n"
    assert why_not(at_night({}, record=RECORD.replace("carol@", "bob@"), team=team)) == ""


@pytest.mark.parametrize(("address", "may"), [("dave@fund.com", True), ("d@fund.com", True), ("alice@fund.com", False)])
def test_who_is_on_call_may(address: str, may: bool) -> None:
    before = {**made_up.running(), f"{made_up.FOLDER}oncall.yaml": ON_CALL}
    change = at_night({}, record=RECORD.replace("carol@fund.com", address), before=before, team=WITH_DAVE)
    assert (why_not(change) == "") is may


def test_nobody_puts_themselves_on_call_in_the_same_change() -> None:
    files = {f"{made_up.FOLDER}oncall.yaml": ON_CALL}
    change = at_night(files, record=RECORD.replace("carol@", "dave@"), team=WITH_DAVE)
    assert why_not(change) == "dave is neither engineer nor on call for STR-2026-0001"


def test_nobody_puts_themselves_on_call_by_a_strategy_with_the_same_id() -> None:
    decoy = {
        "strategies/a/passport.yaml": "strategy_id: STR-2026-0001\nstatus: ideation\nmateriality: low\n",
        "strategies/a/oncall.yaml": ON_CALL,
    }
    change = at_night(
        {}, record=RECORD.replace("carol@", "dave@"), before={**made_up.running(), **decoy}, team=WITH_DAVE
    )
    assert why_not(change) == "dave is neither engineer nor on call for STR-2026-0001"


@pytest.mark.parametrize("data", [None, "version: 1\n", "a: [", "- x\n"])
def test_without_a_list_nobody_is_on_call(data: str | None) -> None:
    files = {} if data is None else {f"{made_up.FOLDER}oncall.yaml": data}
    bare = {path: each for path, each in made_up.files("production").items() if not path.endswith("oncall.yaml")}
    assert overrides.on_call(strategy_of({**bare, **files})) == []
    assert overrides.on_call(strategy_of({**bare, f"{made_up.FOLDER}oncall.yaml": ON_CALL})) == [
        "dave@fund.com", "eve@fund.com",
    ]  # fmt: skip


def signed_by(desk: Desk, who: str, namespace: str = "quantgov-override") -> Files:
    signer = {"carol": desk.carol, "mallory": desk.mallory}[who]
    return {PATH + ".sig": sign(RECORD.encode(), str(signer.key_path), namespace)}


def test_a_signature_where_the_strategy_asks_for_one(desk: Desk) -> None:
    assert why_not(at_night({}, team=desk.policy())) == "it has no signature"
    assert why_not(at_night(signed_by(desk, "carol"), team=desk.policy())) == ""
    forged = at_night(signed_by(desk, "mallory"), team=desk.policy())
    assert why_not(forged) == "made by a key that is not carol@fund.com's"
    assert not is_open(forged)
    other = at_night(signed_by(desk, "carol", "quantgov-signoff"), team=desk.policy())
    assert why_not(other) == "the signature was made for something else, not for quantgov-override"


@pytest.mark.parametrize("stage", Stage.COMMIT | Stage.RANGE | Stage.RECEIVE)
def test_at_night_nobody_reviews_so_only_signed_evidence_asks_for_more_than_a_record(stage: Stage) -> None:
    assert is_open(at_night(OTHER_PARAMETERS, stage=stage, team=made_up.TEAM.replace("recorded", "reviewed")))


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (HOURS * 3600 + 60, "it ended at 2026-05-04T06:15:00Z"),
        (-3600, "it begins at 2026-05-04T02:15:00Z"),
        (HOURS * 3600 + 100_000, ""),
    ],
)
def test_one_that_does_not_hold_is_said_to(after: float, said: str) -> None:
    (found,) = rulings(at_night(OTHER_PARAMETERS, after=after), "QG607")
    told = f"; the override 20260504T021500Z does not count: {said}" if said else f"break-glass {made_up.ID}"
    assert not found.waived
    assert found.finding.help.endswith(told)


def test_one_by_somebody_who_may_not_is_said_to_be() -> None:
    record = RECORD.replace("carol@", "alice@")
    (found,) = rulings(at_night(OTHER_PARAMETERS, record=record), "QG607")
    assert found.finding.help.endswith("does not count: alice is neither engineer nor on call for STR-2026-0001")


def test_a_report_that_no_longer_fits_is_let_through_with_the_parameters() -> None:
    assert "QG405" in OVERRIDABLE
    assert not set(ALWAYS_BLOCK) & set(OVERRIDABLE)


def test_a_bad_signature_is_refused_where_none_is_asked_for(desk: Desk) -> None:
    change = at_night(signed_by(desk, "mallory"), team=desk.policy(evidence="recorded"))
    assert why_not(change) == "made by a key that is not carol@fund.com's"


@pytest.mark.parametrize(("before", "after"), [("high", "high"), ("high", "low"), ("low", "high")])
def test_materiality_lowered_in_the_same_change_spares_no_signature(before: str, after: str, desk: Desk) -> None:
    team = desk.policy(evidence="{low: recorded, medium: recorded, high: signed}")
    files = made_up.files("production", more=f"materiality: {after}\n")
    change = at_night(files, before=made_up.files("production", more=f"materiality: {before}\n"), team=team)
    assert why_not(change) == "it has no signature"


def test_of_a_strategy_that_is_nowhere_medium_evidence_is_asked_for(desk: Desk) -> None:
    record = RECORD.replace("0001", "0009")
    assert why_not(at_night({}, record=record, team=desk.policy(evidence="{medium: signed}"))) == "it has no signature"
    assert why_not(at_night({}, record=record, team=desk.policy(evidence="{medium: recorded}"))) == ""


# --- what it lets through


def test_parameters_at_night_and_each_finding_says_so() -> None:
    for stage in Stage.COMMIT | Stage.PUSH | Stage.RANGE | Stage.RECEIVE:
        found = rulings(at_night(OTHER_PARAMETERS, stage=stage), *BOTH)
        assert [each.code for each in found] == ["QG607"]
        assert [each.waived for each in found] == [
            "break-glass INC-7: feed is down (carol@fund.com, until 2026-05-04T06:15:00Z)"
        ]


@pytest.mark.parametrize(
    "record",
    [
        "",
        RECORD.replace("0001", "0002"),
        RECORD.replace("carol@", "bob@"),
        RECORD.replace("2026-05-04T0", "2026-05-03T0"),
        RECORD.replace("2026-05-04T0", "2026-05-05T0"),
    ],
    ids=["none", "another strategy's", "by somebody who may not", "expired", "of tomorrow"],
)
def test_an_override_that_does_not_hold(record: str) -> None:
    for stage in Stage.COMMIT | Stage.PUSH | Stage.RANGE | Stage.RECEIVE:
        assert [code for code, *_ in said(at_night(OTHER_PARAMETERS, record=record, stage=stage), *BOTH)] == ["QG607"]


def test_a_status_that_jumps_and_a_code_change_without_a_version() -> None:
    files = {made_up.PASSPORT: made_up.files("validation")[made_up.PASSPORT], CODE: "LOOKBACK = 4\n"}
    found = rulings(at_night(files), *BOTH)
    assert {each.code for each in found} == {"QG601", "QG606"}
    assert all(each.waived for each in found)


def test_another_strategys_faults_stay() -> None:
    fade = {
        path.replace("/gap/", "/fade/"): str(data).replace("0001", "0002")
        for path, data in made_up.files("production").items()
    }
    found = rulings(at_night({**OTHER_PARAMETERS, **fade}), *BOTH)
    assert {each.code for each in found if each.waived} == {"QG607"}
    assert {each.finding.path for each in found if not each.waived} == {
        "strategies/fade/passport.yaml",
        *(f"strategies/fade/signoffs/{role}.intoto.json" for role in lifecycle.SIGNING),
    }  # fmt: skip


@pytest.mark.parametrize(
    "folder", ["strategies/", "strategies/gap/params/", "strategies/gap/signoffs/", "strategies/gap/", ""]
)
def test_ones_own_strategy_in_or_around_the_folder_opens_no_other(folder: str) -> None:
    name = "passport.yml" if folder == made_up.FOLDER else "passport.yaml"
    own = {f"{folder}{name}": "strategy_id: STR-2026-0009\nstatus: ideation\n", f"{folder}oncall.yaml": ON_CALL}
    record = RECORD.replace("0001", "0009").replace("carol@", "dave@")
    before = {**made_up.running(), **own}
    change = at_night({**OTHER_PARAMETERS, CODE: "x = 1\n"}, record=record, before=before, team=WITH_DAVE)
    if folder:
        assert why_not(change) == ""
    assert {"QG606", "QG607"} <= {code for code, *_ in said(change, *BOTH)}


def test_a_commit_on_the_trunk_only_where_nothing_else_is_touched() -> None:
    for files, expected in (
        ({}, []),
        (OTHER_PARAMETERS, []),
        ({"README.md": "night\n"}, ["QG103"]),
        ({**OTHER_PARAMETERS, "README.md": "night\n"}, ["QG103"]),
        ({"strategies/gap-2/note.md": "night\n"}, ["QG103"]),
        ({"strategies/new/passport.yaml": "strategy_id: STR-2026-0009\nstatus: ideation\n"}, ["QG103"]),
    ):
        change = at_night(files, branch="main", stage=Stage.COMMIT)
        assert [code for code, *_ in said(change, *BOTH)] == expected


def test_a_strategy_within_the_folder_is_another_one() -> None:
    inner = f"{made_up.FOLDER}inner/"
    before = {**made_up.running(), f"{inner}passport.yaml": "strategy_id: STR-2026-0009\nstatus: ideation\n"}
    change = at_night({f"{inner}note.md": "night\n"}, before=before, branch="main")
    assert [code for code, *_ in said(change, *BOTH)] == ["QG103"]
    around = {**made_up.running(), "strategies/passport.yaml": "strategy_id: STR-2026-0009\nstatus: ideation\n"}
    change = at_night(OTHER_PARAMETERS, before=around, branch="main", stage=Stage.COMMIT)
    assert said(change, *BOTH) == []


def test_what_is_waived_already_keeps_its_reason() -> None:
    change = at_night(OTHER_PARAMETERS)
    (found,) = rulings(change, "QG607")
    found.waived = "another reason"
    overrides.apply([found], change, of_change(change))
    assert found.waived == "another reason"


# --- its review


def review_of(signer: str = "bob@fund.com", record: str = RECORD, *, path: str = PATH) -> Files:
    return made_up.review(path, record, signer)


def is_reviewed(files: Files, team: str = made_up.TEAM, history: bool = False, record: str = RECORD) -> bool:
    change = change_of({**made_up.running(), PATH: record}, files, team=team)
    if history:
        then = Landed(MemoryTree({"quantgov.yaml": f"version: 1\n{made_up.TEAM}\n"}), MONDAY)
        change.landing.history = lambda path, oid: then if path == REVIEW and oid else None
    (override,) = overrides.of_tree(change.head)
    return overrides.is_reviewed(override, change, of_change(change))


def test_somebody_else_reviews_these_very_bytes() -> None:
    assert is_reviewed(review_of())
    assert not is_reviewed({})
    assert not is_reviewed({REVIEW: "{}\n"})
    assert not is_reviewed(review_of(record=RECORD + " "))
    assert not is_reviewed(review_of("mallory@fund.com"))
    assert not is_reviewed(review_of("alice@fund.com"))
    assert not is_reviewed({REVIEW: bytes(review_of()[REVIEW]).replace(b"STR-2026-0001", b"STR-2026-0002")})  # type: ignore[arg-type]


def test_whoever_broke_the_glass_reviews_nothing_under_any_address() -> None:
    team = made_up.TEAM.replace(
        "{email: carol@fund.com, roles: [engineer]}",
        "{email: carol@fund.com, emails: [c@fund.com], roles: [engineer, reviewer]}",
    )
    assert "c@fund.com" in team
    assert not is_reviewed(review_of("carol@fund.com"), team)
    assert not is_reviewed(review_of("c@fund.com"), team)
    shouted = RECORD.replace("carol@fund.com", "Carol@Fund.com")
    assert not is_reviewed(review_of("carol@fund.com", shouted), team, record=shouted)
    assert is_reviewed(review_of(), team)


def test_a_review_of_that_day_counts_though_its_author_left() -> None:
    gone = "\n".join(line for line in made_up.TEAM.split("\n") if "bob" not in line)
    assert not is_reviewed(review_of(), gone)
    assert is_reviewed(review_of(), gone, history=True)


def test_a_review_of_that_day_with_a_signature_of_today_is_judged_today(desk: Desk) -> None:
    data = review_of()[REVIEW]
    assert isinstance(data, bytes)
    files = {**review_of(), REVIEW + ".sig": sign(data, str(desk.bob.key_path), "quantgov-signoff")}
    assert is_reviewed(files, desk.policy(evidence="recorded"), history=True)
    assert not is_reviewed(files, desk.policy(evidence="recorded", leave_out=["bob"]), history=True)


def test_a_review_is_signed_where_the_strategy_asks_for_it(desk: Desk) -> None:
    files = review_of()
    data = files[REVIEW]
    assert isinstance(data, bytes)
    assert not is_reviewed(files, desk.policy())
    for signer, namespace, counts in (
        (desk.bob, "quantgov-signoff", True),
        (desk.mallory, "quantgov-signoff", False),
        (desk.bob, "quantgov-override", False),
    ):
        signature = sign(data, str(signer.key_path), namespace)
        assert is_reviewed({**files, REVIEW + ".sig": signature}, desk.policy()) is counts


# --- what needs nobody's leave


def is_safer(before: Mapping[str, str | bytes], files: Edits, history: Mapping[str, str | bytes] | None = None) -> bool:
    change = change_of(before, files, branch="main")
    once = MemoryTree(history or {})
    change.landing.history = lambda path, oid: Landed(EMPTY, 0) if once.oid(path) == oid else None
    return overrides.is_safer(change, of_change(change))


def stopped(text: str = "") -> str:
    passport = str(made_up.files("suspended")[made_up.PASSPORT])
    return f"{passport}  suspension: {{date: 2026-05-04, by: bob@fund.com, reason: feed}}\n{text}"


def test_suspending_and_nothing_else() -> None:
    before = made_up.running()
    assert is_safer(before, {made_up.PASSPORT: stopped()})
    assert is_safer(before, {made_up.PASSPORT: made_up.files("suspended")[made_up.PASSPORT]})
    assert not is_safer(before, {made_up.PASSPORT: stopped("materiality: low\n")})
    assert not is_safer(before, {made_up.PASSPORT: stopped().replace("params/v1.yaml", "params/v2.yaml")})
    assert not is_safer(before, {made_up.PASSPORT: stopped(), CODE: "x = 1\n"})
    assert not is_safer(before, {made_up.PASSPORT: stopped(), "README.md": "x\n"})
    assert not is_safer(before, {made_up.PASSPORT: made_up.files("retired")[made_up.PASSPORT]})
    assert not is_safer(made_up.files("validation"), {made_up.PASSPORT: stopped()})
    assert not is_safer(before, {made_up.PASSPORT: None})
    assert not is_safer({}, {made_up.PASSPORT: stopped()})
    assert not is_safer(before, {})
    assert not is_safer(before, {"README.md": "x\n"})
    assert not is_safer(before, {"strategies/gap-2/a.md": "x\n"})


def test_a_passport_without_a_deployment_may_be_suspended() -> None:
    runs = "strategy_id: STR-2026-0001\nstatus: production\n"
    assert is_safer({made_up.PASSPORT: runs}, {made_up.PASSPORT: runs.replace("production", "suspended")})
    assert not is_safer(
        {made_up.PASSPORT: runs}, {made_up.PASSPORT: runs.replace("production", "suspended") + "deployment: {a: 1}\n"}
    )


def test_bringing_back_what_ran_before() -> None:
    before, once = made_up.running(), {PARAMETERS: "lookback_bars: 2\n", CODE: "LOOKBACK = 2\n"}
    assert is_safer(before, {PARAMETERS: "lookback_bars: 2\n"}, once)
    assert is_safer(before, {PARAMETERS: "lookback_bars: 2\n", CODE: None}, once)
    assert not is_safer(before, {PARAMETERS: "lookback_bars: 3 # never\n"}, once)
    assert not is_safer(before, {PARAMETERS: "lookback_bars: 2\n", f"{made_up.FOLDER}new.py": "x\n"}, once)
    assert not is_safer(before, {PARAMETERS: "lookback_bars: 2\n", "README.md": "x\n"}, {**once, "README.md": "x\n"})
    assert not is_safer(made_up.files("validation"), {PARAMETERS: "lookback_bars: 2\n"}, once)


def test_two_strategies_at_once() -> None:
    fade = {
        path.replace("/gap/", "/fade/"): str(data).replace("0001", "0002")
        for path, data in made_up.files("production").items()
    }
    both = {**made_up.running(), **fade}
    stop_fade = {"strategies/fade/passport.yaml": stopped().replace("0001", "0002")}
    assert is_safer(both, {made_up.PASSPORT: stopped(), **stop_fade})
    assert not is_safer(both, {made_up.PASSPORT: stopped(), "strategies/fade/gap_signals.py": "x\n"})


def test_a_strategy_around_the_folder_holds_up_no_emergency_and_is_no_way_in() -> None:
    around = {"strategies/passport.yaml": "strategy_id: STR-2026-0009\nstatus: ideation\n"}
    before = {**made_up.running(), **around}
    assert is_safer(before, {made_up.PASSPORT: stopped()})
    assert not is_safer(before, {made_up.PASSPORT: stopped(), "strategies/other.py": "x\n"})
    assert not is_safer(before, {"strategies/other.py": "x\n"})
    renamed = {"strategies/passport.yaml": f"{around['strategies/passport.yaml']}name: x\n"}
    assert not is_safer(before, {made_up.PASSPORT: stopped(), **renamed})


def test_at_the_root_of_a_repository_nothing_is_free() -> None:
    runs = "strategy_id: STR-2026-0001\nstatus: production\n"
    assert not is_safer({"passport.yaml": runs}, {"passport.yaml": runs.replace("production", "suspended")})


def test_an_override_concerns_its_own_strategys_findings() -> None:
    (override,) = overrides.of_tree(MemoryTree({PATH: RECORD}))
    assert isinstance(override, Override)
    (found,) = rulings(change_of(made_up.running(), OTHER_PARAMETERS), "QG607")
    for key, expected in (
        ("STR-2026-0001", True), ("STR-2026-0001 x", True), ("STR-2026-00019 x", False), ("", False),
        ("x STR-2026-0001", False),
    ):  # fmt: skip
        found.finding.key = key
        assert override.concerns(found, [], []) is expected
