"""What `quantgov init` writes: policy, ignore and LFS lines, .env.example, hooks. Planned first, then done.

An existing file only gets the lines that it lacks; one that is wanted whole is kept as it is.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Sequence
from string import Template
from typing import NamedTuple

from quantgov import (
    __version__,
    datasets,
    documents,
    dotfiles,
    install,
    lfs,
    lfs_program,
    lifecycle,
    precommit,
    signing,
)
from quantgov import policy as policies
from quantgov.attributes import Attributes
from quantgov.dotfiles import ATTRIBUTES, IGNORE, MERGING, SIGNED, Section
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.ignores import Ignores
from quantgov.lfs_store import Store
from quantgov.policy import POLICY_FILE, Policy
from quantgov.wording import counted
from quantgov.workspace import KEEP, Step, Workspace, read_file, write_file

EXAMPLE, FRAMEWORK = ".env.example", precommit.FILE
NATIVE, PRE_COMMIT, NONE = "native", "pre-commit", "none"
LFS_COMMAND = ("lfs", "install", "--local", "--skip-repo")
"""Filters only: of Git LFS's hooks, pre-push is run by ours, and the others (file locking) cost 17 ms a commit."""
SALT_SIZE = 16
"""Bytes of the key of fingerprints."""


class Plan(NamedTuple):
    """What init will do, what there is to know about it, and what to do afterwards."""

    steps: list[Step]
    notes: list[str]
    afterwards: list[str]


class Signing(NamedTuple):
    """That signing is to be set up too, and whether a new key gets a passphrase from whoever is there to be asked."""

    asks: bool


def plan(repo: Repository, preset: str | None = None, hooks: str | None = None, signs: Signing | None = None) -> Plan:
    """Everything that is missing. Raises UsageError where a file stands in the way, or is no place for hooks."""
    space = Workspace(repo)
    if repo.top is None:
        return _server(space, hooks)
    hooks = hooks or (PRE_COMMIT if is_in_framework(repo.top) else NATIVE)
    back = install.uninstall(space) if hooks == NONE else []
    if back:
        return Plan([*back, *_lfs_hooks(space)], [], [])
    return _client(space, repo.top, preset, hooks, signing.set_up(space, asks=signs.asks) if signs else [])


def _server(space: Workspace, hooks: str | None) -> Plan:
    if space.read("rev-parse", "--is-bare-repository") != "true":
        raise UsageError("this is inside .git", "cd into the working tree")
    if hooks == PRE_COMMIT:
        raise UsageError("pre-commit has no hook for a server", "quantgov init --hooks native")
    if hooks == NONE:
        return Plan(install.uninstall(space), [], [])
    note = "a bare repository: pre-receive judges every push to it, by quantgov.yaml as it stands on its trunk"
    return Plan(install.install(space, install.SERVER, install.Interpreter.current()), [note], [])


def _client(space: Workspace, top: str, preset: str | None, hooks: str, signs: list[Step]) -> Plan:
    written, policy = _policy(space, top, preset or "trunk")
    ignore = _lines(top, IGNORE, dotfiles.ignore_sections(policy), dotfiles.is_ignored)
    attributes = _lines(top, ATTRIBUTES, dotfiles.attribute_sections(policy), dotfiles.is_attributed)
    files = [written, ignore.step, attributes.step, _whole(top, EXAMPLE, template("env.example"))]
    files += [_framework(top)] if hooks == PRE_COMMIT else []
    filters, notes = _lfs(space, policy, hooks)
    if preset and written.verb == KEEP:
        notes.append(f"{POLICY_FILE} is kept as it is: --preset {preset} changes nothing in it")
    if hooks == NATIVE and is_in_framework(top):
        notes.append(f"quantgov is in {FRAMEWORK} too: take it out there, or everything is judged twice")
    notes += _conflicts(ignore.after, attributes.after, policy)
    moving = attributes.step.verb != KEEP and _tracks_data(space, policy)
    afterwards = _afterwards(space, policy, [*files, *signs], hooks, moving)
    return Plan(files + filters + _hooks(space, hooks) + signs, notes, afterwards)


def hook_steps(space: Workspace) -> list[Step]:
    """What there is to do so that the native hooks, or pre-commit where the team has it, run what they should."""
    return _hooks(space, PRE_COMMIT if is_in_framework(space.repo.top or "") else NATIVE)


