"""Strategy passports: which files are one, the status that counts for a path, ids, and the next free one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantgov import passport
from quantgov.tree import MemoryTree

ID = "STR-2026-0042"


@pytest.mark.parametrize("path", ["passport.yaml", "strategies/gap/passport.yaml", "attic/passport.yml"])
def test_passports(path: str) -> None:
    assert passport.is_passport(path)


@pytest.mark.parametrize("path", ["passport.yaml/notes.md", "my-passport.yaml", "strategies/gap/Passport.yaml", ""])
def test_no_passports(path: str) -> None:
    assert not passport.is_passport(path)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("strategies/gap/signals/entry.py", "production"),
        ("strategies/gap/passport.yaml", "production"),
        ("strategies/fade/params.yaml", "research"),
        ("strategies/list/params.yaml", ""),
        ("strategies/broken/params.yaml", ""),
        ("strategies/silent/params.yaml", ""),
        ("README.md", "ideation"),
        ("lib/signals.py", "ideation"),
        ("", ""),
    ],
)
def test_the_status_of_the_nearest_passport_counts(path: str, status: str) -> None:
    tree = MemoryTree(
        {
            "passport.yaml": "status: ideation\n",
            "strategies/gap/passport.yaml": 'status: "production"\n',
            "strategies/fade/passport.yml": "status: research\n",
            "strategies/list/passport.yaml": "- status: research\n",
            "strategies/broken/passport.yaml": "status: [research\n",
            "strategies/silent/passport.yaml": "name: Silent\n",
        }
    )
    assert passport.nearest_status(tree, path) == status


def test_no_status_without_a_passport() -> None:
    assert passport.nearest_status(MemoryTree({"a/b.py": ""}), "a/b.py") == ""


@pytest.mark.parametrize(
    "line",
    [
        f"strategy_id: {ID}",
        f'strategy_id: "{ID}"',
        f"strategy_id:   '{ID}'  # ours",
        f"strategy_id: {ID}\r",
        f"name: Gap\nstrategy_id: {ID}",
    ],
)
def test_an_id_is_read_without_a_parser(line: str) -> None:
    tree = MemoryTree({"strategies/gap/passport.yaml": f"{line}\nstatus: research\n"})
    assert passport.owners(tree, "strategies/") == {ID: ["strategies/gap/passport.yaml"]}


@pytest.mark.parametrize("text", [f"  strategy_id: {ID}\n", f'{{"strategy_id": "{ID}"}}\n', f"? strategy_id\n: {ID}\n"])
def test_an_id_that_only_the_parser_reads(text: str) -> None:
    tree = MemoryTree({"strategies/gap/passport.yaml": text})
    assert passport.owners(tree, "strategies/") == {ID: ["strategies/gap/passport.yaml"]}


@pytest.mark.parametrize(
    "line",
    [
        "strategy_id: STR-1",
        f"meta:\n  strategy_id: {ID}",
        f"strategy_id: {ID}0",
        f"# strategy_id: {ID}",
        f"strategy_id: [{ID}",
        "",
    ],
)
def test_no_id(line: str) -> None:
    assert passport.owners(MemoryTree({"strategies/gap/passport.yaml": line}), "strategies/") == {}


def test_owners_are_looked_for_among_the_strategies_and_at_the_paths_named() -> None:
    text = f"strategy_id: {ID}\n"
    paths = (
        "attic/passport.yaml",
        "strategies/b/passport.yml",
        "strategies/a/passport.yaml",
        "strategies/a/params.yaml",
    )
    tree = MemoryTree(dict.fromkeys(paths, text))
    assert passport.owners(tree, "strategies/") == {ID: ["strategies/a/passport.yaml", "strategies/b/passport.yml"]}
    assert passport.owners(tree, "strategies/", ["attic/passport.yaml"])[ID][0] == "attic/passport.yaml"
    assert passport.owners_of(tree, ["missing/passport.yaml"]) == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"name: Gap\nstrategy_id: {ID}\n", (2, 14)),
        (f"strategy_id: {ID}\nname: [Gap\n", (1, 1)),
        ("name: Gap\n", (1, 1)),
    ],
)
def test_where_a_value_stands(text: str, place: tuple[int, int]) -> None:
    assert passport.position(MemoryTree({"p": text}), "p", "strategy_id") == place


def test_problems_have_a_place() -> None:
    found = [(each.line, each.column) for each in passport.problems(b"strategy_id: STR-1\n")]
    assert (1, 14) in found


@pytest.mark.parametrize(
    ("taken", "following"),
    [([], "STR-2026-0001"), (["STR-2026-0001", "STR-2026-0007", "STR-2025-0044"], "STR-2026-0008")],
)
def test_the_next_free_id(taken: list[str], following: str) -> None:
    assert passport.next_free_id(ID, taken) == following


@given(numbers=st.sets(st.integers(1, 9998), max_size=5))
def test_the_next_free_id_is_above_all_that_are_taken(numbers: set[int]) -> None:
    taken = [f"STR-2026-{number:04d}" for number in numbers]
    following = passport.next_free_id(ID, taken)
    assert following not in taken
    assert all(following > each for each in taken)
