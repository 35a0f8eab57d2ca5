"""Waivers as lines: what is written, what is left as it was, and what git makes of two branches that both add some."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quantgov import documents, onboarding, policy
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.secrets import scanner
from quantgov.waivers import WAIVERS_FILE, of_data
from quantgov.waiving import HEADER, Entry, added, line_of
from quantgov.workspace import KEEP, take

if TYPE_CHECKING:
    from repository import Repo

TODAY = "2026-11-20"
MARKS = ("0123456789abcdef", "4a6f0e1122334455", "8d8c1c4636871943", "f00dfeedf00dfeed")
OTHER = "{rule: QG501, path: data/, reason: samples, owner: bob, expires: 2027-01-01}"


def entry(mark: str = MARKS[0], reason: str = "made up", expires: str = "2027-05-20") -> Entry:
    return Entry("QG301", mark, reason, "alice", expires)


def line(mark: str = MARKS[0]) -> str:
    return f'{{rule: QG301, fingerprint: {mark}, reason: "made up", owner: alice, expires: 2027-05-20}}'


def write(there: str | None, *marks: str) -> str:
    return added(there.encode() if there is not None else None, [entry(mark) for mark in marks], TODAY).decode()


# --- what is written


def test_an_entry_is_one_line() -> None:
    assert line_of(entry()) == line()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("12345678e9012345", '"12345678e9012345"'),
        ("1234567890123456", '"1234567890123456"'),
        ("0123456789abcdef-2", "0123456789abcdef-2"),
        ("0x23456789abcdef", '"0x23456789abcdef"'),
    ],
)
def test_a_fingerprint_that_looks_like_a_number_is_quoted(value: str, written: str) -> None:
    assert f"fingerprint: {written}," in line_of(entry(value))
    assert of_data(added(None, [entry(value)], TODAY))[0].fingerprint == value


@given(reason=st.text().filter(lambda text: any(char.isprintable() and not char.isspace() for char in text)))
def test_any_reason_comes_back_in_one_line(reason: str) -> None:
    data = added(None, [entry(reason=reason)], TODAY)
    assert len(data.splitlines()) == 4
    assert [each.reason for each in of_data(data)] == [
        " ".join("".join(char if char.isprintable() else " " for char in reason).split())
    ]


@pytest.mark.parametrize("owner", ["alice", "alice@fund.com", "no", "Bob B.", "007", "é"])
def test_any_owner_comes_back(owner: str) -> None:
    assert of_data(added(None, [entry()._replace(owner=owner)], TODAY))[0].owner == owner


def test_other_readers_of_yaml_take_it_for_the_same() -> None:
    (read,) = yaml.safe_load(write(None, MARKS[0]))["waivers"]
    assert (read["rule"], read["fingerprint"], read["reason"], read["owner"]) == (
        "QG301", MARKS[0], "made up", "alice",
    )  # fmt: skip
    assert str(read["expires"]) == "2027-05-20"


@pytest.mark.parametrize("there", [None, "", "\n"])
def test_a_file_that_is_not_there_gets_its_header(there: str | None) -> None:
    assert write(there, MARKS[1], MARKS[0]) == f"{HEADER}  - {line(MARKS[0])}\n  - {line(MARKS[1])}\n"


def test_nothing_new_is_nothing_written() -> None:
    data = write(None, MARKS[0])
    assert write(data, MARKS[0]) == data
    assert added(None, [], TODAY) == b""


def test_no_entry_holds_a_line_number_or_a_time() -> None:
    assert write(None, MARKS[0]) == write(None, MARKS[0])


def test_lines_are_in_order_whenever_they_come() -> None:
    one_by_one = write(write(write(None, MARKS[2]), MARKS[0]), MARKS[3], MARKS[1])
    assert one_by_one == write(None, *MARKS)
    assert [each.fingerprint for each in of_data(one_by_one.encode())] == list(MARKS)


def test_one_that_ran_out_is_no_reason_not_to_write() -> None:
    there = added(None, [entry(expires="2026-11-19")], TODAY)
    assert len(of_data(added(there, [entry()], TODAY))) == 2
    there = added(None, [entry(expires=TODAY)], TODAY)
    assert added(there, [entry()], TODAY) == there


def test_one_for_a_path_covers_less_than_the_finding() -> None:
    there = (
        f"{HEADER}  - {{rule: QG301, fingerprint: {MARKS[0]}, path: a.py, reason: x, owner: a, expires: 2027-01-01}}\n"
    )
    assert len(of_data(write(there, MARKS[0]).encode())) == 2


# --- what is left as it was

BLOCK = """\
# agreed in May
version: 1   # of the format
waivers:
  - rule: QG501   # the samples
    path: "research/**"
    reason: |
      five samples
      of the tutorial
    owner: alice
    expires: 2027-01-01
  # until the parser is rewritten
