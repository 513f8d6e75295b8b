"""Least squares on likeness to the training texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from nlpref.classification.kernel_head import KernelHead, likeness
from nlpref.classification.selection import Indices
from nlpref.temperature import temperature_scale

__all__ = ["fit_kernel", "solve"]

Floats = NDArray[np.float64]


def fit_kernel(
    vectors: NDArray[np.float32], targets: Indices, labels: tuple[str, ...], penalties: Floats, n_judged: int, width: float
) -> KernelHead:
    """Fit the head; its temperature is the one under which texts that are left out are most likely.

    Where no label has two texts, nothing can be left out, and the margins stay as they are: unsure.

    Args:
        vectors: Unit vectors of the training texts, (n_texts, dim).
        targets: Number of the label of each, (n_texts,).
        labels: All labels, sorted.
        penalties: Added to the likeness of each text with itself, (n_texts,); the more, the less its label is believed.
        n_judged: How many of the texts, from the first, are left out to be judged by; made-up ones come after them.
        width: Of the likeness.
    """
    weights, left_out = solve(vectors, targets, len(labels), penalties, n_judged, width)
    gold = targets[:n_judged]
    fair = np.bincount(targets)[gold] > 1
    scale = temperature_scale(left_out[fair], gold[fair]) if fair.any() else 1.0
    return KernelHead(labels, vectors, (weights * scale).astype(np.float32), width)


def solve(
    vectors: NDArray[np.float32], targets: Indices, n_labels: int, penalties: Floats, n_judged: int, width: float
) -> tuple[Floats, Floats]:
    """Solve the least squares, and for some texts those without them, which costs one more right-hand side for each.

    Returns:
        What each text says of each label, (n_texts, n_labels); and the margins of the first ``n_judged``, each as if it had
        not been learnt from, (n_judged, n_labels).

    Source: Rifkin and Lippert 2007, Notes on Regularized Least Squares, section 5 (the error of a text left out is its
    weight over its place on the diagonal of the inverse).
    """
    aims = np.eye(n_labels)[targets] - 1 / n_labels
    alike = likeness(vectors, vectors, width).astype(np.float64)
    alike[np.diag_indices_from(alike)] += penalties
    solved = cho_solve(cho_factor(alike, overwrite_a=True), np.hstack([aims, np.eye(len(vectors), n_judged)]))
    weights, inverse = solved[:, :n_labels], solved[:, n_labels:]
    return weights, aims[:n_judged] - weights[:n_judged] / np.diag(inverse)[:, None]
