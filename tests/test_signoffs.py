"""Sign-offs: what a statement says, and whether it counts; signatures are made and verified by the real ssh-keygen."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from governed import (
    CODE,
    PARAMETERS,
    REPORT,
    SIGNING,
    Desk,
    Edits,
    Files,
    Said,
    blocking,
    change_of,
    rulings,
    said,
    said_everywhere,
    signature_of,
    statement_path,
    strategy_of,
)
from signers import Signer

from quantgov import made_up, signoffs
from quantgov.change import Approval, Change, Landed
from quantgov.errors import UsageError
from quantgov.lifecycle import OF_BRIEF, OF_CHECKLIST, OF_REPORT, OF_VALIDATION, SIGNAL_PIN
from quantgov.policy import of_change
from quantgov.rule import Stage
from quantgov.tree import EMPTY, MemoryTree

RESEARCHER, PEER, ENGINEER = (statement_path(role) for role in ("researcher", "peer-reviewer", "engineer"))
AGAIN = "quantgov sign STR-2026-0001 --as researcher"
SET_UP = f"quantgov doctor --fix, then: {AGAIN}"
OF = "sign-off of STR-2026-0001:"
LATE = Stage.RANGE | Stage.RECEIVE
PROPOSED = f"{3:040x}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


def research() -> Files:
    return made_up.files("research")


def validation() -> Files:
    return made_up.files("validation")


def submitted(desk: Desk, files: Edits, **landing: object) -> list[Said]:
    """What every entrance says of research that is handed in for validation, with these files."""
    team = landing.pop("team", None) or desk.policy()

    def build(stage: Stage) -> Change:
        return change_of(research(), {**validation(), **files}, stage, team=team, **landing)  # type: ignore[arg-type]

    return said_everywhere(build, "QG603", "QG604", "QG605")


def refusal(why: str, help: str = AGAIN, role: str = "researcher") -> Said:
    return "QG604", f"{role}'s {OF} {why}", statement_path(role), help


# --- a statement


def test_a_statement_is_written_to_the_byte() -> None:
    data = signoffs.statement(strategy_of(research()), OF_BRIEF, "alice@fund.com", 1_700_000_000)
    assert data.endswith(b"}\n")
    assert data == (json.dumps(json.loads(data), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    value = json.loads(data)
    assert (value["_type"], value["predicateType"]) == ("https://in-toto.io/Statement/v1", "urn:quantgov:sign-off:v1")
    assert [each["name"] for each in value["subject"]] == ["brief.md", "passport"]
    assert value["predicate"] == {
        "strategy_id": "STR-2026-0001", "strategy_version": "v1.0.0", "gate": "research", "role": "researcher",
        "signer": "alice@fund.com", "time": "2023-11-14T22:13:20Z", "self_reviewed": False,
    }  # fmt: skip


def test_an_engineer_signs_for_all_that_is_deployed() -> None:
    data = signoffs.statement(strategy_of(made_up.files("production")), OF_CHECKLIST, "carol@fund.com", 0)
    assert [each["name"] for each in json.loads(data)["subject"]] == [
        "checklist.yaml", "RUNBOOK.md", "ROLLBACK.md", "oncall.yaml", "report.yaml", "params/v1.yaml", "code",
        "passport", SIGNAL_PIN,
    ]  # fmt: skip


@pytest.mark.parametrize(("path", "where"), [(REPORT, "report.yaml"), (CODE, "signal code")])
def test_what_is_not_there_cannot_be_signed_for(path: str, where: str) -> None:
    files = {name: data for name, data in validation().items() if name != path}
    with pytest.raises(UsageError, match=f"STR-2026-0001 has no {where} to sign for") as refused:
        signoffs.statement(strategy_of(files), OF_REPORT, "alice@fund.com", 0)
    assert refused.value.help == "quantgov passport show STR-2026-0001"


def good() -> dict[str, object]:
    value: dict[str, object] = json.loads(
        signoffs.statement(strategy_of(research()), OF_BRIEF, "alice@fund.com", 0, self_reviewed=True)
    )
    return value


def test_what_a_statement_says() -> None:
    said = signoffs.parse(json.dumps(good()).encode())
    assert said
    assert (said.strategy_id, said.version, said.gate, said.role, said.signer, said.time, said.self_reviewed) == (
        "STR-2026-0001", "v1.0.0", "research", "researcher", "alice@fund.com", "1970-01-01T00:00:00Z", True,
    )  # fmt: skip
    assert set(said.digests) == {"brief.md", "passport"}


def test_only_the_word_true_marks_a_review_of_ones_own() -> None:
    for given in ("true", 1, None, [True]):
        predicate = {**good()["predicate"], "self_reviewed": given}  # type: ignore[dict-item]
        said = signoffs.parse(json.dumps({**good(), "predicate": predicate}).encode())
        assert said
        assert not said.self_reviewed


def damaged() -> Mapping[str, bytes]:
    """Bytes that are no statement, by what is wrong with them."""
    value, data = good(), json.dumps(good())
    predicate = value["predicate"]
    subjects = value["subject"]
    assert isinstance(predicate, dict)
    assert isinstance(subjects, list)

    def with_(**changes: object) -> bytes:
        return json.dumps({**value, **changes}).encode()

    def predicated(**changes: object) -> bytes:
        return with_(predicate={**predicate, **changes})

    return {
        "empty": b"",
        "no JSON": b"sign-off: yes\n",
        "a list": b"[]",
        "trailing bytes": data.encode() + b"{}",
        "two statements": data.encode() * 2,
        "a NUL behind it": data.encode() + b"\0",
        "another type": with_(_type="https://in-toto.io/Statement/v0.1"),
        "another predicate": with_(predicateType="https://slsa.dev/provenance/v1"),
        "no predicate": json.dumps({key: each for key, each in value.items() if key != "predicate"}).encode(),
        "a predicate that is text": with_(predicate="yes"),
        "subjects that are none": with_(subject="report.yaml"),
        "a subject without a digest": with_(subject=[{"name": "report.yaml"}]),
        "a subject that is text": with_(subject=["report.yaml"]),
        "a subject twice": with_(subject=subjects * 2),
        "a key twice": data.replace('"signer":', '"signer": "bob@fund.com", "signer":').encode(),
        "a top-level key twice": data.replace('"predicate":', '"predicate": {}, "predicate":').encode(),
        "a signer that is a list": predicated(signer=["alice@fund.com"]),
        "a signer on two lines": predicated(signer="alice@fund.com\nis right"),
        "a signer that moves the cursor": predicated(signer="mallory@fund.com\x1b[2K\ralice@fund.com"),
        "half a character": predicated(signer="\ud800alice@fund.com"),
        "a version that is a number": predicated(strategy_version=1),
        "no role": json.dumps({**value, "predicate": {k: v for k, v in predicate.items() if k != "role"}}).encode(),
        "no UTF-8": b'{"_type": "\xff"}',
        "too deep": b"[" * 60_000,
        "too large": data.encode() + b" " * (1 << 16),
    }


@pytest.mark.parametrize("kind", list(damaged()))
def test_what_is_no_statement_counts_as_none(kind: str, desk: Desk) -> None:
    data = damaged()[kind]
    assert signoffs.parse(data) is None
    unread = refusal("this is no sign-off that quantgov wrote")
    assert submitted(desk, {RESEARCHER: data, RESEARCHER + ".sig": "x"}) == [unread]


def test_a_statement_may_be_as_large_as_allowed() -> None:
    data = json.dumps(good()).encode()
    assert signoffs.parse(data + b" " * ((1 << 16) - len(data)))


# --- whether it counts: the person and the key


def test_signed_as_asked(desk: Desk) -> None:
    assert submitted(desk, desk.signed(validation(), OF_REPORT)) == []


def test_a_strangers_key_under_a_members_address(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    files |= signature_of(files, "researcher", desk.mallory)
    assert submitted(desk, files) == [refusal("made by a key that is not alice@fund.com's")]


def test_another_members_key_under_a_members_address(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    files |= signature_of(files, "researcher", desk.bob)
    assert submitted(desk, files) == [refusal("made by a key that is not alice@fund.com's")]


def test_a_stranger_under_an_address_of_ones_own(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT, researcher=desk.mallory)
    help = "a member signs, or quantgov team add on the trunk first"
    assert submitted(desk, files) == [refusal("mallory@fund.com is not in the team that judges it", help)]


def test_a_member_without_the_role(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT, researcher=desk.bob)
    help = f"quantgov team show, then: {AGAIN}"
    assert submitted(desk, files) == [refusal("bob is not researcher in the team that judges it", help)]


def test_the_author_of_the_commit_proves_nothing(desk: Desk) -> None:
    from quantgov import examples
    from quantgov.rule import Example

    files = desk.signed(validation(), OF_REPORT)
    files |= signature_of(files, "researcher", desk.mallory)
    for author in ("Alice <alice@fund.com>", "Mallory <mallory@fund.com>"):
        example = Example("forged", policy=desk.policy(), before=research(), files=files, author=author)
        for stage in Stage.RANGE | Stage.RECEIVE:
            found = said(examples.change(example, stage), "QG604")
            assert found == [refusal("made by a key that is not alice@fund.com's")]


def test_no_signature_where_one_is_asked_for(desk: Desk) -> None:
    assert submitted(desk, made_up.signed(validation(), OF_REPORT)) == [refusal("it has no signature", SET_UP)]


def test_a_deputy_may_sign(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT, researcher=desk.bob)
    team = desk.policy("roles: {researcher: {deputy: bob}}")
    assert submitted(desk, files, team=team) == []


def test_another_address_of_the_same_person(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    member = desk.alice.member("researcher")
    aliased = member.replace("{email: alice@fund.com", "{email: a.liddell@fund.com, emails: [Alice@Fund.com]")
    team = desk.policy().replace(desk.alice.member("researcher", github="alice-q"), aliased)
    assert submitted(desk, files, team=team) == []


def test_a_key_that_comes_with_the_change_counts_from_the_next_one_on(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    unknown = desk.policy(leave_out=["alice"])
    policy = {"quantgov.yaml": f"version: 1\n{desk.policy()}\n"}
    help = "a member signs, or quantgov team add on the trunk first"
    found = [refusal("alice@fund.com is not in the team that judges it", help)]
    assert submitted(desk, {**files, **policy}, team=unknown) == found
    assert submitted(desk, files) == []


def test_nobody_can_give_what_is_missing(desk: Desk) -> None:
    message = f"researcher's {OF} missing; nobody in the team may give it"
    found = [("QG603", message, RESEARCHER, "quantgov team add NAME --role researcher")]
    assert submitted(desk, {}, team=desk.policy(leave_out=["alice"])) == found


def test_missing(desk: Desk) -> None:
    assert submitted(desk, {}) == [("QG603", f"researcher's {OF} missing; alice may give it", RESEARCHER, AGAIN)]


def test_a_link_in_place_of_a_statement_is_none(desk: Desk) -> None:
    files = {**desk.signed(validation(), OF_REPORT), RESEARCHER: "../../elsewhere.json"}
    change = change_of(research(), files, team=desk.policy(), modes={RESEARCHER: 0o120000})
    assert [code for code, *_ in said(change, "QG603", "QG604")] == ["QG603"]


def test_a_link_in_place_of_a_signature_is_none(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    change = change_of(research(), files, team=desk.policy(), modes={RESEARCHER + ".sig": 0o120000})
    assert said(change, "QG603", "QG604") == [refusal("it has no signature", SET_UP)]


# --- whether it counts: the bytes


def test_carriage_returns_in_a_statement(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    data = files[RESEARCHER]
    assert isinstance(data, bytes)
    found = [refusal("the signature does not fit these bytes")]
    assert submitted(desk, {**files, RESEARCHER: data.replace(b"\n", b"\r\n")}) == found


def test_another_byte_in_a_statement(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    data = files[RESEARCHER]
    assert isinstance(data, bytes)
    for other in (data + b"\n", data.replace(b"2026-03-02", b"2026-03-03")):
        assert submitted(desk, {**files, RESEARCHER: other}) == [refusal("the signature does not fit these bytes")]


def test_a_signature_for_another_purpose(desk: Desk) -> None:
    from quantgov.sshsig import sign

    files = desk.signed(validation(), OF_REPORT)
    data = files[RESEARCHER]
    assert isinstance(data, bytes)
    files[RESEARCHER + ".sig"] = sign(data, str(desk.alice.key_path), "git")
    found = [refusal("the signature was made for something else, not for quantgov-signoff")]
    assert submitted(desk, files) == found


@pytest.mark.parametrize(
    ("path", "data", "why"),
    [
        (REPORT, "version: 1 # better\n", "report.yaml changed since alice@fund.com signed"),
        (PARAMETERS, "lookback_bars: 4\n", "params/v1.yaml changed since alice@fund.com signed"),
        (CODE, "LOOKBACK = 4\n", "the signal code changed since alice@fund.com signed"),
        (REPORT, None, "report.yaml went since alice@fund.com signed"),
        (PARAMETERS, None, "params/v1.yaml went since alice@fund.com signed"),
        (CODE, None, "code went since alice@fund.com signed"),
    ],
)
def test_what_was_edited_after_it_was_signed_for(desk: Desk, path: str, data: str | None, why: str) -> None:
    why = why.replace("code went", "the signal code went")
    assert submitted(desk, {**desk.signed(validation(), OF_REPORT), path: data}) == [refusal(why)]


def test_the_passport_edited_after_it_was_signed_for(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    files[made_up.PASSPORT] = f"{files[made_up.PASSPORT]!s}risk: {{max_leverage: 9}}\n"
    assert submitted(desk, files) == [refusal("the passport changed since alice@fund.com signed")]


def test_every_file_that_changed_is_named(desk: Desk) -> None:
    files = {**desk.signed(validation(), OF_REPORT), REPORT: "version: 2\n", CODE: "LOOKBACK = 4\n"}
    assert submitted(desk, files) == [
        refusal("report.yaml changed since alice@fund.com signed"),
        refusal("the signal code changed since alice@fund.com signed"),
    ]


def test_a_sign_off_of_another_strategy(desk: Desk) -> None:
    other = {
        path: data.replace(b"0001", b"0002") if isinstance(data, bytes) else data.replace("0001", "0002")
        for path, data in validation().items()
    }
    replayed = desk.signed(other, OF_REPORT)
    files = {path: data for path, data in replayed.items() if "signoffs" in path}
    assert submitted(desk, files) == [refusal("it is about STR-2026-0002, not about this strategy")]


def test_a_sign_off_of_the_gate_before_stands_in_the_same_place(desk: Desk) -> None:
    files = desk.signed(validation(), OF_BRIEF)
    assert submitted(desk, files) == [("QG603", f"researcher's {OF} missing; alice may give it", RESEARCHER, AGAIN)]


def moved_into(files: Mapping[str, str | bytes], path: str) -> Files:
    """The one sign-off among the files, put in another one's place."""
    source = next(each for each in files if each.endswith(".json"))
    return {**files, path: files[source], f"{path}.sig": files[f"{source}.sig"]}


