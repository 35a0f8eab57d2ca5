"""One strategy from its first line to production and back: three people, three keys, one server, no fakes.

The commands are those of the README. On the way each step that could be skipped is tried, and refused wherever the
change goes: at commit, over the range, and by the server.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import ready_strategy as ready
from fund import strategy_files
from repository import Repo
from signers import Signer

from quantgov import passport

pytestmark = pytest.mark.source
README = Path(__file__).resolve().parents[2] / "README.md"
FOLDER = "strategies/gap/"
BRANCH = "strategy/gap"
ROLES = {"alice": ("researcher", "lead"), "bob": ("reviewer",), "carol": ("engineer",)}
OF_REPORT = ("passport.yaml", "report.yaml")
OF_REVIEW = ("validation.yaml",)
OF_DEPLOYMENT = (
    "checklist.yaml", "RUNBOOK.md", "ROLLBACK.md", "oncall.yaml", "evidence/coverage.xml", "evidence/junit.xml",
)  # fmt: skip
RUN = """\
import csv
import pathlib

from quantgov import log_result

with open("data/prices.csv") as file:
    moves = [float(row["close"]) / float(row["open"]) - 1 for row in csv.DictReader(file)]
log_result(
    {"total_return": sum(moves), "num_trades": len(moves)},
    parameters={"lookback_bars": int(pathlib.Path("strategies/gap/params/v1.yaml").read_text().split()[1])},
    config={"start_date": "2021-01-04", "end_date": "2025-12-30", "universe": "SPX", "slippage_bps": 5},
)
"""
PRICES = "date,symbol,open,close\n2021-01-04,AAPL.US,100,101\n2021-01-05,AAPL.US,101,100\n2025-12-30,AAPL.US,99,100\n"
LATER = ("validation", "limitations", "risk")
"""What a passport tells from production on."""

Files = dict[str, str | bytes]


class Member:
    """Somebody with a clone, an identity and a key of their own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.signer = Signer(name, f"{name}@fund.com", folder)
        self.repo = Repo(folder / name)

    def git(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.repo.git(*args, check=check, **self.signer.environment)

    def quantgov(self, *args: str) -> subprocess.CompletedProcess[str]:
        return self.repo.quantgov(*args, **self.signer.environment)

    def run(self, line: str) -> str:
        """A command of the README; it has to work."""
        program, *args = shlex.split(line, comments=True)
        done = self.quantgov(*args) if program == "quantgov" else self.git(*args)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def save(self, message: str, files: Files) -> None:
        self.repo.stage(files)
        self.git("commit", "-q", "-m", message)


class Fund:
    """The three, their server, and how a branch lands on its trunk."""

    def __init__(self, folder: Path, how: str) -> None:
        self.server = Repo(folder / "server")
        self.how = how
        people = [Member(name, folder) for name in ROLES]
        self.alice, self.bob, self.carol = people
        self.people = {each.signer.name: each for each in people}
        self._set_up(folder)

    def _set_up(self, folder: Path) -> None:
        self.alice.repo.git("init", "-q", "--bare", "-b", "main", str(self.server.path), check=True)
        for each in self.people.values():
            self.alice.repo.git("clone", "-q", str(self.server.path), str(each.repo.path))

    def land(self, message: str) -> None:
        """Merge the strategy's branch, as the platform does for a pull request, and bring everybody up to date."""
        self.alice.git("push", "-q", "origin", BRANCH)
        self.alice.git("switch", "-q", "main")
        if self.how == "merge":
            self.alice.git("merge", "-q", "--no-ff", BRANCH, "-m", f"Merge branch '{BRANCH}'")
        else:
            self.alice.git("merge", "-q", "--squash", BRANCH)
            self.alice.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message)
            self.alice.git("push", "-q", "origin", "HEAD:refs/heads/strategy/squashed")
        self.alice.git("push", "-q", "origin", "main")
        self.alice.git(
            "push", "-q", "origin", "--delete", BRANCH, *(["strategy/squashed"] if self.how != "merge" else [])
        )
        self.alice.git("branch", "-q", "-D", BRANCH)
        self.alice.git("switch", "-q", "-c", BRANCH)
        for each in (self.bob, self.carol):
            each.git("switch", "-q", "main")
            each.git("pull", "-q", "--ff-only", "origin", "main")


