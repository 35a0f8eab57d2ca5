"""A data manifest says something else than the result record, the registry of datasets or the data itself.

Why: a report on 505 symbols that ran on 498, or on bytes that are not there any more, is rerun to other numbers.
Fix: write the line as the record has it; commit the data that the run read, or run it again on the data that is there.
Compared are digest, rows, days, symbols and their number, interval, day of fetching and dataset; for the files that a
record read, what the same commit holds at those paths: an LFS pointer by its oid, and no data is fetched for it.
"""

from __future__ import annotations

from quantgov import manifest
from quantgov.change import Change
from quantgov.manifest_lines import label, line
from quantgov.policy import Policy
from quantgov.rule import Example, Finding, Rule, Scope, Stage, Unjudged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quantgov.change import Commit
    from quantgov.record import Record

    Facts = Mapping[str, object]


def check(change: Change, policy: Policy) -> Iterator[Finding | Unjudged]:
    for at, commit in enumerate(change.commits):
        if (commit.is_new or policy.lands(commit)) and manifest.is_judged(commit, policy):
            yield from _judged(change, at, policy)


def _judged(change: Change, at: int, policy: Policy) -> Iterator[Finding | Unjudged]:
    commit = change.commits[at]
    said = manifest.facts(commit.message)
    if not said and not any(manifest.results(commit, policy)):
        return
    from quantgov import provenance

    written = [each for each in provenance.records(commit, policy) if each.data]
    if said and written:
        yield from _denied(commit, said, written)
    fresh = provenance.of_runs(commit, policy)
    newest = {each.text("strategy"): each for each in fresh}  # a squash holds the data of the last run only
    for each in newest.values():
        yield from _strayed(each, change, at)
    yield from _unregistered(change, commit, said, fresh)


def _denied(commit: Commit, said: Facts, written: Sequence[Record]) -> Iterator[Finding]:
    from quantgov import provenance

    of = provenance.nearest(said, written)
    for key, ours, theirs in provenance.denied(said, of.data):
        yield _at_line(commit, key, f"{ours}; {of.path} ran on {theirs}", line(key, of.data[key]))


def _at_line(commit: Commit, key: str, message: str, help: str) -> Finding:
    block = manifest.find(commit.message)
    assert block
    place = manifest.line_of(block, key)
    named = f"{label(key)}: {message}"
    return Finding(named, line=place.number, column=place.column, help=help, commit=commit.oid)


def _strayed(of: Record, change: Change, at: int) -> Iterator[Finding | Unjudged]:
    from quantgov import provenance, results

    for each in provenance.strayed(of, change, at):
        if isinstance(each, Unjudged):
            yield each
        else:
            yield Finding(
                each.fault,
                of.path,
                *of.place("data", "inputs", each.place),
                help=f"commit the data that it read, or run it on what is here: {results.rerun(of)}",
                commit=change.commits[at].oid,
            )


def _unregistered(change: Change, commit: Commit, said: Facts, written: Sequence[Record]) -> Iterator[Finding]:
    """Datasets that the team's registry does not know, or knows as other bytes. Without a registry none is known."""
    from quantgov import datasets, provenance

    stated = [each for each in written if each.data.get("dataset")]
    known = datasets.of(change.head) if stated or said.get("dataset") else []
    if not known:
        return
    for each in stated:
        found = datasets.named(known, str(each.data["dataset"]))
        fault = datasets.fault(known, each.data)
        if fault and not (found and provenance.is_part(each, found)):
            place = each.place("data", "dataset")
            yield Finding(fault, each.path, *place, help=datasets.HELP, commit=commit.oid)
    fault = datasets.fault(known, said) if said.get("dataset") and not stated else ""
    if fault:
        yield _at_line(commit, "dataset", fault, datasets.HELP)


