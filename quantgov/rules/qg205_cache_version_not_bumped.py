"""Code that makes data changed, and the data's version did not; or a version that others name was written over.

Why: a backtest names its data by name@version; where other code made other bytes under that name, no rerun finds out.
Fix: make the data anew and put them on record under a new version: `quantgov manifest snapshot NAME PATH --version V`.
Which code makes a dataset is said by `code` of its entry in data/datasets.yaml, else by `data_code` of the policy.
Tests, documentation and comments do not count. Judged over a whole push to the trunk or pull request.
"""

from __future__ import annotations

import re

from quantgov import datasets
from quantgov.change import Change
from quantgov.policy import Globs, Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, Unjudged, restoring
from quantgov.wording import NAMED, few

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from quantgov.datasets import Dataset
    from quantgov.git import Entry, Touched

NO_CODE = r"(?:.*/)?(?:tests?/.*|test_[^/]*|[^/]*_test\.[^/.]+|conftest\.py|\.[^/]*|[^/]*\.(?:md|rst|txt|csv|parquet))"
"""Tests, documentation, samples, and files whose name begins with a dot."""


def check(change: Change, policy: Policy) -> Iterator[Finding | Unjudged]:
    before, after = datasets.of(change.base), datasets.of(change.head)
    makers = Globs((*policy.data_code, *(glob for each in (*before, *after) for glob in each.code)))
    touched = [each for each in change.touched if each.path == datasets.PATH or makers.match(each.path)]
    if not touched or not _lands(change, policy):
        return
    if before and any(each.path == datasets.PATH for each in touched):
        yield from _written_over(before, after, change)
    changed = _changed(touched, change)
    if changed and (after or before):
        yield from _stale(changed, before, after or before, policy)
    elif changed:
        yield Unjudged(f"no {datasets.PATH} versions what this code makes", changed[0])


def _lands(change: Change, policy: Policy) -> bool:
    from quantgov import signoffs

    return signoffs.lands(change, policy)


def _written_over(before: Sequence[Dataset], after: Sequence[Dataset], change: Change) -> Iterator[Finding]:
    """Entries that say something else than they did, or nothing any more. What cannot be read is another rule's."""
    if not after and change.head.entry(datasets.PATH) and datasets.problems(change.head.read(datasets.PATH) or b""):
        return
    trunk = change.authority_name or "main"
    gone = [each.id for each in before if not datasets.named(after, each.id)]
    if gone:
        yield Finding(f"{few(gone)}: taken out of the registry", datasets.PATH, help=restoring(datasets.PATH, trunk))
    for each in before:
        now = datasets.named(after, each.id)
        fields = [key for key in {**each.value, **(now.value if now else {})} if now and _differs(key, each, now)]
        if now and fields:
            message = f"{each.id} was written over ({', '.join(fields)}): its results name other data now"
            help = f"leave it as it was, and add an entry for the new data: {HELP}"
            yield Finding(message, datasets.PATH, now.line, now.column, help, key=each.id)


def _differs(key: str, before: Dataset, after: Dataset) -> bool:
    return before.value.get(key) != after.value.get(key)


def _changed(touched: Sequence[Touched], change: Change) -> list[str]:
    """The code that does something else than before."""
    moved = change.moved()
    same = {*moved, *(each.path for each in moved.values()), datasets.PATH}
    found = [each for each in touched if each.path not in same and not re.fullmatch(NO_CODE, each.path)]
    return [
        each.path for each in found if _means(each.path, each.before, change) != _means(each.path, each.after, change)
    ]


def _means(path: str, entry: Entry | None, change: Change) -> object:
    """What a file says to a program: of Python its syntax, without comments and docstrings."""
    if entry is None or not entry.is_file or not path.endswith(".py"):
        return entry and entry.oid
    import ast

    try:
        tree = ast.parse(change.head.content(entry.oid))
    except (SyntaxError, ValueError):
        return entry.oid
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_text(each)]  # type: ignore[attr-defined]  # it has one
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    import ast

    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _stale(
    changed: Sequence[str], before: Sequence[Dataset], after: Sequence[Dataset], policy: Policy
) -> Iterator[Finding]:
    """Of each dataset whose code changed, and of which no version is new, one finding."""
    fresh = {each.name for each in after if not datasets.named(before, each.id)}
    newest = {each.name: each for each in after}
    for name, each in newest.items():
        paths = [path for path in changed if each.code and Globs(each.code).match(path)]
        if paths and name not in fresh:
            yield _not_bumped(paths, name)
    unnamed = [name for name, each in newest.items() if not each.code]
    paths = [path for path in changed if policy.is_data_code(path)]
    if unnamed and paths and fresh.isdisjoint(unnamed):
        yield _not_bumped(paths, " or ".join(unnamed[:NAMED]))


