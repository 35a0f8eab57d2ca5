"""The attestation of a rerun: an in-toto statement about a result record, and what came out this time.

Source: in-toto Statement v1, https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from quantgov.signoffs import STATEMENT, SUFFIX, moment
from quantgov.tally import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantgov.secrets.team import Team

PREDICATE = "urn:quantgov:reproduction:v1"
FOLDER = "reproductions/"


def path_of(experiment_id: str, now: float, number: int = 1) -> str:
    """Where it stands: `reproductions/<experiment_id>/<YYYYMMDDTHHMMSSZ>.intoto.json`, the second of a second `…-2`."""
    name = re.sub(r"[^\w-]+", "_", experiment_id)
    more = f"-{number}" if number > 1 else ""
    return f"{FOLDER}{name}/{re.sub('[-:]', '', moment(now))}{more}{SUFFIX}"


def rendered(subject: str, sha256: str, predicate: Mapping[str, object], team: Team | None) -> bytes:
    """The statement as it is written: UTF-8, two blanks of indentation, sorted keys, a newline at its end.

    A command or a message may hold a key: none is written.
    """
    value = {
        "_type": STATEMENT,
        "predicateType": PREDICATE,
        "subject": [{"name": subject, "digest": {"sha256": sha256}}],
        "predicate": without_keys(dict(predicate), team),
    }
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def without_keys(value: object, team: Team | None = None) -> object:
    """The same with every text redacted."""
    if isinstance(value, dict):
        return {key: without_keys(each, team) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_keys(each, team) for each in value]
    return without_secrets(value, team) if isinstance(value, str) else value
