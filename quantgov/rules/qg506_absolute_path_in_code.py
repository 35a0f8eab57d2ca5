"""Code names a file by where it lies on one machine.

Why: it runs nowhere else: not at a colleague's, not in CI, not where it is to trade.
Fix: name the file from the repository's root, or read the folder from the environment: `os.environ["TEAM_DATA_DIR"]`.
Judged are the string literals of Python, R, Julia and notebooks, and shell scripts. Comments, docstrings and tests are
not, nor is what is the same on every machine: `/tmp`, `/etc`, `C:\\Windows`, `~`.
"""

from __future__ import annotations

import re

from quantgov.change import WHOLE_LIMIT, Blob
from quantgov.datapaths import DATA_DIR
from quantgov.git import Entry
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope, Unjudged
from quantgov.wording import shown_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Hit = tuple[int, str]

SHELL = (".sh", ".bash", ".zsh")
NOTEBOOK = ".ipynb"
JUDGED = (".py", ".pyx", ".r", ".jl", NOTEBOOK, *SHELL)
TESTS = frozenset(("test", "tests", "fixtures"))
SIGNS = (
    b"/home/", b"/Users/", b"/media/", b"/mnt/", b"/Volumes/", b"/root/", b"/content/drive/", b"/kaggle/", b"/shared/",
)  # fmt: skip
"""What a path has in it, searched faster than any expression: hardly a file has one of them."""
DRIVE_SIGN = rb"(?<![A-Za-z0-9_])[C-Zc-z]:[\\/]"

START = r"(?:(?<![\w.~%:})\]/\\$*+-])|(?<=file://)|(?<=:///))"
"""A path does not go on from anything: neither from a host nor from a variable."""
FOLDERS = (
    r"/(?:home|Users|media)/(?!linuxbrew/)\w[\w.@-]*/", r"/(?:mnt|Volumes)/\w[\w. -]*/", r"/root/[\w.]",
    r"/content/drive/", r"/kaggle/(?:input|working)\b", r"/shared/(?:data|raw|results|processed)\b",
)  # fmt: skip
SEPARATOR = r"(?:/|\\\\|\\(?!u[0-9a-fA-F]{4}|[abfnrtvx0-7\"'\n]))"
"""In a literal that reads escapes. `\\d` is none: Python leaves it as it stands."""
RAW_SEPARATOR = r"[\\/]"
DRIVE = r"[C-Zc-z]:{0}+(?!(?i:windows|program))[\w$][\w$.-]"
REST = r"[^\s\"'`<>|;,()]*"
SHARED = "/shared/"
RESULTS = "/shared/results"
HELP = f'a path from the repository\'s root, or os.environ["{DATA_DIR}"]'

LEXEME = r"""(?x)
    (?P<note> \#[^\n]* )
  | (?P<prefix> (?<!\w)[rRbBuUfF]{1,2} )?
    (?: (?P<long> \"{3} | '{3} ) (?: \\. | [^\\] )*? (?: (?P=long) | \Z )
      | (?P<short> ["'] ) (?: \\. | (?!(?P=short))[^\\\n] )* (?P=short)? )"""
CONTINUED = tuple('([{,=+%|&\\"')
"""What a statement does not end with: a string on the next line is a part of it."""
NEAR = 120
"""Characters before a literal in which a call that asks the environment has begun."""
CHANGES_FOLDER = ("chdir(", "setwd(", "cd(")
ROOT = r"[C-Zc-z]:[\\/]{0,2}"
MAGIC = r"(?m)^[ \t]*[%!].*$"
SHELL_CELL = r"%%(?:bash|sh|script|system|!)"
COMMENT = r"(?m)(?:^|(?<=\s))#.*$"