def _not_bumped(paths: Sequence[str], name: str) -> Finding:
    more = f" (and {len(paths) - 1} more)" if paths[1:] else ""
    return Finding(f"the code that makes {name} changed{more}, and its version did not", paths[0], help=HELP, key=name)


HELP = "quantgov manifest snapshot NAME PATH --version V"
CODE = "src/data/clean.py"
HEAD = "version: 1\ndatasets:\n"
V1 = f"""\
  - name: us-equity-1h
    version: v1
    source: /v1/market/kline
    source_type: api
    path: data/us-equity-1h/v1/
    sha256: {"3f" * 32}
    as_of: 2025-01-02
"""
V2 = V1.replace("v1\n", "v2\n").replace("3f", "4f")
OWN = V1.replace("us-equity-1h", "fx") + "    code: [feeds/fx.py]\n"
BEFORE = {CODE: "LIMIT = 500\n", datasets.PATH: HEAD + V1}
AFTER = {CODE: "LIMIT = 1000\n"}
STALE = "the code that makes us-equity-1h changed, and its version did not"
LANDS = Stage.RANGE

RULE = Rule(
    "QG205",
    "cache-version-not-bumped",
    Scope.CHANGE,
    check,
    accepts=(
        Example("a new version", before=BEFORE, files={**AFTER, datasets.PATH: HEAD + V1 + V2}),
        Example("comments", before=BEFORE, files={CODE: '"""Bars."""\nLIMIT = 500  # a page\n'}),
        Example("a test", before=BEFORE, files={"src/data/test_clean.py": "import clean\n"}),
        Example("a note", before=BEFORE, files={"src/data/README.md": "pages\n"}),
        Example("moved", before=BEFORE, files={CODE: None, "src/data/pages.py": BEFORE[CODE]}),
        Example("other code", before=BEFORE, files={"src/gap.py": "x = 1\n"}),
        Example("another dataset's code", before={datasets.PATH: HEAD + OWN}, files=AFTER),
        Example("a first registry", files={datasets.PATH: HEAD + V1}),
        Example("on its branch", before=BEFORE, files=AFTER, stages=Stage.PUSH | Stage.RECEIVE),
        Example(
            "nothing has a version",
            files=AFTER,
            stages=LANDS,
            skips=f"{CODE}: no data/datasets.yaml versions what this code makes",
        ),
        Example("a registry that cannot be read is QG211's", before=BEFORE, files={datasets.PATH: "datasets: [\n"}),
    ),
    rejects=(
        Example("the old version", before=BEFORE, files=AFTER, stages=LANDS, finds=((STALE, CODE, 0, 0),)),
        Example("on the trunk", before=BEFORE, files=AFTER, branch="main", finds=((STALE, CODE, 0, 0),)),
        Example(
            "code that cannot be parsed",
            before=BEFORE,
            files={CODE: "LIMIT =\n"},
            stages=LANDS,
            finds=((STALE, CODE, 0, 0),),
        ),
        Example(
            "code of its own",
            before={datasets.PATH: HEAD + V1 + OWN, "feeds/fx.py": "x = 1\n", "feeds/fx.sql": "select 1\n"},
            files={"feeds/fx.py": "x = 2\n", "feeds/fx.sql": "select 2\n"},
            stages=LANDS,
            finds=(("the code that makes fx changed, and its version did not", "feeds/fx.py", 0, 0),),
        ),
        Example(
            "two files",
            before={**BEFORE, "src/data/load.sql": "select 1\n"},
            files={**AFTER, "src/data/load.sql": None},
            stages=LANDS,
            finds=(("the code that makes us-equity-1h changed (and 1 more), and its version did not", CODE, 0, 0),),
        ),
        Example(
            "a version written over",
            before=BEFORE,
            files={datasets.PATH: HEAD + V1.replace("3f", "4f")},
            stages=LANDS,
            finds=(
                ("us-equity-1h@v1 was written over (sha256): its results name other data now", datasets.PATH, 3, 5),
            ),
        ),
        Example(
            "a version taken out",
            before=BEFORE,
            files={datasets.PATH: HEAD + V2},
            stages=LANDS,
            finds=(("us-equity-1h@v1: taken out of the registry", datasets.PATH, 0, 0),),
        ),
        Example(
            "the registry deleted",
            before=BEFORE,
            files={datasets.PATH: None},
            stages=LANDS,
            finds=(("us-equity-1h@v1: taken out of the registry", datasets.PATH, 0, 0),),
        ),
    ),
)
