"""A passport names a file that is not in the repository.

Why: whoever reproduces, reviews or runs the strategy stands before a link that leads nowhere.
Fix: add the file in the same commit, or mend its name. Paths are read from the strategy's folder; symbol lists and
the signal library from the repository's root first. A symbolic link is no file: what it points to may be anything.
"""

from __future__ import annotations

from quantgov import moves, passport
from quantgov.change import Change
from quantgov.git import MODE_SUBMODULE, MODE_TREE, encode
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, quoted, restoring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

    Pointer = tuple[str | int, ...]


class Reference:
    """A path that a passport names, and where it does. `is_shared`: it may also be one from the repository's root."""

    __slots__ = ("is_shared", "pointer", "strategy", "text")

    def __init__(self, of: Strategy, text: str, pointer: Pointer, *, is_shared: bool = False) -> None:
        self.strategy = of
        self.text = text
        self.pointer = pointer
        self.is_shared = is_shared

    def paths(self) -> list[str]:
        """Where it may stand in a tree; nothing where it leaves the repository."""
        own = self.strategy.resolve(self.text)
        if not own:
            return []
        return [self.text.rstrip("/"), own] if self.is_shared and not self.text.startswith(".") else [own]

    def stands_in(self, tree: Tree) -> bool:
        return any(_is_there(path, tree, folders=self.is_shared) for path in self.paths())


def _is_there(path: str, tree: Tree, *, folders: bool) -> bool:
    """Whether a regular file stands there or, of what may be one, a folder: one that holds a file."""
    entry = tree.entry(path)
    if entry and entry.mode != MODE_TREE:
        return entry.is_file or (folders and entry.mode == MODE_SUBMODULE)
    return folders and bool(tree.paths(f"{path}/"))


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    judged: set[str] = set()
    for move in moves.of(change, policy):
        if move.after:
            judged.add(move.after.path)
            yield from (
                _finding(each, change, policy) for each in references(move.after) if not each.stands_in(change.head)
            )
    gone = {each.path for each in change.touched if each.before and not (each.after and each.after.is_file)}
    if gone:
        yield from _bereft(change, policy, gone, judged)


def references(of: Strategy) -> Iterator[Reference]:
    """Every path in a passport, in the order of its fields."""
    for at, source in of.items("data_sources"):
        if source.get("symbol_list"):
            yield Reference(of, str(source["symbol_list"]), ("data_sources", at, "symbol_list"), is_shared=True)
    for pointer in (("backtest", "report_file"), ("validation", "report_file"), ("deployment", "parameters_file")):
        if of.text(*pointer):
            yield Reference(of, of.text(*pointer), pointer)
    library = of.text("deployment", "signal_version")
    if "/" in library and "@" not in library and "==" not in library:
        yield Reference(of, library, ("deployment", "signal_version"), is_shared=True)
    for at, each in of.items("sign_offs"):
        if each.get("statement"):
            yield Reference(of, str(each["statement"]), ("sign_offs", at, "statement"))


def _finding(of: Reference, change: Change, policy: Policy) -> Finding:
    field = ".".join(map(str, of.pointer))
    line, column = of.strategy.place(*of.pointer)
    if of.paths():
        message, help = f"{of.text} is not in the repository ({field})", _help(of, change, policy)
    else:
        message, help = f"{of.text} points outside the repository ({field})", "name a file in the repository"
    return Finding(message, of.strategy.path, line, column, help, f"{of.strategy.id} {of.text}")


def _help(of: Reference, change: Change, policy: Policy) -> str:
    gone = next((path for path in of.paths() if _is_there(path, change.base, folders=of.is_shared)), "")
    if gone:
        return restoring(gone, policy.protected[0])
    if of.pointer == ("backtest", "report_file"):
        return f"quantgov report draft {of.strategy.id}, then git add"
    return f"git add {quoted(of.paths()[0])}, or name the file that is meant"


def _bereft(change: Change, policy: Policy, gone: set[str], judged: set[str]) -> Iterator[Finding]:
    """What passports that the change does not touch still name of the files that it takes away."""
    paths = [each for each in change.head.paths(policy.strategies) if passport.is_passport(each) and each not in judged]
    from quantgov import strategy

    change.head.prefetch([entry.oid for path in paths if (entry := change.head.entry(path)) and entry.is_file])
    names = [encode(name) for name in _last_names(gone, paths)]
    for path in paths:
        data = change.head.read_file(path) or b""
        of = strategy.at(change.head, path) if any(name in data for name in names) else None
        for each in references(of) if of else ():
            if each.stands_in(change.base) and not each.stands_in(change.head):
                yield _finding(each, change, policy)


