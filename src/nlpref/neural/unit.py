"""Rows of unit length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["unit_or_zero_rows", "unit_rows"]

TINY = np.float32(1e-12)
"""Shorter rows have no direction."""


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to unit length; a row of zeros becomes the last axis.

    Principal components come in order of variance, so the last axis is the one along which texts differ least: what
    says nothing is like nothing in particular.

    Args:
        rows: float32, (n_rows, dim); left as they are.

    Returns:
        float32, (n_rows, dim).
    """
    lengths = _lengths(rows)
    scaled: NDArray[np.float32] = np.divide(rows, np.maximum(lengths, TINY), dtype=np.float32)
    if (empty := lengths[:, 0] < TINY).any():
        scaled[empty] = np.eye(1, rows.shape[1], rows.shape[1] - 1, dtype=np.float32)
    return scaled


def unit_or_zero_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale rows to unit length; a row of zeros stays one.

    Args:
        rows: float32, (n_rows, dim); left as they are.

    Returns:
        float32, (n_rows, dim).
    """
    return np.asarray(np.divide(rows, np.maximum(_lengths(rows), TINY)), dtype=np.float32)


def _lengths(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n_rows, 1)."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None], dtype=np.float32)
