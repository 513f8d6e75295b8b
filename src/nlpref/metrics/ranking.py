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
    """Scores of one query by name.

    - ``ndcg@k``: discounted gain of the first k, as a share of the best possible; the gain is the grade itself.
    - ``mrr@k``: one over the rank of the first relevant document, 0 if it is beyond k.
    - ``recall@1``, ``recall@10``, ``recall@100``: share of the relevant documents among so many.
    - ``map``: average precision over the whole list given.
    - ``precision@k``: share of the first k that is relevant; a shorter list counts as k.
    - ``r_precision``: precision at the number of relevant documents.
    - ``success@1``, ``success@k``: whether any of so many is relevant.
    - ``bpref``: of the relevant documents, how many stand before the documents judged not relevant; the unjudged play no part.
    - ``judged@k``: share of the first k (or of a shorter list) that has a judgement. It says how far the others can be trusted.

    Args:
        relevance: Grades by document id. Grade 0 is judged and not relevant; negative grades are not relevant either, and in
            ``bpref`` count as unjudged, as in trec_eval.
        ranked_ids: Document ids, best first.
        k: Cutoff.

    Raises:
        InputError: if no document is relevant, an id is ranked twice, or ``k`` is below 1.

    Source: Järvelin & Kekäläinen (2002) with linear gain, as in trec_eval's ``ndcg_cut``; Buckley & Voorhees (2004) for bpref,
    as in trec_eval, which divides by the smaller of both numbers of judged documents.

    Example:
        >>> scores = per_query({"a": 2, "b": 1}, ["x", "a"], k=10)
        >>> scores["mrr@10"], scores["recall@10"], scores["map"], scores["r_precision"], scores["judged@10"]
        (0.5, 0.5, 0.25, 0.5, 0.5)
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
    scores |= {f"recall@{cutoff}": _within(ranks, cutoff) / len(grades) for cutoff in RECALL_CUTOFFS}
    scores["map"] = math.fsum(found / rank for found, rank in enumerate(ranks, start=1)) / len(grades)
    scores[f"precision@{k}"] = _within(ranks, k) / k
    scores["r_precision"] = _within(ranks, len(grades)) / len(grades)
    scores |= {f"success@{cutoff}": float(best <= cutoff) for cutoff in (1, k)}
    scores["bpref"] = _preference(relevance, ranked_ids)
    shown = ranked_ids[:k]
    scores[f"judged@{k}"] = sum(name in relevance for name in shown) / len(shown) if shown else 0.0
    return scores


def score_queries(relevances: Sequence[Mapping[str, int]], rankings: Sequence[Sequence[str]], k: int = 10) -> QueryScores:
    """Score many queries; those without a relevant document are left out of the means and counted.

    Args:
        relevances: Grades by document id, one mapping for each query.
        rankings: Document ids, best first, one list for each query, in the same order.
        k: Cutoff, as in ``per_query``.

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


def _within(ranks: Sequence[int], cutoff: int) -> int:
    """Number of relevant documents among so many."""
    return sum(rank <= cutoff for rank in ranks)


def _preference(relevance: Mapping[str, int], ranked_ids: Sequence[str]) -> float:
    relevant = sum(grade > 0 for grade in relevance.values())
    bound = min(relevant, sum(grade == 0 for grade in relevance.values()))
    before, total = 0, 0.0
    for name in ranked_ids:
        grade = relevance.get(name, -1)
        if grade > 0:
            total += 1 - min(before, bound) / bound if before else 1.0
        elif grade == 0:
            before += 1
    return total / relevant


def _gain(grades: Sequence[int]) -> float:
    return math.fsum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, start=1))
