"""The hooks: exit codes, what they print, how messages are cleaned and kept, and what frameworks hand over."""

from __future__ import annotations

import io
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import ADVISES_PASSPORTS, BAD_PASSPORT, BRANCH, GOOD_PASSPORT, bare_of, key, leak

from quantgov import hook, rules
from quantgov.hook import HOOKS, run
from quantgov.manifest import HEADER, TEMPLATE
from quantgov.rule import Rule

if TYPE_CHECKING:
    from repository import Repo

ZERO = "0" * 40
PASSPORT = "strategies/momentum/passport.yaml"
Capture = pytest.CaptureFixture[str]
SCISSORS = " ------------------------ >8 ------------------------"


@pytest.fixture
def work(repo: Repo) -> Repo:
    """On a branch of its own, with one commit behind it."""
    repo.commit({"README.md": "# research\n"})
    repo.branch(BRANCH)
    return repo


def told(capsys: Capture) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def say(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def message(repo: Repo, text: str | bytes, name: str = "COMMIT_EDITMSG") -> str:
    path = repo.path / ".git" / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


# Exit codes and first lines


def test_a_clean_commit_is_silent(work: Repo, capsys: Capture) -> None:
    work.stage({"src/a.py": "x = 1\n", PASSPORT: GOOD_PASSPORT})
    assert run(["pre-commit"]) == 0
    assert run(["pre-merge-commit"]) == 0
    assert run(["commit-msg", message(work, "feat: add a\n")]) == 0
    assert told(capsys) == []


def test_a_refusal_starts_with_the_verdict_and_the_fix(work: Repo, capsys: Capture) -> None:
    work.stage({"prices.csv": "1\n"})
    assert run(["pre-commit"]) == 1
    first, *rest = told(capsys)
    assert first == (
        "quantgov: commit refused: QG501 prices.csv: a .csv data file outside Git LFS"
        " - fix: quantgov lfs fix -- prices.csv"
    )
    assert rest[0] == "  blocks  QG501 large-file-outside-lfs  prices.csv"


@pytest.mark.parametrize("terminal", ["dumb", "xterm-256color"])
def test_there_are_no_colours_where_there_is_no_terminal(work: Repo, terminal: str) -> None:
    work.stage({"prices.csv": "1\n"})
    done = work.quantgov("hook", "pre-commit", TERM=terminal)
    assert (done.returncode, done.stdout) == (1, "")
    assert "\033" not in done.stderr


@pytest.mark.parametrize(
    ("variables", "coloured"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({}, False)]
)
def test_a_terminal_gets_colours(work: Repo, variables: dict[str, str], coloured: bool) -> None:
    import pty

    work.stage({"prices.csv": "1\n"})
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-I", "-m", "quantgov", "hook", "pre-commit"]
    subprocess.run(argv, cwd=work.path, env={**os.environ, **variables}, stderr=theirs, check=False)
    assert (b"\033[" in os.read(ours, 100_000)) is coloured
    os.close(ours)
    os.close(theirs)


def test_a_warning_is_shown_and_lets_the_commit_through(work: Repo, capsys: Capture) -> None:
    work.stage({".gitignore": "*.log\n", "run.log": "x\n"})
    assert run(["pre-commit"]) == 0
    first, second, *_ = told(capsys)
    assert first == "quantgov: commit accepted with 1 warning"
    assert second == "  warns  QG503 tracked-but-ignored  run.log"


def test_advice_is_not_shown_at_a_hook(work: Repo, capsys: Capture) -> None:
    work.git("switch", "-q", "main")
    work.commit({"quantgov.yaml": ADVISES_PASSPORTS}, "chore: set the policy")
    work.git("switch", "-q", "-C", BRANCH)
    work.stage({PASSPORT: BAD_PASSPORT})
    assert run(["pre-commit"]) == 0
    assert told(capsys) == []


def test_a_policy_that_cannot_be_used_exits_with_2(work: Repo, capsys: Capture) -> None:
    work.git("switch", "-q", "main")
    work.commit({"quantgov.yaml": "version: 1\nmoode: guard\n"}, "chore: set the policy")
    work.git("switch", "-q", "-C", BRANCH)
    work.stage({"a.py": "x = 1\n"})
    assert run(["pre-commit"]) == 2
    assert told(capsys) == [
        "quantgov: blocked: quantgov.yaml:2:1 (main): 'moode' is not a known key; did you mean 'mode'?"
        " - rename it to 'mode'"
    ]


def crash(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def check(subject: object, policy: object) -> tuple[()]:
        raise error

    broken = rules.load("qg302_env_file_committed")
    made = Rule(broken.code, broken.name, broken.scope, check)
    monkeypatch.setattr(rules, "load", lambda module: made)


@pytest.mark.parametrize(
    ("argv", "variable", "shown"),
    [([], "", False), (["--debug"], "", True), ([], "1", True)],
    ids=["", "flag", "variable"],
)
def test_a_rule_that_crashes_exits_with_3_and_a_traceback_only_on_request(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture, argv: list[str], variable: str, shown: bool
) -> None:
    crash(monkeypatch, ValueError("unforeseen"))
    monkeypatch.setenv("QUANTGOV_DEBUG", variable)
    work.stage({"a.py": "x = 1\n"})
    assert run(["pre-commit", "--select", "QG302", *argv]) == 3
    first, *rest = told(capsys)
    assert first.startswith("quantgov: commit blocked: QG302 env-file-committed could not judge it")
    assert "QG302 env-file-committed: ValueError: unforeseen" in rest[0]
    assert any("Traceback" in line for line in rest) is shown


def test_an_interrupt_exits_with_130(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    crash(monkeypatch, KeyboardInterrupt())
    work.stage({"a.py": "x = 1\n"})
    assert run(["pre-commit", "--select", "QG302"]) == 130


WAITING = """
import sys
from quantgov import hook
print("ready", flush=True)
hook.main(sys.argv[1:])
"""


def test_a_real_interrupt_exits_with_130(work: Repo) -> None:
    argv = [sys.executable, "-I", "-c", WAITING, "pre-push", "origin", "url"]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=work.path, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.3)  # it waits for git's lines now
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        assert process.stderr.read() == b""


@pytest.mark.parametrize("debug", [False, True])
def test_whatever_else_goes_wrong_blocks_with_3(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture, debug: bool
) -> None:
    def breaks(repo: object, call: object) -> int:
        raise OSError("the disk is gone")

    monkeypatch.setitem(HOOKS, "pre-commit", breaks)
    assert run(["pre-commit", *(["--debug"] if debug else [])]) == 3
    first, *rest = told(capsys)
    assert first == "quantgov: blocked: OSError: the disk is gone - run it again with QUANTGOV_DEBUG=1"
    assert ("Traceback (most recent call last):" in rest) is debug


@pytest.mark.parametrize("argv", [[], ["post-commit"], ["--debug"]])
def test_a_hook_that_does_not_exist_exits_with_2(work: Repo, capsys: Capture, argv: list[str]) -> None:
    assert run(argv) == 2
    assert "is no hook of quantgov - one of: pre-commit, " in told(capsys)[0]


@pytest.mark.parametrize("name", ["commit-msg", "prepare-commit-msg"])
def test_a_message_hook_without_its_file_exits_with_2(work: Repo, capsys: Capture, name: str) -> None:
    assert run([name]) == 2
    assert "git passes the message's file" in told(capsys)[0]


def test_outside_a_repository_a_hook_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["pre-commit"]) == 2
    assert told(capsys) == ["quantgov: blocked: not in a Git repository - cd into one, or start one with `git init`"]


def test_the_process_leaves_with_the_code_of_the_verdict(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(os, "_exit", left.append)
    work.stage({"prices.csv": "1\n"})
    hook.main(["pre-commit"])
    assert left == [1]


# Options


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--select", "QG3"], 0),
        (["--select=QG5"], 1),
        (["--select", "qg501, QG3"], 1),
        (["--ignore", "QG501"], 0),
        (["--ignore=QG5,"], 0),
        (["--ignore=,"], 1),
        (["--ignore", "QG104,"], 1),
        (["--select"], 1),
        (["--select", "QG9"], 2),
        (["--ignore", "nonsense"], 2),
    ],
)
def test_codes_are_chosen(work: Repo, argv: list[str], code: int) -> None:
    work.stage({"prices.csv": "1\n"})
    assert run(["pre-commit", *argv]) == code


