"""How a hit of the scanner is told: never with the secret itself."""

from __future__ import annotations

from quantgov.rule import Finding

MEND = """\
read it from the environment (os.environ), and stage the file again
In a commit already: take it out of that commit as well (git commit --amend, or git rebase -i)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from quantgov.secrets.hit import Hit


def finding(hit: Hit, path: str = "", *, where: str = "", help: str = "") -> Finding:
    """The finding for a hit.

    Another key in the same place is another fault, so a digest of it is part of the fingerprint: 16 bits, enough to
    tell two keys apart and too few for anybody to try guessed passwords against a published report.
    """
    import hashlib

    digest = hashlib.sha256(hit.secret).hexdigest()[:4]
    message = f"{hit.title} {hit.redacted}" + (f" in {where}" if where else "")
    told = f"{help or MEND}\nOnce pushed it is leaked. {hit.advice}"
    return Finding(message, path, hit.line, hit.column, told, key=f"{hit.detector} {hit.redacted} {digest}")
