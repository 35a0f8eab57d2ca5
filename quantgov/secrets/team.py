"""The team's own formats: `secrets.detectors` of the policy, searched for by Hyperscan, in linear time only.

Hyperscan is loaded, and the patterns are compiled, once a content has the literal that some pattern begins with.
What the policy says is tried when its document is read for the first time, not at each commit.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice

from quantgov.errors import PolicyError
from quantgov.secrets.detector import Detector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

    import hyperscan

    Given = Mapping[str, object]
    """One entry of `secrets.detectors`, as the schema has it."""
    Span = tuple[int, int, Detector]
    Fault = tuple[tuple[str | int, ...], str, str]
    """Where below `secrets.detectors`, what is wrong there, and how it is mended."""

MOST = 50
LONGEST = 500  # characters of a pattern
MOST_REPEATS = 10_000  # what a pattern's counted repetitions come to: Hyperscan takes seconds to refuse more
SHORTEST = 8  # bytes behind the literal that a pattern begins with: fewer turn up by chance
LITERAL = re.compile(r"(?:[\w:/=@%~-]|\\[.$+*?|(){}^-])+", re.ASCII)
PART = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|.", re.DOTALL)
OPAQUE = re.compile(r"\\Q|\(\?#|\(\?\w*x")  # quoted text and comments: what stands there is not what it looks like
REPEAT = r"(\))?\{(\d*)(?:,(\d*))?\}"
NO_HYPERSCAN = "secrets.detectors need Hyperscan, and it is not installed here"
TOO_WIDE = "begin it with what the keys begin with, and count its characters; a checksum's form needs `context`"
LINEAR = r"write it without look-around, back-references and possessive repetition; \b is an edge"
SHORTER = "begin it with what the keys begin with, and give their exact length: {24}"
INSTALL = "pip install hyperscan; where there is no wheel of it, take the detectors out of the policy"
# What every repository is full of. A pattern that matches here is no format of a credential.
ORDINARY = b"""
def backtest(prices: pd.DataFrame, lookback_days: int = 252, capital=1_000_000.0) -> dict[str, float]:
    \"\"\"Return the strategy's annualised performance: volatility, turnover and drawdown.\"\"\"
    signal = prices["close"].pct_change(lookback_days).rolling(20).mean().shift(1)  # momentum_12_1
    return {"sharpe_ratio": 1.4142135623730951, "max_drawdown": -0.1234567890, "trades": 20240115093000}
2024-01-15T09:30:00.000000Z,AAPL.US,185.9200,186.7400,183.6200,185.9200,65284300,US0378331005,0P000003MH
https://docs.example.org/en/stable/strategies/mean-reversion/README.html?version=2.1.0#parameters alice@fund.com
TICKDB_API_KEY="${TICKDB_API_KEY}" MAX_POSITION_SIZE=1000000 strategies/mean_reversion/config/production.yaml
"""
# Digests and names by chance: told from a credential by what stands around only.
DIGESTS = b"""
d41d8cd98f00b204e9800998ecf8427e 4b825dc642cb6eb9a060e54bf8d69288fbee4904 123e4567-e89b-12d3-a456-426614174000
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 D41D8CD98F00B204E9800998ECF8427E
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU
"""


class Team:
    """A team's detectors. `document` is the path of what they are written in: their examples there are no leak."""

    __slots__ = ("_document", "_literals", "_patterns", "rows")

    def __init__(self, given: Sequence[Given], document: str) -> None:
        self.rows = tuple(row(each) for each in given)
        self._literals = tuple(literal(str(each["pattern"])) for each in given)
        self._patterns = tuple(each.pattern for each in self.rows)
        self._document = document

    def spans(self, content: bytes, path: str = "") -> list[Span]:
        """Where the patterns match, with their rows. Raises PolicyError where Hyperscan is not installed."""
        if not any(each in content for each in self._literals):
            return []
        found = [(start, end, self.rows[at]) for at, start, end in matches(self._patterns, self._literals, content)]
        if found and path == self._document:
            shown = values_shown(content)
            found = [span for span in found if not any(content[span[0] : span[1]] in each for each in shown)]
        return found


