"""Draw recall against queries per second from the record of ``benchmarks/faiss_table.py``, as ``docs/faiss_table.svg``.

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
from matplotlib.ticker import FuncFormatter, NullFormatter

from nlpref.report.plots import WIDE, styled
from nlpref.report.svg import ACCENT, INK, MUTED, figure, page_style, to_svg
from nlpref.storage import read_json, write_text

ROOT = Path(__file__).resolve().parents[1]
RECORD, DRAWING = ROOT / "benchmarks" / "records" / "faiss_table.json", ROOT / "docs" / "faiss_table.svg"
HEIGHT = 360


def panel(axes: Axes, size: str, told: Mapping[str, Any], enough: float) -> None:
    """A point for each index, the one to choose in colour, and the recall that it must have."""
    axes.axhline(enough, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), zorder=1)
    for name, row in told["rows"].items():
        colour = ACCENT if name == told["chosen"] else INK
        point = (row["queries_per_s"], row["recall@10"])
        axes.plot(*point, marker="o", markersize=5, linestyle="none", color=colour, zorder=3)
        axes.annotate(name, point, (5, -3), textcoords="offset points", size=9, color=colour)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(f"queries per second, {int(size):,} vectors")


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
        panels[0].set_ylabel("recall of the ten nearest")
        text = finished(str(to_svg(drawn, "faiss-table", described(record))))
    write_text(target, text + "\n")
    print(target)


if __name__ == "__main__":
    main()
