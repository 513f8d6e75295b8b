"""Rankings by a weighted sum: the weights tried one after the other, or learnt from pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlpref.retrieval.fusion_features import GradedList

__all__ = ["best_shares", "pairwise_logistic", "shares"]

Floats = NDArray[np.float64]
STEPS = {1: 1, 2: 20, 3: 10}
"""Parts into which the whole is divided among so many stages; among more of them, 5."""


def shares(stages: int) -> Iterator[tuple[float, ...]]:
    """All ways to divide the whole among the stages in equal steps, those nearest to equal shares first.

    Example:
        >>> [tuple(map(float, share)) for share in shares(2)][:3]
        [(0.5, 0.5), (0.45, 0.55), (0.55, 0.45)]
    """
    steps = STEPS.get(stages, 5)
    bars = combinations(range(steps + stages - 1), stages - 1)
    counts = [np.diff([-1, *places, steps + stages - 1]) - 1 for places in bars]
    even = [tuple(float(count) / steps for count in division) for division in counts]
    yield from sorted(even, key=lambda share: (round(sum((part - 1 / stages) ** 2 for part in share), 9), share))


def best_shares(stages: int, quality: Callable[[Floats], float]) -> Floats:
    """The division of best quality; of equally good ones, that which is nearest to equal shares."""
    tried = [np.array(share) for share in shares(stages)]
    scores = [quality(share) for share in tried]
    return tried[int(np.argmax(scores))]


def pairwise_logistic(lists: Sequence[GradedList], C: float = 1.0) -> Floats | None:
    """Weights of the features by which a better document scores above a worse one of the same query.

    A logistic regression on the differences of features, each query counted once however many pairs it has. Features are
    scaled to variance one before. None if no query has a better and a worse document.

    Args:
        lists: Documents of the queries.
        C: Inverse strength of the penalty on weights.

    Source: Joachims 2002 and Burges et al. 2005 (learning to rank from pairs, by the logistic loss).
    """
    differences, weights = [], []
    for one in lists:
        better, worse = np.nonzero(one.grades[:, None] > one.grades[None, :])
        if len(better):
            differences.append(one.features[better] - one.features[worse])
            weights.append(np.full(len(better), 1 / len(better)))
    if not differences:
        return None
    spread = np.concatenate([one.features for one in lists]).std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    rows, counted = np.concatenate(differences) / scale, np.concatenate(weights)
    # each pair stands in both orders, as a classifier needs both answers
    regression = LogisticRegression(C=C, fit_intercept=False, max_iter=1000)
    regression.fit(np.concatenate([rows, -rows]), np.repeat([1, 0], len(rows)), np.concatenate([counted, counted]))
    learnt: Floats = np.where(spread > 0, regression.coef_[0] / scale, 0.0)
    return learnt