def test_a_sign_off_in_another_roles_place(desk: Desk) -> None:
    files = moved_into(desk.signed(validation(), OF_VALIDATION), RESEARCHER)
    found = [refusal("it was given as peer-reviewer for production, not for validation")]
    assert [each for each in submitted(desk, files) if "researcher" in each[2]] == found


def test_a_gate_that_there_is_not(desk: Desk) -> None:
    data = signoffs.statement(strategy_of(validation()), OF_REPORT, "alice@fund.com", 0)
    files: Files = {RESEARCHER: data.replace(b'"gate": "validation"', b'"gate": "launch"')}
    files |= signature_of(files, "researcher", desk.alice)
    assert submitted(desk, files) == [refusal("it was given as researcher for launch, not for validation")]


# --- what runs


def running_change(desk: Desk, files: Edits, stage: Stage = Stage.RECEIVE, **landing: object) -> Change:
    landing = {"team": desk.policy(), **landing}
    return change_of(desk.running(), files, stage, **landing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "shown", "roles"),
    [
        ("RUNBOOK.md", "RUNBOOK.md", ["engineer"]),
        ("ROLLBACK.md", "ROLLBACK.md", ["engineer"]),
        ("oncall.yaml", "oncall.yaml", ["engineer"]),
        ("checklist.yaml", "checklist.yaml", ["engineer"]),
        ("validation.yaml", "validation.yaml", ["peer-reviewer"]),
        ("report.yaml", "report.yaml", ["engineer", "peer-reviewer", "researcher"]),
        ("gap_signals.py", "the signal code", ["engineer", "peer-reviewer", "researcher"]),
        ("numpy.so", "the signal code", ["engineer", "peer-reviewer", "researcher"]),
    ],
)
def test_any_byte_under_what_runs_is_signed_for_again(desk: Desk, name: str, shown: str, roles: list[str]) -> None:
    files = {f"{made_up.FOLDER}{name}": "other\n"}
    by = {"engineer": "carol@fund.com", "peer-reviewer": "bob@fund.com", "researcher": "alice@fund.com"}
    found = [
        refusal(f"{shown} changed since {by[role]} signed", AGAIN.replace("researcher", role), role) for role in roles
    ]
    assert said_everywhere(lambda stage: running_change(desk, files, stage), "QG603", "QG604") == found


