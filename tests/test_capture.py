"""What a run touched, as the repository has it: code by git's own names, data, configuration, results."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quantgov import entrance, strategy
from quantgov.capture import Captured, OnDisk, capture
from quantgov.datapaths import DATA_DIR
from quantgov.errors import CannotJudge, UsageError
from quantgov.git import Repository
from quantgov.policy import Policy
from quantgov.running import Ran

if TYPE_CHECKING:
    from repository import Repo

FOLDER = "strategies/gap/"
PASSPORT = f"{FOLDER}passport.yaml"
TERMS = "strategy_id: STR-2026-0001\ndata_sources: [{source: TickDB, symbol_list: universe/spx.csv}]\n"
FILES: dict[str, str | bytes] = {
    PASSPORT: TERMS,
    f"{FOLDER}signals.py": "x = 1\n",
    f"{FOLDER}test_signals.py": "def test(): pass\n",
    f"{FOLDER}params.yaml": "lookback: 3\n",
    "lib/gaps.py": "y = 1\n",
    "universe/spx.csv": "symbol\nAAPL\n",
    "data/bars.csv": "1\n",
    ".gitignore": "/private/\n*.log\n",
}
LATER = 4e9


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.commit(FILES)
    return repo


def here(work: Repo) -> OnDisk:
    found = Repository.discover()
    return OnDisk(found, str(work.path), entrance.staged(found).head)


def touched(
    work: Repo,
    read: Iterable[str] = (),
    *,
    modules: Iterable[str] = (),
    written: Iterable[str] = (),
    overwritten: Iterable[str] = (),
    words: Iterable[str] = (),
    data: Iterable[str] = (),
    artefacts: Iterable[str] = (),
    began: float = LATER,
    value: dict[str, object] | None = None,
    found: OnDisk | None = None,
) -> Captured:
    """What a run touched that read, loaded and wrote these; paths are from the root."""
    repo = Repository.discover()
    change = entrance.staged(repo)
    found = found or OnDisk(repo, str(work.path), change.head)
    of = strategy.at(found, PASSPORT)
    assert of

    def whole(paths: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(os.path.join(work.path, path) for path in paths))

    ran = Ran(0, began, 1.0, (), (), whole(read), whole(written), whole(modules), "3.11.7", whole(overwritten))
    return capture(
        ran,
        of,
        found,
        change,
        Policy(value or {}),
        str(work.path),
        words=whole(words),
        data=whole(data),
        artefacts=whole(artefacts),
    )


class TestCodeOnDisk:
    @pytest.mark.parametrize("hashing", ["sha1", "sha256"])
    def test_it_has_the_names_that_git_gives_it_once_it_is_staged(
        self, tmp_path: Path, hashing: str, make_repo: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from repository import Repo

        path = tmp_path / hashing
        path.mkdir()
        work = Repo(path)
        monkeypatch.chdir(path)
        work.git("init", "-q", f"--object-format={hashing}", "-b", "main")
        work.commit(FILES)
        work.write(".gitattributes", "*.py text eol=lf\n")
        work.write(f"{FOLDER}signals.py", "x = 2\r\n")
        work.write(f"{FOLDER}new/deep é.py", "z = 1\n")
        work.write(f"{FOLDER}run.sh").chmod(0o755)
        work.write("lib/tool.py").chmod(0o755)
        os.symlink("signals.py", path / FOLDER / "link.py")
        (path / "lib/gaps.py").unlink()
        found = here(work)
        work.git("add", "-A")
        staged = entrance.staged(Repository.discover()).head
        names = [name for name in staged.paths() if name.endswith((".py", ".sh"))]
        assert names == [name for name in found.paths() if name.endswith((".py", ".sh"))]
        for name in names:
            assert found.entry(name) == staged.entry(name), name
        of, again = strategy.at(found, PASSPORT), strategy.at(staged, PASSPORT)
        assert of
        assert again
        assert of.own_tree() == again.own_tree() != ""

    def test_nothing_is_written_into_the_repository(self, work: Repo) -> None:
        work.write(f"{FOLDER}signals.py", "x = 2\n")
        before = work.out("count-objects", "-v"), work.out("status", "--porcelain")
        here(work)
        assert before == (work.out("count-objects", "-v"), work.out("status", "--porcelain"))

    def test_a_file_that_was_only_touched_is_not_edited(self, work: Repo) -> None:
        os.utime(work.path / FOLDER / "signals.py", (1, 1))
        assert here(work).edited == frozenset()

    def test_its_contents_are_those_on_disk(self, work: Repo) -> None:
        work.write("lib/new.py", "z = 1\n")
        found = here(work)
        assert found.read("lib/new.py") == b"z = 1\n"
        assert found.size("lib/new.py") == 6
        assert found.read("lib/gaps.py") == b"y = 1\n"
        assert found.size("lib/gaps.py") == 6
        found.prefetch([found.oid("lib/new.py") or "", found.oid("lib/gaps.py") or ""])

    def test_contents_that_changed_since_are_not_given(self, work: Repo) -> None:
        work.write("lib/new.py", "z = 1\n")
        found = here(work)
        work.write("lib/new.py", "z = 2\n")
        with pytest.raises(CannotJudge, match=r"lib/new\.py was changed while the backtest ran"):
            found.read("lib/new.py")

    @pytest.mark.parametrize("name", ['lib/"q.py', "lib/a\nb.py", "lib/cr.py\r", 'lib/\\n"\n.py'])
    def test_names_that_git_reads_in_its_own_way_are_kept(self, work: Repo, name: str) -> None:
        name = name if name.endswith(".py") else f"{name}.py"
        work.commit({name: "a = 1\n"})
        work.write(name, "a = 2\n")
        found = here(work)
        work.git("add", "-A")
        assert found.entry(name) == entrance.staged(Repository.discover()).head.entry(name)

    @pytest.mark.parametrize("staged", [True, False])
    def test_what_a_filter_does_not_let_in_is_named(self, work: Repo, staged: bool) -> None:
        work.git("config", "filter.broken.clean", "false")
        work.git("config", "filter.broken.required", "true")
        work.write(".gitattributes", f"lib/{'gaps' if staged else 'new*'}.py filter=broken\n")
        work.write("lib/gaps.py" if staged else "lib/new one.py", "y = 2\n")
        with pytest.raises(CannotJudge, match="git does not take in what stands on disk") as raised:
            here(work)
        name = "lib/gaps.py" if staged else "'lib/new one.py'"
        assert raised.value.help == f"git add {name}, and mend what it says"

    def test_a_repository_that_cannot_be_asked_says_why(self, work: Repo) -> None:
        found = Repository.discover()
        head = entrance.staged(found).head
        work.write(".git/index", b"broken")
        with pytest.raises(CannotJudge, match="index"):
            OnDisk(found, str(work.path), head)

    def test_it_is_that_of_the_whole_repository_from_any_folder(
        self, work: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        work.write("lib/new.py", "z = 1\n")
        monkeypatch.chdir(work.path / FOLDER)
        assert here(work).edited == {"lib/new.py"}

    def test_data_that_is_not_staged_is_not_hashed(self, work: Repo) -> None:
        work.write("data/new.parquet", b"\0" * 100)
        found = here(work)
        assert found.edited == {"data/new.parquet"}
        assert found.entry("data/new.parquet") is None


class TestCode:
    def test_what_was_loaded_from_elsewhere_is_the_library(self, work: Repo) -> None:
        found = touched(work, modules=("lib/gaps.py", f"{FOLDER}signals.py"))
        assert found.library_paths == ("lib/gaps.py",)
        assert found.differing == found.unstaged == found.ignored == ()

    def test_the_library_of_the_passport_is_part_of_it_whether_it_was_loaded_or_not(self, work: Repo) -> None:
        work.commit({PASSPORT: "strategy_id: STR-2026-0001\ndeployment: {signal_version: lib/gaps.py}\n"})
        assert touched(work).library_paths == ("lib/gaps.py",)

    def test_a_script_that_the_command_names_is_code_whoever_read_it(self, work: Repo) -> None:
        work.commit({"bin/run.jl": "x\n", "bin/run.sh": "x\n"})
        found = touched(work, words=("bin/run.jl", "bin/run.sh", "bin/nothing"))
        assert found.library_paths == ("bin/run.jl",)
        assert [path for path, _ in found.files] == ["bin/run.sh"]

    def test_tests_are_no_code_but_files_that_were_read(self, work: Repo) -> None:
        found = touched(work, modules=(f"{FOLDER}test_signals.py",))
        assert found.library_paths == ()
        assert [path for path, _ in found.files] == [f"{FOLDER}test_signals.py"]

    def test_what_is_not_committed_differs_and_what_is_not_staged_is_to_be_added(self, work: Repo) -> None:
        work.stage({f"{FOLDER}signals.py": "x = 2\n"})
        work.write("lib/gaps.py", "y = 2\n")
        work.write("README.md")
        found = touched(work, modules=("lib/gaps.py", f"{FOLDER}signals.py"))
        assert found.differing == ("lib/gaps.py", f"{FOLDER}signals.py")
        assert found.unstaged == ("lib/gaps.py",)

    def test_code_of_the_strategy_that_was_deleted_differs(self, work: Repo) -> None:
        (work.path / FOLDER / "signals.py").unlink()
        assert touched(work).differing == (f"{FOLDER}signals.py",)

    def test_what_git_ignores_is_told(self, work: Repo) -> None:
        work.write("private/keys.py")
        found = touched(work, modules=("private/keys.py",))
        assert found.ignored == ("private/keys.py",)
        assert found.library_paths == ()

    def test_what_was_edited_while_it_ran_is_told(self, work: Repo) -> None:
        found = touched(work, modules=("lib/gaps.py",), began=0.0)
        assert found.changed == ("lib/gaps.py",)


class TestData:
    @pytest.mark.parametrize(
        "name",
        ["bars.csv", "a/bars.PARQUET", "x.csv.gz", "x.jsonl", "x.json.zst", "data/kline.json", ".tickdb_cache/k.json"],
    )
    def test_it_is_known_by_its_ending_and_json_by_its_place(self, work: Repo, name: str) -> None:
        path = work.write(name)
        assert touched(work, [name]).inputs == {name: str(path)}

    @pytest.mark.parametrize("name", ["config.json", f"{FOLDER}params.json", "notes.txt", "universe/spx.csv"])
    def test_configuration_and_lists_of_symbols_are_other_files(self, work: Repo, name: str) -> None:
        work.stage({name: b"{}\n"})
        found = touched(work, [name])
        assert found.inputs == {}
        assert found.files == ((name, hashlib.sha256(b"{}\n").hexdigest()),)

    def test_what_an_ending_does_not_tell_can_be_named(self, work: Repo) -> None:
        work.write("bars.bin")
        assert list(touched(work, data=["bars.bin"]).inputs) == ["bars.bin"]

    def test_a_folder_stands_for_the_data_in_it(self, work: Repo) -> None:
        for name in ("a.parquet", "b/c.parquet", "b/_SUCCESS", "b/.a.csv", "readme.md"):
            work.write(f"lake/{name}")
        assert list(touched(work, data=["lake"]).inputs) == ["lake/a.parquet", "lake/b/c.parquet"]

    @pytest.mark.parametrize("name", ["nowhere.csv", "lib"])
    def test_what_is_named_and_not_there_is_refused(self, work: Repo, name: str) -> None:
        with pytest.raises(UsageError, match="no data is there"):
            touched(work, data=[name])

    def test_the_teams_data_is_named_below_its_folder(
        self, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "shared/v1").mkdir(parents=True)
        (tmp_path / "shared/v1/bars.json").write_text("[]")
        (tmp_path / "own.csv").write_text("1")
        (tmp_path / "own.json").write_text("1")
        os.symlink(tmp_path / "shared", tmp_path / "mount")
        monkeypatch.setenv(DATA_DIR, str(tmp_path / "mount"))
        paths = [str(tmp_path / name) for name in ("mount/v1/bars.json", "own.csv", "own.json")]
        assert list(touched(work, paths).inputs) == ["${TEAM_DATA_DIR}/v1/bars.json", str(tmp_path / "own.csv")]

    def test_a_link_out_of_the_repository_keeps_its_name_in_it(self, work: Repo, tmp_path: Path) -> None:
        (tmp_path / "shared").mkdir()
        (tmp_path / "shared/bars.csv").write_text("1")
        os.symlink(tmp_path / "shared", work.path / "mounted")
        assert list(touched(work, ["mounted/bars.csv"]).inputs) == ["mounted/bars.csv"]

    def test_tracked_data_that_was_edited_differs_and_ignored_data_does_not(self, work: Repo) -> None:
        work.write("data/bars.csv", "2\n")
        work.write("private/bars.csv")
        found = touched(work, ["data/bars.csv", "private/bars.csv"])
        assert found.differing == found.unstaged == ("data/bars.csv",)
        assert found.ignored == ()

    def test_what_it_made_itself_is_no_data_that_it_read(self, work: Repo) -> None:
        path = work.write("data/cache.parquet")
        found = touched(work, written=["data/cache.parquet"])
        assert (found.inputs, found.made) == ({}, (str(path),))

    def test_data_that_others_wrote_while_it_ran_is_told(self, work: Repo) -> None:
        assert touched(work, ["data/bars.csv"], began=0.0).changed == ("data/bars.csv",)
        own = touched(work, ["data/bars.csv"], written=["data/bars.csv"], began=0.0)
        assert (own.changed, list(own.inputs)) == ((), ["data/bars.csv"])

    def test_data_that_it_read_and_then_wrote_over_is_told(self, work: Repo) -> None:
        names = ["data/bars.csv"]
        assert touched(work, names, written=names, overwritten=names, began=0.0).changed == ("data/bars.csv",)
        assert touched(work, names, written=names, overwritten=names).changed == ()  # opened for it, and not changed

    def test_data_that_was_put_in_its_place_with_an_old_time_is_told(self, work: Repo) -> None:
        time.sleep(0.02)
        began = time.time()
        time.sleep(0.02)
        other = work.write("other.csv", "2\n")
        os.utime(other, (1, 1))
        os.replace(other, work.path / "data/bars.csv")
        assert touched(work, ["data/bars.csv"], began=began).changed == ("data/bars.csv",)

    def test_data_whose_time_lies_ahead_is_not_taken_for_changed(self, work: Repo) -> None:
        os.utime(work.path / "data/bars.csv", (LATER, LATER))
        time.sleep(0.02)
        assert touched(work, ["data/bars.csv"], began=time.time()).changed == ()

    @pytest.mark.parametrize("link", ["data/latest", "data/now.csv"])
    def test_a_link_that_was_turned_while_it_ran_is_told(self, work: Repo, link: str) -> None:
        work.write("data/v1/bars.csv", "1\n")
        os.symlink("v1/bars.csv" if link.endswith(".csv") else "v1", work.path / link)
        name = link if link.endswith(".csv") else f"{link}/bars.csv"
        for began, changed in (
            (time.time() + 1, ()),
            (os.lstat(work.path / link).st_ctime - 0.001, ("data/v1/bars.csv",)),
        ):
            os.utime(work.path / "data/v1/bars.csv", (1, 1))
            assert touched(work, [name], began=began).changed == changed

    def test_data_that_is_gone_is_told(self, work: Repo) -> None:
        found = touched(work, ["data/gone.csv", "notes.txt", "results/gap/old.csv", "universe/spx.csv"])
        assert (found.gone, found.inputs) == (("data/gone.csv",), {})

    def test_data_that_passed_through_a_temporary_folder_is_not_missed(
        self, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "passing").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "passing"))
        assert touched(work, [str(tmp_path / "passing/a.csv"), str(tmp_path / "b.csv")]).gone == (
            str(tmp_path / "b.csv"),
        )


class TestOtherFiles:
    @pytest.mark.parametrize("edited", [True, False])
    def test_what_was_written_over_is_known_as_it_was(self, work: Repo, edited: bool) -> None:
        work.commit({".gitattributes": "*.yaml eol=crlf\n"})
        content = b"lookback: 5\r\n" if edited else b"lookback: 3\r\n"
        work.write(f"{FOLDER}params.yaml", content)
        found = here(work)
        work.write(f"{FOLDER}params.yaml", "lookback: 9\n")
        listed = touched(work, [f"{FOLDER}params.yaml"], began=0.0, found=found)
        assert listed.files == ((f"{FOLDER}params.yaml", hashlib.sha256(content).hexdigest()),)
        assert listed.changed == (f"{FOLDER}params.yaml",)

    def test_code_that_is_gone_is_what_it_was(self, work: Repo) -> None:
        found = here(work)
        (work.path / "lib/gaps.py").unlink()
        listed = touched(work, ["lib/gaps.py"], found=found)
        assert (listed.library_paths, listed.changed) == (("lib/gaps.py",), ("lib/gaps.py",))

    def test_code_that_it_made_itself_is_nothing_that_others_lack(self, work: Repo) -> None:
        found = here(work)
        work.write("made.py")
        assert touched(work, modules=["made.py"], written=["made.py"], found=found).ignored == ()

    def test_keys_and_what_installers_leave_are_not_listed(self, work: Repo) -> None:
        for name in (".env", ".env.local", "fund.egg-info/entry_points.txt", ".venv/pyvenv.cfg"):
            work.write(name)
        found = touched(work, [".env", ".env.local", "fund.egg-info/entry_points.txt", ".venv/pyvenv.cfg"])
        assert (found.files, found.ignored) == ((), ())

    def test_an_earlier_result_is_a_file_like_others(self, work: Repo) -> None:
        work.stage({"results/gap/old.csv": "1\n"})
        found = touched(work, ["results/gap/old.csv"])
        assert found.inputs == {}
        assert [path for path, _ in found.files] == ["results/gap/old.csv"]


class TestWhatItWrote:
    def test_files_among_the_results_are_artefacts(self, work: Repo) -> None:
        for name in ("results/gap/trades.csv", "results/gap/notes.md", "results/gap/seen.parquet", "other.log"):
            work.write(name)
        written = ["results/gap/trades.csv", "results/gap/notes.md", "results/gap/gone.csv", "other.log"]
        found = touched(work, written=written, artefacts=["results/gap/seen.parquet"])
        assert found.artefacts == ("results/gap/seen.parquet", "results/gap/trades.csv")
        assert found.outside == ()

    def test_an_artefact_elsewhere_is_refused(self, work: Repo) -> None:
        work.write("out/trades.csv")
        with pytest.raises(UsageError, match="no file among the results"):
            touched(work, artefacts=["out/trades.csv"])

    def test_what_stays_elsewhere_is_told(self, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import tempfile

        (tmp_path / "tmp").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
        elsewhere = [tmp_path / name for name in ("report.html", "tmp/scratch.csv", ".cache/fonts.json")]
        for path in elsewhere:
            path.parent.mkdir(exist_ok=True)
            path.write_text("x")
        trades = work.write("trades.csv")
        found = touched(work, written=[str(trades), *map(str, elsewhere), "/dev/null"])
        assert found.outside == tuple(sorted((str(trades), str(elsewhere[0]))))


class TestWhatOthersLack:
    def test_data_that_no_commit_brings_is_local(
        self, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(DATA_DIR, str(tmp_path / "team"))
        (tmp_path / "team").mkdir()
        for path in (tmp_path / "team/a.csv", tmp_path / "mine.csv"):
            path.write_text("1\n")
        work.write("private/b.csv", "1\n")
        work.write("data/new.csv", "1\n")
        read = [
            "data/bars.csv",
            "data/new.csv",
            "private/b.csv",
            str(tmp_path / "mine.csv"),
            str(tmp_path / "team/a.csv"),
        ]
        found = touched(work, read)
        assert list(found.local) == [str(tmp_path / "mine.csv"), "private/b.csv"]
        assert found.differing == found.unstaged == ("data/new.csv",)

    def test_a_tracked_file_that_was_written_to_is_tampered_with(self, work: Repo) -> None:
        work.commit({"results/old.csv": "1\n"})
        work.write("new.txt", "")
        written = ["data/bars.csv", "lib/gaps.py", "new.txt", "results/old.csv", "/elsewhere"]
        assert touched(work, written=written).tampered == ("data/bars.csv", "lib/gaps.py")
