"""The demo: a throw-away repository of a small quant team, where real git meets the real hooks, scene by scene.

Nothing is played: each line shown is given to `sh` as it stands, with a HOME and a git configuration of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from quantgov.errors import CannotJudge, UsageError
from quantgov.manifest_lines import REQUIRED, form, label
from quantgov.process import Completed, run

ACCEPTED = "accepted"
SCRUBBED = ("GIT_", "QUANTGOV_", "PRE_COMMIT", "XDG_", "LC_", "LANG")
"""Variables that would let the user's own configuration in, or translate what git says."""
EDITOR = "fill-in-manifest"
GITCONFIG = f"""\
[user]
    name = Alice
    email = alice@fund.example
[init]
    defaultBranch = main
[core]
    editor = {EDITOR}
[advice]
    addIgnoredFile = false
"""
REMOVALS, PAUSE = 50, 0.1
"""How often, and after how many seconds again, the folder is tried to be removed."""
SUGGESTIONS = {
    "{fix}": r"fix: (.+)",
    "{retry}": r"try again with: (.+)",
    "{add}": r"(git add -- .+)",
    "{commit}": r"(git commit -m .+)",
}
"""What a step may take from the output before it: the command that a hook, or quantgov, proposed."""
OUTCOME = re.compile(r"(refused): (QG\d{3})|STR-\S+: (diverged)")
"""What a command says that ends with another exit code than 0."""


class Step(NamedTuple):
    """A line as a user types it, and what must come of it.

    files: written into the repository first, with {key} replaced. edits: path, old and new text of what is there.
    shown: tells of both.
    before: lines typed first, which must succeed.
    expected: `accepted`, `refused` with the code of the rule that is to refuse, or `diverged`.
    says: a regex that the output must match.
    check: what must be true afterwards; it returns what is not.
    lines: how many lines of the output are worth reading.
    """

    command: str
    expected: str = ACCEPTED
    files: Mapping[str, str] = {}
    edits: tuple[tuple[str, str, str], ...] = ()
    shown: str = ""
    before: tuple[str, ...] = ()
    says: str = ""
    check: Callable[[Sandbox], str] | None = None
    lines: int = 1


class Scene(NamedTuple):
    title: str
    why: str
    steps: tuple[Step, ...]


class Result(NamedTuple):
    """What came of a step.

    commands: as they were run, with suggestions filled in.
    ms: what the last of them took. plain_ms: what the same commit took without any hook; 0 where there is none such.
    """

    scene: Scene
    step: Step
    commands: tuple[str, ...]
    got: str
    output: str
    ms: float = 0
    plain_ms: float = 0

    @property
    def ok(self) -> bool:
        return self.got == self.step.expected


