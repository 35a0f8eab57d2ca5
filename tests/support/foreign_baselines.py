"""Baselines as detect-secrets writes them, of secrets that the tests make up."""

from __future__ import annotations

import hashlib
import json

FILTER = {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"}


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def listed(text: str, file: str = "a.py", **more: object) -> dict[str, object]:
    return {"type": "Secret Keyword", "filename": file, "hashed_secret": sha1(text), "line_number": 3, **more}


def document(*entries: dict[str, object], **more: object) -> bytes:
    results: dict[str, list[dict[str, object]]] = {}
    for each in entries:
        results.setdefault(str(each["filename"]), []).append(each)
    used = {"plugins_used": [{"name": "AWSKeyDetector"}], "filters_used": [FILTER]}
    return json.dumps({"version": "1.5.0", **used, "results": results, **more}).encode()
