"""A strategy has been in production for more than 12 months without a full code review.

Why: its author may have left, and the market it was built for has changed (S2, the one-year rule).
Fix: somebody who did not write it goes through every line, and records it in the passport: an entry of `reviews:` with
`kind: code`, its date and what came of it.
"""

from __future__ import annotations

from quantgov import moves
from quantgov.change import Change
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(change: Change, policy: Policy) -> Iterator[Finding]:
    for move in moves.of(change, policy):
        if move.after and move.reached == "production":
            from quantgov import strategy

            last = strategy.last_reviewed(move.after, policy.people, change.landing.today)
            due = strategy.review_due(last)
            if due and due < change.landing.today:
                yield Finding(
                    f"{move.after.id} was last reviewed on {last}; a full code review was due on {due}",
                    move.after.path,
                    *move.after.place("status"),
                    help="somebody else reviews every line, and adds it to reviews: with kind: code",
                    key=f"{move.after.id} {due}",
                )


def accepts() -> tuple[Example, ...]:
    from quantgov import made_up

    reviewed = "reviews:\n  - {date: 2027-01-10, by: bob@fund.com, kind: code, outcome: every line explained}\n"
    return (
        Example("within the year", files=made_up.files("production"), now="2027-03-01"),
        Example("reviewed since", files=made_up.files("production", more=reviewed), now="2027-03-09"),
        Example(
            "reviewed by a member",
            policy=made_up.TEAM,
            files=made_up.files("production", more=reviewed),
            now="2027-03-09",
        ),
        Example("it does not run", files=made_up.files("suspended"), now="2027-03-09"),
        Example("never deployed", files={made_up.PASSPORT: "strategy_id: STR-2026-0001\nstatus: production\n"}),
    )


def rejects() -> tuple[Example, ...]:
    from quantgov import made_up

    message = "STR-2026-0001 was last reviewed on 2026-03-02; a full code review was due on 2027-03-02"
    other = "reviews:\n  - {date: 2027-01-10, by: bob@fund.com, kind: incident, outcome: feed was late}\n"
    reviewed = "reviews:\n  - {{date: {day}, by: {who}, kind: code, outcome: fine}}\n"
    found = ((message, made_up.PASSPORT, 4, 9),)
    return (
        Example("a year and a day", files=made_up.files("production"), now="2027-03-03", finds=found),
        Example("another kind of review", files=made_up.files("production", more=other), now="2027-03-03", finds=found),
        *(
            Example(
                f"reviewed {title}",
                policy=made_up.TEAM,
                files=made_up.files("production", more=reviewed.format(day=day, who=who)),
                now="2027-03-03",
                finds=found,
            )
            for title, day, who in (
                ("by its researcher", "2027-01-10", "alice@fund.com"),
                ("by a stranger", "2027-01-10", "mallory@fund.com"),
                ("in years to come", "2999-01-10", "bob@fund.com"),
            )
        ),
    )


RULE = Rule("QG608", "review-overdue", Scope.CHANGE, check, level=Level.WARN, accepts=accepts, rejects=rejects)
