"""The page of detectors, made from the families' tables."""

from __future__ import annotations

from importlib import import_module

from writing import code, table

from quantgov.secrets import families

HEAD = """# Detectors

<!-- Made by tools/generate.py from quantgov/secrets/families. -->

What [QG301](rules/QG301.md) and [QG303](rules/QG303.md) look for, by family. Beside these formats, values are judged
that a name calls secret: see [Secrets](secrets.md).
"""


def page() -> str:
    return "\n".join([HEAD, *(_family(family) for family in families.FAMILIES)])


def _family(family: str) -> str:
    module = import_module(f"quantgov.secrets.families.{family}")
    title = (module.__doc__ or "").partition("\n")[0].rstrip(".")
    found: dict[str, tuple[str, str]] = {}
    for row in families.rows(family):
        found.setdefault(row.name, (row.title, row.advice))
    rows = [(code(name), title, advice) for name, (title, advice) in sorted(found.items())]
    return f"## {title}\n\n{table(('Detector', 'What it is', 'When it leaked'), rows)}\n"
