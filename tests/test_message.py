"""Commit messages: cleaned as the real git cleans them, and the first line taken apart."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantgov.message import SCISSORS, Subject, clean, cleanup_mode, comment_char, is_automatic, is_draft

if TYPE_CHECKING:
    from repository import Repo

TEXTS = st.text(alphabet="#;ab:- \t\r\n\x0b\x0c\x85\xa0\u2028é", max_size=40)
IN_ONE_REPOSITORY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def stripspace(text: str) -> str:
    done = subprocess.run(
        ["git", "stripspace", "--strip-comments"], input=text.encode(), capture_output=True, check=True
    )
    return done.stdout.decode()


def ended(text: str) -> str:
    """With the line feed that git ends a cleaned message with."""
    return f"{text}\n" if text else ""


@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_clean_is_what_git_stripspace_does(text: str) -> None:
    assert ended(clean(text)) == stripspace(text)


@pytest.mark.parametrize("mode", ["strip", "whitespace", "scissors", "verbatim"])
@given(text=TEXTS)
@IN_ONE_REPOSITORY
def test_clean_is_what_git_commit_stores(repo: Repo, mode: str, text: str) -> None:
    file = repo.path / "message"
    file.write_bytes(text.encode())
    done = repo.git("commit", "-q", "--allow-empty", f"--cleanup={mode}", "-F", str(file), check=False)
    cleaned = clean(text, mode=cleanup_mode(mode, edited=False))
    if done.returncode:
        assert not cleaned.strip(" \t\r\n")
    else:
        assert stored(repo) == (cleaned if mode == "verbatim" else ended(cleaned))


def stored(repo: Repo) -> str:
    raw = subprocess.run(["git", "cat-file", "commit", "HEAD"], cwd=repo.path, capture_output=True, check=True).stdout
    return raw.partition(b"\n\n")[2].decode()


@pytest.mark.parametrize("mode", ["strip", "whitespace", "scissors", "verbatim"])
@pytest.mark.parametrize("comment", ["#", ";"])
def test_what_an_editor_leaves_is_cleaned_as_git_cleans_it(repo: Repo, mode: str, comment: str) -> None:
    """`commit --verbose` puts the diff below the scissors, whatever the mode; what the hook saw is kept beside it."""
    repo.stage({"a.txt": "one\n"})
    editor = repo.write(
        "editor", '#!/bin/sh\n{ printf "feat: add a\\n\\n%s note  \\n\\n\\n" "$MARK"; cat "$1"; } > t && mv t "$1"\n'
    )
    hook = repo.write(".git/hooks/commit-msg", '#!/bin/sh\ncat "$1" > "$SEEN"\n')
    for script in (editor, hook):
        script.chmod(0o755)
    seen = repo.path / "seen"
    arguments = ("-c", f"core.commentChar={comment}", "commit", "-q", "-v", f"--cleanup={mode}")
    repo.git(*arguments, GIT_EDITOR=str(editor), MARK=comment, SEEN=str(seen))
    text = seen.read_text()
    assert f"{comment}{SCISSORS}" in text
    assert clean(text, comment, cleanup_mode(mode, edited=True)).rstrip("\n") == stored(repo).rstrip("\n")
    assert "diff --git" not in stored(repo)


@pytest.mark.parametrize(
    ("text", "mode", "cleaned"),
    [
        ("feat: a\n\n# note\n", "strip", "feat: a"),
        ("feat: a\n\n# note\n", "whitespace", "feat: a\n\n# note"),
        (" \n\nfeat: a \n\n\n\nmore\t\n\n", "whitespace", "feat: a\n\nmore"),
        (f"feat: a\n#{SCISSORS}\nfeat: b\n", "scissors", "feat: a"),
        (f"feat: a \n#{SCISSORS}\nfeat: b\n", "verbatim", "feat: a "),
        ("feat: a\xa0", "strip", "feat: a\xa0"),
    ],
)
def test_clean(text: str, mode: str, cleaned: str) -> None:
    assert clean(text, mode=mode) == cleaned


@pytest.mark.parametrize(
    ("configured", "text", "expected"),
    [
        (None, "a", "#"),
        (";", "a", ";"),
        ("//", "a", "//"),
        ("auto", "# a heading\n\n; git's notes\n; more\n", ";"),
        ("auto", "only text\n", "#"),
        ("auto", "", "#"),
    ],
)
def test_comment_char(configured: str | None, text: str, expected: str) -> None:
    assert comment_char(configured, text) == expected


def test_comment_char_is_the_one_that_git_chose_itself(repo: Repo) -> None:
    editor = repo.write("editor", '#!/bin/sh\ncat "$1" > "$SEEN"\n')
    editor.chmod(0o755)
    seen = Path(repo.path / "seen")
    arguments = ("-c", "core.commentChar=auto", "commit", "--allow-empty", "-e", "-m", "#12 is mended\n\n;-)")
    repo.git(*arguments, GIT_EDITOR=str(editor), SEEN=str(seen), check=False)
    assert comment_char("auto", seen.read_text()) == "@"


@pytest.mark.parametrize(
    ("configured", "edited", "mode"),
    [
        (None, True, "strip"),
        (None, False, "whitespace"),
        ("default", True, "strip"),
        ("scissors", True, "scissors"),
        ("scissors", False, "whitespace"),
        ("verbatim", False, "verbatim"),
    ],
)
def test_cleanup_mode(configured: str | None, edited: bool, mode: str) -> None:
    assert cleanup_mode(configured, edited) == mode


@pytest.mark.parametrize(
    ("text", "type_", "description"),
    [
        ("feat: add a filter", "feat", "add a filter"),
        ("feat(signals): add", "feat", "add"),
        ("feat!: add", "feat", "add"),
        ("feat(signals)!: add ", "feat", "add"),
        ("data-fix: add", "data-fix", "add"),
        ("feat:add", "", "add"),
        ("feat: ", "", ""),
        ("feat(): add", "", "feat(): add"),
        ("add a filter", "", "add a filter"),
        ("", "", ""),
    ],
)
def test_subject(text: str, type_: str, description: str) -> None:
    subject = Subject(text)
    assert (subject.type, subject.description, subject.text) == (type_, description, text)


@pytest.mark.parametrize(
    "subject", ["wip", "WIP: gap", "wip gap", "fixup! feat: a", "squash! feat: a", "amend! feat: a"]
)
def test_drafts(subject: str) -> None:
    assert is_draft(subject)


@pytest.mark.parametrize("subject", ["wipe: the cache", "fixup the cache", "feat: wip"])
def test_no_drafts(subject: str) -> None:
    assert not is_draft(subject)


def test_reverts_are_told_by_their_first_line(repo: Repo) -> None:
    repo.commit({"a.txt": "x"}, "feat: add a")
    repo.git("revert", "--no-edit", "HEAD")
    assert is_automatic(stored(repo))
    assert is_automatic('Reapply "feat: add a"')
    assert not is_automatic("Revert the filter")


def test_a_message_that_came_whole_keeps_what_stands_below_a_scissors_line() -> None:
    text = f"feat: add a thing\n\n#{SCISSORS}\nbelow\n"
    assert clean(text, mode="whitespace", edited=False) == text.rstrip("\n")
    assert clean(text, mode="whitespace") == "feat: add a thing"
