"""A strategy's backtest report: whether it is one, whether it is the one that the passport means, and what it shows.

Source of the smallest samples: S2 section 3.2. Of what is only advised (symbols, a whole cycle, slippage that
somebody could get): S3, "Common mistakes" and "The slippage model problem".
"""

from __future__ import annotations

from quantgov import lifecycle
from quantgov.page import Page, as_number
from quantgov.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from quantgov.documents import Plain
    from quantgov.strategy import Strategy

    Problem = tuple[str, int, int, str]
    """What is wrong, line and column in the report (0: the file itself), and what mends it."""

SCHEMA = "backtest-report"
INSUFFICIENT = "insufficient"
"""The word that a report's warning has to hold where its sample is too small."""
Z95 = 1.96
"""The standard normal quantile of a two-sided 95 % interval."""
FEWEST_SYMBOLS = 20
FLOORS = {"normal": 2.5, "post-earnings": 8, "illiquid": 8}
"""By regime the least slippage that is credible, in basis points; illiquid markets cost no less than earnings days."""
STRESS = 2
"""A result should have been seen at this multiple of its costs."""
BEAR_MARKETS = (
    ("2008", "2008-01-02", "2008-12-31"),
    ("early 2020", "2020-02-19", "2020-03-23"),
    ("2022", "2022-01-03", "2022-10-12"),
)
"""Falls of the S&P 500, from peak to trough; of the one from 2007 to 2009 the middle year."""
PERIODS = (("provenance",), ("robustness", "in_sample"), ("robustness", "out_of_sample"))


def path_of(strategy: Strategy) -> str:
    """Where the report stands, from the repository's root; as it is named where that leaves the repository."""
    return strategy.resolve(strategy.report_file) or strategy.report_file


def of(strategy: Strategy) -> Page | None:
    """The strategy's report; None where there is none that says anything."""
    data = strategy.read(strategy.report_file)
    page = Page.of(data) if data is not None else None
    return page if page and page.value else None


def problems_of(strategy: Strategy) -> Iterator[Problem]:
    """Everything that keeps the report from speaking for the strategy, a missing one included."""
    data = strategy.read(strategy.report_file)
    if data is None:
        yield f"there is no {strategy.report_file}", 0, 0, f"quantgov report draft {strategy.id}"
        return
    if not strategy.text("backtest", "report_sha256"):
        yield f"the passport does not say which {strategy.report_file} it means", 0, 0, _link(strategy)
    yield from faults(strategy, data)


def faults(strategy: Strategy, data: bytes) -> Iterator[Problem]:
    """What is wrong in a report that is there, and what in it contradicts the passport or the parameters."""
    from quantgov import documents

    yield from _digest(strategy, data)
    try:
        document = documents.load(data)
    except documents.DocumentError as error:
        yield error.message, error.line, error.column, error.help
        return
    for each in documents.violations(document, SCHEMA):
        yield each.message, each.line, each.column, each.help
    report = Page(document)
    yield from _identity(strategy, report)
    yield from _periods(strategy, report)
    yield from _parameters(strategy, report)


def _link(strategy: Strategy) -> str:
    return f"quantgov report draft {strategy.id} --link"


def _digest(strategy: Strategy, data: bytes) -> Iterator[Problem]:
    import hashlib

    said, found = strategy.text("backtest", "report_sha256"), hashlib.sha256(data).hexdigest()
    if said and said != found:
        message = f"its SHA-256 begins with {found[:12]}, and the passport means the one with {said[:12]}"
        yield message, 0, 0, f"if this is the report that counts: {_link(strategy)}"


def _identity(strategy: Strategy, report: Page) -> Iterator[Problem]:
    for key, wanted in (("strategy_id", strategy.id), ("strategy_version", strategy.version)):
        said = report.text(key)
        if said and said.removeprefix("v") != wanted.removeprefix("v"):
            message = f"this is the report of {said}, and the passport is of {wanted}"
            yield message, *report.place(key), f"run the backtest of {wanted}, or name the report that is of it"


