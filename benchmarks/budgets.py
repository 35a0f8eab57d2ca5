"""The first four rows of the speed budget: each hook by itself, and all of them added to a commit."""

from __future__ import annotations

from benchmarks import fixtures
from benchmarks.checkout import Checkout
from benchmarks.frameworks import NOOP, PRE_COMMIT, install_framework
from benchmarks.lab import FLOOR, Lab
from benchmarks.results import Result, Table
from benchmarks.timing import Contender, Measure, added, measure

PRE_COMMIT_BUDGET = 3.0
PASSPORT_BUDGET = 5.5
COMMIT_MSG_BUDGET = 3.0
COMMIT_BUDGET = 8.0
PASSPORT_COMMIT_BUDGET = 11.0
FRAMEWORK_BUDGET = 0.3


def guarded(lab: Lab, name: str, *, with_passport: bool) -> Checkout:
    """A checkout with the native hooks in place, and the proof that they refuse."""
    checkout = Checkout(lab, name, fixtures.staged_files(with_passport=with_passport))
    checkout.install_native()
    checkout.commit_must_be_refused({}, fixtures.BAD_MESSAGE)
    checkout.commit_must_be_refused({fixtures.PASSPORT: fixtures.passport(1, status="resting")})
    return checkout


def hooks(lab: Lab) -> list[Result]:
    """Each hook as its installed shim runs it."""
    plain = guarded(lab, "hooks", with_passport=False)
    passport = guarded(lab, "hooks-passport", with_passport=True)
    jobs: list[tuple[Contender, float | None]] = []
    for checkout, title, budget in (
        (plain, "no passport", PRE_COMMIT_BUDGET),
        (passport, "a passport", PASSPORT_BUDGET),
    ):
        job = f"hook pre-commit, {title} staged"
        jobs += [
            (checkout.hooking(f"{job}, cold", "pre-commit"), budget),
            (checkout.hooking(f"{job}, warm", "pre-commit", forget="nothing"), None),
            (checkout.hooking(f"{job}, first run ever", "pre-commit", forget="all"), None),
        ]
    jobs.append((plain.hooking("hook commit-msg, feat", "commit-msg", str(plain.message)), COMMIT_MSG_BUDGET))
    samples = lab.time(lab.floor(), *(contender for contender, _ in jobs))
    floor = measure(samples[FLOOR])
    return [Result(Table.BUDGETS, job.name, measure(samples[job.name]), FLOOR, floor, budget) for job, budget in jobs]


def commit(lab: Lab) -> list[Result]:
    """The same commit with and without hooks."""
    without, noop = (Checkout(lab, name, fixtures.staged_files(with_passport=False)) for name in ("bare", "noop"))
    without_passport = Checkout(lab, "bare-passport", fixtures.staged_files(with_passport=True))
    install_framework(noop, PRE_COMMIT, NOOP)
    plain = guarded(lab, "native", with_passport=False)
    passport = guarded(lab, "native-passport", with_passport=True)
    samples = lab.time(
        lab.floor(),
        without.committing("without"),
        plain.committing("native"),
        plain.committing("native, warm", warm=True),
        without_passport.committing("without, passport"),
        passport.committing("native, passport"),
        passport.committing("native, passport, warm", warm=True),
        noop.committing("noop"),
    )
    floor, framework = measure(samples[FLOOR]), added(samples, "noop", "without")

    def row(job: str, measured: Measure, budget: float | None) -> Result:
        return Result(Table.BUDGETS, f"native hooks add to a commit, {job}", measured, FLOOR, floor, budget)

    native = added(samples, "native", "without")
    return [
        row("no passport, cold", native, COMMIT_BUDGET),
        row("no passport, warm", added(samples, "native, warm", "without"), None),
        row("a passport, cold", added(samples, "native, passport", "without, passport"), PASSPORT_COMMIT_BUDGET),
        row("a passport, warm", added(samples, "native, passport, warm", "without, passport"), None),
        Result(
            Table.BUDGETS, "native hooks add to a commit, no passport, cold", native,
            "pre-commit, one no-op hook at the same three stages", framework, FRAMEWORK_BUDGET,
        ),
        Result(Table.BUDGETS, "git commit without hooks", measure(samples["without"]), FLOOR, floor),
    ]  # fmt: skip
