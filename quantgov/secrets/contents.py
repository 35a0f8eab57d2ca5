"""What a content is, told by its first bytes: text in some encoding, or which kind of binary.

Reached only for contents that are no plain text.
"""

from __future__ import annotations

import codecs
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Reading = Callable[[bytes, bool], bytes]
    """Takes a content piece by piece, and whether this is the last; gives it as UTF-8."""

PROBE = 8000  # bytes: what git looks at, too
MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
FEWEST = 8  # ASCII characters that text in one of these must show
CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
SPACED = re.compile(rb"\0{0,3}(?:[^\0]\0{1,3}){4,}[^\0]?")
TAR = b"ustar"
TAR_AT = 257
KINDS = (
    ((b"PK\3\4", b"PK\5\6", b"PK\7\x08"), "a zip archive"),  # wheels, jars, office documents and NumPy's .npz as well
    ((b"\x1f\x8b",), "gzip data"),
    (tuple(b"BZh%d1AY&SY" % level for level in range(1, 10)), "bzip2 data"),
    ((b"\xfd7zXZ\0",), "xz data"),
    ((b"\x28\xb5\x2f\xfd",), "zstd data"),
    ((b"\x04\x22\x4d\x18",), "lz4 data"),
    ((b"7z\xbc\xaf\x27\x1c",), "a 7z archive"),
    ((b"Rar!\x1a\7",), "a rar archive"),
    ((b"!<arch>\n",), "an ar archive"),
    ((b"%PDF-1.", b"%PDF-2."), "a PDF document"),
    ((b"PAR1", b"PARE"), "a Parquet file"),
    ((b"ARROW1\0\0", b"FEA1"), "an Arrow file"),
    ((b"\x89HDF\r\n\x1a\n",), "an HDF5 file"),
    ((b"SQLite format 3\0",), "a SQLite database"),
    ((b"Obj\1",), "an Avro file"),
    ((b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5"), "a pickle"),
    ((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), "an old office document"),
)
WORDS = (b"PAR", b"FEA", b"!<a")  # text may begin with these, too


def is_text(data: bytes) -> bool:
    return b"\0" not in data[:PROBE]


def kind(head: bytes) -> str:
    """The kind of archive, compressed data or database that begins like this; empty for anything else."""
    if head.startswith(TAR, TAR_AT):
        return "a tar archive"
    for begins, name in KINDS:
        if head.startswith(begins) and not (head.startswith(WORDS) and is_text(head)):
            return name
    return ""


def skip_reason(head: bytes) -> str | None:
    """Why not all is searched of a content that begins like this; None if all of it is text."""
    found = kind(head)
    if found:
        return f"{found}, not unpacked"
    return None if readings(head) else "binary"


def readings(head: bytes) -> list[Reading]:
    """How a content that begins like this may be read as text; none for binary content. A byte order mark may lie."""
    marked = next((encoding for mark, encoding in MARKS if head.startswith(mark)), "")
    found = [wide(marked)] if marked and is_text(wide(marked)(head[:PROBE], False)) else []
    if is_text(head):
        return [*found, unmarked]
    return found or ([] if kind(head) else guessed(head[:PROBE]))


def guessed(head: bytes) -> list[Reading]:
    """How to read what has NULs and no byte order mark."""
    is_plain = is_text_but_for_nuls(head)
    if is_plain and b"\0" not in SPACED.sub(b"", head):
        return [unmarked]
    encoding = next((encoding for encoding in WIDE if is_in(encoding, head)), "")
    if encoding:
        return [wide(encoding)]
    return [in_lines] if is_plain else []


def unmarked(data: bytes, last: bool) -> bytes:
    """As it stands, without NULs: a shell that appends UTF-16 to another text leaves one behind each character."""
    return data.translate(None, b"\0") if b"\0" in data else data


def as_it_stands(data: bytes, last: bool) -> bytes:
    return data


def in_lines(data: bytes, last: bool) -> bytes:
    """As programs write lists that other programs read: ended by NULs, as the environment of a process is."""
    return data.replace(b"\0", b"\n")


def wide(encoding: str) -> Reading:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    return lambda data, last: decoder.decode(data, last).encode()


def is_in(encoding: str, head: bytes) -> bool:
    """Whether these bytes are text in it: no NUL, no control character, and the NULs are of ASCII characters."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    plain = text.encode("ascii", "ignore")
    if b"\0" in plain or CONTROL.search(plain) or len(plain) < FEWEST:
        return False
    swapped = sum(not ord(character) & 0xFF for character in text)
    return len(plain) >= 4 * swapped


def is_text_but_for_nuls(head: bytes) -> bool:
    plain = head.translate(None, b"\0")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(plain)
    except UnicodeDecodeError:
        return False
    return len(plain) >= FEWEST and not CONTROL.search(plain)
