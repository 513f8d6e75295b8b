"""What noise does to a model: its curves, and the models of a leaderboard beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from nlpref.noise_curves import NoiseCurves
from nlpref.report import titles, words
from nlpref.report.leaderboard import Leaderboard
from nlpref.report.plots import Plot, draw_plot
from nlpref.report.svg import ACCENT, INK, MUTED
from nlpref.report.tables import Cell, Table

__all__ = ["noise_plot", "noise_table"]

_STYLES = ((ACCENT, "-", "o"), (INK, "--", "s"), (MUTED, "-.", "^"), (ACCENT, ":", "D"))


def noise_plot(name: str, measured: NoiseCurves) -> Plot:
    """Quality against the strength of each kind of noise, with intervals; ``name`` is unique on the page."""
    title = titles.metric(measured.primary)
    lines = {
        kind: [(point.strength, point.metrics[measured.primary]) for point in points] for kind, points in measured.curves.items()
    }

    def draw(axes: Axes, width: int) -> None:
        for number, (kind, points) in enumerate(lines.items()):
            colour, style, marker = _STYLES[number % len(_STYLES)]
            strengths = [strength for strength, _ in points]
            below, above = zip(*((one.low, one.high) for _, one in points), strict=True)
            axes.vlines(strengths, below, above, color=colour, linewidth=0.7, alpha=0.6)
            values = [one.value for _, one in points]
            axes.plot(strengths, values, linestyle=style, marker=marker, markersize=5, color=colour, linewidth=1.5, label=kind)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        axes.set_xlabel("share of words that are hit" if width > 500 else "words that are hit")
        axes.set_ylabel(title)
        axes.margins(x=0.03, y=0.1)
        axes.legend(frameon=False, labelcolor=INK, fontsize=12, loc="best")

    described = "; ".join(
        f"{kind}: " + ", ".join(f"{words.decimal(one.value)} at {strength:g}" for strength, one in points)
        for kind, points in lines.items()
    )
    caption = (
        f"The same {measured.n:,} examples of {measured.split} at every point, made noisy with seed {measured.seed}; "
        "bars are 95 % intervals."
    )
    return draw_plot(name, f"{title} by strength of noise. {described}.", caption, draw, 300, 280)


def noise_table(board: Leaderboard) -> Table | None:
    """A row for each measured model: quality without noise, then at the strongest noise of each kind; None without any.

    Only curves on the split of the leaderboard stand in it, with the number of examples that they were measured on.
    """
    measured = [(model.name, noise) for model in board.models if (noise := model.typical.noise) and noise.split == board.split]
    if not measured:
        return None
    kinds = list(dict.fromkeys(kind for _, one in measured for kind in one.curves))
    rows: list[Sequence[Cell]] = []
    for name, one in measured:
        clean = next(iter(one.curves.values()))[0].metrics[one.primary].value
        rows.append(
            [Cell(name, "", "head"), Cell(words.decimal(clean)), *(_cell(one, kind) for kind in kinds), Cell(f"{one.n:,}")]
        )
    title = titles.metric(measured[0][1].primary)
    return Table(f"{title} without noise, and at the strongest noise of each kind", ["Model", "Clean", *kinds, "n"], rows)


def _cell(one: NoiseCurves, kind: str) -> Cell:
    if kind not in one.curves:
        return Cell(words.MISSING, "", "missing")
    last = one.curves[kind][-1]
    return Cell(words.decimal(last.metrics[one.primary].value), f"at {last.strength:.0%} of words")
