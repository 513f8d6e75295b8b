"""Tables, and those of quality: the models of a leaderboard, the metrics of one, scores by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlpref.report import titles, words
from nlpref.report.leaderboard import Leaderboard, Model

__all__ = ["Cell", "Table", "all_metrics", "quality_table", "scores_table"]


@dataclass(frozen=True)
class Cell:
    """What stands in a table's cell.

    Args:
        text: The main line.
        note: Smaller lines under it.
        kind: ``head`` for the row's title, ``text`` for words, ``best``, ``missing``, or empty for a number.
        share: Length of a bar behind the number, 0 to 1; None draws none.
    """

    text: str
    note: str = ""
    kind: str = ""
    share: float | None = None


@dataclass(frozen=True)
class Table:
    """Column titles and rows; the first cell of a row is its title. ``caption`` says what the table shows."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def quality_table(board: Leaderboard) -> Table:
    """A row for each model: metrics with intervals, number of examples, seeds."""
    available = {name for model in board.models for run in model.runs for name in run.result.metrics}
    metrics = titles.main_metrics(board.task, board.primary, sorted(available))
    best = {name: _best(board.models, name) for name in metrics}
    rows = [
        [
            Cell(model.name, model.component, "head"),
            *(_metric_cell(model, name, best[name]) for name in metrics),
            Cell(f"{board.n:,}"),
            Cell(", ".join(map(str, model.seeds))),
        ]
        for model in board.models
    ]
    arrows = [f"{titles.metric(name)} {'↓' if name in titles.LOWER_IS_BETTER else '↑'}" for name in metrics]
    return Table("Quality of each model, best first", ["Model", *arrows, "n", "Seeds"], rows)


def all_metrics(model: Model) -> Table:
    """Every metric of a model with its interval."""
    names = list(model.typical.result.metrics)
    found = [(name, model.estimate(name)) for name in names]
    rows = [
        [Cell(titles.metric(name), "", "head"), Cell(words.decimal(one.value)), Cell(words.interval(one.low, one.high))]
        for name, one in found
        if one is not None
    ]
    return Table(f"All metrics of {model.name}", ["Metric", "Value", "95 % interval"], rows)


def scores_table(caption: str, first: str, scores: Mapping[str, Mapping[str, float]]) -> Table:
    """Precision, recall, F1 and support by label or type, lowest F1 first; what has no gold example comes last."""
    ranked = sorted(scores.items(), key=lambda item: (not item[1]["support"], item[1]["f1"], item[0]))
    rows = [
        [
            Cell(name, "", "head"),
            Cell(words.decimal(one["precision"])),
            Cell(words.decimal(one["recall"])),
            Cell(words.decimal(one["f1"]), share=one["f1"]) if one["support"] else Cell("no gold example", "", "missing"),
            Cell(f"{one['support']:,.0f}"),
        ]
        for name, one in ranked
    ]
    return Table(caption, [first, "Precision", "Recall", "F1", "n"], rows)


def _metric_cell(model: Model, name: str, best: float | None) -> Cell:
    found = model.estimate(name)
    if found is None:
        return Cell(words.MISSING, "", "missing")
    spread = model.spread(name)
    seeds = f"\nseeds {words.decimal(spread[0])} to {words.decimal(spread[1])}" if spread else ""
    return Cell(
        words.decimal(found.value), f"{words.interval(found.low, found.high)}{seeds}", "best" if found.value == best else ""
    )


def _best(models: Sequence[Model], name: str) -> float | None:
    values = [found.value for model in models if (found := model.estimate(name)) is not None]
    if len(values) < 2:
        return None
    return min(values) if name in titles.LOWER_IS_BETTER else max(values)
