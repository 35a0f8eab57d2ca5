"""Results and the code behind them in a real repository, as people work: rebased, squashed, run while code goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from quantgov import entrance, made_up, policy, rules
from quantgov.engine import judge
from quantgov.git import Repository
from quantgov.rule import Failed, Ruling, Stage

if TYPE_CHECKING:
    from repository import Repo

    from quantgov.change import Change

Files = dict[str, str | bytes]
CODE = "strategies/gap/gap_signals.py"
RESEARCH = made_up.files("research")
VALIDATION = made_up.files("validation")


def code(number: int) -> Files:
    return {CODE: f"LOOKBACK = {number}\n"}


def ran(files: Mapping[str, str | bytes], commit: str = "", name: str = made_up.RESULT, dirty: bool = False) -> Files:
    """The record of a run of these files, at a commit."""
    return made_up.result(files, dirty=dirty, more=f"    commit: '{commit}'\n" if commit else "", path=name)


def found(change: Change, selected: str = "QG204") -> list[Ruling]:
    (outcome,) = judge(change, rules.at(change.stage, [selected]), policy.of_change(change))
    assert outcome.status in ("passed", "failed")
    return [each for each in outcome.rulings if each.blocks] if isinstance(outcome, Failed) else []


def staged() -> Change:
    return entrance.staged(Repository.discover())


def ranged(base: str, tip: str = "HEAD") -> Change:
    return entrance.ranged(Repository.discover(), base, tip)


@pytest.fixture
def base(repo: Repo) -> str:
    """Where the branch began, with the strategy in research."""
    start = repo.commit(RESEARCH)
    repo.branch("strategy/gap")
    return start


class TestCodeThatCanBeHad:
    def test_of_an_earlier_commit_while_the_code_went_on(self, repo: Repo, base: str) -> None:
        """A run may take hours in which its author goes on."""
        then = repo.commit(code(4))
        repo.commit(code(5))
        repo.stage(ran({**RESEARCH, **code(4)}, then))
        assert found(staged()) == []
        repo.commit()
        assert found(ranged(base)) == []

    def test_of_a_commit_of_the_trunk_that_the_branch_has_left_behind(self, repo: Repo, base: str) -> None:
        repo.git("switch", "-q", "main")
        repo.commit({"lib/costs.py": "FEE = 1\n"})
        tip = repo.commit(code(6))
        repo.branch("strategy/new")
        repo.stage(ran(RESEARCH, base))
        repo.commit()
        assert found(ranged(tip)) == []

    def test_after_a_rebase_it_is_found_in_the_commit_that_took_its_place(self, repo: Repo, base: str) -> None:
        then = repo.commit(code(4))
        repo.commit(ran({**RESEARCH, **code(4)}, then))
        repo.commit(code(5))
        repo.git("switch", "-q", "main")
        trunk = repo.commit({"README.md": "# gap\n"})
        repo.git("switch", "-q", "strategy/gap")
        repo.git("rebase", "-q", "main")
        repo.git("reflog", "expire", "--expire=now", "--all")
        repo.git("update-ref", "-d", "ORIG_HEAD")
        repo.git("gc", "-q", "--prune=now")
        assert repo.git("cat-file", "-e", then, check=False).returncode
        assert found(ranged(trunk)) == []

    def test_a_squash_is_not_asked_again(self, repo: Repo, base: str) -> None:
        """What landed is not new any more, whatever became of the commits it was made of."""
        then = repo.commit(code(4))
        repo.commit(ran({**RESEARCH, **code(4)}, then))
        repo.commit(code(5))
        repo.git("switch", "-q", "main")
        repo.git("merge", "-q", "--squash", "strategy/gap")
        landed = repo.commit()
        repo.branch("strategy/next")
        repo.stage(code(7))
        assert found(staged()) == []
        repo.commit()
        assert found(ranged(landed)) == []

    def test_a_folder_that_was_moved_afterwards(self, repo: Repo, base: str) -> None:
        repo.commit(ran(RESEARCH, base))
        repo.git("mv", "strategies/gap", "strategies/fade")
        repo.commit()
        assert found(ranged(base)) == []


class TestCodeThatIsLost:
    def test_of_a_commit_that_nobody_has(self, repo: Repo, base: str) -> None:
        repo.stage(ran({**RESEARCH, **code(9)}, "ab" * 20))
        (ruling,) = found(staged())
        assert ruling.finding.help == (
            "commit the code that ran, or run it again: quantgov backtest STR-2026-0001 -- python strategies/gap/run.py"
        )
        repo.commit()
        assert [each.fingerprint for each in found(ranged(base))] == [ruling.fingerprint]

    @pytest.mark.parametrize("commit", ["HEAD", "main", "strategies", "--all", "", "zz" * 20])
    def test_what_is_no_commit_s_name_is_not_asked_for(self, repo: Repo, base: str, commit: str) -> None:
        repo.stage(ran({**RESEARCH, **code(9)}, commit))
        assert len(found(staged())) == 1

    def test_of_a_file_that_passes_for_a_commit(self, repo: Repo, base: str) -> None:
        repo.stage(ran({**RESEARCH, **code(9)}, repo.out("rev-parse", f"HEAD:{CODE}")))
        assert len(found(staged())) == 1

    def test_an_old_result_does_not_excuse_a_new_one_in_its_place(self, repo: Repo, base: str) -> None:
        repo.commit(ran(RESEARCH, base))
        repo.stage(ran({**RESEARCH, **code(9)}))
        assert len(found(staged())) == 1

    def test_of_ten_results_the_newest_is_judged(self, repo: Repo, base: str) -> None:
        """A squash has the code of the last run only: what was tried on the way is on record, and lost."""
        files: Files = {}
        for number in range(1, 11):
            files |= ran({**RESEARCH, **code(9)}, name=made_up.RESULT.replace("_v1", f"_v{number}"))
        repo.stage(files)
        assert len(found(staged())) == 1


class TestDirt:
    def test_is_free_in_research_and_stays_so_for_what_it_gave(self, repo: Repo, base: str) -> None:
        repo.commit(ran({**RESEARCH, **code(4)}, dirty=True))
        repo.stage(VALIDATION)
        repo.commit()
        assert found(ranged(base)) == []

    def test_is_refused_from_validation_on_unless_the_code_comes_along(self, repo: Repo, base: str) -> None:
        repo.commit(VALIDATION)
        repo.stage(ran({**VALIDATION, **code(4)}, dirty=True))
        (ruling,) = found(staged())
        assert ruling.finding.message.endswith("that was not committed, and STR-2026-0001 is in validation")
        repo.stage(code(4))
        assert found(staged()) == []
        repo.commit()
        assert found(ranged(base)) == []


class TestCodeWithoutAResult:
    def test_old_neglect_does_not_excuse_new(self, repo: Repo, base: str) -> None:
        """The trunk's code has no result either: what changes it anew still has to."""
        repo.commit(code(4))
        (ruling,) = found(ranged(base), "QG208")
        assert ruling.finding.path == CODE
        assert ruling.finding.help == "quantgov backtest STR-2026-0001 -- python ..."

    def test_the_command_is_the_one_that_was_run_last(self, repo: Repo, base: str) -> None:
        repo.commit({**code(4), **ran(RESEARCH)})
        (ruling,) = found(ranged(base), "QG208")
        assert ruling.finding.help == "quantgov backtest STR-2026-0001 -- python strategies/gap/run.py"

    def test_a_result_that_the_target_has_counts(self, repo: Repo, base: str) -> None:
        repo.commit(code(4))
        repo.git("switch", "-q", "main")
        target = repo.commit(ran({**RESEARCH, **code(4)}))
        repo.git("switch", "-q", "strategy/gap")
        assert found(ranged(target), "QG208") == []

    def test_in_a_strategy_at_the_root_of_a_repository(self, repo: Repo) -> None:
        root = repo.commit(
            {"quantgov.yaml": "version: 1\npaths: {strategies: ./}\n", "passport.yaml": PASSPORT, "a.py": "x = 1\n"}
        )
        repo.branch("strategy/root")
        repo.commit({"a.py": "x = 2\n"})
        assert [each.finding.path for each in found(ranged(root), "QG208")] == ["a.py"]


PASSPORT = str(RESEARCH[made_up.PASSPORT])


def test_a_commit_that_touches_no_result_asks_nothing(repo: Repo, base: str) -> None:
    repo.stage({"src/a.py": "x = 1\n", "results/gap.csv": "day,pnl\n"})
    change = staged()
    for each in ("QG204", "QG206", "QG207", "QG209"):
        (outcome,) = judge(change, rules.at(Stage.COMMIT, [each]), policy.of_change(change))
        assert outcome.status == "passed"
