"""Weighted counts of labels, for many resamples at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelTallies", "precision_recall_f1"]

FloatArray = NDArray[np.float64]


class LabelTallies:
    """Gold, predicted and agreeing counts of each label that occurs.

    Args:
        gold: Label ids, shape (n,).
        predicted: Label ids, shape (n,).
    """

    def __init__(self, gold: NDArray[Any], predicted: NDArray[Any]) -> None:
        self.labels = np.unique(np.concatenate([gold, predicted]))
        self._gold = _Groups(gold, self.labels)
        self._predicted = _Groups(predicted, self.labels)
        # Examples that disagree go to a group of their own, which is cut off again.
        other = self.labels[-1] + 1
        self._agreeing = _Groups(np.where(gold == predicted, gold, other), np.append(self.labels, other))

    def count(self, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """True positives, predicted and gold counts, each of shape (n_labels, n_resamples)."""
        return self._agreeing.sum(weights)[:-1], self._predicted.sum(weights), self._gold.sum(weights)

    def macro(self, weights: FloatArray) -> dict[str, FloatArray]:
        """Means over the labels that occur in gold or predicted of each resample, each of shape (n_resamples,)."""
        agreeing, predicted, gold = self.count(weights)
        present = (predicted + gold) > 0
        scores = precision_recall_f1(agreeing, predicted, gold)
        return {name: (score * present).sum(axis=0) / present.sum(axis=0) for name, score in scores.items()}


class _Groups:
    """Sums of rows by group: rows are brought into group order once, then each sum is one pass."""

    def __init__(self, groups: NDArray[Any], names: NDArray[Any]) -> None:
        self._order = np.argsort(groups, kind="stable")
        self._size = len(names)
        present, self._starts = np.unique(groups[self._order], return_index=True)
        self._rows = np.searchsorted(names, present)

    def sum(self, weights: FloatArray) -> FloatArray:
        sums = np.zeros((self._size, weights.shape[1]))
        sums[self._rows] = np.add.reduceat(weights[self._order], self._starts, axis=0)
        return sums


def precision_recall_f1(agreeing: FloatArray, predicted: FloatArray, gold: FloatArray) -> dict[str, FloatArray]:
    """Precision, recall and F1 from counts of any one shape; 0 where the denominator is 0."""
    return {
        "precision": _ratio(agreeing, predicted),
        "recall": _ratio(agreeing, gold),
        "f1": _ratio(2 * agreeing, predicted + gold),
    }


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=np.asarray(whole) > 0)
