"""From the places where a secret may be to the hits: reached only once the prefilter has found such a place."""

from __future__ import annotations

from bisect import bisect_right

from quantgov.secrets.assigned import ASSIGNED_PASSWORD, ASSIGNED_SECRET
from quantgov.secrets.detector import Detector
from quantgov.secrets.families import rows
from quantgov.secrets.families.plugins import KEYWORD_PLUGIN, Plugin, analyzer
from quantgov.secrets.hit import Hit
from quantgov.secrets.judgement import assigned_kind, entropy, is_placeholder
from quantgov.secrets.prefilter import ASSIGNED as ASSIGNED_HERE
from quantgov.secrets.prefilter import ASSIGNMENT, COMPARED, NAME_BYTES, NAME_REACH, compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from quantgov.secrets.prefilter import Place

CONTEXT = 400  # bytes on either side in which a detector's context counts
LINE_BEFORE = 256  # bytes before a place that count as its line: minified files have no other lines
TOKEN = rb"[\w.+/=-]{0,4096}"
BLOB = 1000  # bytes: a longer token in binary content is data in base64, where short formats turn up by chance
LONGEST = 256  # bytes of a plugin's secret that are judged
JUDGED = 64  # bytes after an anchor, of which a placeholder shows itself in the first
NESTED = 4  # values inside of one that are judged, too: an address has parameters
SHORTEST = 8  # bytes: anything shorter is not a secret of any plugin's
DELIMITERS = b" \t:=\"'"  # which some plugins' patterns match along with the secret
OWN, PLUGIN, ASSIGNED, KEYWORD = range(4)  # the most specific first
SPECIAL = (ASSIGNED_HERE[0], COMPARED[0])


class Found:
    """A secret's span, and the row that knows what it is. A lower rank is more specific."""

    __slots__ = ("end", "rank", "row", "start")

    def __init__(self, start: int, end: int, rank: int, row: Detector | Plugin) -> None:
        self.start = start
        self.end = end
        self.rank = rank
        self.row = row


