"""A second, closer look at what a retriever found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

import numpy as np
from sklearn.base import BaseEstimator
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.session import current_session
from nlpref.protocols import Reranker, Retriever
from nlpref.retrieval.checks import check_collection, check_cutoff, check_share
from nlpref.retrieval.fusion import Candidates, min_max
from nlpref.retrieval.mining import GradedPair, carve, mine_pairs
from nlpref.retrieval.weighting import judged, try_weights
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["PreparableReranker", "RerankedRetriever", "TrainableReranker"]


@runtime_checkable
class TrainableReranker(Reranker, Protocol):
    """A reranker that learns from (query, text, grade) triples; grades above 0 are relevant."""

    def fit(self, train: Sequence[GradedPair], validation: Sequence[GradedPair] = ()) -> Self: ...


@runtime_checkable
class PreparableReranker(Reranker, Protocol):
    """A reranker that can read texts before it knows the query."""

    def prepare(self, texts: Sequence[str]) -> None: ...


class RerankedRetriever(BaseEstimator):
    """Lets a reranker reorder the first hits of a retriever; the hits below keep their order.

    Both scores are brought to [0, 1] over the reranked hits and added by ``blend``. The blend is chosen
    on held-out queries, and is 0, so that the first stage is returned untouched, unless another blend
    does better there: a reranker that does not help does not harm.

    Args:
        first: The first stage; ``fit`` fits it.
        reranker: Scores texts against a query; ``fit`` trains it if it can learn.
        depth: Hits that are reranked.
        blend: Share of the reranker's score, 0 to 1; None chooses it by mean nDCG@10.
        negatives: Texts that are not relevant, for each train query.
        hard_negative_depth: First-stage hits from which these are drawn.
        seed: Fixes the draw.

    After ``fit``: ``blend_``, and ``blends_tried_``, mean nDCG@10 on the held-out queries by blend.

    Source: Nogueira and Cho 2019 (reranking); Xiong et al. 2021 (negatives from the first stage).
    """

    def __init__(
        self,
        first: Retriever,
        reranker: Reranker,
        depth: int = 20,
        blend: float | None = None,
        negatives: int = 3,
        hard_negative_depth: int = 50,
        seed: int = 0,
    ) -> None:
        self.first = first
        self.reranker = reranker
        self.depth = depth
        self.blend = blend
        self.negatives = negatives
        self.hard_negative_depth = hard_negative_depth
        self.seed = seed

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Fit the first stage on all of it, train the reranker on train, choose the blend on validation.

        Without validation queries, a fifth of the train queries is held out from the reranker for the
        choice. With no judged queries to hold out, there is nothing to choose by, and the blend is 0.5.

        Raises:
            InputError: if the reranker is not fitted and there are no judged train queries to fit it with,
                documents or queries do not fit, an id comes twice, or a setting is out of range.
        """
        documents = check_collection(documents, train, validation)
        for name in ("depth", "negatives", "hard_negative_depth"):
            check_cutoff(getattr(self, name), name)
        blend = None if self.blend is None else check_share(self.blend, "blend")
        learn, held = judged(train), judged(validation)
        if not learn:
            self._check_reranker()
        self.first.fit(documents, train, validation)
        self.texts_ = {document.id: document.content for document in documents}
        if isinstance(self.reranker, PreparableReranker):
            self.reranker.prepare(list(self.texts_.values()))
        if learn and isinstance(self.reranker, TrainableReranker):
            if not held:
                learn, held = carve(learn)
            self.reranker.fit(self._mine(learn), self._mine(held))
        else:
            held = held or learn  # nothing is learnt from them, so they can judge
        self.blends_tried_: Mapping[float, float] = {}
        if blend is None and held:
            self.blends_tried_ = try_weights(self._candidates(held), held)
            blend = max(self.blends_tried_, key=lambda tried: (self.blends_tried_[tried], -tried))
        self.blend_ = 0.5 if blend is None else blend
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, score falling.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k = check_cutoff(k)
        texts = check_texts(queries)
        found = self.first.search(texts, max(k, self.depth) if self.blend_ else k)
        if not self.blend_:
            return found
        weights = [self.blend_, 1 - self.blend_]
        return [self._rescore(text, hits).fuse(weights, k) for text, hits in zip(texts, found, strict=True)]

    def save(self, folder: Path) -> None:
        """Write both stages, the documents' texts and ``blend.json``."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            tried = [[blend, score] for blend, score in self.blends_tried_.items()]
            storage.write_json(made / "blend.json", {"blend": self.blend_, "tried": tried})
            storage.write_json(made / "texts.json", self.texts_)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        retriever = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / "blend.json")
        retriever.blend_ = saved["blend"]
        retriever.blends_tried_ = dict(saved["tried"])
        retriever.texts_ = storage.read_json(Path(folder) / "texts.json")
        return retriever

    def _rescore(self, query: str, hits: Sequence[Hit]) -> Candidates:
        """Scores of reranker and first stage: in [0, 1] for the reranked hits, below 0 and equal for the rest."""
        ids = tuple(hit.id for hit in hits)
        if not ids:
            return Candidates(ids, np.zeros((2, 0)))
        head = ids[: self.depth]
        closer = self.reranker.score(query, [self.texts_[id_] for id_ in head]).astype(np.float64)
        first = min_max(np.array([hit.score for hit in hits[: self.depth]], dtype=np.float64))
        rest = -np.arange(1, len(ids) - len(head) + 1, dtype=np.float64)
        return Candidates(ids, np.stack([np.concatenate([min_max(closer), rest]), np.concatenate([first, rest])]))

    def _candidates(self, queries: Sequence[JudgedQuery]) -> list[Candidates]:
        found = self.first.search([query.text for query in queries], max(10, self.depth))
        pairs = list(zip(queries, found, strict=True))
        bar = tqdm(pairs, desc="choosing the blend", unit="query", disable=not current_session().progress)
        return [self._rescore(query.text, hits) for query, hits in bar]

    def _mine(self, queries: Sequence[JudgedQuery]) -> list[GradedPair]:
        depth, negatives = self.hard_negative_depth, self.negatives
        return mine_pairs(self.first, self.texts_, queries, depth=depth, negatives=negatives, seed=self.seed)

    def _check_reranker(self) -> None:
        try:
            self.reranker.score("", [""])
        except NotFittedError as error:
            name = type(self.reranker).__name__
            raise InputError(
                f"the {name} is not fitted, and there are no train queries with a relevant document to fit it with; "
                "give train queries, or a reranker that was fitted or loaded"
            ) from error

    def _check_fitted(self) -> None:
        if not hasattr(self, "blend_"):
            raise NotFittedError("RerankedRetriever is not fitted yet; call fit(documents, train) or load(folder)")
