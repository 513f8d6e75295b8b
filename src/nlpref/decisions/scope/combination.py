"""Several scores made one, without a text out of scope to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Combination"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Combination:
    """Mean of the scores, each in standard deviations from its mean over held-out texts inside.

    Args:
        centres: Mean of each score over those texts, (n_scores,).
        spreads: Standard deviation of each; 1 for a score that is the same for all, (n_scores,).
    """

    centres: Floats
    spreads: Floats

    @classmethod
    def fit(cls, scores: Floats) -> Self:
        """Learn from the scores of texts inside that the classifier has not seen, (n_texts, n_scores)."""
        spreads = scores.std(axis=0)
        return cls(scores.mean(axis=0), np.where(spreads > 0, spreads, 1.0))

    def __call__(self, scores: Floats) -> Floats:
        """One score for each text, (n_texts,), from (n_texts, n_scores)."""
        return np.asarray(((scores - self.centres) / self.spreads).mean(axis=1), dtype=np.float64)
