"""`quantgov reproduce`: what a rerun is kept from, and that nothing of it is left, however it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import rerunnable as runs
from made_up_secrets import tickdb
from repository import Repo
from rerunnable import CODE, DATA, ID, LIBRARY, PRICES, SCRIPT, diverged, failed, ok, recorded

from quantgov import isolation

AGAIN = f"{runs.WORKTREES!r} in __import__('os').getcwd()"
"""In a backtest: whether it is the rerun."""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a rerun puts what it needs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> str:
    """A PATH on which there is no unshare."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh"):
        (folder / name).symlink_to(str(shutil.which(name)))
    (folder / "python").symlink_to(sys.executable)
    return str(folder)


def put(repo: Repo, more: str, **changed: object) -> Repo:
    """A result on record of a backtest that does something more when it is run again."""
    runs.built(repo, {SCRIPT: CODE + f"if {AGAIN}:\n" + "".join(f"    {line}\n" for line in more.splitlines())})
    runs.put_on_record(repo, **changed)  # type: ignore[arg-type]
    repo.git("add", "-A")
    repo.commit()
    return repo


class TestTheNetwork:
    def test_is_cut_off_where_the_system_allows_it_and_the_report_says_which(self, repo: Repo) -> None:
        put(repo, "import socket\ntry: socket.create_connection(('192.0.2.1', 9), 1)\nexcept OSError: pass")
        output = ok(repo, ID)

        isolated = isolation.strongest([]).network
        assert ("network isolated" in output) is isolated
        assert ("note: network not isolated on this system" in output) is not isolated

    def test_one_can_talk_to_oneself(self, repo: Repo) -> None:
        more = (
            "import socket\nheard = socket.socket()\nheard.bind(('127.0.0.1', 0))\nheard.listen()\n"
            "socket.create_connection(heard.getsockname())"
        )
        ok(put(repo, more), ID)

    def test_without_unshare_it_stays_and_the_report_says_so(self, repo: Repo, programs: str) -> None:
        recorded(repo)
        done = runs.reproduce(repo, ID, PATH=programs)

        assert done.returncode == 0, done.stderr
        assert "network not isolated, files outside of it not protected" in done.stdout
        (written,) = (repo.path / "reproductions").rglob("*.json")
        assert json.loads(written.read_text())["predicate"]["environment"]["network_isolated"] is False


