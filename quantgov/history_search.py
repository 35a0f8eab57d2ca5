"""Searching all of history: every content, message and ref name once, and only what is new the next time.

Two things are kept under `.git/quantgov`: the verdict on each object, so that it is searched once; and the whole
answer by the tips of the refs, so that while nothing moves there is nothing to do. Both hold for one engine and policy.
"""

from __future__ import annotations

from functools import partial

from quantgov import engine, entrance, lfs, policy, rules, searching, waivers
from quantgov.cache import Cache
from quantgov.change import Blob, Change
from quantgov.git import MODE_FILE, Entry, decode, encode
from quantgov.process import fan_out, workers
from quantgov.rule import Failed, Finding, Origin, Unjudged
from quantgov.searching import CONTENT, TEXT
from quantgov.secrets import exposure, history, prefilter, scanner
from quantgov.tally import Tally, without_secrets
from quantgov.tree import GitTree, Tree
from quantgov.verdict import Judgement, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from quantgov.git import Repository
    from quantgov.policy import Policy
    from quantgov.rule import Broke, Outcome
    from quantgov.secrets.history import Extent, Streamed

    Tick = Callable[[int, int], None]
    Words = dict[str, Any]
    """What a rule says, as plain data that a cache can keep: `findings` and what it left `unjudged`."""

VERDICTS = "verdicts"
SHOW_EVERY = 64
"""Objects between two looks at the clock."""
PARALLEL_FROM = 2_000
"""Objects from which a second process pays."""
RUN = 512
"""Objects that one process reads in a row: git keeps them as differences from their neighbours."""
SHALLOW = "this is a shallow clone: what is older than its first commits is not here (git fetch --unshallow)"
FINDING = ("message", "path", "line", "column", "help", "key", "commit", "identity")
ORIGIN = ("commit", "author", "date", "path", "pushed")
UNJUDGED = ("reason", "path", "loud")
TEXTS = {history.COMMIT: "the commit message", history.TAG: "the tag's message"}
HEADER, REF_NAME = "the author or another header", "the name of"