class Sandbox:
    """Alice's HOME for this demo: her clone is in `research`, and the team's server in `server.git`."""

    def __init__(self, folder: str, *, kept: bool) -> None:
        self.home = os.path.realpath(folder)
        self.kept = kept
        self.research = os.path.join(self.home, "research")
        self.server = os.path.join(self.home, "server.git")
        self.environment = _environment(self.home)
        self.key = "tk_" + "live_" + os.urandom(16).hex()
        self.last_output = ""

    def prepare(self) -> None:
        """Raises CannotJudge where git-lfs is missing."""
        self._write_home()
        os.makedirs(self.research)
        if self.sh("git lfs version").code:
            raise CannotJudge(
                "git-lfs is missing, and data files need it",
                "sudo apt install git-lfs (macOS: brew install git-lfs), then run this again",
            )

    def sh(self, line: str, **env: str) -> Completed:
        argv = ("sh", "-c", 'cd "$1" && eval "$2"', "sh", self.research, line)
        return run(argv, env={**self.environment, **env})

    def write(self, path: str, content: str) -> None:
        target = os.path.join(self.research, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(content.replace("{key}", self.key))

    def edit(self, path: str, old: str, new: str) -> None:
        with open(os.path.join(self.research, path), encoding="utf-8") as file:
            content = file.read()
        self.write(path, content.replace(old, new))

    def read(self, revision_path: str) -> bytes:
        """A file as git holds it, named as `HEAD:results/x.csv`; empty where there is none."""
        return self.sh(f"git cat-file blob '{revision_path}'").out

    def remove(self) -> None:
        """Leave nothing behind. After Ctrl-C a hook may still be at work in it for a moment: then once more."""
        for _ in () if self.kept else range(REMOVALS):
            shutil.rmtree(self.home, ignore_errors=True)
            if not os.path.exists(self.home):
                return
            time.sleep(PAUSE)

    def _write_home(self) -> None:
        programs = os.path.join(self.home, "bin")
        os.makedirs(programs)
        with open(os.path.join(self.home, ".gitconfig"), "w", encoding="utf-8") as file:
            file.write(GITCONFIG)
        python = f'exec "{sys.executable}"'
        bodies = {"python": f'{python} "$@"', "quantgov": f'{python} -I -m quantgov "$@"', EDITOR: _editor()}
        for name, body in bodies.items():
            path = os.path.join(programs, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\n{body}\n")
            os.chmod(path, 0o700)


def open_sandbox(keep: str = "") -> Sandbox:
    """A temporary folder, or `keep`. Raises UsageError if that holds anything."""
    if not keep:
        return Sandbox(tempfile.mkdtemp(prefix="quantgov-demo-"), kept=False)
    try:
        os.makedirs(keep, exist_ok=True)
        held = os.listdir(keep)
    except OSError as error:
        raise UsageError(f"cannot use {keep}: {error.strerror}", "name a folder that can be made") from None
    if held:
        raise UsageError(f"{keep} is not empty, and the demo overwrites nothing", "name a new folder")
    return Sandbox(keep, kept=True)


def play(scene: Scene, sandbox: Sandbox) -> Iterator[Result]:
    """Step by step, up to the first that goes otherwise than expected: what follows it would stand on air."""
    for step in scene.steps:
        result = _play(scene, step, sandbox)
        yield result
        if not result.ok:
            return


def added_ms(results: Sequence[Result]) -> list[float]:
    """What the hooks added to each accepted commit, in milliseconds."""
    return [each.ms - each.plain_ms for each in results if each.ok and each.plain_ms]


def as_json(results: Sequence[Result]) -> str:
    added = added_ms(results)
    report = {
        "schema": 1,
        "scenes": [_plain(each) for each in results],
        "hooks": {"commits": len(added), "median_added_ms": round(statistics.median(added), 1) if added else None},
        "ok": all(each.ok for each in results),
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def _plain(result: Result) -> dict[str, object]:
    return {
        "scene": result.scene.title,
        "commands": result.commands,
        "expected": result.step.expected,
        "got": result.got,
        "output": result.output,
        "ms": round(result.ms, 1),
        "plain_ms": round(result.plain_ms, 1),
    }


def _play(scene: Scene, step: Step, sandbox: Sandbox) -> Result:
    for path, content in step.files.items():
        sandbox.write(path, content)
    for edit in step.edits:
        sandbox.edit(*edit)
    commands = tuple(_resolved(line, sandbox.last_output) for line in (*step.before, step.command))
    for line in commands[:-1]:
        done = sandbox.sh(line)
        if done.code:
            return Result(scene, step, commands, f"`{line}` failed", _text(done, sandbox))
    plain_ms = _without_hooks(commands[-1], sandbox) if _runs_hooks(commands[-1]) and step.expected == ACCEPTED else 0
    start = time.perf_counter()
    done = sandbox.sh(commands[-1])
    ms = (time.perf_counter() - start) * 1000
    sandbox.last_output = output = _text(done, sandbox)
    got = _got(step, done.code, output, sandbox)
    return Result(scene, step, commands, got, output.replace(sandbox.key, "(the key)"), ms, plain_ms)


def _runs_hooks(command: str) -> bool:
    return command.startswith("git commit") and "--no-verify" not in command


def _resolved(line: str, output: str) -> str:
    for name, pattern in SUGGESTIONS.items():
        found = re.search(pattern, output)
        line = line.replace(name, found[1] if found else name)
    return line


def _without_hooks(command: str, sandbox: Sandbox) -> float:
    """How long the same commit takes without hooks, in milliseconds: made in a copy of .git that is thrown away."""
    copy = os.path.join(sandbox.home, "without-hooks")
    shutil.copytree(os.path.join(sandbox.research, ".git"), copy)
    config = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": os.devnull}
    try:
        start = time.perf_counter()
        sandbox.sh(command, GIT_DIR=copy, GIT_WORK_TREE=sandbox.research, **config)
        return (time.perf_counter() - start) * 1000
    finally:
        shutil.rmtree(copy)


def _got(step: Step, code: int, output: str, sandbox: Sandbox) -> str:
    said = OUTCOME.search(output)
    got = ACCEPTED if code == 0 else " ".join(filter(None, said.groups())) if said else f"exit code {code}"
    problem = _problem(step, output, sandbox) if got == step.expected else ""
    return f"{got}, but {problem}" if problem else got


def _problem(step: Step, output: str, sandbox: Sandbox) -> str:
    if sandbox.key in output:
        return "the key is printed in clear"
    if not re.search(step.says, output):
        return f"nothing says {step.says!r}"
    return step.check(sandbox) if step.check else ""


def _text(done: Completed, sandbox: Sandbox) -> str:
    """Both streams, the hooks' first: without the server's prefix and its padding, and with `~` for HOME."""
    text = (done.err + done.out).decode("utf-8", "replace").replace(sandbox.home, "~")
    return "\n".join(line.removeprefix("remote: ").rstrip() for line in text.split("\n")).strip("\n")


def _environment(home: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    return {
        **kept,
        "HOME": home,
        "PATH": os.path.join(home, "bin") + os.pathsep + os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.path.join(home, ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }


def _editor() -> str:
    """Alice at her editor: she fills in the four lines of the manifest's template, with the values of S0 L314-318."""
    lines = " ".join(f"-e 's|^- {label(key)}: .*|{form(key)}|'" for key in REQUIRED)
    return f'sed {lines} "$1" > "$1.edited" && mv "$1.edited" "$1"'
