"""What other scanners were told to let pass: read as data, never run, and matched to findings of ours."""

from __future__ import annotations

import json

import pytest
from foreign_baselines import FILTER, document, listed, sha1
from made_up_secrets import body, pem, tickdb, webhook

from quantgov.errors import UsageError
from quantgov.secrets import exposure, scanner
from quantgov.secrets.imports import Found, Known, Matched, allowed, baseline, gitleaks_ignores, matched, parse

SALT = "5a17c0ffee5a17c0"
GITHUB = "ghp" + "_" + body(36)
AZURE = body(86) + "=="
WEBHOOK = webhook()
COMMIT = "a" * 40


def found(files: dict[str, str], commit: str = "") -> dict[tuple[str, str], list[Found]]:
    return {
        (commit, path): [
            Found(exposure.fingerprint(hit, SALT), hit, text.split("\n")[hit.line - 1])
            for hit in scanner.scan(text.encode(), path)
        ]
        for path, text in files.items()
    }


def meant(known: list[Known], files: dict[str, str]) -> Matched:
    return matched(known, found(files))


# --- baselines of detect-secrets


def test_a_baseline_gives_file_line_and_digest() -> None:
    (known,) = baseline(document(listed("x" * 20, r".\src\a.py")))
    assert (known.file, known.line, known.digest) == ("src/a.py", 3, sha1("x" * 20))
    assert known.reason == "known, not audited, in .secrets.baseline"


@pytest.mark.parametrize(
    ("label", "reason", "is_real"),
    [
        (False, "audited as no secret in .secrets.baseline", False),
        (True, "audited as a secret in .secrets.baseline", True),
        (None, "known, not audited, in .secrets.baseline", False),
        ("yes", "known, not audited, in .secrets.baseline", False),
    ],
)
def test_an_audited_baseline_says_so(label: object, reason: str, is_real: bool) -> None:
    (known,) = baseline(document(listed("x", is_secret=label)))
    assert (known.reason, known.is_real) == (reason, is_real)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"plugins_used": [{"name": "Own", "path": "file://plugins/own.py"}]}, "file://plugins/own.py"),
        ({"plugins_used": [{"name": "Own", "path": "own.plugin"}]}, "own.plugin"),
        ({"plugins_used": [{"name": "Own", "path": ""}]}, "names code"),
        ({"filters_used": [FILTER, {"path": "file://filters.py::is_fine"}]}, "file://filters.py::is_fine"),
        ({"filters_used": [{"path": "os.system"}]}, "os.system"),
        ({"filters_used": [{"path": "detect_secrets.filters/../../x"}]}, "detect_secrets.filters/../../x"),
        ({"filters_used": [{"path": "detect_secretsx.filters.a"}]}, "detect_secretsx.filters.a"),
        ({"filters_used": [{"path": ["detect_secrets.a"]}]}, "names code"),
        ({"custom_plugin_paths": ["plugins/own.py"]}, "plugins/own.py"),
    ],
)
def test_a_baseline_that_names_code_is_refused(more: dict[str, object], named: str) -> None:
    with pytest.raises(UsageError) as refused:
        baseline(document(listed("x"), **more))
    assert named in refused.value.message


def test_what_detect_secrets_writes_itself_names_no_code() -> None:
    filters = [
        {"path": "detect_secrets.filters.common.is_ignored_due_to_verification_policies", "min_level": 2},
        {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["tests/.*"]},
    ]
    assert len(baseline(document(listed("x"), filters_used=filters))) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"1", b"{}", b'{"results": []}', b"\xff\xfe", b"[" * 100_000, b'{"results": null}'],
)
def test_what_is_no_baseline_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"x\.baseline is no "):
        baseline(data, "x.baseline")


def test_entries_of_another_form_are_passed_over() -> None:
    odd = {"a.py": [None, 1, {}, {"hashed_secret": 5}, {"hashed_secret": "abc"}], "b.py": "x", "c.py": {"a": 1}}
    assert baseline(json.dumps({"results": odd, "plugins_used": "x", "filters_used": [1]}).encode()) == []


