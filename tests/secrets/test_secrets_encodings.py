"""Text in any encoding, with any line endings: a secret in it is found, told by its place, and never shown whole."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_secrets import ALNUM, UPPER_DIGITS, body, pem, tickdb

from quantgov.policy import POLICY_FILE
from quantgov.secrets.scanner import redact, scan, skip_reason

if TYPE_CHECKING:
    from repository import Repo

PASSWORD = "Kettle" + "#" + "427"
MARKED = {
    "utf-8-sig": "",
    "utf-16": "",
    "utf-32": "",
    "utf-16-le": "\ufeff",
    "utf-16-be": "\ufeff",
    "utf-32-be": "\ufeff",
}
UNMARKED = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
PAGES = ("latin-1", "cp1252")
ENDS = ("\n", "\r\n", "\r")
WORDS = "ab XY_09.,:;#()=+- éüñ"
"""Characters that all of them have; `quotes` and `<` stand in no text around, since they would end or begin a value."""
WIDE = WORDS + "“€Ж中文😀"


def leak(kind: str, seed: int, end: str) -> tuple[str, str]:
    """A line, or several, with a secret in it, and that secret."""
    secrets = {
        "tickdb": ("KEY = '{}'", tickdb(seed)),
        "aws": ("{}", "AKIA" + body(16, UPPER_DIGITS, seed)),
        "aws secret": ("aws_secret_access_key = '{}'", body(40, ALNUM + "+/", seed)),
        "pem": ("{}", pem(newline=end)),
        "named": ("broker_secret: {}", body(40, seed=seed)),
        "password": ("password = '{}'", PASSWORD + body(4, seed=seed)),
        "url": ("postgres://quant:{}@db.internal/ticks", body(12, seed=seed)),
    }
    line, secret = secrets[kind]
    return line.format(secret), secret


kinds = st.sampled_from(["tickdb", "aws", "aws secret", "pem", "named", "password", "url"])


def lines_of(alphabet: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(st.sampled_from(alphabet), max_size=40), max_size=8)


def found(text: str, data: bytes, secret: str) -> tuple[int, int]:
    """The line and column at which it is found; no output shows it."""
    hits = scan(data)
    shown = "".join(hit.redacted + repr(hit) for hit in hits) + redact(text, hits)
    assert not any(piece in shown for piece in secret.split() if len(piece) > 30 or piece == secret)
    (hit,) = (hit for hit in hits if hit.secret == secret.encode())
    return hit.line, hit.column


@given(before=lines_of(WORDS), after=lines_of(WORDS), kind=kinds, seed=st.integers(0, 999), end=st.sampled_from(ENDS),
       encoding=st.sampled_from((*MARKED, *UNMARKED, *PAGES)))  # fmt: skip
def test_a_secret_is_found_in_any_encoding_and_with_any_line_ending(
    before: list[str], after: list[str], kind: str, seed: int, end: str, encoding: str
) -> None:
    line, secret = leak(kind, seed, end)
    text = end.join([*before, line, *after])
    data = (MARKED.get(encoding, "") + text).encode(encoding)
    assert found(text, data, secret) == (len(before) + 1, line.index(secret) + 1)
    assert skip_reason(data) is None


@given(before=lines_of(WIDE), kind=kinds, seed=st.integers(0, 999), mixed=st.lists(st.sampled_from(ENDS), min_size=9),
       encoding=st.sampled_from((*MARKED, "utf-8")))  # fmt: skip
def test_columns_count_characters_and_any_line_ending_is_one(
    before: list[str], kind: str, seed: int, mixed: list[str], encoding: str
) -> None:
    line, secret = leak(kind, seed, "\n")
    text = "".join(line + end for line, end in zip(before, mixed, strict=False)) + "中😀 " + line
    number = len(text.replace("\r\n", "\n").replace("\r", "\n")[: -len(line)].split("\n"))
    data = (MARKED.get(encoding, "") + text).encode(encoding)
    assert found(text, data, secret) == (number, line.index(secret) + 4)


@given(
    lines_of(WIDE), lines_of(WIDE), kinds, st.integers(0, 999), st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le"])
)
def test_utf_16_without_a_mark_is_read_whatever_the_language(
    before: list[str], after: list[str], kind: str, seed: int, encoding: str
) -> None:
    line, secret = leak(kind, seed, "\r\n")
    text = "\r\n".join([*before, line, *after])
    assert found(text, text.encode(encoding), secret)[0] == len(before) + 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_text_in_another_script_is_read(encoding: str) -> None:
    text = "行情数据由交易所提供，密钥在此：\r\n" * 20 + f"key = '{tickdb()}'\r\n"
    assert [(hit.line, hit.column) for hit in scan(text.encode(encoding))] == [(21, 8)]


@pytest.mark.parametrize(
    ("encoding", "end"),
    [("utf-8", "\n"), ("utf-16", "\r\n"), ("utf-16-le", "\n"), ("cp1252", "\r"), ("utf-32-be", "\r\n")],
)
def test_no_report_of_a_real_check_holds_a_secret(repo: Repo, encoding: str, end: str) -> None:
    leaks = [leak(kind, 1, end) for kind in ("tickdb", "aws", "aws secret", "pem", "named", "password", "url")]
    text = end.join(["# prices, é", *(line for line, _ in leaks), ""])
    notebook = {"cells": [{"cell_type": "code", "outputs": [], "source": text}], "metadata": {}, "nbformat": 4}
    repo.commit({POLICY_FILE: "version: 1\n"})
    repo.branch("strategy/momentum")
    repo.stage({"feed.py": text.encode(encoding), "feed.ipynb": json.dumps(notebook).encode(encoding)})
    outputs = [repo.quantgov("check", "--format", form) for form in ("text", "json", "github")]
    outputs.append(repo.quantgov("hook", "pre-commit"))
    assert {done.returncode for done in outputs} == {1}
    for done in outputs:
        shown = done.stdout + done.stderr
        assert shown.count("feed.py") >= 1
        for _, secret in leaks:
            for piece in {secret, *(line for line in secret.split(end) if "PRIVATE" not in line)}:
                assert piece not in shown
                assert base64.b64encode(piece.encode()).decode() not in shown
    findings = json.loads(outputs[1].stdout)["findings"]
    told = [(each["path"], each["line"]) for each in findings if each["code"] == "QG301"]
    places = [number + 2 for number in range(len(leaks))]
    after_pem = len(pem().splitlines()) - 1
    wanted = [line if number < 4 else line + after_pem for number, line in enumerate(places)]
    assert [line for path, line in told if path == "feed.py"] == wanted
    assert sum(path == "feed.ipynb" for path, _ in told) == len(leaks)
