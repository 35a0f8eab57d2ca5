"""A strategy as a tree holds it: its passport, its files, and the digests that sign-offs speak for.

A strategy is its id, not its folder: one that was moved is the same strategy.
"""

from __future__ import annotations

import re

from quantgov import lifecycle, passport
from quantgov.git import MODE_TREE
from quantgov.rule import Stage
from quantgov.tree import EMPTY, Overlay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from quantgov.change import Change
    from quantgov.documents import Document
    from quantgov.git import Entry
    from quantgov.policy import Policy
    from quantgov.tree import Tree

CODE_SUFFIXES = (".py", ".pyx", ".pxd", ".c", ".cc", ".cpp", ".h", ".rs", ".jl", ".r", ".R", ".ipynb")
COMPILED = (".so", ".pyd", ".pyc")
"""Python imports such a module before the source beside it, or in the place of one that is installed."""
TEST_NAMES = r"test_.*|.*_test\.[^.]+|conftest\.py"
UNSIGNED = ("status", "sign_offs", "reviews", "deployment")
"""What a sign-off does not speak for in a passport, so that signing and promoting void nothing."""
DELIVERABLES = {
    lifecycle.BRIEF: "brief.md",
    lifecycle.CHECKLIST: "checklist.yaml",
    lifecycle.RUNBOOK: "RUNBOOK.md",
    lifecycle.ROLLBACK: "ROLLBACK.md",
    lifecycle.ON_CALL: "oncall.yaml",
}
"""The files of a strategy's folder that are named the same everywhere."""
REPORT_FILE, VALIDATION_FILE = "report.yaml", "validation.yaml"
SIGN_OFFS = "signoffs"
DOCUMENT_SUFFIXES = (".yaml", ".yml", ".json", ".sig")
FREE = (lifecycle.IDEATION, lifecycle.RESEARCH, lifecycle.RETIRED)
"""Where code, notes and data may change as they like."""


