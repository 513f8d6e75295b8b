"""How much the first of two score columns should count, judged by queries with known answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nlpref.metrics.ranking import per_query
from nlpref.retrieval.fusion import Candidates
from nlpref.types import JudgedQuery

__all__ = ["GRID", "judged", "try_weights"]

GRID = tuple(step / 20 for step in range(21))
"""Weights tried: 0 to 1 in steps of 0.05."""
CUTOFF = 10


def judged(queries: Sequence[JudgedQuery]) -> list[JudgedQuery]:
    """The queries that have a relevant document; the others say nothing about a ranking."""
    return [query for query in queries if any(grade > 0 for grade in query.relevance.values())]


def try_weights(candidates: Sequence[Candidates], queries: Sequence[JudgedQuery]) -> dict[float, float]:
    """Mean nDCG@10 for each weight of ``GRID``, given to the first row of scores; the second gets the rest.

    Args:
        candidates: Two rows of scores for each query.
        queries: Queries with at least one relevant document, in the same order.
    """
    return {weight: _mean_ndcg(candidates, queries, weight) for weight in GRID}


def _mean_ndcg(candidates: Sequence[Candidates], queries: Sequence[JudgedQuery], weight: float) -> float:
    rankings = [[hit.id for hit in found.fuse([weight, 1 - weight], CUTOFF)] for found in candidates]
    scores: Sequence[Mapping[str, float]] = [
        per_query(query.relevance, ranking, CUTOFF) for query, ranking in zip(queries, rankings, strict=True)
    ]
    return float(np.mean([score[f"ndcg@{CUTOFF}"] for score in scores]))
