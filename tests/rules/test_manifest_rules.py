"""The data behind a result, held against messages, records, the registry and the tree: what examples do not show."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from core_builders import discover
from repository import Repo

from quantgov import datasets, entrance, examples, policy
from quantgov.change import WHOLE_LIMIT, Change
from quantgov.engine import judge
from quantgov.git import MODE_SYMLINK
from quantgov.rule import Broke, Example, Failed, Rule, Skipped, Stage
from quantgov.rules import qg203_manifest_contradicts_data as qg203
from quantgov.rules import qg205_cache_version_not_bumped as qg205
from quantgov.rules import qg210_data_unpinned as qg210

Files = Mapping[str, str | bytes | None]
BRANCH = "backtest/gap"
DATA, PATH, OLDER = qg203.DATA, qg203.PATH, "results/gap/2026-11-19_multi_gap_v1.yaml"
OTHERS = "x\n"
SAID = qg203.SUBJECT + qg203.BLOCK


def said(change: Change, rule: Rule) -> list[str]:
    """Each new finding, and what was left unjudged."""
    (outcome,) = judge(change, [rule], policy.of_change(change))
    assert not isinstance(outcome, Broke), outcome.trace
    rulings = outcome.rulings if isinstance(outcome, Failed) else ()
    skipped = outcome.unjudged if isinstance(outcome, Failed | Skipped) else ()
    return [each.finding.message for each in rulings if not each.old] + [each.reason for each in skipped]


def drafted(
    files: Files, message: str = SAID, before: Files | None = None, modes: dict[str, int] | None = None
) -> Change:
    kept = {path: data for path, data in (before or {}).items() if data is not None}
    return examples.change(Example("", message=message, files=files, before=kept, modes=modes), Stage.MESSAGE)


def ranged(before: Files, files: Files, *earlier: Files) -> Change:
    kept = {path: data for path, data in before.items() if data is not None}
    return examples.change(Example("", before=kept, earlier=earlier, files=files), Stage.RANGE)


def reading(*inputs: str) -> str:
    """The record with these inputs in place of its own."""
    head = qg203.RECORD[: qg203.RECORD.index("  inputs:")]
    return f"{head}  inputs:\n" + "".join(f"    - {each}\n" for each in inputs)


def input_of(path: str, data: bytes = b"other", size: str = "") -> str:
    return f'{{path: "{path}", sha256: "{hashlib.sha256(data).hexdigest()}"{size}}}'


# --- QG203: the message and the records


@pytest.mark.parametrize(
    ("ours", "theirs", "found"),
    [
        ("498 of 505", "count: 498, expected: 505", ""),
        ("505", "count: 505, expected: 505", ""),
        ("505 of 505", "count: 505", ""),
        ("498", "count: 498, expected: 505", "SPX (498 tickers); {} ran on SPX (498 of 505 tickers)"),
        ("498 of 510", "count: 498, expected: 505", "SPX (498 of 510 tickers); {} ran on SPX (498 of 505 tickers)"),
        ("505 of 510", "count: 505, expected: 505", "SPX (505 of 510 tickers); {} ran on SPX (505 of 505 tickers)"),
        ("505", "count: 498", "SPX (505 tickers); {} ran on SPX (498 tickers)"),
    ],
)
def test_a_part_of_the_symbols_is_not_called_all(ours: str, theirs: str, found: str) -> None:
    record = qg203.RECORD.replace("count: 498, expected: 505", theirs)
    change = drafted({PATH: record}, SAID.replace("498 of 505", ours))
    assert said(change, qg203.RULE) == ([f"Symbol set: {found.format(PATH)}"] if found else [])


@pytest.mark.parametrize(
    ("field", "line", "found"),
    [
        ("  as_of: 2025-01-02T09:30:00Z", "- As of: 2025-01-02", []),
        ("  as_of: 2025-01-02", "- As of: 2025-01-03", [f"As of: 2025-01-03; {PATH} ran on 2025-01-02"]),
        ("  dataset: us@v1", "- Dataset: us@v2", [f"Dataset: us@v2; {PATH} ran on us@v1"]),
        ("  dataset: us@v1", "- Dataset: us@v1", []),
        ("  calendar: XNYS", "- Dataset: us@v1", []),
    ],
)
def test_the_optional_lines_are_compared_where_both_say_them(field: str, line: str, found: list[str]) -> None:
    change = drafted({PATH: f"{qg203.RECORD}{field}\n"}, f"{SAID}{line}\n")
    assert said(change, qg203.RULE) == found


def test_an_interval_is_compared_and_names_are_free() -> None:
    other = SAID.replace("1h", "1d").replace("TickDB", "Tick DB").replace("- Cache: data", "- Cache: ./data")
    assert said(drafted({PATH: qg203.RECORD}, other), qg203.RULE) == [
        f"Source: Tick DB /v1/market/kline, 1d interval; {PATH} ran on TickDB /v1/market/kline, 1h interval"
    ]


@pytest.mark.parametrize(("rows", "found"), [("9", []), ("7", []), ("8", [f"Rows: 8; {PATH} ran on 9"])])
def test_of_several_records_the_message_may_be_any_one_s(rows: str, found: list[str]) -> None:
    older = qg203.RECORD.replace("rows: 9", "rows: 7").replace("exp_001", "exp_000")
    files = {OLDER: f"date: 2026-11-19\n{older}", PATH: f"date: 2026-11-20\n{qg203.RECORD}"}
    assert said(drafted(files, SAID.replace("Rows: 9", f"Rows: {rows}")), qg203.RULE) == found


def test_a_record_without_data_contradicts_nothing() -> None:
    bare = qg203.RECORD[: qg203.RECORD.index("data:")]
    assert said(drafted({PATH: bare}), qg203.RULE) == []


def test_a_commit_that_the_server_has_is_judged_only_where_it_lands() -> None:
    change = drafted({PATH: qg203.RECORD}, SAID.replace("498 of 505", "505"))
    change.commits[0].is_new = False
    assert said(change, qg203.RULE) == []


# --- QG203: the files that a run read


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_may_have_the_line_ends_of_windows_where_it_was_read(end: str) -> None:
    record = reading(input_of(DATA, f"day,close{end}".encode()))
    assert said(drafted({PATH: record, DATA: "day,close\n"}), qg203.RULE) == []


def test_a_pointer_is_told_by_what_it_points_at() -> None:
    pointer = qg203.POINTER.replace(qg203.OTHER, qg203.READ)
    assert said(drafted({PATH: qg203.RECORD, DATA: pointer}), qg203.RULE) == []


@pytest.mark.parametrize("path", ["/shared/data/prices.csv", "${TEAM_DATA_DIR}/prices.csv", "data/gone.csv"])
def test_what_is_not_in_the_repository_is_not_looked_at(path: str) -> None:
    assert said(drafted({PATH: reading(input_of(path)), DATA: "x\n"}), qg203.RULE) == []


def test_a_link_is_not_followed() -> None:
    change = drafted({PATH: qg203.RECORD, DATA: "../prices.csv"}, modes={DATA: MODE_SYMLINK})
    assert said(change, qg203.RULE) == []


def test_a_file_that_is_too_large_is_not_read() -> None:
    change = drafted({PATH: qg203.RECORD}, before={DATA: b"x" * (WHOLE_LIMIT + 1)})
    assert said(change, qg203.RULE) == [f"{DATA} is too large to be hashed here"]


def test_a_record_that_moves_or_gets_a_conclusion_is_not_judged_again() -> None:
    before = {PATH: qg203.RECORD, DATA: "changed since\n"}
    assert said(drafted({PATH: None, OLDER: qg203.RECORD}, before=before), qg203.RULE) == []
    assert said(drafted({PATH: f"{qg203.RECORD}conclusion: it fades\n"}, before=before), qg203.RULE) == []
    again = qg203.RECORD.replace("exp_001", "exp_002")
    assert len(said(drafted({PATH: again}, before=before), qg203.RULE)) == 1


def test_data_count_as_the_commit_had_them() -> None:
    right, wrong = "day,close\n", "x\n"
    with_record = {PATH: qg203.RECORD}
    assert said(ranged({DATA: right}, {DATA: wrong}, with_record), qg203.RULE) == []
    assert len(said(ranged({DATA: wrong}, {DATA: right}, with_record), qg203.RULE)) == 1
    assert said(ranged({DATA: wrong}, {DATA: wrong}, {**with_record, DATA: right}), qg203.RULE) == []
    assert len(said(ranged({DATA: right}, {DATA: None}, {**with_record, DATA: None}), qg203.RULE)) == 0


def test_data_that_a_merge_brought_later_may_have_been_others(repo: Repo) -> None:
    repo.commit({DATA: "day,close\n"})
    repo.branch(BRANCH)
    repo.commit({PATH: qg203.RECORD}, SAID)
    repo.git("switch", "-q", "main")
    repo.commit({DATA: "x\n"})
    repo.git("switch", "-q", BRANCH)
    repo.git("merge", "-q", "--no-edit", "main")
    change = entrance.ranged(discover(repo.path), "main", BRANCH)
    assert said(change, qg203.RULE) == [f"a merge may have changed {DATA} since the run"]


def test_data_that_the_commit_itself_brought_are_known_beyond_a_merge(repo: Repo) -> None:
    repo.commit({"README.md": "x\n"})
    repo.branch(BRANCH)
    repo.commit({PATH: qg203.RECORD, DATA: OTHERS}, SAID)
    repo.git("switch", "-q", "main")
    repo.commit({"notes.md": "x\n"})
    repo.git("switch", "-q", BRANCH)
    repo.git("merge", "-q", "--no-edit", "main")
    (found,) = said(entrance.ranged(discover(repo.path), "main", BRANCH), qg203.RULE)
    assert found.startswith(f"{DATA} is {hashlib.sha256(OTHERS.encode()).hexdigest()[:12]}… in this commit")


# --- QG203: the registry


US = "us-equity@v1"
REGISTERED = {datasets.PATH: qg203.REGISTRY.replace("{OTHER}", qg203.OTHER)}
DIFFERS = f"{US} is sha256:{qg203.OTHER[:12]}… in data/datasets.yaml, and this is sha256:{'3f' * 6}…"


def test_a_message_alone_is_held_against_the_registry() -> None:
    assert said(drafted({}, f"{SAID}- Dataset: {US}\n", REGISTERED), qg203.RULE) == [f"Dataset: {DIFFERS}"]
    undigested = "\n".join(line for line in SAID.split("\n") if "Digest" not in line)
    assert said(drafted({}, f"{undigested}- Dataset: {US}\n", REGISTERED), qg203.RULE) == []
    known = f"{SAID}- Dataset: {US}\n".replace("3f" * 32, qg203.OTHER)
    assert said(drafted({}, known, REGISTERED), qg203.RULE) == []


@pytest.mark.parametrize(
    ("path", "size", "of_dataset", "found"),
    [
        ("data/us/aapl.csv", ", size: 10", "size: 20", []),
        ("data/us/aapl.csv", ", size: 20", "size: 20", [DIFFERS]),
        ("data/us/aapl.csv", "", "size: 20", [DIFFERS]),
        ("data/us/aapl.csv", ", size: 10", "rows: 20", [DIFFERS]),
        ("data/eu/sap.csv", ", size: 10", "size: 20", [DIFFERS]),
    ],
)
def test_a_part_of_a_dataset_has_another_digest(path: str, size: str, of_dataset: str, found: list[str]) -> None:
    registry = {datasets.PATH: str(REGISTERED[datasets.PATH]).replace("as_of", f"{of_dataset}, as_of")}
    record = reading(input_of(path, size=size)) + f"  dataset: {US}\n"
    assert said(drafted({PATH: record}, before=registry), qg203.RULE) == found


# --- QG205


@pytest.mark.parametrize(("branch", "found"), [("main", [qg205.STALE]), ("data-pipeline/pages", [])])
def test_a_push_is_judged_where_it_lands(branch: str, found: list[str]) -> None:
    example = Example("", before=qg205.BEFORE, files=qg205.AFTER, branch=branch)
    assert said(examples.change(example, Stage.PUSH), qg205.RULE) == found


@pytest.mark.parametrize(
    "files",
    [
        {qg205.CODE: "LIMIT = 500\n\n\ndef page():\n    'One page.'\n"},
        {qg205.CODE: None},
        {"src/data/load.sql": "select 1\n"},
        {"src/data/new.py": ""},
    ],
)
def test_what_changes_the_data(files: Files) -> None:
    assert said(ranged(qg205.BEFORE, files), qg205.RULE) == [qg205.STALE]


@pytest.mark.parametrize(
    "path",
    [
        "src/data/tests/sample.sql", "src/data/clean_test.py", "src/data/conftest.py", "src/data/.gitignore",
        "src/data/NOTES.txt", "src/data/sample.csv", "lib/gap.py",
    ],
)  # fmt: skip
def test_what_changes_no_data(path: str) -> None:
    assert said(ranged(qg205.BEFORE, {path: "x = 1\n"}), qg205.RULE) == []


def test_text_that_is_no_docstring_counts_for_nothing_either() -> None:
    function = "def page():\n    '''One page.'''\n    'and a note'\n    return lambda: 1\n"
    before = {**qg205.BEFORE, qg205.CODE: function}
    same = "# a page\ndef page():\n    return lambda: 1\n"
    assert said(ranged(before, {qg205.CODE: same}), qg205.RULE) == []
    assert said(ranged(before, {qg205.CODE: same.replace("1", "'1'")}), qg205.RULE) == [qg205.STALE]


def test_a_folder_of_code_is_named_by_its_slash() -> None:
    own = qg205.OWN.replace("feeds/fx.py", "feeds/")
    before = {datasets.PATH: qg205.HEAD + own, "feeds/deep/fx.py": "x = 1\n"}
    (found,) = said(ranged(before, {"feeds/deep/fx.py": "x = 2\n"}), qg205.RULE)
    assert found == "the code that makes fx changed, and its version did not"


def test_a_new_version_of_another_dataset_is_not_enough() -> None:
    both = qg205.HEAD + qg205.V1 + qg205.OWN
    before = {**qg205.BEFORE, datasets.PATH: both, "feeds/fx.py": "x = 1\n"}
    files = {"feeds/fx.py": "x = 2\n", datasets.PATH: both + qg205.V2}
    assert said(ranged(before, files), qg205.RULE) == ["the code that makes fx changed, and its version did not"]


def test_many_versions_taken_out_are_named_by_the_first_three() -> None:
    entries = [qg205.V1.replace("v1", f"v{number}") for number in range(1, 6)]
    before = {datasets.PATH: qg205.HEAD + "".join(entries)}
    (found,) = said(ranged(before, {datasets.PATH: "version: 1\ndatasets: []\n"}), qg205.RULE)
    assert found == "us-equity-1h@v1, us-equity-1h@v2, us-equity-1h@v3 and 2 more: taken out of the registry"


def test_a_field_that_is_added_writes_an_entry_over_too() -> None:
    files = {datasets.PATH: qg205.HEAD + qg205.V1 + "    rows: 7\n"}
    (found,) = said(ranged(qg205.BEFORE, files), qg205.RULE)
    assert found == "us-equity-1h@v1 was written over (rows): its results name other data now"


def test_an_entry_that_only_moves_in_the_file_stays_what_it_was() -> None:
    both = {**qg205.BEFORE, datasets.PATH: qg205.HEAD + qg205.V1 + qg205.V2}
    assert said(ranged(both, {datasets.PATH: qg205.HEAD + qg205.V2 + qg205.V1}), qg205.RULE) == []


# --- QG210


def test_a_conclusion_on_a_record_of_old_is_no_new_run() -> None:
    change = drafted({PATH: f"{qg210.RECORD}conclusion: it fades\n"}, "docs: conclude", {PATH: qg210.RECORD})
    assert said(change, qg210.RULE) == []
