"""What is not looked into is said: archives, compressed data and databases by their kind, other binary as such."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import memory
import pytest
from core_builders import change_of, leak, verdict_of
from made_up_secrets import body, tickdb

from quantgov.change import WHOLE_LIMIT
from quantgov.policy import POLICY_FILE
from quantgov.rule import Skipped
from quantgov.secrets.contents import PROBE
from quantgov.secrets.scanner import PACKED, is_plain, scan, scan_chunks, skip_reason

if TYPE_CHECKING:
    from repository import Repo

ROWS = "\n".join(f"2024-01-02,AAPL,{row / 7:.4f}" for row in range(500)).encode()
PASSWORD = "Kettle" + "#" + "427"


def zipped(name: str = "a.csv", method: int = zipfile.ZIP_DEFLATED, content: bytes = ROWS) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as opened:
        opened.writestr(name, content)
    return target.getvalue()


def tarred(content: bytes = ROWS, mode: str = "w:") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as opened:  # type: ignore[call-overload]  # a mode by parameter
        info = tarfile.TarInfo("a.csv")
        info.size = len(content)
        opened.addfile(info, io.BytesIO(content))
    return target.getvalue()


def database() -> bytes:
    opened = sqlite3.connect(":memory:")
    try:
        opened.execute("create table bars (symbol text)")
        return opened.serialize()
    finally:
        opened.close()


KINDS = [
    ("a zip archive", zipped()),
    ("a zip archive", zipped(method=zipfile.ZIP_STORED)),
    ("a zip archive", b"PK\5\6" + bytes(18)),
    ("gzip data", gzip.compress(ROWS)),
    ("gzip data", tarred(mode="w:gz")),
    ("bzip2 data", bz2.compress(ROWS)),
    ("bzip2 data", bz2.compress(b"short", 1)),
    ("xz data", lzma.compress(ROWS)),
    ("zstd data", b"\x28\xb5\x2f\xfd" + bytes(range(200))),
    ("lz4 data", b"\x04\x22\x4d\x18" + bytes(range(200))),
    ("a 7z archive", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(99)),
    ("a rar archive", b"Rar!\x1a\7\1\0" + bytes(99)),
    ("an ar archive", b"!<arch>\ndebian-binary   1668973695  0     0     100644  4         `\n2.0\n" + bytes(99)),
    ("a tar archive", tarred()),
    ("a PDF document", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type /Catalog>>\nendobj\n"),
    ("a Parquet file", b"PAR1" + bytes(200) + b"PAR1"),
    ("an Arrow file", b"ARROW1\0\0" + bytes(99)),
    ("an Arrow file", b"FEA1" + bytes(99)),
    ("an HDF5 file", b"\x89HDF\r\n\x1a\n" + bytes(99)),
    ("a SQLite database", database()),
    ("an Avro file", b"Obj\1\4\x14avro.codec\x08null\0" + bytes(99)),
    *(("a pickle", pickle.dumps({"a": 1}, protocol)) for protocol in (2, 3, 4, 5)),
    ("an old office document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)),
]


@pytest.mark.parametrize(("kind", "data"), KINDS, ids=[kind for kind, _ in KINDS])
def test_what_is_packed_is_named_and_never_called_clean(kind: str, data: bytes) -> None:
    assert scan(data) == []
    assert skip_reason(data) == f"{kind}, not unpacked"
    assert scan_chunks((data[:3], data[3:]), len(data)) == ([], f"{kind}, not unpacked")


@pytest.mark.parametrize(("kind", "data"), KINDS, ids=[kind for kind, _ in KINDS])
def test_no_beginning_passes_for_plain_text(kind: str, data: bytes) -> None:
    """The scanner itself knows how those begin that may have no NUL; the rest is looked at more closely anyway."""
    assert not is_plain(data) or data.startswith(PACKED), kind


def test_what_stands_in_an_archive_as_it_is_is_found() -> None:
    data = zipped(method=zipfile.ZIP_STORED, content=ROWS + tickdb().encode() + b"\n")
    assert [(hit.secret.decode(), hit.line) for hit in scan(data)] == [(tickdb(), 0)]
    assert [hit.secret.decode() for hit in scan(tarred(f"key = '{tickdb()}'\n".encode()))] == [tickdb()]
    assert [hit.secret.decode() for hit in scan(b"%PDF-1.7\n" + tickdb().encode())] == [tickdb()]
    assert [hit.secret.decode() for hit in scan(pickle.dumps({"key": tickdb()}))] == [tickdb()]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\x7fELF\2\1\1\0",
        b"\0",
        bytes(range(256)),
        b"\0\1" * 100,
        b"short\0",
        b"\xff\xfe\1\0\0\0",
        b"a\0\0\0" * 3,
    ],
)
def test_other_binary_content_is_called_that(data: bytes) -> None:
    assert (scan(data), skip_reason(data)) == ([], "binary")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"PAR1,FEA1\n",
        b"PARENT = 1\n",
        b"FEA1 = 1\n",
        b"!<arch>\nis how an archive begins\n",
        b"BZh is Z. Bh.\n",
        b"%PDF-files\n",
        b"7z x a.7z\n",
        b"\x80 in a code page is a euro",
        b"PK\n",
        "café\n".encode("latin-1"),
        "é\n".encode("utf-16"),
        b"x" * PROBE + b"\0\1\2",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4d" * 32 + b"\nsize 12345\n",
    ],
)
def test_text_is_searched_whole_and_nothing_is_said(data: bytes) -> None:
    assert (scan(data), skip_reason(data)) == ([], None)


def test_text_that_a_shell_has_appended_to_in_utf_16_is_searched() -> None:
    """PowerShell's `>>` does that to a file in another encoding."""
    head, appended = b"# settings\r\nDEBUG=1\r\n", f"DB_PASSWORD={PASSWORD}\r\n".encode("utf-16-le")
    for data, line in ((head + appended, 3), (head * 500 + appended, 1001)):
        assert [(hit.secret.decode(), hit.line, hit.column) for hit in scan(data)] == [(PASSWORD, line, 13)]
        assert skip_reason(data) is None