def test_an_entry_means_the_same_secret_wherever_it_stands_by_now() -> None:
    key = tickdb()
    known = baseline(document(listed(key, "old.py"), listed("another value", "old.py")))
    here = meant(known, {"new.py": f"import os\n\n\n\nKEY = '{key}'\n"})
    assert [each.digest for each in here.passed.values()] == [sha1(key)]
    assert [each.digest for each in here.unmatched] == [sha1("another value")]


def test_a_new_secret_on_the_old_one_s_line_is_not_meant() -> None:
    known = baseline(document(listed(tickdb(1), line_number=1)))
    here = meant(known, {"a.py": f"KEY = '{tickdb(2)}'\n"})
    assert here.passed == {}
    assert here.unmatched == known


def test_of_a_private_key_only_the_header_is_known_and_only_in_that_file() -> None:
    header = "BEGIN RSA PRIVATE " + "KEY"
    files = {"a.pem": pem(), "b.pem": pem("EC ")}
    assert len(meant(baseline(document(listed(header, "a.pem"))), files).passed) == 1
    assert meant(baseline(document(listed(header, "b.pem"))), files).passed == {}


@pytest.mark.parametrize(
    ("hashed", "line"),
    [
        ("ghp", f"token = '{GITHUB}'"),
        (f"AccountKey={AZURE}", f"conn = 'x;AccountKey={AZURE};y'"),
        (f"x;AccountKey={AZURE};y", f"conn = 'x;AccountKey={AZURE};y'"),
        (WEBHOOK, f"url = '{WEBHOOK}'"),
    ],
)
def test_in_its_own_file_an_entry_means_what_detect_secrets_takes_for_the_secret(hashed: str, line: str) -> None:
    known = baseline(document(listed(hashed, "a.py")))
    assert len(meant(known, {"a.py": f"{line}\n"}).passed) == 1
    assert meant(known, {"b.py": f"{line}\n"}).passed == {}
    assert meant(baseline(document(listed("x", "a.py"))), {"a.py": f"{line}\n"}).passed == {}


def test_what_stands_beside_a_secret_or_in_an_endless_line_is_not_meant() -> None:
    beside, endless = f"a = 'nothing of the kind', '{GITHUB}'", f"a = '{GITHUB[:20]}' + '{'x' * 5000}', '{GITHUB}'"
    for line, hashed in ((beside, "nothing of the kind"), (endless, GITHUB[:20])):
        (known,) = baseline(document(listed(hashed, "a.py")))
        assert meant([known], {"a.py": line + "\n"}).unmatched == [known]
    (known,) = baseline(document(listed(GITHUB[:20], "a.py")))
    assert meant([known], {"a.py": f"a = '{GITHUB[:20]}', '{GITHUB}'\n"}).unmatched == []


def test_what_was_audited_as_a_secret_is_not_let_pass() -> None:
    key = tickdb()
    known = baseline(document(listed(key, is_secret=True), listed(key, is_secret=False)))
    here = meant(known, {"a.py": f"KEY = '{key}'\n"})
    assert here.passed == {}
    assert len(here.real) == 1


# --- .gitleaksignore


@pytest.mark.parametrize(
    ("line", "file", "number", "commit", "rule"),
    [
        ("src/a.py:generic-api-key:12", "src/a.py", 12, "", "generic-api-key"),
        (f"{COMMIT}:src/a.py:generic-api-key:12", "src/a.py", 12, COMMIT, "generic-api-key"),
        ("./a b.py:aws-access-token:1  ", "a b.py", 1, "", "aws-access-token"),
        ("odd:name.py:jwt:7", "odd:name.py", 7, "", "jwt"),
    ],
)
def test_a_line_of_gitleaks(line: str, file: str, number: int, commit: str, rule: str) -> None:
    data = f"# header\n\n{line}\n".encode()
    (known,) = gitleaks_ignores(data)
    assert (known.file, known.line, known.commit, known.rule) == (file, number, commit, rule)
    assert known.source == ".gitleaksignore:3"


