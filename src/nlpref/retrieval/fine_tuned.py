"""Meaning matching by an encoder that learns which document answers which query."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from nlpref import storage
from nlpref.errors import InputError
from nlpref.metrics.ranking import per_query
from nlpref.neural.contrastive import Contrastive
from nlpref.neural.settings import FineTuning
from nlpref.protocols import Encoder, Reranker, VectorIndex
from nlpref.retrieval.bm25 import Bm25Retriever
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.retrieval.dense import DenseRetriever
from nlpref.retrieval.exact_index import ExactIndex
from nlpref.retrieval.hard_negatives import HardNegatives, mine_negatives
from nlpref.retrieval.mining import carve
from nlpref.retrieval.weighting import CUTOFF, judged
from nlpref.text.synthetic_queries import SyntheticQueries
from nlpref.types import Document, JudgedQuery

if TYPE_CHECKING:  # torch is imported only where it trains the network
    from nlpref.retrieval.bi_encoder_training import Lesson

__all__ = ["FineTunedDenseRetriever"]


@dataclass(frozen=True)
class _Given:
    """The encoder that a training started from, and the one it made; no part of what is saved or accelerated."""

    encoder: Encoder
    trained: Encoder


class FineTunedDenseRetriever(DenseRetriever):
    """Fine-tunes the encoder on queries with known answers, then encodes and indexes the documents with it.

    In each batch every query is to find its document among those of all queries, and among hard negatives: hits of BM25 and
    of the encoder as it was that were not judged relevant and do not look as if they were. Queries can be made from the documents
    themselves (``synthetic``), and a cross-encoder can teach its margins (``teacher``).

    Args:
        encoder: A ``SentenceEncoder``, or another encoder around one; ``fit`` puts the trained one in its place. Fitting again
            starts from the one given, after loading from the one loaded.
        index: As for ``DenseRetriever``.
        training: Epochs, learning rate, queries in a batch, moving average. The epoch that is best on held-out queries is kept.
        objective: Temperature, Matryoshka dimensions, share of the teacher, chunks of a large batch.
        negatives: How hard negatives are mined.
        synthetic: Queries to make from the documents and learn from too; None for none.
        hidden: Share of the queries found word for word in their document that are taken out of it in training, so that more is
            learnt than to look for the same words.
        teacher: Folder of a saved ``Reranker`` whose margins are learnt; none without.
        train_length: Longest text in training in sub-words; None as the encoder reads it later.
        choose: Hold queries out and keep the epoch of best nDCG@10 on them; False learns from all train queries for all epochs.
        pool: To judge an epoch, the documents relevant to held-out queries are ranked, and for each query so many hits of BM25
            and of the encoder as it was. Ranking all would take as long as training.
        chunk: As for ``DenseRetriever``.
        cache: As for ``DenseRetriever``.
        seed: Fixes order, dropout and draws.

    After ``fit``: ``history_``, the log of the training.

    Source: Karpukhin et al. 2020, Dense Passage Retrieval; Lee, Chang and Toutanova 2019 (hiding a sentence from its document).
    """

    def __init__(
        self,
        encoder: Encoder,
        index: VectorIndex,
        training: FineTuning = FineTuning(epochs=3, learning_rate=3e-5, batch_size=32),
        objective: Contrastive = Contrastive(),
        negatives: HardNegatives = HardNegatives(),
        synthetic: SyntheticQueries | None = None,
        hidden: float = 0.9,
        teacher: str | None = None,
        train_length: int | None = None,
        choose: bool = True,
        pool: int = 20,
        chunk: int = 256,
        cache: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(encoder, index, chunk, cache)
        self.training = training
        self.objective = objective
        self.negatives = negatives
        self.synthetic = synthetic
        self.hidden = hidden
        self.teacher = teacher
        self.train_length = train_length
        self.choose = choose
        self.pool = pool
        self.seed = seed

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Train on train and synthetic queries, choose the epoch on validation, and index the documents.

        Without validation queries, a fifth of the train queries is held out for the choice.

        Raises:
            InputError: if documents or queries do not fit, an id comes twice, a setting is out of range, there is no query with a
                relevant document to learn from, or the encoder is none that can be trained.
            StorageError: if the teacher cannot be read.
        """
        documents = check_collection(documents, train, validation)
        check_cutoff(self.pool, "pool")
        check_cutoff(self.chunk, "chunk")
        if not 0 <= self.hidden <= 1:
            raise InputError(f"hidden is {self.hidden!r}, expected a share from 0 to 1")
        ids = {document.id for document in documents}
        learn, held = _within(judged(train), ids), _within(judged(validation), ids)
        if self.choose and not held and len(learn) > 1:
            learn, held = carve(learn)
        lexical = Bm25Retriever().fit(documents)
        learn = [*learn, *(self.synthetic.make(documents, lexical, self.seed) if self.synthetic else ())]
        if not learn:
            raise InputError(
                f"none of {len(train)} train queries has a relevant document among {len(documents)}, so nothing can be learnt; "
                "give judged queries, or set synthetic to make some from the documents"
            )
        before = self._first()
        start = DenseRetriever(before, ExactIndex(), self.chunk, self.cache)
        if (self.negatives.count and self.negatives.dense) or (self.choose and held):
            start.fit(documents)
        trained = self._trained(documents, learn, held if self.choose else [], lexical, start)
        self._given, self.encoder = _Given(before, trained), trained
        return super().fit(documents, train, validation)

    def _first(self) -> Encoder:
        """The encoder to start from: the one given, even if a training has put another in its place."""
        known: _Given | None = getattr(self, "_given", None)
        return known.encoder if known is not None and known.trained is self.encoder else self.encoder

    def _trained(
        self,
        documents: Sequence[Document],
        learn: Sequence[JudgedQuery],
        held: Sequence[JudgedQuery],
        lexical: Bm25Retriever,
        start: DenseRetriever,
    ) -> Encoder:
        import torch

        from nlpref.neural.finetuning import finetune
        from nlpref.neural.torch_engine import TorchEngine
        from nlpref.retrieval.bi_encoder_training import Learner, collator
        from nlpref.retrieval.trainable_encoder import innermost, prefixes, rebuilt

        inside = innermost(start.encoder)
        network = copy.deepcopy(inside.engine.network)  # type: ignore[attr-defined]
        trained = rebuilt(start.encoder, inside.with_engine(TorchEngine(network)))
        before = prefixes(start.encoder)
        torch.manual_seed(self.seed)
        subwords = inside.subwords.shortened(self.train_length)
        texts = {document.id: document.content for document in documents}
        lessons, used = self._lessons(learn, texts, lexical, start, lambda text: subwords.texts([before["query"] + text])[0])
        encodings = dict(zip(used, subwords.texts([before["document"] + text for text in used.values()]), strict=True))
        self.history_ = finetune(
            Learner(network, self.objective),
            [{"input_ids": [0], "lesson": lesson} for lesson in lessons],  # all of one length: batches mix long and short
            collator(subwords, encodings, self.negatives.count, self.teacher is not None),
            self.training,
            seed=self.seed,
            score=self._scorer(trained, held, texts, lexical, start) if held else None,
            metric="ndcg@10",
        )
        network.eval()
        return trained

    def _lessons(
        self,
        queries: Sequence[JudgedQuery],
        texts: Mapping[str, str],
        lexical: Bm25Retriever,
        start: DenseRetriever,
        encode: Callable[[str], Any],
    ) -> tuple[list[Lesson], dict[str, str]]:
        """One lesson for each pair of a query and a relevant document, and the texts that are needed, by key."""
        from nlpref.retrieval.bi_encoder_training import HIDDEN, Lesson

        rng, settings = np.random.default_rng(self.seed), self.negatives
        wanted = ((lexical, settings.lexical), (start, settings.dense)) if settings.count else ()
        mined = [
            mine_negatives(stage, queries, count=count, depth=settings.depth, share=settings.share) for stage, count in wanted
        ]
        teacher: Reranker | None = storage.load_component(Path(self.teacher)) if self.teacher is not None else None
        lessons: list[Lesson] = []
        used: dict[str, str] = {}
        for row, query in enumerate(queries):
            hard = tuple(dict.fromkeys(id_ for stage in mined for id_ in stage[row]))
            relevant = [id_ for id_, grade in query.relevance.items() if grade > 0]
            used |= {id_: texts[id_] for id_ in hard}
            for id_ in relevant:
                key, text = id_, texts[id_]
                if query.text and query.text in text and rng.random() < self.hidden:
                    key, text = f"{id_}{HIDDEN}{len(lessons)}", text.replace(query.text, " ", 1)
                used[key] = text
                taught = _taught(teacher, query.text, [key, *hard], used) if teacher else None
                lessons.append(Lesson(encode(query.text), key, frozenset(relevant), hard, taught))
        return lessons, used

    def _scorer(
        self,
        trained: Encoder,
        held: Sequence[JudgedQuery],
        texts: Mapping[str, str],
        lexical: Bm25Retriever,
        start: DenseRetriever,
    ) -> Callable[[], Mapping[str, float]]:
        """Mean nDCG@10 of the encoder as it is, over the pool of documents."""
        asked = [query.text for query in held]
        found = [hit.id for stage in (lexical, start) for hits in stage.search(asked, self.pool) for hit in hits]
        pool = sorted({id_ for query in held for id_, grade in query.relevance.items() if grade > 0} | set(found))

        def score() -> Mapping[str, float]:
            documents = trained.encode([texts[id_] for id_ in pool], role="document")
            index = ExactIndex()
            index.add(pool, documents)
            hits = index.search(trained.encode(asked, role="query"), CUTOFF)
            scores = [
                per_query(query.relevance, [hit.id for hit in row], CUTOFF)[f"ndcg@{CUTOFF}"]
                for query, row in zip(held, hits, strict=True)
            ]
            return {"ndcg@10": float(np.mean(scores))}

        return score


def _within(queries: Sequence[JudgedQuery], ids: set[str]) -> list[JudgedQuery]:
    """The queries with their judgements of documents that are there; those left without a relevant one are dropped."""
    cut = [JudgedQuery(q.id, q.text, {id_: grade for id_, grade in q.relevance.items() if id_ in ids}) for q in queries]
    return judged(cut)


def _taught(teacher: Reranker, query: str, keys: Sequence[str], texts: Mapping[str, str]) -> dict[str, float]:
    scores = teacher.score(query, [texts[key] for key in keys])
    return dict(zip(keys, scores.tolist(), strict=True))
