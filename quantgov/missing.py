"""What a gate asks of a strategy's files and does not find there."""

from __future__ import annotations

from quantgov.page import Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quantgov.documents import Violation
    from quantgov.strategy import Strategy

SHOWN = 200


class Missing:
    """A missing piece: what, at which path and line (0: the file itself), and the command or edit that brings it.

    `piece` is a name for it that stays the same while its message changes.
    """

    __slots__ = ("column", "criterion", "help", "line", "message", "path", "piece")

    def __init__(
        self,
        criterion: str,
        message: str,
        path: str,
        help: str,
        line: int = 0,
        column: int = 0,
        piece: str = "",
    ) -> None:
        self.criterion = criterion
        self.message = message
        self.path = path
        self.help = help
        self.line = line
        self.column = column
        self.piece = piece or message


class Asked:
    """A criterion that is asked of one of a strategy's files, and what it says is missing there."""

    __slots__ = ("criterion", "name", "of", "path")

    def __init__(self, of: Strategy, criterion: str, name: str) -> None:
        self.of = of
        self.criterion = criterion
        self.name = name
        self.path = of.resolve(name) or of.path

    @property
    def data(self) -> bytes | None:
        return self.of.read(self.name)

    @property
    def page(self) -> Page:
        return Page.of(self.data or b"")

    def absent(self, status: str) -> Missing:
        """The file itself; going up to this status writes a template of it."""
        return self.lacks("file", f"{self.name} is missing", f"quantgov promote {self.of.id} {status}")

    def lacks(self, piece: str, message: str, help: str, place: tuple[int, int] = (0, 0)) -> Missing:
        return Missing(self.criterion, message, self.path, help, *place, piece)

    def edit(self, what: str) -> str:
        return f"edit {self.path}: {what}"

    def faults(self, schema: str) -> list[Violation]:
        from quantgov import documents

        return documents.faults(self.data or b"", schema)

    def told(self, faults: Iterable[Violation]) -> Iterator[Missing]:
        for each in faults:
            piece = ".".join(map(str, each.pointer))
            yield self.lacks(f"form {piece}", f"{self.name}: {each.message}", each.help, (each.line, each.column))


def shortened(text: object) -> str:
    """What somebody wrote, for a message; cut only where no key is that long, since a part of one is not redacted."""
    line = " ".join(str(text).split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."
