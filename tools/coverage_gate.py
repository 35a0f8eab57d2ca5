"""Fails where branch coverage is under its floor; says nothing otherwise.

Rules, engine, the search for secrets and the lifecycle: every branch. Everything else: 90 % of lines and branches
together.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

WHOLE = (
    "quantgov/rules/",
    "quantgov/engine.py",
    "quantgov/blobs.py",
    "quantgov/tally.py",
    "quantgov/entrance.py",
    "quantgov/change.py",
    "quantgov/tree.py",
    "quantgov/git.py",
    "quantgov/rule.py",
    "quantgov/policy.py",
    "quantgov/waivers.py",
    "quantgov/verdict.py",
    "quantgov/judging.py",
    "quantgov/secrets/",
    "quantgov/searching.py",
    "quantgov/scanning.py",
    "quantgov/history_search.py",
    "quantgov/disk.py",
    "quantgov/waiving.py",
    "quantgov/lifecycle.py",
    "quantgov/strategy.py",
    "quantgov/moves.py",
    "quantgov/signoffs.py",
    "quantgov/overrides.py",
    "quantgov/gates.py",
    "quantgov/deployment.py",
    "quantgov/deliverables.py",
    "quantgov/missing.py",
    "quantgov/report.py",
    "quantgov/pins.py",
    "quantgov/people.py",
    "quantgov/sshsig.py",
)
FLOOR = 90.0


def main(report: str) -> int:
    files: dict[str, dict[str, Any]] = json.loads(Path(report).read_text())["files"]
    covered = {path: measured["summary"]["percent_covered"] for path, measured in files.items()}
    absent = [each for each in WHOLE if not any(path.startswith(each) for path in covered)]
    if absent:
        print(f"coverage gate: the report holds nothing of {', '.join(absent)}", file=sys.stderr)
        return 1
    floors = {path: 100.0 if path.startswith(WHOLE) else FLOOR for path in covered}
    short = {path: percent for path, percent in covered.items() if percent < floors[path]}
    for path, percent in sorted(short.items()):
        missing = files[path].get("missing_lines", [])
        print(f"coverage gate: {path} {percent:.1f} % of {floors[path]:.0f} %; lines {missing}", file=sys.stderr)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