def _last_names(gone: set[str], passports: list[str]) -> set[str]:
    """The last parts of these paths and of the folders around them: a passport without any needs no parser.

    A folder that holds a passport did not go.
    """
    standing = {folder for path in passports for folder in _folders(path)}
    places = gone.union(folder for path in gone for folder in _folders(path)) - standing
    return {place.rpartition("/")[2] for place in places}


def _folders(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


PATH = "strategies/gap/passport.yaml"
PASSPORT = """\
strategy_id: STR-2026-0001
status: research
data_sources: [{source: TickDB, symbol_list: universe/us.csv}]
backtest: {report_file: report.yaml}
deployment: {parameters_file: params/v1.yaml, signal_version: lib/signals}
sign_offs: [{statement: signoffs/researcher.intoto.json}]
"""
FILES = {
    PATH: PASSPORT,
    "universe/us.csv": "AAPL.US\n",
    "strategies/gap/report.yaml": "version: 1\n",
    "strategies/gap/params/v1.yaml": "lookback_bars: 3\n",
    "lib/signals/gap.py": "LAG = 1\n",
    "strategies/gap/signoffs/researcher.intoto.json": "{}\n",
}
PARAMS = "strategies/gap/params/v1.yaml"
NO_PARAMS = ("params/v1.yaml is not in the repository (deployment.parameters_file)", PATH, 5, 31)
NO_LIBRARY = ("lib/signals is not in the repository (deployment.signal_version)", PATH, 5, 63)
NO_SYMBOLS = ("universe/us.csv is not in the repository (data_sources.0.symbol_list)", PATH, 3, 46)

RULE = Rule(
    "QG404",
    "referenced-file-missing",
    Scope.CHANGE,
    check,
    accepts=(
        Example("every file is there", files=FILES),
        Example(
            "a library and symbols in the strategy's own folder",
            files={
                PATH: "strategy_id: STR-2026-0001\ndata_sources: [{source: TickDB, symbol_list: us.csv}]\n"
                "deployment: {signal_version: ./signals}\n",
                "strategies/gap/us.csv": "AAPL.US\n",
                "strategies/gap/signals/gap.py": "LAG = 1\n",
            },
        ),
        Example(
            "a library that is a package",
            files={PATH: "strategy_id: STR-2026-0001\ndeployment: {signal_version: fund/signals==2.1.0}\n"},
        ),
        Example(
            "a passport that names none",
            files={PATH: "strategy_id: STR-2026-0001\ndata_sources: [{source: TickDB}]\nsign_offs: [{by: a@b.com}]\n"},
        ),
        Example("another file goes", before=FILES | {"lib/old.py": "LAG = 0\n"}, files={"lib/old.py": None}),
        Example("a file that nothing names goes", before=FILES | {"README": "gap\n"}, files={"README": None}),
        Example("a strategy goes with its files", before=FILES, files=dict.fromkeys(FILES)),
    ),
    rejects=(
        Example("no parameters", files={**FILES, PARAMS: None}, finds=(NO_PARAMS,)),
        Example("a link in place of parameters", files=FILES, modes={PARAMS: 0o120000}, finds=(NO_PARAMS,)),
        Example(
            "a folder in place of parameters",
            files={**FILES, PARAMS: None, f"{PARAMS}/a.yaml": "lookback_bars: 3\n"},
            finds=(NO_PARAMS,),
        ),
        Example("parameters are deleted", before=FILES, files={PARAMS: None}, finds=(NO_PARAMS,)),
        Example("the library is deleted", before=FILES, files={"lib/signals/gap.py": None}, finds=(NO_LIBRARY,)),
        Example(
            "symbols are renamed",
            before=FILES,
            files={"universe/us.csv": None, "us.csv": "AAPL.US\n"},
            finds=(NO_SYMBOLS,),
        ),
        Example(
            "paths outside the repository",
            files={
                PATH: "strategy_id: STR-2026-0001\n"
                "data_sources: [{source: TickDB, symbol_list: /data/us.csv}]\n"
                "deployment: {parameters_file: ../../../params.yaml}\n"
            },
            finds=(
                ("/data/us.csv points outside the repository (data_sources.0.symbol_list)", PATH, 2, 46),
                ("../../../params.yaml points outside the repository (deployment.parameters_file)", PATH, 3, 31),
            ),
        ),
        Example(
            "no report and no statement",
            files={
                PATH: "strategy_id: STR-2026-0001\nbacktest: {report_file: report.yaml}\n"
                "sign_offs: [{statement: signoffs/engineer.intoto.json}]\n"
            },
            finds=(
                ("report.yaml is not in the repository (backtest.report_file)", PATH, 2, 25),
                ("signoffs/engineer.intoto.json is not in the repository (sign_offs.0.statement)", PATH, 3, 25),
            ),
        ),
    ),
)
