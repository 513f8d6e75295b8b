"""Temperature scaling: one factor for all margins, so that the probabilities are as sure as they may be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

__all__ = ["temperature_scale"]

Indices = NDArray[np.intp]


def temperature_scale(margins: NDArray[np.float64], gold: Indices) -> float:
    """The factor (inverse temperature) that makes the softmax of the margins most likely.

    The gold label gets probability (n + 1) / (n + 2) as target instead of 1, so that few, perfectly
    separated examples do not make the model infinitely sure.

    Source: Guo et al. 2017, section 4.2 (temperature scaling); Platt 1999, section 2.2 (targets).
    """
    spread = 1 / (len(gold) + 2)

    def loss(log_scale: float) -> float:
        logs = log_softmax(margins * np.exp(log_scale), axis=1)
        right = logs[np.arange(len(gold)), gold]
        wrong = (logs.sum(axis=1) - right) / (margins.shape[1] - 1)
        return float(-((1 - spread) * right + spread * wrong).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded").x))
