"""What other scanners were told to let pass: baselines and ignore files, and which of our findings they mean.

A file of theirs is data here and nothing else: detect-secrets runs the code that a baseline names.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from quantgov.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from quantgov.secrets.hit import Hit

    Place = tuple[str, str]
    """A commit, empty for the files as they stand, and a path in it."""
    Hits = Mapping[Place, Sequence["Found"]]
    """What was found in each place."""

BUILT_IN = r"detect_secrets\.[a-z_.]+"
SHA1 = r"[0-9a-f]{40}"
IGNORED = r"(?:(?P<commit>[0-9a-f]{7,64}):)?(?P<file>.+):(?P<rule>[^:]+):(?P<line>\d+)"
ALLOW = rb"gitleaks:allow|pragma:[ \t]?(?:allow|white)list[ _-](?P<next>nextline[ _-])?secret"
KEY_HEADER = rb"BEGIN[ A-Z0-9]{1,40}PRIVATE KEY(?: BLOCK)?|PuTTY-User-Key-File-2"
"""All that detect-secrets hashes of a private key."""
QUOTED = r"\"[^\"]{1,4096}\"|'[^']{1,4096}'"
"""What its entropy plugins hash."""
MORE_PLUGINS = (("basic_auth", "BasicAuthDetector"), ("keyword", "KeywordDetector"))
LONGEST = 4096  # characters of a line in which its plugins are asked: their time grows with the square of it
COMMONPLACE = frozenset(("access", "api", "app", "auth", "client", "generic", "id", "key", "secret", "token"))
"""Words of rule names that tell no vendor."""


class Known(NamedTuple):
    """A finding that another scanner was told of: in which file, by line or by the secret's SHA-1 digest.

    `source` is where it says so; `is_real` that somebody has audited it and found it to be a secret.
    """

    source: str
    file: str
    reason: str
    line: int = 0
    digest: str = ""
    commit: str = ""
    rule: str = ""
    is_real: bool = False


class Found(NamedTuple):
    """A finding of ours: its fingerprint, the hit, and the line that it stands in, which is not for display."""

    fingerprint: str
    hit: Hit
    line: str = ""


class Matched(NamedTuple):
    """Which of our findings are meant, by fingerprint; those that are real; and what means none of ours."""

    passed: dict[str, Known]
    real: dict[str, Known]
    unmatched: list[Known]


def parse(name: str, data: bytes) -> list[Known] | None:
    """What a file lets pass: a baseline of detect-secrets, or a .gitleaksignore; None for any other file.

    Raises UsageError for a baseline that names code of its own.
    """
    if name.endswith(".gitleaksignore"):
        return list(gitleaks_ignores(data, name))
    return baseline(data, name) if name.endswith(".baseline") or b'"hashed_secret"' in data else None


def baseline(data: bytes, name: str = ".secrets.baseline") -> list[Known]:
    """The entries of a baseline of detect-secrets, of any of its versions."""
    import json

    try:
        loaded = json.loads(data)
    except (ValueError, RecursionError):
        raise UsageError(f"{name} is no JSON", "detect-secrets scan > .secrets.baseline") from None
    if not isinstance(loaded, dict) or not isinstance(loaded.get("results"), dict):
        raise UsageError(f"{name} is no baseline of detect-secrets", "detect-secrets scan > .secrets.baseline")
    for code in _code(loaded):
        raise UsageError(f"{name} names code to be run: {code}", "take that entry out of it, and look who put it in")
    return [
        _known(name, file, each)
        for file, listed in loaded["results"].items()
        if isinstance(listed, list)
        for each in listed
        if isinstance(each, dict) and re.fullmatch(SHA1, str(each.get("hashed_secret", "")))
    ]


def _code(loaded: Mapping[str, object]) -> Iterator[str]:
    """What detect-secrets would import: any path of a plugin, and that of a filter which is not its own."""
    for plugin in _mappings(loaded.get("plugins_used")):
        if "path" in plugin:
            yield str(plugin["path"])
    for each in _mappings(loaded.get("filters_used")):
        if "path" in each and not re.fullmatch(BUILT_IN, str(each["path"])):
            yield str(each["path"])
    if loaded.get("custom_plugin_paths"):  # before its version 1
        yield str(loaded["custom_plugin_paths"])


def _mappings(listed: object) -> Iterator[Mapping[str, object]]:
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()


def _known(name: str, file: str, given: Mapping[str, object]) -> Known:
    verdict = given.get("is_secret")
    audited = {True: "audited as a secret", False: "audited as no secret"}
    line = given.get("line_number")
    return Known(
        name,
        _path(file),
        f"{audited[verdict] if isinstance(verdict, bool) else 'known, not audited,'} in {name}",
        line=line if isinstance(line, int) else 0,
        digest=str(given["hashed_secret"]),
        rule=str(given.get("type", "")),
        is_real=verdict is True,
    )


def _path(file: str) -> str:
    return file.replace("\\", "/").removeprefix("./")


def gitleaks_ignores(data: bytes, name: str = ".gitleaksignore") -> Iterator[Known]:
    """The lines of a .gitleaksignore: `commit:file:rule:line` or `file:rule:line`. Any other means nothing."""
    for number, raw in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = raw.strip()
        if text and not text.startswith("#"):
            source = f"{name}:{number}"
            found = re.fullmatch(IGNORED, text)
            if found:
                commit, file, rule, line = found.groups()
                yield Known(source, _path(file), f"ignored in {name}", int(line), commit=commit or "", rule=rule)
            else:
                yield Known(source, text, "")


def allowed(data: bytes, path: str) -> Iterator[Known]:
    """The lines of a file that a comment for gitleaks or detect-secrets lets pass."""
    for number, line in enumerate(data.split(b"\n"), 1):
        for found in re.finditer(ALLOW, line):
            reason = f"allowed by a comment, {found[0].decode()}"
            yield Known(f"{path}:{number}", path, reason, line=number + bool(found["next"]))


def matched(known: Iterable[Known], hits: Hits) -> Matched:
    """Which findings of ours each entry means. One that may mean several and does not tell which means none."""
    found = Matched({}, {}, [])
    for each in known:
        meant = _by_digest(each, hits) if each.digest else _by_line(each, hits)
        if not meant:
            found.unmatched.append(each)
        for fingerprint in meant:
            (found.real if each.is_real else found.passed).setdefault(fingerprint, each)
    for fingerprint in found.real:
        found.passed.pop(fingerprint, None)
    return found


def _by_digest(known: Known, hits: Hits) -> list[str]:
    """By the secret itself, wherever it stands by now; in its own file also by what detect-secrets takes for it."""
    anywhere = [each for found in hits.values() for each in found if _sha1(each.hit.secret) == known.digest]
    here = (each for each in hits.get(("", known.file), ()) if known.digest in map(_sha1, _hashed(each)))
    return [each.fingerprint for each in anywhere or here]


def _hashed(found: Found) -> Iterator[bytes]:
    """What detect-secrets may hash of a secret: more of its line, or only a part, as `ghp` of a GitHub token."""
    secret, line = found.hit.secret, found.line
    header = re.search(KEY_HEADER, secret)
    if header:
        yield header[0]
    if len(line) <= LONGEST:
        quoted = (each[1:-1] for each in re.findall(QUOTED, line))
        for text in (*quoted, *_seen_by_plugins(line)):
            seen = text.encode("utf-8", "replace")
            if seen and (seen in secret or secret in seen):
                yield seen


def _seen_by_plugins(line: str) -> Iterator[str]:
    for analyze in _analyzers():
        yield from analyze(line)


@cache
def _analyzers() -> tuple[Callable[[str], Iterable[str]], ...]:
    from importlib import import_module

    from quantgov.secrets.families import plugins

    own = {(row.module, row.kind) for row in plugins.ROWS} | set(MORE_PLUGINS)
    found = (getattr(import_module(f"detect_secrets.plugins.{module}"), kind)() for module, kind in sorted(own))
    return tuple(each.analyze_string for each in found)


def _sha1(data: bytes) -> str:
    import hashlib

    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _by_line(known: Known, hits: Hits) -> list[str]:
    here = [each for each in hits.get((known.commit, known.file), ()) if each.hit.line == known.line > 0]
    if known.rule and len({each.fingerprint for each in here}) > 1:
        here = [each for each in here if _words(known.rule) & _words(each.hit.detector)]
        here = here if len({each.fingerprint for each in here}) == 1 else []
    return [each.fingerprint for each in here]


def _words(name: str) -> set[str]:
    return set(re.split(r"[-_ ]", name.lower())) - COMMONPLACE
