"""Passports brought up to what is asked of them today, and strategies given an id of their own.

What is written was there already, in another form or in another file: no fact is made up.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import unified_diff
from typing import TYPE_CHECKING, NamedTuple

from quantgov import documents, entrance, passport, scaffold, signoffs, strategy
from quantgov import policy as policies
from quantgov.amend import BOM, amend
from quantgov.errors import UsageError
from quantgov.workspace import read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ruamel.yaml.comments import CommentedMap

    from quantgov.change import Change
    from quantgov.documents import Plain, Violation
    from quantgov.git import Repository
    from quantgov.policy import Policy

SCHEMA = "strategy-passport"
SCHEMA_COMMENT = "# yaml-language-server: $schema="
BARE_VERSION = re.compile(r"\d+\.\d+\.\d+")
STRATEGY_ID = re.compile(passport.ID)


class Edit(NamedTuple):
    """A file as it stands, and as it is to be."""

    path: str
    before: bytes
    after: bytes

    @property
    def diff(self) -> str:
        before, after = (data.decode("utf-8", "replace").splitlines() for data in (self.before, self.after))
        return "".join(f"{line}\n" for line in unified_diff(before, after, self.path, self.path, n=1, lineterm=""))


class Migration(NamedTuple):
    """A passport's edit with what was changed in it, the sign-offs that count no more, and what it still lacks."""

    edit: Edit
    changes: tuple[str, ...]
    voided: tuple[str, ...]
    problems: tuple[Violation, ...]


class Renumbering(NamedTuple):
    """A strategy's new id, the files that carry it, and the sign-offs, by path, that were for the old one."""

    old: str
    new: str
    edits: tuple[Edit, ...]
    voided: tuple[str, ...]


def write(edits: Iterable[Edit]) -> None:
    """Write what differs, each file whole or not at all. Nothing is staged."""
    for edit in edits:
        if edit.after != edit.before:
            try:
                write_file(edit.path, edit.after)
            except OSError as error:
                raise UsageError(f"{edit.path} cannot be written: {error.strerror}", f"ls -l '{edit.path}'") from None


def migrate(path: str) -> Migration:
    """What the passport at a path would be. Raises UsageError where there is none that can be edited."""
    before = _readable(path)
    folder = os.path.dirname(path)
    changes: list[str] = []
    after = amend(before, lambda document: changes.extend(_brought_up(document, folder)))
    if SCHEMA_COMMENT.encode() not in after:
        after = _with_schema(after)
        changes.insert(0, "named its schema, for editors")
    voided = tuple(each for each, _ in _statements(folder)) if _terms(after) != _terms(before) else ()
    return Migration(Edit(path, before, after), tuple(changes), voided, tuple(passport.problems(after)))


