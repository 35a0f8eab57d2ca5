"""From the places where a secret may be to the hits: reached only once the prefilter has found such a place."""

from __future__ import annotations

from quantgov.secrets.assigned import NESTED
from quantgov.secrets.assignments import named_secrets
from quantgov.secrets.detector import Detector
from quantgov.secrets.families import rows
from quantgov.secrets.families.plugins import Plugin, analyzer
from quantgov.secrets.hit import Hit
from quantgov.secrets.judgement import assigned_kind, entropy, is_placeholder
from quantgov.secrets.prefilter import ASSIGNED as ASSIGNED_HERE
from quantgov.secrets.prefilter import COMPARED, compiled
from quantgov.secrets.spans import OWN, PLUGIN, TEAM, Found, Spans, line_breaks, most_specific, spans_of
from quantgov.secrets.words import is_wordy

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from quantgov.secrets.prefilter import Place, Ref
    from quantgov.secrets.team import Span

CONTEXT = 400  # bytes on either side in which a detector's context counts
LINE_BEFORE = 256  # bytes before a place that count as its line: minified files have no other lines
TOKEN = rb"[\w.+/=-]*"
BLOB = 1000  # bytes: a longer token in binary content is data in base64, where short formats turn up by chance
LONGEST = 256  # bytes of a plugin's secret that are judged
JUDGED = 64  # bytes after an anchor, of which a placeholder shows itself in the first
SHORTEST = 8  # bytes: anything shorter is not a secret of any plugin's
DELIMITERS = b" \t:=\"'"  # which some plugins' patterns match along with the secret
SDK = "sdk"
SPECIAL = (ASSIGNED_HERE[0], COMPARED[0], SDK)  # families whose places are not looked at by a row's pattern


def confirm(content: bytes, path: str, places: Sequence[Place], named: Sequence[Span] = ()) -> list[Hit]:
    """`named` is where the patterns of the team's own detectors match."""
    known = most_specific([*all_own(content, path, places), *by_calls(content, places)])
    rest = [*named_secrets(content, places), *by_plugins(content, places, spans_of(known))]
    rest += by_team(content, path, named)
    return list(as_hits(content, most_specific(known + rest)))


def confirm_in_binary(content: bytes, places: Sequence[Place]) -> list[Hit]:
    """Return only what has an unmistakable format, without places: binary content has no lines."""
    known = most_specific(list(all_own(content, "", places, binary=True)))
    rest = [one for one in by_plugins(content, places, spans_of(known), binary=True) if one.end - one.start <= BLOB]
    return [as_hit(one, content[one.start : one.end]) for one in most_specific(known + rest)]


def all_own(content: bytes, path: str, places: Sequence[Place], binary: bool = False) -> Iterator[Found]:
    """Yield what our rows find. Past the first few, places inside a row's own match are left: a hostile one repeats."""
    inside: dict[Ref, tuple[int, int]] = {}
    for position, refs in places:
        for ref in refs:
            row = rows(ref[0])[ref[1]] if ref[0] not in SPECIAL else None
            if not isinstance(row, Detector) or (binary and not row.traces):
                continue
            until, nested = inside.get(ref, (0, 0))
            nested = nested + 1 if position < until else 0
            match = matched(row, content, position, binary) if nested <= NESTED else None
            if match is not None:
                inside[ref] = max(until, match.end()), nested
                yield from own(row, content, path, position, match)


def own(row: Detector, content: bytes, path: str, position: int, match: re.Match[bytes]) -> Iterator[Found]:
    start, end = match.span("secret")
    if in_context(row.context, content, path, position) and is_plausible(row, content[start:end]):
        yield Found(start, end, OWN, row)


def matched(row: Detector, content: bytes, position: int, binary: bool) -> re.Match[bytes] | None:
    """The pattern's match here; of a row with a reach, the first one that begins before the anchor and goes beyond."""
    pattern = compiled(row.in_binary if binary else row.pattern)
    for start in range(max(0, position - row.reach), position + 1):
        match = pattern.match(content, start)
        if match and match.end() > position:
            return match
    return None


def in_context(context: bytes, content: bytes, path: str, position: int) -> bool:
    if not context or compiled(context).search(content, max(0, position - CONTEXT), position + CONTEXT):
        return True
    return compiled(context).search(path.encode("utf-8", "surrogateescape")) is not None


def by_calls(content: bytes, places: Sequence[Place]) -> Iterator[Found]:
    """Yield what calls to vendors' SDKs are given."""
    called = [(position, [rows(SDK)[at] for family, at in refs if family == SDK]) for position, refs in places]
    if any(here for _, here in called):
        from quantgov.secrets.sdk import keys

        for start, end, row in keys(content, called):
            yield Found(start, end, OWN, row)


