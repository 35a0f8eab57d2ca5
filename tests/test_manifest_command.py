"""`quantgov manifest show`, `verify` and `diff`: what commits say of their data, and whether it is true."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
import typer
from repository import Repo
from typer.testing import CliRunner, Result

from quantgov import manifests, verifying
from quantgov.cli import manifest as commands
from quantgov.errors import UsageError
from quantgov.git import Repository
from quantgov.lfs_store import Store

DATA, PATH = "data/prices.csv", "results/gap/2026-11-20_multi_gap_v1.yaml"
PRICES = "timestamp,symbol,close\n" + "".join(
    f"2024-01-{day:02}T00:00:00Z,{symbol},{day}\n" for symbol in ("AAPL.US", "MSFT.US") for day in range(2, 6)
)
BLOCK = """\
Data manifest:
- Symbol set: pair (2 tickers)
- Period: 2024-01-01 to 2024-01-07
- Source: TickDB /v1/market/kline, 1d interval
- Cache: data/prices.csv
- Rows: 8
"""
SAID = f"backtest: gap v1 on a pair\n\n{BLOCK}"


def sha256(data: str | bytes) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def pointer(data: str) -> str:
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(data)}\nsize {len(data)}\n"


def record(*inputs: tuple[str, str], period: str = "2024-01-02, end: 2024-01-05", rows: int = 8, more: str = "") -> str:
    listed = "".join(f'    - {{path: "{path}", sha256: "{sha256(data)}"}}\n' for path, data in inputs)
    return f"""\
