"""A new strategy: its id, its branch, and a folder that passes every rule as it is written.

`plan` decides everything and writes nothing; `write` writes all of it or leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from quantgov import documents, entrance, lifecycle, passport
from quantgov import policy as policies
from quantgov.change import Change
from quantgov.deliverables import THESIS
from quantgov.errors import UsageError
from quantgov.git import MODE_TREE, Objects, Repository, decode
from quantgov.policy import Policy
from quantgov.tree import parse_tree
from quantgov.workspace import Workspace, abandon_branch, start_branch

if TYPE_CHECKING:
    import jinja2

    from quantgov.strategy import Strategy

VERSION = "0.1.0"
LAST_NUMBER = 9999
LONGEST_SLUG = 60
LETTERS: dict[str, str | int | None] = {
    "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "'": "", "\u2019": "",
}  # fmt: skip
"""What Unicode does not take apart into a Latin letter and its accent; and apostrophes, which vanish."""
DELIVERABLES = {
    lifecycle.BRIEF: "brief.md.j2",
    lifecycle.VALIDATION_REPORT: "validation.yaml.j2",
    lifecycle.CHECKLIST: "checklist.yaml.j2",
    lifecycle.RUNBOOK: "RUNBOOK.md.j2",
    lifecycle.ROLLBACK: "ROLLBACK.md.j2",
    lifecycle.ON_CALL: "oncall.yaml.j2",
}
"""The templates of what a gate asks for and a person fills in."""
EVIDENCE = {"unit-tests": "evidence/coverage.xml", "integration-tests": "evidence/junit.xml"}
"""Where the checklist's template expects what is read from a file."""
PLAIN_TEXT = re.compile(r"[^\W\d_][\w ,.()/@'+-]*")


class Frequency(StrEnum):
    """How often a strategy trades."""

    INTRADAY = "intraday"
    DAILY = "daily"
    WEEKLY = "weekly"


class Materiality(StrEnum):
    """How much depends on a strategy; it sets how sign-offs are evidenced."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class NewStrategy(NamedTuple):
    """What `write` will write: `files` are texts by path below `folder`. `new_branch` is empty where HEAD stays."""

    name: str
    strategy_id: str
    folder: str
    files: Mapping[str, str]
    branch: str | None
    new_branch: str
    notes: tuple[str, ...]
    next_steps: tuple[str, ...]


def plan(
    repo: Repository,
    name: str,
    *,
    today: str,
    researcher: str = "",
    frequency: Frequency = Frequency.DAILY,
    thesis: str = "",
    materiality: Materiality | None = None,
    branching: bool = True,
) -> NewStrategy:
    """What a new strategy of this name would be, under the policy that the hooks read. `today` is YYYY-MM-DD.

    Raises UsageError where name, researcher, folder or branch cannot be used.
    """
    top = repo.working_tree()
    name = one_line(name)
    slug = slug_of(name)
    change = entrance.staged(repo)
    policy = policies.of_change(change)
    folder = f"{policy.strategies}{slug}"
    _refuse_folder(top, folder, change)
    email = researcher or configured_email(repo, ", or --researcher")
    branches = Branches(repo)
    new_branch, staying = _branch(name, branch_name(slug, email, policy), policy, change, branches, branching=branching)
    strategy_id = _next_id(today, taken_ids(repo, change, policy, branches))
    files = render(slug, name, strategy_id, today, email, frequency, one_line(thesis) or THESIS, materiality)
    _refuse_invalid(files[passport.PASSPORT])
    return NewStrategy(
        name=name,
        strategy_id=strategy_id,
        folder=folder,
        files=files,
        branch=new_branch or change.branch,
        new_branch=new_branch,
        notes=tuple(note for note in (staying, _ignored(folder, files, change), _fetched(repo)) if note),
        next_steps=_next_steps(name, os.path.relpath(os.path.join(top, folder)), policy),
    )


def write(repo: Repository, strategy: NewStrategy) -> None:
    """Make the branch and the folder. Whatever stops it half-way, an interrupt included, neither is left behind."""
    top = repo.working_tree()
    parent, name = os.path.split(os.path.join(top, strategy.folder))
    draft = os.path.join(parent, f".{name}.{os.getpid()}")
    with ExitStack() as undo:
        try:
            _make_folders(parent, undo)
            undo.callback(shutil.rmtree, draft, ignore_errors=True)
            _write_files(draft, strategy.files)
            if strategy.new_branch:
                space, back = Workspace(repo), repo.branch() or repo.commit("HEAD")
                undo.callback(abandon_branch, space, strategy.new_branch, back)
                start_branch(space, strategy.new_branch)
            os.rename(draft, os.path.join(parent, name))
        except OSError as error:
            raise UsageError(f"cannot write {strategy.folder}: {error.strerror}", f"ls -ld '{parent}'") from None
        undo.pop_all()


def one_line(text: str) -> str:
    """A text without line breaks, control characters and bytes that are no UTF-8; one space stands for them."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def slug_of(name: str) -> str:
    """The folder's name: `Déjà vu (3x)` gives deja-vu-3x. Raises UsageError where nothing or too much is left."""
    slug = _hyphenated(name)
    afterwards = "and change `name:` in the passport afterwards"
    if not slug:
        raise UsageError(f"{name!r} gives no folder name", f"use a name in Latin letters, {afterwards}")
    if len(slug) > LONGEST_SLUG:
        shorter = slug[:LONGEST_SLUG].rpartition("-")[0] or slug[:LONGEST_SLUG]
        message = f"the folder would have a name of {len(slug)} characters; {LONGEST_SLUG} is the most"
        raise UsageError(message, f"quantgov new-strategy {shorter}, {afterwards}")
    return slug


