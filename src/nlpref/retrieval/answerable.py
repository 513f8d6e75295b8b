"""A retriever that says how sure it is of each hit, and that nothing fits where nothing does."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.metrics.promised_precision import PromisedThreshold, promised_threshold
from nlpref.neural.cache import CachedEncoder
from nlpref.neural.session import current_session
from nlpref.protocols import Encoder, Reranker, Retriever
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.retrieval.coverage import WordCoverage
from nlpref.retrieval.mining import carve, mine_pairs
from nlpref.retrieval.ordering import top_hits
from nlpref.retrieval.relevance import EVIDENCE, RelevanceModel, evidence
from nlpref.retrieval.reranked import TrainableReranker
from nlpref.retrieval.weighting import group_numbers, judged
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["AnswerableRetriever"]

FOLDS = 5
NEGATIVES, HARD_DEPTH = 3, 50
Floats = NDArray[np.float64]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Case:
    """One held-out query, with its relevant documents in the collection or without them."""

    table: Floats
    relevant: NDArray[np.bool_]
    group: int
    answerable: bool


class AnswerableRetriever(BaseEstimator):
    """Gives each hit the probability that it is relevant, and leaves out those of which it is not sure enough.

    The probability is learned on queries from which the retriever inside has not learnt, each once as it is and once with its
    relevant documents taken out of its hits, as if the collection did not hold them. The cut-off is the lowest above which the
    share ``precision`` of the hits is relevant, with probability ``confidence`` over the draw of these queries, a share
    ``unanswerable`` of which has nothing to find. It is chosen on probabilities of models that have not seen the query. If the
    queries are too few for the promise, or the hits not good enough, nothing is above the cut-off, and the log says why.

    Hits come in the order of their probability, which is their score; a query to which nothing fits has none.

    Args:
        retriever: Any retriever; ``fit`` fits it, and does not show it the validation queries.
        precision: Share of the hits given that is to be relevant, between 0 and 1; None gives all hits.
        confidence: Probability that the promise holds, between 0 and 1.
        unanswerable: Share of the queries to come, as far as is known, that have nothing to find, 0 to below 1.
        depth: Hits of a query that are looked at; no more are given.
        judge: Its scores are evidence, too: a cross-encoder, for instance, whose scores mean the same for all queries, as
            those of a fusion do not. ``fit`` trains it if it can learn. None goes without.
        encoder: The likeness of its vectors of query and text is evidence, too. None goes without.
        relative: Whether the retriever's scores compare hits of one query alone, as those of a fusion or of reranking do, which
            are scaled anew for each query; False for BM25's or those of vectors, which compare hits of all queries.
        seed: Fixes which of the queries have nothing to find when the cut-off is chosen.

    After ``fit``: ``model_``, ``threshold_``, and ``promise_``, None without a precision.

    Source: Platt 1999 (logistic calibration); Angelopoulos et al. 2021 (Learn then Test), as for
    ``nlpref.metrics.promised_precision``.

    Example:
        >>> from nlpref.retrieval import Bm25Retriever
        >>> things = ("parcel", "lamp", "chair", "book", "table")
        >>> documents = [Document(thing, f"all about a {thing}") for thing in things]
        >>> asked = [JudgedQuery(thing, f"where is my {thing}", {thing: 1}) for thing in things]
        >>> sure = AnswerableRetriever(Bm25Retriever(), precision=None).fit(documents, asked[:2], asked[2:])
        >>> [[hit.id for hit in hits] for hits in sure.search(["the parcel", "the weather"])]
        [['parcel'], []]
    """

    def __init__(
        self,
        retriever: Retriever,
        precision: float | None = 0.8,
        confidence: float = 0.9,
        unanswerable: float = 0.5,
        depth: int = 10,
        judge: Reranker | None = None,
        encoder: Encoder | None = None,
        relative: bool = True,
        seed: int = 0,
    ) -> None:
        self.retriever = retriever
        self.precision = precision
        self.confidence = confidence
        self.unanswerable = unanswerable
        self.depth = depth
        self.judge = judge
        self.encoder = encoder
        self.relative = relative
        self.seed = seed

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Fit the retriever on train, then learn probabilities and cut-off on validation.

        Without judged validation queries, a fifth of the train queries is held out for that.

        Raises:
            InputError: if there are no judged queries to hold out, documents or queries do not fit, an id comes twice, or a
                setting is out of range.
        """
        documents = check_collection(documents, train, validation)
        self._check_settings()
        self.__dict__.pop("threshold_", None)  # a fit that is refused must not leave what an earlier one learnt
        learn, held = judged(train), judged(validation)
        if not held:
            learn, held = carve(learn)
        if not held:
            raise InputError(
                f"got {len(learn)} judged train queries and no judged validation query; to tell what fits from what does not, "
                "give validation queries with relevant documents, or two different train queries that have them"
            )
        self.retriever.fit(documents, learn)
        self.texts_ = {document.id: document.content for document in documents}
        self.coverage_ = WordCoverage.of(self.texts_.values())
        self._fit_opinions(learn)
        cases = self._cases(held)
        self.model_ = self._fitted(cases)
        self.promise_ = None if self.precision is None else self._promise(cases, self.precision)
        self.threshold_ = 0.0 if self.promise_ is None else self.promise_.threshold
        return self

    def search(self, queries: Sequence[str], k: int = 10) -> list[list[Hit]]:
        """At most ``k`` documents for each query, the probability of relevance falling; none of those below the cut-off.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, or ``k`` is below 1.
        """
        self._check_fitted()
        k = check_cutoff(k)
        return [
            [hit for hit in top_hits(ids, probabilities, k) if hit.score > self.threshold_]
            for ids, probabilities in self._judged(check_texts(queries))
        ]

    def answerability(self, queries: Sequence[str]) -> Floats:
        """The highest probability among each query's hits, whatever the cut-off; 0 without a hit, (n_queries,).

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings.
        """
        self._check_fitted()
        found = self._judged(check_texts(queries))
        return np.array([float(probabilities.max(initial=0.0)) for _, probabilities in found], dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write the parts, the documents' texts, word counts, vectors if there is an encoder, and ``relevance.json``."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            promise = None if self.promise_ is None else dataclasses.asdict(self.promise_)
            learnt = {"model": dataclasses.asdict(self.model_), "threshold": self.threshold_, "promise": promise}
            storage.write_json(made / "relevance.json", learnt)
            storage.write_json(made / "texts.json", self.texts_)
            storage.write_json(made / "words.json", {"held_by": self.coverage_.held_by, "n": self.coverage_.n})
            if self.encoder is not None:
                np.save(made / "vectors.npy", self.vectors_, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        folder, retriever = Path(folder), storage.restore(cls, folder)
        learnt = storage.read_json(folder / "relevance.json")
        retriever.model_ = RelevanceModel.read(learnt["model"])
        retriever.promise_ = learnt["promise"] and PromisedThreshold(**learnt["promise"])
        retriever.texts_ = storage.read_json(folder / "texts.json")
        retriever.coverage_ = WordCoverage(**storage.read_json(folder / "words.json"))
        retriever._rows = {id_: row for row, id_ in enumerate(retriever.texts_)}
        if retriever.encoder is not None:
            retriever.vectors_ = np.load(folder / "vectors.npy", allow_pickle=False)
        retriever.threshold_ = learnt["threshold"]
        return retriever

    def _fit_opinions(self, learn: Sequence[JudgedQuery]) -> None:
        """Train the judge if it can learn, and encode the documents."""
        if learn and isinstance(self.judge, TrainableReranker):
            parts = carve(learn)
            train, validation = (
                mine_pairs(self.retriever, self.texts_, part, depth=HARD_DEPTH, negatives=NEGATIVES, seed=self.seed)
                for part in parts
            )
            self.judge.fit(train, validation)
        self._rows = {id_: row for row, id_ in enumerate(self.texts_)}
        if self.encoder is not None:
            self.vectors_ = CachedEncoder(self.encoder).encode(list(self.texts_.values()), role="document")

    def _cases(self, held: Sequence[JudgedQuery]) -> list[_Case]:
        """Two for each query: as it is, and with its relevant documents taken out."""
        deepest = self.depth + max(len(query.relevance) for query in held)
        found = self.retriever.search([query.text for query in held], deepest)
        triples = list(zip(held, found, group_numbers(held).tolist(), strict=True))
        made = []
        for query, hits, group in tqdm(triples, desc="judging hits", unit="query", disable=not current_session().progress):
            fitting = {id_ for id_, grade in query.relevance.items() if grade > 0}
            for answerable in (True, False):
                kept = [hit for hit in hits if answerable or hit.id not in fitting][: self.depth]
                relevant = np.array([hit.id in fitting for hit in kept], dtype=np.bool_)
                made.append(_Case(self._evidence(query.text, kept), relevant, group, answerable))
        return made

    def _fitted(self, cases: Sequence[_Case]) -> RelevanceModel:
        counts = [np.full(len(one.table), 1 - self.unanswerable if one.answerable else self.unanswerable) for one in cases]
        table = np.concatenate([one.table for one in cases])
        return RelevanceModel.fitted(table, np.concatenate([one.relevant for one in cases]), 2 * np.concatenate(counts))

    def _promise(self, cases: Sequence[_Case], precision: float) -> PromisedThreshold:
        """The cut-off, by models that have not seen the query, on one version of each query."""
        random, folds = np.random.default_rng(self.seed), [one.group % FOLDS for one in cases]
        n = len(cases) // 2
        without = np.zeros(n, dtype=np.bool_)
        without[random.permutation(n)[: round(self.unanswerable * n)]] = True
        drawn = [place for place, one in enumerate(cases) if one.answerable != without[place // 2]]
        probabilities: dict[int, Floats] = {}
        for fold in sorted(set(folds)):
            rest = [one for one, number in zip(cases, folds, strict=True) if number != fold]
            model = self._fitted(rest) if rest else self.model_
            probabilities |= {place: model.probabilities(cases[place].table) for place in drawn if folds[place] == fold}
        made = promised_threshold(
            np.concatenate([np.full(len(cases[place].table), number) for number, place in enumerate(drawn)]),
            np.concatenate([probabilities[place] for place in drawn]),
            np.concatenate([cases[place].relevant for place in drawn]),
            precision,
            1 - self.confidence,
            self.seed,
        )
        asked = f"precision={precision:g} with confidence={self.confidence:g}"
        if made.kept:
            log.info(
                "%s: gives hits above %.4f, %d on %d held-out queries, %d wrong", asked, made.threshold, made.kept, n, made.wrong
            )
        else:
            log.warning("%s is not reached on %d held-out queries, so nothing is given; hold out more, or ask for less", asked, n)
        return made

    def _judged(self, queries: Sequence[str]) -> list[tuple[list[str], Floats]]:
        """Ids of the hits of each query, and the probability of each."""
        found = self.retriever.search(queries, self.depth) if len(queries) else []
        return [
            ([hit.id for hit in hits], self.model_.probabilities(self._evidence(query, hits)))
            for query, hits in zip(queries, found, strict=True)
        ]

    def _evidence(self, query: str, hits: Sequence[Hit]) -> Floats:
        texts = [self.texts_[hit.id] for hit in hits]
        if not texts:
            more = 2 * ((self.judge is not None) + (self.encoder is not None))
            return np.zeros((0, len(EVIDENCE) + more))
        opinions: list[list[float]] = []
        if self.judge is not None:
            opinions.append(self.judge.score(query, texts).tolist())
        if self.encoder is not None:
            rows = [self._rows[hit.id] for hit in hits]
            opinions.append((self.vectors_[rows] @ self.encoder.encode([query], role="query")[0]).tolist())
        coverage = [self.coverage_.share(query, text) for text in texts]
        return evidence(query, hits, coverage, opinions, relative=self.relative)

    def _check_settings(self) -> None:
        check_cutoff(self.depth, "depth")
        for name in ("precision", "confidence"):
            value = getattr(self, name)
            if name == "precision" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
                raise InputError(f"{name} must lie between 0 and 1, both excluded, since nothing is certain; got {value!r}")
        share = self.unanswerable
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
            raise InputError(f"unanswerable is {share!r}, expected a share of the queries from 0 to below 1")

    def _check_fitted(self) -> None:
        if not hasattr(self, "threshold_"):
            raise NotFittedError("AnswerableRetriever is not fitted yet; call fit(documents, train, validation) or load(folder)")
