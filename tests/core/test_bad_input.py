"""Bad input: what a hostile or unlucky repository holds is refused or survived, with little memory and a clear word."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from core_builders import BAD_PASSPORT, BRANCH, GOOD_PASSPORT, leak

if TYPE_CHECKING:
    from repository import Repo

PASSPORT = "strategies/momentum/passport.yaml"
MIB = 1 << 20


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.commit({"README.md": "# research\n"})
    repo.branch(BRANCH)
    return repo


def policy_on_main(work: Repo, policy: str | bytes) -> None:
    work.git("switch", "-q", "main")
    work.commit({"quantgov.yaml": policy}, "chore: set the policy")
    work.git("switch", "-q", "-C", BRANCH)


# A file that is staged in part


def test_the_index_is_judged_and_not_the_working_tree(work: Repo) -> None:
    work.stage({PASSPORT: GOOD_PASSPORT, "keys.py": "KEY = None\n"})
    work.write(PASSPORT, BAD_PASSPORT)
    work.write("keys.py", leak())
    assert work.quantgov("hook", "pre-commit").returncode == 0
    work.stage({PASSPORT: BAD_PASSPORT, "keys.py": leak()})
    work.write(PASSPORT, GOOD_PASSPORT)
    work.write("keys.py", "KEY = None\n")
    done = work.quantgov("hook", "pre-commit")
    assert done.returncode == 1
    assert [line.split()[1] for line in done.stderr.splitlines() if line.startswith("  blocks")] == ["QG301", "QG401"]


def test_nothing_is_stashed_or_touched(work: Repo) -> None:
    work.stage({"keys.py": leak()})
    work.write("keys.py", "half done\n")
    work.write("untracked.txt", "mine\n")
    before = work.out("status", "--porcelain"), work.out("stash", "list"), work.out("for-each-ref")
    work.quantgov("hook", "pre-commit")
    assert (work.out("status", "--porcelain"), work.out("stash", "list"), work.out("for-each-ref")) == before
    assert (work.path / "keys.py").read_text() == "half done\n"


# Size

MEASURED = """
import os, resource, subprocess, sys
code = subprocess.run([sys.executable, "-I", "-m", "quantgov", *sys.argv[1:]]).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def stage_zeros(work: Repo, path: str, megabytes: int = 100) -> None:
    argv = ["git", "-c", "core.compression=1", "hash-object", "-w", "--stdin"]
    process = subprocess.Popen(argv, cwd=work.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    for _ in range(megabytes):
        process.stdin.write(bytes(MIB))
    process.stdin.close()
    oid = process.stdout.read().decode().strip()
    process.stdout.close()
    assert process.wait() == 0
    work.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path}")


