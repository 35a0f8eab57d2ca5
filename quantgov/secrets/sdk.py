"""Keys among the arguments of calls to vendors' SDKs: `Client("k", "s")`, `db.Historical("db-...")`.

Each call is parsed by itself, as are the statements that import what it calls: so neither a notebook's magics, nor
Python 2, nor prose around the code hide one, and a file's size costs nothing. Reached only where an anchor says that
a called name is followed by a string.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import cache
from itertools import islice

from quantgov.secrets.families.sdk import UNTOLD, Sdk
from quantgov.secrets.judgement import looks_random
from quantgov.secrets.naming import is_issued, is_password
from quantgov.secrets.words import is_gibberish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from quantgov.secrets.detector import Detector
    from quantgov.secrets.families.plugins import Plugin

    Span = tuple[int, int]

FEWEST_DIGITS = 2  # of a key that its shape alone tells, one less where it is no words
LONGEST_CALL = 4000  # bytes
LONGEST_NAME = 120  # bytes, dots included
MOST_IMPORTS = 1000  # statements
MOST_RENAMED, MOST_CALLS = 100, 100  # names that imports rename, once for each row, and calls of each
LEAST_READ = 1 << 13  # bytes that look like calls and cannot be parsed; beside as many as the content has
FASTER = 8  # times, that the end of a call is found than it is parsed
NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
SHORTEST = 16  # bytes, below which a value of no documented shape is not believed to be a key
CALLED = re.compile(rb"[\w.]{1,160}(?=\s{0,3}\()")
IMPORT = re.compile(
    rb"^[ \t>.]{0,40}(?P<statement>from[ \t]+[\w.]{1,100}[ \t]+import[ \t]*(?:\([^()]{0,2000}\)|[^\r\n(;]{1,400})"
    rb"|import[ \t]+[^\r\n(;]{1,400})",
    re.MULTILINE,
)
RENAMED = re.compile(rb"\w{1,60}[ ]as[ ](?P<name>\w{1,60})")
BARE = re.compile(rb"(?<![\w.])(?P<name>\w{1,60})(?:\.create)?\(")
LINE_END = re.compile(rb"\r\n?|\n")
# What a call is made of, as far as its end is concerned: strings, comments and brackets.
PIECE = re.compile(
    rb"\"\"\"(?:[^\\]|\\.){0,2000}?\"\"\"|'''(?:[^\\]|\\.){0,2000}?'''|\"(?:[^\"\\\r\n]|\\.){0,2000}\""
    rb"|'(?:[^'\\\r\n]|\\.){0,2000}'|\#[^\r\n]{0,1000}|(?P<open>[(\[{])|(?P<close>[)\]}])",
    re.DOTALL,
)
ASCII = bytes(byte if byte < 128 else 95 for byte in range(256))
"""Puts `_` for every byte that is no ASCII, so that places in what is parsed are places in the content."""
BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)


def keys(content: bytes, places: Iterable[tuple[int, Sequence[Detector | Plugin]]]) -> list[tuple[int, int, Sdk]]:
    """Return, for the places at which these rows' calls may stand, each key's span and its row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an escape in somebody's string that Python will not know some day
        source = Source(content)
        return [
            (start, end, row)
            for position, rows in places
            for row, call in source.calls(position, [row for row in rows if isinstance(row, Sdk)])
            for start, end in source.given(call, row)
        ]


class Call:
    """A call in a content: what is called, as it is written, and its arguments."""

    __slots__ = ("chain", "node", "start")

    def __init__(self, chain: str, node: ast.Call, start: int) -> None:
        self.chain = chain
        self.node = node
        self.start = start


