"""What `quantgov check` does: choose the change, judge it, write the report."""

from __future__ import annotations

import os
import re

from quantgov import entrance, policy
from quantgov.cache import Cache
from quantgov.errors import UsageError
from quantgov.judging import judgement
from quantgov.reports import github, json, text
from quantgov.tree import GitTree
from quantgov.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quantgov.change import Approval, Change
    from quantgov.git import Repository
    from quantgov.policy import Policy

BRANCH_VARIABLES = ("GITHUB_HEAD_REF", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
"""Where GitHub and GitLab name the branch of a pull request; its checkout is detached."""


def choose(repo: Repository, commits: str | None, rev: str, branch: str, approvals: Sequence[Approval] = ()) -> Change:
    """The change that the options name: a range `A..B`, everything in a revision, else what is staged.

    `approvals` are the reviews that speak for a range.

    Raises UsageError for a range that is none, or a revision that does not exist.
    """
    if commits is not None:
        before, after = parse_range(commits)
        return entrance.ranged(repo, before, after, branch or _branch_at(repo, after), approvals)
    return entrance.snapshot(repo, rev) if rev else entrance.staged(repo, branch=branch or None)


def _branch_at(repo: Repository, rev: str) -> str | None:
    """The branch that a revision names, where it names one."""
    if rev == "HEAD":
        return repo.branch()
    return rev if repo.commits([f"refs/heads/{rev}"]) != [None] else None


def parse_range(commits: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.+?)\.{2,3}(.*)", commits)
    if not found:
        raise UsageError(f"{commits!r} is no range of commits", "name both ends, as in --range main..HEAD")
    return found[1], found[2] or "HEAD"


def branch_of(environment: Mapping[str, str]) -> str:
    return next((environment[name] for name in BRANCH_VARIABLES if environment.get(name)), "")


def judge(
    repo: Repository, change: Change, *, select: Sequence[str] = (), ignore: Sequence[str] = (), policy_from: str = ""
) -> Verdict:
    cache = Cache.of(repo.common_dir)
    judging = policy_at(repo, policy_from) if policy_from else None
    return Verdict([judgement(change, cache, select=select, ignore=ignore, judging=judging)])


def policy_at(repo: Repository, rev: str) -> Policy:
    """The policy of a revision, or of the index for `:` - to try an edit out before it is committed.

    Raises UsageError where there is none, PolicyError where it cannot be used.
    """
    tree = entrance.staged(repo).head if rev == ":" else GitTree(repo.objects, repo.tree_of(rev))
    found = policy.of_tree(tree, "the index" if rev == ":" else rev)
    if found is None:
        raise UsageError(f"{rev} has no {policy.POLICY_FILE}", "quantgov init")
    return found


def render(verdict: Verdict, form: str, *, subject: str = "change", colour: bool = False, debug: bool = False) -> str:
    """The report in a form: text, json, github or sarif."""
    if form == "text":
        return text.render(verdict, subject=subject, colour=colour, full=True, debug=debug)
    if form == "sarif":
        from quantgov.reports import sarif

        return sarif.render(verdict)
    return json.render(verdict) if form == "json" else github.render(verdict, subject=subject)


def write(path: str, report: str) -> None:
    """Write a report whole or not at all; through a link, and into what is no file (a pipe, /dev/null) as it comes.

    Raises UsageError where the place does not take it.
    """
    from quantgov.workspace import write_file

    data = report.encode("utf-8", "backslashreplace")
    try:
        if os.path.lexists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                file.write(data)
        else:
            write_file(os.path.realpath(path), data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", "name a file in a folder that exists") from None
