"""Where it was measured: no number means anything without it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.lab import Lab

PACKAGES = (
    "quantgov", "check-jsonschema", "detect-secrets", "gitlint-core", "conventional-pre-commit", "pre-commit-hooks",
    "pre-commit", "prek", "kingfisher-bin", "hyperscan",
)  # fmt: skip


def describe(lab: Lab) -> dict[str, str]:
    """The machine, how busy it is, and the versions of all that takes part."""
    return {
        "CPU": processor(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "git": lab.git(lab.root, "--version").removeprefix("git version "),
        **{name: version_of(name) for name in PACKAGES},
        "rounds": str(lab.rounds),
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "is missing"
