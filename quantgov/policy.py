"""The team's policy: quantgov.yaml, checked against its schema, immutable, and the defaults where there is none."""

from __future__ import annotations

import re

from quantgov.change import POLICY_FILE as POLICY_FILE
from quantgov.errors import PolicyError
from quantgov.git import encode
from quantgov.rule import Level
from quantgov.wildmatch import Pattern
from quantgov.wording import UNITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quantgov.cache import Cache
    from quantgov.change import Change, Commit
    from quantgov.documents import Document, Plain, Violation
    from quantgov.people import Team as People
    from quantgov.secrets.team import Team
    from quantgov.tree import Tree

DEFAULTS = "defaults"
"""The source of a policy that no document states."""
ALWAYS_BLOCK = ("QG301", "QG302", "QG303")
"""A key that left the machine is leaked whatever the mode: nothing lowers or skips these, a waiver must name them."""

SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]*"
PRESETS = {
    # S0 L287: {type}/{description}
    "trunk": (rf"(?:backtest|data-pipeline|strategy|infrastructure)/{SEGMENT}(?:/{SEGMENT})*", ("main", "master")),
    # S1 L173: feature/<researcher-name>/<topic>, integrated on develop
    "develop": (rf"(?:feature|hotfix)/{SEGMENT}/{SEGMENT}", ("main", "master", "develop")),
}
FORMS = {
    "trunk": "<backtest|data-pipeline|strategy|infrastructure>/<description>",
    "develop": "feature/<researcher>/<topic>",
}
PLATFORM_BRANCHES = rf"revert-\d+-.+|(?:{SEGMENT}-)?patch-\d+"
"""What GitHub's own buttons name a branch: Revert, and an edit in the browser."""

COMMIT_TYPES = (  # S1 L196-201, S0 L312, and what repositories use beside them (REQUIREMENTS C5)
    "feat", "fix", "data", "test", "refactor", "docs",
    "backtest", "strategy", "infra", "chore", "ci", "perf", "revert",
)  # fmt: skip
BOTS = ("dependabot", "renovate", "github-actions", "pre-commit-ci", "codex", "claude", "copilot")
DATA_SUFFIXES = (".csv", ".parquet", ".feather", ".pkl", ".pickle", ".h5", ".hdf5", ".arrow", ".npy", ".npz")
EXEMPT = ("tests/**", "**/tests/**", "**/fixtures/**")
DATA_CODE = ("src/data/**", "data_pipeline/**", "data-pipeline/**", "pipelines/**", "**/data_client.py")
"""Where the documents keep the code that makes datasets (S0 L390, S1 L17 and L149)."""
GATES = ("QG601", "QG602", "QG603", "QG604", "QG605", "QG606", "QG607")
OVERRIDABLE = ("QG103", "QG405", *GATES)
"""What breaking the glass lets one strategy past, for hours: nobody reruns a backtest at night either."""
UNWAIVABLE = ("QG001", "QG002", "QG103", "QG303", *GATES, "QG609")
"""What can always be mended instead: the policy, the waivers, the branch that was pushed to, a message; and gates."""
SCAN_LIMIT = 16 << 20
MAX_SIZE = 1 << 20
TIMEOUT = 3600
"""Seconds that a backtest may take when it is run again."""
TOLERANCES = {"default": 1e-9}
"""Relative: what the order of floating-point sums may change, and nothing else."""
EVIDENCE = {"low": "recorded", "medium": "reviewed", "high": "signed"}
"""What a sign-off has to be, by the strategy's materiality."""


