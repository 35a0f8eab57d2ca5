"""What to do about one leaked secret, in order: revoke, rotate, whom to ask, what to look for, how to purge it.

Everything is told, and nothing is done: the commands are there to be read first.
"""

from __future__ import annotations

import json
import os
import re
from typing import NamedTuple

from quantgov import keys, scanning
from quantgov.errors import UsageError
from quantgov.leaks import Leak, of_verdict
from quantgov.rule import quoted
from quantgov.scanning import Request
from quantgov.secrets import vendors
from quantgov.tally import without_secrets
from quantgov.tree import GitTree
from quantgov.wording import printable
from quantgov.workspace import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quantgov.git import Repository
    from quantgov.keys import Key
    from quantgov.rule import Origin
    from quantgov.scanning import Tick
    from quantgov.secrets.vendors.entry import Vendor

SHORTEST = 4  # characters of a fingerprint that may stand for it
PLACE = r"(?P<path>.+?):(?P<line>\d+)(?::\d+)?"
HISTORY = "quantgov secrets scan --history"
REPLACEMENTS = "../replacements.txt"
REMOVED = "***REMOVED***"
KEY_BLOCK = r"regex:-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----==>" + REMOVED
PEM = b"PRIVATE KEY-----"
NAMED = r"[A-Za-z][A-Za-z0-9_]*(?:KEY|SECRET|TOKEN|PASSWORD|PASS|PWD)[A-Za-z0-9_]*"
LAYERS = {
    keys.DEVELOPMENT: "One person's own key: what was done with it looks as if that person had done it. Such keys are "
    "seldom restricted, so reckon with all that this person may do there.",
    keys.CI: "The key that pipelines share: it should only read, so what they read is known. Nobody can tell whose use "
    "was whose; compare its calls with the pipelines' own runs.",
    keys.PRODUCTION: "The key of live trading: within its scope it acts on real money from the first minute. Compare "
    "every order and transfer since then with the strategy's own log before anything trades on.",
}


class Step(NamedTuple):
    """One thing to do: what it is about, what there is to know, and what to run or write by hand."""

    name: str
    title: str
    text: tuple[str, ...]
    commands: tuple[str, ...] = ()


class Incident(NamedTuple):
    """One secret: everywhere that it stands, the first commit that brought it, and the registered keys it may be."""

    leak: Leak
    everywhere: tuple[Leak, ...]
    first: Origin | None
    registered: tuple[Key, ...]
    url: str = ""
    head: str = ""

    @property
    def is_pushed(self) -> bool:
        return any(each.origin and each.origin.pushed for each in self.everywhere)

    @property
    def vendor(self) -> Vendor:
        return vendors.of_detector(self.leak.detector)

    @property
    def slug(self) -> str:
        return vendors.slug_of(self.leak.detector)

    @property
    def places(self) -> list[str]:
        return list(dict.fromkeys(without_secrets(_place(each)) for each in self.everywhere))

    @property
    def since(self) -> str:
        """The first commit, as it may be shown; empty where it is in none."""
        return without_secrets(printable(str(self.first))) if self.first else ""


def _place(leak: Leak) -> str:
    where = leak.place or leak.what.partition(" in ")[2]
    return f"{where}, in commit {leak.origin.commit[:10]}" if leak.origin else where


def find(repo: Repository, wanted: str, tick: Tick) -> Incident:
    """The secret with this fingerprint, or the beginning of one, or at this place (`path:line`, or a path alone).

    Raises UsageError where that names none, or several.
    """
    found = _everything(repo, tick)
    marks = _meant(found, wanted)
    if not marks:
        is_place = re.fullmatch(PLACE, wanted) or os.path.lexists(wanted)
        said = "no finding here stands at" if is_place else "no finding here has the fingerprint"
        raise UsageError(f"{said} {printable(wanted)}", f"{HISTORY} lists them all, with their fingerprints")
    if len({_secret(mark) for mark in marks}) > 1:
        meant = {each.fingerprint: f"{each.fingerprint} ({printable(each.what)})" for each in found}
        several = ", ".join(meant[mark] for mark in sorted(marks))
        raise UsageError(f"{printable(wanted)} may be {len(marks)} findings", f"name one: {several}")
    secrets = {_secret(mark) for mark in marks}
    everywhere = tuple(each for each in found if _secret(each.fingerprint) in secrets)
    leak = next(each for each in found if each.fingerprint in marks)
    registered = keys.matching(register(repo), vendors.slug_of(leak.detector), leak.own_line)
    (head,) = repo.commits(["HEAD"])
    return Incident(leak, everywhere, first_of(repo, everywhere), tuple(registered), remote_url(repo), head or "")


