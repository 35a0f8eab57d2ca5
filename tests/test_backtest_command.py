"""`quantgov backtest`: a run becomes a record that says what came out, of which code, on which data; or none is."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
import typer
from made_up_secrets import pem, putty
from typer.testing import CliRunner

from quantgov import documents, keeping, record, running, watching, workspace
from quantgov.cli.backtest import backtest
from quantgov.errors import CannotJudge, QuantgovError
from quantgov.git import Repository
from quantgov.rules import qg102_subject_malformed, qg104_backtest_subject_unspecific

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repository import Repo
    from typer.testing import Result

    Value = dict[str, object]

ID = "STR-2026-0001"
FOLDER = "strategies/gap"
SCRIPT = f"{FOLDER}/run.py"
PASSPORT = f"""\
strategy_id: {ID}
name: Overnight gap
version: v0.1.0
status: ideation
researcher: alice@fund.com
hypothesis_date: 2026-01-15
frequency: daily
alpha_thesis: Gaps fill within three days
"""
BACKTEST = "backtest: {start_date: 2024-01-02, end_date: 2024-12-30, universe: SPX constituents, slippage_bps: 8}\n"
BARS = "symbol,timestamp,open,high,low,close,volume\n" + "".join(
    f"BTC.USDT,2024-01-{day:02}T00:00:00Z,1,1,1,{day},5\n" for day in (2, 3, 4, 5)
)
RUN = """\
import csv
from pathlib import Path

from quantgov import log_result

