"""Two retrievers as one, such as terms and meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

from sklearn.base import BaseEstimator

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.protocols import Retriever
from nlpref.retrieval.checks import check_collection, check_cutoff, check_share
from nlpref.retrieval.fusion import METHODS, Candidates, align
from nlpref.retrieval.weighting import judged, try_weights
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["HybridRetriever"]


class HybridRetriever(BaseEstimator):
    """Adds the normalised scores of two retrievers over all that either finds.

    Args:
        first: A retriever; ``fit`` fits it.
        second: A retriever; ``fit`` fits it.
        weight: Share of the first, 0 to 1; None chooses the share of best mean nDCG@10 on the train queries.
        depth: Hits taken from each for one query (more if more are asked for).
        method: ``minmax`` or ``zscore`` of the scores, or ``rrf`` for reciprocal ranks.

    After ``fit``: ``weight_``, and ``weights_tried_``, mean nDCG@10 on the train queries by weight.

    Source: Bruch, Gai and Ingber 2023 (a weighted sum of normalised scores, its weight chosen on few
    queries, beats reciprocal rank fusion).

    Example:
        >>> from nlpref.retrieval import Bm25Retriever
        >>> both = HybridRetriever(Bm25Retriever(), Bm25Retriever(stemmer=None))
        >>> both.fit([Document("a", "lost parcels"), Document("b", "lost parcel")]).search(["parcel"], k=1)[0][0].id
        'b'
    """

    def __init__(
        self,
        first: Retriever,
        second: Retriever,
        weight: float | None = None,
        depth: int = 100,
        method: Literal["minmax", "zscore", "rrf"] = "minmax",
    ) -> None:
        self.first = first
        self.second = second
        self.weight = weight
        self.depth = depth
        self.method = method

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Fit both retrievers, then choose the weight; without judged train queries it is 0.5.

        Raises:
            InputError: if documents or queries do not fit, an id comes twice, or a setting is out of range.
        """
        documents = check_collection(documents, train, validation)
        check_cutoff(self.depth, "depth")
        if self.method not in METHODS:
            raise InputError(f"method is {self.method!r}, expected one of {', '.join(METHODS)}")
        weight = None if self.weight is None else check_share(self.weight, "weight")
        self.first.fit(documents, train, validation)
        self.second.fit(documents, train, validation)
        self.weights_tried_: Mapping[float, float] = {}
        known = judged(train)
        if weight is None and known:
            self.weights_tried_ = try_weights(self._candidates([query.text for query in known], self.depth), known)
            # of equally good weights, the one that trusts both most alike
            weight = max(self.weights_tried_, key=lambda tried: (self.weights_tried_[tried], -abs(tried - 0.5)))
        self.weight_ = 0.5 if weight is None else weight
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, fused score falling, ties by id.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k = check_cutoff(k)
        candidates = self._candidates(check_texts(queries), max(k, self.depth))
        return [found.fuse([self.weight_, 1 - self.weight_], k) for found in candidates]

    def search_agreeing(self, queries: Sequence[str], k: int = 10) -> list[tuple[list[Hit], float]]:
        """What ``search`` gives, each with the share of the ten best hits that both retrievers have in common."""
        self._check_fitted()
        weights = [self.weight_, 1 - self.weight_]
        return [(found.fuse(weights, k), found.agreement()) for found in self._candidates(queries, max(k, self.depth))]

    def save(self, folder: Path) -> None:
        """Write both retrievers and ``weight.json``."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            tried = [[weight, score] for weight, score in self.weights_tried_.items()]
            storage.write_json(made / "weight.json", {"weight": self.weight_, "tried": tried})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        retriever = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / "weight.json")
        retriever.weight_ = saved["weight"]
        retriever.weights_tried_ = dict(saved["tried"])
        return retriever

    def _candidates(self, queries: Sequence[str], depth: int) -> list[Candidates]:
        pairs = zip(self.first.search(queries, depth), self.second.search(queries, depth), strict=True)
        return [align(pair, self.method) for pair in pairs]

    def _check_fitted(self) -> None:
        if not hasattr(self, "weight_"):
            raise NotFittedError("HybridRetriever is not fitted yet; call fit(documents, train) or load(folder)")
