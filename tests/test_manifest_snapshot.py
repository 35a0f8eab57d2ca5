"""`quantgov manifest snapshot`: an entry in data/datasets.yaml that never changes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from repository import Repo
from typer.testing import CliRunner, Result

from quantgov import datasets
from quantgov.cli.manifest import manifest_snapshot
from quantgov.documents import load
from quantgov.errors import UsageError

DATA, OTHER = "data/us/aapl.csv", "data/us/msft.csv"
COLUMNS = "timestamp,symbol,close\n"
AAPL, MSFT = (
    COLUMNS + "".join(f"2024-01-{day:02}T00:00:00Z,{name},{day}\n" for day in range(2, 6))
    for name in ("AAPL.US", "MSFT.US")
)


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command()(manifest_snapshot)
    return CliRunner().invoke(app, args)


def refusal(*args: str) -> UsageError:
    error = run(*args).exception
    assert isinstance(error, UsageError)
    return error


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def registry(repo: Repo) -> list[datasets.Dataset]:
    data = (repo.path / datasets.PATH).read_bytes()
    assert datasets.problems(data) == []
    return datasets.of_data(data)


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.write(DATA, AAPL)
    repo.write(OTHER, MSFT)
    return repo


def test_one_file(work: Repo) -> None:
    done = work.quantgov("manifest", "snapshot", "aapl", DATA, "--version", "v1", "--as-of", "2024-01-06")
    assert done.returncode == 0
    assert done.stdout.startswith("aapl@v1: on record\n  name: aapl\n")
    assert done.stdout.endswith("next:\n  git add data/datasets.yaml\n  git commit -m 'data: aapl@v1 is on record'\n")
    (one,) = registry(work)
    assert one.value == {
        "name": "aapl",
        "version": "v1",
        "source": DATA,
        "source_type": "file",
        "path": DATA,
        "sha256": sha256(AAPL),
        "size": len(AAPL),
        "rows": 4,
        "symbols": 1,
        "interval": "1d",
        "timestamp_convention": "utc-iso",
        "as_of": "2024-01-06",
        "schema": one.value["schema"],
    }
    assert work.out("status", "--porcelain") == "?? data/"


def test_a_folder_is_one_dataset_and_its_digest_is_what_sha256sum_prints(work: Repo) -> None:
    assert run("us", "data/us", "--version", "v1").exit_code == 0
    (one,) = registry(work)
    assert (one.path, one.sha256) == ("data/us/", sha256(f"{sha256(AAPL)}  {DATA}\n{sha256(MSFT)}  {OTHER}\n"))
    assert run("us", DATA, OTHER, "--version", "v1").stdout.startswith("us@v1: on record already\n")


def test_the_registry_is_no_part_of_the_data_beside_it(work: Repo) -> None:
    assert run("all", "data", "--version", "v1").exit_code == 0
    assert run("all", "data", "--version", "v1").stdout.startswith("all@v1: on record already\n")


def test_what_only_people_know(work: Repo) -> None:
    given = ("--source", "/v1/kline", "--source-type", "api", "--namespace", "tickdb", "--interval", "1h")
    code = ("--code", "src/data/**", "--code", "feeds/us.py")
    assert run("us", "data/us", "--version", "v1", *given, *code).exit_code == 0
    (one,) = registry(work)
    assert [one.value[key] for key in ("source", "source_type", "namespace", "interval", "code")] == [
        "/v1/kline", "api", "tickdb", "1h", ["src/data/**", "feeds/us.py"],
    ]  # fmt: skip


def test_a_source_of_no_kind_is_another(work: Repo) -> None:
    assert run("us", "data/us", "--version", "v1", "--source", "tape robot").exit_code == 0
    assert registry(work)[0].value["source_type"] == "other"


def test_an_entry_is_appended_and_every_other_line_stays(work: Repo) -> None:
    assert run("aapl", DATA, "--version", "v1").exit_code == 0
    path = work.path / datasets.PATH
    before = path.read_text().replace("- name: aapl", "# bought in January\n- name: 'aapl'")
    path.write_text(before)
    assert run("aapl", OTHER, "--version", "v2").exit_code == 0
    assert path.read_text().startswith(before)
    assert [each.id for each in registry(work)] == ["aapl@v1", "aapl@v2"]


def test_other_data_under_the_same_version_are_refused(work: Repo) -> None:
    assert run("us", DATA, "--version", "v1").exit_code == 0
    error = refusal("us", OTHER, "--version", "v1")
    assert error.message == (
        f"us@v1 is on record with other data: sha256:{sha256(AAPL)[:12]}…, not sha256:{sha256(MSFT)[:12]}…"
    )
    assert error.help == "an entry never changes: choose another --version"
    assert len(registry(work)) == 1


def test_another_word_on_the_same_data_is_refused_too(work: Repo) -> None:
    assert run("us", DATA, "--version", "v1", "--source", "/v1/kline").exit_code == 0
    assert run("us", DATA, "--version", "v1", "--source", "/v1/kline").exit_code == 0
    assert run("us", DATA, "--version", "v1").exit_code == 0
    error = refusal("us", DATA, "--version", "v1", "--source", "/v2/kline", "--namespace", "tickdb")
    assert error.message == "us@v1 is on record with another namespace and source"


def test_a_dry_run_writes_nothing(work: Repo) -> None:
    done = run("us", DATA, "--version", "v1", "--dry-run")
    assert done.stdout.startswith("us@v1: would be on record\n")
    assert "next:" not in done.stdout
    assert not (work.path / datasets.PATH).exists()


def test_programs_are_told(work: Repo) -> None:
    report = json.loads(run("us", DATA, "--version", "v1", "--format", "json").stdout)
    assert (report["written"], report["dataset"], report["entry"]["rows"]) == (True, "us@v1", 4)
    again = json.loads(run("us", DATA, "--version", "v1", "--format", "json").stdout)
    assert (again["written"], again["notes"]) == (False, [])


@pytest.mark.parametrize(
    ("name", "version"), [("us equity", "v1"), ("us@equity", "v1"), ("us", "v 1"), ("", "v1"), ("us", "../v1")]
)
def test_a_name_that_a_manifest_could_not_hold(work: Repo, name: str, version: str) -> None:
    assert "cannot name a dataset or a version" in refusal(name, DATA, "--version", version).message


def test_data_that_are_not_there(work: Repo) -> None:
    assert refusal("us", "data/eu", "--version", "v1").message == "data/eu cannot be read: No such file or directory"
    (work.path / "data" / "empty").mkdir()
    assert refusal("us", "data/empty", "--version", "v1").message == "no data files in data/empty"


def test_a_note_beside_the_data_is_none_of_it(work: Repo) -> None:
    """Drafted, put on record and verified are the same files, so that their digests agree."""
    work.write("data/us/README.md", "what this is")
    told = run("us", "data/us", "--version", "v1")
    assert "note: passed over, since these are other kinds of files: data/us/README.md\n" in told.stdout
    assert registry(work)[0].sha256 == sha256(f"{sha256(AAPL)}  {DATA}\n{sha256(MSFT)}  {OTHER}\n")


def test_data_that_share_no_folder(work: Repo) -> None:
    work.write("prices.csv", AAPL)
    assert refusal("us", "prices.csv", DATA, "--version", "v1").message == "these files lie in no folder of their own"


@pytest.mark.parametrize(
    ("option", "value", "fault"), [("--as-of", "January", "as_of"), ("--interval", "hourly", "interval")]
)
def test_a_word_that_no_entry_can_hold(work: Repo, option: str, value: str, fault: str) -> None:
    assert fault in refusal("us", DATA, "--version", "v1", option, value).message
    assert not (work.path / datasets.PATH).exists()


def test_the_day_of_the_snapshot_stands_where_nobody_says_when_the_data_were_fetched(work: Repo) -> None:
    before = datetime.now(UTC).date().isoformat()
    assert run("us", DATA, "--version", "v1").exit_code == 0
    assert before <= str(registry(work)[0].value["as_of"]) <= datetime.now(UTC).date().isoformat()
    rows = [{"t": f"2024-01-0{day}T00:00:00Z", "c": 1} for day in range(2, 6)]
    fetched = {"metadata": {"symbol": "BTC.USDT", "fetched_at": "2024-01-06T09:30:00Z"}, "data": rows}
    work.write("data/btc.json", json.dumps(fetched))
    assert run("btc", "data/btc.json", "--version", "v1").exit_code == 0
    assert registry(work)[1].value["as_of"] == "2024-01-06T09:30:00Z"
    assert "already" in run("us", DATA, "--version", "v1").stdout


def test_what_is_behind_a_pointer_is_known_by_its_digest(work: Repo) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(AAPL)}\nsize {len(AAPL)}\n"
    work.write(DATA, pointer)
    assert run("us", DATA, "--version", "v1", "--as-of", "2024-01-06").exit_code == 0
    (one,) = registry(work)
    assert (one.sha256, one.size, "schema" in one.value) == (sha256(AAPL), len(AAPL), False)


def test_a_registry_that_cannot_be_read_is_not_written_to(work: Repo) -> None:
    work.write(datasets.PATH, "version: 1\ndatasets: [\n")
    assert refusal("us", DATA, "--version", "v1").message.startswith(f"{datasets.PATH}:")


def test_the_team_s_data_are_named_by_the_variable(work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "aapl.csv").write_text(AAPL)
    assert run("us", str(shared), "--version", "v0").exit_code == 0
    monkeypatch.setenv("TEAM_DATA_DIR", str(tmp_path))
    assert run("us", str(shared), "--version", "v1").exit_code == 0
    assert [each.path for each in registry(work)] == [f"{shared}/", "${TEAM_DATA_DIR}/shared/"]


@pytest.mark.parametrize("line", ["/data/", "data/"])
def test_an_ignore_line_that_hides_the_registry_is_named_with_the_edit(work: Repo, line: str) -> None:
    work.commit({".gitignore": f"*.tmp\n{line}\n"})
    done = run("us", DATA, "--version", "v1")
    assert (
        f"next:\n  in .gitignore, line 2: /data/* in place of {line}, and !/data/datasets.yaml below it\n"
        in done.stdout
    )
    work.commit({".gitignore": "*.tmp\n/data/*\n!/data/datasets.yaml\n"})
    assert "/data/*" not in run("us", OTHER, "--version", "v2").stdout
    assert work.out("status", "--porcelain") == "?? data/"


def test_the_file_is_what_every_reader_of_yaml_takes_it_for(work: Repo) -> None:
    assert run("us", DATA, "--version", "1e5", "--source", "yes").exit_code == 0
    found = load((work.path / datasets.PATH).read_bytes()).value
    assert isinstance(found, dict)
    assert registry(work)[0].id == "us@1e5"
