"""What a repository and its user need so that quantgov works, each with the one command that mends it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from typing import NamedTuple

from quantgov import entrance, lfs_remote, lfs_status, onboarding, signing, strategy, teaming
from quantgov.change import SSH_KEYGEN
from quantgov.dotfiles import ATTRIBUTES
from quantgov.errors import CannotJudge, QuantgovError
from quantgov.install import CLIENT, FRAMEWORK, place, read
from quantgov.lfs_store import Store
from quantgov.people import public_key
from quantgov.policy import EVIDENCE, POLICY_FILE, Policy, of_tree
from quantgov.process import run
from quantgov.sshsig import INSTALL
from quantgov.workspace import Step, Workspace, pending, take

FIX, INIT = "quantgov doctor --fix", "quantgov init"
UPLOADS = "uploads"
LAND = f"commit {POLICY_FILE} and have it merged"


class Check(NamedTuple):
    """What was looked at and found; where that is a problem, what mends it. `steps` are what --fix does."""

    name: str
    found: str
    fix: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def is_ok(self) -> bool:
        return not self.fix


class Patient(NamedTuple):
    """The repository looked at, its policy on disk (the defaults where it has none), and the trunk that judges it."""

    space: Workspace
    top: str
    policy: Policy
    asks: bool
    is_alone: bool

    @property
    def has_policy(self) -> bool:
        return self.policy.source == POLICY_FILE


def examine(space: Workspace, *, asks: bool, is_alone: bool = False) -> list[Check]:
    """Every check, problems included. `asks` says that a new key gets a passphrase.

    `is_alone` says that nobody is there to choose one: there are no steps to such a key then, but all others.
    """
    top = space.repo.working_tree()
    patient = Patient(space, top, _policy_or_defaults(top), asks, is_alone)
    return [_checked(name, check, patient) for name, check in CHECKS.items()]


def mend(checks: list[Check]) -> list[Step]:
    """Do what is safe about the problems, and return what was done."""
    steps = [step for check in checks for step in pending(check.steps)]
    take(steps)
    return steps


def _policy_or_defaults(top: str) -> Policy:
    try:
        return teaming.current(top)
    except QuantgovError:
        return Policy({})


def _checked(name: str, check: Callable[[Patient], Check], patient: Patient) -> Check:
    """The check's outcome; what it cannot find out is a problem as well."""
    try:
        return check(patient)
    except QuantgovError as error:
        return Check(name, error.message, error.help or FIX)


def _git(patient: Patient) -> Check:
    version = (patient.space.read("version") or "").removeprefix("git version ")
    return Check("git", version)


def _policy(patient: Patient) -> Check:
    teaming.current(patient.top)
    return Check("policy", f"{POLICY_FILE} can be used")


def _trunk(patient: Patient) -> Check:
    repo = patient.space.repo
    authority = entrance.local_authority(repo)
    remotes = sorted(repo.remotes())
    if remotes and not (authority.remote or repo.config("quantgov.trunk")):
        return Check("trunk", f"what is on the trunk of {remotes[0]} is not known here", f"git fetch {remotes[0]}")
    if not authority.commit:
        return Check("trunk", "there is no commit yet", "git commit")
    if of_tree(authority.tree, authority.name) is None:
        return Check("trunk", f"{authority.name} has no {POLICY_FILE}, so each change brings its own", LAND)
    return Check("trunk", f"{authority.name} judges, by its {POLICY_FILE}")


def _hooks(patient: Patient) -> Check:
    missing = _missing_of_framework(patient)
    if missing:
        return Check("hooks", f"pre-commit has not installed {', '.join(missing)}", "pre-commit install")
    steps = pending(onboarding.hook_steps(patient.space))
    if steps:
        names = ", ".join(os.path.basename(step.target) for step in steps)
        return Check("hooks", f"not in place or not current: {names}", FIX, tuple(steps))
    return Check("hooks", "in place and current")


def _missing_of_framework(patient: Patient) -> list[str]:
    """Of a team that has quantgov in pre-commit's file: the hooks that nobody runs."""
    if not onboarding.is_in_framework(patient.top):
        return []
    folder = place(patient.space).folder
    wanted = [name for name in CLIENT if name in ("pre-commit", "commit-msg")]
    return [name for name in wanted if not _runs_framework(os.path.join(folder, name))]


def _runs_framework(path: str) -> bool:
    data = read(path) or b""
    return FRAMEWORK in data or b"prek" in data


def _lfs(patient: Patient) -> Check:
    if patient.policy.data == "no-data":
        return Check("git-lfs", "not needed: data files are not committed")
    steps, notes = onboarding.lfs_steps(patient.space, patient.policy)
    if notes:
        return Check("git-lfs", "not installed, and data files need it", notes[0].partition(": ")[2])
    if pending(steps):
        return Check("git-lfs", "git does not give it data files yet", FIX, tuple(steps))
    return Check("git-lfs", patient.space.read("lfs", "version") or "")


def _uploads(patient: Patient) -> Check:
    """A push that bypassed the hook left its objects behind, and no later push makes up for it."""
    repo = patient.space.repo
    remote = lfs_remote.name(repo)
    if not remote:
        return Check(UPLOADS, "not needed: there is no remote")
    pushed = _pushed_objects(lfs_status.survey(repo))
    if not pushed:
        return Check(UPLOADS, "not needed: nothing in Git LFS was pushed")
    there = lfs_remote.store(patient.space, remote)
    step = _upload(patient.space, remote)
    if there is None:
        message = f"whether {remote} has {len(pushed)} objects only the network tells: {FIX}"
        return Check(UPLOADS, message, steps=(step,))
    return _lacking(remote, pushed, {digest for digest in pushed if there.size(digest) < 0}, Store.of(repo), step)


