"""Values that a name calls secret, from the places where the prefilter has found one."""

from __future__ import annotations

from quantgov.secrets.assigned import ASSIGNMENT, NAME_BYTES, NAME_REACH
from quantgov.secrets.detector import Detector
from quantgov.secrets.judgement import assigned_kind
from quantgov.secrets.prefilter import ASSIGNED as ASSIGNED_HERE
from quantgov.secrets.prefilter import COMPARED, compared_with, compiled
from quantgov.secrets.spans import ASSIGNED, Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    from quantgov.secrets.prefilter import Place

ROWS = {
    "secret": Detector(
        name="assigned-secret",
        title="secret assigned to a name",
        anchors=(),
        pattern=b"",
        advice="Revoke the value where it was issued, and read it from the environment or a secret manager instead.",
    ),
    "password": Detector(
        name="assigned-password",
        title="password assigned to a name",
        anchors=(),
        pattern=b"",
        chosen=True,
        advice="Change the password, and read it from the environment or a secret manager instead.",
    ),
}
# What is called with the name of a secret, or makes something else of it.
ASKS = (
    rb"(?i:get|env|load|read|fetch|find|lookup|input|prompt|ask|conf|setting|option|param|arg|request|header|cookie|hash"
    rb"|digest|sha\d|md5|hmac|crypt|compile|match|regex|pattern|format|print|log|error|exception|assert|expect|translat"
    rb"|field|column|label|path|file|open|join|replace|split|test|has|is_?set|exist|contains|\A\$?_?t\()"
)


def named_secrets(content: bytes, places: Sequence[Place]) -> Iterator[Found]:
    for position, refs in places:
        if ASSIGNED_HERE in refs:
            yield from assigned(content, position)
        if COMPARED in refs:
            yield from compared(content, position)


def assigned(content: bytes, position: int) -> Iterator[Found]:
    match = compiled(ASSIGNMENT).match(content, position)
    if match is not None and not is_code(content, match):
        start = name_start(content, position)
        quoted = match["quote"] is not None and match["sign"].strip() != b","  # a list of names has quotes, too
        kind = assigned_kind(content[start : match.end("tail")], match["value"], quoted)
        if kind:
            yield Found(*match.span("value"), ASSIGNED, ROWS[kind])


def is_code(content: bytes, match: re.Match[bytes]) -> bool:
    """Whether what follows the name is no value: a call, a subscript, a comparison, prose."""
    if match["call"] and compiled(ASKS).search(match["call"]):
        return True
    if match["quote"] is not None:
        return False
    if match["next"] in (b"(", b"["):
        return True
    sign = match["sign"].strip()
    if sign == b">":
        return match["next"] != b"<"
    name = content[name_start(content, match.start()) : match.end("tail")]
    return not sign and not name.startswith(b"-") and not name.isupper()


def compared(content: bytes, position: int) -> Iterator[Found]:
    span = compared_with(content, position)
    kind = assigned_kind(b"password", content[slice(*span)], quoted=True) if span else ""
    if span and kind:
        yield Found(*span, ASSIGNED, ROWS[kind])


def name_start(content: bytes, position: int) -> int:
    """Return where the name begins that has its keyword at this position."""
    before = content[max(0, position - NAME_REACH) : position]
    return position - (len(before) - len(before.rstrip(NAME_BYTES)))