class Source:
    """A content: its calls, and what their names stand for by its imports."""

    __slots__ = ("_bare", "_bound", "_content", "_left", "_nodes", "_renamed", "_stars", "_told")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._bound: dict[str, str] = {}
        self._stars: list[str] = []
        self._nodes: dict[int, ast.Call | None] = {}  # by where their names begin
        self._bare: dict[str, list[int]] = {}  # where names are called that stand alone
        self._renamed: set[tuple[str, Sdk]] = set()
        self._told: dict[tuple[str, Sdk], tuple[tuple[int, ...] | None, bool]] = {}
        self._left = LEAST_READ + len(content)
        for match in islice(IMPORT.finditer(content), MOST_IMPORTS):
            self._bind(parsed(match["statement"].translate(ASCII).strip(), "exec"))

    def _bind(self, tree: ast.AST | None) -> None:
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                for name in node.names:
                    self._bound[name.asname or name.name.partition(".")[0]] = (
                        name.name if name.asname else name.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom):
                for name in node.names:
                    if name.name == "*":
                        self._stars.append(node.module or "")
                    else:
                        self._bound[name.asname or name.name] = f"{node.module}.{name.name}"

    def calls(self, position: int, rows: Sequence[Sdk]) -> Iterator[tuple[Sdk, Call]]:
        """Yield the call whose name stands here or, where an import renames it, those of its new name, once a row."""
        renamed = RENAMED.match(self._content, position)
        if renamed is None:
            call = self._call(position)
            yield from ((row, call) for row in rows if call)
            return
        for row in rows:
            calls = map(self._call, self._calls_of(renamed["name"].decode(), row))
            yield from ((row, call) for call in calls if call)

    def _calls_of(self, name: str, row: Sdk) -> list[int]:
        if (name, row) in self._renamed or len(self._renamed) == MOST_RENAMED or name not in self._bound:
            return []
        self._renamed.add((name, row))
        if not self._bare:
            self._find_bare()
        return self._bare[name]

    def _find_bare(self) -> None:
        """Find all at once: a search for each name would go through the whole content as often."""
        self._bare = {name: [] for name in self._bound}
        for match in BARE.finditer(self._content):
            found = self._bare.get(match["name"].decode())
            if found is not None and len(found) < MOST_CALLS:
                found.append(match.start())

    def _call(self, position: int) -> Call | None:
        """Return the call in whose name this position is; None if it is no Python, or too much was read in vain."""
        before = self._content[max(0, position - LONGEST_NAME) : position]
        start = position - (len(before) - len(before.rstrip(NAME_BYTES)))
        name = CALLED.match(self._content, start)
        if name is None:
            return None
        if start not in self._nodes:
            self._nodes[start] = None
            self._parse(start, name.end())
        node = self._nodes[start]
        return Call(name.group().decode("ascii", "replace"), node, start) if node else None

    def _parse(self, start: int, opened: int) -> None:
        """Parse the call whose name begins here, and with it those among its arguments."""
        if self._left <= 0:
            return
        end = closed(self._content, opened)
        text = self._content[start : end or start + LONGEST_CALL].translate(ASCII)
        tree = parsed(text, "eval") if end else None
        if not isinstance(tree, ast.Expression) or not isinstance(tree.body, ast.Call):
            self._left -= len(text) if end else len(text) // FASTER
            return
        self._nodes[start] = tree.body
        if text.count(b"(") == 1:
            return
        lines = [start, *(start + match.end() for match in LINE_END.finditer(text))]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                self._nodes[lines[node.lineno - 1] + node.col_offset] = node

    def resolved(self, chain: str, row: Sdk) -> str:
        """Return what a name stands for, by its full path; empty if that cannot be told."""
        root, _, rest = chain.partition(".")
        if root in self._bound:
            return f"{self._bound[root]}.{rest}".strip(".")
        if root in row.modules:
            return chain
        star = next((module for module in self._stars if module.partition(".")[0] in row.modules), "")
        return f"{star}.{chain}" if star else ""

    def given(self, call: Call, row: Sdk) -> Iterator[Span]:
        """Yield where in the content this call is given a key."""
        if (call.chain, row) not in self._told:
            self._told[call.chain, row] = self._tell(call.chain, row)
        places, known = self._told[call.chain, row]
        for node in () if places is None else secret_arguments(call.node, places, row):
            yield from self._secret(call, node, row, known)

    def _tell(self, chain: str, row: Sdk) -> tuple[tuple[int, ...] | None, bool]:
        """Return where the secret arguments of what is called are, if it has any, and whether an import says so."""
        path = self.resolved(chain, row)
        known = path.partition(".")[0] in row.modules
        return positions_of(path if known else chain, row) if known or row.alone else None, known

    def _secret(self, call: Call, node: ast.Constant, row: Sdk, known: bool) -> Iterator[Span]:
        value = str(node.value).encode()
        shape = shaped(row.shape, value)
        secret = shape or value
        if not (is_known(row, secret, shape) if known else shape and is_certain(secret)):
            return
        at = self._content.find(secret, call.start, call.start + LONGEST_CALL)
        if at >= 0:  # else it is written in another way than it reads: in pieces, by escapes
            yield at, at + len(secret)


