"""Draw what building and searching cost, by size, from the record of ``benchmarks/collection_scale.py``.

python scripts/draw_collection_scale.py                                    the committed record, as docs/collection_scale.svg
python scripts/draw_collection_scale.py runs/scale.json out.svg
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from draw_frontiers import finished
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from nlpref.report.plots import WIDE, styled
from nlpref.report.svg import ACCENT, INK, figure, page_style, to_svg
from nlpref.storage import read_json, write_text

ROOT = Path(__file__).resolve().parents[1]
RECORD, DRAWING = ROOT / "benchmarks" / "records" / "collection_scale.json", ROOT / "docs" / "collection_scale.svg"
HEIGHT = 300
PANELS = {"build_s": "seconds to build", "peak_mb": "MB at most while building", "p50_ms": "ms for a query (p50)"}


def shown(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def panel(axes: Axes, rows: Sequence[Mapping[str, Any]], key: str) -> None:
    """One figure by the number of documents, both in powers of ten."""
    axes.plot([row["documents"] for row in rows], [row[key] for row in rows], marker="o", markersize=5, color=ACCENT)
    for row in rows:
        axes.annotate(shown(row[key]), (row["documents"], row[key]), (0, 7), textcoords="offset points", ha="center", color=INK)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("documents")
    axes.set_title(PANELS[key], size=11, color=INK)
    for side in (axes.xaxis, axes.yaxis):
        side.set_major_formatter(FuncFormatter(lambda value, _: shown(value)))
        side.set_minor_formatter(NullFormatter())
    axes.margins(x=0.15, y=0.2)


def described(rows: Sequence[Mapping[str, Any]]) -> str:
    """What a reader who cannot see it should know."""
    told = [f"{row['documents']:,} documents: {', '.join(f'{shown(row[key])} {PANELS[key]}' for key in PANELS)}" for row in rows]
    return f"Cost by the size of a collection. {'; '.join(told)}."


def main() -> None:
    """Entry point."""
    given = [Path(argument) for argument in sys.argv[1:3]]
    source, target = given if len(given) == 2 else (RECORD, DRAWING)
    rows = read_json(source)["sizes"]
    with page_style():
        drawn = figure(WIDE, HEIGHT)
        for axes, key in zip(drawn.subplots(1, len(PANELS), squeeze=False)[0], PANELS, strict=True):
            panel(styled(axes), rows, key)
        text = finished(str(to_svg(drawn, "collection-scale", described(rows))))
    write_text(target, text + "\n")
    print(target)


if __name__ == "__main__":
    main()
