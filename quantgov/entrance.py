"""Builds the Change of each entrance: what is staged, pushed, received, between two revisions, or all there is.

Nothing after this file knows which entrance it was, but for the stage.
"""

from __future__ import annotations

import os
import re

from quantgov.change import POLICY_FILE, SSH_KEYGEN, Change, Commit, Landed, Landing, Person
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import DEEPEN, MODE_FILE, Entry, Repository, Touched, finish, parse_raw
from quantgov.rule import Stage
from quantgov.tree import EMPTY, GitTree, Overlay, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from quantgov.change import Approval

TRUNKS = ("HEAD", "main", "master")
"""Where a remote's trunk may be found, in order; HEAD is the remote's own choice."""
HEADS, TAGS = "refs/heads/", "refs/tags/"
SIGN_OFFS = (".intoto.json", ".intoto.json.sig")
"""How the files of sign-offs end."""
LANDING = ("main", "master", "develop")
"""Branches beside the trunk on which work lands, and is judged again though the remote has it elsewhere."""
ENCODINGS = (
    r"utf-?8|(us-)?ascii|iso-?8859-?\d+|latin-?\d|windows-?\d+|cp125\d|koi8-[ru]|gbk|gb2312|gb18030|big5|euc-(jp|kr)"
)
"""Those that read ASCII as ASCII; any other that a commit names itself could hide a key from who reads its bytes."""


class Authority:
    """The revision whose policy, team and keys judge a change, and whether the remote has it already."""

    __slots__ = ("commit", "name", "remote", "tree")

    def __init__(self, name: str, commit: str, tree: Tree, *, remote: bool) -> None:
        self.name = name
        self.commit = commit
        self.tree = tree
        self.remote = remote


NOBODY = Authority("", "", EMPTY, remote=False)


def staged(
    repo: Repository,
    stage: Stage = Stage.COMMIT,
    message: str | None = None,
    branch: str | None = None,
    *,
    merging: bool = False,
) -> Change:
    """The index against HEAD; while a merge is being concluded, what differs from every parent.

    With a message also the commit that is about to be made of it; with a branch, as if HEAD were on it.
    `merging` is for the hook that git runs before it has written down what is merged.
    """
    if repo.top is None:
        raise UsageError("nothing is staged in a bare repository", "quantgov check --all")
    repo.start_config()
    index = repo.diff_index("HEAD")
    branch = branch or repo.branch()
    head_tree = _tree_oid(repo, "HEAD")
    if head_tree is None:
        index.wait()
        index = repo.diff_index(_unborn(repo))
    differs = list(parse_raw(finish(index)))
    merged = merge_heads(repo, announced=merging)
    touched = _in_every(repo, differs, merged)
    base = GitTree(repo.objects, head_tree)
    head = Overlay(base, {each.path: each.after for each in differs})
    parents = ("HEAD", *merged) if head_tree else ()
    authority = local_authority(repo)
    return Change(
        stage,
        base=base,
        head=head,
        authority=authority.tree,
        authority_name=authority.name,
        touched=touched,
        branch=branch,
        commits=() if message is None else (_draft(repo, message, parents, touched, head),),
        merging=bool(merged),
        created=head_tree is None,
        ignorecase=_ignorecase(repo),
        landing=_landing(repo, authority),
    )


def drafted(repo: Repository, message: str) -> Change:
    """What is staged, with the message it is about to be committed under."""
    return staged(repo, Stage.MESSAGE, message)


def _draft(repo: Repository, message: str, parents: tuple[str, ...], touched: list[Touched], head: Tree) -> Commit:
    return Commit("", message, parents, lambda: _next_author(repo), lambda: touched, tree=head, lands=False)


def pushed(repo: Repository, remote: str, lines: Sequence[str]) -> list[Change]:
    """Every ref line that git gives a pre-push hook: `local-ref local-oid remote-ref remote-oid`."""
    name = _remote_name(repo, remote)
    authority = local_authority(repo, name)
    return [_pushed(repo, name or remote, authority, *_fields(line, 4)) for line in lines]


def received(repo: Repository, lines: Sequence[str]) -> list[Change]:
    """Every ref line that git gives a pre-receive hook: `old-oid new-oid ref`; the objects may be in quarantine."""
    trunk, authority = _server_trunk(repo)
    return [_received(repo, authority, trunk, *_fields(line, 3)) for line in lines]


