"""What a strategy still lacks before it may go up: each exit criterion of lifecycle.py, judged on the files of a tree.

A criterion that rests on a file of another one asks for what it needs of it all the same: nothing that could not be
judged reads as met.
"""

from __future__ import annotations

from quantgov import deliverables, lifecycle, pins, report
from quantgov.deliverables import THESIS, Page, Unreadable
from quantgov.message import did_you_mean
from quantgov.rule import quoted
from quantgov.strategy import is_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from typing import TypeVar

    from quantgov.deliverables import Stop
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy

    Criterion = Callable[[Strategy, Policy], Iterator["Missing"]]
    Period = tuple[date, date]
    T = TypeVar("T")

SECTIONS = {
    lifecycle.BRIEF: ("Thesis", "Expected signal characteristics", "Data requirements"),
    lifecycle.RUNBOOK: ("Start", "Monitor", "Stop"),
    lifecycle.ROLLBACK: ("When", "Steps", "Verify"),
}
PAGE = 700
"""How many words a page has."""
ROBUSTNESS = ("parameter_sensitivity", "survivorship_bias", "look_ahead_bias")
"""What has to be checked before a result is believed (S2 section 2.2)."""
SHOWN = 200
UNIT_TESTS, INTEGRATION_TESTS, CANCEL_ALL_ORDERS = "unit-tests", "integration-tests", "cancel-all-orders"
"""The items of the checklist whose evidence is read here."""


class Missing:
    """A missing piece: what, at which path and line (0: the file itself), and the command or edit that brings it.

    `piece` is a name for it that stays the same while its message changes.
    """

    __slots__ = ("column", "criterion", "help", "line", "message", "path", "piece")

    def __init__(
        self,
        criterion: str,
        message: str,
        path: str,
        help: str,
        line: int = 0,
        column: int = 0,
        piece: str = "",
    ) -> None:
        self.criterion = criterion
        self.message = message
        self.path = path
        self.help = help
        self.line = line
        self.column = column
        self.piece = piece or message


class _Asked:
    """A criterion that is asked of one of a strategy's files, and what it says is missing there."""

    __slots__ = ("criterion", "name", "of", "path")

    def __init__(self, of: Strategy, criterion: str, name: str) -> None:
        self.of = of
        self.criterion = criterion
        self.name = name
        self.path = of.resolve(name) or of.path

    @property
    def data(self) -> bytes | None:
        return self.of.read(self.name)

    def page(self, schema: str) -> Page:
        return Page(self.data or b"", schema)

    def absent(self, status: str) -> Missing:
        """The file itself; going up to this status writes a template of it."""
        return self.lacks("file", f"{self.name} is missing", f"quantgov promote {self.of.id} {status}")

    def lacks(self, piece: str, message: str, help: str, place: tuple[int, int] = (0, 0)) -> Missing:
        return Missing(self.criterion, message, self.path, help, *place, piece)

    def edit(self, what: str) -> str:
        return f"edit {self.path}: {what}"

    def violations(self, page: Page) -> Iterator[Missing]:
        for each in page.violations:
            piece = ".".join(map(str, each.pointer))
            yield self.lacks(f"form {piece}", f"{self.name}: {each.message}", each.help, (each.line, each.column))


def _passport(of: Strategy, criterion: str) -> _Asked:
    return _Asked(of, criterion, of.file_of(lifecycle.PASSPORT))


