"""Every model of a leaderboard against every other one, where examples have scores: differences, wins, corrected tests."""

from __future__ import annotations

from dataclasses import replace

from nlpref.metrics.all_pairs import PairOutcome, compare_all
from nlpref.report import titles, words
from nlpref.report.comparisons import mean_scores
from nlpref.report.leaderboard import Leaderboard
from nlpref.report.tables import Cell, Table

__all__ = ["pairs_table"]

_MOST = 10
"""Models in the table, the best ones; with more it cannot be read, and each pair costs power."""


def pairs_table(board: Leaderboard) -> Table | None:
    """A row and a column for each model, best first; None if fewer than three have scores of the same examples.

    A cell has the difference in points, seen from the row, with wins, ties and losses of the row, and the p-value adjusted for
    all pairs of the table. Two models have their one comparison elsewhere on the page.
    """
    found = {model.name: mean_scores(model, board.primary) for model in board.models[:_MOST]}
    scores = {name: values.tolist() for name, values in found.items() if values is not None}
    if len(scores) < 3 or len({len(values) for values in scores.values()}) > 1:
        return None
    outcomes = compare_all(scores)
    cells = {(one.first, one.second): _cell(one) for one in outcomes}
    cells |= {(one.second, one.first): _cell(_turned(one)) for one in outcomes}
    names = list(scores)
    rows = [
        [Cell(name, "", "head"), *(Cell("", "", "missing") if name == other else cells[name, other] for other in names)]
        for name in names
    ]
    left = f"; the {len(names)} best of {len(board.models)} models" if len(names) < len(board.models) else ""
    tests = words.count(len(outcomes), "pair")
    return Table(
        f"{titles.metric(board.primary)}: row minus column in points; wins-ties-losses of the row; p by sign flips, adjusted for "
        f"{tests} (Holm), bold where below 0.05{left}",
        ["Model", *(f"than {name}" for name in names)],
        rows,
    )


def _cell(one: PairOutcome) -> Cell:
    sign = "+" if one.test.difference > 0 else ""
    note = f"{one.wins}-{one.ties}-{one.losses}\n{words.p_value(one.p_value)}"
    return Cell(f"{sign}{words.decimal(100 * one.test.difference, 1)}", note, "best" if one.differs else "")


def _turned(one: PairOutcome) -> PairOutcome:
    """The same seen from the other one."""
    test = replace(one.test, difference=-one.test.difference, low=-one.test.high, high=-one.test.low)
    return PairOutcome(one.second, one.first, test, one.p_value, one.losses, one.ties, one.wins)
