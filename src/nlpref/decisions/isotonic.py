"""Isotonic calibration: for each label against the rest, whatever rising step function fits best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.isotonic import IsotonicRegression

from nlpref.decisions.calibrator import Floats
from nlpref.held_out import Indices

__all__ = ["IsotonicCalibrator"]


@dataclass(frozen=True)
class IsotonicCalibrator:
    """A rising piecewise linear curve for each label, then rows are divided by their sums.

    It assumes no form and so needs more examples than the others, hundreds for each label. A label of which none is held
    out keeps its probabilities, and so does a text for which all curves say 0. Answers may change, and tie.

    Args:
        given: Where the curves bend, all labels one after the other, rising within each, float64, (n_bends,).
        made: What they give there, float64, (n_bends,).
        ends: Number of bends up to the end of each label, (n_labels,).

    Source: Zadrozny & Elkan 2002 (isotonic regression of each label, rows made to sum to 1).
    """

    given: Floats
    made: Floats
    ends: Indices

    @classmethod
    def fit(cls, probabilities: Floats, targets: Indices, seed: int) -> Self:
        """The curves of least squared error; ``seed`` plays no part."""
        curves = [_curve(column, targets == label) for label, column in enumerate(probabilities.T)]
        given, made = (np.concatenate(parts) for parts in zip(*curves, strict=True))
        return cls(given, made, np.cumsum([len(bends) for bends, _ in curves]))

    def __call__(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, float64, (n_texts, n_labels)."""
        bends, values = np.split(self.given, self.ends[:-1]), np.split(self.made, self.ends[:-1])
        found = np.stack([np.interp(*each) for each in zip(probabilities.T, bends, values, strict=True)], axis=1)
        found = np.where(found.sum(axis=1, keepdims=True) > 0, found, probabilities)
        return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)


def _curve(scores: Floats, hits: np.ndarray) -> tuple[Floats, Floats]:
    if not hits.any():
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, hits.astype(np.float64))
    return fitted.X_thresholds_, fitted.y_thresholds_