experiment_id: exp_001
strategy: gap
parameters: {{lookback_bars: 3}}
results: {{sharpe_ratio: 1.2}}
data:
  symbol_set: {{name: pair, count: 2}}
  period: {{start: {period}}}
  source: {{vendor: TickDB, endpoint: /v1/market/kline, interval: 1d}}
  cache: data/prices.csv
  rows: {rows}
  inputs:
{listed or "    []"}
{more}"""


def run(*args: str) -> Result:
    app = typer.Typer()
    for name in ("show", "verify", "diff"):
        app.command(name)(getattr(commands, f"manifest_{name}"))
    return CliRunner().invoke(app, args)


def found(*args: str) -> dict[str, str]:
    """The state of each check."""
    done = run("verify", "--format", "json", *args)
    report = json.loads(done.stdout)
    assert done.exit_code == report["exit_code"]
    return {check["subject"]: check["state"] for each in report["manifests"] for check in each["checks"]}


class TestShow:
    def test_a_message_and_a_record_are_both_shown_and_named(self, repo: Repo) -> None:
        tip = repo.commit({PATH: record((DATA, PRICES))}, SAID)
        done = run("show")
        assert done.stdout.startswith(f"the message of {tip[:10]}\n  - Symbol set: pair (2 tickers)\n")
        assert f"\n{PATH}\n  - Symbol set: pair (2 tickers)\n" in done.stdout

    def test_the_real_client_shows_a_commit_of_old(self, repo: Repo) -> None:
        repo.commit({"a.csv": "x\n"}, SAID)
        repo.commit({"notes.md": "x\n"}, "docs: note")
        done = repo.quantgov("manifest", "show", "HEAD~1")
        assert (done.returncode, done.stdout.count("\n")) == (0, 6)

    def test_what_is_staged(self, repo: Repo) -> None:
        repo.commit({"README.md": "x\n"})
        repo.stage({PATH: record((DATA, PRICES))})
        report = json.loads(run("show", "--staged", "--format", "json").stdout)
        assert report["commit"] == ""
        (only,) = report["manifests"]
        assert (only["origin"], only["path"], only["data"]["rows"]) == ("record", PATH, 8)

    def test_a_commit_that_says_nothing_of_data_is_named(self, repo: Repo) -> None:
        tip = repo.commit({"README.md": "x\n"}, "docs: note")
        error = run("show").exception
        assert isinstance(error, UsageError)
        assert error.message == f"{tip[:10]} says nothing of its data: no manifest, no result record"
        assert isinstance(run("show", "nope").exception, UsageError)

    def test_a_block_that_cannot_be_used_says_nothing(self, repo: Repo) -> None:
        repo.commit({}, SAID.replace("8", "many"))
        assert isinstance(run("show").exception, UsageError)

    def test_results_stand_where_the_policy_has_them(self, repo: Repo) -> None:
        repo.commit({"quantgov.yaml": "version: 1\npaths: {results: out/}\n"})
        repo.commit({"out/gap.yaml": record()}, "feat: gap")
        assert run("show").stdout.startswith("out/gap.yaml\n")

    def test_equal_manifests_are_shown_once_with_their_records_named(self, repo: Repo) -> None:
        one = record((DATA, PRICES))
        paths = [f"results/gap/2026-11-20_multi_gap_v{number}.yaml" for number in range(10)]
        repo.commit({**dict.fromkeys(paths, one), PATH.replace("v1", "x1"): record(rows=9)}, "feat: gap")
        done = run("show")
        assert done.stdout.count("- Symbol set: ") == 2
        assert f"{', '.join(paths[:3])} and 7 more\n  - Symbol set" in done.stdout
        assert len(json.loads(run("show", "--format", "json").stdout)["manifests"]) == 11


class TestVerify:
    def test_what_is_as_it_was(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: PRICES}, SAID.replace("01 to 2024-01-07", "02 to 2024-01-05"))
        states = found()
        assert set(states.values()) == {"ok"}
        assert set(states) == {"every line", DATA, "Rows", "Period", "Symbol set"}

    def test_the_table_says_what_was_said_and_what_was_found(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES), rows=9), DATA: PRICES}, "feat: gap")
        done = repo.quantgov("manifest", "verify")
        assert done.returncode == 1
        assert done.stdout.splitlines()[0] == PATH
        (line,) = [line.split() for line in done.stdout.splitlines() if "Rows" in line]
        assert line == ["differs", "Rows", "9", "8"]

    def test_a_byte_that_changed_is_found_first(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: PRICES.replace("5\n", "6\n")}, "feat: gap")
        assert found() == {DATA: "differs"}
        assert "fix: bring back the data that was read" in run("verify").stdout

    def test_a_commit_of_old_is_held_against_its_own_data(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: PRICES}, "feat: gap")
        repo.commit({DATA: "timestamp,close\n"}, "data: empty")
        assert set(found("HEAD~1").values()) == {"ok"}

    def test_a_message_that_says_something_else_than_its_record(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: PRICES}, SAID.replace("2 tickers", "505 tickers"))
        states = found()
        assert (states["Symbol set"], states["Rows"]) == ("ok", "ok")  # the record's own
        assert "differs" in {
            check["state"] for check in json.loads(run("verify", "--format", "json").stdout)["manifests"][0]["checks"]
        }

    @pytest.mark.parametrize(
        ("ours", "state"),
        [("2024-01-01, end: 2024-01-07", "ok"), ("2023-12-01, end: 2024-01-05", "differs"),
         ("2024-01-02, end: 2024-02-05", "differs"), ("2024-01-03, end: 2024-01-04", "ok")],
    )  # fmt: skip
    def test_a_period_may_begin_and_end_with_days_without_trading(self, repo: Repo, ours: str, state: str) -> None:
        repo.commit({PATH: record((DATA, PRICES), period=ours), DATA: PRICES}, "feat: gap")
        assert found()["Period"] == state

    @pytest.mark.parametrize("period", ["soon, end: later", "2024-01-02"])
    def test_a_period_that_is_none_is_left_to_its_rule(self, repo: Repo, period: str) -> None:
        repo.commit({PATH: record((DATA, PRICES), period=period), DATA: PRICES}, "feat: gap")
        assert "Period" not in found()

    def test_fewer_symbols_than_said(self, repo: Repo) -> None:
        text = record((DATA, PRICES)).replace("count: 2", "count: 505")
        repo.commit({PATH: text, DATA: PRICES}, "feat: gap")
        assert found()["Symbol set"] == "differs"

    def test_data_that_cannot_be_read_are_told_by_their_digest_alone(self, repo: Repo) -> None:
        broken = "timestamp,close\n2024-01-02,1\n2024-01-03,2,3,4\n"
        repo.commit({PATH: record((DATA, broken)), DATA: broken}, "feat: gap")
        assert found() == {DATA: "ok"}
        assert "note: " in run("verify").stdout

    def test_data_without_a_time_or_a_symbol(self, repo: Repo) -> None:
        plain = "close\n1\n2\n"
        repo.commit({PATH: record((DATA, plain), rows=2), DATA: plain}, "feat: gap")
        assert found() == {DATA: "ok", "Rows": "ok", "Period": "unknown", "Symbol set": "unknown"}
        assert "not known" in run("verify").stdout

    def test_a_record_that_lists_no_files_proves_nothing(self, repo: Repo) -> None:
        listed = f'  fetched:\n    - {{source: TickDB /v1/x, as_of: 2024-01-06, rows: 8, sha256: "{sha256(PRICES)}"}}\n'
        repo.commit({PATH: record(more=listed)}, "feat: gap")
        assert found() == {"TickDB /v1/x": "unknown"}

    def test_what_is_staged(self, repo: Repo) -> None:
        repo.commit({"README.md": "x\n"})
        repo.stage({PATH: record((DATA, PRICES)), DATA: PRICES})
        assert found("--staged")[DATA] == "ok"

    def test_a_bare_repository_is_read_too(self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: PRICES}, "feat: gap")
        repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
        monkeypatch.chdir(tmp_path / "bare.git")
        assert found()[DATA] == "ok"

    def test_equal_manifests_are_verified_once_with_their_records_named(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths = [f"results/gap/2026-11-20_multi_gap_v{number}.yaml" for number in range(10)]
        repo.commit({**dict.fromkeys(paths, record((DATA, PRICES))), DATA: PRICES}, "feat: gap")
        done = run("verify")
        assert done.stdout.count("Symbol set") == 1
        assert done.stdout.startswith(f"{', '.join(paths[:3])} and 7 more\n")
        report = json.loads(run("verify", "--format", "json").stdout)
        assert [each["origin"] for each in report["manifests"]] == paths
        assert len({json.dumps(each["checks"]) for each in report["manifests"]}) == 1

    def test_a_record_of_a_run_without_data_says_why(self, repo: Repo) -> None:
        text = record().replace("cache: data/prices.csv", 'cache: "no data: random walks"')
        repo.commit({PATH: text}, "feat: gap")
        done = run("verify")
        assert (done.exit_code, done.stdout) == (0, f"{PATH}\n  note: it read no data: random walks\n")

    def test_a_record_that_does_not_say_what_it_read(self, repo: Repo) -> None:
        repo.commit({PATH: record()}, "feat: gap")
        done = run("verify")
        assert "not known" in done.stdout
        assert "Inputs" in done.stdout
        assert "  fix: quantgov backtest" in done.stdout


class TestVerifyWhatIsNotInGit:
    @pytest.fixture(autouse=True)
    def ignored(self, repo: Repo) -> None:
        repo.commit({".gitignore": "/data/\n"})

    def test_a_file_that_git_ignores(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES))}, "feat: gap")
        assert found() == {DATA: "absent"}
        assert run("verify").exit_code == 3
        repo.write(DATA, PRICES)
        assert found()[DATA] == "ok"
        repo.write(DATA, "x\n")
        assert found() == {DATA: "differs"}

    def test_the_team_s_data(self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        repo.commit({PATH: record(("${TEAM_DATA_DIR}/us/prices.csv", PRICES))}, "feat: gap")
        assert found() == {"${TEAM_DATA_DIR}/us/prices.csv": "absent"}
        assert "fix: export TEAM_DATA_DIR=FOLDER" in run("verify").stdout
        monkeypatch.setenv("TEAM_DATA_DIR", str(tmp_path / "shared"))
        assert run("verify").exit_code == 3
        (tmp_path / "shared" / "us").mkdir(parents=True)
        (tmp_path / "shared" / "us" / "prices.csv").write_text(PRICES)
        assert run("verify").exit_code == 0

    def test_what_differs_weighs_more_than_what_is_not_here(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES), ("data/other.csv", PRICES))}, "feat: gap")
        repo.write(DATA, "x\n")
        assert run("verify").exit_code == 1


class TestVerifyInLfs:
    def keep(self, text: str) -> Store:
        store = Store.of(Repository.discover())
        store.add([text.encode()])
        return store

    def test_a_pointer_tells_other_data_without_a_download(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: pointer("other\n")}, "feat: gap")
        assert found() == {DATA: "differs"}

    def test_contents_that_were_not_fetched_are_named_with_the_command(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: pointer(PRICES)}, "feat: gap")
        done = run("verify")
        assert done.exit_code == 3
        assert "is in Git LFS, and not fetched" in done.stdout
        assert f"fix: git lfs pull --include={DATA}" in done.stdout

    def test_contents_in_the_store_are_read(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: pointer(PRICES)}, "feat: gap")
        self.keep(PRICES)
        assert set(found().values()) == {"ok"}
        assert "Rows" in found()

    def test_contents_in_the_working_tree_are_read(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: pointer(PRICES)}, "feat: gap")
        repo.write(DATA, PRICES)
        assert found()[DATA] == "ok"

    def test_a_damaged_store(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), DATA: pointer(PRICES)}, "feat: gap")
        store = self.keep(PRICES)
        os.chmod(store.path(sha256(PRICES)), 0o644)
        Path(store.path(sha256(PRICES))).write_text("x\n")
        assert "is damaged in the LFS store" in run("verify").stdout

    def test_a_pointer_that_lies_outside_of_git(self, repo: Repo) -> None:
        repo.commit({PATH: record((DATA, PRICES)), ".gitignore": "/data/\n"}, "feat: gap")
        repo.write(DATA, pointer(PRICES))
        assert found() == {DATA: "absent"}


class TestVerifyAMessageAlone:
    def test_its_cache_is_read(self, repo: Repo) -> None:
        repo.commit({DATA: PRICES}, SAID)
        assert found() == {
            DATA: "ok", "Digest": "unknown", "Rows": "ok", "Period": "ok", "Symbol set": "ok",
        }  # fmt: skip
        assert f"fix: quantgov manifest draft {DATA}" in run("verify").stdout

    @pytest.mark.parametrize(("digest", "state"), [(sha256(PRICES), "ok"), ("3f" * 32, "differs")])
    def test_its_digest_is_compared(self, repo: Repo, digest: str, state: str) -> None:
        repo.commit({DATA: PRICES}, f"{SAID}- Digest: sha256:{digest}\n")
        assert found()["Digest"] == state
        assert ("Rows" in found()) is (state == "ok")

    def test_a_folder_is_read_whole(self, repo: Repo) -> None:
        aapl, msft = PRICES.replace("MSFT", "AAPL"), PRICES.replace("AAPL", "MSFT")
        lines = f"{sha256(aapl)}  data/a.csv\n{sha256(msft)}  data/m.csv\n"
        said = SAID.replace("data/prices.csv\n- Rows: 8", "data\n- Rows: 16")
        notes = {"data/README.md": "what this is", "data/.gitignore": "*.tmp\n"}
        repo.commit({"data/a.csv": aapl, "data/m.csv": msft, **notes}, f"{said}- Digest: sha256:{sha256(lines)}\n")
        assert found()["Digest"] == "ok"

    def test_a_folder_of_files_of_no_known_kind_is_there(self, repo: Repo) -> None:
        repo.commit({"data/bars.duckdb": "x"}, SAID.replace("data/prices.csv", "data"))
        assert found()["data/bars.duckdb"] == "ok"

    def test_a_cache_that_git_ignores(self, repo: Repo) -> None:
        repo.commit({".gitignore": "/.cache/\n"}, SAID.replace("data/prices.csv", ".cache/v3/"))
        assert found() == {"Cache": "absent"}
        assert run("verify").exit_code == 3
        repo.write(".cache/v3/prices.csv", PRICES)
        repo.write(".cache/v3/.lock", "x")
        repo.write(".cache/v3/.tmp/a.csv", "x")
        assert found()[".cache/v3/prices.csv"] == "ok"

    def test_one_file_that_git_ignores(self, repo: Repo) -> None:
        repo.commit({".gitignore": "/data/\n"}, SAID)
        repo.write(DATA, PRICES)
        assert found()[DATA] == "ok"

    def test_a_digest_of_what_is_not_here_is_not_computed(self, repo: Repo) -> None:
        repo.commit({DATA: pointer(PRICES)}, f"{SAID}- Digest: sha256:{sha256(PRICES)}\n")
        assert found() == {DATA: "absent", "Digest": "ok"}

    def test_a_variable_that_is_not_set(self, repo: Repo) -> None:
        repo.commit({}, SAID.replace("data/prices.csv", "${TEAM_DATA_DIR}/us"))
        assert found() == {"Cache": "absent"}

    def test_its_dataset_is_read_where_it_names_one(self, repo: Repo) -> None:
        entry = f"""\