def ranged(
    repo: Repository, before: str, after: str, branch: str | None = None, approvals: Sequence[Approval] = ()
) -> Change:
    """What a pull request brings to `before`, its target's tip: new commits, and files against the merge base.

    `approvals` are the reviews that approve of it, as the platform tells them.
    """
    target, tip = repo.commit(before), repo.commit(after)
    authority = Authority(before, target, _tree(repo, target), remote=True)
    return _history(repo, Stage.RANGE, authority, tip, [target], branch=branch, lands=True, approvals=approvals)


def snapshot(repo: Repository, rev: str = "HEAD") -> Change:
    """Everything that stands in a revision, as if it had just been written."""
    commit = repo.commit(rev)
    tree = _tree(repo, commit)
    return standing(repo, tree, tree.paths(), tip=commit)


def committed(repo: Repository, rev: str = "HEAD") -> Commit:
    """One commit: its message, and what it touched. Raises UsageError where there is none."""
    oid = repo.commit(rev)
    (found,) = _commits(repo, [oid], _tree(repo, oid), {oid}, lands=True, proposed=False)
    return found


def standing(repo: Repository | None, tree: Tree, paths: Iterable[str], tip: str = "") -> Change:
    """What stands at these paths of a tree, as if just written. Without a repository no trunk judges it."""
    authority = local_authority(repo) if repo else NOBODY
    return Change(
        Stage.SNAPSHOT,
        base=EMPTY,
        head=tree,
        authority=authority.tree,
        authority_name=authority.name,
        touched=[Touched(path, None, entry) for path in paths if (entry := tree.entry(path))],
        tip=tip,
        ignorecase=_ignorecase(repo) if repo else False,
        landing=_landing(repo, authority) if repo else None,
    )


def local_authority(repo: Repository, remote: str = "") -> Authority:
    """`quantgov.trunk` of git's configuration; else the remote's trunk; else the local one; else HEAD."""
    configured = repo.config("quantgov.trunk")
    if configured:
        return _configured(repo, configured)
    remote = remote or _only_remote(repo)
    remotes = [f"refs/remotes/{remote}/{trunk}" for trunk in TRUNKS]
    names = [*remotes, *(HEADS + trunk for trunk in TRUNKS[1:]), "HEAD"]
    asked = [f"{name}^{{{kind}}}" for name in names for kind in ("commit", "tree")]
    found = repo.objects.info(asked)
    for at, name in enumerate(names):
        commit, tree = found[2 * at], found[2 * at + 1]
        if commit and tree:
            return Authority(_short(name), commit.oid, GitTree(repo.objects, tree.oid), remote=name in remotes)
    return NOBODY


def _landing(repo: Repository, authority: Authority, approvals: Sequence[Approval] = ()) -> Landing:
    """Time and reviews of what lands now, and the way to those of what landed before on authority's first parents."""

    history = _History(repo, authority.commit)
    return Landing(
        approvals=approvals, history=history.of, ssh_keygen=lambda: repo.config("gpg.ssh.program") or SSH_KEYGEN
    )


class _History:
    """When what stands at a path came to a trunk. Of all sign-offs, asked for by the hundred, one git tells.

    Raises CannotJudge in a shallow clone that does not reach back to where it came.
    """

    __slots__ = ("_commit", "_repo", "_sign_offs")

    def __init__(self, repo: Repository, commit: str) -> None:
        self._repo = repo
        self._commit = commit
        self._sign_offs: dict[tuple[str, str], tuple[str, float]] | None = None

    def of(self, path: str, oid: str) -> Landed | None:
        if not self._commit:
            return None
        if not path.endswith(SIGN_OFFS):
            found = self._first(f":(top,literal){path}").get((path, oid))
        else:
            if self._sign_offs is None:
                self._sign_offs = self._first(*(f":(top,glob)**/*{suffix}" for suffix in SIGN_OFFS))
            found = self._sign_offs.get((path, oid))
        if found and found[0] in self._repo.boundary():
            raise CannotJudge(f"this is a shallow clone, which does not tell when {path} came to the trunk", DEEPEN)
        return Landed(_team_at(self._repo, found[0]), found[1]) if found else None

    def _first(self, *pathspecs: str) -> dict[tuple[str, str], tuple[str, float]]:
        """By path and object, the first commit that brought it, and when: later ones come before it."""
        landings = self._repo.landings(self._commit, *pathspecs)
        return {(path, brought): (commit, when) for commit, when, path, brought in landings}


