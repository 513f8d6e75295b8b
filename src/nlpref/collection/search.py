"""Search in what is seen of a collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.collection.settings import CollectionSettings
from nlpref.collection.view import View
from nlpref.retrieval.ordering import near_best
from nlpref.retrieval.terms import terms_of
from nlpref.types import Hit

__all__ = ["Search"]


@dataclass(frozen=True)
class Search:
    """At most so many documents for each query, score falling, ties by id.

    Args:
        view: What is searched.
        settings: How its documents are read and scored.
        allowed: Which of its documents may be found, (n_documents,); None for all that live.
    """

    view: View
    settings: CollectionSettings
    allowed: NDArray[np.bool_] | None = None

    def by_words(self, texts: Sequence[str], k: int) -> list[list[Hit]]:
        """By BM25."""
        matches, allowed = self.view.words, self.allowed
        empty = matches.empty if allowed is None else matches.restricted(allowed[self.view.parents])
        terms = terms_of(texts, self.settings.stemmer, self.settings.stopwords)
        if self.settings.chunk is None:
            return [self._hits(*pair, k) for pair in matches.best(terms, k, empty)]
        return [self._hits(*self._of_documents(*matches.score(one, empty)), k) for one in terms]

    def by_vectors(self, queries: NDArray[np.float32], k: int) -> list[list[Hit]]:
        """By inner products with the vectors of the queries, (n_queries, dim)."""
        if not self.view.parts:
            return [[] for _ in queries]
        live = self.view.live if self.allowed is None else self.allowed
        return [self._hits(documents, scores, k) for documents, scores in self.view.vectors.best(queries, k, live)]

    def _of_documents(self, rows: NDArray[np.intp], scores: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Documents of some rows, and what they score by them."""
        parents = self.view.parents[rows]
        firsts = np.flatnonzero(np.diff(parents, prepend=-1))
        if not len(firsts):
            return parents, scores
        reduce: Any = np.maximum if self.settings.combine == "best" else np.add
        return parents[firsts], reduce.reduceat(scores, firsts)

    def _hits(self, documents: NDArray[Any], scores: NDArray[np.float32], k: int) -> list[Hit]:
        """As ``top_hits``, without the id of what cannot be among the best."""
        near = near_best(scores, k)
        ids = self.view.ids(documents[near].tolist())
        ranked = sorted(zip((-scores[near]).tolist(), ids, strict=True))[:k]
        return [Hit(id_, -score) for score, id_ in ranked]
