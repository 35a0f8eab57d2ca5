"""Where Git LFS keeps contents: read and added to without git-lfs, which may not be there."""

from __future__ import annotations

import os

from quantgov import digests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quantgov.git import Repository

PIECE = 1 << 20
FILE = 0o644
"""The mode of an object, as git-lfs writes them: a team may share the folder."""
PRESENT, MISSING, CORRUPT = "present", "missing", "corrupt"


class Store:
    """The objects of a repository, each in a file that is named by the sha256 digest of its content."""

    __slots__ = ("folder", "objects")

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.objects = os.path.join(folder, "objects")

    @classmethod
    def of(cls, repo: Repository) -> Store:
        """`lfs.storage` of git's configuration, which counts from the git folder, or `lfs` in there."""
        return cls(os.path.join(repo.common_dir, repo.config("lfs.storage") or "lfs"))

    def path(self, digest: str) -> str:
        return f"{self.objects}/{digest[:2]}/{digest[2:4]}/{digest}"

    def size(self, digest: str) -> int:
        """Bytes of an object; -1 where it is not here."""
        try:
            return os.stat(self.path(digest)).st_size
        except OSError:
            return -1

    def state(self, digest: str, size: int) -> str:
        """What a look at the size tells: nothing is read."""
        found = self.size(digest)
        return PRESENT if found == size else MISSING if found < 0 else CORRUPT

    def is_intact(self, digest: str) -> bool:
        """Whether the bytes of an object that is here are those that its name promises."""
        return digests.of_pieces(self.pieces(digest)) == digest

    def pieces(self, digest: str) -> Iterator[bytes]:
        with open(self.path(digest), "rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def adopt(self, other: Store) -> None:
        """Take over the objects of another store on the same file system, each whole."""
        for folder, _, names in os.walk(other.objects):
            for name in names:
                target = self.path(name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.replace(os.path.join(folder, name), target)

    def add(self, pieces: Iterable[bytes]) -> tuple[str, int, bool]:
        """Keep a content, whole or not at all: its digest, its size, and whether it was not here before.

        Raises OSError where there is no room.
        """
        import tempfile

        drafts = os.path.join(self.folder, "tmp")
        os.makedirs(drafts, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix="quantgov-", dir=drafts)
        try:
            digest, size = _written(handle, pieces)
            target = self.path(digest)
            is_new = not os.path.exists(target)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.chmod(draft, FILE)
            os.replace(draft, target)
        except BaseException:
            os.unlink(draft)
            raise
        return digest, size, is_new


def _written(handle: int, pieces: Iterable[bytes]) -> tuple[str, int]:
    """Digest and size of what is written to an open file, down to the disk."""
    import hashlib

    found, size = hashlib.sha256(), 0
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(piece)
            found.update(piece)
            size += len(piece)
        file.flush()
        os.fsync(handle)
    return found.hexdigest(), size
