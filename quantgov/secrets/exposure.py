"""How a hit of the scanner is told: never with the secret itself."""

from __future__ import annotations

from quantgov.rule import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.secrets.scanner import Hit


def finding(hit: Hit, path: str = "", *, where: str = "", help: str = "") -> Finding:
    """The secret's digest keys the fingerprint: another key in the same place is another fault."""
    import hashlib

    digest = hashlib.sha256(hit.secret).hexdigest()[:16]
    message = f"{hit.title} {hit.redacted}" + (f" in {where}" if where else "")
    return Finding(message, path, hit.line, hit.column, help or hit.advice, key=f"{hit.detector} {digest}")