ROOT = Path(__file__).parents[2]
bars = list(csv.DictReader(open(ROOT / "data/bars.csv")))
total = float(bars[-1]["close"]) / float(bars[0]["close"]) - 1
log_result({"total_return": total, "sharpe_ratio": 1.25, "num_trades": 12})
"""
FILES: dict[str, str | bytes] = {
    f"{FOLDER}/passport.yaml": PASSPORT,
    f"{FOLDER}/params/v0.1.0.yaml": "lookback_bars: 3\n",
    SCRIPT: RUN,
    "data/bars.csv": BARS,
    ".gitignore": "__pycache__/\n",
}


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.commit(FILES)
    repo.branch("strategy/gap")
    return repo


def call(*args: str) -> Result:
    app = typer.Typer()
    app.command()(backtest)
    return CliRunner().invoke(app, args)


def told(*options: str, name: str = ID, command: Sequence[str] = (sys.executable, SCRIPT)) -> Value:
    """What the command reports as JSON."""
    result = call(name, *options, "--format", "json", "--", *command)
    assert result.exit_code == 0, (result.exception, getattr(result.exception, "help", ""), result.output)
    found: Value = json.loads(result.stdout)
    return found


def ran(*options: str, name: str = ID, command: Sequence[str] = (sys.executable, SCRIPT)) -> Value:
    """The only record that a run made."""
    records = told(*options, name=name, command=command)["records"]
    assert isinstance(records, list)
    (made,) = records
    return dict(made["record"])


def part(value: Mapping[str, object], pointer: str) -> object:
    found: object = value
    for key in pointer.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def refusal(
    work: Repo, *options: str, name: str = ID, command: Sequence[str] = (sys.executable, SCRIPT)
) -> QuantgovError:
    """The error that the command ends with; nothing is written and nothing is staged."""
    before = work.out("status", "--porcelain", "-uall"), work.out("diff", "--cached")
    error = call(name, *options, "--", *command).exception
    assert isinstance(error, QuantgovError), error
    after = work.out("status", "--porcelain", "-uall"), work.out("diff", "--cached")
    assert before == after
    assert error.help
    return error


def git_tree(work: Repo, files: Mapping[str, str]) -> str:
    """The tree that git itself makes of what is staged of these files, by their names in it."""
    index = str(work.path / ".git" / "apart")
    for name, path in files.items():
        place = f"100644,{work.out('rev-parse', f':{path}')},{name}"
        work.git("update-index", "--add", "--cacheinfo", place, GIT_INDEX_FILE=index)
    oid = work.git("write-tree", GIT_INDEX_FILE=index).stdout.strip()
    os.unlink(index)
    return oid


def records(work: Repo) -> list[str]:
    return sorted(str(path.relative_to(work.path)) for path in work.path.glob("results/**/*.yaml"))


class TestTheRecord:
    def test_it_says_what_ran_on_what_and_what_came_out(self, work: Repo) -> None:
        value = ran()
        assert list(value) == [
            "apiVersion", "kind", "experiment_id", "strategy", "strategy_id", "version", "date", "analyst",
            "parameters", "backtest_config", "results", "data", "run",
        ]  # fmt: skip
        assert value["results"] == {"total_return": 1.5, "sharpe_ratio": 1.25, "num_trades": 12}
        assert value["parameters"] == {}
        assert (value["strategy"], value["strategy_id"], value["version"]) == ("gap", ID, "v0.1.0")
        assert value["analyst"] == "alice@fund.com"
        assert part(value, "data.symbol_set") == {"name": "BTC.USDT", "count": 1}
        assert part(value, "data.period") == {"start": "2024-01-02", "end": "2024-01-05"}
        assert part(value, "data.source") == {"vendor": "local", "endpoint": "data/bars.csv", "interval": "1d"}
        assert part(value, "data.rows") == 4
        assert part(value, "data.digest") == f"sha256:{hashlib.sha256(BARS.encode()).hexdigest()}"
        assert part(value, "run.command") == ["python", SCRIPT]
        assert part(value, "run.dirty") is False
        assert part(value, "run.environment.python") == ".".join(map(str, sys.version_info[:3]))
        assert part(value, "run.code.commit") == work.out("rev-parse", "HEAD")

    def test_the_file_holds_it_fits_the_schemas_and_its_id_is_its_own(self, work: Repo) -> None:
        value = ran()
        (path,) = records(work)
        assert path == f"results/gap/{value['date']}_btc_gap_v1.yaml"
        data = (work.path / path).read_bytes()
        assert documents.load(data).value == value
        assert documents.faults(data, record.SCHEMA) == []
        found = record.of(path, data)
        assert found
        assert found.expected_id == found.id == value["experiment_id"]

    def test_it_is_staged_and_nothing_else_is(self, work: Repo) -> None:
        work.write("notes.md")
        ran()
        assert work.out("diff", "--cached", "--name-only").splitlines() == records(work)

    def test_the_code_is_named_as_git_names_what_is_staged_of_it(self, work: Repo) -> None:
        work.write("lib/gaps.py", "FILL = 1\n")
        work.write(SCRIPT, RUN.replace("import csv", "import csv, sys; sys.path.append('lib'); import gaps"))
        value = ran()
        work.git("add", "-A")
        assert part(value, "run.code.strategy") == git_tree(work, {"run.py": SCRIPT})
        assert part(value, "run.code.library") == git_tree(work, {"lib/gaps.py": "lib/gaps.py"})
        assert part(value, "run.code.library_paths") == ["lib/gaps.py"]

    def test_what_it_read_besides_is_listed_with_its_digest(self, work: Repo) -> None:
        work.commit({"config.yaml": "a: 1\n"})
        work.write(SCRIPT, RUN + "open('config.yaml').read()\n")
        digest = hashlib.sha256(b"a: 1\n").hexdigest()
        assert part(ran(), "run.files") == [{"path": "config.yaml", "sha256": digest}]

    def test_what_is_not_committed_makes_it_dirty(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "\n")
        found = told()
        assert found["dirty"] == [SCRIPT]
        assert f"git add -- {SCRIPT}" in str(found["commands"])

    def test_what_it_wrote_among_the_results_is_staged_with_it(self, work: Repo) -> None:
        extra = "(ROOT / 'results').mkdir()\n(ROOT / 'results/trades.csv').write_text('x\\n')\n"
        work.write(SCRIPT, RUN + extra)
        value = ran()
        digest = hashlib.sha256(b"x\n").hexdigest()
        assert part(value, "run.artefacts") == [{"path": "results/trades.csv", "sha256": digest}]
        assert "results/trades.csv" in work.out("diff", "--cached", "--name-only")

    def test_the_passport_completes_the_configuration_and_names_the_universe(self, work: Repo) -> None:
        work.commit({f"{FOLDER}/passport.yaml": PASSPORT + BACKTEST})
        value = ran()
        assert part(value, "backtest_config.universe") == "SPX constituents"
        assert part(value, "backtest_config.slippage_bps") == 8
        assert part(value, "data.symbol_set.name") == "SPX constituents"

    def test_what_was_logged_comes_before_the_passport(self, work: Repo) -> None:
        work.commit({f"{FOLDER}/passport.yaml": PASSPORT + BACKTEST})
        config = (
            "config={'start_date': __import__('datetime').datetime(2024, 1, 3), 'symbols': ['BTC.USDT', 'BTC.USDT']}"
        )
        work.write(
            SCRIPT, RUN.replace('"num_trades": 12}', f'"num_trades": 12}}, {config}, parameters={{"x": 1}}, seed=7')
        )
        value = ran()
        assert part(value, "backtest_config.start_date") == "2024-01-03"
        assert part(value, "backtest_config.symbols") == ["BTC.USDT"]
        assert part(value, "backtest_config.universe") is None
        assert value["parameters"] == {"x": 1}
        assert part(value, "run.seed") == 7

    def test_a_part_of_a_universe_is_not_called_all_of_it(self, work: Repo) -> None:
        sources = "data_sources: [{source: TickDB, endpoints: [kline/1d], symbol_list: universe/spx.csv}]\n"
        listed = "name,symbol\nApple,BTC.USDT\nMicrosoft,MSFT.US\n"
        work.commit({f"{FOLDER}/passport.yaml": PASSPORT + BACKTEST + sources, "universe/spx.csv": listed})
        found = told()
        value = found["records"][0]["record"]  # type: ignore[index]
        assert part(value, "data.symbol_set") == {"name": "SPX constituents", "count": 1, "expected": 2}
        assert part(value, "data.source") == {"vendor": "TickDB", "endpoint": "kline/1d", "interval": "1d"}
        assert "1 of 2 symbols of SPX constituents are in the data" in found["notes"]  # type: ignore[operator]

    def test_a_registered_dataset_is_named(self, work: Repo) -> None:
        digest = hashlib.sha256(BARS.encode()).hexdigest()
        entry = (
            "{name: us-1d, version: v3, namespace: tickdb, source: /v1/kline, source_type: api, path: data/bars.csv, "
            f"sha256: {digest}, as_of: 2024-02-01}}"
        )
        work.commit({"data/datasets.yaml": f"version: 1\ndatasets:\n  - {entry}\n"})
        value = ran()
        assert part(value, "data.dataset") == "us-1d@v3"
        assert part(value, "data.cache") == "data/bars.csv@v3"
        assert part(value, "data.source") == {"vendor": "tickdb", "endpoint": "/v1/kline", "interval": "1d"}

    def test_a_lock_file_is_named(self, work: Repo) -> None:
        work.commit({"uv.lock": "version = 1\n"})
        digest = hashlib.sha256(b"version = 1\n").hexdigest()
        environment = part(ran(), "run.environment")
        assert isinstance(environment, dict)
        assert (environment["lock_file"], environment["lock_sha256"]) == ("uv.lock", digest)

    def test_seed_and_conclusion_can_be_given(self, work: Repo) -> None:
        value = ran("--seed", "3", "--note", "fills are too optimistic")
        assert part(value, "run.seed") == 3
        assert value["conclusion"] == "fills are too optimistic"

    def test_a_run_in_another_folder_says_which(self, work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(work.path / FOLDER)
        found = told("--no-stage", name="gap", command=(sys.executable, "run.py"))
        value = found["records"][0]["record"]  # type: ignore[index]
        assert part(value, "run.folder") == FOLDER
        assert "git add -- ../../results/gap/" in str(found["commands"])


class TestWhatIsPrinted:
    def test_metrics_path_and_the_commit_that_is_left(self, work: Repo) -> None:
        output = call("gap", "--", sys.executable, SCRIPT).output
        (path,) = records(work)
        assert path in output
        assert "sharpe_ratio" in output
        assert "1.25" in output
        assert "git commit -m 'backtest: gap v0.1.0 on BTC.USDT 2024 1d data'" in output

    def test_metrics_are_shown_beside_those_of_the_last_record(self, work: Repo) -> None:
        ran()
        work.write(SCRIPT, RUN.replace("1.25", "None"))
        output = call("gap", "--", sys.executable, SCRIPT).output
        assert "before" in output
        assert "sharpe_ratio     not known          1.25" in output

    def test_its_output_comes_first_and_without_secrets(self, work: Repo) -> None:
        secret = "ghp_" + hashlib.sha256(b"made up").hexdigest()[:36]
        work.write(SCRIPT, RUN + f"print('token ' + {secret[:10]!r} + {secret[10:]!r})\nprint('done')\n")
        result = subprocess.run(
            [sys.executable, "-c", "from tests_app import app; app()", "gap", "--", sys.executable, SCRIPT],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": _app(work)},
        )
        assert result.returncode == 0, result.stderr
        assert secret not in result.stdout
        assert "token " in result.stdout
        assert result.stdout.index("done") < result.stdout.index("sharpe_ratio")

    @pytest.mark.parametrize("key", [pem(), pem().rpartition("-----END")[0], putty()])
    def test_a_key_of_several_lines_is_none_of_them(self, work: Repo, key: str) -> None:
        work.write("key.pem", key)
        work.write(SCRIPT, RUN + "print('before', open('key.pem').read(), 'after', sep='\\n')\n")
        output = call("gap", "--", sys.executable, SCRIPT).stdout
        assert "before\n" in output
        assert ("after\n" in output) == ("END" in key)
        assert not [line for line in key.splitlines() if len(line) > 30 and " " not in line and line in output]

    def test_what_only_looks_like_the_start_of_one_is_shown(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "print('-----BEGIN PRIVATE KEY-----'); [print('line', x) for x in range(3000)]\n")
        output = call("gap", "--", sys.executable, SCRIPT).stdout
        assert [line for line in output.splitlines() if line.startswith("line ")] == [f"line {x}" for x in range(3000)]

    def test_as_json_the_output_of_the_run_is_on_standard_error(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "print('done')\n")
        result = call("gap", "--format", "json", "--", sys.executable, SCRIPT)
        assert json.loads(result.stdout)["schema"] == 1
        assert "done" in result.stderr

    def test_a_dry_run_shows_the_record_and_writes_nothing(self, work: Repo) -> None:
        before = work.out("status", "--porcelain", "-uall")
        output = call("gap", "--dry-run", "--", sys.executable, SCRIPT).output
        assert "kind: ResultRecord" in output
        assert "git commit" not in output
        assert work.out("status", "--porcelain", "-uall") == before

    def test_what_it_wrote_elsewhere_is_told(self, work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        work.write(SCRIPT, RUN + "(ROOT / 'trades.csv').write_text('x')\n")
        assert any("not among the results" in str(note) for note in _notes())


def _app(work: Repo) -> str:
    """A folder to import the command from, as a program of its own."""
    folder = work.path.parent / "app"
    folder.mkdir(exist_ok=True)
    text = "import typer\nfrom quantgov.cli.backtest import backtest\napp = typer.Typer()\napp.command()(backtest)\n"
    (folder / "tests_app.py").write_text(text)
    return str(folder)


def _notes(*options: str) -> list[str]:
    found = told(*options)["notes"]
    assert isinstance(found, list)
    return found


class TestTheCommit:
    def commands(self, *options: str) -> list[str]:
        found = told(*options)["commands"]
        assert isinstance(found, list)
        return found

    def do(self, work: Repo, *options: str) -> str:
        """The message of the commit that the printed commands make."""
        for command in self.commands(*options):
            subprocess.run(["sh", "-c", command], cwd=work.path, check=True, capture_output=True)
        assert work.out("status", "--porcelain") == ""
        return work.out("log", "-1", "--format=%B")

    def test_in_a_plain_clone_its_message_has_the_manifest(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "\n")
        message = self.do(work)
        assert message.startswith(
            "backtest: gap v0.1.0 on BTC.USDT 2024 1d data\n\nData manifest:\n- Symbol set: BTC.USDT"
        )

    def test_its_first_line_has_the_teams_form(self, work: Repo) -> None:
        from quantgov import entrance, policy

        subject = self.do(work).split("\n")[0]
        repo = Repository.discover()
        change = entrance.ranged(repo, "HEAD~1", "HEAD")
        rules = policy.Policy({})
        for rule in (qg102_subject_malformed.RULE, qg104_backtest_subject_unspecific.RULE):
            assert [*rule.judge(change.commits[0], rules)] == [], subject

    def test_where_the_hook_writes_the_manifest_the_line_is_short(self, work: Repo) -> None:
        work.write(".git/hooks/prepare-commit-msg", "#!/bin/sh\nexec quantgov hook prepare-commit-msg\n").chmod(0o755)
        assert self.commands() == ["git commit -m 'backtest: gap v0.1.0 on BTC.USDT 2024 1d data'"]

    def test_another_hook_of_this_name_is_none(self, work: Repo) -> None:
        work.write(".git/hooks/prepare-commit-msg", "#!/bin/sh\n").chmod(0o755)
        assert "Data manifest" in self.commands()[-1]

    def test_a_protected_branch_is_left_first(self, work: Repo) -> None:
        work.git("switch", "-q", "main")
        assert self.commands()[0] == "git switch -c backtest/gap-v0.1.0"
        self.do(work)
        assert work.out("branch", "--show-current") == "backtest/gap-v0.1.0"

    def test_a_detached_head_is_left_first(self, work: Repo) -> None:
        work.git("switch", "-q", "--detach")
        assert self.commands()[0] == "git switch -c backtest/gap-v0.1.0"

    @pytest.mark.parametrize(
        ("branches", "branch"), [("develop", "feature/alice/gap"), ("{pattern: 'team-[0-9]+'}", "NAME")]
    )
    def test_the_branch_has_a_name_as_the_team_gives_them(self, work: Repo, branches: str, branch: str) -> None:
        work.git("switch", "-q", "main")
        work.commit({"quantgov.yaml": f"version: 1\nbranches: {branches}\n"})
        assert self.commands()[0] == f"git switch -c {branch}"

    def test_the_first_commit_of_a_repository_needs_no_branch(self, repo: Repo) -> None:
        repo.stage(FILES)
        assert self.do(repo)
        assert repo.out("branch", "--show-current") == "main"
        (path,) = records(repo)
        assert 'commit: ""' in (repo.path / path).read_text()

    def test_a_strategy_that_is_not_staged_yet_is_added_whole(self, repo: Repo) -> None:
        repo.commit({".gitignore": "__pycache__/\n", "data/bars.csv": BARS}, "feat: begin")
        repo.branch("strategy/gap")
        for path, text in FILES.items():
            repo.write(path, text)
        assert self.commands()[0] == f"git add -- {FOLDER}"
        for command in self.commands():
            subprocess.run(["sh", "-c", command], cwd=repo.path, check=True, capture_output=True)
        assert repo.out("status", "--porcelain") == ""

    def test_with_names_that_a_shell_would_take_apart(self, work: Repo) -> None:
        config = "config={'universe': \"Bob's $HOME; `x`\"}"
        work.write(SCRIPT, RUN.replace('"num_trades": 12}', f'"num_trades": 12}}, {config}'))
        assert "Bob's $HOME; `x`" in self.do(work)

    def test_a_team_without_the_type_has_its_own(self, work: Repo) -> None:
        work.git("switch", "-q", "main")
        work.commit({"quantgov.yaml": "version: 1\nmessages: {types: [feat]}\n"})
        work.git("switch", "-q", "strategy/gap")
        assert "'feat: gap v0.1.0" in self.commands()[-1]

    def test_without_staging_everything_is_left_to_add(self, work: Repo) -> None:
        found = self.commands("--no-stage")
        assert work.out("diff", "--cached", "--name-only") == ""
        assert found[0] == f"git add -- {records(work)[0]}"


class TestTheCommandLine:
    def run(self, *args: str, entry: str) -> subprocess.CompletedProcess[str]:
        code = f"import sys; from quantgov{entry} import main; sys.argv[0] = 'quantgov'; main()"
        return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True)

    @pytest.mark.parametrize(
        "args", [("--help",), (), ("gap",), ("gpa", "--", "true"), ("gap", "--tiemout", "3"), ("gap", "--", "false")]
    )
    def test_alone_it_says_what_it_says_among_the_others(self, work: Repo, args: Sequence[str]) -> None:
        alone, whole = (self.run("backtest", *args, entry=entry) for entry in (".__main__", ".cli.app"))
        assert (alone.returncode, alone.stdout, alone.stderr) == (whole.returncode, whole.stdout, whole.stderr)

    def test_it_loads_no_other_command(self, work: Repo) -> None:
        code = "import atexit, sys; atexit.register(lambda: print(*sorted(each for each in sys.modules)))\n"
        code += "from quantgov.__main__ import main; sys.argv[1:] = ['backtest', '--help']; main()"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        loaded = {name for name in done.stdout.splitlines()[-1].split() if name.startswith("quantgov.cli.")}
        assert loaded == {f"quantgov.cli.{name}" for name in ("backtest", "console", "entry", "forms")}


class TestSeveral:
    def test_thousands_are_as_many(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "for x in range(300): log_result({'x': x}, parameters={'x': x})\n")
        told()
        assert len(records(work)) == 301

    def test_two_results_are_two_records(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "log_result({'sharpe_ratio': 2}, config={'symbols': ['MSFT.US']})\n")
        found = told()["records"]
        assert isinstance(found, list)
        paths = [each["path"] for each in found]
        day = found[0]["record"]["date"]
        assert paths == [f"results/gap/{day}_btc_gap_v1.yaml", f"results/gap/{day}_msft_gap_v1.yaml"]
        assert [each["record"]["results"]["sharpe_ratio"] for each in found] == [1.25, 2]
        assert records(work) == sorted(paths)

    def test_records_of_a_day_are_counted_past_those_that_git_has(self, work: Repo) -> None:
        for _ in range(2):
            ran()
        work.commit()
        first, second = records(work)
        (work.path / first).unlink()
        work.git("rm", "-q", "--cached", second)
        (work.path / second).unlink()
        ran()
        assert [path[-8:] for path in records(work)] == ["_v3.yaml"]

    def test_backtests_that_end_at_once_take_numbers_of_their_own(self, work: Repo) -> None:
        argv = [sys.executable, "-c", "from tests_app import app; app()", "gap", "--", sys.executable, SCRIPT]
        env = {**os.environ, "PYTHONPATH": _app(work)}
        runs = [subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
        for each in runs:
            _, said = each.communicate()
            assert each.returncode == 0, said.decode()
        assert [path[-7:] for path in records(work)] == [f"v{number}.yaml" for number in (1, 2, 3, 4)]
        assert work.out("diff", "--cached", "--name-only").splitlines() == records(work)
        assert len({(work.path / path).read_text().split("experiment_id: ")[1][:40] for path in records(work)}) == 4

    def test_a_profile_is_kept_while_the_data_is_untouched(self, work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        from quantgov import profiling

        bars = work.path / "data/bars.csv"
        os.utime(bars, (time.time() - 60,) * 2)
        first = ran()
        kept = profiling.profile
        monkeypatch.setattr(profiling, "profile", None)
        assert ran()["data"] == first["data"]
        monkeypatch.setattr(profiling, "profile", kept)
        bars.write_text(BARS + "BTC.USDT,2024-01-08T00:00:00Z,1,1,1,9,5\n")
        assert part(ran(), "data.rows") == 5


class TestResultsOfAnEngine:
    """An engine that must not import quantgov writes a file."""

    def write(self, work: Repo, value: object) -> None:
        bars = "open('data/bars.csv').read()\n"
        work.write(SCRIPT, f"{bars}open('out.json', 'w').write({json.dumps(value)!r})\n")

    def test_it_is_read_from_there(self, work: Repo) -> None:
        value = {
            "results": {"Sharpe": 1.5, "x": float("nan")},
            "parameters": {"a": 1},
            "data": ["data/bars.csv"],
            "seed": 3,
        }
        self.write(work, value)
        found = ran("--results", "out.json")
        assert (found["results"], found["parameters"]) == ({"sharpe": 1.5, "x": None}, {"a": 1})

    def test_it_may_hold_several(self, work: Repo) -> None:
        self.write(work, [{"results": {"x": 1}}, {"results": {"x": 2}}])
        told("--results", "out.json")
        assert len(records(work)) == 2

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({"sharpe": 1}, "is no result"),
            ({"results": {"x": 1}, "metrics": {}}, "is no result"),
            ([1], "is no result"),
            ({"results": {"x": "good"}}, "the metric x is 'good'"),
            ({"results": {"x": 1}, "seed": "seven"}, "the seed is 'seven'"),
            ({"results": {"x": 1}, "parameters": [1]}, "[1] is no mapping"),
            ({"results": {"x": 1}, "backtest_config": {"symbols": {"a": 1}}}, "backtest_config.symbols"),
        ],
    )
    def test_what_is_no_result_is_refused(self, work: Repo, value: object, message: str) -> None:
        self.write(work, value)
        work.write("out.json", "{}")
        assert message in refusal(work, "--results", "out.json").message

    def test_a_file_of_an_earlier_run_is_refused(self, work: Repo) -> None:
        work.write(SCRIPT, "open('data/bars.csv').read()\n")
        os.utime(work.write("out.json", '{"results": {"x": 1}}'), (1, 1))
        assert "older than this run" in refusal(work, "--results", "out.json").message

    def test_a_file_that_is_too_deep_is_refused(self, work: Repo) -> None:
        work.write(SCRIPT, "open('data/bars.csv').read()\nopen('out.json', 'w').write('[' * 100_000)\n")
        work.write("out.json", "{}")
        error = call("gap", "--results", "out.json", "--", sys.executable, SCRIPT).exception
        assert isinstance(error, QuantgovError)
        assert "cannot be read" in error.message

    def test_a_file_that_is_not_there_is_refused(self, work: Repo) -> None:
        assert "cannot be read" in refusal(work, "--results", "out.json").message


class TestWhatIsNotRecorded:
    def test_a_run_that_fails(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "raise SystemExit(3)\n")
        error = refusal(work)
        assert error.message == "the backtest ended with exit code 3; nothing is recorded"
        assert error.exit_code == 1

    def test_a_run_that_hangs_and_what_it_started(self, work: Repo) -> None:
        hang = (
            "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        )
        work.write(SCRIPT, f"{hang}time.sleep(600)\n")
        error = refusal(work, "--timeout", "1")
        assert (error.exit_code, "longer than 1 seconds" in error.message) == (1, True)

    @pytest.mark.parametrize("here", [True, False])
    def test_a_run_that_is_interrupted(self, work: Repo, monkeypatch: pytest.MonkeyPatch, here: bool) -> None:
        """By Ctrl-C at our own terminal, or at the one that the run shares."""

        def interrupted(*args: object, **options: object) -> int:
            if here:
                raise KeyboardInterrupt
            return 130

        monkeypatch.setattr(running, "attend", interrupted)
        assert call("gap", "--", sys.executable, SCRIPT).exit_code == 130
        assert records(work) == []

    def test_a_program_that_is_not_there(self, work: Repo) -> None:
        assert "nowhere-at-all cannot be started" in refusal(work, command=("nowhere-at-all",)).message

    def test_a_run_that_logs_nothing_is_told_the_three_lines(self, work: Repo) -> None:
        work.write(SCRIPT, "open('data/bars.csv').read()\n")
        error = refusal(work)
        assert error.message == "the backtest logged no result; nothing is recorded"
        assert "from quantgov import log_result" in error.help
        first, *lines = error.help.split("\n")
        assert (first, len(lines)) == ("add three lines:", 3)
        assert all(line.startswith("    ") for line in lines)

    def test_a_strategy_that_is_not_there(self, work: Repo) -> None:
        assert "there is no strategy 'gpa' here; did you mean 'gap'?" in refusal(work, name="gpa").message

    def test_a_record_that_git_would_ignore_before_anything_runs(self, work: Repo) -> None:
        work.write(".gitignore", "results/\n")
        work.write(SCRIPT, "open('ran', 'w')\n")
        error = refusal(work)
        assert "would be ignored by 'results/' (.gitignore:1)" in error.message
        assert not (work.path / "ran").exists()

    def test_artefacts_that_git_would_ignore(self, work: Repo) -> None:
        work.write(".gitignore", "*.csv\n")
        work.write(
            SCRIPT, RUN + "(ROOT / 'results').mkdir(exist_ok=True)\n(ROOT / 'results/trades.csv').write_text('x')\n"
        )
        assert "results/trades.csv would be ignored by '*.csv'" in refusal(work).message

    @pytest.mark.parametrize("name", ["results", "results/gap"])
    @pytest.mark.parametrize("kind", ["file", "link"])
    def test_a_record_that_would_have_no_folder_before_anything_runs(self, work: Repo, name: str, kind: str) -> None:
        place = work.write(name)
        if kind == "link":
            place.unlink()
            place.symlink_to(work.path.parent)
        work.write(SCRIPT, "open('ran', 'w')\n")
        error = refusal(work)
        assert error.message == f"{place} is a link or a file, and records stand in a folder"
        assert not (work.path / "ran").exists()

    def test_a_checkout_that_cannot_be_written_to_before_anything_runs(
        self, work: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        assert "cannot be written to" in refusal(work).message
        assert told("--dry-run")["records"]

    def test_a_word_that_no_text_holds_before_anything_runs(self, work: Repo) -> None:
        error = refusal(work, command=(sys.executable, SCRIPT, os.fsdecode(b"\xff.csv")))
        assert error.message == r"the name \xff.csv is no UTF-8, and a record is"

    def test_data_whose_name_no_text_holds(self, work: Repo) -> None:
        work.write(SCRIPT, RUN.replace('"data/bars.csv"', r'"data/\udcff.csv"'))
        work.write(os.fsdecode(b"data/\xff.csv"), BARS)
        work.git("add", "-A")
        assert r"data/\xff.csv is no UTF-8" in refusal(work).message

    def test_secrets_in_the_command(self, work: Repo) -> None:
        secret = "ghp_" + hashlib.sha256(b"made up").hexdigest()[:36]
        error = refusal(work, command=(sys.executable, SCRIPT, f"--token={secret}"))
        assert error.message.startswith("the command holds a secret")
        assert "by the environment" in error.help
        assert secret not in error.message + error.help

    def test_secrets_in_what_was_logged(self, work: Repo) -> None:
        secret = "ghp_" + hashlib.sha256(b"made up").hexdigest()[:36]
        parameters = f", parameters={{'token': {secret[:8]!r} + {secret[8:]!r}}})"
        work.write(SCRIPT, RUN.replace('"num_trades": 12})', f'"num_trades": 12}}{parameters}'))
        error = refusal(work)
        assert error.message.startswith("the result holds a secret")
        assert secret not in error.message

    @pytest.mark.parametrize(
        ("config", "where"),
        [("{'start_date': 'last year'}", "backtest_config.start_date"), ("{'initial_capital': -1}", "initial_capital")],
    )
    def test_what_fits_no_record_is_named(self, work: Repo, config: str, where: str) -> None:
        work.write(SCRIPT, RUN.replace('"num_trades": 12}', f'"num_trades": 12}}, config={config}'))
        assert where in refusal(work).message

    def test_more_than_a_document_holds(self, work: Repo) -> None:
        work.write(SCRIPT, RUN.replace('"num_trades": 12}', '"num_trades": 12}, parameters={"w": list(range(300000))}'))
        assert "fits no record" in refusal(work).message

    def test_a_record_that_git_does_not_take_is_taken_away_again(
        self, work: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keeping, "PATIENCE", 0.1)
        lock = work.write(".git/index.lock")
        error = call("gap", "--", sys.executable, SCRIPT).exception
        assert isinstance(error, QuantgovError)
        assert "index.lock" in error.message
        lock.unlink()
        assert records(work) == []
        assert not (work.path / "results").exists()

    def test_where_it_cannot_be_written_what_came_out_is_shown(self, work: Repo) -> None:
        with patch.object(keeping, "write_file", side_effect=OSError(28, "No space left on device", "results/gap")):
            found = call("gap", "--", sys.executable, SCRIPT)
        assert isinstance(found.exception, CannotJudge)
        assert found.exception.message == "results/gap: No space left on device; nothing was written"
        assert "sharpe_ratio: 1.25" in found.stdout
        assert not (work.path / "results").exists()

    @pytest.mark.parametrize("moment", ["_stage", "commands"])
    def test_ctrl_c_while_it_is_written_takes_it_away_again(self, work: Repo, moment: str) -> None:
        whole = getattr(keeping, moment)

        def interrupted(*args: object, **options: object) -> object:
            found = whole(*args, **options)
            signal.raise_signal(signal.SIGINT)
            return found

        before = {each: signal.getsignal(each) for each in workspace.ENDING}
        try:
            with patch.object(keeping, moment, interrupted):
                assert call("gap", "--", sys.executable, SCRIPT).exit_code == 130
        finally:  # to its very end nothing interrupts the command; this process goes on
            for each, answer in before.items():
                signal.signal(each, answer)
        assert (records(work), work.out("status", "--porcelain", "-uall")) == ([], "")

    def test_what_was_staged_while_it_ran_stays_so(self, work: Repo) -> None:
        stage = "import subprocess\n(ROOT / 'results').mkdir()\n(ROOT / 'results/trades.txt').write_text('x')\n"
        stage += "subprocess.run(['git', 'add', '-A'])\n(ROOT / 'results/trades.txt').write_text('y')\n"
        work.write(SCRIPT, RUN + stage)
        with patch.object(keeping, "commands", side_effect=KeyboardInterrupt):
            assert call("gap", "--", sys.executable, SCRIPT).exit_code == 130
        assert work.out("show", ":results/trades.txt") == "x"
        assert records(work) == []

    def test_lines_end_as_git_wants_them(self, work: Repo) -> None:
        work.git("config", "core.autocrlf", "true")
        work.git("config", "core.safecrlf", "true")
        ran()
        assert work.out("diff", "--cached", "--name-only").splitlines() == records(work)

    def test_an_artefact_that_a_filter_refuses(self, work: Repo) -> None:
        work.commit({".gitattributes": "results/*.txt filter=broken\n"})
        work.git("config", "filter.broken.clean", "false")
        work.git("config", "filter.broken.required", "true")
        work.write("results/trades.txt", "x")
        work.write(SCRIPT, RUN + "(ROOT / 'results/trades.txt').write_text('y')\n")
        assert "git does not stage the record" in refusal(work).message

    def test_what_was_staged_of_an_artefact_stays_so(self, work: Repo) -> None:
        work.stage({"results/trades.txt": "x"})
        work.write(SCRIPT, RUN + "(ROOT / 'results/trades.txt').write_text('y')\n(ROOT / 'results/more.txt').touch()\n")
        before = work.out("diff", "--cached")
        work.write(".git/info/exclude", "results/more.txt\n")
        error = call("gap", "--", sys.executable, SCRIPT).exception
        assert isinstance(error, QuantgovError)
        assert "results/more.txt would be ignored" in error.message
        assert work.out("diff", "--cached") == before

    def test_another_git_is_waited_for(self, work: Repo) -> None:
        lock = work.write(".git/index.lock")
        with subprocess.Popen(["sh", "-c", f"sleep 2; rm '{lock}'"]):
            assert ran()


class TestWhoseDataNobodyKnows:
    LOG = "from quantgov import log_fetch, log_result\nlog_result({'x': 1})\n"
    CONFIG = (
        "days = dict(start_date='2024-01-02', end_date='2024-01-05')\n"
        "log_result({'x': 1}, config=dict(days, symbols=['A'], interval='1d'))\n"
    )

    def test_it_is_refused(self, work: Repo) -> None:
        work.write(SCRIPT, self.LOG)
        error = refusal(work)
        assert "read no data in the repository" in error.message
        assert "--data PATH" in error.help
        assert f"quantgov backtest {ID} --no-data REASON -- {sys.executable} {SCRIPT}" in error.help

    @pytest.mark.parametrize("option", ["-I", "-S"])
    def test_a_python_that_was_not_seen_is_refused(self, work: Repo, option: str) -> None:
        work.write(SCRIPT, f"import sys\nsys.path.append({_source()!r})\n{self.LOG}")
        error = refusal(work, command=(sys.executable, option, SCRIPT))
        assert "no Python was seen" in error.message

    def test_it_can_be_named_and_then_the_rest_is_told(self, work: Repo) -> None:
        work.write(SCRIPT, f"import sys\nsys.path.append({_source()!r})\n{self.LOG}")
        found = told("--data", "data", command=(sys.executable, "-S", SCRIPT))
        assert part(found["records"][0]["record"], "data.rows") == 4  # type: ignore[index]
        assert any("no Python told what it loaded" in str(note) for note in found["notes"])  # type: ignore[attr-defined]

    def test_the_run_can_name_it(self, work: Repo) -> None:
        work.write(SCRIPT, self.LOG.replace("1})", "1}, data=['data/bars.csv'])"))
        assert part(ran(), "data.rows") == 4

    def test_data_that_it_made_itself_is_none(self, work: Repo) -> None:
        work.write(SCRIPT, self.LOG + "open('data/cache.csv', 'w').write('x')\n")
        work.write(".gitignore", "/data/cache.csv\n")
        error = refusal(work)
        assert "data/cache.csv, which it made itself" in error.message

    def test_data_that_others_changed_while_it_ran_is_refused(self, work: Repo) -> None:
        change = "import subprocess, time\ntime.sleep(0.05)\nsubprocess.run(['touch', str(ROOT / 'data/bars.csv')])\n"
        work.write(SCRIPT, RUN + change)
        assert "data/bars.csv was changed while the backtest read it" in refusal(work).message

    def test_data_that_is_fetched_is_described_by_what_came(self, work: Repo) -> None:
        fetch = (
            "log_fetch(b'{0}', source='TickDB /v1/kline', rows={1}, symbols=['{0}'], interval='1h', "
            "start='2024-01-0{2}', end='2024-01-05')\n"
        )
        work.write(SCRIPT, self.LOG + fetch.format("a", 3, 2) + fetch.format("b", 4, 3))
        value = ran()
        assert part(value, "data.symbol_set") == {"name": "a, b", "count": 2}
        assert part(value, "data.period") == {"start": "2024-01-02", "end": "2024-01-05"}
        assert part(value, "data.source") == {"vendor": "TickDB", "endpoint": "/v1/kline", "interval": "1h"}
        assert part(value, "data.rows") == 7
        assert part(value, "data.cache") == "none, fetched on demand"
        fetched = part(value, "data.fetched")
        assert isinstance(fetched, list)
        assert [each["sha256"] for each in fetched] == [hashlib.sha256(text).hexdigest() for text in (b"a", b"b")]

    def test_a_fetch_is_completed_by_the_configuration_or_refused(self, work: Repo) -> None:
        fetch = "log_fetch(b'a', source='TickDB /v1/kline', rows=3)\n"
        work.write(SCRIPT, self.LOG + fetch)
        assert "the data is not described" in refusal(work).message
        work.write(SCRIPT, f"from quantgov import log_fetch, log_result\n{self.CONFIG}{fetch}")
        assert part(ran(), "data.source.interval") == "1d"

    def test_files_and_fetches_are_both_listed(self, work: Repo) -> None:
        fetch = "from quantgov import log_fetch\nlog_fetch(b'a', source='TickDB /v1/kline', rows=3)\n"
        work.write(SCRIPT, RUN + fetch)
        value = ran()
        assert part(value, "data.rows") == 4
        assert len(part(value, "data.fetched")) == 1  # type: ignore[arg-type]

    def test_a_run_that_needs_no_data_says_why(self, work: Repo) -> None:
        work.write(SCRIPT, f"from quantgov import log_result\n{self.CONFIG}")
        value = ran("--no-data", "random walks")
        assert part(value, "data.cache") == "no data: random walks"
        assert part(value, "data.symbol_set") == {"name": "A", "count": 1}
        assert part(value, "data.period") == {"start": "2024-01-02", "end": "2024-01-05"}

    def test_the_reason_alone_is_enough(self, work: Repo) -> None:
        work.write(SCRIPT, self.LOG)
        found = told("--no-data", "random walks")
        value = found["records"][0]["record"]  # type: ignore[index]
        assert part(value, "data.symbol_set") == {"name": "gap", "count": 1}
        assert part(value, "data.period") == {"start": value["date"], "end": value["date"]}
        assert part(value, "data.source") == {"vendor": "simulated", "endpoint": "no-data", "interval": "1d"}
        message = str(found["commands"])
        assert "- Symbol set: gap (1 ticker)" in message
        assert "- Source: simulated no-data, 1d interval" in message

    def test_the_one_symbol_that_was_fetched_names_the_record(self, work: Repo) -> None:
        fetch = (
            "log_fetch(b'a', source='TickDB /v1/kline', rows=3, symbols=['AAPL.US'], interval='1h', "
            "start='2024-01-02', end='2024-01-05')\n"
        )
        work.write(SCRIPT, self.LOG + fetch)
        value = ran()
        assert records(work) == [f"results/gap/{value['date']}_aapl_gap_v1.yaml"]

    def test_data_of_a_kind_that_tells_nothing_is_described_by_the_configuration(self, work: Repo) -> None:
        work.commit({"data/bars.pkl": b"\x80\x04K\x01."})
        read = "open('data/bars.pkl', 'rb').read()\n"
        work.write(SCRIPT, self.LOG + read)
        assert "the data is not described" in refusal(work).message
        work.write(SCRIPT, f"from quantgov import log_result\n{self.CONFIG}{read}")
        assert part(ran(), "data.symbol_set") == {"name": "A", "count": 1}


def _source() -> str:
    """Where quantgov is imported from."""
    import quantgov

    return str(Path(quantgov.__file__).parents[1])


class TestDataInLfs:
    POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"

    def test_data_that_was_named_and_is_not_here_before_anything_runs(self, work: Repo) -> None:
        work.write("data/more.csv", self.POINTER)
        work.write(SCRIPT, "open('ran', 'w')\n")
        error = refusal(work, "--data", "data/more.csv")
        assert error.message.startswith("data/more.csv is a pointer: its contents lie in Git LFS and are not here")
        assert error.help == "git lfs pull --include=data/more.csv"
        assert "more.csv is a pointer" in refusal(work, command=(sys.executable, SCRIPT, "data/more.csv")).message
        assert not (work.path / "ran").exists()

    @pytest.mark.parametrize("fails", [True, False])
    def test_data_that_it_read_as_a_pointer(self, work: Repo, fails: bool) -> None:
        work.write("data/more.csv", self.POINTER)
        work.write(SCRIPT, RUN + "text = open('data/more.csv').read()\n" + "float(text)\n" * fails)
        assert refusal(work).help == "git lfs pull --include=data/more.csv"

    def test_all_of_many(self, work: Repo) -> None:
        for number in range(5):
            work.write(f"data/{number}.csv", self.POINTER)
        work.write(SCRIPT, RUN + "[open(f'data/{number}.csv').read() for number in range(5)]\n")
        error = refusal(work)
        assert "data/0.csv, data/1.csv, data/2.csv and 2 more is a pointer" in error.message
        assert error.help == "git lfs pull"


class TestWhatItChanges:
    """A run that is not as it was when it began."""

    def test_its_own_data(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "open(ROOT / 'data/bars.csv', 'a').write('\\n')\n")
        error = refusal_of_changes(work)
        assert error.message == "data/bars.csv was read and then written over by the backtest; nothing is recorded"

    def test_data_that_it_takes_away(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "(ROOT / 'data/bars.csv').unlink()\n")
        error = refusal_of_changes(work)
        assert error.message == "data/bars.csv was read by the backtest and is gone; nothing is recorded"

    def test_its_own_parameters_are_those_that_it_began_with(self, work: Repo) -> None:
        path = f"{FOLDER}/params/v0.1.0.yaml"
        work.write(SCRIPT, RUN + f"open({path!r}).read()\nopen({path!r}, 'w').write('lookback_bars: 9\\n')\n")
        value = ran()
        digest = hashlib.sha256(b"lookback_bars: 3\n").hexdigest()
        assert value["parameters"] == {"lookback_bars": 3}
        assert part(value, "run.files") == [{"path": path, "sha256": digest}]

    def test_the_commit_is_the_one_that_it_began_on(self, work: Repo) -> None:
        head = work.out("rev-parse", "HEAD")
        more = "import subprocess\nsubprocess.run(['git', 'commit', '-q', '--allow-empty', '-m', 'feat: more'])\n"
        work.write(SCRIPT, RUN + more)
        assert part(ran(), "run.code.commit") == head != work.out("rev-parse", "HEAD")

    def test_the_folder_that_it_runs_in(self, work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        (work.path / "sub").mkdir()
        monkeypatch.chdir(work.path / "sub")
        work.write(SCRIPT, RUN + "(ROOT / 'out.json').write_text('[]')\nROOT.joinpath('sub').rmdir()\n")
        value = ran("--data", "../data", "--results", "../out.json", command=(sys.executable, f"../{SCRIPT}"))
        assert (part(value, "run.folder"), part(value, "run.results_file")) == ("sub", "../out.json")


def refusal_of_changes(work: Repo) -> QuantgovError:
    error = call("gap", "--", sys.executable, SCRIPT).exception
    assert isinstance(error, QuantgovError)
    assert (error.exit_code, bool(error.help), records(work)) == (1, True, [])
    return error


class TestNotes:
    def test_code_that_git_ignores(self, work: Repo) -> None:
        work.write(".gitignore", "/local/\n__pycache__/\n")
        work.write("local/mine.py")
        work.write("local/mine.py", "x = 1\n")
        work.write(SCRIPT, RUN.replace("import csv", "import csv, sys; sys.path.append('local'); import mine"))
        found = told()
        assert any("local/mine.py was used and is ignored by git" in str(note) for note in found["notes"])  # type: ignore[attr-defined]
        assert part(found["records"][0]["record"], "run.dirty") is True  # type: ignore[index]

    def test_code_that_was_edited_while_it_ran(self, work: Repo) -> None:
        edit = "import time; time.sleep(0.05); import subprocess; subprocess.run(['touch', __file__])\n"
        work.write(SCRIPT, RUN + edit)
        assert any(f"{SCRIPT} changed while it ran" in str(note) for note in _notes())

    def test_data_that_only_this_machine_has(self, work: Repo, tmp_path: Path) -> None:
        (tmp_path / "mine.csv").write_text(BARS)
        work.write(SCRIPT, RUN.replace('ROOT / "data/bars.csv"', repr(str(tmp_path / "mine.csv"))))
        told_of = "mine.csv is on this machine only: others need it below $TEAM_DATA_DIR"
        assert any(told_of in str(note) for note in _notes())

    def test_data_that_git_ignores(self, work: Repo) -> None:
        work.git("rm", "-q", "--cached", "data/bars.csv")
        work.commit({".gitignore": "/data/\n"})
        found = told()
        assert "data/bars.csv is on this machine only: others need it below $TEAM_DATA_DIR" in found["notes"]  # type: ignore[operator]
        assert "bars.csv" not in str(found["commands"]).split("git commit")[0]

    def test_data_below_the_teams_folder_is_everybodys(
        self, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TEAM_DATA_DIR", str(tmp_path))
        (tmp_path / "ours.csv").write_text(BARS)
        work.write(SCRIPT, RUN.replace('ROOT / "data/bars.csv"', repr(str(tmp_path / "ours.csv"))))
        assert not any("this machine" in str(note) for note in _notes())

    def test_a_file_of_git_that_it_wrote_to(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "open(ROOT / '.gitignore', 'a').write('*.log\\n')\n")
        assert any("it wrote to .gitignore" in str(note) for note in _notes())

    def test_parameters_that_it_neither_logged_nor_read(self, work: Repo) -> None:
        assert "no parameters on record: log_result(..., parameters=...)" in _notes()

    def test_parameters_that_it_read_are_on_record(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "open(Path(__file__).parent / 'params/v0.1.0.yaml').read()\n")
        found = told()
        assert found["records"][0]["record"]["parameters"] == {"lookback_bars": 3}  # type: ignore[index]
        assert not any("no parameters" in str(note) for note in found["notes"])  # type: ignore[attr-defined]


class TestArtefactsInLfs:
    @pytest.fixture
    def tracked(self, work: Repo) -> Repo:
        work.commit({".gitattributes": "*.parquet filter=lfs diff=lfs merge=lfs -text\n"})
        work.write(
            SCRIPT, RUN + "(ROOT / 'results').mkdir(exist_ok=True)\n(ROOT / 'results/e.parquet').write_text('x' * 99)\n"
        )
        return work

    def test_without_git_lfs_they_are_left_to_be_staged(self, tracked: Repo) -> None:
        commands = told()["commands"]
        assert "git lfs install && git add -- results/e.parquet" in commands  # type: ignore[operator]
        assert "results/e.parquet" not in tracked.out("diff", "--cached", "--name-only")

    def test_with_git_lfs_they_are_staged_as_pointers(self, tracked: Repo) -> None:
        tracked.git("lfs", "install", "--local")
        ran()
        assert tracked.out("show", ":results/e.parquet").startswith("version https://git-lfs")


class TestDataToCommit:
    def test_data_that_is_not_tracked_is_added(self, work: Repo) -> None:
        work.write("data/new.csv", BARS)
        work.write(SCRIPT, RUN.replace("data/bars.csv", "data/new.csv"))
        found = told()
        assert "git add -- data/new.csv strategies/gap/run.py" in found["commands"]  # type: ignore[operator]
        assert "data/new.csv" in found["dirty"]  # type: ignore[operator]

    def test_many_files_are_added_as_their_folder(self, work: Repo) -> None:
        for day in range(6):
            work.write(f"data/new/BTC.USDT-{day}.csv", BARS.replace("2024-01", f"2024-0{day + 1}"))
        work.write(SCRIPT, RUN + "[open(path).read() for path in (ROOT / 'data/new').iterdir()]\n")
        assert "git add -- data/new strategies/gap/run.py" in told()["commands"]  # type: ignore[operator]


class TestDataThatCompiledProgramsRead:
    POLARS = """\