class Policy:
    """What a team decided. `digest` names the document it came from, `source` where that document stands."""

    __slots__ = (
        "_evidence", "_given_people", "_levels", "_people", "bootstrap", "bots", "data", "data_code", "digest", "form",
        "large_file", "lfs_exempt", "live", "max_outputs", "merge", "mode", "pattern", "protected", "results", "salt",
        "scan_limit", "source", "strategies", "strips_outputs", "suffixes", "team", "timeout", "tolerances", "types",
        "unwaivable",
    )  # fmt: skip

    def __init__(
        self, value: Mapping[str, object], digest: str = "", source: str = "", *, bootstrap: bool = False
    ) -> None:
        self.digest = digest
        self.source = source
        self.bootstrap = bootstrap
        self.mode = str(value.get("mode", "guard"))
        self.merge = str(value.get("merge", "squash"))
        self.data = str(value.get("data", "hybrid"))
        self.pattern, self.form, self.protected = _branches(value, str(value.get("trunk", "main")))
        paths = _mapping(value, "paths")
        self.strategies = _folder(paths.get("strategies", "strategies/"))
        self.results = _folder(paths.get("results", "results/"))
        self.live = _folder(paths.get("live", "live/"))
        lfs = _mapping(value, "lfs")
        self.large_file = parse_size(lfs.get("max_size", MAX_SIZE))
        self.suffixes = _strings(lfs, "suffixes", DATA_SUFFIXES)
        self.lfs_exempt = _strings(lfs, "exempt", EXEMPT)
        self.data_code = _strings(value, "data_code", DATA_CODE)
        notebooks = _mapping(value, "notebooks")
        self.strips_outputs = notebooks.get("outputs") == "strip"
        self.max_outputs = parse_size(notebooks.get("max_outputs", MAX_SIZE))
        reproduce = _mapping(value, "reproduce")
        self.timeout = int(str(reproduce.get("timeout", TIMEOUT)))
        given = _mapping(reproduce, "tolerances")
        self.tolerances = {**TOLERANCES, **{name: float(str(share)) for name, share in given.items()}}
        secrets = _mapping(value, "secrets")
        self.scan_limit = parse_size(secrets.get("max_size", SCAN_LIMIT))
        self.salt = str(secrets.get("salt", ""))
        self.team = _team(value) if "detectors" in secrets else None
        self.types = _strings(_mapping(value, "messages"), "types", COMMIT_TYPES)
        self.bots = tuple(bot.casefold() for bot in _strings(value, "bots", BOTS))
        self.unwaivable = _strings(value, "unwaivable", UNWAIVABLE)
        self._levels = _mapping(value, "levels")
        self._evidence = value.get("evidence", {})
        self._given_people = {key: value[key] for key in ("team", "roles") if key in value}
        self._people: People | None = None

    @property
    def people(self) -> People:
        """Who is in the team, and what each may sign as."""
        if self._people is None:
            from quantgov.people import Team

            self._people = Team.of(self._given_people)
        return self._people

    def evidence_for(self, materiality: str) -> str:
        """What a sign-off on such a strategy has to be: `recorded`, `reviewed` or `signed`; unstated is medium."""
        if self.mode == "govern":
            return "signed"
        if not isinstance(self._evidence, dict):
            return str(self._evidence)
        materiality = materiality if materiality in EVIDENCE else "medium"
        return str(self._evidence.get(materiality, EVIDENCE[materiality]))

    def level(self, code: str, default: Level, path: str = "", phase: str = "") -> Level:
        """How much a finding of this rule weighs at this path.

        The longest matching code prefix decides; under it the last matching glob, then the phase of the passport.
        """
        if code in ALWAYS_BLOCK:
            return Level.BLOCK
        if self.mode == "observe":
            return Level.ADVISE
        prefixes = sorted((prefix for prefix in self._levels if code.startswith(prefix)), key=len)
        level = default
        for prefix in prefixes:
            level = _level(self._levels[prefix], level, path, phase)
        return level

    @property
    def knows_phases(self) -> bool:
        return any("phase:" in str(value) for value in self._levels.values())

    def is_result(self, path: str) -> bool:
        """Whether a path holds backtest results; notes beside them are none."""
        name = path.rpartition("/")[2]
        return path.startswith(self.results) and not name.startswith(".") and not name.endswith(".md")

    def is_strategy(self, path: str) -> bool:
        return path.startswith(self.strategies)

    def is_live(self, path: str) -> bool:
        """Whether a path holds code that trades, whatever strategy it is of."""
        return bool(self.live) and path.startswith(self.live)

    def is_data_code(self, path: str) -> bool:
        """Whether a path holds code that makes datasets."""
        return Globs(self.data_code).match(path)

    def is_lfs_exempt(self, path: str) -> bool:
        """Whether a small data file may be a plain blob here, as the samples that tests read are."""
        return Globs(self.lfs_exempt).match(path)

    def lands(self, commit: Commit) -> bool:
        """Whether a commit is judged as one that reaches the trunk as it is: of a squashed pull request none does."""
        return commit.lands and not (commit.proposed and self.merge == "squash")

    def is_bot(self, name: str) -> bool:
        return name.casefold().removesuffix("[bot]") in self.bots


def load(
    data: bytes, digest: str = "", source: str = "", *, bootstrap: bool = False, cache: Cache | None = None
) -> Policy:
    """The policy in a document's bytes. Raises PolicyError with file, line and column where it cannot be used."""
    known = cache.document(digest) if cache and digest else None
    if known is not None:
        return Policy(known, digest, source, bootstrap=bootstrap)
    value = _parse(data, source)
    if cache and digest:
        cache.keep_document(digest, value)
    return Policy(value, digest, source, bootstrap=bootstrap)


def of_change(change: Change, cache: Cache | None = None) -> Policy:
    """The policy that judges a change: authority's; head's only where authority has none; else the defaults.

    A policy on the trunk that nobody can read must not lock out the change that mends it: the defaults judge that
    one, never its own, or breaking the trunk's policy would be a way to choose another. Raises PolicyError for every
    other change while the trunk's cannot be used.
    """
    try:
        found = of_tree(change.authority, change.authority_name, cache=cache)
    except PolicyError:
        if not _is_usable(change.head):
            raise
        return Policy({}, source=DEFAULTS, bootstrap=True)
    own = found or of_tree(change.head, "the change itself", bootstrap=True, cache=cache)
    return own or Policy({}, source=DEFAULTS)


