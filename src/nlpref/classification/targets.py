"""What a classifier is to learn: one label for each text, or a weight for every label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.balancing import Balancing
from nlpref.classification.selection import Indices
from nlpref.errors import InputError

__all__ = ["Targets"]

LEAST = 1e-4
"""Weights below this are left out: each costs a row."""


@dataclass(frozen=True)
class Targets:
    """Labels of texts, certain or not, and what is done about those that are rare.

    Args:
        labels: All labels, sorted.
        codes: Position of the label of each text, the most probable one, (n_texts,).
        weights: Of each label for each text, (n_texts, n_labels); None where all are certain.
        balancing: Which texts are repeated, and what a label counts for.
        seed: Of the texts that are repeated.
    """

    labels: tuple[str, ...]
    codes: Indices
    weights: NDArray[np.float64] | None
    balancing: Balancing
    seed: int

    @classmethod
    def of(
        cls,
        given: Sequence[str],
        labels: Sequence[str],
        weights: NDArray[np.floating] | None,
        balancing: Balancing = Balancing(),
        seed: int = 0,
    ) -> Self:
        """Targets of texts.

        Args:
            given: Label of each text.
            labels: All labels, sorted.
            weights: Of each label, for the first of the texts; the others are certain. None if all are.
            balancing: Which texts are repeated, and what a label counts for.
            seed: Of the texts that are repeated.

        Raises:
            InputError: if weights do not have a column for each label, or a row for more texts than there are; if one is
                negative or no number, or a label has none.
        """
        codes = np.searchsorted(labels, given)
        if weights is None:
            return cls(tuple(labels), codes, None, balancing, seed)
        table = np.asarray(weights, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != len(labels) or len(table) > len(codes):
            raise InputError(f"weights need shape (n_train, n_labels) with {len(labels)} labels, got {table.shape}")
        if not (np.isfinite(table).all() and (table >= 0).all() and (table > LEAST).any(axis=0).all()):
            raise InputError("weights must be finite and not negative, and each label must have some; check the probabilities")
        certain = np.eye(len(labels))[codes[len(table) :]]
        return cls(tuple(labels), codes, np.concatenate([table, certain]), balancing, seed)

    @property
    def drawn(self) -> Indices:
        """The texts that are learned from, some of them several times, (n_drawn,)."""
        return self.balancing.drawn(self.codes, self.seed)

    def label_weights(self, rows: Indices) -> NDArray[np.float64] | None:
        """What an example of each label counts for if these texts are learned from, (n_labels,); None if all are alike."""
        if self.weights is None:
            counts: NDArray[np.number] = np.bincount(self.codes[rows], minlength=len(self.labels))
        else:
            counts = self.weights[rows].sum(axis=0)
        return self.balancing.label_weights(self.labels, counts)

    def train(self, estimator: Any, features: Any, rows: Indices) -> Any:
        """Fit a scikit-learn classifier on some of the texts; where labels are uncertain, on the expected loss.

        Args:
            estimator: Takes ``sample_weight`` in its ``fit``.
            features: Of these texts alone, (n_rows, n_features).
            rows: Which they are.
        """
        if self.weights is None and self.balancing.idle:
            return estimator.fit(features, self.codes[rows])
        drawn = self.balancing.drawn(self.codes[rows], self.seed)
        repeated, codes, weights = drawn, self.codes[rows][drawn], np.ones(len(drawn))
        if self.weights is not None:
            table = self.weights[rows][drawn]
            which, codes = np.nonzero(table > LEAST)
            repeated, weights = drawn[which], table[which, codes]
        if (by_label := self.label_weights(rows[drawn])) is not None:
            weights = weights * by_label[codes]
        return estimator.fit(features[repeated], codes, sample_weight=weights)