import polars
from quantgov import log_result
bars = polars.read_parquet("data/bars.parquet")
polars.DataFrame({"x": [1]}).write_parquet("data/made.parquet")
log_result({"rows": bars.height}{named})
"""

    @pytest.fixture
    def with_parquet(self, work: Repo) -> Repo:
        import polars

        polars.read_csv(work.path / "data/bars.csv").write_parquet(work.path / "data/bars.parquet")
        (work.path / "data/made.parquet").write_bytes(b"")
        work.commit()
        work.write(SCRIPT, self.POLARS.replace("{named}", ""))
        return work

    def _inputs(self, value: Value) -> list[str]:
        listed = part(value, "data.inputs")
        assert isinstance(listed, list)
        return [each["path"] for each in listed]

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who opens files")
    def test_it_is_on_record_and_what_they_wrote_is_not(self, with_parquet: Repo) -> None:
        value = ran()
        assert self._inputs(value) == ["data/bars.parquet"]
        assert part(value, "data.rows") == 4

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who opens files")
    def test_it_is_beside_what_python_read(self, with_parquet: Repo) -> None:
        with_parquet.write(SCRIPT, self.POLARS.replace("{named}", "") + "open('data/bars.csv').read()\n")
        assert self._inputs(ran()) == ["data/bars.csv", "data/bars.parquet"]

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who opens files")
    def test_so_is_what_a_program_that_is_no_python_read(self, work: Repo) -> None:
        work.write("run.sh", 'cat data/bars.csv > out\necho \'{"results": {"x": 1}}\' > out.json\n')
        found = told("--results", "out.json", command=("sh", "run.sh"))
        assert self._inputs(found["records"][0]["record"]) == ["data/bars.csv"]  # type: ignore[index]

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell who opens files")
    def test_what_is_read_elsewhere_is_to_be_named(self, with_parquet: Repo, tmp_path: Path) -> None:
        (with_parquet.path / "data/bars.parquet").rename(tmp_path / "bars.parquet")
        script = self.POLARS.replace("{named}", "").replace("data/bars.parquet", str(tmp_path / "bars.parquet"))
        with_parquet.write(SCRIPT, script + "open('data/bars.csv').read()\n")
        assert any("polars was loaded, and is not seen to read anything" in str(note) for note in _notes())

    def test_what_another_program_opens_is_not_taken_for_it(self, work: Repo) -> None:
        work.write("data/other.csv", BARS)
        work.write(SCRIPT, RUN + "import subprocess; subprocess.run(['cat', str(ROOT / 'data/other.csv')])\n")
        assert self._inputs(ran()) == ["data/bars.csv"]

    @pytest.fixture
    def unseen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A system that does not tell which files are opened."""
        monkeypatch.setattr(watching, "PATIENCE", -1)

    @pytest.mark.usefixtures("unseen")
    def test_where_nobody_sees_it_a_run_of_nothing_else_is_refused(self, with_parquet: Repo) -> None:
        assert "what compiled programs open is not seen here" in refusal(with_parquet).message

    @pytest.mark.usefixtures("unseen")
    def test_where_nobody_sees_it_a_record_says_that_it_may_lack_some(self, with_parquet: Repo) -> None:
        with_parquet.write(SCRIPT, self.POLARS.replace("{named}", "") + "open('data/bars.csv').read()\n")
        assert "polars was loaded: what else was read is not known; name it: --data PATH" in _notes()

    @pytest.mark.usefixtures("unseen")
    def test_what_is_named_is_enough(self, with_parquet: Repo) -> None:
        with_parquet.write(SCRIPT, self.POLARS.replace("{named}", ", data=['data/bars.parquet']"))
        found = told()
        assert self._inputs(found["records"][0]["record"]) == ["data/bars.parquet"]  # type: ignore[index]
        assert not any("is not known" in str(note) for note in found["notes"])  # type: ignore[attr-defined]


