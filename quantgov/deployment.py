"""Whether a strategy is fit to be deployed: its checklist with the evidence, on-call people, tests, and safe state."""

from __future__ import annotations

from quantgov import deliverables, lifecycle, signoffs, strategy
from quantgov.deliverables import Unreadable
from quantgov.message import did_you_mean
from quantgov.missing import Asked, Missing, shortened
from quantgov.rule import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeVar

    from quantgov.deliverables import Stop
    from quantgov.documents import Violation
    from quantgov.page import Page
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy

    T = TypeVar("T")

UNIT_TESTS, INTEGRATION_TESTS, CANCEL_ALL_ORDERS = "unit-tests", "integration-tests", "cancel-all-orders"
"""The items of the checklist whose evidence is read here."""


def checklist(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = Asked(of, lifecycle.CHECKLIST, of.file_of(lifecycle.CHECKLIST))
    if asked.data is None:
        yield asked.absent(lifecycle.PRODUCTION)
        return
    page = asked.page
    faults = asked.faults("deployment-checklist")
    yield from asked.told(faults)
    version = page.text("checklist")
    if version and version != lifecycle.CHECKLIST_VERSION:
        message = f"{asked.name} is list {version}; {lifecycle.CHECKLIST_VERSION} is the one that counts"
        yield asked.lacks(
            "version", message, asked.edit("take over the items of the new list"), page.place("checklist")
        )
    yield from _ids(asked, page)
    yield from _attested(asked, page, faults, policy)


def _ids(asked: Asked, page: Page) -> Iterator[Missing]:
    """The items are those of the list, each once."""
    known = dict.fromkeys(item.id for item in lifecycle.ITEMS)
    seen: set[str] = set()
    for at, each in page.items("items")[: 2 * len(known)]:  # a longer list is another one, and nearest names cost time
        name = each.get("id")
        if not isinstance(name, str):  # as the schema has said
            continue
        if name in seen or name not in known:
            unknown = f"there is no item {name!r}{did_you_mean(name, known)}"
            message = f"item {name} is there twice" if name in seen else unknown
            yield asked.lacks(f"extra {name}", f"{asked.name}: {message}", asked.edit("take it out"), _line(page, at))
        seen.add(name)
    for item in lifecycle.ITEMS:
        if item.id not in seen:
            message = f"{asked.name} has no item {item.id}: {item.title}"
            yield asked.lacks(f"absent {item.id}", message, asked.edit(f"add '- id: {item.id}' and what it asks for"))


def _line(page: Page, at: int) -> tuple[int, int]:
    return page.place("items", at)


def _attested(asked: Asked, page: Page, faults: Iterable[Violation], policy: Policy) -> Iterator[Missing]:
    """What a person answers for, and no other criterion decides. What the schema found in an item is not told twice."""
    answered = {item.id: item for item in lifecycle.ITEMS if not item.decided_by}
    told = {each.pointer[1] for each in faults if each.pointer[:1] == ("items",) and len(each.pointer) > 1}
    for at, each in page.items("items"):
        item = answered.get(str(each.get("id")))
        if item and at not in told:
            for piece, problem in _unattested(asked.of, each, policy):
                message = f"checklist item {item.id} {problem}"
                title = f" ({item.title})" if piece == "done" else ""
                help = asked.edit("done, evidence, date and by, once it is done" if title else f"mend its {piece}")
                yield asked.lacks(f"{item.id} {piece}", message + title, help, _line(page, at))


def _unattested(of: Strategy, item: Mapping[str, object], policy: Policy) -> Iterator[tuple[str, str]]:
    if item.get("done") is not True:
        yield "done", "is not done"
        return
    lacking = [key for key in ("evidence", "date", "by") if key not in item]
    if lacking:
        yield lacking[0], f"is ticked without {' and '.join(lacking)}"
    by = str(item.get("by", ""))
    if by and policy.people.size and not policy.people.by_email(by):
        yield "by", f"was done by {by}, who is not in the team"
    path = deliverables.path_in(str(item.get("evidence", "")))
    if path and not _paths(of, path):
        yield "evidence", f"names {path}, which is not there"


def _paths(of: Strategy, reference: str) -> list[str]:
    """The files that a piece of evidence is, from the strategy's folder or else from the root; of a folder all."""
    for path in (of.resolve(reference), reference.strip("/")):
        if path:
            entry = of.tree.entry(path)
            found = [path] if entry and entry.is_file else of.tree.paths(f"{path}/")
            if found:
                return found
    return []


def on_call(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = Asked(of, lifecycle.ON_CALL, of.file_of(lifecycle.ON_CALL))
    if asked.data is None:
        yield asked.absent(lifecycle.PRODUCTION)
        return
    page = asked.page
    yield from asked.told(asked.faults("on-call"))
    contacts = [each for _, each in page.items("contacts")]
    people = {signoffs.name_of(str(each.get("email")).casefold(), policy.people) for each in contacts}
    names = {str(each.get("name")).casefold() for each in contacts}
    if len(contacts) > 1 and min(len(people), len(names)) < 2:
        help = asked.edit("somebody else to call when the first does not answer")
        yield asked.lacks("people", f"{asked.name} names one person only", help, page.place("contacts"))


class _Named:
    """A checklist's item whose evidence is a file that is read: where it stands, and what it names."""

    __slots__ = ("asked", "item", "of", "place", "reference")

    def __init__(self, of: Strategy, criterion: str, item: str) -> None:
        self.of = of
        self.item = item
        self.asked = Asked(of, criterion, of.file_of(lifecycle.CHECKLIST))
        page = self.asked.page
        found = [(at, str(each.get("evidence") or "")) for at, each in page.items("items") if each.get("id") == item]
        self.place = _line(page, found[0][0]) if found else (0, 0)
        self.reference = found[0][1].strip() if found else ""

    def lacks(self, piece: str, message: str, help: str) -> Missing:
        return self.asked.lacks(piece, message, help, self.place)

    def written_to(self, name: str) -> str:
        """Where a command puts the evidence, quoted: at the path that is named, else at this one of the folder."""
        return quoted(self.of.resolve(deliverables.path_in(self.reference) or name) or name)

    def parsed(self, parse: Callable[[bytes], T]) -> T:
        """What the file says. Raises Unreadable, with a reason for people."""
        if not self.reference:
            raise Unreadable(f"{self.asked.name} names no file as evidence of {self.item}")
        found = _paths(self.of, deliverables.path_in(self.reference) or self.reference)
        data = self.of.tree.read_file(found[0]) if len(found) == 1 else None
        if data is None:
            raise Unreadable(f"{self.reference}, the evidence of {self.item}, is no file of this repository")
        try:
            return parse(data)
        except Unreadable as error:
            raise Unreadable(f"{self.reference} {error}") from None


def coverage(of: Strategy, policy: Policy) -> Iterator[Missing]:
    """The lines of signal code that unit tests run; a file of which the report does not speak counts as not run."""
    named = _Named(of, "coverage", UNIT_TESTS)
    folder = quoted(of.folder or ".")
    written = named.written_to("evidence/coverage.xml")
    help = f"pytest {folder} --cov={folder} --cov-report=xml:{written}, at the repository's root"
    try:
        lines = named.parsed(deliverables.coverage)
    except Unreadable as error:
        yield named.lacks("evidence", str(error), help)
        return
    run = total = 0
    absent = []
    for path in [each for each in of.code_paths() if not strategy.is_run(each)] or of.library_paths():
        known = deliverables.lines_of(path, of.folder, lines)
        if known is None:
            known = dict.fromkeys(range(deliverables.statements(path, of.tree.read(path) or b"")), False)
            absent += [path.rpartition("/")[2]] if known else []
        run, total = run + sum(known.values()), total + len(known)
    if run < lifecycle.COVERAGE * total or not total:
        share = f"unit tests run {100 * run // total} % of {total} lines" if total else "there are no lines"
        left = f"; not in the report: {shortened(', '.join(absent))}" if absent else ""
        message = f"{share} of signal code, and {100 * lifecycle.COVERAGE:.0f} % is asked for{left}"
        yield named.lacks("share", message, help)


def integration_tests(of: Strategy, policy: Policy) -> Iterator[Missing]:
    named = _Named(of, "integration-tests", INTEGRATION_TESTS)
    help = f"pytest tests/integration --junit-xml={named.written_to('evidence/junit.xml')}, or where those tests are"
    try:
        tests = named.parsed(deliverables.JUnit)
    except Unreadable as error:
        yield named.lacks("evidence", str(error), help)
        return
    if tests.failed:
        message = f"{len(tests.failed)} failed in {named.reference}: {shortened(', '.join(tests.failed[:3]))}"
        yield named.lacks("failed", message, help)
    elif not tests.passed:
        why = f"all {tests.skipped} were skipped" if tests.skipped else "there are none"
        yield named.lacks("none", f"no test passed in {named.reference}: {why}", help)
    for what in tests.unverified() if tests.passed else ():
        message = f"no test that passed in {named.reference} is named after {what}"
        yield named.lacks(what, message, f"write one, then: {help}")


def safe_state(of: Strategy, policy: Policy) -> Iterator[Missing]:
    """Whatever is named as if it stopped orders does something; and there is something."""
    found: list[Stop] = []
    yield from _stubs(of, [*of.code_paths(), *of.library_paths()], found)
    if found:
        return
    named = _Named(of, "safe-state", CANCEL_ALL_ORDERS)
    path = deliverables.path_in(named.reference)
    elsewhere = [each for each in _paths(of, path) if strategy.is_code(each)] if path else []
    yield from _stubs(of, elsewhere, found)
    if not found:
        message = f"no function of {of.id} or its library cancels all orders or enters a safe state"
        help = f"write cancel_all_orders(), or name its file as evidence of {CANCEL_ALL_ORDERS} in {named.asked.path}"
        yield named.lacks("none", message, help)


def _stubs(of: Strategy, paths: Iterable[str], found: list[Stop]) -> Iterator[Missing]:
    """What in these files does nothing, or cannot be parsed; to `found` goes every function that was looked at."""
    for path in paths:
        if not path.endswith(".py"):
            continue
        stops = deliverables.stops(of.tree.read_file(path) or b"")
        name = path.removeprefix(of.folder)
        if stops is None:
            help = f"edit {path}: python -m py_compile says where"
            yield Missing("safe-state", f"{name} was not parsed: it is no Python", path, help, piece=f"parse {name}")
            continue
        found += stops
        for each in stops:
            if not each.is_real:
                message = f"{each.name}() in {name} does nothing: open orders would stay in the market"
                help = f"edit {path}: cancel what is open there, or make it abstract where it is only declared"
                yield Missing("safe-state", message, path, help, each.line, each.column, f"{name} {each.name}")
