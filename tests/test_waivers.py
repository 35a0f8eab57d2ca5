"""Waivers: which findings they cover, for how long, and whose word they need."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from quantgov import examples, waivers
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Ruling, Stage
from quantgov.rules import qg005_ignore_unexplained, qg501_large_file_outside_lfs

FILE = waivers.WAIVERS_FILE
TODAY = "2026-06-30"
CODE = "QG501"
RULE = qg501_large_file_outside_lfs.RULE
MARK = "quantgov: "


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
    waivers.apply([judged], made, policy or Policy({}), on)
    return judged.waived


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