def test_a_renamed_folder_voids_nothing(desk: Desk) -> None:
    before = desk.running()
    files: Edits = {
        **dict.fromkeys(before),
        **{path.replace("strategies/gap/", "strategies/overnight/"): data for path, data in before.items()},
    }
    assert said_everywhere(lambda stage: running_change(desk, files, stage)) == []


def test_a_passport_that_is_only_written_otherwise_voids_nothing(desk: Desk) -> None:
    text = str(desk.running()[made_up.PASSPORT])
    assert said_everywhere(lambda stage: running_change(desk, {made_up.PASSPORT: f"# ours\n{text}"}, stage)) == []


def test_a_sign_off_that_goes_or_is_replaced_under_what_runs(desk: Desk) -> None:
    missing = (
        "QG603",
        f"engineer's {OF} missing; carol may give it",
        ENGINEER,
        AGAIN.replace("researcher", "engineer"),
    )
    gone = {ENGINEER: None, ENGINEER + ".sig": None}
    assert said_everywhere(lambda stage: running_change(desk, gone, stage)) == [missing]
    unsigned = refusal("it has no signature", SET_UP.replace("researcher", "engineer"), "engineer")
    assert said_everywhere(lambda stage: running_change(desk, {ENGINEER + ".sig": None}, stage)) == [unsigned]