"""
KEPT = [
    BLOCK,
    BLOCK.replace("\n", "\r\n"),
    BLOCK.rstrip().removesuffix("# until the parser is rewritten").rstrip(),
    "waivers:\n- rule: QG501\n  path: a\n  reason: x\n  owner: a\n  expires: 2027-01-01\n# the end\nversion: 1\n",
    f"version: 1\nwaivers:\n    -   {OTHER}  # first\n    # between\n    - {line('5555555555555abc')}\n# end\n",
    f"version: 1\nwaivers:\n  - {line('000000000000abcd')}\n  - {OTHER}",
    f"\n---\nversion: 1\n\nwaivers:\n\n  - {OTHER}\n\n  - {OTHER.replace('data', 'date')}\n\n\n",
    f"version: 1\nwaivers: [{OTHER}]   # all\n",
    f"version: 1\nwaivers: [\n  {OTHER},\n  {OTHER.replace('data', 'date')},  # two\n]\n",
    f"{{version: 1, waivers: [{OTHER}]}}\n",
    "version: 1\nwaivers:\n",
    "version: 1\nwaivers:   # none yet",
    "waivers: []  # none yet\nversion: 1\n",
    "version: 1\nwaivers: []",
    "version: 1\nwaivers: [\n]\n",
    "{version: 1, waivers: []}\n",
    "# nothing but this\n",
    "# é 😀\nversion: 1\nwaivers:\n  - {rule: QG501, path: é😀, reason: x, owner: a, expires: 2027-01-01}\n",
]


@pytest.mark.parametrize("there", KEPT)
def test_every_form_keeps_each_byte_and_gains_the_lines(there: str) -> None:
    after = write(there, *MARKS)
    before = [each.identity for each in of_data(there.encode())]
    now = [each.identity for each in of_data(after.encode())]
    assert sorted(now) == sorted([*before, *(of_data(write(None, mark).encode())[0].identity for mark in MARKS)])
    rest = after
    for mark in MARKS:
        assert rest.count(line(mark)) == 1
        rest = rest.replace(line(mark), "")
    kept = iter(rest)
    assert all(char in kept for char in there.replace("[]", "").replace("[\n]", "")), "in its order, nothing is missing"
    assert after.count("\r\n") in (0, after.count("\n"))
    assert write(after, *MARKS) == after


def test_comments_and_entries_of_ones_own_stay_where_they_are() -> None:
    after = write(BLOCK, MARKS[0])
    assert after.splitlines()[:10] == BLOCK.splitlines()[:10]
    assert after.splitlines()[10:] == [f"  - {line()}", "  # until the parser is rewritten"]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("version: 1\nwaivers: [\n", "cannot be read: this is not YAML"),
        ("version: 1\nwaivers: yes\n", "cannot be read"),
        ("version: 1\n", "has no list `waivers`"),
        ("- a\n", "has no list `waivers`"),
        ("version: 1\nwaivers:\n  - {rule: QG301}\n", r"waivers\[0\]"),
        ("version: 2\nwaivers:\n", "version is 2"),
        ("version: 1\nwaivers: {}\n", "waivers"),
        (
            "version: 1\nwaivers:\n  - rule: QG301\n    path: a.py\n    owner: alice\n    expires: 2099-01-01\n"
            "    reason: |\n      a line that ends with the file",
            "as it is written",
        ),
    ],
)
def test_what_cannot_be_put_into_is_refused(there: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        write(there, MARKS[0])


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UsageError, match="UTF-8"):
        added(b"version: 1\nwaivers: []  # \xff\n", [entry()], TODAY)


# --- two branches


@pytest.fixture
def merging(repo: Repo) -> Repo:
    take([onboarding.merging(str(repo.path))])
    repo.git("add", ".gitattributes")
    return repo


def both_add(repo: Repo, there: str | None, ours: tuple[str, ...], theirs: tuple[str, ...]) -> bytes:
    """The file after one branch has added some waivers, another some others, and git has merged them."""
    repo.commit({WAIVERS_FILE: there} if there is not None else {"a.md": "x\n"})
    for name, marks in (("theirs", theirs), ("ours", ours)):
        repo.git("switch", "-q", "-c", name, "main")
        repo.commit({WAIVERS_FILE: write(there, *marks)})
    repo.git("merge", "-q", "--no-edit", "theirs")
    assert repo.out("status", "--porcelain") == ""
    return (repo.path / WAIVERS_FILE).read_bytes()


@pytest.mark.parametrize("there", [None, HEADER, f"{HEADER}  - {line('50000000000000ab')}\n", BLOCK, KEPT[3]])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (MARKS[:1], MARKS[1:2]),
        (MARKS[1:2], MARKS[:1]),
        (MARKS[::2], MARKS[1::2]),
        (MARKS[:2], MARKS[2:]),
        (MARKS[:3], MARKS[1:]),
        (MARKS, MARKS),
    ],
)
def test_git_merges_what_both_branches_add(
    merging: Repo, there: str | None, ours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    merged = both_add(merging, there, ours, theirs)
    assert documents.faults(merged, "waivers") == []
    kept = {each.identity for each in of_data((there or HEADER).encode())}
    assert {each.fingerprint for each in of_data(merged)} >= {*ours, *theirs}
    assert {each.identity for each in of_data(merged)} >= kept


def test_without_the_attribute_the_same_branches_conflict(repo: Repo) -> None:
    with pytest.raises(AssertionError, match="CONFLICT"):
        both_add(repo, HEADER, MARKS[:1], MARKS[1:2])


def test_a_line_that_a_merge_left_twice_is_taken() -> None:
    twice = f"{HEADER}  - {line()}\n  - {line()}\n"
    assert documents.faults(twice.encode(), "waivers") == []
    assert [each.fingerprint for each in of_data(twice.encode())] == [MARKS[0], MARKS[0]]
    assert len(of_data(write(twice, MARKS[1]).encode())) == 3


def test_the_attribute_is_written_once_and_leaves_the_rest(repo: Repo) -> None:
    repo.write(".gitattributes", "*.csv text\n")
    take([onboarding.merging(str(repo.path))])
    assert repo.out("check-attr", "merge", WAIVERS_FILE).endswith("merge: union")
    assert (repo.path / ".gitattributes").read_text().startswith("*.csv text\n")
    assert onboarding.merging(str(repo.path)).verb == KEEP


@pytest.mark.parametrize("mine", [f"{WAIVERS_FILE} merge=binary\n", "governance/* merge=union\n"])
def test_what_somebody_decided_about_merging_stands(repo: Repo, mine: str) -> None:
    repo.write(".gitattributes", mine)
    assert onboarding.merging(str(repo.path)).verb == KEEP


# --- what init writes


def test_init_writes_the_attribute_and_a_salt_of_its_own(repo: Repo) -> None:
    take(onboarding.plan(Repository.discover()).steps)
    assert repo.out("check-attr", "merge", WAIVERS_FILE).endswith("merge: union")
    first = policy.load((repo.path / "quantgov.yaml").read_bytes()).salt
    (repo.path / "quantgov.yaml").unlink()
    take(onboarding.plan(Repository.discover()).steps)
    second = policy.load((repo.path / "quantgov.yaml").read_bytes()).salt
    assert len(first) == len(second) == 32
    assert first != second


@pytest.mark.parametrize(
    "form", ['secrets:\n  salt: "{}"\n', "secrets: {{salt: {}}}\n", "secrets:\n  salt: {}  # key\n"]
)
def test_a_salt_is_no_secret(form: str) -> None:
    for size in (8, 16, 32):
        for _ in range(20):
            assert scanner.scan(form.format(secrets.token_hex(size)).encode(), "quantgov.yaml") == []