def _periods(strategy: Strategy, report: Page) -> Iterator[Problem]:
    """Periods run forward, what was held out begins after what was chosen on, and the data covers the backtest."""
    for pointer in PERIODS:
        start, end = _date(report.get(*pointer, "start_date")), _date(report.get(*pointer, "end_date"))
        if start and end and end < start:
            place = report.place(*pointer, "end_date")
            yield f"{'.'.join(pointer)} ends ({end}) before it starts ({start})", *place, "exchange or mend the dates"
    chosen = _date(report.get("robustness", "in_sample", "end_date"))
    held_out = _date(report.get("robustness", "out_of_sample", "start_date"))
    if chosen and held_out and held_out <= chosen:
        message = f"out of sample begins on {held_out}, and in sample lasts until {chosen}"
        place = report.place("robustness", "out_of_sample", "start_date")
        yield message, *place, "hold out a period that begins after everything was chosen, and test on that"
    yield from _coverage(strategy, report)


def _coverage(strategy: Strategy, report: Page) -> Iterator[Problem]:
    for key, side in (("start_date", 1), ("end_date", -1)):
        tested, held = _date(strategy.get("backtest", key)), _date(report.get("provenance", key))
        if tested and held and (held - tested).days * side > 0:
            verb = "begins" if side == 1 else "ends"
            message = f"the data {verb} on {held}, and the passport's backtest {verb} on {tested}"
            help = f"backtest.{key} in the passport: what was run"
            yield message, *report.place("provenance", key), help


def _parameters(strategy: Strategy, report: Page) -> Iterator[Problem]:
    held = parameters(strategy.read(strategy.parameters_file) or b"")
    for at, each in report.items("signal", "parameters"):
        name, value = str(each.get("name")), each.get("value")
        if name in held and not _is_same(value, held[name]):
            message = f"{name} is {value} here, and {held[name]} in {strategy.parameters_file}"
            place = report.place("signal", "parameters", at, "value")
            yield message, *place, "run the backtest with these parameters, or give that version the ones that were run"


def parameters(data: bytes) -> dict[str, object]:
    """The values of a parameters file by their names, nested ones with dots; empty where it cannot be read."""
    from quantgov import documents

    try:
        value = documents.load(data).value
    except documents.DocumentError:
        return {}
    return dict(_flat(value)) if isinstance(value, dict) else {}


def _flat(value: Mapping[str, Plain], before: str = "") -> Iterator[tuple[str, object]]:
    for key, each in value.items():
        if isinstance(each, dict):
            yield from _flat(each, f"{before}{key}.")
        else:
            yield f"{before}{key}", each


