"""Which texts without a label a classifier may learn from next: those it is surest of, of each label its share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlpref.held_out import Indices

__all__ = ["surest"]


def surest(probabilities: NDArray[np.floating], share: float) -> tuple[Indices, Indices]:
    """The surest of the texts for which each label is the most probable one, so that no label crowds out the others.

    Args:
        probabilities: Of labels, (n_texts, n_labels).
        share: Of the texts of each label that are taken, rounded up; of equals the first.

    Returns:
        Rows in ascending order, and the label that each is taken for, both (n_taken,).

    Source: Zou et al. 2018, section 3.3 (class-balanced self-training).

    Example:
        >>> rows, codes = surest(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]), 0.5)
        >>> rows.tolist(), codes.tolist()
        ([0, 2], [0, 1])
    """
    best, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    taken = []
    for label in range(probabilities.shape[1]):
        rows = np.flatnonzero(best == label)
        ordered = rows[np.argsort(-sureness[rows], kind="stable")]
        taken.append(ordered[: int(np.ceil(share * len(rows)))])
    rows = np.sort(np.concatenate(taken))
    return rows, best[rows]
