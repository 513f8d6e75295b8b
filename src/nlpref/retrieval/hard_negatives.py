"""Documents that a retriever takes for relevant and that are not, as far as one can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlpref.errors import InputError
from nlpref.protocols import Retriever
from nlpref.types import Hit, JudgedQuery

__all__ = ["HardNegatives", "mine_negatives", "passing"]


@dataclass(frozen=True)
class HardNegatives:
    """Which documents a query is shown as negatives, beside those of the other queries of its batch.

    Args:
        count: Drawn for a query in each batch; 0 for none.
        lexical: Taken for a query from the best hits of BM25, to be drawn from.
        dense: Taken from the best hits of the encoder as it is before training.
        depth: Hits looked at.
        share: A hit whose score is not below this share of the relevant document's is left out: it may be relevant without
            having been judged. None leaves out only what was judged relevant.

    Raises:
        InputError: if a value is out of range.

    Source: Karpukhin et al. 2020 (negatives of BM25); Moreira et al. 2024, NV-Retriever, section 3.2 (TopK-PercPos, with 0.95).
    """

    count: int = 1
    lexical: int = 10
    dense: int = 10
    depth: int = 50
    share: float | None = 0.95

    def __post_init__(self) -> None:
        counts = (self.count, self.lexical, self.dense, self.depth - 1)
        if min(counts) < 0 or (self.share is not None and not 0 < self.share <= 1):
            raise InputError(f"expected count, lexical and dense >= 0, depth >= 1 and 0 < share <= 1 or None; got {self}")


def mine_negatives(
    stage: Retriever, queries: Sequence[JudgedQuery], *, count: int, depth: int, share: float | None
) -> list[list[str]]:
    """Ids of the best hits of each query that are not relevant to it, best first, at most ``count``.

    Args:
        stage: A fitted retriever.
        queries: Judged queries.
        count: Most ids of one query.
        depth: Hits looked at.
        share: See ``HardNegatives``.
    """
    if not count or not queries:
        return [[] for _ in queries]
    found = stage.search([query.text for query in queries], depth)
    return [passing(query, hits, share)[:count] for query, hits in zip(queries, found, strict=True)]


def passing(query: JudgedQuery, hits: Sequence[Hit], share: float | None) -> list[str]:
    """Ids of the hits that may serve as negatives, best first.

    A relevant document that is not among the hits counts as one with the score of the last; then none passes. Of several
    relevant documents, the one of the least score counts. Scores below 0 are their own share.
    """
    relevant = {id_ for id_, grade in query.relevance.items() if grade > 0}
    others = [hit for hit in hits if hit.id not in relevant]
    if share is None or not relevant or not hits:
        return [hit.id for hit in others]
    scores = {hit.id: hit.score for hit in hits}
    least = min(scores.get(id_, hits[-1].score) for id_ in relevant)
    limit = least * share if least > 0 else least
    return [hit.id for hit in others if hit.score < limit]
