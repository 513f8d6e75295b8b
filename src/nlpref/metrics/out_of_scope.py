"""How well texts out of scope are told from those inside, and what that costs inside.

A text inside counts as right if its label is right and it is not rejected. So the accuracy in scope falls as more is
rejected, and detectors are compared by the share of texts out of scope that they reject while it stays at some level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.metrics.significance import estimates
from nlpref.results import Estimate

__all__ = ["LEVELS", "detection_estimates", "scope_estimates"]

FloatArray = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVELS = (0.95, 0.94, 0.93, 0.92)
"""Accuracies in scope at which the recall out of scope is told."""


def scope_estimates(gold: Sequence[str], predicted: Sequence[str], outside: str, resamples: int = 1000) -> dict[str, Estimate]:
    """What a classifier with a label for texts out of scope does, with percentile bootstrap intervals.

    Gives ``in_scope_accuracy``, the share of texts inside with the right label, and ``out_of_scope_recall``, the share of
    texts outside that are rejected. One of which there are no texts is absent.

    Args:
        gold: Gold labels, n_texts of them.
        predicted: Predicted labels, as many.
        outside: The label of texts out of scope.
        resamples: Number of resamples.

    Raises:
        InputError: if the lengths differ, or there is no text.
    """
    if len(gold) != len(predicted):
        raise InputError(f"gold and predicted need the same length, got {len(gold)} and {len(predicted)}")
    right = np.array([one == other for one, other in zip(gold, predicted, strict=True)], dtype=np.float64)
    out = np.array([label == outside for label in gold], dtype=np.float64)

    def shares(weights: FloatArray) -> dict[str, FloatArray]:
        with np.errstate(invalid="ignore"):
            return {
                "in_scope_accuracy": (right * (1 - out)) @ weights / ((1 - out) @ weights),
                "out_of_scope_recall": (right * out) @ weights / (out @ weights),
            }

    return estimates(shares, len(gold), resamples)


def detection_estimates(
    scores: NDArray[Any],
    right: Flags,
    inside: Flags,
    levels: Sequence[float] = LEVELS,
    resamples: int = 1000,
) -> dict[str, Estimate]:
    """What a score can tell, whatever the threshold, with percentile bootstrap intervals.

    Gives ``auroc``, the chance that a text inside scores higher than one outside, and for each level ``recall@level``:
    the share of texts outside that score below the highest threshold at which the accuracy in scope still is the level.
    A level that is not reached even if nothing is rejected is absent.

    Args:
        scores: Higher is more inside, (n_texts,).
        right: Whether the label would be right if the text were not rejected, (n_texts,); ignored outside.
        inside: Whether the text is in scope, (n_texts,).
        levels: Accuracies in scope, in (0, 1].
        resamples: Number of resamples.

    Raises:
        InputError: if shapes differ, a score is not finite, or there are no texts inside or none outside.

    Source: Larson et al. 2019 (recall out of scope beside accuracy in scope); Hendrycks and Gimpel 2017 (AUROC).

    Example:
        >>> flags = lambda *values: np.array(values, dtype=bool)
        >>> found = detection_estimates(np.array([4.0, 3.0, 2.0, 1.0]), flags(1, 0, 1, 0), flags(1, 0, 1, 0), (0.5, 1.0))
        >>> {name: estimate.value for name, estimate in found.items()}
        {'auroc': 0.75, 'recall@0.5': 1.0, 'recall@1': 0.5}
    """
    return estimates(_Curve(scores, right, inside, levels), len(scores), resamples)


class _Curve:
    """Texts by falling score, in groups of equal score."""

    def __init__(self, scores: NDArray[Any], right: Flags, inside: Flags, levels: Sequence[float]) -> None:
        values = np.asarray(scores, dtype=np.float64)
        if values.ndim != 1 or not values.shape == right.shape == inside.shape or not np.isfinite(values).all():
            raise InputError(
                f"scores, right and inside need one shape (n_texts,) and finite scores, got {values.shape}, {right.shape} and "
                f"{inside.shape}"
            )
        if not inside.any() or inside.all():
            raise InputError(f"detection needs texts inside and texts outside, got {inside.sum()} and {(~inside).sum()}")
        self._order = np.argsort(-values, kind="stable")
        self._starts = np.flatnonzero(np.concatenate([[True], np.diff(values[self._order]) != 0]))
        self._inside = inside[self._order].astype(np.float64)[:, None]
        self._right = (right & inside)[self._order].astype(np.float64)[:, None]
        self._levels = levels

    def __call__(self, weights: FloatArray) -> Mapping[str, FloatArray]:
        ranked = weights[self._order]
        inside, right, outside = (
            np.add.reduceat(ranked * flags, self._starts, axis=0) for flags in (self._inside, self._right, 1 - self._inside)
        )
        kept, let_in = np.cumsum(right, axis=0), np.cumsum(outside, axis=0)
        n_in, n_out = inside.sum(axis=0), let_in[-1]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = {"auroc": (inside * (n_out - let_in + outside / 2)).sum(axis=0) / (n_in * n_out)}
            for level in self._levels:
                enough = kept >= level * n_in - 1e-9
                recall = 1 - np.take_along_axis(let_in, enough.argmax(axis=0)[None], axis=0)[0] / n_out
                found[f"recall@{level:g}"] = np.where(enough[-1], recall, np.nan)
        return found
