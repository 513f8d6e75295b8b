"""Training pairs for a reranker: what is relevant, and what a retriever takes for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from nlpref.protocols import Retriever
from nlpref.retrieval.costs import cut
from nlpref.retrieval.weighting import judged
from nlpref.types import JudgedQuery

__all__ = ["GradedPair", "carve", "cut_some", "mine_pairs", "set_apart"]

GradedPair = tuple[str, str, float]
"""Query, text, grade; a grade above 0 is relevant."""


def carve(queries: Sequence[JudgedQuery], part: int = 5) -> tuple[list[JudgedQuery], list[JudgedQuery]]:
    """Split queries by the hash of their text: the lowest one in ``part``, but at least one, go to the second list.

    Queries of the same text stay together, and order does not matter. A single query stays in the first list.
    """
    numbers = sorted({_number(query.text) for query in queries})
    if len(numbers) < 2:
        return list(queries), []
    last = numbers[max(1, len(numbers) // part) - 1]
    kept = [query for query in queries if _number(query.text) > last]
    return kept, [query for query in queries if _number(query.text) <= last]


def set_apart(
    train: Sequence[JudgedQuery], validation: Sequence[JudgedQuery], *, learns: bool
) -> tuple[list[JudgedQuery], list[JudgedQuery]]:
    """Judged queries that something may learn from, and those by which to choose how it is used.

    Without validation queries, a fifth of the train queries is carved for the choice. Where nothing is learnt, all of them can
    judge.

    Args:
        train: Train queries.
        validation: Validation queries.
        learns: Whether anything learns from the train queries.
    """
    learn, held = judged(train), judged(validation)
    if not (learn and learns):
        return [], held or learn
    return (learn, held) if held else carve(learn)


def mine_pairs(
    first: Retriever, texts: Mapping[str, str], queries: Sequence[JudgedQuery], *, depth: int, negatives: int, seed: int
) -> list[GradedPair]:
    """Every relevant text of each query, and ``negatives`` others drawn from the retriever's best ``depth``.

    Args:
        first: A fitted retriever.
        texts: Text by document id.
        queries: Judged queries; those without a relevant document are left out.
        depth: Hits to draw from.
        negatives: Number drawn for a query.
        seed: With the query's text, fixes the draw.
    """
    known = judged(queries)
    answers: dict[str, set[str]] = {}  # by text, since a reranker cannot tell queries of the same text apart
    for query in known:
        answers.setdefault(query.text, set()).update(id_ for id_, grade in query.relevance.items() if grade > 0)
    pairs: list[GradedPair] = []
    for query, hits in zip(known, first.search([query.text for query in known], depth), strict=True):
        relevant = {id_: grade for id_, grade in query.relevance.items() if grade > 0}
        others = [hit.id for hit in hits if hit.id not in answers[query.text]]
        rng = np.random.default_rng([seed, _number(query.text)])
        drawn = rng.permutation(len(others))[:negatives]
        pairs += [(query.text, texts[id_], float(grade)) for id_, grade in relevant.items() if id_ in texts]
        pairs += [(query.text, texts[others[row]], 0.0) for row in sorted(drawn.tolist())]
    return pairs


def cut_some(pairs: Sequence[GradedPair], lengths: Sequence[int], seed: int) -> list[GradedPair]:
    """The same pairs, where the texts of a query are whole or all cut to one of the lengths, drawn for each query.

    Args:
        pairs: Of ``mine_pairs``.
        lengths: Characters; none leaves all whole.
        seed: With the query's text, fixes the draw.

    Example:
        >>> cut_some([("parcel", "where is my parcel", 1.0)], [8, 9], seed=0)
        [('parcel', 'where is', 1.0)]
    """
    choices = (None, *lengths)
    drawn = {query: np.random.default_rng([seed, 1, _number(query)]).integers(len(choices)) for query, _, _ in pairs}
    return [(query, cut(text, choices[drawn[query]]), grade) for query, text, grade in pairs]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