# QUANTGOV_SKIP


def test_a_skip_lets_a_commit_through_is_printed_and_recorded(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("QUANTGOV_SKIP", "QG501: sample for the parser; QG102: as upstream wrote it")
    work.stage({"prices.csv": "1\n"})
    assert run(["pre-commit"]) == 0
    assert told(capsys) == ["  note  QG501 not judged: QUANTGOV_SKIP: sample for the parser"]
    path = message(work, "Add prices\n\nSigned-off-by: A <a@b>\n# a comment\n")
    for _ in range(2):
        assert run(["commit-msg", path]) == 0
    written = Path(path).read_text().splitlines()
    assert sum(line.startswith("Quantgov-Skip") for line in written) == 2
    assert written[:5] == [
        "Add prices",
        "",
        "Signed-off-by: A <a@b>",
        "Quantgov-Skip: QG501: sample for the parser",
        "Quantgov-Skip: QG102: as upstream wrote it",
    ]


@pytest.mark.parametrize("value", ["QG501", "QG301: false alarm", "QG999: x"])
def test_a_skip_that_is_none_exits_with_2(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture, value: str
) -> None:
    monkeypatch.setenv("QUANTGOV_SKIP", value)
    work.stage({"prices.csv": "1\n"})
    assert run(["pre-commit"]) == 2
    assert told(capsys)[0].startswith("quantgov: blocked: QUANTGOV_SKIP: ")


def test_a_skip_does_not_hold_at_push(work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    tip = work.commit({"prices.csv": "1\n"})
    monkeypatch.setenv("QUANTGOV_SKIP", "QG501: sample")
    say(monkeypatch, f"refs/heads/{BRANCH} {tip} refs/heads/{BRANCH} {ZERO}\n".encode())
    assert run(["pre-push", "origin", "url"]) == 1
    assert "QG501" in told(capsys)[0]


# Messages


def commit_msg(work: Repo, text: str, **env: str) -> subprocess.CompletedProcess[str]:
    return work.quantgov("hook", "commit-msg", message(work, text), **env)


@pytest.mark.parametrize(
    ("text", "config", "environment", "code"),
    [
        ("# a note\n\nfeat: add a\n", {}, {}, 0),
        ("nonsense\n", {}, {}, 1),
        ("# a note\nfeat: add a\n", {}, {"GIT_EDITOR": ":"}, 1),
        ("\n\n  \nfeat: add a  \n\n\n", {}, {"GIT_EDITOR": ":"}, 0),
        ("; a note\nfeat: add a\n", {"core.commentChar": ";"}, {}, 0),
        ("# a note\nfeat: add a\n", {"core.commentChar": ";"}, {}, 1),
        ("feat: add a\n\n#1 is done\n; Please enter\n; a note\n", {"core.commentChar": "auto"}, {}, 0),
        ("; a note\n", {"core.commentChar": ";"}, {}, 0),
        (f"feat: add a\n#{SCISSORS}\n+{leak()}", {}, {}, 0),
        (f"feat: add a\n#{SCISSORS}\n+{leak()}", {"commit.cleanup": "scissors"}, {}, 0),
        (f"feat: add a\n\n# {key()}\n", {}, {}, 0),
        (f"feat: add a\n\n# {key()}\n", {}, {"GIT_EDITOR": ":"}, 1),
        ("# a note\nfeat: add a\n", {"commit.cleanup": "whitespace"}, {}, 1),
        ("# a note\nfeat: add a\n", {"commit.cleanup": "strip"}, {"GIT_EDITOR": ":"}, 0),
        ("# a note\nfeat: add a\n", {"commit.cleanup": "default"}, {}, 0),
    ],
)  # fmt: skip
def test_a_message_is_judged_as_git_will_commit_it(
    work: Repo, text: str, config: dict[str, str], environment: dict[str, str], code: int
) -> None:
    for name, value in config.items():
        work.git("config", name, value)
    done = commit_msg(work, text, **environment)
    assert done.returncode == code, done.stderr


def test_a_message_that_is_no_utf8_is_judged_and_kept(work: Repo) -> None:
    path = message(work, b"m\xfcnchen\n")
    done = work.quantgov("hook", "commit-msg", path)
    assert done.returncode == 1
    assert (work.path / ".git" / "REFUSED_MESSAGE").read_bytes() == b"m\xfcnchen\n"


def install(repo: Repo, *names: str) -> None:
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in names:
        path = hooks / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m quantgov hook {name} "$@"\n')
        path.chmod(0o755)


def retry_command(stderr: str) -> list[str]:
    (line,) = [line for line in stderr.splitlines() if "try again with: " in line]
    return shlex.split(line.partition("try again with: ")[2])


EDITOR = "#!/bin/sh\nsed -i 's/^Add/feat: add/' \"$1\"\n"


@pytest.mark.parametrize("config", [{}, {"core.commentChar": "auto"}, {"commit.verbose": "true"}])
@pytest.mark.parametrize("place", ["main worktree", "a linked worktree"])
def test_a_refused_message_is_kept_and_its_retry_command_works(
    make_repo: Callable[[str], Repo], tmp_path: Path, config: dict[str, str], place: str
) -> None:
    work = make_repo("our research")
    work.commit({"README.md": "# research\n"})
    work.branch(BRANCH)
    install(work, "commit-msg")
    for name, value in config.items():
        work.git("config", name, value)
    where = work.path
    if place == "a linked worktree":
        where = tmp_path / "linked tree"
        work.git("worktree", "add", "-q", "-b", "strategy/linked", str(where))
    (where / "a.py").write_text("x = 1\n")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf \'Add a\\n\\nFor #12, # not a comment.\\n\' | cat - "$1" > m && mv m "$1"\n')
    editor.chmod(0o755)

    def git(*argv: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "GIT_EDITOR": str(editor)}
        return subprocess.run(argv, cwd=where, env=env, capture_output=True, text=True)

    git("git", "add", "a.py")
    refused = git("git", "commit")
    assert refused.returncode == 1, refused.stderr
    editor.write_text(EDITOR)
    done = git(*retry_command(refused.stderr))
    assert done.returncode == 0, done.stderr
    assert git("git", "log", "-1", "--format=%B").stdout.strip() == "feat: add a\n\nFor #12, # not a comment."


def test_a_refused_message_is_kept_without_gits_notes(work: Repo, capsys: Capture) -> None:
    assert run(["commit-msg", message(work, "Add a\n\nFor b.\n# a note\n")]) == 1
    assert (work.path / ".git" / "REFUSED_MESSAGE").read_text() == "Add a\n\nFor b.\n"
    assert told(capsys)[-1] == "  your message is kept; try again with: git commit -e -F .git/REFUSED_MESSAGE"


def test_the_shown_path_leads_to_the_message_from_a_folder_below(work: Repo) -> None:
    done = commit_msg(work, "nonsense\n")
    assert retry_command(done.stderr) == ["git", "commit", "-e", "-F", ".git/REFUSED_MESSAGE"]
    (work.path / "below").mkdir()
    argv = [sys.executable, "-I", "-m", "quantgov", "hook", "commit-msg", "../.git/COMMIT_EDITMSG"]
    below = subprocess.run(argv, cwd=work.path / "below", capture_output=True, text=True)
    assert retry_command(below.stderr)[-1] == str(work.path / ".git" / "REFUSED_MESSAGE")


# prepare-commit-msg


def prepared(work: Repo, text: str, *more: str) -> str:
    path = message(work, text)
    assert run(["prepare-commit-msg", path, *more]) == 0
    return Path(path).read_text()


def test_the_template_is_put_in_once(work: Repo) -> None:
    work.stage({"results/run/metrics.json": "{}\n"})
    once = prepared(work, "\n# Please enter\n")
    assert once.count(TEMPLATE) == 1
    assert once.endswith("# Please enter\n")
    assert prepared(work, once) == once
    assert prepared(work, "backtest: x v1 on y\n", "message").count(HEADER) == 1


@pytest.mark.parametrize("source", ["merge", "squash"])
def test_what_git_writes_itself_is_left_alone(work: Repo, source: str) -> None:
    work.stage({"results/run/metrics.json": "{}\n"})
    assert prepared(work, "Merge branch 'main'\n", source) == "Merge branch 'main'\n"


@pytest.mark.parametrize("source", ["merge", "squash"])
def test_the_framework_names_the_source_in_the_environment(
    work: Repo, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    work.stage({"results/run/metrics.json": "{}\n"})
    monkeypatch.setenv("PRE_COMMIT_COMMIT_MSG_SOURCE", source)
    assert prepared(work, "Merge branch 'main'\n") == "Merge branch 'main'\n"


def test_a_commit_that_is_no_backtest_is_left_alone(work: Repo) -> None:
    work.stage({"a.py": "x = 1\n"})
    assert prepared(work, "feat: add a\n# note\n") == "feat: add a\n# note\n"


def test_preparing_a_message_never_blocks(work: Repo) -> None:
    """What cannot be judged is told by the hooks that judge; --no-verify does not skip this one."""
    work.git("switch", "-q", "main")
    work.commit({"quantgov.yaml": "version: 1\nmoode: guard\n"}, "chore: set the policy")
    work.git("switch", "-q", "-C", BRANCH)
    work.stage({"results/run/metrics.json": "{}\n"})
    assert prepared(work, "backtest: x\n") == "backtest: x\n"


def test_a_message_that_is_no_utf8_survives_the_template(work: Repo) -> None:
    path = message(work, b"backtest: m\xfcnchen\n")
    assert run(["prepare-commit-msg", path]) == 0
    assert b"backtest: m\xfcnchen\n" in Path(path).read_bytes()
    assert TEMPLATE.encode() in Path(path).read_bytes()


# Pushes


def test_every_line_of_a_push_is_judged_and_a_name_may_hold_any_character(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    tip = work.commit({"keys.py": leak()})
    names = ["strategy/a\u2028b", "strategy/a\u0085b", "strategy/caf\udce9"]
    lines = "".join(f"refs/heads/{name} {tip} refs/heads/{name} {ZERO}\n" for name in names)
    say(monkeypatch, lines.encode("utf-8", "surrogateescape"))
    assert run(["pre-push", "origin", "url", "--select", "QG301"]) == 1
    assert told(capsys)[0].endswith(
        "(and 2 more) - fix: read it from the environment (os.environ), and stage the file again …"
    )


def test_an_empty_push_is_clean(work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    say(monkeypatch, b"")
    assert run(["pre-push", "origin", "url"]) == 0
    assert told(capsys) == []


def test_lines_that_are_none_exit_with_2(work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    say(monkeypatch, b"what is this\n")
    assert run(["pre-push", "origin", "url"]) == 2
    assert told(capsys) == ["quantgov: blocked: not a ref line as git writes it: 'what is this'"]


def test_a_received_push_in_this_process(
    work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    bare = bare_of(work, tmp_path / "server.git", "main")
    tip = work.commit({"keys.py": leak()})
    subprocess.run(["git", "fetch", "-q", str(work.path), tip], cwd=bare, check=True)
    monkeypatch.chdir(bare)
    say(monkeypatch, f"{ZERO} {tip} refs/heads/{BRANCH}\n".encode())
    assert run(["pre-receive"]) == 1
    assert told(capsys)[0].startswith("quantgov: push refused: QG301 keys.py:1:")


def test_a_received_push(work: Repo, tmp_path: Path) -> None:
    bare = bare_of(work, tmp_path / "server.git", "main")
    path = bare / "hooks" / "pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m quantgov hook pre-receive\n')
    path.chmod(0o755)
    good = work.commit({"ok.py": "x = 1\n"})
    assert work.git("push", "-q", "origin", BRANCH, check=False).returncode == 0
    work.commit({"keys.py": leak()})
    done = work.git("push", "origin", BRANCH, check=False)
    assert done.returncode == 1
    assert "quantgov: push refused: QG301 keys.py:1:" in done.stderr
    assert work.out("ls-remote", "origin", f"refs/heads/{BRANCH}").split()[0] == good


def test_the_framework_hands_a_push_over_in_the_environment(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    base = work.out("rev-parse", "main")
    tip = work.commit({"prices.csv": "1\n"})
    say(monkeypatch, b"")
    environment = {
        "PRE_COMMIT_FROM_REF": base,
        "PRE_COMMIT_TO_REF": tip,
        "PRE_COMMIT_REMOTE_NAME": "origin",
        "PRE_COMMIT_LOCAL_BRANCH": f"refs/heads/{BRANCH}",
        "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/misnamed",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run(["pre-push"]) == 1
    assert [line.split()[1] for line in told(capsys) if line.startswith("  blocks")] == ["QG101", "QG501"]


def test_the_framework_may_leave_out_where_a_new_branch_starts(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    say(monkeypatch, b"")
    monkeypatch.setenv("PRE_COMMIT_TO_REF", work.commit({"keys.py": leak()}))
    assert run(["pre-push"]) == 1
    assert "QG301" in told(capsys)[0]


def test_the_frameworks_range_is_judged_at_pre_commit(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    base, tip = work.out("rev-parse", "main"), work.commit({"keys.py": leak()})
    assert run(["pre-commit"]) == 0
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", base)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", tip)
    assert run(["pre-commit"]) == 1
    assert "QG301" in told(capsys)[0]
