"""quantgov's detectors as a plugin file of detect-secrets: `detect-secrets scan -p PATH/OF/THIS/FILE`.

It works as that tool does: line by line, with its filters, allowlists and baseline; no policy and no waiver counts.
What that tool's own plugins find is left to them.

Each detector has a class, since detect-secrets looks a plugin up by the type of its secrets when it audits. All
bear one name, by which it configures plugins: so one of them is run, and a line is searched once, not 200 times.

detect-secrets forgets about plugin files when it audits (its issue 611). Run as a module, this file reminds it:
`python -m quantgov.secrets.detect_secrets_plugin audit .secrets.baseline`.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.util.code_snippet import CodeSnippet

from quantgov.secrets import scanner
from quantgov.secrets.assignments import ROWS
from quantgov.secrets.detector import Detector
from quantgov.secrets.families import FAMILIES, rows
from quantgov.secrets.hit import Hit

AD_HOC = "adhoc-string-scan"
"""What detect-secrets calls a text of the command line. Its answer has a line for each plugin, not for each type."""
TYPES = tuple(
    dict.fromkeys(
        each.name
        for each in (*ROWS.values(), *(each for family in FAMILIES for each in rows(family)))
        if isinstance(each, Detector)
    )
)


class QuantgovDetectors(BasePlugin):
    """All detectors at once. The first by its name here, so it is the one that is run."""

    secret_type = "quantgov"  # noqa: S105  # a name, as detect-secrets calls it

    def analyze_string(self, string: str) -> Generator[str, None, None]:
        yield from (_text(hit) for hit in _hits(string, ""))

    def analyze_line(
        self, filename: str, line: str, line_number: int = 0, context: CodeSnippet | None = None, **_: Any
    ) -> set[PotentialSecret]:
        """The secrets of a line, each with the name of its detector as its type."""
        return {
            PotentialSecret(
                type=self.secret_type if filename == AD_HOC else hit.detector,
                filename=filename,
                secret=_text(hit),
                line_number=line_number,
            )
            for hit in _hits(line, filename)
        }


def _hits(line: str, path: str) -> list[Hit]:
    found = scanner.in_plain_text(line.encode("utf-8", "surrogateescape"), path, None)
    return [hit for hit in found if hit.detector in TYPES]


def _text(hit: Hit) -> str:
    return hit.secret.decode("utf-8", "surrogateescape")


for _name in TYPES:
    globals()[f"{QuantgovDetectors.__name__}_{_name}"] = type(
        QuantgovDetectors.__name__, (QuantgovDetectors,), {"secret_type": _name, "__module__": __name__}
    )


def main() -> int:
    """detect-secrets itself, which knows this file from the start."""
    from detect_secrets.core.plugins import initialize
    from detect_secrets.main import main as client

    list(initialize.from_file(__file__))
    return client()


if __name__ == "__main__":
    sys.exit(main())
