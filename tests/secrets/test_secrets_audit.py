"""`quantgov secrets audit`: what is asked, what is written as it goes, and what an interrupt leaves."""

from __future__ import annotations

import json
import os
import pty
import select
import sys
import time
from typing import TYPE_CHECKING

import pytest
import typer
from foreign_baselines import document, listed
from hypothesis import given
from hypothesis import strategies as st
from made_up_secrets import body, pem, tickdb
from typer.testing import CliRunner

from quantgov import auditing, leaks
from quantgov.auditing import Audit
from quantgov.cli import interview
from quantgov.cli.secrets import audit
from quantgov.errors import EXIT_BLOCKED, EXIT_INTERRUPTED, QuantgovError, UsageError
from quantgov.git import Repository
from quantgov.policy import POLICY_FILE
from quantgov.scanning import Request
from quantgov.secrets import scanner
from quantgov.waivers import WAIVERS_FILE, Waiver, of_data, today
from quantgov.waiving import HEADER

if TYPE_CHECKING:
    from repository import Repo

KEY, OTHER = tickdb(), tickdb(1)
GITHUB = "ghp" + "_" + body(36)
NOTHING = "Nothing to decide on: no finding is open here.\n"
POLICY = 'version: 1\nteam:\n  alice: {email: Alice@fund.com}\nsecrets: {salt: "5a17c0ffee5a17c0"}\n'
FILES: dict[str, str | bytes] = {
    POLICY_FILE: POLICY,
    "a.py": f'import os\n\nKEY = "{KEY}"\n\nx = 1\ny = 2\n',
    "b.py": f'AGAIN = "{KEY}"\nOTHER = "{OTHER}"\n',
    "tests/c.py": f'TOKEN = "{GITHUB}"\n',
}


def call(*args: str, stdin: str = "") -> tuple[int, str]:
    """Exit code and output of the command, as the application turns errors into codes."""
    app = typer.Typer()
    app.command()(audit)
    result = CliRunner().invoke(app, args, input=stdin)
    if isinstance(result.exception, QuantgovError):
        return result.exception.exit_code, f"{result.exception.message}; {result.exception.help}"
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def made(*paths: str, history: bool = False) -> Audit:
    return Audit(Repository.discover(), Request(paths, history=history), lambda done, total: None)


def waived(repo: Repo) -> list[Waiver]:
    file = repo.path / WAIVERS_FILE
    return of_data(file.read_bytes()) if file.exists() else []


@pytest.fixture
def team(repo: Repo) -> Repo:
    repo.commit(FILES)
    return repo


# --- what is asked


def test_one_secret_is_one_case_wherever_it_stands(team: Repo) -> None:
    assert [case.places for case in made().cases] == [["a.py:3", "b.py:1"], ["b.py:2"], ["tests/c.py:1"]]


def test_paths_narrow_it(team: Repo) -> None:
    assert [case.places for case in made("tests").cases] == [["tests/c.py:1"]]


def test_history_has_what_is_on_disk_no_more(team: Repo) -> None:
    team.commit({"a.py": "x = 1\n", "b.py": "x = 1\n"})
    assert [case.places for case in made().cases] == [["tests/c.py:1"]]
    assert len(made(history=True).cases) == 3


def test_it_lists_what_is_not_decided_with_the_lines_around_redacted(team: Repo) -> None:
    code, output = call("--list")
    assert code == EXIT_BLOCKED
    assert '     3 | KEY = "tk_live_' in output
    assert "     1 | import os" in output
    assert "     5 | x = 1" in output
    assert "     6 | y = 2" not in output
    assert "tickdb-api-key" in output
    assert output.rstrip().endswith("3 not decided.")
    assert waived(team) == []


def test_a_neighbouring_line_s_secret_is_redacted_too(team: Repo) -> None:
    team.write("a.py", f'A = "{KEY}"\nB = "{OTHER}"\nC = "{GITHUB}"\n{pem()}\n')
    output = call("--list", "a.py")[1]
    for secret in (KEY, OTHER, GITHUB, pem().splitlines()[1]):
        assert secret[8:20] not in output


