"""What a linear classifier is to learn: one label for each text, or a weight for every label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.selection import Indices
from nlpref.errors import InputError

__all__ = ["Targets"]

LEAST = 1e-4
"""Weights below this are left out: each costs a row."""


@dataclass(frozen=True)
class Targets:
    """Labels of texts, certain or not.

    Args:
        codes: Position of the label of each text, the most probable one, (n_texts,).
        weights: Of each label for each text, (n_texts, n_labels); None where all are certain.
    """

    codes: Indices
    weights: NDArray[np.float64] | None

    @classmethod
    def of(cls, given: Sequence[str], labels: Sequence[str], weights: NDArray[np.floating] | None) -> Self:
        """Targets of texts.

        Args:
            given: Label of each text.
            labels: All labels, sorted.
            weights: Of each label, for the first of the texts; the others are certain. None if all are.

        Raises:
            InputError: if weights do not have a column for each label, or a row for more texts than there are; if one is
                negative or no number, or a label has none.
        """
        codes = np.searchsorted(labels, given)
        if weights is None:
            return cls(codes, None)
        table = np.asarray(weights, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != len(labels) or len(table) > len(codes):
            raise InputError(f"weights need shape (n_train, n_labels) with {len(labels)} labels, got {table.shape}")
        if not (np.isfinite(table).all() and (table >= 0).all() and (table > LEAST).any(axis=0).all()):
            raise InputError("weights must be finite and not negative, and each label must have some; check the probabilities")
        return cls(codes, np.concatenate([table, np.eye(len(labels))[codes[len(table) :]]]))

    def train(self, estimator: Any, features: Any, rows: Indices) -> Any:
        """Fit a scikit-learn classifier on some of the texts; where labels are uncertain, on the expected loss.

        Args:
            estimator: Takes ``sample_weight`` in its ``fit``.
            features: Of these texts alone, (n_rows, n_features).
            rows: Which they are.
        """
        if self.weights is None:
            return estimator.fit(features, self.codes[rows])
        weights = self.weights[rows]
        repeated, codes = np.nonzero(weights > LEAST)
        return estimator.fit(features[repeated], codes, sample_weight=weights[repeated, codes])
