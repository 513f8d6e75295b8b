"""The plots of the page: the frontier, training curves, a histogram. Each is drawn once wide and once narrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from nlpref.report.frontier import Point, dominated, frontier
from nlpref.report.labels import place_labels
from nlpref.report.svg import ACCENT, GRID, INK, MUTED, PAPER, figure, page_style, to_svg
from nlpref.report.words import significant
from nlpref.results import Estimate

__all__ = ["Plot", "curve_plot", "frontier_plot", "histogram_plot"]

_WIDE, _NARROW = 760, 340
_MOST_NAMED = 10
"""With more models than this, only those on the frontier carry their names."""
_LONGEST_NAMES = {_WIDE: 28, _NARROW: 16}
"""Letters of a name that are written, by the width of the plot."""


@dataclass(frozen=True)
class Plot:
    """One plot in two widths; the page shows the one that fits."""

    wide: Markup
    narrow: Markup
    caption: str


def frontier_plot(name: str, metric: str, models: Mapping[str, tuple[Estimate, float]]) -> Plot:
    """Quality with its interval against p95 latency on a logarithmic axis.

    Args:
        name: Unique on the page.
        metric: Title of the quality.
        models: Quality and p95 in ms by model.
    """
    names, values = list(models), list(models.values())
    points = [Point(quality.value, latency) for quality, latency in values]
    beaten, best = dominated(points), frontier(points)

    def draw(axes: Axes, width: int) -> None:
        axes.set_xscale("log")
        steps = [(points[row].latency_ms, points[row].quality) for row in best]
        axes.step(*zip(*steps, strict=True), where="post", color=ACCENT, linewidth=1.2, linestyle=(0, (2, 2.5)), zorder=1)
        for row, (quality, latency) in enumerate(values):
            colour, fill = (MUTED, PAPER) if beaten[row] else (ACCENT, ACCENT)
            axes.plot([latency] * 2, [quality.low, quality.high], marker="_", color=colour, linewidth=1.2, markersize=8, zorder=2)
            axes.plot([latency], [quality.value], "o", color=colour, markerfacecolor=fill, markersize=8, zorder=3)
        _latency_axis(axes, [point.latency_ms for point in points])
        axes.set_xlabel("p95 latency of one prediction, ms (log scale)" if width > 500 else "p95 latency, ms (log scale)")
        axes.set_ylabel(metric)
        axes.margins(y=0.12)
        named = [row for row in range(len(names)) if len(names) <= _MOST_NAMED or not beaten[row]]
        _name_points(
            axes,
            _LONGEST_NAMES[width],
            [names[row] for row in named],
            [points[row] for row in named],
            [beaten[row] for row in named],
        )

    listed = "; ".join(
        f"{names[row]}: {metric} {values[row][0].value:.3f}, p95 {significant(values[row][1])} ms"
        + (" (dominated)" if beaten[row] else "")
        for row in sorted(range(len(names)), key=lambda row: points[row].latency_ms)
    )
    losers = [names[row] for row in range(len(names)) if beaten[row]]
    caption = (
        "Up and to the left is better. Bars are 95 % intervals; the dotted line is the best quality to be had within a time. "
    )
    caption += (
        f"Hollow: dominated, since another model is at least as good and at least as fast ({', '.join(losers)})."
        if losers
        else "No model is dominated: each buys quality with time."
        if len(names) > 1
        else "Only one model has been timed here."
    )
    return _plot(name, f"Quality against latency. {listed}.", caption, draw, 400, 340)


def curve_plot(name: str, title: str, pairs: Sequence[tuple[float, float]]) -> Plot:
    """A quantity, named by ``title``, over training steps, from (step, value) pairs; ``name`` is unique on the page."""

    def draw(axes: Axes, width: int) -> None:
        marker = "o" if len(pairs) < 20 else ""
        axes.plot(*zip(*pairs, strict=True), marker=marker, markersize=4, color=ACCENT, linewidth=1.5)
        axes.set_xlabel("training step")
        axes.set_ylabel(title)
        axes.xaxis.set_major_locator(MaxNLocator(4 if width < 500 else 8, integer=True))
        axes.margins(x=0.03, y=0.1)

    (first, start), (last, end) = pairs[0], pairs[-1]
    described = f"{title} from {start:.3g} at step {first:g} to {end:.3g} at step {last:g}, {len(pairs)} points."
    return _plot(name, described, "", draw, 220, 200)


def histogram_plot(name: str, metric: str, values: Sequence[float], noun: str, bins: int = 10) -> Plot:
    """How many examples have a score in each tenth of [0, 1]."""
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, max(0, int(value * bins + 1e-9)))] += 1

    def draw(axes: Axes, width: int) -> None:
        axes.bar([(row + 0.5) / bins for row in range(bins)], counts, width=0.9 / bins, color=ACCENT)
        for row, number in enumerate(counts):
            axes.annotate(
                str(number), ((row + 0.5) / bins, number), (0, 3), textcoords="offset points", ha="center", color=INK, size=11
            )
        axes.set_xlim(0, 1)
        axes.set_xlabel(metric)
        axes.set_ylabel(f"number of {noun}")
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.margins(y=0.15)

    described = ", ".join(f"{row / bins:.1f} to {(row + 1) / bins:.1f}: {number}" for row, number in enumerate(counts))
    return _plot(name, f"Number of {noun} by {metric}. {described}.", "", draw, 240, 220)


def _plot(name: str, description: str, caption: str, draw: Callable[[Axes, int], None], height: int, narrow_height: int) -> Plot:
    made: list[Markup] = []
    for width, tall in ((_WIDE, height), (_NARROW, narrow_height)):
        with page_style():
            drawn = figure(width, tall)
            draw(_styled(drawn.add_subplot()), width)
            made.append(to_svg(drawn, f"{name}-{width}", description))
    return Plot(made[0], made[1], caption)


def _styled(axes: Axes) -> Axes:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GRID)
    axes.tick_params(colors=MUTED, labelsize=12, length=3, color=GRID)
    axes.xaxis.label.set(color=INK, size=12)
    axes.yaxis.label.set(color=INK, size=12)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    return axes


def _latency_axis(axes: Axes, values: Sequence[float]) -> None:
    low, high = min(values), max(values)
    room = max((high / low) ** 0.12, 1.35)
    axes.set_xlim(low / room, high * room**1.6)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0) if high / low < 300 else (1.0,), numticks=12))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _name_points(axes: Axes, longest: int, names: Sequence[str], points: Sequence[Point], beaten: Sequence[bool]) -> None:
    """Write each name beside its point, those on the frontier first."""
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]  # fixes the layout, in which places are looked for
    frame = axes.get_window_extent()
    order = sorted(range(len(names)), key=lambda row: (beaten[row], points[row].latency_ms))
    texts = [names[row] if len(names[row]) <= longest else names[row][: longest - 1] + "…" for row in order]
    spots = [
        (float(x), float(y)) for x, y in axes.transData.transform([(points[r].latency_ms, points[r].quality) for r in order])
    ]
    for row, text, (dx, dy) in zip(order, texts, place_labels(texts, spots, frame.x0, frame.x1), strict=True):
        written = axes.annotate(
            text,
            (points[row].latency_ms, points[row].quality),
            (dx, dy),
            textcoords="offset points",
            ha="right" if dx < 0 else "left",
            va="center",
            size=12,
            color=MUTED if beaten[row] else INK,
            annotation_clip=False,
        )
        written.set_in_layout(False)
