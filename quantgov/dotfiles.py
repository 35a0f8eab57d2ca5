"""The lines that a team's .gitignore and .gitattributes need: one table for both, so that they cannot contradict.

Bytes in, bytes out: whoever calls shows what changes and writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from quantgov.attributes import Attributes
from quantgov.datasets import PATH as REGISTRY
from quantgov.ignores import Ignores
from quantgov.policy import Policy
from quantgov.waivers import WAIVERS_FILE

IGNORE, ATTRIBUTES = ".gitignore", ".gitattributes"
LFS_STATES = "filter=lfs diff=lfs merge=lfs -text"
LFS, IGNORED = "lfs", "ignored"
TREATMENT = {"hybrid": (LFS, IGNORED), "lfs-results": (LFS, LFS), "no-data": (IGNORED, IGNORED)}
"""By `data` of the policy: what becomes of data files anywhere, and of market data in its folder."""


class Line(NamedTuple):
    """A line that a file should have, and a path that it decides: ignored (or given to LFS), or not."""

    text: str
    sample: str
    wanted: bool = True

    @property
    def pattern(self) -> str:
        return self.text.partition(" ")[0]


class Section(NamedTuple):
    title: str
    lines: tuple[Line, ...]


KEYS = Section(
    "Keys stay on the machine of whoever owns them",
    (
        Line(".env", ".env"),
        Line(".env.*", ".env.production"),
        Line("!.env.example", ".env.example", False),
        Line("*.pem", "server.pem"),
        Line("*.key", "server.key"),
    ),
)
MARKET_DATA = (Line("/data/*", "data/bars.bin"), Line(f"!/{REGISTRY}", REGISTRY, False))
"""Git looks into no folder that is ignored as a whole: it is what stands in it that is."""
FORMERLY = {"/data/": "/data/*", "/data": "/data/*"}
"""Lines that hide the registry of datasets with the data, and what says the same of the data alone."""
ANYWHERE = {"data/": "/data/*", "data": "/data/*"}
"""Lines that hide src/data/ too."""
CACHED = Section("What was fetched is kept for the next run", (Line(".tickdb_cache/", ".tickdb_cache/bars.bin"),))
JSON_DATA = Line(f"data/**/*.json {LFS_STATES}", "data/x/x.json")
"""Klines as an API gives them (S0 L303)."""
PYTHON = Section(
    "What Python and notebooks leave behind",
    (
        Line("__pycache__/", "src/__pycache__/x.bin"),
        Line("*.py[cod]", "src/x.pyc"),
        Line(".venv/", ".venv/x"),
        Line(".ipynb_checkpoints/", "notebooks/.ipynb_checkpoints/x.ipynb"),
        Line(".pytest_cache/", ".pytest_cache/x"),
    ),
)
MERGING = Section("Two branches may both add waivers", (Line(f"{WAIVERS_FILE} merge=union", WAIVERS_FILE),))
SIGNED_SUFFIXES = (".intoto.json", ".sig")
SIGNED = Section(
    "What is signed stays as it is, to the byte",
    tuple(Line(f"*{suffix} -text", f"strategies/x/signoffs/lead{suffix}") for suffix in SIGNED_SUFFIXES),
)


def ignore_data(policy: Policy) -> Section:
    files, market = TREATMENT[policy.data]
    lines = [*(MARKET_DATA if market == IGNORED else ())]
    if files == IGNORED:
        lines += [Line(f"*{suffix}", f"results/x{suffix}") for suffix in policy.suffixes]
        lines += [Line(f"!**/tests/**/*{suffix}", f"tests/x{suffix}", False) for suffix in policy.suffixes]
    return Section("Market data is fetched, not committed", tuple(lines))


def lfs_data(policy: Policy) -> Section:
    files, market = TREATMENT[policy.data]
    lines = [lfs_line(f"*{suffix}", f"results/x{suffix}") for suffix in policy.suffixes] if files == LFS else []
    return Section("Data files go through Git LFS", (*lines, *((JSON_DATA,) if market == LFS else ())))


def lfs_line(pattern: str, sample: str) -> Line:
    return Line(f"{pattern} {LFS_STATES}", sample)


def ignore_sections(policy: Policy) -> tuple[Section, ...]:
    return KEYS, ignore_data(policy), CACHED, PYTHON


def attribute_sections(policy: Policy) -> tuple[Section, ...]:
    return lfs_data(policy), MERGING, SIGNED


def is_ignored(data: bytes, path: str) -> bool:
    return Ignores(lambda name: data if name == IGNORE else None).match(path) is not None


def is_attributed(data: bytes, path: str) -> bool:
    """Whether a file there goes through Git LFS; whether waivers are merged by line; whether signed bytes are kept."""
    attributes = Attributes(lambda name: data if name == ATTRIBUTES else None)
    if path.endswith(SIGNED_SUFFIXES):
        return attributes.get(path).get("text") == "unset"
    return attributes.get(path).get("merge") == "union" if path == WAIVERS_FILE else attributes.is_lfs(path)


def completed(data: bytes, sections: Sequence[Section], decides: Callable[[bytes, str], bool]) -> bytes:
    """With the lines appended whose effect the file does not have yet, so that order and wider patterns count.

    A line that could not change what becomes of its sample is left out, and so is one that somebody decided against.
    """
    after = data
    for section in sections:
        missing: list[str] = []
        for line in section.lines:
            so_far, more = (_appended(after, section.title, lines) for lines in (missing, [*missing, line.text]))
            changes = decides(so_far, line.sample) != line.wanted == decides(more, line.sample)
            if changes and not _is_decided(data, line):
                missing.append(line.text)
        after = _appended(after, section.title, missing)
    return after


def replaced(data: bytes, lines: dict[str, str]) -> bytes:
    """With each line that is among `lines` replaced by what it should say; the registry is let in behind it."""
    return b"".join(_replaced(line, lines) for line in data.splitlines(keepends=True))


def _replaced(line: bytes, lines: dict[str, str]) -> bytes:
    text = line.rstrip(b"\r\n")
    wanted = lines.get(text.rstrip().decode("utf-8", "replace"))
    if wanted is None:
        return line
    end = line[len(text) :] or b"\n"
    return b"".join(each.encode() + end for each in (wanted, MARKET_DATA[1].text))


def without(data: bytes, unwanted: Callable[[int, str], bool]) -> bytes:
    """Without the lines, told by number (from 1) and text, that are unwanted."""
    lines = enumerate(data.splitlines(keepends=True), 1)
    return b"".join(line for number, line in lines if not unwanted(number, line.decode("utf-8", "replace").strip()))


def without_title(data: bytes, title: str) -> bytes:
    """Without the comment above a section; where nothing is left of that, also without a blank line beside it."""
    lines = data.splitlines(keepends=True)
    texts = [line.decode("utf-8", "replace").strip() for line in lines]
    titles = {at for at, text in enumerate(texts) if text == f"# {title}"}
    alone = {at for at in titles if not "".join(texts[max(at - 1, 0) : at] + texts[at + 1 : at + 2])}
    gaps = {at - 1 if at else 1 for at in alone}
    return b"".join(line for at, line in enumerate(lines) if at not in titles | gaps)


def _appended(data: bytes, title: str, lines: Sequence[str]) -> bytes:
    if not lines:
        return data
    end = b"\r\n" if b"\r\n" in data else b"\n"
    gap = b"" if not data else end if data.endswith(b"\n") else end + end
    return data + gap + b"".join(line.encode() + end for line in (f"# {title}", *lines))


def _is_decided(there: bytes, line: Line) -> bool:
    """Whether the file itself speaks of this pattern, to the opposite effect: somebody's decision."""
    words = [each.split() for each in there.decode("utf-8", "replace").splitlines()]
    spoken = {each[0] for each in words if each}
    if " " in line.text:
        return line.pattern in spoken
    return bool(spoken & ({f"!{line.pattern}", f"!{line.sample}"} if line.wanted else {line.pattern[1:]}))