def _team_at(repo: Repository, commit: str) -> Tree:
    """What judged a commit of the trunk: the tree it was put on; its own where that one had no policy yet."""
    before = _tree_oid(repo, f"{commit}^")
    judging = GitTree(repo.objects, before)
    return judging if judging.entry(POLICY_FILE) else _tree(repo, commit)


def merge_heads(repo: Repository, *, announced: bool = False) -> tuple[str, ...]:
    """The commits being merged; where they are only `announced` (pre-merge-commit), the environment names them."""
    try:
        with open(os.path.join(repo.git_dir, "MERGE_HEAD"), encoding="ascii") as file:
            return tuple(file.read().split())
    except FileNotFoundError:
        named = (key.removeprefix("GITHEAD_") for key in os.environ if key.startswith("GITHEAD_"))
        return tuple(named) if announced else ()


def _pushed(
    repo: Repository, remote: str, authority: Authority, local_ref: str, local: str, remote_ref: str, known: str
) -> Change:
    if _is_zero(local):
        return _deleted(Stage.PUSH, authority, remote_ref)
    there = [oid for oid in repo.commits([known]) if oid and not _is_zero(known)]
    of_remote = f"--remotes={remote}"
    lands = _branch(remote_ref) in LANDING
    return _history(
        repo,
        Stage.PUSH,
        authority,
        local,
        [*_landed(repo, remote), authority.commit] if authority.remote else there,
        ref=remote_ref,
        created=_is_zero(known),
        rewound=_is_rewound(repo, known, local),
        lands=lands,
        exclude=there if lands and there else [*there, of_remote],
        known=[of_remote] if lands else ["--remotes", *([authority.commit] if authority.remote else [])],
    )


def _received(repo: Repository, authority: Authority, trunk: str, old: str, new: str, ref: str) -> Change:
    if _is_zero(new):
        return _deleted(Stage.RECEIVE, authority, ref)
    bases = [authority.commit] if authority.commit else []
    lands = ref == trunk or _branch(ref) in LANDING
    return _history(
        repo,
        Stage.RECEIVE,
        authority,
        new,
        bases,
        ref=ref,
        created=_is_zero(old),
        rewound=_is_rewound(repo, old, new),
        lands=lands,
        exclude=[old] if lands and not _is_zero(old) else ["--all"],
        known=["--branches"] if lands else [],
    )


def _landed(repo: Repository, remote: str) -> list[str]:
    """The tips of the remote's other long-lived branches: a fault that stands on one of them is not the pusher's."""
    tips = repo.commits([f"refs/remotes/{remote}/{name}" for name in LANDING])
    return [tip for tip in tips if tip]


def _is_rewound(repo: Repository, old: str, new: str) -> bool:
    """Whether a ref leaves what it pointed at: `new` does not stand on `old`, or `old` is not even known here."""
    return not _is_zero(old) and repo.start("merge-base", "--is-ancestor", old, new).wait().code != 0


def _deleted(stage: Stage, authority: Authority, ref: str) -> Change:
    return Change(
        stage,
        base=EMPTY,
        head=EMPTY,
        authority=authority.tree,
        authority_name=authority.name,
        touched=(),
        ref=ref,
        branch=_branch(ref),
        deleted=True,
    )


