"""Running what is on record again, from a clean checkout, and writing down what became of it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from quantgov import environments, inputs, isolation, outcomes, recording, reproductions, running, targets, worktrees
from quantgov.desk import UNSTAGED
from quantgov.errors import CannotJudge
from quantgov.git import GIT, decode
from quantgov.inputs import Cause, Supply
from quantgov.outcomes import RUN, Outcome, Rerun
from quantgov.process import TimedOut, attend
from quantgov.strategy import sha256
from quantgov.tally import without_secrets
from quantgov.workspace import write_file

if TYPE_CHECKING:
    from quantgov.environments import Environment
    from quantgov.git import Repository
    from quantgov.isolation import Isolation
    from quantgov.policy import Policy
    from quantgov.running import Ran
    from quantgov.targets import Target
    from quantgov.worktrees import Checkout

TAIL, SHOWN = 400, 20
"""Last lines of what a command printed: those that are looked through for keys, and those that are shown."""
LONGEST_LINE = 400
DEVICES = ("/dev", "/proc", "/sys")
PYTHONS_OWN = ("/pyvenv.cfg", ".pth")
AGAIN = "quantgov reproduce … --timeout SECONDS; or reproduce: timeout: in quantgov.yaml"


class Asked(NamedTuple):
    """How somebody wants it run: `synced` in the environment of the lock file, for `timeout` seconds at most."""

    synced: bool
    timeout: float
    keep: bool
    tell: Callable[[str], None]


class Reproducer:
    """Runs targets again in one repository."""

    __slots__ = ("_asked", "_policy", "_repo", "kept")

    def __init__(self, repo: Repository, policy: Policy, asked: Asked) -> None:
        self._repo = repo
        self._policy = policy
        self._asked = asked
        self.kept = ""
        """The clean checkout that was left there; empty where none was asked for."""

    def run(self, target: Target) -> list[Outcome]:
        """What becomes of each record of a target. Raises CannotJudge where it could not be run."""
        self._asked.tell(f"checking out {target.commit[:10]}")
        with worktrees.checkout(self._repo, target.commit, keep=self._asked.keep) as made:
            self.kept = made.top if self._asked.keep else ""
            isolated = isolation.strongest(
                self._protected(target, made), network=bool(target.first.data.get("fetched"))
            )
            before = self._causes(target, made, copies=not isolated.files)
            self._asked.tell("making the environment")
            environment = self._environment(made)
            ran, rerun = self._attend(target, made, environment, isolated)
            causes = [*before, *self._writing(ran, target, made)]
            notes = [*_notes(target, rerun), *self._edited(target), *self._elsewhere(ran, target, made)]
            judge, tolerances = outcomes.judged, self._policy.tolerances
            return [
                judge(target, at, ran, rerun, made.top, tolerances, causes=causes, notes=notes)
                for at in range(len(target.records))
            ]

    def _protected(self, target: Target, made: Checkout) -> list[str]:
        """What is not the rerun's own: the checkout, and data outside of it, also where a link leads to it."""
        files = (each for where in (("data", "inputs"), ("run", "files")) for _, each in target.first.items(*where))
        named = [str(each.get("path")) for each in files]
        variables = {found[1] for path in named if (found := inputs.VARIABLE.match(path))}
        shared = [os.path.realpath(os.environ[name]) for name in sorted(variables) if os.environ.get(name)]
        read = [os.path.realpath(os.path.join(made.top, inputs.moved(path, target.moved))) for path in named]
        led_out = [path for path in read if not worktrees.is_below(path, made.folder)]
        places = [*worktrees.homes(self._repo), *shared, *led_out]
        return [each for each in places if os.path.exists(each) and not worktrees.is_below(made.folder, each)]

    def _causes(self, target: Target, made: Checkout, *, copies: bool) -> list[Cause]:
        """What differs before anything is run; with the history cut short, that is nothing to judge by."""
        self._asked.tell("comparing code and data")
        supply = Supply(self._repo, made.top, target.moved, target.of, target.before, copies=copies)
        found = inputs.code_causes(target.first, target.of, target.before)
        found += supply.bring(target.first, lambda paths: self._fetch(made, paths))
        if found and targets.is_cut_short(self._repo, target):
            raise targets.cut_short(target)
        return found

    def _fetch(self, made: Checkout, paths: Sequence[str]) -> None:
        """Ask git-lfs for contents; whether they have come is seen later."""
        self._asked.tell("fetching data from Git LFS")
        listed = ",".join(paths)
        words = (*GIT, "-c", "core.hooksPath=/dev/null", "lfs", "fetch", f"--include={listed}", "--exclude=")
        env = {**worktrees.environment(), "GIT_TERMINAL_PROMPT": "0"}
        try:
            attend(words, cwd=made.top, env=env, timeout=self._asked.timeout, tell=lambda line: None, alone=True)
        except TimedOut:
            raise CannotJudge("git lfs fetch took too long", f"git lfs fetch --include={shlex.quote(listed)}") from None

    def _environment(self, made: Checkout) -> Environment:
        given = {**worktrees.environment(), "TMPDIR": made.temporary}
        paths = given.pop("PYTHONPATH", "").split(os.pathsep)
        own = os.path.realpath(self._repo.top or "")
        programs = os.path.join(own, environments.OWN, "bin")
        if "VIRTUAL_ENV" not in given and os.path.exists(os.path.join(programs, "python")):  # a record says `python`
            given["PATH"] = os.pathsep.join((programs, given.get("PATH", os.defpath)))
        there = [_rebased(path, own, made.top) for path in paths if path]
        given |= {"PYTHONPATH": os.pathsep.join(there)} if there else {}
        return environments.of_checkout(made.top, given, synced=self._asked.synced, timeout=self._asked.timeout)

    def _attend(
        self, target: Target, made: Checkout, environment: Environment, isolated: Isolation
    ) -> tuple[Ran, Rerun]:
        folder = _folder(target, made)
        place = os.path.join(made.top, folder)
        command = _command(target, place, environment, self._repo.top or "", made.top)
        stood = running.stamp(_results_file(target, place))
        self._asked.tell(f"running {shlex.join(command)}")
        tail: deque[bytes] = deque(maxlen=TAIL)
        try:
            ran = running.run(
                command,
                cwd=place,
                env=environment.variables,
                timeout=self._asked.timeout,
                tell=lambda line: tail.append(line[:LONGEST_LINE].rstrip(b"\n")),
                alone=True,
                wrap=isolated.wrap,
            )
        except TimedOut:
            message = f"the command took longer than {self._asked.timeout:g} s{self._shown(tail)}"
            raise CannotJudge(message, AGAIN) from None
        if ran.code:
            message = f"the command failed with exit code {ran.code}{self._shown(tail)}"
            lacks = "; a clean checkout has no submodules" * os.path.exists(os.path.join(made.top, ".gitmodules"))
            raise CannotJudge(message, f"mend what it says, and try it: {shlex.join(command)}{lacks}")
        ran = ran._replace(results=(*ran.results, *_in_file(target, place, stood)))
        if not ran.results:
            message = f"the command logged no result{self._shown(tail)}"
            raise CannotJudge(message, "call log_result of quantgov in it")
        self._refuse_foreign_code(ran, target)
        python = ran.python or environment.python
        rerun = Rerun(command, folder, target.commit, python, ran.began, ran.duration, environment, isolated)
        return ran, rerun._replace(packages=ran.packages)

    def _shown(self, tail: Iterable[bytes]) -> str:
        text = without_secrets(b"\n".join(tail).decode("utf-8", "replace"), self._policy.team).strip("\n")
        return ":" + "".join(f"\n    {line}" for line in text.split("\n")[-SHOWN:]) if text else ""

    def _refuse_foreign_code(self, ran: Ran, target: Target) -> None:
        """An environment in which the project is installed from its checkout imports that, whatever is rerun."""
        homes = worktrees.homes(self._repo)
        code = [*ran.modules, *(path for path in ran.read if path.endswith(".py"))]
        found = next((path for path in map(os.path.realpath, code) if _is_at(path, homes)), "")
        if found:
            message = f"the command imported {found}, which is your checkout's, not the clean one's"
            whole = next((word for word in target.first.command if _is_at(word.rpartition("=")[2], homes)), "")
            named = f"its command names {whole}: quantgov backtest, with what is committed and a path from its folder"
            installed = "pip uninstall what was installed with -e; or pin the environment: uv lock"
            raise CannotJudge(message, named if whole else installed)

    def _writing(self, ran: Ran, target: Target, made: Checkout) -> Iterator[Cause]:
        for path in _outside(ran.written, made):
            if _is_at(path, self._protected(target, made)):
                yield Cause(RUN, path, f"it writes outside of its checkout, to {path}: that is no result of a rerun")

    def _edited(self, target: Target) -> Iterator[str]:
        """Who reruns what stands may take it for what stands on disk."""
        if target.commit != self._repo.commit("HEAD"):
            return
        listed = target.first.get("run", "code", "library_paths")
        files = [each for where in (("data", "inputs"), ("run", "files")) for _, each in target.first.items(*where)]
        read = [target.of.folder, *(listed if isinstance(listed, list) else ()), *(each.get("path") for each in files)]
        paths = [str(path) for path in read if path]
        own = [path for path in paths if not inputs.VARIABLE.match(path) and not os.path.isabs(path)]
        specs = [f":(top,literal){path}" for path in own]
        for path in decode(self._repo.read(*UNSTAGED, "HEAD", "--", *specs)).split("\0")[:-1] if specs else ():
            yield f"{path} is edited in your checkout; what is committed was run"

    def _elsewhere(self, ran: Ran, target: Target, made: Checkout) -> Iterator[str]:
        kept = self._protected(target, made)
        for path in _outside(ran.written, made):
            if not _is_at(path, kept):
                yield f"it wrote outside of its checkout: {path}"
        for path in ran.read:  # not where it leads: data may be linked to
            if _is_at(path, worktrees.homes(self._repo)) and not path.endswith(PYTHONS_OWN):
                yield f"it read {path} of your checkout, by its full path"

    def attested(self, found: Outcome, by: str) -> Outcome:
        """Write the attestation of an outcome into the checkout."""
        data = reproductions.rendered(
            found.record.path, sha256(found.content), {**outcomes.predicate(found), "by": by}, self._policy.team
        )
        path = self._reserved(found)
        target = os.path.join(self._repo.top or "", path)
        try:
            write_file(target, data)
        except BaseException:
            os.unlink(target)
            raise
        return found._replace(path=path)

    def _reserved(self, found: Outcome) -> str:
        """A path of its own: reruns that began in one second have one each."""
        number = 0
        while True:
            number += 1
            path = reproductions.path_of(found.record.id, found.rerun.began, number)
            target = os.path.join(self._repo.top or "", path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with suppress(FileExistsError), open(target, "x"):
                return path


def _notes(target: Target, rerun: Rerun) -> Iterator[str]:
    if rerun.environment.note:
        yield rerun.environment.note
    if not rerun.isolation.network:
        why = ": it fetches its data on demand" if target.first.data.get("fetched") else " on this system"
        yield f"network not isolated{why}"
    for old, new in target.moved.items():
        yield f"the strategy moved from {old} to {new}, and its command with it"


def _command(target: Target, place: str, environment: Environment, own: str, top: str) -> tuple[str, ...]:
    """The words of the record, with the environment's Python in the place of one that is not there, and files of the
    clean checkout, at `top`, in the place of those of the user's `own`."""
    first, *rest = (inputs.moved(word, target.moved) for word in target.first.command)
    is_python = "/" in first and environments.PYTHON.fullmatch(os.path.basename(first))
    if is_python and (environment.is_pinned or not os.path.exists(os.path.join(place, first))):
        first = "python"
    if "/" not in first and shutil.which(first, path=environment.variables.get("PATH")) is None:
        raise CannotJudge(f"{first} was not found", f"install {first}, or put it on PATH")
    again = [_rebased(word, os.path.realpath(own), top) if os.path.isabs(word) else word for word in rest]
    return first, *(new if os.path.exists(new) else word for word, new in zip(rest, again, strict=True))


def _folder(target: Target, made: Checkout) -> str:
    """Where it is run, from the root. Raises CannotJudge where that is outside, or gone."""
    given = target.first.text("run", "folder")
    found = os.path.normpath(inputs.moved(f"{given}/", target.moved)) if given else ""
    place = os.path.realpath(os.path.join(made.top, found))
    if not worktrees.is_below(place, os.path.realpath(made.top)) or not os.path.isdir(place):
        message = f"{target.first.path} was run in {given}, which is no folder of its repository"
        raise CannotJudge(message, targets.LOGGED_BY.format(target.of.id))
    return found


def _results_file(target: Target, place: str) -> str:
    """The file into which an engine that does not know quantgov writes; where none is named, the folder it runs in."""
    return os.path.join(place, target.first.text("run", "results_file"))


def _in_file(target: Target, place: str, stood: tuple[int, ...] | None) -> Iterator[Mapping[str, object]]:
    """What it wrote there in this run: what stood there before it is the result of another."""
    named, path = target.first.text("run", "results_file"), _results_file(target, place)
    if not named:
        return
    try:
        if stood is not None and running.stamp(path) == stood:
            raise ValueError("what stands there is older than this run")
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        for each in found if isinstance(found, list) else [found]:
            yield recording.said(each["results"], each.get("parameters"))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise CannotJudge(f"the command left no result in {named}: {error}", "look at what it writes there") from None


def _rebased(path: str, folder: str, other: str) -> str:
    place = os.path.realpath(path)
    return other + place[len(folder) :] if worktrees.is_below(place, folder) else path


def _outside(paths: Iterable[str], made: Checkout) -> Iterator[str]:
    own = os.path.realpath(made.folder)
    for path in dict.fromkeys(map(os.path.realpath, paths)):
        if not worktrees.is_below(path, own) and not _is_at(path, DEVICES):
            yield path


def _is_at(path: str, places: Iterable[str]) -> bool:
    return any(worktrees.is_below(path, place) for place in places)
