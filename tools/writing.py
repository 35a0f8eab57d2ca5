"""Pieces of Markdown that the generated pages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

GENERATED = "<!-- made by `python tools/generate.py`: edit the code it is made from, not this file -->"


def page(*parts: str) -> str:
    """A page: its parts with a blank line between them."""
    return "\n\n".join((GENERATED, *(part.strip("\n") for part in parts if part))) + "\n"


def fence(text: str, language: str = "text") -> str:
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    lines = "\n".join(line.rstrip() for line in text.rstrip().split("\n"))
    return f"{ticks}{language}\n{lines}\n{ticks}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: object) -> str:
    return f"`` {text} ``" if "`" in str(text) else f"`{text}`"


def prose(text: str) -> str:
    """Plain text as Markdown: `<` and `*` outside of code are no markup, and indented lines are a block of code."""
    return "\n\n".join(_block(block) for block in _blocks(text))


def _blocks(text: str) -> list[str]:
    blocks: list[list[str]] = [[]]
    indented = False
    for line in text.split("\n"):
        if line.strip() and line.startswith("    ") != indented:
            indented = not indented
            blocks.append([])
        blocks[-1].append(line)
    return ["\n".join(block).strip("\n") for block in blocks if any(line.strip() for line in block)]


def _block(block: str) -> str:
    if block.startswith("    "):
        return fence("\n".join(line.removeprefix("    ") for line in block.split("\n")))
    pieces = re.split(r"(`[^`]*`)", block)
    return "".join(piece if piece.startswith("`") else re.sub(r"([<*\[])", r"\\\1", piece) for piece in pieces)