def row(given: Given) -> Detector:
    """The row of an entry. Of a hit the literal is shown that its pattern begins with, as the policy shows it, too."""
    name, pattern = str(given["name"]), str(given["pattern"])
    context = strings(given, "context")
    return Detector(
        name=name,
        title=str(given.get("title", name.replace("-", " ").capitalize())),
        anchors=(),
        pattern=pattern.encode(),
        advice=str(given.get("advice", "")),
        context=b"(?i:" + b"|".join(re.escape(word.encode()) for word in context) + b")" if context else b"",
        public=re.escape(literal(pattern)),
    )


def strings(given: Given, key: str) -> list[str]:
    found = given.get(key, [])
    assert isinstance(found, list)
    return [str(each) for each in found]


@cache
def literal(pattern: str) -> bytes:
    """The literal that whatever a pattern matches begins with; empty where that cannot be told."""
    found = LITERAL.match(pattern)
    if found is None or OPAQUE.search(pattern) or has_alternatives(pattern):
        return b""
    written = re.findall(r"\\?.", found[0])
    if pattern[found.end() :][:1] in ("?", "*", "+", "{"):  # it counts the last character
        written.pop()
    return "".join(each[-1] for each in written).encode()


def has_alternatives(pattern: str) -> bool:
    """Whether a pattern is several, by a `|` that stands in no group."""
    depth = 0
    for part in PART.findall(pattern):
        depth += (part == "(") - (part == ")")
        if part == "|" and not depth:
            return True
    return False


