"""The linear layer that ends a classical classifier: weights in, calibrated probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.errors import StorageError
from nlpref.probabilities import softmax

__all__ = ["LinearHead", "margins_of"]

WEIGHTS = "weights.npz"
LABELS = "labels.json"


@dataclass(frozen=True)
class LinearHead:
    """Softmax of a linear map.

    Args:
        labels: One for each column.
        weights: float32, (n_features, n_labels).
        bias: float32, (n_labels,).
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def of(cls, estimator: Any, labels: Sequence[str], scale: float) -> Self:
        """Take over a fitted scikit-learn linear classifier, its margins multiplied by ``scale``."""
        weights, bias = estimator.coef_.T, estimator.intercept_
        if len(labels) == 2:  # scikit-learn keeps one column for two labels
            weights, bias = np.hstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls(tuple(labels), np.ascontiguousarray(weights * scale, dtype=np.float32), (bias * scale).astype(np.float32))

    def margins(self, features: Any) -> NDArray[np.float64]:
        """What the softmax is taken of, float64, (n_rows, n_labels), for dense or sparse features."""
        return np.asarray(features @ self.weights, dtype=np.float64) + self.bias

    def probabilities(self, features: Any) -> NDArray[np.float32]:
        """Label probabilities, float32, (n_rows, n_labels), for dense or sparse features."""
        return softmax(self.margins(features)).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write weights and labels into an existing folder."""
        np.savez(folder / WEIGHTS, weights=self.weights, bias=self.bias)
        storage.write_json(folder / LABELS, list(self.labels))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if labels and weights do not fit each other.
        """
        labels = tuple(storage.read_json(folder / LABELS))
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            head = cls(labels, arrays["weights"], arrays["bias"])
        if head.weights.ndim != 2 or not head.weights.shape[1] == len(head.bias) == len(labels):
            raise StorageError(f"{folder}: {len(labels)} labels do not fit weights of shape {head.weights.shape}")
        return head


def margins_of(estimator: Any, features: Any) -> NDArray[np.float64]:
    """Margins of a fitted scikit-learn linear classifier, (n_rows, n_labels)."""
    found = np.asarray(estimator.decision_function(features), dtype=np.float64)
    if found.ndim == 1:
        return np.stack([-found, found], axis=1) / 2
    return found