def rejects() -> tuple[Example, ...]:
    return (
        Example(
            "a part of the symbols called all",
            message=SUBJECT + BLOCK.replace("498 of 505", "505"),
            files=RECORDED,
            finds=((f"Symbol set: SPX (505 tickers); {PATH} ran on SPX (498 of 505 tickers)", "", 4, 15),),
        ),
        Example(
            "other days, rows and bytes",
            message=SUBJECT + BLOCK.replace("2024-12-31", "2024-06-30").replace(": 9", ": 8").replace("3f", "3e"),
            files=RECORDED,
            finds=(
                (
                    f"Period: 2024-01-01 to 2024-06-30; {PATH} ran on 2024-01-01 to 2024-12-31",
                    "",
                    5,
                    11,
                ),
                (f"Rows: 8; {PATH} ran on 9", "", 8, 9),
                (f"Digest: sha256:{'3e' * 6}…; {PATH} ran on sha256:{'3f' * 6}…", "", 9, 11),
            ),
        ),
        Example(
            "data that are others than the run read",
            message=SUBJECT + BLOCK,
            files={PATH: RECORD.replace(READ, OTHER), DATA: "day,close\n"},
            finds=((f"{DATA} is {READ[:12]}… in this commit, and the run read {OTHER[:12]}…", PATH, 11, 7),),
        ),
        Example(
            "an LFS pointer to other data",
            message=SUBJECT + BLOCK,
            before={DATA: POINTER},
            files=RECORDED,
            finds=((f"{DATA} is {OTHER[:12]}… in this commit, and the run read {READ[:12]}…", PATH, 11, 7),),
        ),
        Example(
            "a dataset that the registry does not know",
            message=SUBJECT + BLOCK + "- Dataset: us-equity@v2\n",
            before={"data/datasets.yaml": REGISTRY},
            finds=(("Dataset: us-equity@v2 is not in data/datasets.yaml; did you mean 'us-equity@v1'?", "", 10, 12),),
        ),
        Example(
            "a dataset of other bytes",
            message=SUBJECT + BLOCK,
            before={"data/datasets.yaml": REGISTRY},
            files={PATH: RECORD + "  dataset: us-equity@v1\n"},
            finds=(
                (
                    f"us-equity@v1 is sha256:{OTHER[:12]}… in data/datasets.yaml, and this is sha256:{'3f' * 6}…",
                    PATH,
                    12,
                    12,
                ),
            ),
        ),
    )


def accepts() -> tuple[Example, ...]:
    later = ({**RECORDED, DATA: "day,close\n"},)
    return (
        Example("as the record has it", message=SUBJECT + BLOCK, files=RECORDED),
        Example("the data beside it", message=SUBJECT + BLOCK, files={**RECORDED, DATA: "day,close\n"}),
        Example("a record without a message of its own", files=RECORDED),
        Example("a message without a record", message=SUBJECT + BLOCK),
        Example("data that change later", earlier=later, files={DATA: "day,close\n2024-01-02,7\n"}),
        Example(
            "a conclusion on data of old", before=RECORDED, files={PATH: RECORD + "conclusion: it fades\n", DATA: "x\n"}
        ),
        Example(
            "two runs of one strategy, the data changed between them",
            files={PATH: RECORD.replace(READ, OTHER), PATH.replace("v1", "v2"): RECORD, DATA: "day,close\n"},
        ),
        Example("results of another kind", files={"results/gap.csv": "day,pnl\n"}),
        Example("no registry", message=SUBJECT + BLOCK + "- Dataset: us-equity@v1\n"),
        Example(
            "work in progress",
            message="wip: gap" + BLOCK.replace("498 of 505", "505"),
            files=RECORDED,
            stages=Stage.MESSAGE | Stage.PUSH,
        ),
    )


SUBJECT = "backtest: gap v1 on SPX"
BLOCK = f"""

Data manifest:
- Symbol set: SPX (498 of 505 tickers)
- Period: 2024-01-01 to 2024-12-31
- Source: TickDB /v1/market/kline, 1h interval
- Cache: data/prices.csv
- Rows: 9
- Digest: sha256:{"3f" * 32}
"""
PATH, DATA = "results/gap/2026-11-20_multi_gap_v1.yaml", "data/prices.csv"
READ = "c73e46c9d67c65a249d94af01748aa4a986383872db90f49e5406246b6e52a97"
OTHER = "7a" * 32
RECORD = f"""\
experiment_id: exp_001
strategy: gap
data:
  symbol_set: {{name: SPX, count: 498, expected: 505}}
  period: {{start: 2024-01-01, end: 2024-12-31}}
  source: {{vendor: TickDB, endpoint: /v1/market/kline, interval: 1h}}
  cache: data/prices.csv
  rows: 9
  digest: sha256:{"3f" * 32}
  inputs:
    - {{path: data/prices.csv, sha256: {READ}}}
"""
RECORDED = {PATH: RECORD}
REGISTRY = f"""\
version: 1
datasets:
  - {{name: us-equity, version: v1, source: /v1/market/kline, source_type: api, path: data/us/, as_of: 2025-01-02,
     sha256: {OTHER}}}
"""
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OTHER}\nsize 10\n"

RULE = Rule("QG203", "manifest-contradicts-data", Scope.CHANGE, check, accepts=accepts, rejects=rejects)
