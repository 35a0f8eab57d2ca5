"""Takes outputs and execution counts out of notebooks as they are staged. The files on disk are not touched.

The index is written by one `git update-index`, so that all of it happens or nothing, whatever the files are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from quantgov import lfs, notebooks
from quantgov.errors import UsageError
from quantgov.git import MODE_SYMLINK, Entry, Repository, decode
from quantgov.notebooks import Notebook, NotebookError
from quantgov.rewriting import update_index
from quantgov.workspace import uninterrupted

LISTED = ("ls-files", "--stage", "-v", "-z", "--full-name")
STAGED = (
    "-c", "diff.relative=false", "diff", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff",
    "--diff-filter=d", "--", ":(top)*.ipynb",
)  # fmt: skip
"""What `git add -N` only announces is not among them."""
LEFT_OUT = "S"
"""How `ls-files -v` marks what a sparse checkout leaves out."""


class Listed(NamedTuple):
    """A notebook in the index. `tag` is git's for its state, `stage` is other than 0 in a conflict."""

    tag: str
    mode: str
    oid: str
    stage: str
    path: str


class Stripping(NamedTuple):
    """What is to become of a staged notebook. `data` is None where nothing is taken out.

    `outputs` are bytes, in so many `cells`; `note` says why there is nothing to take out, `refused` why it cannot be.
    """

    path: str
    mode: str = ""
    data: bytes | None = None
    outputs: int = 0
    cells: int = 0
    counts: int = 0
    note: str = ""
    refused: str = ""


class Plan(NamedTuple):
    notebooks: tuple[Stripping, ...]

    @property
    def changed(self) -> list[Stripping]:
        return [each for each in self.notebooks if each.data is not None]

    @property
    def refused(self) -> list[Stripping]:
        return [each for each in self.notebooks if each.refused]


def plan(repo: Repository, paths: Sequence[str]) -> Plan:
    """What `write` would do: to these notebooks, to all below these folders; to every staged one where none is named.

    Raises UsageError for a path that the index does not have, and for a file that is no notebook.
    """
    repo.working_tree()
    found = [each for path in paths for each in _named(repo, path)] if paths else _staged(repo)
    once = {each.path: each for each in found}
    return Plan(tuple(_stripping(repo, each) for _, each in sorted(once.items())))


def write(repo: Repository, planned: Plan) -> None:
    """Stage what was planned; nothing where any of it is refused, or where git refuses."""
    if planned.refused or not planned.changed:
        return
    with uninterrupted():
        update_index({each.path: _entry(repo, each) for each in planned.changed}, repo.index_file)


def _entry(repo: Repository, of: Stripping) -> Entry:
    oid = repo.read("hash-object", "-w", "--stdin", stdin=of.data).strip()
    return Entry(int(of.mode, 8), oid.decode())


def _named(repo: Repository, path: str) -> list[Listed]:
    """Those at a path that counts from here or else, as hooks name them, from the root."""
    specs = (f":(literal){path}", f":(top,literal){path}") if path else ()
    asked = (repo.start(*LISTED, "--error-unmatch", "--", spec).wait() for spec in specs)
    done = next((each for each in asked if not each.code), None)
    if done is None:
        raise UsageError(f"{path!r} is not in the index", "git add the notebook first; git status shows what is there")
    found = list(_listed(done.out))
    kept = [each for each in found if each.path.endswith(".ipynb")]
    if not kept:
        raise UsageError(f"{path!r} is no notebook, and holds none", "name .ipynb files, or folders with some")
    return kept


def _staged(repo: Repository) -> list[Listed]:
    staged = set(decode(repo.read(*STAGED)).split("\0"))
    return [each for each in _listed(repo.read(*LISTED, "--", ":(top)*.ipynb")) if each.path in staged]


def _listed(out: bytes) -> Iterator[Listed]:
    for line in decode(out).split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        tag, mode, oid, stage = facts.split(" ")
        yield Listed(tag, mode, oid, stage, path)


def _stripping(repo: Repository, of: Listed) -> Stripping:
    if of.stage != "0":
        return Stripping(of.path, refused="in conflict: resolve it and git add it first")
    if of.tag.upper() == LEFT_OUT:
        return Stripping(of.path, refused="left out by the sparse checkout: git sparse-checkout add its folder first")
    if int(of.mode, 8) == MODE_SYMLINK:
        return Stripping(of.path, note="a symbolic link")
    data = repo.objects.content(of.oid)
    if lfs.is_pointer(data):
        return Stripping(of.path, note="in Git LFS, only its pointer is staged")
    if not data:
        return Stripping(of.path, refused="nothing of it is staged: git add it first")
    try:
        return _of_notebook(of, notebooks.parse(data))
    except NotebookError as error:
        return Stripping(of.path, refused=f"not a notebook that can be read: {error}")


def _of_notebook(of: Listed, notebook: Notebook) -> Stripping:
    outputs = list(notebook.outputs())
    counts = sum(cell.count is not None and cell.count.plain is not None for cell in notebook.cells)
    return Stripping(
        of.path,
        of.mode,
        data=notebook.stripped().encode() if outputs or counts else None,
        outputs=sum(notebook.size(value) for _, value in outputs),
        cells=len(outputs),
        counts=counts,
    )
