"""Asking a person about findings, one after the other, by single keys or, from a pipe, by lines."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from quantgov import auditing
from quantgov.auditing import FALSE, TEST, Audit, Case
from quantgov.cli import console
from quantgov.errors import EXIT_BLOCKED, EXIT_CLEAN, EXIT_INTERRUPTED, UsageError
from quantgov.wording import printable

REAL, SKIP, QUIT = "real", "skip", "quit"
ANSWERS = {word[0]: word for word in (REAL, FALSE, TEST, SKIP, QUIT)}
QUESTION = "real, false, test, skip or quit? [r/f/t/s/q] "


def show(case: Case, title: str = "") -> None:
    """A finding as it may be shown: what it is, where it stands, and its lines, redacted."""
    leak = case.leak
    console.OUT.print(f"[bold]{escape(title + printable(leak.what))}[/bold]")
    for place in case.places:
        console.say(f"  {place}")
    for line in leak.lines:
        shown = f"  {line.number:>6} | {line.text}"
        console.OUT.print(shown, markup=False, style="bold" if line.number == leak.line else "dim")
    console.say(f"  {leak.code}, fingerprint {leak.fingerprint}" + (f", {leak.detector}" if leak.detector else ""))


class Interview:
    """Goes through the open findings and writes each decision down before the next is asked for."""

    __slots__ = ("_audit", "_decided", "_expires", "_owner", "_reason")

    def __init__(self, audit: Audit, owner: str, reason: str = "", expires: str = "") -> None:
        self._audit = audit
        self._owner = owner
        self._reason = reason
        self._expires = expires
        self._decided: dict[str, int] = dict.fromkeys((FALSE, TEST, REAL), 0)

    def run(self) -> int:
        """Ask until all are decided, or no more is wanted, and return the exit code."""
        code = EXIT_CLEAN
        try:
            self._ask_all()
        except (KeyboardInterrupt, EOFError):
            code = EXIT_INTERRUPTED
            console.say("")
        left = len(self._audit.cases) - self._decided[FALSE] - self._decided[TEST]
        self._sum_up(left)
        return code or (EXIT_BLOCKED if left or self._audit.unwaivable else EXIT_CLEAN)

    def _ask_all(self) -> None:
        cases = self._audit.cases
        for number, case in enumerate(cases, 1):
            show(case, f"{number}/{len(cases)}  ")
            verdict = answer()
            if verdict == QUIT:
                return
            if verdict == REAL:
                console.say(f"  quantgov secrets respond {case.leak.fingerprint}")
            elif verdict != SKIP:
                self._waive(case, verdict)
            if verdict in self._decided:
                self._decided[verdict] += 1
            console.say("")

    def _waive(self, case: Case, verdict: str) -> None:
        reason = self._reason or line("reason", case.reason(verdict))
        expires = self._last_day()
        self._audit.waive(auditing.entries([case], reason, self._owner, expires))
        console.say(f"  waived until {expires}")

    def _last_day(self) -> str:
        default = auditing.default_end(self._audit.today)
        given = self._expires
        while True:
            try:
                return auditing.end(given or line("last day", default), self._audit.today)
            except UsageError as error:
                console.say(f"  {error.message}: {error.help}")
                given = ""

    def _sum_up(self, left: int) -> None:
        false, test, real = (self._decided[each] for each in (FALSE, TEST, REAL))
        console.say(f"{false + test} waived ({false} false, {test} test), {real} real, {left - real} not decided.")
        for leak in self._audit.unwaivable:
            console.say(f"{printable(leak.what)}: {leak.code} cannot be waived")
        if false + test:
            console.say(f"Next: {self._audit.commit_command()}")


def answer() -> str:
    """What somebody decides. Raises EOFError where the input ends."""
    while True:
        sys.stdout.write(QUESTION)
        sys.stdout.flush()
        if sys.stdin.isatty():
            given = typer.getchar()
            sys.stdout.write(f"{printable(given)}\n")
        else:
            given = sys.stdin.readline()
            sys.stdout.write("\n")
            if not given:
                raise EOFError
        word = given.strip().lower()
        if word in ANSWERS or word in ANSWERS.values():
            return ANSWERS[word[0]]


def line(what: str, default: str) -> str:
    """A line that somebody types, or the default for an empty one. Raises EOFError where the input ends."""
    return input(f"  {what} [{default}]: ").strip() or default
