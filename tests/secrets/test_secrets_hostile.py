"""Contents made to keep the scanner busy, and keys in what looks binary."""

from __future__ import annotations

import io
import random
import re
import struct
import sys
import time
import zipfile
import zlib
from functools import cache
from pathlib import Path

import pytest
from made_up_secrets import body, pem, plugin_examples, putty, tickdb

from quantgov.secrets.assigned import KEYWORDS
from quantgov.secrets.confirm import CONTEXT
from quantgov.secrets.detector import Detector
from quantgov.secrets.families import FAMILIES, rows
from quantgov.secrets.families.plugins import Plugin
from quantgov.secrets.index import LITERALS
from quantgov.secrets.prefilter import compiled
from quantgov.secrets.scanner import scan, skip_reason

SECONDS_PER_MIB = 9  # of processor time, coverage included; what hung took 10 to 170
SECONDS_PER_MATCH = 0.05
ROWS: tuple[Detector | Plugin, ...] = tuple(row for family in FAMILIES for row in rows(family))
DETECTORS = [row for row in ROWS if isinstance(row, Detector)]
EXAMPLES = plugin_examples()
FORMATS = [
    *(
        (row.name, line)
        for row in rows("plugins")
        if row.traces
        for line in EXAMPLES[row.name]
        if not line.startswith("aws ")
    ),
    ("tickdb-api-key", tickdb()),
    ("private-key", pem()),
    ("private-key", putty()),
]


def beginning(anchor: bytes) -> bytes:
    """The literal that the prefilter looks for, as the anchor writes it; of a shape its first letters."""
    written = anchor.replace(b"(?i:", b"").replace(b"\\", b"").replace(b"[ ]", b" ")
    known = max((literal for literal in LITERALS if written.lower().startswith(literal)), key=len, default=b"")
    match = re.match(rb"[\w:-]+", written)
    assert known or match
    return written[: len(known)] if known else match.group() if match else b""


@cache
def import_plugins() -> None:
    """Their import takes longer than the search does."""
    scan("\n".join(line for lines in EXAMPLES.values() for line in lines).encode())