@pytest.mark.parametrize("line", ["src/a.py", "a.py:rule", "a.py:rule:x", "a.py:12", "é\x00"])
def test_a_line_of_another_form_means_nothing_and_is_told(line: str) -> None:
    known = list(gitleaks_ignores(f"{line}\n".encode()))
    here = meant(known, {"a.py": f"KEY = '{tickdb()}'\n"})
    assert (here.passed, here.unmatched) == ({}, known)


def test_a_line_means_the_finding_that_stands_there() -> None:
    files = {"a.py": f"import os\nKEY = '{tickdb()}'\n"}
    known = list(gitleaks_ignores(b"a.py:generic-api-key:2\na.py:generic-api-key:1\nb.py:generic-api-key:2\n"))
    here = meant(known, files)
    assert [each.source for each in here.passed.values()] == [".gitleaksignore:1"]
    assert [each.source for each in here.unmatched] == [".gitleaksignore:2", ".gitleaksignore:3"]


def test_of_several_on_a_line_the_rule_tells_which() -> None:
    files = {"a.py": f"keys = ('{tickdb()}', '{GITHUB}')\n"}
    (mark,) = meant(list(gitleaks_ignores(b"a.py:github-pat:1\n")), files).passed
    assert mark in {each.fingerprint for each in found(files)["", "a.py"] if each.hit.secret == GITHUB.encode()}
    assert meant(list(gitleaks_ignores(b"a.py:generic-api-key:1\n")), files).passed == {}


def test_a_line_with_a_commit_is_looked_up_in_that_commit() -> None:
    then = {"a.py": f"KEY = '{tickdb()}'\n"}
    now = {"a.py": f"import os\n\nKEY = '{tickdb()}'\n"}
    known = list(gitleaks_ignores(f"{COMMIT}:a.py:generic-api-key:1\n".encode()))
    assert matched(known, found(now)).passed == {}
    assert matched(known, {**found(now), **found(then, COMMIT)}).passed.keys() == {
        each.fingerprint for each in found(now)["", "a.py"]
    }


# --- comments


@pytest.mark.parametrize(
    ("comment", "line"),
    [
        ("# gitleaks:allow", 2),
        ("// gitleaks:allow because", 2),
        ("# pragma: allowlist secret", 2),
        ("/* pragma:allowlist secret */", 2),
        ("<!-- pragma: allowlist-secret -->", 2),
        ("# pragma: whitelist secret", 2),
        ("# pragma: allowlist nextline secret", 3),
        ("# pragma: allow secret", 0),
        ("# gitleaks: allow", 0),
    ],
)
def test_a_comment_lets_its_line_or_the_next_one_pass(comment: str, line: int) -> None:
    known = list(allowed(f"first\nx = 1  {comment}\nlast\n".encode(), "a.py"))
    assert [each.line for each in known] == ([line] if line else [])


def test_all_on_that_line_are_meant() -> None:
    text = f"keys = ('{tickdb()}', '{GITHUB}')  # gitleaks:allow\nother = '{tickdb(3)}'\n"
    here = meant(list(allowed(text.encode(), "a.py")), {"a.py": text})
    assert len(here.passed) == 2
    assert {each.reason for each in here.passed.values()} == {"allowed by a comment, gitleaks:allow"}


def test_a_comment_where_nothing_is_found_is_told() -> None:
    here = meant(list(allowed(b"x = 1  # gitleaks:allow\n", "a.py")), {"a.py": "x = 1\n"})
    assert [each.source for each in here.unmatched] == ["a.py:1"]


@pytest.mark.parametrize(
    ("name", "data", "count"),
    [
        (".gitleaksignore", b"a.py:x:1\n", 1),
        (".secrets.baseline", document(listed("x")), 1),
        ("known.json", document(listed("x"), listed("y")), 2),
        ("a.py", b"x = 1  # gitleaks:allow\n", None),
    ],
)
def test_a_file_is_known_by_its_name_or_by_what_it_holds(name: str, data: bytes, count: int | None) -> None:
    known = parse(name, data)
    assert (None if known is None else len(known)) == count


def test_no_source_and_no_reason_tells_a_secret() -> None:
    key = tickdb()
    known = [*baseline(document(listed(key))), *allowed(f"K = '{key}'  # gitleaks:allow".encode(), "a.py")]
    assert key not in repr(known)