def _read(path: str) -> bytes:
    try:
        data = read_file(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", f"ls -l '{path}'") from None
    if data is None:
        raise UsageError(f"{path} does not exist", "quantgov passport validate names every passport that Git tracks")
    return data


def _readable(path: str) -> bytes:
    data = _read(path)
    try:
        documents.load(data)
    except documents.DocumentError as error:
        raise UsageError(f"{path}:{error.line}: {error.message}", error.help) from None
    return data


def _terms(data: bytes) -> Mapping[str, Plain]:
    """What sign-offs speak for in a passport."""
    value = documents.load(data).value
    return {key: each for key, each in value.items() if key not in strategy.UNSIGNED} if isinstance(value, dict) else {}


def _with_schema(data: bytes) -> bytes:
    text = data.decode()
    mark = BOM if text.startswith(BOM) else ""
    line_end = "\r\n" if "\r\n" in text else "\n"
    return f"{mark}{SCHEMA_COMMENT}{passport.SCHEMA_URL}{line_end}{text.removeprefix(mark)}".encode()


def _brought_up(document: CommentedMap, folder: str) -> Iterator[str]:
    """Edits a passport, and says what was done to it."""
    properties = documents.schema(SCHEMA)["properties"]
    assert isinstance(properties, dict)
    is_signed = any(_statements(folder))  # for labels alone nobody has to sign again
    for position, key in enumerate(() if is_signed else ("apiVersion", "kind")):
        if key not in document:
            document.insert(position, key, properties[key]["const"])
            yield f"added {key}: {document[key]}"
    yield from _researcher(document)
    yield from _status(document, properties["status"]["enum"])
    yield from _version(document, folder)
    yield from _report(document, folder)


def _researcher(document: CommentedMap) -> Iterator[str]:
    if "owner" in document and "researcher" not in document:
        position, comment = list(document).index("owner"), document.ca.items.get("owner")
        document.insert(position, "researcher", document.pop("owner"))
        if comment:
            document.ca.items["researcher"] = comment
        yield "owner is called researcher"


def _status(document: CommentedMap, known: Iterable[str]) -> Iterator[str]:
    written = document.get("status")
    meant = str(written).strip().lower()
    if written != meant and meant in known:
        document["status"] = meant
        yield f"status {written} is spelled {meant}"


def _version(document: CommentedMap, folder: str) -> Iterator[str]:
    """Adds the v. A parameters file that was found by the version alone is named, as its own name stays."""
    written = document.get("version")
    if not isinstance(written, str) or not BARE_VERSION.fullmatch(written):
        return
    document["version"] = f"v{written}"
    yield f"version {written} is spelled v{written}"
    deployment = document.get("deployment", {})
    parameters = f"params/{written}.yaml"
    if isinstance(deployment, dict) and "parameters_file" not in deployment and _is_file(folder, parameters):
        document.setdefault("deployment", {})["parameters_file"] = parameters
        yield f"named its parameters: {parameters}"


def _report(document: CommentedMap, folder: str) -> Iterator[str]:
    backtest = document.get("backtest")
    if not isinstance(backtest, dict) or "report_sha256" in backtest:
        return
    name = backtest.get("report_file", strategy.REPORT_FILE)
    if isinstance(name, str) and _is_file(folder, name):
        if "report_file" not in backtest:
            backtest["report_file"] = name
            yield f"named its backtest report: {name}"
        backtest["report_sha256"] = strategy.sha256(_read(os.path.join(folder, name)))
        yield f"added the SHA-256 of {name}"


def _is_file(folder: str, name: str) -> bool:
    """Whether a name stands for a file in this folder. What is elsewhere is not looked at."""
    inside = not os.path.isabs(name) and ".." not in name.split("/")
    return inside and os.path.isfile(os.path.join(folder, name))


def _statements(folder: str) -> Iterator[tuple[str, str]]:
    """Each sign-off of a strategy's folder with the id that it is for."""
    place = os.path.join(folder, strategy.SIGN_OFFS)
    for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
        path = os.path.join(place, name)
        parsed = signoffs.parse(_read(path)) if name.endswith(signoffs.SUFFIX) else None
        if parsed:
            yield path, parsed.strategy_id


def renumber(repo: Repository, named: str) -> Renumbering:
    """A free id for one strategy: that of a passport, or of an id the one of two that came later.

    Raises UsageError where there is no such passport, or no telling which of several is meant.
    """
    top = repo.working_tree()
    change = entrance.staged(repo)
    policy = policies.of_change(change)
    path = _newcomer(named, top, change, policy) if STRATEGY_ID.fullmatch(named) else named
    data = _readable(path)
    match = re.search(passport.STRATEGY_ID, data, re.MULTILINE)
    if match is None:
        raise UsageError(f"{path} has no strategy_id to replace", f"quantgov passport validate {path}")
    old = match[1].decode()
    new = _free(old, scaffold.taken_ids(repo, change, policy, scaffold.Branches(repo)) | {old})
    edits = _renamed(path, data, old, new)
    voided = tuple(each for each, of in _statements(os.path.dirname(path)) if of == old)
    return Renumbering(old, new, tuple(each for each in edits if each.after != each.before), voided)


def _free(old: str, taken: Iterable[str]) -> str:
    new = passport.next_free_id(old, taken)
    if not STRATEGY_ID.fullmatch(new):
        last = f"{old[:9]}{scaffold.LAST_NUMBER}"
        raise UsageError(f"{last} is taken, and no number comes after it", f"give the strategy with {last} its own id")
    return new


def _newcomer(strategy_id: str, top: str, change: Change, policy: Policy) -> str:
    """Of the passports that share an id, the one that the trunk does not have it from."""
    paths = sorted(_carrying(strategy_id, top, policy))
    if len(paths) < 2:
        said = f"{paths[0]} alone has {strategy_id}" if paths else f"no passport has {strategy_id}"
        raise UsageError(said, "quantgov passport renumber FILE gives that one another id all the same")
    settled = passport.owners_of(change.authority, paths).get(strategy_id, []) or paths[:1]
    new = [path for path in paths if path not in settled]
    if len(new) != 1:
        raise UsageError(f"{strategy_id} is the id of {', '.join(paths)}", "name one: quantgov passport renumber FILE")
    return os.path.relpath(os.path.join(top, new[0]))


def _carrying(strategy_id: str, top: str, policy: Policy) -> Iterator[str]:
    """Paths from the top of the passports on disk that carry an id."""
    for here, _, names in os.walk(os.path.join(top, policy.strategies)):
        for path in (os.path.join(here, name) for name in names if passport.is_passport(name)):
            found = re.search(passport.STRATEGY_ID, _read(path), re.MULTILINE)
            if found and found[1].decode() == strategy_id:
                yield os.path.relpath(path, top).replace(os.sep, "/")


def _renamed(path: str, data: bytes, old: str, new: str) -> Iterator[Edit]:
    """The passport and what its folder has of the deliverables, with the new id in place of the old one."""
    folder = os.path.dirname(path)
    mention = re.compile(rf"\b{old}\b".encode())
    after = mention.sub(new.encode(), data)
    for name in dict.fromkeys(_deliverables(data)):
        if _is_file(folder, name):
            there = _read(os.path.join(folder, name))
            renamed = mention.sub(new.encode(), there)
            after = after.replace(strategy.sha256(there).encode(), strategy.sha256(renamed).encode())
            yield Edit(os.path.join(folder, name), there, renamed)
    yield Edit(path, data, after)


def _deliverables(data: bytes) -> Iterator[str]:
    """Names, from the strategy's folder, of the files that may carry its id."""
    value = _terms(data)
    for part, usual in (("backtest", strategy.REPORT_FILE), ("validation", strategy.VALIDATION_FILE)):
        block = value.get(part)
        yield str(block.get("report_file", usual)) if isinstance(block, dict) else usual
    yield from strategy.DELIVERABLES.values()
