"""Several retrievers as one, put together as judged queries teach."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.metrics.ranking import per_query
from nlpref.neural.session import current_session
from nlpref.protocols import Retriever
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.retrieval.document_words import DocumentWords
from nlpref.retrieval.fusion_features import Found, GradedList, describe, feature_names
from nlpref.retrieval.lambda_mart import Boosting, LambdaMart
from nlpref.retrieval.linear_ranking import best_shares, pairwise_logistic
from nlpref.retrieval.ordering import top_hits
from nlpref.retrieval.weighting import CUTOFF, judged
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["LearnedFusionRetriever"]

Floats = NDArray[np.float64]
Ranker = Floats | LambdaMart
"""Weights of the features, or trees over them."""
MODELS = ("shares", "logistic", "trees")
"""From the simplest on: of equally good ones the first is taken."""


class LearnedFusionRetriever(BaseEstimator):
    """Ranks all that several retrievers find by a model of both their scores and ranks, of lengths and of shared words.

    Three models are at hand: ``shares``, the weighted sum of scaled scores that ``HybridRetriever`` uses, for any number of
    stages; ``logistic``, weights for all features learnt from pairs; ``trees``, LambdaMART. With ``auto``, each is judged by
    cross-validation over the train queries, on queries from which it has not learned, and the best one is fitted to all of
    them: so what is learnt replaces the weighted sum only where it does better on queries that it has not seen.

    The stages are fitted first, with the same train queries. One that learns from these looks better there than it is, and the
    model will trust it too much; give such a stage fitted to other queries.

    Args:
        stages: Retrievers; ``fit`` fits them.
        model: ``auto``, ``shares``, ``logistic`` or ``trees``.
        depth: Hits taken from each stage for one query (more if more are asked for).
        folds: Parts of the cross-validation; equal texts are in one part.
        negatives: Documents that are not relevant, from which a query teaches: the first two thirds of them from the top.
        C: Inverse strength of the penalty on the weights of ``logistic``.
        boosting: How the trees of ``trees`` are grown.
        seed: Breaks ties between the splits of trees.

    After ``fit``: ``model_``, and ``tried_``, mean nDCG@10 on held-out train queries by model. Without judged train queries
    the stages have equal shares; with one query, or where all that is found is relevant or none of it, there are shares only.

    Source: Bruch, Gai and Ingber 2023 (weighted sums); Burges 2010 (LambdaMART); Macdonald, Santos and Ounis 2013 (features of
    the first stage, length and overlap, and how many documents to learn from).

    Example:
        >>> from nlpref.retrieval import Bm25Retriever
        >>> both = LearnedFusionRetriever([Bm25Retriever(), Bm25Retriever(stemmer=None)])
        >>> both.fit([Document("a", "lost parcels"), Document("b", "lost parcel")]).search(["parcel"], k=1)[0][0].id
        'b'
    """

    def __init__(
        self,
        stages: Sequence[Retriever],
        model: Literal["auto", "shares", "logistic", "trees"] = "auto",
        depth: int = 100,
        folds: int = 5,
        negatives: int = 60,
        C: float = 1.0,
        boosting: Boosting = Boosting(),
        seed: int = 0,
    ) -> None:
        self.stages = stages
        self.model = model
        self.depth = depth
        self.folds = folds
        self.negatives = negatives
        self.C = C
        self.boosting = boosting
        self.seed = seed

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Fit the stages, then choose and fit a model on the train queries; validation is handed to the stages only.

        Raises:
            InputError: if documents or queries do not fit, an id comes twice, or a setting is out of range.
        """
        documents = check_collection(documents, train, validation)
        self._check_settings()
        for stage in self.stages:
            stage.fit(documents, train, validation)
        self.ids_ = [document.id for document in documents]
        self._words = DocumentWords.of([document.content for document in documents])
        self._rows = {id_: row for row, id_ in enumerate(self.ids_)}
        known = judged(train)
        found = self._found([query.text for query in known], self.depth)
        self.tried_: Mapping[str, float] = {}
        wanted: Sequence[str] = MODELS if self.model == "auto" else (self.model,)
        if len({query.text for query in known}) < 2:
            wanted = ("shares",)
        elif len(wanted) > 1:
            self.tried_ = self._try(wanted, found, known)
            wanted = (max(self.tried_, key=lambda name: self.tried_[name]),)  # the first of equals
        self.model_, self._ranker = self._fit_model(wanted[0], found, known)
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, the model's score falling, ties by id.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k = check_cutoff(k)
        texts = check_texts(queries)
        return [_ranked(found, self._ranker, k) for found in self._found(texts, max(k, self.depth))]

    def save(self, folder: Path) -> None:
        """Write the stages, the words of the documents, and the model as ``fusion.json`` and ``model.npz``."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / "ids.json", self.ids_)
            storage.write_json(made / "fusion.json", {"model": self.model_, "tried": dict(self.tried_)})
            self._words.save(made / "words.npz")
            arrays: Mapping[str, Any] = self._ranker.arrays if isinstance(self._ranker, LambdaMart) else {"weights": self._ranker}
            np.savez(made / "model.npz", **arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        folder = Path(folder)
        retriever = storage.restore(cls, folder)
        retriever.ids_ = storage.read_json(folder / "ids.json")
        retriever._rows = {id_: row for row, id_ in enumerate(retriever.ids_)}
        retriever._words = DocumentWords.load(folder / "words.npz")
        saved = storage.read_json(folder / "fusion.json")
        retriever.model_, retriever.tried_ = saved["model"], saved["tried"]
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            if "weights" in arrays:
                retriever._ranker = arrays["weights"]
            else:
                retriever._ranker = LambdaMart(retriever.boosting, retriever.seed)
                retriever._ranker.arrays = dict(arrays)
        return retriever

    @property
    def weights_(self) -> Mapping[str, float]:
        """Weight of each feature by name; empty for trees, which have none.

        Raises:
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        if isinstance(self._ranker, LambdaMart):
            return {}
        return dict(zip(feature_names(len(self.stages)), self._ranker.tolist(), strict=True))

    def _found(self, queries: Sequence[str], depth: int) -> list[Found]:
        if not queries:
            return []
        rankings = zip(*(stage.search(queries, depth) for stage in self.stages), strict=True)
        return [describe(query, lists, self._words, self._rows) for query, lists in zip(queries, rankings, strict=True)]

    def _try(self, names: Sequence[str], found: Sequence[Found], queries: Sequence[JudgedQuery]) -> dict[str, float]:
        """Mean nDCG@10 of each model, every query scored by one that learned from the queries of other parts."""
        parts = _parts(queries, self.folds)
        tried = {}
        for name in tqdm(names, desc="choosing the fusion", unit="model", disable=not current_session().progress):
            scores: list[float] = []
            for held in range(parts.max() + 1):
                learn, judge = np.flatnonzero(parts != held).tolist(), np.flatnonzero(parts == held).tolist()
                _, ranker = self._fit_model(name, [found[row] for row in learn], [queries[row] for row in learn])
                scores += [_ndcg(found[row], queries[row], ranker) for row in judge]
            tried[name] = float(np.mean(scores))
        return tried

    def _fit_model(self, name: str, found: Sequence[Found], queries: Sequence[JudgedQuery]) -> tuple[str, Ranker]:
        """A model and its name, which is ``shares`` where a learned one finds nothing to learn from."""
        if name != "shares":
            lists = [_graded(one, query, len(self.stages), self.negatives) for one, query in zip(found, queries, strict=True)]
            if any(one.grades.max(initial=0) > one.grades.min(initial=0) for one in lists):
                if name == "trees":
                    return name, LambdaMart(self.boosting, self.seed).fit(lists)
                weights = pairwise_logistic(lists, self.C)
                if weights is not None:
                    return name, weights
        stages = len(self.stages)
        others = np.zeros(len(feature_names(stages)) - stages)

        def padded(share: Floats) -> Floats:
            return np.concatenate([share, others])

        def quality(share: Floats) -> float:
            return float(np.mean([_ndcg(one, query, padded(share)) for one, query in zip(found, queries, strict=True)]))

        equal = np.full(stages, 1 / stages)
        return "shares", padded(best_shares(stages, quality) if queries else equal)

    def _check_settings(self) -> None:
        if not isinstance(self.stages, list | tuple) or not self.stages:
            raise InputError(f"stages is {self.stages!r:.80}, expected a list of at least one retriever")
        if self.model not in ("auto", *MODELS):
            raise InputError(f"model is {self.model!r}, expected auto, {', '.join(MODELS)}")
        for name in ("depth", "negatives"):
            check_cutoff(getattr(self, name), name)
        if check_cutoff(self.folds, "folds") < 2:
            raise InputError("folds is 1, expected at least 2")
        if not self.C > 0:
            raise InputError(f"C is {self.C!r}, expected a number above 0")

    def _check_fitted(self) -> None:
        if not hasattr(self, "_ranker"):
            raise NotFittedError("LearnedFusionRetriever is not fitted yet; call fit(documents, train) or load(folder)")