def _everything(repo: Repository, tick: Tick) -> list[Leak]:
    """What lies on disk, as a person sees it, and then all of history."""
    found = []
    if repo.top:
        try:
            found = of_verdict(repo, scanning.search(Request([repo.top]), tick))
        except UsageError:  # there is no file at all
            found = []
    return found + of_verdict(repo, scanning.search(Request(history=True), tick))


def _secret(fingerprint: str) -> str:
    """What is common to all findings of one secret: in messages and names they are counted."""
    return fingerprint.partition("-")[0]


def _meant(found: Sequence[Leak], wanted: str) -> set[str]:
    if any(each.fingerprint == wanted for each in found):
        return {wanted}
    marks = {each.fingerprint for each in found if len(wanted) >= SHORTEST and each.fingerprint.startswith(wanted)}
    return marks or _standing(found, wanted)


def _standing(found: Sequence[Leak], wanted: str) -> set[str]:
    """What stands at a place on disk; where nothing does any more, what stood there."""
    place = re.fullmatch(PLACE, wanted)
    line, path = (int(place["line"]), place["path"]) if place else (None, wanted)
    there = [each for each in found if path and line in (None, each.line) and _is_at(each.path, os.path.normpath(path))]
    return {each.fingerprint for each in there if not each.origin} or {each.fingerprint for each in there}


def _is_at(path: str, wanted: str) -> bool:
    """Whether a path from the top is the one that somebody in a folder below it has typed."""
    return path == wanted or path.endswith(f"/{wanted}")


def first_of(repo: Repository, everywhere: Sequence[Leak]) -> Origin | None:
    """Of several commits that brought a secret, the one that the others stand on."""
    origins = {each.origin.commit: each.origin for each in everywhere if each.origin}
    if len(origins) < 2:
        return next(iter(origins.values()), None)
    listed = repo.read("rev-list", "--topo-order", "--reverse", "--stdin", stdin="\n".join(origins).encode() + b"\n")
    return next(origins[oid] for oid in listed.decode().split() if oid in origins)


def register(repo: Repository) -> list[Key]:
    """The keys register as it lies on disk, where an entry may just have been added; else HEAD's."""
    data = read_file(os.path.join(repo.top, keys.KEYS_FILE)) if repo.top else None
    if data is None and repo.commits(["HEAD"]) != [None]:
        data = GitTree(repo.objects, repo.tree_of("HEAD")).read_file(keys.KEYS_FILE)
    return keys.of_data(data) if data else []


def remote_url(repo: Repository) -> str:
    """The address of `origin`, or of another remote, without the login that it may hold."""
    remotes = repo.remotes()
    url = remotes.get("origin") or next(iter(remotes.values()), "")
    return re.sub(r"(?<=://)[^@/]*@", "", url)


def steps(incident: Incident) -> list[Step]:
    """What to do, in order."""
    vendor = incident.vendor
    return [
        Step("revoke", f"Revoke it at {vendor.name}", tuple(_revoke(incident))),
        Step("rotate", "Rotate it", tuple(_rotate(incident))),
        _owner(incident),
        Step("misuse", "Look for misuse", (_misuse(incident),)),
        _purge(incident),
        Step("attack", "What an attacker could have done", tuple(_attack(incident))),
    ]


def _revoke(incident: Incident) -> Iterator[str]:
    yield f"{_begun(incident.vendor.revoke)}."
    if incident.leak.hit and not incident.slug:  # a team's own detector knows better
        yield incident.leak.hit.advice
    yield _urgency(incident)