def _hyphenated(text: str) -> str:
    latin = unicodedata.normalize("NFKD", text.casefold().translate(str.maketrans(LETTERS)))
    return re.sub(r"[^a-z0-9]+", "-", latin.encode("ascii", "ignore").decode().lower()).strip("-")


def module_of(slug: str) -> str:
    """An importable name that neither Python nor another strategy has: pytest imports all of them side by side."""
    return f"{'_' if slug[0].isdigit() else ''}{slug.replace('-', '_')}_signals"


def configured_email(repo: Repository, otherwise: str = "") -> str:
    """`user.email` of git's configuration. Raises UsageError where there is none; its help may end `otherwise`."""
    email = decode(repo.start("config", "--get", "user.email").wait().out).strip()
    if not email:
        raise UsageError("git knows no e-mail address of yours", f"git config user.email you@fund.com{otherwise}")
    return email


class Branches:
    """Local branches, and those of every remote as of the last fetch, with the commits they stand at."""

    __slots__ = ("_refs", "_remotes", "commits", "local")

    def __init__(self, repo: Repository) -> None:
        listed = decode(repo.read("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/remotes"))
        refs = [line.split(" ", 1) for line in listed.splitlines()]
        self.commits = tuple(dict.fromkeys(oid for oid, _ in refs))
        self.local = tuple(ref.removeprefix(entrance.HEADS) for _, ref in refs if ref.startswith(entrance.HEADS))
        self._refs = frozenset(ref for _, ref in refs)
        self._remotes = repo.remotes()

    def has(self, name: str) -> bool:
        return name in self.local or any(f"refs/remotes/{remote}/{name}" in self._refs for remote in self._remotes)

    def in_the_way_of(self, name: str) -> str:
        """A branch beside which git cannot hold `name`, as one would be the other's folder; empty if there is none."""
        clashes = (each for each in self.local if name.startswith(f"{each}/") or each.startswith(f"{name}/"))
        return next(clashes, "")


def branch_name(slug: str, email: str, policy: Policy) -> str:
    """A branch for the strategy under the team's naming rule; empty where no guess fits a pattern of its own."""
    who = _hyphenated(email.partition("@")[0]) or "research"
    prefixes = ("strategy/", f"feature/{who}/", "feature/", "feat/", "research/", f"{who}/", "")
    return next((prefix + slug for prefix in prefixes if re.fullmatch(policy.pattern, prefix + slug)), "")


