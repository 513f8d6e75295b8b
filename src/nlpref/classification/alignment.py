"""Features of a source domain moved to where those of a target domain lie; no label has a part in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALIGNMENTS", "Align", "align_covariances", "align_means", "align_variances"]

Floats = NDArray[np.float64]
Align = Callable[[Floats, Floats], Floats]
"""Takes source, (n_source, dim), and target, (n_target, dim), and gives the source moved, (n_source, dim)."""
RIDGE = 1.0
"""Added to both covariances, as a share of the mean variance of the source: with as few texts as dimensions, the small
directions are noise."""
LEAST = 1e-12


def align_means(source: Floats, target: Floats) -> Floats:
    """Move the mean of the source onto that of the target."""
    moved: Floats = source - source.mean(axis=0) + target.mean(axis=0)
    return moved


def align_variances(source: Floats, target: Floats) -> Floats:
    """Give each dimension of the source the mean and the variance that it has in the target."""
    scale = target.std(axis=0) / np.maximum(source.std(axis=0), LEAST)
    moved: Floats = (source - source.mean(axis=0)) * scale + target.mean(axis=0)
    return moved


def align_covariances(source: Floats, target: Floats, ridge: float = RIDGE) -> Floats:
    """Give the source the mean and the covariance of the target.

    Args:
        source: Features, (n_source, dim).
        target: Features, (n_target, dim).
        ridge: Added to both covariances, as a share of the mean variance of the source.

    Source: Sun, Feng and Saenko 2016, Return of Frustratingly Easy Domain Adaptation (CORAL), algorithm 1, and the mean.
    """
    added = ridge * max(float(source.var(axis=0).mean()), LEAST) * np.eye(source.shape[1])
    whitened = (source - source.mean(axis=0)) @ _power(_covariance(source) + added, -0.5)
    moved: Floats = whitened @ _power(_covariance(target) + added, 0.5) + target.mean(axis=0)
    return moved


ALIGNMENTS: Mapping[str, Align] = {"means": align_means, "variances": align_variances, "covariances": align_covariances}
"""The ways by name, from the least that is changed to the most."""


def _covariance(rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=0)
    found: Floats = centred.T @ centred / len(rows)
    return found


def _power(matrix: Floats, exponent: float) -> Floats:
    """Power of a symmetric matrix whose eigenvalues are above zero."""
    values, axes = np.linalg.eigh(matrix)
    raised: Floats = (axes * np.maximum(values, LEAST) ** exponent) @ axes.T
    return raised