def _urgency(incident: Incident) -> str:
    if incident.is_pushed:
        return "A remote branch reaches it: it is leaked, whatever becomes of the history. Revoke it now."
    if incident.first:
        return (
            "No remote branch known here reaches it (`git fetch` tells whether that is so). "
            "Revoke it all the same if anybody else may have this history."
        )
    return "It is in no commit. Revoke it all the same if anybody else may have seen it."


def _rotate(incident: Incident) -> Iterator[str]:
    yield f"{incident.vendor.rotate}."
    for key in incident.registered:
        yield f"{key.name} ({key.layer}) is kept in: {key.storage}. The new value goes there, and nowhere into Git."
    if not incident.registered:
        yield "The new value goes into the environment or a secret manager, and nowhere into Git."


def _owner(incident: Incident) -> Step:
    title = "Tell its owner"
    if incident.registered:
        owners = [
            f"{key.owner} owns {key.name}: layer {key.layer}, scope {key.scope}, kept in {key.storage}, rotated on "
            f"{key.rotated_on}, to be rotated by {key.expires}."
            for key in incident.registered
        ]
        return Step("owner", title, (*owners, f"Once it is rotated, set rotated_on and expires in {keys.KEYS_FILE}."))
    author = f" {without_secrets(incident.first.author)} committed it." if incident.first else ""
    unknown = f"{keys.KEYS_FILE} has no such key. Ask {incident.vendor.owner}.{author}"
    how = "Then register the new one there: what there is to know of it, never its value."
    return Step("owner", title, (unknown, how), ("version: 1", "keys:", _entry(incident)))


def _entry(incident: Incident) -> str:
    """A line for the register, with what is known of the key filled in."""
    named = re.search(NAMED, incident.leak.own_line, re.IGNORECASE)
    name = named[0].upper() if named else "<NAME>"
    return (
        f"  - {{name: {name}, vendor: {incident.slug or '<vendor>'}, layer: <development|ci|production>, "
        "owner: <person>, scope: <what it may do>, storage: <where it is kept>, rotated_on: <YYYY-MM-DD>, "
        "expires: <YYYY-MM-DD>}"
    )


def _misuse(incident: Incident) -> str:
    since = f"from {incident.first.date}, when it was committed, until it is revoked" if incident.first else "up to now"
    return f"{_begun(incident.vendor.misuse)}. Look at everything {since}."


def _begun(text: str) -> str:
    """With a capital, unless it begins with an address or a program's word."""
    return text[0].upper() + text[1:] if re.match(r"[a-z]+[ ,]", text) else text


def _attack(incident: Incident) -> Iterator[str]:
    yield incident.vendor.attack
    known = dict.fromkeys(key.layer for key in incident.registered)
    for layer in known or LAYERS:
        yield f"{'Layer' if known else 'If its layer is'} {layer}: {LAYERS[layer]}"


def _purge(incident: Incident) -> Step:
    if incident.first is None:
        return Step("purge", "Take it out", *_in_no_commit(incident.leak))
    if incident.is_pushed:
        return Step("purge", "Purge it from history", tuple(_agreed(incident)), tuple(_filter_repo(incident)))
    return Step("purge", "Purge it from history", *_mended_here(incident.leak, incident.first.commit, incident.head))


def _in_no_commit(leak: Leak) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if leak.path.startswith("("):  # an unreachable object
        text = "No branch reaches it any more. This drops all that nothing reaches:"
        return (text,), ("git reflog expire --expire=now --all", "git gc --prune=now")
    if not leak.path:
        text = "It stands in a name. Rename that here, and delete the old name on every remote:"
        return (text,), ("git branch -m <old> <new>", "git push <remote> --delete <old>")
    return ("Take it out of the file, and stage the file again.",), (f"git add -- {quoted(leak.path)}",)