def lfs_steps(space: Workspace, policy: Policy) -> tuple[list[Step], list[str]]:
    """What there is to do so that Git LFS takes data files, and what stands in its way."""
    return _lfs(space, policy, NATIVE)


def _hooks(space: Workspace, hooks: str) -> list[Step]:
    if hooks == NONE:
        return []
    where = install.place(space)
    if hooks == PRE_COMMIT and where.chained:
        message = f"hooks are read from {where.chained}, and pre-commit installs none there"
        raise UsageError(message, f"quantgov init --hooks native, or git config --unset {install.HOOKS_PATH}")
    names = ("pre-push",) if hooks == PRE_COMMIT else install.CLIENT
    return install.install(space, names, install.Interpreter.current())


def template(name: str) -> str:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates", "init", name)
    with open(path, encoding="utf-8") as file:
        return file.read()


def _whole(top: str, name: str, text: str) -> Step:
    path = os.path.join(top, name)
    if read_file(path) is not None:
        return Step(KEEP, name)
    return Step("create", name, counted(text.count("\n"), "line"), lambda: write_file(path, text.encode()))


def _policy(space: Workspace, top: str, preset: str) -> tuple[Step, Policy]:
    """The policy file's step, and the policy that will hold. Raises PolicyError where the one there cannot be used."""
    there = read_file(os.path.join(top, POLICY_FILE))
    values = {"trunk": _trunk(space), "preset": f"{preset:<10}", "member": _member(space)}
    text = Template(template(POLICY_FILE)).substitute(values, salt=secrets.token_hex(SALT_SIZE))
    return _whole(top, POLICY_FILE, text), policies.load(there or text.encode(), source=POLICY_FILE)


def _trunk(space: Workspace) -> str:
    """main or master, whichever exists here or on a remote; in a new repository the branch that it starts on."""
    refs = (space.read("for-each-ref", "--format=%(refname)") or "").splitlines()
    for name in ("main", "master"):
        if any(ref.endswith(f"/{name}") and ref.count("/") == (3 if "/remotes/" in ref else 2) for ref in refs):
            return name
    return space.repo.branch() or "main" if not refs else "main"


def _member(space: Workspace) -> str:
    """Who runs this, by the first name that git knows, with every role: whoever starts does so alone."""
    email = space.config("user.email") or ""
    name = _slug((space.config("user.name") or "").partition(" ")[0]) or _slug(email.partition("@")[0]) or "lead"
    quoted = email if re.fullmatch(r"[A-Za-z][\w.@+-]*", email) else json.dumps(email)
    roles = ", ".join(lifecycle.ROLES)
    member = f"{_key(name)}: {{email: {quoted}, roles: [{roles}]}}"
    return member if _fits(member) else f"{_key(name)}: {{roles: [{roles}]}}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]", "", text.lower()).strip("._-")


def _key(name: str) -> str:
    """The name as a YAML key; quoted where YAML would take it for a number or a truth value."""
    return name if _fits(f"{name}: {{}}") else f'"{name}"'


def _fits(member: str) -> bool:
    return not documents.faults(f"version: 1\nteam:\n  {member}\n".encode(), "policy")


def merging(top: str) -> Step:
    """The line by which git merges waivers of two branches, in a repository set up before there was one."""
    return _lines(top, ATTRIBUTES, (MERGING,), dotfiles.is_attributed).step


def signed_lines(top: str) -> Step:
    """The lines by which git leaves statements and signatures as they are, whatever it does to line ends."""
    return _lines(top, ATTRIBUTES, (SIGNED,), dotfiles.is_attributed).step


class Lines(NamedTuple):
    step: Step
    after: bytes


def _lines(top: str, name: str, sections: Sequence[Section], decides: Callable[[bytes, str], bool]) -> Lines:
    """Append the lines that the file lacks; of those there, one is replaced: that which hides the dataset registry."""
    path = os.path.join(top, name)
    there = read_file(path)
    renewed = dotfiles.replaced(there or b"", dotfiles.FORMERLY) if name == IGNORE else there or b""
    after = dotfiles.completed(renewed, sections, decides)
    if after == (there or b""):
        return Lines(Step(KEEP, name), after)
    verb = "create" if there is None else "append"
    lines = after.count(b"\n") - (there or b"").count(b"\n")
    note = "" if renewed == (there or b"") else ", '/data/' becomes '/data/*' and lets the dataset registry in"
    return Lines(Step(verb, name, f"{counted(lines, 'line')}{note}", lambda: write_file(path, after)), after)


