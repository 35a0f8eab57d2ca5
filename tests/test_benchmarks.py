"""The benchmarks count right, print what they counted, and run: nothing here looks at how fast anything is."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import budgets, fixtures, history, passports, peers, profiling, scale, signatures, tables
from benchmarks.checkout import Checkout
from benchmarks.frameworks import NOOP, PRE_COMMIT, PREK, Hook, repositories
from benchmarks.lab import BenchmarkError, Lab
from benchmarks.results import Result, Table
from benchmarks.timing import Contender, Measure, Run, added, interleave, measure
from quantgov import documents, passport

pytestmark = pytest.mark.source
ROOT = Path(__file__).parent.parent


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, 1, warm_up=0)


def taking(milliseconds: float) -> Measure:
    seconds = milliseconds / 1000
    return Measure(seconds, seconds, seconds, seconds / 2, 25)


def result(measured: float, reference: float, **rest: float) -> Result:
    return Result(Table.BUDGETS, "hook", taking(measured), "bare", taking(reference), **rest)


def test_each_round_runs_every_contender_after_putting_its_input_back() -> None:
    done: list[str] = []
    first = Contender("a", lambda: done.append("a"), lambda: done.append("before a"))
    samples = interleave([first, Contender("b", lambda: done.append("b"))], 2, warm_up=1)
    assert done == ["before a", "a", "b"] * 3
    assert {name: len(times) for name, times in samples.items()} == {"a": 2, "b": 2}


def test_putting_the_input_back_is_not_timed() -> None:
    slow_before = Contender("a", lambda: None, lambda: time.sleep(0.2))
    assert interleave([slow_before], 1, warm_up=0)["a"][0].clock < 0.2


def test_progress_counts_the_rounds_that_count() -> None:
    told: list[tuple[int, int]] = []
    interleave([Contender("a", lambda: None)], 2, warm_up=1, progress=lambda done, of: told.append((done, of)))
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_a_measure_is_the_median_and_the_quartiles() -> None:
    assert measure([Run(clock, clock / 10) for clock in (5.0, 1.0, 2.0, 4.0, 3.0)]) == Measure(3.0, 2.0, 4.0, 0.3, 5)
    assert measure([Run(7.0, 1.0)]) == Measure(7.0, 7.0, 7.0, 1.0, 1)


def test_computing_is_told_from_waiting(lab: Lab) -> None:
    def process(statement: str) -> Contender:
        return Contender(statement, lambda: lab.expect((sys.executable, "-c", statement), lab.root))

    waiting, computing = "import time; time.sleep(0.5)", "import time\nwhile time.process_time() < 0.5: pass"
    samples = interleave([process(waiting), process(computing)], 1, warm_up=0)
    assert samples[waiting][0].clock > 0.5 > samples[waiting][0].cpu
    assert samples[computing][0].cpu >= 0.45


def test_what_is_added_is_told_round_by_round() -> None:
    with_it = [Run(30.0, 3.0), Run(300.0, 4.0), Run(31.0, 6.0)]
    without = [Run(20.0, 2.0), Run(280.0, 2.0), Run(20.0, 2.0)]
    assert added({"with": with_it, "without": without}, "with", "without") == Measure(11.0, 10.5, 15.5, 2.0, 3)


@pytest.mark.parametrize(
    ("given", "ratio", "verdict"),
    [
        (result(30, 10, budget=3.0), 3.0, "met"),
        (result(33, 10, budget=3.0), 3.3, "missed by 0.30 x (10%)"),
        (result(900, 1, budget=100.0, limit=1.0), 900.0, "met"),
        (result(1100, 1, budget=100.0, limit=1.0), 1100.0, "missed by 1000.00 x (1000%)"),
        (result(33, 10), 3.3, ""),
    ],
)
def test_verdict_on_a_budget(given: Result, ratio: float, verdict: str) -> None:
    assert given.ratio == pytest.approx(ratio)
    assert given.verdict == verdict
    assert given.met is (None if given.budget is None else verdict == "met")


@pytest.mark.parametrize(("high", "verdict"), [(0.0124, "met"), (0.0126, "met, noisy")])
def test_a_verdict_from_a_busy_machine_says_so(high: float, verdict: str) -> None:
    spread = Measure(0.010, 0.010, high, 0.005, 25)
    for measured, reference in ((taking(20), spread), (spread, taking(20))):
        assert Result(Table.BUDGETS, "hook", measured, "bare", reference, 3.0).verdict == verdict


@pytest.mark.parametrize(
    ("measured", "reference", "words"),
    [
        (10, 25, "2.5 x faster"),
        (25, 10, "2.5 x slower"),
        (10, 10, "1.0 x faster"),
        (10, 0, "not measurable"),
        (-1, 10, "not measurable"),
    ],
)
def test_a_loss_is_told_like_a_win(measured: float, reference: float, words: str) -> None:
    assert result(measured, reference).comparison == words


def test_tables_show_every_result_under_its_title() -> None:
    missed = Result(Table.BUDGETS, "hook", Measure(0.045, 0.044, 0.047, 0.022, 25), "bare", taking(10), 3.0)
    lost = Result(Table.PEERS, "message", taking(50), "peer", taking(20))
    shown = tables.markdown([missed, lost], {"CPU": "abacus", "cores": "2"})
    assert shown.splitlines() == [
        "CPU abacus; cores 2",
        "",
        "## Budgets",
        "",
        tables.NOTES[Table.BUDGETS],
        "",
        "| job  | quantgov            | against | reference           | ratio  | by CPU time | budget | "
        "verdict                |",
        "|------|---------------------|---------|---------------------|--------|-------------|--------|-"
        "-----------------------|",
        "| hook | 45.0 (44.0 to 47.0) | bare    | 10.0 (10.0 to 10.0) | 4.50 x | 4.40 x      | 3 x    | "
        "missed by 1.50 x (50%) |",
        "",
        "## Side by side with peers",
        "",
        tables.NOTES[Table.PEERS],
        "",
        "| job     | quantgov            | peer | its time            | quantgov is  |",
        "|---------|---------------------|------|---------------------|--------------|",
        "| message | 50.0 (50.0 to 50.0) | peer | 20.0 (20.0 to 20.0) | 2.5 x slower |",
    ]


def test_a_limit_in_seconds_is_shown_beside_the_budget() -> None:
    assert tables.budget_row(result(900, 1, budget=100.0, limit=1.0))[6] == "100 x or 1 s"


def test_json_holds_what_the_tables_do() -> None:
    swallowed = result(30, 0)
    document = json.loads(tables.as_json([result(33, 10, budget=3.0), swallowed], {"cores": "2"}))
    missed, unknown = document["results"]
    assert document["environment"] == {"cores": "2"}
    assert (missed["ratio"], missed["cpu_ratio"]) == (pytest.approx(3.3), pytest.approx(3.3))
    assert (missed["table"], missed["budget"], missed["met"]) == ("budgets", 3.0, False)
    assert missed["measured"] == {"median": 33.0, "low": 33.0, "high": 33.0, "cpu": 16.5, "runs": 25}
    assert math.isnan(swallowed.ratio)
    assert (unknown["ratio"], unknown["cpu_ratio"]) == (None, None)


def test_the_repository_is_the_one_of_the_budget() -> None:
    files = fixtures.repository_files()
    assert len(files) == fixtures.FILES
    assert set(fixtures.staged_files(with_passport=False)) == {fixtures.SIGNALS, fixtures.DATA}
    assert all(files[path] != content for path, content in fixtures.staged_files(with_passport=True).items())


def test_passports_are_varied_and_those_are_bad_that_should_be() -> None:
    numbers = range(1, passports.BAD_EVERY * len(passports.FAULTS) + 1)
    texts = {number: passports.varied(number) for number in numbers}
    assert len(set(texts.values())) == len(texts)
    wrong = {number for number, text in texts.items() if passport.problems(text.encode())}
    assert wrong == {number for number in numbers if passports.is_bad(number)}
    assert len(wrong) == len(passports.FAULTS)


@pytest.mark.parametrize("status", passports.PHASES)
def test_some_passport_of_each_phase_has_every_block_there_is(status: str) -> None:
    known = documents.schema("strategy-passport")["properties"]
    assert isinstance(known, dict)
    values = [documents.load(passports.good(number, status).encode()).value for number in range(1, 1000)]
    assert all(isinstance(value, dict) and value["status"] == status for value in values)
    assert {key for value in values if isinstance(value, dict) for key in value} == set(known)


def test_who_is_wrong_about_a_passport_is_not_timed() -> None:
    scale.must_name({"a", "b"}, ["b", "a", "a"], "peer")
    for named in (["a"], ["a", "b", "c"]):
        with pytest.raises(BenchmarkError, match=r"peer is wrong about 1 passports, [bc] among them"):
            scale.must_name({"a", "b"}, named, "peer")


def test_a_lab_keeps_the_machine_out(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    assert Lab.floor(lab).name == "python -I -c pass"
    assert lab.git(lab.root, "var", "GIT_AUTHOR_IDENT").startswith("Alice <alice@fund.com>")
    assert Path(lab.env["HOME"]).is_relative_to(lab.root)


def test_a_command_that_fails_stops_the_benchmark(lab: Lab) -> None:
    with pytest.raises(BenchmarkError, match=r"ended with 2:\nouch"):
        lab.expect((sys.executable, "-c", "import sys; sys.stderr.write('ouch'); sys.exit(2)"), lab.root)


def test_a_guard_that_finds_nothing_stops_the_benchmark(lab: Lab) -> None:
    with pytest.raises(BenchmarkError, match="let bad input through"):
        lab.refuse((sys.executable, "-c", "pass"), lab.root)


def test_a_missing_tool_says_how_to_install_it(lab: Lab) -> None:
    with pytest.raises(BenchmarkError, match=r"pip install -e '\.\[bench\]'"):
        lab.tool("no-such-tool")


def test_a_commit_can_be_made_again_and_again(lab: Lab) -> None:
    checkout = Checkout(lab, "again", fixtures.staged_files(with_passport=True))
    staged = "\n".join(sorted((fixtures.DATA, fixtures.PASSPORT, fixtures.SIGNALS)))
    contender = checkout.committing("commit")
    for _ in range(2):
        contender.before()
        assert checkout.git("diff", "--cached", "--name-only") == staged
        assert checkout.git("diff", "--name-only") == ""
        contender.run()
        assert checkout.git("rev-parse", "HEAD^") == checkout.head


def test_other_contents_are_staged_for_a_while_whatever_the_second(lab: Lab) -> None:
    checkout = Checkout(lab, "replaced", fixtures.staged_files(with_passport=True))
    staged = checkout.git("ls-files", "--stage")
    with checkout.replaced({fixtures.PASSPORT: fixtures.passport(1, version="0.3.0")}):
        assert "+version: 0.3.0" in checkout.git("diff", "--cached").splitlines()
    assert checkout.git("ls-files", "--stage") == staged
    assert "+version: 0.2.0" in checkout.git("diff", "--cached").splitlines()


def test_cold_means_without_verdicts_and_first_without_anything(lab: Lab) -> None:
    checkout = budgets.guarded(lab, "cold", with_passport=True)
    kept = checkout.git_dir / "quantgov"
    for forget, left in (("nothing", ["policy", "verdicts"]), ("verdicts", ["policy"]), ("all", [])):
        contender = checkout.hooking("hook", "pre-commit", forget=forget)
        contender.run()
        contender.before()
        assert sorted(path.name for path in kept.glob("*")) == left


def test_prek_gets_the_hooks_that_it_has_built_in() -> None:
    hooks = [Hook("check-yaml", "yaml-entry"), Hook("noop", "true")]
    local, builtin = repositories(PREK, hooks)
    assert (builtin["repo"], builtin["hooks"]) == ("builtin", [{"id": "check-yaml", "args": ()}])
    assert local["hooks"] == [hooks[1].configured()]
    assert [each["repo"] for each in repositories(PRE_COMMIT, hooks)] == ["local"]
    assert NOOP[0].configured()["pass_filenames"] is False


RUNS: dict[str, tuple[Callable[[Lab], list[Result]], int]] = {
    "hooks": (budgets.hooks, 7),
    "commit": (budgets.commit, 6),
    "passport": (peers.passport, 1),
    "secrets": (peers.secrets, 1),
    "message": (peers.message, 2),
    "push": (lambda lab: scale.push(lab, 12), 3),
    "audit": (lambda lab: scale.audit(lab, 12), 3),
    "list": (lambda lab: scale.listing(lab, 12), 1),
    "signatures": (lambda lab: signatures.signatures(lab, 2), 2),
    "history": (lambda lab: history.history(lab, 12), 6),
    "manifests": (lambda lab: profiling.manifests(lab, 3), 2),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_benchmark_runs(name: str, lab: Lab) -> None:
    run, rows = RUNS[name]
    results = run(lab)
    assert len(results) == rows
    assert all(each.reference.runs == 1 for each in results)


def start(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    argv = (sys.executable, "-m", "benchmarks", *options)
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    return subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_command_prints_and_writes_the_tables(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    wanted = {"--json": tmp_path / "report.json", "--markdown": tmp_path / "report.md"}
    files = [word for option, path in wanted.items() for word in (option, str(path))]
    process = start(tmp_path / "tmp", "--rounds", "1", "--only", "hooks", *files)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "hooks: 1 rounds\n")
    assert "## Budgets" in out
    assert wanted["--markdown"].read_text() == out
    assert len(json.loads(wanted["--json"].read_text())["results"]) == 7
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(sent: signal.Signals, tmp_path: Path) -> None:
    process = start(tmp_path, "--only", "hooks")
    while not list(tmp_path.glob("*/hooks-passport")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(sent)
    _, err = process.communicate()
    assert (process.returncode, list(tmp_path.iterdir())) == (130, [])
    assert err.endswith("benchmarks: interrupted\n")


def test_a_history_that_is_named_is_searched_in_place_of_a_made_one(tmp_path: Path) -> None:
    for name in ("named", "lab"):
        (tmp_path / name).mkdir()
    named = Lab(tmp_path / "named", 1, warm_up=0)
    fixtures.import_history(named, named.root / "research", history.made_up_history(3))
    lab = Lab(tmp_path / "lab", 1, warm_up=0, history=named.root / "research")
    assert history.with_a_leak(lab, 100).git("rev-list", "--count", "--all") == "5"