@given(
    before=st.text(max_size=40), after=st.text(max_size=40), lines=st.lists(st.text(max_size=40), max_size=3),
    encoding=st.sampled_from(("utf-8", "utf-16", "utf-32")), end=st.sampled_from(("\n", "\r\n")),
)  # fmt: skip
def test_no_line_that_is_shown_holds_a_secret_whole(
    before: str, after: str, lines: list[str], encoding: str, end: str
) -> None:
    text = end.join([*lines, f'{before} KEY = "{KEY}" {after}', f"TOKEN = '{GITHUB}'", *lines])
    data = text.encode(encoding, "replace")
    hits = scanner.scan(data)
    assert hits
    for hit in hits:
        shown = "".join(line.text for line in leaks.lines_around(data, hit.line, hits))
        assert KEY not in shown
        assert GITHUB not in shown


def test_a_minified_line_is_cut_around_the_secret(team: Repo) -> None:
    team.write("a.js", "x=1;" * 2000 + f'key="{KEY}";' + "y=2;" * 2000)
    (line,) = made("a.js").cases[0].leak.lines
    assert len(line.text) < 200
    assert "tk_live_" in line.text


def test_a_notebook_and_utf_16_show_nothing_whole(team: Repo) -> None:
    slashed = f"{body(12)}/{body(12, seed=1)}/{body(12, seed=2)}"
    source = [f'KEY = "{KEY}"\n', f"CLIENT_SECRET = '{slashed}'\n"]
    cell = {"cell_type": "code", "source": source, "outputs": [], "metadata": {}, "execution_count": 1}
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}, indent=1)
    team.write("n.ipynb", text.replace("/", "\\/"))  # as some programs write JSON
    team.write("u.txt", f'first\nKEY = "{OTHER}"\n'.encode("utf-16"))
    output = call("--list", "n.ipynb", "u.txt")[1]
    assert "n.ipynb" in output
    assert "     2 | KEY = " in output
    assert "cell 1, line 2" in output
    assert all(secret not in output for secret in (KEY, OTHER, *slashed.split("/")[1:]))


# --- what is written


def test_false_and_test_are_written_with_reason_owner_and_end(team: Repo) -> None:
    code, output = call(stdin="f\n\n\ns\nt\nthe parser's sample\n30\n")
    assert code == EXIT_BLOCKED
    first, second = sorted(waived(team), key=lambda each: each.reason)
    assert first.reason == "not a credential: TickDB API key in a.py"
    assert first.expires == auditing.default_end(today())
    assert second.reason == "the parser's sample"
    assert second.expires == auditing.end("30", today())
    assert {first.owner, second.owner} == {"alice"}
    assert "2 waived (1 false, 1 test), 0 real, 1 not decided." in output
    assert f"Next: git add {WAIVERS_FILE} .gitattributes && git commit" in output


def test_what_is_decided_is_not_asked_again_and_passes(team: Repo) -> None:
    call(stdin="f\n\n\nf\n\n\nf\n\n\n")
    assert len(waived(team)) == 3
    assert call("--list") == (0, NOTHING)
    assert call()[0] == 0
    team.git("add", "-A")
    assert team.quantgov("check", "--select", "QG301,QG002").returncode == 0


def test_a_moved_secret_stays_decided_and_a_new_one_on_its_line_is_not(team: Repo) -> None:
    call("--accept-all", "--reason", "before quantgov")
    team.write("moved/d.py", f'\n\n    KEY = "{KEY}"\n')
    assert call("--list")[0] == 0
    team.write("a.py", f'import os\n\nKEY = "{tickdb(7)}"\n')
    assert "1 not decided." in call("--list")[1]


def test_real_prints_the_next_command_and_waives_nothing(team: Repo) -> None:
    code, output = call("tests", stdin="r\n")
    assert code == EXIT_BLOCKED
    assert f"quantgov secrets respond {made('tests').cases[0].leak.fingerprint}" in output
    assert "0 waived (0 false, 0 test), 1 real, 0 not decided." in output
    assert waived(team) == []


