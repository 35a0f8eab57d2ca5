"""A YAML document that somebody wrote, read by its keys."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.documents import Document


class Page:
    """What a document holds, and where. One that cannot be read, or is no mapping, holds nothing.

    Whether it fits its schema is another question.
    """

    __slots__ = ("_document", "value")

    def __init__(self, document: Document | None) -> None:
        self._document = document
        value = document.value if document else None
        self.value: dict[str, object] = dict(value) if isinstance(value, dict) else {}

    @classmethod
    def of(cls, data: bytes) -> Page:
        from quantgov import documents

        try:
            return cls(documents.load(data))
        except documents.DocumentError:
            return cls(None)

    def get(self, *pointer: str) -> object:
        value: object = self.value
        for key in pointer:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def text(self, *pointer: str) -> str:
        """A value as text; empty where there is none."""
        value = self.get(*pointer)
        return "" if value is None or isinstance(value, dict | list) else str(value)

    def number(self, *pointer: str) -> float | None:
        return as_number(self.get(*pointer))

    def items(self, *pointer: str) -> list[tuple[int, dict[str, object]]]:
        """The mappings in a list, each with its place there."""
        value = self.get(*pointer)
        listed = value if isinstance(value, list) else []
        return [(at, each) for at, each in enumerate(listed) if isinstance(each, dict)]

    def place(self, *pointer: str | int) -> tuple[int, int]:
        """Line and column of a value, or of the nearest one around it."""
        if self._document is None:
            return 1, 1
        mark = self._document.mark(pointer)
        return mark.line, mark.column


def as_number(value: object) -> float | None:
    """The value if it is a number, which true and false are not."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
