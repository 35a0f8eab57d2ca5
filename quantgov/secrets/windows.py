"""Contents of any size, searched piece by piece: in windows that overlap, so that no secret is cut at a seam.

Only hits that begin in a window's body count. Before it stands a margin, so that what is there is seen as it is (names,
contexts, a longer secret that has begun), and behind it another one, into which a secret may reach.
"""

from __future__ import annotations

from functools import partial
from itertools import chain

from quantgov.secrets import scanner
from quantgov.secrets.binary import in_binary
from quantgov.secrets.contents import PROBE, as_it_stands, is_text, readings, skip_reason
from quantgov.secrets.spans import line_breaks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from quantgov.secrets.contents import Reading
    from quantgov.secrets.hit import Hit
    from quantgov.secrets.team import Team

    Look = Callable[[bytes], list[Hit]]
    """Takes a text; gives what is in it, in order."""

MARGIN = 1 << 16
"""Bytes on either side of a body: a private key has up to 20,000, and the widest context 400."""


class Place:
    """A line of a text, and how many of its characters have gone by."""

    __slots__ = ("column", "line")

    def __init__(self) -> None:
        self.line = 1
        self.column = 0

    def advance(self, text: bytes) -> None:
        """Go on behind this text, which ends neither inside of a character nor of a line's end."""
        breaks = line_breaks(text)
        if breaks:
            self.line += breaks
            self.column = 0
            text = text[max(text.rfind(b"\n"), text.rfind(b"\r")) + 1 :]
        self.column += len(text.decode("utf-8", "replace"))

    def shift(self, hit: Hit) -> None:
        """Give a hit the place that it has where the text that it was found in begins here."""
        if hit.line == 1:
            hit.column += self.column
        hit.line += self.line - 1


class Windows:
    """Takes a text piece by piece, looks into it window by window, and keeps the hits that count."""

    __slots__ = ("_before", "_held", "_hits", "_kept", "_look", "_margin", "_offset", "_place", "_size", "_until")

    def __init__(self, look: Look, place: Place | None, size: int = scanner.WINDOW, margin: int = MARGIN) -> None:
        """`size` is that of a body. Hits have no lines where there is no `place` to count from."""
        self._look = look
        self._place = place
        self._size = size
        self._margin = margin
        self._hits: list[Hit] = []
        self._kept: list[bytes] = []  # what was not dropped yet: the margin before the next body, and on
        self._held = 0  # bytes of it
        self._before = 0  # bytes of it that were searched
        self._offset = 0  # bytes that were dropped
        self._until = 0  # where in the text the last hit ends

    def feed(self, piece: bytes) -> None:
        self._kept.append(piece)
        self._held += len(piece)
        while self._held >= self._before + self._size + self._margin:
            self._search(self._before + self._size)
            self._drop(self._before + self._size)

    def close(self) -> list[Hit]:
        """Search what is left, and return all hits in order."""
        self._search(self._held)
        return self._hits

    def _search(self, end: int) -> None:
        """Keep what begins in the body, which ends here."""
        self._kept = [b"".join(self._kept)]
        for hit in self._look(self._kept[0][: end + self._margin]):
            if self._before <= hit.start < end and hit.start + self._offset >= self._until:
                hit.start += self._offset
                self._until = hit.start + len(hit.secret)
                if self._place:
                    self._place.shift(hit)
                self._hits.append(hit)

    def _drop(self, end: int) -> None:
        """Go on to the body that begins here, with the margin before it."""
        (text,) = self._kept
        at = boundary(text, max(0, end - self._margin))
        if self._place:
            self._place.advance(text[:at])
        self._kept = [text[at:]]
        self._held -= at
        self._offset += at
        self._before = end - at


def boundary(text: bytes, at: int) -> int:
    """The last byte up to this one that begins a character, and is not the second half of a line's end."""
    begins = (back for back in range(at, max(at - 4, -1), -1) if text[back] & 0xC0 != 0x80)
    start = next(begins, at)  # a character goes on for three bytes at most
    return start - 1 if start and text[start - 1 : start + 1] == b"\r\n" else start


def in_windows(text: bytes, path: str, team: Team | None) -> list[Hit]:
    """Return what a text gives away that is too long to be looked into at once."""
    windows = Windows(partial(scanner.looked, path=path, team=team), Place())
    for piece in sliced((text,)):
        windows.feed(piece)
    return windows.close()


def search(chunks: Iterable[bytes], size: int, path: str, team: Team | None) -> tuple[list[Hit], str | None]:
    """Return what a content of any kind gives away, and why not all of it is searched, if so."""
    pieces = sliced(chunks)
    head = first(pieces)
    texts = readings(head)
    everything = chain((head.removeprefix(scanner.MARK),), pieces)
    if len(texts) == 1 and may_be_notebook(head, size, path):
        text = b"".join(texts[0](piece, False) for piece in everything) + texts[0](b"", True)
        return scanner.in_text(text, path, team), skip_reason(head)
    look = partial(scanner.looked, path=path, team=team)
    searches: list[tuple[Reading, Windows]] = [(reading, Windows(look, Place())) for reading in texts]
    if not is_text(head):
        searches.append((as_it_stands, Windows(in_binary, None)))
    for piece in everything:
        for reading, windows in searches:
            windows.feed(reading(piece, False))
    for reading, windows in searches:
        windows.feed(reading(b"", True))
    return merged(windows.close() for _, windows in searches), skip_reason(head)


def may_be_notebook(head: bytes, size: int, path: str) -> bool:
    """Whether it is worth holding all of this to see: what says so may stand at its end."""
    return size <= scanner.NOTEBOOK_LIMIT and (path.endswith(".ipynb") or b'"cells"' in head.replace(b"\0", b""))


def merged(found: Iterable[list[Hit]]) -> list[Hit]:
    """The hits of all readings: of a later one only what those before have not given."""
    hits: list[Hit] = []
    for more in found:
        known = {hit.secret for hit in hits}
        hits += [hit for hit in more if hit.secret not in known]
    return hits


def sliced(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for at in range(0, len(chunk), scanner.WINDOW):
            yield chunk[at : at + scanner.WINDOW]


def first(pieces: Iterator[bytes]) -> bytes:
    """Enough of a content to tell what it is."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= PROBE:
            break
    return head
