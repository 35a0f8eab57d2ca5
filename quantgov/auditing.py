"""What `quantgov secrets audit` does: which findings nobody has decided on, and writing decisions down as waivers."""

from __future__ import annotations

import datetime
import os
import re
from typing import NamedTuple

from quantgov import documents, entrance, leaks, onboarding, scanning, waiving
from quantgov.dotfiles import ATTRIBUTES
from quantgov.errors import CannotJudge, UsageError
from quantgov.policy import POLICY_FILE
from quantgov.scanning import Request
from quantgov.searching import CONTENT
from quantgov.secrets import exposure, imports, scanner
from quantgov.secrets.imports import Found
from quantgov.tally import without_secrets
from quantgov.tree import GitTree
from quantgov.waivers import WAIVERS_FILE, of_data
from quantgov.waivers import today as utc_today
from quantgov.waiving import Entry
from quantgov.wording import printable
from quantgov.workspace import Step, read_file, take, uninterrupted, write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from quantgov.change import Change
    from quantgov.git import Repository
    from quantgov.leaks import Leak
    from quantgov.policy import Policy
    from quantgov.scanning import Tick
    from quantgov.secrets.imports import Known, Matched

FALSE, TEST = "false", "test"
REASONS = {FALSE: "not a credential", TEST: "made up for tests"}
DAYS = 180
"""How long a waiver holds unless somebody says otherwise."""
COMMIT = 'git add {files} && git commit -m "chore: record what is no secret"'


class Case(NamedTuple):
    """A finding that nobody has decided on, in every place where it stands."""

    everywhere: tuple[Leak, ...]

    @property
    def leak(self) -> Leak:
        return self.everywhere[0]

    @property
    def places(self) -> list[str]:
        return list(dict.fromkeys(each.place for each in self.everywhere))

    def reason(self, verdict: str) -> str:
        """What is written unless somebody says it better."""
        title = self.leak.hit.title if self.leak.hit else self.leak.what
        return f"{REASONS[verdict]}: {title} in {printable(self.leak.path)}"


class Audit:
    """The findings of a search, and where decisions on them go."""

    __slots__ = ("cases", "change", "found", "policy", "repo", "today", "top", "unwaivable")

    def __init__(self, repo: Repository, request: Request, tick: Tick) -> None:
        """Raises UsageError in a bare repository, and where there is nothing to search."""
        if repo.top is None:
            raise UsageError("waivers are written to a working tree, and this is a bare repository", "clone it")
        verdict = scanning.search(request, tick)
        self.repo = repo
        self.top = repo.top
        self.today = utc_today()
        self.policy: Policy = verdict.judgements[0].policy
        self.change: Change = verdict.judgements[0].change
        self.found = leaks.of_verdict(repo, verdict)
        decided = self._decided()
        left = [each for each in self.found if not each.waived and (each.code, each.fingerprint) not in decided]
        self.unwaivable = [case.leak for case in _cases(each for each in left if each.code in self.policy.unwaivable)]
        self.cases = _cases(each for each in left if each.code not in self.policy.unwaivable)

    def _decided(self) -> set[tuple[str, str]]:
        """What a waiver on disk names, also where it does not count before the trunk has it."""
        listed = of_data(read_file(self.file) or b"")
        return {(each.rule, each.fingerprint) for each in listed if not each.is_expired(self.today)}

    @property
    def file(self) -> str:
        return os.path.join(self.top, WAIVERS_FILE)

    def owner(self) -> str:
        """Who runs this, by the name that the team's policy has for their address, else by the address itself.

        Raises UsageError where git does not know them either.
        """
        try:
            email = entrance.parse_person(self.repo.read("var", "GIT_AUTHOR_IDENT")).email
        except CannotJudge:
            raise UsageError("git does not know who you are, and a waiver needs an owner", "--owner NAME") from None
        data = self.change.authority.read_file(POLICY_FILE) or read_file(os.path.join(self.top, POLICY_FILE))
        return member(data or b"", email) or email

    def waive(self, entries: Iterable[Entry]) -> int:
        """Write waivers down, whole or not at all, and return how many there were not yet."""
        there = read_file(self.file)
        after = waiving.added(there, entries, self.today)
        if after == (there or b""):
            return 0
        with uninterrupted():
            take([Step("write", WAIVERS_FILE, "", lambda: self._write(after)), onboarding.merging(self.top)])
        return len(of_data(after)) - len(of_data(there or b""))

    def _write(self, data: bytes) -> None:
        os.makedirs(os.path.dirname(self.file), exist_ok=True)
        write_file(self.file, data)

    def commit_command(self) -> str:
        files = (WAIVERS_FILE, ATTRIBUTES)
        return COMMIT.format(files=" ".join(name for name in files if os.path.exists(os.path.join(self.top, name))))

    def matched(self, file: str) -> Matched:
        """Which findings a file of another scanner means; any other file, or a folder, by its allowlist comments.

        Raises UsageError where it cannot be read, or names code to be run.
        """
        known = read_known(file)
        if known is None:
            named = {each.path for each in self.found if _is_below(os.path.join(self.top, each.path), file)}
            known = [each for path in sorted(named) for each in imports.allowed(self._content(path), path)]
        hits: dict[tuple[str, str], list[Found]] = {}
        for path in sorted({each.path for each in self.found if each.hit}):
            lines = leaks.text_of(self._content(path)).split(b"\n")
            hits["", path] = [
                Found(
                    each.fingerprint,
                    each.hit,
                    b"".join(lines[max(0, each.line - 1) : each.line]).decode("utf-8", "replace"),
                )
                for each in self.found
                if each.hit and each.path == path
            ]
        for commit, path in {(each.commit, each.file) for each in known if each.commit}:
            hits[commit, path] = self._in_commit(commit, path)
        return imports.matched(known, hits)

    def _content(self, path: str) -> bytes:
        return self.change.head.read(path) or b""

    def _in_commit(self, commit: str, path: str) -> list[Found]:
        """What stood in a file at a commit, which may not be here any more."""
        if self.repo.commits([commit]) == [None]:
            return []
        data = GitTree(self.repo.objects, self.repo.tree_of(commit)).read_file(path) or b""
        found = scanner.scan(data, path, self.policy.team)
        return [Found(exposure.fingerprint(hit, self.policy.salt), hit) for hit in found]


