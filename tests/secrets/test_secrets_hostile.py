"""Contents made to keep the scanner busy, and keys in what looks binary."""

from __future__ import annotations

import io
import json
import random
import re
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import count, islice, repeat
from pathlib import Path

import pytest
from made_up_secrets import body, jwt, pem, plugin_examples, putty, tickdb
from samples import Sample, samples

from quantgov.secrets.assigned import KEYWORDS
from quantgov.secrets.confirm import CONTEXT
from quantgov.secrets.detector import Detector
from quantgov.secrets.families import FAMILIES, rows
from quantgov.secrets.families.plugins import Plugin
from quantgov.secrets.index import LITERALS, TRACES
from quantgov.secrets.prefilter import compiled
from quantgov.secrets.scanner import scan, skip_reason

SECONDS_PER_MIB = 6  # of processor time, coverage and a busy machine included; most of this takes a twentieth of it
ATTEMPTS = 3  # of which one has to be as fast: the first compiles what it meets, and others may have the machine
SIZE = 1 << 13
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


Make = Callable[[int], bytes]
"""A piece of a content, by a number: what repeats itself literally is remembered, and costs nothing."""


def repeated(make: Make, size: int = SIZE) -> Iterator[bytes]:
    """Contents of these pieces, no piece twice."""
    numbers = count()
    while True:
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < size:
            pieces += map(make, islice(numbers, 1 + size // 64))
        yield b"".join(pieces)[:size]


def took(content: bytes) -> float:
    """The search's own time: a measurement of coverage would multiply it."""
    import_plugins()
    traced = sys.gettrace()
    sys.settrace(None)
    try:
        before = time.process_time()
        scan(content)
        return (time.process_time() - before) / len(content) * 2**20
    finally:
        sys.settrace(traced)


def is_cheap(contents: Iterable[bytes], most: float = SECONDS_PER_MIB) -> bool:
    return any(took(content) < most for content in islice(contents, ATTEMPTS))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name))
