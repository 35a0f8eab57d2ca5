"""What takes others seconds: a push of a thousand commits, an audit of ten thousand passports, a list of a thousand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks import fixtures, passports
from benchmarks.checkout import Guarded
from benchmarks.fixtures import Commit
from benchmarks.lab import FLOOR, BenchmarkError, Lab
from benchmarks.results import Result, Table, allowed
from benchmarks.timing import Contender, interleave, measure
from quantgov.documents import schema_text

RANGE_BUDGET = 7.0
AUDIT_BUDGET = 100.0
AUDIT_SECONDS = 1.0
WARM_BUDGET = 1 / 3
LIST_SECONDS = 1.0
AUDIT = ("check", "--all", "--select", "QG401")
PEER = "check-jsonschema, the same files"
BAD_BRANCH = "strategy/bad"


def push(lab: Lab, count: int = 1000) -> list[Result]:
    """A new branch of a thousand commits, as git hands it to the pre-push hook."""
    pushed = pushable(lab, count)
    good, bad = (ref_lines(pushed, branch) for branch in (fixtures.BRANCH, BAD_BRANCH))
    to = ("pre-push", "origin", "https://example.com/research.git")
    pushed.hook_must_refuse(*to, "--select", "QG102", stdin=bad)
    commits = f"hook pre-push, {count:,} commits"
    messages, every = f"{commits}, messages only (QG102)", f"{commits}, all rules"
    pushes = [
        pushed.hooking(messages, *to, "--select", "QG102", stdin=good),
        pushed.hooking(f"{every}, cold", *to, stdin=good),
        pushed.hooking(f"{every}, warm", *to, stdin=good, forget="nothing"),
    ]
    samples = lab.time(lab.floor(), *pushes, rounds=few(lab))
    floor = measure(samples[FLOOR])
    budgets, jobs = {messages: RANGE_BUDGET}, [contender.name for contender in pushes]
    return [Result(Table.SCALE, job, measure(samples[job]), FLOOR, floor, budgets.get(job)) for job in jobs]


def pushable(lab: Lab, count: int) -> Guarded:
    """A repository whose remote has main and not yet the commits of its branches."""
    base = ("main", Commit("feat: begin", fixtures.repository_files()))
    history = [(fixtures.BRANCH, commit) for commit in fixtures.messages(count)]
    bad = (BAD_BRANCH, Commit(fixtures.BAD_MESSAGE, {"README.md": "# Other\n"}))
    pushed = Guarded(lab, lab.root / "push")
    fixtures.import_history(lab, pushed.path, [base, *history, bad])
    pushed.git("symbolic-ref", "HEAD", f"refs/heads/{fixtures.BRANCH}")
    pushed.git("remote", "add", "origin", "https://example.com/research.git")
    pushed.git("update-ref", "refs/remotes/origin/main", "main")
    pushed.install_native()
    return pushed


def ref_lines(pushed: Guarded, branch: str) -> Path:
    """What git writes to the hook's standard input for a branch that the remote does not have."""
    oid = pushed.git("rev-parse", branch)
    path = pushed.git_dir / f"push-{branch.replace('/', '-')}"
    path.write_text(f"refs/heads/{branch} {oid} refs/heads/{branch} {'0' * len(oid)}\n")
    return path


def audit(lab: Lab, count: int = 10_000) -> list[Result]:
    """Every passport of a repository against the schema, on the command line as a user would; some are bad."""
    numbers = range(1, count + 1)
    book = checked_out(lab, "audit", map(passports.varied, numbers))
    faulty = {f"strategies/s{at:05d}/passport.yaml" for at in numbers if passports.is_bad(at)}
    quantgov, report = lab.tool("quantgov"), lab.root / "report.json"
    lab.end_with(1, (quantgov, *AUDIT, "--format", "json", "--output", str(report)), book.path)
    must_name(faulty, (each["path"] for each in json.loads(report.read_text())["findings"]), "quantgov")

    def run() -> None:
        lab.end_with(1, (quantgov, *AUDIT), book.path)

    cold, warm = (f"check --all --select QG401, {count:,} passports, {state}" for state in ("cold", "warm"))
    samples = lab.time(lab.floor(), Contender(cold, run, book.forget_verdicts), Contender(warm, run), rounds=few(lab))
    floor, first, again = (measure(samples[name]) for name in (FLOOR, cold, warm))
    theirs = measure(interleave([peer(lab, book, faulty)], 1, warm_up=0)[PEER])
    return [
        Result(Table.SCALE, cold, first, FLOOR, floor, AUDIT_BUDGET, AUDIT_SECONDS),
        Result(Table.SCALE, warm, again, "the same, cold", first, WARM_BUDGET),
        Result(Table.SCALE, cold, first, PEER, theirs),
    ]


def peer(lab: Lab, book: Guarded, faulty: set[str]) -> Contender:
    """check-jsonschema on the same files. It must find the same ones bad. Half a minute, so it runs once."""
    schema = lab.root / "strategy-passport.schema.json"
    schema.write_bytes(schema_text("strategy-passport"))
    files = sorted(str(path.relative_to(book.path)) for path in book.path.glob("strategies/s*/passport.yaml"))

    def run() -> None:
        lab.end_with(1, (lab.tool("check-jsonschema"), "-o", "json", "--schemafile", str(schema), *files), book.path)
        said = json.loads(lab.said())
        must_name(faulty, (each["filename"] for each in said["errors"] + said["parse_errors"]), "check-jsonschema")

    return Contender(PEER, run)


def must_name(faulty: set[str], named: Iterable[str], by: str) -> None:
    """Who misses one, or calls a good one bad, is not timed. Raises BenchmarkError."""
    if differing := faulty.symmetric_difference(named):
        raise BenchmarkError(f"{by} is wrong about {len(differing)} passports, {min(differing)} among them")


def listing(lab: Lab, count: int = 1_000) -> list[Result]:
    """The list of all strategies, the start of the program included."""
    phases = passports.PHASES
    book = checked_out(lab, "list", (passports.good(at, phases[at % len(phases)]) for at in range(1, count + 1)))
    quantgov, job = lab.tool("quantgov"), f"passport list, {count:,} strategies"
    lines = count + fixtures.STRATEGIES

    def run() -> None:
        lab.expect((quantgov, "passport", "list"), book.path)
        if lab.said().count("STR-") != lines:
            raise BenchmarkError(f"passport list does not show {lines} strategies:\n{lab.said()}")

    measured = measure(lab.time(Contender(job, run), rounds=few(lab))[job])
    return [Result(Table.SCALE, job, measured, "1 s", allowed(LIST_SECONDS), 1.0)]


def checked_out(lab: Lab, name: str, texts: Iterable[str]) -> Guarded:
    """A working tree with a strategy for each of these passports."""
    book = Guarded(lab, lab.root / name)
    history = [("main", Commit("feat: begin", fixtures.repository_files())), ("main", fixtures.book(texts))]
    fixtures.import_history(lab, book.path, history)
    book.git("reset", "-q", "--hard")
    return book


def few(lab: Lab) -> int:
    return -(-lab.rounds // 5)
