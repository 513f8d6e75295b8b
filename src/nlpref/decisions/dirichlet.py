"""Dirichlet calibration: a full matrix on the logarithms of the probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import softmax

from nlpref.decisions.affine import calibrating_map
from nlpref.decisions.calibrator import Floats, logs_of
from nlpref.held_out import Indices

__all__ = ["DirichletCalibrator"]


@dataclass(frozen=True)
class DirichletCalibrator:
    """Any linear map of the logarithms: it can mend labels that are taken for one another; answers may change.

    It has ``n_labels * (n_labels + 1)`` numbers to learn, so it is for few labels or many examples. It begins from
    temperature scaling and goes as far from it as pays under cross-validation.

    Args:
        factors: float64, (n_labels, n_labels), rows are the labels that come out.
        offsets: float64, (n_labels,).

    Source: Kull et al. 2019, equation 2 (linear parametrisation); they pull the entries off the diagonal towards 0 and
        leave the diagonal free, ours are all pulled towards temperature scaling.
    """

    factors: Floats
    offsets: Floats

    @classmethod
    def fit(cls, probabilities: Floats, targets: Indices, seed: int) -> Self:
        """The matrix and offsets that make the gold labels most likely; ``seed`` fixes the folds."""
        return cls(*calibrating_map(logs_of(probabilities), targets, full=True, seed=seed))

    def __call__(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, float64, (n_texts, n_labels)."""
        return np.asarray(softmax(logs_of(probabilities) @ self.factors.T + self.offsets, axis=1), dtype=np.float64)
