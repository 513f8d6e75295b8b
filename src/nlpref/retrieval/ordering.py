"""The one order of search results, and the one way inner products are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.types import Hit

__all__ = ["inner_products", "near_best", "top_hits", "top_hits_among", "top_rows"]


def top_hits(ids: Sequence[str], scores: NDArray[Any], k: int) -> list[Hit]:
    """The ``k`` best, score falling, equal scores by rising id.

    Args:
        ids: One for each score.
        scores: Shape (n,), higher is better.
        k: Cutoff.
    """
    return [Hit(ids[row], float(scores[row])) for row in top_rows(ids, scores, k)]


def top_hits_among(ids: Sequence[str], rows: NDArray[np.intp], scores: NDArray[Any], k: int) -> list[Hit]:
    """As ``top_hits``, of some rows alone, and without the ids of those that cannot be among the best.

    Args:
        ids: Of all rows.
        rows: Those that were found, (n,).
        scores: Theirs, (n,).
        k: Cutoff.
    """
    near = near_best(scores, k)
    return top_hits([ids[row] for row in rows[near].tolist()], scores[near], k)


def near_best(scores: NDArray[Any], k: int) -> NDArray[np.intp]:
    """Places, rising, of the scores that can be among the ``k`` best: all that are not below the ``k``-th."""
    if 0 < k < len(scores):
        return np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
    return np.arange(len(scores))


def top_rows(ids: Sequence[str], scores: NDArray[Any], k: int) -> list[int]:
    """Places of the ``k`` best in the order of ``top_hits``."""
    rows = near_best(scores, k)
    return sorted(rows.tolist(), key=lambda row: (-scores[row], ids[row]))[:k]


def inner_products(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Inner product of each row with a query, shape (n,).

    A matrix product is faster, but its last bits depend on how many rows and queries are at hand, which
    would break ties, and the equality of one search and many, at random. Here each row stands alone.
    """
    products: NDArray[np.float32] = np.einsum("nd,d->n", vectors, query, optimize=False)
    return products
