"""A backtest report drafted from what is on record, and never from more: what is not known stays a comment.

What it draws on: the passport, the parameters file and the signal code as they are staged, and of the working tree
the newest result record: of `quantgov backtest`, or as S1 section 6.2 writes one, whose costs are fractions of the
traded value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from quantgov import documents, outline, report, strategy
from quantgov.amend import amend
from quantgov.desk import Edited
from quantgov.errors import UsageError
from quantgov.manifest_lines import is_date
from quantgov.page import as_number
from quantgov.record import SUFFIXES, Record
from quantgov.results import COSTLIEST, rerun
from quantgov.workspace import write_file

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap

    from quantgov.desk import Desk
    from quantgov.documents import Document
    from quantgov.report import Problem
    from quantgov.strategy import Strategy

    Known = dict[str, object]

HEADER = "# Draft {} of `quantgov report draft`: fill in what is commented out. Once edited it is not drafted anew.\n"
DRAFTED = re.compile(rb"# Draft ([0-9a-f]{16}) [^\n]*\n")
METRICS = {
    **{name: name for name in ("total_return", "annualized_return", "sharpe_ratio", "sortino_ratio", "max_drawdown")},
    **{name: name for name in ("win_rate", "average_win", "average_loss", "order_count")},
    "num_trades": "trade_count",
}
"""What a record's results are called there, and in a report. S1's trades are round trips (REQUIREMENTS C16)."""
SPELLED_OUT = ("-iso", "mixed")
"""How the timestamp conventions end that a data manifest has and a report has not."""


class Draft(NamedTuple):
    """What is to be done: `files` are contents by path from the root. `link` is what the passport lacks of the report.

    `is_kept`: the report stays as it stands. `problems` are those that it has then.
    """

    strategy: Strategy
    path: str
    text: str
    is_kept: bool
    files: Mapping[str, bytes]
    link: Mapping[str, str]
    is_linked: bool
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]


def plan(desk: Desk, name: str, *, force: bool = False, link: bool = False) -> Draft:
    """What `write` would do for a strategy named by id or folder.

    Raises UsageError where the strategy cannot be found, or where a report stands that somebody edited: that one is
    drafted anew by `force` only; to link it, it is kept.
    """
    of = desk.find(name)
    path = _path(of)
    found = _Findings(desk, of)
    fresh, standing = found.report(), desk.on_disk(path)
    kept = standing is not None and (standing == fresh or (not force and not is_untouched(standing)))
    if kept and standing != fresh and not link:
        message = f"{path} is there already, and somebody wrote it"
        again = f"quantgov report draft {of.id} --link"
        raise UsageError(message, f"{again} names it in the passport; --force drafts it anew")
    data = standing if kept and standing is not None else fresh
    lacking = _lacking(of, data)
    files = {} if kept else {path: data}
    if link and lacking:
        files[of.path] = amend(desk.on_disk(of.path) or b"", lambda document: _put(document, lacking))
    return Draft(
        strategy=of,
        path=path,
        text=data.decode("utf-8", "replace"),
        is_kept=kept,
        files=files,
        link=lacking,
        is_linked=link,
        sources=found.sources if not kept else (),
        notes=tuple(found.notes) if not kept else (),
        problems=_problems(desk, of, {path: data, **files}),
    )


def write(desk: Desk, draft: Draft) -> None:
    """Write each file whole or not at all. Raises UsageError where the place does not take it."""
    for path, data in draft.files.items():
        target = os.path.join(desk.top, path)
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            write_file(target, data)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}", f"ls -ld '{os.path.dirname(path)}'") from None


def is_untouched(data: bytes) -> bool:
    """Whether these bytes are a draft just as it was written."""
    match = DRAFTED.match(data)
    return match is not None and match[1].decode() == _mark(data[match.end() :])


def _mark(body: bytes) -> str:
    return strategy.sha256(body)[:16]


def _path(of: Strategy) -> str:
    path = of.resolve(of.report_file)
    if not path:
        message = f"backtest.report_file is {of.report_file}, which points outside the repository"
        raise UsageError(message, f"backtest.report_file: {strategy.REPORT_FILE}")
    return path


def _lacking(of: Strategy, data: bytes) -> dict[str, str]:
    """Of the two fields that name the report in the passport, those that do not say this one."""
    wanted = {"report_file": of.report_file, "report_sha256": strategy.sha256(data)}
    return {key: value for key, value in wanted.items() if of.text("backtest", key) != value}


def _put(document: CommentedMap, fields: Mapping[str, str]) -> None:
    if not isinstance(document.get("backtest"), dict):
        document["backtest"] = {}
    document["backtest"].update(fields)


def _problems(desk: Desk, of: Strategy, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    after = strategy.at(Edited(desk.tree, files), of.path) or of
    return tuple(report.faults(after, after.read(after.report_file) or b""))


class _Findings:
    """What is on record of a strategy's backtest, gathered for its report, with where it was found."""

    def __init__(self, desk: Desk, of: Strategy) -> None:
        self._desk = desk
        self._of = of
        self.notes: list[str] = []
        self._record = newest_record(desk.top, desk.policy.results, of)
        held = of.read(of.parameters_file)
        self._parameters = report.parameters(held) if held is not None else None
        self.sources = tuple(
            each
            for each in (
                of.path,
                of.resolve(of.parameters_file) if held is not None else None,
                self._record.path if self._record else None,
            )
            if each
        )

    def report(self) -> bytes:
        """The draft. Whether its sample needs a warning is judged on the draft without one."""
        known = self._known()
        path = _path(self._of)
        bare = Edited(self._desk.tree, {path: _rendered(known)})
        judged = strategy.at(bare, self._of.path)
        counted = judged and report.of(judged)
        if judged and counted and report.is_counted(judged, counted):
            problem = report.sample_problem(judged, counted)
            known["warning"] = report.warning(problem) if problem else None
        return _rendered(known)

    def _known(self) -> Known:
        of = self._of
        return {
            "version": 1,
            "strategy_id": of.id,
            "strategy_version": of.version,
            "provenance": self._provenance(),
            "universe": {"initial": self._universe(), "size": self._size()},
            "signal": {"parameters": self._parameter_values(), "code_tree": self._code_tree()},
            "costs": self._costs(),
            "metrics": self._metrics(),
            "robustness": {"out_of_sample": self._out_of_sample()},
        }

    def _recorded(self, *pointer: str) -> object:
        return self._record.get(*pointer) if self._record else None

    def _provenance(self) -> Known:
        sources = [each for _, each in self._of.items("data_sources") if each.get("endpoints")]
        vendor = ", ".join(dict.fromkeys(str(each["source"]) for each in sources if each.get("source")))
        start, end = self._backtest("start_date"), self._backtest("end_date")
        endpoint = self._recorded("data", "source", "endpoint")
        return {
            "vendor": vendor or self._recorded("data", "source", "vendor"),
            "endpoints": _union(sources, "endpoints") or ([endpoint] if endpoint else None),
            "markets": _union(sources, "markets"),
            "start_date": self._recorded("data", "period", "start") or start,
            "end_date": self._recorded("data", "period", "end") or end,
            "timestamp_convention": self._timestamps(sources),
        }

    def _timestamps(self, sources: Iterable[Mapping[str, object]]) -> object:
        """What the data of the record has, else what the passport says if that is one thing."""
        said = {str(each.get("timestamp_convention") or "") for each in sources}
        alike = said.pop() or None if len(said) == 1 else None
        ran = self._recorded("data", "timestamp_convention")
        self._note_difference("timestamp_convention", ran, alike)
        return alike if ran is None or str(ran).endswith(SPELLED_OUT) else ran

    def _backtest(self, key: str) -> object:
        """What the record says was run, else what the passport says."""
        ran, said = self._recorded("backtest_config", key), self._of.get("backtest", key)
        self._note_difference(f"backtest.{key}", ran, said)
        return said if ran is None else ran

    def _note_difference(self, field: str, ran: object, said: object) -> None:
        if ran is not None and said is not None and ran != said:
            self.notes.append(f"{field} is {said} in the passport; the record ran {ran}")

    def _universe(self) -> object:
        said, ran = self._of.get("backtest", "universe"), self._recorded("backtest_config", "universe")
        return said or ran or self._recorded("data", "symbol_set", "name")

    def _size(self) -> int | None:
        symbols, count = self._recorded("backtest_config", "symbols"), self._recorded("data", "symbol_set", "count")
        if isinstance(symbols, list) and symbols:
            return len(symbols)
        return count if isinstance(count, int) else None

    def _parameter_values(self) -> list[Known] | None:
        held = self._recorded_parameters() if self._parameters is None else self._parameters
        for name in (name for name, value in held.items() if not isinstance(value, str | int | float)):
            self.notes.append(f"the parameter {name} is no single value; write it in by hand")
        values = {name: value for name, value in held.items() if isinstance(value, str | int | float)}
        return [{"name": name, "value": value} for name, value in values.items()] or None

    def _recorded_parameters(self) -> Mapping[str, object]:
        ran = self._recorded("parameters")
        instead = "the parameters are those of the record" if ran else "git add it, and draft again"
        self.notes.append(f"{self._of.parameters_file} is not staged: {instead}")
        return ran if isinstance(ran, dict) else {}

    def _code_tree(self) -> str | None:
        oid = self._of.code_tree()
        if not oid:
            self.notes.append(f"no signal code is staged in {self._of.folder}: git add it, and draft again")
        elif self._record and self._record.code_is_named and self._record.code != self._of.own_tree():
            self.notes.append(f"{self._record.path} is of other code than is staged: {rerun(self._record)}")
        return oid or None

    def _costs(self) -> Known:
        slippage, said = self._bps("slippage"), self._of.get("backtest", "slippage_bps")
        self._note_difference("backtest.slippage_bps", slippage, said)
        commission, per_share = self._bps("commission"), self._recorded("backtest_config", "commission_per_share")
        if commission is None and per_share is None:
            per_share = self._of.get("backtest", "commission_per_share")
        return {
            "slippage_bps": said if slippage is None else slippage,
            "commission_per_share": per_share,
            "commission_bps": commission,
        }

    def _bps(self, key: str) -> float | None:
        """A cost of the record in basis points: as it says them itself, or from a fraction, if it says no unit."""
        bps, share = (as_number(self._recorded("backtest_config", name)) for name in (f"{key}_bps", key))
        if bps is not None or share is None:
            return bps
        if not 0 <= share <= COSTLIEST:
            self.notes.append(f"{key} is {share} in the record, which is no fraction of the traded value")
            return None
        bps = round(share * 10_000, 6)
        return int(bps) if bps == int(bps) else bps

    def _metrics(self) -> Known:
        found = {name: self._recorded("results", theirs) for theirs, name in METRICS.items()}
        known: Known = {name: value for name, value in found.items() if isinstance(value, int | float)}
        convention = self._recorded("metric_convention")
        return {"convention": convention, **known} if convention else known

    def _out_of_sample(self) -> Known:
        start, _, end = self._of.text("validation", "out_of_sample_test").partition("_to_")
        return {"start_date": start, "end_date": end} if is_date(start) and is_date(end) else {}


