"""`quantgov notebook strip`: outputs leave the index, and nothing else changes anywhere."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from quantgov.cli.notebook import notebook_strip
from quantgov.errors import CannotJudge, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repository import Repo
    from typer.testing import Result

PLOT = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo" * 200}, "metadata": {}}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 10\n"
GAP = "research/gap.ipynb"
EXPLAINED = "On disk the outputs are still there, so `git status` calls these notebooks modified."


def notebook(count: object = 3, outputs: object = (PLOT,), indent: int = 1, **more: object) -> bytes:
    cell = {
        "cell_type": "code", "execution_count": count, "metadata": {"tags": ["é"]}, "outputs": outputs, "source": "x",
    }  # fmt: skip
    return (json.dumps({"cells": [cell], **more}, indent=indent, ensure_ascii=False) + "\n").encode()


BARE = notebook(None, [])


def run(*args: str, fails: type[Exception] | None = None) -> Result:
    app = typer.Typer()
    app.command()(notebook_strip)
    done = CliRunner().invoke(app, list(args))
    if fails is None:
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    else:
        assert isinstance(done.exception, fails), done.exception
    return done


def staged(repo: Repo, path: str = GAP) -> bytes:
    shown = subprocess.run(["git", "cat-file", "blob", f":0:{path}"], cwd=repo.path, capture_output=True, check=True)
    return shown.stdout


def state(repo: Repo) -> tuple[str, dict[str, bytes]]:
    """The whole index, and every file on disk."""
    files = [each for each in repo.path.rglob("*") if each.is_file() and ".git" not in each.parts]
    return repo.out("ls-files", "-s", "-v", "-z"), {str(each): each.read_bytes() for each in files}


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.commit({"README.md": "# research\n"})
    repo.stage({GAP: notebook()})
    return repo


# What it does


def test_outputs_leave_the_index_and_stay_on_disk(work: Repo) -> None:
    before = (work.path / GAP).stat()
    done = run()
    after = (work.path / GAP).stat()
    assert done.exit_code == 0
    assert staged(work) == BARE
    assert (work.path / GAP).read_bytes() == notebook()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert work.git("status", "--porcelain").stdout == f"AM {GAP}\n"


def test_it_says_what_went_and_once_why_git_calls_it_modified(work: Repo) -> None:
    work.stage({"b.ipynb": notebook(outputs=[])})
    lines = run().stdout.splitlines()
    assert lines[:2] == [
        "b.ipynb: 1 execution count taken out",
        f"{GAP}: 2.3 KiB of outputs and 1 execution count taken out",
    ]
    assert [EXPLAINED in line for line in lines[2:]].count(True) == 1
    assert "`git commit -a`" in lines[-1]


def test_a_second_time_there_is_nothing_to_do(work: Repo) -> None:
    run()
    before = state(work)
    done = run()
    assert (done.exit_code, done.stdout) == (0, f"{GAP}: nothing to take out\n")
    assert state(work) == before


def test_the_commit_then_has_no_outputs_and_the_next_one_may(work: Repo) -> None:
    run()
    work.git("commit", "-q", "-m", "feat: add gap")
    assert work.git("show", f"HEAD:{GAP}").stdout.encode() == BARE
    assert work.git("status", "--porcelain").stdout == f" M {GAP}\n"
    assert run().stdout == "no notebook is staged\n"


def test_a_named_notebook_need_not_be_staged(work: Repo) -> None:
    work.commit({})
    assert run("research/gap.ipynb").exit_code == 0
    assert staged(work) == BARE


def test_a_folder_is_all_notebooks_below_it(work: Repo) -> None:
    work.stage({"research/a/b.ipynb": notebook(), "c.ipynb": notebook(), "research/x.json": notebook()})
    assert run("research/", "research/gap.ipynb").exit_code == 0
    assert staged(work, "research/a/b.ipynb") == staged(work) == BARE
    assert staged(work, "c.ipynb") == staged(work, "research/x.json") == notebook()


def test_paths_are_read_from_where_one_stands(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    work.stage({"c.ipynb": notebook()})
    monkeypatch.chdir(work.path / "research")
    assert run("gap.ipynb").exit_code == 0
    assert (staged(work), staged(work, "c.ipynb")) == (BARE, notebook())
    run()
    assert staged(work, "c.ipynb") == BARE


@pytest.mark.parametrize("name", [GAP, "research"])
def test_a_path_that_a_hook_named_from_the_root_is_found(
    work: Repo, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    work.stage({"docs/a.md": "x"})
    monkeypatch.chdir(work.path / "docs")
    run(name)
    assert staged(work) == BARE


def test_only_what_is_staged_is_taken_from(work: Repo) -> None:
    work.commit({"old.ipynb": notebook()})
    work.stage({GAP: notebook(5)})
    work.write(GAP, notebook(9))
    run()
    assert (staged(work), staged(work, "old.ipynb")) == (BARE, notebook())
    assert (work.path / GAP).read_bytes() == notebook(9)


def test_before_the_first_commit(repo: Repo) -> None:
    repo.stage({GAP: notebook()})
    assert run().exit_code == 0
    assert staged(repo) == BARE


@pytest.mark.parametrize("indent", [0, 1, 2, 4])
def test_the_form_of_the_json_stays(work: Repo, indent: int) -> None:
    work.stage({GAP: notebook(indent=indent).replace(b"\n", b"\r\n")})
    run()
    assert staged(work) == notebook(None, [], indent=indent).replace(b"\n", b"\r\n")


def test_an_old_notebook(work: Repo) -> None:
    cell = {"cell_type": "code", "input": ["x"], "language": "python", "outputs": [PLOT], "prompt_number": 4}
    old = {"metadata": {}, "nbformat": 3, "worksheets": [{"cells": [cell], "metadata": {}}]}
    work.stage({GAP: json.dumps(old)})
    run()
    cell.update(outputs=[], prompt_number=None)
    assert json.loads(staged(work)) == old


# Names and modes

NAMES = ["a b.ipynb", "-a.ipynb", "a\nb\t.ipynb", "é.ipynb", ":(top)x.ipynb", "*.ipynb", "a\"'.ipynb", "x/-y/.ipynb"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("named", [True, False])
def test_whatever_it_is_named(work: Repo, name: str, named: bool) -> None:
    work.write(name, notebook())
    work.git("add", "-A")
    done = run("--", name) if named else run()
    assert done.exit_code == 0
    assert staged(work, name) == BARE
    assert staged(work) == (notebook() if named else BARE)


@pytest.mark.skipif(os.uname().sysname == "Darwin", reason="its file systems take UTF-8 only")
def test_a_name_that_is_no_text(work: Repo) -> None:
    name = os.fsdecode(b"caf\xe9.ipynb")
    work.write(name, notebook())
    work.git("add", "-A")
    done = run(name)
    assert "caf\\xe9.ipynb: 2.3 KiB of outputs" in done.stdout
    assert staged(work, name) == BARE
    (told,) = json.loads(run("--format", "json", name).stdout)["notebooks"]
    assert told["path"] == name


def test_an_executable_stays_one(work: Repo) -> None:
    work.git("update-index", "--chmod=+x", GAP)
    run()
    assert work.out("ls-files", "-s", GAP).startswith("100755 ")
    assert staged(work) == BARE


# What it leaves alone


def test_a_link_and_a_pointer_have_nothing_in_them(work: Repo) -> None:
    (work.path / "link.ipynb").symlink_to(GAP)
    work.stage({"big.ipynb": POINTER})
    work.git("add", "link.ipynb")
    before = work.out("ls-files", "-s", "link.ipynb", "big.ipynb")
    done = run()
    assert done.exit_code == 0
    assert done.stdout.startswith("big.ipynb: in Git LFS, only its pointer is staged\nlink.ipynb: a symbolic link\n")
    assert work.out("ls-files", "-s", "link.ipynb", "big.ipynb") == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"cells": [\n', "not a notebook that can be read: line 2, column 1: Expecting value"),
        ("[]", "not a notebook that can be read: it has no cells"),
        ("", "nothing of it is staged: git add it first"),
    ],
)
def test_what_cannot_be_read_is_refused_and_then_nothing_is_written(work: Repo, content: str, reason: str) -> None:
    work.stage({"a.ipynb": content})
    before = state(work)
    done = run()
    assert done.exit_code == 2
    assert done.stdout.splitlines() == [
        f"a.ipynb: {reason}",
        f"{GAP}: 2.3 KiB of outputs and 1 execution count to take out",
        "nothing was changed",
    ]
    assert state(work) == before


def test_a_file_that_is_only_announced(work: Repo) -> None:
    work.write("a.ipynb", notebook())
    work.git("add", "-N", "a.ipynb")
    before = state(work)
    assert run("a.ipynb").stdout == "a.ipynb: nothing of it is staged: git add it first\nnothing was changed\n"
    assert state(work) == before
    assert run().exit_code == 0  # it is not staged
    assert work.git("status", "--porcelain", "a.ipynb").stdout == " A a.ipynb\n"


def test_a_conflict_is_refused(work: Repo) -> None:
    work.commit({})
    work.branch("other")
    work.commit({GAP: notebook(7)})
    work.git("switch", "-q", "main")
    work.commit({GAP: notebook(8)})
    assert work.git("merge", "other", check=False).returncode == 1
    before = state(work)
    for args in ((), (GAP,)):
        done = run(*args)
        assert (done.exit_code, done.stdout) == (
            2,
            f"{GAP}: in conflict: resolve it and git add it first\nnothing was changed\n",
        )
    assert state(work) == before


def test_what_a_sparse_checkout_leaves_out_is_refused(work: Repo) -> None:
    work.commit({})
    work.git("sparse-checkout", "set", "nothing")
    before = state(work)
    done = run(GAP)
    assert (done.exit_code, "sparse" in done.stdout) == (2, True)
    assert state(work) == before


@pytest.mark.parametrize("path", ["nope.ipynb", "", "new.ipynb", "../x.ipynb"])
def test_what_the_index_does_not_have(work: Repo, path: str) -> None:
    work.write("new.ipynb", notebook())
    error = run(GAP, path, fails=UsageError).exception
    assert str(error) == f"{path!r} is not in the index"
    assert staged(work) == notebook()


def test_what_is_no_notebook(work: Repo) -> None:
    assert str(run("README.md", fails=UsageError).exception) == "'README.md' is no notebook, and holds none"


def test_a_bare_repository_has_nothing_staged(work: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    work.git("init", "-q", "--bare", str(tmp_path / "b.git"))
    monkeypatch.chdir(tmp_path / "b.git")
    run(fails=UsageError)


def test_an_index_that_another_git_holds_stays_as_it_is(work: Repo) -> None:
    (work.path / ".git" / "index.lock").touch()
    error = run(fails=CannotJudge).exception
    assert "index.lock" in str(error)
    (work.path / ".git" / "index.lock").unlink()
    assert staged(work) == notebook()


# --check and --format


def test_check_writes_nothing_and_exits_with_1_while_there_is_something(work: Repo) -> None:
    before = state(work)
    done = run("--check")
    assert (done.exit_code, done.stdout) == (1, f"{GAP}: 2.3 KiB of outputs and 1 execution count to take out\n")
    assert state(work) == before
    run()
    assert run("--check").exit_code == 0
    work.stage({"a.ipynb": "{"})
    assert run("--check").exit_code == 2


@pytest.mark.parametrize("args", [[], ["--check"]])
def test_the_report_as_json(work: Repo, args: list[str]) -> None:
    work.stage({"b.ipynb": POINTER})
    done = json.loads(run("--format", "json", *args).stdout)
    nothing: Mapping[str, object] = {
        "strips": False, "output_bytes": 0, "outputs": 0, "execution_counts": 0, "refused": "",
    }  # fmt: skip
    size = len(json.dumps([PLOT], indent=1).replace("\n", "\n   "))
    assert done == {
        "schema": 1,
        "written": not args,
        "notebooks": [
            {"path": "b.ipynb", **nothing, "note": "in Git LFS, only its pointer is staged"},
            {
                "path": GAP, "strips": True, "output_bytes": size, "outputs": 1, "execution_counts": 1,
                "note": "", "refused": "",
            },
        ],
    }  # fmt: skip
