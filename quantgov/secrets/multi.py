"""Many literals and shapes in one pass by Hyperscan. Importing this fails where its wheel is not installed.

Compiling takes longer than many a search, so compiled databases are kept in the user's cache folder, each under the
digest of what it was made from. Hyperscan itself refuses one of another version or for another processor.
"""

from __future__ import annotations

import os
import re

import hyperscan

from quantgov.cache import Cache
from quantgov.secrets.binary import APART

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from quantgov.secrets.prefilter import Literals, Ref, Shapes

    Shape = tuple[bytes, bytes, int, tuple[Ref, ...]]
    Search = Callable[[bytes], tuple[Literals, Shapes]]


def searches(
    literals: Sequence[bytes], shapes: Sequence[Shape], traces: Sequence[bytes]
) -> tuple[Search, Callable[[bytes], bool]]:
    """The searches of an Engine. Matches are told by their ends, and all whose place matters have one length."""
    first_shape = len(literals)
    sought = database(
        "sought",
        [*map(re.escape, literals), *(whole for _, whole, *_ in shapes)],
        [*(hyperscan.HS_FLAG_CASELESS for _ in literals), *(0 for _ in shapes)],
    )
    apart = [APART.join(re.escape(trace[at : at + 1]) for at in range(len(trace))) for trace in traces]
    either = [*map(re.escape, traces), *apart]
    of_traces = database("traces", either, [hyperscan.HS_FLAG_SINGLEMATCH for _ in either])

    def search(content: bytes) -> tuple[Literals, Shapes]:
        ends: set[tuple[int, int]] = set()
        sought.scan(content, match_event_handler=lambda at, _, end, *__: ends.add((end, at)))
        found = sorted((end - len(literals[at]), literals[at]) for end, at in ends if at < first_shape)
        shaped = (((end, shapes[at - first_shape])) for end, at in ends if at >= first_shape)
        return found, sorted((end - shape[2], shape[3]) for end, shape in shaped)

    def rules_out_traces(content: bytes) -> bool:
        found: set[int] = set()
        of_traces.scan(content, match_event_handler=lambda at, *_: found.add(at))
        return not found

    return search, rules_out_traces


def database(kind: str, expressions: Sequence[bytes], flags: Sequence[int]) -> hyperscan.Database:
    """The database of these expressions: kept from before, or compiled and kept."""
    kept = Cache(cache_folder())
    key = digest(expressions, flags)
    try:
        found = hyperscan.loadb(kept.table(f"hyperscan-{kind}", key)["database"], hyperscan.HS_MODE_BLOCK)
        found.scratch = hyperscan.Scratch(found)
    except (KeyError, hyperscan.error):
        found = compiled(expressions, flags)
        kept.keep_table(f"hyperscan-{kind}", key, {"database": hyperscan.dumpb(found)})
    return found


def cache_folder() -> str:
    """Where a user's caches are kept. Source: XDG Base Directory Specification, XDG_CACHE_HOME."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # as the specification says of a relative one
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "quantgov") if os.path.isabs(base) else os.devnull  # nobody's home: nothing is kept


def digest(expressions: Sequence[bytes], flags: Sequence[int]) -> str:
    import hashlib

    return hashlib.sha256(repr((list(flags), list(expressions))).encode()).hexdigest()


def compiled(expressions: Sequence[bytes], flags: Sequence[int]) -> hyperscan.Database:
    made = hyperscan.Database()
    numbers = list(range(len(expressions)))
    made.compile(expressions=list(expressions), ids=numbers, elements=len(numbers), flags=list(flags))
    return made
