"""Sign-offs of a hundred strategies that run, each signed by three people with real keys, verified all at once."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks import fixtures, passports
from benchmarks.checkout import Guarded
from benchmarks.fixtures import Commit
from benchmarks.lab import Lab
from benchmarks.results import Result, Table, allowed
from benchmarks.scale import BAD_BRANCH, few
from benchmarks.timing import Contender, measure
from quantgov import lifecycle, signoffs, strategy
from quantgov.tree import MemoryTree

SECONDS = 2.0
NOW = 1_772_000_000.0
JUDGE = ("check", "--select", "QG603,QG604,QG605")
PEER = "ssh-keygen -Y verify, one by one"
ROLES = {"alice": lifecycle.RESEARCHER, "bob": lifecycle.PEER, "carol": lifecycle.ENGINEER}
DUTIES = lifecycle.GATES[lifecycle.PRODUCTION].duties


class Signer(NamedTuple):
    """Somebody with a key of their own, made for this run."""

    name: str
    key: Path

    @property
    def email(self) -> str:
        return f"{self.name}@fund.com"

    @property
    def public(self) -> str:
        return self.key.with_suffix(".pub").read_text().strip()


class Signed(NamedTuple):
    """A sign-off on disk, its signature beside it, and who gave it."""

    signer: Signer
    statement: Path

    @property
    def signature(self) -> Path:
        return self.statement.with_name(f"{self.statement.name}{signoffs.SIGNATURE}")


def signatures(lab: Lab, count: int = 100) -> list[Result]:
    """What an audit of the trunk verifies; beside it, the same signatures by ssh-keygen alone."""
    signers = {role: signer(lab, name) for name, role in ROLES.items()}
    strategies = {f"strategies/s{at:05d}/": strategy_files(at) for at in range(1, count + 1)}
    given = signed(lab, signers, strategies)
    book = landed(lab, signers, strategies, given)
    quantgov, job = lab.tool("quantgov"), f"check --all, {len(given)} signatures of {count} strategies"
    lab.refuse((quantgov, *JUDGE, "--rev", BAD_BRANCH), book.path)
    alone = one_by_one(lab, given)
    samples = lab.time(
        Contender(job, lambda: lab.expect((quantgov, *JUDGE, "--all"), book.path)),
        Contender(PEER, lambda: lab.expect(("sh", str(alone)), lab.root)),
        rounds=few(lab),
    )
    ours, theirs = measure(samples[job]), measure(samples[PEER])
    return [
        Result(Table.SCALE, job, ours, f"{SECONDS:g} s", allowed(SECONDS), 1.0),
        Result(Table.SCALE, job, ours, PEER, theirs),
    ]


def signer(lab: Lab, name: str) -> Signer:
    key = lab.root / name
    lab.expect(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@fund.com", "-f", str(key)), lab.root)
    return Signer(name, key)


def strategy_files(number: int) -> dict[str, str]:
    """All that the sign-offs of a running strategy speak for, by its name in the strategy's folder."""
    deliverables = dict.fromkeys(strategy.DELIVERABLES.values(), f"# Signal {number}\n")
    return {
        **deliverables,
        "passport.yaml": passports.good(3 * number, lifecycle.PRODUCTION),  # every third researcher is alice
        "signals.py": fixtures.code(number),
        "params/v1.yaml": f"window: {number}\n",
        strategy.REPORT_FILE: f"version: 1\nstrategy: {number}\n",
        strategy.VALIDATION_FILE: f"version: 1\nstrategy: {number}\n",
    }


def signed(lab: Lab, signers: Mapping[str, Signer], strategies: Mapping[str, Mapping[str, str]]) -> dict[str, Signed]:
    """Each sign-off by its path in the repository; every person signs theirs in one go."""
    given: dict[str, Signed] = {}
    for folder, files in strategies.items():
        of = strategy.at(MemoryTree({folder + name: text for name, text in files.items()}), f"{folder}passport.yaml")
        assert of
        for duty in DUTIES:
            by, path = signers[duty.role], signoffs.path_of(of, duty.role)
            statement = lab.root / "statements" / path
            statement.parent.mkdir(parents=True, exist_ok=True)
            statement.write_bytes(signoffs.statement(of, duty, by.email, NOW))
            given[path] = Signed(by, statement)
    for by in signers.values():
        theirs = [str(each.statement) for each in given.values() if each.signer == by]
        lab.expect(("ssh-keygen", "-Y", "sign", "-n", signoffs.NAMESPACE, "-f", str(by.key), *theirs), lab.root)
    return given


def landed(
    lab: Lab,
    signers: Mapping[str, Signer],
    strategies: Mapping[str, Mapping[str, str]],
    given: Mapping[str, Signed],
) -> Guarded:
    """A trunk to which every strategy came by a commit of its own, and a branch on which a signature is another's."""
    book = Guarded(lab, lab.root / "signatures")
    base = {"quantgov.yaml": policy(signers), "README.md": "# Research\n"}
    history = [("main", Commit("feat: begin", base))]
    for folder, files in strategies.items():
        sign_offs = {path: each for path, each in given.items() if path.startswith(folder)}
        whole = {folder + name: text for name, text in files.items()} | dict(as_files(sign_offs))
        history.append(("main", Commit(f"strategy: run {folder}", whole)))
    path = next(iter(given))
    other = [each for each in given.values() if each.signer == given[path].signer][-1]
    forged = {f"{path}{signoffs.SIGNATURE}": other.signature.read_text()}
    fixtures.import_history(lab, book.path, [*history, (BAD_BRANCH, Commit("feat: sign", forged))])
    return book


def policy(signers: Mapping[str, Signer]) -> str:
    members = (
        f"  {by.name}: {{email: {by.email}, roles: [{role}], keys: [{by.public}]}}\n" for role, by in signers.items()
    )
    return f"version: 1\nevidence: signed\nteam:\n{''.join(members)}"


def as_files(sign_offs: Mapping[str, Signed]) -> Iterator[tuple[str, str]]:
    for path, each in sign_offs.items():
        yield path, each.statement.read_text()
        yield f"{path}{signoffs.SIGNATURE}", each.signature.read_text()


def one_by_one(lab: Lab, given: Mapping[str, Signed]) -> Path:
    """A script that does the least there is to do: nobody is looked up, nothing is compared with what was signed."""
    script, known = lab.root / "verify.sh", lab.root / "allowed_signers"
    known.write_text("".join(f"{by.email} {by.public}\n" for by in {each.signer for each in given.values()}))
    verify = ("ssh-keygen", "-q", "-Y", "verify", "-n", signoffs.NAMESPACE, "-f", str(known))
    lines = ["set -e"]
    for each in given.values():
        command = shlex.join((*verify, "-I", each.signer.email, "-s", str(each.signature)))
        lines.append(f"{command} <{shlex.quote(str(each.statement))}")
    script.write_text("\n".join(lines) + "\n")
    return script