def _history(
    repo: Repository,
    stage: Stage,
    authority: Authority,
    new: str,
    bases: Sequence[str],
    *,
    ref: str = "",
    branch: str | None = None,
    created: bool = False,
    rewound: bool = False,
    lands: bool = False,
    exclude: Sequence[str] | None = None,
    known: Sequence[str] = (),
    approvals: Sequence[Approval] = (),
) -> Change:
    """Commits that `exclude` (else `bases`) does not reach, and their tip against its merge base with `bases`.

    What lands is judged again though the remote has it on a branch, where work in progress may stand. What `known`
    reaches is not new: its messages are judged only where it lands. Notes and the like have no messages to judge.
    """
    (tip,) = repo.commits([new])
    if tip is None:
        return _not_a_commit(repo, stage, authority, new, ref)
    base = repo.merge_base(tip, *bases) if bases else None
    base_tree, head = GitTree(repo.objects, _tree_oid(repo, base) if base else None), _tree(repo, tip)
    oids = repo.new_commits([tip], bases if exclude is None else exclude)
    fresh = set(repo.new_commits([tip], known) if known else oids) if _has_messages(ref) else set()
    return Change(
        stage,
        base=base_tree,
        head=head,
        authority=authority.tree,
        authority_name=authority.name,
        touched=[*_differences(repo, base, tip), *_tag_message(repo, new, ref)],
        ref=ref,
        branch=branch or _branch(ref),
        created=created,
        rewound=rewound,
        commits=_commits(repo, oids, head, fresh, lands=lands, proposed=stage is Stage.RANGE),
        tip=tip,
        ignorecase=_ignorecase(repo),
        landing=_landing(repo, authority, approvals),
    )


def _not_a_commit(repo: Repository, stage: Stage, authority: Authority, oid: str, ref: str) -> Change:
    """A tag of a tree or of a single file uploads contents all the same."""
    tree_oid = _tree_oid(repo, oid)
    head: Tree = GitTree(repo.objects, tree_oid)
    if tree_oid is None:
        (info,) = repo.objects.info([f"{oid}^{{blob}}"])
        if info is None:
            raise CannotJudge(f"object {oid} is missing or unreadable", "git fsck")
        head = Overlay(head, {"(tagged file)": Entry(MODE_FILE, info.oid)})
    return Change(
        stage,
        base=EMPTY,
        head=head,
        authority=authority.tree,
        authority_name=authority.name,
        touched=[*(Touched(path, None, head.entry(path)) for path in head.paths()), *_tag_message(repo, oid, ref)],
        ref=ref,
    )


def _tag_message(repo: Repository, oid: str, ref: str) -> Iterator[Touched]:
    """An annotated tag uploads a text of its own beside what it points at, which may be a tag again."""
    for tag in repo.objects.tags([oid]) if ref and _branch(ref) is None else ():
        yield Touched("(tag message)", None, Entry(MODE_FILE, tag))


def _has_messages(ref: str) -> bool:
    return not ref or ref.startswith((HEADS, TAGS))


def _differences(repo: Repository, base: str | None, tip: str) -> list[Touched]:
    if base is not None:
        return repo.diff_trees(base, tip)
    tree = _tree(repo, tip)
    return [Touched(path, None, tree.entry(path)) for path in tree.paths()]


class _Diffs:
    """What every commit of a range touched, from one git process, started when a rule first asks."""

    __slots__ = ("_found", "_oids", "_repo")

    def __init__(self, repo: Repository, oids: Sequence[str]) -> None:
        self._repo = repo
        self._oids = oids
        self._found: dict[str, list[Touched]] | None = None

    def of(self, oid: str) -> list[Touched]:
        if self._found is None:
            self._found = self._repo.diff_commits(self._oids)
        return self._found.get(oid, [])


def _commits(
    repo: Repository, oids: Sequence[str], tree: Tree, fresh: Collection[str], *, lands: bool, proposed: bool
) -> list[Commit]:
    diffs = _Diffs(repo, oids)
    raw = zip(oids, repo.objects.contents(oids), strict=True)
    return [
        parse_commit(oid, data, diffs, tree, lands=lands, is_new=oid in fresh, proposed=proposed) for oid, data in raw
    ]


def parse_commit(
    oid: str, data: bytes, diffs: _Diffs, tree: Tree, *, lands: bool, is_new: bool = True, proposed: bool = False
) -> Commit:
    """A raw commit object: header lines, a blank one, the message in its `encoding` (UTF-8 if unnamed)."""
    head, _, body = data.partition(b"\n\n")
    headers: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        headers.setdefault(key, []).append(value)
    encoding = headers.get(b"encoding", [b"utf-8"])[0].decode("ascii", "replace")
    author = headers.get(b"author", [b""])[0]
    return Commit(
        oid,
        _text(body, encoding),
        tuple(value.decode() for value in headers.get(b"parent", [])),
        lambda: parse_person(author),
        lambda: diffs.of(oid),
        tree=tree,
        lands=lands,
        is_new=is_new,
        proposed=proposed,
    )


