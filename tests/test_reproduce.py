"""`quantgov reproduce`: what is run again, and which differences it names."""

from __future__ import annotations

import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import pytest
import rerunnable as runs
from repository import Repo
from rerunnable import CODE, DATA, FOLDER, ID, LIBRARY, PARAMETERS, PRICES, SCRIPT, diverged, failed, ok, recorded

from quantgov import inputs, isolation, reproductions

VERSION = platform.python_version()
OTHER_CODE = CODE.replace("> 0.01", "> 0.02")
OTHER_SIZES = "def size(move):\n    return -1 if move > 0 else 1\n"


class TestWhatIsRunAgain:
    def test_a_record_is_run_on_the_code_that_it_came_with(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.commit({SCRIPT: OTHER_CODE, DATA: PRICES.replace("101", "102"), LIBRARY: OTHER_SIZES})
        output = ok(repo, path)

        assert output.startswith(f"{ID}: reproduced\n")
        assert path in output
        assert "total_return  -0.1570393725  -0.1570393725  0           1e-09      same" in output

    def test_a_record_is_known_by_its_id_too(self, repo: Repo) -> None:
        path = recorded(repo)
        id = (repo.path / path).read_text().split("experiment_id: ")[1].split("\n")[0]

        assert path in ok(repo, id)
        done = runs.reproduce(repo, id[:-1] + ("0" if id[-1] != "0" else "1"))
        assert done.returncode == 2
        assert "quantgov results list" in done.stderr

    def test_a_record_that_somebody_wrote_on_is_still_the_same(self, repo: Repo) -> None:
        path = recorded(repo)
        text = (repo.path / path).read_text()
        repo.commit({path: text + "conclusion: it works\n", SCRIPT: OTHER_CODE})

        ok(repo, path)

    def test_a_record_is_found_where_its_folder_was_moved(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.git("mv", "results/gap", "results/other")
        repo.git("mv", FOLDER.rstrip("/"), "strategies/other")
        repo.commit()

        assert "moved" not in ok(repo, path.replace("results/gap", "results/other"))

    def test_a_squash_leaves_what_it_takes(self, repo: Repo) -> None:
        runs.built(repo)
        repo.branch("backtest/gap")
        repo.commit({SCRIPT: OTHER_CODE})
        (path,) = runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit(message="backtest: gap")
        repo.git("switch", "-q", "main")
        repo.git("merge", "-q", "--squash", "backtest/gap")
        repo.commit(message="backtest: gap (#1)")
        repo.git("branch", "-q", "-D", "backtest/gap")
        repo.git("clone", "-q", str(repo.path), str(repo.path.parent / "other"))

        ok(Repo(repo.path.parent / "other"), path)

    def test_of_a_merged_branch_it_is_the_commit_with_the_result(self, repo: Repo) -> None:
        runs.built(repo)
        repo.branch("backtest/gap")
        (path,) = runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit(message="backtest: gap")
        repo.commit({SCRIPT: OTHER_CODE})
        repo.git("switch", "-q", "main")
        repo.git("merge", "-q", "--no-ff", "-m", "merge", "backtest/gap")

        ok(repo, path)
        assert f"cause: the strategy's code changed: {SCRIPT}" in diverged(repo, ID)

    @pytest.mark.parametrize("name", [ID, ID.lower(), "gap", FOLDER, f"./{FOLDER}"])
    def test_a_strategy_is_run_as_it_stands(self, repo: Repo, name: str) -> None:
        recorded(repo)

        assert repo.out("rev-parse", "HEAD")[:10] in ok(repo, name, "--no-attest")

    def test_its_newest_record_is_the_one(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({PARAMETERS: "lookback_bars: 4\n"})
        (path,) = runs.put_on_record(repo, time="2026-03-03T09:30:00Z")
        repo.git("add", "-A")
        repo.commit()

        assert path in ok(repo, ID)

    def test_a_strategy_that_moved_is_run_where_it_is(self, repo: Repo) -> None:
        code = CODE.replace('"strategies/gap/params', '__file__.rpartition("/")[0] + "/params')
        runs.built(repo, {SCRIPT: code})
        runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit()
        repo.git("mv", FOLDER.rstrip("/"), "strategies/gaps")
        repo.commit()
        output = ok(repo, ID)

        assert "python strategies/gaps/run.py" in output
        assert "note: the strategy moved from strategies/gap/ to strategies/gaps/" in output

    def test_a_revision_is_run_for_the_records_that_it_brought(self, repo: Repo) -> None:
        path = recorded(repo)
        first = repo.out("rev-parse", "HEAD")
        repo.commit({PARAMETERS: "lookback_bars: 4\n"})
        (later,) = runs.put_on_record(repo, time="2026-03-03T09:30:00Z")
        repo.git("add", "-A")
        repo.commit()

        assert (path in ok(repo, first), later in ok(repo, "HEAD")) == (True, True)
        assert path not in ok(repo, "HEAD", "--no-attest")

    def test_a_revision_without_any_is_run_for_its_newest(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.commit({LIBRARY: OTHER_SIZES})
        output = diverged(repo, "HEAD")

        assert path in output
        assert f"cause: the library {LIBRARY} changed" in output

    def test_what_one_run_logged_is_run_once_and_told_apart_by_its_parameters(self, repo: Repo) -> None:
        sweep = CODE.replace("moves = ", "for lookback in (4, 3):\n  moves = ").replace("\ntaken", "\n  taken")
        sweep = (
            sweep.replace("\nlog_result(\n", "\n  log_result(\n")
            + f"open({str(repo.path.parent / 'log')!r}, 'a').write('x')\n"
        )
        runs.built(repo, {SCRIPT: sweep})
        paths = runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit()
        (repo.path.parent / "log").unlink()
        output = ok(repo, "HEAD")

        assert [path in output for path in paths] == [True, True]
        assert (repo.path.parent / "log").read_text() == "x"
        assert f"note: it wrote outside of its checkout: {repo.path.parent / 'log'}" in output
        ok(repo, paths[1])

    def test_what_is_nothing_of_all_that_is_an_error_of_use(self, repo: Repo) -> None:
        recorded(repo)
        for given in (["nonsense"], [SCRIPT], [], [ID, "--all-production"], ["HEAD~7"]):
            done = runs.reproduce(repo, *given)
            assert (done.returncode, "fix: " in done.stderr) == (2, True), done.stderr

    def test_a_strategy_of_which_nothing_is_on_record_cannot_be_run(self, repo: Repo) -> None:
        runs.built(repo)

        assert f"quantgov backtest {ID} -- COMMAND" in failed(repo, ID)
        assert "holds no result that can be run again" in failed(repo, "HEAD")

    def test_a_record_by_hand_says_what_it_lacks(self, repo: Repo) -> None:
        runs.built(repo)
        text = "experiment_id: exp_1\nstrategy: gap\nparameters: {a: 1}\nresults: {sharpe_ratio: 1.4}\n"
        repo.commit({"results/gap/2026-01-02_aapl_gap_v1.yaml": text})

        said = failed(repo, ID)
        assert "does not say how it was run: it has no command, no code and no data" in said
        assert said == failed(repo, "results/gap/2026-01-02_aapl_gap_v1.yaml")

    def test_a_damaged_record_is_named_with_its_line(self, repo: Repo) -> None:
        path = recorded(repo)
        text = (repo.path / path).read_text().replace("  command:\n  - python\n", "  command:\n  - [1]\n")
        repo.commit({path: text})

        assert f"{path}:" in failed(repo, path)

    def test_a_folder_outside_is_not_run_in(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.commit({path: (repo.path / path).read_text().replace("folder: ''", "folder: ../..")})

        assert "no folder of its repository" in failed(repo, path)

    def test_it_works_in_a_linked_worktree_and_in_a_folder(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.git("worktree", "add", "-q", "--detach", str(repo.path.parent / "linked"))
        linked = Repo(repo.path.parent / "linked")

        ok(linked, path)
        assert list((linked.path / "reproductions").rglob("*.json"))
        ok(Repo(repo.path / "results"), path.removeprefix("results/"))
        assert [Path(line).name for line in runs.worktrees(repo)] == ["linked", "linked"]


class TestAShallowClone:
    def test_reproduces_what_is_as_it_was(self, repo: Repo) -> None:
        path = recorded(repo)
        clone = self.of(repo)

        ok(clone, path)
        ok(clone, ID)
        ok(clone, "HEAD")

    def test_says_that_it_cannot_tell_where_something_differs(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.commit({SCRIPT: OTHER_CODE})

        assert "git fetch --unshallow" in failed(self.of(repo), path)

    def of(self, repo: Repo) -> Repo:
        repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(repo.path.parent / "shallow"))
        return Repo(repo.path.parent / "shallow")


class TestTheCommand:
    def test_files_of_the_checkout_are_those_of_the_clean_one(self, repo: Repo) -> None:
        runs.built(repo, {"run.sh": f"exec python {SCRIPT}\n"})
        runs.put_on_record(repo, command=("sh", str(repo.path / "run.sh"), str(repo.path / "nowhere"), "/etc"))
        repo.git("add", "-A")
        repo.commit()
        repo.write("run.sh", "exit 9\n")
        output = ok(repo, ID)

        assert f"/{repo.path.name}/run.sh {repo.path}/nowhere /etc, on" in output
        assert f"sh {repo.path}/run.sh" not in output

    @pytest.mark.parametrize("writes", [True, False])
    def test_a_result_that_stood_there_before_is_none_of_it(self, repo: Repo, writes: bool) -> None:
        value = '{"results": {"total_return": 1.5}}'
        code = "from quantgov import log_result\nlog_result({'total_return': 1.5})\nopen('data/prices.csv').read()\n"
        runs.built(repo, {SCRIPT: code, "out.json": value, "write.sh": f"echo '{value}' > out.json\n"})
        command = ("sh", "write.sh") if writes else ("true",)
        runs.put_on_record(repo, command=("python", SCRIPT), more={"command": command, "results_file": "out.json"})
        repo.git("add", "-A")
        repo.commit()

        if writes:
            ok(repo, ID)
        else:
            assert "no result in out.json: what stands there is older than this run" in failed(repo, ID)

    def test_one_that_lacks_a_submodule_is_told(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({".gitmodules": "", SCRIPT: "import vendored\n"})

        assert "a clean checkout has no submodules" in failed(repo, ID)


class TestWhatDiffers:
    def test_a_byte_of_the_data(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({DATA: PRICES.replace("2026-01-02,104", "2026-01-02,140")})
        output = diverged(repo, ID)

        assert f"cause: {DATA} is not what was read (sha256 " in output
        assert "differs" in output
        assert f"quantgov backtest {ID} -- python {SCRIPT}" in output

    def test_a_byte_of_the_data_that_changes_no_metric(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({DATA: PRICES + "\n"})
        output = diverged(repo, ID)

        assert f"cause: {DATA} is not what was read" in output
        assert "differs" not in output

    def test_a_parameter_that_was_not_logged_is_named_by_its_file(self, repo: Repo) -> None:
        runs.built(repo, {SCRIPT: CODE.replace('.split(":")[1]', '.split(":")[1].split()[0]')})
        runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit(message="backtest: gap")
        repo.commit({PARAMETERS: "lookback_bars: 4\nsize: 2\n"})

        said = "is not what was read (lookback_bars was 3, is 4; size was not there, is 2)"
        assert f"cause: the parameter file {PARAMETERS} {said}" in diverged(repo, ID)
        repo.commit({PARAMETERS: "# lookback: 4\nlookback_bars: 3\n"})
        assert "is not what was read (sha256" in runs.reproduce(repo, ID).stdout

    def test_a_parameter(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({PARAMETERS: "lookback_bars: 4\n"})
        output = diverged(repo, ID)

        assert f"cause: the parameter file {PARAMETERS} is not what was read" in output
        assert "cause: the parameter lookback_bars was 3, and is 4" in output

    def test_what_is_edited_and_not_committed_is_not_run(self, repo: Repo) -> None:
        recorded(repo)
        repo.write(PARAMETERS, "lookback_bars: 4\n")
        repo.write(LIBRARY, OTHER_SIZES)
        output = ok(repo, ID)

        for path in (PARAMETERS, LIBRARY):
            assert f"note: {path} is edited in your checkout; what is committed was run" in output

    def test_the_library(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({LIBRARY: OTHER_SIZES})

        assert f"cause: the library {LIBRARY} changed" in diverged(repo, ID)

    def test_a_library_that_is_gone(self, repo: Repo) -> None:
        recorded(repo)
        repo.git("rm", "-q", LIBRARY)
        repo.commit()

        assert "No module named 'lib" in failed(repo, ID)

    def test_the_strategys_code(self, repo: Repo) -> None:
        recorded(repo)
        repo.commit({SCRIPT: OTHER_CODE, f"{FOLDER}more.py": "x = 1\n"})
        output = diverged(repo, ID)

        assert f"cause: the strategy's code changed: {SCRIPT}" in output
        assert f"cause: the strategy's code changed: {FOLDER}more.py" in output

    def test_code_that_never_was_committed(self, repo: Repo) -> None:
        runs.built(repo)
        repo.write(SCRIPT, OTHER_CODE)
        repo.write(LIBRARY, OTHER_SIZES)
        (path,) = runs.put_on_record(repo)
        repo.git("reset", "-q")
        repo.commit({path: (repo.path / path).read_bytes()})
        output = diverged(repo, path)

        assert f"cause: the strategy's code changed: {FOLDER}\n" in output
        assert f"cause: the library {LIBRARY} changed" in output

    def test_a_file_that_is_gone(self, repo: Repo) -> None:
        runs.built(repo, {"config.toml": "a = 1\n"})
        run = {"files": [{"path": "config.toml", "sha256": runs.digest(repo.path / "config.toml")}]}
        (path,) = runs.put_on_record(repo, more=run)
        repo.git("add", "-A")
        repo.commit()
        repo.git("rm", "-q", "config.toml")
        repo.commit()

        assert "cause: config.toml is gone" in diverged(repo, ID)
        ok(repo, path)

    def test_the_record_itself(self, repo: Repo) -> None:
        path = recorded(repo)
        text = (repo.path / path).read_text()
        repo.commit({path: text.replace("num_trades: 13", "num_trades: 14")})
        output = diverged(repo, path)

        assert f"cause: {path} was edited by hand" in output
        assert "num_trades    14             13             -1          1e-09      differs" in output

    def test_the_python_where_it_changes_the_metrics(self, repo: Repo) -> None:
        code = CODE.replace("sum(taken)", "sum(taken) + extra")
        code = code.replace("taken = ", "extra = open('strategies/gap/extra').read().count('x')\ntaken = ")
        runs.built(repo, {SCRIPT: code, f"{FOLDER}extra": ""})
        (path,) = runs.put_on_record(repo, more={"environment": {"python": "3.1.4"}})
        repo.git("add", "-A")
        repo.commit()

        assert "note: Python was 3.1.4, and is 3." in ok(repo, path)
        repo.commit({f"{FOLDER}extra": "x"})
        assert "cause: Python was 3.1.4, and is 3." in diverged(repo, ID)

    def test_a_run_that_is_another_each_time(self, repo: Repo) -> None:
        code = CODE.replace("sum(taken)", "__import__('random').random()")
        runs.built(repo, {SCRIPT: code})
        runs.put_on_record(repo, more={"environment": {"python": VERSION, "packages": {}}})
        repo.git("add", "-A")
        repo.commit()

        assert "note: all that is on record is as it was: the command gives another result" in diverged(repo, ID)

    def test_where_no_packages_are_on_record_they_may_be_others(self, repo: Repo) -> None:
        runs.built(repo, {SCRIPT: CODE.replace("sum(taken)", "__import__('random').random()")})
        runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit()
        output = diverged(repo, ID)

        assert "another result each time" not in output
        assert "note: all that is on record is as it was, and it says nothing of the packages" in output

    def test_packages_where_they_change_the_metrics(self, repo: Repo) -> None:
        code = CODE.replace("sum(taken)", "sum(taken) + yaml.RATE").replace("import csv", "import csv, yaml")
        code = code.replace("import csv, yaml", "import csv, random, yaml\nyaml.RATE = random.random()")
        runs.built(repo, {SCRIPT: code})
        packages = {"numpy": "2.1.0", "pyyaml": "5.1"}
        runs.put_on_record(repo, more={"environment": {"python": VERSION, "packages": packages}})
        repo.git("add", "-A")
        repo.commit()
        output = diverged(repo, ID)

        assert f"cause: numpy 2.1.0 was loaded, and is not; pyyaml was 5.1, is {version('pyyaml')}" in output
        assert "another result each time" not in output

    def test_packages_where_they_change_nothing(self, repo: Repo) -> None:
        packages = {f"package-{number}": "1.0" for number in range(7)}
        path = recorded(repo, more={"environment": {"python": VERSION, "packages": packages}})

        assert "package-4 1.0 was loaded, and is not; and 2 more packages" in ok(repo, path)

    def test_metrics_that_come_and_go(self, repo: Repo) -> None:
        path = recorded(repo)
        text = (repo.path / path).read_text().replace("  num_trades: 13\n", "  num_trades: null\n  win_rate: 0.5\n")
        repo.commit({path: text.replace("  total_return: -0.1570393724892853\n", "")})
        output = diverged(repo, path)

        assert [line.split() for line in output.splitlines() if "1e-09" in line] == [
            ["num_trades", "-", "13", "-", "1e-09", "differs"],
            ["win_rate", "0.5", "-", "-", "1e-09", "missing"],
            ["total_return", "-", "-0.1570393725", "-", "1e-09", "new"],
        ]

    def test_less_than_the_policy_tolerates(self, repo: Repo) -> None:
        recorded(repo)
        policy = "version: 1\nreproduce: {tolerances: {total_return: 0.9, num_trades: 0}}\n"
        repo.commit({DATA: PRICES.replace("2026-01-02,104", "2026-01-02,104.1"), "quantgov.yaml": policy})
        output = diverged(repo, ID)

        assert "differs" not in output
        assert "0.9" in output


class TestItsData:
    def test_what_git_does_not_have_is_taken_from_the_checkout(self, repo: Repo) -> None:
        self.ignored(repo)

        ok(repo, ID)
        assert (repo.path / DATA).read_text() == PRICES
        repo.write(DATA, PRICES.replace("2026-01-02,104", "2026-01-02,140"))
        assert f"cause: {DATA} is not what was read" in diverged(repo, ID)

    def test_without_it_nothing_is_run(self, repo: Repo) -> None:
        self.ignored(repo)
        (repo.path / DATA).unlink()
        said = failed(repo, ID)

        assert f"{DATA} is not here, and the run read it" in said
        assert "with sha256 " in said

    def test_a_run_cannot_change_it(self, repo: Repo) -> None:
        self.ignored(
            repo, CODE + f"if {runs.WORKTREES!r} in __import__('os').getcwd(): open({DATA!r}, 'a').write('more')\n"
        )

        ok(repo, ID)
        assert (repo.path / DATA).read_text() == PRICES

    def test_a_large_file_is_linked_to_where_a_link_cannot_be_written_through(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inputs, "COPIED", 0)
        self.ignored(repo, CODE + f"if {runs.WORKTREES!r} in __import__('os').getcwd(): print(open({DATA!r}, 'r+'))\n")
        done = runs.reproduce(repo, ID)

        assert (repo.path / DATA).read_text() == PRICES
        if isolation.strongest([]).files and "Read-only file system" in done.stderr:
            assert done.returncode == 3
        else:
            assert done.returncode == 0  # the file system shares blocks, or it was copied

    def test_a_link_that_is_read_is_no_file_of_the_checkout(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(inputs, "COPIED", 0)
        self.ignored(repo)

        assert "of your checkout" not in ok(repo, ID)

    def test_what_a_link_leads_out_to_is_compared_where_it_is(self, repo: Repo) -> None:
        shared = repo.path.parent / "shared"
        shared.mkdir()
        (shared / "prices.csv").write_text(PRICES)
        (repo.path / "data").symlink_to(shared)
        runs.built(repo, {DATA.replace("data/", "sample/"): ""}, without=(DATA,))
        runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit()

        ok(repo, ID, "--no-attest")
        (shared / "prices.csv").write_text(PRICES + "\n")
        assert f"cause: {DATA} is not what was read" in diverged(repo, ID)
        assert sorted(each.name for each in shared.iterdir()) == ["prices.csv"]

    def test_what_a_link_leads_out_to_is_not_written_to(self, repo: Repo) -> None:
        shared = repo.path.parent / "shared.csv"
        shared.write_text(PRICES)
        (repo.path / "data").mkdir()
        (repo.path / DATA).symlink_to(shared)
        runs.built(repo, without=(DATA,))
        again = f"case $PWD in *{runs.WORKTREES}*) echo more >> {DATA};; esac; exec python {SCRIPT}"
        runs.put_on_record(repo, command=("sh", "-c", again))
        repo.git("add", "-A")
        repo.commit()
        runs.reproduce(repo, ID)

        assert (shared.read_text() == PRICES) is isolation.strongest([]).files

    @pytest.mark.parametrize("name", ["../../etc/passwd", ".git/config", "lib/.git/config"])
    def test_a_path_that_leaves_the_repository_is_refused(self, repo: Repo, name: str) -> None:
        path = recorded(repo)
        text = (repo.path / path).read_text().replace(f"path: {DATA}", f"path: {name}")
        repo.commit({path: text})

        assert f"{name} lies outside of the repository" in failed(repo, path)

    def test_a_folder_of_the_team(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        shared = repo.path.parent / "shared"
        shared.mkdir()
        (shared / "prices.csv").write_text(PRICES)
        monkeypatch.setenv("TEAM_DATA_DIR", str(shared))
        name = "${TEAM_DATA_DIR}/prices.csv"
        code = CODE.replace(f'"{DATA}"', "__import__('os').environ['TEAM_DATA_DIR'] + '/prices.csv'")
        runs.built(repo, {SCRIPT: code})
        runs.put_on_record(repo, inputs=[name], places={name: str(shared / "prices.csv")})
        repo.git("add", "-A")
        repo.commit()

        ok(repo, ID, "--no-attest")
        (shared / "prices.csv").write_text(PRICES + "\n")
        assert f"cause: {name} is not what was read" in diverged(repo, ID, "--no-attest")
        (shared / "prices.csv").unlink()
        assert f"put it there, as {shared}/prices.csv" in failed(repo, ID)
        monkeypatch.delenv("TEAM_DATA_DIR")
        assert "export TEAM_DATA_DIR=FOLDER" in failed(repo, ID)

    def test_a_file_of_this_machine(self, repo: Repo) -> None:
        place = repo.path.parent / "prices.csv"
        place.write_text(PRICES)
        runs.built(repo, {SCRIPT: CODE.replace(DATA, str(place))})
        runs.put_on_record(repo, inputs=[str(place)])
        repo.git("add", "-A")
        repo.commit()

        ok(repo, ID, "--no-attest")
        place.unlink()
        assert f"{place} is not here" in failed(repo, ID)

    def test_what_a_vendor_sends_is_asked_for_again_and_compared(self, repo: Repo) -> None:
        answer = repo.path.parent / "answer"
        answer.write_text("1,2\n")
        fetch = "from quantgov import log_fetch\n"
        fetch += f"log_fetch(open({str(answer)!r}, 'rb').read(), source='TickDB /k', rows=1)\n"
        runs.built(repo, {SCRIPT: CODE + fetch})
        fetched = [{"source": "TickDB /k", "as_of": "2026-01-15", "rows": 1, "sha256": runs.digest(answer)}]
        runs.put_on_record(repo, data={"fetched": fetched})
        repo.git("add", "-A")
        repo.commit()

        assert "note: network not isolated: it fetches its data on demand" in ok(repo, ID)
        answer.write_text("1,3\n")
        assert "cause: TickDB /k sent other bytes: then it was sha256 " in diverged(repo, ID)
        repo.commit({SCRIPT: CODE})
        assert "cause: TickDB /k was not asked" in diverged(repo, ID)

    def ignored(self, repo: Repo, code: str = CODE) -> None:
        runs.built(repo, {SCRIPT: code, ".gitignore": "/data/\n__pycache__/\n"})
        repo.git("rm", "-q", "--cached", DATA)
        repo.commit()
        runs.put_on_record(repo)
        repo.write(DATA, PRICES)
        repo.git("add", "-A")
        repo.commit()


class TestTheAttestation:
    def test_says_what_was_done_and_what_came_out(self, repo: Repo) -> None:
        path = recorded(repo)
        output = ok(repo, path)
        (written,) = (repo.path / "reproductions").rglob("*.intoto.json")
        said = json.loads(written.read_text())
        name = written.relative_to(repo.path).as_posix()

        assert said["_type"] == "https://in-toto.io/Statement/v1"
        assert said["predicateType"] == "urn:quantgov:reproduction:v1"
        assert said["subject"] == [{"name": path, "digest": {"sha256": runs.digest(repo.path / path)}}]
        predicate = said["predicate"]
        assert (predicate["verdict"], predicate["causes"], predicate["by"]) == ("reproduced", [], "alice@fund.com")
        assert predicate["metrics"]["num_trades"] == {"recorded": 13, "now": 13, "tolerance": 1e-9, "verdict": "same"}
        assert f"git add {name}" in output
        assert repo.out("status", "--porcelain") == "?? reproductions/"
        assert written.read_bytes() == (json.dumps(said, indent=2, sort_keys=True) + "\n").encode()

    def test_of_two_reruns_in_one_second_there_are_two(self, repo: Repo) -> None:
        path = recorded(repo)
        with patch.object(reproductions, "moment", lambda _now: "2026-02-03T00:00:00Z"):
            for _ in range(3):
                ok(repo, path)

        names = sorted(each.name for each in repo.path.glob("reproductions/*/*"))
        assert names == [f"20260203T000000Z{more}.intoto.json" for more in ("-2", "-3", "")]

    def test_is_left_out_where_nobody_wants_it(self, repo: Repo) -> None:
        path = recorded(repo)

        assert "attested" not in ok(repo, path, "--no-attest")
        assert not (repo.path / "reproductions").exists()

    def test_is_the_same_in_json(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.commit({LIBRARY: OTHER_SIZES})
        said = json.loads(diverged(repo, ID, "--format", "json"))
        (report,) = said["reproductions"]

        assert (said["schema"], report["verdict"], report["record"]) == (1, "diverged", path)
        assert report["causes"] == [{"kind": "library", "path": LIBRARY, "message": f"the library {LIBRARY} changed"}]
        assert (repo.path / report["attestation"]).exists()


class TestAllThatRuns:
    def test_each_is_told_of_and_the_worst_is_the_exit_code(self, repo: Repo) -> None:
        recorded(repo)
        self.promoted(repo)
        assert ok(repo, "--all-production").startswith(f"{ID}: reproduced\n")

        repo.commit({LIBRARY: OTHER_SIZES})
        output = diverged(repo, "--all-production")
        assert output.startswith(f"{ID}: diverged, due for re-validation\n")
        assert f"quantgov suspend {ID} --reason" in output

        shutil.copytree(repo.path / FOLDER, repo.path / "strategies/new")
        self.promoted(repo, "strategies/new/", "STR-2026-0008")
        done = runs.reproduce(repo, "--all-production")
        assert done.returncode == 3
        assert f"{ID}: diverged" in done.stdout
        assert "STR-2026-0008: could not be run\n  STR-2026-0008 has no result on record\n  fix: " in done.stdout

    def test_nothing_that_runs_is_no_failure(self, repo: Repo) -> None:
        recorded(repo)

        assert ok(repo, "--all-production") == "no strategy is in production\n"

    def promoted(self, repo: Repo, folder: str = FOLDER, id: str = ID) -> None:
        text = runs.PASSPORT.replace("status: research", "status: production").replace(ID, id)
        repo.commit({f"{folder}passport.yaml": text})
        repo.git("add", "-A")
        repo.commit()


class TestWhatTheCommandSays:
    def test_in_a_file_counts_as_logged(self, repo: Repo) -> None:
        engine = "import json, sys\njson.dump({'results': {'trades': 3}}, open('out.json', 'w'))\n"
        runs.built(repo, {SCRIPT: CODE, f"{FOLDER}engine.py": engine})
        results = {"trades": 3}
        command = ["python", "engine.py"]
        more = {"command": command, "results_file": "out.json", "folder": FOLDER.rstrip("/")}
        (path,) = runs.put_on_record(repo, more=more, results=results, parameters={})
        repo.git("add", "-A")
        repo.commit()

        assert "trades  3         3    0           1e-09      same" in ok(repo, path, "--no-attest")
        for text in ("", engine.replace("{'results'", "{'other'"), engine.replace("3", "'x'")):
            repo.commit({f"{FOLDER}engine.py": text})
            assert "the command left no result in out.json: " in failed(repo, ID, "--no-attest")

    def test_of_several_results_without_parameters_the_order_decides(self, repo: Repo) -> None:
        twice = "log_result({'a': 1}); log_result({'a': 2})\n"
        runs.built(repo, {SCRIPT: CODE.partition("log_result(\n")[0] + twice})
        paths = runs.put_on_record(repo)
        repo.git("add", "-A")
        repo.commit()

        assert all(path in ok(repo, "HEAD", "--no-attest") for path in paths)

    def test_of_several_that_are_not_those_on_record_none_is_taken(self, repo: Repo) -> None:
        path = recorded(repo)
        repo.commit({SCRIPT: CODE + "for at in (1, 2): log_result({'a': at}, parameters={'other': at})\n" * 2})
        text = (repo.path / path).read_text().replace("lookback_bars: 3", "lookback_bars: 5")
        repo.commit({path: text})
        output = diverged(repo, ID)

        assert "cause: the run logged several results, and none with the record's parameters" in output
        assert "missing" in output

    def test_in_files_below_results_is_compared_as_bytes(self, repo: Repo) -> None:
        writes = (
            "import os\nos.makedirs('results/gap', exist_ok=True)\nopen('results/gap/trades.txt', 'w').write('a')\n"
        )
        runs.built(repo, {SCRIPT: CODE + writes})
        (repo.path / "results/gap").mkdir(parents=True)
        repo.write("results/gap/trades.txt", "a")
        same = {"path": "results/gap/trades.txt", "sha256": runs.digest(repo.path / "results/gap/trades.txt")}
        other = {"path": "results/gap/trades.txt", "sha256": "0" * 64}
        gone = {"path": "results/gap/gone.txt", "sha256": "0" * 64}
        runs.put_on_record(repo, more={"artefacts": [same, other, gone]})
        repo.git("add", "-A")
        repo.commit()
        output = ok(repo, ID)

        assert output.count("results/gap/trades.txt") == 1
        assert "note: results/gap/trades.txt came out with other bytes" in output
        assert "note: it did not write results/gap/gone.txt" in output
