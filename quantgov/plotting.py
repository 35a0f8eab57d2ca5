"""A comparison of results as a picture: a panel for each metric, a bar for each run, the best one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantgov import comparing
from quantgov.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from quantgov.comparing import Comparison, Metric

SUFFIX = ".svg"
PANELS, FACTS = 6, 4
"""Metrics that are drawn, and parameters that are named beside a run, at most."""
PLAIN_BAR, BEST_BAR = "#b8c4d0", "#1a7f64"
WIDTH, NAMES_WIDTH, HEIGHT, HEAD = 1.9, 2.6, 0.62, 1.1
"""Inches of a panel, of the runs' names, of a run, and of what stands above and below."""


def draw(found: Comparison, path: str) -> None:
    """Write the picture; of the same comparison the same bytes. Raises UsageError where that cannot be done."""
    if not path.endswith(SUFFIX):
        raise UsageError(f"{path} would be no SVG", f"--plot {path.rpartition('.')[0] or path}{SUFFIX}")
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "a picture takes matplotlib, which is not installed", "python -m pip install matplotlib"
        ) from None
    metrics = _drawn(found)
    # ids in the file are random but for the salt; the font is the one that matplotlib brings along; a $ is no formula
    salt, font = "quantgov", "DejaVu Sans"
    with rc_context({"svg.hashsalt": salt, "font.family": font, "font.size": 9, "text.parse_math": False}):
        size = (NAMES_WIDTH + WIDTH * len(metrics), HEAD + HEIGHT * len(found.rows))
        figure = Figure(figsize=size, layout="constrained")
        _fill(figure, found, metrics)
        try:
            figure.savefig(path, format="svg", metadata={"Date": None, "Creator": "quantgov"})
        except OSError as error:
            help = "--plot FILE.svg, where there is a folder"
            raise UsageError(f"cannot write {path}: {error.strerror}", help) from None


def _fill(figure: Figure, found: Comparison, metrics: Sequence[Metric]) -> None:
    panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        _panel(axes, metric)
    panels[0].set_yticks(range(len(found.rows)), list(_names(found)), linespacing=1.3)
    panels[0].invert_yaxis()
    panels[0].margins(y=0.02)


def _drawn(found: Comparison) -> list[Metric]:
    """The first metrics that differ, else the first ones. Raises UsageError where two records share none."""
    shared = [each for each in found.metrics if sum(value is not None for value in each.values) > 1]
    if not shared:
        raise UsageError("no metric is in more than one of these results", "quantgov results compare, without --plot")
    differ = [each for each in shared if len(set(each.values)) > 1]
    return (differ or shared)[:PANELS]


def _panel(axes: Axes, metric: Metric) -> None:
    values = [0.0 if value is None else value for value in metric.values]
    colours = [BEST_BAR if at in metric.best else PLAIN_BAR for at in range(len(values))]
    bars = axes.barh(range(len(values)), values, color=colours, height=0.55)
    for at, label in enumerate(axes.bar_label(bars, comparing.texts(metric), padding=3)):
        label.set_fontweight("bold" if at in metric.best else "normal")
    axes.set_title(metric.name, fontsize=9)
    axes.margins(x=0.35)
    axes.axvline(0, color="#44505c", linewidth=0.8)
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    axes.tick_params(left=False, bottom=False, labelbottom=False)


def _names(found: Comparison) -> Iterator[str]:
    """Each run's letter and day, and below it the parameters in which it differs."""
    parameters = [fact for fact in found.facts if fact.part == "parameters"][:FACTS]
    for at, row in enumerate(found.rows):
        facts = ", ".join(f"{fact.name} {comparing.shown(fact.values[at])}" for fact in parameters)
        yield "\n".join(filter(None, [f"{comparing.label(at)}   {row.date}  {row.strategy} {row.version}", facts]))
