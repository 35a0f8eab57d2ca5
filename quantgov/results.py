"""What rules ask of result records: whether one is what it should be, and whether the code behind it is committed."""

from __future__ import annotations

import re

from quantgov import lfs, lifecycle, manifest_lines, passport, record, strategy
from quantgov.digests import of_text
from quantgov.manifest_lines import is_date
from quantgov.record import Record
from quantgov.wording import few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.change import Change
    from quantgov.documents import Document, Violation
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

    Fault = tuple[str, tuple[str, ...], str]
    """What is wrong, where in the record, and what mends it."""

NAMED = r"[^/]+/\d{4}-\d\d-\d\d_[^/]+_v\d+\.ya?ml"
"""How a record is named below the results folder, whoever named it (S1 L363-373)."""
SAYS = re.compile(rb"^(experiment_id[ \t]*:|kind[ \t]*:[ \t]*ResultRecord)", re.MULTILINE)
"""A line by which a document that cannot be read shows that a record was meant."""
OID = r"[0-9a-f]{40}|[0-9a-f]{64}"
PERIODS = (
    (("backtest_config", "start_date"), ("backtest_config", "end_date")),
    (("data", "period", "start"), ("data", "period", "end")),
)
COSTS = ("slippage", "commission", "commissions", "fee", "fees", "spread", "transaction_cost", "transaction_costs")
"""Names of costs that do not say their unit (REQUIREMENTS C17)."""
CONVENTION = ("sharpe", "periods_per_year", "risk_free_rate", "ddof")
COSTLIEST = 0.05
"""A cost above this share of the traded value is not one: some other unit was meant."""


def problems(path: str, data: bytes, policy: Policy) -> list[Violation]:
    """Why these bytes are no result record; empty where they are one, or were never meant to be."""
    is_named = re.fullmatch(NAMED, path[len(policy.results) :])
    if not (is_named or SAYS.search(data)) or lfs.is_pointer(data):
        return []
    from quantgov import documents

    try:
        document = documents.load(data)
    except documents.DocumentError as error:
        return [documents.Violation(error.message, (), error.line, error.column, error.help)]
    found = Record(path, document)
    if not (found.id or found.is_ours):
        return []
    said = (*_of_data(found, document), *_disorder(found, document), *_misplaced(found, policy))
    return documents.in_order([*documents.violations(document, record.SCHEMA), *said])


def _of_data(found: Record, document: Document) -> Iterator[Violation]:
    """The data manifest has a schema of its own."""
    from quantgov import documents

    if found.data:
        alone = documents.Document(found.data)  # type: ignore[arg-type]  # a part of a document
        for each in documents.violations(alone, manifest_lines.SCHEMA):
            mark = document.mark(("data", *each.pointer))
            yield documents.Violation(f"data: {each.message}", (), mark.line, mark.column, each.help)


def _disorder(found: Record, document: Document) -> Iterator[Violation]:
    from quantgov import documents

    for first, last in PERIODS:
        start, end = found.text(*first), found.text(*last)
        if is_date(start) and is_date(end) and end < start:
            mark = document.mark(last)
            message = f"{'.'.join(last)} is {end}; it must not be before {'.'.join(first)}, {start}"
            yield documents.Violation(message, (), mark.line, mark.column, "correct the one of the two that is wrong")


def _misplaced(found: Record, policy: Policy) -> Iterator[Violation]:
    """A record of ours stands where its strategy, its day and its symbol say; a universe may go by any name."""
    from quantgov import documents
    from quantgov.rule import quoted

    slug, date = found.text("strategy"), found.text("date")
    if not found.is_ours or not slug or not is_date(date):
        return
    number = re.search(r"_v([1-9]\d*)\.yaml$", found.path)
    wanted = record.path_of(policy.results, slug, date, found.symbols, int(number[1]) if number else 1)
    folder, _, name = wanted.partition(f"/{date}_multi_")
    is_of_universe = found.path.startswith(f"{folder}/{date}_") and found.path.endswith(f"_{name}")
    if found.path != wanted and not (is_of_universe and not found.symbols):
        help = f"git mv {quoted(found.path)} {quoted(wanted)}"
        yield documents.Violation(f"a record of this strategy, day and symbol stands at {wanted}", (), 1, 1, help)


def rerun(found: Record) -> str:
    """The command that gives such a record anew."""
    from shlex import join, quote

    command = join(found.command) or "python ..."
    folder = found.text("run", "folder")
    return f"{f'cd {quote(folder)} && ' if folder else ''}quantgov backtest {quote(found.strategy)} -- {command}"


def written(change: Change, policy: Policy) -> list[Record]:
    """The records that a change brings; one that is only moved, or whose conclusion is written, was there before."""
    moved = change.moved()
    found = []
    for each in change.touched:
        now = record.at(change.head, each.path) if record.may_be_record(each.path, policy) else None
        was = record.at(change.base, each.path) if now and each.before else None
        if now and each.path not in moved and (was is None or was.id != now.id):
            found.append(now)
    return found