class TestWhatWasToBeRun:
    """Held against the data: a part is never called all of it."""

    def _run(self, work: Repo, config: str) -> tuple[Value, list[str]]:
        work.write(SCRIPT, RUN.replace('"num_trades": 12}', f'"num_trades": 12}}, config={config}'))
        found = told()
        return found["records"][0]["record"], found["notes"]  # type: ignore[index,return-value]

    def test_symbols_that_are_missing(self, work: Repo) -> None:
        value, notes = self._run(work, "{'symbols': ['BTC.USDT', 'ETH.USDT', 'SOL.USDT']}")
        assert part(value, "data.symbol_set") == {"name": "BTC.USDT", "count": 1, "expected": 3}
        assert [note for note in notes if "of 3 symbols" in note] == [
            "1 of 3 symbols are there; missing: ETH.USDT, SOL.USDT"
        ]

    def test_bars_that_are_missing(self, work: Repo) -> None:
        value, notes = self._run(work, "{'start_date': '2024-01-01', 'end_date': '2024-12-31'}")
        assert part(value, "data.bars") == {"present": 4, "expected": 366}
        assert any("4 of 366 bars are there" in note for note in notes)

    def test_bars_that_are_shorter_are_none_that_are_missing(self, work: Repo) -> None:
        value, _ = self._run(work, "{'interval': '1w'}")
        assert part(value, "data.source.interval") == "1d"
        assert part(value, "data.bars") == {"present": 4, "expected": 4}

    def test_bars_that_are_longer_are(self, work: Repo) -> None:
        value, notes = self._run(work, "{'interval': '12h'}")
        assert part(value, "data.bars") == {"present": 4, "expected": 7}
        assert "bars are 1d apart, and 12h was to be run" in notes

    def test_symbols_by_other_names(self, work: Repo) -> None:
        value, notes = self._run(work, "{'symbols': ['BTC']}")
        assert part(value, "data.symbol_set") == {"name": "BTC.USDT", "count": 1}
        assert "none of the symbols that were to be run is in the data: BTC" in notes

    def test_two_results_of_one_run_are_held_against_their_own(self, work: Repo) -> None:
        more = "log_result({'x': 1}, config={'end_date': '2024-01-07'})\nlog_result({'x': 2})\n"
        work.write(SCRIPT, RUN + more)
        listed = told()["records"]
        assert isinstance(listed, list)
        bars = [part(each["record"], "data.bars.expected") for each in listed]
        assert bars == [4, 6, 4]

    def test_a_period_that_is_none_asks_for_nothing(self, work: Repo) -> None:
        value, _ = self._run(work, "{'start_date': '2024-02-01', 'end_date': '2024-01-01'}")
        assert part(value, "data.bars") == {"present": 4, "expected": 4}