def by_team(content: bytes, path: str, spans: Sequence[Span]) -> Iterator[Found]:
    for start, end, row in spans:
        if in_context(row.context, content, path, start) and is_plausible(row, content[start:end]):
            yield Found(start, end, TEAM, row)


def by_plugins(content: bytes, places: Sequence[Place], known: Spans, binary: bool = False) -> Iterator[Found]:
    """Yield what plugins see in the lines here, each line once."""
    searched: dict[str, int] = {}
    for position, refs in places:
        for ref in refs:
            plugin = rows(ref[0])[ref[1]] if ref[0] not in SPECIAL else None
            if not isinstance(plugin, Plugin) or position < searched.get(plugin.name, 0):
                continue
            if plugin.traces or not binary:
                yield from by_plugin(plugin, content, position, known, searched)


def by_plugin(plugin: Plugin, content: bytes, position: int, known: Spans, searched: dict[str, int]) -> Iterator[Found]:
    """Yield what the plugin sees here, unless a row of ours has found it or it is a placeholder.

    `searched` says up to where each plugin has seen the content: to a line's or a placeholder's end.
    """
    for anchor in plugin.anchors:
        match = compiled(anchor).match(content, position)
        if match is None or known.meet(position, match.end()):
            continue
        if is_placeholder(match.group() + token_at(content, match.end(), JUDGED)):
            searched[plugin.name] = match.end()
            continue
        yield from analyzed(plugin, content, position, searched)
        return


def line_around(plugin: Plugin, content: bytes, position: int) -> tuple[int, int, bool]:
    """Return where what the plugin is to see begins and ends, and whether it ends with the line."""
    first = max(0, position - LINE_BEFORE)
    start = max(content.rfind(b"\n", first, position) + 1, first)
    if plugin.begin:
        start = max(start, content.rfind(plugin.begin, start, position))
    end = content.find(b"\n", position, position + plugin.reach)
    return start, end if end >= 0 else position + plugin.reach, end >= 0


def analyzed(plugin: Plugin, content: bytes, position: int, searched: dict[str, int]) -> Iterator[Found]:
    start, end, whole = line_around(plugin, content, position)
    searched[plugin.name] = end if whole else position + plugin.reach // 2
    line = content[start:end].rstrip(b"\r")
    for secret in set(analyzer(plugin)(line.decode("utf-8", "surrogateescape"))):
        value = secret.encode("utf-8", "surrogateescape").strip(DELIMITERS)
        at = start + line.find(value)
        if len(value) < SHORTEST:  # some plugins yield only their pattern's one group, a prefix
            at, value = position, b""
        value += token_at(content, at + len(value)).rstrip(b".")  # others leave its end out: a web token's signature
        if is_plausible(plugin, value if plugin.judge else value[:LONGEST]):
            yield Found(at, at + len(value), PLUGIN, plugin)


def token_at(content: bytes, position: int, most: int = 4096) -> bytes:
    match = compiled(TOKEN).match(content, position, position + most)
    return match.group() if match else b""


def is_plausible(row: Detector | Plugin, value: bytes) -> bool:
    if row.judge:
        return row.judge(value)
    if row.chosen:
        return bool(assigned_kind(b"password", value, quoted=True))
    public = public_prefix(row, value)
    if isinstance(row, Detector):
        if row.checksum and row.checksum(value):
            return True
        if row.entropy and entropy(value[len(public) :]) < row.entropy:
            return False
    elif value.isalpha() and is_wordy(value):  # a name, in a format that is none: `AP` and what follows
        return False
    return not is_placeholder(value, public)


def public_prefix(row: Detector | Plugin, secret: bytes) -> bytes:
    match = compiled(row.public).match(secret)
    return b"" if match is None else match.group()


def as_hits(content: bytes, found: list[Found]) -> Iterator[Hit]:
    """Yield hits with their places, counting on from the one before: a minified file is a single line."""
    line = column = 1
    last = 0
    for one in found:
        between = content[last : one.start]
        if breaks := line_breaks(between):
            line, column = line + breaks, 1
            between = between[max(between.rfind(b"\n"), between.rfind(b"\r")) + 1 :]
        column += len(between.decode("utf-8", "replace"))
        last = one.start
        yield as_hit(one, content[last : one.end], line, column)


def as_hit(one: Found, secret: bytes, line: int = 0, column: int = 0) -> Hit:
    return Hit(one.row.name, one.row.title, line, column, secret, redacted(one.row, secret), one.row.advice, one.start)


def redacted(row: Detector | Plugin, secret: bytes) -> str:
    """Show the fixed prefix, at most an eighth of the rest and never more than 4 characters of it."""
    prefix = public_prefix(row, secret).decode("utf-8", "replace")
    body = secret.decode("utf-8", "replace")[len(prefix) :]
    shown = 0 if row.chosen or len(body) < 16 else min(4, len(body) // 8)
    return f"{prefix}{body[:shown]}… ({len(prefix) + len(body)} characters)"
