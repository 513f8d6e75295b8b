"""Reranking as far as the time allows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.isotonic import IsotonicRegression
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import InputError, NotFittedError
from nlpref.latency import Stopwatch
from nlpref.neural.session import current_session
from nlpref.retrieval.checks import check_collection, check_cutoff
from nlpref.retrieval.costs import PairCosts, cut, measure_costs, surroundings
from nlpref.retrieval.mining import set_apart
from nlpref.retrieval.reranked import FirstLook, RerankedRetriever, TrainableReranker, combine
from nlpref.retrieval.weighting import CUTOFF, GRID, weigh
from nlpref.text.checks import check_texts
from nlpref.types import Document, Hit, JudgedQuery

__all__ = ["DeadlineRetriever", "Ranking", "Rung"]

PROBE = 1 / 3
"""Share of the time left that the first step may take."""


@dataclass(frozen=True)
class Ranking:
    """The hits of one query, and how far they were reranked.

    Args:
        hits: Best first.
        reranked: How many of the first stage's best were reranked; the others follow in its order.
        elapsed_ms: What it took. Without a deadline all queries are searched at once, and each gets its share.
    """

    hits: list[Hit]
    reranked: int
    elapsed_ms: float


@dataclass(frozen=True)
class Rung:
    """One way to rerank: so many hits, so much of each text, and so much weight to the reranker.

    Args:
        length: Characters that are read of a text; None reads all.
        depth: Hits that are reranked.
        blend: Share of the reranker's score.
        gain: Mean gain in nDCG@10 over the first stage on the held-out queries, smoothed over the depths so that it does not
            fall; without any such queries, the depth.
    """

    length: int | None
    depth: int
    blend: float
    gain: float


class DeadlineRetriever(BaseEstimator):
    """Reranks what can be reranked before a deadline, and says how much that was.

    Depth and length of text are chosen for each query from what pairs cost on this machine, which ``fit`` measures, and from
    what each choice gained on the held-out queries: the choice that gains most within the time that the first stage has left.
    Such queries are few and choices are many, so all depths of one length share a blend, and their gains are smoothed.
    Reranking goes on in steps, from one depth to another, and looks at the clock in between: a third of the time shows how fast
    the machine is just now, and the next step is the deepest that ends in time then, for pairs are cheaper together. Of the
    depths reached the best counts. The hits below keep the order of the first stage. A step that has begun is not cut short, so
    a machine that slows down within one can miss the deadline.

    Without a deadline it is the retriever inside. ``load`` measures again where the machine, its threads or what runs the
    reranker differ; ``measure`` does so at will, such as after ``nlpref accelerate``.

    Args:
        reranked: First stage, reranker, and perhaps a guard; ``fit`` fits it.
        deadline_ms: Milliseconds for each query where ``search`` is not given any; None has no deadline.
        depths: Depths to choose from, besides that of ``reranked``; deeper ones are left out.
        lengths: Characters of a text to choose from, besides the whole of it.
        headroom: Share of the deadline that is not planned with.

    After ``fit``: ``costs_``, and ``rungs_``, the choices with what each gained.

    Source: Cambazoglu et al. 2010 (early exits); Wang, Lin and Metzler 2011 (ranking under a budget).

    Example:
        >>> from nlpref.retrieval import Bm25Retriever
        >>> class Longest:
        ...     def score(self, query, texts):
        ...         return np.array([len(text) for text in texts], dtype=np.float32)
        >>> documents = [Document("a", "parcel"), Document("b", "my own parcel")]
        >>> retriever = DeadlineRetriever(RerankedRetriever(Bm25Retriever(), Longest(), blend=1.0)).fit(documents)
        >>> [[hit.id for hit in one.hits] for one in retriever.rank(["parcel"], deadline_ms=10_000)]
        [['b', 'a']]
        >>> retriever.rank(["parcel"], deadline_ms=0.0001)[0].reranked
        0
    """

    def __init__(
        self,
        reranked: RerankedRetriever,
        deadline_ms: float | None = None,
        depths: Sequence[int] = (2, 4, 6, 8, 12, 16, 20, 24, 32, 48, 64),
        lengths: Sequence[int] = (100, 150, 300, 600),
        headroom: float = 0.15,
    ) -> None:
        self.reranked = reranked
        self.deadline_ms = deadline_ms
        self.depths = depths
        self.lengths = lengths
        self.headroom = headroom

    def fit(
        self, documents: Sequence[Document], train: Sequence[JudgedQuery] = (), validation: Sequence[JudgedQuery] = ()
    ) -> Self:
        """Fit the retriever inside, measure what its reranker costs, and what each choice gains on the held-out queries.

        These are those by which the retriever inside chooses its blend. Without any, its blend stands for every choice, texts
        are read whole, and the deeper is taken for the better.

        Raises:
            InputError: as the retriever inside, or if a setting is out of range.
        """
        check_collection(documents, train, validation)
        self._check_settings()
        self.reranked.fit(documents, train, validation)
        learns = isinstance(self.reranked.reranker, TrainableReranker)
        return self.judge(set_apart(train, validation, learns=learns)[1])

    def judge(self, held: Sequence[JudgedQuery]) -> Self:
        """Measure what each choice gains and costs, where the retriever inside is fitted; ``fit`` ends with it.

        Args:
            held: Judged queries from which the reranker has not learned.

        Raises:
            NotFittedError: if the retriever inside is not fitted.
            InputError: if a setting is out of range.
        """
        if not hasattr(self.reranked, "blend_"):
            raise NotFittedError("the retriever inside is not fitted yet; call fit(documents, train) in the place of judge")
        self._check_settings()
        lengths = self._lengths() if held else [None]
        self.rungs_ = tuple(rung for length in lengths for rung in self._judge(held, length))
        return self.measure()

    def measure(self) -> Self:
        """Measure once more what the reranker costs.

        Raises:
            NotFittedError: before ``fit``.
        """
        if not hasattr(self, "rungs_"):
            raise NotFittedError("DeadlineRetriever is not fitted yet; call fit(documents, train) or load(folder)")
        self.costs_ = measure_costs(self.reranked.reranker, list(self.reranked.texts_.values()))
        return self

    def search(self, queries: Sequence[str], k: int = 10, deadline_ms: float | None = None) -> list[list[Hit]]:
        """At most ``k`` documents for each query, score falling; arguments and errors as for ``rank``."""
        return [one.hits for one in self.rank(queries, k, deadline_ms)]

    def rank(self, queries: Sequence[str], k: int = 10, deadline_ms: float | None = None) -> list[Ranking]:
        """At most ``k`` documents for each query, and how far each ranking was reranked.

        Args:
            queries: With a deadline, they are searched one after the other, each with a deadline of its own.
            k: Cutoff.
            deadline_ms: Milliseconds for each query; None: as the retriever was made.

        Raises:
            NotFittedError: before ``fit``.
            InputError: if the queries are no sequence of strings, ``k`` is below 1, or the deadline is not above 0.
        """
        self._check_fitted()
        k, texts = check_cutoff(k), check_texts(queries)
        limit = _check_deadline(self.deadline_ms if deadline_ms is None else deadline_ms)
        if limit is not None:
            return [self._rank(text, k, limit) for text in texts]
        watch = Stopwatch()
        looks = self.reranked.first_looks(texts, k)
        found = self.reranked.search_again(texts, looks, k)
        counts = [min(self.reranked.depth, len(one.hits)) if one.worth else 0 for one in looks]
        share = watch.ms / max(len(texts), 1)
        return [Ranking(hits, count, share) for hits, count in zip(found, counts, strict=True)]

    def save(self, folder: Path) -> None:
        """Write the retriever inside, ``rungs.json`` and ``costs.json``."""
        self._check_fitted()
        with storage.draft(self, folder) as made:
            storage.write_json(made / "rungs.json", [dataclasses.asdict(rung) for rung in self.rungs_])
            storage.write_json(made / "costs.json", dataclasses.asdict(self.costs_))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; on another machine, measure what the reranker costs there."""
        retriever = storage.restore(cls, folder)
        retriever.rungs_ = tuple(Rung(**saved) for saved in storage.read_json(Path(folder) / "rungs.json"))
        retriever.costs_ = PairCosts.read(storage.read_json(Path(folder) / "costs.json"))
        if retriever.costs_.measured_on != surroundings(retriever.reranked.reranker):
            retriever.measure()
        return retriever

    def _rank(self, query: str, k: int, limit: float) -> Ranking:
        """One query within so many milliseconds."""
        watch = Stopwatch()
        usable = limit * (1 - self.headroom)
        [look] = self.reranked.first_looks([query], k)
        aim = self._aim(query, look, usable - watch.ms) if look.worth else None
        if aim is None:
            return Ranking(look.hits[:k], 0, watch.ms)
        texts = [cut(self.reranked.texts_[hit.id], aim.length) for hit in look.hits[: aim.depth]]
        closer, done, slower = np.zeros(0), Rung(aim.length, 0, 0.0, 0.0), 1.0
        ladder = [rung for rung in self._ladder(aim.length) if rung.depth <= aim.depth]
        while len(closer) < len(texts):
            left = (usable - watch.ms) / slower
            ahead = [rung for rung in ladder if rung.depth > len(closer)]
            costs = [self._expected_ms(query, texts[len(closer) : rung.depth]) for rung in ahead]
            steps = [step for step in zip(ahead, costs, strict=True) if step[1] <= left]
            if not steps:
                break
            tried = [step for step in steps if step[1] <= PROBE * left] or steps[:1]
            rung, expected = steps[-1] if len(closer) else tried[-1]
            before = watch.ms
            closer = np.concatenate([closer, self.reranked.reranker.score(query, texts[len(closer) : rung.depth])])
            slower = max(1.0, (watch.ms - before) / expected)  # a machine that is slow just now will be for the next step
            done = max(done, *(one for one in ladder if one.depth <= rung.depth), key=lambda one: (one.gain, one.depth))
        counted = closer[: done.depth]
        hits = combine(look.hits, counted).fuse([done.blend, 1 - done.blend], k) if len(counted) else look.hits[:k]
        return Ranking(hits, len(counted), watch.ms)

    def _aim(self, query: str, look: FirstLook, left_ms: float) -> Rung | None:
        """The rung that gains most in the time left; of equals, the cheapest, then the longest text; None if none gains."""
        best: Rung | None = None
        price = math.inf
        for length in self._lengths():
            texts = [cut(self.reranked.texts_[hit.id], length) for hit in look.hits[: self.reranked.depth]]
            for number, rung in enumerate(self._ladder(length)):
                spent = self._expected_ms(query, texts[: rung.depth])
                if number and spent > PROBE * left_ms:
                    spent += self.costs_.call_ms  # of a second step
                if spent > left_ms:
                    break
                if best is None or (rung.gain, -spent) > (best.gain, -price):
                    best, price = rung, spent
        return best

    def _ladder(self, length: int | None) -> list[Rung]:
        """The rungs for one length of text that gain anything, rising; the clock is looked at between them."""
        return [rung for rung in self.rungs_ if rung.length == length and rung.gain > 0]

    def _expected_ms(self, query: str, texts: Sequence[str]) -> float:
        lengths = [len(query) + len(text) for text in texts]
        return self.costs_.call_ms + float(self.costs_.pairs_ms(lengths).sum())

    def _judge(self, held: Sequence[JudgedQuery], length: int | None) -> list[Rung]:
        """All depths with one length of text: the blend that is best over them, and what each gains with it."""
        inside, depths = self.reranked, self._depths()
        if not held:
            return [Rung(length, depth, inside.blend_, float(depth)) for depth in depths]
        looks = inside.first.search([query.text for query in held], max(CUTOFF, inside.depth))
        pairs = list(zip(held, looks, strict=True))
        bar = tqdm(pairs, desc=f"judging texts of {length or 'any'} length", disable=not current_session().progress)
        scores = [self._closer(query.text, hits, length) for query, hits in bar]
        blends = GRID if inside.blend is None else (0.0, float(inside.blend))
        found = list(zip(looks, scores, strict=True))
        means = np.stack(
            [weigh([combine(hits, near[:depth]) for hits, near in found], held, blends).mean(axis=1) for depth in depths]
        )
        gains = means - means[:, :1]
        row = int(np.argmax(gains.mean(axis=0))) if inside.blend is None else 1
        rising = IsotonicRegression().fit_transform(depths, gains[:, row])
        return [Rung(length, depth, blends[row], float(gain)) for depth, gain in zip(depths, rising, strict=True)]

    def _closer(self, query: str, hits: Sequence[Hit], length: int | None) -> NDArray[np.floating[Any]]:
        texts = [cut(self.reranked.texts_[hit.id], length) for hit in hits[: self.reranked.depth]]
        return self.reranked.reranker.score(query, texts) if texts else np.zeros(0)

    def _lengths(self) -> list[int | None]:
        return [None, *sorted(set(self.lengths), reverse=True)]

    def _depths(self) -> list[int]:
        return sorted({*(depth for depth in self.depths if depth < self.reranked.depth), self.reranked.depth})

    def _check_settings(self) -> None:
        for name in ("depths", "lengths"):
            for value in getattr(self, name):
                check_cutoff(value, f"a number of {name}")
        _check_deadline(self.deadline_ms)
        if isinstance(self.headroom, bool) or not isinstance(self.headroom, int | float) or not 0 <= self.headroom < 1:
            raise InputError(f"headroom is {self.headroom!r}, expected a share of the deadline from 0 to below 1")

    def _check_fitted(self) -> None:
        if not hasattr(self, "costs_"):
            raise NotFittedError("DeadlineRetriever is not fitted yet; call fit(documents, train) or load(folder)")


def _check_deadline(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating) or not 0 < value < math.inf:
        raise InputError(f"deadline_ms is {value!r}, expected milliseconds above 0, or None for no deadline")
    return float(value)
