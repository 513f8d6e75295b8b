"""Scores of ranked lists against graded relevance judgements. Grades above 0 are relevant; unjudged is not relevant.

Ranks are given by the order of the ids, so ties in score must be broken before (nlpref breaks them by id).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlpref.errors import InputError
from nlpref.metrics.significance import mean_interval
from nlpref.results import Estimate

__all__ = ["QueryScores", "per_query", "score_queries"]

RECALL_CUTOFFS = (1, 10, 100)


@dataclass(frozen=True)
class QueryScores:
    """Scores by metric name, one for each query that has relevant documents.

    Args:
        scores: Scores by metric name, in the order of ``queries``.
        queries: Positions of the scored queries in what was given.
        skipped: Number of queries without a relevant document; no ranking can be right or wrong for them.
    """

    scores: Mapping[str, Sequence[float]]
    queries: tuple[int, ...]
    skipped: int

    def means(self) -> dict[str, float]:
        """Mean of each metric over the scored queries."""
        return {name: math.fsum(values) / len(values) for name, values in self.scores.items()}

    def estimates(self, resamples: int = 1000, seed: int = 0, level: float = 0.95) -> dict[str, Estimate]:
        """Means with percentile bootstrap intervals over queries."""
        return {name: mean_interval(values, resamples, seed, level) for name, values in self.scores.items()}


def per_query(relevance: Mapping[str, int], ranked_ids: Sequence[str], k: int = 10) -> dict[str, float]:
    """``ndcg@k``, ``mrr@k``, ``recall@1``, ``recall@10``, ``recall@100`` and ``map`` of one query.

    ``map`` is the average precision over the whole list given; the gain of nDCG is the grade itself.

    Args:
        relevance: Grades by document id; negative grades count as 0.
        ranked_ids: Document ids, best first.
        k: Cutoff of nDCG and MRR.

    Raises:
        InputError: if no document is relevant, an id is ranked twice, or ``k`` is below 1.

    Source: Järvelin & Kekäläinen (2002) with linear gain, as in trec_eval's ``ndcg_cut``.

    Example:
        >>> scores = per_query({"a": 2, "b": 1}, ["x", "a"], k=10)
        >>> scores["mrr@10"], scores["recall@10"], scores["map"]
        (0.5, 0.5, 0.25)
    """
    grades = {name: grade for name, grade in relevance.items() if grade > 0}
    if not grades:
        raise InputError("a query needs at least one document with a grade above 0; score_queries counts and skips the others")
    if k < 1:
        raise InputError(f"k needs to be at least 1, got {k}")
    if isinstance(ranked_ids, str) or len(set(ranked_ids)) != len(ranked_ids):
        raise InputError(f"ranked ids need to be a sequence of distinct ids, got {ranked_ids!r:.80}")
    ideal = sorted(grades.values(), reverse=True)
    ranks = [rank for rank, name in enumerate(ranked_ids, start=1) if name in grades]
    best = ranks[0] if ranks else math.inf
    scores = {
        f"ndcg@{k}": _gain([grades.get(name, 0) for name in ranked_ids[:k]]) / _gain(ideal[:k]),
        f"mrr@{k}": 1 / best if best <= k else 0.0,
    }
    scores |= {f"recall@{cutoff}": sum(rank <= cutoff for rank in ranks) / len(grades) for cutoff in RECALL_CUTOFFS}
    scores["map"] = math.fsum(found / rank for found, rank in enumerate(ranks, start=1)) / len(grades)
    return scores


def score_queries(relevances: Sequence[Mapping[str, int]], rankings: Sequence[Sequence[str]], k: int = 10) -> QueryScores:
    """Score many queries; those without a relevant document are left out of the means and counted.

    Args:
        relevances: Grades by document id, one mapping for each query.
        rankings: Document ids, best first, one list for each query, in the same order.
        k: Cutoff of nDCG and MRR.

    Raises:
        InputError: if the numbers of queries differ, or no query has a relevant document.
    """
    if len(relevances) != len(rankings):
        raise InputError(f"relevances and rankings need the same queries, got {len(relevances)} and {len(rankings)}")
    kept = tuple(row for row, relevance in enumerate(relevances) if any(grade > 0 for grade in relevance.values()))
    if not kept:
        raise InputError(f"none of the {len(relevances)} queries has a relevant document, so there is nothing to score")
    rows = [per_query(relevances[row], rankings[row], k) for row in kept]
    return QueryScores({name: [row[name] for row in rows] for name in rows[0]}, kept, len(relevances) - len(kept))


def _gain(grades: Sequence[int]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
