"""Draw what FAISS indexes miss against queries per second, from ``benchmarks/faiss_table.py``, as ``docs/faiss_table.svg``.

python scripts/draw_faiss_table.py                                    the committed record
python scripts/draw_faiss_table.py runs/faiss_table/record.json out.svg
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from draw_frontiers import finished
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from nlpref.report.plots import WIDE, styled
from nlpref.report.svg import ACCENT, INK, MUTED, figure, page_style, to_svg
from nlpref.storage import read_json, write_text

ROOT = Path(__file__).resolve().parents[1]
RECORD, DRAWING = ROOT / "benchmarks" / "records" / "faiss_table.json", ROOT / "docs" / "faiss_table.svg"
HEIGHT = 380
LEAST = 0.001
"""Share missed that is drawn for what misses less."""
MARKS = {"flat": "s", "hnsw": "*", "ivf": "^", "sq8": "o", "ivfsq8": "v", "pq": "D", "ivfpq": "X"}


def panel(axes: Axes, size: str, told: Mapping[str, Any], enough: float) -> None:
    """A mark for each index, by its kind, hollow if it keeps codes alone; the one to choose is named and in colour."""
    axes.axhline(1 - enough, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), zorder=1)
    for name, row in told["rows"].items():
        chosen = name == told["chosen"]
        colour = ACCENT if chosen else INK
        point = (row["queries_per_s"], max(1 - row["recall@10"], LEAST))
        filled = colour if row["settings"].get("keep_vectors", True) else "none"
        style = {"markerfacecolor": filled, "markeredgecolor": colour, "linestyle": "none", "markersize": 7}
        axes.plot(*point, marker=MARKS[row["settings"]["kind"]], zorder=4 if chosen else 3, **style)
        if chosen:
            axes.annotate(name, point, (0, 9), textcoords="offset points", ha="center", size=9, color=colour)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(1, LEAST * 0.7)  # the best on top
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1%}" if value > LEAST else f"{LEAST:.1%} or less"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("queries per second")
    axes.set_title(f"{int(size):,} vectors", fontsize=10)


def described(record: Mapping[str, Any]) -> str:
    """What a reader who cannot see it should know."""
    told = []
    for size, found in record["sizes"].items():
        rows = [f"{name} {row['recall@10']:.3f} at {row['queries_per_s']:.0f}/s" for name, row in found["rows"].items()]
        told.append(f"{int(size):,} vectors: {', '.join(rows)}; to choose: {found['chosen']}")
    return f"Recall of the ten nearest against queries per second. {'. '.join(told)}."


def main() -> None:
    """Entry point."""
    given = [Path(argument) for argument in sys.argv[1:3]]
    source, target = given if len(given) == 2 else (RECORD, DRAWING)
    record = read_json(source)
    with page_style():
        drawn = figure(WIDE, HEIGHT)
        panels = drawn.subplots(1, len(record["sizes"]), sharey=True, squeeze=False)[0]
        for axes, (size, told) in zip(panels, record["sizes"].items(), strict=True):
            panel(styled(axes), size, told, record["enough"])
        panels[0].set_ylabel("missed of the ten nearest")
        for axes in panels[1:]:
            axes.tick_params(labelleft=False)
        keys = [
            Line2D([], [], marker=mark, linestyle="none", color=INK, markersize=7, label=kind) for kind, mark in MARKS.items()
        ]
        keys.append(Line2D([], [], marker="o", linestyle="none", color=INK, markerfacecolor="none", label="codes only"))
        drawn.legend(handles=keys, loc="outside upper center", ncols=len(keys), frameon=False, fontsize=9, handletextpad=0.1)
        text = finished(str(to_svg(drawn, "faiss-table", described(record))))
    write_text(target, text + "\n")
    print(target)


if __name__ == "__main__":
    main()
