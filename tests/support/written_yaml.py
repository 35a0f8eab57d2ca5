"""YAML as people write it, of what documents.load accepts."""

from __future__ import annotations

from hypothesis import strategies as st

PLAIN_KEYS = st.text("abcdefg_", min_size=1, max_size=4).filter(lambda key: key not in ("no", "on"))
COMMENTS = st.sampled_from(["", "", "", "# why\n", "\n", "\n# a section\n"])
SCALARS = st.sampled_from(
    ["1", "-2.50", "true", "~", "2026-01-15", "v1.3.2", "plain text", '"quoted"', "'single'", "[1,  a]",
     "{x: 1}", "|\n%s  kept\n%s  lines", ">-\n%s  folded\n%s  text", "over\n%s  two lines",
     '"é\\u00e9"', "+7", ".5", "00.5", "  wide", "1 # one"]
)  # fmt: skip


@st.composite
def written(draw: st.DrawFn) -> str:
    """A mapping as people write them: comments, blank lines, one indentation or several, lists with and without."""
    return draw(COMMENTS) + _mapping(draw, "", 0) + draw(st.sampled_from(["", "# end\n", "\n"]))


def _mapping(draw: st.DrawFn, indent: str, depth: int) -> str:
    keys = draw(st.lists(PLAIN_KEYS, min_size=1, max_size=4, unique=True))
    return "".join(
        f"{draw(COMMENTS) if number else ''}{indent}{key}:{_value(draw, indent, depth)}"
        for number, key in enumerate(keys)
    )


def _value(draw: st.DrawFn, indent: str, depth: int) -> str:
    kind = draw(st.sampled_from(("scalar", "scalar", "mapping", "list"))) if depth < 3 else "scalar"
    if kind == "mapping":
        return "\n" + _mapping(draw, indent + " " * draw(st.sampled_from((2, 2, 3, 4))), depth + 1)
    if kind == "list":
        dash = indent + " " * draw(st.sampled_from((0, 2, 2, 4)))
        entries = draw(st.lists(SCALARS.filter(lambda text: "\n" not in text), min_size=1, max_size=3))
        return "\n" + "".join(f"{dash}- {entry}\n" for entry in entries)
    scalar = draw(SCALARS)
    return f" {scalar.replace('%s', indent)}\n"
