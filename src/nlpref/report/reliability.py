"""How often answers are right where the model says how sure it is, drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from nlpref.metrics.reliability import ReliabilityBin, reliability_bins
from nlpref.report import words
from nlpref.report.plots import Plot, draw_plot
from nlpref.report.svg import ACCENT, GRID, MUTED

__all__ = ["bins_plot", "reliability_plot"]

_LARGEST = 18.0
"""Diameter in pixels of the dot of a bin that has all answers."""


def reliability_plot(name: str, rows: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]] = ()) -> Plot | None:
    """Accuracy over confidence in bins, a larger dot for more answers; None without an answer.

    Args:
        name: Unique on the page.
        rows: Of ``predictions.jsonl``.
        before: Bins of the same answers before calibration, if the record has them.
    """
    if not rows:
        return None
    right = [row["gold"] == row["predicted"] for row in rows]
    return bins_plot(name, reliability_bins([min(1.0, float(row["probability"])) for row in rows], right), before)


def bins_plot(name: str, bins: Sequence[ReliabilityBin], before: Sequence[Mapping[str, Any]] = (), noun: str = "answers") -> Plot:
    """The same from bins, at least one; ``noun`` says what is counted."""
    whole = sum(row["count"] for row in bins)

    def draw(axes: Axes, width: int) -> None:
        axes.plot([0, 1], [0, 1], color=GRID, linewidth=1.2)
        if before:
            axes.plot(*_points(before), color=MUTED, linewidth=1, linestyle="--", label="before calibration")
        axes.plot(*_points(bins), color=ACCENT, linewidth=1.5, label="as reported")
        sizes = [(4 + (_LARGEST - 4) * (row["count"] / whole) ** 0.5) ** 2 for row in bins]
        axes.scatter(*_points(bins), s=sizes, color=ACCENT, zorder=3)
        if before:
            axes.legend(loc="upper left", frameon=False, labelcolor="linecolor", fontsize=11)
        axes.set_xlim(0, 1.03)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("confidence")
        axes.set_ylabel("share right")

    told = "; ".join(
        f"{words.percent(row['confidence'])} sure: {words.percent(row['accuracy'])} of {row['count']} right" for row in bins
    )
    caption = f"On the straight line, {noun} are right as often as the model says; a larger dot stands for more of them."
    return draw_plot(name, f"Reliability. {told}.", caption, draw, 300, 280)


def _points(bins: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
    return [float(row["confidence"]) for row in bins], [float(row["accuracy"]) for row in bins]
