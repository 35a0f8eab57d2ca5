"""Which files of a folder are data: what is drafted, put on record and verified has to be of the same ones."""

from __future__ import annotations

import os

from quantgov.policy import DATA_SUFFIXES
from quantgov.profiling.facts import OTHER

KINDS = {
    ".csv": "csv", ".tsv": "csv", ".csv.gz": "csv.gz", ".parquet": "parquet", ".pq": "parquet", ".feather": "feather",
    ".arrow": "feather", ".ipc": "feather", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
"""By their ending the files that can be read."""


def kind_of(path: str) -> str:
    return next((kind for suffix, kind in KINDS.items() if path.lower().endswith(suffix)), OTHER)


def is_data(path: str) -> bool:
    """Whether a file of a folder, by its path from there, is data; a note beside it is not, nor is what is hidden."""
    is_hidden = any(part.startswith(".") for part in path.split("/"))
    return not is_hidden and (kind_of(path) != OTHER or path.lower().endswith(DATA_SUFFIXES))


def below(folder: str) -> list[str]:
    """The paths of the files in a folder, from there; what is hidden in it is passed by."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".")]
        inside = os.path.relpath(parent, folder).replace(os.sep, "/")
        prefix = "" if inside == "." else f"{inside}/"
        found += [f"{prefix}{name}" for name in names if not name.startswith(".")]
    return sorted(found)
