"""The verdict cache: it saves work and changes no verdict, whatever happens to its files."""

from __future__ import annotations

import marshal
import os
import random
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import ADVISES_PASSPORTS, BAD_PASSPORT, GOOD_PASSPORT, change_of, discover, leak, rule

from quantgov import cache as cache_module
from quantgov import engine, entrance
from quantgov.cache import Cache, engine_digest
from quantgov.change import Blob, compare
from quantgov.policy import Policy
from quantgov.rule import Failed, Finding, Rule, Scope
from quantgov.tree import MemoryTree

if TYPE_CHECKING:
    from repository import Repo

Files = dict[str, str | bytes]
POLICY = Policy({}, "a" * 40)


class Counting:
    """A rule that notes what it was asked, and finds the word BAD."""

    def __init__(self, code: str = "QG998") -> None:
        self.asked: list[str] = []
        self.rule: Rule = rule(self.check, code=code)

    def check(self, blob: Blob, policy: Policy) -> Iterator[Finding]:
        self.asked.append(blob.path)
        if b"BAD" in blob.data:
            yield Finding("bad", blob.path)

    def judge(self, files: Files, folder: Path, policy: Policy = POLICY, modes: dict[str, int] | None = None) -> object:
        """What a hook does: a cache of its own, read from the folder and left there."""
        head = MemoryTree(files, modes)
        change = change_of({})
        change.head, change.touched = head, tuple(compare(change.base, head))
        (outcome,) = engine.judge(change, [self.rule], policy, cache=Cache(str(folder)))
        return outcome.status, getattr(outcome, "judged", None)


def test_a_second_run_judges_nothing(tmp_path: Path) -> None:
    counting = Counting()
    files: Files = {"a": "1", "b": "2"}
    assert counting.judge(files, tmp_path) == ("passed", 2)
    assert counting.asked == ["a", "b"]
    assert counting.judge(files, tmp_path) == ("passed", 2)
    assert counting.asked == ["a", "b"]


def test_a_finding_is_found_again_every_time(tmp_path: Path) -> None:
    counting = Counting()
    for _ in range(3):
        assert counting.judge({"a": "BAD", "b": "2"}, tmp_path) == ("failed", 2)
    assert counting.asked.count("a") == 3
    assert counting.asked.count("b") == 1


@pytest.mark.parametrize(
    "again",
    [
        {"files": {"a": "2"}},
        {"files": {"b": "1"}},
        {"files": {"a": "1"}, "policy": Policy({}, "b" * 40)},
        {"files": {"a": "1"}, "modes": {"a": 0o100755}},
    ],
)
def test_another_content_path_policy_or_mode_is_judged(tmp_path: Path, again: dict[str, object]) -> None:
    counting = Counting()
    counting.judge({"a": "1"}, tmp_path)
    counting.judge(folder=tmp_path, **again)  # type: ignore[arg-type]  # a table of arguments
    assert len(counting.asked) == 2


def test_another_rule_is_asked(tmp_path: Path) -> None:
    Counting().judge({"a": "1"}, tmp_path)
    other = Counting("QG997")
    other.judge({"a": "1"}, tmp_path)
    assert other.asked == ["a"]
    again = Counting()
    again.judge({"a": "1"}, tmp_path)
    assert again.asked == []


def test_another_engine_judges_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    counting.judge({"a": "1"}, tmp_path)
    monkeypatch.setattr(cache_module, "engine_digest", lambda: "another")
    counting.judge({"a": "1"}, tmp_path)
    assert counting.asked == ["a", "a"]


def test_a_rule_that_could_not_judge_is_asked_again(tmp_path: Path) -> None:
    asked: list[str] = []

    def crashes(blob: Blob, policy: Policy) -> Iterator[Finding]:
        asked.append(blob.path)
        raise ValueError

    for _ in range(2):
        engine.judge(change_of({"a": "1"}), [rule(crashes)], POLICY, cache=Cache(str(tmp_path)))
    assert asked == ["a", "a"]


def test_the_cache_remembers_blob_rules_only(tmp_path: Path) -> None:
    asked: list[object] = []

    def check(subject: object, policy: Policy) -> tuple[Finding, ...]:
        asked.append(subject)
        return ()

    for _ in range(2):
        engine.judge(change_of({"a": "1"}), [rule(check, Scope.CHANGE)], POLICY, cache=Cache(str(tmp_path)))
    assert len(asked) == 2


