"""What a strategy still lacks before it may go up: each exit criterion of lifecycle.py, judged on the files of a tree.

A criterion that rests on a file of another one asks for what it needs of it all the same: nothing that could not be
judged reads as met.
"""

from __future__ import annotations

from quantgov import deliverables, deployment, lifecycle, pins, report, signoffs
from quantgov.deliverables import THESIS
from quantgov.missing import Asked, Missing, shortened
from quantgov.page import Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from quantgov.policy import Policy
    from quantgov.strategy import Strategy

    Criterion = Callable[[Strategy, Policy], Iterator[Missing]]
    Period = tuple[date, date]

SECTIONS = {
    lifecycle.BRIEF: ("Thesis", "Expected signal characteristics", "Data requirements"),
    lifecycle.RUNBOOK: ("Start", "Monitor", "Stop"),
    lifecycle.ROLLBACK: ("When", "Steps", "Verify"),
}
PAGE = 700
"""How many words a page has."""
ROBUSTNESS = ("parameter_sensitivity", "survivorship_bias", "look_ahead_bias")
"""What has to be checked before a result is believed (S2 section 2.2)."""


def _passport(of: Strategy, criterion: str) -> Asked:
    return Asked(of, criterion, of.file_of(lifecycle.PASSPORT))


def _brief(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = Asked(of, lifecycle.BRIEF, of.file_of(lifecycle.BRIEF))
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


def _sections(asked: Asked, status: str) -> Iterator[Missing]:
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
    return _sections(Asked(of, lifecycle.RUNBOOK, of.file_of(lifecycle.RUNBOOK)), lifecycle.PRODUCTION)


def _rollback(of: Strategy, policy: Policy) -> Iterator[Missing]:
    return _sections(Asked(of, lifecycle.ROLLBACK, of.file_of(lifecycle.ROLLBACK)), lifecycle.PRODUCTION)


def _report(of: Strategy, policy: Policy) -> Iterator[Missing]:
    for message, line, column, help in report.problems_of(of):
        yield Asked(of, lifecycle.REPORT, of.report_file).lacks(message, message, help, (line, column))


def _sample(of: Strategy, policy: Policy) -> Iterator[Missing]:
    problem = report.sample_problem(of)
    if problem:
        found = report.of(of)
        place = found.place("metrics", "trade_count") if found else (0, 0)
        help = f"a backtest over a longer period or more symbols, then: quantgov report draft {of.id}"
        yield Asked(of, "sample", of.report_file).lacks("size", problem, help, place)


def _validation_report(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked = Asked(of, lifecycle.VALIDATION_REPORT, of.validation_file)
    if asked.data is None:
        yield asked.absent(lifecycle.PRODUCTION)
        return
    page = asked.page
    yield from asked.told(asked.faults("validation-report"))
    for key, wanted in (("strategy_id", of.id), ("strategy_version", of.version)):
        said = page.text(key)
        if said and said.removeprefix("v") != wanted.removeprefix("v"):
            message = f"{asked.name} is about {said}, the passport about {wanted}"
            yield asked.lacks(key, message, asked.edit(f"review {wanted}, then say so"), page.place(key))
    yield from _reviewer(asked, page, policy)
    yield from _critical(asked, page)


def _reviewer(asked: Asked, page: Page, policy: Policy) -> Iterator[Missing]:
    """In a team of one the researcher reviews; the sign-off says so."""
    reviewer, team = page.text("reviewer"), policy.people
    if reviewer and team.size != 1 and signoffs.same_person(reviewer, asked.of.researcher, team):
        message = f"{asked.name} was reviewed by {reviewer}, who is its researcher"
        yield asked.lacks("reviewer", message, "have somebody else review the strategy", page.place("reviewer"))


def _critical(asked: Asked, page: Page) -> Iterator[Missing]:
    for at, each in page.items("findings"):
        if each.get("severity") == "critical" and each.get("status") != "resolved":
            message = f"critical finding {each.get('id')} is {each.get('status')}: {shortened(each.get('text'))}"
            help = asked.edit("resolve it, and say how; a critical one cannot be accepted")
            yield asked.lacks(f"finding {each.get('id')}", message, help, page.place("findings", at))


def _out_of_sample(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked, passport = Asked(of, "out-of-sample", of.validation_file), _passport(of, "out-of-sample")
    page = asked.page
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


def _overlap(asked: Asked, page: Page, chosen: Period, held_out: Period) -> Iterator[Missing]:
    """Between the last day that parameters were chosen on and the first one kept out lies more than the embargo."""
    given = page.get("embargo_days")
    embargo = given if isinstance(given, int) else 0
    if (held_out[0] - chosen[1]).days <= max(embargo, 0):
        after = f", and {embargo} days of embargo follow" if embargo else ""
        message = f"out of sample begins on {held_out[0]}; parameters were chosen until {chosen[1]}{after}"
        place = page.place("out_of_sample", "start_date")
        yield asked.lacks("overlap", message, asked.edit("keep a period out of every choice, and test on it"), place)


def _outside_data(asked: Asked, page: Page, held_out: Period) -> Iterator[Missing]:
    """What was kept out lies in the report's data as a whole, or after it where it came in since."""
    of = asked.of
    data = _period(Page.of(of.read(of.report_file) or b""), "provenance")
    if data and (held_out[0] < data[0] or held_out[0] <= data[1] < held_out[1]):
        message = (
            f"out of sample is {held_out[0]} to {held_out[1]}; the data of {of.report_file} {data[0]} to {data[1]}"
        )
        help = asked.edit("a period within that data, or one after it")
        yield asked.lacks("data", message, help, page.place("out_of_sample"))


def _robustness(of: Strategy, policy: Policy) -> Iterator[Missing]:
    asked, passport = Asked(of, "robustness", of.validation_file), _passport(of, "robustness")
    page = asked.page
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


CRITERIA: Mapping[str, Criterion] = {
    lifecycle.BRIEF: _brief,
    lifecycle.REPORT: _report,
    lifecycle.VALIDATION_REPORT: _validation_report,
    "out-of-sample": _out_of_sample,
    "robustness": _robustness,
    "sample": _sample,
    "pins": _pins,
    "alerts": _alerts,
    lifecycle.CHECKLIST: deployment.checklist,
    lifecycle.RUNBOOK: _runbook,
    lifecycle.ROLLBACK: _rollback,
    lifecycle.ON_CALL: deployment.on_call,
    "coverage": deployment.coverage,
    "integration-tests": deployment.integration_tests,
    "safe-state": deployment.safe_state,
}
"""By the name that lifecycle.py has for it."""


def unmet(of: Strategy, gate: str, policy: Policy) -> Iterator[Missing]:
    """Every piece that is missing for a gate, in the order of its criteria."""
    for name in lifecycle.GATES[gate].criteria:
        yield from CRITERIA[name](of, policy)
