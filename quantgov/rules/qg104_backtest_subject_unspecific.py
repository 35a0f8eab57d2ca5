"""The subject of a backtest commit does not say which strategy ran, in which version, on what data.

Why: a list of backtests is only useful where each line names all three.
Fix: write `backtest: <strategy> <version> on <data>`, as in `backtest: mean-reversion v3 on 2024 US equity data`.
"""

from __future__ import annotations

import re

from quantgov.change import Commit
from quantgov.message import Subject
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FORM = r"\S.*\sv?\d[\w.]*\son\s\S.*"
"""S0 L312: `<strategy> <version> on <data>`."""


def check(commit: Commit, policy: Policy) -> Iterator[Finding]:
    subject = Subject(commit.subject)
    if subject.type == "backtest" and not commit.is_merge and not re.fullmatch(FORM, subject.description):
        yield Finding(
            f"{subject.description!r} is not <strategy> <version> on <data>",
            line=1,
            column=len(commit.subject.rstrip()) - len(subject.description) + 1,
            help="backtest: mean-reversion v3 on 2024 US equity data",
        )


RULE = Rule(
    "QG104",
    "backtest-subject-unspecific",
    Scope.COMMIT,
    check,
    level=Level.ADVISE,
    accepts=(
        Example("strategy, version and data", message="backtest: mean-reversion v3 on 2024 US equity data"),
        Example("another type", message="feat: mean-reversion"),
        Example("a merge", message="backtest: mean-reversion", merge=True),
    ),
    rejects=(
        Example(
            "no version",
            message="backtest: mean-reversion on 2024 US equity data",
            finds=(("'mean-reversion on 2024 US equity data' is not <strategy> <version> on <data>", "", 1, 11),),
        ),
        Example(
            "no data",
            message="backtest(mr): mean-reversion v3",
            finds=(("'mean-reversion v3' is not <strategy> <version> on <data>", "", 1, 15),),
        ),
    ),
)
