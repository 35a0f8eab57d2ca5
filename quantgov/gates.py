"""What a strategy still lacks before it may go up: each exit criterion of lifecycle.py, judged on the files of a tree."""

from __future__ import annotations

from quantgov import lifecycle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from quantgov.policy import Policy
    from quantgov.strategy import Strategy

    Criterion = Callable[[Strategy, Policy], Iterator["Missing"]]


class Missing:
    """A missing piece: what, at which path and line (0: the file itself), and the command or edit that brings it."""

    __slots__ = ("column", "criterion", "help", "line", "message", "path")

    def __init__(
        self, criterion: str, message: str, path: str, help: str, line: int = 0, column: int = 0
    ) -> None:
        self.criterion = criterion
        self.message = message
        self.path = path
        self.help = help
        self.line = line
        self.column = column


CRITERIA: Mapping[str, Criterion] = {}
"""By the name that lifecycle.py has for it."""


def unmet(of: Strategy, gate: str, policy: Policy) -> Iterator[Missing]:
    """Every piece that is missing for a gate, in the order of its criteria."""
    for name in lifecycle.GATES[gate].criteria:
        yield from CRITERIA[name](of, policy)