def _ranked(found: Found, ranker: Ranker, k: int) -> list[Hit]:
    scores = ranker.score(found.features) if isinstance(ranker, LambdaMart) else found.features @ ranker
    return top_hits(found.ids, scores, k)


def _ndcg(found: Found, query: JudgedQuery, ranker: Ranker) -> float:
    return per_query(query.relevance, [hit.id for hit in _ranked(found, ranker, CUTOFF)], CUTOFF)[f"ndcg@{CUTOFF}"]


def _graded(found: Found, query: JudgedQuery, stages: int, negatives: int) -> GradedList:
    """All that is relevant, and of the rest, as equal shares rank it, the top and some evenly spaced ones below."""
    grades = np.array([max(query.relevance.get(id_, 0), 0) for id_ in found.ids], dtype=np.float64)
    order = np.argsort(-found.features[:, :stages].sum(axis=1), kind="stable")
    others = order[grades[order] == 0]
    top = others[: max(1, negatives * 2 // 3)]
    below = others[len(top) :]
    spaced = (
        below[np.linspace(0, len(below) - 1, min(len(below), negatives - len(top))).astype(np.int64)] if len(below) else below
    )
    rows = np.sort(np.concatenate([np.flatnonzero(grades > 0), top, spaced]))
    return GradedList(found.features[rows], grades[rows])


def _parts(queries: Sequence[JudgedQuery], folds: int) -> NDArray[np.int64]:
    """The part of each query, by the hash of its text, so that neither the order of queries nor a seed matters."""
    digest: Callable[[str], bytes] = lambda text: hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()  # noqa: E731
    texts = sorted({query.text for query in queries}, key=digest)
    part = {text: place % min(folds, len(texts)) for place, text in enumerate(texts)}
    return np.array([part[query.text] for query in queries], dtype=np.int64)
