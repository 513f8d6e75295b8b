"""How alike a text is to the training texts that are most like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nlpref.blas import one_blas_thread
from nlpref.decisions.scope.evidence import Evidence
from nlpref.decisions.scope.scorer import Learnt
from nlpref.errors import InputError

__all__ = ["NearestNeighbours"]

BLOCK = 512
"""Texts compared with all training texts at once."""


@dataclass(frozen=True)
class NearestNeighbours:
    """Mean cosine similarity to the ``k`` nearest training texts.

    Args:
        k: How many; all of them if there are fewer.

    Raises:
        InputError: if ``k`` is below 1.

    Source: Sun et al. 2022, Out-of-distribution detection with deep nearest neighbors; the mean in place of the k-th.
    """

    k: int = 10
    name: str = "nearest_neighbours"
    needs: ClassVar[str | None] = "features"

    def __post_init__(self) -> None:
        if not isinstance(self.k, int) or self.k < 1:
            raise InputError(f"k must be a whole number from 1, got {self.k!r}")

    def learn(self, seen: Evidence, targets: NDArray[np.intp]) -> Learnt:
        """``known``, unit rows, float32, (n_texts, width).

        Raises:
            InputError: if there are no features.
        """
        return {"known": _unit(seen.needed("features", self.name))}

    def score(self, evidence: Evidence, learnt: Learnt) -> NDArray[np.float64]:
        """One for each text, from -1 to 1, (n_texts,)."""
        known = learnt["known"]
        nearest = min(self.k, len(known))
        rows = _unit(evidence.needed("features", self.name))
        with one_blas_thread():
            parts = [_mean_of_largest(rows[start : start + BLOCK] @ known.T, nearest) for start in range(0, len(rows), BLOCK)]
        return np.concatenate(parts)


def _mean_of_largest(similarities: NDArray[np.float32], count: int) -> NDArray[np.float64]:
    """(n_texts,), from (n_texts, n_known)."""
    largest = np.partition(similarities, similarities.shape[1] - count, axis=1)[:, -count:]
    return np.asarray(largest.mean(axis=1, dtype=np.float64), dtype=np.float64)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return np.asarray(rows / lengths, dtype=np.float32)
