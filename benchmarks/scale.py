"""What takes others seconds: a push of a thousand commits, an audit of ten thousand passports."""

from __future__ import annotations

from pathlib import Path

from benchmarks import fixtures
from benchmarks.checkout import Guarded
from benchmarks.fixtures import Commit
from benchmarks.lab import FLOOR, Lab
from benchmarks.results import Result, Table
from benchmarks.timing import Contender, measure

RANGE_BUDGET = 7.0
AUDIT_BUDGET = 100.0
AUDIT_SECONDS = 1.0
WARM_BUDGET = 1 / 3
AUDIT = ("check", "--select", "QG401")
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
    """Every passport of a repository against the schema, on the command line as a user would."""
    book = Guarded(lab, lab.root / "audit")
    bad = Commit("feat: put one to rest", {"strategies/s00001/passport.yaml": fixtures.passport(1, status="resting")})
    history = [("main", Commit("feat: begin", fixtures.repository_files())), ("main", fixtures.passports(count))]
    fixtures.import_history(lab, book.path, [*history, (BAD_BRANCH, bad)])
    quantgov = lab.tool("quantgov")
    lab.refuse((quantgov, *AUDIT, "--rev", BAD_BRANCH), book.path)

    def run() -> None:
        lab.expect((quantgov, *AUDIT, "--all"), book.path)

    cold, warm = (f"check --all --select QG401, {count:,} passports, {state}" for state in ("cold", "warm"))
    samples = lab.time(lab.floor(), Contender(cold, run, book.forget_verdicts), Contender(warm, run), rounds=few(lab))
    floor, first, again = (measure(samples[name]) for name in (FLOOR, cold, warm))
    return [
        Result(Table.SCALE, cold, first, FLOOR, floor, AUDIT_BUDGET, AUDIT_SECONDS),
        Result(Table.SCALE, warm, again, "the same, cold", first, WARM_BUDGET),
    ]


def few(lab: Lab) -> int:
    return -(-lab.rounds // 5)
