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
    from collections.abc import Iterable, Iterator

    from quantgov.secrets.detector import Detector
    from quantgov.secrets.families.plugins import Plugin

    Span = tuple[int, int]

FEWEST_DIGITS = 2  # of a key that its shape alone tells, one less where it is no words
LONGEST_CALL = 4000  # bytes
LONGEST_NAME = 120  # bytes, dots included
MOST_IMPORTS = 1000  # statements
MOST_RENAMED, MOST_CALLS = 100, 100  # names that imports rename, once for each row, and calls of each
MOST_READ = 1 << 21  # bytes of what looks like calls, and cannot be parsed
NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
SHORTEST = 16  # bytes, below which a value of no documented shape is not believed to be a key
CALLED = re.compile(rb"[\w.]{1,160}(?=\s{0,3}\()")
IMPORT = re.compile(
    rb"^[ \t>.]{0,40}(?P<statement>from[ \t]+[\w.]{1,100}[ \t]+import[ \t]*(?:\([^()]{0,2000}\)|[^\r\n(;]{1,400})"
    rb"|import[ \t]+[^\r\n(;]{1,400})",
    re.MULTILINE,
)
RENAMED = re.compile(rb"\w{1,60}[ ]as[ ](?P<name>\w{1,60})")
# What a call is made of, as far as its end is concerned: strings, comments and brackets.
PIECE = re.compile(
    rb"\"\"\"(?:[^\\]|\\.){0,2000}?\"\"\"|'''(?:[^\\]|\\.){0,2000}?'''|\"(?:[^\"\\\r\n]|\\.){0,2000}\""
    rb"|'(?:[^'\\\r\n]|\\.){0,2000}'|\#[^\r\n]{0,1000}|(?P<open>[(\[{])|(?P<close>[)\]}])",
    re.DOTALL,
)
ASCII = bytes(byte if byte < 128 else 95 for byte in range(256))
"""Puts `_` for every byte that is no ASCII, so that places in what is parsed are places in the content."""
BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)


def keys(content: bytes, places: Iterable[tuple[int, Detector | Plugin]]) -> Iterator[tuple[int, int, Sdk]]:
    """Yield, for the places at which these rows' calls may stand, each key's span and its row."""
    source: Source | None = None
    for position, row in places:
        if isinstance(row, Sdk):
            source = source or Source(content)
            for call in source.calls(position, row):
                for start, end in source.given(call, row):
                    yield start, end, row


class Call:
    """A call in a content: what is called, as it is written, and its arguments."""

    __slots__ = ("chain", "node", "start")

    def __init__(self, chain: str, node: ast.Call, start: int) -> None:
        self.chain = chain
        self.node = node
        self.start = start


class Source:
    """A content: its calls, and what their names stand for by its imports."""

    __slots__ = ("_bound", "_calls", "_content", "_left", "_renamed", "_stars")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._bound: dict[str, str] = {}
        self._stars: list[str] = []
        self._calls: dict[int, Call | None] = {}
        self._renamed: set[tuple[bytes, Sdk]] = set()
        self._left = MOST_READ
        for at, match in enumerate(IMPORT.finditer(content)):
            if at == MOST_IMPORTS:
                break
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

    def calls(self, position: int, row: Sdk) -> Iterator[Call]:
        """Yield the call whose name stands here or, where an import renames it, those of its new name, once a row."""
        renamed = RENAMED.match(self._content, position)
        for start in [position] if renamed is None else self._calls_of(renamed["name"], row):
            if start not in self._calls:
                self._calls[start] = self._call(start)
            call = self._calls[start]
            if call is not None:
                yield call

    def _calls_of(self, name: bytes, row: Sdk) -> list[int]:
        if (name, row) in self._renamed or len(self._renamed) == MOST_RENAMED or name.decode() not in self._bound:
            return []
        self._renamed.add((name, row))
        called = re.compile(rb"(?<![\w.])" + name + rb"(?:\.create)?\(")
        return [match.start() for match in islice(called.finditer(self._content), MOST_CALLS)]

    def _call(self, position: int) -> Call | None:
        """Return the call in whose name this position is; None if it is no Python, or too much was read in vain."""
        before = self._content[max(0, position - LONGEST_NAME) : position]
        start = position - (len(before) - len(before.rstrip(NAME_BYTES)))
        name = CALLED.match(self._content, start)
        if name is None or self._left <= 0:
            return None
        end = closed(self._content, name.end())
        tree = parsed(self._content[start:end].translate(ASCII), "eval") if end else None
        if not isinstance(tree, ast.Expression) or not isinstance(tree.body, ast.Call):
            self._left -= (end or start + LONGEST_CALL) - start
            return None
        return Call(name.group().decode("ascii", "replace"), tree.body, start)

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
        path = self.resolved(call.chain, row)
        known = path.partition(".")[0] in row.modules
        places = positions_of(path if known else call.chain, row)
        if places is None or not (known or row.alone):
            return
        for node in secret_arguments(call.node, places, row):
            yield from self._secret(call, node, row, known)

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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an escape in somebody's string that Python will not know some day
            return compile(text, "<content>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    except BROKEN:
        return None
