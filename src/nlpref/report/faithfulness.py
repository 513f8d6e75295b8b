"""How faithful explanations are: deletion curves, and each method against random words."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from nlpref.explanation.faithfulness import RANDOM
from nlpref.explanation.record import FaithfulnessRecord
from nlpref.report import words
from nlpref.report.plots import Plot, draw_plot
from nlpref.report.svg import ACCENT, INK, MUTED
from nlpref.report.tables import Cell, Table

__all__ = ["METHOD_TITLES", "deletion_plot", "faithfulness_table", "verdict"]

METHOD_TITLES = {
    "linear": "exact contributions",
    "integrated_gradients": "integrated gradients",
    "occlusion": "leaving words out",
    "attention": "attention",
    RANDOM: "random words",
}
_STYLES = {
    "linear": (ACCENT, "-", "o"),
    "integrated_gradients": (ACCENT, "--", "s"),
    "occlusion": (INK, "-", "^"),
    "attention": (INK, ":", "D"),
    RANDOM: (MUTED, "-.", "x"),
}


def faithfulness_table(record: FaithfulnessRecord) -> Table:
    """A row for each method, that of the largest area first."""
    ranked = sorted(record.methods.items(), key=lambda pair: -pair[1].area.value)
    rows = []
    for name, one in ranked:
        over = one.over_random
        rows.append(
            [
                Cell(METHOD_TITLES.get(name, name), "", "head"),
                Cell(words.decimal(one.area.value), words.interval(one.area.low, one.area.high)),
                Cell("", "", "missing") if over is None else Cell(words.decimal(over.value), words.interval(over.low, over.high)),
                Cell("" if one.gap is None else words.percent(one.gap)),
                Cell("" if one.seconds is None else words.significant(1000 * one.seconds)),
            ]
        )
    shares = f"{words.percent(record.shares[0])} to {words.percent(record.shares[-1])}"
    caption = (
        f"Faithfulness on {record.n:,} texts of {record.split}: mean fall of the label's probability when the words that matter "
        f"most are left out, {shares} of them; 95 % intervals. Gap: what scores lack that should add up to the answer"
    )
    return Table(caption, ["Method", "Area ↑", "Over random ↑", "Largest gap", "ms per text"], rows)


def deletion_plot(name: str, record: FaithfulnessRecord) -> Plot:
    """Fall of the probability against the share of words left out; ``name`` is unique on the page."""
    shares = [0.0, *record.shares]

    def draw(axes: Axes, width: int) -> None:
        for method, one in record.methods.items():
            colour, style, marker = _STYLES.get(method, (MUTED, "-", "."))
            values = [0.0, *(drop.value for drop in one.drops)]
            title = METHOD_TITLES.get(method, method)
            axes.plot(shares, values, linestyle=style, marker=marker, markersize=5, color=colour, linewidth=1.5, label=title)
            below, above = [drop.low for drop in one.drops], [drop.high for drop in one.drops]
            axes.vlines(record.shares, below, above, color=colour, linewidth=0.7, alpha=0.6)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        axes.set_xlabel("share of words left out")
        axes.set_ylabel("fall of the probability" if width > 500 else "fall")
        axes.margins(x=0.03, y=0.1)
        axes.legend(frameon=False, labelcolor=INK, fontsize=12, loc="best")

    described = "; ".join(
        f"{METHOD_TITLES.get(method, method)}: {words.decimal(one.drops[-1].value)} at {words.percent(record.shares[-1])}"
        for method, one in record.methods.items()
    )
    caption = "The steeper, the more the answer rests on the words that the method names; bars are 95 % intervals."
    return draw_plot(name, f"Deletion curves. {described}.", caption, draw, 300, 280)


def verdict(record: FaithfulnessRecord, method: str) -> str:
    """What the record says of a method, in a sentence; empty if it was not measured."""
    one = record.methods.get(method)
    if one is None or one.over_random is None:
        return ""
    over = one.over_random
    told = f"Measured on {record.n:,} texts of {record.split}: leaving out its words costs {words.points(over.value)} "
    told += f"{'more' if over.value >= 0 else 'less'} probability than leaving out random ones"
    told += f" (95 % interval {words.decimal(100 * over.low, 1)} to {words.decimal(100 * over.high, 1)})"
    return told + ("." if over.low > 0 else "; that may be chance, so do not rely on it.")