class Spans:
    """Disjoint stretches of a content, kept in order so that a file full of keys costs no more than its length."""

    __slots__ = ("ends", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def meet(self, start: int, end: int) -> bool:
        after = bisect_right(self.ends, start)
        return after < len(self.starts) and self.starts[after] < end

    def add(self, start: int, end: int) -> None:
        """Add a stretch that meets none of those here."""
        at = bisect_right(self.starts, start)
        self.starts.insert(at, start)
        self.ends.insert(at, end)


def confirm(content: bytes, path: str, places: Sequence[Place]) -> list[Hit]:
    known = most_specific(list(all_own(content, path, places)))
    named = [position for position, refs in places if ASSIGNED_HERE in refs]
    rest = [*all_assigned(content, named), *by_plugins(content, places, spans_of(known))]
    return list(as_hits(content, most_specific(known + rest)))


def confirm_in_binary(content: bytes, places: Sequence[Place]) -> list[Hit]:
    """Return only what has an unmistakable format, without places: binary content has no lines."""
    known = most_specific(list(all_own(content, "", places, binary=True)))
    rest = [one for one in by_plugins(content, places, spans_of(known), binary=True) if one.end - one.start <= BLOB]
    return [as_hit(one, content[one.start : one.end]) for one in most_specific(known + rest)]


def spans_of(known: list[Found]) -> Spans:
    spans = Spans()
    for one in known:
        spans.add(one.start, one.end)
    return spans


def all_own(content: bytes, path: str, places: Sequence[Place], binary: bool = False) -> Iterator[Found]:
    for position, refs in places:
        for family, number in refs:
            row = rows(family)[number] if family not in SPECIAL else None
            if isinstance(row, Detector) and (row.traces or not binary):
                yield from own(row, content, path, position, binary)


def own(row: Detector, content: bytes, path: str, position: int, binary: bool) -> Iterator[Found]:
    match = matched(row, content, position, binary)
    if match is None or not in_context(row.context, content, path, position):
        return
    start, end = match.span("secret")
    if is_plausible(row, content[start:end]):
        yield Found(start, end, OWN, row)


def matched(row: Detector, content: bytes, position: int, binary: bool) -> re.Match[bytes] | None:
    """The pattern's match here; of a row with a reach, the one that begins before the anchor and goes beyond it."""
    pattern = compiled(row.in_binary if binary else row.pattern)
    if not row.reach:
        return pattern.match(content, position)
    start = max(0, position - row.reach)
    found = pattern.search(content, start)
    return found if found and found.start() <= position < found.end() else None


def in_context(context: bytes, content: bytes, path: str, position: int) -> bool:
    if not context or compiled(context).search(content, max(0, position - CONTEXT), position + CONTEXT):
        return True
    return compiled(context).search(path.encode("utf-8", "surrogateescape")) is not None


def name_start(content: bytes, position: int) -> int:
    """Return where the name begins that has its keyword at this position."""
    before = content[max(0, position - NAME_REACH) : position]
    return position - (len(before) - len(before.rstrip(NAME_BYTES)))


def all_assigned(content: bytes, positions: list[int]) -> Iterator[Found]:
    """Yield assigned secrets. Past the first few, places inside a value are left: a hostile one has nothing else."""
    until = nested = 0
    for position in positions:
        nested = nested + 1 if position < until else 0
        match = compiled(ASSIGNMENT).match(content, position) if nested <= NESTED else None
        if match is not None:
            until = max(until, match.end("value"))
            yield from assigned(content, position, match)


def assigned(content: bytes, position: int, match: re.Match[bytes]) -> Iterator[Found]:
    quoted = match["quote"] is not None
    if not quoted and match["next"] in (b"(", b"["):  # a call or a subscript: code, not a value
        return
    name = content[name_start(content, position) : match.end("tail")]
    kind = assigned_kind(name, match["value"], quoted)
    if kind:
        yield Found(*match.span("value"), ASSIGNED, ASSIGNED_PASSWORD if kind == "password" else ASSIGNED_SECRET)


def by_plugins(content: bytes, places: Sequence[Place], known: Spans, binary: bool = False) -> Iterator[Found]:
    """Yield what plugins see in the lines here, each line once."""
    searched: dict[str, int] = {}
    for position, refs in places:
        for ref in refs:
            plugin = KEYWORD_PLUGIN if ref == COMPARED else rows(ref[0])[ref[1]] if ref[0] not in SPECIAL else None
            if not isinstance(plugin, Plugin) or position < searched.get(plugin.name, 0):
                continue
            if plugin is KEYWORD_PLUGIN and not binary:
                yield from analyzed(plugin, KEYWORD, content, position, searched)
            elif plugin.traces or not binary:
                yield from by_plugin(plugin, content, position, known, searched)


def by_plugin(plugin: Plugin, content: bytes, position: int, known: Spans, searched: dict[str, int]) -> Iterator[Found]:
    """Yield what the plugin sees here, unless a row of ours has found it or it is a placeholder.

    `searched` says up to where each plugin has seen the content: to a line's or a placeholder's end.
    """
    for anchor in plugin.anchors:
        match = compiled(anchor).match(content, position)
        if match is None or known.meet(position, match.end()):
            continue
        if is_placeholder(match.group() + token_at(content, match.end())[:JUDGED]):
            searched[plugin.name] = match.end()
            continue
        yield from analyzed(plugin, PLUGIN, content, position, searched)
        return


def line_around(plugin: Plugin, content: bytes, position: int) -> tuple[int, int, bool]:
    """Return where what the plugin is to see begins and ends, and whether it ends with the line."""
    first = max(0, position - LINE_BEFORE)
    start = max(content.rfind(b"\n", first, position) + 1, first)
    if plugin.begin:
        start = max(start, content.rfind(plugin.begin, start, position))
    end = content.find(b"\n", position, position + plugin.reach)
    return start, end if end >= 0 else position + plugin.reach, end >= 0


def analyzed(plugin: Plugin, rank: int, content: bytes, position: int, searched: dict[str, int]) -> Iterator[Found]:
    start, end, whole = line_around(plugin, content, position)
    searched[plugin.name] = end if whole else position + plugin.reach // 2
    line = content[start:end].rstrip(b"\r")
    for secret in set(analyzer(plugin)(line.decode("utf-8", "surrogateescape"))):
        value = secret.encode("utf-8", "surrogateescape").strip(DELIMITERS)
        at = start + line.find(value)
        if len(value) < SHORTEST:  # some plugins yield only their pattern's one group, a prefix
            at, value = position, b""
        if not plugin.chosen:  # others leave the token's end out: a web token's signature
            value += token_at(content, at + len(value)).rstrip(b".")
        if is_plausible(plugin, value[:LONGEST]):
            yield Found(at, at + len(value), rank, plugin)


def token_at(content: bytes, position: int) -> bytes:
    match = compiled(TOKEN).match(content, position)
    return match.group() if match else b""


def is_plausible(row: Detector | Plugin, value: bytes) -> bool:
    if row.chosen:
        return bool(assigned_kind(b"password", value, quoted=True))
    public = public_prefix(row, value)
    if isinstance(row, Detector):
        if row.checksum and row.checksum(value):
            return True
        if row.entropy and entropy(value[len(public) :]) < row.entropy:
            return False
    return not is_placeholder(value, public)


def public_prefix(row: Detector | Plugin, secret: bytes) -> bytes:
    match = compiled(row.public).match(secret)
    return b"" if match is None else match.group()


def most_specific(found: list[Found]) -> list[Found]:
    """Return one finding for each stretch of overlapping ones, in order of position."""
    kept: list[Found] = []
    spans = Spans()
    for one in sorted(found, key=lambda one: (one.rank, one.start - one.end, one.start)):
        if not spans.meet(one.start, one.end):
            spans.add(one.start, one.end)
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def as_hits(content: bytes, found: list[Found]) -> Iterator[Hit]:
    """Yield hits with their places, counting on from the one before: a minified file is a single line."""
    starts = [0, *(match.end() for match in compiled(rb"\r\n?|\n").finditer(content))]
    last_line = last = column = 0
    for one in found:
        line = bisect_right(starts, one.start)
        if line != last_line:
            last_line, last, column = line, starts[line - 1], 1
        column += len(content[last : one.start].decode("utf-8", "replace"))
        last = one.start
        yield as_hit(one, content[last : one.end], line, column)


def as_hit(one: Found, secret: bytes, line: int = 0, column: int = 0) -> Hit:
    return Hit(one.row.name, one.row.title, line, column, secret, redacted(one.row, secret), one.row.advice)


def redacted(row: Detector | Plugin, secret: bytes) -> str:
    """Show the fixed prefix, at most an eighth of the rest and never more than 4 characters of it."""
    prefix = public_prefix(row, secret).decode("utf-8", "replace")
    body = secret.decode("utf-8", "replace")[len(prefix) :]
    shown = 0 if row.chosen or len(body) < 16 else min(4, len(body) // 8)
    return f"{prefix}{body[:shown]}… ({len(prefix) + len(body)} characters)"
