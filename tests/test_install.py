"""The native hooks as git runs them: real git, real sh, real git-lfs, and every hook that was there before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from repository import Repo

from quantgov import install
from quantgov.errors import CannotJudge, QuantgovError, UsageError
from quantgov.git import Repository
from quantgov.install import CLIENT, SERVER, Interpreter
from quantgov.workspace import KEEP, Step, Workspace, pending, take

MakeRepo = Callable[[str], Repo]
OURS = """#!/bin/sh
shift 4
echo "ours $*" >> "{log}"
case $1 in pre-push | pre-receive) cat >> "{log}" ;; esac
exit {code}
"""
THEIRS = """#!/bin/sh
echo "theirs ${{0##*/}} $*" >> "{log}"
case ${{0##*/}} in pre-push* | pre-receive*) cat >> "{log}" ;; esac
exit {code}
"""


class Guarded:
    """A repository whose hooks call a stand-in for quantgov, which writes down that it was called."""

    def __init__(self, repo: Repo, folder: Path) -> None:
        self.repo = repo
        self.log = folder / "log"
        self.python = folder / "python"
        self.hooks = repo.path / ".git" / "hooks"
        self.ours(0)

    @property
    def interpreter(self) -> Interpreter:
        return Interpreter(str(self.python), (), ())

    def ours(self, code: int) -> None:
        script(self.python, OURS.format(log=self.log, code=code))

    def theirs(self, path: Path, code: int = 0) -> Path:
        return script(path, THEIRS.format(log=self.log, code=code))

    def steps(self, names: tuple[str, ...] = CLIENT) -> list[Step]:
        return install.install(space(self.repo.path), names, self.interpreter)

    def install(self, names: tuple[str, ...] = CLIENT) -> list[Step]:
        steps = self.steps(names)
        take(steps)
        return steps

    def uninstall(self) -> list[Step]:
        steps = install.uninstall(space(self.repo.path))
        take(steps)
        return steps

    def said(self) -> list[str]:
        """What was called since the last time this was asked."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines

    def commit(self) -> list[str]:
        """The hooks that an ordinary commit calls, their arguments left out."""
        self.repo.git("commit", "--allow-empty", "-m", "feat: add a thing")
        return [" ".join(line.split()[:2]) for line in self.said()]


def space(path: Path) -> Workspace:
    before = os.getcwd()
    os.chdir(path)
    try:
        return Workspace(Repository.discover())
    finally:
        os.chdir(before)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def snapshot(folder: Path) -> dict[str, tuple[str, str]]:
    """Every file of a folder with its mode and content, a link's target standing for its content."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        content = os.readlink(path) if path.is_symlink() else path.read_text() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (oct(path.lstat().st_mode), content)
    return found


def tools(folder: Path, *names: str) -> str:
    """A PATH that holds these programs only."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return str(folder)


@pytest.fixture
def guarded(repo: Repo, tmp_path: Path) -> Guarded:
    (tmp_path / "stand-in").mkdir()
    return Guarded(repo, tmp_path / "stand-in")


@pytest.fixture
def remote(make_repo: MakeRepo, guarded: Guarded, tmp_path: Path) -> Path:
    path = tmp_path / "remote.git"
    guarded.repo.git("init", "-q", "--bare", "-b", "main", "--template=", str(path))
    guarded.repo.git("remote", "add", "origin", path.as_uri())
    return path


ORDINARY = ["ours pre-commit", "ours prepare-commit-msg", "ours commit-msg"]


def test_an_ordinary_commit_calls_each_of_its_hooks_once(guarded: Guarded) -> None:
    guarded.install()
    assert guarded.commit() == ORDINARY


def test_hooks_are_parsed_by_a_plain_sh(guarded: Guarded) -> None:
    guarded.install()
    for name in (*CLIENT, install.SHARED):
        assert subprocess.run(["sh", "-n", guarded.hooks / name], capture_output=True).stderr == b""


def test_a_clean_merge_calls_pre_merge_commit(guarded: Guarded) -> None:
    guarded.repo.commit()
    guarded.repo.branch("strategy/a")
    guarded.repo.commit({"a": "a"})
    guarded.repo.git("switch", "-q", "main")
    guarded.install()
    guarded.repo.git("merge", "--no-ff", "-m", "merge", "strategy/a")
    assert "ours pre-merge-commit" in guarded.said()


def test_the_shim_is_shipped_with_a_place_for_its_name() -> None:
    assert b"\nhook=NAME\n" in install.source(install.SHIM)
    assert install.MARKER in install.source(install.SHIM)


def test_a_hook_that_is_not_shipped_says_so() -> None:
    with pytest.raises(QuantgovError, match="no hook named post-office"):
        install.source("post-office")


class TestChaining:
    def test_theirs_runs_first_at_commit(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit.before-quantgov", *ORDINARY]

    def test_what_theirs_stages_is_what_we_judge(self, guarded: Guarded) -> None:
        script(guarded.hooks / "pre-commit", "#!/bin/sh\necho formatted > f && git add f\n")
        script(guarded.python, f'#!/bin/sh\n[ "$5" != pre-commit ] || git show :f > "{guarded.log}"\n')
        guarded.install()
        guarded.repo.git("commit", "--allow-empty", "-m", "x")
        assert guarded.said() == ["formatted"]

    def test_a_refusal_of_theirs_blocks_with_its_code(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "commit-msg", 7)
        guarded.install()
        hook = subprocess.run([guarded.hooks / "commit-msg", "file"], cwd=guarded.repo.path)
        assert hook.returncode == 7
        assert guarded.said() == ["theirs commit-msg.before-quantgov file"]
        assert guarded.repo.git("commit", "--allow-empty", "-m", "x", check=False).returncode == 1

    @pytest.mark.parametrize("code", [1, 2, 3])
    def test_a_refusal_of_ours_blocks_with_its_code(self, guarded: Guarded, code: int) -> None:
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.ours(code)
        guarded.install()
        assert subprocess.run([guarded.hooks / "pre-commit"], cwd=guarded.repo.path).returncode == code

    def test_one_that_is_not_executable_stays_switched_off(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-commit").chmod(0o644)
        guarded.install()
        assert guarded.commit() == ORDINARY
        guarded.uninstall()
        assert (guarded.hooks / "pre-commit").stat().st_mode & 0o777 == 0o644

    def test_a_linked_one_is_run_through_its_link(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.repo.path / "scripts" / "check")
        guarded.hooks.mkdir()
        (guarded.hooks / "pre-commit").symlink_to("../../scripts/check")
        before = snapshot(guarded.hooks)
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit.before-quantgov", *ORDINARY]
        guarded.uninstall()
        assert snapshot(guarded.hooks) == before

    def test_both_read_the_refs_of_a_push_ours_first(self, guarded: Guarded, remote: Path) -> None:
        oid = guarded.repo.commit()
        guarded.repo.branch("strategy/a")
        guarded.theirs(guarded.hooks / "pre-push")
        guarded.install()
        guarded.repo.git("push", "-q", "origin", "main", "strategy/a")
        refs = [f"refs/heads/{name} {oid} refs/heads/{name} {'0' * 40}" for name in ("main", "strategy/a")]
        args = f"origin {remote.as_uri()}"
        assert guarded.said() == [
            f"ours pre-push {args}", *refs, f"theirs pre-push.before-quantgov {args}", *refs,
        ]  # fmt: skip

    @pytest.mark.parametrize("chained", [True, False])
    def test_a_refused_push_reaches_neither_theirs_nor_the_remote(
        self, guarded: Guarded, remote: Path, chained: bool
    ) -> None:
        guarded.repo.commit()
        if chained:
            guarded.theirs(guarded.hooks / "pre-push")
        guarded.ours(1)
        guarded.install()
        assert guarded.repo.git("push", "origin", "main", check=False).returncode == 1
        assert not [line for line in guarded.said() if line.startswith("theirs")]
        assert guarded.repo.out("ls-remote", "origin") == ""

    def test_a_push_that_theirs_refuses_is_refused(self, guarded: Guarded, remote: Path) -> None:
        guarded.repo.commit()
        guarded.theirs(guarded.hooks / "pre-push", 1)
        guarded.install()
        assert guarded.repo.git("push", "origin", "main", check=False).returncode == 1
        assert guarded.repo.out("ls-remote", "origin") == ""

    def test_nothing_on_standard_input_stays_nothing(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-push")
        guarded.install()
        subprocess.run([guarded.hooks / "pre-push", "o", "u"], cwd=guarded.repo.path, input=b"", check=True)
        assert guarded.said() == ["ours pre-push o u", "theirs pre-push.before-quantgov o u"]

    def test_a_ref_name_that_is_not_utf8_passes_unchanged(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-push")
        guarded.install()
        line = b"refs/heads/\xff%s\\n 1 refs/heads/\xff%s\\n 0\n"
        subprocess.run([guarded.hooks / "pre-push"], cwd=guarded.repo.path, input=line, check=True)
        assert guarded.log.read_bytes().count(line) == 2

    def test_a_dispatcher_that_calls_us_again_comes_to_an_end(self, guarded: Guarded) -> None:
        script(guarded.hooks / "pre-commit", '#!/bin/sh\nexec "$(git rev-parse --git-path hooks)/pre-commit" "$@"\n')
        guarded.install()
        assert guarded.commit() == ["ours pre-commit", *ORDINARY]


class TestAgain:
    def test_nothing_is_left_to_do(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.install()
        before = snapshot(guarded.hooks)
        assert pending(guarded.install()) == []
        assert snapshot(guarded.hooks) == before

    def test_a_new_interpreter_is_recorded(self, guarded: Guarded, tmp_path: Path) -> None:
        guarded.install()
        guarded.python.unlink()
        guarded.python = tmp_path / "other python"
        guarded.ours(0)
        assert [step.verb for step in pending(guarded.install())] == ["update"]
        assert guarded.commit() == ORDINARY

    def test_a_shim_that_lost_its_mode_is_mended(self, guarded: Guarded) -> None:
        guarded.install()
        (guarded.hooks / "commit-msg").chmod(0o644)
        assert [step.verb for step in pending(guarded.install())] == ["update"]
        assert guarded.commit() == ORDINARY

    @pytest.mark.parametrize("chained", [False, True], ids=["beside", "in our own folder"])
    def test_a_shim_that_somebody_edited_is_kept_beside_and_not_run(
        self, guarded: Guarded, tmp_path: Path, chained: bool
    ) -> None:
        if chained:
            guarded.repo.git("config", "core.hooksPath", str(tmp_path / "theirs"))
        guarded.install()
        folder = guarded.repo.path / ".git" / (install.OWN_FOLDER if chained else "hooks")
        shim, shipped = folder / "commit-msg", (folder / "commit-msg").read_text()
        for name in ("commit-msg.edited", "commit-msg.edited.1", "commit-msg.edited.2"):
            edited = f'{shipped}echo "{name}" >> "{guarded.log}"\n'
            script(shim, edited)
            (step,) = pending(guarded.install())
            assert (step.verb, step.note) == ("update", f"the edited one is kept as {name}, and not run")
            assert (shim.read_text(), (folder / name).read_text()) == (shipped, edited)
            assert not os.access(folder / name, os.X_OK)
            assert guarded.commit() == ORDINARY
        assert pending(guarded.install()) == []
        guarded.uninstall()
        assert (folder / "commit-msg.edited.2").read_text() == edited

    def test_an_edited_shim_behind_pre_commit_s_own_is_kept_under_its_hook_s_name(self, guarded: Guarded) -> None:
        guarded.install()
        (guarded.hooks / "pre-push").rename(guarded.hooks / "pre-push.legacy")
        guarded.theirs(guarded.hooks / "pre-push")
        with (guarded.hooks / "pre-push.legacy").open("a") as file:
            file.write("true\n")
        guarded.install()
        assert (guarded.hooks / "pre-push.edited").read_text().endswith("\ntrue\n")

    def test_settings_that_somebody_edited_are_written_anew(self, guarded: Guarded) -> None:
        guarded.install()
        with (guarded.hooks / install.SHARED).open("a") as file:
            file.write("true\n")
        assert [step.verb for step in pending(guarded.install())] == ["update"]
        assert not list(guarded.hooks.glob("*.edited"))

    def test_a_hook_that_replaced_ours_is_chained_and_the_older_one_kept(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.install()
        for number in (1, 2):
            older = (guarded.hooks / "pre-commit.before-quantgov").read_text()
            script(guarded.hooks / "pre-commit", f'#!/bin/sh\necho "newer {number}" >> "{guarded.log}"\n')
            guarded.install()
            assert guarded.commit() == [f"newer {number}", *ORDINARY]
            assert (guarded.hooks / f"pre-commit.before-quantgov.{number}").read_text() == older

    def test_our_own_shim_is_never_chained_to_itself(self, guarded: Guarded) -> None:
        guarded.install()
        shutil.copy(guarded.hooks / "pre-commit", guarded.hooks / "pre-commit.before-quantgov")
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit.before-quantgov", *ORDINARY]
        assert not (guarded.hooks / "pre-commit.before-quantgov.1").exists()

    def test_hooks_that_are_no_longer_wanted_are_taken_out(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "commit-msg")
        guarded.install()
        guarded.install(("pre-push",))
        assert guarded.commit() == ["theirs commit-msg"]
        assert (guarded.hooks / "pre-push").exists()

    def test_a_file_of_somebody_else_under_our_name_is_left_alone(self, guarded: Guarded) -> None:
        script(guarded.hooks / install.SHARED, "mine")
        with pytest.raises(UsageError, match="is not quantgov's"):
            guarded.steps()

    def test_a_folder_that_cannot_be_written_says_so(self, guarded: Guarded) -> None:
        guarded.hooks.write_text("a file, where the folder should be")
        with pytest.raises(CannotJudge, match="hooks"):
            guarded.install()


class TestWayBack:
    def test_everything_is_as_it_was(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.theirs(guarded.hooks / "pre-push")
        guarded.theirs(guarded.hooks / "post-commit")
        before = snapshot(guarded.hooks)
        guarded.install()
        assert snapshot(guarded.hooks) != before
        guarded.uninstall()
        assert snapshot(guarded.hooks) == before

    def test_there_is_nothing_to_take_out_of_a_plain_repository(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "pre-commit")
        assert guarded.uninstall() == []

    def test_a_hook_that_replaced_ours_stays(self, guarded: Guarded) -> None:
        guarded.install()
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.uninstall()
        assert [path.name for path in guarded.hooks.iterdir()] == ["pre-commit"]


class TestHooksPath:
    """Under core.hooksPath nothing of the user's is touched: a folder of our own passes every hook on."""

    def tracked(self, guarded: Guarded, folder: str = ".husky") -> Path:
        guarded.repo.git("config", "core.hooksPath", folder)
        guarded.theirs(guarded.repo.path / folder / "pre-commit")
        return guarded.repo.path / folder

    def test_a_tracked_folder_goes_on_working_untouched(self, guarded: Guarded) -> None:
        folder = self.tracked(guarded)
        guarded.theirs(folder / "post-commit")
        before = snapshot(folder)
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit", *ORDINARY, "theirs post-commit"]
        assert snapshot(folder) == before

    def test_the_way_back(self, guarded: Guarded) -> None:
        self.tracked(guarded)
        before = guarded.repo.out("config", "--local", "--list")
        guarded.install()
        guarded.uninstall()
        assert sorted(guarded.repo.out("config", "--local", "--list").split()) == sorted(before.split())
        assert guarded.commit() == ["theirs pre-commit"]
        assert not (guarded.repo.path / ".git" / install.OWN_FOLDER).exists()

    def test_it_is_idempotent(self, guarded: Guarded) -> None:
        self.tracked(guarded)
        guarded.install()
        assert pending(guarded.install()) == []

    def test_hooks_that_were_not_in_force_stay_so(self, guarded: Guarded) -> None:
        self.tracked(guarded)
        guarded.theirs(guarded.hooks / "commit-msg")
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit", *ORDINARY]

    @pytest.mark.parametrize("name", ["post-merge", "post-checkout", "post-rewrite"])
    def test_a_hook_that_is_added_later_runs(self, guarded: Guarded, name: str) -> None:
        folder = self.tracked(guarded)
        guarded.install()
        guarded.theirs(folder / name)
        shim = guarded.repo.path / ".git" / install.OWN_FOLDER / name
        subprocess.run([shim, "an argument"], cwd=guarded.repo.path, check=True)
        assert guarded.said() == [f"theirs {name} an argument"]

    def test_only_hooks_are_passed_on(self, guarded: Guarded) -> None:
        folder = self.tracked(guarded)
        guarded.theirs(folder / "reference-transaction")
        guarded.theirs(folder / "pre-rebase.sample")
        guarded.theirs(folder / "_" / "husky.sh")
        guarded.install()
        own = {path.name for path in (guarded.repo.path / ".git" / install.OWN_FOLDER).iterdir()}
        assert own == {*CLIENT, install.SHARED, *install.PASSED_ON[CLIENT], "reference-transaction"}

    def test_a_shim_for_nothing_passes(self, guarded: Guarded) -> None:
        self.tracked(guarded)
        guarded.install()
        shim = guarded.repo.path / ".git" / install.OWN_FOLDER / "post-merge"
        assert subprocess.run([shim], cwd=guarded.repo.path).returncode == 0

    def test_a_global_folder_serves_other_repositories_as_before(
        self, guarded: Guarded, make_repo: MakeRepo, isolated: Path
    ) -> None:
        guarded.theirs(isolated / "my hooks" / "pre-commit")
        guarded.repo.git("config", "--global", "core.hooksPath", "~/my hooks")
        before = snapshot(isolated)
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit", *ORDINARY]
        assert pending(guarded.install()) == []
        other = make_repo("other")
        other.git("commit", "--allow-empty", "-m", "x")
        assert guarded.said() == ["theirs pre-commit "]
        guarded.uninstall()
        assert guarded.commit() == ["theirs pre-commit"]
        assert snapshot(isolated) == before

    def test_a_global_folder_that_is_gone_leaves_our_own(self, guarded: Guarded) -> None:
        guarded.repo.git("config", "--global", "core.hooksPath", "/dev/null")
        guarded.install()
        guarded.repo.git("config", "--global", "--unset", "core.hooksPath")
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit", *ORDINARY]

    def test_the_way_back_where_our_folder_is_no_longer_named(self, guarded: Guarded) -> None:
        guarded.repo.git("config", "--global", "core.hooksPath", "/dev/null")
        guarded.install()
        guarded.repo.git("config", "--local", "--unset", "core.hooksPath")
        guarded.uninstall()
        assert not (guarded.repo.path / ".git" / install.OWN_FOLDER).exists()
        assert guarded.repo.out("config", "core.hooksPath") == "/dev/null"

    def test_a_tool_that_sets_it_again_is_overruled_the_next_time(self, guarded: Guarded) -> None:
        self.tracked(guarded)
        guarded.install()
        guarded.repo.git("config", "core.hooksPath", ".husky")
        assert guarded.commit() == ["theirs pre-commit"]
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit", *ORDINARY]

    def test_hooks_in_the_usual_folder_move_when_it_is_set_later(self, guarded: Guarded) -> None:
        guarded.theirs(guarded.hooks / "commit-msg")
        before = snapshot(guarded.hooks)
        guarded.install()
        self.tracked(guarded)
        guarded.install()
        assert snapshot(guarded.hooks) == before
        assert guarded.commit() == ["theirs pre-commit", *ORDINARY]

    @pytest.mark.parametrize("value", [".git/hooks", "{top}/.git/hooks"])
    def test_the_usual_folder_by_name_is_the_usual_folder(self, guarded: Guarded, value: str) -> None:
        guarded.repo.git("config", "core.hooksPath", value.format(top=guarded.repo.path))
        guarded.theirs(guarded.hooks / "pre-commit")
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit.before-quantgov", *ORDINARY]

    def test_a_linked_hooks_folder_is_not_written_into(self, guarded: Guarded) -> None:
        folder = guarded.repo.path / "githooks"
        guarded.theirs(folder / "pre-commit")
        guarded.hooks.symlink_to("../githooks")
        before = snapshot(folder)
        guarded.install()
        assert guarded.commit() == ["theirs pre-commit", *ORDINARY]
        guarded.uninstall()
        assert snapshot(folder) == before
        assert guarded.commit() == ["theirs pre-commit"]

    def test_what_is_set_for_one_working_tree_is_refused(self, guarded: Guarded) -> None:
        guarded.repo.git("config", "extensions.worktreeConfig", "true")
        guarded.repo.git("config", "--worktree", "core.hooksPath", "x")
        with pytest.raises(UsageError, match="for this working tree alone"):
            guarded.steps()

    def test_what_is_included_later_is_refused_and_nothing_stays(self, guarded: Guarded) -> None:
        self.tracked(guarded, "mine")
        (guarded.repo.path / "more").write_text("[core]\n    hooksPath = theirs\n")
        with (guarded.repo.path / ".git" / "config").open("a") as file:
            file.write("[include]\n    path = ../more\n")
        with pytest.raises(UsageError, match="set again after"):
            guarded.install()
        assert guarded.repo.out("config", "core.hooksPath") == "theirs"

    def test_a_file_of_somebody_else_in_our_folder_survives(self, guarded: Guarded) -> None:
        self.tracked(guarded)
        guarded.install()
        mine = script(guarded.repo.path / ".git" / install.OWN_FOLDER / "mine", "mine")
        guarded.uninstall()
        assert [path.name for path in mine.parent.iterdir()] == ["mine"]


class TestWorktree:
    def test_a_linked_worktree_is_guarded_by_the_same_hooks(self, guarded: Guarded, tmp_path: Path) -> None:
        guarded.repo.commit()
        guarded.repo.git("worktree", "add", "-q", "-b", "strategy/a", str(tmp_path / "linked"))
        linked = Repo(tmp_path / "linked")
        take(install.install(space(linked.path), CLIENT, guarded.interpreter))
        assert guarded.commit() == ORDINARY
        linked.git("commit", "--allow-empty", "-m", "x")
        assert len(guarded.said()) == 3

    def test_each_worktree_has_its_own_tracked_hooks(self, guarded: Guarded, tmp_path: Path) -> None:
        guarded.repo.commit()
        guarded.repo.git("worktree", "add", "-q", "-b", "strategy/a", str(tmp_path / "linked"))
        guarded.repo.git("config", "core.hooksPath", "githooks")
        guarded.theirs(tmp_path / "linked" / "githooks" / "pre-commit")
        guarded.install()
        assert guarded.commit() == ORDINARY
        Repo(tmp_path / "linked").git("commit", "--allow-empty", "-m", "x")
        assert guarded.said()[0] == "theirs pre-commit "

    def test_git_variables_of_another_repository_do_not_matter(
        self, guarded: Guarded, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = make_repo("other")
        here = space(guarded.repo.path)
        monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
        here.set_config("quantgov.test", "x")
        assert "quantgov" not in (other.path / ".git" / "config").read_text()
        assert here.config("quantgov.test") == "x"


class TestServer:
    def test_pre_receive_reads_every_ref_and_theirs_after_it(self, guarded: Guarded, remote: Path) -> None:
        oid = guarded.repo.commit()
        guarded.theirs(remote / "hooks" / "pre-receive")
        take(install.install(space(remote), SERVER, guarded.interpreter))
        guarded.repo.git("push", "-q", "origin", "main")
        ref = f"{'0' * 40} {oid} refs/heads/main"
        assert guarded.said() == ["ours pre-receive", ref, "theirs pre-receive.before-quantgov ", ref]

    def test_a_refused_push_moves_nothing(self, guarded: Guarded, remote: Path) -> None:
        guarded.repo.commit()
        guarded.ours(1)
        take(install.install(space(remote), SERVER, guarded.interpreter))
        assert guarded.repo.git("push", "origin", "main", check=False).returncode == 1
        assert guarded.repo.out("ls-remote", "origin") == ""

    def test_only_pre_receive_comes_and_goes(self, guarded: Guarded, remote: Path) -> None:
        take(install.install(space(remote), SERVER, guarded.interpreter))
        assert {path.name for path in (remote / "hooks").iterdir()} == {"pre-receive", install.SHARED}
        take(install.uninstall(space(remote)))
        assert list((remote / "hooks").iterdir()) == []

    def test_a_server_with_hooks_elsewhere(self, guarded: Guarded, remote: Path) -> None:
        guarded.theirs(remote / "custom" / "post-receive")
        space(remote).set_config("core.hooksPath", "custom")
        take(install.install(space(remote), SERVER, guarded.interpreter))
        guarded.repo.commit()
        guarded.repo.git("push", "-q", "origin", "main")
        assert [line for line in guarded.said() if " pre-" in line or " post-" in line] == [
            "ours pre-receive",
            "theirs post-receive ",
        ]

    def test_shared_settings_stay_while_client_hooks_need_them(self, guarded: Guarded) -> None:
        """A bare repository with linked working trees has both kinds of hook in one folder."""
        guarded.install()
        bare = Workspace(Repository(str(guarded.repo.path / ".git"), str(guarded.repo.path / ".git"), None))
        take(install.install(bare, SERVER, guarded.interpreter))
        take(install.uninstall(bare))
        assert guarded.commit() == ORDINARY


class TestLfs:
    """With real git-lfs: objects really arrive."""

    def data(self, guarded: Guarded, content: str = "a,b\n") -> None:
        guarded.repo.git("lfs", "install", "--local", "--skip-repo")
        guarded.repo.commit({".gitattributes": "*.csv filter=lfs diff=lfs merge=lfs -text\n", "x.csv": content})

    def arrived(self, remote: Path) -> int:
        return len([path for path in (remote / "lfs").rglob("*") if path.is_file()])

    def test_ours_uploads_where_git_lfs_has_no_hook(self, guarded: Guarded, remote: Path) -> None:
        guarded.install()
        self.data(guarded)
        guarded.repo.git("push", "-q", "origin", "main")
        assert self.arrived(remote) == 1

    def test_git_lfs_own_hook_is_chained_and_its_others_untouched(self, guarded: Guarded, remote: Path) -> None:
        guarded.repo.git("lfs", "install", "--local")
        names = ("post-checkout", "post-commit", "post-merge")
        before = {name: (guarded.hooks / name).read_text() for name in names}
        guarded.install()
        assert {name: (guarded.hooks / name).read_text() for name in names} == before
        self.data(guarded)
        guarded.repo.git("push", "-q", "origin", "main")
        assert self.arrived(remote) == 1

    def test_git_lfs_own_hook_is_run_from_a_folder_of_its_own(self, guarded: Guarded, remote: Path) -> None:
        guarded.repo.git("config", "core.hooksPath", ".githooks")
        guarded.repo.git("lfs", "install", "--local")
        assert (guarded.repo.path / ".githooks" / "pre-push").exists()
        guarded.install()
        self.data(guarded)
        guarded.repo.git("push", "-q", "origin", "main")
        assert self.arrived(remote) == 1

    def test_a_chained_hook_that_knows_nothing_of_it(self, guarded: Guarded, remote: Path) -> None:
        guarded.theirs(guarded.hooks / "pre-push")
        guarded.install()
        self.data(guarded)
        guarded.repo.git("push", "-q", "origin", "main")
        assert self.arrived(remote) == 1
        assert [line.split()[0] for line in guarded.said() if " pre-push" in line] == ["ours", "theirs"]

    def test_a_refused_push_uploads_nothing(self, guarded: Guarded, remote: Path) -> None:
        guarded.ours(1)
        guarded.install()
        self.data(guarded)
        assert guarded.repo.git("push", "origin", "main", check=False).returncode == 1
        assert self.arrived(remote) == 0

    def test_a_push_without_git_lfs_is_refused(self, guarded: Guarded, remote: Path, tmp_path: Path) -> None:
        guarded.install()
        self.data(guarded)
        path = tools(tmp_path / "bin", "git", "sh", "cat", "grep")
        pushed = guarded.repo.git("push", "origin", "main", check=False, PATH=path)
        if "git lfs pre-push" in pushed.stderr or self.arrived(remote):
            pytest.fail("git-lfs was found")
        assert pushed.stderr.splitlines()[0].startswith("quantgov: blocked: files here are in Git LFS")
        assert guarded.repo.out("ls-remote", "origin") == ""

    def test_a_linked_worktree_uploads_too(self, guarded: Guarded, remote: Path, tmp_path: Path) -> None:
        guarded.install()
        self.data(guarded)
        guarded.repo.git("worktree", "add", "-q", "-b", "strategy/a", str(tmp_path / "linked"))
        Repo(tmp_path / "linked").git("push", "-q", "origin", "strategy/a")
        assert self.arrived(remote) == 1


class TestFramework:
    """With real pre-commit, in either order of installation."""

    @pytest.fixture
    def framed(self, guarded: Guarded) -> Guarded:
        entry = f"sh -c 'echo framework >> {guarded.log}'"
        hook = f"{{id: x, name: x, entry: {entry!r}, language: system, always_run: true, pass_filenames: false}}"
        guarded.repo.stage({".pre-commit-config.yaml": f"repos:\n- repo: local\n  hooks:\n  - {hook}\n"})
        return guarded

    def pre_commit(self, guarded: Guarded, *args: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "pre_commit", *args], cwd=guarded.repo.path, check=True, capture_output=True
        )

    def test_its_hook_is_chained(self, framed: Guarded) -> None:
        self.pre_commit(framed, "install")
        framed.install()
        assert framed.commit() == ["framework", *ORDINARY]

    def test_its_legacy_hook_too(self, framed: Guarded) -> None:
        framed.theirs(framed.hooks / "pre-commit")
        self.pre_commit(framed, "install")
        before = snapshot(framed.hooks)
        framed.install()
        assert framed.commit() == ["theirs pre-commit.legacy", "framework", *ORDINARY]
        framed.uninstall()
        assert snapshot(framed.hooks) == before

    def test_it_may_be_installed_after_us(self, framed: Guarded) -> None:
        framed.install()
        self.pre_commit(framed, "install")
        assert framed.commit() == ["ours pre-commit", "framework", *ORDINARY[1:]]
        assert pending(framed.install()) == []

    def test_it_may_be_installed_again_and_runs_once(self, framed: Guarded) -> None:
        self.pre_commit(framed, "install")
        framed.install()
        self.pre_commit(framed, "install")
        assert framed.commit() == ["ours pre-commit", "framework", *ORDINARY[1:]]
        framed.install()
        assert framed.commit() == ["ours pre-commit", "framework", *ORDINARY[1:]]
        assert pending(framed.install()) == []

    def test_a_newer_hook_of_its_own_replaces_the_older(self, framed: Guarded) -> None:
        self.pre_commit(framed, "install")
        shim = framed.hooks / "pre-commit"
        framed.install()
        shutil.copy(framed.hooks / "pre-commit.before-quantgov", shim)
        framed.install()
        assert framed.commit() == ["framework", *ORDINARY]
        assert not (framed.hooks / "pre-commit.before-quantgov.1").exists()

    def test_the_way_back_from_behind_it(self, framed: Guarded) -> None:
        framed.theirs(framed.hooks / "pre-commit")
        framed.install()
        self.pre_commit(framed, "install")
        framed.uninstall()
        assert framed.commit() == ["theirs pre-commit.legacy", "framework"]


class TestInterpreter:
    """With the real quantgov, started as the hook starts it."""

    def run(self, repo: Repo, name: str = "pre-commit", **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [repo.path / ".git" / "hooks" / name],
            cwd=repo.path,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def install(self, repo: Repo, interpreter: Interpreter | None = None) -> None:
        take(install.install(space(repo.path), CLIENT, interpreter or Interpreter.current()))

    def test_it_judges(self, repo: Repo) -> None:
        repo.commit()
        repo.branch("nonsense")
        self.install(repo)
        repo.stage({"a": "a"})
        ran = self.run(repo)
        assert ran.returncode == 1
        assert "QG101" in ran.stderr

    @pytest.mark.parametrize(
        "module",
        ["yaml", "jsonschema_rs", "jsonschema", "detect_secrets.core.scan", "quantgov.hook"],
    )
    def test_all_that_a_hook_may_need_is_found_without_site(self, module: str) -> None:
        code = f"import sys; sys.path += {list(Interpreter.current().folders)!r}; import {module}"
        subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)

    def test_a_folder_may_have_any_name(self, repo: Repo, tmp_path: Path) -> None:
        odd = tmp_path / 'it\'s a "folder": $HOME `x` é\n;'
        real = Interpreter.current()
        odd.mkdir()
        (odd / "quantgov").symlink_to(Path(install.__file__).parent)
        (odd / "python").symlink_to(real.python)
        self.install(repo, Interpreter(str(odd / "python"), (str(odd), *real.folders), (str(odd / "quantgov"),)))
        repo.stage({"passport.yaml": "a: [\n", ".env": "x"})
        ran = self.run(repo)
        assert ran.returncode == 1, ran.stderr
        assert "QG302" in ran.stderr

    def test_the_judged_repository_cannot_put_its_modules_in_front(self, repo: Repo) -> None:
        self.install(repo)
        trap = "import os; os._exit(0)\n"
        names = ("os.py", "re.py", "yaml.py", "enum.py", "sitecustomize.py", "quantgov/__init__.py", "quantgov/hook.py")
        repo.stage({**dict.fromkeys(names, trap), ".env": "x"})
        assert self.run(repo, PYTHONPATH=str(repo.path), PYTHONSTARTUP="os.py", PYTHONHOME="").returncode == 1

    def test_a_python_that_is_gone_blocks_with_the_repair_first(self, repo: Repo, tmp_path: Path) -> None:
        gone = tmp_path / "venv" / "bin" / "python"
        self.install(repo, Interpreter(str(gone), (), ()))
        ran = self.run(repo, PATH="/nowhere")
        assert ran.returncode == 3
        assert ran.stderr.splitlines()[0] == (f"quantgov: blocked: {gone} is gone; repair: {install.REPAIR}")
        assert ran.stdout == ""

    def test_a_package_that_is_gone_blocks_too(self, repo: Repo, tmp_path: Path) -> None:
        self.install(repo, Interpreter(sys.executable, (), (str(tmp_path / "python3.9" / "site-packages"),)))
        ran = self.run(repo, PATH=tools(tmp_path / "bin", "git", "sh"))
        assert ran.returncode == 3
        assert f"{tmp_path}/python3.9/site-packages is gone; repair: " in ran.stderr.splitlines()[0]

    def test_quantgov_on_the_path_takes_over(self, repo: Repo, tmp_path: Path) -> None:
        self.install(repo, Interpreter(str(tmp_path / "gone"), (), ()))
        script(tmp_path / "bin" / "quantgov", '#!/bin/sh\n[ "$1" = --version ] || { echo "$@"; exit 5; }\n')
        ran = self.run(repo, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
        assert (ran.returncode, ran.stdout) == (5, "hook pre-commit\n")

    def test_a_quantgov_on_the_path_that_cannot_start_blocks(self, repo: Repo, tmp_path: Path) -> None:
        self.install(repo, Interpreter(str(tmp_path / "gone"), (), ()))
        path = tools(tmp_path / "bin", "git", "sh")
        script(tmp_path / "bin" / "quantgov", f"#!{tmp_path}/gone\n")
        ran = self.run(repo, PATH=path)
        assert ran.returncode == 3
        assert ran.stderr.startswith(f"quantgov: blocked: {tmp_path}/gone is gone; repair: ")

    def test_a_missing_interpreter_refuses_a_commit(self, repo: Repo, tmp_path: Path) -> None:
        self.install(repo, Interpreter(str(tmp_path / "gone"), (), ()))
        path = tools(tmp_path / "bin", "git", "sh")
        done = repo.git("commit", "--allow-empty", "-m", "x", check=False, PATH=path)
        assert done.returncode == 1
        assert done.stderr.startswith("quantgov: blocked: ")

    def test_what_is_recorded_is_what_runs_now(self) -> None:
        current = Interpreter.current()
        assert current.python == sys.executable
        assert current.folders[0] == str(Path(install.__file__).parent.parent)
        assert all(os.path.isabs(each) and os.path.exists(each) for each in (*current.folders, *current.watched))
        assert os.getcwd() not in current.folders or os.getcwd() == current.folders[0]

    def test_a_library_that_is_not_installed_is_not_recorded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = Interpreter.current()
        monkeypatch.setattr(install, "NEEDED", (*install.NEEDED, "no_such_module"))
        assert Interpreter.current() == expected

    def test_a_python_without_a_path_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", "")
        with pytest.raises(CannotJudge, match="no path"):
            Interpreter.current()


def test_keep_is_what_is_not_pending() -> None:
    assert pending([Step(KEEP, "a"), Step("create", "b")]) == [Step("create", "b")]
