"""QUANTGOV_SKIP: a bypass narrower than --no-verify. It is printed, recorded, and holds at the local hooks only."""

from __future__ import annotations

import re

from quantgov.errors import UsageError
from quantgov.policy import ALWAYS_BLOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "QUANTGOV_SKIP"
TRAILER = "Quantgov-Skip"
FORM = f'{VARIABLE}="QG401: the reason" git commit'


def parse(value: str) -> dict[str, str]:
    """`QG401: reason; QG101, QG102: other reason` as code to reason.

    Raises UsageError for a code that does not exist or is never skipped, and where a reason is missing.
    """
    from quantgov import rules

    found: dict[str, str] = {}
    for part in value.split(";"):
        codes, _, reason = part.partition(":")
        for code in re.split(r"[\s,]+", codes.strip()):
            if code.upper() not in rules.codes():
                raise UsageError(f"{VARIABLE}: {code!r} names no rule", FORM)
            if code.upper() in ALWAYS_BLOCK:
                raise UsageError(f"{VARIABLE}: {code.upper()} is never skipped", "take the secret out")
            if not reason.strip():
                raise UsageError(f"{VARIABLE}: no reason is given for {code.upper()}", FORM)
            found[code.upper()] = reason.strip()
    return found


def of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    value = environment.get(VARIABLE, "")
    return parse(value) if value.strip() else {}


def trailers(skips: Mapping[str, str]) -> list[str]:
    return [f"{TRAILER}: {code}: {reason}" for code, reason in skips.items()]
