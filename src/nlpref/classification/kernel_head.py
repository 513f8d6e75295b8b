"""The layer that ends a few-shot classifier: every training text speaks for labels to the texts that are like it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlpref import storage
from nlpref.blas import one_blas_thread
from nlpref.errors import StorageError
from nlpref.probabilities import softmax

__all__ = ["KernelHead", "likeness"]

VECTORS = "kernel.npz"
LABELS = "labels.json"


@dataclass(frozen=True)
class KernelHead:
    """Each training text speaks for labels, as loudly as a text is like it; the softmax of the sums.

    Args:
        labels: One for each column.
        vectors: Unit vectors of the training texts, float32, (n_train, dim).
        weights: What each says, float32, (n_train, n_labels).
        width: See ``likeness``.
    """

    labels: tuple[str, ...]
    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    width: float

    def margins(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """What the softmax is taken of, for unit vectors, float64, (n_texts, n_labels)."""
        with one_blas_thread():
            return np.asarray(likeness(vectors, self.vectors, self.width) @ self.weights, dtype=np.float64)

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Label probabilities of unit vectors, float32, (n_texts, n_labels)."""
        return softmax(self.margins(vectors)).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write vectors, weights and labels into an existing folder."""
        np.savez(folder / VECTORS, vectors=self.vectors, weights=self.weights, width=np.float64(self.width))
        storage.write_json(folder / LABELS, list(self.labels))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if labels and weights do not fit each other.
        """
        labels = tuple(storage.read_json(folder / LABELS))
        with np.load(folder / VECTORS, allow_pickle=False) as arrays:
            head = cls(labels, arrays["vectors"], arrays["weights"], float(arrays["width"]))
        if head.weights.shape != (len(head.vectors), len(labels)):
            raise StorageError(f"{folder}: weights of shape {head.weights.shape} do not fit {len(labels)} labels")
        return head


def likeness(vectors: NDArray[np.float32], others: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """How like texts are to others, exp((cosine - 1) / width), (n_texts, n_others); 1 for the same vector.

    Args:
        vectors: Unit vectors, (n_texts, dim).
        others: Unit vectors, (n_others, dim).
        width: The smaller, the less do those count that are not very like.

    Source: the radial basis function of unit vectors, whose squared distance is 2 - 2 cosine.
    """
    found: NDArray[np.float32] = np.exp((vectors @ others.T - np.float32(1)) / np.float32(width))
    return found
