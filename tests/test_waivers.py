"""Waivers: which findings they cover, for how long, and whose word they need."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from quantgov import engine, examples, policy, rules, waivers
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.reports import text
from quantgov.rule import Example, Failed, Finding, Level, Ruling, Stage
from quantgov.rules import qg005_ignore_unexplained, qg301_secret_exposed, qg501_large_file_outside_lfs
from quantgov.tree import MemoryTree
from quantgov.verdict import Judgement, Verdict

FILE = waivers.WAIVERS_FILE
TODAY = "2026-06-30"
CODE = "QG501"
RULE = qg501_large_file_outside_lfs.RULE
MARK = "quantgov: "
KEY_LINE = "KEY = '" + qg301_secret_exposed.KEY + "'"
IGNORED = f"{KEY_LINE}  # {MARK}ignore[QG301] sample"


def entry(**changed: str) -> str:
    values = {"rule": CODE, "path": "data/", "reason": "a sample", "owner": "alice", "expires": "2026-12-31", **changed}
    lines = [f"{key}: {value}" for key, value in values.items() if value]
    return "  - " + "\n    ".join(lines) + "\n"


def document(*entries: str) -> str:
    return "version: 1\nwaivers:\n" + "".join(entries) if entries else "version: 1\nwaivers: []\n"


def change(head: str | None, trunk: str = "", **files: str) -> Change:
    before = {FILE: trunk} if trunk else {}
    return examples.change(Example("waiver", before=before, files={FILE: head, **files}), Stage.COMMIT)


def ruling(path: str = "data/a.csv", line: int = 0, mark: str = "f00d") -> Ruling:
    return Ruling(RULE, Finding("too large", path, line), Level.BLOCK, mark)


def waived(made: Change, judged: Ruling, policy: Policy | None = None, on: str = TODAY) -> str:
    waivers.note_lines([judged.finding], made, policy or Policy({}))
    waivers.apply([judged], made, policy or Policy({}), on)
    return judged.waived


def rulings(code: str, example: Example, stage: Stage = Stage.PUSH) -> list[Ruling]:
    """What the engine makes of an example, under the policy that its trunk has."""
    made = examples.change(example, stage)
    (outcome,) = engine.judge(made, [rules.find(code)[0]], policy.of_change(made), today=TODAY)
    return list(outcome.rulings) if isinstance(outcome, Failed) else []


def blocked(code: str, example: Example, stage: Stage = Stage.PUSH) -> list[bool]:
    return [each.blocks for each in rulings(code, example, stage)]


def test_a_waiver_gives_its_reason_owner_and_end() -> None:
    assert waived(change(document(entry())), ruling()) == "a sample (alice, until 2026-12-31)"


@pytest.mark.parametrize(
    ("given", "path", "mark", "covered"),
    [
        (entry(path="data/"), "data/x/a.csv", "f00d", True),
        (entry(path="'*.csv'"), "data/x/a.csv", "f00d", True),
        (entry(path="data/a.csv"), "data/b.csv", "f00d", False),
        (entry(path="", fingerprint="f00d"), "b.csv", "f00d", True),
        (entry(path="", fingerprint="f00d"), "b.csv", "beef", False),
        (entry(path="data/", fingerprint="f00d"), "data/a.csv", "f00d", True),
        (entry(path="data/", fingerprint="f00d"), "b.csv", "f00d", False),
        (entry(rule="QG502"), "data/a.csv", "f00d", False),
        (entry(path="'**'"), "", "f00d", False),
        (entry(path="'**'", fingerprint="f00d"), "", "f00d", False),
        (entry(path="", fingerprint="f00d"), "", "f00d", True),
    ],
)
def test_what_a_waiver_covers(given: str, path: str, mark: str, covered: bool) -> None:
    assert bool(waived(change(document(given)), ruling(path, mark=mark))) is covered


@pytest.mark.parametrize(("on", "holds"), [("2026-12-31", True), ("2027-01-01", False)])
def test_a_waiver_holds_until_the_end_of_its_last_day(on: str, holds: bool) -> None:
    assert bool(waived(change(document(entry())), ruling(), on=on)) is holds


def test_the_first_waiver_in_force_speaks() -> None:
    made = change(document(entry(expires="2026-01-15"), entry(owner="bob"), entry()))
    assert waived(made, ruling()) == "a sample (bob, until 2026-12-31)"


@pytest.mark.parametrize(
    ("mode", "trunk", "holds"),
    [
        ("guard", "", True),
        ("govern", "", False),
        ("govern", document(entry()), True),
        ("govern", document(entry(owner="bob")), False),
    ],
)
def test_in_govern_a_waiver_counts_only_once_the_trunk_has_it(mode: str, trunk: str, holds: bool) -> None:
    made = change("# agreed\n" + document(entry()), trunk)
    assert bool(waived(made, ruling(), Policy({"mode": mode}))) is holds


def test_a_rule_that_policy_does_not_let_be_waived() -> None:
    policy = Policy({"unwaivable": [CODE]})
    made = change(document(entry()), **{"data/a.py": f"x = 1  # {MARK}ignore[{CODE}] why\n"})
    assert waived(made, ruling(), policy) == ""
    assert waived(made, ruling("data/a.py", 1), policy) == ""


@pytest.mark.parametrize("text", ["waivers: none\n", "version: 1\nwaivers:\n  - rule: [\n", ""])
def test_a_file_that_cannot_be_read_waives_nothing(text: str) -> None:
    assert waivers.problems(text.encode())
    assert waived(change(text), ruling()) == ""


def test_waivers_have_a_line_a_target_and_know_whether_the_trunk_has_them() -> None:
    made = change(document(entry(), entry(path="", fingerprint="f00d")), document(entry()))
    found = [(each.line, each.target, each.approved) for each in waivers.touched(made)]
    assert found == [(3, "data/", True), (8, "finding f00d", False)]


def test_no_waivers_where_the_file_is_not_touched_or_goes() -> None:
    untouched = examples.change(Example("no", before={FILE: document(entry())}, files={"a.md": "x"}), Stage.COMMIT)
    assert waivers.touched(untouched) == []
    assert len(waivers.of_change(untouched)) == 1
    assert waivers.touched(change(None, document(entry()))) == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"x = 1  # {MARK}ignore[{CODE}] golden file", "golden file"),
        (f"x = 1  # {MARK}ignore[QG301, {CODE}]: golden file", "golden file"),
        (f"x = 1  # {MARK}ignore[QG301;{CODE}] - golden file", "golden file"),
        (f"<!-- {MARK}ignore[{CODE}] golden file -->", "golden file"),
        (f"/* {MARK} \tignore[ {CODE} ] golden file */\r", "golden file"),
        (f"x  # {MARK}ignore[{CODE}] {MARK}ignore[QG301] a", f"{MARK}ignore[QG301] a"),
        (f"x = 1  # {MARK}ignore[{CODE}]", ""),
        (f"<!-- {MARK}ignore[{CODE}] -->", ""),
        (f"x = 1  # {MARK}ignore[{CODE}0] golden file", ""),
        (f"x = 1  # {MARK}ignore[<{CODE}>] golden file", ""),
        ("x = 1", ""),
    ],
)
def test_inline_waivers(line: str, reason: str) -> None:
    made = change(document(), **{"a.py": f"first\n{line}\nlast\n"})
    assert waived(made, ruling("a.py", 2)) == reason
    assert waived(made, ruling("a.py", 1)) == ""


@pytest.mark.parametrize(("path", "line"), [("a.py", 0), ("a.py", 9), ("b.py", 1), ("", 1)])
def test_a_finding_without_a_line_of_its_own_has_no_inline_waiver(path: str, line: int) -> None:
    made = change(document(), **{"a.py": f"x  # {MARK}ignore[{CODE}] golden file"})
    assert waived(made, ruling(path, line)) == ""


@pytest.mark.parametrize(("trunk", "holds"), [("x  # {}ignore[{}] golden", True), ("y  # {}ignore[{}] golden", False)])
def test_in_govern_an_inline_waiver_counts_only_once_the_trunk_has_its_line(trunk: str, holds: bool) -> None:
    head = f"import os\nx  # {MARK}ignore[{CODE}] golden\n"
    given = Example("inline", before={"a.py": trunk.format(MARK, CODE) + "\n"}, files={"a.py": head})
    made = examples.change(given, Stage.COMMIT)
    assert bool(waived(made, ruling("a.py", 2), Policy({"mode": "govern"}))) is holds
    assert waived(made, ruling("a.py", 2)) == "golden"


def test_what_waives_nothing_is_what_qg005_finds() -> None:
    data = f"x  # {MARK}ignore[{CODE}] -->\n".encode()
    assert [each.reason for each in waivers.inline(data)] == [""]
    found = examples.change(Example("no reason", files={"a.py": data}), Stage.COMMIT)
    assert len(list(qg005_ignore_unexplained.check(next(found.blobs()), Policy({})))) == 1


def test_today_is_a_date_in_utc() -> None:
    before = datetime.now(UTC).date()
    today = waivers.today()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", today)
    assert str(before) <= today <= str(datetime.now(UTC).date())


# What a waiver may not do


@pytest.mark.parametrize("code", ["QG102", "QG103", "QG303"])
def test_a_pattern_waives_nothing_that_stands_in_no_file(code: str) -> None:
    message = f"no type\n\n{KEY_LINE}"
    own = "unwaivable: [QG001]"
    files = {FILE: document(entry(rule=code, path="'**'"))}
    given = Example("pattern", policy=own, files=files, message=message, branch="main")
    assert blocked(code, given) == [True]
    mark = rulings(code, given)[0].fingerprint
    files = {FILE: document(entry(rule=code, path="", fingerprint=mark))}
    assert blocked(code, Example("one", policy=own, files=files, message=message, branch="main")) == [False]


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("k/a.py", True), ("/k/a.py", True), ("'**'", False), ("k/", False), ("a.py", False), ("k/?.py", False),
        ("'k/[a].py'", False), ("'*.py'", False),
    ],
)  # fmt: skip
def test_a_leaked_key_is_waived_in_the_one_file_that_is_named(path: str, holds: bool) -> None:
    files = {"k/a.py": KEY_LINE, FILE: document(entry(rule="QG301", path=path))}
    assert blocked("QG301", Example("key", files=files)) == [not holds]


def test_a_leaked_key_is_waived_by_its_fingerprint() -> None:
    mark = rulings("QG301", Example("key", files={"k/a.py": KEY_LINE}))[0].fingerprint
    files = {"k/a.py": KEY_LINE, FILE: document(entry(rule="QG301", path="k/", fingerprint=mark))}
    assert blocked("QG301", Example("key", files=files)) == [False]


@pytest.mark.parametrize("code", policy.UNWAIVABLE)
def test_what_cannot_be_waived_unless_a_policy_says_so(code: str) -> None:
    given = Ruling(rules.find(code)[0], Finding("bad", "a.md"), Level.BLOCK, "f00d")
    made = change(document(entry(rule=code, path="", fingerprint="f00d")))
    assert waived(made, given) == ""
    assert waived(made, given, Policy({"unwaivable": ["QG301"]}))


LISTED = {FILE: document(entry(rule="QG301", path="a.py")), "a.py": KEY_LINE}
IN_LINE = {"a.py": IGNORED}
RECEIVE = Stage.RECEIVE


@pytest.mark.parametrize("files", [LISTED, IN_LINE])
@pytest.mark.parametrize(
    ("stage", "branch", "mode", "created", "blocks"),
    [
        (RECEIVE, "main", "guard", False, True),
        (RECEIVE, "main", "observe", False, True),
        (RECEIVE, "main", "guard", True, False),
        (RECEIVE, "strategy/x", "guard", False, False),
        (RECEIVE, "strategy/x", "govern", False, True),
        (RECEIVE, "", "guard", False, False),
        (Stage.RANGE, "main", "guard", False, False),
        (Stage.PUSH, "main", "guard", False, False),
        (Stage.COMMIT, "strategy/x", "govern", False, True),
    ],
)
def test_a_key_lands_on_a_server_s_trunk_only_under_a_waiver_that_stands_there(
    files: dict[str, str], stage: Stage, branch: str, mode: str, created: bool, blocks: bool
) -> None:
    given = Example("new", policy=f"mode: {mode}", files=files, branch=branch, created=created)
    assert blocked("QG301", given, stage) == [blocks]


def test_a_waiver_that_stands_on_the_server_s_trunk_lets_the_key_in() -> None:
    given = Example("listed", before={FILE: LISTED[FILE]}, files=LISTED, branch="main")
    assert blocked("QG301", given, RECEIVE) == [False]
    given = Example("in the line", before={"a.py": IGNORED}, files={"a.py": f"{IGNORED}\n{IGNORED}"}, branch="main")
    assert blocked("QG301", given, RECEIVE) == [False, False]


def test_other_rules_need_no_agreement_to_land() -> None:
    files = {FILE: document(entry(path="")), "data/a.csv": "1,2\n"}
    mark = rulings(CODE, Example("data", files=files))[0].fingerprint
    files[FILE] = document(entry(path="", fingerprint=mark))
    assert blocked(CODE, Example("data", files=files, branch="main"), RECEIVE) == [False]


# The version of the file that was judged


def test_a_later_version_of_the_line_waives_nothing_in_an_earlier_one() -> None:
    moved = f"# {MARK}ignore[QG301] moved\n"
    assert blocked("QG301", Example("moved", earlier=({"k.py": KEY_LINE},), files={"k.py": moved})) == [True]
    assert blocked("QG301", Example("gone", earlier=({"k.py": IGNORED},), files={"k.py": None})) == [False]


def test_nothing_waives_the_line_of_a_symbolic_link_or_of_what_is_not_searched() -> None:
    finding = Finding("bad", "k.py", 1)
    link = examples.change(Example("link", files={"k.py": IGNORED}, modes={"k.py": 0o120000}), Stage.PUSH)
    waivers.note_lines([finding], link, Policy({}))
    made = examples.change(Example("file", files={"k.py": IGNORED}), Stage.PUSH)
    waivers.note_lines([finding], made, Policy({"secrets": {"max_size": 40}}))
    waivers.note_lines([finding], made.commits[0], Policy({}))
    waivers.note_lines([Finding("bad", "other.py", 1)], next(made.blobs()), Policy({}))
    assert finding.text == b""
    waivers.note_lines([finding], next(made.blobs()), Policy({}))
    assert finding.text == IGNORED.encode()


def test_a_file_of_many_faults_is_read_once() -> None:
    reads: list[str] = []

    class Counting(MemoryTree):
        def read_file(self, path: str) -> bytes | None:
            reads.append(path)
            return super().read_file(path)

    data = f"{IGNORED}\n" * 50
    trunk = Counting({"k.py": data})
    made = Change(Stage.PUSH, base=MemoryTree({}), head=MemoryTree({"k.py": data}), authority=trunk, touched=())
    given = [ruling("k.py", line) for line in range(1, 51)]
    for each in given:
        each.code, each.finding.text = "QG301", IGNORED.encode()
    waivers.apply(given, made, Policy({"mode": "govern"}), TODAY)
    assert {each.waived for each in given} == {"sample"}
    assert reads.count("k.py") == 1


# Calling out


@pytest.mark.parametrize(
    "files",
    [
        {"k.py": f"x = 1  # {MARK}ignore[QG301, QG004] sample\n"},
        {FILE: document(entry(rule="QG004", path="'**'"))},
    ],
)
def test_no_new_waiver_silences_the_rule_that_calls_it_out(files: dict[str, str]) -> None:
    assert [each.waived for each in rulings("QG004", Example("itself", files=files))] == [""]


def test_a_waiver_of_an_earlier_commit_is_called_out_where_it_waives_a_key() -> None:
    other = IGNORED.replace("QG301", "QG501")
    for line, found in ((IGNORED, ["k.py"]), (other, [])):
        given = Example("gone", earlier=({"k.py": line, FILE: document(entry())},), files={"k.py": None, FILE: None})
        assert [each.finding.path for each in rulings("QG004", given)] == found


def test_the_call_says_when_it_counts() -> None:
    files = {"k.py": IGNORED, FILE: document(entry())}
    found = rulings("QG004", Example("guard", files=files))
    assert [each.finding.help for each in found] == [
        "ask alice to review it",
        "have it reviewed; on a server's protected branch it counts only once it stands on the trunk",
    ]
    found = rulings("QG004", Example("govern", policy="mode: govern", files=files))
    assert [each.finding.help for each in found] == [
        "ask alice to review it; in mode govern it counts only once it stands on the trunk",
        "have it reviewed; in mode govern it counts only once it stands on the trunk",
    ]


def test_neither_its_fingerprint_nor_its_report_tells_the_key_of_the_line() -> None:
    told = IGNORED + " " + qg301_secret_exposed.KEY
    assert qg301_secret_exposed.KEY not in rulings("QG301", Example("key", files={"k.py": told}))[0].waived
    assert qg301_secret_exposed.KEY not in rulings("QG004", Example("key", files={"k.py": told}))[0].finding.message


def test_a_change_that_waives_its_own_fault_is_not_called_clean() -> None:
    made = examples.change(Example("waived", files={"k.py": IGNORED}), Stage.COMMIT)
    judging = Policy({})
    outcomes = engine.judge(made, rules.at(Stage.COMMIT), judging)
    shown = text.render(Verdict([Judgement(made, judging, outcomes)]), subject="change", full=True)
    assert shown.startswith("quantgov: change accepted with 1 warning\n")