def _brief(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = _Asked(of, lifecycle.BRIEF, of.file_of(lifecycle.BRIEF))
    yield from _sections(asked, lifecycle.RESEARCH)
    text = (asked.data or b"").decode(errors="replace")
    length = deliverables.words(text)
    if length > PAGE:
        yield asked.lacks("length", f"{asked.name} has {length} words; a page has {PAGE}", asked.edit("one page"))
    thesis = deliverables.sections(text).get("thesis")
    if thesis and any(THESIS in line for line in thesis.lines):
        help = asked.edit("say why this should earn money")
        yield asked.lacks("thesis", f"the thesis of {asked.name} is the template's", help, (thesis.line, 1))
    if of.text("alpha_thesis") == THESIS:
        passport = _passport(of, lifecycle.BRIEF)
        help = passport.edit("say in alpha_thesis why this should earn money")
        yield passport.lacks("alpha_thesis", "alpha_thesis is the template's", help, of.place("alpha_thesis"))


def _sections(asked: _Asked, status: str) -> Iterator[Missing]:
    """Of a Markdown deliverable: that it is there, and that each of its sections says something."""
    data = asked.data
    if data is None:
        yield asked.absent(status)
        return
    found = deliverables.sections(data.decode(errors="replace"))
    for name in SECTIONS[asked.criterion]:
        section = found.get(name.casefold())
        if section is None:
            help = asked.edit(f"a heading '## {name}', and below it what belongs there")
            yield asked.lacks(name, f"{asked.name} has no section '{name}'", help)
        elif section.is_empty:
            help = asked.edit(f"write below '{name}'; lines that start with > do not count")
            yield asked.lacks(name, f"'{name}' in {asked.name} is empty", help, (section.line, 1))


def _runbook(of: Strategy, policy: Policy) -> Iterator[Missing]:
    return _sections(_Asked(of, lifecycle.RUNBOOK, of.file_of(lifecycle.RUNBOOK)), lifecycle.PRODUCTION)


def _rollback(of: Strategy, policy: Policy) -> Iterator[Missing]:
    return _sections(_Asked(of, lifecycle.ROLLBACK, of.file_of(lifecycle.ROLLBACK)), lifecycle.PRODUCTION)


def _report(of: Strategy, policy: Policy) -> Iterator[Missing]:
    for message, line, column, help in report.problems_of(of):
        yield _Asked(of, lifecycle.REPORT, of.report_file).lacks(message, message, help, (line, column))


def _sample(of: Strategy, policy: Policy) -> Iterator[Missing]:
    problem = report.sample_problem(of)
    if problem:
        found = report.of(of)
        place = found.place("metrics", "trade_count") if found else (0, 0)
        help = f"a backtest over a longer period or more symbols, then: quantgov report draft {of.id}"
        yield _Asked(of, "sample", of.report_file).lacks("size", problem, help, place)


def _validation_report(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = _Asked(of, lifecycle.VALIDATION_REPORT, of.validation_file)
    if asked.data is None:
        yield asked.absent(lifecycle.PRODUCTION)
        return
    page = asked.page("validation-report")
    yield from asked.violations(page)
    for key, wanted in (("strategy_id", of.id), ("strategy_version", of.version)):
        said = page.text(key)
        if said and said.removeprefix("v") != wanted.removeprefix("v"):
            message = f"{asked.name} is about {said}, the passport about {wanted}"
            yield asked.lacks(key, message, asked.edit(f"review {wanted}, then say so"), page.place(key))
    yield from _reviewer(asked, page, policy)
    yield from _critical(asked, page)


def _reviewer(asked: _Asked, page: Page, policy: Policy) -> Iterator[Missing]:
    """In a team of one the researcher reviews; the sign-off says so."""
    reviewer = page.text("reviewer")
    if reviewer and policy.people.size != 1 and _who(reviewer, policy) == _who(asked.of.researcher, policy):
        message = f"{asked.name} was reviewed by {reviewer}, who is its researcher"
        yield asked.lacks("reviewer", message, "have somebody else review the strategy", page.place("reviewer"))


def _who(address: str, policy: Policy) -> str:
    """One name for a person, whichever of the addresses that the team knows is used."""
    person = policy.people.by_email(address)
    return person.name if person else address.casefold()


def _critical(asked: _Asked, page: Page) -> Iterator[Missing]:
    for at, each in page.items("findings"):
        if each.get("severity") == "critical" and each.get("status") != "resolved":
            message = f"critical finding {each.get('id')} is {each.get('status')}: {_one_line(each.get('text'))}"
            help = asked.edit("resolve it, and say how; a critical one cannot be accepted")
            yield asked.lacks(f"finding {each.get('id')}", message, help, page.place("findings", at))


def _one_line(text: object) -> str:
    """What somebody wrote, for a message; cut only where no key is that long, since a part of one is not redacted."""
    line = " ".join(str(text).split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."


def _out_of_sample(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked, passport = _Asked(of, "out-of-sample", of.validation_file), _passport(of, "out-of-sample")
    page = asked.page("validation-report")
    named, chosen, held_out = of.text("validation", "out_of_sample_test"), *_periods(page)
    if not named:
        help = passport.edit("validation.out_of_sample_test: FIRST-DAY_to_LAST-DAY")
        place = of.place("validation", "out_of_sample_test")
        yield passport.lacks("passport", "the passport names no out-of-sample period", help, place)
    if chosen is None or held_out is None:
        message = f"{asked.name} does not say on which period parameters were chosen and which one was kept out"
        yield asked.lacks("periods", message, asked.edit("in_sample and out_of_sample, first day before the last"))
        return
    said = f"{held_out[0]}_to_{held_out[1]}"
    if named and named != said:
        message = f"out of sample is {said} in {asked.name}, and {named} in the passport"
        help = f"one period in both: edit {asked.path} or {passport.path}"
        yield asked.lacks("agreement", message, help, page.place("out_of_sample"))
    yield from _overlap(asked, page, chosen, held_out)
    yield from _outside_data(asked, page, held_out)


def _periods(page: Page) -> tuple[Period | None, Period | None]:
    return _period(page, "in_sample"), _period(page, "out_of_sample")


def _period(page: Page, *pointer: str) -> Period | None:
    from datetime import date

    try:
        start, end = (date.fromisoformat(page.text(*pointer, key)) for key in ("start_date", "end_date"))
    except ValueError:
        return None
    return (start, end) if start < end else None


def _overlap(asked: _Asked, page: Page, chosen: Period, held_out: Period) -> Iterator[Missing]:
    """Between the last day that parameters were chosen on and the first one kept out lies more than the embargo."""
    given = page.get("embargo_days")
    embargo = given if isinstance(given, int) else 0
    if (held_out[0] - chosen[1]).days <= max(embargo, 0):
        after = f", and {embargo} days of embargo follow" if embargo else ""
        message = f"out of sample begins on {held_out[0]}; parameters were chosen until {chosen[1]}{after}"
        place = page.place("out_of_sample", "start_date")
        yield asked.lacks("overlap", message, asked.edit("keep a period out of every choice, and test on it"), place)


def _outside_data(asked: _Asked, page: Page, held_out: Period) -> Iterator[Missing]:
    """What was kept out lies in the report's data as a whole, or after it where it came in since."""
    of = asked.of
    data = _period(Page(of.read(of.report_file) or b"", report.SCHEMA), "provenance")
    if data and (held_out[0] < data[0] or held_out[0] <= data[1] < held_out[1]):
        message = (
            f"out of sample is {held_out[0]} to {held_out[1]}; the data of {of.report_file} {data[0]} to {data[1]}"
        )
        help = asked.edit("a period within that data, or one after it")
        yield asked.lacks("data", message, help, page.place("out_of_sample"))


def _robustness(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked, passport = _Asked(of, "robustness", of.validation_file), _passport(of, "robustness")
    page = asked.page("validation-report")
    listed = of.get("validation", "robustness_checks")
    for name in ROBUSTNESS:
        if not isinstance(listed, list) or name not in listed:
            place = of.place("validation", "robustness_checks")
            help = passport.edit(f"{name} in validation.robustness_checks, once it was checked")
            yield passport.lacks(f"listed {name}", f"the passport does not list the check {name}", help, place)
        made = [(at, each.get("passed")) for at, each in page.items("checks") if each.get("name") == name]
        failed = [at for at, passed in made if passed is not True]
        if failed or not made:
            message = f"{name} did not pass in {asked.name}" if failed else f"{asked.name} has no check {name}"
            place = page.place("checks", *failed[:1]) if page.value else (0, 0)
            yield asked.lacks(f"passed {name}", message, asked.edit(f"what came of the check {name}"), place)


def _pins(of: Strategy, policy: Policy) -> Iterator[Missing]:
    passport = _passport(of, "pins")
    if not of.items("data_sources"):
        help = passport.edit("each source under data_sources")
        yield passport.lacks("data_sources", "the passport names no data source", help, of.place("data_sources"))
    for each in pins.unpinned(of):
        yield passport.lacks(each.key, each.message, passport.edit(each.help), (each.line, each.column))


def _alerts(of: Strategy, policy: Policy) -> Iterator[Missing]:
    passport = _passport(of, "alerts")
    watched = of.get("deployment", "monitoring_alerts")
    for name in lifecycle.ALERTS:
        if not isinstance(watched, list) or name not in watched:
            help = passport.edit(f"{name} in deployment.monitoring_alerts, once it is watched")
            place = of.place("deployment", "monitoring_alerts")
            yield passport.lacks(name, f"nothing watches {name}", help, place)


def _checklist(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = _Asked(of, lifecycle.CHECKLIST, of.file_of(lifecycle.CHECKLIST))
    if asked.data is None:
        yield asked.absent(lifecycle.PRODUCTION)
        return
    page = asked.page("deployment-checklist")
    yield from asked.violations(page)
    version = page.text("checklist")
    if version and version != lifecycle.CHECKLIST_VERSION:
        message = f"{asked.name} is list {version}; {lifecycle.CHECKLIST_VERSION} is the one that counts"
        yield asked.lacks(
            "version", message, asked.edit("take over the items of the new list"), page.place("checklist")
        )
    yield from _ids(asked, page)
    yield from _attested(asked, page, policy)


def _ids(asked: _Asked, page: Page) -> Iterator[Missing]:
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


def _attested(asked: _Asked, page: Page, policy: Policy) -> Iterator[Missing]:
    """What a person answers for, and no other criterion decides. What the schema found in an item is not told twice."""
    answered = {item.id: item for item in lifecycle.ITEMS if not item.decided_by}
    told = {each.pointer[1] for each in page.violations if each.pointer[:1] == ("items",) and len(each.pointer) > 1}
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


def _on_call(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = _Asked(of, lifecycle.ON_CALL, of.file_of(lifecycle.ON_CALL))
    if asked.data is None:
        yield asked.absent(lifecycle.PRODUCTION)
        return
    page = asked.page("on-call")
    yield from asked.violations(page)
    contacts = [each for _, each in page.items("contacts")]
    people = {_who(str(each.get("email")), policy) for each in contacts}
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
        self.asked = _Asked(of, criterion, of.file_of(lifecycle.CHECKLIST))
        page = self.asked.page("deployment-checklist")
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


def _coverage(of: Strategy, policy: Policy) -> Iterator[Missing]:
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
    for path in of.code_paths() or of.library_paths():
        known = deliverables.lines_of(path, of.folder, lines)
        if known is None:
            known = dict.fromkeys(range(deliverables.statements(path, of.tree.read(path) or b"")), False)
            absent += [path.rpartition("/")[2]] if known else []
        run, total = run + sum(known.values()), total + len(known)
    if run < lifecycle.COVERAGE * total or not total:
        share = f"unit tests run {100 * run // total} % of {total} lines" if total else "there are no lines"
        left = f"; not in the report: {_one_line(', '.join(absent))}" if absent else ""
        message = f"{share} of signal code, and {100 * lifecycle.COVERAGE:.0f} % is asked for{left}"
        yield named.lacks("share", message, help)


def _integration_tests(of: Strategy, policy: Policy) -> Iterator[Missing]:
    named = _Named(of, "integration-tests", INTEGRATION_TESTS)
    help = f"pytest tests/integration --junit-xml={named.written_to('evidence/junit.xml')}, or where those tests are"
    try:
        tests = named.parsed(deliverables.JUnit)
    except Unreadable as error:
        yield named.lacks("evidence", str(error), help)
        return
    if tests.failed:
        message = f"{len(tests.failed)} failed in {named.reference}: {_one_line(', '.join(tests.failed[:3]))}"
        yield named.lacks("failed", message, help)
    elif not tests.passed:
        why = f"all {tests.skipped} were skipped" if tests.skipped else "there are none"
        yield named.lacks("none", f"no test passed in {named.reference}: {why}", help)
    for what in tests.unverified() if tests.passed else ():
        message = f"no test that passed in {named.reference} is named after {what}"
        yield named.lacks(what, message, f"write one, then: {help}")


def _safe_state(of: Strategy, policy: Policy) -> Iterator[Missing]:
    """Whatever is named as if it stopped orders does something; and there is something."""
    found: list[Stop] = []
    yield from _stubs(of, [*of.code_paths(), *of.library_paths()], found)
    if found:
        return
    named = _Named(of, "safe-state", CANCEL_ALL_ORDERS)
    path = deliverables.path_in(named.reference)
    elsewhere = [each for each in _paths(of, path) if is_code(each)] if path else []
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


CRITERIA: Mapping[str, Criterion] = {
    lifecycle.BRIEF: _brief,
    lifecycle.REPORT: _report,
    lifecycle.VALIDATION_REPORT: _validation_report,
    "out-of-sample": _out_of_sample,
    "robustness": _robustness,
    "sample": _sample,
    "pins": _pins,
    "alerts": _alerts,
    lifecycle.CHECKLIST: _checklist,
    lifecycle.RUNBOOK: _runbook,
    lifecycle.ROLLBACK: _rollback,
    lifecycle.ON_CALL: _on_call,
    "coverage": _coverage,
    "integration-tests": _integration_tests,
    "safe-state": _safe_state,
}
"""By the name that lifecycle.py has for it."""


def unmet(of: Strategy, gate: str, policy: Policy) -> Iterator[Missing]:
    """Every piece that is missing for a gate, in the order of its criteria."""
    for name in lifecycle.GATES[gate].criteria:
        yield from CRITERIA[name](of, policy)
