"""The forms in which commands report."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    TEXT = "text"
    JSON = "json"


class ReportForm(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