def _text(data: bytes, encoding: str) -> str:
    """A commit names its encoding itself: one that reads ASCII otherwise would hide a key from who reads the bytes."""
    if not re.fullmatch(ENCODINGS, encoding, re.IGNORECASE):
        encoding = "utf-8"
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def parse_person(ident: bytes) -> Person:
    """`Name <email> seconds zone`, as commits and `git var` write it."""
    name, _, rest = ident.decode("utf-8", "replace").partition("<")
    return Person(name.strip(), rest.partition(">")[0])


def _next_author(repo: Repository) -> Person:
    return parse_person(repo.read("var", "GIT_AUTHOR_IDENT"))


def _in_every(repo: Repository, touched: list[Touched], merged: Sequence[str]) -> list[Touched]:
    for other in merged:
        differs = {each.path for each in parse_raw(finish(repo.diff_index(other)))}
        touched = [each for each in touched if each.path in differs]
    return touched


def _unborn(repo: Repository) -> str:
    """The empty tree, once it is sure that HEAD has no commit rather than a missing one."""
    if repo.start("rev-parse", "-q", "--verify", "HEAD").wait().code == 0:
        raise CannotJudge("the commit at HEAD is missing or unreadable", "git fsck")
    return repo.read("hash-object", "-t", "tree", "--stdin").decode().strip()


def _configured(repo: Repository, name: str) -> Authority:
    found = _resolve(repo, name, remote=not name.startswith(HEADS))
    if found is None:
        raise UsageError(
            f"git config quantgov.trunk names {name!r}, which does not exist",
            "git fetch, or git config quantgov.trunk origin/main",
        )
    return found


def _resolve(repo: Repository, name: str, *, remote: bool) -> Authority | None:
    commit, tree = repo.objects.info([f"{name}^{{commit}}", f"{name}^{{tree}}"])
    return (
        Authority(_short(name), commit.oid, GitTree(repo.objects, tree.oid), remote=remote) if commit and tree else None
    )


def _server_trunk(repo: Repository) -> tuple[str, Authority]:
    """The trunk's ref and its tip. In full: a pushed tag that is named like the trunk would be taken for it.

    A server's HEAD often names a branch that nobody ever pushed (`master`); then `main` or `master` is the trunk.
    """
    configured = repo.config("quantgov.trunk")
    names = [configured] if configured else [repo.branch() or "main", *TRUNKS[1:]]
    refs = [name if name.startswith("refs/") else HEADS + name for name in names]
    found = ((ref, _resolve(repo, ref, remote=True)) for ref in refs)
    return next(((ref, authority) for ref, authority in found if authority), (refs[0], NOBODY))


def _only_remote(repo: Repository) -> str:
    remotes = list(repo.remotes())
    return remotes[0] if len(remotes) == 1 else "origin"


def _remote_name(repo: Repository, remote: str) -> str:
    """The name of the remote that is pushed to; empty for a URL of none, which is what git gives for `git push URL`."""
    remotes = repo.remotes()
    named = (name for name, url in remotes.items() if url == remote)
    return remote if remote in remotes else next(named, "")


def _tree(repo: Repository, commit: str) -> Tree:
    return GitTree(repo.objects, _tree_oid(repo, commit))


def _tree_oid(repo: Repository, rev: str) -> str | None:
    (info,) = repo.objects.info([f"{rev}^{{tree}}"])
    return info.oid if info else None


def _ignorecase(repo: Repository) -> bool:
    return repo.config("core.ignorecase") == "true"


def _branch(ref: str) -> str | None:
    return ref.removeprefix(HEADS) if ref.startswith(HEADS) else None


def _short(name: str) -> str:
    return name.removeprefix("refs/remotes/").removeprefix(HEADS)


def _is_zero(oid: str) -> bool:
    return not oid.strip("0")


def _fields(line: str, count: int) -> list[str]:
    fields = line.rsplit(" ", count - 1)
    if len(fields) != count:
        raise UsageError(f"not a ref line as git writes it: {line!r}")
    return fields