def test_no_rows_beginning_keeps_the_scanner_busy(row: Detector | Plugin) -> None:
    literals = {beginning(anchor) for anchor in row.anchors}
    examples = {line.encode() for line in EXAMPLES.get(row.name, ())}
    units = literals | {start + b"1" * 16 for start in literals} | examples | {one[:-1] for one in examples}
    assert units
    for unit in units:
        for separator in (b"", b" ", b"\n"):
            whole = unit + separator
            assert is_cheap(repeat(whole * (SIZE // len(whole)))), whole
        for behind in BEHIND:
            assert is_cheap(repeated((unit.replace(b"%", b"%%") + behind).__mod__)), (unit, behind)


BEHIND = (b"_key=" + b'"a1B2c3D4e5F6g%06d"\n', b'("a%d", ', b"({ token " + b"a1B2c3D4e5F6g7%d ", b'_password="zq%d"\n')
"""What makes nearly a key of a name, each time another one."""


@pytest.mark.parametrize("sample", {each.detector: each for each in samples()}.values(), ids=lambda each: each.detector)
@pytest.mark.parametrize("missing", [1, 5])
def test_nothing_that_is_nearly_a_key_keeps_the_scanner_busy(sample: Sample, missing: int) -> None:
    assert is_cheap(repeated(lambda number: sample.made_up(number)[0].encode()[:-missing] + b"\n"))


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
        assert is_cheap(repeat(unit * (SIZE // len(unit)))), unit
        assert is_cheap(repeated((unit + b"%d").__mod__)), unit


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
    content = unit * (2**18 // len(unit))
    assert is_cheap(repeat(content))
    assert is_cheap(repeat(b"\0" + content))


def drawn(number: int, length: int = 20) -> bytes:
    return body(length, seed=number).encode()


def vendor(number: int) -> bytes:
    return LITERALS[number * 7919 % len(LITERALS)]


KINDS: Mapping[str, Make] = {
    "names": lambda at: vendor(at) + b" ",
    "names with keys": lambda at: vendor(at) + b'_key="' + drawn(at, 32) + b'"\n',
    "names with calls": lambda at: vendor(at) + b'("' + drawn(at) + b'")\n',
    "keys": lambda _: b"key ",
    "keys with values": lambda at: b"key=" + drawn(at, 3) + b" ",
    "assignments": lambda at: b'api_key = "' + drawn(at, 30) + b'"\n',
    "comparisons": lambda at: b'"' + drawn(at, 9) + b'" == token ',
    "calls in calls": lambda at: b'Client("a%d",' % at * 90 + b"1" + b")" * 90 + b"\n",
    "calls in calls without end": lambda at: b'Client("a%d",(' % at,
    "calls that are none": lambda at: b'Client("a%d",' % at * 15 + b"1," * 1500 + b"1!" + b")" * 15 + b"\n",
    "calls without end, by vendors' names": lambda at: (b"fxcmpy(", b"fred(", b"bitmex(", b"quiver(")[at % 4],
    "names that imports give": lambda at: b"from binance import Client as c%d\n" % at,
    "what imports have named": lambda at: (b"from binance import Client as c%d\n", b'c%d("a")\n')[at % 2] % (at // 2),
    "ends of a license key": lambda at: drawn(at, 6) + b"_" + drawn(at, 28) + b"_mmk",
    "nearly web tokens": lambda at: b"eyJ" + drawn(at, 30) + b".eyJ" + drawn(at) + b"." + drawn(at, 4) + b" ",
    "beginnings of web tokens": lambda at: b"eyJ" + drawn(at, 9) + b".",
    "web tokens": lambda at: jwt(seed=at).encode() + b"\n",
    "headers of private keys": lambda _: b"-----BEGIN RSA PRIVATE" + b" KEY-----",
    "private keys without end": lambda at: b"-----BEGIN PRIVATE" + b" KEY-----\n" + drawn(at, 64) + b"\n",
    "base64": lambda at: drawn(at, 76),
    "base64 in lines": lambda at: drawn(at, 76) + b"\n",
    "JSON in a line": lambda at: b'{"symbol": "%s", "apiKey": null, "id": "%s"}, ' % (vendor(at), drawn(at)),
    "XML in a line": lambda at: b'<add key="%s" value="%s"/><token>%d</token>' % (vendor(at), drawn(at, 10), at),
    "a minified program": lambda at: b'function e%d(t){return %s("a"),n.key=e.token(t.pass)}' % (at, vendor(at)),
    "a table": lambda at: b"2024-01-02,AAPL.US,%d.25,%d,%s\n" % (at, at * 7, drawn(at, 8)),
    "a dump": lambda at: b"INSERT INTO a (name,password,key) VALUES ('%s','%s',%d);\n" % (vendor(at), drawn(at), at),
    "addresses": lambda at: b"https://%s.com/%s?a=%d&api_key=%s\n" % (vendor(at), drawn(at, 9), at, drawn(at, 6)),
    "logins in addresses": lambda at: b"https://%s:%s@host.com/ " % (drawn(at, 6), drawn(at, 4)),
    "traces": lambda at: TRACES[at % len(TRACES)] + drawn(at, 9),
}  # fmt: skip
FRAMES: Mapping[str, Callable[[bytes], bytes]] = {
    "text": bytes,
    "binary": b"\0".__add__,
    "notebook": lambda text: json.dumps(
        {"cells": [{"cell_type": "code", "source": text.decode("latin-1").splitlines(True)}], "nbformat": 4}
    ).encode(),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_kind_of_content_keeps_the_scanner_busy(kind: Make, frame: Callable[[bytes], bytes]) -> None:
    assert is_cheap(map(frame, repeated(kind, 2**16)))


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


def test_what_a_line_has_to_tell_is_not_looked_for_in_binary_content() -> None:
    """Only what is unmistakable is, were it beside something that is."""
    line = f' "AKC{body(24)}" '
    assert [hit.detector for hit in scan(line.encode())] == ["artifactory-credentials"]
    assert [hit.detector for hit in scan(f"\0\1{tickdb()}\0{line}\0".encode())] == ["tickdb-api-key"]


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
