"""How far a text is from the nearest class, measured by how texts scatter within classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nlpref.decisions.scope.evidence import Evidence
from nlpref.decisions.scope.scorer import Learnt
from nlpref.errors import InputError

__all__ = ["Mahalanobis"]

LEAST = 1e-6
"""Mean variance within classes, as a share of the mean square of a feature, below which texts count as not scattering."""


@dataclass(frozen=True)
class Mahalanobis:
    """Negative squared Mahalanobis distance to the nearest class mean, with one covariance for all classes.

    Args:
        shrinkage: Share of the mean variance times the identity in the covariance, in (0, 1]; it keeps directions in which
            texts hardly scatter from deciding everything.

    Raises:
        InputError: if the shrinkage is out of range.

    Source: Lee et al. 2018, A simple unified framework, equation 2; Podolskiy et al. 2021 (for intents); Ledoit and Wolf 2004
        (the target of the shrinkage).
    """

    shrinkage: float = 0.1
    name: str = "mahalanobis"
    needs: ClassVar[str | None] = "features"

    def __post_init__(self) -> None:
        if not 0 < self.shrinkage <= 1:
            raise InputError(f"shrinkage must lie above 0 and be at most 1, got {self.shrinkage!r}")

    def learn(self, seen: Evidence, targets: NDArray[np.intp]) -> Learnt:
        """``whitening``, (width, width), whose square is the inverse covariance, and the class ``means`` in those axes.

        Raises:
            InputError: if there are no features.
        """
        features = seen.needed("features", self.name)
        classes = np.unique(targets)
        means = np.stack([features[targets == one].mean(axis=0) for one in classes])
        scatter = features - means[np.searchsorted(classes, targets)]
        covariance = scatter.T @ scatter / len(features)
        variance = max(float(np.trace(covariance)) / len(covariance), LEAST * float((features**2).mean())) or 1.0
        covariance = (1 - self.shrinkage) * covariance + self.shrinkage * variance * np.eye(len(covariance))
        whitening = np.linalg.cholesky(np.linalg.inv(covariance))
        return {"whitening": whitening, "means": means @ whitening}

    def score(self, evidence: Evidence, learnt: Learnt) -> NDArray[np.float64]:
        """One for each text, at most 0, (n_texts,)."""
        white, means = evidence.needed("features", self.name) @ learnt["whitening"], learnt["means"]
        squares = (white**2).sum(axis=1)[:, None] - 2 * white @ means.T + (means**2).sum(axis=1)
        return np.asarray(-np.maximum(squares.min(axis=1), 0.0), dtype=np.float64)
