"""A strategy's own researcher reviews it, or too few people signed for what runs.

Why: the author of an idea is the last to see what is wrong with it.
Fix: somebody else signs, `quantgov sign STR-… --as peer-reviewer`. Production needs two different people, three where
the team has four or more. Who works alone reviews their own work after a night's sleep: 24 hours after the researcher's
sign-off came to the trunk, in a sign-off that says so.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.signoffs import Judged

DAY = 86_400


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    if not moves.of(change, policy):
        return
    from quantgov import signoffs

    for judged in signoffs.judged(change, policy):
        if judged.gate == "production":
            yield from _judge(judged, change, policy)


def _judge(judged: Judged, change: Change, policy: Policy) -> Iterator[Finding]:
    from quantgov import lifecycle, signoffs

    of, team = judged.move.after, policy.people
    assert of
    review = judged.given.get(lifecycle.PEER)
    place = signoffs.path_of(of, lifecycle.PEER)
    authors = {of.researcher, *(given.signer for role, given in judged.given.items() if role == lifecycle.RESEARCHER)}
    if review and any(signoffs.same_person(review.signer, author, team) for author in authors):
        if team.size != 1:
            others = ", ".join(each.name for each in team.holders(lifecycle.PEER) if of.researcher not in each.emails)
            help = f"{others or 'somebody else'} signs: quantgov sign {of.id} --as {lifecycle.PEER}"
            message = f"{of.id} is reviewed by {review.signer}, its own researcher"
            yield Finding(message, place, help=help, key=_key(judged, "author"))
        else:
            yield from _alone(judged, change)
    elif not judged.flaws:
        signers = sorted({signoffs.name_of(each.signer, team) for each in judged.given.values()})
        needed = lifecycle.people_needed(team.size)
        if len(signers) < needed:
            message = f"{of.id} needs {needed} people before it runs; {' and '.join(signers)} signed"
            help = f"another person signs: quantgov sign {of.id} --as ROLE"
            yield Finding(message, place, help=help, key=_key(judged, "people"))


def _alone(judged: Judged, change: Change) -> Iterator[Finding]:
    """In a team of one: the review is marked as what it is, and comes a day after the work."""
    from quantgov import lifecycle, signoffs

    of, review = judged.move.after, judged.given[lifecycle.PEER]
    assert of
    place, again = signoffs.path_of(of, lifecycle.PEER), f"quantgov sign {of.id} --as {lifecycle.PEER}"
    if not review.self_reviewed:
        message = f"{of.id}: this review of one's own work is not marked so"
        yield Finding(message, place, help=again, key=_key(judged, "mark"))
    own = signoffs.path_of(of, lifecycle.RESEARCHER)
    landed = change.landing.history(own, of.tree.oid(own) or "")
    if landed is None or change.landing.now - landed.time < DAY:
        when = "is not on the trunk yet" if landed is None else "came to the trunk less than 24 hours ago"
        message = f"{of.id}: the researcher's sign-off {when}; sleep over it"
        first = "" if judged.move.goes_up_to else f"quantgov suspend {of.id}, "
        yield Finding(
            message, place, help=f"{first}merge that sign-off, and promote a day later", key=_key(judged, "day")
        )


def _key(judged: Judged, fault: str) -> str:
    """Of the sign-offs as they are: that earlier ones had the fault too is no excuse for the next."""
    of = judged.move.after
    assert of
    from quantgov import signoffs

    given = " ".join(of.tree.oid(signoffs.path_of(of, role)) or "" for role in sorted(judged.given))
    return f"{of.id} {fault} {given}"


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    validation = made_up.files("validation")
    return (
        Example("three people", policy=made_up.TEAM, before=validation, files=made_up.running()),
        Example("what runs, signed by three", policy=made_up.TEAM, files=made_up.running()),
        Example("not in production yet", policy=made_up.TEAM, before=made_up.files("research"), files=validation),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    duties = made_up.DUTIES
    validation, production = made_up.files("validation"), made_up.files("production")
    both = made_up.TEAM.replace("roles: [researcher]", "roles: [researcher, reviewer]")
    own = made_up.signed(production, *duties, by={**made_up.SIGNERS, "peer-reviewer": "alice@fund.com"})
    large = f"{both}  dave: {{email: dave@fund.com, roles: [researcher]}}\n".replace(
        "[engineer]", "[engineer, reviewer]"
    )
    two = made_up.signed(production, *duties, by={**made_up.SIGNERS, "peer-reviewer": "carol@fund.com"})
    alone = "evidence: recorded\nteam:\n  alice: {email: alice@fund.com, roles: [researcher, reviewer, engineer]}\n"
    oneself = dict.fromkeys(made_up.SIGNERS, "alice@fund.com")
    return (
        Example(
            "the researcher reviews",
            policy=both,
            files=own,
            finds=(("STR-2026-0001 is reviewed by alice@fund.com, its own researcher", REVIEW, 0, 0),),
        ),
        Example(
            "two people in a team of four",
            policy=large,
            before=validation,
            files=two,
            finds=(("STR-2026-0001 needs 3 people before it runs; alice and carol signed", REVIEW, 0, 0),),
        ),
        Example(
            "alone, on the same day",
            policy=alone,
            before=validation,
            files=made_up.signed(production, *duties, by=oneself, self_reviewed=True),
            finds=(("STR-2026-0001: the researcher's sign-off is not on the trunk yet; sleep over it", REVIEW, 0, 0),),
            stages=Stage.COMMIT | Stage.PUSH | Stage.RANGE | Stage.RECEIVE,
        ),
    )


REVIEW = "strategies/gap/signoffs/peer-reviewer.intoto.json"

RULE = Rule("QG605", "reviewer-is-researcher", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
