"""The plot of the frontier: quality against latency, readable from one model to some dozens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from nlpref.report.frontier import MOST_NAMED, Point, dominators, frontier
from nlpref.report.labels import place_labels
from nlpref.report.plots import NARROW, WIDE, Plot, draw_plot
from nlpref.report.svg import ACCENT, INK, MUTED, PAPER
from nlpref.report.words import significant
from nlpref.results import Estimate

__all__ = ["frontier_plot"]

_LONGEST_NAMES = {WIDE: 28, NARROW: 16}
"""Letters of a name that are written, by the width of the plot."""
_FEW, _MANY = (400, 340), (500, 460)
"""Heights in pixels, wide and narrow."""


def frontier_plot(name: str, metric: str, models: Mapping[str, tuple[Estimate, float]]) -> Plot:
    """Quality with its interval against p95 latency on a logarithmic axis; what is dominated is hollow.

    Args:
        name: Unique on the page.
        metric: Title of the quality.
        models: Quality and p95 in ms by model. If they are many, dominated ones are written as their place in it, from 1.
    """
    names, values = list(models), list(models.values())
    points = [Point(quality.value, latency) for quality, latency in values]
    stronger, best = dominators(points), frontier(points)
    many = len(names) > MOST_NAMED

    def draw(axes: Axes, width: int) -> None:
        axes.set_xscale("log")
        steps = [(points[row].latency_ms, points[row].quality) for row in best]
        axes.step(*zip(*steps, strict=True), where="post", color=ACCENT, linewidth=1.2, linestyle=(0, (2, 2.5)), zorder=1)
        for row, (quality, latency) in enumerate(values):
            beaten = stronger[row] is not None
            colour, fill = (MUTED, PAPER) if beaten else (ACCENT, ACCENT)
            thin = 0.7 if many and beaten else 1.2
            axes.plot(
                [latency] * 2, [quality.low, quality.high], marker="_", color=colour, linewidth=thin, markersize=8, zorder=2
            )
            axes.plot([latency], [quality.value], "o", color=colour, markerfacecolor=fill, markersize=8, zorder=3)
        _latency_axis(axes, [point.latency_ms for point in points])
        axes.set_xlabel("p95 latency of one prediction, ms (log scale)" if width > 500 else "p95 latency, ms (log scale)")
        axes.set_ylabel(metric)
        axes.margins(y=0.12)
        _write_names(axes, _LONGEST_NAMES[width], names, [quality for quality, _ in values], points, stronger)

    caption = (
        "Up and to the left is better. Bars are 95 % intervals; the dotted line is the best quality to be had within a time. "
    )
    height, narrow_height = _MANY if many else _FEW
    described = f"Quality against latency. {_listed(metric, names, values, stronger)}."
    return draw_plot(name, described, caption + _told(names, stronger), draw, height, narrow_height)


def _listed(metric: str, names: Sequence[str], values: Sequence[tuple[Estimate, float]], stronger: Sequence[int | None]) -> str:
    """All models in words, fastest first."""
    return "; ".join(
        f"{names[row]}: {metric} {values[row][0].value:.3f}, p95 {significant(values[row][1])} ms"
        + ("" if (by := stronger[row]) is None else f" (dominated by {names[by]})")
        for row in sorted(range(len(names)), key=lambda row: values[row][1])
    )


def _told(names: Sequence[str], stronger: Sequence[int | None]) -> str:
    losers = [name for name, by in zip(names, stronger, strict=True) if by is not None]
    if not losers:
        return "No model is dominated: each buys quality with time." if len(names) > 1 else "Only one model has been timed here."
    why = "dominated, since another model is at least as good and at least as fast"
    if len(names) > MOST_NAMED:
        return f"Filled: on the frontier. Hollow: {why}; the numbers are those of the table below, which says by which."
    return f"Hollow: {why} ({', '.join(losers)})."


def _latency_axis(axes: Axes, values: Sequence[float]) -> None:
    low, high = min(values), max(values)
    room = max((high / low) ** 0.12, 1.35)
    axes.set_xlim(low / room, high * room**1.6)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0) if high / low < 300 else (1.0,), numticks=12))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _write_names(
    axes: Axes,
    longest: int,
    names: Sequence[str],
    qualities: Sequence[Estimate],
    points: Sequence[Point],
    stronger: Sequence[int | None],
) -> None:
    """Write each name beside its point, those on the frontier first; with many models the numbers of the others."""
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]  # fixes the layout, in which places are looked for
    frame = axes.get_window_extent()
    beaten = [row is not None for row in stronger]
    order = sorted(range(len(names)), key=lambda row: (beaten[row], points[row].latency_ms))
    numbers = [str(row + 1) for row in order] if len(names) > MOST_NAMED else []
    texts = [names[row] if len(names[row]) <= longest else names[row][: longest - 1] + "…" for row in order]
    if numbers:
        texts = [number if beaten[row] else text for row, number, text in zip(order, numbers, texts, strict=True)]
    spots = [_pixels(axes, points[row].latency_ms, points[row].quality) for row in order]
    ends = [(points[row].latency_ms, qualities[row]) for row in order]
    bars = [(_pixels(axes, x, one.low)[1], _pixels(axes, x, one.high)[1]) for x, one in ends]
    for row, (text, dx, dy) in zip(order, place_labels(texts, spots, frame.x0, frame.x1, numbers, bars), strict=True):
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


def _pixels(axes: Axes, latency_ms: float, quality: float) -> tuple[float, float]:
    x, y = axes.transData.transform((latency_ms, quality))
    return float(x), float(y)