def _union(sources: Iterable[Mapping[str, object]], key: str) -> list[object] | None:
    listed = (each[key] for each in sources if isinstance(each.get(key), list))
    return list(dict.fromkeys(str(value) for values in listed if isinstance(values, list) for value in values)) or None


def newest_record(top: str, folder: str, of: Strategy) -> Record | None:
    """The latest result record below a folder of the working tree that is of this strategy: of its id, folder or name.

    Among those of one moment the last by its path.
    """
    records = [each for each in _records(top, folder) if each.is_of(of)]
    return max(records, key=lambda each: (each.time, each.path), default=None)


def _records(top: str, folder: str) -> Iterator[Record]:
    for here, below, names in os.walk(os.path.join(top, folder)):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(here, name)
            if name.endswith(SUFFIXES) and not os.path.islink(path):
                yield Record(os.path.relpath(path, top).replace(os.sep, "/"), _loaded(path))


def _loaded(path: str) -> Document | None:
    """What a file holds; None for what is no document."""
    try:
        with open(path, "rb") as file:
            return documents.load(file.read(documents.MAX_BYTES + 1))
    except (OSError, documents.DocumentError):
        return None


def _rendered(known: Known) -> bytes:
    body = outline.of_schema(report.SCHEMA, known).encode()
    return HEADER.format(_mark(body)).encode() + body
