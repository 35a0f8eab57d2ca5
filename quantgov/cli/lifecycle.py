"""`quantgov sign`, `promote`, `suspend`, `rollback` and `break-glass`."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import typer
from rich.text import Text

from quantgov import attesting, promoting, signoffs, stopping
from quantgov.attesting import Offer
from quantgov.cli import console
from quantgov.desk import Desk
from quantgov.errors import EXIT_BLOCKED
from quantgov.git import Repository
from quantgov.policy import OVERRIDABLE
from quantgov.promoting import Asked, Piece, Promotion
from quantgov.strategy import Strategy
from quantgov.wording import printable

STRATEGY = typer.Argument(help="Its id, its folder, or the folder's name.", metavar="STRATEGY")
BANNER = 76
"""Columns of what is called out."""
SHORT = 12
"""Digits of a digest that are enough to compare it by eye."""


def sign(
    name: str = STRATEGY,
    role: str = typer.Option(..., "--as", metavar="ROLE", help="researcher, peer-reviewer or engineer."),
    key: str = typer.Option("", "--key", metavar="PATH", help="Sign with this SSH key, instead of git's."),
    gate: str = typer.Option("", "--gate", metavar="STATUS", help="For another gate than the strategy's next."),
    override: str = typer.Option("", "--override", metavar="UTC", help="Review this override instead."),
    no_commit: bool = typer.Option(False, "--no-commit", help="Write and stage the files only."),
) -> None:
    """Sign off what is staged or committed: an in-toto statement over its digests, in the strategy's folder.

    [bold]Examples[/bold]

      quantgov sign STR-2026-0042 --as peer-reviewer

      quantgov sign earnings-gap --as engineer --key ~/.ssh/id_ed25519

      quantgov sign STR-2026-0042 --as peer-reviewer --override 20261120T031500Z
    """
    desk = Desk(Repository.discover())
    of = desk.find(name)
    if override:
        offer = attesting.review(desk, of, role, override, key=key)
    else:
        offer = attesting.offer(desk, of, role, key=key, gate=gate)
    _show_offer(offer)
    if no_commit:
        desk.stage(offer.files)
        console.say(f"Staged, not committed: {', '.join(map(printable, offer.files))}")
    else:
        _give(desk, offer, "sign-off")
    if not override and offer.step != of.status:
        console.say(f"next: quantgov promote {of.id} {offer.step}")


def _show_offer(offer: Offer) -> None:
    of = offer.of
    what = f"{of.id} {printable(of.text('name'))} {of.version}".rstrip()
    console.tell(f"{offer.person.name} signs as {offer.role}, for {offer.gate}: {what}", "")
    console.say("")
    width = max(len(subject.name) for subject in offer.subjects)
    for subject in offer.subjects:
        place = "" if subject.place == subject.name else printable(subject.place)
        console.hang(place, f"  {subject.digest[:SHORT]}  {printable(subject.name):<{width}}  ")
    console.say("")
    for note in offer.notes:
        console.tell(f"note: {printable(note)}", "")


def _give(desk: Desk, offer: Offer, slug: str) -> None:
    branch = desk.branch_for(f"{offer.of.slug}-{slug}")
    said = attesting.give(desk, offer, branch=branch)
    proof = "with your SSH key" if offer.is_signed else "as a record, without a signature"
    console.tell(f"Signed off {proof}.", "")
    _committed(desk, said, branch, desk.subject(offer.message))


def _committed(desk: Desk, said: str, branch: str, subject: str) -> None:
    """What git did; what the hooks said of it goes to standard error, as git itself puts it."""
    if said:
        console.ERR.print(printable_lines(said), markup=False)
    here = branch or desk.change.branch
    where = f"on {'the new branch ' if branch else ''}{here}" if here else "on a detached HEAD: git switch -c <name>"
    console.tell(f"Committed {where}: {printable(subject)}", "")


def printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def promote(
    name: str = STRATEGY,
    status: str = typer.Argument(help="Where it goes: research, validation, production, or back.", metavar="STATUS"),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what is missing or would be done, and do nothing."),
) -> None:
    """Take a strategy to another phase, or list what is missing, each piece with the command that brings it.

    Your own sign-off is given if that is what lacks; others are asked for by name. Files that the gate wants filled
    in are written when they are first missed.

    [bold]Examples[/bold]

      quantgov promote STR-2026-0042 validation

      quantgov promote earnings-gap production --dry-run
    """
    desk = Desk(Repository.discover())
    step = promoting.plan(desk, desk.find(name), status)
    while step.offers and not step.pieces and not dry_run:
        _show_offer(step.offers[0])
        _give(desk, step.offers[0], status)
        console.say("")
        desk = Desk(Repository.discover())
        step = promoting.plan(desk, desk.find(step.of.id), status)
    if step.pieces or step.asked:
        _show_missing(step, dry_run)
        if not dry_run:
            promoting.draft(desk, step)
        raise typer.Exit(EXIT_BLOCKED)
    if dry_run:
        roles = " and ".join(each.role for each in step.offers)
        but = f" but your sign-off as {roles}, given first" if roles else ""
        console.tell(f"Nothing is missing{but}: {_title(step.of)} would go to {status}.", "")
        console.write(printable_diff(step.diff))
        return
    _committed(desk, promoting.take(desk, step), step.branch, promoting.subject_of(desk, step))
    _show_taken(desk, step)


def printable_diff(diff: str) -> str:
    return "".join(f"  {printable(line)}\n" for line in diff.splitlines())


def _title(of: Strategy) -> str:
    return f"{of.id} {printable(of.text('name'))}".rstrip()


def _show_missing(step: Promotion, dry_run: bool) -> None:
    """Every piece with its number and its command; sign-offs come last, as they are over all the rest."""
    here = () if dry_run else step.drafts
    pieces = [
        *(_drafted(each) if each.place in here else each for each in step.pieces),
        *(_own(step, each.role) for each in step.offers),
        *(_of_asked(each, step) for each in step.asked),
    ]
    count = f"{len(pieces)} piece{' is' if len(pieces) == 1 else 's are'} missing"
    console.tell(f"{_title(step.of)} does not go to {step.status} yet: {count}.", "")
    console.say("")
    show_pieces(pieces)
    if step.drafts:
        verb = "would be written" if dry_run else "written"
        console.say(f"\n{verb.capitalize()} for you to fill in, then git add:")
        for path in step.drafts:
            console.say(f"  {printable(path)}")


def show_pieces(pieces: Sequence[Piece]) -> None:
    width = len(str(len(pieces)))
    for number, piece in enumerate(pieces, 1):
        place = "" if _is_told(piece) else f"{printable(piece.place)}: "
        console.hang(f"{place}{printable(piece.message)}", f"  {number:>{width}}. ")
        for line in piece.help.split("\n") if piece.help else ():
            console.hang(printable(line), f"  {' ' * width}  fix: ")


def _is_told(piece: Piece) -> bool:
    """Whether message or command name the file already; a sign-off's own place is the command's business."""
    path = piece.place.partition(":")[0]
    name = path.rpartition("/")[2]
    return piece.code in promoting.OF_SIGN_OFFS or path in piece.help or name in piece.message


def _drafted(piece: Piece) -> Piece:
    """A piece whose file is written now; what else there is to say of that file helps as it is."""
    if not piece.help.startswith("quantgov promote "):
        return piece
    return piece._replace(help=f"fill in what is written now, then: git add {printable(piece.place)}")


def _own(step: Promotion, role: str) -> Piece:
    help = f"quantgov promote {step.of.id} {step.status} signs it, once nothing else is missing"
    why = f": {step.stale[role]}" if role in step.stale else ""
    return Piece("", f"your sign-off as {role}{why}", "", help)


def _of_asked(asked: Asked, step: Promotion) -> Piece:
    if asked.is_own and step.pieces:
        return _own(step, asked.role)
    if asked.is_own:
        return Piece("", f"your sign-off as {asked.role}: {asked.reason}", "", asked.help)
    if not asked.names:
        help = f"quantgov team add NAME --role {asked.role}"
        return Piece("", f"{asked.role}'s sign-off; nobody in the team may give it", "", help)
    runs = "runs" if len(asked.names) == 1 else "run"
    return Piece("", f"{asked.role}'s sign-off: {asked.reason}", "", f"{', '.join(asked.names)} {runs}: {asked.help}")


def _show_taken(desk: Desk, step: Promotion) -> None:
    console.tell(f"{_title(step.of)} is in {step.status}, once this is merged.", "")
    branch = step.branch or desk.change.branch
    if branch and desk.repo.remotes():
        console.say(f"next: git push -u origin {branch}")
    if step.tag:
        console.tell(f"The tag {step.tag} stands here. Once this is merged, share it:", "")
        console.say(f"  git push --force origin refs/tags/{step.tag}")


def suspend(
    name: str = STRATEGY,
    reason: str = typer.Option(..., "--reason", metavar="TEXT", help="What happened; it is committed."),
) -> None:
    """Say that a strategy stands still. It needs one person and no gate, and works on the trunk too.

    This changes the record: stop the process itself as its RUNBOOK.md says.

    [bold]Example[/bold]

      quantgov suspend STR-2026-0042 --reason "the feed sends stale prices"
    """
    desk = Desk(Repository.discover())
    of = desk.find(name)
    said = stopping.suspend(desk, of, reason)
    _committed(desk, said, "", desk.subject(f"suspend {of.title}"))
    console.tell(f"{_title(of)} {of.version} is suspended. Stop what runs: {of.folder}RUNBOOK.md, Stop.", "")
    _push(desk)
    console.say(f"back: quantgov promote {of.id} production")


def _push(desk: Desk, branch: str = "") -> None:
    """What makes it count for everybody: from a branch of its own it has to be merged first."""
    here = branch or desk.change.branch
    if here and here not in desk.policy.protected:
        console.tell(f"It stands on {here}, and counts once that is merged.", "")
    if here and desk.repo.remotes():
        console.say(f"next: git push origin {here}")


def rollback(
    name: str = STRATEGY,
    to: str = typer.Option("", "--to", metavar="VERSION", help="The version to go back to, instead of the last other."),
) -> None:
    """Bring back a version that ran on the trunk, approved: its code, its parameters, its pins and its sign-offs.

    [bold]Examples[/bold]

      quantgov rollback STR-2026-0042

      quantgov rollback STR-2026-0042 --to v1.3.1
    """
    desk = Desk(Repository.discover())
    of = desk.find(name)
    step = stopping.rollback(desk, of, to)
    said = stopping.roll_back(desk, step)
    _committed(desk, said, step.branch, desk.subject(f"roll {of.title} back to {step.to.version}"))
    console.tell(f"{_title(of)} is {step.to.version} again, as of {step.to.commit[:10]}; it was {of.version}.", "")
    console.tell(f"Restored: {', '.join(map(printable, stopping.restored(step)))}", "")
    console.tell("Deploy it: this changes what is on record, not what runs.", "")
    _push(desk, step.branch)
    console.say(f"undo: git revert HEAD; what was there: {step.backup}")


def break_glass(
    name: str = STRATEGY,
    incident: str = typer.Option(..., "--incident", metavar="ID", help="The incident's number, address or name."),
    reason: str = typer.Option(..., "--reason", metavar="TEXT", help="Why it cannot wait for the gates."),
) -> None:
    """Let one strategy past its gates for four hours, on record, to be reviewed afterwards.

    For its engineers and whoever is on call. `quantgov suspend` and `quantgov rollback` need none of this.

    [bold]Example[/bold]

      quantgov break-glass STR-2026-0042 --incident INC-7 --reason "exit orders are rejected"
    """
    desk = Desk(Repository.discover())
    of = desk.find(name)
    broken = stopping.break_glass(desk, of, incident, reason)
    said = desk.commit(broken.files, desk.subject(broken.message))
    made = broken.override
    _banner(
        f"GLASS BROKEN for {_title(of)}",
        f"until {signoffs.moment(made.expires)}, four hours from now",
        f"lets through, for this strategy alone: {', '.join(OVERRIDABLE)}",
        "at every entrance; secrets (QG3) never pass",
        f"review due on {made.review_due}, by somebody else",
    )
    _committed(desk, said, "", desk.subject(broken.message))
    _push(desk)
    console.tell(f"review: quantgov sign {of.id} --as peer-reviewer --override {made.id}", "")


def _banner(*lines: str) -> None:
    shown = [part for line in lines for part in textwrap.wrap(line, BANNER)]
    for line in shown:
        console.OUT.print(Text(f" {line}".ljust(BANNER + 2), style="bold white on red"))
