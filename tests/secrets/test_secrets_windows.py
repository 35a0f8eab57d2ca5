"""Contents of any size: searched window by window, nothing missed at the seams, nothing told twice, little held."""

from __future__ import annotations

from functools import partial

import memory
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_up_secrets import alpaca_id, body, jwt, pem, tickdb

from quantgov.secrets.hit import Hit
from quantgov.secrets.scanner import NOTEBOOK_LIMIT, WINDOW, looked, scan, scan_chunks
from quantgov.secrets.windows import MARGIN, Place, Windows, boundary

MIB = 1 << 20
LIMIT = 400 * MIB
PASSWORD = "Kettle" + "#" + "427"
SMALL_MARGIN = 2000  # more than any of these secrets, and any context

look = partial(looked, path="", team=None)


def told(hits: list[Hit]) -> list[tuple[str, int, int, int, bytes]]:
    return [(hit.detector, hit.start, hit.line, hit.column, hit.secret) for hit in hits]


def windowed(text: bytes, size: int, pieces: int, margin: int = SMALL_MARGIN) -> list[Hit]:
    windows = Windows(look, Place(), size, margin)
    for at in range(0, len(text), pieces):
        windows.feed(text[at : at + pieces])
    return windows.close()


def secret(kind: int, seed: int) -> str:
    return (
        f"KEY = '{tickdb(seed)}'",
        "ghp" + "_" + body(36, seed=seed),
        f"broker_secret: {body(40, seed=seed)}",
        f"password = '{PASSWORD}'",
        f"postgres://quant:{body(12, seed=seed)}@db.internal/ticks",
        f"# alpaca\nclient({alpaca_id()!r})",
        jwt(200, seed),
        pem(),
        f"cache_key = '{body(40, seed=seed)}'",  # none, unless its name is cut
    )[kind]


secrets = st.builds(secret, st.integers(0, 8), st.integers(0, 99))
words = st.text(st.sampled_from("ab é™😀,;={}\n\r\t"), max_size=300)
texts = st.lists(st.one_of(words, secrets, st.just("\r\n"), st.just("x = 1\n" * 100)), max_size=12).map(" ".join)


@given(texts, st.integers(100, 3000), st.integers(1, 3000))
@example("\n".join(secret(8, seed) for seed in range(100)), 100, 3000)
def test_windows_of_any_size_tell_what_one_look_tells(text: str, size: int, pieces: int) -> None:
    content = text.encode()
    assert told(windowed(content, size, pieces)) == told(look(content))


@given(st.binary(max_size=3000), st.integers(0, 9), st.integers(50, 800))
@example(b"\x80" * 2100, 1, 64)
@example(b"\xf0\x9f\x98" * 900, 1, 64)
@example(b"\r\n" * 1200, 2, 65)
def test_places_are_right_behind_bytes_of_any_kind(noise: bytes, seed: int, size: int) -> None:
    content = noise.replace(b"key", b"") + b" " + tickdb(seed).encode() + b"\n"
    assert told(windowed(content, size, 97, margin=600))[-1:] == told(look(content))[-1:]


@pytest.mark.parametrize("before", range(40))
def test_a_key_at_any_distance_from_a_seam_is_told_once(before: int) -> None:
    size = 1000
    content = b"x" * (size - before - 1) + b" " + tickdb().encode() + b" " + b"y" * 3000
    assert [hit.column for hit in windowed(content, size, 128, margin=400)] == [size - before + 1]


def test_what_stands_inside_of_a_longer_secret_is_not_told_for_itself() -> None:
    block = pem()
    content = f"{block[:200]}AKIA{body(16, 'ABCDEFGH2345')}{block[200:]}\n".encode() + b"z" * 5000
    assert told(windowed(content, 150, 64)) == told(look(content))
    assert len(windowed(content, 150, 64, margin=120)) == 1  # even where the margin is too small to see where it began


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("abc", 2, 2),
        ("aéb", 2, 1),
        ("a😀b", 4, 1),
        ("a😀b", 5, 5),
        ("a\r\nb", 2, 1),
        ("\r\n", 0, 0),
        ("\n\n", 1, 1),
    ],
)
def test_no_window_begins_inside_of_a_character_or_a_lines_end(text: str, at: int, found: int) -> None:
    assert boundary(text.encode(), at) == found


def test_bytes_that_begin_no_character_do_not_hold_a_window_back() -> None:
    assert boundary(b"\x80" * 9, 7) == 7
    assert boundary(b"\x80" * 2, 1) == 1