class TestNamesOfASetOfSymbols:
    @pytest.mark.parametrize(
        ("count", "name", "subject"),
        [
            (3, "A.US, B.US, C.US", "on A.US, B.US, C.US 2024"),
            (5, "A.US, B.US, C.US, D.US, E.US", "on A.US, B.US, C.US, D.US, E.US 2024"),
            (6, "6 symbols", "on 6 symbols 2024"),
        ],
    )
    def test_a_few_are_listed(self, work: Repo, count: int, name: str, subject: str) -> None:
        bars = "symbol,timestamp,close\n" + "".join(
            f"{each}.US,2024-01-0{day},1\n" for each in "ABCDEF"[:count] for day in (2, 3, 4)
        )
        work.commit({"data/bars.csv": bars})
        found = told()
        assert part(found["records"][0]["record"], "data.symbol_set.name") == name  # type: ignore[index]
        assert subject in str(found["commands"])


class TestTheCommandOnRecord:
    def test_paths_of_the_repository_are_those_from_its_folder(
        self, work: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(work.path / FOLDER)
        whole = str(work.path / SCRIPT)
        value = ran(name="gap", command=(sys.executable, whole, f"--bars={work.path}/data/bars.csv", "--fast=1"))
        assert part(value, "run.command") == ["python", "run.py", "--bars=../../data/bars.csv", "--fast=1"]

    def test_a_python_in_the_repository_is_anybodys(self, work: Repo) -> None:
        (work.path / ".venv/bin").mkdir(parents=True)
        (work.path / ".venv/bin/python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (work.path / ".venv/bin/python3").chmod(0o755)
        assert part(ran(command=(".venv/bin/python3", SCRIPT)), "run.command") == ["python", SCRIPT]

    def test_another_path_of_this_machine_is_told(self, work: Repo, tmp_path: Path) -> None:
        (tmp_path / "settings.toml").write_text("")
        found = told(command=(sys.executable, SCRIPT, str(tmp_path / "settings.toml")))
        assert any(str(note).endswith("settings.toml, which others have not") for note in found["notes"])  # type: ignore[attr-defined]


class TestTheOneBefore:
    def test_is_the_latest_of_the_same_command(self, work: Repo) -> None:
        first = ran()
        work.write("other.py", RUN.replace("parents[2]", "parent").replace("1.25", "9.5"))
        ran(command=(sys.executable, "other.py"))
        assert told()["records"][0]["previous"] == first["experiment_id"]  # type: ignore[index]

    def test_is_else_one_of_the_strategy_and_the_report_says_so(self, work: Repo) -> None:
        work.write("other.py", RUN.replace("parents[2]", "parent"))
        ran(command=(sys.executable, "other.py"))
        assert "of another command: python other.py" in call("gap", "--", sys.executable, SCRIPT).output


class TestPackages:
    def test_what_was_loaded_of_them_is_on_record_by_version(self, work: Repo) -> None:
        work.write(SCRIPT, RUN + "import yaml\n")
        packages = part(ran(), "run.environment.packages")
        assert packages == {"pyyaml": version("pyyaml")}