class Strategy:
    """A strategy at a path of a tree. `folder` ends with its slash; it is empty at the root of a repository."""

    __slots__ = ("document", "folder", "path", "tree", "value")

    def __init__(self, tree: Tree, path: str, document: Document, value: Mapping[str, object]) -> None:
        self.tree = tree
        self.path = path
        self.folder = path[: path.rfind("/") + 1]
        self.document = document
        self.value = value

    @property
    def id(self) -> str:
        return self.text("strategy_id")

    @property
    def status(self) -> str:
        return self.text("status")

    @property
    def version(self) -> str:
        return self.text("version")

    @property
    def researcher(self) -> str:
        return self.text("researcher")

    def text(self, *pointer: str) -> str:
        """A value of the passport as text; empty where there is none."""
        value = self.get(*pointer)
        return "" if value is None or isinstance(value, dict | list) else str(value)

    def get(self, *pointer: str) -> object:
        value: object = self.value
        for key in pointer:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def items(self, *pointer: str) -> list[dict[str, object]]:
        """The mappings in a list of the passport."""
        value = self.get(*pointer)
        return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

    def place(self, *pointer: str | int) -> tuple[int, int]:
        """Line and column of a value of the passport, or of the nearest one around it."""
        mark = self.document.mark(pointer)
        return mark.line, mark.column

    def resolve(self, reference: str) -> str | None:
        """The path from the root that a reference from this folder stands for; None where it leaves the repository."""
        if reference.startswith("/") or "\\" in reference:
            return None
        names: list[str] = []
        for name in f"{self.folder}{reference}".split("/"):
            if name == ".." and not names:
                return None
            if name == "..":
                names.pop()
            elif name not in ("", "."):
                names.append(name)
        return "/".join(names)

    def locate(self, reference: str) -> str | None:
        """Where a library or a symbol list stands: from the root, else from this folder; None where it does not."""
        for path in (reference.strip("/"), self.resolve(reference)):
            if path and self._stands(path):
                return path
        return None

    def _stands(self, path: str) -> bool:
        """Whether a file or a folder is there; of what is new in an index, or gone from it, only files tell."""
        return _is_blob(self.tree.entry(path)) or bool(self.tree.paths(f"{path}/"))

    def read(self, reference: str) -> bytes | None:
        """The bytes of a regular file named from this folder; None where there is none."""
        path = self.resolve(reference)
        return self.tree.read_file(path) if path else None

    @property
    def parameters_file(self) -> str:
        return self.text("deployment", "parameters_file") or f"params/{self.version}.yaml"

    @property
    def report_file(self) -> str:
        return self.text("backtest", "report_file") or REPORT_FILE

    @property
    def validation_file(self) -> str:
        return self.text("validation", "report_file") or VALIDATION_FILE

    @property
    def library(self) -> str | None:
        """The path of the signal library, where `deployment.signal_version` names one in the repository."""
        named = self.text("deployment", "signal_version")
        return self.locate(named) if named else None

    def elsewhere(self) -> list[str]:
        """What is signed for and lies outside of this folder: the signal library, files that the passport names."""
        kinds = (lifecycle.PARAMETERS, lifecycle.REPORT, lifecycle.VALIDATION_REPORT)
        places = [self.library, *(self.resolve(self.file_of(kind)) for kind in kinds)]
        return [place for place in places if place and not place.startswith(self.folder)]

    def file_of(self, subject: str) -> str:
        """The file, from this folder, that a subject of a sign-off is."""
        named = {
            lifecycle.REPORT: self.report_file,
            lifecycle.VALIDATION_REPORT: self.validation_file,
            lifecycle.PARAMETERS: self.parameters_file,
            lifecycle.PASSPORT: self.path[len(self.folder) :],
            lifecycle.SIGNAL_PIN: self.path[len(self.folder) :],
        }
        return named.get(subject) or DELIVERABLES[subject]

    def subject(self, kind: str) -> tuple[str, dict[str, str]] | None:
        """Name and digest of what a sign-off speaks for, as in-toto has them; None where it is not there.

        Names are the folder's own, so that moving it voids nothing.
        """
        if kind == lifecycle.PASSPORT:
            return kind, {"sha256": self.terms_digest()}
        if kind == lifecycle.SIGNAL_PIN:
            return kind, {"sha256": sha256(self.text("deployment", "signal_version").encode())}
        if kind == lifecycle.CODE:
            oid = self.code_tree()
            return (kind, {"gitTree": oid}) if oid else None
        name = self.file_of(kind)
        data = self.read(name)
        return (name, {"sha256": sha256(data)}) if data is not None else None

    def terms_digest(self) -> str:
        """Of the passport without what changes by signing and promoting, however it is spelled in YAML."""
        import json

        terms = {key: value for key, value in self.value.items() if key not in UNSIGNED}
        return sha256(json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())

    def code_paths(self) -> list[str]:
        """The signal code in this folder: source files that are no tests."""
        return [path for path in self.tree.paths(self.folder) if is_code(path[len(self.folder) :])]

    def hidden_code(self) -> list[str]:
        """What else may be imported from here, though nobody reads it here: compiled modules, links, submodules."""
        names = [path[len(self.folder) :] for path in self.tree.paths(self.folder)]
        return [f"{self.folder}{name}" for name in names if not is_code(name) and self._is_hidden_code(name)]

    def _is_hidden_code(self, name: str) -> bool:
        entry = self.tree.entry(f"{self.folder}{name}")
        return not _is_apart(name) and (name.endswith(COMPILED) or (entry is not None and not entry.is_file))

    def library_paths(self) -> list[str]:
        library = self.library
        if library is None:
            return []
        return [library] if _is_blob(self.tree.entry(library)) else self.tree.paths(f"{library}/")

    def code_tree(self) -> str:
        """The oid of the git tree that holds just the signal code, `strategy/` and `library/`; empty without code."""
        own = [(f"strategy/{path[len(self.folder) :]}", path) for path in (*self.code_paths(), *self.hidden_code())]
        shared = [(f"library/{path}", path) for path in self.library_paths()]
        found = ((name, self.tree.entry(path)) for name, path in own + shared)
        return tree_oid({name: entry for name, entry in found if entry})


def is_code(name: str) -> bool:
    """Whether a file, named from its strategy's folder, is signal code."""
    last = name.rpartition("/")[2]
    return last.endswith(CODE_SUFFIXES) and not re.fullmatch(TEST_NAMES, last) and not _is_apart(name)


def _is_apart(name: str) -> bool:
    """Whether a file lies where a strategy keeps what is none of its code."""
    return not {"tests", SIGN_OFFS, "evidence"}.isdisjoint(name.split("/")[:-1])


