"""One ranking made of several: pure functions over lists of hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlpref.errors import InputError
from nlpref.retrieval.ordering import top_hits
from nlpref.types import Hit

__all__ = ["METHODS", "Candidates", "align", "min_max", "reciprocal_rank_fusion", "weighted_fusion", "z_scores"]

METHODS = ("minmax", "zscore", "rrf")
RANK_CONSTANT = 60
"""Source: Cormack, Clarke and Büttcher 2009."""


@dataclass(frozen=True)
class Candidates:
    """What several rankings found for one query, on one scale.

    Args:
        ids: Every id found by any of them.
        scores: Shape (n_rankings, n_ids), higher is better.
    """

    ids: tuple[str, ...]
    scores: NDArray[np.float64]

    def fuse(self, weights: Sequence[float], k: int) -> list[Hit]:
        """The best ``k`` by weighted sum of the scores, ties by id."""
        return top_hits(self.ids, np.asarray(weights, dtype=np.float64) @ self.scores, k)

    def agreement(self, k: int = 10) -> float:
        """Share of the best ``k`` of each of the first two rankings that the other has there as well; 0 if nothing is found."""
        one, other = ({hit.id for hit in top_hits(self.ids, row, k)} for row in self.scores[:2])
        return len(one & other) / max(len(one), 1)


def min_max(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores moved to [0, 1]; all 1 if they are all the same, so that being found counts more than not being found."""
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)


def z_scores(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores with mean 0 and standard deviation 1; all 0 if they are all the same."""
    return (scores - scores.mean()) / scores.std() if scores.max() > scores.min() else np.zeros_like(scores)


def align(rankings: Sequence[Sequence[Hit]], method: str) -> Candidates:
    """Bring rankings of one query to one scale.

    Args:
        rankings: Lists of hits, best first.
        method: ``minmax`` of the scores or ``rrf``, 1 / (60 + rank) (what a list lacks gets 0), or ``zscore``
            (what a list lacks gets the list's minimum).

    Raises:
        InputError: if the method is none of these.
    """
    if method not in METHODS:
        raise InputError(f"method is {method!r}, expected one of {', '.join(METHODS)}")
    ids = tuple(sorted({hit.id for ranking in rankings for hit in ranking}))
    rows = [_scale(ranking, method) for ranking in rankings]
    lowest = [min(row.values(), default=0.0) if method == "zscore" else 0.0 for row in rows]
    table = [[row.get(id_, low) for id_ in ids] for row, low in zip(rows, lowest, strict=True)]
    return Candidates(ids, np.array(table, dtype=np.float64).reshape(len(rankings), len(ids)))


def weighted_fusion(rankings: Sequence[Sequence[Hit]], weights: Sequence[float], k: int, method: str = "minmax") -> list[Hit]:
    """Weighted sum of normalised scores over the union of the rankings.

    Args:
        rankings: Lists of hits, best first.
        weights: One for each ranking.
        k: Cutoff.
        method: As in ``align``.

    Raises:
        InputError: if there is not one weight for each ranking, or the method is unknown.

    Example:
        >>> [hit.id for hit in weighted_fusion([[Hit("a", 9.0), Hit("b", 1.0)], [Hit("b", 0.8), Hit("c", 0.1)]], [0.4, 0.6], 2)]
        ['b', 'a']
    """
    if len(weights) != len(rankings):
        raise InputError(f"got {len(weights)} weights for {len(rankings)} rankings, expected one for each")
    return align(rankings, method).fuse(weights, k)


def reciprocal_rank_fusion(rankings: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """Sum of 1 / (60 + rank) over the rankings; needs no scores and no weights.

    Source: Cormack, Clarke and Büttcher 2009, section 2.
    """
    return weighted_fusion(rankings, [1.0] * len(rankings), k, "rrf")


def _scale(ranking: Sequence[Hit], method: str) -> Mapping[str, float]:
    if not ranking:
        return {}
    if method == "rrf":
        return {hit.id: 1 / (RANK_CONSTANT + rank) for rank, hit in enumerate(ranking, start=1)}
    scores = np.array([hit.score for hit in ranking], dtype=np.float64)
    scaled = min_max(scores) if method == "minmax" else z_scores(scores)
    return dict(zip([hit.id for hit in ranking], scaled.tolist(), strict=True))
