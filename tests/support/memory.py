"""What a program holds at most, told by the operating system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PEAK = """
import resource, sys
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(used if sys.platform == "darwin" else used * 1024)
"""
FROM_A_SHELL = ("sh", "-c", '"$@"; exit $?', "sh")
"""Linux counts what the process held that a program was started from: a shell holds little."""


def run(program: str, *args: str, folder: Path | None = None) -> tuple[subprocess.CompletedProcess[str], int]:
    """What a Python program has printed, and the bytes that it held at most."""
    argv = [*FROM_A_SHELL, sys.executable, "-c", program + PEAK, *args]
    done = subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True)
    return done, int(done.stdout.split()[-1])
