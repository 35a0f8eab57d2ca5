"""What `quantgov secrets scan` asks for, searched in this process: files, changes and what stands behind pointers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from core_builders import leak
from repository import Repo

from quantgov import scanning, searching
from quantgov.errors import UsageError
from quantgov.rule import Failed
from quantgov.scanning import Request
from quantgov.secrets import prefilter
from quantgov.secrets.scanner import scan
from quantgov.verdict import Verdict


def nothing(done: int, total: int) -> None:
    assert done <= total


def search(
    *paths: str, staged: bool = False, commits: str | None = None, history: bool = False, lfs: bool = False
) -> Verdict:
    return scanning.search(Request(paths, staged=staged, commits=commits, history=history, lfs=lfs), nothing)


def places(verdict: Verdict) -> list[tuple[str, int]]:
    return [
        (ruling.finding.path, ruling.finding.line)
        for outcome in verdict.outcomes
        if isinstance(outcome, Failed)
        for ruling in outcome.rulings
    ]


def unsearched(verdict: Verdict) -> list[tuple[str, str]]:
    return [
        (each.path, each.reason)
        for outcome in verdict.outcomes
        if isinstance(outcome, Failed)
        for each in outcome.unjudged
    ]


def test_files_where_there_is_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x/.git").mkdir(parents=True)
    (tmp_path / "x/.git/config").write_text(leak(1))
    (tmp_path / "x/a.py").write_text(leak(2))
    (tmp_path / "b.py").write_text("1\n" + leak(3))
    assert places(search()) == [("b.py", 2), ("x/a.py", 1)]
    assert places(search("x")) == places(search("./x/a.py")) == [("x/a.py", 1)]
    with pytest.raises(UsageError, match=r"there is no c\.py here"):
        search("c.py")
    with pytest.raises(UsageError, match="not in a Git repository"):
        search(staged=True)
    with pytest.raises(UsageError, match="not in a Git repository"):
        search(history=True)


def test_what_is_staged_and_what_a_range_brings(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    repo.commit({"b.py": leak(1)})
    repo.stage({"c.py": leak(2)})
    repo.write("c.py", "1\n")
    assert places(search(staged=True)) == [("c.py", 1)]
    assert places(search(commits="HEAD~1..HEAD")) == [("b.py", 1)]
    assert places(search(history=True)) == [("b.py", 1)]
    assert places(search()) == [("b.py", 1)]


def test_requests_that_contradict_themselves_or_mean_nothing_here(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.py": "1\n"})
    with pytest.raises(UsageError, match="exclude each other"):
        search("a.py", staged=True)
    with pytest.raises(UsageError, match=r"there is no b\.py here"):
        search("b.py")
    with pytest.raises(UsageError, match="outside of this repository"):
        search(os.fspath(tmp_path))
    subprocess.run(["git", "clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare")], check=True)
    monkeypatch.chdir(tmp_path / "bare")
    with pytest.raises(UsageError, match="bare repository"):
        search()


def test_contents_behind_pointers_as_far_as_they_were_fetched(repo: Repo) -> None:
    fetched, missing = "ab" * 32, "cd" * 32
    place = repo.path / ".git/lfs/objects/ab/ab" / fetched
    place.parent.mkdir(parents=True)
    place.write_text(leak())
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 42\n"
    repo.stage({"here.csv": pointer.format(fetched), "gone.csv": pointer.format(missing), "a.py": "1\n"})
    assert places(search(staged=True)) == []
    verdict = search(staged=True, lfs=True)
    assert places(verdict) == [("here.csv", 1)]
    assert unsearched(verdict) == [("gone.csv", searching.NOT_HERE)]


def test_many_files_find_what_few_do(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a.py": "1\n" + leak(1), "b.py": leak(2)})
    few = places(search())
    monkeypatch.setattr(searching, "MANY", 2)
    prefilter.large.cache_clear()
    assert places(search()) == few == [("a.py", 2), ("b.py", 1)]
    assert prefilter.large.cache_info().currsize == 1


def test_where_hyperscan_is_not_installed_large_contents_are_searched_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    large = b"x = 1\n" * (prefilter.MANY // 6 + 1) + leak().encode()
    prefilter.large.cache_clear()
    with monkeypatch.context() as without:
        without.delattr("quantgov.secrets.multi", raising=False)
        without.setitem(sys.modules, "quantgov.secrets.multi", None)
        assert prefilter.engine_for(len(large)) is prefilter.MEDIUM
        assert [hit.detector for hit in scan(large)] == ["tickdb-api-key"]
    prefilter.large.cache_clear()
    assert prefilter.engine_for(len(large)) is prefilter.large()


@pytest.mark.parametrize("output", ["", "-", "report.txt"])
def test_a_report_is_printed_or_written(repo: Repo, capsys: pytest.CaptureFixture[str], output: str) -> None:
    repo.commit({"a.py": leak()})
    assert scanning.run(Request(output=output), nothing) == 1
    printed = capsys.readouterr().out
    written = (repo.path / "report.txt").read_text() if output == "report.txt" else printed
    assert "QG301 a.py:1:12" in written
    assert (printed == "") is (output == "report.txt")
