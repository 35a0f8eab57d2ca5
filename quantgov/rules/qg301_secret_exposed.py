"""A credential stands in a file.

Why: what is pushed once is copied for ever; a leaked exchange key is emptied within minutes.
Fix: read it from the environment (`os.environ["TICKDB_API_KEY"]`) and keep the value in .env. A key that was already
pushed is burnt: revoke it first. Every commit of a push is looked at, since deleting a key later still uploads it.
"""

from __future__ import annotations

from quantgov.change import WHOLE_LIMIT, Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, Unjudged
from quantgov.secrets import exposure, scanner
from quantgov.wording import shown_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.secrets.hit import Hit


def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
    if blob.size > policy.scan_limit:
        size, limit = shown_size(blob.size), shown_size(policy.scan_limit)
        yield Unjudged(f"{size}, more than is scanned for secrets ({limit})", blob.path, loud=True)
        return
    hits, reason = searched(blob, policy)
    for hit in hits:
        yield exposure.finding(hit, blob.path, salt=policy.salt)
    if not hits and reason:
        yield Unjudged(reason, blob.path)  # searched for the keys that tell themselves by their form, and no others


def searched(blob: Blob, policy: Policy) -> tuple[list[Hit], str | None]:
    """What the file gives away, and why not all of it is searched, if so."""
    if blob.size > WHOLE_LIMIT:
        return scanner.scan_chunks(blob.chunks(), blob.size, blob.path, policy.team)
    return scanner.scan(blob.data, blob.path, policy.team), scanner.skip_reason(blob.data)


KEY = "tk_" + "live_" + "9fK2" + "xW7q" + "Lm3R" + "t8Vz"
FOUND = "TickDB API key tk_" + "live_9f… (24 characters)"
LEAK = {"load.py": "import os\n\nKEY = '" + KEY + "'\n"}

RULE = Rule(
    "QG301",
    "secret-exposed",
    Scope.HISTORY,
    check,
    accepts=(
        Example(
            "the key comes from the environment", files={"load.py": "import os\n\nKEY = os.environ['TICKDB_API_KEY']\n"}
        ),
        Example("a leaked key is taken out", before=LEAK, files={"load.py": "import os\n"}),
        Example("a submodule", files={"vendor": KEY}, modes={"vendor": 0o160000}),
        Example("a binary file", files={"chart.png": b"\x89PNG\0"}, skips="chart.png: binary"),
        Example("an archive", files={"x.whl": b"PK\3\4\x14\0"}, skips="x.whl: a zip archive, not unpacked"),
        Example(
            "more than the policy has scanned",
            policy="secrets: {max_size: 40}",
            files=LEAK,
            skips="load.py: 44 bytes, more than is scanned for secrets (40 bytes)",
        ),
    ),
    rejects=(
        Example(
            "a key in a binary file", files={"c.png": b"\x89PNG\0" + KEY.encode()}, finds=((FOUND, "c.png", 0, 0),)
        ),
        Example("a key in a file", files=LEAK, finds=((FOUND, "load.py", 3, 8),)),
        Example(
            "a key in a notebook",
            files={"a.ipynb": '{"cells": [\n{"source": ["import os\\n",\n"KEY = \'' + KEY + "'\"]}\n]}\n"},
            finds=((f"{FOUND} in cell 1, line 2", "a.ipynb", 3, 9),),
        ),
        Example("a key in a symbolic link", files={"key": KEY}, modes={"key": 0o120000}, finds=((FOUND, "key", 1, 1),)),
        Example(
            "a key added and deleted again",
            earlier=(LEAK,),
            files={"load.py": None},
            stages=Stage.PUSH | Stage.RANGE | Stage.RECEIVE,
            finds=((FOUND, "load.py", 3, 8),),
        ),
    ),
)
