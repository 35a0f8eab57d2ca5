"""Reviews of a pull request, as its platform tells them: who approves, and of which commit."""

from __future__ import annotations

import json
from collections.abc import Iterable

from quantgov.change import Approval
from quantgov.errors import UsageError

APPROVED, DISMISSED, REFUSED = "APPROVED", "DISMISSED", "CHANGES_REQUESTED"
ASK = "gh api repos/{owner}/{repo}/pulls/NUMBER/reviews --paginate > reviews.json"


def read(path: str) -> list[Approval]:
    """The approvals that stand in a saved answer of GitHub: a person's last word counts, a mere comment is none.

    Raises UsageError where the file is not such an answer.
    Source: GET /repos/{owner}/{repo}/pulls/{number}/reviews, https://docs.github.com/en/rest/pulls/reviews.
    """
    try:
        with open(path, "rb") as file:
            given = json.load(file)
        return _standing(given)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", ASK) from None
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{path} is no list of reviews", ASK) from None


def _standing(given: Iterable[dict[str, object]]) -> list[Approval]:
    last: dict[str, Approval | None] = {}
    for review in given:
        user, state = review["user"], review["state"]
        login = str(user["login"]) if isinstance(user, dict) else ""  # an account that was deleted has none
        if state == APPROVED:
            last[login] = Approval(login, str(review["commit_id"]))
        elif state in (DISMISSED, REFUSED):
            last[login] = None
    return [approval for login, approval in last.items() if login and approval]