def files_in(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def damaged(data: bytes) -> Iterator[bytes]:
    yield from (b"", b"\0", b"garbage" * 100, data[:-1], data[: len(data) // 2], data + b"x")
    drawn = random.Random(0)  # noqa: S311  # any damage will do, the same each time
    for _ in range(60):
        at = drawn.randrange(len(data))
        yield data[:at] + bytes([data[at] ^ (1 << drawn.randrange(8))]) + data[at + 1 :]


def test_damaged_files_are_only_missed(tmp_path: Path) -> None:
    counting = Counting()
    counting.judge({"a": "1"}, tmp_path)
    (written,) = files_in(tmp_path)
    whole = written.read_bytes()
    for number, data in enumerate(damaged(whole), 2):
        written.write_bytes(data)
        assert counting.judge({"a": "1"}, tmp_path) == ("passed", 1)
        assert len(counting.asked) == number, data
    assert written.read_bytes() == whole


@pytest.mark.parametrize(
    "value", [("digest",), ("digest", {}, {}), 5, None, "text", (engine_digest(), 5), (engine_digest(), None)]
)
def test_whole_files_of_another_shape_are_only_missed(tmp_path: Path, value: object) -> None:
    Cache(str(tmp_path)).keep_document("oid", {"version": 1})
    (written,) = files_in(tmp_path)
    data = marshal.dumps(value)  # type: ignore[arg-type]  # a table of values
    written.write_bytes(zlib.crc32(data, cache_module.CHECKSUM_SEED).to_bytes(4) + data)
    assert Cache(str(tmp_path)).document("oid") is None


@pytest.mark.parametrize("data", [bytes(4), bytes(4096), cache_module.CHECKSUM_SEED.to_bytes(4)])
def test_a_file_that_a_crash_left_empty_is_only_missed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "policy").write_bytes(data)
    assert Cache(str(tmp_path)).document("oid") is None


def test_a_damaged_policy_cache_is_only_missed(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": ADVISES_PASSPORTS}, "chore: set the policy")
    repo.branch("strategy/x")
    repo.stage({"strategies/a/passport.yaml": BAD_PASSPORT})
    assert repo.quantgov("hook", "pre-commit").returncode == 0
    for written in files_in(repo.path / ".git" / "quantgov"):
        data = written.read_bytes()
        for wrong in (b"", data[:-9], data[:-9] + b"x" * 9):
            written.write_bytes(wrong)
            done = repo.quantgov("hook", "pre-commit")
            assert (done.returncode, done.stderr) == (0, ""), written


def test_the_policy_is_parsed_once_and_again_when_it_changes(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    assert cache.document("oid") is None
    cache.keep_document("oid", {"version": 1})
    assert Cache(str(tmp_path)).document("oid") == {"version": 1}
    assert Cache(str(tmp_path)).document("other") is None


@pytest.mark.parametrize("obstacle", ["a file in the way", "a folder in the way"])
def test_a_cache_that_cannot_be_written_changes_nothing(tmp_path: Path, obstacle: str) -> None:
    folder = tmp_path / "quantgov"
    if obstacle == "a file in the way":
        folder.write_text("in the way")
    else:
        for name in range(256):
            (folder / "verdicts" / f"{name:02x}" / "below").mkdir(parents=True)
    counting = Counting()
    for _ in range(2):
        assert counting.judge({"a": "1"}, folder) == ("passed", 1)
    assert counting.asked == ["a", "a"]
    assert obstacle == "a folder in the way" or folder.read_text() == "in the way"


def test_a_cache_that_cannot_be_written_leaves_no_draft(tmp_path: Path) -> None:
    for name in range(256):
        (tmp_path / "verdicts" / f"{name:02x}" / "below").mkdir(parents=True)
    Counting().judge({"a": "1"}, tmp_path)
    assert files_in(tmp_path) == []


def test_verdicts_of_an_earlier_policy_make_room(tmp_path: Path) -> None:
    sizes = []
    for number in range(30):
        Counting().judge({"a": "1"}, tmp_path, Policy({}, f"{number:040x}"))
        sizes.append(sum(each.stat().st_size for each in files_in(tmp_path)))
    assert len(set(sizes)) == 1


def test_a_shard_that_grew_too_large_starts_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MAX_SHARD", 20)
    sizes = []
    for number in range(100, 195):
        Counting().judge({f"f{number}": "the same content, so the same shard"}, tmp_path)
        sizes.append(sum(each.stat().st_size for each in files_in(tmp_path)))
    assert max(sizes) == max(sizes[:20]) < 2 * min(sizes)
    (written,) = files_in(tmp_path)
    counting = Counting()
    counting.judge({"f194": "the same content, so the same shard"}, tmp_path)
    assert counting.asked == []
    assert stat.S_ISREG(written.stat().st_mode)


def test_the_engines_digest_follows_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "quantgov"
    (package / "rules").mkdir(parents=True)
    for name in ("cache.py", "rules/qg001_x.py", "notes.txt"):
        (package / name).write_text("")
    monkeypatch.setattr(cache_module, "__file__", str(package / "cache.py"))
    before = engine_digest()
    assert engine_digest() == before
    os.utime(package / "notes.txt", (1, 1))
    assert engine_digest() == before
    os.utime(package / "rules" / "qg001_x.py", (1, 1))
    after = engine_digest()
    assert after != before
    (package / "schemas").mkdir()
    (package / "schemas" / "policy.schema.json").write_text("{}")
    assert engine_digest() not in (before, after)


def test_linked_worktrees_share_one_cache(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.txt": "a\n"})
    repo.git("worktree", "add", "-q", "-b", "strategy/x", str(tmp_path / "linked"))
    assert discover(tmp_path / "linked").common_dir == discover(repo.path).common_dir


def test_a_real_second_run_reads_no_contents(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a.txt": "a\n"})
    repo.stage({"strategies/a/passport.yaml": GOOD_PASSPORT, "b.py": "x = 1\n"})

    def status(select: str) -> list[tuple[str, int]]:
        from quantgov import judging

        change = entrance.staged(discover(repo.path))
        cache = Cache(str(repo.path / ".git" / "quantgov"))
        found = judging.judgement(change, cache, select=[select]).outcomes
        assert not any(isinstance(each, Failed) for each in found)
        return [(each.status, getattr(each, "judged", -1)) for each in found]

    first = status("QG401")
    assert first == [("passed", 2)]
    monkeypatch.setattr(Blob, "data", property(lambda blob: pytest.fail("it was read")))
    assert status("QG401") == first


def test_a_key_is_found_though_another_branch_cached_the_path(repo: Repo) -> None:
    repo.commit({"a.txt": "a\n"})
    repo.branch("strategy/x")
    repo.stage({"keys.py": "KEY = None\n"})
    assert repo.quantgov("hook", "pre-commit").returncode == 0
    repo.stage({"keys.py": leak()})
    for _ in range(2):
        assert repo.quantgov("hook", "pre-commit").returncode == 1
