"""pre-commit and prek with hooks that need no network: local ones, started from the same environment."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.checkout import Checkout
from benchmarks.lab import Lab

PRE_COMMIT = "pre-commit"
PREK = "prek"
STAGES = ("pre-commit", "prepare-commit-msg", "commit-msg")
PREK_BUILTIN = ("check-added-large-files", "check-yaml", "no-commit-to-branch")
"""What prek runs without starting a process."""
SECRETS_OPTIONS = ("--no-verify", "--exclude-lines", "^oid sha256:[0-9a-f]{64}$")
"""No calls over the network; and the digest in an LFS pointer, which detect-secrets takes for a key, is none."""


class Hook(NamedTuple):
    """A hook of a framework; `once` has it run without file names, whatever is staged."""

    id: str
    entry: str
    args: Sequence[str] = ()
    stages: Sequence[str] = ("pre-commit",)
    files: str = ""
    types: Sequence[str] = ("file",)
    once: bool = False

    def configured(self) -> dict[str, object]:
        given = {**self._asdict(), "name": self.id, "language": "system"}
        once = given.pop("once")
        return {**given, "always_run": once, "pass_filenames": not once}


NOOP = (Hook("noop", "true", stages=STAGES, once=True),)


def install_framework(checkout: Checkout, framework: str, hooks: Sequence[Hook]) -> None:
    """Write the configuration and install the framework at the stages that its hooks name."""
    config = {"repos": repositories(framework, hooks)}
    (checkout.path / ".pre-commit-config.yaml").write_text(json.dumps(config))
    used = [stage for stage in STAGES if any(stage in hook.stages for hook in hooks)]
    options = [option for stage in used for option in ("--hook-type", stage)]
    checkout.lab.expect((checkout.lab.tool(framework), "install", *options), checkout.path)


def repositories(framework: str, hooks: Sequence[Hook]) -> list[dict[str, object]]:
    """Local hooks, but for those that the framework has built in."""
    builtin = [hook for hook in hooks if framework == PREK and hook.id in PREK_BUILTIN]
    local = [hook.configured() for hook in hooks if hook not in builtin]
    repositories: list[dict[str, object]] = [{"repo": "local", "hooks": local}]
    if builtin:
        given = [{"id": hook.id, "args": hook.args} for hook in builtin]
        repositories.append({"repo": "builtin", "hooks": given})
    return repositories


def six_hooks(lab: Lab, schema: Path) -> list[Hook]:
    """What a team would put together without quantgov."""
    return [
        Hook("detect-secrets", entry(lab, "detect-secrets-hook"), SECRETS_OPTIONS, types=("text",)),
        Hook(
            "check-jsonschema", entry(lab, "check-jsonschema"), ("--schemafile", str(schema)),
            files=r"(^|/)passport\.yaml$",
        ),
        Hook("check-added-large-files", entry(lab, "check-added-large-files"), ("--maxkb=1024",)),
        Hook("check-yaml", entry(lab, "check-yaml"), types=("yaml",)),
        Hook("no-commit-to-branch", entry(lab, "no-commit-to-branch"), ("--branch", "main"), once=True),
        Hook("conventional-pre-commit", entry(lab, "conventional-pre-commit"), stages=("commit-msg",)),
    ]  # fmt: skip


def quantgov_hooks(lab: Lab) -> list[Hook]:
    """One hook for each stage, as .pre-commit-hooks.yaml offers them."""
    script = entry(lab, "quantgov")
    return [
        Hook(f"quantgov-{stage}", script, ("hook", stage), (stage,), once=stage == "pre-commit") for stage in STAGES
    ]


def entry(lab: Lab, script: str) -> str:
    return shlex.quote(lab.tool(script))
