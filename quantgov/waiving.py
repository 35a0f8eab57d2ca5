"""New entries in governance/waivers.yaml: one line each, in order, and not a byte of what is there changes.

A line with no line number and no time in it is merged by `merge=union` without a conflict.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import yaml

from quantgov import documents
from quantgov.errors import UsageError
from quantgov.waivers import WAIVERS_FILE, of_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HEADER = """\
# Findings that the team accepts, each with a reason, an owner and an end. `quantgov secrets audit` adds to it.
version: 1
waivers:
"""
PLAIN = r"[A-Za-z0-9][\w.@+-]*"
OWN = "{rule: "
"""How a line begins, behind its dash, that is kept in order."""


class Entry(NamedTuple):
    """A waiver to be written, of the one finding that has this fingerprint."""

    rule: str
    fingerprint: str
    reason: str
    owner: str
    expires: str


class Edit(NamedTuple):
    """Text that takes the place of what stands between two offsets."""

    start: int
    end: int
    text: str


def line_of(entry: Entry) -> str:
    """The entry as it is written, without its dash."""
    reason = json.dumps(_one_line(entry.reason), ensure_ascii=False)
    shown = {name: reason if name == "reason" else _scalar(value) for name, value in entry._asdict().items()}
    return "{" + ", ".join(f"{name}: {value}" for name, value in shown.items()) + "}"


def _one_line(reason: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in reason).split())


def _scalar(text: str) -> str:
    """As it is where every reader takes it for that text, else quoted: a fingerprint may look like a number."""
    return text if re.fullmatch(PLAIN, text) and _is_text(text) else json.dumps(text, ensure_ascii=False)


def _is_text(plain: str) -> bool:
    try:
        return documents.load(plain.encode()).value == plain
    except documents.DocumentError:
        return False


def added(there: bytes | None, entries: Iterable[Entry], today: str) -> bytes:
    """The file's bytes with the entries that it lacks; the same bytes where it lacks none.

    What a waiver in force covers is not written again. Raises UsageError where the file cannot be read, or is written
    in a form that text cannot be put into.
    """
    data = there if there is not None and there.strip() else HEADER.encode()
    before = of_data(data)
    covered = {(each.rule, each.fingerprint) for each in before if not each.path and not each.is_expired(today)}
    new = {(each.rule, each.fingerprint): each for each in entries if (each.rule, each.fingerprint) not in covered}
    if not new:
        return there or b""
    after = _put(data, sorted(map(line_of, new.values())))
    problems = documents.faults(after, "waivers")
    for problem in problems and [*documents.faults(data, "waivers"), *problems]:
        raise UsageError(f"{WAIVERS_FILE}:{problem.line}: {problem.message}", problem.help)
    wanted = [each.identity for each in before] + [_identity(each) for each in new.values()]
    if sorted(each.identity for each in of_data(after)) != sorted(wanted):
        raise UsageError(f"nothing can be put into {WAIVERS_FILE} as it is written", "write each entry behind a dash")
    return after


def _identity(entry: Entry) -> tuple[str, ...]:
    return (entry.rule, "", entry.fingerprint, _one_line(entry.reason), entry.owner, entry.expires)


def _put(data: bytes, lines: Sequence[str]) -> bytes:
    try:
        documents.load(data)
        text = data.decode()
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (documents.DocumentError, yaml.YAMLError) as error:
        said = error.message if isinstance(error, documents.DocumentError) else str(error)
        raise UsageError(f"{WAIVERS_FILE} cannot be read: {said}", "mend it, then run this again") from None
    end = "\r\n" if "\r\n" in text else "\n"
    for edit in sorted(_edits(text, root, lines), reverse=True):
        text = text[: edit.start] + edit.text.replace("\n", end) + text[edit.end :]
    return text.encode()


def _edits(text: str, root: yaml.Node | None, lines: Sequence[str]) -> Iterator[Edit]:
    if root is None:  # nothing but comments
        yield _below(text, len(text), f"version: 1\nwaivers:\n{_dashed(lines, '  ')}")
        return
    nodes = {key.value: (key, value) for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    if not isinstance(root, yaml.MappingNode) or "waivers" not in nodes:
        raise UsageError(f"{WAIVERS_FILE} has no list `waivers`", "quantgov explain QG002")
    key, node = nodes["waivers"]
    if isinstance(node, yaml.SequenceNode) and (node.value or root.flow_style):
        yield from _among_flow(node, lines) if node.flow_style else _among_block(text, node, lines)
    elif node.value or isinstance(node, yaml.MappingNode):
        raise UsageError(f"{WAIVERS_FILE} has no list `waivers`", "quantgov explain QG002")
    else:  # `[]`, or nothing
        start, end = node.start_mark.index, node.end_mark.index
        alone = not text[end:].partition("\n")[0].strip()
        yield Edit(start - (alone and text[start - 1] == " "), end, "")
        yield _below(text, end or key.end_mark.index, _dashed(lines, "  "))


def _among_flow(node: yaml.SequenceNode, lines: Sequence[str]) -> Iterator[Edit]:
    at = node.start_mark.index + 1
    yield Edit(at, at, ", ".join(lines) + (", " if node.value else ""))


def _among_block(text: str, node: yaml.SequenceNode, lines: Sequence[str]) -> Iterator[Edit]:
    """Each line before the first of its kind that comes after it; else behind the last one, or at the list's end."""
    indent = _indent(text, node)
    own = [(text[each.start_mark.index : each.end_mark.index], each) for each in node.value if _is_own(text, each)]
    last = own[-1][1] if own else node.value[-1]
    behind: list[str] = []
    for line in lines:
        later = next((each for there, each in own if there > line), None)
        if later is None:
            behind.append(line)
        else:
            start = text.rfind("\n", 0, later.start_mark.index) + 1
            yield Edit(start, start, _dashed([line], indent))
    if behind:
        yield _below(text, _end(last), _dashed(behind, indent))


def _indent(text: str, node: yaml.SequenceNode) -> str:
    first = node.value[0].start_mark.index
    dash = text.rfind("-", 0, first)
    return text[text.rfind("\n", 0, dash) + 1 : dash]


def _is_own(text: str, node: yaml.Node) -> bool:
    return node.start_mark.line == node.end_mark.line and text.startswith(OWN, node.start_mark.index)


def _dashed(lines: Sequence[str], indent: str) -> str:
    return "".join(f"{indent}- {line}\n" for line in lines)


def _end(node: yaml.Node) -> int:
    """Where the last thing written in a node ends: a block's own end lies behind the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark.index


def _below(text: str, index: int, lines: str) -> Edit:
    """Under the line that this offset stands in, or at it where a line begins there."""
    if not index or text[index - 1] == "\n":
        return Edit(index, index, lines)
    line_end = text.find("\n", index)
    return Edit(len(text), len(text), f"\n{lines}") if line_end < 0 else Edit(line_end + 1, line_end + 1, lines)
