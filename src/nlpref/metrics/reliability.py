"""How often a classifier is right where it says how sure it is: the bins of a reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from nlpref.errors import InputError

__all__ = ["ReliabilityBin", "expected_calibration_error", "reliability_bins"]


class ReliabilityBin(TypedDict):
    """The answers whose confidence is above ``low`` and at most ``high``: how many, how sure and how often right they are."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def reliability_bins(confidences: ArrayLike, right: ArrayLike, bins: int = 15) -> list[ReliabilityBin]:
    """Bins of equal width over [0, 1], those without an answer left out.

    Args:
        confidences: Probability of each answer, (n_texts,).
        right: Whether it is right, (n_texts,).
        bins: Number of bins.

    Raises:
        InputError: if the lengths differ or a confidence is not in [0, 1].

    Source: DeGroot & Fienberg 1983; Guo et al. 2017, section 2.

    Example:
        >>> [(row["count"], row["accuracy"]) for row in reliability_bins([0.95, 0.91, 0.5], [True, False, True], bins=10)]
        [(1, 1.0), (2, 0.5)]
    """
    sure, hits = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if sure.ndim != 1 or sure.shape != hits.shape:
        raise InputError(f"expected one confidence and one verdict for each text, got shapes {sure.shape} and {hits.shape}")
    if sure.size and not (sure.min() >= 0 and sure.max() <= 1):
        raise InputError(f"confidences must lie between 0 and 1, got {sure.min():g} to {sure.max():g}")
    places = np.clip(np.ceil(sure * bins).astype(np.intp) - 1, 0, bins - 1)
    return [
        ReliabilityBin(
            low=place / bins,
            high=(place + 1) / bins,
            count=int((places == place).sum()),
            confidence=float(sure[places == place].mean()),
            accuracy=float(hits[places == place].mean()),
        )
        for place in np.unique(places).tolist()
    ]


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Mean distance between confidence and accuracy of the bins, weighted by their counts; 0 without a bin.

    Source: Guo et al. 2017, equation 3.
    """
    total = sum(row["count"] for row in bins)
    return sum(row["count"] * abs(row["confidence"] - row["accuracy"]) for row in bins) / total if total else 0.0
