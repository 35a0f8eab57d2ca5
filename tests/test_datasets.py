"""The registry of datasets: what is read from it, and what is wrong with one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantgov import datasets
from quantgov.tree import MemoryTree

V1 = f"""\
  - name: us-equity-1h
    version: v1
    source: /v1/market/kline
    source_type: api
    path: data/us-equity-1h/v1/
    sha256: {"3f" * 32}
    as_of: 2025-01-02
"""
FULL = f"""\
  - name: us-equity-1h
    version: v2
    namespace: tickdb
    source: /v1/market/kline
    source_type: api
    path: data/us-equity-1h/v2.csv
    sha256: {"4f" * 32}
    size: 99
    rows: 7
    symbols: 505
    interval: 1h
    timestamp_convention: utc-ms
    as_of: 2025-01-02T09:30:00Z
    schema:
      columns:
        - {{name: close, type: Float64}}
    code: [src/data/**]
"""
HEAD = "version: 1\ndatasets:\n"


def registry(*entries: str) -> bytes:
    return (HEAD + "".join(entries)).encode()


def problems(data: bytes) -> list[tuple[str, int, int]]:
    return [(each.message, each.line, each.column) for each in datasets.problems(data)]


def test_what_an_entry_says() -> None:
    one, other = datasets.of(MemoryTree({datasets.PATH: registry(V1, FULL)}))
    assert (one.id, one.digest, one.size, one.code, one.line) == ("us-equity-1h@v1", f"sha256:{'3f' * 32}", None, (), 3)
    assert (other.id, other.path, other.size, other.code) == (
        "us-equity-1h@v2",
        "data/us-equity-1h/v2.csv",
        99,
        ("src/data/**",),
    )
    assert other.line == 10


@pytest.mark.parametrize(
    "data", [b"", b"datasets: [\n", b"- x\n", b"version: 1\ndatasets: {}\n", registry(V1.replace("as_of", "asof"))]
)
def test_a_registry_that_cannot_be_used_names_nothing(data: bytes) -> None:
    assert datasets.of(MemoryTree({datasets.PATH: data})) == []
    assert problems(data)


def test_no_registry_names_nothing() -> None:
    assert datasets.of(MemoryTree({})) == []


def test_a_registry_may_be_empty() -> None:
    assert problems(b"version: 1\ndatasets: []\n") == []


def test_a_snapshot_is_found_by_its_name_and_by_its_bytes() -> None:
    same = V1.replace("v1", "v3")
    known = datasets.of_data(registry(V1, FULL, same))
    named = datasets.named(known, "us-equity-1h@v2")
    assert named is known[1]
    assert datasets.named(known, "us-equity-1h") is None
    assert datasets.matching(known, f"sha256:{'3f' * 32}") is known[2]
    assert datasets.matching(known, f"sha256:{'5f' * 32}") is None


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("data/us-equity-1h/v1/aapl.csv", True),
        ("data/us-equity-1h/v1", False),
        ("data/us-equity-1h/v10/aapl.csv", False),
        ("data/us-equity-1h", False),
    ],
)
def test_what_a_folder_holds(path: str, held: bool) -> None:
    (one,) = datasets.of_data(registry(V1))
    assert one.holds(path) is held


def test_one_version_has_one_entry() -> None:
    twice = "us-equity-1h@v1 is here twice, first on line 3"
    assert problems(registry(V1, FULL, V1, V1)) == [(twice, 27, 5), (twice, 34, 5)]


def test_an_entry_without_a_name_is_told_of_once() -> None:
    nameless = V1.replace("name: us-equity-1h\n    ", "")
    assert problems(registry(nameless, nameless)) == [
        ("datasets[0].name is missing", 3, 5),
        ("datasets[1].name is missing", 9, 5),
    ]


def test_entries_that_are_no_mappings_are_the_schema_s_to_tell() -> None:
    assert problems(b"version: 1\ndatasets: [gap]\n")


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"dataset": "us-equity-1h@v1", "digest": f"sha256:{'3f' * 32}"}, ""),
        ({"dataset": "us-equity-1h@v1"}, ""),
        (
            {"dataset": "us-equity-1h@v1", "digest": f"sha256:{'4f' * 32}"},
            f"us-equity-1h@v1 is sha256:{'3f' * 6}… in data/datasets.yaml, and this is sha256:{'4f' * 6}…",
        ),
        (
            {"dataset": "us-equity-1h@v9"},
            "us-equity-1h@v9 is not in data/datasets.yaml; did you mean 'us-equity-1h@v1'?",
        ),
        ({"dataset": "fx@v1"}, "fx@v1 is not in data/datasets.yaml"),
    ],
)
def test_a_manifest_beside_the_registry(facts: dict[str, object], fault: str) -> None:
    assert datasets.fault(datasets.of_data(registry(V1)), facts) == fault


@given(data=st.text(alphabet="version: 1\n-datsenm[]{}'\"#", max_size=80))
def test_no_text_breaks_the_reader(data: str) -> None:
    datasets.of_data(data.encode())
    datasets.problems(data.encode())
