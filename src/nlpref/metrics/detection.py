"""Finding few among many by a score: precision at a wanted recall, average precision, and what a yes or no is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.significance import interval
from nlpref.results import Estimate

__all__ = ["average_precision", "detection_estimates", "precision_at_recall"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
RECALL = 0.7


def precision_at_recall(scores: Floats, sought: Flags, recall: float = RECALL) -> float:
    """Precision of the shortest list, highest scores first, that holds this share of what is sought; nan if nothing is sought.

    Args:
        scores: Higher is likelier to be sought, (n,); equal ones stay in their order.
        sought: (n,).
        recall: Above 0, at most 1.

    Example:
        >>> precision_at_recall(np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False]), recall=1.0).__round__(2)
        0.67
    """
    found = np.cumsum(sought[np.argsort(-scores, kind="stable")])
    if not len(found) or not found[-1]:
        return float("nan")
    last = int(np.argmax(found >= recall * found[-1] - 1e-9))
    return float(found[last] / (last + 1))


def average_precision(scores: Floats, sought: Flags) -> float:
    """Mean over what is sought of the precision of the list that ends with it; nan if nothing is sought.

    Example:
        >>> average_precision(np.array([0.9, 0.8, 0.7]), np.array([True, False, True])).__round__(3)
        0.833
    """
    ordered = sought[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    return float(precision[ordered].mean()) if ordered.any() else float("nan")


def detection_estimates(
    scores: Floats, flagged: Flags, sought: Flags, recall: float = RECALL, resamples: int = 1000, seed: int = 0
) -> dict[str, Estimate]:
    """How well scores and flags find what is sought, with bootstrap intervals.

    Gives ``precision_at_recall_0.7`` (for that recall) and ``average_precision`` of the scores, ``flagged_recall`` and, if
    there is any flag, ``flagged_precision``.

    Raises:
        InputError: if lengths differ, or nothing is sought.
    """
    if not len(scores) == len(flagged) == len(sought) or not sought.any():
        raise InputError(
            f"scores, flags and truth need the same length and something to be found, got {len(scores)}, {len(flagged)} and "
            f"{len(sought)} with {int(sought.sum())} sought"
        )
    statistics = {
        f"precision_at_recall_{recall:g}": lambda rows: precision_at_recall(scores[rows], sought[rows], recall),
        "average_precision": lambda rows: average_precision(scores[rows], sought[rows]),
        "flagged_recall": lambda rows: _share(flagged[rows] & sought[rows], sought[rows]),
    }
    if flagged.any():
        statistics["flagged_precision"] = lambda rows: _share(flagged[rows] & sought[rows], flagged[rows])
    return {name: interval(statistic, len(scores), resamples, seed) for name, statistic in statistics.items()}


def _share(part: Flags, whole: Flags) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")
