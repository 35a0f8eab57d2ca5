"""The report people read. Its first line is the verdict and the fix: an IDE may show nothing else."""

from __future__ import annotations

from quantgov.errors import DEBUG
from quantgov.rule import Failed, Level, Passed, Skipped
from quantgov.wording import counted, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.rule import Ruling
    from quantgov.verdict import Verdict

COLOURS = {"bad": "\033[31;1m", "warn": "\033[33m", "good": "\033[32m", "dim": "\033[2m", "bold": "\033[1m"}
BREAK_GLASS = "break-glass "
"""What the reason of an override begins with; overrides.py is not in a clean commit's way."""
SEARCH = "search"
"""The subject of what only looks: it finds, where a hook refuses."""
NEXT = "if one is real: quantgov secrets respond FINDING - if not: quantgov secrets audit"
MANY = 3
"""Files left unjudged for one reason from which only their number is told."""
RESET = "\033[0m"
WORDS = {Level.BLOCK: "blocks", Level.WARN: "warns", Level.ADVISE: "advises"}


class Paint:
    """Colours where a terminal shows them, nothing elsewhere."""

    __slots__ = ("_on",)

    def __init__(self, on: bool) -> None:
        self._on = on

    def __call__(self, colour: str, text: str) -> str:
        return f"{COLOURS[colour]}{text}{RESET}" if self._on else text


def render(
    verdict: Verdict, *, subject: str = "commit", colour: bool = False, full: bool = False, debug: bool = False
) -> str:
    """`full` is for `quantgov check`: advice, old and waived findings, and a line where nothing was found.

    A hook shows what blocks and what warns, and is silent where there is neither.
    """
    paint = Paint(colour)
    rulings = [each for each in verdict.rulings if full or _is_shown_at_hook(each)]
    lines = [*_headline(verdict, subject, paint, full), *_banner(verdict, paint)]
    told: set[str] = set()
    lines += [line for ruling in rulings for line in _ruling(ruling, paint, full, told)]
    lines += _broken(verdict, paint, debug)
    lines += [f"  {paint('dim', 'note')}  {note}" for note in _asides(verdict, full, shown=bool(lines))]
    if subject == SEARCH and verdict.blocking:
        lines.append(f"  {paint('dim', 'next')}  {NEXT}")
    return "".join(f"{line}\n" for line in lines)


def _is_shown_at_hook(ruling: Ruling) -> bool:
    return ruling.blocks or (ruling.level is not Level.ADVISE and not ruling.old)


def _headline(verdict: Verdict, subject: str, paint: Paint, full: bool) -> Iterator[str]:
    blocking, warnings = verdict.blocking, verdict.live(Level.WARN)
    if verdict.broken:
        broken = verdict.broken[0]
        yield paint("bad", f"quantgov: {subject} blocked: {broken.code} {broken.name} could not judge it") + (
            f" - report it, with the output of the same command under {DEBUG}=1"
        )
    elif blocking:
        first = blocking[0]
        more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
        place = f"{_place(first)}: " if _place(first) else ""
        said = printable(first.finding.message)
        fix = f" - fix: {printable(_one_line(first.finding.help))}" if first.finding.help else ""
        yield paint("bad", f"quantgov: {subject} {_refused(subject)}: {first.code} {place}{said}{more}") + fix
    elif warnings:
        yield paint("warn", f"quantgov: {subject} accepted with {counted(len(warnings), 'warning')}")
    elif full:
        if subject == SEARCH:
            yield paint("good", f"quantgov: {_nothing_found(verdict)}")
        else:
            yield paint("good", f"quantgov: {subject} is clean") + f" ({_counts(verdict)})"


def _banner(verdict: Verdict, paint: Paint) -> Iterator[str]:
    """What an override let through is called out in red, every time."""
    reasons = dict.fromkeys(each.waived for each in verdict.rulings if each.waived.startswith(BREAK_GLASS))
    for reason in reasons:
        codes = ", ".join(dict.fromkeys(each.code for each in verdict.rulings if each.waived == reason))
        yield paint("bad", f"quantgov: GLASS BROKEN, {codes} let through: {printable(reason)}")