def test_keys_on_both_sides_of_every_seam_of_a_large_text() -> None:
    unit = b"rows of prices, 1.25 and no more of them\r\n"
    content = bytearray(unit * (3 * WINDOW // len(unit)))
    wanted = []
    for number, seam in enumerate((WINDOW, 2 * WINDOW)):
        for near in (-MARGIN, -30, -2, 40, MARGIN):
            key = f" {tickdb(number * 10 + near)} ".encode()
            start = content.rfind(b"\r\n", 0, seam + near) + 6
            content[start : start + len(key)] = key
            wanted.append((start + 1, start // len(unit) + 1, start % len(unit) + 2))
    hits = scan(bytes(content))
    assert [(hit.start, hit.line, hit.column) for hit in hits] == sorted(set(wanted))
    assert told(scan_chunks((bytes(content),), len(content))[0]) == told(hits)


@given(st.lists(st.integers(1, 4000), max_size=20), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-be"]))
def test_how_a_content_is_cut_into_chunks_makes_no_difference(sizes: list[int], encoding: str) -> None:
    content = (f"é = '{tickdb()}'\r\n" + "x = 1\r\n" * 2000 + f"broker_secret: {body(40)}\n").encode(encoding)
    chunks, at = [], 0
    for size in sizes:
        chunks.append(content[at : at + size])
        at += size
    hits, reason = scan_chunks([*chunks, content[at:]], len(content))
    assert (told(hits), reason) == (told(scan(content)), None)
    assert [(hit.line, hit.column) for hit in hits] == [(1, 6), (2002, 16)]


def test_large_utf_16_is_decoded_piece_by_piece() -> None:
    content = ("ticks, é, 😀\r\n" * 300_000 + f"key = '{tickdb()}'\r\n").encode("utf-16")
    assert len(content) > 2 * WINDOW
    assert [(hit.line, hit.column) for hit in scan(content)] == [(300_001, 8)]


def test_keys_at_the_seams_of_large_binary_content() -> None:
    content = bytearray(b"\x89\0\1\2" * (3 * WINDOW // 4))
    for number, at in enumerate((100, WINDOW - 20, 2 * WINDOW, 2 * WINDOW + 60)):
        key = b"\0" + tickdb(number).encode() + b"\0"
        content[at : at + len(key)] = key
    wide = tickdb(9).encode("utf-16-le")
    content[WINDOW + 500 : WINDOW + 500 + len(wide)] = wide
    hits = scan(bytes(content))
    assert [hit.start for hit in hits] == [101, WINDOW - 19, WINDOW + 500, 2 * WINDOW + 1, 2 * WINDOW + 61]
    assert [hit.secret.decode() for hit in hits] == [tickdb(number) for number in (0, 1, 9, 2, 3)]
    assert scan_chunks((bytes(content),), len(content))[1] == "binary"


def test_a_notebook_too_large_to_be_taken_apart_is_searched_as_text() -> None:
    cell = f'{{"cells": [{{"cell_type": "code", "source": ["key = \'{tickdb()}\'"], "outputs": []}}], "nbformat": 4,'
    content = cell.encode() + b'"metadata": "' + b" " * NOTEBOOK_LIMIT + b'"}'
    assert [(hit.line, hit.cell) for hit in scan(content, "a.ipynb")] == [(1, 0)]
    assert [hit.cell for hit in scan(content[: 3 * MIB] + b'"}', "a.ipynb")] == [1]


MEASURE = """
import sys
from quantgov.secrets.scanner import scan, scan_chunks
MIB = 1 << 20
key = sys.argv[2].encode()
unit = sys.argv[1].encode().decode("unicode_escape").encode("latin-1")
block = unit * (MIB // len(unit)) + b"," * (MIB % len(unit))
middle = block[:5000] + b" " + key + b" " + block[5002 + len(key):]
def stream(blocks):
    for number in range(blocks):
        yield middle if number == blocks // 2 else block
if sys.argv[3] == "memory":
    hits = scan(b"".join(stream(100)))
else:
    hits, _ = scan_chunks(stream(300), 300 * MIB)
print(len(hits), hits[0].line, hits[0].start)
"""


@pytest.mark.parametrize(
    ("unit", "how", "line"),
    [("1.25;2.5;", "memory", 1), ("1.25;2.5\\n", "stream", None), ("\\x89\\x00\\x01\\x02", "stream", 0)],
    ids=["a line of 100 MiB in memory", "a text of 300 MiB", "a binary of 300 MiB"],
)
def test_memory_stays_below_its_bound_whatever_the_size(unit: str, how: str, line: int | None) -> None:
    done, used = memory.run(MEASURE, unit, tickdb(), how)
    found, at, start = map(int, done.stdout.split()[:3])
    assert (found, start) == (1, (50 if how == "memory" else 150) * MIB + 5001)
    assert line is None or at == line
    assert used < LIMIT
