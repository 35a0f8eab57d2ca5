"""Git LFS as the tree shows it: pointers, patterns, and what .gitignore hides of them. git-lfs itself is not needed."""

from __future__ import annotations

from quantgov.wording import shown_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantgov.attributes import Attributes
    from quantgov.change import Change
    from quantgov.git import Entry, Touched
    from quantgov.ignores import IgnoreMatch, Ignores
    from quantgov.policy import Policy
    from quantgov.tree import Tree

POINTER_MAX = 1024
"""Bytes a pointer file stays below. Source: git-lfs specification, docs/spec.md, "The Pointer"."""
HEX = b"0123456789abcdef"
SHOWN = 3
"""LFS patterns that are named of those that one ignore line hides."""
VERSION = b"version https://git-lfs.github.com/spec/v1"
"""The first line of a pointer that git-lfs writes today."""
SIZES = range(120, 160)
"""Bytes of a pointer without extensions: 126, and the digits of a size."""
PLAIN = "given to Git LFS by .gitattributes, but stored as a plain blob"
LEFT = "a pointer into Git LFS, but no line of .gitattributes gives it there: it is checked out as text"
POINTER_VERSIONS = (b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/")


def is_pointer(data: bytes) -> bool:
    """A pointer file: a version line first, then sorted keys, among them a sha256 oid and a size in bytes."""
    return bool(pointed_at(data))


def pointed_at(data: bytes) -> str:
    """The sha256 digest, in hexadecimal, that a pointer names; empty where the bytes are no pointer."""
    return parse(data)[0]


def parse(data: bytes) -> tuple[str, int]:
    """The sha256 digest and the size in bytes that a pointer names; no digest where the bytes are no pointer."""
    if len(data) >= POINTER_MAX or not data.startswith(POINTER_VERSIONS):
        return "", 0
    pairs = dict(line.partition(b" ")[::2] for line in data.splitlines())
    oid, size = pairs.get(b"oid", b""), pairs.get(b"size", b"")
    is_one = len(oid) == 71 and oid.startswith(b"sha256:") and not oid[7:].translate(None, HEX) and size.isdigit()
    return (oid[7:].decode(), int(size)) if is_one else ("", 0)


def pointer(digest: str, size: int) -> bytes:
    """The pointer file for such a content, as git-lfs writes it."""
    return b"%s\noid sha256:%s\nsize %d\n" % (VERSION, digest.encode(), size)


def is_canonical(data: bytes) -> bool:
    """Whether git-lfs would have written these very bytes: one that a hand or an editor changed it writes anew."""
    digest, size = parse(data)
    extensions = sorted(line for line in data.split(b"\n") if line.startswith(b"ext-"))
    first, rest = pointer(digest, size).split(b"\n", 1)
    return bool(digest) and data == b"\n".join((first, *extensions, rest))


def is_stored_by_lfs(tree: Tree, entry: Entry) -> bool:
    """Whether the blob is a pointer; an empty file is stored as it is by git-lfs too."""
    size = tree.size_of(entry.oid)
    return size == 0 or (size < POINTER_MAX and is_pointer(tree.content(entry.oid)))


def misplaced(path: str, size: int, policy: Policy) -> tuple[str, str]:
    """Why such a file may not be a plain blob: a key and a sentence; empty where it may."""
    is_kept_out = policy.data == "no-data"
    if size > policy.large_file:
        found, limit = shown_size(size), shown_size(policy.large_file)
        said = f"{found}, over the limit of {limit}" if is_kept_out else f"{found} outside Git LFS (limit {limit})"
        return "too-large", said
    suffix = next((suffix for suffix in policy.suffixes if path.lower().endswith(suffix)), "")
    if suffix and size and not policy.is_lfs_exempt(path):
        where = ", which the policy keeps out (data: no-data)" if is_kept_out else " outside Git LFS"
        return "data-file", f"a {suffix} data file{where}"
    return "", ""


def only_became_pointer(touched: Touched, tree: Tree) -> bool:
    """Whether a file only moved into LFS: what stands there now is the pointer to what stood there before."""
    before, after = touched.before, touched.after
    if not before or not after or not before.is_file or tree.size_of(after.oid) >= POINTER_MAX:
        return False
    data = tree.content(after.oid)
    if not is_pointer(data):
        return False
    from quantgov import digests  # not in the way of a commit that moves nothing

    return f"sha256:{digests.of_pieces(tree.chunks(before.oid))}".encode() in data.split()


def affected(change: Change, name: str = ".gitattributes") -> Iterable[str]:
    """The paths whose verdict may have changed: the touched ones, or all below a touched file of that name."""
    folders = [each.path.rpartition("/")[0] for each in change.touched if each.path.rpartition("/")[2] == name]
    if not folders:
        return [each.path for each in change.touched if each.after]
    below = tuple(f"{folder}/" if folder else "" for folder in folders)
    touched = {each.path for each in change.touched if each.after}
    return sorted(touched.union(path for path in change.head.paths() if path.startswith(below)))


class Conflict:
    """An ignore line and the LFS patterns that it hides, each with its place: `sample` is a path that it ignores."""

    __slots__ = ("ignored", "line", "patterns", "sample", "source")

    def __init__(self, match: IgnoreMatch, sample: str, patterns: tuple[tuple[str, str], ...]) -> None:
        self.ignored = match.pattern
        self.source = match.source
        self.line = match.line
        self.sample = sample
        self.patterns = patterns

    def hidden(self) -> str:
        """The patterns as a sentence names them: three, and how many more there are."""
        named = [f"{pattern!r} ({where})" for pattern, where in self.patterns[:SHOWN]]
        rest = len(self.patterns) - len(named)
        last = f"{rest} more" if rest else named.pop()
        return f"{', '.join(named)} and {last}" if named else last


def hidden_patterns(change: Change, policy: Policy) -> list[Conflict]:
    """Judged only where one of the two files is touched: elsewhere nothing about it can have changed."""
    touched = {each.path for each in change.touched if each.path.rpartition("/")[2] in (".gitignore", ".gitattributes")}
    return conflicts(change.attributes, change.ignores, policy.results) if touched else []


def conflicts(attributes: Attributes, ignores: Ignores, results: str) -> list[Conflict]:
    """The ignore lines that hide what the lines at the root give to Git LFS."""
    found: dict[tuple[str, int], Conflict] = {}
    for pattern in attributes.lfs_patterns():
        sample, match = _ignored(attributes, ignores, samples(pattern.pattern, results))
        if match:
            line = match.source, match.line
            told = found.get(line, Conflict(match, sample, ()))
            patterns = (*told.patterns, (pattern.pattern, f"{pattern.source}:{pattern.line}"))
            found[line] = Conflict(match, told.sample, patterns)
    return list(found.values())


def _ignored(attributes: Attributes, ignores: Ignores, paths: Iterable[str]) -> tuple[str, IgnoreMatch | None]:
    """The first of the paths that goes to Git LFS and is ignored, with the ignore line."""
    for path in paths:
        match = ignores.match(path) if attributes.is_lfs(path) else None
        if match:
            return path, match
    return "", None


def samples(pattern: str, results: str) -> list[str]:
    """Paths that a pattern stands for: one at the root and, where it names no folder, one among the results."""
    plain = pattern.lstrip("/").replace("**/", "x/").replace("**", "x").replace("*", "x").replace("?", "x")
    plain = plain.replace("[", "").replace("]", "")
    return [plain] if "/" in pattern.rstrip("/") else [plain, results + plain]