@pytest.fixture(params=["merge", "squash"])
def fund(request: pytest.FixtureRequest, tmp_path: Path) -> Fund:
    for name in ROLES:
        (tmp_path / name).mkdir()
    (tmp_path / "server").mkdir()
    made = Fund(tmp_path, request.param)
    alice = made.alice
    alice.run("quantgov init --yes")
    team = "".join(f"  {name}: {each.signer.member(*ROLES[name])}\n" for name, each in made.people.items())
    policy = (alice.repo.path / "quantgov.yaml").read_text()
    alice.repo.write("quantgov.yaml", re.sub(r"team:.*\n  alice.*\n", f"team:\n{team}", policy))
    alice.git("add", "-A")
    alice.git("commit", "-q", "-m", "chore: set up quantgov")
    alice.git("push", "-q", "origin", "main")
    made.server.quantgov("init", "--yes")
    for each in (made.bob, made.carol):
        each.git("pull", "-q", "origin", "main")
        each.run("quantgov init --yes")
    return made


def commands() -> Iterator[tuple[str, str]]:
    """Who runs what, as the README has it."""
    for found in re.finditer(r"^(alice|bob|carol)\$ +(.+)$", README.read_text(), re.MULTILINE):
        yield found[1], found[2]


def refused_everywhere(member: Member, files: Files, code: str) -> None:
    """The same fault at commit, over the range and by the server; nothing of it stays."""
    start = member.repo.out("rev-parse", "HEAD")
    member.repo.stage(files)
    at_commit = member.git("commit", "-m", "strategy: skip a step", check=False)
    assert at_commit.returncode != 0
    assert f"{code} " in at_commit.stderr, at_commit.stderr
    member.git("commit", "-q", "--no-verify", "-m", "strategy: skip a step")
    ranged = member.quantgov("check", "--range", "origin/main..HEAD", "--format", "json")
    assert ranged.returncode == 1, ranged.stdout
    outcomes = {each["code"]: each for each in json.loads(ranged.stdout)["outcomes"]}
    assert outcomes[code]["status"] == "failed", ranged.stdout
    pushed = member.git("push", "--no-verify", "origin", "HEAD:refs/heads/strategy/skipped", check=False)
    assert pushed.returncode != 0
    assert "pre-receive hook declined" in pushed.stderr
    assert f"{code} " in pushed.stderr, pushed.stderr
    member.git("reset", "-q", "--hard", start)