def _cases(found: Iterable[Leak]) -> list[Case]:
    together: dict[tuple[str, str], list[Leak]] = {}
    for each in found:
        together.setdefault((each.code, each.fingerprint), []).append(each)
    return [Case(tuple(same)) for same in together.values()]


def _is_below(path: str, place: str) -> bool:
    path, place = os.path.realpath(path), os.path.realpath(place)
    return path == place or path.startswith(place.rstrip(os.sep) + os.sep)


def member(policy: bytes, email: str) -> str:
    """The name in the policy's `team` whose address this is; empty where there is none."""
    try:
        value = documents.load(policy).value
    except documents.DocumentError:
        return ""
    team = value.get("team") if isinstance(value, dict) else None
    people = team.items() if isinstance(team, dict) else ()
    same = (name for name, given in people if isinstance(given, dict) and _same(str(given.get("email", "")), email))
    return next(same, "")


def _same(address: str, other: str) -> bool:
    return bool(address) and address.casefold() == other.casefold()


def entries(cases: Sequence[Case], reason: str, owner: str, expires: str) -> list[Entry]:
    """A waiver for each of these. A reason that quotes the secret itself is redacted as everything else is."""
    reason = without_secrets(reason)
    return [Entry(case.leak.code, case.leak.fingerprint, reason, owner, expires) for case in cases]


def imported(matched: Matched, reason: str, owner: str, expires: str) -> list[Entry]:
    """A waiver for each finding that is meant, by default for the reason that its source gives."""
    return [Entry(CONTENT, mark, reason or known.reason, owner, expires) for mark, known in matched.passed.items()]


def read_known(file: str) -> list[Known] | None:
    """What a file of another scanner lets pass; None for a folder, and for a file that is no such list."""
    if os.path.isdir(file):
        return None
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError as error:
        raise UsageError(f"{printable(file)} cannot be read: {error.strerror}", "name a file or folder") from None
    return imports.parse(os.path.basename(file), data)


def default_end(today: str) -> str:
    return _after(today, DAYS)


def end(text: str, today: str) -> str:
    """The last day of a waiver, from a date or a number of days. Raises UsageError for anything else."""
    if re.fullmatch(r"\+?\d{1,4}", text):
        return _after(today, int(text))
    try:
        date = datetime.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        date = None
    if date is None or date.isoformat() < today:
        help = f"a date like {default_end(today)}, or a number of days"
        raise UsageError(f"{printable(text)!r} is no day from today on", help)
    return date.isoformat()


def _after(today: str, days: int) -> str:
    return (datetime.date.fromisoformat(today) + datetime.timedelta(days)).isoformat()
