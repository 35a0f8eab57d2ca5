"""`quantgov secrets scan` of files and changes: what is looked into, how it is asked for, and what is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from core_builders import key, leak
from repository import Repo
from typer.main import get_command

from quantgov import disk, scanning
from quantgov.cli import app, quick
from quantgov.cli import secrets as command
from quantgov.cli.forms import ReportForm
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import Repository
from quantgov.reports import text
from quantgov.scanning import Request

SHOWN = f"TickDB API key {key()[:11]}… ({len(key())} characters)"


def scan(repo: Repo, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return repo.quantgov("secrets", "scan", *args, **env)


def found(repo: Repo, *args: str) -> list[tuple[str, int]]:
    report = json.loads(scan(repo, "--format", "json", *args).stdout)
    return [(each["path"], each["line"]) for each in report["findings"]]


def test_files_as_they_lie_on_disk_are_searched(repo: Repo) -> None:
    repo.commit({"a.py": "1\n", "b/c.py": "1\n", ".gitignore": "ignored.py\n"})
    repo.write("a.py", leak(1))
    repo.write("b/new.py", "\n" + leak(2))
    repo.write("ignored.py", leak(3))
    assert found(repo) == [("a.py", 1), ("b/new.py", 2)]
    assert found(repo, "b") == [("b/new.py", 2)]
    assert found(repo, "./b/", "a.py") == [("a.py", 1), ("b/new.py", 2)]
    assert found(repo, "ignored.py") == [("ignored.py", 1)]  # named itself
    assert found(repo, str(repo.path / "b")) == [("b/new.py", 2)]


def test_a_search_of_a_folder_below_is_told_from_the_top(repo: Repo) -> None:
    repo.commit({"a.py": leak(1), "b/c.py": leak(2)})
    done = subprocess.run(
        [sys.executable, "-I", "-m", "quantgov", "secrets", "scan", "--format=json"],
        cwd=repo.path / "b", capture_output=True, text=True,
    )  # fmt: skip
    assert [each["path"] for each in json.loads(done.stdout)["findings"]] == ["b/c.py"]


def test_the_text_report_says_what_was_searched_and_what_was_found(repo: Repo) -> None:
    repo.commit({"a.py": "1\n", "c.png": b"\x89PNG\0"})
    clean = scan(repo)
    assert (clean.returncode, clean.stdout.splitlines()[0]) == (0, "quantgov: no secret found in 2 files")
    assert scan(repo, "a.py").stdout == "quantgov: no secret found in 1 file\n"
    assert scan(repo, "--history").stdout.startswith("quantgov: no secret found in 4 contents, messages and names\n")
    repo.write("a.py", leak())
    done = scan(repo)
    assert done.returncode == 1
    assert done.stdout.startswith(f"quantgov: search found secrets: QG301 a.py:1:12: {SHOWN} - fix: ")
    assert "      finding " in done.stdout
    assert key() not in done.stdout + done.stderr


def test_one_fix_is_told_once_and_what_comes_next_last(repo: Repo) -> None:
    repo.write("a.py", leak(1) + leak(2))
    first, second = (block.splitlines() for block in scan(repo).stdout.split("  blocks  ")[1:])
    assert first[3].startswith("      fix: read it from the environment")
    assert first[4:]
    assert second[3:] == ["      fix: as above", f"  next  {text.NEXT}"]


def test_where_nothing_was_searched_that_is_said(repo: Repo) -> None:
    done = scan(repo, "--history")
    assert (done.returncode, done.stdout) == (0, "quantgov: there was nothing to search\n")


def test_annotations_end_with_the_same_report(repo: Repo) -> None:
    repo.commit({"a.py": leak()}, f"feat: {key(1)}")
    told = scan(repo, "--format", "github", "--history").stdout
    assert told.startswith("::error file=a.py,line=1,col=12,title=QG301 secret-exposed::")
    assert "\n::error title=QG303 secret-in-message::" in told
    assert "\nquantgov: search found secrets: QG301 a.py:1:12 in commit " in told


def test_what_is_waived_is_counted_above_and_needs_no_fix(repo: Repo) -> None:
    repo.write("a.py", leak().replace("\n", "  # quantgov: ignore[QG301] made up\n"))
    done = scan(repo)
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    assert first == "quantgov: no new secret found in 1 file (1 waived)"
    assert rest[-1] == "      waived: made up"
    assert "fix:" not in done.stdout


def test_the_policy_that_judges_is_named_only_where_another_lies_on_disk(repo: Repo) -> None:
    repo.commit({"quantgov.yaml": "version: 1\n"})
    repo.branch("strategy/x")
    assert scan(repo).stdout == "quantgov: no secret found in 1 file\n"
    repo.write("quantgov.yaml", "version: 1\nmode: guard\n")
    assert "  note  quantgov.yaml here is another than main's" in scan(repo).stdout


def test_links_are_read_as_links_and_what_is_no_file_is_left(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    (repo.path / "link").symlink_to(key())
    os.mkfifo(repo.path / "fifo")
    (repo.path / "gone.py").symlink_to("nowhere")
    assert found(repo) == [("link", 1)]


def test_a_file_that_goes_away_meanwhile_ends_the_search(repo: Repo) -> None:
    repo.write("a.py", leak())
    tree = disk.worktree(Repository.discover(), ())
    (repo.path / "a.py").unlink()
    assert tree.entry("a.py") is None
    with pytest.raises(CannotJudge, match=r"a\.py cannot be read"):
        tree.content("a.py")


def test_outside_of_a_repository_every_file_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x/.git").mkdir(parents=True)
    (tmp_path / "x/.git/config").write_text(leak())
    (tmp_path / "x/a.py").write_text(leak())
    (tmp_path / "b.py").write_text("1\n")
    here = Repo(tmp_path)
    assert found(here) == [("x/a.py", 1)]
    assert found(here, "x/a.py") == [("x/a.py", 1)]
    assert found(here, "b.py") == []
    assert scan(here, "nothing").returncode == 2
    for option in ("--staged", "--history"):
        assert "not in a Git repository" in scan(here, option).stderr


def test_staged_is_what_the_index_holds(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    repo.stage({"a.py": leak()})
    repo.write("a.py", "clean again\n")
    assert found(repo, "--staged") == [("a.py", 1)]
    assert found(repo) == []


def test_a_range_judges_every_commit_of_it(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"})
    repo.branch("strategy/x")
    repo.commit({"a.py": leak(1)}, f"feat: {key(2)}")
    repo.commit({"a.py": "1\n"})
    assert sorted(found(repo, "--range", "main..strategy/x"), key=str) == [("a.py", 1), (None, 1)]


def test_pointers_of_a_change_are_followed_where_asked(repo: Repo) -> None:
    digest = "ab" * 32
    place = repo.path / ".git/lfs/objects/ab/ab" / digest
    place.parent.mkdir(parents=True)
    place.write_text(leak())
    repo.stage({"data.csv": f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 42\n"})
    assert found(repo, "--staged") == []
    assert found(repo, "--staged", "--lfs") == [("data.csv", 1)]
    assert found(repo, "data.csv", "--lfs") == [("data.csv", 1)]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--staged", "--history"], "exclude each other"),
        (["a.py", "--staged"], "exclude each other"),
        (["--range", "main..HEAD", "--history"], "exclude each other"),
        (["--range", "main"], "no range of commits"),
        (["nothing.py"], "there is no nothing.py here"),
        (["/etc/hostname"], "outside of this repository"),
        (["empty"], "no file to search"),
    ],
)
def test_calls_that_cannot_be_meant(repo: Repo, args: list[str], said: str) -> None:
    repo.commit({"a.py": "1\n"})
    (repo.path / "empty").mkdir()
    done = scan(repo, *args)
    assert done.returncode == 2
    assert said in done.stderr
    assert "fix:" in done.stderr


def test_a_bare_repository_has_no_files(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": "1\n"})
    subprocess.run(["git", "clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare")], check=True)
    done = scan(Repo(tmp_path / "bare"))
    assert (done.returncode, "bare repository" in done.stderr) == (2, True)


WORDS: list[tuple[list[str], dict[str, object] | None]] = [
    ([], {}),
    (["a", "b"], {"paths": ("a", "b")}),
    (["--staged"], {"staged": True}),
    (["--range", "a..b"], {"commits": "a..b"}),
    (["--range=a..b", "--format=json"], {"commits": "a..b", "form": "json"}),
    (["--history", "--no-cache"], {"history": True, "cached": False}),
    (["--reflog"], {"history": True, "reflog": True}),
    (["--unreachable", "--lfs"], {"history": True, "unreachable": True, "lfs": True}),
    (["--format", "sarif", "--output", "x"], {"form": "sarif", "output": "x"}),
    (["--", "--staged"], {"paths": ("--staged",)}),
    (["-"], None),
    (["--help"], None),
    (["--format", "pdf"], None),
    (["--format"], None),
    (["--stagged"], None),
    (["--staged=1"], None),
    (["-o", "x"], None),
    ([""], None),
]


def asked(request: Request) -> dict[str, object]:
    return {name: getattr(request, name) for name in Request.__slots__}


@pytest.mark.parametrize(("words", "wanted"), WORDS, ids=[" ".join(words) for words, _ in WORDS])
def test_the_quick_way_reads_a_command_line_as_typer_does(
    words: list[str], wanted: dict[str, object] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    quickly = quick.parse(words)
    if wanted is None:
        assert quickly is None
        return
    assert quickly is not None
    assert asked(quickly) == asked(Request()) | wanted
    given: list[Request] = []

    def run(request: Request, tick: object) -> int:
        given.append(request)
        return 0

    monkeypatch.setattr(scanning, "run", run)
    get_command(app.searches).main(["scan", *words], standalone_mode=False)
    assert [asked(each) for each in given] == [asked(quickly)]


def test_every_option_and_form_is_known_to_both_ways() -> None:
    named = {
        option
        for parameter in get_command(app.searches).commands["scan"].params  # type: ignore[attr-defined]
        for option in parameter.opts
        if option.startswith("--")
    }
    assert named == {f"--{name}" for name in (*quick.FLAGS, *quick.VALUES)}
    assert set(quick.FORMS) == {form.value for form in ReportForm}


def test_the_typer_command_exits_by_the_verdict(repo: Repo) -> None:
    repo.write("a.py", leak())
    with pytest.raises(typer.Exit) as raised:
        command.scan(
            paths=["a.py"], staged=False, commits=None, history=False, reflog=False, unreachable=False, lfs=False,
            no_cache=False, form=ReportForm.JSON, output=str(repo.path / "report.json"),
        )  # fmt: skip
    assert raised.value.exit_code == 1
    assert json.loads((repo.path / "report.json").read_text())["summary"]["verdict"] == "blocked"


def test_help_comes_from_typer(repo: Repo) -> None:
    done = scan(repo, "--help")
    assert done.returncode == 0
    assert "quantgov secrets scan --history --unreachable" in done.stdout


def test_a_report_goes_to_a_file(repo: Repo) -> None:
    repo.write("a.py", leak())
    done = scan(repo, "--format", "json", "--output", "report.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert json.loads((repo.path / "report.json").read_text())["findings"][0]["path"] == "a.py"


def quick_main(monkeypatch: pytest.MonkeyPatch, raised: BaseException | None) -> int:
    """The exit code of the quick way, where the search ends so."""
    codes: list[int] = []

    def run(*_: object) -> int:
        if raised:
            raise raised
        return 0

    monkeypatch.setattr(scanning, "run", run)
    monkeypatch.setattr(os, "_exit", codes.append)
    quick.main(Request())
    return codes[0]


@pytest.mark.parametrize(
    ("raised", "code"),
    [(None, 0), (KeyboardInterrupt(), 130), (UsageError("no"), 2), (CannotJudge("no"), 3), (RuntimeError("no"), 3)],
)
def test_how_the_quick_way_ends(
    raised: BaseException | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_main(monkeypatch, raised) == code
    assert ("no" in capsys.readouterr().err) == (code in (2, 3))


def test_a_crash_can_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUANTGOV_DEBUG", "1")
    with pytest.raises(RuntimeError, match="no"):
        quick_main(monkeypatch, RuntimeError("no"))


def test_a_long_search_shows_how_far_it_is_where_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[tuple[int, int]] = []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr("quantgov.cli.console.progress", lambda title: lambda done, total: shown.append((done, total)))
    clock = iter([0.0, 0.5, 1.5, 2.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    tick = quick.meter()
    for done in (1, 2, 3):
        tick(done, 3)
    assert shown == [(2, 3), (3, 3)]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    quick.meter()(1, 2)
    assert len(shown) == 2


def test_the_progress_bar_goes_away_with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    from quantgov.cli import console

    show = console.progress("searching")
    show(1, 2)
    show(2, 2)


def children_of(pid: int) -> str:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return done.stdout.strip()


def test_an_interrupted_search_leaves_nothing_behind(repo: Repo) -> None:
    repo.commit({f"f{number}.txt": "key = x\n" * 20 * number for number in range(300)})
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "quantgov", "secrets", "scan", "--history"], cwd=repo.path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and not children_of(process.pid):  # Python itself is up, and git at work
        time.sleep(0.001)
    os.killpg(process.pid, 2)
    process.communicate(timeout=20)
    assert process.returncode in (130, 0)
    assert not list((repo.path / ".git").rglob("*.[0-9]*[0-9]"))
    assert scan(repo, "--history").returncode == 0


def test_a_repository_inside_of_this_one_is_said_not_to_be_searched(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"a.py": "1\n"})
    (repo.path / "vendor").mkdir()
    inner = Repo(repo.path / "vendor")
    inner.git("init", "-q")
    inner.commit({"b.py": leak()})
    done = scan(repo)
    assert done.returncode == 0
    assert "QG301 not judged for vendor: a repository of its own: search it from inside" in done.stdout
    repo.git("add", "vendor")
    assert "not judged for vendor" in scan(repo).stdout


@pytest.mark.parametrize("command", [["secrets", "scan"], ["check"]])
@pytest.mark.parametrize("given", [["--range", ""], ["--range="]])
def test_an_empty_range_is_a_mistake_and_not_left_out(repo: Repo, command: list[str], given: list[str]) -> None:
    repo.commit({"a.py": "1\n"})
    done = repo.quantgov(*command, *given)
    assert done.returncode == 2
    assert "no range of commits" in done.stderr
