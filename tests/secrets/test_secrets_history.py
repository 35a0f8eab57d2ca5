"""`quantgov secrets scan --history`: everything that git holds is searched, once, and told with where it came from."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from core_builders import key, leak
from made_up_secrets import body
from repository import Repo

from quantgov import rules
from quantgov.change import Blob
from quantgov.errors import CannotJudge
from quantgov.git import Repository
from quantgov.history_search import Past
from quantgov.rule import Failed, Finding
from quantgov.secrets import history
from quantgov.secrets.history import Extent
from quantgov.tally import without_secrets
from quantgov.verdict import Verdict


def nothing(done: int, total: int) -> None:
    assert done <= total


def searched(*, cached: bool = True, lfs: bool = False, **extent: bool) -> Verdict:
    return Past(Repository.discover(), Extent(**extent), cached=cached).verdict(nothing, behind_pointers=lfs)


def findings(verdict: Verdict) -> list[Finding]:
    return [ruling.finding for outcome in verdict.outcomes if isinstance(outcome, Failed) for ruling in outcome.rulings]


def shown(seed: int = 0) -> str:
    return f"TickDB API key {key(seed)[:11]}… ({len(key(seed))} characters)"


def places(verdict: Verdict) -> list[tuple[str, int, str]]:
    return [(each.path, each.line, each.commit) for each in findings(verdict)]


def test_what_was_added_and_deleted_again_is_found_with_its_origin(repo: Repo) -> None:
    repo.commit({"a.py": "import os\n"})
    first = repo.commit({"src/feed.py": "x = 1\n" + leak()}, "feat: add", "--author", "Bob <bob@fund.com>")
    repo.commit({"src/feed.py": "import os\n"})
    verdict = searched()
    (finding,) = findings(verdict)
    assert (finding.path, finding.line, finding.column, finding.commit) == ("src/feed.py", 2, 12, first)
    assert finding.message == shown()
    assert finding.origin
    assert (finding.origin.author, finding.origin.commit) == ("Bob <bob@fund.com>", first)
    assert not finding.origin.pushed
    assert finding.help.startswith("quantgov secrets respond ")
    assert verdict.exit_code == 1


def test_a_secret_that_only_a_merge_commit_held(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    repo.branch("side")
    repo.commit({"b.py": "1\n"})
    repo.git("switch", "-q", "main")
    repo.commit({"c.py": "1\n"})
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    merge = repo.commit({"c.py": leak()}, "Merge branch side")
    repo.commit({"c.py": "2\n"})
    assert places(searched()) == [("c.py", 1, merge)]


def test_one_secret_in_many_versions_is_told_once_by_the_oldest(repo: Repo) -> None:
    first = repo.commit({"a.py": leak()})
    for number in range(5):
        repo.commit({"a.py": f"n = {number}\n" + leak()})
    assert places(searched()) == [("a.py", 1, first)]


def test_the_same_secret_at_two_places_and_twice_in_a_file_is_told_of_each(repo: Repo) -> None:
    first = repo.commit({"a.py": leak() + leak(), "b.py": leak()})
    assert places(searched()) == [("a.py", 1, first), ("a.py", 2, first), ("b.py", 1, first)]
    assert len({each.identity for each in findings(searched())}) == 1


def test_a_remote_branch_that_still_reaches_it_is_told(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": leak()}, f"docs: {key(2)}")
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "server")], check=True)
    repo.git("remote", "add", "origin", str(tmp_path / "server"))
    assert [each.origin.pushed for each in findings(searched()) if each.origin] == [False, False]
    repo.git("push", "-q", "origin", "main")
    found = findings(searched())
    assert [each.origin.pushed for each in found if each.origin] == [True, True]
    assert "a remote branch still reaches it" in str(found[0].origin)


def test_stashes_are_history_the_older_ones_as_well(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    for seed in (1, 2):
        repo.write("a.py", leak(seed))
        repo.git("stash", "-q")
    assert {each.message for each in findings(searched())} == {shown(1), shown(2)}


def test_reflogs_and_unreachable_objects_are_searched_where_asked(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    repo.commit({"a.py": leak(1)})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("hash-object", "-w", "--stdin-paths", check=False)
    loose = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], input=leak(2).encode(), capture_output=True, check=True
    ).stdout.decode()
    assert findings(searched()) == []
    assert [each.message for each in findings(searched(reflog=True))] == [shown(1)]
    found = findings(searched(unreachable=True))
    assert {each.message for each in found} == {shown(1), shown(2)}
    assert f"(unreachable object {loose[:10]})" in {each.path for each in found}
    assert findings(searched()) == []


def test_messages_authors_tags_and_names_are_searched(repo: Repo) -> None:
    message = repo.commit({"a.py": "1\n"}, f"docs: note\n\nuse {key(1)} now")
    author = repo.commit({"a.py": "2\n"}, "docs: note", "--author", f"{key(2)} <a@fund.com>")
    repo.git("tag", "-a", "v1", "-m", f"with {key(3)}")
    repo.git("tag", "-a", "v2", "-m", f"of a tag {key(4)}", "v1")
    repo.git("branch", f"strategy/{key(5)}")
    repo.git("tag", "-d", "v1")  # still reached, through v2
    found = {each.message.split(") in ", 1)[1]: each for each in findings(searched())}
    branch = f"the name of refs/heads/strategy/{shown(5).removeprefix('TickDB API key ')}"
    assert set(found) == {
        "the commit message", "the author or another header", "the tag's message", branch
    }  # fmt: skip
    assert len(findings(searched())) == 5
    assert (found["the commit message"].commit, found["the commit message"].line) == (message, 3)
    assert found["the author or another header"].commit == author
    tag = found["the tag's message"].origin
    assert tag
    assert tag.author == "Alice <alice@fund.com>"


def test_a_tag_of_a_single_file_has_no_commit(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    oid = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], input=leak().encode(), capture_output=True, check=True
    ).stdout.decode()
    repo.git("tag", "key", oid.strip())
    (finding,) = findings(searched())
    assert (finding.path, finding.commit, finding.origin) == (f"(unreachable object {oid[:10]})", "", None)


def test_names_with_newlines_spaces_and_foreign_bytes(repo: Repo) -> None:
    repo.commit({"a b é.py": leak(1)})
    os.rename(repo.write("plain.py", leak(2)), os.fsencode(repo.path) + b"/caf\xe9.py")
    repo.git("add", "-A")
    repo.commit()
    assert {each.path for each in findings(searched())} == {"a b é.py", "caf\udce9.py"}


def test_the_second_search_reads_nothing_until_something_moves(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a.py": leak(1), "b.txt": "b\n"}, f"docs: {key(3)}")
    first = searched()
    streamed: list[str] = []
    real = history.stream

    def spy(of: Repository, oids: list[str]) -> object:
        streamed.extend(oids)
        return real(of, oids)

    monkeypatch.setattr(history, "stream", spy)
    again = searched()
    assert streamed == []
    assert [vars_of(each) for each in findings(again)] == [vars_of(each) for each in findings(first)]
    repo.commit({"b.txt": "c\n" + leak(2)})
    assert len(findings(searched())) == 3
    assert len(streamed) == 2  # the commit and the file
    streamed.clear()
    assert len(findings(searched(cached=False))) == 3
    assert len(streamed) == 5


def vars_of(finding: Finding) -> dict[str, object]:
    plain = {name: getattr(finding, name) for name in Finding.__slots__ if name != "origin"}
    return {**plain, "origin": str(finding.origin)}


def test_a_branch_that_is_gone_takes_its_findings_with_it(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    repo.branch("side")
    repo.commit({"a.py": leak()})
    repo.git("switch", "-q", "main")
    assert len(findings(searched())) == 1
    repo.git("branch", "-q", "-D", "side")
    assert findings(searched()) == []


@pytest.mark.parametrize("damage", ["cut", "zeros", "text", "readonly", "folder"])
def test_a_damaged_cache_changes_no_verdict(repo: Repo, damage: str) -> None:
    repo.commit({"a.py": leak()})
    searched()
    kept = sorted((repo.path / ".git/quantgov/secrets").iterdir())
    assert {each.name for each in kept} == {"verdicts", "history"}
    for each in kept:
        if damage == "cut":
            each.write_bytes(each.read_bytes()[:-7])
        elif damage == "zeros":
            each.write_bytes(b"\0" * 400)
        elif damage == "text":
            each.write_text("nonsense")
        elif damage == "folder":
            each.unlink()
            each.mkdir()
        else:
            each.unlink()
    folder = repo.path / ".git/quantgov/secrets"
    mode = folder.stat().st_mode
    if damage == "readonly":
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert len(findings(searched())) == 1
    finally:
        folder.chmod(mode)


def test_another_policy_is_another_search(repo: Repo) -> None:
    repo.commit({"a.py": leak(), "big.txt": "x" * 100 + leak(2)})
    assert len(findings(searched())) == 2
    repo.commit({"quantgov.yaml": "version: 1\nsecrets: {max_size: 60}\n"})
    verdict = searched()
    assert [each.path for each in findings(verdict)] == ["a.py"]
    assert [each.path for _, each in verdict.unjudged()] == ["big.txt"]


def test_a_waiver_by_fingerprint_holds_wherever_the_secret_went(repo: Repo) -> None:
    repo.commit({"a.py": leak()})
    ruling, *_ = (each for outcome in searched().outcomes if isinstance(outcome, Failed) for each in outcome.rulings)
    waiver = f"{{rule: QG301, fingerprint: {ruling.fingerprint}, reason: made up, owner: alice, expires: 2027-01-01}}"
    repo.git("mv", "a.py", "b.py")
    repo.commit({"governance/waivers.yaml": f"version: 1\nwaivers:\n  - {waiver}\n", "c.py": "  " + leak()})
    verdict = searched()
    assert [each.path for each in findings(verdict)] == ["a.py", "c.py"]
    assert verdict.exit_code == 0
    repo.commit({"c.py": leak(7)})
    assert [ruling.finding.message for ruling in searched().blocking] == [shown(7)]


def test_a_shallow_clone_says_what_it_cannot_see(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a.py": leak()})
    repo.commit({"a.py": "1\n"})
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone")], check=True)
    monkeypatch.chdir(tmp_path / "clone")
    verdict = searched()
    assert findings(verdict) == []
    assert [each.reason for _, each in verdict.unjudged()] == [
        "this is a shallow clone: what is older than its first commits is not here (git fetch --unshallow)"
    ]


def test_a_missing_object_ends_the_search(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    oid = repo.out("rev-parse", "HEAD:a.py")
    path = repo.path / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    path.unlink()
    with pytest.raises(CannotJudge):
        searched()
    done = repo.quantgov("secrets", "scan", "--history")
    assert done.returncode == 3
    assert "fix:" in done.stderr or "could not answer" in done.stderr


def test_a_partial_clone_does_not_pass_for_searched(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.py": leak()})
    repo.commit({"a.py": "1\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--filter=blob:none", f"file://{repo.path}", str(clone)], check=True)
    monkeypatch.chdir(clone)
    with pytest.raises(CannotJudge):
        searched()


def test_an_unborn_repository_and_a_bare_one(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(searched()) == []
    first = repo.commit({"a.py": leak()})
    subprocess.run(["git", "clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare")], check=True)
    monkeypatch.chdir(tmp_path / "bare")
    assert places(searched()) == [("a.py", 1, first)]


def test_a_sha256_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", "--object-format=sha256", str(tmp_path / "new")], check=True)
    monkeypatch.chdir(tmp_path / "new")
    first = Repo(tmp_path / "new").commit({"a.py": leak()})
    assert len(first) == 64
    assert places(searched()) == [("a.py", 1, first)]


def test_large_contents_stream_and_what_is_too_large_is_said(repo: Repo) -> None:
    large = b"x = 1\n" * 900_000
    first = repo.commit({"large.txt": large + leak().encode(), "small.txt": "1\n" + leak(2)})
    assert places(searched()) == [("large.txt", 900_001, first), ("small.txt", 2, first)]
    repo.commit({"quantgov.yaml": "version: 1\nsecrets: {max_size: 1 MiB}\n"})
    verdict = searched()
    assert places(verdict) == [("small.txt", 2, first)]
    assert [(each.path, each.loud) for _, each in verdict.unjudged()] == [("large.txt", True)]


def test_contents_behind_lfs_pointers_are_searched_where_asked(repo: Repo) -> None:
    content = leak().encode()
    digests = {"here.csv": body(64, "0123456789abcdef", 1), "away.csv": body(64, "0123456789abcdef", 2)}
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 40\n"
    repo.commit({path: pointer.format(digest) for path, digest in digests.items()})
    stored = digests["here.csv"]
    place = repo.path / ".git/lfs/objects" / stored[:2] / stored[2:4] / stored
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    assert findings(searched()) == []
    verdict = searched(lfs=True)
    assert [(each.path, each.message) for each in findings(verdict)] == [("here.csv", shown())]
    assert [each.path for _, each in verdict.unjudged()] == ["away.csv"]


def test_an_inline_waiver_of_an_old_version_counts_for_that_version(repo: Repo) -> None:
    waived = leak().rstrip() + "  # quantgov: ignore[QG301] made up for a test\n"
    repo.commit({"a.py": waived})
    (ruling,) = (each for outcome in searched().outcomes if isinstance(outcome, Failed) for each in outcome.rulings)
    assert ruling.waived == "made up for a test"
    assert key().encode() not in b"".join(
        path.read_bytes() for path in (repo.path / ".git/quantgov").rglob("*") if path.is_file()
    )


def test_a_crash_is_no_clean_verdict_and_is_not_kept(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a.py": leak()})

    def crash(*_: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as broken:
        broken.setattr(rules.find("QG301")[0], "check", crash)
        assert searched().exit_code == 3
    assert searched().exit_code == 1


@pytest.mark.parametrize(
    ("header", "author"),
    [
        (b"tree 1\nauthor A B <a@b> 1700000000 +0100", ("A B <a@b>", "2023-11-14")),
        (b"object 1\ntagger C <c@d> 0 +0000", ("C <c@d>", "1970-01-01")),
        (b"tree 1\nauthor broken", ("broken <>", "")),
        (b"object 1", ("? <>", "1970-01-01")),
    ],
)
def test_authors_of_commits_and_tags(header: bytes, author: tuple[str, str]) -> None:
    assert history.parse_author(header) == author


def test_a_copied_repository_brings_its_cache_along(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a.py": leak()})
    before = findings(searched())
    shutil.copytree(repo.path, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert [each.identity for each in findings(searched())] == [each.identity for each in before]


def loose(text: str) -> str:
    """The name of a content that is stored and that nothing reaches."""
    done = subprocess.run(["git", "hash-object", "-w", "--stdin"], input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_what_nothing_reaches_is_looked_for_anew_though_no_ref_moved(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    assert findings(searched(unreachable=True)) == []
    oid = loose(leak())
    assert [each.path for each in findings(searched(unreachable=True))] == [f"(unreachable object {oid[:10]})"]


def test_what_a_shallow_clone_fetches_later_is_searched_though_no_ref_moved(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repo.commit({"a.py": leak()})
    repo.commit({"a.py": "1\n"})
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone")], check=True)
    monkeypatch.chdir(tmp_path / "clone")
    assert places(searched()) == []
    subprocess.run(["git", "fetch", "-q", "--unshallow"], check=True)
    verdict = searched()
    assert places(verdict) == [("a.py", 1, first)]
    assert list(verdict.unjudged()) == []


def test_a_head_of_another_worktree_that_is_on_no_branch(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": "1\n"})
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "other"))
    commit = Repo(tmp_path / "other").commit({"b.py": leak()})
    assert places(searched()) == [("b.py", 1, commit)]


@pytest.mark.parametrize("told", ["1" * 40, "nonsense", ""])
@pytest.mark.parametrize("ref", ["refs/heads/abroad", "refs/heads/main"])
def test_a_broken_ref_ends_the_search(repo: Repo, ref: str, told: str) -> None:
    repo.commit({"a.py": leak()})
    (repo.path / ".git" / ref).write_text(f"{told}\n")
    with pytest.raises(CannotJudge):
        searched()


def test_a_link_to_a_branch_that_is_gone_is_no_broken_ref(repo: Repo) -> None:
    first = repo.commit({"a.py": leak()})
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    assert places(searched()) == [("a.py", 1, first)]


def test_a_tagged_file_where_there_is_no_commit_at_all(repo: Repo) -> None:
    oid = loose(leak())
    repo.git("tag", "key", oid)
    (finding,) = findings(searched())
    assert (finding.path, finding.origin) == (f"(unreachable object {oid[:10]})", None)


def test_origins_with_separators_in_names_and_authors(repo: Repo) -> None:
    path = "n\nl\tr\x1eu\x1f:.py"
    first = repo.commit({path: leak()}, "feat: add", "--author", "A\x1fB\x1eC <a@b.c>")
    (finding,) = findings(searched())
    assert (finding.path, finding.commit) == (path, first)
    assert finding.origin
    assert finding.origin.author == "A\x1fB\x1eC <a@b.c>"


def test_origins_do_not_hang_on_how_somebody_likes_to_read_logs(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    first = repo.commit({"a.py": leak(), "below/b.py": "1\n"})
    for setting in ("diff.relative=true", "log.showRoot=false", "log.follow=true", "diff.orderFile=away"):
        repo.git("config", *setting.split("="))
    monkeypatch.chdir(repo.path / "below")
    assert places(searched()) == [("a.py", 1, first)]


def test_more_leaking_contents_than_a_command_line_holds(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SOUGHT", 2)
    made = {f"{number}.py": repo.commit({f"{number}.py": leak(number)}) for number in range(5)}
    assert {each.path: each.commit for each in findings(searched())} == made


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("where", [(), ("--history",)])
def test_a_file_and_an_author_named_after_a_key(repo: Repo, form: str, where: tuple[str, ...]) -> None:
    repo.commit({f"{key()}.py": leak(), f"{key()}.png": b"\x89PNG\0"}, "feat: add", "--author", f"{key()} <a@b.c>")
    done = repo.quantgov("secrets", "scan", *where, "--format", form)
    assert done.returncode == 1
    assert key()[:11] in done.stdout
    assert key() not in done.stdout + done.stderr


def test_a_key_behind_an_inline_waiver_is_kept_nowhere(repo: Repo) -> None:
    repo.commit({"a.py": f"# quantgov: ignore[QG301] made up; {leak()}"})
    (ruling,) = (each for outcome in searched().outcomes if isinstance(outcome, Failed) for each in outcome.rulings)
    assert ruling.waived.startswith("made up")
    assert not any(
        key().encode() in each.read_bytes() for each in (repo.path / ".git/quantgov").rglob("*") if each.is_file()
    )


def one_after_the_other(jobs: Sequence[Callable[[], bytes]], meanwhile: Callable[[], None]) -> list[bytes]:
    """What copies of this process would do, in this one."""
    meanwhile()
    return [job() for job in jobs]


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history is shared between three, two of which would be copies."""
    monkeypatch.setattr("quantgov.history_search.PARALLEL_FROM", 2)
    monkeypatch.setattr("quantgov.history_search.RUN", 1)
    monkeypatch.setattr("quantgov.history_search.fan_out", one_after_the_other)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)