def measured(work: Repo, *argv: str) -> tuple[int, int, str]:
    """Exit code, peak memory in MiB of the process or any it started, and what it said."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", MEASURED, *argv], cwd=work.path, capture_output=True, text=True, check=True
    )
    code, kib = done.stdout.split()[-2:]
    return int(code), int(kib) // 1024, done.stderr


@pytest.mark.parametrize(
    ("path", "code"),
    [("data/prices.csv", "QG501"), (PASSPORT, "QG401"), ("quantgov.yaml", "2"), (".gitattributes", "QG501")],
)
def test_a_hundred_megabytes_take_less_than_three_hundred(work: Repo, path: str, code: str) -> None:
    stage_zeros(work, path)
    exit_code, peak, said = measured(work, "hook", "pre-commit")
    assert exit_code == (int(code) if code.isdigit() else 1), said
    assert code.isdigit() or code in said
    assert peak < 300


def test_what_is_too_large_to_be_scanned_is_said_aloud(work: Repo) -> None:
    stage_zeros(work, "model.bin", 20)
    done = work.quantgov("hook", "pre-commit", "--select", "QG301")
    assert (done.returncode, done.stdout) == (0, "")
    assert "QG301 not judged for model.bin: 20 MiB, more than is scanned for secrets" in done.stderr


# Documents

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
DOCUMENTS: dict[str, tuple[bytes, str]] = {
    "an alias bomb": (BOMB.encode(), ""),
    "a megabyte in a line": (b"name: " + b"x" * MIB + b"\n", ""),
    "a megabyte of brackets": (b"[" * MIB, ""),
    "tabs": (b"name: x\n\tversion: 1\n", "a tab indents this line"),
    "a NUL": (b"name: \0\n", "NUL"),
    "latin-1": ("name: münchen\n".encode("latin-1"), "this is not UTF-8"),
    "UTF-16": ("name: x\n".encode("utf-16"), ""),
    "nothing": (b"", ""),
    "two documents": (GOOD_PASSPORT + b"---\n" + GOOD_PASSPORT, ""),
    "a tag that runs code": (b"name: !!python/object/apply:os.system [touch pwned]\n", ""),
    "a merge key": (b"base: &b {x: 1}\nmore:\n  <<: *b\n", ""),
}


@pytest.mark.parametrize("title", DOCUMENTS)
def test_a_hostile_passport_is_refused_in_a_moment(work: Repo, title: str) -> None:
    data, said = DOCUMENTS[title]
    work.stage({PASSPORT: data})
    started = time.monotonic()
    exit_code, peak, told = measured(work, "hook", "pre-commit")
    assert exit_code == 1, told
    assert told.startswith(f"quantgov: commit refused: QG401 {PASSPORT}:")
    assert said in told
    assert len(told) < 20_000
    assert peak < 200
    assert time.monotonic() - started < 20
    assert not (work.path / "pwned").exists()


def test_a_byte_order_mark_does_no_harm(work: Repo) -> None:
    work.stage({PASSPORT: b"\xef\xbb\xbf" + GOOD_PASSPORT})
    done = work.quantgov("hook", "pre-commit")
    assert (done.returncode, done.stderr) == (0, "")


def test_windows_line_ends_do_no_harm(work: Repo) -> None:
    work.stage({PASSPORT: GOOD_PASSPORT.replace(b"\n", b"\r\n")})
    done = work.quantgov("hook", "pre-commit")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_key_is_found_in_other_encodings_and_line_ends(work: Repo) -> None:
    work.stage({"crlf.py": leak().replace("\n", "\r\n"), "wide.txt": leak().encode("utf-16")})
    done = work.quantgov("hook", "pre-commit", "--select", "QG301")
    assert sorted(line.split()[3].partition(":")[0] for line in done.stderr.splitlines() if "  blocks" in line) == [
        "crlf.py",
        "wide.txt",
    ]


# Policies


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (b"version: 1\nmode: gaurd\n", "quantgov.yaml:2:7"),
        (b"version: 1\n mode: guard\n", "quantgov.yaml:2:"),
        (b"version: 1\nmode: [\n", "quantgov.yaml:"),
        (b"version: 1\nlevels:\n  QG101: loud\n", "quantgov.yaml:3:10"),
        (b"version: 2\n", "quantgov.yaml:1:10"),
        (b"mode: guard\n", "quantgov.yaml:1:1"),
        (b"- a list\n", "quantgov.yaml:1:1"),
        (b"", "quantgov.yaml:1:1"),
        (b"version: 1\n# m\xfcnchen\n", "quantgov.yaml:2:4"),
        (b"version: 1\nbranches: {pattern: '('}\n", "quantgov.yaml:2:"),
        (b"version: 1\nversion: 1\n", "quantgov.yaml:2:"),
    ],
)
def test_a_policy_that_cannot_be_used_exits_with_2_and_names_the_place(work: Repo, policy: bytes, place: str) -> None:
    policy_on_main(work, policy)
    work.stage({"a.py": "x = 1\n"})
    for argv in (("hook", "pre-commit"), ("check",), ("check", "--all")):
        done = work.quantgov(*argv)
        assert done.returncode == 2, done.stdout + done.stderr
        assert place in done.stderr.splitlines()[0], argv


@pytest.mark.parametrize("kind", ["folder", "symlink", "submodule"])
def test_what_is_no_file_is_no_policy_and_nothing_passes_under_it(work: Repo, tmp_path: Path, kind: str) -> None:
    (tmp_path / "outside.yaml").write_text("version: 1\nmode: observe\n")
    work.git("switch", "-q", "main")
    if kind == "folder":
        work.stage({"quantgov.yaml/inside.yaml": "version: 1\nmode: observe\n"})
    elif kind == "symlink":
        (work.path / "quantgov.yaml").symlink_to(tmp_path / "outside.yaml")
        work.git("add", "quantgov.yaml")
    else:
        oid = work.out("rev-parse", "HEAD")
        work.git("update-index", "--add", "--cacheinfo", f"160000,{oid},quantgov.yaml")
    work.commit({}, "chore: set the policy")
    work.git("switch", "-q", "-C", BRANCH)
    work.stage({"a.py": "x = 1\n"})
    done = work.quantgov("hook", "pre-commit")
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("quantgov: blocked: quantgov.yaml (main) is no regular file")


def test_a_bad_policy_edit_is_refused_before_it_lands(work: Repo) -> None:
    policy_on_main(work, "version: 1\n")
    work.stage({"quantgov.yaml": "version: 1\nmoode: guard\n"})
    done = work.quantgov("hook", "pre-commit")
    assert done.returncode == 1
    assert done.stderr.startswith("quantgov: commit refused: QG001 quantgov.yaml:2:1: ")
    assert "quantgov.yaml changed; this is judged by main's" in done.stderr


# The machine


@pytest.mark.parametrize("argv", [("hook", "pre-commit"), ("check",), ("check", "--range", "main..HEAD")])
def test_without_git_nothing_can_be_judged(work: Repo, tmp_path: Path, argv: tuple[str, ...]) -> None:
    work.stage({"keys.py": leak()})
    done = work.quantgov(*argv, PATH=str(tmp_path))
    assert done.returncode == 3
    said = done.stderr.replace("\n  fix: ", " - ")
    assert "git was not found - install git, or put it on PATH" in said


def test_a_git_that_fails_cannot_be_judged_by(work: Repo, tmp_path: Path) -> None:
    fake = tmp_path / "git"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    work.stage({"keys.py": leak()})
    assert work.quantgov("hook", "pre-commit", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}").returncode == 3


def test_a_file_name_cannot_write_to_the_terminal(work: Repo) -> None:
    names = ["esc\033]0;title\007.csv", "line\nquantgov: commit is clean.csv", "right\u202eleft.csv"]
    for name in names:
        work.write(name, "1\n")
    work.git("add", "-A")
    for argv in (("hook", "pre-commit"), ("check",), ("check", "--format", "github"), ("check", "--format", "json")):
        done = work.quantgov(*argv)
        assert done.returncode == 1
        printed = done.stdout + done.stderr
        assert "esc" in printed
        assert not {char for char in printed if not char.isprintable()} - {"\n"}, argv
        assert "\nquantgov: commit is clean" not in printed


def test_a_file_name_cannot_command_github(work: Repo) -> None:
    work.write("x\n::stop-commands::x\n##[group]x.csv", "1\n")
    work.git("add", "-A")
    done = work.quantgov("check", "--format", "github")
    assert done.returncode == 1
    commands = [line for line in done.stdout.splitlines() if line.lstrip().startswith(("::", "##["))]
    assert len(commands) == 1
    assert commands[0].startswith("::error file=x\\n%3A%3Astop-commands%3A%3Ax\\n##[group]x.csv,title=QG501 ")