def _branch(
    name: str, wanted: str, policy: Policy, change: Change, branches: Branches, *, branching: bool
) -> tuple[str, str]:
    """The branch to make, empty where HEAD stays; and what there is to say if it stays."""
    if change.created:
        return "", "no branch was made: the first commit of a repository belongs to its trunk"
    if not branching or not wanted:
        return "", _staying(wanted, policy, change, branching)
    if wanted == change.branch:
        return "", ""
    again = f"quantgov new-strategy {shlex.quote(name)} --no-branch"
    if branches.has(wanted):
        raise UsageError(f"branch {wanted!r} exists already", f"git switch {wanted} && {again}")
    other = branches.in_the_way_of(wanted)
    if other:
        raise UsageError(f"branch {wanted!r} cannot be made beside {other!r}", f"git branch -m {other} <another name>")
    return wanted, ""


def _staying(wanted: str, policy: Policy, change: Change, branching: bool) -> str:
    if branching:
        return f"no branch was made: no guess fits {policy.form}; before you commit: git switch -c <name>"
    if change.branch in policy.protected:
        return f"{change.branch} is protected; before you commit: git switch -c {wanted or '<name>'}"
    return ""


def _refuse_folder(top: str, folder: str, change: Change) -> None:
    target, root = os.path.realpath(os.path.join(top, os.path.dirname(folder))), os.path.realpath(top)
    if os.path.commonpath((target, root)) != root:
        raise UsageError(f"{folder} is outside the repository", "change `paths: {strategies: ...}` in quantgov.yaml")
    if os.path.lexists(os.path.join(top, folder)):
        raise UsageError(f"{folder} exists already", "quantgov new-strategy <another name>, or go on in that folder")
    if change.head.paths(f"{folder}/"):
        message = f"{folder} exists already, though not in the working tree"
        raise UsageError(message, f"git restore {shlex.quote(os.path.relpath(os.path.join(top, folder)))}")


def _next_id(today: str, taken: Iterable[str]) -> str:
    strategy_id = passport.next_free_id(f"STR-{today[:4]}-", taken)
    if int(strategy_id[9:]) > LAST_NUMBER:
        last = f"{strategy_id[:9]}{LAST_NUMBER}"
        raise UsageError(f"{last} is taken, and no number comes after it", f"give the strategy with {last} its own id")
    return strategy_id


def taken_ids(repo: Repository, change: Change, policy: Policy, branches: Branches) -> set[str]:
    """The strategy ids in the index, on every branch that is known here, and in files not yet added."""
    folder = policy.strategies.rstrip("/")
    trees = repo.objects.info([f"{commit}:{folder}" for commit in branches.commits])
    blobs = _passport_blobs(repo.objects, {tree.oid for tree in trees if tree and tree.kind == "tree"})
    staged = [change.head.entry(path) for path in change.head.paths(policy.strategies) if passport.is_passport(path)]
    blobs.update(entry.oid for entry in staged if entry and entry.is_file)
    found = [*repo.objects.contents(sorted(blobs)), *_files_not_added(os.path.join(repo.working_tree(), folder))]
    return {strategy_id for data in found if (strategy_id := passport.id_in(data))}


