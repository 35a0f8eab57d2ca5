"""A strategy as a tree holds it: its passport, its files, and the digests that sign-offs speak for.

A strategy is its id, not its folder: one that was moved is the same strategy.
"""

from __future__ import annotations

import re

from quantgov import lifecycle, passport
from quantgov.git import MODE_TREE
from quantgov.page import Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quantgov.documents import Document
    from quantgov.git import Entry
    from quantgov.people import Team
    from quantgov.policy import Policy
    from quantgov.tree import Tree

    Subject = tuple[str, dict[str, str]]

CODE_SUFFIXES = (".py", ".pyx", ".pxd", ".c", ".cc", ".cpp", ".h", ".rs", ".jl", ".r", ".R", ".ipynb")
COMPILED = (".so", ".pyd", ".pyc")
"""Python imports such a module before the source beside it, or in the place of one that is installed."""
TEST_NAMES = r"test_.*|.*_test\.[^.]+|conftest\.py"
RUN_NAMES = r"(run|backtest)(_[^.]*)?\.[^.]+"
"""Scripts that run the signals on data and log a result: signed with the code, and no logic for unit tests to run."""
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


class Strategy(Page):
    """A strategy at a path of a tree. `folder` ends with its slash; it is empty at the root of a repository."""

    __slots__ = ("_subjects", "folder", "path", "tree")

    def __init__(self, tree: Tree, path: str, document: Document) -> None:
        super().__init__(document)
        self.tree = tree
        self.path = path
        self.folder = path[: path.rfind("/") + 1]
        self._subjects: dict[str, Subject | None] = {}

    @property
    def id(self) -> str:
        return self.text("strategy_id")

    @property
    def title(self) -> str:
        """What people call it."""
        return self.text("name") or self.id

    @property
    def slug(self) -> str:
        """What names its branches: its folder's name, or its id at the root of a repository."""
        return self.folder.rstrip("/").rpartition("/")[2] or self.id.lower()

    @property
    def status(self) -> str:
        return self.text("status")

    @property
    def version(self) -> str:
        return self.text("version")

    @property
    def researcher(self) -> str:
        return self.text("researcher")

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

    def subject(self, kind: str) -> Subject | None:
        """Name and digest of what a sign-off speaks for, as in-toto has them; None where it is not there.

        Names are the folder's own, so that moving it voids nothing.
        """
        if kind not in self._subjects:
            self._subjects[kind] = self._subject(kind)
        return self._subjects[kind]

    def _subject(self, kind: str) -> Subject | None:
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

    def own_tree(self) -> str:
        """The oid of the git tree of the signal code in this folder alone, named from it; empty without code."""
        paths = (*self.code_paths(), *self.hidden_code())
        found = ((path[len(self.folder) :], self.tree.entry(path)) for path in paths)
        return tree_oid({name: entry for name, entry in found if entry})

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


def is_run(path: str) -> bool:
    """Whether a file of signal code runs the backtest, and holds no signals of its own."""
    return re.fullmatch(RUN_NAMES, path.rpartition("/")[2]) is not None


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


def tree_of(tree: Tree, paths: Iterable[str]) -> str:
    """The oid of a git tree of these files, under their own paths; empty where none of them is there."""
    found = ((path, tree.entry(path)) for path in paths)
    return tree_oid({path: entry for path, entry in found if entry})


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
    return Strategy(tree, path, document) if isinstance(document.value, dict) else None


def every(tree: Tree, policy: Policy) -> list[Strategy]:
    """The strategies below the team's folder for them, in the order of their paths."""
    paths = [path for path in tree.paths(policy.strategies) if passport.is_passport(path)]
    tree.prefetch([entry.oid for path in paths if (entry := tree.entry(path)) and entry.is_file])
    return [found for path in paths if (found := at(tree, path))]


def last_reviewed(of: Strategy, team: Team, today: str) -> str:
    """The day from which a review is counted: of the last full one, or of the deployment; empty where there is none.

    A full review is somebody else's, of the team where there is one; and none counts before it was.
    """
    author = team.by_email(of.researcher)

    def counts(by: str) -> bool:
        person = team.by_email(by)
        is_other = by.casefold() != of.researcher.casefold() and (person is None or person is not author)
        return is_other and (person is not None or not team.size)

    full = [each for _, each in of.items("reviews") if each.get("kind") == "code" and counts(str(each.get("by", "")))]
    days = [str(each.get("date", "")) for each in full]
    days += [of.text("deployment", "deployment_date"), of.text("deployment", "last_review_date")]
    return max((day for day in days if day <= today), default="")


def review_due(last: str) -> str:
    """The day by which the next full code review is due after one, YYYY-MM-DD; empty where that is no date."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", last):
        return ""
    day = last[4:].replace("-02-29", "-03-01")
    return f"{int(last[:4]) + lifecycle.REVIEW_MONTHS // 12}{day}"


def next_version(version: str) -> str:
    """The next minor version: v1.3.2 gives v1.4.0."""
    found = re.fullmatch(r"(v?)(\d+)\.(\d+)\.\d+", version)
    return f"{found[1]}{found[2]}.{int(found[3]) + 1}.0" if found else "v0.1.0"