def test_lists_that_programs_write_for_programs_are_searched() -> None:
    """The environment of a process, the names that `find -print0` prints."""
    data = b"\0".join((b"HOME=/root", f"API_SECRET={body(40)}".encode(), b"PATH=/bin", b""))
    assert [(hit.secret.decode(), hit.line, hit.column) for hit in scan(data)] == [(body(40), 2, 12)]
    assert skip_reason(data) is None


def test_a_rule_says_what_it_could_not_look_into() -> None:
    files: dict[str, str | bytes] = {"a.whl": zipped(), "b.png": b"\x89PNG\0", "c.py": "x = 1\n", "d.pkl": KINDS[-2][1]}
    (outcome,) = verdict_of([change_of(files)], select=["QG301"]).outcomes
    assert isinstance(outcome, Skipped)
    assert [(each.path, each.reason, each.loud) for each in outcome.unjudged] == [
        ("a.whl", "a zip archive, not unpacked", False),
        ("b.png", "binary", False),
        ("d.pkl", "a pickle, not unpacked", False),
    ]


@pytest.mark.parametrize(
    ("data", "loaded"),
    [
        (b"x = 1\n" * 1000, set()),
        (b'{"cells": []}', set()),
        (b"\x89PNG\0" * 99, {"windows", "contents", "binary"}),
        (b"x = 1\n" * 400_000, {"windows", "contents", "binary"}),
        (b'{"cells": [], "nbformat": 4}', {"windows", "contents", "binary", "notebook"}),
    ],
    ids=["text", "json", "binary", "large", "notebook"],
)
def test_only_what_a_clean_content_needs_is_imported(data: bytes, loaded: set[str]) -> None:
    program = (
        "import sys\nfrom quantgov.secrets.scanner import scan, skip_reason\n"
        "data = sys.stdin.buffer.read()\nassert not scan(data)\nskip_reason(data)\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=data, check=True, capture_output=True)
    modules = set(done.stdout.decode().split())
    assert not modules & {"json", "detect_secrets", "quantgov.secrets.confirm"}
    parts = {f"quantgov.secrets.{name}" for name in ("windows", "contents", "binary", "notebook")}
    assert modules & parts == {f"quantgov.secrets.{name}" for name in loaded}


def test_the_hook_is_quiet_about_archives_and_check_names_them(repo: Repo) -> None:
    repo.commit({POLICY_FILE: "version: 1\n"})
    repo.branch("strategy/momentum")
    repo.stage({"a.whl": zipped(), "b.bin": b"\0\1\2"})
    hook = repo.quantgov("hook", "pre-commit", "--select", "QG301")
    assert (hook.returncode, hook.stdout + hook.stderr) == (0, "")
    shown = repo.quantgov("check", "--select", "QG301").stdout
    assert "QG301 not judged for a.whl: a zip archive, not unpacked" in shown
    assert "QG301 not judged for b.bin: binary" in shown


def test_a_file_too_large_to_be_held_is_searched_piece_by_piece(repo: Repo) -> None:
    line = b"0.25;" * 200 + b"\n"
    rows = line * ((17 << 20) // len(line))
    repo.commit({POLICY_FILE: "version: 1\nsecrets: {max_size: 1 GiB}\n"})
    repo.branch("strategy/momentum")
    waived = leak(1).rstrip("\n") + "  # quantgov: " + "ignore[QG301] sample\n"
    repo.stage({"ticks.csv": rows + leak().encode() + waived.encode(), "ticks.bin": b"\0\1" + rows, "ok.csv": rows})
    found = repo.quantgov("check", "--select", "QG301,QG004,QG005")
    assert found.returncode == 1
    count = len(rows) // len(line)
    assert f"ticks.csv:{count + 1}:12" in found.stdout
    assert f"blocks  QG301 secret-exposed  ticks.csv:{count + 2}:12" in found.stdout  # no comment counts in there
    assert "QG301 not judged for ticks.bin: binary" in found.stdout
    assert "QG005 not judged for ok.csv: 17 MiB, more than is searched (16 MiB)" in found.stdout
    assert "QG301 not judged for ok.csv" not in found.stdout


JUDGE = """
from quantgov.hook import run
print(run(["pre-commit", "--select", "QG301,QG004,QG005,QG501"]))
"""


def test_judging_a_huge_file_holds_little_of_it(repo: Repo) -> None:
    repo.commit({POLICY_FILE: "version: 1\nsecrets: {max_size: 4 GiB}\nlevels: {QG501: advise}\n"})
    repo.branch("strategy/momentum")
    block = b"0.25;" * 200_000
    with repo.write("ticks.csv").open("wb") as file:
        for _ in range(150):
            file.write(block)
        file.write(leak().encode())
    repo.git("-c", "core.compression=0", "add", "ticks.csv")
    done, used = memory.run(JUDGE, folder=repo.path)
    assert f"ticks.csv:1:{150 * len(block) + 12}" in done.stderr
    assert done.stdout.startswith("1\n")
    assert used < 128 << 20  # it has 150


def test_a_line_of_a_huge_file_waives_nothing() -> None:
    """Comments in there could not be called out: nobody reads it whole."""
    waived = leak().rstrip("\n") + "  # quantgov: " + "ignore[QG301] sample\n"
    authority: dict[str, str | bytes] = {POLICY_FILE: "version: 1\nsecrets: {max_size: 1 GiB}\n"}
    for size, blocks in ((WHOLE_LIMIT, 1), (1 << 20, 0)):
        change = change_of({"a.csv": waived + "0.25;" * (size // 5)}, authority=authority)
        verdict = verdict_of([change], select=["QG301"])
        assert [(each.finding.line, bool(each.waived)) for each in verdict.rulings] == [(1, not blocks)]
        assert len(verdict.blocking) == blocks


def test_only_size_is_loud() -> None:
    (outcome,) = verdict_of(
        [change_of({"a.csv": "x" * 50}, authority={POLICY_FILE: "version: 1\nsecrets: {max_size: 40}\n"})],
        select=["QG301"],
    ).outcomes
    assert isinstance(outcome, Skipped)
    assert [each.loud for each in outcome.unjudged] == [True]
