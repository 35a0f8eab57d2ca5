"""The change that an example describes, built in memory: what a rule's tests judge."""

from __future__ import annotations

from quantgov.change import Change, Commit, Landed, Landing, Person, compare
from quantgov.policy import POLICY_FILE
from quantgov.rule import Stage
from quantgov.tree import EMPTY, MemoryTree, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quantgov.rule import Example

    Files = dict[str, str | bytes]

EARLIER_MESSAGE = "chore: prepare"
"""The message of the commits before an example's own."""
TRUNK = "main"
COMMITTED = Stage.PUSH | Stage.RANGE | Stage.RECEIVE


class Snapshot(MemoryTree):
    """One of several trees that share their objects, as a repository's do: a commit's blob is read through any."""

    def __init__(
        self, files: Files, modes: Mapping[str, int], objects: dict[str, bytes], commits: Mapping[str, Tree]
    ) -> None:
        super().__init__(files, modes)
        objects.update(self._blobs)
        self._blobs = objects
        self._commits = commits

    def of_commit(self, oid: str) -> Tree | None:
        return self._commits.get(oid)


def stages(example: Example, of_rule: Stage) -> list[Stage]:
    """Where the example is judged. A snapshot has neither trunk nor history, so it stands only for what needs none."""
    wanted = of_rule if example.stages is None else of_rule & example.stages
    return [stage for stage in wanted if stage is not Stage.SNAPSHOT or _stands_alone(example)]


def _stands_alone(example: Example) -> bool:
    return not (example.before or example.earlier or example.created or example.deleted)


def trunk_files(example: Example) -> Files:
    policy: Files = {POLICY_FILE: f"version: 1\n{example.policy}\n"} if example.policy else {}
    return {**policy, **example.before}


def laid_over(files: Mapping[str, str | bytes], more: Iterable[Mapping[str, str | bytes | None]]) -> list[Files]:
    """The files after each further commit."""
    found = [dict(files)]
    for each in more:
        both = {**found[-1], **each}
        found.append({path: content for path, content in both.items() if content is not None})
    return found


def change(example: Example, stage: Stage) -> Change:
    """The change as the entrance of that stage would build it."""
    if example.deleted:
        return Change(stage, base=EMPTY, head=EMPTY, authority=EMPTY, touched=(), branch=example.branch, deleted=True)
    objects: dict[str, bytes] = {}
    states = laid_over(trunk_files(example), (*example.earlier, example.files))
    commits: dict[str, Tree] = {}
    trees = [Snapshot(state, example.modes, objects, commits) for state in states]
    commits.update((_oid(at), tree) for at, tree in enumerate(trees))
    base = _base(stage, trees)
    return Change(
        stage,
        base=base,
        head=trees[-1],
        authority=EMPTY if example.created and stage is not Stage.SNAPSHOT else trees[0],
        touched=compare(base, trees[-1]),
        branch=None if stage is Stage.SNAPSHOT else example.branch or None,
        commits=_commits(example, stage, trees),
        tip=_oid(len(trees) - 1) if stage in COMMITTED else "",
        merging=example.merge and stage not in COMMITTED,
        created=example.created,
        landing=landing(example, trees[0]),
    )


def landing(example: Example, trunk: Tree) -> Landing:
    """As the entrance tells it: what the trunk has came to it at once, under the team that it has."""
    found = Landing()
    found.now = moment(example) or found.now
    found.history = lambda path, oid: Landed(trunk, found.now) if oid and trunk.oid(path) == oid else None
    return found


def moment(example: Example) -> float:
    """When the example lands, in seconds since 1970; 0 where it does not say."""
    import calendar
    import time

    return calendar.timegm(time.strptime(example.now, "%Y-%m-%d")) if example.now else 0


def _base(stage: Stage, trees: list[Snapshot]) -> Tree:
    if stage is Stage.SNAPSHOT:
        return EMPTY
    return trees[0] if stage in COMMITTED else trees[-2]


def _commits(example: Example, stage: Stage, trees: list[Snapshot]) -> list[Commit]:
    last = len(trees) - 1
    if stage is Stage.MESSAGE:
        return [_commit(example, stage, trees, last, "")]
    return [_commit(example, stage, trees, at, _oid(at)) for at in range(1, last + 1)] if stage in COMMITTED else []


def _commit(example: Example, stage: Stage, trees: list[Snapshot], at: int, oid: str) -> Commit:
    is_last = at == len(trees) - 1
    parents = [] if example.created and at == 1 else [_oid(at - 1)]
    name, _, email = example.author.rstrip(">").partition(" <")
    return Commit(
        oid,
        example.message if is_last else EARLIER_MESSAGE,
        (*parents, _oid(0)) if example.merge and is_last else tuple(parents),
        lambda: Person(name, email),
        lambda: compare(trees[at - 1], trees[at]),
        tree=trees[-1],
        proposed=stage is Stage.RANGE,
        lands=stage is Stage.RANGE or (stage is Stage.RECEIVE and example.branch == TRUNK),
    )


def _oid(at: int) -> str:
    return f"{at:040x}"