def took(content: bytes) -> float:
    import_plugins()
    before = time.process_time()
    scan(content)
    return (time.process_time() - before) / len(content) * 2**20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_no_rows_beginning_keeps_the_scanner_busy(row: Detector | Plugin) -> None:
    literals = {beginning(anchor) for anchor in row.anchors}
    examples = {line.encode() for line in EXAMPLES.get(row.name, ())}
    units = literals | {start + b"1" * 16 for start in literals} | examples | {one[:-1] for one in examples}
    assert units
    for unit in units:
        for separator in (b"", b" ", b"\n"):
            whole = unit + separator
            assert took(whole * (2**14 // len(whole))) < SECONDS_PER_MIB, whole


PIECES = (
    b"=1",
    b"=a1B2c3D4e5",
    b'="zqxjkvbp"\n',
    b"=zqxjkvbp\n",
    b'"== ',
    b" is ",
    b"\t" * 7,
    b"=(\n",
    b'","value":"',
    b"_",
)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("keyword", KEYWORDS)
def test_no_keyword_keeps_the_scanner_busy(keyword: bytes, piece: bytes) -> None:
    for unit in (keyword + piece, b'"==' + keyword + piece):
        assert took(unit * (2**14 // len(unit))) < SECONDS_PER_MIB, unit


@pytest.mark.parametrize("row", DETECTORS, ids=lambda row: str(row.name))
def test_no_regex_of_a_row_blows_up(row: Detector) -> None:
    starts = {beginning(anchor) for anchor in row.anchors}
    for regex in filter(None, (*row.anchors, row.pattern, row.in_binary, row.context, row.public)):
        search = compiled(regex).search if regex == row.context else compiled(regex).match
        for unit in (
            end for start in starts for end in (start, start + b"a1", start + b" '", start + b'":"', start + b"\n")
        ):
            before = time.process_time()
            search((unit * CONTEXT)[:CONTEXT])
            search(unit + b"a1B2-_" * CONTEXT)
            assert time.process_time() - before < SECONDS_PER_MATCH, (regex, unit)


@pytest.mark.parametrize(
    "unit",
    [
        b"AKIA",
        b"ghp_",
        b"PuTTY-User-Key-File-2:",
        b"token=0",
        b'"== key',
        b"sk-" * 200 + b"T3BlbkFJ" + b"A1b2C3d4E5" * 2,
        b"/" * 300 + b":_authToken=npm_" + b"a1B2c3D4e5" * 3,
        b"alpaca" + b"secret" * 6,
    ],
    ids=lambda unit: unit[:8].decode(),
)
def test_the_time_grows_no_faster_than_the_content(unit: bytes) -> None:
    assert took(unit * (2**18 // len(unit))) < SECONDS_PER_MIB
    assert took(b"\0" + unit * (2**18 // len(unit))) < 2 * SECONDS_PER_MIB


def test_a_key_behind_placeholders_and_inside_an_address_is_found() -> None:
    real = "AKIA" + body(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert [hit.secret.decode() for hit in scan(f"AKIA{'X' * 16} {real}\n".encode())] == [real]
    nested = f'auth = "https://data.vendor.com/?token_kind=a1&api_key={body(32)}"'
    assert [hit.secret.decode() for hit in scan(nested.encode())] == [body(32)]


@pytest.mark.parametrize(("name", "line"), FORMATS, ids=[name for name, _ in FORMATS])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_unmistakable_keys_are_found_in_binary_content(name: str, line: str, encoding: str) -> None:
    data = b"\x89PNG\0\0\0\0" * 500 + f"\n{line}\n".encode(encoding) + b"\0\0\xff\xff\0\0"
    (hit,) = scan(data)
    assert (hit.detector, hit.line, hit.column) == (name, 0, 0)
    assert hit.secret.decode().strip() in line
    assert skip_reason(data) == "binary"


def test_keys_far_apart_in_binary_content_are_found_in_order() -> None:
    first, second = tickdb(1), tickdb(2)
    data = b"\0" + first.encode() + b"\0\1" * 20000 + second.encode()
    assert [hit.secret.decode() for hit in scan(data)] == [first, second]


def test_a_byte_order_mark_that_lies_hides_nothing() -> None:
    data = b"\xff\xfeK='" + tickdb().encode() + b"'"
    assert [hit.secret.decode() for hit in scan(data)] == [tickdb()]
    assert skip_reason(data) is None
    real = f"key = '{tickdb()}'\n".encode("utf-16")
    assert [hit.line for hit in scan(real)] == [1]
    mixed = real + b"\n" + tickdb(2).encode() + b"\n"
    assert [(hit.secret.decode(), hit.line) for hit in scan(mixed)] == [(tickdb(), 1), (tickdb(2), 0)]


def test_a_key_format_inside_a_blob_of_base64_gives_nothing_away() -> None:
    blob = body(700, seed=1) + "ABIA" + body(16, "ABCDEFGH2345") + body(1200, seed=2)
    assert scan(b"\0\1" + blob.encode() + b"\0") == []


def test_names_and_headers_give_nothing_away_in_binary_content() -> None:
    begin, end = "-----BEGIN RSA PRIVATE" + " KEY-----", "-----END RSA PRIVATE" + " KEY-----"
    symbols = "\0".join([begin, end, "PEM_read_bio_PrivateKey_with_a_very_long_name_1", f"password={body(40)}"])
    assert scan(b"\x7fELF\0" + symbols.encode() + b"\0ghp_\0AKIA\0") == []


def png(seed: int) -> bytes:
    pixels = b"".join(b"\0" + random.Random(seed + row).randbytes(1200) for row in range(400))  # noqa: S311
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 400, 400, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(pixels)))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("rows.csv", "\n".join(body(60, seed=seed) for seed in range(3000)))
    return target.getvalue()


def test_real_binaries_give_nothing_away() -> None:
    modules = {Path(found) for module in list(sys.modules.values()) if (found := getattr(module, "__file__", None))}
    binaries = [path.read_bytes() for path in modules if path.suffix == ".so"] + [Path(sys.executable).read_bytes()]
    made = [png(1), archive(), b"\0" + random.Random(7).randbytes(20_000_000)]  # noqa: S311
    assert binaries
    for data in (*binaries, *made):
        assert scan(data) == []
