"""A notebook carries more output than the team allows.

Why: Git keeps every picture of every run for ever, and nobody can review the change among them.
Fix: `quantgov notebook strip` takes the outputs out of what is staged; the notebook on disk keeps them.
`notebooks: {outputs, max_outputs}` in quantgov.yaml sets what is allowed: 1 MiB for each notebook, or none.
"""

from __future__ import annotations

from quantgov.change import Blob
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Level, Rule, Scope, Unjudged, quoted
from quantgov.wording import shown_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantgov.notebooks import Notebook


def check(blob: Blob, policy: Policy) -> Iterator[Finding | Unjudged]:
    if not blob.path.endswith(".ipynb") or (blob.size <= policy.max_outputs and not policy.strips_outputs):
        return  # without it there is nothing to judge, and the file need not be read
    from quantgov import notebooks

    found = notebooks.read(blob)
    if isinstance(found, Unjudged):
        yield found
    elif message := _fault(found, policy):
        help = f"quantgov notebook strip {'-- ' if blob.path.startswith('-') else ''}{quoted(blob.path)}"
        yield Finding(message, blob.path, *_largest(found)[2:], help=help, key="outputs")


def _fault(notebook: Notebook, policy: Policy) -> str:
    total = sum(notebook.size(value) for _, value in notebook.outputs())
    if total <= (0 if policy.strips_outputs else policy.max_outputs):
        return ""
    limit = "the policy allows none" if policy.strips_outputs else f"limit {shown_size(policy.max_outputs)}"
    size, number, *_ = _largest(notebook)
    where = f"cell {number}" if number else "the state of widgets"
    return f"{shown_size(total)} of outputs ({limit}), {shown_size(size)} of them in {where}"


def _largest(notebook: Notebook) -> tuple[int, int, int, int]:
    """Bytes of the largest output, its cell, its line and its column."""
    size, number, value = max(
        ((notebook.size(value), number, value) for number, value in notebook.outputs()), key=lambda found: found[0]
    )
    return size, number, *notebook.place(value.start)


def _examples(outputs: str) -> dict[str, str]:
    return {"research/gap.ipynb": CELLS % outputs}


CELLS = """\
{"cells": [
 {"cell_type": "markdown", "metadata": {}, "source": "# Gap"},
 {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "gap.plot()",
  "outputs": %s}
], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
"""
PLOT = '[{"output_type": "stream", "name": "stdout", "text": "' + "*" * 200 + '"}]'
STRIP = "notebooks: {outputs: strip}"
SMALL = "notebooks: {max_outputs: 200}"

RULE = Rule(
    "QG504",
    "notebook-outputs",
    Scope.BLOB,
    check,
    level=Level.ADVISE,
    live=Level.BLOCK,
    accepts=(
        Example("outputs up to the limit", files=_examples(PLOT)),
        Example("no outputs where none are allowed", policy=STRIP, files=_examples("[]")),
        Example("much source, little output", policy=SMALL, files=_examples("[{}]")),
        Example(
            "a notebook that was cut short",
            policy=STRIP,
            files={"a.ipynb": '{"cells": [\n'},
            skips="a.ipynb: not a notebook that can be read: line 2, column 1: Expecting value",
        ),
    ),
    rejects=(
        Example(
            "outputs over the limit",
            policy=SMALL,
            files=_examples(PLOT),
            finds=(
                ("257 bytes of outputs (limit 200 bytes), 257 bytes of them in cell 2", "research/gap.ipynb", 4, 14),
            ),
        ),
        Example(
            "outputs where none are allowed",
            policy=STRIP,
            files=_examples("[{}]"),
            finds=(
                ("4 bytes of outputs (the policy allows none), 4 bytes of them in cell 2", "research/gap.ipynb", 4, 14),
            ),
        ),
        Example(
            "widgets that are kept",
            policy=STRIP,
            files={"a.ipynb": '{"cells": [], "metadata": {"widgets": {"state": {"a": 1}}}, "nbformat": 4}'},
            finds=(
                (
                    "19 bytes of outputs (the policy allows none), 19 bytes of them in the state of widgets",
                    "a.ipynb", 1, 39,
                ),
            ),
        ),
    ),
)  # fmt: skip
