"""quantgov's entry in a user's .pre-commit-config.yaml: text is put in, and not a byte of what is there changes."""

from __future__ import annotations

import copy
import textwrap
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import yaml

from quantgov.errors import UsageError

FILE = ".pre-commit-config.yaml"
TYPES, REPOS = "default_install_hook_types", "repos"
BY_HAND = "add the ids of quantgov's .pre-commit-hooks.yaml by hand, or use --hooks native"


class Insertion(NamedTuple):
    start: int
    end: int
    text: str


def merge(there: bytes, ours: str) -> bytes:
    """The user's document with what it lacks of ours; the same bytes where it lacks nothing.

    Raises UsageError where it cannot be read, or is written in a form that text cannot be put into.
    """
    try:
        text = there.decode()
        theirs = yaml.safe_load(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{FILE} cannot be read: {error}", "mend it, then run this again") from None
    if not isinstance(root, yaml.MappingNode) or not isinstance(theirs.get(REPOS), list):
        raise UsageError(f"{FILE} has no list `{REPOS}`", "pre-commit sample-config shows the form")
    merged = _insert(text, root, theirs, ours)
    if _load(merged) != _wanted(theirs, yaml.safe_load(ours)):
        raise UsageError(f"nothing can be put into {FILE} as it is written", BY_HAND)
    return merged.encode()


def names_quantgov(data: bytes) -> bool:
    """Whether a document has an entry of quantgov's; an unreadable one has none."""
    loaded = _load(data.decode("utf-8", "replace"))
    repos = loaded.get(REPOS) if isinstance(loaded, dict) else None
    return any(_is_quantgov(each) for each in repos) if isinstance(repos, list) else False


def _load(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _is_quantgov(entry: object) -> bool:
    return isinstance(entry, dict) and str(entry.get("repo", "")).rstrip("/").endswith("/quantgov")


def _wanted(theirs: Mapping[str, list[object]], ours: Mapping[str, list[object]]) -> dict[str, list[object]]:
    wanted = copy.deepcopy(dict(theirs))
    wanted[TYPES] = wanted.get(TYPES, []) + _missing(theirs, ours)
    wanted[REPOS] += [] if any(map(_is_quantgov, theirs[REPOS])) else ours[REPOS]
    return wanted


def _missing(theirs: Mapping[str, list[object]], ours: Mapping[str, list[object]]) -> list[object]:
    return [each for each in ours[TYPES] if each not in theirs.get(TYPES, [])]


def _insert(text: str, root: yaml.MappingNode, theirs: Mapping[str, list[object]], ours: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    for each in sorted(_insertions(text, root, theirs, ours), reverse=True):
        text = text[: each.start] + each.text.replace("\n", end) + text[each.end :]
    return text


def _insertions(
    text: str, root: yaml.MappingNode, theirs: Mapping[str, list[object]], ours: str
) -> Iterator[Insertion]:
    nodes = {key.value: value for key, value in root.value}
    first_line, _, entry = ours.partition(f"\n{REPOS}:\n")
    missing = [str(each) for each in _missing(theirs, yaml.safe_load(ours))]
    if TYPES not in nodes:
        yield Insertion(root.start_mark.index, root.start_mark.index, f"{first_line}\n")
    elif missing:
        yield _into(text, nodes[TYPES], "".join(f"- {each}\n" for each in missing), ", ".join(missing))
    if not any(map(_is_quantgov, theirs[REPOS])):
        yield _into(text, nodes[REPOS], textwrap.dedent(entry))


def _into(text: str, node: yaml.SequenceNode, block: str, flow: str = "") -> Insertion:
    """At the end of a list: before the bracket that closes it, or below its last line, as deep as its dashes."""
    if node.flow_style:
        return _into_flow(node, block, flow)
    first = node.value[0].start_mark
    dash = text.rfind("-", 0, first.index)
    depth = first.column - (first.index - dash)
    return _below(text, _end(node), textwrap.indent(block, " " * depth))


def _into_flow(node: yaml.SequenceNode, block: str, flow: str) -> Insertion:
    if not node.value:
        return Insertion(node.start_mark.index, node.end_mark.index, f"\n{textwrap.indent(block, '  ')}".rstrip("\n"))
    return Insertion(node.value[-1].end_mark.index, node.value[-1].end_mark.index, f", {flow}")


def _end(node: yaml.Node) -> int:
    """Where the last thing written in a node ends: a block's own end lies behind the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark.index


def _below(text: str, index: int, lines: str) -> Insertion:
    if text[index - 1] == "\n":  # behind a block of literal text
        return Insertion(index, index, lines)
    line_end = text.find("\n", index)
    if line_end < 0:
        return Insertion(len(text), len(text), f"\n{lines}")
    return Insertion(line_end + 1, line_end + 1, lines)