def _passport_blobs(objects: Objects, roots: set[str]) -> set[str]:
    """The passports below these trees, a level of folders at a time: one that many branches share is read once."""
    blobs: set[str] = set()
    while roots:
        oids = sorted(roots)
        trees = [parse_tree(data, len(oid) // 2) for oid, data in zip(oids, objects.contents(oids), strict=True)]
        entries = [(name, entry) for tree in trees for name, entry in tree.items()]
        blobs.update(entry.oid for name, entry in entries if entry.is_file and passport.is_passport(name))
        roots = {entry.oid for _, entry in entries if entry.mode == MODE_TREE}
    return blobs


def _files_not_added(folder: str) -> Iterator[bytes]:
    """Passports of the working tree: two strategies made in a row must not get one id before the first `git add`."""
    for here, _, names in os.walk(folder):
        for path in (os.path.join(here, name) for name in names if passport.is_passport(name)):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    yield file.read(documents.MAX_BYTES)


def render(
    slug: str,
    name: str,
    strategy_id: str,
    today: str,
    researcher: str,
    frequency: Frequency,
    thesis: str,
    materiality: Materiality | None = None,
) -> dict[str, str]:
    """The files of a new strategy by their path in its folder."""
    module = module_of(slug)
    templates = {
        passport.PASSPORT: "passport.yaml.j2",
        "brief.md": "brief.md.j2",
        f"params/v{VERSION}.yaml": "params.yaml.j2",
        f"{module}.py": "signals.py.j2",
        f"test_{module}.py": "test_signals.py.j2",
    }
    values = {"slug": slug, "module": module, "name": name, "strategy_id": strategy_id, "version": VERSION,
              "today": today, "researcher": researcher, "frequency": frequency, "thesis": thesis,
              "materiality": materiality, "default_thesis": THESIS}  # fmt: skip
    environment = _environment()
    return {path: environment.get_template(template).render(values) for path, template in templates.items()}


def render_deliverable(kind: str, of: Strategy) -> str:
    """A deliverable with what the passport says; its gate still misses whatever is left open in it."""
    from quantgov.gates import ROBUSTNESS

    texts = {"name": "name", "version": "version", "researcher": "researcher", "today": "hypothesis_date",
             "strategy_id": "strategy_id", "thesis": "alpha_thesis"}  # fmt: skip
    period = re.fullmatch(r"([\d-]+)_to_([\d-]+)", of.text("validation", "out_of_sample_test"))
    return (
        _environment()
        .get_template(DELIVERABLES[kind])
        .render(
            {key: one_line(of.text(field)) for key, field in texts.items()},
            default_thesis=THESIS,
            alerts=lifecycle.ALERTS,
            checklist=lifecycle.CHECKLIST_VERSION,
            sections=[(name, list(items)) for name, items in groupby(lifecycle.ITEMS, lambda item: item.section)],
            evidence=EVIDENCE,
            checks=ROBUSTNESS,
            held_out=period.groups() if period else None,
        )
    )


def _environment() -> jinja2.Environment:
    import jinja2  # for this alone: every command loads this module

    loader = jinja2.PackageLoader("quantgov", "templates/strategy")
    environment = jinja2.Environment(  # noqa: S701 - nothing here is HTML; YAML is quoted by its own filter
        loader=loader, undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["yaml"] = yaml_text
    return environment


def yaml_text(text: str) -> str:
    """A text as a YAML scalar on one line: plain where every reader takes it for this text, else quoted."""
    if PLAIN_TEXT.fullmatch(text):
        with suppress(documents.DocumentError):
            if documents.load(f"- {text}".encode()).value == [text]:
                return text
    return json.dumps(text, ensure_ascii=False)


def _refuse_invalid(text: str) -> None:
    for problem in passport.problems(text.encode()):
        raise UsageError(problem.message, f"--{problem.pointer[0]}: {problem.help}")


def _make_folders(folder: str, undo: ExitStack) -> None:
    if os.path.isdir(folder):
        return
    _make_folders(os.path.dirname(folder), undo)
    os.mkdir(folder)
    undo.callback(_remove_folder, folder)


def _remove_folder(folder: str) -> None:
    with suppress(OSError):  # somebody else's by now
        os.rmdir(folder)


def _write_files(folder: str, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)


def _ignored(folder: str, files: Iterable[str], change: Change) -> str:
    for path in files:
        match = change.ignores.match(f"{folder}/{path}")
        if match:
            return f"{path} is ignored by {match.pattern!r} ({match.source}:{match.line}): `git add` passes over it"
    return ""


def _fetched(repo: Repository) -> str:
    return "the id is free as of your last fetch; `git fetch` first to be sure of it" if repo.remotes() else ""


def commit_type(policy: Policy) -> str:
    """What a commit about a strategy begins with, under the team's types."""
    return next((each for each in ("strategy", "feat") if each in policy.types), policy.types[0])


def _next_steps(name: str, folder: str, policy: Policy) -> tuple[str, ...]:
    place = shlex.quote(folder)
    subject = shlex.quote(f"{commit_type(policy)}: add {name}")
    return f"edit {place}/brief.md", f"git add {place}", f"git commit -m {subject}"
