"""From which score on a text counts as inside, so that not too many texts inside are wrong or rejected: a promise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.metrics.risk_control import binomial_p_values, fixed_sequence_test

__all__ = ["ScopeThreshold", "promised_scope"]


@dataclass(frozen=True)
class ScopeThreshold:
    """Where the border lies, and what it does on the examples it was chosen on.

    Args:
        value: Texts that score less are rejected; None, so that none is, if the promise cannot be made.
        lost: Share of the examples that are lost: rejected, or wrong where that counts.
        rejected: Share that is rejected.
        examples: How many there were.
    """

    value: float | None
    lost: float
    rejected: float
    examples: int


def promised_scope(scores: NDArray[np.float64], right: NDArray[np.bool_], allowed: float, level: float) -> ScopeThreshold:
    """The highest threshold at which at most the share ``allowed`` of new texts inside is lost, save with chance ``level``.

    A text is lost if it is rejected or not right. Thresholds are tested from the lowest score up, until the exact binomial
    test fails. As the threshold rises, losses can only become more, so no correction for many tests is due.

    Args:
        scores: Of texts inside that no training has seen, higher is more inside, (n_examples,), at least one.
        right: Whether each is not lost by itself, (n_examples,).
        allowed: Share that may be lost, in (0, 1).
        level: Chance that more are, over the draw of the examples, in (0, 1).

    Source: Angelopoulos et al. 2021 (Learn then Test); Clopper and Pearson 1934 (the binomial tail).
    """
    n = len(scores)
    values = np.unique(scores)  # to reject below a score is to reject all that score less
    order = np.sort(scores[right])
    kept_right = len(order) - np.searchsorted(order, values, side="left")
    passed = fixed_sequence_test(binomial_p_values(n - kept_right, n, allowed), level)
    if not passed:
        return ScopeThreshold(None, float(1 - right.mean()), 0.0, n)
    value = float(values[passed - 1])
    return ScopeThreshold(value, float(1 - kept_right[passed - 1] / n), float((scores < value).mean()), n)