def test_an_earlier_forgery_is_no_excuse_for_the_next(desk: Desk) -> None:
    before = made_up.running()  # nobody's key signed it: the team asked for less then
    code = {**before, CODE: "LOOKBACK = 9\n"}
    forged = made_up.signed(code, *SIGNING)
    for stage in LATE:
        change = change_of(before, forged, stage, team=desk.policy())
        assert [(code, message) for code, message, *_ in said(change, "QG604")] == [
            ("QG604", f"{role}'s {OF} it has no signature") for role in ("engineer", "peer-reviewer", "researcher")
        ]


def test_a_sign_off_that_was_missing_before_is_missed_again_for_other_bytes(desk: Desk) -> None:
    before = made_up.files("production")
    for stage in LATE:
        change = change_of(before, {CODE: "LOOKBACK = 9\n"}, stage, team=desk.policy())
        assert [code for code, *_ in said(change, "QG603")] == ["QG603"] * 3


def test_what_stands_wrong_is_not_the_next_ones_fault(desk: Desk) -> None:
    before = made_up.signed(made_up.files("production"), *SIGNING)
    signed = desk.signed(before, OF_CHECKLIST)
    signed[made_up.PASSPORT] = f"# ours\n{signed[made_up.PASSPORT]!s}"
    change = change_of(before, signed, Stage.RECEIVE, team=desk.policy())
    assert said(change, "QG6") == []
    assert {each.old for each in rulings(change, "QG604")} == {True}


