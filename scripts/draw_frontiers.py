"""Draw quality against latency for each public data set from the committed records, as ``docs/frontier_*.svg``.

python scripts/draw_frontiers.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from nlpref.report.frontier_plot import frontier_plot
from nlpref.storage import write_text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from fill_readme import FAST, drawing, latency, mean, results  # noqa: E402 (what the tables show)

SHEET = '<rect width="100%" height="100%" fill="#ffffff"/>'
COLOURS = {"--ink": "#1b1f24", "--muted": "#6b7280", "--accent": "#0b6bcb", "--line": "#d0d7de", "--paper": "#ffffff"}


def main() -> None:
    """Entry point."""
    for (data, title, metric), models in FAST.items():
        shown = {
            model: (mean([result.metrics[metric] for result in found]), time.p95_ms)
            for model, name in models.items()
            if (found := results(name)) and (time := latency(name))
        }
        if not shown:
            continue
        path = drawing(data)
        write_text(path, finished(str(frontier_plot(path.stem, f"{title}, {data}", shown).wide)) + "\n")
        print(path.relative_to(ROOT))


def finished(text: str) -> str:
    """A plot of a page as a file of its own, on white."""
    for variable, colour in COLOURS.items():
        text = text.replace(f"var({variable})", colour)
    return _standalone(re.sub(r"(<svg[^>]*>)", rf"\1{SHEET}", text, count=1))


def _standalone(text: str) -> str:
    """An SVG file of its own says what it is."""
    if "xmlns=" in text.partition(">")[0]:
        return text
    return text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"', 1)


if __name__ == "__main__":
    main()