def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
    name = blob.path.lower()
    if not name.endswith(JUDGED) or not Entry(blob.mode, blob.oid).is_file or _is_test(name):
        return
    if blob.size > WHOLE_LIMIT:
        yield Unjudged(f"{shown_size(blob.size)}, more than is read of a program", blob.path)
    elif not may_hold(blob.data):
        return
    elif name.endswith(NOTEBOOK):
        yield from _in_notebook(blob)
    else:
        text = blob.data.decode("utf-8", "replace")
        hits = in_shell(text) if name.endswith(SHELL) else in_code(text)
        yield from (_finding(found, blob.path, line, column) for _, line, column, found in placed(text, hits))


def _is_test(name: str) -> bool:
    """A test names files of machines that do not exist."""
    *folders, file = name.split("/")
    return not TESTS.isdisjoint(folders) or file.startswith("test_")


def may_hold(data: bytes) -> bool:
    if any(sign in data for sign in SIGNS):
        return True
    may_be_drive = b":\\" in data or data.count(b":/") > data.count(b"://")
    return may_be_drive and re.search(DRIVE_SIGN, data) is not None


def _in_notebook(blob: Blob) -> Iterator[Finding | Unjudged]:
    from quantgov import notebooks

    notebook = notebooks.read(blob)
    if isinstance(notebook, Unjudged):
        yield notebook
        return
    for cell in notebook.cells:
        text = cell.text if cell.is_code else ""
        hits = list(placed(text, in_cell(text)))
        places = notebook.places_in(cell, [start for start, *_ in hits]) if hits else ()
        for (_, line, _, found), place in zip(hits, places, strict=True):
            finding = _finding(found, blob.path, *place)
            finding.message += f" in cell {cell.number}, line {line}"
            yield finding


def placed(text: str, hits: Iterable[Hit]) -> Iterator[tuple[int, int, int, str]]:
    """Hits in their order, each with its index, its line and its column."""
    line, line_start, last = 1, 0, 0
    for start, found in sorted(hits):
        breaks = text.count("\n", last, start)
        if breaks:
            line += breaks
            line_start = text.rfind("\n", last, start) + 1
        last = start
        yield start, line, start - line_start + 1, found


def _finding(found: str, path: str, line: int, column: int) -> Finding:
    if found.startswith(SHARED):
        variable = "BACKTEST_OUTPUT_DIR" if found.startswith(RESULTS) else DATA_DIR
        message, help = f"{found} is where some machines have the team's folder", f'os.environ["{variable}"]'
    else:
        message, help = f"{found} exists on one machine only", HELP
    return Finding(message, path, line, column, help, key=found)


def in_cell(text: str) -> Iterator[Hit]:
    """Of a notebook: code, and what is passed to a shell or to IPython."""
    if re.match(SHELL_CELL, text):
        yield from in_shell(text)
        return
    yield from in_code(re.sub(MAGIC, lambda line: " " * len(line[0]), text))
    for line in re.finditer(MAGIC, text):
        yield from _paths(text, line.start(), line.end(), RAW_SEPARATOR)


def in_shell(text: str) -> Iterator[Hit]:
    text = re.sub(COMMENT, lambda note: " " * len(note[0]), text)
    return _paths(text, 0, len(text), RAW_SEPARATOR)


def in_code(text: str) -> Iterator[Hit]:
    """In the string literals of a program: each with the index at which the path begins."""
    before, last = "", 0
    for token in re.finditer(LEXEME, text, re.DOTALL):
        gap = text[last : token.start()]
        before = gap.strip() or before
        begins_line = not gap.rpartition("\n")[2].strip() and ("\n" in gap or not last)
        last = token.end()
        if token["note"] is None:
            if not begins_line or before.endswith(CONTINUED):  # else a docstring, or what was commented out
                yield from _in_literal(token, before)
            before = '"'


def _in_literal(token: re.Match[str], before: str) -> Iterator[Hit]:
    quotes = len(token["long"] or token["short"])
    start = token.end("prefix") + quotes if token["prefix"] else token.start() + quotes
    is_root = re.compile(ROOT + r"[\"']").fullmatch(token.string, start, token.end())
    if is_root and before.endswith(CHANGES_FOLDER):
        yield start, token.string[start : token.end() - 1]
        return
    separator = RAW_SEPARATOR if "r" in (token["prefix"] or "").lower() else SEPARATOR
    for at, found in _paths(token.string, start, token.end(), separator):
        if not found.startswith(SHARED) or not _is_default(token.string, token.start()):
            yield at, found