def _nothing_found(verdict: Verdict) -> str:
    judged = sum(outcome.judged for outcome in verdict.outcomes if isinstance(outcome, Failed | Passed | Skipped))
    if not judged:
        return "there was nothing to search"
    waived = sum(1 for ruling in verdict.rulings if ruling.waived)
    old = sum(1 for ruling in verdict.rulings if ruling.old and not ruling.waived)
    known = ", ".join(f"{count} {what}" for count, what in ((waived, "waived"), (old, "old")) if count)
    searched = _searched(verdict, judged)
    return f"no new secret found in {searched} ({known})" if known else f"no secret found in {searched}"


def _searched(verdict: Verdict, judged: int) -> str:
    if len({outcome.code for outcome in verdict.outcomes}) == 1:  # no message was asked for, and no name
        return counted(judged, "file")
    return "1 content, message or name" if judged == 1 else f"{judged:,} contents, messages and names"


def _refused(subject: str) -> str:
    return "found secrets" if subject == SEARCH else "refused"


def _counts(verdict: Verdict) -> str:
    passed = sum(1 for outcome in verdict.outcomes if outcome.status == "passed")
    skipped = len(verdict.skipped)
    parts = [f"{counted(passed, 'rule')} passed", f"{skipped} not judged" if skipped else ""]
    advice = len(verdict.live(Level.ADVISE))
    return ", ".join(part for part in [*parts, f"{advice} advised" if advice else ""] if part)


def _ruling(ruling: Ruling, paint: Paint, full: bool, told: set[str]) -> Iterator[str]:
    finding = ruling.finding
    head = paint("bold", f"{ruling.code} {ruling.name}")
    yield f"  {_standing(ruling, paint)}  {head}  {_place(ruling)}".rstrip()
    yield f"      {printable(finding.message)}"
    if finding.origin:
        yield f"      {printable(str(finding.origin))}"
    if full and finding.identity and ruling.fingerprint not in finding.help:
        yield f"      {paint('dim', f'finding {ruling.fingerprint}')}"
    if ruling.waived:
        yield f"      waived: {printable(ruling.waived)}"
        return
    for at, line in enumerate(_fix(finding.help, told)):
        yield f"      {paint('good', 'fix: ') if at == 0 else '     '}{printable(line)}"


def _fix(help: str, told: set[str]) -> list[str]:
    """The lines of a fix that no finding above has told: twenty of one kind have one fix."""
    lines = help.split("\n") if help else []
    new = [line for line in lines if line not in told]
    told.update(lines)
    return new if new[:1] == lines[:1] else ["as above", *new]


def _standing(ruling: Ruling, paint: Paint) -> str:
    if ruling.old or ruling.waived:
        return paint("dim", "old" if ruling.old else "waived")
    colour = {Level.BLOCK: "bad", Level.WARN: "warn", Level.ADVISE: "dim"}[ruling.level]
    return paint(colour, WORDS[ruling.level])


def _place(ruling: Ruling) -> str:
    finding = ruling.finding
    path = printable(finding.path)
    position = f":{finding.line}:{finding.column}" if finding.line else ""
    place = f"{path}{position}" if path else ""
    commit = f"commit {finding.commit[:10]}" if finding.commit else ""
    return " in ".join(part for part in (place, commit) if part)


def _broken(verdict: Verdict, paint: Paint, debug: bool) -> Iterator[str]:
    for outcome in verdict.broken:
        yield f"  {paint('bad', 'broke')}  {outcome.code} {outcome.name}: {printable(outcome.error)}"
        if debug:
            yield from (f"      {printable(line)}" for line in outcome.trace.rstrip().split("\n"))


def _asides(verdict: Verdict, full: bool, *, shown: bool) -> list[str]:
    skips = list(_skips(verdict, full))
    notes = verdict.notes() if shown or full or skips else [note for note in verdict.notes() if "changed" in note]
    return [*dict.fromkeys(skips), *(printable(note) for note in notes)]


def _skips(verdict: Verdict, full: bool) -> Iterator[str]:
    """What was not judged, by reason: a hundred pictures are one line."""
    files: dict[tuple[str, str], list[str]] = {}
    for outcome, each in verdict.unjudged():
        if full or each.loud:
            files.setdefault((outcome.code, each.reason), []).append(each.path)
    for (code, reason), paths in files.items():
        if len(paths) > MANY:
            yield f"{code} not judged for {len(paths)} files: {printable(reason)}"
        else:
            yield from (
                f"{code} not judged{f' for {printable(path)}' if path else ''}: {printable(reason)}" for path in paths
            )


def _one_line(text: str) -> str:
    first, _, rest = text.partition("\n")
    return f"{first} …" if rest else first
