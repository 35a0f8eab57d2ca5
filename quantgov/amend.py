"""Edits of YAML that somebody wrote by hand: no line changes but those that the edit is about.

ruamel.yaml keeps comments, order and quotes, but writes the whole document anew, in one indentation. What it wrote
before the edit, what it wrote after it, and the text as it was are therefore merged line by line.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from contextlib import suppress
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

from quantgov import documents
from quantgov.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.nodes import ScalarNode

    from quantgov.documents import Plain

    Edit = Callable[["CommentedMap"], None]

BOM = "\ufeff"
NO_WRAPPING = 1 << 30
INDENTATIONS = ((2, 2, 0), (2, 4, 2), (4, 2, 0), (4, 4, 2), (4, 6, 4), (3, 2, 0), (8, 2, 0))
"""ruamel's measures: of a mapping in a mapping, of what stands in a list, and of a list's dash; commonest first."""


def amend(data: bytes, edit: Edit) -> bytes:
    """The document with the edit done in it; the same bytes where the edit changes nothing.

    `edit` is given a mapping in which dates are text, as documents.load reads them. Raises UsageError for what cannot
    be loaded, is no mapping, or cannot be edited without changing more than that.
    """
    value = _loaded(data)
    mark, text = (BOM, data.decode()[1:]) if data.decode().startswith(BOM) else ("", data.decode())
    line_end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    candidates = _candidates(text, edit)
    if candidates[0][0] == candidates[0][1]:
        return data
    plain, wanted = (_meaning(each) for each in candidates[0])
    if plain != value or wanted is None:
        raise UsageError("this cannot be edited in place without changing what else it says", "edit it by hand")
    attempts = (_merged(text, before, after) for before, after in candidates)
    best = next((merged for merged in attempts if _meaning(merged) == wanted), candidates[0][1])
    return (mark + best.replace("\n", line_end)).encode()


def _loaded(data: bytes) -> Plain:
    try:
        value = documents.load(data).value
    except documents.DocumentError as error:
        raise UsageError(f"line {error.line}: {error.message}", error.help) from None
    if not isinstance(value, dict):
        raise UsageError(f"the document is {documents.kind_of(value)}; it must be a mapping", "start it anew")
    return value


def _meaning(text: str) -> Plain:
    with suppress(UsageError):
        return _loaded(text.encode())
    return None


def _candidates(text: str, edit: Edit) -> list[tuple[str, str]]:
    """The document as ruamel writes it before and after the edit, in each indentation; the one that fits best first."""
    from ruamel.yaml.error import MarkedYAMLError

    yaml = _round_trip()
    try:
        old, new = yaml.load(text), yaml.load(text)
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise UsageError(f"{line}{error.problem}", "write it another way, or edit the file by hand") from None
    edit(new)
    lines = set(text.split("\n"))
    written = []
    for measures in INDENTATIONS:
        yaml.indent(*measures)
        written.append((_dumped(yaml, old), _dumped(yaml, new)))
    return sorted(written, key=lambda pair: -sum(line in lines for line in pair[0].split("\n")))


def _dumped(yaml: YAML, document: CommentedMap) -> str:
    into = io.StringIO()
    yaml.dump(document, into)
    return into.getvalue()


def _round_trip() -> YAML:
    from ruamel.yaml import YAML

    resolver, representer = _dialect()
    yaml = YAML(typ="rt", pure=True)
    yaml.Resolver, yaml.Representer = resolver, representer
    yaml.preserve_quotes = True
    yaml.width = NO_WRAPPING
    return yaml


@functools.cache
def _dialect() -> tuple[Any, Any]:
    """A resolver to which dates are text, and a representer that quotes what documents.load would not take as text."""
    from ruamel.yaml.representer import RoundTripRepresenter
    from ruamel.yaml.resolver import VersionedResolver

    class Resolver(VersionedResolver):
        @property
        def versioned_resolver(self) -> Mapping[str, Sequence[tuple[str, object]]]:
            found = super().versioned_resolver
            return {first: [each for each in all if "timestamp" not in str(each[0])] for first, all in found.items()}

    class Representer(RoundTripRepresenter):
        def represent_text(self, text: str) -> ScalarNode:
            style = None if _is_plain(text) else '"'
            return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Representer.add_representer(str, Representer.represent_text)
    return Resolver, Representer


def _is_plain(text: str) -> bool:
    with suppress(documents.DocumentError):
        return documents.load(f"- {text}".encode()).value == [text]
    return False


class _Part(NamedTuple):
    """Lines as ruamel wrote them, and the author's lines that they stand for."""

    old: range
    ours: range


def _merged(text: str, before: str, after: str) -> str:
    """The author's lines, but for those in which `before` and `after` differ."""
    ours, old, new = (each.split("\n") for each in (text, before, after))
    moved = {i + n: j + n for i, j, size in _matching(old, new) for n in range(size)}
    out: list[str] = []
    reached, is_replaced = 0, False
    for part in _parts(old, ours):
        place = _place(part.old, moved) if part.old else reached
        if place is None:
            is_replaced = True
        else:
            fresh = new[reached:place]
            _put(out, fresh, old[part.old.start] if fresh and not is_replaced else None)
            out += ours[part.ours.start : part.ours.stop]
            reached = place + len(part.old)
            is_replaced = is_replaced and not part.old
    return "\n".join(out + new[reached:])


def _matching(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int, int]]:
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [(i, j, size) for i, j, size in blocks]


def _parts(old: Sequence[str], ours: Sequence[str]) -> Iterator[_Part]:
    """All lines of both, in order: one at a time where they differ in blanks only."""
    i = j = 0
    for old_start, ours_start, size in _matching(_bare(old), _bare(ours)):
        if i < old_start or j < ours_start:
            yield _Part(range(i, old_start), range(j, ours_start))
        i, j = old_start + size, ours_start + size
        yield from (_Part(range(i - n, i - n + 1), range(j - n, j - n + 1)) for n in range(size, 0, -1))


def _bare(lines: Sequence[str]) -> list[str]:
    """Lines without blanks; an empty one is told by the line that it stands above, as it would match any other."""
    found: list[str] = []
    for line in reversed(lines):
        found.append("".join(line.split()) or "\n" + (found[-1] if found else ""))
    return found[::-1]


def _place(lines: range, moved: Mapping[int, int]) -> int | None:
    """Where lines that stand together went; None where they stand together no more."""
    start = moved.get(lines.start)
    together = start is not None and all(moved.get(line) == start + n for n, line in enumerate(lines))
    return start if together else None


def _put(out: list[str], fresh: list[str], following: str | None) -> None:
    """Append new lines; where they only come before a line, above the comments and blank lines that belong to it.

    What heads the whole file stays at its head.
    """
    at = len(out)
    if fresh and following is not None:
        deepest = _depth(following) if following.strip() else _depth(fresh[0]) - 1
        while at and (
            out[at - 1].strip() in ("", "...") or (_is_comment(out[at - 1]) and _depth(out[at - 1]) <= deepest)
        ):
            at -= 1
    at = at or len(out)
    out[at:at] = fresh


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
