"""A file of environment variables is being committed.

Why: .env is where the keys are; one commit shares them with everybody who can read the repository.
Fix: `git rm --cached .env`, and list the names without values in .env.example.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def check(blob: Blob, policy: Policy) -> Iterator[Finding]:
    name = blob.path.rpartition("/")[2].lower()
    if name == ".env" or (name.startswith(".env.") and name != ".env.example"):
        yield Finding(
            "holds the keys of whoever wrote it",
            path=blob.path,
            help=f"git rm --cached -- {quoted(blob.path)}",
            key=blob.oid,
        )


RULE = Rule(
    "QG302",
    "env-file-committed",
    Scope.HISTORY,
    check,
    accepts=(
        Example("the names without their values", files={".env.example": "TICKDB_API_KEY=\n"}),
        Example("a folder of that name", files={".env/bin/activate": "x\n"}),
        Example("the file is taken out", before={".env": "MODE=dev\n"}, files={".env": None}),
    ),
    rejects=(
        Example(
            "the file itself",
            files={".env": "MODE=dev\n"},
            finds=(("holds the keys of whoever wrote it", ".env", 0, 0),),
        ),
        Example(
            "one for a stage, in a folder",
            files={"live/.ENV.production": "MODE=live\n"},
            finds=(("holds the keys of whoever wrote it", "live/.ENV.production", 0, 0),),
        ),
        Example(
            "added and deleted again",
            earlier=({".env": "MODE=dev\n"},),
            files={".env": None},
            stages=Stage.PUSH | Stage.RANGE | Stage.RECEIVE,
            finds=(("holds the keys of whoever wrote it", ".env", 0, 0),),
        ),
    ),
)