def _is_same(one: object, other: object) -> bool:
    """Equal, and not just because Python takes true for 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def is_counted(strategy: Strategy, report: Page) -> bool:
    """Whether a report says what its sample is judged by."""
    return strategy.text("frequency") in lifecycle.SAMPLES and _trades(report) is not None


def sample_problem(strategy: Strategy, report: Page | None = None) -> str:
    """Why the backtest's sample is too small for the strategy's frequency; empty where it is large enough.

    `report` is the strategy's own, where it was read already.
    """
    report = report or of(strategy)
    if report is None:
        return f"there is no {strategy.report_file} that counts round trips"
    frequency, trades = strategy.text("frequency"), _trades(report)
    if frequency not in lifecycle.SAMPLES:
        return "the passport has no frequency, which sets the smallest sample"
    if trades is None:
        return f"{strategy.report_file} does not say how many round trips there were (metrics.trade_count)"
    start, end = _period(strategy, report)
    least = lifecycle.SAMPLES[frequency]
    if trades >= least.trades and start and end and _lasts(start, end, least.years):
        return ""
    needed = f"{frequency} needs {least.trades} over {counted(least.years, 'year')}"
    return f"{_shown(trades, start, end)}; {needed} ({_known(trades)})"


def _trades(report: Page) -> int | None:
    count = report.get("metrics", "trade_count")
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def _period(strategy: Strategy, report: Page) -> tuple[date | None, date | None]:
    """First and last day that both the passport's backtest and the report's data hold; of one if only that has any."""
    blocks = (strategy.get("backtest"), report.get("provenance"))
    known = [block for block in blocks if isinstance(block, dict)]
    starts, ends = ([day for block in known if (day := _date(block.get(key)))] for key in ("start_date", "end_date"))
    return max(starts, default=None), min(ends, default=None)


def _lasts(start: date, end: date, years: int) -> bool:
    """Whether the days from start to end, both included, are that many years by the calendar."""
    from datetime import date, timedelta

    after = end + timedelta(days=1) if end < date.max else end
    return (after.year - years, after.month, after.day) >= (start.year, start.month, start.day)


def _shown(trades: int, start: date | None, end: date | None) -> str:
    shown = counted(trades, "round trip")
    return f"{shown} over {_length(start, end)} years" if start and end and start <= end else shown


def _length(start: date, end: date) -> str:
    """In years. Never rounded up to a whole number of them: that is what is asked for."""
    years = ((end - start).days + 1) / 365.25
    whole = round(years)
    is_short = f"{years:.1f}" == f"{whole}.0" and not _lasts(start, end, whole)
    return f"{int(years * 100) / 100:.2f}" if is_short else f"{years:.1f}"


def _known(trades: int) -> str:
    if trades < 1:
        return "nothing is known of a win rate"
    return f"a win rate of 50 % is known to within {100 * Z95 * (0.25 / trades) ** 0.5:.1f} points"


def warning(problem: str) -> str:
    """What a report with such a sample has to say before all else."""
    return f"The sample is {INSUFFICIENT} for statistical significance: {problem}."


def advice(strategy: Strategy) -> Iterator[Problem]:
    """What makes the evidence of a report thin, though nothing forbids it."""
    report = of(strategy)
    if report:
        yield from _few_symbols(report)
        yield from _no_bear_market(strategy, report)
        yield from _cheap(strategy, report)
        yield from _conventions(report)


def _few_symbols(report: Page) -> Iterator[Problem]:
    size = report.number("universe", "size")
    if size is not None and size < FEWEST_SYMBOLS:
        message = f"{size:g} symbol{'' if size == 1 else 's'}: below {FEWEST_SYMBOLS} a result may be one name's own"
        yield message, *report.place("universe", "size"), "run it across more symbols before its risk is trusted"


def _no_bear_market(strategy: Strategy, report: Page) -> Iterator[Problem]:
    start, end = (str(day) if day else "" for day in _period(strategy, report))
    if start and end and not any(start <= first and last <= end for _, first, last in BEAR_MARKETS):
        names = ", ".join(name for name, _, _ in BEAR_MARKETS)
        message = f"{start} to {end} holds no bear market ({names})"
        yield message, *report.place("provenance", "start_date"), "run it through at least one bull and bear cycle"


def _cheap(strategy: Strategy, report: Page) -> Iterator[Problem]:
    slippage, regime = report.number("costs", "slippage_bps"), report.text("costs", "regime")
    floor = FLOORS.get(regime)
    if slippage is not None and floor is not None and slippage < floor:
        message = f"slippage of {slippage:g} bps; {floor:g} is the least that is credible in a {regime} market"
        yield message, *report.place("costs", "slippage_bps"), f"run it again with slippage_bps: {floor:g}"
    for key in ("slippage_bps", "commission_per_share"):
        said, ran = as_number(strategy.get("backtest", key)), report.number("costs", key)
        if said is not None and ran is not None and said != ran:
            message = f"{key} is {ran:g} here, and {said:g} in the passport"
            yield message, *report.place("costs", key), f"backtest.{key} in the passport: what was run"
    multiples = [as_number(each.get("multiple")) or 0 for _, each in report.items("costs", "stressed")]
    if report.get("costs") and max(multiples, default=0) < STRESS:
        message = f"no result at {STRESS} times the costs"
        yield message, *report.place("costs", "stressed"), f"run it at {STRESS} times slippage and commission"


def _conventions(report: Page) -> Iterator[Problem]:
    if report.get("metrics") and not report.get("metrics", "convention"):
        message = "no convention for the metrics: one result has several Sharpe ratios"
        yield message, *report.place("metrics"), "metrics.convention: sharpe, periods_per_year, risk_free_rate, ddof"
    lag = report.number("signal", "signal_lag_bars")
    if report.get("signal") and not lag:
        message = "nothing on when orders fill" if lag is None else "orders fill on the very bar of their signal"
        place = report.place("signal", "signal_lag_bars")
        yield message, *place, "fill a bar after the signal, and say so: signal.signal_lag_bars: 1"


def _date(value: object) -> date | None:
    """A day, from YYYY-MM-DD; None for anything else."""
    from datetime import date

    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
