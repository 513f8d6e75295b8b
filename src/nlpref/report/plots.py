"""Plots of the page: how they are drawn, once wide and once narrow; training curves, and a histogram."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nlpref.report.svg import ACCENT, GRID, INK, MUTED, figure, page_style, to_svg

__all__ = ["NARROW", "WIDE", "Plot", "curve_plot", "draw_plot", "histogram_plot", "styled"]

WIDE, NARROW = 760, 340
"""Widths in pixels."""


@dataclass(frozen=True)
class Plot:
    """One plot in two widths; the page shows the one that fits."""

    wide: Markup
    narrow: Markup
    caption: str


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
    return draw_plot(name, described, "", draw, 220, 200)


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
    return draw_plot(name, f"Number of {noun} by {metric}. {described}.", "", draw, 240, 220)


def draw_plot(
    name: str, description: str, caption: str, draw: Callable[[Axes, int], None], height: int, narrow_height: int
) -> Plot:
    """Draw a plot in both widths.

    Args:
        name: Unique on the page.
        description: What a reader who cannot see it should know.
        caption: What stands under it.
        draw: Draws on the axes of a plot of the given width in pixels.
        height: Of the wide plot, in pixels; ``narrow_height`` of the narrow one.
    """
    made: list[Markup] = []
    for width, tall in ((WIDE, height), (NARROW, narrow_height)):
        with page_style():
            drawn = figure(width, tall)
            draw(styled(drawn.add_subplot()), width)
            made.append(to_svg(drawn, f"{name}-{width}", description))
    return Plot(made[0], made[1], caption)


def styled(axes: Axes) -> Axes:
    """The same axes with thin grey lines, for data to stand out."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GRID)
    axes.tick_params(colors=MUTED, labelsize=12, length=3, color=GRID)
    axes.xaxis.label.set(color=INK, size=12)
    axes.yaxis.label.set(color=INK, size=12)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    return axes
