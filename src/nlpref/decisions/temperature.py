"""Temperature scaling: one number, and no answer changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from nlpref.decisions.calibrator import Floats, logs_of
from nlpref.held_out import Indices
from nlpref.temperature import temperature_scale

__all__ = ["TemperatureCalibrator"]


@dataclass(frozen=True)
class TemperatureCalibrator:
    """All logarithms times one factor: below 1 the classifier was too sure, above 1 not sure enough.

    Args:
        scale: The factor, the inverse of the temperature, float64, ().

    Source: Guo et al. 2017, section 4.2.
    """

    scale: NDArray[np.float64]

    @classmethod
    def fit(cls, probabilities: Floats, targets: Indices, seed: int) -> Self:
        """The factor that makes the gold labels most likely; ``seed`` plays no part."""
        return cls(np.float64(temperature_scale(logs_of(probabilities), targets)) * np.ones(()))

    def __call__(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, float64, (n_texts, n_labels)."""
        return np.asarray(softmax(self.scale * logs_of(probabilities), axis=1), dtype=np.float64)