def matches(patterns: tuple[bytes, ...], literals: Sequence[bytes], content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the number of a pattern and the span of each of its matches: the leftmost, the longest from there.

    Of a long run in which a match begins at every byte, only those are kept that begin where another has ended.
    """
    found: list[list[tuple[int, int]]] = [[] for _ in patterns]

    def note(at: int, start: int, end: int, *_: object) -> None:
        spans = found[at]
        if spans and spans[-1][0] == start:
            spans[-1] = (start, end)
        elif not spans or not spans[-1][0] < start < spans[-1][1]:
            spans.append((start, end))

    database(patterns).scan(content, match_event_handler=note)
    for at, spans in enumerate(found):
        until = 0
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= until and end - start - len(literals[at]) >= SHORTEST:
                yield at, start, end
                until = end


@cache
def database(patterns: tuple[bytes, ...]) -> hyperscan.Database:
    """Raises PolicyError where Hyperscan is not installed, hyperscan.error for what it cannot search in linear time."""
    used = engine()
    flags = used.hyperscan.HS_FLAG_SOM_LEFTMOST | used.hyperscan.HS_FLAG_MULTILINE
    found: hyperscan.Database = used.database("team", patterns, [flags for _ in patterns])
    return found


def engine() -> ModuleType:
    try:
        from quantgov.secrets import multi
    except ImportError:
        raise PolicyError(NO_HYPERSCAN, INSTALL) from None
    return multi


def values_shown(document: bytes) -> list[bytes]:
    """What a policy's detectors give as examples, counter-examples included; nothing of one that cannot be read."""
    from quantgov import documents

    try:
        value = documents.load(document).value
    except documents.DocumentError:
        return []
    if not documents.is_valid(value, "policy"):
        return []
    return [text.encode() for each in given_in(value) for key in ("examples", "not") for text in strings(each, key)]


def given_in(policy: object) -> list[Given]:
    """The entries of a policy that fits its schema."""
    secrets = policy.get("secrets", {}) if isinstance(policy, dict) else {}
    found: list[Given] = secrets.get("detectors", [])
    return found


# What cannot be used. Reached only when a policy is read for the first time.


def faults(given: Sequence[Given]) -> list[Fault]:
    """Why these entries cannot be used, the first reason of each: they fit the schema already."""
    if len(given) > MOST:
        return [((), f"secrets.detectors has {len(given)} entries; at most {MOST}", "join what belongs together")]
    try:
        engine()
    except PolicyError as error:
        return [((), error.message, error.help)]
    found = []
    known = built_in_names()
    for at, each in enumerate(given):
        for (key, *rest), message, help in islice(unusable(each, known), 1):
            place = f"secrets.detectors[{at}].{key}" + "".join(f"[{number}]" for number in rest)
            found.append(((at, key, *rest), f"{place} {message}", help))
        known.setdefault(str(each["name"]), f"secrets.detectors[{at}]")
    reason = "" if found else refused([str(each["pattern"]).encode() for each in given])
    return [((), f"secrets.detectors are too many at once, Hyperscan says: {reason}", SHORTER)] if reason else found


def built_in_names() -> dict[str, str]:
    from quantgov.secrets.assignments import ROWS
    from quantgov.secrets.families import FAMILIES, rows

    every = [*ROWS.values(), *(each for family in FAMILIES for each in rows(family))]
    return {each.name: "a built-in detector" for each in every}


def unusable(given: Given, known: Mapping[str, str]) -> Iterator[Fault]:
    name, pattern = str(given["name"]), str(given["pattern"])
    if name in known:
        yield ("name",), f"is {name!r}, as is {known[name]}", "give it a name of its own"
    reason = refusal(pattern)
    if reason:
        yield ("pattern",), *reason
    else:
        yield from misfits(given, pattern)


def misfits(given: Given, pattern: str) -> Iterator[Fault]:
    """What a pattern that can be searched for matches, and should not, and the other way round."""
    sample = ORDINARY if given.get("context") else ORDINARY + DIGESTS
    for _, start, end in matches((pattern.encode(),), (literal(pattern),), sample):
        yield ("pattern",), f"matches what is no credential: {shown(sample[start:end])}", TOO_WIDE
    yield from misjudged(given, row(given), literal(pattern))


def refusal(pattern: str) -> tuple[str, str] | None:
    """Why a pattern cannot be searched for, in linear time at that, and what to do."""
    if len(pattern) > LONGEST:
        return f"has {len(pattern)} characters; at most {LONGEST}", "write several detectors"
    if not pattern.isascii() or not pattern.isprintable():
        return "has other characters than the printable ones of ASCII", r"write a byte as \xNN"
    if repeats(pattern) > MOST_REPEATS:
        return f"repeats {repeats(pattern):,} times in all; at most {MOST_REPEATS:,}", "count fewer characters"
    reason = refused([pattern.encode()])
    if "empty buffer" in reason:
        return "matches the empty text", "count the characters of a key: {24}, {20,40}"
    if "too large" in reason:
        return f"cannot be searched for, Hyperscan says: {reason}", SHORTER
    return (f"cannot be searched for in linear time, Hyperscan says: {reason}", LINEAR) if reason else None


def refused(patterns: Sequence[bytes]) -> str:
    """Why Hyperscan does not take these patterns; empty if it does."""
    try:
        database(tuple(patterns))
    except engine().hyperscan.error as error:
        return str(error).rstrip(".")
    return ""


def repeats(pattern: str) -> int:
    """How often counted repetitions repeat, those of groups by what they may hold."""
    within, groups = 1, 1
    for group, low, high in re.findall(REPEAT, pattern):
        count = int(high or low or 1)
        if group:
            groups *= max(1, count)
        else:
            within += count
    return within * groups


def misjudged(given: Given, known: Detector, begins: bytes) -> Iterator[Fault]:
    """Examples that would not be found, and counter-examples that would be: each on a line of its own."""
    from quantgov.secrets.confirm import redacted

    behind = f" behind {begins.decode()!r}" if begins else ""
    help = f"mend the pattern or the example; what is found has {SHORTEST} bytes or more{behind}"
    for key, wanted in (("examples", True), ("not", False)):
        for at, text in enumerate(strings(given, key)):
            line = b"\n" + text.encode() + b"\n"
            if any(matches((known.pattern,), (begins,), line)) is not wanted:
                said = "is not matched by the pattern" if wanted else "is matched by the pattern, and must not be"
                yield (key, at), f"{said}: {redacted(known, text.encode())}", help


def shown(sample: bytes) -> str:
    text = sample.decode()
    return repr(text if len(text) <= 40 else text[:40] + "…")