def _is_usable(tree: Tree) -> bool:
    data = tree.read_file(POLICY_FILE)
    return data is not None and not problems_in(data)


def of_tree(tree: Tree, source: str, *, bootstrap: bool = False, cache: Cache | None = None) -> Policy | None:
    """The policy that stands in a tree; None where it has none. Raises PolicyError where it cannot be used."""
    entry = tree.entry(POLICY_FILE)
    if entry is None:
        return None
    data = tree.read_file(POLICY_FILE)
    if data is None:
        raise PolicyError(f"{POLICY_FILE} ({source}) is no regular file", "put the policy itself there")
    return load(data, entry.oid, source, bootstrap=bootstrap, cache=cache)


def problems_in(data: bytes) -> list[Violation]:
    """Why these bytes cannot be a policy: unreadable, against the schema, or what no schema can say. Empty if none."""
    from quantgov import documents, people

    found = documents.faults(data, "policy")
    if found:
        return [people.discreet(each) for each in found]
    document = documents.load(data)
    return _regex_problems(document) + people.problems(document) + _detector_problems(document)


def _parse(data: bytes, source: str) -> dict[str, Plain]:
    from quantgov import documents

    where = f" ({source})" if source else ""
    for problem in problems_in(data):
        raise PolicyError(f"{POLICY_FILE}:{problem.line}:{problem.column}{where}: {problem.message}", problem.help)
    value = documents.load(data).value
    assert isinstance(value, dict)
    return value


def _regex_problems(document: Document) -> list[Violation]:
    from quantgov.documents import Violation

    value = document.value
    branches = value.get("branches") if isinstance(value, dict) else None
    if not isinstance(branches, dict):
        return []
    try:
        re.compile(str(branches["pattern"]))
    except re.error as error:
        pointer = ("branches", "pattern")
        mark = document.mark(pointer)
        message = f"branches.pattern is not a regular expression: {error}"
        return [
            Violation(message, pointer, mark.line, mark.column, "mend the pattern, or use a preset: branches: trunk")
        ]
    return []


def _detector_problems(document: Document) -> list[Violation]:
    from quantgov.documents import Violation

    if not isinstance(document.value, dict) or "detectors" not in _mapping(document.value, "secrets"):
        return []
    from quantgov.secrets import team

    found = []
    for place, message, help in team.faults(team.given_in(document.value)):
        pointer = ("secrets", "detectors", *place)
        mark = document.mark(pointer)
        found.append(Violation(message, pointer, mark.line, mark.column, help))
    return found


def parse_size(value: object) -> int:
    """Bytes, from a number or a text like `1 MiB` (the schema allows nothing else)."""
    number = re.fullmatch(r"\s*(\d+)\s*(KiB|MiB|GiB|)\s*", str(value))
    assert number
    return int(number[1]) * UNITS[number[2]]


def _branches(value: Mapping[str, object], trunk: str) -> tuple[str, str, tuple[str, ...]]:
    given = value.get("branches", "trunk")
    if isinstance(given, dict):
        pattern = form = str(given["pattern"])
        protected = PRESETS["trunk"][1]
    else:
        pattern, protected = PRESETS[str(given)]
        form = FORMS[str(given)]
    return pattern, form, _strings(value, "protected", tuple(dict.fromkeys((trunk, *protected))))


def _level(given: object, level: Level, path: str, phase: str) -> Level:
    if not isinstance(given, dict):
        return Level[str(given).upper()]
    for glob, name in given.items():
        if not glob.startswith("phase:") and glob_matches(glob, path):
            level = Level[name.upper()]
    return Level[given[f"phase:{phase}"].upper()] if f"phase:{phase}" in given else level


class Globs:
    """Patterns as .gitignore would read them, a folder standing for all that is in it."""

    __slots__ = ("_patterns",)

    def __init__(self, globs: Iterable[str]) -> None:
        wanted = dict.fromkeys(f"{glob}**" if glob.endswith("/") else glob for glob in globs)
        self._patterns = [Pattern(encode(glob)) for glob in wanted]

    def match(self, path: str) -> bool:
        """Whether a path is what any of them stands for."""
        whole, name = encode(path), encode(path.rpartition("/")[2])
        return any(pattern.matches(whole, name) for pattern in self._patterns)


def glob_matches(glob: str, path: str) -> bool:
    return Globs((glob,)).match(path)


def _team(value: Mapping[str, object]) -> Team:
    from quantgov.secrets import team

    return team.Team(team.given_in(value), POLICY_FILE)


def _mapping(value: Mapping[str, object], key: str) -> dict[str, object]:
    found = value.get(key, {})
    assert isinstance(found, dict)
    return found


def _strings(value: Mapping[str, object], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    found = value.get(key)
    return tuple(str(each) for each in found) if isinstance(found, list) else default


def _folder(path: object) -> str:
    """With one slash behind it, and as git writes it: no `./` before it. The root is empty."""
    names = [name for name in str(path).split("/") if name not in ("", ".")]
    return "".join(f"{name}/" for name in names)
