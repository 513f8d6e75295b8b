"""Threshold moving: probabilities divided by how frequent each label was in training, as far as held-out examples ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from nlpref.decisions.calibrator import Floats, logs_of
from nlpref.held_out import Indices
from nlpref.metrics.tallies import precision_recall_f1

__all__ = ["PriorAdjustment", "f1_of_gold_labels"]


@dataclass(frozen=True)
class PriorAdjustment:
    """Probabilities over ``prior ** power``, scaled to sum to 1.

    With power 1 they are those of a world in which all labels are equally frequent; with 0 they stay as they are.

    Args:
        prior: Share of each label in training, above 0, float64, (n_labels,).
        power: 0 or more.
        tried: Held-out macro F1 of each power that was tried.

    Source: Menon et al. 2021, Long-tail learning via logit adjustment (post-hoc; its tau is the power here).

    Example:
        >>> moved = PriorAdjustment(np.array([0.2, 0.8]), 1.0, {})(np.array([[0.5, 0.5]]))
        >>> moved.round(3).tolist()
        [[0.8, 0.2]]
    """

    prior: NDArray[np.float64]
    power: float
    tried: dict[float, float]

    @classmethod
    def fit(cls, probabilities: Floats, targets: Indices, prior: NDArray[np.float64], powers: Sequence[float]) -> Self:
        """The power of best macro F1, the smallest of equals.

        Args:
            probabilities: Of held-out examples, (n_examples, n_labels).
            targets: Columns of the gold labels, (n_examples,).
            prior: Share of each label in training, above 0.
            powers: To choose from.
        """
        tried = {
            power: f1_of_gold_labels(cls(prior, power, {})(probabilities).argmax(axis=1), targets) for power in sorted(powers)
        }
        return cls(prior, max(tried, key=lambda power: tried[power]), tried)

    def __call__(self, probabilities: Floats) -> Floats:
        """Adjusted probabilities, float64, (n_texts, n_labels)."""
        return np.asarray(softmax(logs_of(probabilities) - self.power * np.log(self.prior), axis=1), dtype=np.float64)


def f1_of_gold_labels(predicted: Indices, targets: Indices) -> float:
    """Mean F1 over the labels that occur among the targets, so that one that was not met says nothing.

    Args:
        predicted: Columns, (n_examples,).
        targets: Columns; -1, which is never predicted, is a label of its own.
    """
    labels, gold = np.unique(targets, return_counts=True)
    said = np.array([(predicted == label).sum() for label in labels], dtype=np.float64)
    agreeing = np.array([((predicted == label) & (targets == label)).sum() for label in labels], dtype=np.float64)
    return float(precision_recall_f1(agreeing, said, gold.astype(np.float64))["f1"].mean())