@pytest.mark.usefixtures("shared")
def test_a_history_that_is_shared_gives_all_that_each_has_found(repo: Repo) -> None:
    files: dict[str, str | bytes] = {f"{number}.py": leak(number) for number in range(5)}
    repo.commit(files, f"feat: {key(9)}")
    told = findings(searched())
    assert sorted(each.path for each in told) == ["", *sorted(files)]
    assert len({each.key for each in told}) == 6


@pytest.mark.usefixtures("shared")
def test_what_one_of_several_cannot_read_or_crashes_on_is_not_lost(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({f"{number}.py": f"n = {number}\n" for number in range(5)})

    def crash(blob: Blob, _: object) -> Iterator[Finding]:
        if blob.path == "3.py":
            raise RuntimeError("three")
        return iter(())

    with monkeypatch.context() as broken:
        broken.setattr(rules.find("QG301")[0], "check", crash)
        assert searched().exit_code == 3
    for number in range(5):
        oid = repo.out("rev-parse", f"HEAD:{number}.py")
        place = repo.path / ".git/objects" / oid[:2] / oid[2:]
        kept = place.read_bytes()
        place.chmod(0o600)
        place.write_bytes(b"damaged")
        with pytest.raises(CannotJudge):
            searched(cached=False)
        place.write_bytes(kept)
    assert searched().exit_code == 0


def test_a_content_that_is_too_large_to_be_held_is_read_piece_by_piece(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quantgov.rules.qg301_secret_exposed.WHOLE_LIMIT", 100)
    monkeypatch.setattr(history, "PIECES_FROM", 100)
    repo.commit({"a.py": "x = 1\n" * 50 + leak()})
    assert [(each.path, each.line) for each in findings(searched())] == [("a.py", 51)]


def test_a_key_of_a_message_that_only_the_author_s_name_makes_one_is_none(repo: Repo) -> None:
    """Each part is judged by itself, as the rule on messages judges them at a commit."""
    account = f"account-{body(20)}"
    repo.commit({"a.py": "1\n"}, f"fix: {account}", "--author", "Gemini <bot@fund.com>")
    assert findings(searched()) == []
    repo.commit({"a.py": "2\n"}, f"fix: gemini {account}")
    assert len(findings(searched())) == 1


def test_a_damaged_object_in_a_long_history_ends_the_search(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads on beside has more to tell than a pipe holds, and nobody will listen."""
    monkeypatch.setattr("quantgov.history_search.PARALLEL_FROM", 2)
    monkeypatch.setattr("quantgov.history_search.RUN", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    files: dict[str, str | bytes] = {f"{number}.py": f"n = {number}\n" for number in range(4_000)}
    repo.commit(files)
    oid = repo.out("rev-parse", "HEAD:1.py")
    damaged = repo.path / ".git/objects" / oid[:2] / oid[2:]
    damaged.chmod(0o600)
    damaged.write_bytes(b"damaged")
    with pytest.raises(CannotJudge):
        searched()


def test_bytes_that_are_no_utf_8_hide_no_password_in_a_name() -> None:
    password = "p\udce4s" + body(9)
    assert password not in without_secrets(f"postgres://bob:{password}@db.fund.com/x")
