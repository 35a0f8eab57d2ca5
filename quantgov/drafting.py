"""What the message hooks write into a commit message: the manifest's template, and the skips that were used."""

from __future__ import annotations

from quantgov import entrance, manifest, message, policy, skips
from quantgov.cache import Cache
from quantgov.errors import EXIT_CLEAN, QuantgovError
from quantgov.process import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantgov.git import Repository

LEFT_ALONE = ("merge", "squash")
"""Sources of a message (git's second argument) that is git's own."""


def prepare(repo: Repository, path: str, source: str = "", *_: str) -> int:
    """Put the template in once, where the commit is a backtest and no manifest is there.

    Never blocks: what cannot be judged is told by the hooks that judge, and --no-verify does not skip this one.
    """
    if source not in LEFT_ALONE:
        try:
            _put_template(repo, path)
        except QuantgovError:
            return EXIT_CLEAN
    return EXIT_CLEAN


def _put_template(repo: Repository, path: str) -> None:
    repo.start_config()
    given = message.read(path)
    comment = message.comment_char(repo.comment_setting(), given)
    change = entrance.drafted(repo, message.clean(given, comment))
    judging = policy.of_change(change, Cache.of(repo.common_dir))
    draft = change.commits[0]
    if manifest.reason(draft, judging) and not manifest.find(draft.message):
        message.write(path, manifest.with_template(given, comment))


def record_skips(repo: Repository, path: str, used: Mapping[str, str]) -> None:
    """Write each skip into the message as a trailer, where git and everybody after it can read it."""
    added = [word for line in skips.trailers(used) for word in ("--trailer", line)]
    run(("git", "interpret-trailers", "--in-place", "--no-divider", "--if-exists", "addIfDifferent", *added, path))
