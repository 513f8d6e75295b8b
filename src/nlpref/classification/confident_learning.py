"""Confident learning: which labels are in doubt, from probabilities by a model that has not learned from them.

Throughout, ``probabilities`` has shape (n_texts, n_labels), and ``codes`` holds the column of the label that each text has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from nlpref.classification.selection import Indices
from nlpref.errors import InputError

__all__ = ["SCORES", "confident_joint", "confident_thresholds", "doubted", "suspicion"]

Floats = NDArray[np.float64]
_LEAST = 1e-12
NONE = -1
"""Stands where a text is confidently of no label."""


def confident_thresholds(probabilities: Floats, codes: Indices) -> Floats:
    """Mean probability of each label over the texts that have it, (n_labels,); infinite for a label that no text has.

    From this probability on, a text counts as confidently of the label.

    Source: Northcutt et al. 2021, equation 2.
    """
    counts = np.bincount(codes, minlength=probabilities.shape[1])
    sums = np.bincount(codes, weights=probabilities[np.arange(len(codes)), codes], minlength=probabilities.shape[1])
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.inf))


def confident_joint(probabilities: Floats, codes: Indices) -> NDArray[np.int64]:
    """How many texts of each label (rows) are confidently of each label (columns), (n_labels, n_labels).

    Source: Northcutt et al. 2021, equation 1.

    Example:
        >>> confident_joint(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.9, 0.1]]), np.array([0, 0, 1, 1])).tolist()
        [[1, 0], [1, 1]]
    """
    table = np.zeros((probabilities.shape[1],) * 2, dtype=np.int64)
    confident = _confidently(probabilities, codes)
    sure = confident != NONE
    np.add.at(table, (codes[sure], confident[sure]), 1)
    return table


def doubted(probabilities: Floats, codes: Indices) -> NDArray[np.bool_]:
    """Whether a text is confidently of another label than its own, which is not the most probable one, (n_texts,).

    Source: Northcutt et al. 2021, section 3.2 (the off-diagonal of the confident joint); cleanlab 2.9, which leaves out, as
    here, texts whose own label is the most probable one.
    """
    confident = _confidently(probabilities, codes)
    own = probabilities[np.arange(len(codes)), codes]
    return np.asarray((confident != NONE) & (confident != codes) & (own < probabilities.max(axis=1) - 1e-8))


def suspicion(probabilities: Floats, codes: Indices, by: str = "log_ratio") -> Floats:
    """How suspicious the label of each text is, (n_texts,); higher is more suspicious.

    ``self_confidence``: one minus the probability of the label. ``margin``: probability of the best other label minus that of
    the label, brought to [0, 1]. ``log_ratio``: logarithm of the best other label's probability over the label's; above 0
    where the model would change the label. The ratio tells two labels that share the probability from a label that is ruled
    out.

    Raises:
        InputError: if there is no such score, or shapes do not fit.

    Source: Kuan and Mueller 2022 (self-confidence and normalised margin).

    Example:
        >>> table, given = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 0])
        >>> suspicion(table, given, "margin").round(2).tolist(), suspicion(table, given).round(2).tolist()
        ([0.1, 0.8], [-2.2, 1.39])
    """
    if by not in SCORES:
        raise InputError(f"there is no score {by!r} of suspicion; expected one of {', '.join(SCORES)}")
    if probabilities.ndim != 2 or len(codes) != len(probabilities) or probabilities.shape[1] < 2:
        raise InputError(
            f"probabilities need shape (n_texts, n_labels) with a row for each of the {len(codes)} labels given and two columns "
            f"or more, got {probabilities.shape}"
        )
    rows = np.arange(len(codes))
    others = np.array(probabilities, dtype=np.float64)
    others[rows, codes] = -np.inf
    return np.asarray(SCORES[by](np.asarray(probabilities, dtype=np.float64)[rows, codes], others.max(axis=1)))


def _log_ratio(own: Floats, other: Floats) -> Floats:
    return np.asarray(np.log(np.maximum(other, _LEAST)) - np.log(np.maximum(own, _LEAST)))


SCORES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "log_ratio": _log_ratio,
    "margin": lambda own, other: (other - own + 1) / 2,
    "self_confidence": lambda own, _: 1 - own,
}
"""From the probability of the label and of the best other one to suspicion."""


def _confidently(probabilities: Floats, codes: Indices) -> Indices:
    """The label that a text is confidently of, the most probable of several, ``NONE`` without any, (n_texts,)."""
    reached = probabilities >= confident_thresholds(probabilities, codes) - 1e-6
    best = np.where(reached, probabilities, -np.inf).argmax(axis=1)
    return np.asarray(np.where(reached.any(axis=1), best, NONE), dtype=np.intp)
