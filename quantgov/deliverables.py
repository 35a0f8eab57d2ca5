"""What a strategy delivers, read from its files: Markdown sections, coverage, test results, safe-state code.

Pure functions of what was written, whoever wrote it; gates.py and deployment.py weigh what they find.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

THESIS = "Write here, in a sentence, why this should earn money"
"""What a new strategy says where its researcher has not said anything yet."""
MAX_XML = 16 << 20
FILES = (
    ".md", ".txt", ".log", ".xml", ".json", ".yaml", ".yml", ".csv", ".parquet", ".html", ".pdf", ".png", ".jpg",
    ".svg", ".py", ".ipynb",
)  # fmt: skip
TICKET = re.compile(r"[\w.-]+/[\w.-]+#\d+")
"""How platforms write an issue or a pull request of a repository."""
LOGGING = ("debug", "info", "warning", "warn", "error", "exception", "critical", "log")
DECLARED = ("abstractmethod", "overload")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
FENCES = ("```", "~~~")
CONNECTS = re.compile(r"(?<!re)(?<!re[-_ ])(?<!dis)connect", re.IGNORECASE)


class Section:
    """A part of a Markdown text: where its heading stands, and its lines without guidance and comments."""

    __slots__ = ("level", "line", "lines")

    def __init__(self, line: int, level: int) -> None:
        self.line = line
        self.level = level
        self.lines: list[str] = []

    @property
    def is_empty(self) -> bool:
        return not any(char.isalnum() for line in self.lines for char in line)


def sections(text: str) -> dict[str, Section]:
    """By heading, in lower case. A section holds those below it; of two with one heading the first counts."""
    found: dict[str, Section] = {}
    around: list[Section] = []
    for number, line, level in _lines(text):
        if level:
            section = Section(number, level)
            around = [*(each for each in around if each.level < level), section]
            found.setdefault(line.strip("#").strip().casefold(), section)
        else:
            for section in around:
                section.lines.append(line)
    return found


def words(text: str) -> int:
    """How long a Markdown text is without its headings, guidance and comments."""
    return sum(len(line.split()) for _, line, level in _lines(text) if not level)


def _lines(text: str) -> Iterator[tuple[int, str, int]]:
    """Number and text of each line that counts, and its level where it is a heading. In code no `#` is one."""
    fence = ""
    uncommented = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    for number, line in enumerate(uncommented.split("\n"), 1):
        bare = line.strip()
        if bare.startswith(fence or FENCES):
            fence = "" if fence else bare[:3]
        elif fence or not bare.startswith(">"):
            yield number, bare, 0 if fence else _level(bare)


def _level(line: str) -> int:
    level = len(line) - len(line.lstrip("#"))
    return level if level <= 6 and line[level : level + 1] in ("", " ", "\t") else 0


def path_in(evidence: str) -> str:
    """The path that a piece of evidence is, without what it names in that file; empty for an address or a sentence."""
    path = evidence.strip().partition("#")[0].partition("::")[0]
    if TICKET.fullmatch(evidence.strip()) or ":" in path or len(path.split()) != 1:
        return ""
    return path if "/" in path or path.lower().endswith(FILES) else ""


class Unreadable(Exception):
    """An XML file that is none, or that is not safe to read; its text is for people."""


def _xml(data: bytes, *roots: str) -> Element:
    """The root element. Anything that could expand is refused before it is parsed.

    It is parsed as the UTF-8 in which it was searched, whatever encoding it declares.
    """
    from xml.etree import ElementTree

    if len(data) > MAX_XML:
        raise Unreadable(f"has {len(data):,} bytes; {MAX_XML:,} is the most")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Unreadable("declares a document type, which is not read")
    try:
        data.decode()
        parser = ElementTree.XMLParser(encoding="utf-8")  # noqa: S314 - what it is vulnerable to was refused above
        parser.feed(data)
        found = parser.close()
    except (UnicodeDecodeError, ElementTree.ParseError):
        raise Unreadable("is no XML in UTF-8") from None
    if found.tag not in roots:
        raise Unreadable(f"begins with <{found.tag}>, not with <{roots[0]}>")
    return found


def coverage(data: bytes) -> dict[str, dict[int, bool]]:
    """Of a Cobertura report: of each file, by its full path as far as it is known, which lines were run.

    A line that is told of twice counts as run only if it was both times. Raises Unreadable.
    """
    report = _xml(data, "coverage")
    sources = [each.text or "" for each in report.iterfind("sources/source")] or [""]
    found: dict[str, dict[int, bool]] = {}
    for item in report.iter("class"):
        for source in sources:
            lines = found.setdefault(_joined(source, item.get("filename", "")), {})
            for line in item.iterfind("lines/line"):
                number, is_run = _count(line.get("number")), _count(line.get("hits")) > 0
                lines[number] = lines.get(number, True) and is_run
    return found


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _joined(source: str, name: str) -> str:
    path = name if name.startswith("/") else f"{source}/{name}"
    return "/".join(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def lines_of(path: str, folder: str, report: Mapping[str, Mapping[int, bool]]) -> Mapping[int, bool] | None:
    """What a report says of a file, named from the root; None where it is not in it.

    The report was written elsewhere, so only the end of a path can be compared: at least from the strategy's own
    folder on, since many have a signals.py.
    """
    above = folder.rstrip("/").rpartition("/")[0]
    least = path[len(above) + 1 :] if above and path.startswith(folder) else path
    for end in (path, least):
        found = [lines for name, lines in report.items() if f"/{name}".endswith(f"/{end}")]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def statements(path: str, data: bytes) -> int:
    """How many lines of a source file a report of its coverage would count, about."""
    import ast

    tree = _parsed(data) if path.endswith(".py") else None
    if tree is None:
        return sum(1 for line in data.splitlines() if line.strip())
    return len({node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt) and not _is_constant(node)})


class JUnit:
    """What a JUnit report says: the names of tests that passed, and that failed, and how many were skipped."""

    __slots__ = ("failed", "passed", "skipped")

    def __init__(self, data: bytes) -> None:
        """Raises Unreadable."""
        report = _xml(data, "testsuites", "testsuite")
        self.passed: list[str] = []
        self.failed: list[str] = []
        self.skipped = 0
        for case in report.iter("testcase"):
            outcomes = {child.tag for child in case}
            name = f"{case.get('classname', '')} {case.get('name', '')}".strip()
            if outcomes & {"failure", "error"}:
                self.failed.append(name)
            elif "skipped" in outcomes:
                self.skipped += 1
            else:
                self.passed.append(name)
        if not self.failed:
            suites = [each for each in report.iter() if each.tag != "testcase"]
            broken = [each for each in suites if _count(each.get("failures")) or _count(each.get("errors"))]
            self.failed = [each.get("name") or "the suite itself" for each in broken]

    def unverified(self) -> list[str]:
        """What of connection, heartbeat and reconnection no test that passed is named after."""
        named = "\n".join(self.passed)
        wanted = {
            "connection": CONNECTS.search(named),
            "heartbeat": re.search("heart_?beat", named, re.IGNORECASE),
            "reconnection": re.search("re[-_ ]?connect", named, re.IGNORECASE),
        }
        return [name for name, found in wanted.items() if not found]


class Stop:
    """A function that is named as if it took the strategy off the market, and whether it does anything."""

    __slots__ = ("column", "is_real", "line", "name")

    def __init__(self, name: str, line: int, column: int, *, is_real: bool) -> None:
        self.name = name
        self.line = line
        self.column = column
        self.is_real = is_real


def stops(data: bytes) -> list[Stop] | None:
    """The functions of a Python file that cancel orders or enter the safe state; None where it cannot be parsed.

    What an abstract class or a protocol only declares is none of them.
    """
    tree = _parsed(data)
    try:
        return list(_stops(tree)) if tree else None
    except RecursionError:
        return None


def _stops(tree: ast.Module) -> Iterator[Stop]:
    import ast

    declared = {id(child) for node in ast.walk(tree) if _is_protocol(node) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_stop(node.name):
            is_abstract = any(_last_name(each) in DECLARED for each in node.decorator_list)
            if not is_abstract and id(node) not in declared:
                yield Stop(node.name, node.lineno, node.col_offset + 1, is_real=any(map(_acts, node.body)))


def _is_stop(name: str) -> bool:
    _, cancels, after = name.casefold().partition("cancel")
    is_named = "safe_state" in name.casefold() or (cancels and ("orders" in after or after.startswith("_all")))
    return bool(is_named) and not name.startswith("test")


def _parsed(data: bytes) -> ast.Module | None:
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's `"\d"` is no news here
            return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _acts(node: ast.AST) -> bool:
    """Whether running this does anything but to log, to raise, or to give back what was known before."""
    import ast

    if isinstance(node, ast.Raise | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return False
    if isinstance(node, ast.Call):
        return not _is_logging(node)
    if isinstance(node, ast.Return):
        return node.value is not None and not _is_logging(node.value) and _computes(node.value)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
        if any(isinstance(each, ast.Attribute | ast.Subscript) for each in targets):
            return True
    return any(map(_acts, ast.iter_child_nodes(node)))


def _computes(value: ast.expr) -> bool:
    import ast

    named = (each for each in ast.walk(value) if isinstance(each, ast.Name | ast.Attribute | ast.Call))
    return any(_last_name(each) != "NotImplemented" for each in named)


def _is_logging(node: ast.AST) -> bool:
    """`print(…)`, and `….info(…)` on what is named like a logger."""
    import ast

    last = _last_name(node)
    if not isinstance(node, ast.Call) or last not in (*LOGGING, "print"):
        return False
    names = (_last_name(each) for each in ast.walk(node.func))
    return last == "print" or any("log" in name.casefold() or name == "warnings" for name in names)


def _is_protocol(node: ast.AST) -> bool:
    import ast

    return isinstance(node, ast.ClassDef) and any(_last_name(base) == "Protocol" for base in node.bases)


def _is_constant(node: ast.AST) -> bool:
    import ast

    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _last_name(node: ast.AST) -> str:
    """`d` of `d`, `c.d`, `d[…]` and `d(…)`."""
    import ast

    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