def _upload(space: Workspace, remote: str) -> Step:
    """Of what is here all goes, whatever else is missing."""
    push = ("lfs", "push", "--all", remote)
    return Step("upload", f"git {' '.join(push)}", "", lambda: space.do("-c", "lfs.allowincompletepush=true", *push))


def _lacking(remote: str, pushed: set[str], lacked: set[str], here: Store, step: Step) -> Check:
    lost = {digest for digest in lacked if here.size(digest) < 0}
    nowhere = f"neither here nor on {remote}: {len(lost)} of {len(pushed)} objects" if lost else ""
    if lacked == lost:
        found = nowhere or f"{remote} has every object that was pushed"
        return Check(UPLOADS, found, f"who has them runs: {step.target}" if lost else "")
    message = f"{remote} lacks {len(lacked)} of {len(pushed)} objects, and later pushes bring none of them"
    return Check(UPLOADS, f"{message}; {nowhere}" if lost else message, step.target, (step,))


def _pushed_objects(status: lfs_status.Status) -> set[str]:
    """The objects of what stands here that are neither new in the index nor in commits that no remote has."""
    waiting = set(status.staged.objects).union(status.unpushed.objects if status.unpushed else ())
    return {file.digest for file in status.of(*lfs_status.POINTERS)} - waiting


def _ssh_keygen(patient: Patient) -> Check:
    """Without arguments OpenSSH asks for what is missing; one that is too old does not know the option."""
    if not _needs_signatures(patient.policy):
        return Check("ssh-keygen", "not needed: no sign-off has to be signed")
    given = patient.space.config("gpg.ssh.program")
    program, fix = (given, f"git config gpg.ssh.program {SSH_KEYGEN}") if given else (SSH_KEYGEN, INSTALL)
    try:
        done = run((program, "-Y", "verify"))
    except CannotJudge as error:
        return Check("ssh-keygen", error.message, fix)
    if b"usage:" in done.err and b"-Y verify" not in done.err:
        return Check("ssh-keygen", f"{program} is too old to verify signatures", fix)
    return Check("ssh-keygen", f"{program} signs and verifies")


def _needs_signatures(policy: Policy) -> bool:
    return any(policy.evidence_for(materiality) == "signed" for materiality in EVIDENCE)


def _signing(patient: Patient) -> Check:
    if not _needs_signatures(patient.policy):
        return Check("signing", "not needed: no sign-off has to be signed")
    if not patient.has_policy:
        return Check("signing", f"there is no {POLICY_FILE} yet to put your key in", f"{INIT} --signing")
    steps = tuple(pending(signing.set_up(patient.space, asks=patient.asks)))
    if steps:
        message = f"left to do: {', '.join(f'{step.verb} {step.target}' for step in steps)}"
        if patient.is_alone and any(step.verb == signing.MAKE for step in steps):
            message += "; nobody is there to choose a passphrase for the new key"
            return Check("signing", message, f"{FIX} in a terminal, or {FIX} --yes for one without a passphrase")
        return Check("signing", message, FIX, steps)
    key = signing.find(patient.space)
    assert key
    if not signing.can_sign(key):
        return Check("signing", f"neither a file nor ssh-agent has the private half of {key.setting}", "ssh-add")
    return Check("signing", f"with {key.setting}")


def _membership(patient: Patient) -> Check:
    email = patient.space.config("user.email") or ""
    authority = entrance.local_authority(patient.space.repo)
    policy = of_tree(authority.tree, authority.name) or Policy({})
    person = policy.people.by_email(email)
    if person is None:
        return Check(
            "team", f"the trunk's team has nobody with the address {email or '(none)'}", _joining(patient, email)
        )
    key = signing.find(patient.space) if _needs_signatures(patient.policy) else None
    if key and public_key(key.public) not in person.keys:
        return Check("team", f"the trunk's team does not have your key, {person.name}", _joining(patient, email))
    return Check("team", f"you are {person.name}: {', '.join(sorted(person.roles)) or 'no role'}")


def _joining(patient: Patient, email: str) -> str:
    """What comes first: a policy, an entry in it, or its way to the trunk."""
    if not patient.has_policy:
        return INIT
    if patient.policy.people.by_email(email):
        return LAND
    key = signing.find(patient.space)
    with_key = f" --key {shlex.quote(key.public)}" if key else ""
    return f"the lead runs: quantgov team add NAME --email {email or 'you@example.com'} --role ROLE{with_key}"


def _attributes(patient: Patient) -> Check:
    if not any(strategy.every(entrance.staged(patient.space.repo).head, patient.policy)):
        return Check("attributes", "not needed: no strategy is tracked")
    steps = tuple(pending([onboarding.signed_lines(patient.top)]))
    if steps:
        return Check("attributes", f"{ATTRIBUTES} lets git change the line ends of signed files", FIX, steps)
    return Check("attributes", "signed files keep their bytes")


CHECKS: dict[str, Callable[[Patient], Check]] = {
    "git": _git,
    "policy": _policy,
    "trunk": _trunk,
    "hooks": _hooks,
    "git-lfs": _lfs,
    UPLOADS: _uploads,
    "ssh-keygen": _ssh_keygen,
    "signing": _signing,
    "team": _membership,
    "attributes": _attributes,
}
