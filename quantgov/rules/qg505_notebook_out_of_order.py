"""The cells of a notebook ran in another order than they stand in.

Why: what it shows then comes from a state that no run from the top can make again.
Fix: restart the kernel, run all cells, save the notebook and stage it. Where the count begins, what was left out in
between, and cells that never ran or are empty do not matter. The same count twice does: two kernels ran them.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope, Unjudged, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.notebooks import Cell, Notebook


def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
    if not blob.path.endswith(".ipynb"):
        return
    from quantgov import notebooks

    found = notebooks.read(blob)
    if isinstance(found, Unjudged):
        yield found
    elif cells := found.out_of_order():
        yield _finding(found, *cells, blob.path)


def _finding(notebook: Notebook, cell: Cell, above: Cell, path: str) -> Finding:
    message = f"cell {cell.number} ran as [{cell.ran_as}], cell {above.number} above it as [{above.ran_as}]"
    place = notebook.place(cell.count.start) if cell.count else (0, 0)
    help = f"Restart Kernel and Run All Cells, save, then git add -- {quoted(path)}"
    return Finding(message, path, *place, help=help, key="out-of-order")


def _cells(*counts: str, source: str = "x = 1") -> dict[str, str]:
    line = ' {{"cell_type": "code", "execution_count": {}, "metadata": {{}}, "outputs": [], "source": "{}"}}'
    cells = ",\n".join(line.format(count, source) for count in counts)
    return {"gap.ipynb": f'{{"cells": [\n{cells}\n], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}\n'}


RULE = Rule(
    "QG505",
    "notebook-out-of-order",
    Scope.BLOB,
    check,
    level=Level.ADVISE,
    live=Level.BLOCK,
    accepts=(
        Example("run from the top", files=_cells("1", "2", "3")),
        Example("a cell was tried several times", files=_cells("4", "9", "10")),
        Example("a cell that never ran", files=_cells("1", "null", "2")),
        Example("stripped", files=_cells("null", "null")),
        Example("empty cells", files=_cells("3", "2", source=" ")),
        Example(
            "a notebook with a conflict in it",
            files={"gap.ipynb": '{"cells": [\n<<<<<<< ours\n'},
            skips="gap.ipynb: not a notebook that can be read: line 2, column 1: Expecting value",
        ),
    ),
    rejects=(
        Example(
            "an earlier cell ran last",
            files=_cells("1", "7", "2"),
            finds=(("cell 3 ran as [2], cell 2 above it as [7]", "gap.ipynb", 4, 43),),
        ),
        Example(
            "run by two kernels",
            files=_cells("1", "1"),
            finds=(("cell 2 ran as [1], cell 1 above it as [1]", "gap.ipynb", 3, 43),),
        ),
        Example(
            "an old notebook",
            files={
                "old.ipynb": '{"worksheets": [{"cells": [\n'
                ' {"cell_type": "code", "input": ["x = 1"], "outputs": [], "prompt_number": 5},\n'
                ' {"cell_type": "code", "input": ["x = 2"], "outputs": [], "prompt_number": 4}\n'
                ']}], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}\n'
            },
            finds=(("cell 2 ran as [4], cell 1 above it as [5]", "old.ipynb", 3, 76),),
        ),
    ),
)