def _mended_here(leak: Leak, commit: str, head: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    mend = "take the secret out of the file" if leak.path else "reword the message"
    marked = "" if commit == head else ", at the commit that you mark as `edit`"
    text = (
        f"No remote branch known here reaches it, so nothing is forced on anybody: {mend}{marked}.",
        "The last two commands drop all that nothing reaches any more, not this commit alone.",
    )
    amend = "git commit --amend --all" if leak.path else "git commit --amend"
    rebase = (f"git rebase -i {commit[:10]}^", amend, "git rebase --continue")
    ends = ("git reflog expire --expire=now --all", "git gc --prune=now")
    return text, (*((amend,) if commit == head else rebase), *ends)


def _agreed(incident: Incident) -> Iterator[str]:
    yield (
        "Once it is revoked, not instead. git-filter-repo (pip install git-filter-repo) rewrites every commit since "
        "then, so agree on an hour in which nobody pushes. quantgov runs none of this."
    )
    here = dict.fromkeys(printable(each.path) for each in incident.everywhere if not each.origin and each.path)
    if here:
        yield f"First take it out of {', '.join(here)}, and push that: it is replaced there, too."
    if any(not each.origin and not each.path for each in incident.everywhere):
        yield "It stands in a name as well. Rename that, and delete the old name on every remote."
    if not _goes_whole(incident.leak):
        yield from _replacement(incident.leak)
    yield "The last command needs branch protection lifted for a moment; refs/pull/* refuse it whatever is lifted."
    yield "Everybody else deletes their clone and clones anew: a pull would merge the old history back."
    yield _host(incident.url)


def _goes_whole(leak: Leak) -> bool:
    """Whether no replacement can be told: git-filter-repo reads one a line, and replaces nothing in binary content."""
    secret = leak.hit.secret if leak.hit else b""
    return bool(leak.path) and (not leak.line or (b"\n" in secret and PEM not in secret))


def _replacement(leak: Leak) -> Iterator[str]:
    if leak.hit and PEM in leak.hit.secret:
        yield f"Into {REPLACEMENTS} goes one line, which holds no secret:"
        yield f"  {KEY_BLOCK}"
    else:
        yield (
            f"Into {REPLACEMENTS} goes one line, typed by yourself: the secret, and right behind it ==>{REMOVED}. "
            "Keep that file outside of every repository."
        )


def _filter_repo(incident: Incident) -> Iterator[str]:
    url = quoted(incident.url) if incident.url else "<URL>"
    yield 'cd "$(mktemp -d)"'
    yield f"git clone --mirror {url} purge.git"
    yield "cd purge.git"
    if _goes_whole(incident.leak):
        paths = dict.fromkeys(each.path for each in incident.everywhere if each.path)
        yield f"git filter-repo --invert-paths {' '.join(f'--path {quoted(path)}' for path in paths)}"
    else:
        options = [
            f"--replace-{what} {REPLACEMENTS}"
            for what, stands in (("text", True), ("message", False))
            if any(bool(each.path) is stands for each in incident.everywhere)
        ]
        yield f"(umask 077; ${{EDITOR:-vi}} {REPLACEMENTS})"
        yield f"git filter-repo {' '.join(options)}"
        yield f"rm {REPLACEMENTS}"
    yield HISTORY
    yield f"git push --force --mirror {url}"  # git-filter-repo forgets where it was cloned from


def _host(url: str) -> str:
    forks = "Forks keep theirs: each has to be rewritten or deleted by its owner."
    if "gitlab" in url:
        return f"GitLab keeps old objects until Settings > Repository > Repository maintenance cleans them up. {forks}"
    if "github" in url:
        return (
            "GitHub shows old commits by their names, in pull requests and from caches, until its support removes them "
            f"(https://support.github.com). {forks}"
        )
    return f"The server keeps old objects until it collects its garbage, and may show them from caches. {forks}"


def as_json(incident: Incident) -> str:
    leak, first = incident.leak, incident.first
    origin = {name: getattr(first, name) for name in ("commit", "author", "date", "path")} if first else None
    finding = {
        "code": leak.code,
        "fingerprint": leak.fingerprint,
        "message": leak.what,
        "detector": leak.detector or None,
        "vendor": incident.slug or None,
        "places": incident.places,
        "line": leak.own_line or None,
        "first": {name: without_secrets(value) for name, value in origin.items()} if origin else None,
        "pushed": incident.is_pushed,
        "waived": leak.waived or None,
    }
    listed = [each._asdict() for each in steps(incident)]
    return json.dumps({"schema": 1, "finding": finding, "steps": listed}, indent=2) + "\n"
