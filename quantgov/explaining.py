"""Rules as people and programs read them: for `explain`, `rules`, the rule pages and the README's list."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import NamedTuple

from quantgov import rules
from quantgov.rule import DEFAULT_AUTHOR, Stage
from quantgov.wording import counted, few, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quantgov.rule import Example, Rule

STAGE_WORDS = {
    Stage.COMMIT: "commit",
    Stage.MESSAGE: "message",
    Stage.PUSH: "push",
    Stage.RANGE: "pull request",
    Stage.RECEIVE: "server",
    Stage.SNAPSHOT: "whole tree",
}
SIGN_OFF = ".intoto.json"
WIDE = 100
BESIDE_THE_FIRST = "Of each example but the first only what it has otherwise:"
NOISE = "+ experiment_id: "
"""What is another wherever anything else is."""


class Limits(NamedTuple):
    """How many lines of a file are shown, and how many files."""

    lines: int
    files: int


WHOLE, BESIDE = Limits(8, 3), Limits(2, 1)


class Key(NamedTuple):
    """What a part is, of which commit, and where it stands; no path for what is no file."""

    label: str
    commit: int
    path: str


class Part(NamedTuple):
    """The lines of a part, or what is said of them instead; `content` tells those apart of which the same is said."""

    lines: tuple[str, ...]
    said: str = ""
    content: str | bytes = ""


def stages_text(stages: Stage) -> str:
    return ", ".join(word for stage, word in STAGE_WORDS.items() if stage in stages)


def level_text(rule: Rule) -> str:
    """What a finding does by default: `blocks`, or `advises; blocks where code trades`."""
    elsewhere = f"{rule.level.name.lower()}s"
    return f"{elsewhere}; {rule.live.name.lower()}s where code trades" if rule.live else elsewhere


def examples(rule: Rule) -> Iterator[tuple[str, Example, str]]:
    """`Rejected` or `Accepted`, the example, and its text beside the first one."""
    first = None
    for title, listed in (("Rejected", rule.rejects), ("Accepted", rule.accepts)):
        for example in listed:
            yield title, example, example_text(example, first)
            first = first or example


def example_text(example: Example, first: Example | None = None) -> str:
    """The example: its setting, branch, message and files, and the findings it gives."""
    parts, stood = _parts(example), _parts(first) if first else {}
    new = {key: part for key, part in parts.items() if stood.get(key) != part}
    lines = _lacking(parts, stood)
    for label in dict.fromkeys(key.label for key in new):
        lines += _of_label({key: part for key, part in new.items() if key.label == label}, stood, example)
    lines += [f"finds    {_place(path, line, column)}{message}" for message, path, line, column in example.finds]
    return "\n".join(lines + _labelled("skips", example.skips))


def _lacking(parts: Mapping[Key, Part], stood: Mapping[Key, Part]) -> list[str]:
    """What the first example has and this one has not; of files where the two have any in common."""
    paths, gone = {key.path for key in parts}, [key for key in stood if key not in parts]
    lines = [f"{key.label:<8} {'anywhere' if key.label == 'at' else '(none)'}" for key in gone if not key.path]
    files = {printable(key.path): None for key in gone if key.path and key.path not in paths}
    if not files and all(stood.get(key) == part for key, part in parts.items()):
        files = {f"the change of {printable(key.path)}": None for key in gone if key.path}
    shared = any(key.path in paths for key in stood if key.path)
    return [*lines, *_labelled("without", few([*files]) if shared else "")]


def _parts(example: Example) -> dict[Key, Part]:
    """The policy, what was there before, and what kind of change it is, where that matters; then the change."""
    kinds = {"a merge": example.merge, "the first push": example.created, "the deletion of a branch": example.deleted}
    setting = {
        "policy": example.policy,
        "author": example.author if example.author != DEFAULT_AUTHOR else "",
        "change": ", ".join(kind for kind, is_so in kinds.items() if is_so),
        "at": stages_text(example.stages) if example.stages else "",
        "on": example.now,
    }
    change = {"branch": example.branch or "(none)", "message": example.message}
    found = {Key("mode", 0, path): Part((), f" {mode:o}") for path, mode in example.modes.items()}
    for number, files in enumerate((example.before, *example.earlier)):
        found.update({Key("before", number, path): _file(path, content) for path, content in files.items()})
    after = {Key("file", 0, path): _file(path, content) for path, content in _differing(example).items()}
    return _texts(setting) | found | _texts(change) | after


def _texts(given: Mapping[str, str]) -> dict[Key, Part]:
    return {Key(label, 0, ""): Part(tuple(fact.rstrip("\n").split("\n"))) for label, fact in given.items() if fact}


def _file(path: str, content: str | bytes | None) -> Part:
    if content is None:
        return Part((), " is deleted")
    if path.endswith(SIGN_OFF):
        return Part((), ", a sign-off of what stands there", content)
    shown = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return Part(tuple(shown.rstrip("\n").split("\n")))


def _differing(example: Example) -> dict[str, str | bytes | None]:
    """The files that the example changes: one that it repeats as it stood says nothing."""
    stood: dict[str, str | bytes | None] = {}
    for files in (example.before, *example.earlier):
        stood.update(files)
    return {path: content for path, content in example.files.items() if path not in stood or stood[path] != content}


def _of_label(new: Mapping[Key, Part], stood: Mapping[Key, Part], example: Example) -> list[str]:
    """Parts of one kind: those that stood elsewhere by name only, then those with a finding, then the others."""
    label, limits = next(iter(new)).label, BESIDE if stood else WHOLE
    by_path = {key.path: part for key, part in stood.items() if key.path}
    same = [printable(key.path) for key, part in new.items() if by_path.get(key.path) == part]
    faults = {path: line for _, path, line, _ in reversed(example.finds)}
    changed = [key for key, part in new.items() if by_path.get(key.path) != part]
    changed.sort(key=lambda key: key.path not in faults)
    lines = _labelled(label, f"{few(same, 1)}, as above" if same else "")
    shown, left = changed[: limits.files], len(changed) - limits.files
    for key in shown:
        more = f" (and {counted(left, 'more file')})" if left > 0 and key == shown[-1] else ""
        before = stood.get(key) or by_path.get(key.path)
        lines += _labelled(label, _shown(key, new[key], before, more, limits.lines, faults.get(key.path, 0)))
    return lines


def _shown(key: Key, part: Part, before: Part | None, more: str, most: int, line: int) -> str:
    mark = "| " if key.path else ""
    lines = [f"{mark}{each}" for each in part.lines]
    changes = list(_changes(before.lines, part.lines)) if before and len(before.lines) > 1 else lines
    changes = [each for each in changes if not each.startswith(NOISE)] or changes
    if len(changes) < len(lines):
        lines, line = changes, 0
    lines = _excerpt([printable(each[:WIDE]) for each in lines], line, most)
    if not key.path:
        return "\n".join(lines)
    return (" " if len(lines) < 2 else "\n").join((printable(key.path) + part.said + more, *lines))


def _changes(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """The lines that are new or otherwise, and those that have gone without another in their place."""
    for tag, start, end, to_start, to_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "delete":
            yield from (f"- {line}" for line in before[start:end])
        elif tag != "equal":
            yield from (f"+ {line}" for line in after[to_start:to_end])


def _excerpt(lines: Sequence[str], line: int, most: int) -> list[str]:
    """So many lines, with that of the finding among them."""
    if len(lines) <= most + 1:
        return list(lines)
    start = max(0, min(line - 1 - most // 2, len(lines) - most)) if line > most else 0
    above = [f"… {counted(start, 'line')} above"] if start else []
    left = len(lines) - start - most
    return [*above, *lines[start : start + most], *([f"… {counted(left, 'more line')}"] if left else [])]


def _labelled(label: str, shown: str) -> list[str]:
    first, *rest = shown.split("\n")
    return [f"{label:<8} {first}", *(f"{'':<8} {line}" for line in rest)] if shown else []


def _place(path: str, line: int, column: int) -> str:
    where = f"{printable(path)}:{line}:{column}" if path and line else printable(path)
    return f"{where}  " if where else ""


def rules_as_json() -> str:
    listed = [
        {
            "code": rule.code,
            "name": rule.name,
            "level": rule.level.name.lower(),
            "live": (rule.live or rule.level).name.lower(),
            "scope": rule.scope.value,
            "stages": [word for stage, word in STAGE_WORDS.items() if stage in stages],
            "documentation": rules.documentation(rule),
        }
        for rule, stages in rules.every()
    ]
    return json.dumps(listed, indent=2) + "\n"
