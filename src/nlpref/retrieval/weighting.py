"""How much the first of two score columns should count, judged by queries with known answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlpref.metrics.ranking import per_query
from nlpref.retrieval.fusion import Candidates
from nlpref.types import JudgedQuery

__all__ = ["CUTOFF", "GRID", "group_numbers", "judged", "try_weights", "weigh"]

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
    return dict(zip(GRID, weigh(candidates, queries).mean(axis=1).tolist(), strict=True))


def weigh(
    candidates: Sequence[Candidates], queries: Sequence[JudgedQuery], weights: Sequence[float] = GRID
) -> NDArray[np.float64]:
    """nDCG@10 of each query under each weight, (n_weights, n_queries); arguments as for ``try_weights``."""
    rows = [[_ndcg(found, query, weight) for found, query in zip(candidates, queries, strict=True)] for weight in weights]
    return np.array(rows, dtype=np.float64).reshape(len(weights), len(queries))


def group_numbers(queries: Sequence[JudgedQuery]) -> NDArray[np.intp]:
    """Number of the group of each query, (n_queries,): those about the same document are no independent draws.

    The first of its relevant documents, by id, stands for what a query is about. Numbers do not depend on the order of the
    queries.
    """
    about = [min(id_ for id_, grade in query.relevance.items() if grade > 0) for query in queries]
    number = {id_: place for place, id_ in enumerate(sorted(set(about)))}
    return np.array([number[id_] for id_ in about], dtype=np.intp)


def _ndcg(found: Candidates, query: JudgedQuery, weight: float) -> float:
    ranking = [hit.id for hit in found.fuse([weight, 1 - weight], CUTOFF)]
    return per_query(query.relevance, ranking, CUTOFF)[f"ndcg@{CUTOFF}"]
