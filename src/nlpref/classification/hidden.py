"""One hidden layer before the linear one, for prediction by numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import StorageError

__all__ = ["HiddenLayer"]

WEIGHTS = "hidden.npz"


@dataclass(frozen=True)
class HiddenLayer:
    """Rectified linear units.

    Args:
        weights: float32, (n_features, n_units).
        bias: float32, (n_units,).
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the units say of each row: float32, (n_rows, n_units), from (n_rows, n_features)."""
        return np.asarray(np.maximum(features @ self.weights + self.bias, 0), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the weights into an existing folder."""
        np.savez(folder / WEIGHTS, weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote.

        Raises:
            StorageError: if weights and bias do not fit each other.
        """
        with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
            layer = cls(arrays["weights"], arrays["bias"])
        if layer.weights.ndim != 2 or layer.bias.shape != layer.weights.shape[1:]:
            raise StorageError(f"{folder}: a bias of shape {layer.bias.shape} does not fit weights of {layer.weights.shape}")
        return layer
