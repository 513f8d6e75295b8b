"""Is the best model really better? Paired tests on the same examples, and their outcome in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.metrics.multiple import ALPHA, holm
from nlpref.metrics.significance import PairedTest, paired_f1_test, paired_test
from nlpref.report import titles, words
from nlpref.report.leaderboard import Leaderboard, Model

__all__ = ["ALPHA", "Comparison", "compare", "holm", "mean_scores"]

_COUNTS = ("correct", "spurious", "missed")
_STAND_INS = ("accuracy",)
"""Metrics with a score for each example, where the primary one has none: macro-F1 is no mean over examples."""


@dataclass(frozen=True)
class Comparison:
    """The best model against another one.

    Args:
        other: The other model.
        metric: What was compared.
        test: Best minus other, or None where scores of the same examples are missing.
        p_value: Adjusted for the number of comparisons on the leaderboard.
    """

    other: Model
    metric: str = ""
    test: PairedTest | None = None
    p_value: float = 1.0

    @property
    def indistinct(self) -> bool:
        """Whether the difference may be chance, or goes against the best model; False where it was not tested."""
        return self.test is not None and (self.p_value > ALPHA or self.test.difference < 0)

    @property
    def verdict(self) -> str:
        """The outcome in words, seen from the best model."""
        if self.test is None:
            return "not tested: scores of the same examples are missing"
        low, high = words.decimal(100 * self.test.low, 1), words.decimal(100 * self.test.high, 1)
        what = titles.metric(self.metric)
        if self.p_value > ALPHA:
            bounds = f"95 % interval of the difference {low} to {high} points"
            return f"not distinguishable in {what} ({bounds}, {words.p_value(self.p_value)})"
        direction = "better" if self.test.difference > 0 else "worse"
        gap = words.points(self.test.difference)
        return f"{direction} by {gap} of {what} (95 % interval {low} to {high}, {words.p_value(self.p_value)})"


def compare(board: Leaderboard) -> list[Comparison]:
    """Test the best model against each other one, in the order of the leaderboard.

    Scores are means over the seeds of a model. P-values are adjusted together.
    """
    found = [_compare(board.best, other, board.primary) for other in board.models[1:]]
    tested = [one for one in found if one.test is not None]
    adjusted = iter(holm([one.test.p_value for one in tested if one.test is not None]))
    return [one if one.test is None else Comparison(one.other, one.metric, one.test, next(adjusted)) for one in found]


def _compare(best: Model, other: Model, primary: str) -> Comparison:
    ours, theirs = _counts(best), _counts(other)
    if ours is not None and theirs is not None and ours.shape == theirs.shape:
        return Comparison(other, "f1_micro", paired_f1_test(ours, theirs))
    for metric in (primary, *_STAND_INS):
        ours, theirs = mean_scores(best, metric), mean_scores(other, metric)
        if ours is not None and theirs is not None and ours.shape == theirs.shape:
            return Comparison(other, metric, paired_test(ours, theirs))
    return Comparison(other)


def _counts(model: Model) -> NDArray[np.float64] | None:
    """Right, spurious and missed spans of each sentence, shape (n_sentences, 3)."""
    columns = [column for name in _COUNTS if (column := mean_scores(model, name)) is not None]
    if len(columns) < len(_COUNTS) or len({len(column) for column in columns}) > 1:
        return None
    return np.stack(columns, axis=1)


def mean_scores(model: Model, metric: str) -> NDArray[np.float64] | None:
    """Mean over the seeds of each example's score, shape (n,); None where a run lacks them or a score is not finite."""
    found = [run.result.scores.get(metric, ()) for run in model.runs]
    if len({len(scores) for scores in found}) > 1 or not len(found[0]):
        return None
    mean: NDArray[np.float64] = np.mean(np.array(found, dtype=np.float64), axis=0)
    return mean if np.isfinite(mean).all() else None
