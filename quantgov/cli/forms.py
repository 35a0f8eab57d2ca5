"""The forms in which commands report."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    TEXT = "text"
    JSON = "json"
