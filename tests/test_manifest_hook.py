"""prepare-commit-msg: the manifest of the newest record goes into the message, and no data is read for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from repository import Repo

from quantgov.hook import run
from quantgov.manifest import HEADER, TEMPLATE

PATH, OLDER = "results/gap/2026-11-20_multi_gap_v2.yaml", "results/gap/2026-11-20_multi_gap_v1.yaml"
SUBJECT = "backtest: gap v1 on a pair\n"
CALL = '#!/bin/sh\nexec "$QG" -I -m quantgov hook prepare-commit-msg "$@"\n'
Capture = pytest.CaptureFixture[str]


def record(number: int = 1, rows: int = 8, leave_out: str = "nothing") -> str:
    text = f"""\
experiment_id: exp_{number}
strategy: gap
data:
  symbol_set: {{name: SPX, count: 498, expected: 505}}
  period: {{start: 2024-01-01, end: 2024-12-31}}
  source: {{vendor: TickDB, endpoint: /v1/market/kline, interval: 1h}}
  cache: data/prices.csv
  rows: {rows}
  digest: sha256:{"3f" * 32}
run: {{time: "2026-11-20T17:40:{number:02}Z"}}
"""
    return "".join(line for line in text.splitlines(keepends=True) if leave_out not in line)


def block(rows: int = 8) -> str:
    return f"""\
Data manifest:
- Symbol set: SPX (498 of 505 tickers)
- Period: 2024-01-01 to 2024-12-31
- Source: TickDB /v1/market/kline, 1h interval
- Cache: data/prices.csv
- Rows: {rows}
- Digest: sha256:{"3f" * 32}
"""


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.commit({"README.md": "# research\n"})
    repo.branch("backtest/gap")
    return repo


def prepared(work: Repo, text: str, *more: str) -> str:
    path = work.path / ".git" / "COMMIT_EDITMSG"
    path.write_text(text)
    assert run(["prepare-commit-msg", str(path), *more]) == 0
    return path.read_text()


@pytest.mark.parametrize("source", [(), ("message",), ("template",), ("commit", "HEAD")])
def test_the_manifest_of_the_staged_record_is_put_in_and_told_of(
    work: Repo, capsys: Capture, source: tuple[str, ...]
) -> None:
    work.stage({PATH: record()})
    once = prepared(work, SUBJECT, *source)
    assert once == f"{SUBJECT}\n{block()}"
    assert capsys.readouterr().err == (
        f"quantgov: the data manifest of {PATH} was put into the message; no data was read\n"
    )
    assert prepared(work, once, *source) == once
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("subject", [SUBJECT, "feat: gap\n"])
def test_git_commit_takes_it_with_m_and_with_f_and_when_amended(work: Repo, subject: str) -> None:
    work.write(".git/hooks/prepare-commit-msg", CALL).chmod(0o755)
    work.stage({PATH: record()})
    work.git("commit", "-q", "-m", subject, QG=sys.executable)
    expected = f"{subject}\n{block()}".strip()
    assert work.out("log", "-1", "--format=%B") == expected
    work.stage({OLDER: record(2)})
    work.git("commit", "-q", "--amend", "--no-edit", QG=sys.executable)
    assert work.out("log", "-1", "--format=%B") == expected
    work.write("message", subject)
    work.stage({PATH: record(3)})
    done = work.git("commit", "-q", "-F", "message", QG=sys.executable)
    assert work.out("log", "-1", "--format=%B") == expected
    assert done.stderr.count("\n") == 1


def test_a_block_that_is_there_stays(work: Repo, capsys: Capture) -> None:
    work.stage({PATH: record()})
    text = f"{SUBJECT}\nData manifest:\n- Cache: mine\n"
    assert prepared(work, text) == text
    assert capsys.readouterr().err == ""


def test_a_template_that_nobody_filled_in_is_replaced(work: Repo) -> None:
    work.stage({PATH: record()})
    assert prepared(work, f"{SUBJECT}\n{TEMPLATE}\n\nRefs: #7\n# Please enter\n") == (
        f"{SUBJECT}\n{block()}\nRefs: #7\n# Please enter\n"
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (8, f"the data manifest of {PATH} was put into the message"),
        (7, f"the data manifest of {PATH}, the newest of 2 records on different data, was put into the message"),
    ],
)
def test_of_several_records_it_is_the_newest_s(work: Repo, capsys: Capture, rows: int, told: str) -> None:
    work.stage({PATH: record(2), OLDER: record(1, rows)})
    assert prepared(work, SUBJECT) == f"{SUBJECT}\n{block()}"
    assert capsys.readouterr().err == f"quantgov: {told}; no data was read\n"


def test_an_older_record_that_is_only_moved_is_not_meant(work: Repo) -> None:
    work.commit({OLDER: record(1, 7)})
    work.git("mv", OLDER, "results/gap/moved.yaml")
    assert TEMPLATE in prepared(work, SUBJECT)
    work.stage({PATH: record(0)})
    assert block() in prepared(work, SUBJECT)


@pytest.mark.parametrize("missing", ["cache", "data:"])
def test_a_record_that_does_not_say_all_leaves_the_template(work: Repo, capsys: Capture, missing: str) -> None:
    work.stage({PATH: record(leave_out=missing)})
    assert TEMPLATE in prepared(work, SUBJECT)
    assert capsys.readouterr().err == ""


def test_a_draft_and_a_squash_are_left_alone(work: Repo) -> None:
    work.stage({PATH: record()})
    assert prepared(work, "wip: gap\n") == "wip: gap\n"
    assert prepared(work, SUBJECT, "squash") == SUBJECT


def test_nothing_but_the_record_is_read(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    work.stage({PATH: record(), "data/prices.csv": "day,close\n"})
    (work.path / "data" / "prices.csv").unlink()
    oid = work.out("rev-parse", ":data/prices.csv")
    (work.path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    assert HEADER in prepared(work, SUBJECT)


def test_the_message_passes_the_hook_that_judges_it(work: Repo, capsys: Capture) -> None:
    work.stage({PATH: record()})
    prepared(work, SUBJECT)
    path = str(Path(work.path) / ".git" / "COMMIT_EDITMSG")
    assert run(["commit-msg", path, "--select", "QG2"]) == 0
