"""A second, closer look at what a retriever found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.neural.session import current_session
from nlpref.protocols import Reranker, Retriever
from nlpref.retrieval.checks import check_collection, check_cutoff, check_share
from nlpref.retrieval.fusion import Candidates, min_max
from nlpref.retrieval.guard import Guard, Verdict
from nlpref.retrieval.mining import GradedPair, cut_some, mine_pairs, set_apart
from nlpref.retrieval.signals import SIGNALS, search_agreeing, signals
from nlpref.retrieval.weighting import CUTOFF, GRID, group_numbers, judged, weigh
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["FirstLook", "PreparableReranker", "RerankedRetriever", "TrainableReranker", "combine"]


@runtime_checkable
class TrainableReranker(Reranker, Protocol):
    """A reranker that learns from (query, text, grade) triples; grades above 0 are relevant."""

    def fit(self, train: Sequence[GradedPair], validation: Sequence[GradedPair] = ()) -> Self: ...


@runtime_checkable
class PreparableReranker(Reranker, Protocol):
    """A reranker that can read texts before it knows the query."""

    def prepare(self, texts: Sequence[str]) -> None: ...


@dataclass(frozen=True)
class FirstLook:
    """What the first stage found for one query, and whether it is worth a second look.

    Args:
        hits: Best first.
        worth: False if the guard expects no gain from reranking, or the blend leaves nothing to the reranker.
    """

    hits: list[Hit]
    worth: bool


def combine(hits: Sequence[Hit], closer: NDArray[np.floating[Any]]) -> Candidates:
    """Scores of reranker and first stage: in [0, 1] for the reranked hits, below 0 and equal for the rest.

    Args:
        hits: Of the first stage, best first.
        closer: Scores of the reranker for the first of them, (n_reranked,).
    """
    ids = tuple(hit.id for hit in hits)
    if not len(closer):
        rest = -np.arange(1, len(ids) + 1, dtype=np.float64)
        return Candidates(ids, np.stack([rest, rest]))
    first = min_max(np.array([hit.score for hit in hits[: len(closer)]], dtype=np.float64))
    rest = -np.arange(1, len(ids) - len(closer) + 1, dtype=np.float64)
    near = min_max(closer.astype(np.float64))
    return Candidates(ids, np.stack([np.concatenate([near, rest]), np.concatenate([first, rest])]))


class RerankedRetriever(BaseEstimator):
    """Lets a reranker reorder the first hits of a retriever; the hits below keep their order.

    Both scores are brought to [0, 1] over the reranked hits and added by ``blend``. The blend is chosen
    on held-out queries, and is 0, so that the first stage is returned untouched, unless another blend
    does better there. With a guard, that has to be shown beyond chance, and only those queries are reranked that gain by it.

    Args:
        first: The first stage; ``fit`` fits it.
        reranker: Scores texts against a query; ``fit`` trains it if it can learn.
        depth: Hits that are reranked.
        blend: Share of the reranker's score, 0 to 1; None chooses it by mean nDCG@10.
        negatives: Texts that are not relevant, for each train query.
        hard_negative_depth: First-stage hits from which these are drawn.
        beginnings: Characters to which the texts of some train queries are cut, for a reranker that is to read beginnings too.
        guard: Decides on the held-out queries whether, and for which queries, anything is reranked; None always reranks.
        seed: Fixes the draw.

    After ``fit``: ``blend_``, and ``blends_tried_``, mean nDCG@10 on the held-out queries by blend; ``verdict_`` of the guard,
    None without one.

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
        beginnings: Sequence[int] = (),
        guard: Guard | None = None,
        seed: int = 0,
    ) -> None:
        self.first = first
        self.reranker = reranker
        self.depth = depth
        self.blend = blend
        self.negatives = negatives
        self.hard_negative_depth = hard_negative_depth
        self.beginnings = beginnings
        self.guard = guard
        self.seed = seed

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Fit the first stage on all of it, train the reranker on train, choose the blend on validation.

        Without validation queries, a fifth of the train queries is held out from the reranker for the
        choice. With no judged queries to hold out, there is nothing to choose by: the blend is 0.5, and a guard lets nothing
        be reranked.

        Raises:
            InputError: if the reranker is not fitted and there are no judged train queries to fit it with,
                documents or queries do not fit, an id comes twice, or a setting is out of range.
        """
        documents = check_collection(documents, train, validation)
        for name in ("depth", "negatives", "hard_negative_depth"):
            check_cutoff(getattr(self, name), name)
        for value in self.beginnings:
            check_cutoff(value, "a number of beginnings")
        blend = None if self.blend is None else check_share(self.blend, "blend")
        learns = isinstance(self.reranker, TrainableReranker)
        if not judged(train):
            self._check_reranker()
        self.first.fit(documents, train, validation)
        self.texts_ = {document.id: document.content for document in documents}
        learn, held = set_apart(train, validation, learns=learns)
        if learn and isinstance(self.reranker, TrainableReranker):
            self.reranker.fit(self._mine(learn), self._mine(held))
        if isinstance(self.reranker, PreparableReranker):
            self.reranker.prepare(list(self.texts_.values()))
        self.blends_tried_: Mapping[float, float] = {}
        self.verdict_ = None if self.guard is None else Verdict("never")
        if held and (blend is None or self.guard is not None):
            blend = self._choose(held, blend)
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
        return self.search_again(texts, self.first_looks(texts, k), k)

    def search_again(self, queries: Sequence[str], looks: Sequence[FirstLook], k: int) -> list[list[Hit]]:
        """The best ``k`` for each query once those worth it are reranked, given what ``first_looks`` gave."""
        weights = [self.blend_, 1 - self.blend_]
        pairs = zip(queries, looks, strict=True)
        return [self._rescore(query, one.hits).fuse(weights, k) if one.worth else one.hits[:k] for query, one in pairs]

    def first_looks(self, queries: Sequence[str], k: int) -> list[FirstLook]:
        """What the first stage finds for each query, at least ``depth`` hits where they are to be reranked.

        Raises:
            NotFittedError: before ``fit``.
        """
        self._check_fitted()
        if not self.blend_ or (self.verdict_ is not None and self.verdict_.policy == "never"):
            return [FirstLook(hits, False) for hits in self.first.search(queries, k)]
        if self.verdict_ is None or self.verdict_.policy == "always":
            return [FirstLook(hits, True) for hits in self.first.search(queries, max(k, self.depth))]
        found = search_agreeing(self.first, queries, max(k, self.depth))
        known = [signals(text, hits[: self.depth], alike) for text, (hits, alike) in zip(queries, found, strict=True)]
        worth = self.verdict_.allows(np.array(known).reshape(len(known), len(SIGNALS)))
        return [FirstLook(hits, bool(gains)) for (hits, _), gains in zip(found, worth, strict=True)]

    def save(self, folder: Path) -> None:
        """Write both stages, the documents' texts and ``blend.json``."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            tried = [[blend, score] for blend, score in self.blends_tried_.items()]
            storage.write_json(made / "blend.json", {"blend": self.blend_, "tried": tried})
            storage.write_json(made / "texts.json", self.texts_)
            if self.verdict_ is not None:
                storage.write_json(made / "verdict.json", dataclasses.asdict(self.verdict_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        retriever = storage.restore(cls, folder)
        saved = storage.read_json(Path(folder) / "blend.json")
        retriever.blend_ = saved["blend"]
        retriever.blends_tried_ = dict(saved["tried"])
        retriever.texts_ = storage.read_json(Path(folder) / "texts.json")
        known = Path(folder) / "verdict.json"
        retriever.verdict_ = Verdict.read(storage.read_json(known)) if known.is_file() else None
        return retriever

    def _rescore(self, query: str, hits: Sequence[Hit]) -> Candidates:
        head = [self.texts_[hit.id] for hit in hits[: self.depth]]
        return combine(hits, self.reranker.score(query, head) if head else np.zeros(0))

    def _choose(self, held: Sequence[JudgedQuery], blend: float | None) -> float:
        """The blend, and what the guard makes of it, on queries from which the reranker has not learnt."""
        found = search_agreeing(self.first, [query.text for query in held], max(CUTOFF, self.depth))
        pairs = list(zip(held, found, strict=True))
        bar = tqdm(pairs, desc="choosing the blend", unit="query", disable=not current_session().progress)
        blends = GRID if blend is None else (0.0, blend)
        scores = weigh([self._rescore(query.text, hits) for query, (hits, _) in bar], held, blends)
        means = scores.mean(axis=1)
        if blend is None:
            self.blends_tried_ = dict(zip(blends, means.tolist(), strict=True))
        if self.guard is not None:
            known = np.array([signals(query.text, hits[: self.depth], alike) for query, (hits, alike) in pairs])
            self.verdict_ = self.guard.learn(
                scores[0], scores if blend is None else scores[1:], known, group_numbers(held), self.seed
            )
        # of equally good blends, the one that trusts the first stage most
        return blends[int(np.argmax(means))] if blend is None else blend

    def _mine(self, queries: Sequence[JudgedQuery]) -> list[GradedPair]:
        depth, negatives = self.hard_negative_depth, self.negatives
        pairs = mine_pairs(self.first, self.texts_, queries, depth=depth, negatives=negatives, seed=self.seed)
        return cut_some(pairs, self.beginnings, self.seed)

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