class History:
    """The states of a repository that hold what a change's records ran on: before it, after it, and on the way."""

    __slots__ = ("_change", "_known", "_policy", "_trees", "head")

    def __init__(self, change: Change, policy: Policy) -> None:
        self.head = change.head
        self._change = change
        self._policy = policy
        self._trees: dict[str, Tree | None] = {}
        self._known: dict[tuple[int, str], Strategy | None] = {}

    def strategy(self, tree: Tree, found: Record) -> Strategy | None:
        """The strategy of a record, as one of the states has it."""
        key = id(tree), found.strategy
        if key not in self._known:
            self._known[key] = find(tree, self._policy, found)
        return self._known[key]

    def brought(self, found: Record) -> Tree:
        """The state with which a record came: a strategy may have gone on to another phase since."""
        entry = self.head.entry(found.path)
        for commit in self._change.commits:
            if any(each.path == found.path and each.after == entry for each in commit.touched):
                return self._of_commit(commit.oid) or self.head
        return self.head

    def holds(self, found: Record) -> bool:
        """Whether any state has the code that ran: who rebases, or goes on while a run takes hours, does no wrong."""
        return any(not _differing(tree, self.strategy(tree, found), found) for tree in self._states(found))

    def _states(self, found: Record) -> Iterator[Tree]:
        yield self.head
        yield self._change.base
        for oid in (*(each.oid for each in self._change.commits), found.text("run", "code", "commit")):
            tree = self._of_commit(oid)
            if tree:
                yield tree

    def _of_commit(self, oid: str) -> Tree | None:
        """A record may name anything as its commit; only an object's full name is looked up."""
        if oid not in self._trees:
            self._trees[oid] = self.head.of_commit(oid) if re.fullmatch(OID, oid) else None
        return self._trees[oid]


def uncommitted(found: Record, history: History) -> Fault | None:
    """Why the code that gave a result cannot be had again; None where it can, or need not yet."""
    of = history.strategy(history.head, found)
    if of is None:
        place = ("strategy_id",) if found.text("strategy_id") else ("strategy",)
        return f"{found.strategy} names no strategy here", place, "git add its passport; all: quantgov passport list"
    if found.is_dirty:
        came = history.brought(found)
        then = history.strategy(came, found) or of
        if then.status not in lifecycle.UNDER_REVIEW or _stands_in(came, then, found):
            return None
        message = f"it ran on code that was not committed, and {of.id} is in {then.status}"
        return message, ("run", "dirty"), f"git commit, then run it again: {rerun(found)}"
    if history.holds(found):
        return None
    what = _differing(history.head, of, found)
    message = f"no commit holds the code that gave this result; what is here differs in {what}"
    return message, ("run", "code"), f"commit the code that ran, or run it again: {rerun(found)}"


def _stands_in(tree: Tree, of: Strategy, found: Record) -> bool:
    """Whether all that a run was made with was committed along with its result, though it was not before the run."""
    files = ((str(each.get("path")), each.get("sha256")) for _, each in found.items("run", "files"))
    return not _differing(tree, of, found) and all(
        (data := tree.read_file(path)) is not None and sha256 in of_text(data) for path, sha256 in files
    )


def _differing(tree: Tree, of: Strategy | None, found: Record) -> str:
    """Which of the code that ran a tree has otherwise; empty where it has all of it."""
    paths = found.get("run", "code", "library_paths")
    listed = [str(each) for each in paths] if isinstance(paths, list) else []
    own = of is not None and of.own_tree() == found.code
    shared = strategy.tree_of(tree, listed) == found.text("run", "code", "library")
    library = f"the library ({few(listed, 1) or 'none was used'})"
    return " and ".join(filter(None, ("" if own else "the strategy's code", "" if shared else library)))


def find(tree: Tree, policy: Policy, found: Record) -> Strategy | None:
    """The strategy that a record is of. Where it stands in the folder of its name, no other passport is read."""
    near = (f"{policy.strategies}{found.text('strategy')}/{name}" for name in passport.PASSPORT_NAMES)
    for path in near:
        here = strategy.at(tree, path)
        if here and found.text("strategy_id") in ("", here.id):
            return here
    owners = passport.owners(tree, policy.strategies).get(found.text("strategy_id"), [])
    return strategy.at(tree, owners[0]) if owners else None


def of_code(tree: Tree, policy: Policy, of: Strategy, code: str) -> bool:
    """Whether some record of a strategy is of this code."""
    found = record.mentioning(tree, policy, code.encode())
    return any(each.code == code and each.is_of(of) for each in found)


def again(tree: Tree, policy: Policy, of: Strategy) -> str:
    """How to run a strategy's backtest again: as its newest record says it was run."""
    known = [each for each in record.every(tree, policy) if each.is_of(of) and each.command]
    return rerun(known[-1]) if known else f"quantgov backtest {of.id} -- python ..."


def unstated(found: Record) -> Iterator[Fault]:
    """Costs that do not say their unit, and ratios that do not say how they were computed."""
    logged = "log it so, and run it again: " if found.is_ours else ""
    for name in (name for name in found.names("backtest_config") if name in COSTS):
        help = logged + _with_unit(name, found.number("backtest_config", name))
        message = f"{name} does not say its unit: a fraction, basis points, or money a share"
        yield message, ("backtest_config", name), help
    sharpe = next((name for name in found.metrics() if name.startswith("sharpe")), "")
    missing = [name for name in CONVENTION if found.get("metric_convention", name) is None]
    if sharpe and missing:
        what = "its convention" if len(missing) == len(CONVENTION) else f"{', '.join(missing)} of its convention"
        help = f"{logged}metric_convention: {{sharpe: geometric, periods_per_year: 252, risk_free_rate: 0, ddof: 1}}"
        yield f"{sharpe} without {what}: one result has several Sharpe ratios", ("results", sharpe), help


def _with_unit(name: str, value: float | None) -> str:
    """The cost as it is taken to be: a fraction of the traded value where it can be one."""
    if value is None or not 0 <= value <= COSTLIEST:
        return f"{name}_bps, or {name}_per_share"
    return f"{name}_bps: {round(value * 10_000, 6):g} if it is a fraction of the traded value"