version: 1
datasets:
  - {{name: pair, version: v1, source: x, source_type: api, path: data/pair/, as_of: 2024-01-06,
     sha256: "{sha256(PRICES)}"}}
"""
        said = f"{SAID.replace('data/prices.csv', '.cache')}- Dataset: pair@v1\n"
        repo.commit({"data/datasets.yaml": entry, "data/pair/prices.csv": PRICES}, said)
        assert found()["data/pair/prices.csv"] == "ok"


class TestDiff:
    def test_lines_and_files_that_differ(self, repo: Repo) -> None:
        one = record((DATA, PRICES), ("data/fx.csv", "a"), more="  calendar: XNYS\n")
        repo.commit({PATH: one}, "feat: gap")
        other = record((DATA, "x"), ("data/eu.csv", "b"), rows=9, more="  bars: {present: 7, expected: 8}\n")
        repo.commit({PATH.replace("v1", "v2"): other}, "feat: gap again")
        report = json.loads(run("diff", "HEAD~1", "--format", "json").stdout)
        assert [tuple(each.values()) for each in report["changes"]] == [
            ("Rows", "8", "9"),
            ("Calendar", "XNYS", ""),
            ("Bars", "", "7 present, 8 expected"),
            ("data/eu.csv", "", f"{sha256('b')[:12]}…"),
            ("data/fx.csv", f"{sha256('a')[:12]}…", ""),
            (DATA, f"{sha256(PRICES)[:12]}…", f"{sha256('x')[:12]}…"),
        ]
        done = repo.quantgov("manifest", "diff", "HEAD~1", "HEAD")
        assert done.returncode == 0
        assert ["Calendar", "XNYS", "-"] in [line.split() for line in done.stdout.splitlines()]

    def test_the_same_data(self, repo: Repo) -> None:
        one = repo.commit({PATH: record((DATA, PRICES))}, "feat: gap")
        other = repo.commit({PATH: record((DATA, PRICES)) + "conclusion: it fades\n"}, "docs: conclude")
        assert run("diff", "HEAD~1").stdout == f"{one[:10]} and {other[:10]} ran on the same data\n"

    def test_a_message_is_compared_with_a_record(self, repo: Repo) -> None:
        repo.commit({}, SAID)
        repo.commit({PATH: record()}, "feat: gap")
        report = json.loads(run("diff", "HEAD~1", "HEAD", "--format", "json").stdout)
        assert [each["field"] for each in report["changes"]] == ["Period"]


def test_progress_is_told_to_the_end(repo: Repo) -> None:
    repo.commit({PATH: record((DATA, PRICES)), DATA: PRICES}, "feat: gap")
    told: list[tuple[int, int]] = []
    opened = Repository.discover()
    verifying.verify(opened, manifests.carried(opened, "HEAD"), lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]


def test_nothing_is_left_behind(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({PATH: record((DATA, PRICES)), DATA: PRICES}, "feat: gap")
    shutil.rmtree(repo.path / "data")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert found()["Rows"] == "ok"
    assert list((tmp_path / "tmp").iterdir()) == []
