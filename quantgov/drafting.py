"""What the message hooks write into a message: the data manifest or its template, and the skips that were used."""

from __future__ import annotations

import sys

from quantgov import entrance, manifest, message, policy, skips
from quantgov.cache import Cache
from quantgov.errors import EXIT_CLEAN, QuantgovError
from quantgov.process import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantgov.change import Commit
    from quantgov.git import Repository
    from quantgov.policy import Policy

SAID = "the data manifest of {}{} was put into the message; no data was read"
LEFT_ALONE = ("merge", "squash")
"""Sources of a message (git's second argument) that is git's own."""


def prepare(repo: Repository, path: str, source: str = "", *_: str) -> int:
    """Put the manifest in once, where the commit is a backtest and none is there: of the newest record that is staged,
    else its template. No data is read.

    Never blocks: what cannot be judged is told by the hooks that judge, and --no-verify does not skip this one.
    """
    if source not in LEFT_ALONE:
        try:
            _put_manifest(repo, path)
        except QuantgovError:
            return EXIT_CLEAN
    return EXIT_CLEAN


def _put_manifest(repo: Repository, path: str) -> None:
    repo.start_config()
    given = message.read(path)
    comment = message.comment_char(repo.comment_setting(), given)
    change = entrance.drafted(repo, message.clean(given, comment))
    judging = policy.of_change(change, Cache.of(repo.common_dir))
    draft = change.commits[0]
    block = manifest.find(draft.message)
    if (block and not manifest.is_template(block)) or not manifest.reason(draft, judging):
        return
    text = _of_record(draft, judging)
    if text:
        message.write(path, manifest.with_block(given, text, comment))
    elif not block:
        message.write(path, manifest.with_template(given, comment))


def _of_record(draft: Commit, judging: Policy) -> str:
    """The manifest of the newest record that the commit brings, which it tells of; empty where it brings none."""
    from quantgov import provenance

    found = [each for each in provenance.of_runs(draft, judging) if provenance.is_complete(each.data)]
    if not found:
        return ""
    from quantgov.wording import printable

    texts = {manifest.rendered(each.data) for each in found}
    which = f", the newest of {len(found)} records on different data," if len(texts) > 1 else ""
    sys.stderr.write(f"quantgov: {SAID.format(printable(found[-1].path), which)}\n")
    return manifest.rendered(found[-1].data)


def record_skips(repo: Repository, path: str, used: Mapping[str, str]) -> None:
    """Write each skip into the message as a trailer, where git and everybody after it can read it."""
    added = [word for line in skips.trailers(used) for word in ("--trailer", line)]
    run(("git", "interpret-trailers", "--in-place", "--no-divider", "--if-exists", "addIfDifferent", *added, path))