def shaped(shape: bytes, value: bytes) -> bytes:
    """Return the secret in a value of this shape, else nothing."""
    match = compiled(shape).fullmatch(value)
    if match is None:
        return b""
    return match["secret"] if "secret" in match.re.groupindex else value


@cache
def compiled(shape: bytes) -> re.Pattern[bytes]:
    return re.compile(shape, re.DOTALL)


def is_known(row: Sdk, secret: bytes, shape: bytes) -> bool:
    """Whether an argument in a secret's place is one."""
    if row.chosen:
        return (bool(shape) or row.shape == UNTOLD) and is_password(secret)
    return is_issued(secret) and (bool(shape) or (len(secret) >= SHORTEST and looks_random(secret)))


def is_certain(secret: bytes) -> bool:
    """Whether the shape alone tells: what a call that merely has the same name is given is words, or short."""
    digits = sum(map(b"0123456789".count, secret))
    return len(secret) >= SHORTEST and is_issued(secret) and digits + is_gibberish(secret) >= FEWEST_DIGITS


def positions_of(path: str, row: Sdk) -> tuple[int, ...] | None:
    """Return which positional arguments of what has this path are secret; None if it is not in the row's table."""
    for called, places in row.calls.items():
        if called == "*" or path == called or path.endswith(("." + called, called)):
            return places
    return None


def secret_arguments(call: ast.Call, places: tuple[int, ...], row: Sdk) -> Iterator[ast.Constant]:
    """Yield the strings in the places of secrets: positional, by keyword, or entries of a dictionary."""
    for at, node in enumerate(call.args):
        if at in places:
            yield from strings(node)
        yield from entries(node, row.keywords)
    for keyword in call.keywords:
        if keyword.arg in row.keywords:
            yield from strings(keyword.value)
        yield from entries(keyword.value, row.keywords)


def strings(node: ast.expr) -> Iterator[ast.Constant]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        yield node


def entries(node: ast.expr, keywords: tuple[str, ...]) -> Iterator[ast.Constant]:
    if isinstance(node, ast.Dict):
        for name, value in zip(node.keys, node.values, strict=True):
            written = name.value if isinstance(name, ast.Constant) else name.id if isinstance(name, ast.Name) else ""
            if written in keywords:
                yield from strings(value)


def closed(content: bytes, position: int) -> int:
    """Return where the bracket that opens from here on is closed again; 0 if it is not, or too far away."""
    depth = 0
    for piece in PIECE.finditer(content, position, position + LONGEST_CALL):
        if piece["open"]:
            depth += 1
        elif piece["close"]:
            depth -= 1
            if depth <= 0:
                return piece.end()
    return 0


def parsed(text: bytes, mode: str) -> ast.AST | None:
    try:
        return compile(text, "<content>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    except BROKEN:
        return None