# --- when it is judged


def landed(team: str, time: float) -> Landed:
    return Landed(MemoryTree({"quantgov.yaml": f"version: 1\n{team}\n"}), time)


def test_a_removed_member_signs_no_more(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    gone = desk.policy(leave_out=["alice"])
    help = "a member signs, or quantgov team add on the trunk first"
    assert submitted(desk, files, team=gone) == [refusal("alice@fund.com is not in the team that judges it", help)]


def test_what_landed_while_somebody_was_a_member_counts(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    gone, then = desk.policy(leave_out=["alice"]), landed(desk.policy(), made_up.NOW)
    assert submitted(desk, files, team=gone, history=lambda path, oid: then) == []


def test_what_landed_before_somebody_was_a_member_does_not(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    then = landed(desk.policy(leave_out=["alice"]), made_up.NOW)
    help = "a member signs, or quantgov team add on the trunk first"
    found = [refusal("alice@fund.com is not in the team that judges it", help)]
    assert submitted(desk, files, history=lambda path, oid: then) == found


def test_of_statement_and_signature_the_later_landing_counts(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    early, late = landed(desk.policy(leave_out=["alice"]), 1.7e9), landed(desk.policy(), 1.71e9)
    times = {RESEARCHER: early, RESEARCHER + ".sig": late}
    assert submitted(desk, files, history=lambda path, oid: times[path]) == []
    swapped = {RESEARCHER: late, RESEARCHER + ".sig": early}
    assert submitted(desk, files, history=lambda path, oid: swapped[path]) == []


def test_a_statement_that_landed_with_a_signature_that_did_not_is_judged_now(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    then = landed(desk.policy(leave_out=["alice"]), made_up.NOW)
    assert submitted(desk, files, history=lambda path, oid: then if path == RESEARCHER else None) == []


def test_an_unusable_or_missing_policy_of_that_day_gives_way_to_todays(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    for team in (MemoryTree({"quantgov.yaml": "version: [\n"}), EMPTY):
        then = Landed(team, made_up.NOW)
        assert submitted(desk, files, history=lambda path, oid, then=then: then) == []


# --- evidence


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        ("high", "low", "signed"), ("low", "high", "signed"), ("low", "low", "recorded"), ("medium", "low", "reviewed"),
        ("", "low", "reviewed"), ("high", None, "signed"), (None, "high", "signed"), (None, "low", "recorded"),
    ],
)  # fmt: skip
def test_the_stricter_of_what_it_was_and_what_it_is(before: str | None, after: str | None, level: str) -> None:
    from quantgov.moves import Move
    from quantgov.policy import Policy

    sides = [
        strategy_of({made_up.PASSPORT: f"strategy_id: STR-2026-0001\nmateriality: {each}\n"})
        if each is not None
        else None
        for each in (before, after)
    ]
    assert signoffs.evidence(Move(*sides), Policy({})) == level
    assert signoffs.strictest([], Policy({})) == "reviewed"


def test_materiality_lowered_in_the_change_that_goes_through_the_gate(desk: Desk) -> None:
    team = desk.policy(evidence="{low: recorded, high: signed}")
    before = made_up.files("research", more="materiality: high\n")
    after = made_up.signed(made_up.files("validation", more="materiality: low\n"), OF_REPORT)
    found = said_everywhere(lambda stage: change_of(before, after, stage, team=team), "QG603", "QG604")
    assert found == [refusal("it has no signature", SET_UP)]


def test_a_forged_signature_is_none_even_where_a_record_would_do(desk: Desk) -> None:
    files = made_up.signed(validation(), OF_REPORT)
    files |= signature_of(files, "researcher", desk.mallory)
    found = submitted(desk, files, team=desk.policy(evidence="recorded"))
    assert found == [refusal("made by a key that is not alice@fund.com's")]


def reviewed(
    desk: Desk, stage: Stage, *approvals: Approval, team: str = "", branch: str = "strategy/momentum"
) -> list[Said]:
    files = made_up.signed(validation(), OF_REPORT)
    team = team or desk.policy(evidence="reviewed")
    change = change_of(research(), files, stage, team=team, approvals=approvals, branch=branch)
    return said(change, "QG603", "QG604")


def test_a_review_of_the_head_commit_proves_a_record_of_medium_materiality(desk: Desk) -> None:
    tip = f"{1:040x}"
    unproven = refusal(
        f"neither signed nor approved in a review of {tip[:10]} by alice (alice-q)",
        f"approve the pull request, or: {SET_UP}",
    )
    assert reviewed(desk, Stage.RANGE, Approval("Alice-Q", tip)) == []
    assert reviewed(desk, Stage.RANGE, Approval("bob-q", tip), Approval("alice-q", tip)) == []
    assert reviewed(desk, Stage.RANGE) == [unproven]
    assert reviewed(desk, Stage.RANGE, Approval("alice-q", f"{0:040x}")) == [unproven]
    assert reviewed(desk, Stage.RANGE, Approval("bob-q", tip)) == [unproven]


def test_where_no_review_is_known_yet_a_record_passes(desk: Desk) -> None:
    for stage in Stage.COMMIT | Stage.PUSH | Stage.RECEIVE:
        assert reviewed(desk, stage) == []


def test_a_server_that_knows_of_no_review_lands_signatures_only(desk: Desk) -> None:
    message = "neither signed nor approved in a review of 0000000000 by alice (alice-q)"
    assert reviewed(desk, Stage.RECEIVE, branch="main") == [refusal(message, SET_UP)]


def test_what_was_reviewed_when_it_landed_is_not_reviewed_again(desk: Desk) -> None:
    files = made_up.signed(validation(), OF_REPORT)
    team = desk.policy(evidence="reviewed")
    before = {**research(), **{path: data for path, data in files.items() if "signoffs" in path}}
    assert said(change_of(before, files, Stage.RANGE, team=team), "QG603", "QG604") == []


def test_a_member_without_an_account_cannot_approve(desk: Desk) -> None:
    team = desk.policy(evidence="reviewed").replace(", github: alice-q", "")
    message = "neither signed nor approved in a review of 0000000000 by alice, whose `github:` is not known"
    help = f"approve the pull request, or: {SET_UP}"
    assert reviewed(desk, Stage.RANGE, Approval("", f"{1:040x}"), team=team) == [refusal(message, help)]


def test_a_signature_needs_no_review(desk: Desk) -> None:
    files = desk.signed(validation(), OF_REPORT)
    assert submitted(desk, files, team=desk.policy(evidence="reviewed")) == []


def test_governing_always_asks_for_signatures(desk: Desk) -> None:
    team = f"mode: govern\n{desk.policy(evidence='recorded')}"
    assert submitted(desk, made_up.signed(validation(), OF_REPORT), team=team) == [
        refusal("it has no signature", SET_UP)
    ]


# --- early sign-offs, and what just stands


def test_a_sign_off_that_lands_early_is_judged_all_the_same(desk: Desk) -> None:
    files = desk.signed(validation(), OF_VALIDATION, peer_reviewer=desk.mallory)
    brought = {path: data for path, data in files.items() if "signoffs" in path}
    found = said_everywhere(lambda stage: change_of(validation(), brought, stage, team=desk.policy()), "QG603", "QG604")
    help = "a member signs, or quantgov team add on the trunk first"
    assert found == [refusal("mallory@fund.com is not in the team that judges it", help, "peer-reviewer")]


def test_so_is_a_signature_that_comes_alone(desk: Desk) -> None:
    files = desk.signed(validation(), OF_VALIDATION)
    before = {**validation(), PEER: files[PEER]}
    forged = signature_of(files, "peer-reviewer", desk.mallory)
    change = change_of(before, forged, team=desk.policy())
    help = AGAIN.replace("researcher", "peer-reviewer")
    assert said(change, "QG604") == [refusal("made by a key that is not bob@fund.com's", help, "peer-reviewer")]
    assert said(change_of(before, {PEER + ".sig": files[PEER + ".sig"]}, team=desk.policy()), "QG604") == []


def test_an_early_sign_off_is_judged_for_the_gate_it_names(desk: Desk) -> None:
    brief = {path: data for path, data in desk.signed(research(), OF_BRIEF).items() if "signoffs" in path}
    assert said(change_of(made_up.files("ideation"), brief, team=desk.policy()), "QG603", "QG604") == []
    broken = {RESEARCHER: "{}\n"}
    unread = refusal("this is no sign-off that quantgov wrote")
    assert said(change_of(made_up.files("ideation"), broken, team=desk.policy()), "QG604") == [unread]
    assert said(change_of({**research(), RESEARCHER: "{}\n"}, {RESEARCHER: None}, team=desk.policy()), "QG604") == []
    linked = change_of(research(), {RESEARCHER: "x"}, team=desk.policy(), modes={RESEARCHER: 0o120000})
    assert [code for code, *_ in said(linked, "QG603", "QG604")] == ["QG603"]


def test_of_what_just_stands_only_what_runs_has_to_be_signed_for(desk: Desk) -> None:
    for status in ("ideation", "research", "validation", "suspended", "retired"):
        assert said(change_of({}, made_up.files(status), Stage.SNAPSHOT, team=desk.policy())) == []
    found = said(change_of({}, made_up.files("production"), Stage.SNAPSHOT, team=desk.policy()))
    assert [code for code, *_ in found] == ["QG603"] * 3
    assert said(change_of({}, desk.running(), Stage.SNAPSHOT, team=desk.policy())) == []


def test_the_gate_is_empty_where_none_was_asked_for(desk: Desk) -> None:
    change = change_of(research(), desk.signed(research(), OF_REPORT), team=desk.policy())
    (judged,) = signoffs.judged(change, of_change(change))
    assert (judged.gate, list(judged.given), judged.flaws) == ("", ["researcher"], [])
    assert signoffs.judged(change, of_change(change)) == [judged]


def test_three_people_get_a_strategy_into_production(desk: Desk) -> None:
    files = desk.running()
    change = change_of(validation(), files, team=desk.policy())
    (judged,) = signoffs.judged(change, of_change(change))
    assert {role: given.signer for role, given in judged.given.items()} == {
        "researcher": "alice@fund.com", "peer-reviewer": "bob@fund.com", "engineer": "carol@fund.com",
    }  # fmt: skip
    assert judged.gate == "production"
    assert said_everywhere(
        lambda stage: change_of(validation(), files, stage, team=desk.policy()), "QG601", "QG603", "QG604", "QG605"
    ) == []  # fmt: skip


def test_every_signature_is_told_apart_where_several_are_bad(desk: Desk) -> None:
    files = desk.running()
    files |= signature_of(files, "peer-reviewer", desk.mallory)
    del files[ENGINEER + ".sig"]
    change = change_of(validation(), files, team=desk.policy())
    assert [(role, message) for _, message, role, _ in said(change, "QG604")] == [
        (ENGINEER, f"engineer's {OF} it has no signature"),
        (PEER, f"peer-reviewer's {OF} made by a key that is not bob@fund.com's"),
    ]
    (judged,) = signoffs.judged(change, of_change(change))
    assert list(judged.given) == ["researcher"]
    assert {each.code for each in blocking(change, "QG603", "QG604", "QG605")} == {"QG604"}


def test_two_addresses_of_one_person(desk: Desk) -> None:
    from quantgov.people import Team

    given: dict[str, object] = {"team": {"alice": {"email": "alice@fund.com", "emails": ["a@fund.com"]}}}
    team = Team.of(given)
    assert signoffs.same_person("ALICE@fund.com", "a@FUND.com", team)
    assert signoffs.same_person("Bob@fund.com", "bob@FUND.com", team)
    assert not signoffs.same_person("bob@fund.com", "alice@fund.com", team)
    assert (signoffs.name_of("a@fund.com", team), signoffs.name_of("b@fund.com", team)) == ("alice", "b@fund.com")


def test_a_signer_of_another_kind_of_key(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    old = Signer("alice", "alice@fund.com", tmp_path_factory.mktemp("rsa"), kind="ecdsa")
    files = desk.signed(validation(), OF_REPORT)
    files |= signature_of(files, "researcher", old)
    assert submitted(desk, files) == [refusal("made by a key that is not alice@fund.com's")]
    team = desk.policy().replace(desk.alice.public_key, f"{desk.alice.public_key}, {old.public_key}")
    assert submitted(desk, files, team=team) == []