def _is_default(text: str, at: int) -> bool:
    """Whether the environment may say otherwise: `os.environ.get("TEAM_DATA_DIR", "/shared/data")`."""
    return "env" in text[max(0, at - NEAR) : at].rpartition("\n\n")[2].lower()


def _paths(text: str, start: int, end: int, separator: str) -> Iterator[Hit]:
    wanted = f"{START}(?:{'|'.join(FOLDERS)}|{DRIVE.replace('{0}', separator)}){REST}"
    return ((found.start(), found[0]) for found in re.compile(wanted).finditer(text, start, end))


FUNCTION = '''\
def load():
    """Reads /home/alice/prices.csv."""
    # once from /home/alice/old.csv
    return read(%s)
'''
CELL = '{"cells": [\n{"cell_type": "code", "source": [%s],\n"outputs": []}\n], "metadata": {}}\n'


def _code(literal: str) -> dict[str, str]:
    return {"load.py": FUNCTION % literal}


RULE = Rule(
    "QG506",
    "absolute-path-in-code",
    Scope.BLOB,
    check,
    level=Level.ADVISE,
    live=Level.BLOCK,
    accepts=(
        Example("a path in the repository", files=_code('"data/prices.csv"')),
        Example("the folder comes from the environment", files=_code('os.environ["TEAM_DATA_DIR"] + "/raw"')),
        Example("a default that the environment overrides", files=_code('getenv("TEAM_DATA_DIR", "/shared/data")')),
        Example("an endpoint", files=_code('"https://api.tickdb.ai/home/v1/kline", "/v1/market/kline"')),
        Example("a path below another", files=_code('f"{root}/home/alice/x", root + r"C:\\d+"')),
        Example("what every machine has", files=_code('"/tmp/a", "/dev/null", r"C:\\Windows\\win.ini", "~/.cache/a"')),
        Example("a test", files={"tests/test_load.py": FUNCTION % '"/home/alice/prices.csv"'}),
        Example("prose", files={"notes.md": "It lies in /home/alice/prices.csv\n"}),
        Example("a symbolic link", files={"a.py": "/home/alice/a.py"}, modes={"a.py": 0o120000}),
    ),
    rejects=(
        Example(
            "a home folder",
            files=_code('"/home/alice/prices.csv"'),
            finds=(("/home/alice/prices.csv exists on one machine only", "load.py", 4, 18),),
        ),
        Example(
            "a drive",
            files={"load.R": 'setwd("D:/")\nx <- read.csv("C:\\\\Users\\\\alice\\\\prices.csv")  # not "C:/old"\n'},
            finds=(
                ("D:/ exists on one machine only", "load.R", 1, 8),
                ("C:\\\\Users\\\\alice\\\\prices.csv exists on one machine only", "load.R", 2, 16),
            ),
        ),
        Example(
            "the shared folder",
            files=_code('"/shared/data/raw"'),
            finds=(("/shared/data/raw is where some machines have the team's folder", "load.py", 4, 18),),
        ),
        Example(
            "in a shell script",
            files={"run.sh": "# was /home/bob/gap\ncd /home/alice/gap\n"},
            finds=(("/home/alice/gap exists on one machine only", "run.sh", 2, 4),),
        ),
        Example(
            "in a notebook",
            files={"gap.ipynb": CELL % '"%cd /content/drive/MyDrive\\n",\n"x = \\"/Users/alice/x.csv\\""'},
            finds=(
                ("/content/drive/MyDrive exists on one machine only in cell 1, line 1", "gap.ipynb", 2, 39),
                ("/Users/alice/x.csv exists on one machine only in cell 1, line 2", "gap.ipynb", 3, 8),
            ),
        ),
    ),
)
