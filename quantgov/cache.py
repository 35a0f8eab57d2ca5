"""What was judged or parsed before, kept under the repository's `.git/quantgov`, and thrown away when in doubt.

The files are marshalled plain data written by this user for itself. Each starts with the digest of the engine that
wrote it: another version, a changed source file or an upgraded dependency makes it unread.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from quantgov.documents import Plain

    Key = tuple[str, int, str]

CACHE_FOLDER = "quantgov"
"""Under the repository's common .git folder, so that linked worktrees share it."""
CHECKSUM_SIZE = 4
CHECKSUM_SEED = 1
"""Without one, a file of nothing but zero bytes, as a crash leaves it, would be whole."""
MAX_SHARD = 20_000
"""Verdicts in one shard before it starts afresh: reading it must stay cheaper than judging again."""


class Cache:
    """Clean verdicts of blob rules, and documents parsed before. Reading and writing never fail: they only miss."""

    __slots__ = ("_changed", "_digest", "_folder", "_shards")

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._digest = engine_digest()
        self._shards: dict[str, dict[Key, str]] = {}
        self._changed: set[str] = set()

    @classmethod
    def of(cls, common_dir: str) -> Cache:
        return cls(os.path.join(common_dir, CACHE_FOLDER))

    def document(self, oid: str) -> dict[str, Plain] | None:
        """What the policy document with this object name was parsed to."""
        known: dict[str, dict[str, Plain]] = self._load("policy")
        return known.get(oid)

    def keep_document(self, oid: str, value: dict[str, Plain]) -> None:
        self._store("policy", {oid: value})

    def is_clean(self, key: Key, policy: str, code: str) -> bool:
        return f" {policy}:{code} " in self._shard(key).get(key, "")

    def add_clean(self, key: Key, policy: str, codes: Iterable[str]) -> None:
        shard = self._shard(key)
        known = [each for each in shard.get(key, "").split() if each.startswith(f"{policy}:")]
        shard[key] = " ".join(("", *known, *(f"{policy}:{code}" for code in codes), ""))
        self._changed.add(key[2][:2])

    def table(self, name: str, key: str) -> dict[str, Any]:
        """What was kept under a name with this key; empty where it was another, or nothing."""
        known: dict[str, dict[str, Any]] = self._load(name)
        return known.get(key, {})

    def keep_table(self, name: str, key: str, value: dict[str, Any]) -> None:
        """Keep plain data under a name, in place of what was there with any key."""
        self._store(name, {key: value})

    def save(self) -> None:
        for name in self._changed:
            self._store(os.path.join("verdicts", name), self._shards[name])
        self._changed.clear()

    def _shard(self, key: Key) -> dict[Key, str]:
        name = key[2][:2]
        if name not in self._shards:
            loaded: dict[Key, str] = self._load(os.path.join("verdicts", name))
            self._shards[name] = loaded if len(loaded) < MAX_SHARD else {}
        return self._shards[name]

    def _load(self, name: str) -> dict[Any, Any]:
        try:
            with open(os.path.join(self._folder, name), "rb") as file:
                data = file.read()
        except OSError:
            return {}
        if data[:CHECKSUM_SIZE] != _checksum(data[CHECKSUM_SIZE:]):
            return {}  # cut short, or damaged: marshal makes anything of it
        try:
            digest, value = marshal.loads(data[CHECKSUM_SIZE:])
        except (ValueError, EOFError, TypeError):  # whole, but not what is written here
            return {}
        return value if digest == self._digest and isinstance(value, dict) else {}

    def _store(self, name: str, value: dict[Any, Any]) -> None:
        path = os.path.join(self._folder, name)
        draft = f"{path}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            data = marshal.dumps((self._digest, value))
            with open(draft, "wb") as file:
                file.write(_checksum(data) + data)
            os.replace(draft, path)
        except BaseException as error:
            _discard(draft)
            if not isinstance(error, OSError):  # a read-only .git or a full disk: the next run judges again
                raise


def _discard(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # it was never written


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data, CHECKSUM_SEED).to_bytes(CHECKSUM_SIZE)


def engine_digest() -> str:
    """Changes whenever the engine's own files, Python or an installed library may have changed."""
    package = os.path.dirname(os.path.abspath(__file__))
    folders = [
        package,
        *(os.path.join(package, name) for name in ("rules", "secrets", "secrets/families", "schemas", "../schemas")),
    ]
    stamps = [f"{entry.name}:{entry.stat().st_mtime_ns}" for folder in folders for entry in _files(folder)]
    stamps += [
        str(os.stat(path).st_mtime_ns) for path in sys.path if path.endswith("-packages") and os.path.isdir(path)
    ]
    return f"{sys.version} {' '.join(sorted(stamps))}"


def _files(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name.endswith((".py", ".json"))]
    except FileNotFoundError:
        return []
