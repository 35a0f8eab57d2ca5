"""How a hit of the scanner is told: never with the secret itself."""

from __future__ import annotations

from quantgov.rule import Finding
from quantgov.secrets import scanner

MEND = """\
read it from the environment (os.environ), and stage the file again
In a commit already: take it out of that commit as well (git commit --amend, or git rebase -i)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.secrets.hit import Hit
    from quantgov.secrets.team import Team


def finding(
    hit: Hit, path: str = "", *, where: str = "", help: str = "", salt: str = "", placed: bool = True
) -> Finding:
    """The finding for a hit. Where it is `placed`, in a file, it is the same fault wherever that file's lines go."""
    where = where or hit.where
    message = f"{hit.title} {hit.redacted}" + (f" in {where}" if where else "")
    told = f"{help or MEND}\nOnce pushed it is leaked. {hit.advice}"
    known = fingerprint(hit, salt)
    return Finding(message, path, hit.line, hit.column, told, key=known, identity=known if placed else "")


def fingerprint(hit: Hit, salt: str) -> str:
    """A name for this secret of this detector that tells nothing of it: no path, no line, so that it may move.

    It is keyed by the team's salt (`secrets.salt` of the policy). Without one only 16 bits of the secret's digest go
    in: enough to tell two keys apart, too few for anybody to try guessed passwords against a published report.
    """
    import hashlib

    digest = hashlib.blake2b(hit.secret, key=salt.encode()[: hashlib.blake2b.MAX_KEY_SIZE], digest_size=8).digest()
    known = digest if salt else digest[:2] + hit.redacted.encode()
    return hashlib.blake2b(hit.detector.encode() + b"\0" + known, digest_size=8).hexdigest()


def findings(
    text: bytes, salt: str, where: str, *, help: str = "", commit: str = "", team: Team | None = None
) -> Iterator[Finding]:
    """What a text gives away that is no file: a message, a name."""
    for hit in scanner.scan(text, team=team):
        found = finding(hit, where=where, help=help, salt=salt, placed=False)
        found.commit = commit
        yield found
