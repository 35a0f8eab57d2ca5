"""What a change does to strategies: each one before and after it, whatever else it touches.

Every commit comes through here, and most touch no strategy: what reads one is imported where there is one.
"""

from __future__ import annotations

from quantgov import passport
from quantgov.rule import Stage
from quantgov.tree import EMPTY, Overlay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from quantgov.change import Change
    from quantgov.policy import Policy
    from quantgov.strategy import Strategy
    from quantgov.tree import Tree

DOCUMENT_SUFFIXES = (".yaml", ".yml", ".json", ".sig")


class Move:
    """A strategy before and after a change. One of the two may be missing: it is new, or its passport was deleted."""

    __slots__ = ("after", "before")

    def __init__(self, before: Strategy | None, after: Strategy | None) -> None:
        self.before = before
        self.after = after

    @property
    def id(self) -> str:
        side = self.after or self.before
        assert side
        return side.id

    @property
    def left(self) -> str:
        """The status it had; empty where it was not there."""
        return self.before.status if self.before else ""

    @property
    def reached(self) -> str:
        """The status it has now; empty where it is not there any more."""
        return self.after.status if self.after else ""

    @property
    def goes_up_to(self) -> str:
        """The status whose gate it goes through by this change; empty where it goes through none."""
        from quantgov import lifecycle

        return self.reached if self.reached in lifecycle.GATES and lifecycle.is_up(self.left, self.reached) else ""

    @property
    def was_under_review(self) -> bool:
        return _is_under_review(self.left)

    @property
    def is_under_review(self) -> bool:
        return _is_under_review(self.reached)

    def is_judged_at_gate(self, change: Change) -> bool:
        """Whether the gate says what is missing: no other rule has to say it again. What just stands passes none."""
        return bool(self.goes_up_to) and change.stage is not Stage.SNAPSHOT


def _is_under_review(status: str) -> bool:
    from quantgov import lifecycle

    return status in lifecycle.UNDER_REVIEW


def of(change: Change, policy: Policy) -> list[Move]:
    """Every strategy that a change touches: in its folder, and once it leaves the desk, in what lies elsewhere.

    Each stands where it stood before, or else where its id went. Of two with one id, which is another rule's fault,
    neither hides the other.
    """
    return change.once(_moves, policy)


def _moves(change: Change, policy: Policy) -> list[Move]:
    both = sides(change)
    paths = _concerned(change, policy, both)
    before, after = (_readable(tree, paths) for tree in both)
    stay = [path for path in before if path in after and before[path].id == after[path].id]
    found = [Move(before.pop(path), after.pop(path)) for path in stay]
    for gone in before.values():
        path = next((path for path, each in after.items() if each.id == gone.id), "")
        found.append(Move(gone, after.pop(path, None)))
    found += [Move(None, each) for each in after.values()]
    return sorted(found, key=lambda move: move.id)


def sides(change: Change) -> tuple[Tree, Tree]:
    """The trees before and after a change. Of a pull request its target's, as it is and with what the request changes.

    A strategy may have gone up since the branch began. What stood before is asked of its base alone.
    """
    if change.stage is not Stage.RANGE or change.base is EMPTY:
        return change.base, change.head
    return change.authority, Overlay(change.authority, {each.path: each.after for each in change.touched})


def _readable(tree: Tree, paths: Sequence[str]) -> dict[str, Strategy]:
    """By their paths, those that have an id."""
    if not paths:
        return {}
    from quantgov import strategy

    return {path: found for path in paths if (found := strategy.at(tree, path)) and found.id}


def _concerned(change: Change, policy: Policy, sides: tuple[Tree, Tree]) -> list[str]:
    """The passports, before or after, of the strategies that a change touches.

    What lies outside of the strategies' folder costs too much for each commit; a push is judged anyway.
    """
    found = {each.path for each in change.touched if passport.is_passport(each.path)}
    if change.stage is Stage.COMMIT:
        touched = [each.path for each in change.touched if policy.is_strategy(each.path)]
        documents = [path for path in touched if path.endswith(DOCUMENT_SUFFIXES)]
        found.update(path for path in {*_above(sides, touched)} if not _is_free(change, path))
        found.update(_above(sides, documents))
    else:
        touched = [each.path for each in change.touched]
        found.update(_above(sides, touched), _referring(sides, set(touched), policy))
    return sorted(found)


def _is_free(change: Change, path: str) -> bool:
    """Whether no rule judges a commit to this passport's folder: most commits are research, which costs no YAML parser.

    Documents may be a report or a sign-off, so they are judged whatever the phase; what is deleted, by QG404.
    """
    if change.base.entry(path) != change.head.entry(path):
        return False
    from quantgov import lifecycle

    return _plain_field(change.head.read_file(path) or b"", "status") in lifecycle.FREE


def _plain_field(data: bytes, name: str) -> str:
    """A field among the plain ones at the top of a passport; empty where it takes a parser to tell.

    Where the parser finds no fault, its value begins so: no line above reaches into the next, only this one may.
    """
    for line in data.decode("utf-8", "replace").splitlines():
        key, _, value = line.partition(": ")
        if line.strip() and not line.startswith("#"):
            if not (key.isidentifier() and _is_whole(value.strip())):
                return ""
            if key == name:
                return value.strip()
    return ""


def _is_whole(scalar: str) -> bool:
    """Whether a YAML scalar surely ends on its line: a plain one, or a quoted one without escapes."""
    quote = scalar[:1]
    if quote in ("'", '"'):
        return scalar.count(quote) == 2 and scalar.endswith(quote) and "\\" not in scalar
    return quote.isalnum()


def _above(sides: tuple[Tree, Tree], paths: Iterable[str]) -> Iterator[str]:
    """Every passport in the folders of these paths and above: the nearest one hides no other."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    for tree in sides:
        yield from (name for folder in folders for name in _names(folder) if tree.entry(name))


def _names(folder: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}" if folder else name for name in passport.PASSPORT_NAMES)


def _referring(sides: tuple[Tree, Tree], touched: set[str], policy: Policy) -> Iterator[str]:
    """The passports that refer to what is touched."""
    from quantgov import strategy

    for tree in sides:
        for each in strategy.every(tree, policy):
            for place in each.elsewhere():
                if any(path == place or path.startswith(f"{place}/") for path in touched):
                    yield each.path
