"""Peers on the same input, each for what it does; then all of them as a team would put them together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from benchmarks import fixtures
from benchmarks.budgets import guarded
from benchmarks.checkout import Checkout
from benchmarks.frameworks import (
    NOOP,
    PRE_COMMIT,
    PREK,
    SECRETS_OPTIONS,
    Hook,
    install_framework,
    quantgov_hooks,
    six_hooks,
)
from benchmarks.lab import Lab
from benchmarks.results import Result, Table
from benchmarks.timing import Contender, added, measure
from quantgov.documents import schema_text

BAD_PASSPORT = fixtures.passport(1, status="resting")
GITLINT_OPTIONS = ("-c", "general.contrib=contrib-title-conventional-commits", "-c", "general.ignore=body-is-missing")


def passport(lab: Lab) -> list[Result]:
    """One passport against its schema."""
    checkout = guarded(lab, "schema", with_passport=True)
    peer = (lab.tool("check-jsonschema"), "--schemafile", str(schema_file(lab)), fixtures.PASSPORT)
    with checkout.replaced({fixtures.PASSPORT: BAD_PASSPORT}):
        lab.refuse(peer, checkout.path)
        checkout.hook_must_refuse("pre-commit", "--select", "QG401")
    ours = checkout.hooking("quantgov", "pre-commit", "--select", "QG401")
    return side_by_side(lab, "one passport (QG401)", ours, [calling(lab, checkout, "check-jsonschema", peer)])


def secrets(lab: Lab) -> list[Result]:
    """Three staged files without a secret in them."""
    checkout = guarded(lab, "secrets", with_passport=True)
    files = (fixtures.SIGNALS, fixtures.DATA, fixtures.PASSPORT)
    peer = (lab.tool("detect-secrets-hook"), *SECRETS_OPTIONS, *files)
    leak = {fixtures.SIGNALS: f'KEY = "{made_up_key()}"\n'}
    with checkout.replaced(leak):
        lab.refuse(peer, checkout.path)
        checkout.hook_must_refuse("pre-commit", "--select", "QG3")
    ours = checkout.hooking("quantgov", "pre-commit", "--select", "QG3")
    return side_by_side(
        lab, "secrets in three files (QG3)", ours, [calling(lab, checkout, "detect-secrets-hook", peer)]
    )


def message(lab: Lab) -> list[Result]:
    """One commit message."""
    checkout = guarded(lab, "message", with_passport=False)
    good, bad = str(checkout.message), checkout.git_dir / "BAD_MESSAGE"
    bad.write_text(f"{fixtures.BAD_MESSAGE}\n")
    peers = {
        "gitlint": (lab.tool("gitlint"), *GITLINT_OPTIONS, "--msg-filename"),
        "conventional-pre-commit": (lab.tool("conventional-pre-commit"),),
    }
    for argv in peers.values():
        lab.refuse((*argv, str(bad)), checkout.path)
    checkout.hook_must_refuse("commit-msg", str(bad), "--select", "QG102")
    ours = checkout.hooking("quantgov", "commit-msg", good, "--select", "QG102")
    theirs = [calling(lab, checkout, name, (*argv, good)) for name, argv in peers.items()]
    return side_by_side(lab, "one commit message (QG102)", ours, theirs)


def whole(lab: Lab) -> list[Result]:
    """What all the guards add to a commit of three files, a passport among them."""
    six, ours = six_hooks(lab, schema_file(lab)), quantgov_hooks(lab)
    without = Checkout(lab, "without", fixtures.staged_files(with_passport=True))
    checkouts = {"native": guarded(lab, "whole", with_passport=True)}
    for framework in (PRE_COMMIT, PREK):
        checkouts[f"{framework}, six hooks"] = framed(lab, framework, six)
        checkouts[f"{framework}, quantgov"] = framed(lab, framework, ours)
        checkouts[f"{framework}, no-op hook at three stages"] = framed(lab, framework, NOOP)
    commits = [checkout.committing(name) for name, checkout in checkouts.items()]
    samples = lab.time(without.committing("without"), *commits)

    def row(job: str, name: str, peer: str) -> Result:
        measured, reference = added(samples, name, "without"), added(samples, peer, "without")
        return Result(Table.PEERS, f"a whole commit, {job}", measured, peer, reference)

    rows = []
    for framework in (PRE_COMMIT, PREK):
        six_name, noop = f"{framework}, six hooks", f"{framework}, no-op hook at three stages"
        rows += [
            row("native hooks", "native", six_name),
            row("native hooks", "native", noop),
            row(f"quantgov under {framework}", f"{framework}, quantgov", six_name),
        ]
    return rows


def framed(lab: Lab, framework: str, hooks: Sequence[Hook]) -> Checkout:
    """A checkout with hooks under a framework, and the proof that they refuse."""
    name = f"{framework}-{hooks[0].id}"
    checkout = Checkout(lab, name, fixtures.staged_files(with_passport=True))
    install_framework(checkout, framework, hooks)
    if hooks is not NOOP:
        checkout.commit_must_be_refused({}, fixtures.BAD_MESSAGE)
        checkout.commit_must_be_refused({fixtures.PASSPORT: BAD_PASSPORT})
        checkout.commit_must_be_refused({fixtures.SIGNALS: f'KEY = "{made_up_key()}"\n'})
    return checkout


def calling(lab: Lab, checkout: Checkout, name: str, argv: Sequence[str]) -> Contender:
    return Contender(name, lambda: lab.expect(argv, checkout.path))


def side_by_side(lab: Lab, job: str, ours: Contender, peers: Sequence[Contender]) -> list[Result]:
    samples = lab.time(ours, *peers)
    mine = measure(samples[ours.name])
    return [Result(Table.PEERS, job, mine, peer.name, measure(samples[peer.name])) for peer in peers]


def schema_file(lab: Lab) -> Path:
    path = lab.root / "strategy-passport.schema.json"
    path.write_bytes(schema_text("strategy-passport"))
    return path


def made_up_key() -> str:
    """The form of an AWS key, made when it is asked for."""
    return "AKIA" + hashlib.sha256(b"benchmark").hexdigest()[:16].upper()