class TestFilesOfOthers:
    def test_the_checkout_cannot_be_written_to_or_it_is_told(self, repo: Repo) -> None:
        target = repo.path / "strategies/gap/evil.py"
        put(repo, f"try: open({str(target)!r}, 'w').write('x')\nexcept OSError: pass")
        output = diverged(repo, ID)

        assert f"cause: it writes outside of its checkout, to {target}" in output
        assert target.exists() is not isolation.strongest([]).files

    def test_without_namespaces_too(self, repo: Repo, programs: str) -> None:
        target = repo.path / "strategies/gap/evil.py"
        put(repo, f"open({str(target)!r}, 'w').write('x')")
        done = runs.reproduce(repo, ID, PATH=programs)

        assert done.returncode == 1
        assert f"cause: it writes outside of its checkout, to {target}" in done.stdout

    def test_temporary_files_are_its_own(self, repo: Repo, temporary: Path) -> None:
        put(repo, "import tempfile\nopen(tempfile.mkstemp()[1], 'w').write('x')")

        assert "outside" not in ok(repo, ID)
        assert list(temporary.iterdir()) == []

    def test_what_it_reads_of_the_checkout_is_told(self, repo: Repo) -> None:
        path = repo.path / "quantgov.yaml"

        assert f"note: it read {path} of your checkout, by its full path" in ok(
            put(repo, f"open({str(path)!r}).read()"), ID
        )

    def test_code_of_the_checkout_is_not_what_is_rerun(self, repo: Repo) -> None:
        (repo.path / "other").mkdir()
        put(repo, f"sys.path.insert(0, {str(repo.path / 'other')!r})\nimport shadow")
        repo.write("other/shadow.py", "")

        said = failed(repo, ID)
        assert "which is your checkout's, not the clean one's" in said
        assert "pip uninstall" in said

    def test_a_path_of_the_checkout_in_the_command_is_what_to_mend(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({".gitignore": "__pycache__/\nother/\n"})
        repo.write("other/shadow.py", "from pathlib import Path\nexec(Path('strategies/gap/run.py').read_text())\n")
        command = ["python", str(repo.path / "other/shadow.py")]
        runs.put_on_record(repo, more={"command": command}, time="2026-03-03T00:00:00Z")
        repo.git("add", "-A", "--", "results")
        repo.git("commit", "-q", "-m", "backtest: gap")
        said = failed(repo, ID)

        assert f"its command names {command[1]}" in said
        assert "pip uninstall" not in said

    def test_the_environment_of_the_checkout_is_its_python(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VIRTUAL_ENV", raising=False)
        recorded(repo)
        repo.write(".venv/bin/python", f'#!/bin/sh\nOWN=1 exec {sys.executable} "$@"\n').chmod(0o755)
        repo.commit({".gitignore": "__pycache__/\n.venv/\n", SCRIPT: CODE + "import os\nassert os.environ['OWN']\n"})
        assert "the strategy's code changed" in runs.diverged(repo, ID)

    def test_a_path_of_imports_in_the_checkout_becomes_one_in_the_clean_one(self, repo: Repo) -> None:
        put(repo, "import beside", inputs=(DATA,))
        repo.commit({"more/beside.py": ""})

        ok(repo, ID, PYTHONPATH=str(repo.path / "more"))

    def test_a_folder_for_temporary_files_in_the_checkout_is_refused(self, repo: Repo) -> None:
        recorded(repo)
        (repo.path / "tmp").mkdir()
        done = runs.reproduce(repo, ID, TMPDIR=str(repo.path / "tmp"))

        assert (done.returncode, "TMPDIR=/tmp" in done.stderr) == (2, True)

    def test_hooks_and_filters_of_the_repository_do_not_run(self, repo: Repo) -> None:
        recorded(repo)
        hook = repo.write(".git/hooks/post-checkout", f"#!/bin/sh\ntouch {repo.path}/ran\n")
        hook.chmod(0o755)
        ok(repo, ID)

        assert not (repo.path / "ran").exists()

    def test_a_sparse_checkout_is_whole_where_it_is_rerun(self, repo: Repo) -> None:
        recorded(repo)
        repo.git("sparse-checkout", "set", "lib")

        ok(repo, ID)
        assert not (repo.path / "strategies").exists()


class TestACommandThatGoesWrong:
    def test_fails(self, repo: Repo) -> None:
        said = failed(put(repo, "print('no such symbol')\nsys.exit(7)"), ID)

        assert "the command failed with exit code 7:\n    no such symbol\n" in said
        assert "  fix: " in said

    def test_dies_of_a_signal(self, repo: Repo) -> None:
        put(repo, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")

        assert "exit code 137" in failed(repo, ID)

    def test_hangs_and_what_it_started_goes_with_it(self, repo: Repo, temporary: Path) -> None:
        alive = repo.path.parent / "alive"
        started = f"import time\nwhile True: open({str(alive)!r}, 'w').write(str(time.time())); time.sleep(0.05)"
        more = f"import subprocess, time\nsubprocess.Popen([sys.executable, '-c', {started!r}])\ntime.sleep(60)"
        began = time.monotonic()
        said = failed(put(repo, more), ID, "--timeout", "2")

        assert "the command took longer than 2 s" in said
        assert "--timeout SECONDS" in said
        assert time.monotonic() - began < 20
        last = alive.read_text()
        time.sleep(0.3)
        assert alive.read_text() == last
        assert (runs.worktrees(repo), list(temporary.iterdir())) == ([], [])

    def test_the_policy_says_how_long_it_may_take(self, repo: Repo) -> None:
        put(repo, "import time\ntime.sleep(60)")
        repo.commit({"quantgov.yaml": "version: 1\nreproduce: {timeout: 1}\n"})

        assert "longer than 1 s" in failed(repo, ID)

    def test_logs_nothing(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({SCRIPT: "print('done')\n"})

        assert "the command logged no result:\n    done\n" in failed(repo, ID)

    def test_prints_secrets(self, repo: Repo) -> None:
        token = tickdb()
        said = failed(put(repo, f"print('token:', {token[:9]!r} + {token[9:]!r})\nsys.exit(1)"), ID)

        assert token not in said
        assert "token: " in said

    def test_prints_no_end_of_it(self, repo: Repo) -> None:
        said = failed(put(repo, "for at in range(100000): print(at, 'x' * 2000)\nsys.exit(1)"), ID)

        assert len(said) < 20_000

    def test_is_not_there(self, repo: Repo) -> None:
        recorded(repo)
        runs.put_on_record(repo, more={"command": ["no-such-engine", "x"]}, time="2026-03-03T00:00:00Z")
        repo.git("add", "-A")
        repo.commit()

        assert "no-such-engine was not found" in failed(repo, ID)

    def test_names_a_python_of_another_machine(self, repo: Repo) -> None:
        recorded(repo)
        command = ["/home/bob/fund/.venv/bin/python3.11", SCRIPT]
        runs.put_on_record(repo, more={"command": command}, time="2026-03-03T00:00:00Z")
        repo.git("add", "-A")
        repo.commit()

        assert f"  python {SCRIPT}, on " in ok(repo, ID)

    def test_closes_its_folders(self, repo: Repo, temporary: Path) -> None:
        ok(put(repo, "import os\nos.makedirs('a/b')\nos.chmod('a/b', 0o500)\nos.chmod('a', 0o500)"), ID)

        assert (runs.worktrees(repo), list(temporary.iterdir())) == ([], [])

    def test_takes_its_git_file_away(self, repo: Repo, temporary: Path) -> None:
        ok(put(repo, "import os\nos.unlink('.git')"), ID)

        assert (runs.worktrees(repo), list(temporary.iterdir())) == ([], [])


def until(condition: Callable[[], object], running: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)


class TestNothingIsLeft:
    def start(self, repo: Repo) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-m", "quantgov", "reproduce", ID]
        env = {**os.environ, **runs.environment()}
        return subprocess.Popen(command, cwd=repo.path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @pytest.mark.parametrize("ended", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_by_a_run_that_is_ended(self, repo: Repo, temporary: Path, ended: signal.Signals) -> None:
        begun = repo.path.parent / "begun"
        put(repo, f"import time\nopen({str(begun)!r}, 'w')\ntime.sleep(60)")
        running = self.start(repo)
        until(begun.exists, running)
        running.send_signal(ended)
        running.communicate(timeout=30)

        assert running.returncode == (130 if ended == signal.SIGINT else 128 + ended)
        assert (runs.worktrees(repo), list(temporary.iterdir())) == ([], [])
        assert not (repo.path / "reproductions").exists()

    @pytest.mark.parametrize("delay", [0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08])
    def test_at_whatever_moment_that_is(self, repo: Repo, temporary: Path, delay: float) -> None:
        put(repo, "import time\ntime.sleep(60)")
        running = self.start(repo)
        until(lambda: list(temporary.iterdir()), running)
        time.sleep(delay)
        running.send_signal(signal.SIGINT)
        time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)

        assert running.returncode == 130
        assert (runs.worktrees(repo), list(temporary.iterdir())) == ([], [])

    def test_what_a_killed_run_left_goes_with_the_next(self, repo: Repo, temporary: Path) -> None:
        begun = repo.path.parent / "begun"
        put(repo, f"import time, os\nif not os.path.exists({str(begun)!r}): open({str(begun)!r}, 'w'); time.sleep(60)")
        repo.git("worktree", "add", "-q", "--detach", str(repo.path.parent / "mine"))
        running = self.start(repo)
        until(begun.exists, running)
        running.kill()
        running.communicate(timeout=30)
        assert [each for each in temporary.iterdir() if each.name.startswith(runs.WORKTREES)]
        ok(repo, ID)

        assert not [each for each in temporary.iterdir() if each.name.startswith(runs.WORKTREES)]
        assert [Path(each).name for each in runs.worktrees(repo)] == ["mine", "mine"]

    def test_a_run_beside_another_leaves_it_alone(self, repo: Repo, temporary: Path) -> None:
        begun = repo.path.parent / "begun"
        put(repo, f"import time, os\nif not os.path.exists({str(begun)!r}): open({str(begun)!r}, 'w'); time.sleep(5)")
        running = self.start(repo)
        until(begun.exists, running)
        ok(repo, ID)
        running.communicate(timeout=60)

        assert running.returncode == 0
        assert (runs.worktrees(repo), list(temporary.iterdir())) == ([], [])

    def test_unless_somebody_wants_to_look(self, repo: Repo, temporary: Path) -> None:
        put(repo, "sys.exit(3)")
        said = failed(repo, ID, "--keep")
        (folder,) = temporary.iterdir()

        assert f"to remove it: git worktree remove --force {folder}/repo" in said
        assert (folder / "repo" / SCRIPT).exists()
        failed(repo, ID)
        assert (folder / "repo" / SCRIPT).exists()
        repo.git("worktree", "remove", "--force", str(folder / "repo"))
        assert runs.worktrees(repo) == []


class TestGitLfs:
    def stored(self, repo: Repo) -> Repo:
        """Data in LFS on a remote, and a clone of it without contents."""
        remote = repo.path.parent / "remote.git"
        repo.git("init", "-q", "--bare", str(remote))
        repo.git("lfs", "install", "--local", "--skip-repo")
        repo.git("remote", "add", "origin", str(remote))
        runs.built(repo, {".gitattributes": "*.csv filter=lfs diff=lfs merge=lfs -text\n"})
        runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit()
        repo.git("push", "-q", "origin", "main")
        repo.git("lfs", "push", "-q", "origin", "main", check=False)
        repo.git("clone", "-q", f"file://{remote}", str(repo.path.parent / "clone"))
        return Repo(repo.path.parent / "clone")

    def test_data_comes_from_the_store(self, repo: Repo) -> None:
        self.stored(repo)

        ok(repo, ID)

    def test_data_is_fetched(self, repo: Repo) -> None:
        clone = self.stored(repo)
        assert (clone.path / DATA).read_text().startswith("version https://git-lfs")

        ok(clone, ID)
        assert (clone.path / DATA).read_text().startswith("version https://git-lfs")

    def test_data_that_nobody_has_is_asked_for(self, repo: Repo) -> None:
        clone = self.stored(repo)
        shutil.rmtree(repo.path.parent / "remote.git" / "lfs")

        said = failed(clone, ID)
        assert f"{DATA} lies in Git LFS, and its contents are not here" in said
        assert f"git lfs pull --include={DATA}" in said
        (clone.path / DATA).write_text(PRICES)
        ok(clone, ID)

    def test_contents_that_are_damaged_are_not_used(self, repo: Repo) -> None:
        clone = self.stored(repo)
        shutil.rmtree(repo.path.parent / "remote.git" / "lfs")
        digest = runs.digest(repo.path / DATA)
        target = clone.path / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest
        target.parent.mkdir(parents=True)
        target.write_text("damaged")

        assert "its contents are not here" in failed(clone, ID)


class TestTheEnvironment:
    PROJECT = '[project]\nname = "fund"\nversion = "0"\nrequires-python = ">=3.11"\n[tool.uv]\npackage = false\n'
    PANDAS = f"""
[[package]]
name = "pandas"
version = "2.2.0"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "https://example.com/pandas-2.2.0-py3-none-any.whl", hash = "sha256:{"0" * 64}" }}]
"""

    @pytest.fixture
    def locked(self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
        monkeypatch.setenv("UV_OFFLINE", "1")
        repo.write("pyproject.toml", self.PROJECT)
        subprocess.run(["uv", "lock", "-q"], cwd=repo.path, check=True, env={**os.environ, **runs.environment()})
        return repo

    def test_is_made_from_the_lock_file(self, locked: Repo) -> None:
        put(locked, "assert sys.prefix.startswith(__import__('os').getcwd()), sys.prefix")
        output = ok(locked, ID)

        assert "not pinned" not in output
        assert not (locked.path / ".venv").exists()

    def test_is_the_current_one_where_that_is_asked_for(self, locked: Repo) -> None:
        put(locked, f"assert sys.prefix == {sys.prefix!r}, sys.prefix")

        assert "note: the current environment was used, as asked for" in ok(locked, ID, "--no-env")

    def test_a_lock_file_that_changed_is_told(self, locked: Repo) -> None:
        recorded(locked)
        locked.commit({"uv.lock": (locked.path / "uv.lock").read_text() + "\n"})
        assert "note: the lock file uv.lock is not what it was" in ok(locked, ID)

        locked.commit({LIBRARY: "def size(move):\n    return 1\n"})
        assert "cause: the lock file uv.lock is not what it was" in diverged(locked, ID)

    def test_what_is_neither_cached_nor_to_be_had_is_no_result(self, locked: Repo) -> None:
        recorded(locked)
        here = 'source = { virtual = "." }'
        lock = (locked.path / "uv.lock").read_text().replace(here, here + '\ndependencies = [{ name = "pandas" }]')
        project = self.PROJECT.replace("[tool.uv]", 'dependencies = ["pandas"]\n[tool.uv]')
        locked.commit({"uv.lock": lock + self.PANDAS, "pyproject.toml": project})
        said = failed(locked, ID)

        assert "uv does not make the environment:\n    " in said
        assert "uv sync --frozen, with a network; or: quantgov reproduce … --no-env" in said

    def test_of_another_kind_of_lock_file_none_is_made(self, repo: Repo) -> None:
        runs.built(repo, {"requirements.txt": "pandas==2.2.0\n"})
        digest = runs.digest(repo.path / "requirements.txt")
        environment = {"lock_file": "requirements.txt", "lock_sha256": digest}
        runs.put_on_record(repo, more={"environment": environment})
        repo.git("add", "-A")
        repo.commit()
        output = ok(repo, ID)

        assert "one is made from uv.lock, not from requirements.txt; the current one was used" in output