@pytest.mark.parametrize(
    ("answers", "count"), [("x\nwhat\n\nFalse\n\n\nq\n", 1), ("skip\nt\n\n\nquit\n", 1), ("q\n", 0)]
)
def test_words_are_taken_as_well_and_anything_else_is_asked_again(team: Repo, answers: str, count: int) -> None:
    code, _ = call(stdin=answers)
    assert code == EXIT_BLOCKED
    assert len(waived(team)) == count


@pytest.mark.parametrize("given", ["2001-01-01", "never", "2026-02-30", "99999", "-1"])
def test_an_end_that_is_none_is_asked_for_again(team: Repo, given: str) -> None:
    _, output = call("tests", stdin=f"t\n\n{given}\n\n")
    assert "is no day from today on" in output
    assert [each.expires for each in waived(team)] == [auditing.default_end(today())]


@pytest.mark.parametrize("stdin", ["", "t\n", "t\n\n", "t\nreason"])
def test_an_input_that_ends_keeps_what_was_decided(team: Repo, stdin: str) -> None:
    code, output = call(stdin=f"f\n\n\n{stdin}")
    assert code == EXIT_INTERRUPTED
    assert len(waived(team)) == 1
    assert "1 waived (1 false, 0 test)" in output


@pytest.mark.parametrize("at", ["answer", "line"])
def test_an_interrupt_keeps_what_was_decided(team: Repo, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    given = iter(("false", "false"))
    lines = iter(("", "", KeyboardInterrupt))

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    def typed(what: str, default: str) -> str:
        reply = next(lines, KeyboardInterrupt)
        if reply is KeyboardInterrupt:
            raise KeyboardInterrupt
        return default

    monkeypatch.setattr(interview, "answer", lambda: next(given) if at == "line" or not waived(team) else interrupted())
    monkeypatch.setattr(interview, "line", typed)
    code, output = call()
    assert code == EXIT_INTERRUPTED
    assert len(waived(team)) == 1
    assert "1 waived" in output
    assert sorted(path.name for path in (team.path / "governance").iterdir()) == ["waivers.yaml"]


def test_a_reason_never_takes_the_secret_along(team: Repo) -> None:
    call("tests", stdin=f"t\nit is {GITHUB}\n\n")
    assert GITHUB not in (team.path / WAIVERS_FILE).read_text()
    assert [each.reason.startswith("it is ghp_") for each in waived(team)] == [True]


def test_the_file_s_own_lines_stay(team: Repo) -> None:
    other = "  - rule: QG501\n    path: x\n    reason: y\n    owner: z\n    expires: 2999-01-01\n"
    mine = f"# mine\nversion: 1\nwaivers:\n{other}"
    team.write(WAIVERS_FILE, mine)
    call("--accept-all", "--reason", "x")
    assert (team.path / WAIVERS_FILE).read_text().startswith(mine)
    assert len(waived(team)) == 4


def test_a_file_that_cannot_be_read_is_refused_and_kept(team: Repo) -> None:
    team.write(WAIVERS_FILE, "waivers: [\n")
    code, output = call("--accept-all", "--reason", "x")
    assert code == 2
    assert "cannot be read" in output
    assert (team.path / WAIVERS_FILE).read_text() == "waivers: [\n"


def test_a_link_is_not_written_through(team: Repo) -> None:
    (team.path / "governance").mkdir()
    (team.path / WAIVERS_FILE).symlink_to(team.path / "elsewhere")
    assert call("--accept-all", "--reason", "x")[0] == 2
    assert not (team.path / "elsewhere").exists()


def test_from_a_folder_below_it_writes_at_the_top(team: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(team.path / "tests")
    call("--accept-all", "--reason", "x")
    assert len(waived(team)) == 1
    assert not (team.path / "tests" / "governance").exists()


# --- without questions


def test_all_are_accepted_for_one_reason(team: Repo) -> None:
    code, output = call("--accept-all", "--reason", "before quantgov", "--expires", "90", "--owner", "bob")
    assert code == 0
    assert output.startswith("3 waived.\n")
    assert {(each.reason, each.owner, each.expires) for each in waived(team)} == {
        ("before quantgov", "bob", auditing.end("90", today()))
    }
    before = (team.path / WAIVERS_FILE).read_bytes()
    assert call("--accept-all", "--reason", "again") == (0, NOTHING)
    assert (team.path / WAIVERS_FILE).read_bytes() == before


def test_a_baseline_is_the_same_whenever_and_wherever_it_is_made(team: Repo) -> None:
    call("--accept-all", "--reason", "x")
    first = (team.path / WAIVERS_FILE).read_text()
    (team.path / WAIVERS_FILE).unlink()
    team.write("0.py", "# comes first\n" + str(FILES["b.py"]))
    call("--accept-all", "--reason", "x")
    assert (team.path / WAIVERS_FILE).read_text() == first


@pytest.mark.parametrize("args", [["--accept-all"], ["--accept-all", "--reason", " "], ["--list", "--accept-all"]])
def test_what_contradicts_itself_is_refused(team: Repo, args: list[str]) -> None:
    assert call(*args)[0] == 2
    assert waived(team) == []


def test_in_mode_govern_what_is_written_counts_as_decided(repo: Repo) -> None:
    repo.commit({**FILES, POLICY_FILE: f"{POLICY}mode: govern\n"})
    call("--accept-all", "--reason", "x")
    assert call("--list")[0] == 0


def test_what_the_policy_does_not_let_be_waived_is_told(repo: Repo) -> None:
    repo.commit({**FILES, POLICY_FILE: f"{POLICY}unwaivable: [QG301]\n"})
    code, output = call("--list")
    assert code == EXIT_BLOCKED
    assert "cannot be waived" in output
    assert call(stdin="")[0] == EXIT_BLOCKED
    code, output = call("--accept-all", "--reason", "x")
    assert code == EXIT_BLOCKED
    assert output.startswith("0 waived.\n")
    assert output.count("QG301 cannot be waived: quantgov secrets respond ") == 3


def test_a_bare_repository_has_nothing_to_write_to(team: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    team.git("clone", "-q", "--bare", ".", "../bare.git")
    monkeypatch.chdir(team.path.parent / "bare.git")
    code, output = call("--list")
    assert code == 2
    assert "bare" in output


# --- who answers for it


@pytest.mark.parametrize(
    ("policy", "email", "name"),
    [
        (POLICY, "alice@fund.com", "alice"),
        (POLICY, "ALICE@FUND.COM", "alice"),
        (POLICY, "bob@fund.com", ""),
        (POLICY, "", ""),
        ("version: 1\nteam: {bob: {}}\n", "", ""),
        ("version: 1\n", "alice@fund.com", ""),
        ("team: [\n", "alice@fund.com", ""),
        ("team: x\n", "alice@fund.com", ""),
    ],
)
def test_the_owner_is_whom_the_team_knows_by_that_address(policy: str, email: str, name: str) -> None:
    assert auditing.member(policy.encode(), email) == name


def test_somebody_whom_the_team_does_not_know_is_named_by_address(team: Repo) -> None:
    team.git("config", "user.email", "eve@fund.com")
    assert made().owner() == "eve@fund.com"


def test_somebody_whom_git_does_not_know_has_to_say(team: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    team.git("config", "user.useConfigOnly", "true")
    with pytest.raises(UsageError, match="git does not know who you are"):
        made().owner()
    assert call("--accept-all", "--reason", "x", "--owner", "bob")[0] == 0


# --- what other scanners were told


def test_a_baseline_of_detect_secrets_is_imported(team: Repo) -> None:
    team.write(
        ".secrets.baseline", document(listed(KEY, is_secret=False), listed(OTHER, "b.py"), listed("gone", "z.py"))
    )
    code, output = call("--import", ".secrets.baseline")
    assert code == 0
    assert "quantgov finds no such secret: z.py:3" in output
    assert "2 waived." in output
    assert {each.reason for each in waived(team)} == {
        "audited as no secret in .secrets.baseline",
        "known, not audited, in .secrets.baseline",
    }
    assert [case.places for case in made().cases] == [["tests/c.py:1"]]


def test_of_history_a_baseline_is_matched_too(team: Repo) -> None:
    team.commit({"a.py": "x = 1\n", "b.py": ""})
    team.write(".secrets.baseline", document(listed(KEY, is_secret=False)))
    assert "1 waived." in call("--history", "--import", ".secrets.baseline")[1]


def test_what_was_audited_as_real_is_not_imported(team: Repo) -> None:
    team.write(".secrets.baseline", document(listed(KEY, is_secret=True)))
    _, output = call("--import", ".secrets.baseline")
    assert "audited as a secret in .secrets.baseline: quantgov secrets respond" in output
    assert waived(team) == []


def test_a_baseline_that_names_code_imports_nothing(team: Repo) -> None:
    data = document(listed(KEY), plugins_used=[{"name": "Own", "path": "file://own.py"}])
    team.write(".secrets.baseline", data)
    code, output = call("--import", ".secrets.baseline")
    assert code == 2
    assert "file://own.py" in output
    assert waived(team) == []


def test_a_gitleaksignore_is_imported_also_by_commit(team: Repo) -> None:
    oid = team.out("rev-parse", "HEAD")
    team.commit({"b.py": f"# moved\n\n{FILES['b.py']!s}"})
    lines = ("a.py:generic-api-key:3", f"{oid}:b.py:generic-api-key:2", f"{'f' * 40}:b.py:generic-api-key:2", "odd")
    team.write(".gitleaksignore", "".join(f"{line}\n" for line in lines))
    _, output = call("--import", ".gitleaksignore")
    assert "2 waived." in output
    assert output.count("finds no such secret") == 2
    assert [case.places for case in made().cases] == [["tests/c.py:1"]]


@pytest.mark.parametrize(("source", "count"), [("tests", 1), ("tests/c.py", 1), (".", 2), ("a.py", 1)])
def test_comments_in_files_are_imported(team: Repo, source: str, count: int) -> None:
    team.write("tests/c.py", f'TOKEN = "{GITHUB}"  # gitleaks:allow\n')
    team.write("a.py", f'# pragma: allowlist nextline secret\nKEY = "{KEY}"\n')
    call("--import", source, "--reason", "reviewed in May")
    assert len(waived(team)) == count
    assert {each.reason for each in waived(team)} == {"reviewed in May"}


def test_a_file_that_is_not_there_is_refused(team: Repo) -> None:
    assert call("--import", "nowhere")[0] == 2


# --- in a terminal


def test_single_keys_are_enough_in_a_terminal(team: Repo) -> None:
    terminal, status, output = in_terminal(team, [b"s", b"x", b"t", b"\r", b"\r", b"r"])
    assert status == EXIT_BLOCKED
    assert "real, false, test, skip or quit?" in output
    assert len(waived(team)) == 1
    assert (KEY in output) is False
    assert terminal


def test_ctrl_c_in_a_terminal_ends_it_and_keeps_what_was_decided(team: Repo) -> None:
    _, status, output = in_terminal(team, [b"f", b"\r", b"\r", b"\x03"])
    assert status == EXIT_INTERRUPTED
    assert len(waived(team)) == 1
    assert "1 waived" in output
    assert "Traceback" not in output


def in_terminal(repo: Repo, keys: list[bytes]) -> tuple[bool, int, str]:
    """The real client in a terminal of its own, each key pressed once it asks."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(repo.path)
        os.execv(sys.executable, [sys.executable, "-I", "-m", "quantgov", "secrets", "audit"])  # noqa: S606
    said, unanswered, end = b"", 0, time.monotonic() + 60
    waiting = list(keys)
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            said += piece
        elif waiting and len(said) > unanswered:
            unanswered = len(said)
            os.write(terminal, waiting.pop(0))
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return not waiting, os.waitstatus_to_exitcode(status), said.decode("utf-8", "replace")


def test_the_header_of_a_new_file_is_no_more_than_three_lines() -> None:
    assert HEADER.count("\n") == 3