def tree_oid(entries: Mapping[str, Entry]) -> str:
    """The object name that git gives to a tree of these files; empty for none.

    In a repository of SHA-256 objects their names are that long, and so is this one.
    """
    if not entries:
        return ""
    here: dict[str, tuple[int, str]] = {}
    below: dict[str, dict[str, Entry]] = {}
    for path, entry in entries.items():
        name, slash, rest = path.partition("/")
        if slash:
            below.setdefault(name, {})[rest] = entry
        else:
            here[name] = (entry.mode, entry.oid)
    here.update((name, (MODE_TREE, tree_oid(found))) for name, found in below.items())
    return _hash_tree(here)


def _hash_tree(entries: Mapping[str, tuple[int, str]]) -> str:
    import hashlib

    from quantgov.git import encode

    def order(item: tuple[str, tuple[int, str]]) -> bytes:
        return encode(item[0]) + (b"/" if item[1][0] == MODE_TREE else b"")

    lines = [
        b"%o %b\0" % (mode, encode(name)) + bytes.fromhex(oid)
        for name, (mode, oid) in sorted(entries.items(), key=order)
    ]
    data = b"".join(lines)
    is_long = len(next(iter(entries.values()))[1]) == hashlib.sha256().digest_size * 2
    make = hashlib.sha256 if is_long else hashlib.sha1
    return make(b"tree %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _is_blob(entry: Entry | None) -> bool:
    return entry is not None and entry.mode != MODE_TREE


def sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def at(tree: Tree, path: str) -> Strategy | None:
    """The strategy whose passport stands at a path; None where none can be read there."""
    data = tree.read_file(path)
    if data is None:
        return None
    from quantgov import documents

    try:
        document = documents.load(data)
    except documents.DocumentError:
        return None
    return Strategy(tree, path, document, document.value) if isinstance(document.value, dict) else None


def every(tree: Tree, policy: Policy) -> list[Strategy]:
    """The strategies below the team's folder for them, in the order of their paths."""
    paths = [path for path in tree.paths(policy.strategies) if passport.is_passport(path)]
    tree.prefetch([entry.oid for path in paths if (entry := tree.entry(path)) and entry.is_file])
    return [found for path in paths if (found := at(tree, path))]


class Move:
    """A strategy before and after a change. One of the two may be missing: it is new, or its passport was deleted."""

    __slots__ = ("after", "before")

    def __init__(self, before: Strategy | None, after: Strategy | None) -> None:
        self.before = before
        self.after = after

    @property
    def id(self) -> str:
        side = self.after or self.before
        assert side
        return side.id

    @property
    def left(self) -> str:
        """The status it had."""
        return self.before.status if self.before else lifecycle.NOTHING

    @property
    def reached(self) -> str:
        """The status it has now."""
        return self.after.status if self.after else lifecycle.NOTHING

    @property
    def goes_up_to(self) -> str:
        """The status whose gate it goes through by this change; empty where it goes through none."""
        return self.reached if self.reached != self.left and self.reached in lifecycle.GATES and self._is_up else ""

    def is_judged_at_gate(self, change: Change) -> bool:
        """Whether the gate says what is missing: no other rule has to say it again. What just stands passes none."""
        return bool(self.goes_up_to) and change.stage is not Stage.SNAPSHOT

    @property
    def _is_up(self) -> bool:
        """Back from validation to research is no gate; from suspension only production is."""
        if self.left == lifecycle.SUSPENDED:
            return self.reached == lifecycle.PRODUCTION
        order = list(lifecycle.way_to(lifecycle.PRODUCTION))
        return self.left not in order or order.index(self.left) < order.index(self.reached)


def moves(change: Change, policy: Policy) -> list[Move]:
    """Every strategy that a change touches: in its folder, and once it leaves the desk, in what lies elsewhere.

    Each stands where it stood before, or else where its id went. Of two with one id, which is another rule's fault,
    neither hides the other.
    """
    return change.once(_moves, policy)


def _moves(change: Change, policy: Policy) -> list[Move]:
    sides = _sides(change)
    paths = _concerned(change, policy, sides)
    before, after = (_readable(tree, paths) for tree in sides)
    stay = [path for path in before if path in after and before[path].id == after[path].id]
    found = [Move(before.pop(path), after.pop(path)) for path in stay]
    for gone in before.values():
        path = next((path for path, each in after.items() if each.id == gone.id), "")
        found.append(Move(gone, after.pop(path, None)))
    found += [Move(None, each) for each in after.values()]
    return sorted(found, key=lambda move: move.id)


def _sides(change: Change) -> tuple[Tree, Tree]:
    """The trees before and after. Of a pull request its target's, as it is and with what the request changes.

    A strategy may have gone up since the branch began. What stood before is asked of its base alone.
    """
    if change.stage is not Stage.RANGE or change.base is EMPTY:
        return change.base, change.head
    return change.authority, Overlay(change.authority, {each.path: each.after for each in change.touched})


def _readable(tree: Tree, paths: Iterable[str]) -> dict[str, Strategy]:
    """By their paths, those that have an id."""
    return {path: found for path in paths if (found := at(tree, path)) and found.id}


def _concerned(change: Change, policy: Policy, sides: tuple[Tree, Tree]) -> list[str]:
    """The passports, before or after, of the strategies that a change touches.

    What lies outside of the strategies' folder costs too much for each commit; a push is judged anyway.
    """
    found = {each.path for each in change.touched if passport.is_passport(each.path)}
    if change.stage is Stage.COMMIT:
        touched = [each.path for each in change.touched if policy.is_strategy(each.path)]
        documents = [path for path in touched if path.endswith(DOCUMENT_SUFFIXES)]
        found.update(path for path in {*_above(sides, touched)} if not _is_free(change, path))
        found.update(_above(sides, documents))
    else:
        touched = [each.path for each in change.touched]
        found.update(_above(sides, touched), _referring(sides, set(touched), policy))
    return sorted(found)


def _is_free(change: Change, path: str) -> bool:
    """Whether no rule judges a commit to this passport's folder: most commits are research, which costs no YAML parser.

    Documents may be a report or a sign-off, so they are judged whatever the phase; what is deleted, by QG404.
    """
    if change.base.entry(path) != change.head.entry(path):
        return False
    return _plain_field(change.head.read_file(path) or b"", "status") in FREE


def _plain_field(data: bytes, name: str) -> str:
    """A field among the plain ones at the top of a passport; empty where it takes a parser to tell.

    Where the parser finds no fault, its value begins so: no line above reaches into the next, only this one may.
    """
    for line in data.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(": ")
        if line.strip() and not line.startswith("#"):
            if not (key.isidentifier() and _is_whole(value.strip())):
                return ""
            if key == name:
                return value.strip()
    return ""


def _is_whole(scalar: str) -> bool:
    """Whether a YAML scalar surely ends on its line: a plain one, or a quoted one without escapes."""
    quote = scalar[:1]
    if quote in ("'", '"'):
        return scalar.count(quote) == 2 and scalar.endswith(quote) and "\\" not in scalar
    return quote.isalnum()


def _above(sides: tuple[Tree, Tree], paths: Iterable[str]) -> Iterator[str]:
    """Every passport in the folders of these paths and above: the nearest one hides no other."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for tree in sides:
        yield from (name for folder in folders for name in _names(folder) if tree.entry(name))


def _names(folder: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}" if folder else name for name in passport.PASSPORT_NAMES)


def _referring(sides: tuple[Tree, Tree], touched: set[str], policy: Policy) -> Iterator[str]:
    """The passports that refer to what is touched."""
    for tree in sides:
        for strategy in every(tree, policy):
            for place in strategy.elsewhere():
                if any(path == place or path.startswith(f"{place}/") for path in touched):
                    yield strategy.path


def last_reviewed(of: Strategy) -> str:
    """The day from which a review is counted: of the last full one, or of the deployment; empty where there is none."""
    reviews = [str(each.get("date", "")) for each in of.items("reviews") if each.get("kind") == "code"]
    days = (of.text("deployment", "deployment_date"), of.text("deployment", "last_review_date"), *reviews)
    return max(days)


def review_due(of: Strategy) -> str:
    """The day by which a full code review is due, YYYY-MM-DD; empty where nothing was ever deployed."""
    last = last_reviewed(of)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", last):
        return ""
    day = last[4:].replace("-02-29", "-03-01")
    return f"{int(last[:4]) + lifecycle.REVIEW_MONTHS // 12}{day}"


def next_version(version: str) -> str:
    """The next minor version: v1.3.2 gives v1.4.0."""
    found = re.fullmatch(r"(v?)(\d+)\.(\d+)\.\d+", version)
    return f"{found[1]}{found[2]}.{int(found[3]) + 1}.0" if found else "v0.1.0"
