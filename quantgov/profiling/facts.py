"""What a profile says, in the words of a data manifest."""

from __future__ import annotations

from typing import NamedTuple

OTHER = "other"
"""The format of a file that is of no kind that can be read."""


class Expectation(NamedTuple):
    """What should be there: the symbols by name, or how many (`size`); calendar and interval in place of those found.

    `calendar` is 24/7, observed, or an exchange's MIC; `interval` as in a manifest, 1h or tick. `start` and `end` are
    ISO days, the first and the last that bars are expected for; without them the data's own first and last bar.
    """

    symbols: tuple[str, ...] = ()
    size: int | None = None
    calendar: str = ""
    interval: str = ""
    start: str = ""
    end: str = ""


class File(NamedTuple):
    """One file: SHA-256 in hexadecimal, size in bytes; `rows` is None where they were not read."""

    path: str
    sha256: str
    size: int
    rows: int | None
    format: str


class Profile(NamedTuple):
    """What data files hold. `start` and `end` are ISO days, or moments where bars are shorter; empty where not known.

    Where one file of bars could not be read, nothing is known of what all of them hold: no rows, no symbols, no period.
    `bars_present` of `bars_expected` are there; None, as with `symbols_expected` and `duplicates`, where nobody can
    tell. `nulls` counts prices that are missing. `notes` say what is wrong or not known. `outside` is
    what there is beyond the period asked for, in words: a part of the data is often enough. `as_of` is when the newest
    file was fetched, empty where not all of them say it.
    """

    files: tuple[File, ...]
    digest: str
    rows: int
    symbols: tuple[str, ...]
    start: str
    end: str
    interval: str
    timestamp_convention: str
    calendar: str
    bars_present: int | None
    bars_expected: int | None
    symbols_expected: int | None
    symbols_present: int
    duplicates: int | None
    nulls: int
    columns: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    outside: str
    as_of: str

    def manifest(
        self, *, symbol_set: str = "", source: str = "", cache: str = "", dataset: str = "", as_of: str = ""
    ) -> dict[str, object]:
        """In the form of schemas/data-manifest.schema.json; what is neither known nor given is left out."""
        vendor, _, endpoint = source.strip().rpartition(" ")
        parts: dict[str, object] = {
            **self._contents(symbol_set),
            "source": {"vendor": vendor, "endpoint": endpoint, "interval": self.interval} if vendor else {},
            "cache": cache,
            "as_of": as_of or (self.as_of if self.as_of >= self.end[:10] else ""),
            "digest": self.digest,
            "dataset": dataset,
            "inputs": [_input(file) for file in self.files],
        }
        return {key: value for key, value in parts.items() if value not in ("", None, {})}

    def _contents(self, symbol_set: str) -> dict[str, object]:
        """What is only known of files that were read."""
        if not self.rows:
            return {}
        is_counted = self.bars_present is not None and self.bars_expected
        return {
            "symbol_set": self._symbol_set(symbol_set),
            "period": {"start": self.start[:10], "end": self.end[:10]} if self.start else {},
            "rows": self.rows,
            "timestamp_convention": self.timestamp_convention,
            "calendar": self.calendar,
            "bars": {"present": self.bars_present, "expected": self.bars_expected} if is_counted else {},
            "duplicates": self.duplicates,
            "nulls": self.nulls,
        }

    def _symbol_set(self, name: str) -> dict[str, object]:
        """One symbol is a set by its own name."""
        name = name or (self.symbols[0] if len(self.symbols) == 1 else "")
        if not name or not self.symbols:
            return {}
        is_part = self.symbols_expected is not None and self.symbols_expected >= self.symbols_present
        expected = {"expected": self.symbols_expected} if is_part else {}
        return {"name": name, "count": self.symbols_present, **expected}


def _input(file: File) -> dict[str, object]:
    found: dict[str, object] = {"path": file.path, "sha256": file.sha256, "size": file.size}
    return found if file.rows is None else {**found, "rows": file.rows}