class Known:
    """What is known of objects, from earlier searches and this one: which were searched, and what was said of them."""

    __slots__ = ("contents", "others", "pointers", "said")

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.contents: set[str] = kept.get("contents", set())
        self.others: set[str] = kept.get("others", set())
        self.pointers: dict[str, str] = kept.get("pointers", {})
        self.said: dict[str, Words] = kept.get("said", {})

    def add(self, kept: Mapping[str, Any]) -> None:
        """What another search has found out."""
        for name in self.__slots__:
            getattr(self, name).update(kept[name])

    def kept(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


class HeldTree(Tree):
    """The one object that is being searched."""

    def __init__(self, held: Streamed) -> None:
        self._held = held

    def content(self, oid: str) -> bytes:
        return self._held.data or b"".join(self._held.pieces())

    def chunks(self, oid: str) -> Iterator[bytes]:
        return self._held.pieces()

    def size_of(self, oid: str) -> int:
        return self._held.size


class Reader:
    """Puts objects to the rules as they come, and keeps what is said of each."""

    __slots__ = ("_known", "_policy", "_repo", "_tally", "broke")

    def __init__(self, repo: Repository, used: Policy, known: Known) -> None:
        self._repo = repo
        self._policy = used
        self._known = known
        self._tally = Tally(rules.find(CONTENT)[0])
        self.broke: Broke | None = None

    def read_all(self, oids: Sequence[str], paths: Mapping[str, str], tick: Callable[[int], None]) -> None:
        """Every one of these, up to the first that a rule crashes on."""
        for number, held in enumerate(history.stream(self._repo, oids)):
            if number % SHOW_EVERY == 0:
                tick(number)
            self.read(held, paths[held.oid])
            if self.broke:
                return

    def read(self, held: Streamed, path: str) -> None:
        if held.kind == history.BLOB:
            self._known.contents.add(held.oid)
            self._read_content(held, path)
        else:
            self._known.others.add(held.oid)
            self._read_text(held)

    def _read_content(self, held: Streamed, path: str) -> None:
        blob = Blob(path, Entry(MODE_FILE, held.oid), HeldTree(held))
        if not self._tally.judge(blob, self._policy):
            _, findings, unjudged, self.broke = self._tally.words()
            self._say(held.oid, findings, unjudged)
            self._tally = Tally(self._tally.rule)
        if held.size < lfs.POINTER_MAX and (digest := lfs.pointed_at(held.data)):
            self._known.pointers[held.oid] = digest

    def _read_text(self, held: Streamed) -> None:
        """A commit or a tag: its message, and the header above it, where names and addresses are."""
        if not scanner.scan(held.data, team=self._policy.team):
            return  # nothing in the whole, so nothing in its parts
        header, _, message = held.data.partition(b"\n\n")
        commit = held.oid if held.kind == history.COMMIT else ""
        salt, team = self._policy.salt, self._policy.team
        found = [
            *exposure.findings(message, salt, TEXTS[held.kind], commit=commit, team=team),
            *exposure.findings(header, salt, HEADER, commit=commit, team=team),
        ]
        if found:
            author = history.parse_author(header)
            for each in found:
                each.origin = Origin(held.oid, *author, "", pushed=False)
            self._say(held.oid, found, [])

    def _say(self, oid: str, findings: Iterable[Finding], unjudged: Iterable[Unjudged]) -> None:
        self._known.said[oid] = {
            "findings": [
                _plain(each, FINDING) | {"origin": _origin(each.origin), "text": self._mark_only(each.text)}
                for each in findings
            ],
            "unjudged": [_plain(each, UNJUDGED) for each in unjudged],
        }

    def _mark_only(self, line: bytes) -> bytes:
        """The inline waiver of a line, redacted, without what stands before it: the secret itself is kept nowhere."""
        at = line.find(waivers.MARK)
        return encode(without_secrets(decode(line[at:]), self._policy.team)) if at >= 0 else b""


class Past:
    """A repository's history, searched as far as `extent` says."""

    __slots__ = ("_cache", "_extent", "_key", "_policy", "_repo", "_tips", "change")

    def __init__(self, repo: Repository, extent: Extent, *, cached: bool = True) -> None:
        self._repo = repo
        self._extent = extent
        self._cache = Cache.of(repo.common_dir) if cached else None
        self.change = _change(repo)
        self._policy = policy.of_change(self.change, self._cache)
        self._key = f"{self._policy.digest} {self._policy.salt}"
        self._tips = history.tips(repo, extent)

    def verdict(self, tick: Tick, *, behind_pointers: bool = False) -> Verdict:
        """What the rules on secrets say of it. Raises CannotJudge where an object cannot be read."""
        answer = self._known_answer() or self._search(tick)
        found = [Judgement(self.change, self._policy, [self._outcome(code, answer[code]) for code in (CONTENT, TEXT)])]
        if behind_pointers:
            found.append(searching.behind(self._repo, answer["pointers"], self.change, self._policy))
        return Verdict(found)

    def _known_answer(self) -> dict[str, Any] | None:
        """What was found from these tips before. What nothing reaches, no tip tells of."""
        return None if self._extent.unreachable else self._table(self._extent.name).get(self._tips.identity)

    def _search(self, tick: Tick) -> dict[str, Any]:
        """Search what is new, and put the answer together from all that is reached."""
        paths = history.reached(self._repo, self._tips.oids)
        if self._extent.unreachable:
            paths = {**dict.fromkeys(history.every_object(self._repo), ""), **paths}
        known = Known(self._table(VERDICTS))
        new = [oid for oid in paths if oid not in known.contents and oid not in known.others]
        broke = self._read(new, paths, known, tick)
        if broke:
            return {CONTENT: {"broke": broke}, TEXT: {"judged": 0}, "pointers": []}
        answer = self._answer(paths, known)
        self._keep(VERDICTS, known.kept())
        if not self._extent.unreachable:
            self._keep(self._extent.name, {self._tips.identity: answer})
        return answer

    def _read(self, new: list[str], paths: Mapping[str, str], known: Known, tick: Tick) -> Broke | None:
        """Put what is new to the rules: all of it here, or, where it is much, in equal shares side by side."""
        if len(new) >= searching.MANY:
            prefilter.large()
        count = workers() if len(new) >= PARALLEL_FROM else 1
        reader = Reader(self._repo, self._policy, known)
        shares = [_share(new, at, count) for at in range(count)]
        jobs = [partial(self._work, share, paths) for share in shares[1:]]
        answers = fan_out(jobs, lambda: reader.read_all(shares[0], paths, lambda done: tick(done * count, len(new))))
        for broke, kept in answers:
            reader.broke = reader.broke or broke
            known.add(kept)
        tick(len(new), len(new))
        return reader.broke

    def _work(self, share: Sequence[str], paths: Mapping[str, str]) -> tuple[Broke | None, dict[str, Any]]:
        """In a forked copy: what there is to say of a share."""
        known = Known({})
        reader = Reader(self._repo, self._policy, known)
        reader.read_all(share, paths, lambda _: None)
        return reader.broke, known.kept()

    def _answer(self, paths: Mapping[str, str], known: Known) -> dict[str, Any]:
        told = {oid: known.said[oid] for oid in paths if oid in known.said}
        contents = {oid: words for oid, words in told.items() if oid in known.contents}
        leaking = {oid for oid, words in contents.items() if words["findings"]}
        origins = history.origins(self._repo, leaking, self._tips.oids)
        texts = [each for oid, words in told.items() if oid in known.others for each in words["findings"]]
        if texts:
            reachable = history.pushed(self._repo)
            for each in texts:
                each["origin"]["pushed"] = each["origin"]["commit"] in reachable
        return {
            CONTENT: {
                "judged": sum(oid in known.contents for oid in paths),
                "findings": _first_of_each(contents, origins, paths),
                "unjudged": [
                    {**each, "path": paths[oid]} for oid, words in contents.items() for each in words["unjudged"]
                ],
            },
            TEXT: {
                "judged": sum(oid in known.others for oid in paths) + len(self._tips.refs),
                "findings": [*texts, *self._in_names()],
            },
            "pointers": [(paths[oid], digest) for oid, digest in known.pointers.items() if oid in paths],
        }

    def _in_names(self) -> list[dict[str, Any]]:
        team = self._policy.team
        if not scanner.scan(encode("\n".join(self._tips.refs)), team=team):
            return []
        found = (
            each
            for name in self._tips.refs
            for each in exposure.findings(
                encode(name), self._policy.salt, f"{REF_NAME} {without_secrets(name, team)}", team=team
            )
        )
        return [_plain(each, FINDING) | {"origin": None} for each in found]

    def _outcome(self, code: str, words: Words) -> Outcome:
        tally = Tally(rules.find(code)[0])
        tally.broke = words.get("broke")
        tally.judged = words.get("judged", 0)
        tally.findings = [_finding(each) for each in words.get("findings", ())]
        tally.unjudged = [Unjudged(**each) for each in words.get("unjudged", ())]
        if code == CONTENT and self._tips.cut:
            tally.unjudged.append(Unjudged(SHALLOW, loud=True))
        outcome = engine.conclude(tally, self.change, self._policy, waivers.today())
        for ruling in outcome.rulings if isinstance(outcome, Failed) else ():
            ruling.finding.help = f"quantgov secrets respond {ruling.fingerprint}"
        return outcome

    def _table(self, name: str) -> dict[str, Any]:
        return self._cache.table(f"secrets/{name}", self._key) if self._cache else {}

    def _keep(self, name: str, value: dict[str, Any]) -> None:
        if self._cache:
            self._cache.keep_table(f"secrets/{name}", self._key, value)


def _share(oids: Sequence[str], number: int, of: int) -> list[str]:
    starts = range(number * RUN, len(oids), of * RUN)
    return [oid for start in starts for oid in oids[start : start + RUN]]


def _change(repo: Repository) -> Change:
    """Nothing is touched in it: it stands for the waivers of HEAD, and the policy of the trunk."""
    (head,) = repo.objects.info(["HEAD^{tree}"])
    return entrance.standing(repo, GitTree(repo.objects, head.oid if head else None), ())


def _first_of_each(
    contents: Mapping[str, Words], origins: Mapping[str, Origin], paths: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each secret once for each path that it stood at, as the oldest content there shows it."""
    oldest = {oid: age for age, oid in enumerate(origins)}
    first: dict[tuple[str, str, int], dict[str, Any]] = {}
    for oid in sorted(contents, key=lambda oid: oldest.get(oid, len(oldest))):
        origin = origins.get(oid)
        path = origin.path if origin else paths[oid] or f"(unreachable object {oid[:10]})"
        seen: dict[str, int] = {}
        for each in contents[oid]["findings"]:
            times = seen[each["identity"]] = seen.get(each["identity"], 0) + 1
            told = {**each, "path": path, "commit": origin.commit if origin else "", "origin": _origin(origin)}
            first.setdefault((each["identity"], path, times), told)
    return list(first.values())


def _plain(value: Finding | Unjudged | Origin, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _origin(origin: Origin | None) -> dict[str, Any] | None:
    return _plain(origin, ORIGIN) if origin else None


def _finding(plain: dict[str, Any]) -> Finding:
    found = Finding(**{name: plain[name] for name in FINDING})
    found.text = plain.get("text", b"")
    found.origin = Origin(**plain["origin"]) if plain["origin"] else None
    return found
