"""Vector scaling: a factor and an offset for each label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import softmax

from nlpref.decisions.affine import calibrating_map
from nlpref.decisions.calibrator import Floats, logs_of
from nlpref.held_out import Indices

__all__ = ["VectorCalibrator"]


@dataclass(frozen=True)
class VectorCalibrator:
    """Each label's logarithm times a factor plus an offset. It can mend labels that are told too often; answers may change.

    It begins from temperature scaling and goes as far from it as pays under cross-validation, so that few examples of
    many labels do no harm.

    Args:
        factors: float64, (n_labels,).
        offsets: float64, (n_labels,).

    Source: Guo et al. 2017, section 4.2 (vector scaling); the pull towards temperature scaling is ours.
    """

    factors: Floats
    offsets: Floats

    @classmethod
    def fit(cls, probabilities: Floats, targets: Indices, seed: int) -> Self:
        """The factors and offsets that make the gold labels most likely; ``seed`` fixes the folds."""
        return cls(*calibrating_map(logs_of(probabilities), targets, full=False, seed=seed))

    def __call__(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, float64, (n_texts, n_labels)."""
        return np.asarray(softmax(logs_of(probabilities) * self.factors + self.offsets, axis=1), dtype=np.float64)