class Story:
    """What people write between the README's commands, and what they try to skip."""

    def __init__(self, fund: Fund) -> None:
        self.fund = fund
        self.before: dict[str, Callable[[], None]] = {
            "git add strategies": self.write_the_brief,
            "quantgov promote gap research": self.skip_the_brief,
            "quantgov backtest gap -- python strategies/gap/run.py": self.do_the_research,
            "quantgov report draft gap --link": self.write_the_report,
            "quantgov promote gap validation": self.skip_the_report,
            "quantgov sign gap --as peer-reviewer": self.hand_over_for_review,
            "quantgov sign gap --as engineer": self.hand_over_to_carol,
            "quantgov promote gap production": self.skip_a_person,
            "quantgov status": self.land_production,
            'quantgov suspend gap --reason "the feed is down"': self.change_what_runs,
        }

    def tell(self) -> dict[str, str]:
        """Run the README's commands in their order; what each printed."""
        printed = {}
        for name, line in commands():
            self.before.get(line, lambda: None)()
            printed[line] = self.fund.people[name].run(line)
        return printed

    def text(self, name: str) -> str:
        return (self.fund.alice.repo.path / FOLDER / name).read_text()

    def at_status(self, status: str) -> Files:
        return {f"{FOLDER}passport.yaml": re.sub(r"(?m)^status: .*$", f"status: {status}", self.text("passport.yaml"))}

    def ready(self, status: str, *, without: tuple[str, ...] = ()) -> Files:
        """What the strategy has in the end but its sign-offs, under the id that it was given here, in a status."""
        text = self.text("passport.yaml")
        found = re.search(passport.STRATEGY_ID, text.encode(), re.MULTILINE)
        assert found

        def edit(value: ready.Value) -> None:
            value.update(materiality="high")
            for key in without:
                del value[key]

        given = strategy_files(status, edit=edit, more={f"{FOLDER}run.py": RUN})
        files = {path: str(data).replace(ready.ID, found[1].decode()) for path, data in given.items()}
        files[f"{FOLDER}passport.yaml"] += text[text.index("sign_offs:") :]
        return {**files}

    def write_the_brief(self) -> None:
        self.fund.alice.repo.write(f"{FOLDER}brief.md", ready.BRIEF)

    def skip_the_brief(self) -> None:
        alice = self.fund.alice
        refused_everywhere(alice, self.at_status("research"), "QG603")
        refused_everywhere(alice, self.at_status("validation"), "QG601")
        refused_everywhere(alice, {**self.at_status("research"), f"{FOLDER}brief.md": "# Gap\n"}, "QG602")

    def do_the_research(self) -> None:
        self.fund.land("strategy: start Gap")
        alice = self.fund.alice
        later = tuple(f"{FOLDER}{name}" for name in (*OF_REPORT, *OF_REVIEW, *OF_DEPLOYMENT))
        given = self.ready("research", without=LATER)
        alice.repo.write("data/prices.csv", PRICES)
        alice.repo.stage({path: data for path, data in given.items() if path not in later})

    def write_the_report(self) -> None:
        alice, given = self.fund.alice, self.ready("research", without=LATER)
        alice.git("rm", "-q", "--", f"{FOLDER}params/v0.1.0.yaml")
        alice.repo.stage({f"{FOLDER}{name}": given[f"{FOLDER}{name}"] for name in OF_REPORT})

    def skip_the_report(self) -> None:
        alice = self.fund.alice
        refused_everywhere(alice, self.at_status("validation"), "QG603")
        without = re.sub(r"  trade_count: .*\n", "", self.text("report.yaml"))
        refused_everywhere(alice, {**self.at_status("validation"), f"{FOLDER}report.yaml": without}, "QG602")
        refused_everywhere(alice, self.at_status("production"), "QG601")

    def hand_over_for_review(self) -> None:
        self.fund.land("strategy: validate Gap")
        everything = self.ready("validation")
        names = ("passport.yaml", *OF_REVIEW, *OF_DEPLOYMENT)
        missing = {f"{FOLDER}{name}": everything[f"{FOLDER}{name}"] for name in names}
        self.fund.alice.save("strategy: add what production asks for", missing)
        self.hand_over(self.fund.alice, self.fund.bob)

    def hand_over(self, giver: Member, taker: Member) -> None:
        giver.git("push", "-q", "origin", f"HEAD:{BRANCH}")
        taker.git("fetch", "-q", "origin")
        taker.git("switch", "-q", "-C", BRANCH, f"origin/{BRANCH}")

    def hand_over_to_carol(self) -> None:
        refused_everywhere(self.fund.bob, self.at_status("production"), "QG603")
        self.hand_over(self.fund.bob, self.fund.carol)

    def skip_a_person(self) -> None:
        self.hand_over(self.fund.carol, self.fund.alice)
        alice, live = self.fund.alice, self.at_status("production")
        report = self.text("report.yaml").replace("sharpe_ratio: 1.2", "sharpe_ratio: 2.1")
        refused_everywhere(alice, {**live, f"{FOLDER}report.yaml": report}, "QG604")
        forged = self.text("signoffs/peer-reviewer.intoto.json").replace("bob@", "alice@")
        refused_everywhere(alice, {**live, f"{FOLDER}signoffs/peer-reviewer.intoto.json": forged}, "QG604")
        refused_everywhere(alice, {**live, f"{FOLDER}gap_signals.py": ready.SIGNALS + "\nX = 1\n"}, "QG604")
        coverage = ready.covered({1: 1, 4: 0, 5: 0})
        refused_everywhere(alice, {**live, f"{FOLDER}evidence/coverage.xml": coverage}, "QG602")

    def land_production(self) -> None:
        self.fund.land("strategy: Gap goes live")

    def change_what_runs(self) -> None:
        refused_everywhere(self.fund.alice, {f"{FOLDER}params/v1.yaml": "lookback_bars: 4\n"}, "QG607")


def test_from_the_first_line_to_production_and_back(fund: Fund) -> None:
    story = Story(fund)
    printed = story.tell()
    assert set(story.before) <= set(printed)
    assert len(printed) <= 14
    assert "Overnight gap  v1.0.0  since" in printed["quantgov status"]
    fund.carol.git("push", "-q", "origin", "main")
    fund.alice.git("fetch", "-q", "origin")
    assert "suspended" in fund.alice.git("show", f"origin/main:{FOLDER}passport.yaml").stdout
    audit = fund.alice.quantgov("check", "--rev", "origin/main")
    assert audit.returncode == 0, audit.stdout
