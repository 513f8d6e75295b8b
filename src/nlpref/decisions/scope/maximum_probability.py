"""The simplest score: how sure the classifier is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nlpref.decisions.scope.evidence import Evidence
from nlpref.decisions.scope.scorer import Learnt

__all__ = ["MaximumProbability"]


@dataclass(frozen=True)
class MaximumProbability:
    """Logarithm of the highest probability.

    Source: Hendrycks and Gimpel 2017, A baseline for detecting misclassified and out-of-distribution examples.

    Example:
        >>> MaximumProbability().score(Evidence(np.array([[0.5, 0.5], [1.0, 0.0]])), {}).round(3).tolist()
        [-0.693, 0.0]
    """

    name: str = "maximum_probability"
    needs: ClassVar[str | None] = None

    def learn(self, seen: Evidence, targets: NDArray[np.intp]) -> Learnt:
        """Nothing."""
        return {}

    def score(self, evidence: Evidence, learnt: Learnt) -> NDArray[np.float64]:
        """One for each text, at most 0, (n_texts,)."""
        return np.asarray(np.log(evidence.probabilities.max(axis=1)), dtype=np.float64)