def _conflicts(ignore: bytes, attributes: bytes, policy: Policy) -> list[str]:
    """What QG507 will say of the two files together, a note for each ignore line; and what hides the registry."""
    ignores = Ignores(lambda name: ignore if name == IGNORE else None)
    given = Attributes(lambda name: attributes if name == ATTRIBUTES else None)
    notes = [
        f".gitignore:{each.line} {each.ignored!r} hides {each.sample}, which goes to Git LFS: "
        "take it out, or results are lost (QG507); quantgov lfs track does"
        for each in lfs.conflicts(given, ignores, policy.results)
    ]
    hides = ignores.match(datasets.PATH)
    if hides:
        what = f".gitignore:{hides.line} {hides.pattern!r} hides {datasets.PATH} too"
        notes.append(f"{what}: quantgov lfs track mends it")
    return notes


def _tracks_data(space: Workspace, policy: Policy) -> bool:
    paths = (space.read("ls-files", "-z") or "").split("\0")
    return any(path.lower().endswith(policy.suffixes) for path in paths)


def _lfs(space: Workspace, policy: Policy, hooks: str) -> tuple[list[Step], list[str]]:
    """What makes `git add x.csv` store a pointer, unless it already does."""
    if policy.data == "no-data":
        return [], []
    if not lfs_program.version(space):
        how = lfs_program.how_to_install()
        return [], [f"Git LFS is not installed, and data files need it: {how}; then run `quantgov init` again"]
    command = LFS_COMMAND if hooks != NONE else LFS_COMMAND[:-1]
    verb = KEEP if space.config("filter.lfs.process") else "set"
    return [Step(verb, "git config filter.lfs", f"git {' '.join(command)}", lambda: space.do(*command))], []


def _lfs_hooks(space: Workspace) -> list[Step]:
    """Where our pre-push uploaded to Git LFS, its own has to: without it a push uploads nothing, and says nothing."""
    if not os.path.isdir(Store.of(space.repo).objects):
        return []
    note = "Git LFS uploads by a hook of its own again"
    return [Step("set", "git lfs update", note, lambda: _restore_lfs_hook(space))]


def _restore_lfs_hook(space: Workspace) -> None:
    hook = space.read("rev-parse", "--git-path", "hooks/pre-push") or ""
    if not os.path.lexists(os.path.join(space.repo.top or "", hook)):
        space.do("lfs", "update")


def is_in_framework(top: str) -> bool:
    return precommit.names_quantgov(install.read(os.path.join(top, FRAMEWORK)) or b"")


def _framework(top: str) -> Step:
    """quantgov's entry in the pre-commit framework's file, which keeps its comments and its order."""
    text = Template(template("pre-commit-config.yaml")).substitute(rev=f"v{__version__}")
    path = os.path.join(top, FRAMEWORK)
    there = read_file(path)
    if there is None:
        return _whole(top, FRAMEWORK, text)
    merged = precommit.merge(there, text)
    if merged == there:
        return Step(KEEP, FRAMEWORK)
    added = counted(merged.count(b"\n") - there.count(b"\n"), "line")
    return Step("append", FRAMEWORK, added, lambda: write_file(path, merged))


def _afterwards(space: Workspace, policy: Policy, files: Sequence[Step], hooks: str, moving: bool) -> list[str]:
    """The commands that bring what was written into the repository, by its own rules."""
    commands = ["pre-commit install"] if hooks == PRE_COMMIT else []
    changed = [step.target for step in files if step.verb in ("create", "append", "add")]
    written = list(dict.fromkeys(changed))
    if not written:
        return commands
    if space.repo.branch() in policy.protected and space.read("rev-parse", "--verify", "--quiet", "HEAD"):
        commands.append(f"git switch -c {_branch(space, policy)}")
    commands += ["git add --renormalize ."] if moving else []
    return [*commands, f"git add {' '.join(written)}", 'git commit -m "chore: guard this repository with quantgov"']


def _branch(space: Workspace, policy: Policy) -> str:
    for name in ("infrastructure/quantgov", f"feature/{_member(space).partition(':')[0]}/quantgov", "quantgov"):
        if re.fullmatch(policy.pattern, name):
            return name
    return "<a branch that fits the policy>"
