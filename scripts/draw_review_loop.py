"""Draw quality against what was reviewed from the record of ``benchmarks/review_loop.py``, as ``docs/review_loop.svg``.

python scripts/draw_review_loop.py                                    the committed record
python scripts/draw_review_loop.py runs/review_loop/record.json out.svg
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from draw_frontiers import finished
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from nlpref.report.plots import WIDE, styled
from nlpref.report.svg import ACCENT, GRID, INK, MUTED, figure, page_style, to_svg
from nlpref.storage import read_json, write_text

ROOT = Path(__file__).resolve().parents[1]
RECORD, DRAWING = ROOT / "benchmarks" / "records" / "review_loop.json", ROOT / "docs" / "review_loop.svg"
RANDOM = "random"
LINES = {"expected_value": (ACCENT, "-"), "least_confident": (INK, "-"), "entropy": (ACCENT, (0, (4, 2))), RANDOM: (MUTED, "-")}
PANELS = {"sentences": "share of sentences reviewed", "tokens": "share of tokens read"}
HEIGHT = 340


def panel(axes: Axes, record: Mapping[str, Any], cost: str) -> None:
    """One line for each strategy, the interval over seeds behind two of them, and what is to be reached."""
    metric, strategies = record["metric"], record["strategies"]
    best = strategies[RANDOM]["points"][-1][metric]["value"]
    goal = best - record["tolerated"]
    axes.axhline(best, color=GRID, linewidth=1, zorder=1)
    axes.axhline(goal, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), zorder=1)
    axes.annotate(
        f"all labels less {record['tolerated']:g}", (1, goal), (0, -4), textcoords="offset points", ha="right", va="top",
        size=11, color=MUTED,
    )  # fmt: skip
    for name, row in strategies.items():
        colour, dashes = LINES.get(name, (INK, (0, (1, 1))))
        shares = [point[cost] / row["points"][-1][cost] for point in row["points"]]
        values = [point[metric] for point in row["points"]]
        shown = name.replace("_", " ")
        axes.plot(shares, [one["value"] for one in values], color=colour, linestyle=dashes, linewidth=1.8, label=shown, zorder=3)
        if "low" in values[0] and name in ("expected_value", RANDOM):
            low, high = ([one[side] for one in values] for side in ("low", "high"))
            axes.fill_between(shares, low, high, color=colour, alpha=0.13, linewidth=0, zorder=2)
    axes.set_xlim(0, 1)
    axes.set_xlabel(PANELS[cost])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))


def described(record: Mapping[str, Any]) -> str:
    """What a reader who cannot see it should know."""
    told = []
    for name, row in record["strategies"].items():
        enough = row["enough"]
        shares = " and ".join(f"{enough[cost]['value']:.0%} of the {cost}" for cost in PANELS)
        told.append(f"{name.replace('_', ' ')}: with {shares}")
    return f"Entity F1 against what was reviewed. Within {record['tolerated']:g} of all labels, {'; '.join(told)}."


def main() -> None:
    """Entry point."""
    given = [Path(argument) for argument in sys.argv[1:3]]
    source, target = [*given, RECORD, DRAWING][:2] if len(given) == 2 else (RECORD, DRAWING)
    record = read_json(source)
    with page_style():
        drawn = figure(WIDE, HEIGHT)
        left, right = (styled(axes) for axes in drawn.subplots(1, len(PANELS), sharey=True))
        for axes, cost in zip((left, right), PANELS, strict=True):
            panel(axes, record, cost)
        left.set_ylabel(f"entity F1, {record['dataset']['name']}, {record['split']}")
        right.legend(loc="lower right", frameon=False, labelcolor=INK, bbox_to_anchor=(1, 0.02))
        text = finished(str(to_svg(drawn, "review-loop", described(record))))
    write_text(target, text + "\n")
    print(target)


if __name__ == "__main__":
    main()
