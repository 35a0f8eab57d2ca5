"""Every row of the detectors' tables finds what its vendor issues, and is missed once it is gone."""

from __future__ import annotations

import pytest
from samples import Sample, samples

from quantgov.secrets import families
from quantgov.secrets.detector import Detector
from quantgov.secrets.scanner import scan

ROWS = [
    (family, number, row)
    for family in families.FAMILIES
    for number, row in enumerate(families.rows(family))
    if isinstance(row, Detector)
]


def found(sample: Sample, seed: int = 0) -> list[tuple[str, str]]:
    text, _ = sample.made_up(seed)
    hits = scan(f"first line\n{text}\n# the end\n".encode(), sample.path)
    return [(hit.detector, hit.secret.decode().strip()) for hit in hits]


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: f"{sample.detector}-{sample.text[:30]!r}")
def test_what_a_vendor_issues_is_found_by_its_name(sample: Sample) -> None:
    for seed in range(5):
        assert found(sample, seed) == [(sample.detector, sample.made_up(seed)[1])], seed


def test_every_detector_has_a_sample() -> None:
    assert {row.name for _, _, row in ROWS} == {sample.detector for sample in samples()}


@pytest.mark.parametrize(("family", "number", "row"), ROWS, ids=[f"{row.name}-{n}" for _, n, row in ROWS])
def test_a_row_that_is_gone_is_missed(family: str, number: int, row: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Detector(row.name, row.title, row.anchors, rb"(?P<secret>(?!))")
    kept = families.rows

    def without(wanted: str) -> tuple[object, ...]:
        rows = kept(wanted)
        return (*rows[:number], gone, *rows[number + 1 :]) if wanted == family else rows

    of_row = [sample for sample in samples() if sample.detector == row.name]
    before = [found(sample) for sample in of_row]
    monkeypatch.setattr("quantgov.secrets.confirm.rows", without)
    assert before != [found(sample) for sample in of_row]
