"""Secrets in one content: bytes in, hits out. While nothing is found in plain text only the prefilter runs."""

from __future__ import annotations

from quantgov.secrets.prefilter import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantgov.secrets.hit import Hit
    from quantgov.secrets.team import Team

WINDOW = 2 << 20
"""Bytes that are searched at once; of what is longer, this much at a time."""
NOTEBOOK_LIMIT = 32 << 20
"""Bytes up to which a notebook is taken apart. A larger one is searched as the text that it is."""
MARK = b"\xef\xbb\xbf"
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:"
POINTER_LIMIT = 200
HEX = b"0123456789abcdef"
PACKED = (b"BZh", b"%PDF-", b"\x1f\x8b", b"\xfd7z", b"\x28\xb5", b"\x04\x22", b"\x80", b"7z", b"Rar!", b"!<arch>")
"""How contents begin that may be short and have no NUL, and are no text all the same."""


def scan(data: bytes, path: str = "", team: Team | None = None) -> list[Hit]:
    """Return what this content gives away, in order of position, one hit for each secret.

    The path is context only (a file named after a broker, a notebook). UTF-16 and UTF-32 are read as what they are,
    with a byte order mark or without. A mark may lie, so the bytes themselves are searched, too. Of binary content
    only unmistakable formats are told, after whatever has a line.
    """
    if is_pointer(data):
        return []
    if is_plain(data) and len(data) <= WINDOW:
        return in_text(data.removeprefix(MARK), path, team)
    return scan_chunks((data,), len(data), path, team)[0]


def scan_chunks(
    chunks: Iterable[bytes], size: int, path: str = "", team: Team | None = None
) -> tuple[list[Hit], str | None]:
    """Return the same of a content that comes piece by piece, `size` bytes in all, and its `skip_reason`.

    A few windows of it are held at a time, whatever its size; of a notebook all, up to NOTEBOOK_LIMIT.
    """
    from quantgov.secrets.windows import search

    return search(chunks, size, path, team)


def skip_reason(data: bytes) -> str | None:
    """Return why not all of this content is searched, or None if it is: text, in whatever encoding.

    What is packed is not unpacked: a kind of archive, compressed data, database or document is named. Anything else
    is "binary".
    """
    if is_plain(data) and not data.startswith(PACKED):
        return None
    from quantgov.secrets import contents

    return contents.skip_reason(data)


def is_plain(data: bytes) -> bool:
    """Whether these bytes are text as they stand: ASCII, UTF-8, or any other encoding that has ASCII in it."""
    return b"\0" not in data and not data.startswith(WIDE_MARKS)


def is_pointer(data: bytes) -> bool:
    """Whether this is a Git LFS pointer and nothing else: every commit of data has some, and its digest is no key."""
    if len(data) > POINTER_LIMIT or not data.startswith(POINTER):
        return False
    digest, _, size = data[len(POINTER) :].partition(b"\nsize ")
    return len(digest) == 64 and not digest.translate(None, HEX) and size.removesuffix(b"\n").isdigit()


def in_text(text: bytes, path: str, team: Team | None) -> list[Hit]:
    """Return what a text in memory gives away: a notebook, or any other."""
    if is_notebook(text, path):
        from quantgov.secrets import notebook

        return notebook.search(text, path, team)
    return in_plain_text(text, path, team)


def is_notebook(text: bytes, path: str) -> bool:
    """Whether this is a Jupyter notebook, by its name or by its form."""
    is_one = path.endswith(".ipynb") or (text[:64].lstrip().startswith(b"{") and b'"nbformat"' in text)
    return is_one and len(text) <= NOTEBOOK_LIMIT


def in_plain_text(text: bytes, path: str, team: Team | None) -> list[Hit]:
    if len(text) > WINDOW:
        from quantgov.secrets.windows import in_windows

        return in_windows(text, path, team)
    return looked(text, path, team)


def looked(text: bytes, path: str, team: Team | None) -> list[Hit]:
    """Return what a text gives away that is short enough to be looked into at once."""
    found = places(text)
    named = team.spans(text, path) if team else ()
    if not found and not named:
        return []
    from quantgov.secrets.confirm import confirm

    return confirm(text, path, found, named)


def redact(text: str, hits: list[Hit]) -> str:
    """Return the text with each hit's secret, and each line of one that has several, in its redacted form."""
    shown: dict[str, str] = {}
    for hit in hits:
        for errors in ("replace", "surrogateescape"):  # as texts are read to be shown, and as names are
            secret = hit.secret.decode("utf-8", errors)
            pieces = [piece.strip() for piece in secret.replace("\\n", "\n").splitlines()]
            pieces = [piece for piece in pieces if piece not in hit.redacted]  # a key's header may be read
        shown.update((piece, hit.redacted) for piece in [secret, *pieces] if len(piece) >= min(8, len(secret)))
    for piece in sorted(shown, key=len, reverse=True):
        text = text.replace(piece, shown[piece])
    return text
